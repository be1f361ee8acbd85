//! The maximum of a log-likelihood, with its exact gradient and Hessian.
//!
//! Newton steps on the eigenvalues of the Hessian taken negative, cut to a largest length and halved until the value
//! rises, lead from any start uphill; near the maximum they are plain Newton steps and converge quadratically.
//! Whether the end is a maximum is judged by its gradient and its curvature alone.

use nalgebra::{DMatrix, SMatrix, SVector};

use super::number::{Jet, Number};

/// A function of `N` unbounded parameters (logarithms of positive ones) that is to be maximised.
pub trait Objective<const N: usize>: Sync {
    /// Its value, with whatever derivatives the number carries.
    fn value<D: Number>(&self, at: &[D; N]) -> D;
}

/// Where the ascent ended, and what the function looks like there.
#[derive(Debug, Clone, PartialEq)]
pub struct Maximum<const N: usize> {
    /// The parameters.
    pub at: [f64; N],
    /// The value there.
    pub value: f64,
    /// Euclidean norm of the gradient there, over the parameters that are not at a bound.
    pub gradient_norm: f64,
    /// The Hessian there.
    pub hessian: SMatrix<f64, N, N>,
    /// The smallest eigenvalue of minus the Hessian: the curvature in the flattest direction.
    pub least_curvature: f64,
    /// Which parameters stand at a bound that the gradient points out of.
    pub at_bound: [bool; N],
}

impl<const N: usize> Maximum<N> {
    /// Whether the gradient vanishes, on the scale of the value.
    pub fn gradient_vanishes(&self) -> bool {
        let tolerance = if self.at_bound.contains(&true) { BOUND_TOLERANCE } else { GRADIENT_TOLERANCE };
        self.gradient_norm <= tolerance * (1.0 + self.value.abs())
    }

    /// Whether the curvature is that of a maximum, and definite enough to tell the parameters apart.
    pub fn is_definite(&self) -> bool {
        self.least_curvature > FLAT && !self.at_bound.contains(&true)
    }

    /// The inverse of minus the Hessian, where that is positive definite.
    pub fn inverse_information(&self) -> Option<SMatrix<f64, N, N>> {
        let inverse = dynamic(&-self.hessian).cholesky()?.inverse();
        inverse.iter().all(|value| value.is_finite()).then(|| SMatrix::from_iterator(inverse.iter().copied()))
    }
}

/// Largest gradient, relative to the value, that counts as none. Newton steps end several digits below.
const GRADIENT_TOLERANCE: f64 = 1e-9;

/// The same where a parameter stands at its bound: there the others follow it so far out that the digits of the gradient give out.
const BOUND_TOLERANCE: f64 = 1e-5;

/// A gradient, relative to the value, that a further step could make smaller only by less than the result is read to.
const EXACT: f64 = 1e-12;

/// A curvature in log-parameters below which a direction is flat: the standard error of a parameter would be a factor
/// of e^10.
const FLAT: f64 = 1e-2;

/// Longest step in any log-parameter, a factor of about seven.
const LONGEST_STEP: f64 = 2.0;

/// An ascent this near to a definite maximum, in every log-parameter, is about to end there.
const SAME: f64 = 0.2;

const MOST_STEPS: usize = 200;

/// The best maximum found from the starts given, within the bounds given; the first of equals.
///
/// # Edge cases
/// A parameter that the function drives out of bounds stays at its bound, and [`Maximum::at_bound`] says so.
pub fn maximise<const N: usize>(
    objective: &impl Objective<N>,
    starts: &[[f64; N]],
    bounds: &[(f64, f64); N],
) -> Maximum<N> {
    let mut best: Option<Maximum<N>> = None;
    for start in starts {
        let Some(found) = ascend(objective, start, bounds, best.as_ref()) else { continue };
        // A higher value by rounding alone is the same maximum.
        let higher = best.as_ref().is_none_or(|best| found.value > best.value + 1e-9 * (1.0 + best.value.abs()));
        if higher {
            best = Some(found);
        }
    }
    best.expect("at least one start")
}

/// The same where the function is a sum over so many that the way from afar is better found on a few of them: the first of
/// the maxima of such few that is one leads to that of all, else the starts do.
pub fn maximise_from_few<const N: usize>(
    few: impl IntoIterator<Item = Maximum<N>>,
    all: &impl Objective<N>,
    starts: &[[f64; N]],
    bounds: &[(f64, f64); N],
) -> Maximum<N> {
    let is_maximum = |found: &Maximum<N>| found.gradient_vanishes() && found.is_definite();
    few.into_iter()
        .find(is_maximum)
        .map(|near| maximise(all, &[near.at], bounds))
        .filter(is_maximum)
        .unwrap_or_else(|| maximise(all, starts, bounds))
}

