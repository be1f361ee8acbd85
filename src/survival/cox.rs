//! Cox regression: what goes with leaving sooner, and whether it does so at every tenure.

use nalgebra::{DMatrix, DVector};

use super::likelihood::{Evaluation, Risk};
use super::{Design, Observation, refuse_unobserved};
use crate::intervals::{Z95, chi_squared_tail, normal_two_sided};
use crate::wording::counted;
use crate::{Error, ErrorKind, Result};

/// What a covariate does to the hazard.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// The covariate, or `factor=level` against the factor's first level.
    pub name: String,
    /// Change of the logarithm of the hazard per unit of the covariate.
    pub coefficient: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Factor on the hazard per unit: `exp(coefficient)`.
    pub hazard_ratio: f64,
    /// Low end of the 95 % Wald interval of the hazard ratio.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Coefficient over standard error.
    pub z: f64,
    /// Two-sided probability of a `z` as far from zero without an effect.
    pub p_value: f64,
    /// The test that the hazard ratio is the same at every tenure.
    pub proportionality: Proportionality,
}

/// A test of proportional hazards; a small probability speaks against them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportionality {
    /// The statistic; `None` where all departures have one tenure, so that nothing can change with it.
    pub chi_squared: Option<f64>,
    /// Degrees of freedom.
    pub degrees: usize,
    /// Probability of a statistic as large under proportional hazards.
    pub p_value: Option<f64>,
}

/// The scale of tenure on which hazard ratios are tested for a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeTransform {
    /// One less the Kaplan-Meier survival: the share who left.
    #[default]
    KaplanMeier,
    /// Tenure itself.
    Identity,
    /// Its logarithm; tenures must be positive.
    Log,
}

/// A fitted Cox model.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxFit {
    /// One entry for each column of the design, in its order.
    pub coefficients: Vec<Coefficient>,
    /// Covariance of the coefficients, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// Log partial likelihood at the maximum.
    pub log_likelihood: f64,
    /// The same with all coefficients zero.
    pub null_log_likelihood: f64,
    /// Likelihood-ratio statistic of all covariates together.
    pub chi_squared: f64,
    /// Its probability if none had an effect.
    pub p_value: f64,
    /// The test of proportional hazards for all covariates together.
    pub proportionality: Proportionality,
    /// Customers.
    pub customers: u64,
    /// Customers who left.
    pub events: u64,
    /// Newton steps taken.
    pub iterations: usize,
}

/// Half the Newton decrement at which the maximum is reached: the log-likelihood still to be gained.
const GAIN_LEFT: f64 = 1e-11;
/// A step of a standardised coefficient that is still this long at the maximum goes on for ever.
const ENDLESS_STEP: f64 = 1e-2;
/// The most columns of a design: each step takes time by the third power of their number.
const MOST_COLUMNS: usize = 500;
/// Of a column's information, what the columns before it must leave.
const OWN_SHARE: f64 = 1e-9;
const MOST_STEPS: usize = 200;

