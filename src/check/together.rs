//! What only shows when several files are taken together as one table.
//!
//! # Question
//! Would a command take these files together, and would it count anything twice or miss anything?
//!
//! # Definition
//! Files are taken together unless they are known to be for different commands, as a ledger and contracts are, or are for none that is
//! known and have no column in common. *Rows in both* have
//! the same text in every field, whatever the order of the columns; a row of a later file counts once, for the first file that
//! has it. *Days in several files* are days on which two of them have a row. *Days in no file* are more than three between files, and more than any stretch without rows inside of them.
//!
//! # Memory
//! Bounded for any number of files: rows are compared up to as many different ones as one file's are told apart, and beyond
//! that in a sample by their hash, which is the same in every file.

use std::collections::{BTreeMap, BTreeSet};

use super::advice::{Needs, Purpose, Suggestion, commands_of_all};
use super::column::Distinct;
use super::problems::{Finding, in_others};
use super::proposals::stand_in;
use super::rows::{CUSTOMERS, ROWS};
use super::sketch::Sketch;
use super::{ColumnReport, Commands, Gathered, Place, Report};
use crate::columns::{AMOUNT, CURRENCY, CUSTOMER_ID, Column, DATE, START};
use crate::dialect::Evidence;
use crate::money::Currency;
use crate::scan::ScanParams;
use crate::time::{Day, span};

/// What files are, taken together.
#[derive(Debug, Clone)]
pub struct Together {
    /// All files.
    pub files: Vec<String>,
    /// Their records.
    pub rows: u64,
    /// How many different customers they have.
    pub customers: Option<Distinct>,
    /// The first and the last day of all.
    pub days: Option<(Day, Day)>,
    /// What is wrong or suspicious, what would be refused first.
    pub problems: Vec<Shared>,
    /// What all files can be used for, where they fit together.
    pub commands: Vec<Suggestion>,
}

/// Something about several files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The files it is about.
    pub files: Vec<String>,
    /// What it is; it has no line, since each file has lines of its own.
    pub finding: Finding,
}

impl Shared {
    /// The files, for people.
    pub fn named(&self) -> String {
        named(&self.files)
    }
}

fn named(files: &[String]) -> String {
    match files {
        [first, second, rest @ ..] if rest.len() > 1 => format!("{first}, {second} and {} more", rest.len()),
        few => few.join(", "),
    }
}

impl Together {
    /// The files, for people.
    pub fn named(&self) -> String {
        named(&self.files)
    }

    /// Whether a command would refuse the files together.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.finding.refused)
    }
}

/// What is kept of one file to compare it with others.
pub(super) struct Kept {
    /// The hash, the count and the first line of each row, and the bound of the sample.
    records: Vec<(u64, u64, u64)>,
    bound: u64,
    customers: Option<Sketch<()>>,
    /// How it is written, as far as its values tell.
    written: Vec<(&'static str, String)>,
    /// What tells the currency of its amounts, and how many are in each.
    currencies: Evidence,
    in_currency: BTreeMap<String, u64>,
    /// The days that it has rows of, in their order.
    days: Vec<Day>,
}

impl Kept {
    pub fn of(gathered: Gathered, places: &[Place], report: &Report) -> Self {
        let Gathered { mut columns, mut rows, .. } = gathered;
        let place = |column: Column| places.iter().position(|place| place.standard.contains(&column));
        let (bound, records) = rows.records.kept();
        let records = records.map(|(hash, (count, first, _))| (hash, *count, *first)).collect();
        let (mut currencies, mut in_currency) = (Evidence::default(), BTreeMap::new());
        let tells = |place: &Place| place.standard.contains(&AMOUNT) || place.standard.contains(&CURRENCY);
        columns.iter().zip(places).filter(|(_, place)| tells(place)).for_each(|(profile, _)| {
            currencies.merge(&profile.evidence);
            profile.in_currency.iter().for_each(|(name, rows)| *in_currency.entry(name.clone()).or_default() += rows);
        });
        let date = place(DATE).or_else(|| place(START));
        let written = report.settings.iter().filter(|(name, _)| WAYS.contains(name)).cloned().collect();
        Self {
            records,
            bound,
            written,
            currencies,
            in_currency,
            days: date.map(|date| columns[date].days.keys().copied().collect()).unwrap_or_default(),
            customers: place(CUSTOMER_ID).map(|id| columns.swap_remove(id).distinct),
        }
    }

