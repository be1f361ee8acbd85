//! Checked frames of everything that is not a log.

pub mod build;
