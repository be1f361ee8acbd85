//! What is doubtful about the values, as the user says it.

use std::str::FromStr;

use custval::columns::{ColumnMap, Header};
use custval::hook::{Curve, Doubt, DoubtParams, FactorDoubt, OwnDoubt, SharedDoubt, doubt, frame};
use custval::money::Currency;
use custval::rates::Share;
use custval::scan::{Problems, ScanParams, TextTable, ValueProblem};
use custval::tables::{Amounts, CustomerValues, Measure, ValueKind, check_costs, check_parts, position_of};
use custval::{Error, Location};

use crate::options::{parsed, whole_number};
use crate::output::NamedTable;

/// A band round the curve, from what is not known for sure.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Doubt")]
pub struct DoubtOptions {
    /// The column that holds the standard error of each value
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["low", "high"])]
    std_error: Option<String>,
    /// The column that holds the lowest that each value can be
    #[arg(long, value_name = "COLUMN", requires = "high")]
    low: Option<String>,
    /// The column that holds the highest that each value can be
    #[arg(long, value_name = "COLUMN", requires = "low")]
    high: Option<String>,
    /// A cost column whose rate may be off for all customers together: `relationship_cost=10%` is a standard
    /// error, `relationship_cost=-20%..30%` a range. No rate is drawn below zero, which raises the mean of one that is off by more than
    /// half
    #[arg(long, value_name = "COLUMN=DOUBT", allow_hyphen_values = true, value_parser = parsed::<RateError>)]
    rate_error: Vec<RateError>,
    /// How many times values are drawn [default: 1000]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>)]
    draws: Option<u32>,
    /// The seed of the draws: the same seed gives the same figures [default: 1]
    #[arg(long, value_name = "N", value_parser = whole_number::<u64>)]
    seed: Option<u64>,
    /// The share of draws that an interval holds [default: 90%]
    #[arg(long, value_name = "PERCENT", value_parser = parsed::<Share>)]
    level: Option<Share>,
}

/// A rate that may be off.
#[derive(Debug, Clone, PartialEq)]
pub struct RateError {
    column: String,
    factor: FactorDoubt,
}

impl FromStr for RateError {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::usage(format!("`{text}` does not say by how much a rate may be off")).hint(
                "write a cost column and a standard error, `relationship_cost=10%`, or a range with 0% in it, \
                 `relationship_cost=-20%..30%`",
            )
        };
        let (column, doubt) = text.split_once('=').filter(|(column, _)| !column.is_empty()).ok_or_else(refused)?;
        let share = |text: &str| text.parse::<Share>().map(Share::fraction).map_err(|_| refused());
        let factor = match doubt.split_once("..") {
            Some((low, high)) => FactorDoubt::Range(1.0 + share(low)?, 1.0 + share(high)?),
            None => FactorDoubt::StandardError(share(doubt)?),
        };
        factor.check(column)?;
        Ok(Self { column: column.into(), factor })
    }
}

impl DoubtOptions {
    /// The names of the tables that doubt adds.
    pub const TABLES: [&str; 3] = ["doubt", "doubt_band", "loss_probability"];

    /// Whether anything is in doubt.
    ///
    /// # Errors
    /// Draws of values that nothing is said to be doubtful about.
    pub fn asked_for(&self) -> anyhow::Result<bool> {
        let doubtful = self.std_error.is_some() || self.low.is_some() || !self.rate_error.is_empty();
        let settings = self.draws.is_some() || self.seed.is_some() || self.level.is_some();
        if settings && !doubtful {
            return Err(Error::usage("nothing is said to be in doubt, so there is nothing to draw")
                .hint("say what is doubtful with `--std-error COLUMN`, `--low` and `--high`, or `--rate-error`")
                .into());
        }
        Ok(doubtful)
    }

    /// Refuses rates of columns that are no cost, and two rates of one cost.
    ///
    /// # Errors
    /// As [`check_costs`] and [`check_parts`].
    pub fn check(&self, header: &Header, columns: &ColumnMap) -> custval::Result<()> {
        let names = || self.rate_error.iter().map(|rate| rate.column.as_str());
        check_costs(header, columns, names(), "--rate-error")?;
        check_parts(header, columns, names(), "--rate-error")
    }

    /// Refuses rates of costs where the values are none that a cost takes from.
    ///
    /// # Errors
    /// Values that are no profit and no lifetime value.
    pub fn check_kind(&self, values: &CustomerValues, table: &TextTable) -> custval::Result<()> {
        if self.rate_error.is_empty() || matches!(values.kind, ValueKind::Profit | ValueKind::LifetimeValue) {
            return Ok(());
        }
        Err(Error::usage(format!("the rate of a cost says nothing of `{}`, which is no profit", values.column))
            .at(Location::file(table.header().file()))
            .hint("leave `--rate-error` out; a profit by another name is `--column profit=NAME`"))
    }

