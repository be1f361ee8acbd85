//! Checked settings of scoring.

use super::economics::Economics;
use crate::rates::DiscountRate;
use crate::time::Length;
use crate::{Error, Result};

/// How much of a customer's spend is profit.
#[derive(Debug, Clone, PartialEq)]
pub enum Margin {
    /// The same share of spend for all customers.
    Rate(f64),
    /// A share of spend for each customer, in the order given; `None` leaves the values empty.
    PerCustomer(Vec<Option<f64>>),
    /// A contribution less costs for each purchase and each year, for each customer in the order given.
    Economics(Vec<Economics>),
}

/// What is counted, how far, and at what discount.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreParams {
    /// How far `expected_transactions`, `p_no_purchase` and `horizon_value` look.
    pub horizon: Length,
    /// The discount on future profit.
    pub discount: DiscountRate,
    /// From spend to profit.
    pub margin: Margin,
}

impl ScoreParams {
    /// Nothing, if the settings suit a table of so many customers.
    ///
    /// # Errors
    /// `LengthMismatch` where the margins are not one per customer, `Domain` where one is not finite.
    pub(crate) fn check(&self, customers: usize) -> Result<()> {
        let (length, problem) = match &self.margin {
            Margin::Rate(rate) => (customers, [*rate].iter().position(|rate| !rate.is_finite())),
            Margin::PerCustomer(rates) => {
                (rates.len(), rates.iter().position(|rate| rate.is_some_and(|rate| !rate.is_finite())))
            }
            Margin::Economics(all) => (all.len(), all.iter().position(|economics| !economics.is_finite())),
        };
        if length != customers {
            return Err(Error::length_mismatch("margin", customers, length));
        }
        match problem {
            Some(row) => Err(Error::domain(format!("the margin of customer {} of the table is not finite", row + 1))),
            None => Ok(()),
        }
    }
}
