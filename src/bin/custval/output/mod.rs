//! Results: to standard output, a file or a folder, in the format asked for.
//!
//! The destination is opened before the first row is read, so that what cannot be written is said
//! before the long work; it is in place only when everything is written.

mod cells;
mod parquet;
mod table;
mod text;
pub mod whole;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use custval::columns::list;
use custval::wording::{counted, verb};
use custval::{Error, Location};
use polars::prelude::{DataFrame, SortMultipleOptions};

use crate::exit::is_broken_pipe;
use crate::messages::Messages;
use crate::options::{refuse_twice, whole_number};
use crate::session::Session;
use crate::temporary::uninterrupted;
pub use table::printable;
use whole::{NewFile, NewFolder};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// By the extension of --output; else a table on a terminal, and in a pipe CSV, or JSON from `fit` and `why`
    Auto,
    /// A table for people: rounded, the first 20 rows
    Table,
    /// Comma-separated, never rounded
    Csv,
    /// Tab-separated, never rounded
    Tsv,
    /// An array of objects, or one object: of `clv` with that array in it, of `check`, `fit` and `why` unless --table names one; never
    /// rounded
    Json,
    /// An object a line, never rounded
    Jsonl,
    /// Typed columns for other programs, never rounded
    Parquet,
}

impl Format {
    /// The format that a file's extension names.
    fn of_extension(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "txt" => Some(Self::Table),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Auto | Self::Csv => "csv",
            Self::Table => "txt",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// What stands between the fields of delimited text.
    fn delimiter(self) -> u8 {
        if self == Self::Tsv { b'\t' } else { b',' }
    }
}

/// Where results go, and how.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Write to a file (format by extension), or every table to a folder (a path that ends in `/`)
    #[arg(long, short, value_name = "PATH")]
    output: Option<String>,
    /// How to write
    #[arg(long, short, value_enum, default_value = "auto")]
    format: Format,
    /// Which table, where the command has several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Order by a column, descending with a minus: `--sort -profit`
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Keep these columns, in this order
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    select: Vec<String>,
    /// Keep the first N rows
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole_number::<usize>)]
    top: Option<usize>,
    /// Rows that a table for people shows: a number or `all`
    #[arg(long, value_name = "N", default_value = "20", value_parser = parse_rows)]
    rows: Rows,
    /// Replace a folder that is not empty
    #[arg(long)]
    pub overwrite: bool,
    /// Write what was read, used and set aside as JSON, with settings and digests
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

/// How many rows a table for people shows.
#[derive(Debug, Clone, Copy)]
struct Rows(Option<usize>);

fn parse_rows(text: &str) -> Result<Rows, String> {
    match text {
        "all" => Ok(Rows(None)),
        number => number.parse().map(|rows| Rows(Some(rows))).map_err(|_| "say a number or `all`".to_owned()),
    }
}

/// One table of an answer.
#[derive(Debug)]
pub struct NamedTable {
    /// The name that `--table` picks.
    pub name: &'static str,
    /// Its rows.
    pub frame: DataFrame,
}

/// What a command answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// The main table first.
    pub tables: Vec<NamedTable>,
    /// What stands for the main table in JSON, where that is more than its rows.
    pub document: Option<Document>,
    /// Drawn above a table on standard output.
    pub drawing: Option<String>,
    /// Other files, with their content, that appear with the answer.
    pub files: Vec<(NewFile, Vec<u8>)>,
    /// Tables of the command that this run cannot fill, each with the reason: a folder goes without them, and who asks for one
    /// is told why.
    pub without: Vec<(&'static str, &'static str)>,
}

/// What an answer is in JSON. A table that is named with `--table` is its rows there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InJson {
    /// The rows of the main table, perhaps with something around them.
    Rows,
    /// One document, in which no table stands as it is.
    Document,
    /// The same, and that is the answer where nobody looks and no format is asked for.
    DocumentByDefault,
}

