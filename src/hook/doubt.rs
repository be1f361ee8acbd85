//! How sure the curve is: a band round it, and each customer's chance of being a loss maker.
//!
//! # Question
//! Profits rest on estimates: rates of drivers, minutes of work, values yet to come. Which part of the
//! curve survives that, and who is a loss maker for certain?
//!
//! # Definition
//! Monte Carlo. In every draw
//!
//! ```text
//! profit_i = value_i + e_i - sum over shared sources s of cost_is x (f_s - 1)
//! ```
//!
//! `e_i` is a doubt of the customer's own: normal around 0 with a standard error, or triangular in a
//! range with the value at its top. `f_s` is the factor by which a shared rate is off, one for all
//! customers whose cost rests on it: normal around 1, or triangular in a range with 1 at its top. No rate falls below zero: a
//! factor that would is drawn anew, so that a standard error near 100 % or above raises the mean.
//! Customers are ranked anew in every draw. The band holds the quantiles (type 7) of the cumulative
//! profit at every hundredth of the customers; a customer's loss probability is the share of draws in
//! which the profit is below zero.
//!
//! A curve of doubtful profits peaks higher than that of the true ones: doubt spreads customers as
//! difference does. The median of the draws, beside the estimate, shows by how much.
//!
//! # Random numbers
//! `ChaCha8` keyed by the seed, with the number of the draw as its stream; within a draw the shared
//! sources come first, then the customers in byte order of their ids. So neither threads nor the
//! order of input change a digit.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal, Triangular};
use rayon::prelude::*;

use super::amount::Amount;
use super::curve::{Curve, LARGEST, Values};
use super::ranking::Ranking;
use super::statistics::Unit;
use crate::rates::percent;
use crate::{Error, Result};

/// Settings of the draws, checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubtParams {
    draws: u32,
    seed: u64,
    level: f64,
}

impl DoubtParams {
    /// So many draws from a seed, and the share of them that an interval holds.
    ///
    /// # Errors
    /// `Usage` for fewer than 2 or more than 100,000 draws, or a level not between 0 and 1.
    pub fn new(draws: u32, seed: u64, level: f64) -> Result<Self> {
        if !(2..=100_000).contains(&draws) {
            return Err(Error::usage(format!("`{draws}` draws cannot be made"))
                .hint("ask for 2 to 100000 draws, as in `--draws 1000`"));
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::usage(format!("an interval cannot hold `{}` of the draws", percent(level)))
                .hint("give a share between 0% and 100%, as in `--level 90%`"));
        }
        Ok(Self { draws, seed, level })
    }

    /// The share of draws that an interval holds.
    pub fn level(&self) -> f64 {
        self.level
    }
}

impl Default for DoubtParams {
    /// 1,000 draws from seed 1; intervals hold 90 %.
    fn default() -> Self {
        Self { draws: 1_000, seed: 1, level: 0.9 }
    }
}

/// The doubt that each customer has alone.
#[derive(Debug, Clone, Copy)]
pub enum OwnDoubt<'a> {
    /// None.
    None,
    /// The standard error of each value.
    StandardErrors(&'a [f64]),
    /// The lowest and the highest that each value can be.
    Ranges {
        /// The lowest values.
        low: &'a [f64],
        /// The highest values.
        high: &'a [f64],
    },
}

/// By which factor a rate may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FactorDoubt {
    /// A relative standard error: 0.1 is ten percent of the rate, which stays at zero or above.
    StandardError(f64),
    /// The lowest and the highest factor, with 1 between them.
    Range(f64, f64),
}

impl FactorDoubt {
    /// Refuses what no rate can be off by; `name` is what the rate is of.
    ///
    /// # Errors
    /// `Usage` for a standard error below zero, and for a range without 0% in it or one that begins below -100%.
    pub fn check(self, name: &str) -> Result<()> {
        let fits = match self {
            Self::StandardError(error) => (0.0..=1e6).contains(&error),
            Self::Range(low, high) => (0.0..=1.0).contains(&low) && (1.0..=1e6).contains(&high),
        };
        if fits {
            return Ok(());
        }
        Err(Error::usage(format!("the rate of `{name}` cannot be off by `{self}`")).hint(
            "give a standard error of zero or more, as in `relationship_cost=10%`, or a range with 0% in it, as in \
             `relationship_cost=-20%..30%`; no rate can fall by more than 100%",
        ))
    }
}

impl fmt::Display for FactorDoubt {
    /// By how much the rate may be off: `10%`, or `-20% to 30%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardError(error) => f.write_str(&percent(*error)),
            Self::Range(low, high) => write!(f, "{} to {}", percent(low - 1.0), percent(high - 1.0)),
        }
    }
}

/// A rate or an estimate of time that costs of many customers rest on.
#[derive(Debug, Clone, Copy)]
pub struct SharedDoubt<'a> {
    /// What it is.
    pub name: &'a str,
    /// Each customer's cost that rests on it, in units of the currency.
    pub cost: &'a [f64],
    /// By which factor it may be off.
    pub factor: FactorDoubt,
}

