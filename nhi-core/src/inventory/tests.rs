//! Stories of sources that agree and disagree, and what holds for any of them.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::*;
use crate::{
    Pepper, limits,
    model::{IdentityKind, LastUse, Outcome, OwnerKind, OwnerStatus, Record, Status, VersionRecord},
};

const ACCOUNT: &str = "aws:111122223333";
const ARN: &str = "arn:aws:iam::111122223333:user/ci";
const KEY: &str = "aws:111122223333/ci/access-key";

fn at(day: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + day * crate::time::DAY)
}

fn print(secret: &str) -> crate::Fingerprint {
    Pepper::new([7; 32]).fingerprint(secret.as_bytes())
}

fn said(source: &str, day: i64, record: Record) -> Observation {
    Observation {
        record,
        provenance: Provenance { source: source.into(), observed_at: at(day), place: None },
    }
}

fn list(source: &str, plane: Plane, day: i64, records: Vec<Record>) -> (Snapshot, Vec<Observation>) {
    let snapshot = Snapshot {
        source: source.into(),
        plane,
        taken_at: at(day),
        completeness: Completeness::Full,
        issuer: None,
    };
    let observations = records.into_iter().map(|record| said(source, day, record)).collect();
    (snapshot, observations)
}

fn partial((mut snapshot, observations): (Snapshot, Vec<Observation>)) -> (Snapshot, Vec<Observation>) {
    snapshot.completeness = Completeness::Partial;
    (snapshot, observations)
}

fn user() -> Identity {
    Identity {
        id: ARN.into(),
        kind: IdentityKind::ServiceAccount,
        issuer: ACCOUNT.into(),
        name: "ci".into(),
        ..Identity::default()
    }
}

fn version(id: &str, day: i64, status: Status) -> VersionRecord {
    VersionRecord {
        external_id: id.into(),
        created: Fact::Known(at(day)),
        status: Fact::Known(status),
        ..VersionRecord::default()
    }
}

fn key(versions: Vec<VersionRecord>) -> Credential {
    Credential {
        id: KEY.into(),
        identity: ARN.into(),
        kind: CredentialKind::ApiKey,
        issuer: ACCOUNT.into(),
        versions,
        ..Credential::default()
    }
}

fn record(credential: Credential) -> Record {
    Record::Credential(credential.into())
}

fn who(identity: Identity) -> Record {
    Record::Identity(identity.into())
}

fn owner(id: &str, status: OwnerStatus, owns: &[&str], environment: Option<Environment>) -> Record {
    Record::Owner(
        Owner {
            kind: OwnerKind::Team,
            id: id.into(),
            name: id.into(),
            status,
            since: Fact::Known(at(-5)),
            contact: Fact::default(),
            owns: owns.iter().map(ToString::to_string).collect(),
            environment: environment.map_or_else(Fact::default, Fact::Known),
            workload: Fact::Known(format!("{id}-app")),
            purpose: Fact::default(),
        }
        .into(),
    )
}

fn owner_of(id: &str) -> Owner {
    match owner(id, OwnerStatus::Active, &[], None) {
        Record::Owner(owner) => *owner,
        _ => unreachable!(),
    }
}

fn seen(secret: &str, path: &str) -> Record {
    Record::Sighting(
        Sighting {
            of: SightingMatch { fingerprint: Some(print(secret)), ..SightingMatch::default() },
            provider: Fact::Known("aws".into()),
            rule: "aws.secret-access-key".into(),
            kind: CredentialKind::ApiKey,
            location: Location { kind: "code".into(), path: path.into(), line: Some(3), revision: None },
            source: "scan".into(),
            liveness: Liveness::NotChecked,
            first_seen: Fact::Known(at(1)),
            last_seen: Fact::Known(at(2)),
            exposure: Fact::default(),
            preview: String::new(),
            level: Some(Level::High),
            environment: Fact::default(),
            expires: Fact::default(),
        }
        .into(),
    )
}

