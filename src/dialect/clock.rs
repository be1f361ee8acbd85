//! Times of day and time zones, as far as they decide on a day.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::time::Day;
use crate::{Error, Result};

const SECONDS_PER_DAY: i64 = 86_400;

/// A time zone of the IANA database, in whose calendar an instant has its day.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The name, as in `Europe/Berlin`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day on which an instant falls, given in seconds since 1970-01-01 00:00 UTC.
    pub fn day_of(&self, seconds: i64) -> Option<Day> {
        let offset = self.zone.to_offset(Timestamp::from_second(seconds).ok()?);
        utc_day(seconds + i64::from(offset.seconds()))
    }
}

/// The day of an instant in UTC; none beyond the years that dates have.
pub(super) fn utc_day(seconds: i64) -> Option<Day> {
    let day = seconds.div_euclid(SECONDS_PER_DAY);
    i32::try_from(day).ok().filter(|day| Day::RANGE.contains(day)).map(Day)
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let zone = TimeZone::get(text).map_err(|source| {
            Error::usage(format!("`{text}` is no time zone"))
                .caused_by(source)
                .hint("write its name as in `Europe/Berlin`, `America/New_York` or `UTC`")
        })?;
        Ok(Self { name: text.into(), zone })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Seconds since midnight.
    pub seconds: i64,
    /// How far it is ahead of UTC, in seconds, where that is written.
    pub offset: Option<i64>,
}

impl Clock {
    pub const MIDNIGHT: Self = Self { seconds: 0, offset: None };

    /// A time without colons, as in `0826` and `082600Z`.
    pub fn packed(text: &[u8]) -> Option<Self> {
        let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        let (number, rest) = text.split_at(length);
        let parts: Vec<&[u8]> = number.chunks(2).collect();
        matches!(length, 4 | 6).then(|| Self::parse(&[&parts.join(&b':')[..], rest].concat()))?
    }

    /// A time as in `8:26`, `08:26:00.123`, `8:26 PM`, `08:26:00Z`, `08:26:00+02:00`, `08:26:00 UTC`, `08:26:00 +0000 UTC`, `8:26 PM PST`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (hours, rest) = digits(text, 1..=2)?;
        let (minutes, mut rest) = digits(rest.strip_prefix(b":")?, 2..=2)?;
        let mut seconds = 0;
        if let Some(after) = rest.strip_prefix(b":") {
            (seconds, rest) = digits(after, 2..=2)?;
            if let [b'.' | b',', fraction @ ..] = rest {
                let end = fraction.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(fraction.len());
                if end == 0 {
                    return None;
                }
                rest = &fraction[end..];
            }
        }
        rest = rest.trim_ascii_start();
        let mut hours = hours;
        if let [half @ (b'A' | b'a' | b'P' | b'p'), b'M' | b'm', after @ ..] = rest {
            if !(1..=12).contains(&hours) {
                return None;
            }
            hours = hours % 12 + if half.eq_ignore_ascii_case(&b'P') { 12 } else { 0 };
            rest = after.trim_ascii_start();
        }
        let offset = offset(rest)?;
        // A leap second is written as the sixtieth.
        let exists = (hours < 24 || (hours == 24 && minutes == 0 && seconds == 0)) && minutes < 60 && seconds <= 60;
        exists.then_some(Self { seconds: hours * 3600 + minutes * 60 + seconds, offset })
    }
}

/// The names of zones that mail headers may have, in hours from UTC (RFC 5322, section 4.3). Any other name is used for several zones.
const NAMED: [(&[u8], i64); 12] = [
    (b"Z", 0),
    (b"z", 0),
    (b"UTC", 0),
    (b"GMT", 0),
    (b"EST", -5),
    (b"EDT", -4),
    (b"CST", -6),
    (b"CDT", -5),
    (b"MST", -7),
    (b"MDT", -6),
    (b"PST", -8),
    (b"PDT", -7),
];

/// An offset from UTC; `Some(None)` where nothing is written.
fn offset(text: &[u8]) -> Option<Option<i64>> {
    match text {
        [] => Some(None),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            // A name behind the offset says nothing more: `+0100 CET`.
            let rest = match rest.iter().position(|byte| *byte == b' ').map(|space| rest.split_at(space)) {
                Some((offset, [_, name @ ..])) => {
                    let is_name = (2..=5).contains(&name.len()) && name.iter().all(u8::is_ascii_uppercase);
                    Some(offset).filter(|_| is_name)?
                }
                _ => rest,
            };
            let (hours, rest) = digits(rest, 2..=2)?;
            let minutes = match rest.strip_prefix(b":").unwrap_or(rest) {
                [] => 0,
                rest => match digits(rest, 2..=2)? {
                    (minutes, []) => minutes,
                    _ => return None,
                },
            };
            let seconds = hours * 3600 + minutes * 60;
            (hours <= 23 && minutes < 60).then_some(Some(if *sign == b'-' { -seconds } else { seconds }))
        }
        name => NAMED.iter().find(|(own, _)| *own == name).map(|(_, hours)| Some(hours * 3600)),
    }
}

/// A number of so many digits, and what follows it.
pub(super) fn digits(text: &[u8], count: std::ops::RangeInclusive<usize>) -> Option<(i64, &[u8])> {
    let end =
        text.iter().take(*count.end()).position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len().min(*count.end()));
    let number = text[..end].iter().fold(0, |number, byte| number * 10 + i64::from(byte - b'0'));
    count.contains(&end).then_some((number, &text[end..]))
}
