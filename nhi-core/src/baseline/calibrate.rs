/*!
Thresholds from an alert budget.

The sum of surprisals is calibrated, never trusted: dimensions depend on each other. What is kept is the largest
score of each active hour (an alert counts once per subject and hour): a histogram per subject, shrunk to its
group's, that to its tenant's, that to an exponential default; beyond the data an exponential tail (peaks over
threshold with shape 0, as in SPOT: Siffer et al. 2017). A controller per tenant then multiplies all thresholds so
that what was really exceeded matches the budget.
*/

use super::state::{BIN, BINS, Block, RATIOS};
use crate::time::DAY;

/// Lowest threshold there is, in thousandths: below one in a thousand nothing is worth an alert.
pub(super) const LEAST: u32 = 3_000;
/// Hours that one subject weighs at most in its group's histogram: no one moves the others.
pub(super) const HOURS_EACH: u64 = 64;
/// Hours of evidence that the next wider curve counts as.
const SHRINK: f64 = 100.0;
/// Excess of one identity counts at most this many times the budget.
const EXCESS: f64 = 5.0;
/// Identity-weeks of evidence that the untouched thresholds count as.
const PRIOR_WEEKS: f64 = 4.0;

/// `P(hourly maximum >= edge)` at each edge of the histogram, and the hours behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Curve {
    survival: [f64; BINS],
    hours: f64,
}

impl Curve {
    /// Before any data: `exp(-(s - 1.5)/0.9)` over 1.5 decades.
    pub(super) fn base() -> Self {
        let mut survival = [1.0; BINS];
        for (i, p) in survival.iter_mut().enumerate() {
            let s = i as f64 * f64::from(BIN) / 1000.0;
            *p = libm::exp(-(s - 1.5).max(0.0) / 0.9);
        }
        Curve { survival, hours: 0.0 }
    }

    fn mix(&self, counts: impl DoubleEndedIterator<Item = f64> + ExactSizeIterator, total: f64) -> Self {
        let mut out = Curve { survival: self.survival, hours: self.hours + total };
        let mut above = 0.0;
        for (p, count) in out.survival.iter_mut().rev().zip(counts.rev()) {
            above += count;
            *p = (above + SHRINK * *p) / (total + SHRINK);
        }
        out
    }

    /// This curve as the prior of a scope's histogram (in 1/1024 hours).
    pub(super) fn shrink(&self, histogram: Option<&[u64; BINS]>) -> Self {
        let Some(histogram) = histogram else { return *self };
        let total: u64 = histogram.iter().fold(0, |a, b| a.saturating_add(*b));
        self.mix(histogram.iter().map(|c| *c as f64 / 1024.0), total as f64 / 1024.0)
    }

    /// This curve as the prior of a subject's own.
    pub(super) fn own(&self, b: &Block) -> Self {
        let total: u32 = b.histogram.iter().map(|c| u32::from(*c)).sum();
        self.mix(b.histogram.iter().map(|c| f64::from(*c) / 16.0), f64::from(total) / 16.0)
    }

    /// The score that is reached in so many hours as the budget allows, in thousandths.
    pub(super) fn threshold(&self, b: &Block, budget: f64) -> u32 {
        let target = (budget / hours_per_week(b)).clamp(1e-9, 0.5);
        // The last edge with eight hours of evidence behind it, and the mean excess over it.
        let enough = 8.0 / (self.hours + SHRINK);
        let last = self.survival.iter().rposition(|p| *p >= enough).unwrap_or(0).max(1);
        let width = f64::from(BIN) / 1000.0;
        let at = |i: usize| self.survival.get(i).copied().unwrap_or(0.0).max(1e-12);
        if target >= at(last) {
            let i = (1..=last).find(|i| at(*i) <= target).unwrap_or(last);
            let (upper, lower) = (at(i - 1), at(i));
            let part = if upper > lower { libm::log(upper / target) / libm::log(upper / lower) } else { 1.0 };
            return ((i as f64 - 1.0 + part.clamp(0.0, 1.0)) * width * 1000.0) as u32;
        }
        let area: f64 = self.survival.iter().skip(last).sum::<f64>() - at(last) / 2.0;
        let excess = (area * width / at(last)).clamp(0.4, 2.5);
        let s = last as f64 * width + excess * libm::log(at(last) / target);
        (s.min(60.0) * 1000.0) as u32
    }
}

