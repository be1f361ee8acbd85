//! Does this period differ from the last beyond chance?

use statrs::function::gamma::ln_gamma;

use super::AtRisk;
use crate::intervals::{Interval, chi_squared_tail, wilson};

/// How a test was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Fisher's exact test: where any expected count is below five.
    Fisher,
    /// Pearson's chi-squared test with one degree of freedom.
    ChiSquared,
}

impl Test {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fisher => "fisher",
            Self::ChiSquared => "chi-squared",
        }
    }
}

/// The change of a rate between two periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    /// Later rate less earlier rate.
    pub difference: f64,
    /// Its 95 % interval, from Wilson's intervals of both (Newcombe 1998, method 10).
    pub interval: Interval,
    /// Probability of a difference as large if the rate were the same.
    pub p_value: f64,
    /// How that probability was found.
    pub test: Test,
}

/// Tests the later rate against the earlier one; `None` where either has nobody at risk.
///
/// # Definition
/// Who stays is in both bases, but is at risk anew in each period, so the two counts are taken as independent
/// given who was at risk.
pub fn rate_change(earlier: AtRisk, later: AtRisk) -> Option<RateChange> {
    let (low_1, high_1) = wilson(later.lost, later.base)?;
    let (low_2, high_2) = wilson(earlier.lost, earlier.base)?;
    let (p1, p2) = (later.lost as f64 / later.base as f64, earlier.lost as f64 / earlier.base as f64);
    let difference = p1 - p2;
    let interval = (
        difference - ((p1 - low_1).powi(2) + (high_2 - p2).powi(2)).sqrt(),
        difference + ((high_1 - p1).powi(2) + (p2 - low_2).powi(2)).sqrt(),
    );
    let bases = [earlier.base as f64, later.base as f64];
    let (lost, all) = ((earlier.lost + later.lost) as f64, bases[0] + bases[1]);
    let least = bases[0].min(bases[1]) * lost.min(all - lost) / all;
    let (p_value, test) = if least < 5.0 {
        (fisher(earlier, later), Test::Fisher)
    } else {
        let spread = lost / all * (1.0 - lost / all) * (1.0 / bases[0] + 1.0 / bases[1]);
        (chi_squared_tail(difference * difference / spread, 1), Test::ChiSquared)
    };
    Some(RateChange { difference, interval, p_value, test })
}

/// Two-sided exact probability: of all tables with these margins, those no likelier than the one found.
fn fisher(one: AtRisk, other: AtRisk) -> f64 {
    let (lost, all) = (one.lost + other.lost, one.base + other.base);
    let ln_choose =
        |n: u64, k: u64| ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0);
    let whole = ln_choose(all, lost);
    let ln_probability = |k: u64| ln_choose(one.base, k) + ln_choose(other.base, lost - k) - whole;
    let found = ln_probability(one.lost);
    // Tables as likely as the one found may differ from it by rounding.
    let tied = found + 1e-7;
    let (least, most) = (lost.saturating_sub(other.base), lost.min(one.base));
    (least..=most).map(ln_probability).filter(|ln| *ln <= tied).fold(0.0, |sum, ln| sum + ln.exp()).min(1.0)
}
