//! What is wrong with a file, what is suspicious about it, and what to do.

use std::collections::BTreeMap;

use super::advice::{Decided, Known, Needs, Purpose, commands, settings};
use super::column::{Distinct, Kind, LARGEST, Oddity, Profile, Role};
use super::rows::{CUSTOMERS, ROWS, Rows};
use super::{ColumnReport, Commands, Gathered, Place, Report};
use crate::columns::{
    self, ACCOUNT, AMOUNT, CREDIT, CURRENCY, CUSTOMER_ID, Column, DATE, DEBIT, END, END_DATE, Header, QUANTITY, START,
};
use crate::dialect::{Decimal, Dialect, Evidence, Pinned, Sighting};
use crate::error::RefusedRow;
use crate::money::{AmountProblem, Currency};
use crate::progress::Silent;
use crate::scan::{
    BadRows, Fields, NoCustomer, Reason, RejectedRows, ScanParams, Source, ValueProblem, scan_fields, shortened,
};
use crate::time::{Day, DayProblem};
use crate::{Error, Result};

/// Something that is wrong or suspicious.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether a command would refuse the file for it.
    pub refused: bool,
    /// The line on which it is first seen, where it is about lines.
    pub line: Option<u64>,
    /// The column it is about.
    pub column: Option<String>,
    /// What it is, in a few words.
    pub problem: String,
    /// The first value.
    pub value: String,
    /// How many rows or values it concerns.
    pub count: u64,
    /// What to do about it.
    pub hint: String,
}

/// What a file is looked at with.
pub(super) struct Subject<'a> {
    pub source: &'a Source,
    /// How many files were looked at before.
    pub before: usize,
    pub places: &'a [Place],
    /// The first of the standard columns that two columns could stand for.
    pub doubled: &'a [Column],
    pub dialects: &'a [Dialect],
    pub params: &'a ScanParams,
    pub asker: &'a dyn Commands,
}

