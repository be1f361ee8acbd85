//! `custval portfolio`: revenue against cost to serve.

use std::path::{Path, PathBuf};

use custval::Error;
use custval::columns::{
    COST_TO_SERVE, CURRENCY, CUSTOMER_ID, Column, Header, NET_REVENUE, PROFIT, RELATIONSHIP_COST, RESIDUAL_CLV,
    REVENUE, SELLING_COST, TRANSACTION_COST, UNIT_COST,
};
use custval::portfolio::{
    CostCuts, CustomerFigures, CustomerLevers, GridParams, LeverFigures, LeverParams, PortfolioGrid, RevenueCuts,
    frame, grid, levers,
};
use custval::progress::Silent;
use custval::rates::Share;
use custval::report::{Caption, Screen, grid_chart};
use custval::scan::{self, Keep, Rejects, ScanParams, Source, TextTable, Texts};
use custval::tables::{Amounts, check_costs, check_parts, unique_customers};
use custval::wording;
use serde_json::json;

use super::hook::behaviour;
use crate::exit::Exit;
use crate::load;
use crate::options::{RunOptions, TableOptions, parsed, whole_number};
use crate::output::whole::NewFile;
use crate::output::{Answer, InJson, NamedTable, OutputOptions, terminal_width};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval portfolio data/costing/profits.csv
      two levels of revenue against three of cost to serve: who stands where
  custval portfolio profits.csv --values clv.csv
      the same with what the customers of each box are still worth
  custval portfolio profits.csv --table customers --box low/high --sort -gain
      the customers who buy little and cost much, and what pays most for each";

/// Revenue against cost to serve: who stands where, and what pays most for whom
///
/// Customers are cut by revenue and by cost to serve, at quantiles unless amounts are given; every box has its
/// customers, revenue, cost and profit. For each customer the lever that pays most is computed from its own
/// costs: bring its largest cost driver down to what the median customer takes, raise its price to break even,
/// let it go, or keep it as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A table of one row a customer with revenue, cost to serve and profit; `-` for standard input
    #[arg(value_name = "PROFITS")]
    file: PathBuf,
    /// What customers are worth, with `residual_clv`, as `custval clv` writes it; instead of that column of the table. A value that is
    /// empty is not known, and counts in no sum
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    #[command(flatten)]
    cuts: CutOptions,
    #[command(flatten)]
    levers: LeverOptions,
    /// Only the customers of one box in the table of customers, as in `low/high` (revenue/cost)
    #[arg(long = "box", value_name = "REVENUE/COST")]
    only: Option<String>,
    /// Draw the grid as SVG into a file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    input: TableOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// Where the levels end.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Cuts")]
struct CutOptions {
    /// Into how many levels of equally many customers revenue is cut [default: 2]
    #[arg(long, value_name = "N", conflicts_with = "revenue_cuts", value_parser = whole_number::<u32>)]
    revenue_levels: Option<u32>,
    /// Where revenue is cut; a customer at a cut is above it
    #[arg(long, value_name = "AMOUNTS", value_delimiter = ',', allow_hyphen_values = true)]
    revenue_cuts: Vec<String>,
    /// Into how many levels of equally many customers cost to serve is cut [default: 3]
    #[arg(long, value_name = "N", conflicts_with = "cost_cuts", value_parser = whole_number::<u32>)]
    cost_levels: Option<u32>,
    /// Where cost to serve is cut, as amounts, or with --relative-cost as percentages; a customer at a cut is below it
    #[arg(long, value_name = "AMOUNTS", value_delimiter = ',', allow_hyphen_values = true)]
    cost_cuts: Vec<String>,
    /// Cut cost to serve by its share of revenue
    #[arg(long)]
    relative_cost: bool,
}

/// What can be done about a customer.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Levers")]
struct LeverOptions {
    /// Cost columns that a lever can bring down [default: the levels of cost to serve]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    drivers: Vec<String>,
    /// Cost columns that stay when a customer goes, unless capacity is given up [default: all cost to serve]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    capacity: Vec<String>,
    /// The share of that capacity that is really given up
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = parsed::<Share>)]
    given_up: Share,
    /// The largest rise in price that a customer would bear
    #[arg(long, value_name = "PERCENT", default_value = "10%", value_parser = parsed::<Share>)]
    max_price_rise: Share,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 3] = ["boxes", "customers", "cuts"];

