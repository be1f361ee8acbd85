//! What each customer brought and cost in a period, by level of cost.

use std::collections::BTreeMap;

use crate::clv::ProfitRow;
use crate::columns::{
    ACTIVE_DAYS, Column, ColumnMap, DIRECT_COST, NET_REVENUE, PERIOD_END, PERIOD_START, PROFIT, PURCHASE_DAYS,
    RELATIONSHIP_COST, SELLING_COST, TRANSACTION_COST, UNIT_COST,
};
use crate::money::Currency;
use crate::scan::value::{self, Written};
use crate::scan::{Problems, TextTable, Texts, ValueProblem};
use crate::time::Day;
use crate::{Result, tables};

const OTHER_PERIOD: ValueProblem = ValueProblem {
    reason: "other period",
    message: "is not the end of the period of the rows above: the profits of all are those until one day",
};

/// A table of customer profits: revenue, costs by level, days.
#[derive(Debug, Clone)]
pub struct CustomerProfits {
    ids: Texts,
    rows: Vec<ProfitRow>,
    profits: Vec<i64>,
    currency: Currency,
    /// The first day of the period that the figures cover, the earliest of all rows; `None` where the table does not say.
    pub period_start: Option<Day>,
    /// The last day of it, the same in all rows; `None` where the table does not say.
    pub period_end: Option<Day>,
}

/// Profits for the customers of another table, in the order of that table.
#[derive(Debug, Clone)]
pub struct AttachedProfits {
    /// Revenue, costs and days; `None` for a customer without a row.
    pub rows: Vec<Option<ProfitRow>>,
    /// Profit of the period in units of the currency.
    pub profits: Vec<Option<f64>>,
    /// Customers of the profits whom the table does not have.
    pub unused: usize,
}

impl CustomerProfits {
    /// A table with `net_revenue`, `direct_cost`, the four levels of cost to serve, `active_days` and
    /// `purchase_days`; `profit` where it is given, else what is left of the net revenue, `period_start` and `period_end`.
    ///
    /// # Errors
    /// `Data` where a column or a value is missing or no amount, a customer stands there twice, or the period of a row ends on
    /// another day than that of the rows above.
    pub fn from_table(table: &TextTable, columns: &ColumnMap, currency: &Currency) -> Result<Self> {
        table.not_empty()?;
        let id = tables::unique_customers(table, columns)?;
        let mut problems = Problems::new();
        let amounts = |column: Column, problems: &mut Problems| -> Result<Vec<i64>> {
            Ok(table.amounts(table.header().require_amount(column, columns)?, currency, problems))
        };
        let net_revenue = amounts(NET_REVENUE, &mut problems)?;
        let costs = [
            amounts(DIRECT_COST, &mut problems)?,
            amounts(UNIT_COST, &mut problems)?,
            amounts(TRANSACTION_COST, &mut problems)?,
            amounts(RELATIONSHIP_COST, &mut problems)?,
            amounts(SELLING_COST, &mut problems)?,
        ];
        let days = |column: Column, problems: &mut Problems| -> Result<Vec<u32>> {
            let position = table.header().require(column, columns)?;
            Ok(table.required(position, days, problems))
        };
        let active_days = days(ACTIVE_DAYS, &mut problems)?;
        let purchase_days = days(PURCHASE_DAYS, &mut problems)?;
        let given: Option<Vec<i64>> =
            table.header().find_amount(PROFIT, columns)?.map(|place| table.amounts(place, currency, &mut problems));
        let days_of = |column: Column, problems: &mut Problems| -> Result<Vec<Option<Day>>> {
            let position = table.header().find(column, columns)?;
            Ok(position.map_or_else(Vec::new, |position| table.optional(position, value::day, problems)))
        };
        let period_start = days_of(PERIOD_START, &mut problems)?.into_iter().flatten().min();
        let ends = days_of(PERIOD_END, &mut problems)?;
        let period_end = ends.iter().flatten().next().copied();
        if let Some(position) = table.header().find(PERIOD_END, columns)? {
            for (row, _) in ends.iter().enumerate().filter(|(_, end)| end.is_some() && **end != period_end) {
                table.refuse(row, position, OTHER_PERIOD, &mut problems);
            }
        }
        tables::one_currency(table, columns, currency)?;
        problems.check_all("value", table.header().file(), "mend them in the file, or leave the customer out there")?;
        let rows: Vec<ProfitRow> = (0..table.len())
            .map(|row| ProfitRow {
                net_revenue: net_revenue[row],
                direct_cost: costs[0][row],
                unit_cost: costs[1][row],
                transaction_cost: costs[2][row],
                relationship_cost: costs[3][row],
                selling_cost: costs[4][row],
                active_days: active_days[row],
                purchase_days: purchase_days[row],
            })
            .collect();
        let profits = given.unwrap_or_else(|| {
            (0..table.len()).map(|row| net_revenue[row] - costs.iter().map(|cost| cost[row]).sum::<i64>()).collect()
        });
        let ids = table.column(id).clone();
        Ok(Self { ids, rows, profits, currency: currency.clone(), period_start, period_end })
    }

    /// The profits of the customers given: a left join on `customer_id`.
    pub fn attach(&self, ids: &Texts) -> AttachedProfits {
        let places: BTreeMap<&[u8], usize> = self.ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
        let found: Vec<Option<usize>> = ids.iter().map(|id| places.get(id).copied()).collect();
        let matched = found.iter().flatten().count();
        AttachedProfits {
            rows: found.iter().map(|place| place.map(|place| self.rows[place])).collect(),
            profits: found
                .iter()
                .map(|place| place.map(|place| self.currency.to_f64(self.profits[place].into())))
                .collect(),
            unused: self.ids.len() - matched,
        }
    }
}

fn days(written: &Written<'_>, text: &[u8]) -> Result<u32, ValueProblem> {
    const TOO_MANY: ValueProblem = ValueProblem { reason: "number too large", message: "is too large for days" };
    u32::try_from(value::whole(written, text)?).map_err(|_| TOO_MANY)
}
