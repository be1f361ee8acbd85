//! Gauss's hypergeometric function with a first parameter of one, in logarithms.
//!
//! Euler's transform turns every ₂F₁ of the Pareto/NBD likelihood into this one, so no other is needed:
//!
//! ```text
//! ₂F₁(c - 1, c - b; c; z) = (1 - z)^(b + 1 - c) ₂F₁(1, b; c; z)      DLMF 15.8.1
//! ```

use super::expectation::gauss_legendre;
use super::number::{Number, constant};

/// Where `1 - z` is smaller the continued fraction would need too many terms, and the integral takes over.
const NEAR_ONE: f64 = 5e-4;

/// `ln ₂F₁(1, b; c; z)` for `b ≥ 0`, `c > b` and `0 ≤ z < 1`.
///
/// `rest` is `1 - z`, given apart because the caller knows it without cancellation.
///
/// # Definition
/// Gauss's continued fraction (DLMF 15.7.5), evaluated from its tail with a number of terms known
/// beforehand: its error shrinks by `((1 - √(1-z)) / (1 + √(1-z)))` a term. All of its terms keep their
/// sign, so nothing cancels. Near z = 1 one step of the series and Euler's integral (DLMF 15.6.1) in
/// `v = -ln(1 - t)`:
///
/// ```text
/// ₂F₁(1, b; c; z) = 1 + b z ∫₀^∞ e^(-c v) (1 - z + z e^-v)^(-b - 1) dv
/// ```
pub fn ln_one_f_one<D: Number>(b: D, c: D, z: D, rest: D) -> D {
    if rest.re() >= NEAR_ONE { continued_fraction(b, c, z, rest).ln() } else { ln_integral(b, c, z, rest) }
}

fn continued_fraction<D: Number>(b: D, c: D, z: D, rest: D) -> D {
    let root = rest.re().sqrt();
    // Derivatives converge at the same rate times the number of terms, hence the spare ones.
    let pairs = (22.0 / ((1.0 + root) / (1.0 - root)).ln()).ceil() + 4.0;
    let mut k = pairs;
    let mut tail = constant::<D>(1.0);
    while k >= 1.0 {
        let twice = c + 2.0 * k;
        let odd = (c - b + (k - 1.0)) * k / ((twice - 2.0) * (twice - 1.0));
        tail = -(odd * z) / tail + 1.0;
        // The first has a factor c - 1 above and below.
        let even = if k == 1.0 { b / c } else { (b + (k - 1.0)) * (c + (k - 2.0)) / ((twice - 3.0) * (twice - 2.0)) };
        tail = -(even * z) / tail + 1.0;
        k -= 1.0;
    }
    tail.recip()
}

fn ln_integral<D: Number>(b: D, c: D, z: D, rest: D) -> D {
    // A slope of 1 + b - c up to the knee at v = -ln(1 - z), then of -c.
    let ln_integrand = |v: f64| -c * v - (b + 1.0) * (rest + z * (-v).exp()).ln();
    let knee = -rest.re().ln();
    // Past this point 1 - z + z e^-v is 1 - z to the last digit, and the rest of the integral is closed.
    let end = knee + 40.0;
    let slope = (c - b - 1.0).re().abs();
    let reference = ln_integrand(0.0).re().max(ln_integrand(knee).re());
    let mut sum = constant::<D>(0.0);
    let mut from = 0.0;
    let mut tail = (ln_integrand(end) - reference).exp() / c;
    while from < end {
        let smooth = if from > knee - 8.0 { 1.0 } else { 2.0 };
        let width = (8.0 / slope).min(smooth).min(end - from);
        let mut panel = constant::<D>(0.0);
        for (point, weight) in gauss_legendre() {
            panel += (ln_integrand(from + width * point) - reference).exp() * (weight * width);
        }
        sum += panel;
        from += width;
        if panel.re() < 1e-19 * sum.re() {
            tail = constant(0.0);
            break;
        }
    }
    // ln(1 + b z I) with I = e^reference (sum + tail), which may be beyond the largest number.
    let ln_term = (sum + tail).ln() + reference + (b * z).ln();
    if ln_term.re() > 0.0 { ln_term + (-ln_term).exp().ln_1p() } else { ln_term.exp().ln_1p() }
}
