//! Where a record ends, and which fields it has: the one meaning of quotes and line ends.
//!
//! A record ends at a line feed outside quotes; a carriage return before it belongs to the line end.
//! A quote opens only at the beginning of a field; inside, two quotes are one. A quote anywhere else
//! is an ordinary character, but for a field that is all of it `="00123"`: so spreadsheets are told to keep the digits of a text,
//! which is what stands in those quotes.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use memchr::{memchr, memchr_iter, memchr2};
use wide::u8x16;

use crate::dialect::Encoding;

/// What separates fields, and what may stand around one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    pub delimiter: u8,
    /// `None` where a quote is an ordinary character.
    pub quote: Option<u8>,
}

/// What can be said of all bytes of a text, and then need not be asked of each field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// Whether all are ASCII.
    pub ascii: bool,
    /// Whether there is a quote, so that a record may be more than a line.
    pub quotes: bool,
    /// Whether there is a plus sign.
    pub plus: bool,
    /// Whether there is a zero byte, which no text has.
    pub zeros: bool,
    /// How many lines end.
    pub lines: u64,
}

impl Looks {
    /// Looks at all bytes once.
    pub(super) fn of(text: &[u8], syntax: Syntax) -> Self {
        // As many as can be counted in one byte.
        const COUNTED: usize = 255;
        let none = u8x16::splat(0);
        let [quote, sign, line_end] = [syntax.quote.unwrap_or(b'\n'), b'+', b'\n'].map(u8x16::splat);
        let (mut bits, mut least, mut quotes, mut signs, mut lines) = (none, !none, none, none, 0);
        let mut look = |blocks: &[[u8; 16]]| {
            let mut ended = none;
            for block in blocks {
                let bytes = u8x16::new(*block);
                bits |= bytes;
                least = least.min(bytes);
                quotes |= bytes.simd_eq(quote);
                signs |= bytes.simd_eq(sign);
                // What is equal is one less than zero.
                ended -= bytes.simd_eq(line_end);
            }
            lines += ended.to_array().iter().map(|lines| u64::from(*lines)).sum::<u64>();
        };
        let (blocks, rest) = text.as_chunks::<16>();
        blocks.chunks(COUNTED).for_each(&mut look);
        // What is not there is a line end, and one too many.
        let mut last = [b'\n'; 16];
        last[..rest.len()].copy_from_slice(rest);
        look(&[last]);
        Self {
            ascii: bits.to_array().is_ascii(),
            quotes: syntax.quote.is_some() && quotes.any(),
            plus: signs.any(),
            zeros: least.to_array().contains(&0),
            lines: lines - (last.len() - rest.len()) as u64,
        }
    }
}

/// The longest record. A quote that is open for longer was never meant to be one.
pub(super) const LONGEST_RECORD: usize = 64 << 20;

/// Where a record ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At this position, which is after its line feed.
    At(usize),
    /// Its first line ends at this position; a quote in it is never closed.
    Unclosed(usize),
    /// Beyond what has been read.
    Beyond,
}

/// Finds the end of the record that begins at `start`. At the end of a file the text must end with a
/// line feed.
pub(super) fn record_end(text: &[u8], start: usize, syntax: Syntax, end_of_file: bool) -> End {
    let Some(quote) = syntax.quote else {
        return memchr(b'\n', &text[start..]).map_or(End::Beyond, |end| End::At(start + end + 1));
    };
    let mut at = start;
    loop {
        let Some(found) = memchr2(quote, b'\n', &text[at..]).map(|found| at + found) else { return End::Beyond };
        if text[found] == b'\n' {
            return End::At(found + 1);
        }
        if found > start && text[found - 1] != syntax.delimiter {
            at = found + 1;
            continue;
        }
        match closing_quote(text, found + 1, quote) {
            Some(after) if after - start <= LONGEST_RECORD => at = after,
            None if !end_of_file && text.len() - start <= LONGEST_RECORD => return End::Beyond,
            _ => {
                return match memchr(b'\n', &text[start..]) {
                    Some(first) => End::Unclosed(start + first + 1),
                    None => End::Beyond,
                };
            }
        }
    }
}

