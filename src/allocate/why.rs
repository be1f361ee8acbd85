//! Why a customer costs what it costs: a tree down to ledger accounts, and what changed since another run.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::{One, Zero};
use serde::Serialize;

use super::allocation::SourceAmount;
use super::model::{Level, WorkUnit};
use super::split::split_amount;

/// What one activity charges a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// The activity.
    pub activity: String,
    /// Its level.
    pub level: Level,
    /// What the customer used, in units of the driver or its time.
    pub quantity: BigRational,
    /// The driver before its time equation.
    pub driver_quantity: BigRational,
    /// The time in which the quantity is counted, where it is time.
    pub unit: Option<WorkUnit>,
    /// Minor units per unit.
    pub rate: BigRational,
    /// What the rate is reckoned on: a practical capacity, or what all customers used; nothing where the rate is given.
    pub rate_base: Option<BigRational>,
    /// The amount, in minor units.
    pub amount: i128,
    /// What of the amount is cost of the ledger; the rest is charged beyond it, as a standard or budgeted rate may do.
    pub covered: i128,
    /// How it was charged, in words.
    pub rule: String,
}

/// The cost behind a rate, and what of it the rate does not charge (or charges beyond it, below zero), in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    pub cost: i128,
    pub variance: i128,
}

impl Behind {
    /// What of a charge the ledger's cost covers: all of it where the ledger has as much as is charged or more, else its share.
    pub(crate) fn covers(self, charge: i128) -> i128 {
        let charged = self.cost - self.variance;
        let all = charged != 0 && (self.cost / charged >= 1);
        if self.variance == 0 || all {
            return charge;
        }
        if charged == 0 || (self.cost < 0) != (charged < 0) {
            return 0;
        }
        // The cost is a part of what is charged, so this is less than the charge.
        let share = BigRational::new(self.cost.into(), charged.into());
        num_traits::ToPrimitive::to_i128(&(share * BigRational::from_integer(charge.into())).round().to_integer())
            .unwrap_or(charge)
    }
}

/// A figure and what it is made of; the children of a figure sum to it exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What kind of figure: `customer`, `level`, `activity`, `pool`, `account`, or `variance` of what is charged beyond the ledger.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The amount, in minor units.
    pub amount: i128,
    /// Of an activity: quantity, rate and rule, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Reason>,
}

impl Reason {
    fn new(kind: &'static str, name: impl Into<String>, amount: i128) -> Self {
        Self { kind, name: name.into(), amount, rule: None, children: Vec::new() }
    }

    /// The sum of the leaves, which is the figure itself.
    pub fn leaves(&self) -> i128 {
        if self.children.is_empty() { self.amount } else { self.children.iter().map(Self::leaves).sum() }
    }
}

/// The tree of a customer's cost: levels, activities, pools, accounts.
///
/// # Definition
/// What the ledger's cost covers of an activity's charge is split over the accounts behind the activity in proportion to what
/// each contributes, by largest remainder. What a given rate charges beyond the ledger (traced money, a standard or budgeted rate)
/// is a leaf of its own, `rate variance`, of no account. So all customers together show of an account what reached them.
/// # Edge cases
/// Accounts of opposite sign each show their part of the sum. Cost with no account behind it ends in a leaf that says so.
pub fn why(customer: &str, charges: &[Charge], sources: &[SourceAmount], rules: impl Fn(&Charge) -> String) -> Reason {
    let mut root = Reason::new("customer", customer, charges.iter().map(|charge| charge.amount).sum());
    for level in Level::ALL {
        let mut of_level: Vec<&Charge> =
            charges.iter().filter(|charge| charge.level == level && charge.amount != 0).collect();
        of_level.sort_by(|one, other| other.amount.cmp(&one.amount).then_with(|| one.activity.cmp(&other.activity)));
        if of_level.is_empty() {
            continue;
        }
        let mut node = Reason::new("level", level.name(), of_level.iter().map(|charge| charge.amount).sum());
        for charge in of_level {
            let behind: Vec<&SourceAmount> =
                sources.iter().filter(|source| source.activity == charge.activity).collect();
            let mut activity = Reason::new("activity", &charge.activity, charge.amount);
            activity.rule = Some(rules(charge));
            if charge.covered != 0 {
                activity.children = accounts(charge.covered, &behind);
            }
            if charge.covered != charge.amount {
                activity.children.push(Reason::new("variance", "rate variance", charge.amount - charge.covered));
            }
            node.children.push(activity);
        }
        root.children.push(node);
    }
    root
}

fn accounts(amount: i128, behind: &[&SourceAmount]) -> Vec<Reason> {
    let weights: Vec<i128> = behind.iter().map(|source| source.amount).collect();
    let Ok(parts) = split_amount(amount, &weights) else {
        return vec![Reason::new("account", "no posting in the ledger", amount)];
    };
    let mut pools: BTreeMap<&str, Vec<Reason>> = BTreeMap::new();
    for (source, part) in behind.iter().zip(parts).filter(|(_, part)| *part != 0) {
        let name = if source.cost_centre.is_empty() {
            source.account.clone()
        } else {
            format!("{} ({})", source.account, source.cost_centre)
        };
        pools.entry(&source.pool).or_default().push(Reason::new("account", name, part));
    }
    let pools = pools.into_iter().map(|(name, accounts)| {
        let sum = accounts.iter().map(|account| account.amount).sum();
        Reason { children: accounts, ..Reason::new("pool", name, sum) }
    });
    pools.collect()
}