/// Everything found, put in order, and what it was found in.
pub(super) fn report(fields: Fields<Gathered>, subject: &Subject<'_>) -> Result<(Report, Gathered)> {
    let Subject { source, places, dialects, params, asker, .. } = *subject;
    let Fields { header, read_as, mut reduction, rows, bad, first_bad, left_out } = fields;
    let excluded: u64 = left_out.iter().map(|(_, rows)| rows).sum();
    let purpose = Purpose::of(places);
    let mut found = Findings { all: Vec::new(), purpose, needs: Needs::default(), params, rows };
    let title = header.title_hint().filter(|_| places.iter().all(|place| place.standard.is_empty()));
    for (reason, count) in bad {
        let line = first_bad.iter().find(|(own, _)| *own == reason).map(|(_, line)| *line);
        // Under a title the records are longer than it is, and none of them is wrong.
        match title.filter(|_| reason == Reason::FieldCount) {
            Some(title) => found.refuse(line, None, reason.name(), "", count, title),
            None => found.refuse_rows(line, None, reason, "", count),
        }
    }
    for column in subject.doubled {
        found.of_doubled(*column, &header);
    }
    let no_names = header.looks_like_a_row();
    if no_names {
        let hint = format!("if the first line is a row, say `--no-header`, and `--column {}=1`", CUSTOMER_ID.name);
        found.add(
            false,
            (Some(header.line()), None),
            ("perhaps there is no header", &header.names().join(", ")),
            1,
            &hint,
        );
    }
    let is_table = found.purpose.is_some_and(Purpose::is_table);
    let decided = Decided::of(&reduction.columns, places, dialects, is_table);
    let mut columns = Vec::new();
    for (position, profile) in reduction.columns.iter_mut().enumerate() {
        let (count, more) = profile.distinct.count();
        let place = &places[position];
        // The columns of an amount are settled together.
        let amounts = (!is_table && place.standard.contains(&AMOUNT)).then(|| decided.numbers.first()).flatten();
        let unclear = Unclear {
            decimal: amounts.unwrap_or(&profile.evidence).unclear_decimal(&params.pinned).is_some(),
            order: profile.evidence.unclear_order(&params.pinned).is_some(),
            same: params.pinned.dates.is_none() && are_same(&profile.evidence),
        };
        let distinct = Distinct { count, more };
        let kind = profile.kind(distinct);
        let name = header.names()[position].clone();
        let column = describe(&name, profile, place, kind, distinct, (&dialects[position], unclear));
        found.of_column(&column, profile, place, unclear);
        columns.push(column);
    }
    found.of_money(&reduction.columns, places);
    let Histories { repeats, telling, regular } = found.of_rows(&mut reduction.rows, &columns);
    let mut known = Known {
        file: &read_as.file,
        before: subject.before,
        places,
        columns: &columns,
        purpose,
        needs: Needs::default(),
        able: Vec::new(),
        repeats,
        telling,
        regular,
        no_names: no_names || title.is_some(),
        preset: asker.fitting_preset(&header),
        asker,
    };
    let no_row = |one: &Finding| one.refused && one.line.is_some() && one.count >= rows - excluded;
    // No row is left for any command.
    found.needs.more |= rows == excluded || found.all.iter().any(no_row);
    if let Some(purpose) = purpose.filter(|purpose| purpose.is_table()) {
        found.needs = Needs::default();
        known.able = found.of_table(&known.candidates(), purpose, source, asker)?;
    }
    let Rows { usable, bought, .. } = reduction.rows;
    found.needs.more |= purpose == Some(Purpose::Log) && !usable;
    if found.all.is_empty() && rows == excluded {
        found.needs.more = true;
        match rows {
            0 => found.add(false, (None, None), ("no row", ""), 0, "export it again: there is nobody to speak of"),
            _ => found.add(false, (None, None), ("every row is left out", ""), rows, "say `--exclude` of fewer rows"),
        }
    }
    let is_empty = purpose == Some(Purpose::Log) && usable && !bought;
    if is_empty {
        let hint = "amounts below zero are refunds: a run of this file alone has no customer to speak of";
        found.add(false, (None, None), ("no purchase", ""), rows - excluded, hint);
    }
    known.needs = Needs { more: found.needs.more || is_empty, ..found.needs };
    let commands = commands(&known);
    let is_judged = subject.doubled.is_empty() && !no_names && (title.is_none() || !found.needs.more);
    if commands.is_empty() && purpose.is_none() && is_judged && rows > excluded {
        found.of_nothing(places, title);
    }
    let settings = settings(&known, &read_as, &decided, params);
    let needs = found.needs;
    let mut problems = found.all;
    problems.sort_by(|one, other| {
        (!one.refused, one.line.unwrap_or(u64::MAX), &one.column, &one.problem).cmp(&(
            !other.refused,
            other.line.unwrap_or(u64::MAX),
            &other.column,
            &other.problem,
        ))
    });
    let undecided = decided.undecided(&params.pinned);
    let is_log = purpose == Some(Purpose::Log);
    let told = decided.numbers.into_iter().next().zip(decided.dates.into_iter().next()).filter(|_| is_log);
    let report = Report {
        read_as,
        rows,
        left_out,
        columns,
        problems,
        commands,
        settings,
        undecided,
        purpose,
        needs,
        bought,
        repeats,
        told,
    };
    Ok((report, reduction))
}

/// What nothing tells about the values of a column.
#[derive(Debug, Clone, Copy)]
struct Unclear {
    decimal: bool,
    order: bool,
    /// Whether every date is the same day with either order.
    same: bool,
}

/// What is in a column, for people.
fn describe(
    name: &str,
    profile: &Profile,
    place: &Place,
    kind: Kind,
    distinct: Distinct,
    (dialect, unclear): (&Dialect, Unclear),
) -> ColumnReport {
    let days = profile.days.first_key_value().zip(profile.days.last_key_value());
    let days = days.map(|((first, _), (last, _))| (*first, *last)).filter(|_| kind == Kind::Date);
    let is_number = matches!(kind, Kind::Amount | Kind::Number);
    let range = match kind {
        Kind::Date => days.map(|(first, last)| (first.to_string(), last.to_string())),
        _ if is_number && !unclear.decimal => {
            profile.range.as_ref().map(|(low, high)| (low.to_string(), high.to_string()))
        }
        _ => None,
    };
    let written = match kind {
        Kind::Date if unclear.order || unclear.same => Some("dates `dmy` or `mdy`".to_owned()),
        Kind::Date => Some(format!("dates `{}`", dialect.dates.name())),
        _ if is_number && unclear.decimal => Some("decimal point or comma".to_owned()),
        _ if is_number && dialect.decimal == Decimal::Comma => Some("decimal comma".to_owned()),
        _ => None,
    };
    ColumnReport {
        name: name.to_owned(),
        standard: place.standard.iter().map(|column| column.name).collect(),
        kind,
        written,
        missing: profile.missing,
        distinct,
        range,
        first_day: days.map(|(first, _)| first),
        last_day: days.map(|(_, last)| last),
        open: profile.missing + profile.placeholders(),
        whole: profile.whole == profile.values,
        is_unique: !distinct.more && distinct.count == profile.values && profile.values > 1,
    }
}

