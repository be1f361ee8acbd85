//! Another period to compare with.

use std::collections::BTreeSet;
use std::path::PathBuf;

use custval::columns::{
    COST_TO_SERVE, Column, DIRECT_COST, NET_REVENUE, RELATIONSHIP_COST, REVENUE, SELLING_COST, TRANSACTION_COST,
    UNIT_COST,
};
use custval::hook::{Bands, Period, compare, frame};
use custval::scan::{ScanParams, TextTable};
use custval::tables::{Amounts, CustomerValues, Measure, ValueKind};
use custval::wording;
use custval::{Error, Location};

use crate::load;
use crate::output::NamedTable;
use crate::session::Session;

/// Two periods.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Two periods")]
pub struct AgainstOptions {
    /// The same table of an earlier period: who moved, and of what the change in profit is made
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// The column of both tables that holds what was bought, to split revenue into price and volume
    #[arg(long, value_name = "COLUMN", requires = "against")]
    quantity: Option<String>,
}

/// The tables of a comparison, the main one first.
pub const TABLES: [&str; 3] = ["change", "migration", "peak_moves"];

/// One period as it was read.
pub struct Read {
    values: CustomerValues,
    revenue: Option<Vec<i64>>,
    /// Cost by level; nothing where the values are no profit.
    costs: Option<Vec<(Column, Vec<i64>)>>,
    quantity: Option<Vec<f64>>,
}

impl AgainstOptions {
    /// What a comparison needs of a table; nothing where there is none.
    ///
    /// # Errors
    /// Columns that are missing, values that are no exact amounts.
    pub fn read(&self, table: &TextTable, value: Option<&str>, params: &ScanParams) -> custval::Result<Option<Read>> {
        self.against.as_ref().map(|_| Read::of(table, value, self.quantity.as_deref(), params)).transpose()
    }

    /// Compares a table with the earlier one.
    ///
    /// # Errors
    /// What cannot be read, values that are no exact amounts, two currencies.
    pub fn tables(
        &self,
        (now, after): (&TextTable, Option<&Read>),
        (value, measure): (Option<&str>, &str),
        bands: Bands,
        params: &ScanParams,
        session: &Session,
    ) -> anyhow::Result<Option<[NamedTable; 3]>> {
        let (Some(path), Some(after)) = (&self.against, after) else { return Ok(None) };
        let (earlier, before) =
            load::table_for(path, params, session, |table| Read::of(table, value, self.quantity.as_deref(), params))?;
        session.messages.note(&format!(
            "read {} of {}",
            wording::counted(earlier.len() as u64, "customer"),
            earlier.header().file()
        ));
        same_currency(&earlier, now)?;
        let (before_ids, after_ids): (Vec<&[u8]>, Vec<&[u8]>) =
            (before.values.ids.iter().collect(), after.values.ids.iter().collect());
        let (before_costs, after_costs) = (before.costs(), after.costs());
        let comparison = compare(
            before.period(&before_ids, before_costs.as_deref(), &earlier)?,
            after.period(&after_ids, after_costs.as_deref(), now)?,
            bands,
            &params.currency,
        )?;
        if let Some(warning) = comparison.warning() {
            session.messages.warning(warning);
        }
        session.messages.note(&format!(
            "{} stayed, {} joined, {} left",
            wording::counted(comparison.stayed, "customer"),
            wording::grouped(comparison.joined),
            wording::grouped(comparison.left)
        ));
        let (was, is) = (|place| before.values.ids.show(place), |place| after.values.ids.show(place));
        let [change, migration, peak_moves] = TABLES;
        Ok(Some([
            NamedTable { name: change, frame: frame::change(&comparison, &params.currency)? },
            NamedTable { name: migration, frame: frame::migration(&comparison, measure, &params.currency)? },
            NamedTable { name: peak_moves, frame: frame::peak_moves(&comparison, was, is, measure, &params.currency)? },
        ]))
    }
}