/// One figure of the curve in all draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubtStatistic {
    /// Its name, as in [`Curve::statistics`].
    pub statistic: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Without doubt.
    pub estimate: Option<f64>,
    /// The mean of the draws; `None`, like the rest, where a draw leaves the figure undefined.
    pub mean: Option<f64>,
    /// The lower end of the interval.
    pub low: Option<f64>,
    /// The middle.
    pub median: Option<f64>,
    /// The upper end of the interval.
    pub high: Option<f64>,
}

/// The curve in all draws, at one share of the customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubtBand {
    /// The share of customers.
    pub customer_share: f64,
    /// Cumulative profit without doubt.
    pub cumulative_profit: f64,
    /// The lower end of the interval of cumulative profit.
    pub low: f64,
    /// The middle.
    pub median: f64,
    /// The upper end.
    pub high: f64,
}

/// What the draws say.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// `total_profit`, `peak_profit`, `peak_pct`, `peak_customer_share`, `profit_at_risk`, `loss_makers`.
    pub statistics: Vec<DoubtStatistic>,
    /// The band round the curve, from no customers to all in hundredths.
    pub band: Vec<DoubtBand>,
    /// Each customer's share of draws with a loss, in the order given.
    pub loss_probability: Vec<f64>,
}

/// Steps of customers at which the band is drawn.
const PARTS: u32 = 100;

/// Figures of one draw: at the parts, then the statistics.
struct Draw {
    at_parts: Vec<f64>,
    figures: [f64; FIGURES.len()],
}

const FIGURES: [(&str, Unit); 6] = [
    ("total_profit", Unit::Money),
    ("peak_profit", Unit::Money),
    ("peak_pct", Unit::Percent),
    ("peak_customer_share", Unit::Share),
    ("profit_at_risk", Unit::Money),
    ("loss_makers", Unit::Customers),
];

