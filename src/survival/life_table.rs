//! Kaplan-Meier and Nelson-Aalen, with medians and restricted means.

use super::Tally;
use crate::intervals::Z95;

/// One tenure of a life table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifeRow {
    /// Tenure.
    pub time: f64,
    /// Customers at risk just before it.
    pub at_risk: u64,
    /// Customers who left at it.
    pub events: u64,
    /// Customers last seen at it, still there.
    pub censored: u64,
    /// Share of customers still there after it.
    pub survival: f64,
    /// Greenwood's standard error; `None` where nobody is left.
    pub std_error: Option<f64>,
    /// Low end of the 95 % log-log interval; `None` where everybody or nobody is left.
    pub low: Option<f64>,
    /// High end.
    pub high: Option<f64>,
    /// Nelson-Aalen cumulative hazard.
    pub cumulative_hazard: f64,
}

/// The survival curve of a group of customers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LifeTable {
    /// One row for each tenure at which somebody left or was last seen, ascending.
    pub rows: Vec<LifeRow>,
    /// Where the curve fell to zero while later tenures had customers at risk: with late entry a few
    /// early departures can empty a small group, and the curve never rises again.
    pub emptied_early: Option<f64>,
}

/// A tenure by which half the customers left.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Median {
    /// The first tenure with survival of a half or less; `None` where more than half are still there.
    pub median: Option<f64>,
    /// The first tenure at which the low end of the interval is a half or less.
    pub low: Option<f64>,
    /// The first tenure at which the high end of the interval is a half or less.
    pub high: Option<f64>,
}

/// Mean tenure within a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RestrictedMean {
    /// The horizon.
    pub horizon: f64,
    /// Area under the survival curve up to the horizon.
    pub mean: f64,
    /// Its standard error; `None` where everybody had left.
    pub std_error: Option<f64>,
}

/// Kaplan-Meier survival with Greenwood's errors, and the Nelson-Aalen cumulative hazard.
///
/// # Shape
/// One row for each tenure at which somebody left or was last seen.
/// # Edge cases
/// Without departures survival is 1 everywhere, its error 0 and its interval empty. Without customers
/// there are no rows.
/// # Example
/// ```
/// use custval::survival::{Observation, Tally, life_table};
/// let seen = [(1.0, true), (2.0, true), (2.0, false), (3.0, true)].map(|(time, left)| Observation::new(time, left));
/// let table = life_table(&Tally::new(&seen)?);
/// assert_eq!(table.rows[0].survival, 0.75);
/// # Ok::<(), custval::Error>(())
/// ```
pub fn life_table(tally: &Tally) -> LifeTable {
    let (mut survival, mut greenwood, mut cumulative_hazard) = (1.0, 0.0, 0.0);
    let mut table = LifeTable::default();
    for step in tally.steps() {
        if step.events > 0 {
            let (n, d) = (step.at_risk as f64, step.events as f64);
            if table.rows.last().is_some_and(|row| row.survival == 0.0) {
                table.emptied_early = table.rows.iter().find(|row| row.survival == 0.0).map(|row| row.time);
            }
            // A whole group leaving is exactly zero, whatever the rounding before.
            survival = if step.events == step.at_risk { 0.0 } else { survival * ((n - d) / n) };
            greenwood += d / (n * (n - d));
            cumulative_hazard += d / n;
        }
        if step.events + step.censored == 0 {
            continue;
        }
        let interval = (survival > 0.0 && survival < 1.0).then(|| {
            let spread = (Z95 * f64::sqrt(greenwood) / f64::ln(survival)).abs().exp();
            (survival.powf(spread), survival.powf(1.0 / spread))
        });
        table.rows.push(LifeRow {
            time: step.time,
            at_risk: step.at_risk,
            events: step.events,
            censored: step.censored,
            survival,
            std_error: (survival > 0.0).then(|| survival * f64::sqrt(greenwood)),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            cumulative_hazard,
        });
    }
    table
}

/// A product of fractions that should be one half exactly may miss it by its rounding.
const HALF: f64 = 0.5 + 1e-12;

impl LifeTable {
    /// The share still there after a tenure; `None` beyond the last one observed, unless nobody is left.
    pub fn survival_at(&self, time: f64) -> Option<f64> {
        let last = self.rows.last()?;
        if time > last.time && last.survival > 0.0 {
            return None;
        }
        let after = self.rows.partition_point(|row| row.time <= time);
        Some(after.checked_sub(1).map_or(1.0, |place| self.rows[place].survival))
    }

    /// The median tenure with its Brookmeyer-Crowley interval.
    pub fn median(&self) -> Median {
        let first = |value: fn(&LifeRow) -> Option<f64>| {
            self.rows.iter().find(|row| value(row).is_some_and(|value| value <= HALF)).map(|row| row.time)
        };
        // Where nobody is left both ends have passed a half with the curve itself.
        Median {
            median: first(|row| Some(row.survival)),
            low: first(|row| row.low.or((row.survival == 0.0).then_some(0.0))),
            high: first(|row| row.high),
        }
    }

    /// Mean tenure up to a horizon: the area under the curve; `None` where the horizon lies beyond
    /// the last tenure observed and somebody is still there.
    pub fn restricted_mean(&self, horizon: f64) -> Option<RestrictedMean> {
        self.survival_at(horizon)?;
        let events: Vec<&LifeRow> = self.rows.iter().filter(|row| row.events > 0 && row.time <= horizon).collect();
        let (mut mean, mut variance) = (0.0, Some(0.0));
        let (mut to, mut area) = (horizon, 0.0);
        // From the horizon back, so that `area` is what lies after each event.
        for row in events.iter().rev() {
            area += row.survival * (to - row.time);
            to = row.time;
            let (n, d) = (row.at_risk as f64, row.events as f64);
            if n > d {
                variance = variance.map(|sum: f64| sum + area * area * d / (n * (n - d)));
            } else if area > 0.0 {
                variance = None;
            }
        }
        mean += area + to;
        Some(RestrictedMean { horizon, mean, std_error: variance.map(f64::sqrt) })
    }
}
