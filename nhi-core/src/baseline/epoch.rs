/*!
What a subject is compared with beyond itself: peers, tenant, thresholds. Fixed for a day.

Every shard gives a [`Delta`] of its subjects; deltas are added (integers: any order gives the same) and make the
next [`Epoch`]. While an epoch holds, a score depends on the subject's own state and the epoch alone, so that any
sharding by subject gives the same bytes.
*/

use alloc::{collections::BTreeMap, vec::Vec};

use super::{
    calibrate::{self, Curve},
    codec::{Reader, Visitor, Writer},
    maths::Prior,
    state::{BINS, Block, RATIOS},
    verbs::Class,
};
use crate::{Error, limits};

/// Names by level, in the order of the saved format.
pub(super) const NETWORK: usize = 0;
pub(super) const COUNTRY: usize = 1;
pub(super) const REGION: usize = 2;
pub(super) const ACCOUNT: usize = 3;
pub(super) const USER_AGENT: usize = 4;
pub(super) const SERVICE: usize = 5;
pub(super) const ACTION: usize = 6;
pub(super) const PLACE: usize = 7;
pub(super) const DESTINATION: usize = 8;
pub(super) const CLASS: usize = 9;
const LEVELS: usize = 10;
/// Quantities: rate of hours and days, four volumes, volume of days.
pub(super) const RATE_HOUR: usize = 0;
pub(super) const RATE_DAY: usize = 1;
pub(super) const VOLUME: usize = 2;
pub(super) const VOLUME_DAY: usize = 6;
const QUANTITIES: usize = 7;

/// Sums over subjects of one tenant, or of one group in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sums {
    subjects: u64,
    /// Adopted values with their level, one entry a subject.
    values: Vec<(u8, u32)>,
    /// For each quantity: subjects, sum of their means, of the squares of the means, of their variances (1/256).
    quantities: [[i64; 4]; QUANTITIES],
    /// Histogram of hourly maxima; a subject weighs at most [`calibrate::HOURS_EACH`] hours, in 1/1024.
    histogram: [u64; BINS],
    /// Hours over each ratio to the base threshold, capped a subject, and identity-weeks; in 1/1024.
    ratios: [u64; RATIOS.len()],
    severe_ratios: [u64; RATIOS.len()],
    weeks: u64,
}

/// What the subjects of one shard add to the next epoch. Deltas of shards are added in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    scopes: BTreeMap<(u64, u64), Sums>,
}

impl Delta {
    /// Adds one subject to its tenant and its group.
    pub(super) fn add(&mut self, tenant: u64, b: &Block, budget: f64) {
        let tenant_only = (tenant, 0);
        let scopes = [Some(tenant_only), (b.group != 0).then_some((tenant, b.group))];
        for key in scopes.into_iter().flatten() {
            let sums = self.scopes.entry(key).or_default();
            sums.subjects += 1;
            let mut put = |level: usize, hash: u32| sums.values.push((level as u8, hash));
            b.network.adopted().for_each(|h| put(NETWORK, h));
            b.country.adopted().for_each(|h| put(COUNTRY, h));
            b.region.adopted().for_each(|h| put(REGION, h));
            b.account.adopted().for_each(|h| put(ACCOUNT, h));
            b.user_agent.adopted().for_each(|h| put(USER_AGENT, h));
            b.service.adopted().for_each(|h| put(SERVICE, h));
            b.action.adopted().for_each(|h| put(ACTION, h));
            b.place.adopted().for_each(|h| put(PLACE, h));
            b.destination.adopted().for_each(|h| put(DESTINATION, h));
            (1u32..).zip(b.class).filter(|(_, n)| *n > 0).for_each(|(h, _)| put(CLASS, h));
            let [v0, v1, v2, v3] = &b.volume;
            for (q, m) in
                sums.quantities.iter_mut().zip([&b.rate_hour, &b.rate_day, v0, v1, v2, v3, &b.volume_day])
            {
                if m.n() >= 3.0 {
                    let fixed = |x: f64| (x * 256.0) as i64;
                    let mean = m.mean();
                    for (sum, x) in
                        q.iter_mut().zip([1, fixed(mean), fixed(mean * mean), fixed(m.variance())])
                    {
                        *sum = sum.saturating_add(x);
                    }
                }
            }
            calibrate::add_histogram(&mut sums.histogram, b);
            sums.weeks = sums.weeks.saturating_add(calibrate::weeks(b));
            calibrate::add_ratios(&mut sums.ratios, b, budget);
            calibrate::add_ratios(&mut sums.severe_ratios, b, budget / 10.0);
        }
    }

