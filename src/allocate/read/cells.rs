//! Quantities by object and measure, added to by every thread at once: whole numbers, so the order cannot matter.
//!
//! A log names its customers in no order, and a sum far away in memory is slow to reach. So each thread keeps what it
//! has to add by stretches of objects, and adds a stretch in one go when enough has come together: what is
//! touched then fits the cache, and nobody else touches it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::allocate::usage::Quantities;

/// How many bytes of sums a stretch has, about: as much as a core's own cache holds.
const STRETCH_BYTES: usize = 1 << 20;
/// How many additions come together before they are made.
const ADDITIONS: usize = 2048;

/// The sums, in stretches of objects.
pub(super) struct Cells {
    objects: usize,
    measures: usize,
    /// Objects of a stretch, as a power of two.
    shift: u32,
    stretches: Vec<Mutex<Stretch>>,
}

/// Object by object, the low 64 bits of every sum, and what overflowed.
#[derive(Default)]
struct Stretch {
    low: Vec<i64>,
    carries: BTreeMap<usize, i64>,
}

/// What a thread keeps for itself: additions still to be made, and sums of objects that no file has.
pub(super) struct Own {
    waiting: Vec<Vec<Addition>>,
    pub unknown: Vec<i128>,
}

#[derive(Clone, Copy)]
struct Addition {
    /// The place within the stretch.
    cell: u32,
    quantity: i128,
}

impl Own {
    pub(super) fn new(measures: usize) -> Self {
        Self { waiting: Vec::new(), unknown: vec![0; measures] }
    }
}

impl Cells {
    pub(super) fn new(objects: usize, measures: usize) -> Self {
        let fit = (STRETCH_BYTES / (8 * measures.max(1))).max(1);
        let shift = fit.ilog2();
        let stretches = (0..objects.div_ceil(1 << shift))
            .into_par_iter()
            .map(|stretch| {
                let members = (objects - (stretch << shift)).min(1 << shift);
                Mutex::new(Stretch { low: vec![0; members * measures], carries: BTreeMap::new() })
            })
            .collect();
        Self { objects, measures, shift, stretches }
    }

    /// Adds a quantity, sooner or later.
    #[inline]
    pub(super) fn add(&self, own: &mut Own, object: Option<u32>, measure: usize, quantity: i128) {
        let Some(object) = object else {
            own.unknown[measure] += quantity;
            return;
        };
        let stretch = object as usize >> self.shift;
        let member = object as usize & ((1 << self.shift) - 1);
        if own.waiting.is_empty() {
            own.waiting.resize_with(self.stretches.len(), Vec::new);
        }
        let waiting = &mut own.waiting[stretch];
        // A stretch has fewer cells than its bytes.
        waiting.push(Addition { cell: (member * self.measures + measure) as u32, quantity });
        if waiting.len() >= ADDITIONS {
            self.make(stretch, waiting);
        }
    }

    fn make(&self, stretch: usize, waiting: &mut Vec<Addition>) {
        // Additions to a stretch are made one by one, so one that was cut short left it whole.
        let mut stretch = self.stretches[stretch].lock().unwrap_or_else(PoisonError::into_inner);
        for Addition { cell, quantity } in waiting.drain(..) {
            stretch.add(cell as usize, quantity);
        }
    }

    /// Takes all sums of some measures back to zero.
    pub(super) fn forget(&self, measures: impl Iterator<Item = usize> + Clone) {
        for stretch in &self.stretches {
            let mut stretch = stretch.lock().unwrap_or_else(PoisonError::into_inner);
            for sums in stretch.low.chunks_mut(self.measures) {
                measures.clone().for_each(|measure| sums[measure] = 0);
            }
            stretch.carries.retain(|cell, _| measures.clone().all(|measure| cell % self.measures != measure));
        }
    }

    /// Makes the additions that still wait, and takes over the sums of another thread.
    pub(super) fn merge(&self, own: &mut Own, mut other: Own) {
        self.settle(&mut other);
        for (sum, more) in own.unknown.iter_mut().zip(other.unknown) {
            *sum += more;
        }
    }

    fn settle(&self, own: &mut Own) {
        for (stretch, waiting) in own.waiting.iter_mut().enumerate() {
            self.make(stretch, waiting);
        }
    }

    /// All sums, measure by measure.
    pub(super) fn finish(self, mut own: Own) -> Quantities {
        self.settle(&mut own);
        let Self { objects, measures, shift, stretches } = self;
        let stretches: Vec<Stretch> =
            stretches.into_iter().map(|stretch| stretch.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        let mut cells = vec![0_i64; objects * measures];
        if objects > 0 {
            cells.par_chunks_mut(objects).enumerate().for_each(|(measure, column)| {
                for (stretch, part) in stretches.iter().zip(column.chunks_mut(1 << shift)) {
                    for (member, sum) in part.iter_mut().enumerate() {
                        *sum = stretch.low[member * measures + measure];
                    }
                }
            });
        }
        let carries = stretches.iter().enumerate().flat_map(|(stretch, sums)| {
            sums.carries.iter().filter(|(_, carry)| **carry != 0).map(move |(cell, carry)| {
                let object = (stretch << shift) + cell / measures;
                (cell % measures * objects + object, *carry)
            })
        });
        Quantities::from_cells(objects, cells, carries.collect(), own.unknown)
    }
}

impl Stretch {
    /// The cell wraps round, and what that loses is kept as a carry.
    #[inline]
    fn add(&mut self, cell: usize, quantity: i128) {
        let low = quantity as i64;
        let mut carry = ((quantity - i128::from(low)) >> 64) as i64;
        let (sum, wrapped) = self.low[cell].overflowing_add(low);
        self.low[cell] = sum;
        if wrapped {
            carry += if low > 0 { 1 } else { -1 };
        }
        if carry != 0 {
            *self.carries.entry(cell).or_insert(0) += carry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_64_bits_are_exact_in_any_order() {
        let large = [i128::from(i64::MAX), 5, i128::from(i64::MAX), -7, i128::from(i64::MIN), 1 << 90, -(1 << 89)];
        for turn in 0..large.len() {
            let cells = Cells::new(2, 3);
            let mut own = Own::new(3);
            for step in 0..large.len() {
                cells.add(&mut own, Some(1), 2, large[(turn + step) % large.len()]);
                cells.add(&mut own, None, 1, large[step]);
            }
            let sum: i128 = large.iter().sum();
            let quantities = cells.finish(own);
            assert_eq!((quantities.get(1, 2), quantities.unknown(1)), (sum, sum));
            let mut built = Quantities::new(2, 3);
            large.iter().for_each(|&quantity| built.add(Some(1), 2, quantity));
            large.iter().for_each(|&quantity| built.add(None, 1, quantity));
            assert_eq!(built, quantities);
        }
    }

    #[test]
    fn many_objects_in_many_stretches_keep_their_own_sums() {
        let (objects, measures) = (70_000, 7);
        let cells = Cells::new(objects, measures);
        let mut first = Own::new(measures);
        let mut second = Own::new(measures);
        for round in 0..3 {
            for object in 0..objects {
                let own = if object % 3 == 0 { &mut first } else { &mut second };
                cells.add(own, Some(object as u32), (object + round) % measures, (object * 10 + round) as i128);
            }
        }
        cells.merge(&mut first, second);
        let quantities = cells.finish(first);
        for object in (0..objects).step_by(997) {
            for round in 0..3 {
                assert_eq!(quantities.get(object, (object + round) % measures), (object * 10 + round) as i128);
            }
            assert_eq!(quantities.get(object, (object + 3) % measures), 0);
        }
    }
}
