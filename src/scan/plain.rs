//! Plain fields and plain records of a log, read in place.
//!
//! Whatever is not plain is none here, and is read by others who mean the same.

use memchr::memchr2;

use super::batch::Batch;
use super::ends::FieldEnds;
use super::head::{Layout, Role};
use crate::dialect::{DateFormat, Dialect, Evidence};
use crate::time::Day;

/// Records of a log of transactions that have nothing but an id, an ISO date, an amount and columns that are skipped, without
/// quotes: what most logs consist of. Many are read at a time and column by column, so that what comes of one record does not
/// wait for the one before.
#[derive(Debug)]
pub(super) struct PlainRecords {
    columns: usize,
    id: usize,
    date: usize,
    amount: usize,
    delimiter: u8,
    decimals: u8,
    /// The decimal mark; none where it is also the delimiter.
    mark: Option<u8>,
    dialect: Dialect,
    months: Months,
    ends: FieldEnds,
    /// How many records are tried next: few behind one that is not plain, since what is found beyond it is found again.
    next: usize,
    /// How many records are left to others before one is tried again, and how many the last time: where hardly any is plain, more
    /// and more.
    left: usize,
    pause: usize,
}

/// How many records are tried at least, and how many are left to others at most.
const FEWEST: usize = 8;
const LONGEST_PAUSE: usize = 255;

impl PlainRecords {
    /// What reads such records; none where the columns of the log ask for more.
    pub fn new(layout: &Layout, decimals: u8) -> Option<Self> {
        let Layout { syntax, dialect, roles, .. } = layout;
        let alone = layout.copies.is_empty() && layout.absent.is_empty() && layout.exclusions.is_empty();
        let alone = alone && dialect.dates == DateFormat::Iso;
        let only = roles.iter().all(|role| matches!(role, Role::Skip | Role::Id | Role::Date | Role::Amount));
        let (id, date, amount) = (layout.id?, layout.date?, layout.amount?);
        // Behind an id there must not be what belongs to the line end.
        let plain = alone && only && id < roles.len() - 1;
        let mark = Some(dialect.decimal.byte()).filter(|mark| *mark != syntax.delimiter);
        plain.then(|| Self {
            columns: roles.len(),
            id,
            date,
            amount,
            delimiter: syntax.delimiter,
            decimals,
            mark,
            dialect: dialect.clone(),
            months: Months::new(),
            ends: FieldEnds::default(),
            next: FEWEST,
            left: 0,
            pause: 0,
        })
    }

    /// Reads records from `at` on, until one is another or the batch is full; returns where the next one begins and its line.
    /// `ascii` says that the whole text is.
    pub fn read(
        &mut self,
        text: &[u8],
        mut at: usize,
        mut line: u64,
        ascii: bool,
        (batch, most): (&mut Batch, usize),
        evidence: &mut Evidence,
    ) -> (usize, u64) {
        if self.left > 0 {
            self.left -= 1;
            return (at, line);
        }
        let (before, mut marked) = (batch.len(), 0);
        while batch.len() < most && at < text.len() {
            let tried = self.next.min(most - batch.len());
            let (records, bytes, with_mark) = self.read_some(&text[at..], ascii, batch, tried);
            batch.lines.extend(line..line + records as u64);
            at += bytes;
            line += records as u64;
            marked += with_mark;
            self.next = (2 * records).max(FEWEST);
            if records < tried {
                break;
            }
        }
        self.pause = if batch.len() == before { (2 * self.pause + 1).min(LONGEST_PAUSE) } else { 0 };
        self.left = self.pause;
        evidence.clear += (batch.len() - before) as u64;
        *(if self.mark == Some(b'.') { &mut evidence.point } else { &mut evidence.comma }) += marked;
        (at, line)
    }

