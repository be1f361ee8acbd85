//! What costs are shown by: customers, or the values of one or several columns, of the customers' file or of the logs.

use super::File;
use super::customers::Customers;
use super::gather::Files;
use super::keys::{Collect, Keys};
use super::plan::Plan;
use crate::columns::CUSTOMER_ID;
use crate::progress::Progress;
use crate::scan::{Batch, Texts, headers, scan};
use crate::{Error, Result};

/// What the objects of cost are told apart by.
pub(super) struct Dimensions<'d> {
    /// The columns; none where the objects are the customers.
    pub names: Vec<&'d str>,
    sources: Vec<Source<'d>>,
}

/// Where the values of a dimension come from.
#[derive(Clone, Copy)]
enum Source<'d> {
    Customer,
    OfCustomer(&'d Texts),
    OfRow,
}

impl<'d> Dimensions<'d> {
    /// Finds each column in the customers' file, or else in a log.
    pub(super) fn find(files: &Files<'d>, by: &'d [String]) -> Result<Self> {
        let names: Vec<&str> = match by {
            [one] if one == CUSTOMER_ID.name => Vec::new(),
            several => several.iter().map(String::as_str).collect(),
        };
        if let Some(twice) = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            return Err(Error::usage(format!("costs are asked for by `{}` twice", twice.1)));
        }
        let sources = names.iter().map(|name| source(files, name)).collect::<Result<_>>()?;
        Ok(Self { names, sources })
    }

    /// The columns that stand in the rows of logs.
    pub(super) fn of_rows(&self) -> Vec<&'d str> {
        let of_rows = self.names.iter().zip(&self.sources).filter(|(_, source)| matches!(source, Source::OfRow));
        of_rows.map(|(name, _)| *name).collect()
    }

    /// How a row of a log finds its key; not at all where the log lacks a column.
    pub(super) fn key_of_row<'k>(
        &self,
        customers: &'k Keys,
        listed: Option<&'k Customers>,
        plan: &Plan,
    ) -> Option<KeyOfRow<'k>>
    where
        'd: 'k,
    {
        let mut of_rows = plan.dimensions.iter();
        let part = |source: &Source<'d>| match source {
            Source::Customer => Some(Part::Customer),
            Source::OfCustomer(values) => Some(Part::OfCustomer(values_of(values, customers, listed?))),
            Source::OfRow => Some(Part::OfRow((*of_rows.next()?)?)),
        };
        Some(KeyOfRow { customers, parts: self.sources.iter().map(part).collect::<Option<_>>()? })
    }
}

fn source<'d>(files: &Files<'d>, by: &str) -> Result<Source<'d>> {
    if by == CUSTOMER_ID.name {
        return Ok(Source::Customer);
    }
    if let Some(column) = files.customers.and_then(|customers| customers.column(by)) {
        return Ok(Source::OfCustomer(column));
    }
    let mut names: Vec<String> = files.customers.map(|c| c.column_names().to_vec()).unwrap_or_default();
    for file in [files.transactions, files.activities, files.drivers].into_iter().flatten() {
        for header in headers(&file.inputs, &file.params)? {
            if header.names().iter().any(|name| name == by) {
                return Ok(Source::OfRow);
            }
            names.extend_from_slice(header.names());
        }
    }
    names.sort_unstable();
    names.dedup();
    Err(Error::usage(format!("no file has a column `{by}`")).hint_nearest(by, names.iter().map(String::as_str)))
}

/// What a column of the customers' file says of each customer; a customer of the transactions alone has no value.
pub(super) fn values_of<'k>(column: &'k Texts, customers: &Keys, listed: &Customers) -> Vec<&'k [u8]> {
    let mut values: Vec<&[u8]> = vec![b""; customers.ids.len()];
    for (id, value) in listed.ids().iter().zip(column.iter()) {
        values[customers.find(id).expect("every listed customer is known") as usize] = value;
    }
    values
}

/// What stands between the parts of a key of several columns, in order before all that can be read.
const BETWEEN: u8 = 0x1f;

/// One column of a key.
enum Part<'k> {
    /// The customer itself.
    Customer,
    /// A value of the customer, by its place.
    OfCustomer(Vec<&'k [u8]>),
    /// A text column of the row.
    OfRow(usize),
}

/// The key of a row by several columns; some of the row, some of its customer.
pub(super) struct KeyOfRow<'k> {
    customers: &'k Keys,
    parts: Vec<Part<'k>>,
}

impl KeyOfRow<'_> {
    /// The key, written into the buffer where it has to be put together; none for a customer that no file has.
    #[inline]
    pub(super) fn of<'b>(&self, batch: &'b Batch, row: usize, buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        if let [Part::OfRow(column)] = self.parts[..] {
            return Some(batch.text(column).get(row));
        }
        let id = batch.ids().get(row);
        let customer = self.customers.find(id)? as usize;
        buffer.clear();
        for (number, part) in self.parts.iter().enumerate() {
            if number > 0 {
                buffer.push(BETWEEN);
            }
            buffer.extend_from_slice(match part {
                Part::Customer => id,
                Part::OfCustomer(values) => values[customer],
                Part::OfRow(column) => batch.text(*column).get(row),
            });
        }
        Some(buffer)
    }
}

/// The parts of a key of several columns put together.
fn joined<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Vec<u8> {
    parts.collect::<Vec<_>>().join(&BETWEEN)
}

/// The parts of a key of so many columns.
pub fn parts_of_key(key: &[u8], columns: usize) -> impl Iterator<Item = &[u8]> {
    key.splitn(columns.max(1), |byte| *byte == BETWEEN)
}

/// Other objects than customers, and the object of each customer where the customers' file has all dimensions.
pub(super) fn objects(
    dimensions: &Dimensions<'_>,
    customers: &Keys,
    listed: Option<&Customers>,
    logs: &[(&'static str, &File, Plan)],
    keys_of_rows: &[Option<KeyOfRow<'_>>],
    progress: &dyn Progress,
) -> Result<(Option<Keys>, Option<Vec<u32>>)> {
    if dimensions.names.is_empty() {
        return Ok((None, None));
    }
    if dimensions.of_rows().is_empty() {
        let parts = dimensions.sources.iter().map(|source| match (source, listed) {
            (Source::OfCustomer(values), Some(listed)) => values_of(values, customers, listed),
            _ => customers.ids.iter().collect(),
        });
        let parts: Vec<Vec<&[u8]>> = parts.collect();
        let of_customer: Vec<Vec<u8>> =
            (0..customers.ids.len()).map(|customer| joined(parts.iter().map(|values| values[customer]))).collect();
        let keys = Keys::sorted(of_customer.iter().map(Vec::as_slice));
        let objects = of_customer.iter().map(|value| keys.find(value).expect("every value is a key")).collect();
        return Ok((Some(keys), Some(objects)));
    }
    let mut collected = Vec::new();
    for ((_, file, plan), key) in logs.iter().zip(keys_of_rows) {
        if key.is_some() {
            let start = || Collect::of(key.as_ref());
            collected.push(scan(&file.inputs, &plan.wanted, &file.params, progress, start)?.output);
        }
    }
    Ok((Some(Keys::sorted(collected.iter().flat_map(Texts::iter))), None))
}
