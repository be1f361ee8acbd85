//! A run as frames: profits by customer, the reconciliation, activities, detail, and what stands behind them.

use std::collections::BTreeSet;
use std::ops::Range;

use num_rational::BigRational;
use polars::prelude::{Column, DataFrame};

use super::stages::reaches_customers;
use super::{ActivityCost, Change, Comparison, Gathered, Model, Reason, Run, SpreadCost, WorkUnit, parts_of_key};
use crate::money::Currency;
use crate::tables::build::{constant, counts, dates, frame, money, numbers, text};
use crate::{Error, Result};

fn currency(model: &Model) -> Currency {
    model.currency.clone().unwrap_or_default()
}

/// The nearest floating-point number, for tables; never NaN or infinite.
fn to_f64(value: &BigRational) -> f64 {
    num_traits::ToPrimitive::to_f64(value).filter(|float| float.is_finite()).unwrap_or(f64::MAX)
}

/// A rational of minor units as units of the currency.
fn units(value: &BigRational, currency: &Currency) -> f64 {
    to_f64(&(value / BigRational::from_integer(currency.minor_units().into())))
}

fn ratio(numerator: i128, denominator: i128) -> Option<f64> {
    if denominator > 0 { Some(numerator as f64 / denominator as f64) } else { None }
}

/// A table whose columns are named by the user as well.
///
/// # Errors
/// `ErrorKind::Usage` where two of them have one name.
fn named_by_users(columns: Vec<Column>) -> Result<DataFrame> {
    let twice = |(place, column): (usize, &Column)| {
        columns[..place].iter().any(|other| other.name() == column.name()).then(|| column.name().to_string())
    };
    match columns.iter().enumerate().find_map(twice) {
        None => Ok(frame(columns)),
        Some(name) => Err(Error::usage(format!("two columns of the result would be named `{name}`"))
            .hint("rename the column in your file, or the activity in the model")),
    }
}

/// A column of each dimension, for the objects given.
fn keys(gathered: &Gathered, objects: impl Iterator<Item = usize> + Clone) -> Vec<Column> {
    columns_of_keys(&gathered.dimensions, objects.map(|object| gathered.usage.ids.get(object)))
}

fn columns_of_keys<'k>(dimensions: &[String], keys: impl Iterator<Item = &'k [u8]> + Clone) -> Vec<Column> {
    let part = |number: usize, key: &'k [u8]| {
        String::from_utf8_lossy(parts_of_key(key, dimensions.len()).nth(number).unwrap_or_default())
    };
    let column = |(number, name): (usize, &String)| text(name, keys.clone().map(|key| Some(part(number, key))));
    dimensions.iter().enumerate().map(column).collect()
}

