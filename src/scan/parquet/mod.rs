//! Parquet: row group by row group, each row as the record that a CSV file would have.
//!
//! Of a row group only the columns wanted are read, page by page. Their values become plain text that means one thing
//! (`2024-03-31`, `12.5`), which the reading of every other file takes from there: there is one meaning of an id, a
//! date or an amount, whatever they were kept in. A missing value is an empty field.
//!
//! A column inside a structure is named by its path (`order.amount`); lists have no one value a row and are left out.

#[cfg(test)]
mod tests;
mod values;

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, Once, PoisonError};

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;

use values::{Column, Kind};

/// What a Parquet file begins with.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// How many rows become text at a time: few enough that it is still in the cache when it is parsed.
const SLICE: usize = 4096;

/// An open file: what its columns are and where its rows are.
pub(super) struct Parquet {
    file: SerializedFileReader<Pieces>,
    columns: Vec<Leaf>,
    /// The rows before each row group, and all in the end.
    starts: Vec<u64>,
}

/// A column with one value a row.
struct Leaf {
    name: String,
    /// Its number among all columns of the file.
    number: usize,
    kind: Kind,
    description: ColumnDescPtr,
}

impl Parquet {
    /// Reads what the end of the file says about the rest of it.
    pub fn open(file: Pieces) -> Result<Self> {
        let file = guarded(|| SerializedFileReader::new(file))?;
        let metadata = file.metadata();
        let leaf = |(number, description): (usize, &ColumnDescPtr)| Leaf {
            name: description.path().string(),
            number,
            kind: Kind::of(description),
            description: description.clone(),
        };
        let all = metadata.file_metadata().schema_descr().columns();
        let columns: Vec<Leaf> =
            all.iter().enumerate().filter(|(_, column)| column.max_rep_level() == 0).map(leaf).collect();
        let mut starts = vec![0];
        for group in metadata.row_groups() {
            // Rows that a group does not own to would be left out without a word.
            if columns.iter().any(|leaf| group.column(leaf.number).num_values() != group.num_rows()) {
                return Err(damaged("a column has not as many values as its row group has rows"));
            }
            let rows = u64::try_from(group.num_rows()).map_err(|_| damaged("a row group has a negative length"))?;
            let before = starts[starts.len() - 1];
            starts.push(rows.checked_add(before).ok_or_else(|| damaged("it has more rows than can be counted"))?);
        }
        if u64::try_from(metadata.file_metadata().num_rows()) != Ok(starts[starts.len() - 1]) {
            return Err(damaged("its row groups have not as many rows as it says"));
        }
        Ok(Self { file, columns, starts })
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|leaf| leaf.name.as_str())
    }

    /// Whether a column holds numbers, whose text has a decimal point.
    pub fn is_number(&self, column: usize) -> bool {
        self.columns[column].kind.is_number()
    }

    /// Whether a column holds days or instants.
    pub fn is_date(&self, column: usize) -> bool {
        self.columns[column].kind.is_date()
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of the first row of a row group, from 0.
    pub fn first_row(&self, group: usize) -> u64 {
        self.starts[group]
    }

    /// How many bytes a row group takes in the file.
    pub fn group_bytes(&self, group: usize) -> u64 {
        u64::try_from(self.file.metadata().row_group(group).compressed_size()).unwrap_or(0)
    }

    /// The rows of a row group from one of them on, with the text of the columns that are wanted; all others are empty.
    pub fn rows(&self, group: usize, skip: u64, wanted: impl Fn(usize) -> bool) -> Result<Rows> {
        let reader = self.file.get_row_group(group)?;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (place, leaf) in self.columns.iter().enumerate() {
            columns.push(if wanted(place) {
                Some(guarded(|| {
                    let column = reader.get_column_reader(leaf.number)?;
                    let mut column = values::column(leaf.kind, &leaf.description, column);
                    column.skip(skip as usize)?;
                    Ok(column)
                })?)
            } else {
                None
            });
        }
        Ok(Rows { columns, left: (self.starts[group + 1] - self.starts[group] - skip) as usize })
    }

    /// The names of the columns as a record.
    pub fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for (number, name) in self.names().enumerate() {
            if number > 0 {
                header.push(b',');
            }
            values::write_text(name.as_bytes(), &mut header);
        }
        header.push(b'\n');
        header
    }

    /// One row as a record, all of its columns.
    pub fn record(&self, row: u64) -> Result<Vec<u8>> {
        let group = self.starts.partition_point(|start| *start <= row) - 1;
        if group == self.groups() {
            return Err(damaged("a row is beyond the last one"));
        }
        let mut rows = self.rows(group, row - self.starts[group], |_| true)?;
        let mut record = Vec::new();
        rows.write(1, &mut record)?;
        Ok(record)
    }
}

