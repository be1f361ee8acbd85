//! What is wrong with a file, what is suspicious about it, and what to do.

use super::advice::{Known, commands, settings};
use super::column::{Distinct, Kind, LARGEST, Oddity, Profile, Role};
use super::rows::{CUSTOMERS, ROWS, Rows};
use super::{ColumnReport, Gathered, Place, Report};
use crate::columns::{AMOUNT, CURRENCY, CUSTOMER_ID, Column, DATE, END, END_DATE, EVENT, START, TIME};
use crate::dialect::{Decimal, Dialect, Evidence};
use crate::money::Currency;
use crate::scan::{Fields, NoCustomer, Reason, ScanParams};
use crate::time::{Day, DayProblem};

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

/// Everything found, put in order, and what it was found in.
pub(super) fn report(
    fields: Fields<Gathered>,
    places: &[Place],
    doubled: &[Column],
    dialects: &[Dialect],
    params: &ScanParams,
    preset: Option<String>,
) -> (Report, Gathered) {
    let Fields { header, read_as, mut reduction, rows, bad, first_bad } = fields;
    let mut found = Findings(Vec::new());
    for (reason, count) in bad {
        let line = first_bad.iter().find(|(own, _)| *own == reason).map(|(_, line)| *line);
        found.refuse(line, None, reason.name(), "", count, hint_of(reason));
    }
    for column in doubled {
        let hint = format!("rename one of them, or say which with `--column {}=NAME`", column.name);
        found.refuse(Some(1), None, "two columns of one meaning", column.name, 2, &hint);
    }
    let mut columns = Vec::new();
    for (position, profile) in reduction.columns.iter_mut().enumerate() {
        let (count, more) = profile.distinct.count();
        let distinct = Distinct { count, more };
        let kind = profile.kind(distinct);
        let name = header.names()[position].clone();
        let column = describe(&name, profile, &places[position], kind, distinct, &dialects[position]);
        found.of_column(&column, profile, &places[position], rows, params);
        columns.push(column);
    }
    found.of_money(&reduction.columns, places, params);
    let (telling, regular) = found.of_rows(&mut reduction.rows, &columns);
    let is_log =
        [CUSTOMER_ID, DATE, AMOUNT].iter().all(|wanted| columns.iter().any(|c| c.standard.contains(&wanted.name)));
    let mut needed = Vec::new();
    if is_log
        && params.no_customer == NoCustomer::Refuse
        && found.0.iter().any(|one| one.problem == Reason::NoCustomer.name())
    {
        needed.extend(["--no-customer".to_owned(), "aside".to_owned()]);
    }
    if is_log && found.0.iter().any(|one| one.refused && one.hint.contains("--rejects")) {
        needed.extend(["--rejects".to_owned(), "rejects".to_owned()]);
    }
    let known = Known { file: &read_as.file, places, columns: &columns, telling, regular, needed, preset };
    let commands = commands(&known, params);
    let settings = settings(&known, &read_as, dialects, params);
    let mut problems = found.0;
    problems.sort_by(|one, other| {
        (!one.refused, one.line.unwrap_or(u64::MAX), &one.column, &one.problem).cmp(&(
            !other.refused,
            other.line.unwrap_or(u64::MAX),
            &other.column,
            &other.problem,
        ))
    });
    (Report { read_as, rows, columns, problems, commands, settings }, reduction)
}

/// What is in a column, for people.
fn describe(
    name: &str,
    profile: &Profile,
    place: &Place,
    kind: Kind,
    distinct: Distinct,
    dialect: &Dialect,
) -> ColumnReport {
    let days = profile.days.first_key_value().zip(profile.days.last_key_value());
    let days = days.map(|((first, _), (last, _))| (*first, *last)).filter(|_| kind == Kind::Date);
    let range = match kind {
        Kind::Date => days.map(|(first, last)| (first.to_string(), last.to_string())),
        Kind::Amount | Kind::Number => profile.range.map(|(low, high)| (low.to_string(), high.to_string())),
        _ => None,
    };
    let written = match kind {
        Kind::Date => Some(format!("dates `{}`", dialect.dates.name())),
        Kind::Amount | Kind::Number if dialect.decimal == Decimal::Comma => Some("decimal comma".to_owned()),
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
    }
}

