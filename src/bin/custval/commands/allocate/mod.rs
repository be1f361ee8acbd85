//! `custval allocate`: the ledger to customers, by a costing model.

mod inputs;
mod what_if;

use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use custval::Error;
use custval::allocate::{
    EXAMPLE, FullCost, Measures, Model, ModelText, Period, Run, compare_methods, exceptions, frame,
    spread_below_the_line,
};
use custval::money::Currency;
use custval::time::Day;
use custval::wording;
use polars::prelude::DataFrame;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::options::{InputOptions, RunOptions};
use crate::output::{Answer, InJson, NamedTable, OutputOptions};
use crate::session::Session;
use inputs::Opened;

const EXAMPLES: &str = "\
Examples:
  custval allocate --example > data/costing/costing.toml
      a commented model that runs on the files of data/costing
  custval allocate data/costing/costing.toml --from 2025-01-01 --to 2025-12-31 --output run/
      profit by customer with everything behind it; `custval why D run/` then says why
  custval allocate data/costing/costing.toml --from 2025-01-01 --to 2025-12-31 --set 'activities.manual order.hours=0.4'
      what if an order took less time: company profit if the resources stay, and if they are given up";

/// The ledger to customers: profit and loss by customer
///
/// Pools collect accounts of the ledger, services pass their cost on to whom they serve, and activities bring it to the
/// customers who caused it. Every cent is accounted for: what reaches customers, what nobody used, what belongs to
/// nobody; where that does not sum to the ledger, the run ends with exit code 1.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The costing model
    #[arg(value_name = "COSTING.toml", required_unless_present = "example")]
    model: Option<PathBuf>,
    /// Print a commented model and stop
    #[arg(long)]
    example: bool,
    /// The ledger: account, amount (or debit and credit), and if there are date and cost centre
    #[arg(long, value_name = "FILE")]
    ledger: Vec<String>,
    /// The activity log: customer, activity, and a quantity if a row stands for more than one
    #[arg(long, value_name = "FILE")]
    activities: Vec<String>,
    /// Sales: customer, date, amount
    #[arg(long, value_name = "FILE")]
    transactions: Vec<String>,
    /// Who the customers are, with the columns that drivers ask for
    #[arg(long, value_name = "FILE")]
    customers: Vec<String>,
    /// Ready-made quantities: customer, driver, quantity
    #[arg(long, value_name = "FILE")]
    drivers: Vec<String>,
    /// The first day; rows before it are set aside
    #[arg(long, value_name = "DATE", value_parser = crate::options::parsed::<Day>)]
    from: Option<Day>,
    /// The last day; rows after it are set aside
    #[arg(long, value_name = "DATE", value_parser = crate::options::parsed::<Day>)]
    to: Option<Day>,
    /// Costs by other columns of the data than the customer, by `period`, or by both; `customer_id` is one of them
    #[arg(long, value_name = "COLUMN|period,…", value_delimiter = ',')]
    by: Vec<String>,
    /// The periods of `--by period`; months where nothing is said
    #[arg(long, value_enum, value_name = "LENGTH")]
    period: Option<PeriodLength>,
    /// What if: set an entry of the model, as in `--set 'activities.call.minutes=4'`; beside the model as it is
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// What if: lay another model over this one
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
    /// What if: without these customers; together with `--set` and `--overlay` under the other model
    #[arg(long, value_name = "CUSTOMER,…", value_delimiter = ',')]
    drop: Vec<String>,
    /// What if: without the customers of a file with a column `customer_id`
    #[arg(long, value_name = "FILE")]
    drop_file: Option<PathBuf>,
    /// Spread what stands below the line over customers, in columns of its own
    #[arg(long, value_enum, value_name = "BASIS")]
    full_cost: Option<Basis>,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// On what full cost is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Basis {
    /// In proportion to gross revenue
    Revenue,
    /// In proportion to units bought
    Units,
    /// The same to every customer
    Even,
}

impl From<Basis> for FullCost {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Revenue => Self::Revenue,
            Basis::Units => Self::Units,
            Basis::Even => Self::Even,
        }
    }
}

