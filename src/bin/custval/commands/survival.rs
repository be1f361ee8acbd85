//! `custval survival`: how long customers stay, when they leave, and what goes with leaving sooner.

use std::collections::HashSet;
use std::path::PathBuf;

use custval::churn::Subscriptions;
use custval::columns::{AMOUNT, CUSTOMER_ID, DATE, ENTRY, EVENT, Header, START, TIME};
use custval::report::{Screen, survival_curves};
use custval::scan::value::{self, Written};
use custval::scan::{Inputs, Problems, ScanParams, TextTable, Texts, ValueProblem};
use custval::segments::{Segments, said};
use custval::survival::frame::{self, GroupSummary};
use custval::survival::{
    Design, LifeTable, Observation, Tally, TimeTransform, default_band, fit_cox, hazards, life_table, log_rank,
};
use custval::time::{Length, TimeUnit};
use custval::wording;
use custval::{Error, Location, scan};
use serde_json::{Value, json};

use crate::contracts::{self, ContractOptions, PolicyOptions, SegmentOptions};
use crate::exit::Exit;
use crate::load;
use crate::options::{RunOptions, TableOptions, parsed, refuse_twice};
use crate::output::whole::NewFile;
use crate::output::{Answer, InJson, NamedTable, OutputOptions, terminal_width};
use crate::policies::ExcludeOptions;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval survival subscriptions.csv --by plan --chart survival.svg
      how many are left of each plan by month of tenure, and whether the plans differ
  custval survival data/rossi.csv --column time=week --column event=arrest --cox fin,age,race,prio --table cox
      durations instead of contracts: hazard ratios with intervals and the test of proportionality";

/// Survival by tenure: Kaplan-Meier, hazards, group tests, Cox regression
///
/// A row is a contract (`customer_id`, `start`, `end`), or a duration (`time`, `event`, and `entry` where observation began
/// late; an empty one is 0, observed from the start). Customers who are still there are censored; those who were there before
/// --from enter late.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A table of subscriptions, or of durations
    #[arg(value_name = "SUBSCRIPTIONS")]
    file: PathBuf,
    /// The unit of tenure of contracts: `day`, `week` or `month` (a twelfth of 365.25 days)
    #[arg(long, value_name = "UNIT", default_value = "month", value_parser = parsed::<TimeUnit>)]
    time_unit: TimeUnit,
    /// Mean tenure within this length (of durations: this number of their unit); the default is the longest that every group was
    /// observed
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    horizon: Option<String>,
    /// How wide a band of tenure is for hazards, in the unit of tenure; the default is 1, and more where tenures are beyond 10,000
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = width)]
    band: Option<f64>,
    /// Columns of a Cox regression: numbers as they are, anything else as a factor of up to 100 levels
    /// against its first one
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    cox: Vec<String>,
    /// The scale on which proportionality is tested: the share who left (`km`), tenure (`identity`) or its logarithm (`log`)
    #[arg(long, value_name = "SCALE", default_value = "km", value_parser = ["km", "identity", "log"])]
    proportionality: String,
    /// Draw the curves as SVG into a file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    segments: SegmentOptions,
    #[command(flatten)]
    contracts: ContractOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    table: TableOptions,
    #[command(flatten)]
    exclude: ExcludeOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 5] = ["survival", "summary", HAZARDS, "log-rank", "cox"];
const HAZARDS: &str = "hazards";

/// From so many groups on they are not compared with each other, which would take their number squared at every tenure.
const MOST_COMPARED: usize = 1_001;

/// Rows that the curves take in a terminal, and the width they take where nobody says how wide it is.
const SCREEN: (usize, usize) = (24, 100);

/// The customers of each group, by tenure.
struct Groups {
    /// The values of the columns of --by.
    names: Vec<Vec<String>>,
    tallies: Vec<Tally>,
    /// What tenure is counted in, where that is known.
    unit: Option<String>,
    figures: Value,
    cox: Option<custval::survival::CoxFit>,
}

