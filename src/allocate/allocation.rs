//! One run: the ledger over pools, services and activities to customers, in whole minor units.
//!
//! Exact rationals carry the cost to the activities, whose final costs are rounded once; each is then split over
//! its customers. So every line below is a whole number of minor units, and they sum to the ledger.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::Zero;
use rayon::prelude::*;

use super::exact::{plain, sum};
use super::ledger::{Balance, Ledger, Sorted, sort};
use super::model::{Activity, Capacity, Driver, Level, Method, Model, Places, RateBasis, WorkUnit};
use super::services::{Solved, close};
use super::split::{apportion, round_to_sum};
use super::stages::{Sink, Stages, reaches_customers, stages};
use super::usage::{Measures, Usage};
use super::why::Behind;
use crate::{Error, Result};

/// The answer: what each activity costs, and what of it each customer bears.
#[derive(Debug, Clone)]
pub struct Allocation {
    /// Activities, in byte order of their names.
    pub activities: Vec<ActivityCost>,
    /// Pools whose time activities share, in byte order of their names.
    pub shared_pools: Vec<SharedPool>,
    /// Whole costs of pools and services, reciprocal services counted in full, in minor units.
    pub stage_costs: Vec<StageCost>,
    /// What reached no activity, with the reason.
    pub unassigned: Vec<Unassigned>,
    /// Accounts behind each activity's cost.
    pub sources: Vec<SourceAmount>,
    /// The sum of all costs in the ledger.
    pub ledger: i128,
    /// Revenue as the ledger has it, where the model names its accounts.
    pub ledger_revenue: Option<super::ledger::LedgerRevenue>,
}

/// What an activity costs and where its cost went, in minor units.
#[derive(Debug, Clone)]
pub struct ActivityCost {
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Its method.
    pub method: Method,
    /// Whether it is what winning a customer costs.
    pub acquisition: bool,
    /// The pool whose time it shares with others.
    pub shared_pool: Option<String>,
    /// Its driver, and how the cost was charged.
    pub rule: String,
    /// Its final cost; of activities that share a pool's time, the part that was used.
    pub cost: i128,
    /// What was used, all customers together, in units of the driver or of its time.
    pub quantity: BigRational,
    /// The driver before its time equation.
    pub driver_quantity: BigRational,
    /// What could have been used.
    pub capacity: Option<BigRational>,
    /// The time in which quantities are counted, where they are time.
    pub unit: Option<WorkUnit>,
    /// What the rate is reckoned on: a practical capacity (the pool's, where its time is shared), or all use; nothing where the
    /// rate is given, as that of money and a standard rate are.
    pub rate_base: Option<BigRational>,
    /// Minor units per unit.
    pub rate: Option<BigRational>,
    /// The rate at what the ledger shows, where the budget was charged, and the other way round.
    pub other_rate: Option<BigRational>,
    /// Borne by customers.
    pub to_customers: i128,
    /// Borne by nobody: used by customers that no file has, or left open by the model.
    pub unassigned: i128,
    /// Capacity that nobody used; negative where use went beyond it.
    pub unused: i128,
    /// Cost beyond (or short of) what the rate charges for the capacity or the use.
    pub variance: i128,
    /// Below the line.
    pub enterprise: i128,
    /// Borne by another cost object, with its name.
    pub other_object: Option<(String, i128)>,
    /// The amount of each customer; empty where none is reached.
    pub amounts: Vec<i64>,
    /// The measure of its use, for quantities by customer.
    pub(crate) measure: Option<(usize, u32)>,
    /// The measure of its driver before the time equation.
    pub(crate) driver_measure: Option<(usize, u32)>,
}

/// A pool whose activities share its time.
#[derive(Debug, Clone)]
pub struct SharedPool {
    /// Its name.
    pub name: String,
    /// Its whole cost, exactly, in minor units.
    pub cost: BigRational,
    /// The capacity, in its unit.
    pub capacity: BigRational,
    /// What was used of it.
    pub used: BigRational,
    /// The unit.
    pub unit: WorkUnit,
    /// Minor units per unit.
    pub rate: BigRational,
    /// Capacity that nobody used; negative where use went beyond it.
    pub unused: i128,
    /// Cost beyond what the budgeted rate charges for the capacity.
    pub variance: i128,
}

