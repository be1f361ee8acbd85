//! Activity-based costs: the ledger to customers, to the cent.

mod accounts;
mod allocation;
mod equation;
mod exact;
mod ledger;
mod model;
mod profits;
mod services;
mod split;
mod stages;
mod usage;
mod what_if;

pub use accounts::{Pattern, Selection};
pub use allocation::*;
pub use equation::TimeEquation;
pub use ledger::{Ledger, LedgerRevenue};
pub use model::*;
pub use profits::*;
pub use services::ServicesMethod;
pub use split::split_amount;
pub use usage::*;
pub use what_if::*;

#[cfg(test)]
mod tests;
