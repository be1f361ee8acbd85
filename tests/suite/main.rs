//! The command line as its users meet it: one binary, so that polars is linked once.

mod closed_pipes;
mod identities;
mod inputs;
mod published;
mod rejects;
mod tool;
mod transcripts;
mod whole_outputs;
