//! Where the header of a text stands that begins with lines of a title, as reports and statements do.
//!
//! # Definition
//! A record below the first is the header where everything above it fills fewer fields, and either it makes the columns wanted and most
//! of the rows below it are as wide, or all of them keep to it: they are as wide, and a column with a name holds numbers or days alone.
//! No name is itself a number (but for a year) or a day. Beside names that are not known, a title fills half of the columns at most.
//! Programs pad titles with delimiters, so what counts is how many fields hold something.
//!
//! Rows are no titles, and where one stands above, nothing below is the header: three fields of which one is a number or a day, a header that
//! rows keep to, or two names that the record repeats.

use memchr::memchr;

use super::records::{End, Splitter, Syntax, count_lines, is_well_quoted, record_end, trim_line_end};
use crate::columns::Header;
use crate::dialect::{DateFormat, Marks};

/// How many lines of titles there may be.
const MOST_LINES: usize = 50;
/// Where in a text a header begins at the latest.
const FURTHEST: usize = 1 << 16;
/// How many rows are looked at to see whether they keep to a header.
const ROWS: usize = 10;

/// A header below titles.
pub(super) struct Below {
    pub header: Header,
    pub syntax: Syntax,
    /// Where it begins and ends in the text.
    pub begin: usize,
    pub end: usize,
    /// Whether it makes the columns that are wanted.
    pub resolved: bool,
    /// Whether the rows below keep to it.
    pub kept: bool,
    /// How many of its names there are, without empty ones.
    pub filled: usize,
}

impl Below {
    /// By what one of several is taken.
    fn rank(&self) -> (bool, bool, bool, usize) {
        (self.resolved && self.kept, self.resolved, self.kept, self.filled)
    }
}

/// A record before the rows are known to begin.
struct Record {
    begin: usize,
    end: usize,
    fields: Vec<String>,
    filled: usize,
    /// Whether its quotes are such; a title may have one that is not.
    is_well_quoted: bool,
}

/// The delimiter that a line of its own tells, as spreadsheets take it, among the first lines.
pub(super) fn told_delimiter(text: &[u8]) -> Option<u8> {
    text.split_inclusive(|byte| *byte == b'\n').take(MOST_LINES).find_map(told)
}

