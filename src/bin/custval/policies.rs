//! What a business decides about the rows of a log: which are left out, which are one, and in which currency they count.

use std::path::PathBuf;

use custval::columns::ColumnMap;
use custval::exchange::{self, Exchange};
use custval::scan::{Exclusion, IdCase, Policies, Refunds, ScanParams, ZeroAmounts};
use custval::{Error, Location};

use crate::load;
use crate::options::{Bytes, parsed};
use crate::session::Session;

/// Which rows of a log count, and as whose.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Policies")]
pub struct RowPolicyOptions {
    /// Leave rows out by a column, as in `--exclude 'status=canceled*'`: `*` is any text, `?` one character; may be repeated
    #[arg(long, value_name = "COLUMN=PATTERN", value_parser = parsed::<Exclusion>)]
    exclude: Vec<Exclusion>,
    /// Whether upper and lower case make two customers, in every file of the run: `keep` them apart, or `fold` them into one in
    /// lower case
    #[arg(long, value_name = "keep|fold", default_value_t, value_parser = parsed::<IdCase>)]
    id_case: IdCase,
    /// Take spaces around ids off, in every file of the run
    #[arg(long)]
    id_trim: bool,
    /// Columns that tell one row from every other: equal rows of one key are merged, unequal ones refused
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    unique: Vec<String>,
    /// Amounts of zero are purchases (`keep`), or left out (`drop`)
    #[arg(long, value_name = "keep|drop", default_value_t, value_parser = parsed::<ZeroAmounts>)]
    zero_amounts: ZeroAmounts,
}

/// The same, and what amounts mean.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Policies")]
pub struct PolicyOptions {
    #[command(flatten)]
    rows: RowPolicyOptions,
    /// Negative amounts: `net` them from what is paid, sum them `separate`ly as `refunds`, or `drop` them
    #[arg(long, value_name = "net|separate|drop", default_value_t, value_parser = parsed::<Refunds>)]
    refunds: Refunds,
    /// Convert the currencies of the log into `--currency`, each row by its day: a table of `currency`, `date`, `rate`
    #[arg(long, value_name = "FILE", requires = "currency")]
    exchange_rates: Option<PathBuf>,
    /// Keep at most so much of a log in memory, as in `2GiB` or `500MB`; what is beyond waits in a temporary file (in the folder
    /// of TMPDIR) and is slower, with the same result. The result itself, a row a customer, is not counted
    #[arg(long, value_name = "SIZE", help_heading = "Run", value_parser = parsed::<Bytes>)]
    memory: Option<Bytes>,
}

impl RowPolicyOptions {
    /// The policies on rows.
    pub fn policies(&self) -> Policies {
        Policies {
            exclude: self.exclude.clone(),
            id_case: self.id_case,
            id_trim: self.id_trim,
            unique: self.unique.clone(),
            zero_amounts: self.zero_amounts,
            ..Policies::default()
        }
    }

    /// The settings of reading a table that is no log, in which policies decide about nothing but ids.
    ///
    /// # Errors
    /// Where another policy is asked for.
    pub fn params_of_table(&self, params: ScanParams, file: &str) -> anyhow::Result<ScanParams> {
        params_of_table(&self.policies(), params, file)
    }
}

impl PolicyOptions {
    /// The settings of a scan with these policies.
    ///
    /// # Errors
    /// Where the exchange rates cannot be read.
    pub fn scan_params(&self, params: ScanParams, session: &Session) -> anyhow::Result<ScanParams> {
        let exchange = self.exchange_rates.as_ref().map(|path| exchange_of_log(path, &params, session)).transpose()?;
        let memory = self.memory.map(|Bytes(bytes)| bytes);
        Ok(ScanParams { policies: self.policies(), exchange, memory, ..params })
    }

    fn policies(&self) -> Policies {
        Policies { refunds: self.refunds, ..self.rows.policies() }
    }

    /// Whether negative amounts are summed on their own.
    pub fn separate_refunds(&self) -> bool {
        self.refunds == Refunds::Separate
    }

    /// The settings of reading a table that is no log, in which policies decide about nothing but ids.
    ///
    /// # Errors
    /// Where another policy is asked for.
    pub fn params_of_table(&self, params: ScanParams, file: &str) -> anyhow::Result<ScanParams> {
        if self.exchange_rates.is_some() {
            return Err(Error::usage(
                "`--exchange-rates` is for logs: a table of customers is in one currency already",
            )
            .at(Location::file(file))
            .hint("give it to the command that reads the log")
            .into());
        }
        params_of_table(&self.policies(), params, file)
    }
}

/// The rates of a file into the currency of the run.
///
/// # Errors
/// Where the file cannot be read or used.
pub fn exchange_of_log(path: &std::path::Path, params: &ScanParams, session: &Session) -> anyhow::Result<Exchange> {
    // The settings of the run are those of the log.
    let (_, table) = load::table(path, &ScanParams::default(), session)?;
    let rates = exchange::rates_of_table(&table, &ColumnMap::default())?;
    Ok(Exchange::of_all(&params.currency, &rates)?)
}

fn params_of_table(policies: &Policies, params: ScanParams, file: &str) -> anyhow::Result<ScanParams> {
    let of_ids = policies.of_ids();
    if *policies == of_ids {
        return Ok(ScanParams { policies: of_ids, ..params });
    }
    Err(Error::usage("policies decide about rows of a log, and this is a table of customers or contracts")
        .at(Location::file(file))
        .hint("leave `--exclude`, `--unique`, `--refunds` and `--zero-amounts` out, or give them to the command that reads the log")
        .into())
}
