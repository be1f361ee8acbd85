//! Pareto/NBD: Schmittlein, Morrison & Colombo (1987); Fader & Hardie (2005), "A note on deriving the Pareto/NBD model".
//!
//! While active a customer buys at a Poisson rate λ and drops out at an exponential rate μ; λ ~ Gamma(r, α) and
//! μ ~ Gamma(s, β) over customers.
//!
//! ```text
//! A(t) = (α/(α+t))^r (α+t)^-x (β/(β+t))^s                       bought x times and alive at t
//! G(t) = α^r β^s s ∫ₜ^∞ (α+y)^-(r+x) (β+y)^-(s+1) dy            … and dropped out after t
//! L    = Γ(r+x)/Γ(r) (A(T) + G(t_x) - G(T)),  G = s/(r+s+x) A(t) ₂F₁(1, r+x; r+s+x+1; (α-β)/(α+t))   for α ≥ β
//! ```
//!
//! and with the roles of the two rates exchanged for α < β. As G(T) ≤ A(T), the difference loses no digit of L,
//! whatever t_x; Euler's transform has made every argument positive. Given alive at T, λ ~ Gamma(r+x, α+T) and
//! μ ~ Gamma(s, β+T), independent, so that t later the customer is still active with probability ((β+T)/(β+T+t))^s.

use super::family::{Alive, Family, Future};
use crate::numerics::gamma::ln_gamma_ratio;
use crate::numerics::hypergeometric::LnOneFOne;
use crate::numerics::lifetime::{Until, discounted_time, power_time};
use crate::numerics::number::Number;

/// The family of Pareto/NBD models; parameters are `r, alpha, s, beta`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ParetoNbd;

impl Family for ParetoNbd {
    fn ln_common<D: Number>(&[r, ..]: &[D; 4], frequency: f64) -> D {
        ln_gamma_ratio(r, D::constant(frequency))
    }

    fn alive<D: Number>(parameters: &[D; 4], frequency: f64) -> impl FnMut(f64) -> Alive<D> {
        let mut ln_share = ln_share_dropping_later(parameters, frequency);
        move |age| Alive { ln: ln_alive(parameters, frequency, age), overlap: ln_share(age).exp() }
    }

    fn ln_dropped<D: Number>(parameters: &[D; 4], frequency: f64) -> impl FnMut(f64) -> Option<D> {
        let mut ln_share = ln_share_dropping_later(parameters, frequency);
        move |recency| Some(ln_alive(parameters, frequency, recency) + ln_share(recency))
    }

    fn expectation(&[r, alpha, s, beta]: &[f64; 4], time: f64) -> f64 {
        r / alpha * power_time(s, beta, time)
    }

    fn futures(&[r, alpha, s, beta]: &[f64; 4], frequency: f64, horizon: f64, delta: f64) -> impl FnMut(f64) -> Future {
        move |age| {
            let rate = (r + frequency) / (alpha + age);
            let tau = beta + age;
            let det_horizon = discounted_time(s, tau, delta, Until::Horizon(horizon)).expect("finite over a horizon");
            let det = discounted_time(s, tau, delta, Until::Forever);
            Future {
                expected: rate * power_time(s, tau, horizon),
                dert_horizon: rate * det_horizon,
                det_horizon,
                dert: det.map(|det| rate * det),
                det,
            }
        }
    }
}

fn ln_alive<D: Number>(&[r, alpha, s, beta]: &[D; 4], frequency: f64, time: f64) -> D {
    let purchases = r * (alpha.recip() * time).ln_1p() + (alpha + time).ln() * frequency;
    -purchases - s * (beta.recip() * time).ln_1p()
}

/// ln(G(t) / A(t)), as a function of t.
fn ln_share_dropping_later<D: Number>(&[r, alpha, s, beta]: &[D; 4], frequency: f64) -> impl FnMut(f64) -> D {
    let buys_later = alpha.re() >= beta.re();
    let mut ratio =
        if buys_later { LnOneFOne::new(r + frequency, s + 1.0) } else { LnOneFOne::new(s + 1.0, r + frequency) };
    let ln_order = (s / (r + s + frequency)).ln();
    move |time| {
        let (purchase_scale, dropout_scale) = (alpha + time, beta + time);
        if buys_later {
            ratio.at(dropout_scale / purchase_scale) + ln_order
        } else {
            let rest = purchase_scale / dropout_scale;
            ratio.at(rest) + rest.ln() + ln_order
        }
    }
}
