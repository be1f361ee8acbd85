//! Fitting by maximum likelihood, and what may be wrong with a fit.

use std::fmt;

use super::gamma_gamma::SpendFit;
use super::histories::Histories;
use super::likelihood::LogLikelihood;
use super::parameters::{Model, Parameters, with_family};
use crate::numerics::maximise::{FEW, Maximum, maximise, maximise_from_few};
use crate::{Error, ErrorKind, Result};

/// How far a parameter may go, as a logarithm: a factor of a million above or below what is ordinary.
pub(crate) const REACH: f64 = 14.0;

/// Something about a fit that its user should know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The gradient does not vanish where the ascent ended.
    NotConverged {
        /// Its norm.
        gradient_norm: f64,
    },
    /// The likelihood is flat in some direction of the parameters.
    Flat {
        /// Curvature in that direction, in log-parameters.
        least_curvature: f64,
    },
    /// The likelihood still rises where a parameter is beyond any plausible value.
    ParameterAtBound {
        /// The parameter.
        name: &'static str,
        /// Where it was stopped.
        value: f64,
    },
    /// Nobody has bought again.
    NoRepeatPurchases,
    /// There is a single customer.
    SingleCustomer,
    /// All customers have the same history.
    AllAlike,
    /// Nobody has been observed for any time.
    NoTimeObserved,
    /// Spend goes with frequency, which the spend model takes as independent.
    SpendDependsOnFrequency {
        /// Correlation of frequency and monetary value over repeat buyers.
        correlation: f64,
    },
    /// The mean spend over customers is infinite, as q ≤ 1.
    InfiniteMeanSpend {
        /// The parameter q.
        q: f64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged { gradient_norm } => {
                write!(f, "the fit did not converge: the gradient norm is {gradient_norm:.1e}")
            }
            // Its last digits are noise, and a message is compared by scripts: the figure stays a field.
            Self::Flat { .. } => {
                f.write_str("the data do not tell the parameters apart: along one line the likelihood is flat")
            }
            Self::ParameterAtBound { name, value } => {
                write!(f, "the data push `{name}` to {value:.3e}, the end of its range")
            }
            Self::NoRepeatPurchases => f.write_str("nobody has bought again, so nothing is known about repeat buying"),
            Self::SingleCustomer => f.write_str("one customer says nothing about how customers differ"),
            Self::AllAlike => f.write_str("all customers have the same history, so nothing is known about differences"),
            Self::NoTimeObserved => f.write_str("every customer was first seen on the last day of observation"),
            Self::SpendDependsOnFrequency { correlation } => write!(
                f,
                "frequency and monetary value have a correlation of {correlation:.3}; the spend model takes them as \
                 independent"
            ),
            Self::InfiniteMeanSpend { q } => {
                write!(f, "q is {q:.3}, at most 1: the mean spend over customers is infinite")
            }
        }
    }
}

/// A fitted model of purchase and dropout.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The parameters, times in the unit of the data.
    pub parameters: Parameters,
    /// Standard errors in the order of the parameters; `None` where the curvature does not give them.
    pub standard_errors: Option<[f64; 4]>,
    /// Covariance of the (natural) parameters, in their order.
    pub covariance: Option<[[f64; 4]; 4]>,
    /// The log-likelihood at its maximum.
    pub log_likelihood: f64,
    /// Whether the gradient vanishes.
    pub converged: bool,
    /// Whether the data tell the parameters apart: positive definite curvature away from every bound.
    pub identified: bool,
    /// Norm of the gradient in log-parameters.
    pub gradient_norm: f64,
    /// How many customers the fit used.
    pub customers: usize,
    /// How many distinct histories they have.
    pub distinct: usize,
    /// What its user should know.
    pub warnings: Vec<Warning>,
}

impl Fit {
    /// Nothing, if the fit converged and is identified.
    ///
    /// # Errors
    /// `NotIdentified` with every warning otherwise.
    pub fn require_identified(&self) -> Result<()> {
        require_identified(&self.parameters.model().to_string(), self.converged && self.identified, &self.warnings)
    }
}

impl SpendFit {
    /// Nothing, if the fit converged and is identified.
    ///
    /// # Errors
    /// `NotIdentified` with every warning otherwise.
    pub fn require_identified(&self) -> Result<()> {
        require_identified("gamma-gamma", self.converged && self.identified, &self.warnings)
    }
}

fn require_identified(model: &str, identified: bool, warnings: &[Warning]) -> Result<()> {
    if identified {
        return Ok(());
    }
    let why: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    Err(Error::new(ErrorKind::NotIdentified, format!("the data do not determine {model}: {}", why.join("; ")))
        .hint("give more customers or a longer observation, or take the fit as it is without `--strict`"))
}

