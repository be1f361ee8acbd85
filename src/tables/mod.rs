//! Checked frames of everything that is not a log: customers, and what each was worth.
//!
//! A table is read as text with its lines, its columns are given their types, and every value that
//! cannot be used is reported with file, line and column at once. A table holds a customer once.

mod amounts;
pub mod build;
mod customer_profits;
mod customers;
mod values;

pub use amounts::{Amounts, position_of};
pub use customer_profits::{AttachedProfits, CustomerProfits};
pub use customers::{Attached, Customers};
pub use values::{CustomerValues, Measure};

use crate::columns::{CUSTOMER_ID, ColumnMap};
use crate::scan::{Problems, TextTable, ValueProblem};
use crate::{Error, Result};

/// Where the customer's id stands in a table that names every customer once.
///
/// # Errors
/// `Data` where there is no such column, an id is missing, or a customer stands there twice.
pub fn unique_customers(table: &TextTable, columns: &ColumnMap) -> Result<usize> {
    const TWICE: ValueProblem =
        ValueProblem { reason: "customer twice", message: "stands in this table already, further up" };
    const MISSING: ValueProblem = ValueProblem { reason: "customer missing", message: "the customer is missing" };
    let position = table.header().require(CUSTOMER_ID, columns)?;
    let ids = table.column(position);
    let mut problems = Problems::new();
    let mut order: Vec<usize> = (0..table.len()).collect();
    order.sort_unstable_by(|one, other| ids.get(*one).cmp(ids.get(*other)).then(one.cmp(other)));
    for (place, row) in order.iter().enumerate() {
        if ids.get(*row).is_empty() {
            table.refuse(*row, position, MISSING, &mut problems);
        } else if place > 0 && ids.get(order[place - 1]) == ids.get(*row) {
            table.refuse(*row, position, TWICE, &mut problems);
        }
    }
    let total = problems.total();
    problems.check(
        format!("{total} rows of {} cannot be used", table.header().file()),
        "a table has one row a customer: remove or add up the others",
    )?;
    Ok(position)
}

/// The table has at least one row.
///
/// # Errors
/// `Data` where it has none.
pub fn not_empty(table: &TextTable) -> Result<()> {
    if table.is_empty() {
        return Err(Error::data("has a header and no row")
            .at(crate::Location::file(table.header().file()))
            .hint("export it again: there is nobody to speak of"));
    }
    Ok(())
}