fn estate(snapshots: Vec<(Snapshot, Vec<Observation>)>) -> Inventory {
    let mut inventory = Inventory::new();
    inventory.observe_all(snapshots);
    inventory
}

fn kinds(inventory: &Inventory) -> Vec<(String, DriftKind)> {
    inventory.drift(at(10)).into_iter().map(|drift| (drift.credential, drift.kind)).collect()
}

/// A report without key ids and a list without account.
fn report_and_list() -> Vec<(Snapshot, Vec<Observation>)> {
    let listed = Credential {
        id: "aws/ci/access-key".into(),
        identity: "ci".into(),
        issuer: "aws".into(),
        versions: vec![version("key-1", -100, Status::Inactive), version("key-2", -20, Status::Active)],
        ..key(vec![])
    };
    let used = VersionRecord {
        last_used: LastUse::Used { at: at(-1), granularity_ms: 900_000 },
        created: Fact::Known(at(-20).plus(700)),
        ..version("", -20, Status::Active)
    };
    vec![
        list(
            "report",
            Plane::ControlPlane,
            0,
            vec![who(user()), record(key(vec![version("", -100, Status::Inactive), used]))],
        ),
        list("keys", Plane::ControlPlane, 0, vec![record(listed)]),
    ]
}

#[test]
fn a_report_without_ids_and_a_list_without_account_become_one_record() {
    let inventory = estate(report_and_list());
    assert_eq!(inventory.credentials().len(), 1);
    let entry = inventory.credential("key-2").unwrap();
    assert_eq!((entry.record.id.as_str(), entry.record.issuer.as_str()), (KEY, ACCOUNT));
    assert_eq!(entry.record.versions.len(), 2);
    assert!(matches!(entry.record.versions[1].last_used, LastUse::Used { .. }));
    assert_eq!(entry.record.status, Fact::Known(Status::Active));
    assert!(entry.evidence.iter().any(|evidence| evidence.by == "user_and_created"));
    assert!(inventory.ambiguities().is_empty());
}

#[test]
fn a_user_name_in_two_accounts_is_told_apart_by_creation_or_not_at_all() {
    let other = "arn:aws:iam::444455556666:user/ci";
    let twin = Identity { id: other.into(), issuer: "aws:444455556666".into(), ..user() };
    let mut snapshots = report_and_list();
    snapshots.push(list("report-2", Plane::ControlPlane, 0, vec![who(twin)]));
    assert_eq!(estate(snapshots.clone()).resolve("key-1"), Some(KEY));

    // Without a creation time that agrees, the list stays on its own and says so.
    for observation in snapshots[1].1.iter_mut() {
        if let Record::Credential(credential) = &mut observation.record {
            credential.versions.retain(|version| version.external_id == "key-1");
            credential.versions[0].created = Fact::Known(at(-3));
        }
    }
    let inventory = estate(snapshots);
    assert_eq!(inventory.resolve("key-1"), Some("aws/ci/access-key"));
    assert_eq!(inventory.ambiguities()[0].records, [ARN, other]);
}

#[test]
fn a_default_issuer_decides_between_accounts() {
    let twin = Identity {
        id: "arn:aws:iam::444455556666:user/ci".into(),
        issuer: "aws:444455556666".into(),
        ..user()
    };
    let mut snapshots = report_and_list();
    snapshots.remove(0);
    snapshots[0].0.issuer = Some(ACCOUNT.into());
    snapshots.push(list("users", Plane::ControlPlane, 0, vec![who(user()), who(twin)]));
    assert_eq!(estate(snapshots).resolve("key-1"), Some(KEY));
}

