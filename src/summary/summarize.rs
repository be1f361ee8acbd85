//! The reduction from rows to one row a customer.

use rayon::prelude::*;

use super::customer_days::{CustomerDays, Entry, Gathered, Limits, PARTITIONS};
use super::{CustomerSummary, Holdout, SummaryParams};
use crate::money::Currency;
use crate::progress::Progress;
use crate::scan::{Account, Batch, Inputs, Reduce, ScanParams, Scanned, Texts, Wanted, scan};
use crate::time::Day;
use crate::{Error, Result};

/// The summary of a log of transactions, with the receipt of its rows.
///
/// # Errors
/// As [`scan`]; and `Usage` where the end of observation or of the calibration is before the first
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
    scan(inputs, &Wanted::transactions(), scan_params, progress, || {
        Summarize::new(params, scan_params.currency.clone())
    })
}

/// Rows on their way to a [`CustomerSummary`].
#[derive(Debug)]
pub struct Summarize {
    params: SummaryParams,
    currency: Currency,
    threads: Vec<CustomerDays>,
    /// First and last day of the rows not after the end of observation.
    days: Option<(Day, Day)>,
    after_end: (u64, i128),
}

impl Summarize {
    /// Nothing taken in yet.
    pub fn new(params: &SummaryParams, currency: Currency) -> Self {
        Self::tuned(params, currency, Limits::default())
    }

    pub(super) fn tuned(params: &SummaryParams, currency: Currency, limits: Limits) -> Self {
        Self { params: *params, currency, threads: vec![CustomerDays::new(limits)], days: None, after_end: (0, 0) }
    }

    fn see(&mut self, days: Option<(Day, Day)>) {
        self.days = match (self.days, days) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (one, other) => one.or(other),
        };
    }

    /// The end of calibration, where there is one, and of observation.
    fn window(&self) -> Result<Option<(Option<Day>, Day)>> {
        let as_of = self.params.as_of_day();
        let Some((first, last)) = self.days else {
            return match as_of {
                Some(as_of) if self.after_end.0 > 0 => {
                    Err(Error::usage(format!("every date of the log is after {as_of}, the end of observation"))
                        .hint("give `--as-of` a later day, or leave it out to observe to the last date"))
                }
                _ => Ok(None),
            };
        };
        let end = as_of.unwrap_or(last);
        let calibration_end = self.params.calibration_end_day();
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
        Ok(Some((calibration_end, end)))
    }
}

impl Reduce for Summarize {
    type Output = CustomerSummary;

    fn absorb(&mut self, batch: &Batch) {
        let as_of = self.params.as_of_day();
        let kept = |day: Day| as_of.is_none_or(|as_of| day <= as_of);
        let days = self.threads.last_mut().expect("a reduction begins with one thread's days");
        let mut seen: Option<(Day, Day)> = None;
        for ((id, day), amount) in batch.ids().iter().zip(batch.days()).zip(batch.amounts()) {
            if kept(*day) {
                let (first, last) = seen.unwrap_or((*day, *day));
                seen = Some((first.min(*day), last.max(*day)));
                days.add(id, day.0, *amount);
            } else {
                self.after_end.0 += 1;
                self.after_end.1 += i128::from(*amount);
            }
        }
        self.see(seen);
    }

    fn merge(&mut self, other: Self) {
        self.threads.extend(other.threads);
        self.see(other.days);
        self.after_end.0 += other.after_end.0;
        self.after_end.1 += other.after_end.1;
    }

    fn finish(mut self, account: &mut Account) -> Result<CustomerSummary> {
        let window = self.window()?;
        let (calibration_end, end) = window.unwrap_or((None, self.params.as_of_day().unwrap_or(Day(0))));
        let cut = calibration_end.unwrap_or(end);
        // A partition is taken from every thread only when its turn comes, so that memory is freed as
        // the work goes on.
        let turns: Vec<Vec<_>> =
            (0..PARTITIONS).map(|part| self.threads.iter_mut().map(|thread| thread.take(part)).collect()).collect();
        let parts: Vec<Part> =
            turns.into_par_iter().map(|parts| Part::new(Gathered::new(parts.into_iter()), cut)).collect();
        let total = |count: fn(&Part) -> (u64, i128)| {
            parts.iter().map(count).fold((0, 0), |(rows, amount), (more, other)| (rows + more, amount + other))
        };
        account.merged(parts.iter().map(|part| part.merged).sum());
        let mut set_aside = |reason, (rows, amount)| account.set_aside(reason, rows, amount);
        set_aside("after the end of observation", self.after_end);
        set_aside("customer first buys after the calibration end", total(|part| part.later));
        set_aside("customer without a purchase", total(|part| part.refunds_only));

        let order = order(&parts);
        let unit = self.params.time_unit().days();
        let column = Columns { parts: &parts, order: &order };
        let monetary_value = column.of(|customer| {
            let repeats = customer.transactions - 1;
            (repeats > 0).then(|| self.currency.to_f64(customer.repeat_amount) / repeats as f64)
        });
        Ok(CustomerSummary {
            ids: order.iter().map(|place| parts[place.part()].ids.get(place.customer())).collect(),
            first_date: Some(column.of(|customer| customer.first)),
            last_date: Some(column.of(|customer| customer.last)),
            frequency: column.of(|customer| customer.transactions - 1),
            recency: column.of(|customer| f64::from(customer.last.0 - customer.first.0) / unit),
            age: column.of(|customer| f64::from(cut.0 - customer.first.0) / unit),
            monetary_value: Some(monetary_value),
            amount: Some(column.of(|customer| customer.amount)),
            holdout: calibration_end.map(|_| Holdout {
                transactions: column.of(|customer| customer.holdout_transactions),
                amount: column.of(|customer| customer.holdout_amount),
                end: Some(end),
            }),
            time_unit: self.params.time_unit(),
            observation_start: self.days.map(|(first, _)| first),
            observation_end: window.map(|_| cut).or(self.params.as_of_day()),
            currency: self.currency,
        })
    }
}