/// The whole cost of a pool or a service.
#[derive(Debug, Clone)]
pub struct StageCost {
    /// Its name.
    pub name: String,
    /// Whether it is a service.
    pub is_service: bool,
    /// Its own cost.
    pub own: i128,
    /// With what others passed to it.
    pub whole: BigRational,
}

/// Cost that reached no activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unassigned {
    /// Why.
    pub reason: String,
    /// How much, in minor units.
    pub amount: i128,
}

/// What an account contributes to an activity's final cost, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAmount {
    /// The activity.
    pub activity: String,
    /// The pool that holds the account.
    pub pool: String,
    /// The account.
    pub account: String,
    /// The cost centre, empty where the ledger has none.
    pub cost_centre: String,
    /// How much.
    pub amount: i128,
}

/// The allocation of a ledger by a model.
///
/// # Definition
/// ```text
/// rate       = cost of the activity / driver quantity, or / practical capacity
/// assigned   = rate x quantity
/// ledger     = customers + other cost objects + unassigned + unused capacity - over-driven + rate variance + enterprise
/// ```
/// # Units
/// Minor units of the currency.
/// # Edge cases
/// An activity with a cost but without any driver quantity is unassigned, and says so; with a practical capacity it is
/// unused. A driver of a customer that no file has bears its part, which stays unassigned.
/// # Errors
/// `ErrorKind::Usage` where the stages do not close (shares, a circle of services), or a capacity per month meets a
/// period that is not whole months; `ErrorKind::Data` where one amount exceeds 64 bits.
pub fn allocate_costs(model: &Model, ledger: &Ledger, measures: &Measures, usage: &Usage) -> Result<Allocation> {
    usage.check()?;
    let mut stages = stages(model)?;
    let sorted = sort(ledger, model);
    for (node, balances) in stages.nodes.iter_mut().zip(&sorted.pools) {
        node.own = balances.iter().map(|balance| balance.amount).sum();
    }
    let solved = close(&stages.nodes, stages.sinks.len(), model.services_method, &stages.order)?;
    let run = Run { model, measures, usage, stages: &stages, solved: &solved, sorted: &sorted };
    run.allocate()
}

impl Allocation {
    /// The cost of the ledger behind an activity's rate: its own, or that of the pool whose time it shares.
    fn behind(&self, activity: &ActivityCost) -> Behind {
        match self.shared_pools.iter().find(|pool| activity.shared_pool.as_ref() == Some(&pool.name)) {
            None => Behind { cost: activity.cost, variance: activity.variance },
            Some(pool) => {
                let members = self.activities.iter().filter(|member| member.shared_pool == activity.shared_pool);
                let used = members.map(|member| member.cost).sum::<i128>();
                Behind { cost: used + pool.unused + pool.variance, variance: pool.variance }
            }
        }
    }

    /// What every activity charges one customer, by its position among the usage's keys.
    pub fn charges(&self, usage: &Usage, object: usize) -> Vec<super::why::Charge> {
        let reached = self.activities.iter().filter(|activity| !activity.amounts.is_empty());
        reached.map(|activity| self.charge(activity, usage, object)).collect()
    }

    fn charge(&self, activity: &ActivityCost, usage: &Usage, object: usize) -> super::why::Charge {
        super::why::Charge {
            activity: activity.name.clone(),
            level: activity.level,
            quantity: activity.quantity_of(usage, object),
            driver_quantity: activity.driver_quantity_of(usage, object),
            unit: activity.unit,
            rate: activity.rate.clone().unwrap_or_else(BigRational::zero),
            rate_base: activity.rate_base.clone(),
            amount: activity.amounts[object].into(),
            covered: self.behind(activity).covers(activity.amounts[object].into()),
            rule: activity.rule.clone(),
        }
    }
}

impl ActivityCost {
    /// What one customer used, in units of the driver or of its time.
    pub fn quantity_of(&self, usage: &Usage, object: usize) -> BigRational {
        quantity_at(self.measure, usage, object)
    }

    /// What one customer used of the driver, before its time equation.
    pub fn driver_quantity_of(&self, usage: &Usage, object: usize) -> BigRational {
        quantity_at(self.driver_measure, usage, object)
    }
}

fn quantity_at(measure: Option<(usize, u32)>, usage: &Usage, object: usize) -> BigRational {
    let Some((measure, decimals)) = measure else { return BigRational::zero() };
    BigRational::new(usage.quantities.get(object, measure).into(), num_bigint::BigInt::from(10).pow(decimals))
}

