//! What the text of one field says, for columns of tables: pass these to
//! [`TextTable::required`](super::TextTable::required) and [`TextTable::optional`](super::TextTable::optional).

use crate::money::{AmountProblem, Currency};
use crate::time::{Day, DayProblem};

/// Why the text of a field is not the value it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueProblem {
    /// The reason in a few words, under which it is counted: `not a number`.
    pub reason: &'static str,
    /// What follows the value in a message: `is not a number`; the whole message where the value is
    /// missing.
    pub message: &'static str,
}

impl ValueProblem {
    pub(super) const MISSING: Self = Self { reason: "value missing", message: "the value is missing" };
    const NOT_A_NUMBER: Self = Self { reason: "not a number", message: "is not a number" };
    const NOT_WHOLE: Self = Self { reason: "not a whole number", message: "is not a whole number of zero or more" };
}

/// A day.
///
/// # Errors
/// Where the text is no date.
pub fn day(text: &[u8]) -> Result<Day, ValueProblem> {
    Day::parse(text).map_err(|problem| match problem {
        DayProblem::Empty => ValueProblem::MISSING,
        DayProblem::Form => {
            ValueProblem { reason: "not a date", message: "is not a date written `YYYY-MM-DD` or `YYYYMMDD`" }
        }
        DayProblem::NoSuchDay => {
            ValueProblem { reason: "no such day", message: "is a day that the calendar does not have" }
        }
    })
}

/// A finite number, the nearest to what is written.
///
/// # Errors
/// Where the text is no number, or one that is not finite.
pub fn number(text: &[u8]) -> Result<f64, ValueProblem> {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|number: &f64| number.is_finite())
        .ok_or(ValueProblem::NOT_A_NUMBER)
}

/// A whole number of zero or more; `2.0` is one.
///
/// # Errors
/// Where the text is no such number, or one beyond what a float holds exactly.
pub fn whole(text: &[u8]) -> Result<u64, ValueProblem> {
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    let number = number(text)?;
    if number.fract() != 0.0 || !(0.0..=EXACT).contains(&number) {
        return Err(ValueProblem::NOT_WHOLE);
    }
    Ok(number as u64)
}

/// An exact amount, in minor units of the currency.
///
/// # Errors
/// Where the text is no amount of it.
pub fn amount(currency: &Currency) -> impl Fn(&[u8]) -> Result<i64, ValueProblem> + Sync {
    move |text| {
        currency.parse(text).map_err(|problem| match problem {
            AmountProblem::Empty => ValueProblem::MISSING,
            AmountProblem::Form => ValueProblem {
                reason: "not an amount",
                message: "is not an amount written with digits and a decimal point",
            },
            AmountProblem::TooPrecise => {
                ValueProblem { reason: "amount too precise", message: "has more decimals than the currency" }
            }
            AmountProblem::TooLarge => {
                ValueProblem { reason: "amount too large", message: "is an amount too large to be money" }
            }
        })
    }
}
