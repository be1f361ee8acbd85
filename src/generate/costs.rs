//! What the business costs: true rates, what was used of them, and the ledger and the costing model that follow.
//!
//! Rates are whole hundredths for each minute or piece, and capacities are whole minutes or pieces, so a pool's cost is its rate
//! times its capacity without rounding: the ledger divided by the capacity is the true rate again, to the last digit.

use super::params::GenerateParams;
use super::text::{Calendar, push_cents};
use super::truth::{BusinessTruth, CapacityTruth, RateTruth, shown};
use crate::allocate::{Level, Period, split_amount};

/// A department, or what else cost is collected in.
struct Pool {
    name: &'static str,
    /// Hundredths for each minute or piece.
    rate: i64,
    /// What it could do is stated in these; without one it does whatever is asked for.
    capacity: Option<&'static str>,
}

const POOLS: [Pool; 6] = [
    Pool { name: "order desk", rate: 80, capacity: Some("minutes") },
    Pool { name: "customer service", rate: 70, capacity: Some("minutes") },
    Pool { name: "warehouse", rate: 15, capacity: Some("units") },
    Pool { name: "delivery", rate: 290, capacity: Some("stops") },
    Pool { name: "field sales", rate: 60, capacity: Some("minutes") },
    Pool { name: "marketing", rate: 400, capacity: None },
];

/// The pools that IT serves, with its share of each in percent.
const SERVED: [(usize, i64); 2] = [(0, 60), (1, 40)];

/// What is done for customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Handling,
    ManualOrder,
    ElectronicOrder,
    DeliveryStop,
    Return,
    Call,
    Visit,
    Welcome,
}

/// How many kinds of work there are.
pub(super) const KINDS: usize = 8;

impl Work {
    pub const ALL: [Self; KINDS] = [
        Self::Handling,
        Self::ManualOrder,
        Self::ElectronicOrder,
        Self::DeliveryStop,
        Self::Return,
        Self::Call,
        Self::Visit,
        Self::Welcome,
    ];

    /// The name in the costing model and the activity log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handling => "handling",
            Self::ManualOrder => "manual order",
            Self::ElectronicOrder => "electronic order",
            Self::DeliveryStop => "delivery stop",
            Self::Return => "return",
            Self::Call => "call",
            Self::Visit => "visit",
            Self::Welcome => "welcome",
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Handling => Level::Unit,
            Self::ManualOrder | Self::ElectronicOrder | Self::DeliveryStop | Self::Return => Level::Transaction,
            Self::Call | Self::Visit => Level::Relationship,
            Self::Welcome => Level::Selling,
        }
    }

    fn pool(self) -> usize {
        match self {
            Self::ManualOrder | Self::ElectronicOrder => 0,
            Self::Return | Self::Call => 1,
            Self::Handling => 2,
            Self::DeliveryStop => 3,
            Self::Visit => 4,
            Self::Welcome => 5,
        }
    }

    /// How much of the pool one event takes: of its minutes or pieces.
    pub fn takes(self, quantity: u64, lines: u64) -> u64 {
        match self {
            Self::ManualOrder => 6 + 2 * lines,
            Self::ElectronicOrder => 1 + lines,
            Self::Return => 15,
            Self::Visit => 30 * quantity,
            Self::Handling | Self::DeliveryStop | Self::Call | Self::Welcome => quantity,
        }
    }
}

/// What one customer cost, in hundredths, by level.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost([i64; Level::ALL.len()]);

/// The columns of `truth_customers.csv` that say what a customer cost, named as `allocate` names them.
pub(super) const COST_COLUMNS: &str =
    "direct_cost,unit_cost,transaction_cost,relationship_cost,selling_cost,cost_to_serve";

impl Cost {
    /// Writes the columns.
    pub fn push(&self, out: &mut Vec<u8>) {
        let to_serve =
            [Level::Unit, Level::Transaction, Level::Relationship, Level::Selling].map(|level| self.of(level));
        for cents in std::iter::once(self.of(Level::Direct)).chain(to_serve).chain([to_serve.iter().sum()]) {
            out.push(b',');
            push_cents(out, cents);
        }
    }

    fn of(&self, level: Level) -> i64 {
        self.0[level as usize]
    }
}

/// What happened in a calendar month.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    used: [u64; KINDS],
    goods: i64,
    revenue: i64,
    refunds: i64,
}

/// What was used, month by month.
#[derive(Debug, Clone)]
pub(super) struct Usage {
    months: Vec<Month>,
    levels: [i128; Level::ALL.len()],
}

impl Usage {
    pub fn new(calendar: &Calendar) -> Self {
        Self { months: vec![Month::default(); calendar.months()], levels: Default::default() }
    }

    pub fn merge(&mut self, other: &Self) {
        for (month, more) in self.months.iter_mut().zip(&other.months) {
            month.used.iter_mut().zip(more.used).for_each(|(used, more)| *used += more);
            month.goods += more.goods;
            month.revenue += more.revenue;
            month.refunds += more.refunds;
        }
        self.levels.iter_mut().zip(other.levels).for_each(|(level, more)| *level += more);
    }

