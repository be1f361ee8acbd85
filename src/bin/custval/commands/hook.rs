//! `custval hook`: the curve of cumulative profit over customers.

mod against;
pub mod behaviour;
mod doubt;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use custval::Error;
use custval::columns::Header;
use custval::hook::frame::{self, Curves};
use custval::hook::{Bands, Curve, Doubt, DoubtParams, Segment, by_segment, segments_warning};
use custval::progress::Silent;
use custval::report::{
    Caption, Figure, Screen, band_chart, cost_behaviour_chart, hook_curve, hook_curve_with_doubt, lorenz_chart,
    segment_curves,
};
use custval::scan::{self, Rejects, ScanParams, Source, TextTable};
use custval::segments::said;
use custval::tables::{CustomerValues, Customers, ValueKind, position_of};
use custval::wording;
use serde_json::json;

use crate::contracts::OF_CUSTOMERS;
use crate::exit::Exit;
use crate::load;
use crate::options::{RunOptions, TableOptions, whole_number_in};
use crate::output::whole::NewFile;
use crate::output::{Answer, InJson, NamedTable, OutputOptions, terminal_width};
use crate::session::Session;
use against::AgainstOptions;
use behaviour::BehaviourOptions;
use doubt::DoubtOptions;

const EXAMPLES: &str = "\
Examples:
  custval hook data/costing/profits.csv --chart hook.svg
      the bands of decreasing profitability, and the curve as a picture
  custval clv data/cdnow.csv --margin 30% | custval hook - --table statistics
      how concentrated the future profit is
  custval hook 2025.csv --against 2024.csv --quantity purchase_days
      of what the change in profit is made: joined, left, volume, price, each cost level";

/// The Hook curve: who makes the profit, who takes it back
///
/// Customers stand from the most to the least profitable; the curve adds up their profit. It rises to its
/// peak, stays level over those who break even, and falls over the loss makers to the total. Also called
/// the whale curve.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A table of one row a customer with `profit` or `residual_clv`; `-` for standard input. A customer whose lifetime value is empty,
    /// as it is not known, is left out; with --against, where who is left out would have left, it is refused
    #[arg(value_name = "PROFITS")]
    file: PathBuf,
    /// The column that holds the value, if not `profit` or `residual_clv`; where it is no profit, its name stands in place of `profit` in
    /// the names of columns and figures (`revenue` for any of revenue). A profit by another name is `--column profit=NAME`
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// How many bands of decreasing profitability
    #[arg(long, value_name = "N", default_value = "10", value_parser = whole_number_in::<u32>(1..=1000))]
    bands: u32,
    /// A curve for each value of a column of the table, or of the customers file, in a column of that name (`segment_NAME` where a
    /// table has one); the tables of doubt, of two periods and of cost behaviour and all charts but the curve stay those of all
    /// customers
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// A file with one row a customer that holds the column of --by
    #[arg(long, value_name = "FILE", requires = "by")]
    customers: Option<PathBuf>,
    /// What the chart shows
    #[arg(long, value_enum, default_value = "curve", value_name = "WHAT")]
    draw: Draw,
    /// Draw it as SVG into a file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    against: AgainstOptions,
    #[command(flatten)]
    doubt: DoubtOptions,
    #[command(flatten)]
    behaviour: BehaviourOptions,
    #[command(flatten)]
    input: TableOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// What a chart of the command shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Draw {
    /// The Hook curve: with its doubt where there is one, or one for each segment
    Curve,
    /// What each band brings or takes
    Bands,
    /// The Lorenz curves of profit, revenue and cost
    Lorenz,
    /// What dropping customers is worth (with --capacity)
    Behaviour,
}

/// The tables of every answer, the main one first.
const TABLES: [&str; 4] = [BANDS, POINTS, STATISTICS, LORENZ];
const BANDS: &str = "bands";
const POINTS: &str = "points";
const STATISTICS: &str = "statistics";
const LORENZ: &str = "lorenz";

/// Points of a Lorenz curve between 0 and 100 % of the customers.
const LORENZ_STEPS: u32 = 100;

