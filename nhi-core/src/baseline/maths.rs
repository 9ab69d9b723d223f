/*!
The few distributions that the dimensions need. Probabilities are plain `f64` in `0..=1`; a surprisal is
`-log10 p` in thousandths of a decade, an integer, so that sums are exact. Every function has its exact slow
twin in the tests. Elementary functions come from `libm`: the same bits on every platform.
*/

/// A surprisal is cut at six decades: one dimension alone never decides a score.
pub(super) const CLIP: u32 = 6_000;

/// `-log10 p` in thousandths, 0 for `p > 1/2` (no surprise), at most [`CLIP`]. NaN and 0 give the clip.
pub(super) fn surprisal(p: f64) -> u32 {
    if p > 0.5 {
        0
    } else if p > 1e-6 {
        ((-1000.0 * core::f64::consts::LOG10_E * ln(p)) as u32).min(CLIP)
    } else {
        CLIP
    }
}

/// Natural logarithm of a positive normal number; within 1e-12 of `libm::log`, in a third of its time.
///
/// `x = 2^k m`, `m` in `sqrt(1/2)..sqrt(2)`; `ln m = 2 (s + s^3/3 + s^5/5 + …)` with `s = (m - 1)/(m + 1)` (Abramowitz and
/// Stegun 4.1.27), cut after `s^15`. Sums and products only: the same bits on every platform.
pub(super) fn ln(x: f64) -> f64 {
    const HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let above = x.to_bits().wrapping_sub(HALF);
    let k = (above as i64) >> 52;
    let m = f64::from_bits((above & ((1 << 52) - 1)).wrapping_add(HALF));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let high = 1.0 / 9.0 + z * (1.0 / 11.0 + z * (1.0 / 13.0 + z / 15.0));
    let series = 1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * high)));
    k as f64 * core::f64::consts::LN_2 + 2.0 * s * series
}

/// Upper tail `P(T > t)` of Student's t with an even number of degrees of freedom, `t >= 0`.
///
/// `P(|T| < t) = s (1 + c/2 + (1·3)/(2·4) c^2 + … )`, `nu/2` terms, `s = t/sqrt(nu+t^2)`, `c = nu/(nu+t^2)`
/// (Abramowitz and Stegun 26.7.4). Absolute error below 1e-15, so good to 1e-6 and beyond. `t < 0` gives 1/2;
/// more than 24 degrees count as 24.
pub(super) fn t_upper(t: f64, nu: u32) -> f64 {
    const RATIOS: [f64; 11] = {
        let (mut ratios, mut i) = ([0.0; 11], 0);
        while i < ratios.len() {
            ratios[i] = (2 * i + 1) as f64 / (2 * i + 2) as f64;
            i += 1;
        }
        ratios
    };
    if t.is_nan() || t <= 0.0 {
        return 0.5;
    }
    let nu = nu.clamp(2, 24) & !1;
    let n = f64::from(nu);
    let c = n / (n + t * t);
    let s = libm::sqrt(1.0 - c);
    let (mut term, mut sum) = (1.0, 1.0);
    for ratio in RATIOS.iter().take((nu / 2).saturating_sub(1) as usize) {
        term *= c * ratio;
        sum += term;
    }
    ((1.0 - s * sum) / 2.0).clamp(0.0, 0.5)
}

/// Upper tail `P(K >= k)` of the Beta-Binomial with `n` draws, `a` and `b` positive.
///
/// First term by log-gamma, the rest by the ratio of neighbours
/// `(n-j)(a+j) / ((j+1)(b+n-j-1))`, at most 64 of them, then a geometric bound on the rest, so that for `b >= 1` a
/// long tail is never understated. (Johnson, Kemp, Kotz, Univariate Discrete Distributions, 6.2.2.)
pub(super) fn beta_binomial_upper(k: u32, n: u32, a: f64, b: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n {
        return 0.0;
    }
    let (kf, nf) = (f64::from(k), f64::from(n));
    let ln_beta = |x: f64, y: f64| libm::lgamma(x) + libm::lgamma(y) - libm::lgamma(x + y);
    let ln_choose = libm::lgamma(nf + 1.0) - libm::lgamma(kf + 1.0) - libm::lgamma(nf - kf + 1.0);
    let mut term = libm::exp(ln_choose + ln_beta(a + kf, b + nf - kf) - ln_beta(a, b));
    let (mut sum, mut j) = (term, kf);
    for _ in 0..64 {
        if j >= nf {
            return sum.min(1.0);
        }
        term *= (nf - j) * (a + j) / ((j + 1.0) * (b + nf - j - 1.0));
        sum += term;
        j += 1.0;
    }
    // For b >= 1 no later ratio is larger than this.
    let ratio = (nf - j) / (b + nf - j - 1.0) * ((a + j) / (j + 1.0)).max(1.0);
    if ratio < 1.0 { (sum + term * ratio / (1.0 - ratio)).min(1.0) } else { 1.0 }
}

