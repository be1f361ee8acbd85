//! The curve as frames: its bands, its points, its statistics.

mod change;
mod doubt;

pub use change::{change, migration, peak_moves};
pub use doubt::{cost_behaviour, doubt, doubt_band, loss_probability};

use polars::prelude::DataFrame;

use super::{Bands, Curve, Values};
use crate::Result;
use crate::tables::build::{self, constant, counts, frame, frame_by, numbers, text};

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
/// One row a customer: `customer_id`, `customers` (so far), then as in [`bands`]. `id` names the customer
/// at a place of the order in which the curve was made.
pub fn points<T: AsRef<str>>(curve: &Curve, id: impl Fn(usize) -> T, measure: &str) -> DataFrame {
    let points: Vec<_> = curve.points().collect();
    let [cumulative, percent] = cumulative_names(measure);
    frame(vec![
        text("customer_id", points.iter().map(|point| Some(id(point.place)))),
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
/// their total and concentration follow, as `revenue_total` and `revenue_gini`.
pub fn statistics(curve: &Curve, measure: &str, beside: &[(&str, &Curve)]) -> DataFrame {
    let mut figures: Vec<(String, Option<f64>, &str)> = curve
        .statistics()
        .into_iter()
        .map(|figure| (figure.statistic.replace("profit", measure), figure.value, figure.unit.name()))
        .collect();
    for (name, curve) in beside {
        let concentration = curve.concentration(name).into_iter();
        figures.extend(concentration.map(|figure| (figure.statistic, figure.value, figure.unit.name())));
    }
    frame(vec![
        text("statistic", figures.iter().map(|(statistic, _, _)| Some(statistic))),
        numbers("value", figures.iter().map(|(_, value, _)| *value)),
        text("unit", figures.iter().map(|(_, _, unit)| Some(unit))),
    ])
}

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

/// The name of the segment column in every table: `x` is `segment_x` where one of these has a column `x`.
///
/// # Errors
/// Never; a curve of nobody would be one.
pub fn segment_name(by: &str, measure: &str) -> Result<String> {
    let one = Curve::new(&["one"], Values::Numbers(&[1.0]))?;
    let tables = [
        bands(&one, Bands::default(), measure),
        points(&one, |_| "one", measure),
        statistics(&one, measure, &[]),
        lorenz(&[(measure, &one)], 1),
    ];
    Ok(build::segment_names(&[by.to_owned()], &tables).concat())
}

/// The frames of several segments as one, the segment first.
///
/// # Shape
/// The rows of every frame in the order given, under a first column of the name that [`segment_name`] finds.
pub fn by_segment(name: &str, parts: Vec<(&str, DataFrame)>) -> DataFrame {
    let mut all: Option<DataFrame> = None;
    for (segment, part) in parts {
        // An empty name stands for customers of no known segment, as an empty cell does.
        let named = constant(name, Some(segment).filter(|segment| !segment.is_empty()), part.height());
        let part = frame_by(Vec::new(), vec![named], part.columns().to_vec());
        match &mut all {
            None => all = Some(part),
            Some(all) => {
                all.vstack_mut(&part).expect("the frames of all segments have the same columns");
            }
        }
    }
    all.unwrap_or_default()
}

fn cumulative_names(measure: &str) -> [String; 2] {
    [format!("cumulative_{measure}"), format!("cumulative_{measure}_pct")]
}
