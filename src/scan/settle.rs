//! How values are written, settled from the values themselves: the first rows propose, all rows decide.

use std::collections::BTreeSet;

use super::Inputs;
use super::batch::Batch;
use super::drive::{Driven, Plan, Refused, drive};
use super::head::{Head, Layout};
use super::params::ScanParams;
use crate::columns::list;
use crate::dialect::{DateFormat, Decimal, Dialect, Evidence, Pinned, Sighting};
use crate::money::Currency;
use crate::progress::Progress;
use crate::time::Day;
use crate::{Error, Location, Problem, Result};

/// What everything that reads files is told.
pub(super) struct Job<'a> {
    pub inputs: &'a Inputs,
    pub heads: &'a [Head],
    pub layouts: &'a mut [Layout],
    pub params: &'a ScanParams,
    pub refused: &'a Refused,
    pub keep_bad: bool,
    pub tuning: super::Tuning,
}

/// Reads all files as [`drive`] does, each as its values are written. Where later rows contradict the
/// first ones everything is read once more; `start` makes what makes the sinks of one reading.
pub(super) fn drive_settled<S: Send, N: Fn() -> S + Sync>(
    job: Job<'_>,
    progress: &dyn Progress,
    start: impl Fn() -> N,
    take: impl Fn(&mut S, &Batch, u64) + Sync,
) -> Result<Driven<S>> {
    let Job { inputs, heads, layouts, params, refused, keep_bad, tuning } = job;
    let sampled: Vec<Evidence> = layouts
        .iter_mut()
        .zip(heads.iter())
        .map(|(layout, head)| {
            layout.dialect = params.pinned.start();
            layout.sampled(head, &params.currency)
        })
        .collect();
    for (layout, sampled) in layouts.iter_mut().zip(&sampled) {
        let named = || sampled.named.keys().next().map(String::as_str);
        layout.code = params.currency.code().or_else(named).map(str::to_owned);
    }
    let mut dialects = dialects(&sampled, inputs, layouts, &params.pinned);
    loop {
        layouts.iter_mut().zip(&dialects).for_each(|(layout, dialect)| layout.dialect = dialect.clone());
        let plan = Plan {
            inputs,
            heads,
            layouts,
            currency: &params.currency,
            exchange: params.exchange.as_ref(),
            no_customer: params.no_customer,
            refused,
            keep_bad,
            tuning,
        };
        let driven = drive(&plan, progress, start(), &take);
        // First, since what is wrong with a file may come of nothing else.
        inputs.are_unchanged()?;
        let driven = driven?;
        // What the values tell does not depend on how they were read, so the second time it is the same.
        let settled = self::dialects(&driven.evidence, inputs, layouts, &params.pinned);
        if settled == dialects {
            refuse_unclear(&driven.evidence, heads, layouts, params)?;
            if params.exchange.is_none() {
                refuse_currencies(&driven.evidence, heads, layouts, params)?;
            }
            return Ok(driven);
        }
        dialects = settled;
    }
}

/// The dialect of each file. A file whose own values do not tell is written like the others.
fn dialects(evidence: &[Evidence], inputs: &Inputs, layouts: &[Layout], pinned: &Pinned) -> Vec<Dialect> {
    let all = together(evidence).dialect(pinned);
    let one = |((evidence, source), layout): ((&Evidence, &super::Source), &Layout)| {
        let mut dialect = evidence.dialect(pinned);
        if evidence.unclear_decimal(pinned).is_some() {
            dialect.decimal = all.decimal;
        }
        if evidence.unclear_order(pinned).is_some() {
            dialect.dates = all.dates.clone();
        }
        if source.packing().utf16.is_some() {
            dialect.encoding = crate::dialect::Encoding::Utf8;
        }
        if let Some(parquet) = source.parquet() {
            dialect.encoding = crate::dialect::Encoding::Utf8;
            if layout.amount.is_some_and(|column| parquet.is_number(column)) {
                dialect.decimal = Decimal::Point;
            }
            if layout.date.is_some_and(|column| parquet.is_date(column)) {
                dialect.dates = DateFormat::Iso;
            }
        }
        dialect
    };
    evidence.iter().zip(inputs.sources()).zip(layouts).map(one).collect()
}

