//! Files cut into chunks of whole records, one after the other, for whichever thread asks next.

use std::io::Read;

use super::Inputs;
use super::head::Head;
use super::records::{LONGEST_RECORD, Looks, count_lines, whole_records};
use super::source::{Reading, unread};
use crate::progress::Progress;
use crate::{Error, Location, Result};

/// How many bytes are read at a time: large enough that asking costs nothing, small enough that they are still in the
/// second cache when they are parsed.
pub(super) const CHUNK: usize = 512 << 10;

/// Whole records of one file. The last one ends with a line feed even where the file does not.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub text: Vec<u8>,
    /// The file, and the place in the order of all chunks.
    pub file: usize,
    pub number: u64,
    /// Where in the file the chunk begins: byte, and line from 1.
    pub offset: u64,
    pub line: u64,
    /// What the text looks like; only the lines of its records are counted.
    pub looks: Looks,
    /// How many bytes of `text` are records; what follows is of no interest.
    pub length: usize,
    /// Whether the last line feed is ours and not the file's.
    pub completed: bool,
    /// The row group whose rows are to become the text, where the file is none.
    pub group: Option<usize>,
}

impl Chunk {
    pub fn records(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

/// The one reader of all files; threads take turns.
pub(super) struct Chunks<'a> {
    inputs: &'a Inputs,
    heads: &'a [Head],
    progress: &'a dyn Progress,
    size: usize,
    file: usize,
    reading: Option<Reading>,
    number: u64,
    offset: u64,
    line: u64,
    /// The beginning of a record whose end has not been read yet.
    carry: Vec<u8>,
    /// The next row group of a file that has such.
    group: usize,
}

impl<'a> Chunks<'a> {
    pub fn new(inputs: &'a Inputs, heads: &'a [Head], progress: &'a dyn Progress, size: usize) -> Self {
        Self {
            inputs,
            heads,
            progress,
            size,
            file: 0,
            reading: None,
            number: 0,
            offset: 0,
            line: 0,
            carry: Vec::new(),
            group: 0,
        }
    }

    /// Fills the chunk with the next records; false when there are none left. After an error there
    /// are none either, so that all threads stop.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        let result = self.fill(chunk);
        if result.is_err() {
            self.file = self.heads.len();
        }
        result
    }

    fn fill(&mut self, chunk: &mut Chunk) -> Result<bool> {
        while self.file < self.heads.len() {
            if let Some(parquet) = self.inputs.sources()[self.file].parquet() {
                if self.group == parquet.groups() {
                    self.group = 0;
                    self.file += 1;
                    continue;
                }
                chunk.group = Some(self.group);
                chunk.file = self.file;
                chunk.number = self.number;
                chunk.line = self.heads[self.file].rows_line + parquet.first_row(self.group);
                self.progress.advance(parquet.group_bytes(self.group));
                self.number += 1;
                self.group += 1;
                return Ok(true);
            }
            if self.reading.is_none() {
                let head = &self.heads[self.file];
                self.reading = Some(self.inputs.sources()[self.file].read_from(head.rows_at)?);
                self.offset = head.rows_at;
                self.line = head.rows_line;
                self.progress.advance(head.rows_at);
                self.carry.clear();
            }
            let end_of_file = self.read(chunk)?;
            chunk.group = None;
            chunk.file = self.file;
            chunk.number = self.number;
            chunk.offset = self.offset;
            chunk.line = self.line;
            self.number += 1;
            self.offset += chunk.length as u64;
            self.line += chunk.looks.lines;
            self.progress.advance(chunk.length as u64 - u64::from(chunk.completed));
            if end_of_file {
                self.reading = None;
                self.file += 1;
            }
            if chunk.length > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads until there is at least one whole record; true at the end of the file.
    fn read(&mut self, chunk: &mut Chunk) -> Result<bool> {
        let name = self.inputs.sources()[self.file].name();
        let syntax = self.heads[self.file].syntax;
        let reading = self.reading.as_mut().expect("the file was opened above");
        let text = &mut chunk.text;
        let mut filled = self.carry.len();
        if text.len() < filled {
            text.resize(filled, 0);
        }
        text[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        let mut wanted = self.size.max(filled * 2);
        loop {
            if text.len() < wanted + 1 {
                text.resize(wanted + 1, 0);
            }
            let mut end_of_file = false;
            while filled < wanted && !end_of_file {
                match reading.read(&mut text[filled..wanted]) {
                    Ok(0) => end_of_file = true,
                    Ok(bytes) => filled += bytes,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(unread(name, error)),
                }
            }
            chunk.completed = end_of_file && filled > 0 && text[filled - 1] != b'\n';
            if chunk.completed {
                text[filled] = b'\n';
                filled += 1;
            }
            chunk.looks = Looks::of(&text[..filled], syntax);
            if end_of_file {
                chunk.length = filled;
                return Ok(true);
            }
            chunk.length = if chunk.looks.quotes {
                whole_records(&text[..filled], syntax)
            } else {
                memchr::memrchr(b'\n', &text[..filled]).map_or(0, |last| last + 1)
            };
            if chunk.length > 0 {
                self.carry.extend_from_slice(&text[chunk.length..filled]);
                chunk.looks.lines -= count_lines(&self.carry);
                return Ok(false);
            }
            if filled > 2 * LONGEST_RECORD {
                return Err(Error::data("has a line of more than 100 million characters")
                    .at(Location::line(name, self.line))
                    .hint("check that it is a CSV file with one record a line"));
            }
            wanted = 2 * filled.max(self.size);
        }
    }
}
