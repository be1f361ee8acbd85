//! A run as it was saved: the tables of a folder, read back for one customer.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::Zero;

use super::allocation::SourceAmount;
use super::exact::decimal;
use super::model::{Level, WorkUnit};
use super::why::{Behind, Charge};
use crate::columns::{CUSTOMER_ID, ColumnMap, list, nearest_hint};
use crate::money::Currency;
use crate::progress::Progress;
use crate::scan::{
    Account, Batch, Inputs, Problems, Reduce, ScanParams, TextColumn, Wanted, headers, read_table, scan, value,
};
use crate::time::Day;
use crate::{Error, Location, Result};

/// What a saved run says about one customer.
#[derive(Debug, Clone)]
pub struct SavedCustomer {
    /// The customer's charges, one an activity.
    pub charges: Vec<Charge>,
    /// The accounts behind every activity.
    pub sources: Vec<SourceAmount>,
    /// Unused capacity by pool or activity of the whole run, in minor units.
    pub unused: Vec<(String, i128)>,
    /// By activity: the pool whose unused capacity is behind it, or itself.
    pub capacity_of: Vec<(String, String)>,
}

const DETAIL: [&str; 9] =
    ["activity", "level", "quantity", "rate", "amount", "rule", "driver_quantity", "rate_base", "unit"];

