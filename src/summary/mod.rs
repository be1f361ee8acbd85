//! One row a customer from a transaction log.
//!
//! # Question
//! How often, how recently and for how much has each customer bought?
//!
//! # Definition
//! Purchases of one customer on one day are one purchase. With observation to the end of day E, and
//! for a customer whose first and last purchase days are `first` and `last`:
//!
//! ```text
//! frequency      = purchase days - 1
//! recency        = last - first
//! age            = E - first
//! monetary_value = (net amount of the days after the first) / frequency; absent when frequency is 0
//! amount         = net amount of all days
//! ```
//!
//! A day is a purchase day if one of its rows has an amount of zero or more; a day of refunds alone is none. Refunds
//! (negative amounts) are netted from these amounts. Kept apart, they are no part of them, and
//!
//! ```text
//! refunds = - (sum of negative amounts)
//! ```
//!
//! With a calibration end C all of this is said of rows to the
//! end of C, with C in the place of E, and the holdout is what falls after C and not after E.
//!
//! # Units
//! Recency and age are in the unit of time asked for: days divided by 1, 7 or 30.4375, never rounded.
//! Amounts are minor units of the currency, exact; `monetary_value` is in units of the currency.
//!
//! # Source
//! Fader, P. S. & Hardie, B. G. S. (2005), "'Counting your customers' the easy way", Marketing
//! Science 24(2), for (x, t_x, T); Fader & Hardie (2013), "The gamma-gamma model of monetary value",
//! for the mean spend of repeat purchases.

mod after_end;
mod customer_days;
mod dictionary;
mod first_purchases;
#[cfg(feature = "frames")]
pub mod frame;
mod from_table;
mod order;
mod params;
mod partitions;
mod purchase_log;
mod running;
mod spill;
pub mod state;
mod summarize;
#[cfg(test)]
mod tests;
mod words;

pub use params::SummaryParams;
pub use purchase_log::{Booking, PurchaseLog, purchase_log};
pub use summarize::summarize;

use crate::intervals::binomial_tail;
use crate::money::Currency;
use crate::scan::Texts;
use crate::time::{Day, TimeUnit};

/// One row a customer, ordered by the bytes of the id.
///
/// # Shape
/// Every column has one value per customer. A column that is `None` was not in the table the summary
/// was read from; a summary made from a log has all of them, and the holdout where a calibration end
/// was given.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerSummary {
    /// The customers.
    pub ids: Texts,
    /// The first purchase day.
    pub first_date: Option<Vec<Day>>,
    /// The last purchase day.
    pub last_date: Option<Vec<Day>>,
    /// Purchase days after the first.
    pub frequency: Vec<u64>,
    /// From the first to the last purchase day, in the unit of time.
    pub recency: Vec<f64>,
    /// From the first purchase day to the end of observation, in the unit of time.
    pub age: Vec<f64>,
    /// Mean net amount of a repeat purchase day, in units of the currency; `None` for a customer
    /// without one. Negative where refunds outweigh.
    pub monetary_value: Option<Vec<Option<f64>>>,
    /// Net amount of all days, in minor units.
    pub amount: Option<Vec<i128>>,
    /// What was paid back, as positive amounts in minor units, where refunds are kept apart; then `amount` and
    /// `monetary_value` are of purchases alone.
    pub refunds: Option<Vec<i128>>,
    /// What came after the calibration.
    pub holdout: Option<Holdout>,
    /// The unit of recency and age.
    pub time_unit: TimeUnit,
    /// The first date in the log.
    pub observation_start: Option<Day>,
    /// The day to whose end everything but the holdout is observed.
    pub observation_end: Option<Day>,
    /// The currency of amounts.
    pub currency: Currency,
}

/// What came after the calibration, to the end of observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdout {
    /// Purchase days.
    pub transactions: Vec<u64>,
    /// Net amount, in minor units.
    pub amount: Vec<i128>,
    /// What was paid back, where refunds are kept apart.
    pub refunds: Option<Vec<i128>>,
    /// The last day of the holdout; not known of a summary read from a table.
    pub end: Option<Day>,
}

impl CustomerSummary {
    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// All purchase days of a customer, the first included.
    pub fn transactions(&self, customer: usize) -> u64 {
        self.frequency[customer] + 1
    }

    /// Whether first purchases pile up at the start of the log, as they do where it begins in the middle of customers' lives:
    /// those who were customers all along are first seen when they next buy.
    ///
    /// # Definition
    /// More than twice as many customers are first seen in the first thirty days as in the thirty that follow, which with
    /// arrivals at a constant rate would be so by chance in one log of a hundred at most (exact binomial tail). The one
    /// with whom the log begins is first seen then whatever the rate, and tells nothing.
    /// # Edge cases
    /// Nothing is said of a log of less than ninety days, of one in which nobody is first seen later than that, or where first
    /// dates are not known.
    pub fn first_purchases_pile_up(&self) -> bool {
        const BY_CHANCE: f64 = 0.01;
        let (Some(first), Some((start, end))) = (&self.first_date, self.observation_start.zip(self.observation_end))
        else {
            return false;
        };
        let seen =
            |days: std::ops::Range<i32>| first.iter().filter(|day| days.contains(&(day.0 - start.0))).count() as u64;
        let (month, next, later) = (seen(0..30), seen(30..60), seen(60..i32::MAX));
        let told = (month + next).saturating_sub(1);
        end.0 - start.0 >= 90 && later > 0 && month > 2 * next && binomial_tail(month - 1, told, 0.5) <= BY_CHANCE
    }
}
