//! Rates with their period, and shares.
//!
//! A rate without its period means nothing, so none is accepted. An annual effective rate `d` is
//! `(1 + d)^p - 1` over `p` years and `ln(1 + d)` a year in continuous time.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::time::{DAYS_PER_MONTH, DAYS_PER_WEEK, DAYS_PER_YEAR, TimeUnit};
use crate::{Error, Result};

/// An effective discount rate: a share per period, compounding.
///
/// # Example
/// ```
/// use custval::rates::DiscountRate;
/// use custval::time::TimeUnit;
/// let rate: DiscountRate = "10%/year".parse()?;
/// // Scale by power, not by division: 10 % a year is not 0.8333 % a month.
/// assert!((rate.effective(TimeUnit::Month) - 0.007_974_140_428_9).abs() < 1e-12);
/// # Ok::<(), custval::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DiscountRate {
    text: String,
    /// Continuous rate a day.
    delta_per_day: f64,
}

impl DiscountRate {
    /// The continuous rate `delta` for one unit of time.
    pub fn delta(&self, unit: TimeUnit) -> f64 {
        self.delta_per_day * unit.days()
    }

    /// The continuous rate a year of 365.25 days.
    pub fn delta_per_year(&self) -> f64 {
        self.delta_per_day * DAYS_PER_YEAR
    }

    /// The effective rate over one unit of time.
    pub fn effective(&self, unit: TimeUnit) -> f64 {
        self.delta(unit).exp_m1()
    }
}

impl fmt::Display for DiscountRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for DiscountRate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refused = || {
            Error::usage(format!("`{text}` is not a discount rate"))
                .hint("write a percentage with its period: `15%/year`, `1%/month` or `0.2%/week`")
        };
        let (rate, period) = text.split_once('/').ok_or_else(refused)?;
        let days = match period {
            "year" => DAYS_PER_YEAR,
            "month" => DAYS_PER_MONTH,
            "week" => DAYS_PER_WEEK,
            "day" => 1.0,
            _ => return Err(refused()),
        };
        let percent: f64 = rate.strip_suffix('%').and_then(|number| number.trim().parse().ok()).ok_or_else(refused)?;
        if !percent.is_finite() || percent < 0.0 {
            return Err(refused());
        }
        Ok(Self { text: text.into(), delta_per_day: (percent / 100.0).ln_1p() / days })
    }
}

/// A share of something, written as a percentage: `25%`.
///
/// It is the decimal that was written, so that whole numbers are compared with it exactly: 7 of 1,000 is `0.7%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The share is so many parts,
    parts: i64,
    /// of which 10 to this power make the whole.
    scale: u32,
}

/// The decimals of a percentage that can be kept: more than anybody writes, and few enough for products of 128 bits.
const MOST_DECIMALS: usize = 16;

impl Share {
    /// So many whole percent.
    pub const fn percent(percent: i32) -> Self {
        Self { parts: percent as i64, scale: 2 }
    }

    /// The share as a fraction: `25%` is 0.25.
    pub fn fraction(self) -> f64 {
        self.parts as f64 / self.whole() as f64
    }

    /// What is left of the whole: `75%` of `25%`. The share is between none and all.
    pub(crate) fn rest(self) -> Self {
        Self { parts: self.whole() - self.parts, scale: self.scale }
    }

    /// The share of an amount, rounded once, a half away from zero.
    pub(crate) fn of(self, amount: i64) -> i128 {
        let (product, whole) = (i128::from(self.parts) * i128::from(amount), i128::from(self.whole()));
        let is_up = 2 * (product % whole).abs() >= whole;
        product / whole + if is_up { product.signum() } else { 0 }
    }

    /// How `part / whole` compares with the share, exactly; the whole is above zero.
    pub(crate) fn ordering_of(self, part: i64, whole: i64) -> Ordering {
        (i128::from(part) * i128::from(self.whole())).cmp(&(i128::from(self.parts) * i128::from(whole)))
    }

