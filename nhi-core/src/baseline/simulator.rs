/*!
A small company's activities from a seed, and attacks on them: what the figures of this room are measured on.

Five kinds of identity (cron job, business-hours service, agent, backup with ever new objects, bursty CI), with
the nuisances that cause false alerts: a person who debugs with the service's key from a laptop, a retry storm, a
back-fill, a new office network, a deployed feature, late work.
*/

use alloc::{format, string::String, vec::Vec};

use super::hash::mix;
use crate::{
    model::{Activity, Outcome},
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
};

/// 2026-01-05, a Monday.
pub(super) const START: i64 = 1_767_571_200_000;

/// A sequence of numbers from a seed (splitmix64, Steele et al. 2014).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(mix(seed ^ 0x1234_5678_9abc_def1, 0x9e37_79b9_7f4a_7c15))
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    pub(super) fn chance(&mut self, p: f64) -> bool {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 <= p
    }
    /// About normal: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| (self.next() >> 11) as f64 / (1u64 << 53) as f64).sum::<f64>() - 6.0
    }
    fn lognormal(&mut self, median: f64, sigma: f64) -> u64 {
        (median * libm::exp(sigma * self.normal())) as u64
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cron,
    Business,
    Agent,
    Backup,
    Ci,
}

pub(super) const KINDS: [Kind; 5] = [Kind::Cron, Kind::Business, Kind::Agent, Kind::Backup, Kind::Ci];

/// One identity and its habits.
pub(super) struct Habit {
    pub(super) key: String,
    pub(super) kind: Kind,
    seed: u64,
    networks: Vec<u32>,
    actions: Vec<&'static str>,
    median: f64,
    busy: u64,
    hour: i64,
}

pub(super) fn company(identities: u64, seed: u64) -> Vec<Habit> {
    (0..identities).map(|i| habit(i, seed)).collect()
}

fn habit(i: u64, seed: u64) -> Habit {
    let mut d = Dice::new(seed ^ i << 20);
    let kind = KINDS[(i % 5) as usize];
    let networks = match kind {
        Kind::Ci => (0..6).map(|n| 64_600 + n).collect(),
        Kind::Business => [64_500, 64_501 + d.below(3) as u32].into(),
        _ => [64_512 + d.below(3) as u32].into(),
    };
    let actions: &[&str] = match kind {
        Kind::Cron => &["rds:DescribeDBInstances", "s3:GetObject", "s3:PutObject", "sns:Publish"],
        Kind::Business => {
            &["s3:GetObject", "dynamodb:Query", "dynamodb:PutItem", "sqs:SendMessage", "kms:GenerateDataKey"]
        }
        Kind::Agent => {
            &["tool:search", "tool:fetch", "tool:summarise", "tool:create_ticket", "tool:query_db"]
        }
        Kind::Backup => &["s3:ListBuckets", "s3:GetObject", "s3:PutObject"],
        Kind::Ci => &[
            "ecr:GetDownloadUrlForLayer",
            "ecr:PutImage",
            "s3:PutObject",
            "eks:DescribeCluster",
            "ecs:UpdateService",
        ],
    };
    Habit {
        key: format!("key-{i:03}"),
        kind,
        seed: seed ^ i << 32,
        networks,
        actions: actions.to_vec(),
        median: 3_000.0 * libm::exp(d.normal()),
        busy: 2 + d.below(6),
        hour: d.below(24) as i64,
    }
}

impl Habit {
    fn one(&self, d: &mut Dice, time: i64, step: usize) -> Activity {
        let action = self.actions[step % self.actions.len()];
        let n = d.below(3);
        let destination = match self.kind {
            Kind::Backup => format!("arn:aws:s3:::backup-{}/{:x}", self.key, d.next()),
            Kind::Agent if d.chance(0.3) => format!("https://site-{}.example/{}", d.below(400), d.below(50)),
            _ => format!("arn:aws:s3:::{}-data/{}/{n}", self.key, action.split(':').next().unwrap_or("")),
        };
        let outcome = if d.chance(0.002) { Outcome::Denied } else { Outcome::Ok };
        Activity {
            time: Timestamp::from_millis(time),
            credential: self.key.clone(),
            tenant: Some("acme".into()),
            group: Some(format!("{:?}", self.kind)),
            asn: Some(self.networks[d.below(self.networks.len() as u64) as usize]),
            country: Some(if self.kind == Kind::Ci { "US" } else { "DE" }.into()),
            region: Some("eu-central-1".into()),
            account: Some("111122223333".into()),
            user_agent: Some(if self.kind == Kind::Ci { "aws-cli" } else { "Boto3" }.into()),
            action: Some(action.into()),
            destination: Some(destination),
            bytes: Some(d.lognormal(if self.kind == Kind::Backup { 5e6 } else { self.median }, 0.8)),
            outcome: Some(outcome),
            session: Some(format!("{}", time / DAY)),
            ..Activity::default()
        }
    }

