//! Commands a second: deciding alone, and deciding, remembering and writing the hashed entry.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nhi_core::{
    lifecycle::{Command, Lifecycle, Policy, decide},
    time::Timestamp,
};
use serde_json::json;

const CREDENTIALS: usize = 1_000;

fn command(value: serde_json::Value, at: Timestamp) -> Command {
    Command::from_json(&value, at).expect("the commands below are valid")
}

fn estate(now: Timestamp) -> Lifecycle {
    let mut machine = Lifecycle::new(Policy::default()).expect("the default is valid");
    for i in 0..CREDENTIALS {
        let register = json!({"cmd_id": "r", "actor": "bench", "credential": format!("aws:1/u{i}/api_key"),
            "type": "Register", "kind": "api_key", "owners": [{"kind": "team", "id": "t"}], "workload": "w",
            "versions": [{"external_id": format!("k{i}")}]});
        machine.apply(&command(register, now), now).expect("registering is accepted");
    }
    machine
}

fn lifecycle(c: &mut Criterion) {
    let start = Timestamp::from_millis(1_800_000_000_000);
    let mut group = c.benchmark_group("lifecycle");
    group.throughput(Throughput::Elements(1));

    let machine = estate(start);
    let id = "aws:1/u7/api_key";
    let state = machine.state(id).expect("registered").clone();
    let suspend =
        json!({"cmd_id": "s", "actor": "bench", "credential": id, "type": "Suspend", "reason": "r"});
    let suspend = command(suspend, start);
    group.bench_function("decide", |b| {
        b.iter(|| decide(black_box(&state), black_box(&suspend), start, machine.policy()));
    });

    let mut machine = estate(start);
    let mut n = 0_i64;
    group.bench_function("apply_with_hashed_entry", |b| {
        b.iter(|| {
            n += 1;
            let now = start.plus(n);
            let id = format!("aws:1/u{}/api_key", n as usize % CREDENTIALS);
            let command = Command {
                cmd_id: format!("u{n}"),
                credential: id,
                order: nhi_core::lifecycle::Order::UsageObserved {
                    version: Some("v1".into()),
                    last_used: nhi_core::model::LastUse::Used { at: now, granularity_ms: 0 },
                    source: "log".into(),
                },
                ..suspend.clone()
            };
            let applied = machine.apply(&command, now).expect("an observation is accepted");
            if n % 1_000 == 0 {
                black_box(machine.ledger_mut().take());
            }
            applied
        });
    });
    group.finish();
}

criterion_group!(benches, lifecycle);
criterion_main!(benches);