/// The profit and loss of each customer, or of each value of other dimensions.
///
/// # Shape
/// One row each: `customer_id` (or the dimensions), `revenue`, `discounts`, `refunds`, `net_revenue`, `direct_cost`,
/// `unit_cost`, `transaction_cost`, `relationship_cost`, `selling_cost`, `cost_to_serve`, `profit`, `profit_margin` (of net
/// revenue, empty where that is zero or less), `acquisition_cost`, `period_start`, `period_end`, `active_days`,
/// `purchase_days`, `cost_to_serve_ratio` (of net revenue); the columns that the model keeps; with full cost
/// `enterprise_cost`, `unused_capacity_cost`, `full_cost_profit`.
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn customers(model: &Model, run: &Run, full_cost: Option<&SpreadCost>) -> Result<DataFrame> {
    let currency = &currency(model);
    let (usage, profits) = (&run.gathered.usage, &run.profits);
    let facts = &usage.facts;
    let objects = usage.ids.len();
    let each = |name: &str, figure: &dyn Fn(usize) -> i128| {
        money(name, (0..objects).map(|object| Some(figure(object))), currency)
    };
    let net = |object: usize| facts.net_revenue(object);
    let profit = |object: usize| profits.profit(usage, object);
    let day = |day: Option<crate::time::Day>| std::iter::repeat_n(day, objects);
    let mut columns = keys(&run.gathered, 0..objects);
    columns.extend([
        each("revenue", &|object| facts.revenue[object].into())?,
        each("discounts", &|object| facts.discounts[object].into())?,
        each("refunds", &|object| facts.refunds[object].into())?,
        each("net_revenue", &net)?,
        each("direct_cost", &|object| profits.direct_cost[object])?,
        each("unit_cost", &|object| profits.unit_cost[object])?,
        each("transaction_cost", &|object| profits.transaction_cost[object])?,
        each("relationship_cost", &|object| profits.relationship_cost[object])?,
        each("selling_cost", &|object| profits.selling_cost[object])?,
        each("cost_to_serve", &|object| profits.cost_to_serve(object))?,
        each("profit", &profit)?,
        numbers("profit_margin", (0..objects).map(|object| ratio(profit(object), net(object)))),
        each("acquisition_cost", &|object| profits.acquisition_cost[object])?,
        dates("period_start", day(run.gathered.days.map(|days| days.0))),
        dates("period_end", day(run.gathered.days.map(|days| days.1))),
        counts("active_days", facts.active_days.iter().map(|days| Some(u64::from(*days)))),
        counts("purchase_days", facts.purchase_days.iter().map(|days| Some(u64::from(*days)))),
        numbers("cost_to_serve_ratio", (0..objects).map(|object| ratio(profits.cost_to_serve(object), net(object)))),
    ]);
    for (name, values) in &run.gathered.kept {
        columns.push(text(name, (0..objects).map(|object| Some(values.show(object)))));
    }
    if let Some(spread) = full_cost {
        columns.push(each("enterprise_cost", &|object| spread.enterprise[object])?);
        columns.push(each("unused_capacity_cost", &|object| spread.unused_capacity[object])?);
        columns.push(each("full_cost_profit", &|object| {
            profit(object) - spread.enterprise[object] - spread.unused_capacity[object]
        })?);
    }
    named_by_users(columns)
}

/// The reconciliation: `line`, `amount`.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn reconciliation(model: &Model, run: &Run) -> Result<DataFrame> {
    let lines = &run.reconciliation.lines;
    Ok(frame(vec![
        text("line", lines.iter().map(|line| Some(&line.line))),
        money("amount", lines.iter().map(|line| Some(line.amount)), &currency(model))?,
    ]))
}

