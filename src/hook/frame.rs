//! The curve as frames: its bands, its points, its statistics.

mod change;
mod doubt;

pub use change::{change, migration, peak_moves};
pub use doubt::{cost_behaviour, doubt, doubt_band, loss_probability};

use polars::prelude::DataFrame;

use super::{Band, Bands, Curve, Segment, Values};
use crate::Result;
use crate::tables::build::{self, chosen, counts, frame_by, full_numbers, numbers, text};

/// Curves whose rows stand one below the other in one table: that of all customers, or one a segment.
#[derive(Debug, Clone)]
pub struct Curves<'a> {
    /// The name of the column of segments, and the name of the segment of each curve.
    by: Option<(&'a str, Vec<&'a str>)>,
    curves: Vec<&'a Curve>,
    /// Of each segment, the places of its customers in the input.
    places: Vec<&'a [usize]>,
}

impl<'a> Curves<'a> {
    /// The curve of all customers.
    pub fn of_all(curve: &'a Curve) -> Self {
        Self { by: None, curves: vec![curve], places: Vec::new() }
    }

    /// The curves of segments, whose names stand in a first column of the name that [`segment_name`] finds.
    pub fn of_segments(name: &'a str, segments: &'a [Segment]) -> Self {
        Self {
            by: Some((name, segments.iter().map(|segment| segment.name.as_str()).collect())),
            curves: segments.iter().map(|segment| &segment.curve).collect(),
            places: segments.iter().map(|segment| segment.places.as_slice()).collect(),
        }
    }

    /// The place in the input of all customers of one at a place of a curve.
    fn place(&self, curve: usize, place: usize) -> usize {
        self.places.get(curve).map_or(place, |places| places[place])
    }

    /// A table of columns in which each curve has so many rows.
    fn frame(&self, rows: impl Fn(&Curve) -> usize, columns: Vec<polars::prelude::Column>) -> DataFrame {
        let segments = self.by.as_ref().map(|(name, segments)| {
            // An empty name stands for customers of no known segment, as an empty cell does.
            let names = segments.iter().map(|segment| Some(*segment).filter(|segment| !segment.is_empty()));
            let rows =
                self.curves.iter().enumerate().flat_map(|(number, curve)| std::iter::repeat_n(number, rows(curve)));
            chosen(name, names, rows)
        });
        frame_by(Vec::new(), segments.into_iter().collect(), columns)
    }
}

/// Bands of decreasing profitability.
///
/// # Shape
/// One row a band: `band` (from 1, the most profitable), `customers` (a fraction where the number does
/// not divide), `customer_share` (cumulative, 0 to 1), `profit`, `cumulative_profit` (units of the
/// currency), `cumulative_profit_pct` (percent of the total; empty where that is zero or less).
/// `measure` stands in place of `profit` where the values are something else.
pub fn bands(curves: &Curves<'_>, bands: Bands, measure: &str) -> DataFrame {
    let all: Vec<Band> = curves.curves.iter().flat_map(|curve| curve.bands(bands)).collect();
    let [cumulative, percent] = cumulative_names(measure);
    let columns = vec![
        counts("band", all.iter().map(|band| Some(band.band.into()))),
        numbers("customers", all.iter().map(|band| Some(band.customers))),
        numbers("customer_share", all.iter().map(|band| Some(band.customer_share))),
        numbers(measure, all.iter().map(|band| Some(band.profit))),
        numbers(&cumulative, all.iter().map(|band| Some(band.cumulative_profit))),
        numbers(&percent, all.iter().map(|band| band.cumulative_profit_pct)),
    ];
    curves.frame(|_| bands.count() as usize, columns)
}

/// The curve customer by customer, the most profitable first.
///
/// # Shape
/// One row a customer: `customer_id`, `customers` (so far), then as in [`bands`]. `id` names the customer
/// at a place of the order in which the curves were made.
pub fn points<T: AsRef<str>>(curves: &Curves<'_>, id: impl Fn(usize) -> T, measure: &str) -> DataFrame {
    let of_curve = |(number, curve): (usize, &&Curve)| {
        let points: Vec<_> = curve.points().map(|point| (curves.place(number, point.place), point)).collect();
        points
    };
    let points: Vec<_> = curves.curves.iter().enumerate().flat_map(of_curve).collect();
    let [cumulative, percent] = cumulative_names(measure);
    let columns = vec![
        text("customer_id", points.iter().map(|(place, _)| Some(id(*place)))),
        counts("customers", points.iter().map(|(_, point)| Some(point.customers))),
        numbers("customer_share", points.iter().map(|(_, point)| Some(point.customer_share))),
        numbers(measure, points.iter().map(|(_, point)| Some(point.profit))),
        numbers(&cumulative, points.iter().map(|(_, point)| Some(point.cumulative_profit))),
        numbers(&percent, points.iter().map(|(_, point)| point.cumulative_profit_pct)),
    ];
    curves.frame(|curve| curve.customers() as usize, columns)
}

