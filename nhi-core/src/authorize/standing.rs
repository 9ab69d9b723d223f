use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{model::Environment, time::Timestamp};

/// What the lifecycle holds of a credential at the time of a request, as far as a decision needs it. It is
/// kept with the decision, so that a replay needs no old state.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Standing {
    /// Id of the credential.
    pub credential: String,
    /// Number of its last ledger entry: which state this was.
    pub seq: u64,
    /// The version presented, if it could be told: by its id or fingerprint, else the only usable one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<PresentedVersion>,
    /// Why it must not be used, although the provider lets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    /// Whether somebody answers for it, or need not yet.
    pub governed: bool,
    /// The lease that the request names, if there is one of that id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseStanding>,
    /// The clone counter last presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Workloads that may use it, sorted; empty: nobody said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// Where it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
}

/// The version that a request presents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresentedVersion {
    /// Its id.
    pub id: String,
    /// Its state, in the lifecycle's word: `Active`, `Revoking`, …
    pub state: String,
    /// Whether it may be used by the caller.
    pub usable: bool,
    /// Whether somebody else is known to have it.
    pub compromised: bool,
    /// Not valid after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}

/// The lease that a request names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseStanding {
    /// The task it was issued for.
    pub task: String,
    /// The workload that holds it.
    pub holder: String,
    /// What it may do; `*` stands for any run of characters.
    pub scope: Vec<String>,
    /// When it ends.
    pub not_after: Timestamp,
    /// Whether it may be used now: open, in its time, its parent usable.
    pub usable: bool,
}
