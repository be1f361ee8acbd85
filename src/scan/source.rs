//! Where bytes come from: paths, globs and standard input, opened and looked at before any work.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Error, ErrorKind, Location, Result};

/// How many bytes of a file are looked at to tell what it is.
const HEAD: usize = 4096;
/// How much of a stream is held in memory before it goes to a temporary file.
const SPOOL_IN_MEMORY: u64 = 16 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The files of one table, in the order given.
///
/// Every file has been opened once and is text as far as its first bytes tell: not missing, not a
/// folder, not empty, not compressed, not UTF-16.
#[derive(Debug, Clone)]
pub struct Inputs {
    sources: Vec<Source>,
}

/// One file of a table, under the name the user gave it; it can be read any number of times.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    content: Content,
    bytes: u64,
    /// Where the text begins: after a byte order mark.
    start: u64,
}

#[derive(Debug, Clone)]
enum Content {
    Path(PathBuf),
    Memory(Arc<[u8]>),
    /// An unnamed temporary file, which is gone when the process is.
    Spool(Arc<File>),
}

impl Inputs {
    /// The files that paths, globs and `-` (standard input, once) name.
    ///
    /// A name that exists is a path even where it could be a glob.
    ///
    /// # Errors
    /// `Io` for what cannot be opened, is a folder, or matches nothing; `Usage` for a file or
    /// standard input named twice, or for no name at all; `Data` for a file that is empty or no
    /// text in UTF-8.
    pub fn open<I>(names: I) -> Result<Self>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut sources = Vec::new();
        let mut seen = BTreeMap::new();
        for name in names {
            let name = name.as_ref();
            for (name, path) in expand(name)? {
                let key =
                    path.as_ref().and_then(|path| path.canonicalize().ok()).unwrap_or_else(|| name.clone().into());
                if let Some(earlier) = seen.insert(key, name.clone()) {
                    let message = if earlier == name {
                        format!("`{name}` is given twice")
                    } else {
                        format!("`{name}` and `{earlier}` are the same file")
                    };
                    return Err(Error::usage(message).hint("name each file once: its rows would count double"));
                }
                sources.push(match path {
                    None => Source::spool("-", io::stdin().lock())?,
                    Some(path) => Source::path(name, path)?,
                });
            }
        }
        if sources.is_empty() {
            return Err(Error::usage("no file is given").hint("name one or more files, or `-` for standard input"));
        }
        Ok(Self { sources })
    }

    /// Texts in memory, each under the name that messages give it.
    ///
    /// # Errors
    /// `Data` for a text that is empty or not in UTF-8.
    pub fn from_bytes<I, N, B>(texts: I) -> Result<Self>
    where
        I: IntoIterator<Item = (N, B)>,
        N: Into<String>,
        B: Into<Arc<[u8]>>,
    {
        let sources: Result<Vec<_>> = texts.into_iter().map(|(name, bytes)| Source::from_bytes(name, bytes)).collect();
        Ok(Self { sources: sources? })
    }

    /// One file.
    pub fn one(source: Source) -> Self {
        Self { sources: vec![source] }
    }

    /// The files, in the order given.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The names, as the user gave them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(Source::name)
    }

    /// The size of all files together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.bytes).sum()
    }
}

