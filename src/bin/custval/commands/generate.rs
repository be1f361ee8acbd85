//! `custval generate`: a synthetic business, with the truth beside it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use custval::clv::{Model, Parameters, SPEND_PARAMETERS, SpendParameters};
use custval::generate::{
    DamageShares, GenerateParams, IdForm, RowOrder, Truth, named_values, write_business, write_log,
};
use custval::rates::Share;
use custval::time::{Day, TimeUnit};
use custval::{Error, Location};

use crate::exit::Exit;
use crate::options::{RunOptions, parsed, whole_number};
use crate::output::whole::{NewFile, NewFolder};
use crate::session::Session;
use crate::temporary::uninterrupted;
use custval::wording::{counted, grouped, grouped_text, verb};

const EXAMPLES: &str = "\
Examples:
  custval generate --customers 10000 --output shop/
      a business of two years; then: custval allocate shop/costing.toml --from 2024-01-01 --to 2025-12-31
  custval generate --only transactions --rows 20000000 --damage bad-date=0.1%,duplicate=2% --output log.csv --truth truth.json
      a log of about twenty million rows to measure with, some of them as real systems write them; truth.json counts each kind";

/// A synthetic business from known parameters, with the truth beside it
///
/// Customers join, buy, spend, ask for their money back and drop out as the model says; their orders cause work, and the
/// work costs what the ledger shows. `truth.json` has the parameters and totals to the cent, `truth_customers.csv` each
/// customer's rates, lifetime and true cost to serve. The same settings give the same bytes, for any number of threads.
///
/// A log in date order or shuffled takes 12 bytes of memory a row, a whole business 24 an order and 12 an activity; a log
/// by customer takes none.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// How many customers; by default 1000, or what makes the rows asked for
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>)]
    customers: Option<u32>,
    /// About how many transactions: with `--customers` their rate is scaled, else their number follows
    #[arg(long, value_name = "N", value_parser = whole_number::<u64>)]
    rows: Option<u64>,
    /// Where all chance comes from
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole_number::<u64>)]
    seed: u64,
    /// The first day
    #[arg(long, value_name = "DATE", default_value = "2024-01-01", value_parser = parsed::<Day>)]
    from: Day,
    /// The last day
    #[arg(long, value_name = "DATE", default_value = "2025-12-31", value_parser = parsed::<Day>)]
    to: Day,
    /// The last day on which customers join; by default the one in the middle
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    join_until: Option<Day>,
    /// How customers buy and drop out: `pareto-nbd` or `bg-nbd`
    #[arg(long, value_name = "MODEL", default_value = "pareto-nbd", value_parser = parsed::<Model>)]
    model: Model,
    /// Its parameters, by name; those left out are of `r=0.8,alpha=8,s=0.9,beta=30` or `r=0.8,alpha=8,a=0.8,b=4`
    #[arg(long, value_name = "NAME=NUMBER,...", default_value = "", hide_default_value = true)]
    parameters: String,
    /// The unit of parameters that are times: `day`, `week` or `month`
    #[arg(long, value_name = "UNIT", default_value = "week", value_parser = parsed::<TimeUnit>)]
    time_unit: TimeUnit,
    /// Parameters of gamma-gamma spend, by name; those left out are of `p=6,q=4,gamma=50`, a mean of 100
    #[arg(long, value_name = "NAME=NUMBER,...", default_value = "", hide_default_value = true)]
    spend: String,
    /// The share of purchases that are paid back, in part or whole
    #[arg(long, value_name = "N%", default_value = "2%", value_parser = parsed::<Share>)]
    refunds: Share,
    /// The order of rows: `date`, `shuffled` or `customer`
    #[arg(long, value_name = "ORDER", default_value = "date", value_parser = parsed::<RowOrder>)]
    order: RowOrder,
    /// What customers are called by: `digits` (8 bytes) or `uuid` (36)
    #[arg(long, value_name = "FORM", default_value = "digits", value_parser = parsed::<IdForm>)]
    id: IdForm,
    /// What is wrong with the transactions, as shares of all rows: `bad-date`, `no-date`, `bad-amount`, `no-amount`,
    /// `no-customer`, `bad-id`, `short-row`, `duplicate`, `quote`
    #[arg(long, value_name = "KIND=N%,...", default_value = "", hide_default_value = true, value_parser = parsed::<DamageShares>)]
    damage: DamageShares,
    /// Write nothing but a log: customer_id, date, amount
    #[arg(long, value_enum, value_name = "WHAT")]
    only: Option<Only>,
    /// The folder of the business (a path that ends in `/`), or with `--only` a file, else standard output
    #[arg(long, short, value_name = "PATH", help_heading = "Output")]
    output: Option<String>,
    /// Replace a folder that is not empty
    #[arg(long, help_heading = "Output")]
    overwrite: bool,
    /// Write the truth to a file, where there is no folder to hold it
    #[arg(long, value_name = "FILE.json", help_heading = "Output")]
    truth: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunOptions,
}

