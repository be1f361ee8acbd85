//! Dates as people and programs write them.

use std::fmt;
use std::str::FromStr;

use jiff::fmt::strtime::BrokenDownTime;

use super::amounts::is_missing;
use super::clock::{Clock, Zone, digits, utc_day};
use super::trimmed;
use crate::time::{Day, DayProblem};
use crate::{Error, Result};

/// The form in which the dates of a column are written.
///
/// Dates with the year first (`2024-03-31`, `2024/3/31`, `20240331`) or the month by its English name
/// (`31-Mar-24`, `March 31, 2024`) mean the same in every form but those of numbers; a time of day may follow any date.
/// A year of two digits is one from 1969 to 2068.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub enum DateFormat {
    /// The year first or the month by name; nothing else has been seen.
    #[default]
    Iso,
    /// `31.03.2024`, `31/3/24`.
    DayFirst,
    /// `03/31/2024`, `3/31/24`.
    MonthFirst,
    /// Days as spreadsheets count them: 1 is 1900-01-01, and 1900 has a 29 February.
    Serial,
    /// Days as spreadsheets that came from early Macs count them: 0 is 1904-01-01.
    Serial1904,
    /// Seconds since 1970-01-01 00:00 UTC.
    EpochSeconds,
    /// Thousandths of seconds since 1970-01-01 00:00 UTC.
    EpochMilliseconds,
    /// A pattern of `strptime`, as in `%d.%m.%Y %H:%M`.
    Pattern(String),
}

/// What the form of one date tells about its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A date in words or with the year first.
    Clear,
    DayFirst,
    MonthFirst,
    /// Both orders give a day, and not the same one.
    Either,
    /// Both orders give the same day.
    Same,
    Serial,
    Seconds,
    Milliseconds,
}

/// The parts of a date that is written as one.
enum Parts {
    /// Year, month, day.
    Clear([i64; 3]),
    /// The first two in unknown order, and the year. Dots are for days first.
    Ordered { first: i64, second: i64, year: i64, dots: bool },
}

impl DateFormat {
    /// The name used on the command line and in receipts.
    pub fn name(&self) -> &str {
        match self {
            Self::Iso => "iso",
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
            Self::Serial => "serial",
            Self::Serial1904 => "serial-1904",
            Self::EpochSeconds => "epoch-seconds",
            Self::EpochMilliseconds => "epoch-milliseconds",
            Self::Pattern(pattern) => pattern,
        }
    }

    /// Whether a text is a date in words, with the year first, or in either order of day and month.
    pub fn is_date(text: &[u8]) -> bool {
        matches!(Form::of(text), Some(Form::Clear | Form::DayFirst | Form::MonthFirst | Form::Either | Form::Same))
    }

    /// The day that a text names. With a zone, an instant (a time with its offset from UTC, or seconds
    /// since 1970) falls on the day it has there; without, on the day that is written, or the day in UTC.
    ///
    /// # Errors
    /// A [`DayProblem`] where the text is empty, of another form, no day of the calendar, or a
    /// placeholder such as `0000-00-00` and `9999-12-31`.
    pub fn day(&self, text: &[u8], zone: Option<&Zone>) -> Result<Day, DayProblem> {
        let written = matches!(self, Self::Iso | Self::DayFirst | Self::MonthFirst);
        let day = match Day::parse(text) {
            Ok(day) if written => day,
            Err(DayProblem::NoSuchDay) if written && !text.starts_with(b"0000") => return Err(DayProblem::NoSuchDay),
            _ if is_missing(trimmed(text)) => return Err(DayProblem::Empty),
            _ => self.any_day(trimmed(text), zone)?,
        };
        // The last day that dates can say stands for none.
        if day == Day::LAST { Err(DayProblem::Placeholder) } else { Ok(day) }
    }

