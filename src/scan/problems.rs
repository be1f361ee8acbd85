//! Everything that is wrong with an input, counted, the first few by place.

use std::collections::BTreeMap;

use crate::{Error, Location, Problem};

/// How many problems are shown one by one.
pub(super) const SHOWN: usize = 10;

/// Problems of one kind, collected so that an input is mended once: the first ten by file and line,
/// and how often each reason occurs.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    first: Vec<((usize, u64, usize), Problem)>,
    counts: BTreeMap<String, u64>,
    total: u64,
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
    pub fn add(&mut self, order: (usize, u64, usize), reason: &str, location: Location, message: impl Into<String>) {
        self.total += 1;
        match self.counts.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(reason.into(), 1);
            }
        }
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
        for (order, problem) in other.first {
            self.keep(order, || problem);
        }
    }

    /// The first ten, by place.
    pub(super) fn first(self) -> Vec<Problem> {
        self.first.into_iter().map(|(_, problem)| problem).collect()
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
            .hint(hint))
    }
}
