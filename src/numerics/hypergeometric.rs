//! Gauss's hypergeometric function with a first parameter of one, in logarithms.
//!
//! Euler's transform turns every ₂F₁ of the Pareto/NBD likelihood into this one, so no other is needed:
//!
//! ```text
//! ₂F₁(c - 1, c - b; c; z) = (1 - z)^(b + 1 - c) ₂F₁(1, b; c; z)      DLMF 15.8.1
//! ```

use super::expectation::gauss_legendre;
use super::number::Number;

/// Where `1 - z` is smaller the continued fraction would need too many terms, and the integral takes over.
const NEAR_ONE: f64 = 5e-4;

/// Where `1 - z` is larger the series is cheaper than the continued fraction.
const FAR_FROM_ONE: f64 = 0.75;

/// Where both parts of a ratio are scaled up, long before they vanish.
const TINY: f64 = 1e-60;

/// `ln ₂F₁(1, b; b + d; 1 - rest)` for one `b ≥ 0` and `d > 0`, and any `0 < rest ≤ 1`.
///
/// # Definition
/// For z = 1 - rest below a quarter the series; else Gauss's continued fraction (DLMF 15.7.5), evaluated from its tail
/// with a number of terms known beforehand: its error shrinks by `(1 - √rest) / (1 + √rest)` a term. All of its
/// terms keep their sign, so nothing cancels. Near z = 1 one step of the series and Euler's integral (DLMF 15.6.1) in
/// `v = -ln(1 - t)`:
///
/// ```text
/// ₂F₁(1, b; b + d; z) = 1 + b z ∫₀^∞ e^((1 - d) v) (1 + rest (e^v - 1))^(-b - 1) dv
/// ```
///
/// The coefficients of series and fraction are made once for all values of `rest`, as far as one asks for them; what it gives
/// does not depend on what it was asked before.
#[derive(Debug)]
pub struct LnOneFOne<D> {
    b: D,
    d: D,
    /// `(b)_n / (c)_n` for n = 0, 1, …
    series: Vec<D>,
    /// The coefficients of the fraction in pairs: odd and even.
    fraction: Vec<[D; 2]>,
}

impl<D: Number> LnOneFOne<D> {
    /// For one `b` and `d`.
    pub fn new(b: D, d: D) -> Self {
        Self { b, d, series: Vec::new(), fraction: Vec::new() }
    }

    /// The logarithm at `1 - rest`.
    pub fn at(&mut self, rest: D) -> D {
        match rest.re() {
            rest_value if rest_value < NEAR_ONE => ln_integral(self.b, self.d, rest),
            rest_value if rest_value < FAR_FROM_ONE => self.continued_fraction(rest).ln(),
            _ => self.series(rest).ln(),
        }
    }

    /// The series from its tail; all terms are positive.
    fn series(&mut self, rest: D) -> D {
        let (c, z) = (self.b + self.d, -rest + 1.0);
        // Derivatives in z converge like the series times the number of terms, hence the spare ones.
        let last = if z.re() > 0.0 { (-40.0 / z.re().ln()).ceil() as usize + 4 } else { 4 };
        for n in self.series.len()..=last {
            self.series.push(match self.series.last() {
                None => D::constant(1.0),
                Some(before) => *before * ((self.b + (n - 1) as f64) / (c + (n - 1) as f64)),
            });
        }
        let mut tail = self.series[last];
        for coefficient in self.series[..last].iter().rev() {
            tail = tail * z + *coefficient;
        }
        tail
    }

    fn continued_fraction(&mut self, rest: D) -> D {
        let root = rest.re().sqrt();
        // Derivatives converge at the same rate times the number of terms, hence the spare ones.
        let pairs = (20.0 / ((1.0 + root) / (1.0 - root)).ln()).ceil() as usize + 3;
        for k in self.fraction.len() + 1..=pairs {
            self.fraction.push(self.pair(k as f64));
        }
        let z = -rest + 1.0;
        // The tail as a ratio, so that only the coefficients are divided.
        let (mut above, mut below) = (D::constant(1.0), D::constant(1.0));
        for [odd, even] in self.fraction[..pairs].iter().rev() {
            let next = above - *odd * (z * below);
            above = next - *even * (z * above);
            below = next;
            if above.re() < TINY {
                let scale = above.re().recip();
                above = above * scale;
                below = below * scale;
            }
        }
        below / above
    }

    /// The k-th coefficients of the fraction, from k = 1.
    fn pair(&self, k: f64) -> [D; 2] {
        let Self { b, d, .. } = *self;
        let c = b + d;
        let twice = c + 2.0 * k;
        let odd = (d + (k - 1.0)) * k / ((twice - 2.0) * (twice - 1.0));
        // The first has a factor c - 1 above and below.
        let even = if k == 1.0 { b / c } else { (b + (k - 1.0)) * (c + (k - 2.0)) / ((twice - 3.0) * (twice - 2.0)) };
        [odd, even]
    }
}

fn ln_integral<D: Number>(b: D, d: D, rest: D) -> D {
    // A slope of 1 - d up to the knee, then of -b - d.
    let ln_integrand = |v: f64| (-d + 1.0) * v - (b + 1.0) * (rest * v.exp_m1()).ln_1p();
    let knee = -rest.re().ln();
    // Past this point only the exponential is left, and the rest of the integral is closed.
    let end = knee + 40.0;
    let slope = (d - 1.0).re().abs();
    let reference = ln_integrand(0.0).re().max(ln_integrand(knee).re());
    let mut sum = D::constant(0.0);
    let mut tail = (ln_integrand(end) - reference).exp() / (b + d);
    let mut from = 0.0;
    while from < end {
        let smooth = if from > knee - 8.0 { 1.0 } else { 2.0 };
        let width = (8.0 / slope).min(smooth).min(end - from);
        let mut panel = D::constant(0.0);
        for (point, weight) in gauss_legendre() {
            panel += (ln_integrand(from + width * point) - reference).exp() * (weight * width);
        }
        sum += panel;
        from += width;
        if panel.re() < 1e-19 * sum.re() {
            tail = D::constant(0.0);
            break;
        }
    }
    // ln(1 + b z I) with I = e^reference (sum + tail), which may be beyond the largest number.
    let ln_term = (sum + tail).ln() + reference + (b * (-rest + 1.0)).ln();
    if ln_term.re() > 0.0 { ln_term + (-ln_term).exp().ln_1p() } else { ln_term.exp().ln_1p() }
}
