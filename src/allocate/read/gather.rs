//! All files of a run, read in the order in which they need each other.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::cells::{Cells, Own};
use super::customers::Customers;
use super::dimensions::{Dimensions, KeyOfRow, objects, values_of};
use super::keys::{Collect, Keys, Period};
use super::plan::{Kind, Plan, plan};
use super::rows::{Objects, Rows, Shared};
use super::{DaySets, Facts4, File, Stranger, Unasked};
use crate::allocate::exact::{QUANTITY_DECIMALS, SHARE_DECIMALS};
use crate::allocate::model::{Driver, Model};
use crate::allocate::usage::{Facts, LooseRevenue, Measure, Measures, Quantities, Usage};
use crate::columns::{CUSTOMER_ID, DATE};
use crate::progress::Progress;
use crate::scan::{Policies, Receipt, Rejects, Texts, Wanted, scan, scan_shared};
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

impl Files<'_> {
    /// What is decided about the ids of all files alike.
    fn policies(&self) -> Option<&Policies> {
        let logs = [self.transactions, self.activities, self.drivers].into_iter().flatten();
        self.customers.map(Customers::policies).or_else(|| logs.map(|file| &file.params.policies).next())
    }
}

/// What the files say, and what they say about nobody.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Objects of cost with all their quantities.
    pub usage: Usage,
    /// What the keys are: `customer_id`, or the columns asked for; [`parts_of_key`](super::parts_of_key) takes a key of several
    /// apart.
    pub dimensions: Vec<String>,
    /// Rows of the activity log by names that no activity has as its driver.
    pub no_activity: BTreeMap<String, Unasked>,
    /// Rows of the driver file by names that no activity has as its driver.
    pub no_driver: BTreeMap<String, Unasked>,
    /// Customers that no file has.
    pub no_customer: BTreeMap<String, Stranger>,
    /// Rows of logs that lack a column asked for, by log.
    pub no_column: BTreeMap<&'static str, u64>,
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

/// Reads transactions, activities, customers and driver files into the usage of a run.
///
/// # Definition
/// A customer is known who stands in the customers' file or has a transaction; without either file, everybody with an
/// activity is. Rows outside the period are set aside. With `by`, the objects of cost are the values of those columns: of the
/// customers' file, or else of the rows themselves.
/// # Errors
/// `ErrorKind::Usage` for a driver whose file or column is missing; `ErrorKind::Data` for rows that cannot be used.
pub fn gather(
    files: Files<'_>,
    model: &Model,
    measures: &Measures,
    period: Period,
    by: &[String],
    progress: &dyn Progress,
) -> Result<Gathered> {
    drivers_have_files(&files, model)?;
    let dimensions = Dimensions::find(&files, by)?;
    let of_rows = dimensions.of_rows();
    let logs: Vec<(&'static str, &File, Plan)> = [
        ("transactions", files.transactions, Kind::Transactions),
        ("activities", files.activities, Kind::Activities),
        ("drivers", files.drivers, Kind::Drivers),
    ]
    .into_iter()
    .filter_map(|(name, file, kind)| {
        let file = file?;
        Some(plan(file, kind, model, measures, &of_rows).map(|plan| (name, file, plan)))
    })
    .collect::<Result<_>>()?;
    let customers = known_customers(&files, &logs, progress)?;
    let keys_of_rows: Vec<Option<KeyOfRow<'_>>> =
        logs.iter().map(|(_, _, plan)| dimensions.key_of_row(&customers, files.customers, plan)).collect();
    let (keys, of_customer) = objects(&dimensions, &customers, files.customers, &logs, &keys_of_rows, progress)?;
    let objects = keys.as_ref().map_or(customers.ids.len(), |keys| keys.ids.len());

    let facts_at = measures.len();
    let facts = Facts4 { revenue: facts_at, discounts: facts_at + 1, refunds: facts_at + 2, units: facts_at + 3 };
    let width = measures.len() + 4;
    let cells = Cells::new(objects, width);
    let days = days_of_period(period, files.transactions, progress)?;
    let day_sets = days.map(|(first, last)| DaySets::new(objects, first, (last.0 - first.0 + 1) as usize));
    let mut own = Own::new(width);
    let mut without_column = BTreeSet::new();
    let names = if by.is_empty() { vec![CUSTOMER_ID.name.to_owned()] } else { by.to_vec() };
    let mut gathered = Gathered { dimensions: names, days, ..Gathered::default() };
    for ((name, file, plan), key) in logs.iter().zip(&keys_of_rows) {
        let transactions = *name == "transactions";
        let shared = Shared {
            plan,
            objects: match (&keys, &of_customer, key) {
                (None, ..) => Objects::Customers(&customers),
                (Some(_), Some(of), _) => Objects::Of(&customers, of),
                (Some(keys), None, Some(key)) => Objects::Rows(keys, key),
                (Some(_), None, None) => Objects::None,
            },
            cells: &cells,
            facts: transactions.then_some(facts),
            purchase_days: if transactions { day_sets.as_ref() } else { None },
            period,
            currency: model.currency.clone().unwrap_or_default(),
        };
        let of_this_log = plan.measures.iter().copied().chain(if transactions { facts_at..width } else { 0..0 });
        let begun = Cell::new(false);
        let anew = || {
            // Where the files are read once more, what the first reading added goes.
            if begun.replace(true) {
                cells.forget(of_this_log.clone());
                day_sets.iter().filter(|_| transactions).for_each(DaySets::clear);
            }
            || Rows::new(&shared, width)
        };
        let scanned = scan_shared(&file.inputs, &plan.wanted, &file.params, progress, anew)?;
        let left = scanned.output;
        cells.merge(&mut own, left.own);
        match plan.kind {
            Kind::Drivers => gathered.no_driver = left.unasked,
            Kind::Activities | Kind::Transactions => gathered.no_activity.extend(left.unasked),
        }
        for (customer, stranger) in left.strangers {
            gathered.no_customer.entry(customer).or_default().add(stranger);
        }
        if matches!(shared.objects, Objects::None) {
            without_column.extend(&plan.measures);
        }
        if left.without_column > 0 {
            gathered.no_column.insert(name, left.without_column);
        }
        gathered.receipts.insert(name, scanned.receipt);
        gathered.rejects.insert(name, scanned.rejects);
    }
    if of_rows.is_empty() {
        let objects = of_customer.as_deref();
        let of_customers = OfCustomers { files: &files, customers: &customers, objects, model, period, cells: &cells };
        of_customers.add(measures, &mut own)?;
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
        without_column,
        months: period.months(),
        ids: Texts::default(),
    };
    if let (Some(table), []) = (files.customers, &dimensions.names[..]) {
        gathered.usage.facts.active_days = active_days(table, &customers, period, days);
        gathered.kept = kept(table, &customers, model)?;
    }
    if let Some(customers) = files.customers {
        gathered.rejects.insert("customers", customers.rejects().clone());
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
            Driver::Percentages(_) | Driver::None => continue,
        };
        if missing {
            return Err(Error::usage(format!(
                "the activity `{name}` is driven by `{}`, but there is no such file",
                activity.driver
            ))
            .at(activity.at.of("driver").clone())
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
            .at(activity.at.of("driver").clone())
            .hint("give the customers' file a column `first_date`"));
        }
    }
    Ok(())
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

