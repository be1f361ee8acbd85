//! All files of a run, read in the order in which they need each other.

use std::collections::BTreeMap;

use super::cells::{Cells, Own};
use super::customers::Customers;
use super::keys::{Collect, Keys, Period};
use super::plan::{Kind, Plan, plan};
use super::rows::{Objects, Rows, Shared};
use super::{DaySets, EventsOfNoActivity, Facts4, File};
use crate::allocate::model::{Driver, Model};
use crate::allocate::usage::{Facts, LooseRevenue, Measures, Quantities, Usage};
use crate::columns::{CUSTOMER_ID, DATE, list, nearest};
use crate::progress::Progress;
use crate::scan::{Receipt, Rejects, Texts, Wanted, headers, scan};
use crate::time::Day;
use crate::{Error, Location, Result};

/// The files of a run besides the ledger.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'f> {
    /// The activity log.
    pub activities: Option<&'f File>,
    /// Sales.
    pub transactions: Option<&'f File>,
    /// Who the customers are.
    pub customers: Option<&'f Customers>,
    /// Quantities by customer and driver, ready made.
    pub drivers: Option<&'f File>,
}

/// What the files say, and what they say about nobody.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Objects of cost with all their quantities.
    pub usage: Usage,
    /// What the keys are: `customer_id`, or the dimension asked for.
    pub dimension: String,
    /// Rows of the activity log whose name no activity has.
    pub no_activity: EventsOfNoActivity,
    /// Rows of customers that no file has.
    pub no_customer: BTreeMap<String, u64>,
    /// What became of every row, by file: `activities`, `transactions`, `drivers`.
    pub receipts: BTreeMap<&'static str, Receipt>,
    /// Rows that cannot be used, where they are to be set aside, by file.
    pub rejects: BTreeMap<&'static str, Rejects>,
    /// Columns of the customers' file that the model keeps, by object.
    pub kept: Headings,
    /// The first and last day of the period, or of the transactions where the period is open.
    pub days: Option<(Day, Day)>,
}

/// Columns to be kept, by name.
pub type Headings = Vec<(String, Texts)>;

