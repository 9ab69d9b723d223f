//! Count, sum and sum of squares in integers: addition is exact and commutative.

use super::{
    codec::Fields,
    maths::{Prior, predictive, predictive_mean},
};

/// One observation in the unit of the counters.
pub(super) const ONE: u32 = 256;

/// Moments of a logarithm in 1/256. 20 bytes: the sums are kept as two words each, to need no padding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moments {
    n: u32,
    sum: [u32; 2],
    squares: [u32; 2],
}

fn wide(words: [u32; 2]) -> u64 {
    u64::from(words[1]) << 32 | u64::from(words[0])
}

fn words(wide: u64) -> [u32; 2] {
    [wide as u32, (wide >> 32) as u32]
}

impl Moments {
    /// Adds a value of `0..=2^15`; a negative one counts as 0.
    pub(super) fn push(&mut self, value: i32) {
        if self.n > u32::MAX - ONE {
            self.scale(1 << 31);
        }
        let v = u64::from(value.clamp(0, 1 << 15) as u32);
        self.n += ONE;
        self.sum = words(wide(self.sum).saturating_add(v * u64::from(ONE)));
        self.squares = words(wide(self.squares).saturating_add(v * v * u64::from(ONE)));
    }

    /// Multiplies all by `factor / 2^32`.
    pub(super) fn scale(&mut self, factor: u64) {
        let times = |x: u64| ((u128::from(x) * u128::from(factor)) >> 32) as u64;
        self.n = times(u64::from(self.n)) as u32;
        self.sum = words(times(wide(self.sum)));
        self.squares = words(times(wide(self.squares)));
    }

    /// Adds another's.
    pub(super) fn add(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.sum = words(wide(self.sum).saturating_add(wide(other.sum)));
        self.squares = words(wide(self.squares).saturating_add(wide(other.squares)));
    }

    /// Observations, decayed.
    pub(super) fn n(&self) -> f64 {
        f64::from(self.n) / 256.0
    }

    /// Mean of the logarithm, 0 without observations.
    pub(super) fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { wide(self.sum) as f64 / (f64::from(self.n) * 256.0) }
    }

    /// Variance of the logarithm (population form), 0 without observations.
    pub(super) fn variance(&self) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let mean = self.mean();
        (wide(self.squares) as f64 / (f64::from(self.n) * 65_536.0) - mean * mean).max(0.0)
    }

    /// Predictive mean alone, under a prior mean.
    pub(super) fn predict_mean(&self, prior: f64) -> f64 {
        predictive_mean(self.n(), wide(self.sum) as f64 / 65_536.0, prior)
    }

    /// Predictive mean, scale and degrees of freedom under `prior`; without one, under the own mean and a
    /// variance of 1 (a factor of e either way).
    pub(super) fn predict(&self, prior: Option<Prior>) -> (f64, f64, u32) {
        let prior = prior.unwrap_or(Prior { mean: self.mean(), variance: 1.0 });
        let n = self.n();
        predictive(n, wide(self.sum) as f64 / 65_536.0, wide(self.squares) as f64 / 16_777_216.0, prior)
    }
}

impl Fields for Moments {
    fn fields<V: super::codec::Visitor>(&mut self, v: &mut V) {
        v.u32(&mut self.n);
        v.u32s(&mut self.sum);
        v.u32s(&mut self.squares);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_variance_are_those_of_the_values() {
        let mut m = Moments::default();
        for v in [256, 512, 768] {
            m.push(v);
        }
        assert!((m.mean() - 2.0).abs() < 1e-12 && (m.variance() - 2.0 / 3.0).abs() < 1e-12);
        let half = {
            let mut half = m;
            half.scale(1 << 31);
            half
        };
        assert!((half.mean() - m.mean()).abs() < 0.01 && (half.n() - 1.5).abs() < 0.01);
    }

    #[test]
    fn a_full_counter_is_halved_and_keeps_its_mean() {
        let mut m = Moments { n: u32::MAX, ..Moments::default() };
        m.sum = words(u64::from(u32::MAX) * 256);
        m.push(256);
        assert!((m.mean() - 1.0).abs() < 1e-6 && m.n < u32::MAX / 2 + 2 * ONE);
    }
}
