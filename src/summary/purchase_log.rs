//! Every customer's days with what was paid and paid back on each: what cohorts and silences are made of.

use rayon::prelude::*;

use super::after_end::AfterEnd;
use super::customer_days::{CustomerDays, Entry};
use super::first_purchases::FirstPurchases;
use super::partitions::{Limits, Partitions};
use crate::progress::Progress;
use crate::scan::{Account, Batch, Inputs, Reduce, ScanParams, Scanned, TextColumn, Texts, Wanted, scan_shared};
use crate::segments::Segments;
use crate::time::Day;
use crate::{Error, Result};

/// What a customer paid on a day, or what was paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking {
    /// The day.
    pub day: Day,
    /// The sum of the day in minor units: of its purchases, or of its refunds, which is below zero.
    pub amount: i64,
    /// Whether it is of purchases.
    pub is_purchase: bool,
}

/// The bookings of every customer, in byte order of their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PurchaseLog {
    /// The customers.
    pub ids: Texts,
    bookings: Vec<Booking>,
    ends: Vec<usize>,
    /// The last day observed.
    pub as_of: Option<Day>,
    /// The segments of the customers by what columns of the log say of their first purchases; one without columns.
    pub segments: Segments,
    /// How many customers have a later purchase of which those columns say otherwise.
    pub varying: u64,
}

impl PurchaseLog {
    /// Each customer's bookings by ascending day: of a day its refunds, then its purchases. Refunds before the first purchase
    /// are booked on its day, so that nothing comes before that day.
    pub fn customers(&self) -> impl Iterator<Item = &[Booking]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let bookings = &self.bookings[start..end];
            start = end;
            bookings
        })
    }

    /// The first purchase day of all; `None` without purchases.
    pub fn first_day(&self) -> Option<Day> {
        self.bookings.iter().map(|booking| booking.day).min()
    }
}

/// The bookings of a log, with the receipt of its rows.
///
/// Columns of the log named by `by` make segments: a customer is in that of its first purchase. Of several rows of the first
/// purchase day it is the one that says what comes first in the order of bytes, and nothing last.
///
/// # Errors
/// As [`scan`](crate::scan::scan); `Usage` where every row lies after the end of observation; and `Data` where what a customer paid or
/// got back on one day is beyond 63 bits of minor units.
pub fn purchase_log(
    inputs: &Inputs,
    params: &ScanParams,
    as_of: Option<Day>,
    by: &[String],
    progress: &dyn Progress,
) -> Result<Scanned<PurchaseLog>> {
    let named = |wanted: Wanted, name: &String| wanted.text(TextColumn::Named(name.clone()));
    let wanted = by.iter().fold(Wanted::transactions(), named);
    scan_shared(inputs, &wanted, params, progress, || {
        let partitions = Partitions::new(Limits::within(params.memory), CustomerDays::default);
        let firsts = || FirstPurchases::new(by.len());
        let after_end = AfterEnd::default;
        move || Collect { as_of, partitions: partitions.share(), last: None, after_end: after_end(), firsts: firsts() }
    })
}

struct Collect {
    as_of: Option<Day>,
    partitions: Partitions<CustomerDays>,
    last: Option<Day>,
    after_end: AfterEnd,
    firsts: FirstPurchases,
}

impl Reduce for Collect {
    type Output = PurchaseLog;

    fn absorb(&mut self, batch: &Batch) {
        let Self { as_of, partitions, last, after_end, firsts } = self;
        let counts = |day: Day| as_of.is_none_or(|as_of| day <= as_of);
        let is_purchase = |row: &usize| counts(batch.days()[*row]) && batch.amounts()[*row] >= 0;
        firsts.add(batch, (0..batch.len()).filter(is_purchase));
        partitions.add_all(batch.rows().filter_map(|(id, day, amount)| {
            if !counts(day) {
                after_end.add(amount);
                return None;
            }
            *last = (*last).max(Some(day));
            Some((id, day.0, amount))
        }));
    }

    fn merge(&mut self, other: Self) {
        self.partitions.merge(other.partitions);
        self.last = self.last.max(other.last);
        self.after_end.merge(other.after_end);
        self.firsts.merge(other.firsts);
    }

    fn finish(self, account: &mut Account) -> Result<PurchaseLog> {
        if self.last.is_none() {
            self.after_end.are_not_all(self.as_of)?;
        }
        let parts: Vec<(Texts, Vec<Purchases>)> = self.partitions.finish(|ids, days| {
            let mut gathered = days.gather();
            let customers = gathered.customers().map(|(entries, added)| Purchases::new(entries, added)).collect();
            (ids, customers)
        })?;
        let mut order: Vec<(&[u8], &Purchases)> = Vec::new();
        let (mut merged, mut refunds_only) = (0, (0, 0));
        for (ids, customers) in &parts {
            for (id, customer) in ids.iter().zip(customers) {
                if customer.bookings.is_empty() {
                    refunds_only = (refunds_only.0 + customer.rows, refunds_only.1 + customer.refunds);
                } else {
                    merged += customer.rows - customer.distinct;
                    order.push((id, customer));
                }
            }
        }
        order.par_sort_unstable_by(|one, other| one.0.cmp(other.0));
        account.merged(merged);
        self.after_end.set_aside(account);
        account.set_aside("customer without a purchase", refunds_only.0, refunds_only.1);
        let mut log = PurchaseLog { as_of: self.as_of.or(self.last), ..PurchaseLog::default() };
        for (id, customer) in order {
            log.ids.push(id);
            for (day, is_purchase, amount) in &customer.bookings {
                let amount = i64::try_from(*amount).map_err(|_| too_large(id, &day.to_string()))?;
                log.bookings.push(Booking { day: *day, amount, is_purchase: *is_purchase });
            }
            log.ends.push(log.bookings.len());
        }
        (log.segments, log.varying) = self.firsts.segments(&log.ids);
        Ok(log)
    }
}

/// What the days of one customer come to.
struct Purchases {
    /// Day, whether of purchases, and sum, in the order of [`PurchaseLog::customers`]; none of a customer who never bought.
    bookings: Vec<(Day, bool, i128)>,
    /// Refunds of a customer who never bought.
    refunds: i128,
    /// Rows, and distinct days of any kind.
    rows: u64,
    distinct: u64,
}

impl Purchases {
    fn new(entries: &[Entry], added: u64) -> Self {
        let distinct = entries.chunk_by(|one, other| one.day() == other.day()).count() as u64;
        let rows = entries.len() as u64 + added;
        let Some(first) = entries.iter().find(|entry| entry.purchase()) else {
            let refunds = entries.iter().map(|entry| i128::from(entry.amount())).sum();
            return Self { bookings: Vec::new(), refunds, rows, distinct };
        };
        let mut bookings: Vec<(Day, bool, i128)> = Vec::new();
        for entry in entries {
            // What is paid back before the first purchase has no cohort and no age of its own.
            let (day, amount) = (Day(entry.day().max(first.day())), i128::from(entry.amount()));
            match bookings.last_mut() {
                Some((last, is_purchase, sum)) if *last == day && *is_purchase == entry.purchase() => *sum += amount,
                _ => bookings.push((day, entry.purchase(), amount)),
            }
        }
        Self { bookings, refunds: 0, rows, distinct }
    }
}

/// What a customer had on a day is no money any more.
pub(super) fn too_large(customer: &[u8], day: &str) -> Error {
    let customer = String::from_utf8_lossy(customer);
    Error::data(format!("customer `{customer}` has a sum on {day} that is too large to be money"))
        .hint("check the amounts of this customer: columns may have been taken for one another")
}
