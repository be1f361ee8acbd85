//! Policies at work: between the reader, which says what rows mean, and the reduction, which takes them in.

use super::batch::Batch;
use super::head::{Head, Layout};
use super::params::ScanParams;
use super::policies::{Policies, Refunds, ZeroAmounts};
use super::spellings::Spellings;
use super::unique::{Unique, push_text};
use crate::Result;
use crate::time::{Day, span};

/// Where a batch has the text of a column that a policy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Id,
    Text(usize),
}

/// What the policies of a scan look at, settled before the first row.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    policies: &'a Policies,
    /// How many text columns the reduction asked for; those of the policies follow.
    texts: usize,
    /// For each file the columns of the key.
    keys: Vec<Vec<Place>>,
}

impl<'a> Plan<'a> {
    /// Has the layouts take the columns that the policies look at.
    pub fn resolve(heads: &[Head], layouts: &mut [Layout], params: &'a ScanParams) -> Result<Self> {
        let policies = &params.policies;
        let texts = layouts.first().map_or(0, Layout::texts);
        let mut keys = Vec::with_capacity(layouts.len());
        for (head, layout) in heads.iter().zip(layouts) {
            layout.exclude(head, &policies.exclude, &params.columns)?;
            let key = policies.unique.iter().zip(texts..);
            let found = key.map(|(name, number)| layout.also(head, name, &params.columns, number));
            keys.push(found.collect::<Result<_>>()?);
        }
        Ok(Self { policies, texts, keys })
    }
}

impl Plan<'_> {
    /// What rows of one key have to say alike.
    pub fn content(&self) -> &'static str {
        match self.texts {
            0 => "customer, day or amount",
            _ => "customer, day, amount or another column that is asked for",
        }
    }
}

/// Applies policies to the batches of one thread.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    plan: &'a Plan<'a>,
    unique: Option<&'a Unique>,
    kept: Batch,
    id: Vec<u8>,
    key: Vec<u8>,
    content: Vec<u8>,
    pub sifted: Sifted,
}

/// Rows, and the sum of their amounts in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub rows: u64,
    pub amount: i128,
}

impl Count {
    fn add(&mut self, amount: i64) {
        self.rows += 1;
        self.amount += i128::from(amount);
    }

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.amount += other.amount;
    }
}

/// What policies did.
#[derive(Debug, Clone, Default)]
pub(super) struct Sifted {
    pub refunds: Count,
    pub zero_amounts: Count,
    /// Rows that repeat another of the same key.
    pub same_key: Count,
    /// The first and the last day of the rows that are left.
    pub days: Option<(Day, Day)>,
    /// Where ids are trimmed or folded.
    pub spellings: Spellings,
}

impl Sifted {
    pub fn merge(&mut self, other: Self) {
        self.refunds.merge(other.refunds);
        self.zero_amounts.merge(other.zero_amounts);
        self.same_key.merge(other.same_key);
        self.see(other.days);
        self.spellings.merge(other.spellings);
    }

    fn see(&mut self, days: Option<(Day, Day)>) {
        self.days = span(self.days, days);
    }
}

impl<'a> Sieve<'a> {
    pub fn new(plan: &'a Plan<'a>, unique: &'a Unique) -> Self {
        Self {
            plan,
            unique: Some(unique).filter(|_| !plan.policies.unique.is_empty()),
            kept: Batch { texts: vec![super::Texts::default(); plan.texts], ..Batch::default() },
            id: Vec::new(),
            key: Vec::new(),
            content: Vec::new(),
            sifted: Sifted::default(),
        }
    }

    /// The rows of a batch that are counted, under their customers.
    pub fn sift<'b>(&'b mut self, batch: &'b Batch) -> &'b Batch {
        if self.plan.policies.takes_all_that_is_read() {
            return batch;
        }
        self.kept.clear();
        self.kept.file = batch.file;
        self.kept.decimal = batch.decimal;
        for row in 0..batch.len() {
            if self.takes(batch, row) {
                self.keep(batch, row);
            }
        }
        let days = &self.kept.days;
        self.sifted.see(days.iter().min().copied().zip(days.iter().max().copied()));
        &self.kept
    }

    fn takes(&mut self, batch: &Batch, row: usize) -> bool {
        let Plan { policies, keys, .. } = self.plan;
        let amount = batch.amounts.get(row).copied();
        let count = match amount {
            Some(..0) if policies.refunds == Refunds::Drop => Some(&mut self.sifted.refunds),
            Some(0) if policies.zero_amounts == ZeroAmounts::Drop => Some(&mut self.sifted.zero_amounts),
            _ => None,
        };
        if let Some(count) = count {
            count.add(amount.unwrap_or(0));
            return false;
        }
        if !batch.ids.is_empty() {
            self.name(batch.ids.get(row));
        }
        let Some(unique) = self.unique else { return true };
        self.key.clear();
        let mut has_key = false;
        for place in &keys[batch.file] {
            let part = if *place == Place::Id { &self.id } else { text(batch, row, *place) };
            has_key |= !part.is_empty();
            push_text(&mut self.key, part);
        }
        if !has_key {
            return true;
        }
        self.content.clear();
        push_text(&mut self.content, &self.id);
        if let Some(day) = batch.days.get(row) {
            self.content.extend_from_slice(&day.0.to_le_bytes());
        }
        self.content.extend_from_slice(&amount.unwrap_or(0).to_le_bytes());
        batch.texts[..self.plan.texts].iter().for_each(|column| push_text(&mut self.content, column.get(row)));
        let new = unique.is_new(&self.key, &self.content, batch.file, batch.lines[row]);
        if !new {
            self.sifted.same_key.add(amount.unwrap_or(0));
        }
        new
    }

    /// Makes the customer of an id.
    fn name(&mut self, written: &[u8]) {
        let policies = self.plan.policies;
        self.id.clear();
        policies.push_customer(written, &mut self.id);
        if policies.changes_ids() {
            self.sifted.spellings.see(written, &self.id);
        }
    }

    fn keep(&mut self, batch: &Batch, row: usize) {
        let kept = &mut self.kept;
        if !batch.ids.is_empty() {
            kept.ids.push(&self.id);
        }
        kept.days.extend(batch.days.get(row));
        kept.amounts.extend(batch.amounts.get(row));
        for (column, all) in kept.texts.iter_mut().zip(&batch.texts) {
            column.push(all.get(row));
        }
        kept.lines.push(batch.lines[row]);
    }
}

fn text(batch: &Batch, row: usize, place: Place) -> &[u8] {
    match place {
        Place::Id => batch.ids.get(row),
        Place::Text(number) => batch.texts[number].get(row),
    }
}
