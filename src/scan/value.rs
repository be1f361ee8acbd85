//! What the text of one field says, for columns of tables: pass these to
//! [`TextTable::required`](super::TextTable::required) and [`TextTable::optional`](super::TextTable::optional).

use std::borrow::Cow;
use std::sync::OnceLock;

use super::plain::may_be_blank;
use super::reason::is_exponent;
use super::{TextTable, Texts};
use crate::columns::Second;
use crate::dialect::{DateFormat, Decimal, Evidence, Marks, currency_beside, is_missing, trimmed};
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
    /// There is nothing in the field.
    pub const MISSING: Self = Self { reason: "value missing", message: "the value is missing" };
    /// A sum or product of money that is none any more.
    pub(crate) const TOO_LARGE: Self =
        Self { reason: "amount too large", message: "is an amount too large to be money" };
    pub(crate) const NOT_A_NUMBER: Self = Self { reason: "not a number", message: "is not a number" };
    const NOT_AN_AMOUNT: Self = Self { reason: "not an amount", message: "is not an amount" };
    pub(crate) const PLACEHOLDER: Self =
        Self { reason: "placeholder for a date", message: "is a placeholder and no date" };
    const TWO_NUMBERS: Self = Self {
        reason: "one of two numbers",
        message: "could be two numbers, and the table does not tell which: say `--decimal point` or `--decimal comma`",
    };
    const TWO_DAYS: Self = Self {
        reason: "one of two days",
        message: "is a date in a column that does not tell the order of day and month: say `--date-format dmy` or `--date-format mdy`",
    };
    /// Whether it is that there is nothing, which the message says by itself.
    pub(super) fn is_of_nothing(self) -> bool {
        self.reason.ends_with(" missing")
    }

    /// There is no customer.
    const NO_CUSTOMER: Self = Self { reason: "customer missing", message: "the customer is missing" };
    const EXPONENT: Self = Self {
        reason: "id in exponent form",
        message: "is a number in exponent form and no id: export the ids as text",
    };
    const OTHER_CURRENCY: Self = Self {
        reason: "in another currency",
        message: "is in another currency than the run or the amounts above it: a table has one",
    };
    /// What to say where a reason is about how a whole column is written: a flag decides it, and no row is at fault.
    pub(crate) fn answer(reason: &str) -> Option<&'static str> {
        let answers = [
            (Self::TWO_NUMBERS, "say `--decimal point` or `--decimal comma`"),
            (Self::TWO_DAYS, "say `--date-format dmy` or `--date-format mdy`"),
            (Self::OTHER_CURRENCY, "keep one currency a table, or convert the amounts"),
        ];
        answers.into_iter().find_map(|(problem, answer)| (problem.reason == reason).then_some(answer))
    }

    /// The message about an input of several: flags that decide how a column is written name it.
    pub(super) fn message_of(self, input: Option<&str>) -> Cow<'static, str> {
        match input.filter(|_| Self::answer(self.reason).is_some()) {
            None => self.message.into(),
            Some(input) => {
                let named = |text: String, flag: &str| text.replace(flag, &format!("{flag}{input}="));
                ["--decimal ", "--date-format "].into_iter().fold(self.message.to_owned(), named).into()
            }
        }
    }

    pub(crate) const NOT_WHOLE: Self =
        Self { reason: "not a whole number", message: "is not a whole number of zero or more" };
}

/// What the values of one column tell of its decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is this one, by the first value that tells.
    Mark(Decimal),
    /// No value tells, and one could have either.
    Unclear,
    /// Every value means the same with either.
    Nothing,
}

impl Told {
    fn by(texts: &Texts) -> Self {
        let mut told = Self::Nothing;
        for text in texts.iter() {
            match Marks::of(text) {
                Some(Marks::Point) => return Self::Mark(Decimal::Point),
                Some(Marks::Comma) => return Self::Mark(Decimal::Comma),
                Some(Marks::Either) => told = Self::Unclear,
                None | Some(Marks::Silent) => {}
            }
        }
        told
    }
}

/// The one decimal mark that columns tell; `None` where none tells, or two differ.
pub(super) fn mark_of_all<'t>(columns: impl Iterator<Item = &'t Texts>) -> Option<Decimal> {
    let mut marks = columns.filter_map(|texts| match Told::by(texts) {
        Told::Mark(mark) => Some(mark),
        Told::Unclear | Told::Nothing => None,
    });
    let first = marks.next()?;
    marks.all(|mark| mark == first).then_some(first)
}

/// How the values of one column of a table are written: as it was said, else as the values tell, else as the other numbers
/// of the table are.
#[derive(Debug)]
pub struct Written<'a> {
    texts: &'a Texts,
    table: &'a TextTable,
    decimal: OnceLock<Option<Decimal>>,
    /// The form of dates, where the values tell it, and whether there is any of a form that is known.
    dates: OnceLock<(Option<DateFormat>, bool)>,
}

