//! What the models of purchase and dropout have in common.

use super::histories::History;
use crate::numerics::number::Number;

/// What is expected of a customer who is alive at the end of observation, in the unit of time of the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Future {
    /// Purchases within the horizon.
    pub expected: f64,
    /// Discounted purchases within the horizon.
    pub dert_horizon: f64,
    /// Discounted active time within the horizon.
    pub det_horizon: f64,
    /// Discounted purchases in the whole remaining life; `None` where that is infinite.
    pub dert: Option<f64>,
    /// Discounted active time in the whole remaining life; `None` where that is infinite.
    pub det: Option<f64>,
}

/// The half of a likelihood that depends on the age: the customer is alive at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alive<D> {
    /// Logarithm of its weight.
    pub(crate) ln: D,
    /// The share of it that the other half counts again, as it takes all who drop out after the last purchase, also
    /// those after the age.
    pub(crate) overlap: D,
}

/// A model of customers who buy until they drop out: its likelihood in two halves, and its future.
///
/// Times are in one unit throughout; parameters are positive and in the order of the cited paper. Functions of a time share
/// what depends on the frequency alone; what they give does not depend on the times they were called with before.
pub(crate) trait Family {
    /// The factor that depends on the frequency alone, as a logarithm.
    fn ln_common<D: Number>(parameters: &[D; 4], frequency: f64) -> D;
    /// Bought `frequency` times, and alive at an age: a function of the age.
    fn alive<D: Number>(parameters: &[D; 4], frequency: f64) -> impl FnMut(f64) -> Alive<D>;
    /// Bought `frequency` times, and dropped out at some time after the last: a function of the recency; `None` where that
    /// cannot be.
    fn ln_dropped<D: Number>(parameters: &[D; 4], frequency: f64) -> impl FnMut(f64) -> Option<D>;
    /// Purchases expected of a new customer within a time.
    fn expectation(parameters: &[f64; 4], time: f64) -> f64;
    /// What is expected of one alive at an age, after `frequency` repeat purchases: a function of the age.
    fn futures(parameters: &[f64; 4], frequency: f64, horizon: f64, delta: f64) -> impl FnMut(f64) -> Future;
}

/// The sum of both halves, as a logarithm.
pub(crate) fn ln_sum<D: Number>(alive: Alive<D>, ln_dropped: Option<D>) -> D {
    match ln_dropped {
        None => alive.ln,
        Some(dropped) if dropped.re() > alive.ln.re() => {
            dropped + ((alive.ln - dropped).exp() * (-alive.overlap + 1.0)).ln_1p()
        }
        Some(dropped) => alive.ln + ((dropped - alive.ln).exp() - alive.overlap).ln_1p(),
    }
}

/// Log-likelihood of one history.
pub(crate) fn ln_likelihood<F: Family>(parameters: &[f64; 4], history: History) -> f64 {
    let History { frequency, recency, age } = history;
    F::ln_common(parameters, frequency)
        + ln_sum(F::alive(parameters, frequency)(age), F::ln_dropped(parameters, frequency)(recency))
}

/// Probability of being alive at the end of observation.
pub(crate) fn p_alive<D: Number>(alive: Alive<D>, ln_dropped: Option<D>) -> f64 {
    (alive.ln - ln_sum(alive, ln_dropped)).re().exp().min(1.0)
}
