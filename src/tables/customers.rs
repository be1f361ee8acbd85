//! What is known of each customer beside the purchases: segment, region, first purchase ever.

use polars::prelude::*;

use super::build;
use crate::columns::{ColumnMap, FIRST_DATE};
use crate::scan::{Problems, TextTable, Texts, value};
use crate::time::Day;
use crate::{Error, Location, Result};

/// The customers file: one row a customer, its columns as text.
#[derive(Debug, Clone)]
pub struct Customers {
    file: String,
    /// `customer_id`, then every other column under its own name.
    frame: DataFrame,
    first_dates: Option<Vec<Option<Day>>>,
}

/// Columns of the customers file for the customers of another table, in the order of that table.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The columns asked for; empty where the customers file does not know the customer.
    pub columns: Vec<Column>,
    /// The first purchase ever, where the file says so.
    pub first_dates: Option<Vec<Option<Day>>>,
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
            frame.push(as_text(name, table.column(position)));
        }
        let frame = DataFrame::new(table.len(), frame).map_err(|error| {
            Error::data("two columns have one name").at(Location::line(header.file(), 1)).caused_by(error)
        })?;
        Ok(Self { file: header.file().to_owned(), frame, first_dates })
    }

    /// The columns named, for the customers given: a left join on `customer_id`.
    ///
    /// # Errors
    /// `Usage` where the file has no such column.
    pub fn attach(&self, ids: &Texts, names: &[String]) -> Result<Attached> {
        for name in names {
            if name == CUSTOMER || self.frame.column(name).is_err() {
                let known = self.frame.get_column_names();
                return Err(Error::usage(format!("no column is named `{name}`"))
                    .at(Location::file(&self.file))
                    .hint_nearest(name, known.iter().skip(1).map(|name| name.as_str())));
            }
        }
        let joined =
            self.join(ids, names).map_err(|error| Error::data("the customers cannot be joined").caused_by(error))?;
        let rows = joined.column(ROW).and_then(|rows| rows.idx().cloned()).expect("the join keeps the row numbers");
        let columns = names
            .iter()
            .map(|name| joined.column(name).expect("the join keeps the columns it was given").clone())
            .collect();
        let unknown = rows.null_count();
        let first_dates = self
            .first_dates
            .as_ref()
            .map(|dates| rows.iter().map(|row| row.and_then(|row| dates[row as usize])).collect());
        Ok(Attached { columns, first_dates, unknown, unused: self.frame.height() - (ids.len() - unknown) })
    }

    fn join(&self, ids: &Texts, names: &[String]) -> PolarsResult<DataFrame> {
        let left = build::frame(vec![as_text(CUSTOMER, ids)]);
        let wanted: Vec<&str> = std::iter::once(CUSTOMER).chain(names.iter().map(String::as_str)).collect();
        let right = self.frame.select(wanted)?.with_row_index(ROW.into(), None)?;
        // A left join keeps the order of the left side.
        left.left_join(&right, [CUSTOMER], [CUSTOMER])
    }
}

fn as_text(name: &str, texts: &Texts) -> Column {
    build::text(name, (0..texts.len()).map(|row| Some(texts.show(row))))
}
