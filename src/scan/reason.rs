//! Why a row cannot be used.

use std::fmt;

use crate::money::AmountProblem;
use crate::time::DayProblem;

/// Why a row cannot be used as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// More or fewer fields than the header has.
    FieldCount,
    /// A quote is opened and never closed.
    UnclosedQuote,
    /// A zero byte stands in it, as in a file that was damaged.
    ZeroByte,
    /// The customer is missing.
    NoCustomer,
    /// The id is not UTF-8.
    IdNotUtf8,
    /// The id went through a spreadsheet and lost its digits.
    IdExponent,
    /// The date cannot be used.
    Date(DayProblem),
    /// The amount cannot be used.
    Amount(AmountProblem),
    /// The currency of the amount cannot be used.
    Currency(CurrencyProblem),
    /// A text that was asked for is not UTF-8.
    TextNotUtf8,
    /// What the rows are read for has no use for it, for this reason.
    Refused(&'static str),
}

/// Why an amount cannot be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CurrencyProblem {
    /// The column of the currency is empty.
    Empty,
    /// There is no rate for the currency, or its sign is one of several.
    NoRate,
    /// The amount is marked in another currency than the row names.
    Contradicts,
}

impl fmt::Display for CurrencyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the currency is missing",
            Self::NoRate => "has no exchange rate, or is a sign of several that have one",
            Self::Contradicts => "is marked in another currency than its row names",
        })
    }
}

impl Reason {
    /// Every reason for which no row can be used, whatever it is read for, in the order in which they are counted and shown.
    pub const ALL: [Self; 18] = [
        Self::FieldCount,
        Self::UnclosedQuote,
        Self::ZeroByte,
        Self::NoCustomer,
        Self::IdNotUtf8,
        Self::IdExponent,
        Self::Date(DayProblem::Empty),
        Self::Date(DayProblem::Form),
        Self::Date(DayProblem::NoSuchDay),
        Self::Date(DayProblem::Placeholder),
        Self::Amount(AmountProblem::Empty),
        Self::Amount(AmountProblem::Form),
        Self::Amount(AmountProblem::TooPrecise),
        Self::Amount(AmountProblem::TooLarge),
        Self::Currency(CurrencyProblem::Empty),
        Self::Currency(CurrencyProblem::NoRate),
        Self::Currency(CurrencyProblem::Contradicts),
        Self::TextNotUtf8,
    ];

    /// The place in [`Self::ALL`]; none for what depends on the use of the rows.
    pub(super) fn index(self) -> Option<usize> {
        Self::ALL.iter().position(|reason| *reason == self)
    }

    /// The reason in a few words, as the receipt and `reasons.csv` name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FieldCount => "wrong number of fields",
            Self::UnclosedQuote => "quote not closed",
            Self::ZeroByte => "zero byte",
            Self::NoCustomer => "no customer",
            Self::IdNotUtf8 => "id not in UTF-8",
            Self::IdExponent => "id in exponent form",
            Self::Date(DayProblem::Empty) => "date missing",
            Self::Date(DayProblem::Form) => "not a date",
            Self::Date(DayProblem::NoSuchDay) => "no such day",
            Self::Date(DayProblem::Placeholder) => "placeholder for a date",
            Self::Amount(AmountProblem::Empty) => "amount missing",
            Self::Amount(AmountProblem::Form) => "not an amount",
            Self::Amount(AmountProblem::TooPrecise) => "amount too precise",
            Self::Amount(AmountProblem::TooLarge) => "amount too large",
            Self::Currency(CurrencyProblem::Empty) => "currency missing",
            Self::Currency(CurrencyProblem::NoRate) => "no exchange rate",
            Self::Currency(CurrencyProblem::Contradicts) => "two currencies",
            Self::TextNotUtf8 => "text not in UTF-8",
            Self::Refused(reason) => reason,
        }
    }

    /// What is wrong, for people, with the value in backticks.
    pub fn message(self, value: &str) -> String {
        match self {
            Self::FieldCount => format!("the record has {value}"),
            Self::UnclosedQuote => "a quote is opened and not closed again, or only after more than 64 MiB".into(),
            Self::ZeroByte => "the record holds a zero byte, so it is damaged".into(),
            Self::NoCustomer => "the customer is missing".into(),
            Self::IdNotUtf8 | Self::TextNotUtf8 => format!("`{value}` is not UTF-8"),
            Self::IdExponent => {
                format!(
                    "`{value}` is an id that became a number, in a spreadsheet or a column of floating-point numbers: its digits are lost"
                )
            }
            Self::Date(DayProblem::Empty) => DayProblem::Empty.to_string(),
            Self::Date(DayProblem::Form) => format!("`{value}` is not a date, or not one in the form of its column"),
            Self::Date(problem) => format!("`{value}` {problem}"),
            Self::Amount(AmountProblem::Empty) => AmountProblem::Empty.to_string(),
            Self::Amount(AmountProblem::Form) => {
                format!("`{value}` is not an amount, or not one with the decimal mark of its column")
            }
            Self::Amount(problem) => format!("`{value}` {problem}"),
            Self::Currency(CurrencyProblem::Empty) => CurrencyProblem::Empty.to_string(),
            Self::Currency(problem) => format!("`{value}` {problem}"),
            Self::Refused(reason) => format!("`{value}`: {reason}"),
        }
    }
}

/// Whether an id is a number in exponent form, as spreadsheets write long digits: `1.2E+11`.
pub(crate) fn is_exponent(id: &[u8]) -> bool {
    let Some(mark) = id.iter().position(|byte| matches!(byte, b'E' | b'e')) else { return false };
    let (number, exponent) = (&id[..mark], &id[mark + 1..]);
    let number = number.strip_prefix(b"-").unwrap_or(number);
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let number = match number.iter().position(|byte| matches!(byte, b'.' | b',')) {
        Some(point) => digits(&number[..point]) && digits(&number[point + 1..]),
        None => digits(number),
    };
    number && matches!(exponent, [b'+', rest @ ..] if digits(rest) && rest.len() <= 3)
}
