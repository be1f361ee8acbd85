//! The costing model: pools, services and activities by name, read from TOML and checked.
//!
//! Everything is named by its key, so the order of entries never matters; a key that the model does not know
//! is an error with the nearest name; every message names the entry and the line it stands on.

mod entry;
mod fields;
pub(crate) use fields::Problems;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use num_rational::BigRational;

use super::accounts::{Pattern, Selection};
use super::equation::TimeEquation;
use super::services::ServicesMethod;
use super::stages::{reaches_customers, stages};
use crate::dialect::Pinned;
use crate::money::Currency;
use crate::{Location, Result};

/// A commented model that can be run against the costing example, for who has never seen one.
pub const EXAMPLE: &str = include_str!("../../../data/costing/costing.toml");

/// The text of a model before it is checked, so that overlays and single settings can change it.
#[derive(Debug, Clone)]
pub struct ModelText {
    file: String,
    table: entry::Table,
    original: Option<String>,
}

impl ModelText {
    /// The entries of a TOML text; `file` is how messages call it.
    ///
    /// # Errors
    /// `ErrorKind::Usage` with the line where the text is no TOML.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        Ok(Self { file: file.into(), table: entry::parse(text, file)?, original: Some(text.to_owned()) })
    }

    /// Lays another text over this one: its entries replace or join those of the same name.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn overlay(&mut self, text: &str, file: &str) -> Result<()> {
        entry::overlay(&mut self.table, entry::parse(text, file)?);
        self.original = None;
        Ok(())
    }

    /// Sets one entry by its path: `activities.service call.minutes=4`.
    ///
    /// # Errors
    /// `ErrorKind::Usage` where the path leads nowhere, with the nearest name.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        entry::set(&mut self.table, assignment)?;
        self.original = None;
        Ok(())
    }

    /// The text as TOML: as it was written, unless it was changed.
    pub fn to_toml(&self) -> String {
        self.original.clone().unwrap_or_else(|| entry::render(&self.table))
    }

    /// The checked model.
    ///
    /// # Errors
    /// `ErrorKind::Usage` with every problem found, each at its line and by the name of its entry.
    pub fn check(&self) -> Result<Model> {
        read::model(&self.table, &self.file)
    }
}

/// Where an entry of a model stands, and each of its keys: an overlay or a setting may have brought one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    header: Location,
    keys: BTreeMap<String, Location>,
}

impl Places {
    /// Where the entry begins.
    pub fn header(&self) -> &Location {
        &self.header
    }

    /// Where a key stands; where the entry begins, if it does not have that key.
    pub fn of(&self, key: &str) -> &Location {
        self.keys.get(key).unwrap_or(&self.header)
    }
}

/// The place to name where several entries contradict each other: the last of those that a setting or an overlay brought.
pub(crate) fn brought<'l>(model: &Model, places: impl IntoIterator<Item = &'l Location>) -> Option<&'l Location> {
    places.into_iter().filter(|place| place.file != model.file).last()
}

/// A checked costing model.
#[derive(Debug, Clone)]
pub struct Model {
    /// The file it was read from, as messages call it.
    pub file: String,
    /// What the model is called.
    pub name: Option<String>,
    /// The currency of every amount, if one was named.
    pub currency: Option<Currency>,
    /// How services that serve services are closed.
    pub services_method: ServicesMethod,
    /// The order of the step-down method; empty for the usual one.
    pub step_down_order: Vec<String>,
    /// Whether activities are charged at the rates of the ledger or of the budget.
    pub rates: RateBasis,
    /// Customer columns that the result keeps, and where the model names each.
    pub keep: Vec<(String, Location)>,
    /// Files, by what they hold: `ledger`, `activities`, `transactions`, `customers`, `drivers`.
    pub inputs: BTreeMap<String, Input>,
    /// The revenue accounts of the ledger, if revenue is to be tied to it.
    pub revenue: Option<RevenueAccounts>,
    /// Pools of ledger accounts, by name.
    pub pools: BTreeMap<String, Pool>,
    /// Services, by name.
    pub services: BTreeMap<String, Service>,
    /// Activities, by name.
    pub activities: BTreeMap<String, Activity>,
}

