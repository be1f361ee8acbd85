//! Exchange rates: what one unit of a currency is worth in the one of the report, from which day on.

use crate::money::Currency;
use crate::time::Day;
use crate::{Error, Result};

/// Units of a rate: a thousand-millionth.
const SCALE: i128 = 1_000_000_000;

/// The rates of every currency in the contracts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange {
    /// For each currency, by its place: the days from which a rate holds, ascending, with the rate of its minor unit
    /// in thousand-millionths of the report's minor unit. Empty where the currency is the report's own.
    rates: Vec<Vec<(Day, i128)>>,
}

impl Exchange {
    /// No exchange: every amount is in the currency of the report.
    pub fn none() -> Self {
        Self::default()
    }

    /// Rates of each currency into the currency of the report, as decimals with up to nine places: `1.0843`.
    ///
    /// `currencies` are in the order of the places that contracts use. Each rate holds from its day until the next.
    ///
    /// # Errors
    /// Where a rate is no positive decimal, or a currency other than the report's has none.
    pub fn new(currencies: &[Currency], report: &Currency, rates: &[(Currency, Day, String)]) -> Result<Self> {
        let mut table = Vec::with_capacity(currencies.len());
        for currency in currencies {
            let mut own = Vec::new();
            for (of, day, text) in rates.iter().filter(|(of, ..)| of == currency) {
                own.push((*day, minor_rate(text, of, report)?));
            }
            own.sort_unstable();
            if own.is_empty() && currency != report {
                return Err(Error::data(format!(
                    "amounts are in `{currency}`, for which there is no exchange rate into `{report}`"
                ))
                .hint("give the rates with `--exchange-rates FILE`, a table of `currency`, `date`, `rate`"));
            }
            table.push(if currency == report { Vec::new() } else { own });
        }
        Ok(Self { rates: table })
    }

    /// The worth of an amount on a day, in minor units of the report's currency; half a unit goes to the even one. Before
    /// its first day the first rate holds.
    pub(super) fn convert(&self, amount: i64, currency: u16, day: Day) -> i64 {
        let Some(rates) = self.rates.get(currency as usize).filter(|rates| !rates.is_empty()) else {
            return amount;
        };
        let later = rates.partition_point(|(from, _)| *from <= day);
        let product = i128::from(amount) * rates[later.saturating_sub(1)].1;
        let (whole, rest) = (product.div_euclid(SCALE), product.rem_euclid(SCALE));
        let up = match (2 * rest).cmp(&SCALE) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => whole & 1,
            std::cmp::Ordering::Greater => 1,
        };
        i64::try_from(whole + up).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
    }
}

/// The rate of the minor unit, from the rate of the unit.
fn minor_rate(text: &str, from: &Currency, to: &Currency) -> Result<i128> {
    let refused = || {
        Error::data(format!("`{text}` is not an exchange rate"))
            .hint("write a positive number with a decimal point and at most nine decimals, as in `1.0843`")
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || decimals.len() > 9 || !digits(whole) || !digits(decimals) {
        return Err(refused());
    }
    let rate: i128 = format!("{whole}{decimals:0<9}").parse().map_err(|_| refused())?;
    let scaled = rate * i128::from(to.minor_units()) / i128::from(from.minor_units());
    if scaled == 0 { Err(refused()) } else { Ok(scaled) }
}
