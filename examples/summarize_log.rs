//! Summarises logs of transactions and prints the totals: `summarize_log THREADS FILE...`.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use custval::progress::Silent;
use custval::scan::{Inputs, ScanParams};
use custval::summary::{SummaryParams, summarize};
use custval::time::TimeUnit;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().ok_or("usage: summarize_log THREADS FILE...")?.parse()?;
    let begin = Instant::now();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let inputs = Inputs::open(arguments)?;
    let scanned =
        pool.install(|| summarize(&inputs, &ScanParams::default(), &SummaryParams::new(TimeUnit::Week), &Silent))?;
    let summary = scanned.output;
    let repeats: u64 = summary.frequency.iter().sum();
    let amount: i128 = summary.amount.iter().flatten().sum();
    let mut out = std::io::stdout().lock();
    writeln!(out, "rows {} merged {}", scanned.receipt.rows, scanned.receipt.rows_merged)?;
    writeln!(out, "customers {} repeats {repeats} amount {amount}", summary.len())?;
    writeln!(out, "seconds {:.3}", begin.elapsed().as_secs_f64())?;
    Ok(())
}
