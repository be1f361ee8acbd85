//! Recurring revenue from opening to closing, to the minor unit; and profit at the opening.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::relationship::{Spell, Term};
use super::{Grouping, Relationships, Window};
use crate::exchange::Exchange;
use crate::intervals::block_of;
use crate::time::Day;

/// Where the recurring revenue of a period came from and went, in minor units of the report's currency.
///
/// `opening + new + expansion + reactivation - contraction - churn + currency = closing`, exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// A month's revenue of the opening base.
    pub opening: i128,
    /// Of customers who had never been there.
    pub new: i128,
    /// More from customers who stayed.
    pub expansion: i128,
    /// Of customers who had left in an earlier period.
    pub reactivation: i128,
    /// Less from customers who stayed.
    pub contraction: i128,
    /// Of customers who left.
    pub churn: i128,
    /// What the revenue of those who stayed gained or lost by exchange rates.
    pub currency: i128,
}

impl Waterfall {
    /// A month's revenue of those there when the period closes.
    pub fn closing(&self) -> i128 {
        self.opening + self.new + self.expansion + self.reactivation - self.contraction - self.churn + self.currency
    }

    /// What was won over what was lost; `None` where nothing was lost.
    pub fn quick_ratio(&self) -> Option<f64> {
        let lost = self.contraction + self.churn;
        (lost > 0).then(|| (self.new + self.expansion + self.reactivation) as f64 / lost as f64)
    }

    /// One less the gross loss over the opening; `None` without an opening.
    pub fn gross_retention(&self) -> Option<f64> {
        (self.opening > 0).then(|| 1.0 - (self.churn + self.contraction) as f64 / self.opening as f64)
    }

    /// Gross retention with expansion, without reactivation.
    pub fn net_retention(&self) -> Option<f64> {
        (self.opening > 0).then(|| 1.0 - (self.churn + self.contraction - self.expansion) as f64 / self.opening as f64)
    }

    fn add(&mut self, other: &Self) {
        self.opening += other.opening;
        self.new += other.new;
        self.expansion += other.expansion;
        self.reactivation += other.reactivation;
        self.contraction += other.contraction;
        self.churn += other.churn;
        self.currency += other.currency;
    }
}

/// Profit of every customer in one period of accounts, in minor units.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfitPeriod {
    /// The first day of the accounts.
    pub from: Day,
    /// The last day of the accounts.
    pub to: Day,
    /// One figure a customer; `None` where there is none.
    pub profits: Vec<Option<i64>>,
}

/// What the opening base of one group in one period earned in the accounts before it, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProfitLoss {
    /// Profit of the opening base.
    pub base: i128,
    /// Profit of those of it who left in the period.
    pub lost: i128,
    /// Customers of the opening base without a figure; they count as zero.
    pub unknown: u64,
}

/// One block of customers' part in a period, for the bootstrap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BlockPart {
    pub opening: i64,
    pub churn: i64,
    pub contraction: i64,
    pub expansion: i64,
    pub reactivation: i64,
    pub profit_base: i64,
    pub profit_lost: i64,
}

/// The revenue, and profit, of every group in every period.
#[derive(Debug, Clone, PartialEq)]
pub struct RevenueTable {
    periods: usize,
    blocks: usize,
    waterfalls: Vec<Waterfall>,
    profits: Vec<ProfitLoss>,
    parts: Parts,
}

/// The parts of all blocks in all groups and periods, by their places.
#[derive(Debug, Clone, PartialEq)]
enum Parts {
    All(Vec<BlockPart>),
    /// Those that there are: of a great many groups and periods nearly every customer is in few.
    Found(BTreeMap<usize, BlockPart>),
}

impl Parts {
    /// How many places there may be for each to be kept, found or not.
    const MOST: usize = 1 << 22;

    fn new(places: usize) -> Self {
        match places {
            ..=Self::MOST => Self::All(vec![BlockPart::default(); places]),
            _ => Self::Found(BTreeMap::new()),
        }
    }

    #[inline]
    fn at(&mut self, place: usize) -> &mut BlockPart {
        match self {
            Self::All(parts) => &mut parts[place],
            Self::Found(parts) => parts.entry(place).or_default(),
        }
    }

    /// Those of some places that are there.
    fn of(&self, places: Range<usize>) -> Vec<BlockPart> {
        match self {
            Self::All(parts) => parts[places].to_vec(),
            Self::Found(parts) => parts.range(places).map(|(_, part)| *part).collect(),
        }
    }

