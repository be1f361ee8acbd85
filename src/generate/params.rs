//! Checked settings of a synthetic business.

use super::damage::DamageShares;
use super::text::IdForm;
use crate::choice::choices;
use crate::clv::{Model, Parameters, SpendParameters};
use crate::time::{Day, TimeUnit};
use crate::wording::{counted, grouped};
use crate::{Error, Result};

/// In which order the rows of a log stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowOrder {
    /// By date; within a day at random.
    #[default]
    Date,
    /// At random.
    Shuffled,
    /// Customer by customer.
    Customer,
}

choices! {
    RowOrder, "is no order of rows" { Date = "date", Shuffled = "shuffled", Customer = "customer" }
}

/// What the business is like.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateParams {
    /// How many customers it has won.
    pub customers: u32,
    /// All chance comes from here.
    pub seed: u64,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The last day on which customers join: each does on some day from the first to this one, all equally likely.
    pub join_until: Day,
    /// How customers buy and drop out.
    pub purchases: Parameters,
    /// The unit of the parameters that are times.
    pub time_unit: TimeUnit,
    /// What they spend on a purchase, in units of the currency.
    pub spend: SpendParameters,
    /// The share of purchases that are later paid back, in part or whole.
    pub refunds: f64,
    /// The order of rows in logs.
    pub order: RowOrder,
    /// The form of customers' ids.
    pub ids: IdForm,
    /// What is wrong with the log of transactions.
    pub damage: DamageShares,
}

/// Logs of more days than this are no business.
const MOST_DAYS: i32 = 36_525;
/// A customer who buys more often than this is no customer.
const MOST_PURCHASES: f64 = 100_000.0;

impl GenerateParams {
    /// A business of so many customers from its first day to its last: Pareto/NBD in weeks with gamma-gamma spend, customers
    /// joining in the first half, one purchase in fifty paid back, no damage.
    pub fn new(customers: u32, from: Day, to: Day) -> Self {
        Self {
            customers,
            seed: 1,
            from,
            to,
            join_until: Day(from.0 + (to.0 - from.0) / 2),
            purchases: Self::default_purchases(Model::ParetoNbd),
            time_unit: TimeUnit::Week,
            spend: SpendParameters::new([6.0, 4.0, 50.0]).expect("the parameters are positive"),
            refunds: 0.02,
            order: RowOrder::default(),
            ids: IdForm::default(),
            damage: DamageShares::default(),
        }
    }

    /// Parameters in weeks that make a lively business.
    pub fn default_purchases(model: Model) -> Parameters {
        let values = match model {
            Model::ParetoNbd => [0.8, 8.0, 0.9, 30.0],
            Model::BgNbd => [0.8, 8.0, 0.8, 4.0],
        };
        Parameters::new(model, values).expect("the parameters are positive")
    }