/// What each activity costs, the dearest first: where to re-engineer.
///
/// # Shape
/// One row an activity: `rank`, `activity`, `level`, `method`, `cost`, `cost_share` (of all activities), `quantity` (units of
/// the driver or its time), `rate` (units of the currency per unit), `driver_quantity`, `cost_per_driver`,
/// `practical_capacity`, `rate_base` (what the rate is reckoned on; empty where it is given), `other_rate` (the budget's where the ledger's was charged,
/// and the other way round), `to_customers`, `unassigned`, `unused_capacity` (negative: over-driven), `rate_variance`,
/// `enterprise`, `other_objects`, `customers` (reached), `shared_pool` (whose time it shares), `rule`.
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn activities(model: &Model, run: &Run) -> Result<DataFrame> {
    let currency = &currency(model);
    let mut ranked: Vec<&ActivityCost> = run.allocation.activities.iter().collect();
    ranked.sort_by(|one, other| other.cost.cmp(&one.cost).then_with(|| one.name.cmp(&other.name)));
    let all: i128 = ranked.iter().map(|activity| activity.cost).sum();
    let each = |name: &str, figure: &dyn Fn(&ActivityCost) -> i128| {
        money(name, ranked.iter().map(|activity| Some(figure(activity))), currency)
    };
    let rate = |value: &Option<BigRational>| value.as_ref().map(|rate| units(rate, currency));
    let pool = |activity: &ActivityCost| activity.shared_pool.clone();
    Ok(frame(vec![
        counts("rank", (1..=ranked.len() as u64).map(Some)),
        text("activity", ranked.iter().map(|activity| Some(&activity.name))),
        text("level", ranked.iter().map(|activity| Some(activity.level.name()))),
        text("method", ranked.iter().map(|activity| Some(activity.method.name()))),
        each("cost", &|activity| activity.cost)?,
        numbers("cost_share", ranked.iter().map(|activity| ratio(activity.cost, all))),
        numbers("quantity", ranked.iter().map(|activity| Some(to_f64(&activity.quantity)))),
        numbers("rate", ranked.iter().map(|activity| rate(&activity.rate))),
        numbers("driver_quantity", ranked.iter().map(|activity| Some(to_f64(&activity.driver_quantity)))),
        numbers("cost_per_driver", ranked.iter().map(|activity| cost_per_driver(activity, currency))),
        numbers("practical_capacity", ranked.iter().map(|activity| activity.capacity.as_ref().map(to_f64))),
        numbers("rate_base", ranked.iter().map(|activity| activity.rate_base.as_ref().map(to_f64))),
        numbers("other_rate", ranked.iter().map(|activity| rate(&activity.other_rate))),
        each("to_customers", &|activity| activity.to_customers)?,
        each("unassigned", &|activity| activity.unassigned)?,
        each("unused_capacity", &|activity| activity.unused)?,
        each("rate_variance", &|activity| activity.variance)?,
        each("enterprise", &|activity| activity.enterprise)?,
        each("other_objects", &|activity| activity.other_object.as_ref().map_or(0, |(_, amount)| *amount))?,
        counts("customers", ranked.iter().map(|activity| Some(customers_reached(activity)))),
        text("shared_pool", ranked.iter().map(|activity| pool(activity))),
        text("rule", ranked.iter().map(|activity| Some(&activity.rule))),
    ]))
}

fn cost_per_driver(activity: &ActivityCost, currency: &Currency) -> Option<f64> {
    let zero = BigRational::from_integer(0.into());
    let charged = activity.rate.as_ref()? * &activity.quantity;
    (activity.driver_quantity != zero).then(|| units(&(charged / &activity.driver_quantity), currency))
}

fn customers_reached(activity: &ActivityCost) -> u64 {
    activity.amounts.iter().filter(|amount| **amount != 0).count() as u64
}

/// Every charge of every activity to every customer.
///
/// # Shape
/// One row a customer and activity that has a quantity or an amount, by customer and activity in byte order:
/// `customer_id` (or the dimensions), `activity`, `level`, `quantity`, `rate` (units of the currency per unit), `amount`, `rule`,
/// `driver_quantity` (before the time equation), `rate_base`, `unit` (of quantities in time: `minutes` or `hours`).
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn detail(model: &Model, run: &Run) -> Result<DataFrame> {
    detail_of(model, run, 0..run.gathered.usage.ids.len())
}

/// The same table in parts of some customers each, since it has a row for each of them and each activity.
pub fn detail_in_parts(model: &Model, run: &Run) -> impl Iterator<Item = Result<DataFrame>> {
    let objects = run.gathered.usage.ids.len();
    // One part at least, which has the columns.
    let starts = (0..objects.max(1)).step_by(DETAIL_PART);
    starts.map(move |start| detail_of(model, run, start..objects.min(start + DETAIL_PART)))
}

/// How many customers a part of the detail has: few enough to hold it easily, enough for all threads to write.
const DETAIL_PART: usize = 16_384;