    fn add(&mut self, other: Self) {
        match other {
            Self::All(others) => others.iter().enumerate().for_each(|(place, part)| self.at(place).add(part)),
            Self::Found(others) => others.iter().for_each(|(place, part)| self.at(*place).add(part)),
        }
    }
}

impl BlockPart {
    fn add(&mut self, other: &Self) {
        self.opening += other.opening;
        self.churn += other.churn;
        self.contraction += other.contraction;
        self.expansion += other.expansion;
        self.reactivation += other.reactivation;
        self.profit_base += other.profit_base;
        self.profit_lost += other.profit_lost;
    }
}

/// Blocks of customers over all groups and periods, at most; fewer where there are many of both.
const MOST_PARTS: usize = 1_000_000;
const MOST_BLOCKS: usize = 4_000;
const FEWEST_BLOCKS: usize = 400;

impl RevenueTable {
    /// Adds up revenue, group by group and period by period.
    ///
    /// # Definition
    /// A customer's revenue at the turn of a period is what is carried over it: of each currency the
    /// lesser of the amounts on the day before and on the day after. So a contract that ends with a period is lost in it,
    /// and an amount raised with the first day of a period is an expansion of that period.
    pub fn new(
        relationships: &Relationships,
        window: &Window,
        grouping: &Grouping,
        exchange: &Exchange,
        profits: &[ProfitPeriod],
        seed: u64,
    ) -> Self {
        let periods = window.timeline().len();
        let cells = grouping.len() * periods;
        let customers = relationships.spells.last().map_or(0, |spell| spell.customer as usize + 1);
        let most = (MOST_PARTS / cells).clamp(FEWEST_BLOCKS, MOST_BLOCKS);
        let sum = Sum {
            relationships,
            window,
            grouping,
            exchange,
            // The last accounts that were closed before the period opened.
            profits: (0..periods)
                .map(|place| {
                    let before = profits.iter().filter(|period| period.to < window.timeline().start(place));
                    before.max_by_key(|period| (period.to, period.from))
                })
                .collect(),
            block_count: customers.min(most),
            by_customer: customers <= most,
            seed,
        };
        let empty = || Self {
            periods,
            blocks: sum.block_count,
            waterfalls: vec![Waterfall::default(); cells],
            profits: vec![ProfitLoss::default(); cells],
            parts: Parts::new(cells * sum.block_count),
        };
        relationships
            .shares()
            .into_par_iter()
            .map(|share| {
                let mut table = empty();
                share.chunk_by(|a, b| a.customer == b.customer).for_each(|spells| sum.customer(spells, &mut table));
                table
            })
            // Whole numbers, so the order of adding changes nothing.
            .reduce_with(Self::merged)
            .unwrap_or_else(empty)
    }

    /// The waterfall of a group in a period, by their places.
    pub fn waterfall(&self, group: usize, period: usize) -> Waterfall {
        self.waterfalls[group * self.periods + period]
    }

    /// The profit of a group in a period, by their places.
    pub fn profit(&self, group: usize, period: usize) -> ProfitLoss {
        self.profits[group * self.periods + period]
    }

    /// The parts of the blocks in a group and period, in their order; such that are nothing may be missing.
    pub(super) fn parts(&self, group: usize, period: usize) -> Vec<BlockPart> {
        let cell = group * self.periods + period;
        self.parts.of(cell * self.blocks..(cell + 1) * self.blocks)
    }

    fn merged(mut self, other: Self) -> Self {
        self.waterfalls.iter_mut().zip(&other.waterfalls).for_each(|(one, other)| one.add(other));
        for (one, other) in self.profits.iter_mut().zip(&other.profits) {
            one.base += other.base;
            one.lost += other.lost;
            one.unknown += other.unknown;
        }
        self.parts.add(other.parts);
        self
    }
}

struct Sum<'a> {
    relationships: &'a Relationships,
    window: &'a Window,
    grouping: &'a Grouping,
    exchange: &'a Exchange,
    profits: Vec<Option<&'a ProfitPeriod>>,
    block_count: usize,
    by_customer: bool,
    seed: u64,
}

