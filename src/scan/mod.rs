//! Logs and tables, from bytes to columns: read once, on every core, with every row accounted for.
//!
//! # Question
//! What do these files say, row by row, and which rows say nothing that can be used?
//!
//! # Definition
//! Several files are one table. A record ends at a line feed outside quotes (a carriage return before
//! it belongs to the line end); a quote opens only at the beginning of a field, and two inside are
//! one. Each file's header is resolved on its own, before the first row is read. A row is *good* when
//! it has as many fields as the header, an id, and a day and an amount that can be read, as far as
//! they were asked for; all others are set aside with a reason.
//!
//! ```text
//! rows   = rows used + rows merged + rows set aside
//! amount = amount used + amount of rows merged by their key + amounts set aside
//! ```
//!
//! What a business decides is a policy ([`Policies`]): rows left out, refunds, the case of ids, keys that rows must not share.
//! Exclusions come before it is asked whether a row is good; everything else applies to good rows, on their way to the
//! reduction. The receipt counts it all.
//!
//! Some rows only their use shows to be bad: a reduction or the maker of a table refuses them as [`Problems`]. Where such rows are
//! to be set aside, the files are read once more without them.
//!
//! # Shape
//! [`scan`] hands good rows as [`Batch`]es to a [`Reduce`], which keeps only what its answer needs: a
//! log is never held as a table. [`read_table`] gives all fields of a table of one row a customer, and
//! [`read_columns_for`] only what is wanted of it.
//!
//! # Units
//! Days are days since 1970-01-01, amounts minor units of the currency. One that is the difference of two columns
//! (`Credit-Debit`) takes an empty field for zero, unless both are. An amount that is the product of
//! two columns (`Quantity*UnitPrice`) is multiplied exactly, each factor read with up to six decimals more
//! than the currency has, and rounded once where it is no whole minor unit, a half to the even one.
//!
//! # Two speeds, one meaning
//! Files are cut into chunks at record ends, and threads of the current rayon pool take turns in
//! fetching one. A plain record is parsed in place; at anything else the careful reading takes over
//! for that record and says what it is. Tests hold both to the same bytes.

mod batch;
mod careful;
mod chunks;
mod drive;
mod ends;
mod head;
mod packed;
mod params;
mod parquet;
mod plain;
mod policies;
mod problems;
mod reason;
mod receipt;
mod records;
mod rejects;
mod row;
mod settle;
mod sieve;
mod source;
mod spellings;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod titles;
mod unique;
pub mod value;

pub use batch::{Batch, Holds, Reduce, TextColumn, Wanted};
pub use params::{BadRows, Delimiter, NoCustomer, Quote, RejectLimit, ScanParams};
pub(crate) use parquet::{damaged, guarded};
pub use policies::{Exclusion, IdCase, Policies, Refunds, ZeroAmounts};
pub use problems::Problems;
pub(crate) use reason::is_exponent;
pub use reason::{CurrencyProblem, Reason};
pub use receipt::{Account, FileRows, FoldedIds, InCurrency, MergedIds, ReadAs, Receipt, SetAside};
pub use rejects::Rejects;
pub(crate) use rejects::{RejectedRows, shortened};
pub use source::{Inputs, Source, Unread};
pub use table::{Keep, TextTable, read_columns_for, read_table, read_table_for};
pub use texts::Texts;
pub(crate) use texts::{first_bytes, word_of_few};
pub use value::ValueProblem;

use crate::columns::{Column, Header};
use crate::money::AmountProblem;
use crate::progress::Progress;
use crate::time::DayProblem;
use crate::{Error, Result};
pub(crate) use drive::Tuning;
use drive::{Driven, Refused};
use head::{Head, Layout};
use packed::Compression;
use receipt::Told;
use settle::{Job, drive_settled};
use sieve::{Sieve, Sifted};
use unique::Unique;

/// What a scan gives: the answer of the reduction, what became of every row, and the rows set aside
/// because they cannot be used.
#[derive(Debug, Clone)]
pub struct Scanned<T> {
    /// The answer.
    pub output: T,
    /// What became of every row and every cent.
    pub receipt: Receipt,
    /// Rows that cannot be used; empty unless they were asked to be set aside.
    pub rejects: Rejects,
}

/// The header of each file, in the order given.
///
/// Tells a log from a table that an earlier command made, before anything is read.
///
/// # Errors
/// `Io` where a file cannot be read, `Data` where it has no header.
pub fn headers(inputs: &Inputs, params: &ScanParams) -> Result<Vec<Header>> {
    let head = |source| Head::of_table(source, params).map(|head| head.header);
    inputs.sources().iter().map(head).collect()
}

