//! The reduction of a log to quantities by object: memory by objects and measures, never by rows.

use std::collections::BTreeMap;

use hashbrown::HashSet;

use super::cells::{Cells, Own};
use super::dimensions::KeyOfRow;
use super::keys::{Keys, Period};
use super::plan::{Kind, Plan, Quantity, Slot, Step};
use super::{Facts4, Stranger, Unasked};
use crate::allocate::exact::{QUANTITY_DECIMALS, quantity};
use crate::money::Currency;
use crate::scan::{Account, Batch, Problems, Reduce};
use crate::wording::counted;
use crate::{Error, Location, Result};

/// How a row finds its object.
pub(super) enum Objects<'k> {
    /// By its customer.
    Customers(&'k Keys),
    /// By values of its customer: the object of each customer.
    Of(&'k Keys, &'k [u32]),
    /// By values of the row itself, or some of the row and some of its customer.
    Rows(&'k Keys, &'k KeyOfRow<'k>),
    /// Not at all: the log lacks a column.
    None,
}

impl Objects<'_> {
    #[inline]
    fn find(&self, batch: &Batch, row: usize, buffer: &mut Vec<u8>) -> Option<u32> {
        match self {
            Self::Customers(keys) => keys.find(batch.ids().get(row)),
            Self::Of(keys, objects) => keys.find(batch.ids().get(row)).map(|customer| objects[customer as usize]),
            Self::Rows(keys, key) => keys.find(key.of(batch, row, buffer)?),
            Self::None => None,
        }
    }
}

/// What all threads share.
pub(super) struct Shared<'s> {
    pub plan: &'s Plan,
    pub objects: Objects<'s>,
    pub cells: &'s Cells,
    pub facts: Option<Facts4>,
    pub purchase_days: Option<&'s super::DaySets>,
    pub period: Period,
    pub currency: Currency,
}

/// A thread's part of a log.
pub(super) struct Rows<'s> {
    shared: &'s Shared<'s>,
    own: Own,
    orders: HashSet<OrderOf<u32>>,
    orders_of_strangers: HashSet<OrderOf<Box<[u8]>>>,
    unasked: BTreeMap<Vec<u8>, Unasked>,
    strangers: BTreeMap<Vec<u8>, Stranger>,
    without_column: u64,
    outside: (u64, i128),
    problems: Problems,
    /// The object of each row of a batch, and the key it is found by, reused.
    found: Vec<Option<u32>>,
    buffer: Vec<u8>,
}

/// An order of a customer, or of the id of one that no file has: the customer, the measure and the order.
type OrderOf<C> = (C, usize, Box<[u8]>);

/// What a log leaves beside the cells.
pub(super) struct Left {
    pub own: Own,
    pub unasked: BTreeMap<String, Unasked>,
    pub strangers: BTreeMap<String, Stranger>,
    /// Rows, where the log lacks a column that costs are shown by.
    pub without_column: u64,
}

/// A row that cannot be used, with the column and why.
struct Refused {
    slot: Option<Slot>,
    reason: &'static str,
    message: String,
}

impl<'s> Rows<'s> {
    pub(super) fn new(shared: &'s Shared<'s>, measures: usize) -> Self {
        Self {
            shared,
            own: Own::new(measures),
            orders: HashSet::new(),
            orders_of_strangers: HashSet::new(),
            unasked: BTreeMap::new(),
            strangers: BTreeMap::new(),
            without_column: 0,
            outside: (0, 0),
            problems: Problems::new(),
            found: Vec::new(),
            buffer: Vec::new(),
        }
    }

