/*!
What is normal for a credential, and how far one activity is from it.

A [`Baseline`] keeps one block of at most [`limits::BASELINE_BYTES`] a subject (see
[`Activity::subject`]): integers only, names as seeded hashes. Each activity gives a p-value in each
[`Dimension`]; the score is the sum of the surprisals `-log10 p`, each cut at 6 (a clipped Fisher combination,
Fisher 1932), with sentences for the largest. Thresholds come from an alert budget, false alerts per
identity-week, and are calibrated on the tenant's own scores at each [`Baseline::close_epoch`].

```
use nhi_core::{baseline::{Baseline, Config}, model::{Activity, Trust}, time::{DAY, Timestamp}};

let mut baseline = Baseline::new(Config::default());
let mut activity = Activity { credential: "ci".into(), asn: Some(64500), ..Activity::default() };
for day in 0..30 {
    for hour in [9, 10, 11] {
        activity.time = Timestamp::from_millis(day * DAY + hour * 3_600_000);
        baseline.score(&activity)?;
    }
    baseline.close_epoch(activity.time);
}
activity.asn = Some(64666);
let score = baseline.score(&activity)?;
assert_eq!(score.trust, Trust::Ok);
assert_eq!(score.reasons[0].text, "network AS64666 never seen in 29 days (1 known)");
# Ok::<(), nhi_core::Error>(())
```

There is no clock here, so a wrong date is told by its company. One more than a day ahead of the epoch
([`limits::BASELINE_AHEAD_DAYS`]) is scored, flagged `ahead` and not learned, and closes no epoch until a second
activity, of another subject or with another id, comes from the same day or the one beside it. So one line from
the year 2099 makes no later one late. While no epoch has been closed, all dates are learned.

Not here: reading logs ([`crate::adapters`]), what to do about an alert ([`crate::lifecycle`]), and any clock:
the program closes an epoch at each UTC day of activity time ([`Baseline::closing_due`]).
*/

mod calibrate;
mod codec;
mod epoch;
mod features;
mod hash;
mod learn;
mod maths;
mod moments;
mod reasons;
mod saved;
mod score;
#[cfg(test)]
mod simulator;
mod sketch;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod verbs;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

pub use epoch::{Delta, Epoch};
pub use verbs::{Class, class};

use self::{
    features::{Features, tenant_hash},
    score::{Detail, Share},
    state::Block,
    table::Table,
};
use crate::{
    Error, limits,
    model::{Activity, Band, Score, ScoreReason, Trust},
    time::{DAY, Timestamp},
};

/// A dimension is an aspect of an activity that is judged by itself. The names are the same in all languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dimension {
    /// Autonomous system, or /24 or /48, of the caller.
    Network,
    /// Country of the caller.
    Country,
    /// Region touched.
    Region,
    /// Account touched.
    Account,
    /// Family of the user agent.
    UserAgent,
    /// Service and operation.
    Action,
    /// What the action does ([`Class`]).
    ActionClass,
    /// Place and full name of what was touched.
    Destination,
    /// Sensitivity of what was touched.
    Sensitivity,
    /// Many new actions or destinations at once.
    NoveltyBurst,
    /// Hour of the week.
    TimeOfWeek,
    /// Activities in the hour.
    RateHour,
    /// Activities on the day.
    RateDay,
    /// Bytes or tokens of the call.
    VolumeEvent,
    /// Bytes or tokens of the day.
    VolumeDay,
    /// Refused calls.
    Failures,
    /// Order of actions in a session.
    Sequence,
    /// Slow growth over days.
    Drift,
    /// Two networks at once.
    Interleaving,
    /// Use after a long pause.
    Dormancy,
}