/// Quantiles of the curve under doubt, and each customer's probability of being a loss maker.
///
/// # Shape
/// `values` in units of the currency, one per customer like everything else; see [`Doubt`].
/// # Errors
/// As [`Curve::new`]; `Data` for a standard error below zero, a range with its low end above its high
/// end or without the value in it; the same for factors.
pub fn doubt<S: AsRef<[u8]> + Sync>(
    customers: &[S],
    values: &[f64],
    own: OwnDoubt<'_>,
    shared: &[SharedDoubt<'_>],
    params: DoubtParams,
) -> Result<Doubt> {
    // Refuses what is no curve in the first place.
    Curve::new(customers, Values::Numbers(values))?;
    let name = |place: usize| String::from_utf8_lossy(customers[place].as_ref()).into_owned();
    check_own(values, own, &name)?;
    check_shared(customers.len(), shared)?;

    let mut order: Vec<usize> = (0..customers.len()).collect();
    order.par_sort_unstable_by(|&one, &other| customers[one].as_ref().cmp(customers[other].as_ref()));
    let losses: Vec<AtomicU32> = values.iter().map(|_| AtomicU32::new(0)).collect();
    let parts: Vec<u32> = (0..=PARTS).collect();
    let draws: Vec<Draw> = (0..params.draws)
        .into_par_iter()
        .map(|number| {
            let mut generator = ChaCha8Rng::seed_from_u64(params.seed);
            generator.set_stream(number.into());
            let factors: Vec<f64> = shared.iter().map(|source| draw_factor(source.factor, &mut generator)).collect();
            let mut profits = Vec::with_capacity(order.len());
            for &place in &order {
                let off: f64 = std::iter::zip(shared, &factors).map(|(source, off)| source.cost[place] * off).sum();
                let profit = draw_own(own, place, values[place], &mut generator) - off + 0.0;
                if profit < 0.0 {
                    losses[place].fetch_add(1, Ordering::Relaxed);
                }
                profits.push(profit);
            }
            summarise(profits, &parts)
        })
        .collect();

    let count = f64::from(params.draws);
    let loss_probability = losses.into_iter().map(|losses| f64::from(losses.into_inner()) / count).collect();
    let estimate = summarise(values.to_vec(), &parts);
    let tails = [(1.0 - params.level) / 2.0, 0.5, (1.0 + params.level) / 2.0];
    let band = std::iter::zip(0_u32.., &estimate.at_parts)
        .map(|(part, &cumulative_profit)| {
            let [low, median, high] = quantiles(draws.iter().map(|draw| draw.at_parts[part as usize]), tails);
            DoubtBand { customer_share: f64::from(part) / f64::from(PARTS), cumulative_profit, low, median, high }
        })
        .collect();
    let statistics = std::iter::zip(0.., FIGURES)
        .map(|(number, (statistic, unit))| {
            let figures = || draws.iter().map(|draw| draw.figures[number]);
            let estimate = Some(estimate.figures[number]).filter(|figure| figure.is_finite());
            let mut described =
                DoubtStatistic { statistic, unit, estimate, mean: None, low: None, median: None, high: None };
            if figures().all(f64::is_finite) {
                let [low, median, high] = quantiles(figures(), tails);
                let sum = figures().fold(f64::ZERO, |sum, figure| f64::plus(sum, figure.sum()));
                described.mean = Some(f64::number(sum) / count);
                (described.low, described.median, described.high) = (Some(low), Some(median), Some(high));
            }
            described
        })
        .collect();
    Ok(Doubt { statistics, band, loss_probability })
}

/// The figures of one set of profits.
fn summarise(mut profits: Vec<f64>, parts: &[u32]) -> Draw {
    profits.sort_unstable_by(|one, other| other.total_cmp(one));
    let ranking = Ranking { order: Vec::new(), values: profits, per_unit: 1.0 };
    let totals = ranking.totals();
    let customers = ranking.values.len() as f64;
    let (total, peak) = (ranking.units(totals.total), ranking.units(totals.gained));
    let at_parts = ranking.cuts(parts, PARTS).into_iter().map(|sum| ranking.units_of_parts(sum, PARTS)).collect();
    let percent = if total > 0.0 { peak / total * 100.0 } else { f64::NAN };
    let at_risk = 0.0 - ranking.units(totals.lost);
    Draw { at_parts, figures: [total, peak, percent, totals.winners as f64 / customers, at_risk, totals.losers as f64] }
}

fn draw_own(own: OwnDoubt<'_>, place: usize, value: f64, generator: &mut ChaCha8Rng) -> f64 {
    match own {
        OwnDoubt::None => value,
        OwnDoubt::StandardErrors(errors) => {
            let normal: f64 = StandardNormal.sample(generator);
            value + errors[place] * normal
        }
        OwnDoubt::Ranges { low, high } => triangular(low[place], high[place], value, generator),
    }
}

/// By how much a factor is off from 1.
fn draw_factor(doubt: FactorDoubt, generator: &mut ChaCha8Rng) -> f64 {
    match doubt {
        FactorDoubt::StandardError(error) => loop {
            let normal: f64 = StandardNormal.sample(generator);
            if error * normal >= -1.0 {
                break error * normal;
            }
        },
        FactorDoubt::Range(low, high) => triangular(low, high, 1.0, generator) - 1.0,
    }
}

fn triangular(low: f64, high: f64, top: f64, generator: &mut ChaCha8Rng) -> f64 {
    // A range of one point has no triangle.
    Triangular::new(low, high, top).map_or(top, |triangle| triangle.sample(generator))
}

/// Quantiles of type 7: straight between the two nearest of the sorted values.
fn quantiles<const N: usize>(values: impl Iterator<Item = f64>, at: [f64; N]) -> [f64; N] {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    at.map(|share| {
        let place = share * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        below + (above - below) * place.fract()
    })
}

fn check_own(values: &[f64], own: OwnDoubt<'_>, name: &dyn Fn(usize) -> String) -> Result<()> {
    let length = |what: &str, found: usize| {
        if found == values.len() { Ok(()) } else { Err(Error::length_mismatch(what, values.len(), found)) }
    };
    match own {
        OwnDoubt::None => Ok(()),
        OwnDoubt::StandardErrors(errors) => {
            length("standard errors", errors.len())?;
            match errors.iter().position(|error| !(0.0..=LARGEST).contains(error)) {
                Some(place) => Err(Error::data(format!(
                    "customer `{}` has the standard error `{}`, which is not zero or more",
                    name(place),
                    errors[place]
                ))),
                None => Ok(()),
            }
        }
        OwnDoubt::Ranges { low, high } => {
            length("low ends", low.len())?;
            length("high ends", high.len())?;
            let out = |place: &usize| {
                let (low, value, high) = (low[*place], values[*place], high[*place]);
                !(-LARGEST..=value).contains(&low) || !(value..=LARGEST).contains(&high)
            };
            match (0..values.len()).find(out) {
                Some(place) if low[place] > high[place] => Err(Error::data(format!(
                    "customer `{}` has a range from `{}` to `{}`: its low end is above its high end",
                    name(place),
                    low[place],
                    high[place]
                ))),
                Some(place) => Err(Error::data(format!(
                    "customer `{}` has the value `{}`, which is not within its range from `{}` to `{}`",
                    name(place),
                    values[place],
                    low[place],
                    high[place]
                ))),
                None => Ok(()),
            }
        }
    }
}

fn check_shared(customers: usize, shared: &[SharedDoubt<'_>]) -> Result<()> {
    for source in shared {
        if source.cost.len() != customers {
            return Err(Error::length_mismatch(source.name, customers, source.cost.len()));
        }
        if let Some(cost) = source.cost.iter().find(|cost| cost.is_nan() || cost.abs() > LARGEST) {
            return Err(Error::data(format!("`{}` has the cost `{cost}`, which is no amount", source.name)));
        }
        source.factor.check(source.name)?;
    }
    Ok(())
}
