//! Where bytes come from: paths, globs and standard input, opened and looked at before any work.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::packed::{self, Compression, Packing, Utf16};
use super::parquet::{self, Parquet, Pieces};
use crate::{Error, ErrorKind, Location, Result};

/// What to do with a file that is compressed in a way that is not undone.
const UNPACK: &str = "unpack it first; gzip and zstd are undone while reading, once";
/// How many bytes of a file are looked at to tell what it is.
const HEAD: u64 = 1 << 16;
/// How much of a stream is held in memory before it goes to a temporary file.
const SPOOL_IN_MEMORY: u64 = 16 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The files of one table, in the order given.
///
/// Every file has been opened once and is text or Parquet as far as its first bytes tell: not missing, not a folder, not empty.
/// Compressed files (gzip, zstd) and such in UTF-16 are turned into plain text while they are read. A file may also be Parquet.
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
    packing: Packing,
    /// Where the text begins: after a byte order mark.
    start: u64,
    /// What a file is that is no text.
    parquet: Option<Arc<Parquet>>,
}

#[derive(Debug, Clone)]
enum Content {
    /// What is there, as it was when it was looked at first.
    Path(PathBuf, Version),
    Memory(Arc<[u8]>),
    /// An unnamed temporary file, which is gone when the process is.
    Spool(Arc<File>),
}

/// What tells one content of a file from another: a file that is replaced is another one, and one that is written to is of
/// another time or size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file; zeros where the system has none.
    file: (u64, u64),
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), file: file_number(metadata) }
    }
}

