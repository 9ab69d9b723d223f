/*!
One activity against one block: a surprisal for each dimension, from the state before the activity.

Every function here reads only; `learn` writes. Surprisals are in thousandths of a decade.
*/

use super::{
    Dimension,
    epoch::{
        ACCOUNT, ACTION, CLASS, COUNTRY, DESTINATION, NETWORK, PLACE, Peers, RATE_DAY, RATE_HOUR, REGION,
        SERVICE, USER_AGENT, VOLUME, VOLUME_DAY, View, class_hash,
    },
    features::Features,
    hash::mix,
    maths::{Prior, beta_binomial_upper, ln, ln1p_fixed, surprisal, t_upper},
    moments::Moments,
    sketch::{Known, Sketch, Slot, rate},
    state::{Block, HOURS, week_bin},
};
use crate::time::{DAY, MINUTE};

/// What stands behind a surprisal, for its sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Detail {
    /// Nothing to say.
    Silent,
    /// A value in no slot; who else has it, how many are known.
    New(Peers, usize),
    /// A value whose wider level (service, place) is new.
    NewLevel(Peers, usize),
    /// Seen on fewer than three days.
    Probation,
    /// Adopted, but in so small a share of activities.
    Rare(f64),
    /// So many hits among so many.
    Count(u32, u32),
    /// A quantity and the logarithm of one more than its usual value.
    Quantity(f64, f64),
    /// A measure and its usual value.
    Amount(f64, f64),
    /// Share of this step among those from here, whether it repeats the action, and bits a step now and usually.
    Step(f32, bool, f32, f32),
    /// A gap or a lapse, and what it is compared with.
    Lapse(i64, i64),
}

/// One surprisal with its detail.
pub(super) type Share = (u32, Detail);

const NOTHING: Share = (0, Detail::Silent);

/// Surprisals of all dimensions, in the order of [`Dimension::ALL`].
pub(super) type Shares = [Share; Dimension::ALL.len()];

/// What scoring found out that learning needs too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Whether the action or the destination was never used.
    pub(super) novel: bool,
    /// Mean surprisal of the last transitions with this one, in 1/256 bits.
    pub(super) chain: u16,
    /// Surprisal of this hour of the week.
    pub(super) week: u32,
    /// Slot of the value of each level.
    pub(super) slots: [Slot; CLASS],
}

/// All dimensions of one activity.
pub(super) fn shares(b: &Block, f: &Features, view: &View<'_>) -> (Shares, Found) {
    let mut out = [NOTHING; Dimension::ALL.len()];
    let mut put = |d: Dimension, share: Share| {
        if let Some(slot) = out.get_mut(d as usize) {
            *slot = share;
        }
    };
    let (network, network_slot) = value(&b.network, f.network, NETWORK, view);
    let (country, country_slot) = value(&b.country, f.country, COUNTRY, view);
    let (region, region_slot) = value(&b.region, f.region, REGION, view);
    let (account, account_slot) = value(&b.account, f.account, ACCOUNT, view);
    let (user_agent, user_agent_slot) = value(&b.user_agent, f.user_agent, USER_AGENT, view);
    let (service, service_slot) = value(&b.service, f.service, SERVICE, view);
    let (action, action_slot) = value(&b.action, f.action, ACTION, view);
    let (place, place_slot) = value(&b.place, f.place, PLACE, view);
    let (whole, destination_slot) = destination(b, f, view);
    let (sequence, chain) = sequence(b, f, action_slot);
    let week = time_of_week(b, f.hour);
    let novel = [action.1, whole.1].iter().any(|d| matches!(d, Detail::New(..)));
    let slots = [
        network_slot,
        country_slot,
        region_slot,
        account_slot,
        user_agent_slot,
        service_slot,
        action_slot,
        place_slot,
        destination_slot,
    ];
    let found = Found { novel, chain, week: week.0, slots };
    put(Dimension::Network, network);
    put(Dimension::Country, country);
    put(Dimension::Region, region);
    put(Dimension::Account, account);
    put(Dimension::UserAgent, user_agent);
    put(Dimension::Action, larger(action, wider(service)));
    // A used class adds nothing to a used action: it would count the same rarity twice.
    let class = match (action.1, action_class(b, f, view)) {
        (Detail::Rare(_), (_, Detail::Rare(_))) => NOTHING,
        (_, class) => class,
    };
    put(Dimension::ActionClass, class);
    put(Dimension::Destination, larger(whole, wider(place)));
    put(Dimension::Sensitivity, sensitivity(b, f));
    put(Dimension::NoveltyBurst, novelty_burst(b, f, novel));
    put(Dimension::TimeOfWeek, week);
    let (d, share) = quantity(b, f, view);
    put(d, share);
    if f.volume.is_some() {
        put(Dimension::VolumeEvent, volume_event(b, f, view));
    }
    put(Dimension::Failures, failures(b, f));
    put(Dimension::Sequence, sequence);
    put(Dimension::Drift, drift(b, f));
    put(Dimension::Interleaving, interleaving(b, f));
    put(Dimension::Dormancy, dormancy(b, f));
    (out, found)
}

