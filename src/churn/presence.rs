//! In which periods a customer was there, and with what revenue: what cohorts are made of.

use std::ops::Range;

use super::Window;
use super::relationship::{Relationships, segment_on};
use crate::exchange::Exchange;

/// One customer over the periods of a window.
#[derive(Debug)]
pub struct Presence<'a> {
    /// The customer.
    pub customer: u32,
    /// The segment on the first day of its first relationship.
    pub segment: u32,
    /// The place of the period in which its first relationship began; `None` where that was not observed.
    pub joined: Option<usize>,
    /// Each period, by its place, in which it was there, with its recurring revenue a month on its last day in it.
    pub periods: &'a [(usize, i64)],
}

impl Relationships {
    /// As many runs of whole customers as there are threads, as places of relationships: whole sums may be made of them, but
    /// no order.
    pub fn customer_shares(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        self.shares()
            .into_iter()
            .map(|share| {
                let range = start..start + share.len();
                start = range.end;
                range
            })
            .collect()
    }

    /// Calls back with each customer of a run that was there in the window.
    pub fn for_each_customer(
        &self,
        share: Range<usize>,
        window: &Window,
        exchange: &Exchange,
        mut call: impl FnMut(Presence),
    ) {
        let timeline = window.timeline();
        let mut periods: Vec<(usize, i64)> = Vec::new();
        for spells in self.spells[share].chunk_by(|a, b| a.customer == b.customer) {
            periods.clear();
            for spell in spells {
                if spell.leave.is_some_and(|leave| leave < window.from()) {
                    continue;
                }
                let last = spell.leave.unwrap_or(window.as_of()).min(window.as_of());
                let terms = self.terms_of(spell);
                for place in timeline.place(spell.start)..=timeline.place(last) {
                    let day = last.min(crate::time::Day(timeline.start(place + 1).0 - 1));
                    let running = terms.iter().filter(|term| term.runs_on(day) || terms.len() == 1);
                    let revenue = running.map(|term| exchange.convert(term.amount, term.currency, day)).sum();
                    match periods.last_mut() {
                        // Left and returned within the period: there once, with what it returned to.
                        Some(known) if known.0 == place => known.1 = revenue,
                        _ => periods.push((place, revenue)),
                    }
                }
            }
            let first = &spells[0];
            let joined = window.joined(first).filter(|_| first.start >= window.from());
            if !periods.is_empty() {
                let segment = segment_on(self.terms_of(first), first.start);
                call(Presence { customer: first.customer, segment, joined, periods: &periods });
            }
        }
    }
}
