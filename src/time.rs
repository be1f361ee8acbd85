//! Days of the calendar, units of time, and lengths of it.
//!
//! A *length* of time has fixed units: a week is exactly 7 days, a year 365.25 days, a month a
//! twelfth of a year. A *calendar* date is a [`Day`]. The two never mix silently: a length says
//! `12mo`, a date says `1998-06-30`.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::choice::choices;
use crate::{Error, Result};

/// Days in a week.
pub const DAYS_PER_WEEK: f64 = 7.0;
/// Days in a year, as a length.
pub const DAYS_PER_YEAR: f64 = 365.25;
/// Days in a month, as a length: a twelfth of a year.
pub const DAYS_PER_MONTH: f64 = DAYS_PER_YEAR / 12.0;

/// A day of the proleptic Gregorian calendar, as the number of days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub i32);

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayProblem {
    /// Nothing is written there.
    Empty,
    /// Not of the form in which dates are read.
    Form,
    /// The form is right, but the calendar has no such day.
    NoSuchDay,
    /// What a database writes for no date at all: `0000-00-00`, `9999-12-31`.
    Placeholder,
}

impl fmt::Display for DayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the date is missing",
            Self::Form => "is not a date written `YYYY-MM-DD` or `YYYYMMDD`",
            Self::NoSuchDay => "is a day that the calendar does not have",
            Self::Placeholder => "is a placeholder and no date",
        })
    }
}

impl Day {
    /// The days from 0001-01-01 to 9999-12-31.
    pub const RANGE: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;
    /// 9999-12-31, which databases write where there is no end.
    pub const LAST: Self = Self(*Self::RANGE.end());

    /// The day of a year, a month and a day of the month; `None` where the calendar has no such day.
    pub fn from_parts(year: i32, month: i32, day: i32) -> Option<Self> {
        let exists =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        exists.then(|| Self(days_from_civil(year, month, day)))
    }

    /// The day that a text names as `YYYY-MM-DD` or `YYYYMMDD`, years 0001 to 9999.
    ///
    /// # Errors
    /// A [`DayProblem`] where the text is empty, of another form, or no day of the calendar.
    pub fn parse(text: &[u8]) -> Result<Self, DayProblem> {
        let digits: [u8; 8] = match *text {
            [a, b, c, d, b'-', e, f, b'-', g, h] => [a, b, c, d, e, f, g, h],
            [a, b, c, d, e, f, g, h] => [a, b, c, d, e, f, g, h],
            [] => return Err(DayProblem::Empty),
            _ => return Err(DayProblem::Form),
        };
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(DayProblem::Form);
        }
        let number = |part: &[u8]| part.iter().fold(0, |n, digit| n * 10 + i32::from(digit - b'0'));
        let (year, month, day) = (number(&digits[..4]), number(&digits[4..6]), number(&digits[6..]));
        Self::from_parts(year, month, day).ok_or(DayProblem::NoSuchDay)
    }

    /// The date in the calendar.
    pub fn date(self) -> civil::Date {
        // The range of `parse` and of every sum of days in a log is far inside that of jiff.
        civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(self.0)).expect("a day between the years 1 and 9999")
    }
}

/// From the earlier first day to the later last one of two spans, where there are such.
pub(crate) fn span(one: Option<(Day, Day)>, other: Option<(Day, Day)>) -> Option<(Day, Day)> {
    match (one, other) {
        (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
        (one, other) => one.or(other),
    }
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, by counting years from March so that the leap day comes last. Written out
/// because every row of a log passes here; a test holds it to the calendar library day by day.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let century = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    century * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

impl FromStr for Day {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text.as_bytes()).map_err(|problem| match problem {
            DayProblem::Empty => Error::usage("the date is missing"),
            problem => Error::usage(format!("`{text}` {problem}")),
        })
    }
}

impl TryFrom<String> for Day {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

/// The unit in which recency and age are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// One day.
    Day,
    /// Seven days.
    #[default]
    Week,
    /// A twelfth of 365.25 days.
    Month,
}

