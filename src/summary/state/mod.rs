//! Customer-days kept between runs, so that yesterday's logs need not be read again.
//!
//! # Question
//! What is the summary of everything so far, given what was kept of it and what is new today?
//!
//! # Definition
//! A state is what each customer had on each day: the sum of amounts of zero or more, and the sum of negative ones. All
//! that a [`CustomerSummary`] says follows from that, so a state and today's logs give to the last bit what all logs
//! together give, whatever order they came in and however late a row is. It holds only rows that were used: what was
//! set aside is told by the receipt of its day, and can be added when it is mended.
//!
//! Who bought what on which day depends on policies (the case of ids, refunds, exclusions) and on the calendar and
//! currency, so the state holds those, and a run with others is refused; so is a file that is in it already, by the digest of its text.
//! Keys that rows must not share, and rates of exchange, would have to know rows that are gone: they are refused.
//!
//! # Shape
//! A Parquet file by the bytes of ids and by day: `customer_id`, `date`, `purchases` and `refunds` (both as they are, a
//! refund negative; empty where no row has one), with what it is in its metadata under `custval`, as JSON. Other programs
//! can read it. The metadata also have a digest of all that, under `custval.blake3`: a state that has changed since it was
//! written is refused.
//!
//! # Units
//! Amounts are in minor units of the currency, below 2^63 for a customer and day.

mod onto;
mod table;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};

use super::partitions::{Limits, Partitions};
use super::{CustomerSummary, SummaryParams};
use crate::money::Currency;
use crate::progress::Progress;
use crate::scan::{Inputs, Receipt, ScanParams, Scanned, Wanted, damaged, scan_shared};
use crate::time::Day;
use crate::{Error, Location, Problem, Result};
use onto::{Job, Onto};
use table::{Reader, Writer};

/// The form of state files that this version writes and reads.
const FORMAT_VERSION: u32 = 1;

/// What was kept of logs, opened: of none where there is no such file yet.
pub struct State {
    name: String,
    known: Option<Known>,
    reader: Option<Reader>,
}

/// What a state says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    format_version: u32,
    custval_version: String,
    /// How the rows in it were counted.
    policies: Policies,
    /// What stood beside its amounts, or in a column for it, as their currency.
    #[serde(default)]
    currencies: Vec<String>,
    /// The files in it.
    pub files: Vec<TakenIn>,
    /// How many customers there are.
    pub customers: u64,
    /// How many days of customers there are.
    pub customer_days: u64,
    /// The first day.
    pub first_date: Option<Day>,
    /// The last day.
    pub last_date: Option<Day>,
}

/// A file that is in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenIn {
    /// Its name when it was read.
    pub file: String,
    /// The digest of its text, whether or not it was compressed.
    pub blake3: String,
}

/// What decides how rows are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Policies {
    currency: Currency,
    tz: Option<String>,
    id_case: String,
    id_trim: bool,
    refunds: String,
    zero_amounts: String,
    exclude: Vec<String>,
}

impl Policies {
    fn of(params: &ScanParams) -> Self {
        let policies = &params.policies;
        Self {
            currency: params.currency.clone(),
            tz: params.pinned.zone.as_ref().map(|zone| zone.name().to_owned()),
            id_case: policies.id_case.to_string(),
            id_trim: policies.id_trim,
            refunds: policies.refunds.to_string(),
            zero_amounts: policies.zero_amounts.to_string(),
            exclude: policies.exclude.iter().map(ToString::to_string).collect(),
        }
    }

