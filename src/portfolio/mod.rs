//! Revenue against cost to serve: which customers stand where, and what pays most for each.
//!
//! # Question
//! Who buys much and asks for little, who buys little and asks for much, and what should be done about
//! whom?
//!
//! # Definition
//! Customers are cut by revenue into levels (low, high) and by cost to serve into levels (low, medium,
//! high); every pair of levels is a box with its customers, revenue, cost, profit and, where it is known,
//! lifetime value: that of the customers of whom it is known, and none where it is of none of them.
//!
//! ```text
//! revenue level = number of cuts at or below the revenue       "high" is at or above its cut
//! cost level    = number of cuts below the cost                "low" is at or below its first cut
//! ```
//!
//! Cuts are quantiles (type 7: straight between the two nearest customers; the median for two levels,
//! the terciles for three), amounts, or, for cost, shares of revenue. A quantile is kept as a fraction of
//! whole minor units and a share as the decimal that was given, so that a customer on a cut is compared with it exactly.
//!
//! Cost relative to revenue is cost over revenue; a customer without revenue is above every cut if it
//! costs anything, and at zero if it does not. Such customers do not enter the quantiles.
//!
//! # Levers
//! For each customer, from its own figures ([`levers`]): what it saves to bring its largest cost driver
//! down to what the median customer takes per unit of revenue; the fee or rise in price that brings it
//! to break even; and what letting it go is worth, which is its loss less the capacity that stays.
//!
//! # Source
//! Kahn (2000): the portfolio of customers by revenue and cost to serve, two levels by three.

#[cfg(feature = "frames")]
pub mod frame;
mod grid;
mod levers;
mod params;
#[cfg(test)]
mod tests;

pub use grid::{CustomerFigures, Cut, PortfolioBox, PortfolioGrid, grid};
pub use levers::{CustomerLevers, Lever, LeverFigures, levers};
pub use params::{CostCuts, GridParams, LeverParams, RevenueCuts, level_name};
