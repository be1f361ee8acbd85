//! The curve: customers ranked by value, with its peak, bands and points.

use super::amount::Amount;
use super::params::Bands;
use super::ranking::{Ranking, Totals};
use crate::money::Currency;
use crate::{Error, Result};

/// One value per customer: exact money, or numbers that are none.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Minor units of a currency.
    Money(&'a [i64], &'a Currency),
    /// Anything finite, in units of the currency.
    Numbers(&'a [f64]),
}

impl Values<'_> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Money(values, _) => values.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Beyond this a number is no amount, and sums of it could overflow.
pub(super) const LARGEST: f64 = 1e200;

/// The Hook curve of a table of customers.
///
/// # Example
/// ```
/// use custval::hook::{Bands, Curve, Values};
/// use custval::money::Currency;
///
/// let customers = ["A", "B", "C", "D", "E"];
/// let profits = [2_372_000, 970_800, 786_200, -331_200, -362_500];
/// let curve = Curve::new(&customers, Values::Money(&profits, &Currency::UNNAMED))?;
/// assert_eq!(curve.total(), 34_353.0);
/// assert_eq!((curve.peak(), curve.peak_customers()), (41_290.0, 3));
/// assert_eq!(curve.bands(Bands::new(5)?)[1].cumulative_profit, 33_428.0);
/// # Ok::<(), custval::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Curve(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Money(Ranking<i64>, Totals<i64>),
    Numbers(Ranking<f64>, Totals<f64>),
}

/// Runs an expression on whichever ranking the curve holds.
macro_rules! on {
    ($curve:expr, $ranking:ident, $totals:ident => $what:expr) => {
        match &$curve.0 {
            Kind::Money($ranking, $totals) => $what,
            Kind::Numbers($ranking, $totals) => $what,
        }
    };
}

/// A band of equally many customers, the first one the most profitable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The band, from 1.
    pub band: u32,
    /// How many customers it holds; a customer on a cut counts in part on either side.
    pub customers: f64,
    /// The share of all customers in this band and those before, up to 1.
    pub customer_share: f64,
    /// The profit of the band, in units of the currency.
    pub profit: f64,
    /// The profit of this band and those before.
    pub cumulative_profit: f64,
    /// The same in percent of the total, where that is above zero.
    pub cumulative_profit_pct: Option<f64>,
}

/// A point of the curve: one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The place of the customer in the input, from 0.
    pub place: usize,
    /// How many customers stand here or before: the rank, from 1.
    pub customers: u64,
    /// The same as a share of all customers, up to 1.
    pub customer_share: f64,
    /// The profit of the customer, in units of the currency.
    pub profit: f64,
    /// The profit of this customer and those before.
    pub cumulative_profit: f64,
    /// The same in percent of the total, where that is above zero.
    pub cumulative_profit_pct: Option<f64>,
}

impl Curve {
    /// The curve of one value per customer.
    ///
    /// # Shape
    /// `customers` and `values` in the same order, each customer once. Any order gives the same curve.
    /// # Errors
    /// `LengthMismatch` where the slices differ in length; `Data` where there is no customer, or a
    /// value is not finite or beyond 1e200; `Domain` beyond 2^32 customers.
    pub fn new<S: AsRef<[u8]> + Sync>(customers: &[S], values: Values<'_>) -> Result<Self> {
        if customers.len() != values.len() {
            return Err(Error::length_mismatch("values", customers.len(), values.len()));
        }
        if customers.is_empty() {
            return Err(Error::data("there is no customer to draw a curve of"));
        }
        if u32::try_from(customers.len()).is_err() {
            return Err(Error::domain(format!("`{}` customers are more than one curve can hold", customers.len())));
        }
        Ok(Self(match values {
            Values::Money(values, currency) => {
                let ranking = Ranking::new(customers, values, currency.minor_units() as f64);
                let totals = ranking.totals();
                Kind::Money(ranking, totals)
            }
            Values::Numbers(values) => {
                if let Some(place) = values.iter().position(|value| value.is_nan() || value.abs() > LARGEST) {
                    return Err(Error::data(format!(
                        "customer `{}` has the value `{}`, which is no amount",
                        String::from_utf8_lossy(customers[place].as_ref()),
                        values[place]
                    )));
                }
                // A negative zero would rank behind zero and count as a loss.
                let values: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
                let ranking = Ranking::new(customers, &values, 1.0);
                let totals = ranking.totals();
                Kind::Numbers(ranking, totals)
            }
        }))
    }

