//! What each customer is worth, and why.
//!
//! custval reads the CSV files that a business can export and says who its customers are, what they
//! cost, who leaves, what they will bring, and who makes the profit and who takes it back.
//!
//! # From files to answers
//!
//! ```text
//! logs   --scan-->   batches --summary--> one row a customer --clv--> lifetime value --hook--> the curve
//! ledger --allocate--> profit by customer ------------------------------------------^--portfolio--> the grid
//! contracts --churn, survival, cohort--> who leaves, when, and what it costs
//! ```
//!
//! | question | module |
//! |---|---|
//! | What is in these files, and what became of every row? | [`scan`] |
//! | How often, how recently and for how much does each customer buy? | [`summary`] |
//! | Who is still a customer, and what will they bring? | [`clv`] |
//! | What does each customer cost? | [`allocate`] |
//! | Who makes the profit, and who takes it back? | [`hook`], [`portfolio`] |
//! | Who leaves, when, and what is lost? | [`churn`], [`survival`], [`cohort`] |
//! | Who bought once, came back, brought others? | [`profile`] |
//! | What would a business look like whose customers are known? | [`generate`] |
//!
//! # Example
//! ```
//! use custval::clv::{Histories, Model, fit};
//! use custval::progress::Silent;
//! use custval::scan::{Inputs, ScanParams};
//! use custval::summary::{SummaryParams, summarize};
//! use custval::time::TimeUnit;
//!
//! let log = "customer_id,date,amount\na,2024-01-03,12.50\na,2024-02-14,8\nb,2024-01-09,20\n";
//! let inputs = Inputs::from_bytes([("log.csv", log.as_bytes().to_vec())])?;
//! let read = summarize(&inputs, &ScanParams::default(), &SummaryParams::new(TimeUnit::Week), &Silent)?;
//! assert_eq!(read.receipt.rows, 3);
//! let customers = read.output;
//! assert_eq!(customers.frequency, [1, 0]);
//! assert_eq!(customers.recency, [6.0, 0.0]);
//!
//! let frequency: Vec<f64> = customers.frequency.iter().map(|days| *days as f64).collect();
//! let histories = Histories::new(&frequency, &customers.recency, &customers.age)?;
//! let fitted = fit(Model::ParetoNbd, &histories)?;
//! assert!(!fitted.identified, "two customers do not tell four parameters apart");
//! # Ok::<(), custval::Error>(())
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
pub mod check;
mod choice;
pub mod churn;
pub mod clv;
pub mod cohort;
pub mod columns;
pub mod dialect;
pub mod error;
pub mod exchange;
pub mod generate;
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
pub mod segments;
pub mod summary;
pub mod survival;
#[cfg(feature = "frames")]
pub mod tables;
pub mod time;
pub mod wording;

pub use error::{Error, ErrorKind, Location, Problem, Result};
