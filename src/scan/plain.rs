//! Plain fields and plain records of a log, read in place.
//!
//! Whatever is not plain is none here, and is read by others who mean the same.

use memchr::memchr2;

use super::batch::Batch;
use super::ends::FieldEnds;
use super::head::{Layout, Role};
use super::records::Looks;
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
    short: ShortAmount,
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
            short: ShortAmount::new(decimals, mark),
            dialect: dialect.clone(),
            months: Months::new(),
            ends: FieldEnds::default(),
            next: FEWEST,
            left: 0,
            pause: 0,
        })
    }

    /// Reads records from `at` on, until one is another or the batch is full; returns where the next one begins and its line.
    pub fn read(
        &mut self,
        text: &[u8],
        mut at: usize,
        mut line: u64,
        looks: Looks,
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
            let (records, bytes, with_mark) = self.read_some(&text[at..], looks, batch, tried);
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
    fn read_some(&mut self, text: &[u8], looks: Looks, batch: &mut Batch, most: usize) -> (usize, usize, u64) {
        let Self { columns, delimiter, decimals, mark, short, .. } = *self;
        let places = self.ends.find(text, delimiter, most * columns);
        let last = columns - 1;
        let ends_line = |place: &u32| text[*place as usize] == b'\n';
        let is_whole = |record: &&[u32]| ends_line(&record[last]) && !record[..last].iter().any(ends_line);
        let whole = places[1..].chunks_exact(columns).take_while(is_whole).count();
        let places = &places[..=whole * columns];
        // Where a field ends without the carriage return of its line.
        let without_return = |column: usize, start: usize, end: usize| {
            end - usize::from(column == last && end > start && text[end - 1] == b'\r')
        };
        // Lines end as the first one does; where another does not, its field is looked at once more without it.
        let returns = places.get(columns).is_some_and(|end| text[..*end as usize].ends_with(b"\r"));
        let other_end = |column, start, end| if returns { end } else { without_return(column, start, end) };
        // Each record's field of a column, from where to where. By steps, of which the compiler makes better code than of chunks.
        let fields = |column: usize| {
            let mut at = column;
            std::iter::from_fn(move || {
                let [before, end] = *places.get(at..)?.first_chunk::<2>()?;
                at += columns;
                let (start, end) = (before.wrapping_add(1) as usize, end as usize);
                Some((start, if returns { without_return(column, start, end) } else { end }))
            })
        };
        let before = batch.days.len();
        let mut records = batch.ids.push_parts(text, fields(self.id), |id| is_plain_id(id, looks));
        // A loop each, since of iterators that end early the compiler makes code of half the speed.
        batch.days.resize(before + records, Day(0));
        for (record, (place, (start, end))) in batch.days[before..].iter_mut().zip(fields(self.date)).enumerate() {
            let iso = text[start..end].try_into().ok().and_then(|field| self.months.iso(field));
            let other = || self.months.plain_day_between(text, start, other_end(self.date, start, end), &self.dialect);
            match iso.or_else(other) {
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
            if let Some(minor) = short.read(text, start, end) {
                *place = minor;
                marked += 1;
                continue;
            }
            match plain_amount_between(text, start, other_end(self.amount, start, end), decimals, mark) {
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

/// Whether an id is ASCII, more than space, and no number with an exponent.
#[inline]
fn is_plain_id(id: &[u8], looks: Looks) -> bool {
    let is_number = || looks.plus && may_have_exponent(id);
    id.first().is_some_and(|first| *first > b' ') && !is_number() && (looks.ascii || id.is_ascii())
}

/// Whether an id may be a number with an exponent, of which a sign near its end tells.
#[inline]
pub(super) fn may_have_exponent(id: &[u8]) -> bool {
    id.last_chunk::<4>().is_some_and(|last| last.contains(&b'+'))
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bits of the bytes that are this one; the lowest is right, bits above it may be wrong.
#[inline]
fn matches(word: u64, byte: u8) -> u64 {
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word & HIGH
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
}

#[derive(Debug, Clone, Copy)]
struct Month {
    /// `YYYY-MM-` as it is written, the first the lowest; zero where no month has been seen.
    written: u64,
    /// The day before its first.
    before: i32,
    length: i32,
}

impl Month {
    /// The month of a date; none where it is none, or of the last year that dates can say, which is one of placeholders.
    #[cold]
    fn of(field: &[u8; 10]) -> Option<Self> {
        let [y0, y1, y2, y3, dash, _, _, other, _, _] = *field;
        if [dash, other] != *b"--" || [y0, y1, y2, y3] == *b"9999" {
            return None;
        }
        let day = |number: u8| {
            let mut date = *field;
            date[8..].copy_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
            Day::parse(&date).ok()
        };
        let length = (28..=31).rev().find(|number| day(*number).is_some())?;
        let written = u64::from_le_bytes(*field.first_chunk()?);
        Some(Self { written, before: day(1)?.0 - 1, length: length.into() })
    }
}

impl Months {
    pub fn new() -> Self {
        Self { months: [Month { written: 0, before: 0, length: 0 }; 64] }
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
    #[cold]
    fn plain_day_between(&mut self, text: &[u8], start: usize, end: usize, dialect: &Dialect) -> Option<Day> {
        let ((day, form), found) = self.plain_day(text, start, dialect)?;
        (form == PlainForm::Clear && found == end).then_some(day)
    }

    #[inline(always)]
    fn iso(&mut self, field: &[u8; 10]) -> Option<Day> {
        let written = u64::from_le_bytes(*field.first_chunk()?);
        let of_month = u16::from_le_bytes(*field.last_chunk()?);
        // The last two bits of the year and the number of the month, all at once.
        const LAST_OF_YEAR_AND_MONTH: u64 = 0x000F_0100_0300_0000;
        const PLACE: u64 = 1 << 28 | 10 << 8 | 1;
        let place = ((written & LAST_OF_YEAR_AND_MONTH) >> 24).wrapping_mul(PLACE) >> 24 & 63;
        let month = &mut self.months[place as usize];
        if month.written != written {
            *month = Month::of(field)?;
        }
        let digits = u32::from(of_month).wrapping_sub(0x3030);
        let (tens, ones) = (digits & 0xFF, digits >> 8);
        let day = (tens * 10 + ones) as i32;
        (ones <= 9 && (1..=month.length).contains(&day)).then_some(Day(month.before + day))
    }
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

/// Where the mark of an amount with two decimals is, of eight bytes that end with it.
const MARK: u64 = 0xFF << 40;

/// The minor units of an amount as in `12345.67`, all at once: of its eight bytes as digits, zeros where there are fewer, and for
/// its mark.
#[inline(always)]
fn short_amount(digits: u64) -> i64 {
    // Two digits to one number in every second byte, then four, then all; what is before the mark counts a tenth.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let upper = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(10 + (100_000 << 32));
    let lower = (pairs >> 16 & 0x0000_00FF_0000_00FF).wrapping_mul(1 + (1_000 << 32));
    (upper.wrapping_add(lower) >> 32) as i64
}

/// What most amounts are in a currency of two decimals: one to five digits, the mark and two more.
#[derive(Debug, Clone, Copy)]
struct ShortAmount {
    /// What each of the last eight bytes is compared with: `0`, or the mark.
    zero: u64,
    /// How many lengths there are: none where the currency or the mark makes others of them.
    lengths: usize,
}

impl ShortAmount {
    fn new(decimals: u8, mark: Option<u8>) -> Self {
        let zero = |mark: u8| (ONES * u64::from(b'0')) & !MARK | u64::from(mark) << 40;
        match mark.filter(|_| decimals == 2) {
            Some(mark) => Self { zero: zero(mark), lengths: 5 },
            None => Self { zero: 0, lengths: 0 },
        }
    }

    /// The minor units of a field; none where it is another amount, or none.
    #[inline(always)]
    fn read(self, text: &[u8], start: usize, end: usize) -> Option<i64> {
        const BEYOND_DIGIT: u64 = (ONES * (0x7F - 9)) & !MARK | 0x7F << 40;
        let length = end - start;
        if length.wrapping_sub(4) >= self.lengths {
            return None;
        }
        let digits = u64::from_le_bytes(*text[..end].last_chunk()?) ^ self.zero;
        let inside = u64::MAX << (64 - 8 * length);
        let others = ((digits & (ONES * 0x7F)) + BEYOND_DIGIT) | digits;
        (others & inside & HIGH == 0).then(|| short_amount(digits & inside))
    }
}

/// The minor units of an amount that is a whole field.
#[cold]
fn plain_amount_between(text: &[u8], start: usize, end: usize, decimals: u8, mark: Option<u8>) -> Option<PlainAmount> {
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
            let digits = digits << (64 - 8 * length) & !MARK;
            return Some(PlainAmount { minor: short_amount(digits), end: start + length, marked: true });
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