/// The width that the grid may take where nobody says how wide the terminal is.
const SCREEN_WIDTH: usize = 100;

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let lever_params = LeverParams::new(args.levers.max_price_rise, args.levers.given_up)?;
    let destination = args.output.clone().open(&TABLES, InJson::Rows)?;
    let chart = args.chart.as_deref().map(NewFile::chart).transpose()?;
    let params = &args.input.open(&args.output, session)?;
    let grid_params = args.cuts.params(params)?;
    let named = [args.levers.drivers.as_slice(), &args.levers.capacity].concat();
    let wanted = |header: &Header| {
        for (flag, names) in [("--drivers", &args.levers.drivers), ("--capacity", &args.levers.capacity)] {
            check_costs(header, &params.columns, names.iter().map(String::as_str), flag)?;
        }
        check_parts(header, &params.columns, args.levers.capacity.iter().map(String::as_str), "--capacity")?;
        keep(header, params, &named)
    };
    let levers = (args.levers.drivers.as_slice(), args.levers.capacity.as_slice());
    let (table, mut read) =
        load::columns_for(&args.file, params, session, wanted, |table| Read::from_table(table, params, levers))?;
    session.messages.note(&format!(
        "read {} of {}",
        wording::counted(table.len() as u64, "customer"),
        table.header().file()
    ));
    let ids = table.column(table.header().require(CUSTOMER_ID, &params.columns)?);
    if let Some(file) = &args.values {
        read.lifetime_value = Some(lifetime_values(file, ids, params, session)?);
    } else if let Some(values) = &read.lifetime_value {
        warn_of_unknown(values, &table, session);
    }
    let figures = read.figures();
    let found = grid(figures, &grid_params)?;
    let mut places = places(&found, args.only.as_deref())?;
    let caption = Caption {
        title: "Revenue against cost to serve".into(),
        currency: params.currency.code().map(str::to_owned),
        ..Caption::default()
    };
    let picture = grid_chart(&found, &params.currency, &caption);
    let drawing = destination.is_for_people().then(|| {
        let width = terminal_width().unwrap_or(SCREEN_WIDTH);
        picture.text(Screen { width, colour: args.run.color.colours(&std::io::stdout()), ..Screen::default() })
    });
    let [boxes, customers, cuts] = TABLES;
    let mut tables = vec![
        NamedTable { name: boxes, frame: frame::boxes(&found, &params.currency)? },
        NamedTable { name: cuts, frame: frame::cuts(&found, &params.currency) },
    ];
    // The levers of ten million customers take longer than their grid.
    if destination.wants(customers) {
        let (chosen, driver_names) = read.levers(lever_params)?;
        places.sort_unstable_by(|one, other| ids.get(*one).cmp(ids.get(*other)));
        let id = |place| ids.show(place);
        let frame = frame::customers(&places, id, &found, figures, &chosen, &driver_names, &params.currency)?;
        tables.push(NamedTable { name: customers, frame });
    }
    let answer = Answer {
        tables,
        drawing,
        files: chart.map(|file| (file, picture.svg().into_bytes())).into_iter().collect(),
        ..Answer::default()
    };
    let receipt = session.receipt(&args.output, json!({ "customers": table.len() }))?;
    destination.write(answer, &receipt, session)?;
    Ok(Exit::Done)
}

