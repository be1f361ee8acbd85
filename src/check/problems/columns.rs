//! What is wrong with the values of one column, and what is suspicious.

use super::Findings;
use crate::check::advice::Purpose;
use crate::check::column::{Distinct, Kind, LARGEST, Oddity, Profile, Role};
use crate::check::{ColumnReport, Place};
use crate::columns::{AMOUNT, CURRENCY, CUSTOMER_ID, DATE, END, END_DATE, QUANTITY, START};
use crate::money::AmountProblem;
use crate::scan::{NoCustomer, Reason};
use crate::time::{Day, DayProblem};

/// What nothing tells about the values of a column.
#[derive(Debug, Clone, Copy)]
pub struct Unclear {
    pub decimal: bool,
    pub order: bool,
    /// Whether every date is the same day with either order.
    pub same: bool,
}

impl Findings<'_> {
    /// What is wrong with the values of a column, and what is suspicious.
    pub fn of_column(&mut self, column: &ColumnReport, profile: &mut Profile, place: &Place, unclear: Unclear) {
        self.of_missing(&column.name, profile, place);
        self.of_oddities(&column.name, profile, place, unclear);
        self.of_open_questions(column, profile, place, unclear);
        let name = column.name.as_str();
        let is = |standard| place.standard.contains(&standard);
        if is(AMOUNT) {
            self.of_amounts(name, profile);
        }
        let values = profile.values;
        if (column.distinct == Distinct { count: 1, more: false }) && profile.missing == 0 && values > 1 {
            self.suspect(None, name, "the same value in every row", "", values, "it tells no two rows apart");
        }
        if is(CURRENCY) && self.has_amounts {
            self.of_currencies(name, profile);
        }
        if [END, END_DATE].into_iter().any(is) {
            self.of_ends(name, profile);
        }
        if (is(DATE) || is(START)) && column.kind == Kind::Date {
            self.of_gaps(name, profile);
        }
        let numeric = matches!(column.kind, Kind::Amount | Kind::Number);
        if numeric && profile.role != Role::Id {
            self.of_outliers(name, profile, column.kind == Kind::Amount || is(AMOUNT));
        }
    }

    /// Fields that are empty.
    fn of_missing(&mut self, name: &str, profile: &Profile, place: &Place) {
        if profile.missing == 0 {
            return;
        }
        let is_customer = place.standard.contains(&CUSTOMER_ID);
        let line = Some(profile.first_missing);
        if is_customer && self.params.no_customer == NoCustomer::Aside {
            self.suspect(line, name, Reason::NoCustomer.name(), "", profile.missing, "such rows are left out");
        } else if is_customer {
            let rejects = std::mem::replace(&mut self.needs.rejects, false);
            self.refuse_rows(line, Some(name), Reason::NoCustomer, "", profile.missing);
            self.needs.rejects = rejects;
            self.needs.no_customer = self.purpose.is_some_and(Purpose::is_log);
        } else if let Some(reason) = missing(place).filter(|_| self.is_read(place)) {
            self.refuse_rows(line, Some(name), reason, "", profile.missing);
        } else if profile.values == 0 {
            self.suspect(line, name, "empty column", "", profile.missing, "leave it out of the export");
        }
    }

    /// Values that are not what the others of the column are.
    fn of_oddities(&mut self, name: &str, profile: &Profile, place: &Place, unclear: Unclear) {
        let is_customer = place.standard.contains(&CUSTOMER_ID);
        let is_read = self.is_read(place);
        let excludes = self.purpose.is_none_or(Purpose::takes_exclusions);
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
                Oddity::Word if is_customer => {
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
    }

    /// What nothing in a column tells: refused where the column is read.
    fn of_open_questions(&mut self, column: &ColumnReport, profile: &Profile, place: &Place, unclear: Unclear) {
        let name = column.name.as_str();
        let is_read = self.is_read(place);
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
}

/// Why a row is refused in which such a column is empty.
fn missing(place: &Place) -> Option<Reason> {
    if place.may_be_empty {
        return None;
    }
    let reasons = [
        (DATE, Reason::Date(DayProblem::Empty)),
        (AMOUNT, Reason::Amount(AmountProblem::Empty)),
        (QUANTITY, Reason::Refused("quantity missing")),
    ];
    reasons.into_iter().find_map(|(column, reason)| place.standard.contains(&column).then_some(reason))
}

/// A number for people: two decimals, or three digits where it is below one.
fn short(number: f64) -> String {
    let decimals = if number == 0.0 || number.abs() >= 1.0 { 2 } else { 2 - number.abs().log10().floor() as i32 };
    let text = format!("{number:.*}", decimals.max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