/// The main table as a JSON document of its own.
#[derive(Debug)]
pub enum Document {
    /// Another form of the same answer, with a line end.
    Text(String),
    /// An object of settings, with the rows of the table under the name given.
    Around { settings: serde_json::Value, rows: &'static str },
}

/// Where an answer goes, opened and checked.
#[derive(Debug)]
pub struct Destination {
    options: OutputOptions,
    place: Place,
    format: Format,
    receipt: Option<NewFile>,
    /// Texts that a folder holds beside the tables, by name.
    beside: Vec<(&'static str, String)>,
    /// Tables of a folder that are handed over part by part.
    parts: Vec<(&'static str, BufWriter<NewFile>)>,
}

#[derive(Debug)]
enum Place {
    Stdout,
    File(NewFile),
    Folder(NewFolder),
}

impl OutputOptions {
    /// Opens the destination of a run with the tables named, the main one first.
    ///
    /// # Errors
    /// A table that the run does not have, an arrangement of none of its tables, an unknown extension, a place that cannot be
    /// written.
    pub fn open(self, tables: &[&str], json: InJson) -> anyhow::Result<Destination> {
        let selected: Vec<&str> = self.select.iter().map(|column| column.trim()).collect();
        refuse_twice("select", &selected)?;
        if let Some(table) = &self.table
            && !tables.contains(&table.as_str())
        {
            return Err(Error::usage(format!("this run has no table `{table}`"))
                .hint(format!("with these options its tables are {}", list(tables)))
                .into());
        }
        let (place, by_extension) = match &self.output {
            None => (Place::Stdout, None),
            Some(path) if path.ends_with('/') => {
                (Place::Folder(NewFolder::create(Path::new(path), self.overwrite)?), Some(Format::Csv))
            }
            Some(path) => {
                let by_extension = Format::of_extension(Path::new(path));
                if by_extension.is_none() && self.format == Format::Auto {
                    return Err(Error::usage("the name does not tell the format")
                        .at(Location::file(path))
                        .hint("end it in .csv, .tsv, .json, .jsonl, .parquet or .txt, or say `--format`")
                        .into());
                }
                (Place::File(NewFile::create(Path::new(path))?), by_extension)
            }
        };
        let format = match (self.format, by_extension) {
            (Format::Auto, Some(format)) => format,
            (Format::Auto, None) if io::stdout().is_terminal() => Format::Table,
            (Format::Auto, None) if json == InJson::DocumentByDefault && self.table.is_none() => Format::Json,
            (Format::Auto, None) => Format::Csv,
            (format, _) => format,
        };
        if let Some(flag) = self.arranging() {
            if json != InJson::Rows && self.table.is_none() && format == Format::Json {
                return Err(Error::usage(format!("`{flag}` is about a table, and the answer is one JSON document"))
                    .hint(format!("name the table with `--table`: {}; or leave the flag out", list(tables)))
                    .into());
            }
            if tables.len() > 1 && self.table.is_none() && matches!(place, Place::Folder(_)) {
                return Err(Error::usage(format!("`{flag}` is about one table, and a folder holds several"))
                    .hint(format!("name the one with `--table`: {}", list(tables)))
                    .into());
            }
        }
        if format == Format::Parquet && matches!(place, Place::Stdout) && io::stdout().is_terminal() {
            return Err(Error::usage("Parquet is no text for a terminal")
                .hint("name a file: `--output NAME.parquet`")
                .into());
        }
        let receipt = self.receipt.as_deref().map(NewFile::create).transpose()?;
        Ok(Destination { options: self, place, format, receipt, beside: Vec::new(), parts: Vec::new() })
    }

    /// The flag that arranges a table, if there is one.
    fn arranging(&self) -> Option<&'static str> {
        let flags =
            [(self.sort.is_some(), "--sort"), (self.top.is_some(), "--top"), (!self.select.is_empty(), "--select")];
        flags.into_iter().find_map(|(said, flag)| said.then_some(flag))
    }

    /// Whether a table is written: the one picked, else the main one; to a folder, every one.
    pub fn wants(&self, table: &str, main: &str) -> bool {
        let folder = self.output.as_deref().is_some_and(|path| path.ends_with('/'));
        folder || self.table.as_deref().unwrap_or(main) == table
    }

    /// Whether this table is the one asked for by name.
    pub fn is_picked(&self, table: &str) -> bool {
        self.table.as_deref() == Some(table)
    }

    /// Whether no format is asked for.
    pub fn is_auto(&self) -> bool {
        self.format == Format::Auto
    }

    /// Where results go, if not to standard output.
    pub fn path(&self) -> Option<&str> {
        self.output.as_deref()
    }

    /// Whether a receipt with digests is to be written.
    pub fn wants_receipt(&self) -> bool {
        self.receipt.is_some() || self.output.as_deref().is_some_and(|path| path.ends_with('/'))
    }
}

impl Destination {
    /// Whether the answer is a table for people on standard output.
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Table && matches!(self.place, Place::Stdout)
    }

