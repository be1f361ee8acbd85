//! Further columns of a table of customers: by what they mean, or by their name in the file.

use crate::Result;
use crate::columns::{AmountPlace, Column, ColumnMap};
use crate::money::Currency;
use crate::scan::{Problems, TextTable, value};
use crate::tables::one_currency;

/// Reads columns of one table and collects what is wrong in all of them.
#[derive(Debug)]
pub struct Amounts<'a> {
    table: &'a TextTable,
    columns: &'a ColumnMap,
    currency: &'a Currency,
    problems: Problems,
}

impl<'a> Amounts<'a> {
    /// Nothing read yet.
    pub fn new(table: &'a TextTable, columns: &'a ColumnMap, currency: &'a Currency) -> Self {
        Self { table, columns, currency, problems: Problems::new() }
    }

    /// The amounts of a standard column in minor units; `None` where the table does not have it.
    ///
    /// # Errors
    /// Where two columns answer to the name.
    pub fn find(&mut self, column: Column) -> Result<Option<Vec<i64>>> {
        let place = self.table.header().find_amount(column, self.columns)?;
        Ok(place.map(|place| self.amounts(place)))
    }

    /// The amounts of a standard column that the table must have.
    ///
    /// # Errors
    /// As [`find`](Self::find), and where the table does not have it.
    pub fn require(&mut self, column: Column) -> Result<Vec<i64>> {
        let place = self.table.header().require_amount(column, self.columns)?;
        Ok(self.amounts(place))
    }

    /// The amounts of the column that the user named, or of two that make them, in minor units.
    ///
    /// # Errors
    /// Where the table has no such column.
    pub fn named(&mut self, name: &str) -> Result<Vec<i64>> {
        let place = match self.table.header().named_amount(name)? {
            Some(place) => place,
            None => (position_of(self.table, self.columns, name)?, None),
        };
        Ok(self.amounts(place))
    }

    /// The numbers of the column that the user named.
    ///
    /// # Errors
    /// Where the table has no such column.
    pub fn numbers(&mut self, name: &str) -> Result<Vec<f64>> {
        let position = position_of(self.table, self.columns, name)?;
        Ok(self.table.required(position, value::number, &mut self.problems))
    }

    /// The numbers of a standard column; `None` where the table does not have it, and for empty fields.
    ///
    /// # Errors
    /// Where two columns answer to the name.
    pub fn find_numbers(&mut self, column: Column) -> Result<Option<Vec<Option<f64>>>> {
        let position = self.table.header().find(column, self.columns)?;
        Ok(position.map(|position| self.table.optional(position, value::number, &mut self.problems)))
    }

    fn amounts(&mut self, place: AmountPlace) -> Vec<i64> {
        self.table.amounts(place, self.currency, &mut self.problems)
    }

    /// Nothing that was read is wrong.
    ///
    /// # Errors
    /// `Data`, with every value that cannot be used.
    pub fn check(self) -> Result<()> {
        one_currency(self.table, self.columns, self.currency)?;
        self.problems.check_all(
            "value",
            self.table.header().file(),
            "mend them in the file, or leave the customer out there",
        )
    }
}

/// Where the column that the user named stands: by its name in the file, else by its standard name.
///
/// # Errors
/// `Usage`, with the nearest names, where the table has no such column.
pub fn position_of(table: &TextTable, columns: &ColumnMap, name: &str) -> Result<usize> {
    table.header().own_or_standard(name, columns)
}