/// What to do about a row that cannot be used.
fn hint_of(reason: Reason) -> &'static str {
    match reason {
        Reason::NoCustomer => "fill it in, or leave such rows out with `--no-customer aside`",
        Reason::UnclosedQuote => "close it, or say `--quote none` where a quote is an ordinary character",
        Reason::IdExponent => "export the ids as text, without a spreadsheet; `--rejects DIR` sets such rows aside",
        Reason::IdNotUtf8 | Reason::TextNotUtf8 => "export in UTF-8, or say `--encoding windows-1252`",
        _ => MEND,
    }
}

const MEND: &str = "mend it in the file, or set such rows aside with `--rejects DIR`";

impl<'a> Decided<'a> {
    fn of(columns: &[Profile], places: &[Place], dialects: &'a [Dialect], is_table: bool) -> Self {
        let told = |wanted: &[Column]| {
            let is = |place: &Place| wanted.iter().any(|column| place.standard.contains(column));
            let own = columns.iter().zip(places).filter(|(_, place)| is(place));
            let mut each: Vec<Evidence> = own.map(|(profile, _)| profile.evidence.clone()).collect();
            if !is_table {
                let mut all = Evidence::default();
                each.drain(..).for_each(|one| all.merge(&one));
                each.push(all);
            }
            each
        };
        match is_table {
            true => Self { dialects, numbers: told(columns::NUMBERS), dates: told(&[DATE, START, END]) },
            false => Self { dialects, numbers: told(&[AMOUNT]), dates: told(&[DATE]) },
        }
    }

    /// The settings that are left open, each with the value that raises the question and what could be said.
    fn undecided(&self, pinned: &Pinned) -> Vec<(&'static str, String)> {
        let said =
            |one: &Sighting, words: &str| format!("`{}` on line {} could be {words}", shortened(&one.value), one.line);
        let decimal = self.numbers.iter().find_map(|told| told.unclear_decimal(pinned));
        let decimal = decimal.map(|one| ("decimal", said(one, "two numbers: \"point\" or \"comma\"")));
        let order = self.dates.iter().find_map(|told| told.unclear_order(pinned));
        let order = order.map(|one| said(one, "two days: \"dmy\" or \"mdy\""));
        let same = pinned.dates.is_none() && self.dates.iter().any(are_same);
        let same = same.then(|| "its days are those of \"dmy\" and of \"mdy\" alike".to_owned());
        decimal.into_iter().chain(order.or(same).map(|why| ("date-format", why))).collect()
    }
}

/// Whether all dates are the same days with either order of day and month, so that they tell none.
fn are_same(told: &Evidence) -> bool {
    told.same > 0 && told.clear + told.day_first + told.month_first + told.either_order == 0
}

/// What is found about one file.
struct Findings<'a> {
    all: Vec<Finding>,
    purpose: Option<Purpose>,
    needs: Needs,
    params: &'a ScanParams,
    rows: u64,
}

/// What the days of customers tell.
struct Histories {
    /// Whether somebody came on two days.
    repeats: bool,
    /// Customers with enough days to tell whether they are regular, and those who are.
    telling: u64,
    regular: u64,
}