impl Model {
    /// Refuses capacities, budgets and quantities that are those of a whole run, when there are several runs of one period
    /// each; `dated_drivers` says whether the driver file has dates.
    ///
    /// # Definition
    /// A quantity without a date counts whole in every period. That does no harm where it only shares a cost out; it does
    /// where the quantity itself decides how much is charged: at a standard rate, as money, against a capacity, or as
    /// time beside the time of others.
    /// # Errors
    /// `ErrorKind::Usage` with every such entry.
    pub fn fits_several_periods(&self, dated_drivers: bool) -> Result<()> {
        let mut problems = Problems::default();
        let shared_time: Vec<String> = stages(self)?.shared_time.into_values().flatten().collect();
        for (name, activity) in &self.activities {
            let hint = match &activity.driver {
                Driver::File(_) if !dated_drivers => "give the driver file a column `date`, or leave `--by period` out",
                Driver::Customers(what) => match what.as_str() {
                    "active_months" | "new" => continue,
                    "one" => "`customers.active_months` counts months; else leave `--by period` out",
                    _ => "put the quantities with their dates into a driver file, or leave `--by period` out",
                },
                _ => continue,
            };
            let decides = activity.method == Method::Standard
                || activity.method.charges_money()
                || activity.capacity.is_some()
                || shared_time.contains(name);
            if decides && reaches_customers(activity) {
                problems.add_with_hint(
                    activity.at.of("driver"),
                    format!(
                        "`activities.{name}` would charge `{}`, which has no date, whole in every period",
                        activity.driver
                    ),
                    hint,
                );
            }
        }
        let pools =
            self.pools.iter().map(|(name, pool)| (format!("pools.{name}"), &pool.capacity, &pool.budget, &pool.at));
        let activities = self
            .activities
            .iter()
            .map(|(name, one)| (format!("activities.{name}"), &one.capacity, &one.budget, &one.at));
        for (path, capacity, budget, at) in pools.chain(activities) {
            if capacity.as_ref().is_some_and(|capacity| capacity.per.is_none()) {
                problems.add_with_hint(
                    at.of("practical_capacity"),
                    format!("`{path}.practical_capacity` is that of the whole run, which has several periods"),
                    "say for how long it is: `\"1000 hours/year\"`, `\"80 hours/month\"`",
                );
            }
            if budget.is_some() && self.rates == RateBasis::Budget {
                problems.add(
                    at.of("budget"),
                    format!("`{path}.budget` is that of the whole run, which has several periods"),
                );
            }
        }
        problems.finish()
    }
}

/// What rate an activity is charged at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RateBasis {
    /// The cost that the ledger shows.
    #[default]
    Actual,
    /// The budget, where the activity or pool has one; the difference is the rate variance.
    Budget,
}

/// A file of the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// Path, relative to the model's own file.
    pub path: Option<String>,
    /// Names in the file, by standard name, and where the model says each.
    pub columns: BTreeMap<String, (String, Location)>,
    /// What stands between fields, if the header does not tell, and where the model says it.
    pub delimiter: Option<(String, Location)>,
    /// How its values are written, where they do not tell: `decimal`, `date-format`, `tz`, `encoding`.
    pub written: Pinned,
    /// What happens to ledger rows without an account: `refuse` or `aside`.
    pub rows_without_account: Option<String>,
}

/// The accounts on which the ledger holds revenue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueAccounts {
    /// Gross revenue.
    pub accounts: Vec<Pattern>,
    /// Discounts granted.
    pub discounts: Vec<Pattern>,
    /// Refunds and credit notes.
    pub refunds: Vec<Pattern>,
    /// Whether revenue stands in the ledger as positive amounts; as credits it is negative.
    pub positive: bool,
    /// Where the entry stands.
    pub at: Places,
}

/// A pool of ledger accounts.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The postings it takes.
    pub selection: Selection,
    /// The time that its people or machines supply, shared by the activities that draw on it.
    pub capacity: Option<Capacity>,
    /// Its budgeted cost, in units of the currency.
    pub budget: Option<BigRational>,
    /// The share that is deliberately given to nobody.
    pub unassigned: BigRational,
    /// Where the entry stands.
    pub at: Places,
}

/// A service department.
#[derive(Debug, Clone)]
pub struct Service {
    /// The pools it draws on.
    pub draws: Vec<Draw>,
    /// Whom it serves, with shares that sum to one less `unassigned`.
    pub serves: BTreeMap<Target, BigRational>,
    /// The share that is deliberately given to nobody.
    pub unassigned: BigRational,
    /// Where the entry stands.
    pub at: Places,
}

/// Whom a service serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A pool, by name.
    Pool(String),
    /// A service, by name.
    Service(String),
    /// An activity, by name.
    Activity(String),
}

/// What a service or an activity takes from a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The pool, by name.
    pub pool: String,
    /// The share of its cost; without one, what the others leave.
    pub share: Option<BigRational>,
    /// Where the model says so.
    pub at: Location,
}

