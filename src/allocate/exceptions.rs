//! What reached nobody, and what nobody asked for: each with its amount.

use std::collections::BTreeMap;

use super::allocation::ActivityCost;
use super::model::{Driver, Model};
use super::run::Run;
use super::split::split_amount;

/// Something that reached nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// How many rows it stands for, where it is about rows.
    pub rows: Option<u64>,
    /// How much, in minor units, where it is known.
    pub amount: Option<i128>,
}

/// The exceptions of a run.
///
/// # Definition
/// ```text
/// unassigned                   cost of the ledger that reached nobody, with the reason; these sum to the unassigned
///                              lines of the reconciliation
/// customer that no file has    the part of that which stays unassigned because of it
/// log without a column         the part of that which stays unassigned because the log lacks a column asked for
/// event without an activity    what the events cost by themselves, where the log says it: no cost of the ledger
/// driver without an activity   rows of the driver file that no activity asks for
/// ```
pub fn exceptions(model: &Model, run: &Run) -> Vec<Exception> {
    let gathered = &run.gathered;
    let mut found = Vec::new();
    for line in &run.reconciliation.lines {
        if let Some(reason) = line.line.strip_prefix("cost: unassigned, ") {
            let name = reason.to_owned();
            found.push(Exception { kind: "unassigned", name, rows: None, amount: Some(line.amount) });
        }
    }
    let unasked =
        [("event without an activity", &gathered.no_activity), ("driver without an activity", &gathered.no_driver)];
    for (kind, names) in unasked {
        let one = |(name, unasked): (&String, &super::Unasked)| Exception {
            kind,
            name: name.clone(),
            rows: Some(unasked.rows),
            amount: unasked.amount,
        };
        found.extend(names.iter().map(one));
    }
    let (strangers, logs) = parts_of_nobody(model, run);
    for ((customer, stranger), amount) in gathered.no_customer.iter().zip(strangers) {
        let (name, rows) = (customer.clone(), Some(stranger.rows));
        found.push(Exception { kind: "customer that no file has", name, rows, amount: Some(amount) });
    }
    for (log, rows) in &gathered.no_column {
        let amount = logs.get(log).copied().unwrap_or(0);
        let name = (*log).to_owned();
        found.push(Exception { kind: "log without a column", name, rows: Some(*rows), amount: Some(amount) });
    }
    found
}

/// What stays unassigned because of each customer that no file has, and because of each log that lacks a column.
fn parts_of_nobody(model: &Model, run: &Run) -> (Vec<i128>, BTreeMap<&'static str, i128>) {
    let strangers = &run.gathered.no_customer;
    let mut amounts = vec![0; strangers.len()];
    let mut of_logs = BTreeMap::new();
    // An activity without amounts reached nobody at all, for a reason of its own.
    let reached = run.allocation.activities.iter().filter(|activity| !activity.amounts.is_empty());
    for activity in reached.filter(|activity| activity.unassigned != 0) {
        let Some((measure, _)) = activity.measure else { continue };
        let mut weights: Vec<i128> =
            strangers.values().map(|stranger| stranger.quantities.get(&measure).copied().unwrap_or(0)).collect();
        weights.push(run.gathered.usage.quantities.unknown(measure) - weights.iter().sum::<i128>());
        // Quantities that cancel out leave no shares to be told.
        let Ok(mut parts) = split_amount(activity.unassigned, &weights) else { continue };
        let rest = parts.pop().unwrap_or(0);
        if let Some(log) = log_of(model, activity).filter(|_| rest != 0) {
            *of_logs.entry(log).or_insert(0) += rest;
        }
        amounts.iter_mut().zip(parts).for_each(|(amount, part)| *amount += part);
    }
    (amounts, of_logs)
}

fn log_of(model: &Model, activity: &ActivityCost) -> Option<&'static str> {
    match model.activities.get(&activity.name)?.driver {
        Driver::Log { .. } => Some("activities"),
        Driver::Transactions(_) => Some("transactions"),
        Driver::File(_) => Some("drivers"),
        Driver::Customers(_) | Driver::Percentages(_) | Driver::None => None,
    }
}
