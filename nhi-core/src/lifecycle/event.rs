//! Facts: what the machine decided. They are all that the ledger keeps, and all that a state is made of.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    CampaignDefault, Cause, Compromise, Containment, Isolation, ResponseAction, RotationModel, TaskEnd, Tier,
    Use, Version, Was,
};
use crate::{
    Fingerprint,
    model::{CredentialKind, Environment, OwnerRef, Status},
    time::Timestamp,
};

/// An event with what every event has: when, by which command, by whom, about which credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamped {
    /// Number of its ledger entry.
    pub seq: u64,
    /// When the machine decided it.
    pub at: Timestamp,
    /// The command that led to it; `tick:<deadline>` for timers.
    pub cmd_id: String,
    /// Who asked; `policy` for timers.
    pub actor: String,
    /// Id of the credential.
    pub credential: String,
    /// What happened.
    pub event: Event,
}

/// Why a rotation is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StuckBecause {
    /// It was not promoted before its deadline.
    Deadline,
    /// The overlap ended while consumers still use the old version.
    OpenConsumers,
    /// The declared gap of a single-phase rotation was exceeded.
    Gap,
}

/// How a lease or break-glass ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The task is done.
    Completed,
    /// The task failed.
    Failed,
    /// It behaved oddly.
    Anomaly,
    /// Its time was over.
    Expired,
    /// The credential behind it may no longer be used.
    ParentEnded,
    /// Somebody ended it.
    Withdrawn,
}

impl From<TaskEnd> for Closed {
    fn from(end: TaskEnd) -> Self {
        match end {
            TaskEnd::Completed => Closed::Completed,
            TaskEnd::Failed => Closed::Failed,
            TaskEnd::Anomaly => Closed::Anomaly,
        }
    }
}