/// The answer of a reduction over all rows of all files, with the receipt.
///
/// `new` makes the reduction that each thread feeds. The work is done on the current rayon pool.
///
/// # Errors
/// `Usage` or `Data` where a header lacks a column or has it twice; `Io` where a file cannot be
/// read; `Data` with the first ten problems where rows cannot be used and are not to be set aside,
/// or are more than may be; and whatever the reduction refuses.
pub fn scan<R: Reduce>(
    inputs: &Inputs,
    wanted: &Wanted,
    params: &ScanParams,
    progress: &dyn Progress,
    new: impl Fn() -> R + Sync,
) -> Result<Scanned<R::Output>> {
    scan_shared(inputs, wanted, params, progress, || &new)
}

/// The same for reductions of several threads that share something: what `start` gives makes them, and it is asked anew where
/// the files have to be read once more.
pub(crate) fn scan_shared<R: Reduce, N: Fn() -> R + Sync>(
    inputs: &Inputs,
    wanted: &Wanted,
    params: &ScanParams,
    progress: &dyn Progress,
    start: impl Fn() -> N,
) -> Result<Scanned<R::Output>> {
    scan_tuned(inputs, wanted, params, progress, start, Tuning::default())
}

pub(crate) fn scan_tuned<R: Reduce, N: Fn() -> R + Sync>(
    inputs: &Inputs,
    wanted: &Wanted,
    params: &ScanParams,
    progress: &dyn Progress,
    start: impl Fn() -> N,
    tuning: Tuning,
) -> Result<Scanned<R::Output>> {
    let heads = heads(inputs, wanted, params)?;
    let mut layouts: Vec<Layout> =
        heads.iter().map(|head| Layout::resolve(head, wanted, &params.columns)).collect::<Result<_>>()?;
    if params.exchange.is_some() && wanted.amount.is_some() && wanted.date.is_none() {
        return Err(Error::usage("exchange rates are those of a day, and no date is read"));
    }
    let plan = sieve::Plan::resolve(&heads, &mut layouts, params)?;
    let mut refused = Refused::new();
    let settled = Settled { inputs, heads: &heads, plan: &plan, amounts: wanted.amount.is_some(), tuning };
    loop {
        match scan_without(&refused, &settled, &mut layouts, params, progress, &start) {
            // Rows that only their use shows to be bad are set aside like all others, in another reading.
            Err(error) if params.bad_rows != BadRows::Refuse && add_refused(&mut refused, &error, &heads) => {}
            done => return done,
        }
    }
}

/// Adds the rows that an error refuses; false where there are no more than before.
fn add_refused(refused: &mut Refused, error: &Error, heads: &[Head]) -> bool {
    let before = refused.len();
    for row in error.refused_rows() {
        let position = |name: &str| heads[row.file].header.names().iter().position(|own| own == name);
        let column = row.column.as_deref().and_then(position);
        let found = refused.entry((row.file, row.line)).or_insert((row.reason, column));
        // Whichever thread met them first: of several reasons the one of the first column.
        *found = std::cmp::min_by_key(*found, (row.reason, column), |(reason, column)| (*column, *reason));
    }
    refused.len() > before
}

/// What of a scan does not change however often the files are read.
struct Settled<'a> {
    inputs: &'a Inputs,
    heads: &'a [Head],
    plan: &'a sieve::Plan<'a>,
    /// Whether amounts are read.
    amounts: bool,
    tuning: Tuning,
}

