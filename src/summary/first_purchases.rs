//! What the row of each customer's first purchase says in further columns of a log.

use hashbrown::HashMap;

use crate::scan::{Batch, Texts};
use crate::segments::{Combinations, Segments, said};
use crate::time::Day;

/// The first purchases of customers, and the values of some columns there.
#[derive(Debug, Default)]
pub(super) struct FirstPurchases {
    values: Combinations,
    customers: HashMap<Box<[u8]>, First>,
}

/// The first purchase of a customer so far.
#[derive(Debug, Clone, Copy)]
struct First {
    day: Day,
    value: u32,
    /// Whether the row of another purchase says otherwise.
    varies: bool,
}

impl FirstPurchases {
    /// Nothing known yet of so many columns.
    pub fn new(columns: usize) -> Self {
        Self { values: Combinations::of(columns), ..Self::default() }
    }

    /// Takes the rows of a batch in whose place among them is told, all of them purchases.
    pub fn add(&mut self, batch: &Batch, rows: impl Iterator<Item = usize>) {
        let columns = self.values.columns();
        if columns == 0 {
            return;
        }
        for row in rows {
            let value = self.values.number((0..columns).map(|column| said(batch.text(column).get(row))));
            self.see(batch.ids().get(row), First { day: batch.days()[row], value, varies: false });
        }
    }

    fn see(&mut self, id: &[u8], purchase: First) {
        let Some(first) = self.customers.get_mut(id) else {
            self.customers.insert(id.into(), purchase);
            return;
        };
        let varies = first.varies || purchase.varies || first.value != purchase.value;
        // By what the rows say and not by where they stand: of equal rows of one key any may be the one that is left.
        let texts = |value: u32| self.values.texts(value as usize).map(|text| (text.is_empty(), text));
        let order = |own: First| (own.day, texts(own.value).collect::<Vec<_>>());
        let is_earlier = purchase.day < first.day || (first.value != purchase.value && order(purchase) < order(*first));
        if is_earlier {
            *first = purchase;
        }
        first.varies = varies;
    }

    /// Takes over what another thread has seen.
    pub fn merge(&mut self, other: Self) {
        let number = |value| self.values.number(other.values.texts(value));
        let values: Vec<u32> = (0..other.values.len()).map(number).collect();
        for (id, first) in other.customers {
            self.see(&id, First { value: values[first.value as usize], ..first });
        }
    }

    /// The segments of customers, all of whom have bought, and of how many a later purchase says otherwise; one segment where there
    /// are no columns.
    pub fn segments(&self, ids: &Texts) -> (Segments, u64) {
        if self.values.columns() == 0 {
            return (Segments::one(ids.len()), 0);
        }
        let firsts = || ids.iter().map(|id| &self.customers[id]);
        let column = |column| firsts().map(|first| self.values.text(first.value as usize, column)).collect();
        let columns: Vec<Texts> = (0..self.values.columns()).map(column).collect();
        let varying = firsts().filter(|first| first.varies).count() as u64;
        (Segments::of_columns(&columns.iter().collect::<Vec<_>>()), varying)
    }
}
