//! The table of customer-days as a Parquet file: written and read front to back, a row group at a time.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::scan::{Texts, damaged, guarded};
use crate::time::Day;

/// Rows of a row group, about: it ends with a customer.
const GROUP: usize = 1 << 17;
/// Digits of an amount of 64 bits that every reader takes.
const DIGITS: i32 = 18;
/// Where the file says what it is.
const KEY: &str = "custval";
/// Where it has the digest of its row groups and of what it says, behind the length of the former: `1234 af13…`.
const DIGEST: &str = "custval.blake3";
/// What the table is called in its schema.
const SCHEMA: &str = "customer_days";

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

/// Whole customers in the order of their ids, each with its days in order: what is written and read at a time.
#[derive(Debug, Default)]
pub(super) struct Group {
    ids: Texts,
    /// Where the days of each customer end.
    ends: Vec<usize>,
    days: Vec<DayTotals>,
}

impl Group {
    pub fn push(&mut self, id: &[u8], days: impl IntoIterator<Item = DayTotals>) {
        self.ids.push(id);
        self.days.extend(days);
        self.ends.push(self.days.len());
    }

    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A customer and its days.
    pub fn get(&self, customer: usize) -> (&[u8], &[DayTotals]) {
        let start = if customer == 0 { 0 } else { self.ends[customer - 1] };
        (self.ids.get(customer), &self.days[start..self.ends[customer]])
    }

    /// Whether it has as many rows as a row group should.
    pub fn is_full(&self) -> bool {
        self.days.len() >= GROUP
    }
}

/// Writes customer-days in the order of ids and days.
pub(super) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<Digested<W>>,
    rows: u64,
}