fn together(evidence: &[Evidence]) -> Evidence {
    let mut all = Evidence::default();
    evidence.iter().for_each(|evidence| all.merge(evidence));
    all
}

/// Refuses values that could be two things where no value tells.
fn refuse_unclear(evidence: &[Evidence], heads: &[Head], layouts: &[Layout], params: &ScanParams) -> Result<()> {
    let pinned = &params.pinned;
    refuse_other_encodings(evidence, heads, pinned)?;
    let all = together(evidence);
    let input = params.input.map(|input| format!("{input}=")).unwrap_or_default();
    let place = |file: usize, column: Option<usize>, sighting: &Sighting| {
        let location = Location::line(heads[file].header.file(), sighting.line);
        match sighting.column.or(column) {
            Some(column) => location.column(&heads[file].header.names()[column]),
            None => location,
        }
    };
    let mut problems = Vec::new();
    let mut hints = Vec::new();
    if all.unclear_decimal(pinned).is_some() {
        hints.push(format!("`--decimal {input}point` or `--decimal {input}comma`"));
        for (file, unclear) in evidence.iter().enumerate() {
            if let Some(sighting) = unclear.unclear_decimal(pinned) {
                problems.push(Problem {
                    location: place(file, layouts[file].amount_alone(), sighting),
                    message: two_numbers(&sighting.value),
                });
            }
        }
    }
    if all.unclear_order(pinned).is_some() {
        hints.push(format!("`--date-format {input}dmy` or `--date-format {input}mdy`"));
        for (file, unclear) in evidence.iter().enumerate() {
            if let Some(sighting) = unclear.unclear_order(pinned) {
                problems.push(Problem {
                    location: place(file, layouts[file].date, sighting),
                    message: two_days(&sighting.value),
                });
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    problems.truncate(super::problems::SHOWN);
    Err(Error::data("values could be two things, and no other value of their column tells which")
        .problems(problems)
        .hint(format!("say {}", hints.join(", and "))))
}

/// Refuses files whose texts are neither UTF-8 nor Windows-1252: as the one they would be other names, and as the other they are not read.
fn refuse_other_encodings(evidence: &[Evidence], heads: &[Head], pinned: &Pinned) -> Result<()> {
    let problem = |(evidence, head): (&Evidence, &Head)| {
        let Sighting { line, column, value } = evidence.other_encoding(pinned)?;
        let location = Location::line(head.header.file(), *line);
        let location = column.iter().fold(location, |at, column| at.column(&head.header.names()[*column]));
        let value = super::rejects::shortened(value);
        Some(Problem {
            location,
            message: format!("`{value}` is not UTF-8, and has a byte that Windows-1252 does not have"),
        })
    };
    let mut problems: Vec<Problem> = evidence.iter().zip(heads).filter_map(problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    problems.truncate(super::problems::SHOWN);
    Err(Error::data("texts are in an encoding that is not read").problems(problems).hint(
        "convert the file to UTF-8, as with `iconv -f SHIFT_JIS -t UTF-8`; where it is Windows-1252 and damaged, say `--encoding windows-1252`",
    ))
}

/// `` `1.000` could be 1.000 or 1000 ``.
pub(super) fn two_numbers(value: &[u8]) -> String {
    let [point, comma] = [Decimal::Point, Decimal::Comma].map(|decimal| decimal.number(value).unwrap_or_default());
    format!("`{}` could be {point} or {comma}", super::rejects::shortened(value))
}

/// `` `3/4/2024` could be 2024-04-03 or 2024-03-04 ``.
pub(super) fn two_days(value: &[u8]) -> String {
    let [one, other] =
        [DateFormat::DayFirst, DateFormat::MonthFirst].map(|format| format.day(value, None).unwrap_or(Day(0)));
    format!("`{}` could be {one} or {other}", super::rejects::shortened(value))
}

/// The currency of all amounts: the one that was said, else the one that the files name, where that changes no amount.
pub(super) fn currency(evidence: &[Evidence], said: &Currency) -> Currency {
    let all = together(evidence);
    let mut codes = all.written_currencies().filter_map(|written| written.parse::<Currency>().ok());
    match (said.code(), codes.next(), codes.next()) {
        (None, Some(named), None) if named.decimals() == said.decimals() => named,
        _ => said.clone(),
    }
}

/// How amounts are written in all files, in their order.
pub(super) fn written_currencies(evidence: &[Evidence]) -> Vec<String> {
    let all = together(evidence);
    let written: BTreeSet<&str> = all.written_currencies().collect();
    written.into_iter().map(str::to_owned).collect()
}

/// Refuses amounts of several currencies, and such of another than the one that was said.
fn refuse_currencies(evidence: &[Evidence], heads: &[Head], layouts: &[Layout], params: &ScanParams) -> Result<()> {
    let said = &params.currency;
    let all = together(evidence);
    let own: BTreeSet<&str> = all.written_currencies().collect();
    let before = params.written_before.iter().map(String::as_str);
    let written: BTreeSet<&str> = own.iter().copied().chain(before).collect();
    let codes: Vec<&str> = written.iter().copied().filter(|written| written.parse::<Currency>().is_ok()).collect();
    // One code says which currency the signs beside amounts stand for.
    let code = said.code().or(match codes[..] {
        [code] => Some(code),
        _ => None,
    });
    let several = written.len() > 1;
    let fits = |written: &str| code.map_or(!several, |code| Currency::is_written(code, written));
    if own.is_empty() || written.iter().all(|written| fits(written)) {
        return Ok(());
    }
    let shown = |written: &str| several || !fits(written);
    let mut problems = Vec::new();
    for (file, evidence) in evidence.iter().enumerate() {
        let place = |line: u64, column: Option<usize>| {
            let location = Location::line(heads[file].header.file(), line);
            match column {
                Some(column) => location.column(&heads[file].header.names()[column]),
                None => location,
            }
        };
        for (written, line) in evidence.named.iter().filter(|(written, _)| shown(written)) {
            let location = place(*line, layouts[file].currency);
            problems.push((file, Problem { location, message: format!("the amount is in `{written}`") }));
        }
        for (written, sighting) in evidence.currencies.iter().filter(|(written, _)| shown(written)) {
            let value = super::rejects::shortened(&sighting.value);
            let location = place(sighting.line, sighting.column.or(layouts[file].amount_alone()));
            problems.push((file, Problem { location, message: format!("`{value}` is in `{written}`") }));
        }
    }
    // In the order of the files, and of the lines of each.
    problems.sort_by_key(|(file, problem)| (*file, problem.location.line));
    let mut problems: Vec<Problem> = problems.into_iter().map(|(_, problem)| problem).collect();
    problems.truncate(super::problems::SHOWN);
    if !params.written_before.is_empty() {
        let before: Vec<&str> = params.written_before.iter().map(String::as_str).collect();
        let message = format!("amounts are in another currency than those kept, which are in {}", list(&before));
        return Err(Error::data(message).problems(problems).hint("keep a state for each currency"));
    }
    let message = match (params.input, several) {
        (_, true) => "amounts are in several currencies",
        (None, false) => "amounts are in another currency than `--currency` says",
        (Some(_), false) => "amounts are in another currency than the rest of the run",
    };
    // Several inputs share one currency, into which no rates convert.
    let hint = match (params.input, several) {
        (None, true) => Currency::KEEP_ONE,
        (None, false) => {
            "say the currency that the file has, leave `--currency` out, or convert with `--exchange-rates FILE`"
        }
        (Some(_), true) => "convert them into one currency first: amounts of different currencies cannot be added",
        (Some(_), false) => "say the currency that all files have, or convert the amounts of this one first",
    };
    let hint = said.hint_for_several(written.iter().copied(), hint);
    Err(Error::data(message).problems(problems).hint(hint))
}
