//! Exchange rates: what one unit of a currency is worth in the one of the report, from which day on.

use std::collections::HashMap;

use crate::columns::{CURRENCY, ColumnMap, DATE, EXCHANGE_RATE};
use crate::money::Currency;
use crate::scan::{Problems, TextTable, value};
use crate::time::Day;
use crate::{Error, Problem, Result};

/// Units of a rate: a thousand-millionth.
const SCALE: i128 = 1_000_000_000;

/// A rate, and the day from which it holds: a decimal with up to nine places, as in `1.0843`.
pub type DatedRate = (Currency, Day, String);

/// The rates of currencies into the one of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange {
    currencies: Vec<Currency>,
    /// The place of each code.
    places: HashMap<String, u16>,
    /// For each currency, by its place: its rates; `None` where it is the report's own.
    rates: Vec<Option<Rates>>,
}

/// The rates of one currency.
#[derive(Debug, Clone, PartialEq)]
struct Rates {
    /// The days from which a rate holds, ascending, with the rate of the unit in thousand-millionths.
    days: Vec<(Day, i128)>,
    /// What makes minor units of the report's currency of minor units times the rate: a factor, and a divisor.
    factor: i128,
    divisor: i128,
}

impl Exchange {
    /// No exchange: every amount is in the currency of the report.
    pub fn none() -> Self {
        Self::default()
    }

    /// Rates of each currency into the currency of the report.
    ///
    /// `currencies` are in the order of the places that amounts refer to. Each rate holds from its day until the next.
    ///
    /// # Errors
    /// Where a rate is no positive decimal, a currency other than the report's has none, or the report's own has another
    /// than 1.
    pub fn new(currencies: &[Currency], report: &Currency, rates: &[DatedRate]) -> Result<Self> {
        for (_, day, text) in rates.iter().filter(|(of, ..)| of == report) {
            if rate(text)? != SCALE {
                let since = if day.0 == i32::MIN { String::new() } else { format!(" of {day}") };
                return Err(Error::data(format!(
                    "the rate of `{report}`{since} is `{text}`, and amounts are converted into `{report}`"
                ))
                .hint(
                    "rates say what one unit is worth in the currency of `--currency`: leave its own out, or mend them",
                ));
            }
        }
        let mut days_of: HashMap<&Currency, Vec<(Day, i128)>> = HashMap::new();
        for (currency, day, text) in rates {
            days_of.entry(currency).or_default().push((*day, rate(text)?));
        }
        let mut table = Vec::with_capacity(currencies.len());
        for currency in currencies {
            let mut days = days_of.remove(currency).unwrap_or_default();
            days.sort_unstable();
            if days.is_empty() && currency != report {
                return Err(Error::data(format!(
                    "amounts are in `{currency}`, for which there is no exchange rate into `{report}`"
                ))
                .hint("give the rates with `--exchange-rates FILE`, a table of `currency`, `date`, `rate`"));
            }
            let power = |more: u8, fewer: u8| 10_i128.pow(more.saturating_sub(fewer).into());
            table.push((currency != report).then(|| Rates {
                days,
                factor: power(report.decimals(), currency.decimals()),
                divisor: SCALE * power(currency.decimals(), report.decimals()),
            }));
        }
        let code =
            |(place, currency): (usize, &Currency)| Some((currency.code()?.to_owned(), u16::try_from(place).ok()?));
        let places = currencies.iter().enumerate().filter_map(code).collect();
        Ok(Self { currencies: currencies.to_vec(), places, rates: table })
    }

    /// The rates of every currency that has one, and the report's own currency, in the order of their codes.
    ///
    /// # Errors
    /// Where a rate is no positive decimal, or the currency of the report has no name.
    pub fn of_all(report: &Currency, rates: &[DatedRate]) -> Result<Self> {
        if report.code().is_none() {
            return Err(Error::usage("exchange rates lead into a currency that has no name")
                .hint("say into which one with `--currency CODE`"));
        }
        let mut currencies: Vec<Currency> = rates.iter().map(|(currency, ..)| currency.clone()).collect();
        currencies.push(report.clone());
        currencies.sort_unstable_by(|one, other| one.code().cmp(&other.code()));
        currencies.dedup();
        Self::new(&currencies, report, rates)
    }

    /// The currencies, by their places.
    pub fn currencies(&self) -> &[Currency] {
        &self.currencies
    }

    /// The place of the one currency that may be written so: by its code, or as a sign that no other currency here has.
    pub fn place(&self, written: &str) -> Option<u16> {
        // As nearly all are written; no mark is a code.
        if let Some(place) = self.places.get(written) {
            return Some(*place);
        }
        let may_be = |currency: &Currency| currency.code().is_some_and(|code| Currency::is_written(code, written));
        let mut places = (0..self.currencies.len()).filter(|place| may_be(&self.currencies[*place]));
        let place = places.next().filter(|_| places.next().is_none())?;
        u16::try_from(place).ok()
    }