    fn whole(self) -> i64 {
        10_i64.pow(self.scale)
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> Ordering {
        other.ordering_of(self.parts, self.whole())
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A fraction as people write it: 0.25 is `25%`.
pub fn percent(fraction: f64) -> String {
    // Nobody writes more decimals than these; a product of floats has more.
    let percent = (fraction * 1e11).round() / 1e9;
    format!("{}%", if percent.is_finite() { percent } else { fraction })
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&percent(self.fraction()))
    }
}

impl FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let percent = text
            .strip_suffix('%')
            .and_then(|number| number.trim().parse::<f64>().ok())
            .filter(|percent| percent.is_finite())
            .ok_or_else(|| {
                Error::usage(format!("`{text}` is not a percentage"))
                    .hint("write it with its sign, as in `25%`: `0.25` could be a quarter or a quarter of one percent")
            })?;
        // The shortest decimal that means the number is the one that was written.
        let decimal = percent.to_string();
        let (whole, part) = decimal.split_once('.').unwrap_or((&decimal, ""));
        match format!("{whole}{part}").parse() {
            Ok(parts) if part.len() <= MOST_DECIMALS => Ok(Self { parts, scale: part.len() as u32 + 2 }),
            _ => Err(Error::usage(format!("`{text}` has more digits than a percentage can have"))
                .hint("write it with fewer digits, as in `33.3333%`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_fifteen_percent_a_year_is_its_delta_a_week() {
        let rate: DiscountRate = "15%/year".parse().unwrap();
        let expected = 1.15_f64.ln() * 7.0 / 365.25;
        assert!((rate.delta(TimeUnit::Week) - expected).abs() < 1e-16);
        assert!((rate.delta_per_year() - 1.15_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn twelve_months_at_the_monthly_rate_are_the_year() {
        let year: DiscountRate = "10%/year".parse().unwrap();
        let month = year.effective(TimeUnit::Month);
        assert!(((1.0 + month).powi(12) - 1.1).abs() < 1e-14);
    }

    #[test]
    fn rates_and_shares_without_their_unit_are_refused() {
        for text in ["15", "15%", "0.15/year", "15%/quarter", "-1%/year", "%/year", "nan%/year"] {
            assert!(text.parse::<DiscountRate>().is_err(), "{text}");
        }
        for text in ["25", "0.25", "%", "nan%", "inf%", "1e30%", "1e-30%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
        assert_eq!("0%/year".parse::<DiscountRate>().unwrap().delta(TimeUnit::Week), 0.0);
        assert_eq!("25%".parse::<Share>().unwrap().fraction(), 0.25);
        let written = ["7%", "0.1%", "-5%", "150%", "33.3333%"];
        assert_eq!(written.map(|text| text.parse::<Share>().unwrap().to_string()), written);
        assert_eq!(percent(1.3 - 1.0), "30%");
    }

    #[test]
    fn a_percentage_is_the_decimal_that_was_written() {
        for tenths in -1_100..=1_100_i64 {
            let share: Share = format!("{:.1}%", tenths as f64 / 10.0).parse().unwrap();
            assert_eq!(share.ordering_of(tenths, 1_000), Ordering::Equal, "{share}");
            assert_eq!(share.ordering_of(tenths * 1_000_000_000_000 + 1, 1_000_000_000_000_000), Ordering::Greater);
            assert_eq!(share.fraction(), tenths as f64 / 1_000.0);
        }
        let share = |text: &str| text.parse::<Share>().unwrap();
        assert!(share("-0.1%") < share("0%") && share("9.99%") < share("10%") && share("1e1%") == Share::percent(10));
        // 12.5 and 37.5 of 50, and the same below zero; all of the largest amount.
        assert_eq!((share("25%").of(50), share("25%").rest().of(50), share("25%").of(-50)), (13, 38, -13));
        assert_eq!((share("100%").of(i64::MAX), share("0.0000000000000001%").of(i64::MAX)), (i64::MAX.into(), 9));
    }
}