    fn row(&mut self, batch: &Batch, row: usize, object: Option<u32>) -> Result<(), Refused> {
        let shared = self.shared;
        let plan = shared.plan;
        if plan.has_date && !shared.period.contains(batch.days()[row]) {
            self.outside.0 += 1;
            self.outside.1 += batch.amounts().get(row).map_or(0, |amount| i128::from(*amount));
            return Ok(());
        }
        let steps = match plan.name {
            None => &plan.steps,
            Some(column) => match plan.steps_by_name.get(batch.text(column).get(row)) {
                Some(steps) => steps,
                None => {
                    let amount = plan.charge.and_then(|slot| self.money(Slot::Text(slot), batch, row).ok());
                    let one = Unasked { rows: 1, amount: amount.map(i128::from) };
                    note(&mut self.unasked, batch.text(column).get(row), one);
                    return Ok(());
                }
            },
        };
        if object.is_none() {
            self.of_stranger(batch.ids().get(row), |stranger| stranger.rows += 1);
            self.without_column += u64::from(matches!(shared.objects, Objects::None));
        }
        for step in steps {
            self.step(step, batch, row, object)?;
        }
        if let Some(facts) = shared.facts {
            self.facts(facts, batch, row, object)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, batch: &Batch, row: usize, object: Option<u32>) -> Result<(), Refused> {
        const ONE: i64 = 10_i64.pow(QUANTITY_DECIMALS);
        let refund = batch.amounts().get(row).is_some_and(|amount| *amount < 0);
        let used = match &step.quantity {
            Quantity::One | Quantity::Revenue | Quantity::Order(_) | Quantity::Units(_) if refund => return Ok(()),
            Quantity::One => ONE,
            Quantity::Revenue => millionths_of_money(batch.amounts()[row], &self.shared.currency)?,
            Quantity::Units(slot) => self.number(*slot, batch, row, false)?,
            Quantity::Order(slot) => {
                let order: Box<[u8]> = self.text(*slot, batch, row).into();
                // Orders are told apart by their ids, so their rows may stand anywhere; they are counted at the end.
                match object {
                    Some(object) => self.orders.insert((object, step.measure, order)),
                    None => self.orders_of_strangers.insert((batch.ids().get(row).into(), step.measure, order)),
                };
                return Ok(());
            }
            Quantity::Column(slot) if step.money => self.money(*slot, batch, row)?,
            Quantity::Column(slot) => self.number(*slot, batch, row, self.shared.plan.name.is_some())?,
        };
        let value = match &step.equation {
            None => i128::from(used),
            Some((equation, slots)) => {
                let mut values = [0_i64; 16];
                let mut many = Vec::new();
                let values: &[i64] = if slots.len() <= values.len() {
                    for (value, slot) in values.iter_mut().zip(slots) {
                        *value = self.number(*slot, batch, row, true)?;
                    }
                    &values
                } else {
                    for slot in slots {
                        many.push(self.number(*slot, batch, row, true)?);
                    }
                    &many
                };
                let time = equation
                    .evaluate(|variable| values[variable])
                    .and_then(|time| time.checked_mul(used.into()))
                    .ok_or_else(|| refused(None, "time too large", "the time equation gives a time too large"))?;
                if time < 0 {
                    return Err(refused(None, "negative time", "the time equation gives a time below zero"));
                }
                time
            }
        };
        self.shared.cells.add(&mut self.own, object, step.measure, value);
        if object.is_none() {
            self.of_stranger(batch.ids().get(row), |stranger| stranger.use_more(step.measure, value));
        }
        Ok(())
    }

    /// Notes what a customer that no file has did, where the log could have said who it is.
    fn of_stranger(&mut self, id: &[u8], change: impl FnOnce(&mut Stranger)) {
        match self.strangers.get_mut(id) {
            Some(stranger) => change(stranger),
            None if matches!(self.shared.objects, Objects::None) => {}
            None => change(self.strangers.entry(id.to_vec()).or_default()),
        }
    }

    fn facts(&mut self, facts: Facts4, batch: &Batch, row: usize, object: Option<u32>) -> Result<(), Refused> {
        let shared = self.shared;
        let tax = match shared.plan.tax {
            Some(column) => self.money(Slot::Text(column), batch, row)?,
            None => 0,
        };
        let discount = match shared.plan.discount {
            Some(column) => self.money(Slot::Text(column), batch, row)?,
            None => 0,
        };
        let amount = i128::from(batch.amounts()[row]) - i128::from(tax);
        let (measure, size) = if amount < 0 { (facts.refunds, -amount) } else { (facts.revenue, amount) };
        shared.cells.add(&mut self.own, object, measure, size);
        if discount != 0 {
            shared.cells.add(&mut self.own, object, facts.discounts, discount.into());
        }
        if let Some(column) = shared.plan.units.filter(|_| amount >= 0) {
            let units = self.number(Slot::Text(column), batch, row, false)?;
            shared.cells.add(&mut self.own, object, facts.units, units.into());
        }
        if amount >= 0
            && let (Some(days), Some(object)) = (shared.purchase_days, object)
        {
            days.mark(object, batch.days()[row]);
        }
        Ok(())
    }

    fn text<'b>(&self, slot: Slot, batch: &'b Batch, row: usize) -> &'b [u8] {
        match slot {
            Slot::Text(column) => batch.text(column).get(row),
            Slot::Amount => b"",
        }
    }

    fn money(&self, slot: Slot, batch: &Batch, row: usize) -> Result<i64, Refused> {
        if slot == Slot::Amount {
            return Ok(batch.amounts()[row]);
        }
        match self.text(slot, batch, row) {
            [] => Ok(0),
            text => batch.decimal().amount(text, &self.shared.currency).map_err(|problem| {
                refused(Some(slot), "not an amount", &format!("`{}` {problem}", String::from_utf8_lossy(text)))
            }),
        }
    }

    fn number(&self, slot: Slot, batch: &Batch, row: usize, positive: bool) -> Result<i64, Refused> {
        if slot == Slot::Amount {
            return millionths_of_money(batch.amounts()[row], &self.shared.currency);
        }
        let text = self.text(slot, batch, row);
        if text.is_empty() {
            return Err(refused(Some(slot), "quantity missing", "the quantity is missing"));
        }
        match quantity(text, batch.decimal()) {
            Ok(value) if value < 0 && positive => Err(refused(
                Some(slot),
                "negative quantity",
                &format!("`{}` is negative", String::from_utf8_lossy(text)),
            )),
            Ok(value) => Ok(value),
            Err(problem) => {
                Err(refused(Some(slot), "not a quantity", &format!("`{}` {problem}", String::from_utf8_lossy(text))))
            }
        }
    }
}

