//! What is in a file, what is wrong with it, and what it can be used for, before it is.
//!
//! # Question
//! What are these columns, how would they be read, what would be refused, and which commands can take them?
//!
//! # Definition
//! Every field of every record is looked at, each column under the dialect that its first rows propose; where all rows
//! together say otherwise the file is read once more. A column is read as a standard column by the name that was given, its
//! standard name or an alias. What a command would refuse is refused here: records that do not fit the header, values that
//! cannot be read, customers that are missing, values that could be two things. All else is shown as suspicious.
//!
//! What a table that commands read whole is refused for they say themselves: each is asked to read it. A line that is advised
//! repeats what was said about reading the file, and has the flags without which the command would refuse it; where no flag
//! mends that, and nothing decides how the values are written, no line is advised.
//!
//! *Outliers* are numbers more than ten median absolute deviations from the median where at most one in a hundred is, or more than a
//! hundred of them where at most one in twenty is; never a hundred numbers or more, and only of twenty or more (Leys et al. 2013
//! take 2.5 to 3 of them, scaled, for a normal distribution; money has long tails). Where more than half of the numbers are the
//! same, the median stands in for the deviation. *Much of the sum* is one amount of more than a hundred that is over 5 % of all that
//! is positive. *Gaps* are stretches without rows more than three times as long
//! as the one that 19 of 20 are shorter than, and longer than three days. A file *looks contractual* where it has a column of
//! starts, or where most customers with four or more days pay equal amounts at regular intervals.
//!
//! Where a file lacks columns by their names, a line proposes those that could be meant.
//!
//! Several files are looked at one by one, and then taken [`Together`]. One of them that cannot be read is a problem of its own.
//!
//! # Units
//! Lines count from 1, as editors count them. Medians are of some eight thousand values where there are more, chosen by a hash
//! of their line.
//!
//! # Memory
//! Bounded: different values are counted exactly up to 65,536 a column, customers up to 524,288 and rows up to 1,048,576; beyond that
//! the count says `more than`, and what is said of repeated rows and spellings is of a sample. While a file is read each thread keeps
//! up to twice as many, so that they seldom have to be thinned out.

mod advice;
mod bytes;
mod column;
#[cfg(feature = "frames")]
pub mod frame;
mod problems;
mod proposals;
mod report;
mod rows;
mod settings;
mod sketch;
#[cfg(test)]
mod tests;
mod together;

pub use advice::{Purpose, Suggestion};
pub use column::{Distinct, Kind};
pub use problems::Finding;
use problems::{NO_COMMAND, NO_HEADER};
pub use together::{Shared, Together};

use crate::columns::{self, Column, Header, Second};
use crate::dialect::{Dialect, Evidence, Pinned};
use crate::progress::Progress;
use crate::scan::{self, BadRows, Batch, Exclusion, Inputs, ReadAs, Rejects, ScanParams, Source, Unread};
use crate::time::Day;
use crate::{Error, ErrorKind, Result};
use advice::Needs;
use column::{Profile, Role};
use report::Subject;
use rows::{Rows, Seen};
use sketch::{hash, mix};
use together::{Gathering, Kept};

/// Every problem with the file that has it, file by file, and then those of several files together.
pub fn findings<'a>(
    reports: &'a [Report],
    together: Option<&'a Together>,
) -> impl Iterator<Item = (String, &'a Finding)> {
    let alone = |report: &'a Report| report.problems.iter().map(|found| (report.read_as.file.clone(), found));
    let shared = together.into_iter().flat_map(|together| &together.problems);
    reports.iter().flat_map(alone).chain(shared.map(|shared| (shared.named(), &shared.finding)))
}

/// Every command that can take a file, with that file, and those that take all of them together.
pub fn suggestions<'a>(
    reports: &'a [Report],
    together: Option<&'a Together>,
) -> impl Iterator<Item = (String, &'a Suggestion)> {
    let alone = |report: &'a Report| report.commands.iter().map(|command| (report.read_as.file.clone(), command));
    let all = together.into_iter().flat_map(|together| together.commands.iter().map(|one| (together.named(), one)));
    reports.iter().flat_map(alone).chain(all)
}