fn detail_of(model: &Model, run: &Run, objects: Range<usize>) -> Result<DataFrame> {
    let currency = &currency(model);
    let usage = &run.gathered.usage;
    let reached: Vec<&ActivityCost> = run.allocation.activities.iter().filter(|a| !a.amounts.is_empty()).collect();
    let scale = |decimals: u32| 10_f64.powi(decimals as i32);
    let quantity = |measure: Option<(usize, u32)>, object: usize| {
        // A quantity within 2^53 of its smallest decimal is exact up to this one division.
        measure.map(|(measure, decimals)| usage.quantities.get(object, measure) as f64 / scale(decimals))
    };
    let rows: Vec<(usize, &ActivityCost)> = objects
        .flat_map(|object| reached.iter().map(move |activity| (object, *activity)))
        .filter(|(object, activity)| {
            activity.amounts[*object] != 0
                || activity.measure.is_some_and(|(measure, _)| usage.quantities.get(*object, measure) != 0)
        })
        .collect();
    let rate = |activity: &ActivityCost| activity.rate.as_ref().map(|rate| units(rate, currency));
    let mut columns = keys(&run.gathered, rows.iter().map(|(object, _)| *object));
    columns.extend([
        text("activity", rows.iter().map(|(_, activity)| Some(&activity.name))),
        text("level", rows.iter().map(|(_, activity)| Some(activity.level.name()))),
        numbers("quantity", rows.iter().map(|(object, activity)| quantity(activity.measure, *object))),
        numbers("rate", rows.iter().map(|(_, activity)| rate(activity))),
        money("amount", rows.iter().map(|(object, activity)| Some(activity.amounts[*object].into())), currency)?,
        text("rule", rows.iter().map(|(_, activity)| Some(&activity.rule))),
        numbers("driver_quantity", rows.iter().map(|(object, activity)| quantity(activity.driver_measure, *object))),
        numbers("rate_base", rows.iter().map(|(_, activity)| activity.rate_base.as_ref().map(to_f64))),
        text("unit", rows.iter().map(|(_, activity)| activity.unit.map(WorkUnit::name))),
    ]);
    named_by_users(columns)
}

/// One column an activity with its amount, one row a customer.
///
/// # Shape
/// Every activity that can reach customers has a column, of zeros where nothing was charged, so that the tables of several
/// periods have the same columns.
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn wide(model: &Model, run: &Run) -> Result<DataFrame> {
    let currency = &currency(model);
    let usage = &run.gathered.usage;
    let mut columns = keys(&run.gathered, 0..usage.ids.len());
    let reaching = |activity: &&ActivityCost| reaches_customers(&model.activities[&activity.name]);
    for activity in run.allocation.activities.iter().filter(reaching) {
        let amount = |object: usize| Some(activity.amounts.get(object).copied().map_or(0, i128::from));
        let amounts = (0..usage.ids.len()).map(amount);
        columns.push(money(&activity.name, amounts, currency)?);
    }
    named_by_users(columns)
}

/// Pools and services with their whole cost, and the capacity of pools whose time is shared.
///
/// # Shape
/// `stage`, `kind` (`pool`, `service`), `own_cost`, `whole_cost` (with what services passed on), `unit`, `practical_capacity`,
/// `used`, `rate`, `unused_capacity` (negative: over-driven), `rate_variance`.
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn stages(model: &Model, run: &Run) -> Result<DataFrame> {
    let currency = &currency(model);
    let stages = &run.allocation.stage_costs;
    let shared =
        |name: &str, is_service: bool| run.allocation.shared_pools.iter().find(|pool| !is_service && pool.name == name);
    let pools: Vec<_> = stages.iter().map(|stage| shared(&stage.name, stage.is_service)).collect();
    Ok(frame(vec![
        text("stage", stages.iter().map(|stage| Some(&stage.name))),
        text("kind", stages.iter().map(|stage| Some(if stage.is_service { "service" } else { "pool" }))),
        money("own_cost", stages.iter().map(|stage| Some(stage.own)), currency)?,
        numbers("whole_cost", stages.iter().map(|stage| Some(units(&stage.whole, currency)))),
        text("unit", pools.iter().map(|pool| pool.map(|pool| pool.unit.name()))),
        numbers("practical_capacity", pools.iter().map(|pool| pool.map(|pool| to_f64(&pool.capacity)))),
        numbers("used", pools.iter().map(|pool| pool.map(|pool| to_f64(&pool.used)))),
        numbers("rate", pools.iter().map(|pool| pool.map(|pool| units(&pool.rate, currency)))),
        money("unused_capacity", pools.iter().map(|pool| pool.map(|pool| pool.unused)), currency)?,
        money("rate_variance", pools.iter().map(|pool| pool.map(|pool| pool.variance)), currency)?,
    ]))
}