/// Rows that the curve takes in a terminal, and the width it takes where nobody says how wide it is.
const SCREEN: (usize, usize) = (24, 100);

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    if args.draw == Draw::Behaviour && args.behaviour.capacity.is_empty() {
        return Err(Error::usage("nothing says which cost stays when a customer goes")
            .hint("name the cost columns with `--capacity COLUMNS`")
            .into());
    }
    let doubtful = args.doubt.asked_for()?;
    let doubt_params = args.doubt.params()?;
    let names = table_names(&args, doubtful);
    let destination = args.output.clone().open(&names, InJson::Rows)?;
    let chart = args.chart.as_deref().map(NewFile::chart).transpose()?;
    let params = &args.input.open(&args.output, session)?;
    // Where nothing else is asked of the table, it takes no more memory than its values.
    let only_values =
        args.by.is_none() && args.against.against.is_none() && args.behaviour.capacity.is_empty() && !doubtful;
    let wanted = |header: &Header| {
        args.behaviour.check(header, &params.columns)?;
        args.doubt.check(header, &params.columns)?;
        match only_values {
            true => CustomerValues::keep(header, &params.columns, args.value.as_deref()),
            false => load::all_texts(header),
        }
    };
    // All that is asked of the rows, so that each row that cannot answer can be set aside.
    let make = |whole: &TextTable| {
        // Who is in one of two periods alone has joined or left: nobody is left out of either.
        let known = match &args.against.against {
            None => CustomerValues::known(whole, &params.columns, args.value.as_deref())?,
            Some(_) => None,
        };
        let table = known.as_ref().unwrap_or(whole);
        let customers = CustomerValues::from_table(table, &params.columns, &params.currency, args.value.as_deref())?;
        let ids: Vec<&[u8]> = customers.ids.iter().collect();
        let now = args.against.read(table, args.value.as_deref(), params)?;
        args.doubt.check_kind(&customers, table)?;
        let doubt = doubtful.then(|| args.doubt.draw(&ids, &customers.measure, table, params)).transpose()?;
        let behaviour = args.behaviour.points(&ids, &customers.measure, table, params)?;
        Ok((known, customers, now, doubt, behaviour))
    };
    let (whole, (known, customers, now, doubt, behaviour)) =
        load::columns_for(&args.file, params, session, wanted, make)?;
    session.messages.note(&format!(
        "read {} of {}",
        wording::counted(whole.len() as u64, "customer"),
        whole.header().file()
    ));
    if let Some(known) = &known {
        let who = load::without_value(whole.len() - known.len(), &whole, &customers.column);
        session.messages.warning(&format!("{who}: what follows is of the others"));
    }
    let table = known.unwrap_or(whole);
    let bands = Bands::new(args.bands)?;

    let subject = Subject::of(&customers);
    let ids: Vec<&[u8]> = customers.ids.iter().collect();
    let curve = Curve::new(&ids, customers.measure.values())?;
    let compared = args.against.tables(
        (&table, now.as_ref()),
        (args.value.as_deref(), &subject.measure),
        bands,
        params,
        session,
    )?;
    let segments = match &args.by {
        Some(by) => {
            let names = segment_names(by, args.customers.as_deref(), &customers, &table, params, session)?;
            Some(Segments::new(frame::segment_name(by, &subject.measure)?, &names, &ids, &customers)?)
        }
        None => None,
    };
    // Without segments every percentage is of all customers, and those of doubt are in any case.
    let of_all = curve.warning().filter(|_| segments.is_none() || doubtful);
    let of_segments = segments.as_ref().and_then(|segments| segments_warning(&segments.curves));
    of_all.iter().chain(&of_segments).for_each(|warning| session.messages.warning(warning));
    let answered = Answered { customers: &customers, ids: &ids, curve: &curve, bands, measure: &subject.measure };

    // The tables of ten million customers take longer than their curve: none is made in vain.
    let wanted = |name: &str| name == names[0] || destination.wants(name);
    let mut tables = Vec::new();
    tables.extend(compared.into_iter().flatten());
    tables.extend(answered.tables(segments.as_ref(), &wanted)?);
    let id = |place| customers.ids.show(place);
    tables.extend(doubt.iter().flat_map(|doubt| doubt::tables(&curve, doubt, id, &subject.measure)));
    if let Some(points) = &behaviour {
        tables.push(NamedTable { name: BehaviourOptions::TABLE, frame: frame::cost_behaviour(points, id) });
    }
    let caption = Caption {
        title: match args.draw {
            Draw::Curve => subject.title,
            Draw::Bands => format!("Bands of decreasing {}", subject.words),
            Draw::Lorenz => "Lorenz curves".into(),
            Draw::Behaviour => "What dropping customers is worth".into(),
        },
        value: subject.words,
        is_profit: subject.is_profit,
        currency: params.currency.code().map(str::to_owned),
    };
    let drawn = chart.is_some() || destination.is_for_people();
    if drawn && segments.is_some() && args.draw != Draw::Curve {
        session.messages.note("the chart is of all customers: segments have one with `--draw curve`");
    }
    let figure = drawn
        .then(|| match (args.draw, &behaviour) {
            (Draw::Behaviour, Some(points)) => Ok(cost_behaviour_chart(points, &caption)),
            (Draw::Bands, _) => Ok(band_chart(&curve, bands, &caption)),
            (Draw::Lorenz, _) => answered.lorenz_chart(&caption),
            _ => Ok(curve_chart(&curve, segments.as_ref(), doubt.as_ref(), doubt_params, &caption)),
        })
        .transpose()?;
    let drawing = figure.as_ref().filter(|_| destination.is_for_people()).map(|figure| {
        let width = terminal_width().unwrap_or(SCREEN.1).min(SCREEN.1);
        figure.text(Screen { width, height: SCREEN.0, colour: args.run.color.colours(&std::io::stdout()) })
    });
    let answer = Answer {
        tables,
        drawing,
        files: chart.zip(figure).map(|(file, figure)| (file, figure.svg().into_bytes())).into_iter().collect(),
        ..Answer::default()
    };
    let receipt = session.receipt(&args.output, json!({ "customers": table.len() }))?;
    destination.write(answer, &receipt, session)?;
    Ok(Exit::Done)
}

