//! A column of a frame as text, cell by cell: exact for files, rounded for people.

use std::io::Write;
use std::sync::OnceLock;

use custval::money::push_minor_units;
use custval::time::Day;
use polars::prelude::*;

/// The cells of one column.
pub struct Cells<'a> {
    /// The column's name.
    pub name: &'a str,
    /// The values of the column; only one where all rows have the same.
    pub values: Values,
    same: bool,
    /// Its text, where all rows have the same.
    written: Option<Vec<u8>>,
    /// Decimals at which a table for people shows a float, found when one does; by the figure itself where they are unlike.
    decimals: OnceLock<Option<usize>>,
}

/// The values of a column, by what they are.
pub enum Values {
    Text(Array<StringType>),
    Flag(Array<BooleanType>),
    Whole(Array<Int64Type>),
    Float(Array<Float64Type>),
    /// Minor units, and the number of decimals.
    Money(Array<Int128Type>, usize),
    /// Days, and the text of each day between the first and the last, which repeat a lot.
    Date(Array<Int32Type>, i32, Vec<[u8; 10]>),
}

/// The values of a column in one piece, where a cell is found without a search.
pub type Array<T> = <T as PolarsDataType>::Array;

fn array<T: PolarsDataType>(values: &ChunkedArray<T>) -> Array<T> {
    values.downcast_as_array().clone()
}

/// Days written out beforehand: enough for every log, not for a stray year 9999.
const MOST_DAYS: i32 = 100_000;

impl<'a> Cells<'a> {
    /// The cells of every column of a frame.
    ///
    /// # Errors
    /// As [`Cells::of`].
    pub fn of_frame(frame: &'a DataFrame) -> PolarsResult<Vec<Self>> {
        frame.columns().iter().map(Self::of).collect()
    }

    /// The cells of a column of text, numbers, money or dates.
    ///
    /// # Errors
    /// Where the column is of another type, which is an error of ours.
    pub fn of(column: &'a Column) -> PolarsResult<Self> {
        let scalar = column.as_scalar_column().filter(|column| !column.is_empty());
        let series = match scalar {
            Some(scalar) => scalar.as_single_value_series(),
            None => column.as_materialized_series().rechunk(),
        };
        let values = match series.dtype() {
            DataType::String => Values::Text(array(series.str()?)),
            DataType::Boolean => Values::Flag(array(series.bool()?)),
            DataType::Float64 => Values::Float(array(series.f64()?)),
            DataType::Date => {
                let days = series.date()?.physical();
                let (first, last) = (days.min().unwrap_or(0), days.max().unwrap_or(-1));
                let texts = if last.saturating_sub(first) < MOST_DAYS {
                    let text = |day| Day(day).to_string().into_bytes().try_into().ok();
                    // Four digits are the year, or there are none beforehand.
                    (first..=last).map(text).collect::<Option<_>>().unwrap_or_default()
                } else {
                    Vec::new()
                };
                Values::Date(array(days), first, texts)
            }
            DataType::Decimal(_, scale) => Values::Money(array(series.decimal()?.physical()), *scale),
            _ => Values::Whole(array(series.strict_cast(&DataType::Int64)?.i64()?)),
        };
        let name = column.name();
        let mut cells = Self { name, values, same: scalar.is_some(), written: None, decimals: OnceLock::new() };
        let mut text = Vec::new();
        cells.written = (cells.same && cells.write(0, &mut text, Rounding::None)).then_some(text);
        Ok(cells)
    }

    /// Whether all of so many rows, more than one, say the same.
    pub fn are_same(&self, rows: usize) -> bool {
        fn same<T: PartialEq>(rows: usize, cell: impl Fn(usize) -> T) -> bool {
            (1..rows).all(|row| cell(row) == cell(0))
        }
        rows > 1
            && (self.same
                || match &self.values {
                    Values::Text(text) => same(rows, |row| text.get(row)),
                    Values::Flag(flags) => same(rows, |row| flags.get(row)),
                    Values::Whole(wholes) => same(rows, |row| wholes.get(row)),
                    Values::Float(floats) => same(rows, |row| floats.get(row)),
                    Values::Money(minor, _) => same(rows, |row| minor.get(row)),
                    Values::Date(days, ..) => same(rows, |row| days.get(row)),
                })
    }

    /// Where among the values that of a row is.
    pub fn place(&self, row: usize) -> usize {
        if self.same { 0 } else { row }
    }

