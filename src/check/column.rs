//! What one column holds.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use super::bytes::{AT, BEYOND, BLANK, DIGIT, Plain, kinds};
use super::sketch::Sketch;
use crate::allocate::quantity;
use crate::columns::{self, Column};
use crate::dialect::{DateFormat, Decimal, Dialect, Evidence, currency_beside, is_missing, trimmed};
use crate::money::{AmountProblem, Currency};
use crate::scan::{Reason, Texts, is_exponent};
use crate::time::{Day, DayProblem};

/// How many of the largest numbers are remembered.
pub(super) const LARGEST: usize = 100;
/// How many numbers are kept to find the middle.
const MIDDLE: usize = 1 << 13;

/// What a column is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    /// The name of another thing than a customer.
    Key,
    Date,
    /// Exact money.
    Amount,
    /// A number that an amount is multiplied by, or that is.
    Factor,
    /// Money that is read as a number.
    Money,
    Number,
    /// How many of something, exactly.
    Quantity,
    /// The name of a currency.
    Currency,
    /// Of no standard column, or as text.
    Free,
}

impl Role {
    pub fn of(column: Column) -> Self {
        let dates = [
            columns::DATE,
            columns::START,
            columns::END,
            columns::END_DATE,
            columns::FIRST_DATE,
            columns::LAST_DATE,
            columns::REQUESTED,
            columns::PAYMENT_FAILED,
            columns::REFUNDED,
        ];
        let exact = [
            columns::AMOUNT,
            columns::DEBIT,
            columns::CREDIT,
            columns::CHARGE,
            columns::DISCOUNT,
            columns::TAX,
            columns::HOLDOUT_AMOUNT,
        ];
        let numbers = [columns::TIME, columns::FREQUENCY, columns::RECENCY, columns::AGE];
        let keys = [columns::ORDER_ID, columns::ACCOUNT, columns::COST_CENTRE];
        if column == columns::CUSTOMER_ID {
            Self::Id
        } else if keys.contains(&column) {
            Self::Key
        } else if dates.contains(&column) {
            Self::Date
        } else if exact.contains(&column) {
            Self::Amount
        } else if column == columns::CURRENCY {
            Self::Currency
        } else if column == columns::QUANTITY {
            Self::Quantity
        } else if column.meaning.ends_with("in units of the currency") {
            Self::Money
        } else if numbers.contains(&column) {
            Self::Number
        } else {
            Self::Free
        }
    }

    /// How many different values are counted exactly.
    pub fn distinct(self) -> usize {
        if self == Self::Id { super::rows::CUSTOMERS } else { 1 << 16 }
    }
}

/// What may be wrong with a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Oddity {
    /// A value that is read by its role and cannot be.
    Unreadable(Reason),
    /// A text where numbers are.
    NoNumber,
    /// A quantity below zero.
    Negative,
    /// A word for nothing: `NULL`.
    Word,
    /// `9999-12-31`, `0000-00-00`.
    Placeholder,
    /// Spaces before or behind an id.
    OuterSpaces,
    /// `test@`, `@example.com`.
    TestAccount,
}

/// How often, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sightings {
    pub count: u64,
    pub line: u64,
    pub value: Vec<u8>,
}

/// What a column holds, of as many rows as were seen.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub role: Role,
    pub missing: u64,
    pub first_missing: u64,
    pub values: u64,
    pub numbers: u64,
    pub whole: u64,
    pub dates: u64,
    pub spaced: u64,
    pub evidence: Evidence,
    pub distinct: Sketch<()>,
    /// Digits that are no number: with a plus before them, as telephones have it, or with zeros.
    pub coded: u64,
    /// How many values are in each currency.
    pub in_currency: BTreeMap<String, u64>,
    pub oddities: BTreeMap<Oddity, Sightings>,
    pub range: Option<(Extreme, Extreme)>,
    /// The sum of positive numbers, rounded to whole units, which makes it exact.
    pub positive: i128,
    /// The largest numbers by size, with their lines.
    pub largest: Vec<(f64, u64)>,
    /// Some numbers, chosen by the hash of their line.
    pub middle: Sketch<f64>,
    /// How many rows each day has.
    pub days: BTreeMap<Day, u64>,
    /// The day seen last and how many rows in a row had it, while a batch is taken in: rows of one day often follow each other.
    run: Option<(Day, u64)>,
}

impl Profile {
    pub fn new(role: Role) -> Self {
        Self {
            role,
            missing: 0,
            first_missing: 0,
            values: 0,
            numbers: 0,
            whole: 0,
            dates: 0,
            spaced: 0,
            evidence: Evidence::default(),
            distinct: Sketch::new(role.distinct()),
            coded: 0,
            in_currency: BTreeMap::new(),
            oddities: BTreeMap::new(),
            range: None,
            positive: 0,
            largest: Vec::new(),
            middle: Sketch::new(MIDDLE),
            days: BTreeMap::new(),
            run: None,
        }
    }

