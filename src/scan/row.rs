//! What one record means: the fast reading of a plain one, and the careful reading of any.
//!
//! Both give the same values; the fast one gives up on anything that is not plain, and then the
//! careful one says what it is.

use memchr::{memchr, memchr2};

use super::batch::{Batch, Holds};
use super::head::{Layout, Role};
use super::reason::{CurrencyProblem, Reason, is_exponent};
use super::records::{Splitter, Syntax, trim_line_end};
use crate::dialect::{DateFormat, Decimal, Dialect, Encoding, Evidence, Marks, currency_beside};
use crate::exchange::Exchange;
use crate::money::{AmountProblem, Currency};
use crate::time::{Day, DayProblem};

/// Reads rows of one file into a batch.
pub(super) struct RowReader<'a> {
    layout: &'a Layout,
    currency: &'a Currency,
    exchange: Option<&'a Exchange>,
    /// The currency of the factors of an amount.
    finer: Currency,
    splitter: Splitter,
    /// Where the text columns of the row stand, reused.
    spans: Vec<(usize, usize)>,
    months: Months,
    /// What the values tell about how they are written.
    pub evidence: Evidence,
    /// What was converted from each currency, by its place.
    pub converted: Vec<Converted>,
    /// Whether the code expected has been seen.
    code_seen: bool,
}