    /// Makes purchases so much more or less frequent that the log has so many rows on average.
    ///
    /// # Definition
    /// The time that `alpha` is grows or shrinks; everything else stays. How many rows there are in the end is up to chance:
    /// heavy buyers make it vary by a few parts in the root of the number of customers.
    /// # Errors
    /// `Usage` where there are fewer rows than one purchase each makes, or no rate of purchases gives so many rows.
    pub fn with_rows(mut self, rows: u64) -> Result<Self> {
        let beyond =
            |message: String| Error::usage(message).hint("ask for another number of `--rows` or `--customers`");
        // About so many are asked for: a part of a row is none.
        let fewest = (f64::from(self.customers) * (1.0 + self.refunds)).round() as u64;
        if rows < fewest.max(1) {
            return Err(beyond(format!(
                "`{rows}` rows are too few for {}: with one purchase each and its refunds they make {} or more",
                counted(self.customers.into(), "customer"),
                grouped(fewest)
            )));
        }
        let (model, values) = (self.purchases.model(), self.purchases.values());
        let scaled = |factor: f64| Parameters::new(model, [values[0], values[1] * factor, values[2], values[3]]);
        // More time between purchases, fewer of them: halve the interval of its logarithm.
        let (mut low, mut high) = (-30.0_f64, 30.0_f64);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            self.purchases = scaled(middle.exp())?;
            if self.expected_rows() > rows as f64 { low = middle } else { high = middle }
        }
        let off = (self.expected_rows() - rows as f64).abs();
        if off > 0.5 && off > rows as f64 * 1e-6 {
            return Err(beyond(format!("no rate of purchases gives `{rows}` rows")));
        }
        Ok(self)
    }

    /// How many customers make a log of so many rows on average.
    pub fn customers_for_rows(&self, rows: u64) -> u32 {
        let one = Self { customers: 1, ..self.clone() }.expected_rows();
        (rows as f64 / one).round().clamp(1.0, f64::from(u32::MAX)) as u32
    }

    /// How many rows the log has on average, refunds among them.
    pub fn expected_rows(&self) -> f64 {
        const STEPS: i32 = 64;
        let (days, joining) = (f64::from(self.to.0 - self.from.0), f64::from(self.join_until.0 - self.from.0 + 1));
        // The mean over the days of joining, in the middle of equal parts of them.
        let repeat: f64 = (0..STEPS)
            .map(|step| {
                let age = days + 0.5 - joining * (f64::from(step) + 0.5) / f64::from(STEPS);
                self.purchases.expectation(age.max(0.0) / self.time_unit.days())
            })
            .sum();
        f64::from(self.customers) * (1.0 + repeat / f64::from(STEPS)) * (1.0 + self.refunds)
    }

    /// How many days the business has.
    pub(super) fn days(&self) -> u16 {
        u16::try_from(self.to.0 - self.from.0 + 1).expect("checked settings have fewer days")
    }

    /// Nothing, if such a business can be.
    ///
    /// # Errors
    /// `Usage` with what is wrong.
    pub fn check(&self) -> Result<()> {
        if self.customers == 0 {
            return Err(
                Error::usage("a business without customers has nothing to write").hint("say `--customers 1000`")
            );
        }
        if u64::from(self.customers) > self.ids.most() {
            return Err(Error::usage(format!("eight digits are too few for {} customers", self.customers))
                .hint("call them by longer ids with `--id uuid`"));
        }
        if self.to < self.from || self.to.0 - self.from.0 >= MOST_DAYS {
            return Err(Error::usage(format!("there is no business from {} to {}", self.from, self.to))
                .hint("let `--from` be the earlier day, at most a hundred years before `--to`"));
        }
        if self.to == Day::LAST {
            return Err(Error::usage(format!("`{}` stands for no day in most files, and none is written", self.to))
                .hint("let `--to` be an earlier day"));
        }
        if self.join_until < self.from || self.join_until > self.to {
            return Err(Error::usage(format!("customers cannot join until {}", self.join_until))
                .hint(format!("let `--join-until` lie between {} and {}", self.from, self.to)));
        }
        if !(0.0..=1.0).contains(&self.refunds) {
            return Err(Error::usage("refunds are no share of all purchases").hint("write 0% to 100%: `--refunds 2%`"));
        }
        let each = self.expected_rows() / f64::from(self.customers);
        if each.is_nan() || each > MOST_PURCHASES {
            let often = match each.is_nan() {
                true => "a number of times that cannot be computed".to_owned(),
                false => format!("more than {} times each", grouped(MOST_PURCHASES as u64)),
            };
            return Err(Error::usage(format!("customers would buy {often}")).hint(
                "let `alpha` be a longer time or `r` smaller; with `--rows`, ask for fewer or for more `--customers`",
            ));
        }
        Ok(())
    }
}

/// Values of parameters by name: `r=0.55,alpha=10.6`.
///
/// # Errors
/// `Usage` for a name that is not among those given, with them.
pub fn named_values<const N: usize>(text: &str, names: [&str; N], mut values: [f64; N]) -> Result<[f64; N]> {
    let mut said = [false; N];
    for entry in text.split(',').filter(|entry| !entry.is_empty()) {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        let place = names.iter().position(|known| *known == name).ok_or_else(|| {
            Error::usage(format!("`{name}` is no parameter of the model"))
                .hint(format!("its parameters are {}", crate::columns::list(&names)))
        })?;
        if std::mem::replace(&mut said[place], true) {
            return Err(Error::usage(format!("`{name}` is given twice")).hint("give each parameter once"));
        }
        values[place] = value.parse().map_err(|_| {
            Error::usage(format!("`{entry}` gives no number")).hint(format!("write `{name}=0.5`, with a number"))
        })?;
    }
    Ok(values)
}
