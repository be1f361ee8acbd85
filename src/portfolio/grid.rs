//! The grid: cuts, boxes, and the box of every customer.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::params::{CostCuts, GridParams, RevenueCuts, level_name};
use crate::money::Currency;
use crate::rates::Share;
use crate::{Error, Result};

/// What is known of the customers, one value each, in minor units.
#[derive(Debug, Clone, Copy)]
pub struct CustomerFigures<'a> {
    /// Net revenue.
    pub revenue: &'a [i64],
    /// Cost to serve.
    pub cost: &'a [i64],
    /// Profit.
    pub profit: &'a [i64],
    /// Lifetime value in units of the currency, where it is known; `None` of a customer of whom it is not.
    pub lifetime_value: Option<&'a [Option<f64>]>,
}

/// Where a level ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cut {
    /// At a multiple of one `parts`-th of a minor unit.
    Amount {
        /// The multiple.
        minor: i128,
        /// How many parts make a minor unit.
        parts: u32,
    },
    /// At a share of revenue that was given.
    Share(Share),
    /// At a share of revenue that lies at a customer or between two.
    ShareQuantile(f64),
}

impl Cut {
    /// The cut in units of the currency, or the share of revenue.
    pub fn value(self, currency: &Currency) -> f64 {
        match self {
            Self::Amount { minor, parts } => minor as f64 / (currency.minor_units() as f64 * f64::from(parts)),
            Self::Share(share) => share.fraction(),
            Self::ShareQuantile(share) => share,
        }
    }
}

/// One box of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioBox {
    /// The level of revenue by name.
    pub revenue_level: String,
    /// The level of cost by name.
    pub cost_level: String,
    /// How many customers stand in it.
    pub customers: u64,
    /// The same as a share of all.
    pub customer_share: f64,
    /// Their revenue, in minor units.
    pub revenue: i128,
    /// Their cost to serve.
    pub cost: i128,
    /// Their profit.
    pub profit: i128,
    /// Profit over revenue; `None` where revenue is zero or less.
    pub profit_margin: Option<f64>,
    /// The lifetime value, in units of the currency, of those of whom it is known; `None` where it is of none of them.
    pub lifetime_value: Option<f64>,
}

/// The whole grid.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioGrid {
    /// Where revenue is cut, ascending.
    pub revenue_cuts: Vec<Cut>,
    /// Where cost is cut, ascending.
    pub cost_cuts: Vec<Cut>,
    /// The boxes, revenue from the highest level, within it cost from the lowest.
    pub boxes: Vec<PortfolioBox>,
    /// The place in `boxes` of every customer, in the order given.
    pub box_of: Vec<u32>,
}

/// The grid of a table of customers.
///
/// # Shape
/// One box for every pair of levels, empty ones too.
/// # Errors
/// `LengthMismatch` where a slice has not one value per customer; `Data` where there is no customer, a
/// lifetime value is not finite, or no customer has the revenue that a relative quantile needs.
///
/// # Example
/// ```
/// use custval::money::Currency;
/// use custval::portfolio::{CustomerFigures, GridParams, grid};
///
/// let figures = CustomerFigures {
///     revenue: &[50_000, 30_000, 20_000, 15_000, 5_000],
///     cost: &[2_280, 5_292, 1_638, 10_812, 5_625],
///     profit: &[23_720, 9_708, 7_862, -3_312, -3_625],
///     lifetime_value: None,
/// };
/// let grid = grid(figures, &GridParams::default())?;
/// let best = &grid.boxes[0];
/// assert_eq!((best.revenue_level.as_str(), best.cost_level.as_str()), ("high", "low"));
/// assert_eq!((best.customers, best.profit), (2, 31_582));
/// # Ok::<(), custval::Error>(())
/// ```
pub fn grid(figures: CustomerFigures<'_>, params: &GridParams) -> Result<PortfolioGrid> {
    check(figures)?;
    let CustomerFigures { revenue, cost, profit, lifetime_value } = figures;
    let relative = |place: usize| relative_cost(cost[place], revenue[place]);
    let revenue_cuts = match params.revenue() {
        RevenueCuts::Quantiles(levels) => quantiles(revenue, *levels),
        RevenueCuts::At(cuts) => amounts(cuts),
    };
    let cost_cuts = match params.cost() {
        CostCuts::Quantiles(levels) => quantiles(cost, *levels),
        CostCuts::At(cuts) => amounts(cuts),
        CostCuts::RelativeQuantiles(levels) => {
            let with_revenue = std::iter::zip(cost, revenue).filter(|(_, revenue)| **revenue > 0);
            let known = with_revenue.map(|(&cost, &revenue)| cost as f64 / revenue as f64);
            share_quantiles(known.collect(), *levels)?
        }
        CostCuts::RelativeAt(cuts) => cuts.iter().map(|&share| Cut::Share(share)).collect(),
    };
    let (rows, columns) = (revenue_cuts.len() + 1, cost_cuts.len() + 1);
    let box_of: Vec<u32> = (0..revenue.len())
        .into_par_iter()
        .map(|place| {
            let at_or_above = |cut: &&Cut| cut.ordering_of(revenue[place], relative(place)) != Ordering::Less;
            let above = |cut: &&Cut| cut.ordering_of(cost[place], relative(place)) == Ordering::Greater;
            // The highest revenue comes first.
            let (from, to) = (revenue_cuts.iter().filter(at_or_above), cost_cuts.iter().filter(above));
            ((rows - 1 - from.count()) * columns + to.count()) as u32
        })
        .collect();

    let mut boxes: Vec<PortfolioBox> = (0..rows * columns)
        .map(|number| PortfolioBox {
            revenue_level: level_name(rows - 1 - number / columns, rows),
            cost_level: level_name(number % columns, columns),
            customers: 0,
            customer_share: 0.0,
            revenue: 0,
            cost: 0,
            profit: 0,
            profit_margin: None,
            lifetime_value: None,
        })
        .collect();
    for (place, &number) in box_of.iter().enumerate() {
        let one = &mut boxes[number as usize];
        one.customers += 1;
        one.revenue += i128::from(revenue[place]);
        one.cost += i128::from(cost[place]);
        one.profit += i128::from(profit[place]);
    }
    let lifetime = lifetime_value.map(|values| lifetime_sums(values, &box_of, boxes.len()));
    for (number, one) in boxes.iter_mut().enumerate() {
        one.customer_share = one.customers as f64 / revenue.len() as f64;
        one.profit_margin = (one.revenue > 0).then(|| one.profit as f64 / one.revenue as f64);
        one.lifetime_value = lifetime.as_ref().and_then(|sums| sums[number]);
    }
    Ok(PortfolioGrid { revenue_cuts, cost_cuts, boxes, box_of })
}