/// How many of many tell the parameters apart, as a rule and where that does not do.
pub const FEW: [usize; 2] = [250, 1000];

/// Every n-th of so many things for about so many in all, from the middle of the first n on; `None` where there are few anyway.
pub fn thinned(all: usize, kept: usize) -> Option<impl Iterator<Item = usize>> {
    let step = all / kept;
    (step >= 4).then(|| (step / 2..all).step_by(step))
}

struct Point<const N: usize> {
    at: SVector<f64, N>,
    value: f64,
    /// Zero where the parameter stands at a bound that the gradient points out of.
    gradient: SVector<f64, N>,
    hessian: SMatrix<f64, N, N>,
    at_bound: [bool; N],
}

impl<const N: usize> Point<N> {
    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.hessian.iter().chain(self.gradient.iter()).all(|value| value.is_finite())
    }
}

/// The same matrix with its size known at run time, as decompositions want it.
fn dynamic<const N: usize>(matrix: &SMatrix<f64, N, N>) -> DMatrix<f64> {
    DMatrix::from_iterator(N, N, matrix.iter().copied())
}

/// Where the ascent from a start ends; `None` where it comes to a maximum that is known.
fn ascend<const N: usize>(
    objective: &impl Objective<N>,
    start: &[f64; N],
    bounds: &[(f64, f64); N],
    known: Option<&Maximum<N>>,
) -> Option<Maximum<N>> {
    let known =
        known.filter(|known| known.is_definite() && known.gradient_vanishes()).map(|known| SVector::from(known.at));
    let look = |at: SVector<f64, N>| {
        let Jet { value, gradient, hessian } = objective.value(&Jet::variables(at.into()));
        let mut gradient = SVector::from(gradient);
        let hessian = SMatrix::from(hessian);
        let at_bound = std::array::from_fn(|i| {
            (at[i] <= bounds[i].0 && gradient[i] < 0.0) || (at[i] >= bounds[i].1 && gradient[i] > 0.0)
        });
        for i in 0..N {
            if at_bound[i] {
                gradient[i] = 0.0;
            }
        }
        Point { at, value, gradient, hessian, at_bound }
    };
    let inside = |at: SVector<f64, N>| SVector::from_fn(|i, _| at[i].clamp(bounds[i].0, bounds[i].1));
    let mut point = look(inside(SVector::from(*start)));
    for _ in 0..MOST_STEPS {
        if known.is_some_and(|known| (point.at - known).amax() < SAME) {
            return None;
        }
        if !point.is_finite() || point.gradient.norm() <= EXACT * (1.0 + point.value.abs()) {
            break;
        }
        let step = newton_step(&point);
        let promised = point.gradient.dot(&step);
        if promised <= 1e-9 * (1.0 + point.value.abs()) {
            // The value no longer resolves the step; the gradient still does.
            let next = look(inside(point.at + step));
            if next.gradient.norm() < 0.5 * point.gradient.norm() && next.at_bound == point.at_bound {
                point = next;
                continue;
            }
            break;
        }
        let mut share = 1.0;
        let risen = loop {
            // Nearly every first step rises, and its derivatives are wanted then.
            let next = look(inside(point.at + step * share));
            if next.value > point.value + 1e-4 * share * promised {
                break Some(next);
            }
            share *= 0.5;
            if share < 1e-10 {
                break None;
            }
        };
        let Some(next) = risen else { break };
        point = next;
    }
    let least_curvature = if point.is_finite() {
        dynamic(&-point.hessian).symmetric_eigenvalues().min()
    } else {
        // Nothing is known about the curvature, so nothing is identified.
        0.0
    };
    Some(Maximum {
        at: point.at.into(),
        value: point.value,
        gradient_norm: point.gradient.norm(),
        hessian: point.hessian,
        least_curvature,
        at_bound: point.at_bound,
    })
}

/// A step uphill: Newton's where the curvature is that of a maximum, else along the same axes with its sign mended.
fn newton_step<const N: usize>(point: &Point<N>) -> SVector<f64, N> {
    let mut information = -point.hessian;
    for i in 0..N {
        if point.at_bound[i] {
            information.row_mut(i).fill(0.0);
            information.column_mut(i).fill(0.0);
            information[(i, i)] = 1.0;
        }
    }
    let eigen = dynamic(&information).symmetric_eigen();
    let floor = 1e-10 * eigen.eigenvalues.amax().max(1e-10);
    let mut step = SVector::<f64, N>::zeros();
    for i in 0..N {
        let axis = SVector::<f64, N>::from_iterator(eigen.eigenvectors.column(i).iter().copied());
        step += axis * (axis.dot(&point.gradient) / eigen.eigenvalues[i].abs().max(floor));
    }
    let longest = step.amax();
    if longest > LONGEST_STEP { step * (LONGEST_STEP / longest) } else { step }
}
