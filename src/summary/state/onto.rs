//! The reduction that joins what was kept with what is new, customer by customer in the order of their ids.

use std::io::Write;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rayon::prelude::*;

use super::super::after_end::AfterEnd;
use super::super::customer_days::{CustomerDays, Entry};
use super::super::partitions::{Keep, Partitions};
use super::super::purchase_log::too_large;
use super::super::running::Running;
use super::super::summarize::{Part, Rows, Window};
use super::super::{CustomerSummary, SummaryParams};
use super::table::{DayTotals, Group, Reader, Writer};
use super::{lost, unread, unwritten};
use crate::Result;
use crate::money::Currency;
use crate::scan::{Account, Batch, Reduce, Texts};
use crate::time::{Day, span};

/// Row groups that wait for the next step.
const GROUPS: usize = 2;

type Decoded = parquet::errors::Result<Group>;

/// Customers described at a time.
const BLOCK: usize = 1 << 14;

/// What the end of the scan needs: the state as it was, and where it goes.
pub(super) struct Job<W: Write + Send> {
    pub name: String,
    pub reader: Option<Reader>,
    pub writer: Writer<W>,
    /// The first and the last day of what was kept; in the end, of everything.
    pub days: Option<(Day, Day)>,
    /// How many customers were written.
    pub customers: u64,
}

/// What is new of the customers of one partition.
#[derive(Debug, Default)]
pub(super) struct Today {
    days: CustomerDays,
    as_of: Option<i32>,
    /// Rows after the end of observation, by customer.
    later: Vec<u64>,
}

impl Today {
    pub fn new(as_of: Option<Day>) -> Self {
        Self { as_of: as_of.map(|day| day.0), ..Self::default() }
    }
}

impl Keep for Today {
    #[inline]
    fn add(&mut self, customer: usize, day: i32, amount: i64) {
        if customer == self.later.len() {
            self.later.push(0);
        }
        self.later[customer] += u64::from(self.as_of.is_some_and(|as_of| day > as_of));
        self.days.add(customer, day, amount);
    }

    fn fetch(&self) -> u64 {
        self.days.fetch()
    }

    fn compact(&mut self, from: usize) {
        self.days.compact(from);
    }

    fn bytes(&self) -> usize {
        self.days.bytes() + self.later.len() * size_of::<u64>()
    }
}

/// Rows on their way to a state and a summary.
pub(super) struct Onto<'a, W: Write + Send> {
    job: &'a Mutex<Option<Job<W>>>,
    params: &'a SummaryParams,
    currency: Currency,
    partitions: Partitions<Today>,
    /// The first and the last day of all rows.
    days: Option<(Day, Day)>,
    after_end: AfterEnd,
}

impl<'a, W: Write + Send> Onto<'a, W> {
    pub fn new(
        job: &'a Mutex<Option<Job<W>>>,
        params: &'a SummaryParams,
        currency: Currency,
        partitions: Partitions<Today>,
    ) -> Self {
        Self { job, params, currency, partitions, days: None, after_end: AfterEnd::default() }
    }
}

