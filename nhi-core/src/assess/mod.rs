/*!
The whole way in one call: what the host has read in, a [`Report`] out.

[`assess`] hands every input to its room and joins what comes back: exports become one inventory, activities are
scored, what is known is told to the lifecycle, every credential is checked, and what is wrong is grouped by
credential into steps with the exact call at the provider. Same inputs, same bytes out.

Not here: reading files and logs (the host), and doing what a step says (the host again, it knows whether it may).
*/

mod behave;
mod causes;
mod course;
mod drive;
mod inputs;
mod leaks;
mod read;
mod remedy;
mod report;
mod steps;
#[cfg(test)]
mod tests;
mod words;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

pub use inputs::{File, Inputs, Policy};
pub use report::{
    Alerts, Anomaly, CheckCounts, Counts, Course, CredentialSummary, Leak, Point, Refused, Remedy, Report,
    Response, Step, Thresholds,
};

use self::{
    causes::{of_alerts, of_check, of_drift},
    drive::{Driven, Told},
};
use crate::{
    Error, Pepper,
    inventory::{CredentialEntry, Inventory},
    lifecycle::VersionState,
    model::{Credential, IdentityKind, OwnerStatus, Place, Problem, Trust},
    posture::{self, CheckResult, Estate, Outcome, Severity},
    time::Timestamp,
};

/// Assesses an estate at `now`.
///
/// Foreign content is never an error: what could not be read is in [`Report::problems`], the rest counts all the
/// same. Passing the report's ledger and baseline in again, with what is new, goes on where it ended.
///
/// # Errors
/// `invalid_argument` names a field of the policy that is out of range; `unreadable` tells the first fault of the
/// ledger handed in; `state_version` and `state_corrupt` tell of the saved baseline.
/// # Cost
/// `n log n` in all records and activities.
///
/// ```
/// use nhi_core::{assess::{File, Inputs, Policy, assess}, classify, model::Completeness, time::Timestamp};
/// let id = classify::mint_aws_key_id(111_122_223_333, 7);
/// let keys = format!(r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "Status": "Active",
///     "CreateDate": "2020-01-01T00:00:00Z", "AccessKeyId": "{id}"}}]}}"#);
/// let file = File { name: "keys.json", bytes: keys.as_bytes(), completeness: Completeness::Full };
/// let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
/// let report = assess(Inputs { files: vec![file], ..Inputs::default() }, now, &Policy::default())?;
/// assert_eq!(report.counts.credentials, 1);
/// assert!(report.steps[0].checks.contains(&"NHI7-a".into()), "the key is older than a year");
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn assess(inputs: Inputs<'_>, now: Timestamp, policy: &Policy) -> Result<Report, Error> {
    policy.validate()?;
    let lifecycle = drive::open(&inputs, policy)?;
    let (old_ledger, old_baseline) = (inputs.ledger.unwrap_or_default(), inputs.baseline);
    let pepper = inputs.pepper;
    let mut read = read::read(inputs, now);

    let mut inventory = Inventory::new();
    inventory.observe_all(core::mem::take(&mut read.snapshots));
    inventory.observe_activities(&read.activities);

    let behaviour = behave::behave(&read.activities, &inventory, old_baseline, policy.alert_budget)?;
    let told = Told {
        commands: &read.commands,
        inventory: &inventory,
        activities: &read.activities,
        signals: &behaviour.signals,
    };
    let driven = drive::drive(lifecycle, old_ledger, &told, now, policy)?;

    let mut estate = Estate::of(&inventory, Some(&driven.lifecycle), now, &policy.posture);
    estate.looked.for_sightings |= read.searched;
    estate.views.retain(|view| view.credential.kind.is_secret() && !is_human(view.credential, &inventory));
    for view in &mut estate.views {
        view.trust = behaviour.trust.get(&view.credential.id).copied();
    }
    let checks = posture::run(&estate, now, &policy.posture);
    let drift = inventory.drift(now);

    let mut failed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for check in checks.iter().filter(|c| matches!(c.outcome, Outcome::Fail { .. })) {
        failed.entry(&check.credential).or_default().push(&check.check);
    }
    let causes = (checks.iter().filter_map(|c| of_check(c, &failed)))
        .chain(drift.iter().filter_map(|d| of_drift(d, &failed, &inventory, now)))
        .chain(behaviour.alerts.iter().map(|a| of_alerts(a, &inventory)))
        .collect();
    let leaking: BTreeSet<&str> =
        failed.iter().filter(|(_, checks)| checks.contains(&"NHI2-a")).map(|(id, _)| *id).collect();

    let mut problems = read.problems;
    problems.extend(other_pepper(&inventory, pepper));
    problems.extend(behaviour.problems);
    let mut report = Report {
        v: 1,
        now,
        result: String::new(),
        counts: Counts {
            files: read.files,
            rows: read.rows,
            activities: behaviour.scored,
            alerts: behaviour.alerts.iter().map(|a| a.hours).sum(),
            problems: problems.len() as u64,
            entries: driven.events.len() as u64,
            ..count(&inventory, &checks)
        },
        steps: steps::steps(causes, &inventory, &driven.lifecycle, now),
        leaks: leaks::leaks(&driven.events, &leaking, &inventory, now),
        credentials: inventory
            .credentials()
            .map(|entry| summary(entry, &inventory, &driven, &behaviour.trust))
            .collect(),
        alerts: behaviour.alerts,
        posture: posture(&checks),
        checks: checks.into_iter().filter(|c| c.outcome != Outcome::Pass).collect(),
        findings: read.findings,
        checkpoint: driven.lifecycle.ledger().head().clone(),
        responses: driven.responses,
        rejections: driven.rejections,
        problems,
        ledger: driven.ledger,
        baseline: behaviour.saved,
        drift,
    };
    for finding in &report.findings {
        *report.counts.findings.entry(words::level(finding.level).into()).or_default() += 1;
    }
    for drift in &report.drift {
        *report.counts.drift.entry(words::drift_kind(&drift.kind).into()).or_default() += 1;
    }
    report.result = result(&report);
    Ok(report)
}

