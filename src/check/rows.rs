//! What rows tell as a whole: repeated ones, customers, and when each of them comes back.

use super::Place;
use super::bytes::{BEYOND, BLANK, UPPER, kinds};
use super::sketch::{Sketch, hash};
use crate::Result;
use crate::columns::{self, AmountPlace, Header, Second};
use crate::dialect::{Dialect, is_missing, trimmed};
use crate::money::Currency;
use crate::scan::{Batch, ScanParams, is_exponent};
use crate::time::Day;

/// Up to how many customers are told apart.
pub(super) const CUSTOMERS: usize = 1 << 19;
/// Up to how many rows are.
pub(super) const ROWS: usize = 1 << 20;
/// How many customers' histories are looked at, and how long each at most.
const HISTORIES: usize = 1 << 12;
const EVENTS: usize = 48;
/// From how many days on a history tells whether it is regular.
const TELLING: usize = 4;

/// Where customer, day and amount stand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Key {
    pub customer: Option<usize>,
    pub date: Option<usize>,
    pub amount: Option<AmountPlace>,
}

impl Key {
    pub fn of(places: &[Place], header: &Header, params: &ScanParams) -> Result<Self> {
        let place = |column| places.iter().position(|place| place.standard.contains(&column));
        Ok(Self {
            customer: place(columns::CUSTOMER_ID),
            date: place(columns::DATE).or_else(|| place(columns::START)),
            amount: match place(columns::AMOUNT) {
                Some(_) => header.find_amount(columns::AMOUNT, &params.columns)?,
                None => None,
            },
        })
    }

    /// The day and the amount of a row, as far as there are such columns; none where one of them cannot be read.
    fn event(
        &self,
        batch: &Batch,
        row: usize,
        dialects: &[Dialect],
        params: &ScanParams,
    ) -> Option<(Option<Day>, i64)> {
        let day = match self.date {
            Some(date) => {
                let dialect = &dialects[date];
                Some(dialect.dates.day(batch.text(date).get(row), dialect.zone.as_ref()).ok()?)
            }
            None => None,
        };
        let currency = &params.currency;
        let number = |column: usize, currency: &Currency| {
            dialects[column].decimal.amount(batch.text(column).get(row), currency).ok()
        };
        let amount = match self.amount {
            Some((one, Some(Second::Subtrahend(less)))) => {
                let number = |column: usize| match is_missing(trimmed(batch.text(column).get(row))) {
                    true => Some(None),
                    false => number(column, currency).map(Some),
                };
                match (number(one)?, number(less)?) {
                    (None, None) => return None,
                    (amount, less) => amount.unwrap_or(0).checked_sub(less.unwrap_or(0))?,
                }
            }
            Some((one, Some(Second::Factor(factor)))) => {
                let finer = currency.of_factors();
                currency.product(number(one, &finer)?, number(factor, &finer)?, finer.decimals()).ok()?
            }
            Some((one, None)) => number(one, currency)?,
            None => 0,
        };
        Some((day, amount))
    }
}

/// A customer, under every spelling that differs by case or outer spaces alone: the smallest and the largest hash of a
/// spelling, each with its first line, which is 0 before there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Spellings {
    low: (u64, u64),
    high: (u64, u64),
}

/// When a customer came, and with what.
#[derive(Debug, Clone, Default)]
pub(super) struct History(Vec<(Day, i64)>);

/// What the columns of a batch have found about its rows: hashes, and whether an id is known.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub rows: Vec<u64>,
    pub ids: Vec<u64>,
    pub known: Vec<bool>,
}

#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub key: Key,
    /// How often each row occurs, its first line and its second one.
    pub records: Sketch<(u64, u64, u64)>,
    pub customers: Sketch<Spellings>,
    pub histories: Sketch<History>,
    /// Whether a row was seen that commands can use, and one of these that is no refund.
    pub usable: bool,
    pub bought: bool,
    /// Rows in which both columns are empty that make the amount, of which one may be, and the first line of such.
    pub no_amount: Option<(u64, u64)>,
    /// Rows in which what is taken off is below zero, so that it is added, and the first line of such.
    pub added: Option<(u64, u64)>,
}

impl Rows {
    pub fn new(key: Key) -> Self {
        let (records, customers, histories) = (Sketch::new(ROWS), Sketch::new(CUSTOMERS), Sketch::new(HISTORIES));
        Self { key, records, customers, histories, usable: false, bought: false, no_amount: None, added: None }
    }

