//! Checked frames of everything that is not a log: customers, and what each was worth.
//!
//! A table is read as text with its lines, its columns are given their types, and every value that
//! cannot be used is reported with file, line and column at once. A table holds a customer once.

mod amounts;
pub mod build;
mod cost_columns;
mod customer_profits;
mod customers;
mod values;

pub use amounts::{Amounts, position_of};
pub use cost_columns::{check_costs, check_parts};
pub use customer_profits::{AttachedProfits, CustomerProfits};
pub use customers::{Attached, Customers};
pub use values::{CustomerValues, Measure, ValueKind};

use rayon::prelude::*;

use crate::columns::{CURRENCY, CUSTOMER_ID, ColumnMap, Header, PERIOD_START, REVENUE};
use crate::money::Currency;
use crate::scan::{Problems, TextTable, ValueProblem, first_bytes, value};
use crate::wording::counted;
use crate::{Error, Location, Result};

/// That a table which names its currency has one: that of the run where the run has one, else that beside its amounts, which
/// have been read.
///
/// # Errors
/// `Data` where it has another, or several.
pub fn one_currency(table: &TextTable, columns: &ColumnMap, currency: &Currency) -> Result<()> {
    let Some(position) = table.header().find(CURRENCY, columns)? else { return Ok(()) };
    let mut first = currency.code().or(table.currency_beside()).map(str::to_owned);
    for (row, name) in table.column(position).iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let name = String::from_utf8_lossy(name);
        let first = first.get_or_insert_with(|| name.trim().to_owned());
        if !Currency::are_alike(first, name.trim()) {
            return Err(Error::data(format!(
                "the currency is `{}`, and that of the run, of the amounts or of the rows above is `{first}`",
                name.trim()
            ))
            .at(table.location(row, position))
            .hint("convert the amounts into one currency, or leave the rows of the others out"));
        }
    }
    Ok(())
}

/// What a table of customers is by that `custval allocate` wrote, beside the customer: its columns before the revenue, else the
/// period; `None` for any other table.
fn by_of_run(header: &Header) -> Option<String> {
    let names = header.names();
    let revenue = names.iter().position(|name| name == REVENUE.name)?;
    let is_run = names[revenue..].iter().any(|name| name == PERIOD_START.name);
    let others: Vec<String> =
        names[..revenue].iter().filter(|name| *name != CUSTOMER_ID.name).map(|name| format!("`{name}`")).collect();
    is_run.then(|| if others.is_empty() { "period".into() } else { others.join(" and ") })
}

/// Where the customer's id stands in a table that names every customer once.
///
/// # Errors
/// `Data` where there is no such column, an id is missing, or a customer stands there twice.
pub fn unique_customers(table: &TextTable, columns: &ColumnMap) -> Result<usize> {
    const TWICE: ValueProblem =
        ValueProblem { reason: "customer twice", message: "stands in this table already, further up" };
    let position = table.header().require(CUSTOMER_ID, columns)?;
    let ids = table.column(position);
    let mut problems = Problems::new();
    let refuse = |row, problem, problems: &mut Problems| table.refuse(row, position, problem, problems);
    table.refuse_no_customer(position, &mut problems);
    let no_customer = problems.total();
    // A table in the order of its ids, as every command writes one, shows at a glance that none is doubled.
    if !(1..ids.len()).into_par_iter().all(|row| ids.get(row - 1) < ids.get(row)) {
        // The first eight bytes settle most comparisons where the id itself lies scattered in memory.
        let mut order: Vec<(u64, usize)> =
            (0..ids.len()).into_par_iter().map(|row| (first_bytes(ids.get(row)), row)).collect();
        order.par_sort_unstable_by(|one, other| {
            one.0.cmp(&other.0).then_with(|| ids.get(one.1).cmp(ids.get(other.1))).then(one.1.cmp(&other.1))
        });
        for two in order.windows(2).filter(|two| two[0].0 == two[1].0) {
            let (earlier, later) = (ids.get(two[0].1), ids.get(two[1].1));
            if earlier == later && value::customer(later).is_ok() {
                refuse(two[1].1, TWICE, &mut problems);
            }
        }
    }
    let twice = problems.total() - no_customer;
    if twice > 0
        && let Some(by) = by_of_run(table.header())
    {
        let rows = counted(twice, "row");
        return Err(Error::data(format!("is a run by {by}: in {rows} a customer stands there again"))
            .at(Location::file(table.header().file()))
            .hint("a table has one row a customer: make a run of one period with `custval allocate MODEL`, without `--by`"));
    }
    problems.check_all(
        "row",
        table.header().file(),
        match table.folded_ids() {
            _ if twice == 0 => "a row is about one customer: name it there, or leave the row out",
            Some(folded) if folded.merged.spellings > 0 => {
                "a table has one row a customer, and trimmed or folded ids make one of several: remove or add up the others, or leave \
                 `--id-case` and `--id-trim` out"
            }
            _ => "a table has one row a customer: remove or add up the others",
        },
    )?;
    Ok(position)
}
