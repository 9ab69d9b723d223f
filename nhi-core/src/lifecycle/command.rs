//! Wishes: what people, hosts and timers ask of the machine.

use alloc::{collections::BTreeSet, format, string::String, string::ToString, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use super::{Cause, RotationModel, Tier};
use crate::{
    Error, Fingerprint, limits,
    model::{Band, CredentialKind, Environment, Fact, LastUse, OwnerRef, Status, Trust},
    plain::json_error,
    time::Timestamp,
};

/// A wish, with who has it and under which id. A repeat of a `cmd_id` does nothing.
///
/// JSON: the fields of the envelope and of the order side by side, `type` names the order. Unknown fields are
/// refused by name.
///
/// ```
/// use nhi_core::lifecycle::{Command, Order};
/// use nhi_core::time::Timestamp;
/// let json = serde_json::json!({"cmd_id": "c1", "actor": "ann", "credential": "aws:1/ci/api_key",
///                               "type": "Suspend", "reason": "odd traffic"});
/// let command = Command::from_json(&json, Timestamp::from_millis(0))?;
/// assert!(matches!(command.order, Order::Suspend { .. }));
/// # Ok::<(), nhi_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Id chosen by the sender, the same when it asks again.
    pub cmd_id: String,
    /// Who asks: a person's or system's id; `policy` for the machine's own timers.
    pub actor: String,
    /// Id of the credential. Empty for orders that concern many (see [`Order::is_broad`]).
    pub credential: String,
    /// When it was asked.
    pub at: Timestamp,
    /// Refuse unless the last ledger entry of the credential has this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
    /// Who else agrees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// What is asked.
    #[serde(flatten)]
    pub order: Order,
}

/// Somebody's agreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who agrees.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Where it is written down: a ticket, a signature.
    #[serde(rename = "ref", default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

/// A version that exists already when its credential is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The provider's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Keyed digest of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// When it was made; `None`: not known, the registration counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it ends; `None`: never, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// What the provider says of it. Default active.
    #[serde(default = "active")]
    pub status: Status,
    /// When it was last used.
    #[serde(default)]
    pub last_used: LastUse,
}

fn active() -> Status {
    Status::Active
}

/// Why a credential may break a rule for a while, and what keeps that in bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolation {
    /// Where the secret is kept meanwhile.
    pub store: String,
    /// What it may do meanwhile.
    pub scope: String,
    /// Who may use it meanwhile.
    pub consumers: Vec<String>,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskEnd {
    /// It is done.
    Completed,
    /// It failed.
    Failed,
    /// It was stopped because it behaved oddly.
    Anomaly,
}

/// What happens to a credential that nobody certified in a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignDefault {
    /// Every version in use is suspended.
    Suspend,
    /// Every version is revoked; one that a consumer still uses is suspended instead, which can be taken back.
    Revoke,
}

/// How a compromise is contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum Containment {
    /// Revoked at once.
    Immediate {},
    /// Rotated first, because revoking at once would be an outage. Needs two approvers.
    RotateThenRevoke {
        /// When it is revoked, whatever the rotation does; at most [`Policy::taint_ms`](super::Policy::taint_ms) ahead.
        deadline: Timestamp,
    },
}

impl Default for Containment {
    fn default() -> Self {
        Containment::Immediate {}
    }
}