impl Findings<'_> {
    fn add(&mut self, refused: bool, at: (Option<u64>, Option<&str>), what: (&str, &str), count: u64, hint: &str) {
        let ((line, column), (problem, value)) = (at, what);
        let (column, problem) = (column.map(str::to_owned), problem.to_owned());
        let value = shortened(value.as_bytes());
        // What a table is refused for its commands say themselves.
        let is_asked = self.purpose.is_some_and(Purpose::is_table);
        if !(refused && is_asked) {
            self.all.push(Finding { refused, line, column, problem, value, count, hint: hint.to_owned() });
        }
    }

    /// What no flag of a line mends.
    fn refuse(&mut self, line: Option<u64>, column: Option<&str>, problem: &str, value: &str, count: u64, hint: &str) {
        self.needs.more = true;
        self.add(true, (line, column), (problem, value), count, hint);
    }

    /// Rows that can be set aside; those of a ledger never are.
    fn refuse_rows(&mut self, line: Option<u64>, column: Option<&str>, reason: Reason, value: &str, count: u64) {
        let hint = match self.purpose {
            Some(Purpose::Ledger) => "mend it in the file: rows of a ledger are never set aside",
            _ => hint_of(reason),
        };
        self.needs.rejects = true;
        self.needs.more |= self.purpose == Some(Purpose::Ledger);
        self.add(true, (line, column), (reason.name(), value), count, hint);
    }

    /// Whether the commands for such a file read the column.
    fn is_read(&self, place: &Place) -> bool {
        let read: &[Column] = match self.purpose {
            Some(Purpose::Ledger) => &[ACCOUNT, DATE, AMOUNT, DEBIT, CREDIT],
            Some(Purpose::Activities | Purpose::Drivers) => &[CUSTOMER_ID, DATE, QUANTITY],
            _ => &[CUSTOMER_ID, DATE, AMOUNT, START],
        };
        read.iter().any(|column| place.standard.contains(column))
    }

    fn of_doubled(&mut self, column: Column, header: &Header) {
        let mut names: Vec<&String> = header.names().iter().filter(|name| header.is_named(name, column)).collect();
        names.sort_unstable();
        let alike = names.windows(2).any(|two| two[0] == two[1]);
        let hint = if alike {
            "rename one of them in the file".to_owned()
        } else {
            format!("rename one of them, or say which with `--column {}=NAME`", column.name)
        };
        // What nobody asks of a log may stand there twice.
        let is_asked = self.purpose != Some(Purpose::Log) || column == CURRENCY;
        self.needs.more |= is_asked;
        self.add(is_asked, (Some(header.line()), None), ("two columns of one meaning", column.name), 2, &hint);
    }

    /// That no command takes the file as it is, and what could be done.
    fn of_nothing(&mut self, places: &[Place], title: Option<&str>) {
        let hint = if let Some(title) = title {
            title
        } else if places.iter().any(|place| place.standard.contains(&CUSTOMER_ID)) {
            "give it beside a log, contracts or a costing model with `--customers FILE`, where a command has that option"
        } else {
            "commands look for `customer_id`, `date`, `amount` (a log), `customer_id`, `start` (contracts), `customer_id`, `profit`, \
             `time`, `event` (durations), or `account`, `amount` (a ledger): name its columns with `--column`"
        };
        self.add(false, (None, None), ("for no command by itself", ""), self.rows, hint);
    }

    /// What the commands for a table would refuse of it, as they say themselves; returns those that can read it, each with
    /// whether it needs a folder for rejects.
    fn of_table(
        &mut self,
        candidates: &[&'static str],
        purpose: Purpose,
        source: &Source,
        asker: &dyn Commands,
    ) -> Result<Vec<(&'static str, bool)>> {
        let mut able = Vec::new();
        let mut unable = Vec::new();
        for command in candidates.iter().copied() {
            match asker.read(command, purpose, source, BadRows::SetAside { at_most: None }) {
                Ok(rejects) => {
                    let kinds = rejects.gathered()?;
                    kinds.iter().for_each(|rows| self.of_rejected(rows));
                    // What a flag decides is no fault of rows.
                    if !kinds.iter().any(|rows| ValueProblem::answer(rows.reason).is_some()) {
                        able.push((command, !kinds.is_empty()));
                    }
                }
                Err(error) => unable.push((command, error)),
            }
        }
        for (command, error) in unable {
            let hint = error.hint_text().unwrap_or_default().to_owned();
            if !able.is_empty() {
                let (problem, hint) = (format!("not for `{command}`"), format!("{}: {hint}", error.message()));
                self.add(false, (None, None), (&problem, ""), self.rows, &hint);
                continue;
            }
            // Where no row is left, what is wrong with them is said without setting any aside.
            let alone = asker.read(command, purpose, source, BadRows::Refuse);
            self.of_refused(&alone.err().unwrap_or(error), source)?;
        }
        Ok(able)
    }

    /// Rows of a table that a command would set aside.
    fn of_rejected(&mut self, rows: &RejectedRows) {
        let RejectedRows { line, column, reason, value, count } = rows;
        self.push(Finding {
            refused: true,
            line: Some(*line),
            column: column.clone(),
            problem: (*reason).to_owned(),
            value: value.clone(),
            count: *count,
            hint: ValueProblem::answer(reason).unwrap_or(MEND).to_owned(),
        });
    }

    /// What a command refuses a table for.
    fn of_refused(&mut self, error: &Error, source: &Source) -> Result<()> {
        let rows = error.refused_rows();
        let mut kinds: Vec<&RefusedRow> = Vec::new();
        for row in rows {
            match kinds.iter_mut().find(|own| (&own.column, own.reason) == (&row.column, row.reason)) {
                Some(own) if own.line <= row.line => {}
                Some(own) => *own = row,
                None => kinds.push(row),
            }
        }
        let places: Vec<(u64, Option<&str>)> = kinds.iter().map(|kind| (kind.line, kind.column.as_deref())).collect();
        let values = values_at(source, self.params, &places)?;
        for (kind, value) in kinds.iter().zip(values) {
            let alike = rows.iter().filter(|row| (&row.column, row.reason) == (&kind.column, kind.reason));
            self.of_rejected(&RejectedRows {
                line: kind.line,
                column: kind.column.as_deref().map(str::to_owned),
                reason: kind.reason,
                value,
                count: alike.count() as u64,
            });
        }
        if kinds.is_empty() {
            let place = error.location();
            self.push(Finding {
                refused: true,
                line: place.and_then(|place| place.line),
                column: place.and_then(|place| place.column.clone()),
                problem: error.message().to_owned(),
                value: String::new(),
                count: self.rows,
                hint: error.hint_text().unwrap_or_default().to_owned(),
            });
        }
        Ok(())
    }

    /// Adds what a command refuses, where no other one has said so of the same place.
    fn push(&mut self, finding: Finding) {
        let place = (finding.line, &finding.column);
        if !self.all.iter().any(|own| own.refused && (own.line, &own.column) == place) {
            self.all.retain(|own| own.line.is_none() || own.refused || (own.line, &own.column) != place);
            self.all.push(finding);
        }
    }

    fn suspect(&mut self, line: Option<u64>, column: &str, problem: &str, value: &str, count: u64, hint: &str) {
        self.add(false, (line, Some(column)), (problem, value), count, hint);
    }

    fn of_column(&mut self, column: &ColumnReport, profile: &mut Profile, place: &Place, unclear: Unclear) {
        let name = column.name.as_str();
        let is = |standard| place.standard.contains(&standard);
        let is_read = self.is_read(place);
        let excludes = self.purpose.is_none_or(Purpose::takes_exclusions);
        if profile.missing > 0 {
            let line = Some(profile.first_missing);
            if is(CUSTOMER_ID) && self.params.no_customer == NoCustomer::Aside {
                self.suspect(line, name, Reason::NoCustomer.name(), "", profile.missing, "such rows are left out");
            } else if is(CUSTOMER_ID) {
                let rejects = std::mem::replace(&mut self.needs.rejects, false);
                self.refuse_rows(line, Some(name), Reason::NoCustomer, "", profile.missing);
                self.needs.rejects = rejects;
                self.needs.no_customer = self.purpose.is_some_and(Purpose::is_log);
            } else if let Some(reason) = missing(place).filter(|_| is_read) {
                self.refuse_rows(line, Some(name), reason, "", profile.missing);
            } else if profile.values == 0 {
                self.suspect(line, name, "empty column", "", profile.missing, "leave it out of the export");
            }
        }
        for (oddity, seen) in &profile.oddities {
            let value = String::from_utf8_lossy(&seen.value);
            let line = Some(seen.line);
            // Dates of either order cannot be read until it is said, which is a problem of its own.
            let either = if unclear.order { profile.evidence.either_order } else { 0 };
            if *oddity == Oddity::Unreadable(Reason::Date(DayProblem::Form)) && seen.count <= either {
                continue;
            }
            match oddity {
                Oddity::Unreadable(reason) if is_read => {
                    self.refuse_rows(line, Some(name), *reason, &value, seen.count);
                }
                Oddity::Unreadable(reason) => {
                    let hint = "mend it in the file, as far as a command reads this column";
                    self.suspect(line, name, reason.name(), &value, seen.count, hint);
                }
                Oddity::Negative if is_read => {
                    let negative = Reason::Refused("negative quantity");
                    self.refuse_rows(line, Some(name), negative, &value, seen.count);
                }
                // Whoever brings something back has less.
                Oddity::Negative => {}
                Oddity::NoNumber => {
                    let hint = "mend it in the file, as far as a command reads this column: a number is expected";
                    self.suspect(line, name, "no number", &value, seen.count, hint);
                }
                Oddity::Word if is(CUSTOMER_ID) => {
                    let out = if excludes { format!(" with `--exclude '{name}={value}'`") } else { String::new() };
                    let hint = format!("ids are text, and these rows one customer's: leave them out{out}");
                    self.suspect(line, name, "a word for nothing", &value, seen.count, &hint);
                }
                Oddity::Word => {
                    self.suspect(line, name, "a word for nothing", &value, seen.count, "it is read as an empty field")
                }
                Oddity::Placeholder if is_read => {
                    self.refuse_rows(line, Some(name), Reason::Date(DayProblem::Placeholder), &value, seen.count);
                }
                Oddity::Placeholder => {
                    let hint = "it stands for no date: in columns that may be empty it is read as empty";
                    let problem = Reason::Date(DayProblem::Placeholder).name();
                    self.suspect(line, name, problem, &value, seen.count, hint);
                }
                Oddity::OuterSpaces => {
                    self.suspect(line, name, "spaces around ids", &value, seen.count, "take them off with `--id-trim`");
                }
                Oddity::TestAccount => {
                    let out = if excludes { format!(" with `--exclude '{name}=*test*'`") } else { String::new() };
                    let hint = format!("leave them out{out}, as far as they are tests");
                    self.suspect(line, name, "looks like test accounts", &value, seen.count, &hint);
                }
            }
        }
        let numeric = matches!(column.kind, Kind::Amount | Kind::Number);
        if numeric
            && unclear.decimal
            && let Some(first) = &profile.evidence.either_decimal
        {
            let value = String::from_utf8_lossy(&first.value);
            let hint = "say `--decimal point` or `--decimal comma`";
            self.of_open_question(is_read, (first.line, name), ("one of two numbers", &value), 1, hint);
        }
        if column.kind == Kind::Date
            && unclear.order
            && let Some(first) = &profile.evidence.first_either
        {
            let value = String::from_utf8_lossy(&first.value);
            let hint = "say `--date-format dmy` or `--date-format mdy`";
            let count = profile.evidence.either_order;
            self.of_open_question(is_read, (first.line, name), ("one of two days", &value), count, hint);
        }
        if is(AMOUNT) && !Currency::are_one(profile.evidence.currencies.keys().map(String::as_str)) {
            let names: Vec<&str> = profile.evidence.currencies.keys().map(String::as_str).collect();
            let (line, rows) = in_others(&profile.evidence, &profile.in_currency, None);
            let hint = "keep one currency a run, or convert them with exchange rates";
            self.refuse(line, Some(name), "several currencies", &names.join(", "), rows, hint);
        }
        let values = profile.values;
        if (column.distinct == Distinct { count: 1, more: false }) && profile.missing == 0 && values > 1 {
            self.suspect(None, name, "the same value in every row", "", values, "it tells no two rows apart");
        }
        if is(CURRENCY) {
            self.of_currencies(name, profile);
        }
        if [END, END_DATE].into_iter().any(is) {
            self.of_ends(name, profile);
        }
        if (is(DATE) || is(START)) && column.kind == Kind::Date {
            self.of_gaps(name, profile);
        }
        if numeric && profile.role != Role::Id {
            self.of_outliers(name, profile, column.kind == Kind::Amount || is(AMOUNT));
        }
    }

    /// What a column leaves open: refused where it is read.
    fn of_open_question(
        &mut self,
        is_read: bool,
        (line, column): (u64, &str),
        (problem, value): (&str, &str),
        count: u64,
        hint: &str,
    ) {
        match is_read {
            true => self.refuse(Some(line), Some(column), problem, value, count, hint),
            false => self.suspect(Some(line), column, problem, value, count, hint),
        }
    }

    /// Amounts of one run are in one currency.
    fn of_currencies(&mut self, name: &str, profile: &Profile) {
        let params = self.params;
        let said = params.currency.code();
        let named = &profile.evidence.named;
        let is_said = said.is_none_or(|said| named.keys().all(|written| Currency::is_written(said, written)));
        let is_one = is_said && (said.is_some() || Currency::are_one(named.keys().map(String::as_str)));
        let (line, rows) = in_others(&profile.evidence, &profile.in_currency, said);
        if params.exchange.is_some() || is_one {
            return;
        }
        let all = named.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let problem = if named.len() > 1 { "several currencies" } else { "another currency than was said" };
        let hint = "keep one currency a run, or convert them with `--exchange-rates FILE`";
        self.refuse(line, Some(name), problem, &all, rows, hint);
    }

    /// So are those beside amounts and those that a column names, together and with the one that was said.
    fn of_money(&mut self, columns: &[Profile], places: &[Place]) {
        let params = self.params;
        const SEVERAL: &str = "several currencies";
        const ANOTHER: &str = "another currency than was said";
        if params.exchange.is_some()
            || self.all.iter().any(|found| [SEVERAL, ANOTHER].contains(&found.problem.as_str()))
        {
            return;
        }
        let mut all = Evidence::default();
        let tells = |place: &Place| place.standard.contains(&AMOUNT) || place.standard.contains(&CURRENCY);
        let telling = columns.iter().zip(places).filter(|(_, place)| tells(place));
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (profile, _) in telling {
            all.merge(&profile.evidence);
            profile.in_currency.iter().for_each(|(name, rows)| *counts.entry(name.clone()).or_default() += rows);
        }
        let is_one = match params.currency.code() {
            Some(said) => all.written_currencies().all(|written| Currency::is_written(said, written)),
            None => Currency::are_one(all.written_currencies()),
        };
        if is_one {
            return;
        }
        let names: Vec<&str> = all.written_currencies().collect();
        let (line, rows) = in_others(&all, &counts, params.currency.code());
        let problem = if names.len() > 1 { SEVERAL } else { ANOTHER };
        let hint = "keep one currency a run, or convert them with `--exchange-rates FILE`";
        self.refuse(line, None, problem, &names.join(", "), rows, hint);
    }

    /// Contracts that all end on the last day end with the export.
    fn of_ends(&mut self, name: &str, profile: &Profile) {
        let Some((last, ended)) = profile.days.last_key_value() else { return };
        if profile.dates > 4 && *ended * 2 > profile.dates {
            let hint = "the day of the export stands for contracts that go on: leave it empty there";
            self.suspect(None, name, "most ends are one day", &last.to_string(), *ended, hint);
        }
    }

    /// Days without rows, where that is unusual.
    fn of_gaps(&mut self, name: &str, profile: &Profile) {
        let days: Vec<Day> = profile.days.keys().copied().collect();
        let gaps: Vec<(i32, Day)> = days.windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[0])).collect();
        let mut lengths: Vec<i32> = gaps.iter().map(|(length, _)| *length).collect();
        lengths.sort_unstable();
        if lengths.len() < 20 {
            return;
        }
        let usual = lengths[lengths.len() * 19 / 20];
        let long: Vec<&(i32, Day)> = gaps.iter().filter(|(length, _)| *length > (3 * usual).max(4)).collect();
        if let Some((length, before)) = long.first() {
            let value = format!("{} to {}", Day(before.0 + 1), Day(before.0 + length - 1));
            let count = long.iter().map(|(length, _)| *length as u64 - 1).sum();
            self.suspect(None, name, "days without rows", &value, count, "ask whether the export is whole");
        }
    }

    /// Numbers far from all others, and one that is much of the sum.
    fn of_outliers(&mut self, name: &str, profile: &mut Profile, money: bool) {
        let mut numbers: Vec<f64> = profile.middle.values().copied().collect();
        if numbers.len() < 20 {
            return;
        }
        numbers.sort_unstable_by(f64::total_cmp);
        let median = numbers[numbers.len() / 2];
        let mut deviations: Vec<f64> = numbers.iter().map(|number| (number - median).abs()).collect();
        deviations.sort_unstable_by(f64::total_cmp);
        let deviation = deviations[deviations.len() / 2];
        // Where most are the same, nothing deviates: then their size is the measure.
        let (scale, measure) = match deviation > 0.0 {
            true => (deviation, format!("median absolute deviations ({})", short(deviation))),
            false => (median.abs(), "times the median".to_owned()),
        };
        for (times, words, one_in) in [(10.0, "ten", 100), (100.0, "a hundred", 20)] {
            let far = |number: f64| scale > 0.0 && (number - median).abs() > times * scale;
            let outliers: Vec<&(f64, u64)> = profile.largest.iter().filter(|(number, _)| far(*number)).collect();
            // Where all of the largest are far from the middle, the tail is long, as it is with money.
            let few = outliers.len() < LARGEST && outliers.len() as u64 * one_in <= profile.numbers;
            if let Some((number, line)) = outliers.first().filter(|_| few) {
                let hint = format!("more than {words} {measure} from the median ({})", short(median));
                self.suspect(Some(*line), name, "outliers", &number.to_string(), outliers.len() as u64, &hint);
                break;
            }
        }
        if let Some((number, line)) = profile.largest.first().filter(|(number, _)| money && *number > 0.0) {
            let share = number / profile.positive as f64;
            if share > 0.05 && profile.numbers > 100 {
                let hint = format!("this one value is {:.1} % of all that is positive", 100.0 * share);
                self.suspect(Some(*line), name, "much of the sum", &number.to_string(), 1, &hint);
            }
        }
    }

    /// What rows tell together; returns what the days of customers tell.
    fn of_rows(&mut self, rows: &mut Rows, columns: &[ColumnReport]) -> Histories {
        let Rows { key, records, customers, histories, .. } = rows;
        let among =
            |more: bool, limit: usize| if more { format!("of {limit} that were looked at; ") } else { String::new() };
        let (_, sampled) = records.count();
        let repeated: Vec<(u64, u64, u64)> = records.values().filter(|(count, ..)| *count > 1).copied().collect();
        let count = repeated.iter().map(|(count, ..)| count - 1).sum();
        if let Some(line) = repeated.iter().map(|(_, _, second)| *second).min() {
            let what = match self.purpose {
                Some(Purpose::Log) | None => "; declare what tells rows apart with `--unique COLUMN`",
                Some(Purpose::Contracts) => ", and their amounts add: take out those that are one contract",
                Some(_) => ": take out those that are one",
            };
            let hint = format!("{}identical rows are counted, each as its own{what}", among(sampled, ROWS));
            self.add(false, (Some(line), None), ("identical rows", ""), count, &hint);
        }
        if let Some(customer) = key.customer {
            let (_, sampled) = customers.count();
            let second: Vec<u64> = customers.values().filter_map(super::rows::Spellings::second).collect();
            if let Some(line) = second.iter().min() {
                let hint =
                    format!("{}if they are one, say `--id-case fold` and `--id-trim`", among(sampled, CUSTOMERS));
                let name = &columns[customer].name;
                self.suspect(Some(*line), name, "ids that differ by case or spaces", "", second.len() as u64, &hint);
            }
        }
        let tell: Vec<bool> = histories.values().filter_map(super::rows::History::is_regular).collect();
        Histories {
            repeats: histories.values().any(super::rows::History::repeats),
            telling: tell.len() as u64,
            regular: tell.iter().filter(|regular| **regular).count() as u64,
        }
    }
}