/// Reads the charges of one customer from a saved run; `open` opens a table by its name.
///
/// `period` picks one of several periods by its first day.
///
/// # Edge cases
/// A customer of the run to whom nothing was charged has no charges.
/// # Errors
/// `ErrorKind::Io` where a table is missing; `ErrorKind::Usage` where the run has no such customer, or has several
/// periods and none of them is picked.
pub fn read_saved(
    open: impl Fn(&str) -> Result<Inputs>,
    customer: &str,
    period: Option<Day>,
    currency: &Currency,
    progress: &dyn Progress,
) -> Result<SavedCustomer> {
    let params = ScanParams { currency: currency.clone(), ..ScanParams::default() };
    let detail = open("detail")?;
    let names = headers(&detail, &params)?[0].names().to_vec();
    let mut columns = ColumnMap::default();
    // The first columns are the key, whatever the run is by.
    let keys: Vec<&str> = names.iter().map(String::as_str).take_while(|name| *name != DETAIL[0]).collect();
    columns.add(&format!("{}={}", CUSTOMER_ID.name, names[0]))?;
    let texts = DETAIL.iter().chain(keys.iter().skip(1));
    let mut wanted = texts.fold(Wanted::id(CUSTOMER_ID), |wanted, name| wanted.text(TextColumn::Named((*name).into())));
    let several = names.iter().any(|name| name == "period_start");
    if several {
        wanted = wanted.text(TextColumn::Named("period_start".into()));
        picks_one(&periods(&open("activities")?, &params, progress)?, period)
            .map_err(|error| error.at(Location::file(detail.names().next().unwrap_or_default())))?;
    }
    let with_key = ScanParams { columns, ..params.clone() };
    let period = period.filter(|_| several).map(|day| day.to_string());
    let key = match &keys[..] {
        [_] => vec![customer.to_owned()],
        several => parts_of(customer, several, &open("customers")?, &with_key, progress)?,
    };
    let of_customer = || OfCustomer { key: &key, period: period.as_deref(), rows: Vec::new() };
    let rows = scan(&detail, &wanted, &with_key, progress, of_customer)?.output;
    let file = detail.names().next().unwrap_or_default();
    let mut charges = rows.iter().map(|row| charge(row, currency, file)).collect::<Result<Vec<_>>>()?;
    charges.sort_by(|one, other| one.activity.cmp(&other.activity));
    if charges.is_empty() && keys.len() == 1 {
        parts_of(customer, &keys, &open("customers")?, &with_key, progress)?;
    }
    type Rows = Vec<(Vec<String>, Vec<i128>)>;
    let texts = |inputs: &Inputs, texts: &[&str], amounts: &[&str]| -> Result<Rows> {
        let table = read_table(&inputs.sources()[0], &params, progress)?;
        let header = table.header();
        let at =
            |name: &str| {
                header.names().iter().position(|known| known == name).ok_or_else(|| {
                    Error::data(format!("no column is named `{name}`")).at(Location::file(header.file()))
                })
            };
        let of_period = |row: usize| match (&period, at("period_start")) {
            (Some(period), Ok(column)) => table.column(column).get(row) == period.as_bytes(),
            _ => true,
        };
        let mut problems = Problems::new();
        let amounts: Vec<Vec<Option<i64>>> = amounts
            .iter()
            .map(|name| Ok(table.optional(at(name)?, value::amount(currency), &mut problems)))
            .collect::<Result<_>>()?;
        problems.check("amounts of the run cannot be read", "give the run's currency with `--currency`")?;
        let columns = texts.iter().map(|name| at(name)).collect::<Result<Vec<_>>>()?;
        let rows = (0..table.len()).filter(|&row| of_period(row)).map(|row| {
            let shown = columns.iter().map(|&column| table.column(column).show(row).into_owned()).collect();
            (shown, amounts.iter().map(|amounts| amounts[row].unwrap_or(0).into()).collect())
        });
        Ok(rows.collect())
    };
    let rows = texts(&open("sources")?, &["activity", "pool", "account", "cost_centre"], &["amount"])?;
    let sources = rows.into_iter().map(|(row, amounts)| {
        let [activity, pool, account, cost_centre] = <[String; 4]>::try_from(row).expect("four texts were asked for");
        SourceAmount { activity, pool, account, cost_centre, amount: amounts[0] }
    });
    let figures = ["unused_capacity", "rate_variance"];
    let activities = texts(&open("activities")?, &["activity", "shared_pool"], &[figures[0], figures[1], "cost"])?;
    let mut pools = texts(&open("stages")?, &["kind", "stage"], &figures)?;
    pools.retain(|(row, _)| row[0] == "pool");
    let mut unused: Vec<(String, i128)> = pools.iter().map(|(row, amounts)| (row[1].clone(), amounts[0])).collect();
    let mut capacity_of = Vec::new();
    let mut behind: BTreeMap<String, Behind> = BTreeMap::new();
    for (row, amounts) in &activities {
        let [activity, pool] = <[String; 2]>::try_from(row.clone()).expect("two texts were asked for");
        let (idle, variance, cost) = (amounts[0], amounts[1], amounts[2]);
        if pool.is_empty() {
            unused.push((activity.clone(), idle));
            behind.insert(activity.clone(), Behind { cost, variance });
            capacity_of.push((activity.clone(), activity));
        } else {
            let members = activities.iter().filter(|(member, _)| member[1] == pool);
            let used = members.map(|(_, amounts)| amounts[2]).sum::<i128>();
            let of_pool = pools.iter().find(|(row, _)| row[1] == pool).map(|(_, amounts)| (amounts[0], amounts[1]));
            let (idle, variance) = of_pool.unwrap_or_default();
            behind.insert(activity.clone(), Behind { cost: used + idle + variance, variance });
            capacity_of.push((activity, pool));
        }
    }
    for charge in &mut charges {
        charge.covered = behind.get(&charge.activity).map_or(charge.amount, |behind| behind.covers(charge.amount));
    }
    unused.retain(|(_, amount)| *amount != 0);
    Ok(SavedCustomer { charges, sources: sources.collect(), unused, capacity_of })
}

/// The first days of a run's periods, in their order.
fn periods(table: &Inputs, params: &ScanParams, progress: &dyn Progress) -> Result<BTreeSet<String>> {
    let table = read_table(&table.sources()[0], params, progress)?;
    let at = table.header().names().iter().position(|name| name == "period_start");
    Ok(at.map(|at| (0..table.len()).map(|row| table.column(at).show(row).into_owned()).collect()).unwrap_or_default())
}

