//! One concrete secret, key, certificate or token over time: its states and the facts that stick to it.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, time::Timestamp};

/// One concrete secret of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Our id of it: `v1`, `v2`, … in the order in which they were met.
    pub id: String,
    /// The provider's id of it (an access key id), once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Keyed digest of it, where somebody had the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// When it was made.
    pub created: Timestamp,
    /// It does not work from this instant on. `None`: it never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// Where it stands.
    pub state: VersionState,
    /// Whether its secret exists.
    #[serde(default)]
    pub material: bool,
    /// Whether it was installed at its target.
    #[serde(default)]
    pub installed: bool,
    /// Whether it was tested at its target (or found live when it was registered).
    #[serde(default)]
    pub verified: bool,
    /// Whether it was found live at registration: the machine did not make it.
    #[serde(default)]
    pub adopted: bool,
    /// When the provider confirmed that it is switched off (the quarantine of a suspended version).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
    /// Whether the provider or vault confirmed that the material of a destroyed version is gone.
    #[serde(default)]
    pub erased: bool,
    /// Since when it must not be used; `None` while it may be, or never might.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Knowledge that somebody else has it. Sticks, whatever happens to the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compromised: Option<Compromise>,
    /// While tainted: who may still use it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tainted_for: Vec<String>,
    /// The last use known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Use>,
    /// The last use that certainly came after [`ended`](Self::ended).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_after_end: Option<Timestamp>,
    /// What the provider was last seen to say of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// Where a version stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", deny_unknown_fields)]
pub enum VersionState {
    /// Made or being made, not tested.
    Pending {},
    /// Installed at its target and tested, not promoted.
    Verified {},
    /// The current version.
    Active {},
    /// Superseded, still usable until `until` so that consumers can switch.
    Retiring {
        /// End of the overlap.
        until: Timestamp,
    },
    /// Known to be compromised, still usable by the consumers it has because revoking it at once would be an outage.
    Tainted {
        /// End of the grace.
        until: Timestamp,
    },
    /// In reversible quarantine.
    Suspended {
        /// What it was.
        was: Was,
        /// Why.
        reason: String,
        /// When the quarantine ends in revocation.
        until: Timestamp,
    },
    /// Revocation is ordered; the provider has not confirmed it, so it may still work there.
    Revoking {
        /// When it was ordered.
        since: Timestamp,
        /// Failed tries so far.
        tries: u32,
        /// When to try again; `None`: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
        /// When an order without any confirmation is escalated.
        escalate_at: Timestamp,
        /// Why.
        cause: Cause,
    },
    /// Revocation was given up after the last try: it must be taken to work at the provider.
    RevokeFailed {
        /// When the revocation was ordered.
        since: Timestamp,
        /// What the provider said last.
        last_error: String,
        /// Why it was to be revoked.
        cause: Cause,
    },
    /// Revocation is confirmed.
    Revoked {
        /// When it was confirmed.
        at: Timestamp,
        /// Why.
        cause: Cause,
        /// What shows it.
        evidence: String,
    },
    /// Its time is over.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Its material is gone.
    Destroyed {
        /// When it was ordered.
        at: Timestamp,
    },
}

/// What a suspended version goes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "was", deny_unknown_fields)]
pub enum Was {
    /// The current version.
    Active {},
    /// In overlap.
    Retiring {
        /// End of the overlap.
        until: Timestamp,
    },
    /// Tainted: it never comes back.
    Tainted {
        /// End of the grace.
        until: Timestamp,
    },
}

/// Why a version is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// Somebody else has it.
    Compromise,
    /// A newer version took over.
    Superseded,
    /// Its rotation was given up.
    Aborted,
    /// It is no longer needed.
    Cessation,
    /// Its holder may no longer have the privilege.
    PrivilegeWithdrawn,
    /// Its quarantine ended without a decision.
    Quarantine,
    /// Its workload was shut down.
    Decommissioned,
    /// A campaign closed without a certification.
    NotCertified,
    /// It was revoked outside this machine.
    External,
}

impl Cause {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Compromise => "compromise",
            Cause::Superseded => "superseded",
            Cause::Aborted => "aborted",
            Cause::Cessation => "cessation",
            Cause::PrivilegeWithdrawn => "privilege_withdrawn",
            Cause::Quarantine => "quarantine",
            Cause::Decommissioned => "decommissioned",
            Cause::NotCertified => "not_certified",
            Cause::External => "external",
        }
    }
}

