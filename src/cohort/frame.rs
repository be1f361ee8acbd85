//! Cohort tables as frames: long, and one row a cohort.

use polars::prelude::DataFrame;

use super::{Cell, Measure};
use crate::money::Currency;
use crate::tables::build::{counts, frame, numbers, text};

/// One row a cohort and age.
///
/// # Shape
/// `cohort` (the joining period), `periods_since_joining`, `customers` (of the cohort), `eligible` (those who could be observed at that
/// age), `value` (customers, orders, or units of the currency; empty where unobservable), `rate` (a share of those eligible, or the mean a
/// customer), `low`, `high` (95 % Wilson, of a share), `status` (`complete`, `in progress`, `unobservable`); where refunds are kept
/// apart `refunds` (units of the currency, positive money) after `rate`.
pub fn cells(cells: &[Cell], measure: Measure, refunds_apart: bool, currency: &Currency) -> DataFrame {
    let unit = unit(measure, currency);
    let refunds = || numbers("refunds", cells.iter().map(|cell| cell.refunds.map(|refunds| refunds / unit)));
    let mut columns = vec![
        text("cohort", cells.iter().map(|cell| Some(cell.cohort.to_string()))),
        counts("periods_since_joining", cells.iter().map(|cell| Some(cell.age as u64))),
        counts("customers", cells.iter().map(|cell| Some(cell.customers))),
        counts("eligible", cells.iter().map(|cell| Some(cell.eligible))),
        numbers("value", cells.iter().map(|cell| cell.value.map(|value| value / unit))),
        numbers("rate", cells.iter().map(|cell| cell.rate.map(|rate| rate / unit))),
    ];
    columns.extend(refunds_apart.then(refunds));
    columns.extend([
        numbers("low", cells.iter().map(|cell| cell.low)),
        numbers("high", cells.iter().map(|cell| cell.high)),
        text("status", cells.iter().map(|cell| Some(cell.status.name()))),
    ]);
    frame(columns)
}

/// One row a cohort, one column an age.
///
/// # Shape
/// `cohort`, `customers`, then one column an age: `0`, `1`, … with the rate; empty where unobservable.
pub fn wide(cells: &[Cell], measure: Measure, currency: &Currency) -> DataFrame {
    let unit = unit(measure, currency);
    let rows: Vec<&[Cell]> = cells.chunk_by(|one, other| one.cohort == other.cohort).collect();
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
    frame(columns)
}

/// How many of the units of a value one unit for people has.
fn unit(measure: Measure, currency: &Currency) -> f64 {
    match measure {
        Measure::Customers | Measure::Orders => 1.0,
        Measure::Revenue | Measure::Profit => currency.minor_units() as f64,
    }
}
