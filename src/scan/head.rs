//! How a file is written, and which of its columns mean what: settled before its first row.

use super::batch::{Batch, Holds, TextColumn, Wanted};
use super::params::ScanParams;
use super::parquet::Parquet;
use super::policies::Exclusion;
use super::records::{End, Splitter, Syntax, count_lines, record_end, trim_line_end, whole_records};
use super::row::RowReader;
use super::sieve::Place;
use super::source::Source;
use super::titles::{self, Below};
use crate::columns::{self, CUSTOMER_ID, ColumnMap, Header, Second};
use crate::dialect::{Dialect, Evidence};
use crate::money::Currency;
use crate::{Error, ErrorKind, Location, Result};

/// What may stand between fields, likeliest first.
const DELIMITERS: [u8; 4] = *b",\t;|";
/// The longest header.
const LONGEST_HEADER: u64 = 1 << 20;

/// How much of the rows is looked at before all of them are.
const SAMPLE: usize = 1 << 16;

/// How the head of a file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadParams {
    pub delimiter: Option<u8>,
    pub quote: Option<u8>,
    /// Whether the first record names the columns; otherwise they are named `1`, `2`, …
    pub header: bool,
}

/// The header of a file, and where its rows begin.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub header: Header,
    pub syntax: Syntax,
    /// The byte of the text at which begins what is above the rows; titles are no part of it.
    pub begins_at: u64,
    /// The delimiter that a line among the titles tells, which is no part of it either.
    pub told: Option<u8>,
    /// The byte of the text and the line (from 1) at which the rows begin.
    pub rows_at: u64,
    pub rows_line: u64,
    /// The first rows, whole records.
    pub sample: Vec<u8>,
}

impl Head {
    /// Reads the header of a table. Which columns it should have is not known here: it names the customer, or two standard columns.
    pub fn of_table(source: &Source, params: &ScanParams) -> Result<Self> {
        let resolves = |header: &Header| {
            let is_there = |column: columns::Column| header.find(column, &params.columns).is_ok_and(|at| at.is_some());
            is_there(CUSTOMER_ID) || columns::ALL.iter().filter(|column| is_there(**column)).nth(1).is_some()
        };
        Self::read(source, params.head(), resolves)
    }

    /// Reads the header of a file, which is its first record or stands below titles. Without a delimiter given it is the one that
    /// makes `resolves` true, else the one that makes the most columns.
    pub fn read(source: &Source, params: HeadParams, resolves: impl Fn(&Header) -> bool) -> Result<Self> {
        if let Some(parquet) = source.parquet() {
            return Self::of_parquet(source, parquet);
        }
        // A header is short; only where none ends there is more of the file looked at.
        let beginning = source.read_at(source.start(), 2 * SAMPLE as u64)?;
        let (mut text, most) = if beginning.len() < 2 * SAMPLE || beginning[..SAMPLE].contains(&b'\n') {
            (beginning, 2 * SAMPLE)
        } else {
            (source.read_at(source.start(), LONGEST_HEADER)?, LONGEST_HEADER as usize)
        };
        let length = text.len();
        let whole = length < most;
        if whole && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        let blank = |text: &[u8]| -> usize {
            let lines = text.split_inclusive(|byte| *byte == b'\n');
            lines.take_while(|line| trim_line_end(line).is_empty()).map(<[u8]>::len).sum()
        };
        let mut begin = blank(&text);
        let mut told = None;
        // Spreadsheets are told the delimiter by a line before the header.
        if let Some([delimiter, b'\r' | b'\n', ..]) = text[begin..].strip_prefix(b"sep=") {
            told = Some(*delimiter);
            begin += memchr::memchr(b'\n', &text[begin..]).map_or(0, |end| end + 1);
            begin += blank(&text[begin..]);
        }
        if begin == text.len() {
            return Err(Error::data("has no header")
                .at(Location::file(source.name()))
                .hint("export it with the names of its columns in the first line"));
        }
        let syntaxes = |told: Option<u8>| {
            let delimiters = params.delimiter.or(told).map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
            delimiters.into_iter().map(|delimiter| Syntax { delimiter, quote: params.quote })
        };
        let beginning = Beginning { source, text: &text, whole, begin };
        let first = beginning.first(syntaxes(told), params.header, &resolves);
        // Where the first record makes the columns wanted, nothing below it is looked at.
        let may_have_titles = params.header && !first.as_ref().is_ok_and(|first| first.resolved);
        let below = may_have_titles.then(|| {
            let told = told.or_else(|| titles::told_delimiter(&text[begin..]));
            let filled = first.as_ref().map_or(0, |first| first.filled);
            let below = titles::below((&text, whole), begin, syntaxes(told), source.name(), &resolves)?;
            (below.resolved || below.filled > filled).then_some((below, told))
        });
        let head = |header: Header, syntax: Syntax, (begins, header_at, rows): (u64, usize, usize), told| {
            let sample = &text[rows..text.len().min(rows + SAMPLE)];
            Self {
                header: header.in_line(1 + count_lines(&text[..header_at])),
                syntax,
                begins_at: begins,
                told,
                rows_at: source.start() + rows.min(length) as u64,
                rows_line: 1 + count_lines(&text[..rows]),
                sample: sample[..whole_records(sample, syntax)].to_vec(),
            }
        };
        match below.flatten() {
            Some((Below { header, syntax, begin, end, .. }, told)) => {
                let places = (source.start() + begin as u64, begin, end);
                Ok(head(header.below_titles(), syntax, places, told))
            }
            None => first.and_then(|first| {
                let delimiter = params.delimiter.or(told);
                let is_one = delimiter.is_none() && first.header.names().len() == 1;
                if (is_one || delimiter == Some(b' ')) && is_aligned(&text[begin..]) {
                    return Err(aligned(source.name()));
                }
                let rows = if params.header { first.end } else { begin };
                Ok(head(first.header, first.syntax, (0, begin, rows), None))
            }),
        }
    }
}