    /// A session of `n` activities, a few seconds to a minute apart.
    fn session(&self, d: &mut Dice, out: &mut Vec<Activity>, start: i64, n: u64) {
        let mut time = start + d.below(40) as i64 * MINUTE;
        for step in 0..n as usize {
            // Agents choose; the others go round.
            let step = if self.kind == Kind::Agent { (step + d.below(2) as usize) % 5 } else { step };
            out.push(self.one(d, time, step));
            time += 2 * SECOND + d.below(40_000) as i64;
        }
    }

    /// All activities of one day, in order of time.
    pub(super) fn day(&self, day: i64) -> Vec<Activity> {
        let d = &mut Dice::new(self.seed ^ (day as u64) << 8);
        let at = |hour: i64| START + day * DAY + hour * HOUR;
        let weekday = day % 7 < 5;
        let mut out = Vec::new();
        match self.kind {
            Kind::Cron => {
                for hour in (0..24).filter(|h| h % 4 == self.hour % 4) {
                    if !d.chance(0.02) {
                        self.session(d, &mut out, at(hour), 4);
                    }
                }
            }
            Kind::Business if weekday => {
                for hour in 8..18 {
                    if d.chance(0.85) {
                        let n = 1 + d.below(2 * self.busy);
                        self.session(d, &mut out, at(hour), n);
                    }
                }
                // Late work.
                if d.chance(0.03) {
                    self.session(d, &mut out, at(20), 5);
                }
            }
            Kind::Business => {}
            Kind::Agent => {
                for hour in 7..22 {
                    if d.chance(if weekday { 0.3 } else { 0.1 }) {
                        let n = 3 + d.below(3 * self.busy);
                        self.session(d, &mut out, at(hour), n);
                    }
                }
            }
            Kind::Backup => {
                let n = 20 + d.below(30);
                self.session(d, &mut out, at(2), n);
            }
            Kind::Ci => {
                let runs = if weekday { d.below(8) } else { d.below(2) };
                for _ in 0..runs {
                    let (hour, n) = (8 + d.below(11) as i64, 5 + d.below(15));
                    self.session(d, &mut out, at(hour), n);
                }
            }
        }
        self.nuisances(d, &mut out, at(0), weekday);
        out.sort_by_key(|a| a.time);
        out
    }

