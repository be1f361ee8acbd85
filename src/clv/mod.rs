//! What each customer will still bring: probabilistic lifetime value without a contract.
//!
//! **Question.** Customers do not say when they leave. From how often and how recently each has bought, how likely is he
//! still a customer, how many purchases are to be expected of him, and what are they worth today?
//!
//! # Definitions
//!
//! One row a customer: `frequency` x is the number of repeat purchase days, `recency` t_x the time from the first to the
//! last purchase, `age` T the time from the first purchase to the end of observation, all in one unit of time;
//! `monetary_value` z is the mean spend of the repeat purchase days.
//!
//! | figure | what |
//! |---|---|
//! | `p_alive` | probability of being active at T |
//! | `p_no_purchase` | probability of no purchase within the horizon, whether active or not |
//! | `expected_transactions` | purchase days expected within the horizon, undiscounted |
//! | `dert` | discounted expected residual transactions: purchases of the whole remaining life, each discounted to today |
//! | `expected_spend` | mean spend of one future purchase |
//! | `horizon_value`, `residual_clv` | discounted profit within the horizon, and in the whole remaining life |
//! | `clv` | profit so far and to come |
//!
//! # Formulas
//!
//! ```text
//! E[X(T, T+t)]  = P(alive) ∫₀^t m(u) du                m(u): rate of purchases u from now, given alive at T
//! DERT          = P(alive) ∫₀^∞ e^(-δ u) m(u) du       δ = ln(1 + annual rate) x unit / year
//! DET           = P(alive) ∫₀^∞ e^(-δ u) S(u) du       S(u): probability of being active at T+u, given alive at T
//! P(no purchase in t) = L(x, t_x, T+t) / L(x, t_x, T)  as nothing in between leaves x and t_x as they are
//! value         = margin x spend x DERT, or (c spend - k) DERT - f DET with profits of the past
//! ```
//!
//! | model | while active | dropping out | source |
//! |---|---|---|---|
//! | Pareto/NBD | purchases at rate λ ~ Gamma(r, α) | at rate μ ~ Gamma(s, β), at any time | Schmittlein, Morrison & Colombo (1987); Fader & Hardie (2005) |
//! | BG/NBD | purchases at rate λ ~ Gamma(r, α) | with probability p ~ Beta(a, b) after each repeat purchase | Fader, Hardie & Lee (2005) |
//! | gamma-gamma | spend ~ Gamma(p, ν), ν ~ Gamma(q, γ) | | Fader & Hardie (2013) |
//!
//! DERT: Fader, Hardie & Lee (2005), "RFM and CLV: using iso-value curves for customer base analysis". m and S follow from the
//! posterior given alive, which is of the same form as the prior: r + x, α + T, and s, β + T or a, b + x. So
//! m(u) = (r+x)/(α+T) ((β+T)/(β+T+u))^s for Pareto/NBD; for BG/NBD both are means over Beta(a, b + x), and
//! DERT = P(alive) E[λ/(λ p + δ)].
//!
//! # Units
//!
//! α and β are in the unit of `recency` and `age`, γ and all values in units of the currency, δ is for one unit of time, and
//! what a year costs is multiplied by DET in years of 365.25 days.
//!
//! # Traps
//!
//! - Without a discount DERT is finite only for s > 1 or a > 1, and DET under BG/NBD also needs r + x > 1: otherwise the cell is
//!   empty and its note says so.
//! - Under BG/NBD dropping out takes a repeat purchase, so a one-time buyer is alive with certainty. `p_no_purchase` does
//!   not mislead in this way, and Pareto/NBD is the default.
//! - With q ≤ 1 the mean spend over customers is infinite: those without a repeat purchase have no expected spend.
//! - Spend is taken as independent of frequency; the fit reports their correlation and warns above .3.
//! - A fit has converged when its gradient vanishes, and is identified when its curvature is definite, both in
//!   log-parameters. Data that do not determine a model still give one, marked as such.
//! - Profit of days after T is profit to come: in `historic_profit` it would count twice in `clv`. Profit of days between the end of
//!   the accounts and T is in neither.
//! - c, k and f are pooled by segment, not shrunk from each customer's own figures: with the few purchases of a
//!   period those are mostly chance, and no rule to weigh them holds for ratios of sums of this kind without the variance
//!   within each customer, which a profit row does not have.
//!
//! # Example
//!
//! ```
//! use custval::clv::{Customers, Histories, LifetimeModel, Margin, Model, ScoreParams, fit, fit_spend, score};
//! use custval::time::{Length, TimeUnit};
//!
//! let frequency = [0.0, 2.0, 5.0, 1.0, 0.0, 3.0];
//! let recency = [0.0, 9.0, 30.0, 2.0, 0.0, 25.0];
//! let age = [35.0, 30.0, 32.0, 39.0, 20.0, 26.0];
//! let monetary_value = [None, Some(20.0), Some(35.5), Some(12.0), None, Some(31.0)];
//!
//! let fitted = fit(Model::ParetoNbd, &Histories::new(&frequency, &recency, &age)?)?;
//! let spend = fit_spend(&frequency, &monetary_value)?;
//! let model = LifetimeModel {
//!     parameters: fitted.parameters,
//!     spend: spend.map(|spend| spend.parameters),
//!     time_unit: TimeUnit::Week,
//! };
//! let customers = Customers {
//!     frequency: &frequency,
//!     recency: &recency,
//!     age: &age,
//!     monetary_value: &monetary_value,
//!     historic_profit: None,
//! };
//! let params = ScoreParams {
//!     horizon: Length::one_year(),
//!     discount: "15%/year".parse()?,
//!     margin: Margin::Rate(0.3),
//! };
//! let scores = score(&model, &customers, &params)?;
//! assert!(scores.p_alive[2] > scores.p_alive[3]);
//! # Ok::<(), custval::Error>(())
//! ```

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
#[cfg(test)]
mod tests;

pub use economics::{Economics, PooledEconomics, ProfitRow, SegmentEconomics, pool_economics};
pub use family::Future;
pub use fit::{Fit, Warning, fit};
pub use gamma_gamma::{SPEND_MODEL, SPEND_PARAMETERS, SpendFit, SpendParameters, fit_spend};
pub use histories::{Histories, History};
pub use model_file::{FORMAT_VERSION, ModelFile, Named, SpendFile};
pub use parameters::{Model, Parameters};
pub use params::{Margin, ScoreParams};
pub use score::{Customers, LifetimeModel, Scores, score};