/// Whether fields stand apart by runs of spaces: by their words the first lines are all as wide, and spaces follow one another.
fn is_aligned(text: &[u8]) -> bool {
    const LINES: usize = 100;
    let words = |line: &[u8]| line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    // The last one may go on beyond the text.
    let end = text.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let lines = text[..end].split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(LINES);
    let mut lines = lines.peekable();
    let first = lines.peek().map_or(0, |line| words(line));
    let mut has_run = false;
    let alike = lines.all(|line| {
        has_run |= line.starts_with(b" ") || line.trim_ascii().windows(2).any(|two| two == b"  ");
        words(line) == first
    });
    first > 1 && alike && has_run
}

fn aligned(file: &str) -> Error {
    Error::data("its fields stand apart by runs of spaces, and a delimiter is one character")
        .at(Location::file(file))
        .hint("put commas in their place: `awk '{$1=$1}1' OFS=, FILE > NEW.csv`")
}

/// The first record of a file, by the delimiter that fits best.
struct First {
    header: Header,
    syntax: Syntax,
    /// Where it ends in the text.
    end: usize,
    /// Whether it makes the columns that are wanted.
    resolved: bool,
    /// How many fields it has that hold something, by the delimiter by which these are the most.
    filled: usize,
}

/// The text in which a header is looked for.
struct Beginning<'a> {
    source: &'a Source,
    text: &'a [u8],
    /// Whether it is all there is.
    whole: bool,
    /// Where the first record begins.
    begin: usize,
}

impl Beginning<'_> {
    /// The first record.
    fn first(
        &self,
        syntaxes: impl Iterator<Item = Syntax>,
        names: bool,
        resolves: impl Fn(&Header) -> bool,
    ) -> Result<First> {
        let Self { source, text, whole, begin } = *self;
        let mut best: Option<(usize, First)> = None;
        let mut most_filled = 0;
        for syntax in syntaxes {
            let end = match record_end(text, begin, syntax, whole) {
                End::At(end) => end,
                End::Unclosed(_) => {
                    let line = 1 + count_lines(&text[..begin]);
                    return Err(Error::data("a quote in the header is opened and never closed")
                        .at(Location::line(source.name(), line))
                        .hint("close or remove it, or say `--quote none` where a quote is an ordinary character"));
                }
                End::Beyond => {
                    return Err(Error::data("has a first line of more than a million characters")
                        .at(Location::file(source.name()))
                        .hint("check that it is a CSV file with the names of its columns in the first line"));
                }
            };
            let mut splitter = Splitter::new(syntax);
            splitter.split(&text[begin..end]);
            let columns = splitter.len();
            let filled = (0..columns).filter(|field| !splitter.get(*field).trim_ascii().is_empty()).count();
            most_filled = most_filled.max(filled);
            let names = if names { splitter.names() } else { (1..=columns).map(|n| n.to_string()).collect() };
            let header = Header::new(source.name(), names);
            let resolved = resolves(&header);
            if best.as_ref().is_none_or(|(most, best)| (resolved, columns) > (best.resolved, *most)) {
                best = Some((columns, First { header, syntax, end, resolved, filled }));
            }
        }
        let (_, best) = best.expect("at least one delimiter is tried");
        Ok(First { filled: most_filled, ..best })
    }
}