impl Source {
    /// A text in memory.
    ///
    /// # Errors
    /// `Data` where it is empty or not in UTF-8.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        Self { name: name.into(), bytes: bytes.len() as u64, content: Content::Memory(bytes), start: 0 }.looked_at()
    }

    /// The name the user gave; `-` is standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The BLAKE3 digest of all bytes, in hexadecimal: what tells whether two runs read the same file.
    ///
    /// # Errors
    /// `Io` where it cannot be read again.
    pub fn digest(&self) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(self.read_from(0)?).map_err(|source| Error::io("cannot be read", &self.name, source))?;
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Where the text begins.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    fn path(name: String, path: PathBuf) -> Result<Self> {
        let metadata = std::fs::metadata(&path).map_err(|source| {
            let missing = source.kind() == io::ErrorKind::NotFound;
            let error = Error::io("cannot be opened", &name, source);
            if missing { error.hint("check the spelling and the folder you are in") } else { error }
        })?;
        if metadata.is_dir() {
            return Err(Error::new(ErrorKind::Io, "is a folder")
                .at(Location::file(&name))
                .hint(format!("name the files in it: `{}`", Path::new(&name).join("*.csv").display())));
        }
        if !metadata.is_file() {
            // A pipe or a device can be read only once.
            let file = File::open(&path).map_err(|source| Error::io("cannot be opened", &name, source))?;
            return Self::spool(&name, file);
        }
        Self { name, content: Content::Path(path), bytes: metadata.len(), start: 0 }.looked_at()
    }

    fn spool(name: &str, mut stream: impl Read) -> Result<Self> {
        let failed = |source| Error::io("cannot be read", name, source);
        let mut head = Vec::new();
        stream.by_ref().take(SPOOL_IN_MEMORY).read_to_end(&mut head).map_err(failed)?;
        if (head.len() as u64) < SPOOL_IN_MEMORY {
            return Self::from_bytes(name, head);
        }
        let spooled = |source| Error::io("cannot be kept in a temporary file", name, source);
        let mut file = tempfile::tempfile().map_err(spooled)?;
        io::copy(&mut head.as_slice(), &mut file).map_err(spooled)?;
        drop(head);
        io::copy(&mut stream, &mut file).map_err(spooled)?;
        let bytes = file.stream_position().map_err(spooled)?;
        Self { name: name.into(), content: Content::Spool(Arc::new(file)), bytes, start: 0 }.looked_at()
    }

    /// Reads the text from a position on. Two readers of one spooled stream must not alternate.
    pub(super) fn read_from(&self, position: u64) -> Result<Reading> {
        let failed = |source| Error::io("cannot be read", &self.name, source);
        let mut reading = match &self.content {
            Content::Path(path) => Reading::File(File::open(path).map_err(failed)?),
            Content::Memory(bytes) => Reading::Memory(Cursor::new(bytes.clone())),
            Content::Spool(file) => Reading::Spool(file.clone()),
        };
        reading.seek(SeekFrom::Start(position)).map_err(failed)?;
        Ok(reading)
    }

    /// The bytes from a position on, up to `length` of them.
    pub(super) fn read_at(&self, position: u64, length: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_from(position)?
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io("cannot be read", &self.name, source))?;
        Ok(bytes)
    }

    fn looked_at(mut self) -> Result<Self> {
        let head = self.read_at(0, HEAD as u64)?;
        if let Some((message, hint)) = refusal(&head) {
            return Err(Error::data(message).at(Location::file(&self.name)).hint(hint));
        }
        if head.starts_with(BYTE_ORDER_MARK) {
            self.start = BYTE_ORDER_MARK.len() as u64;
        }
        Ok(self)
    }
}

/// Why a file that begins like this is not read, and what to do.
fn refusal(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const TO_UTF8: &str = "save it as UTF-8, or convert it: `iconv -f UTF-16 -t UTF-8 FILE`";
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    Some(match head {
        [] | b"\xEF\xBB\xBF" => ("is empty", "export it again: not even a header is there"),
        [0x1F, 0x8B, ..] => ("is compressed with gzip", "unpack it first: `gzip -dc FILE | custval … -`"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("is compressed with zstd", "unpack it first: `zstd -dc FILE | custval … -`"),
        [b'P', b'A', b'R', b'1', ..] => ("is a Parquet file", "export it as CSV"),
        [b'P', b'K', 3, 4, ..] => ("is a workbook or a zip archive", "save the sheet as CSV in UTF-8"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => ("is in UTF-16", TO_UTF8),
        _ => match (zeros(0), zeros(1)) {
            (0, 0) => return None,
            // Western text in UTF-16 has a zero in every other byte.
            (even, odd) if even.abs_diff(odd) * 4 > head.len() => ("is in UTF-16", TO_UTF8),
            _ => ("holds zero bytes, so it is no text", "export it as CSV in UTF-8"),
        },
    })
}

/// What a name stands for: names as the user sees them, and paths; no path is standard input.
fn expand(name: &str) -> Result<Vec<(String, Option<PathBuf>)>> {
    if name == "-" {
        return Ok(vec![("-".into(), None)]);
    }
    let path = PathBuf::from(name);
    if path.exists() || !name.contains(['*', '?', '[']) {
        return Ok(vec![(name.into(), Some(path))]);
    }
    let matches = glob::glob(name)
        .map_err(|source| Error::usage(format!("`{name}` is not a pattern of file names")).caused_by(source))?;
    let mut found = Vec::new();
    for entry in matches {
        let path = entry.map_err(|source| {
            let path = source.path().display().to_string();
            Error::io("cannot be read", path, source.into())
        })?;
        found.push((path.display().to_string(), Some(path)));
    }
    if found.is_empty() {
        return Err(Error::new(ErrorKind::Io, format!("no file matches `{name}`"))
            .hint("check the pattern and the folder you are in"));
    }
    Ok(found)
}

/// An open file, wherever it is.
#[derive(Debug)]
pub(super) enum Reading {
    File(File),
    Memory(Cursor<Arc<[u8]>>),
    Spool(Arc<File>),
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(cursor) => cursor.read(buffer),
            Self::Spool(file) => (&**file).read(buffer),
        }
    }
}

impl Seek for Reading {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(position),
            Self::Memory(cursor) => cursor.seek(position),
            Self::Spool(file) => (&**file).seek(position),
        }
    }
}
