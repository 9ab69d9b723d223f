//! Why a credential needs action: failed checks, drift that no check tells, alerts.

use alloc::{borrow::ToOwned, collections::BTreeMap, format, string::String, vec, vec::Vec};

use super::report::Alerts;
use crate::{
    inventory::{Drift, DriftKind, Inventory},
    model::{CredentialKind, Environment, Fact, Level, Plane},
    posture::{CheckResult, Outcome, Severity, Urgency, privilege, severity},
    time::Timestamp,
};

/// One reason for action.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    /// Credential, or the subject of an alert.
    pub(super) subject: String,
    pub(super) severity: Severity,
    /// Among equals, the smaller goes first.
    pub(super) rank: u8,
    /// Among equals of one rank, the larger goes first: the score of an alert, in thousandths.
    pub(super) weight: u64,
    /// What is wrong, to follow the credential's name.
    pub(super) phrase: String,
    pub(super) why: Vec<String>,
    pub(super) cure: Cure,
    /// The check, if one says so.
    pub(super) check: Option<String>,
}

/// What sort of remedy helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cure {
    /// End it at the provider.
    Revoke,
    /// Replace it, then end the old one.
    Rotate,
    /// It works and was seen where it does not belong: replace it first if it is in use, end it at once if not.
    Leak,
    /// It was seen where it does not belong, and nobody knows whether it works.
    Seen,
    /// It was seen where it does not belong, and works no more.
    Remains,
    /// Finish the rotation, then end the old version.
    Finish,
    /// Something that no provider call does.
    Tell(&'static str),
    /// The same, or end it.
    Decide(&'static str),
}

/// How a failed check reads after the credential's name, how urgent it is among equals, and what helps.
const CHECKS: &[(&str, u8, &str, Cure)] = &[
    ("NHI1-f", 0, "still works although it was revoked", Cure::Revoke),
    ("NHI2-a", 1, "is written where it does not belong, and works", Cure::Leak),
    ("NHI2-b", 8, "has been exposed for longer than a revocation may take", Cure::Leak),
    ("NHI8", 3, "serves production and another environment", Cure::Rotate),
    ("NHI5-a", 4, "may do everything", Cure::Tell("reduce its grants to the actions it uses")),
    ("NHI7-c", 5, "is in a rotation that does not end", Cure::Finish),
    ("NHI1-c", 7, "has nobody who answers for it", Cure::Decide("name an owner, or end it")),
    (
        "S-1",
        6,
        "lives on an exception that is over",
        Cure::Decide("close the exception and remove its reason, or end the credential"),
    ),
    ("NHI1-a", 9, "has not been used for long", Cure::Revoke),
    ("NHI1-b", 10, "was never used", Cure::Revoke),
    ("NHI9", 11, "is used by several workloads", Cure::Rotate),
    ("NHI5-b", 12, "may do far more than it does", Cure::Tell("reduce its grants to the actions it uses")),
    ("NHI7-a", 13, "is older than it may get", Cure::Rotate),
    ("NHI2-e", 14, "is kept in several places", Cure::Tell("keep it in one place only")),
    ("NHI7-b", 15, "never expires, or lives too long", Cure::Rotate),
];

/// Rank of an alert: somebody may be inside now.
const ALERT: u8 = 2;
/// Rank of a credential that no record declares.
const UNDECLARED: u8 = 6;
/// Rank of a secret that was seen and that no record knows.
const SEEN: u8 = 8;
/// Rank of what is only untidy.
const UNTIDY: u8 = 16;

pub(super) fn of_check(result: &CheckResult, failed: &BTreeMap<&str, Vec<&str>>) -> Option<Cause> {
    // That a leaked secret is in two places is the leak itself.
    let leaks = |checks: &Vec<&str>| checks.contains(&"NHI2-a");
    if result.check == "NHI2-e" && failed.get(result.credential.as_str()).is_some_and(leaks) {
        return None;
    }
    let (Outcome::Fail { evidence }, Some(severity)) = (&result.outcome, result.severity) else {
        return None;
    };
    let known = CHECKS.iter().find(|(id, ..)| *id == result.check);
    let (rank, phrase, cure) = match known {
        Some((_, rank, phrase, cure)) => (*rank, (*phrase).to_owned(), *cure),
        None => {
            let check = result.describe()?;
            (UNTIDY, format!("fails {}: {}", check.id, check.title), Cure::Tell(check.remedy))
        }
    };
    Some(Cause {
        subject: result.credential.clone(),
        severity,
        rank,
        weight: 0,
        phrase,
        why: evidence.iter().map(|e| e.text.clone()).collect(),
        cure,
        check: Some(result.check.clone().into_owned()),
    })
}

/// Drift that a failed check does not tell already. What differs between sources without harm is only listed.
pub(super) fn of_drift(
    drift: &Drift,
    failed: &BTreeMap<&str, Vec<&str>>,
    inventory: &Inventory,
    now: Timestamp,
) -> Option<Cause> {
    let entry = inventory.credential(&drift.credential)?;
    let record = &entry.record;
    // A session of a declared identity needs no record of its own.
    let session = record.kind == CredentialKind::SessionToken
        && inventory.identity(&record.identity).is_some_and(|i| i.planes.contains(&Plane::Declared));
    let told = |ids: &[&str]| {
        failed.get(drift.credential.as_str()).is_some_and(|checks| checks.iter().any(|c| ids.contains(c)))
    };
    let environment = &entry.record.environment;
    let tier = entry.record.scopes_granted.known().and_then(|granted| privilege::reach(granted, &[]).top);
    let grade = |urgency| severity(tier, None, environment, urgency);
    let (severity, rank, phrase, cure) = match &drift.kind {
        DriftKind::Undeclared if !session => {
            (grade(Urgency::Weakness), UNDECLARED, "works and stands in no record", Cure::Revoke)
        }
        DriftKind::Leaked if !told(&["NHI2-a", "NHI2-b", "NHI1-f"]) => match record.status {
            Fact::Unknown(_) if record.not_after.known().is_none_or(|end| *end > now) => (
                seen(inventory, &drift.credential)?,
                SEEN,
                "is written where it does not belong; whether it works is not known",
                Cure::Seen,
            ),
            _ => {
                (Severity::Low, SEEN, "was written where it does not belong and works no more", Cure::Remains)
            }
        },
        DriftKind::StateDrift(_) if !told(&["NHI1-f"]) => (
            grade(Urgency::Hygiene),
            UNTIDY,
            "differs in state between our records and the issuer",
            Cure::Tell("correct the record"),
        ),
        DriftKind::Ghost => {
            (Severity::Low, UNTIDY, "is declared and does not exist", Cure::Tell("retire the record"))
        }
        DriftKind::VaultedOrphan => (
            Severity::Low,
            UNTIDY,
            "is in the vault and does not work any more",
            Cure::Tell("remove it from the vault"),
        ),
        DriftKind::Unvaulted => {
            (grade(Urgency::Hygiene), UNTIDY, "is in no vault", Cure::Tell("move it into a vault"))
        }
        DriftKind::ScopeDrift => (
            grade(Urgency::Hygiene),
            UNTIDY,
            "is granted something else than declared",
            Cure::Tell("approve the grants or undo them"),
        ),
        _ => return None,
    };
    Some(Cause {
        subject: drift.credential.clone(),
        severity,
        rank,
        weight: 0,
        phrase: phrase.to_owned(),
        why: drift.evidence.iter().map(|e| e.text.clone()).collect(),
        cure,
        check: None,
    })
}

/// How bad a sighting is of which nobody knows whether it works: as sure as the finder is.
fn seen(inventory: &Inventory, credential: &str) -> Option<Severity> {
    inventory
        .sightings_of(credential)
        .filter(|s| s.record.kind.is_secret())
        .map(|s| match s.record.level {
            Some(Level::High) => Severity::High,
            Some(Level::Low) => Severity::Low,
            _ => Severity::Medium,
        })
        .max()
}

pub(super) fn of_alerts(alerts: &Alerts, inventory: &Inventory) -> Cause {
    let entry = inventory.credential(&alerts.subject);
    let identity = match entry {
        Some(entry) => inventory.identity(&entry.record.identity),
        None => inventory.identity(&alerts.subject),
    };
    let environment = entry.map(|e| &e.record.environment).or(identity.map(|i| &i.record.environment));
    let unknown: Fact<Environment> = Fact::default();
    let granted = entry
        .and_then(|e| e.record.scopes_granted.known())
        .or_else(|| identity.and_then(|i| i.record.scopes_granted.known()));
    let tier = granted.and_then(|granted| privilege::reach(granted, &[]).top);
    let urgency = if alerts.severe { Urgency::Incident } else { Urgency::Weakness };
    let mut why = vec![format!("most unusual at {}", alerts.peak_at)];
    why.extend(alerts.reasons.iter().cloned());
    Cause {
        subject: alerts.subject.clone(),
        severity: severity(tier, None, environment.unwrap_or(&unknown), urgency),
        rank: ALERT,
        // Scores are finite, not negative and below 10^6.
        weight: (alerts.peak * 1000.0) as u64,
        phrase: match alerts.reasons.first() {
            Some(reason) => format!("is used in an unusual way: {reason}"),
            None => "is used in an unusual way".to_owned(),
        },
        why,
        cure: Cure::Revoke,
        check: None,
    }
}
