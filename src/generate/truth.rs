//! What is known of the business beforehand, to be held against what is computed from its files.

use serde::Serialize;

use super::customer::{Customer, Dropout};
use super::damage::{Damage, Written};
use super::params::GenerateParams;
use super::text::{Calendar, push_cents};
use crate::money::Currency;
use crate::time::{Day, TimeUnit};

/// Everything that `truth.json` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// The version that generated the files; another one may generate other files from the same seed.
    pub custval_version: &'static str,
    /// The seed.
    pub seed: u64,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The last day of joining.
    pub join_until: Day,
    /// The unit of `parameters` that are times.
    pub time_unit: TimeUnit,
    /// How customers buy and drop out.
    pub model: &'static str,
    /// Its parameters, by name.
    pub parameters: Vec<(&'static str, f64)>,
    /// The parameters of gamma-gamma spend, in units of the currency.
    pub spend: Vec<(&'static str, f64)>,
    /// The share of purchases paid back, as asked for.
    pub refund_share: f64,
    /// Customers.
    pub customers: u64,
    /// Customers who have not dropped out on the last day.
    pub customers_alive: u64,
    /// The log of transactions.
    pub transactions: LogTruth,
    /// Everything else, where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business: Option<BusinessTruth>,
}

/// The log of transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LogTruth {
    /// Purchases.
    pub purchases: u64,
    /// What was paid for them.
    pub purchase_amount: String,
    /// Those of them that would have been more than ten million, and are ten million: they do not follow the parameters of spend.
    pub purchases_cut: u64,
    /// Refunds, which are rows of their own.
    pub refunds: u64,
    /// What was paid back.
    pub refund_amount: String,
    /// Purchases and refunds: rows before any is damaged.
    pub rows: u64,
    /// Their amounts, refunds taken off.
    pub amount: String,
    /// Rows as they were written: with duplicates twice.
    pub rows_written: u64,
    /// Rows as written that no reader has to set aside.
    pub rows_readable: u64,
    /// The sum of all amounts that a reader can make out, those of rows with other damage among them.
    pub amount_readable: String,
    /// Damaged rows by kind.
    pub damage: Vec<DamageTruth>,
}

/// Rows with one kind of damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DamageTruth {
    /// The kind.
    pub kind: Damage,
    /// How a receipt names it, if a reader sets such rows aside.
    pub reason: Option<&'static str>,
    /// How many rows.
    pub rows: u64,
    /// Their amounts as they would have been.
    pub amount: String,
}

/// Costs and contracts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BusinessTruth {
    /// Units bought.
    pub units: u64,
    /// Rows of the activity log.
    pub activities: u64,
    /// Contracts, a new one for each year of a membership.
    pub contracts: u64,
    /// Customers who are members on the last day.
    pub members: u64,
    /// What each activity costs at the true rates, by its name in the model.
    pub rates: Vec<RateTruth>,
    /// Pools of which some capacity was not used.
    pub capacity: Vec<CapacityTruth>,
    /// Lines of the reconciliation as `allocate` names them.
    pub reconciliation: Vec<(String, String)>,
}

/// What an activity costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateTruth {
    /// The activity, by its name in the model.
    pub activity: &'static str,
    /// Its level.
    pub level: &'static str,
    /// What it costs for each unit of the driver or minute.
    pub rate: String,
    /// Whether the rate is for a `minute`, or for one of the driver.
    pub per: &'static str,
    /// Of these, how many were used.
    pub quantity: u64,
    /// Rate times quantity.
    pub cost: String,
}

/// What a pool could do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapacityTruth {
    /// The pool, by its name in the model.
    pub pool: &'static str,
    /// What it could do from the first day to the last.
    pub capacity: u64,
    /// What was used.
    pub used: u64,
    /// The cost of the rest.
    pub unused_cost: String,
}

/// Hundredths as text.
pub(super) fn shown(cents: i128) -> String {
    Currency::UNNAMED.format(cents)
}

/// Sums over customers.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    pub customers_alive: u64,
    pub purchases: u64,
    pub purchase_cents: i128,
    pub purchases_cut: u64,
    pub refunds: u64,
    pub refund_cents: i128,
}

impl Totals {
    pub fn merge(&mut self, other: &Self) {
        self.customers_alive += other.customers_alive;
        self.purchases += other.purchases;
        self.purchase_cents += other.purchase_cents;
        self.purchases_cut += other.purchases_cut;
        self.refunds += other.refunds;
        self.refund_cents += other.refund_cents;
    }
}

impl Truth {
    pub(super) fn new(params: &GenerateParams, totals: &Totals, written: &Written) -> Self {
        let names = params.purchases.model().parameter_names();
        let named =
            |names: &[&'static str], values: &[f64]| names.iter().copied().zip(values.iter().copied()).collect();
        let damage = written
            .kinds()
            .filter(|(kind, rows, _)| *rows > 0 || params.damage.get(*kind) > 0.0)
            .map(|(kind, rows, cents)| DamageTruth { kind, reason: kind.reason(), rows, amount: shown(cents) })
            .collect();
        Self {
            custval_version: env!("CARGO_PKG_VERSION"),
            seed: params.seed,
            from: params.from,
            to: params.to,
            join_until: params.join_until,
            time_unit: params.time_unit,
            model: params.purchases.model().name(),
            parameters: named(&names, &params.purchases.values()),
            spend: named(&crate::clv::SPEND_PARAMETERS, &params.spend.values()),
            refund_share: params.refunds,
            customers: params.customers.into(),
            customers_alive: totals.customers_alive,
            transactions: LogTruth {
                purchases: totals.purchases,
                purchase_amount: shown(totals.purchase_cents),
                purchases_cut: totals.purchases_cut,
                refunds: totals.refunds,
                refund_amount: shown(totals.refund_cents),
                rows: totals.purchases + totals.refunds,
                amount: shown(totals.purchase_cents - totals.refund_cents),
                rows_written: written.rows,
                rows_readable: written.rows_readable,
                amount_readable: shown(written.amount_readable),
                damage,
            },
            business: None,
        }
    }

    /// As indented JSON.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names and numbers are JSON");
        text.push('\n');
        text
    }
}

/// The first columns of `truth_customers.csv`.
pub(super) const CUSTOMER_COLUMNS: &str =
    "customer_id,joined,purchase_rate,dropout,lifetime_days,alive,mean_spend,transactions,revenue,refunds";

/// What one customer bought.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bought {
    pub purchases: u64,
    pub cents: i64,
    pub refunded: i64,
}

/// Writes the first columns of a customer's row.
pub(super) fn push_customer(
    out: &mut Vec<u8>,
    params: &GenerateParams,
    calendar: &Calendar,
    customer: &Customer,
    bought: Bought,
) {
    use std::io::Write;
    let days = params.days();
    params.ids.push(out, customer.index);
    out.push(b',');
    out.extend_from_slice(calendar.text(customer.joined));
    let (Dropout::Rate(dropout) | Dropout::Chance(dropout)) = customer.dropout;
    let alive = customer.alive(days);
    // Writing into memory does not fail.
    let _ = write!(out, ",{},{dropout},", customer.rate);
    if let Some(lifetime) = customer.lifetime {
        let _ = write!(out, "{lifetime}");
    }
    let _ = write!(out, ",{alive},{},{},", customer.mean_spend / 100.0, bought.purchases);
    push_cents(out, bought.cents);
    out.push(b',');
    push_cents(out, bought.refunded);
}