/// What goes through, and the digest of it.
struct Digested<W> {
    out: W,
    bytes: u64,
    digest: blake3::Hasher,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
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
        let properties = WriterProperties::builder()
            .set_created_by(format!("custval {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let schema = Type::group_type_builder(SCHEMA).with_fields(fields).build()?;
        let out = Digested { out, bytes: 0, digest: blake3::Hasher::new() };
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file, rows: 0 })
    }

    /// How many customer-days were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Appends a row group.
    pub fn write(&mut self, group: &Group) -> Result<()> {
        if group.days.is_empty() {
            return Ok(());
        }
        self.rows += group.days.len() as u64;
        let mut ids = Vec::with_capacity(group.days.len());
        for customer in 0..group.len() {
            let (id, days) = group.get(customer);
            let id = ByteArray::from(id.to_vec());
            ids.extend(days.iter().map(|_| id.clone()));
        }
        let mut row_group = self.file.next_row_group()?;
        put::<ByteArrayType>(&mut row_group, &ids, None)?;
        put::<Int32Type>(&mut row_group, &group.days.iter().map(|totals| totals.day).collect::<Vec<_>>(), None)?;
        for amount in [|totals: &DayTotals| totals.purchases, |totals: &DayTotals| totals.refunds] {
            let values: Vec<i64> = group.days.iter().filter_map(amount).collect();
            let levels: Vec<i16> = group.days.iter().map(|totals| i16::from(amount(totals).is_some())).collect();
            put::<Int64Type>(&mut row_group, &values, Some(&levels))?;
        }
        row_group.close()?;
        Ok(())
    }

    /// Ends the file with what it says of itself.
    pub fn finish(mut self, known: String) -> Result<W> {
        self.file.flush()?;
        let Digested { bytes, digest, .. } = self.file.inner();
        let digest = digest.clone().update(known.as_bytes()).finalize().to_hex();
        let digest = KeyValue::new(DIGEST.to_owned(), format!("{bytes} {digest}"));
        self.file.append_key_value_metadata(KeyValue::new(KEY.to_owned(), known));
        self.file.append_key_value_metadata(digest);
        Ok(self.file.into_inner()?.out)
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

/// Reads such a table a row group at a time.
pub(super) struct Reader {
    file: SerializedFileReader<File>,
    raw: File,
    group: usize,
    /// How many customers and customer-days are still to come, where that was said.
    rest: Option<(u64, u64)>,
}

impl Reader {
    pub fn new(file: File) -> Result<Self> {
        let raw = file.try_clone()?;
        Ok(Self { file: guarded(|| SerializedFileReader::new(file))?, raw, group: 0, rest: None })
    }

    /// What the file says of itself, if it is a table of ours.
    pub fn known(&self) -> Option<&str> {
        self.said(KEY)
    }

    fn said(&self, key: &str) -> Option<&str> {
        let pairs = self.file.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
    }

    /// Whether the file was a table of ours, whatever it says now.
    pub fn is_ours(&self) -> bool {
        self.said(DIGEST).is_some() || self.file.metadata().file_metadata().schema().name() == SCHEMA
    }

    /// Expects so many customers and customer-days.
    pub fn expect(&mut self, customers: u64, customer_days: u64) {
        self.rest = Some((customers, customer_days));
    }

    /// Looks at every byte that is to be decoded, and at what the file says of itself.
    pub fn verify(&self) -> Result<()> {
        let digest = self.said(DIGEST).ok_or_else(|| damaged("the digest of its bytes is missing"))?;
        let unlike = || damaged("its bytes are not those that were written");
        let (bytes, digest) = digest.split_once(' ').ok_or_else(unlike)?;
        let bytes = bytes.parse().map_err(|_| unlike())?;
        let mut raw = &self.raw;
        raw.rewind()?;
        let mut found = blake3::Hasher::new();
        found.update_reader(raw.take(bytes))?;
        found.update(self.known().unwrap_or_default().as_bytes());
        if found.finalize().to_hex().as_str() == digest { Ok(()) } else { Err(unlike()) }
    }

    /// The customers of the next row group; `None` when there are no more.
    pub fn next(&mut self) -> Result<Option<Group>> {
        guarded(|| self.read_group())
    }

    fn read_group(&mut self) -> Result<Option<Group>> {
        if self.group == self.file.num_row_groups() {
            return if self.rest.is_none_or(|rest| rest == (0, 0)) {
                Ok(None)
            } else {
                Err(damaged("rows are missing"))
            };
        }
        let row_group = self.file.get_row_group(self.group)?;
        self.group += 1;
        let rows = usize::try_from(row_group.metadata().num_rows()).map_err(|_| damaged("a length is negative"))?;
        let column = |number| row_group.get_column_reader(number);
        let ids = take::<ByteArrayType>(column(0)?, rows)?;
        let days = take::<Int32Type>(column(1)?, rows)?;
        let purchases = take::<Int64Type>(column(2)?, rows)?;
        let refunds = take::<Int64Type>(column(3)?, rows)?;
        let mut totals = days.into_iter().zip(purchases).zip(refunds);
        let mut group = Group::default();
        for ids in ids.chunk_by(|one, next| one == next) {
            let Some(id) = &ids[0] else { return Err(damaged("a row has no id")) };
            let mut days = Vec::with_capacity(ids.len());
            for ((day, purchases), refunds) in totals.by_ref().take(ids.len()) {
                let day = day.filter(|day| Day::RANGE.contains(day)).ok_or_else(|| damaged("a row has no day"))?;
                days.push(DayTotals { day, purchases, refunds });
            }
            group.push(id.data(), days);
        }
        if let Some((customers, days)) = self.rest {
            let rest = customers.checked_sub(group.len() as u64).zip(days.checked_sub(rows as u64));
            self.rest = Some(rest.ok_or_else(|| damaged("there are more rows than it says"))?);
        }
        Ok(Some(group))
    }
}

/// All values of a column of a row group.
fn take<T: DataType>(reader: ColumnReader, rows: usize) -> Result<Vec<Option<T::T>>> {
    let mut reader: ColumnReaderImpl<T> = get_typed_column_reader(reader);
    let (mut levels, mut values) = (Vec::new(), Vec::with_capacity(rows));
    let (read, ..) = reader.read_records(rows, Some(&mut levels), None, &mut values)?;
    if read != rows {
        return Err(damaged("its columns are of unlike lengths"));
    }
    if levels.is_empty() {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    Ok(levels.iter().map(|level| if *level > 0 { values.next() } else { None }).collect())
}
