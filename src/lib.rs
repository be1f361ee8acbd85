//! What each customer is worth, and why.
//!
//! custval reads the CSV files that a business can export and turns them into a summary of each
//! customer's purchases, a fitted model of their behaviour, a lifetime value, and the Hook curve of
//! who makes the profit and who takes it back.
//!
//! # From files to answers
//!
//! ```text
//! files --scan--> batches --summary--> one row a customer --clv--> lifetime value --hook--> the curve
//!         \--tables--> customers, profits: checked frames, joined by `customer_id`
//! ```
//!
//! # Layers
//!
//! | layer | feature | may use |
//! |---|---|---|
//! | core | always | no polars, no command line: the mathematics and the scan |
//! | frames | `frames` | core and polars |
//! | command line | `cli` | everything; only here is anything printed |

#![forbid(unsafe_code)]

pub mod allocate;
pub mod calendar;
pub mod churn;
pub mod clv;
pub mod cohort;
pub mod columns;
pub mod error;
pub mod hook;
pub mod intervals;
pub mod money;
pub mod numerics;
pub mod portfolio;
pub mod profile;
pub mod progress;
pub mod rates;
pub mod report;
pub mod scan;
pub mod summary;
pub mod survival;
#[cfg(feature = "frames")]
pub mod tables;
pub mod time;

pub use error::{Error, ErrorKind, Location, Problem, Result};
