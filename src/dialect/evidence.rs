//! What the values of one file tell about how it is written.

use std::collections::BTreeMap;

use super::amounts::{Decimal, Marks, named_currency, written};
use super::dates::{DateFormat, Form};
use super::encoding::Encoding;
use super::{Dialect, Pinned};

/// The first value, by its line, that could be two things.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// The line of its record, counted from 1.
    pub line: u64,
    /// Its column, counted from 0, where it is not that of the amount or the date.
    pub column: Option<usize>,
    /// The value.
    pub value: Vec<u8>,
}

/// Counts of what the values of a column tell; added up over threads in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Amounts that have a decimal point, and such that have a decimal comma.
    pub point: u64,
    /// See `point`.
    pub comma: u64,
    /// An amount that could have either.
    pub either_decimal: Option<Sighting>,
    /// Dates that are clear, and such that have the day or the month first.
    pub clear: u64,
    /// See `clear`.
    pub day_first: u64,
    /// See `clear`.
    pub month_first: u64,
    /// Dates that are the same day in either order.
    pub same: u64,
    /// Dates that could have either order.
    pub either_order: u64,
    /// The first of them.
    pub first_either: Option<Sighting>,
    /// Dates that are days as spreadsheets count them, seconds, and thousandths of seconds.
    pub serial: u64,
    /// See `serial`.
    pub seconds: u64,
    /// See `serial`.
    pub milliseconds: u64,
    /// Texts beyond ASCII that are UTF-8, and such that are not.
    pub utf8: u64,
    /// See `utf8`.
    pub not_utf8: u64,
    /// The first that is in no encoding that is read.
    pub neither: Option<Sighting>,
    /// The currencies written beside amounts, each with the first amount that has it.
    pub currencies: BTreeMap<String, Sighting>,
    /// The currencies that a column of its own names, each with its first line.
    pub named: BTreeMap<String, u64>,
}

impl Evidence {
    /// Takes an amount in.
    pub fn see_amount(&mut self, text: &[u8], line: u64) {
        self.see_money(text, line, None);
    }

    /// Takes in a number that is no money, in the column given.
    pub fn see_quantity(&mut self, text: &[u8], line: u64, column: Option<usize>) {
        match Marks::of(text) {
            None | Some(Marks::Silent) => {}
            Some(Marks::Point) => self.point += 1,
            Some(Marks::Comma) => self.comma += 1,
            Some(Marks::Either) => {
                keep_first(&mut self.either_decimal, Sighting { line, column, value: text.to_vec() });
            }
        }
    }

    /// Takes in money in the column given.
    pub fn see_money(&mut self, text: &[u8], line: u64, column: Option<usize>) {
        self.see_quantity(text, line, column);
        let sighting = || Sighting { line, column, value: text.to_vec() };
        if text.iter().all(|byte| byte.is_ascii_digit() || b".,-".contains(byte)) {
            return;
        }
        if let Some(written) = written(text).filter(|written| !written.currency.is_empty()) {
            match self.currencies.get_mut(written.currency) {
                Some(first) if first.line <= line => {}
                Some(first) => *first = sighting(),
                None => {
                    self.currencies.insert(written.currency.to_owned(), sighting());
                }
            }
        }
    }

    /// Takes the currency that a column of its own names in; an empty one tells nothing.
    pub fn see_currency(&mut self, text: &[u8], line: u64) {
        if let Some(named) = Self::currency_named(text) {
            let first = self.named.entry(named).or_insert(line);
            *first = line.min(*first);
        }
    }

    /// The currency that a field of a column of currencies names, a code in upper case.
    pub(crate) fn currency_named(text: &[u8]) -> Option<String> {
        let named = named_currency(text)?;
        let is_code = named.len() == 3 && named.is_ascii();
        Some(if is_code { named.to_ascii_uppercase() } else { named.to_owned() })
    }

    /// Takes a date in.
    pub fn see_date(&mut self, text: &[u8], line: u64) {
        let count = match Form::of(text) {
            None => return,
            Some(Form::Clear) => &mut self.clear,
            Some(Form::Same) => &mut self.same,
            Some(Form::DayFirst) => &mut self.day_first,
            Some(Form::MonthFirst) => &mut self.month_first,
            Some(Form::Either) => {
                keep_first(&mut self.first_either, Sighting { line, column: None, value: text.to_vec() });
                &mut self.either_order
            }
            Some(Form::Serial) => &mut self.serial,
            Some(Form::Seconds) => &mut self.seconds,
            Some(Form::Milliseconds) => &mut self.milliseconds,
        };
        *count += 1;
    }

    /// Takes a text in, of the column given.
    pub fn see_text(&mut self, text: &[u8], line: u64, column: usize) {
        if text.is_ascii() {
            return;
        }
        if std::str::from_utf8(text).is_ok() {
            self.utf8 += 1;
            return;
        }
        self.not_utf8 += 1;
        if Encoding::Windows1252.decode(text).is_none() {
            keep_first(&mut self.neither, Sighting { line, column: Some(column), value: text.to_vec() });
        }
    }

