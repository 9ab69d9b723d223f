//! Saved baselines: arbitrary bytes, and the content of real ones changed and sealed again.

use std::sync::LazyLock;

use nhi_core::{
    baseline::{Baseline, Config},
    model::{Activity, Outcome},
    time::{DAY, HOUR, Timestamp},
};
use sha2::{Digest, Sha256};

use crate::{Choices, Target, joined, split};

/// The target.
pub const TARGET: Target = Target { seeds, words };

/// Bit of the first byte: the digest is put behind the rest, so that changes reach what it guards.
const SEAL: u8 = 1;
const START: i64 = 1_767_571_200_000;

static LEARNED: LazyLock<Baseline> = LazyLock::new(|| learned(&["ci", "billing"], 40));

/// Runs one input.
pub fn run(data: &[u8]) {
    let (bits, content) = split(data);
    let choices = &mut Choices::of(data);
    let mut bytes = content.to_vec();
    if bits & SEAL != 0 {
        bytes.extend_from_slice(&Sha256::digest(content));
    }
    let mut baseline = match Baseline::load(&bytes) {
        Ok(baseline) => {
            assert!(baseline.save() == bytes, "what loads saves to the same bytes");
            baseline
        }
        Err(error) => {
            assert!(matches!(error.code(), "state_version" | "state_corrupt"), "{error}");
            LEARNED.clone()
        }
    };
    let mut twin = None;
    for i in 0..24 {
        let activity = activity(choices);
        if let Ok(peeked) = baseline.peek(&activity) {
            assert!((0.0..=120.0).contains(&peeked.score), "{}", peeked.score);
        }
        if baseline.closing_due(&activity) {
            baseline.close_epoch(activity.time);
        }
        let score = baseline.score(&activity);
        if let Some(twin) = &mut twin {
            let twin: &mut Baseline = twin;
            if twin.closing_due(&activity) {
                twin.close_epoch(activity.time);
            }
            assert_eq!(twin.score(&activity), score, "a state goes on as if it had not been saved");
        }
        if let Ok(score) = &score {
            assert!((0.0..=120.0).contains(&score.score), "{}", score.score);
            let _ = (baseline.alerts(&score.subject), baseline.thresholds(&score.subject));
            if i % 8 == 5 {
                baseline.close_alert(&score.subject, i > 8);
                if let Some(twin) = &mut twin {
                    twin.close_alert(&score.subject, i > 8);
                }
            }
        }
        if i == 10 {
            let saved = baseline.save();
            let loaded = Baseline::load(&saved).expect("what was saved loads");
            assert!(loaded.save() == saved);
            twin = Some(loaded);
        }
    }
    if let (Ok(one), Ok(other)) = (
        Baseline::merge_all(&[baseline.clone(), LEARNED.clone()]),
        Baseline::merge_all(&[LEARNED.clone(), baseline]),
    ) {
        let saved = one.save();
        assert!(saved == other.save(), "the order of states makes no difference");
        assert!(Baseline::load(&saved).is_ok(), "what was merged loads");
    }
}

/// Mostly an ordinary call of a known credential, now and then one with a wild field or time.
fn activity(choices: &mut Choices) -> Activity {
    let pick = |choices: &mut Choices, from: &[&str]| from[choices.below(from.len())].to_owned();
    let wild = choices.draw() % 8 == 0;
    let time = match choices.draw() % 32 {
        0 => i64::MIN,
        1 => i64::MAX,
        2 => choices.draw() as i64,
        _ => START + (choices.below(90) as i64) * DAY + (choices.draw() % DAY as u64) as i64,
    };
    Activity {
        time: Timestamp::from_millis(time),
        tenant: wild.then(|| pick(choices, &["", "acme", "a/b"])),
        credential: pick(choices, &["ci", "billing", "new", ""]),
        id: wild.then(|| choices.below(4).to_string()),
        group: wild.then(|| pick(choices, &["g", "h"])),
        workload: wild.then(|| pick(choices, &["w", "v"])),
        action: Some(pick(choices, &["s3:GetObject", "s3:DeleteBucket", "iam:CreateUser", ":", ""])),
        destination: Some(pick(choices, &["bucket/a", "bucket/b", "https://x.test/?q", ""])),
        asn: Some(if wild { choices.draw() as u32 } else { 64_500 }),
        source_ip: wild.then(|| pick(choices, &["10.0.0.1", "2001:db8::1", "ec2.amazonaws.com", "999"])),
        bytes: Some(if wild { choices.draw() } else { 1_000 }),
        tokens: wild.then(|| u64::MAX),
        sensitivity: wild.then(|| choices.draw() as u8),
        outcome: Some([Outcome::Ok, Outcome::Denied, Outcome::Error][choices.below(3)]),
        session: wild.then(|| pick(choices, &["1", "2"])),
        context: if wild { vec!["release".into()] } else { Vec::new() },
        ..Activity::default()
    }
}

fn learned(credentials: &[&str], days: i64) -> Baseline {
    let mut baseline = Baseline::new(Config::default());
    for day in 0..days {
        for (n, credential) in credentials.iter().enumerate() {
            for hour in [9, 12, 15] {
                let activity = Activity {
                    time: Timestamp::from_millis(START + day * DAY + hour * HOUR + n as i64),
                    credential: (*credential).into(),
                    action: Some("s3:GetObject".into()),
                    destination: Some(format!("bucket/{}", day % 3)),
                    asn: Some(64_500),
                    bytes: Some(1_000 + hour as u64 * 10),
                    ..Activity::default()
                };
                if baseline.closing_due(&activity) {
                    baseline.close_epoch(activity.time);
                }
                let _ = baseline.score(&activity);
            }
        }
    }
    baseline
}

fn seeds() -> Vec<Vec<u8>> {
    let mut out = vec![Vec::new()];
    for baseline in [Baseline::default(), learned(&["ci"], 1), learned(&["ci"], 40), LEARNED.clone()] {
        let saved = baseline.save();
        out.push(joined(0, &saved));
        out.push(joined(SEAL, &saved[..saved.len() - 32]));
    }
    out
}

fn words() -> Vec<String> {
    ["nhibase\n", "ci", "billing", "\0\0\0\0", "\u{7f}", "/"].map(String::from).to_vec()
}