#[test]
fn one_secret_joins_a_vault_to_the_issuer() {
    let mut known = key(vec![version("key-1", -9, Status::Active)]);
    known.fingerprint = Some(print("s"));
    let held = Credential {
        id: "vault:main/kv/ci".into(),
        issuer: "vault:main".into(),
        kind: CredentialKind::ApiKey,
        fingerprint: Some(print("s")),
        storage: vec![Location { kind: "vault".into(), path: "kv/ci".into(), line: None, revision: None }],
        ..Credential::default()
    };
    let inventory = estate(vec![
        list("iam", Plane::ControlPlane, 0, vec![record(known)]),
        list("vault", Plane::Holdings, 0, vec![record(held)]),
    ]);
    let entry = inventory.credential(KEY).unwrap();
    assert_eq!((inventory.credentials().len(), entry.planes.len()), (1, 2));
    assert_eq!(entry.evidence[0].by, "fingerprint");
    assert_eq!(inventory.resolve("vault:main/kv/ci"), Some(KEY));
    assert_eq!(inventory.provenance(KEY, "storage").map(|p| p.source.as_str()), Some("iam"));
    assert_eq!(kinds(&inventory), []);
}

#[test]
fn one_secret_under_two_ids_of_the_issuer_is_refused_and_told() {
    let card = |name: &str, id: &str| Credential {
        id: format!("{ACCOUNT}/{name}/access-key"),
        identity: format!("arn:aws:iam::111122223333:user/{name}"),
        fingerprint: Some(print("shared")),
        environment: Fact::Known(if name == "a" { Environment::Prod } else { Environment::Staging }),
        ..key(vec![version(id, -9, Status::Active)])
    };
    let inventory = estate(vec![list(
        "iam",
        Plane::ControlPlane,
        0,
        vec![record(card("a", "key-a")), record(card("b", "key-b"))],
    )]);
    assert_eq!(inventory.credentials().len(), 2);
    assert_eq!(inventory.ambiguities().len(), 1);
    let kinds: Vec<_> = kinds(&inventory).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(
        kinds,
        [DriftKind::EnvCross, DriftKind::DuplicateValue, DriftKind::EnvCross, DriftKind::DuplicateValue]
    );
}

#[test]
fn one_secret_under_many_records_is_told_of_each_in_bounded_words() {
    let shared = |n: usize| {
        let card = |i: usize| Credential {
            id: format!("{ACCOUNT}/user-{i:04}/access-key"),
            identity: format!("arn:aws:iam::111122223333:user/user-{i:04}"),
            fingerprint: Some(print("shared")),
            environment: Fact::Known(if i + 1 == n { Environment::Prod } else { Environment::Staging }),
            ..key(vec![version(&format!("key-{i:04}"), -9, Status::Active)])
        };
        estate(vec![list("iam", Plane::ControlPlane, 0, (0..n).map(|i| record(card(i))).collect())])
    };
    let sizes = |n: usize| {
        let inventory = shared(n);
        let (drift, plan) = (inventory.drift(at(10)), inventory.plan(at(10)));
        assert_eq!((drift.len(), plan.len()), (2 * n, 2 * n));
        assert!(drift.iter().all(|drift| drift.evidence.len() <= limits::EVIDENCE + 1));
        assert!(drift.iter().all(|drift| drift.since == Some(at(0))));
        let told = |kind: &DriftKind| {
            let first = drift.iter().find(|drift| drift.kind == *kind).unwrap();
            first.evidence.iter().map(|piece| piece.text.clone()).collect::<Vec<_>>()
        };
        let rest = format!("{} more of the same", n - limits::EVIDENCE);
        assert_eq!(told(&DriftKind::DuplicateValue).last(), Some(&rest));
        // The one in production is told beside the many that are not.
        assert!(told(&DriftKind::EnvCross).iter().any(|text| text.ends_with("is prod")));
        serde_json::to_string(&(drift, plan)).unwrap().len()
    };
    let (one, four) = (sizes(100), sizes(400));
    assert!(four < 5 * one, "{one} bytes of 100 records, {four} of 400");
}

