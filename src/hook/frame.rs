//! The curve as frames: its bands, its points, its statistics.

use polars::prelude::DataFrame;

use super::{Bands, Curve};
use crate::tables::build::{counts, frame, numbers, text};

/// Bands of decreasing profitability.
///
/// # Shape
/// One row a band: `band` (from 1, the most profitable), `customers` (a fraction where the number does
/// not divide), `customer_share` (cumulative, 0 to 1), `profit`, `cumulative_profit` (units of the
/// currency), `cumulative_profit_pct` (percent of the total; empty where that is zero or less).
/// `measure` stands in place of `profit` where the values are something else.
pub fn bands(curve: &Curve, bands: Bands, measure: &str) -> DataFrame {
    let bands = curve.bands(bands);
    let [cumulative, percent] = cumulative_names(measure);
    frame(vec![
        counts("band", bands.iter().map(|band| Some(band.band.into()))),
        numbers("customers", bands.iter().map(|band| Some(band.customers))),
        numbers("customer_share", bands.iter().map(|band| Some(band.customer_share))),
        numbers(measure, bands.iter().map(|band| Some(band.profit))),
        numbers(&cumulative, bands.iter().map(|band| Some(band.cumulative_profit))),
        numbers(&percent, bands.iter().map(|band| band.cumulative_profit_pct)),
    ])
}

/// The curve customer by customer, the most profitable first.
///
/// # Shape
/// One row a customer: `customer_id`, `customers` (so far), then as in [`bands`]. `ids` are in the order
/// in which the curve was made.
pub fn points<'a>(curve: &Curve, ids: impl Fn(usize) -> &'a str, measure: &str) -> DataFrame {
    let points: Vec<_> = curve.points().collect();
    let [cumulative, percent] = cumulative_names(measure);
    frame(vec![
        text("customer_id", points.iter().map(|point| Some(ids(point.place)))),
        counts("customers", points.iter().map(|point| Some(point.customers))),
        numbers("customer_share", points.iter().map(|point| Some(point.customer_share))),
        numbers(measure, points.iter().map(|point| Some(point.profit))),
        numbers(&cumulative, points.iter().map(|point| Some(point.cumulative_profit))),
        numbers(&percent, points.iter().map(|point| point.cumulative_profit_pct)),
    ])
}

/// What the curve says in single figures.
///
/// # Shape
/// One row a figure: `statistic`, `value` (empty where it is undefined), `unit` (`customers`, `money`,
/// `share` of one, `percent`, `index`).
pub fn statistics(curve: &Curve, measure: &str) -> DataFrame {
    let statistics = curve.statistics();
    frame(vec![
        text("statistic", statistics.iter().map(|figure| Some(figure.statistic.replace("profit", measure)))),
        numbers("value", statistics.iter().map(|figure| figure.value)),
        text("unit", statistics.iter().map(|figure| Some(figure.unit.name()))),
    ])
}

fn cumulative_names(measure: &str) -> [String; 2] {
    [format!("cumulative_{measure}"), format!("cumulative_{measure}_pct")]
}
