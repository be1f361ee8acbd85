//! Rows that cannot be used: shown, or written byte for byte to be mended and fed back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::head::Head;
use super::packed::Compression;
use super::problems::Problems;
use super::reason::Reason;
use super::records::Splitter;
use super::source::{Reading, Source};
use super::{Delimiter, Inputs};
use crate::dialect::Encoding;
use crate::{Error, Location, Result};

/// Where a bad row stands and why it is one; its bytes stay in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadRow {
    pub file: usize,
    pub line: u64,
    pub offset: u64,
    pub length: u64,
    pub reason: Reason,
    pub column: Option<usize>,
}

/// Rows that cannot be used for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RejectedRows {
    /// The line of the first.
    pub line: u64,
    /// The column that the reason is about.
    pub column: Option<String>,
    pub reason: &'static str,
    /// What stands there in the first.
    pub value: String,
    pub count: u64,
}

/// Rows that were set aside because they cannot be used.
#[derive(Debug, Clone)]
pub struct Rejects {
    pub(super) inputs: Inputs,
    pub(super) heads: Vec<Head>,
    pub(super) rows: Vec<BadRow>,
}

impl Rejects {
    pub(super) fn new(inputs: &Inputs, heads: &[Head], rows: Vec<BadRow>) -> Self {
        let without_sample = |head: &Head| Head { sample: Vec::new(), ..head.clone() };
        Self { inputs: inputs.clone(), heads: heads.iter().map(without_sample).collect(), rows }
    }

    /// No row of no file.
    pub fn none() -> Self {
        Self { inputs: Inputs::none(), heads: Vec::new(), rows: Vec::new() }
    }

    /// Takes over the rows of other files, or more rows of the same.
    pub fn add(&mut self, other: Self) {
        let own = |source: &Source, place: usize| self.inputs.sources()[place].name() == source.name();
        let places: Vec<usize> = other
            .inputs
            .sources()
            .iter()
            .scan(self.inputs.sources().len(), |next, source| {
                let known = (0..self.inputs.sources().len()).find(|place| own(source, *place));
                Some(known.unwrap_or_else(|| {
                    *next += 1;
                    *next - 1
                }))
            })
            .collect();
        let before = self.inputs.sources().len();
        for ((source, head), place) in other.inputs.sources().iter().zip(other.heads).zip(&places) {
            if *place >= before {
                self.inputs.push(source.clone());
                self.heads.push(head);
            }
        }
        self.rows.extend(other.rows.into_iter().map(|row| BadRow { file: places[row.file], ..row }));
        self.rows.sort_unstable_by_key(|row| (row.file, row.line));
        self.rows.dedup_by_key(|row| (row.file, row.line));
    }

    /// How many rows there are by reason.
    pub fn by_reason(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        self.rows.iter().for_each(|row| *counts.entry(row.reason.name()).or_default() += 1);
        counts
    }

