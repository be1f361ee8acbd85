//! The reduction from rows to one row a customer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::after_end::AfterEnd;
use super::order::{Place, order};
use super::partitions::{Limits, Partitions};
use super::running::{Customer, HeldOut, Refunded, Running};
use super::{CustomerSummary, Holdout, SummaryParams};
use crate::money::Currency;
use crate::progress::Progress;
use crate::scan::{Account, Batch, Inputs, Reduce, ScanParams, Scanned, Texts, Tuning, Wanted, scan_tuned};
use crate::time::{Day, span};
use crate::{Error, Result};

/// The summary of a log of transactions, with the receipt of its rows.
///
/// # Errors
/// As [`scan`](crate::scan::scan); and `Usage` where the end of observation or of the calibration is before the first
/// date of the log, or nothing is left for the holdout.
///
/// # Example
/// ```
/// use custval::progress::Silent;
/// use custval::scan::{Inputs, ScanParams};
/// use custval::summary::{SummaryParams, summarize};
/// use custval::time::TimeUnit;
///
/// let log = "customer_id,date,amount\nann,2024-01-01,10\nann,2024-01-15,20\nbob,2024-01-08,5\n";
/// let inputs = Inputs::from_bytes([("log.csv", log.as_bytes())])?;
/// let scanned = summarize(&inputs, &ScanParams::default(), &SummaryParams::new(TimeUnit::Week), &Silent)?;
/// assert_eq!(scanned.output.frequency, [1, 0]);
/// assert_eq!(scanned.output.recency, [2.0, 0.0]);
/// assert_eq!(scanned.output.age, [2.0, 1.0]);
/// assert_eq!(scanned.receipt.rows_used, 3);
/// # Ok::<(), custval::Error>(())
/// ```
pub fn summarize(
    inputs: &Inputs,
    scan_params: &ScanParams,
    params: &SummaryParams,
    progress: &dyn Progress,
) -> Result<Scanned<CustomerSummary>> {
    let limits = Limits::within(scan_params.memory);
    // Several files often are of the same time, one for each shop.
    let limits = if inputs.sources().len() == 1 { limits } else { limits.without_folding() };
    summarize_tuned(inputs, scan_params, params, progress, limits, Tuning::default())
}

pub(super) fn summarize_tuned(
    inputs: &Inputs,
    scan_params: &ScanParams,
    params: &SummaryParams,
    progress: &dyn Progress,
    mut limits: Limits,
    tuning: Tuning,
) -> Result<Scanned<CustomerSummary>> {
    loop {
        let late = Arc::new(AtomicBool::new(false));
        let start = || {
            let all = Summarize::new(params, scan_params.currency.clone(), limits, Arc::clone(&late));
            move || all.share()
        };
        let mut scanned = scan_tuned(inputs, &Wanted::transactions(), scan_params, progress, start, tuning)?;
        // A log that was in date order long enough to forget days of it, and then was not: none is forgotten the second time.
        if late.load(Ordering::Relaxed) {
            limits = limits.without_folding();
            continue;
        }
        scanned.output.currency = scanned.receipt.currency.clone();
        return Ok(scanned);
    }
}

/// Rows on their way to a [`CustomerSummary`].
#[derive(Debug)]
struct Summarize {
    params: SummaryParams,
    currency: Currency,
    partitions: Partitions<Running>,
    /// First and last day of the rows not after the end of observation.
    days: Option<(Day, Day)>,
    after_end: AfterEnd,
    /// Set in the end where the result is not right, because days were forgotten too early.
    late: Arc<AtomicBool>,
}

impl Summarize {
    /// Nothing taken in yet.
    fn new(params: &SummaryParams, currency: Currency, limits: Limits, late: Arc<AtomicBool>) -> Self {
        let partitions =
            Partitions::new(limits, || Running::new(params.calibration_end_day(), params.separates_refunds()));
        Self { params: *params, currency, partitions, days: None, after_end: AfterEnd::default(), late }
    }

    /// The same reduction for another thread.
    fn share(&self) -> Self {
        let partitions = self.partitions.share();
        let (currency, late) = (self.currency.clone(), Arc::clone(&self.late));
        Self { params: self.params, currency, partitions, days: None, after_end: AfterEnd::default(), late }
    }
}

/// When customers are observed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The first day of the log; none where it has no rows.
    first: Option<Day>,
    calibration_end: Option<Day>,
    end: Day,
}

