//! BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers the easy way".
//!
//! While active a customer buys at a Poisson rate λ and drops out with probability p after each repeat purchase;
//! λ ~ Gamma(r, α) and p ~ Beta(a, b) over customers.
//!
//! ```text
//! L = Γ(r+x)/Γ(r) B(a, b+x)/B(a, b) ( (α/(α+T))^r (α+T)^-x + [x > 0] a/(b+x-1) (α/(α+t_x))^r (α+t_x)^-x )
//! ```
//!
//! Given alive at T, λ ~ Gamma(r+x, α+T) and p ~ Beta(a, b+x), independent, and purchases at u later come at the rate
//! E[λ e^(-λ p u)]. So, given alive,
//!
//! ```text
//! expected in t       E_p[ (1 - ((α+T)/(α+T+p t))^(r+x)) / p ]
//! DERT                E[ λ / (λ p + δ) ],   DET = E[ 1 / (λ p + δ) ]
//! the same to t       ∫₀^t e^(-δ u) E_p[ (r+x)/(α+T) (1 + p u/(α+T))^-(r+x+1) ] du, and with exponent r+x for DET
//! ```
//!
//! The published closed forms in ₂F₁ divide by a - 1 and by a + b + x - 1; these means of positive functions
//! have no such points. One half of DERT is closed: E_p[1/(λp+δ)] = ₂F₁(1, b+x; a+b+x; λ/(λ+δ)) / (λ+δ).

use super::family::{Alive, Family, Future};
use crate::numerics::expectation::{beta_mean, gamma_mean, gauss_legendre};
use crate::numerics::gamma::ln_gamma_ratio;
use crate::numerics::hypergeometric::ln_one_f_one;
use crate::numerics::lifetime::relative_exp_m1;
use crate::numerics::number::{Number, constant};

/// The family of BG/NBD models; parameters are `r, alpha, a, b`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BgNbd;

impl Family for BgNbd {
    fn ln_common<D: Number>(&[r, _, a, b]: &[D; 4], frequency: f64) -> D {
        let x = constant(frequency);
        ln_gamma_ratio(r, x) + ln_gamma_ratio(b, x) - ln_gamma_ratio(a + b, x)
    }

    fn alive<D: Number>(&[r, alpha, ..]: &[D; 4], frequency: f64, age: f64) -> Alive<D> {
        Alive { ln: ln_purchases(r, alpha, frequency, age), overlap: constant(0.0) }
    }

    fn ln_dropped<D: Number>(&[r, alpha, a, b]: &[D; 4], frequency: f64, recency: f64) -> Option<D> {
        // Dropping out takes a repeat purchase.
        (frequency > 0.0).then(|| (a / (b + (frequency - 1.0))).ln() + ln_purchases(r, alpha, frequency, recency))
    }

    fn expectation(&[r, alpha, a, b]: &[f64; 4], time: f64) -> f64 {
        let [expected] = beta_mean(a, b, |p| [expected_given(r, alpha, p, time)]);
        expected
    }

    fn future(&[r, alpha, a, b]: &[f64; 4], frequency: f64, age: f64, horizon: f64, delta: f64) -> Future {
        let (shape, rate, b) = (r + frequency, alpha + age, b + frequency);
        let [expected, dert_horizon, det_horizon] = beta_mean(a, b, |p| {
            let [purchases, time] = discounted_given(shape, rate, p, delta, horizon);
            [expected_given(shape, rate, p, horizon), purchases, time]
        });
        let (dert, det) = if delta > 0.0 {
            let [dert, det] = gamma_mean(shape, rate, |lambda| {
                let total = lambda + delta;
                let time = ln_one_f_one(b, a, delta / total).exp() / total;
                [lambda * time, time]
            });
            (Some(dert), Some(det))
        } else {
            // E[1/p] is finite for a > 1 and E[1/λ] for r + x > 1.
            let mean_purchases = (a > 1.0).then(|| (a + b - 1.0) / (a - 1.0));
            let mean_gap = (shape > 1.0).then(|| rate / (shape - 1.0));
            (mean_purchases, mean_purchases.zip(mean_gap).map(|(purchases, gap)| purchases * gap))
        };
        Future { expected, dert_horizon, det_horizon, dert, det }
    }
}

fn ln_purchases<D: Number>(r: D, alpha: D, frequency: f64, time: f64) -> D {
    -(r * (alpha.recip() * time).ln_1p() + (alpha + time).ln() * frequency)
}

/// Expected purchases within a time of one who drops out with probability `p` after each.
fn expected_given(shape: f64, rate: f64, p: f64, time: f64) -> f64 {
    let ln = (p * time / rate).ln_1p();
    // ln(1 + p t / rate) / p, where p may be too small to divide by.
    let scaled = if ln > 0.0 { ln / p } else { time / rate };
    shape * scaled * relative_exp_m1(-shape * ln)
}

/// Discounted purchases and discounted active time within a time of one who drops out with probability `p`.
fn discounted_given(shape: f64, rate: f64, p: f64, delta: f64, time: f64) -> [f64; 2] {
    let slope = p / rate;
    let (mut purchases, mut active) = (0.0, 0.0);
    let mut from = 0.0;
    loop {
        let growth = 1.0 + slope * from;
        // Panels on which the integrand falls by less than e^6 and its singularity stays away.
        let width = (6.0 / (delta + shape * slope / growth)).min(1.5 * growth / slope).min(time - from);
        let (mut panel_purchases, mut panel) = (0.0, 0.0);
        for &(point, weight) in gauss_legendre() {
            let u = from + width * point;
            let density = weight * width * (-delta * u - shape * (slope * u).ln_1p()).exp();
            panel += density;
            panel_purchases += density / (1.0 + slope * u);
        }
        active += panel;
        purchases += panel_purchases;
        // Both integrands fall, and so do the panels.
        if width >= time - from || panel <= 1e-18 * active {
            break;
        }
        from += width;
    }
    [shape / rate * purchases, active]
}
