//! The purchase histories of customers, checked, with equal ones folded into one.

use rayon::prelude::*;

use crate::numerics::maximise;
use crate::{Error, ErrorKind, Result};

/// One customer's history as the models see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchase days, x.
    pub frequency: f64,
    /// Time from the first to the last purchase, t_x.
    pub recency: f64,
    /// Time from the first purchase to the end of observation, T.
    pub age: f64,
}

/// A distinct history, how many customers have it, and where its halves stand among the distinct ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distinct {
    pub(crate) history: History,
    pub(crate) customers: f64,
    pub(crate) age_slot: usize,
    pub(crate) recency_slot: usize,
}

/// How many times of one frequency share a function: enough to pay for what it makes first, few enough to occupy all threads.
const SHARING: usize = 128;

/// Checked histories: the distinct ones in a fixed order, whatever the order of the customers.
///
/// A likelihood needs the age only together with the frequency, and the recency likewise, so the costly parts are
/// computed once per distinct pair, of which there are far fewer than customers.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    pub(crate) rows: Vec<Distinct>,
    /// Distinct x, with the number of customers.
    pub(crate) frequencies: Vec<(f64, f64)>,
    /// Distinct (x, T).
    pub(crate) ages: Vec<(f64, f64)>,
    /// Distinct (x, t_x).
    pub(crate) recencies: Vec<(f64, f64)>,
    /// The row of each customer, in the order given.
    pub(crate) row_of: Vec<usize>,
}

impl Histories {
    /// The histories of customers given column by column, in any one unit of time.
    ///
    /// # Errors
    /// `LengthMismatch` where the columns differ in length; `Data` where a frequency is no whole number, a time is
    /// negative or not finite, a recency exceeds its age, or a recency is there without a repeat purchase (or none
    /// with one).
    pub fn new(frequency: &[f64], recency: &[f64], age: &[f64]) -> Result<Self> {
        let customers = frequency.len();
        for (name, column) in [("recency", recency), ("age", age)] {
            if column.len() != customers {
                return Err(Error::length_mismatch(name, customers, column.len()));
            }
        }
        let histories: Vec<History> =
            (0..customers).map(|i| History { frequency: frequency[i], recency: recency[i], age: age[i] }).collect();
        for (i, history) in histories.iter().enumerate() {
            history.check().map_err(|problem| {
                Error::new(ErrorKind::Data, format!("customer {} of the table: {problem}", i + 1))
                    .hint("make the table with `custval summary`, or mend the row")
            })?;
        }
        Ok(Self::fold(&histories))
    }

    /// How many customers there are.
    pub fn customers(&self) -> usize {
        self.row_of.len()
    }

    /// How many of the histories differ.
    pub fn distinct(&self) -> usize {
        self.rows.len()
    }

    /// All repeat purchases.
    pub fn repeat_purchases(&self) -> f64 {
        self.frequencies.iter().map(|(frequency, customers)| frequency * customers).sum()
    }

    pub(crate) fn total_age(&self) -> f64 {
        self.rows.iter().map(|row| row.history.age * row.customers).sum()
    }

    fn fold(histories: &[History]) -> Self {
        // Numbers that are not negative are in the order of their bits; adding zero takes its sign away.
        let key = |h: &History| [h.frequency, h.age, h.recency].map(|number| (number + 0.0).to_bits());
        let mut order: Vec<([u64; 3], usize)> = histories.iter().map(key).zip(0..).collect();
        order.par_sort_unstable();
        let mut folded = Self { row_of: vec![0; histories.len()], ..Self::default() };
        let mut last = None;
        for (key, customer) in order {
            if last.replace(key) != Some(key) {
                folded.push(histories[customer]);
            }
            folded.add_customers(1.0);
            folded.row_of[customer] = folded.rows.len() - 1;
        }
        folded.share_recencies();
        folded
    }

    /// Every n-th distinct history with its customers, about so many in all; `None` where there are few anyway. In
    /// their order, by frequency and age, so that all kinds of customers are among them.
    pub(crate) fn thinned(&self, kept: usize) -> Option<Self> {
        let mut thinned = Self::default();
        for row in maximise::thinned(self.rows.len(), kept)?.map(|row| &self.rows[row]) {
            thinned.push(row.history);
            thinned.add_customers(row.customers);
        }
        thinned.share_recencies();
        Some(thinned)
    }

    /// Adds a distinct history that comes after all before it.
    fn push(&mut self, history: History) {
        let History { frequency, age, .. } = history;
        if self.frequencies.last().is_none_or(|last| last.0 != frequency) {
            self.frequencies.push((frequency, 0.0));
        }
        if self.ages.last().is_none_or(|last| *last != (frequency, age)) {
            self.ages.push((frequency, age));
        }
        self.rows.push(Distinct { history, customers: 0.0, age_slot: self.ages.len() - 1, recency_slot: 0 });
    }

    /// Adds customers to the history that was added last.
    fn add_customers(&mut self, customers: f64) {
        if let (Some(row), Some(frequency)) = (self.rows.last_mut(), self.frequencies.last_mut()) {
            row.customers += customers;
            frequency.1 += customers;
        }
    }

    fn share_recencies(&mut self) {
        let pair = |row: &Distinct| (row.history.frequency, row.history.recency);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_unstable_by(|&a, &b| {
            let (a, b) = (pair(&self.rows[a]), pair(&self.rows[b]));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        for row in order {
            let pair = pair(&self.rows[row]);
            if self.recencies.last().is_none_or(|last| *last != pair) {
                self.recencies.push(pair);
            }
            self.rows[row].recency_slot = self.recencies.len() - 1;
        }
    }
}

/// A value for each pair of a frequency and a time: what a function of the time gives that is made for the frequency. Pairs stand
/// in order of their frequency.
pub(crate) fn by_frequency<T, F>(pairs: &[(f64, f64)], function: impl Fn(f64) -> F + Sync) -> Vec<T>
where
    T: Send,
    F: FnMut(f64) -> T,
{
    let blocks: Vec<_> = pairs.chunk_by(|one, next| one.0 == next.0).flat_map(|same| same.chunks(SHARING)).collect();
    blocks
        .into_par_iter()
        .flat_map_iter(|block| {
            let mut value = function(block[0].0);
            block.iter().map(move |&(_, time)| value(time))
        })
        .collect()
}

impl History {
    /// The history, if it is one that a customer can have.
    ///
    /// # Errors
    /// `Data`, saying what is impossible about it.
    pub fn new(frequency: f64, recency: f64, age: f64) -> Result<Self> {
        let history = Self { frequency, recency, age };
        history.check().map_err(Error::data)?;
        Ok(history)
    }

    fn check(&self) -> Result<(), String> {
        let Self { frequency, recency, age } = *self;
        if !(frequency >= 0.0 && frequency.fract() == 0.0) {
            return Err(format!("`frequency` is `{frequency}`, where a count of repeat purchases is expected"));
        }
        for (name, time) in [("recency", recency), ("age", age)] {
            if !(time.is_finite() && time >= 0.0) {
                return Err(format!("`{name}` is `{time}`, where a time of zero or more is expected"));
            }
        }
        if recency > age {
            return Err(format!("`recency` `{recency}` is longer than `age` `{age}`"));
        }
        if (frequency == 0.0) != (recency == 0.0) {
            return Err(format!(
                "`frequency` `{frequency}` with `recency` `{recency}`: a customer has both or neither"
            ));
        }
        Ok(())
    }
}
