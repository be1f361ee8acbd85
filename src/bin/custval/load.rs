//! From files to a customer summary: scanned from a log, or read from the table that `custval summary`
//! made, told apart by their columns. What was read, used and set aside is said and kept.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Context;
use custval::columns::{AGE, FREQUENCY, Header, RECENCY};
use custval::scan::{
    self, BadRows, InCurrency, Inputs, Keep, MergedIds, Reason, Receipt, Rejects, ScanParams, SetAside, TextTable,
    Texts,
};
use custval::summary::state::State;
use custval::summary::{self, CustomerSummary, SummaryParams};
use custval::tables::unique_customers;
use custval::wording::{counted, grouped, grouped_text};
use custval::{Error, Location};
use serde_json::{Value, json};

use crate::options::{InputOptions, WindowOptions};
use crate::output::whole::{NewFile, NewFolder};
use crate::policies::PolicyOptions;
use crate::session::Session;

/// The settings of a scan, checked, and the folder that rejects go to.
pub struct Reading {
    /// How files are read.
    pub params: ScanParams,
    rejects: Option<NewFolder>,
}

impl InputOptions {
    /// Checks the options and opens the folder for rejects.
    ///
    /// # Errors
    /// Columns that do not exist, a bound that is none, a folder that is not empty.
    pub fn open(&self, overwrite: bool) -> anyhow::Result<Reading> {
        let rejects = self.rejects.as_deref().map(|path| NewFolder::create(path, overwrite)).transpose()?;
        let bad_rows = match rejects {
            Some(_) => BadRows::SetAside { at_most: self.max_rejects },
            None => BadRows::Refuse,
        };
        let params = ScanParams { no_customer: self.no_customer, bad_rows, ..self.table.params()? };
        Ok(Reading { params, rejects })
    }
}

impl Reading {
    /// Puts the rows that were set aside into their folder.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn put_aside(self, rejects: &Rejects) -> anyhow::Result<()> {
        if let Some(folder) = self.rejects {
            rejects.write(folder.inside()).context("writing the rejects")?;
            folder.commit()?;
        }
        Ok(())
    }

    /// Puts the rows that were set aside of several logs into one folder each.
    ///
    /// # Errors
    /// Where a folder cannot be written.
    pub fn put_aside_each(self, rejects: &BTreeMap<&'static str, Rejects>) -> anyhow::Result<()> {
        if let Some(folder) = self.rejects {
            for (name, rejects) in rejects.iter().filter(|(_, rejects)| !rejects.is_empty()) {
                rejects.write(&folder.inside().join(name)).context("writing the rejects")?;
            }
            folder.commit()?;
        }
        Ok(())
    }
}

/// A summary and where it comes from.
pub struct Purchases {
    /// One row a customer.
    pub summary: CustomerSummary,
    /// How other files of the run are read.
    pub params: ScanParams,
    /// The files as the receipt lists them.
    pub inputs: Value,
    /// What became of every row and every amount.
    pub figures: Value,
}

/// Reads the files of a log, or the one table of a summary.
///
/// # Errors
/// What cannot be read or used, and settings that contradict a table's own.
pub fn purchases(
    files: &[String],
    input: &InputOptions,
    policies: &PolicyOptions,
    window: &WindowOptions,
    overwrite: bool,
    digests: bool,
    session: &Session,
) -> anyhow::Result<Purchases> {
    let reading = input.open(overwrite)?;
    let inputs = Inputs::open(files)?;
    let headers = scan::headers(&inputs, &reading.params)?;
    if headers.iter().any(|header| is_summary(header, &reading.params)) {
        let params = policies.params_of_table(reading.params.clone(), headers[0].file())?;
        return table_of(&inputs, &headers, &params, window, digests, session);
    }
    let params = policies.scan_params(reading.params.clone(), session)?;
    let scanned = summary::summarize(&inputs, &params, &observed(window, policies)?, &session.bar)?;
    session.messages.note(&receipt_text(&scanned.receipt));
    reading.put_aside(&scanned.rejects)?;
    Ok(Purchases {
        summary: scanned.output,
        inputs: listed(&inputs, digests)?,
        figures: serde_json::to_value(&scanned.receipt)?,
        params,
    })
}

