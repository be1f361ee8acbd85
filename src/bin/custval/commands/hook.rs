//! `custval hook`: the curve of cumulative profit over customers.

use std::path::PathBuf;

use custval::hook::{Bands, Curve, frame};
use custval::report::{Caption, Screen, hook_curve};
use custval::tables::CustomerValues;
use serde_json::json;

use crate::exit::Exit;
use crate::load;
use crate::options::{InputOptions, RunOptions};
use crate::output::whole::NewFile;
use crate::output::{Answer, NamedTable, OutputOptions, terminal_width};
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

/// Points of a Lorenz curve between 0 and 100 % of the customers.
const LORENZ_STEPS: u32 = 100;

/// Rows that the curve takes in a terminal, and the width it takes where nobody says how wide it is.
const SCREEN: (usize, usize) = (24, 100);

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let overwrite = args.output.overwrite;
    let digests = args.output.wants_receipt();
    let destination = args.output.open(&TABLES, false)?;
    let chart = args.chart.as_deref().map(NewFile::create).transpose()?;
    let reading = args.input.open(overwrite)?;
    let (inputs, table) = load::table(&args.file, &reading.params, session)?;
    let customers =
        CustomerValues::from_table(&table, &reading.params.columns, &reading.params.currency, args.value.as_deref())?;
    session.messages.note(&format!(
        "read {} of {}",
        load::counted(table.len() as u64, "customer"),
        table.header().file()
    ));

    let ids: Vec<&[u8]> = customers.ids.iter().collect();
    let curve = Curve::new(&ids, customers.measure.values())?;
    if let Some(warning) = curve.warning() {
        session.messages.warning(&warning);
    }
    let subject = Subject::of(&customers.column);
    let measure = subject.measure;
    let beside: Vec<(&str, Curve)> = customers
        .beside
        .iter()
        .map(|(name, values)| Ok((name.as_str(), Curve::new(&ids, values.values())?)))
        .collect::<custval::Result<_>>()?;
    let curves: Vec<(&str, &Curve)> =
        std::iter::once((measure, &curve)).chain(beside.iter().map(|(name, curve)| (*name, curve))).collect();
    let figure = hook_curve(
        &curve,
        &Caption {
            title: subject.title.to_owned(),
            value: subject.words.to_owned(),
            currency: reading.params.currency.code().map(str::to_owned),
        },
    );
    let drawing = destination.is_for_people().then(|| {
        let width = terminal_width().unwrap_or(SCREEN.1).min(SCREEN.1);
        figure.text(Screen { width, height: SCREEN.0, colour: args.run.color.colours(&std::io::stdout()) })
    });
    let answer = Answer {
        tables: vec![
            NamedTable { name: "bands", frame: frame::bands(&curve, Bands::new(args.bands)?, measure) },
            NamedTable { name: "points", frame: frame::points(&curve, &customers.ids, measure) },
            NamedTable { name: "statistics", frame: frame::statistics(&curve, measure, &beside) },
            NamedTable { name: "lorenz", frame: frame::lorenz(&curves, LORENZ_STEPS) },
        ],
        document: None,
        drawing,
        files: chart.map(|file| (file, figure.svg().into_bytes())).into_iter().collect(),
    };
    let receipt = session.receipt(load::listed(&inputs, digests)?, json!({ "customers": table.len() }));
    destination.write(answer, &receipt, session.messages)?;
    Ok(Exit::Done)
}

/// What the curve is of, in words and in the names of columns.
struct Subject<'a> {
    title: &'static str,
    words: &'a str,
    measure: &'a str,
}

impl<'a> Subject<'a> {
    /// A Hook curve is of profit, past or future; of anything else the same figure is a concentration.
    fn of(column: &'a str) -> Self {
        match column {
            "residual_clv" | "clv" | "horizon_value" => {
                Self { title: "Hook curve of lifetime value", words: "lifetime value", measure: "profit" }
            }
            "amount" | "revenue" | "net_revenue" => {
                Self { title: "Revenue concentration", words: "revenue", measure: "revenue" }
            }
            "profit" => Self { title: "Hook curve", words: "profit", measure: "profit" },
            other => Self { title: "Hook curve", words: other, measure: "profit" },
        }
    }
}