fn told(line: &[u8]) -> Option<u8> {
    match trim_line_end(line) {
        [b's', b'e', b'p', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// The header of a text below titles, if it is there and begins in one of its first lines; with the delimiter of those given that
/// fits best, the first of several that fit alike.
pub(super) fn below(
    (text, whole): (&[u8], bool),
    begin: usize,
    syntaxes: impl Iterator<Item = Syntax>,
    file: &str,
    resolves: impl Fn(&Header) -> bool,
) -> Option<Below> {
    let found = syntaxes.filter_map(|syntax| {
        let records = records((text, whole), begin, syntax);
        let header = |record: &Record| Header::new(file, record.fields.clone());
        let mut best: Option<Below> = None;
        for (place, record) in records.iter().enumerate().skip(1) {
            let line = count_lines(&text[begin..record.begin]);
            if line > MOST_LINES as u64 || record.begin > FURTHEST {
                break;
            }
            let (titles, rows) = (&records[..place], &records[place + 1..]);
            let is_below = |title: &Record| title.filled < record.filled && !title.is_row() && !record.repeats(title);
            let has_names = record.is_well_quoted && record.fields.iter().all(|name| is_name(name));
            let is_header = record.filled >= 2 && has_names && titles.iter().all(is_below);
            if !is_header || (0..place).any(|at| is_table(&titles[at..])) {
                continue;
            }
            let header = header(record);
            let resolved = record.leads(rows) && resolves(&header);
            let kept = titles.iter().all(|title| 2 * title.filled <= record.fields.len()) && record.is_kept_by(rows);
            let (begin, end, filled) = (record.begin, record.end, record.filled);
            let found = Below { header, syntax, begin, end, resolved, kept, filled };
            // Of several the first: names are not written above names.
            let better = |best: &Below| (found.rank().0, found.resolved) > (best.rank().0, best.resolved);
            if (resolved || kept) && best.as_ref().is_none_or(better) {
                best = Some(found);
            }
        }
        best
    });
    found.reduce(|best, next| if next.rank() > best.rank() { next } else { best })
}

/// The first records that are not empty: as many as titles, a header and the rows below it may be.
fn records((text, whole): (&[u8], bool), begin: usize, syntax: Syntax) -> Vec<Record> {
    let mut quoted = Splitter::new(syntax);
    let mut plain = Splitter::new(Syntax { quote: None, ..syntax });
    let mut records = Vec::new();
    let mut at = begin;
    while at < text.len() && records.len() < MOST_LINES + 1 + ROWS {
        let end = match record_end(text, at, syntax, whole) {
            End::At(end) if is_well_quoted(&text[at..end], syntax) => Some(end),
            _ => None,
        };
        let Some(line_end) = memchr(b'\n', &text[at..]).map(|end| at + end + 1) else { break };
        let (is_well_quoted, end) = (end.is_some(), end.unwrap_or(line_end));
        let splitter = if is_well_quoted { &mut quoted } else { &mut plain };
        splitter.split(&text[at..end]);
        let fields = splitter.names();
        let filled = fields.iter().filter(|field| !field.trim().is_empty()).count();
        if !fields.is_empty() && told(&text[at..end]).is_none() {
            records.push(Record { begin: at, end, fields, filled, is_well_quoted });
        }
        at = end;
    }
    records
}

/// Rows below a header that is kept to by them; two columns may say what is said of all rows, a line for each.
fn is_table(records: &[Record]) -> bool {
    let [first, rows @ ..] = records else { return false };
    let filled = rows.iter().filter(|row| row.filled > 0).count();
    first.fields.len() > 2 && filled > 1 && first.is_kept_by(rows)
}

impl Record {
    /// Whether it holds more than what is said of all rows: a number or a day beside two other fields.
    fn is_row(&self) -> bool {
        self.filled > 2 && self.fields.iter().any(|field| !field.trim().is_empty() && is_value(field.trim()))
    }

    /// Whether two fields of another record are among its own names, so that the other one is a header as well.
    fn repeats(&self, other: &Self) -> bool {
        let names = other.fields.iter().filter(|name| !name.trim().is_empty() && self.fields.contains(name));
        names.count() > 1
    }

    /// Whether most of the records below it are as wide.
    fn leads(&self, rows: &[Self]) -> bool {
        let rows = || rows.iter().filter(|row| row.filled > 0).take(ROWS);
        let as_wide = rows().filter(|row| row.fields.len() == self.fields.len()).count();
        2 * as_wide > rows().count() || rows().next().is_none()
    }

    /// Whether records are as rows below it should be. One of its names may be missing.
    fn is_kept_by(&self, rows: &[Self]) -> bool {
        let width = self.fields.len();
        let mut rows = rows.iter().filter(|row| row.filled > 0).take(ROWS).peekable();
        if rows.peek().is_none() || width - self.filled > 1 {
            return false;
        }
        let rows: Vec<&Self> = rows.collect();
        let of_values = |column: usize| {
            let name = self.fields[column].trim();
            let mut filled =
                rows.iter().map(|row| row.fields[column].trim()).filter(|text| !text.is_empty()).peekable();
            !name.is_empty() && !is_value(name) && filled.peek().is_some() && filled.all(is_value)
        };
        rows.iter().all(|row| row.fields.len() == width) && (0..width).any(of_values)
    }
}

/// Whether a text may be the name of a column.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_year || !is_value(text)
}

/// Whether a text is a number or a day.
fn is_value(text: &str) -> bool {
    Marks::of(text.as_bytes()).is_some() || DateFormat::is_date(text.as_bytes())
}