/// How long a period of `--by period` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PeriodLength {
    /// Calendar months
    Month,
    /// Calendar quarters
    Quarter,
    /// Calendar years
    Year,
}

impl PeriodLength {
    fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

/// The tables of the answer, the main one first; a what-if puts its own before them.
pub const TABLES: [&str; 9] =
    ["customers", "reconciliation", "activities", "detail", "wide", "stages", "sources", "exceptions", "methods"];
pub const WHAT_IF_TABLES: [&str; 2] = ["comparison", "changes"];

/// As many periods as months of a hundred years.
const MOST_PERIODS: usize = 1200;

/// What `--by` calls the periods.
const PERIOD: &str = "period";

/// One table of each period, with the day on which the period begins.
type TableOfPeriods = Vec<(Option<Day>, DataFrame)>;

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    if args.example {
        crate::output::print(EXAMPLE)?;
        return Ok(Exit::Done);
    }
    let periods = periods(&args)?;
    let file = args.model.clone().expect("the parser asks for a model unless for the example");
    let base_text = model_text(&file, session)?;
    let mut text = base_text.clone();
    for overlay in &args.overlay {
        text.overlay(&read(overlay, session)?, &overlay.to_string_lossy())?;
    }
    for assignment in &args.set {
        text.set(assignment)?;
    }
    let model = checked(&text, &args.input)?;
    let other_model = !args.set.is_empty() || !args.overlay.is_empty();
    let dropping = !args.drop.is_empty() || args.drop_file.is_some();
    let names: Vec<&str> = match (other_model, dropping) {
        (false, false) => TABLES.to_vec(),
        (true, _) => WHAT_IF_TABLES.iter().chain(&TABLES).copied().collect(),
        (false, true) => WHAT_IF_TABLES[..1].iter().chain(&TABLES).copied().collect(),
    };
    let mut destination = args.output.clone().open(&names, InJson::Rows)?;
    destination.beside("model.toml", text.to_toml());
    let params = args.input.of_input(None).open(&args.output, session)?;
    let opened = Opened::open(&args, &file, &model, &params, None, session)?;
    // The base has its own files, where the what-if reads others.
    let base = if other_model {
        let base = checked(&base_text, &args.input)?;
        what_if::in_one_currency(&base, &model)?;
        let opened = Opened::open(&args, &file, &base, &params, Some((&model, &opened)), session)?;
        Some((base, opened))
    } else {
        None
    };
    let all_opened: Vec<&Opened> = std::iter::once(&opened).chain(base.iter().map(|(_, opened)| opened)).collect();
    session.refuse_replacing(&all_opened.iter().flat_map(|opened| opened.names()).collect::<Vec<_>>())?;
    let whole = Period { from: args.from, to: args.to };
    let several = periods.len() > 1;
    if several {
        opened.fits_several_periods(&model)?;
        if let Some((base, opened)) = &base {
            opened.fits_several_periods(base)?;
        }
    }
    let by: Vec<String> = args.by.iter().filter(|by| *by != PERIOD).cloned().collect();