impl<'a> Written<'a> {
    pub(super) fn new(texts: &'a Texts, table: &'a TextTable) -> Self {
        Self { texts, table, decimal: OnceLock::new(), dates: OnceLock::new() }
    }

    /// The decimal mark; `None` where a value could have either, and no value tells, here or elsewhere in the table.
    fn decimal(&self) -> Option<Decimal> {
        *self.decimal.get_or_init(|| match (self.table.pinned().decimal, Told::by(self.texts)) {
            (Some(said), _) => Some(said),
            (None, Told::Mark(mark)) => Some(mark),
            (None, Told::Unclear) => self.table.decimal(),
            (None, Told::Nothing) => Some(Decimal::Point),
        })
    }

    /// The decimal mark of one value.
    ///
    /// # Errors
    /// Where it could have either, and nothing tells which.
    pub fn decimal_of(&self, text: &[u8]) -> Result<Decimal, ValueProblem> {
        match self.decimal() {
            Some(decimal) => Ok(decimal),
            None if Marks::of(text) == Some(Marks::Either) => Err(ValueProblem::TWO_NUMBERS),
            None => Ok(Decimal::Point),
        }
    }

    /// Whether an amount is in the currency: in that which is named, else in that of the first amount of the table.
    fn is_in(&self, currency: &Currency, text: &[u8]) -> bool {
        // Nearly every amount is bare.
        if text.iter().all(|byte| b"0123456789.,-".contains(byte)) {
            return true;
        }
        let beside = currency_beside(text);
        if beside.is_empty() {
            return true;
        }
        let first = || {
            // Of the column, whichever thread comes first.
            let first_beside = || self.texts.iter().map(currency_beside).find(|found| !found.is_empty());
            self.table.currency().get_or_init(|| first_beside().unwrap_or_default().to_owned()).as_str()
        };
        Currency::are_alike(currency.code().unwrap_or_else(first), beside)
    }

    /// The form of dates, `None` where a value could have either order, and no value tells; and whether there is any date.
    fn dates(&self) -> &(Option<DateFormat>, bool) {
        self.dates.get_or_init(|| {
            let mut evidence = Evidence::default();
            let pinned = self.table.pinned();
            if pinned.dates.is_none() {
                // What is plainly clear is most of it, and tells nothing of the order.
                let plain = |text: &&[u8]| text.is_empty() || (text.len() == 10 && text[4] == b'-');
                self.texts.iter().filter(|text| !plain(text)).for_each(|text| evidence.see_date(text, 0));
                evidence.clear += self.texts.iter().filter(|text| plain(text) && !text.is_empty()).count() as u64;
            }
            let dates = evidence.unclear_order(pinned).is_none().then(|| evidence.dialect(pinned).dates);
            (dates, pinned.dates.is_some() || evidence.has_dates())
        })
    }
}

/// Whether an id is a customer.
///
/// # Errors
/// Where there is nothing or nothing but space, or a number in exponent form, which was another before a spreadsheet had it.
pub fn customer(id: &[u8]) -> Result<(), ValueProblem> {
    if id.is_empty() || may_be_blank(id) && String::from_utf8_lossy(id).trim().is_empty() {
        return Err(ValueProblem::NO_CUSTOMER);
    }
    if is_exponent(id) { Err(ValueProblem::EXPONENT) } else { Ok(()) }
}

/// A day.
///
/// # Errors
/// Where the text is no date, or one of several and nothing tells which.
pub fn day(written: &Written<'_>, text: &[u8]) -> Result<Day, ValueProblem> {
    let (dates, is_any) = written.dates();
    let Some(dates) = dates else { return Err(ValueProblem::TWO_DAYS) };
    dates.day(text, written.table.pinned().zone.as_ref()).map_err(|problem| match problem {
        DayProblem::Empty => ValueProblem::MISSING,
        DayProblem::Form if !is_any => ValueProblem {
            reason: "not a date",
            message: "is not a date, and no other value of its column is one: say how they are written with `--date-format`, as in `--date-format '%d.%m.%Y %H:%M:%S CET'`",
        },
        DayProblem::Form => {
            ValueProblem { reason: "not a date", message: "is not a date, or not one in the form of its column" }
        }
        DayProblem::NoSuchDay => {
            ValueProblem { reason: "no such day", message: "is a day that the calendar does not have" }
        }
        DayProblem::Placeholder => ValueProblem::PLACEHOLDER,
    })
}

/// A finite number, the nearest to what is written.
///
/// # Errors
/// Where the text stands for nothing, is no number, one that is not finite, or one of two and nothing tells which.
pub fn number(written: &Written<'_>, text: &[u8]) -> Result<f64, ValueProblem> {
    finite(&Currency::UNNAMED, written, text, ValueProblem::NOT_A_NUMBER)
}