#[test]
fn an_owner_is_found_by_its_id_alone_if_only_one_has_it() {
    let other = |id: &str| Record::Owner(Owner { kind: OwnerKind::Person, ..owner_of(id) }.into());
    let n = 1_000;
    let mut rows: Vec<Record> =
        (0..n).map(|i| Record::Owner(owner_of(&format!("team-{i}")).into())).collect();
    rows.push(other("team-7"));
    let inventory = estate(vec![list("owners", Plane::Declared, 0, rows)]);
    let find = |kind, id: &str| inventory.owner(&OwnerRef { kind, id: id.into() }).map(|owner| owner.kind);
    assert_eq!(find(OwnerKind::Vendor, "team-3"), Some(OwnerKind::Team));
    assert_eq!(find(OwnerKind::Vendor, "team-7"), None);
    assert_eq!(find(OwnerKind::Person, "team-7"), Some(OwnerKind::Person));
    // What a reference of the wrong kind is looked up among.
    assert_eq!(inventory.estate.owner_kinds.len(), n);
    assert!(inventory.estate.owner_kinds.values().all(|kinds| kinds.len() <= 2));
}

#[test]
fn owner_environment_and_workload_come_from_the_identity_unless_the_credential_has_its_own() {
    let mut own = key(vec![version("key-1", -9, Status::Active)]);
    own.environment = Fact::Known(Environment::Dev);
    let inventory = estate(vec![
        list("iam", Plane::ControlPlane, 0, vec![who(user()), record(own)]),
        list(
            "owners",
            Plane::Declared,
            0,
            vec![owner("payments", OwnerStatus::Active, &[ARN], Some(Environment::Prod))],
        ),
    ]);
    let entry = inventory.credential(KEY).unwrap();
    assert_eq!(entry.record.environment, Fact::Known(Environment::Dev));
    assert_eq!(entry.record.owners.known().unwrap()[0].id, "payments");
    assert_eq!(entry.record.workload, Fact::Known("payments-app".into()));
    let payments = OwnerRef { kind: OwnerKind::Team, id: "payments".into() };
    assert_eq!(entry.inherited.get("owners"), Some(&Inherited::OwnerOfIdentity(payments)));
    assert_eq!(entry.inherited.get("environment"), None);
    assert_eq!(inventory.provenance(KEY, "owners").unwrap().source, "owners");
    assert_eq!(inventory.provenance(KEY, "environment").unwrap().source, "iam");
}

#[test]
fn a_party_of_several_rows_owns_all_of_them_each_with_its_environment() {
    let other = "arn:aws:iam::111122223333:user/web";
    let web = Identity { id: other.into(), name: "web".into(), ..user() };
    let inventory = estate(vec![
        list("iam", Plane::ControlPlane, 0, vec![who(user()), who(web)]),
        list(
            "owners",
            Plane::Declared,
            0,
            vec![
                owner("payments", OwnerStatus::Active, &[ARN], Some(Environment::Prod)),
                owner("payments", OwnerStatus::Active, &[other], Some(Environment::Test)),
            ],
        ),
    ]);
    assert_eq!(inventory.identity(ARN).unwrap().record.environment, Fact::Known(Environment::Prod));
    assert_eq!(inventory.identity(other).unwrap().record.environment, Fact::Known(Environment::Test));
    assert_eq!(inventory.owners().next().unwrap().owns.len(), 2);
}

#[test]
fn an_activity_resolves_through_the_version_and_is_folded_once() {
    let mut inventory = estate(report_and_list());
    let call = |id: &str, day: i64, outcome| Activity {
        time: at(day),
        credential: id.into(),
        workload: Some("builder".into()),
        source_ip: Some("192.0.2.7".into()),
        action: Some("s3:GetObject".into()),
        outcome: Some(outcome),
        ..Activity::default()
    };
    let calls =
        [call("key-2", 3, Outcome::Ok), call("key-2", 5, Outcome::Denied), call("nobody", 3, Outcome::Ok)];
    inventory.observe_activities(&calls);
    let once = serde_json::to_string(&inventory).unwrap();
    inventory.observe_activities(calls.iter().rev());
    assert_eq!(serde_json::to_string(&inventory).unwrap(), once);
    let entry = inventory.credential(KEY).unwrap();
    assert_eq!(entry.record.last_used, LastUse::Used { at: at(3), granularity_ms: 0 });
    assert_eq!(entry.record.versions[1].last_used, LastUse::Used { at: at(3), granularity_ms: 0 });
    assert_eq!(entry.record.consumers, Fact::Known(vec!["builder".into()]));
    let usage = entry.usage.as_ref().unwrap();
    assert_eq!((usage.last, usage.networks.first().map(String::as_str)), (at(5), Some("192.0.2.0/24")));
}

