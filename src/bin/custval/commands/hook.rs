//! `custval hook`: the curve of cumulative profit over customers.

use std::path::PathBuf;

use custval::hook::{Bands, Curve, frame};
use custval::tables::CustomerValues;

use crate::exit::Exit;
use crate::load;
use crate::options::{InputOptions, RunOptions};
use crate::output::whole::NewFile;
use crate::output::{Answer, NamedTable, OutputOptions};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval hook data/costing/profits.csv --chart hook.svg
      the bands of decreasing profitability, and the curve as a picture
  custval clv data/cdnow.csv --margin 30% | custval hook - --table statistics
      how concentrated the future profit is";

/// The Hook curve: who makes the profit, who takes it back
///
/// Customers stand from the most to the least profitable; the curve adds up their profit. It rises to its
/// peak, stays level over those who break even, and falls over the loss makers to the total. Also called
/// the whale curve.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A table of one row a customer with `profit` or `residual_clv`; `-` for standard input
    #[arg(value_name = "PROFITS")]
    file: PathBuf,
    /// The column that holds the value, if not `profit` or `residual_clv`
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// How many bands of decreasing profitability
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    bands: u32,
    /// Draw the curve as SVG into a file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
const TABLES: [&str; 4] = ["bands", "points", "statistics", "lorenz"];
