//! From files to a customer summary: scanned from a log, or read from the table that `custval summary`
//! made, told apart by their columns. What was read, used and set aside is said and kept.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use custval::columns::{AGE, FREQUENCY, Header, RECENCY, RESIDUAL_CLV, list};
use custval::scan::{
    self, BadRows, Exclusion, FoldedIds, InCurrency, Inputs, Keep, MergedIds, Policies, Reason, Receipt, Rejects,
    ScanParams, SetAside, Source, TextTable, Texts,
};
use custval::summary::state::State;
use custval::summary::{self, CustomerSummary, SummaryParams};
use custval::tables::unique_customers;
use custval::wording::{counted, grouped, grouped_text, verb};
use custval::{Error, Location};
use serde_json::{Value, json};

use crate::options::{InputOptions, WindowOptions};
use crate::output::OutputOptions;
use crate::output::whole::{Claim, NewFile, changed_meanwhile};
use crate::policies::PolicyOptions;
use crate::session::Session;

/// A summary and where it comes from.
pub struct Purchases {
    /// One row a customer.
    pub summary: CustomerSummary,
    /// How many rows were read.
    rows: u64,
    /// How other files of the run are read.
    pub params: ScanParams,
    /// The files as the receipt lists them.
    /// What became of every row and every amount.
    pub figures: Value,
}

/// A state and what was added to it.
pub struct NewState {
    /// The state beside its place; none where nothing was added.
    pub out: Option<NewFile>,
    /// What to say of it when it is in its place.
    pub said: String,
}

impl Purchases {
    /// That there is anybody to speak of.
    ///
    /// # Errors
    /// Where there is nobody.
    pub fn have_customers(&self, files: &[String]) -> custval::Result<()> {
        if self.summary.is_empty() { Err(nobody_bought(files, self.rows)) } else { Ok(()) }
    }
}

/// That files of so many rows have no customer with a purchase.
pub fn nobody_bought<F: AsRef<str>>(files: &[F], rows: u64) -> Error {
    let error = match rows {
        0 => Error::data("there is a header and no row").hint("export it again: there is nobody to speak of"),
        _ => Error::data("nobody bought anything in the time observed, so there are no customers").hint(
            "an amount below zero is a refund and no purchase; the receipt says which rows were left out or set aside",
        ),
    };
    match files {
        [file] => error.at(Location::file(file.as_ref())),
        _ => error,
    }
}

/// Refuses a log of which every row was set aside: the answer about nobody would look like one.
fn some_row_is_left(receipt: &Receipt, rejects: &Rejects, files: &[String]) -> custval::Result<()> {
    let rows = rejects.len() as u64;
    if rows == 0 || rows < receipt.rows {
        return Ok(());
    }
    let error = Error::data(format!("no row is left: {} cannot be used", counted(rows, "row")))
        .hint("leave `--rejects DIR` out to see what is wrong with them");
    Err(match files {
        [file] => error.at(Location::file(file)),
        _ => error,
    })
}

/// How the log of a command is read, and what of it counts.
#[derive(Debug, Clone, clap::Args)]
pub struct LogOptions {
    #[command(flatten)]
    pub window: WindowOptions,
    #[command(flatten)]
    pub input: InputOptions,
    #[command(flatten)]
    pub policies: PolicyOptions,
}

