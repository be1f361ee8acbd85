//! From a model to one row a customer.

use std::borrow::Cow;

use rayon::prelude::*;

use super::family::{Family, Future, ln_sum, p_alive};
use super::gamma_gamma::SpendParameters;
use super::histories::{Histories, by_frequency};
use super::parameters::{Model, Parameters, with_family};
use super::params::{Margin, ScoreParams};
use crate::numerics::fold::ordered_map;
use crate::time::TimeUnit;
use crate::{Error, Result};

/// What scoring needs of a model, from a fit or from a file alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifetimeModel {
    /// Purchase and dropout.
    pub parameters: Parameters,
    /// Spend, where it could be fitted.
    pub spend: Option<SpendParameters>,
    /// The unit of time of the parameters.
    pub time_unit: TimeUnit,
}

/// The customers to score, column by column; times in the unit of the model.
#[derive(Debug, Clone, Copy)]
pub struct Customers<'a> {
    /// Repeat purchase days.
    pub frequency: &'a [f64],
    /// Time from the first to the last purchase.
    pub recency: &'a [f64],
    /// Time from the first purchase to the end of observation.
    pub age: &'a [f64],
    /// Mean spend of the repeat purchase days; `None` without one.
    pub monetary_value: &'a [Option<f64>],
    /// Profit up to the end of observation, where profits are known.
    pub historic_profit: Option<&'a [Option<f64>]>,
}

/// One value per customer and column, in the order of the customers. The names are those of the table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    /// Probability of being active at the end of observation.
    pub p_alive: Vec<f64>,
    /// Probability of no purchase within the horizon.
    pub p_no_purchase: Vec<f64>,
    /// Purchase days expected within the horizon, undiscounted.
    pub expected_transactions: Vec<f64>,
    /// Mean spend of one future purchase, in units of the currency.
    pub expected_spend: Vec<Option<f64>>,
    /// Share of spend that is profit, or the contribution c.
    pub margin: Vec<Option<f64>>,
    /// Discounted profit within the horizon, in units of the currency.
    pub horizon_value: Vec<Option<f64>>,
    /// Discounted purchases expected in the whole remaining life.
    pub dert: Vec<Option<f64>>,
    /// Discounted profit in the whole remaining life, in units of the currency.
    pub residual_clv: Vec<Option<f64>>,
    /// Profit so far, in units of the currency.
    pub historic_profit: Vec<Option<f64>>,
    /// Profit so far and to come, in units of the currency.
    pub clv: Vec<Option<f64>>,
    /// Why a cell is empty, and what to keep in mind about another.
    pub note: Vec<Option<Cow<'static, str>>>,
}

const ALWAYS_ALIVE: &str = "bg-nbd takes a customer without a repeat purchase as alive; see p_no_purchase";
const NO_SPEND_MODEL: &str = "expected_spend is empty: no repeat purchase with a positive amount to fit spend to";
const NO_MONETARY_VALUE: &str = "expected_spend is empty: monetary_value is missing";
const NEGATIVE_SPEND: &str = "monetary_value is below zero and counts as zero";
const INFINITE_SPEND: &str = "expected_spend is empty: its mean is infinite, as q is at most 1";
const NO_MARGIN: &str = "horizon_value and residual_clv are empty: the margin is missing";
const NO_HISTORY: &str = "clv is empty: no profit row";
const OVERFLOW: &str = "a value is empty: it is beyond what a number can hold";
const INFINITE_S: &str = "dert is empty: without a discount it is infinite, as s is at most 1";
const INFINITE_A: &str = "dert is empty: without a discount it is infinite, as a is at most 1";
const INFINITE_DET: &str =
    "residual_clv is empty: without a discount the remaining active time is infinite, as r + frequency is at most 1";

