//! What pays most for each customer, computed from its own costs.

use rayon::prelude::*;

use super::params::LeverParams;
use crate::{Error, Result};

/// What can be done about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lever {
    /// Nothing pays: keep it as it is.
    Keep,
    /// Bring its largest cost driver down.
    CutCost,
    /// Raise its price, or charge a fee, until it breaks even.
    RaisePrice,
    /// Let it go.
    LetGo,
}

impl Lever {
    /// The lever by name, as tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::CutCost => "cut_cost",
            Self::RaisePrice => "raise_price",
            Self::LetGo => "let_go",
        }
    }
}

/// What the levers are computed from, one value per customer, in minor units.
#[derive(Debug, Clone, Copy)]
pub struct LeverFigures<'a> {
    /// Net revenue.
    pub revenue: &'a [i64],
    /// Profit.
    pub profit: &'a [i64],
    /// Cost by driver, each driver with its name.
    pub drivers: &'a [(&'a str, &'a [i64])],
    /// The part of all cost that stays when the customer goes, unless capacity is given up.
    pub capacity: &'a [i64],
}

/// The levers of one customer, in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerLevers {
    /// The one that pays most; at a tie the one that changes less.
    pub lever: Lever,
    /// What it adds to profit.
    pub gain: i64,
    /// The largest cost driver, by its place among the drivers; `None` where nothing costs anything.
    pub driver: Option<usize>,
    /// What that driver costs.
    pub driver_cost: i64,
    /// What is saved by bringing it down to what the median customer takes per unit of revenue.
    pub saving: i64,
    /// The fee that brings the customer to break even; 0 for one that makes no loss.
    pub break_even_fee: i64,
    /// The same as a rise in price, as a fraction; `None` without revenue.
    pub break_even_price_rise: Option<f64>,
    /// What letting the customer go adds to profit; below zero where it costs profit.
    pub let_go: i64,
}

/// The levers of every customer.
///
/// # Definition
/// ```text
/// saving  = cost of the largest driver - revenue x median over customers of (cost of that driver / revenue)
/// fee     = -profit for a loss maker; as a rise in price, over revenue; a lever up to the largest rise
/// let go  = -(profit + (1 - g) x capacity)     the capacity stays but for the share g that is given up
/// ```
/// The median is over customers with revenue. The lever is the one with the largest gain above zero,
/// otherwise `keep`.
/// # Errors
/// `LengthMismatch` where a slice has not one value per customer.
pub fn levers(figures: LeverFigures<'_>, params: LeverParams) -> Result<Vec<CustomerLevers>> {
    let LeverFigures { revenue, profit, drivers, capacity } = figures;
    let lengths = [("profit", profit.len()), ("capacity", capacity.len())];
    for (name, length) in lengths.into_iter().chain(drivers.iter().map(|(name, cost)| (*name, cost.len()))) {
        if length != revenue.len() {
            return Err(Error::length_mismatch(name, revenue.len(), length));
        }
    }
    let medians: Vec<f64> = drivers.iter().map(|(_, cost)| median_share(cost, revenue)).collect();
    let of_customer = |place: usize| {
        let mut driver: Option<usize> = None;
        for (number, (_, cost)) in drivers.iter().enumerate() {
            if cost[place] > driver.map_or(0, |largest| drivers[largest].1[place]) {
                driver = Some(number);
            }
        }
        let driver_cost = driver.map_or(0, |number| drivers[number].1[place]);
        let usual = driver.map_or(0.0, |number| medians[number] * revenue[place].max(0) as f64);
        let saving = driver_cost.saturating_sub(usual.round() as i64).max(0);
        let break_even_fee = profit[place].min(0).saturating_neg();
        let break_even_price_rise = (revenue[place] > 0).then(|| break_even_fee as f64 / revenue[place] as f64);
        let stays = (1.0 - params.given_up()) * capacity[place] as f64;
        let let_go = profit[place].saturating_add(stays.round() as i64).saturating_neg();
        let bearable = break_even_price_rise.is_some_and(|rise| rise <= params.max_price_rise());
        let gains = [
            (Lever::CutCost, saving),
            (Lever::RaisePrice, if bearable { break_even_fee } else { 0 }),
            (Lever::LetGo, let_go),
        ];
        let (lever, gain) =
            gains.into_iter().fold((Lever::Keep, 0), |best, next| if next.1 > best.1 { next } else { best });
        CustomerLevers { lever, gain, driver, driver_cost, saving, break_even_fee, break_even_price_rise, let_go }
    };
    Ok((0..revenue.len()).into_par_iter().map(of_customer).collect())
}

/// The median over customers with revenue of cost over revenue; 0 where nobody has any.
fn median_share(cost: &[i64], revenue: &[i64]) -> f64 {
    let mut shares: Vec<f64> = std::iter::zip(cost, revenue)
        .filter(|(_, revenue)| **revenue > 0)
        .map(|(&cost, &revenue)| cost as f64 / revenue as f64)
        .collect();
    shares.par_sort_unstable_by(f64::total_cmp);
    match shares.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => shares[odd / 2],
        even => (shares[even / 2 - 1] + shares[even / 2]) / 2.0,
    }
}