/// Why a customer's charge by one activity changed, in minor units; the parts sum to the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The activity.
    pub activity: String,
    /// The amount in the other run.
    pub before: i128,
    /// The amount in this run.
    pub after: i128,
    /// More or fewer of the driver, at the old time and rate of each.
    pub quantity: i128,
    /// More or less time for each of the driver, at the old rate.
    pub mix: i128,
    /// The cost behind the rate, on the old capacity.
    pub rate: i128,
    /// The capacity or use over which that cost is spread.
    pub capacity: i128,
}

/// What changed for a customer between two runs, activity by activity.
///
/// # Definition
/// ```text
/// n: driver quantity   m: use of one (time)   r = C / K: rate, cost over capacity (or over all use)
/// quantity = (n1 - n0) m0 r0          mix      = n1 (m1 - m0) r0
/// rate     = q1 (C1 - C0) / K0        capacity = q1 C1 (1 / K1 - 1 / K0)          q = n m
/// ```
/// Each part is rounded once; the rate closes the sum on the change to the minor unit. Time is counted in the unit of this run.
/// # Edge cases
/// An activity that only one of the runs has is a change of quantity. A rate that is given (of traced money, a standard rate) is
/// spread over nothing: its change is all rate. So is that between a rate of time and one of counts.
pub fn changes(before: &[Charge], after: &[Charge]) -> Vec<Change> {
    let names: BTreeSet<&str> = before.iter().chain(after).map(|charge| charge.activity.as_str()).collect();
    let find = |charges: &[Charge], name: &str| charges.iter().position(|charge| charge.activity == name);
    names
        .into_iter()
        .map(|name| {
            let (old, new) = (find(before, name).map(|at| &before[at]), find(after, name).map(|at| &after[at]));
            change(name, old, new)
        })
        .collect()
}

fn change(name: &str, old: Option<&Charge>, new: Option<&Charge>) -> Change {
    let amount = |charge: Option<&Charge>| charge.map_or(0, |charge| charge.amount);
    let mut change = Change {
        activity: name.to_owned(),
        before: amount(old),
        after: amount(new),
        quantity: amount(new) - amount(old),
        mix: 0,
        rate: 0,
        capacity: 0,
    };
    let (Some(old), Some(new)) = (old, new) else { return change };
    let whole = change.quantity;
    let comparable = old.unit.is_some() == new.unit.is_some();
    let old = &in_unit(old, new.unit);
    let each = |charge: &Charge| {
        if charge.driver_quantity.is_zero() { None } else { Some(&charge.quantity / &charge.driver_quantity) }
    };
    // A customer who did not use the driver in one run has no time of each there: all is quantity then.
    let one = BigRational::one();
    let each_old = each(old).or_else(|| each(new)).unwrap_or_else(|| one.clone());
    let each_new = each(new).filter(|_| comparable).unwrap_or_else(|| each_old.clone());
    let minor = |value: BigRational| num_traits::ToPrimitive::to_i128(&value.round().to_integer()).unwrap_or(0);
    change.quantity = minor((&new.driver_quantity - &old.driver_quantity) * &each_old * &old.rate);
    change.mix = minor(&new.driver_quantity * (&each_new - &each_old) * &old.rate);
    if let (Some(old_base), Some(new_base)) = (&old.rate_base, &new.rate_base)
        && comparable
        && !old_base.is_zero()
    {
        let on_old_capacity = &new.rate * new_base / old_base;
        change.capacity = minor(&new.quantity * (&new.rate - on_old_capacity));
    }
    change.rate = whole - change.quantity - change.mix - change.capacity;
    change
}