struct Run<'r> {
    model: &'r Model,
    measures: &'r Measures,
    usage: &'r Usage,
    stages: &'r Stages,
    solved: &'r Solved,
    sorted: &'r Sorted,
}

/// One line of the split over activities.
enum Line {
    Activity(String),
    Unused(String),
    Variance(String),
    Unassigned(String),
}

/// Lines of the reconciliation before they are rounded to cents.
type ExactLines = Vec<(Line, BigRational)>;

impl Run<'_> {
    fn allocate(&self) -> Result<Allocation> {
        let (lines, mut shared_pools) = self.lines(&self.solved.received)?;
        let pooled: i128 = self.stages.nodes.iter().map(|node| node.own).sum();
        let exact: Vec<BigRational> = lines.iter().map(|(_, amount)| amount.clone()).collect();
        let rounded = round_to_sum(&exact, pooled).ok_or_else(|| {
            Error::data("a cost is too large to be money").hint("look for a capacity that is far too small")
        })?;
        let mut final_costs: BTreeMap<&str, i128> = BTreeMap::new();
        let mut unassigned: Vec<Unassigned> = self.sorted.unpooled.iter().map(outside_every_pool).collect();
        for ((line, _), amount) in lines.iter().zip(rounded) {
            let pool = |name: &str, pools: &mut Vec<SharedPool>| {
                pools.iter().position(|pool| pool.name == name).expect("a line of a pool stands for a shared pool")
            };
            match line {
                Line::Activity(name) => {
                    final_costs.insert(name, amount);
                }
                Line::Unused(name) => {
                    let at = pool(name, &mut shared_pools);
                    shared_pools[at].unused = amount;
                }
                Line::Variance(name) => {
                    let at = pool(name, &mut shared_pools);
                    shared_pools[at].variance = amount;
                }
                Line::Unassigned(reason) => unassigned.push(Unassigned { reason: reason.clone(), amount }),
            }
        }
        let activities: Vec<ActivityCost> = self
            .model
            .activities
            .par_iter()
            .map(|(name, activity)| {
                let cost = final_costs.get(name.as_str()).copied().unwrap_or(0);
                let pool = self.shared_pool_of(name).and_then(|pool| shared_pools.iter().find(|one| one.name == pool));
                self.charge(name, activity, cost, pool)
            })
            .collect::<Result<_>>()?;
        let sources = self.sources(&activities)?;
        let nodes = self.stages.nodes.iter().zip(&self.solved.whole);
        let stage_costs = nodes.map(|(node, whole)| StageCost {
            name: node.name.clone(),
            is_service: node.is_service,
            own: node.own,
            whole: whole.clone(),
        });
        Ok(Allocation {
            activities,
            shared_pools,
            stage_costs: stage_costs.collect(),
            unassigned,
            sources,
            ledger: pooled + self.sorted.unpooled.iter().map(|balance| balance.amount).sum::<i128>(),
            ledger_revenue: self.sorted.revenue,
        })
    }

    fn shared_pool_of(&self, activity: &str) -> Option<&str> {
        let mut pools = self.stages.shared_time.iter();
        pools.find(|(_, members)| members.iter().any(|member| member == activity)).map(|(pool, _)| pool.as_str())
    }

    /// The exact amounts over which the pooled ledger is rounded: activities by name, then pools, then what is left open.
    fn lines(&self, amounts: &[BigRational]) -> Result<(ExactLines, Vec<SharedPool>)> {
        let mut activities: BTreeMap<&str, BigRational> = BTreeMap::new();
        let (mut unused, mut open) = (Vec::new(), Vec::new());
        let mut pools = Vec::new();
        let mut sinks: Vec<(&Sink, &BigRational)> = self.stages.sinks.iter().zip(amounts).collect();
        sinks.sort_by_key(|(sink, _)| *sink);
        for (sink, amount) in sinks {
            match sink {
                Sink::Activity(name) => {
                    activities.insert(name, amount.clone());
                }
                Sink::SharedTime(name) => match self.shared_pool(name, amount)? {
                    None => open.push((Line::Unassigned(format!("pool {name}: no driver quantity")), amount.clone())),
                    Some((pool, members)) => {
                        let used: BigRational = members.iter().map(|(_, cost)| cost).sum();
                        activities.extend(members);
                        let whole = &pool.rate * &pool.capacity;
                        unused.push((Line::Unused(name.clone()), &whole - &used));
                        unused.push((Line::Variance(name.clone()), amount - &whole));
                        pools.push(pool);
                    }
                },
                Sink::Remainder { of, is_service } => {
                    let kind = if *is_service { "service" } else { "pool" };
                    open.push((Line::Unassigned(format!("{kind} {of}: share left open by the model")), amount.clone()));
                }
                Sink::Idle(name) => {
                    open.push((Line::Unassigned(format!("pool {name}: no activity draws on it")), amount.clone()));
                }
            }
        }
        let lines = activities.into_iter().map(|(name, amount)| (Line::Activity(name.to_owned()), amount));
        Ok((lines.chain(unused).chain(open).collect(), pools))
    }

    /// The rate of a pool's time and the exact cost of each activity that shares it; `None` where nothing was used and
    /// no capacity is stated.
    #[allow(clippy::type_complexity)]
    fn shared_pool<'s>(
        &'s self,
        name: &'s str,
        cost: &BigRational,
    ) -> Result<Option<(SharedPool, Vec<(&'s str, BigRational)>)>> {
        let pool = &self.model.pools[name];
        let members = &self.stages.shared_time[name];
        let minutes = |member: &str| {
            let unit = self.model.activities[member].time.as_ref().map_or(WorkUnit::Minutes, |time| time.unit);
            self.used(member).0 * BigRational::from_integer(unit.minutes().into())
        };
        let first_unit = || self.model.activities[&members[0]].time.as_ref().map(|time| time.unit);
        let unit =
            pool.capacity.as_ref().and_then(|capacity| capacity.unit).or_else(first_unit).unwrap_or(WorkUnit::Minutes);
        let scale = BigRational::new(1.into(), unit.minutes().into());
        let times: Vec<BigRational> = members.iter().map(|member| minutes(member) * &scale).collect();
        let used: BigRational = times.iter().sum();
        let capacity = match &pool.capacity {
            Some(capacity) => self.in_period(capacity, &format!("pools.{name}"), &pool.at)?,
            None => used.clone(),
        };
        if capacity.is_zero() {
            return Ok(None);
        }
        let charged = self.budget_of(&pool.budget).unwrap_or_else(|| cost.clone());
        let rate = charged / &capacity;
        let shares = members.iter().zip(&times).map(|(member, time)| (member.as_str(), &rate * time)).collect();
        let pool = SharedPool {
            name: name.to_owned(),
            cost: cost.clone(),
            capacity,
            used,
            unit,
            rate,
            unused: 0,
            variance: 0,
        };
        Ok(Some((pool, shares)))
    }

    /// The budget in minor units, where budgets are charged.
    fn budget_of(&self, budget: &Option<BigRational>) -> Option<BigRational> {
        (self.model.rates == RateBasis::Budget).then_some(())?;
        budget.as_ref().map(|budget| budget * self.minor_units())
    }

    fn minor_units(&self) -> BigRational {
        let currency = self.model.currency.clone().unwrap_or_default();
        BigRational::from_integer(currency.minor_units().into())
    }

    /// A capacity over the period of the run.
    fn in_period(&self, capacity: &Capacity, path: &str, at: &Places) -> Result<BigRational> {
        let Some(per) = capacity.per else { return Ok(capacity.amount.clone()) };
        let months = self.usage.months.ok_or_else(|| {
            Error::usage(format!(
                "`{path}.practical_capacity` is per calendar period, but the run is not over whole months"
            ))
            .at(at.of("practical_capacity").clone())
            .hint("say which months with `--from 2025-01-01 --to 2025-12-31`")
        })?;
        Ok(&capacity.amount * BigRational::new(months.into(), per.months().into()))
    }

    /// What was used of an activity, and of its driver before a time equation: all customers together.
    fn used(&self, name: &str) -> (BigRational, BigRational) {
        let Some(found) = self.measures.of_activity(name) else { return (BigRational::zero(), BigRational::zero()) };
        let total = |measure: usize| {
            let quantities = &self.usage.quantities;
            let each = (0..self.usage.ids.len()).map(|object| quantities.get(object, measure));
            let sum = sum(each.chain([quantities.unknown(measure)]));
            BigRational::new(sum, num_bigint::BigInt::from(10).pow(self.measures.get(measure).decimals))
        };
        (total(found.used), total(found.driver))
    }

    /// Splits an activity's final cost over its customers.
    fn charge(&self, name: &str, activity: &Activity, cost: i128, pool: Option<&SharedPool>) -> Result<ActivityCost> {
        let mut result = ActivityCost {
            name: name.to_owned(),
            level: activity.level,
            method: activity.method,
            acquisition: activity.acquisition,
            shared_pool: pool.map(|pool| pool.name.clone()),
            rule: String::new(),
            cost,
            quantity: BigRational::zero(),
            driver_quantity: BigRational::zero(),
            capacity: None,
            unit: None,
            rate_base: None,
            rate: None,
            other_rate: None,
            to_customers: 0,
            unassigned: 0,
            unused: 0,
            variance: 0,
            enterprise: 0,
            other_object: None,
            amounts: Vec::new(),
            measure: None,
            driver_measure: None,
        };
        if let Some(object) = &activity.cost_object {
            result.other_object = Some((object.clone(), cost));
            result.rule = format!("borne by {object}");
            return Ok(result);
        }
        if !reaches_customers(activity) {
            result.enterprise = cost;
            "below the line".clone_into(&mut result.rule);
            return Ok(result);
        }
        result.unit = activity.time.as_ref().filter(|_| activity.method == Method::Duration).map(|time| time.unit);
        let (quantities, unknown, decimals) = self.quantities(name, &mut result);
        result.rule = rule(activity, pool.is_some());
        let used = result.quantity.clone();
        if used.is_zero() && activity.capacity.is_none() && activity.method != Method::Standard {
            result.unassigned = cost;
            return Ok(result);
        }
        let exact_cost = BigRational::from_integer(cost.into());
        result.capacity = match &activity.capacity {
            Some(capacity) => {
                let amount = self.in_period(capacity, &format!("activities.{name}"), &activity.at)?;
                let ratio = match (capacity.unit, activity.time.as_ref()) {
                    (Some(unit), Some(time)) => BigRational::new(unit.minutes().into(), time.unit.minutes().into()),
                    _ => BigRational::from_integer(1.into()),
                };
                Some(amount * ratio)
            }
            None => None,
        };
        // What the rate is reckoned on: the capacity, else the use.
        let base = match activity.method {
            Method::Percentage => BigRational::from_integer(1.into()),
            _ => result.capacity.clone().unwrap_or_else(|| used.clone()),
        };
        let budget = if pool.is_some() { None } else { self.budget_of(&activity.budget) };
        let rate = match activity.method {
            Method::Direct | Method::Intensity => self.minor_units(),
            Method::Standard => {
                activity.standard_rate.as_ref().expect("a standard rate was checked") * self.minor_units()
            }
            _ => budget.clone().unwrap_or_else(|| exact_cost.clone()) / &base,
        };
        result.other_rate = match (&budget, &activity.budget) {
            (Some(_), _) => Some(&exact_cost / &base),
            (None, Some(budget)) if pool.is_none() && !base.is_zero() => Some(budget * self.minor_units() / &base),
            _ => None,
        };
        let scale = BigRational::from_integer(num_bigint::BigInt::from(10).pow(decimals));
        let mut all = quantities;
        all.push(unknown);
        let (mut parts, rest) = apportion(&(&rate / &scale), &all, cost).ok_or_else(|| too_large(name))?;
        result.unassigned = parts.pop().expect("the unknown were added");
        result.to_customers = parts.iter().sum();
        // What no customer bears: capacity that nobody used at the rate, and what the rate does not charge at all.
        let exact_unused = &rate * (&base - &used);
        let exact_variance = &exact_cost - &rate * &base;
        match activity.method {
            Method::Percentage => result.unassigned += rest,
            _ if exact_variance.is_zero() => result.unused = rest,
            _ if exact_unused.is_zero() => result.variance = rest,
            _ => {
                let exact = [exact_unused, exact_variance];
                let sum: BigRational = exact.iter().sum();
                // The rest was rounded once; its two parts close on the rounded sum.
                let shift = BigRational::from_integer(rest.into()) - sum;
                let split =
                    round_to_sum(&[&exact[0] + &shift, exact[1].clone()], rest).ok_or_else(|| too_large(name))?;
                (result.unused, result.variance) = (split[0], split[1]);
            }
        }
        result.amounts =
            parts.into_iter().map(|part| i64::try_from(part).map_err(|_| too_large(name))).collect::<Result<_>>()?;
        // The rate of time that is shared is that of the pool: of one activity's cost it would be off by the rounding of that cost.
        (result.rate, result.rate_base) = match (pool, &activity.time) {
            (Some(pool), Some(time)) => {
                let units = BigRational::new(pool.unit.minutes().into(), time.unit.minutes().into());
                (Some(&pool.rate / &units), Some(&pool.capacity * units))
            }
            _ => (Some(rate), (!activity.method.rate_is_given()).then_some(base)),
        };
        Ok(result)
    }

    /// Quantities by customer, those of unknown customers, and their decimals.
    fn quantities(&self, name: &str, result: &mut ActivityCost) -> (Vec<i128>, i128, u32) {
        let objects = self.usage.ids.len();
        let Some(found) = self.measures.of_activity(name) else { return (vec![0; objects], 0, 0) };
        let quantities = self.usage.quantities.column(found.used);
        (result.quantity, result.driver_quantity) = self.used(name);
        let decimals = |measure: usize| self.measures.get(measure).decimals;
        result.measure = Some((found.used, decimals(found.used)));
        result.driver_measure = Some((found.driver, decimals(found.driver)));
        (quantities, self.usage.quantities.unknown(found.used), decimals(found.used))
    }

    /// Which accounts are behind each activity's final cost.
    fn sources(&self, activities: &[ActivityCost]) -> Result<Vec<SourceAmount>> {
        let mut sources = Vec::new();
        let pools: Vec<&String> = self.model.pools.keys().collect();
        for activity in activities {
            let sink = match self.shared_pool_of(&activity.name) {
                Some(pool) => Sink::SharedTime(pool.to_owned()),
                None => Sink::Activity(activity.name.clone()),
            };
            let Some(sink) = self.stages.sinks.iter().position(|one| *one == sink) else { continue };
            let mut behind: Vec<(&str, &Balance, BigRational)> = Vec::new();
            for ((pool, balances), row) in pools.iter().zip(&self.sorted.pools).zip(&self.solved.transfers) {
                if let Some(share) = row.get(&sink).filter(|share| !share.is_zero()) {
                    behind.extend(balances.iter().map(|balance| {
                        (pool.as_str(), balance, share * BigRational::from_integer(balance.amount.into()))
                    }));
                }
            }
            let sum: BigRational = behind.iter().map(|(_, _, amount)| amount).sum();
            if sum.is_zero() {
                continue;
            }
            let scale = BigRational::from_integer(activity.cost.into()) / sum;
            let exact: Vec<BigRational> = behind.iter().map(|(_, _, amount)| amount * &scale).collect();
            let parts = round_to_sum(&exact, activity.cost).ok_or_else(|| too_large(&activity.name))?;
            sources.extend(behind.iter().zip(parts).map(|((pool, balance, _), amount)| SourceAmount {
                activity: activity.name.clone(),
                pool: (*pool).to_owned(),
                account: balance.account.clone(),
                cost_centre: balance.cost_centre.clone(),
                amount,
            }));
        }
        Ok(sources)
    }
}