/// What is in one file.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file, and how it was read.
    pub read_as: ReadAs,
    /// Its records.
    pub rows: u64,
    /// How many of them each exclusion left out, so that nothing was looked at in them.
    pub left_out: Vec<(Exclusion, u64)>,
    /// Its columns, in their order.
    pub columns: Vec<ColumnReport>,
    /// What is wrong or suspicious, what would be refused first.
    pub problems: Vec<Finding>,
    /// What the file can be used for.
    pub commands: Vec<Suggestion>,
    /// What was found about how it is written, as settings: a name and a value of TOML.
    pub settings: Vec<(&'static str, String)>,
    /// The settings that nothing decides, each with why.
    pub undecided: Vec<(&'static str, String)>,
    /// What it is to the commands, where that is known.
    pub purpose: Option<Purpose>,
    needs: Needs,
    /// Whether a customer bought anything, and whether one did on two days.
    bought: bool,
    repeats: bool,
    /// What a log tells of how its amounts and its dates are written.
    told: Option<(Evidence, Evidence)>,
}

/// What is in one column.
#[derive(Debug, Clone)]
pub struct ColumnReport {
    /// Its name in the file.
    pub name: String,
    /// The standard columns it is read as.
    pub standard: Vec<&'static str>,
    /// What type of value it holds.
    pub kind: Kind,
    /// How its values are written, where that is not plain.
    pub written: Option<String>,
    /// Fields that say nothing.
    pub missing: u64,
    /// How many different values there are.
    pub distinct: Distinct,
    /// The smallest and the largest value.
    pub range: Option<(String, String)>,
    /// The first and the last day, of dates.
    pub first_day: Option<Day>,
    /// See `first_day`.
    pub last_day: Option<Day>,
    /// Fields that say nothing or, of dates, no day.
    open: u64,
    /// Whether all that it holds are whole numbers.
    whole: bool,
    /// Whether no two fields say the same.
    is_unique: bool,
}

impl Report {
    /// What there is to say of a file that cannot be read.
    fn unread(file: &str, error: &Error) -> Self {
        let place = error.location();
        let finding = Finding {
            refused: true,
            line: place.and_then(|place| place.line),
            column: place.and_then(|place| place.column.clone()),
            problem: error.message().to_owned(),
            value: String::new(),
            count: 1,
            hint: error.hint_text().unwrap_or_default().to_owned(),
        };
        Self {
            read_as: ReadAs::unread(file),
            rows: 0,
            left_out: Vec::new(),
            columns: Vec::new(),
            problems: vec![finding],
            commands: Vec::new(),
            settings: Vec::new(),
            undecided: Vec::new(),
            purpose: None,
            needs: Needs { more: true, ..Needs::default() },
            bought: false,
            repeats: false,
            told: None,
        }
    }

    /// Calls refused what is wrong with a file as a whole where no command can be advised for it and it is no table, which might
    /// stand beside other files: that has rows, and columns with names.
    fn refuse_useless(&mut self) {
        let no_names = self.problems.iter().any(|problem| problem.problem == NO_HEADER);
        let is_table = self.purpose.is_none() && self.rows > 0 && self.columns.len() > 1 && !no_names;
        if self.commands.is_empty() && !is_table && !self.is_refused() {
            self.problems
                .iter_mut()
                .filter(|problem| problem.column.is_none())
                .for_each(|problem| problem.refused = true);
            self.problems.sort_by_key(|problem| !problem.refused);
        }
    }

    /// Whether it is said that no command takes the file as it is, which may be right.
    pub fn is_for_no_command(&self) -> bool {
        self.problems.iter().any(|problem| problem.problem == NO_COMMAND)
    }

    /// Whether the file could be read: what cannot has no column.
    pub fn is_read(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Whether a command would refuse the file as it is.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.refused)
    }
}

/// What a check asks of the commands that it advises.
pub trait Commands {
    /// The files, as they were named.
    fn files(&self) -> Vec<String>;

    /// The preset that fits a header, where none was asked for.
    fn fitting_preset(&self, header: &Header) -> Option<String>;

    /// Whether a command takes files as it was said that they are read: a preset is for some.
    fn takes(&self, command: &str) -> bool;

    /// What was said about reading the files, as words for the line of a command: as far as it takes it for such a file, and would
    /// not hear of it anyway.
    fn said(&self, command: &str, purpose: Option<Purpose>) -> Vec<String>;

    /// The rows of a table that a command would set aside.
    ///
    /// # Errors
    /// What the command would refuse.
    fn read(&self, command: &str, purpose: Purpose, table: &Source, bad_rows: BadRows) -> Result<Rejects>;
}

/// A column that stands for standard ones, and how it is read.
#[derive(Debug, Clone)]
struct Place {
    standard: Vec<Column>,
    role: Role,
    /// Whether it is one of two columns of which the other one may hold the amount.
    may_be_empty: bool,
}

/// Everything that is gathered while a file is read.
struct Gathered {
    columns: Vec<Profile>,
    rows: Rows,
    /// The order in which the columns make up a row.
    order: Vec<usize>,
    scratch: Scratch,
}

/// What is in a file, with what it was found in.
struct Looked {
    report: Report,
    gathered: Gathered,
    places: Vec<Place>,
}

/// Memory that every batch is looked at in.
#[derive(Default)]
struct Scratch {
    hashes: Vec<u64>,
    known: Vec<bool>,
    seen: Seen,
}