/// Probability of being alive, purchases, spend and value of each customer.
///
/// # Definition
/// ```text
/// horizon_value = margin x expected_spend x DERT to the horizon
/// residual_clv  = margin x expected_spend x DERT
/// with economics (c spend - k) DERT - f DET, over the horizon likewise
/// clv           = historic_profit + residual_clv
/// ```
/// # Shape
/// One value per customer in every column, in the order given. Equal histories are computed once.
/// # Units
/// Times in the unit of the model, money in units of the currency, DET in years.
/// # Errors
/// `LengthMismatch` and `Data` as in [`Histories::new`]; `Domain` where a monetary value, a historic profit or a
/// margin is not finite.
pub fn score(model: &LifetimeModel, customers: &Customers<'_>, params: &ScoreParams) -> Result<Scores> {
    let histories = Histories::new(customers.frequency, customers.recency, customers.age)?;
    let count = histories.customers();
    params.check(count)?;
    check_money("monetary_value", customers.monetary_value, count)?;
    if let Some(profit) = customers.historic_profit {
        check_money("historic_profit", profit, count)?;
    }
    let unit = model.time_unit;
    let horizon = params.horizon.in_unit(unit);
    let delta = params.discount.delta(unit);
    let values = model.parameters.values();
    let lives = with_family!(model.parameters.model(), F => lives::<F>(&values, &histories, horizon, delta));

    let rows = ordered_map(count, |customer| {
        let row = histories.row_of[customer];
        let life = lives.rows[row];
        let future = &lives.futures[histories.rows[row].age_slot];
        score_one(model, customers, &params.margin, customer, life, future)
    });
    Ok(Scores {
        p_alive: column(&rows, |row| row.life.p_alive),
        p_no_purchase: column(&rows, |row| row.life.p_no_purchase),
        expected_transactions: column(&rows, |row| row.expected_transactions),
        expected_spend: column(&rows, |row| row.expected_spend),
        margin: column(&rows, |row| row.margin),
        horizon_value: column(&rows, |row| row.horizon_value),
        dert: column(&rows, |row| row.dert),
        residual_clv: column(&rows, |row| row.residual_clv),
        historic_profit: column(&rows, |row| row.historic_profit),
        clv: column(&rows, |row| row.clv),
        note: column(&rows, |row| match row.notes[..] {
            [] => None,
            [note] => Some(Cow::Borrowed(note)),
            _ => Some(Cow::Owned(row.notes.join("; "))),
        }),
    })
}

/// A column of the values of all customers.
fn column<T: Send>(rows: &[Row], value: impl Fn(&Row) -> T + Sync + Send) -> Vec<T> {
    rows.par_iter().map(value).collect()
}

/// What the model says of each distinct history.
struct Lives {
    rows: Vec<Life>,
    /// By distinct (x, T), of customers who are alive.
    futures: Vec<Future>,
}

#[derive(Clone, Copy)]
struct Life {
    p_alive: f64,
    p_no_purchase: f64,
}

fn lives<F: Family>(values: &[f64; 4], histories: &Histories, horizon: f64, delta: f64) -> Lives {
    let ages = &histories.ages;
    let recencies = &histories.recencies;
    let alive = by_frequency(ages, |frequency| {
        let mut alive = F::alive(values, frequency);
        move |age| (alive(age), alive(age + horizon))
    });
    let dropped = by_frequency(recencies, |frequency| F::ln_dropped(values, frequency));
    Lives {
        rows: ordered_map(histories.rows.len(), |i| {
            let row = &histories.rows[i];
            let ((now, later), dropped) = (alive[row.age_slot], dropped[row.recency_slot]);
            Life {
                p_alive: p_alive(now, dropped),
                p_no_purchase: (ln_sum(later, dropped) - ln_sum(now, dropped)).exp().min(1.0),
            }
        }),
        futures: by_frequency(ages, |frequency| F::futures(values, frequency, horizon, delta)),
    }
}

struct Row {
    life: Life,
    expected_transactions: f64,
    expected_spend: Option<f64>,
    margin: Option<f64>,
    horizon_value: Option<f64>,
    dert: Option<f64>,
    residual_clv: Option<f64>,
    historic_profit: Option<f64>,
    clv: Option<f64>,
    notes: Vec<&'static str>,
}

