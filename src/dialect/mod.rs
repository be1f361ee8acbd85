//! How values are written: decimal marks, forms of dates, time zones, encodings.
//!
//! # Question
//! Which number, which day does this text mean, given how the rest of its column is written?
//!
//! # Definition
//! Most values mean one thing however the column is written: `12`, `2024-03-31`, `31-Mar-24`. Some
//! tell how it is written: `1.355,90` has a decimal comma, `31/3/2024` puts the day first. And some
//! could be two things: `1.000`, `3/4/2024`. So each value gives [`Evidence`], and all values of a
//! column together decide: what most of the telling values say is the column's [`Dialect`]. Where none
//! tells and one could be two things, the column is refused with the setting that decides it.
//! Nothing is guessed from the machine or its language.
//!
//! # Units
//! Amounts become minor units of the currency, dates days since 1970-01-01.

mod amounts;
mod clock;
mod dates;
mod encoding;
mod evidence;
#[cfg(test)]
mod tests;

pub use amounts::{Decimal, Marks, currency_beside};
pub(crate) use amounts::{is_missing, named_currency};
pub use clock::Zone;
pub use dates::DateFormat;
pub use encoding::Encoding;
pub use evidence::{Evidence, Sighting};

#[cfg(test)]
use dates::Form;

/// A text without the space around it, of any kind.
pub(crate) fn trimmed(text: &[u8]) -> &[u8] {
    std::str::from_utf8(text).map_or(text.trim_ascii(), |text| text.trim().as_bytes())
}

/// How the values of one file are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dialect {
    /// What stands before the decimals of amounts.
    pub decimal: Decimal,
    /// The form of dates.
    pub dates: DateFormat,
    /// The calendar to which instants belong; without one a date is the day that is written.
    pub zone: Option<Zone>,
    /// What bytes beyond ASCII mean.
    pub encoding: Encoding,
}

/// What was said about how values are written; what was not is found from the values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pinned {
    /// What stands before the decimals of amounts.
    pub decimal: Option<Decimal>,
    /// The form of dates.
    pub dates: Option<DateFormat>,
    /// The calendar to which instants belong.
    pub zone: Option<Zone>,
    /// What bytes beyond ASCII mean.
    pub encoding: Option<Encoding>,
}

impl Pinned {
    /// The dialect before any value has been seen.
    pub fn start(&self) -> Dialect {
        Dialect {
            decimal: self.decimal.unwrap_or_default(),
            dates: self.dates.clone().unwrap_or_default(),
            zone: self.zone.clone(),
            encoding: self.encoding.unwrap_or_default(),
        }
    }
}
