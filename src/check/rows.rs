//! What rows tell as a whole: repeated ones, customers, and when each of them comes back.

use super::Place;
use super::bytes::{BEYOND, BLANK, UPPER, kinds};
use super::sketch::{Sketch, hash};
use crate::Result;
use crate::columns::{self, Header};
use crate::dialect::Dialect;
use crate::scan::{Batch, ScanParams};
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
    pub amount: Option<(usize, Option<usize>)>,
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
}

impl Rows {
    pub fn new(key: Key) -> Self {
        Self { key, records: Sketch::new(ROWS), customers: Sketch::new(CUSTOMERS), histories: Sketch::new(HISTORIES) }
    }

    pub fn absorb(&mut self, batch: &Batch, seen: &Seen, dialects: &[Dialect], params: &ScanParams) {
        self.records.fetch(&seen.rows);
        for (hash, line) in seen.rows.iter().zip(batch.lines()) {
            if let Some(record) = self.records.get(*hash) {
                join_records(record, (1, *line, u64::MAX));
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
            if let (Some(date), Some(history)) = (self.key.date, self.histories.get(customer)) {
                let dialect = &dialects[date];
                let Ok(day) = dialect.dates.day(batch.text(date).get(row), dialect.zone.as_ref()) else { continue };
                let number = |column: usize| {
                    dialects[column].decimal.amount(batch.text(column).get(row), &params.currency.of_factors()).ok()
                };
                let decimals = params.currency.of_factors().decimals();
                let amount = self.key.amount.and_then(|(one, factor)| match factor {
                    Some(factor) => params.currency.product(number(one)?, number(factor)?, decimals).ok(),
                    None => number(one),
                });
                history.see(day, amount.unwrap_or(0));
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
        self.histories
            .merge(other.histories, |own, other| other.0.iter().for_each(|(day, amount)| own.see(*day, *amount)));
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

    /// Whether the customer came on two days.
    pub fn repeats(&self) -> bool {
        self.0.windows(2).any(|two| two[0].0 != two[1].0)
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
