//! The customer service and sales profile: who bought once, who came back, who brought others.
//!
//! # Question
//! Does the business live on first purchases, on customers who return, or on customers who bring the
//! next ones; and which of the three is it short of?
//!
//! # Definition
//! ```text
//! initial    one purchase, nobody brought          (initial or stand-alone)
//! repeat     two purchases or more, nobody brought
//! advocate   one purchase or more, and brought at least one other customer
//! ```
//!
//! A customer is who has bought. It was brought by the one that its `referred_by` names. A customer that names itself brought
//! nobody, and one that names somebody unknown or without a purchase was brought by nobody here; both are counted. Who has not
//! bought stands in no level, is counted, and was not brought yet, whomever it names.
//!
//! The *shape* is the pattern of the three counts, from initial at the bottom to advocate at the top:
//!
//! ```text
//! pyramid           never more above than below:  initial >= repeat >= advocate, not all equal
//! inverted pyramid  never fewer above than below
//! hourglass         fewer repeat than both others
//! diamond           more repeat than both others
//! column            all equal
//! ```
//!
//! # Units
//! Purchases are purchase days; amounts are minor units.
//!
//! # Source
//! K. Anderson and C. Kerr, "Customer Relationship Management" (2002): the customer service and sales profile.

#[cfg(feature = "frames")]
pub mod frame;
mod levels;
#[cfg(test)]
mod tests;

pub use levels::{Buyers, Level, LevelRow, Profile, Shape, profile};
