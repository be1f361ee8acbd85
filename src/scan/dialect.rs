//! How a file is written, and which of its columns mean what: settled before its first row.

use std::io::Read;

use super::batch::{TextColumn, Wanted};
use super::records::{End, Splitter, record_end, trim_line_end};
use super::source::Source;
use crate::columns::{self, ColumnMap, Header};
use crate::{Error, ErrorKind, Location, Result};

/// What may stand between fields, likeliest first.
const DELIMITERS: [u8; 4] = *b",\t;|";
/// The longest header.
const LONGEST_HEADER: u64 = 1 << 20;

/// The first record of a file, and where its rows begin.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub header: Header,
    pub delimiter: u8,
    /// The byte and the line (from 1) at which the rows begin.
    pub rows_at: u64,
    pub rows_line: u64,
}

impl Head {
    /// Reads the header of a file. Without a delimiter given it is the one that makes `resolves`
    /// true, else the one that makes the most columns.
    pub fn read(source: &Source, delimiter: Option<u8>, resolves: impl Fn(&Header) -> bool) -> Result<Self> {
        let refused = |message: &str| Error::data(message).at(Location::file(source.name()));
        let mut text = Vec::new();
        source
            .read_from(source.start())?
            .take(LONGEST_HEADER)
            .read_to_end(&mut text)
            .map_err(|error| Error::io("cannot be read", source.name(), error))?;
        let whole = source.start() + text.len() as u64 == source.bytes();
        if whole && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        let blank: usize = text
            .split_inclusive(|byte| *byte == b'\n')
            .take_while(|line| trim_line_end(line).is_empty())
            .map(<[u8]>::len)
            .sum();
        if blank == text.len() {
            return Err(refused("has no header").hint("export it with the names of its columns in the first line"));
        }
        let mut best: Option<(bool, usize, Self)> = None;
        for candidate in delimiter.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]) {
            let end = match record_end(&text, blank, candidate, whole) {
                End::At(end) => end,
                End::Unclosed(_) => {
                    return Err(Error::data("a quote in the header is opened and never closed")
                        .at(Location::line(source.name(), 1))
                        .hint("close or remove it"));
                }
                End::Beyond => {
                    return Err(refused("has a first line of more than a million characters")
                        .hint("check that it is a CSV file with the names of its columns in the first line"));
                }
            };
            let record = &text[blank..end];
            if memchr::memchr(b'\r', trim_line_end(record)).is_some() && !record.contains(&b'"') {
                return Err(
                    refused("ends its lines with carriage returns alone").hint("convert it: `tr '\\r' '\\n' < FILE`")
                );
            }
            let mut splitter = Splitter::new(candidate);
            splitter.split(record);
            let header = Header::new(source.name(), splitter.names());
            let rank = (resolves(&header), splitter.len());
            if best.as_ref().is_none_or(|(resolved, columns, _)| rank > (*resolved, *columns)) {
                let rows_at = (source.start() + end as u64).min(source.bytes());
                let rows_line = 1 + super::records::count_lines(&text[..end]);
                best = Some((rank.0, rank.1, Self { header, delimiter: candidate, rows_at, rows_line }));
            }
        }
        Ok(best.expect("at least one delimiter is tried").2)
    }
}

/// What is done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Skip,
    Id,
    Date,
    Amount,
    /// Kept as the text column of this number.
    Text(usize),
}

/// What is done with each field of a file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub delimiter: u8,
    /// One role per column of the header.
    pub roles: Vec<Role>,
    /// Text columns that this file does not have.
    pub absent: Vec<usize>,
    pub id: Option<usize>,
    pub date: Option<usize>,
    pub amount: Option<usize>,
}

impl Layout {
    /// Finds the columns wanted in the header.
    pub fn resolve(head: &Head, wanted: &Wanted, map: &ColumnMap) -> Result<Self> {
        let header = &head.header;
        let mut roles = vec![Role::Skip; header.names().len()];
        let mut absent = Vec::new();
        let mut take = |position: usize, role: Role| {
            if roles[position] != Role::Skip {
                return Err(Error::usage(format!("column `{}` is asked for twice", header.names()[position]))
                    .hint("give each `--column` another column"));
            }
            roles[position] = role;
            Ok(position)
        };
        let mut standard = |column: Option<columns::Column>, role| {
            column.map(|column| header.require(column, map).and_then(|position| take(position, role))).transpose()
        };
        let id = standard(wanted.id, Role::Id)?;
        let date = standard(wanted.date, Role::Date)?;
        let amount = standard(wanted.amount, Role::Amount)?;
        for (number, text) in wanted.texts.iter().enumerate() {
            let position = match text {
                TextColumn::Required(column) => Some(header.require(*column, map)?),
                TextColumn::Optional(column) => header.find(*column, map)?,
                TextColumn::Named(name) => Some(named(header, name)?),
            };
            match position {
                Some(position) => {
                    take(position, Role::Text(number))?;
                }
                None => absent.push(number),
            }
        }
        Ok(Self { delimiter: head.delimiter, roles, absent, id, date, amount })
    }

    /// Some columns as text, by their positions in ascending order.
    pub fn texts(head: &Head, positions: &[usize]) -> Self {
        let mut roles = vec![Role::Skip; head.header.names().len()];
        positions.iter().enumerate().for_each(|(number, position)| roles[*position] = Role::Text(number));
        Self { delimiter: head.delimiter, roles, absent: Vec::new(), id: None, date: None, amount: None }
    }
}

/// Where the column of exactly this name stands.
fn named(header: &Header, name: &str) -> Result<usize> {
    let mut positions = (0..header.names().len()).filter(|position| header.names()[*position] == name);
    match (positions.next(), positions.next()) {
        (Some(position), None) => Ok(position),
        (Some(_), Some(_)) => Err(Error::data(format!("two columns are named `{name}`"))
            .at(Location::line(header.file(), 1))
            .hint("rename one of them in the file")),
        (None, _) => {
            let near = columns::nearest(name, header.names().iter().map(String::as_str));
            Err(Error::new(ErrorKind::Usage, format!("no column is named `{name}`"))
                .at(Location::file(header.file()))
                .hint(format!("the nearest are {}", columns::list(&near))))
        }
    }
}