/// Count of the hour, count and volume of the day: three measures of how much, so only the largest counts
/// (counting all raised every threshold and found fewer attacks at the same budget).
fn quantity(b: &Block, f: &Features, view: &View<'_>) -> (Dimension, Share) {
    let count = f64::from(b.hour_count(f.hour)) + 1.0;
    let mut most = (Dimension::RateHour, amount(&b.rate_hour, view.prior(RATE_HOUR), count));
    // If an earlier hour of the day has alerted, what the day adds up to is known, and would only repeat the
    // alert each hour until midnight. What a later hour does itself still counts.
    if b.last_alert < f.hour && b.last_alert.div_euclid(24) == f.day {
        return most;
    }
    let today = b.day_totals(f.day);
    let rate = amount(&b.rate_day, view.prior(RATE_DAY), f64::from(today.count) + 1.0);
    if rate.0 > most.1.0 {
        most = (Dimension::RateDay, rate);
    }
    if let Some(volume) = f.volume {
        let total = today.bytes().saturating_add(volume) as f64;
        let volume = amount(&b.volume_day, view.prior(VOLUME_DAY), total);
        if volume.0 > most.1.0 {
            most = (Dimension::VolumeDay, volume);
        }
    }
    most
}

fn larger(a: Share, b: Share) -> Share {
    if b.0 > a.0 { b } else { a }
}

fn wider(share: Share) -> Share {
    match share {
        (x, Detail::New(peers, known)) => (x, Detail::NewLevel(peers, known)),
        // What is rare or on probation is told at the narrow level.
        _ => NOTHING,
    }
}

/// Formula 1: seen values by their tail; new ones by `r * p_G(v)`, identity, then group, then tenant. A value
/// on probation keeps half the surprisal of a new one: it was seen, and is not trusted yet.
fn value<const K: usize>(s: &Sketch<K>, hash: Option<u32>, level: usize, view: &View<'_>) -> (Share, Slot) {
    let Some(hash) = hash else { return (NOTHING, None) };
    let slot = s.find(hash);
    (seen_or_new(s.look(slot), || s.novelty(), || s.len(), || view.new_value(level, hash)), slot)
}

fn seen_or_new(
    known: Known,
    novelty: impl Fn() -> f64,
    len: impl Fn() -> usize,
    peers: impl Fn() -> (f64, Peers),
) -> Share {
    match known {
        Known::Adopted(p) => (surprisal(p), Detail::Rare(p)),
        Known::Probation => (surprisal(novelty() * peers().0) / 2, Detail::Probation),
        Known::New => {
            let (p, peers) = peers();
            (surprisal(novelty() * p), Detail::New(peers, len()))
        }
    }
}

/// The full name of a destination: novelty has its own rate for each class of action, so that a job that always
/// writes new objects is not surprising when it does, and is when it deletes one.
fn destination(b: &Block, f: &Features, view: &View<'_>) -> (Share, Slot) {
    let Some(hash) = f.destination else { return (NOTHING, None) };
    let i = f.class as usize;
    let of = |counts: &[u32]| counts.get(i).copied().unwrap_or(0);
    let novelty = || rate(of(&b.class_new), of(&b.class));
    let slot = b.destination.find(hash);
    let known = b.destination.look(slot);
    (seen_or_new(known, novelty, || b.destination.len(), || view.new_value(DESTINATION, hash)), slot)
}