fn count(inventory: &Inventory, checks: &[CheckResult]) -> Counts {
    let outcomes = |word| checks.iter().filter(|c| c.outcome.word() == word).count() as u64;
    let secret = || {
        let all = inventory.credentials().map(|e| &e.record);
        all.filter(|r| r.kind.is_secret() && !is_human(r, inventory))
    };
    Counts {
        identities: inventory.identities().len() as u64,
        credentials: secret().count() as u64,
        owned: secret()
            .filter(|r| {
                let answers = |o| inventory.owner(o).is_some_and(|found| found.status == OwnerStatus::Active);
                r.owners.known().is_some_and(|owners| owners.iter().any(answers))
            })
            .count() as u64,
        described: secret()
            .filter(|r| {
                let named = r.workload.known().is_some() && r.purpose.known().is_some();
                named && r.environment.known().is_some()
            })
            .count() as u64,
        sightings: inventory.sightings().len() as u64,
        passed: outcomes("pass"),
        failed: outcomes("fail"),
        unknown: outcomes("unknown"),
        ..Counts::default()
    }
}

/// How often each check gave each answer.
fn posture(checks: &[CheckResult]) -> Vec<CheckCounts> {
    let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for result in checks {
        let [passed, failed, unknown] = counts.entry(&result.check).or_default();
        *match result.outcome {
            Outcome::Pass => passed,
            Outcome::Fail { .. } => failed,
            Outcome::Unknown { .. } => unknown,
        } += 1;
    }
    let count = |check: &&posture::Check| {
        let [passed, failed, unknown] = counts.get(check.id).copied().unwrap_or_default();
        CheckCounts { check: check.id.into(), passed, failed, unknown }
    };
    posture::CHECKS.iter().map(count).collect()
}

