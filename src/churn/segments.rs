//! Do segments really differ, or only in how long their customers have been there?
//!
//! # Definition
//! Customers at risk and lost, by stratum (a band of tenure) and segment. With `a` of `n1` lost in the one segment and
//! `c` of `n2` in the other, `b = n1 - a`, `d = n2 - c`, `n = n1 + n2`:
//!
//! ```text
//! crude odds ratio     sum a sum d / (sum b sum c)
//! Mantel-Haenszel      sum (a d / n) / sum (b c / n) over strata, interval after Robins, Breslow & Greenland
//! standardised rate    sum over strata of (share of all customers in the stratum) x (segment's rate in it)
//! ```

use crate::intervals::{Interval, Z95};

/// Customers at risk and lost of one segment in one stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtRisk {
    /// Customers at risk.
    pub base: u64,
    /// Of them, lost.
    pub lost: u64,
}

impl AtRisk {
    fn rate(self) -> Option<f64> {
        (self.base > 0).then(|| self.lost as f64 / self.base as f64)
    }

    fn stayed(self) -> f64 {
        (self.base - self.lost) as f64
    }
}

/// How two segments compare, crude and within strata.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentComparison {
    /// Crude rates of the one and the other; `None` where nobody was at risk.
    pub crude: [Option<f64>; 2],
    /// Rates standardised to all customers of both; `None` where a stratum of the one has nobody of the other.
    pub standardised: [Option<f64>; 2],
    /// Odds ratio of the other over the one, all strata together; `None` where it would be a division by zero.
    pub crude_odds_ratio: Option<f64>,
    /// The same within each stratum.
    pub stratum_odds_ratios: Vec<Option<f64>>,
    /// The Mantel-Haenszel odds ratio with its interval; `None` where no stratum tells.
    pub mantel_haenszel: Option<(f64, Option<Interval>)>,
    /// Whether the crude figure and the one within strata lie on different sides of equality.
    pub signs_disagree: bool,
}

/// Compares two segments, stratum by stratum.
///
/// # Example
/// ```
/// use custval::churn::{AtRisk, compare_segments};
/// let one = [AtRisk { base: 900, lost: 180 }, AtRisk { base: 100, lost: 10 }];
/// let other = [AtRisk { base: 100, lost: 25 }, AtRisk { base: 900, lost: 99 }];
/// let comparison = compare_segments(&one, &other);
/// // Crude, the second segment looks better; at the same tenure it is worse.
/// assert!(comparison.crude_odds_ratio < Some(1.0) && comparison.mantel_haenszel.unwrap().0 > 1.0);
/// assert!(comparison.signs_disagree);
/// ```
pub fn compare_segments(one: &[AtRisk], other: &[AtRisk]) -> SegmentComparison {
    let strata: Vec<(AtRisk, AtRisk)> = one.iter().copied().zip(other.iter().copied()).collect();
    let total = |cells: &[AtRisk]| {
        cells
            .iter()
            .fold(AtRisk::default(), |sum, cell| AtRisk { base: sum.base + cell.base, lost: sum.lost + cell.lost })
    };
    let (all_one, all_other) = (total(one), total(other));
    let crude = [all_one.rate(), all_other.rate()];
    let customers = (all_one.base + all_other.base) as f64;
    let standardised = [0, 1].map(|side| {
        strata.iter().filter(|(one, other)| one.base + other.base > 0).try_fold(0.0, |sum, (one, other)| {
            let weight = (one.base + other.base) as f64 / customers;
            [one, other][side].rate().map(|rate| sum + weight * rate)
        })
    });
    let standardised = if customers > 0.0 { standardised } else { [None, None] };
    let mantel_haenszel = mantel_haenszel(&strata);
    let crude_odds_ratio = odds_ratio(all_one, all_other);
    // The difference of rates has a sign even where an odds ratio is undefined.
    let sign = |rates: [Option<f64>; 2]| rates[0].zip(rates[1]).map(|(one, other)| (other - one).total_cmp(&0.0));
    let within = sign(standardised).or(mantel_haenszel.map(|(ratio, _)| ratio.total_cmp(&1.0)));
    let opposite = |a: std::cmp::Ordering, b: std::cmp::Ordering| a.is_ne() && a == b.reverse();
    let by_odds = crude_odds_ratio
        .zip(mantel_haenszel)
        .is_some_and(|(crude, (within, _))| opposite(crude.total_cmp(&1.0), within.total_cmp(&1.0)));
    SegmentComparison {
        crude,
        standardised,
        crude_odds_ratio,
        stratum_odds_ratios: strata.iter().map(|(one, other)| odds_ratio(*one, *other)).collect(),
        mantel_haenszel,
        signs_disagree: by_odds || sign(crude).zip(within).is_some_and(|(crude, within)| opposite(crude, within)),
    }
}

fn odds_ratio(one: AtRisk, other: AtRisk) -> Option<f64> {
    let (up, down) = (other.lost as f64 * one.stayed(), other.stayed() * one.lost as f64);
    (down > 0.0).then(|| up / down)
}

fn mantel_haenszel(strata: &[(AtRisk, AtRisk)]) -> Option<(f64, Option<Interval>)> {
    let (mut r, mut s, mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (one, other) in strata.iter().filter(|(one, other)| one.base > 0 && other.base > 0) {
        let n = (one.base + other.base) as f64;
        let (a, b) = (other.lost as f64, other.stayed());
        let (c, d) = (one.lost as f64, one.stayed());
        let (ri, si, p, q) = (a * d / n, b * c / n, (a + d) / n, (b + c) / n);
        r += ri;
        s += si;
        pr += p * ri;
        ps_qr += p * si + q * ri;
        qs += q * si;
    }
    if s <= 0.0 {
        return None;
    }
    let ratio = r / s;
    let interval = (r > 0.0).then(|| {
        let variance: f64 = pr / (2.0 * r * r) + ps_qr / (2.0 * r * s) + qs / (2.0 * s * s);
        let factor = (Z95 * variance.sqrt()).exp();
        (ratio / factor, ratio * factor)
    });
    Some((ratio, interval))
}