fn check(figures: CustomerFigures<'_>) -> Result<()> {
    let customers = figures.revenue.len();
    if customers == 0 {
        return Err(Error::data("there is no customer to put into a grid"));
    }
    for (name, length) in [
        ("cost", figures.cost.len()),
        ("profit", figures.profit.len()),
        ("lifetime value", figures.lifetime_value.map_or(customers, <[_]>::len)),
    ] {
        if length != customers {
            return Err(Error::length_mismatch(name, customers, length));
        }
    }
    let mut lifetime_values = figures.lifetime_value.unwrap_or_default().iter().flatten();
    match lifetime_values.find(|value| value.is_nan() || value.abs() > 1e200) {
        Some(value) => Err(Error::data(format!("`{value}` is no lifetime value"))),
        None => Ok(()),
    }
}

/// Cost and the revenue that it is divided by; without revenue `None`, beyond every cut, if there is a cost, else zero.
fn relative_cost(cost: i64, revenue: i64) -> Option<(i64, i64)> {
    match (cost, revenue) {
        (cost, 1..) => Some((cost, revenue)),
        (1.., _) => None,
        _ => Some((0, 1)),
    }
}

impl Cut {
    /// How a customer compares with the cut, by an amount or by cost over revenue.
    fn ordering_of(self, amount: i64, relative: Option<(i64, i64)>) -> Ordering {
        let by_share = |ordering: &dyn Fn(i64, i64) -> Ordering| {
            relative.map_or(Ordering::Greater, |(cost, revenue)| ordering(cost, revenue))
        };
        match self {
            Self::Amount { minor, parts } => (i128::from(amount) * i128::from(parts)).cmp(&minor),
            Self::Share(share) => by_share(&|cost, revenue| share.ordering_of(cost, revenue)),
            Self::ShareQuantile(share) => by_share(&|cost, revenue| (cost as f64 / revenue as f64).total_cmp(&share)),
        }
    }
}

fn amounts(cuts: &[i64]) -> Vec<Cut> {
    cuts.iter().map(|&cut| Cut::Amount { minor: cut.into(), parts: 1 }).collect()
}

/// The quantiles of type 7 that cut values into so many levels, exactly.
fn quantiles(values: &[i64], levels: u32) -> Vec<Cut> {
    let mut sorted = values.to_vec();
    sorted.par_sort_unstable();
    (1..levels)
        .map(|level| {
            let place = (sorted.len() - 1) as u64 * u64::from(level);
            let (whole, part) = ((place / u64::from(levels)) as usize, i128::from(place % u64::from(levels)));
            let (below, above) = (i128::from(sorted[whole]), i128::from(sorted[(whole + 1).min(sorted.len() - 1)]));
            Cut::Amount { minor: below * i128::from(levels) + (above - below) * part, parts: levels }
        })
        .collect()
}

fn share_quantiles(mut shares: Vec<f64>, levels: u32) -> Result<Vec<Cut>> {
    if shares.is_empty() {
        return Err(Error::data("no customer has revenue: cost relative to it is not defined")
            .hint("cut cost by its amount instead"));
    }
    shares.par_sort_unstable_by(f64::total_cmp);
    let last = shares.len() - 1;
    Ok((1..levels)
        .map(|level| {
            let place = last as f64 * f64::from(level) / f64::from(levels);
            let (below, above) = (shares[place.floor() as usize], shares[place.ceil() as usize]);
            Cut::ShareQuantile(below + (above - below) * place.fract())
        })
        .collect())
}

/// Sums of floats in ascending order within each box, so that the order of input does not show; `None` for a box of customers of
/// none of whom the value is known.
fn lifetime_sums(values: &[Option<f64>], box_of: &[u32], boxes: usize) -> Vec<Option<f64>> {
    let mut each: Vec<Vec<f64>> = vec![Vec::new(); boxes];
    let mut is_empty = vec![true; boxes];
    for (value, number) in std::iter::zip(values, box_of) {
        each[*number as usize].extend(value);
        is_empty[*number as usize] = false;
    }
    each.into_par_iter()
        .zip(is_empty)
        .map(|(mut values, is_empty)| {
            values.sort_unstable_by(f64::total_cmp);
            (is_empty || !values.is_empty()).then(|| values.into_iter().sum::<f64>() + 0.0)
        })
        .collect()
}