#[cfg(unix)]
fn file_number(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn file_number(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// A file that holds nothing that can be read.
#[derive(Debug)]
pub struct Unread {
    /// Its place among all files that were named, from 0.
    pub place: usize,
    /// Its name, as the user gave it.
    pub file: String,
    /// Why it cannot be read.
    pub error: Error,
}

impl Inputs {
    /// The files that paths, globs and `-` (standard input, once) name.
    ///
    /// A name that exists is a path even where it could be a glob.
    ///
    /// # Errors
    /// `Io` for what cannot be opened, is a folder, or matches nothing; `Usage` for a file or
    /// standard input named twice, or for no name at all; `Data` for a file that is empty or no
    /// text.
    pub fn open<I>(names: I) -> Result<Self>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut sources = Vec::new();
        Self::each(names, |_, source| {
            sources.push(source?);
            Ok(())
        })?;
        Ok(Self { sources })
    }

    /// The same for who has something to say of every file: those that can be read, and the others.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) but `Data`.
    pub fn open_readable<I>(names: I) -> Result<(Self, Vec<Unread>)>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let (mut sources, mut others) = (Vec::new(), Vec::new());
        Self::each(names, |name, source| {
            match source {
                Ok(source) => sources.push(source),
                Err(error) if error.kind() == ErrorKind::Data => {
                    let place = sources.len() + others.len();
                    others.push(Unread { place, file: name.to_owned(), error });
                }
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        Ok((Self { sources }, others))
    }

    /// Opens one file after the other, and hands each over with its name.
    fn each<I>(names: I, mut take: impl FnMut(&str, Result<Source>) -> Result<()>) -> Result<()>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
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
                let source = match path {
                    None => Source::spool("-", io::stdin().lock()),
                    Some(path) => Source::path(name.clone(), path),
                };
                take(&name, source)?;
            }
        }
        if seen.is_empty() {
            return Err(Error::usage("no file is given").hint("name one or more files, or `-` for standard input"));
        }
        Ok(())
    }

    /// Texts in memory, each under the name that messages give it.
    ///
    /// # Errors
    /// `Data` for what is empty or no text.
    pub fn from_bytes<I, N, B>(texts: I) -> Result<Self>
    where
        I: IntoIterator<Item = (N, B)>,
        N: Into<String>,
        B: Into<Arc<[u8]>>,
    {
        let sources: Result<Vec<_>> = texts.into_iter().map(|(name, bytes)| Source::from_bytes(name, bytes)).collect();
        Ok(Self { sources: sources? })
    }

    /// No file, where what was kept of others is enough.
    pub fn none() -> Self {
        Self { sources: Vec::new() }
    }

    /// One file.
    pub fn one(source: Source) -> Self {
        Self { sources: vec![source] }
    }

    /// Adds a file.
    pub(super) fn push(&mut self, source: Source) {
        self.sources.push(source);
    }

    /// The files, in the order given.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The names, as the user gave them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(Source::name)
    }

    /// How many bytes of text there are in all, where that is known before they are read.
    pub(super) fn text_bytes(&self) -> Option<u64> {
        self.sources.iter().map(Source::text_bytes).sum()
    }

    /// That no file is another than when it was opened: what was read of such would be neither.
    ///
    /// # Errors
    /// `Io` where one is.
    pub(super) fn are_unchanged(&self) -> Result<()> {
        self.sources.iter().try_for_each(Source::is_unchanged)
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
    /// `Data` where it is empty or no text.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::look(name.into(), Content::Memory(bytes), size)
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
        self.digest_of(self.raw()?)
    }

    /// The same of its text, whether or not it is compressed: what tells whether two files hold the same.
    ///
    /// # Errors
    /// As [`digest`](Self::digest).
    pub fn text_digest(&self) -> Result<String> {
        if self.packing.is_none() { self.digest() } else { self.digest_of(self.read_from(0)?) }
    }

    fn digest_of(&self, reading: impl Read) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reading).map_err(|source| unread(&self.name, source))?;
        self.is_unchanged()?;
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
        Self::look(name, Content::Path(path, Version::of(&metadata)), metadata.len())
    }

    fn spool(name: &str, mut stream: impl Read) -> Result<Self> {
        let failed = |source| unread(name, source);
        let mut head = Vec::new();
        stream.by_ref().take(SPOOL_IN_MEMORY).read_to_end(&mut head).map_err(failed)?;
        if (head.len() as u64) < SPOOL_IN_MEMORY {
            return Self::from_bytes(name, head);
        }
        // A device may have no end.
        let begin = &head[..HEAD as usize];
        let is_text = Compression::of(begin).is_none() && Utf16::of(begin).is_none();
        if is_text && !begin.starts_with(parquet::MAGIC) {
            refuse(name, begin)?;
        }
        let spooled = |source| Error::io("cannot be kept in a temporary file", name, source);
        let mut file = tempfile::tempfile().map_err(spooled)?;
        io::copy(&mut head.as_slice(), &mut file).map_err(spooled)?;
        drop(head);
        io::copy(&mut stream, &mut file).map_err(spooled)?;
        let bytes = file.stream_position().map_err(spooled)?;
        Self::look(name.into(), Content::Spool(Arc::new(file)), bytes)
    }

    /// What the file is where it is no text.
    pub(super) fn parquet(&self) -> Option<&Parquet> {
        self.parquet.as_deref()
    }

    /// What has to be undone to get at the text.
    pub(super) fn packing(&self) -> Packing {
        self.packing
    }

    /// How many bytes of text there are, where that is known before they are read.
    pub(super) fn text_bytes(&self) -> Option<u64> {
        self.packing.is_none().then_some(self.bytes)
    }

    /// Reads the text from a position on. Two readers of one spooled stream must not alternate.
    pub(super) fn read_from(&self, position: u64) -> Result<Reading> {
        let failed = |source| unread(&self.name, source);
        let raw = self.raw()?;
        let mut reading =
            if self.packing.is_none() { raw } else { Reading::Packed(self.packing.open(raw).map_err(failed)?) };
        reading.skip(position).map_err(failed)?;
        Ok(reading)
    }

    /// The text from a position on, up to `length` bytes of it.
    pub(super) fn read_at(&self, position: u64, length: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_from(position)?.take(length).read_to_end(&mut bytes).map_err(|source| unread(&self.name, source))?;
        Ok(bytes)
    }

    /// The bytes as they lie there, from the first one on.
    fn raw(&self) -> Result<Reading> {
        let failed = |source| unread(&self.name, source);
        let mut reading = match &self.content {
            Content::Path(path, version) => Reading::File(self.opened(path, *version)?),
            Content::Memory(bytes) => Reading::Memory(Cursor::new(bytes.clone())),
            Content::Spool(file) => Reading::Spool(file.clone()),
        };
        reading.rewind().map_err(failed)?;
        Ok(reading)
    }

    /// The file, as long as it is the one that was looked at first.
    fn opened(&self, path: &Path, version: Version) -> Result<File> {
        let file = File::open(path).map_err(|source| unread(&self.name, source))?;
        let metadata = file.metadata().map_err(|source| unread(&self.name, source))?;
        if Version::of(&metadata) == version { Ok(file) } else { Err(self.changed()) }
    }

    /// That the file is not another than when it was opened.
    ///
    /// # Errors
    /// `Io` where it is, or is gone.
    fn is_unchanged(&self) -> Result<()> {
        let Content::Path(path, version) = &self.content else { return Ok(()) };
        let metadata = std::fs::metadata(path).map_err(|source| unread(&self.name, source))?;
        if Version::of(&metadata) == *version { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> Error {
        Error::new(ErrorKind::Io, "was changed while it was read")
            .at(Location::file(&self.name))
            .hint("run this again when nothing writes to it any more, or read a copy of it")
    }

    /// The bytes as they lie there, a piece at a time.
    fn pieces(&self) -> Result<Pieces> {
        Ok(match &self.content {
            Content::Path(path, version) => Pieces::of_file(Arc::new(self.opened(path, *version)?), self.bytes),
            Content::Memory(bytes) => Pieces::of_memory(bytes.clone()),
            Content::Spool(file) => Pieces::of_file(file.clone(), self.bytes),
        })
    }

    /// What is said of a Parquet file that is none in the end.
    pub(super) fn damaged(&self, problem: ::parquet::errors::ParquetError) -> Error {
        Error::data("cannot be read as the Parquet file that it begins as")
            .at(Location::file(&self.name))
            .caused_by(problem)
            .hint(
                "it may have been cut off or copied while it was written; compression may be snappy, gzip, lz4 or zstd",
            )
    }

    /// Finds out how a file is packed, and refuses what is neither text nor Parquet.
    fn look(name: String, content: Content, bytes: u64) -> Result<Self> {
        let mut source = Self { name, content, bytes, packing: Packing::default(), start: 0, parquet: None };
        let mut head = source.read_at(0, HEAD)?;
        if head.starts_with(parquet::MAGIC) {
            let opened = Parquet::open(source.pieces()?).map_err(|problem| source.damaged(problem))?;
            source.parquet = Some(Arc::new(opened));
            return Ok(source);
        }
        source.packing.compression = Compression::of(&head);
        if source.packing.compression.is_some() {
            head = source.read_at(0, HEAD)?;
        }
        source.packing.utf16 = Utf16::of(&head);
        if source.packing.utf16.is_some() {
            head = source.read_at(0, HEAD)?;
        }
        refuse(&source.name, &head)?;
        if head.starts_with(BYTE_ORDER_MARK) {
            source.start = BYTE_ORDER_MARK.len() as u64;
        }
        source.packing.returns = packed::ends_with_returns(&head);
        Ok(source)
    }
}

/// That a file cannot be read to its end: `Io` where the system says so, `Data` where what is compressed is damaged.
pub(super) fn unread(name: &str, source: io::Error) -> Error {
    if source.raw_os_error().is_some() {
        return Error::io("cannot be read", name, source);
    }
    let hint = match source.kind() {
        io::ErrorKind::UnexpectedEof => "the file ends too early: copy it or export it again",
        _ => "the file is damaged: copy it or export it again",
    };
    Error::data("cannot be read").at(Location::file(name)).caused_by(source).hint(hint)
}

/// Refuses a file whose text begins like this, where that is no text.
fn refuse(name: &str, head: &[u8]) -> Result<()> {
    match refusal(head) {
        Some((message, hint)) => Err(Error::data(message).at(Location::file(name)).hint(hint)),
        None => Ok(()),
    }
}

/// Why a file whose text begins like this is not read, and what to do.
fn refusal(head: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match head {
        [] | b"\xEF\xBB\xBF" => ("is empty", "export it again: not even a header is there"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => ("is compressed with bzip2", UNPACK),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => ("is compressed with xz", UNPACK),
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => ("is a 7z archive", UNPACK),
        [0x1F, 0x8B, 8, ..] => ("is compressed with gzip more than once", UNPACK),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("is compressed with zstd more than once", UNPACK),
        [b'P', b'K', 3, 4, ..] => (
            "is a workbook or a zip archive",
            "save the sheet of a workbook as CSV in UTF-8, and unpack an archive: gzip and zstd alone are undone while reading",
        ),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => ("is a workbook", "save the sheet as CSV in UTF-8"),
        [b'%', b'P', b'D', b'F', b'-', ..] => ("is a PDF", "export the rows that it was made of as CSV in UTF-8"),
        _ if head.contains(&0) => ("holds zero bytes, so it is no text", "export it as CSV in UTF-8"),
        _ if is_markup(head) => (
            "is a web page or XML",
            "export it as CSV in UTF-8; where it was downloaded, a page to sign in may have come in its place",
        ),
        _ if is_json(head) => ("is JSON", "export it as CSV in UTF-8, with a line for each record"),
        _ => return None,
    })
}

/// Whether a text begins as HTML or XML does. Names of columns may stand in angle brackets too.
fn is_markup(head: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 8] =
        [b"<!doctype", b"<!--", b"<?xml", b"<html", b"<head>", b"<body", b"<table>", b"<table "];
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    let begins = |with: &&[u8]| head.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    BEGINNINGS.iter().any(begins)
}

