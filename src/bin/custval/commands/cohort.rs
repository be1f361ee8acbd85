//! `custval cohort`: of those who joined together, who is still there, and what they have brought.

use std::path::{Path, PathBuf};

use custval::calendar::{Grain, Timeline};
use custval::churn::Window;
use custval::cohort::frame::{self, Layout};
use custval::cohort::{Activity, Cell, Cohorts, Measure, Retention, Status, cohorts_of_relationships};
use custval::columns::{Header, PROFIT};
use custval::exchange::Exchange;
use custval::money::Currency;
use custval::report::{HeatCell, HeatMap, HeatPanel, number_text};
use custval::scan::{Inputs, Problems, Refunds, ScanParams, value};
use custval::summary::{Booking, PurchaseLog, purchase_log};
use custval::tables::unique_customers;
use custval::time::Day;
use custval::wording::{self, grouped};
use custval::{Error, Location, scan};
use serde_json::{Value, json};

use crate::contracts::{self, ContractOptions, ExchangeOptions, PolicyOptions, SegmentOptions};
use crate::exit::Exit;
use crate::load;
use crate::options::{InputOptions, RunOptions, parsed};
use crate::output::whole::NewFile;
use crate::output::{Answer, InJson, NamedTable, OutputOptions, terminal_width};
use crate::policies::RowPolicyOptions;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval cohort data/cdnow.csv --table wide
      the share of each month's new customers who buy again in the months after
  custval cohort orders.csv --by channel --chart cohorts.svg
      the same for each channel of a customer's first purchase, as heat maps of one scale
  custval cohort subscriptions.csv --by plan --measure revenue
      recurring revenue by the plan and the month with which customers joined, and by age";

/// Cohorts by joining period and age: retention, orders, revenue, profit
///
/// Takes a log of purchases or a table of subscriptions, told apart by their columns. A cell is complete, in progress (marked with a
/// star), or empty because it lies in the future.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A log of purchases (a path or a pattern), or a table of subscriptions
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Periods of the calendar: `week` (ISO), `month`, `quarter` or `year`
    #[arg(long, value_name = "PERIOD", default_value = "month", value_parser = parsed::<Grain>)]
    period: Grain,
    /// What a cell holds: `customers`, `orders`, `revenue` or `profit`
    #[arg(long, value_name = "MEASURE", default_value = "customers", value_parser = parsed::<Measure>)]
    measure: Measure,
    /// Who counts at an age: active in the period (`bounded`), or later too (`unbounded`), within the last few (`rolling:3`), or in
    /// every period so far (`survival`)
    #[arg(long, value_name = "KIND", default_value = "bounded", value_parser = parsed::<Retention>)]
    retention: Retention,
    /// Add orders and money up over the ages
    #[arg(long)]
    cumulative: bool,
    /// Margin by customer (`customer_id`, `margin` as a fraction) to turn revenue into profit
    #[arg(long, value_name = "FILE")]
    margins: Option<PathBuf>,
    /// Draw the heat map as SVG into a file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    segments: SegmentOptions,
    #[command(flatten)]
    contracts: ContractOptions,
    #[command(flatten)]
    exchange: ExchangeOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    rows: RowPolicyOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 2] = ["cohort", "wide"];

/// Heat maps of so many segments can be looked at together.
const MOST_PANELS: usize = 12;

/// The width of a heat map where nobody says how wide the terminal is.
const SCREEN_WIDTH: usize = 100;

