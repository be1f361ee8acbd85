//! The one error type: what is wrong, where, and what to do about it.
//!
//! An [`Error`] is a form, not a sentence: its kind decides the exit code of the command line, its
//! [`Location`] names file, line, column and value, and its hint is the exact flag or edit that
//! settles the matter. Several problems of one kind travel together, so that an input is mended once.

use std::fmt;
use std::sync::Arc;

/// The result of everything in custval that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong; the command line maps each to an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Settings that contradict each other or cannot be carried out (exit 2).
    Usage,
    /// A file that cannot be opened, read or written (exit 2).
    Io,
    /// Data that cannot be used as they are (exit 3).
    Data,
    /// Slices that should have one value per customer differ in length (exit 2).
    LengthMismatch,
    /// A number outside the range in which the method is defined (exit 2).
    Domain,
    /// The data do not determine the model asked for (exit 1 with `--strict`).
    NotIdentified,
}

/// Where in the input a problem stands. Every part is optional except the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The file as the user named it; `-` is standard input.
    pub file: String,
    /// The line, counted from 1, on which the record begins.
    pub line: Option<u64>,
    /// The column, by its name in the file.
    pub column: Option<String>,
}

impl Location {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    /// A record of a file, by the line on which it begins (from 1).
    pub fn line(file: impl Into<String>, line: u64) -> Self {
        Self { file: file.into(), line: Some(line), column: None }
    }

    /// The same place, narrowed to a column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": column `{column}`")?;
        }
        Ok(())
    }
}

/// One problem among several: where it is, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the problem stands.
    pub location: Location,
    /// What is wrong, with the value in backticks.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)
    }
}

/// A row of an input that cannot be used for what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedRow {
    /// The file, by its place among the inputs.
    pub file: usize,
    /// The line on which the row begins.
    pub line: u64,
    /// The column, by its name in the file.
    pub column: Option<Arc<str>>,
    /// The reason in a few words.
    pub reason: &'static str,
}

/// What went wrong, where, and what to do about it.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    location: Option<Location>,
    problems: Vec<Problem>,
    hint: Option<String>,
    refused: Vec<RefusedRow>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of the kind given; the message says what is wrong, with values in backticks.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            location: None,
            problems: Vec::new(),
            hint: None,
            refused: Vec::new(),
            source: None,
        }))
    }

    /// Settings that cannot be carried out.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Data that cannot be used as they are.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, message)
    }

    /// A number outside the range in which the method is defined.
    pub fn domain(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Domain, message)
    }

    /// A file that could not be opened, read or written.
    pub fn io(doing: impl Into<String>, file: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, doing).at(Location::file(file)).caused_by(source)
    }

    /// Two slices that should have one value per customer and do not.
    pub fn length_mismatch(what: &str, expected: usize, found: usize) -> Self {
        Self::new(ErrorKind::LengthMismatch, format!("`{what}` has {found} values where {expected} are expected"))
    }

    /// The same error with its place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.0.location = Some(location);
        self
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same error with something more to do, behind what there is already.
    #[must_use]
    pub fn or_hint(mut self, more: &str) -> Self {
        let hint = self.0.hint.take().map(|hint| format!("{hint}; ")).unwrap_or_default();
        self.0.hint = Some(format!("{hint}{more}"));
        self
    }

    /// The same error with the problems it stands for, in the order to show them.
    #[must_use]
    pub fn problems(mut self, problems: Vec<Problem>) -> Self {
        self.0.problems = problems;
        self
    }

    /// The same error with all the rows without which it would not be one.
    #[must_use]
    pub(crate) fn refusing(mut self, rows: Vec<RefusedRow>) -> Self {
        self.0.refused = rows;
        self
    }

    /// The rows without which it would not be an error.
    pub(crate) fn refused_rows(&self) -> &[RefusedRow] {
        &self.0.refused
    }

    /// The same error; where it would be none without some rows, its hint says that they can be set aside.
    #[must_use]
    pub fn or_set_aside(self) -> Self {
        if self.0.refused.is_empty() {
            self
        } else {
            self.or_hint("or set these rows aside and go on with `--rejects DIR`")
        }
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is wrong, without place and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it is wrong.
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }

    /// The exact flag or edit that settles the matter.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether the reader of our output has gone away, which is no failure of ours.
    pub fn is_broken_pipe(&self) -> bool {
        self.0
            .source
            .as_ref()
            .and_then(|source| source.downcast_ref::<std::io::Error>())
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    /// Place, message, cause and problems; the hint is left to whoever prints, who may colour it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.0.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        for problem in &self.0.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}
