//! From files to the ledger and the usage of a run.
//!
//! The ledger and the customers are tables; transactions, activities and driver files are logs, which stream through a
//! reduction: what is held is one number per object and measure, however many rows there are. The keys are collected in
//! a first reading, so that all threads share one set of numbers in the second.

mod cells;
mod customers;
mod dated;
mod dimensions;
mod gather;
mod keys;
mod ledger;
mod plan;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::scan::{Inputs, ScanParams};
use crate::time::Day;

pub use customers::Customers;
pub use dated::fits_several_periods;
pub use dimensions::parts_of_key;
pub use gather::{Files, Gathered, Headings, gather};
pub use keys::Period;
pub use ledger::{Booked, read_ledger};

/// One or more files of one table, and how they are read.
#[derive(Debug, Clone)]
pub struct File {
    /// The files.
    pub inputs: Inputs,
    /// How they are read.
    pub params: ScanParams,
}

impl File {
    /// The name of the first file, for messages.
    pub fn name(&self) -> &str {
        self.inputs.names().next().unwrap_or_default()
    }
}

/// What became of the rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReceipt {
    /// Rows in all files.
    pub rows: u64,
    /// Rows that entered the result.
    pub used: u64,
    /// The sum of all amounts, in minor units.
    pub amount: i128,
    /// Rows that did not, by reason.
    pub aside: BTreeMap<String, Aside>,
}

/// Rows set aside for one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aside {
    /// How many.
    pub rows: u64,
    /// The sum of their amounts, in minor units.
    pub amount: i128,
}

/// Rows that no activity asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unasked {
    /// How many.
    pub rows: u64,
    /// What they cost by themselves, in minor units, where the log says it of all of them.
    pub amount: Option<i128>,
}

/// A customer that no file has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stranger {
    /// Rows of all logs.
    pub rows: u64,
    /// What it used, by measure.
    pub quantities: BTreeMap<usize, i128>,
}

/// Where the facts of transactions stand among the measures.
#[derive(Debug, Clone, Copy)]
struct Facts4 {
    revenue: usize,
    discounts: usize,
    refunds: usize,
    units: usize,
}

/// The days of a period on which each object did something, one bit a day.
struct DaySets {
    first: Day,
    words: usize,
    bits: Vec<AtomicU64>,
}

impl DaySets {
    fn new(objects: usize, first: Day, days: usize) -> Self {
        let words = days.div_ceil(64);
        let mut bits = Vec::with_capacity(objects * words);
        bits.resize_with(objects * words, || AtomicU64::new(0));
        Self { first, words, bits }
    }

    #[inline]
    fn mark(&self, object: u32, day: Day) {
        // Days before the first or after the last were set aside with their rows.
        let bit = (day.0 - self.first.0) as usize;
        let word = object as usize * self.words + bit / 64;
        if let Some(word) = self.bits.get(word) {
            word.fetch_or(1 << (bit % 64), Ordering::Relaxed);
        }
    }

    fn clear(&self) {
        self.bits.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    }

    fn counts(&self, objects: usize) -> Vec<u32> {
        if self.words == 0 {
            return vec![0; objects];
        }
        self.bits
            .chunks(self.words)
            .map(|words| words.iter().map(|word| word.load(Ordering::Relaxed).count_ones()).sum())
            .collect()
    }
}