    fn merged(deltas: &[Delta]) -> BTreeMap<(u64, u64), Sums> {
        let mut all: BTreeMap<(u64, u64), Sums> = BTreeMap::new();
        for (key, from) in deltas.iter().flat_map(|d| &d.scopes) {
            let to = all.entry(*key).or_default();
            let plus = |a: &mut u64, b: &u64| *a = a.saturating_add(*b);
            plus(&mut to.subjects, &from.subjects);
            plus(&mut to.weeks, &from.weeks);
            to.values.extend_from_slice(&from.values);
            to.histogram.iter_mut().zip(&from.histogram).for_each(|(a, b)| plus(a, b));
            to.ratios.iter_mut().zip(&from.ratios).for_each(|(a, b)| plus(a, b));
            to.severe_ratios.iter_mut().zip(&from.severe_ratios).for_each(|(a, b)| plus(a, b));
            for (a, b) in to.quantities.iter_mut().flatten().zip(from.quantities.iter().flatten()) {
                *a = a.saturating_add(*b);
            }
        }
        all
    }
}

/// How many identities have adopted a value, for one level of one scope.
#[derive(Debug, Clone, Default, PartialEq)]
struct Values {
    /// All adoptions, and values adopted by one identity only; both before the cut.
    n: u32,
    singles: u32,
    /// Hash, identities, and the share of adoptions as rare or rarer; sorted by hash.
    entries: Vec<(u32, u32, f64)>,
}

impl Values {
    fn of(mut counted: Vec<(u32, u32)>) -> Self {
        let n = counted.iter().fold(0u32, |n, (_, c)| n.saturating_add(*c));
        let singles = counted.iter().filter(|(_, c)| *c == 1).count() as u32;
        counted.sort_unstable_by_key(|(h, c)| (core::cmp::Reverse(*c), *h));
        counted.truncate(limits::BASELINE_PRIOR_VALUES);
        Values { n, singles, entries: Vec::new() }.with(counted)
    }

    /// Fills the entries and their tails from counts.
    fn with(mut self, mut counted: Vec<(u32, u32)>) -> Self {
        counted.sort_unstable_by_key(|(h, c)| (core::cmp::Reverse(*c), *h));
        let n = f64::from(self.n.max(1));
        let (mut above, mut i) = (0u64, 0);
        while let Some((_, count)) = counted.get(i).copied() {
            let same = counted.iter().skip(i).take_while(|(_, c)| *c == count).count();
            let tail = (n - above as f64).max(0.0) / n;
            self.entries.extend(counted.iter().skip(i).take(same).map(|(h, c)| (*h, *c, tail)));
            above += u64::from(count) * same as u64;
            i += same;
        }
        self.entries.sort_unstable_by_key(|(h, ..)| *h);
        self
    }

    /// Probability that a value newly adopted by an identity is new here too: Good-Turing with the values that
    /// one identity alone has, `(singles + 1/2)/(n + 1)`.
    fn novelty(&self) -> f64 {
        ((f64::from(self.singles) + 0.5) / (f64::from(self.n) + 1.0)).min(1.0)
    }
}

/// Priors of a tenant, or of a group in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Scope {
    subjects: u32,
    values: [Values; LEVELS],
    quantities: [[i64; 4]; QUANTITIES],
    /// Mean and variance of each quantity, between identities and within; made of `quantities`.
    priors: [Option<Prior>; QUANTITIES],
    histogram: [u64; BINS],
    /// Factors on the base thresholds that keep the tenant's budget, in 1/1000: notable, severe.
    pub(super) factors: [u32; 2],
}

/// Where a value that is new to an identity is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peers {
    /// So many of its peers have adopted it.
    Group(u32),
    /// So many identities of the tenant.
    Tenant(u32),
    /// None of so many identities of the tenant.
    Nobody(u32),
}

/// Group priors, thresholds and calibration: a versioned value, fixed between two closings.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    number: u32,
    day: i32,
    budget_micros: u64,
    scopes: BTreeMap<(u64, u64), Scope>,
}

