//! What was used by whom: driver quantities, revenue and days, one row a customer (or other object of cost).

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Driver, Method, Model};
use crate::Result;
use crate::scan::Texts;

/// The measures that a model's drivers need, in a fixed order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measures {
    list: Vec<Measure>,
    of_activity: BTreeMap<String, ActivityMeasures>,
}

/// A quantity per customer that the files are asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    pub driver: Driver,
    /// The activity whose time equation is applied.
    pub equation_of: Option<String>,
    /// Money in minor units instead of a quantity.
    pub money: bool,
    /// Values are integers of this many decimals.
    pub decimals: u32,
}

/// Where the quantities of an activity stand among the measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ActivityMeasures {
    /// What its rate is multiplied with.
    pub used: usize,
    /// Its driver before a time equation is applied.
    pub driver: usize,
}

impl Measures {
    /// What the model needs; `money_decimals` are those of its currency.
    pub fn of(model: &Model, money_decimals: u8) -> Self {
        let mut measures = Self::default();
        for (name, activity) in &model.activities {
            if activity.driver == Driver::None {
                continue;
            }
            let money = activity.method.charges_money();
            let decimals = match &activity.driver {
                Driver::Percentages(_) => super::exact::SHARE_DECIMALS,
                _ if money => money_decimals.into(),
                _ => super::exact::QUANTITY_DECIMALS,
            };
            let plain = Measure { driver: activity.driver.clone(), equation_of: None, money, decimals };
            let driver = measures.position(plain.clone());
            let used = match &activity.time {
                Some(time) if activity.method == Method::Duration => {
                    let compiled = time.equation.compile().expect("a checked model has equations that compile");
                    let decimals = plain.decimals + compiled.decimals();
                    measures.position(Measure { equation_of: Some(name.clone()), decimals, ..plain })
                }
                _ => driver,
            };
            measures.of_activity.insert(name.clone(), ActivityMeasures { used, driver });
        }
        measures
    }

    fn position(&mut self, measure: Measure) -> usize {
        self.list.iter().position(|known| *known == measure).unwrap_or_else(|| {
            self.list.push(measure);
            self.list.len() - 1
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether the model needs none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Measure> {
        self.list.iter()
    }

    pub(crate) fn get(&self, measure: usize) -> &Measure {
        &self.list[measure]
    }

    pub(crate) fn of_activity(&self, name: &str) -> Option<ActivityMeasures> {
        self.of_activity.get(name).copied()
    }
}

/// Quantities by object and measure, exact: 64-bit cells, and a carry of 2^64 for the few that overflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quantities {
    objects: usize,
    /// Measure by measure, so that one is read in one go.
    cells: Vec<i64>,
    carries: BTreeMap<usize, i64>,
    /// By measure: what objects that no file has used.
    unknown: Vec<i128>,
}

impl Quantities {
    /// All zero.
    pub fn new(objects: usize, measures: usize) -> Self {
        Self { objects, cells: vec![0; objects * measures], carries: BTreeMap::new(), unknown: vec![0; measures] }
    }

    pub(crate) fn from_cells(
        objects: usize,
        cells: Vec<i64>,
        carries: BTreeMap<usize, i64>,
        unknown: Vec<i128>,
    ) -> Self {
        Self { objects, cells, carries, unknown }
    }

    /// Adds a quantity of an object, or of one that no file has.
    pub fn add(&mut self, object: Option<usize>, measure: usize, quantity: i128) {
        let Some(object) = object else {
            self.unknown[measure] += quantity;
            return;
        };
        let sum = self.get(object, measure) + quantity;
        let cell = measure * self.objects + object;
        // The low 64 bits, and how many times 2^64 are missing from them.
        self.cells[cell] = sum as i64;
        match ((sum - i128::from(sum as i64)) >> 64) as i64 {
            0 => self.carries.remove(&cell),
            carry => self.carries.insert(cell, carry),
        };
    }

    /// The quantity of an object.
    #[inline]
    pub fn get(&self, object: usize, measure: usize) -> i128 {
        let cell = measure * self.objects + object;
        let low = i128::from(self.cells[cell]);
        if self.carries.is_empty() {
            return low;
        }
        low + (i128::from(self.carries.get(&cell).copied().unwrap_or(0)) << 64)
    }

    /// The quantities of all objects.
    pub(crate) fn column(&self, measure: usize) -> Vec<i128> {
        let low = &self.cells[measure * self.objects..(measure + 1) * self.objects];
        if self.carries.is_empty() {
            return low.iter().map(|low| i128::from(*low)).collect();
        }
        (0..self.objects).map(|object| self.get(object, measure)).collect()
    }

    /// What objects that no file has used.
    pub fn unknown(&self, measure: usize) -> i128 {
        self.unknown[measure]
    }
}

/// Revenue and days of each object, in minor units and days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Gross revenue.
    pub revenue: Vec<i64>,
    /// Discounts granted.
    pub discounts: Vec<i64>,
    /// Refunds, as a positive amount.
    pub refunds: Vec<i64>,
    /// Units bought, in millionths.
    pub units: Vec<i64>,
    /// Days of the period on which the customer was one.
    pub active_days: Vec<u32>,
    /// Days of the period with a purchase.
    pub purchase_days: Vec<u32>,
}

impl Facts {
    /// Nothing bought, not active.
    pub fn none(objects: usize) -> Self {
        Self {
            revenue: vec![0; objects],
            discounts: vec![0; objects],
            refunds: vec![0; objects],
            units: vec![0; objects],
            active_days: vec![0; objects],
            purchase_days: vec![0; objects],
        }
    }

    /// Revenue less discounts and refunds.
    pub fn net_revenue(&self, object: usize) -> i128 {
        i128::from(self.revenue[object]) - i128::from(self.discounts[object]) - i128::from(self.refunds[object])
    }
}

/// Revenue of rows whose customer no object stands for, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LooseRevenue {
    /// Gross revenue.
    pub revenue: i128,
    /// Discounts.
    pub discounts: i128,
    /// Refunds.
    pub refunds: i128,
}

/// Everything that the files say about the objects of cost, in byte order of their keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// Keys: customers, or the values of another dimension.
    pub ids: Texts,
    /// Revenue and days.
    pub facts: Facts,
    /// Revenue that belongs to no object.
    pub loose: LooseRevenue,
    /// Quantities by measure.
    pub quantities: Quantities,
    /// Measures whose log lacks a column that the objects are told apart by.
    pub without_column: BTreeSet<usize>,
    /// Calendar months of the period, where it is whole months.
    pub months: Option<u32>,
}

impl Usage {
    /// The position of a key.
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.ids.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.ids.get(middle).cmp(key) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Refuses keys out of byte order or twice.
    pub(crate) fn check(&self) -> Result<()> {
        for index in 1..self.ids.len() {
            if self.ids.get(index - 1) >= self.ids.get(index) {
                return Err(crate::Error::usage(format!(
                    "the key `{}` stands out of order or twice",
                    self.ids.show(index)
                )));
            }
        }
        if self.facts.revenue.len() != self.ids.len() {
            return Err(crate::Error::length_mismatch("revenue", self.ids.len(), self.facts.revenue.len()));
        }
        Ok(())
    }
}
