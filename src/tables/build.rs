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

/// A column of texts as they were read; bytes that are no UTF-8 become `�`.
pub fn texts(name: &str, values: &Texts) -> Column {
    text(name, (0..values.len()).map(|row| Some(values.show(row))))
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

/// A column of money, from minor units.
///
/// # Errors
/// `ErrorKind::Data` where a sum has more than 38 digits.
pub fn money(name: &str, values: impl Iterator<Item = Option<i128>> + Clone, currency: &Currency) -> Result<Column> {
    let money = values_of::<Int128Type>(name, values)
        .into_decimal(PRECISION, currency.decimals().into())
        .map_err(|error| Error::data(format!("column `{name}` holds a sum beyond 38 digits")).caused_by(error))?;
    Ok(money.into_column())
}

/// A column of numbers; `None` is an empty cell.
pub fn numbers(name: &str, values: impl Iterator<Item = Option<f64>> + Clone) -> Column {
    values_of::<Float64Type>(name, values).into_column()
}

/// A column of counts.
pub fn counts(name: &str, values: impl Iterator<Item = Option<u64>> + Clone) -> Column {
    let signed = |count| i64::try_from(count).expect("a count of rows or customers fits 63 bits");
    values_of::<Int64Type>(name, values.map(|count| count.map(signed))).into_column()
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
    ChunkedArray::from_vec(name.into(), all)
}

/// A column of true and false.
pub fn flags(name: &str, values: impl Iterator<Item = Option<bool>>) -> Column {
    let flags: BooleanChunked = values.collect();
    flags.with_name(name.into()).into_column()
}

/// What makes a column when its turn comes.
pub type Build<'a> = Box<dyn Fn() -> Result<Column> + Send + Sync + 'a>;

/// A frame of many rows, its columns made in parallel.
///
/// # Errors
/// What making a column refuses.
pub fn frame_of(columns: &[Build<'_>]) -> Result<DataFrame> {
    Ok(frame(columns.par_iter().map(|build| build()).collect::<Result<_>>()?))
}

/// A frame of columns of one length.
///
/// # Panics
/// Where the columns differ in length or share a name, which is a mistake in the caller.
pub fn frame(columns: Vec<Column>) -> DataFrame {
    let height = columns.first().map_or(0, Column::len);
    DataFrame::new(height, columns).expect("the columns of one table have one length and their own names")
}