/// What is in a file.
///
/// # Errors
/// `Io` where it cannot be read; `Data` where it has no header; `Usage` where a column that was named is not there.
pub fn check(source: &Source, params: &ScanParams, asker: &dyn Commands, progress: &dyn Progress) -> Result<Report> {
    look(source, params, asker, progress, &[]).map(|looked| looked.report)
}

/// What is in each file, and what only shows when they are taken together; the latter not where they are one, or known to be
/// for different commands. What commands take together they are advised for together.
///
/// Of several files those that cannot be read for what is in them have that as their problem: `others` are such that were not even
/// opened, as [`Inputs::open_readable`] gives them.
///
/// # Errors
/// Those of [`check`], of the first file that has one; `Data` only where it is the only file.
pub fn check_all(
    inputs: &Inputs,
    others: Vec<Unread>,
    params: &ScanParams,
    asker: &dyn Commands,
    progress: &dyn Progress,
) -> Result<(Vec<Report>, Option<Together>)> {
    let several = inputs.sources().len() + others.len() > 1;
    let mut unread: Vec<(usize, Report)> = Vec::new();
    for Unread { place, file, error } in others {
        if !several {
            return Err(error);
        }
        unread.push((place, Report::unread(&file, &error)));
    }
    let is_open = |place: &usize| !unread.iter().any(|(unread, _)| unread == place);
    let open: Vec<(usize, &Source)> = (0..).filter(is_open).zip(inputs.sources()).collect();
    let (mut sources, mut reports, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for (place, source) in open {
        match look(source, params, asker, progress, &reports) {
            Ok(Looked { report, gathered, places }) => {
                kept.extend(several.then(|| Kept::of(gathered, &places, &report)));
                sources.push((place, source));
                reports.push(report);
            }
            Err(error) if several && error.kind() == ErrorKind::Data => {
                unread.push((place, Report::unread(source.name(), &error)));
            }
            Err(error) => return Err(error),
        }
    }
    // As when they are read: a log that does not tell by itself is written like the others.
    for (number, (_, source)) in sources.iter().enumerate().filter(|_| several) {
        let Some(pinned) = pinned_by_others(&reports[number], &reports, &params.pinned) else { continue };
        let params = ScanParams { pinned, ..params.clone() };
        let Looked { report, gathered, places } = look(source, &params, asker, progress, &reports[..number])?;
        kept[number] = Kept::of(gathered, &places, &report);
        reports[number] = report;
    }
    let mut gathering = Gathering::new();
    kept.into_iter().for_each(|kept| gathering.add(kept));
    let together = gathering.finish(&reports, unread.is_empty(), params, asker);
    match &together {
        Some(together) if !together.commands.is_empty() => {
            reports.iter_mut().for_each(|report| report.commands.clear());
        }
        _ => reports.iter_mut().for_each(Report::refuse_useless),
    }
    let mut all: Vec<(usize, Report)> =
        sources.into_iter().map(|(place, _)| place).zip(reports).chain(unread).collect();
    all.sort_by_key(|(place, _)| *place);
    Ok((all.into_iter().map(|(_, report)| report).collect(), together))
}

/// How a log is written whose own values leave that open, by those of all logs; none where it is not open, or they leave it too.
fn pinned_by_others(report: &Report, all: &[Report], pinned: &Pinned) -> Option<Pinned> {
    let (amounts, dates) = report.told.as_ref()?;
    let (mut all_amounts, mut all_dates) = (Evidence::default(), Evidence::default());
    for (amounts, dates) in all.iter().filter_map(|report| report.told.as_ref()) {
        all_amounts.merge(amounts);
        all_dates.merge(dates);
    }
    let mut found = pinned.clone();
    if amounts.unclear_decimal(pinned).is_some() && all_amounts.unclear_decimal(pinned).is_none() {
        found.decimal = Some(all_amounts.dialect(pinned).decimal);
    }
    if dates.unclear_order(pinned).is_some() && all_dates.unclear_order(pinned).is_none() {
        found.dates = Some(all_dates.dialect(pinned).dates);
    }
    (found != *pinned).then_some(found)
}

/// Looks at a file; a row is made up like the rows of the first file before it that has the same columns.
fn look(
    source: &Source,
    params: &ScanParams,
    asker: &dyn Commands,
    progress: &dyn Progress,
    before: &[Report],
) -> Result<Looked> {
    let header = scan::headers(&Inputs::one(source.clone()), params)?.remove(0);
    let (places, doubled) = places(&header, params)?;
    let new = || places.iter().map(|place| Profile::new(place.role)).collect::<Vec<_>>();
    let told =
        |profiles: &[Profile]| -> Vec<Evidence> { profiles.iter().map(|profile| profile.evidence.clone()).collect() };
    let mut proposed = new();
    scan::sample(source, params, |column, text| {
        proposed[column].see(text, 0, &Dialect::default(), &params.currency);
    })?;
    let mut dialects = dialects(&told(&proposed), &places, params);
    let key = rows::Key::of(&places, &header, params)?;
    let order = order(header.names(), before);
    loop {
        let fields = scan::scan_fields(
            source,
            params,
            progress,
            |_| Gathered { columns: new(), rows: Rows::new(key), order: order.clone(), scratch: Scratch::default() },
            |gathered: &mut Gathered, batch| gathered.absorb(batch, &dialects, params),
            |one, other| {
                one.columns.iter_mut().zip(other.columns).for_each(|(one, other)| one.merge(other));
                one.rows.merge(other.rows);
            },
        )?;
        // What the values tell does not depend on how they were read, so the second time it is the same.
        let settled = self::dialects(&told(&fields.reduction.columns), &places, params);
        if settled == dialects {
            let (places, before) = (&places[..], before.len());
            let subject = Subject { source, before, places, doubled: &doubled, dialects: &dialects, params, asker };
            let (report, gathered) = report::report(fields, &subject)?;
            return Ok(Looked { report, gathered, places: places.to_vec() });
        }
        dialects = settled;
    }
}

impl Gathered {
    fn absorb(&mut self, batch: &Batch, dialects: &[Dialect], params: &ScanParams) {
        let Scratch { hashes, known, seen } = &mut self.scratch;
        seen.rows.clear();
        seen.rows.resize(batch.len(), 0);
        for column in self.order.iter().copied() {
            let profile = &mut self.columns[column];
            let texts = batch.text(column);
            hashes.clear();
            hashes.extend(texts.iter().map(hash));
            seen.rows.iter_mut().zip(&*hashes).for_each(|(row, hash)| *row = mix(*row ^ hash));
            profile.absorb((texts, hashes), batch.lines(), (&dialects[column], &params.currency), known);
            if self.rows.key.customer == Some(column) {
                std::mem::swap(hashes, &mut seen.ids);
                std::mem::swap(known, &mut seen.known);
            }
        }
        self.rows.absorb(batch, seen, dialects, params);
    }
}

/// The columns in the order of the first file that has the same ones, else in their own.
fn order(names: &[String], before: &[Report]) -> Vec<usize> {
    let place = |column: &ColumnReport| names.iter().position(|name| *name == column.name);
    let of = |report: &Report| -> Option<Vec<usize>> {
        let places: Vec<usize> = report.columns.iter().filter_map(place).collect();
        let different: std::collections::BTreeSet<&usize> = places.iter().collect();
        (different.len() == names.len() && report.columns.len() == names.len()).then_some(places)
    };
    before.iter().find_map(of).unwrap_or_else(|| (0..names.len()).collect())
}

/// Which standard columns each column stands for, and the first of those that two columns could stand for.
fn places(header: &Header, params: &ScanParams) -> Result<(Vec<Place>, Vec<Column>)> {
    let mut doubled = Vec::new();
    let mut places = vec![Place { standard: Vec::new(), role: Role::Free, may_be_empty: false }; header.names().len()];
    for column in columns::ALL {
        let (one, second) = match header.find_amount(*column, &params.columns) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            // The other columns can be looked at all the same.
            Err(error) if error.kind() == ErrorKind::Data => {
                doubled.push(*column);
                continue;
            }
            Err(error) => return Err(error),
        };
        let role = match second {
            Some(Second::Factor(_)) => Role::Factor,
            Some(Second::Subtrahend(_)) => Role::Amount,
            None => Role::of(*column),
        };
        for position in [Some(one), second.map(Second::column)].into_iter().flatten() {
            let place = &mut places[position];
            place.may_be_empty |= matches!(second, Some(Second::Subtrahend(_)));
            // What was said to stand for one column is not also taken for another by its name.
            if place.standard.is_empty() || place.role == Role::Free {
                place.role = role;
            }
            place.standard.push(*column);
        }
    }
    Ok((places, doubled))
}

/// How each column is written. Those that are read by the same settings of a log are settled together.
fn dialects(evidence: &[Evidence], places: &[Place], params: &ScanParams) -> Vec<Dialect> {
    let mut amounts = Evidence::default();
    let is_amount = |place: &Place| place.standard.contains(&columns::AMOUNT);
    evidence.iter().zip(places).filter(|(_, place)| is_amount(place)).for_each(|(one, _)| amounts.merge(one));
    let one = |(evidence, place): (&Evidence, &Place)| {
        let own = evidence.dialect(&params.pinned);
        Dialect { decimal: if is_amount(place) { amounts.dialect(&params.pinned).decimal } else { own.decimal }, ..own }
    };
    evidence.iter().zip(places).map(one).collect()
}