    /// How many rows were set aside.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the rows into a folder, which is made where it does not exist.
    ///
    /// # Shape
    /// Per input with such rows a file of its name (`stdin.csv` for standard input; a number is added
    /// where two inputs have the same name) with the input's header, without titles above it, and the rows, byte for byte (unpacked, and in UTF-8 where the input is in UTF-16); and
    /// `reasons.csv` with `file, line, byte_offset, column, value, reason` for each, by file and line. Rows of a Parquet file are
    /// written as CSV, without a place in bytes.
    ///
    /// # Errors
    /// `Io` where something cannot be read or written, or a file of that name exists already.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |source| Error::io("cannot be written", path.clone(), source)
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let create = |name: &str| -> Result<BufWriter<fs::File>> {
            let path = folder.join(name);
            let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed(&path))?;
            Ok(BufWriter::new(file))
        };
        let reasons_path = folder.join("reasons.csv");
        let refused = |source: csv::Error| {
            Error::io("cannot be written", reasons_path.display().to_string(), std::io::Error::other(source))
        };
        let mut reasons = csv::Writer::from_writer(create("reasons.csv")?);
        reasons.write_record(["file", "line", "byte_offset", "column", "value", "reason"]).map_err(refused)?;
        let mut taken = BTreeSet::from(["reasons.csv".to_owned()]);
        for rows in self.rows.chunk_by(|one, next| one.file == next.file) {
            let file = rows[0].file;
            let source = &self.inputs.sources()[file];
            let name = free_name(source.name(), &mut taken);
            let path = folder.join(&name);
            let mut written = create(&name)?;
            let header = match source.parquet() {
                Some(parquet) => parquet.header(),
                None => {
                    let Head { begins_at, rows_at, told, .. } = &self.heads[file];
                    let told = told.map(|delimiter| [b"sep=", &[delimiter][..], b"\n"].concat());
                    [told.unwrap_or_default(), source.read_at(*begins_at, rows_at - begins_at)?].concat()
                }
            };
            write_record(&mut written, &header).map_err(failed(&path))?;
            let mut values = Values::new(self, file)?;
            for row in rows {
                let (record, value) = values.read(row)?;
                write_record(&mut written, &record).map_err(failed(&path))?;
                let column = row.column.map_or("", |column| self.column_name(file, column));
                let offset = if source.parquet().is_some() { String::new() } else { row.offset.to_string() };
                reasons
                    .write_record([
                        source.name().as_bytes(),
                        row.line.to_string().as_bytes(),
                        offset.as_bytes(),
                        column.as_bytes(),
                        readable(&value).as_bytes(),
                        row.reason.name().as_bytes(),
                    ])
                    .map_err(refused)?;
            }
            written.flush().map_err(failed(&path))?;
        }
        reasons.flush().map_err(failed(&reasons_path))
    }

    /// The rows of one file by reason and column, in the order of the first of each.
    pub(crate) fn gathered(&self) -> Result<Vec<RejectedRows>> {
        let mut kinds: Vec<(&BadRow, u64)> = Vec::new();
        for row in &self.rows {
            match kinds.iter_mut().find(|(own, _)| (own.reason, own.column) == (row.reason, row.column)) {
                Some((_, count)) => *count += 1,
                None => kinds.push((row, 1)),
            }
        }
        let Some((first, _)) = kinds.first() else { return Ok(Vec::new()) };
        let mut values = Values::new(self, first.file)?;
        let rejected = kinds.into_iter().map(|(row, count)| {
            // What is wrong with a whole record is said by its reason.
            let value = row.column.map(|_| values.read(row)).transpose()?.map(|(_, value)| shortened(&value));
            Ok(RejectedRows {
                line: row.line,
                column: row.column.map(|column| self.column_name(row.file, column).to_owned()),
                reason: row.reason.name(),
                value: value.unwrap_or_default(),
                count,
            })
        });
        rejected.collect()
    }

    /// The first rows, as problems.
    pub(super) fn problems(&self) -> Result<Problems> {
        let mut problems = Problems::new();
        for row in self.rows.iter().take(super::problems::SHOWN) {
            let (_, value) = Values::new(self, row.file)?.read(row)?;
            let mut location = Location::line(self.inputs.sources()[row.file].name(), row.line);
            if let Some(column) = row.column {
                location = location.column(self.column_name(row.file, column));
            }
            let message = row.reason.message(&shortened(&value));
            problems.add((row.file, row.line, row.column.unwrap_or(0)), row.reason.name(), location, message);
        }
        Ok(problems)
    }

    /// The name of the first file.
    pub(super) fn file(&self) -> &str {
        self.inputs.names().next().unwrap_or_default()
    }

    fn column_name(&self, file: usize, column: usize) -> &str {
        &self.heads[file].header.names()[column]
    }
}

/// Reads bad rows of one file again.
struct Values<'a> {
    rejects: &'a Rejects,
    file: usize,
    splitter: Splitter,
    reading: BufReader<Reading>,
    position: u64,
}

