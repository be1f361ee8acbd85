//! Reading the customers' file: who they are, since when, and whatever columns drivers and dimensions ask for.

use std::collections::BTreeMap;

use crate::allocate::exact::quantity;
use crate::allocate::model::{Driver, Model};
use crate::allocate::usage::Measures;
use crate::columns::{CUSTOMER_ID, END_DATE, FIRST_DATE};
use crate::progress::Progress;
use crate::scan::{FoldedIds, Policies, Problems, Rejects, TextTable, ValueProblem, read_table_for, value};
use crate::time::Day;
use crate::{Error, Location, Result};

use super::File;
use super::plan::missing;

/// Customers with their dates.
#[derive(Debug, Clone)]
pub struct Customers {
    table: TextTable,
    id: usize,
    /// Since when, where the file says.
    pub first_date: Option<Vec<Option<Day>>>,
    /// Until when, where the file says.
    pub end_date: Option<Vec<Option<Day>>>,
    numbers: Numbers,
    policies: Policies,
}

/// Columns that drivers name, by name and whether they are money: amounts in minor units, quantities in millionths.
type Numbers = BTreeMap<(String, bool), Vec<i64>>;

const NEGATIVE: ValueProblem = ValueProblem { reason: "negative quantity", message: "is negative" };
const NO_QUANTITY: ValueProblem = ValueProblem { reason: "not a quantity", message: "is not a quantity" };
const TWICE: ValueProblem = ValueProblem { reason: "customer twice", message: "stands in the file twice" };
const ENDS_FIRST: ValueProblem = ValueProblem { reason: "end before start", message: "lies before the first date" };

impl Customers {
    /// Reads the file, with the columns that the model's drivers name. Rows that cannot be used are refused, or set aside where
    /// the settings of the file say so.
    ///
    /// # Errors
    /// `ErrorKind::Data` for a customer twice, dates and quantities that are none, an end before the start; for a
    /// column that a driver names and the file does not have.
    pub fn read(file: &File, model: &Model, progress: &dyn Progress) -> Result<Self> {
        let [source] = file.inputs.sources() else {
            return Err(Error::usage("the customers are one file").at(Location::file(file.name())));
        };
        let read = read_table_for(source, &file.params, progress, |table| Read::of(table, file, model))?;
        let (table, Read { id, first_date, end_date, numbers }) = read;
        Ok(Self { table, id, first_date, end_date, numbers, policies: file.params.policies.clone() })
    }

    /// What is decided about the ids of the file.
    pub(super) fn policies(&self) -> &Policies {
        &self.policies
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(super) fn ids(&self) -> &crate::scan::Texts {
        self.table.column(self.id)
    }

    /// The rows of the file that were set aside.
    pub fn rejects(&self) -> &Rejects {
        self.table.rejects()
    }

    /// What became of their ids, where they are trimmed or folded.
    pub fn folded_ids(&self) -> Option<FoldedIds> {
        self.table.folded_ids()
    }

    /// The names of the columns.
    pub fn column_names(&self) -> &[String] {
        self.table.header().names()
    }

    /// A column as text, where the file has it.
    pub fn column(&self, name: &str) -> Option<&crate::scan::Texts> {
        let at = self.table.header().names().iter().position(|column| column == name)?;
        Some(self.table.column(at))
    }

    /// A numeric column that a driver names: in minor units where it is money, else in millionths.
    pub(super) fn numbers(&self, name: &str, money: bool) -> &[i64] {
        &self.numbers[&(name.to_owned(), money)]
    }
}

/// What is read of the columns of the file.
struct Read {
    id: usize,
    first_date: Option<Vec<Option<Day>>>,
    end_date: Option<Vec<Option<Day>>>,
    numbers: Numbers,
}

impl Read {
    fn of(table: &TextTable, file: &File, model: &Model) -> Result<Self> {
        let (header, map) = (table.header(), &file.params.columns);
        let mut problems = Problems::new();
        let id = header.require(CUSTOMER_ID, map)?;
        let mut seen: Vec<(&[u8], usize)> = table.column(id).iter().zip(0..).collect();
        seen.sort_unstable();
        for pair in seen.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            table.refuse(pair[1].1, id, TWICE, &mut problems);
        }
        table.refuse_no_customer(id, &mut problems);
        let mut dates = |column| -> Result<Option<(usize, Vec<Option<Day>>)>> {
            Ok(header.find(column, map)?.map(|at| (at, table.optional(at, value::day, &mut problems))))
        };
        let first_date = dates(FIRST_DATE)?;
        let end_date = dates(END_DATE)?;
        if let (Some((_, first)), Some((at, end))) = (&first_date, &end_date) {
            for row in (0..table.len()).filter(|&row| matches!((first[row], end[row]), (Some(f), Some(e)) if e < f)) {
                table.refuse(row, *at, ENDS_FIRST, &mut problems);
            }
        }
        let mut numbers = Numbers::new();
        let currency = model.currency.clone().unwrap_or_default();
        for measure in Measures::of(model, currency.decimals()).iter() {
            let Driver::Customers(name) = &measure.driver else { continue };
            let key = (name.clone(), measure.money);
            if matches!(name.as_str(), "one" | "active_months" | "new") || numbers.contains_key(&key) {
                continue;
            }
            let names = header.names();
            let at = names.iter().position(|column| column == name);
            let at = at.ok_or_else(|| missing(model, measure, name, header.file(), names))?;
            if measure.money {
                let amounts = table.optional(at, value::amount(&currency), &mut problems);
                numbers.insert(key, amounts.into_iter().map(Option::unwrap_or_default).collect());
                continue;
            }
            let values = table.optional(
                at,
                |written, text| match quantity(text, written.decimal_of(text)?) {
                    Ok(value) if value < 0 => Err(NEGATIVE),
                    Ok(value) => Ok(value),
                    Err(_) => Err(NO_QUANTITY),
                },
                &mut problems,
            );
            numbers.insert(key, values.into_iter().map(Option::unwrap_or_default).collect());
        }
        problems.check_all(
            "value",
            "the customers",
            "mend them in the file, or set their rows aside and go on with `--rejects DIR`",
        )?;
        let without_place = |found: Option<(usize, Vec<Option<Day>>)>| found.map(|(_, days)| days);
        Ok(Self { id, first_date: without_place(first_date), end_date: without_place(end_date), numbers })
    }
}