/// Rows in one currency, with their amounts there and in the currency of the report, in minor units of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Converted {
    pub rows: u64,
    pub original: i128,
    pub amount: i128,
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
    pub fn new(layout: &'a Layout, currency: &'a Currency, exchange: Option<&'a Exchange>) -> Self {
        Self {
            layout,
            currency,
            exchange,
            finer: currency.of_factors(),
            splitter: Splitter::new(layout.syntax),
            spans: vec![(0, 0); layout.texts()],
            months: Months::new(),
            evidence: Evidence::default(),
            converted: vec![Converted::default(); exchange.map_or(0, |exchange| exchange.currencies().len())],
            code_seen: false,
        }
    }

    /// Reads the plain record that begins at `start` and returns where the next one does; `None`
    /// where anything about it is not plain, and then nothing has been added.
    ///
    /// `ascii` says that the whole text is, which spares checking it for UTF-8 field by field.
    #[inline]
    pub fn fast(&mut self, text: &[u8], start: usize, ascii: bool, line: u64, batch: &mut Batch) -> Option<usize> {
        let Layout { syntax: Syntax { delimiter, quote }, ref dialect, ref roles, .. } = *self.layout;
        if !self.layout.copies.is_empty() {
            return None;
        }
        let last = roles.len() - 1;
        // Texts beyond ASCII, which tell the encoding.
        let mut beyond = 0;
        let mut plain = |field: &[u8]| {
            let own = ascii || field.is_ascii();
            beyond += u64::from(!own);
            own || (dialect.encoding == Encoding::Utf8 && std::str::from_utf8(field).is_ok())
        };
        let (mut id, mut day, mut amount, mut factor) = (None, None, None, None);
        let (mut points, mut commas) = (0, 0);
        let mut at = start;
        for (number, role) in roles.iter().enumerate() {
            // Inside quotes, which stand at the beginning and the end of a field alone.
            let quoted = quote.filter(|quote| text.get(at) == Some(quote));
            at += usize::from(quoted.is_some());
            let mut end = match role {
                Role::Date => {
                    let (found, end) = self.months.plain_day(text, at, dialect)?;
                    day = Some(found);
                    end
                }
                Role::Amount | Role::Factor => {
                    // Outside quotes a decimal comma cannot also be the delimiter.
                    let mark = dialect.decimal.byte();
                    let mark = Some(mark).filter(|mark| quoted.is_some() || *mark != delimiter);
                    let found = plain_amount(text, at, self.currency.decimals(), mark)?;
                    let end = found.end;
                    *(if *role == Role::Amount { &mut amount } else { &mut factor }) = Some(found);
                    end
                }
                Role::Skip | Role::Id | Role::Currency | Role::Text(..) => {
                    let end = match quoted {
                        Some(quote) => {
                            let end = at + memchr(quote, &text[at..])?;
                            // A record of several lines counts more than one.
                            if memchr(b'\n', &text[at..end]).is_some() {
                                return None;
                            }
                            end
                        }
                        None => {
                            let end = field_end(text, at, delimiter)?;
                            let line_end = number == last && end > at && text[end] == b'\n' && text[end - 1] == b'\r';
                            end - usize::from(line_end)
                        }
                    };
                    match role {
                        Role::Id => {
                            let field = &text[at..end];
                            // A sign near the end may be the exponent of a spoilt id.
                            let spoilt = field.len() >= 4 && field[field.len() - 4..].contains(&b'+');
                            if field.is_empty() || spoilt || !plain(field) || may_be_blank(field) {
                                return None;
                            }
                            id = Some((at, end));
                        }
                        Role::Text(text_number, holds) => {
                            let field = &text[at..end];
                            // A currency beside money is for the careful reading.
                            let priced =
                                *holds == Holds::Money && !field.iter().all(|byte| b"0123456789.,-".contains(byte));
                            if priced || !plain(field) {
                                return None;
                            }
                            if *holds != Holds::Text {
                                match Marks::of(field) {
                                    Some(Marks::Point) => points += 1,
                                    Some(Marks::Comma) => commas += 1,
                                    Some(Marks::Either) => return None,
                                    Some(Marks::Silent) | None => {}
                                }
                            }
                            self.spans[*text_number] = (at, end);
                        }
                        // Any other currency is for the careful reading.
                        Role::Currency => {
                            let code = self.layout.code.as_ref()?;
                            if !text[at..end].eq_ignore_ascii_case(code.as_bytes()) {
                                return None;
                            }
                        }
                        _ => {}
                    }
                    end
                }
            };
            if let Some(quote) = quoted {
                if text.get(end) != Some(&quote) {
                    return None;
                }
                end += 1;
            }
            at = match (text.get(end)?, number == last) {
                (byte, false) if *byte == delimiter => end + 1,
                (b'\n', true) => end + 1,
                (b'\r', true) if text.get(end + 1) == Some(&b'\n') => end + 2,
                _ => return None,
            };
        }
        let minor = match (&amount, &factor) {
            (Some(amount), Some(factor)) => {
                Some(self.currency.product(amount.minor, factor.minor, self.currency.decimals()).ok()?)
            }
            (amount, _) => amount.as_ref().map(|amount| amount.minor),
        };
        if let Some((from, to)) = id {
            batch.ids.push(&text[from..to]);
        }
        self.evidence.utf8 += beyond;
        self.evidence.point += points;
        self.evidence.comma += commas;
        if !self.code_seen && self.layout.currency.is_some() {
            self.code_seen = true;
            self.evidence.see_currency(self.layout.code.as_deref().unwrap_or_default().as_bytes(), line);
        }
        if let Some((day, form)) = day {
            batch.days.push(day);
            match form {
                PlainForm::Clear => self.evidence.clear += 1,
                PlainForm::DayFirst => self.evidence.day_first += 1,
                PlainForm::MonthFirst => self.evidence.month_first += 1,
            }
        }
        batch.amounts.extend(minor);
        for written in [amount, factor].into_iter().flatten() {
            let marked =
                if dialect.decimal.byte() == b'.' { &mut self.evidence.point } else { &mut self.evidence.comma };
            *marked += u64::from(written.marked);
        }
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
        let Self { layout, currency, finer, exchange, splitter, evidence, converted, .. } = self;
        let Dialect { decimal, dates, zone, encoding } = &layout.dialect;
        splitter.split(record);
        if splitter.len() != layout.roles.len() {
            return Outcome::Bad(Bad { reason: Reason::FieldCount, column: None, amount: None });
        }
        let field = |column: usize| encoding.decode(splitter.get(column));
        for (column, role) in layout.roles.iter().enumerate().filter(|(_, role)| **role != Role::Skip) {
            let bytes = splitter.get(column);
            evidence.see_text(bytes);
            // Evidence must not depend on how the file is read, so it has the encoding that makes a text.
            let text = Encoding::Utf8.decode(bytes).or_else(|| Encoding::Windows1252.decode(bytes)).unwrap_or_default();
            match role {
                Role::Amount | Role::Factor => evidence.see_amount(&text, line),
                Role::Date => evidence.see_date(&text, line),
                Role::Currency => evidence.see_currency(&text, line),
                Role::Text(_, Holds::Quantities) => evidence.see_quantity(&text, line, Some(column)),
                Role::Text(_, Holds::Money) => evidence.see_money(&text, line, Some(column)),
                Role::Skip | Role::Id | Role::Text(_, Holds::Text) => {}
            }
        }
        let product = |one: usize, other: usize| {
            let read = |column: usize| match field(column).ok_or(AmountProblem::Form) {
                Ok(text) => decimal.amount(&text, finer).map_err(|problem| (column, Reason::Amount(problem))),
                Err(problem) => Err((column, Reason::Amount(problem))),
            };
            let (first, second) = (read(one)?, read(other)?);
            let product = currency.product(first, second, finer.decimals());
            product.map(Some).map_err(|problem| (one, Reason::Amount(problem)))
        };
        let day = layout.date.map(|column| {
            (column, field(column).map_or(Err(DayProblem::Form), |text| dates.day(&text, zone.as_ref())))
        });
        let amount = layout.amount.map(|column| match (exchange, field(column)) {
            _ if layout.factor.is_some() => product(column, layout.factor.unwrap_or(column)),
            (_, None) => Err((column, Reason::Amount(AmountProblem::Form))),
            (None, Some(text)) => {
                decimal.amount(&text, currency).map(Some).map_err(|problem| (column, Reason::Amount(problem)))
            }
            (Some(exchange), Some(text)) => {
                let named = layout.currency.map(|column| (column, field(column).unwrap_or_default()));
                let named = named.as_ref().map(|(column, text)| (*column, &**text));
                let foreign = Foreign { exchange, own: currency, decimal: *decimal };
                let day = day.and_then(|(_, day)| day.ok());
                foreign.amount((column, &text), named, day, converted)
            }
        });
        let readable = amount.and_then(|amount| amount.ok().flatten());
        let bad = |reason, column| Outcome::Bad(Bad { reason, column: Some(column), amount: readable });
        if let Some(column) = layout.id {
            match field(column) {
                None => return bad(Reason::IdNotUtf8, column),
                Some(id) if std::str::from_utf8(&id).is_ok_and(|id| id.trim().is_empty()) => {
                    return bad(Reason::NoCustomer, column);
                }
                Some(id) if is_exponent(&id) => return bad(Reason::IdExponent, column),
                Some(_) => {}
            }
        }
        if let Some((column, Err(problem))) = day {
            return bad(Reason::Date(problem), column);
        }
        if let Some(Err((column, reason))) = amount {
            return bad(reason, column);
        }
        let unreadable = |(column, role): &(usize, &Role)| matches!(role, Role::Text(..)) && field(*column).is_none();
        if let Some((column, _)) = layout.roles.iter().enumerate().find(unreadable) {
            return bad(Reason::TextNotUtf8, column);
        }
        for (column, role) in layout.roles.iter().enumerate() {
            match role {
                Role::Id => batch.ids.push(&field(column).unwrap_or_default()),
                Role::Text(number, _) => batch.texts[*number].push(&field(column).unwrap_or_default()),
                Role::Skip | Role::Date | Role::Amount | Role::Factor | Role::Currency => {}
            }
        }
        for (column, number) in &layout.copies {
            batch.texts[*number].push(&field(*column).unwrap_or_default());
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

/// Amounts that may be in another currency than the report's.
struct Foreign<'a> {
    exchange: &'a Exchange,
    own: &'a Currency,
    decimal: Decimal,
}

impl Foreign<'_> {
    /// An amount in the currency of the report, and counted where it is; nothing without a day, which has no rate. `named` is
    /// what the column of the currency says.
    fn amount(
        &self,
        (column, text): (usize, &[u8]),
        named: Option<(usize, &[u8])>,
        day: Option<Day>,
        converted: &mut [Converted],
    ) -> Result<Option<i64>, (usize, Reason)> {
        let place = self.place((column, currency_beside(text)), named)?;
        let of_amount = |problem| (column, Reason::Amount(problem));
        let original = self.decimal.amount(text, &self.exchange.currencies()[place as usize]).map_err(of_amount)?;
        let Some(day) = day else { return Ok(None) };
        let amount = self.exchange.checked(original, place, day).ok_or(of_amount(AmountProblem::TooLarge))?;
        let of_currency = &mut converted[place as usize];
        of_currency.rows += 1;
        of_currency.original += i128::from(original);
        of_currency.amount += i128::from(amount);
        Ok(Some(amount))
    }

    /// The place of the currency of an amount.
    fn place(&self, (column, beside): (usize, &str), named: Option<(usize, &[u8])>) -> Result<u16, (usize, Reason)> {
        let refused = |column, problem| (column, Reason::Currency(problem));
        let known = |column, written| self.exchange.place(written).ok_or(refused(column, CurrencyProblem::NoRate));
        let named = named.map(|(column, text)| (column, std::str::from_utf8(text).unwrap_or("\u{FFFD}").trim()));
        match (named, beside) {
            (Some((named_in, "")), "") => Err(refused(named_in, CurrencyProblem::Empty)),
            (None, "") => known(column, self.own.code().unwrap_or_default()),
            (Some((_, "")) | None, beside) => known(column, beside),
            (Some((named_in, named)), beside) => {
                let place = known(named_in, named)?;
                let code = self.exchange.currencies()[place as usize].code().unwrap_or_default();
                match beside.is_empty() || Currency::is_written(code, beside) {
                    true => Ok(place),
                    false => Err(refused(column, CurrencyProblem::Contradicts)),
                }
            }
        }
    }
}

