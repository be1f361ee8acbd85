//! Exchange rates: what one unit of a currency is worth in the one of the report, from which day on.

use std::collections::HashMap;

use crate::columns::{CURRENCY, Column, ColumnMap, DATE, EXCHANGE_RATE, Header};
use crate::dialect::{DateFormat, Decimal, trimmed};
use crate::money::Currency;
use crate::scan::value::{self, ValueProblem, Written};
use crate::scan::{Problems, TextTable, Texts};
use crate::time::Day;
use crate::{Error, ErrorKind, Location, Problem, Result};

/// The most digits of a rate, so that its product with any amount has fewer than 128 bits; a floating-point number has 17.
const DIGITS: usize = 18;
/// The most decimals of a rate, and the most digits before them.
const PLACES: i32 = 30;

const NOT_A_RATE: ValueProblem = ValueProblem { reason: "not a rate", message: "is not a number above zero" };
const TOO_FINE: ValueProblem = ValueProblem {
    reason: "rate of too many digits",
    message: "has more than 18 digits, or more than 30 before or behind the point: round it",
};
const NOT_A_CURRENCY: ValueProblem =
    ValueProblem { reason: "not a currency", message: "is not the three-letter code of a currency, as in `USD`" };
const NO_FIRST_DAY: ValueProblem =
    ValueProblem { reason: "placeholder for a date", message: "is a placeholder and no day from which a rate holds" };

/// A rate, and the day from which it holds: a decimal number with a point, as in `1.0843` or `9.2e-05`.
pub type DatedRate = (Currency, Day, String);

/// The rates of currencies into the one of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange {
    currencies: Vec<Currency>,
    /// The place of each code.
    places: HashMap<String, u16>,
    /// For each currency, by its place: its rates by the days from which they hold, ascending; `None` where it is the report's
    /// own.
    rates: Vec<Option<Vec<(Day, Worth)>>>,
}

/// A rate as it is written: so many of a power of ten. The digits end with no zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rate {
    digits: i128,
    power: i32,
}

impl Rate {
    const ONE: Self = Self { digits: 1, power: 0 };
}

/// What makes minor units of the report's currency of minor units of another: the digits of the rate, a factor, and a divisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Worth {
    digits: i128,
    factor: i128,
    divisor: i128,
}

impl Worth {
    fn new(rate: Rate, from: &Currency, to: &Currency) -> Self {
        let power = rate.power + i32::from(to.decimals()) - i32::from(from.decimals());
        let of_ten = |power: i32| 10_i128.pow(power.max(0).unsigned_abs());
        Self { digits: rate.digits, factor: of_ten(power), divisor: of_ten(-power) }
    }

    /// The product with an amount, before it is divided; `None` where it has more than 127 bits.
    fn product(self, amount: i128) -> Option<i128> {
        amount.checked_mul(self.digits)?.checked_mul(self.factor)
    }
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
            if rate_of(text)? != Rate::ONE {
                let since = if day.0 == i32::MIN { String::new() } else { format!(" of {day}") };
                return Err(Error::data(format!(
                    "the rate of `{report}`{since} is `{text}`, and amounts are converted into `{report}`"
                ))
                .hint(
                    "rates say what one unit is worth in the currency of `--currency`: leave its own out, or mend them",
                ));
            }
        }
        let mut days_of: HashMap<&Currency, Vec<(Day, Rate)>> = HashMap::new();
        for (currency, day, text) in rates {
            days_of.entry(currency).or_default().push((*day, rate_of(text)?));
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
            let worth = |(day, rate): (Day, Rate)| (day, Worth::new(rate, currency, report));
            table.push((currency != report).then(|| days.into_iter().map(worth).collect()));
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
        let Some(Some(days)) = self.rates.get(currency as usize) else {
            return Some(amount);
        };
        // Rounded up.
        let most = days.iter().map(|(_, worth)| Some(worth.product(amount)? / worth.divisor + 1));
        most.collect::<Option<Vec<_>>>().map(|most| most.into_iter().max().unwrap_or_default())
    }

    /// The same; `None` where the amount is too large for money.
    pub fn checked(&self, amount: i64, currency: u16, day: Day) -> Option<i64> {
        let Some(Some(days)) = self.rates.get(currency as usize) else {
            return Some(amount);
        };
        let later = days.partition_point(|(from, _)| *from <= day);
        let worth = days[later.saturating_sub(1)].1;
        let product = worth.product(i128::from(amount))?;
        let (whole, rest) = (product.div_euclid(worth.divisor), product.rem_euclid(worth.divisor));
        let up = match (2 * rest).cmp(&worth.divisor) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => whole & 1,
            std::cmp::Ordering::Greater => 1,
        };
        i64::try_from(whole + up).ok()
    }
}