/// What the action does: a class that was never used, by how rarely the subject takes up new ones, by who else
/// uses it, and above all by how grave it is ([`super::Class`]). Used classes by their tail.
fn action_class(b: &Block, f: &Features, view: &View<'_>) -> Share {
    if f.action.is_none() {
        return NOTHING;
    }
    let i = f.class as usize;
    let count = b.class.get(i).copied().unwrap_or(0);
    let days = b.class_days.get(i).copied().unwrap_or(0) >> 14;
    let n = b.class.iter().fold(0u32, |n, c| n.saturating_add(*c));
    let known = || b.class.iter().filter(|c| **c > 0).count();
    let state = if count == 0 {
        Known::New
    } else if days < 3 {
        Known::Probation
    } else {
        let commoner: u64 = b.class.iter().filter(|c| **c > count).map(|c| u64::from(*c)).sum();
        Known::Adopted(u64::from(n).saturating_sub(commoner) as f64 / f64::from(n.max(1)))
    };
    seen_or_new(
        state,
        || rate(b.class_news, n),
        known,
        || {
            let (p, peers) = view.new_value(CLASS, class_hash(f.class));
            match peers {
                Peers::Nobody(_) => (p * f.class.prior(), peers),
                _ => (p, peers),
            }
        },
    )
}

/// Formula 1 over the values 0 to 3, counted upward: `p = P(sensitivity >= s)`.
fn sensitivity(b: &Block, f: &Features) -> Share {
    let Some(s) = f.sensitivity else { return NOTHING };
    let n = b.sensitivity.iter().fold(0u32, |n, c| n.saturating_add(*c));
    let above = b.sensitivity.iter().skip(usize::from(s)).fold(0u32, |n, c| n.saturating_add(*c));
    if n == 0 {
        return NOTHING;
    }
    let p = rate(above, n);
    (surprisal(p), Detail::Rare(p))
}

/// Six hours: the window of formula 2 is two of them.
pub(super) fn novelty_bucket(f: &Features) -> i32 {
    f.hour.div_euclid(6)
}

/// Formula 2: `k` novel among `n` in 6 to 12 h, Beta-Binomial with `a` = past novel + 1/2, `b` = past rest + 12.
fn novelty_burst(b: &Block, f: &Features, novel: bool) -> Share {
    if !novel {
        return NOTHING;
    }
    let (k, n) = b.novelties.at(novelty_bucket(f));
    let (k, n) = (k + 1, n + 1);
    let a = f64::from(b.novelties.past_hits) / 256.0 + 0.5;
    let rest = f64::from(b.novelties.past_rest) / 256.0 + 12.0;
    if k < 2 || f64::from(k) * (a + rest) <= f64::from(n) * a {
        return NOTHING;
    }
    (surprisal(beta_binomial_upper(k, n, a, rest)), Detail::Count(k, n))
}

/// Formula 3: one Bernoulli per active hour. `P_b = (c~_b + 0.5 m_b)/(days_b + 0.5)`, `c~` smoothed with
/// (.15, .7, .15), `m_b` = .7 of the mean rate of the kind of day + .3 of the same hour on the other kind;
/// `p = sum{w P_u : P_u <= P_b} / sum{w P_u}`, floored at `0.3/(hours + 1)`: with few hours observed, a strange
/// hour alone can't alert. UTC: a daylight-saving shift is absorbed by the smoothing.
fn time_of_week(b: &Block, hour: i32) -> Share {
    let bin = week_bin(hour);
    let share = |x: u32| (x, Detail::Count(hour.rem_euclid(24) as u32, bin as u32 / 24));
    if b.week_hour == hour {
        return share(u32::from(b.week_surprisal));
    }
    share(week_surprisal(b, bin))
}

/// The surprisal of a bin of the week; 48 steps, so it is cached for the current hour.
fn week_surprisal(b: &Block, bin: usize) -> u32 {
    let ([weekday, weekend], []) = b.week.as_chunks::<24>() else { return 0 };
    let days = b.week_days.map(|d| f64::from(d) / 16.0 + 0.5);
    let sums = [weekday, weekend].map(|kind| kind.iter().map(|c| u32::from(*c)).sum::<u32>());
    let [weekday_mean, weekend_mean] = [0, 1].map(|i| f64::from(sums[i]) / (256.0 * 24.0 * days[i]));
    let (mut p, [of_weekday, of_weekend]) = ([0.0; 48], days);
    let (first, second) = p.split_at_mut(24);
    day_rates(first, weekday, of_weekday, weekday_mean, weekend, of_weekend);
    day_rates(second, weekend, of_weekend, weekend_mean, weekday, of_weekday);
    let here = p.get(bin).copied().unwrap_or(0.0);
    let (mut all, mut rarer) = (0.0, 0.0);
    for (kind, weight) in p.chunks(24).zip([5.0, 2.0]) {
        for p in kind {
            all += weight * p;
            rarer += if *p <= here { weight * p } else { 0.0 };
        }
    }
    if all <= 0.0 {
        return 0;
    }
    let hours = f64::from(sums[0] + sums[1]) / 256.0;
    surprisal((rarer / all).max(0.3 / (hours + 1.0)))
}

