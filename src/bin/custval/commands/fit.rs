//! `custval fit`: a model of buying and spending, as JSON.

use custval::clv::{ModelFile, frame};
use custval::summary::CustomerSummary;
use custval::time::Day;
use custval::{Error, Location};

use crate::exit::Exit;
use crate::load::LogOptions;
use crate::model::{self, ModelOptions, Wanted};
use crate::options::RunOptions;
use crate::output::{Answer, Document, InJson, NamedTable, OutputOptions};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval fit data/cdnow.csv --calibration-end 1997-09-30 --output model.json
      Pareto/NBD and gamma-gamma, to score other customers with: custval clv --model-file model.json
  custval fit data/cdnow_sample.csv --model bg-nbd --format table
      the parameters with their standard errors";

/// Fit a model of buying and spending, as JSON
///
/// Purchases follow Pareto/NBD or BG/NBD, spend follows gamma-gamma; both by maximum likelihood, with
/// standard errors and covariance. Where nobody looks the answer is one JSON document; a folder holds it as model.json beside
/// its tables.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Transaction logs, or one table of `custval summary`; `-` for standard input
    #[arg(required = true, value_name = "TRANSACTIONS")]
    files: Vec<String>,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    log: LogOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The first and the last day of observation.
///
/// # Errors
/// Where a table does not tell.
pub fn observed(summary: &CustomerSummary, file: &str) -> custval::Result<(Day, Day)> {
    summary.observation_start.zip(summary.observation_end).ok_or_else(|| {
        Error::data("a model says what time it was fitted to, and the table does not")
            .at(Location::file(file))
            .hint("let it have `first_date` and `observation_end`, as `custval summary` writes them")
    })
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 2] = ["parameters", "statistics"];

/// Runs the command.
///
/// # Errors
/// What cannot be read, used, fitted or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let mut destination = args.output.clone().open(&TABLES, InJson::DocumentByDefault)?;
    let purchases = args.log.purchases(&args.files, &args.output, session)?;
    purchases.have_customers(&args.files)?;
    let summary = &purchases.summary;
    let (start, end) = observed(summary, &args.files[0])?;
    let customers = model::attach_customers(&args.model, &Wanted::default(), summary, &purchases.params, session)?;
    let fitted = model::fit_models(&args.model, summary, customers.as_ref(), session)?;
    let spend = fitted.spend.as_ref();
    let file = ModelFile::new(&fitted.purchases, spend, summary.time_unit, summary.currency.clone(), start, end);
    let tables = vec![
        NamedTable { name: "parameters", frame: frame::parameters(&fitted.purchases, spend) },
        NamedTable { name: "statistics", frame: frame::statistics(&fitted.purchases, spend) },
    ];
    let receipt = session.receipt(&args.output, purchases.figures)?;
    destination.beside("model.json", file.to_json());
    let document = Some(Document::Text(file.to_json()));
    destination.write(Answer { tables, document, ..Answer::default() }, &receipt, session)?;
    Ok(Exit::Done)
}