/// The rates that a table of `currency`, `date` and `rate` holds.
///
/// A table without dates has rates for every day, and a row without a date one from the beginning. A row without a rate, as
/// central banks have them for holidays, says nothing: the rate before goes on. The columns given are those of the log or the
/// contracts beside, whose dates and currencies have names of their own: they count as far as the table has them.
///
/// # Errors
/// Where a column is missing, a date or rate cannot be read, a currency is none, or two rates contradict each other; and where
/// there is no column of dates, and one of another name holds some.
pub fn rates_of_table(table: &TextTable, columns: &ColumnMap) -> Result<Vec<DatedRate>> {
    let header = table.header();
    let currency = find(header, CURRENCY, columns)?.ok_or_else(|| missing(header, CURRENCY))?;
    let rate = header.find(EXCHANGE_RATE, columns)?.ok_or_else(|| missing(header, EXCHANGE_RATE))?;
    let date = find(header, DATE, columns)?;
    if date.is_none() {
        let others = (0..header.names().len()).filter(|position| ![currency, rate].contains(position));
        if let Some(position) = others.into_iter().find(|position| holds_dates(table.column(*position))) {
            let name = &header.names()[position];
            return Err(Error::data(format!("column `{name}` holds dates, and no column is named `date`"))
                .at(Location::file(header.file()))
                .hint(format!("name it `date` in the file, or say {}", flag(DATE, name))));
        }
    }
    let mut problems = Problems::new();
    let codes: Vec<Currency> = table.required(currency, currency_of, &mut problems);
    let days: Vec<Option<Day>> = match date {
        Some(position) => table.optional(position, first_day, &mut problems),
        None => vec![None; table.len()],
    };
    let rates: Vec<Option<String>> = table.optional(rate, rate_in, &mut problems);
    problems.check("exchange rates cannot be used", "mend them in the file")?;
    let dated = codes.into_iter().zip(days).zip(rates).enumerate();
    let dated: Vec<(usize, DatedRate)> = dated
        .filter_map(|(row, ((code, day), rate))| Some((row, (code, day.unwrap_or(Day(i32::MIN)), rate?))))
        .collect();
    let mut order: Vec<&(usize, DatedRate)> = dated.iter().collect();
    order.sort_by_key(|(_, (code, day, _))| (code.code(), *day));
    let contradictions = order.windows(2).filter(|pair| {
        let [(_, (one, day, value)), (_, (other, same_day, other_value))] = [pair[0], pair[1]];
        (one, day) == (other, same_day) && rate_of(value).ok() != rate_of(other_value).ok()
    });
    let mut rows: Vec<&(usize, DatedRate)> = contradictions.flatten().copied().collect();
    rows.sort_unstable_by_key(|(row, _)| *row);
    rows.dedup();
    if rows.is_empty() {
        return Ok(dated.into_iter().map(|(_, rate)| rate).collect());
    }
    let problem = |(row, (code, day, _)): &(usize, DatedRate)| {
        let value = table.column(rate).show(*row);
        let day = if day.0 == i32::MIN { String::new() } else { format!(" from {day}") };
        Problem { location: table.location(*row, rate), message: format!("`{code}` is `{value}`{day}") }
    };
    let problems = rows.iter().take(10).map(|row| problem(row)).collect();
    let hint = match date {
        Some(_) => "keep one rate for a currency and day",
        None => "keep one rate for a currency, or add a column `date` with the day from which each holds",
    };
    Err(Error::data("exchange rates contradict each other").problems(problems).hint(hint))
}

/// Where a column stands that the file beside has as well, maybe under a name of its own.
fn find(header: &Header, column: Column, columns: &ColumnMap) -> Result<Option<usize>> {
    match header.find(column, columns) {
        Err(error) if error.kind() != ErrorKind::Usage => Err(error),
        Ok(Some(position)) => Ok(Some(position)),
        _ => header.find(column, &ColumnMap::default()),
    }
}

