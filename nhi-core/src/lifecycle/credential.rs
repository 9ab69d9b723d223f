//! The state of one credential: its versions and the regions around them. Made by events alone.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    CampaignDefault, Event, Isolation, ResponseAction, RotationModel, StuckBecause, Tier, Use, Version,
    VersionState,
};
use crate::{
    model::{CredentialKind, Environment, OwnerRef},
    time::Timestamp,
};

/// All that is remembered of one credential. Serde data; equal histories give equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// Id of the credential.
    pub id: String,
    /// Number of its last ledger entry; 0: not registered.
    pub seq: u64,
    /// Time of its last event: the machine's time never goes back behind it.
    pub clock: Timestamp,
    /// The last commands, oldest first (at most [`limits::LIFECYCLE_RECENT`](crate::limits::LIFECYCLE_RECENT)).
    pub recent: Vec<RecentCommand>,
    /// What sort of credential.
    pub kind: CredentialKind,
    /// How much it may do.
    pub tier: Tier,
    /// Where it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// When the machine first knew of it.
    pub registered: Timestamp,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The software that uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// Who answers for it, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<OwnerRef>,
    /// Set while nobody does, or only an exception covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orphan: Option<Orphan>,
    /// The exception under which it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<Exception>,
    /// People who have seen the secret, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_by: Vec<String>,
    /// Privileges granted, sorted; `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Why it must not be used, although the provider lets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Block>,
    /// Where a rotation stands.
    pub rotation: Rotation,
    /// Set while a rotation must happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_forced: Option<Forced>,
    /// What is known of its use.
    pub usage: Usage,
    /// Where its review stands.
    pub review: Review,
    /// Why nothing may be destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// Its versions, oldest first.
    pub versions: Vec<Version>,
    /// How many versions it ever had.
    pub version_count: u64,
    /// Who uses it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub consumers: BTreeMap<String, Consumer>,
    /// Leases that are open or whose secret is not confirmed gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<Lease>,
    /// Emergency access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
    /// The campaign in which it must be certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// The clone counter last presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The last response to an alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded: Option<(Timestamp, ResponseAction)>,
    /// Notices not acknowledged, by kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notices: BTreeMap<String, Notice>,
}

/// A consumer that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Which version; empty: not told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Since when the machine knows it.
    pub since: Timestamp,
}

/// A command that was done, so that a repeat is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecentCommand {
    /// Its id.
    pub cmd_id: String,
    /// Numbers of its ledger entries on this credential, in order.
    pub seqs: Vec<u64>,
}

/// A period without an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orphan {
    /// Since when.
    pub since: Timestamp,
    /// When it is suspended.
    pub deadline: Timestamp,
}

/// Leave to live without an owner for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its id.
    pub id: String,
    /// What it allows.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was granted.
    pub granted: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// When it ends at the latest, renewals included.
    pub end_max: Timestamp,
    /// How often it was renewed.
    pub renewals: u32,
    /// What keeps it apart.
    pub isolation: Isolation,
    /// What is done instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compensating: Vec<String>,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// The next notice in days before the end; 0: all were given.
    pub next_notice_days: u32,
}

/// Why a credential must not be used, although the provider lets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Why.
    pub reason: String,
    /// Which policy.
    pub source: String,
    /// Since when.
    pub since: Timestamp,
}

/// Whether somebody answers for a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Governance {
    /// Somebody does.
    Owned,
    /// Nobody does, an exception covers it.
    Exempt {
        /// Until when.
        end: Timestamp,
    },
    /// Nobody does.
    Orphaned {
        /// Since when.
        since: Timestamp,
        /// When it is suspended.
        deadline: Timestamp,
    },
}

/// Where a rotation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", deny_unknown_fields)]
pub enum Rotation {
    /// None runs.
    Idle {},
    /// The secret of the new version is to be made.
    Preparing {
        /// What it is about.
        #[serde(rename = "of")]
        run: Run,
    },
    /// The new version is to be installed.
    Installing {
        /// What it is about.
        #[serde(rename = "of")]
        run: Run,
    },
    /// The new version is to be tested and promoted.
    Verifying {
        /// What it is about.
        #[serde(rename = "of")]
        run: Run,
    },
    /// Both versions are usable.
    Overlap {
        /// What it is about.
        #[serde(rename = "of")]
        run: Run,
        /// Until when.
        until: Timestamp,
    },
    /// It was given up; the new version is being revoked.
    RollingBack {
        /// What it is about.
        #[serde(rename = "of")]
        run: Run,
    },
    /// It does not go on by itself.
    Stuck {
        /// What it is about.
        #[serde(rename = "of")]
        run: Run,
        /// Since when.
        since: Timestamp,
        /// Why.
        because: StuckBecause,
    },
}