    /// Whether a table is to be ordered, cut or chosen from.
    pub fn is_arranged(&self) -> bool {
        self.options.arranging().is_some()
    }

    /// Whether a table other than the main one is asked for: by name, or as part of a folder.
    pub fn wants(&self, table: &str) -> bool {
        matches!(self.place, Place::Folder(_)) || self.options.table.as_deref() == Some(table)
    }

    /// Whether a table may be handed over part by part, which spares holding it: it stands in a folder as text, as it is.
    pub fn takes_parts(&self, table: &str) -> bool {
        let as_it_is = self.options.table.as_deref() != Some(table);
        as_it_is
            && matches!(self.place, Place::Folder(_))
            && matches!(self.format, Format::Csv | Format::Tsv | Format::Auto)
    }

    /// Writes a part of such a table behind those before it.
    ///
    /// # Errors
    /// Where writing fails.
    pub fn append(&mut self, table: &'static str, part: &DataFrame) -> anyhow::Result<()> {
        let Place::Folder(folder) = &self.place else {
            return Ok(());
        };
        let delimiter = self.format.delimiter();
        let place = match self.parts.iter().position(|(known, _)| *known == table) {
            Some(place) => place,
            None => {
                let name = Path::new(table).with_extension(self.format.extension());
                let mut file = BufWriter::with_capacity(1 << 14, folder.file(name)?);
                text::write_header(part, delimiter, &mut file).map_err(|error| file.get_ref().named(error))?;
                self.parts.push((table, file));
                self.parts.len() - 1
            }
        };
        let file = &mut self.parts[place].1;
        text::write_delimited(part, delimiter, file).map_err(|error| file.get_ref().named(error))
    }

    /// Puts a text into the folder beside the tables; other places have no room for it.
    pub fn beside(&mut self, name: &'static str, text: String) {
        self.beside.push((name, text));
    }