/// Why a row is refused in which such a column is empty.
fn missing(place: &Place) -> Option<Reason> {
    let reasons = [
        (DATE, Reason::Date(DayProblem::Empty)),
        (AMOUNT, Reason::Amount(AmountProblem::Empty)),
        (QUANTITY, Reason::Refused("quantity missing")),
    ];
    reasons.into_iter().find_map(|(column, reason)| place.standard.contains(&column).then_some(reason))
}

/// The first line and the number of values that are in another currency than was said, or else than the first one is.
pub(super) fn in_others(told: &Evidence, counts: &BTreeMap<String, u64>, said: Option<&str>) -> (Option<u64>, u64) {
    let beside = told.currencies.iter().map(|(name, seen)| (name.as_str(), seen.line));
    let named = told.named.iter().map(|(name, line)| (name.as_str(), *line));
    let all: Vec<(&str, u64)> = beside.chain(named).collect();
    let Some(expected) = said.or(all.iter().min_by_key(|(_, line)| *line).map(|(name, _)| *name)) else {
        return (None, 0);
    };
    // A mark of several currencies is like each of them, and not of one with all.
    let is_unlike = |name: &str| !Currency::are_alike(expected, name);
    let any = all.iter().any(|(name, _)| is_unlike(name));
    let is_other = |name: &str| if any { is_unlike(name) } else { name != expected };
    let line = all.iter().filter(|(name, _)| is_other(name)).map(|(_, line)| *line).min();
    (line, counts.iter().filter(|(name, _)| is_other(name)).map(|(_, rows)| rows).sum())
}

