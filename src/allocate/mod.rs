//! Activity-based costs: the ledger to customers, to the cent.

mod accounts;
mod allocation;
mod equation;
mod exact;
mod exceptions;
#[cfg(feature = "frames")]
pub mod frame;
mod ledger;
mod model;
mod profits;
mod read;
mod run;
mod saved;
mod services;
mod split;
mod stages;
mod usage;
mod what_if;
mod why;

pub use accounts::{Pattern, Selection};
pub use allocation::*;
pub use equation::TimeEquation;
pub(crate) use exact::quantity;
pub use exact::{Exact, show_quantity};
pub use exceptions::{Exception, exceptions};
pub use ledger::{Ledger, LedgerRevenue};
pub use model::*;
pub use profits::*;
pub use read::*;
pub use run::{Run, compare_methods};
pub use saved::{SavedCustomer, read_saved};
pub use services::ServicesMethod;
pub use split::split_amount;
pub use usage::*;
pub use what_if::*;
pub use why::{Change, Charge, Reason, changes, why};

#[cfg(test)]
mod identities;
#[cfg(test)]
mod tests;