    fn any_day(&self, text: &[u8], zone: Option<&Zone>) -> Result<Day, DayProblem> {
        let instant = |seconds: i64| match zone {
            Some(zone) => zone.day_of(seconds),
            None => utc_day(seconds),
        };
        let number = |unit: i64| {
            let (whole, part) = match text.iter().position(|byte| matches!(byte, b'.' | b',')) {
                Some(point) => (&text[..point], &text[point + 1..]),
                None => (text, [].as_slice()),
            };
            let plain = !whole.is_empty() && whole.len() <= 15 && whole.iter().chain(part).all(u8::is_ascii_digit);
            plain.then(|| digits(whole, 1..=15).map_or(0, |(number, _)| number) / unit).ok_or(DayProblem::Form)
        };
        match self {
            Self::Pattern(pattern) => return pattern_day(pattern, text, zone),
            Self::Serial => {
                let serial = number(1)?;
                // Before March 1900 the count is off by the day that never was.
                return in_range(if serial > 60 { serial - 25_569 } else { serial - 25_568 }, serial >= 1);
            }
            Self::Serial1904 => return in_range(number(1)? - 24_107, true),
            Self::EpochSeconds => return instant(number(1)?).ok_or(DayProblem::NoSuchDay),
            // Seconds among them would all be days of January 1970.
            Self::EpochMilliseconds if Form::of(text) == Some(Form::Seconds) => return Err(DayProblem::Form),
            Self::EpochMilliseconds => return instant(number(1000)?).ok_or(DayProblem::NoSuchDay),
            Self::Iso | Self::DayFirst | Self::MonthFirst => {}
        }
        let (parts, clock) = split(text).ok_or(DayProblem::Form)?;
        let [year, month, day] = match parts {
            Parts::Clear(parts) => parts,
            Parts::Ordered { first, second, year, dots } => match self {
                Self::DayFirst => [year, second, first],
                Self::MonthFirst if !dots => [year, first, second],
                // In either order the same day.
                _ if first == second => [year, first, second],
                _ => return Err(DayProblem::Form),
            },
        };
        if [year, month, day] == [0, 0, 0] {
            return Err(DayProblem::Placeholder);
        }
        let day = civil(year, month, day).ok_or(DayProblem::NoSuchDay)?;
        match (clock.offset, zone) {
            (Some(offset), Some(zone)) => {
                zone.day_of(i64::from(day.0) * 86_400 + clock.seconds - offset).ok_or(DayProblem::NoSuchDay)
            }
            _ => Ok(day),
        }
    }
}

fn in_range(day: i64, exists: bool) -> Result<Day, DayProblem> {
    i32::try_from(day).ok().filter(|day| exists && Day::RANGE.contains(day)).map(Day).ok_or(DayProblem::NoSuchDay)
}

fn pattern_day(pattern: &str, text: &[u8], zone: Option<&Zone>) -> Result<Day, DayProblem> {
    let parts = BrokenDownTime::parse(pattern, text).map_err(|_| DayProblem::Form)?;
    if let (Some(zone), Ok(instant)) = (zone, parts.to_timestamp()) {
        return zone.day_of(instant.as_second()).ok_or(DayProblem::NoSuchDay);
    }
    let date = parts.to_date().map_err(|_| DayProblem::NoSuchDay)?;
    civil(date.year().into(), date.month().into(), date.day().into()).ok_or(DayProblem::NoSuchDay)
}

fn civil(year: i64, month: i64, day: i64) -> Option<Day> {
    Day::from_parts(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)
}

impl Form {
    /// What the form of a text tells; `None` where it is no date in any form.
    pub fn of(text: &[u8]) -> Option<Self> {
        match Day::parse(text) {
            Ok(_) => return Some(Self::Clear),
            // Two are beyond any form, but a day of the wrong length may be another one.
            Err(DayProblem::Empty | DayProblem::NoSuchDay | DayProblem::Placeholder) => return None,
            Err(DayProblem::Form) => {}
        }
        let text = trimmed(text);
        let whole = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        let fraction = match &text[whole..] {
            [] => true,
            [b'.' | b',', part @ ..] => !part.is_empty() && part.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        if fraction {
            match whole {
                5 => return Some(Self::Serial),
                9 | 10 => return Some(Self::Seconds),
                12 | 13 => return Some(Self::Milliseconds),
                _ => {}
            }
        }
        match split(text)?.0 {
            Parts::Clear([year, month, day]) => civil(year, month, day).map(|_| Self::Clear),
            Parts::Ordered { first, second, year, dots } => {
                let day_first = civil(year, second, first).is_some();
                let month_first = !dots && civil(year, first, second).is_some();
                match (day_first, month_first) {
                    (true, true) if first == second => Some(Self::Same),
                    (true, true) => Some(Self::Either),
                    (true, false) => Some(Self::DayFirst),
                    (false, true) => Some(Self::MonthFirst),
                    (false, false) => None,
                }
            }
        }
    }
}

/// The parts of a written date, and its time of day.
fn split(text: &[u8]) -> Option<(Parts, Clock)> {
    let (parts, rest) = match text {
        [b'0'..=b'9', ..] => numeric(text).or_else(|| day_and_name(text))?,
        _ => name_and_day(text)?,
    };
    let clock = match rest {
        [] => Clock::MIDNIGHT,
        [b'T' | b't', time @ ..] => Clock::parse(time).or_else(|| Clock::packed(time))?,
        [b' ' | b',', ..] => Clock::parse(rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start())?,
        _ => return None,
    };
    Some((parts, clock))
}

/// `2024-03-31`, `20240331`, `20240331235959`, `31.03.2024`, `3/31/24`, and what follows.
fn numeric(text: &[u8]) -> Option<(Parts, &[u8])> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    if matches!(length, 8 | 14) {
        let (year, rest) = digits(text, 4..=4)?;
        let (month, rest) = digits(rest, 2..=2)?;
        let (day, rest) = digits(rest, 2..=2)?;
        // The time of a long number has no marks, and none of its parts decides on the day.
        return Some((Parts::Clear([year, month, day]), &rest[length - 8..]));
    }
    let (first, rest) = digits(text, 1..=4)?;
    let mark = *rest.first().filter(|mark| matches!(mark, b'-' | b'/' | b'.'))?;
    let (second, after) = digits(&rest[1..], 1..=2)?;
    let last = after.strip_prefix(&[mark])?;
    if length == 4 {
        let (day, rest) = digits(last, 1..=2)?;
        return Some((Parts::Clear([first, second, day]), rest));
    }
    let (year, rest) = year(last)?;
    let short = last.len() - rest.len() == 2;
    // `24-03-31` may be a year, a month and a day.
    (length <= 2 && !(short && mark == b'-'))
        .then_some((Parts::Ordered { first, second, year, dots: mark == b'.' }, rest))
}

