//! `custval summary`: one row a customer from a transaction log.

use std::path::PathBuf;

use custval::summary::frame;

use crate::exit::{Exit, is_broken_pipe};
use crate::load::{LogOptions, Purchases};
use crate::options::RunOptions;
use crate::output::{Answer, InJson, NamedTable, OutputOptions};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval summary data/cdnow.csv
      frequency, recency and age of every customer in weeks, as of the last date in the file
  custval summary 'sales/2024-*.csv' --calibration-end 2024-09-30 --output customers.csv
      several files as one log; what follows September is kept apart as a holdout
  custval summary orders.csv --exclude 'status=canceled*' --unique order_id --refunds separate
      without cancelled orders, each order once, and what was paid back in a column of its own
  custval summary --state orders.state.parquet today.csv --output customers.csv
      everything so far, of which only today's file is read: the rest was kept when it was read";

/// One row a customer: frequency, recency, age, monetary value, totals
///
/// Purchases of one customer on one day are one purchase. The first one is not counted in the frequency:
/// it makes the customer. Refunds (negative amounts) are netted, or summed on their own as `refunds`, positive
/// money; a day of refunds alone is no purchase day. Every row and every cent is accounted for on standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Transaction logs: paths, patterns, `-` for standard input
    #[arg(required_unless_present = "state", value_name = "TRANSACTIONS")]
    files: Vec<String>,
    /// Add the logs to what this file has kept of others, and summarise all of it; it is made where there is none
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    log: LogOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 1] = ["summary"];

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let destination = args.output.clone().open(&TABLES, InJson::Rows)?;
    let Args { files, log, output, .. } = &args;
    let (purchases, state) = match &args.state {
        None => (log.purchases(files, output, session)?, None),
        Some(state) => {
            let (purchases, state) = log.purchases_onto(files, state, output, session)?;
            (purchases, Some(state))
        }
    };
    let Purchases { summary, figures, .. } = purchases;
    let tables = vec![NamedTable { name: "summary", frame: frame::summary(summary)? }];
    let receipt = session.receipt(output, figures)?;
    // The state is written, and takes its place with the answer; what it has is said when that is so.
    let (files, said): (Option<_>, Option<String>) = state.map(|state| (state.out, state.said)).unzip();
    let files = files.flatten().map(|out| (out, Vec::new())).into_iter().collect();
    let written = destination.write(Answer { tables, files, ..Answer::default() }, &receipt, session);
    if let Some(said) = said.filter(|_| written.as_ref().err().is_none_or(is_broken_pipe)) {
        session.messages.note(&said);
    }
    written?;
    Ok(Exit::Done)
}
