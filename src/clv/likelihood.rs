//! The log-likelihood of many histories.

use std::marker::PhantomData;

use super::family::{Family, ln_sum};
use super::histories::{Histories, by_frequency};
use crate::numerics::fold::ordered_sum;
use crate::numerics::maximise::Objective;
use crate::numerics::number::Number;

/// The log-likelihood of a family as a function of log-parameters.
pub(crate) struct LogLikelihood<'a, F> {
    histories: &'a Histories,
    family: PhantomData<fn() -> F>,
}

impl<'a, F: Family> LogLikelihood<'a, F> {
    pub(crate) fn new(histories: &'a Histories) -> Self {
        Self { histories, family: PhantomData }
    }

    pub(crate) fn at<D: Number>(&self, parameters: &[D; 4]) -> D {
        let Histories { rows, frequencies, ages, recencies, .. } = self.histories;
        let common = ordered_sum(frequencies.len(), D::constant(0.0), |i| {
            let (frequency, customers) = frequencies[i];
            F::ln_common(parameters, frequency) * customers
        });
        let alive = by_frequency(ages, |frequency| F::alive(parameters, frequency));
        let dropped = by_frequency(recencies, |frequency| F::ln_dropped(parameters, frequency));
        let halves = ordered_sum(rows.len(), D::constant(0.0), |i| {
            ln_sum(alive[rows[i].age_slot], dropped[rows[i].recency_slot]) * rows[i].customers
        });
        common + halves
    }
}

impl<F: Family> Objective<4> for LogLikelihood<'_, F> {
    fn value<D: Number>(&self, at: &[D; 4]) -> D {
        self.at(&at.map(|ln| ln.exp()))
    }
}