impl Dimension {
    /// All dimensions, in their order.
    pub const ALL: [Dimension; 20] = [
        Dimension::Network,
        Dimension::Country,
        Dimension::Region,
        Dimension::Account,
        Dimension::UserAgent,
        Dimension::Action,
        Dimension::ActionClass,
        Dimension::Destination,
        Dimension::Sensitivity,
        Dimension::NoveltyBurst,
        Dimension::TimeOfWeek,
        Dimension::RateHour,
        Dimension::RateDay,
        Dimension::VolumeEvent,
        Dimension::VolumeDay,
        Dimension::Failures,
        Dimension::Sequence,
        Dimension::Drift,
        Dimension::Interleaving,
        Dimension::Dormancy,
    ];

    /// The name in reasons.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::Network => "network",
            Dimension::Country => "country",
            Dimension::Region => "region",
            Dimension::Account => "account",
            Dimension::UserAgent => "user_agent",
            Dimension::Action => "action",
            Dimension::ActionClass => "action_class",
            Dimension::Destination => "destination",
            Dimension::Sensitivity => "sensitivity",
            Dimension::NoveltyBurst => "novelty_burst",
            Dimension::TimeOfWeek => "time_of_week",
            Dimension::RateHour => "rate_hour",
            Dimension::RateDay => "rate_day",
            Dimension::VolumeEvent => "volume_event",
            Dimension::VolumeDay => "volume_day",
            Dimension::Failures => "failures",
            Dimension::Sequence => "sequence",
            Dimension::Drift => "drift",
            Dimension::Interleaving => "interleaving",
            Dimension::Dormancy => "dormancy",
        }
    }

    /// Whether a context window explains some of it away. Never origin, failures or the volume of a call.
    const fn discounted(self) -> bool {
        matches!(
            self,
            Dimension::TimeOfWeek
                | Dimension::RateHour
                | Dimension::RateDay
                | Dimension::Destination
                | Dimension::Sequence
                | Dimension::NoveltyBurst
        )
    }
}

/// How a [`Baseline`] is set up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// False alerts per identity-week that the thresholds aim at, on average over a tenant; 1e-6 to 1e6.
    pub budget: f64,
    /// Seed of the hashes under which names are kept. States merge only under one seed.
    pub seed: u64,
}

impl Default for Config {
    /// Budget 0.1.
    fn default() -> Self {
        Config { budget: 0.1, seed: 0x6e68_692d_6261_7365 }
    }
}

/// Behaviour of many subjects, and the epoch they are judged by.
#[derive(Debug, Clone)]
pub struct Baseline {
    seed: u64,
    epoch: Epoch,
    subjects: Table,
    /// Day and hash of an activity too far ahead to be believed alone.
    jump: Option<(i32, u64)>,
}

impl Baseline {
    /// An empty baseline. A budget that is no number counts as the least.
    pub fn new(config: Config) -> Self {
        Baseline {
            seed: config.seed,
            epoch: Epoch::first(config.budget),
            subjects: Table::default(),
            jump: None,
        }
    }

    /// Scores one activity against its subject's baseline and the epoch, and then learns from it.
    ///
    /// The score is the sum of surprisals (`-log10 p`, each cut at 6), `0.0..=120.0`, in thousandths. Reasons are
    /// sorted, the largest first (a value on probation by what it was when new, a burst of new names by half): from half a decade if the score is 3 or more and at least half of its
    /// threshold, else (no alert is near) from two decades only. An activity up to 24 hours older than the newest one is learned in its own hour and flagged
    /// `late`; an older one is scored and flagged, not learned. An id seen lately is flagged `duplicate`, not
    /// learned, and neither is one too far ahead of the epoch, flagged `ahead` (see the module). Names of context windows flag `context` and count time, rate, destination, sequence and novelty
    /// at 0.4.
    ///
    /// # Errors
    /// `invalid_argument` if the tenant holds a `/`; `input_too_large` if the subject's name is longer than
    /// [`limits::BASELINE_SUBJECT`] or there would be more than [`limits::BASELINE_SUBJECTS`]. Nothing else for
    /// any content.
    /// # Cost
    /// About a microsecond; the state of a subject never grows.
    pub fn score(&mut self, activity: &Activity) -> Result<Score, Error> {
        let subject = checked_subject(activity)?;
        let f = &Features::of(activity, self.seed);
        if self.epoch.is_behind(f.day) {
            return Ok(self.without_learning(activity, f, subject));
        }
        let at = match self.subjects.find(&subject, self.seed) {
            Ok(at) => at,
            Err(_) if self.subjects.len() >= limits::BASELINE_SUBJECTS => {
                return Err(Error::InputTooLarge {
                    what: "baseline subjects",
                    found: self.subjects.len() as u64 + 1,
                    limit: limits::BASELINE_SUBJECTS as u64,
                });
            }
            Err(hash) => self.subjects.insert(hash, subject.clone(), Block::new(f)),
        };
        let Some(block) = self.subjects.get_mut(at) else {
            return Err(Error::InvalidArgument { field: "subject".into(), why: "has no block".into() });
        };
        // What began with a date that was not believed later begins anew.
        if block.total <= 3 && self.epoch.is_behind(block.day) {
            *block = Block::new(f);
        }
        Ok(judge(block, activity, f, subject, &self.epoch))
    }

