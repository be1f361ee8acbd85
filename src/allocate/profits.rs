//! Profit by customer, and the ledger reconciled with it to the minor unit.

use super::allocation::Allocation;
use super::model::Level;
use super::split::split_amount;
use super::usage::Usage;
use crate::Result;

/// The profit and loss of each customer, in minor units, in the order of the usage's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profits {
    /// Traced to the sale itself.
    pub direct_cost: Vec<i128>,
    /// Inventory, handling.
    pub unit_cost: Vec<i128>,
    /// Order processing, shipping.
    pub transaction_cost: Vec<i128>,
    /// Account maintenance, contact time, service.
    pub relationship_cost: Vec<i128>,
    /// Mailings, samples, acquisition.
    pub selling_cost: Vec<i128>,
    /// The part of selling cost that won customers.
    pub acquisition_cost: Vec<i128>,
}

impl Profits {
    /// The four levels that serve a customer, together.
    pub fn cost_to_serve(&self, object: usize) -> i128 {
        self.unit_cost[object]
            + self.transaction_cost[object]
            + self.relationship_cost[object]
            + self.selling_cost[object]
    }

    /// Net revenue less direct cost and cost to serve.
    pub fn profit(&self, usage: &Usage, object: usize) -> i128 {
        usage.facts.net_revenue(object) - self.direct_cost[object] - self.cost_to_serve(object)
    }
}

/// The profit and loss of each customer.
///
/// # Definition
/// ```text
/// net revenue   = revenue - discounts - refunds
/// cost to serve = unit + transaction + relationship + selling
/// profit        = net revenue - direct cost - cost to serve
/// ```
pub fn customer_profits(allocation: &Allocation, usage: &Usage) -> Profits {
    let objects = usage.ids.len();
    let zeros = || vec![0_i128; objects];
    let mut profits = Profits {
        direct_cost: zeros(),
        unit_cost: zeros(),
        transaction_cost: zeros(),
        relationship_cost: zeros(),
        selling_cost: zeros(),
        acquisition_cost: zeros(),
    };
    for activity in allocation.activities.iter().filter(|activity| !activity.amounts.is_empty()) {
        let column = match activity.level {
            Level::Direct => &mut profits.direct_cost,
            Level::Unit => &mut profits.unit_cost,
            Level::Transaction => &mut profits.transaction_cost,
            Level::Relationship => &mut profits.relationship_cost,
            Level::Selling => &mut profits.selling_cost,
            Level::Enterprise => continue,
        };
        add(column, &activity.amounts);
        if activity.acquisition {
            add(&mut profits.acquisition_cost, &activity.amounts);
        }
    }
    profits
}

fn add(column: &mut [i128], amounts: &[i64]) {
    for (sum, amount) in column.iter_mut().zip(amounts) {
        *sum += i128::from(*amount);
    }
}

/// One line of a reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciliationLine {
    /// What it is.
    pub line: String,
    /// How much, in minor units.
    pub amount: i128,
}

/// The ledger against everything it became, and revenue likewise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The lines, in their order.
    pub lines: Vec<ReconciliationLine>,
    /// What the cost lines leave of the ledger: zero, or something is wrong.
    pub cost_difference: i128,
    /// What the revenue lines leave: zero, or the ledger and the transactions tell different stories.
    pub revenue_difference: i128,
}

impl Reconciliation {
    /// Whether both identities hold.
    pub fn holds(&self) -> bool {
        self.cost_difference == 0 && self.revenue_difference == 0
    }
}