/// The rows of a table that would be set aside where nothing more is asked of it.
///
/// # Errors
/// What the command would refuse.
pub fn rejects(source: &Source, params: &ScanParams) -> custval::Result<Rejects> {
    let wanted = |header: &Header| CustomerValues::keep(header, &params.columns, None);
    let make = |table: &TextTable| {
        let known = CustomerValues::known(table, &params.columns, None)?;
        CustomerValues::from_table(known.as_ref().unwrap_or(table), &params.columns, &params.currency, None).map(drop)
    };
    scan::read_columns_for(source, params, &Silent, wanted, make).map(|(table, ())| table.rejects().clone())
}

/// The names of all tables of the command.
pub fn all_tables() -> Vec<&'static str> {
    [&TABLES[..], &against::TABLES, &DoubtOptions::TABLES, &[BehaviourOptions::TABLE]].concat()
}

/// The names of the tables that the options ask for, the main one first: the change where there are two
/// periods.
fn table_names(args: &Args, doubtful: bool) -> Vec<&'static str> {
    let mut names = Vec::new();
    if args.against.against.is_some() {
        names.extend(against::TABLES);
    }
    names.extend(TABLES);
    if doubtful {
        names.extend(DoubtOptions::TABLES);
    }
    if !args.behaviour.capacity.is_empty() {
        names.push(BehaviourOptions::TABLE);
    }
    names
}

/// The segment of every customer: from a column of the table, or of the customers file.
fn segment_names(
    by: &str,
    file: Option<&Path>,
    customers: &CustomerValues,
    table: &TextTable,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Vec<String>> {
    let Some(path) = file else {
        let position = position_of(table, &params.columns, by).map_err(|error| error.or_hint(OF_CUSTOMERS))?;
        let column = table.column(position);
        return Ok(column.iter().map(|text| String::from_utf8_lossy(said(text)).into_owned()).collect());
    };
    let (_, known) = load::table_for(path, params, session, |table| Customers::from_table(table, &params.columns))?;
    let attached = known.attach(&customers.ids, &[by.to_owned()])?;
    session.messages.note(&format!(
        "joined {}: {}, {} of it {} no {}",
        path.display(),
        load::not_in_it(attached.unknown),
        wording::grouped(attached.unused as u64),
        wording::verb(attached.unused as u64, "has", "have"),
        customers.column
    ));
    Ok(attached.texts(0))
}

/// The curves of the segments.
struct Segments<'a> {
    /// The name of the column that holds their names.
    by: String,
    curves: Vec<Segment>,
    /// Curves of revenue and cost, where the table has them, segment by segment in the same order.
    beside: Vec<(&'a str, Vec<Segment>)>,
}

impl<'a> Segments<'a> {
    fn new(by: String, names: &[String], ids: &[&[u8]], customers: &'a CustomerValues) -> custval::Result<Self> {
        let beside = customers.beside.iter();
        Ok(Self {
            by,
            curves: by_segment(ids, customers.measure.values(), names)?,
            beside: beside
                .map(|(name, values)| Ok((name.as_str(), by_segment(ids, values.values(), names)?)))
                .collect::<custval::Result<_>>()?,
        })
    }
}

fn curve_chart(
    curve: &Curve,
    segments: Option<&Segments<'_>>,
    doubt: Option<&Doubt>,
    params: DoubtParams,
    caption: &Caption,
) -> Figure {
    match (segments, doubt) {
        (Some(segments), _) => segment_curves(&segments.curves, caption),
        (None, Some(doubt)) => hook_curve_with_doubt(curve, doubt, params, caption),
        (None, None) => hook_curve(curve, caption),
    }
}

/// What the tables and charts are made of.
struct Answered<'a> {
    customers: &'a CustomerValues,
    ids: &'a [&'a [u8]],
    curve: &'a Curve,
    bands: Bands,
    measure: &'a str,
}

