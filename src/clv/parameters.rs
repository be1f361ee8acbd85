//! The models by name, their parameters, and what they say of one history.

use super::family::{Family, Future, ln_likelihood, ln_sum, p_alive};
use super::histories::{Histories, History};
use super::likelihood::LogLikelihood;
use crate::choice::choices;
use crate::{Error, Result};

/// A model of purchase and dropout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Model {
    /// Pareto/NBD: a customer may drop out at any time.
    #[default]
    ParetoNbd,
    /// BG/NBD: a customer may drop out after each repeat purchase, so a one-time buyer is always alive.
    BgNbd,
}

choices! {
    Model, "is not a model" { ParetoNbd = "pareto-nbd", BgNbd = "bg-nbd" }
}

/// Runs the same expression for the family that a [`Model`] names.
macro_rules! with_family {
    ($model:expr, $family:ident => $run:expr) => {
        match $model {
            Model::ParetoNbd => {
                type $family = crate::clv::pareto_nbd::ParetoNbd;
                $run
            }
            Model::BgNbd => {
                type $family = crate::clv::bg_nbd::BgNbd;
                $run
            }
        }
    };
}
pub(crate) use with_family;

impl Model {
    /// The parameters, by the letters of the cited paper and in its order.
    pub fn parameter_names(self) -> [&'static str; 4] {
        match self {
            Self::ParetoNbd => ["r", "alpha", "s", "beta"],
            Self::BgNbd => ["r", "alpha", "a", "b"],
        }
    }

    /// Which parameters are times, in the unit of the data.
    pub(crate) fn is_time(self) -> [bool; 4] {
        match self {
            Self::ParetoNbd => [false, true, false, true],
            Self::BgNbd => [false, true, false, false],
        }
    }
}

/// A model with its four parameters, all positive, times in the unit of the data they were fitted to.
///
/// # Example
/// ```
/// use custval::clv::{History, Model, Parameters};
/// // Fader, Hardie & Lee (2005): the CDNOW sample, in weeks.
/// let model = Parameters::new(Model::BgNbd, [0.243, 4.414, 0.793, 2.426])?;
/// let customer = History::new(2.0, 30.43, 38.86)?;
/// assert!((model.expected_transactions(&customer, 39.0) - 1.22602817).abs() < 1e-8);
/// # Ok::<(), custval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    model: Model,
    values: [f64; 4],
}

impl Parameters {
    /// The parameters, in the order of [`Model::parameter_names`].
    ///
    /// # Errors
    /// `Domain` where one is not positive and finite.
    pub fn new(model: Model, values: [f64; 4]) -> Result<Self> {
        for (name, value) in model.parameter_names().into_iter().zip(values) {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::domain(format!("`{name}` of {model} is `{value}`, and must be above zero")));
            }
        }
        Ok(Self { model, values })
    }

    /// The model.
    pub fn model(&self) -> Model {
        self.model
    }

    /// The values, in the order of [`Model::parameter_names`].
    pub fn values(&self) -> [f64; 4] {
        self.values
    }

    /// Log-likelihood of the histories.
    pub fn log_likelihood(&self, histories: &Histories) -> f64 {
        with_family!(self.model, F => LogLikelihood::<F>::new(histories).at(&self.values))
    }

    /// Log-likelihood of one history.
    pub fn log_likelihood_of(&self, history: &History) -> f64 {
        with_family!(self.model, F => ln_likelihood::<F>(&self.values, *history))
    }

    /// Purchases expected of a new customer within a time, the first not counted.
    ///
    /// # Source
    /// Fader & Hardie (2005), equation 28 of the note for Pareto/NBD; Fader, Hardie & Lee (2005), equation 9 for BG/NBD.
    pub fn expectation(&self, time: f64) -> f64 {
        with_family!(self.model, F => F::expectation(&self.values, time))
    }

    /// Probability that the customer is still active at the end of observation.
    ///
    /// # Edge cases
    /// One without a repeat purchase cannot have dropped out under BG/NBD: the value is 1.
    pub fn p_alive(&self, history: &History) -> f64 {
        with_family!(self.model, F => p_alive(
            F::alive(&self.values, history.frequency)(history.age),
            F::ln_dropped(&self.values, history.frequency)(history.recency),
        ))
    }

    /// Probability of no purchase within a time from the end of observation.
    ///
    /// # Definition
    /// Bayes' rule: to see (x, t_x) by T and nothing until T + t is to see (x, t_x) by T + t, so the
    /// probability is L(x, t_x, T + t) / L(x, t_x, T).
    pub fn p_no_purchase(&self, history: &History, time: f64) -> f64 {
        with_family!(self.model, F => {
            let dropped = F::ln_dropped(&self.values, history.frequency)(history.recency);
            let mut alive = F::alive(&self.values, history.frequency);
            let mut until = |age| ln_sum(alive(age), dropped);
            (until(history.age + time) - until(history.age)).exp().min(1.0)
        })
    }

    /// What is expected of the customer, given that he is alive at the end of observation. Multiply by
    /// [`p_alive`](Self::p_alive) for what is expected of him.
    ///
    /// # Units
    /// `horizon` in the unit of the parameters, `delta` the continuous rate for one such unit.
    pub fn future(&self, history: &History, horizon: f64, delta: f64) -> Future {
        with_family!(self.model, F => F::futures(&self.values, history.frequency, horizon, delta)(history.age))
    }

    /// Purchases expected within a time from the end of observation, undiscounted.
    pub fn expected_transactions(&self, history: &History, time: f64) -> f64 {
        self.p_alive(history) * self.future(history, time, 0.0).expected
    }

    /// Discounted purchases expected in the whole remaining life; `None` where they are infinite (delta = 0 with
    /// s ≤ 1 or a ≤ 1).
    ///
    /// # Source
    /// Fader, Hardie & Lee (2005), "RFM and CLV", equation 2 (Pareto/NBD); the same integral for BG/NBD.
    pub fn dert(&self, history: &History, delta: f64) -> Option<f64> {
        // The horizon is not used; any positive one will do.
        self.future(history, 1.0, delta).dert.map(|dert| dert * self.p_alive(history))
    }
}