    /// Scores like [`Baseline::score`], and learns nothing: for a decision before the call is made.
    ///
    /// # Errors
    /// As [`Baseline::score`].
    pub fn peek(&self, activity: &Activity) -> Result<Score, Error> {
        let subject = checked_subject(activity)?;
        let f = Features::of(activity, self.seed);
        Ok(self.without_learning(activity, &f, subject))
    }

    fn without_learning(&self, activity: &Activity, f: &Features, subject: String) -> Score {
        let known = self.subjects.find(&subject, self.seed).ok().and_then(|at| self.subjects.get(at));
        let mut block = known.cloned().unwrap_or_else(|| Block::new(f));
        judge(&mut block, activity, f, subject, &self.epoch)
    }

    /// Whether `activity` begins a later UTC day than the epoch was closed for: then close it first.
    ///
    /// The day after the epoch's begins with its first activity. A later one, and the first of all, begins with the
    /// second activity from it or from a day beside it, of another subject or with another id (another time, if it
    /// has none): a single wrong date closes nothing. What waits for company is part of the saved state.
    pub fn closing_due(&mut self, activity: &Activity) -> bool {
        let day = activity.time.day() as i32;
        if let Some(of_epoch) = self.epoch.day().filter(|of| !(*of < day && self.epoch.is_behind(day))) {
            return day > of_epoch;
        }
        let who = hash::hash(self.seed ^ 15, activity.subject().as_bytes());
        let which = match activity.id.as_deref() {
            Some(id) if !id.is_empty() => hash::hash(who, id.as_bytes()),
            _ => hash::hash(who, &activity.time.millis().to_le_bytes()),
        };
        let agree = self.jump.is_some_and(|(d, other)| d.abs_diff(day) <= 1 && other != which);
        self.jump = if agree { None } else { Some((day, which)) };
        agree
    }

    /// Makes and adopts the next epoch from all subjects here; `at` is any time of the UTC day that begins. To be
    /// called on each day with activities: what comes more than a day after it is not learned. Of several shards: take
    /// each one's [`Baseline::delta`], make [`Epoch::next`] of all, and [`Baseline::adopt`] it everywhere.
    pub fn close_epoch(&mut self, at: Timestamp) -> &Epoch {
        self.epoch = self.epoch.next(&[self.delta()], at.day() as i32);
        &self.epoch
    }

    /// What the subjects here add to the next epoch.
    pub fn delta(&self) -> Delta {
        let mut delta = Delta::default();
        for entry in self.subjects.entries() {
            let tenant = entry.subject.split('/').next().unwrap_or("");
            let tenant =
                tenant_hash(&Activity { tenant: Some(tenant.into()), ..Activity::default() }, self.seed);
            delta.add(tenant, &entry.block, self.epoch.budget());
        }
        delta
    }

    /// Judges by `epoch` from now on.
    pub fn adopt(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }

    /// The epoch in force.
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Changes the alert budget; thresholds follow at once, the tenant's controller at the next closing.
    pub fn set_budget(&mut self, budget: f64) {
        self.epoch.set_budget(budget);
    }

