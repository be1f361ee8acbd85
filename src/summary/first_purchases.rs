//! What the row of each customer's first purchase says in further columns of a log.

use hashbrown::HashMap;

use crate::scan::{Batch, Texts};
use crate::segments::{Segments, said};
use crate::time::Day;

/// The first purchases of customers, and the values of some columns there.
#[derive(Debug, Default)]
pub(super) struct FirstPurchases {
    /// How many columns there are.
    columns: usize,
    /// Each combination of values, as a key, and its number.
    values: HashMap<Vec<u8>, u32>,
    /// The values of each combination, column by column.
    texts: Vec<Texts>,
    customers: HashMap<Box<[u8]>, First>,
    key: Vec<u8>,
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
        Self { columns, texts: vec![Texts::default(); columns], ..Self::default() }
    }

    /// Takes the rows of a batch in whose place among them is told, all of them purchases.
    pub fn add(&mut self, batch: &Batch, rows: impl Iterator<Item = usize>) {
        if self.columns == 0 {
            return;
        }
        for row in rows {
            let value = self.value((0..self.columns).map(|column| said(batch.text(column).get(row))));
            self.see(batch.ids().get(row), First { day: batch.days()[row], value, varies: false });
        }
    }

    /// The number of a combination of values.
    fn value<'t>(&mut self, texts: impl Iterator<Item = &'t [u8]> + Clone) -> u32 {
        self.key.clear();
        for text in texts.clone() {
            self.key.extend_from_slice(&text.len().to_le_bytes());
            self.key.extend_from_slice(text);
        }
        if let Some(value) = self.values.get(&self.key) {
            return *value;
        }
        let value = u32::try_from(self.values.len()).expect("what customers say fits memory");
        self.values.insert(self.key.clone(), value);
        self.texts.iter_mut().zip(texts).for_each(|(all, text)| all.push(text));
        value
    }

    fn see(&mut self, id: &[u8], purchase: First) {
        let Some(first) = self.customers.get_mut(id) else {
            self.customers.insert(id.into(), purchase);
            return;
        };
        let varies = first.varies || purchase.varies || first.value != purchase.value;
        // By what the rows say and not by where they stand: of equal rows of one key any may be the one that is left.
        let texts = |value: u32| self.texts.iter().map(move |texts| texts.get(value as usize));
        let order = |own: First| (own.day, texts(own.value).map(|text| (text.is_empty(), text)).collect::<Vec<_>>());
        let is_earlier = purchase.day < first.day || (first.value != purchase.value && order(purchase) < order(*first));
        if is_earlier {
            *first = purchase;
        }
        first.varies = varies;
    }

    /// Takes over what another thread has seen.
    pub fn merge(&mut self, other: Self) {
        let values: Vec<u32> = (0..other.values.len())
            .map(|value| self.value(other.texts.iter().map(move |texts| texts.get(value))))
            .collect();
        for (id, first) in other.customers {
            self.see(&id, First { value: values[first.value as usize], ..first });
        }
    }

    /// The segments of customers, all of whom have bought, and of how many a later purchase says otherwise; one segment where there
    /// are no columns.
    pub fn segments(&self, ids: &Texts) -> (Segments, u64) {
        if self.columns == 0 {
            return (Segments::one(ids.len()), 0);
        }
        let firsts = || ids.iter().map(|id| &self.customers[id]);
        let column = |texts: &Texts| -> Texts { firsts().map(|first| texts.get(first.value as usize)).collect() };
        let columns: Vec<Texts> = self.texts.iter().map(column).collect();
        let varying = firsts().filter(|first| first.varies).count() as u64;
        (Segments::of_columns(&columns.iter().collect::<Vec<_>>()), varying)
    }
}
