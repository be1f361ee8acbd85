//! Rates by every definition, each with its numerator, denominator, interval and the method of it.

use rayon::prelude::*;

use super::{
    CountTable, Counts, Definition, Group, Grouping, Policy, ProfitPeriod, Reactivation, Relationships, RevenueTable,
    Window,
};
use crate::calendar::months_after;
use crate::exchange::Exchange;
use crate::intervals::{Interval, Method, Part, bootstrap_ratio, log_ratio, poisson, wilson};

/// A ratio with what it was made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// What was lost: customers, or minor units.
    pub numerator: f64,
    /// What it is divided by.
    pub denominator: f64,
    /// The ratio; `None` where a reason stands in its place.
    pub rate: Option<f64>,
    /// The 95 % interval; `None` without a rate, or where the method has none.
    pub interval: Option<Interval>,
    /// Why there is no rate.
    pub reason: Option<Reason>,
}

impl Rate {
    /// Numerator and denominator as they stand, of a period that is not over.
    fn so_far(self) -> Self {
        Self { rate: None, interval: None, reason: Some(Reason::Incomplete), ..self }
    }
}

/// Why a rate is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The period was not observed from its first day to its last.
    Incomplete,
    /// The denominator is zero.
    NobodyAtRisk,
    /// Money of the opening base is zero or less.
    NothingAtRisk,
    /// There are no accounts that closed before the period opened.
    NoAccounts,
}

impl Reason {
    /// The reason in words, for a column of notes.
    pub fn text(self) -> &'static str {
        match self {
            Self::Incomplete => "period not fully observed",
            Self::NobodyAtRisk => "nobody to divide by",
            Self::NothingAtRisk => "base of zero or less",
            Self::NoAccounts => "no accounts closed before the period",
        }
    }
}

/// One definition of one group in one period, or of all complete periods together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRow {
    /// The places of the first and the last period.
    pub periods: (usize, usize),
    /// Whose rate it is.
    pub group: Group,
    /// What is divided by what.
    pub definition: Definition,
    /// Customers of the group in the period; of all periods together, those of the first opening and the last closing.
    pub opening: u64,
    /// Customers who joined.
    pub joined: u64,
    /// Customers who left.
    pub churned: u64,
    /// Customers at the close.
    pub closing: u64,
    /// The rate.
    pub rate: Rate,
    /// Whether all that the rate needs was observed.
    pub complete: bool,
}

/// What is to be computed.
#[derive(Debug, Clone, PartialEq)]
pub struct RateParams {
    /// The definitions, in the order of the rows.
    pub definitions: Vec<Definition>,
    /// How customers are grouped.
    pub grouping: Grouping,
    /// The seed of the bootstrap.
    pub seed: u64,
}

/// Churn and recurring revenue by group and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// One row for each period, group and definition.
    pub rows: Vec<RateRow>,
    /// The counts that they were made of.
    pub counts: CountTable,
    /// The money that they were made of; `None` where no definition asks for it.
    pub revenue: Option<RevenueTable>,
}

/// Every rate asked for, period by period, group by group.
///
/// # Shape
/// Rows by period, then group, then in the order of the definitions. [`Definition::Lifetime`] has one row for each
/// group, of all complete periods, after the others.
/// # Edge cases
/// An incomplete period has its counts so far and no rates. A denominator of zero or less leaves the rate
/// empty, with the reason.
pub fn rates(
    relationships: &Relationships,
    policy: &Policy,
    window: &Window,
    params: &RateParams,
    exchange: &Exchange,
    profits: &[ProfitPeriod],
) -> Rates {
    let counts = CountTable::new(relationships, policy, window, &params.grouping);
    let money = params.definitions.iter().any(|definition| !definition.of_customers());
    let revenue =
        money.then(|| RevenueTable::new(relationships, window, &params.grouping, exchange, profits, params.seed));
    let groups: Vec<Group> = params.grouping.groups().collect();
    let by_period = params.definitions.iter().filter(|definition| **definition != Definition::Lifetime);
    let wanted: Vec<(usize, usize, Definition)> = (0..window.timeline().len())
        .flat_map(|period| (0..groups.len()).map(move |group| (period, group)))
        .flat_map(|(period, group)| by_period.clone().map(move |definition| (period, group, *definition)))
        .collect();
    let mut rows: Vec<RateRow> = wanted
        .into_par_iter()
        .map(|(period, group, definition)| {
            let own = counts.get(group, period);
            let complete =
                window.complete(period) && (definition != Definition::Annual || year_observed(window, period));
            let accounts = || profits.iter().any(|accounts| accounts.to < window.timeline().start(period));
            let rate = match &revenue {
                Some(revenue) if !definition.of_customers() => {
                    money_rate(definition, revenue, group, period, complete.then_some(params.seed), accounts())
                }
                _ => customer_rate(definition, own, policy),
            };
            let rate = if complete { rate } else { rate.so_far() };
            row((period, period), groups[group], definition, own, own, rate, complete)
        })
        .collect();
    if params.definitions.contains(&Definition::Lifetime) {
        let complete = window.complete_places();
        for (place, group) in groups.iter().enumerate() {
            let sum =
                |of: fn(&Counts) -> u64| complete.clone().map(|period| of(&counts.get(place, period))).sum::<u64>();
            let (lost, at_risk) = (sum(|counts| counts.lost), sum(|counts| counts.opening));
            let span =
                if complete.is_empty() { (0, window.timeline().len() - 1) } else { (complete.start, complete.end - 1) };
            let (first, last) = (counts.get(place, span.0), counts.get(place, span.1));
            let rate = if complete.is_empty() {
                Rate { numerator: 0.0, denominator: 0.0, rate: None, interval: None, reason: Some(Reason::Incomplete) }
            } else {
                ratio(lost as f64, at_risk as f64, poisson(lost, at_risk as f64), Reason::NobodyAtRisk)
            };
            let mut row = row(span, *group, Definition::Lifetime, first, last, rate, !complete.is_empty());
            (row.joined, row.churned) = (sum(|counts| counts.joined), sum(Counts::churned));
            rows.push(row);
        }
    }
    Rates { rows, counts, revenue }
}

