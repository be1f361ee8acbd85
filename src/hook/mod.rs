//! Who makes the profit, and who takes it back: the Hook curve.
//!
//! # Question
//! How much of the profit comes from how few customers, how far would it rise without the loss
//! makers, and how many customers are needed for it?
//!
//! # Definition
//! Customers stand from the most to the least profitable, ties by customer id in byte order. The
//! curve starts at (0, 0); `x` is the cumulative share of customers, `y` the cumulative profit, in
//! money and as a percentage of the total. It rises over the profitable customers to its *peak*,
//! stays level over those who break even, and falls over the *loss makers* to the total:
//!
//! ```text
//! y(k)            = profit_1 + … + profit_k          profit_1 >= profit_2 >= … >= profit_n
//! peak            = max over k >= 0 of y(k)          first reached by all customers with a profit above zero
//! profit at risk  = peak - y(n)                      what the loss makers take back
//! ```
//!
//! A profit of zero is no loss. Where nobody makes a profit the peak is 0 at 0 customers. Bands, top
//! and bottom shares split a customer on the cut fractionally, so that seven customers in five bands
//! are 1.4 customers each.
//!
//! # Units
//! Money is taken in minor units and summed in integers, so that no order and no rounding can show;
//! it is given in units of the currency, converted once. Numbers that are no exact money, such as a
//! lifetime value, are summed with compensation in the order of the curve, which is unique.
//! `…_share` is a fraction of one, `…_pct` a percentage.
//!
//! Percentages of a total of zero or less mean nothing: they are `None`, and
//! [`Curve::warning`] says so.
//!
//! # Concentration
//! The same order gives the Lorenz curve and the [`Gini`] index of profit, revenue or cost.
//!
//! # Segments, and what can be done
//! [`by_segment`] draws a curve for each segment; [`cost_behaviour`] shows what dropping customers is
//! worth when the capacity they used stays, and when it is given up.
//!
//! # Doubt
//! [`doubt`] draws a band round the curve and gives each customer's probability of being a loss maker,
//! by Monte Carlo from standard errors or ranges.
//!
//! # Two periods
//! [`compare`] says who moved between the bands, who moved the peak, and of which parts the change in
//! profit is made, to the minor unit.
//!
//! # Sources
//! R. S. Kaplan and V. G. Narayanan (2001), "Measuring and managing customer profitability", Journal
//! of Cost Management 15(5): the curve, there called whale curve. E. Raffinetti, E. Siletti and
//! A. Vernizzi (2015), "On the Gini coefficient normalization when attributes with negative values
//! are considered", Statistical Methods & Applications 24: the normalised Gini index.

mod amount;
mod behaviour;
mod compare;
mod concentration;
mod curve;
mod doubt;
#[cfg(feature = "frames")]
pub mod frame;
mod params;
mod ranking;
mod segments;
mod statistics;
#[cfg(test)]
mod tests;

pub use behaviour::{BehaviourPoint, CostBehaviour, cost_behaviour};
pub use compare::{ChangeLine, Comparison, Migration, PeakMove, Period, compare};
pub use concentration::{Gini, LorenzPoint};
pub use curve::{Band, Curve, Point, Values};
pub use doubt::{Doubt, DoubtBand, DoubtParams, DoubtStatistic, FactorDoubt, OwnDoubt, SharedDoubt, doubt};
pub use params::Bands;
pub use segments::{Segment, by_segment, segments_warning};
pub use statistics::{Statistic, Unit};