#[test]
fn sessions_of_a_role_are_the_roles_use() {
    let arn = "arn:aws:iam::111122223333:role/deploy";
    let role = Identity { id: arn.into(), kind: IdentityKind::IamRole, name: "deploy".into(), ..user() };
    let mut inventory = estate(vec![list("iam", Plane::ControlPlane, 0, vec![who(role)])]);
    inventory.observe_activities([&Activity {
        time: at(3),
        credential: "session-1".into(),
        ephemeral: true,
        role: Some(arn.into()),
        ..Activity::default()
    }]);
    assert_eq!(
        inventory.identity(arn).unwrap().record.last_used,
        LastUse::Used { at: at(3), granularity_ms: 0 }
    );
}

#[test]
fn a_leak_names_the_place_and_is_no_leak_where_it_is_kept() {
    let mut known = key(vec![version("key-1", -9, Status::Active)]);
    known.fingerprint = Some(print("s"));
    let scan = list("scan", Plane::Sightings, 2, vec![seen("s", "src/a.py")]);
    let inventory =
        estate(vec![list("iam", Plane::ControlPlane, 0, vec![record(known.clone())]), scan.clone()]);
    assert_eq!(kinds(&inventory), [(KEY.into(), DriftKind::Leaked)]);
    let drift = &inventory.drift(at(10))[0];
    assert_eq!(drift.evidence[0].text, "the secret stands in src/a.py:3");
    assert_eq!(drift.since, Some(at(1)));
    assert_eq!(inventory.plan(at(10))[0].command.as_ref().unwrap()["type"], "ReportCompromise");

    known.storage =
        vec![Location { kind: "code".into(), path: "src/a.py".into(), line: None, revision: None }];
    let inventory = estate(vec![list("iam", Plane::ControlPlane, 0, vec![record(known)]), scan]);
    assert_eq!(kinds(&inventory), []);
}

#[test]
fn a_secret_that_nobody_knows_gets_a_record_owned_by_the_place() {
    let inventory = estate(vec![
        list(
            "scan",
            Plane::Sightings,
            2,
            vec![seen("x", "deploy/prod/a.yaml"), seen("x", "deploy/staging/a.yaml")],
        ),
        list(
            "owners",
            Plane::Declared,
            0,
            vec![
                owner("ops", OwnerStatus::Active, &["path:deploy/**"], None),
                owner("live", OwnerStatus::Active, &["path:deploy/prod/**"], Some(Environment::Prod)),
                owner("stage", OwnerStatus::Active, &["path:deploy/staging/**"], Some(Environment::Staging)),
            ],
        ),
    ]);
    let id = format!("sighting/{}/api_key", print("x"));
    let entry = inventory.credential(print("x").as_str()).unwrap();
    assert_eq!(entry.record.id, id);
    assert_eq!(inventory.sightings_of(&id).count(), 2);
    assert!(matches!(entry.inherited["owners"], Inherited::OwnerOfPlace(_)));
    let kinds: Vec<_> = kinds(&inventory).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [DriftKind::Leaked, DriftKind::EnvCross]);
}