/// Natural logarithm of `1 + x` in 1/256: `0..=11_357`. What moments are kept of.
pub(super) fn ln1p_fixed(x: u64) -> i32 {
    match usize::try_from(x).ok().and_then(|i| LN1P.get(i)) {
        Some(ln) => i32::from(*ln),
        None => ln1p_slow(x),
    }
}

/// Of counts, which are mostly small; the tests compare it with the function.
#[rustfmt::skip]
const LN1P: [u16; 128] = [
    0, 177, 281, 355, 412, 459, 498, 532, 562, 589, 614, 636, 657, 676, 693, 710,
    725, 740, 754, 767, 779, 791, 803, 814, 824, 834, 844, 853, 862, 871, 879, 887,
    895, 903, 910, 917, 924, 931, 938, 944, 951, 957, 963, 969, 975, 980, 986, 991,
    996, 1001, 1007, 1012, 1016, 1021, 1026, 1030, 1035, 1039, 1044, 1048, 1052, 1057, 1061, 1065,
    1069, 1073, 1076, 1080, 1084, 1088, 1091, 1095, 1098, 1102, 1105, 1109, 1112, 1115, 1119, 1122,
    1125, 1128, 1131, 1134, 1137, 1140, 1143, 1146, 1149, 1152, 1155, 1158, 1160, 1163, 1166, 1168,
    1171, 1174, 1176, 1179, 1181, 1184, 1186, 1189, 1191, 1194, 1196, 1199, 1201, 1203, 1206, 1208,
    1210, 1212, 1215, 1217, 1219, 1221, 1223, 1226, 1228, 1230, 1232, 1234, 1236, 1238, 1240, 1242,
];

fn ln1p_slow(x: u64) -> i32 {
    (ln(x as f64 + 1.0) * 256.0 + 0.5) as i32
}

/// What is known of a quantity before its subject's own values: mean, variance (both of the logarithm), and
/// whether it comes from data (a peer group) at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Prior {
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// Prior observations of the mean and of the variance.
const K0: f64 = 3.0;
const NU0: f64 = 4.0;

/// Mean and scale of the predictive Student t of a normal-inverse-gamma model, with its degrees of freedom.
///
/// `m = (k0 m0 + sum)/(k0 + n)`, `s^2 = (nu0 v0 + SS + k0 n/(k0+n) (mean-m0)^2)/(nu0 + n)`, scale
/// `s sqrt(1 + 1/(k0+n))` (Murphy 2007, "Conjugate Bayesian analysis of the Gaussian distribution", 3.5),
/// `nu = min(4 + n, 24)` rounded down to even: heavy tails stay, however long the history.
pub(super) fn predictive(n: f64, sum: f64, squares: f64, prior: Prior) -> (f64, f64, u32) {
    let mean = if n > 0.0 { sum / n } else { prior.mean };
    let ss = (squares - n * mean * mean).max(0.0);
    let k = K0 + n;
    let apart = K0 * n / k * (mean - prior.mean) * (mean - prior.mean);
    let s2 = (NU0 * prior.variance + ss + apart) / (NU0 + n);
    let nu = if n >= 20.0 { 24 } else { 4 + (n as u32 & !1) };
    (predictive_mean(n, sum, prior.mean), libm::sqrt((s2 * (1.0 + 1.0 / k)).max(1e-4)), nu)
}

