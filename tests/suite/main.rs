//! The command line as its users meet it: one binary, so that polars is linked once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod check;
mod closed_pipes;
mod contracts;
mod costing;
mod damaged;
mod dialects;
mod exports;
mod flags;
mod generate;
mod identities;
mod inputs;
mod inputs_hook;
mod lifetime;
mod nothing;
mod presets;
mod profits;
mod published;
mod rejects;
mod segments;
mod states;
mod titles;
mod tool;
mod transcripts;
mod vendors;
mod whole_outputs;