/// A year of four digits, or of two.
fn year(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (year, rest) = digits(text, 2..=4)?;
    match length {
        4 => Some((year, rest)),
        2 => Some((if year >= 69 { 1900 + year } else { 2000 + year }, rest)),
        _ => None,
    }
}

/// `31-Mar-24`, `31 March 2024`.
fn day_and_name(text: &[u8]) -> Option<(Parts, &[u8])> {
    let (day, rest) = digits(text, 1..=2)?;
    let (month, rest) = month(after_mark(rest))?;
    let (year, rest) = year(after_mark(rest))?;
    Some((Parts::Clear([year, month, day]), rest))
}

/// `Mar 31, 2024`, and `Sun, 31 Mar 2024` with a day of the week before any of these.
fn name_and_day(text: &[u8]) -> Option<(Parts, &[u8])> {
    const DAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    let (name, rest) = word(text);
    if DAYS.iter().any(|day| name.get(..3).is_some_and(|name| name.eq_ignore_ascii_case(*day))) {
        let rest = after_mark(rest);
        return if rest.first()?.is_ascii_digit() { day_and_name(rest) } else { name_and_day(rest) };
    }
    let (month, rest) = month(text)?;
    let (day, rest) = digits(after_mark(rest), 1..=2)?;
    // `Jan 2024` is a month and no day: what follows the day is set apart from it.
    let (year, rest) = year(after_mark(rest)).filter(|_| rest.first().is_some_and(|byte| !byte.is_ascii_digit()))?;
    Some((Parts::Clear([year, month, day]), rest))
}

fn month(text: &[u8]) -> Option<(i64, &[u8])> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (name, rest) = word(text);
    let name = name.to_ascii_lowercase();
    let stands = |month: &str| name.len() >= 3 && (month.as_bytes().starts_with(&name) || name == b"sept");
    let position = MONTHS.iter().position(|month| stands(month) && (name != b"sept" || *month == "september"))?;
    Some((position as i64 + 1, rest))
}

fn word(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(text.len()))
}

/// What follows the marks between the parts of a date in words.
fn after_mark(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|byte| !matches!(byte, b' ' | b'-' | b'/' | b'.' | b',')).unwrap_or(text.len())..]
}

impl FromStr for DateFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let named = [
            Self::Iso,
            Self::DayFirst,
            Self::MonthFirst,
            Self::Serial,
            Self::Serial1904,
            Self::EpochSeconds,
            Self::EpochMilliseconds,
        ];
        if let Some(format) = named.into_iter().find(|format| format.name() == text) {
            return Ok(format);
        }
        let refused = || {
            Error::usage(format!("`{text}` is no form of dates")).hint(
            "say `iso`, `dmy`, `mdy`, `serial`, `serial-1904`, `epoch-seconds`, `epoch-milliseconds`, or a pattern as in `%d.%m.%Y`",
        )
        };
        if !text.contains('%') {
            return Err(refused());
        }
        if text.contains("%Z") {
            return Err(Error::usage(format!(
                "`{text}` reads the name of a time zone, and such a name stands for several"
            ))
            .hint("write the name itself in its place, as in `%Y-%m-%d %H:%M:%S CET`, or read an offset with `%z`"));
        }
        // A pattern is right if what it writes is a date when read.
        let sample = jiff::civil::date(2024, 3, 31).at(13, 14, 15, 0).in_tz("UTC").map_err(|_| refused())?;
        let written = jiff::fmt::strtime::format(text, &sample).map_err(|source| refused().caused_by(source))?;
        match pattern_day(text, written.as_bytes(), None) {
            Ok(_) => Ok(Self::Pattern(text.into())),
            Err(_) => Err(Error::usage(format!("`{text}` does not say year, month and day"))
                .hint("write a pattern as in `%d.%m.%Y`, `%m/%d/%y %H:%M` or `%Y-%m-%dT%H:%M:%S%z`")),
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