/// Money as such a number: the currency beside it must be this one.
///
/// # Errors
/// As [`number`], and where the currency is another.
pub fn number_in(currency: &Currency) -> impl Fn(&Written<'_>, &[u8]) -> Result<f64, ValueProblem> + Sync {
    move |written, text| finite(currency, written, text, ValueProblem::NOT_AN_AMOUNT)
}

fn finite(
    currency: &Currency,
    written: &Written<'_>,
    text: &[u8],
    otherwise: ValueProblem,
) -> Result<f64, ValueProblem> {
    if !written.is_in(currency, text) {
        return Err(ValueProblem::OTHER_CURRENCY);
    }
    written.decimal_of(text)?.number(text).ok_or(if stands_for_nothing(text) {
        ValueProblem::MISSING
    } else {
        otherwise
    })
}

/// Whether a field is empty, or holds what databases and spreadsheets write for nothing.
pub fn stands_for_nothing(text: &[u8]) -> bool {
    is_missing(trimmed(text))
}

/// A whole number of zero or more; `2.0` is one.
///
/// # Errors
/// Where the text is no such number, or one beyond what a float holds exactly.
pub fn whole(written: &Written<'_>, text: &[u8]) -> Result<u64, ValueProblem> {
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    let number = number(written, text)?;
    if number.fract() != 0.0 || !(0.0..=EXACT).contains(&number) {
        return Err(ValueProblem::NOT_WHOLE);
    }
    Ok(number as u64)
}

/// A margin: profit as a share of revenue, at most the whole of it.
///
/// # Errors
/// Where the text is no number, or one above 1.
pub fn margin(written: &Written<'_>, text: &[u8]) -> Result<f64, ValueProblem> {
    match number(written, text)? {
        margin if margin <= 1.0 => Ok(margin),
        _ => Err(ValueProblem { reason: "margin above 1", message: "is more profit than revenue" }),
    }
}

/// An exact amount, in minor units of the currency.
///
/// # Errors
/// Where the text is no amount of it.
pub fn amount(currency: &Currency) -> impl Fn(&Written<'_>, &[u8]) -> Result<i64, ValueProblem> + Sync {
    move |written, text| {
        if !written.is_in(currency, text) {
            return Err(ValueProblem::OTHER_CURRENCY);
        }
        written.decimal_of(text)?.amount(text, currency).map_err(|problem| match problem {
            AmountProblem::Empty => ValueProblem::MISSING,
            AmountProblem::Form => ValueProblem::NOT_AN_AMOUNT,
            AmountProblem::TooPrecise => {
                ValueProblem { reason: "amount too precise", message: "has more decimals than the currency" }
            }
            AmountProblem::TooLarge => ValueProblem::TOO_LARGE,
        })
    }
}

/// The amounts of a table, each for itself: of one column; exact products of two, rounded once to the minor unit, a half to
/// the even one; or differences of two, of which one may be empty.
#[derive(Debug)]
pub struct AmountColumns<'t> {
    one: (usize, Written<'t>),
    second: Option<(Second, Written<'t>)>,
}

impl<'t> AmountColumns<'t> {
    pub(super) fn new(one: (usize, Written<'t>), second: Option<(Second, Written<'t>)>) -> Self {
        Self { one, second }
    }

    /// The amount of a row in minor units of the currency.
    ///
    /// # Errors
    /// Where there is none, with the column of which this is so.
    pub fn amount(&self, row: usize, currency: &Currency) -> Result<i64, (usize, ValueProblem)> {
        let read = |column: usize, written: &Written<'_>, currency: &Currency| match written.texts.get(row) {
            [] => Err((column, ValueProblem::MISSING)),
            text => amount(currency)(written, text).map_err(|problem| (column, problem)),
        };
        let too_large = (self.one.0, ValueProblem::TOO_LARGE);
        let first = |currency: &Currency| read(self.one.0, &self.one.1, currency);
        match &self.second {
            None => first(currency),
            Some((Second::Factor(column), written)) => {
                let finer = currency.of_factors();
                let (first, second) = (first(&finer)?, read(*column, written, &finer)?);
                currency.product(first, second, finer.decimals()).map_err(|_| too_large)
            }
            Some((Second::Subtrahend(column), written)) => match (first(currency), read(*column, written, currency)) {
                (Err((column, ValueProblem::MISSING)), Err((_, ValueProblem::MISSING))) => {
                    Err((column, ValueProblem::MISSING))
                }
                (Err((_, ValueProblem::MISSING)), less) => Ok(-less?),
                (amount, Err((_, ValueProblem::MISSING))) => amount,
                (amount, less) => amount?.checked_sub(less?).ok_or(too_large),
            },
        }
    }
}
