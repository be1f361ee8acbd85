//! From customers' past profit and loss to what a future purchase and a future year bring.

use std::collections::BTreeMap;

use crate::money::Currency;
use crate::time::DAYS_PER_YEAR;
use crate::{Error, Result};

/// The profit and loss of one customer in a period, in minor units of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProfitRow {
    /// Revenue less discounts and refunds.
    pub net_revenue: i64,
    /// Cost traced to the sale itself.
    pub direct_cost: i64,
    /// Cost to serve at unit level.
    pub unit_cost: i64,
    /// Cost to serve at transaction level.
    pub transaction_cost: i64,
    /// Cost to serve at relationship level.
    pub relationship_cost: i64,
    /// Cost to serve at selling level, without acquisition.
    pub selling_cost: i64,
    /// Days of the period on which the customer was one.
    pub active_days: u32,
    /// Days of the period with a purchase.
    pub purchase_days: u32,
}

/// What a purchase and a year of a customer bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Economics {
    /// c, the share of spend left after direct and unit cost.
    pub contribution: f64,
    /// k, the transaction cost of a purchase day, in units of the currency.
    pub cost_per_purchase: f64,
    /// f, the relationship and selling cost of a year of 365.25 active days, in units of the currency.
    pub cost_per_year: f64,
}

impl Economics {
    pub(crate) fn is_finite(&self) -> bool {
        [self.contribution, self.cost_per_purchase, self.cost_per_year].iter().all(|value| value.is_finite())
    }
}

/// The figures of one segment, and whom they stand on.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentEconomics {
    /// The segment; empty where there are none.
    pub segment: String,
    /// Customers in it.
    pub customers: usize,
    /// Customers with a profit row, on whom the figures stand.
    pub with_profits: usize,
    /// Whether the segment's own rows could not give the figures, so that those of all customers stand in.
    pub overall: bool,
    /// The figures.
    pub economics: Economics,
}

/// Economics pooled by segment.
#[derive(Debug, Clone, PartialEq)]
pub struct PooledEconomics {
    /// One per customer, in the order given.
    pub by_customer: Vec<Economics>,
    /// One per segment, in the byte order of their names.
    pub segments: Vec<SegmentEconomics>,
    /// Customers without a profit row, who take their segment's figures.
    pub without_profits: usize,
}

/// Contribution, cost per purchase and cost per year of each customer's segment.
///
/// # Definition
/// ```text
/// c = 1 - (direct + unit cost) / net revenue      k = transaction cost / purchase days
/// f = (relationship + selling cost) / active days x 365.25
/// ```
/// each a ratio of sums over the segment's customers, so that large customers weigh more and a single
/// customer's odd year moves little. One customer's own figures are not used: a period has too few of
/// his purchases to set them against chance.
/// # Edge cases
/// Without `segments` all customers are one. A segment without net revenue, purchase days or active days takes the
/// figures of all customers, and says so.
/// # Errors
/// `LengthMismatch` where `segments` is not one per customer; `Data` where all customers together have no positive
/// net revenue, no purchase days or no active days.
pub fn pool_economics(
    profits: &[Option<ProfitRow>],
    segments: Option<&[&str]>,
    currency: &Currency,
) -> Result<PooledEconomics> {
    if let Some(segments) = segments.filter(|segments| segments.len() != profits.len()) {
        return Err(Error::length_mismatch("segments", profits.len(), segments.len()));
    }
    let segment_of = |customer: usize| segments.map_or("", |segments| segments[customer]);
    let mut sums: BTreeMap<&str, (usize, Sums)> = BTreeMap::new();
    let mut all = Sums::default();
    for (customer, row) in profits.iter().enumerate() {
        let (customers, sum) = sums.entry(segment_of(customer)).or_default();
        *customers += 1;
        if let Some(row) = row {
            sum.add(row);
            all.add(row);
        }
    }
    let overall = all.economics(currency).ok_or_else(|| {
        let missing = [
            (all.net_revenue <= 0, "net revenue"),
            (all.purchase_days == 0, "purchase days"),
            (all.active_days == 0, "active days"),
        ];
        let missing: Vec<&str> = missing.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
        Error::data(format!("all customers together have no {} above zero", missing.join(" and no ")))
            .hint("give the profits of a period with sales, or a margin with `--margin`")
    })?;
    let pooled: BTreeMap<&str, Option<Economics>> =
        sums.iter().map(|(segment, (_, sum))| (*segment, sum.economics(currency))).collect();
    let segments = sums
        .iter()
        .map(|(segment, (customers, sum))| SegmentEconomics {
            segment: (*segment).to_owned(),
            customers: *customers,
            with_profits: sum.rows,
            overall: pooled[segment].is_none(),
            economics: pooled[segment].unwrap_or(overall),
        })
        .collect();
    Ok(PooledEconomics {
        by_customer: (0..profits.len()).map(|customer| pooled[segment_of(customer)].unwrap_or(overall)).collect(),
        segments,
        without_profits: profits.iter().filter(|row| row.is_none()).count(),
    })
}

#[derive(Default)]
struct Sums {
    rows: usize,
    net_revenue: i128,
    contribution_cost: i128,
    transaction_cost: i128,
    yearly_cost: i128,
    active_days: u64,
    purchase_days: u64,
}

impl Sums {
    fn add(&mut self, row: &ProfitRow) {
        self.rows += 1;
        self.net_revenue += i128::from(row.net_revenue);
        self.contribution_cost += i128::from(row.direct_cost) + i128::from(row.unit_cost);
        self.transaction_cost += i128::from(row.transaction_cost);
        self.yearly_cost += i128::from(row.relationship_cost) + i128::from(row.selling_cost);
        self.active_days += u64::from(row.active_days);
        self.purchase_days += u64::from(row.purchase_days);
    }

    fn economics(&self, currency: &Currency) -> Option<Economics> {
        (self.net_revenue > 0 && self.active_days > 0 && self.purchase_days > 0).then(|| Economics {
            contribution: (self.net_revenue - self.contribution_cost) as f64 / self.net_revenue as f64,
            cost_per_purchase: currency.to_f64(self.transaction_cost) / self.purchase_days as f64,
            cost_per_year: currency.to_f64(self.yearly_cost) / self.active_days as f64 * DAYS_PER_YEAR,
        })
    }
}