/// Whether an id may be nothing but space, which is none.
#[inline]
fn may_be_blank(id: &[u8]) -> bool {
    id[0] <= b' ' || (id[0] >= 0x80 && String::from_utf8_lossy(id).trim().is_empty())
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

    /// The day whose text begins at `start`, what its form tells, and where it ends.
    #[inline]
    fn plain_day(&mut self, text: &[u8], start: usize, dialect: &Dialect) -> Option<((Day, PlainForm), usize)> {
        let field = text.get(start..)?;
        let (day, length) = match (field.first_chunk::<10>(), &dialect.dates) {
            (Some(field), DateFormat::Iso | DateFormat::DayFirst | DateFormat::MonthFirst) if field[4] == b'-' => {
                ((self.iso(field)?, PlainForm::Clear), 10)
            }
            (Some(field), DateFormat::DayFirst) => (ordered(field, true)?, 10),
            (Some(field), DateFormat::MonthFirst) => (ordered(field, false)?, 10),
            (_, DateFormat::Iso) => ((Day::parse(field.get(..8)?).ok()?, PlainForm::Clear), 8),
            _ => return None,
        };
        // A time of day decides nothing, unless an instant has to be put into a calendar.
        let end = match field.get(length) {
            Some(b'T' | b' ') if length == 10 => start + length + plain_time(&field[length + 1..], dialect)? + 1,
            _ => start + length,
        };
        Some((day, end))
    }

    #[inline]
    fn iso(&mut self, field: &[u8; 10]) -> Option<Day> {
        let [y0, y1, y2, y3, dash, m0, m1, second_dash, d0, d1] = *field;
        let written = u64::from_le_bytes([y0, y1, y2, y3, dash, m0, m1, second_dash]);
        let place = usize::from(y3 & 3) << 4 | usize::from((m0 & 1).wrapping_mul(10).wrapping_add(m1)) & 15;
        let month = &mut self.0[place];
        if month.written != written {
            // The last year that dates can say is one of placeholders.
            if second_dash != b'-' || [y0, y1, y2, y3] == *b"9999" {
                return None;
            }
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
        (1..=month.length).contains(&day).then_some(Day(month.before + day))
    }
}

/// What the form of a plain date tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlainForm {
    Clear,
    DayFirst,
    MonthFirst,
}