impl Read {
    fn of(
        table: &TextTable,
        value: Option<&str>,
        quantity: Option<&str>,
        params: &ScanParams,
    ) -> custval::Result<Self> {
        let values = CustomerValues::from_table(table, &params.columns, &params.currency, value)?;
        let mut reader = Amounts::new(table, &params.columns, &params.currency);
        // What a change is made of: profit of revenue and costs, revenue of volume and price, and nothing else of anything.
        let revenue = match (values.kind, &values.measure) {
            (ValueKind::Profit, _) => match reader.find(NET_REVENUE)? {
                Some(revenue) => Some(revenue),
                None => reader.find(REVENUE)?,
            },
            (ValueKind::Revenue, Measure::Money(revenue, _)) => Some(revenue.clone()),
            _ if quantity.is_some() => {
                return Err(Error::usage(format!(
                    "a quantity says nothing of `{}`, which is no revenue",
                    values.column
                ))
                .at(Location::file(table.header().file()))
                .hint("leave `--quantity` out"));
            }
            _ => None,
        };
        let costs = match values.kind {
            ValueKind::Profit => Some(costs(&mut reader)?),
            _ => None,
        };
        let quantity = quantity.map(|name| reader.numbers(name)).transpose()?;
        reader.check()?;
        Ok(Self { values, revenue, costs, quantity })
    }

    fn costs(&self) -> Option<Vec<(&str, &[i64])>> {
        let costs = self.costs.as_ref()?;
        Some(costs.iter().map(|(level, cost)| (level.name, cost.as_slice())).collect())
    }

    fn period<'a>(
        &'a self,
        customers: &'a [&'a [u8]],
        costs: Option<&'a [(&'a str, &'a [i64])]>,
        table: &TextTable,
    ) -> custval::Result<Period<'a, &'a [u8]>> {
        let Measure::Money(profit, _) = &self.values.measure else {
            return Err(Error::usage(format!("`{}` holds numbers finer than money", self.values.column))
                .at(Location::file(table.header().file()))
                .hint("a change is summed to the cent: compare two tables of profits"));
        };
        Ok(Period { customers, profit, revenue: self.revenue.as_deref(), costs, quantity: self.quantity.as_deref() })
    }
}

/// The levels of cost that a table has.
fn costs(reader: &mut Amounts<'_>) -> custval::Result<Vec<(Column, Vec<i64>)>> {
    let mut costs = Vec::new();
    for level in [DIRECT_COST, UNIT_COST, TRANSACTION_COST, RELATIONSHIP_COST, SELLING_COST] {
        costs.extend(reader.find(level)?.map(|cost| (level, cost)));
    }
    // The four levels are the cost to serve; both would count it twice.
    if costs.iter().all(|(level, _)| *level == DIRECT_COST) {
        costs.extend(reader.find(COST_TO_SERVE)?.map(|cost| (COST_TO_SERVE, cost)));
    }
    Ok(costs)
}

/// Tables that say their currency in a column say the same one.
fn same_currency(before: &TextTable, after: &TextTable) -> custval::Result<()> {
    let currencies = |table: &TextTable| -> BTreeSet<String> {
        let position = table.header().names().iter().position(|name| name.eq_ignore_ascii_case("currency"));
        let texts = position.map(|position| table.column(position));
        texts.into_iter().flat_map(|texts| (0..texts.len()).map(|row| texts.show(row).into_owned())).collect()
    };
    let (one, other) = (currencies(before), currencies(after));
    if one.is_empty() || other.is_empty() || (one == other && one.len() == 1) {
        return Ok(());
    }
    let list = |found: BTreeSet<String>| found.into_iter().collect::<Vec<_>>().join("`, `");
    Err(Error::data(format!("is in `{}`, and the later table is in `{}`", list(one), list(other)))
        .at(Location::file(before.header().file()).column("currency"))
        .hint("convert one of the tables: amounts of two currencies cannot be compared"))
}