    let mut runs = Vec::new();
    let mut tables: Vec<(&'static str, TableOfPeriods)> = Vec::new();
    let mut holds = true;
    let mut figures = Vec::new();
    let mut inputs_read = false;
    for period in periods {
        let (done, ledger) = opened.run(&model, period, whole, &by, session)?;
        if !inputs_read {
            warn(&model, &done, session);
            inputs_read = true;
        }
        holds &= done.reconciliation.holds();
        session.messages.note(&reconciliation_text(&model, &done, period));
        figures.push(opened.figures(&model, &done, period));
        let start = done.gathered.days.map(|days| days.0);
        let mut add = |name: &'static str, table: custval::Result<DataFrame>| -> anyhow::Result<()> {
            let table = table?;
            match tables.iter_mut().find(|(known, _)| *known == name) {
                Some((_, of_periods)) => of_periods.push((start, table)),
                None => tables.push((name, vec![(start, table)])),
            }
            Ok(())
        };
        let dropped = what_if::dropped(&args, &done, &params, session)?;
        if let Some((base, opened)) = &base {
            let (base, _) = opened.run(base, period, whole, &by, session)?;
            let lines = what_if::beside(&model, &base, &done, &dropped, session);
            add("comparison", frame::comparison(&model, &lines))?;
            add("changes", frame::customer_changes(&model, &base, &done, &dropped))?;
        } else if dropping {
            let lines = what_if::beside(&model, &done, &done, &dropped, session);
            add("comparison", frame::comparison(&model, &lines))?;
        }
        let full_cost = args
            .full_cost
            .map(|basis| spread_below_the_line(&done.allocation, &done.gathered.usage, basis.into()))
            .transpose()?;
        add("customers", frame::customers(&model, &done, full_cost.as_ref()))?;
        add("reconciliation", frame::reconciliation(&model, &done))?;
        add("activities", frame::activities(&model, &done))?;
        add("stages", frame::stages(&model, &done))?;
        add("sources", frame::sources(&model, &done))?;
        add("exceptions", frame::exceptions(&model, &done))?;
        if destination.takes_parts("detail") {
            for part in frame::detail_in_parts(&model, &done) {
                let part = if several { frame::of_period(part?, start) } else { part? };
                destination.append("detail", &part)?;
            }
        } else if destination.wants("detail") {
            add("detail", frame::detail(&model, &done))?;
        }
        if destination.wants("wide") {
            add("wide", frame::wide(&model, &done))?;
        }
        if destination.wants("methods") {
            let measures = Measures::of(&model, model.currency.clone().unwrap_or_default().decimals());
            let rows = compare_methods(&model, &ledger, &measures, &done.gathered);
            add("methods", frame::methods(&model, &rows))?;
        }
        runs.push(done);
    }
    // Whether a row can be used depends on the period: it may be needed in one alone.
    for (input, rejects) in runs.iter().flat_map(|run| &run.gathered.rejects) {
        session.put_aside(input, rejects);
    }
    let tables = tables
        .into_iter()
        .map(|(name, of_periods)| Ok(NamedTable { name, frame: frame::stacked(of_periods)? }))
        .collect::<custval::Result<_>>()?;
    let receipt = session.receipt(&args.output, Value::Array(figures))?;
    destination.write(Answer { tables, ..Answer::default() }, &receipt, session)?;
    if !holds {
        session.messages.warning("the reconciliation does not hold: see its lines called difference");
        return Ok(Exit::CheckFailed);
    }
    Ok(Exit::Done)
}

fn read(file: &std::path::Path, session: &Session) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::io("cannot be read", file.to_string_lossy(), error))
        .context("reading the costing model")?;
    session.list_text(&file.to_string_lossy(), &text);
    Ok(text)
}

fn model_text(file: &std::path::Path, session: &Session) -> anyhow::Result<ModelText> {
    Ok(ModelText::parse(&read(file, session)?, &file.to_string_lossy())?)
}

/// The checked model, in the currency that the model or the command line names.
fn checked(text: &ModelText, input: &InputOptions) -> anyhow::Result<Model> {
    let mut model = text.check()?;
    match (&model.currency, &input.table.format.currency) {
        (Some(own), Some(asked)) if own != asked => {
            return Err(Error::usage(format!("the model is in `{own}`, the command line says `{asked}`"))
                .hint("leave `--currency` out, or mend `model.currency`")
                .into());
        }
        (None, Some(asked)) => model.currency = Some(asked.clone()),
        _ => {}
    }
    Ok(model)
}