choices! {
    TimeUnit, "is not a unit of time" { Day = "day", Week = "week", Month = "month" }
}

impl TimeUnit {
    /// How many days the unit has.
    pub fn days(self) -> f64 {
        match self {
            Self::Day => 1.0,
            Self::Week => DAYS_PER_WEEK,
            Self::Month => DAYS_PER_MONTH,
        }
    }

    /// How many of the unit a year of 365.25 days has.
    pub fn per_year(self) -> f64 {
        DAYS_PER_YEAR / self.days()
    }
}

/// A length of time with its unit: `1y`, `12mo`, `39w`, `365d`.
#[derive(Debug, Clone, PartialEq)]
pub struct Length {
    text: String,
    days: f64,
}

impl Length {
    /// A year of 365.25 days.
    pub fn one_year() -> Self {
        Self { text: "1y".into(), days: DAYS_PER_YEAR }
    }

    /// The length in days.
    pub fn days(&self) -> f64 {
        self.days
    }

    /// The length in the unit given.
    pub fn in_unit(&self, unit: TimeUnit) -> f64 {
        self.days / unit.days()
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Length {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let refused = || {
            Error::usage(format!("`{text}` is not a length of time"))
                .hint("write a number with its unit: `1y`, `12mo`, `39w` or `365d`")
        };
        let days = match unit {
            "d" => 1.0,
            "w" => DAYS_PER_WEEK,
            "mo" => DAYS_PER_MONTH,
            "y" => DAYS_PER_YEAR,
            _ => return Err(refused()),
        };
        let number: f64 = number.parse().map_err(|_| refused())?;
        if !number.is_finite() || number <= 0.0 {
            return Err(refused());
        }
        Ok(Self { text: text.into(), days: number * days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_nine_millennia_is_the_day_of_the_calendar_library() {
        let epoch = civil::date(1970, 1, 1);
        let mut date = civil::date(1, 1, 1);
        while date < civil::date(9999, 12, 31) {
            let expected = (date - epoch).get_days();
            assert_eq!(days_from_civil(date.year().into(), date.month().into(), date.day().into()), expected, "{date}");
            date = date.tomorrow().expect("a day before the last");
        }
    }

    #[test]
    fn both_forms_of_a_date_are_the_same_day_and_print_as_iso() {
        for text in ["1997-09-30", "19970930"] {
            assert_eq!(Day::parse(text.as_bytes()).unwrap().to_string(), "1997-09-30");
        }
        assert_eq!(Day::parse(b"1970-01-01").unwrap(), Day(0));
        assert_eq!(Day::parse(b"0001-01-01").unwrap().to_string(), "0001-01-01");
        assert_eq!(Day::parse(b"9999-12-31").unwrap(), Day::LAST);
        assert_eq!(Day::LAST.to_string(), "9999-12-31");
        assert_eq!(Day(*Day::RANGE.start()).to_string(), "0001-01-01");
    }

    #[test]
    fn what_is_no_date_is_refused_by_reason() {
        for (text, problem) in [
            ("", DayProblem::Empty),
            ("1997-02-29", DayProblem::NoSuchDay),
            ("1900-02-29", DayProblem::NoSuchDay),
            ("1997-13-01", DayProblem::NoSuchDay),
            ("0000-00-00", DayProblem::NoSuchDay),
            // Eight characters, as `YYYYMMDD` has.
            ("1997-1-1", DayProblem::Form),
            ("31.03.2024", DayProblem::Form),
            ("1997-02-28T00:00", DayProblem::Form),
        ] {
            assert_eq!(Day::parse(text.as_bytes()), Err(problem), "{text}");
        }
    }

    #[test]
    fn lengths_carry_their_unit() {
        assert_eq!("1y".parse::<Length>().unwrap().days(), 365.25);
        assert_eq!("12mo".parse::<Length>().unwrap().days(), 365.25);
        assert_eq!("39w".parse::<Length>().unwrap().in_unit(TimeUnit::Week), 39.0);
        for text in ["39", "w", "-1y", "0d", "1 y", "1m", "infy", "nand"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }
}
