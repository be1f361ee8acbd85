//! `custval clv`: lifetime value by customer.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use custval::clv::{
    Customers, LifetimeModel, Margin, ModelFile, ScoreParams, SegmentEconomics, frame, pool_economics, score,
};
use custval::rates::{DiscountRate, Share};
use custval::scan::ScanParams;
use custval::summary::CustomerSummary;
use custval::tables::{Attached, CustomerProfits};
use custval::time::{Day, Length};
use custval::wording::{counted, grouped, verb};
use custval::{Error, Location};
use serde_json::json;

use crate::exit::Exit;
use crate::load::{self, LogOptions};
use crate::model::{self, ModelOptions, Wanted};
use crate::options::{RunOptions, parsed, refuse_twice};
use crate::output::{Answer, Document, InJson, NamedTable, OutputOptions};
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
/// much; the margin turns that into profit, which is discounted to the end of observation. `residual_clv` is
/// profit to come. What was earned before is `historic_profit`, known only from --profits; `clv` is both together, and
/// empty without them.
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
    #[arg(long, default_value = "1y", value_name = "LENGTH", allow_hyphen_values = true, value_parser = parsed::<Length>)]
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
    /// A table of customer profits with costs by level, or a run of allocate: margins after cost to serve. Its `period_end`
    /// is not after the end of observation that was said: what follows is profit to come
    #[arg(long, value_name = "RUN|FILE", group = "profit")]
    profits: Option<PathBuf>,
    /// Columns of the customers file to carry along, as `segment_NAME` where the table has one of that name; profits are pooled by
    /// the first
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    by: Vec<String>,
    /// Score with a model that `custval fit` wrote, instead of fitting one: its file, or the folder that holds model.json
    #[arg(long, value_name = "RUN|FILE", conflicts_with_all = ["strict", "acquired_from"])]
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

/// Profits that end so many days before the end of observation are taken for those until then: accounts are closed by the
/// month, and logs go on.
const MONTH: i32 = 31;

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 1] = ["clv"];