/// What is asked. A version is named by our id (`v2`) or the provider's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[non_exhaustive]
pub enum Order {
    // ── existence ──
    /// Take a credential that exists into the machine's care. Denies nothing: without an owner it is orphaned
    /// with a deadline.
    Register {
        /// What sort of credential.
        #[serde(default)]
        kind: CredentialKind,
        /// How much it may do.
        #[serde(default)]
        tier: Tier,
        /// Where it is used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<Environment>,
        /// Who answers for it.
        #[serde(default)]
        owners: Vec<OwnerRef>,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
        /// The software that uses it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workload: Option<String>,
        /// Who is known to use it.
        #[serde(default)]
        consumers: Vec<String>,
        /// People who have seen the secret.
        #[serde(default)]
        known_by: Vec<String>,
        /// Privileges granted; `None`: not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scopes: Option<Vec<String>>,
        /// The versions that exist, in any order.
        #[serde(default)]
        versions: Vec<Found>,
        /// Who says so.
        #[serde(default)]
        provenance: String,
    },
    /// Make a new credential with its first version.
    Issue {
        /// What sort of credential.
        #[serde(default)]
        kind: CredentialKind,
        /// How much it may do.
        #[serde(default)]
        tier: Tier,
        /// Where it will be used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<Environment>,
        /// Who answers for it.
        #[serde(default)]
        owners: Vec<OwnerRef>,
        /// What it is for.
        purpose: String,
        /// The software that will use it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workload: Option<String>,
        /// Privileges granted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scopes: Option<Vec<String>>,
        /// When the first version ends.
        not_after: Timestamp,
    },
    /// Adds an owner; heals an orphan.
    AssignOwner {
        /// Who answers from now on.
        owner: OwnerRef,
    },
    /// Says what it is for.
    AssignPurpose {
        /// What for.
        purpose: String,
    },
    /// Says what software uses it.
    AssignWorkload {
        /// The software.
        workload: String,
    },
    /// An owner left: broad.
    OwnerDeparted {
        /// Who.
        owner: OwnerRef,
    },
    /// A workload was shut down: broad.
    WorkloadDecommissioned {
        /// Which.
        workload: String,
    },
    // ── observations ──
    /// When it was last used, as a source tells.
    UsageObserved {
        /// Which version; `None`: the source does not tell versions apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// When.
        last_used: LastUse,
        /// Who says so.
        source: String,
    },
    /// What the provider says of a version.
    ReconcileObserved {
        /// Which.
        version: String,
        /// What it says; unknown changes nothing.
        status: Fact<Status>,
        /// When the source looked.
        observed_at: Timestamp,
        /// Who says so.
        source: String,
    },
    /// What privileges the provider shows.
    ObserveScopes {
        /// All of them.
        granted: Vec<String>,
        /// Who says so.
        source: String,
    },
    /// A consumer uses this version from now on (also makes it known).
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
    /// A clone counter was presented at use.
    GenerationPresented {
        /// What was presented.
        generation: u64,
    },
    /// A detector's alert.
    Signal {
        /// How far over the threshold.
        band: Band,
        /// Whether the baseline can be relied on.
        trust: Trust,
        /// Why.
        #[serde(default)]
        reasons: Vec<String>,
    },
    // ── use ──
    /// Keep it from being used, without touching the provider.
    Block {
        /// Why.
        reason: String,
        /// Which policy says so.
        source: String,
    },
    /// Lift the block.
    Unblock {},
    /// Quarantine: reversible.
    Suspend {
        /// Which version; `None`: every one in use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Why.
        reason: String,
    },
    /// End a quarantine; needs an approval by somebody else.
    Resume {
        /// Which version; `None`: every suspended one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// The provider switched a suspended version off, or could not.
    ReportDisabled {
        /// Which.
        version: String,
    },
    /// The provider switched a resumed version on again.
    ReportEnabled {
        /// Which.
        version: String,
    },
    // ── rotation ──
    /// Begin to replace the active version.
    BeginRotation {
        /// How; `None`: the policy's default for the kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<RotationModel>,
        /// Whether to go on without an active version.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        recovery: bool,
        /// When the new version ends; `None`: as long as the policy allows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_after: Option<Timestamp>,
    },
    /// The secret of a pending version exists.
    ReportCreated {
        /// Which.
        version: String,
        /// The provider's id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        /// Keyed digest of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Fingerprint>,
    },
    /// A pending version was installed at its target.
    ReportInstalled {
        /// Which.
        version: String,
    },
    /// An installed version was tested.
    ReportVerified {
        /// Which.
        version: String,
        /// Whether it works.
        ok: bool,
        /// What shows it.
        #[serde(default)]
        evidence: String,
    },
    /// A verified version becomes the active one.
    Promote {
        /// Which.
        version: String,
    },
    /// Nobody uses the old version any more.
    DrainObserved {
        /// Which.
        version: String,
    },
    /// Give up a rotation.
    AbortRotation {
        /// Why.
        reason: String,
    },
    // ── end ──
    /// Order a revocation.
    Revoke {
        /// Which version; `None`: every one that is not over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Why.
        cause: Cause,
    },
    /// The provider confirmed a revocation.
    ConfirmRevoked {
        /// Which.
        version: String,
        /// What shows it.
        #[serde(default)]
        evidence: String,
    },
    /// A try to revoke failed.
    RevokeError {
        /// Which.
        version: String,
        /// What the provider said.
        error: String,
    },
    /// Order that the material of a version that is over be erased.
    Destroy {
        /// Which.
        version: String,
    },
    /// The material is gone.
    ReportDestroyed {
        /// Which.
        version: String,
    },
    /// Somebody else has it.
    ReportCompromise {
        /// Which version; `None`: every one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// How sure, in thousandths, 0 to 1000.
        confidence: u16,
        /// Who says so.
        source: String,
        /// When it was first seen where it should not be; `None`: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first_seen: Option<Timestamp>,
        /// What to do.
        #[serde(default)]
        containment: Containment,
    },
    /// Keep everything as evidence: nothing is destroyed.
    SetHold {
        /// Why.
        reason: String,
    },
    /// Lift the hold; needs two approvers.
    ReleaseHold {},
    // ── governance ──
    /// Let it live without an owner for a while. The approver is not the requester.
    GrantException {
        /// Id of the exception.
        id: String,
        /// What it allows.
        scope: String,
        /// Why.
        reason: String,
        /// When it ends.
        end: Timestamp,
        /// What keeps it apart meanwhile.
        isolation: Isolation,
        /// What is done instead.
        #[serde(default)]
        compensating: Vec<String>,
    },
    /// Move the end of an exception.
    RenewException {
        /// The new end.
        end: Timestamp,
    },
    /// End an exception early.
    CloseException {},
    /// Emergency access for a while; needs two approvers.
    OpenBreakGlass {
        /// Why.
        reason: String,
        /// When it ends.
        end: Timestamp,
        /// Who holds it.
        holder: String,
    },
    /// End the emergency.
    CloseBreakGlass {},
    /// The review was done.
    Certify {
        /// Until when it holds; `None`: as long as the policy allows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Ask the owners whether it is still needed: broad, over the credentials it names. Those of people and those of
    /// workloads are never in one campaign. Revoking as the default needs two approvers.
    StartCampaign {
        /// Id of the campaign.
        campaign: String,
        /// Which credentials; only without [`Command::credential`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        credentials: Vec<String>,
        /// Until when an owner must have certified it.
        deadline: Timestamp,
        /// What happens to one that nobody certified.
        default: CampaignDefault,
    },
    // ── leases ──
    /// A time-boxed grant to a task.
    IssueLease {
        /// Id of the lease.
        lease: String,
        /// The task.
        task: String,
        /// The workload that holds it.
        holder: String,
        /// What it may do: a part of what the credential may.
        scope: Vec<String>,
        /// How long, in milliseconds.
        ttl_ms: i64,
        /// How long with renewals, in milliseconds; `None`: as long as `ttl_ms`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_ttl_ms: Option<i64>,
        /// Whether it can be renewed.
        #[serde(default)]
        renewable: bool,
    },
    /// Move a lease's end to `now + increment_ms`.
    RenewLease {
        /// Which.
        lease: String,
        /// How long from now, in milliseconds.
        increment_ms: i64,
    },
    /// A task ended: all its leases end.
    TaskEnded {
        /// The task.
        task: String,
        /// How.
        end: TaskEnd,
    },
    /// The issuer of a lease confirmed that it is gone.
    ReportLeaseRevoked {
        /// Which.
        lease: String,
    },
    // ── machine ──
    /// A notice was delivered.
    Acknowledge {
        /// Id of the effect.
        effect: String,
    },
    /// Run the timers that are due: broad.
    Tick {},
}

impl Order {
    /// Whether it may concern many credentials: then [`Command::credential`] may be empty, and the engine asks
    /// each credential that is concerned.
    pub fn is_broad(&self) -> bool {
        matches!(
            self,
            Order::OwnerDeparted { .. }
                | Order::WorkloadDecommissioned { .. }
                | Order::StartCampaign { .. }
                | Order::Tick {}
        )
    }

    /// Its name, as in the `type` field.
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map.get("type").and_then(Value::as_str).unwrap_or_default().to_string(),
            _ => String::new(),
        }
    }
}