/// Where the objects of a dimension come from.
enum Dimension<'d> {
    Customer,
    OfCustomer(&'d Texts),
    OfRow(&'d str),
}

/// Reads transactions, activities, customers and driver files into the usage of a run.
///
/// # Definition
/// A customer is known who stands in the customers' file or has a transaction; without either file, everybody with an
/// activity is. Rows outside the period are set aside. With `by`, the objects of cost are the values of that column: of the
/// customers' file, or else of the rows themselves.
/// # Errors
/// `ErrorKind::Usage` for a driver whose file or column is missing; `ErrorKind::Data` for rows that cannot be used.
pub fn gather(
    files: Files<'_>,
    model: &Model,
    measures: &Measures,
    period: Period,
    by: Option<&str>,
    progress: &dyn Progress,
) -> Result<Gathered> {
    drivers_have_files(&files, model)?;
    let dimension = dimension(&files, by)?;
    let column = match &dimension {
        Dimension::OfRow(column) => Some(*column),
        _ => None,
    };
    let logs: Vec<(&'static str, &File, Plan)> = [
        ("transactions", files.transactions, Kind::Transactions),
        ("activities", files.activities, Kind::Activities),
        ("drivers", files.drivers, Kind::Drivers),
    ]
    .into_iter()
    .filter_map(|(name, file, kind)| {
        let file = file?;
        Some(plan(file, kind, model, measures, column).map(|plan| (name, file, plan)))
    })
    .collect::<Result<_>>()?;
    let customers = known_customers(&files, &logs, progress)?;
    let (keys, of_customer) = objects(&dimension, &customers, &files, &logs, progress)?;
    let objects = keys.as_ref().map_or(customers.ids.len(), |keys| keys.ids.len());

    let facts_at = measures.len();
    let facts = Facts4 { revenue: facts_at, discounts: facts_at + 1, refunds: facts_at + 2, units: facts_at + 3 };
    let width = measures.len() + 4;
    let cells = Cells::new(objects, width);
    let days = days_of_period(period, files.transactions, progress)?;
    let day_sets = days.map(|(first, last)| DaySets::new(objects, first, (last.0 - first.0 + 1) as usize));
    let mut own = Own::new(width);
    let mut gathered = Gathered { dimension: by.unwrap_or(CUSTOMER_ID.name).to_owned(), days, ..Gathered::default() };
    for (name, file, plan) in &logs {
        let transactions = *name == "transactions";
        let shared = Shared {
            plan,
            objects: match (&keys, &of_customer) {
                (None, _) => Objects::Customers(&customers),
                (Some(_), Some(of)) => Objects::Of(&customers, of),
                (Some(keys), None) => Objects::Rows(keys, plan.dimension),
            },
            cells: &cells,
            facts: transactions.then_some(facts),
            purchase_days: if transactions { day_sets.as_ref() } else { None },
            period,
            currency: model.currency.clone().unwrap_or_default(),
        };
        let scanned = scan(&file.inputs, &plan.wanted, &file.params, progress, || Rows::new(&shared, width))?;
        own.merge(scanned.output.own);
        gathered.no_activity.extend(scanned.output.no_activity);
        for (customer, rows) in scanned.output.no_object {
            *gathered.no_customer.entry(customer).or_insert(0) += rows;
        }
        gathered.receipts.insert(name, scanned.receipt);
        gathered.rejects.insert(name, scanned.rejects);
    }
    if !matches!(dimension, Dimension::OfRow(_)) {
        let place = |customer: usize| of_customer.as_ref().map_or(customer as u32, |of| of[customer]);
        customer_drivers(files.customers, &customers, &place, model, measures, period, &cells, &mut own);
    }
    let quantities = cells.finish(own);
    gathered.usage = Usage {
        facts: take_facts(&quantities, facts, objects, day_sets.as_ref(), period, days)?,
        loose: LooseRevenue {
            revenue: quantities.unknown(facts.revenue),
            discounts: quantities.unknown(facts.discounts),
            refunds: quantities.unknown(facts.refunds),
        },
        quantities,
        months: period.months(),
        ids: Texts::default(),
    };
    if let (Some(table), Dimension::Customer) = (files.customers, &dimension) {
        gathered.usage.facts.active_days = active_days(table, &customers, period, days);
        gathered.kept = kept(table, &customers, model)?;
    }
    gathered.usage.ids = keys.map_or(customers.ids, |keys| keys.ids);
    Ok(gathered)
}

fn drivers_have_files(files: &Files<'_>, model: &Model) -> Result<()> {
    for (name, activity) in &model.activities {
        let (missing, flag) = match &activity.driver {
            Driver::Log { .. } => (files.activities.is_none(), "activities"),
            Driver::Transactions(_) => (files.transactions.is_none(), "transactions"),
            Driver::Customers(what) if what == "one" => continue,
            Driver::Customers(_) => (files.customers.is_none(), "customers"),
            Driver::File(_) => (files.drivers.is_none(), "drivers"),
            Driver::None => continue,
        };
        if missing {
            return Err(Error::usage(format!(
                "the activity `{name}` is driven by `{}`, but there is no such file",
                activity.driver
            ))
            .at(activity.at.clone())
            .hint(format!("name it with `--{flag} FILE`, or as `path` under `[inputs.{flag}]`")));
        }
        if let (Driver::Customers(_), Some(time)) = (&activity.driver, &activity.time)
            && time.equation.variables().next().is_some()
        {
            return Err(Error::usage(format!(
                "the time of `{name}` depends on columns of a row, but its driver counts customers"
            ))
            .at(time.at.clone())
            .hint("write a constant time, or let the driver be rows of the activity log"));
        }
        if activity.driver == Driver::Customers("new".into())
            && files.customers.is_some_and(|customers| customers.first_date.is_none())
        {
            return Err(Error::usage(format!(
                "the activity `{name}` is driven by new customers, but no file says since when"
            ))
            .at(activity.at.clone())
            .hint("give the customers' file a column `first_date`"));
        }
    }
    Ok(())
}

fn dimension<'d>(files: &Files<'d>, by: Option<&'d str>) -> Result<Dimension<'d>> {
    let Some(by) = by else { return Ok(Dimension::Customer) };
    if by == CUSTOMER_ID.name {
        return Ok(Dimension::Customer);
    }
    if let Some(column) = files.customers.and_then(|customers| customers.column(by)) {
        return Ok(Dimension::OfCustomer(column));
    }
    let mut names: Vec<String> = files.customers.map(|c| c.column_names().to_vec()).unwrap_or_default();
    for file in [files.transactions, files.activities, files.drivers].into_iter().flatten() {
        for header in headers(&file.inputs, &file.params)? {
            if header.names().iter().any(|name| name == by) {
                return Ok(Dimension::OfRow(by));
            }
            names.extend_from_slice(header.names());
        }
    }
    names.sort_unstable();
    names.dedup();
    let near = nearest(by, names.iter().map(String::as_str));
    Err(Error::usage(format!("no file has a column `{by}`")).hint(format!("the nearest are {}", list(&near))))
}

/// Customers of the customers' file and of transactions; of the activity log where there is neither.
fn known_customers(files: &Files<'_>, logs: &[(&'static str, &File, Plan)], progress: &dyn Progress) -> Result<Keys> {
    let mut collected = Vec::new();
    let only_activities = files.customers.is_none() && files.transactions.is_none();
    for (name, file, _) in logs {
        if *name == "transactions" || only_activities {
            let scanned = scan(&file.inputs, &Wanted::id(CUSTOMER_ID), &file.params, progress, || Collect::of(None))?;
            collected.push(scanned.output);
        }
    }
    let listed = files.customers.map(Customers::ids);
    let all = listed.into_iter().chain(&collected);
    let keys = Keys::sorted(all.flat_map(Texts::iter));
    if keys.ids.is_empty() {
        return Err(Error::data("no file has a customer").hint("name customers, transactions or activities"));
    }
    Ok(keys)
}