impl Sum<'_> {
    fn customer(&self, spells: &[Spell], table: &mut RevenueTable) {
        let customer = spells[0].customer;
        let block = if self.by_customer { customer as usize } else { block_of(customer, self.block_count, self.seed) };
        for spell in self.window.bridged(spells) {
            self.spell(&spell, block, table);
        }
    }

    fn spell(&self, spell: &Spell, block: usize, table: &mut RevenueTable) {
        let timeline = self.window.timeline();
        let terms = self.relationships.terms_of(spell);
        let openings: Range<usize> = self.window.openings(spell);
        if openings.is_empty() {
            return;
        }
        // The period in which the customer came: its revenue at the close is new, or back again.
        if let Some(first) = openings.start.checked_sub(1).filter(|_| self.window.joined(spell).is_some()) {
            let worth = self.carried(terms, openings.start, timeline.start(openings.start));
            let cell = self.grouping.on(spell, terms, spell.start) * table.periods + first;
            let waterfall = &mut table.waterfalls[cell];
            if spell.again {
                waterfall.reactivation += i128::from(worth);
                table.parts.at(cell * table.blocks + block).reactivation += worth;
            } else {
                waterfall.new += i128::from(worth);
            }
        }
        for place in openings.start..openings.end.min(table.periods) {
            let day = timeline.start(place);
            let cell = self.grouping.on(spell, terms, day) * table.periods + place;
            let opening = self.carried(terms, place, day);
            let stays = place + 1 < openings.end;
            let waterfall = &mut table.waterfalls[cell];
            let part = table.parts.at(cell * table.blocks + block);
            waterfall.opening += i128::from(opening);
            part.opening += opening;
            if stays {
                let next = timeline.start(place + 1);
                let revalued = self.carried(terms, place, next);
                let change = self.carried(terms, place + 1, next) - revalued;
                waterfall.currency += i128::from(revalued - opening);
                if change >= 0 {
                    waterfall.expansion += i128::from(change);
                    part.expansion += change;
                } else {
                    waterfall.contraction -= i128::from(change);
                    part.contraction -= change;
                }
            } else {
                waterfall.churn += i128::from(opening);
                part.churn += opening;
            }
            if let Some(period) = self.profits[place] {
                let profit = period.profits.get(spell.customer as usize).copied().flatten();
                let sums = &mut table.profits[cell];
                sums.unknown += u64::from(profit.is_none());
                let profit = profit.unwrap_or(0);
                sums.base += i128::from(profit);
                part.profit_base += profit;
                if !stays {
                    sums.lost += i128::from(profit);
                    part.profit_lost += profit;
                }
            }
        }
    }

    /// What is carried over the start of a period, at the exchange rates of a day.
    fn carried(&self, terms: &[Term], place: usize, rates_of: Day) -> i64 {
        let day = self.window.turn(place);
        let stock = place == 0 && self.window.opens_with_stock();
        if let [term] = terms {
            return self.exchange.convert(term.amount, term.currency, rates_of);
        }
        let one_currency = terms.iter().all(|term| term.currency == terms[0].currency);
        let carried = |currency: Option<u16>| {
            let own = terms.iter().filter(|term| currency.is_none_or(|currency| term.currency == currency));
            let (mut before, mut after) = (0_i64, 0_i64);
            for term in own {
                if term.start < day && term.end >= day {
                    before += term.amount;
                }
                if term.runs_on(day) {
                    after += term.amount;
                }
            }
            if stock { after } else { before.min(after) }
        };
        if one_currency {
            return self.exchange.convert(carried(None), terms[0].currency, rates_of);
        }
        let mut currencies: Vec<u16> = terms.iter().map(|term| term.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        currencies.iter().map(|&currency| self.exchange.convert(carried(Some(currency)), currency, rates_of)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_same_whether_all_places_are_kept_or_those_that_are_found() {
        let mut all = [Parts::All(vec![BlockPart::default(); 100]), Parts::Found(BTreeMap::new())];
        for parts in &mut all {
            for step in 0..60_usize {
                parts.at(step * 37 % 100).opening += step as i64;
            }
            let other = match parts {
                Parts::All(_) => Parts::All(parts.of(0..100)),
                Parts::Found(found) => Parts::Found(found.clone()),
            };
            parts.add(other);
        }
        let found = |parts: &Parts| -> Vec<BlockPart> {
            parts.of(20..80).into_iter().filter(|part| *part != BlockPart::default()).collect()
        };
        assert!(found(&all[0]).len() > 20);
        assert_eq!(found(&all[0]), found(&all[1]));
    }
}