impl Head {
    /// The head of a file whose rows become records only when they are read.
    fn of_parquet(source: &Source, parquet: &Parquet) -> Result<Self> {
        let names: Vec<String> = parquet.names().map(str::to_owned).collect();
        if names.is_empty() {
            return Err(Error::data("has no column with one value a row").at(Location::file(source.name())));
        }
        let mut sample = Vec::new();
        for group in 0..parquet.groups() {
            let mut rows = parquet.rows(group, 0, |_| true).map_err(|problem| source.damaged(problem))?;
            while sample.len() < SAMPLE && rows.next(&mut sample).map_err(|problem| source.damaged(problem))? {}
        }
        Ok(Self {
            header: Header::new(source.name(), names),
            syntax: Syntax { delimiter: b',', quote: Some(b'"') },
            begins_at: 0,
            told: None,
            rows_at: 0,
            rows_line: 2,
            sample,
        })
    }
}

/// What is done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Skip,
    Id,
    Date,
    Amount,
    /// The currency of the amount.
    Currency,
    /// What the amount is multiplied by, or what is taken off it.
    Second,
    /// Kept as the text column of this number.
    Text(usize, Holds),
    /// Looked at by an exclusion, and not kept.
    Watched,
}

/// An exclusion and the column of a file that it looks at.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub column: usize,
    /// Its place among all exclusions.
    pub number: usize,
    pub exclusion: Exclusion,
}

/// What is done with each field of a file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub syntax: Syntax,
    /// How values are written.
    pub dialect: Dialect,
    /// One role per column of the header.
    pub roles: Vec<Role>,
    /// Text columns that this file does not have.
    pub absent: Vec<usize>,
    pub id: Option<usize>,
    pub date: Option<usize>,
    pub amount: Option<usize>,
    pub currency: Option<usize>,
    /// The code that most rows are expected to have in the column of the currency.
    pub code: Option<String>,
    /// Columns with another role that are also kept as the text column of a number.
    pub copies: Vec<(usize, usize)>,
    /// Which rows are left out before anything else is asked of them, in the order said.
    pub exclusions: Vec<Watch>,
    /// What the amount is multiplied by, or what is taken off it, where two columns make it.
    pub second: Option<Second>,
}

/// The roles of the columns of a header, as they are given.
struct Roles<'h> {
    header: &'h Header,
    roles: Vec<Role>,
    /// As what each was asked for.
    taken_as: Vec<String>,
}

impl<'h> Roles<'h> {
    fn of(header: &'h Header) -> Self {
        let columns = header.names().len();
        Self { header, roles: vec![Role::Skip; columns], taken_as: vec![String::new(); columns] }
    }

    fn is_taken(&self, position: usize) -> bool {
        self.roles[position] != Role::Skip
    }

    fn take(&mut self, position: usize, role: Role, what: &str) -> Result<usize> {
        if self.is_taken(position) {
            let (name, first) = (&self.header.names()[position], &self.taken_as[position]);
            return Err(Error::usage(format!("column `{name}` is asked for twice, as `{first}` and as `{what}`"))
                .at(Location::file(self.header.file()))
                .hint("each is a column of its own: name another one for one of them with `--column`, or in the preset that names both"));
        }
        self.roles[position] = role;
        what.clone_into(&mut self.taken_as[position]);
        Ok(position)
    }
}

impl Layout {
    /// Finds the columns wanted in the header.
    pub fn resolve(head: &Head, wanted: &Wanted, map: &ColumnMap) -> Result<Self> {
        let header = &head.header;
        let mut roles = Roles::of(header);
        let (mut absent, mut copies) = (Vec::new(), Vec::new());
        let mut standard = |column: Option<columns::Column>, role| {
            let take = |column: columns::Column| roles.take(header.require(column, map)?, role, column.name);
            column.map(take).transpose()
        };
        let id = standard(wanted.id, Role::Id)?;
        let date = standard(wanted.date, Role::Date)?;
        let amount = wanted.amount.map(|column| header.require_amount(column, map)).transpose()?;
        let second = amount.and_then(|(_, second)| second);
        if let Some(second) = second {
            roles.take(second.column(), Role::Second, columns::AMOUNT.name)?;
        }
        let amount =
            amount.map(|(position, _)| roles.take(position, Role::Amount, columns::AMOUNT.name)).transpose()?;
        // Who reads amounts wants to know in which currency they are, where the file says it.
        let currency = wanted.amount.map_or(Ok(None), |_| header.find(columns::CURRENCY, map))?;
        let currency = currency.filter(|position| !roles.is_taken(*position));
        if let Some(position) = currency {
            roles.take(position, Role::Currency, columns::CURRENCY.name)?;
        }
        for (number, (text, holds)) in wanted.texts.iter().enumerate() {
            let (position, what) = match text {
                TextColumn::Required(column) => (Some(header.require(*column, map)?), column.name),
                TextColumn::Optional(column) => (header.find(*column, map)?, column.name),
                TextColumn::Named(name) => (Some(header.named(name)?), name.as_str()),
            };
            let is_named = matches!(text, TextColumn::Named(_));
            match position {
                // What an amount is made of may be wanted for itself, and by its own name anything.
                Some(position)
                    if (is_named && roles.is_taken(position))
                        || second.is_some_and(|second| position == second.column() || Some(position) == amount) =>
                {
                    copies.push((position, number));
                }
                Some(position) => {
                    roles.take(position, Role::Text(number, *holds), what)?;
                }
                None => absent.push(number),
            }
        }
        let roles = roles.roles;
        let (syntax, dialect) = (head.syntax, Dialect::default());
        let (code, exclusions) = (None, Vec::new());
        Ok(Self { syntax, dialect, roles, absent, id, date, amount, second, currency, code, copies, exclusions })
    }

