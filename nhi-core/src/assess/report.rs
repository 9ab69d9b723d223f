//! What [`assess`](super::assess) returns: plain data, everything that a program prints is in here.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::Serialize;

use crate::{
    inventory::Drift,
    lifecycle::Checkpoint,
    model::{Finding, Problem},
    posture::{CheckResult, Severity},
    time::Timestamp,
};

/// The whole estate at one time: what it is, what is wrong with it, and what to do first.
///
/// Ordered collections throughout: the same inputs give the same bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of this form: 1.
    pub v: u32,
    /// The time that the assessment speaks of.
    pub now: Timestamp,
    /// The result in one sentence.
    pub result: String,
    /// What was read and found, in numbers.
    pub counts: Counts,
    /// What to do, most urgent first; everything about one credential is in one step.
    pub steps: Vec<Step>,
    /// Secrets seen outside their store, with how long containment took.
    pub leaks: Vec<Leak>,
    /// Every credential known, by id.
    pub credentials: Vec<CredentialSummary>,
    /// Unusual behaviour, by subject.
    pub alerts: Vec<Alerts>,
    /// Where sources disagree.
    pub drift: Vec<Drift>,
    /// Posture checks that failed or could not be answered.
    pub checks: Vec<CheckResult>,
    /// How often each check passed, failed and could not be answered, in the order of
    /// [`CHECKS`](crate::posture::CHECKS).
    pub posture: Vec<CheckCounts>,
    /// Secrets found in bytes.
    pub findings: Vec<Finding>,
    /// What the response policy ordered, or would have ordered in observe mode.
    pub responses: Vec<Response>,
    /// Lifecycle commands that were refused, with the guard that refused them.
    pub rejections: Vec<Refused>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// The ledger as JSON lines; not part of the JSON form, it is a file of its own.
    #[serde(skip)]
    pub ledger: String,
    /// Sequence and hash of the ledger's last entry, for the host to anchor outside.
    pub checkpoint: Checkpoint,
    /// Saved baseline, to be passed in next time; not part of the JSON form.
    #[serde(skip)]
    pub baseline: Vec<u8>,
}

/// Numbers of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Export files read.
    pub files: u64,
    /// Rows read from them.
    pub rows: u64,
    /// Identities known.
    pub identities: u64,
    /// Credentials known.
    pub credentials: u64,
    /// Credentials with an owner that can answer.
    pub owned: u64,
    /// Credentials whose record names environment, workload and purpose.
    pub described: u64,
    /// Places where a secret was seen.
    pub sightings: u64,
    /// Findings by level.
    pub findings: BTreeMap<String, u64>,
    /// Activities scored.
    pub activities: u64,
    /// Alerts, counted once a subject and hour.
    pub alerts: u64,
    /// Drifts by kind.
    pub drift: BTreeMap<String, u64>,
    /// Checks that passed.
    pub passed: u64,
    /// Checks that failed.
    pub failed: u64,
    /// Checks that could not be answered for want of data.
    pub unknown: u64,
    /// Problems in the inputs.
    pub problems: u64,
    /// Entries of the ledger.
    pub entries: u64,
}

/// Everything to do about one credential.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Place in the order, from 1.
    pub rank: u32,
    /// The credential or, for a secret that no record knows, its finding.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a sentence.
    pub title: String,
    /// The evidence, a sentence each, weightiest first.
    pub why: Vec<String>,
    /// What to call, in order.
    pub operations: Vec<Remedy>,
    /// Who answers for it, in words.
    pub owner: String,
    /// Environment, in a word; `unknown` if nobody said.
    pub environment: String,
    /// Ids of the failed checks behind it.
    pub checks: Vec<String>,
    /// Other credentials that hold the same secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// One call at a provider, arguments filled in from the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// The call in the provider's words: `iam UpdateAccessKey(UserName=…, …)`.
    pub call: String,
    /// Permission that the caller needs; empty if not known.
    pub permission: String,
    /// Whether it can be undone.
    pub reversible: bool,
}