/// What the curve says in single figures.
///
/// # Shape
/// One row a figure: `statistic`, `value` (empty where it is undefined), `unit` (`customers`, `money`,
/// `share` of one, `percent`, `index`). `beside` are curves of other measures of the same customers:
/// their total and concentration follow, as `revenue_total` and `revenue_gini`.
pub fn statistics(curves: &Curves<'_>, measure: &str, beside: &[(&str, Curves<'_>)]) -> DataFrame {
    let of_curve = |number: usize| {
        let mut figures = curves.curves[number].statistics();
        figures.iter_mut().for_each(|figure| figure.statistic = of_measure(&figure.statistic, measure));
        figures.extend(beside.iter().flat_map(|(name, beside)| beside.curves[number].concentration(name)));
        figures
    };
    // Every curve has the same figures in the same order.
    let names = of_curve(0);
    let rows = || (0..curves.curves.len()).flat_map(|_| 0..names.len());
    let mut values = Vec::with_capacity(curves.curves.len() * names.len());
    for number in 0..curves.curves.len() {
        values.extend(of_curve(number).into_iter().map(|figure| figure.value));
    }
    let columns = vec![
        chosen("statistic", names.iter().map(|figure| Some(&figure.statistic)), rows()),
        numbers("value", values.iter().copied()),
        chosen("unit", names.iter().map(|figure| Some(figure.unit.name())), rows()),
    ];
    curves.frame(|_| names.len(), columns)
}

/// The Lorenz curves of profit and of what stands beside it, each from the smallest value on.
///
/// # Shape
/// `steps + 1` rows a measure: `measure`, `customer_share` (0 to 1), `cumulative` (units of the currency),
/// `cumulative_share` (of the total; empty where that is zero or less).
pub fn lorenz(measures: &[(&str, Curves<'_>)], steps: u32) -> DataFrame {
    let Some((_, first)) = measures.first() else { return DataFrame::default() };
    let each = steps.max(1) as usize + 1;
    let rows = first.curves.len() * measures.len() * each;
    let (mut shares, mut cumulative) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut cumulative_shares = Vec::with_capacity(rows);
    for number in 0..first.curves.len() {
        for point in measures.iter().flat_map(|(_, curves)| curves.curves[number].lorenz(steps)) {
            shares.push(point.customer_share);
            cumulative.push(point.cumulative);
            cumulative_shares.push(point.cumulative_share);
        }
    }
    let names = measures.iter().map(|(name, _)| Some(*name));
    let columns = vec![
        chosen("measure", names, (0..rows).map(|row| row / each % measures.len())),
        full_numbers("customer_share", shares),
        full_numbers("cumulative", cumulative),
        numbers("cumulative_share", cumulative_shares.iter().copied()),
    ];
    first.frame(|_| measures.len() * each, columns)
}

/// The name of the segment column in every table: `x` is `segment_x` where one of these has a column `x`.
///
/// # Errors
/// Never; a curve of nobody would be one.
pub fn segment_name(by: &str, measure: &str) -> Result<String> {
    let one = Curve::new(&["one"], Values::Numbers(&[1.0]))?;
    let one = Curves::of_all(&one);
    let tables = [
        bands(&one, Bands::default(), measure),
        points(&one, |_| "one", measure),
        statistics(&one, measure, &[]),
        lorenz(&[(measure, one)], 1),
    ];
    Ok(build::segment_names(&[by.to_owned()], &tables).concat())
}

/// The name of a figure or column of profit where the values are something else.
pub(super) fn of_measure(name: &str, measure: &str) -> String {
    name.replace("profit", measure)
}

fn cumulative_names(measure: &str) -> [String; 2] {
    ["cumulative_profit", "cumulative_profit_pct"].map(|name| of_measure(name, measure))
}
