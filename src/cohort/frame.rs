//! Cohort tables as frames: long, and one row a cohort.

use polars::prelude::{Column, DataFrame};

use super::{Cell, Measure};
use crate::money::Currency;
use crate::tables::build::{self, counts, frame_by, numbers, text};

/// What the figures of cells are, and what their places stand for.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// What a cell holds.
    pub measure: Measure,
    /// Whether refunds stand beside the money of the cells.
    pub refunds_apart: bool,
    /// The currency of money.
    pub currency: &'a Currency,
    /// The segment columns, under the names that [`segment_names`] finds.
    pub by: &'a [String],
    /// The values of the segment columns, segment by segment.
    pub segments: &'a [Vec<String>],
}

impl Layout<'_> {
    /// The segment columns, of the cells given.
    fn segments<'a>(&self, cells: impl Iterator<Item = &'a Cell> + Clone) -> Vec<Column> {
        let column = |(column, name): (usize, &String)| {
            text(name, cells.clone().map(|cell| Some(&self.segments[cell.segment as usize][column])))
        };
        self.by.iter().enumerate().map(column).collect()
    }

    /// How many of the units of a value one unit for people has.
    fn unit(&self) -> f64 {
        match self.measure {
            Measure::Customers | Measure::Orders => 1.0,
            Measure::Revenue | Measure::Profit => self.currency.minor_units() as f64,
        }
    }
}

/// The names of the segment columns in both tables of cells: `x` is `segment_x` where one of these has a column `x`.
pub fn segment_names(by: &[String], all: &[Cell], layout: &Layout<'_>) -> Vec<String> {
    let layout = &Layout { by: &[], ..*layout };
    // Every cohort has the same ages.
    let one = all.chunk_by(Cell::shares_row).next().unwrap_or_default();
    build::segment_names(by, &[cells(&[], layout), wide(one, layout)])
}

/// One row a segment, cohort and age.
///
/// # Shape
/// The segment columns, `cohort` (the joining period), `periods_since_joining`, `customers` (of the cohort), `eligible` (those who could be
/// observed at that age), `value` (customers, orders, or units of the currency; empty where unobservable), `rate` (a share of those
/// eligible, or the mean a customer), `low`, `high` (95 % Wilson, of a share), `status` (`complete`, `in progress`, `unobservable`); where
/// refunds are kept apart `refunds` (units of the currency, positive money) after `rate`.
pub fn cells(cells: &[Cell], layout: &Layout<'_>) -> DataFrame {
    let unit = layout.unit();
    let refunds = || numbers("refunds", cells.iter().map(|cell| cell.refunds.map(|refunds| refunds / unit)));
    let mut columns = vec![
        text("cohort", cells.iter().map(|cell| Some(cell.cohort.to_string()))),
        counts("periods_since_joining", cells.iter().map(|cell| Some(cell.age as u64))),
        counts("customers", cells.iter().map(|cell| Some(cell.customers))),
        counts("eligible", cells.iter().map(|cell| Some(cell.eligible))),
        numbers("value", cells.iter().map(|cell| cell.value.map(|value| value / unit))),
        numbers("rate", cells.iter().map(|cell| cell.rate.map(|rate| rate / unit))),
    ];
    columns.extend(layout.refunds_apart.then(refunds));
    columns.extend([
        numbers("low", cells.iter().map(|cell| cell.low)),
        numbers("high", cells.iter().map(|cell| cell.high)),
        text("status", cells.iter().map(|cell| Some(cell.status.name()))),
    ]);
    frame_by(Vec::new(), layout.segments(cells.iter()), columns)
}

/// One row a segment and cohort, one column an age.
///
/// # Shape
/// The segment columns, `cohort`, `customers`, then one column an age: `0`, `1`, … with the rate; empty where unobservable.
pub fn wide(cells: &[Cell], layout: &Layout<'_>) -> DataFrame {
    let unit = layout.unit();
    let rows: Vec<&[Cell]> = cells.chunk_by(Cell::shares_row).collect();
    let ages = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut columns = vec![
        text("cohort", rows.iter().map(|row| Some(row[0].cohort.to_string()))),
        counts("customers", rows.iter().map(|row| Some(row[0].customers))),
    ];
    columns.extend((0..ages).map(|age| {
        numbers(
            &age.to_string(),
            rows.iter().map(|row| row.get(age).and_then(|cell| cell.rate).map(|rate| rate / unit)),
        )
    }));
    frame_by(Vec::new(), layout.segments(rows.iter().map(|row| &row[0])), columns)
}
