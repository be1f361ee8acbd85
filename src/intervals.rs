//! 95 % intervals of rates, each by the method that suits its numerator and denominator.
//!
//! | figure | method | source |
//! |---|---|---|
//! | a share of a base | Wilson's score interval | Wilson (1927), JASA 22 |
//! | a count over an exposure | exact Poisson | Garwood (1936), Biometrika 28 |
//! | a ratio of two counts | normal on the logarithm | Katz et al. (1978), Biometrics 34, for rates |
//! | a ratio of sums over customers | percentile bootstrap over customers | Efron (1979), Ann. Statist. 7 |

use std::fmt;

use rayon::prelude::*;
use statrs::function::beta::beta_reg;
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

/// The normal quantile of a two-sided 95 % interval.
pub const Z95: f64 = 1.959_963_984_540_054;

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Wilson's score interval of a share.
    Wilson,
    /// Exact interval of a Poisson count over a fixed exposure.
    Poisson,
    /// Normal interval on the logarithm of a ratio of two counts.
    LogRatio,
    /// Percentile interval of a seeded bootstrap over customers.
    Bootstrap,
}

impl Method {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::Poisson => "poisson",
            Self::LogRatio => "log-ratio",
            Self::Bootstrap => "bootstrap",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Low and high end of an interval.
pub type Interval = (f64, f64);

/// Wilson's interval of `events` out of `base`; `None` where the base is empty.
///
/// # Example
/// ```
/// let (low, high) = custval::intervals::wilson(50, 1_000).expect("a base");
/// assert!((low - 0.038_130_262_4).abs() < 1e-10 && (high - 0.065_313_820_2).abs() < 1e-10);
/// ```
pub fn wilson(events: u64, base: u64) -> Option<Interval> {
    if base == 0 || events > base {
        return None;
    }
    let (n, p) = (base as f64, events as f64 / base as f64);
    let z2 = Z95 * Z95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends the two terms are equal and only their rounding would be left.
    let low = if events == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if events == base { 1.0 } else { (centre + half).min(1.0) };
    Some((low, high))
}

/// Exact Poisson interval of `events` over an exposure; `None` where the exposure is not positive.
pub fn poisson(events: u64, exposure: f64) -> Option<Interval> {
    if exposure <= 0.0 || !exposure.is_finite() {
        return None;
    }
    let count = events as f64;
    let low = if events == 0 { 0.0 } else { gamma_quantile(count, -Z95) };
    Some((low / exposure, gamma_quantile(count + 1.0, Z95) / exposure))
}

/// Interval of the ratio of two independent counts; `None` where either is zero.
pub fn log_ratio(numerator: u64, denominator: u64) -> Option<Interval> {
    if numerator == 0 || denominator == 0 {
        return None;
    }
    let (a, b) = (numerator as f64, denominator as f64);
    let factor = (Z95 * (1.0 / a + 1.0 / b).sqrt()).exp();
    Some((a / b / factor, a / b * factor))
}

/// The quantile of a gamma distribution of the shape given (scale 1) at the normal quantile `z`,
/// one of the two ends of a 95 % interval.
fn gamma_quantile(shape: f64, z: f64) -> f64 {
    // Wilson and Hilferty (1931), then Newton; beyond a million events the start has nine digits.
    let start = shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).powi(3);
    if shape > 1e6 {
        return start;
    }
    // The start may be negative for the smallest shapes.
    let mut x = start.max(shape * 0.01);
    for _ in 0..100 {
        // From the nearer tail, so that no digits are lost.
        let excess = if z < 0.0 { gamma_lr(shape, x) - 0.025 } else { 0.025 - gamma_ur(shape, x) };
        let density = ((shape - 1.0) * x.ln() - x - ln_gamma(shape)).exp();
        let next = (x - excess / density).clamp(x / 2.0, x * 2.0);
        if (next - x).abs() <= 1e-14 * x {
            return next;
        }
        x = next;
    }
    x
}

/// How often a bootstrap draws.
pub const BOOTSTRAP_DRAWS: usize = 1_000;
/// One customer's part of the numerator and of the denominator; or that of a random block of customers, since the
/// spread of a sum over random blocks is that of the sum over their members.
pub type Part = (f64, f64);