/// The Cox model of the observations, with hazard ratios, their intervals and the test of proportionality.
///
/// # Definition
/// Newton's method on the partial likelihood with Efron's ties; exact derivatives; Wald intervals. The
/// test of proportionality is Grambsch and Therneau's on scaled Schoenfeld residuals against the transformed
/// tenure:
/// ```text
/// (sum (g_i - mean g) s_ik)^2 / (d V_kk sum (g_i - mean g)^2), s = d V r, one degree of freedom
/// ```
/// # Shape
/// One observation for each row of the design, in the same order.
/// # Errors
/// `ErrorKind::LengthMismatch` if they differ in number. `ErrorKind::NotIdentified`, naming the column, where
/// nobody left, a covariate is constant or follows from others, or separates perfectly those who
/// left from those who stayed, so that its hazard ratio is zero or infinite.
pub fn fit_cox(observations: &[Observation], design: &Design, transform: TimeTransform) -> Result<CoxFit> {
    if observations.len() != design.customers() {
        return Err(Error::length_mismatch("observations", design.customers(), observations.len()));
    }
    refuse_unobserved(observations)?;
    let events = observations.iter().filter(|observation| observation.event).count();
    if events == 0 {
        return Err(Error::new(ErrorKind::NotIdentified, "nobody left, so there is nothing to compare")
            .hint("a Cox regression needs customers who left; extend the period or leave the regression out"));
    }
    if design.names.is_empty() {
        return Err(Error::usage("a Cox regression without covariates has nothing to estimate")
            .hint("name at least one column that differs between customers"));
    }
    if design.names.len() > MOST_COLUMNS {
        let columns = counted(design.names.len() as u64, "coefficient");
        return Err(Error::data(format!(
            "the covariates have {columns}, and a Cox regression has {MOST_COLUMNS} at most"
        ))
        .hint("leave covariates out, or join levels of factors, each of which but the first has a coefficient"));
    }
    let risk = Risk::new(observations, design);
    if let Some(constant) = risk.scales.iter().position(|scale| *scale == 0.0) {
        let message = format!("covariate `{}` is the same for every customer", design.names[constant]);
        return Err(Error::new(ErrorKind::NotIdentified, message).hint("leave it out"));
    }
    let (beta, at_zero, at_maximum, iterations) = maximise(&risk, design)?;

    let information_inverse = invert(&at_maximum.information).ok_or_else(|| endless(&risk, design, &beta, 0))?;
    let tenure_scores = tenure_scale(&risk, transform)?;
    let tests = proportionality(&risk, &beta, &information_inverse, &tenure_scores);
    let chi_squared = (2.0 * (at_maximum.log_likelihood - at_zero)).max(0.0);
    let covariance: Vec<Vec<f64>> = (0..risk.width)
        .map(|k| (0..risk.width).map(|l| information_inverse[(k, l)] / (risk.scales[k] * risk.scales[l])).collect())
        .collect();
    let coefficients = (0..risk.width)
        .map(|k| {
            let coefficient = beta[k] / risk.scales[k];
            let std_error = covariance[k][k].sqrt();
            Coefficient {
                name: design.names[k].clone(),
                coefficient,
                std_error,
                hazard_ratio: coefficient.exp(),
                low: (coefficient - Z95 * std_error).exp(),
                high: (coefficient + Z95 * std_error).exp(),
                z: coefficient / std_error,
                p_value: normal_two_sided(coefficient / std_error),
                proportionality: tests.0[k],
            }
        })
        .collect();
    Ok(CoxFit {
        coefficients,
        covariance,
        log_likelihood: at_maximum.log_likelihood,
        null_log_likelihood: at_zero,
        chi_squared,
        p_value: chi_squared_tail(chi_squared, risk.width),
        proportionality: tests.1,
        customers: observations.len() as u64,
        events: events as u64,
        iterations,
    })
}

/// Newton's method with halved steps, in standardised covariates: the maximum, the log-likelihood at zero, the
/// evaluation at the maximum, and the steps.
fn maximise(risk: &Risk, design: &Design) -> Result<(Vec<f64>, f64, Evaluation, usize)> {
    let mut beta = vec![0.0; risk.width];
    let mut current = risk.evaluate(&beta);
    let at_zero = current.log_likelihood;
    if let Some(dependent) = dependent_column(&current.information) {
        let message = format!("covariate `{}` follows from the covariates before it", design.names[dependent]);
        return Err(Error::new(ErrorKind::NotIdentified, message).hint("leave it out"));
    }
    for iteration in 0..MOST_STEPS {
        let Some(inverse) = invert(&current.information) else {
            return Err(endless(risk, design, &beta, 0));
        };
        let step = &inverse * &current.gradient;
        let gain = 0.5 * step.dot(&current.gradient);
        if gain <= GAIN_LEFT * (1.0 + current.log_likelihood.abs() * 1e-3) {
            let longest = (0..risk.width).max_by(|&a, &b| step[a].abs().total_cmp(&step[b].abs()));
            return match longest {
                Some(column) if step[column].abs() > ENDLESS_STEP => Err(endless(risk, design, &beta, column)),
                _ => Ok((beta, at_zero, current, iteration)),
            };
        }
        let mut length = 1.0;
        loop {
            let tried: Vec<f64> = beta.iter().zip(step.iter()).map(|(beta, step)| beta + length * step).collect();
            let evaluation = risk.evaluate(&tried);
            if evaluation.log_likelihood >= current.log_likelihood {
                (beta, current) = (tried, evaluation);
                break;
            }
            length /= 2.0;
            if length < 1e-10 {
                // No step gains anything that the rounding of the sum would show.
                return Ok((beta, at_zero, current, iteration));
            }
        }
    }
    Err(endless(
        risk,
        design,
        &beta,
        (0..risk.width).max_by(|&a, &b| beta[a].abs().total_cmp(&beta[b].abs())).unwrap_or(0),
    ))
}

