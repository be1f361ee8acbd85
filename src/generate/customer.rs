//! One customer's life: when it begins, how often it buys, what it spends, when it ends.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp1, Gamma};

use super::damage::unit;
use super::params::GenerateParams;
use crate::clv::Model;
use crate::{Error, Result};

/// Ten millions: nobody spends more on one purchase, however heavy the tail.
const MOST_CENTS: f64 = 1e9;
/// Days that a purchase is put off at most, where its day already has one.
const MOST_WAIT: u16 = 7;
/// Days, on average, until a purchase is paid back.
const REFUND_DELAY: f64 = 10.0;

/// A stream of random numbers of its own for everything that happens by chance, so that threads change nothing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// A customer's purchases, spend, dropout and refunds.
    Life(u32),
    /// What else is known of a customer, and what his orders cause.
    Details(u32),
    /// The order of the rows of one part of a log.
    Order(u32),
    /// Damage to the rows of one part of a log.
    Damage(u32),
    /// The order of the rows of one part of an activity log.
    Deeds(u32),
}

/// What all customers share.
#[derive(Debug, Clone)]
pub(super) struct World {
    random: ChaCha8Rng,
    days: u16,
    joining: u32,
    days_per_unit: f64,
    refunds: f64,
    model: Model,
    /// Purchases a unit of time.
    rate: Gamma<f64>,
    /// The rate of dropping out, or the two parts of its chance.
    dropout: [Gamma<f64>; 2],
    /// One over the scale of spend.
    spend_rate: Gamma<f64>,
    /// Spend on a purchase, in such scales.
    spend: Gamma<f64>,
    /// Such scales that a purchase costs on average.
    spend_shape: f64,
    /// Hundredths that a purchase of a customer in the middle costs.
    typical_spend: f64,
}

/// How a customer came to leave, or will.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Dropout {
    /// At a rate for each unit of time.
    Rate(f64),
    /// With a chance after each repeat purchase.
    Chance(f64),
}

/// A customer with what nobody can see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Customer {
    pub index: u32,
    /// The day of the first purchase, counted from the first day of the business.
    pub joined: u16,
    /// Purchases a unit of time.
    pub rate: f64,
    pub dropout: Dropout,
    /// Mean spend on a purchase, in hundredths.
    pub mean_spend: f64,
    /// Days from joining to dropping out; `None` where that is after the last day and not settled yet.
    pub lifetime: Option<f64>,
}

impl Customer {
    /// Whole days from the one after joining to the one of dropping out, if that lies in the days observed.
    pub fn membership(&self, days: u16) -> Option<u16> {
        let whole = self.lifetime?.ceil().max(1.0);
        (f64::from(self.joined) + whole < f64::from(days)).then_some(whole as u16)
    }

    /// Whether the customer has not dropped out by the end of the last day.
    pub fn alive(&self, days: u16) -> bool {
        self.lifetime.is_none_or(|lifetime| f64::from(self.joined) + lifetime > f64::from(days - 1))
    }
}

/// A purchase, with what was paid back of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Purchase {
    pub day: u16,
    pub cents: i32,
    /// The day and the part paid back, if that happens by the last day.
    pub refund: Option<(u16, i32)>,
}

impl Purchase {
    /// Whether it is as much as a purchase can be, and so may have been cut to that.
    pub fn is_cut(&self) -> bool {
        f64::from(self.cents) >= MOST_CENTS
    }
}

impl World {
    pub fn new(params: &GenerateParams) -> Result<Self> {
        params.check()?;
        let gamma = |shape: f64, rate: f64| {
            Gamma::new(shape, rate.recip())
                .map_err(|_| Error::domain("a parameter is too large or too small to draw from"))
        };
        let [r, alpha, third, fourth] = params.purchases.values();
        let [p, q, spend_scale] = params.spend.values();
        let dropout = match params.purchases.model() {
            Model::BgNbd => [gamma(third, 1.0)?, gamma(fourth, 1.0)?],
            _ => [gamma(third, fourth)?; 2],
        };
        Ok(Self {
            random: ChaCha8Rng::seed_from_u64(params.seed),
            days: params.days(),
            joining: (params.join_until.0 - params.from.0 + 1).unsigned_abs(),
            days_per_unit: params.time_unit.days(),
            refunds: params.refunds,
            model: params.purchases.model(),
            rate: gamma(r, alpha)?,
            dropout,
            spend_rate: gamma(q, spend_scale)?,
            spend: gamma(p, 1.0)?,
            spend_shape: p,
            typical_spend: p / q * spend_scale * 100.0,
        })
    }