    /// Writes the answer and its receipt, and puts everything in its place.
    ///
    /// # Errors
    /// An unknown column to sort by; writing that fails.
    pub fn write(self, answer: Answer, receipt: &serde_json::Value, session: &Session) -> anyhow::Result<()> {
        let messages = session.messages;
        let Self { options, place, format, receipt: receipt_file, beside, parts } = self;
        let Answer { tables, document, drawing, files, without } = answer;
        let main = tables.first().expect("an answer has a table").name;
        let picked = options.table.as_deref().unwrap_or(main);
        if let Some((name, why)) = without.iter().find(|(name, _)| *name == picked) {
            return Err(Error::usage(format!("this run has no table `{name}`")).hint(*why).into());
        }
        let document = document.as_ref().filter(|_| options.table.is_none() && format == Format::Json);
        let others = write_others(files, receipt_file, receipt)?;
        let rejects = session.write_rejects()?;
        match place {
            Place::Folder(folder) => {
                for table in &tables {
                    let frame = if table.name == picked {
                        options.arrange(&table.frame, messages)?
                    } else {
                        table.frame.clone()
                    };
                    let mut file = folder.file(Path::new(table.name).with_extension(format.extension()))?;
                    let document = document.filter(|_| table.name == main);
                    write_buffered(&mut file, (&frame, &table.frame), format, document, None, messages)
                        .map_err(|error| file.named(error))?;
                    file.commit()?;
                }
                for (_, mut file) in parts {
                    file.flush().map_err(|error| file.get_ref().named(error))?;
                    file.into_inner().map_err(io::IntoInnerError::into_error)?.commit()?;
                }
                for (name, text) in beside {
                    let mut file = folder.file(name)?;
                    file.write_all(text.as_bytes()).map_err(|error| file.named(error))?;
                    file.commit()?;
                }
                for (name, why) in &without {
                    messages.note(&format!("left out `{name}`: {why}"));
                }
                let mut file = folder.file("receipt.json")?;
                write_receipt(&mut file, receipt)?;
                file.commit()?;
                put_in_place(rejects, others, || folder.commit())
            }
            Place::File(mut file) => {
                let whole = &pick(&tables, picked).frame;
                let frame = options.arrange(whole, messages)?;
                write_buffered(&mut file, (&frame, whole), format, document, None, messages)
                    .map_err(|error| file.named(error))?;
                // Giving so much memory back takes long enough for other work to go on beside it.
                rayon::spawn(move || drop((frame, tables)));
                put_in_place(rejects, others, || file.commit())
            }
            Place::Stdout => {
                let whole = &pick(&tables, picked).frame;
                let frame = options.arrange(whole, messages)?;
                let mut stdout = io::stdout().lock();
                let drawing = drawing.filter(|_| format == Format::Table && picked == main);
                let drawn =
                    drawing.map_or(Ok(()), |drawing| writeln!(stdout, "{drawing}").map_err(anyhow::Error::from));
                let rows = Some(options.rows);
                let written =
                    drawn.and_then(|()| write_buffered(&mut stdout, (&frame, whole), format, document, rows, messages));
                // A reader of standard output may leave when it has seen enough; nobody else can have had the answer.
                if written.as_ref().err().is_none_or(is_broken_pipe) {
                    put_in_place(rejects, others, || Ok(()))?;
                }
                written
            }
        }
    }
}

/// Puts everything that is written in its place, which a signal waits for: the rows that were set aside first, since nothing else
/// has them, and the answer last.
fn put_in_place(
    rejects: Option<NewFolder>,
    others: Vec<NewFile>,
    answer: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let _whole = uninterrupted();
    rejects.map_or(Ok(()), NewFolder::commit)?;
    others.into_iter().try_for_each(NewFile::commit)?;
    answer()
}

/// Writes the other files of an answer and its receipt, which are not in their places yet.
fn write_others(
    files: Vec<(NewFile, Vec<u8>)>,
    receipt_file: Option<NewFile>,
    receipt: &serde_json::Value,
) -> anyhow::Result<Vec<NewFile>> {
    let mut others = Vec::new();
    for (mut file, content) in files {
        file.write_all(&content).map_err(|error| file.named(error))?;
        others.push(file);
    }
    if let Some(mut file) = receipt_file {
        write_receipt(&mut file, receipt)?;
        others.push(file);
    }
    Ok(others)
}

impl OutputOptions {
    fn arrange(&self, frame: &DataFrame, messages: Messages) -> anyhow::Result<DataFrame> {
        let mut frame = frame.clone();
        if let Some(sort) = &self.sort {
            let (descending, column) = match sort.strip_prefix('-') {
                Some(column) => (true, column),
                None => (false, sort.as_str()),
            };
            let column = require_column(&frame, column)?;
            let rows = frame.height();
            if rows > 0 && frame.column(column).is_ok_and(|cells| cells.null_count() == rows) {
                messages.warning(&format!("`{column}` is empty in every row, so that there is nothing to sort by"));
            }
            // Ties stay in the order of the table, which is unique; empty cells come last.
            let order = SortMultipleOptions::default()
                .with_order_descending(descending)
                .with_nulls_last(true)
                .with_maintain_order(true);
            frame = frame.sort([column], order).context("sorting the table")?;
        }
        if let Some(top) = self.top {
            frame = frame.head(Some(top));
        }
        if self.select.is_empty() {
            return Ok(frame);
        }
        let columns: custval::Result<Vec<&str>> =
            self.select.iter().map(|column| require_column(&frame, column)).collect();
        frame.select(columns?).context("selecting columns")
    }
}

/// The column of this name, around which people put spaces.
fn require_column<'c>(frame: &DataFrame, column: &'c str) -> custval::Result<&'c str> {
    let names = frame.get_column_names();
    let known = [column, column.trim()].into_iter().find(|column| names.iter().any(|name| name.as_str() == *column));
    known.ok_or_else(|| {
        Error::usage(format!("the table has no column `{column}`"))
            .hint_nearest(column, names.iter().map(|name| name.as_str()))
    })
}