/// Active hours a week of a subject, 0.25 to 168.
fn hours_per_week(b: &Block) -> f64 {
    let hours: u32 = b.week.iter().map(|c| u32::from(*c)).sum();
    let days: u32 = b.week_days.iter().map(|c| u32::from(*c)).sum();
    (f64::from(hours) / 256.0 / (f64::from(days) / 16.0 + 1.0) * 7.0).clamp(0.25, 168.0)
}

/// Identity-weeks behind a subject's ratios, in 1/1024.
pub(super) fn weeks(b: &Block) -> u64 {
    (f64::from(b.ratio_hours) / 16.0 / hours_per_week(b) * 1024.0) as u64
}

/// Adds a subject's histogram to its scope's, as at most [`HOURS_EACH`] hours.
pub(super) fn add_histogram(to: &mut [u64; BINS], b: &Block) {
    let total: u64 = b.histogram.iter().map(|c| u64::from(*c)).sum();
    let hours = (total / 16).clamp(1, HOURS_EACH);
    for (sum, count) in to.iter_mut().zip(&b.histogram) {
        let part = u64::from(*count) * 1024 * hours;
        *sum = sum.saturating_add(part.checked_div(total).unwrap_or(0));
    }
}

/// Adds a subject's hours over each ratio, its excess capped at [`EXCESS`] times the budget.
pub(super) fn add_ratios(to: &mut [u64; RATIOS.len()], b: &Block, budget: f64) {
    let weeks = (weeks(b) as f64 / 1024.0).max(1.0);
    let cap = (EXCESS * budget * weeks * 1024.0) as u64;
    for (sum, count) in to.iter_mut().zip(b.ratios) {
        *sum = sum.saturating_add((u64::from(count) * 64).min(cap));
    }
}

/// The factor on all thresholds of a tenant at which its hours over them match the budget, in 1/1000.
///
/// Between two edges the logarithm of the rate is interpolated. [`PRIOR_WEEKS`] identity-weeks at the budget hold
/// it at 1 while there is little data.
pub(super) fn factor(ratios: &[u64; RATIOS.len()], weeks: u64, budget: f64) -> u32 {
    let weeks = weeks as f64 / 1024.0;
    let rate = |count: u64, edge: f64| {
        let prior = PRIOR_WEEKS * budget * libm::exp(-6.0 * (edge - 1.0));
        (count as f64 / 1024.0 + prior) / (weeks + PRIOR_WEEKS)
    };
    let mut before: Option<(f64, f64)> = None;
    for (count, edge) in ratios.iter().zip(RATIOS) {
        let edge = f64::from(edge) / 100.0;
        let r = rate(*count, edge).max(1e-12);
        if r <= budget {
            let at = match before {
                Some((e, over)) if over > r => {
                    e + (edge - e) * libm::log(over / budget) / libm::log(over / r)
                }
                _ => edge,
            };
            return (at * 1000.0 + 0.5) as u32;
        }
        before = Some((edge, r));
    }
    3_000
}

/// Whether a subject has been seen long and often enough for its scores to mean something.
pub(super) fn learning(b: &Block, now: i64) -> bool {
    b.total < 50 || now.saturating_sub(b.first) < 14 * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_excess_leaves_the_thresholds_and_twice_the_budget_lifts_them() {
        let mut ratios = [0; RATIOS.len()];
        // 100 weeks, exactly the budget of 1 at ratio 1, halving with each further edge, doubling before.
        for (r, n) in ratios.iter_mut().zip([1600, 800, 400, 200, 100, 50, 25, 12, 6, 3, 1, 0]) {
            *r = n * 1024;
        }
        assert_eq!(factor(&ratios, 100 * 1024, 1.0), 1000);
        assert!((1090..1110).contains(&factor(&ratios.map(|r| r * 2), 100 * 1024, 1.0)));
        assert!(factor(&ratios.map(|r| r / 2), 100 * 1024, 1.0) < 950);
        assert_eq!(factor(&[0; RATIOS.len()], 0, 0.1), 1000);
    }
}
