//! Customers with one value each: profits, lifetime values, revenue.

use super::one_currency;
use crate::columns::{
    AMOUNT, AmountPlace, COST_TO_SERVE, CURRENCY, CUSTOMER_ID, ColumnMap, Header, NET_REVENUE, PROFIT, RESIDUAL_CLV,
    REVENUE,
};
use crate::hook::Values;
use crate::money::Currency;
use crate::scan::{Keep, Problems, TextTable, Texts, ValueProblem, value};
use crate::{Error, Location, Result};

/// The customers of a table and one value of each, in the order of the table.
#[derive(Debug, Clone)]
pub struct CustomerValues {
    /// The customers, each once.
    pub ids: Texts,
    /// What the value is called in the file.
    pub column: String,
    /// What it is.
    pub kind: ValueKind,
    /// The values.
    pub measure: Measure,
    /// Revenue and cost to serve, where the table has them too.
    pub beside: Vec<(String, Measure)>,
}

/// What the values of customers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Profit of a time that is over.
    Profit,
    /// Profit to come, or all of it.
    LifetimeValue,
    /// What customers paid.
    Revenue,
    /// Anything else, as a cost.
    Other,
}

/// Columns of lifetime value beside [`RESIDUAL_CLV`], as `custval clv` names them.
const LIFETIME_VALUES: [&str; 2] = ["horizon_value", "clv"];

impl ValueKind {
    /// What the column is that stands there: by what it means, else by how its name ends.
    fn of(header: &Header, columns: &ColumnMap, value: &Named) -> Self {
        let is = |column| matches!(header.find_amount(column, columns), Ok(Some(place)) if place == value.at);
        if is(RESIDUAL_CLV) || LIFETIME_VALUES.contains(&value.name.as_str()) {
            Self::LifetimeValue
        } else if is(PROFIT) || value.name.to_lowercase().ends_with("profit") {
            Self::Profit
        } else if [AMOUNT, NET_REVENUE, REVENUE].into_iter().any(is) {
            Self::Revenue
        } else {
            Self::Other
        }
    }
}

/// One value per customer: exact money where every text is an amount of the currency, else numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Minor units.
    Money(Vec<i64>, Currency),
    /// Numbers with any number of decimals, as a lifetime value has.
    Numbers(Vec<f64>),
}

impl Measure {
    /// The values as the curve takes them.
    pub fn values(&self) -> Values<'_> {
        match self {
            Self::Money(minor, currency) => Values::Money(minor, currency),
            Self::Numbers(numbers) => Values::Numbers(numbers),
        }
    }
}

impl CustomerValues {
    /// The values of a column: the one named, else `profit`, else `residual_clv`.
    ///
    /// # Errors
    /// `Data` where the column is missing, a customer stands there twice, or a value is missing or no
    /// finite number; every such value with its line.
    pub fn from_table(
        table: &TextTable,
        columns: &ColumnMap,
        currency: &Currency,
        named: Option<&str>,
    ) -> Result<Self> {
        table.not_empty()?;
        let header = table.header();
        let (named, others) = places(header, columns, named)?;
        let kind = ValueKind::of(header, columns, &named);
        let ids = super::unique_customers(table, columns)?;
        let mut problems = Problems::new();
        let measure = Measure::of(table, named.at, currency, &mut problems);
        let beside = others
            .into_iter()
            .map(|(name, found)| (name.to_owned(), Measure::of(table, found, currency, &mut problems)))
            .collect();
        one_currency(table, columns, currency)?;
        problems.check_all("value", header.file(), "mend them in the file, or leave the customer out there")?;
        Ok(Self { ids: table.column(ids).clone(), column: named.name, kind, measure, beside })
    }
}