/// Runs the command.
///
/// # Errors
/// What cannot be read, used, fitted or written.
pub fn run(mut args: Args, session: &Session) -> anyhow::Result<Exit> {
    let destination = args.output.clone().open(&TABLES, InJson::Rows)?;
    refuse_twice("by", &args.value.by)?;
    let stored = args.value.model_file.as_deref().map(|path| stored_model(path, session)).transpose()?;
    if let Some(stored) = &stored {
        let hint = "leave it out, or leave `--model-file` out to fit a model";
        session.refuse_flags(&["model"], &stored.name, "is said by the model file", hint)?;
        if args.value.by.is_empty() && args.value.margin_column.is_none() {
            let hint = "say `--by COLUMN` or `--margin-column COLUMN`, or leave it out";
            session.refuse_flags(
                &["customers"],
                &stored.name,
                "is of no use to a model that is fitted already",
                hint,
            )?;
        }
        args.log.window.unit_of_model = Some(stored.model.time_unit);
    }
    let purchases = args.log.purchases(&args.files, &args.output, session)?;
    purchases.have_customers(&args.files)?;
    let summary = &purchases.summary;
    let wanted = Wanted {
        by: &args.value.by,
        margin: args.value.margin_column.as_deref(),
        model_file: stored.as_ref().map(|stored| stored.name.as_str()),
    };
    let attached = model::attach_customers(&args.model, &wanted, summary, &purchases.params, session)?;
    let ends = Ends {
        first: summary.observation_start,
        observation: summary.observation_end,
        is_said: args.log.window.as_of.or(args.log.window.calibration_end).is_some(),
    };
    let (margin, historic_profit) = margins(&args.value, summary, ends, attached.as_ref(), &purchases.params, session)?;
    let model = match &stored {
        Some(stored) => {
            stored.refuse_other_units(summary)?;
            for doubt in stored.model.doubts() {
                session.messages.warning(&format!("{}: {doubt}", stored.name));
            }
            stored.model.lifetime_model()?
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
    let frame = frame::values(summary, &by, &model, &params, &scores);
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
    destination.write(answer, &session.receipt(&args.output, figures)?, session)?;
    Ok(Exit::Done)
}

/// A model that was fitted before, and the name of its file.
struct Stored {
    name: String,
    model: ModelFile,
}

/// The model of a file, of the folder that `custval fit` wrote, or of standard input.
fn stored_model(path: &Path, session: &Session) -> anyhow::Result<Stored> {
    let in_folder = path.is_dir();
    let path = if in_folder { path.join("model.json") } else { path.to_owned() };
    let name = path.display().to_string();
    let text = if name == "-" { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(&path) };
    let text = text.map_err(|error| {
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        let error = Error::io("cannot be read", &name, error);
        match is_missing {
            true if in_folder => {
                error.hint("name a folder that `custval fit --output FOLDER/` wrote, or the file of the model")
            }
            true => error.hint("check the spelling and the folder you are in"),
            false => error,
        }
    })?;
    session.list_text(&name, &text);
    Ok(Stored { model: ModelFile::parse(&text, &name)?, name })
}

impl Stored {
    fn refuse_other_units(&self, summary: &CustomerSummary) -> custval::Result<()> {
        let Self { name, model } = self;
        let refused = |what: &str, theirs: &str, ours: &str| {
            Error::usage(format!("the model is in {what} `{theirs}`, the customers are in `{ours}`"))
                .at(Location::file(name))
        };
        if model.time_unit != summary.time_unit {
            return Err(refused("unit", model.time_unit.name(), summary.time_unit.name()).hint(format!(
                "make the summary with `--time-unit {}`, or fit a model in the other unit",
                model.time_unit
            )));
        }
        if model.currency != summary.currency {
            return Err(refused("currency", &model.currency.to_string(), &summary.currency.to_string())
                .hint("say the currency of the log with `--currency CODE`, or fit a model in it"));
        }
        Ok(())
    }
}

/// From spend to profit, and what was earned before where that is known.
fn margins(
    options: &ValueOptions,
    summary: &CustomerSummary,
    ends: Ends,
    attached: Option<&Attached>,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<(Margin, Option<Vec<Option<f64>>>)> {
    if let Some(path) = &options.profits {
        let (table, profits) = load::table_for(path, params, session, |table| {
            CustomerProfits::from_table(table, &params.columns, &summary.currency)
        })?;
        let file = table.header().file();
        ends.check(profits.period_start, profits.period_end, file, session)?;
        let profits = profits.attach(&summary.ids);
        load::refuse_strangers(file, summary.len(), profits.rows.iter().flatten().count())?;
        let segments = attached.filter(|_| !options.by.is_empty()).map(|attached| attached.texts(0));
        let segments: Option<Vec<&str>> =
            segments.as_ref().map(|segments| segments.iter().map(String::as_str).collect());
        let pooled = pool_economics(&profits.rows, segments.as_deref(), &summary.currency)
            .map_err(|error| error.at(Location::file(file)))?;
        let without = pooled.without_profits as u64;
        session.messages.note(&format!(
            "joined {}: {} and {} {}, {} of its customers {} no purchase",
            path.display(),
            load::not_in_it(pooled.without_profits),
            verb(without, "takes", "take"),
            if segments.is_some() {
                verb(without, "its segment's margin", "their segment's margin")
            } else {
                "the margin of all"
            },
            grouped(profits.unused as u64),
            verb(profits.unused as u64, "has", "have"),
        ));
        say_without_figures(&pooled.segments, file, session);
        for SegmentEconomics { segment, economics, .. } in
            pooled.segments.iter().filter(|segment| segment.economics.contribution > 1.0 && !segment.overall)
        {
            let whose = if segments.is_some() { format!(" of segment `{segment}`") } else { String::new() };
            session.messages.warning(&format!(
                "{file}: direct and unit costs{whose} are below zero in all, so that the margin is {:.3}, more profit than revenue",
                economics.contribution
            ));
        }
        return Ok((Margin::Economics(pooled.by_customer), Some(profits.profits)));
    }
    if let Some(margins) = attached.and_then(|attached| attached.margins.clone()) {
        return Ok((Margin::PerCustomer(margins), None));
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

/// Says whose segments have no margin of their own, and take that of all customers.
fn say_without_figures(segments: &[SegmentEconomics], file: &str, session: &Session) {
    let without: Vec<&SegmentEconomics> = segments.iter().filter(|segment| segment.overall).collect();
    let Some(first) = without.first() else { return };
    let name = if first.segment.is_empty() { "`(none)`".to_owned() } else { format!("`{}`", first.segment) };
    let whose = match without.len() {
        1 => format!("segment {name}"),
        several => format!("{} such as {name}", counted(several as u64, "segment")),
    };
    let customers = without.iter().map(|segment| segment.customers as u64).sum();
    session.messages.warning(&format!(
        "{file}: no margin follows from the rows of {whose}: {} {} that of all",
        counted(customers, "customer"),
        verb(customers, "takes", "take")
    ));
}

/// When the observation of purchases begins and ends, and whether that end was said or is the last day of the log.
#[derive(Debug, Clone, Copy)]
struct Ends {
    first: Option<Day>,
    observation: Option<Day>,
    is_said: bool,
}

impl Ends {
    /// That no profit is of days after the one to which values are discounted: it would count twice, as earned and as to come. A
    /// log without a purchase on the last days of the accounts says no more than that. Of days that are in neither figure it is
    /// said where they are many, and so it is of days before the profits begin.
    fn check(self, start: Option<Day>, end: Option<Day>, file: &str, session: &Session) -> custval::Result<()> {
        if let Some((start, first)) = start.zip(self.first)
            && start.0 - first.0 > MONTH
        {
            session.messages.warning(&format!(
                "{file}: the profits are those from {start} on, {} days after the first purchase of all, of {first}: what was earned \
                 in between is not in `historic_profit`",
                start.0 - first.0
            ));
        }
        let Some((end, as_of)) = end.zip(self.observation) else { return Ok(()) };
        let later = end.0 - as_of.0;
        if later > MONTH || (later > 0 && self.is_said) {
            return Err(Error::usage(format!(
                "the profits are those until {end}, and values are discounted to {as_of}: what was earned in between would count \
                 twice"
            ))
            .at(Location::file(file))
            .hint(format!(
                "let both end on one day: `--as-of {end}` for the purchases, or `custval allocate --to {as_of}` for the profits"
            )));
        }
        if later > 0 {
            session.messages.note(&format!(
                "{file}: the profits are those until {end}, and the last purchase is of {as_of}: if nothing was sold in between, say \
                 `--as-of {end}`"
            ));
        }
        if -later > MONTH {
            session.messages.warning(&format!(
                "{file}: the profits are those until {end}, {} days before {as_of}: what was earned in between is neither in \
                 `historic_profit` nor in `residual_clv`",
                -later
            ));
        }
        Ok(())
    }
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
