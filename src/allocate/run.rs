//! One run in one piece: what was read, what was allocated, and whether it reconciles.

use super::allocation::{Allocation, allocate_costs};
use super::ledger::Ledger;
use super::model::Model;
use super::profits::{Profits, Reconciliation, customer_profits, reconcile};
use super::read::Gathered;
use super::services::ServicesMethod;
use super::usage::Measures;
use crate::Result;

/// A run of a model on the files of one period.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the files say.
    pub gathered: Gathered,
    /// Where the cost went.
    pub allocation: Allocation,
    /// Profit by customer.
    pub profits: Profits,
    /// The ledger against all of it.
    pub reconciliation: Reconciliation,
}

impl Run {
    /// Allocates a ledger over what was gathered.
    ///
    /// # Errors
    /// As [`allocate_costs`].
    pub fn new(model: &Model, ledger: &Ledger, measures: &Measures, gathered: Gathered) -> Result<Self> {
        let allocation = allocate_costs(model, ledger, measures, &gathered.usage)?;
        let profits = customer_profits(&allocation, &gathered.usage);
        let reconciliation = reconcile(&allocation, &gathered.usage, &profits);
        Ok(Self { gathered, allocation, profits, reconciliation })
    }
}

/// What each activity costs by the three methods of closing services, in minor units; `None` where a method cannot.
///
/// # Shape
/// One row an activity, in byte order: its name, and its cost by [`ServicesMethod::ALL`] in that order.
pub fn compare_methods(
    model: &Model,
    ledger: &Ledger,
    measures: &Measures,
    gathered: &Gathered,
) -> Vec<(String, [Option<i128>; 3])> {
    let costs = ServicesMethod::ALL.map(|method| {
        let model = Model { services_method: method, ..model.clone() };
        allocate_costs(&model, ledger, measures, &gathered.usage).ok()
    });
    let cost = |run: &Option<Allocation>, name: &str| {
        let activities = &run.as_ref()?.activities;
        activities.iter().find(|activity| activity.name == name).map(|activity| activity.cost)
    };
    model.activities.keys().map(|name| (name.clone(), [0, 1, 2].map(|method| cost(&costs[method], name)))).collect()
}
