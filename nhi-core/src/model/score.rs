use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How unusual one activity is for its subject, with reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// What the baseline is kept for (see [`Activity::subject`](super::Activity::subject)).
    pub subject: String,
    /// Time of the activity.
    pub time: Timestamp,
    /// Clipped sum of surprisals in decades (minus log10 of a probability); finite, 0 or more.
    pub score: f64,
    /// Whether the score is over the subject's threshold.
    pub alert: bool,
    /// How far over.
    pub band: Band,
    /// Whether the baseline can be relied on.
    pub trust: Trust,
    /// `late`, `duplicate`, `context`, `ahead`.
    pub flags: Vec<String>,
    /// Dimensions by their share, largest first.
    pub reasons: Vec<ScoreReason>,
}

/// One dimension's share of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReason {
    /// Name of the dimension.
    pub dimension: String,
    /// Its surprisal in decades, 0 to 6.
    pub surprisal: f64,
    /// A sentence with the numbers behind it.
    pub text: String,
}

/// How far a score is over the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Not over it.
    #[default]
    None,
    /// Over the threshold of the alert budget.
    Notable,
    /// Over the threshold of a tenth of the budget.
    Severe,
}

/// Whether a baseline can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Enough, recent, and of one workload.
    Ok,
    /// Under 14 days or 50 activities.
    #[default]
    Learning,
    /// Several workloads behind one credential: there is no one normal.
    Shared,
    /// No activity for 60 days.
    Stale,
}

/// An alert or a drift that may lead to a lifecycle command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Id of the credential.
    pub credential: String,
    /// When.
    pub at: Timestamp,
    /// How urgent.
    pub band: Band,
    /// Whether the baseline behind it can be relied on; a drift signal has `ok`.
    pub trust: Trust,
    /// Why, in words.
    pub reasons: Vec<String>,
}
