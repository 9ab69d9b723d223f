use alloc::{borrow::Cow, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Looked, Policy, Severity, Tier, View, privilege};
use crate::{
    model::{Fact, Location},
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// One check: what a reader is told about it, what it is mapped to, and its logic.
///
/// The page of a check in `docs/checks.md` is the documentation at the head of its file.
#[derive(Debug)]
pub struct Check {
    /// Stable id: `NHI1-a`, `S-1`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// When it fails, as a sentence.
    pub fails_when: &'static str,
    /// What to do about it, as a sentence.
    pub remedy: &'static str,
    /// Inputs without which the answer is unknown.
    pub needs: &'static [&'static str],
    /// Ids of [`CONTROLS`](super::framework::CONTROLS).
    pub controls: &'static [&'static str],
    /// How pressing a failure is by its nature.
    pub urgency: Urgency,
    /// The lifecycle command that remedies it, by its name; `None` if no single command does.
    pub command: Option<&'static str>,
    /// The logic.
    pub(crate) run: fn(&Case<'_>) -> Outcome,
}

/// How pressing a failure is by its nature, before privilege, exposure and environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It makes a later incident worse.
    Hygiene,
    /// It is a way in.
    Weakness,
    /// Somebody may be inside.
    Incident,
}

/// The answer of a check. Missing data is never a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was needed is known, and it is as it should be.
    Pass,
    /// It is not as it should be.
    Fail {
        /// What shows it; at least one.
        evidence: Vec<Evidence>,
    },
    /// It could not be told.
    Unknown {
        /// What would be needed; at least one.
        missing: Vec<Missing>,
    },
}

impl Outcome {
    /// `pass`, `fail` or `unknown`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail { .. } => "fail",
            Outcome::Unknown { .. } => "unknown",
        }
    }

    /// Fails with one statement.
    pub(crate) fn fail(field: &'static str, text: impl Into<String>) -> Self {
        Outcome::Fail { evidence: alloc::vec![Evidence::of(field, text)] }
    }

    /// Unknown for want of one input.
    pub(crate) fn unknown(input: &'static str, why: impl Into<String>) -> Self {
        Outcome::Unknown { missing: alloc::vec![Missing::of(input, why)] }
    }

    /// Fails if there is evidence, else is unknown if something is missing, else passes.
    pub(crate) fn of(evidence: Vec<Evidence>, missing: Vec<Missing>) -> Self {
        match (evidence.is_empty(), missing.is_empty()) {
            (false, _) => Outcome::Fail { evidence },
            (true, false) => Outcome::Unknown { missing },
            (true, true) => Outcome::Pass,
        }
    }
}

/// One statement that shows why a check failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Field of the record, or plane, that it comes from.
    pub field: Cow<'static, str>,
    /// The statement, as a sentence without a full stop.
    pub text: String,
    /// The place, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Evidence {
    pub(crate) fn of(field: &'static str, text: impl Into<String>) -> Self {
        Evidence { field: field.into(), text: text.into(), location: None }
    }
}

/// An input that was not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Field of the record, or plane.
    pub input: Cow<'static, str>,
    /// Why it is not known.
    pub why: String,
}

impl Missing {
    pub(crate) fn of(input: &'static str, why: impl Into<String>) -> Self {
        Missing { input: input.into(), why: why.into() }
    }
}

/// The answer of one check about one credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Id of the check.
    pub check: Cow<'static, str>,
    /// Id of the credential.
    pub credential: String,
    /// The answer.
    pub outcome: Outcome,
    /// How bad a failure is; `None` unless it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Ids of the controls that the check is mapped to.
    pub controls: Vec<Cow<'static, str>>,
    /// Name of the lifecycle command that would remedy the failure; `None` unless it failed and one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Cow<'static, str>>,
}

impl CheckResult {
    /// The check's own description.
    pub fn describe(&self) -> Option<&'static Check> {
        super::find(&self.check)
    }
}

/// What a check is given: one credential, what was looked at, and the policy.
pub(crate) struct Case<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) looked: Looked,
    pub(crate) now: Timestamp,
    pub(crate) policy: &'a Policy,
}

impl Case<'_> {
    /// `None` if it is usable; else what a check that is about usable credentials answers.
    pub(crate) fn unless_usable(&self) -> Option<Outcome> {
        match self.view.usable(self.now) {
            Fact::Known(true) => None,
            Fact::Known(false) | Fact::Absent => Some(Outcome::Pass),
            Fact::Unknown(why) => Some(Outcome::unknown("status", why)),
        }
    }

    /// The highest tier granted, if the grants are known and at least one could be classified.
    pub(crate) fn tier(&self) -> Option<Tier> {
        self.view.granted.known().and_then(|granted| privilege::reach(granted, &[]).top)
    }

    /// How long ago `at` is, in words.
    pub(crate) fn ago(&self, at: Timestamp) -> String {
        span(self.now.since(at))
    }
}

/// Why a fact is not known, for [`Missing`].
pub(crate) fn why<T>(fact: &Fact<T>) -> String {
    match fact {
        Fact::Unknown(why) => why.clone().into_owned(),
        Fact::Absent => "the source says there is none".into(),
        Fact::Known(_) => "known".into(),
    }
}

/// A length of time in its largest whole unit: `210 days`, `3 hours`, `1 minute`.
pub(crate) fn span(ms: i64) -> String {
    let ms = ms.max(0);
    let (n, unit) = match ms {
        _ if ms >= 2 * DAY => (ms / DAY, "day"),
        _ if ms >= HOUR => (ms / HOUR, "hour"),
        _ => (ms / MINUTE, "minute"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}