fn too_large(activity: &str) -> Error {
    Error::data(format!("an amount of the activity `{activity}` is too large to be money"))
}

fn outside_every_pool(balance: &Balance) -> Unassigned {
    let centre =
        if balance.cost_centre.is_empty() { String::new() } else { format!(", cost centre {}", balance.cost_centre) };
    Unassigned { reason: format!("account {}{centre}: in no pool", balance.account), amount: balance.amount }
}

/// How an activity is charged, in words: `duration: activities.call x 0.5 hours, over practical capacity`.
fn rule(activity: &Activity, shares_time: bool) -> String {
    let what = match (&activity.time, &activity.driver) {
        (Some(time), driver) => format!("{driver} x ({}) {}", time.equation, time.unit.name()),
        (None, Driver::None | Driver::Percentages(_)) => String::new(),
        (None, driver) => driver.to_string(),
    };
    let per = match activity.method {
        Method::Direct | Method::Intensity => String::new(),
        Method::Standard => {
            let rate = activity.standard_rate.as_ref().map(plain).unwrap_or_default();
            format!(" at the standard rate {rate}")
        }
        Method::Even | Method::Percentage | Method::Weight => String::new(),
        Method::Transaction | Method::Duration
            if activity.capacity.is_some() || shares_time && activity.capacity.is_none() =>
        {
            if shares_time {
                " at the pool's rate".into()
            } else {
                " over practical capacity".into()
            }
        }
        Method::Transaction | Method::Duration => " over the quantity used".into(),
    };
    let what = if what.is_empty() { String::new() } else { format!(": {what}") };
    format!("{}{what}{per}", activity.method.name())
}