impl CutOptions {
    fn params(&self, params: &ScanParams) -> custval::Result<GridParams> {
        let amounts = |flag: &str, texts: &[String]| -> custval::Result<Vec<i64>> {
            let amount = |text: &String| {
                params.currency.parse(text.trim().as_bytes()).map_err(|problem| {
                    Error::usage(format!("`{flag} {text}`: {problem}"))
                        .hint(format!("write amounts with commas between them, as in `{flag} 1000,5000.50`"))
                })
            };
            let amounts = texts.iter().map(amount).collect::<custval::Result<Vec<i64>>>()?;
            ascending(flag, texts, &amounts)?;
            Ok(amounts)
        };
        let revenue = match self.revenue_cuts.as_slice() {
            [] => RevenueCuts::Quantiles(self.revenue_levels.unwrap_or(2)),
            texts => RevenueCuts::At(amounts("--revenue-cuts", texts)?),
        };
        let levels = self.cost_levels.unwrap_or(3);
        let cost = match (self.cost_cuts.as_slice(), self.relative_cost) {
            ([], false) => CostCuts::Quantiles(levels),
            ([], true) => CostCuts::RelativeQuantiles(levels),
            (texts, false) => CostCuts::At(amounts("--cost-cuts", texts)?),
            (texts, true) => {
                let shares = texts.iter().map(|text| text.trim().parse()).collect::<custval::Result<Vec<Share>>>()?;
                ascending("--cost-cuts", texts, &shares)?;
                CostCuts::RelativeAt(shares)
            }
        };
        GridParams::new(revenue, cost)
    }
}

/// Refuses cuts that do not ascend, as the user wrote them, with the order in which they would.
fn ascending<T: PartialOrd>(flag: &str, texts: &[String], cuts: &[T]) -> custval::Result<()> {
    if cuts.windows(2).all(|two| two[0] < two[1]) {
        return Ok(());
    }
    let mut sorted: Vec<usize> = (0..cuts.len()).collect();
    sorted.sort_by(|&one, &other| cuts[one].partial_cmp(&cuts[other]).unwrap_or(std::cmp::Ordering::Equal));
    sorted.dedup_by(|one, other| cuts[*one] == cuts[*other]);
    let sorted: Vec<&str> = sorted.into_iter().map(|place| texts[place].trim()).collect();
    Err(Error::usage(format!("the cuts `{}` do not ascend", texts.join(",")))
        .hint(format!("say `{flag} {}`", sorted.join(","))))
}

/// The rows of a table that would be set aside where nothing is said about its costs.
///
/// # Errors
/// What the command would refuse.
pub fn rejects(source: &Source, params: &ScanParams) -> custval::Result<Rejects> {
    let wanted = |header: &Header| keep(header, params, &[]);
    let make = |table: &TextTable| Read::from_table(table, params, (&[], &[])).map(drop);
    scan::read_columns_for(source, params, &Silent, wanted, make).map(|(table, ())| table.rejects().clone())
}

/// The figures of a table.
struct Read {
    revenue: Vec<i64>,
    cost: Vec<i64>,
    profit: Vec<i64>,
    lifetime_value: Option<Vec<Option<f64>>>,
    drivers: Vec<(String, Vec<i64>)>,
    /// The cost that stays, where it is said which one does.
    capacity: Option<Vec<i64>>,
}

impl Read {
    fn from_table(
        table: &TextTable,
        params: &ScanParams,
        (drivers, capacity): (&[String], &[String]),
    ) -> custval::Result<Self> {
        table.not_empty()?;
        let mut reader = Amounts::new(table, &params.columns, &params.currency);
        let revenue = match reader.find(NET_REVENUE)? {
            Some(revenue) => revenue,
            None => reader.require(REVENUE)?,
        };
        let cost = reader.require(COST_TO_SERVE)?;
        let profit = reader.require(PROFIT)?;
        let lifetime_value = reader.find_numbers(RESIDUAL_CLV)?;
        let mut costs = Vec::new();
        if drivers.is_empty() {
            for level in [UNIT_COST, TRANSACTION_COST, RELATIONSHIP_COST, SELLING_COST] {
                costs.extend(reader.find(level)?.map(|cost| (name(level), cost)));
            }
            if costs.is_empty() {
                costs.push((name(COST_TO_SERVE), cost.clone()));
            }
        } else {
            for driver in drivers {
                costs.push((driver.clone(), reader.named(driver)?));
            }
        }
        // Columns that are not there come before what is wrong with rows.
        unique_customers(table, &params.columns)?;
        reader.check()?;
        let capacity = match capacity {
            [] => None,
            names => Some(behaviour::capacity(names, table, params)?),
        };
        Ok(Self { revenue, cost, profit, lifetime_value, drivers: costs, capacity })
    }