impl Epoch {
    /// The first epoch: no priors, default thresholds for `budget` (false alerts per identity-week).
    pub fn first(budget: f64) -> Self {
        Epoch { number: 1, day: i32::MIN, budget_micros: micros(budget), scopes: BTreeMap::new() }
    }

    /// The next epoch from the deltas of all shards, closed for the UTC day `day` (days since 1970).
    pub fn next(&self, deltas: &[Delta], day: i32) -> Self {
        let mut scopes = BTreeMap::new();
        for (key, mut sums) in Delta::merged(deltas) {
            let mut counted: [Vec<(u32, u32)>; LEVELS] = Default::default();
            sums.values.sort_unstable();
            for run in sums.values.chunk_by(|a, b| a == b) {
                if let Some((level, hash)) = run.first()
                    && let Some(list) = counted.get_mut(usize::from(*level))
                {
                    list.push((*hash, run.len() as u32));
                }
            }
            let budget = self.budget();
            scopes.insert(
                key,
                Scope {
                    subjects: sums.subjects.min(u64::from(u32::MAX)) as u32,
                    values: counted.map(Values::of),
                    quantities: sums.quantities,
                    priors: sums.quantities.map(prior),
                    histogram: sums.histogram,
                    factors: [
                        calibrate::factor(&sums.ratios, sums.weeks, budget),
                        calibrate::factor(&sums.severe_ratios, sums.weeks, budget / 10.0),
                    ],
                },
            );
        }
        Epoch { number: self.number.wrapping_add(1).max(1), day, budget_micros: self.budget_micros, scopes }
    }

    /// Number of the epoch, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Day since 1970 UTC for which it was closed; `None` for the first.
    pub fn day(&self) -> Option<i32> {
        (self.day != i32::MIN).then_some(self.day)
    }

    /// Whether `day` is too far ahead for one activity to be believed (see the module above).
    pub(super) fn is_behind(&self, day: i32) -> bool {
        self.day().is_some_and(|of| day > of.saturating_add(limits::BASELINE_AHEAD_DAYS))
    }

    /// The same epoch on another day.
    #[cfg(test)]
    pub(super) fn on(self, day: i64) -> Self {
        Epoch { day: day as i32, ..self }
    }

    /// False alerts per identity-week that the thresholds aim at.
    pub fn budget(&self) -> f64 {
        self.budget_micros as f64 / 1e6
    }

    /// The same priors for another budget; the number moves on, so that every threshold is made anew.
    pub(super) fn set_budget(&mut self, budget: f64) {
        if self.budget_micros != micros(budget) {
            self.budget_micros = micros(budget);
            self.number = self.number.wrapping_add(1).max(1);
        }
    }

    /// The scopes of a subject.
    pub(super) fn view(&self, tenant: u64, group: u64) -> View<'_> {
        let group = if group == 0 { None } else { self.scopes.get(&(tenant, group)) };
        View { group, tenant: self.scopes.get(&(tenant, 0)), budget: self.budget() }
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.u32(&mut { self.number });
        w.i32(&mut { self.day });
        w.u64(&mut { self.budget_micros });
        w.u32(&mut (self.scopes.len() as u32));
        for ((tenant, group), scope) in &self.scopes {
            w.u64(&mut { *tenant });
            w.u64(&mut { *group });
            scope.clone().numbers(w);
            for values in &scope.values {
                w.u32(&mut { values.n });
                w.u32(&mut { values.singles });
                w.u32(&mut (values.entries.len() as u32));
                for (hash, count, _) in &values.entries {
                    w.u32(&mut { *hash });
                    w.u32(&mut { *count });
                }
            }
        }
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut epoch = Epoch::first(0.0);
        r.u32(&mut epoch.number);
        r.i32(&mut epoch.day);
        r.u64(&mut epoch.budget_micros);
        if epoch.budget_micros > micros(f64::INFINITY) {
            return Err(r.corrupt("a budget beyond its range"));
        }
        let mut before = None;
        for _ in 0..r.count(16)? {
            let (mut tenant, mut group) = (0, 0);
            r.u64(&mut tenant);
            r.u64(&mut group);
            if before.is_some_and(|b| b >= (tenant, group)) {
                return Err(r.corrupt("scopes must be in order"));
            }
            before = Some((tenant, group));
            let mut scope = Scope::default();
            scope.numbers(r);
            scope.priors = scope.quantities.map(prior);
            for values in &mut scope.values {
                r.u32(&mut values.n);
                r.u32(&mut values.singles);
                let count = r.count(8)?;
                if count > limits::BASELINE_PRIOR_VALUES {
                    return Err(r.corrupt("too many values in a prior"));
                }
                let mut counted = Vec::with_capacity(count);
                for _ in 0..count {
                    let mut entry = (0, 0);
                    r.u32(&mut entry.0);
                    r.u32(&mut entry.1);
                    if counted.last().is_some_and(|last: &(u32, u32)| last.0 >= entry.0) {
                        return Err(r.corrupt("values must be in order"));
                    }
                    counted.push(entry);
                }
                *values = core::mem::take(values).with(counted);
            }
            epoch.scopes.insert((tenant, group), scope);
        }
        r.check().map(|()| epoch)
    }
}