impl fmt::Debug for Parquet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parquet").field("columns", &self.names().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Rows of one row group that are still to be read.
pub(super) struct Rows {
    /// One per column, where it is wanted.
    columns: Vec<Option<Box<dyn Column>>>,
    left: usize,
}

impl Rows {
    /// Appends the next rows as records; false when there are none left.
    pub fn next(&mut self, text: &mut Vec<u8>) -> Result<bool> {
        let rows = self.left.min(SLICE);
        self.write(rows, text)?;
        Ok(rows > 0)
    }

    fn write(&mut self, rows: usize, text: &mut Vec<u8>) -> Result<()> {
        for column in self.columns.iter_mut().flatten() {
            guarded(|| column.load(rows))?;
        }
        for _ in 0..rows {
            let begin = text.len();
            for (number, column) in self.columns.iter_mut().enumerate() {
                if number > 0 {
                    text.push(b',');
                }
                if let Some(column) = column {
                    column.write_next(text);
                }
            }
            // A line of nothing would be no row.
            if text[begin..].iter().all(|byte| *byte == b',') {
                text.splice(begin..begin, *b"\"\"");
            }
            text.push(b'\n');
        }
        self.left -= rows;
        Ok(())
    }
}

thread_local! {
    /// Whether this thread reads what may make the library panic, which is then told as an error alone.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What the library makes of bytes of a file; it panics at some that no writer makes.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                others(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    // What was being read is not touched again.
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    result.unwrap_or_else(|_| Err(damaged("a page does not fit its description")))
}

pub(crate) fn damaged(message: &str) -> ParquetError {
    ParquetError::General(message.into())
}

/// A file that is read a piece at a time, by several threads at once.
#[derive(Debug, Clone)]
pub(super) enum Pieces {
    Memory(Bytes),
    /// With its length.
    File(Arc<Mutex<Arc<File>>>, u64),
}

impl Pieces {
    pub fn of_memory(bytes: Arc<[u8]>) -> Self {
        Self::Memory(Bytes::from_owner(bytes))
    }

    pub fn of_file(file: Arc<File>, length: u64) -> Self {
        Self::File(Arc::new(Mutex::new(file)), length)
    }
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }
}

impl ChunkReader for Pieces {
    type T = BufReader<Piece>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(Piece { pieces: self.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(damaged("it ends early"));
        }
        match self {
            Self::Memory(bytes) => Ok(bytes.slice(start as usize..start as usize + length)),
            Self::File(..) => {
                let mut bytes = vec![0; length];
                Piece { pieces: self.clone(), position: start }.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

/// Reads from a position on.
pub(super) struct Piece {
    pieces: Pieces,
    position: u64,
}

impl Read for Piece {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match &self.pieces {
            Pieces::Memory(bytes) => {
                let from = bytes.len().min(self.position as usize);
                bytes.slice(from..).reader().read(buffer)?
            }
            Pieces::File(file, _) => {
                // Nobody relies on where a reading before has left the file.
                let file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let mut file = &**file;
                file.seek(SeekFrom::Start(self.position))?;
                file.read(buffer)?
            }
        };
        self.position += length as u64;
        Ok(length)
    }
}
