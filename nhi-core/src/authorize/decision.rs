use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Assurance, Request, Standing};
use crate::{
    model::{Band, Reason, Trust},
    time::Timestamp,
};

/// The answer to a request. Ordered from mildest to hardest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It may go through.
    Allow,
    /// It may go through once the caller has given more proof, or somebody has agreed.
    StepUp,
    /// It may not.
    Deny,
}

impl Outcome {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Allow => "allow",
            Outcome::StepUp => "step_up",
            Outcome::Deny => "deny",
        }
    }
}

/// One reason of a decision, with what it asks for. A reason that asks for `allow` is only noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// What kind of reason.
    pub stage: Stage,
    /// What it asks for.
    pub asks: Outcome,
    /// Code and sentence.
    #[serde(flatten)]
    pub reason: Reason,
}

/// Where in the order of evaluation a reason comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A hard gate of the lifecycle: nothing else can outweigh it.
    Gate,
    /// The behaviour score.
    Behaviour,
    /// What the credential was issued for.
    Intent,
}

/// What the score said, without floats, so that it can be hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// The score in thousandths.
    pub score_thousandths: i64,
    /// How far over the threshold.
    pub band: Band,
    /// Whether the baseline can be relied on.
    pub trust: Trust,
    /// The sentences of the two strongest reasons, with `; ` between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strongest: Option<String>,
}

/// All that a decision was made from, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The request.
    pub request: Request,
    /// What the lifecycle held of the credential; `None`: it did not know it.
    pub standing: Option<Standing>,
    /// What the baseline said; `None`: it was not asked.
    pub behaviour: Option<Behaviour>,
    /// The time of the decision.
    pub now: Timestamp,
}

/// The answer to a request and the record of it: serde data that can be stored and replayed
/// ([`Authorizer::replay`](super::Authorizer::replay)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `d-` and 16 hex digits, from both digests: the same input and policy give the same id.
    pub id: String,
    /// The answer that binds.
    pub outcome: Outcome,
    /// What the answer would have been, if the policy only observes and it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_have: Option<Outcome>,
    /// Why, in the order of evaluation; empty if there was nothing to say.
    pub reasons: Vec<Because>,
    /// How well the caller was proved.
    pub assurance: Assurance,
    /// What it was made from.
    pub input: Input,
    /// SHA-256 over the canonical JSON of the input, hex.
    pub input_digest: String,
    /// SHA-256 over the canonical JSON of the policy, hex.
    pub policy_digest: String,
}

impl Decision {
    /// Whether the call may go through now.
    pub fn allowed(&self) -> bool {
        self.outcome == Outcome::Allow
    }

    /// The answer without the observe mode.
    pub fn verdict(&self) -> Outcome {
        self.would_have.unwrap_or(self.outcome)
    }

    /// The codes of the reasons, in order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.reasons.iter().map(|because| because.reason.code.as_str())
    }
}

/// What became of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// The same input and policy gave the same answer.
    Same,
    /// The stored input is not the one whose digest was stored.
    InputDiffers,
    /// It was made under another policy, so nothing can be said.
    PolicyDiffers,
    /// The answer differs.
    Differs {
        /// The answer given now.
        now: Outcome,
    },
}
