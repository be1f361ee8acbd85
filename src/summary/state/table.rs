//! The table of customer-days as a Parquet file: written and read front to back, a row group at a time.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};

/// Rows of a row group.
const GROUP: usize = 1 << 17;
/// Rows decoded at a time.
const SLICE: usize = 1 << 13;
/// Digits of an amount of 64 bits that every reader takes.
const DIGITS: i32 = 18;
/// Where the file says what it is.
const KEY: &str = "custval";

/// What one customer had on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayTotals {
    pub day: i32,
    /// The sum of amounts of zero or more; `None` where no row has one, so that the day is no purchase day.
    pub purchases: Option<i64>,
    /// The sum of negative amounts; `None` where no row has one.
    pub refunds: Option<i64>,
}

impl DayTotals {
    /// Both together; `None` where a sum is too large.
    pub fn plus(self, other: Self) -> Option<Self> {
        debug_assert_eq!(self.day, other.day, "only what is of one day adds up");
        let sum = |one: Option<i64>, other: Option<i64>| match (one, other) {
            (Some(one), Some(other)) => one.checked_add(other).map(Some),
            (one, other) => Some(one.or(other)),
        };
        Some(Self {
            day: self.day,
            purchases: sum(self.purchases, other.purchases)?,
            refunds: sum(self.refunds, other.refunds)?,
        })
    }
}

/// Writes customer-days in the order of ids and days.
pub(super) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    ids: Vec<ByteArray>,
    days: Vec<DayTotals>,
    rows: u64,
}

impl<W: Write + Send> Writer<W> {
    /// A table whose amounts have so many decimals.
    pub fn new(out: W, decimals: u8) -> Result<Self> {
        let amount = |name| {
            Type::primitive_type_builder(name, Physical::INT64)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(Some(LogicalType::decimal(decimals.into(), DIGITS)))
                .with_precision(DIGITS)
                .with_scale(decimals.into())
                .build()
                .map(Arc::new)
        };
        let required = |name, physical, logical| {
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(logical))
                .build()
                .map(Arc::new)
        };
        let fields = vec![
            required("customer_id", Physical::BYTE_ARRAY, LogicalType::String)?,
            required("date", Physical::INT32, LogicalType::Date)?,
            amount("purchases")?,
            amount("refunds")?,
        ];
        let id = ColumnPath::from("customer_id");
        let properties = WriterProperties::builder()
            .set_created_by(format!("custval {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            // In order of the ids each is the one before, or begins like it.
            .set_column_dictionary_enabled(id.clone(), false)
            .set_column_encoding(id, Encoding::DELTA_BYTE_ARRAY)
            .build();
        let schema = Type::group_type_builder("customer_days").with_fields(fields).build()?;
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file, ids: Vec::new(), days: Vec::new(), rows: 0 })
    }

    /// Appends the days of the next customer.
    pub fn push(&mut self, id: &[u8], days: &[DayTotals]) -> Result<()> {
        let id = ByteArray::from(id.to_vec());
        self.ids.extend(days.iter().map(|_| id.clone()));
        self.days.extend_from_slice(days);
        self.rows += days.len() as u64;
        if self.days.len() >= GROUP { self.flush() } else { Ok(()) }
    }

    /// How many customer-days were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn flush(&mut self) -> Result<()> {
        if self.days.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        put::<ByteArrayType>(&mut group, &self.ids, None)?;
        put::<Int32Type>(&mut group, &self.days.iter().map(|totals| totals.day).collect::<Vec<_>>(), None)?;
        for amount in [|totals: &DayTotals| totals.purchases, |totals: &DayTotals| totals.refunds] {
            let values: Vec<i64> = self.days.iter().filter_map(amount).collect();
            let levels: Vec<i16> = self.days.iter().map(|totals| i16::from(amount(totals).is_some())).collect();
            put::<Int64Type>(&mut group, &values, Some(&levels))?;
        }
        group.close()?;
        self.ids.clear();
        self.days.clear();
        Ok(())
    }

    /// Ends the file with what it says of itself.
    pub fn finish(mut self, known: String) -> Result<W> {
        self.flush()?;
        self.file.append_key_value_metadata(KeyValue::new(KEY.to_owned(), known));
        self.file.into_inner()
    }
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let mut column = group.next_column()?.ok_or_else(|| damaged("a column has no writer"))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