/// Whether a text begins as an object of JSON does, or as an array of objects or arrays. Names of columns may stand in brackets too.
fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    let after = |mark: u8| head.strip_prefix(&[mark]).and_then(|rest| rest.trim_ascii_start().first());
    matches!(after(b'{'), Some(b'"' | b'}')) || matches!(after(b'['), Some(b'{' | b'['))
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
    if let Some(path) = unnameable(Path::new(name)) {
        return Err(Error::new(ErrorKind::Io, format!("is meant by `{name}`, and its name is not UTF-8"))
            .at(Location::file(path.display().to_string()))
            .hint("rename it, or name the others one by one"));
    }
    if found.is_empty() {
        return Err(Error::new(ErrorKind::Io, format!("no file matches `{name}`"))
            .hint("check the pattern and the folder you are in"));
    }
    Ok(found)
}

/// A file or folder that a pattern means and that its matches leave out, since its name is not UTF-8.
fn unnameable(pattern: &Path) -> Option<PathBuf> {
    let parts = pattern.ancestors().filter_map(|upto| Some((upto, upto.file_name()?.to_str()?)));
    parts.filter(|(_, name)| name.contains(['*', '?', '['])).find_map(|(upto, name)| {
        let name = glob::Pattern::new(name).ok()?;
        let mut entries = searched(upto).into_iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
        let left_out = entries.find(|entry| {
            let file_name = entry.file_name();
            let is_meant = file_name.to_str().is_none() && name.matches(&file_name.to_string_lossy());
            is_meant && (upto == pattern || entry.path().is_dir())
        });
        left_out.map(|entry| entry.path())
    })
}

