/*!
The hot block of one subject: integers only, no heap, at most [`limits::BASELINE_BYTES`].

Counters are decayed sums with a half-life of 28 days, in 1/256. Adding is exact and commutative, so late
activities and merges land in the right place; only what is about the moment (windows, CUSUM, last session)
depends on order.
*/

use super::{
    codec::{Fields, Visitor},
    features::Features,
    moments::{Moments, ONE},
    sketch::{Sketch, times},
    verbs::Class,
};
use crate::limits;

/// 2^(-1/28) in 1/2^32: counters halve in 28 days (measured: 7 days is worse, 90 no better).
const DECAY_DAY: u64 = 4_189_949_513;
/// Hours kept open for late activities: the current one and 24 before it.
pub(super) const HOURS: usize = 25;
/// Ids remembered for duplicates.
const IDS: usize = 12;
/// Bins of the histogram of hourly maxima, and their width in thousandths of a decade.
pub(super) const BINS: usize = 28;
pub(super) const BIN: u32 = 500;
/// Edges of the histogram of hourly maxima over the subject's base threshold, in 1/100.
pub(super) const RATIOS: [u32; 12] = [60, 70, 80, 90, 100, 110, 120, 135, 150, 180, 220, 300];
/// Entries of the sequence table: sets of four.
const SETS: usize = 16;
/// CUSUM above which nothing is learned of volumes (see `drift`), in 1/256.
pub(super) const FROZEN: u32 = 3 * 256;
/// Days after which a frozen reference is given up: what lasted a half-life is the new normal.
const REBASE_DAYS: i32 = 28;

/// A window of two buckets: the current and the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    bucket: i32,
    hits: [u16; 2],
    all: [u16; 2],
    /// What has left the window: hits and the rest, in 1/256.
    pub(super) past_hits: u32,
    pub(super) past_rest: u32,
}

impl Window {
    /// Hits and all, over both buckets, as seen at `bucket`.
    pub(super) fn at(&self, bucket: i32) -> (u32, u32) {
        let sum = |x: [u16; 2]| u32::from(x[0]) + u32::from(x[1]);
        match bucket.wrapping_sub(self.bucket) {
            ..=0 => (sum(self.hits), sum(self.all)),
            1 => (u32::from(self.hits[0]), u32::from(self.all[0])),
            _ => (0, 0),
        }
    }

    fn leave(&mut self, hits: u16, all: u16) {
        self.past_hits = self.past_hits.saturating_add(u32::from(hits) * ONE);
        self.past_rest = self.past_rest.saturating_add(u32::from(all.saturating_sub(hits)) * ONE);
    }

    pub(super) fn learn(&mut self, bucket: i32, hit: bool) {
        match bucket.wrapping_sub(self.bucket) {
            ..=0 => {}
            1 => {
                self.leave(self.hits[1], self.all[1]);
                (self.hits[1], self.all[1]) = (self.hits[0], self.all[0]);
                (self.hits[0], self.all[0], self.bucket) = (0, 0, bucket);
            }
            _ => {
                self.leave(self.hits[1], self.all[1]);
                self.leave(self.hits[0], self.all[0]);
                (self.hits, self.all, self.bucket) = ([0; 2], [0; 2], bucket);
            }
        }
        self.hits[0] = self.hits[0].saturating_add(u16::from(hit));
        self.all[0] = self.all[0].saturating_add(1);
    }
}

impl Fields for Window {
    fn fields<V: Visitor>(&mut self, v: &mut V) {
        v.i32(&mut self.bucket);
        v.u16s(&mut self.hits);
        v.u16s(&mut self.all);
        v.u32(&mut self.past_hits);
        v.u32(&mut self.past_rest);
    }
}

/// Totals of a day that is still open: today or yesterday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Today {
    pub(super) count: u32,
    /// Activities with a volume, and their volume and sum of logarithms.
    volumes: u32,
    bytes: [u32; 2],
    ln_sum: u32,
}

