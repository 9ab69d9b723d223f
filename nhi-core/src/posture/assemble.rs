//! Views from what the other rooms hold: one for each credential of the inventory.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    Answerable, Estate, ExceptionStanding, Looked, MetIn, Policy, Revocation, Rotation, Standing, Usage,
    VersionStanding, View,
};
use crate::{
    Fingerprint,
    inventory::{CredentialEntry, DriftKind, Inventory},
    lifecycle::{self, Lifecycle, State, VersionState},
    limits,
    model::{Credential, Environment, Fact, Plane},
    time::{DAY, Timestamp},
};

/// How long AWS tracks the use of roles and services:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>.
const AWS_TRACKING_DAYS: i64 = 400;

impl<'a> Estate<'a> {
    /// The views of all credentials of an inventory, with their states if there is a lifecycle.
    ///
    /// Baselines are not among it: set [`View::trust`] where they are known.
    ///
    /// # Cost
    /// That of [`Inventory::drift`], then linear.
    pub fn of(
        inventory: &'a Inventory,
        lifecycle: Option<&Lifecycle>,
        now: Timestamp,
        policy: &Policy,
    ) -> Self {
        let usages = || inventory.credentials().filter_map(|entry| entry.usage.as_ref());
        // What the logs cover in time; that they have gaps is in `policy.log_coverage_thousandths`.
        let logs = usages().map(|u| u.first).min().zip(usages().map(|u| u.last).max());
        let holders = holders(inventory);
        let mut crossed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for drift in inventory.drift(now) {
            if drift.kind == DriftKind::EnvCross {
                let texts = drift.evidence.into_iter().map(|evidence| evidence.text);
                crossed.entry(drift.credential).or_default().extend(texts);
            }
        }
        let looked = Looked {
            for_sightings: inventory.snapshots().any(|s| s.plane == Plane::Sightings)
                || inventory.sightings().len() > 0,
            at_usage: logs.is_some(),
        };
        let views = inventory
            .credentials()
            .map(|entry| {
                let record = &entry.record;
                let state = lifecycle.and_then(|lifecycle| lifecycle.state(&record.id));
                let identity = inventory.identity(&record.identity).map(|entry| &entry.record);
                let observed = inventory.provenance(&record.id, "status").map(|p| p.observed_at);
                View {
                    identity,
                    owners: owners(inventory, record, state),
                    granted: match (&record.scopes_granted, identity) {
                        (Fact::Unknown(_), Some(identity)) => identity.scopes_granted.clone(),
                        (own, _) => own.clone(),
                    },
                    usage: usage(
                        entry,
                        identity.map(|i| (&i.scopes_used, i.issuer.as_str())),
                        logs,
                        now,
                        policy,
                    ),
                    sightings: inventory.sightings_of(&record.id).map(|entry| &entry.record).collect(),
                    met_in: met_in(entry, inventory, &holders),
                    crossed: crossed.remove(&record.id).unwrap_or_default(),
                    observed_at: match observed {
                        Some(at) if !record.status.is_unknown() || !record.versions.is_empty() => {
                            Fact::Known(at)
                        }
                        _ => Fact::unknown("no source tells the issuer's state"),
                    },
                    standing: state.map(|state| Standing::of(state, now)),
                    ..View::new(record)
                }
            })
            .collect();
        Estate { views, looked }
    }
}

/// Credentials that hold a secret, by environment: the first [`limits::EVIDENCE`] of each.
type Holders<'a> = BTreeMap<&'a Fingerprint, BTreeMap<Environment, BTreeSet<&'a str>>>;

/// Environments by secret: which credentials hold it.
fn holders(inventory: &Inventory) -> Holders<'_> {
    let mut out = Holders::new();
    for entry in inventory.credentials() {
        let Fact::Known(environment) = entry.record.environment else { continue };
        for fingerprint in fingerprints(&entry.record) {
            let of = out.entry(fingerprint).or_default().entry(environment).or_default();
            // Credentials come in order of their ids. One more than is told, since none tells itself.
            if of.len() <= limits::EVIDENCE {
                of.insert(&entry.record.id);
            }
        }
    }
    out
}

fn fingerprints(record: &Credential) -> impl Iterator<Item = &Fingerprint> {
    record.fingerprint.iter().chain(record.versions.iter().filter_map(|v| v.fingerprint.as_ref()))
}

