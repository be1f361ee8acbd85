//! Columns of frames from plain values: the only place that knows which polars type stands for what.
//!
//! | values | type |
//! |---|---|
//! | text, ids | `String` |
//! | days | `Date` |
//! | money | `Decimal(38, decimals of the currency)`, exact |
//! | counts | `Int64` |
//! | true and false | `Boolean` |
//! | rates, times, means | `Float64`, never NaN or infinite |

use polars::prelude::*;
use rayon::prelude::*;

use crate::money::Currency;
use crate::scan::Texts;
use crate::time::Day;
use crate::{Error, Result};

/// Digits of money that a frame can hold: all that 128 bits can.
const PRECISION: usize = 38;

/// A column of text.
pub fn text<T: AsRef<str>>(name: &str, values: impl Iterator<Item = Option<T>>) -> Column {
    let (most, _) = values.size_hint();
    let mut builder = StringChunkedBuilder::new(name.into(), most);
    values.for_each(|value| builder.append_option(value));
    builder.finish().into_column()
}

/// A column of texts as they were read, in the memory that they are in; bytes that are no UTF-8 become `�`.
pub fn texts(name: &str, values: Texts) -> Column {
    if !values.are_utf8() {
        return text(name, (0..values.len()).map(|row| Some(values.show(row))));
    }
    let (bytes, ends) = values.into_parts();
    let bound = |end| i64::try_from(end).expect("memory has fewer bytes than 63 bits say");
    let bounds: Vec<i64> = std::iter::once(0).chain(ends.into_iter().map(bound)).collect();
    let bounds = bounds.try_into().expect("each text ends where the next begins");
    let texts = LargeStringArray::try_new(LargeStringArray::default_dtype(), bounds, bytes.into(), None);
    let texts: ArrayRef = Box::new(texts.expect("every text is UTF-8"));
    Series::try_from((PlSmallStr::from(name), texts)).expect("text is a type of columns").into_column()
}

/// A column of a few texts: of each row the number of the one that it holds. A text that many rows hold is in memory once.
pub fn chosen<T: AsRef<str>>(
    name: &str,
    texts: impl Iterator<Item = Option<T>>,
    rows: impl Iterator<Item = usize>,
) -> Column {
    let rows: Vec<IdxSize> = rows.map(|row| IdxSize::try_from(row).expect("texts are fewer than rows")).collect();
    text(name, texts).take_slice(&rows).expect("every row holds one of the texts")
}

/// A column that holds the same text in every row.
pub fn constant(name: &str, value: Option<&str>, height: usize) -> Column {
    let value = value.map_or(AnyValue::Null, |value| AnyValue::StringOwned(value.into()));
    Column::new_scalar(name.into(), Scalar::new(DataType::String, value), height)
}

/// A column that holds the same day in every row.
pub fn constant_date(name: &str, day: Option<Day>, height: usize) -> Column {
    let day = day.map_or(AnyValue::Null, |day| AnyValue::Date(day.0));
    Column::new_scalar(name.into(), Scalar::new(DataType::Date, day), height)
}

/// A column of days.
pub fn dates(name: &str, values: impl Iterator<Item = Option<Day>> + Clone) -> Column {
    values_of::<Int32Type>(name, values.map(|day| day.map(|day| day.0))).into_date().into_column()
}

/// A column of days, none of them empty, in the memory that they are in.
pub fn full_dates(name: &str, values: Vec<Day>) -> Column {
    full::<Int32Type>(name, values.into_iter().map(|day| day.0).collect()).into_date().into_column()
}

/// A column of money, from minor units.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn money(name: &str, values: impl Iterator<Item = Option<i128>> + Clone, currency: &Currency) -> Result<Column> {
    decimal(values_of::<Int128Type>(name, values), currency)
}

/// A column of money, from minor units, no cell empty, in the memory that they are in.
///
/// # Errors
/// As [`money`].
pub fn full_money(name: &str, values: Vec<i128>, currency: &Currency) -> Result<Column> {
    decimal(full::<Int128Type>(name, values), currency)
}

fn decimal(minor: Int128Chunked, currency: &Currency) -> Result<Column> {
    let name = minor.name().clone();
    let money = minor
        .into_decimal(PRECISION, currency.decimals().into())
        .map_err(|error| Error::data(format!("column `{name}` holds a sum beyond 38 digits")).caused_by(error))?;
    Ok(money.into_column())
}