    /// Takes values in, as they are read in this dialect, and says of each whether the same one has been taken in before:
    /// where that is not known any more it says no.
    pub fn absorb(
        &mut self,
        (texts, hashes): (&Texts, &[u64]),
        lines: &[u64],
        (dialect, currency): (&Dialect, &Currency),
        known: &mut Vec<bool>,
    ) {
        self.distinct.fetch(hashes);
        known.clear();
        known.extend(texts.iter().zip(hashes).zip(lines).map(|((text, hash), line)| {
            self.see(text, *line, dialect, currency) && self.distinct.find(*hash).is_some_and(|((), known)| known)
        }));
        self.end_run();
    }

    fn end_run(&mut self) {
        if let Some((day, rows)) = self.run.take() {
            *self.days.entry(day).or_default() += rows;
        }
    }

    /// Looks at one value; false where it says nothing.
    #[inline]
    pub fn see(&mut self, text: &[u8], line: u64, dialect: &Dialect, currency: &Currency) -> bool {
        let kinds = kinds(text);
        let trimmed = if kinds & (BLANK | BEYOND) == 0 { text } else { trimmed(text) };
        // What stands for nothing has no digit; as an id it stands for itself.
        let word = kinds & DIGIT == 0 && is_missing(trimmed);
        if word && (trimmed.is_empty() || self.role != Role::Id) {
            self.missing += 1;
            if self.missing == 1 || line < self.first_missing {
                self.first_missing = line;
            }
            if !trimmed.is_empty() {
                self.odd(Oddity::Word, text, line);
            }
            return false;
        }
        self.values += 1;
        self.spaced += u64::from(kinds & BLANK != 0 && memchr::memchr(b' ', trimmed).is_some());
        if self.role == Role::Currency {
            self.evidence.see_currency(text, line);
            if let Some(named) = Evidence::currency_named(text) {
                *self.in_currency.entry(named).or_default() += 1;
            }
            return true;
        }
        if self.role == Role::Id {
            if word {
                self.odd(Oddity::Word, text, line);
            }
            if is_exponent(text) {
                self.odd(Oddity::Unreadable(Reason::IdExponent), text, line);
            }
            if trimmed.len() < text.len() {
                self.odd(Oddity::OuterSpaces, text, line);
            }
        }
        if kinds & AT != 0 && is_test_account(text) {
            self.odd(Oddity::TestAccount, text, line);
        }
        if kinds & DIGIT == 0 {
            match self.role {
                Role::Date => self.odd(Oddity::Unreadable(Reason::Date(DayProblem::Form)), text, line),
                Role::Amount | Role::Factor => {
                    self.odd(Oddity::Unreadable(Reason::Amount(AmountProblem::Form)), text, line);
                }
                Role::Quantity => self.see_quantity(text, line, dialect),
                Role::Number => self.odd(Oddity::NoNumber, text, line),
                Role::Id | Role::Key | Role::Money | Role::Currency | Role::Free => {}
            }
            return true;
        }
        if self.role == Role::Date || (self.role == Role::Free && kinds != DIGIT) {
            self.see_date(text, line, dialect);
        }
        if !matches!(self.role, Role::Id | Role::Key | Role::Date) {
            self.see_number(text, line, dialect, currency);
        }
        true
    }

    fn see_date(&mut self, text: &[u8], line: u64, dialect: &Dialect) {
        // A column that nobody calls dates is one where they are written as such.
        if self.role == Role::Free && !DateFormat::is_date(text) {
            if text.starts_with(b"9999-12-31") || text.starts_with(b"0000-00-00") {
                self.odd(Oddity::Placeholder, text, line);
            }
            return;
        }
        self.evidence.see_date(text, line);
        match dialect.dates.day(text, dialect.zone.as_ref()) {
            Ok(day) => {
                self.dates += 1;
                match &mut self.run {
                    Some((own, rows)) if *own == day => *rows += 1,
                    _ => {
                        self.end_run();
                        self.run = Some((day, 1));
                    }
                }
            }
            Err(DayProblem::Placeholder) => self.odd(Oddity::Placeholder, text, line),
            Err(problem) if self.role == Role::Date => {
                self.odd(Oddity::Unreadable(Reason::Date(problem)), text, line);
            }
            Err(_) => {}
        }
    }

