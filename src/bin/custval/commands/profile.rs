//! `custval profile`: who bought once, who came back, who brought others.

use std::collections::HashSet;
use std::path::PathBuf;

use custval::Error;
use custval::columns::{CUSTOMER_ID, ColumnMap};
use custval::profile::{Buyers, frame, profile};
use custval::report::{Caption, Screen, profile_chart};
use custval::scan::TextTable;
use custval::summary::CustomerSummary;
use custval::tables::Customers;
use custval::wording;

use crate::exit::Exit;
use crate::load::{self, LogOptions};
use crate::options::RunOptions;
use crate::output::whole::NewFile;
use crate::output::{Answer, InJson, NamedTable, OutputOptions, terminal_width};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval profile data/cdnow.csv
      how many customers bought once and how many came back
  custval profile orders.csv --customers customers.csv --referred-by recommended_by --chart profile.svg
      with those who brought others, and the shape of the three counts";

/// The customer service and sales profile: one-time, repeat, advocate
///
/// Customers stand on three levels: initial (one purchase), repeat (two or more), advocate (brought at least one
/// other who has bought). The shape is the pattern of the three counts: pyramid, inverted pyramid, hourglass, diamond or
/// column. Who brought whom stands in a column of the customers file; without it nobody is an advocate.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Transaction logs, or one table of `custval summary`; `-` for standard input
    #[arg(required = true, value_name = "TRANSACTIONS")]
    files: Vec<String>,
    /// A file with one row a customer that says who brought it
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
    /// The column of the customers file that names who brought the customer
    #[arg(long, value_name = "COLUMN", default_value = "referred_by", requires = "customers")]
    referred_by: String,
    /// Draw the three levels as SVG into a file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    log: LogOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 2] = ["levels", "customers"];

/// The width that the levels take where nobody says how wide the terminal is, and the most that they take.
const SCREEN_WIDTH: usize = 100;

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let destination = args.output.clone().open(&TABLES, InJson::Rows)?;
    let chart = args.chart.as_deref().map(NewFile::chart).transpose()?;
    let purchases = args.log.purchases(&args.files, &args.output, session)?;
    purchases.have_customers(&args.files)?;
    let summary = &purchases.summary;
    let referred_by = match &args.customers {
        None => None,
        Some(path) => {
            let columns = &purchases.params.columns;
            let (table, customers) =
                load::table_for(path, &purchases.params, session, |table| Customers::from_table(table, columns))?;
            let header = table.header();
            if !header.names().contains(&args.referred_by) {
                let error = header.no_column(&args.referred_by);
                let near = error.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
                let hint = "say which column names who brought the customer with `--referred-by COLUMN`";
                return Err(error.hint(format!("{hint}{near}")).into());
            }
            let attached = customers.attach(&summary.ids, std::slice::from_ref(&args.referred_by))?;
            session.messages.note(&format!(
                "joined {}: {}, {} of it {} no purchase",
                path.display(),
                load::not_in_it(attached.unknown),
                wording::grouped(attached.unused as u64),
                wording::verb(attached.unused as u64, "has", "have")
            ));
            let policies = &purchases.params.policies;
            if attached.unused > 0 {
                warn_of_idle(&table, &args.referred_by, summary, columns, session)?;
            }
            Some(attached.texts(0).iter().map(|name| policies.customer(name).into_owned()).collect::<Vec<_>>())
        }
    };
    let ids: Vec<&[u8]> = summary.ids.iter().collect();
    let referrers: Option<Vec<&[u8]>> =
        referred_by.as_ref().map(|names| names.iter().map(|name| name.as_bytes()).collect());
    let counts: Vec<u64> = summary.frequency.iter().map(|frequency| frequency + 1).collect();
    let amount = summary.amount.as_ref().map_or_else(
        || Ok(vec![0; ids.len()]),
        |amounts| amounts.iter().map(|&amount| i64::try_from(amount)).collect::<Result<Vec<i64>, _>>(),
    );
    let amount = amount.map_err(|_| Error::data("a customer's purchases are too large to be money"))?;
    let found =
        profile(Buyers { customers: &ids, purchases: &counts, amount: &amount, referred_by: referrers.as_deref() })?;
    if found.unknown_referrers > 0 || found.named_themselves > 0 {
        let who = |count: u64, one: &'static str, many: &'static str| {
            (count > 0).then(|| format!("{} {}", wording::counted(count, "customer"), wording::verb(count, one, many)))
        };
        let somebody = "somebody without a purchase as the one who brought them";
        let strangers = who(found.unknown_referrers, "names", "name").map(|who| format!("{who} {somebody}"));
        let themselves = who(found.named_themselves, "names itself", "name themselves");
        let named: Vec<String> = [strangers, themselves].into_iter().flatten().collect();
        session.messages.warning(&format!("{}: these brought nobody", named.join(", ")));
    }
    if !found.referrals_known {
        session.messages.note("nothing says who brought whom, so that nobody is an advocate");
    }
    session.messages.note(&format!("shape: {}", found.shape.name()));
    let currency = summary.currency.code().map(str::to_owned);
    let caption = Caption { title: "Customer service and sales profile".into(), currency, ..Caption::default() };
    let picture = profile_chart(&found, summary.amount.is_some(), &summary.currency, &caption);
    let drawing = destination.is_for_people().then(|| {
        let width = terminal_width().unwrap_or(SCREEN_WIDTH).min(SCREEN_WIDTH);
        picture.text(Screen { width, colour: args.run.color.colours(&std::io::stdout()), ..Screen::default() })
    });
    let [levels, customers] = TABLES;
    let answer = Answer {
        tables: vec![
            NamedTable { name: levels, frame: frame::levels(&found, summary.amount.is_some(), &summary.currency)? },
            NamedTable { name: customers, frame: frame::customers(&found, |place| summary.ids.show(place), &counts) },
        ],
        drawing,
        files: chart.map(|file| (file, picture.svg().into_bytes())).into_iter().collect(),
        ..Answer::default()
    };
    let receipt = session.receipt(&args.output, purchases.figures)?;
    destination.write(answer, &receipt, session)?;
    Ok(Exit::Done)
}

/// Warns of customers who name somebody but have bought nothing, so that they were not brought yet.
fn warn_of_idle(
    table: &TextTable,
    referred_by: &str,
    summary: &CustomerSummary,
    columns: &ColumnMap,
    session: &Session,
) -> custval::Result<()> {
    let header = table.header();
    let (ids, referrers) =
        (table.column(header.require(CUSTOMER_ID, columns)?), table.column(header.named(referred_by)?));
    let bought: HashSet<&[u8]> = summary.ids.iter().collect();
    let named = std::iter::zip(ids.iter(), referrers.iter())
        .filter(|(id, referrer)| !referrer.is_empty() && !bought.contains(id));
    let idle = named.count() as u64;
    if idle > 0 {
        session.messages.warning(&format!(
            "{} of {} {} who brought them and {} bought nothing: who brought nobody else is no advocate",
            wording::counted(idle, "customer"),
            header.file(),
            wording::verb(idle, "names", "name"),
            wording::verb(idle, "has", "have")
        ));
    }
    Ok(())
}
