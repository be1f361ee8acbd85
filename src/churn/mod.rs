//! Who left, by which definition, out of whom, and what did it cost?
//!
//! # From contracts to rates
//! ```text
//! contracts --policy--> relationships --window--> counts and revenue by period --definition--> rates
//! ```
//! A [`Policy`] says what counts as leaving and when. A relationship is a customer's time without a departure
//! in it: contracts that overlap, touch, or leave a gap shorter than the policy's are one.
//!
//! # Definitions
//! ```text
//! opening-base   members of the opening base lost / there at the start
//! opening-all    all who left in the period / there at the start
//! exposed        all who left in the period / (there at the start + joined)
//! average        all who left / mean of those there at the start and at the end
//! loss-to-gain   all who left / joined in the same period
//! annual         share of the opening base gone a year later
//! lifetime       lost / customer-periods at risk, over all complete periods
//! revenue-gross  (churned + contraction) / opening recurring revenue; -churn without contraction,
//!                -net less expansion, -net-reactivation less reactivation too
//! profit         profit of those lost, in the last full accounts before the opening / that of the opening base
//! ```
//!
//! # The turn of a period
//! A period is `[start, end)`, a contract too. What happens at midnight between two periods is a loss of
//! the one that ends and a gain of the one that begins: a contract to the end of January is lost in January and is no
//! part of February's opening base; a contract from the first of February joins in February. The opening base is who is
//! carried over: there the day before and on the day. Where the data begin with a period, who starts on
//! that first day was there when observation began: it is opening stock, and did not join.
//! So `opening + joined - churned = closing`, and a closing is the next opening.
//!
//! # Units
//! Customers are counted; money is whole minor units a month, converted at exchange rates of the day where there are
//! several currencies; tenure is days.
//!
//! # Sources
//! Wilson (1927); Garwood (1936); Katz et al. (1978); Efron (1979): see [`crate::intervals`]. Mantel & Haenszel (1959),
//! JNCI 22; Robins, Breslow & Greenland (1986), Biometrics 42.

mod compare;
mod contract;
mod counts;
mod definition;
mod difference;
#[cfg(feature = "frames")]
pub mod frame;
mod inactivity;
mod losses;
mod policy;
mod presence;
mod rates;
mod relationship;
mod revenue;
mod segments;
mod subscriptions;
mod window;

#[cfg(test)]
mod tests;

pub use compare::{Difference, PolicyRate, Standing, compare_policies, differing_customers};
pub use contract::{Contract, Contracts, Details, Doubts};
pub use counts::{CountTable, Counts, Group, Grouping};
pub use definition::Definition;
pub use difference::{RateChange, Test, rate_change};
pub use inactivity::{FalseChurn, InactivityRule, PurchaseDays, false_churn};
pub use losses::{Loss, losses};
pub use policy::{Cancellation, FailedPayment, Free, Pauses, Policy, Reactivation, Refunds, SamePeriod};
pub use presence::Presence;
pub use rates::{Rate, RateParams, RateRow, Rates, Reason, customer_rate, rates};
pub use relationship::{Duration, Relationships};
pub use revenue::{ProfitLoss, ProfitPeriod, RevenueTable, Waterfall};
pub use segments::{AtRisk, SegmentComparison, compare_segments};
pub use subscriptions::{SubscriptionParams, Subscriptions};
pub use window::Window;
