//! A whole business: orders, what they cause, contracts, ledger and costing model, all telling one story.

use std::io::Write;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_distr::{Distribution, Exp1};

use super::costs::{Books, COST_COLUMNS, Cost, Usage, Work};
use super::customer::{Customer, Purchase, Stream, World};
use super::damage::{DamageShares, Role, RowWriter, Written, unit};
use super::membership::push_contracts;
use super::params::GenerateParams;
use super::sequence::{Block, CUSTOMERS_OF_A_BLOCK, Event, Sequence, Sorter, in_order};
use super::text::{Calendar, push_cents, push_number};
use super::truth::{BusinessTruth, CUSTOMER_COLUMNS, Totals, Truth, push_customer};
use crate::progress::Progress;
use crate::{Error, Result};

/// The files of a business, beside `truth.json`.
pub const FILES: [&str; 7] = [
    "transactions.csv",
    "activities.csv",
    "customers.csv",
    "subscriptions.csv",
    "ledger.csv",
    "costing.toml",
    "truth_customers.csv",
];

const ORDER_COLUMNS: &str = "order_id,date,customer_id,channel,quantity,cost_of_goods,amount\n";
const ORDER_LAYOUT: [Role; 7] =
    [Role::Other, Role::Date, Role::Customer, Role::Other, Role::Other, Role::Other, Role::Amount];
const ACTIVITY_COLUMNS: &str = "date,customer_id,activity,quantity,lines\n";
const ACTIVITY_LAYOUT: [Role; 5] = [Role::Date, Role::Customer, Role::Other, Role::Other, Role::Other];
const CUSTOMER_FILE_COLUMNS: &str = "customer_id,segment,region,channel,first_date,referred_by\n";
const CONTRACT_COLUMNS: &str = "subscription_id,customer_id,plan,start,end,amount,reason\n";
const REGIONS: [&str; 4] = ["north", "east", "south", "west"];
/// Days between two visits.
const VISITS: u16 = 90;

/// An order, or what was paid back of one.
#[derive(Debug, Clone, Copy, Default)]
struct Order {
    customer: u32,
    number: u32,
    cents: i32,
    goods: i32,
    day: u16,
    quantity: u16,
    manual: bool,
}

impl Event for Order {
    fn day(&self) -> u16 {
        self.day
    }
}

/// Something done for a customer.
#[derive(Debug, Clone, Copy, Default)]
struct Deed {
    customer: u32,
    day: u16,
    quantity: u16,
    lines: u16,
    /// Its place in [`Work::ALL`].
    work: u8,
}

impl Event for Deed {
    fn day(&self) -> u16 {
        self.day
    }
}

/// What kind of customer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Wholesale,
    Institution,
    Retail,
}

impl Segment {
    fn name(self) -> &'static str {
        match self {
            Self::Wholesale => "wholesale",
            Self::Institution => "institution",
            Self::Retail => "retail",
        }
    }
}

/// What can be seen of a customer, and how he behaves towards the business.
struct Person {
    segment: Segment,
    region: &'static str,
    by_phone: bool,
    /// Calls for each order, on average.
    calls: f64,
    referred_by: Option<u32>,
}

impl Person {
    fn new(world: &World, params: &GenerateParams, customer: &Customer, random: &mut ChaCha8Rng) -> Self {
        // Who spends more is more often a reseller; the spend of all customers together stays what it is.
        let odds = customer.mean_spend / world.typical_spend();
        let segment = match (unit(random.next_u64()) < odds / (odds + 3.0), unit(random.next_u64()) < 0.3) {
            (true, _) => Segment::Wholesale,
            (false, true) => Segment::Institution,
            (false, false) => Segment::Retail,
        };
        let region = REGIONS[(random.next_u32() >> 30) as usize];
        let by_phone = unit(random.next_u64()) < 0.3;
        let patience: f64 = Exp1.sample(random);
        let friend = ((u64::from(random.next_u32()) * u64::from(params.customers)) >> 32) as u32;
        let referred =
            unit(random.next_u64()) < 0.3 && world.joined(&mut world.random(Stream::Life(friend))) < customer.joined;
        Self { segment, region, by_phone, calls: 0.4 * patience, referred_by: referred.then_some(friend) }
    }
}