/// What to do about a row that cannot be used.
fn hint_of(reason: Reason) -> &'static str {
    match reason {
        Reason::NoCustomer => "fill it in, or leave such rows out with `--no-customer aside`",
        Reason::UnclosedQuote => "close it, or say `--quote none` where a quote is an ordinary character",
        Reason::IdExponent => "export the ids as text, without a spreadsheet; `--rejects DIR` sets such rows aside",
        Reason::IdNotUtf8 | Reason::TextNotUtf8 => "export in UTF-8, or say `--encoding windows-1252`",
        _ => "mend it in the file, or set such rows aside with `--rejects DIR`",
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, refused: bool, at: (Option<u64>, Option<&str>), what: (&str, &str), count: u64, hint: &str) {
        let ((line, column), (problem, value)) = (at, what);
        let (column, problem) = (column.map(str::to_owned), problem.to_owned());
        let value = crate::scan::shortened(value.as_bytes());
        self.0.push(Finding { refused, line, column, problem, value, count, hint: hint.to_owned() });
    }

    fn refuse(&mut self, line: Option<u64>, column: Option<&str>, problem: &str, value: &str, count: u64, hint: &str) {
        self.add(true, (line, column), (problem, value), count, hint);
    }

    fn suspect(&mut self, line: Option<u64>, column: &str, problem: &str, value: &str, count: u64, hint: &str) {
        self.add(false, (line, Some(column)), (problem, value), count, hint);
    }

    fn of_column(
        &mut self,
        column: &ColumnReport,
        profile: &mut Profile,
        place: &Place,
        rows: u64,
        params: &ScanParams,
    ) {
        let name = column.name.as_str();
        let is = |standard| place.standard.contains(&standard);
        if profile.missing > 0 {
            let line = Some(profile.first_missing);
            if is(CUSTOMER_ID) {
                let refused = params.no_customer == NoCustomer::Refuse;
                let hint = if refused { hint_of(Reason::NoCustomer) } else { "such rows are left out" };
                self.add(refused, (line, Some(name)), (Reason::NoCustomer.name(), ""), profile.missing, hint);
            } else if [DATE, AMOUNT, START, TIME, EVENT].into_iter().any(is) {
                let hint = "fill it in, or set such rows aside with `--rejects DIR`";
                self.refuse(line, Some(name), "value missing", "", profile.missing, hint);
            } else if profile.missing == rows {
                self.suspect(line, name, "empty column", "", profile.missing, "leave it out of the export");
            }
        }
        for (oddity, seen) in &profile.oddities {
            let value = String::from_utf8_lossy(&seen.value);
            let line = Some(seen.line);
            // Dates of either order cannot be read until it is said, which is a problem of its own.
            let unclear = profile.evidence.unclear_order(&params.pinned).map_or(0, |_| profile.evidence.either_order);
            if *oddity == Oddity::Unreadable(Reason::Date(DayProblem::Form)) && seen.count <= unclear {
                continue;
            }
            match oddity {
                Oddity::Unreadable(reason) => {
                    let placeholder = *reason == Reason::Date(DayProblem::Placeholder);
                    let refused = !placeholder || is(DATE) || is(START);
                    self.add(refused, (line, Some(name)), (reason.name(), &value), seen.count, hint_of(*reason));
                }
                Oddity::NoNumber => {
                    let hint = "mend it in the file: a number is expected";
                    self.add(is(TIME), (line, Some(name)), ("no number", &value), seen.count, hint);
                }
                Oddity::Word if is(CUSTOMER_ID) => {
                    let hint = format!(
                        "ids are text, and these rows one customer's: leave them out with `--exclude '{name}={value}'`"
                    );
                    self.suspect(line, name, "a word for nothing", &value, seen.count, &hint);
                }
                Oddity::Word => {
                    self.suspect(line, name, "a word for nothing", &value, seen.count, "it is read as an empty field")
                }
                Oddity::Placeholder => {
                    let hint = "it stands for no date: in columns that may be empty it is read as empty";
                    let refused = is(DATE) || is(START);
                    self.add(refused, (line, Some(name)), ("placeholder for a date", &value), seen.count, hint);
                }
                Oddity::OuterSpaces => {
                    self.suspect(line, name, "spaces around ids", &value, seen.count, "take them off with `--id-trim`");
                }
                Oddity::TestAccount => {
                    let hint = format!("leave them out with `--exclude '{name}=*test*'`, as far as they are tests");
                    self.suspect(line, name, "looks like test accounts", &value, seen.count, &hint);
                }
            }
        }
        let numeric = matches!(column.kind, Kind::Amount | Kind::Number);
        if numeric && let Some(unclear) = profile.evidence.unclear_decimal(&params.pinned) {
            let value = String::from_utf8_lossy(&unclear.value);
            let hint = "say `--decimal point` or `--decimal comma`";
            self.refuse(Some(unclear.line), Some(name), "one of two numbers", &value, 1, hint);
        }
        if column.kind == Kind::Date
            && let Some(unclear) = profile.evidence.unclear_order(&params.pinned)
        {
            let value = String::from_utf8_lossy(&unclear.value);
            let hint = "say `--date-format dmy` or `--date-format mdy`";
            self.refuse(Some(unclear.line), Some(name), "one of two days", &value, profile.evidence.either_order, hint);
        }
        if is(AMOUNT) && !Currency::are_one(profile.evidence.currencies.keys().map(String::as_str)) {
            let names: Vec<&str> = profile.evidence.currencies.keys().map(String::as_str).collect();
            let first = profile.evidence.currencies.values().map(|seen| seen.line).max();
            let hint = "keep one currency a run, or convert them with exchange rates";
            self.refuse(first, Some(name), "several currencies", &names.join(", "), names.len() as u64, hint);
        }
        if (column.distinct == Distinct { count: 1, more: false }) && profile.missing == 0 && rows > 1 {
            self.suspect(None, name, "the same value in every row", "", rows, "it tells no two rows apart");
        }
        if is(CURRENCY) {
            self.of_currencies(name, profile, params);
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

    /// Amounts of one run are in one currency.
    fn of_currencies(&mut self, name: &str, profile: &Profile, params: &ScanParams) {
        let said = params.currency.code();
        let named = &profile.evidence.named;
        let expected = said.or_else(|| named.iter().min_by_key(|(_, line)| **line).map(|(code, _)| code.as_str()));
        let others = named.iter().filter(|(code, _)| expected != Some(code.as_str()));
        let Some(line) = others.clone().map(|(_, line)| *line).min() else { return };
        let is_said = said.is_none_or(|said| named.keys().all(|written| Currency::is_written(said, written)));
        let is_one = is_said && (said.is_some() || Currency::are_one(named.keys().map(String::as_str)));
        if params.exchange.is_some() || is_one {
            return;
        }
        let all = named.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let problem = if named.len() > 1 { "several currencies" } else { "another currency than was said" };
        let hint = "keep one currency a run, or convert them with `--exchange-rates FILE`";
        self.refuse(Some(line), Some(name), problem, &all, others.count() as u64, hint);
    }

    /// So are those beside amounts and those that a column names, together and with the one that was said.
    fn of_money(&mut self, columns: &[Profile], places: &[Place], params: &ScanParams) {
        const SEVERAL: &str = "several currencies";
        const ANOTHER: &str = "another currency than was said";
        if params.exchange.is_some() || self.0.iter().any(|found| [SEVERAL, ANOTHER].contains(&found.problem.as_str()))
        {
            return;
        }
        let mut all = Evidence::default();
        let tells = |place: &Place| place.standard.contains(&AMOUNT) || place.standard.contains(&CURRENCY);
        let telling = columns.iter().zip(places).filter(|(_, place)| tells(place));
        telling.for_each(|(profile, _)| all.merge(&profile.evidence));
        let is_one = match params.currency.code() {
            Some(said) => all.written_currencies().all(|written| Currency::is_written(said, written)),
            None => Currency::are_one(all.written_currencies()),
        };
        if is_one {
            return;
        }
        let names: Vec<&str> = all.written_currencies().collect();
        let line = all.currencies.values().map(|seen| seen.line).min();
        let problem = if names.len() > 1 { SEVERAL } else { ANOTHER };
        let hint = "keep one currency a run, or convert them with `--exchange-rates FILE`";
        self.refuse(line, None, problem, &names.join(", "), names.len() as u64, hint);
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
        let far = |number: f64| deviation > 0.0 && (number - median).abs() > 10.0 * deviation;
        let outliers: Vec<&(f64, u64)> = profile.largest.iter().filter(|(number, _)| far(*number)).collect();
        // Where all of the largest are far from the middle, the tail is long, as it is with money.
        let few = outliers.len() < LARGEST && outliers.len() as u64 * 100 <= profile.numbers;
        if let Some((number, line)) = outliers.first().filter(|_| few) {
            let hint = format!("more than ten median absolute deviations ({deviation}) from the median ({median})");
            self.suspect(Some(*line), name, "outliers", &number.to_string(), outliers.len() as u64, &hint);
        }
        if let Some((number, line)) = profile.largest.first().filter(|(number, _)| money && *number > 0.0) {
            let share = number / profile.positive as f64;
            if share > 0.05 && profile.numbers > 100 {
                let hint = format!("this one value is {:.1} % of all that is positive", 100.0 * share);
                self.suspect(Some(*line), name, "much of the sum", &number.to_string(), 1, &hint);
            }
        }
    }

    /// What rows tell together; returns the customers that tell whether they are regular, and those who are.
    fn of_rows(&mut self, rows: &mut Rows, columns: &[ColumnReport]) -> (u64, u64) {
        let Rows { key, records, customers, histories } = rows;
        let among =
            |more: bool, limit: usize| if more { format!("of {limit} that were looked at; ") } else { String::new() };
        let (_, sampled) = records.count();
        let repeated: Vec<(u64, u64, u64)> = records.values().filter(|(count, ..)| *count > 1).copied().collect();
        let count = repeated.iter().map(|(count, ..)| count - 1).sum();
        if let Some(line) = repeated.iter().map(|(_, _, second)| *second).min() {
            let hint = format!(
                "{}identical rows are counted, each as its own; declare what tells rows apart with `--unique COLUMN`",
                among(sampled, ROWS)
            );
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
        (tell.len() as u64, tell.iter().filter(|regular| **regular).count() as u64)
    }
}
