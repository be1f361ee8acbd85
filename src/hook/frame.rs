//! The curve as frames: its bands, its points, its statistics.

use polars::prelude::DataFrame;

use super::{Bands, Curve};
use crate::scan::Texts;
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
pub fn points(curve: &Curve, ids: &Texts, measure: &str) -> DataFrame {
    let points: Vec<_> = curve.points().collect();
    let [cumulative, percent] = cumulative_names(measure);
    frame(vec![
        text("customer_id", points.iter().map(|point| Some(ids.show(point.place)))),
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
/// `share` of one, `percent`, `index`). `beside` are curves of other measures of the same customers:
/// their total and concentration follow, as `revenue_gini`.
pub fn statistics(curve: &Curve, measure: &str, beside: &[(&str, Curve)]) -> DataFrame {
    let mut figures: Vec<(String, Option<f64>, &str)> = curve
        .statistics()
        .into_iter()
        .map(|figure| (figure.statistic.replace("profit", measure), figure.value, figure.unit.name()))
        .collect();
    for (name, curve) in beside {
        for figure in curve.statistics() {
            let named = match figure.statistic.as_str() {
                "total_profit" => format!("total_{name}"),
                known if BESIDE.contains(&known) => format!("{name}_{known}"),
                _ => continue,
            };
            figures.push((named, figure.value, figure.unit.name()));
        }
    }
    frame(vec![
        text("statistic", figures.iter().map(|(statistic, _, _)| Some(statistic))),
        numbers("value", figures.iter().map(|(_, value, _)| *value)),
        text("unit", figures.iter().map(|(_, _, unit)| Some(unit))),
    ])
}

/// What is said of revenue and cost beside profit: how concentrated they are.
const BESIDE: [&str; 4] = ["top_10_pct_share", "top_20_pct_share", "gini", "gini_max1"];

/// The Lorenz curves of profit and of what stands beside it, each from the smallest value on.
///
/// # Shape
/// `steps + 1` rows a measure: `measure`, `customer_share` (0 to 1), `cumulative` (units of the currency),
/// `cumulative_share` (of the total; empty where that is zero or less).
pub fn lorenz(curves: &[(&str, &Curve)], steps: u32) -> DataFrame {
    let points: Vec<_> = curves
        .iter()
        .flat_map(|(name, curve)| curve.lorenz(steps).into_iter().map(move |point| (*name, point)))
        .collect();
    frame(vec![
        text("measure", points.iter().map(|(name, _)| Some(name))),
        numbers("customer_share", points.iter().map(|(_, point)| Some(point.customer_share))),
        numbers("cumulative", points.iter().map(|(_, point)| Some(point.cumulative))),
        numbers("cumulative_share", points.iter().map(|(_, point)| point.cumulative_share)),
    ])
}

fn cumulative_names(measure: &str) -> [String; 2] {
    [format!("cumulative_{measure}"), format!("cumulative_{measure}_pct")]
}
