//! Customers without contracts: who has not bought for so long that it counts as gone.
//!
//! # Definition
//! A customer is churned after `N` days without a purchase, dated last purchase + `N`. `N` is the smallest
//! number of days that at least a share of all gaps between purchases do not exceed, so a gap longer than `N` is unusual.
//! Some of the churned return: their share is estimated by Kaplan-Meier of the time from `N` days of silence to the next
//! purchase, since who fell silent lately had little time to return.

use super::relationship::{OPEN, Relationships, Term};
use crate::segments::Segments;
use crate::survival::{LifeTable, Tally, life_table};
use crate::time::Day;
use crate::{Error, Result};

/// The purchase days of every customer, each list ascending without doubles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PurchaseDays {
    days: Vec<Day>,
    /// Where each customer's days end.
    ends: Vec<usize>,
}

impl PurchaseDays {
    /// One list of days a customer, in the order of customers; days may be in any order, and doubled.
    pub fn new(customers: impl IntoIterator<Item = Vec<Day>>) -> Self {
        let mut all = Self::default();
        for mut days in customers {
            days.sort_unstable();
            days.dedup();
            all.days.extend(days);
            all.ends.push(all.days.len());
        }
        all
    }

    /// Each customer's days.
    pub fn iter(&self) -> impl Iterator<Item = &[Day]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let days = &self.days[start..end];
            start = end;
            days
        })
    }

    /// The customers of each segment.
    pub fn by_segment(&self, segments: &Segments) -> Vec<Self> {
        let mut parts = vec![Self::default(); segments.names.len()];
        for (days, segment) in self.iter().zip(&segments.of) {
            let part = &mut parts[*segment as usize];
            part.days.extend_from_slice(days);
            part.ends.push(part.days.len());
        }
        parts
    }

    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no customer.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The first and the last day of all; `None` without purchases.
    pub fn span(&self) -> Option<(Day, Day)> {
        self.days.iter().copied().min().zip(self.days.iter().copied().max())
    }

    /// Every gap between two purchases of one customer, in days, ascending.
    pub fn gaps(&self) -> Vec<u32> {
        let mut gaps: Vec<u32> =
            self.iter().flat_map(|days| days.windows(2).map(|two| (two[1].0 - two[0].0).unsigned_abs())).collect();
        gaps.sort_unstable();
        gaps
    }
}

/// The days of silence that count as gone, and how they were chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InactivityRule {
    /// Days without a purchase.
    pub days: u32,
    /// Gaps between purchases that it was chosen from.
    pub gaps: u64,
    /// The share of them that are no longer; `None` without gaps.
    pub share_within: Option<f64>,
}

impl InactivityRule {
    /// The smallest number of days that at least a share of the gaps do not exceed.
    ///
    /// # Errors
    /// Where the share is not above 0 and at most 1, or where nobody ever bought twice.
    pub fn of_quantile(purchases: &PurchaseDays, share: f64) -> Result<Self> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::usage(format!("`{}%` is no share of the gaps", share * 100.0))
                .hint("give a share between 0% and 100%, as in `--inactivity-quantile 95%`"));
        }
        let gaps = purchases.gaps();
        let place = (share * gaps.len() as f64).ceil() as usize;
        let days = gaps.get(place.saturating_sub(1)).copied().ok_or_else(|| {
            Error::data("nobody bought twice, so there is no gap between purchases to choose from")
                .hint("say after how many days of silence a customer counts as gone, as in `--inactive-after 180d`")
        })?;
        Ok(Self::of_days_in(&gaps, days))
    }

    /// A number of days that somebody chose.
    pub fn of_days(purchases: &PurchaseDays, days: u32) -> Self {
        Self::of_days_in(&purchases.gaps(), days)
    }

    fn of_days_in(gaps: &[u32], days: u32) -> Self {
        let within = gaps.partition_point(|gap| *gap <= days);
        let share_within = (!gaps.is_empty()).then(|| within as f64 / gaps.len() as f64);
        Self { days, gaps: gaps.len() as u64, share_within }
    }
}

/// How many of those who fell silent came back.
#[derive(Debug, Clone, PartialEq)]
pub struct FalseChurn {
    /// Times a customer fell silent for the days of the rule.
    pub silenced: u64,
    /// Of them, came back by the last day observed.
    pub returned: u64,
    /// Not having returned, by days since the silence counted.
    pub silence: LifeTable,
}

impl FalseChurn {
    /// The share that had returned so many days after they counted as gone; `None` beyond what was observed.
    pub fn share_by(&self, days: f64) -> Option<f64> {
        self.silence.survival_at(days).map(|silent| 1.0 - silent)
    }

    /// The share that had returned by the longest time observed, and that time in days; `None` where nobody fell silent.
    pub fn share(&self) -> Option<(f64, f64)> {
        self.silence.rows.last().map(|row| (1.0 - row.survival, row.time))
    }
}

/// How many of the churned came back, by time since they counted as gone.
pub fn false_churn(purchases: &PurchaseDays, rule: InactivityRule, as_of: Day) -> FalseChurn {
    let silences: Vec<(u32, u32, bool)> = purchases
        .iter()
        .flat_map(|days| {
            let known = &days[..days.partition_point(|day| *day <= as_of)];
            let nexts = known.iter().skip(1).map(|day| Some(*day)).chain([None]);
            known.iter().zip(nexts).filter_map(move |(day, next)| {
                let until = next.unwrap_or(as_of).0 - day.0;
                let after = u32::try_from(i64::from(until) - i64::from(rule.days)).ok()?;
                // A purchase on the last day of the term is in time; silence up to that day is none yet.
                (next.is_none() || after > 0).then_some((0, after, next.is_some()))
            })
        })
        .collect();
    let returned = silences.iter().filter(|silence| silence.2).count() as u64;
    let silenced = silences.len() as u64;
    let (tally, _) = Tally::of_days(silences.into_iter(), 1.0);
    FalseChurn { silenced, returned, silence: life_table(&tally) }
}

impl Relationships {
    /// Customers' times without a silence longer than the rule's: from a first purchase to the last + `N` days. Each customer has its
    /// segment.
    pub fn of_purchases(purchases: &PurchaseDays, segment_of: &[u32], rule: InactivityRule, as_of: Day) -> Self {
        let mut all = Self::default();
        let mut terms = Vec::new();
        for (customer, (days, segment)) in (0_u32..).zip(purchases.iter().zip(segment_of)) {
            terms.clear();
            let known = &days[..days.partition_point(|day| *day <= as_of)];
            all.not_started += u64::from(known.is_empty());
            for run in known.chunk_by(|a, b| (b.0 - a.0).unsigned_abs() <= rule.days) {
                let last = run[run.len() - 1];
                let end = last.0.saturating_add_unsigned(rule.days);
                terms.push(Term {
                    start: run[0],
                    // Churned on the day last + N: the first day on which the customer is none.
                    end: if end > as_of.0 { OPEN } else { Day(end) },
                    amount: 0,
                    segment: *segment,
                    currency: 0,
                });
            }
            if !terms.is_empty() {
                all.join(customer, &mut terms, 0);
            }
        }
        all
    }
}