/// The one period of a run, or its calendar periods.
fn periods(args: &Args) -> anyhow::Result<Vec<Period>> {
    let whole = Period { from: args.from, to: args.to };
    if let (Some(from), Some(to)) = (whole.from, whole.to)
        && to < from
    {
        return Err(Error::usage(format!("the period ends on {to}, before it begins on {from}"))
            .hint("give `--from` the first day and `--to` the last one")
            .into());
    }
    let asked = args.by.iter().filter(|by| *by == PERIOD).count();
    if asked > 1 {
        return Err(Error::usage(format!("costs are asked for by `{PERIOD}` twice")).into());
    }
    if asked == 0 {
        if args.period.is_some() {
            return Err(Error::usage("`--period` needs `--by period`")
                .hint("say `--by period`, or leave `--period` out")
                .into());
        }
        return Ok(vec![whole]);
    }
    let (Some(from), Some(to)) = (whole.from, whole.to) else {
        return Err(Error::usage("`--by period` needs to know from when to when")
            .hint("say `--from 2025-01-01 --to 2025-12-31`")
            .into());
    };
    let months = args.period.unwrap_or(PeriodLength::Month).months();
    let mut periods = Vec::new();
    let mut start = from;
    while start <= to {
        if periods.len() == MOST_PERIODS {
            return Err(Error::usage(format!("from {from} to {to} there are more than {MOST_PERIODS} periods"))
                .hint("give `--from` and `--to` the first and the last day of the ledger, or a longer `--period`")
                .into());
        }
        let date = start.date();
        let past = (i32::from(date.month()) - 1) % months;
        let next = date
            .first_of_month()
            .checked_add(jiff::Span::new().months(months - past))
            .context("reckoning the periods")?;
        let next: Day = next.to_string().parse()?;
        periods.push(Period { from: Some(start), to: Some(to.min(Day(next.0 - 1))) });
        start = next;
    }
    Ok(periods)
}

/// What the reader of the figures should know.
fn warn(model: &Model, run: &Run, session: &Session) {
    let currency = model.currency.clone().unwrap_or_default();
    let found = exceptions(model, run);
    let kinds = [
        ("event without an activity", "rows of the activity log have no activity in the model"),
        ("driver without an activity", "rows of the driver file have no activity in the model"),
        ("customer that no file has", "rows are of customers that no file has, and their part stays unassigned"),
        ("log without a column", "rows lack a column asked for by `--by`, and their part stays unassigned"),
    ];
    for (kind, message) in kinds {
        let of_kind: Vec<_> = found.iter().filter(|one| one.kind == kind).collect();
        let shown = of_kind.iter().take(3).map(|one| {
            let amount = one.amount.map(|amount| format!(", {}", wording::grouped_text(&currency.format(amount))));
            let name = if one.name.is_empty() { "none named".to_owned() } else { format!("`{}`", one.name) };
            format!("{name} ({}{})", wording::counted(one.rows.unwrap_or(0), "row"), amount.unwrap_or_default())
        });
        let mut names: Vec<String> = shown.collect();
        if of_kind.len() > 3 {
            names.push(format!("{} more", wording::grouped(of_kind.len() as u64 - 3)));
        }
        if !names.is_empty() {
            session.messages.warning(&format!("{message}: {}", names.join(", ")));
        }
    }
}

/// The reconciliation for people, amounts below each other.
fn reconciliation_text(model: &Model, run: &Run, period: Period) -> String {
    let currency = model.currency.clone().unwrap_or_default();
    let amounts: Vec<String> =
        run.reconciliation.lines.iter().map(|line| wording::grouped_text(&currency.format(line.amount))).collect();
    let width = amounts.iter().map(String::len).max().unwrap_or(0);
    let names = run.reconciliation.lines.iter().map(|line| wording::width(&line.line)).max().unwrap_or(0);
    let mut text = match (period.from, period.to) {
        (Some(from), Some(to)) => format!("reconciliation of {from} to {to}"),
        _ => "reconciliation".to_owned(),
    };
    for (line, amount) in run.reconciliation.lines.iter().zip(amounts) {
        text += &format!("\n  {}  {amount:>width$}", wording::padded(&line.line, names));
    }
    text
}

impl Opened {
    /// What became of every row, for the receipt.
    fn figures(&self, model: &Model, run: &Run, period: Period) -> Value {
        let receipts: serde_json::Map<String, Value> = run
            .gathered
            .receipts
            .iter()
            .map(|(name, receipt)| ((*name).to_owned(), serde_json::to_value(receipt).unwrap_or(Value::Null)))
            .collect();
        json!({
            "from": period.from,
            "to": period.to,
            "currency": model.currency.as_ref().and_then(Currency::code),
            "customers": run.gathered.usage.ids.len(),
            "rows": receipts,
            "reconciles": run.reconciliation.holds(),
        })
    }
}
