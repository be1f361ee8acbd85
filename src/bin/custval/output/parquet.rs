//! Parquet, for programs that read tables by their columns: typed, exact and compressed.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use polars::prelude::{DataFrame, StaticArray};

use super::cells::{Cells, Values};

/// Rows of a row group: what others read at a time, and hand to another thread.
const GROUP: usize = 1 << 17;
/// Digits that a decimal of sixteen bytes can always hold.
const DIGITS: i32 = 38;

/// The frame as a Parquet file: text, truth values, whole numbers of 64 bits, floats of 64 bits, days, and money as
/// decimals of 38 digits; a cell without a value is a null.
///
/// # Errors
/// Where the frame has a column of a type that no table of ours has.
pub fn write(frame: &DataFrame) -> anyhow::Result<Vec<u8>> {
    let cells = Cells::of_frame(frame)?;
    let fields: Result<Vec<_>, _> = cells.iter().map(|cells| field(cells).map(Arc::new)).collect();
    let schema = Type::group_type_builder("table").with_fields(fields?).build()?;
    let properties = WriterProperties::builder()
        .set_created_by(format!("custval {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let height = frame.height();
    for start in (0..height).step_by(GROUP) {
        let rows = start..height.min(start + GROUP);
        let mut group = writer.next_row_group()?;
        for cells in &cells {
            let mut column = group.next_column()?.context("a column of the schema has no writer")?;
            write_column(&mut column, cells, rows.clone())?;
            column.close()?;
        }
        group.close()?;
    }
    writer.into_inner().context("writing Parquet")
}

fn field(cells: &Cells<'_>) -> parquet::errors::Result<Type> {
    let (physical, logical) = match &cells.values {
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Flag(_) => (Physical::BOOLEAN, None),
        Values::Whole(_) => (Physical::INT64, None),
        Values::Float(_) => (Physical::DOUBLE, None),
        Values::Date(..) => (Physical::INT32, Some(LogicalType::Date)),
        Values::Money(_, scale) => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(*scale as i32, DIGITS))),
    };
    let builder = Type::primitive_type_builder(cells.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    match &cells.values {
        Values::Money(_, scale) => builder.with_length(16).with_precision(DIGITS).with_scale(*scale as i32).build(),
        _ => builder.build(),
    }
}

fn write_column(column: &mut SerializedColumnWriter<'_>, cells: &Cells<'_>, rows: Range<usize>) -> anyhow::Result<()> {
    let rows = rows.map(|row| cells.place(row));
    match &cells.values {
        Values::Text(text) => put::<ByteArrayType>(
            column,
            rows.map(|row| text.get(row).map(|text| ByteArray::from(text.as_bytes().to_vec()))),
        ),
        Values::Flag(flags) => put::<BoolType>(column, rows.map(|row| flags.get(row))),
        Values::Whole(wholes) => put::<Int64Type>(column, rows.map(|row| wholes.get(row))),
        Values::Float(floats) => put::<DoubleType>(column, rows.map(|row| floats.get(row))),
        Values::Date(days, ..) => put::<Int32Type>(column, rows.map(|row| days.get(row))),
        Values::Money(minor, _) => {
            let bytes = |minor: i128| FixedLenByteArray::from(minor.to_be_bytes().to_vec());
            put::<FixedLenByteArrayType>(column, rows.map(|row| minor.get(row).map(bytes)))
        }
    }
}

fn put<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> anyhow::Result<()> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}