    /// Work was done for a customer.
    pub fn work(&mut self, work: Work, quantity: u64, lines: u64, month: usize, cost: &mut Cost) {
        let taken = work.takes(quantity, lines);
        self.months[month].used[work as usize] += taken;
        self.charge(work.level(), POOLS[work.pool()].rate * taken as i64, cost);
    }

    /// Goods were sold.
    pub fn sale(&mut self, cents: i64, goods: i64, month: usize, cost: &mut Cost) {
        self.months[month].revenue += cents;
        self.months[month].goods += goods;
        self.charge(Level::Direct, goods, cost);
    }

    /// Money was paid back.
    pub fn refund(&mut self, cents: i64, month: usize) {
        self.months[month].refunds += cents;
    }

    fn charge(&mut self, level: Level, cents: i64, cost: &mut Cost) {
        cost.0[level as usize] += cents;
        self.levels[level as usize] += i128::from(cents);
    }

    fn used(&self, work: Work) -> u64 {
        self.months.iter().map(|month| month.used[work as usize]).sum()
    }

    fn used_of(&self, pool: usize) -> impl Iterator<Item = u64> {
        self.months.iter().map(move |month| {
            Work::ALL.into_iter().filter(|work| work.pool() == pool).map(|work| month.used[work as usize]).sum()
        })
    }
}

/// What stands in the ledger and the model, settled once all use is known.
pub(super) struct Books {
    /// What each pool could do: in a month if the business has whole months, else from the first day to the last.
    capacities: [Option<u64>; POOLS.len()],
    /// Capacities are those of a calendar month.
    monthly: bool,
    periods: u64,
    /// The cost of IT.
    service: i128,
    head_office: i128,
    /// The whole cost of each pool, what IT passes on to it included.
    costs: [i128; POOLS.len()],
}

impl Books {
    pub fn new(params: &GenerateParams, usage: &Usage) -> Self {
        let months = Period { from: Some(params.from), to: Some(params.to) }.months();
        let monthly = months.is_some();
        let periods = u64::from(months.unwrap_or(1));
        let mut costs = [0; POOLS.len()];
        let capacities = std::array::from_fn(|pool| {
            let used = usage.used_of(pool);
            let (of_all, capacity): (u64, _) = match (POOLS[pool].capacity, monthly) {
                (None, _) => (used.sum(), None),
                // A tenth is idle in the busiest month; nobody hires for less than an hour.
                (Some(_), true) => {
                    let each = used.max().unwrap_or(0) * 10 / 9 + 60;
                    (each * periods, Some(each))
                }
                (Some(_), false) => {
                    let all = used.sum::<u64>() * 10 / 9 + 60;
                    (all, Some(all))
                }
            };
            costs[pool] = i128::from(POOLS[pool].rate) * i128::from(of_all);
            capacity
        });
        // A fifth of what the dearer share allows, each month alike and such that percentages of it are whole.
        let most = SERVED.iter().map(|&(pool, percent)| costs[pool] * 100 / i128::from(percent)).min().unwrap_or(0);
        let step = 100 * i128::from(periods);
        let service = most / 5 / step * step;
        let head_office = costs.iter().sum::<i128>() / 20 + 50_000 * usage.months.len() as i128;
        Self { capacities, monthly, periods, service, head_office, costs }
    }

    /// The ledger: month by month what each department spent, goods, sales and refunds.
    pub fn ledger(&self, usage: &Usage, calendar: &Calendar) -> Vec<u8> {
        let mut out = b"date,account,cost_centre,description,amount\n".to_vec();
        let months = usage.months.len();
        let even = |total: i128| split_amount(total, &vec![1; months]).expect("there is at least one month");
        let own = |pool: usize| {
            let served = SERVED.iter().find(|(served, _)| *served == pool);
            self.costs[pool] - served.map_or(0, |(_, percent)| self.service * i128::from(*percent) / 100)
        };
        let spent: Vec<(&str, Vec<i128>)> = POOLS
            .iter()
            .enumerate()
            .map(|(number, pool)| match pool.capacity {
                Some(_) => (pool.name, even(own(number))),
                None => {
                    (pool.name, usage.used_of(number).map(|used| i128::from(pool.rate) * i128::from(used)).collect())
                }
            })
            .chain([("IT", even(self.service)), ("head office", even(self.head_office))])
            .collect();
        for (number, month) in usage.months.iter().enumerate() {
            let date = calendar.text(calendar.month_ends[number]);
            let mut post = |account: &str, centre: &str, what: &str, cents: i128| {
                out.extend_from_slice(date);
                out.extend_from_slice(format!(",{account},{centre},{what},{}\n", shown(cents)).as_bytes());
            };
            post("4000", "shop", "Sales", -i128::from(month.revenue));
            post("4900", "shop", "Refunds", i128::from(month.refunds));
            post("5000", "goods", "Cost of goods sold", month.goods.into());
            for (centre, months) in &spent {
                let cents = months[number];
                let (systems, rent) = (cents / 10, cents / 5);
                post("6100", centre, "Wages", cents - systems - rent);
                post("6200", centre, "Systems", systems);
                post("6300", centre, "Rent", rent);
            }
        }
        out
    }

