//! What one record means: the fast reading of a plain one, and the careful reading of any.
//!
//! Both give the same values; the fast one gives up on anything that is not plain, and then the
//! careful one says what it is.

use memchr::memchr2;

use super::batch::Batch;
use super::dialect::{Layout, Role};
use super::reason::{Reason, is_exponent};
use super::records::{Splitter, trim_line_end};
use crate::money::Currency;
use crate::time::{Day, DayProblem};

/// Reads rows of one file into a batch.
pub(super) struct RowReader<'a> {
    layout: &'a Layout,
    currency: &'a Currency,
    splitter: Splitter,
    /// Where the text columns of the row stand, reused.
    spans: Vec<(usize, usize)>,
    months: Months,
}

/// A row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bad {
    pub reason: Reason,
    /// The column it is about, by its number in the file.
    pub column: Option<usize>,
    /// The amount, where it can be read.
    pub amount: Option<i64>,
}

/// What the careful reading found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Used,
    /// An empty line, which is no row.
    Blank,
    Bad(Bad),
}

impl<'a> RowReader<'a> {
    pub fn new(layout: &'a Layout, currency: &'a Currency) -> Self {
        let texts = layout.roles.iter().filter(|role| matches!(role, Role::Text(_))).count() + layout.absent.len();
        Self {
            layout,
            currency,
            splitter: Splitter::new(layout.delimiter),
            spans: vec![(0, 0); texts],
            months: Months::new(),
        }
    }

    /// Reads the plain record that begins at `start` and returns where the next one does; `None`
    /// where anything about it is not plain, and then nothing has been added.
    ///
    /// `ascii` says that the whole text is, which spares checking it for UTF-8 field by field.
    #[inline]
    pub fn fast(&mut self, text: &[u8], start: usize, ascii: bool, line: u64, batch: &mut Batch) -> Option<usize> {
        let layout = self.layout;
        let delimiter = layout.delimiter;
        let last = layout.roles.len() - 1;
        let (mut id, mut day, mut amount) = (None, None, None);
        let mut at = start;
        for (number, role) in layout.roles.iter().enumerate() {
            let end = match role {
                Role::Date => {
                    let (found, end) = self.months.plain_day(text, at)?;
                    day = Some(found);
                    end
                }
                Role::Amount => {
                    let (minor, end) = plain_amount(text, at, self.currency.decimals())?;
                    amount = Some(minor);
                    end
                }
                Role::Skip | Role::Id | Role::Text(_) => {
                    let mut end = field_end(text, at, delimiter)?;
                    if number == last && end > at && text[end] == b'\n' && text[end - 1] == b'\r' {
                        end -= 1;
                    }
                    match role {
                        Role::Id => {
                            let field = &text[at..end];
                            // A sign near the end may be the exponent of a spoilt id.
                            let spoilt = field.len() >= 4 && field[field.len() - 4..].contains(&b'+');
                            if field.is_empty() || spoilt || !(ascii || std::str::from_utf8(field).is_ok()) {
                                return None;
                            }
                            id = Some((at, end));
                        }
                        Role::Text(text_number) => {
                            if !(ascii || std::str::from_utf8(&text[at..end]).is_ok()) {
                                return None;
                            }
                            self.spans[*text_number] = (at, end);
                        }
                        _ => {}
                    }
                    end
                }
            };
            at = match (text.get(end)?, number == last) {
                (byte, false) if *byte == delimiter => end + 1,
                (b'\n', true) => end + 1,
                (b'\r', true) if text.get(end + 1) == Some(&b'\n') => end + 2,
                _ => return None,
            };
        }
        if let Some((from, to)) = id {
            batch.ids.push(&text[from..to]);
        }
        batch.days.extend(day);
        batch.amounts.extend(amount);
        for (column, (from, to)) in batch.texts.iter_mut().zip(&self.spans) {
            column.push(&text[*from..*to]);
        }
        batch.lines.push(line);
        Some(at)
    }

