//! Of the customers who joined together, who is still there, and what have they brought?
//!
//! # Definition
//! A cohort is the customers who joined in one period; a cell is a cohort at an age, counted in periods since
//! the joining one, which is age 0. A cell's customers are:
//!
//! ```text
//! bounded     those active in the period of that age
//! unbounded   those active in it or in any later one
//! rolling     those active in it or in the w - 1 periods before it
//! survival    those active in every period from the joining one to it
//! ```
//! Under contracts a customer is active in every period that a relationship touches, under a log in every period with
//! a purchase; one with refunds alone is none.
//!
//! # Segments
//! A customer is in one segment at every age: under contracts in that of the contract with which it joined, so that who changes its
//! plan later stays with those who began as it did. So the customers and the money of segments add up to those of all.
//!
//! # Cells that cannot be known
//! A cell is *complete* where both the joining period and the period of that age were observed from their first
//! day to their last, *in progress* where one of them was observed in part, *unobservable* where its period lies in the
//! future: then it is empty, never zero. An unbounded cell is in progress in the last period observed, since nothing
//! later could be seen, and those before it can still rise.
//!
//! # Units
//! Customers and orders are counted, money is minor units: of a log the sum in the cell; of contracts the recurring revenue a
//! month on the customer's last day in the period. A refund counts in the period in which it was paid, as in the books, so that a
//! cell that is complete stays as it is; one before the customer's first purchase has no age, and counts at age 0.

#[cfg(feature = "frames")]
pub mod frame;
mod membership;
mod table;

#[cfg(test)]
mod tests;

pub use membership::cohorts_of_relationships;
pub use table::{Activity, Cell, Cohorts, Measure, Retention, Status};
