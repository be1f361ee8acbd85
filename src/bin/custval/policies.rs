//! What a business decides about the rows of a log: which are left out, which are one, and in which currency they count.

use std::path::{Path, PathBuf};

use custval::exchange::{self, DatedRate, Exchange};
use custval::scan::{Exclusion, Policies, Refunds, ScanParams, ZeroAmounts};
use custval::wording::{counted, verb};

use crate::load;
use crate::options::{Bytes, FormatOptions, parsed};
use crate::session::Session;

/// Which rows are left out.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Policies")]
pub struct ExcludeOptions {
    /// Leave rows out by a column, as in `--exclude 'status=canceled*'`: `*` is any text, `?` one character; may be repeated,
    /// and adds to what a preset leaves out
    #[arg(long, value_name = "COLUMN=PATTERN", value_parser = parsed::<Exclusion>)]
    exclude: Vec<Exclusion>,
}

impl ExcludeOptions {
    /// The settings of reading without these rows.
    pub fn params(&self, params: ScanParams) -> ScanParams {
        let policies = Policies { exclude: self.exclude.clone(), ..params.policies };
        ScanParams { policies, ..params }
    }
}

/// Which rows of a log count.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Policies")]
pub struct RowPolicyOptions {
    #[command(flatten)]
    exclude: ExcludeOptions,
    /// Columns that tell one row from every other: equal rows of one key are merged, unequal ones refused
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', value_parser = column_name)]
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
    /// The settings of reading a log by these policies.
    pub fn params_of_log(&self, params: ScanParams) -> ScanParams {
        let params = self.exclude.params(params);
        let policies = Policies { unique: self.unique.clone(), zero_amounts: self.zero_amounts, ..params.policies };
        ScanParams { policies, ..params }
    }

    /// The settings of reading a table of contracts by these policies, of which only exclusions decide about it.
    pub fn params_of_contracts(&self, params: ScanParams) -> ScanParams {
        self.exclude.params(params)
    }
}

impl PolicyOptions {
    /// The settings of reading a log by these policies.
    ///
    /// # Errors
    /// Where the exchange rates cannot be read.
    pub fn params_of_log(
        &self,
        params: ScanParams,
        format: &FormatOptions,
        session: &Session,
    ) -> anyhow::Result<ScanParams> {
        let exchange = self.exchange_rates.as_ref();
        let exchange = exchange.map(|path| exchange_of_log(path, format, &params, session)).transpose()?;
        let memory = self.memory.map(|Bytes(bytes)| bytes);
        let params = self.rows.params_of_log(params);
        Ok(ScanParams { policies: Policies { refunds: self.refunds, ..params.policies }, exchange, memory, ..params })
    }

    /// Whether negative amounts are summed on their own.
    pub fn separate_refunds(&self) -> bool {
        self.refunds == Refunds::Separate
    }
}

/// The name of a column, which is not empty.
fn column_name(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("the name of the column is empty".into()) } else { Ok(text.into()) }
}

/// The rates of a file into the currency of the run.
///
/// # Errors
/// Where the file cannot be read or used.
pub fn exchange_of_log(
    path: &Path,
    format: &FormatOptions,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Exchange> {
    Ok(Exchange::of_all(&params.currency, &rates_of(path, format, session)?)?)
}

/// The rates of a file; rows without one are counted and said.
///
/// # Errors
/// As [`exchange_of_log`].
pub fn rates_of(path: &Path, format: &FormatOptions, session: &Session) -> anyhow::Result<Vec<DatedRate>> {
    let params = format.params_of_rates()?;
    let table = load::table(path, &params, session)?;
    let rates = exchange::rates_of_table(&table, &params.columns)?;
    let without = (table.len() - rates.len()) as u64;
    if without > 0 {
        let (rows, have) = (counted(without, "row"), verb(without, "has", "have"));
        session.messages.note(&format!("{rows} of {} {have} no rate: the one before goes on", table.header().file()));
    }
    Ok(rates)
}