fn met_in(entry: &CredentialEntry, inventory: &Inventory, holders: &Holders<'_>) -> Vec<MetIn> {
    let record = &entry.record;
    let mut out = Vec::new();
    for sighting in inventory.sightings_of(&record.id) {
        if let Fact::Known(environment) = sighting.record.environment {
            let place = &sighting.record.location;
            let text = format!("the secret seen in {} {} names it", place.kind, place.path);
            out.push(MetIn { environment, text });
        }
    }
    for fingerprint in fingerprints(record) {
        for (environment, ids) in holders.get(fingerprint).into_iter().flatten() {
            let others = ids.iter().filter(|id| **id != record.id).take(limits::EVIDENCE);
            out.extend(
                others.map(|id| MetIn {
                    environment: *environment,
                    text: format!("{id} holds the same secret"),
                }),
            );
        }
    }
    out.sort_by(|a, b| (a.environment, &a.text).cmp(&(b.environment, &b.text)));
    out.dedup();
    out
}

/// Owners of the record; where no source names any, those whom the lifecycle was told of.
fn owners(inventory: &Inventory, record: &Credential, state: Option<&State>) -> Fact<Vec<Answerable>> {
    let told = || state.map(|s| s.owners.clone()).filter(|owners| !owners.is_empty());
    let owners = match &record.owners {
        Fact::Known(owners) => Fact::Known(owners.clone()),
        unstated => told().map_or_else(|| unstated.clone(), Fact::Known),
    };
    owners.map(|owners| {
        let answerable = |owner| {
            let found = inventory.owner(&owner).map(|found| found.status);
            let status = found.map_or_else(|| Fact::unknown("not in the directory"), Fact::Known);
            Answerable { owner, status }
        };
        owners.into_iter().map(answerable).collect()
    })
}

/// Actions used, by the issuer's own tracking if it has any, and by the logs.
fn usage(
    entry: &CredentialEntry,
    identity: Option<(&Fact<Vec<String>>, &str)>,
    logs: Option<(Timestamp, Timestamp)>,
    now: Timestamp,
    policy: &Policy,
) -> Fact<Usage> {
    let seen = entry.usage.as_ref();
    let logged = || seen.into_iter().flat_map(|u| &u.actions).cloned();
    if let Some((Fact::Known(used), issuer)) = identity
        && issuer.starts_with("aws")
    {
        let actions: BTreeSet<String> = used.iter().cloned().chain(logged()).collect();
        return Fact::Known(Usage {
            actions: actions.into_iter().collect(),
            from: now.plus(-AWS_TRACKING_DAYS * DAY),
            until: now,
            coverage_thousandths: 1000,
        });
    }
    match (seen, logs) {
        (Some(seen), Some((from, until))) if seen.actions.len() < limits::USAGE_SET => Fact::Known(Usage {
            actions: logged().collect(),
            from,
            until,
            coverage_thousandths: policy.log_coverage_thousandths,
        }),
        (Some(_), _) => Fact::unknown("more actions than are kept"),
        (None, _) => Fact::unknown("none of its use is in the logs"),
    }
}

impl Standing {
    /// What a lifecycle state says at `now`.
    pub fn of(state: &State, now: Timestamp) -> Self {
        let exception = state.exception.as_ref();
        Standing {
            usable: state.usable_versions(now).next().is_some(),
            versions: state
                .versions
                .iter()
                .map(|v| VersionStanding {
                    external_id: v.external_id.clone().unwrap_or_else(|| v.id.clone()),
                    revocation: match v.state {
                        VersionState::Revoking { since, .. } => Revocation::Ordered(since),
                        VersionState::RevokeFailed { since, .. } => Revocation::Failed(since),
                        VersionState::Revoked { at, .. } | VersionState::Destroyed { at } => {
                            Revocation::Confirmed(at)
                        }
                        _ => Revocation::None,
                    },
                })
                .collect(),
            exception: exception.map(|e| ExceptionStanding { end: Some(e.end), renewals: e.renewals }),
            exception_lapsed: exception.is_none() && state.notices.contains_key("exception_ended"),
            rotation: match state.rotation {
                lifecycle::Rotation::Overlap { until, .. } => Rotation::Overlap(until),
                lifecycle::Rotation::Stuck { since, .. } => Rotation::Stuck(Some(since)),
                _ => Rotation::Quiet,
            },
            used_after_end: state.versions.iter().filter_map(|v| v.used_after_end).max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        inventory::Snapshot,
        lifecycle::Command,
        model::{
            Activity, Completeness, CredentialKind, Identity, Observation, Owner, OwnerKind, OwnerRef,
            OwnerStatus, Provenance, Record, Status,
        },
        posture::{self, Outcome},
    };
    use alloc::{boxed::Box, vec};
    use serde_json::json;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap()
    }

