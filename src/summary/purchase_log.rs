//! Every customer's purchase days with what was paid on each: what cohorts and silences are made of.

use rayon::prelude::*;

use super::customer_days::{CustomerDays, Gathered, Limits, PARTITIONS};
use crate::progress::Progress;
use crate::scan::{Account, Batch, Inputs, Reduce, ScanParams, Scanned, Texts, Wanted, scan};
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
/// As [`scan`]; and `Usage` where every row lies after the end of observation.
pub fn purchase_log(
    inputs: &Inputs,
    params: &ScanParams,
    as_of: Option<Day>,
    progress: &dyn Progress,
) -> Result<Scanned<PurchaseLog>> {
    scan(inputs, &Wanted::transactions(), params, progress, || Collect {
        as_of,
        threads: vec![CustomerDays::new(Limits::default())],
        last: None,
        after_end: (0, 0),
    })
}

struct Collect {
    as_of: Option<Day>,
    threads: Vec<CustomerDays>,
    last: Option<Day>,
    after_end: (u64, i128),
}

impl Reduce for Collect {
    type Output = PurchaseLog;

    fn absorb(&mut self, batch: &Batch) {
        let days = self.threads.last_mut().expect("a reduction begins with one thread's days");
        for ((id, day), amount) in batch.ids().iter().zip(batch.days()).zip(batch.amounts()) {
            if self.as_of.is_none_or(|as_of| *day <= as_of) {
                self.last = self.last.max(Some(*day));
                days.add(id, day.0, *amount);
            } else {
                self.after_end.0 += 1;
                self.after_end.1 += i128::from(*amount);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.threads.extend(other.threads);
        self.last = self.last.max(other.last);
        self.after_end.0 += other.after_end.0;
        self.after_end.1 += other.after_end.1;
    }

    fn finish(mut self, account: &mut Account) -> Result<PurchaseLog> {
        if let (None, Some(as_of)) = (self.last, self.as_of.filter(|_| self.after_end.0 > 0)) {
            return Err(Error::usage(format!("every date of the log is after {as_of}, the end of observation"))
                .hint("give `--as-of` a later day, or leave it out to observe to the last date"));
        }
        let turns: Vec<Vec<_>> =
            (0..PARTITIONS).map(|part| self.threads.iter_mut().map(|thread| thread.take(part)).collect()).collect();
        let parts: Vec<(Gathered, Customers)> = turns
            .into_par_iter()
            .map(|parts| {
                let mut gathered = Gathered::new(parts.into_iter());
                let customers = gathered.customers().map(|(entries, added)| {
                    let mut days: Vec<(Day, i64)> = Vec::new();
                    // Refunds before the first purchase are netted from it.
                    let (mut refunds, mut rows) = (0_i64, added);
                    for day in entries.chunk_by(|one, other| one.day() == other.day()) {
                        let amount = day.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.amount()));
                        rows += day.len() as u64 - 1;
                        if day.iter().any(|entry| entry.purchase()) {
                            days.push((Day(day[0].day()), amount.saturating_add(std::mem::take(&mut refunds))));
                        } else {
                            match days.last_mut() {
                                Some(before) => before.1 = before.1.saturating_add(amount),
                                None => refunds = refunds.saturating_add(amount),
                            }
                        }
                    }
                    let rows_of_refunds =
                        days.is_empty().then_some((entries.len() as u64 + added, i128::from(refunds)));
                    (days, rows, rows_of_refunds)
                });
                let customers = customers.collect();
                (gathered, customers)
            })
            .collect();
        let mut order: Vec<(&[u8], &OwnDays)> = Vec::new();
        let (mut merged, mut refunds_only) = (0, (0, 0));
        for (gathered, customers) in &parts {
            for (id, (days, rows, refunds)) in gathered.ids.iter().zip(customers) {
                match refunds {
                    Some((rows, amount)) => refunds_only = (refunds_only.0 + rows, refunds_only.1 + amount),
                    None => {
                        merged += rows;
                        order.push((id, days.as_slice()));
                    }
                }
            }
        }
        order.par_sort_unstable_by(|one, other| one.0.cmp(other.0));
        account.merged(merged);
        account.set_aside("after the end of observation", self.after_end.0, self.after_end.1);
        account.set_aside("customer without a purchase", refunds_only.0, refunds_only.1);
        let mut log = PurchaseLog { as_of: self.as_of.or(self.last), ..PurchaseLog::default() };
        for (id, days) in order {
            log.ids.push(id);
            log.days.extend_from_slice(days);
            log.ends.push(log.days.len());
        }
        Ok(log)
    }
}

/// A customer's purchase days, ascending, with the amount of each.
type OwnDays = [(Day, i64)];

/// Of each customer the purchase days, the rows added to others, and the rows and refunds of who never bought.
type Customers = Vec<(Vec<(Day, i64)>, u64, Option<(u64, i128)>)>;