impl<'a> Values<'a> {
    fn new(rejects: &'a Rejects, file: usize) -> Result<Self> {
        let reading = BufReader::with_capacity(1 << 18, rejects.inputs.sources()[file].read_from(0)?);
        Ok(Self { rejects, file, splitter: Splitter::new(rejects.heads[file].syntax), reading, position: 0 })
    }

    /// The bytes of a record. Rows come in the order of the file, so that it is read once.
    fn bytes(&mut self, row: &BadRow) -> std::io::Result<Vec<u8>> {
        let mut on = row.offset - self.position;
        let buffered = self.reading.buffer().len();
        if on <= buffered as u64 {
            self.reading.consume(on as usize);
        } else {
            on -= buffered as u64;
            self.reading.consume(buffered);
            self.reading.get_mut().skip(on)?;
        }
        let mut record = vec![0; row.length as usize];
        self.reading.read_exact(&mut record)?;
        self.position = row.offset + row.length;
        Ok(record)
    }

    /// The record, byte for byte, and the value that is wrong.
    fn read(&mut self, row: &BadRow) -> Result<(Vec<u8>, Vec<u8>)> {
        let source = &self.rejects.inputs.sources()[self.file];
        let record = match source.parquet() {
            Some(parquet) => {
                let first = self.rejects.heads[self.file].rows_line;
                parquet.record(row.line - first).map_err(|problem| source.damaged(problem))?
            }
            None => self.bytes(row).map_err(|problem| Error::io("cannot be read again", source.name(), problem))?,
        };
        if matches!(row.reason, Reason::UnclosedQuote | Reason::ZeroByte) {
            return Ok((record, Vec::new()));
        }
        let mut line = record.clone();
        if !line.ends_with(b"\n") {
            line.push(b'\n');
        }
        self.splitter.split(&line);
        let value = match row.column {
            Some(column) if column < self.splitter.len() => self.splitter.get(column).to_vec(),
            _ => {
                let head = &self.rejects.heads[self.file];
                let (fields, expected) = (self.splitter.len(), head.header.names().len());
                let plural = if fields == 1 { "" } else { "s" };
                let is_empty = |field: usize| self.splitter.get(field).is_empty();
                let ending = match fields > expected && (expected..fields).all(is_empty) {
                    true => format!(": it ends with `{}`", Delimiter(head.syntax.delimiter)),
                    false => String::new(),
                };
                format!("{fields} field{plural} where the header has {expected}{ending}").into_bytes()
            }
        };
        Ok((record, value))
    }
}

/// A value as text, in the encoding that makes one of it.
fn readable(value: &[u8]) -> String {
    let decoded = Encoding::Utf8.decode(value).or_else(|| Encoding::Windows1252.decode(value));
    String::from_utf8_lossy(&decoded.unwrap_or(value.into())).into_owned()
}

/// A value short enough for a line of a message.
pub(crate) fn shortened(value: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = readable(value).replace(['\n', '\r', '\t'], " ");
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

fn write_record(writer: &mut impl Write, record: &[u8]) -> std::io::Result<()> {
    writer.write_all(record)?;
    if record.ends_with(b"\n") { Ok(()) } else { writer.write_all(b"\n") }
}

/// A file name for an input that no other has.
fn free_name(input: &str, taken: &mut BTreeSet<String>) -> String {
    let name = if input == "-" {
        "stdin.csv".into()
    } else {
        Path::new(input).file_name().map_or_else(|| "input.csv".into(), |name| name.to_string_lossy().into_owned())
    };
    // What is written is text, however the input was compressed.
    let extensions = [Compression::Gzip, Compression::Zstd].into_iter().flat_map(Compression::extensions);
    let plain = extensions.filter_map(|extension| name.strip_suffix(extension)).next().map(str::to_owned);
    let name = plain.unwrap_or(name);
    let name = name.strip_suffix(".parquet").map(|stem| format!("{stem}.csv")).unwrap_or(name);
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem.to_owned(), format!(".{extension}")),
        _ => (name.clone(), String::new()),
    };
    let mut free = name;
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{stem}-{number}{extension}");
        number += 1;
    }
    free
}