/// The position after the quote that closes a field whose text begins at `at`. A quote at the very
/// end of what has been read may be the first of two, but then the record is not at its end either.
fn closing_quote(text: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    loop {
        let found = at + memchr(quote, &text[at..])?;
        if text.get(found + 1) != Some(&quote) {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

/// Whether every quote that closes in a record stands at the end of a field: else one that opens was not meant to. Nobody means a quote
/// in a record of one line, which ends with it.
pub(super) fn is_well_quoted(record: &[u8], syntax: Syntax) -> bool {
    let Some(quote) = syntax.quote.filter(|_| count_lines(record) > 1) else { return true };
    let mut begin = 0;
    while begin < record.len() {
        let end = if record[begin] == quote {
            let after = closing_quote(record, begin + 1, quote).unwrap_or(record.len());
            if !matches!(record.get(after), Some(b'\r' | b'\n')) && record.get(after) != Some(&syntax.delimiter) {
                return false;
            }
            after
        } else {
            let rest = &record[begin..];
            memchr2(syntax.delimiter, b'\n', rest).map_or(record.len(), |end| begin + end)
        };
        begin = end + 1;
    }
    true
}

/// How many bytes of a text that begins with a record are whole records.
pub(super) fn whole_records(text: &[u8], syntax: Syntax) -> usize {
    let mut at = 0;
    while let End::At(end) | End::Unclosed(end) = record_end(text, at, syntax, false) {
        at = end;
    }
    at
}

/// How many lines a piece of text has ended.
pub(super) fn count_lines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

/// A record without its line end.
pub(super) fn trim_line_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// Whether a record is no row: nothing, or nothing but delimiters and space, as spreadsheets leave below their last one.
pub(super) fn is_blank(record: &[u8], syntax: Syntax) -> bool {
    trim_line_end(record).iter().all(|byte| *byte == syntax.delimiter || *byte == b' ')
}

/// Splits records into fields and takes the quotes off; its memory is used again and again.
pub(super) struct Splitter {
    reader: Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    /// Whether `="00123"` is `00123`.
    protected: bool,
}

impl Splitter {
    pub(super) fn new(syntax: Syntax) -> Self {
        let mut reader = ReaderBuilder::new();
        reader.delimiter(syntax.delimiter).terminator(Terminator::Any(b'\n')).quoting(syntax.quote.is_some());
        let mut reader = reader.quote(syntax.quote.unwrap_or(b'"')).build();
        // The first bytes a reader sees lose a byte order mark; ours are the middle of a file.
        reader.read_record(b"\n", &mut [0; 4], &mut [0; 4]);
        Self { reader, bytes: Vec::new(), ends: Vec::new(), fields: 0, protected: syntax.quote == Some(b'"') }
    }

    /// Takes one record in that ends with a line feed and has no unclosed quote.
    pub(super) fn split(&mut self, record: &[u8]) {
        if self.bytes.len() < record.len() {
            self.bytes.resize(record.len(), 0);
            self.ends.resize(record.len() + 1, 0);
        }
        let (result, _, _, fields) = self.reader.read_record(record, &mut self.bytes, &mut self.ends);
        self.fields = match result {
            ReadRecordResult::Record => fields,
            // A lone line feed.
            _ => 0,
        };
        if record.ends_with(b"\r\n") && self.fields > 0 {
            self.ends[self.fields - 1] -= 1;
        }
    }

    /// How many fields the record has.
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    /// One field, counted from 0.
    pub(super) fn get(&self, field: usize) -> &[u8] {
        let start = if field == 0 { 0 } else { self.ends[field - 1] };
        match &self.bytes[start..self.ends[field]] {
            [b'=', b'"', text @ .., b'"'] if self.protected && !text.contains(&b'"') => text,
            written => written,
        }
    }

    /// All fields as text, for a header.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |field: usize| {
            let bytes = self.get(field);
            let decoded = Encoding::Utf8.decode(bytes).or_else(|| Encoding::Windows1252.decode(bytes));
            String::from_utf8_lossy(&decoded.unwrap_or(bytes.into())).into_owned()
        };
        (0..self.fields).map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_looks_like_all_of_its_bytes() {
        let quoted = Syntax { delimiter: b',', quote: Some(b'"') };
        for length in [0_usize, 1, 15, 16, 17, 100, 255 * 16, 255 * 16 + 9, 20_000] {
            for byte in [b'x', b'"', b'+', b'\n', 0, 0x7F, 0x80, 0xFF] {
                for at in [0, length / 2, length.saturating_sub(1)] {
                    let mut text: Vec<u8> = (0..length).map(|at| if at % 3 == 0 { b'\n' } else { b'x' }).collect();
                    text.iter_mut().skip(at).take(1).for_each(|there| *there = byte);
                    let expected = Looks {
                        ascii: text.is_ascii(),
                        quotes: text.contains(&b'"'),
                        plus: text.contains(&b'+'),
                        zeros: text.contains(&0),
                        lines: count_lines(&text),
                    };
                    assert_eq!(Looks::of(&text, quoted), expected, "{byte} at {at} of {length}");
                    let plain = Looks::of(&text, Syntax { quote: None, ..quoted });
                    assert_eq!(plain, Looks { quotes: false, ..expected });
                }
            }
        }
    }
}
