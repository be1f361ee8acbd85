//! Rows after the end of observation.

use crate::scan::Account;
use crate::time::Day;
use crate::{Error, Result};

/// Rows of days after the end of observation, which are set aside and counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AfterEnd {
    rows: u64,
    amount: i128,
}

impl AfterEnd {
    /// Takes a row in.
    pub fn add(&mut self, amount: i64) {
        self.rows += 1;
        self.amount += i128::from(amount);
    }

    /// Takes the rows of another thread in.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.amount += other.amount;
    }

    /// Accounts for them.
    pub fn set_aside(self, account: &mut Account) {
        account.set_aside("after the end of observation", self.rows, self.amount);
    }

    /// Refuses a log in which nothing else is, observed to the end of a day.
    ///
    /// # Errors
    /// `Usage` where there are any.
    pub fn are_not_all(self, as_of: Option<Day>) -> Result<()> {
        as_of.filter(|_| self.rows > 0).map_or(Ok(()), |as_of| Err(Self::are_all(as_of)))
    }

    /// That nothing was observed to the end of a day.
    pub fn are_all(as_of: Day) -> Error {
        Error::usage(format!("every date of the log is after {as_of}, the end of observation"))
            .hint("give `--as-of` a later day, or leave it out to observe to the last date")
    }
}