impl<W: Write + Send> Reduce for Onto<'_, W> {
    type Output = CustomerSummary;

    fn absorb(&mut self, batch: &Batch) {
        self.partitions.add_all(batch.rows().map(|(id, day, amount)| (id, day.0, amount)));
        for (_, _, amount) in
            batch.rows().filter(|(_, day, _)| self.params.as_of_day().is_some_and(|as_of| *day > as_of))
        {
            self.after_end.add(amount);
        }
        self.days = span(self.days, batch.days_span());
    }

    fn merge(&mut self, other: Self) {
        self.partitions.merge(other.partitions);
        self.days = span(self.days, other.days);
        self.after_end.merge(other.after_end);
    }

    fn finish(self, account: &mut Account) -> Result<CustomerSummary> {
        let mut job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        let job = job.as_mut().ok_or_else(|| lost("-"))?;
        let parts: Vec<(Texts, Vec<Customer>)> = self.partitions.finish(|ids, today| {
            let mut gathered = today.days.gather();
            let customers = gathered.customers().zip(&today.later);
            let customers = customers.map(|((entries, added), later)| Customer::new(entries, added, *later)).collect();
            (ids, customers)
        })?;
        let mut order: Vec<(&[u8], &Customer)> =
            parts.iter().flat_map(|(ids, customers)| ids.iter().zip(customers)).collect();
        order.par_sort_unstable_by(|one, other| one.0.cmp(other.0));
        job.days = span(job.days, self.days);
        let as_of = self.params.as_of_day();
        // What was kept is as much of the log as what is new.
        let observed = match (job.days, as_of) {
            (Some((first, _)), Some(as_of)) if first > as_of => return Err(AfterEnd::are_all(as_of)),
            (days, _) => days,
        };
        let window = Window::new(self.params, observed, self.after_end)?;
        let mut blocks = Blocks { params: self.params, parts: Vec::new(), open: Block::new(self.params) };
        join(job, order, &mut blocks)?;
        self.after_end.set_aside(account);
        Ok(window.describe(self.params, self.currency, &blocks.finish(), account))
    }
}

/// What is new of one customer.
#[derive(Debug, Default)]
struct Customer {
    days: Vec<DayTotals>,
    /// Whether a sum is too large for the state.
    too_large: bool,
    /// Rows to the end of observation.
    rows: u64,
}

impl Customer {
    fn new(entries: &[Entry], added: u64, later: u64) -> Self {
        let mut customer = Self { rows: entries.len() as u64 + added - later, ..Self::default() };
        for entry in entries {
            let amount = Some(entry.amount());
            let (purchases, refunds) = if entry.purchase() { (amount, None) } else { (None, amount) };
            let totals = DayTotals { day: entry.day(), purchases, refunds };
            match customer.days.last_mut() {
                Some(last) if last.day == totals.day => match last.plus(totals) {
                    Some(sum) => *last = sum,
                    None => customer.too_large = true,
                },
                _ => customer.days.push(totals),
            }
        }
        customer
    }
}

/// Writes all customers, old and new, in the order of their ids, and describes each. What was kept is decoded, and what is to
/// be kept is encoded, while customers are joined.
fn join<W: Write + Send>(job: &mut Job<W>, new: Vec<(&[u8], &Customer)>, blocks: &mut Blocks<'_>) -> Result<()> {
    let Job { name, reader, writer, customers, .. } = job;
    let name = name.as_str();
    thread::scope(|scope| {
        let (decoded, kept) = sync_channel(GROUPS);
        if let Some(reader) = reader {
            scope.spawn(move || {
                // Nobody takes what comes after an error.
                while let Some(group) = reader.next().transpose() {
                    let failed = group.is_err();
                    if decoded.send(group).is_err() || failed {
                        break;
                    }
                }
            });
        } else {
            drop(decoded);
        }
        let (joined, to_write) = sync_channel::<Group>(GROUPS);
        let writing = scope.spawn(move || to_write.into_iter().try_for_each(|group| writer.write(&group)));
        let mut open = Group::default();
        let mut put = |id: &[u8], days: Vec<DayTotals>| {
            open.push(id, days);
            *customers += 1;
            // Who writes ends early only with an error, which is told in the end.
            !open.is_full() || joined.send(std::mem::take(&mut open)).is_ok()
        };
        let result = join_groups(name, &kept, new, blocks, &mut put);
        // Who decodes is not kept waiting.
        drop(kept);
        let sent = result.is_err() || joined.send(open).is_ok();
        drop(joined);
        let written = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        result?;
        match written {
            Ok(()) if sent => Ok(()),
            Ok(()) => Err(lost(name)),
            Err(problem) => Err(unwritten(name, problem)),
        }
    })
}

