//! Tables of one row a customer or less, as text: each consumer gives its columns their types.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::drive::{Driven, Refused, Tuning};
use super::head::{Head, Layout};
use super::params::{BadRows, NoCustomer, ScanParams};
use super::policies::{Exclusion, Policies};
use super::problems::Problems;
use super::receipt::{Counts, FoldedIds};
use super::rejects::Rejects;
use super::settle::{Job, drive_settled};
use super::source::Source;
use super::spellings::Spellings;
use super::value::{self, AmountColumns, ValueProblem, Written};
use super::{Inputs, Texts};
use crate::columns::{AmountPlace, CUSTOMER_ID, Header, NUMBERS};
use crate::dialect::{Decimal, Pinned};
use crate::money::Currency;
use crate::progress::Progress;
use crate::wording::counted;
use crate::{Error, Location, Result};

/// How many rows are given their type at a time.
const BLOCK: usize = 1 << 16;

/// The fields of a file, column by column, with the line of each record.
#[derive(Debug, Clone)]
pub struct TextTable {
    header: Header,
    columns: Vec<Kept>,
    lines: Vec<u64>,
    pinned: Pinned,
    /// Which of several inputs it is.
    input: Option<&'static str>,
    folded: Option<FoldedIds>,
    rejects: Rejects,
    /// How many rows each exclusion left out.
    left_out: Vec<(Exclusion, u64)>,
    /// Where numbers of their standard names stand.
    numbers: Vec<usize>,
    /// The decimal mark that they tell.
    decimal: OnceLock<Option<Decimal>>,
    /// What stands beside the first amount that was read and has a currency there.
    currency: OnceLock<String>,
}

/// What of a column is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its texts.
    Texts,
    /// Only the amounts they are; where one of them is none, all texts, so that it can be said what it is.
    Amounts,
    /// Nothing: the column does not matter.
    Nothing,
}

/// A column, as far as it is kept.
#[derive(Debug, Clone)]
enum Kept {
    Texts(Texts),
    /// Minor units of the currency of the scan.
    Amounts(Vec<i64>),
    Nothing,
}

impl TextTable {
    /// The names of the columns.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// One column, by its position in the header: valid UTF-8, one text per row.
    ///
    /// # Panics
    /// Where the texts of the column were not to be kept.
    pub fn column(&self, position: usize) -> &Texts {
        match &self.columns[position] {
            Kept::Texts(texts) => texts,
            _ => panic!("the texts of column `{}` were not kept", self.header.names()[position]),
        }
    }

    /// The amounts of one column in minor units, as [`Self::required`] reads them, or what two make; the currency is that of the
    /// scan.
    pub fn amounts(&self, place: AmountPlace, currency: &Currency, problems: &mut Problems) -> Vec<i64> {
        match (&self.columns[place.0], place.1) {
            (Kept::Amounts(amounts), None) => amounts.clone(),
            (_, None) => self.required(place.0, value::amount(currency), problems),
            (_, Some(_)) => {
                let columns = self.amount_columns(place);
                let amount = |row| {
                    columns.amount(row, currency).unwrap_or_else(|(position, problem)| {
                        self.refuse(row, position, problem, problems);
                        0
                    })
                };
                (0..self.len()).map(amount).collect()
            }
        }
    }

