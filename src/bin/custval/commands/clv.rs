//! `custval clv`: lifetime value by customer.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use custval::clv::{Customers, LifetimeModel, Margin, ModelFile, ScoreParams, frame, pool_economics, score};
use custval::columns::MARGIN;
use custval::rates::{DiscountRate, Share};
use custval::scan::ScanParams;
use custval::summary::CustomerSummary;
use custval::tables::{Attached, CustomerProfits};
use custval::time::Length;
use custval::wording::{counted, grouped, verb};
use custval::{Error, Location};
use serde_json::json;

use crate::exit::Exit;
use crate::load::{self, LogOptions};
use crate::model::{self, ModelOptions};
use crate::options::{RunOptions, parsed, refuse_twice};
use crate::output::{Answer, Document, NamedTable, OutputOptions};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval clv data/cdnow.csv --margin 30% --sort -residual_clv --top 100
      the hundred customers who will bring most
  custval clv orders.csv --profits profits.csv --customers customers.csv --by segment
      values on margins after cost to serve, pooled by segment";

/// Lifetime value by customer
///
/// A model of purchases says who is still a customer and how often they will buy, a model of spend how
/// much; the margin turns that into profit, which is discounted to the end of observation. A value is
/// profit to come: what was earned before is `historic_profit`, known only from --profits.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Transaction logs, or one table of `custval summary`; `-` for standard input
    #[arg(required = true, value_name = "TRANSACTIONS")]
    files: Vec<String>,
    #[command(flatten)]
    value: ValueOptions,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    log: LogOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// From purchases to money.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Value")]
struct ValueOptions {
    /// How far `horizon_value`, `expected_transactions` and `p_no_purchase` look: `1y`, `12mo`, `39w`, `365d`
    #[arg(long, default_value = "1y", value_name = "LENGTH", value_parser = parsed::<Length>)]
    horizon: Length,
    /// The effective discount rate with its period: `15%/year`, `1%/month`
    #[arg(long, default_value = "15%/year", value_name = "RATE", allow_hyphen_values = true, value_parser = parsed::<DiscountRate>)]
    discount: DiscountRate,
    /// The profit in a unit of spend, the same for all: `30%`
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true, value_parser = margin, group = "profit")]
    margin: Option<Share>,
    /// The column of the customers file that holds each customer's margin, as a fraction
    #[arg(long, value_name = "COLUMN", group = "profit", requires = "customers")]
    margin_column: Option<String>,
    /// A table of customer profits with costs by level, or a run of allocate: margins after cost to serve
    #[arg(long, value_name = "RUN|FILE", group = "profit")]
    profits: Option<PathBuf>,
    /// Columns of the customers file to carry along, as `segment_NAME` where the table has one of that name; profits are pooled by
    /// the first
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    by: Vec<String>,
    /// Score with a model that `custval fit` wrote, instead of fitting one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["strict", "acquired_from"])]
    model_file: Option<PathBuf>,
}

/// The same margin for all: at most the whole of what is spent.
fn margin(text: &str) -> Result<Share, String> {
    let margin: Share = parsed(text)?;
    if margin.fraction() > 1.0 {
        return Err(format!("`{text}` is more profit than revenue\nhint: a margin is at most `100%`"));
    }
    Ok(margin)
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 1] = ["clv"];

/// Runs the command.
///
/// # Errors
/// What cannot be read, used, fitted or written.
pub fn run(mut args: Args, session: &Session) -> anyhow::Result<Exit> {
    let destination = args.output.clone().open(&TABLES, false)?;
    refuse_twice("by", &args.value.by)?;
    let stored = args.value.model_file.as_deref().map(stored_model).transpose()?;
    if let (Some(stored), Some(path)) = (&stored, &args.value.model_file) {
        let hint = "leave it out, or leave `--model-file` out to fit a model";
        session.refuse_flags(&["model"], &path.to_string_lossy(), "is said by the model file", hint)?;
        // The unit of a stored model is the unit of the run, unless another one was asked for.
        args.log.window.time_unit = args.log.window.time_unit.or(Some(stored.time_unit));
    }
    let purchases = args.log.purchases(&args.files, &args.output, session)?;
    let summary = &purchases.summary;
    let mut names = args.value.by.clone();
    names.extend(args.value.margin_column.clone().filter(|name| !names.contains(name)));
    let attached = model::attach_customers(&args.model, &names, summary, &purchases.params, session)?;
    let model = match &stored {
        Some(stored) => {
            refuse_other_units(stored, summary, args.value.model_file.as_deref())?;
            stored.lifetime_model()?
        }
        None => {
            let fitted = model::fit_models(&args.model, summary, attached.as_ref(), session)?;
            LifetimeModel {
                parameters: fitted.purchases.parameters,
                spend: fitted.spend.map(|spend| spend.parameters),
                time_unit: summary.time_unit,
            }
        }
    };
    let (margin, historic_profit) = margins(&args.value, summary, attached.as_ref(), &purchases.params, session)?;
    let params = ScoreParams { horizon: args.value.horizon, discount: args.value.discount, margin };
    let frequency: Vec<f64> = summary.frequency.iter().map(|frequency| *frequency as f64).collect();
    let no_means = vec![None; summary.len()];
    let customers = Customers {
        frequency: &frequency,
        recency: &summary.recency,
        age: &summary.age,
        monetary_value: summary.monetary_value.as_deref().unwrap_or(&no_means),
        historic_profit: historic_profit.as_deref(),
    };
    let scores = score(&model, &customers, &params)?;
    say_notes(&scores.note, session);
    let by = attached.map(|attached| attached.columns).unwrap_or_default();
    let frame = frame::values(summary, &by[..args.value.by.len()], &model, &params, &scores);
    let settings = json!({
        "as_of": summary.observation_end,
        "model": model.parameters.model().name(),
        "time_unit": model.time_unit,
        "currency": summary.currency,
        "horizon": params.horizon.to_string(),
        "discount": params.discount.to_string(),
        "discount_per_time_unit": params.discount.delta(model.time_unit),
        "timing": "continuous: each future purchase is discounted from the moment it is expected",
    });
    let mut figures = purchases.figures;
    figures["valuation"] = settings.clone();
    let answer = Answer {
        tables: vec![NamedTable { name: "clv", frame }],
        document: Some(Document::Around { settings, rows: "customers" }),
        ..Answer::default()
    };
    destination.write(answer, &session.receipt(purchases.inputs, figures), session.messages)?;
    Ok(Exit::Done)
}