/// The accounts behind each activity: `activity`, `pool`, `account`, `cost_centre`, `amount`.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn sources(model: &Model, run: &Run) -> Result<DataFrame> {
    let sources = &run.allocation.sources;
    Ok(frame(vec![
        text("activity", sources.iter().map(|source| Some(&source.activity))),
        text("pool", sources.iter().map(|source| Some(&source.pool))),
        text("account", sources.iter().map(|source| Some(&source.account))),
        text("cost_centre", sources.iter().map(|source| Some(&source.cost_centre))),
        money("amount", sources.iter().map(|source| Some(source.amount)), &currency(model))?,
    ]))
}

/// What reached nobody, and what nobody asked for, as [`exceptions`](super::exceptions) defines it.
///
/// # Shape
/// `kind`, `name`, `rows` (empty for amounts of the ledger), `amount` (empty where the log does not say it).
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn exceptions(model: &Model, run: &Run) -> Result<DataFrame> {
    let found = super::exceptions(model, run);
    Ok(frame(vec![
        text("kind", found.iter().map(|one| Some(one.kind))),
        text("name", found.iter().map(|one| Some(&one.name))),
        counts("rows", found.iter().map(|one| one.rows)),
        money("amount", found.iter().map(|one| one.amount), &currency(model))?,
    ]))
}

/// What activities cost by each way of closing services: `activity`, `reciprocal`, `step_down`, `direct`; empty where a way
/// cannot be gone.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn methods(model: &Model, rows: &[(String, [Option<i128>; 3])]) -> Result<DataFrame> {
    let currency = &currency(model);
    let column = |name: &str, method: usize| money(name, rows.iter().map(|(_, costs)| costs[method]), currency);
    Ok(frame(vec![
        text("activity", rows.iter().map(|(name, _)| Some(name))),
        column("reciprocal", 0)?,
        column("step_down", 1)?,
        column("direct", 2)?,
    ]))
}

/// The company as it is and as it would be: `line`, `base`, `resources_stay`, `given_up`.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn comparison(model: &Model, lines: &[Comparison]) -> Result<DataFrame> {
    let currency = &currency(model);
    Ok(frame(vec![
        text("line", lines.iter().map(|line| Some(line.line))),
        money("base", lines.iter().map(|line| Some(line.base)), currency)?,
        money("resources_stay", lines.iter().map(|line| Some(line.resources_stay)), currency)?,
        money("given_up", lines.iter().map(|line| Some(line.given_up)), currency)?,
    ]))
}

/// Each customer in a what-if beside the run as it is: `customer_id` (or the dimensions), `base_cost_to_serve`, `cost_to_serve`,
/// `base_profit`, `profit`, `profit_change`; who is dropped has no cost and no profit any more, nor who stands in the files of the
/// other run alone.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn customer_changes(model: &Model, base: &Run, other: &Run, dropped: &BTreeSet<usize>) -> Result<DataFrame> {
    let currency = &currency(model);
    let [old, new] = [base, other].map(|run| &run.gathered.usage);
    // A what-if may read other files, and so have other customers.
    let mut keys: Vec<&[u8]> = old.ids.iter().chain(new.ids.iter()).collect();
    keys.sort_unstable();
    keys.dedup();
    let places: Vec<(Option<usize>, Option<usize>)> =
        keys.iter().map(|key| (old.find(key), new.find(key).filter(|object| !dropped.contains(object)))).collect();
    let each = |name: &str, figure: &dyn Fn(Option<usize>, Option<usize>) -> i128| {
        money(name, places.iter().map(|&(old, new)| Some(figure(old, new))), currency)
    };
    let cost = |run: &Run, place: Option<usize>| place.map_or(0, |object| run.profits.cost_to_serve(object));
    let profit =
        |run: &Run, place: Option<usize>| place.map_or(0, |object| run.profits.profit(&run.gathered.usage, object));
    let mut columns = columns_of_keys(&base.gathered.dimensions, keys.iter().copied());
    columns.extend([
        each("base_cost_to_serve", &|old, _| cost(base, old))?,
        each("cost_to_serve", &|_, new| cost(other, new))?,
        each("base_profit", &|old, _| profit(base, old))?,
        each("profit", &|_, new| profit(other, new))?,
        each("profit_change", &|old, new| profit(other, new) - profit(base, old))?,
    ]);
    named_by_users(columns)
}