    /// The levers of every customer, and the names of the cost drivers.
    fn levers(&self, lever_params: LeverParams) -> anyhow::Result<(Vec<CustomerLevers>, Vec<&str>)> {
        let drivers: Vec<(&str, &[i64])> =
            self.drivers.iter().map(|(name, cost)| (name.as_str(), cost.as_slice())).collect();
        let capacity = self.capacity.as_deref().unwrap_or(&self.cost);
        let figures = LeverFigures { revenue: &self.revenue, profit: &self.profit, drivers: &drivers, capacity };
        Ok((levers(figures, lever_params)?, drivers.iter().map(|(name, _)| *name).collect()))
    }

    fn figures(&self) -> CustomerFigures<'_> {
        CustomerFigures {
            revenue: &self.revenue,
            cost: &self.cost,
            profit: &self.profit,
            lifetime_value: self.lifetime_value.as_deref(),
        }
    }
}

/// What of the table is needed: the ids, the standard amounts, and whatever the user named.
fn keep(header: &Header, params: &ScanParams, named: &[String]) -> custval::Result<Vec<Keep>> {
    if !named.is_empty() {
        return Ok(vec![Keep::Texts; header.names().len()]);
    }
    let mut keep = vec![Keep::Nothing; header.names().len()];
    let amounts =
        [NET_REVENUE, REVENUE, COST_TO_SERVE, PROFIT, UNIT_COST, TRANSACTION_COST, RELATIONSHIP_COST, SELLING_COST];
    let mut texts = Vec::new();
    for column in amounts {
        if let Some((position, second)) = header.find_amount(column, &params.columns)? {
            keep[position] = Keep::Amounts;
            texts.extend(second.into_iter().flat_map(|second| [position, second.column()]));
        }
    }
    for column in [CUSTOMER_ID, RESIDUAL_CLV, CURRENCY] {
        texts.extend(header.find(column, &params.columns)?);
    }
    texts.into_iter().for_each(|position| keep[position] = Keep::Texts);
    Ok(keep)
}

/// Says how many lifetime values of a table are not known.
fn warn_of_unknown(values: &[Option<f64>], table: &TextTable, session: &Session) {
    let unknown = values.iter().filter(|value| value.is_none()).count();
    if unknown > 0 {
        let who = load::without_value(unknown, table, RESIDUAL_CLV.name);
        session.messages.warning(&format!("{who}: `lifetime_value` is that of the others"));
    }
}

/// The lifetime value of each customer in a table of its own.
fn lifetime_values(
    file: &Path,
    ids: &Texts,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Vec<Option<f64>>> {
    let (table, values) = load::table_for(file, params, session, |table| {
        let mut reader = Amounts::new(table, &params.columns, &params.currency);
        table.header().require(RESIDUAL_CLV, &params.columns)?;
        let values = reader.find_numbers(RESIDUAL_CLV)?.unwrap_or_default();
        reader.check()?;
        unique_customers(table, &params.columns)?;
        Ok(values)
    })?;
    let rows = load::rows_of(ids, &table, params, session)?;
    warn_of_unknown(&values, &table, session);
    Ok(rows.into_iter().map(|row| row.and_then(|row| values[row])).collect())
}

fn name(column: Column) -> String {
    column.name.into()
}

/// The places of the customers of a box, or of all.
fn places(grid: &PortfolioGrid, only: Option<&str>) -> custval::Result<Vec<usize>> {
    let Some(only) = only else { return Ok((0..grid.box_of.len()).collect()) };
    let names: Vec<String> = grid.boxes.iter().map(|one| format!("{}/{}", one.revenue_level, one.cost_level)).collect();
    let wanted = names.iter().position(|name| name == only).ok_or_else(|| {
        Error::usage(format!("the grid has no box `{only}`")).hint_nearest(only, names.iter().map(String::as_str))
    })?;
    Ok((0..grid.box_of.len()).filter(|&place| grid.box_of[place] as usize == wanted).collect())
}