    /// The settings of the draws, checked.
    ///
    /// # Errors
    /// Too few or too many draws, or no level.
    pub fn params(&self) -> custval::Result<DoubtParams> {
        DoubtParams::new(self.draws.unwrap_or(1_000), self.seed.unwrap_or(1), self.level.map_or(0.9, Share::fraction))
    }

    /// That no row says of itself what cannot be.
    fn check_rows(
        &self,
        table: &TextTable,
        values: &[f64],
        errors: Option<&[f64]>,
        ranges: Option<(&[f64], &[f64])>,
        params: &ScanParams,
    ) -> custval::Result<()> {
        const NEGATIVE: ValueProblem =
            ValueProblem { reason: "negative standard error", message: "is no standard error: it is below zero" };
        const EXCHANGED: ValueProblem =
            ValueProblem { reason: "low end above high end", message: "is a low end above the high end of its range" };
        const OUTSIDE: ValueProblem = ValueProblem {
            reason: "value outside its range",
            message: "is an end of a range in which the value of the row is not",
        };
        let mut problems = Problems::new();
        let mut refuse = |rows: &dyn Fn(usize) -> bool, column: &Option<String>, problem| -> custval::Result<()> {
            let Some(name) = column else { return Ok(()) };
            let position = position_of(table, &params.columns, name)?;
            (0..values.len())
                .filter(|row| rows(*row))
                .for_each(|row| table.refuse(row, position, problem, &mut problems));
            Ok(())
        };
        if let Some(errors) = errors {
            refuse(&|row| errors[row] < 0.0, &self.std_error, NEGATIVE)?;
        }
        if let Some((low, high)) = ranges {
            let range = |row: usize| low[row] <= high[row];
            refuse(&|row| !range(row), &self.low, EXCHANGED)?;
            refuse(&|row| range(row) && low[row] > values[row], &self.low, OUTSIDE)?;
            refuse(&|row| range(row) && high[row] < values[row], &self.high, OUTSIDE)?;
        }
        problems.check_all("value", table.header().file(), "mend them in the file, or leave the customer out there")
    }

    /// Draws.
    ///
    /// # Errors
    /// Columns that are missing or hold no numbers, and ranges that contradict themselves.
    pub fn draw(
        &self,
        ids: &[&[u8]],
        measure: &Measure,
        table: &TextTable,
        params: &ScanParams,
    ) -> custval::Result<Doubt> {
        let mut reader = Amounts::new(table, &params.columns, &params.currency);
        let mut numbers = |name: &Option<String>| name.as_deref().map(|name| reader.numbers(name)).transpose();
        let (errors, low, high) = (numbers(&self.std_error)?, numbers(&self.low)?, numbers(&self.high)?);
        let costs: Vec<Vec<f64>> =
            self.rate_error.iter().map(|rate| reader.numbers(&rate.column)).collect::<custval::Result<_>>()?;
        reader.check()?;
        let values = in_units(measure, &params.currency);
        self.check_rows(table, &values, errors.as_deref(), low.as_deref().zip(high.as_deref()), params)?;
        let own = match (&errors, low.as_deref().zip(high.as_deref())) {
            (Some(errors), _) => OwnDoubt::StandardErrors(errors),
            (None, Some((low, high))) => OwnDoubt::Ranges { low, high },
            (None, None) => OwnDoubt::None,
        };
        let shared: Vec<SharedDoubt> = std::iter::zip(&self.rate_error, &costs)
            .map(|(rate, cost)| SharedDoubt { name: &rate.column, cost, factor: rate.factor })
            .collect();
        doubt(ids, &values, own, &shared, self.params()?)
    }
}

fn in_units(measure: &Measure, currency: &Currency) -> Vec<f64> {
    match measure {
        Measure::Money(minor, _) => minor.iter().map(|&minor| currency.to_f64(minor.into())).collect(),
        Measure::Numbers(numbers) => numbers.clone(),
    }
}

/// The tables of the draws.
pub fn tables<T: AsRef<str>>(curve: &Curve, doubt: &Doubt, id: impl Fn(usize) -> T, measure: &str) -> [NamedTable; 3] {
    let [statistics, band, losses] = DoubtOptions::TABLES;
    [
        NamedTable { name: statistics, frame: frame::doubt(doubt, measure) },
        NamedTable { name: band, frame: frame::doubt_band(doubt, measure) },
        NamedTable { name: losses, frame: frame::loss_probability(curve, doubt, id, measure) },
    ]
}