impl Answered<'_> {
    /// Curves of revenue and cost, where the table has them.
    fn beside(&self) -> custval::Result<Vec<(&str, Curve)>> {
        let beside = self.customers.beside.iter();
        beside.map(|(name, values)| Ok((name.as_str(), Curve::new(self.ids, values.values())?))).collect()
    }

    /// The tables that are wanted: of all customers, or segment by segment, the segment in the first column.
    fn tables(
        &self,
        segments: Option<&Segments<'_>>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> custval::Result<Vec<NamedTable>> {
        let is_asked = segments.is_none() && (wanted(STATISTICS) || wanted(LORENZ));
        let beside_all = if is_asked { self.beside()? } else { Vec::new() };
        let (curves, beside): (Curves<'_>, Vec<(&str, Curves<'_>)>) = match segments {
            Some(Segments { by, curves, beside }) => (
                Curves::of_segments(by, curves),
                beside.iter().map(|(name, segments)| (*name, Curves::of_segments(by, segments))).collect(),
            ),
            None => (
                Curves::of_all(self.curve),
                beside_all.iter().map(|(name, curve)| (*name, Curves::of_all(curve))).collect(),
            ),
        };
        let table = |name: &'static str| {
            let frame = match name {
                POINTS => frame::points(&curves, |place| self.customers.ids.show(place), self.measure),
                STATISTICS => frame::statistics(&curves, self.measure, &beside),
                LORENZ => {
                    let measures = std::iter::once((self.measure, curves.clone())).chain(beside.iter().cloned());
                    frame::lorenz(&measures.collect::<Vec<_>>(), LORENZ_STEPS)
                }
                _ => frame::bands(&curves, self.bands, self.measure),
            };
            NamedTable { name, frame }
        };
        Ok(TABLES.into_iter().filter(|name| wanted(name)).map(table).collect())
    }

    fn lorenz_chart(&self, caption: &Caption) -> custval::Result<Figure> {
        let beside = self.beside()?;
        let beside = beside.iter().map(|(name, curve)| (*name, curve));
        let curves: Vec<_> = std::iter::once((self.measure, self.curve)).chain(beside).collect();
        if curves.iter().all(|(_, curve)| curve.total() <= 0.0) {
            return Err(Error::data("no total is above zero, so that there is no Lorenz curve to draw")
                .hint("say `--draw curve` or `--draw bands`"));
        }
        Ok(lorenz_chart(&curves, caption))
    }
}

/// What the curve is of, in words and in the names of columns.
struct Subject {
    title: String,
    words: String,
    measure: String,
    is_profit: bool,
}

/// Names of columns that stand beside the values in some table.
const TAKEN: [&str; 4] = ["band", "customer_id", "customers", "customer_share"];

impl Subject {
    /// A Hook curve is of profit, past or future; of anything else the same figure is a concentration.
    fn of(customers: &CustomerValues) -> Self {
        let column = &customers.column;
        let (title, words, measure, is_profit) = match customers.kind {
            ValueKind::Profit => ("Hook curve".into(), column.clone(), "profit".into(), true),
            ValueKind::LifetimeValue => {
                ("Hook curve of lifetime value".into(), "lifetime value".into(), "profit".into(), true)
            }
            ValueKind::Revenue => ("Revenue concentration".into(), "revenue".into(), "revenue".into(), false),
            ValueKind::Other => {
                let is_taken = TAKEN.contains(&column.as_str());
                let measure = if is_taken { format!("value_{column}") } else { column.clone() };
                (format!("Concentration of {column}"), column.clone(), measure, false)
            }
        };
        Self { title, words, measure, is_profit }
    }
}