/// A secret seen outside its store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// Id of the credential.
    pub subject: String,
    /// Its name for people.
    pub name: String,
    /// Where it was seen first.
    pub place: String,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When the provider confirmed that it no longer works; open if none.
    pub contained_at: Option<Timestamp>,
    /// Milliseconds from first sighting to containment, or to now while it is open.
    pub took_ms: i64,
    /// Of these, milliseconds that waited for a person.
    pub waited_for_person_ms: i64,
}

/// One line of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CredentialSummary {
    /// Id of the credential.
    pub id: String,
    /// What sort of credential.
    pub kind: String,
    /// Provider.
    pub provider: String,
    /// Who answers for it, in words.
    pub owner: String,
    /// Environment in a word.
    pub environment: String,
    /// Workload, or why it is not known.
    pub workload: String,
    /// Purpose, or why it is not known.
    pub purpose: String,
    /// Expiry: a time, `never`, or why it is not known.
    pub expires: String,
    /// Last use: a time, `never`, or why it is not known.
    pub last_used: String,
    /// Lifecycle state of its current version.
    pub state: String,
    /// Trust in its baseline.
    pub trust: String,
}

/// Unusual behaviour of one subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alerts {
    /// Id of the credential, if a record knows it, else the subject.
    pub subject: String,
    /// Hours with an alert.
    pub hours: u64,
    /// Activities over the threshold.
    pub activities: u64,
    /// The first.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
    /// Highest score, in decades.
    pub peak: f64,
    /// When it was.
    pub peak_at: Timestamp,
    /// Whether any was severe.
    pub severe: bool,
    /// Trust in the baseline at that time.
    pub trust: String,
    /// Reasons of the highest score, in words.
    pub reasons: Vec<String>,
    /// The scores behind it over time; `None` beyond the [`limits::REPORT_COURSES`](crate::limits::REPORT_COURSES)
    /// subjects with the highest peaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
}

/// Scores of one subject over time, few enough to be drawn: the highest of each stretch of time, and the
/// activities over the threshold with their reasons.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Course {
    /// Activities scored.
    pub activities: u64,
    /// Until when the baseline was learning and raised no alert; `None` if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_until: Option<Timestamp>,
    /// The highest score of each stretch, in order of time; at most
    /// [`limits::REPORT_POINTS`](crate::limits::REPORT_POINTS) stretches of equal length.
    pub points: Vec<Point>,
    /// Thresholds, each from its time on, in order of time; as many stretches at most.
    pub thresholds: Vec<Thresholds>,
    /// Activities over the threshold, in order of time: the highest
    /// [`limits::REPORT_ANOMALIES`](crate::limits::REPORT_ANOMALIES) of [`Alerts::activities`].
    pub anomalies: Vec<Anomaly>,
}

/// One score of a [`Course`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Time of the activity.
    pub at: Timestamp,
    /// Its score, in decades.
    pub score: f64,
}

/// Thresholds of a subject from a time on; they are made anew each day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Thresholds {
    /// From when on.
    pub from: Timestamp,
    /// Of the alert budget, in decades.
    pub notable: f64,
    /// Of a tenth of it, in decades.
    pub severe: f64,
}

/// One activity over the threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Anomaly {
    /// Its time.
    pub at: Timestamp,
    /// Its score, in decades.
    pub score: f64,
    /// Whether it was over the threshold of a tenth of the budget.
    pub severe: bool,
    /// Its reasons, the strongest first, a few.
    pub reasons: Vec<String>,
}

/// How often a check passed, failed and could not be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckCounts {
    /// Id of the check.
    pub check: String,
    /// Credentials that passed.
    pub passed: u64,
    /// Credentials that failed.
    pub failed: u64,
    /// Credentials for which data is missing.
    pub unknown: u64,
}

/// What the response policy made of a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// Id of the credential.
    pub subject: String,
    /// Its name for people.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What it ordered: `notify`, `step_up`, `suspend`.
    pub action: String,
    /// Whether it was ordered: the ledger has it, and the host is to carry it out. Else it was held back.
    pub ordered: bool,
    /// Why, in words.
    pub why: String,
}

/// A lifecycle command that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The command's id.
    pub cmd_id: String,
    /// Id of the credential.
    pub credential: String,
    /// The guard that refused it.
    pub guard: String,
    /// Why, and what would satisfy it.
    pub text: String,
}