/// Texts and lists of a command are bounded, so that a state is.
fn check_size(value: &Value) -> Result<(), Error> {
    let over = |what, found: usize, limit: usize| {
        if found <= limit {
            return Ok(());
        }
        Err(Error::InputTooLarge { what, found: found as u64, limit: limit as u64 })
    };
    match value {
        Value::String(text) => over("a text of a command, in bytes,", text.len(), limits::LIFECYCLE_TEXT),
        Value::Array(items) => {
            over("a list of a command", items.len(), limits::LIFECYCLE_LIST)?;
            items.iter().try_for_each(check_size)
        }
        Value::Object(map) => map.values().try_for_each(check_size),
        _ => Ok(()),
    }
}

const ENVELOPE: [&str; 6] = ["cmd_id", "actor", "credential", "at", "expected_seq", "approvals"];

impl Command {
    /// Reads the neutral form: `command` of a line `{"command": {…}, "at": …}`. `at` counts unless the command
    /// has its own.
    ///
    /// # Errors
    /// `invalid_json` names the field that is missing, unknown or of the wrong form; `input_too_large` if an id
    /// is longer than [`limits::LIFECYCLE_TEXT`] bytes.
    pub fn from_json(value: &Value, at: Timestamp) -> Result<Self, Error> {
        let bad = |why: String| Error::InvalidJson { what: "command", why };
        let Value::Object(map) = value else { return Err(bad("expected an object".into())) };
        check_size(value)?;
        let text = |name: &str, required: bool| match map.get(name) {
            Some(Value::String(text)) if !required || !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(bad(format!("{name}: expected a text that is not empty"))),
            None if required => Err(bad(format!("{name}: missing"))),
            None => Ok(String::new()),
        };
        let mut order = serde_json::Map::new();
        for (name, value) in map {
            if !ENVELOPE.contains(&name.as_str()) {
                order.insert(name.clone(), value.clone());
            }
        }
        if !order.contains_key("type") {
            return Err(bad("type: missing".into()));
        }
        let field = |name: &str, error: serde_json::Error| bad(format!("{name}: {}", json_error(&error)));
        let order: Order = Order::deserialize(Value::Object(order)).map_err(|e| bad(json_error(&e)))?;
        let command = Command {
            cmd_id: text("cmd_id", true)?,
            actor: text("actor", true)?,
            credential: text("credential", !order.is_broad())?,
            at: match map.get("at") {
                Some(at) => Timestamp::deserialize(at).map_err(|e| field("at", e))?,
                None => at,
            },
            expected_seq: match map.get("expected_seq") {
                Some(seq) => Option::deserialize(seq).map_err(|e| field("expected_seq", e))?,
                None => None,
            },
            approvals: match map.get("approvals") {
                Some(list) => Vec::deserialize(list).map_err(|e| field("approvals", e))?,
                None => Vec::new(),
            },
            order,
        };
        Ok(command)
    }