    /// The worth of an amount on a day, in minor units of the report's currency; half a unit goes to the even one. Before
    /// its first day the first rate holds. An amount too large for money becomes the largest one.
    pub fn convert(&self, amount: i64, currency: u16, day: Day) -> i64 {
        self.checked(amount, currency, day).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
    }

    /// The most that an amount, without its sign, is worth on any day; `None` where that has more than 127 bits.
    pub fn most(&self, amount: i64, currency: u16) -> Option<i128> {
        let amount = i128::from(amount.unsigned_abs());
        let Some(Some(Rates { days, factor, divisor })) = self.rates.get(currency as usize) else {
            return Some(amount);
        };
        let highest = days.iter().map(|(_, rate)| *rate).max().unwrap_or_default();
        let product = amount.checked_mul(highest)?.checked_mul(*factor)?;
        // Rounded up.
        Some(product / divisor + 1)
    }

    /// The same; `None` where the amount is too large for money.
    pub fn checked(&self, amount: i64, currency: u16, day: Day) -> Option<i64> {
        let Some(Some(Rates { days, factor, divisor })) = self.rates.get(currency as usize) else {
            return Some(amount);
        };
        let later = days.partition_point(|(from, _)| *from <= day);
        let product = (i128::from(amount) * days[later.saturating_sub(1)].1).checked_mul(*factor)?;
        let (whole, rest) = (product.div_euclid(*divisor), product.rem_euclid(*divisor));
        let up = match (2 * rest).cmp(divisor) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => whole & 1,
            std::cmp::Ordering::Greater => 1,
        };
        i64::try_from(whole + up).ok()
    }
}

/// The rates that a table of `currency`, `date` and `rate` holds. A rate without a date holds from the beginning.
///
/// # Errors
/// Where a column is missing, a date cannot be read, a currency is none, or two rates contradict each other.
pub fn rates_of_table(table: &TextTable, columns: &ColumnMap) -> Result<Vec<DatedRate>> {
    let header = table.header();
    let mut problems = Problems::new();
    let currency = header.require(CURRENCY, columns)?;
    let codes = table.column(currency);
    let days: Vec<Option<Day>> = match header.find(DATE, columns)? {
        Some(position) => table.optional(position, value::day, &mut problems),
        None => vec![None; table.len()],
    };
    let exchange_rate = header.require(EXCHANGE_RATE, columns)?;
    let values = table.column(exchange_rate);
    problems.check("exchange rates cannot be used", "mend them in the file")?;
    let one = |(row, day): (usize, &Option<Day>)| {
        let name = codes.show(row);
        let code = match Currency::of_file(&name) {
            Some(code) => code,
            None => name.parse().map_err(|error: Error| error.at(table.location(row, currency)))?,
        };
        let text = values.show(row).into_owned();
        rate(&text).map_err(|error| error.at(table.location(row, exchange_rate)))?;
        Ok((code, day.unwrap_or(Day(i32::MIN)), text))
    };
    let rates: Vec<DatedRate> = days.iter().enumerate().map(one).collect::<Result<_>>()?;
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by_key(|row| (rates[*row].0.code(), rates[*row].1));
    let contradictions = order.windows(2).filter(|pair| {
        let [(one, day, value), (other, same_day, other_value)] = [&rates[pair[0]], &rates[pair[1]]];
        (one, day) == (other, same_day) && rate(value).ok() != rate(other_value).ok()
    });
    let mut rows: Vec<usize> = contradictions.flatten().copied().collect();
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return Ok(rates);
    }
    let problem = |row: usize| {
        let (code, day, value) = &rates[row];
        let day = if day.0 == i32::MIN { String::new() } else { format!(" from {day}") };
        Problem { location: table.location(row, exchange_rate), message: format!("`{code}` is `{value}`{day}") }
    };
    let problems = rows.iter().take(10).map(|row| problem(*row)).collect();
    Err(Error::data("exchange rates contradict each other")
        .problems(problems)
        .hint("keep one rate for a currency and day"))
}