/// Reads such a table customer by customer.
pub(super) struct Reader {
    file: SerializedFileReader<std::fs::File>,
    group: usize,
    columns: Option<Columns>,
    /// What was decoded and not taken yet, the next last.
    ids: Vec<ByteArray>,
    days: Vec<DayTotals>,
}

struct Columns {
    ids: ColumnReaderImpl<ByteArrayType>,
    days: ColumnReaderImpl<Int32Type>,
    amounts: [ColumnReaderImpl<Int64Type>; 2],
}

impl Reader {
    pub fn new(file: std::fs::File) -> Result<Self> {
        let file = SerializedFileReader::new(file)?;
        Ok(Self { file, group: 0, columns: None, ids: Vec::new(), days: Vec::new() })
    }

    /// What the file says of itself, if it is a table of ours.
    pub fn known(&self) -> Option<&str> {
        let pairs = self.file.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == KEY)?.value.as_deref()
    }

    /// The next customer, with the days put into `days`; `None` when there are no more.
    pub fn next(&mut self, days: &mut Vec<DayTotals>) -> Result<Option<ByteArray>> {
        days.clear();
        let mut customer: Option<ByteArray> = None;
        loop {
            while let (Some(id), Some(totals)) = (self.ids.last(), self.days.last()) {
                match &customer {
                    Some(current) if current.data() != id.data() => return Ok(customer),
                    Some(_) => {}
                    None => customer = Some(id.clone()),
                }
                days.push(*totals);
                self.ids.pop();
                self.days.pop();
            }
            if !self.decode()? {
                return Ok(customer);
            }
        }
    }

    /// Decodes the next rows; false when there are none.
    fn decode(&mut self) -> Result<bool> {
        loop {
            if let Some(columns) = &mut self.columns
                && columns.decode(&mut self.ids, &mut self.days)?
            {
                return Ok(true);
            }
            if self.group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.group)?;
            self.group += 1;
            let column = |number| group.get_column_reader(number);
            self.columns = Some(Columns {
                ids: get_typed_column_reader(column(0)?),
                days: get_typed_column_reader(column(1)?),
                amounts: [get_typed_column_reader(column(2)?), get_typed_column_reader(column(3)?)],
            });
        }
    }
}

impl Columns {
    fn decode(&mut self, ids: &mut Vec<ByteArray>, days: &mut Vec<DayTotals>) -> Result<bool> {
        let (rows, ..) = self.ids.read_records(SLICE, None, None, ids)?;
        let mut dates = Vec::with_capacity(rows);
        let (dated, ..) = self.days.read_records(SLICE, None, None, &mut dates)?;
        let mut amounts = [Vec::new(), Vec::new()];
        for (reader, amounts) in self.amounts.iter_mut().zip(&mut amounts) {
            let (mut levels, mut values) = (Vec::new(), Vec::new());
            reader.read_records(SLICE, Some(&mut levels), None, &mut values)?;
            let mut values = values.into_iter();
            amounts.extend(levels.iter().map(|level| if *level > 0 { values.next() } else { None }));
        }
        let [purchases, refunds] = amounts;
        if dated != rows || purchases.len() != rows || refunds.len() != rows {
            return Err(damaged("its columns are of unlike lengths"));
        }
        let amounts = purchases.into_iter().zip(refunds);
        days.extend(dates.into_iter().zip(amounts).map(|(day, (purchases, refunds))| DayTotals {
            day,
            purchases,
            refunds,
        }));
        ids.reverse();
        days.reverse();
        Ok(rows > 0)
    }
}

fn damaged(message: &str) -> ParquetError {
    ParquetError::General(message.into())
}