/// The reconciliation of a run, summed anew from the amounts of its customers.
///
/// # Definition
/// ```text
/// ledger  = customers + other cost objects + unassigned + unused capacity - over-driven +- rate variance + enterprise
/// revenue = customers + customers that no file has
/// ```
/// Where the model names revenue accounts, the ledger's revenue stands against that of the transactions too.
pub fn reconcile(allocation: &Allocation, usage: &Usage, profits: &Profits) -> Reconciliation {
    let mut lines = vec![line("cost: ledger", allocation.ledger)];
    let sum = |column: &[i128]| column.iter().sum::<i128>();
    lines.push(line("cost: customers, direct", sum(&profits.direct_cost)));
    lines.push(line("cost: customers, unit", sum(&profits.unit_cost)));
    lines.push(line("cost: customers, transaction", sum(&profits.transaction_cost)));
    lines.push(line("cost: customers, relationship", sum(&profits.relationship_cost)));
    lines.push(line("cost: customers, selling", sum(&profits.selling_cost)));
    let named = |what: &str, name: &str, amount: i128, lines: &mut Vec<ReconciliationLine>| {
        if amount != 0 {
            lines.push(line(&format!("cost: {what}, {name}"), amount));
        }
    };
    for activity in &allocation.activities {
        if let Some((object, amount)) = &activity.other_object {
            named("other cost object", object, *amount, &mut lines);
        }
    }
    for one in &allocation.unassigned {
        named("unassigned", &one.reason, one.amount, &mut lines);
    }
    for activity in &allocation.activities {
        let reason = if activity.to_customers == 0 && activity.amounts.is_empty() {
            format!("activity {}: no driver quantity", activity.name)
        } else if activity.method == super::Method::Percentage {
            format!("activity {}: percentages left open, or of customers that no file has", activity.name)
        } else if activity.measure.is_some_and(|(measure, _)| usage.without_column.contains(&measure)) {
            format!("activity {}: its log lacks a column asked for", activity.name)
        } else {
            format!("activity {}: customers that no file has", activity.name)
        };
        named("unassigned", &reason, activity.unassigned, &mut lines);
    }
    let unused = (allocation.shared_pools.iter().map(|pool| (&pool.name, pool.unused)))
        .chain(allocation.activities.iter().map(|activity| (&activity.name, activity.unused)));
    let (mut idle, mut over): (Vec<_>, Vec<_>) =
        unused.filter(|(_, amount)| *amount != 0).partition(|(_, amount)| *amount > 0);
    // A negative cost has its unused capacity below zero, too; the name follows the sign.
    idle.sort();
    over.sort();
    for (name, amount) in idle {
        named("unused capacity", name, amount, &mut lines);
    }
    for (name, amount) in over {
        named("over-driven", name, amount, &mut lines);
    }
    for pool in &allocation.shared_pools {
        named("rate variance", &pool.name, pool.variance, &mut lines);
    }
    for activity in &allocation.activities {
        named("rate variance", &activity.name, activity.variance, &mut lines);
    }
    for activity in &allocation.activities {
        named("enterprise", &activity.name, activity.enterprise, &mut lines);
    }
    let cost_difference = allocation.ledger - lines[1..].iter().map(|line| line.amount).sum::<i128>();
    lines.push(line("cost: difference", cost_difference));
    let revenue_difference = revenue_lines(allocation, usage, &mut lines);
    let customers: i128 = (0..usage.ids.len()).map(|object| profits.profit(usage, object)).sum();
    let net: i128 = (0..usage.ids.len()).map(|object| usage.facts.net_revenue(object)).sum();
    let loose = usage.loose.revenue - usage.loose.discounts - usage.loose.refunds;
    lines.push(line("profit: customers", customers));
    lines.push(line("profit: company", net + loose - allocation.ledger));
    Reconciliation { lines, cost_difference, revenue_difference }
}

fn line(line: &str, amount: i128) -> ReconciliationLine {
    ReconciliationLine { line: line.to_owned(), amount }
}

fn revenue_lines(allocation: &Allocation, usage: &Usage, lines: &mut Vec<ReconciliationLine>) -> i128 {
    let sum = |column: &[i64]| column.iter().map(|amount| i128::from(*amount)).sum::<i128>();
    let customers = [sum(&usage.facts.revenue), sum(&usage.facts.discounts), sum(&usage.facts.refunds)];
    let loose = [usage.loose.revenue, usage.loose.discounts, usage.loose.refunds];
    let net = |parts: [i128; 3]| parts[0] - parts[1] - parts[2];
    let ledger = allocation.ledger_revenue.map(|ledger| [ledger.revenue, ledger.discounts, ledger.refunds]);
    if let Some(ledger) = ledger {
        lines.push(line("revenue: ledger, net", net(ledger)));
    }
    lines.push(line("revenue: customers, gross", customers[0]));
    lines.push(line("revenue: customers, discounts", -customers[1]));
    lines.push(line("revenue: customers, refunds", -customers[2]));
    if loose != [0; 3] {
        lines.push(line("revenue: customers that no file has", net(loose)));
    }
    let difference = ledger.map_or(0, |ledger| net(ledger) - net(customers) - net(loose));
    lines.push(line("revenue: difference", difference));
    difference
}

/// On what the cost below the line is spread, when somebody asks for full cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FullCost {
    /// In proportion to gross revenue.
    Revenue,
    /// In proportion to units bought.
    Units,
    /// The same to every customer.
    Even,
}

impl FullCost {
    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Units => "units",
            Self::Even => "even",
        }
    }
}

/// Enterprise cost and unused capacity spread over customers, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadCost {
    /// Enterprise cost.
    pub enterprise: Vec<i128>,
    /// Unused capacity less over-driven use.
    pub unused_capacity: Vec<i128>,
}

/// The cost below the line, spread over customers on request.
///
/// # Errors
/// `ErrorKind::Domain` where the basis is zero for everybody and the cost is not.
pub fn spread_below_the_line(allocation: &Allocation, usage: &Usage, basis: FullCost) -> Result<SpreadCost> {
    let weights: Vec<i128> = match basis {
        FullCost::Revenue => usage.facts.revenue.iter().map(|amount| i128::from(*amount).max(0)).collect(),
        FullCost::Units => usage.facts.units.iter().map(|units| i128::from(*units).max(0)).collect(),
        FullCost::Even => vec![1; usage.ids.len()],
    };
    let spread = |total: i128| {
        split_amount(total, &weights).map_err(|_| {
            crate::Error::domain(format!("full cost cannot be spread by {}: nobody has any", basis.name()))
                .hint("spread it with `--full-cost even`")
        })
    };
    Ok(SpreadCost {
        enterprise: spread(enterprise(allocation))?,
        unused_capacity: spread(unused_capacity(allocation))?,
    })
}

/// Enterprise cost of a run, in minor units.
pub fn enterprise(allocation: &Allocation) -> i128 {
    allocation.activities.iter().map(|activity| activity.enterprise).sum()
}

/// Unused capacity of a run less over-driven use, in minor units.
pub fn unused_capacity(allocation: &Allocation) -> i128 {
    allocation.activities.iter().map(|activity| activity.unused).sum::<i128>()
        + allocation.shared_pools.iter().map(|pool| pool.unused).sum::<i128>()
}
