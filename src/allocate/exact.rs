//! Exact numbers as people write them: decimals and percentages as rationals, quantities as scaled integers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use crate::dialect::Decimal;

/// An exact number.
pub type Exact = BigRational;

/// An exact number for people: exact where it ends within six decimals, else rounded to six.
pub fn show_quantity(value: &Exact) -> String {
    plain(value)
}

/// The sum of any number of integers.
pub(crate) fn sum(values: impl Iterator<Item = i128>) -> BigInt {
    let (mut whole, mut part) = (BigInt::zero(), 0_i128);
    for value in values {
        part = part.checked_add(value).unwrap_or_else(|| {
            whole += part;
            value
        });
    }
    whole + part
}

/// Decimals that a quantity in a file may have.
pub(crate) const QUANTITY_DECIMALS: u32 = 6;

/// Decimals to which a share of a customer is kept, more than anybody writes.
pub(crate) const SHARE_DECIMALS: u32 = 12;

/// The rational that a plain decimal names: an optional sign, digits (`_` between them allowed), a point.
pub(crate) fn decimal(text: &str) -> Option<BigRational> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let clean: String = [whole, part].concat().chars().filter(|c| *c != '_').collect();
    if clean.is_empty() || clean.len() > 60 || !clean.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let places = part.chars().filter(|c| *c != '_').count();
    let numerator: BigInt = clean.parse().ok()?;
    let value = BigRational::new(numerator, BigInt::from(10).pow(places.try_into().ok()?));
    Some(if negative { -value } else { value })
}

/// The rational that a percentage names: `20%` is a fifth.
pub(crate) fn percentage(text: &str) -> Option<BigRational> {
    decimal(text.trim().strip_suffix('%')?.trim_end()).map(|value| value / BigRational::from_integer(100.into()))
}

/// A rational as a percentage for people: `33.3333%`.
pub(crate) fn as_percentage(share: &BigRational) -> String {
    format!("{}%", plain(&(share * BigRational::from_integer(100.into()))))
}

/// A rational as a short decimal for people: exact where it ends within six decimals, else rounded to six.
pub(crate) fn plain(value: &BigRational) -> String {
    let scaled = (value * BigRational::from_integer(1_000_000.into())).round().to_integer();
    let negative = scaled < BigInt::zero();
    let digits = format!("{:0>7}", scaled.magnitude());
    let (whole, part) = digits.split_at(digits.len() - 6);
    let part = part.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Why a text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuantityProblem {
    /// It is no number with this decimal mark.
    Form(Decimal),
    TooPrecise,
    TooLarge,
}

impl std::fmt::Display for QuantityProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(mark) => write!(f, "is not a number written with digits and a decimal {mark}"),
            Self::TooPrecise => f.write_str("has more than six decimals"),
            Self::TooLarge => f.write_str("is too large for a quantity"),
        }
    }
}

/// A quantity in millionths: a decimal of up to six places, or a flag (`true`, `yes`, `false`, `no`, empty for none).
///
/// Whether `1,000` is one or a thousand, the decimal mark of its column says.
pub(crate) fn quantity(text: &[u8], mark: Decimal) -> Result<i64, QuantityProblem> {
    let (negative, digits) = match text {
        [] => return Ok(0),
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut value: i64 = 0;
    let mut places: Option<u32> = None;
    let mut seen = false;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if byte == mark.byte() && places.is_none() {
                places = Some(0);
                continue;
            }
            let ungrouped = mark.ungrouped(text).map(|plain| quantity(plain.as_bytes(), Decimal::Point));
            return ungrouped.or_else(|| flag(text).map(Ok)).unwrap_or(Err(QuantityProblem::Form(mark)));
        }
        seen = true;
        match places {
            Some(QUANTITY_DECIMALS) if digit == 0 => continue,
            Some(QUANTITY_DECIMALS) => return Err(QuantityProblem::TooPrecise),
            Some(ref mut places) => *places += 1,
            None => {}
        }
        value =
            value.checked_mul(10).and_then(|value| value.checked_add(digit.into())).ok_or(QuantityProblem::TooLarge)?;
    }
    if !seen {
        return Err(QuantityProblem::Form(mark));
    }
    let scale = 10_i64.pow(QUANTITY_DECIMALS - places.unwrap_or(0));
    let value = value.checked_mul(scale).ok_or(QuantityProblem::TooLarge)?;
    Ok(if negative { -value } else { value })
}

fn flag(text: &[u8]) -> Option<i64> {
    let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
    if is("true") || is("yes") {
        Some(10_i64.pow(QUANTITY_DECIMALS))
    } else if is("false") || is("no") {
        Some(0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_percentages_are_exact() {
        assert_eq!(decimal("0.1"), Some(BigRational::new(1.into(), 10.into())));
        assert_eq!(decimal("-1_000.50"), Some(BigRational::new((-2001).into(), 2.into())));
        assert_eq!(percentage("12.5 %"), Some(BigRational::new(1.into(), 8.into())));
        for text in ["", ".", "-", "1e3", "nan", "1.2.3", "1,5"] {
            assert_eq!(decimal(text), None, "{text}");
        }
        assert_eq!(percentage("20"), None);
    }

    #[test]
    fn rationals_print_short() {
        for (text, shown) in [("20", "20"), ("0.5", "0.5"), ("-12.340", "-12.34"), ("0", "0")] {
            assert_eq!(plain(&decimal(text).unwrap()), shown);
        }
        assert_eq!(plain(&BigRational::new(2.into(), 3.into())), "0.666667");
        assert_eq!(as_percentage(&BigRational::new(1.into(), 8.into())), "12.5%");
    }

    #[test]
    fn quantities_are_millionths_and_flags_are_one_or_none() {
        for (text, value) in
            [("3", 3_000_000), ("-0.5", -500_000), ("1.2500000", 1_250_000), ("Yes", 1_000_000), ("false", 0), ("", 0)]
        {
            assert_eq!(quantity(text.as_bytes(), Decimal::Point), Ok(value), "{text}");
            let text = text.replace('.', ",");
            assert_eq!(quantity(text.as_bytes(), Decimal::Comma), Ok(value), "{text}");
        }
        assert_eq!(quantity(b"1.0000001", Decimal::Point), Err(QuantityProblem::TooPrecise));
        assert_eq!(quantity(b"99999999999999", Decimal::Point), Err(QuantityProblem::TooLarge));
        for text in ["x", ".", "-", "1e3", "1,5"] {
            assert_eq!(quantity(text.as_bytes(), Decimal::Point), Err(QuantityProblem::Form(Decimal::Point)), "{text}");
        }
        assert_eq!(quantity(b"1.000", Decimal::Comma), Ok(1_000_000_000));
        assert_eq!(quantity(b"12,345.5", Decimal::Point), Ok(12_345_500_000));
        assert_eq!(quantity(b"5 EUR", Decimal::Point), Err(QuantityProblem::Form(Decimal::Point)));
    }
}