/// The folders in which the last part of a pattern is looked for.
fn searched(pattern: &Path) -> Vec<PathBuf> {
    let any_depth = |pattern: &Path| pattern.file_name().is_some_and(|name| name == "**");
    let folder = pattern.parent().unwrap_or(Path::new(""));
    let folders = |pattern: &Path| glob::glob(pattern.to_str().unwrap_or_default()).into_iter().flatten().flatten();
    let mut found = match folder.as_os_str().is_empty() {
        true => vec![PathBuf::from(".")],
        false => folders(folder).collect(),
    };
    if any_depth(folder) {
        found.extend(searched(folder));
    }
    if any_depth(pattern) {
        found.extend(folders(pattern));
    }
    found
}

/// An open file, wherever it is.
pub(super) enum Reading {
    File(File),
    Memory(Cursor<Arc<[u8]>>),
    Spool(Arc<File>),
    Packed(Box<dyn Read + Send>),
}

impl Reading {
    /// Goes on by so many bytes.
    pub fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let on = SeekFrom::Current(i64::try_from(bytes).map_err(io::Error::other)?);
        match self {
            Self::File(file) => file.seek(on).map(drop),
            Self::Memory(cursor) => cursor.seek(on).map(drop),
            Self::Spool(file) => (&**file).seek(on).map(drop),
            Self::Packed(text) => io::copy(&mut text.take(bytes), &mut io::sink()).map(drop),
        }
    }

    fn rewind(&mut self) -> io::Result<()> {
        match self {
            Self::Spool(file) => (&**file).rewind(),
            // The others have only just been opened.
            Self::File(_) | Self::Memory(_) | Self::Packed(_) => Ok(()),
        }
    }
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(cursor) => cursor.read(buffer),
            Self::Spool(file) => (&**file).read(buffer),
            Self::Packed(text) => text.read(buffer),
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Memory(_) => "Memory",
            Self::Spool(_) => "Spool",
            Self::Packed(_) => "Packed",
        })
    }
}
