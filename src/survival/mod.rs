//! How long do customers stay, at which tenure do they leave, and what goes with leaving sooner?
//!
//! # Definition
//! A customer is at risk at tenure `t` when `entry < t <= time`: not before it was first observed
//! (late entry, left truncation), and up to the tenure at which it left or was last seen (censoring). Who was
//! observed from the start has `entry` 0 and is at risk from the first moment, tenure 0 included. At a tie
//! those who left come before those who were censored.
//!
//! ```text
//! Kaplan-Meier      S(t) = product over t_i <= t of (1 - d_i / n_i)
//! Greenwood         se S(t) = S(t) sqrt( sum d_i / (n_i (n_i - d_i)) )
//! log-log interval  S(t) ^ exp(-+ z se(t) / (S(t) ln S(t)))
//! Nelson-Aalen      H(t) = sum over t_i <= t of d_i / n_i
//! Cox               hazard(t | x) = h0(t) exp(x beta), ties after Efron
//! ```
//! `d_i` customers leave at tenure `t_i` out of `n_i` at risk.
//!
//! # Units
//! Tenure is in whatever unit the observations have; hazards are per that unit.
//!
//! # Sources
//! Kaplan & Meier (1958), JASA 53; Nelson (1972), Technometrics 14; Greenwood (1926); Kalbfleisch &
//! Prentice (2002), section 1.4 (log-log interval); Brookmeyer & Crowley (1982), Biometrics 38 (interval
//! of the median); Peto & Peto (1972), JRSS A 135 (log-rank); Efron (1977), JASA 72 (ties); Grambsch &
//! Therneau (1994), Biometrika 81 (proportionality).

mod cox;
mod design;
#[cfg(feature = "frames")]
pub mod frame;
mod hazard;
mod life_table;
mod likelihood;
mod log_rank;
mod patterns;
mod tally;

#[cfg(test)]
mod tests;

pub use cox::{Coefficient, CoxFit, Proportionality, TimeTransform, fit_cox};
pub use design::Design;
pub use hazard::{HazardRow, default_band, hazards};
pub use life_table::{LifeRow, LifeTable, Median, RestrictedMean, life_table};
pub use log_rank::{LogRank, LogRankGroup, log_rank};
pub use tally::Tally;

/// How long one customer was observed, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Tenure at which observation begins; 0 where the customer was seen from the start.
    pub entry: f64,
    /// Tenure at which the customer left or was last seen.
    pub time: f64,
    /// Whether the customer left; otherwise it is censored.
    pub event: bool,
}

impl Observation {
    /// Somebody seen from the start.
    pub fn new(time: f64, event: bool) -> Self {
        Self { entry: 0.0, time, event }
    }

    /// Whether the tenures are such that the customer is at risk at all.
    fn check(&self) -> bool {
        let finite = self.entry.is_finite() && self.time.is_finite();
        finite && self.entry >= 0.0 && (self.time > self.entry || (self.entry == 0.0 && self.time == 0.0))
    }
}

/// The error for the first observation that is at risk at no tenure.
fn refuse_unobserved(observations: &[Observation]) -> crate::Result<()> {
    match observations.iter().position(|observation| !observation.check()) {
        None => Ok(()),
        Some(place) => {
            let Observation { entry, time, .. } = observations[place];
            Err(crate::Error::domain(format!(
                "observation {place} runs from tenure `{entry}` to `{time}`, so it is never at risk"
            ))
            .hint("tenures are finite, not negative, and end after they begin"))
        }
    }
}