fn score_one(
    model: &LifetimeModel,
    customers: &Customers<'_>,
    margin: &Margin,
    customer: usize,
    life: Life,
    future: &Future,
) -> Row {
    let mut row = Row {
        life,
        expected_transactions: life.p_alive * future.expected,
        expected_spend: None,
        margin: None,
        horizon_value: None,
        dert: None,
        residual_clv: None,
        historic_profit: None,
        clv: None,
        notes: Vec::new(),
    };
    let frequency = customers.frequency[customer];
    let model_name = model.parameters.model();
    if model_name == Model::BgNbd && frequency == 0.0 {
        row.notes.push(ALWAYS_ALIVE);
    }
    row.expected_spend = expected_spend(model.spend, frequency, customers.monetary_value[customer], &mut row.notes);

    let active = |time: f64| life.p_alive * time;
    row.dert = future.dert.map(active);
    if row.dert.is_none() {
        row.notes.push(if model_name == Model::BgNbd { INFINITE_A } else { INFINITE_S });
    }
    let years = model.time_unit.per_year();
    let det = future.det.map(|det| active(det) / years);
    let det_horizon = active(future.det_horizon) / years;
    let dert_horizon = active(future.dert_horizon);
    let spend = row.expected_spend;
    match margin {
        Margin::Economics(all) => {
            let economics = &all[customer];
            row.margin = Some(economics.contribution);
            let value = |dert: f64, det: f64| {
                spend.map(|spend| {
                    let purchase = economics.contribution * spend - economics.cost_per_purchase;
                    purchase * dert - economics.cost_per_year * det
                })
            };
            row.horizon_value = value(dert_horizon, det_horizon);
            // Time without end costs nothing where a year costs nothing.
            let det = det.or((economics.cost_per_year == 0.0).then_some(0.0));
            if row.dert.is_some() && det.is_none() {
                row.notes.push(INFINITE_DET);
            }
            row.residual_clv = row.dert.zip(det).and_then(|(dert, det)| value(dert, det));
        }
        Margin::Rate(_) | Margin::PerCustomer(_) => {
            row.margin = match margin {
                Margin::Rate(rate) => Some(*rate),
                Margin::PerCustomer(rates) => rates[customer],
                Margin::Economics(_) => None,
            };
            if row.margin.is_none() {
                row.notes.push(NO_MARGIN);
            }
            let profit = row.margin.zip(spend).map(|(margin, spend)| margin * spend);
            row.horizon_value = profit.map(|profit| profit * dert_horizon);
            row.residual_clv = profit.zip(row.dert).map(|(profit, dert)| profit * dert);
        }
    }
    if let Some(profits) = customers.historic_profit {
        row.historic_profit = profits[customer];
        if row.historic_profit.is_none() {
            row.notes.push(NO_HISTORY);
        }
        row.clv = row.historic_profit.zip(row.residual_clv).map(|(past, future)| past + future);
    }
    for value in [&mut row.dert, &mut row.horizon_value, &mut row.residual_clv, &mut row.clv] {
        if value.is_some_and(|value| !value.is_finite()) {
            *value = None;
            if row.notes.last() != Some(&OVERFLOW) {
                row.notes.push(OVERFLOW);
            }
        }
    }
    row
}

fn expected_spend(
    model: Option<SpendParameters>,
    frequency: f64,
    monetary_value: Option<f64>,
    notes: &mut Vec<&'static str>,
) -> Option<f64> {
    let Some(model) = model else {
        notes.push(NO_SPEND_MODEL);
        return None;
    };
    let value = match monetary_value {
        _ if frequency == 0.0 => 0.0,
        Some(value) => value,
        None => {
            notes.push(NO_MONETARY_VALUE);
            return None;
        }
    };
    if value < 0.0 {
        notes.push(NEGATIVE_SPEND);
    }
    let spend = model.expected_spend(frequency, value);
    if spend.is_none() {
        notes.push(INFINITE_SPEND);
    }
    spend
}

fn check_money(name: &str, column: &[Option<f64>], customers: usize) -> Result<()> {
    if column.len() != customers {
        return Err(Error::length_mismatch(name, customers, column.len()));
    }
    match column.iter().position(|value| value.is_some_and(|value| !value.is_finite())) {
        Some(row) => Err(Error::domain(format!("`{name}` of customer {} of the table is not finite", row + 1))),
        None => Ok(()),
    }
}
