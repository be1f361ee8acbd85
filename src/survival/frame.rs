//! Survival as frames: curves, hazards, summaries, tests.

use polars::prelude::{Column, DataFrame};

use super::{CoxFit, HazardRow, LifeTable, LogRank, Median, Proportionality, RestrictedMean};
use crate::tables::build::{self, counts, frame, frame_by, numbers, text};

/// A group of customers: the values of the segment columns.
pub type Values = Vec<String>;

/// The names of the segment columns in every table: `x` is `segment_x` where one of these has a column `x`.
pub fn segment_names(by: &[String]) -> Vec<String> {
    let nothing = LogRank { groups: Vec::new(), chi_squared: None, degrees: 0, p_value: None };
    let tables = [curves(&[], &[]), hazards(&[], &[]), summary(&[], &[]), log_rank(&[], &[], &nothing)];
    build::segment_names(by, &tables)
}

/// The columns that say whose figures a row has, under the names that [`segment_names`] finds.
fn groups<'a>(by: &[String], rows: impl Iterator<Item = &'a Values> + Clone) -> Vec<Column> {
    by.iter().enumerate().map(|(place, name)| text(name, rows.clone().map(|values| Some(&values[place])))).collect()
}

/// Survival curves, group after group.
///
/// # Shape
/// The segment columns, `time`, `at_risk`, `events`, `censored`, `survival`, `std_error`, `low`, `high` (95 % log-log; empty
/// where all or none are left), `cumulative_hazard`.
pub fn curves(by: &[String], tables: &[(Values, LifeTable)]) -> DataFrame {
    let rows: Vec<_> =
        tables.iter().flat_map(|(values, table)| table.rows.iter().map(move |row| (values, row))).collect();
    let named = groups(by, rows.iter().map(|row| row.0));
    let columns = vec![
        numbers("time", rows.iter().map(|row| Some(row.1.time))),
        counts("at_risk", rows.iter().map(|row| Some(row.1.at_risk))),
        counts("events", rows.iter().map(|row| Some(row.1.events))),
        counts("censored", rows.iter().map(|row| Some(row.1.censored))),
        numbers("survival", rows.iter().map(|row| Some(row.1.survival))),
        numbers("std_error", rows.iter().map(|row| row.1.std_error)),
        numbers("low", rows.iter().map(|row| row.1.low)),
        numbers("high", rows.iter().map(|row| row.1.high)),
        numbers("cumulative_hazard", rows.iter().map(|row| Some(row.1.cumulative_hazard))),
    ];
    frame_by(Vec::new(), named, columns)
}

/// Hazards by band of tenure, group after group.
///
/// # Shape
/// The segment columns, `from`, `to` (tenure; a departure at exactly `to` belongs to the band), `at_risk`, `events`,
/// `exposure` (customer-time), `hazard` (a unit of time), `low`, `high` (95 % exact Poisson), `leaving` (the chance to leave in the band).
pub fn hazards(by: &[String], tables: &[(Values, Vec<HazardRow>)]) -> DataFrame {
    let rows: Vec<_> = tables.iter().flat_map(|(values, rows)| rows.iter().map(move |row| (values, row))).collect();
    let named = groups(by, rows.iter().map(|row| row.0));
    let columns = vec![
        numbers("from", rows.iter().map(|row| Some(row.1.from))),
        numbers("to", rows.iter().map(|row| Some(row.1.to))),
        counts("at_risk", rows.iter().map(|row| Some(row.1.at_risk))),
        counts("events", rows.iter().map(|row| Some(row.1.events))),
        numbers("exposure", rows.iter().map(|row| Some(row.1.exposure))),
        numbers("hazard", rows.iter().map(|row| row.1.hazard)),
        numbers("low", rows.iter().map(|row| row.1.low)),
        numbers("high", rows.iter().map(|row| row.1.high)),
        numbers("leaving", rows.iter().map(|row| row.1.leaving)),
    ];
    frame_by(Vec::new(), named, columns)
}