/// What happened. Deadlines are in the event, so that a state needs no policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[non_exhaustive]
pub enum Event {
    /// A credential that existed came into the machine's care.
    Registered {
        /// What sort of credential.
        kind: CredentialKind,
        /// How much it may do.
        tier: Tier,
        /// Where it is used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<Environment>,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
        /// The software that uses it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workload: Option<String>,
        /// Who is known to use it, sorted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        consumers: Vec<String>,
        /// People who have seen the secret, sorted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        known_by: Vec<String>,
        /// Privileges granted, sorted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scopes: Option<Vec<String>>,
        /// Who says so; empty for an issued one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        provenance: String,
        /// When its first review is due.
        review_due: Timestamp,
    },
    /// A version was found at registration or on a later one.
    VersionAdopted {
        /// As it was found.
        version: Version,
    },
    /// The credential was made by the machine.
    Issued {
        /// Whom it is for.
        purpose: String,
    },
    /// A version is to be made.
    VersionCreated {
        /// Our id of it.
        version: String,
        /// When it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_after: Option<Timestamp>,
        /// When it should be verified at the latest.
        deadline: Timestamp,
    },
    /// Somebody answers for it.
    OwnerAssigned {
        /// Who.
        owner: OwnerRef,
    },
    /// An owner does not answer for it any more.
    OwnerLost {
        /// Who.
        owner: OwnerRef,
    },
    /// Nobody answers for it.
    Orphaned {
        /// When it is suspended if nobody does.
        deadline: Timestamp,
    },
    /// What it is for.
    PurposeAssigned {
        /// What for.
        purpose: String,
    },
    /// What software uses it.
    WorkloadAssigned {
        /// The software.
        workload: String,
    },
    /// The use known moved on.
    UsageAdvanced {
        /// Which version, if the source tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// The use.
        #[serde(rename = "use")]
        used: Use,
        /// Who says so.
        source: String,
        /// When it counts as dormant.
        dormant_at: Timestamp,
    },
    /// A source that tracks use has seen none.
    NeverUsedObserved {
        /// Since when it looks; `None`: always.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since_tracking: Option<Timestamp>,
        /// Who says so.
        source: String,
    },
    /// A source could not tell about use.
    UsageUnknown {
        /// Why.
        why: String,
        /// Who says so.
        source: String,
    },
    /// It has not been used for long.
    BecameDormant {
        /// Since when.
        since: Timestamp,
    },
    /// It was used although it must not be.
    UseAfterRevocation {
        /// Which version, if the source tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// When it was used, at the earliest.
        used_at: Timestamp,
        /// Since when it must not be.
        ended: Timestamp,
        /// What state the version was in.
        state: String,
    },
    /// What the provider shows is not what we hold.
    DriftFound {
        /// `unknown_version`, `disabled_outside`, `enabled_outside`, `live_after_end`.
        kind: String,
        /// Which version (the provider's id of it, if we don't know it).
        version: String,
        /// What the provider says.
        status: Status,
        /// When the source looked.
        observed_at: Timestamp,
        /// Who says so.
        source: String,
    },
    /// The provider's word on a version was noted and is as expected.
    Reconciled {
        /// Which.
        version: String,
        /// Whether the provider accepts it.
        live: bool,
        /// When the source looked.
        observed_at: Timestamp,
    },
    /// A version was revoked outside the machine.
    ExternallyRevoked {
        /// Which.
        version: String,
        /// Who says so.
        source: String,
        /// When the source looked.
        observed_at: Timestamp,
    },
    /// A version that was over works again at the provider.
    ResurrectedExternally {
        /// Which.
        version: String,
        /// Who says so.
        source: String,
        /// When the source looked.
        observed_at: Timestamp,
    },
    /// It may do more than before.
    ScopeWidened {
        /// All that it may do now, sorted.
        scopes: Vec<String>,
        /// What is new.
        added: Vec<String>,
        /// Who approved it; empty: nobody.
        approved_by: Vec<String>,
    },
    /// It may do less than before, or its privileges became known.
    ScopeNarrowed {
        /// All that it may do now, sorted.
        scopes: Vec<String>,
        /// What is gone.
        removed: Vec<String>,
    },
    /// A consumer uses a version.
    ConsumerSwitched {
        /// Who.
        consumer: String,
        /// Which version.
        version: String,
    },
    /// A consumer does not use it any more.
    ConsumerGone {
        /// Who.
        consumer: String,
    },
    /// A clone counter was presented and is as expected.
    GenerationAdvanced {
        /// The counter.
        generation: u64,
    },
    /// A clone counter came twice or went back: somebody has a copy.
    CloneSuspected {
        /// What was presented.
        presented: u64,
        /// What was expected at least.
        expected: u64,
    },
    /// A detector raised an alert; what came of it.
    Responded {
        /// What was done.
        action: ResponseAction,
        /// What the table asked for.
        wanted: ResponseAction,
        /// What kept it from being done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        braked: Option<String>,
        /// Why.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<String>,
    },
    /// A policy keeps it from being used.
    Blocked {
        /// Why.
        reason: String,
        /// Which policy.
        source: String,
    },
    /// The block is lifted.
    Unblocked {},
    /// A version is in quarantine.
    Suspended {
        /// Which.
        version: String,
        /// What it was.
        was: Was,
        /// Why.
        reason: String,
        /// When the quarantine ends in revocation.
        until: Timestamp,
    },
    /// A quarantine ended well.
    Resumed {
        /// Which version.
        version: String,
        /// What it is again.
        was: Was,
    },
    /// The provider switched a version off.
    Disabled {
        /// Which.
        version: String,
    },
    /// The provider switched a version on.
    Enabled {
        /// Which.
        version: String,
    },
    /// A rotation began.
    RotationBegan {
        /// The new version.
        version: String,
        /// The version that it replaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// How.
        model: RotationModel,
        /// Whether it began without an active version: nothing is there to be kept usable.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        recovery: bool,
        /// When it must be promoted at the latest.
        deadline: Timestamp,
    },
    /// A rotation must happen: somebody knows the secret who should not.
    RotationForced {
        /// Why.
        reason: String,
        /// When it must be done.
        deadline: Timestamp,
    },
    /// The secret of a version exists.
    MaterialCreated {
        /// Which.
        version: String,
        /// The provider's id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        /// Keyed digest of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Fingerprint>,
    },
    /// A version is installed at its target.
    VersionInstalled {
        /// Which.
        version: String,
    },
    /// A single-phase rotation replaced the old version in place: nothing works until the new one is promoted.
    GapOpened {
        /// When it must be over.
        until: Timestamp,
    },
    /// A version works at its target.
    VersionVerified {
        /// Which.
        version: String,
        /// What shows it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        evidence: String,
    },
    /// A version is the active one.
    Promoted {
        /// Which.
        version: String,
    },
    /// The version before it stays usable for a while.
    OldRetiring {
        /// Which.
        version: String,
        /// End of the overlap.
        until: Timestamp,
    },
    /// The version before it was tainted and keeps its own end; the rotation lasts as long.
    OverlapBegan {
        /// Which.
        version: String,
        /// End of the overlap.
        until: Timestamp,
    },
    /// The version before it is the active one again.
    Restored {
        /// Which.
        version: String,
    },
    /// A rotation does not go on.
    RotationStuck {
        /// Why.
        because: StuckBecause,
        /// Who still uses the old version.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        consumers: Vec<String>,
    },
    /// A rotation was given up.
    RotationAborted {
        /// Why.
        reason: String,
    },
    /// A rotation is over, for good or for bad.
    RotationEnded {
        /// Whether the new version took over.
        completed: bool,
    },
    /// A revocation is ordered.
    RevokeOrdered {
        /// Which version.
        version: String,
        /// Why.
        cause: Cause,
        /// When an order without any confirmation is escalated.
        escalate_at: Timestamp,
    },
    /// A try to revoke failed; there will be another.
    RevokeRetried {
        /// Which version.
        version: String,
        /// Failed tries so far.
        tries: u32,
        /// When to try again.
        retry_at: Timestamp,
        /// What the provider said.
        error: String,
    },
    /// The wait before the next try is over.
    RevokeRetryDue {
        /// Which version.
        version: String,
    },
    /// A revocation was given up and is escalated: the version must be taken to work.
    RevokeFailed {
        /// Which version.
        version: String,
        /// What the provider said last.
        error: String,
    },
    /// A revocation is confirmed.
    Revoked {
        /// Which version.
        version: String,
        /// What shows it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        evidence: String,
    },
    /// A version's time is over.
    Expired {
        /// Which.
        version: String,
    },
    /// A version's material is to be erased.
    Destroyed {
        /// Which.
        version: String,
    },
    /// A version's material is gone.
    Erased {
        /// Which.
        version: String,
    },
    /// Somebody else has a version.
    Compromised {
        /// Which.
        version: String,
        /// What is known.
        what: Compromise,
        /// What is done.
        containment: Containment,
    },
    /// A compromised version stays usable for a while for those who use it.
    Tainted {
        /// Which.
        version: String,
        /// End of the grace.
        until: Timestamp,
        /// Who may still use it, sorted.
        consumers: Vec<String>,
        /// The two who approved it.
        approved_by: Vec<String>,
    },
    /// Nothing is destroyed from now on.
    HoldSet {
        /// Why.
        reason: String,
    },
    /// The hold is lifted.
    HoldReleased {
        /// Who approved it.
        approved_by: Vec<String>,
    },
    /// It may live without an owner for a while.
    ExceptionGranted {
        /// Id of the exception.
        id: String,
        /// What it allows.
        scope: String,
        /// Why.
        reason: String,
        /// When it ends.
        end: Timestamp,
        /// When it ends at the latest, renewals included.
        end_max: Timestamp,
        /// What keeps it apart.
        isolation: Isolation,
        /// What is done instead.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        compensating: Vec<String>,
        /// Who approved it.
        approved_by: Vec<String>,
    },
    /// The end of an exception moved.
    ExceptionRenewed {
        /// The new end.
        end: Timestamp,
        /// How often it was renewed.
        renewals: u32,
        /// Who approved it.
        approved_by: Vec<String>,
    },
    /// The owners are told that an exception ends soon.
    ExceptionEndsSoon {
        /// Days until then: 30, 7 or 1.
        days: u32,
    },
    /// An exception is over.
    ExceptionEnded {
        /// Whether its time was over (otherwise somebody closed it).
        expired: bool,
    },
    /// Emergency access.
    BreakGlassOpened {
        /// Id of the lease that carries it.
        lease: String,
        /// Why.
        reason: String,
        /// When it ends.
        end: Timestamp,
        /// Who approved it.
        approved_by: Vec<String>,
    },
    /// The emergency is over.
    BreakGlassClosed {
        /// How.
        how: Closed,
    },
    /// The owners are asked whether it is still needed.
    CampaignStarted {
        /// Id of the campaign.
        campaign: String,
        /// Until when one of them must have certified it.
        deadline: Timestamp,
        /// What happens if nobody did.
        default: CampaignDefault,
    },
    /// A campaign is over for this credential.
    CampaignEnded {
        /// Id of the campaign.
        campaign: String,
        /// Whether an owner certified it.
        certified: bool,
    },
    /// The review was done.
    Certified {
        /// Until when it holds.
        until: Timestamp,
    },
    /// A review is due.
    ReviewDue {
        /// When it is overdue.
        overdue_at: Timestamp,
    },
    /// A review is overdue.
    ReviewOverdue {},
    /// A time-boxed grant.
    LeaseIssued {
        /// Id of the lease.
        lease: String,
        /// The task.
        task: String,
        /// The workload that holds it.
        holder: String,
        /// The version behind it.
        parent: String,
        /// What it may do, sorted.
        scope: Vec<String>,
        /// When it ends.
        not_after: Timestamp,
        /// When it ends at the latest, renewals included.
        max: Timestamp,
        /// Whether it can be renewed.
        renewable: bool,
    },
    /// The end of a lease moved.
    LeaseRenewed {
        /// Which.
        lease: String,
        /// When it ends now.
        not_after: Timestamp,
    },
    /// A lease is over; its secret is to be revoked.
    LeaseClosed {
        /// Which.
        lease: String,
        /// How.
        how: Closed,
    },
    /// The secret of a lease is gone.
    LeaseRevoked {
        /// Which.
        lease: String,
    },
    /// A notice was delivered.
    Acknowledged {
        /// Id of the effect.
        effect: String,
    },
    /// A decision about one call: the ledger keeps it, no state changes.
    Decided {
        /// `allow`, `step_up` or `deny`.
        outcome: String,
        /// What an observing policy would have answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        would_have: Option<String>,
        /// The behaviour score in thousandths.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score_thousandths: Option<i64>,
        /// Reason codes, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<String>,
        /// Id of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
        /// What the call did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<String>,
        /// What it did it to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<String>,
    },
}
