//! Everything that is wrong with an input, counted, the first few by place.

use std::collections::BTreeMap;

use crate::error::RefusedRow;
use crate::wording::counted;
use crate::{Error, Location, Problem};

/// How many problems are shown one by one.
pub(super) const SHOWN: usize = 10;

/// Problems of one kind, collected so that an input is mended once: the first ten by file and line,
/// and how often each reason occurs.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    first: Vec<((usize, u64, usize), Problem)>,
    counts: BTreeMap<&'static str, u64>,
    total: u64,
    /// Every row that has one, so that it can be set aside.
    rows: Vec<RefusedRow>,
}

impl Problems {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How many problems there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Adds a problem: its place in the order of files, lines and columns, the reason in a few words
    /// under which it is counted, and where and what it is for people.
    pub fn add(
        &mut self,
        order: (usize, u64, usize),
        reason: &'static str,
        location: Location,
        message: impl Into<String>,
    ) {
        self.total += 1;
        *self.counts.entry(reason).or_default() += 1;
        // Most problems are in one column, whose name is kept once.
        let column = location.column.as_deref().map(|name| {
            let before = self.rows.last().and_then(|row| row.column.as_ref());
            before.filter(|before| &***before == name).cloned().unwrap_or_else(|| name.into())
        });
        self.rows.push(RefusedRow { file: order.0, line: order.1, column, reason });
        self.keep(order, || Problem { location, message: message.into() });
    }

    fn keep(&mut self, order: (usize, u64, usize), problem: impl FnOnce() -> Problem) {
        let place = self.first.partition_point(|(earlier, _)| *earlier <= order);
        if place < SHOWN {
            self.first.insert(place, (order, problem()));
            self.first.truncate(SHOWN);
        }
    }

    /// Adds the problems that another part of the same input has.
    pub fn merge(&mut self, other: Self) {
        self.total += other.total;
        for (reason, count) in other.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        self.rows.extend(other.rows);
        for (order, problem) in other.first {
            self.keep(order, || problem);
        }
    }

    /// Every row that has one.
    pub(super) fn rows(&self) -> Vec<RefusedRow> {
        self.rows.clone()
    }

    /// The first ten, by place.
    pub(super) fn first(self) -> Vec<Problem> {
        self.first.into_iter().map(|(_, problem)| problem).collect()
    }

    /// As [`check`](Self::check), of so many values or rows of a file: `3 values of log.csv cannot be used`.
    ///
    /// # Errors
    /// As there.
    pub fn check_all(self, what: &str, of: &str, hint: impl Into<String>) -> Result<(), Error> {
        let refused = format!("{} of {of} cannot be used", counted(self.total, what));
        self.check(refused, hint)
    }

    /// An error that shows them, if there are any: `what` says what has them, as in `12 of 300 rows
    /// cannot be used`.
    ///
    /// # Errors
    /// `Data`, with the first ten problems and the count by reason, where anything is wrong.
    pub fn check(self, what: impl Into<String>, hint: impl Into<String>) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        let counts: Vec<String> = self.counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        Err(Error::data(format!("{} ({})", what.into(), counts.join(", ")))
            .problems(self.first.into_iter().map(|(_, problem)| problem).collect())
            .refusing(self.rows)
            .hint(hint))
    }
}
