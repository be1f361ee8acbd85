//! Money, exact: whole numbers of a currency's minor unit, from the text to the sum.
//!
//! A single amount is an `i64` of minor units, a sum an `i128`, so that no sum of a log can overflow
//! and the order of adding cannot matter.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A currency: the code that is shown, if one was given, and how many decimals its minor unit has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Option<String>", into = "Option<String>")]
pub struct Currency {
    code: Option<String>,
    decimals: u8,
}

/// Currencies without a minor unit, and those with three decimals (ISO 4217); all others have two.
const WITHOUT_DECIMALS: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"];
const WITH_THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// The codes of the currencies that a mark stands for; none where the text is no mark.
fn codes_of_mark(text: &str) -> &'static [&'static str] {
    match text {
        "€" | "Euro" | "euro" | "EURO" => &["EUR"],
        "£" => &["GBP"],
        "¥" => &["JPY", "CNY"],
        "US$" => &["USD"],
        "$" => &["USD", "AUD", "CAD", "NZD", "HKD", "SGD", "MXN", "CLP", "COP", "ARS", "TWD"],
        "A$" | "AU$" => &["AUD"],
        "C$" | "CA$" => &["CAD"],
        "NZ$" => &["NZD"],
        "HK$" => &["HKD"],
        "S$" => &["SGD"],
        "R$" => &["BRL"],
        "₹" => &["INR"],
        "₩" => &["KRW", "KPW"],
        "₽" => &["RUB"],
        "₺" | "TL" => &["TRY"],
        "₪" => &["ILS"],
        "฿" => &["THB"],
        "₫" => &["VND"],
        "₴" => &["UAH"],
        "₦" => &["NGN"],
        "₱" => &["PHP"],
        "kr" | "kr." => &["SEK", "NOK", "DKK", "ISK"],
        "zł" => &["PLN"],
        "Kč" => &["CZK"],
        "Ft" => &["HUF"],
        "Fr" | "Fr." => &["CHF", "XOF", "XAF", "XPF", "BIF", "CDF", "DJF", "GNF", "KMF", "RWF"],
        "Rs" | "Rs." => &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"],
        "lei" => &["RON", "MDL"],
        "R" => &["ZAR"],
        _ => &[],
    }
}

impl Currency {
    /// What to do about amounts of several currencies in one run.
    pub(crate) const KEEP_ONE: &str = "keep one currency a run, or convert them with `--exchange-rates FILE`";

    /// A currency nobody named: two decimals.
    pub const UNNAMED: Self = Self { code: None, decimals: 2 };

    /// The currency of a code as files have it, in either case; none where it is no code.
    pub fn of_file(code: &str) -> Option<Self> {
        code.trim().to_ascii_uppercase().parse().ok()
    }

    /// The three-letter code, where one was given.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether a currency of this code may be written so: by its code in either case, or as a mark it has: `€` for EUR, `$` for
    /// any dollar. Any other text is a name that nothing else has.
    pub fn is_written(code: &str, written: &str) -> bool {
        match codes_of_mark(written) {
            [] => code.eq_ignore_ascii_case(written),
            codes => codes.iter().any(|of_mark| of_mark.eq_ignore_ascii_case(code)),
        }
    }

    /// Whether two names may be of one currency: codes in either case, or what stands beside amounts.
    pub fn are_alike(one: &str, other: &str) -> bool {
        one.eq_ignore_ascii_case(other) || Self::is_written(one, other) || Self::is_written(other, one)
    }