/// What the customers of a block did.
struct Made {
    orders: Block<Order>,
    deeds: Block<Deed>,
    customers: Vec<u8>,
    contracts: Vec<u8>,
    truth: Vec<u8>,
    totals: Totals,
    counts: Counts,
    usage: Usage,
}

#[derive(Default)]
pub(super) struct Counts {
    pub units: u64,
    pub deeds: u64,
    pub contracts: u64,
    pub members: u64,
}

/// Makes the customers of one block.
struct Maker<'a> {
    params: &'a GenerateParams,
    world: &'a World,
    calendar: &'a Calendar,
    sorter: Sorter,
}

/// One block in the making.
struct Making {
    orders: Vec<Order>,
    deeds: Vec<Deed>,
    usage: Usage,
    counts: Counts,
}

impl Maker<'_> {
    fn block(&self, block: u32) -> Made {
        let Self { params, world, calendar, sorter } = self;
        let first = block * CUSTOMERS_OF_A_BLOCK;
        let mut making =
            Making { orders: Vec::new(), deeds: Vec::new(), usage: Usage::new(calendar), counts: Counts::default() };
        let (mut customers, mut contracts, mut truth) = (Vec::new(), Vec::new(), Vec::new());
        let mut totals = Totals::default();
        let mut purchases: Vec<Purchase> = Vec::new();
        for index in first..params.customers.min(first.saturating_add(CUSTOMERS_OF_A_BLOCK)) {
            let customer = world.live(index, &mut purchases);
            let bought = totals.add(&customer, &purchases, params.days());
            let mut random = world.random(Stream::Details(index));
            let person = Person::new(world, params, &customer, &mut random);
            let cost = self.serve(&customer, &person, &purchases, &mut random, &mut making);
            push_person(&mut customers, params, calendar, &customer, &person);
            push_contracts(
                &mut contracts,
                params,
                calendar,
                &customer,
                person.segment,
                &mut random,
                &mut making.counts,
            );
            push_customer(&mut truth, params, calendar, &customer, bought);
            cost.push(&mut truth);
            truth.push(b'\n');
        }
        let Making { orders, deeds, usage, counts } = making;
        Made {
            orders: sorter.sort(block, orders),
            deeds: sorter.sort(block, deeds),
            customers,
            contracts,
            truth,
            totals,
            counts,
            usage,
        }
    }

    /// Everything that a customer's orders and the customer himself cause.
    fn serve(
        &self,
        customer: &Customer,
        person: &Person,
        purchases: &[Purchase],
        random: &mut ChaCha8Rng,
        making: &mut Making,
    ) -> Cost {
        let mut cost = Cost::default();
        let index = customer.index;
        let days = self.params.days();
        let mut exponential = |mean: f64, most: f64| {
            let value: f64 = Exp1.sample(&mut *random);
            (value * mean).floor().min(most) as u16
        };
        let deed = |making: &mut Making, work: Work, day: u16, quantity: u16, lines: u16, cost: &mut Cost| {
            if day >= days {
                return;
            }
            let month = self.calendar.month(day);
            making.usage.work(work, quantity.into(), lines.into(), month, cost);
            making.counts.deeds += 1;
            making.deeds.push(Deed { customer: index, day, quantity, lines, work: work as u8 });
        };
        deed(making, Work::Welcome, customer.joined, 1, 0, &mut cost);
        for (number, purchase) in (1..).zip(purchases) {
            let Purchase { day, cents, refund } = *purchase;
            let lines = 1 + exponential(if person.segment == Segment::Wholesale { 4.0 } else { 1.5 }, 40.0);
            let quantity = lines + exponential(f64::from(lines), 1000.0);
            // Goods are half of the price, and a tenth more for resellers.
            let share = 0.45 + f64::from(exponential(5.0, 10.0)) / 100.0;
            let share = if person.segment == Segment::Wholesale { share + 0.1 } else { share };
            let goods = (f64::from(cents) * share).floor() as i32;
            let often = if person.by_phone { 0.1 } else { 3.0 };
            let manual = exponential(1.0 / often, 1.0) == 1;
            let month = self.calendar.month(day);
            making.orders.push(Order { customer: index, number, cents, goods, day, quantity, manual });
            making.counts.units += u64::from(quantity);
            making.usage.sale(cents.into(), goods.into(), month, &mut cost);
            making.usage.work(Work::Handling, quantity.into(), 0, month, &mut cost);
            let entry = if manual { Work::ManualOrder } else { Work::ElectronicOrder };
            deed(making, entry, day, 1, lines, &mut cost);
            deed(making, Work::DeliveryStop, day, 1, 0, &mut cost);
            for _ in 0..exponential(person.calls, 20.0) {
                let (minutes, later) = (2 + exponential(6.0, 120.0), exponential(5.0, 60.0));
                deed(making, Work::Call, day + later, minutes, 0, &mut cost);
            }
            if let Some((day, cents)) = refund {
                making.orders.push(Order {
                    customer: index,
                    number,
                    cents: -cents,
                    goods: 0,
                    day,
                    quantity: 0,
                    manual,
                });
                making.usage.refund(cents.into(), self.calendar.month(day));
                deed(making, Work::Return, day, 1, 0, &mut cost);
            }
        }
        if person.segment != Segment::Retail {
            let end = customer.membership(days).map_or(days, |whole| customer.joined + whole);
            let mut day = customer.joined.saturating_add(VISITS / 3);
            while day < end {
                deed(making, Work::Visit, day, 1, 0, &mut cost);
                day = day.saturating_add(VISITS);
            }
        }
        cost
    }

    fn order_rows(&self, orders: &[Order], random: ChaCha8Rng) -> (Vec<u8>, Written) {
        let Self { params, calendar, .. } = self;
        let mut writer = RowWriter::new(&ORDER_LAYOUT, &params.damage, random, orders.len() * 64);
        for order in orders {
            writer.row(order.cents.into(), |field, out| match field {
                0 => {
                    params.ids.push(out, order.customer);
                    out.push(b'-');
                    push_number(out, order.number.into());
                }
                1 => out.extend_from_slice(calendar.text(order.day)),
                2 => params.ids.push(out, order.customer),
                3 => out.extend_from_slice(if order.manual { b"phone" } else { b"web" }),
                4 => push_number(out, order.quantity.into()),
                5 => push_cents(out, order.goods.into()),
                _ => push_cents(out, order.cents.into()),
            });
        }
        (writer.out, writer.written)
    }

    fn deed_rows(&self, deeds: &[Deed], random: ChaCha8Rng) -> Vec<u8> {
        let Self { params, calendar, .. } = self;
        let sound = DamageShares::default();
        let mut writer = RowWriter::new(&ACTIVITY_LAYOUT, &sound, random, deeds.len() * 48);
        for deed in deeds {
            writer.row(0, |field, out| match field {
                0 => out.extend_from_slice(calendar.text(deed.day)),
                1 => params.ids.push(out, deed.customer),
                2 => out.extend_from_slice(Work::ALL[usize::from(deed.work)].name().as_bytes()),
                3 => push_number(out, deed.quantity.into()),
                _ if deed.lines > 0 => push_number(out, deed.lines.into()),
                _ => {}
            });
        }
        writer.out
    }
}