/// Cohorts, and what is needed to lay them out.
struct Found {
    cohorts: Cohorts,
    /// The values of the columns of --by, segment by segment.
    segments: Vec<Vec<String>>,
    timeline: Timeline,
    from: Day,
    as_of: Day,
    currency: Currency,
    figures: Value,
    /// Whether the money of the cells is without refunds, which stand beside it.
    refunds_apart: bool,
}

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let destination = args.output.clone().open(&TABLES, InJson::Rows)?;
    let chart = args.chart.as_deref().map(NewFile::chart).transpose()?;
    let params = args.input.open(&args.output, session)?;
    let inputs = session.open([args.file.to_string_lossy()])?;
    let headers = scan::headers(&inputs, &params)?;
    headers.iter().try_for_each(|header| contracts::refuse_durations(header, &params, "cohort"))?;
    let subscriptions = headers.first().is_some_and(|header| contracts::is_subscriptions(header, &params));
    if args.measure == Measure::Orders && subscriptions {
        return Err(Error::usage("orders by cohort need a log of purchases, and this is a table of contracts")
            .at(Location::file(args.file.to_string_lossy()))
            .hint("say `--measure revenue`, or give a log with `date` and `amount`")
            .into());
    }
    if args.measure == Measure::Customers {
        let hint = "add `--measure revenue`, `orders` or `profit`, or leave it out";
        session.refuse_flags(&["cumulative"], &args.file.to_string_lossy(), "adds up what customers are not", hint)?;
    } else {
        let hint = "leave it out, or say `--measure customers`";
        session.refuse_flags(&["retention"], &args.file.to_string_lossy(), "is about customers, not money", hint)?;
    }
    if args.measure == Measure::Profit && (subscriptions || args.margins.is_none()) {
        return Err(Error::usage("profit by cohort needs a margin by customer and a log of purchases")
            .at(Location::file(args.file.to_string_lossy()))
            .hint("give the margins with `--margins FILE`, a table of `customer_id` and `margin`")
            .into());
    }
    if args.margins.is_some() && args.measure != Measure::Profit {
        return Err(Error::usage("`--margins` turns revenue into profit, and profit is not asked for")
            .hint("add `--measure profit`, or leave the margins out")
            .into());
    }
    let found = if subscriptions {
        let of_logs = ["no-customer", "unique", "zero-amounts"];
        args.policy.refuse_for_contracts(&of_logs, &args.file.to_string_lossy(), session)?;
        of_subscriptions(&args, &inputs, &params, session)?
    } else {
        args.policy.refuse_for_log(&["policy"], &args.file.to_string_lossy(), session)?;
        let params =
            args.exchange.params_of_log(&args.rows, &args.policy, &args.input.table.format, &params, session)?;
        of_log(&args, &inputs, &headers, &params, session)?
    };
    let cells = found.cohorts.cells(&found.timeline, found.from, found.as_of, args.measure, args.cumulative);
    let panels = cells.chunk_by(|one, other| one.segment == other.segment).count();
    let is_drawn = panels <= MOST_PANELS;
    if chart.is_some() && !is_drawn {
        return Err(Error::usage(format!(
            "the chart would have a heat map for each of {} segments",
            grouped(panels as u64)
        ))
        .hint(format!(
            "up to {MOST_PANELS} can be looked at: choose columns of `--by` that make fewer, or leave `--chart` out"
        ))
        .into());
    }
    if destination.is_for_people() && !is_drawn {
        let segments = grouped(panels as u64);
        session.messages.note(&format!("no heat maps of {segments} segments: up to {MOST_PANELS} are drawn"));
    }
    let is_shown = destination.is_for_people() && is_drawn;
    let map = (is_shown || chart.is_some()).then(|| heat_map(&args, &cells, &found));
    let drawing = map.as_ref().filter(|_| is_shown).map(|map| {
        let width = terminal_width().unwrap_or(SCREEN_WIDTH);
        map.text(width, args.run.color.colours(&std::io::stdout()))
    });
    let layout = Layout {
        measure: args.measure,
        refunds_apart: found.refunds_apart,
        currency: &found.currency,
        by: &[],
        segments: &found.segments,
    };
    let by = frame::segment_names(&args.segments.by, &cells, &layout);
    let layout = Layout { by: &by, ..layout };
    let answer = Answer {
        tables: vec![
            NamedTable { name: "cohort", frame: frame::cells(&cells, &layout) },
            NamedTable { name: "wide", frame: frame::wide(&cells, &layout) },
        ],
        drawing,
        files: chart.zip(map).map(|(file, map)| (file, map.svg().into_bytes())).into_iter().collect(),
        ..Answer::default()
    };
    let receipt = session.receipt(&args.output, found.figures)?;
    destination.write(answer, &receipt, session)?;
    Ok(Exit::Done)
}

