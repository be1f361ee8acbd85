//! What becomes of cost when customers go, as the user says it.

use custval::Error;
use custval::columns::{ColumnMap, Header};
use custval::hook::{BehaviourPoint, CostBehaviour, cost_behaviour};
use custval::rates::Share;
use custval::scan::{ScanParams, TextTable};
use custval::tables::{Amounts, Measure, check_costs, check_parts};

use crate::options::parsed;

/// Cost that stays.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Cost behaviour")]
pub struct BehaviourOptions {
    /// Cost columns that are capacity: they stay when a customer goes, unless capacity is given up
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub capacity: Vec<String>,
    /// Cost that no customer causes: unused capacity and enterprise cost
    #[arg(long, value_name = "AMOUNT", requires = "capacity", allow_hyphen_values = true)]
    common: Option<String>,
    /// The share of freed capacity that is really given up [default: 100%]
    #[arg(long, value_name = "PERCENT", requires = "capacity", value_parser = parsed::<Share>)]
    given_up: Option<Share>,
}

impl BehaviourOptions {
    /// The table of the three curves.
    pub const TABLE: &str = "cost_behaviour";

    /// Refuses columns that are no cost, and cost that would count twice.
    ///
    /// # Errors
    /// As [`check_costs`] and [`check_parts`].
    pub fn check(&self, header: &Header, columns: &ColumnMap) -> custval::Result<()> {
        let names = || self.capacity.iter().map(String::as_str);
        check_costs(header, columns, names(), "--capacity")?;
        check_parts(header, columns, names(), "--capacity")
    }

    /// The three curves, where it is said which cost stays.
    ///
    /// # Errors
    /// Columns that are missing or hold no amounts; values that are no exact amounts.
    pub fn points(
        &self,
        ids: &[&[u8]],
        measure: &Measure,
        table: &TextTable,
        params: &ScanParams,
    ) -> custval::Result<Option<Vec<BehaviourPoint>>> {
        if self.capacity.is_empty() {
            return Ok(None);
        }
        let Measure::Money(profit, currency) = measure else {
            return Err(Error::usage("the values are numbers finer than money")
                .hint("cost behaviour is about profits of a period: give a table of them"));
        };
        let capacity = capacity(&self.capacity, table, params)?;
        let common = match &self.common {
            None => 0,
            Some(text) => currency.parse(text.as_bytes()).map_err(|problem| {
                Error::usage(format!("`--common {text}`: {problem}")).hint("write an amount, as in `24353.00`")
            })?,
        };
        let given_up = self.given_up.map_or(1.0, Share::fraction);
        let behaviour = CostBehaviour { capacity: &capacity, common, given_up };
        cost_behaviour(ids, profit, behaviour, currency).map(Some)
    }
}

/// The sum of some cost columns, customer by customer.
///
/// # Errors
/// Columns that are missing or hold no amounts; sums that are no amounts any more.
pub fn capacity(names: &[String], table: &TextTable, params: &ScanParams) -> custval::Result<Vec<i64>> {
    let mut reader = Amounts::new(table, &params.columns, &params.currency);
    let mut sum = vec![0_i64; table.len()];
    let mut overflow = false;
    for name in names {
        for (sum, cost) in std::iter::zip(&mut sum, reader.named(name)?) {
            match sum.checked_add(cost) {
                Some(more) => *sum = more,
                None => overflow = true,
            }
        }
    }
    reader.check()?;
    if overflow {
        return Err(Error::data(format!("the sum of `{}` is too large to be money", names.join("`, `"))));
    }
    Ok(sum)
}