/// Joins customer by customer; ends early where `put` takes no more.
fn join_groups(
    name: &str,
    kept: &Receiver<Decoded>,
    new: Vec<(&[u8], &Customer)>,
    blocks: &mut Blocks<'_>,
    put: &mut impl FnMut(&[u8], Vec<DayTotals>) -> bool,
) -> Result<()> {
    let mut new = new.into_iter().peekable();
    let mut last: Vec<u8> = Vec::new();
    let mut add = |id: &[u8], before: &[DayTotals], today: &Customer| -> Result<bool> {
        let all = if today.too_large { None } else { both(before, &today.days) };
        let all = all.ok_or_else(|| too_large(id, "one day"))?;
        blocks.add(id, &all, before, today);
        Ok(put(id, all))
    };
    let none = Customer::default();
    for group in kept {
        let group = group.map_err(|problem| unread(name, problem))?;
        for customer in 0..group.len() {
            let (id, days) = group.get(customer);
            if id <= last.as_slice() || !days.is_sorted_by(|one, other| one.day < other.day) {
                return Err(unread(name, super::out_of_order()));
            }
            last.clear();
            last.extend_from_slice(id);
            while let Some((earlier, today)) = new.next_if(|(new, _)| *new < id) {
                if !add(earlier, &[], today)? {
                    return Ok(());
                }
            }
            let today = new.next_if(|(new, _)| *new == id).map_or(&none, |(_, today)| today);
            if !add(id, days, today)? {
                return Ok(());
            }
        }
    }
    for (id, today) in new {
        if !add(id, &[], today)? {
            break;
        }
    }
    Ok(())
}

/// The days of both; `None` where a sum is too large.
fn both(old: &[DayTotals], new: &[DayTotals]) -> Option<Vec<DayTotals>> {
    let mut all = Vec::with_capacity(old.len() + new.len());
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return Some(all),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(old), Some(new)) => old.day.cmp(&new.day),
        };
        let kept = if order.is_le() { old.next() } else { None };
        let added = if order.is_ge() { new.next() } else { None };
        match (kept, added) {
            (Some(kept), Some(added)) => all.push(kept.plus(*added)?),
            (one, other) => all.extend(one.or(other)),
        }
    }
}

/// Customers described a block at a time, as rows of a log are.
struct Blocks<'a> {
    params: &'a SummaryParams,
    parts: Vec<Part>,
    open: Block,
}

struct Block {
    ids: Texts,
    running: Running,
    /// What is new of each, for the receipt.
    rows: Vec<Rows>,
}

impl Block {
    fn new(params: &SummaryParams) -> Self {
        let running = Running::new(params.calibration_end_day(), params.separates_refunds());
        Self { ids: Texts::default(), running, rows: Vec::new() }
    }
}

impl Blocks<'_> {
    fn add(&mut self, id: &[u8], days: &[DayTotals], kept: &[DayTotals], added: &Customer) {
        let observed = |totals: &&DayTotals| self.params.as_of_day().is_none_or(|as_of| totals.day <= as_of.0);
        // A customer whose days are all still to come is not there yet.
        if !days.iter().any(|totals| observed(&totals)) {
            return;
        }
        let Block { ids, running, rows } = &mut self.open;
        let customer = ids.len();
        ids.push(id);
        for totals in days.iter().filter(observed) {
            for amount in [totals.purchases, totals.refunds].into_iter().flatten() {
                running.add(customer, totals.day, amount);
            }
        }
        let amounts = added.days.iter().filter(observed).flat_map(|totals| [totals.purchases, totals.refunds]);
        let count = |days: &[DayTotals]| days.iter().filter(observed).count() as u64;
        let amount = amounts.flatten().map(i128::from).sum();
        rows.push(Rows { rows: added.rows, days: count(days) - count(kept), amount });
        if ids.len() == BLOCK {
            self.close();
        }
    }

    fn close(&mut self) {
        let Block { ids, running, rows } = std::mem::replace(&mut self.open, Block::new(self.params));
        self.parts.push(Part::of_rows(ids, running, |number, _, _, _| rows[number]));
    }

    fn finish(mut self) -> Vec<Part> {
        self.close();
        self.parts
    }
}
