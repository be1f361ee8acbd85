//! Observations folded by tenure: all that the estimators need of millions of customers.

use rayon::prelude::*;

use super::{Observation, refuse_unobserved};
use crate::Result;

/// Who enters, leaves and is censored at each distinct tenure, in ascending order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    pub(super) times: Vec<f64>,
    /// Late entries at the tenure; they are at risk after it.
    pub(super) entered: Vec<u64>,
    pub(super) events: Vec<u64>,
    pub(super) censored: Vec<u64>,
    /// Who is at risk from the first moment.
    pub(super) from_start: u64,
}

impl Tally {
    /// The observations by tenure.
    ///
    /// # Errors
    /// Where an observation is at risk at no tenure.
    pub fn new(observations: &[Observation]) -> Result<Self> {
        refuse_unobserved(observations)?;
        const ENTERED: u8 = 0;
        const LEFT: u8 = 1;
        const CENSORED: u8 = 2;
        let mut marks: Vec<(f64, u8)> = Vec::with_capacity(observations.len());
        let mut tally = Self::default();
        for observation in observations {
            marks.push((observation.time, if observation.event { LEFT } else { CENSORED }));
            if observation.entry > 0.0 {
                marks.push((observation.entry, ENTERED));
            } else {
                tally.from_start += 1;
            }
        }
        marks.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for (time, mark) in marks {
            if tally.times.last() != Some(&time) {
                tally.times.push(time);
                for counts in [&mut tally.entered, &mut tally.events, &mut tally.censored] {
                    counts.push(0);
                }
            }
            let counts = match mark {
                ENTERED => &mut tally.entered,
                LEFT => &mut tally.events,
                _ => &mut tally.censored,
            };
            *counts.last_mut().expect("a tenure was just pushed") += 1;
        }
        Ok(tally)
    }

    /// Customers counted by whole days of tenure, with tenure in units of so many days.
    ///
    /// Each customer is `(entry, days, left)`; who is at risk on no day is passed over and counted in
    /// the second value.
    pub fn of_days(customers: impl Iterator<Item = (u32, u32, bool)>, days_per_unit: f64) -> (Self, u64) {
        let mut by_day: Vec<[u64; 3]> = Vec::new();
        let (mut from_start, mut never_at_risk) = (0, 0);
        for (entry, days, left) in customers {
            if entry > 0 && days <= entry {
                never_at_risk += 1;
                continue;
            }
            if by_day.len() <= days as usize {
                by_day.resize(days as usize + 1, [0; 3]);
            }
            by_day[days as usize][if left { 1 } else { 2 }] += 1;
            match entry {
                0 => from_start += 1,
                entry => by_day[entry as usize][0] += 1,
            }
        }
        let mut tally = Self { from_start, ..Self::default() };
        for (day, [entered, events, censored]) in by_day.into_iter().enumerate() {
            if entered + events + censored > 0 {
                tally.times.push(day as f64 / days_per_unit);
                tally.entered.push(entered);
                tally.events.push(events);
                tally.censored.push(censored);
            }
        }
        (tally, never_at_risk)
    }

    /// How many customers there are.
    pub fn customers(&self) -> u64 {
        self.from_start + self.entered.iter().sum::<u64>()
    }

    /// How many of them left.
    pub fn events(&self) -> u64 {
        self.events.iter().sum()
    }

    /// The longest tenure observed; `None` without customers.
    pub fn longest(&self) -> Option<f64> {
        self.times.last().copied()
    }

    /// Each tenure with its customers at risk, events and censorings.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        let mut at_risk = self.from_start;
        (0..self.times.len()).map(move |place| {
            let step =
                Step { time: self.times[place], at_risk, events: self.events[place], censored: self.censored[place] };
            at_risk = at_risk + self.entered[place] - step.events - step.censored;
            step
        })
    }
}

/// One tenure: who is at risk just before it, and what happens at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub time: f64,
    pub at_risk: u64,
    pub events: u64,
    pub censored: u64,
}
