//! Quantities by object and measure, added to by every thread at once: whole numbers, so the order cannot matter.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::allocate::usage::Quantities;

/// The shared low 64 bits of every cell.
pub(super) struct Cells {
    objects: usize,
    low: Vec<AtomicI64>,
}

/// What a thread keeps for itself: overflows of cells, and sums of objects that no file has.
#[derive(Debug, Clone)]
pub(super) struct Own {
    carries: BTreeMap<usize, i64>,
    pub unknown: Vec<i128>,
}

impl Own {
    pub(super) fn new(measures: usize) -> Self {
        Self { carries: BTreeMap::new(), unknown: vec![0; measures] }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (cell, carry) in other.carries {
            *self.carries.entry(cell).or_insert(0) += carry;
        }
        for (sum, more) in self.unknown.iter_mut().zip(other.unknown) {
            *sum += more;
        }
    }
}

impl Cells {
    pub(super) fn new(objects: usize, measures: usize) -> Self {
        let mut low = Vec::with_capacity(objects * measures);
        low.resize_with(objects * measures, || AtomicI64::new(0));
        Self { objects, low }
    }

    /// Adds a quantity; the cell wraps round, and what that loses is kept as a carry.
    #[inline]
    pub(super) fn add(&self, own: &mut Own, object: Option<u32>, measure: usize, quantity: i128) {
        let Some(object) = object else {
            own.unknown[measure] += quantity;
            return;
        };
        let cell = measure * self.objects + object as usize;
        let low = quantity as i64;
        let mut carry = ((quantity - i128::from(low)) >> 64) as i64;
        let before = self.low[cell].fetch_add(low, Ordering::Relaxed);
        if before.checked_add(low).is_none() {
            carry += if low > 0 { 1 } else { -1 };
        }
        if carry != 0 {
            *own.carries.entry(cell).or_insert(0) += carry;
        }
    }

    pub(super) fn finish(self, own: Own) -> Quantities {
        let cells = self.low.into_iter().map(AtomicI64::into_inner).collect();
        let carries = own.carries.into_iter().filter(|(_, carry)| *carry != 0).collect();
        Quantities::from_cells(self.objects, cells, carries, own.unknown)
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
}
