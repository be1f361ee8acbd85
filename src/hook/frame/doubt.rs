//! Doubt and the behaviour of cost as frames.

use polars::prelude::DataFrame;

use super::of_measure;
use crate::hook::{BehaviourPoint, Curve, Doubt};
use crate::tables::build::{counts, frame, numbers, text};

/// The figures of the curve in all draws.
///
/// # Shape
/// One row a figure: `statistic`, `estimate` (without doubt), `mean`, `low`, `median`, `high` (of the
/// draws; empty where a draw leaves the figure undefined), `unit`. `measure` stands in place of `profit` where the values are
/// something else, here and below.
pub fn doubt(doubt: &Doubt, measure: &str) -> DataFrame {
    let all = &doubt.statistics;
    frame(vec![
        text("statistic", all.iter().map(|one| Some(of_measure(one.statistic, measure)))),
        numbers("estimate", all.iter().map(|one| one.estimate)),
        numbers("mean", all.iter().map(|one| one.mean)),
        numbers("low", all.iter().map(|one| one.low)),
        numbers("median", all.iter().map(|one| one.median)),
        numbers("high", all.iter().map(|one| one.high)),
        text("unit", all.iter().map(|one| Some(one.unit.name()))),
    ])
}

/// The band round the curve.
///
/// # Shape
/// One row a hundredth of the customers: `customer_share` (0 to 1), `cumulative_profit` (without doubt),
/// `low`, `median`, `high` (of the draws), in units of the currency.
pub fn doubt_band(doubt: &Doubt, measure: &str) -> DataFrame {
    let band = &doubt.band;
    frame(vec![
        numbers("customer_share", band.iter().map(|at| Some(at.customer_share))),
        numbers(&of_measure("cumulative_profit", measure), band.iter().map(|at| Some(at.cumulative_profit))),
        numbers("low", band.iter().map(|at| Some(at.low))),
        numbers("median", band.iter().map(|at| Some(at.median))),
        numbers("high", band.iter().map(|at| Some(at.high))),
    ])
}

/// Each customer's probability of being a loss maker.
///
/// # Shape
/// One row a customer, the most profitable first: `customer_id`, `profit`, `loss_probability` (0 to 1).
/// `id` names the customer at a place of the order in which curve and doubt were made.
pub fn loss_probability<T: AsRef<str>>(
    curve: &Curve,
    doubt: &Doubt,
    id: impl Fn(usize) -> T,
    measure: &str,
) -> DataFrame {
    let points: Vec<_> = curve.points().collect();
    frame(vec![
        text("customer_id", points.iter().map(|point| Some(id(point.place)))),
        numbers(measure, points.iter().map(|point| Some(point.profit))),
        numbers("loss_probability", points.iter().map(|point| Some(doubt.loss_probability[point.place]))),
    ])
}

/// What dropping customers is worth.
///
/// # Shape
/// One row a number of customers kept, from nobody to everybody: `customer_id` (the last one kept; empty
/// at the start), `customers`, `customer_share`, `full_cost` (the Hook curve), `nothing_given_up` and
/// `capacity_given_up` (profit of the company), in units of the currency.
pub fn cost_behaviour<T: AsRef<str>>(points: &[BehaviourPoint], id: impl Fn(usize) -> T) -> DataFrame {
    frame(vec![
        text("customer_id", points.iter().map(|point| point.place.map(&id))),
        counts("customers", points.iter().map(|point| Some(point.customers))),
        numbers("customer_share", points.iter().map(|point| Some(point.customer_share))),
        numbers("full_cost", points.iter().map(|point| Some(point.full))),
        numbers("nothing_given_up", points.iter().map(|point| Some(point.avoidable))),
        numbers("capacity_given_up", points.iter().map(|point| Some(point.given_up))),
    ])
}