    pub fn absorb(&mut self, batch: &Batch, seen: &Seen, dialects: &[Dialect], params: &ScanParams) {
        self.records.fetch(&seen.rows);
        for (hash, line) in seen.rows.iter().zip(batch.lines()) {
            if let Some(record) = self.records.get(*hash) {
                join_records(record, (1, *line, u64::MAX));
            }
        }
        if let Some((one, Some(Second::Subtrahend(less)))) = self.key.amount {
            let is_missing = |text: &[u8]| is_missing(trimmed(text));
            let both = batch.text(one).iter().zip(batch.text(less).iter()).zip(batch.lines());
            for (_, line) in both.filter(|((one, less), _)| is_missing(one) && is_missing(less)) {
                self.no_amount = joined(self.no_amount, Some((1, *line)));
            }
            let decimal = dialects[less].decimal;
            let is_below = |text: &[u8]| decimal.number(text).is_some_and(|number| number < 0.0);
            for (_, line) in batch.text(less).iter().zip(batch.lines()).filter(|(text, _)| is_below(text)) {
                self.added = joined(self.added, Some((1, *line)));
            }
        }
        let Some(customer) = self.key.customer else { return };
        let ids = batch.text(customer).iter().zip(&seen.ids).zip(&seen.known);
        for (row, (((id, hash), known), line)) in ids.zip(batch.lines()).enumerate() {
            let Some(customer) = folded(id, *hash) else { continue };
            // Lines come in order, so a spelling that is known has been seen on an earlier one.
            if !known && let Some(spellings) = self.customers.get(customer) {
                spellings.see(*hash, *line);
            }
            let history = self.key.date.and_then(|_| self.histories.get(customer));
            // Once it is known that somebody bought something, the rows of the others tell nothing.
            if history.is_none() && self.bought {
                continue;
            }
            let Some((day, amount)) = self.key.event(batch, row, dialects, params) else { continue };
            if let (Some(history), Some(day)) = (history, day) {
                history.see(day, amount);
            }
            if !is_exponent(id) {
                self.usable = true;
                self.bought |= amount >= 0;
            }
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.records.merge(other.records, join_records);
        self.customers.merge(other.customers, |own, other| {
            for (hash, line) in [other.low, other.high] {
                own.see(hash, line);
            }
        });
        self.usable |= other.usable;
        self.bought |= other.bought;
        self.no_amount = joined(self.no_amount, other.no_amount);
        self.added = joined(self.added, other.added);
        self.histories
            .merge(other.histories, |own, other| other.0.iter().for_each(|(day, amount)| own.see(*day, *amount)));
    }
}

/// Counts of rows added up, with the first line of all.
fn joined(own: Option<(u64, u64)>, other: Option<(u64, u64)>) -> Option<(u64, u64)> {
    match (own, other) {
        (Some((rows, first)), Some((more, line))) => Some((rows + more, first.min(line))),
        (own, other) => own.or(other),
    }
}

/// Adds up how often a row occurs, and keeps its first two lines.
fn join_records(own: &mut (u64, u64, u64), other: (u64, u64, u64)) {
    let (count, first, second) = *own;
    *own = if count == 0 {
        other
    } else {
        let mut lines = [first, second, other.1, other.2];
        lines.sort_unstable();
        (count + other.0, lines[0], lines[1])
    };
}

/// The hash of an id without case and outer spaces, whose own hash is given; none where nothing is left.
#[inline]
fn folded(id: &[u8], own: u64) -> Option<u64> {
    if id.is_empty() {
        None
    } else if kinds(id) & (UPPER | BLANK | BEYOND) == 0 {
        Some(own)
    } else {
        let folded = String::from_utf8_lossy(id).trim().to_lowercase();
        (!folded.is_empty()).then(|| hash(folded.as_bytes()))
    }
}

impl Spellings {
    fn see(&mut self, hash: u64, line: u64) {
        let (lower, higher) = (hash < self.low.0, hash > self.high.0);
        for (own, better) in [(&mut self.low, lower), (&mut self.high, higher)] {
            if own.1 == 0 || better {
                *own = (hash, line);
            } else if own.0 == hash {
                own.1 = own.1.min(line);
            }
        }
    }

    /// The line on which a second spelling is first seen, if there is one.
    pub fn second(&self) -> Option<u64> {
        (self.low.0 != self.high.0).then(|| self.low.1.max(self.high.1))
    }
}

impl History {
    /// Keeps the first events, so that which they are does not depend on the order of reading.
    fn see(&mut self, day: Day, amount: i64) {
        let event = (day, amount);
        let place = self.0.partition_point(|kept| *kept <= event);
        if place < EVENTS {
            self.0.insert(place, event);
            self.0.truncate(EVENTS);
        }
    }

    /// Whether the customer bought on two days; who only brings something back buys nothing.
    pub fn repeats(&self) -> bool {
        let mut days = self.0.iter().filter(|(_, amount)| *amount >= 0).map(|(day, _)| *day);
        let first = days.next();
        days.any(|day| Some(day) != first)
    }

    /// Whether the customer pays equal amounts at regular intervals; none where there are too few to tell.
    pub fn is_regular(&self) -> Option<bool> {
        let mut days: Vec<i32> = self.0.iter().map(|(day, _)| day.0).collect();
        days.dedup();
        if days.len() < TELLING {
            return None;
        }
        let mut intervals: Vec<i32> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        intervals.sort_unstable();
        let middle = intervals[intervals.len() / 2];
        // Months differ by three days, and people pay a few days late.
        let near = intervals.iter().filter(|interval| (*interval - middle).abs() * 6 <= middle).count();
        let mut amounts: Vec<i64> = self.0.iter().map(|(_, amount)| *amount).collect();
        amounts.sort_unstable();
        let common = amounts.chunk_by(|one, next| one == next).map(<[i64]>::len).max().unwrap_or(0);
        Some(middle >= 5 && near * 5 >= intervals.len() * 4 && common * 3 >= amounts.len() * 2)
    }
}