/// What a rotation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The new version.
    pub version: String,
    /// The version that was active when it began; `None`: a recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// How.
    pub model: RotationModel,
    /// Whether it began without an active version: nothing is there to be kept usable.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub recovery: bool,
    /// When it must be promoted at the latest.
    pub deadline: Timestamp,
    /// Single-phase: when the gap must be over, once it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_until: Option<Timestamp>,
}

impl Default for Rotation {
    fn default() -> Self {
        Rotation::Idle {}
    }
}

impl Rotation {
    /// What it is about; `None` when none runs.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Rotation::Idle {} => None,
            Rotation::Preparing { run }
            | Rotation::Installing { run }
            | Rotation::Verifying { run }
            | Rotation::Overlap { run, .. }
            | Rotation::RollingBack { run }
            | Rotation::Stuck { run, .. } => Some(run),
        }
    }

    /// Whether none runs.
    pub fn is_idle(&self) -> bool {
        matches!(self, Rotation::Idle {})
    }

    /// Its name, as in the serialised form.
    pub fn name(&self) -> &'static str {
        match self {
            Rotation::Idle {} => "Idle",
            Rotation::Preparing { .. } => "Preparing",
            Rotation::Installing { .. } => "Installing",
            Rotation::Verifying { .. } => "Verifying",
            Rotation::Overlap { .. } => "Overlap",
            Rotation::RollingBack { .. } => "RollingBack",
            Rotation::Stuck { .. } => "Stuck",
        }
    }
}

/// A rotation that must happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forced {
    /// Why.
    pub reason: String,
    /// When it must be done.
    pub deadline: Timestamp,
}

/// What is known of a credential's use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", deny_unknown_fields)]
pub enum Usage {
    /// It is in use.
    InUse {
        /// The last use known.
        last: Use,
        /// When it counts as dormant.
        dormant_at: Timestamp,
    },
    /// It has not been used for long.
    Dormant {
        /// The last use known.
        last: Use,
        /// Since when it counts as dormant.
        since: Timestamp,
    },
    /// A source that tracks use has seen none.
    NeverUsed {
        /// Since when it looks; `None`: always.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since_tracking: Option<Timestamp>,
    },
    /// Nobody could tell. Never treated as unused.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Default for Usage {
    fn default() -> Self {
        Usage::Unknown { why: "not reported".into() }
    }
}

/// Where a review stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", deny_unknown_fields)]
pub enum Review {
    /// Done, or not yet due since registration.
    Certified {
        /// Until when.
        until: Timestamp,
        /// By whom; `None`: by nobody yet, the first review is due then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Due.
    Due {
        /// When it is overdue.
        overdue_at: Timestamp,
    },
    /// Overdue.
    Overdue {
        /// Since when.
        since: Timestamp,
    },
}

impl Default for Review {
    fn default() -> Self {
        Review::Certified { until: Timestamp::MAX, by: None }
    }
}

/// A time-boxed grant to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Its id.
    pub id: String,
    /// The task.
    pub task: String,
    /// The workload that holds it.
    pub holder: String,
    /// The version behind it.
    pub parent: String,
    /// What it may do, sorted.
    pub scope: Vec<String>,
    /// When it ends.
    pub not_after: Timestamp,
    /// When it ends at the latest, renewals included.
    pub max: Timestamp,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Set once it is over; it stays until its secret is confirmed gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
}

/// Emergency access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Since when.
    pub opened: Timestamp,
    /// Who asked.
    pub opened_by: String,
    /// Who approved.
    pub approved_by: Vec<String>,
    /// When it ends.
    pub end: Timestamp,
    /// Id of the lease that carries it.
    pub lease: String,
}

/// A campaign that asks for a certification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// Its id.
    pub id: String,
    /// Until when.
    pub deadline: Timestamp,
    /// What happens if nobody certifies it.
    pub default: CampaignDefault,
}