impl Today {
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.bytes[1]) << 32 | u64::from(self.bytes[0])
    }

    fn learn(&mut self, f: &Features) {
        self.count = self.count.saturating_add(1);
        if let Some(volume) = f.volume {
            let bytes = self.bytes().saturating_add(volume);
            self.bytes = [bytes as u32, (bytes >> 32) as u32];
            // Beyond 2^32/11357 = 378,000 activities a day the mean keeps that of the first.
            if let Some(sum) = self.ln_sum.checked_add(f.ln_volume.max(0) as u32) {
                (self.ln_sum, self.volumes) = (sum, self.volumes.saturating_add(1));
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.volumes = self.volumes.saturating_add(other.volumes);
        let bytes = self.bytes().saturating_add(other.bytes());
        self.bytes = [bytes as u32, (bytes >> 32) as u32];
        self.ln_sum = self.ln_sum.saturating_add(other.ln_sum);
    }

    /// Mean of the logarithms, in 1/256.
    fn ln_mean(&self) -> Option<i32> {
        self.ln_sum.checked_div(self.volumes).map(|m| m as i32)
    }
}

impl Fields for Today {
    fn fields<V: Visitor>(&mut self, v: &mut V) {
        v.u32(&mut self.count);
        v.u32(&mut self.volumes);
        v.u32s(&mut self.bytes);
        v.u32(&mut self.ln_sum);
    }
}

/// The last two actions of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Session {
    id: u32,
    last: u16,
    before: u16,
}

/// What is learnt of one subject. See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) first: i64,
    pub(super) last: i64,
    /// Group at the last activity.
    pub(super) group: u64,
    /// Activities learned, not decayed.
    pub(super) total: u32,
    /// Day to which the counters are decayed, and the newest hour.
    pub(super) day: i32,
    pub(super) hour: i32,
    pub(super) network: Sketch<8>,
    pub(super) country: Sketch<5>,
    pub(super) region: Sketch<5>,
    pub(super) account: Sketch<5>,
    pub(super) user_agent: Sketch<6>,
    pub(super) service: Sketch<8>,
    pub(super) action: Sketch<16>,
    pub(super) place: Sketch<8>,
    pub(super) destination: Sketch<16>,
    pub(super) workload: Sketch<3>,
    /// Activities by class of action, those whose full destination was new, and days on which it was seen.
    pub(super) class: [u32; Class::COUNT],
    pub(super) class_new: [u32; Class::COUNT],
    pub(super) class_days: [u16; Class::COUNT],
    pub(super) class_news: u32,
    pub(super) sensitivity: [u32; 4],
    /// Active hours by bin of the week (24 h, then 24 h of weekends), and days of each kind; in 1/256 and 1/16.
    pub(super) week: [u16; 48],
    pub(super) week_days: [u16; 2],
    /// Activities of the last hours, by hour modulo 25.
    pub(super) hours: [u16; HOURS],
    pub(super) today: [Today; 2],
    pub(super) rate_hour: Moments,
    pub(super) rate_day: Moments,
    pub(super) volume: [Moments; 4],
    pub(super) volume_day: Moments,
    pub(super) volume_mean: Moments,
    /// Mean surprisal of the last transitions, its moments, and the table.
    pub(super) chain: u16,
    pub(super) chain_moments: Moments,
    pub(super) transitions: [[u16; 2]; SETS * 4],
    pub(super) sessions: [Session; 3],
    pub(super) failures: Window,
    pub(super) novelties: Window,
    /// CUSUM of the day's total and of its mean, and since when above the limit.
    pub(super) drift: [u32; 2],
    pub(super) frozen_since: i32,
    /// Last network, changes of it within 15 minutes, and chances for one.
    pub(super) last_network: u32,
    pub(super) switches: u32,
    pub(super) chances: u32,
    pub(super) longest_gap: u16,
    pub(super) active_days: u16,
    pub(super) woke: i32,
    pub(super) ids: [u32; IDS],
    pub(super) next_id: u8,
    /// Whether a value ever lost its slot: merges are then within a bound instead of exact.
    pub(super) evicted: u8,
    /// Largest score of the current hour, in thousandths.
    pub(super) hour_max: u16,
    pub(super) histogram: [u16; BINS],
    pub(super) ratios: [u16; RATIOS.len()],
    pub(super) ratio_hours: u16,
    /// Cached from the epoch: its number, threshold of the budget, and of a tenth of it.
    pub(super) epoch: u32,
    pub(super) threshold: u16,
    pub(super) severe: u16,
    pub(super) base: u16,
    /// Hour in which the open alert state began, `i32::MIN` if there is none.
    pub(super) alert: i32,
    /// Hour of the last alert counted, and counted alerts.
    pub(super) last_alert: i32,
    pub(super) alerts: u32,
    /// Cached surprisal of the current hour of the week.
    pub(super) week_hour: i32,
    pub(super) week_surprisal: u16,
}