impl LogOptions {
    /// Reads the files of a log, or the one table of a summary.
    ///
    /// # Errors
    /// What cannot be read or used, and settings that contradict a table's own.
    pub fn purchases(&self, files: &[String], output: &OutputOptions, session: &Session) -> anyhow::Result<Purchases> {
        let Self { input, policies, window } = self;
        let params = input.open(output, session)?;
        let inputs = session.open(files)?;
        let headers = scan::headers(&inputs, &params)?;
        if headers.iter().any(|header| is_summary(header, &params)) {
            session.refuse_flags(
                &["exclude", "unique", "refunds", "zero-amounts"],
                headers[0].file(),
                "decides about rows of a log, and this is a table of customers",
                "leave it out, or give it to the command that reads the log",
            )?;
            session.refuse_flags(
                &["exchange-rates"],
                headers[0].file(),
                "is for logs: a table of customers is in one currency already",
                "give it to the command that reads the log",
            )?;
            session.refuse_flags(
                &["no-customer", "memory"],
                headers[0].file(),
                "is about reading a log, and this is a table of customers",
                "leave it out, or give it to the command that reads the log",
            )?;
            return table_of(&inputs, &headers, &params, window, session);
        }
        let params = policies.params_of_log(params, &input.table.format, session)?;
        note_idle_exclusions(&headers, &params, session);
        let scanned = summary::summarize(&inputs, &params, &self.observed()?, &session.bar)?;
        session.messages.note(&receipt_text(&scanned.receipt));
        some_row_is_left(&scanned.receipt, &scanned.rejects, files)?;
        session.put_aside("", &scanned.rejects);
        let rows = scanned.receipt.rows;
        Ok(Purchases { summary: scanned.output, rows, figures: serde_json::to_value(&scanned.receipt)?, params })
    }

    /// Reads the files of a log, if there are any, onto a state, and returns the new state beside its place where there is one.
    ///
    /// # Errors
    /// What cannot be read or used, and what does not fit the state.
    pub fn purchases_onto(
        &self,
        files: &[String],
        state: &Path,
        output: &OutputOptions,
        session: &Session,
    ) -> anyhow::Result<(Purchases, NewState)> {
        let Self { input, policies, .. } = self;
        if state == Path::new("-") {
            return Err(Error::usage("`--state` is a file of its own, and `-` is standard input")
                .hint("name the file that keeps what was read, as in `--state orders.state.parquet`")
                .into());
        }
        // Two runs that add to one state do so one after the other: else the second would forget what the first has added.
        let claim = (!files.is_empty())
            .then(|| {
                let wait = || format!("waiting for another run to be done with the state {}", state.display());
                Claim::of(state, || session.messages.note(&wait()))
            })
            .transpose()?;
        let kept = State::open(state)?;
        let before = kept.known().cloned();
        if files.is_empty() && before.is_none() {
            return Err(Error::usage("there is no such state, and no log to begin one with")
                .at(Location::file(state.display().to_string()))
                .hint("name the logs that it is to hold: `custval summary --state STATE LOG...`")
                .into());
        }
        let params = input.open(output, session)?;
        if before.is_some() {
            session.open([state.to_string_lossy()])?;
        }
        let inputs = if files.is_empty() { Inputs::none() } else { session.open(files)? };
        let headers = scan::headers(&inputs, &params)?;
        if let Some(header) = headers.iter().find(|header| is_summary(header, &params)) {
            return Err(Error::usage("a state is made of logs, and this is a table of customers")
                .at(Location::file(header.file()))
                .hint("name the log that it was made from")
                .into());
        }
        let params = policies.params_of_log(params, &input.table.format, session)?;
        note_idle_exclusions(&headers, &params, session);
        let observed = self.observed()?;
        // Where nothing is added, nothing is written.
        let (scanned, known, out) = match files {
            [] => {
                let seen = kept.add(&inputs, &params, &observed, &session.bar, io::sink())?;
                (seen.scanned, seen.known, None)
            }
            _ => {
                let out = match claim {
                    Some(claim) => NewFile::create_claimed(state, claim)?,
                    None => NewFile::create(state)?,
                };
                let added = kept.add(&inputs, &params, &observed, &session.bar, out)?;
                if State::open(state)?.known() != before.as_ref() {
                    return Err(changed_meanwhile(state).into());
                }
                session.messages.note(&receipt_text(&added.scanned.receipt));
                some_row_is_left(&added.scanned.receipt, &added.scanned.rejects, files)?;
                (added.scanned, added.known, Some(added.out))
            }
        };
        let (days, customers) = (counted(known.customer_days, "customer-day"), counted(known.customers, "customer"));
        let of = counted(known.files.len() as u64, "file");
        let span = known.first_date.zip(known.last_date).map(|(first, last)| format!(", {first} to {last}"));
        let said =
            format!("the state {} has {days} of {customers} from {of}{}", state.display(), span.unwrap_or_default());
        session.put_aside("", &scanned.rejects);
        let figures = json!({ "log": scanned.receipt, "state": known });
        let purchases = Purchases { summary: scanned.output, rows: scanned.receipt.rows, figures, params };
        Ok((purchases, NewState { out, said }))
    }