fn endless(risk: &Risk, design: &Design, beta: &[f64], column: usize) -> Error {
    let limit = if beta[column] / risk.scales[column] > 0.0 { "infinite" } else { "zero" };
    let name = &design.names[column];
    let message =
        format!("covariate `{name}` separates perfectly who left sooner from who stayed: its hazard ratio is {limit}");
    Error::new(ErrorKind::NotIdentified, message).hint(format!(
        "leave `{name}` out, or join its level with another, and compare the groups by their survival curves"
    ))
}

fn invert(information: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    information.clone().cholesky().map(|cholesky| cholesky.inverse())
}

/// The first column whose information the columns before it exhaust.
fn dependent_column(information: &DMatrix<f64>) -> Option<usize> {
    (0..information.nrows()).find(|&column| {
        let leading = information.view((0, 0), (column + 1, column + 1)).clone_owned();
        leading.cholesky().is_none_or(|cholesky| {
            let own = cholesky.l_dirty()[(column, column)].powi(2);
            own <= OWN_SHARE * information[(column, column)]
        })
    })
}

/// The transformed tenure of each departure tenure, less its mean over departures.
fn tenure_scale(risk: &Risk, transform: TimeTransform) -> Result<Vec<f64>> {
    let mut scores = match transform {
        TimeTransform::Identity => risk.times.clone(),
        TimeTransform::Log => {
            if risk.times.first().is_some_and(|time| *time <= 0.0) {
                return Err(Error::domain("a departure at tenure `0` has no logarithm")
                    .hint("test proportionality against the share who left instead"));
            }
            risk.times.iter().map(|time| time.ln()).collect::<Vec<f64>>()
        }
        TimeTransform::KaplanMeier => {
            let survival = risk.at_risk().into_iter().zip(&risk.deaths).scan(1.0, |survival, (at_risk, deaths)| {
                *survival *= 1.0 - f64::from(*deaths) / at_risk;
                Some(*survival)
            });
            survival.map(|survival| 1.0 - survival).collect()
        }
    };
    let deaths: f64 = risk.deaths.iter().map(|deaths| f64::from(*deaths)).sum();
    let mean =
        scores.iter().zip(&risk.deaths).fold(0.0, |sum, (score, deaths)| sum + score * f64::from(*deaths)) / deaths;
    scores.iter_mut().for_each(|score| *score -= mean);
    Ok(scores)
}

/// The tests of proportionality, one a column and one for all.
fn proportionality(
    risk: &Risk,
    beta: &[f64],
    covariance: &DMatrix<f64>,
    scores: &[f64],
) -> (Vec<Proportionality>, Proportionality) {
    let deaths: f64 = risk.deaths.iter().map(|deaths| f64::from(*deaths)).sum();
    let spread =
        scores.iter().zip(&risk.deaths).fold(0.0, |sum, (score, deaths)| sum + score * score * f64::from(*deaths));
    let test = |statistic: f64, degrees: usize| {
        let chi_squared = (risk.times.len() > 1 && spread > 0.0).then_some(statistic / spread);
        Proportionality { chi_squared, degrees, p_value: chi_squared.map(|value| chi_squared_tail(value, degrees)) }
    };
    let residuals: DVector<f64> = risk.residual_sum(beta, scores);
    let scaled = covariance * &residuals * deaths;
    let each = (0..risk.width).map(|k| test(scaled[k] * scaled[k] / (deaths * covariance[(k, k)]), 1)).collect();
    (each, test(residuals.dot(&scaled), risk.width))
}