fn width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(width) if width.is_finite() && width > 0.0 => Ok(width),
        Ok(_) => Err("say a number above zero, as in `0.5`".to_owned()),
        Err(_) => Err("say a number, as in `0.5`".to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    refuse_twice("cox", &args.cox)?;
    let destination = args.output.clone().open(&TABLES, InJson::Rows)?;
    let chart = args.chart.as_deref().map(NewFile::chart).transpose()?;
    let params = args.table.open(&args.output, session)?;
    let inputs = session.open([args.file.to_string_lossy()])?;
    let headers = scan::headers(&inputs, &params)?;
    let has = |column| headers.iter().any(|header| matches!(header.find(column, &params.columns), Ok(Some(_))));
    let durations = !has(START) && has(TIME);
    for header in headers.iter().filter(|_| !durations) {
        refuse_others(header, &params)?;
    }
    let name = args.file.to_string_lossy();
    if args.cox.is_empty() {
        let hint = "name covariates with `--cox`, or leave it out";
        session.refuse_flags(&["proportionality"], &name, "is about a Cox regression, and none is asked for", hint)?;
    }
    let groups = if durations {
        contracts::refuse_for_durations(&["customers", "time-unit", "exclude"], &name, session)?;
        of_durations(&args, &inputs, &params, session)?
    } else {
        args.policy.refuse_for_contracts(&[], &name, session)?;
        of_subscriptions(&args, &inputs, &params, session)?
    };
    let by = &frame::segment_names(&args.segments.by);
    let tables: Vec<(Vec<String>, LifeTable)> =
        groups.names.iter().cloned().zip(groups.tallies.iter().map(life_table)).collect();
    let horizon = horizon(&args, durations, &groups.tallies)?;
    let summaries: Vec<GroupSummary> = tables
        .iter()
        .zip(&groups.tallies)
        .map(|((values, table), tally)| summary(values, table, tally, horizon))
        .collect();
    let mut bands = Vec::new();
    // Bands are as many as the longest tenure has widths, in every group.
    if args.output.wants(HAZARDS, TABLES[0]) {
        let width = args.band.unwrap_or_else(|| default_band(&groups.tallies));
        if args.band.is_none() && width > 1.0 {
            session.messages.note(&format!("bands of tenure are {width} wide; `--band N` says another width"));
        }
        for (values, tally) in groups.names.iter().zip(&groups.tallies) {
            bands.push((values.clone(), hazards(tally, width)?));
        }
    }
    let curves: Vec<(String, &LifeTable)> =
        tables.iter().map(|(values, table)| (contracts::segment_name(values), table)).collect();
    let figure = survival_curves(&curves, groups.unit.as_deref());
    let drawing = destination.is_for_people().then(|| {
        let width = terminal_width().unwrap_or(SCREEN.1).min(SCREEN.1);
        figure.text(Screen { width, height: SCREEN.0, colour: args.run.color.colours(&std::io::stdout()) })
    });
    let mut named = vec![
        NamedTable { name: "survival", frame: frame::curves(by, &tables) },
        NamedTable { name: "summary", frame: frame::summary(by, &summaries) },
        NamedTable { name: HAZARDS, frame: frame::hazards(by, &bands) },
    ];
    let mut without = Vec::new();
    match groups.tallies.len() {
        _ if by.is_empty() => {
            without.push(("log-rank", "it compares groups; name the columns that make them with `--by`"));
        }
        MOST_COMPARED.. => without.push(("log-rank", "it compares up to a thousand groups, and there are more")),
        _ if destination.wants("log-rank") => {
            let test = log_rank(&groups.tallies);
            named.push(NamedTable { name: "log-rank", frame: frame::log_rank(by, &groups.names, &test) });
        }
        _ => {}
    }
    match &groups.cox {
        None => without.push(("cox", "it needs covariates; name their columns with `--cox`")),
        Some(fit) => named.push(NamedTable { name: "cox", frame: frame::cox(fit) }),
    }
    let answer = Answer {
        tables: named,
        without,
        drawing,
        files: chart.map(|file| (file, figure.svg().into_bytes())).into_iter().collect(),
        ..Answer::default()
    };
    let receipt = session.receipt(&args.output, groups.figures)?;
    destination.write(answer, &receipt, session)?;
    Ok(Exit::Done)
}