/// That a column is not there.
fn missing(header: &Header, column: Column) -> Error {
    let hint = if header.looks_like_a_row() {
        "the first line looks like a row: write the names `currency`, `date` and `rate` above it".to_owned()
    } else {
        format!("name it `{}` in the file, or say {}", column.name, flag(column, "NAME"))
    };
    Error::data(format!("no column is named `{}` ({})", column.name, column.meaning))
        .at(Location::file(header.file()))
        .hint(hint)
}

/// The flag by which a column is one of the rates and not of the file beside, which may have its own.
fn flag(column: Column, name: &str) -> String {
    match column {
        EXCHANGE_RATE => format!("`--column rate={name}`"),
        Column { name: standard, .. } => format!("`--column '{standard}={name}|'`"),
    }
}

/// Whether a column holds dates, and nothing else.
fn holds_dates(texts: &Texts) -> bool {
    let mut written = texts.iter().filter(|text| !value::stands_for_nothing(text)).peekable();
    written.peek().is_some() && written.all(DateFormat::is_date)
}

fn currency_of(_: &Written<'_>, text: &[u8]) -> Result<Currency, ValueProblem> {
    std::str::from_utf8(text).ok().and_then(Currency::of_file).ok_or(NOT_A_CURRENCY)
}

/// A day, which no placeholder is: a rate of the end of days is none from the beginning.
fn first_day(written: &Written<'_>, text: &[u8]) -> Result<Day, ValueProblem> {
    value::day(written, text)
        .map_err(|problem| if problem.reason == NO_FIRST_DAY.reason { NO_FIRST_DAY } else { problem })
}

/// A rate as numbers of its column are written, with a decimal point.
fn rate_in(written: &Written<'_>, text: &[u8]) -> Result<String, ValueProblem> {
    if value::stands_for_nothing(text) {
        return Err(ValueProblem::MISSING);
    }
    let decimal = written.decimal_of(text)?;
    // An exponent has no groups: only the decimal mark is another.
    let with_exponent = || {
        let text = std::str::from_utf8(trimmed(text)).ok()?;
        match decimal {
            Decimal::Point => Some(text.to_owned()),
            Decimal::Comma => (!text.contains('.')).then(|| text.replacen(',', ".", 1)),
        }
    };
    let plain = decimal.ungrouped(text).or_else(with_exponent).ok_or(NOT_A_RATE)?;
    rate(&plain).map(|_| plain)
}

fn rate_of(text: &str) -> Result<Rate> {
    rate(text).map_err(|problem| {
        Error::data(format!("`{text}` {}", problem.message))
            .hint("write a rate as a number above zero with a decimal point, as in `1.0843`")
    })
}