/// What of a log is summarised.
fn observed(window: &WindowOptions, policies: &PolicyOptions) -> custval::Result<SummaryParams> {
    let mut observed =
        SummaryParams::new(window.time_unit.unwrap_or_default()).separate_refunds(policies.separate_refunds());
    if let Some(day) = window.as_of {
        observed = observed.as_of(day)?;
    }
    if let Some(day) = window.calibration_end {
        observed = observed.calibration_end(day)?;
    }
    Ok(observed)
}

/// Reads the files of a log, if there are any, onto a state, and returns the new state beside its place.
///
/// # Errors
/// What cannot be read or used, and what does not fit the state.
pub fn purchases_onto(
    state: &Path,
    files: &[String],
    input: &InputOptions,
    policies: &PolicyOptions,
    window: &WindowOptions,
    (overwrite, digests): (bool, bool),
    session: &Session,
) -> anyhow::Result<(Purchases, Option<NewFile>)> {
    let kept = State::open(state)?;
    let before = kept.known().cloned();
    if files.is_empty() && before.is_none() {
        return Err(Error::usage("there is no such state, and no log to begin one with")
            .at(Location::file(state.display().to_string()))
            .hint("name the logs that it is to hold: `custval summary --state STATE LOG...`")
            .into());
    }
    let reading = input.open(overwrite)?;
    let inputs = if files.is_empty() { Inputs::none() } else { Inputs::open(files)? };
    if let Some(header) =
        scan::headers(&inputs, &reading.params)?.iter().find(|header| is_summary(header, &reading.params))
    {
        return Err(Error::usage("a state is made of logs, and this is a table of customers")
            .at(Location::file(header.file()))
            .hint("name the log that it was made from")
            .into());
    }
    let params = policies.scan_params(reading.params.clone(), session)?;
    let added = kept.add(&inputs, &params, &observed(window, policies)?, &session.bar, NewFile::create(state)?)?;
    if State::open(state)?.known() != before.as_ref() {
        return Err(Error::data("was changed by another run meanwhile")
            .at(Location::file(state.display().to_string()))
            .hint("run this again: nothing has been added")
            .into());
    }
    let (scanned, known) = (added.scanned, added.known);
    if !files.is_empty() {
        session.messages.note(&receipt_text(&scanned.receipt));
    }
    let (days, customers) = (counted(known.customer_days, "customer-day"), counted(known.customers, "customer"));
    let of = counted(known.files.len() as u64, "file");
    let span = known.first_date.zip(known.last_date).map(|(first, last)| format!(", {first} to {last}"));
    session.messages.note(&format!(
        "the state {} has {days} of {customers} from {of}{}",
        state.display(),
        span.unwrap_or_default()
    ));
    reading.put_aside(&scanned.rejects)?;
    let figures = json!({ "log": scanned.receipt, "state": known });
    let purchases = Purchases { summary: scanned.output, inputs: listed(&inputs, digests)?, figures, params };
    // A state that nothing was added to stays as it is.
    Ok((purchases, (!files.is_empty()).then_some(added.out)))
}

fn is_summary(header: &Header, params: &ScanParams) -> bool {
    [FREQUENCY, RECENCY, AGE].iter().all(|column| matches!(header.find(*column, &params.columns), Ok(Some(_))))
}

fn table_of(
    inputs: &Inputs,
    headers: &[Header],
    params: &ScanParams,
    window: &WindowOptions,
    digests: bool,
    session: &Session,
) -> anyhow::Result<Purchases> {
    let [source] = inputs.sources() else {
        return Err(Error::usage("a customer summary is one file")
            .at(Location::file(headers[0].file()))
            .hint("summarise the logs together: `custval summary LOG...`")
            .into());
    };
    if window.as_of.is_some() || window.calibration_end.is_some() {
        return Err(Error::usage("a summary has its observation end already")
            .at(Location::file(source.name()))
            .hint("give `--as-of` and `--calibration-end` to `custval summary`, which reads the log")
            .into());
    }
    let table = scan::read_table(source, params, &session.bar)?;
    say_folded(&table, session);
    let summary = CustomerSummary::from_table(&table, &params.columns, &params.currency, window.time_unit)?;
    session.messages.note(&format!("read {} of {}", counted(table.len() as u64, "customer"), source.name()));
    Ok(Purchases {
        summary,
        inputs: listed(inputs, digests)?,
        figures: json!({ "customers": table.len() }),
        params: params.clone(),
    })
}