    /// What of a log is summarised.
    fn observed(&self) -> custval::Result<SummaryParams> {
        let mut observed = SummaryParams::new(self.window.unit().unwrap_or_default())
            .separate_refunds(self.policies.separate_refunds());
        if let Some(day) = self.window.as_of {
            observed = observed.as_of(day)?;
        }
        if let Some(day) = self.window.calibration_end {
            observed = observed.calibration_end(day)?;
        }
        Ok(observed)
    }
}

/// Says which exclusions of a preset leave nothing out, for want of their column.
fn note_idle_exclusions(headers: &[Header], params: &ScanParams, session: &Session) {
    let is_idle = |exclusion: &&Exclusion| {
        exclusion.if_there && !headers.iter().any(|header| exclusion.is_of(header, &params.columns))
    };
    let idle: Vec<&Exclusion> =
        params.policies.exclude.iter().filter(is_idle).filter(|_| !headers.is_empty()).collect();
    for of_column in idle.chunk_by(|one, other| one.column == other.column) {
        let exclusions: Vec<String> = of_column.iter().map(ToString::to_string).collect();
        let exclusions = list(&exclusions.iter().map(String::as_str).collect::<Vec<_>>());
        session.messages.note(&format!("nothing is left out by {exclusions}: there is no such column"));
    }
}

fn is_summary(header: &Header, params: &ScanParams) -> bool {
    [FREQUENCY, RECENCY, AGE].iter().all(|column| matches!(header.find(*column, &params.columns), Ok(Some(_))))
}

fn table_of(
    inputs: &Inputs,
    headers: &[Header],
    params: &ScanParams,
    window: &WindowOptions,
    session: &Session,
) -> anyhow::Result<Purchases> {
    let [source] = inputs.sources() else {
        return Err(Error::usage("a customer summary is one file")
            .at(Location::file(headers[0].file()))
            .hint("summarise the logs together: `custval summary LOG...`")
            .into());
    };
    if headers.iter().any(|header| matches!(header.find(RESIDUAL_CLV, &params.columns), Ok(Some(_)))) {
        return Err(Error::data("has lifetime values already, as `custval clv` writes them")
            .at(Location::file(source.name()))
            .hint("give the log or the summary that they were made of; `custval hook` takes the values themselves")
            .into());
    }
    if window.as_of.is_some() || window.calibration_end.is_some() {
        return Err(Error::usage("a summary has its observation end already")
            .at(Location::file(source.name()))
            .hint("give `--as-of` and `--calibration-end` to `custval summary`, which reads the log")
            .into());
    }
    let (table, summary) = scan::read_table_for(source, params, &session.bar, |table| {
        CustomerSummary::from_table(table, &params.columns, &params.currency, window.unit())
    })
    .map_err(Error::or_set_aside)?;
    let told = summary.time_unit;
    if let Some(asked) = window.time_unit.filter(|asked| *asked != told) {
        return Err(Error::usage(format!("its times are in units of a {told}, but a {asked} is asked for"))
            .at(Location::file(source.name()))
            .hint(format!("leave `--time-unit` out or say `--time-unit {told}`"))
            .into());
    }
    say_read(&table, session);
    session.messages.note(&format!("read {} of {}", counted(table.len() as u64, "customer"), source.name()));
    let rows = table.len() as u64;
    Ok(Purchases { summary, rows, figures: json!({ "customers": rows }), params: params.clone() })
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
    receipt.files.iter().filter_map(|file| file.read_as.header_text()).for_each(|said| text += &format!("\n{said}"));
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
    text += &merged_text(receipt);
    for InCurrency { currency, rows, original, amount } in &receipt.currencies {
        let rows = counted(*rows, "row");
        text += &format!("\nin {currency}: {rows} ({})", grouped_text(&currency.format(*original)));
        if *currency != receipt.currency {
            text += &format!(", converted to {} {}", receipt.currency, grouped_text(&receipt.currency.format(*amount)));
        }
    }
    text
}