    /// Number of subjects.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether there is no subject.
    pub fn is_empty(&self) -> bool {
        self.subjects.len() == 0
    }

    /// Closes the open alert of a subject. While one is open (at most seven days by itself) no new value is
    /// adopted. `accept` says that what was seen was right: all values on probation are adopted, and the
    /// reference of the drift starts anew. Returns whether the subject is known.
    pub fn close_alert(&mut self, subject: &str, accept: bool) -> bool {
        let block = self.subjects.find(subject, self.seed).ok().and_then(|at| self.subjects.get_mut(at));
        let Some(block) = block else { return false };
        block.close_alert(accept);
        true
    }

    /// Alerts counted so far for a subject, once an hour; `None` if it is unknown.
    pub fn alerts(&self, subject: &str) -> Option<u32> {
        let at = self.subjects.find(subject, self.seed).ok()?;
        self.subjects.get(at).map(|b| b.alerts)
    }

    /// Thresholds in force for a subject, in decades: of the budget, and of a tenth of it (`severe`).
    pub fn thresholds(&self, subject: &str) -> Option<(f64, f64)> {
        let at = self.subjects.find(subject, self.seed).ok()?;
        let block = self.subjects.get(at)?;
        let tenant = subject.split('/').next().unwrap_or("");
        let tenant = tenant_hash(&Activity { tenant: Some(tenant.into()), ..Activity::default() }, self.seed);
        let [_, notable, severe] = self.epoch.view(tenant, block.group).thresholds(block);
        Some((f64::from(notable) / 1000.0, f64::from(severe) / 1000.0))
    }

    /// Thresholds, in thousandths, by which the last activity of a subject was judged.
    #[cfg(feature = "assess")]
    pub(crate) fn judged_by(&self, subject: &str) -> Option<[u16; 2]> {
        let at = self.subjects.find(subject, self.seed).ok()?;
        self.subjects.get(at).map(|b| [b.threshold, b.severe])
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Baseline::new(Config::default())
    }
}

/// The subject, if its tenant and length are acceptable.
fn checked_subject(activity: &Activity) -> Result<String, Error> {
    if activity.tenant.as_deref().is_some_and(|t| t.bytes().any(|b| b == b'/')) {
        return Err(Error::InvalidArgument { field: "tenant".into(), why: "must not contain `/`".into() });
    }
    let subject = activity.subject();
    if subject.len() > limits::BASELINE_SUBJECT {
        return Err(Error::InputTooLarge {
            what: "bytes of a subject's name",
            found: subject.len() as u64,
            limit: limits::BASELINE_SUBJECT as u64,
        });
    }
    Ok(subject)
}

/// Scores and learns: a function of the block, the activity and the epoch alone.
fn judge(b: &mut Block, a: &Activity, f: &Features, subject: String, epoch: &Epoch) -> Score {
    let view = epoch.view(f.tenant, f.group);
    let duplicate = b.knows(f.id);
    let too_late = score::too_late(b, f);
    let late = f.time < b.last;
    let mut trust = b.trust(f);
    if !duplicate && !late {
        b.advance_to(f.hour, f.day);
    }
    if b.epoch != epoch.number() {
        [b.base, b.threshold, b.severe] = view.thresholds(b);
        b.epoch = epoch.number();
    }
    let (mut shares, found) = score::shares(b, f, &view);
    if f.context {
        for ((x, _), _) in shares.iter_mut().zip(Dimension::ALL).filter(|(_, d)| d.discounted()) {
            *x = *x * 2 / 5;
        }
    }
    let sum: u32 = shares.iter().map(|(x, _)| x).sum();
    let alert = trust != Trust::Learning && sum > u32::from(b.threshold);
    let band = match (alert, sum > u32::from(b.severe)) {
        (false, _) => Band::None,
        (true, false) => Band::Notable,
        (true, true) => Band::Severe,
    };
    let reasons = told(&shares, sum, b, a, f);
    if !duplicate && !too_late {
        b.learn(f, &view, found, late, alert, sum);
    }
    if trust == Trust::Ok && b.shared() {
        trust = Trust::Shared;
    }
    let ahead = epoch.is_behind(f.day);
    let flags = [(late, "late"), (duplicate, "duplicate"), (f.context, "context"), (ahead, "ahead")];
    Score {
        subject,
        time: a.time,
        score: f64::from(sum) / 1000.0,
        alert,
        band,
        trust,
        flags: flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_string()).collect(),
        reasons,
    }
}