/// Other objects than customers, and the object of each customer where the customers' file has the dimension.
fn objects(
    dimension: &Dimension<'_>,
    customers: &Keys,
    files: &Files<'_>,
    logs: &[(&'static str, &File, Plan)],
    progress: &dyn Progress,
) -> Result<(Option<Keys>, Option<Vec<u32>>)> {
    match dimension {
        Dimension::Customer => Ok((None, None)),
        Dimension::OfCustomer(values) => {
            let table = files.customers.expect("a dimension of customers comes from their file");
            // A customer of the transactions alone has no value.
            let mut of_customer: Vec<&[u8]> = vec![b""; customers.ids.len()];
            for (id, value) in table.ids().iter().zip(values.iter()) {
                let customer = customers.find(id).expect("every listed customer is known");
                of_customer[customer as usize] = value;
            }
            let keys = Keys::sorted(of_customer.iter().copied());
            let objects = of_customer.iter().map(|value| keys.find(value).expect("every value is a key")).collect();
            Ok((Some(keys), Some(objects)))
        }
        Dimension::OfRow(_) => {
            let mut collected = Vec::new();
            for (_, file, plan) in logs {
                if let Some(column) = plan.dimension {
                    let scanned =
                        scan(&file.inputs, &plan.wanted, &file.params, progress, || Collect::of(Some(column)))?;
                    collected.push(scanned.output);
                }
            }
            Ok((Some(Keys::sorted(collected.iter().flat_map(Texts::iter))), None))
        }
    }
}

/// The first and last day of the period, or of the transactions where the period is open.
fn days_of_period(period: Period, transactions: Option<&File>, progress: &dyn Progress) -> Result<Option<(Day, Day)>> {
    if let (Some(from), Some(to)) = (period.from, period.to) {
        if to < from {
            return Err(Error::usage(format!("the period ends on {to}, before it begins on {from}")));
        }
        return Ok(Some((from, to)));
    }
    let Some(file) = transactions else { return Ok(None) };
    let seen =
        scan(&file.inputs, &Wanted::id(CUSTOMER_ID).date(DATE), &file.params, progress, Collect::default)?.receipt;
    let days = seen.first_date.zip(seen.last_date);
    Ok(days.map(|(first, last)| (period.from.unwrap_or(first), period.to.unwrap_or(last))).filter(|(a, b)| a <= b))
}

#[allow(clippy::too_many_arguments)]
fn customer_drivers(
    table: Option<&Customers>,
    customers: &Keys,
    object_of: &dyn Fn(usize) -> u32,
    model: &Model,
    measures: &Measures,
    period: Period,
    cells: &Cells,
    own: &mut Own,
) {
    const ONE: i128 = 1_000_000;
    let mut rows: Vec<Option<usize>> = vec![None; customers.ids.len()];
    if let Some(table) = table {
        for (row, id) in table.ids().iter().enumerate() {
            rows[customers.find(id).expect("every listed customer is known") as usize] = Some(row);
        }
    }
    for (position, measure) in measures.iter().enumerate() {
        let Driver::Customers(what) = &measure.driver else { continue };
        // Money is held in minor units, and a time equation of customers is a constant.
        let (factor, divisor) = match &measure.equation_of {
            Some(activity) => {
                let time = model.activities[activity].time.as_ref().expect("an equation's activity has a time");
                (time.equation.compile().and_then(|equation| equation.evaluate(|_| 0)).unwrap_or(0), 1)
            }
            None if measure.money => (1, 10_i128.pow(6 - measure.decimals.min(6))),
            None => (1, 1),
        };
        for (customer, row) in rows.iter().enumerate() {
            let value: i128 = match (what.as_str(), table.zip(*row)) {
                ("one", _) => ONE,
                (_, None) => 0,
                ("active_months", Some((table, row))) => i128::from(active_months(table, row, period)) * ONE,
                ("new", Some((table, row))) => {
                    let first = table.first_date.as_ref().and_then(|dates| dates[row]);
                    if first.is_some_and(|first| period.contains(first)) { ONE } else { 0 }
                }
                (column, Some((table, row))) => table.numbers(column)[row].into(),
            };
            if value != 0 {
                cells.add(own, Some(object_of(customer)), position, value * factor / divisor);
            }
        }
    }
}

/// Calendar months of the period in which the customer was one.
fn active_months(table: &Customers, row: usize, period: Period) -> i64 {
    let date = |dates: &Option<Vec<Option<Day>>>| dates.as_ref().and_then(|dates| dates[row]);
    let from = [period.from, date(&table.first_date)].into_iter().flatten().max();
    let to = [period.to, date(&table.end_date)].into_iter().flatten().min();
    match (from, to) {
        (Some(from), Some(to)) if from <= to => {
            let month = |day: Day| i64::from(day.date().year()) * 12 + i64::from(day.date().month());
            month(to) - month(from) + 1
        }
        _ => 0,
    }
}

fn take_facts(
    quantities: &Quantities,
    at: Facts4,
    objects: usize,
    day_sets: Option<&DaySets>,
    period: Period,
    days: Option<(Day, Day)>,
) -> Result<Facts> {
    let column = |measure: usize| -> Result<Vec<i64>> {
        (0..objects)
            .map(|object| {
                i64::try_from(quantities.get(object, measure))
                    .map_err(|_| Error::data("the revenue of one customer is too large to be money"))
            })
            .collect()
    };
    let whole = period.days().or_else(|| days.and_then(|(first, last)| u32::try_from(last.0 - first.0 + 1).ok()));
    Ok(Facts {
        revenue: column(at.revenue)?,
        discounts: column(at.discounts)?,
        refunds: column(at.refunds)?,
        units: column(at.units)?,
        active_days: vec![whole.unwrap_or(0); objects],
        purchase_days: day_sets.map_or_else(|| vec![0; objects], |sets| sets.counts(objects)),
    })
}

/// Days of the period on which each customer was one; the whole period where no date says otherwise.
fn active_days(table: &Customers, customers: &Keys, period: Period, days: Option<(Day, Day)>) -> Vec<u32> {
    let Some((first, last)) = days.or(period.from.zip(period.to)) else { return vec![0; customers.ids.len()] };
    let mut active = vec![u32::try_from(last.0 - first.0 + 1).unwrap_or(0); customers.ids.len()];
    for (row, id) in table.ids().iter().enumerate() {
        let date = |dates: &Option<Vec<Option<Day>>>| dates.as_ref().and_then(|dates| dates[row]);
        let from = date(&table.first_date).map_or(first, |date| date.max(first));
        let to = date(&table.end_date).map_or(last, |date| date.min(last));
        let customer = customers.find(id).expect("every listed customer is known");
        active[customer as usize] = u32::try_from(to.0 - from.0 + 1).unwrap_or(0);
    }
    active
}

fn kept(table: &Customers, customers: &Keys, model: &Model) -> Result<Headings> {
    let mut kept = Vec::new();
    for name in &model.keep {
        let column = table.column(name).ok_or_else(|| {
            let near = nearest(name, table.column_names().iter().map(String::as_str));
            Error::usage(format!("`model.keep` names `{name}`, which the customers' file does not have"))
                .at(Location::file(&model.file))
                .hint(format!("the nearest are {}", list(&near)))
        })?;
        let mut values: Vec<&[u8]> = vec![b""; customers.ids.len()];
        for (id, value) in table.ids().iter().zip(column.iter()) {
            values[customers.find(id).expect("every listed customer is known") as usize] = value;
        }
        kept.push((name.clone(), values.into_iter().collect()));
    }
    Ok(kept)
}
