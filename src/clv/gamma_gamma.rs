//! Gamma-gamma spend: Fader & Hardie (2013), "The gamma-gamma model of monetary value".
//!
//! A customer's purchases are Gamma(p, ν) and ν ~ Gamma(q, γ) over customers, independent of how often he buys.
//!
//! ```text
//! L(x, z) = Γ(px+q) / (Γ(px) Γ(q)) γ^q z^(px-1) x^(px) / (γ + x z)^(px+q)
//! E[spend | x, z] = p (γ + x z) / (p x + q - 1),   p γ / (q - 1) without a repeat purchase
//! ```

use super::fit::{REACH, Warning, natural_covariance, warnings_of};
use crate::numerics::fold::ordered_sum;
use crate::numerics::gamma::{ln_gamma, ln_gamma_ratio};
use crate::numerics::maximise::{FEW, Objective, maximise, maximise_from_few, thinned};
use crate::numerics::number::Number;
use crate::{Error, Result};

/// The name used in model files.
pub const SPEND_MODEL: &str = "gamma-gamma";

/// The parameters, in their order.
pub const SPEND_PARAMETERS: [&str; 3] = ["p", "q", "gamma"];

/// Beyond this correlation spend is not independent of frequency for practical purposes.
const CORRELATION_LIMIT: f64 = 0.3;

/// The parameters of the gamma-gamma model, all positive; `gamma` in units of the currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendParameters {
    values: [f64; 3],
}

impl SpendParameters {
    /// The parameters `p, q, gamma`.
    ///
    /// # Errors
    /// `Domain` where one is not positive and finite.
    pub fn new(values: [f64; 3]) -> Result<Self> {
        for (name, value) in SPEND_PARAMETERS.into_iter().zip(values) {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::domain(format!("`{name}` of {SPEND_MODEL} is `{value}`, and must be above zero")));
            }
        }
        Ok(Self { values })
    }

    /// The values `p, q, gamma`.
    pub fn values(&self) -> [f64; 3] {
        self.values
    }

    /// Mean spend expected of one future purchase; `None` where it is infinite.
    ///
    /// # Edge cases
    /// Without a repeat purchase it is the mean over customers, finite only for q > 1. A monetary value below zero
    /// (refunds) counts as zero, since spend cannot be negative.
    pub fn expected_spend(&self, frequency: f64, monetary_value: f64) -> Option<f64> {
        let [p, q, gamma] = self.values;
        let degrees = p * frequency + q - 1.0;
        let evidence = if frequency > 0.0 { frequency * monetary_value.max(0.0) } else { 0.0 };
        (degrees > 0.0).then(|| p * (gamma + evidence) / degrees).filter(|spend| spend.is_finite())
    }
}

/// A fitted spend model.
#[derive(Debug, Clone, PartialEq)]
pub struct SpendFit {
    /// The parameters.
    pub parameters: SpendParameters,
    /// Standard errors of `p, q, gamma`; `None` where the curvature does not give them.
    pub standard_errors: Option<[f64; 3]>,
    /// Covariance of `p, q, gamma`.
    pub covariance: Option<[[f64; 3]; 3]>,
    /// The log-likelihood at its maximum.
    pub log_likelihood: f64,
    /// Whether the gradient vanishes.
    pub converged: bool,
    /// Whether the data tell the parameters apart.
    pub identified: bool,
    /// Norm of the gradient in log-parameters.
    pub gradient_norm: f64,
    /// Repeat buyers with a positive monetary value: those the fit used.
    pub customers: usize,
    /// Repeat buyers left out, as their monetary value is zero, negative or missing.
    pub left_out: usize,
    /// Correlation of frequency and monetary value over the customers used; `None` where one of them does not vary.
    pub correlation: Option<f64>,
    /// What its user should know.
    pub warnings: Vec<Warning>,
}