impl Args {
    /// Whether the money of a log is that of its purchases, and refunds have a column of their own.
    fn refunds_apart(&self, params: &ScanParams) -> bool {
        params.policies.refunds == Refunds::Separate && matches!(self.measure, Measure::Revenue | Measure::Profit)
    }
}

/// Refuses an answer without a cohort.
fn refuse_without_cohorts(file: &Path, before: u64, customers: usize) -> custval::Result<()> {
    if before < customers as u64 {
        return Ok(());
    }
    Err(contracts::nobody_joined().at(Location::file(file.to_string_lossy())))
}

fn of_subscriptions(args: &Args, inputs: &Inputs, params: &ScanParams, session: &Session) -> anyhow::Result<Found> {
    let named = args.input.table.format.currency.as_ref();
    let params = &args.rows.params_of_contracts(params.clone());
    let loaded = args.contracts.load(inputs, &args.segments, params, named, session)?;
    let window = Window::new(args.period, loaded.from, loaded.as_of)?;
    let relationships = contracts::relationships(&loaded, &args.policy.policy(), session);
    let exchange = match args.measure {
        // Who was there is the same in every currency.
        Measure::Customers => Exchange::none(),
        _ => args.exchange.exchange(&loaded, &args.input.table.format, session)?,
    };
    let (cohorts, before) = cohorts_of_relationships(&relationships, &window, &exchange, args.retention);
    if before > 0 {
        session.messages.note(&format!(
            "{} there when observation began, on {}: in no cohort; `--from` an earlier day if that is when they joined",
            wording::counted(before, "customer"),
            loaded.from
        ));
    }
    refuse_without_cohorts(&args.file, before, loaded.subscriptions.ids.len())?;
    Ok(Found {
        cohorts,
        segments: loaded.subscriptions.segments,
        timeline: window.timeline().clone(),
        from: loaded.from,
        as_of: loaded.as_of,
        currency: loaded.subscriptions.currency,
        figures: loaded.figures,
        refunds_apart: false,
    })
}

