//! Activities scored a second on one core, without decoding: `cargo bench -p benches --bench score`.
//!
//! Scenarios: 2,000 identities over four days with mixed habits, after three weeks of learning (what a gateway
//! sees), and one identity that does the same thing over and over (the hot path). `state` saves and loads the
//! 2,000.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use nhi_core::{
    baseline::{Baseline, Config},
    model::{Activity, Outcome},
    time::{DAY, HOUR, Timestamp},
};

const START: i64 = 1_767_571_200_000;

fn random(x: &mut u64) -> u64 {
    *x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*x ^ *x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Activities of `identities` on one day, in order of time: ten hours of one to ten each.
fn day(identities: u64, day: i64) -> Vec<Activity> {
    const ACTIONS: [&str; 5] =
        ["s3:GetObject", "s3:PutObject", "dynamodb:Query", "sqs:SendMessage", "kms:Decrypt"];
    let x = &mut (day as u64 ^ 0xabcd);
    let mut out = Vec::new();
    for i in 0..identities {
        for hour in 8..18 {
            for _ in 0..random(x) % 10 + 1 {
                let r = random(x);
                let time = START + day * DAY + hour * HOUR + (r % HOUR as u64) as i64;
                out.push(Activity {
                    time: Timestamp::from_millis(time),
                    tenant: Some("acme".into()),
                    credential: format!("AKEY{i:06}"),
                    group: Some(format!("group-{}", i % 8)),
                    asn: Some(64_500 + (i % 3) as u32 + u32::from(r.is_multiple_of(50))),
                    country: Some("DE".into()),
                    region: Some("eu-central-1".into()),
                    account: Some("111122223333".into()),
                    user_agent: Some("Boto3".into()),
                    action: Some(ACTIONS[(r >> 8) as usize % 5].into()),
                    destination: Some(format!("arn:aws:s3:::app-{i}/{}", (r >> 16) % 9)),
                    bytes: Some(1_000 + (r >> 24) % 100_000),
                    outcome: Some(if r.is_multiple_of(300) { Outcome::Denied } else { Outcome::Ok }),
                    session: Some(format!("{day}")),
                    id: Some(format!("{r:016x}")),
                    ..Activity::default()
                });
            }
        }
    }
    out.sort_by_key(|a| a.time);
    // Copied in order, as a stream would bring them: not the memory's layout is measured.
    out.to_vec()
}

fn trained(identities: u64, days: i64) -> Baseline {
    let mut baseline = Baseline::new(Config::default());
    for d in 0..days {
        baseline.close_epoch(Timestamp::from_millis(START + d * DAY));
        for activity in day(identities, d) {
            baseline.score(&activity).expect("scores");
        }
    }
    baseline
}

fn score(c: &mut Criterion) {
    let baseline = trained(2_000, 21);
    let activities: Vec<Activity> = (21..23).flat_map(|d| day(2_000, d)).collect();
    let mut group = c.benchmark_group("score");
    group.sample_size(10);
    group.throughput(Throughput::Elements(activities.len() as u64));
    group.bench_function("2000 identities", |b| {
        b.iter_batched_ref(
            || baseline.clone(),
            |baseline| activities.iter().filter(|a| baseline.score(a).is_ok_and(|s| s.alert)).count(),
            BatchSize::PerIteration,
        );
    });
    let one = trained(1, 21);
    let hot: Vec<Activity> = (21..80).flat_map(|d| day(1, d)).collect();
    group.throughput(Throughput::Elements(hot.len() as u64));
    group.bench_function("one identity", |b| {
        b.iter_batched_ref(
            || one.clone(),
            |one| hot.iter().filter(|a| one.score(a).is_ok_and(|s| s.alert)).count(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
    let mut group = c.benchmark_group("state");
    group.sample_size(10);
    let bytes = baseline.save();
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("save", |b| b.iter(|| baseline.save().len()));
    group.bench_function("load", |b| b.iter(|| Baseline::load(&bytes).is_ok()));
    group.bench_function("close epoch", |b| {
        b.iter_batched_ref(
            || baseline.clone(),
            |baseline| baseline.close_epoch(Timestamp::from_millis(START + 24 * DAY)).number(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, score);
criterion_main!(benches);
