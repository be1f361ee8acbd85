//! Lifetime value.
#![allow(missing_docs)]
mod bg_nbd;
mod economics;
mod family;
mod fit;
#[cfg(feature = "frames")]
pub mod frame;
mod gamma_gamma;
mod histories;
mod likelihood;
mod model_file;
mod parameters;
mod params;
mod pareto_nbd;
mod score;
pub use economics::{Economics, PooledEconomics, ProfitRow, SegmentEconomics, pool_economics};
pub use family::Future;
pub use fit::{Fit, Warning, fit};
pub use gamma_gamma::{SPEND_MODEL, SPEND_PARAMETERS, SpendFit, SpendParameters, fit_spend};
pub use histories::{Histories, History};
pub use model_file::{FORMAT_VERSION, ModelFile, Named, SpendFile};
pub use parameters::{Model, Parameters};
pub use params::{Margin, ScoreParams};
pub use score::{Customers, LifetimeModel, Scores, score};
#[cfg(test)]
mod tests;