/// Refuses a file that has neither contracts nor durations.
fn refuse_others(header: &Header, params: &ScanParams) -> custval::Result<()> {
    let lacks = |column| matches!(header.find(column, &params.columns), Ok(None));
    if !lacks(START) || !lacks(TIME) {
        return Ok(());
    }
    if ![CUSTOMER_ID, DATE, AMOUNT].into_iter().any(lacks) {
        return Err(Error::data("is a log of purchases, of which no row says how long a customer stayed")
            .at(Location::file(header.file()))
            .hint("`custval churn` and `custval clv` take it; `custval survival` takes contracts with their `start`, and durations"));
    }
    header
        .require(START, &params.columns)
        .map(drop)
        .map_err(|error| error.or_hint(&format!("durations stand in columns `{}` and `{}`", TIME.name, EVENT.name)))
}

fn summary(values: &[String], table: &LifeTable, tally: &Tally, horizon: Option<f64>) -> GroupSummary {
    let median = table.median();
    let mean = horizon.and_then(|horizon| table.restricted_mean(horizon));
    let note = if table.rows.is_empty() {
        Some("nobody at risk".into())
    } else if let Some(time) = table.emptied_early {
        Some(format!("everybody at risk at {time:.2} had left before later customers were observed: start later"))
    } else if let (Some(horizon), None, Some(longest)) = (horizon, &mean, tally.longest()) {
        Some(format!("nobody was observed as long as the horizon of {horizon:.2}, only to {longest:.2}"))
    } else if tally.events() == 0 {
        Some("nobody left".into())
    } else if median.median.is_none() {
        Some("more than half are still there".into())
    } else {
        None
    };
    GroupSummary { values: values.to_vec(), customers: tally.customers(), events: tally.events(), median, mean, note }
}

/// The horizon asked for, else the longest tenure that every group was observed.
fn horizon(args: &Args, durations: bool, tallies: &[Tally]) -> anyhow::Result<Option<f64>> {
    let Some(text) = &args.horizon else {
        return Ok(tallies.iter().filter_map(Tally::longest).min_by(f64::total_cmp));
    };
    if !durations {
        return Ok(Some(text.parse::<Length>()?.in_unit(args.time_unit)));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(Some(number)),
        Ok(_) => Err(Error::usage(format!("`--horizon {text}` is not above zero"))
            .hint("give a length that somebody was observed for")
            .into()),
        Err(_) => Err(Error::usage(format!("`--horizon {text}` is no number"))
            .hint("durations have a unit of their own: give a number of it")
            .into()),
    }
}