    /// Whether all of these may be of one currency: one text, or one code and the marks that it may be written with.
    pub fn are_one<'a>(written: impl Iterator<Item = &'a str> + Clone) -> bool {
        let mut codes = written.clone().filter(|written| written.parse::<Self>().is_ok());
        match (codes.next(), codes.next()) {
            (Some(code), None) => written.clone().all(|written| Self::is_written(code, written)),
            _ => written.take(2).count() < 2,
        }
    }

    /// Whether amounts written so may all be in this currency, where it was said, or else in one.
    pub(crate) fn takes<'a>(&self, mut written: impl Iterator<Item = &'a str> + Clone) -> bool {
        match self.code() {
            Some(said) => written.all(|written| Self::is_written(said, written)),
            None => Self::are_one(written),
        }
    }

    /// Whether amounts written so may be added: they are in one currency, or all in the one that was said.
    pub(crate) fn may_add<'a>(&self, written: impl Iterator<Item = &'a str> + Clone) -> bool {
        Self::are_one(written.clone()) || self.takes(written)
    }

    /// The one code that all of these marks stand for; none where one is no mark, or they share several codes or none.
    pub(crate) fn of_marks<'a>(mut marks: impl Iterator<Item = &'a str>) -> Option<&'static str> {
        let first = codes_of_mark(marks.next()?);
        let all: Vec<&str> = marks.collect();
        let mut codes = first.iter().filter(|code| all.iter().all(|mark| codes_of_mark(mark).contains(code)));
        codes.next().filter(|_| codes.next().is_none()).copied()
    }

    /// What to do where amounts are written in several currencies, and this one was said or none: they may be marks of one, as
    /// `₹` and `Rs.`.
    pub(crate) fn hint_for_several<'a>(&self, written: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
        match Self::of_marks(written).filter(|_| self.code().is_none()) {
            Some(code) => format!("say `--currency {code}` where all of them are that one; else {otherwise}"),
            None => otherwise.to_owned(),
        }
    }

    /// Whether a text is a mark that exports write beside amounts in place of a code.
    pub(crate) fn is_mark(text: &str) -> bool {
        !codes_of_mark(text).is_empty()
    }

    /// The number of decimals of the minor unit.
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// How many minor units one unit has.
    pub fn minor_units(&self) -> i64 {
        10_i64.pow(self.decimals.into())
    }

    /// A sum of minor units as a number of units, rounded once.
    pub fn to_f64(&self, minor: i128) -> f64 {
        // Both conversions are exact below 2^53, so the division is the only rounding. That of 64 bits is one instruction.
        let number = i64::try_from(minor).map_or_else(|_| minor as f64, |minor| minor as f64);
        number / self.minor_units() as f64
    }

    /// A sum of minor units as text with all its decimals: `-1234.50`.
    pub fn format(&self, minor: i128) -> String {
        let mut text = Vec::new();
        push_minor_units(&mut text, minor, self.decimals.into());
        text.into_iter().map(char::from).collect()
    }

    /// The minor units that a plain amount names: an optional sign, digits, a decimal point.
    ///
    /// # Errors
    /// An [`AmountProblem`] where the text is no amount or finer than the minor unit.
    pub fn parse(&self, text: &[u8]) -> Result<i64, AmountProblem> {
        let (negative, digits) = match text {
            [] => return Err(AmountProblem::Empty),
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut minor: i64 = 0;
        let mut seen = 0_u32;
        let mut decimals: Option<u8> = None;
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                if byte != b'.' || decimals.is_some() {
                    return Err(AmountProblem::Form);
                }
                decimals = Some(0);
                continue;
            }
            seen += 1;
            match decimals {
                // A finer digit is no loss as long as it is a zero.
                Some(places) if places == self.decimals => {
                    if digit != 0 {
                        return Err(self.too_precise_or_no_number(digits));
                    }
                    continue;
                }
                Some(ref mut places) => *places += 1,
                None => {}
            }
            minor = minor
                .checked_mul(10)
                .and_then(|minor| minor.checked_add(digit.into()))
                .ok_or(AmountProblem::TooLarge)?;
        }
        if seen == 0 {
            return Err(AmountProblem::Form);
        }
        let scale = 10_i64.pow(u32::from(self.decimals - decimals.unwrap_or(0)));
        let minor = minor.checked_mul(scale).ok_or(AmountProblem::TooLarge)?;
        Ok(if negative { -minor } else { minor })
    }

    /// The same currency with six more decimals, in which the factors of an amount are read: prices are often finer than what
    /// is paid.
    #[must_use]
    pub fn of_factors(&self) -> Self {
        Self { code: self.code.clone(), decimals: self.decimals + 6 }
    }

    /// The minor units of a product of two numbers that both have so many decimals, as whole numbers: exact where it is
    /// whole, else rounded once, a half to the even one.
    ///
    /// # Errors
    /// [`AmountProblem::TooLarge`] beyond nine quintillion minor units.
    pub fn product(&self, one: i64, other: i64, decimals: u8) -> Result<i64, AmountProblem> {
        let product = i128::from(one) * i128::from(other);
        let finer = 10_i128.pow(u32::from(2 * decimals - self.decimals));
        let (whole, rest) = (product.div_euclid(finer), product.rem_euclid(finer));
        let up = match (2 * rest).cmp(&finer) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => whole % 2 != 0,
        };
        i64::try_from(whole + i128::from(up)).map_err(|_| AmountProblem::TooLarge)
    }

    /// `1.2x` is no number before it is a number that is too fine.
    fn too_precise_or_no_number(&self, digits: &[u8]) -> AmountProblem {
        let plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let points = digits.iter().filter(|byte| **byte == b'.').count();
        if plain && points == 1 { AmountProblem::TooPrecise } else { AmountProblem::Form }
    }
}

/// Appends a sum of minor units with so many decimals: `-1234.50`.
pub fn push_minor_units(text: &mut Vec<u8>, minor: i128, decimals: usize) {
    if minor < 0 {
        text.push(b'-');
    }
    let magnitude = minor.unsigned_abs();
    let mut digits = itoa::Buffer::new();
    // Nearly all money fits 64 bits, which take a fraction of the time.
    let digits = match u64::try_from(magnitude) {
        Ok(magnitude) => digits.format(magnitude),
        Err(_) => digits.format(magnitude),
    };
    let (whole, rest) = digits.split_at(digits.len().saturating_sub(decimals));
    text.extend_from_slice(if whole.is_empty() { b"0" } else { whole.as_bytes() });
    if decimals > 0 {
        text.push(b'.');
        text.extend(std::iter::repeat_n(b'0', decimals - rest.len()));
        text.extend_from_slice(rest.as_bytes());
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::UNNAMED
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().unwrap_or("unnamed, two decimals"))
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(code: &str) -> Result<Self> {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Error::usage(format!("`{code}` is not a currency"))
                .hint("write its three-letter code, as in `EUR`, `USD` or `JPY`"));
        }
        let decimals = if WITHOUT_DECIMALS.contains(&code) {
            0
        } else if WITH_THREE_DECIMALS.contains(&code) {
            3
        } else {
            2
        };
        Ok(Self { code: Some(code.into()), decimals })
    }
}