/// A part of a business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The log of transactions
    Transactions,
}

impl Args {
    fn params(&self) -> anyhow::Result<GenerateParams> {
        let mut params = GenerateParams::new(self.customers.unwrap_or(1000), self.from, self.to);
        let purchases = GenerateParams::default_purchases(self.model).values();
        let purchases = named_values(&self.parameters, self.model.parameter_names(), purchases)?;
        params.purchases = Parameters::new(self.model, purchases)?;
        params.time_unit = self.time_unit;
        params.spend = SpendParameters::new(named_values(&self.spend, SPEND_PARAMETERS, params.spend.values())?)?;
        params.seed = self.seed;
        params.join_until = self.join_until.unwrap_or(params.join_until);
        params.refunds = self.refunds.fraction();
        params.order = self.order;
        params.ids = self.id;
        params.damage = self.damage;
        params.check()?;
        if self.rows == Some(0) {
            return Err(Error::usage("`--rows 0` asks for a log without rows").hint("say `--rows 1000`").into());
        }
        if let Some(rows) = self.rows {
            if self.customers.is_some() {
                params = params.with_rows(rows)?;
            } else {
                params.customers = params.customers_for_rows(rows);
            }
            params.check()?;
        }
        Ok(params)
    }
}

/// Runs the command.
///
/// # Errors
/// Settings that make no business; places that cannot be written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let params = args.params()?;
    let truth_file = args.truth.as_deref().map(NewFile::create).transpose()?;
    let truth = match (&args.output, args.only) {
        (Some(path), only) if path.ends_with('/') => {
            let folder = NewFolder::create(Path::new(path), args.overwrite)?;
            let place = |name: &str| folder.inside().join(name);
            let open = |name: &'static str| {
                File::create(place(name))
                    .map_err(|error| Error::io("cannot be written", format!("{path}{name}"), error))
            };
            let truth = match only {
                None => write_business(&params, open, &session.bar)?,
                Some(Only::Transactions) => {
                    let (mut log, mut customers) = (open("transactions.csv")?, open("truth_customers.csv")?);
                    write_log(&params, &mut log, Some(&mut customers), &session.bar)?
                }
            };
            open("truth.json")?.write_all(truth.to_json().as_bytes()).context("writing the truth")?;
            let _whole = uninterrupted();
            folder.commit()?;
            truth
        }
        (Some(path), Some(Only::Transactions)) => {
            refuse_other_format(path)?;
            let mut file = NewFile::create(Path::new(path))?;
            let truth = write_log(&params, &mut file, None, &session.bar)?;
            file.commit()?;
            truth
        }
        (None, Some(Only::Transactions)) => write_log(&params, &mut io::stdout(), None, &session.bar)?,
        (Some(path), None) => {
            return Err(Error::usage("a business has several files, and this names one")
                .at(Location::file(path))
                .hint("end the path in `/` to name a folder, or say `--only transactions`")
                .into());
        }
        (None, None) => {
            return Err(Error::usage("a business has several files, which need a place")
                .hint("name a folder, as in `--output shop/`, or say `--only transactions`")
                .into());
        }
    };
    if let Some(mut file) = truth_file {
        file.write_all(truth.to_json().as_bytes()).map_err(|error| file.named(error))?;
        file.commit()?;
    }
    session.messages.note(&said(&truth));
    let cut = truth.transactions.purchases_cut;
    if cut > 0 {
        session.messages.warning(&format!(
            "{} would have been more than 10,000,000 and {} cut to that: the log does not follow its parameters of spend\nhint: let \
             `gamma` be smaller or `q` larger",
            counted(cut, "purchase"),
            verb(cut, "was", "were"),
        ));
    }
    Ok(Exit::Done)
}

/// That the name of a log promises nothing else than CSV.
fn refuse_other_format(path: &str) -> anyhow::Result<()> {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let others = ["tsv", "tab", "json", "jsonl", "ndjson", "parquet", "xlsx", "gz", "gzip", "zst", "zstd", "zip"];
    if others.contains(&extension.to_ascii_lowercase().as_str()) {
        return Err(Error::usage(format!("a log is written as CSV, and the name ends in `.{extension}`"))
            .at(Location::file(path))
            .hint("end it in .csv")
            .into());
    }
    Ok(())
}

/// What was written, for people.
fn said(truth: &Truth) -> String {
    let log = &truth.transactions;
    let mut text = format!(
        "{} made {} ({})",
        counted(truth.customers, "customer"),
        counted(log.rows, "transaction"),
        grouped_text(&log.amount)
    );
    if let Some(business) = &truth.business {
        text += &format!(", {} activities and {} contracts", grouped(business.activities), grouped(business.contracts));
    }
    let damaged: Vec<String> =
        log.damage.iter().map(|kind| format!("{} {}", kind.kind.name(), grouped(kind.rows))).collect();
    if !damaged.is_empty() {
        text += &format!("\ndamaged rows: {}", damaged.join(", "));
    }
    text
}