    fn see_number(&mut self, text: &[u8], line: u64, dialect: &Dialect, currency: &Currency) {
        self.coded += u64::from(self.role == Role::Free && is_code(text));
        if self.role == Role::Quantity {
            self.see_quantity(text, line, dialect);
        }
        if let Some(plain) = Plain::of(text)
            && dialect.decimal == Decimal::Point
            && (self.role != Role::Amount || plain.decimals <= currency.decimals())
        {
            self.evidence.point += u64::from(plain.decimals > 0);
            self.positive += i128::from(if plain.negative { 0 } else { plain.rounded() });
            self.take_number(Extreme::from(plain.number()), plain.is_whole(), line);
            return;
        }
        self.evidence.see_amount(text, line);
        // Most amounts have none.
        let beside = if self.evidence.currencies.is_empty() { "" } else { currency_beside(text) };
        if !beside.is_empty() {
            match self.in_currency.get_mut(beside) {
                Some(rows) => *rows += 1,
                None => {
                    self.in_currency.insert(beside.to_owned(), 1);
                }
            }
        }
        let exact = match self.role {
            Role::Amount => dialect.decimal.amount(text, currency),
            Role::Factor => dialect.decimal.amount(text, &currency.of_factors()),
            _ => Ok(0),
        };
        if let Err(problem) = exact {
            self.odd(Oddity::Unreadable(Reason::Amount(problem)), text, line);
        }
        let Some(number) = dialect.decimal.number(text) else {
            if self.role == Role::Number {
                self.odd(Oddity::NoNumber, text, line);
            }
            return;
        };
        if number > 0.0 {
            self.positive += number.round() as i128;
        }
        self.take_number(Extreme::of(number, text, dialect.decimal), number.fract() == 0.0, line);
    }

    fn see_quantity(&mut self, text: &[u8], line: u64, dialect: &Dialect) {
        match quantity(text, dialect.decimal) {
            Ok(0..) => {}
            Ok(_) => self.odd(Oddity::Negative, text, line),
            Err(_) => self.odd(Oddity::Unreadable(NOT_A_QUANTITY), text, line),
        }
    }

    #[inline]
    fn take_number(&mut self, extreme: Extreme, whole: bool, line: u64) {
        let number = extreme.number;
        self.numbers += 1;
        self.whole += u64::from(whole);
        match &mut self.range {
            Some((low, high)) => {
                if extreme < *low {
                    *low = extreme;
                } else if extreme > *high {
                    *high = extreme;
                }
            }
            None => self.range = Some((extreme.clone(), extreme)),
        }
        if let Some(kept) = self.middle.get(super::sketch::mix(line)) {
            *kept = number;
        }
        self.remember(number, line);
    }

    /// Keeps the largest numbers by size, the first of equal ones.
    fn remember(&mut self, number: f64, line: u64) {
        let full = self.largest.len() == LARGEST;
        if full && self.largest.last().is_some_and(|last| number.abs() < last.0.abs()) {
            return;
        }
        let place = self
            .largest
            .partition_point(|(kept, at)| kept.abs() > number.abs() || (kept.abs() == number.abs() && *at < line));
        self.largest.insert(place, (number, line));
        self.largest.truncate(LARGEST);
    }

    pub fn odd(&mut self, oddity: Oddity, value: &[u8], line: u64) {
        match self.oddities.get_mut(&oddity) {
            Some(own) if own.line <= line => own.count += 1,
            _ => self.merge_oddity(oddity, Sightings { count: 1, line, value: value.to_vec() }),
        }
    }

    fn merge_oddity(&mut self, oddity: Oddity, other: Sightings) {
        match self.oddities.get_mut(&oddity) {
            Some(own) => {
                own.count += other.count;
                if other.line < own.line {
                    (own.line, own.value) = (other.line, other.value);
                }
            }
            None => {
                self.oddities.insert(oddity, other);
            }
        }
    }

    pub fn merge(&mut self, other: Self) {
        if other.missing > 0 && (self.missing == 0 || other.first_missing < self.first_missing) {
            self.first_missing = other.first_missing;
        }
        self.missing += other.missing;
        self.values += other.values;
        self.numbers += other.numbers;
        self.whole += other.whole;
        self.dates += other.dates;
        self.spaced += other.spaced;
        self.coded += other.coded;
        other.in_currency.iter().for_each(|(name, rows)| *self.in_currency.entry(name.clone()).or_default() += rows);
        self.evidence.merge(&other.evidence);
        self.distinct.merge(other.distinct, |(), ()| ());
        other.oddities.into_iter().for_each(|(oddity, sightings)| self.merge_oddity(oddity, sightings));
        self.range = match (self.range.take(), other.range) {
            (Some((low, high)), Some((lower, higher))) => {
                Some((if lower < low { lower } else { low }, if higher > high { higher } else { high }))
            }
            (one, another) => one.or(another),
        };
        self.positive += other.positive;
        other.largest.iter().for_each(|(number, line)| self.remember(*number, *line));
        self.middle.merge(other.middle, |own, other| *own = other);
        other.days.iter().for_each(|(day, rows)| *self.days.entry(*day).or_default() += rows);
    }

