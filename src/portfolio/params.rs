//! Settings of the grid and of the levers, checked.

use crate::rates::Share;
use crate::{Error, Result};

/// Where revenue is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevenueCuts {
    /// Into so many levels of equally many customers.
    Quantiles(u32),
    /// At these amounts, in minor units, ascending.
    At(Vec<i64>),
}

/// Where cost to serve is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CostCuts {
    /// Into so many levels of equally many customers.
    Quantiles(u32),
    /// At these amounts, in minor units, ascending.
    At(Vec<i64>),
    /// By cost over revenue, into so many levels of equally many customers.
    RelativeQuantiles(u32),
    /// By cost over revenue, at these shares, ascending.
    RelativeAt(Vec<Share>),
}

/// Settings of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GridParams {
    revenue: RevenueCuts,
    cost: CostCuts,
}

/// The most levels of either side.
const MOST: usize = 20;

impl GridParams {
    /// A grid with these cuts.
    ///
    /// # Errors
    /// `Usage` for fewer than 1 or more than 20 levels, and for cuts that do not ascend.
    pub fn new(revenue: RevenueCuts, cost: CostCuts) -> Result<Self> {
        match &revenue {
            RevenueCuts::Quantiles(levels) => check_levels(*levels as usize)?,
            RevenueCuts::At(cuts) => check_ascending(cuts)?,
        }
        match &cost {
            CostCuts::Quantiles(levels) | CostCuts::RelativeQuantiles(levels) => check_levels(*levels as usize)?,
            CostCuts::At(cuts) => check_ascending(cuts)?,
            CostCuts::RelativeAt(cuts) => check_ascending(cuts)?,
        }
        Ok(Self { revenue, cost })
    }

    /// Where revenue is cut.
    pub fn revenue(&self) -> &RevenueCuts {
        &self.revenue
    }

    /// Where cost is cut.
    pub fn cost(&self) -> &CostCuts {
        &self.cost
    }
}

impl Default for GridParams {
    /// Revenue at the median, cost at the terciles.
    fn default() -> Self {
        Self { revenue: RevenueCuts::Quantiles(2), cost: CostCuts::Quantiles(3) }
    }
}

fn check_levels(levels: usize) -> Result<()> {
    if (1..=MOST).contains(&levels) {
        Ok(())
    } else {
        Err(Error::usage(format!("`{levels}` levels cannot be cut")).hint(format!("ask for 1 to {MOST} levels")))
    }
}

fn check_ascending<T: PartialOrd>(cuts: &[T]) -> Result<()> {
    check_levels(cuts.len() + 1)?;
    match cuts.windows(2).position(|two| two[0] >= two[1]) {
        None => Ok(()),
        Some(place) => {
            Err(Error::usage(format!("the cuts do not ascend: cut {} is not above the one before", place + 2))
                .hint("give each cut once, from the lowest to the highest"))
        }
    }
}

/// The name of a level, from 0, of so many: `low`, `medium`, `high`; numbers from 1 where there are more.
pub fn level_name(level: usize, levels: usize) -> String {
    match (level, levels) {
        (_, 1) => "all".into(),
        (0, 2 | 3) => "low".into(),
        (1, 3) => "medium".into(),
        (_, 2 | 3) => "high".into(),
        _ => (level + 1).to_string(),
    }
}

/// Settings of the levers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeverParams {
    max_price_rise: Share,
    given_up: Share,
}

impl LeverParams {
    /// The largest rise in price that a customer would bear, and the share of the capacity used by a
    /// customer that is really given up when it goes.
    ///
    /// # Errors
    /// `Usage` for a rise below zero or a share not between 0 and 1.
    pub fn new(max_price_rise: Share, given_up: Share) -> Result<Self> {
        if max_price_rise < Share::percent(0) {
            return Err(Error::usage(format!("`{max_price_rise}` is no rise in price of zero or more"))
                .hint("give a percentage of zero or more, as in `--max-price-rise 10%`"));
        }
        if !(Share::percent(0)..=Share::percent(100)).contains(&given_up) {
            return Err(Error::usage(format!("`{given_up}` of the freed capacity cannot be given up"))
                .hint("give a share between 0% and 100%, as in `--given-up 50%`"));
        }
        Ok(Self { max_price_rise, given_up })
    }

    /// The largest rise in price that a customer would bear.
    pub fn max_price_rise(self) -> Share {
        self.max_price_rise
    }

    /// The share of the freed capacity that is given up.
    pub fn given_up(self) -> Share {
        self.given_up
    }
}

impl Default for LeverParams {
    /// Prices rise by 10 % at most, and no capacity is given up.
    fn default() -> Self {
        Self { max_price_rise: Share::percent(10), given_up: Share::percent(0) }
    }
}