fn summary(
    entry: &CredentialEntry,
    inventory: &Inventory,
    driven: &Driven,
    trust: &BTreeMap<String, Trust>,
) -> CredentialSummary {
    let record = &entry.record;
    let state = driven.lifecycle.state(&record.id);
    let newest = state.and_then(|s| s.active().or_else(|| s.versions.last()));
    CredentialSummary {
        id: record.id.clone(),
        kind: record.kind.as_str().into(),
        provider: record.provider.clone(),
        owner: words::owner(&record.id, Some(entry), inventory),
        environment: words::environment(&record.id, Some(entry), inventory),
        workload: words::text(&record.workload),
        purpose: words::text(&record.purpose),
        expires: words::end(&record.not_after),
        last_used: words::last_use(&record.last_used),
        state: match newest {
            Some(v) if matches!(v.state, VersionState::Suspended { .. }) && v.provider_live() => {
                "Suspended, still works at the provider".into()
            }
            Some(v) => v.state_name().into(),
            None => "not registered".into(),
        },
        trust: trust.get(&record.id).map_or("none", |t| behave::word(*t)).into(),
    }
}

/// Whether a credential is a person's own: listed so that the others can be told apart from it, and not judged here.
fn is_human(record: &Credential, inventory: &Inventory) -> bool {
    inventory.identity(&record.identity).is_some_and(|i| i.record.kind == IdentityKind::Human)
}

/// Records whose fingerprints this run cannot compare with what it found itself.
fn other_pepper(inventory: &Inventory, pepper: Option<&Pepper>) -> Option<Problem> {
    let pepper = pepper?;
    let mut others: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in inventory.credentials() {
        let versions = entry.record.versions.iter().filter_map(|v| v.fingerprint.as_ref());
        for fingerprint in versions.chain(&entry.record.fingerprint).filter(|f| !pepper.knows(f)) {
            *others.entry(fingerprint.pepper_id()).or_default() += 1;
        }
    }
    if others.is_empty() {
        return None;
    }
    let (count, ids) = (others.values().sum::<u64>(), others.into_keys().collect::<Vec<_>>().join(", "));
    Some(Problem {
        source: "pepper".into(),
        place: Place::default(),
        code: "other_pepper".into(),
        text: alloc::format!(
            "{count} fingerprints were made under another pepper ({ids}) than this run's ({}): the same secret is \
             not recognised across them",
            pepper.id()
        ),
        row_lost: false,
    })
}

/// The result in a sentence.
fn result(report: &Report) -> String {
    let counts = &report.counts;
    let credentials = words::plural(counts.credentials, "credential", "credentials");
    let identities = words::plural(counts.identities, "identity", "identities");
    let unread = match counts.problems {
        0 => String::new(),
        n => alloc::format!("; {} not read or not matched", words::plural(n, "thing was", "things were")),
    };
    if report.steps.is_empty() {
        return match (counts.credentials, counts.identities, counts.problems) {
            (0, 0, 0) if counts.files == 0 => "Nothing to do: no secret was found.".into(),
            (0, 0, _) => alloc::format!("Nothing could be assessed: no credential is known{unread}."),
            (0, ..) => alloc::format!(
                "Nothing could be assessed: {identities} known, and none of their credentials (add a list of \
                 keys){unread}."
            ),
            _ => {
                let alerts = words::plural(counts.alerts, "alert", "alerts");
                alloc::format!("Nothing to do: {credentials} of {identities} checked, {alerts}{unread}.")
            }
        };
    }
    let steps = report.steps.len() as u64;
    let urgent = match report.steps.iter().filter(|s| s.severity == Severity::Critical).count() {
        0 => String::new(),
        n => alloc::format!(", {n} of them at once"),
    };
    let needs = if steps == 1 { "needs" } else { "need" };
    if report.steps.iter().all(|step| report.credentials.iter().any(|c| c.id == step.subject)) {
        return alloc::format!("{steps} of {credentials} of {identities} {needs} action{urgent}{unread}.");
    }
    let things = words::plural(steps, "thing", "things");
    alloc::format!("{things} {needs} action{urgent}; {credentials} of {identities} known{unread}.")
}