impl Window {
    /// The window of rows from a first to a last day, none of them after the end of observation; `after_end` rows are.
    pub fn new(params: &SummaryParams, days: Option<(Day, Day)>, after_end: AfterEnd) -> Result<Self> {
        let as_of = params.as_of_day();
        let Some((first, last)) = days else {
            after_end.are_not_all(as_of)?;
            return Ok(Self { first: None, calibration_end: None, end: as_of.unwrap_or(Day(0)) });
        };
        let end = as_of.unwrap_or(last);
        let calibration_end = params.calibration_end_day();
        if let Some(calibration_end) = calibration_end {
            if calibration_end < first {
                return Err(Error::usage(format!(
                    "the calibration ends on {calibration_end}, before {first}, the first date of the log"
                ))
                .hint(format!("give `--calibration-end` a day from {first} to before {end}")));
            }
            if calibration_end >= end {
                return Err(Error::usage(format!(
                    "the calibration ends on {calibration_end}, the observation on {end}: nothing is held out"
                ))
                .hint(format!("give `--calibration-end` a day from {first} to before {end}")));
            }
        }
        Ok(Self { first: Some(first), calibration_end, end })
    }
}

impl Reduce for Summarize {
    type Output = CustomerSummary;

    fn absorb(&mut self, batch: &Batch) {
        let Self { partitions, days, after_end, .. } = self;
        let batch_days = batch.days_span();
        match self.params.as_of_day() {
            Some(as_of) if batch_days.is_some_and(|(_, last)| last > as_of) => {
                partitions.add_all(batch.rows().filter_map(|(id, day, amount)| {
                    if day > as_of {
                        after_end.add(amount);
                        return None;
                    }
                    *days = span(*days, Some((day, day)));
                    Some((id, day.0, amount))
                }))
            }
            _ => {
                partitions.add_all(batch.rows().map(|(id, day, amount)| (id, day.0, amount)));
                *days = span(*days, batch_days);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.partitions.merge(other.partitions);
        self.days = span(self.days, other.days);
        self.after_end.merge(other.after_end);
    }

    fn finish(self, account: &mut Account) -> Result<CustomerSummary> {
        let window = Window::new(&self.params, self.days, self.after_end)?;
        let parts: Vec<Part> = self.partitions.finish(Part::new)?;
        self.late.store(parts.iter().any(|part| part.late), Ordering::Relaxed);
        self.after_end.set_aside(account);
        let summary = window.describe(&self.params, self.currency, &parts, account);
        // Giving so much memory back takes long enough for other work to go on beside it.
        rayon::spawn(move || drop(parts));
        Ok(summary)
    }
}

impl Window {
    /// All customers with a purchase, and what became of the rows of all.
    pub fn describe(
        self,
        params: &SummaryParams,
        currency: Currency,
        parts: &[Part],
        account: &mut Account,
    ) -> CustomerSummary {
        let cut = self.calibration_end.unwrap_or(self.end);
        let total = |count: fn(&Part) -> (u64, i128)| {
            parts.iter().map(count).fold((0, 0), |(rows, amount), (more, other)| (rows + more, amount + other))
        };
        account.merged(parts.iter().map(|part| part.merged).sum());
        let mut set_aside = |reason, (rows, amount)| account.set_aside(reason, rows, amount);
        set_aside("customer first buys after the calibration end", total(|part| part.later));
        set_aside("customer without a purchase", total(|part| part.refunds_only));

        let order = order(parts);
        let Described { ids, first, last, frequency, recency, age, monetary_value, amount } =
            Described::new(parts, &order, params.time_unit().days(), cut, &currency);
        let refunded: Option<Vec<Refunded>> = params
            .separates_refunds()
            .then(|| order.par_iter().map(|place| parts[place.part()].refunded[place.customer()]).collect());
        let holdout = self.calibration_end.map(|_| {
            let held_out: Vec<HeldOut> =
                order.par_iter().map(|place| parts[place.part()].held_out[place.customer()]).collect();
            Holdout {
                transactions: column(&held_out, |(transactions, _)| *transactions),
                amount: column(&held_out, |(_, amount)| *amount),
                refunds: refunded.as_ref().map(|refunded| column(refunded, |(_, after)| *after)),
                end: Some(self.end),
            }
        });
        CustomerSummary {
            ids,
            first_date: Some(first),
            last_date: Some(last),
            frequency,
            recency,
            age,
            monetary_value: Some(monetary_value),
            amount: Some(amount),
            refunds: refunded.as_ref().map(|refunded| column(refunded, |(before, _)| *before)),
            holdout,
            time_unit: params.time_unit(),
            observation_start: self.first,
            observation_end: self.first.map(|_| cut).or(params.as_of_day()),
            currency,
        }
    }
}

/// A column of the values of all customers.
fn column<C: Sync, T: Send>(customers: &[C], value: impl Fn(&C) -> T + Sync + Send) -> Vec<T> {
    customers.par_iter().map(value).collect()
}

/// Rows of one customer, and what they come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub rows: u64,
    /// Days of the customer that they are the first rows of.
    pub days: u64,
    pub amount: i128,
}

/// The columns that describe every customer.
struct Described {
    ids: Texts,
    first: Vec<Day>,
    last: Vec<Day>,
    frequency: Vec<u64>,
    recency: Vec<f64>,
    age: Vec<f64>,
    monetary_value: Vec<Option<f64>>,
    amount: Vec<i128>,
}

impl Described {
    /// One look at each customer, wherever it is, and all its values.
    fn new(parts: &[Part], order: &[Place], unit: f64, cut: Day, currency: &Currency) -> Self {
        const BLOCK: usize = 1 << 12;
        let all = order.len();
        let mut columns = Self {
            ids: Texts::default(),
            first: vec![Day(0); all],
            last: vec![Day(0); all],
            frequency: vec![0; all],
            recency: vec![0.0; all],
            age: vec![0.0; all],
            // By all threads: new memory is slow to write for the first time.
            monetary_value: order.par_iter().map(|_| None).collect(),
            amount: vec![0; all],
        };
        let Self { ids, first, last, frequency, recency, age, monetary_value, amount } = &mut columns;
        let days = (first.par_chunks_mut(BLOCK), last.par_chunks_mut(BLOCK));
        let times = (recency.par_chunks_mut(BLOCK), age.par_chunks_mut(BLOCK));
        let money = (monetary_value.par_chunks_mut(BLOCK), amount.par_chunks_mut(BLOCK));
        let blocks = (order.par_chunks(BLOCK), days, frequency.par_chunks_mut(BLOCK), times, money);
        let block_ids: Vec<Texts> = blocks
            .into_par_iter()
            .map(|(order, (first, last), frequency, (recency, age), (monetary_value, amount))| {
                // Where they are is nowhere near each other: fetched before they are looked at, many come at a time.
                let customers: Vec<Customer> =
                    order.iter().map(|place| parts[place.part()].customers[place.customer()]).collect();
                let ids: Vec<&[u8]> = order.iter().map(|place| parts[place.part()].ids.get(place.customer())).collect();
                for (row, customer) in customers.iter().enumerate() {
                    let repeats = u64::from(customer.transactions) - 1;
                    first[row] = customer.first;
                    last[row] = customer.last;
                    frequency[row] = repeats;
                    recency[row] = f64::from(customer.last.0 - customer.first.0) / unit;
                    age[row] = f64::from(cut.0 - customer.first.0) / unit;
                    monetary_value[row] =
                        (repeats > 0).then(|| currency.to_f64(customer.repeat_amount()) / repeats as f64);
                    amount[row] = customer.amount();
                }
                ids.into_iter().collect()
            })
            .collect();
        *ids = Texts::joined(&block_ids);
        columns
    }
}

/// The customers of one partition, and what became of its rows.
#[derive(Debug)]
pub(super) struct Part {
    pub ids: Texts,
    pub customers: Vec<Customer>,
    held_out: Vec<HeldOut>,
    refunded: Vec<Refunded>,
    late: bool,
    merged: u64,
    later: (u64, i128),
    refunds_only: (u64, i128),
}

impl Part {
    pub fn new(ids: Texts, running: Running) -> Self {
        Self::of_rows(ids, running, |number, customer, held_out, refunded| {
            let (_, held_out) = held_out.get(number).copied().unwrap_or_default();
            let (before, after) = refunded.get(number).copied().unwrap_or_default();
            let amount = customer.amount() + held_out - before - after;
            Rows { rows: customer.rows, days: customer.days.into(), amount }
        })
    }

    /// The same customers, where only some of what they come to are rows of this run.
    pub fn of_rows(
        ids: Texts,
        running: Running,
        rows: impl Fn(usize, &Customer, &[HeldOut], &[Refunded]) -> Rows,
    ) -> Self {
        let late = running.is_late();
        let (customers, held_out, refunded) = running.finish();
        let (mut merged, mut later, mut refunds_only) = (0, (0, 0), (0, 0));
        for (number, customer) in customers.iter().enumerate() {
            let Rows { rows, days, amount } = rows(number, customer, &held_out, &refunded);
            if customer.transactions > 0 {
                merged += rows - days;
                continue;
            }
            let buys_later = held_out.get(number).is_some_and(|(transactions, _)| *transactions > 0);
            let aside = if buys_later { &mut later } else { &mut refunds_only };
            aside.0 += rows;
            aside.1 += amount;
        }
        Self { ids, customers, held_out, refunded, late, merged, later, refunds_only }
    }
}
