//! A log of transactions alone: `customer_id,date,amount`.

use std::io::Write;

use super::customer::{Purchase, Stream, World};
use super::damage::{Role, RowWriter, Written};
use super::params::{GenerateParams, RowOrder};
use super::sequence::{CUSTOMERS_OF_A_BLOCK, Event, Sequence, Sorter, in_order};
use super::text::{Calendar, push_cents};
use super::truth::{Bought, CUSTOMER_COLUMNS, Totals, Truth, push_customer};
use crate::progress::Progress;
use crate::{Error, Result};

const LAYOUT: [Role; 3] = [Role::Customer, Role::Date, Role::Amount];
/// About how long an amount is, with separators and the line end.
const BYTES_BESIDE_ID: usize = 21;

/// A row of the log.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    customer: u32,
    cents: i32,
    day: u16,
}

impl Event for Row {
    fn day(&self) -> u16 {
        self.day
    }
}

/// What the customers of a block did.
struct Made {
    rows: Vec<Row>,
    totals: Totals,
    /// Their rows of `truth_customers.csv`.
    truth: Vec<u8>,
}

/// Writes a log of transactions, and the truth about each customer beside it if there is a place for it.
///
/// # Shape
/// `customer_id,date,amount`, a row a purchase and a row a refund, which is negative.
/// # Memory
/// 12 bytes a row and 4 for each day and 8,192 customers; next to nothing for rows by customer.
/// # Errors
/// As [`GenerateParams::check`]; `Io` where writing fails.
pub fn write_log(
    params: &GenerateParams,
    log: &mut (dyn Write + Send),
    mut customers: Option<&mut (dyn Write + Send)>,
    progress: &dyn Progress,
) -> Result<Truth> {
    let world = World::new(params)?;
    let calendar = Calendar::new(params.from, params.to);
    let blocks = params.customers.div_ceil(CUSTOMERS_OF_A_BLOCK);
    let with_truth = customers.is_some();
    let make = |block: u32| make(params, &world, &calendar, block, with_truth);
    let write = |rows: &[Row], part: usize| {
        let random = world.random(Stream::Damage(part as u32));
        let bytes = rows.len() * (params.ids.bytes() + BYTES_BESIDE_ID);
        let mut writer = RowWriter::new(&LAYOUT, &params.damage, random, bytes);
        for row in rows {
            writer.row(row.cents.into(), |field, out| match field {
                0 => params.ids.push(out, row.customer),
                1 => out.extend_from_slice(calendar.text(row.day)),
                _ => push_cents(out, row.cents.into()),
            });
        }
        (writer.out, writer.written)
    };
    let (mut totals, mut written) = (Totals::default(), Written::default());
    let put = |what: &str, out: &mut (dyn Write + Send), bytes: &[u8]| -> Result<()> {
        progress.advance(bytes.len() as u64);
        out.write_all(bytes).map_err(|error| Error::io("cannot be written", what, error))
    };
    progress.begin("writing transactions", None);
    put("transactions", log, b"customer_id,date,amount\n")?;
    if let Some(customers) = customers.as_deref_mut() {
        put("truth_customers.csv", customers, format!("{CUSTOMER_COLUMNS}\n").as_bytes())?;
    }
    if params.order == RowOrder::Customer {
        in_order(
            blocks as usize,
            |block| {
                let Made { rows, totals, truth } = make(block as u32);
                (write(&rows, block), totals, truth)
            },
            |((text, of_block), more, truth)| {
                totals.merge(&more);
                written.merge(&of_block);
                if let Some(customers) = customers.as_deref_mut() {
                    put("truth_customers.csv", customers, &truth)?;
                }
                put("transactions", log, &text)
            },
        )?;
    } else {
        let sorter = Sorter { order: params.order, days: params.days(), seed: params.seed };
        let mut sequence = Sequence::new(sorter);
        in_order(
            blocks as usize,
            |block| {
                let Made { rows, totals, truth } = make(block as u32);
                (sorter.sort(block as u32, rows), totals, truth)
            },
            |(sorted, more, truth)| {
                totals.merge(&more);
                sequence.push(sorted);
                match customers.as_deref_mut() {
                    Some(customers) => put("truth_customers.csv", customers, &truth),
                    None => Ok(()),
                }
            },
        )?;
        in_order(
            sequence.parts(),
            |part| write(&sequence.part(part, world.random(Stream::Order(part as u32))), part),
            |(text, of_part)| {
                written.merge(&of_part);
                put("transactions", log, &text)
            },
        )?;
    }
    log.flush().map_err(|error| Error::io("cannot be written", "transactions", error))?;
    progress.end();
    Ok(Truth::new(params, &totals, &written))
}

fn make(params: &GenerateParams, world: &World, calendar: &Calendar, block: u32, with_truth: bool) -> Made {
    let first = block * CUSTOMERS_OF_A_BLOCK;
    let mut made = Made { rows: Vec::new(), totals: Totals::default(), truth: Vec::new() };
    let mut purchases: Vec<Purchase> = Vec::new();
    for index in first..params.customers.min(first.saturating_add(CUSTOMERS_OF_A_BLOCK)) {
        let customer = world.live(index, &mut purchases);
        let bought = made.totals.add(&customer, &purchases, params.days());
        for purchase in &purchases {
            made.rows.push(Row { customer: index, cents: purchase.cents, day: purchase.day });
            if let Some((day, cents)) = purchase.refund {
                made.rows.push(Row { customer: index, cents: -cents, day });
            }
        }
        if with_truth {
            push_customer(&mut made.truth, params, calendar, &customer, bought);
            made.truth.push(b'\n');
        }
    }
    made
}

impl Totals {
    /// Adds a customer; what he bought.
    pub(super) fn add(&mut self, customer: &super::customer::Customer, purchases: &[Purchase], days: u16) -> Bought {
        let mut bought = Bought::default();
        for purchase in purchases {
            bought.purchases += 1;
            bought.cents += i64::from(purchase.cents);
            self.purchases_cut += u64::from(purchase.is_cut());
            if let Some((_, cents)) = purchase.refund {
                self.refunds += 1;
                bought.refunded += i64::from(cents);
            }
        }
        self.customers_alive += u64::from(customer.alive(days));
        self.purchases += bought.purchases;
        self.purchase_cents += i128::from(bought.cents);
        self.refund_cents += i128::from(bought.refunded);
        bought
    }
}