/// `P_b` of the 24 bins of one kind of day, see [`time_of_week`].
fn day_rates(p: &mut [f64], mine: &[u16; 24], days: f64, mean: f64, other: &[u16; 24], other_days: f64) {
    // The day is round: its last hour stands before its first.
    let mut round = [0u16; 26];
    round[1..25].copy_from_slice(mine);
    (round[0], round[25]) = (mine[23], mine[0]);
    let own = 0.35 * mean;
    let others = 0.15 / (256.0 * other_days);
    let (before, after) = (&round[..24], &round[2..]);
    for ((((p, here), before), after), other) in p.iter_mut().zip(mine).zip(before).zip(after).zip(other) {
        let smooth = 14 * i32::from(*here) + 3 * (i32::from(*before) + i32::from(*after));
        *p = (f64::from(smooth) * (1.0 / 5120.0) + own + f64::from(i32::from(*other)) * others) / days;
    }
}

/// Formula 4 and the day total of 5: the upper tail of Student's t for `ln(1 + x)`. Silent below the mean and
/// with fewer than three observations behind it.
fn amount(m: &Moments, prior: Option<Prior>, x: f64) -> Share {
    if prior.is_none() && m.n() < 3.0 {
        return NOTHING;
    }
    tail(m, prior, f64::from(ln1p_fixed(x as u64)) / 256.0, x)
}

fn tail(m: &Moments, prior: Option<Prior>, ln: f64, x: f64) -> Share {
    if ln <= m.predict_mean(prior.map_or_else(|| m.mean(), |p| p.mean)) {
        return NOTHING;
    }
    let (mean, scale, nu) = m.predict(prior);
    // A quantity that never varied still may, by a quarter.
    let scale = scale.max(0.25);
    (surprisal(t_upper((ln - mean) / scale, nu)), Detail::Quantity(x, mean))
}

/// Formula 5: volume of one activity, for its kind of action (reading lists, reading data, writing, the rest),
/// shrunk to the identity's own volumes, those to the group's.
fn volume_event(b: &Block, f: &Features, view: &View<'_>) -> Share {
    let kind = f.class.volume();
    let Some(own) = b.volume.get(kind) else { return NOTHING };
    let all = b.volume.iter().fold(Moments::default(), |mut all, m| {
        all.add(m);
        all
    });
    let prior = if all.n() >= 3.0 {
        Some(Prior { mean: all.mean(), variance: all.variance().max(1.0) })
    } else {
        view.prior(VOLUME + kind)
    };
    if prior.is_none() {
        return NOTHING;
    }
    tail(own, prior, f64::from(f.ln_volume) / 256.0, f.volume.unwrap_or(0) as f64)
}

/// Ten minutes: the window of formula 6 is two of them.
pub(super) fn failure_bucket(f: &Features) -> i32 {
    f.time.div_euclid(10 * MINUTE) as i32
}

/// Formula 6: refused calls only, in 10 to 20 minutes; `a = 0.3 + 0.2 f`, `b = 20 + s` of the past.
fn failures(b: &Block, f: &Features) -> Share {
    if !f.denied {
        return NOTHING;
    }
    let (k, n) = b.failures.at(failure_bucket(f));
    let (k, n) = (k + 1, n + 1);
    let a = 0.3 + 0.2 * f64::from(b.failures.past_hits) / 256.0;
    let rest = 20.0 + f64::from(b.failures.past_rest) / 256.0;
    if f64::from(k) * (a + rest) <= f64::from(n) * a {
        return NOTHING;
    }
    (surprisal(beta_binomial_upper(k, n, a, rest)), Detail::Count(k, n))
}

/// An action as the sequence keeps it.
pub(super) fn action_id(f: &Features) -> Option<u16> {
    f.action.map(|h| (h as u16).max(1))
}

