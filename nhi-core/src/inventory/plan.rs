//! From drift to steps: what to do, in which order, under which guard, and why.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CredentialEntry, Drift, DriftKind, Evidence, StateDriftKind, reconcile::Estate};
use crate::model::{Fact, Status};

/// One remedy. Data only: nothing happens until a host hands the command to the lifecycle or does the effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Id of the credential.
    pub credential: String,
    /// The drift that it answers.
    pub drift: DriftKind,
    /// What to do, in a sentence.
    pub what: String,
    /// The lifecycle command in its JSON form, if the lifecycle has one for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Value>,
    /// What must hold before it is done.
    pub guard: String,
    /// Whether it can be undone.
    pub reversible: bool,
    /// What may break if it is done.
    pub risk: Risk,
    /// What shows that it is needed.
    pub why: Vec<Evidence>,
}

/// What may break if a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Records only.
    Low,
    /// A consumer that nobody knows of.
    Medium,
    /// Known consumers.
    High,
}

pub(super) fn plan(drifts: &[Drift], estate: &Estate) -> Vec<Step> {
    let mut steps: Vec<(u8, Step)> = drifts
        .iter()
        .filter_map(|drift| {
            let entry = estate.credentials.get(&drift.credential)?;
            let (urgency, step) = step(drift, entry);
            Some((urgency, step))
        })
        .collect();
    steps.sort_by(|(a, x), (b, y)| (a, &x.credential, &x.drift).cmp(&(b, &y.credential, &y.drift)));
    steps.into_iter().map(|(_, step)| step).collect()
}

/// The command envelope of the lifecycle. The id follows from what it answers, so that a plan made again from the
/// same drift is the same command.
fn command(drift: &Drift, order: Value) -> Option<Value> {
    let kind = serde_json::to_value(&drift.kind).ok()?;
    let kind = kind.as_str().map(ToOwned::to_owned).unwrap_or_else(|| kind.to_string());
    let mut command = json!({
        "cmd_id": format!("plan:{}:{kind}", drift.credential),
        "actor": "inventory",
        "credential": drift.credential,
    });
    if let (Some(command), Value::Object(order)) = (command.as_object_mut(), order) {
        command.extend(order);
    }
    Some(command)
}

fn step(drift: &Drift, entry: &CredentialEntry) -> (u8, Step) {
    let record = &entry.record;
    let used =
        record.consumers.known().is_some_and(|consumers| !consumers.is_empty()) || entry.usage.is_some();
    let over = record.status.known().is_some_and(|status| *status != Status::Active);
    let risk = if used { Risk::High } else { Risk::Medium };
    let make = |what: &str, order: Option<Value>, guard: &str, reversible: bool, risk: Risk| Step {
        credential: drift.credential.clone(),
        drift: drift.kind.clone(),
        what: what.to_owned(),
        command: order.and_then(|order| command(drift, order)),
        guard: guard.to_owned(),
        reversible,
        risk,
        why: drift.evidence.clone(),
    };
    match &drift.kind {
        DriftKind::Leaked if over => (
            60,
            make(
                "remove the secret from where it was seen; the credential itself is over",
                None,
                "the issuer confirms that it no longer works",
                true,
                Risk::Low,
            ),
        ),
        DriftKind::Leaked => (
            0,
            make(
                "treat the secret as compromised: rotate, revoke the old version, then remove it from where it was seen",
                Some(json!({
                    "type": "ReportCompromise",
                    "confidence": 900,
                    "source": "inventory",
                    "first_seen": drift.since,
                })),
                "known consumers can take the new version, or two people accept the outage",
                false,
                risk,
            ),
        ),
        DriftKind::StateDrift(StateDriftKind::EndedOutside) => (
            70,
            make(
                "bring our record to the issuer's state",
                None,
                "the issuer's list is newer than our record",
                true,
                Risk::Low,
            ),
        ),
        DriftKind::StateDrift(_) => (
            1,
            make(
                "revoke it at the issuer: it still works although our record says that it is over",
                Some(json!({"type": "Revoke", "cause": "external"})),
                "our record is right: nobody brought it back on purpose",
                false,
                risk,
            ),
        ),
        DriftKind::EnvCross => (
            10,
            make(
                "give each environment a secret of its own, then rotate the shared one",
                Some(json!({"type": "BeginRotation"})),
                "a second credential exists for the other environment",
                true,
                risk,
            ),
        ),
        DriftKind::DuplicateValue => (
            20,
            make(
                "give each holder a secret of its own, then rotate the shared one",
                Some(json!({"type": "BeginRotation"})),
                "every holder of the value is known",
                true,
                risk,
            ),
        ),
        DriftKind::Undeclared => (
            30,
            make(
                "register it and find its owner",
                Some(json!({
                    "type": "Register",
                    "kind": record.kind,
                    "environment": record.environment.known(),
                    "owners": record.owners.known().cloned().unwrap_or_default(),
                    "purpose": record.purpose.known(),
                    "workload": record.workload.known(),
                    "known_by": record.known_by,
                    "provenance": "inventory",
                })),
                "none: registering denies nothing",
                true,
                Risk::Low,
            ),
        ),
        DriftKind::OwnerDrift => (
            40,
            make("have an owner confirmed who can answer", None, "the new owner agrees", true, Risk::Low),
        ),
        DriftKind::ScopeDrift => (
            50,
            make(
                "bring grants and declaration together: withdraw what was not declared, or approve it",
                scopes(&record.scopes_granted),
                "usage over the tracking period does not need what is withdrawn",
                true,
                Risk::Medium,
            ),
        ),
        DriftKind::Unvaulted => (
            55,
            make(
                "move the secret into the vault and hand it out from there",
                Some(json!({"type": "BeginRotation"})),
                "consumers can read from the vault",
                true,
                risk,
            ),
        ),
        DriftKind::VaultedOrphan => {
            (65, make("remove the dead value from the vault", None, "no consumer reads it", false, Risk::Low))
        }
        DriftKind::Ghost => (
            75,
            make(
                "close the record: the issuer no longer has it",
                Some(json!({"type": "Revoke", "cause": "external"})),
                "the issuer's list is full and newer than the record",
                false,
                Risk::Low,
            ),
        ),
        DriftKind::AttributeDrift(field) => (
            80,
            make(
                &format!("bring {field} in our record and at the issuer together"),
                None,
                "somebody who knows says which is right",
                true,
                Risk::Low,
            ),
        ),
    }
}

fn scopes(granted: &Fact<Vec<String>>) -> Option<Value> {
    let granted: &Vec<String> = granted.known()?;
    Some(json!({"type": "ObserveScopes", "granted": granted, "source": "inventory"}))
}