/// A line on the spellings of ids that became customers; nothing where none did.
pub fn merged_text(receipt: &Receipt) -> String {
    match receipt.merged_ids {
        Some(MergedIds { spellings: spellings @ 1.., customers }) => {
            format!("\n{} of ids became {}", counted(spellings, "spelling"), counted(customers, "customer"))
        }
        _ => String::new(),
    }
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

/// Reads one table: a file, or the table of customers in a run of `custval allocate`.
///
/// # Errors
/// Where the file cannot be opened or read as a table.
pub fn table(file: &Path, params: &ScanParams, session: &Session) -> anyhow::Result<TextTable> {
    let inputs = one_table(file, session)?;
    // Whoever reads a table without making something of it at once can set no row of it aside.
    let params = ScanParams { bad_rows: BadRows::Refuse, ..without_exclusions(params) };
    let table = scan::read_table(one_source(&inputs)?, &params, &session.bar)?;
    session.say_titles(table.header());
    note_rows(&table, session);
    say_folded(table.header().file(), table.len(), table.folded_ids(), session);
    Ok(table)
}

/// Reads one table of customers, and makes something of it; rows that cannot be used for that are refused, or set aside where
/// that was asked.
///
/// # Errors
/// As [`table`], and what `make` refuses.
pub fn table_for<T>(
    file: &Path,
    params: &ScanParams,
    session: &Session,
    make: impl Fn(&TextTable) -> custval::Result<T>,
) -> anyhow::Result<(TextTable, T)> {
    columns_for(file, params, session, all_texts, make)
}

/// Reads only what is wanted of such a table.
///
/// # Errors
/// As [`table_for`], and where the columns wanted are not there.
pub fn columns_for<T>(
    file: &Path,
    params: &ScanParams,
    session: &Session,
    wanted: impl Fn(&Header) -> custval::Result<Vec<Keep>>,
    make: impl Fn(&TextTable) -> custval::Result<T>,
) -> anyhow::Result<(TextTable, T)> {
    let inputs = one_table(file, session)?;
    columns_of(&inputs, &without_exclusions(params), session, wanted, make)
}

/// Exclusions are about the rows of a log or of contracts, not of what stands beside them.
fn without_exclusions(params: &ScanParams) -> ScanParams {
    let policies = Policies { exclude: Vec::new(), ..params.policies.clone() };
    ScanParams { policies, ..params.clone() }
}

/// Everything of a table, as text.
///
/// # Errors
/// Never; what else is wanted of a table may not be there.
pub fn all_texts(header: &Header) -> custval::Result<Vec<Keep>> {
    Ok(vec![Keep::Texts; header.names().len()])
}

/// Reads what is wanted of one table that is open, rows that exclusions leave, and makes something of it.
///
/// # Errors
/// As [`columns_for`], and where a column is not there that an exclusion looks at.
pub fn columns_of<T>(
    inputs: &Inputs,
    params: &ScanParams,
    session: &Session,
    wanted: impl Fn(&Header) -> custval::Result<Vec<Keep>>,
    make: impl Fn(&TextTable) -> custval::Result<T>,
) -> anyhow::Result<(TextTable, T)> {
    let made = scan::read_columns_for(one_source(inputs)?, params, &session.bar, wanted, make);
    let (table, made) = made.map_err(Error::or_set_aside)?;
    say_read(&table, session);
    Ok((table, made))
}

/// The one file of a table, or the table of customers in a run of `custval allocate`.
fn one_table(file: &Path, session: &Session) -> anyhow::Result<Inputs> {
    let of_run = ["customers.csv", "customers.tsv", "customers.parquet"].map(|name| file.join(name));
    let of_run = of_run.iter().find(|of_run| of_run.is_file());
    if of_run.is_none() && file.is_dir() {
        return Err(Error::usage("is a folder without a table `customers`")
            .at(Location::file(file.to_string_lossy()))
            .hint("name a file, or a run: the folder that `custval allocate MODEL --output RUN/` writes, as CSV, TSV or Parquet")
            .into());
    }
    let file = of_run.map_or(file, PathBuf::as_path);
    Ok(session.open([file.to_string_lossy()])?)
}

/// The only file of a table.
fn one_source(inputs: &Inputs) -> custval::Result<&Source> {
    match inputs.sources() {
        [source] => Ok(source),
        sources => {
            let names: Vec<&str> = sources.iter().map(Source::name).collect();
            Err(Error::usage(format!("a table is one file, and these are {}: {}", names.len(), list(&names)))
                .hint("put them into one file"))
        }
    }
}

/// Says where the header of a table stands below titles, which rows were set aside, and what became of its ids.
fn say_read(table: &TextTable, session: &Session) {
    let file = table.header().file();
    session.say_titles(table.header());
    for (exclusion, rows) in table.left_out().iter().filter(|(_, rows)| *rows > 0) {
        session.messages.note(&format!("left out {} of {file}, excluded by `{exclusion}`", counted(*rows, "row")));
    }
    let rejects = table.rejects();
    if !rejects.is_empty() {
        let reasons: Vec<String> =
            rejects.by_reason().iter().map(|(reason, rows)| format!("{reason} {}", grouped(*rows))).collect();
        let (aside, rows) = (rejects.len() as u64, (rejects.len() + table.len()) as u64);
        let text =
            format!("set aside {} of {} of {file} ({})", grouped(aside), counted(rows, "row"), reasons.join(", "));
        session.messages.note(&text);
    }
    note_rows(table, session);
    session.put_aside("", rejects);
    say_folded(table.header().file(), table.len(), table.folded_ids(), session);
}

/// Notes what became of the rows of a table for the receipt.
fn note_rows(table: &TextTable, session: &Session) {
    let excluded = table.left_out().iter().map(|(exclusion, rows)| (format!("excluded by `{exclusion}`"), *rows));
    let rejected = table.rejects().by_reason().into_iter().map(|(reason, rows)| (reason.to_owned(), rows));
    session.note_rows(table.header().file(), table.len(), excluded.chain(rejected));
}

/// Of customers whose value is not known: ``2 of 5 customers of values.csv have no `residual_clv` ``, and where it is said why.
pub fn without_value(unknown: usize, table: &TextTable, column: &str) -> String {
    let header = table.header();
    let why = if header.names().iter().any(|name| name == "note") { " (`note` says why)" } else { "" };
    format!(
        "{} of {} of {} {} no `{column}`{why}",
        grouped(unknown as u64),
        counted(table.len() as u64, "customer"),
        header.file(),
        verb(unknown as u64, "has", "have")
    )
}

/// Of a joined file: `3 customers are not in it`.
pub fn not_in_it(customers: usize) -> String {
    let customers = customers as u64;
    format!("{} {} not in it", counted(customers, "customer"), verb(customers, "is", "are"))
}

/// Says how many ids of a table are others than those that are written.
pub fn say_folded(file: &str, ids: usize, folded: Option<FoldedIds>, session: &Session) {
    let Some(folded) = folded else { return };
    session.folded(file, folded);
    if folded.rows > 0 {
        let merged = match folded.merged {
            MergedIds { spellings: 0, .. } => String::new(),
            MergedIds { spellings, customers } => {
                format!(", and {} became {}", counted(spellings, "spelling"), counted(customers, "customer"))
            }
        };
        let ids = counted(ids as u64, "id");
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