/// One scan without the rows that are known to be of no use.
fn scan_without<R: Reduce, N: Fn() -> R + Sync>(
    refused: &Refused,
    settled: &Settled<'_>,
    layouts: &mut [Layout],
    params: &ScanParams,
    progress: &dyn Progress,
    start: &impl Fn() -> N,
) -> Result<Scanned<R::Output>> {
    let Settled { inputs, heads, plan, amounts, tuning } = *settled;
    let unique = Unique::new();
    let keep_bad = params.bad_rows != BadRows::Refuse;
    let job = Job { inputs, heads, layouts, params, refused, keep_bad, tuning };
    let anew = || {
        unique.clear();
        let new = start();
        let unique = &unique;
        move || (new(), Sieve::new(plan, unique))
    };
    let Driven { sinks, counts, bad, evidence } =
        drive_settled(job, progress, anew, |(reduction, sieve): &mut (R, Sieve<'_>), batch, _| {
            let batch = sieve.sift(batch);
            if !batch.is_empty() {
                reduction.absorb(batch);
            }
        })?;
    let currency = settle::currency(&evidence, &params.currency);
    let read_as = read_as(inputs, heads, layouts);
    let rejects = Rejects::new(inputs, heads, bad);
    refuse(&rejects, &counts, params)?;
    unique.check(&params.policies.unique, plan.content(), inputs)?;
    let mut account = Account::default();
    let mut sifted = Sifted::default();
    let mut merged: Option<R> = None;
    for (reduction, sieve) in sinks {
        sifted.merge(sieve.sifted);
        match &mut merged {
            Some(all) => all.merge(reduction),
            None => merged = Some(reduction),
        }
    }
    // Not `start()`, which would begin another reading.
    let output = merged.unwrap_or_else(|| start()()).finish(&mut account)?;
    let written_currencies = settle::written_currencies(&evidence);
    let told = Told { account, sifted, files: read_as, amounts, currency, written_currencies };
    let receipt = counts.receipt(told, params);
    Ok(Scanned { output, receipt, rejects })
}

/// What a reduction over every field of one file gives.
pub(crate) struct Fields<R> {
    pub header: Header,
    pub read_as: ReadAs,
    pub reduction: R,
    pub rows: u64,
    /// Records that do not fit the header or are no text, by reason, and the first of them.
    pub bad: Vec<(Reason, u64)>,
    pub first_bad: Vec<(Reason, u64)>,
    /// How many rows each exclusion left out.
    pub left_out: Vec<(Exclusion, u64)>,
}

/// Every field of one file as text, handed over batch by batch: to each reduction in the order of the file.
pub(crate) fn scan_fields<R: Send>(
    source: &Source,
    params: &ScanParams,
    progress: &dyn Progress,
    new: impl Fn(&Header) -> R + Sync,
    absorb: impl Fn(&mut R, &Batch) + Sync,
    merge: impl Fn(&mut R, R),
) -> Result<Fields<R>> {
    let heads = [Head::of_table(source, params)?];
    let every: Vec<usize> = (0..heads[0].header.names().len()).collect();
    let mut layouts = vec![Layout::texts_at(&heads[0], &every)];
    layouts[0].exclude(&heads[0], &params.policies.exclude, &params.columns)?;
    let inputs = Inputs::one(source.clone());
    let header = heads[0].header.clone();
    let job = Job {
        inputs: &inputs,
        heads: &heads,
        layouts: &mut layouts,
        params,
        refused: &Refused::new(),
        keep_bad: false,
        tuning: Tuning::default(),
    };
    let Driven { sinks, counts, bad, .. } =
        drive_settled(job, progress, || || new(&header), |sink: &mut R, batch, _| absorb(sink, batch))?;
    let reduction = sinks.into_iter().reduce(|mut one, other| {
        merge(&mut one, other);
        one
    });
    // What no use is made of nobody refuses.
    let tallies = Reason::ALL.into_iter().zip(counts.bad.iter().map(|tally| tally.rows));
    Ok(Fields {
        read_as: read_as(&inputs, &heads, &layouts).remove(0),
        reduction: reduction.unwrap_or_else(|| new(&header)),
        rows: counts.rows(),
        bad: tallies.filter(|(_, rows)| *rows > 0).collect(),
        first_bad: bad.iter().map(|row| (row.reason, row.line)).collect(),
        left_out: params.policies.exclude.iter().cloned().zip(counts.excluded.iter().map(|tally| tally.rows)).collect(),
        header,
    })
}

/// The first rows of a file, field by field: what proposes how each column is written.
pub(crate) fn sample(source: &Source, params: &ScanParams, mut see: impl FnMut(usize, &[u8])) -> Result<()> {
    let head = Head::of_table(source, params)?;
    let mut splitter = records::Splitter::new(head.syntax);
    let mut at = 0;
    while let records::End::At(end) = records::record_end(&head.sample, at, head.syntax, true) {
        splitter.split(&head.sample[at..end]);
        (0..splitter.len().min(head.header.names().len())).for_each(|column| see(column, splitter.get(column)));
        at = end;
        if at >= head.sample.len() {
            break;
        }
    }
    Ok(())
}

