//! The values of one column, decoded and written as text that means one thing.

use std::io::Write;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    AsBytes, BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
    Int96, Int96Type,
};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;

use super::damaged;
use crate::money::push_minor_units;
use crate::time::Day;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Texts and truth values.
    Plain,
    Number,
    Unsigned,
    /// Whole numbers of the last of so many decimals.
    Decimal(i32),
    HalfFloat,
    Date,
    /// So many ticks a second since 1970, and whether in universal time or in one that is not said.
    Instant {
        per_second: i64,
        utc: bool,
    },
    /// So many ticks a second since midnight.
    TimeOfDay {
        per_second: i64,
    },
    Uuid,
    /// Months, days and thousandths of seconds.
    Interval,
}

impl Kind {
    pub fn of(column: &ColumnDescriptor) -> Self {
        let per_second = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        };
        match column.logical_type_ref() {
            Some(LogicalType::Decimal(decimal)) => Self::Decimal(decimal.scale),
            Some(LogicalType::Date) => Self::Date,
            Some(LogicalType::Timestamp(instant)) => {
                Self::Instant { per_second: per_second(&instant.unit), utc: instant.is_adjusted_to_u_t_c }
            }
            Some(LogicalType::Time(time)) => Self::TimeOfDay { per_second: per_second(&time.unit) },
            Some(LogicalType::Integer(integer)) if !integer.is_signed => Self::Unsigned,
            Some(LogicalType::Float16) => Self::HalfFloat,
            Some(LogicalType::Uuid) => Self::Uuid,
            Some(_) => Self::of_type(column.physical_type()),
            // Files of before 2018 say it in another way.
            None => match column.converted_type() {
                ConvertedType::DECIMAL => Self::Decimal(column.type_scale()),
                ConvertedType::DATE => Self::Date,
                ConvertedType::TIMESTAMP_MILLIS => Self::Instant { per_second: 1_000, utc: true },
                ConvertedType::TIMESTAMP_MICROS => Self::Instant { per_second: 1_000_000, utc: true },
                ConvertedType::TIME_MILLIS => Self::TimeOfDay { per_second: 1_000 },
                ConvertedType::TIME_MICROS => Self::TimeOfDay { per_second: 1_000_000 },
                ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                    Self::Unsigned
                }
                ConvertedType::INTERVAL => Self::Interval,
                _ => Self::of_type(column.physical_type()),
            },
        }
    }

    fn of_type(physical: Type) -> Self {
        match physical {
            Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE => Self::Number,
            // What other programs have always kept instants in, and nothing else.
            Type::INT96 => Self::Instant { per_second: 1_000_000_000, utc: false },
            Type::BOOLEAN | Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Self::Plain,
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Unsigned | Self::Decimal(_) | Self::HalfFloat)
    }

    pub fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::Instant { .. })
    }
}

/// The values of one column, row by row.
pub(super) trait Column: Send {
    /// Decodes the values of the next rows.
    fn load(&mut self, rows: usize) -> Result<()>;

    /// Passes rows over that have not been decoded.
    fn skip(&mut self, rows: usize) -> Result<()>;

    /// Appends the text of the next value that was decoded; nothing where it is missing.
    fn write_next(&mut self, text: &mut Vec<u8>);
}

/// A column of one type, and how its values are written.
struct Typed<T: DataType, W> {
    reader: ColumnReaderImpl<T>,
    /// The level of a value that is there.
    present: i16,
    levels: Vec<i16>,
    values: Vec<T::T>,
    row: usize,
    value: usize,
    write: W,
}

impl<T: DataType, W: FnMut(&T::T, &mut Vec<u8>) + Send> Column for Typed<T, W>
where
    ColumnReaderImpl<T>: Send,
{
    fn load(&mut self, rows: usize) -> Result<()> {
        self.levels.clear();
        self.values.clear();
        (self.row, self.value) = (0, 0);
        let (records, ..) = self.reader.read_records(rows, Some(&mut self.levels), None, &mut self.values)?;
        let there = match self.present {
            0 => records,
            present if self.levels.len() == records => self.levels.iter().filter(|level| **level == present).count(),
            _ => usize::MAX,
        };
        if records == rows && there == self.values.len() {
            Ok(())
        } else {
            Err(damaged("a column has fewer values than there are rows"))
        }
    }

    fn skip(&mut self, rows: usize) -> Result<()> {
        self.reader.skip_records(rows).map(drop)
    }

    #[inline]
    fn write_next(&mut self, text: &mut Vec<u8>) {
        let there = self.present == 0 || self.levels[self.row] == self.present;
        self.row += 1;
        if there {
            (self.write)(&self.values[self.value], text);
            self.value += 1;
        }
    }
}

