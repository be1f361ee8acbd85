//! Every customer's purchase days with what was paid on each: what cohorts and silences are made of.

use rayon::prelude::*;

use super::after_end::AfterEnd;
use super::customer_days::{CustomerDays, Entry};
use super::partitions::{Limits, Partitions};
use crate::progress::Progress;
use crate::scan::{Account, Batch, Inputs, Reduce, ScanParams, Scanned, Texts, Wanted, scan_shared};
use crate::time::Day;
use crate::{Error, Result};

/// The purchase days of every customer, in byte order of their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PurchaseLog {
    /// The customers.
    pub ids: Texts,
    days: Vec<(Day, i64)>,
    ends: Vec<usize>,
    /// The last day observed.
    pub as_of: Option<Day>,
}

impl PurchaseLog {
    /// Each customer's purchase days, ascending, with the net amount of the day in minor units; a day of refunds alone is
    /// none, and its amount is netted from the purchase day before it.
    pub fn customers(&self) -> impl Iterator<Item = &[(Day, i64)]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let days = &self.days[start..end];
            start = end;
            days
        })
    }

    /// The first purchase day of all; `None` without purchases.
    pub fn first_day(&self) -> Option<Day> {
        self.days.iter().map(|(day, _)| *day).min()
    }
}

/// The purchase days of a log, with the receipt of its rows.
///
/// # Errors
/// As [`scan`](crate::scan::scan); `Usage` where every row lies after the end of observation; and `Data` where what a customer paid on
/// one day is beyond 63 bits of minor units.
pub fn purchase_log(
    inputs: &Inputs,
    params: &ScanParams,
    as_of: Option<Day>,
    progress: &dyn Progress,
) -> Result<Scanned<PurchaseLog>> {
    scan_shared(inputs, &Wanted::transactions(), params, progress, || {
        let partitions = Partitions::new(Limits::within(params.memory), CustomerDays::default);
        move || Collect { as_of, partitions: partitions.share(), last: None, after_end: AfterEnd::default() }
    })
}

struct Collect {
    as_of: Option<Day>,
    partitions: Partitions<CustomerDays>,
    last: Option<Day>,
    after_end: AfterEnd,
}

impl Reduce for Collect {
    type Output = PurchaseLog;

    fn absorb(&mut self, batch: &Batch) {
        let Self { as_of, partitions, last, after_end, .. } = self;
        partitions.add_all(batch.rows().filter_map(|(id, day, amount)| {
            if as_of.is_some_and(|as_of| day > as_of) {
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
                if customer.days.is_empty() {
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
            for (day, amount) in &customer.days {
                let amount = i64::try_from(*amount).map_err(|_| too_large(id, &day.to_string()))?;
                log.days.push((*day, amount));
            }
            log.ends.push(log.days.len());
        }
        Ok(log)
    }
}

/// What the days of one customer come to.
struct Purchases {
    /// Purchase days, ascending, with the net amount of each and of the refunds after it.
    days: Vec<(Day, i128)>,
    /// Refunds of a customer who never bought.
    refunds: i128,
    /// Rows, and distinct days of any kind.
    rows: u64,
    distinct: u64,
}

impl Purchases {
    fn new(entries: &[Entry], added: u64) -> Self {
        let mut purchases = Self { days: Vec::new(), refunds: 0, rows: entries.len() as u64 + added, distinct: 0 };
        for day in entries.chunk_by(|one, other| one.day() == other.day()) {
            purchases.distinct += 1;
            let amount: i128 = day.iter().map(|entry| i128::from(entry.amount())).sum();
            if day.iter().any(|entry| entry.purchase()) {
                // Refunds before the first purchase are netted from it.
                purchases.days.push((Day(day[0].day()), amount + std::mem::take(&mut purchases.refunds)));
            } else {
                match purchases.days.last_mut() {
                    Some(before) => before.1 += amount,
                    None => purchases.refunds += amount,
                }
            }
        }
        purchases
    }
}

/// What a customer had on a day is no money any more.
pub(super) fn too_large(customer: &[u8], day: &str) -> Error {
    let customer = String::from_utf8_lossy(customer);
    Error::data(format!("customer `{customer}` has a sum on {day} that is too large to be money"))
        .hint("check the amounts of this customer: columns may have been taken for one another")
}
