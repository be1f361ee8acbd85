//! Files that are not text as they lie there: compressed, in UTF-16, or with the line ends of old Macs. They are turned into
//! plain text while they are read.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::GzDecoder;

/// How much is read from the file at a time.
const BUFFER: usize = 1 << 18;

/// What has to be undone to get at the text, in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Packing {
    pub compression: Option<Compression>,
    pub utf16: Option<Utf16>,
    /// Whether lines end with a carriage return alone.
    pub returns: bool,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
}

/// The order of the two bytes of each unit of UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Utf16 {
    LittleEnd,
    BigEnd,
}

impl Packing {
    /// Whether the file is text as it lies there.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The text of a file that is packed like this.
    pub fn open<R: Read + Send + 'static>(self, file: R) -> io::Result<Box<dyn Read + Send>> {
        let file = BufReader::with_capacity(BUFFER, file);
        let unpacked: Box<dyn Read + Send> = match self.compression {
            None => Box::new(file),
            Some(Compression::Gzip) => Box::new(Members(Some(GzDecoder::new(file)))),
            Some(Compression::Zstd) => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
        };
        let text: Box<dyn Read + Send> = match self.utf16 {
            None => unpacked,
            Some(order) => {
                let decoder = DecodeReaderBytesBuilder::new()
                    .encoding(Some(order.encoding()))
                    .build_with_buffer(unpacked, vec![0; BUFFER])
                    .map_err(io::Error::other)?;
                Box::new(decoder)
            }
        };
        Ok(if self.returns { Box::new(Returns(text)) } else { text })
    }
}

impl Compression {
    /// The compression of a file that begins like this.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            // The latter is a frame to skip, which some writers put before the first one of text.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The name used in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What files of this kind end with.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &[".gz", ".gzip"],
            Self::Zstd => &[".zst", ".zstd"],
        }
    }
}

impl Utf16 {
    /// The order of bytes of a text that begins like this, if it is in UTF-16: by its mark, or since Western text has a zero
    /// in every other byte.
    pub fn of(head: &[u8]) -> Option<Self> {
        let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
        match head {
            [0xFF, 0xFE, ..] => Some(Self::LittleEnd),
            [0xFE, 0xFF, ..] => Some(Self::BigEnd),
            _ => match (zeros(0), zeros(1)) {
                (even, odd) if odd > even && (odd - even) * 4 > head.len() => Some(Self::LittleEnd),
                (even, odd) if even > odd && (even - odd) * 4 > head.len() => Some(Self::BigEnd),
                _ => None,
            },
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::LittleEnd => UTF_16LE,
            Self::BigEnd => UTF_16BE,
        }
    }
}

/// Whether the first line of a text ends with a carriage return alone. Line feeds may follow: in fields, and at the end of a file
/// that something else has written to.
pub(super) fn ends_with_returns(head: &[u8]) -> bool {
    let mut quoted = false;
    for (at, byte) in head.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return false,
            b'\r' if !quoted => return head.get(at + 1) != Some(&b'\n'),
            _ => {}
        }
    }
    false
}

/// The members of a gzip file, one after the other; zeros behind them are padding, as of tapes. None at the end.
struct Members<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let length = member.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            skip_zeros(member.get_mut())?;
            let at_end = member.get_mut().fill_buf()?.is_empty();
            self.0 = self.0.take().filter(|_| !at_end).map(|member| GzDecoder::new(member.into_inner()));
        }
        Ok(0)
    }
}

fn skip_zeros(file: &mut impl BufRead) -> io::Result<()> {
    loop {
        let held = file.fill_buf()?;
        let zeros = held.iter().take_while(|byte| **byte == 0).count();
        if zeros == 0 {
            return Ok(());
        }
        file.consume(zeros);
    }
}

/// Turns carriage returns into line feeds.
struct Returns<R>(R);

impl<R: Read> Read for Returns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        buffer[..length].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        Ok(length)
    }
}
