//! Customers in the order of the curve, and everything that one pass over them gives.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::amount::Amount;
use crate::scan::first_bytes;

/// Customers from the highest value to the lowest, ties by customer id in byte order.
#[derive(Debug, Clone)]
pub(super) struct Ranking<A> {
    /// The place in the input of the customer at each rank.
    pub order: Vec<u32>,
    /// The value at each rank.
    pub values: Vec<A>,
    /// How many of these make one unit.
    pub per_unit: f64,
}

/// What one pass over the ranking finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Totals<A: Amount> {
    pub total: A::Sum,
    /// The sum of the positive values.
    pub gained: A::Sum,
    /// The sum of the negative values.
    pub lost: A::Sum,
    pub winners: u64,
    pub losers: u64,
}

impl<A: Amount> Ranking<A> {
    /// Ranks the values. The order is unique as long as no customer comes twice.
    pub fn new<S: AsRef<[u8]> + Sync>(customers: &[S], values: &[A], per_unit: f64) -> Self {
        let id = |place: u32| customers[place as usize].as_ref();
        let mut ranked: Vec<(A, u32)> = values.iter().copied().zip(0..).collect();
        ranked.par_sort_unstable_by(|&(one, i), &(other, j)| other.compare(one).then(i.cmp(&j)));
        // Ids lie scattered in memory, so they are read only where values tie, once for their first bytes, which
        // mostly decide; and not at all where the table is in their order already.
        if !customers.par_windows(2).all(|two| two[0].as_ref() <= two[1].as_ref()) {
            let tie = |one: &(A, u32), other: &(A, u32)| one.0.compare(other.0) == Ordering::Equal;
            let ties: Vec<&mut [(A, u32)]> = ranked.chunk_by_mut(tie).filter(|ties| ties.len() > 1).collect();
            ties.into_par_iter().for_each(|ties| {
                let mut keyed: Vec<(u64, A, u32)> =
                    ties.iter().map(|&(value, place)| (first_bytes(id(place)), value, place)).collect();
                keyed.par_sort_unstable_by(|one, other| one.0.cmp(&other.0).then_with(|| id(one.2).cmp(id(other.2))));
                ties.iter_mut().zip(keyed).for_each(|(own, (_, value, place))| *own = (value, place));
            });
        }
        let (values, order) = ranked.into_par_iter().unzip();
        Self { order, values, per_unit }
    }

    pub fn totals(&self) -> Totals<A> {
        let winners = self.values.partition_point(|value| value.sign() == Ordering::Greater);
        let not_losers = self.values.partition_point(|value| value.sign() != Ordering::Less);
        let sum = |from: A::Sum, values: &[A]| values.iter().fold(from, |sum, value| A::plus(sum, value.sum()));
        let (gained, lost) = (sum(A::ZERO, &self.values[..winners]), sum(A::ZERO, &self.values[not_losers..]));
        Totals {
            // Folded on from the peak, so that numbers end at the total bit for bit.
            total: sum(gained, &self.values[not_losers..]),
            gained,
            lost,
            winners: winners as u64,
            losers: (self.values.len() - not_losers) as u64,
        }
    }

    /// A sum in units.
    pub fn units(&self, sum: A::Sum) -> f64 {
        A::number(sum) / self.per_unit
    }

    /// Cumulative values after `at / parts` of the customers for each `at`, which must ascend; the
    /// customer on a cut is split. They are multiples of `1 / parts`.
    pub fn cuts(&self, ats: &[u32], parts: u32) -> Vec<A::Sum> {
        let customers = self.values.len() as u64;
        let (mut sum, mut reached) = (A::ZERO, 0_usize);
        ats.iter()
            .map(|&at| {
                let position = u128::from(customers) * u128::from(at);
                let whole = (position / u128::from(parts)) as usize;
                let part = (position % u128::from(parts)) as u64;
                for value in &self.values[reached..whole] {
                    sum = A::plus(sum, value.sum());
                }
                reached = whole;
                // Where nothing is left over, the cut may be the end, behind which nobody stands.
                let split = if part == 0 { self.values[0] } else { self.values[whole] };
                A::with_part(sum, split, part, parts)
            })
            .collect()
    }

    /// A sum of multiples of `1 / parts` in units.
    pub fn units_of_parts(&self, sum: A::Sum, parts: u32) -> f64 {
        A::whole(sum, parts) / self.per_unit
    }

    /// The smallest number of customers that reach a percentage of the sum of the positive values.
    pub fn reaching(&self, percent: u32, of: A::Sum) -> u64 {
        let mut sum = A::ZERO;
        for (rank, value) in self.values.iter().enumerate() {
            if A::reaches(sum, percent, of) {
                return rank as u64;
            }
            sum = A::plus(sum, value.sum());
        }
        self.values.len() as u64
    }

    /// Twice the sum of the distances of all pairs, over the sum of the absolute values; see [`super::Gini`].
    pub fn scaled_mean_difference(&self, totals: &Totals<A>) -> Option<f64> {
        let absolute = A::number(A::minus(totals.gained, totals.lost));
        let customers = self.values.len() as i64;
        let weighted = self
            .values
            .iter()
            .zip(1_i64..)
            .fold(A::ZERO, |sum, (value, rank)| A::plus(sum, value.times(customers + 1 - 2 * rank)));
        (absolute > 0.0).then(|| A::number(weighted) / absolute)
    }

    /// The value and the cumulative value at each rank, in units.
    pub fn running(&self) -> impl Iterator<Item = (u32, f64, f64)> + '_ {
        self.order.iter().zip(&self.values).scan(A::ZERO, |sum, (&place, &value)| {
            *sum = A::plus(*sum, value.sum());
            Some((place, self.units(value.sum()), self.units(*sum)))
        })
    }
}