/// The quantities that no log tells: of customers, and the percentages of the model.
struct OfCustomers<'g> {
    files: &'g Files<'g>,
    customers: &'g Keys,
    /// The object of each customer, where it is not the customer itself.
    objects: Option<&'g [u32]>,
    model: &'g Model,
    period: Period,
    cells: &'g Cells,
}

impl OfCustomers<'_> {
    fn add(&self, measures: &Measures, own: &mut Own) -> Result<()> {
        for (position, measure) in measures.iter().enumerate() {
            match &measure.driver {
                Driver::Customers(what) => self.add_counts(what, position, measure, own)?,
                Driver::Percentages(activity) => self.add_percentages(activity, position, own),
                _ => {}
            }
        }
        Ok(())
    }

    fn object(&self, customer: usize) -> u32 {
        self.objects.map_or(customer as u32, |objects| objects[customer])
    }

    fn add_counts(&self, what: &str, position: usize, measure: &Measure, own: &mut Own) -> Result<()> {
        let table = self.files.customers;
        let mut rows: Vec<Option<usize>> = vec![None; self.customers.ids.len()];
        for (row, id) in table.iter().flat_map(|table| table.ids().iter().enumerate()) {
            rows[self.customers.find(id).expect("every listed customer is known") as usize] = Some(row);
        }
        // Money is held in minor units, and a time equation of customers is a constant.
        let one = 10_i128.pow(if measure.money { measure.decimals } else { QUANTITY_DECIMALS });
        let time = match &measure.equation_of {
            Some(activity) => {
                let time = self.model.activities[activity].time.as_ref().expect("an equation's activity has a time");
                let equation = time.equation.compile().expect("a checked equation compiles");
                let each = equation.evaluate(|_| 0);
                Some((each, activity, &time.at))
            }
            None => None,
        };
        for (customer, row) in rows.iter().enumerate() {
            let value: i128 = match (what, table.zip(*row)) {
                ("one", _) => one,
                (_, None) => 0,
                ("active_months", Some((table, row))) => i128::from(active_months(table, row, self.period)) * one,
                ("new", Some((table, row))) => {
                    let first = table.first_date.as_ref().and_then(|dates| dates[row]);
                    if first.is_some_and(|first| self.period.contains(first)) { one } else { 0 }
                }
                (column, Some((table, row))) => table.numbers(column, measure.money)[row].into(),
            };
            let used = match time {
                None => value,
                Some((each, activity, at)) => {
                    each.and_then(|each| value.checked_mul(each)).ok_or_else(|| time_too_large(activity, at))?
                }
            };
            if used != 0 {
                self.cells.add(own, Some(self.object(customer)), position, used);
            }
        }
        Ok(())
    }

    /// Customers are written in the model as they are in the files, so their names are folded alike.
    fn add_percentages(&self, activity: &str, position: usize, own: &mut Own) {
        let scale = BigRational::from_integer(num_bigint::BigInt::from(10).pow(SHARE_DECIMALS));
        for (customer, share) in &self.model.activities[activity].percentages {
            let name =
                self.files.policies().map_or(Cow::Borrowed(customer.as_str()), |policies| policies.customer(customer));
            let object = self.customers.find(name.as_bytes()).map(|customer| self.object(customer as usize));
            let whole = (share * &scale).round().to_integer().to_i128().expect("a share is at most one");
            self.cells.add(own, object, position, whole);
        }
    }
}

fn time_too_large(activity: &str, at: &Location) -> Error {
    Error::data(format!("the time of `{activity}` is too large")).at(at.clone())
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
    for (name, at) in &model.keep {
        let column = table.column(name).ok_or_else(|| {
            Error::usage(format!("`model.keep` names `{name}`, which the customers' file does not have"))
                .at(at.clone())
                .hint_nearest(name, table.column_names().iter().map(String::as_str))
        })?;
        kept.push((name.clone(), values_of(column, customers, table).into_iter().collect()));
    }
    Ok(kept)
}