    /// Adds the plain records that the text begins with, up to so many; returns how many, their bytes, and how many of their
    /// amounts have a decimal mark.
    fn read_some(&mut self, text: &[u8], ascii: bool, batch: &mut Batch, most: usize) -> (usize, usize, u64) {
        let Self { columns, delimiter, decimals, mark, .. } = *self;
        let places = self.ends.find(text, delimiter, most * columns);
        let last = columns - 1;
        let ends_line = |place: &u32| text[*place as usize] == b'\n';
        let is_whole = |record: &&[u32]| ends_line(&record[last]) && !record[..last].iter().any(ends_line);
        let whole = places[1..].chunks_exact(columns).take_while(is_whole).count();
        // Each record's field of a column, from where to where.
        let fields = |column: usize| {
            // What is left of the text may have fewer ends than a record has.
            places.get(column..).unwrap_or_default().chunks(columns).map(move |place| {
                let (start, end) = (place[0].wrapping_add(1) as usize, place[1] as usize);
                let line_end = column == last && end > start && text[end - 1] == b'\r';
                (start, end - usize::from(line_end))
            })
        };
        let before = batch.days.len();
        let mut records = batch.ids.push_parts(text, fields(self.id).take(whole), |id| is_plain_id(id, ascii));
        // A loop each, since of iterators that end early the compiler makes code of half the speed.
        batch.days.resize(before + records, Day(0));
        for (record, (place, (start, end))) in batch.days[before..].iter_mut().zip(fields(self.date)).enumerate() {
            match self.months.plain_day_between(text, start, end, &self.dialect) {
                Some(day) => *place = day,
                None => {
                    records = record;
                    break;
                }
            }
        }
        let mut marked = 0;
        batch.amounts.resize(before + records, 0);
        for (record, (place, (start, end))) in batch.amounts[before..].iter_mut().zip(fields(self.amount)).enumerate() {
            match plain_amount_between(text, start, end, decimals, mark) {
                Some(amount) => {
                    *place = amount.minor;
                    marked += u64::from(amount.marked);
                }
                None => {
                    records = record;
                    break;
                }
            }
        }
        batch.amounts.truncate(before + records);
        batch.days.truncate(before + records);
        batch.ids.truncate(before + records);
        (records, places[records * columns].wrapping_add(1) as usize, marked)
    }
}

