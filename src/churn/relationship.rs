//! From contracts to relationships: what counts under a policy, joined where the gap is too short to be a departure.

use std::ops::Range;

use rayon::prelude::*;

use super::{Contract, Contracts, Policy};
use crate::time::Day;

/// The end of a contract that goes on: after every day of the calendar.
pub(super) const OPEN: Day = Day(i32::MAX);

/// The part of a contract that counts: an amount a month over `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub start: Day,
    pub end: Day,
    pub amount: i64,
    pub segment: u32,
    pub currency: u16,
}

impl Term {
    /// Whether the amount runs on a day.
    pub fn runs_on(&self, day: Day) -> bool {
        self.start <= day && day < self.end
    }
}

/// The segment on a day: that of the latest term that had begun.
pub(super) fn segment_on(terms: &[Term], day: Day) -> u32 {
    let begun = terms.partition_point(|term| term.start <= day);
    terms[begun.saturating_sub(1)].segment
}

/// A customer's time without a departure in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spell {
    pub customer: u32,
    pub start: Day,
    /// The last day on which the customer was one; `None` while it is.
    pub leave: Option<Day>,
    /// Whether the customer had left before.
    pub again: bool,
    /// Its terms in [`Relationships::terms`].
    terms: (u32, u32),
}

impl Spell {
    /// This spell and a later one of the same customer as one.
    pub fn through(self, later: &Self) -> Self {
        Self { leave: later.leave, terms: (self.terms.0, later.terms.1), ..self }
    }
}

/// Every customer's relationships, in the order of customers and time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Relationships {
    pub(super) terms: Vec<Term>,
    pub(super) spells: Vec<Spell>,
    /// Contracts that start after the last day observed.
    pub not_started: u64,
    /// Contracts that do not count under the policy.
    pub left_out: u64,
    /// Departures so short before the last day observed that a return within the policy's gap would undo them.
    pub unsettled: u64,
}

impl Relationships {
    /// The relationships of all customers as they stand at the end of a day, `as_of`.
    ///
    /// # Definition
    /// Contracts of one customer that overlap, touch, or leave a gap of fewer days than the policy says are one
    /// relationship; over such a gap the amount that ended is taken to go on. What ends after `as_of` is
    /// taken to go on; what starts after it has not started, but shows that what it continues has not ended.
    pub fn new(contracts: &Contracts, policy: &Policy, as_of: Day) -> Self {
        let rows = contracts.rows();
        let parts: Vec<Self> = customer_chunks(rows)
            .into_par_iter()
            .map(|chunk| {
                let mut part = Self::default();
                let mut terms = Vec::new();
                for own in rows[chunk].chunk_by(|a, b| a.customer == b.customer) {
                    part.add_customer(contracts, own, policy, as_of, &mut terms);
                }
                part
            })
            .collect();
        let mut whole = Self::default();
        whole.terms.reserve(parts.iter().map(|part| part.terms.len()).sum());
        whole.spells.reserve(parts.iter().map(|part| part.spells.len()).sum());
        for part in parts {
            let offset = u32::try_from(whole.terms.len()).expect("fewer than four billion contracts");
            whole.terms.extend(part.terms);
            whole.spells.extend(
                part.spells
                    .into_iter()
                    .map(|spell| Spell { terms: (spell.terms.0 + offset, spell.terms.1 + offset), ..spell }),
            );
            whole.not_started += part.not_started;
            whole.left_out += part.left_out;
        }
        let unsettled = |leave: Day| policy.gap_days > 1 && i64::from(as_of.0 - leave.0) < i64::from(policy.gap_days);
        whole.unsettled = whole.spells.iter().filter(|spell| spell.leave.is_some_and(unsettled)).count() as u64;
        whole
    }

    /// One customer's relationships.
    pub(super) fn of_customer(contracts: &Contracts, own: &[Contract], policy: &Policy, as_of: Day) -> Self {
        let mut alone = Self::default();
        alone.add_customer(contracts, own, policy, as_of, &mut Vec::new());
        alone
    }

    fn add_customer(
        &mut self,
        contracts: &Contracts,
        own: &[Contract],
        policy: &Policy,
        as_of: Day,
        terms: &mut Vec<Term>,
    ) {
        terms.clear();
        for contract in own {
            match policy.counts(contract, contracts.details(contract)) {
                None if contract.start > as_of => self.not_started += 1,
                None => self.left_out += 1,
                Some((start, end)) => {
                    // A contract that ends on the day it starts was one for that day.
                    let end = end.map(|end| end.max(Day(start.0.saturating_add(1))));
                    terms.push(Term {
                        start,
                        end: end.filter(|end| end.0 - 1 <= as_of.0).unwrap_or(OPEN),
                        amount: contract.amount,
                        segment: contract.segment,
                        currency: contract.currency,
                    });
                }
            }
        }
        terms.sort_unstable();
        self.join(own[0].customer, terms, policy.gap_days);
        self.not_started += self.forget_later(own[0].customer, as_of);
    }

