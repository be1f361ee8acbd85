//! What rows tell as a whole: repeated ones, customers, and when each of them comes back.

use super::Place;
use super::sketch::{Sketch, hash, mix};
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

/// A customer, under every spelling that differs by case or outer spaces alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Spellings {
    /// The smallest and the largest hash of a spelling, each with its first line.
    low: Option<(u64, u64)>,
    high: Option<(u64, u64)>,
}

/// When a customer came, and with what.
#[derive(Debug, Clone, Default)]
pub(super) struct History(Vec<(Day, i64)>);

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

    pub fn absorb(&mut self, batch: &Batch, columns: usize, dialects: &[Dialect], params: &ScanParams) {
        for (row, line) in batch.lines().iter().enumerate() {
            let all = (0..columns).fold(0, |state, column| mix(state ^ hash(batch.text(column).get(row))));
            if let Some(record) = self.records.get(all) {
                join_records(record, (1, *line, u64::MAX));
            }
            let Some(id) = self.key.customer.map(|column| batch.text(column).get(row)) else { continue };
            let folded = fold(id);
            if folded.is_empty() {
                continue;
            }
            let customer = hash(&folded);
            if let Some(spellings) = self.customers.get(customer) {
                spellings.see(hash(id), *line);
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
            for (hash, line) in [other.low, other.high].into_iter().flatten() {
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

/// An id without case and outer spaces.
fn fold(id: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(id).trim().to_lowercase().into_bytes()
}

impl Spellings {
    fn see(&mut self, hash: u64, line: u64) {
        let first = |own: Option<(u64, u64)>, better: bool| match own {
            Some((kept, at)) if kept == hash => Some((kept, at.min(line))),
            Some(_) if better => Some((hash, line)),
            None => Some((hash, line)),
            own => own,
        };
        self.low = first(self.low, self.low.is_some_and(|(kept, _)| hash < kept));
        self.high = first(self.high, self.high.is_some_and(|(kept, _)| hash > kept));
    }

    /// The line on which a second spelling is first seen, if there is one.
    pub fn second(&self) -> Option<u64> {
        let ((low, first), (high, other)) = self.low.zip(self.high)?;
        (low != high).then(|| first.max(other))
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
