//! Activities through the baseline: alerts by subject, and the trust of every baseline.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    course::{self, Mark},
    report::Alerts,
};
use crate::{
    Error,
    baseline::{Baseline, Config},
    inventory::Inventory,
    model::{Activity, Band, Place, Problem, Score, ScoreReason, Signal, Trust},
    time::{HOUR, Timestamp},
};

/// Surprisal from which an origin is unusual, in decades: one in a hundred.
const UNUSUAL: f64 = 2.0;
/// Sentences kept of an alert's highest score.
pub(super) const REASONS: usize = 4;

/// What the activities showed.
#[derive(Debug, Default)]
pub(super) struct Behaviour {
    pub(super) alerts: Vec<Alerts>,
    /// The last alert of each subject, for the response policy.
    pub(super) signals: Vec<Signal>,
    /// Trust of each subject's baseline, by the credential or role that it is kept for.
    pub(super) trust: BTreeMap<String, Trust>,
    pub(super) scored: u64,
    pub(super) problems: Vec<Problem>,
    pub(super) saved: Vec<u8>,
}

/// Scores the activities, which are in the order of their time.
pub(super) fn behave(
    activities: &[Activity],
    inventory: &Inventory,
    saved: Option<&[u8]>,
    budget: f64,
) -> Result<Behaviour, Error> {
    let mut baseline = match saved {
        Some(bytes) => Baseline::load(bytes)?,
        None => Baseline::new(Config { budget, ..Config::default() }),
    };
    baseline.set_budget(budget);
    let mut out = Behaviour::default();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut marks: Vec<Option<Mark>> = Vec::with_capacity(activities.len());
    for (row, activity) in activities.iter().enumerate() {
        let name = name(activity, inventory);
        let mut activity = activity.clone();
        if !activity.ephemeral {
            activity.credential.clone_from(&name);
        }
        if baseline.closing_due(&activity) {
            baseline.close_epoch(activity.time);
        }
        match baseline.score(&activity) {
            Ok(score) => {
                out.scored += 1;
                marks.push(Some(Mark::of(&score, baseline.judged_by(&score.subject))));
                out.trust.insert(name.clone(), score.trust);
                if score.alert {
                    groups.entry(name).or_default().add(score);
                }
            }
            Err(error) => {
                marks.push(None);
                out.problems.push(Problem {
                    source: "activities".into(),
                    place: Place { row: Some(row as u64), ..Place::default() },
                    code: error.code().into(),
                    text: format!("an activity was not scored: {error}"),
                    row_lost: true,
                });
            }
        }
    }
    let mut courses = course::courses(&groups, activities, &marks, |activity| name(activity, inventory));
    for (subject, group) in groups {
        if let Some(mut alerts) = group.told(&subject) {
            alerts.course = courses.remove(&subject);
            out.signals.push(group.signal(&subject, &alerts));
            out.alerts.push(alerts);
        }
    }
    out.saved = baseline.save();
    Ok(out)
}

/// Under which name behaviour is kept and told: the credential's record if there is one (so that a rotated key
/// keeps its baseline), the role of an ephemeral credential, else the id in the log.
fn name(activity: &Activity, inventory: &Inventory) -> String {
    if activity.ephemeral {
        let scope = activity.role.as_ref().or(activity.task.as_ref());
        return scope.unwrap_or(&activity.credential).clone();
    }
    inventory.resolve(&activity.credential).unwrap_or(&activity.credential).to_string()
}

/// Alerts of one subject.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) scores: Vec<Score>,
}

impl Group {
    fn add(&mut self, score: Score) {
        self.scores.push(score);
    }

    fn told(&self, subject: &str) -> Option<Alerts> {
        let first = self.scores.iter().map(|s| s.time).min()?;
        let last = self.scores.iter().map(|s| s.time).max()?;
        // The first of equal scores, so that the order of a log's repeats does not matter.
        let peak = self.scores.iter().reduce(|best, s| if s.score > best.score { s } else { best })?;
        let mut hours: Vec<i64> = self.scores.iter().map(|s| s.time.millis().div_euclid(HOUR)).collect();
        hours.sort_unstable();
        hours.dedup();
        Some(Alerts {
            subject: subject.into(),
            hours: hours.len() as u64,
            activities: self.scores.len() as u64,
            first,
            last,
            peak: peak.score,
            peak_at: peak.time,
            severe: self.scores.iter().any(|s| s.band == Band::Severe),
            trust: word(peak.trust).into(),
            reasons: self.strongest(),
            course: None,
        })
    }

    /// The strongest sentence of each dimension over all alerts: what an alert shows at its peak is often not what gave
    /// it away. Where the calls came from goes first if it is unusual at all, for that tells a stolen credential from
    /// one whose owner does something new; the rest by strength.
    fn strongest(&self) -> Vec<String> {
        let mut best: BTreeMap<&str, &ScoreReason> = BTreeMap::new();
        for reason in self.scores.iter().flat_map(|score| &score.reasons) {
            let held = best.entry(&reason.dimension).or_insert(reason);
            if reason.surprisal > held.surprisal {
                *held = reason;
            }
        }
        let mut best: Vec<&ScoreReason> = best.into_values().collect();
        let origin =
            |r: &ScoreReason| matches!(r.dimension.as_str(), "network" | "country") && r.surprisal >= UNUSUAL;
        best.sort_by(|a, b| origin(b).cmp(&origin(a)).then(b.surprisal.total_cmp(&a.surprisal)));
        best.iter().take(REASONS).map(|reason| reason.text.clone()).collect()
    }

    fn signal(&self, subject: &str, alerts: &Alerts) -> Signal {
        let worst = self.scores.iter().map(|s| s.band).max().unwrap_or_default();
        let trusted = self.scores.iter().filter(|s| s.band == worst).map(|s| s.trust).min();
        Signal {
            credential: subject.into(),
            at: alerts.last,
            band: worst,
            trust: trusted.unwrap_or_default(),
            reasons: alerts.reasons.clone(),
        }
    }
}

/// The word of a trust, as in every format.
pub(super) fn word(trust: Trust) -> &'static str {
    match trust {
        Trust::Ok => "ok",
        Trust::Learning => "learning",
        Trust::Shared => "shared",
        Trust::Stale => "stale",
    }
}

/// Whether an alert is recent enough to be answered.
pub(super) fn recent(signal: &Signal, now: Timestamp, respond_ms: i64) -> bool {
    signal.at <= now && now.since(signal.at) <= respond_ms
}