impl CustomerValues {
    /// The customers whose value is known, where some are not: `custval clv` leaves a lifetime value empty that it cannot tell. A
    /// profit that is missing is a mistake in the table, and none of these.
    ///
    /// # Errors
    /// As [`Self::from_table`], and `Data` where no value at all is known.
    pub fn known(table: &TextTable, columns: &ColumnMap, named: Option<&str>) -> Result<Option<TextTable>> {
        let header = table.header();
        let (value, _) = places(header, columns, named)?;
        let (position, None) = value.at else { return Ok(None) };
        if ValueKind::of(header, columns, &value) != ValueKind::LifetimeValue {
            return Ok(None);
        }
        let is_known = |written: &value::Written<'_>, text: &[u8]| match value::number(written, text) {
            Err(missing @ (ValueProblem::MISSING | ValueProblem::PLACEHOLDER)) => Err(missing),
            _ => Ok(()),
        };
        let values = table.optional(position, is_known, &mut Problems::new());
        let rows: Vec<usize> = (0..values.len()).filter(|row| values[*row].is_some()).collect();
        if rows.len() == values.len() {
            return Ok(None);
        }
        super::unique_customers(table, columns)?;
        if rows.is_empty() {
            return Err(Error::data("is not known of any customer")
                .at(Location::file(header.file()).column(&value.name))
                .hint("`custval clv` says in its column `note` why it leaves a value empty"));
        }
        Ok(Some(table.with_rows(&rows)))
    }

    /// What of a table [`Self::from_table`] needs, for [`read_columns_for`](crate::scan::read_columns_for): the ids and the values.
    ///
    /// # Errors
    /// Where a column is missing or stands there twice.
    pub fn keep(header: &Header, columns: &ColumnMap, named: Option<&str>) -> Result<Vec<Keep>> {
        let mut keep = vec![Keep::Nothing; header.names().len()];
        keep[header.require(CUSTOMER_ID, columns)?] = Keep::Texts;
        let (value, others) = places(header, columns, named)?;
        // A lifetime value has any number of decimals and is no amount; what two columns make is none yet.
        let money = value.at.1.is_none() && header.find_amount(PROFIT, columns)? == Some(value.at);
        let mut texts = if money { vec![] } else { vec![value.at.0] };
        for (at, second) in others.into_iter().map(|(_, place)| place).chain([value.at]) {
            keep[at] = Keep::Amounts;
            texts.extend(second.into_iter().flat_map(|second| [at, second.column()]));
        }
        texts.extend(header.find(CURRENCY, columns)?);
        texts.into_iter().for_each(|at| keep[at] = Keep::Texts);
        Ok(keep)
    }
}

/// A value by what it is called and where it stands.
struct Named {
    name: String,
    at: AmountPlace,
}

/// Where the value stands, and revenue and cost to serve with their standard names.
fn places(
    header: &Header,
    columns: &ColumnMap,
    named: Option<&str>,
) -> Result<(Named, Vec<(&'static str, AmountPlace)>)> {
    let own = |at: usize| Named { name: header.names()[at].clone(), at: (at, None) };
    let value = match named {
        Some(name) => match header.named_amount(name)? {
            Some(at) => Named { name: name.to_owned(), at },
            None => return Err(header.no_column(name)),
        },
        None => match header.find_amount(PROFIT, columns)? {
            Some((at, None)) => own(at),
            Some(at) => Named { name: PROFIT.name.to_owned(), at },
            None => own(header.find(RESIDUAL_CLV, columns)?.ok_or_else(|| {
                Error::data("there is neither a column `profit` nor one `residual_clv`")
                    .at(Location::file(header.file()))
                    .hint("say which column holds the value with `--value COLUMN`")
            })?),
        },
    };
    let mut beside = Vec::new();
    for candidates in [&[NET_REVENUE, REVENUE][..], &[COST_TO_SERVE]] {
        let mut found = None;
        for column in candidates {
            if found.is_none() {
                found = header.find_amount(*column, columns)?.map(|place| (column.name, place));
            }
        }
        beside.extend(found.filter(|(_, place)| *place != value.at));
    }
    Ok((value, beside))
}

impl Measure {
    fn of(table: &TextTable, place: AmountPlace, currency: &Currency, problems: &mut Problems) -> Self {
        let mut no_money = Problems::new();
        let minor = table.amounts(place, currency, &mut no_money);
        if no_money.total() == 0 {
            return Self::Money(minor, currency.clone());
        }
        match place {
            (position, None) => Self::Numbers(table.required(position, value::number_in(currency), problems)),
            // What two columns make is money: only as such it is exact.
            (_, Some(_)) => {
                problems.merge(no_money);
                Self::Money(minor, currency.clone())
            }
        }
    }
}
