//! The figures of a curve by name, as scripts ask for them.

use super::curve::Curve;

/// What a statistic is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Customers.
    Customers,
    /// Units of the currency.
    Money,
    /// A fraction of one.
    Share,
    /// A percentage.
    Percent,
    /// A number without a unit.
    Index,
}

impl Unit {
    /// The unit by name, as tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Money => "money",
            Self::Share => "share",
            Self::Percent => "percent",
            Self::Index => "index",
        }
    }
}

/// One figure of a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistic {
    /// Its name, which stays.
    pub statistic: String,
    /// Its value; `None` where it is not defined: a percentage of a total that is zero or less, the
    /// Gini index of nothing but zeros.
    pub value: Option<f64>,
    /// What the value is counted in.
    pub unit: Unit,
}

/// The top percentages of customers that are reported.
const TOP: [u32; 4] = [1, 5, 10, 20];
/// The bottom percentages of customers that are reported.
const BOTTOM: [u32; 2] = [10, 20];

impl Curve {
    /// Every figure of the curve, by name.
    ///
    /// # Shape
    /// Always the same names in the same order: `customers`, `total_profit`, `peak_profit`, `peak_pct`,
    /// `peak_customers`, `peak_customer_share`, `profit_at_risk`, `loss_makers`, `loss_maker_share`,
    /// `loss_maker_profit`, `break_even_customers`, `customers_for_80_pct_of_peak`,
    /// `customer_share_for_80_pct_of_peak`; `top_1_pct_profit` and `top_1_pct_share`, likewise 5, 10
    /// and 20; `bottom_10_pct_profit` and `bottom_10_pct_share`, likewise 20; `gini`, `gini_max1`.
    pub fn statistics(&self) -> Vec<Statistic> {
        let mut all = Vec::with_capacity(27);
        let mut add = |statistic: &str, value: Option<f64>, unit| {
            all.push(Statistic { statistic: statistic.into(), value, unit });
        };
        let share_of_customers = |customers: u64| Some(customers as f64 / self.customers() as f64);
        let count = |customers: u64| Some(customers as f64);
        let most = self.customers_for_peak_share(80);
        add("customers", count(self.customers()), Unit::Customers);
        add("total_profit", Some(self.total()), Unit::Money);
        add("peak_profit", Some(self.peak()), Unit::Money);
        add("peak_pct", self.percent(self.peak()), Unit::Percent);
        add("peak_customers", count(self.peak_customers()), Unit::Customers);
        add("peak_customer_share", share_of_customers(self.peak_customers()), Unit::Share);
        add("profit_at_risk", Some(self.profit_at_risk()), Unit::Money);
        add("loss_makers", count(self.loss_makers()), Unit::Customers);
        add("loss_maker_share", share_of_customers(self.loss_makers()), Unit::Share);
        add("loss_maker_profit", Some(self.loss_maker_profit()), Unit::Money);
        add("break_even_customers", count(self.break_even_customers()), Unit::Customers);
        add("customers_for_80_pct_of_peak", count(most), Unit::Customers);
        add("customer_share_for_80_pct_of_peak", share_of_customers(most), Unit::Share);
        for percent in TOP {
            let profit = self.top_profit(percent);
            add(&format!("top_{percent}_pct_profit"), Some(profit), Unit::Money);
            add(&format!("top_{percent}_pct_share"), self.share(profit), Unit::Share);
        }
        for percent in BOTTOM {
            let profit = self.bottom_profit(percent);
            add(&format!("bottom_{percent}_pct_profit"), Some(profit), Unit::Money);
            add(&format!("bottom_{percent}_pct_share"), self.share(profit), Unit::Share);
        }
        let gini = self.gini();
        add("gini", gini.gini, Unit::Index);
        add("gini_max1", gini.gini_max1, Unit::Index);
        all
    }

    /// How concentrated the values are, by name: for revenue or cost, which stand beside profit.
    ///
    /// # Shape
    /// Always the same names in the same order, each beginning with `measure`: `…_total`;
    /// `…_top_10_pct_share` and `…_top_20_pct_share`, what the top tenth and fifth of the customers have;
    /// `…_customer_share_for_80_pct` and `…_for_90_pct`, which share of customers has 80 and 90 % of the
    /// total (the rules of 80/20 and 90/10 as they are found); `…_balance_share`, the share `p` of
    /// customers who have `1 - p` of the total; `…_gini`, `…_gini_max1`.
    pub fn concentration(&self, measure: &str) -> Vec<Statistic> {
        let statistic = |name: &str, value, unit| Statistic { statistic: format!("{measure}_{name}"), value, unit };
        let share_with = |percent| {
            let customers = self.customers_for_total_share(percent);
            customers.map(|customers| customers as f64 / self.customers() as f64)
        };
        let gini = self.gini();
        vec![
            statistic("total", Some(self.total()), Unit::Money),
            statistic("top_10_pct_share", self.share(self.top_profit(10)), Unit::Share),
            statistic("top_20_pct_share", self.share(self.top_profit(20)), Unit::Share),
            statistic("customer_share_for_80_pct", share_with(80), Unit::Share),
            statistic("customer_share_for_90_pct", share_with(90), Unit::Share),
            statistic("balance_share", self.balance_share(), Unit::Share),
            statistic("gini", gini.gini, Unit::Index),
            statistic("gini_max1", gini.gini_max1, Unit::Index),
        ]
    }
}