    fn decimals(&self) -> Option<usize> {
        match &self.values {
            // A long table names its figures in one column and has them, of any kind, in another.
            Values::Float(_) if self.name == "value" => None,
            // People are counted; where a band has a part of one, all bands show parts.
            Values::Float(floats)
                if self.name == "customers" && floats.iter().flatten().all(|value| value.fract() == 0.0) =>
            {
                Some(0)
            }
            Values::Float(floats) => {
                Some(decimals_for(floats.iter().flatten().fold(0.0, |most: f64, value| most.max(value.abs()))))
            }
            _ => Some(0),
        }
    }

    /// Whether the column holds numbers, which a table aligns to the right and JSON does not quote.
    pub fn is_number(&self) -> bool {
        matches!(self.values, Values::Whole(_) | Values::Float(_) | Values::Money(..))
    }

    /// Whether the column holds true and false, which JSON does not quote.
    pub fn is_flag(&self) -> bool {
        matches!(self.values, Values::Flag(_))
    }

    /// Appends the cell's text to the last digit; `false` where the cell is empty.
    pub fn write_exactly(&self, row: usize, out: &mut Vec<u8>) -> bool {
        if let Some(written) = &self.written {
            out.extend_from_slice(written);
            return true;
        }
        self.write(row, out, Rounding::None)
    }

    /// Whether the column holds text, which may need quotes.
    pub fn is_text(&self) -> bool {
        matches!(self.values, Values::Text(_))
    }

    /// The cell as a table for people shows it: floats rounded, empty cells empty.
    pub fn rounded(&self, row: usize) -> String {
        let mut out = Vec::new();
        let decimals = self.decimals.get_or_init(|| self.decimals());
        self.write(row, &mut out, decimals.map_or(Rounding::ByFigure, Rounding::To));
        String::from_utf8_lossy(&out).into_owned()
    }

    fn write(&self, row: usize, out: &mut Vec<u8>, rounding: Rounding) -> bool {
        let row = self.place(row);
        // Writing to memory cannot fail.
        let _ = match &self.values {
            Values::Text(text) => match text.get(row) {
                Some(text) => out.write_all(text.as_bytes()),
                None => return false,
            },
            Values::Flag(flags) => match flags.get(row) {
                Some(flag) => write!(out, "{flag}"),
                None => return false,
            },
            Values::Whole(wholes) => match wholes.get(row) {
                Some(whole) => out.write_all(itoa::Buffer::new().format(whole).as_bytes()),
                None => return false,
            },
            Values::Float(floats) => match floats.get(row) {
                Some(float) => write_float(out, float, rounding),
                None => return false,
            },
            Values::Money(minor, scale) => match minor.get(row) {
                Some(minor) => {
                    push_minor_units(out, minor, *scale);
                    Ok(())
                }
                None => return false,
            },
            Values::Date(days, first, texts) => match days.get(row) {
                Some(day) => match texts.get((day - first) as usize) {
                    Some(text) => out.write_all(text),
                    None => write!(out, "{}", Day(day)),
                },
                None => return false,
            },
        };
        true
    }
}

/// How a float is shown.
#[derive(Debug, Clone, Copy)]
enum Rounding {
    /// To the last digit, in the shortest form that reads back the same.
    None,
    /// To so many decimals.
    To(usize),
    /// To as many decimals as suit its size; a whole number without any.
    ByFigure,
}

fn write_float(out: &mut Vec<u8>, float: f64, rounding: Rounding) -> std::io::Result<()> {
    let decimals = match rounding {
        // Written several times faster than by the standard library, and the shortest that reads back the same, like its own.
        Rounding::None if float == 0.0 || (1e-4..1e16).contains(&float.abs()) => {
            return out.write_all(zmij::Buffer::new().format_finite(float).as_bytes());
        }
        Rounding::None => return write!(out, "{float:?}"),
        Rounding::To(decimals) => decimals,
        Rounding::ByFigure if float.fract() == 0.0 => 0,
        Rounding::ByFigure => decimals_for(float.abs()),
    };
    let rounded = format!("{float:.decimals$}");
    // No minus before what rounds to nothing.
    let zero = rounded.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    out.write_all(rounded.strip_prefix('-').filter(|_| zero).unwrap_or(&rounded).as_bytes())
}

fn decimals_for(most: f64) -> usize {
    match most {
        most if most >= 100.0 => 2,
        most if most >= 1.0 => 4,
        _ => 6,
    }
}
