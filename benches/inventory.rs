//! Records a second of reconciling: a credential report, a key list, declared records and a scan of one company.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nhi_core::{
    Fingerprint, Pepper,
    inventory::{Inventory, Snapshot},
    model::{
        Completeness, Credential, CredentialKind, Fact, Identity, Observation, Plane, Provenance, Record,
        Status, VersionRecord,
    },
    time::{DAY, Timestamp},
};

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);
const ISSUER: &str = "aws:111122223333";

type Observed = (Snapshot, Vec<Observation>);

fn print(pepper: &Pepper, n: usize) -> Fingerprint {
    pepper.fingerprint(&n.to_le_bytes())
}

fn list(source: &str, plane: Plane, records: impl Iterator<Item = Record>) -> Observed {
    let provenance = Provenance { source: source.into(), observed_at: NOW, place: None };
    let snapshot = Snapshot {
        source: source.into(),
        plane,
        taken_at: NOW,
        completeness: Completeness::Full,
        issuer: None,
    };
    (snapshot, records.map(|record| Observation { record, provenance: provenance.clone() }).collect())
}

/// `n` users with a key each, as three sources see them: without key ids, without account, and as declared.
fn company(n: usize) -> Vec<Observed> {
    let pepper = Pepper::new([1; 32]);
    let made = |i: usize| Fact::Known(NOW.plus(-(i as i64 % 900) * DAY - i as i64 * 5_000));
    let arn = |i: usize| format!("arn:aws:iam::111122223333:user/u{i}");
    let version = |i: usize, named: bool| VersionRecord {
        external_id: if named { format!("key-{i:08}") } else { String::new() },
        created: made(i),
        status: Fact::Known(Status::Active),
        ..VersionRecord::default()
    };
    let key = move |i: usize, whole: bool, named: bool| Credential {
        id: format!("{}/u{i}/access-key", if whole { ISSUER } else { "aws" }),
        identity: if whole { arn(i) } else { format!("u{i}") },
        kind: CredentialKind::ApiKey,
        issuer: if whole { ISSUER } else { "aws" }.into(),
        versions: vec![version(i, named)],
        ..Credential::default()
    };
    let users = (0..n).map(|i| {
        Record::Identity(Box::new(Identity {
            id: format!("arn:aws:iam::111122223333:user/u{i}"),
            issuer: ISSUER.into(),
            name: format!("u{i}"),
            ..Identity::default()
        }))
    });
    let report = users.chain((0..n).map(move |i| Record::Credential(Box::new(key(i, true, false)))));
    let keys = (0..n).map(move |i| Record::Credential(Box::new(key(i, false, true))));
    let declared = (0..n).map(move |i| {
        let mut record = key(i, true, true);
        record.fingerprint = Some(print(&pepper, i));
        Record::Credential(Box::new(record))
    });
    vec![
        list("report", Plane::ControlPlane, report),
        list("keys", Plane::ControlPlane, keys),
        list("records", Plane::Declared, declared),
    ]
}

fn reconcile(c: &mut Criterion) {
    let mut group = c.benchmark_group("inventory/reconcile");
    group.sample_size(10);
    for n in [1_000, 25_000] {
        let all = company(n);
        let records: usize = all.iter().map(|(_, observations)| observations.len()).sum();
        group.throughput(Throughput::Elements(records as u64));
        group.bench_with_input(BenchmarkId::from_parameter(records), &all, |b, all| {
            b.iter_batched(
                || all.clone(),
                |all| {
                    let mut inventory = Inventory::new();
                    inventory.observe_all(all);
                    assert_eq!(inventory.credentials().len(), n);
                    inventory
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
    let mut inventory = Inventory::new();
    inventory.observe_all(company(25_000));
    c.bench_function("inventory/drift of 25000", |b| b.iter(|| inventory.drift(NOW)));
}

criterion_group!(benches, reconcile);
criterion_main!(benches);
