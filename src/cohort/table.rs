//! Cohort tables: sums over customers by joining period and age, then cells.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use crate::calendar::{Period, Timeline};
use crate::choice::choices;
use crate::intervals::wilson;
use crate::time::Day;
use crate::{Error, Result};

/// What one customer did in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// The period, by its place.
    pub place: usize,
    /// Whether the customer was active in it, and did not only get money back.
    pub present: bool,
    /// Orders, or purchase days.
    pub orders: u64,
    /// Revenue in minor units.
    pub revenue: i64,
    /// Profit in minor units.
    pub profit: i64,
    /// What was paid back beside that revenue and profit, as a positive amount in minor units.
    pub refunds: i64,
}

/// Which customers of a cohort count at an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Retention {
    /// Active in the period.
    #[default]
    Bounded,
    /// Active in the period or later.
    Unbounded,
    /// Active in the period or in the few before it: so many in all.
    Rolling(u32),
    /// Active in every period up to it.
    Survival,
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounded => f.write_str("bounded"),
            Self::Unbounded => f.write_str("unbounded"),
            Self::Rolling(periods) => write!(f, "rolling:{periods}"),
            Self::Survival => f.write_str("survival"),
        }
    }
}

impl FromStr for Retention {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "bounded" => Ok(Self::Bounded),
            "unbounded" => Ok(Self::Unbounded),
            "survival" => Ok(Self::Survival),
            _ => text
                .strip_prefix("rolling:")
                .and_then(|periods| periods.parse().ok())
                .filter(|periods| *periods > 0)
                .map(Self::Rolling)
                .ok_or_else(|| {
                    Error::usage(format!("`{text}` is no kind of retention"))
                        .hint("say `bounded`, `unbounded`, `survival`, or `rolling:3` with its number of periods")
                }),
        }
    }
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Customers who count by the kind of retention.
    #[default]
    Customers,
    /// Their orders.
    Orders,
    /// Their revenue.
    Revenue,
    /// Their profit.
    Profit,
}

choices! {
    Measure, "is no measure of a cohort" { Customers = "customers", Orders = "orders", Revenue = "revenue", Profit = "profit" }
}

/// How much of a cell was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it.
    Complete,
    /// A part: the figure is what is known so far.
    InProgress,
    /// Nothing: it lies in the future.
    Unobservable,
}

impl Status {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::InProgress => "in progress",
            Self::Unobservable => "unobservable",
        }
    }
}

/// One cohort at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The segment of the cohort, as a place in a list of names; 0 where there are none.
    pub segment: u32,
    /// The period in which the cohort joined.
    pub cohort: Period,
    /// Periods since then.
    pub age: usize,
    /// Customers of the cohort.
    pub customers: u64,
    /// Of them, those who could be observed at this age: the denominator.
    pub eligible: u64,
    /// The measure, in customers, orders or minor units; `None` where unobservable.
    pub value: Option<f64>,
    /// Of customers the share of those eligible; of all else the mean a customer. `None` where unobservable or nobody is.
    pub rate: Option<f64>,
    /// What was paid back beside the money of the cell, in minor units; `None` where unobservable.
    pub refunds: Option<f64>,
    /// Low end of the 95 % Wilson interval of a share; `None` for all else.
    pub low: Option<f64>,
    /// High end.
    pub high: Option<f64>,
    /// How much of it was observed.
    pub status: Status,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    retained: u64,
    orders: u64,
    revenue: i128,
    profit: i128,
    refunds: i128,
}

impl Sums {
    /// Adds all but those retained, who are not the same at every age.
    fn add(&mut self, orders: u64, [revenue, profit, refunds]: [i128; 3]) {
        self.orders += orders;
        self.revenue += revenue;
        self.profit += profit;
        self.refunds += refunds;
    }

    fn money(&self) -> [i128; 3] {
        [self.revenue, self.profit, self.refunds]
    }
}

impl Cell {
    /// Whether another cell is of the same cohort of the same segment.
    pub fn shares_row(&self, other: &Self) -> bool {
        (self.segment, self.cohort) == (other.segment, other.cohort)
    }
}

/// Sums by segment, cohort and age, made customer by customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohorts {
    periods: usize,
    retention: Retention,
    /// Those that have customers, by segment and the place of the period in which they joined.
    rows: BTreeMap<(u32, usize), Row>,
}

/// One cohort.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    customers: u64,
    /// By age, up to the last period.
    sums: Vec<Sums>,
}