#[test]
fn absence_counts_in_full_snapshots_only() {
    let declared =
        || list("records", Plane::Declared, 0, vec![record(key(vec![version("key-1", -9, Status::Active)]))]);
    let others = || {
        let web = Credential {
            id: format!("{ACCOUNT}/web/access-key"),
            identity: "arn:aws:iam::111122223333:user/web".into(),
            ..key(vec![version("key-w", -9, Status::Active)])
        };
        list("iam", Plane::ControlPlane, 0, vec![record(web)])
    };
    let web = format!("{ACCOUNT}/web/access-key");
    assert_eq!(
        kinds(&estate(vec![declared(), others()])),
        [(KEY.into(), DriftKind::Ghost), (web.clone(), DriftKind::Undeclared)]
    );
    assert_eq!(kinds(&estate(vec![declared(), partial(others())])), [(web, DriftKind::Undeclared)]);
    assert_eq!(kinds(&estate(vec![partial(declared()), others()])), [(KEY.into(), DriftKind::Ghost)]);
    assert_eq!(kinds(&estate(vec![partial(declared()), partial(others())])), []);
}

#[test]
fn sessions_of_a_declared_role_need_no_record_of_their_own() {
    let session = Credential {
        id: format!("{ACCOUNT}/ci/session"),
        kind: CredentialKind::SessionToken,
        ..key(vec![version("session-1", -1, Status::Active)])
    };
    let log = partial(list("log", Plane::ControlPlane, 0, vec![who(user()), record(session)]));
    let declared = key(vec![version("key-1", -9, Status::Active)]);
    let with = |records| estate(vec![list("records", Plane::Declared, 0, records), log.clone()]);
    assert_eq!(kinds(&with(vec![who(user()), record(declared.clone())])), []);
    assert_eq!(
        kinds(&with(vec![record(declared)])),
        [(format!("{ACCOUNT}/ci/session"), DriftKind::Undeclared)]
    );
}

#[test]
fn vaults_are_compared_when_they_were_listed_in_full() {
    let dead = key(vec![version("key-1", -9, Status::Inactive)]);
    let held = Credential { kind: CredentialKind::ApiKey, identity: ARN.into(), ..key(vec![]) };
    let bare = Credential {
        id: format!("{ACCOUNT}/web/access-key"),
        identity: "arn:aws:iam::111122223333:user/web".into(),
        ..key(vec![version("key-w", -9, Status::Active)])
    };
    let inventory = estate(vec![
        list("iam", Plane::ControlPlane, 0, vec![record(dead), record(bare)]),
        list("vault", Plane::Holdings, 0, vec![record(held)]),
    ]);
    assert_eq!(
        kinds(&inventory),
        [(KEY.into(), DriftKind::VaultedOrphan), (format!("{ACCOUNT}/web/access-key"), DriftKind::Unvaulted)]
    );
}

#[test]
fn an_end_that_we_have_set_holds_where_the_issuer_knows_none() {
    let mut ours = key(vec![version("key-1", -9, Status::Active)]);
    ours.not_after = Fact::Known(at(90));
    let mut theirs = key(vec![version("key-1", -9, Status::Active)]);
    theirs.not_after = Fact::Absent;
    let inventory = estate(vec![
        list("records", Plane::Declared, 0, vec![record(ours)]),
        list("iam", Plane::ControlPlane, 1, vec![record(theirs)]),
    ]);
    assert_eq!(inventory.credential(KEY).unwrap().record.not_after, Fact::Known(at(90)));
    assert!(kinds(&inventory).is_empty());
}