const _: () = assert!(size_of::<Block>() <= limits::BASELINE_BYTES);

impl Block {
    pub(super) fn new(f: &Features) -> Self {
        Block {
            first: f.time,
            last: f.time,
            group: f.group,
            total: 0,
            day: f.day,
            hour: f.hour,
            network: Sketch::default(),
            country: Sketch::default(),
            region: Sketch::default(),
            account: Sketch::default(),
            user_agent: Sketch::default(),
            service: Sketch::default(),
            action: Sketch::default(),
            place: Sketch::default(),
            destination: Sketch::default(),
            workload: Sketch::default(),
            class: [0; Class::COUNT],
            class_new: [0; Class::COUNT],
            class_days: [0; Class::COUNT],
            class_news: 0,
            sensitivity: [0; 4],
            week: [0; 48],
            week_days: [0; 2],
            hours: [0; HOURS],
            today: [Today::default(); 2],
            rate_hour: Moments::default(),
            rate_day: Moments::default(),
            volume: [Moments::default(); 4],
            volume_day: Moments::default(),
            volume_mean: Moments::default(),
            chain: 0,
            chain_moments: Moments::default(),
            transitions: [[0; 2]; SETS * 4],
            sessions: [Session::default(); 3],
            failures: Window::default(),
            novelties: Window::default(),
            drift: [0; 2],
            frozen_since: i32::MIN,
            last_network: 0,
            switches: 0,
            chances: 0,
            longest_gap: 0,
            active_days: 0,
            woke: i32::MIN,
            ids: [0; IDS],
            next_id: 0,
            evicted: 0,
            hour_max: 0,
            histogram: [0; BINS],
            ratios: [0; RATIOS.len()],
            ratio_hours: 0,
            epoch: 0,
            threshold: u16::MAX,
            severe: u16::MAX,
            base: 0,
            alert: i32::MIN,
            last_alert: i32::MIN,
            alerts: 0,
            week_hour: i32::MIN,
            week_surprisal: 0,
        }
    }

    /// Whether the id was seen lately.
    pub(super) fn knows(&self, id: Option<u32>) -> bool {
        id.is_some_and(|id| self.ids.contains(&id))
    }

    /// Closes the hours and days that lie behind `hour` and `day` for good. `last` stays: order is learned
    /// against it.
    pub(super) fn advance_to(&mut self, hour: i32, day: i32) {
        if hour > self.hour {
            self.close_hour();
            let steps = hour.saturating_sub(self.hour).min(HOURS as i32);
            for step in 1..=steps {
                // The slot that the new hour takes was 25 hours before it.
                let at = hour.saturating_sub(steps).saturating_add(step).rem_euclid(HOURS as i32) as usize;
                if let Some(slot) = self.hours.get_mut(at) {
                    if *slot > 0 {
                        self.rate_hour.push(super::maths::ln1p_fixed(u64::from(*slot)));
                    }
                    *slot = 0;
                }
            }
        }
        let days = day.saturating_sub(self.day);
        if days > 0 {
            self.close_days(days);
            self.scale(decay(days), dither(day));
            for passed in self.day.saturating_add(1)..=day.min(self.day.saturating_add(400)) {
                if let Some(n) = self.week_days.get_mut(weekend(passed)) {
                    *n = n.saturating_add(16);
                }
            }
            self.day = day;
        }
        self.hour = self.hour.max(hour);
        if self.alert != i32::MIN && hour.saturating_sub(self.alert) > 7 * 24 {
            self.alert = i32::MIN;
        }
    }