/// The files of a run for its receipt: names and sizes, and digests where asked for.
///
/// # Errors
/// Where a file cannot be read again.
pub fn listed(inputs: &Inputs, digests: bool) -> anyhow::Result<Value> {
    let files = inputs.sources().iter().map(|source| {
        let digest = digests.then(|| source.digest()).transpose()?;
        Ok(json!({ "file": source.name(), "bytes": source.bytes(), "blake3": digest }))
    });
    Ok(Value::Array(files.collect::<custval::Result<_>>()?))
}

/// Lists the files of another input behind those listed already.
///
/// # Errors
/// As [`listed`].
pub fn add_listed(files: &mut Value, inputs: &Inputs, digests: bool) -> anyhow::Result<()> {
    if let (Value::Array(files), Value::Array(more)) = (files, listed(inputs, digests)?) {
        files.extend(more);
    }
    Ok(())
}

/// The receipt for people.
pub fn receipt_text(receipt: &Receipt) -> String {
    let money = |amount: Option<i128>| {
        amount.map(|amount| format!(" ({})", grouped_text(&receipt.currency.format(amount)))).unwrap_or_default()
    };
    let files = match receipt.files.as_slice() {
        [one] => one.read_as.file.clone(),
        several => format!("{} files", several.len()),
    };
    let mut text = format!("read {}{} of {files}", counted(receipt.rows, "row"), money(receipt.amount));
    for file in receipt.files.iter().filter(|file| !file.read_as.is_plain()) {
        let of = if receipt.files.len() == 1 { String::new() } else { format!(" {}", file.read_as.file) };
        text += &format!("\nread{of} as {}", file.read_as);
    }
    text += &format!("\nused {}", counted(receipt.rows_used, "row"));
    let merged: Vec<String> = [(receipt.rows_merged, "of the same day"), (receipt.rows_same_key, "of the same key")]
        .into_iter()
        .filter(|(rows, _)| *rows > 0)
        .map(|(rows, of)| format!("{} {of}", grouped(rows)))
        .collect();
    if !merged.is_empty() {
        text += &format!(" and merged {}", merged.join(" and "));
    }
    text += &money(receipt.amount_used);
    let aside = receipt.rows_set_aside();
    if aside > 0 {
        let amount = receipt.amount.map(|_| receipt.set_aside.iter().filter_map(|entry| entry.amount).sum());
        text += &format!(", set aside {}{}", counted(aside, "row"), money(amount));
    } else {
        text += ", set aside none";
    }
    for aside in &receipt.set_aside {
        let amount = aside.amount.filter(|amount| *amount != 0);
        text += &format!("\n  {}: {}{}{}", aside.reason, counted(aside.rows, "row"), money(amount), unread(aside));
    }
    if receipt.rows_same_key > 0 {
        let rows = counted(receipt.rows_same_key, "row");
        text += &format!("\n{rows} repeated another of the same key{}", money(receipt.amount_same_key));
    }
    if let Some(MergedIds { spellings, customers }) = receipt.merged_ids {
        text += &format!("\n{} of ids became {}", counted(spellings, "spelling"), counted(customers, "customer"));
    }
    for InCurrency { currency, rows, original, amount } in &receipt.currencies {
        let rows = counted(*rows, "row");
        text += &format!("\nin {currency}: {rows} ({})", grouped_text(&currency.format(*original)));
        if *currency != receipt.currency {
            text += &format!(", converted to {} {}", receipt.currency, grouped_text(&receipt.currency.format(*amount)));
        }
    }
    text
}