#[test]
fn states_scopes_owners_and_dates_drift_between_planes() {
    let team = |id: &str| OwnerRef { kind: OwnerKind::Team, id: id.into() };
    let mut ours = key(vec![version("key-1", -9, Status::Revoked)]);
    ours.scopes_granted = Fact::Known(vec!["s3:GetObject".into()]);
    ours.owners = Fact::Known(vec![team("a")]);
    ours.not_after = Fact::Known(at(90));
    let mut theirs = key(vec![version("key-1", -9, Status::Active)]);
    theirs.scopes_granted = Fact::Known(vec!["s3:*".into(), "s3:GetObject".into()]);
    theirs.owners = Fact::Known(vec![team("b")]);
    theirs.not_after = Fact::Known(at(200));
    let inventory = estate(vec![
        list("records", Plane::Declared, 0, vec![record(ours)]),
        list("iam", Plane::ControlPlane, 1, vec![record(theirs)]),
    ]);
    let found: Vec<_> = kinds(&inventory).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(
        found,
        [
            DriftKind::StateDrift(StateDriftKind::RevocationNotEffective),
            DriftKind::ScopeDrift,
            DriftKind::OwnerDrift,
            DriftKind::AttributeDrift("not_after".into())
        ]
    );
    let entry = inventory.credential(KEY).unwrap();
    assert_eq!(entry.record.owners.known().unwrap()[0].id, "a");
    assert_eq!(entry.record.not_after, Fact::Known(at(200)));
    let steps = inventory.plan(at(10));
    assert_eq!(steps.len(), 4);
    assert!(steps.iter().all(|step| !step.why.is_empty() && !step.guard.is_empty()));
}

#[test]
fn a_version_newer_than_our_word_was_brought_back() {
    let inventory = estate(vec![
        list(
            "records",
            Plane::Declared,
            0,
            vec![record(Credential {
                status: Fact::Known(Status::Revoked),
                ..key(vec![version("key-1", -9, Status::Revoked)])
            })],
        ),
        list(
            "iam",
            Plane::ControlPlane,
            3,
            vec![record(key(vec![
                version("key-1", -9, Status::Active),
                version("key-2", 2, Status::Active),
            ]))],
        ),
    ]);
    assert!(kinds(&inventory).contains(&(KEY.into(), DriftKind::StateDrift(StateDriftKind::Resurrected))));
}

#[test]
fn an_owner_who_left_is_drift() {
    let inventory = estate(vec![
        list(
            "iam",
            Plane::ControlPlane,
            0,
            vec![who(user()), record(key(vec![version("k", -9, Status::Active)]))],
        ),
        list("owners", Plane::Declared, 0, vec![owner("eve", OwnerStatus::Left, &[KEY], None)]),
    ]);
    assert_eq!(kinds(&inventory), [(KEY.into(), DriftKind::OwnerDrift)]);
    assert!(inventory.drift(at(10))[0].evidence[0].text.starts_with("its owner eve is left since "));
}

#[test]
fn a_later_snapshot_replaces_and_an_older_one_is_stale() {
    let mut inventory = estate(vec![list("iam", Plane::ControlPlane, 1, vec![record(key(vec![]))])]);
    let older = list("iam", Plane::ControlPlane, 0, vec![]);
    assert_eq!(inventory.observe(older.0, older.1).stale, ["iam"]);
    assert_eq!(inventory.credentials().len(), 1);
    let newer = list("iam", Plane::ControlPlane, 2, vec![]);
    assert_eq!(inventory.observe(newer.0, newer.1).replaced, ["iam"]);
    assert_eq!(inventory.credentials().len(), 0);
}

#[test]
fn saved_and_read_back_it_is_the_same() {
    let mut inventory = estate(report_and_list());
    inventory.observe_activities([&Activity {
        time: at(1),
        credential: "key-2".into(),
        ..Activity::default()
    }]);
    let saved = serde_json::to_string(&inventory).unwrap();
    let read: Inventory = serde_json::from_str(&saved).unwrap();
    assert!(read == inventory);
    assert!(serde_json::from_str::<Inventory>(&saved.replace("{\"v\":1", "{\"v\":9")).is_err());
}

#[test]
fn a_finding_becomes_a_sighting() {
    let finding: Finding = serde_json::from_value(serde_json::json!({
        "v": 1, "path": "a.env", "rule": "aws.secret-access-key", "provider": "aws", "kind": "secret-access-key",
        "credential_kind": "api_key", "confidence": 0.9, "level": "high", "start": 0, "end": 40, "line": 2,
        "column": 1, "preview": "…abcd", "fingerprint": print("s"),
        "attributes": {"environment": {"known": "live"}},
        "parts": [{"kind": "access-key-id", "start": 0, "end": 20, "preview": "key-1"}],
    }))
    .unwrap();
    let sighting = sighting(&finding, "scan", at(0));
    assert_eq!(sighting.of.external_id.as_deref(), Some("key-1"));
    assert_eq!((sighting.location.path.as_str(), sighting.location.line), ("a.env", Some(2)));
    assert_eq!(sighting.environment, Fact::Known(Environment::Prod));
}