    /// Reads any record whose quotes are closed; it ends with a line feed.
    pub fn careful(&mut self, record: &[u8], line: u64, batch: &mut Batch) -> Outcome {
        if trim_line_end(record).is_empty() {
            return Outcome::Blank;
        }
        let Self { layout, currency, splitter, .. } = self;
        splitter.split(record);
        if splitter.len() != layout.roles.len() {
            return Outcome::Bad(Bad { reason: Reason::FieldCount, column: None, amount: None });
        }
        let amount = layout.amount.map(|column| (column, currency.parse(splitter.get(column))));
        let readable = amount.and_then(|(_, amount)| amount.ok());
        let bad = |reason, column| Outcome::Bad(Bad { reason, column: Some(column), amount: readable });
        if let Some(column) = layout.id {
            let id = splitter.get(column);
            if id.is_empty() {
                return bad(Reason::NoCustomer, column);
            }
            if std::str::from_utf8(id).is_err() {
                return bad(Reason::IdNotUtf8, column);
            }
            if is_exponent(id) {
                return bad(Reason::IdExponent, column);
            }
        }
        let day: Option<(usize, Result<Day, DayProblem>)> =
            layout.date.map(|column| (column, Day::parse(splitter.get(column))));
        if let Some((column, Err(problem))) = day {
            return bad(Reason::Date(problem), column);
        }
        if let Some((column, Err(problem))) = amount {
            return bad(Reason::Amount(problem), column);
        }
        for (column, role) in layout.roles.iter().enumerate() {
            if matches!(role, Role::Text(_)) && std::str::from_utf8(splitter.get(column)).is_err() {
                return bad(Reason::TextNotUtf8, column);
            }
        }
        for (column, role) in layout.roles.iter().enumerate() {
            match role {
                Role::Id => batch.ids.push(splitter.get(column)),
                Role::Text(number) => batch.texts[*number].push(splitter.get(column)),
                Role::Skip | Role::Date | Role::Amount => {}
            }
        }
        for number in &layout.absent {
            batch.texts[*number].push(b"");
        }
        batch.days.extend(day.and_then(|(_, day)| day.ok()));
        batch.amounts.extend(readable);
        batch.lines.push(line);
        Outcome::Used
    }
}

/// Where the field that begins at `start` ends: at the next delimiter or line feed. Most fields are
/// short, and then eight bytes at a time in place are faster than a call.
#[inline]
fn field_end(text: &[u8], start: usize, delimiter: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The lowest byte that is zero has its high bit set; bits above it may be wrong.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut at = start;
    for _ in 0..2 {
        let word = u64::from_le_bytes(*text.get(at..)?.first_chunk::<8>()?);
        let found = zero(word ^ (ONES * u64::from(delimiter))) | zero(word ^ (ONES * u64::from(b'\n')));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    Some(at + memchr2(delimiter, b'\n', text.get(at..)?)?)
}

/// The months of dates seen lately: a log has few, and then a date is a look and two digits.
#[derive(Debug)]
struct Months([Month; 64]);

#[derive(Debug, Clone, Copy)]
struct Month {
    /// `YYYY-MM-` as it is written; zero where no month has been seen.
    written: u64,
    /// The day before its first.
    before: i32,
    length: i32,
}

impl Months {
    fn new() -> Self {
        Self([Month { written: 0, before: 0, length: 0 }; 64])
    }

    /// The day whose text begins at `start`, and where that ends.
    #[inline]
    fn plain_day(&mut self, text: &[u8], start: usize) -> Option<(Day, usize)> {
        let field = text.get(start..)?;
        let iso = field.first_chunk::<10>().filter(|field| field[4] == b'-');
        let Some(field) = iso else {
            let day = Day::parse(field.get(..8)?).ok()?;
            return Some((day, start + 8));
        };
        let [y0, y1, y2, y3, dash, m0, m1, second_dash, d0, d1] = *field;
        let written = u64::from_le_bytes([y0, y1, y2, y3, dash, m0, m1, second_dash]);
        let place = usize::from(y3 & 3) << 4 | usize::from((m0 & 1).wrapping_mul(10).wrapping_add(m1)) & 15;
        let month = &mut self.0[place];
        if month.written != written {
            let first = Day::parse(&[y0, y1, y2, y3, dash, m0, m1, second_dash, b'0', b'1']).ok()?;
            let exists = |day: &i32| {
                let digits = [b'0' + (day / 10) as u8, b'0' + (day % 10) as u8];
                Day::parse(&[y0, y1, y2, y3, dash, m0, m1, second_dash, digits[0], digits[1]]).is_ok()
            };
            let length = (28..=31).rev().find(exists)?;
            *month = Month { written, before: first.0 - 1, length };
        }
        let (tens, ones) = (d0.wrapping_sub(b'0'), d1.wrapping_sub(b'0'));
        if tens > 9 || ones > 9 {
            return None;
        }
        let day = i32::from(tens) * 10 + i32::from(ones);
        (1..=month.length).contains(&day).then_some((Day(month.before + day), start + 10))
    }
}

/// The minor units of an amount of few enough digits, and where it ends.
#[inline]
fn plain_amount(text: &[u8], start: usize, decimals: u8) -> Option<(i64, usize)> {
    let mut at = start;
    let negative = *text.get(at)? == b'-';
    if negative {
        at += 1;
    }
    let digits = at;
    let mut minor = 0_i64;
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
        minor = minor.wrapping_mul(10).wrapping_add(digit.into());
        at += 1;
    }
    let whole = at - digits;
    let mut places = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
            minor = minor.wrapping_mul(10).wrapping_add(digit.into());
            at += 1;
            places += 1;
        }
    }
    // Fifteen digits cannot overflow, whatever the decimals.
    if whole == 0 || whole > 15 || places > decimals {
        return None;
    }
    for _ in places..decimals {
        minor *= 10;
    }
    Some((if negative { -minor } else { minor }, at))
}
