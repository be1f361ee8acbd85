//! Contracts as they were exported, before any policy says what they mean.

use rayon::prelude::*;

use crate::exchange::Exchange;
use crate::time::Day;
use crate::{Error, Result};

/// One contract or subscription: who, from when to when, and what it pays a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contract {
    /// The customer, as the place of its id in byte order.
    pub customer: u32,
    /// The first day.
    pub start: Day,
    /// The first day after the contract; `None` where it goes on.
    pub end: Option<Day>,
    /// Recurring revenue a month, in minor units of its currency.
    pub amount: i64,
    /// The segment or plan, as a place in a list of names; 0 where there are none.
    pub segment: u32,
    /// The currency, as a place in a list; 0 where there is one.
    pub currency: u16,
    /// Whether the contract is paused: on the books, but not running.
    pub paused: bool,
    /// What else is known, as a place in [`Contracts::details`].
    pub details: Option<u32>,
}

impl Contract {
    /// A running contract of the only segment in the only currency, of which no more is known.
    pub fn new(customer: u32, start: Day, end: Option<Day>, amount: i64) -> Self {
        Self { customer, start, end, amount, segment: 0, currency: 0, paused: false, details: None }
    }
}

/// How a contract came to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Details {
    /// The day on which the customer asked to cancel.
    pub requested: Option<Day>,
    /// The day on which a payment failed that was never made good.
    pub payment_failed: Option<Day>,
    /// The day on which all was paid back.
    pub refunded: Option<Day>,
    /// The reason given, as a place in a list of names.
    pub reason: Option<u32>,
}

/// All contracts, customer by customer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contracts {
    rows: Vec<Contract>,
    details: Vec<Details>,
    customers: u32,
}

impl Contracts {
    /// The contracts of so many customers, in any order.
    ///
    /// # Errors
    /// Where a contract ends before it starts, or names a customer or details that are not there.
    pub fn new(mut rows: Vec<Contract>, details: Vec<Details>, customers: u32) -> Result<Self> {
        for (place, row) in rows.iter().enumerate() {
            if let Some(end) = row.end.filter(|end| *end < row.start) {
                return Err(Error::data(format!(
                    "contract {place} ends on `{end}`, before its start on `{}`",
                    row.start
                )));
            }
            if row.customer >= customers || row.details.is_some_and(|place| place as usize >= details.len()) {
                return Err(Error::usage(format!("contract {place} names a customer or details that are not there")));
            }
        }
        rows.par_sort_unstable();
        Ok(Self { rows, details, customers })
    }

    /// The contracts, ordered by customer, then by start.
    pub fn rows(&self) -> &[Contract] {
        &self.rows
    }

    /// How a contract came to its end, as far as that is known.
    pub fn details(&self, contract: &Contract) -> Details {
        contract.details.map_or_else(Details::default, |place| self.details[place as usize])
    }

    /// That the amounts of all contracts, at their highest exchange rates, can be added up exactly.
    ///
    /// # Errors
    /// Where they are more than an amount of 64 bits holds.
    pub fn check_sums(&self, exchange: &Exchange) -> Result<()> {
        let most = |row: &Contract| exchange.most(row.amount, row.currency);
        let all = self.rows.iter().try_fold(0_i128, |sum, row| sum.checked_add(most(row)?));
        match all {
            Some(all) if all <= i128::from(i64::MAX) => Ok(()),
            _ => Err(Error::data("the amounts of all contracts come to more than can be added up exactly")
                .hint("an amount is in the units of its currency: check that none has its marks for thousands taken for others")),
        }
    }

    /// How many customers there are.
    pub fn customers(&self) -> u32 {
        self.customers
    }

    /// The first day of the earliest contract; `None` without contracts.
    pub fn first_start(&self) -> Option<Day> {
        self.rows.par_iter().map(|row| row.start).min()
    }

    /// The last day of which the contracts tell anything: the latest start, the last day before an end, or the day on which
    /// somebody asked to cancel, did not pay or was paid back.
    pub fn last_day(&self) -> Option<Day> {
        let last = |row: &Contract| row.end.map_or(row.start, |end| Day(end.0 - 1).max(row.start));
        let known = self.rows.par_iter().map(last).max()?;
        Some(self.last_event().map_or(known, |day| day.max(known)))
    }

    /// The last day of what is known beside starts and ends.
    fn last_event(&self) -> Option<Day> {
        let days = |own: &Details| [own.requested, own.payment_failed, own.refunded].into_iter().flatten().max();
        self.details.par_iter().filter_map(days).max()
    }

    /// What the contracts themselves give reason to doubt.
    pub fn doubts(&self) -> Doubts {
        let mut doubts = Doubts { overlapping_customers: 0, export_date: None, at_export_date: 0 };
        for contracts in self.rows.chunk_by(|a, b| a.customer == b.customer) {
            let mut until = Some(Day(i32::MIN));
            let overlaps = contracts.iter().any(|row| {
                let overlaps = until.is_none_or(|until| row.start < until);
                until = until.zip(row.end).map(|(until, end)| until.max(end));
                overlaps
            });
            doubts.overlapping_customers += u64::from(overlaps);
        }
        if let Some(last) = self.rows.par_iter().filter_map(|row| row.end).max() {
            doubts.at_export_date = self.rows.par_iter().filter(|row| row.end == Some(last)).count() as u64;
            let most = doubts.at_export_date >= 3 && 2 * doubts.at_export_date > self.rows.len() as u64;
            // Nothing may be known of later days, or the mark would have moved with the export.
            let nothing_later = self.rows.par_iter().all(|row| row.start <= last)
                && self.last_event().is_none_or(|event| event <= last);
            doubts.export_date = (most && nothing_later).then_some(last);
        }
        doubts
    }

    /// The same contracts, each with the segment of its customer.
    #[must_use]
    pub fn with_segments(mut self, segment_of: &[u32]) -> Self {
        self.rows.par_iter_mut().for_each(|row| row.segment = segment_of[row.customer as usize]);
        self.rows.par_sort_unstable();
        self
    }

    /// The same contracts, with those that end on the day taken to go on: an end that only says when the
    /// data were exported.
    #[must_use]
    pub fn open_at(mut self, export_date: Day) -> Self {
        self.rows.par_iter_mut().filter(|row| row.end == Some(export_date)).for_each(|row| row.end = None);
        self.rows.par_sort_unstable();
        self
    }
}

/// What contracts give reason to doubt about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubts {
    /// Customers with contracts that overlap; they count once, and their amounts add.
    pub overlapping_customers: u64,
    /// The last end date of all, where most contracts end on it (and at least three): rather the day of
    /// the export than a mass departure.
    pub export_date: Option<Day>,
    /// How many contracts end on the last end date.
    pub at_export_date: u64,
}