    /// The day's totals enter the moments and the CUSUM once no late activity can change them.
    fn close_days(&mut self, days: i32) {
        let closing: &[usize] = if days == 1 { &[1] } else { &[1, 0] };
        for &i in closing {
            let Some(t) = self.today.get(i).copied() else { continue };
            if t.count == 0 {
                continue;
            }
            let count = super::maths::ln1p_fixed(u64::from(t.count));
            let total = if t.bytes() > 0 { super::maths::ln1p_fixed(t.bytes()) } else { count };
            let moments = if t.bytes() > 0 { &self.volume_day } else { &self.rate_day };
            let z = [Some((total, moments)), t.ln_mean().map(|m| (m, &self.volume_mean))];
            for (g, residual) in self.drift.iter_mut().zip(z) {
                if let Some((x, moments)) = residual.filter(|(_, m)| m.n() >= 5.0) {
                    let (mean, scale, _) = moments.predict(None);
                    let z = ((f64::from(x) / 256.0 - mean) / scale).clamp(-3.0, 3.0);
                    // g = max(0, g + z/2 - 1/8), Page 1954.
                    *g = (f64::from(*g) + (0.5 * z - 0.125) * 256.0).clamp(0.0, 16_384.0) as u32;
                }
            }
            if !self.frozen() {
                self.rate_day.push(count);
                if t.bytes() > 0 {
                    self.volume_day.push(total);
                }
                if let Some(mean) = t.ln_mean() {
                    self.volume_mean.push(mean);
                }
                self.frozen_since = i32::MIN;
            } else if self.frozen_since == i32::MIN {
                self.frozen_since = self.day;
            } else if self.day.saturating_sub(self.frozen_since) > REBASE_DAYS {
                self.drift = [0; 2];
                self.frozen_since = i32::MIN;
            }
        }
        if days == 1 {
            self.today[1] = self.today[0];
            self.today[0] = Today::default();
        } else {
            self.today = [Today::default(); 2];
        }
    }

    /// Whether volumes have drifted so far that their reference stands still.
    pub(super) fn frozen(&self) -> bool {
        self.drift.iter().any(|g| *g > FROZEN)
    }

    /// The largest score of the hour enters the histograms. Not in the first week, when all is new.
    fn close_hour(&mut self) {
        let max = core::mem::take(&mut self.hour_max);
        if self.total < 25 || self.last.saturating_sub(self.first) < 7 * crate::time::DAY {
            return;
        }
        // An alert counts at the threshold only: its height must not lift the tail (and an attacker's next one).
        let height = if self.threshold > 0 { u32::from(max.min(self.threshold)) } else { u32::from(max) };
        if let Some(bin) = self.histogram.get_mut(((height / BIN) as usize).min(BINS - 1)) {
            *bin = bin.saturating_add(16);
        }
        // What can't alert yet tells nothing of how many alerts there are.
        if self.base > 0 && !super::calibrate::learning(self, self.last) {
            self.ratio_hours = self.ratio_hours.saturating_add(16);
            let over = |edge: u32| u32::from(max) * 100 > u32::from(self.base) * edge;
            for (count, _) in self.ratios.iter_mut().zip(RATIOS).filter(|(_, edge)| over(*edge)) {
                *count = count.saturating_add(16);
            }
        }
    }

    /// Multiplies every counter by `factor / 2^32`. Those of 16 bits are so coarse that rounding down would take
    /// a sixteenth a day from what was counted once: they are rounded by `dither / 2^32`.
    fn scale(&mut self, factor: u64, dither: u32) {
        self.network.scale(factor);
        self.country.scale(factor);
        self.region.scale(factor);
        self.account.scale(factor);
        self.user_agent.scale(factor);
        self.service.scale(factor);
        self.action.scale(factor);
        self.place.scale(factor);
        self.destination.scale(factor);
        self.workload.scale(factor);
        self.words().for_each(|x| *x = times(*x, factor));
        let rounded = |x: &mut u16| *x = ((u64::from(*x) * factor + u64::from(dither)) >> 32) as u16;
        self.transitions.iter_mut().for_each(|[_, count]| rounded(count));
        self.halves().for_each(rounded);
        self.moments().for_each(|m| m.scale(factor));
    }