fn of_subscriptions(args: &Args, inputs: &Inputs, params: &ScanParams, session: &Session) -> anyhow::Result<Groups> {
    let named = args.table.format.currency.as_ref();
    let params = &args.exclude.params(params.clone());
    let (loaded, table) = args.contracts.load_with_table(inputs, &args.segments, params, named, session)?;
    let subscriptions = &loaded.subscriptions;
    let relationships = contracts::relationships(&loaded, &args.policy.policy(), session);
    let unit = args.time_unit.days();
    let durations = || relationships.durations(loaded.from, loaded.as_of);
    let mut tallies = Vec::new();
    for segment in 0..subscriptions.segments.len() as u32 {
        let own = durations().filter(|duration| duration.segment == segment);
        tallies.push(Tally::of_days(own.map(|own| (own.entry, own.days, own.left)), unit).0);
    }
    let late = durations().filter(|duration| duration.entry > 0).count();
    if late > 0 {
        session.messages.note(&format!(
            "{} there before {}: they enter late",
            wording::counted(late as u64, "customer"),
            loaded.from
        ));
    }
    let cox = if args.cox.is_empty() {
        None
    } else {
        let observed: Vec<_> = durations().filter(|own| own.days > own.entry || own.days == 0).collect();
        let rows = first_rows(&table, subscriptions, params, &observed)?;
        let mut problems = Problems::new();
        refuse_missing(&table, &args.cox, rows.iter().copied(), &mut problems)?;
        problems.check_all(
            "value",
            table.header().file(),
            "fill them in, or leave the customers or the covariate out",
        )?;
        let seen: Vec<Observation> = observed
            .iter()
            .map(|own| Observation {
                entry: f64::from(own.entry) / unit,
                time: f64::from(own.days) / unit,
                event: own.left,
            })
            .collect();
        Some(fit_cox(&seen, &design(&table, &args.cox, &rows)?, args.transform())?)
    };
    Ok(Groups {
        names: subscriptions.segments.clone(),
        tallies,
        unit: Some(args.time_unit.to_string()),
        figures: loaded.figures.clone(),
        cox,
    })
}