    /// The first day and the last.
    fn span(&self) -> Option<(Day, Day)> {
        self.days.first().copied().zip(self.days.last().copied())
    }
}

/// The settings in which files are written in different ways.
const WAYS: [&str; 4] = ["delimiter", "encoding", "decimal", "date-format"];

/// What is gathered about all files, one after the other.
pub(super) struct Gathering {
    kept: Vec<Kept>,
    /// Rows of all files, by their hash and then by file: file, count, first line.
    records: Vec<(u64, usize, u64, u64)>,
    bound: u64,
    customers: Option<Sketch<()>>,
}

impl Gathering {
    pub fn new() -> Self {
        Self { kept: Vec::new(), records: Vec::new(), bound: u64::MAX, customers: None }
    }

    pub fn add(&mut self, mut kept: Kept) {
        let file = self.kept.len();
        self.bound = self.bound.min(kept.bound);
        let records = std::mem::take(&mut kept.records);
        self.records.extend(records.into_iter().map(|(hash, count, first)| (hash, file, count, first)));
        self.records.sort_unstable();
        // As many different rows as are told apart in one file.
        let different = self.records.chunk_by(|one, next| one.0 == next.0).map(|same| same[0].0);
        if let Some(next) = different.clone().nth(ROWS) {
            self.bound = self.bound.min(next - 1);
        }
        let bound = self.bound;
        self.records.truncate(self.records.partition_point(|(hash, ..)| *hash <= bound));
        if let Some(customers) = kept.customers.take() {
            self.customers.get_or_insert_with(|| Sketch::new(CUSTOMERS)).merge(customers, |(), ()| ());
        }
        self.kept.push(kept);
    }

    /// What is to be said of all of them; nothing where they are one file, or files for different commands.
    /// Where `are_all` is false the run was asked for other files as well, which nothing can read.
    pub fn finish(
        mut self,
        reports: &[Report],
        are_all: bool,
        params: &ScanParams,
        asker: &dyn Commands,
    ) -> Option<Together> {
        let mut purposes: Vec<Purpose> = reports.iter().filter_map(|report| report.purpose).collect();
        purposes.sort_unstable();
        purposes.dedup();
        if reports.len() < 2 || purposes.len() > 1 || (purposes.is_empty() && !are_alike(reports)) {
            return None;
        }
        let purpose = purposes.first().copied();
        let files: Vec<String> = reports.iter().map(|report| report.read_as.file.clone()).collect();
        let mut found = Found { files: &files, problems: Vec::new() };
        found.columns(reports, purpose);
        found.currencies(&self.kept, params);
        found.ways(&self.kept);
        let is_doubled = found.rows(&self.records, self.bound, purpose);
        found.days(&self.kept);
        let mut problems = found.problems;
        problems.sort_by_key(|shared| !shared.finding.refused);
        let customers = self.customers.as_mut().map(|customers| {
            let (count, more) = customers.count();
            Distinct { count, more }
        });
        let days = self.kept.iter().fold(None, |all, kept| span(all, kept.span()));
        let is_fit = |report: &Report| report.purpose == Some(Purpose::Log) && !report.needs.more;
        let fit = are_all && reports.iter().all(is_fit) && reports.iter().any(|report| report.bought);
        let commands = match fit && !is_doubled && !problems.iter().any(|shared| shared.finding.refused) {
            true => of_all(reports, asker),
            false => Vec::new(),
        };
        let rows = reports.iter().map(|report| report.rows).sum();
        Some(Together { rows, files, customers, days, problems, commands })
    }
}

/// The commands that take all files of a log.
fn of_all(reports: &[Report], asker: &dyn Commands) -> Vec<Suggestion> {
    let any = |of: fn(&Report) -> bool| reports.iter().any(of);
    let needs = Needs {
        rejects: any(|report| report.needs.rejects),
        no_customer: any(|report| report.needs.no_customer),
        more: false,
    };
    commands_of_all(asker, needs, any(|report| report.repeats), &format!("{} files of one log", reports.len()))
}

/// Whether the files have a column in common.
fn are_alike(reports: &[Report]) -> bool {
    let in_all = |name: &str| reports.iter().all(|report| report.columns.iter().any(|own| own.name == name));
    reports.first().is_some_and(|first| first.columns.iter().any(|column| in_all(&column.name)))
}

struct Found<'a> {
    files: &'a [String],
    problems: Vec<Shared>,
}