/// The purchases of one customer.
#[derive(Debug, Clone, Copy)]
struct Customer {
    first: Day,
    last: Day,
    transactions: u64,
    amount: i128,
    /// Net amount of the days after the first purchase day.
    repeat_amount: i128,
    holdout_transactions: u64,
    holdout_amount: i128,
}

/// The customers of one partition, and what became of its rows.
#[derive(Debug)]
struct Part {
    ids: Texts,
    customers: Vec<Customer>,
    merged: u64,
    later: (u64, i128),
    refunds_only: (u64, i128),
}

impl Part {
    fn new(mut gathered: Gathered, cut: Day) -> Self {
        let all = std::mem::take(&mut gathered.ids);
        let mut part = Self {
            ids: Texts::with_capacity(all.len(), all.byte_len()),
            customers: Vec::with_capacity(all.len()),
            merged: 0,
            later: (0, 0),
            refunds_only: (0, 0),
        };
        for (number, (days, added)) in gathered.customers().enumerate() {
            let rows = days.len() as u64 + added;
            match described(days, cut) {
                (Ok(customer), distinct) => {
                    part.merged += rows - distinct;
                    part.ids.push(all.get(number));
                    part.customers.push(customer);
                }
                (Err(left_out), _) => {
                    let aside = if left_out.buys_later { &mut part.later } else { &mut part.refunds_only };
                    aside.0 += rows;
                    aside.1 += left_out.amount;
                }
            }
        }
        part
    }
}

/// A customer without a purchase day up to the cut.
struct LeftOut {
    buys_later: bool,
    amount: i128,
}

/// One customer from the days in order, and how many distinct days there are.
fn described(days: &[Entry], cut: Day) -> (Result<Customer, LeftOut>, u64) {
    let mut customer = Customer {
        first: cut,
        last: cut,
        transactions: 0,
        amount: 0,
        repeat_amount: 0,
        holdout_transactions: 0,
        holdout_amount: 0,
    };
    let mut distinct = 0;
    for entries in days.chunk_by(|one, next| one.day() == next.day()) {
        distinct += 1;
        let day = Day(entries[0].day());
        let purchase = entries.iter().any(|entry| entry.purchase());
        let net: i128 = entries.iter().map(|entry| i128::from(entry.amount())).sum();
        if day > cut {
            customer.holdout_transactions += u64::from(purchase);
            customer.holdout_amount += net;
            continue;
        }
        customer.amount += net;
        if customer.transactions > 0 {
            customer.repeat_amount += net;
        }
        if purchase {
            if customer.transactions == 0 {
                customer.first = day;
            }
            customer.last = day;
            customer.transactions += 1;
        }
    }
    if customer.transactions > 0 {
        return (Ok(customer), distinct);
    }
    let buys_later = customer.holdout_transactions > 0;
    (Err(LeftOut { buys_later, amount: customer.amount + customer.holdout_amount }), distinct)
}

/// Where a customer stands, with the beginning of the id that decides most comparisons.
#[derive(Debug, Clone, Copy)]
struct Place {
    prefix: u64,
    part: u32,
    customer: u32,
}

impl Place {
    fn part(self) -> usize {
        self.part as usize
    }

    fn customer(self) -> usize {
        self.customer as usize
    }
}

/// All customers by the bytes of their ids.
fn order(parts: &[Part]) -> Vec<Place> {
    // Ids often begin alike, and then the difference is in what follows.
    let shared = shared_prefix(parts);
    let mut order: Vec<Place> = parts
        .par_iter()
        .enumerate()
        .flat_map_iter(|(number, part)| {
            part.ids.iter().enumerate().map(move |(customer, id)| Place {
                prefix: prefix(&id[shared..]),
                part: number as u32,
                customer: customer as u32,
            })
        })
        .collect();
    let id = |place: &Place| parts[place.part()].ids.get(place.customer());
    order.par_sort_unstable_by(|one, other| one.prefix.cmp(&other.prefix).then_with(|| id(one).cmp(id(other))));
    order
}

/// How many bytes all ids begin with alike.
fn shared_prefix(parts: &[Part]) -> usize {
    let Some(example) = parts.iter().find_map(|part| part.ids.iter().next()) else { return 0 };
    let shared = |id: &[u8]| id.iter().zip(example).take_while(|(one, other)| one == other).count();
    parts.par_iter().map(|part| part.ids.iter().map(shared).min().unwrap_or(example.len())).min().unwrap_or(0)
}

/// The first eight bytes as a number of the same order.
fn prefix(id: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = id.len().min(8);
    bytes[..length].copy_from_slice(&id[..length]);
    u64::from_be_bytes(bytes)
}

/// Columns of all customers, in order.
struct Columns<'a> {
    parts: &'a [Part],
    order: &'a [Place],
}

impl Columns<'_> {
    fn of<T: Send>(&self, value: impl Fn(&Customer) -> T + Sync) -> Vec<T> {
        self.order.par_iter().map(|place| value(&self.parts[place.part()].customers[place.customer()])).collect()
    }
}