/// The values that stand on lines in columns; nothing of what is about a whole record.
fn values_at(source: &Source, params: &ScanParams, places: &[(u64, Option<&str>)]) -> Result<Vec<String>> {
    let header = |header: &Header| -> Vec<Option<usize>> {
        let position = |name: &str| header.names().iter().position(|own| own == name);
        places.iter().map(|(_, column)| column.and_then(position)).collect()
    };
    let fields = scan_fields(
        source,
        params,
        &Silent,
        |own| (header(own), vec![String::new(); places.len()]),
        |(columns, values), batch| {
            for (value, ((line, _), column)) in values.iter_mut().zip(places.iter().zip(&*columns)) {
                if let (Some(column), Ok(row)) = (column, batch.lines().binary_search(line)) {
                    *value = shortened(batch.text(*column).get(row));
                }
            }
        },
        |(_, own), (_, other)| {
            own.iter_mut().zip(other).filter(|(own, _)| own.is_empty()).for_each(|(own, other)| *own = other);
        },
    )?;
    Ok(fields.reduction.1)
}

/// A number for people: two decimals, or three digits where it is below one.
fn short(number: f64) -> String {
    let decimals = if number == 0.0 || number.abs() >= 1.0 { 2 } else { 2 - number.abs().log10().floor() as i32 };
    let text = format!("{number:.*}", decimals.max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