/// How many amounts of rows that were set aside are in no sum; nothing where the reason says so itself.
fn unread(aside: &SetAside) -> String {
    let says_so = Reason::ALL.iter().any(|reason| reason.name() == aside.reason);
    match (aside.amounts_unread, aside.rows) {
        (0, _) => String::new(),
        (unread, rows) if unread == rows && says_so => String::new(),
        (unread, rows) if unread == rows => ", no amount of which can be read".into(),
        (1, _) => ", one amount of which cannot be read".into(),
        (unread, _) => format!(", {} amounts of which cannot be read", grouped(unread)),
    }
}

/// Reads one table of customers: a file, or the table of customers in a run of `custval allocate`.
///
/// # Errors
/// Where the file cannot be opened or read as a table.
pub fn table(file: &Path, params: &ScanParams, session: &Session) -> anyhow::Result<(Inputs, TextTable)> {
    table_of_columns(file, params, session, |header| Ok(vec![Keep::Texts; header.names().len()]))
}

/// Reads only what is wanted of such a table.
///
/// # Errors
/// As [`table`], and where the columns wanted are not there.
pub fn table_of_columns(
    file: &Path,
    params: &ScanParams,
    session: &Session,
    wanted: impl Fn(&Header) -> custval::Result<Vec<Keep>>,
) -> anyhow::Result<(Inputs, TextTable)> {
    let of_run = ["customers.csv", "customers.tsv"].map(|name| file.join(name));
    let file = of_run.iter().find(|of_run| of_run.is_file()).map_or(file, PathBuf::as_path);
    let inputs = Inputs::open([file.to_string_lossy()])?;
    let table = match inputs.sources() {
        [source] => scan::read_columns(source, params, &session.bar, wanted)?,
        _ => {
            return Err(Error::usage(format!("`{}` names several files", file.display()))
                .hint("a table of customers is one file")
                .into());
        }
    };
    say_folded(&table, session);
    Ok((inputs, table))
}

/// Says how many ids of a table are others than those that are written.
fn say_folded(table: &TextTable, session: &Session) {
    let Some(folded) = table.folded_ids() else { return };
    let file = table.header().file();
    session.folded(file, folded);
    if folded.rows > 0 {
        let merged = match folded.merged {
            MergedIds { spellings: 0, .. } => String::new(),
            MergedIds { spellings, customers } => {
                format!(", and {} became {}", counted(spellings, "spelling"), counted(customers, "customer"))
            }
        };
        let ids = counted(table.len() as u64, "id");
        session.messages.note(&format!("trimmed or folded {} of {ids} of {file}{merged}", grouped(folded.rows)));
    }
}

/// The row of each customer in another table of one row a customer; who is missing on either side is said.
///
/// # Errors
/// Where a customer stands there twice, or none of the customers is there at all.
pub fn rows_of(
    ids: &Texts,
    table: &TextTable,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Vec<Option<usize>>> {
    let file = table.header().file();
    let own = table.column(unique_customers(table, &params.columns)?);
    let places: HashMap<&[u8], usize> = own.iter().zip(0..).collect();
    let rows: Vec<Option<usize>> = ids.iter().map(|id| places.get(id).copied()).collect();
    let known = rows.iter().flatten().count();
    refuse_strangers(file, ids.len(), known)?;
    if known < ids.len() || known < own.len() {
        session.messages.note(&format!(
            "joined {file}: {} of {} are not in it; rows of others in it: {}",
            grouped((ids.len() - known) as u64),
            counted(ids.len() as u64, "customer"),
            grouped((own.len() - known) as u64),
        ));
    }
    Ok(rows)
}

/// Refuses a file that knows none of the customers.
///
/// # Errors
/// Where that is so.
pub fn refuse_strangers(file: &str, customers: usize, known: usize) -> custval::Result<()> {
    if known > 0 || customers == 0 {
        return Ok(());
    }
    Err(Error::data(format!("none of the {} is in it", counted(customers as u64, "customer")))
        .at(Location::file(file))
        .hint("check that both files name customers alike, or say the column with `--column customer_id=NAME`"))
}