fn row(
    periods: (usize, usize),
    group: Group,
    definition: Definition,
    first: Counts,
    last: Counts,
    rate: Rate,
    complete: bool,
) -> RateRow {
    RateRow {
        periods,
        group,
        definition,
        opening: first.opening,
        joined: first.joined,
        churned: first.churned(),
        closing: last.closing(),
        rate,
        complete,
    }
}

fn year_observed(window: &Window, period: usize) -> bool {
    months_after(window.timeline().start(period), 12).0 - 1 <= window.as_of().0
}

fn ratio(numerator: f64, denominator: f64, interval: Option<Interval>, otherwise: Reason) -> Rate {
    if denominator > 0.0 {
        Rate { numerator, denominator, rate: Some(numerator / denominator), interval, reason: None }
    } else {
        Rate { numerator, denominator, rate: None, interval: None, reason: Some(otherwise) }
    }
}

/// The rate of a definition that counts customers.
pub fn customer_rate(definition: Definition, counts: Counts, policy: &Policy) -> Rate {
    let all = counts.churned();
    let (numerator, denominator) = match definition {
        Definition::OpeningAll => (all, counts.opening as f64),
        Definition::Exposed => (all, (counts.opening + counts.joined) as f64),
        Definition::Average => (all, (counts.opening + counts.closing()) as f64 / 2.0),
        Definition::LossToGain => {
            let apart = policy.reactivation == Reactivation::Apart;
            (all, (counts.joined - if apart { counts.reactivated } else { 0 }) as f64)
        }
        Definition::Annual => (counts.lost_in_a_year, counts.opening as f64),
        _ => (counts.lost, counts.opening as f64),
    };
    let interval = match definition.interval() {
        Method::Wilson => wilson(numerator, denominator as u64),
        Method::LogRatio => log_ratio(numerator, denominator as u64),
        _ => poisson(numerator, denominator),
    };
    ratio(numerator as f64, denominator, interval, Reason::NobodyAtRisk)
}

/// The rate of a definition that weighs customers by money.
fn money_rate(
    definition: Definition,
    revenue: &RevenueTable,
    group: usize,
    period: usize,
    seed: Option<u64>,
    accounts: bool,
) -> Rate {
    let waterfall = revenue.waterfall(group, period);
    let profit = revenue.profit(group, period);
    if definition == Definition::Profit && !accounts {
        return ratio(0.0, 0.0, None, Reason::NoAccounts);
    }
    let gross = waterfall.churn + waterfall.contraction;
    let (numerator, denominator) = match definition {
        Definition::Profit => (profit.lost, profit.base),
        Definition::RevenueChurn => (waterfall.churn, waterfall.opening),
        Definition::RevenueNet => (gross - waterfall.expansion, waterfall.opening),
        Definition::RevenueNetReactivation => (gross - waterfall.expansion - waterfall.reactivation, waterfall.opening),
        _ => (gross, waterfall.opening),
    };
    let parts: Vec<Part> = revenue
        .parts(group, period)
        .iter()
        .map(|part| {
            let gross = part.churn + part.contraction;
            let (numerator, denominator) = match definition {
                Definition::Profit => (part.profit_lost, part.profit_base),
                Definition::RevenueChurn => (part.churn, part.opening),
                Definition::RevenueNet => (gross - part.expansion, part.opening),
                Definition::RevenueNetReactivation => (gross - part.expansion - part.reactivation, part.opening),
                _ => (gross, part.opening),
            };
            (numerator as f64, denominator as f64)
        })
        .filter(|part| *part != (0.0, 0.0))
        .collect();
    let interval = seed.filter(|_| denominator > 0).and_then(|seed| bootstrap_ratio(&parts, seed));
    ratio(numerator as f64, denominator as f64, interval, Reason::NothingAtRisk)
}