impl TryFrom<Option<String>> for Currency {
    type Error = Error;

    fn try_from(code: Option<String>) -> Result<Self> {
        code.map_or(Ok(Self::UNNAMED), |code| code.parse())
    }
}

impl From<Currency> for Option<String> {
    fn from(currency: Currency) -> Self {
        currency.code
    }
}

/// Why a text is not an amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AmountProblem {
    /// Nothing is written there.
    Empty,
    /// Not a number written with digits and a decimal point.
    Form,
    /// A number with more decimals than the currency has.
    TooPrecise,
    /// A number beyond nine quintillion minor units.
    TooLarge,
}

impl fmt::Display for AmountProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the amount is missing",
            Self::Form => "is not an amount",
            Self::TooPrecise => "has more decimals than the currency",
            Self::TooLarge => "is an amount too large to be money",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_minor_units_of_their_currency() {
        let euro: Currency = "EUR".parse().unwrap();
        for (text, minor) in [
            ("0", 0),
            ("12", 1200),
            ("12.3", 1230),
            ("12.34", 1234),
            ("-0.01", -1),
            ("+5", 500),
            (".5", 50),
            ("5.", 500),
            ("1.10000", 110),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(euro.parse(text.as_bytes()), Ok(minor), "{text}");
        }
        assert_eq!("JPY".parse::<Currency>().unwrap().parse(b"1200"), Ok(1200));
        assert_eq!("KWD".parse::<Currency>().unwrap().parse(b"1.2"), Ok(1200));
    }

    #[test]
    fn a_mark_stands_for_its_currencies_and_another_text_for_itself() {
        for (one, other, expected) in [
            ("EUR", "€", true),
            ("usd", "USD", true),
            ("usd", "$", true),
            ("SEK", "kr", true),
            ("USD", "kr", false),
            ("kr", "kr", true),
            ("INR", "₹", true),
            ("EUR", "₹", false),
            ("Euro", "GBP", false),
            ("EURO", "USD", false),
            ("US Dollar", "EUR", false),
            ("Euro", "EURO", true),
            ("US$", "A$", false),
        ] {
            assert_eq!(Currency::are_alike(one, other), expected, "{one}, {other}");
            assert_eq!(Currency::are_alike(other, one), expected, "{other}, {one}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_by_reason() {
        for (text, problem) in [
            ("", AmountProblem::Empty),
            ("-", AmountProblem::Form),
            (".", AmountProblem::Form),
            ("1.2.3", AmountProblem::Form),
            ("1,20", AmountProblem::Form),
            ("1e3", AmountProblem::Form),
            (" 1", AmountProblem::Form),
            ("NaN", AmountProblem::Form),
            ("1.005", AmountProblem::TooPrecise),
            ("1.005x", AmountProblem::Form),
            ("1.005.1", AmountProblem::Form),
            ("92233720368547758.08", AmountProblem::TooLarge),
            ("99999999999999999999", AmountProblem::TooLarge),
        ] {
            assert_eq!(Currency::UNNAMED.parse(text.as_bytes()), Err(problem), "{text}");
        }
    }

    #[test]
    fn products_are_exact_and_half_a_minor_unit_goes_to_the_even_one() {
        let currency = Currency::UNNAMED;
        let fine = currency.of_factors();
        let product = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| fine.parse(text.as_bytes()).unwrap());
            currency.product(one, other, fine.decimals()).map(|minor| currency.format(minor.into()))
        };
        for (one, other, expected) in [
            ("6", "2.55", "15.30"),
            ("-12", "0.0005", "-0.01"),
            ("1", "0.005", "0.00"),
            ("3", "0.005", "0.02"),
            ("-1", "0.005", "0.00"),
            ("-3", "0.005", "-0.02"),
            ("1", "0.00500001", "0.01"),
            ("0.00000001", "80995", "0.00"),
            ("80995", "2.08", "168469.60"),
            ("1.5", "1.25", "1.88"),
        ] {
            assert_eq!(product(one, other).as_deref(), Ok(expected), "{one} x {other}");
        }
        assert_eq!(product("90000000000", "90000000000"), Err(AmountProblem::TooLarge));
        assert_eq!(currency.product(150, 125, 2), Ok(188));
    }

    #[test]
    fn amounts_print_as_they_are_read() {
        for text in ["0.00", "0.05", "-0.05", "1234.50", "-1234.50"] {
            let minor = Currency::UNNAMED.parse(text.as_bytes()).unwrap();
            assert_eq!(Currency::UNNAMED.format(minor.into()), text);
        }
        assert_eq!("JPY".parse::<Currency>().unwrap().format(-1200), "-1200");
    }
}
