//! Hazard by tenure: where in their life customers leave, renewal peaks included.

use super::{Tally, life_table};
use crate::intervals::poisson;
use crate::{Error, Result};

/// One band of tenure, `(from, to]`: a renewal after exactly `to` belongs to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HazardRow {
    /// Tenure after which the band begins.
    pub from: f64,
    /// Tenure with which it ends.
    pub to: f64,
    /// Customers at risk as it begins.
    pub at_risk: u64,
    /// Customers who left in it.
    pub events: u64,
    /// Customer-time at risk in it, in the unit of tenure.
    pub exposure: f64,
    /// Departures per customer and unit of time; `None` where nobody was at risk.
    pub hazard: Option<f64>,
    /// Low end of the exact Poisson interval.
    pub low: Option<f64>,
    /// High end.
    pub high: Option<f64>,
    /// Chance that who is there at `from` has left by `to`, from the survival curve; `None` where nobody is left
    /// at `from` or `to` lies beyond the last tenure observed.
    pub leaving: Option<f64>,
}

/// The width of bands of tenure where nobody says one: 1, or where that makes more bands than anybody reads, the least of
/// 2, 5, 10, 20, … that makes ten thousand at most.
pub fn default_band(tallies: &[Tally]) -> f64 {
    const MOST_BANDS: f64 = 1e4;
    let longest = tallies.iter().filter_map(Tally::longest).fold(0.0, f64::max);
    let widths = (0..).flat_map(|zeros| [1.0, 2.0, 5.0].map(|first| first * 10_f64.powi(zeros)));
    widths.into_iter().find(|width| longest / width <= MOST_BANDS).expect("powers of ten grow beyond any tenure")
}

/// Departures over customer-time in consecutive bands of tenure.
///
/// # Definition
/// ```text
/// hazard = departures in (from, to] / customer-time at risk in it ; exact Poisson interval
/// ```
/// # Edge cases
/// Departures at tenure 0 belong to the first band. A band in which nobody is at risk has no hazard.
/// # Errors
/// Where the width is not a positive number, or so small that there would be more than a million bands.
pub fn hazards(tally: &Tally, width: f64) -> Result<Vec<HazardRow>> {
    const MOST_BANDS: f64 = 1e6;
    let longest = tally.longest().unwrap_or(0.0);
    if !width.is_finite() || width <= 0.0 || longest / width > MOST_BANDS {
        return Err(Error::domain(format!("a band of tenure cannot be `{width}` wide"))
            .hint(format!("give `--band` a positive width of at least {}", longest / MOST_BANDS)));
    }
    let bands = ((longest / width).ceil() as usize).max(1);
    let band_of = |time: f64| ((time / width).ceil() as usize).saturating_sub(1).min(bands - 1);
    let table = life_table(tally);
    let mut rows: Vec<HazardRow> = (0..bands)
        .map(|band| {
            let (from, to) = (band as f64 * width, (band + 1) as f64 * width);
            let (before, after) = (table.survival_at(from), table.survival_at(to));
            HazardRow {
                from,
                to,
                at_risk: 0,
                events: 0,
                exposure: 0.0,
                hazard: None,
                low: None,
                high: None,
                leaving: before
                    .zip(after)
                    .filter(|(before, _)| *before > 0.0)
                    .map(|(before, after)| 1.0 - after / before),
            }
        })
        .collect();
    let (mut since, mut next_band) = (0.0, 0);
    for step in tally.steps() {
        let last = band_of(step.time);
        // Whoever is at risk just before this tenure was so since the one before it.
        let mut from: f64 = since;
        for (band, row) in rows.iter_mut().enumerate().take(last + 1).skip(band_of(since)) {
            let to = row.to.min(step.time);
            row.exposure += step.at_risk as f64 * (to - from).max(0.0);
            from = from.max(to);
            if band >= next_band {
                row.at_risk = step.at_risk;
                next_band = band + 1;
            }
        }
        rows[last].events += step.events;
        since = step.time;
    }
    for row in &mut rows {
        if row.exposure > 0.0 {
            row.hazard = Some(row.events as f64 / row.exposure);
            (row.low, row.high) = poisson(row.events, row.exposure).unzip();
        }
    }
    Ok(rows)
}