/// The leaves of a customer's cost: `level`, `activity`, `pool`, `account`, `amount`; they sum to it.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn leaves(tree: &Reason, currency: &Currency) -> Result<DataFrame> {
    let mut rows: Vec<(Vec<&str>, i128)> = Vec::new();
    collect_leaves(tree, &mut Vec::new(), &mut rows);
    let column = |name: &str, at: usize| text(name, rows.iter().map(|(path, _)| path.get(at).copied()));
    Ok(frame(vec![
        column("level", 0),
        column("activity", 1),
        column("pool", 2),
        column("account", 3),
        money("amount", rows.iter().map(|(_, amount)| Some(*amount)), currency)?,
    ]))
}

fn collect_leaves<'t>(node: &'t Reason, path: &mut Vec<&'t str>, rows: &mut Vec<(Vec<&'t str>, i128)>) {
    if node.children.is_empty() {
        rows.push((path.clone(), node.amount));
    }
    for child in &node.children {
        path.push(&child.name);
        collect_leaves(child, path, rows);
        path.pop();
    }
}

/// What changed for a customer: `activity`, `before`, `after`, `change`, `quantity`, `mix`, `rate`, `capacity`; the last four
/// sum to the change.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn changes(changes: &[Change], currency: &Currency) -> Result<DataFrame> {
    let each = |name: &str, figure: fn(&Change) -> i128| {
        money(name, changes.iter().map(|change| Some(figure(change))), currency)
    };
    Ok(frame(vec![
        text("activity", changes.iter().map(|change| Some(&change.activity))),
        each("before", |change| change.before)?,
        each("after", |change| change.after)?,
        each("change", |change| change.after - change.before)?,
        each("quantity", |change| change.quantity)?,
        each("mix", |change| change.mix)?,
        each("rate", |change| change.rate)?,
        each("capacity", |change| change.capacity)?,
    ]))
}

/// A table of one of several periods, with `period_start` where it does not have it.
pub fn of_period(table: DataFrame, start: Option<crate::time::Day>) -> DataFrame {
    if table.column("period_start").is_ok() {
        return table;
    }
    let start = dates("period_start", std::iter::repeat_n(start, table.height()));
    frame(table.columns().iter().cloned().chain([start]).collect())
}

/// The same table for several periods, one after the other, with `period_start` where the table does not have it.
///
/// # Errors
/// `ErrorKind::Data` where the tables of the periods differ in their columns.
pub fn stacked(tables: Vec<(Option<crate::time::Day>, DataFrame)>) -> Result<DataFrame> {
    let several = tables.len() > 1;
    let mut all: Option<DataFrame> = None;
    for (start, table) in tables {
        let table = if several { of_period(table, start) } else { table };
        match &mut all {
            None => all = Some(table),
            Some(above) => {
                above.vstack_mut(&table).map_err(|error| {
                    crate::Error::data("the tables of two periods have different columns").caused_by(error)
                })?;
            }
        }
    }
    Ok(all.unwrap_or_else(|| frame(vec![constant("line", None, 0)])))
}