fn stored_model(path: &Path) -> anyhow::Result<ModelFile> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Error::io("cannot be read", &name, error))?;
    Ok(ModelFile::parse(&text, &name)?)
}

fn refuse_other_units(stored: &ModelFile, summary: &CustomerSummary, path: Option<&Path>) -> custval::Result<()> {
    let refused = |what: &str, theirs: &str, ours: &str| {
        Error::usage(format!("the model is in {what} `{theirs}`, the customers are in `{ours}`"))
            .at(Location::file(path.unwrap_or(Path::new("-")).display().to_string()))
    };
    if stored.time_unit != summary.time_unit {
        return Err(refused("unit", stored.time_unit.name(), summary.time_unit.name()).hint(format!(
            "make the summary with `--time-unit {}`, or fit a model in the other unit",
            stored.time_unit
        )));
    }
    if stored.currency != summary.currency {
        return Err(refused("currency", &stored.currency.to_string(), &summary.currency.to_string())
            .hint("say the currency of the log with `--currency CODE`, or fit a model in it"));
    }
    Ok(())
}

/// From spend to profit, and what was earned before where that is known.
fn margins(
    options: &ValueOptions,
    summary: &CustomerSummary,
    attached: Option<&Attached>,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<(Margin, Option<Vec<Option<f64>>>)> {
    if let Some(path) = &options.profits {
        let (_, _, profits) = load::table_for(path, params, session, |table| {
            CustomerProfits::from_table(table, &params.columns, &summary.currency)
        })?;
        let profits = profits.attach(&summary.ids);
        let segments: Option<Vec<String>> = match (options.by.first(), attached) {
            (Some(_), Some(attached)) => Some(texts(&attached.columns[0])),
            _ => None,
        };
        let segments: Option<Vec<&str>> =
            segments.as_ref().map(|segments| segments.iter().map(String::as_str).collect());
        let pooled = pool_economics(&profits.rows, segments.as_deref(), &summary.currency)?;
        session.messages.note(&format!(
            "joined {}: {} and take their segment's margin, {} of its customers {} no purchase",
            path.display(),
            load::not_in_it(pooled.without_profits),
            grouped(profits.unused as u64),
            verb(profits.unused as u64, "has", "have"),
        ));
        return Ok((Margin::Economics(pooled.by_customer), Some(profits.profits)));
    }
    if let (Some(name), Some(attached)) = (&options.margin_column, attached) {
        let column = attached.columns.iter().find(|column| column.name() == name);
        let column = column.expect("the margin column was joined with the others");
        return Ok((Margin::PerCustomer(fractions(&texts(column), name, summary)?), None));
    }
    let rate = options.margin.map_or(1.0, Share::fraction);
    if options.margin.is_none() {
        session.messages.warning(
            "no margin is given: values are discounted spend, not profit\nhint: say `--margin 30%`, `--margin-column \
             COLUMN` or `--profits FILE`",
        );
    }
    Ok((Margin::Rate(rate), None))
}

/// The texts of a joined column; empty where the customer is unknown.
fn texts(column: &polars::prelude::Column) -> Vec<String> {
    let texts = column.str().expect("columns of the customers file are text");
    texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

/// A margin for each customer: a fraction, or nothing where the cell is empty.
fn fractions(texts: &[String], name: &str, summary: &CustomerSummary) -> custval::Result<Vec<Option<f64>>> {
    texts
        .iter()
        .enumerate()
        .map(|(row, text)| match text.as_str() {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(margin) if margin.is_finite() && margin <= 1.0 => Ok(Some(margin)),
                _ => Err(Error::data(format!(
                    "the {} `{text}` of customer `{}` is not a margin",
                    MARGIN.name,
                    summary.ids.show(row)
                ))
                .hint(format!("column `{name}` holds fractions of one, at most 1: `0.3` for 30 %"))),
            },
        })
        .collect()
}

/// How many cells are empty or to be read with care, by reason.
fn say_notes(notes: &[Option<Cow<'static, str>>], session: &Session) {
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    for note in notes.iter().flatten() {
        *counts.entry(note).or_default() += 1;
    }
    for (note, customers) in counts {
        session.messages.note(&format!("{}: {note}", counted(customers, "customer")));
    }
}