    /// Hundredths that a purchase of a customer in the middle costs.
    pub fn typical_spend(&self) -> f64 {
        self.typical_spend
    }

    /// The random numbers for something, from their beginning.
    pub fn random(&self, stream: Stream) -> ChaCha8Rng {
        let (kind, number) = match stream {
            Stream::Life(number) => (0, number),
            Stream::Details(number) => (1, number),
            Stream::Order(number) => (2, number),
            Stream::Damage(number) => (3, number),
            Stream::Deeds(number) => (4, number),
        };
        let mut random = self.random.clone();
        random.set_stream(kind << 40 | u64::from(number));
        random
    }

    /// The day on which a customer joins: the first thing that chance decides for him.
    pub fn joined(&self, random: &mut ChaCha8Rng) -> u16 {
        ((u64::from(random.next_u32()) * u64::from(self.joining)) >> 32) as u16
    }

    /// Lives a customer's life through to the last day, putting his purchases in place of those given.
    ///
    /// # Definition
    /// The first purchase is at the start of the day of joining. Time then runs without a break, and what happens in
    /// the `(n-1, n]` days after it is dated `n` days after joining: so who joined `T` days before the last day is
    /// observed for exactly `T` days. A purchase on a day that already has one is dated to the next day without, up to a week
    /// later and as long as the customer is one: so distinct days, which is what models count, are as many as purchases.
    pub fn live(&self, index: u32, purchases: &mut Vec<Purchase>) -> Customer {
        let mut random = self.random(Stream::Life(index));
        let joined = self.joined(&mut random);
        let rate = self.rate.sample(&mut random);
        let observed = f64::from(self.days - 1 - joined);
        let [first, second] = &self.dropout;
        let (dropout, mut lifetime) = match self.model {
            Model::BgNbd => {
                let (leaving, staying) = (first.sample(&mut random), second.sample(&mut random));
                (Dropout::Chance(leaving / (leaving + staying)), None)
            }
            _ => {
                let rate = first.sample(&mut random);
                let time: f64 = Exp1.sample(&mut random);
                (Dropout::Rate(rate), Some(time / rate * self.days_per_unit))
            }
        };
        let spend_rate = self.spend_rate.sample(&mut random);
        let until = lifetime.map_or(observed, |lifetime: f64| lifetime.min(observed));
        purchases.clear();
        let last = until.ceil() as u16;
        let (mut time, mut age) = (0.0_f64, 0_u16);
        loop {
            let day = joined + age;
            let cents = (self.spend.sample(&mut random) / spend_rate * 100.0).round().clamp(1.0, MOST_CENTS);
            let refund = self.refund(day, cents, &mut random);
            purchases.push(Purchase { day, cents: cents as i32, refund });
            if let Dropout::Chance(chance) = dropout
                && time > 0.0
                && unit(random.next_u64()) < chance
            {
                lifetime = Some(time.max(age.into()));
                break;
            }
            let gap: f64 = Exp1.sample(&mut random);
            time += gap / rate * self.days_per_unit;
            // Not a number where nothing is ever bought again.
            if time.is_nan() || time > until {
                break;
            }
            let due = time.ceil() as u16;
            age = due.max((age + 1).min(due + MOST_WAIT).min(last));
        }
        let mean_spend = self.spend_shape / spend_rate * 100.0;
        Customer { index, joined, rate, dropout, mean_spend, lifetime }
    }

    fn refund(&self, day: u16, cents: f64, random: &mut ChaCha8Rng) -> Option<(u16, i32)> {
        if self.refunds == 0.0 || unit(random.next_u64()) >= self.refunds {
            return None;
        }
        let delay: f64 = Exp1.sample(random);
        // Half of them in whole, the others in part.
        let share = (2.0 * unit(random.next_u64())).min(1.0);
        let day = f64::from(day) + 1.0 + (delay * REFUND_DELAY).floor();
        let part = (cents * share).round().max(1.0);
        (day < f64::from(self.days)).then_some((day as u16, part as i32))
    }
}