    /// The number of customers.
    pub fn customers(&self) -> u64 {
        on!(self, ranking, _totals => ranking.values.len() as u64)
    }

    /// The sum of all values, in units of the currency.
    pub fn total(&self) -> f64 {
        on!(self, ranking, totals => ranking.units(totals.total))
    }

    /// The highest point of the curve, in units of the currency; 0 where nobody makes a profit.
    pub fn peak(&self) -> f64 {
        on!(self, ranking, totals => ranking.units(totals.gained))
    }

    /// The smallest number of customers that reaches the peak: all with a profit above zero.
    pub fn peak_customers(&self) -> u64 {
        on!(self, _ranking, totals => totals.winners)
    }

    /// What the loss makers take back: the peak less the total.
    pub fn profit_at_risk(&self) -> f64 {
        // The peak is what all winners gained, so what is lost is the difference exactly.
        0.0 - self.loss_maker_profit()
    }

    /// The number of customers with a profit below zero.
    pub fn loss_makers(&self) -> u64 {
        on!(self, _ranking, totals => totals.losers)
    }

    /// The sum of the profits below zero.
    pub fn loss_maker_profit(&self) -> f64 {
        on!(self, ranking, totals => ranking.units(totals.lost))
    }

    /// The number of customers with a profit of exactly zero.
    pub fn break_even_customers(&self) -> u64 {
        self.customers() - self.peak_customers() - self.loss_makers()
    }

    /// The smallest number of customers that makes a percentage of the peak.
    pub fn customers_for_peak_share(&self, percent: u32) -> u64 {
        on!(self, ranking, totals => ranking.reaching(percent, totals.gained))
    }

    /// The smallest number of customers that has a percentage of the total; `None` where the total is zero or less.
    pub fn customers_for_total_share(&self, percent: u32) -> Option<u64> {
        (self.total() > 0.0).then(|| on!(self, ranking, totals => ranking.reaching(percent, totals.total)))
    }

    /// The share `p` of customers, the top ones, who have `1 - p` of the total: 0.2 where the rule of
    /// 80/20 holds exactly. `None` where the total is zero or less.
    ///
    /// # Definition
    /// Where the curve, drawn straight from customer to customer, first meets `1 - p`.
    pub fn balance_share(&self) -> Option<f64> {
        let (mut before, step) = (0.0, 1.0 / self.customers() as f64);
        for point in self.points() {
            let share = self.share(point.cumulative_profit)?;
            if share >= 1.0 - point.customer_share {
                // Within this customer: before + part (share - before) = 1 - (point - step + part step).
                let gap = 1.0 - (point.customer_share - step) - before;
                return Some(point.customer_share - step + step * gap / (share - before + step));
            }
            before = share;
        }
        None
    }

    /// The sum of the top `percent` of customers, of whom the last counts in part, in units of the currency.
    pub fn top_profit(&self, percent: u32) -> f64 {
        self.profit_between(0, percent, 100)
    }

    /// The sum of the bottom `percent` of customers, of whom the first counts in part, in units of the currency.
    pub fn bottom_profit(&self, percent: u32) -> f64 {
        self.profit_between(100_u32.saturating_sub(percent), 100, 100)
    }

    fn profit_between(&self, from: u32, to: u32, parts: u32) -> f64 {
        let (from, to) = (from.min(parts), to.min(parts));
        fn between<A: Amount>(ranking: &Ranking<A>, from: u32, to: u32, parts: u32) -> f64 {
            let cuts = ranking.cuts(&[from, to], parts);
            ranking.units_of_parts(A::minus(cuts[1], cuts[0]), parts)
        }
        on!(self, ranking, _totals => between(ranking, from, to, parts))
    }

    /// An amount in percent of the total; `None` where the total is zero or less.
    pub fn percent(&self, amount: f64) -> Option<f64> {
        self.share(amount).map(|share| share * 100.0).filter(|percent| percent.is_finite())
    }

    /// An amount as a share of the total; `None` where the total is zero or less.
    pub fn share(&self, amount: f64) -> Option<f64> {
        let total = self.total();
        (total > 0.0).then(|| amount / total).filter(|share| share.is_finite())
    }