/// A day as in `31.03.2024` or `03/31/2024`, if only one order makes a day of it.
#[inline]
fn ordered(field: &[u8; 10], day_first: bool) -> Option<(Day, PlainForm)> {
    let [a, b, mark, c, d, same, year @ ..] = *field;
    if mark != same || !matches!(mark, b'.' | b'/' | b'-') || year == *b"9999" {
        return None;
    }
    let digits = [a, b, c, d, year[0], year[1], year[2], year[3]].map(|byte| byte.wrapping_sub(b'0'));
    if digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + i32::from(*digit));
    let (first, second, year) = (number(&digits[..2]), number(&digits[2..4]), number(&digits[4..]));
    let dots = mark == b'.';
    let form = match (first, second) {
        // Which of both it is, is for the careful reading to note.
        (1..=12, 1..=12) if !dots => return None,
        _ if dots || first > 12 => PlainForm::DayFirst,
        _ => PlainForm::MonthFirst,
    };
    let day = match (form, day_first) {
        (PlainForm::DayFirst, true) => Day::from_parts(year, second, first)?,
        (PlainForm::MonthFirst, false) => Day::from_parts(year, first, second)?,
        _ => return None,
    };
    Some((day, form))
}

/// How long a time of day as in `08:26`, `08:26:00` or `08:26:00.123Z` is; none where it is of another form, or has an
/// offset that decides on the day.
#[inline]
fn plain_time(text: &[u8], dialect: &Dialect) -> Option<usize> {
    let two = |at: usize, most: u8| {
        let [tens, ones] = *text.get(at..)?.first_chunk::<2>()?;
        (tens.is_ascii_digit() && ones.is_ascii_digit() && (tens - b'0') * 10 + (ones - b'0') <= most).then_some(())
    };
    two(0, 23)?;
    (text.get(2)? == &b':').then_some(())?;
    two(3, 59)?;
    let mut end = 5;
    if text.get(end) == Some(&b':') {
        two(6, 59)?;
        end = 8;
        if text.get(end) == Some(&b'.') {
            let fraction = text[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            end += 1 + fraction;
            (fraction > 0).then_some(())?;
        }
    }
    if dialect.zone.is_none() && text.get(end) == Some(&b'Z') {
        end += 1;
    }
    Some(end)
}

/// A plain amount in a record.
struct PlainAmount {
    minor: i64,
    end: usize,
    /// Whether it has decimals, and so tells what stands before them.
    marked: bool,
}

/// The minor units of an amount of few enough digits, and where it ends.
#[inline]
fn plain_amount(text: &[u8], start: usize, decimals: u8, mark: Option<u8>) -> Option<PlainAmount> {
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
    let marked = mark.is_some() && text.get(at).copied() == mark;
    if marked {
        at += 1;
        while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
            minor = minor.wrapping_mul(10).wrapping_add(digit.into());
            at += 1;
            places += 1;
        }
    }
    // Fifteen digits cannot overflow, whatever the decimals; three places may be a group of digits.
    if whole == 0 || whole > 15 || places > decimals || places >= 3 {
        return None;
    }
    for _ in places..decimals {
        minor *= 10;
    }
    Some(PlainAmount { minor: if negative { -minor } else { minor }, end: at, marked })
}