/// Percentile interval of the ratio of two sums over customers; `None` where the denominator is not
/// positive or fewer than two customers take part.
///
/// # Definition
/// Customers are drawn with replacement 1,000 times; the interval runs from the 2.5 % to the 97.5 %
/// quantile (type 7) of the ratios. Draws whose denominator is not positive are left out.
/// # Edge cases
/// The same seed and the same parts in the same order give the same interval on any machine, for
/// any number of threads.
pub fn bootstrap_ratio(parts: &[Part], seed: u64) -> Option<Interval> {
    let total = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    if parts.len() < 2 || total.1 <= 0.0 {
        return None;
    }
    let mut ratios: Vec<f64> = (0..BOOTSTRAP_DRAWS)
        .into_par_iter()
        .filter_map(|replicate| {
            let mut draw = SplitMix64::keyed(seed, replicate as u64);
            let mut sum = (0.0, 0.0);
            for _ in 0..parts.len() {
                let part = parts[draw.below(parts.len())];
                sum = (sum.0 + part.0, sum.1 + part.1);
            }
            (sum.1 > 0.0).then(|| sum.0 / sum.1)
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    Some((quantile(&ratios, 0.025)?, quantile(&ratios, 0.975)?))
}

/// The random block among so many that a customer belongs to: always the same for a seed.
pub fn block_of(customer: u32, blocks: usize, seed: u64) -> usize {
    SplitMix64::keyed(seed, customer.into()).below(blocks)
}

/// The quantile of sorted values by linear interpolation (type 7); `None` of no values.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    Some(low + (place - below as f64) * (high - low))
}

/// The generator of Steele, Lea & Flood (2014), keyed so that every draw has a stream of its own.
struct SplitMix64(u64);

impl SplitMix64 {
    fn keyed(seed: u64, key: u64) -> Self {
        let mut of_seed = Self(seed);
        Self(of_seed.next() ^ Self(key).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A place below `bound`, by the high half of a product: the bias is below bound / 2^64.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// Probability that a chi-squared variable exceeds the statistic.
pub fn chi_squared_tail(statistic: f64, degrees: usize) -> f64 {
    if statistic <= 0.0 { 1.0 } else { gamma_ur(degrees as f64 / 2.0, statistic / 2.0) }
}

/// Two-sided probability that a standard normal variable is as far from zero as `z`.
pub fn normal_two_sided(z: f64) -> f64 {
    chi_squared_tail(z * z, 1)
}

/// Probability of at least so many successes in independent trials, each with the chance given.
///
/// # Definition
/// `I_p(k, n - k + 1)`, the regularised incomplete beta function (DLMF 8.17.5).
pub fn binomial_tail(at_least: u64, trials: u64, chance: f64) -> f64 {
    match at_least {
        0 => 1.0,
        some if some > trials => 0.0,
        some => beta_reg(some as f64, (trials - some + 1) as f64, chance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_a_fair_coin_are_the_counts_of_its_throws() {
        // Of 1024 throws of ten coins 1 has ten heads, 10 have nine, 45 have eight.
        for (heads, throws) in [(0, 1024.0), (8, 56.0), (9, 11.0), (10, 1.0), (11, 0.0)] {
            let found = binomial_tail(heads, 10, 0.5) - throws / 1024.0;
            assert!(found.abs() < 1e-12, "{heads}: {found}");
        }
        assert!(binomial_tail(900_000, 1_000_000, 0.5) < 1e-300);
    }

    /// Digits to which the figures are printed in their source.
    const PRINTED: f64 = 5e-11;

    #[track_caller]
    fn close(found: Option<Interval>, low: f64, high: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found.0 - low).abs() < tolerance && (found.1 - high).abs() < tolerance, "{found:?}");
    }

    #[test]
    fn intervals_are_the_figures_of_the_specification() {
        close(wilson(50, 1_000), 0.038_130_262_39, 0.065_313_820_24, PRINTED);
        close(poisson(50, 1_015.0), 0.036_562_53, 0.064_944_60, 5e-9);
        close(log_ratio(50, 80), 0.438_96, 0.889_88, 5e-6);
    }

    /// scipy 1.17, `gammaincinv` and `gammainccinv`.
    #[test]
    fn poisson_interval_is_exact_from_none_to_millions() {
        for (events, low, high) in [
            (0, 0.0, 3.6888794541139363),
            (1, 0.025317807984289876, 5.571643390938898),
            (2, 0.24220927854396496, 7.224687667723961),
            (5, 1.6234863901184207, 11.66833207932267),
            (50, 37.110963737461866, 65.91876666433681),
            (1000, 938.9730184076952, 1063.952136016302),
            (100000, 99381.15266374472, 100621.74473974388),
            (5000000, 4995618.334526948, 5004384.560217167),
        ] {
            let (found_low, found_high) = poisson(events, 1.0).unwrap();
            assert!((found_low - low).abs() <= 2e-9 * low, "{events}: {found_low} for {low}");
            assert!((found_high - high).abs() <= 2e-9 * high, "{events}: {found_high} for {high}");
        }
    }

    #[test]
    fn no_base_has_no_interval_and_all_or_none_touch_the_ends() {
        assert_eq!((wilson(0, 0), poisson(3, 0.0), log_ratio(0, 5), log_ratio(5, 0)), (None, None, None, None));
        assert_eq!(wilson(0, 10).unwrap().0, 0.0);
        assert_eq!(wilson(10, 10).unwrap().1, 1.0);
        assert_eq!(bootstrap_ratio(&[(1.0, 2.0)], 1), None);
        assert_eq!(bootstrap_ratio(&[(1.0, 0.0), (1.0, 0.0)], 1), None);
    }

    /// A share is a ratio of sums, and its bootstrap interval nears Wilson's.
    #[test]
    fn bootstrap_of_a_share_nears_wilson_by_customer_and_by_block() {
        for (base, events) in [(3_000_u32, 300_u32), (40_000, 4_000)] {
            let mut parts: Vec<Part> = vec![(0.0, 0.0); 3_000];
            for customer in 0..base {
                let block = if base == 3_000 { customer as usize } else { block_of(customer, 3_000, 1) };
                parts[block].0 += f64::from(u8::from(customer < events));
                parts[block].1 += 1.0;
            }
            let (low, high) = bootstrap_ratio(&parts, 7).unwrap();
            let (wilson_low, wilson_high) = wilson(events.into(), base.into()).unwrap();
            let width = wilson_high - wilson_low;
            assert!((low - wilson_low).abs() < 0.1 * width && (high - wilson_high).abs() < 0.1 * width);
        }
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