    /// Why percentages are left empty, if they are.
    pub fn warning(&self) -> Option<String> {
        (self.total() <= 0.0).then(|| {
            format!("the total is {}: shares and percentages of it would mean nothing and are left empty", self.total())
        })
    }

    /// The bands of decreasing profitability.
    ///
    /// # Shape
    /// One per band, the most profitable first. A customer on a cut is split between its bands, so all
    /// bands hold equally many customers, and there may be more bands than customers.
    pub fn bands(&self, bands: Bands) -> Vec<Band> {
        on!(self, ranking, _totals => self.bands_of(ranking, bands.count()))
    }

    fn bands_of<A: Amount>(&self, ranking: &Ranking<A>, bands: u32) -> Vec<Band> {
        let ends: Vec<u32> = (1..=bands).collect();
        let mut before = A::ZERO;
        std::iter::zip(&ends, ranking.cuts(&ends, bands))
            .map(|(&band, end)| {
                let profit = ranking.units_of_parts(A::minus(end, before), bands);
                let cumulative_profit = ranking.units_of_parts(end, bands);
                before = end;
                Band {
                    band,
                    customers: self.customers() as f64 / f64::from(bands),
                    customer_share: f64::from(band) / f64::from(bands),
                    profit,
                    cumulative_profit,
                    cumulative_profit_pct: self.percent(cumulative_profit),
                }
            })
            .collect()
    }

    /// The places of the customers in the input, in the order of the curve.
    pub fn places(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        let order = on!(self, ranking, _totals => &ranking.order);
        order.iter().map(|&place| place as usize)
    }

    /// Every point of the curve after its start at (0, 0), customer by customer.
    pub fn points(&self) -> Box<dyn Iterator<Item = Point> + '_> {
        on!(self, ranking, _totals => Box::new(self.points_of(ranking)))
    }

    fn points_of<A: Amount>(&self, ranking: &Ranking<A>) -> impl Iterator<Item = Point> {
        let all = self.customers() as f64;
        ranking.running().zip(1_u64..).map(move |((place, profit, cumulative_profit), customers)| Point {
            place: place as usize,
            customers,
            customer_share: customers as f64 / all,
            profit,
            cumulative_profit,
            cumulative_profit_pct: self.percent(cumulative_profit),
        })
    }

    /// The curve as a few points for drawing: ranks from 0 and cumulative values.
    ///
    /// # Shape
    /// From (0, 0) to the total. There is a point wherever the curve has gone `1 / steps` of its width
    /// or height further, and at the peak and before the first loss maker: a few thousand at most for
    /// 400 steps, however many customers there are.
    pub fn outline(&self, steps: u32) -> Vec<(u64, f64)> {
        let width = self.customers() as f64 / f64::from(steps.max(1));
        let height = (self.peak() - self.total().min(0.0)) / f64::from(steps.max(1));
        let corners = [self.peak_customers(), self.customers() - self.loss_makers(), self.customers()];
        let mut outline = vec![(0, 0.0)];
        let mut last = (0.0, 0.0);
        for point in self.points() {
            let at = (point.customers as f64, point.cumulative_profit);
            let far = at.0 - last.0 >= width || (at.1 - last.1).abs() >= height;
            if far || corners.contains(&point.customers) {
                outline.push((point.customers, at.1));
                last = at;
            }
        }
        outline
    }

    /// What the last `0, 1, …, parts` of `parts` of the customers have together, in units.
    pub(super) fn sums_of_the_last(&self, parts: u32) -> Vec<f64> {
        fn sums_of_the_last<A: Amount>(ranking: &Ranking<A>, parts: u32) -> Vec<f64> {
            let ats: Vec<u32> = (0..=parts).collect();
            let cuts = ranking.cuts(&ats, parts);
            let all = cuts[parts as usize];
            cuts.into_iter().rev().map(|cut| ranking.units_of_parts(A::minus(all, cut), parts)).collect()
        }
        on!(self, ranking, _totals => sums_of_the_last(ranking, parts))
    }

    /// The mean difference over twice the mean of the absolute values, over n.
    pub(super) fn normalised_gini(&self) -> Option<f64> {
        on!(self, ranking, totals => ranking.scaled_mean_difference(totals))
            .map(|scaled| scaled / self.customers() as f64)
    }
}