/// Reads a column and writes each value as its kind is written.
pub(super) fn column(kind: Kind, description: &ColumnDescriptor, reader: ColumnReader) -> Box<dyn Column> {
    let present = description.max_def_level();
    fn typed<T: DataType>(
        reader: ColumnReaderImpl<T>,
        present: i16,
        write: impl FnMut(&T::T, &mut Vec<u8>) + Send + 'static,
    ) -> Box<dyn Column>
    where
        ColumnReaderImpl<T>: Send,
    {
        Box::new(Typed { reader, present, levels: Vec::new(), values: Vec::new(), row: 0, value: 0, write })
    }
    let mut days = Days::default();
    match (reader, kind) {
        (ColumnReader::BoolColumnReader(reader), _) => typed::<BoolType>(reader, present, |value, text| {
            text.extend_from_slice(if *value { b"true" } else { b"false" })
        }),
        (ColumnReader::Int32ColumnReader(reader), Kind::Unsigned) => {
            typed::<Int32Type>(reader, present, |value, text| write_integer(*value as u32, text))
        }
        (ColumnReader::Int32ColumnReader(reader), Kind::Date) => {
            typed::<Int32Type>(reader, present, move |value, text| days.write((*value).into(), text))
        }
        (ColumnReader::Int32ColumnReader(reader), Kind::Decimal(scale)) => {
            typed::<Int32Type>(reader, present, move |value, text| write_decimal((*value).into(), scale, text))
        }
        (ColumnReader::Int32ColumnReader(reader), Kind::TimeOfDay { per_second }) => {
            typed::<Int32Type>(reader, present, move |value, text| write_time((*value).into(), per_second, text))
        }
        (ColumnReader::Int32ColumnReader(reader), _) => {
            typed::<Int32Type>(reader, present, |value, text| write_integer(*value, text))
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Unsigned) => {
            typed::<Int64Type>(reader, present, |value, text| write_integer(*value as u64, text))
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Decimal(scale)) => {
            typed::<Int64Type>(reader, present, move |value, text| write_decimal((*value).into(), scale, text))
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Instant { per_second, utc }) => {
            typed::<Int64Type>(reader, present, move |value, text| days.write_instant(*value, per_second, utc, text))
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::TimeOfDay { per_second }) => {
            typed::<Int64Type>(reader, present, move |value, text| write_time(*value, per_second, text))
        }
        (ColumnReader::Int64ColumnReader(reader), _) => {
            typed::<Int64Type>(reader, present, |value, text| write_integer(*value, text))
        }
        (ColumnReader::Int96ColumnReader(reader), _) => {
            typed::<Int96Type>(reader, present, move |value: &Int96, text| {
                days.write_instant(value.to_nanos(), 1_000_000_000, false, text);
            })
        }
        (ColumnReader::FloatColumnReader(reader), _) => typed::<FloatType>(reader, present, write_float),
        (ColumnReader::DoubleColumnReader(reader), _) => typed::<DoubleType>(reader, present, write_double),
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Decimal(scale)) => {
            typed::<ByteArrayType>(reader, present, move |value, text| write_long(value.data(), scale, text))
        }
        (ColumnReader::ByteArrayColumnReader(reader), _) => {
            typed::<ByteArrayType>(reader, present, |value, text| write_text(value.data(), text))
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Kind::Decimal(scale)) => {
            typed::<FixedLenByteArrayType>(reader, present, move |value, text| {
                write_long(value.as_bytes(), scale, text)
            })
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Kind::Uuid) => {
            typed::<FixedLenByteArrayType>(reader, present, |value, text| write_uuid(value.as_bytes(), text))
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Kind::Interval) => {
            typed::<FixedLenByteArrayType>(reader, present, |value, text| write_interval(value.as_bytes(), text))
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Kind::HalfFloat) => {
            typed::<FixedLenByteArrayType>(reader, present, |value, text| match *value.as_bytes() {
                [low, high] => write_float(&half_float(u16::from_le_bytes([low, high])), text),
                _ => write_text(value.as_bytes(), text),
            })
        }
        (ColumnReader::FixedLenByteArrayColumnReader(reader), _) => {
            typed::<FixedLenByteArrayType>(reader, present, |value, text| write_text(value.as_bytes(), text))
        }
    }
}