/// Knowledge that somebody else has a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compromise {
    /// When the machine was told.
    pub at: Timestamp,
    /// When it was first seen where it should not be.
    pub first_seen: Timestamp,
    /// How sure, in thousandths, 0 to 1000.
    pub confidence: u16,
    /// Who says so.
    pub source: String,
}

/// A use, known to a granularity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// The earliest instant at which it may have happened.
    pub at: Timestamp,
    /// How coarse `at` is, in milliseconds: the use may be up to this much later.
    pub granularity_ms: i64,
}

/// What a provider was seen to say of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// When the source looked.
    pub at: Timestamp,
    /// Whether the provider accepts it.
    pub live: bool,
}

impl Version {
    /// A version that is to be made.
    pub(super) fn pending(id: &str, created: Timestamp, not_after: Option<Timestamp>) -> Self {
        Version {
            id: id.into(),
            external_id: None,
            fingerprint: None,
            created,
            not_after,
            state: VersionState::Pending {},
            material: false,
            installed: false,
            verified: false,
            adopted: false,
            disabled_at: None,
            erased: false,
            ended: None,
            compromised: None,
            tainted_for: Vec::new(),
            last_used: None,
            used_after_end: None,
            seen: None,
        }
    }

    /// Whether its state lets it be used at `now`, before looking at the credential (blocked, governed).
    pub fn in_use(&self, now: Timestamp) -> bool {
        let state = match self.state {
            VersionState::Active {} => self.compromised.is_none(),
            VersionState::Retiring { until } => now < until && self.compromised.is_none(),
            VersionState::Tainted { until } => now < until,
            _ => false,
        };
        state && self.not_after.is_none_or(|end| now < end)
    }

    /// Whether it never comes back: revoked, expired or destroyed.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self.state,
            VersionState::Revoked { .. } | VersionState::Expired { .. } | VersionState::Destroyed { .. }
        )
    }

    /// Whether it is `Active`, `Retiring` or `Tainted`, whatever the time.
    pub fn is_serving(&self) -> bool {
        matches!(
            self.state,
            VersionState::Active {} | VersionState::Retiring { .. } | VersionState::Tainted { .. }
        )
    }

    /// Whether it is the current version.
    pub fn is_active(&self) -> bool {
        matches!(self.state, VersionState::Active {})
    }

    /// Whether it was made and not yet promoted.
    pub fn is_upcoming(&self) -> bool {
        matches!(self.state, VersionState::Pending {} | VersionState::Verified {})
    }

    /// Whether the provider must be taken to accept it: what we know last, else what its state implies.
    /// A version can be *live and not usable*: revocation ordered and not confirmed, given up, or resurrected.
    pub fn provider_live(&self) -> bool {
        if let Some(seen) = self.seen {
            return seen.live;
        }
        match self.state {
            VersionState::Pending {} => self.material,
            VersionState::Suspended { .. } => self.disabled_at.is_none(),
            VersionState::Revoked { .. } | VersionState::Expired { .. } | VersionState::Destroyed { .. } => {
                false
            }
            _ => true,
        }
    }

    /// The word of its state in NIST SP 800-57 part 1 and CycloneDX 1.6: `pre-activation`, `active`,
    /// `suspended`, `deactivated`, `compromised` or `destroyed`.
    pub fn outer_state(&self) -> &'static str {
        match self.state {
            VersionState::Destroyed { .. } => "destroyed",
            _ if self.compromised.is_some() => "compromised",
            VersionState::Pending {} | VersionState::Verified {} => "pre-activation",
            VersionState::Active {} | VersionState::Retiring { .. } => "active",
            VersionState::Tainted { .. } => "compromised",
            VersionState::Suspended { .. } => "suspended",
            _ => "deactivated",
        }
    }

    /// Name of its state, as in the serialised form.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            VersionState::Pending {} => "Pending",
            VersionState::Verified {} => "Verified",
            VersionState::Active {} => "Active",
            VersionState::Retiring { .. } => "Retiring",
            VersionState::Tainted { .. } => "Tainted",
            VersionState::Suspended { .. } => "Suspended",
            VersionState::Revoking { .. } => "Revoking",
            VersionState::RevokeFailed { .. } => "RevokeFailed",
            VersionState::Revoked { .. } => "Revoked",
            VersionState::Expired { .. } => "Expired",
            VersionState::Destroyed { .. } => "Destroyed",
        }
    }
}