/// An activity.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The pools it draws on.
    pub draws: Vec<Draw>,
    /// The level of its cost.
    pub level: Level,
    /// How its cost reaches customers.
    pub method: Method,
    /// Where its quantity by customer comes from.
    pub driver: Driver,
    /// The time of one unit of the driver.
    pub time: Option<Time>,
    /// What it could do, whether or not it was asked for.
    pub capacity: Option<Capacity>,
    /// The standard rate, in units of the currency per unit of the driver.
    pub standard_rate: Option<BigRational>,
    /// Its budgeted cost, in units of the currency.
    pub budget: Option<BigRational>,
    /// Shares by customer, for the percentage method.
    pub percentages: BTreeMap<String, BigRational>,
    /// Whether this is what winning a customer costs.
    pub acquisition: bool,
    /// Another cost object than customers that bears the whole cost.
    pub cost_object: Option<String>,
    /// Where the entry stands.
    pub at: Places,
}

/// The level at which a cost arises (after Kahn 2000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Traced to the sale itself: goods.
    Direct,
    /// Inventory, handling.
    Unit,
    /// Order processing, shipping.
    Transaction,
    /// Account maintenance, contact time, service.
    Relationship,
    /// Mailings, samples, acquisition.
    Selling,
    /// Below the line: warehousing, head office.
    Enterprise,
}

impl Level {
    /// Every level, from the sale to the enterprise.
    pub const ALL: [Self; 6] =
        [Self::Direct, Self::Unit, Self::Transaction, Self::Relationship, Self::Selling, Self::Enterprise];

    /// The name used in models and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Unit => "unit",
            Self::Transaction => "transaction",
            Self::Relationship => "relationship",
            Self::Selling => "selling",
            Self::Enterprise => "enterprise",
        }
    }
}

/// How an activity's cost reaches customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Amounts traced to the customer as they are.
    Direct,
    /// The same to every customer.
    Even,
    /// By fixed percentages.
    Percentage,
    /// In proportion to the driver, nothing left over.
    Weight,
    /// Cost per count of the driver.
    Transaction,
    /// Cost per minute or hour, by time equations.
    Duration,
    /// The charge of the event itself.
    Intensity,
    /// A standard rate times quantity; the rest is over- or under-absorbed.
    Standard,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 8] = [
        Self::Direct,
        Self::Even,
        Self::Percentage,
        Self::Weight,
        Self::Transaction,
        Self::Duration,
        Self::Intensity,
        Self::Standard,
    ];

    /// The name used in models and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Even => "even",
            Self::Percentage => "percentage",
            Self::Weight => "weight",
            Self::Transaction => "transaction",
            Self::Duration => "duration",
            Self::Intensity => "intensity",
            Self::Standard => "standard",
        }
    }

    /// Whether the rate is given and not reckoned from a cost: one for one of money, a standard rate.
    pub(crate) fn rate_is_given(self) -> bool {
        self.charges_money() || self == Self::Standard
    }

    /// Whether the driver is money that is charged as it is.
    pub(crate) fn charges_money(self) -> bool {
        matches!(self, Self::Direct | Self::Intensity)
    }
}

/// Where an activity's quantity by customer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driver {
    /// Rows of the activity log under this name; each counts its `quantity`, or the column given, or one.
    Log {
        /// The name in the log's `activity` column.
        activity: String,
        /// The column that is summed in place of `quantity`.
        column: Option<String>,
    },
    /// Of transactions: `orders`, `lines`, `units`, `revenue`, or a column to sum.
    Transactions(String),
    /// Of customers: `one`, `active_months`, `new`, or a column.
    Customers(String),
    /// A driver of the driver file, by name.
    File(String),
    /// The percentages that this activity gives its customers.
    Percentages(String),
    /// None is needed.
    None,
}

impl std::fmt::Display for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Log { activity, column: None } => write!(f, "activities.{activity}"),
            Self::Log { activity, column: Some(column) } => write!(f, "activities.{activity} ({column})"),
            Self::Transactions(what) => write!(f, "transactions.{what}"),
            Self::Customers(what) => write!(f, "customers.{what}"),
            Self::File(name) => write!(f, "drivers.{name}"),
            Self::Percentages(_) => f.write_str("percentages"),
            Self::None => f.write_str("none"),
        }
    }
}

/// A unit of time in which people estimate work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkUnit {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
}

impl WorkUnit {
    /// How many minutes it has.
    pub fn minutes(self) -> i64 {
        match self {
            Self::Minutes => 1,
            Self::Hours => 60,
        }
    }

    /// Its name, in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
        }
    }
}

/// The time that one unit of a driver takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    /// The equation.
    pub equation: TimeEquation,
    /// Its unit.
    pub unit: WorkUnit,
    /// Where it stands.
    pub at: Location,
}

/// What could be done in a run, or in each calendar period of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// How much.
    pub amount: BigRational,
    /// In time; a count where there is none.
    pub unit: Option<WorkUnit>,
    /// Per calendar period; of the whole run where there is none.
    pub per: Option<CapacityPeriod>,
}

/// A calendar period for which a capacity is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapacityPeriod {
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Twelve calendar months.
    Year,
}

impl CapacityPeriod {
    /// How many months it has.
    pub fn months(self) -> i64 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}
