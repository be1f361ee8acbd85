//! Two periods: who moved between the bands, who moved the peak, and where the change in profit came from.
//!
//! # Question
//! Profit is not what it was. Is it customers who joined or left, what the others bought and at what
//! price, or what it took to serve them?
//!
//! # Definition
//! With 0 for the earlier period and 1 for the later, J for customers of the later alone, L for those of
//! the earlier alone, S for those of both:
//!
//! ```text
//! P1 - P0 =  sum over J of profit1                             joined
//!          - sum over L of profit0                             left
//!          + sum over S of (revenue1 - revenue0)               revenue, of which
//!                 volume = (q1 - q0) x (p0 + p1) / 2               where both quantities are known
//!                 price  = (p1 - p0) x (q0 + q1) / 2               and above zero, p = revenue / q
//!                 revenue = the rest                               elsewhere
//!          - sum over S of (cost1 - cost0), level by level     one line a cost level
//!          + sum over S of (other1 - other0)                   other = profit - revenue + all costs
//! ```
//!
//! Volume and price are taken at the mean of the two periods, so that neither is served first and
//! nothing is left between them (Bennet 1920). Volume is rounded to the minor unit once a customer and
//! price is the rest, so that all lines add up to the change exactly, in minor units, for any data.
//! Without revenues there is one line `stayed` in place of those of S. Where the values are revenue and no profit, nothing costs and
//! nothing is other.
//!
//! A customer moves the peak by `max(profit1, 0) - max(profit0, 0)`, nobody being taken as 0; these add
//! up to the change of the peak.
//!
//! For the migration a customer stands in the band that holds the middle of its place: at rank k of n
//! in band `floor((k - 1/2) B / n) + 1` of B, each period by its own curve.
//!
//! # Source
//! T. L. Bennet (1920), "The theory of measurement of changes in cost of living", Journal of the Royal
//! Statistical Society 83: the symmetric split of price and volume.

use std::collections::BTreeMap;

use super::curve::{Curve, Values};
use super::params::Bands;
use crate::money::Currency;
use crate::{Error, Result};

/// The customers of one period. Money is in minor units.
#[derive(Debug, Clone, Copy)]
pub struct Period<'a, S> {
    /// The customers, each once.
    pub customers: &'a [S],
    /// Their profit, or what else is compared.
    pub profit: &'a [i64],
    /// Their net revenue, where it is known.
    pub revenue: Option<&'a [i64]>,
    /// Their cost by level, each level with its name; `None` where what is compared is the revenue.
    pub costs: Option<&'a [(&'a str, &'a [i64])]>,
    /// What they bought, in pieces or purchases, where it is known.
    pub quantity: Option<&'a [f64]>,
}

/// One line of the change in profit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLine {
    /// `joined`, `left`, `volume`, `price`, `revenue`, the name of a cost level, `other` or `stayed`.
    pub line: String,
    /// How many customers it is about.
    pub customers: u64,
    /// What it adds to profit, in minor units: a cost that rises is negative.
    pub amount: i128,
}

/// Customers who were in one band and are in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The band in the earlier period, from 1; `None` for those who joined.
    pub from: Option<u32>,
    /// The band in the later period; `None` for those who left.
    pub to: Option<u32>,
    /// How many they are.
    pub customers: u64,
    /// Their profit in the earlier period, in minor units.
    pub profit_before: i128,
    /// Their profit in the later period.
    pub profit_after: i128,
}

/// How far a customer moved the peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeakMove {
    /// The place of the customer in the earlier period, if it was there.
    pub before: Option<usize>,
    /// The place of the customer in the later period, if it is there.
    pub after: Option<usize>,
    /// Its profit in the earlier period, in minor units; 0 if it was not there.
    pub profit_before: i64,
    /// Its profit in the later period.
    pub profit_after: i64,
    /// By how much it moved the peak.
    pub peak_change: i64,
}

