//! Two policies on the same data: the rates of each, and the customers that make the difference, one by one.

use rayon::prelude::*;

use super::{Contracts, Definition, Policy, Rate, Relationships, SamePeriod, Window, customer_rate};
use super::{CountTable, Counts, Grouping};

/// What a customer is in one period under one policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the customer is part of the denominator.
    pub counted: bool,
    /// Whether it is part of the numerator: it left.
    pub lost: bool,
}

/// A customer that two policies see differently in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The customer.
    pub customer: u32,
    /// What it is under the first policy.
    pub first: Standing,
    /// What it is under the second.
    pub second: Standing,
    /// The rules that make the difference by themselves; none where only several together do.
    pub because: Vec<&'static str>,
}

/// The counts and the headline rate of one policy in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyRate {
    /// The customers.
    pub counts: Counts,
    /// The rate that the policy calls churn.
    pub rate: Rate,
}

/// The headline rate of each policy in each period: one list a policy, one entry a period.
///
/// A policy whose headline weighs customers by money is given its share of the opening base instead.
pub fn compare_policies(contracts: &Contracts, policies: &[Policy], window: &Window) -> Vec<Vec<PolicyRate>> {
    policies
        .iter()
        .map(|policy| {
            let relationships = Relationships::new(contracts, policy, window.as_of());
            let table = CountTable::new(&relationships, policy, window, &Grouping::default());
            (0..window.timeline().len())
                .map(|period| {
                    let counts = table.get(0, period);
                    PolicyRate { counts, rate: customer_rate(policy.definition, counts, policy) }
                })
                .collect()
        })
        .collect()
}

/// The customers that two policies see differently in a period, in the order of customers.
///
/// # Definition
/// A customer is counted where it is part of the policy's denominator, lost where it is part of its numerator. The
/// rules named are those of the second policy that change the customer's standing when the first policy takes over
/// that rule alone.
pub fn differing_customers(
    contracts: &Contracts,
    first: &Policy,
    second: &Policy,
    window: &Window,
    period: usize,
) -> Vec<Difference> {
    let steps = first.steps_towards(second);
    let customers: Vec<&[super::Contract]> = contracts.rows().chunk_by(|a, b| a.customer == b.customer).collect();
    customers
        .into_par_iter()
        .filter_map(|own| {
            let standing = |policy: &Policy| standing(contracts, own, policy, window, period);
            let (under_first, under_second) = (standing(first), standing(second));
            (under_first != under_second).then(|| Difference {
                customer: own[0].customer,
                first: under_first,
                second: under_second,
                because: steps
                    .iter()
                    .filter(|(_, step)| standing(step) != under_first)
                    .map(|(rule, _)| *rule)
                    .collect(),
            })
        })
        .collect()
}

fn standing(
    contracts: &Contracts,
    own: &[super::Contract],
    policy: &Policy,
    window: &Window,
    period: usize,
) -> Standing {
    let relationships = Relationships::of_customer(contracts, own, policy, window.as_of());
    let mut standing = Standing::default();
    for spell in window.bridged(&relationships.spells) {
        let opened = window.openings(&spell).contains(&period);
        let (joined, left) = (window.joined(&spell) == Some(period), window.left(&spell) == Some(period));
        if joined && left && !opened && policy.same_period == SamePeriod::Ignored {
            continue;
        }
        let (counted, lost) = match policy.definition {
            Definition::Exposed | Definition::Average => (opened || joined, left),
            Definition::LossToGain => (joined, left),
            Definition::OpeningAll => (opened, left),
            _ => (opened, opened && left),
        };
        standing.counted |= counted;
        standing.lost |= lost;
    }
    standing
}