/// Refuses a period that the run does not have, or none where it has several.
fn picks_one(periods: &BTreeSet<String>, asked: Option<Day>) -> Result<()> {
    /// More than these are a list that nobody reads.
    const LISTED: usize = 12;
    let names: Vec<&str> = periods.iter().map(String::as_str).collect();
    let they_begin = match &names[..] {
        [first, .., last] if names.len() > LISTED => {
            format!("its {} periods begin from `{first}` to `{last}`", names.len())
        }
        _ => format!("its periods begin on {}", list(&names)),
    };
    match asked.map(|day| day.to_string()) {
        Some(day) if periods.contains(&day) => Ok(()),
        Some(day) => Err(Error::usage(format!("the run has no period that begins on `{day}`")).hint(they_begin)),
        None => Err(Error::usage("the run has several periods")
            .hint(format!("say which with `--period-start {}`: {they_begin}", names.first().unwrap_or(&"DATE")))),
    }
}

/// The parts of a key as somebody writes it: with commas between them, and in quotes, as CSV has them, where one has a comma itself.
///
/// # Errors
/// `ErrorKind::Usage` where the run has no such key, or several that are written alike without quotes.
fn parts_of(
    key: &str,
    keys: &[&str],
    customers: &Inputs,
    params: &ScanParams,
    progress: &dyn Progress,
) -> Result<Vec<String>> {
    // A key of one column is the value as it stands.
    let quoted = if keys.len() > 1 { in_quotes(key).filter(|parts| parts.len() == keys.len()) } else { None };
    let of_key =
        || Nearest { key, quoted: quoted.as_deref(), others: keys.len() - 1, found: BTreeSet::new(), near: Vec::new() };
    let others = keys.iter().skip(1);
    let wanted = others.fold(Wanted::id(CUSTOMER_ID), |wanted, name| wanted.text(TextColumn::Named((*name).into())));
    let known = scan(customers, &wanted, params, progress, of_key)?.output;
    let at = || Location::file(customers.names().next().unwrap_or_default());
    match &quoted {
        Some(parts) if known.found.contains(parts) => return Ok(parts.clone()),
        _ => {}
    }
    match known.found.len() {
        0 => Err(known.unknown(keys).at(at())),
        1 => Ok(known.found.into_iter().next().expect("there is one")),
        several => {
            let written: Vec<String> = known.found.iter().map(|parts| with_quotes(parts)).collect();
            Err(Error::usage(format!("`{key}` could be {several} customers of the run")).at(at()).hint(format!(
                "write what has a comma in quotes: one of {}",
                list(&written.iter().map(String::as_str).collect::<Vec<_>>())
            )))
        }
    }
}

/// The parts of a line of CSV; none where it is none.
fn in_quotes(key: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(key.as_bytes());
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(str::to_owned).collect())
}

/// The parts of a key as a line of CSV.
fn with_quotes(parts: &[String]) -> String {
    let quoted = |part: &String| {
        if parts.len() > 1 && part.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", part.replace('"', "\"\""))
        } else {
            part.clone()
        }
    };
    parts.iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// Looks for a key among the customers of a run, and for the ones nearest to it.
struct Nearest<'k> {
    key: &'k str,
    /// Its parts, where it is a line of CSV with as many.
    quoted: Option<&'k [String]>,
    /// Columns of the key beside the first.
    others: usize,
    /// The parts of all keys that are written so.
    found: BTreeSet<Vec<String>>,
    /// Nearest first, then by key.
    near: Vec<(usize, String)>,
}

impl Nearest<'_> {
    /// How many keys are worth showing.
    const SHOWN: usize = 3;

    fn see(&mut self, more: impl IntoIterator<Item = (usize, String)>) {
        self.near.extend(more);
        self.near.sort_unstable();
        self.near.dedup();
        self.near.truncate(Self::SHOWN);
    }

    fn unknown(&self, keys: &[&str]) -> Error {
        let near = nearest_hint(self.key, self.near.iter().map(|(_, key)| key.as_str()));
        let columns = match keys {
            [key] if *key == CUSTOMER_ID.name => None,
            [key] => Some(format!("its keys are those of the column `{key}`")),
            _ => Some(format!("its keys are those of the columns `{}`, with commas between them", keys.join("`, `"))),
        };
        let hint: Vec<String> = columns.into_iter().chain(near).collect();
        let error = Error::usage(format!("the run has no customer `{}`", self.key));
        if hint.is_empty() { error } else { error.hint(hint.join("; ")) }
    }
}

