//! The ledger as the allocation sees it: a balance per account and cost centre, each in one pool or in none.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{Pattern, Selection};
use super::model::{Model, Problems};
use crate::Result;

/// Balances by account and cost centre, in minor units; costs are positive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<(String, String), i128>,
}

impl Ledger {
    /// Adds a posting; a ledger without cost centres leaves them empty.
    pub fn post(&mut self, account: &str, cost_centre: &str, amount: i128) {
        match self.balances.get_mut(&(account.to_owned(), cost_centre.to_owned())) {
            Some(balance) => *balance += amount,
            None => {
                self.balances.insert((account.to_owned(), cost_centre.to_owned()), amount);
            }
        }
    }

    /// The sum of all balances, in minor units.
    pub fn total(&self) -> i128 {
        self.balances.values().sum()
    }

    /// Account, cost centre and balance, in order.
    pub fn balances(&self) -> impl Iterator<Item = (&str, &str, i128)> {
        self.balances.iter().map(|((account, centre), balance)| (account.as_str(), centre.as_str(), *balance))
    }

    /// Refuses a model that names an account or cost centre which the ledger does not have.
    ///
    /// # Errors
    /// `ErrorKind::Usage` with every such name and the nearest ones. Ask it of the whole ledger, before a period is cut
    /// out: an account without postings in one month is no mistake.
    pub fn has_what_is_named(&self, model: &Model) -> Result<()> {
        let accounts: BTreeSet<&str> = self.balances.keys().map(|(account, _)| account.as_str()).collect();
        let centres: BTreeSet<&str> = self.balances.keys().map(|(_, centre)| centre.as_str()).collect();
        let mut problems = Problems::default();
        let mut check = |path: &str, at: &crate::Location, what: &str, patterns: &[Pattern], known: &BTreeSet<&str>| {
            for pattern in patterns {
                if !known.iter().any(|name| pattern.matches(name)) {
                    let message = format!("`{path}`: the ledger has no {what} `{pattern}`");
                    let named = known.iter().copied().filter(|name| !name.is_empty());
                    problems.add_nearest(at, message, &pattern.to_string(), named);
                }
            }
        };
        for (name, pool) in &model.pools {
            check(&format!("pools.{name}"), pool.at.of("accounts"), "account", &pool.selection.accounts, &accounts);
            check(
                &format!("pools.{name}"),
                pool.at.of("cost_centres"),
                "cost centre",
                &pool.selection.cost_centres,
                &centres,
            );
        }
        if let Some(revenue) = &model.revenue {
            let named =
                [("accounts", &revenue.accounts), ("discounts", &revenue.discounts), ("refunds", &revenue.refunds)];
            for (key, patterns) in named {
                check("revenue", revenue.at.of(key), "account", patterns, &accounts);
            }
        }
        problems.finish()
    }
}

/// A balance with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balance {
    pub account: String,
    pub cost_centre: String,
    pub amount: i128,
}

/// The ledger sorted into pools and revenue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted {
    /// By pool, in order of names.
    pub pools: Vec<Vec<Balance>>,
    /// Cost that belongs to no pool.
    pub unpooled: Vec<Balance>,
    /// Revenue, discounts and refunds, each as a positive sum, where the model names their accounts.
    pub revenue: Option<LedgerRevenue>,
}

/// Revenue as the ledger has it, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerRevenue {
    /// Gross revenue.
    pub revenue: i128,
    /// Discounts granted.
    pub discounts: i128,
    /// Refunds and credit notes.
    pub refunds: i128,
}

pub(crate) fn sort(ledger: &Ledger, model: &Model) -> Sorted {
    let mut sorted = Sorted { pools: vec![Vec::new(); model.pools.len()], ..Sorted::default() };
    let selections: Vec<&Selection> = model.pools.values().map(|pool| &pool.selection).collect();
    let mut revenue = LedgerRevenue::default();
    for (account, cost_centre, amount) in ledger.balances() {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(account));
        if let Some(named) = &model.revenue {
            // Revenue is a credit, discounts and refunds are debits.
            let sign = if named.positive { 1 } else { -1 };
            if any(&named.accounts) {
                revenue.revenue += sign * amount;
                continue;
            }
            if any(&named.discounts) {
                revenue.discounts += if named.positive { amount.abs() } else { amount };
                continue;
            }
            if any(&named.refunds) {
                revenue.refunds += if named.positive { amount.abs() } else { amount };
                continue;
            }
        }
        let balance = Balance { account: account.into(), cost_centre: cost_centre.into(), amount };
        match selections.iter().position(|selection| selection.matches(account, cost_centre)) {
            Some(pool) => sorted.pools[pool].push(balance),
            None => sorted.unpooled.push(balance),
        }
    }
    sorted.revenue = model.revenue.is_some().then_some(revenue);
    sorted
}