    /// Ids of the people who agreed and did not ask, whose agreement is dated at most `skew_ms` after `now` and
    /// at most `age_ms` before it.
    pub(super) fn approvers(&self, now: Timestamp, skew_ms: i64, age_ms: i64) -> BTreeSet<&str> {
        let holds = |a: &&Approval| {
            !a.by.is_empty() && a.by != self.actor && a.at <= now.plus(skew_ms) && a.at >= now.plus(-age_ms)
        };
        self.approvals.iter().filter(holds).map(|a| a.by.as_str()).collect()
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.get("at").is_none() {
            return Err(de::Error::missing_field("at"));
        }
        Command::from_json(&value, Timestamp::MIN).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Command, Error> {
        Command::from_json(&value, Timestamp::from_millis(7))
    }

    #[test]
    fn round_trip_keeps_every_field() {
        let command = read(json!({"cmd_id": "1", "actor": "a", "credential": "c", "expected_seq": 4,
            "approvals": [{"by": "b", "at": 5, "ref": "T-1"}], "type": "Revoke", "cause": "cessation"}))
        .unwrap();
        assert_eq!(command.at, Timestamp::from_millis(7));
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, name) in [
            (json!({"actor": "a", "credential": "c", "type": "Unblock"}), "cmd_id"),
            (json!({"cmd_id": "1", "actor": "a", "type": "Unblock"}), "credential"),
            (json!({"cmd_id": "1", "actor": "a", "credential": "c", "type": "Unblock", "extra": 1}), "extra"),
            (json!({"cmd_id": "1", "actor": "a", "credential": "c"}), "type"),
            (json!({"cmd_id": "1", "actor": "a", "credential": "c", "type": "Revoke"}), "cause"),
            (json!({"cmd_id": "1", "actor": "a", "credential": "c", "type": "Explode"}), "Explode"),
            (json!({"cmd_id": "1", "actor": "a", "credential": "c", "type": "Tick", "at": "soon"}), "at"),
            (
                json!({"cmd_id": "1", "actor": "a", "credential": "c", "type": "ReportCreated", "version": "v1",
                       "fingerprint": "plain"}),
                "fingerprint",
            ),
        ] {
            let error = read(value).unwrap_err();
            assert_eq!(error.code(), "invalid_json");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