/// What became of one period in the next.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Customers of both periods.
    pub stayed: u64,
    /// Customers of the later period alone.
    pub joined: u64,
    /// Customers of the earlier period alone.
    pub left: u64,
    /// The change in profit, line by line: the amounts add up to it.
    pub change: Vec<ChangeLine>,
    /// Moves between bands, by `from` and `to`, those who joined and left last.
    pub migration: Vec<Migration>,
    /// Every customer who moved the peak, by the size of the move, ties by customer id.
    pub peak_moves: Vec<PeakMove>,
    /// The curve of the earlier period.
    pub before: Curve,
    /// The curve of the later period.
    pub after: Curve,
}

impl Comparison {
    /// Why the comparison says little, if it does.
    pub fn warning(&self) -> Option<&'static str> {
        (self.stayed == 0).then_some("no customer stands in both periods: are these the same customers?")
    }
}

/// A customer of either period: its place in both.
type Both = (Option<usize>, Option<usize>);

/// Compares two periods.
///
/// # Shape
/// Cost levels are compared where both periods have one of that name; a level of one period alone falls
/// under `other`. Quantities count where both periods have them.
/// # Errors
/// `LengthMismatch` where a slice has not one value per customer; `Data` where a period has no customer,
/// has one twice, or a quantity is no finite number of zero or more.
///
/// # Example
/// ```
/// use custval::hook::{Bands, Period, compare};
/// use custval::money::Currency;
///
/// let before = Period {
///     customers: &["a", "b"],
///     profit: &[600, 100],
///     revenue: Some(&[1_000, 500]),
///     costs: Some(&[("cost_to_serve", &[400, 400])]),
///     quantity: Some(&[10.0, 5.0]),
/// };
/// let after = Period {
///     customers: &["a", "c"],
///     profit: &[900, -50],
///     revenue: Some(&[1_320, 150]),
///     costs: Some(&[("cost_to_serve", &[420, 200])]),
///     quantity: Some(&[12.0, 2.0]),
/// };
/// let found = compare(before, after, Bands::default(), &Currency::UNNAMED)?;
/// let lines: Vec<_> = found.change.iter().map(|line| (line.line.as_str(), line.amount)).collect();
/// // a: two more at 1.05 on average, 0.10 dearer for 11 on average, 0.20 more to serve.
/// assert_eq!(
///     lines,
///     [("joined", -50), ("left", -100), ("volume", 210), ("price", 110), ("cost_to_serve", -20), ("other", 0)]
/// );
/// # Ok::<(), custval::Error>(())
/// ```
pub fn compare<S: AsRef<[u8]> + Sync>(
    before: Period<'_, S>,
    after: Period<'_, S>,
    bands: Bands,
    currency: &Currency,
) -> Result<Comparison> {
    before.check()?;
    after.check()?;
    let curves = [&before, &after].map(|period| Curve::new(period.customers, Values::Money(period.profit, currency)));
    let [curve_before, curve_after] = curves;
    let (curve_before, curve_after) = (curve_before?, curve_after?);
    let both = match_customers(before.customers, after.customers)?;
    let stayed: Vec<(usize, usize)> = both.iter().filter_map(|&(before, after)| before.zip(after)).collect();
    let joined = both.iter().filter(|(before, _)| before.is_none()).count() as u64;
    let left = both.iter().filter(|(_, after)| after.is_none()).count() as u64;

    let sum =
        |profit: &[i64], places: &mut dyn Iterator<Item = usize>| places.map(|place| i128::from(profit[place])).sum();
    let won: i128 = sum(after.profit, &mut both.iter().filter(|(before, _)| before.is_none()).filter_map(|one| one.1));
    let lost: i128 = sum(before.profit, &mut both.iter().filter(|(_, after)| after.is_none()).filter_map(|one| one.0));
    let mut change = vec![
        ChangeLine { line: "joined".into(), customers: joined, amount: won },
        ChangeLine { line: "left".into(), customers: left, amount: -lost },
    ];
    change.extend(change_of_stayed(&before, &after, &stayed));
    Ok(Comparison {
        stayed: stayed.len() as u64,
        joined,
        left,
        change,
        migration: migration(&before, &after, &both, [&curve_before, &curve_after], bands),
        peak_moves: peak_moves(&before, &after, &both),
        before: curve_before,
        after: curve_after,
    })
}