/// For each relationship the row of the table that holds the customer's first contract on its first day.
fn first_rows(
    table: &TextTable,
    subscriptions: &Subscriptions,
    params: &ScanParams,
    observed: &[custval::churn::Duration],
) -> anyhow::Result<Vec<usize>> {
    let ids = table.column(table.header().require(CUSTOMER_ID, &params.columns)?);
    let start_at = table.header().require(START, &params.columns)?;
    let (start, written) = (table.column(start_at), table.written(start_at));
    let day = |row: usize| value::day(&written, start.get(row)).ok();
    let mut rows: Vec<usize> = (0..table.len()).collect();
    rows.sort_by(|&one, &other| {
        ids.get(one).cmp(ids.get(other)).then(day(one).cmp(&day(other))).then_with(|| {
            let all = 0..table.header().names().len();
            all.map(|place| table.column(place).get(one).cmp(table.column(place).get(other)))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    });
    observed
        .iter()
        .map(|own| {
            let id = subscriptions.ids.get(own.customer as usize);
            let first = rows.partition_point(|&row| ids.get(row) < id);
            let own_rows = rows[first..].iter().take_while(|&&row| ids.get(row) == id);
            let begun = own_rows.take_while(|&&row| day(row).is_some_and(|day| day <= own.start));
            begun.last().copied().ok_or_else(|| anyhow::anyhow!("every relationship begins with a contract"))
        })
        .collect()
}

impl Args {
    fn transform(&self) -> TimeTransform {
        match self.proportionality.as_str() {
            "identity" => TimeTransform::Identity,
            "log" => TimeTransform::Log,
            _ => TimeTransform::KaplanMeier,
        }
    }
}

/// Notes which covariates of the rows given are missing.
fn refuse_missing(
    table: &TextTable,
    columns: &[String],
    rows: impl Iterator<Item = usize> + Clone,
    problems: &mut Problems,
) -> custval::Result<()> {
    const MISSING: ValueProblem = ValueProblem { reason: "covariate missing", message: "the covariate is missing" };
    for name in columns {
        let place = table.header().named(name)?;
        let texts = table.column(place);
        // Among numbers `NA` is nothing, and elsewhere it may be a name.
        let is_missing: fn(&[u8]) -> bool = match numbers(table, place, rows.clone()) {
            Some(_) => value::stands_for_nothing,
            None => |text| said(text).is_empty(),
        };
        let missing = rows.clone().filter(|&row| is_missing(texts.get(row)));
        missing.for_each(|row| table.refuse(row, place, MISSING, problems));
    }
    Ok(())
}

/// The numbers of a column in the rows given, where every value that is there is one.
fn numbers(table: &TextTable, place: usize, rows: impl Iterator<Item = usize>) -> Option<Vec<Option<f64>>> {
    let (texts, written) = (table.column(place), table.written(place));
    let number = |row| match value::number(&written, texts.get(row)) {
        Ok(number) => Some(Some(number)),
        Err(ValueProblem::MISSING) => Some(None),
        Err(_) => None,
    };
    let numbers: Vec<Option<f64>> = rows.map(number).collect::<Option<_>>()?;
    numbers.iter().any(Option::is_some).then_some(numbers)
}

/// The first text of a column that has numbers too in the rows given, and its line.
fn first_text_among_numbers(table: &TextTable, place: usize, rows: &[usize]) -> Option<(String, u64)> {
    let (texts, written) = (table.column(place), table.written(place));
    let is_number = |row: &&usize| value::number(&written, texts.get(**row)).is_ok();
    rows.iter().find(is_number)?;
    let first = rows.iter().filter(|row| !is_number(row)).min_by_key(|row| table.lines()[**row])?;
    Some((wording::shortened(&texts.show(*first), 40), table.lines()[*first]))
}

/// The columns named, of the rows given, none of which is missing: numbers where every value is one, else factors.
fn design(table: &TextTable, columns: &[String], rows: &[usize]) -> custval::Result<Design> {
    let mut design = Design::new(rows.len());
    for name in columns {
        let place = table.header().named(name)?;
        match numbers(table, place, rows.iter().copied()) {
            Some(numbers) => design.number(name, numbers.into_iter().flatten().collect())?,
            None => {
                let texts: Texts = rows.iter().map(|&row| table.column(place).get(row)).collect();
                let levels = Segments::of_columns(&[&texts]);
                let file = table.header().file();
                design.factor(name, &levels.of, &levels.names.concat()).map_err(|error| {
                    let error = error.at(Location::file(file));
                    match first_text_among_numbers(table, place, rows) {
                        Some((text, line)) => error.hint(format!(
                            "`{text}` on line {line} is no number: mend it where all should be, else leave `{name}` out or join its levels"
                        )),
                        None => error,
                    }
                })?
            }
        };
    }
    Ok(design)
}

fn left(_: &Written<'_>, text: &[u8]) -> Result<bool, ValueProblem> {
    match text.trim_ascii().to_ascii_lowercase().as_slice() {
        b"1" | b"1.0" | b"yes" | b"true" => Ok(true),
        b"0" | b"0.0" | b"no" | b"false" => Ok(false),
        _ if value::stands_for_nothing(text) => Err(ValueProblem::MISSING),
        _ => {
            Err(ValueProblem { reason: "neither yes nor no", message: "is neither 1, yes or true nor 0, no or false" })
        }
    }
}

/// The observations of each combination of texts, in the order of the texts; one group where there are none.
fn groups_of(by: &[&Texts], seen: &[Observation]) -> (Vec<Vec<String>>, Vec<Vec<Observation>>) {
    let Segments { of, names } = if by.is_empty() { Segments::one(seen.len()) } else { Segments::of_columns(by) };
    let mut groups = vec![Vec::new(); names.len()];
    of.iter().zip(seen).for_each(|(segment, observation)| groups[*segment as usize].push(*observation));
    (names, groups)
}

/// How long each row of a table was observed.
pub struct Observations {
    /// The column of the durations.
    time: usize,
    seen: Vec<Observation>,
    /// Rows with an empty entry, observed from the start, where the table has entries at all.
    without_entry: usize,
}

/// How long each row was observed; each has the covariates named.
///
/// # Errors
/// Where a column or a value is missing or cannot be used.
pub fn observations(table: &TextTable, cox: &[String], params: &ScanParams) -> custval::Result<Observations> {
    const NEGATIVE: ValueProblem = ValueProblem { reason: "negative", message: "is negative" };
    const NEVER: ValueProblem = ValueProblem { reason: "never at risk", message: "is not after the entry" };
    table.not_empty()?;
    let header = table.header();
    let mut problems = Problems::new();
    let time = header.require(TIME, &params.columns)?;
    let times: Vec<f64> = table.required(time, value::number, &mut problems);
    let events: Vec<bool> = table.required(header.require(EVENT, &params.columns)?, left, &mut problems);
    let entry_at = header.find(ENTRY, &params.columns)?;
    let entries: Option<Vec<Option<f64>>> = entry_at.map(|place| table.optional(place, value::number, &mut problems));
    let readable = problems.is_empty();
    let mut seen = Vec::with_capacity(table.len());
    for row in 0..table.len() {
        let entry = entries.as_ref().and_then(|entries| entries[row]).unwrap_or(0.0);
        match entry_at {
            _ if !readable => (),
            Some(place) if entry < 0.0 => table.refuse(row, place, NEGATIVE, &mut problems),
            _ if times[row] < 0.0 => table.refuse(row, time, NEGATIVE, &mut problems),
            _ if times[row] < entry || (times[row] == entry && entry != 0.0) => {
                table.refuse(row, time, NEVER, &mut problems);
            }
            _ => (),
        }
        seen.push(Observation { entry, time: times[row], event: events[row] });
    }
    refuse_missing(table, cox, 0..table.len(), &mut problems)?;
    problems.check_all("value", header.file(), "mend them in the file")?;
    let without_entry = entries.map_or(0, |entries| entries.iter().filter(|entry| entry.is_none()).count());
    Ok(Observations { time, seen, without_entry })
}

fn of_durations(args: &Args, inputs: &Inputs, params: &ScanParams, session: &Session) -> anyhow::Result<Groups> {
    let (table, Observations { time, seen, without_entry }) =
        load::columns_of(inputs, params, session, load::all_texts, |table| observations(table, &args.cox, params))?;
    let header = table.header();
    session.messages.note(&format!("read {} of {}", wording::counted(table.len() as u64, "customer"), header.file()));
    if without_entry > 0 {
        let rows = wording::counted(without_entry as u64, "row");
        session.messages.note(&format!("{rows} without an entry: observed from tenure 0 on"));
    }
    warn_of_doubled(&table, params, session);
    args.segments.check()?;
    let by: Vec<&Texts> = args
        .segments
        .by
        .iter()
        .map(|name| Ok(table.column(table.header().named(name)?)))
        .collect::<custval::Result<_>>()?;
    let (names, grouped_rows) = groups_of(&by, &seen);
    let tallies = grouped_rows.iter().map(|rows| Tally::new(rows)).collect::<custval::Result<Vec<_>>>()?;
    let cox = if args.cox.is_empty() {
        None
    } else {
        let rows: Vec<usize> = (0..table.len()).collect();
        Some(fit_cox(&seen, &design(&table, &args.cox, &rows)?, args.transform())?)
    };
    Ok(Groups {
        names,
        tallies,
        unit: Some(header.names()[time].clone()).filter(|name| !TIME.is_called(name)),
        figures: json!({ "customers": table.len() }),
        cox,
    })
}

/// Warns of customers that several rows name, each of which counts on its own.
fn warn_of_doubled(table: &TextTable, params: &ScanParams, session: &Session) {
    let Ok(Some(place)) = table.header().find(CUSTOMER_ID, &params.columns) else { return };
    let ids = table.column(place);
    let mut seen = HashSet::new();
    let again: Vec<usize> = (0..ids.len()).filter(|row| !seen.insert(ids.get(*row))).collect();
    if let [first, ..] = again[..] {
        session.messages.warning(&format!(
            "{} a customer of an earlier row, such as `{}` on line {}: each row counts on its own",
            wording::counted(again.len() as u64, "row") + wording::verb(again.len() as u64, " names", " name"),
            ids.show(first),
            table.lines()[first],
        ));
    }
}