    /// Values that stand for no day where days are.
    pub fn placeholders(&self) -> u64 {
        self.oddities.get(&Oddity::Placeholder).map_or(0, |seen| seen.count)
    }

    /// What type of value the column holds.
    pub fn kind(&self, distinct: Distinct) -> Kind {
        let most = |count: u64| self.values > 0 && count * 10 >= self.values * 9;
        let Distinct { count, more } = distinct;
        let numbered = !more && count == self.values && self.whole == self.values && count > 20;
        match self.role {
            Role::Id | Role::Key => Kind::Id,
            Role::Date => Kind::Date,
            Role::Amount | Role::Money => Kind::Amount,
            _ if self.values == 0 => Kind::Empty,
            _ if self.dates > 0 && most(self.dates + self.placeholders()) => Kind::Date,
            Role::Free if most(self.coded) => Kind::Id,
            _ if most(self.numbers) && !self.evidence.currencies.is_empty() => Kind::Amount,
            Role::Free if most(self.numbers) && numbered => Kind::Id,
            _ if most(self.numbers) => Kind::Number,
            _ if !more && count <= 50 && self.values >= 2 * count => Kind::Category,
            _ if (more || count * 2 > self.values) && self.spaced * 2 < self.values => Kind::Id,
            _ => Kind::Text,
        }
    }
}

/// A number that may be the smallest or the largest, with every digit of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extreme {
    /// The nearest float.
    number: f64,
    /// The number with a decimal point, where it has more digits than a float keeps.
    digits: Option<Box<str>>,
}

impl From<f64> for Extreme {
    fn from(number: f64) -> Self {
        // Zero has no sign.
        Self { number: number + 0.0, digits: None }
    }
}

impl Extreme {
    fn of(number: f64, text: &[u8], decimal: Decimal) -> Self {
        // So many digits a float always keeps.
        const KEPT: usize = f64::DIGITS as usize;
        let is_long = text.iter().filter(|byte| byte.is_ascii_digit()).count() > KEPT;
        let digits = is_long.then(|| decimal.digits(text)).flatten().map(String::into_boxed_str);
        Self { digits, ..Self::from(number) }
    }
}

impl fmt::Display for Extreme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.digits {
            Some(digits) => f.write_str(digits),
            None => write!(f, "{}", self.number),
        }
    }
}

impl PartialOrd for Extreme {
    /// By the exact numbers: floats that differ are in their order, and where they are the same the digits decide.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let order = self.number.partial_cmp(&other.number)?;
        if order != Ordering::Equal || (self.digits.is_none() && other.digits.is_none()) {
            return Some(order);
        }
        let (one, another) = (self.to_string(), other.to_string());
        let parts = |text: &str| -> (usize, String) {
            let text = text.trim_start_matches('-');
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            (whole.len(), format!("{whole}{part}"))
        };
        let order = parts(&one).cmp(&parts(&another));
        Some(if self.number < 0.0 { order.reverse() } else { order })
    }
}

/// How many different values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distinct {
    /// So many.
    pub count: u64,
    /// Or more than that.
    pub more: bool,
}

impl fmt::Display for Distinct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, more } = self;
        if *more { write!(f, "more than {count}") } else { write!(f, "{count}") }
    }
}

/// What type of value a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Names of things, each a few times.
    Id,
    /// Days.
    Date,
    /// Money.
    Amount,
    /// Numbers.
    Number,
    /// One of few values.
    Category,
    /// Anything else.
    Text,
    /// Nothing.
    Empty,
}

impl Kind {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Date => "date",
            Self::Amount => "amount",
            Self::Number => "number",
            Self::Category => "category",
            Self::Text => "text",
            Self::Empty => "empty",
        }
    }
}

/// What `allocate` says of a quantity that it cannot read.
const NOT_A_QUANTITY: Reason = Reason::Refused("not a quantity");

/// Whether digits are those of a telephone or an account, which no sum or count begins with.
fn is_code(text: &[u8]) -> bool {
    match text {
        [b'+', digits @ ..] => digits.len() > 6 && digits.iter().all(u8::is_ascii_digit),
        [b'0', digits @ ..] => digits.len() > 1 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_test_account(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    ["test@", "@test.", "@example."].iter().any(|mark| memchr::memmem::find(&lower, mark.as_bytes()).is_some())
}