    /// Takes away what has not started on a day of the customer added last; says how many terms that were. The one that
    /// starts the day after stays where it continues another: it says what is carried over the end of the day.
    fn forget_later(&mut self, customer: u32, as_of: Day) -> u64 {
        let before = self.terms.len();
        while let Some(spell) = self.spells.last_mut().filter(|spell| spell.customer == customer) {
            let next_day = i64::from(as_of.0) + 1;
            let own = &self.terms[spell.terms.0 as usize..spell.terms.1 as usize];
            let begun = own.partition_point(|term| i64::from(term.start.0) <= next_day) as u32;
            let starts_later = spell.start > as_of;
            let kept = if starts_later { 0 } else { begun };
            spell.terms.1 = spell.terms.0 + kept;
            self.terms.truncate(spell.terms.1 as usize);
            if !starts_later {
                break;
            }
            self.spells.pop();
        }
        (before - self.terms.len()) as u64
    }

    /// Adds one customer's terms, ordered by start, as relationships.
    pub(super) fn join(&mut self, customer: u32, terms: &mut [Term], gap_days: u32) {
        let offset = self.terms.len();
        let mut first = 0;
        while first < terms.len() {
            let mut until = terms[first].end;
            let mut next = first + 1;
            while next < terms.len() {
                let start = terms[next].start;
                let gap = i64::from(start.0) - i64::from(until.0);
                if gap > 0 && gap >= i64::from(gap_days) {
                    break;
                }
                if gap > 0 {
                    terms[first..next].iter_mut().filter(|term| term.end == until).for_each(|term| term.end = start);
                }
                until = until.max(terms[next].end);
                next += 1;
            }
            let start = terms[first].start;
            self.spells.push(Spell {
                customer,
                start,
                leave: (until != OPEN).then(|| Day(until.0 - 1)),
                again: first > 0,
                terms: ((offset + first) as u32, (offset + next) as u32),
            });
            first = next;
        }
        self.terms.extend_from_slice(terms);
    }

    pub(super) fn terms_of(&self, spell: &Spell) -> &[Term] {
        &self.terms[spell.terms.0 as usize..spell.terms.1 as usize]
    }

    /// The spells, customer by customer.
    pub(super) fn by_customer(&self) -> impl Iterator<Item = &[Spell]> {
        self.spells.chunk_by(|a, b| a.customer == b.customer)
    }

    /// As many runs of whole customers as there are threads: whole sums may be made of them, but no order.
    pub(super) fn shares(&self) -> Vec<&[Spell]> {
        let wanted = self.spells.len().div_ceil(rayon::current_num_threads()).max(1);
        let mut shares = Vec::new();
        let mut rest = &self.spells[..];
        while !rest.is_empty() {
            let mut cut = wanted.min(rest.len());
            while cut < rest.len() && rest[cut].customer == rest[cut - 1].customer {
                cut += 1;
            }
            let (share, later) = rest.split_at(cut);
            shares.push(share);
            rest = later;
        }
        shares
    }

    /// How many customers have a relationship.
    pub fn customers(&self) -> u64 {
        self.by_customer().count() as u64
    }

    /// How long each relationship was observed, in days: tenure at which observation begins, tenure at its end, and
    /// whether the customer left.
    ///
    /// Who was there before `from` enters late; who left before it was never seen. A departure on the last day counts as a
    /// whole day: a contract of `[start, end)` lasts `end - start` days.
    pub fn durations(&self, from: Day, as_of: Day) -> impl Iterator<Item = Duration> {
        self.spells.iter().filter(move |spell| spell.leave.is_none_or(|leave| leave >= from)).map(move |spell| {
            let last = spell.leave.unwrap_or(as_of);
            Duration {
                customer: spell.customer,
                segment: segment_on(self.terms_of(spell), spell.start),
                start: spell.start,
                entry: u32::try_from(from.0 - spell.start.0).unwrap_or(0),
                days: (last.0 + 1 - spell.start.0).unsigned_abs(),
                left: spell.leave.is_some(),
            }
        })
    }
}

/// How long one relationship was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// The customer.
    pub customer: u32,
    /// The segment with which it began.
    pub segment: u32,
    /// Its first day.
    pub start: Day,
    /// Days of tenure at which observation begins.
    pub entry: u32,
    /// Days of tenure at its end.
    pub days: u32,
    /// Whether the customer left; otherwise it is still there.
    pub left: bool,
}

/// Runs of rows that end with a customer, of a size that no number of threads changes.
fn customer_chunks(rows: &[Contract]) -> Vec<Range<usize>> {
    const ROWS: usize = 1 << 16;
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < rows.len() {
        let mut end = (start + ROWS).min(rows.len());
        while end < rows.len() && rows[end].customer == rows[end - 1].customer {
            end += 1;
        }
        chunks.push(start..end);
        start = end;
    }
    chunks
}
