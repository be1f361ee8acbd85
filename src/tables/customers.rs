//! What is known of each customer beside the purchases: segment, region, first purchase ever.

use std::collections::HashMap;

use polars::prelude::*;

use super::build;
use crate::columns::{CUSTOMER_ID, ColumnMap, FIRST_DATE};
use crate::scan::{Problems, TextTable, Texts, ValueProblem, value};
use crate::segments::said;
use crate::time::Day;
use crate::{Error, Location, Result};

/// The customers file: one row a customer, its columns as text.
#[derive(Debug, Clone)]
pub struct Customers {
    file: String,
    /// `customer_id`, then every other column under its own name, empty where it [says nothing](said).
    frame: DataFrame,
    first_dates: Option<Vec<Option<Day>>>,
    margins: Option<Vec<Option<f64>>>,
}

/// Columns of the customers file for the customers of another table, in the order of that table.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The columns asked for; empty where the customers file does not know the customer.
    pub columns: Vec<Column>,
    /// The first purchase ever, where the file says so.
    pub first_dates: Option<Vec<Option<Day>>>,
    /// Margins, where they were asked for.
    pub margins: Option<Vec<Option<f64>>>,
    /// Customers of the table whom the customers file does not know.
    pub unknown: usize,
    /// Customers of the customers file whom the table does not have.
    pub unused: usize,
}

impl Attached {
    /// One of the columns as text, by its place among those asked for; empty where nothing is known.
    pub fn texts(&self, column: usize) -> Vec<String> {
        let column = self.columns[column].str().expect("columns of the customers file are text");
        column.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
    }
}

const CUSTOMER: &str = "customer_id";
const ROW: &str = "\u{1}row";

impl Customers {
    /// A table of customers.
    ///
    /// # Errors
    /// `Data` where a customer is missing or stands there twice, or `first_date` holds no date.
    pub fn from_table(table: &TextTable, columns: &ColumnMap) -> Result<Self> {
        let header = table.header();
        let id = super::unique_customers(table, columns)?;
        let mut problems = Problems::new();
        let first_dates =
            header.find(FIRST_DATE, columns)?.map(|position| table.optional(position, value::day, &mut problems));
        problems.check_all("value", header.file(), "mend them in the file, or leave them empty")?;
        let mut frame = vec![as_text(CUSTOMER, table.column(id))];
        for (position, name) in header.names().iter().enumerate().filter(|(position, _)| *position != id) {
            let texts = table.column(position);
            let said = texts.iter().map(|text| Some(String::from_utf8_lossy(said(text))));
            frame.push(build::text(name, said));
        }
        let frame = DataFrame::new(table.len(), frame).map_err(|error| {
            Error::data("two columns have one name").at(Location::line(header.file(), 1)).caused_by(error)
        })?;
        Ok(Self { file: header.file().to_owned(), frame, first_dates, margins: None })
    }

    /// The same with the margins of a column of that table: fractions of revenue, or nothing where a field is empty.
    ///
    /// # Errors
    /// `Usage` where the table has no such column; `Data`, with the first ten, where a field is no margin.
    pub fn with_margins(self, table: &TextTable, column: &str) -> Result<Self> {
        let position = table.header().named(column)?;
        let mut problems = Problems::new();
        let margins = table.optional(position, value::margin, &mut problems);
        let hint = format!("column `{column}` holds fractions of one, at most 1: `0.3` for 30 %");
        problems.check_all("margin", table.header().file(), hint)?;
        Ok(Self { margins: Some(margins), ..self })
    }

    /// That no first purchase ever is after the first one that was seen, `first_seen` of the customers given.
    ///
    /// # Errors
    /// `Data`, with the first ten, where one is.
    pub fn check_first_dates(
        &self,
        table: &TextTable,
        columns: &ColumnMap,
        ids: &Texts,
        first_seen: &[Day],
    ) -> Result<()> {
        const LATE: ValueProblem = ValueProblem {
            reason: "first_date after a purchase",
            message: "is after the customer's first purchase in the log",
        };
        let Some(dates) = &self.first_dates else { return Ok(()) };
        let header = table.header();
        let (position, id) = (header.require(FIRST_DATE, columns)?, header.require(CUSTOMER_ID, columns)?);
        let seen: HashMap<&[u8], Day> = ids.iter().zip(first_seen.iter().copied()).collect();
        let mut problems = Problems::new();
        for (row, date) in dates.iter().enumerate().filter_map(|(row, date)| Some((row, (*date)?))) {
            if seen.get(table.column(id).get(row)).is_some_and(|seen| date > *seen) {
                table.refuse(row, position, LATE, &mut problems);
            }
        }
        problems.check_all(
            "value",
            header.file(),
            "mend them or leave them empty; a column that holds another day than that of the first purchase needs another name",
        )
    }

    /// That the file has the columns named.
    ///
    /// # Errors
    /// `Usage` where it has no such column.
    pub fn require(&self, names: &[String]) -> Result<()> {
        for name in names {
            if name == CUSTOMER || self.frame.column(name).is_err() {
                let known = self.frame.get_column_names();
                return Err(Error::usage(format!("no column is named `{name}`"))
                    .at(Location::file(&self.file))
                    .hint_nearest(name, known.iter().skip(1).map(|name| name.as_str())));
            }
        }
        Ok(())
    }

    /// The columns named, for the customers given: a left join on `customer_id`.
    ///
    /// # Errors
    /// As [`Self::require`].
    pub fn attach(&self, ids: &Texts, names: &[String]) -> Result<Attached> {
        self.require(names)?;
        let joined =
            self.join(ids, names).map_err(|error| Error::data("the customers cannot be joined").caused_by(error))?;
        let rows = joined.column(ROW).and_then(|rows| rows.idx().cloned()).expect("the join keeps the row numbers");
        let columns = names
            .iter()
            .map(|name| joined.column(name).expect("the join keeps the columns it was given").clone())
            .collect();
        let unknown = rows.null_count();
        let first_dates = self.first_dates.as_ref().map(|dates| of_rows(rows.iter(), dates));
        let margins = self.margins.as_ref().map(|margins| of_rows(rows.iter(), margins));
        Ok(Attached { columns, first_dates, margins, unknown, unused: self.frame.height() - (ids.len() - unknown) })
    }

    fn join(&self, ids: &Texts, names: &[String]) -> PolarsResult<DataFrame> {
        let left = build::frame(vec![as_text(CUSTOMER, ids)]);
        let wanted: Vec<&str> = std::iter::once(CUSTOMER).chain(names.iter().map(String::as_str)).collect();
        let right = self.frame.select(wanted)?.with_row_index(ROW.into(), None)?;
        // A left join keeps the order of the left side.
        left.left_join(&right, [CUSTOMER], [CUSTOMER])
    }
}

/// The values of the rows that a join found.
fn of_rows<T: Copy>(rows: impl Iterator<Item = Option<IdxSize>>, values: &[Option<T>]) -> Vec<Option<T>> {
    rows.map(|row| row.and_then(|row| values[row as usize])).collect()
}

fn as_text(name: &str, texts: &Texts) -> Column {
    build::text(name, (0..texts.len()).map(|row| Some(texts.show(row))))
}
