//! Activity-based costs: the ledger to customers, to the cent.

mod accounts;
mod equation;
mod exact;
mod model;
mod services;
mod split;

pub use accounts::{Pattern, Selection};
pub use equation::TimeEquation;
pub use model::*;
pub use services::ServicesMethod;
pub use split::split_amount;
