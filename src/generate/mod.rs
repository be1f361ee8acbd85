//! What would a business look like whose customers are known through and through?
//!
//! Synthetic businesses of any size from known parameters and a seed: to try a command on, to see whether an estimate finds the
//! truth, to measure how fast and how large. The truth goes beside the data.
//!
//! # Definition
//!
//! ```text
//! joining    each customer on a day from the first to `join_until`, all equally likely; the first purchase is then
//! purchases  at rate λ ~ Gamma(r, α) until dropping out
//! dropout    Pareto/NBD: after a time at rate μ ~ Gamma(s, β)
//!            BG/NBD: after a repeat purchase with chance p ~ Beta(a, b)
//! spend      of each purchase Gamma(p, ν), with ν ~ Gamma(q, γ) of the customer; rounded to the minor unit
//! refunds    a share of purchases, in whole or part, some days later, as rows of their own with a negative amount
//! orders     lines, units, channel, cost of goods; each makes an entry, a delivery, maybe calls, a return if refunded
//! ledger     true rate x practical capacity of each pool, of which IT's service is a part; goods; head office; sales
//! contracts  a membership from the day after joining to the day of dropping out, renewed every year at a higher price
//! ```
//!
//! What a customer costs is what was done for him at the true rates, which are whole minor units for a minute or a piece: so
//! [`allocate`](crate::allocate) finds it to the minor unit. Memberships have books of their own: the ledger holds what the
//! shop sold and what it cost.
//!
//! # Units
//!
//! Parameters that are times in the unit of time given, γ in units of the currency, amounts with two decimals.
//!
//! # Random numbers
//!
//! `ChaCha8` keyed by the seed, with streams of its own for each customer's life, for what else is known of him, and for the
//! order and the damage of each part of a log. So neither threads nor the order of rows change what happened: the same
//! settings give the same bytes.
//!
//! # Traps
//!
//! - A day is the finest there is, and most commands count days with a purchase. So a second purchase on a day is dated to the
//!   next day without one, up to a week later; only who buys every day, for weeks, has several on one.
//! - Refunds lower what a purchase seems to cost: leave them out with a share of 0 where spend is to be recovered exactly.
//!
//! # Source
//!
//! Schmittlein, Morrison & Colombo (1987) for Pareto/NBD; Fader, Hardie & Lee (2005) for BG/NBD; Fader & Hardie (2013) for
//! gamma-gamma spend; Kaplan & Anderson (2004) for rates over practical capacity.
//!
//! # Example
//!
//! ```
//! use custval::generate::{GenerateParams, write_log};
//! use custval::progress::Silent;
//!
//! let params = GenerateParams::new(100, "2024-01-01".parse()?, "2024-12-31".parse()?);
//! let mut log = Vec::new();
//! let truth = write_log(&params, &mut log, None, &Silent)?;
//! assert_eq!(log.iter().filter(|byte| **byte == b'\n').count() as u64, truth.transactions.rows + 1);
//! # Ok::<(), custval::Error>(())
//! ```

mod business;
mod costs;
mod customer;
mod damage;
mod log;
mod membership;
mod params;
mod sequence;
mod text;
mod truth;

#[cfg(test)]
mod tests;

pub use business::{FILES, write_business};
pub use damage::{Damage, DamageShares};
pub use log::write_log;
pub use params::{GenerateParams, RowOrder, named_values};
pub use text::IdForm;
pub use truth::{BusinessTruth, CapacityTruth, DamageTruth, LogTruth, RateTruth, Truth};