    /// Adds what another part of the same file, or another file of the same table, tells.
    pub fn merge(&mut self, other: &Self) {
        self.point += other.point;
        self.comma += other.comma;
        self.clear += other.clear;
        self.same += other.same;
        self.day_first += other.day_first;
        self.month_first += other.month_first;
        self.either_order += other.either_order;
        self.serial += other.serial;
        self.seconds += other.seconds;
        self.milliseconds += other.milliseconds;
        self.utf8 += other.utf8;
        self.not_utf8 += other.not_utf8;
        if let Some(sighting) = &other.either_decimal {
            keep_first(&mut self.either_decimal, sighting.clone());
        }
        if let Some(sighting) = &other.first_either {
            keep_first(&mut self.first_either, sighting.clone());
        }
        if let Some(sighting) = &other.neither {
            keep_first(&mut self.neither, sighting.clone());
        }
        for (currency, sighting) in &other.currencies {
            let first = self.currencies.entry(currency.clone()).or_insert_with(|| sighting.clone());
            if sighting.line < first.line {
                *first = sighting.clone();
            }
        }
        for (currency, line) in &other.named {
            let first = self.named.entry(currency.clone()).or_insert(*line);
            *first = (*first).min(*line);
        }
    }

    /// Takes from rows that do not count what those that do leave open: which mark, which order, which form. They raise no
    /// question of their own.
    pub fn complete(&mut self, left_out: &Self) {
        if self.point == self.comma {
            self.point += left_out.point;
            self.comma += left_out.comma;
        }
        if !self.has_dates() {
            self.serial = left_out.serial;
            self.seconds = left_out.seconds;
            self.milliseconds = left_out.milliseconds;
            self.clear = left_out.clear;
            self.same = left_out.same;
        }
        if self.day_first == self.month_first {
            self.day_first += left_out.day_first;
            self.month_first += left_out.month_first;
        }
    }

    /// Whether there was a date in any form.
    pub(crate) fn has_dates(&self) -> bool {
        let counts = [self.clear, self.same, self.day_first, self.month_first, self.either_order];
        counts.into_iter().chain([self.serial, self.seconds, self.milliseconds]).any(|count| count > 0)
    }

    /// Every way in which a currency is written, beside amounts or in a column of its own.
    pub fn written_currencies(&self) -> impl Iterator<Item = &str> + Clone {
        let beside = self.currencies.keys().filter(|written| !self.named.contains_key(*written));
        self.named.keys().chain(beside).map(String::as_str)
    }

    /// How the values are written, as far as they tell and nobody said otherwise.
    pub fn dialect(&self, pinned: &Pinned) -> Dialect {
        let start = pinned.start();
        Dialect {
            decimal: pinned.decimal.unwrap_or(if self.comma > self.point { Decimal::Comma } else { Decimal::Point }),
            dates: pinned.dates.clone().unwrap_or_else(|| self.dates()),
            encoding: pinned.encoding.unwrap_or(if self.not_utf8 > self.utf8 {
                Encoding::Windows1252
            } else {
                Encoding::Utf8
            }),
            ..start
        }
    }

    fn dates(&self) -> DateFormat {
        let numbers = [
            (self.serial, DateFormat::Serial),
            (self.seconds, DateFormat::EpochSeconds),
            (self.milliseconds, DateFormat::EpochMilliseconds),
        ];
        let written = self.clear + self.same + self.day_first + self.month_first + self.either_order;
        let most = numbers.into_iter().filter(|(count, _)| *count > written).max_by_key(|(count, _)| *count);
        match most {
            Some((_, format)) => format,
            None if self.day_first > self.month_first => DateFormat::DayFirst,
            None if self.month_first > self.day_first => DateFormat::MonthFirst,
            None => DateFormat::Iso,
        }
    }

    /// The text that is in no encoding that is read, where most are not UTF-8 and nobody said what they are; a few, and one among
    /// many in UTF-8, are damaged.
    pub fn other_encoding(&self, pinned: &Pinned) -> Option<&Sighting> {
        const DAMAGED: u64 = 3;
        let is_most = self.not_utf8 > self.utf8.max(DAMAGED);
        self.neither.as_ref().filter(|_| pinned.encoding.is_none() && is_most)
    }

    /// The amount that could be two numbers, where nothing says which.
    pub fn unclear_decimal(&self, pinned: &Pinned) -> Option<&Sighting> {
        self.either_decimal.as_ref().filter(|_| pinned.decimal.is_none() && self.point == self.comma)
    }

    /// The date that could be two days, where nothing says which.
    pub fn unclear_order(&self, pinned: &Pinned) -> Option<&Sighting> {
        self.first_either.as_ref().filter(|_| pinned.dates.is_none() && self.day_first == self.month_first)
    }
}

fn keep_first(kept: &mut Option<Sighting>, sighting: Sighting) {
    if kept.as_ref().is_none_or(|first| sighting < *first) {
        *kept = Some(sighting);
    }
}