    /// The costing model that takes this ledger back to the customers.
    pub fn model(&self, params: &GenerateParams) -> String {
        let capacity = |pool: usize| {
            let amount = self.capacities[pool].unwrap_or_default();
            let unit = POOLS[pool].capacity.unwrap_or_default();
            format!("\"{amount} {unit}{}\"", if self.monthly { "/month" } else { "" })
        };
        let (from, to) = (params.from, params.to);
        format!(
            r#"# The costing model of a synthetic business from {from} to {to}, whose true rates are known:
#
#     custval allocate costing.toml --from {from} --to {to}
#
# `custval allocate --example` prints a model with a remark at every entry.

[model]
name = "Synthetic business"
keep = ["segment", "region", "channel"]

[inputs.ledger]
path = "ledger.csv"

[inputs.transactions]
path = "transactions.csv"

[inputs.activities]
path = "activities.csv"

[inputs.customers]
path = "customers.csv"

# What the ledger has as sales must be what the transactions sum to.
[revenue]
accounts = ["4000"]
refunds = ["4900"]

[pools.goods]
accounts = ["5000"]

[pools."order desk"]
accounts = ["6*"]
cost_centres = ["order desk"]
practical_capacity = {order_desk}

[pools."customer service"]
accounts = ["6*"]
cost_centres = ["customer service"]
practical_capacity = {customer_service}

[pools.warehouse]
accounts = ["6*"]
cost_centres = ["warehouse"]

[pools.delivery]
accounts = ["6*"]
cost_centres = ["delivery"]

[pools."field sales"]
accounts = ["6*"]
cost_centres = ["field sales"]
practical_capacity = {field_sales}

[pools.marketing]
accounts = ["6*"]
cost_centres = ["marketing"]

[pools.IT]
accounts = ["6*"]
cost_centres = ["IT"]

[pools."head office"]
accounts = ["6*"]
cost_centres = ["head office"]

[services.IT]
pool = "IT"
serves = {{ "order desk" = "60%", "customer service" = "40%" }}

[activities.goods]
pool = "goods"
level = "direct"
driver = "transactions.cost_of_goods"

[activities.handling]
pool = "warehouse"
level = "unit"
driver = "transactions.units"
practical_capacity = {warehouse}

[activities."manual order"]
pool = "order desk"
level = "transaction"
minutes = "6 + 2*lines"

[activities."electronic order"]
pool = "order desk"
level = "transaction"
minutes = "1 + lines"

[activities."delivery stop"]
pool = "delivery"
level = "transaction"
practical_capacity = {delivery}

[activities.return]
pool = "customer service"
level = "transaction"
minutes = 15

[activities.call]
pool = "customer service"
level = "relationship"
minutes = 1                     # its quantity is in minutes already

[activities.visit]
pool = "field sales"
level = "relationship"
minutes = 30

[activities.welcome]
pool = "marketing"
level = "selling"
acquisition = true

[activities."head office"]
pool = "head office"
level = "enterprise"
"#,
            order_desk = capacity(0),
            customer_service = capacity(1),
            warehouse = capacity(2),
            delivery = capacity(3),
            field_sales = capacity(4),
        )
    }

    /// What is known of rates, capacities and the reconciliation.
    pub fn truth(&self, usage: &Usage) -> BusinessTruth {
        let rates = Work::ALL
            .into_iter()
            .map(|work| {
                let pool = &POOLS[work.pool()];
                let quantity = usage.used(work);
                RateTruth {
                    activity: work.name(),
                    level: work.level().name(),
                    rate: shown(pool.rate.into()),
                    per: if pool.capacity == Some("minutes") { "minute" } else { "one" },
                    quantity,
                    cost: shown(i128::from(pool.rate) * i128::from(quantity)),
                }
            })
            .collect();
        let total = self.costs.iter().sum::<i128>() + self.head_office;
        let goods = usage.levels[Level::Direct as usize];
        let mut reconciliation = vec![("cost: ledger".to_owned(), total + goods)];
        for level in Level::ALL.into_iter().filter(|level| *level != Level::Enterprise) {
            reconciliation.push((format!("cost: customers, {}", level.name()), usage.levels[level as usize]));
        }
        let mut capacity = Vec::new();
        for (number, pool) in POOLS.iter().enumerate() {
            let Some(each) = self.capacities[number] else { continue };
            let (all, used) = (each * self.periods, usage.used_of(number).sum::<u64>());
            let unused = i128::from(pool.rate) * i128::from(all - used);
            capacity.push(CapacityTruth { pool: pool.name, capacity: all, used, unused_cost: shown(unused) });
            // A capacity in pieces belongs to the activity.
            let name = match pool.name {
                "warehouse" => "handling",
                "delivery" => "delivery stop",
                name => name,
            };
            reconciliation.push((format!("cost: unused capacity, {name}"), unused));
        }
        reconciliation.push(("cost: enterprise, head office".into(), self.head_office));
        let reconciliation = reconciliation.into_iter().map(|(line, cents)| (line, shown(cents))).collect();
        BusinessTruth { rates, capacity, reconciliation, ..BusinessTruth::default() }
    }
}