    fn key(id: &str, environment: Environment) -> Record {
        Record::Credential(Box::new(Credential {
            id: id.into(),
            identity: "deployer".into(),
            kind: CredentialKind::ApiKey,
            issuer: "corp".into(),
            external_ids: vec![format!("{id}-ext")],
            fingerprint: Some(crate::Pepper::new([1; 32]).fingerprint(b"the same")),
            created: Fact::Known(now().plus(-300 * DAY)),
            not_after: Fact::Absent,
            status: Fact::Known(Status::Active),
            environment: Fact::Known(environment),
            owners: Fact::Known(vec![OwnerRef { kind: OwnerKind::Person, id: "mara".into() }]),
            ..Credential::default()
        }))
    }

    fn inventory() -> Inventory {
        let owner = Owner {
            kind: OwnerKind::Person,
            id: "mara".into(),
            name: "Mara".into(),
            status: OwnerStatus::Left,
            since: Fact::default(),
            contact: Fact::default(),
            owns: vec![],
            environment: Fact::default(),
            workload: Fact::default(),
            purpose: Fact::default(),
        };
        let identity = Identity {
            id: "deployer".into(),
            issuer: "corp".into(),
            scopes_granted: Fact::Known(vec!["*".into()]),
            ..Identity::default()
        };
        let records = [
            key("corp/deployer/api_key", Environment::Prod),
            key("corp/other/api_key", Environment::Staging),
            Record::Identity(Box::new(identity)),
            Record::Owner(Box::new(owner)),
        ];
        let observations = records
            .into_iter()
            .map(|record| Observation {
                record,
                provenance: Provenance { source: "list".into(), observed_at: now(), place: None },
            })
            .collect();
        let mut inventory = Inventory::new();
        let snapshot = Snapshot {
            source: "list".into(),
            plane: Plane::ControlPlane,
            taken_at: now(),
            completeness: Completeness::Full,
            issuer: None,
        };
        inventory.observe(snapshot, observations);
        inventory
    }

    fn word(estate: &Estate<'_>, credential: &str, check: &str) -> &'static str {
        let results = posture::run(estate, now(), &Policy::default());
        let found = results.iter().find(|r| r.credential == credential && r.check == check);
        found.map_or("none", |r| r.outcome.word())
    }

    #[test]
    fn views_join_owner_identity_and_other_holders() {
        let inventory = inventory();
        let estate = Estate::of(&inventory, None, now(), &Policy::default());
        let id = "corp/deployer/api_key";
        assert_eq!(estate.views.len(), 2);
        for (check, expected) in [
            ("NHI1-c", "fail"),
            ("NHI5-a", "fail"),
            ("NHI7-b", "fail"),
            ("NHI8", "fail"),
            ("NHI1-f", "unknown"),
            ("NHI1-a", "unknown"),
            ("NHI2-a", "unknown"),
        ] {
            assert_eq!(word(&estate, id, check), expected, "{check}");
        }
    }

    #[test]
    fn logs_give_use_and_its_window() {
        let mut inventory = inventory();
        let at = |days: i64, action: &str| Activity {
            time: now().plus(-days * DAY),
            credential: "corp/deployer/api_key-ext".into(),
            action: Some(action.into()),
            ..Activity::default()
        };
        inventory.observe_activities(&[at(120, "s3:GetObject"), at(1, "s3:GetObject")]);
        let estate = Estate::of(&inventory, None, now(), &Policy::default());
        assert!(estate.looked.at_usage);
        assert_eq!(word(&estate, "corp/deployer/api_key", "NHI5-b"), "fail");
        assert_eq!(word(&estate, "corp/deployer/api_key", "NHI1-a"), "pass");
    }

    #[test]
    fn a_revocation_that_failed_shows() {
        let inventory = inventory();
        let mut lifecycle = Lifecycle::new(lifecycle::Policy::default()).unwrap();
        let id = "corp/deployer/api_key";
        let mut order = |value: serde_json::Value| {
            let command = Command::from_json(&value, now()).unwrap();
            lifecycle.apply(&command, now()).unwrap();
        };
        order(json!({"cmd_id": "1", "actor": "a", "credential": id, "type": "Register", "kind": "api_key",
                     "versions": [{"external_id": "corp/deployer/api_key-ext"}]}));
        order(json!({"cmd_id": "2", "actor": "a", "credential": id, "type": "Revoke", "cause": "cessation"}));
        let estate = Estate::of(&inventory, Some(&lifecycle), now(), &Policy::default());
        let standing = estate.views[0].standing.as_ref().unwrap();
        assert!(!standing.usable);
        assert_eq!(standing.versions[0].revocation, Revocation::Ordered(now()));
        let results = posture::run(&estate, now(), &Policy::default());
        let f = results.iter().find(|r| r.credential == id && r.check == "NHI1-f").unwrap();
        assert_eq!(f.outcome, Outcome::Pass, "within the time that a revocation may take");
    }
}