fn write_integer(value: impl itoa::Integer, text: &mut Vec<u8>) {
    text.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// As [`write_short`], but a number of a size at which whole numbers are no longer told apart as spreadsheets write such: as an
/// id it is refused.
fn write_double(value: &f64, text: &mut Vec<u8>) {
    if value.is_nan() {
        return;
    }
    if value.is_infinite() || value.abs() < 9_007_199_254_740_992.0 {
        // Zero has two signs.
        return write_short(if *value == 0.0 { &0.0 } else { value }, text);
    }
    let written = format!("{value:E}");
    let (number, exponent) = written.split_once('E').unwrap_or((&written, "0"));
    write!(text, "{number}E+{exponent}").expect("a vector takes all that is written");
}

/// A number of 32 bits or fewer; what is no number is missing.
fn write_float(value: &f32, text: &mut Vec<u8>) {
    if !value.is_nan() {
        write_short(if *value == 0.0 { &0.0_f32 } else { value }, text);
    }
}

/// A number as short as it can be read back exactly.
fn write_short(value: &impl std::fmt::Display, text: &mut Vec<u8>) {
    let begin = text.len();
    write!(text, "{value}").expect("a vector takes all that is written");
    let point = memchr::memchr(b'.', &text[begin..]).map(|point| begin + point);
    avoid_groups(point, text);
}

/// A whole number of the last decimals as a number with a point; beyond two decimals without zeros at its end, which would
/// be read with more care than they are worth.
fn write_decimal(value: i128, scale: i32, text: &mut Vec<u8>) {
    let Ok(scale) = usize::try_from(scale) else {
        write_integer(value, text);
        (scale..0).for_each(|_| text.push(b'0'));
        return;
    };
    push_minor_units(text, value, scale);
    if scale <= 2 {
        return;
    }
    let point = text.len() - scale - 1;
    while text.ends_with(b"0") {
        text.pop();
    }
    if text.ends_with(b".") {
        text.pop();
    } else {
        avoid_groups(Some(point), text);
    }
}

/// Three digits after a point could be a group of thousands; with a zero more they are decimals.
fn avoid_groups(point: Option<usize>, text: &mut Vec<u8>) {
    if point.is_some_and(|point| text.len() - point == 4) {
        text.push(b'0');
    }
}

/// A decimal whose digits are the bytes of a number in two's complement, the highest first.
fn write_long(bytes: &[u8], scale: i32, text: &mut Vec<u8>) {
    let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { 0xFF } else { 0 };
    let beyond = bytes.len().saturating_sub(16);
    let fits = bytes[..beyond].iter().all(|byte| *byte == sign)
        && bytes.get(beyond).is_none_or(|first| beyond == 0 || (*first >= 0x80) == (sign == 0xFF));
    if !fits {
        // Beyond all money: what is written is no number, and is refused by the row it is in.
        text.extend_from_slice(b"a number of more than 38 digits");
        return;
    }
    let mut padded = [sign; 16];
    padded[16 - (bytes.len() - beyond)..].copy_from_slice(&bytes[beyond..]);
    write_decimal(i128::from_be_bytes(padded), scale, text);
}

/// A text, in quotes where it needs them.
pub(super) fn write_text(bytes: &[u8], text: &mut Vec<u8>) {
    if !bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        text.extend_from_slice(bytes);
        return;
    }
    text.push(b'"');
    for byte in bytes {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}

fn write_uuid(bytes: &[u8], text: &mut Vec<u8>) {
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        write!(text, "{byte:02x}").expect("a vector takes all that is written");
    }
}