fn any_snapshots() -> impl proptest::strategy::Strategy<Value = Vec<(Snapshot, Vec<Observation>)>> {
    use proptest::prelude::*;
    let credential = (0..3u8, 0..4u8, proptest::option::of(0..3u8), -3..3i64, any::<bool>()).prop_map(
        |(who, id, secret, day, whole)| {
            let user = ["ci", "web", "db"][who as usize];
            let versions = match id {
                0 => vec![version("", day, Status::Active)],
                id => vec![version(&format!("key-{id}"), day, Status::Active)],
            };
            record(Credential {
                id: format!("{}/{user}/access-key", if whole { ACCOUNT } else { "aws" }),
                identity: if whole { format!("arn:aws:iam::111122223333:user/{user}") } else { user.into() },
                issuer: if whole { ACCOUNT.into() } else { "aws".into() },
                fingerprint: secret.map(|secret| print(&format!("{secret}"))),
                ..key(versions)
            })
        },
    );
    let identity = (0..3u8).prop_map(|who| {
        let user_name = ["ci", "web", "db"][who as usize];
        who_named(user_name)
    });
    let sighting =
        (0..4u8, 0..2u8).prop_map(|(secret, path)| seen(&format!("{secret}"), &format!("p{path}")));
    let any_record = prop_oneof![4 => credential, 2 => identity, 1 => sighting];
    let plane = prop_oneof![
        Just(Plane::Declared),
        Just(Plane::ControlPlane),
        Just(Plane::Holdings),
        Just(Plane::Sightings)
    ];
    let snapshot = (0..4u8, plane, 0..3i64, any::<bool>(), proptest::collection::vec(any_record, 0..6))
        .prop_map(|(source, plane, day, full, records)| {
            let all = list(&format!("s{source}"), plane, day, records);
            if full { all } else { partial(all) }
        });
    proptest::collection::vec(snapshot, 0..6)
}

fn who_named(name: &str) -> Record {
    who(Identity { id: format!("arn:aws:iam::111122223333:user/{name}"), name: name.into(), ..user() })
}

proptest::proptest! {
    #[test]
    fn the_order_of_snapshots_does_not_show(snapshots in any_snapshots(), rotate in 0usize..6) {
        let all = estate(snapshots.clone());
        let mut turned = snapshots.clone();
        turned.rotate_left(rotate.min(snapshots.len()));
        let mut one_by_one = Inventory::new();
        for (snapshot, observations) in turned.into_iter().rev() {
            one_by_one.observe(snapshot, observations);
        }
        proptest::prop_assert_eq!(
            serde_json::to_string(&all).unwrap(),
            serde_json::to_string(&one_by_one).unwrap()
        );
        proptest::prop_assert!(all == one_by_one);
        proptest::prop_assert_eq!(all.drift(at(1)), one_by_one.drift(at(1)));
        proptest::prop_assert_eq!(all.plan(at(1)), one_by_one.plan(at(1)));
    }

    #[test]
    fn every_credential_is_found_by_its_ids_or_told_to_be_ambiguous(snapshots in any_snapshots()) {
        let inventory = estate(snapshots);
        for entry in inventory.credentials() {
            proptest::prop_assert_eq!(inventory.resolve(&entry.record.id), Some(entry.record.id.as_str()));
            for version in entry.record.versions.iter().filter(|version| !version.external_id.is_empty()) {
                let told = inventory.ambiguities().iter().any(|a| a.shared == version.external_id);
                let found = inventory.resolve(&version.external_id) == Some(entry.record.id.as_str());
                proptest::prop_assert!(found || told);
            }
        }
    }
}