    /// Counters of 32 bits that decay and add up.
    fn words(&mut self) -> impl Iterator<Item = &mut u32> {
        let lists = self.class.iter_mut().chain(&mut self.class_new).chain(&mut self.sensitivity);
        let windows = [&mut self.failures, &mut self.novelties];
        let past = windows.into_iter().flat_map(|w| [&mut w.past_hits, &mut w.past_rest]);
        lists.chain([&mut self.switches, &mut self.chances, &mut self.class_news]).chain(past)
    }

    /// Counters of 16 bits that decay and add up.
    fn halves(&mut self) -> impl Iterator<Item = &mut u16> {
        let lists = self.week.iter_mut().chain(&mut self.week_days).chain(&mut self.histogram);
        lists.chain(&mut self.ratios).chain([&mut self.ratio_hours])
    }

    /// Moments that decay and add up.
    fn moments(&mut self) -> impl Iterator<Item = &mut Moments> {
        let single = [
            &mut self.rate_hour,
            &mut self.rate_day,
            &mut self.volume_day,
            &mut self.volume_mean,
            &mut self.chain_moments,
        ];
        single.into_iter().chain(&mut self.volume)
    }

    /// Count of an hour that is still open, 0 for others.
    pub(super) fn hour_count(&self, hour: i32) -> u32 {
        let open = self.hour.saturating_sub(hour) < HOURS as i32;
        let count = self.hours.get(hour.rem_euclid(HOURS as i32) as usize).copied().unwrap_or(0);
        if open { u32::from(count) } else { 0 }
    }

    /// Totals of a day that is still open.
    pub(super) fn day_totals(&self, day: i32) -> Today {
        match self.day.saturating_sub(day) {
            0 => self.today[0],
            1 => self.today[1],
            _ => Today::default(),
        }
    }

    /// Counts the activity in its own hour and day.
    pub(super) fn learn_time(&mut self, f: &Features) {
        if let Some(count) = self.hours.get_mut(f.hour.rem_euclid(HOURS as i32) as usize) {
            if *count == 0
                && let Some(bin) = self.week.get_mut(week_bin(f.hour))
            {
                *bin = bin.saturating_add(ONE as u16);
            }
            *count = count.saturating_add(1);
        }
        if let Some(today) =
            usize::try_from(self.day.saturating_sub(f.day)).ok().and_then(|i| self.today.get_mut(i))
        {
            if today.count == 0 {
                self.active_days = self.active_days.saturating_add(1);
            }
            today.learn(f);
        }
    }

    /// Sets to zero what [`Block::add`] adds up.
    pub(super) fn clear_sums(&mut self) {
        self.words().for_each(|x| *x = 0);
        self.halves().for_each(|x| *x = 0);
        self.moments().for_each(|m| *m = Moments::default());
        (self.total, self.alerts, self.active_days) = (0, 0, 0);
        self.hours = [0; HOURS];
        self.today = [Today::default(); 2];
        (self.transitions, self.class_days) = ([[0; 2]; SETS * 4], [0; Class::COUNT]);
        // Thresholds and the cached hour are made anew.
        (self.epoch, self.week_hour) = (0, i32::MIN);
    }

    /// Adds the counters of a block of the same subject, aligned to the same hour.
    pub(super) fn add(&mut self, other: &Block) {
        let mut theirs = other.clone();
        self.words().zip(theirs.words()).for_each(|(a, b)| *a = a.saturating_add(*b));
        self.halves().zip(theirs.halves()).for_each(|(a, b)| *a = a.saturating_add(*b));
        self.moments().zip(theirs.moments()).for_each(|(a, b)| a.add(b));
        self.hours.iter_mut().zip(other.hours).for_each(|(a, b)| *a = a.saturating_add(b));
        self.today.iter_mut().zip(&other.today).for_each(|(a, b)| a.add(b));
        self.class_days.iter_mut().zip(other.class_days).for_each(|(a, b)| *a = (*a).max(b));
        for (i, [print, count]) in other.transitions.iter().enumerate().filter(|(_, [fp, _])| *fp != 0) {
            self.add_transition(i / 4, *print, *count);
        }
        self.total = self.total.saturating_add(other.total);
        self.alerts = self.alerts.saturating_add(other.alerts);
        self.active_days = self.active_days.saturating_add(other.active_days);
        self.first = self.first.min(other.first);
        self.longest_gap = self.longest_gap.max(other.longest_gap);
        self.woke = self.woke.max(other.woke);
        self.alert = self.alert.max(other.alert);
        self.last_alert = self.last_alert.max(other.last_alert);
        self.hour_max = self.hour_max.max(other.hour_max);
        self.evicted |= other.evicted;
    }