/// Keys of the transition table: context and pair of order 1, context and triple of order 2.
pub(super) fn transition_keys(last: u16, before: u16, action: u16) -> [u64; 4] {
    let key = |order: u64, context: u64, next: u16| {
        mix(order << 60 ^ context << 20 ^ u64::from(next) ^ 0x5851_f42d_4c95_7f2d, 0xd605_0c61_9a4b_9c25)
    };
    let (one, two) = (u64::from(last), u64::from(before) << 16 | u64::from(last));
    [key(1, one, 0), key(1, one, action), key(2, two, 0), key(2, two, action)]
}

/// Formula 7: `P_o = (c_o(h, a) + 2 P_(o-1))/(C_o(h) + 2)` in the session, mean of the last 8 surprisals (in
/// bits) against the subject's own. Gives the new mean in 1/256 bits too.
fn sequence(b: &Block, f: &Features, slot: Slot) -> (Share, u16) {
    let Some(action) = action_id(f) else { return (NOTHING, b.chain) };
    let (last, before) = b.session(f.session);
    if last == 0 {
        return (NOTHING, b.chain);
    }
    let counts = transition_keys(last, before, action).map(|k| f64::from(b.transition(k)) / 16.0);
    let [context, pair, wider, triple] = counts;
    let mut p = (pair.min(context) + 2.0 * b.action.share(slot)) / (context + 2.0);
    if before != 0 {
        p = (triple.min(wider) + 2.0 * p) / (wider + 2.0);
    }
    let bits = (-ln(p.max(1e-9)) * core::f64::consts::LOG2_E).clamp(0.0, 12.0) * 256.0;
    let chain = ((f64::from(b.chain) * 7.0 + bits) / 8.0) as u16;
    let usual = b.chain_moments;
    if usual.n() < 20.0 {
        return (NOTHING, chain);
    }
    let now = f64::from(chain) / 256.0;
    if now <= usual.mean() {
        return (NOTHING, chain);
    }
    let (mean, scale, _) = usual.predict(Some(Prior { mean: usual.mean(), variance: 0.25 }));
    // Surprisals come in bursts: four degrees of freedom, the heaviest tail, whatever the history.
    let scale = scale.max(0.5);
    let step = Detail::Step(p as f32, last == action, now as f32, mean as f32);
    ((surprisal(t_upper((now - mean) / scale, 4)), step), chain)
}

/// Formula 8: `p = exp(-g)` of the larger CUSUM. Told in the first active hour of a day: it moves once a day.
fn drift(b: &Block, f: &Features) -> Share {
    let g = b.drift.iter().copied().max().unwrap_or(0);
    let first_hour = b.day_totals(f.day).count == b.hour_count(f.hour) && f.day == b.day;
    if g <= 256 || !first_hour {
        return NOTHING;
    }
    // g/ln 10 decades.
    let decades = u64::from(g) * 1_000_000 / (256 * 2_303);
    ((decades as u32).min(super::maths::CLIP), Detail::Amount(f64::from(g) / 256.0, 3.0))
}

/// Longest time between two activities that can be an interleaving.
pub(super) const INTERLEAVED: i64 = 15 * MINUTE;

/// Formula 9: another network within 15 minutes, against how often that happened.
fn interleaving(b: &Block, f: &Features) -> Share {
    let Some(network) = f.network else { return NOTHING };
    let lapse = f.time.saturating_sub(b.last);
    if b.last_network == 0 || b.last_network == network || !(0..=INTERLEAVED).contains(&lapse) {
        return NOTHING;
    }
    let p = rate(b.switches, b.chances);
    (surprisal(p), Detail::Lapse(lapse / MINUTE, 0))
}

/// A gap of days beyond the longest of `n` seen: `p = 1/(n + 1)`, times `longest/gap` beyond it (a power-law
/// tail of index 1: gaps of use are heavy-tailed).
fn dormancy(b: &Block, f: &Features) -> Share {
    let gap = i64::from(f.day).saturating_sub(b.last.div_euclid(DAY));
    let longest = i64::from(b.longest_gap).max(1);
    if gap < 2 || gap <= longest || b.total == 0 {
        return NOTHING;
    }
    let p = longest as f64 / gap as f64 / (f64::from(b.active_days) + 1.0);
    (surprisal(p), Detail::Lapse(gap, longest))
}

/// Whether the activity lies too far back to be learned.
pub(super) fn too_late(b: &Block, f: &Features) -> bool {
    const { assert!(HOURS == 25) };
    f.time < b.last.saturating_sub(crate::limits::BASELINE_LATENESS_MS)
}