/// Something that somebody must be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Number of the ledger entry that raised it: part of the effect's id.
    pub seq: u64,
    /// What to say.
    pub text: String,
}

impl State {
    /// A credential of which nothing is known yet.
    pub fn new(id: impl Into<String>) -> Self {
        State { id: id.into(), clock: Timestamp::MIN, registered: Timestamp::MIN, ..State::default() }
    }

    /// Whether it is in the machine's care.
    pub fn is_registered(&self) -> bool {
        self.seq > 0
    }

    /// The version with this id, ours or the provider's.
    pub fn version(&self, id: &str) -> Option<&Version> {
        let ours = self.versions.iter().find(|v| v.id == id);
        ours.or_else(|| self.versions.iter().find(|v| v.external_id.as_deref() == Some(id)))
    }

    /// The current version.
    pub fn active(&self) -> Option<&Version> {
        self.versions.iter().find(|v| v.is_active())
    }

    /// Whether somebody answers for it. Orphaned from the beginning if it has neither owner nor exception.
    pub fn governance(&self, now: Timestamp) -> Governance {
        if !self.owners.is_empty() {
            return Governance::Owned;
        }
        match (&self.exception, &self.orphan) {
            (Some(exception), _) if now < exception.end => Governance::Exempt { end: exception.end },
            (_, Some(orphan)) => Governance::Orphaned { since: orphan.since, deadline: orphan.deadline },
            (Some(exception), None) => Governance::Orphaned { since: exception.end, deadline: exception.end },
            (None, None) => Governance::Orphaned { since: self.registered, deadline: self.registered },
        }
    }

    /// Whether somebody answers for it at `now`, or a period in which nobody need to is not over.
    pub fn governed(&self, now: Timestamp) -> bool {
        self.governed_until().is_none_or(|end| now < end)
    }

    /// Until when it is governed as things stand; `None`: for good.
    pub fn governed_until(&self) -> Option<Timestamp> {
        if !self.owners.is_empty() {
            return None;
        }
        let orphan = self.orphan.map(|o| o.deadline);
        let exception = self.exception.as_ref().map(|e| e.end);
        Some(orphan.max(exception).unwrap_or(Timestamp::MIN))
    }

    /// Whether `version` may be used at `now`: its state, its end, no block, governed. For a tainted version this
    /// means: by the consumers it has, see [`usable_by`](Self::usable_by).
    pub fn usable(&self, version: &Version, now: Timestamp) -> bool {
        version.in_use(now) && self.blocked.is_none() && self.governed(now)
    }

    /// Whether `consumer` may use `version` at `now`: a tainted version only serves those who used it before.
    pub fn usable_by(&self, version: &Version, consumer: Option<&str>, now: Timestamp) -> bool {
        let known = |who: &str| version.tainted_for.iter().any(|known| known == who);
        self.usable(version, now)
            && (!matches!(version.state, VersionState::Tainted { .. }) || consumer.is_some_and(known))
    }

    /// The versions that may be used at `now`.
    pub fn usable_versions(&self, now: Timestamp) -> impl Iterator<Item = &Version> {
        self.versions.iter().filter(move |v| self.usable(v, now))
    }

    /// Versions that must not be used and may work at the provider all the same: the most dangerous rows.
    pub fn live_not_usable(&self, now: Timestamp) -> impl Iterator<Item = &Version> {
        self.versions.iter().filter(move |v| !v.is_upcoming() && v.provider_live() && !self.usable(v, now))
    }

    /// Consumers that are known to use this version, sorted.
    pub fn consumers_of(&self, version: &str) -> Vec<&str> {
        self.consumers.iter().filter(|(_, c)| c.version == version).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether a lease may be used at `now`: open, in its time, and the version behind it still usable.
    pub fn lease_usable(&self, lease: &Lease, now: Timestamp) -> bool {
        lease.closed.is_none()
            && now < lease.not_after
            && self.version(&lease.parent).is_some_and(|v| self.usable(v, now))
    }

    /// The ledger numbers of a command that was done lately.
    pub fn done(&self, cmd_id: &str) -> Option<&[u64]> {
        self.recent.iter().find(|r| r.cmd_id == cmd_id).map(|r| r.seqs.as_slice())
    }

    /// Whether the event kind changes a state at all (a decision about a call does not).
    pub(crate) fn concerns(event: &Event) -> bool {
        !matches!(event, Event::Decided { .. })
    }
}