impl<S> Period<'_, S> {
    fn check(&self) -> Result<()> {
        let customers = self.customers.len();
        let lengths = [("profit", self.profit.len())]
            .into_iter()
            .chain(self.revenue.map(|revenue| ("revenue", revenue.len())))
            .chain(self.quantity.map(|quantity| ("quantity", quantity.len())))
            .chain(self.costs().iter().map(|(name, cost)| (*name, cost.len())));
        for (name, length) in lengths {
            if length != customers {
                return Err(Error::length_mismatch(name, customers, length));
            }
        }
        match self.quantity.and_then(|all| all.iter().find(|quantity| !(0.0..=1e15).contains(*quantity))) {
            Some(quantity) => Err(Error::data(format!("`{quantity}` is no quantity of zero or more"))),
            None => Ok(()),
        }
    }

    fn costs(&self) -> &[(&str, &[i64])] {
        self.costs.unwrap_or_default()
    }

    fn cost(&self, name: &str) -> Option<&[i64]> {
        self.costs().iter().find(|(level, _)| *level == name).map(|(_, cost)| *cost)
    }
}

/// The customers of both periods in byte order, with their places.
fn match_customers<S: AsRef<[u8]> + Sync>(before: &[S], after: &[S]) -> Result<Vec<Both>> {
    let sorted = |customers: &[S]| -> Result<Vec<usize>> {
        let mut order: Vec<usize> = (0..customers.len()).collect();
        order.sort_unstable_by(|&one, &other| customers[one].as_ref().cmp(customers[other].as_ref()));
        match order.windows(2).find(|two| customers[two[0]].as_ref() == customers[two[1]].as_ref()) {
            Some(two) => Err(Error::data(format!(
                "customer `{}` stands twice in one period",
                String::from_utf8_lossy(customers[two[0]].as_ref())
            ))),
            None => Ok(order),
        }
    };
    let (first, second) = (sorted(before)?, sorted(after)?);
    let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
    let mut both = Vec::with_capacity(before.len().max(after.len()));
    loop {
        let order = match (first.peek(), second.peek()) {
            (Some(&one), Some(&other)) => before[one].as_ref().cmp(after[other].as_ref()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return Ok(both),
        };
        both.push((if order.is_le() { first.next() } else { None }, if order.is_ge() { second.next() } else { None }));
    }
}

/// The lines of the customers of both periods.
fn change_of_stayed<S>(before: &Period<'_, S>, after: &Period<'_, S>, stayed: &[(usize, usize)]) -> Vec<ChangeLine> {
    let customers = stayed.len() as u64;
    let change = |from: &[i64], to: &[i64]| -> i128 {
        stayed.iter().map(|&(before, after)| i128::from(to[after]) - i128::from(from[before])).sum()
    };
    let line = |line: &str, amount| ChangeLine { line: line.into(), customers, amount };
    let profit = change(before.profit, after.profit);
    let (Some(revenue_before), Some(revenue_after)) = (before.revenue, after.revenue) else {
        return vec![line("stayed", profit)];
    };
    let mut lines = Vec::new();
    let revenue = change(revenue_before, revenue_after);
    match before.quantity.zip(after.quantity) {
        Some((from, to)) => {
            let (mut volume, mut price, mut split) = (0, 0, 0);
            for &(before, after) in stayed {
                let quantities = (from[before], to[after]);
                if let Some((by_volume, by_price)) =
                    volume_and_price(revenue_before[before], revenue_after[after], quantities)
                {
                    (volume, price, split) = (volume + by_volume, price + by_price, split + 1);
                }
            }
            lines.push(ChangeLine { line: "volume".into(), customers: split, amount: volume });
            lines.push(ChangeLine { line: "price".into(), customers: split, amount: price });
            if split < customers {
                let rest = revenue - volume - price;
                lines.push(ChangeLine { line: "revenue".into(), customers: customers - split, amount: rest });
            }
        }
        None => lines.push(line("revenue", revenue)),
    }
    let mut explained = revenue;
    for (name, cost_before) in before.costs() {
        if let Some(cost_after) = after.cost(name) {
            let cost = -change(cost_before, cost_after);
            explained += cost;
            lines.push(line(name, cost));
        }
    }
    if before.costs.is_some() || after.costs.is_some() || profit != explained {
        lines.push(line("other", profit - explained));
    }
    lines
}

/// A change of revenue split into volume and price; `None` where a price is unknown.
fn volume_and_price(from: i64, to: i64, (before, after): (f64, f64)) -> Option<(i128, i128)> {
    if before <= 0.0 || after <= 0.0 {
        return None;
    }
    let mean_price = (from as f64 / before + to as f64 / after) / 2.0;
    // A quantity next to nothing makes a price beyond all bounds; such a price is as good as unknown.
    let volume = Some((after - before) * mean_price).filter(|volume| volume.abs() < 1e30)?.round() as i128;
    Some((volume, i128::from(to) - i128::from(from) - volume))
}

fn migration<S>(
    before: &Period<'_, S>,
    after: &Period<'_, S>,
    both: &[Both],
    curves: [&Curve; 2],
    bands: Bands,
) -> Vec<Migration> {
    let [from, to] = curves.map(|curve| bands_of_places(curve, bands));
    // Band 0 never is: behind all bands stand those who were in none.
    let key = |band: Option<u32>| band.unwrap_or(u32::MAX);
    let mut moves: BTreeMap<(u32, u32), Migration> = BTreeMap::new();
    for &(one, other) in both {
        let (from, to) = (one.map(|place| from[place]), other.map(|place| to[place]));
        let entry = moves.entry((key(from), key(to))).or_insert(Migration {
            from,
            to,
            customers: 0,
            profit_before: 0,
            profit_after: 0,
        });
        entry.customers += 1;
        entry.profit_before += one.map_or(0, |place| before.profit[place].into());
        entry.profit_after += other.map_or(0, |place| after.profit[place].into());
    }
    moves.into_values().collect()
}

/// The band of the customer at each place.
fn bands_of_places(curve: &Curve, bands: Bands) -> Vec<u32> {
    let customers = curve.customers();
    let mut of_place = vec![0; customers as usize];
    for (place, rank) in curve.places().zip(0_u64..) {
        let band = u128::from(2 * rank + 1) * u128::from(bands.count()) / u128::from(2 * customers);
        of_place[place] = u32::try_from(band).expect("the middle of a place is before the last band's end") + 1;
    }
    of_place
}

fn peak_moves<S>(before: &Period<'_, S>, after: &Period<'_, S>, both: &[Both]) -> Vec<PeakMove> {
    let mut moves: Vec<PeakMove> = both
        .iter()
        .map(|&(one, other)| {
            let profit_before = one.map_or(0, |place| before.profit[place]);
            let profit_after = other.map_or(0, |place| after.profit[place]);
            let peak_change = profit_after.max(0) - profit_before.max(0);
            PeakMove { before: one, after: other, profit_before, profit_after, peak_change }
        })
        .filter(|one| one.peak_change != 0)
        .collect();
    // A stable sort of customers in byte order: ties stay in it.
    moves.sort_by_key(|one| std::cmp::Reverse(one.peak_change.unsigned_abs()));
    moves
}