/// A rate in thousand-millionths.
fn rate(text: &str) -> Result<i128> {
    let refused = || {
        Error::data(format!("`{text}` is not an exchange rate"))
            .hint("write a positive number with a decimal point and at most nine decimals, as in `1.0843`")
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || decimals.len() > 9 || !digits(whole) || !digits(decimals) {
        return Err(refused());
    }
    match format!("{whole}{decimals:0<9}").parse() {
        Ok(rate) if rate > 0 => Ok(rate),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::scan::{Inputs, ScanParams, read_table};

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn rates(rates: &[(&str, &str, &str)]) -> Vec<DatedRate> {
        rates.iter().map(|(code, day, rate)| (currency(code), day.parse().unwrap(), (*rate).to_owned())).collect()
    }

    #[test]
    fn amounts_are_converted_exactly_whatever_their_decimals() {
        let table =
            rates(&[("USD", "2024-01-01", "0.9"), ("USD", "2024-02-01", "0.95"), ("KWD", "2024-01-01", "2.987654321")]);
        let exchange = Exchange::of_all(&currency("EUR"), &table).unwrap();
        let [dollar, dinar, euro] = ["USD", "KWD", "EUR"].map(|code| exchange.place(code).unwrap());
        let day = |text: &str| text.parse().unwrap();
        assert_eq!(exchange.checked(1_000, euro, day("2024-01-05")), Some(1_000));
        assert_eq!(exchange.checked(1_000, dollar, day("2023-01-05")), Some(900));
        assert_eq!(exchange.checked(1_000, dollar, day("2024-01-31")), Some(900));
        assert_eq!(exchange.checked(1_000, dollar, day("2024-02-01")), Some(950));
        // 0.10 * 0.95 = 0.095 and 0.30 * 0.95 = 0.285: half a cent goes to the even one, on both sides of zero.
        assert_eq!(
            [10, 30, -10, -30].map(|cents| exchange.checked(cents, dollar, day("2024-03-01"))),
            [10, 28, -10, -28].map(Some)
        );
        // 1.000 dinar is 2.987654321 euros.
        assert_eq!(exchange.checked(1_000, dinar, day("2024-03-01")), Some(299));
        assert_eq!(exchange.checked(1_000_000_000_000, dinar, day("2024-03-01")), Some(298_765_432_100));
        let yen = Exchange::of_all(&currency("JPY"), &rates(&[("KWD", "2024-01-01", "500.000000001")])).unwrap();
        assert_eq!(yen.checked(1_000_000_000_000, yen.place("KWD").unwrap(), day("2024-01-01")), Some(500_000_000_001));
        assert_eq!(
            yen.checked(i64::MAX, yen.place("KWD").unwrap(), day("2024-01-01")),
            Some(4_611_686_018_427_387_904 + 9_223_372)
        );
    }

    #[test]
    fn a_sign_is_a_currency_where_no_other_has_it() {
        let exchange =
            Exchange::of_all(&currency("EUR"), &rates(&[("USD", "2024-01-01", "0.9"), ("JPY", "2024-01-01", "0.006")]));
        let exchange = exchange.unwrap();
        let code =
            |written: &str| exchange.place(written).map(|place| exchange.currencies()[place as usize].to_string());
        for (written, expected) in [
            ("€", Some("EUR")),
            ("usd", Some("USD")),
            ("$", Some("USD")),
            ("¥", Some("JPY")),
            ("CHF", None),
            ("kr", None),
        ] {
            assert_eq!(code(written).as_deref(), expected, "{written}");
        }
        let dollars = rates(&[("USD", "2024-01-01", "0.9"), ("CAD", "2024-01-01", "0.7")]);
        let dollars = Exchange::of_all(&currency("EUR"), &dollars).unwrap();
        assert_eq!(dollars.place("$"), None);
        assert_eq!(
            dollars.place("US$").map(|place| dollars.currencies()[place as usize].to_string()).as_deref(),
            Some("USD")
        );
    }

    fn of_table(text: &str) -> Result<Vec<DatedRate>> {
        let inputs = Inputs::from_bytes([("rates.csv", text.as_bytes().to_vec())]).unwrap();
        let table = read_table(&inputs.sources()[0], &ScanParams::default(), &Silent).unwrap();
        rates_of_table(&table, &ColumnMap::default())
    }

    #[test]
    fn codes_are_read_in_either_case_and_each_fault_names_its_column() {
        let read = of_table("currency,date,rate\nusd,2024-01-01,0.9\nUSD,2024-01-01,0.90\n").unwrap();
        assert!(read.iter().all(|(code, ..)| *code == currency("USD")));
        let faults = [("euro,0.9", "currency"), ("USD,1e3", "rate")];
        for (row, column) in faults {
            let refused = of_table(&format!("currency,rate\n{row}\n")).unwrap_err().to_string();
            assert!(refused.starts_with(&format!("rates.csv:2: column `{column}`: `")), "{refused}");
        }
    }

    #[test]
    fn rates_that_contradict_each_other_are_refused() {
        let text = "currency,date,rate\nUSD,2024-01-01,0.9\nCHF,2024-01-01,1\nusd,2024-01-01,0.8\n";
        assert_eq!(
            of_table(text).unwrap_err().to_string(),
            "exchange rates contradict each other
  rates.csv:2: column `rate`: `USD` is `0.9` from 2024-01-01
  rates.csv:4: column `rate`: `USD` is `0.8` from 2024-01-01"
        );
        let own = |rate| Exchange::of_all(&currency("EUR"), &rates(&[("EUR", "2024-01-01", rate)]));
        assert!(own("1.000").is_ok());
        assert!(own("1.1").unwrap_err().to_string().starts_with("the rate of `EUR` of 2024-01-01 is `1.1`"));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["0", "-1", "1,2", "", "1.0123456789", "1e3", "0.000000000"] {
            assert!(Exchange::of_all(&currency("EUR"), &rates(&[("USD", "2024-01-01", text)])).is_err(), "{text}");
        }
        assert!(Exchange::of_all(&Currency::UNNAMED, &rates(&[("USD", "2024-01-01", "1")])).is_err());
    }
}