fn pick<'a>(tables: &'a [NamedTable], name: &str) -> &'a NamedTable {
    tables.iter().find(|table| table.name == name).expect("the table was checked when the destination was opened")
}

fn write_receipt(file: &mut NewFile, receipt: &serde_json::Value) -> anyhow::Result<()> {
    writeln!(file, "{}", serde_json::to_string_pretty(receipt)?).map_err(|error| file.named(error))
}

/// Writes a table, or as much of the whole one as was asked for.
fn write_buffered(
    out: &mut dyn Write,
    (frame, whole): (&DataFrame, &DataFrame),
    format: Format,
    document: Option<&Document>,
    rows: Option<Rows>,
    messages: Messages,
) -> anyhow::Result<()> {
    // Smaller than a block of rows, which is written as it is.
    let mut out = BufWriter::with_capacity(1 << 14, out);
    match (format, document) {
        (Format::Json, Some(Document::Text(text))) => out.write_all(text.as_bytes())?,
        (Format::Json, Some(Document::Around { settings, rows })) => {
            let settings = serde_json::to_string(settings)?;
            let open = settings.strip_suffix('}').expect("settings are an object");
            write!(out, "{open},\"{rows}\":")?;
            text::write_json(frame, false, &mut out)?;
            writeln!(out, "}}")?;
        }
        (Format::Json, None) => text::write_json(frame, false, &mut out)?,
        (Format::Parquet, _) => out.write_all(&parquet::write(frame)?)?,
        (Format::Jsonl, _) => text::write_json(frame, true, &mut out)?,
        (Format::Tsv | Format::Csv | Format::Auto, _) => {
            let delimiter = format.delimiter();
            text::write_header(frame, delimiter, &mut out)?;
            text::write_delimited(frame, delimiter, &mut out)?;
        }
        (Format::Table, _) => {
            let width = rows.and_then(|_| terminal_width());
            let shown = table::show(frame, rows.and_then(|rows| rows.0), width, whole)?;
            out.write_all(shown.text.as_bytes())?;
            out.flush()?;
            if shown.rows_left_out > 0 {
                let left_out = counted(shown.rows_left_out as u64, "more row");
                let them = verb(shown.rows_left_out as u64, "it", "them");
                messages.note(&format!("{left_out}; `--rows all` shows {them}"));
            }
            if !shown.same.is_empty() {
                let one = |(name, all): &(String, String)| match all.as_str() {
                    "" => format!("`{name}` empty"),
                    all => format!("`{name}` {all}"),
                };
                let same: Vec<String> = shown.same.iter().map(one).collect();
                messages.note(&format!("the same in every row: {}", same.join(", ")));
            }
            if !shown.columns_left_out.is_empty() {
                let names: Vec<&str> = shown.columns_left_out.iter().map(String::as_str).collect();
                messages.note(&format!("too narrow for {}; `--select` picks columns", list(&names)));
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The width of the terminal that standard output is, if it is one and says its width: some that nobody looks at say zero.
pub fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from).filter(|width| *width > 0)
}

/// Prints text to standard output.
///
/// # Errors
/// Where nobody reads it.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
