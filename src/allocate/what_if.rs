//! What if: another model, or customers let go, beside the run as it is.
//!
//! Capacity that is no longer used costs what it cost before, until somebody gives it up. So every change has two
//! answers: the profit if the resources stay, and the profit if what is freed is really given up.

use std::collections::BTreeSet;

use super::allocation::Allocation;
use super::profits::{Profits, enterprise, unused_capacity};
use super::usage::Usage;

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
/// given up       : no more unused capacity than before
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
    /// What served them.
    pub freed: i128,
}

/// The company as `base` has it beside what `other` makes of the same files, without the customers given by their positions.
pub fn what_if(
    (base, base_profits): (&Allocation, &Profits),
    (other, profits): (&Allocation, &Profits),
    usage: &Usage,
    dropped: &BTreeSet<usize>,
) -> WhatIf {
    let as_it_is = Company::of(base, usage, base_profits);
    let changed = Company::of(other, usage, profits);
    let sum = |figure: &dyn Fn(usize) -> i128| dropped.iter().map(|&object| figure(object)).sum::<i128>();
    let net_revenue = sum(&|object| usage.facts.net_revenue(object));
    let direct = sum(&|object| profits.direct_cost[object]);
    let freed = sum(&|object| profits.cost_to_serve(object));
    let stay = Company {
        net_revenue: changed.net_revenue - net_revenue,
        direct: changed.direct - direct,
        to_serve: changed.to_serve - freed,
        unused: changed.unused + freed,
        ..changed
    };
    let given_up = Company { unused: as_it_is.unused, ..stay };
    WhatIf { lines: compare(as_it_is, stay, given_up), looks_like: -(net_revenue - direct - freed), freed }
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
    fn of(allocation: &Allocation, usage: &Usage, profits: &Profits) -> Self {
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
