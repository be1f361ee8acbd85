//! Discounted time under a power law: the generalized exponential integral, whole or cut off.

use super::expectation::gauss_legendre;

/// Whether time is counted to a horizon or for ever.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Until {
    /// To this time from now.
    Horizon(f64),
    /// Without end.
    Forever,
}

/// `∫ e^(-δ u) (1 + u/τ)^-s du` from now to the end given; `None` where it is infinite.
///
/// # Definition
/// With κ = δ τ it is `τ e^κ E_s(κ)` for ever (E_s the generalized exponential integral, DLMF 8.19.3, so
/// `τ e^κ κ^(s-1) Γ(1 - s, κ)` with an upper incomplete gamma function whose first argument is negative for
/// s > 1), and `τ ln(1 + t/τ)` for δ = 0 and s = 1. Computed as
///
/// ```text
/// τ ∫₀^V e^(-κ (e^v - 1) - (s - 1) v) dv,  V = ln(1 + t/τ)
/// ```
///
/// by Gauss-Legendre panels, each no wider than the integrand is smooth: every value is positive, so there is
/// no special case near whole s and none near κ = 0.
///
/// # Edge cases
/// δ = 0 for ever is finite only for s > 1: `τ / (s - 1)`.
pub fn discounted_time(s: f64, tau: f64, delta: f64, until: Until) -> Option<f64> {
    if delta == 0.0 {
        return match until {
            Until::Forever => (s > 1.0).then(|| tau / (s - 1.0)),
            Until::Horizon(time) => Some(power_time(s, tau, time)),
        };
    }
    let end = match until {
        Until::Forever => f64::INFINITY,
        Until::Horizon(time) => (time / tau).ln_1p(),
    };
    let kappa = delta * tau;
    let mut sum = 0.0;
    let mut from: f64 = 0.0;
    loop {
        let steepness = (s - 1.0).abs() + kappa * from.exp();
        let width = (6.0 / steepness).min(1.0).min(end - from);
        let mut panel = 0.0;
        for &(point, weight) in gauss_legendre() {
            let v = from + width * point;
            panel += weight * (-kappa * v.exp_m1() - (s - 1.0) * v).exp();
        }
        sum += width * panel;
        from += width;
        // The integrand may rise at first, but once a panel is negligible it has passed its peak.
        if from >= end || width * panel <= 1e-18 * sum {
            return Some(tau * sum);
        }
    }
}

/// `∫₀^t (1 + u/τ)^-s du`, smooth through s = 1.
pub fn power_time(s: f64, tau: f64, time: f64) -> f64 {
    let v = (time / tau).ln_1p();
    tau * v * relative_exp_m1((1.0 - s) * v)
}

/// `(e^y - 1) / y`, which is 1 at y = 0.
pub fn relative_exp_m1(y: f64) -> f64 {
    if y.abs() < 1e-9 { 1.0 + 0.5 * y } else { y.exp_m1() / y }
}