/// Whether an id is ASCII, more than space, and no number with an exponent, of which a sign near its end may tell; `ascii` says
/// that it is.
#[inline]
fn is_plain_id(id: &[u8], ascii: bool) -> bool {
    let Some(first) = id.first() else { return false };
    let sign = match id.last_chunk::<4>() {
        Some(last) => has_byte(u64::from(u32::from_le_bytes(*last)), b'+'),
        None => false,
    };
    *first > b' ' && !sign && (ascii || id.is_ascii())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bits of the bytes that are this one; the lowest is right, bits above it may be wrong.
#[inline]
fn matches(word: u64, byte: u8) -> u64 {
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word & HIGH
}

#[inline]
fn has_byte(word: u64, byte: u8) -> bool {
    matches(word, byte) != 0
}

/// Whether an id may be nothing but space, which is none.
#[inline]
pub(super) fn may_be_blank(id: &[u8]) -> bool {
    id[0] <= b' ' || (id[0] >= 0x80 && String::from_utf8_lossy(id).trim().is_empty())
}

/// Where the field that begins at `start` ends: at the next delimiter or line feed. Most fields are
/// short, and then eight bytes at a time in place are faster than a call.
#[inline]
pub(super) fn field_end(text: &[u8], start: usize, delimiter: u8) -> Option<usize> {
    let mut at = start;
    for _ in 0..2 {
        let word = u64::from_le_bytes(*text.get(at..)?.first_chunk::<8>()?);
        let found = matches(word, delimiter) | matches(word, b'\n');
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    Some(at + memchr2(delimiter, b'\n', text.get(at..)?)?)
}

/// The months of dates seen lately: a log has few, and then a date is a look and two digits.
#[derive(Debug)]
pub(super) struct Months {
    months: [Month; 64],
    /// The date before, as it is written and what it says: in a log in date order the next one is the same.
    last: (u64, u16, Day),
}

#[derive(Debug, Clone, Copy)]
struct Month {
    /// `YYYY-MM-` as it is written; zero where no month has been seen.
    written: u64,
    /// The day before its first.
    before: i32,
    length: i32,
}

impl Month {
    /// The month of a date; none where it is none, or of the last year that dates can say, which is one of placeholders.
    #[cold]
    fn of(field: &[u8; 10]) -> Option<Self> {
        let [y0, y1, y2, y3, _, _, _, dash, _, _] = *field;
        if dash != b'-' || [y0, y1, y2, y3] == *b"9999" {
            return None;
        }
        let day = |number: u8| {
            let mut date = *field;
            date[8..].copy_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
            Day::parse(&date).ok()
        };
        let length = (28..=31).rev().find(|number| day(*number).is_some())?;
        Some(Self { written: written(field), before: day(1)?.0 - 1, length: length.into() })
    }
}

impl Months {
    pub fn new() -> Self {
        Self { months: [Month { written: 0, before: 0, length: 0 }; 64], last: (0, 0, Day(0)) }
    }

    /// The day whose text begins at `start`, what its form tells, and where it ends.
    #[inline]
    pub fn plain_day(&mut self, text: &[u8], start: usize, dialect: &Dialect) -> Option<((Day, PlainForm), usize)> {
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

    /// The day of a whole field, where it is clear.
    #[inline(always)]
    fn plain_day_between(&mut self, text: &[u8], start: usize, end: usize, dialect: &Dialect) -> Option<Day> {
        if let (10, Some(field)) = (end - start, text[start..].first_chunk::<10>())
            && field[4] == b'-'
        {
            return self.iso(field);
        }
        let ((day, form), found) = self.plain_day(text, start, dialect)?;
        (form == PlainForm::Clear && found == end).then_some(day)
    }

    #[inline(always)]
    fn iso(&mut self, field: &[u8; 10]) -> Option<Day> {
        let [_, _, _, y3, _, m0, m1, _, d0, d1] = *field;
        let (written, of_month) = (written(field), of_month(field));
        if (written, of_month) == (self.last.0, self.last.1) {
            return Some(self.last.2);
        }
        let place = usize::from(y3 & 3) << 4 | usize::from((m0 & 1).wrapping_mul(10).wrapping_add(m1)) & 15;
        if self.months[place].written != written {
            self.months[place] = Month::of(field)?;
        }
        let month = &self.months[place];
        let (tens, ones) = (d0.wrapping_sub(b'0'), d1.wrapping_sub(b'0'));
        if tens > 9 || ones > 9 {
            return None;
        }
        let day = i32::from(tens) * 10 + i32::from(ones);
        let exists = (1..=month.length).contains(&day);
        let day = Day(month.before + day);
        if exists {
            self.last = (written, of_month, day);
        }
        exists.then_some(day)
    }
}

/// `YYYY-MM-` of an ISO date, as it is written.
#[inline(always)]
fn written(field: &[u8; 10]) -> u64 {
    u64::from_le_bytes([field[0], field[1], field[2], field[3], field[4], field[5], field[6], field[7]])
}

/// The day of the month, as it is written.
#[inline(always)]
fn of_month(field: &[u8; 10]) -> u16 {
    u16::from_le_bytes([field[8], field[9]])
}

/// What the form of a plain date tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlainForm {
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
pub(super) struct PlainAmount {
    pub minor: i64,
    pub end: usize,
    /// Whether it has decimals, and so tells what stands before them.
    pub marked: bool,
}

/// Eight bytes as what they are above `0`, and the high bit of each that is no digit.
#[inline(always)]
fn digits(word: u64) -> (u64, u64) {
    let digits = word ^ (ONES * u64::from(b'0'));
    (digits, (((digits & (ONES * 0x7F)) + ONES * (0x7F - 9)) | digits) & HIGH)
}

/// The minor units of an amount as in `1234.56`, all at once: of so many bytes, which are one to four digits, the mark and two
/// decimals.
#[inline(always)]
fn short_amount(digits: u64, length: usize) -> i64 {
    // The digits end where the word does, and zeros stand before them; then what is before the mark takes its place.
    let aligned = digits << (64 - 8 * length);
    let pairs = aligned & 0xFFFF_0000_0000_0000 | (aligned & 0x0000_00FF_FFFF_FFFF) << 8;
    // Two digits to one number in every second byte, then four, then eight.
    let pairs = pairs.wrapping_mul(10).wrapping_add(pairs >> 8);
    let upper = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(100 + (1_000_000 << 32));
    let lower = (pairs >> 16 & 0x0000_00FF_0000_00FF).wrapping_mul(1 + (10_000 << 32));
    (upper.wrapping_add(lower) >> 32) as i64
}

/// The minor units of an amount that is a whole field.
#[inline(always)]
fn plain_amount_between(text: &[u8], start: usize, end: usize, decimals: u8, mark: Option<u8>) -> Option<PlainAmount> {
    let length = end - start;
    if let (2, Some(mark), 4..=7, Some(field)) = (decimals, mark, length, text[start..].first_chunk()) {
        let word = u64::from_le_bytes(*field);
        let (digits, others) = digits(word);
        let before = 8 * (length - 3);
        if others & (u64::MAX >> (64 - 8 * length)) == 0x80 << before && (word >> before) as u8 == mark {
            return Some(PlainAmount { minor: short_amount(digits, length), end, marked: true });
        }
    }
    plain_amount(text, start, decimals, mark).filter(|amount| amount.end == end)
}

/// The minor units of an amount of few enough digits, and where it ends.
#[inline]
pub(super) fn plain_amount(text: &[u8], start: usize, decimals: u8, mark: Option<u8>) -> Option<PlainAmount> {
    // Where the first byte beyond is does not matter to the processor, which otherwise guesses how many digits there are.
    if let (2, Some(mark), Some(field)) = (decimals, mark, text.get(start..)?.first_chunk()) {
        let word = u64::from_le_bytes(*field);
        let (digits, others) = digits(word);
        let whole = (others.trailing_zeros() / 8) as usize;
        let length = ((others & others.wrapping_sub(1)).trailing_zeros() / 8) as usize;
        if whole > 0 && length == whole + 3 && length <= 7 && (word >> (8 * whole)) as u8 == mark {
            return Some(PlainAmount { minor: short_amount(digits, length), end: start + length, marked: true });
        }
    }
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