/// A rate that is written with digits and a decimal point, maybe with an exponent.
fn rate(text: &str) -> Result<Rate, ValueProblem> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i16>().map_err(|_| NOT_A_RATE)?),
        None => (text, 0),
    };
    let number = number.strip_prefix('+').unwrap_or(number);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{whole}{decimals}");
    if !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NOT_A_RATE);
    }
    let telling = all.trim_end_matches('0');
    let digits = telling.trim_start_matches('0');
    if digits.is_empty() {
        return Err(NOT_A_RATE);
    }
    let places = |length: usize| i32::try_from(length).map_err(|_| TOO_FINE);
    let power = i32::from(exponent) - places(decimals.len())? + places(all.len() - telling.len())?;
    if digits.len() > DIGITS || power < -PLACES || power > PLACES - places(digits.len())? {
        return Err(TOO_FINE);
    }
    Ok(Rate { digits: digits.parse().map_err(|_| NOT_A_RATE)?, power })
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
        let refused = of_table("currency,date,rate\n$,2024-01-01,0.9\n,2024-02-01,0\nUSD,9999-12-31,x\n").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Data);
        assert_eq!(
            refused.to_string(),
            "exchange rates cannot be used (not a currency 1, not a rate 2, placeholder for a date 1, value missing 1)
  rates.csv:2: column `currency`: `$` is not the three-letter code of a currency, as in `USD`
  rates.csv:3: column `currency`: the value is missing
  rates.csv:3: column `rate`: `0` is not a number above zero
  rates.csv:4: column `date`: `9999-12-31` is a placeholder and no day from which a rate holds
  rates.csv:4: column `rate`: `x` is not a number above zero"
        );
    }

    #[test]
    fn rates_are_read_as_their_column_is_written() {
        let read = |text: &str| {
            let rates = of_table(text).unwrap();
            rates.into_iter().map(|(code, day, rate)| format!("{code} {day} {rate}")).collect::<Vec<_>>()
        };
        assert_eq!(
            read(
                "Currency;Date;Rate\nUSD;31.01.2024;0,9\nUSD;03.02.2024;,91\nUSD;04.02.2024;N/A\nIDR;01.02.2024;5,9E-05\n"
            ),
            ["USD 2024-01-31 0.9", "USD 2024-02-03 .91", "IDR 2024-02-01 5.9E-05"]
        );
        let unclear = of_table("currency,date,rate\nUSD,03/04/2024,1.084\n").unwrap_err().to_string();
        assert!(unclear.contains("`03/04/2024` is a date in a column that does not tell"), "{unclear}");
        assert!(unclear.contains("`1.084` could be two numbers"), "{unclear}");
    }

    #[test]
    fn every_form_of_a_rate_counts_to_its_last_digit() {
        let worth = |text: &str, cents: i64| {
            let exchange = Exchange::of_all(&currency("EUR"), &rates(&[("USD", "2024-01-01", text)])).unwrap();
            let [converted, most] = [
                exchange.checked(cents, 1, Day(0)).map(i128::from),
                exchange.most(cents, exchange.place("USD").unwrap()),
            ];
            assert!(most >= converted);
            converted
        };
        for (text, cents, expected) in [
            ("0.9259259259259258", 100_000_000_000_000_000, Some(92_592_592_592_592_580)),
            ("9259259259259258e-16", 100_000_000_000_000_000, Some(92_592_592_592_592_580)),
            ("6.543210987654321e-05", 10_000_000_000_000_000, Some(654_321_098_765)),
            ("1e-05", 150_000, Some(2)),
            ("1e-05", 250_000, Some(2)),
            ("+.90", 10, Some(9)),
            ("1E3", 1, Some(1_000)),
            ("999999999999999999e-18", i64::MAX, Some(9_223_372_036_854_775_798)),
            ("1e-30", i64::MAX, Some(0)),
            ("1e18", i64::MAX, None),
        ] {
            assert_eq!(worth(text, cents), expected, "{text}");
        }
    }

    #[test]
    fn columns_of_the_file_beside_count_as_far_as_there_are_such() {
        let inputs = Inputs::from_bytes([("rates.csv", b"devise,asof,fx\nUSD,2024-01-01,0.9\n".to_vec())]).unwrap();
        let table = read_table(&inputs.sources()[0], &ScanParams::default(), &Silent).unwrap();
        let read = |said: &[&str]| {
            let mut columns = ColumnMap::default();
            said.iter().for_each(|said| columns.add(said).unwrap());
            rates_of_table(&table, &columns)
        };
        for (said, message, hint) in [
            (&[][..], "`currency`", "or say `--column 'currency=NAME|'`"),
            (&["currency=devise"], "`rate`", "or say `--column rate=NAME`"),
            (
                &["currency=devise", "rate=fx", "date=Day"],
                "column `asof` holds dates",
                "or say `--column 'date=asof|'`",
            ),
        ] {
            let refused = read(said).unwrap_err();
            assert!(refused.to_string().contains(message), "{refused}");
            assert!(refused.hint_text().unwrap().contains(hint), "{refused:?}");
        }
        assert_eq!(read(&["currency=devise|", "rate=fx", "date=Day|asof"]).unwrap().len(), 1);
        let headless = of_table("USD,2024-01-01,0.9\n").unwrap_err();
        assert!(headless.hint_text().unwrap().contains("write the names"), "{headless:?}");
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
        let too_fine = ["1.012345678901234567", "1e-31", "1e30", "1234567890123456789"];
        for text in ["0", "-1", "1,2", "", ".", "e5", "1e", "1e99999", "0.000000000"].into_iter().chain(too_fine) {
            assert!(Exchange::of_all(&currency("EUR"), &rates(&[("USD", "2024-01-01", text)])).is_err(), "{text}");
        }
        assert!(Exchange::of_all(&Currency::UNNAMED, &rates(&[("USD", "2024-01-01", "1")])).is_err());
    }
}