    /// Each setting with its value, as the command line has them.
    fn settings(&self) -> [(&'static str, String); 7] {
        let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
        [
            ("--currency", or_none(self.currency.code().unwrap_or_default())),
            ("--tz", or_none(self.tz.as_deref().unwrap_or_default())),
            ("--id-case", or_none(&self.id_case)),
            ("--id-trim", or_none(if self.id_trim { "true" } else { "" })),
            ("--refunds", or_none(&self.refunds)),
            ("--zero-amounts", or_none(&self.zero_amounts)),
            ("--exclude", or_none(&self.exclude.join(", "))),
        ]
    }
}

/// A summary of a state and what was added to it.
#[derive(Debug)]
pub struct Added<W> {
    /// The summary of everything; the receipt is that of what was added.
    pub scanned: Scanned<CustomerSummary>,
    /// Where the new state was written, whole.
    pub out: W,
    /// What the new state says of itself.
    pub known: Known,
}

impl State {
    /// Opens what was kept under a path; where nothing is there, nothing has been kept yet.
    ///
    /// # Errors
    /// `Io` where it cannot be read, `Data` where it is no state, or one of another version.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { name, known: None, reader: None });
            }
            Err(error) => return Err(Error::io("cannot be opened", name, error)),
        };
        let none = |message: &str| {
            Error::data(message)
                .at(Location::file(&name))
                .hint("name a file that `--state` made, or one that does not exist yet")
        };
        let begins_as_one = begins_as_parquet(&file).map_err(|error| Error::io("cannot be read", &name, error))?;
        let reader = Reader::new(file).map_err(|problem| match begins_as_one {
            true => unread(&name, problem),
            false => none("is no state").caused_by(problem),
        })?;
        // What it says of itself counts only if it is what was written.
        let verified = || reader.verify().map_err(|problem| unread(&name, problem));
        let Some(known) = reader.known() else {
            return Err(match reader.is_ours() {
                true => unread(&name, damaged("it does not say what it is")),
                false => none("is no state, but another Parquet file"),
            });
        };
        let version = serde_json::from_str::<serde_json::Value>(known)
            .ok()
            .and_then(|known| known.get("format_version").and_then(serde_json::Value::as_u64));
        if version != Some(FORMAT_VERSION.into()) {
            verified()?;
            return Err(none("is a state of another version of custval")
                .hint("read the logs anew into another state, or use the version that made it"));
        }
        let known: Known =
            serde_json::from_str(known).map_err(|problem| unread(&name, damaged(&problem.to_string())))?;
        Ok(Self { name, known: Some(known), reader: Some(reader) })
    }

    /// What the state says of itself; nothing where nothing has been kept yet.
    pub fn known(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// The summary of what was kept and of the logs given, and both together as a new state, which is written to `out`.
    ///
    /// # Errors
    /// As [`summarize`](super::summarize), and where the run differs from the state in its policies, a file is in the state
    /// already, a sum is too large, or the state cannot be read or written.
    pub fn add<W: Write + Send>(
        self,
        inputs: &Inputs,
        scan_params: &ScanParams,
        params: &SummaryParams,
        progress: &dyn Progress,
        out: W,
    ) -> Result<Added<W>> {
        // Before anything that it says is believed.
        if let Some(reader) = &self.reader {
            reader.verify().map_err(|problem| unread(&self.name, problem))?;
        }
        let mut scan_params = scan_params.clone();
        self.settle(&mut scan_params)?;
        scan_params.written_before = self.known.as_ref().map(|known| known.currencies.clone()).unwrap_or_default();
        let files = self.digests(inputs)?;
        let Self { name, known, mut reader } = self;
        if let (Some(reader), Some(known)) = (&mut reader, &known) {
            reader.expect(known.customers, known.customer_days);
        }
        let writer = Writer::new(out, scan_params.currency.decimals()).map_err(|problem| unwritten(&name, problem))?;
        let days = known.as_ref().and_then(|known| known.first_date.zip(known.last_date));
        let job = Mutex::new(Some(Job { name: name.clone(), reader, writer, days, customers: 0 }));
        let mut scanned = scan_shared(inputs, &Wanted::transactions(), &scan_params, progress, || {
            let partitions =
                Partitions::new(Limits::within(scan_params.memory), || onto::Today::new(params.as_of_day()));
            let (job, currency) = (&job, &scan_params.currency);
            move || Onto::new(job, params, currency.clone(), partitions.share())
        })?;
        scanned.output.currency = scanned.receipt.currency.clone();
        let job = job.into_inner().unwrap_or_else(PoisonError::into_inner).ok_or_else(|| lost(&name))?;
        scan_params.currency = scanned.receipt.currency.clone();
        let mut currencies = scanned.receipt.written_currencies.clone();
        currencies.append(&mut scan_params.written_before);
        currencies.sort_unstable();
        currencies.dedup();
        let mut all = known.map_or_else(Vec::new, |known| known.files);
        all.extend(with_rows(files, &scanned.receipt)?);
        let known = Known {
            format_version: FORMAT_VERSION,
            custval_version: env!("CARGO_PKG_VERSION").to_owned(),
            policies: Policies::of(&scan_params),
            currencies,
            files: all,
            customers: job.customers,
            customer_days: job.writer.rows(),
            first_date: job.days.map(|(first, _)| first),
            last_date: job.days.map(|(_, last)| last),
        };
        let text = serde_json::to_string(&known).map_err(|problem| lost(&name).caused_by(problem))?;
        let out = job.writer.finish(text).map_err(|problem| unwritten(&name, problem))?;
        Ok(Added { scanned, out, known })
    }

    /// Takes the currency of the state over where none is said, and refuses settings that differ from its own.
    fn settle(&self, params: &mut ScanParams) -> Result<()> {
        let refused = |option: &str, why: &str, hint: &str| {
            Err(Error::usage(format!("`{option}` cannot be kept in a state: {why}")).hint(hint))
        };
        if !params.policies.unique.is_empty() {
            let hint = "leave it out, and see to it that no row is in two files";
            return refused("--unique", "a row of today may repeat one that was read long ago", hint);
        }
        if params.exchange.is_some() {
            let hint = "keep a state per currency";
            return refused("--exchange-rates", "rates that change would change what was added before", hint);
        }
        let Some(known) = &self.known else { return Ok(()) };
        if params.currency.code().is_none() && params.currency.decimals() == known.policies.currency.decimals() {
            params.currency = known.policies.currency.clone();
        }
        let run = Policies::of(params);
        let mut kept = known.policies.clone();
        if kept.currency.code().is_none() && kept.currency.decimals() == run.currency.decimals() {
            kept.currency = run.currency.clone();
        }
        if kept == run {
            return Ok(());
        }
        let differs = |((option, kept), (_, run)): ((&'static str, String), (&'static str, String))| {
            (kept != run).then(|| Problem {
                location: Location::file(&self.name),
                message: format!("`{option}` was {kept} and is {run} now"),
            })
        };
        let problems = kept.settings().into_iter().zip(run.settings()).filter_map(differs).collect();
        Err(Error::usage("the state was made with other settings")
            .problems(problems)
            .hint("give the same, or begin another state: one that holds both would be neither"))
    }

    /// The files to read, with their digests; none may be there already.
    fn digests(&self, inputs: &Inputs) -> Result<Vec<TakenIn>> {
        let mut files = Vec::new();
        let kept = self.known.as_ref().map_or(&[][..], |known| &known.files);
        for source in inputs.sources() {
            let blake3 = source.text_digest()?;
            if let Some(before) = kept.iter().find(|before| before.blake3 == blake3) {
                return Err(Error::data(format!("is in the state `{}` already, read as `{}`", self.name, before.file))
                    .at(Location::file(source.name()))
                    .hint("leave it out: its rows would count double"));
            }
            files.push(TakenIn { file: source.name().to_owned(), blake3 });
        }
        Ok(files)
    }
}