/// A column of numbers; `None` is an empty cell.
pub fn numbers(name: &str, values: impl Iterator<Item = Option<f64>> + Clone) -> Column {
    values_of::<Float64Type>(name, values).into_column()
}

/// A column of numbers, no cell empty, in the memory that they are in.
pub fn full_numbers(name: &str, values: Vec<f64>) -> Column {
    full::<Float64Type>(name, values).into_column()
}

/// A column of counts.
pub fn counts(name: &str, values: impl Iterator<Item = Option<u64>> + Clone) -> Column {
    values_of::<Int64Type>(name, values.map(|count| count.map(signed))).into_column()
}

/// A column of counts, no cell empty, in the memory that they are in.
pub fn full_counts(name: &str, values: Vec<u64>) -> Column {
    full::<Int64Type>(name, values.into_iter().map(signed).collect()).into_column()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).expect("a count of rows or customers fits 63 bits")
}

/// Values of one type, where it saves half the time that no cell is empty.
fn values_of<T: PolarsNumericType>(
    name: &str,
    values: impl Iterator<Item = Option<T::Native>> + Clone,
) -> ChunkedArray<T> {
    let mut all = Vec::with_capacity(values.size_hint().0);
    for value in values.clone() {
        match value {
            Some(value) => all.push(value),
            None => return values.collect::<ChunkedArray<T>>().with_name(name.into()),
        }
    }
    full(name, all)
}

fn full<T: PolarsNumericType>(name: &str, values: Vec<T::Native>) -> ChunkedArray<T> {
    ChunkedArray::from_vec(name.into(), values)
}

/// A column of true and false.
pub fn flags(name: &str, values: impl Iterator<Item = Option<bool>>) -> Column {
    let flags: BooleanChunked = values.collect();
    flags.with_name(name.into()).into_column()
}

/// What makes a column when its turn comes.
pub type Build<'a> = Box<dyn FnOnce() -> Result<Column> + Send + 'a>;

/// A frame of many rows, its columns made in parallel.
///
/// # Errors
/// What making a column refuses.
pub fn frame_of(columns: Vec<Build<'_>>) -> Result<DataFrame> {
    Ok(frame(columns.into_par_iter().with_max_len(1).map(|build| build()).collect::<Result<_>>()?))
}

/// The names under which columns that the user named stand beside columns of ours, the same in every table of a run. One of the
/// name of another column steps aside: `reason` is `segment_reason`.
pub fn segment_names(named: &[String], tables: &[DataFrame]) -> Vec<String> {
    let mut taken: Vec<String> =
        tables.iter().flat_map(DataFrame::get_column_names).map(|name| name.to_string()).collect();
    let ours = taken.len();
    for name in named {
        let mut name = name.clone();
        while taken.contains(&name) {
            name.insert_str(0, "segment_");
        }
        taken.push(name);
    }
    taken.split_off(ours)
}

/// A frame with columns that the user named, before those that stand behind them.
///
/// # Panics
/// As [`frame`]; the names are those that [`segment_names`] finds.
pub fn frame_by(before: Vec<Column>, named: Vec<Column>, after: Vec<Column>) -> DataFrame {
    frame([before, named, after].concat())
}

/// A frame of columns of one length.
///
/// # Panics
/// Where the columns differ in length or share a name, which is a mistake in the caller.
pub fn frame(columns: Vec<Column>) -> DataFrame {
    let height = columns.first().map_or(0, Column::len);
    DataFrame::new(height, columns).expect("the columns of one table have one length and their own names")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts_of: &[&[u8]]) -> Vec<String> {
        let column = texts("id", texts_of.iter().collect());
        let text = column.str().unwrap().iter().map(|text| text.unwrap().to_owned());
        text.collect()
    }

    #[test]
    fn texts_of_every_length_become_a_column_as_they_are() {
        let long = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";
        assert_eq!(shown(&[b"", b"7", long.as_bytes(), "Zoë".as_bytes()]), ["", "7", long, "Zoë"]);
        assert!(shown(&[]).is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_such_even_where_together_they_would_be_one() {
        assert_eq!(shown(&[b"caf\xE9"]), ["caf\u{FFFD}"]);
        let [first, last] = *"ü".as_bytes() else { unreachable!() };
        assert_eq!(shown(&[&[first], &[last]]), ["\u{FFFD}", "\u{FFFD}"]);
    }
}