/// A length of time as ISO 8601 has it: `P1M2DT3.5S`.
fn write_interval(bytes: &[u8], text: &mut Vec<u8>) {
    let part = |place: usize| {
        let bytes = bytes.get(4 * place..4 * place + 4).and_then(|part| part.try_into().ok());
        u32::from_le_bytes(bytes.unwrap_or_default())
    };
    let (months, days, milliseconds) = (part(0), part(1), part(2));
    write!(text, "P{months}M{days}DT{}S", f64::from(milliseconds) / 1000.0)
        .expect("a vector takes all that is written");
}

/// A time of day, with as many decimals of a second as it has.
fn write_time(ticks: i64, per_second: i64, text: &mut Vec<u8>) {
    let (seconds, rest) = (ticks.div_euclid(per_second), ticks.rem_euclid(per_second));
    write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        .expect("a vector takes all that is written");
    if rest > 0 {
        let digits = per_second.ilog10() as usize;
        write!(text, ".{rest:0digits$}").expect("a vector takes all that is written");
    }
}

/// The value of a floating-point number of 16 bits.
fn half_float(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF) / 1024.0);
    sign * match exponent {
        0 => fraction * 2_f32.powi(-14),
        0x1F if fraction == 0.0 => f32::INFINITY,
        0x1F => f32::NAN,
        _ => (1.0 + fraction) * 2_f32.powi(exponent - 15),
    }
}

/// Writes days; one like the last is the same text again.
#[derive(Default)]
struct Days {
    last: Option<(i64, Vec<u8>)>,
}

impl Days {
    fn write(&mut self, day: i64, text: &mut Vec<u8>) {
        if let Some((last, written)) = &self.last
            && *last == day
        {
            text.extend_from_slice(written);
            return;
        }
        let written = known(day).map_or_else(|| format!("day {day} since 1970"), |day| day.to_string()).into_bytes();
        text.extend_from_slice(&written);
        self.last = Some((day, written));
    }

    /// An instant; without a time where it is the beginning of a day of no time zone, or of a day that no calendar here has.
    fn write_instant(&mut self, ticks: i64, per_second: i64, utc: bool, text: &mut Vec<u8>) {
        let per_day = per_second * 86_400;
        let day = ticks.div_euclid(per_day);
        self.write(day, text);
        if known(day).is_none() {
            return;
        }
        let time = ticks.rem_euclid(per_day);
        if time > 0 || utc {
            text.push(b'T');
            write_time(time, per_second, text);
        }
        if utc {
            text.push(b'Z');
        }
    }
}

/// The day of a number of days since 1970, where dates can say it.
fn known(day: i64) -> Option<Day> {
    i32::try_from(day).ok().filter(|day| Day::RANGE.contains(day)).map(Day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::is_exponent;

    #[test]
    fn a_length_of_time_is_written_by_its_parts() {
        let mut text = Vec::new();
        write_interval(&[1, 0, 0, 0, 2, 0, 0, 0, 0xAC, 0x0D, 0, 0], &mut text);
        assert_eq!(text, b"P1M2DT3.5S");
    }

    #[test]
    fn a_day_beyond_the_calendar_has_no_time() {
        for (ticks, utc, expected) in [
            (0, true, "1970-01-01T00:00:00Z"),
            (3_600_000, false, "1970-01-01T01:00:00"),
            (4_611_686_018_427_387, true, "day 53375995 since 1970"),
        ] {
            let mut text = Vec::new();
            Days::default().write_instant(ticks, 1000, utc, &mut text);
            assert_eq!(String::from_utf8(text).unwrap(), expected);
        }
    }

    #[test]
    fn a_float_too_large_to_be_one_id_reads_like_one_that_a_spreadsheet_spoilt() {
        for (value, expected) in [
            (9_007_199_254_740_991.0, "9007199254740991"),
            (9_007_199_254_740_992.0, "9.007199254740992E+15"),
            (1e20, "1E+20"),
            (1234.5, "1234.5"),
            (f64::INFINITY, "inf"),
        ] {
            let mut text = Vec::new();
            write_double(&value, &mut text);
            assert_eq!(text, expected.as_bytes());
            assert_eq!(is_exponent(&text), value.is_finite() && value > 9_007_199_254_740_991.0);
        }
    }
}