impl Row {
    fn add(&mut self, other: &Self) {
        self.customers += other.customers;
        for (one, other) in self.sums.iter_mut().zip(&other.sums) {
            one.retained += other.retained;
            one.add(other.orders, other.money());
        }
    }
}

impl Cohorts {
    /// No customers yet, over so many periods.
    pub fn new(periods: usize, retention: Retention) -> Self {
        Self { periods, retention, rows: BTreeMap::new() }
    }

    /// Adds one customer: its segment, the place of the period in which it joined, and what it did, by ascending period.
    ///
    /// What it did before it joined, or after the last period, is passed over.
    pub fn add(&mut self, segment: u32, joined: usize, activity: &[Activity]) {
        if joined >= self.periods {
            return;
        }
        let observable = self.periods - joined;
        let empty = || Row { customers: 0, sums: vec![Sums::default(); observable] };
        let row = self.rows.entry((segment, joined)).or_insert_with(empty);
        row.customers += 1;
        let ages = activity.iter().filter_map(|active| active.place.checked_sub(joined).map(|age| (age, active)));
        let ages = ages.filter(|(age, _)| *age < observable);
        // The ages up to which this customer already counts.
        let mut counted = 0;
        let mut gap = false;
        for (age, active) in ages {
            row.sums[age].add(active.orders, [active.revenue, active.profit, active.refunds].map(i128::from));
            if !active.present {
                continue;
            }
            let range = match self.retention {
                Retention::Bounded => age..age + 1,
                Retention::Unbounded => counted..age + 1,
                Retention::Rolling(periods) => age.max(counted)..(age + periods as usize).min(observable),
                Retention::Survival => {
                    gap |= age > counted;
                    if gap { age..age } else { age..age + 1 }
                }
            };
            counted = counted.max(range.end);
            row.sums[range].iter_mut().for_each(|cell| cell.retained += 1);
        }
    }

    /// These customers and others, of the same periods and kind of retention.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        for (cohort, more) in other.rows {
            match self.rows.entry(cohort) {
                Entry::Vacant(place) => {
                    place.insert(more);
                }
                Entry::Occupied(row) => row.into_mut().add(&more),
            }
        }
        self
    }

    /// Every cell of every cohort that has customers, by segment, then cohort, then age; each cohort has all ages of the first of
    /// any segment.
    ///
    /// `from` and `as_of` are the first and the last day observed. With `cumulative`, orders and money are those of all ages
    /// up to the cell's.
    pub fn cells(&self, timeline: &Timeline, from: Day, as_of: Day, measure: Measure, cumulative: bool) -> Vec<Cell> {
        let observed = |place: usize| timeline.start(place) >= from && timeline.start(place + 1).0 - 1 <= as_of.0;
        let mut cells = Vec::new();
        let first = self.rows.keys().map(|(_, cohort)| *cohort).min().unwrap_or(self.periods);
        for (&(segment, cohort), Row { customers, sums: by_age }) in &self.rows {
            let customers = *customers;
            let mut so_far = Sums::default();
            for age in 0..self.periods - first {
                let place = cohort + age;
                let mut cell = Cell {
                    segment,
                    cohort: timeline.period(cohort),
                    age,
                    customers,
                    eligible: 0,
                    value: None,
                    rate: None,
                    refunds: None,
                    low: None,
                    high: None,
                    status: Status::Unobservable,
                };
                if let Some(sums) = by_age.get(age) {
                    so_far.add(sums.orders, sums.money());
                    let shown = if cumulative { &so_far } else { sums };
                    let last_of_all = self.retention == Retention::Unbounded && place + 1 == self.periods;
                    let complete = observed(cohort) && observed(place) && !last_of_all;
                    cell.status = if complete { Status::Complete } else { Status::InProgress };
                    cell.eligible = customers;
                    let value = match measure {
                        Measure::Customers => sums.retained as f64,
                        Measure::Orders => shown.orders as f64,
                        Measure::Revenue => shown.revenue as f64,
                        Measure::Profit => shown.profit as f64,
                    };
                    cell.value = Some(value);
                    cell.rate = Some(value / customers as f64);
                    cell.refunds = Some(shown.refunds as f64);
                    if measure == Measure::Customers {
                        (cell.low, cell.high) = wilson(sums.retained, customers).unzip();
                    }
                }
                cells.push(cell);
            }
        }
        cells
    }
}