impl Found<'_> {
    fn add(&mut self, files: impl IntoIterator<Item = usize>, what: (&str, String), count: u64, hint: String) {
        self.push(files, false, (None, what.0, what.1), count, hint);
    }

    fn push(
        &mut self,
        files: impl IntoIterator<Item = usize>,
        refused: bool,
        (column, problem, value): (Option<String>, &str, String),
        count: u64,
        hint: String,
    ) {
        let finding = Finding { refused, line: None, column, problem: problem.to_owned(), value, count, hint };
        let files = files.into_iter().map(|file| self.files[file].clone()).collect();
        self.problems.push(Shared { files, finding });
    }

    /// Columns that some files have and others have not: what a command needs, and all others.
    fn columns(&mut self, reports: &[Report], purpose: Option<Purpose>) {
        let (needed, command): (&[Column], _) = match purpose {
            Some(Purpose::Log) => (&[CUSTOMER_ID, DATE, AMOUNT], "summary"),
            Some(Purpose::Contracts) => (&[CUSTOMER_ID, START], "churn"),
            _ => (&[], ""),
        };
        for column in needed {
            let without: Vec<usize> = (0..reports.len()).filter(|file| lacks(&reports[*file], *column)).collect();
            let Some(first) = without.first() else { continue };
            let guessed = stand_in(&reports[*first].columns, *column);
            let name = guessed.unwrap_or("NAME");
            let hint = format!(
                "`{command}` refuses such a file: rename its column, say `--column '{}={name}|'`, or leave the file out",
                column.name
            );
            let value = guessed.map(|name| format!("perhaps `{name}`")).unwrap_or_default();
            let count = without.len() as u64;
            self.push(without, true, (Some(column.name.to_owned()), "column missing", value), count, hint);
        }
        let mut having: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (file, report) in reports.iter().enumerate() {
            // What may be a needed column under another name has been named.
            let is_needed = |own: &ColumnReport| {
                let stands_in = |column: &Column| stand_in(&report.columns, *column) == Some(&own.name);
                needed
                    .iter()
                    .any(|column| own.standard.contains(&column.name) || (lacks(report, *column) && stands_in(column)))
            };
            for column in report.columns.iter().filter(|column| !is_needed(column)) {
                let name = column.standard.first().copied().unwrap_or(&column.name);
                having.entry(name).or_default().push(file);
            }
        }
        let some: Vec<&str> = having
            .iter()
            .filter(|(_, files)| (0..reports.len()).any(|file| !files.contains(&file)))
            .map(|(name, _)| *name)
            .collect();
        if !some.is_empty() {
            let without = (0..reports.len())
                .filter(|file| some.iter().any(|name| !having[name].contains(file)))
                .collect::<Vec<_>>();
            let hint = "a run that asks for such a column, as `--by` or `--unique` does, refuses the files without it";
            let value = crate::scan::shortened(some.join(", ").as_bytes());
            self.add(without, ("columns that other files have", value), some.len() as u64, hint.to_owned());
        }
    }

    /// Amounts of one run are in one currency.
    fn currencies(&mut self, kept: &[Kept], params: &ScanParams) {
        let mut all = Evidence::default();
        kept.iter().for_each(|kept| all.merge(&kept.currencies));
        let alone = kept.iter().any(|kept| !Currency::are_one(kept.currencies.written_currencies()));
        if params.exchange.is_none() && !alone && !params.currency.may_add(all.written_currencies()) {
            let has_some = |file: &usize| kept[*file].currencies.written_currencies().next().is_some();
            let files = (0..kept.len()).filter(has_some);
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            let rows = kept.iter().flat_map(|kept| &kept.in_currency);
            rows.for_each(|(name, rows)| *counts.entry(name.clone()).or_default() += rows);
            let first = files.clone().next().and_then(|file| kept[file].currencies.written_currencies().next());
            let (_, rows) = in_others(&all, &counts, first);
            let all: Vec<&str> = all.written_currencies().collect();
            let hint = params.currency.hint_for_several(all.iter().copied(), Currency::KEEP_ONE);
            let what = (None, "several currencies", all.join(", "));
            self.push(files.collect::<Vec<_>>(), true, what, rows, hint);
        }
    }

    /// Files that are written in different ways are each read in their own.
    fn ways(&mut self, kept: &[Kept]) {
        for way in WAYS {
            let mut ways: Vec<(usize, &str)> = Vec::new();
            for (file, kept) in kept.iter().enumerate() {
                ways.extend(
                    kept.written.iter().filter(|(name, _)| *name == way).map(|(_, value)| (file, value.as_str())),
                );
            }
            let mut different: Vec<String> =
                ways.iter().map(|(_, value)| format!("`{}`", value.trim_matches('"'))).collect();
            different.sort_unstable();
            different.dedup();
            if different.len() > 1 {
                let value = format!("{way}: {}", different.join(", "));
                let hint = format!("each file is read in its own way; `--{way}` would hold for all of them");
                let files: Vec<usize> = ways.iter().map(|(file, _)| *file).collect();
                self.add(files, ("written in different ways", value), different.len() as u64, hint);
            }
        }
    }

    /// Rows that an earlier file has as well; returns whether there are any.
    fn rows(&mut self, records: &[(u64, usize, u64, u64)], bound: u64, purpose: Option<Purpose>) -> bool {
        // Of each two files: how many rows of the later one, and the first line in each.
        let mut shared: BTreeMap<(usize, usize), (u64, u64, u64)> = BTreeMap::new();
        let mut different = 0_u64;
        for same in records.chunk_by(|one, next| one.0 == next.0) {
            different += 1;
            let [(_, earlier, _, line), later @ ..] = same else { continue };
            for (_, file, count, own) in later {
                let found = shared.entry((*earlier, *file)).or_insert((0, u64::MAX, u64::MAX));
                found.0 += count;
                if *own < found.2 {
                    (found.1, found.2) = (*line, *own);
                }
            }
        }
        let among = if bound < u64::MAX { format!("of {different} that were looked at; ") } else { String::new() };
        let unique = match purpose {
            Some(Purpose::Log) | None => ", or declare what tells rows apart with `--unique COLUMN`",
            Some(_) => "",
        };
        let is_doubled = !shared.is_empty();
        for ((earlier, later), (count, line, own)) in shared {
            let [one, other] = [&self.files[earlier], &self.files[later]];
            let value = format!("line {own} is line {line} of {one}");
            let hint = format!(
                "{among}rows of {other} that are in {one} as well count twice: leave one of the files out{unique}"
            );
            self.add([earlier, later], ("rows in both files", value), count, hint);
        }
        is_doubled
    }

    /// Days that several files have, and stretches between files that none has.
    fn days(&mut self, kept: &[Kept]) {
        // The file that each day is first seen in, and the days and files of what is seen again.
        let mut first_in: BTreeMap<Day, usize> = BTreeMap::new();
        let (mut days, mut files) = (BTreeSet::new(), BTreeSet::new());
        for (file, kept) in kept.iter().enumerate() {
            for day in &kept.days {
                let first = *first_in.entry(*day).or_insert(file);
                if first != file {
                    days.insert(*day);
                    files.extend([first, file]);
                }
            }
        }
        self.between(kept);
        if let (Some(first), Some(last)) = (days.first(), days.last()) {
            let value = format!("{first} to {last}");
            let hint = "right where each file has other customers or shops; else look whether one is a later export of the other";
            self.add(files, ("days in several files", value), days.len() as u64, hint.to_owned());
        }
    }

    /// Stretches between files that none has.
    fn between(&mut self, kept: &[Kept]) {
        let mut spans: Vec<(Day, Day, usize)> = kept
            .iter()
            .enumerate()
            .filter_map(|(file, kept)| kept.span().map(|(first, last)| (first, last, file)))
            .collect();
        spans.sort_unstable();
        let Some(((_, mut last, mut latest), later)) = spans.split_first().map(|(first, later)| (*first, later)) else {
            return;
        };
        let stretches = kept.iter().flat_map(|kept| kept.days.windows(2)).map(|pair| pair[1].0 - pair[0].0);
        let usual = stretches.max().unwrap_or(0);
        for (first, end, file) in later {
            let days = first.0 - last.0 - 1;
            if days > 3 && days >= usual {
                let value = format!("{} to {}", Day(last.0 + 1), Day(first.0 - 1));
                let hint = "ask whether a file is missing".to_owned();
                self.add([latest, *file], ("days in no file", value), days as u64, hint);
            }
            if *end > last {
                (last, latest) = (*end, *file);
            }
        }
    }
}

fn lacks(report: &Report, column: Column) -> bool {
    !report.columns.iter().any(|own| own.standard.contains(&column.name))
}