impl Reduce for Nearest<'_> {
    type Output = Self;

    fn absorb(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            let others = (0..self.others).map(|column| batch.text(column).show(row).into_owned());
            let parts: Vec<String> = std::iter::once(batch.ids().show(row).into_owned()).chain(others).collect();
            let key = with_quotes(&parts);
            if parts.join(",") == self.key || self.quoted == Some(&parts) {
                self.found.insert(parts);
                continue;
            }
            let distance = strsim::damerau_levenshtein(&self.key.to_lowercase(), &key.to_lowercase());
            let far = self.near.len() == Self::SHOWN && self.near.last().is_some_and(|(last, _)| *last < distance);
            if !far {
                self.see([(distance, key)]);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.found.extend(other.found);
        self.see(other.near);
    }

    fn finish(self, _account: &mut Account) -> Result<Self> {
        Ok(self)
    }
}

/// Collects the rows of one customer from a table of any length.
struct OfCustomer<'k> {
    /// The values of the key's columns.
    key: &'k [String],
    period: Option<&'k str>,
    rows: Vec<Vec<String>>,
}

impl OfCustomer<'_> {
    fn is(&self, batch: &Batch, row: usize) -> bool {
        // What the detail says comes first, then the other columns of the key, then the period.
        let others = DETAIL.len()..DETAIL.len() + self.key.len() - 1;
        if self.period.is_some_and(|period| batch.text(others.end).get(row) != period.as_bytes()) {
            return false;
        }
        batch.ids().get(row) == self.key[0].as_bytes()
            && others.zip(&self.key[1..]).all(|(column, part)| batch.text(column).get(row) == part.as_bytes())
    }
}

impl Reduce for OfCustomer<'_> {
    type Output = Vec<Vec<String>>;

    fn absorb(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            if self.is(batch, row) {
                self.rows.push((0..DETAIL.len()).map(|column| batch.text(column).show(row).into_owned()).collect());
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    fn finish(self, _account: &mut Account) -> Result<Self::Output> {
        Ok(self.rows)
    }
}

fn charge(row: &[String], currency: &Currency, file: &str) -> Result<Charge> {
    let refused = |what: &str, text: &str| {
        Error::data(format!("`{text}` is no {what}")).at(Location::file(file)).hint("run `custval allocate` again")
    };
    let number = |column: usize| match row[column].as_str() {
        "" => Ok(BigRational::zero()),
        text => number(text).ok_or_else(|| refused("number", text)),
    };
    let unit = match row[8].as_str() {
        "" => None,
        name => Some(
            [WorkUnit::Minutes, WorkUnit::Hours]
                .into_iter()
                .find(|unit| unit.name() == name)
                .ok_or_else(|| refused("unit of time", name))?,
        ),
    };
    let level = Level::ALL.into_iter().find(|level| level.name() == row[1]).ok_or_else(|| refused("level", &row[1]))?;
    let amount = currency
        .parse(row[4].as_bytes())
        .map_err(|_| refused("amount", &row[4]).hint("give the run's currency with `--currency`"))?;
    Ok(Charge {
        activity: row[0].clone(),
        level,
        quantity: number(2)?,
        unit,
        rate: number(3)? * BigRational::from_integer(currency.minor_units().into()),
        amount: amount.into(),
        covered: amount.into(),
        rule: row[5].clone(),
        driver_quantity: number(6)?,
        rate_base: if row[7].is_empty() { None } else { Some(number(7)?) },
    })
}

/// A number as tables write it, with an exponent where it has one.
fn number(text: &str) -> Option<BigRational> {
    decimal(text).or_else(|| BigRational::from_float(text.parse::<f64>().ok()?))
}