/// The model fitted to the histories by maximum likelihood.
///
/// # Definition
/// The log-likelihood is maximised over the logarithms of the parameters from three deterministic starts with its exact
/// gradient and Hessian (where distinct histories are many, from the best end of those starts on every n-th of
/// them); the covariance is the inverse of minus the Hessian, carried to the natural parameters by
/// the delta method.
/// # Edge cases
/// Data that do not determine the model (a single customer, no repeat purchase, all alike) still give a fit, with
/// `identified` false and the reason among its warnings.
/// # Errors
/// `Data` where there are no customers.
/// # Example
/// ```
/// use custval::clv::{Histories, Model, fit};
/// let histories = Histories::new(&[0.0, 2.0, 5.0, 1.0, 0.0], &[0.0, 9.0, 30.0, 2.0, 0.0], &[35.0, 30.0, 32.0, 39.0, 20.0])?;
/// let fit = fit(Model::ParetoNbd, &histories)?;
/// assert_eq!(fit.customers, 5);
/// # Ok::<(), custval::Error>(())
/// ```
pub fn fit(model: Model, histories: &Histories) -> Result<Fit> {
    if histories.customers() == 0 {
        return Err(Error::data("there are no customers to fit a model to"));
    }
    let customers = histories.customers() as f64;
    let mean_age = histories.total_age() / customers;
    let observed = mean_age > 0.0;
    // A customer who has bought nothing again may be about to.
    let time = if observed { mean_age } else { 1.0 };
    let rate = histories.repeat_purchases().max(0.5) / (time * customers);
    let starts = match model {
        Model::ParetoNbd => [[0.5, 0.5, 0.5, 0.5], [1.0, 1.0, 2.0, 2.0], [2.0, 2.0, 0.3, 0.1]]
            .map(|[r, alpha, s, beta]| [r, alpha / rate, s, beta * time]),
        Model::BgNbd => [[0.5, 0.5, 0.5, 1.5], [1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 0.2, 4.0]]
            .map(|[r, alpha, a, b]| [r, alpha / rate, a, b]),
    };
    let centre = model.is_time().map(|is_time| if is_time { time.ln() } else { 0.0 });
    let bounds = centre.map(|centre| (centre - REACH, centre + REACH));
    let starts = starts.map(|start| start.map(f64::ln));
    let maximum = with_family!(model, F => {
        let few = FEW
            .into_iter()
            .filter_map(|kept| histories.thinned(kept))
            .map(|few| maximise(&LogLikelihood::<F>::new(&few), &starts, &bounds));
        maximise_from_few(few, &LogLikelihood::<F>::new(histories), &starts, &bounds)
    });

    let values = maximum.at.map(f64::exp);
    let mut warnings = Vec::new();
    let repeats = histories.repeat_purchases();
    for (is_so, warning) in [
        (!observed, Warning::NoTimeObserved),
        (customers == 1.0, Warning::SingleCustomer),
        (customers > 1.0 && histories.distinct() == 1, Warning::AllAlike),
        (repeats == 0.0, Warning::NoRepeatPurchases),
    ] {
        if is_so {
            warnings.push(warning);
        }
    }
    warnings.extend(warnings_of(&maximum, model.parameter_names()));
    let covariance = natural_covariance(&maximum);
    Ok(Fit {
        parameters: Parameters::new(model, values).expect("the bounds keep the parameters positive and finite"),
        standard_errors: covariance.map(|covariance| std::array::from_fn(|i| covariance[i][i].sqrt())),
        covariance,
        log_likelihood: maximum.value,
        converged: maximum.gradient_vanishes(),
        identified: maximum.is_definite(),
        gradient_norm: maximum.gradient_norm,
        customers: histories.customers(),
        distinct: histories.distinct(),
        warnings,
    })
}

/// What the look of a maximum says about the data.
pub(crate) fn warnings_of<const N: usize>(maximum: &Maximum<N>, names: [&'static str; N]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !maximum.gradient_vanishes() {
        warnings.push(Warning::NotConverged { gradient_norm: maximum.gradient_norm });
    }
    for (i, name) in names.into_iter().enumerate() {
        if maximum.at_bound[i] {
            warnings.push(Warning::ParameterAtBound { name, value: maximum.at[i].exp() });
        }
    }
    if !maximum.is_definite() && !maximum.at_bound.contains(&true) {
        warnings.push(Warning::Flat { least_curvature: maximum.least_curvature });
    }
    warnings
}

/// Covariance of the natural parameters: that of their logarithms, scaled by both parameters; `None` where the maximum
/// is not one or the result is beyond what a number can hold.
pub(crate) fn natural_covariance<const N: usize>(maximum: &Maximum<N>) -> Option<[[f64; N]; N]> {
    if !maximum.is_definite() {
        return None;
    }
    let logs = maximum.inverse_information()?;
    let values = maximum.at.map(f64::exp);
    let covariance: [[f64; N]; N] =
        std::array::from_fn(|i| std::array::from_fn(|j| logs[(i.min(j), i.max(j))] * (values[i] * values[j])));
    covariance.as_flattened().iter().all(|value| value.is_finite()).then_some(covariance)
}