/// Writes the files of [`FILES`] into the places that `open` gives for their names; `truth.json` is for the caller to write.
///
/// # Shape
/// ```text
/// transactions.csv     order_id, date, customer_id, channel, quantity, cost_of_goods, amount; a refund has its order's id
/// activities.csv       date, customer_id, activity, quantity, lines
/// customers.csv        customer_id, segment, region, channel, first_date, referred_by
/// subscriptions.csv    subscription_id, customer_id, plan, start, end, amount (a month), reason
/// ledger.csv           date, account, cost_centre, description, amount
/// costing.toml         the model that takes the ledger back to the customers
/// truth_customers.csv  what nobody could know: rates, lifetimes, true costs
/// ```
/// # Memory
/// 24 bytes an order and 12 an activity.
/// # Errors
/// As [`GenerateParams::check`]; `Io` where writing fails, and whatever `open` says.
pub fn write_business<W: Write + Send>(
    params: &GenerateParams,
    mut open: impl FnMut(&'static str) -> Result<W>,
    progress: &dyn Progress,
) -> Result<Truth> {
    let world = World::new(params)?;
    let calendar = Calendar::new(params.from, params.to);
    let sorter = Sorter { order: params.order, days: params.days(), seed: params.seed };
    let maker = Maker { params, world: &world, calendar: &calendar, sorter };
    let mut file = |name: &'static str, header: &str| -> Result<Place<'_, W>> {
        let mut place = Place { name, file: open(name)?, progress };
        place.put(header.as_bytes())?;
        Ok(place)
    };
    progress.begin("writing a business", None);
    let mut customers = file("customers.csv", CUSTOMER_FILE_COLUMNS)?;
    let mut contracts = file("subscriptions.csv", CONTRACT_COLUMNS)?;
    let mut truths = file("truth_customers.csv", &format!("{CUSTOMER_COLUMNS},{COST_COLUMNS}\n"))?;
    let (mut orders, mut deeds) = (Sequence::new(sorter), Sequence::new(sorter));
    let (mut totals, mut counts, mut usage) = (Totals::default(), Counts::default(), Usage::new(&calendar));
    in_order(
        params.customers.div_ceil(CUSTOMERS_OF_A_BLOCK) as usize,
        |block| maker.block(block as u32),
        |made| {
            orders.push(made.orders);
            deeds.push(made.deeds);
            totals.merge(&made.totals);
            usage.merge(&made.usage);
            counts.units += made.counts.units;
            counts.deeds += made.counts.deeds;
            counts.contracts += made.counts.contracts;
            counts.members += made.counts.members;
            customers.put(&made.customers)?;
            contracts.put(&made.contracts)?;
            truths.put(&made.truth)
        },
    )?;
    let mut written = Written::default();
    let mut transactions = file("transactions.csv", ORDER_COLUMNS)?;
    in_order(
        orders.parts(),
        |part| {
            let rows = orders.part(part, world.random(Stream::Order(part as u32)));
            maker.order_rows(&rows, world.random(Stream::Damage(part as u32)))
        },
        |(text, of_part)| {
            written.merge(&of_part);
            transactions.put(&text)
        },
    )?;
    let mut activities = file("activities.csv", ACTIVITY_COLUMNS)?;
    in_order(
        deeds.parts(),
        |part| {
            let random = world.random(Stream::Deeds(part as u32));
            let rows = deeds.part(part, random.clone());
            maker.deed_rows(&rows, random)
        },
        |text| activities.put(&text),
    )?;
    let books = Books::new(params, &usage);
    file("ledger.csv", "")?.put(&books.ledger(&usage, &calendar))?;
    file("costing.toml", "")?.put(books.model(params).as_bytes())?;
    for place in [&mut customers, &mut contracts, &mut truths, &mut transactions, &mut activities] {
        place.flush()?;
    }
    progress.end();
    let mut truth = Truth::new(params, &totals, &written);
    truth.business = Some(BusinessTruth {
        units: counts.units,
        activities: counts.deeds,
        contracts: counts.contracts,
        members: counts.members,
        ..books.truth(&usage)
    });
    Ok(truth)
}

/// A file by its name.
struct Place<'p, W> {
    name: &'static str,
    file: W,
    progress: &'p dyn Progress,
}

impl<W: Write> Place<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.progress.advance(bytes.len() as u64);
        self.file.write_all(bytes).map_err(|error| Error::io("cannot be written", self.name, error))
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|error| Error::io("cannot be written", self.name, error))
    }
}

fn push_person(out: &mut Vec<u8>, params: &GenerateParams, calendar: &Calendar, customer: &Customer, person: &Person) {
    params.ids.push(out, customer.index);
    for text in [person.segment.name(), person.region, if person.by_phone { "phone" } else { "web" }] {
        out.push(b',');
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b',');
    out.extend_from_slice(calendar.text(customer.joined));
    out.push(b',');
    if let Some(friend) = person.referred_by {
        params.ids.push(out, friend);
    }
    out.push(b'\n');
}