/// One group in few figures.
#[derive(Debug, Clone)]
pub struct GroupSummary {
    /// The group.
    pub values: Values,
    /// Customers.
    pub customers: u64,
    /// Customers who left.
    pub events: u64,
    /// Half have left by then.
    pub median: Median,
    /// Mean tenure within the horizon.
    pub mean: Option<RestrictedMean>,
    /// Why a figure is empty.
    pub note: Option<String>,
}

/// The groups in few figures.
///
/// # Shape
/// The segment columns, `customers`, `events`, `median`, `median_low`, `median_high` (empty where not reached), `horizon`,
/// `restricted_mean`, `std_error`, `note`.
pub fn summary(by: &[String], rows: &[GroupSummary]) -> DataFrame {
    let named = groups(by, rows.iter().map(|row| &row.values));
    let columns = vec![
        counts("customers", rows.iter().map(|row| Some(row.customers))),
        counts("events", rows.iter().map(|row| Some(row.events))),
        numbers("median", rows.iter().map(|row| row.median.median)),
        numbers("median_low", rows.iter().map(|row| row.median.low)),
        numbers("median_high", rows.iter().map(|row| row.median.high)),
        numbers("horizon", rows.iter().map(|row| row.mean.map(|mean| mean.horizon))),
        numbers("restricted_mean", rows.iter().map(|row| row.mean.map(|mean| mean.mean))),
        numbers("std_error", rows.iter().map(|row| row.mean.and_then(|mean| mean.std_error))),
        text("note", rows.iter().map(|row| row.note.as_ref())),
    ];
    frame_by(Vec::new(), named, columns)
}

/// The log-rank test.
///
/// # Shape
/// The segment columns, `observed`, `expected` (departures), then the same in every row: `chi_squared`, `degrees`, `p_value`
/// (empty where fewer than two groups can be compared).
pub fn log_rank(by: &[String], names: &[Values], test: &LogRank) -> DataFrame {
    let named = groups(by, names.iter());
    let columns = vec![
        counts("observed", test.groups.iter().map(|group| Some(group.observed))),
        numbers("expected", test.groups.iter().map(|group| Some(group.expected))),
        numbers("chi_squared", test.groups.iter().map(|_| test.chi_squared)),
        counts("degrees", test.groups.iter().map(|_| Some(test.degrees as u64))),
        numbers("p_value", test.groups.iter().map(|_| test.p_value)),
    ];
    frame_by(Vec::new(), named, columns)
}

/// The Cox regression.
///
/// # Shape
/// `covariate` (a level of a factor is `factor=level`; the last row, `all together`, is the likelihood-ratio test), `coefficient`,
/// `std_error`, `hazard_ratio`, `low`, `high` (95 % Wald), `z` (empty in the last row), `chi_squared` (in the last row alone),
/// `p_value`, `proportionality` (chi-squared), `proportionality_p_value`.
pub fn cox(fit: &CoxFit) -> DataFrame {
    let each = |name: &str, of: fn(&super::Coefficient) -> f64, all: Option<f64>| {
        numbers(name, fit.coefficients.iter().map(|row| Some(of(row))).chain([all]))
    };
    let tests = || fit.coefficients.iter().map(|row| row.proportionality).chain([fit.proportionality]);
    let names = fit.coefficients.iter().map(|row| Some(row.name.as_str())).chain([Some("all together")]);
    frame(vec![
        text("covariate", names),
        each("coefficient", |row| row.coefficient, None),
        each("std_error", |row| row.std_error, None),
        each("hazard_ratio", |row| row.hazard_ratio, None),
        each("low", |row| row.low, None),
        each("high", |row| row.high, None),
        each("z", |row| row.z, None),
        numbers("chi_squared", fit.coefficients.iter().map(|_| None).chain([Some(fit.chi_squared)])),
        each("p_value", |row| row.p_value, Some(fit.p_value)),
        numbers("proportionality", tests().map(|test: Proportionality| test.chi_squared)),
        numbers("proportionality_p_value", tests().map(|test| test.p_value)),
    ])
}