/// A charge of time with its quantities in another unit of time.
fn in_unit(charge: &Charge, unit: Option<WorkUnit>) -> Charge {
    let mut charge = charge.clone();
    if let (Some(from), Some(to)) = (charge.unit, unit) {
        let units = BigRational::new(from.minutes().into(), to.minutes().into());
        charge.quantity *= &units;
        charge.rate /= &units;
        charge.rate_base = charge.rate_base.map(|base| base * &units);
        charge.unit = unit;
    }
    charge
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: i64) -> BigRational {
        BigRational::from_integer(value.into())
    }

    fn charge(quantity: i64, driver: i64, rate: i64, base: i64) -> Charge {
        Charge {
            activity: "call".into(),
            level: Level::Relationship,
            quantity: number(quantity),
            driver_quantity: number(driver),
            unit: None,
            rate: number(rate),
            rate_base: (base != 0).then(|| number(base)),
            amount: i128::from(quantity) * i128::from(rate),
            covered: i128::from(quantity) * i128::from(rate),
            rule: String::new(),
        }
    }

    fn source(pool: &str, account: &str, amount: i128) -> SourceAmount {
        SourceAmount {
            activity: "call".into(),
            pool: pool.into(),
            account: account.into(),
            cost_centre: String::new(),
            amount,
        }
    }

    #[test]
    fn the_accounts_of_a_figure_sum_to_it() {
        let charges = [charge(1, 1, 100, 1)];
        let sources = [source("centre", "6100", 1), source("centre", "6200", 1), source("it", "6300", 1)];
        let tree = why("A", &charges, &sources, |_| "one call".into());
        assert_eq!((tree.amount, tree.leaves()), (100, 100));
        let activity = &tree.children[0].children[0];
        assert_eq!(activity.rule.as_deref(), Some("one call"));
        let amounts: Vec<i128> = activity.children.iter().map(|pool| pool.amount).collect();
        assert_eq!(amounts, [67, 33]);
    }

    #[test]
    fn a_charge_without_postings_says_so() {
        let tree = why("A", &[charge(2, 2, 50, 1)], &[], |_| String::new());
        let leaf = &tree.children[0].children[0].children[0];
        assert_eq!((leaf.name.as_str(), leaf.amount), ("no posting in the ledger", 100));
    }

    #[test]
    fn a_change_is_told_apart_into_quantity_mix_rate_and_capacity() {
        // 10 calls of 4 minutes at 1200/600 became 12 calls of 5 minutes at 1500/500.
        let found = change("call", Some(&charge(40, 10, 2, 600)), Some(&charge(60, 12, 3, 500)));
        assert_eq!((found.before, found.after), (80, 180));
        // (12-10)*4*2; 12*(5-4)*2; 60*(1500-1200)/600; 60*1500*(1/500-1/600)
        assert_eq!((found.quantity, found.mix, found.rate, found.capacity), (16, 24, 30, 30));
    }

    #[test]
    fn a_rate_that_is_given_is_spread_over_no_capacity() {
        // Traced money: more of it at one for one, whatever all customers have.
        let found = change("goods", Some(&charge(100, 100, 1, 0)), Some(&charge(120, 120, 1, 0)));
        assert_eq!((found.quantity, found.mix, found.rate, found.capacity), (20, 0, 0, 0));
        let found = change("goods", Some(&charge(100, 100, 5, 0)), Some(&charge(120, 120, 6, 900)));
        assert_eq!((found.quantity, found.mix, found.rate, found.capacity), (100, 0, 120, 0));
    }

    #[test]
    fn the_same_time_in_another_unit_is_no_change() {
        let hours = Charge { unit: Some(WorkUnit::Hours), ..charge(50, 100, 1200, 1000) };
        let minutes = Charge {
            unit: Some(WorkUnit::Minutes),
            quantity: number(3000),
            rate: number(20),
            rate_base: Some(number(60_000)),
            ..hours.clone()
        };
        for (old, new) in [(&hours, &minutes), (&minutes, &hours)] {
            let found = change("order", Some(old), Some(new));
            assert_eq!((found.quantity, found.mix, found.rate, found.capacity), (0, 0, 0, 0));
        }
        // From a cost per order to one per hour no time of each can be compared.
        let counted = charge(100, 100, 500, 200);
        let found = change("order", Some(&counted), Some(&hours));
        assert_eq!((found.quantity, found.mix, found.rate, found.capacity), (0, 0, 10_000, 0));
    }

    #[test]
    fn what_is_charged_beyond_the_ledger_is_of_no_account() {
        let opposite = [source("centre", "6100", 3_000_000), source("centre", "6200", -2_999_900)];
        let at_rate = |covered: i128| Charge { covered, ..charge(1, 1, 300, 0) };
        let leaves = |covered: i128, sources: &[SourceAmount]| {
            let tree = why("A", &[at_rate(covered)], sources, |_| String::new());
            assert_eq!(tree.leaves(), 300);
            let children = &tree.children[0].children[0].children;
            let accounts = children.iter().flat_map(|child| {
                if child.children.is_empty() { vec![child] } else { child.children.iter().collect() }
            });
            accounts.map(|leaf| (leaf.name.clone(), leaf.amount)).collect::<Vec<_>>()
        };
        let named = |leaves: &[(&str, i128)]| -> Vec<(String, i128)> {
            leaves.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect()
        };
        let covers = |cost: i128, variance: i128| Behind { cost, variance }.covers(300);
        // The ledger has 100 behind a charge of 300, 900 or nothing; or income.
        assert_eq!([covers(100, -200), covers(900, 600), covers(0, -300), covers(-50, -350)], [100, 300, 0, 0]);
        assert_eq!(leaves(100, &opposite), named(&[("6100", 3_000_000), ("6200", -2_999_900), ("rate variance", 200)]));
        assert_eq!(leaves(0, &[]), named(&[("rate variance", 300)]));
    }

    #[test]
    fn an_activity_of_one_run_only_is_a_change_of_quantity() {
        let found = changes(&[], &[charge(40, 10, 2, 600)]);
        assert_eq!((found[0].quantity, found[0].rate), (80, 0));
    }
}
