//! Who left, when, after how long, and with how much a month.

use super::{Contracts, Details, Policy, Relationships, SamePeriod, Window};
use crate::exchange::Exchange;
use crate::time::{DAYS_PER_MONTH, Day};

/// One departure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// The customer.
    pub customer: u32,
    /// The place of the period in which it left.
    pub period: usize,
    /// The first day on which it was none.
    pub left: Day,
    /// Days since the relationship began.
    pub tenure_days: u32,
    /// The segment with which it left.
    pub segment: u32,
    /// Recurring revenue a month with which it left, in minor units.
    pub monthly_revenue: i64,
    /// Recurring revenue of the whole relationship: months of 365.25 / 12 days at each contract's amount, in minor units.
    pub historic_revenue: f64,
    /// The reason given with the last contract of the relationship, as a place in a list of names.
    pub reason: Option<u32>,
}

/// Every departure in the periods, by period, then customer; who returns within the period has not left, and who came and went
/// in one has not where the policy passes over such customers.
pub fn losses(
    contracts: &Contracts,
    relationships: &Relationships,
    policy: &Policy,
    window: &Window,
    exchange: &Exchange,
) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    for spells in relationships.by_customer() {
        for spell in window.bridged(spells) {
            let (Some(leave), Some(period)) = (spell.leave, window.left(&spell)) else { continue };
            if policy.same_period == SamePeriod::Ignored && window.in_one_period(&spell) {
                continue;
            }
            let terms = relationships.terms_of(&spell);
            let last = terms.iter().map(|term| term.end).max().unwrap_or(leave);
            let ending: Vec<_> = terms.iter().filter(|term| term.end == last).collect();
            let worth = |amount, currency, day| exchange.convert(amount, currency, day);
            losses.push(Loss {
                customer: spell.customer,
                period,
                left: Day(leave.0 + 1),
                tenure_days: (leave.0 + 1 - spell.start.0).unsigned_abs(),
                segment: ending.first().map_or(0, |term| term.segment),
                monthly_revenue: ending.iter().map(|term| worth(term.amount, term.currency, leave)).sum(),
                historic_revenue: terms.iter().fold(0.0, |sum, term| {
                    let days = f64::from(term.end.0 - term.start.0);
                    sum + worth(term.amount, term.currency, leave) as f64 * days / DAYS_PER_MONTH
                }),
                reason: reason(contracts, spell.customer, spell.start, Day(leave.0 + 1)),
            });
        }
    }
    losses.sort_by_key(|loss| (loss.period, loss.customer, loss.left));
    losses
}

/// The reason with the contract that ends last of those that begin within a relationship, from its first day to the first one
/// without the customer; of several that end together, with one that gives a reason.
fn reason(contracts: &Contracts, customer: u32, from: Day, to: Day) -> Option<u32> {
    let rows = contracts.rows();
    let first = rows.partition_point(|row| row.customer < customer);
    rows[first..]
        .iter()
        .take_while(|row| row.customer == customer && row.start <= to)
        .filter(|row| row.start >= from)
        .map(|row| {
            let Details { reason, .. } = contracts.details(row);
            (row.end.unwrap_or(Day(i32::MAX)), reason.is_some(), row.start, reason)
        })
        .max()
        .and_then(|(.., reason)| reason)
}
