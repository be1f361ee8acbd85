//! What if: another model, or customers let go, beside the run as it is.
//!
//! Capacity that is no longer used costs what it cost before, until somebody gives it up. So every change has two
//! answers: the profit if the resources stay, and the profit if what is freed is really given up.

use std::collections::{BTreeMap, BTreeSet};

use super::allocation::{ActivityCost, Allocation};
use super::model::Level;
use super::profits::{enterprise, unused_capacity};
use super::run::Run;

/// One figure of the company, as it is and as it would be, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What it is.
    pub line: &'static str,
    /// As it is.
    pub base: i128,
    /// If the resources stay.
    pub resources_stay: i128,
    /// If what is freed is given up.
    pub given_up: i128,
}

/// The company under another model, without some customers, or both.
///
/// # Definition
/// ```text
/// looks like     : the losses (and profits) of those customers gone, everything else as it was
/// resources stay : their revenue and direct cost gone; what served them, and what the other model frees, now unused
/// given up       : no pool and no activity has more unused capacity than before; where less is unused, nothing is given up
/// ```
/// # Example
/// Of the five customers of the costing guide, letting D and E go looks like +6,937; profit falls from 10,000 to 500 if the
/// resources stay, and rises to 16,937 only if the 16,437 that served them are given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// Company figures beside each other.
    pub lines: Vec<Comparison>,
    /// What dropping the customers looks like: their profits with the sign turned.
    pub looks_like: i128,
    /// What is unused beyond what was before, and so could be given up.
    pub freed: i128,
}

/// The company as `base` has it beside what it is in `other`, without the customers given by their positions there.
pub fn what_if(base: &Run, other: &Run, dropped: &BTreeSet<usize>) -> WhatIf {
    let as_it_is = Company::of(base);
    let changed = Company::of(other);
    let sum = |figure: &dyn Fn(usize) -> i128| dropped.iter().map(|&object| figure(object)).sum::<i128>();
    let net_revenue = sum(&|object| other.gathered.usage.facts.net_revenue(object));
    let direct = sum(&|object| other.profits.direct_cost[object]);
    let served = sum(&|object| other.profits.cost_to_serve(object));
    let stay = Company {
        net_revenue: changed.net_revenue - net_revenue,
        direct: changed.direct - direct,
        to_serve: changed.to_serve - served,
        unused: changed.unused + served,
        ..changed
    };
    let freed = freed(&base.allocation, &other.allocation, dropped);
    let given_up = Company { unused: stay.unused - freed, ..stay };
    WhatIf { lines: compare(as_it_is, stay, given_up), looks_like: -(net_revenue - direct - served), freed }
}

/// What has a capacity: a pool whose time is shared, or an activity by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Resource<'a> {
    Pool(&'a str),
    Activity(&'a str),
}

impl<'a> Resource<'a> {
    fn of(activity: &'a ActivityCost) -> Self {
        activity.shared_pool.as_deref().map_or(Self::Activity(&activity.name), Self::Pool)
    }
}

/// Unused capacity by resource, in minor units.
fn unused(allocation: &Allocation) -> BTreeMap<Resource<'_>, i128> {
    let pools = allocation.shared_pools.iter().map(|pool| (Resource::Pool(&pool.name), pool.unused));
    let activities = allocation.activities.iter().filter(|activity| activity.shared_pool.is_none());
    pools.chain(activities.map(|activity| (Resource::Activity(&activity.name), activity.unused))).collect()
}

/// What is unused beyond what was before, resource by resource: hours of one department cannot be given up for those of another.
fn freed(base: &Allocation, other: &Allocation, dropped: &BTreeSet<usize>) -> i128 {
    let before = unused(base);
    let mut now = unused(other);
    let serves = |activity: &&ActivityCost| activity.level != Level::Direct && !activity.amounts.is_empty();
    for activity in other.activities.iter().filter(serves) {
        let served = dropped.iter().map(|&object| i128::from(activity.amounts[object])).sum::<i128>();
        *now.entry(Resource::of(activity)).or_insert(0) += served;
    }
    now.into_iter().map(|(resource, now)| (now - before.get(&resource).copied().unwrap_or(0)).max(0)).sum()
}

/// The company's profit and loss, in minor units.
#[derive(Clone, Copy)]
struct Company {
    net_revenue: i128,
    direct: i128,
    to_serve: i128,
    unused: i128,
    enterprise: i128,
    rest: i128,
}

impl Company {
    fn of(run: &Run) -> Self {
        let Run { allocation, profits, .. } = run;
        let usage = &run.gathered.usage;
        let objects = usage.ids.len();
        let sum = |figure: &dyn Fn(usize) -> i128| (0..objects).map(figure).sum::<i128>();
        let loose = usage.loose.revenue - usage.loose.discounts - usage.loose.refunds;
        let direct = profits.direct_cost.iter().sum::<i128>();
        let to_serve = sum(&|object| profits.cost_to_serve(object));
        let (unused, enterprise) = (unused_capacity(allocation), enterprise(allocation));
        Self {
            net_revenue: sum(&|object| usage.facts.net_revenue(object)) + loose,
            direct,
            to_serve,
            unused,
            enterprise,
            // Unassigned, rate variance and other cost objects.
            rest: allocation.ledger - direct - to_serve - unused - enterprise,
        }
    }

    fn customers_profit(&self) -> i128 {
        self.net_revenue - self.direct - self.to_serve
    }

    fn profit(&self) -> i128 {
        self.customers_profit() - self.unused - self.enterprise - self.rest
    }
}

fn compare(base: Company, stay: Company, given_up: Company) -> Vec<Comparison> {
    let line = |line, figure: fn(&Company) -> i128| Comparison {
        line,
        base: figure(&base),
        resources_stay: figure(&stay),
        given_up: figure(&given_up),
    };
    vec![
        line("net revenue", |company| company.net_revenue),
        line("direct cost", |company| company.direct),
        line("cost to serve", |company| company.to_serve),
        line("customers' profit", Company::customers_profit),
        line("unused capacity", |company| company.unused),
        line("enterprise", |company| company.enterprise),
        line("unassigned, variances and other cost objects", |company| company.rest),
        line("company profit", Company::profit),
    ]
}
