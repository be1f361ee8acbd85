//! What pays most for each customer, computed from its own costs.

use std::cmp::Ordering;

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
    /// The same as a rise in price, in percent; `None` without revenue.
    pub break_even_price_rise_pct: Option<f64>,
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
/// The median is over customers with revenue; the cost that it makes of a revenue and what stays are rounded once, a half away from
/// zero. The lever is the one with the largest gain above zero, otherwise `keep`.
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
    let medians: Vec<MedianShare> = drivers.iter().map(|(_, cost)| MedianShare::new(cost, revenue)).collect();
    let of_customer = |place: usize| {
        let mut driver: Option<usize> = None;
        for (number, (_, cost)) in drivers.iter().enumerate() {
            if cost[place] > driver.map_or(0, |largest| drivers[largest].1[place]) {
                driver = Some(number);
            }
        }
        let driver_cost = driver.map_or(0, |number| drivers[number].1[place]);
        let usual = driver.map_or(0, |number| medians[number].of(revenue[place].max(0)));
        let saving = within((i128::from(driver_cost) - usual).max(0));
        let break_even_fee = profit[place].min(0).saturating_neg();
        let has_revenue = revenue[place] > 0;
        let break_even_price_rise_pct =
            has_revenue.then(|| (i128::from(break_even_fee) * 100) as f64 / revenue[place] as f64);
        let stays = params.given_up().rest().of(capacity[place]);
        let let_go = within(-(i128::from(profit[place]) + stays));
        let bearable =
            has_revenue && params.max_price_rise().ordering_of(break_even_fee, revenue[place]) != Ordering::Greater;
        let gains = [
            (Lever::CutCost, saving),
            (Lever::RaisePrice, if bearable { break_even_fee } else { 0 }),
            (Lever::LetGo, let_go),
        ];
        let (lever, gain) =
            gains.into_iter().fold((Lever::Keep, 0), |best, next| if next.1 > best.1 { next } else { best });
        CustomerLevers { lever, gain, driver, driver_cost, saving, break_even_fee, break_even_price_rise_pct, let_go }
    };
    Ok((0..revenue.len()).into_par_iter().map(of_customer).collect())
}

/// An amount, the nearest there is.
fn within(amount: i128) -> i64 {
    amount.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Cost over revenue, which is above zero.
type CostShare = (i64, i64);

fn compare(one: &CostShare, other: &CostShare) -> Ordering {
    (i128::from(one.0) * i128::from(other.1)).cmp(&(i128::from(other.0) * i128::from(one.1)))
}

/// The median over customers with revenue of cost over revenue, exactly: half the sum of the two in the middle, which are one and
/// the same where the number of customers is odd.
#[derive(Debug, Clone, Copy)]
struct MedianShare(CostShare, CostShare);

impl MedianShare {
    /// The median; 0 where nobody has revenue.
    fn new(cost: &[i64], revenue: &[i64]) -> Self {
        let both = std::iter::zip(cost, revenue).map(|(&cost, &revenue)| (cost, revenue));
        let mut shares: Vec<CostShare> = both.filter(|(_, revenue)| *revenue > 0).collect();
        if shares.is_empty() {
            return Self((0, 1), (0, 1));
        }
        let is_odd = shares.len() % 2 == 1;
        let middle = shares.len() / 2;
        let (below, &mut upper, _) = shares.select_nth_unstable_by(middle, compare);
        let lower = below.iter().copied().max_by(compare).filter(|_| !is_odd).unwrap_or(upper);
        Self(lower, upper)
    }

    /// This share of a revenue, rounded once, a half away from zero.
    fn of(self, revenue: i64) -> i128 {
        let Self((cost, per), (other_cost, other_per)) = self;
        let parts = |cost: i64, per: i64| {
            let product = i128::from(revenue) * i128::from(cost);
            (product.div_euclid(per.into()), product.rem_euclid(per.into()))
        };
        let ((one, rest), (other, other_rest)) = (parts(cost, per), parts(other_cost, other_per));
        // Both rests are less than a whole, so that their sum is a fraction of 127 bits.
        let whole = i128::from(per) * i128::from(other_per);
        let rests = rest * i128::from(other_per) + other_rest * i128::from(per);
        let twice = one + other + rests / whole;
        let is_half = twice % 2 != 0 && rests % whole == 0;
        (twice + 1).div_euclid(2) - i128::from(is_half && twice < 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_share_of_a_revenue_is_exact_up_to_the_largest_amounts() {
        let median = |shares: &[CostShare]| {
            let (cost, revenue): (Vec<i64>, Vec<i64>) = shares.iter().copied().unzip();
            MedianShare::new(&cost, &revenue)
        };
        // A third and a half: 5/12, of which 6 has 2.5 and 18 has 7.5.
        let between = median(&[(1, 3), (1, 2), (9, 10), (0, 5), (7, 0)]);
        assert_eq!([6, 18, 12, 7].map(|revenue| between.of(revenue)), [3, 8, 5, 3]);
        let below_zero = median(&[(-1, 3), (-1, 2)]);
        assert_eq!([6, 18, 12, 7].map(|revenue| below_zero.of(revenue)), [-3, -8, -5, -3]);
        assert_eq!(median(&[(2, 4), (1, 2), (3, 6)]).of(5), 3);
        let most = median(&[(i64::MAX, i64::MAX - 1), (i64::MIN, i64::MAX)]);
        assert_eq!(most.of(i64::MAX), 0);
        assert_eq!(median(&[(i64::MAX, 1)]).of(i64::MAX), i128::from(i64::MAX) * i128::from(i64::MAX));
        assert_eq!(median(&[]).of(5), 0);
    }
}