fn of_log(
    args: &Args,
    inputs: &Inputs,
    headers: &[Header],
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Found> {
    let known = args.segments.read_for_log(headers, params, session)?;
    let scanned = purchase_log(inputs, params, args.contracts.as_of, args.segments.of_log(), &session.bar)?;
    session.messages.note(&load::receipt_text(&scanned.receipt));
    session.put_aside("", &scanned.rejects);
    let log = scanned.output;
    let (Some(first), Some(as_of)) = (log.first_day(), log.as_of) else {
        return Err(load::nobody_bought(&[args.file.to_string_lossy()], scanned.receipt.rows).into());
    };
    let from = args.contracts.from.unwrap_or(first);
    let timeline = Timeline::new(args.period, from, as_of)?;
    let segments = contracts::segments_of_log(known, &log, &args.segments.by, session)?;
    let margins = margins(args.margins.as_deref(), &log, params, session)?;
    let mut cohorts = Cohorts::new(timeline.len(), args.retention);
    let mut activity: Vec<Activity> = Vec::new();
    let refunds_apart = args.refunds_apart(params);
    let mut before = 0_u64;
    for (customer, bookings) in log.customers().enumerate() {
        let joined = bookings[0].day;
        if joined < from {
            before += 1;
            continue;
        }
        activity.clear();
        for Booking { day, amount, is_purchase } in bookings.iter().copied() {
            let place = timeline.place(day);
            if activity.last().is_none_or(|last| last.place != place) {
                activity.push(Activity { place, ..Activity::default() });
            }
            if let Some(own) = activity.last_mut() {
                own.present |= is_purchase;
                own.orders += u64::from(is_purchase);
                if refunds_apart && !is_purchase {
                    own.refunds = own.refunds.saturating_sub(amount);
                    continue;
                }
                own.revenue = own.revenue.saturating_add(amount);
                if let Some(margin) = margins.as_ref().and_then(|margins| margins[customer]) {
                    own.profit = own.profit.saturating_add((amount as f64 * margin).round() as i64);
                }
            }
        }
        cohorts.add(segments.of[customer], timeline.place(joined), &activity);
    }
    if before > 0 {
        let customers = wording::counted(before, "customer");
        session.messages.note(&format!("{customers} bought before {from} already: in no cohort"));
    }
    refuse_without_cohorts(&args.file, before, log.ids.len())?;
    Ok(Found {
        cohorts,
        segments: segments.names,
        timeline,
        from,
        as_of,
        currency: params.currency.clone(),
        figures: json!({ "log": serde_json::to_value(&scanned.receipt)?, "from": from, "as_of": as_of }),
        refunds_apart,
    })
}

fn margins(
    file: Option<&Path>,
    log: &PurchaseLog,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Option<Vec<Option<f64>>>> {
    let Some(file) = file else { return Ok(None) };
    let (table, values) = load::table_for(file, params, session, |table| {
        let header = table.header();
        let mut problems = Problems::new();
        let position = header.require(custval::columns::MARGIN, &params.columns)?;
        let values = table.optional(position, value::margin, &mut problems);
        problems.check_all(
            "margin",
            header.file(),
            "a margin is a fraction of revenue, at most 1: write 30 % as `0.3`",
        )?;
        unique_customers(table, &params.columns)?;
        Ok(values)
    })?;
    let rows = load::rows_of(&log.ids, &table, params, session)?;
    let ordered: Vec<Option<f64>> = rows.iter().map(|row| row.and_then(|row| values[row])).collect();
    let without = ordered.iter().filter(|margin| margin.is_none()).count();
    if without > 0 {
        session.messages.warning(&format!(
            "no margin is known of {}: their {} counts as zero",
            wording::counted(without as u64, "customer"),
            PROFIT.name
        ));
    }
    Ok(Some(ordered))
}

fn heat_map(args: &Args, cells: &[Cell], found: &Found) -> HeatMap {
    let share = args.measure == Measure::Customers;
    let rate = |cell: &Cell| {
        let unit = match args.measure {
            Measure::Revenue | Measure::Profit => found.currency.minor_units() as f64,
            _ => 1.0,
        };
        cell.rate.map(|rate| rate / unit)
    };
    let most = if share { 1.0 } else { cells.iter().filter_map(rate).map(f64::abs).fold(0.0, f64::max) };
    let shown = |rate: f64| match share {
        true => format!("{:.0}%", rate * 100.0),
        false => number_text(rate, if most >= 100.0 { 0 } else { 1 }),
    };
    let row = |cells: &[Cell]| {
        let shade = |rate: f64| if most > 0.0 { (rate / most).clamp(-1.0, 1.0) } else { 0.0 };
        let cell = |cell: &Cell| HeatCell {
            shade: rate(cell).map(shade),
            text: rate(cell).map(shown).unwrap_or_default(),
            in_progress: cell.status == Status::InProgress,
        };
        (cells[0].cohort.to_string(), grouped(cells[0].customers), cells.iter().map(cell).collect())
    };
    let panel = |cells: &[Cell]| {
        let name = || contracts::segment_name(&found.segments[cells[0].segment as usize]);
        HeatPanel {
            title: (!args.segments.by.is_empty()).then(name),
            rows: cells.chunk_by(Cell::shares_row).map(row).collect(),
        }
    };
    let ages = cells.chunk_by(Cell::shares_row).next().map_or(0, <[Cell]>::len);
    let what = match args.measure {
        Measure::Customers => format!("share of the cohort still active, {}", args.retention),
        measure => format!("{measure} a customer of the cohort{}", if args.cumulative { ", cumulative" } else { "" }),
    };
    let has_star = cells.iter().any(|cell| cell.status == Status::InProgress);
    let starred = if has_star { " · * in progress" } else { "" };
    HeatMap {
        title: format!("Cohorts by joining {}", args.period),
        subtitle: format!("{what} · as of {}{starred}", found.as_of),
        axes: ("cohort, customers".into(), format!("{}s since joining", args.period)),
        columns: (0..ages).map(|age| age.to_string()).collect(),
        panels: cells.chunk_by(|one, other| one.segment == other.segment).map(panel).collect(),
    }
}
