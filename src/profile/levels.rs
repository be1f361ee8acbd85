//! Levels of customers, their counts and the shape these make.

use std::cmp::Ordering;

use crate::{Error, Result};

/// The customers and what they did, one value each.
#[derive(Debug, Clone, Copy)]
pub struct Buyers<'a, S> {
    /// The customers, each once.
    pub customers: &'a [S],
    /// Their purchases.
    pub purchases: &'a [u64],
    /// What they spent, in minor units.
    pub amount: &'a [i64],
    /// Who brought them, as far as they have bought; empty where nobody did. `None` where that is not known of anybody.
    pub referred_by: Option<&'a [S]>,
}

/// How far a customer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Bought once.
    Initial,
    /// Came back.
    Repeat,
    /// Bought, and brought others who did.
    Advocate,
}

impl Level {
    /// The levels, the first one first.
    pub const ALL: [Self; 3] = [Self::Initial, Self::Repeat, Self::Advocate];

    /// The level by name, as tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Repeat => "repeat",
            Self::Advocate => "advocate",
        }
    }
}

/// The pattern of the three counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Never more above than below.
    Pyramid,
    /// Never fewer above than below.
    InvertedPyramid,
    /// Fewer repeat customers than both others.
    Hourglass,
    /// More repeat customers than both others.
    Diamond,
    /// All equal.
    Column,
}

impl Shape {
    /// The shape of the counts of initial, repeat and advocate customers.
    pub fn of([initial, repeat, advocate]: [u64; 3]) -> Self {
        match (repeat.cmp(&initial), advocate.cmp(&repeat)) {
            (Ordering::Equal, Ordering::Equal) => Self::Column,
            (Ordering::Less | Ordering::Equal, Ordering::Less | Ordering::Equal) => Self::Pyramid,
            (Ordering::Greater | Ordering::Equal, Ordering::Greater | Ordering::Equal) => Self::InvertedPyramid,
            (Ordering::Less, Ordering::Greater) => Self::Hourglass,
            (Ordering::Greater, Ordering::Less) => Self::Diamond,
        }
    }

    /// The shape by name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pyramid => "pyramid",
            Self::InvertedPyramid => "inverted pyramid",
            Self::Hourglass => "hourglass",
            Self::Diamond => "diamond",
            Self::Column => "column",
        }
    }
}

/// One level of the profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelRow {
    /// The level.
    pub level: Level,
    /// How many customers stand on it.
    pub customers: u64,
    /// The same as a share of the customers of all levels; `None` where there are none.
    pub customer_share: Option<f64>,
    /// Their purchases.
    pub purchases: u64,
    /// What they spent, in minor units.
    pub amount: i128,
    /// How many customers they brought.
    pub brought: u64,
}

/// The profile of a table of customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The three levels, initial first.
    pub levels: [LevelRow; 3],
    /// The pattern of their counts.
    pub shape: Shape,
    /// The level of every customer, in the order given; `None` without a purchase.
    pub level_of: Vec<Option<Level>>,
    /// How many customers each one brought.
    pub brought: Vec<u64>,
    /// Customers on no level.
    pub without_purchase: u64,
    /// Customers who name somebody unknown or without a purchase.
    pub unknown_referrers: u64,
    /// Customers who name themselves; without a purchase nobody counts as naming anybody.
    pub named_themselves: u64,
    /// Whether it is known who brought whom: without it nobody is an advocate.
    pub referrals_known: bool,
}

/// The profile: the level of every customer, the counts and their shape.
///
/// # Errors
/// `LengthMismatch` where a slice has not one value per customer; `Data` where there is no customer or
/// one stands there twice.
///
/// # Example
/// ```
/// use custval::profile::{Buyers, Shape, profile};
///
/// let buyers = Buyers {
///     customers: &["ann", "ben", "cy"],
///     purchases: &[1, 1, 3],
///     amount: &[1_000, 500, 4_500],
///     referred_by: Some(&["", "ann", ""]),
/// };
/// let profile = profile(buyers)?;
/// // Ann bought once and brought Ben.
/// assert_eq!(profile.levels.map(|row| row.customers), [1, 1, 1]);
/// assert_eq!(profile.shape, Shape::Column);
/// # Ok::<(), custval::Error>(())
/// ```
pub fn profile<S: AsRef<[u8]>>(buyers: Buyers<'_, S>) -> Result<Profile> {
    let Buyers { customers, purchases, amount, referred_by } = buyers;
    if customers.is_empty() {
        return Err(Error::data("there is no customer to make a profile of"));
    }
    for (name, length) in [
        ("purchases", purchases.len()),
        ("amount", amount.len()),
        ("referred by", referred_by.map_or(customers.len(), <[S]>::len)),
    ] {
        if length != customers.len() {
            return Err(Error::length_mismatch(name, customers.len(), length));
        }
    }
    let mut order: Vec<usize> = (0..customers.len()).collect();
    order.sort_unstable_by(|&one, &other| customers[one].as_ref().cmp(customers[other].as_ref()));
    if let Some(two) = order.windows(2).find(|two| customers[two[0]].as_ref() == customers[two[1]].as_ref()) {
        let name = String::from_utf8_lossy(customers[two[0]].as_ref());
        return Err(Error::data(format!("customer `{name}` stands there twice")));
    }

    let mut brought = vec![0_u64; customers.len()];
    let (mut unknown_referrers, mut named_themselves) = (0, 0);
    for (place, referrer) in referred_by.into_iter().flatten().enumerate() {
        let referrer = referrer.as_ref();
        if referrer.is_empty() || purchases[place] == 0 {
            continue;
        }
        match order.binary_search_by(|&other| customers[other].as_ref().cmp(referrer)) {
            Ok(found) if order[found] == place => named_themselves += 1,
            Ok(found) if purchases[order[found]] > 0 => brought[order[found]] += 1,
            _ => unknown_referrers += 1,
        }
    }

    let level_of: Vec<Option<Level>> = std::iter::zip(purchases, &brought)
        .map(|(&purchases, &brought)| match (purchases, brought) {
            (0, _) => None,
            (_, 1..) => Some(Level::Advocate),
            (1, 0) => Some(Level::Initial),
            (_, 0) => Some(Level::Repeat),
        })
        .collect();
    let mut levels = Level::ALL.map(|level| LevelRow {
        level,
        customers: 0,
        customer_share: None,
        purchases: 0,
        amount: 0,
        brought: 0,
    });
    for (place, level) in level_of.iter().enumerate() {
        if let Some(level) = level {
            let row = &mut levels[*level as usize];
            row.customers += 1;
            row.purchases += purchases[place];
            row.amount += i128::from(amount[place]);
            row.brought += brought[place];
        }
    }
    let all: u64 = levels.iter().map(|row| row.customers).sum();
    for row in &mut levels {
        row.customer_share = (all > 0).then(|| row.customers as f64 / all as f64);
    }
    Ok(Profile {
        shape: Shape::of([levels[0].customers, levels[1].customers, levels[2].customers]),
        levels,
        level_of,
        brought,
        without_purchase: customers.len() as u64 - all,
        unknown_referrers,
        named_themselves,
        referrals_known: referred_by.is_some(),
    })
}