/// The spend model fitted to repeat buyers with a positive monetary value; `None` where there are none.
///
/// # Definition
/// Maximum likelihood over log-parameters, as [`fit`](super::fit) has it: from three deterministic starts, and where spenders
/// are many from the best end of those on every n-th of them.
/// # Errors
/// `LengthMismatch` where the slices differ in length.
pub fn fit_spend(frequency: &[f64], monetary_value: &[Option<f64>]) -> Result<Option<SpendFit>> {
    if monetary_value.len() != frequency.len() {
        return Err(Error::length_mismatch("monetary_value", frequency.len(), monetary_value.len()));
    }
    let repeat_buyers = frequency.iter().filter(|frequency| **frequency > 0.0).count();
    let mut spends: Vec<(f64, f64)> = frequency
        .iter()
        .zip(monetary_value)
        .filter_map(|(&frequency, value)| value.map(|value| (frequency, value)))
        .filter(|&(frequency, value)| frequency > 0.0 && value > 0.0 && value.is_finite())
        .collect();
    if spends.is_empty() {
        return Ok(None);
    }
    // Sums are taken in this order, whatever that of the table.
    spends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let objective = SpendLikelihood::new(&spends);
    let customers = spends.len();
    let mean = spends.iter().map(|(_, value)| value).sum::<f64>() / customers as f64;
    // Each has p γ / (q - 1) at the mean observed.
    let starts =
        [[1.0, 3.0, 2.0], [6.0, 4.0, 0.5], [0.5, 1.5, 1.0]].map(|[p, q, gamma]| [p, q, gamma * mean].map(f64::ln));
    let bounds = [0.0, 0.0, mean.ln()].map(|centre| (centre - REACH, centre + REACH));
    let few = FEW.into_iter().filter_map(|kept| thinned(spends.len(), kept)).map(|few| {
        let few: Vec<(f64, f64)> = few.map(|customer| spends[customer]).collect();
        maximise(&SpendLikelihood::new(&few), &starts, &bounds)
    });
    let maximum = maximise_from_few(few, &objective, &starts, &bounds);

    let values = maximum.at.map(f64::exp);
    let correlation = correlation(&spends);
    let mut warnings = Vec::new();
    if customers == 1 {
        warnings.push(Warning::SingleCustomer);
    }
    warnings.extend(warnings_of(&maximum, SPEND_PARAMETERS));
    if let Some(correlation) = correlation.filter(|correlation| *correlation > CORRELATION_LIMIT) {
        warnings.push(Warning::SpendDependsOnFrequency { correlation });
    }
    if values[1] <= 1.0 {
        warnings.push(Warning::InfiniteMeanSpend { q: values[1] });
    }
    let covariance = natural_covariance(&maximum);
    Ok(Some(SpendFit {
        parameters: SpendParameters::new(values).expect("the bounds keep the parameters positive and finite"),
        standard_errors: covariance.map(|covariance| std::array::from_fn(|i| covariance[i][i].sqrt())),
        covariance,
        log_likelihood: maximum.value,
        converged: maximum.gradient_vanishes(),
        identified: maximum.is_definite(),
        gradient_norm: maximum.gradient_norm,
        customers,
        left_out: repeat_buyers - customers,
        correlation,
        warnings,
    }))
}

/// Pearson's correlation; `None` where one of the two does not vary.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| pairs.iter().map(value).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let scale = (xx * yy).sqrt();
    (scale > 0.0 && scale.is_finite()).then(|| (xy / scale).clamp(-1.0, 1.0))
}

/// The log-likelihood of spends sorted by frequency.
struct SpendLikelihood<'a> {
    spends: &'a [(f64, f64)],
    /// Distinct x, the customers who have it, and the sum of the logarithms of their z.
    groups: Vec<(f64, f64, f64)>,
}

impl<'a> SpendLikelihood<'a> {
    fn new(spends: &'a [(f64, f64)]) -> Self {
        let groups = spends
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| (group[0].0, group.len() as f64, group.iter().map(|(_, z)| z.ln()).sum()))
            .collect();
        Self { spends, groups }
    }
}

impl Objective<3> for SpendLikelihood<'_> {
    fn value<D: Number>(&self, at: &[D; 3]) -> D {
        let [p, q, gamma] = at.map(|ln| ln.exp());
        let grouped = ordered_sum(self.groups.len(), D::constant(0.0), |i| {
            let (x, customers, ln_values) = self.groups[i];
            let shape = p * x;
            let each = ln_gamma_ratio(q, shape) - ln_gamma(shape) + shape * (gamma.recip() * x).ln();
            each * customers + (shape - 1.0) * ln_values
        });
        // γ^q / (γ + x z)^(px+q), apart from γ^-px above, stays exact where q and γ are both large.
        let inverse = gamma.recip();
        let single = ordered_sum(self.spends.len(), D::constant(0.0), |i| {
            let (x, value) = self.spends[i];
            -(p * x + q) * (inverse * (x * value)).ln_1p()
        });
        grouped + single
    }
}