    /// Has rows left out by what stands in columns of the file.
    ///
    /// # Errors
    /// Where there is no such column, unless the file may lack it.
    pub fn exclude(&mut self, head: &Head, exclusions: &[Exclusion], map: &ColumnMap) -> Result<()> {
        for (number, exclusion) in exclusions.iter().enumerate() {
            if exclusion.if_there && !exclusion.is_of(&head.header, map) {
                continue;
            }
            let column = head.header.own_or_standard(&exclusion.column, map).map_err(|error| {
                if error.kind() != ErrorKind::Usage {
                    return error;
                }
                let Exclusion { column, pattern, .. } = exclusion;
                let hint = error.hint_text().map(|hint| format!("{hint}; ")).unwrap_or_default();
                let message = format!("{}, and rows are excluded by `{exclusion}`", error.message());
                let located = error.location().into_iter().fold(Error::usage(message), |all, at| all.at(at.clone()));
                located.hint(format!("{hint}where files may lack the column, exclude by `{column}?={pattern}`"))
            })?;
            if self.roles[column] == Role::Skip {
                self.roles[column] = Role::Watched;
            }
            self.exclusions.push(Watch { column, number, exclusion: exclusion.clone() });
        }
        Ok(())
    }

    /// Has a column kept as text beside what was wanted, under the number given where it is not kept yet.
    pub fn also(&mut self, head: &Head, name: &str, map: &ColumnMap, number: usize) -> Result<Place> {
        let position = head.header.own_or_standard(name, map)?;
        Ok(match self.roles[position] {
            Role::Skip | Role::Watched => {
                self.roles[position] = Role::Text(number, Holds::Text);
                Place::Text(number)
            }
            Role::Date | Role::Amount | Role::Second | Role::Currency => {
                self.copies.push((position, number));
                Place::Text(number)
            }
            Role::Id => {
                self.absent.push(number);
                Place::Id
            }
            Role::Text(kept, _) => {
                self.absent.push(number);
                Place::Text(kept)
            }
        })
    }

    /// Whether anything is done with a column.
    pub fn wants(&self, column: usize) -> bool {
        self.roles[column] != Role::Skip || self.copies.iter().any(|(copied, _)| *copied == column)
    }

    /// How many text columns are asked for.
    pub fn texts(&self) -> usize {
        let kept = self.roles.iter().filter(|role| matches!(role, Role::Text(..))).count();
        kept + self.absent.len() + self.copies.len()
    }

    /// The one column in which the amount stands; none where two make it.
    pub fn amount_alone(&self) -> Option<usize> {
        self.amount.filter(|_| self.second.is_none())
    }

    /// What the first rows tell about how values are written.
    pub fn sampled(&self, head: &Head, currency: &Currency) -> Evidence {
        let mut rows = RowReader::new(self, currency, None);
        let mut batch = Batch::for_layout(self);
        let mut at = 0;
        while let End::At(end) | End::Unclosed(end) = record_end(&head.sample, at, self.syntax, true) {
            rows.careful(&head.sample[at..end], 0, &mut batch);
            batch.clear();
            at = end;
        }
        let (mut evidence, left_out) = rows.told();
        evidence.complete(&left_out);
        evidence
    }

    /// Some columns as text, by their positions in ascending order.
    pub fn texts_at(head: &Head, positions: &[usize]) -> Self {
        let mut roles = vec![Role::Skip; head.header.names().len()];
        positions.iter().enumerate().for_each(|(number, position)| roles[*position] = Role::Text(number, Holds::Text));
        Self {
            syntax: head.syntax,
            dialect: Dialect::default(),
            roles,
            absent: Vec::new(),
            id: None,
            date: None,
            amount: None,
            currency: None,
            code: None,
            copies: Vec::new(),
            exclusions: Vec::new(),
            second: None,
        }
    }
}