    fn add_transition(&mut self, set: usize, print: u16, count: u16) {
        let Some(four) = self.transitions.get_mut(set * 4..set * 4 + 4) else { return };
        let same = four.iter().position(|[fp, _]| *fp == print);
        let rarest = || four.iter().enumerate().min_by_key(|(_, [_, count])| *count).map_or(0, |(i, _)| i);
        let at = same.unwrap_or_else(rarest);
        match four.get_mut(at) {
            Some(entry) if entry[0] == print => entry[1] = entry[1].saturating_add(count),
            Some(entry) if entry[1] < count => *entry = [print, count],
            _ => {}
        }
    }

    /// Remembers an id.
    pub(super) fn remember(&mut self, id: Option<u32>) {
        if let Some(id) = id {
            if let Some(slot) = self.ids.get_mut(usize::from(self.next_id) % IDS) {
                *slot = id;
            }
            self.next_id = ((usize::from(self.next_id) + 1) % IDS) as u8;
        }
    }

    // ── transitions ─────────────────────────────────────────────────────────────────────────────────────────

    /// The last two actions of a session, zeros if it is not remembered.
    pub(super) fn session(&self, id: u32) -> (u16, u16) {
        self.sessions.iter().find(|s| s.id == id).map_or((0, 0), |s| (s.last, s.before))
    }

    /// Moves a session to the front with its new last action.
    pub(super) fn step(&mut self, id: u32, action: u16) {
        let at = self.sessions.iter().position(|s| s.id == id);
        let before = self.session(id).0;
        let end = at.unwrap_or(self.sessions.len() - 1);
        if let Some(part) = self.sessions.get_mut(..=end) {
            part.rotate_right(1);
        }
        self.sessions[0] = Session { id, last: action, before };
    }

    /// Count of a transition key, in 1/16.
    pub(super) fn transition(&self, key: u64) -> u32 {
        let (set, print) = place(key);
        let mut four = self.transitions.iter().skip(set * 4).take(4);
        four.find(|[fp, _]| *fp == print).map_or(0, |[_, count]| u32::from(*count))
    }

    /// Counts a transition key, in the place of the rarest of its set if need be.
    pub(super) fn learn_transition(&mut self, key: u64) {
        let (set, print) = place(key);
        let Some(four) = self.transitions.get_mut(set * 4..set * 4 + 4) else { return };
        let at = four.iter().position(|[fp, _]| *fp == print).unwrap_or_else(|| {
            let rarest = four.iter().enumerate().min_by_key(|(_, [_, count])| *count);
            rarest.map_or(0, |(i, _)| i)
        });
        let Some(entry) = four.get_mut(at) else { return };
        if entry[0] != print {
            *entry = [print, 0];
        }
        if entry[1] > u16::MAX - 16 {
            self.transitions.iter_mut().for_each(|[_, count]| *count /= 2);
        }
        if let Some([_, count]) = self.transitions.get_mut(set * 4 + at) {
            *count += 16;
        }
    }
}

fn place(key: u64) -> (usize, u16) {
    ((key >> 32) as usize % SETS, (key as u16).max(1))
}

/// 2^(-days/28) in 1/2^32.
pub(super) fn decay(days: i32) -> u64 {
    (0..days.clamp(0, 700)).fold(1 << 32, |f, _| (f * DECAY_DAY) >> 32)
}

/// Fractions of a golden-ratio sequence, one a day: evenly spread over any run of days (Weyl), so that a counter
/// rounded by them decays as it should on average, and the same wherever it is decayed.
fn dither(day: i32) -> u32 {
    (day as u32).wrapping_mul(0x9e37_79b9)
}

/// 1 on Saturdays and Sundays, else 0. Day 0, 1 January 1970, was a Thursday.
pub(super) fn weekend(day: i32) -> usize {
    usize::from((i64::from(day) + 3).rem_euclid(7) >= 5)
}