/// What a reason is ordered by: its surprisal; twice that of a value on probation, which was halved because it was
/// seen before and is as foreign as it was; half that of a burst of new names, which says less than the names.
fn rank(surprisal: u32, d: Dimension, detail: Detail) -> u32 {
    match (d, detail) {
        (_, Detail::Probation) => surprisal * 2,
        (Dimension::NoveltyBurst, _) => surprisal / 2,
        _ => surprisal,
    }
}

/// Reasons, the largest first; equal ones in the order of the dimensions.
fn told(shares: &[Share], sum: u32, b: &Block, a: &Activity, f: &Features) -> Vec<ScoreReason> {
    let near = sum >= calibrate::LEAST.max(u32::from(b.threshold) / 2);
    let least = if near { 500 } else { 2_000 };
    if sum < least || shares.iter().all(|(x, _)| *x < least) {
        return Vec::new();
    }
    let mut named: Vec<(Dimension, u32, Detail)> = Dimension::ALL
        .into_iter()
        .zip(shares)
        .filter(|(_, (x, _))| *x >= least)
        .map(|(d, (x, detail))| (d, *x, *detail))
        .collect();
    named.sort_by_key(|(d, x, detail)| (core::cmp::Reverse(rank(*x, *d, *detail)), *d));
    named
        .into_iter()
        .map(|(d, x, detail)| ScoreReason {
            dimension: d.name().into(),
            surprisal: f64::from(x) / 1000.0,
            text: reasons::sentence(d, detail, b, a, f.context && d.discounted()),
        })
        .collect()
}

impl Block {
    /// Before the activity is learned: enough and recent, or not.
    fn trust(&self, f: &Features) -> Trust {
        if calibrate::learning(self, f.time) {
            Trust::Learning
        } else if f.time.saturating_sub(self.last) >= 60 * DAY || self.woke > f.hour.saturating_sub(24) {
            Trust::Stale
        } else {
            Trust::Ok
        }
    }

    /// Whether several workloads are at home behind this credential.
    fn shared(&self) -> bool {
        self.workload.adopted().nth(1).is_some()
    }

    fn learn(
        &mut self,
        f: &Features,
        view: &epoch::View<'_>,
        found: score::Found,
        late: bool,
        alert: bool,
        sum: u32,
    ) {
        if alert {
            if self.alert == i32::MIN {
                self.alert = f.hour;
            }
            if f.hour > self.last_alert {
                self.last_alert = f.hour;
                self.alerts = self.alerts.saturating_add(1);
            }
        }
        learn::learn(self, f, view, found, late, self.alert == i32::MIN);
        if !late {
            learn::learn_order(self, f);
            self.last = f.time;
        }
        if f.hour == self.hour {
            self.hour_max = self.hour_max.max(sum.min(u32::from(u16::MAX)) as u16);
        }
        self.first = self.first.min(f.time);
    }

    fn close_alert(&mut self, accept: bool) {
        self.alert = i32::MIN;
        if accept {
            self.network.accept();
            self.country.accept();
            self.region.accept();
            self.account.accept();
            self.user_agent.accept();
            self.service.accept();
            self.action.accept();
            self.place.accept();
            self.destination.accept();
            self.class_days
                .iter_mut()
                .zip(self.class)
                .filter(|(_, n)| *n > 0)
                .for_each(|(d, _)| *d |= 3 << 14);
            self.drift = [0; 2];
            self.frozen_since = i32::MIN;
        }
    }
}