    /// The same amounts for readings of single ones.
    ///
    /// # Panics
    /// Where the texts of the columns were not to be kept.
    pub fn amount_columns(&self, (position, second): AmountPlace) -> AmountColumns<'_> {
        let second = second.map(|second| (second, self.written(second.column())));
        AmountColumns::new((position, self.written(position)), second)
    }

    /// That the table has at least one row.
    ///
    /// # Errors
    /// `Data` where it has none, or none that is not set aside.
    pub fn not_empty(&self) -> Result<()> {
        let left_out: u64 = self.left_out.iter().map(|(_, rows)| rows).sum();
        let error = match self.rejects.len() {
            _ if !self.is_empty() => return Ok(()),
            0 if left_out > 0 => Error::data(format!("has no row left: {} excluded", counted(left_out, "row")))
                .hint("say `--exclude` of fewer rows"),
            0 => Error::data("has a header and no row").hint("export it again: there is nobody to speak of"),
            rows => Error::data(format!("has no row left: {} cannot be used", counted(rows as u64, "row")))
                .hint("leave `--rejects DIR` out to see what is wrong with them"),
        };
        Err(error.at(Location::file(self.header.file())))
    }

    /// The same table with these of its rows alone.
    pub fn with_rows(&self, rows: &[usize]) -> Self {
        let column = |column: &Kept| match column {
            Kept::Texts(texts) => Kept::Texts(rows.iter().map(|row| texts.get(*row)).collect()),
            Kept::Amounts(amounts) => Kept::Amounts(rows.iter().map(|row| amounts[*row]).collect()),
            Kept::Nothing => Kept::Nothing,
        };
        Self {
            columns: self.columns.iter().map(column).collect(),
            lines: rows.iter().map(|row| self.lines[*row]).collect(),
            header: self.header.clone(),
            pinned: self.pinned.clone(),
            input: self.input,
            folded: self.folded,
            rejects: self.rejects.clone(),
            left_out: self.left_out.clone(),
            numbers: self.numbers.clone(),
            decimal: self.decimal.clone(),
            currency: self.currency.clone(),
        }
    }

    /// The rows of the file that could not be used and are none of the table.
    pub fn rejects(&self) -> &Rejects {
        &self.rejects
    }

    /// How many rows each exclusion left out, in their order.
    pub fn left_out(&self) -> &[(Exclusion, u64)] {
        &self.left_out
    }

    /// What became of the ids of customers, where they are trimmed or folded; whoever reads the table finds them so.
    pub fn folded_ids(&self) -> Option<FoldedIds> {
        self.folded
    }

    /// The line on which each row begins, counted from 1.
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    /// Where a value stands, for messages.
    pub fn location(&self, row: usize, position: usize) -> Location {
        Location::line(self.header.file(), self.lines[row]).column(&self.header.names()[position])
    }

    /// The currency beside the first amount that was read and has one there.
    pub fn currency_beside(&self) -> Option<&str> {
        self.currency.get().map(String::as_str)
    }

    /// How the values of a column are written, for readings of single ones.
    pub fn written(&self, position: usize) -> Written<'_> {
        Written::new(self.column(position), self)
    }

    /// What was said about how values are written.
    pub(super) fn pinned(&self) -> &Pinned {
        &self.pinned
    }

    /// What stands beside the first amount of the table that has a currency there, in the order in which columns are read.
    pub(super) fn currency(&self) -> &OnceLock<String> {
        &self.currency
    }

    /// The one decimal mark that the columns of numbers tell; `None` where none does, or two differ.
    pub(super) fn decimal(&self) -> Option<Decimal> {
        *self.decimal.get_or_init(|| {
            value::mark_of_all(self.numbers.iter().filter_map(|position| match &self.columns[*position] {
                Kept::Texts(texts) => Some(texts),
                Kept::Amounts(_) | Kept::Nothing => None,
            }))
        })
    }

    /// Notes that a value cannot be used.
    pub fn refuse(&self, row: usize, position: usize, problem: ValueProblem, problems: &mut Problems) {
        let value = self.column(position).get(row);
        let message = problem.message_of(self.input);
        let message = match super::rejects::shortened(value) {
            shown if shown.trim().is_empty() => message.into_owned(),
            shown if problem.is_of_nothing() => format!("`{shown}`: {message}"),
            shown => format!("`{shown}` {message}"),
        };
        problems.add((0, self.lines[row], position), problem.reason, self.location(row, position), message);
    }

    /// Notes which ids of a column are no customer.
    pub fn refuse_no_customer(&self, position: usize, problems: &mut Problems) {
        let ids = self.column(position);
        // Hardly ever there is one, and all threads see that sooner.
        if (0..ids.len()).into_par_iter().all(|row| value::customer(ids.get(row)).is_ok()) {
            return;
        }
        for (row, id) in ids.iter().enumerate() {
            if let Err(problem) = value::customer(id) {
                self.refuse(row, position, problem, problems);
            }
        }
    }

    /// One value per row; an empty field is a problem. Where there is a problem the value is the
    /// default one, and the caller must not go on.
    ///
    /// # Example
    /// ```
    /// use custval::columns::{ColumnMap, PROFIT};
    /// use custval::progress::Silent;
    /// use custval::scan::{Problems, ScanParams, Source, read_table, value};
    ///
    /// let source = Source::from_bytes("profits.csv", *b"customer_id,profit\na,12.5\nb,x\n")?;
    /// let table = read_table(&source, &ScanParams::default(), &Silent)?;
    /// let mut problems = Problems::new();
    /// let position = table.header().require(PROFIT, &ColumnMap::default())?;
    /// let profits: Vec<f64> = table.required(position, value::number, &mut problems);
    /// let refused = problems.check("1 value cannot be used", "mend it").unwrap_err();
    /// assert_eq!(profits[0], 12.5);
    /// assert!(refused.to_string().ends_with("profits.csv:3: column `profit`: `x` is not a number"));
    /// # Ok::<(), custval::Error>(())
    /// ```
    pub fn required<T: Default + Send>(
        &self,
        position: usize,
        parse: impl Fn(&Written<'_>, &[u8]) -> Result<T, ValueProblem> + Sync,
        problems: &mut Problems,
    ) -> Vec<T> {
        self.parsed(position, problems, |written, text| match text {
            [] => Err(ValueProblem::MISSING),
            text => parse(written, text),
        })
    }

    /// One value per row; `None` where the field is empty, or holds what databases write for nothing: `NULL`,
    /// `9999-12-31`.
    pub fn optional<T: Send>(
        &self,
        position: usize,
        parse: impl Fn(&Written<'_>, &[u8]) -> Result<T, ValueProblem> + Sync,
        problems: &mut Problems,
    ) -> Vec<Option<T>> {
        self.parsed(position, problems, |written, text| match text {
            [] => Ok(None),
            text => match parse(written, text) {
                Err(ValueProblem::MISSING | ValueProblem::PLACEHOLDER) => Ok(None),
                parsed => parsed.map(Some),
            },
        })
    }

    fn parsed<T: Default + Send>(
        &self,
        position: usize,
        problems: &mut Problems,
        parse: impl Fn(&Written<'_>, &[u8]) -> Result<T, ValueProblem> + Sync,
    ) -> Vec<T> {
        let column = self.column(position);
        let written = self.written(position);
        let blocks: Vec<(Vec<T>, Problems)> = (0..self.len().div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut found = Problems::new();
                let values = (block * BLOCK..((block + 1) * BLOCK).min(self.len()))
                    .map(|row| {
                        parse(&written, column.get(row)).unwrap_or_else(|problem| {
                            self.refuse(row, position, problem, &mut found);
                            T::default()
                        })
                    })
                    .collect();
                (values, found)
            })
            .collect();
        let mut values = Vec::with_capacity(self.len());
        for (block, found) in blocks {
            values.extend(block);
            problems.merge(found);
        }
        values
    }
}

/// What is wanted of the columns of one file, and what is made of it.
///
/// Where rows that cannot be used are to be set aside, those that `make` refuses are: the table is read once more without
/// them. They are its [`rejects`](TextTable::rejects).
///
/// # Errors
/// As [`read_table`]; what `make` refuses; and more rows set aside than may be.
pub fn read_columns_for<T>(
    source: &Source,
    params: &ScanParams,
    progress: &dyn Progress,
    wanted: impl Fn(&Header) -> Result<Vec<Keep>>,
    make: impl Fn(&TextTable) -> Result<T>,
) -> Result<(TextTable, T)> {
    let head = Head::of_table(source, params)?;
    let mut keep = wanted(&head.header)?;
    let mut refused = Refused::new();
    loop {
        let (table, no_amounts) = read(source, params, progress, Tuning::default(), head.clone(), &keep, &refused)?;
        if !no_amounts.is_empty() {
            // Of a value that could be two numbers, those of all columns tell which it is.
            keep.iter_mut().filter(|keep| **keep == Keep::Amounts).for_each(|keep| *keep = Keep::Texts);
            continue;
        }
        match make(&table) {
            Err(error)
                if params.bad_rows != BadRows::Refuse
                    && super::add_refused(&mut refused, &error, std::slice::from_ref(&head)) => {}
            made => return made.map(|made| (table, made)),
        }
    }
}

/// All fields of one file, and what is made of it as [`read_columns_for`] does.
///
/// # Errors
/// As there.
pub fn read_table_for<T>(
    source: &Source,
    params: &ScanParams,
    progress: &dyn Progress,
    make: impl Fn(&TextTable) -> Result<T>,
) -> Result<(TextTable, T)> {
    read_columns_for(source, params, progress, |header| Ok(vec![Keep::Texts; header.names().len()]), make)
}

/// All fields of one file.
///
/// # Errors
/// `Io` where it cannot be read; `Data`, with the first ten and the count by reason, where records
/// have another number of fields than the header, a quote is never closed, or a field is not UTF-8.
pub fn read_table(source: &Source, params: &ScanParams, progress: &dyn Progress) -> Result<TextTable> {
    read_table_tuned(source, params, progress, Tuning::default())
}

pub(super) fn read_table_tuned(
    source: &Source,
    params: &ScanParams,
    progress: &dyn Progress,
    tuning: Tuning,
) -> Result<TextTable> {
    let head = Head::of_table(source, params)?;
    let keep = vec![Keep::Texts; head.header.names().len()];
    read(source, params, progress, tuning, head, &keep, &Refused::new()).map(|(table, _)| table)
}

/// The table, and the columns that were to be amounts and are not.
fn read(
    source: &Source,
    params: &ScanParams,
    progress: &dyn Progress,
    tuning: Tuning,
    head: Head,
    keep: &[Keep],
    refused: &Refused,
) -> Result<(TextTable, Vec<usize>)> {
    let kept: Vec<usize> = (0..keep.len()).filter(|position| keep[*position] != Keep::Nothing).collect();
    let mut layout = Layout::texts_at(&head, &kept);
    layout.exclude(&head, &params.policies.exclude, &params.columns)?;
    let new = |position: &usize| match keep[*position] {
        Keep::Amounts => Kept::Amounts(Vec::new()),
        _ => Kept::Texts(Texts::default()),
    };
    let inputs = Inputs::one(source.clone());
    let params = ScanParams { no_customer: NoCustomer::Refuse, exchange: None, ..params.clone() };
    let job = Job {
        inputs: &inputs,
        heads: std::slice::from_ref(&head),
        layouts: std::slice::from_mut(&mut layout),
        params: &params,
        refused,
        keep_bad: params.bad_rows != BadRows::Refuse,
        tuning,
    };
    let Driven { sinks, counts, bad, .. } = drive_settled(
        job,
        progress,
        || Vec::<Piece>::new,
        |pieces, batch, number| {
            if pieces.last().is_none_or(|piece| piece.number != number) {
                pieces.push(Piece {
                    number,
                    columns: kept.iter().map(new).collect(),
                    lines: Vec::new(),
                    no_amounts: vec![],
                });
            }
            let piece = pieces.last_mut().expect("a piece was just added");
            for (number, column) in piece.columns.iter_mut().enumerate() {
                match column {
                    Kept::Amounts(amounts) => {
                        let read = batch.text(number).iter().map(|text| plain_amount(text, &params));
                        amounts.extend(read.map_while(std::convert::identity));
                        if amounts.len() < piece.lines.len() + batch.len() {
                            piece.no_amounts.push(kept[number]);
                        }
                    }
                    Kept::Texts(texts) => texts.append(batch.text(number)),
                    Kept::Nothing => {}
                }
            }
            piece.lines.extend_from_slice(batch.lines());
        },
    )?;
    let rejects = Rejects::new(&inputs, std::slice::from_ref(&head), bad);
    refuse(&rejects, &counts, &params)?;
    let mut pieces: Vec<Piece> = sinks.into_iter().flatten().collect();
    pieces.sort_unstable_by_key(|piece| piece.number);
    let rows = pieces.iter().map(|piece| piece.lines.len()).sum();
    let mut no_amounts: Vec<usize> = pieces.iter().flat_map(|piece| piece.no_amounts.iter().copied()).collect();
    no_amounts.sort_unstable();
    no_amounts.dedup();
    // One column after the other, so that each goes from its pieces before the next is made.
    let mut columns = vec![Kept::Nothing; keep.len()];
    for (number, position) in kept.into_iter().enumerate() {
        let parts = pieces.iter_mut().map(|piece| std::mem::replace(&mut piece.columns[number], Kept::Nothing));
        columns[position] = joined(parts.collect(), rows);
    }
    let mut lines = Vec::with_capacity(rows);
    pieces.iter().for_each(|piece| lines.extend_from_slice(&piece.lines));
    // Where several columns could be the customer, whoever asks for it is told.
    let ids = head.header.find(CUSTOMER_ID, &params.columns).ok().flatten();
    let folded = match ids.map(|ids| &mut columns[ids]) {
        Some(Kept::Texts(ids)) if params.policies.changes_ids() => Some(fold(ids, &params.policies)),
        _ => None,
    };
    let excluded = params.policies.exclude.into_iter().zip(&counts.excluded);
    let left_out = excluded.map(|(exclusion, tally)| (exclusion, tally.rows)).collect();
    let (header, pinned, input) = (head.header, params.pinned, params.input);
    // Two columns of one name are told to whoever asks for it.
    let standard = NUMBERS.iter().filter_map(|column| header.find(*column, &params.columns).ok().flatten());
    let (numbers, decimal, currency) = (standard.collect(), OnceLock::new(), OnceLock::new());
    let table =
        TextTable { header, columns, lines, pinned, input, folded, rejects, left_out, numbers, decimal, currency };
    Ok((table, no_amounts))
}

/// Makes customers of ids.
fn fold(ids: &mut Texts, policies: &Policies) -> FoldedIds {
    let mut customers = Texts::with_capacity(ids.len(), ids.byte_len());
    let (mut spellings, mut id, mut rows) = (Spellings::default(), Vec::new(), 0);
    for written in ids.iter() {
        id.clear();
        policies.push_customer(written, &mut id);
        rows += u64::from(id != written);
        spellings.see(written, &id);
        customers.push(&id);
    }
    *ids = customers;
    FoldedIds { rows, merged: spellings.merged() }
}

/// Refuses records that are none of the table, unless they are to be set aside and are few enough.
fn refuse(rejects: &Rejects, counts: &Counts, params: &ScanParams) -> Result<()> {
    let bad: u64 = counts.bad_rows().map(|(_, tally)| tally.rows).sum();
    let rows = counts.rows();
    let (message, hint) = match params.bad_rows {
        _ if bad == 0 => return Ok(()),
        BadRows::SetAside { at_most } if at_most.is_none_or(|limit| limit.allows(bad, rows)) => return Ok(()),
        BadRows::SetAside { at_most: Some(limit) } => (
            format!("{bad} of {rows} rows of {} cannot be used, and at most {limit} may be set aside", rejects.file()),
            "mend them, or raise `--max-rejects`",
        ),
        _ => (format!("{bad} of {rows} rows cannot be used"), "mend them in the file"),
    };
    let reasons: Vec<String> = counts.bad_rows().map(|(reason, tally)| format!("{reason} {}", tally.rows)).collect();
    let problems = rejects.problems()?;
    // Where they could still be set aside.
    let rows = if params.bad_rows == BadRows::Refuse { problems.rows() } else { Vec::new() };
    let refused = Error::data(format!("{message} ({})", reasons.join(", "))).refusing(rows);
    Err(refused.problems(problems.first()).hint(hint))
}

/// An amount that means the same however its column is written; `None` for any other.
fn plain_amount(text: &[u8], params: &ScanParams) -> Option<i64> {
    let point = params.pinned.decimal != Some(Decimal::Comma);
    let group = text.len() > 3 && text[text.len() - 4] == b'.';
    params.currency.parse(text).ok().filter(|_| !group && (point || !text.contains(&b'.')))
}

/// One column of its parts, which are all of one kind.
fn joined(parts: Vec<Kept>, rows: usize) -> Kept {
    let (mut texts, mut amounts) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Kept::Texts(part) => texts.push(part),
            Kept::Amounts(part) => amounts.push(part),
            Kept::Nothing => {}
        }
    }
    if !amounts.is_empty() {
        let mut all = Vec::with_capacity(rows);
        amounts.into_iter().for_each(|part| all.extend(part));
        return Kept::Amounts(all);
    }
    let mut all = Texts::with_capacity(rows, texts.iter().map(Texts::byte_len).sum());
    texts.into_iter().for_each(|part| all.append(&part));
    Kept::Texts(all)
}

/// The rows of one chunk.
struct Piece {
    number: u64,
    columns: Vec<Kept>,
    lines: Vec<u64>,
    /// Columns that were to be amounts and hold something else.
    no_amounts: Vec<usize>,
}
