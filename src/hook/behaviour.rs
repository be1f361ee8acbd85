//! What dropping customers is worth, once cost behaves as cost does.
//!
//! # Question
//! The curve seems to promise its peak to whoever drops the loss makers. But the people and machines
//! that served them stay and stay paid. What is left of the promise?
//!
//! # Definition
//! Customers stand in the order of their full profit. Of each one's cost, a part is *avoidable* and
//! goes with the customer; the rest is *capacity* that the customer uses and that stays unless it is
//! given up. *Common* cost (unused capacity, enterprise cost) belongs to no customer. With the first k
//! customers kept:
//!
//! ```text
//! full(k)      = sum over i <= k of profit_i                           full cost: the Hook curve
//! avoidable(k) = sum over i <= k of (profit_i + capacity_i)
//!                - sum over all i of capacity_i - common               nothing is given up
//! given_up(k)  = avoidable(k) + g x sum over i > k of capacity_i       a share g of what is freed is given up
//! ```
//!
//! The last two are the profit of the company. With everybody kept they are equal, whatever `g` is.

use super::curve::{Curve, Values};
use crate::money::Currency;
use crate::rates::percent;
use crate::{Error, Result};

/// How cost behaves when customers go.
#[derive(Debug, Clone, Copy)]
pub struct CostBehaviour<'a> {
    /// The part of each customer's cost that stays unless capacity is given up, in minor units.
    pub capacity: &'a [i64],
    /// Cost that no customer causes, in minor units.
    pub common: i64,
    /// The share of freed capacity that is really given up, from 0 to 1.
    pub given_up: f64,
}

/// The three curves at one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BehaviourPoint {
    /// The place of the customer in the input; `None` at the start, where nobody is kept.
    pub place: Option<usize>,
    /// How many customers are kept.
    pub customers: u64,
    /// The same as a share of all customers.
    pub customer_share: f64,
    /// Cumulative profit at full cost.
    pub full: f64,
    /// Profit of the company if no capacity is given up.
    pub avoidable: f64,
    /// Profit of the company if the share of freed capacity is given up.
    pub given_up: f64,
}

/// The three curves of a table of customers, from nobody kept to everybody.
///
/// # Shape
/// One point more than customers; `profit` is at full cost, in minor units.
/// # Errors
/// As [`Curve::new`]; `LengthMismatch` where there is not one capacity cost per customer; `Domain`
/// where the share given up is not between 0 and 1.
///
/// # Example
/// ```
/// use custval::hook::{CostBehaviour, cost_behaviour};
/// use custval::money::Currency;
///
/// // Full profits; cost of capacity used; unused capacity and enterprise cost. All in cents.
/// let profit = [2_372_000, 970_800, 786_200, -331_200, -362_500];
/// let capacity = [228_000, 529_200, 163_800, 1_081_200, 562_500];
/// let behaviour = CostBehaviour { capacity: &capacity, common: 2_435_300, given_up: 1.0 };
/// let points = cost_behaviour(&["A", "B", "C", "D", "E"], &profit, behaviour, &Currency::UNNAMED)?;
/// // Without D and E the curve promises 6,937 more; the company falls from 10,000 to 500,
/// // or rises to 16,937 if all the capacity they used is given up.
/// assert_eq!((points[3].full, points[3].avoidable, points[3].given_up), (41_290.0, 500.0, 16_937.0));
/// assert_eq!((points[5].avoidable, points[5].given_up), (10_000.0, 10_000.0));
/// # Ok::<(), custval::Error>(())
/// ```
pub fn cost_behaviour<S: AsRef<[u8]> + Sync>(
    customers: &[S],
    profit: &[i64],
    behaviour: CostBehaviour<'_>,
    currency: &Currency,
) -> Result<Vec<BehaviourPoint>> {
    let CostBehaviour { capacity, common, given_up } = behaviour;
    if capacity.len() != customers.len() {
        return Err(Error::length_mismatch("capacity", customers.len(), capacity.len()));
    }
    if !(0.0..=1.0).contains(&given_up) {
        return Err(Error::domain(format!("`{}` of the freed capacity cannot be given up", percent(given_up)))
            .hint("give a share between 0% and 100%, as in `--given-up 50%`"));
    }
    let curve = Curve::new(customers, Values::Money(profit, currency))?;
    let all: i128 = capacity.iter().map(|&cost| i128::from(cost)).sum();
    let point = |place: Option<usize>, kept: u64, full: i128, used: i128| {
        let nothing_given_up = full + used - all - i128::from(common);
        BehaviourPoint {
            place,
            customers: kept,
            customer_share: kept as f64 / customers.len() as f64,
            full: currency.to_f64(full),
            avoidable: currency.to_f64(nothing_given_up),
            given_up: if given_up == 1.0 {
                currency.to_f64(full - i128::from(common))
            } else {
                currency.to_f64(nothing_given_up) + given_up * currency.to_f64(all - used)
            },
        }
    };
    let mut points = Vec::with_capacity(customers.len() + 1);
    let (mut full, mut used) = (0, 0);
    points.push(point(None, 0, full, used));
    for (place, kept) in curve.places().zip(1..) {
        full += i128::from(profit[place]);
        used += i128::from(capacity[place]);
        points.push(point(Some(place), kept, full, used));
    }
    Ok(points)
}
