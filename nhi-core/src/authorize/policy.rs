use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Assurance, Outcome};

/// What the decision depends on beside the request. Plain data; a field left out keeps its default, an
/// unknown one is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Whether the answer binds. If not, every answer is allow, and what it would have been is recorded
    /// beside it. Default true.
    pub enforce: bool,
    /// Answer for a credential that the lifecycle does not know. Default deny.
    pub unknown_credential: Outcome,
    /// Answer when behaviour is severe and its baseline can be relied on. Default deny.
    pub severe: Outcome,
    /// Answer when behaviour is notable and its baseline can be relied on. Default step-up.
    pub notable: Outcome,
    /// Answer when purpose, task, workload or environment is not the one that the credential or lease was
    /// issued for. Default step-up.
    pub intent_changed: Outcome,
    /// Least assurance; below it the answer is step-up. Default `shared`: any credential.
    pub min_assurance: Assurance,
    /// Most parties on whose behalf a call may be made; above it the answer is step-up. Default 3.
    pub max_delegation: u32,
    /// Actions that somebody must have approved.
    pub approvals: Vec<ApprovalRule>,
}

/// Actions that need approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// Which: an action in which `*` stands for any run of characters.
    pub action: String,
    /// By how many different people, the caller not counted.
    pub by: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            enforce: true,
            unknown_credential: Outcome::Deny,
            severe: Outcome::Deny,
            notable: Outcome::StepUp,
            intent_changed: Outcome::StepUp,
            min_assurance: Assurance::Shared,
            max_delegation: 3,
            approvals: Vec::new(),
        }
    }
}

impl Policy {
    /// The defaults, observing only.
    pub fn observing() -> Self {
        Policy { enforce: false, ..Policy::default() }
    }
}