/// Bin of the week of an hour since 1970: hour of the day, plus 24 on weekends.
pub(super) fn week_bin(hour: i32) -> usize {
    hour.rem_euclid(24) as usize + 24 * weekend(hour.div_euclid(24))
}

impl Fields for Block {
    fn fields<V: Visitor>(&mut self, v: &mut V) {
        v.i64(&mut self.first);
        v.i64(&mut self.last);
        v.u64(&mut self.group);
        v.u32(&mut self.total);
        v.i32(&mut self.day);
        v.i32(&mut self.hour);
        self.network.fields(v);
        self.country.fields(v);
        self.region.fields(v);
        self.account.fields(v);
        self.user_agent.fields(v);
        self.service.fields(v);
        self.action.fields(v);
        self.place.fields(v);
        self.destination.fields(v);
        self.workload.fields(v);
        v.u32s(&mut self.class);
        v.u32s(&mut self.class_new);
        v.u16s(&mut self.class_days);
        v.u32(&mut self.class_news);
        v.u32s(&mut self.sensitivity);
        v.u16s(&mut self.week);
        v.u16s(&mut self.week_days);
        v.u16s(&mut self.hours);
        self.today.iter_mut().for_each(|t| t.fields(v));
        self.rate_hour.fields(v);
        self.rate_day.fields(v);
        self.volume.iter_mut().for_each(|m| m.fields(v));
        self.volume_day.fields(v);
        self.volume_mean.fields(v);
        v.u16(&mut self.chain);
        self.chain_moments.fields(v);
        self.transitions.iter_mut().for_each(|t| v.u16s(t));
        for s in &mut self.sessions {
            v.u32(&mut s.id);
            v.u16(&mut s.last);
            v.u16(&mut s.before);
        }
        self.failures.fields(v);
        self.novelties.fields(v);
        v.u32s(&mut self.drift);
        v.i32(&mut self.frozen_since);
        v.u32(&mut self.last_network);
        v.u32(&mut self.switches);
        v.u32(&mut self.chances);
        v.u16(&mut self.longest_gap);
        v.u16(&mut self.active_days);
        v.i32(&mut self.woke);
        v.u32s(&mut self.ids);
        v.u8(&mut self.next_id);
        v.u8(&mut self.evicted);
        v.u16(&mut self.hour_max);
        v.u16s(&mut self.histogram);
        v.u16s(&mut self.ratios);
        v.u16(&mut self.ratio_hours);
        v.u32(&mut self.epoch);
        v.u16(&mut self.threshold);
        v.u16(&mut self.severe);
        v.u16(&mut self.base);
        v.i32(&mut self.alert);
        v.i32(&mut self.last_alert);
        v.u32(&mut self.alerts);
        v.i32(&mut self.week_hour);
        v.u16(&mut self.week_surprisal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_halve_in_28_days() {
        assert!((decay(28) as f64 / f64::from(u32::MAX) - 0.5).abs() < 1e-6);
        assert_eq!(decay(0), 1 << 32);
        assert!(decay(i32::MAX) < 200);
    }

    /// What was counted once in 1/16 must not be gone after sixteen days, as it is if rounded down.
    #[test]
    fn coarse_counters_halve_in_28_days_too_on_average() {
        let halved = |begin: i32| {
            let mut b = Block::empty();
            b.histogram = [16; BINS];
            (begin..begin + 28).for_each(|day| b.scale(decay(1), dither(day)));
            u32::from(b.histogram[0])
        };
        let sum: u32 = (20_000..20_100).map(halved).sum();
        assert!((780..=820).contains(&sum), "{sum}");
    }

    #[test]
    fn bins_of_the_week_are_in_utc() {
        // 2026-01-03 was a Saturday, 2026-01-05 a Monday.
        let hour = |text: &str| {
            crate::time::Timestamp::parse_rfc3339(text).unwrap().millis().div_euclid(crate::time::HOUR) as i32
        };
        assert_eq!(week_bin(hour("2026-01-03T13:59:00Z")), 37);
        assert_eq!(week_bin(hour("2026-01-05T00:00:00Z")), 0);
        assert_eq!(week_bin(hour("1969-12-31T23:00:00Z")), 23);
    }
}
