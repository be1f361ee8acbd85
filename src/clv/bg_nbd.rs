//! BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers the easy way".
//!
//! While active a customer buys at a Poisson rate λ and drops out with probability p after each repeat purchase;
//! λ ~ Gamma(r, α) and p ~ Beta(a, b) over customers.
//!
//! ```text
//! L = Γ(r+x)/Γ(r) B(a, b+x)/B(a, b) ( (α/(α+T))^r (α+T)^-x + [x > 0] a/(b+x-1) (α/(α+t_x))^r (α+t_x)^-x )
//! ```
//!
//! Given alive at T, λ ~ Gamma(r+x, α+T) and p ~ Beta(a, b+x), independent, and the customer drops out at the rate
//! μ = λ p, so that
//!
//! ```text
//! expected in t       E[ λ (1 - e^(-μ t)) / μ ]
//! DERT                E[ λ / (μ + δ) ],   DET = E[ 1 / (μ + δ) ]
//! the same to t       E[ λ (1 - e^(-(μ+δ) t)) / (μ + δ) ], and without λ for DET
//! ```
//!
//! The published closed forms in ₂F₁ divide by a - 1 and by a + b + x - 1; these means of positive functions
//! have no such points. The mean over p depends on x and λ alone, so that customers of one frequency share it.

use super::family::{Alive, Family, Future};
use crate::numerics::expectation::{BetaMeans, GammaMeans};
use crate::numerics::gamma::ln_gamma_ratio;
use crate::numerics::lifetime::relative_exp_m1;
use crate::numerics::number::Number;

/// The family of BG/NBD models; parameters are `r, alpha, a, b`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BgNbd;

impl Family for BgNbd {
    fn ln_common<D: Number>(&[r, _, a, b]: &[D; 4], frequency: f64) -> D {
        let x = D::constant(frequency);
        ln_gamma_ratio(r, x) + ln_gamma_ratio(b, x) - ln_gamma_ratio(a + b, x)
    }

    fn alive<D: Number>(&[r, alpha, ..]: &[D; 4], frequency: f64) -> impl FnMut(f64) -> Alive<D> {
        move |age| Alive { ln: ln_purchases(r, alpha, frequency, age), overlap: D::constant(0.0) }
    }

    fn ln_dropped<D: Number>(&[r, alpha, a, b]: &[D; 4], frequency: f64) -> impl FnMut(f64) -> Option<D> {
        // Dropping out takes a repeat purchase.
        let ln_odds = (frequency > 0.0).then(|| (a / (b + (frequency - 1.0))).ln());
        move |recency| ln_odds.map(|ln_odds| ln_odds + ln_purchases(r, alpha, frequency, recency))
    }

    fn expectation(&[r, alpha, a, b]: &[f64; 4], time: f64) -> f64 {
        let [expected] = BetaMeans::new(a, b).mean(|p| [expected_given(r, alpha, p, time)]);
        expected
    }

    fn futures(&[r, alpha, a, b]: &[f64; 4], frequency: f64, horizon: f64, delta: f64) -> impl FnMut(f64) -> Future {
        let (shape, b) = (r + frequency, b + frequency);
        let dropout = BetaMeans::new(a, b);
        let mut purchases = GammaMeans::new(shape, move |lambda| {
            let [plain, discounted, forever] = dropout.mean(|p| active_times(lambda * p, horizon, delta));
            [lambda * plain, lambda * discounted, discounted, lambda * forever, forever]
        });
        move |age| {
            let rate = alpha + age;
            let [expected, dert_horizon, det_horizon, dert, det] = purchases.mean(rate);
            let (dert, det) = if delta > 0.0 {
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

/// Active time of one who drops out at a rate: to the horizon, the same discounted, and discounted for ever (zero without
/// a discount, where it is not asked for).
fn active_times(dropout: f64, horizon: f64, delta: f64) -> [f64; 3] {
    let plain = horizon * relative_exp_m1(-dropout * horizon);
    if delta == 0.0 {
        return [plain, plain, 0.0];
    }
    // 1 - e^-(μ+δ)t, of positive parts.
    let ended = dropout * plain * (-delta * horizon).exp() - (-delta * horizon).exp_m1();
    let forever = (dropout + delta).recip();
    [plain, ended * forever, forever]
}