    fn nuisances(&self, d: &mut Dice, out: &mut Vec<Activity>, midnight: i64, weekday: bool) {
        // A person debugs with the key from a laptop: once in 40 identity-weeks.
        if weekday && d.chance(1.0 / 200.0) {
            let mut debug = Vec::new();
            self.session(d, &mut debug, midnight + 10 * HOUR, 6);
            for a in &mut debug {
                (a.asn, a.user_agent) = (Some(64_700 + d.below(4) as u32), Some("aws-cli".into()));
                a.action = Some(
                    ["sts:GetCallerIdentity", "s3:ListBuckets", "s3:GetObject"][d.below(3) as usize].into(),
                );
            }
            out.extend(debug);
        }
        // A retry storm: once in 60 identity-weeks.
        if d.chance(1.0 / 420.0) && !out.is_empty() {
            let first = out[0].clone();
            for i in 0..60 {
                let time = first.time.plus(i * 3 * SECOND);
                out.push(Activity { time, outcome: Some(Outcome::Error), ..first.clone() });
            }
        }
        // A back-fill: the day again, three times as large. Once in 60 identity-weeks.
        if d.chance(1.0 / 420.0) {
            for a in &mut *out {
                a.bytes = a.bytes.map(|b| b * 3);
            }
        }
        // A feature: a new destination for good. Once in 20 identity-weeks.
        let feature = (self.seed >> 5) % 140;
        if (midnight - START) / DAY > feature as i64 {
            for a in out.iter_mut().step_by(7) {
                a.destination = Some(format!("arn:aws:s3:::feature-{}/x", self.key));
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    /// From another network and country, with another tool.
    Stolen,
    /// From another network only, same country and tool.
    Quiet,
    /// A hundred times the usual volume, from home, in usual hours.
    Exfiltration,
    /// Four times the usual volume a day, for twelve days.
    LowAndSlow,
    /// From home: secrets read, then a new place written to.
    NewChain,
    /// Thirty refused calls in five minutes.
    Refused,
    /// After 75 days of silence, from a new network.
    Awoken,
    /// Usual calls in the night from Saturday to Sunday.
    OffHours,
}

pub(super) const ATTACKS: [Attack; 8] = [
    Attack::Stolen,
    Attack::Quiet,
    Attack::Exfiltration,
    Attack::LowAndSlow,
    Attack::NewChain,
    Attack::Refused,
    Attack::Awoken,
    Attack::OffHours,
];

/// The days of an attack on `habit` from `day` on: all activities, those of the attacker marked.
pub(super) fn attack(kind: Attack, habit: &Habit, day: i64) -> Vec<(Activity, bool)> {
    let d = &mut Dice::new(habit.seed ^ 77);
    // The first day from there on that has activities of its own: the attacker works among them.
    let Some(day) = (day..day + 7).find(|day| !habit.day(*day).is_empty()) else { return Vec::new() };
    let own = habit.day(day);
    let noon = own[own.len() / 2].time.plus(40 * SECOND);
    let like = own[own.len() / 2].clone();
    let spread = |n: i64, gap: i64, change: &mut dyn FnMut(&mut Activity, i64)| {
        let mine: Vec<(Activity, bool)> = (0..n)
            .map(|i| {
                let mut a = Activity { time: noon.plus(i * gap), ..like.clone() };
                change(&mut a, i);
                (a, true)
            })
            .collect();
        let mut all: Vec<_> = own.iter().map(|a| (a.clone(), false)).chain(mine).collect();
        all.sort_by_key(|(a, _)| a.time);
        all
    };
    let snoop = ["sts:GetCallerIdentity", "s3:ListBuckets", "s3:GetObject", "iam:ListUsers"];
    match kind {
        Attack::Stolen => spread(8, 20 * SECOND, &mut |a, i| {
            (a.asn, a.country, a.user_agent) =
                (Some(65_001), Some("XY".into()), Some("python-requests".into()));
            a.action = Some(snoop[i as usize % 4].into());
        }),
        Attack::Quiet => spread(8, 20 * SECOND, &mut |a, _| a.asn = Some(65_002)),
        Attack::Exfiltration => spread(30, 10 * SECOND, &mut |a, _| {
            a.bytes = a.bytes.map(|b| (b + 1_000).saturating_mul(100));
        }),
        Attack::LowAndSlow => (day..day + 12)
            .flat_map(|day| habit.day(day))
            .map(|a| (Activity { bytes: a.bytes.map(|b| b.saturating_mul(4)), ..a }, true))
            .collect(),
        Attack::NewChain => spread(6, 15 * SECOND, &mut |a, i| {
            let steps = ["secretsmanager:GetSecretValue", "s3:PutBucketPolicy", "lambda:InvokeFunction"];
            a.action = Some(steps[i as usize % 3].into());
            a.destination = Some(format!("arn:aws:secretsmanager:eu-central-1:1:secret:prod-{i}"));
        }),
        Attack::Refused => spread(30, 10 * SECOND, &mut |a, _| a.outcome = Some(Outcome::Denied)),
        Attack::Awoken => (0..5)
            .map(|i| {
                let time = noon.plus(75 * DAY + i * 30 * SECOND);
                (Activity { time, asn: Some(65_003), ..like.clone() }, true)
            })
            .collect(),
        Attack::OffHours => {
            let sunday = START + (day / 7 * 7 + 6) * DAY + 3 * HOUR;
            (0..15)
                .map(|i| {
                    let time = Timestamp::from_millis(sunday + (i * 60 + d.below(30) as i64) * SECOND);
                    (Activity { time, ..like.clone() }, true)
                })
                .collect()
        }
    }
}