/// Each file and how it was read.
fn read_as(inputs: &Inputs, heads: &[Head], layouts: &[Layout]) -> Vec<ReadAs> {
    let one = |((source, head), layout): ((&Source, &Head), &Layout)| {
        let Layout { dialect, syntax, date, amount, .. } = layout;
        let packing = source.packing();
        let is_text = source.parquet().is_none();
        let encoding = if packing.utf16.is_some() { "utf-16" } else { dialect.encoding.name() };
        ReadAs {
            file: source.name().into(),
            format: if is_text { "csv" } else { "parquet" },
            compression: packing.compression.map(Compression::name),
            encoding: is_text.then_some(encoding),
            delimiter: is_text.then(|| Delimiter(syntax.delimiter).to_string()),
            decimal: amount.map(|_| dialect.decimal.name()),
            date_format: date.map(|_| dialect.dates.name().to_owned()),
            time_zone: date.and(dialect.zone.as_ref()).map(|zone| zone.name().to_owned()),
            header_line: head.header.line_below_titles(),
        }
    };
    inputs.sources().iter().zip(heads).zip(layouts).map(one).collect()
}

/// The header of each file, by the place and the delimiter that make the columns wanted resolve.
fn heads(inputs: &Inputs, wanted: &Wanted, params: &ScanParams) -> Result<Vec<Head>> {
    let columns: Vec<Column> = [wanted.id, wanted.date, wanted.amount].into_iter().flatten().collect();
    // Where no column is wanted, nothing tells a header from other records.
    let resolves = |header: &Header| {
        let is_there = |column: &Column| header.require_amount(*column, &params.columns).is_ok();
        !columns.is_empty() && columns.iter().all(is_there)
    };
    inputs.sources().iter().map(|source| Head::read(source, params.head(), resolves)).collect()
}

/// Refuses rows that cannot be used, unless they are to be set aside and are few enough.
fn refuse(rejects: &Rejects, counts: &receipt::Counts, params: &ScanParams) -> Result<()> {
    let aside = params.no_customer == NoCustomer::Aside;
    let no_customer = Reason::NoCustomer.name();
    let not_a_date = Reason::Date(DayProblem::Form).name();
    let no_rate = Reason::Currency(reason::CurrencyProblem::NoRate).name();
    let too_precise = Reason::Amount(AmountProblem::TooPrecise).name();
    let refused: Vec<(&str, u64)> = counts
        .bad_rows()
        .map(|(reason, tally)| (reason, tally.rows))
        .filter(|(reason, _)| !(aside && *reason == no_customer))
        .collect();
    let bad: u64 = refused.iter().map(|(_, rows)| rows).sum();
    let rows = counts.rows();
    let limit = match params.bad_rows {
        _ if bad == 0 => return Ok(()),
        BadRows::Refuse => None,
        BadRows::SetAside { at_most: None } => return Ok(()),
        BadRows::SetAside { at_most: Some(limit) } if limit.allows(bad, rows) => return Ok(()),
        BadRows::SetAside { at_most: Some(limit) } => Some(limit),
    };
    let reasons: Vec<String> = refused.iter().map(|(reason, rows)| format!("{reason} {rows}")).collect();
    // Where most dates are none, there is nothing wrong with each of them.
    let of_dates = |(reason, of_it): &(&str, u64)| *reason == not_a_date && 2 * of_it > rows;
    let of_dates = params.pinned.dates.is_none() && refused.iter().any(of_dates);
    let (message, hint) = match limit {
        Some(limit) => (
            format!("{bad} of {rows} rows cannot be used, and at most {limit} may be set aside"),
            "mend them, or raise `--max-rejects`",
        ),
        None if refused.iter().all(|(reason, _)| *reason == no_customer) => (
            format!("{bad} of {rows} rows cannot be used"),
            "leave rows without a customer out with `--no-customer aside`, or mend them",
        ),
        None => (
            format!("{bad} of {rows} rows cannot be used"),
            match refused[..] {
                [(reason, _)] if reason == no_rate => {
                    "add the rates that are missing to the file of `--exchange-rates`, or set the rows aside with `--rejects DIR`"
                }
                [(reason, _)] if reason == too_precise && params.currency.code().is_none() => {
                    "say the currency where it has other decimals than two, as in `--currency KWD`; else mend the rows, or set them aside with `--rejects DIR`"
                }
                _ if of_dates => {
                    "say how the dates are written with `--date-format`, as in `--date-format '%d.%m.%Y %H:%M:%S CET'`; else mend the rows, or set them aside with `--rejects DIR`"
                }
                _ => "mend them, or set them aside and go on with `--rejects DIR`",
            },
        ),
    };
    let problems = rejects.problems()?.first();
    Err(Error::data(format!("{message} ({})", reasons.join(", "))).problems(problems).hint(hint))
}