fn refused(slot: Option<Slot>, reason: &'static str, message: &str) -> Refused {
    Refused { slot, reason, message: message.to_owned() }
}

fn millionths_of_money(minor: i64, currency: &Currency) -> Result<i64, Refused> {
    let scale = 10_i64.pow(QUANTITY_DECIMALS - u32::from(currency.decimals()));
    minor.checked_mul(scale).ok_or_else(|| refused(None, "amount too large", "the amount is too large for a driver"))
}

fn note(noted: &mut BTreeMap<Vec<u8>, Unasked>, name: &[u8], more: Unasked) {
    match noted.get_mut(name) {
        Some(known) => known.add(more),
        None => {
            noted.insert(name.to_vec(), more);
        }
    }
}

impl Unasked {
    /// What is not known of one is not known of both together.
    fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.amount = self.amount.zip(more.amount).map(|(one, other)| one + other);
    }
}

impl Stranger {
    pub(super) fn add(&mut self, more: Self) {
        self.rows += more.rows;
        more.quantities.into_iter().for_each(|(measure, quantity)| self.use_more(measure, quantity));
    }

    fn use_more(&mut self, measure: usize, quantity: i128) {
        *self.quantities.entry(measure).or_insert(0) += quantity;
    }
}

fn as_text<V>(named: BTreeMap<Vec<u8>, V>) -> BTreeMap<String, V> {
    named.into_iter().map(|(key, value)| (String::from_utf8_lossy(&key).into_owned(), value)).collect()
}

impl Reduce for Rows<'_> {
    type Output = Left;

    fn absorb(&mut self, batch: &Batch) {
        // All objects first: lookups that do not wait for each other overlap.
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let objects = &self.shared.objects;
        found.extend((0..batch.len()).map(|row| objects.find(batch, row, &mut self.buffer)));
        for (row, object) in found.iter().enumerate() {
            if let Err(refused) = self.row(batch, row, *object) {
                let plan = self.shared.plan;
                let line = batch.lines()[row];
                let mut at = Location::line(&plan.file_names[batch.file()], line);
                let mut column = 0;
                if let Some(Slot::Text(slot)) = refused.slot {
                    at = at.column(&plan.texts[slot]);
                    column = slot;
                }
                self.problems.add((batch.file(), line, column), refused.reason, at, refused.message);
            }
        }
        self.found = found;
    }

    fn merge(&mut self, other: Self) {
        self.shared.cells.merge(&mut self.own, other.own);
        self.orders.extend(other.orders);
        self.orders_of_strangers.extend(other.orders_of_strangers);
        other.unasked.into_iter().for_each(|(name, more)| note(&mut self.unasked, &name, more));
        for (id, more) in other.strangers {
            self.of_stranger(&id, |stranger| stranger.add(more));
        }
        self.without_column += other.without_column;
        self.outside.0 += other.outside.0;
        self.outside.1 += other.outside.1;
        self.problems.merge(other.problems);
    }

    fn finish(mut self, account: &mut Account) -> Result<Left> {
        let total = self.problems.total();
        std::mem::take(&mut self.problems).check(
            format!("{} cannot be used", counted(total, "row")),
            "mend them in the file, or set them aside and go on with `--rejects DIR`",
        )?;
        account.set_aside("outside the period", self.outside.0, self.outside.1);
        let what = match self.shared.plan.kind {
            Kind::Drivers => "drivers of no activity",
            Kind::Activities | Kind::Transactions => "events without an activity",
        };
        account.set_aside(what, self.unasked.values().map(|unasked| unasked.rows).sum(), 0);
        let plan = self.shared.plan;
        let one = |measure: usize| {
            let step = plan.steps.iter().find(|step| step.measure == measure);
            let equation = step.and_then(|step| step.equation.as_ref());
            let each = equation.map_or(Some(1), |(equation, _)| equation.evaluate(|_| 0));
            each.and_then(|each| each.checked_mul(10_i128.pow(QUANTITY_DECIMALS)))
                .ok_or_else(|| Error::data("the time of an order is too large").at(Location::file(&plan.file_names[0])))
        };
        let (orders, of_strangers) = (std::mem::take(&mut self.orders), std::mem::take(&mut self.orders_of_strangers));
        // Adding one per order is the same in any order.
        #[allow(clippy::iter_over_hash_type)]
        for (object, measure, _) in orders {
            self.shared.cells.add(&mut self.own, Some(object), measure, one(measure)?);
        }
        #[allow(clippy::iter_over_hash_type)]
        for (id, measure, _) in of_strangers {
            let one = one(measure)?;
            self.shared.cells.add(&mut self.own, None, measure, one);
            self.of_stranger(&id, |stranger| stranger.use_more(measure, one));
        }
        let Self { own, unasked, strangers, without_column, .. } = self;
        Ok(Left { own, unasked: as_text(unasked), strangers: as_text(strangers), without_column })
    }
}
