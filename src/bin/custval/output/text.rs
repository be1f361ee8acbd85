//! CSV, TSV, JSON and JSON lines, to the last digit, formatted in parallel and written in order.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::mpsc;

use memchr::{memchr, memchr3};
use polars::prelude::DataFrame;

use super::cells::Cells;

/// Rows formatted at a time by one thread: few, so that all threads share a table of some thousands.
const BLOCK: usize = 2_048;
/// What a row of text has at most in an ordinary table: room that spares growing.
const ROW_BYTES: usize = 160;
/// Blocks that are formatted before they are written.
const BLOCKS: usize = 32;

/// Writes the names of the columns as a line of delimited text.
///
/// # Errors
/// Where the writer fails.
pub fn write_header(frame: &DataFrame, delimiter: u8, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut header = csv_writer(delimiter);
    header.write_record(frame.get_column_names())?;
    Ok(out.write_all(&content(header)?)?)
}

/// Writes the rows of the frame as delimited text.
///
/// # Errors
/// Where the writer fails.
pub fn write_delimited(frame: &DataFrame, delimiter: u8, out: &mut dyn Write) -> anyhow::Result<()> {
    let cells = Cells::of_frame(frame)?;
    write_blocks(frame.height(), out, |rows, block| {
        block.reserve(rows.len() * ROW_BYTES);
        for row in rows {
            for (position, cell) in cells.iter().enumerate() {
                if position > 0 {
                    block.push(delimiter);
                }
                let start = block.len();
                cell.write_exactly(row, block);
                if cell.is_text() && is_special(&block[start..], delimiter) {
                    quote(block, start);
                }
                // A line without anything on it would be no row.
                if cells.len() == 1 && block.len() == start {
                    block.extend_from_slice(b"\"\"");
                }
            }
            block.push(b'\n');
        }
        Ok(())
    })
}

fn is_special(field: &[u8], delimiter: u8) -> bool {
    memchr3(b'"', b'\r', b'\n', field).is_some() || memchr(delimiter, field).is_some()
}

/// Puts quotes around what begins at `start`, and doubles those in it.
fn quote(block: &mut Vec<u8>, start: usize) {
    let field = block.split_off(start);
    block.push(b'"');
    for byte in field {
        if byte == b'"' {
            block.push(b'"');
        }
        block.push(byte);
    }
    block.push(b'"');
}

fn content(writer: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(|error| error.into_error())
}

fn csv_writer(delimiter: u8) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new())
}

/// Writes the frame as one JSON object a row: an array, or a line each.
///
/// # Errors
/// Where the writer fails.
pub fn write_json(frame: &DataFrame, lines: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let cells = Cells::of_frame(frame)?;
    let names: Vec<String> = cells.iter().map(|cell| serde_json::to_string(cell.name)).collect::<Result<_, _>>()?;
    let height = frame.height();
    if !lines {
        out.write_all(b"[")?;
    }
    write_blocks(height, out, |rows, block| {
        let mut text = Vec::new();
        for row in rows {
            if !lines {
                block.extend_from_slice(if row == 0 { b"\n" } else { b",\n" });
            }
            block.push(b'{');
            for (position, (cell, name)) in cells.iter().zip(&names).enumerate() {
                if position > 0 {
                    block.push(b',');
                }
                block.extend_from_slice(name.as_bytes());
                block.push(b':');
                text.clear();
                if !cell.write_exactly(row, &mut text) {
                    block.extend_from_slice(b"null");
                } else if cell.is_number() || cell.is_flag() {
                    block.extend_from_slice(&text);
                } else {
                    serde_json::to_writer(&mut *block, &String::from_utf8_lossy(&text))?;
                }
            }
            block.push(b'}');
            if lines {
                block.push(b'\n');
            }
        }
        Ok(())
    })?;
    if !lines {
        out.write_all(if height == 0 { b"]\n" } else { b"\n]\n" })?;
    }
    Ok(())
}

/// Formats blocks of rows in parallel and writes them in order, the next ones while these are written.
///
/// The threads of the pool format and this one, which is none of them, writes: it waits for the block that is next.
fn write_blocks(
    height: usize,
    out: &mut dyn Write,
    format: impl Fn(std::ops::Range<usize>, &mut Vec<u8>) -> io::Result<()> + Sync,
) -> anyhow::Result<()> {
    debug_assert!(rayon::current_thread_index().is_none(), "a thread of the pool would wait for itself");
    let blocks = height.div_ceil(BLOCK);
    let (done, formatted) = mpsc::channel();
    rayon::in_place_scope_fifo(|scope| {
        let start = |number: usize, mut block: Vec<u8>| {
            let (done, format) = (done.clone(), &format);
            scope.spawn_fifo(move |_| {
                block.clear();
                let rows = number * BLOCK..height.min((number + 1) * BLOCK);
                let result = format(rows, &mut block).map(|()| block);
                // Nobody receives it where writing has failed.
                let _ = done.send((number, result));
            });
        };
        (0..blocks.min(BLOCKS)).for_each(|number| start(number, Vec::new()));
        let mut early = BTreeMap::new();
        for number in 0..blocks {
            while !early.contains_key(&number) {
                let (number, block) = formatted.recv()?;
                early.insert(number, block);
            }
            let block: io::Result<Vec<u8>> = early.remove(&number).expect("the block has just been there");
            let block = block?;
            out.write_all(&block)?;
            // The same memory again and again.
            if number + BLOCKS < blocks {
                start(number + BLOCKS, block);
            }
        }
        Ok(())
    })
}