/// The files that have rows: those without any are the same on every day without a sale. Rows of one content twice would count
/// double.
fn with_rows(files: Vec<TakenIn>, receipt: &Receipt) -> Result<Vec<TakenIn>> {
    let rows = receipt.files.iter().map(|file| file.rows);
    let files: Vec<TakenIn> =
        files.into_iter().zip(rows).filter_map(|(file, rows)| (rows > 0).then_some(file)).collect();
    for (place, file) in files.iter().enumerate() {
        if let Some(other) = files[..place].iter().find(|other| other.blake3 == file.blake3) {
            return Err(Error::data(format!("has the same content as `{}`", other.file))
                .at(Location::file(&file.file))
                .hint("leave one of them out: its rows would count double"));
        }
    }
    Ok(files)
}

/// Whether a file begins as a state does.
fn begins_as_parquet(mut file: &File) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.take(4).read_to_end(&mut begin)?;
    file.rewind()?;
    Ok(begin == b"PAR1")
}

fn unread(name: &str, problem: ParquetError) -> Error {
    Error::data("is a damaged state")
        .at(Location::file(name))
        .caused_by(problem)
        .hint("restore it from a copy, or read the logs anew into another state")
}

fn unwritten(name: &str, problem: ParquetError) -> Error {
    let problem = match problem {
        ParquetError::External(cause) => cause.downcast().map_or_else(io::Error::other, |cause| *cause),
        problem => io::Error::other(problem),
    };
    Error::io("cannot be written", name, problem)
}

fn out_of_order() -> ParquetError {
    damaged("its rows are not in the order of ids and days")
}

/// What cannot happen: that a scan which ended well has not finished its reduction.
fn lost(name: &str) -> Error {
    Error::io("cannot be written", name, io::Error::other("the state was not made"))
}