/// The mean of [`predictive`].
pub(super) fn predictive_mean(n: f64, sum: f64, prior: f64) -> f64 {
    (K0 * prior + sum) / (K0 + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simpson's rule on the density, from t outward after the substitution x = t + u/(1-u).
    fn t_upper_slow(t: f64, nu: f64) -> f64 {
        let ln_c = libm::lgamma((nu + 1.0) / 2.0)
            - libm::lgamma(nu / 2.0)
            - 0.5 * libm::log(nu * core::f64::consts::PI);
        let f = |u: f64| {
            if u >= 1.0 {
                return 0.0;
            }
            let x = t + u / (1.0 - u);
            libm::exp(ln_c - (nu + 1.0) / 2.0 * libm::log(1.0 + x * x / nu)) / ((1.0 - u) * (1.0 - u))
        };
        let steps = 20_000;
        let h = 1.0 / steps as f64;
        let inner: f64 = (1..steps).map(|i| f(i as f64 * h) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (f(0.0) + f(1.0) + inner) * h / 3.0
    }

    #[test]
    fn t_tail_is_the_integral_of_the_density() {
        for nu in [4, 6, 10, 24] {
            for t in [0.1, 1.0, 2.5, 6.0, 12.0] {
                let (fast, slow) = (t_upper(t, nu), t_upper_slow(t, f64::from(nu)));
                assert!((fast - slow).abs() < 1e-9 + 1e-6 * slow, "nu {nu} t {t}: {fast} {slow}");
            }
        }
        assert_eq!(t_upper(-3.0, 4), 0.5);
        assert_eq!(t_upper(f64::NAN, 4), 0.5);
        // A published value: t(0.975, 4) = 2.776 (any table).
        assert!((t_upper(2.776_445, 4) - 0.025).abs() < 1e-6);
    }

    /// The definition, each term as a product, in logarithms lest it overflow.
    fn beta_binomial_slow(k: u32, n: u32, a: f64, b: f64) -> f64 {
        let ln = libm::log;
        let pmf = |j: u32| {
            let mut p = 0.0;
            for i in 0..j {
                let i = f64::from(i);
                p += ln(f64::from(n) - i) - ln(i + 1.0) + ln(a + i) - ln(a + b + i);
            }
            for i in 0..n - j {
                p += ln(b + f64::from(i)) - ln(a + b + f64::from(j + i));
            }
            libm::exp(p)
        };
        (k..=n).map(pmf).sum()
    }

    #[test]
    fn beta_binomial_tail_is_the_sum_of_its_terms() {
        for (n, a, b) in [(1, 0.3, 20.0), (10, 0.3, 20.0), (60, 2.0, 30.0), (40, 5.0, 5.0)] {
            for k in 0..=n {
                let (fast, slow) = (beta_binomial_upper(k, n, a, b), beta_binomial_slow(k, n, a, b));
                assert!((fast - slow).abs() < 1e-9 + 1e-6 * slow, "n {n} k {k}: {fast} {slow}");
            }
        }
        assert_eq!(beta_binomial_upper(3, 2, 1.0, 1.0), 0.0);
        // With a = b = 1 every count is equally likely: P(K >= k) = (n - k + 1)/(n + 1).
        assert!((beta_binomial_upper(30, 200, 1.0, 1.0) - 171.0 / 201.0).abs() < 0.3);
    }

    #[test]
    fn long_tails_are_bounded_from_above_never_understated() {
        for (k, n) in [(5, 2_000), (100, 2_000), (900, 2_000)] {
            let (fast, slow) = (beta_binomial_upper(k, n, 0.5, 40.0), beta_binomial_slow(k, n, 0.5, 40.0));
            assert!(fast >= slow - 1e-9, "k {k}: {fast} {slow}");
        }
    }

    #[test]
    fn the_logarithm_is_that_of_libm() {
        let mut x = 1e-300;
        while x < 1e300 {
            let error = (ln(x) - libm::log(x)).abs();
            assert!(error < 1e-12 * libm::log(x).abs().max(1.0), "{x}: {error}");
            x *= 1.618_033_988_7;
        }
        assert_eq!((ln(1.0), ln(u64::MAX as f64 + 1.0) as i32), (0.0, 44));
    }

    #[test]
    fn surprisal_is_clipped_and_silent_above_one_half() {
        assert_eq!(surprisal(0.001), 3_000);
        assert_eq!(surprisal(0.6), 0);
        for p in [0.0, -1.0, f64::NAN, 1e-300] {
            assert_eq!(surprisal(p), CLIP);
        }
    }

    #[test]
    fn predictive_of_no_values_is_the_prior_and_of_many_is_the_sample() {
        let prior = Prior { mean: 2.0, variance: 1.0 };
        let (m, s, nu) = predictive(0.0, 0.0, 0.0, prior);
        assert_eq!((m, nu), (2.0, 4));
        assert!((s - libm::sqrt(4.0 / 3.0)).abs() < 1e-12);
        let n = 10_000.0;
        let (m, s, nu) = predictive(n, 5.0 * n, (25.0 + 4.0) * n, prior);
        assert!((m - 5.0).abs() < 0.01 && (s - 2.0).abs() < 0.01 && nu == 24);
        // All values equal: the scale does not collapse to nothing.
        assert!(predictive(50.0, 50.0, 50.0, Prior { mean: 1.0, variance: 0.0 }).1 >= 0.01);
    }

    #[test]
    fn logarithms_are_rounded_to_1_in_256() {
        for x in [0, 1, 9, 1 << 20, u64::MAX] {
            assert!((f64::from(ln1p_fixed(x)) / 256.0 - libm::log1p(x as f64)).abs() <= 0.5 / 256.0 + 1e-9);
        }
        (0..200).for_each(|x| assert_eq!(ln1p_fixed(x), ln1p_slow(x)));
    }
}