impl Scope {
    fn numbers<V: Visitor>(&mut self, v: &mut V) {
        v.u32(&mut self.subjects);
        self.quantities.iter_mut().flatten().for_each(|x| v.i64(x));
        self.histogram.iter_mut().for_each(|x| v.u64(x));
        v.u32s(&mut self.factors);
    }
}

/// Prior of a quantity from its sums; none from fewer than three identities.
fn prior([n, sum, squares, within]: [i64; 4]) -> Option<Prior> {
    if n < 3 {
        return None;
    }
    let n = n as f64 * 256.0;
    let mean = sum as f64 / n;
    let between = (squares as f64 / n - mean * mean).max(0.0);
    Some(Prior { mean, variance: (between + within as f64 / n).max(0.05) })
}

fn micros(budget: f64) -> u64 {
    (budget.clamp(1e-6, 1e6) * 1e6) as u64
}

/// The scopes that one subject is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    group: Option<&'a Scope>,
    tenant: Option<&'a Scope>,
    budget: f64,
}

impl View<'_> {
    /// Probability of a value that is new to the identity, given that it takes a new one: group, then tenant.
    pub(super) fn new_value(&self, level: usize, hash: u32) -> (f64, Peers) {
        let mut p = 1.0;
        let mut subjects = 0;
        for (scope, narrow) in [(self.group, true), (self.tenant, false)] {
            let Some(scope) = scope else { continue };
            subjects = scope.subjects;
            let Some(values) = scope.values.get(level).filter(|v| v.n > 0) else { continue };
            let r = values.novelty();
            if let Ok(i) = values.entries.binary_search_by_key(&hash, |(h, ..)| *h)
                && let Some((_, count, tail)) = values.entries.get(i)
            {
                let peers = if narrow { Peers::Group(*count) } else { Peers::Tenant(*count) };
                return (p * (r + (1.0 - r) * tail), peers);
            }
            p *= r;
        }
        (p, Peers::Nobody(subjects))
    }

    /// Whether at least three peers have adopted a value: it needs no probation.
    pub(super) fn confirmed(&self, level: usize, hash: u32) -> bool {
        matches!(self.new_value(level, hash).1, Peers::Group(n) if n >= 3)
    }

    /// Mean and variance of a quantity over the group, else the tenant.
    pub(super) fn prior(&self, quantity: usize) -> Option<Prior> {
        let of = |scope: &Scope| scope.priors.get(quantity).copied().flatten();
        self.group.and_then(of).or_else(|| self.tenant.and_then(of))
    }

    /// Base threshold of a subject, then those of the budget and of a tenth of it, in thousandths.
    pub(super) fn thresholds(&self, b: &Block) -> [u16; 3] {
        let tenant = Curve::base().shrink(self.tenant.map(|s| &s.histogram));
        let group = tenant.shrink(self.group.map(|s| &s.histogram));
        let own = group.own(b);
        let base = own.threshold(b, self.budget);
        let severe = own.threshold(b, self.budget / 10.0);
        let [f, g] = self.tenant.map_or([1000, 1000], |s| s.factors);
        let times = |t: u32, f: u32| (t * f.clamp(500, 4000) / 1000).clamp(calibrate::LEAST, 60_000) as u16;
        let notable = times(base, f);
        [base.min(60_000) as u16, notable, times(severe, g).max(notable.saturating_add(500))]
    }
}

/// Level value of a class of actions.
pub(super) fn class_hash(class: Class) -> u32 {
    class as u32 + 1
}
