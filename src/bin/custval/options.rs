//! Options that commands share, each stated once.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use custval::columns::ColumnMap;
use custval::dialect::{DateFormat, Decimal, Encoding, Pinned, Zone};
use custval::money::Currency;
use custval::scan::{BadRows, Delimiter, IdCase, NoCustomer, Policies, Quote, RejectLimit, ScanParams};
use custval::time::{Day, Length, TimeUnit};
use custval::{Error, Location};

use crate::messages::ColorChoice;
use crate::output::OutputOptions;
use crate::output::whole::NewFolder;
use crate::presets::PresetName;
use crate::session::Session;

/// How a run behaves, whatever it computes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Run")]
pub struct RunOptions {
    /// Threads to use; the result never depends on it
    #[arg(long, value_name = "N", value_parser = whole_number_in::<usize>(1..=256))]
    pub threads: Option<usize>,
    /// Read settings from a TOML file, where no flag or variable says otherwise
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// Print every setting and who said it, and stop
    #[arg(long)]
    pub show_settings: bool,
    /// Say nothing but warnings and errors
    #[arg(long, short)]
    pub quiet: bool,
    /// When to colour what is said
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: ColorChoice,
}

/// How files are written.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input")]
pub struct FormatOptions {
    /// Read files as one kind of export is written, where nothing else is said: a name (`--preset help` lists them) or a
    /// TOML file
    #[arg(long, value_name = "NAME|FILE", value_parser = PresetName)]
    pub preset: Option<String>,
    /// Which column of the file stands for a standard one, as in `--column amount=Price`, or which two make an amount of a log or
    /// table, as in `--column 'amount=Quantity*UnitPrice'` or `--column 'amount=Credit-Debit'`; `A|B` is the first that is there
    #[arg(long, value_name = "STANDARD=NAME")]
    pub column: Vec<String>,
    /// What separates fields, if the header does not tell: `,`, `;`, `|` or `tab`; of one input of `allocate` as in
    /// `ledger=tab`, of exchange rates `rates=tab`
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Vec<OfInput<Delimiter>>,
    /// What stands around fields that hold a delimiter: `double` quotes, `single` ones, or `none`
    #[arg(long, value_name = "WHICH", default_value_t, value_parser = parsed::<Quote>)]
    pub quote: Quote,
    /// The first line is a row: columns are named `1`, `2`, ... as in `--column customer_id=1`
    #[arg(long)]
    pub no_header: bool,
    /// The decimal mark of numbers, `point` or `comma`, where the values do not tell; of one input of `allocate` as in
    /// `ledger=comma`, of exchange rates `rates=comma`
    #[arg(long, value_name = "MARK")]
    pub decimal: Vec<OfInput<Decimal>>,
    /// The form of dates, where the values do not tell: `iso`, `dmy`, `mdy`, `serial`, `serial-1904`, `epoch-seconds`,
    /// `epoch-milliseconds`, or a pattern as in `%d.%m.%Y`; of one input of `allocate` as in `ledger=dmy`, of
    /// exchange rates `rates=dmy`
    #[arg(long, value_name = "FORM")]
    pub date_format: Vec<OfInput<DateFormat>>,
    /// The time zone whose calendar counts, where dates are instants (`2024-03-31T23:30:00Z`, epoch seconds), as in
    /// `Europe/Berlin`; the default is the day that is written
    #[arg(long, value_name = "ZONE")]
    pub tz: Vec<OfInput<Zone>>,
    /// The encoding, `utf-8` or `windows-1252`, where the texts do not tell; UTF-16 always does
    #[arg(long, value_name = "NAME")]
    pub encoding: Vec<OfInput<Encoding>>,
    /// The currency of all amounts; it decides how many decimals they have (unnamed: two)
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<Currency>,
}

/// A currency by its code in either case.
fn currency(code: &str) -> Result<Currency, String> {
    Currency::of_file(code).map_or_else(|| parsed(code), Ok)
}

impl FormatOptions {
    /// The settings of reading, checked; every row must be usable, and every id is a customer.
    ///
    /// # Errors
    /// Where `--column` names no standard column, or one twice.
    pub fn params(&self) -> custval::Result<ScanParams> {
        let mut columns = ColumnMap::default();
        self.column.iter().try_for_each(|text| columns.add(text))?;
        Ok(ScanParams {
            columns,
            delimiter: of_all("delimiter", &self.delimiter)?,
            quote: self.quote,
            no_header: self.no_header,
            pinned: Pinned {
                decimal: of_all("decimal", &self.decimal)?,
                dates: of_all("date-format", &self.date_format)?,
                zone: of_all("tz", &self.tz)?,
                encoding: of_all("encoding", &self.encoding)?,
            },
            currency: self.currency.clone().unwrap_or_default(),
            ..ScanParams::default()
        })
    }

    /// The settings of reading exchange rates beside what the command reads: of what is said about how values are written, what
    /// names them. A log with decimal commas is none of the rates' business.
    ///
    /// # Errors
    /// As [`params`](Self::params).
    pub fn params_of_rates(&self) -> custval::Result<ScanParams> {
        let of_rates = Self {
            decimal: OfInput::named(&self.decimal, Some(RATES)),
            date_format: OfInput::named(&self.date_format, Some(RATES)),
            delimiter: OfInput::named(&self.delimiter, Some(RATES)),
            tz: OfInput::named(&self.tz, Some(RATES)),
            encoding: OfInput::named(&self.encoding, Some(RATES)),
            quote: Quote::default(),
            no_header: false,
            ..self.clone()
        };
        Ok(ScanParams { input: Some(RATES), ..of_rates.params()? })
    }

    /// These options for one input of several: what names it, or else what names none.
    pub fn of_input(&self, input: Option<&str>) -> Self {
        Self {
            decimal: OfInput::pick(&self.decimal, input),
            date_format: OfInput::pick(&self.date_format, input),
            delimiter: OfInput::pick(&self.delimiter, input),
            tz: OfInput::pick(&self.tz, input),
            encoding: OfInput::pick(&self.encoding, input),
            ..self.clone()
        }
    }
}

/// The table of exchange rates, which a setting may name wherever there is one.
pub const RATES: &str = "rates";

/// The inputs that a setting may name: of `allocate`, and the rates.
const INPUTS: [&str; 6] = ["ledger", "activities", "transactions", "customers", "drivers", RATES];

/// The settings that may name an input.
pub const OF_AN_INPUT: [&str; 5] = ["delimiter", "decimal", "date-format", "tz", "encoding"];

/// A setting of all inputs, or of the one that it names: `comma`, `ledger=comma`.
#[derive(Debug, Clone, PartialEq)]
pub struct OfInput<T> {
    input: Option<&'static str>,
    value: T,
}

impl<T: Clone> OfInput<T> {
    fn pick(all: &[Self], input: Option<&str>) -> Vec<Self> {
        match Self::named(all, input) {
            own if own.is_empty() => Self::named(all, None),
            own => own,
        }
    }

    /// What names just this input, or none.
    fn named(all: &[Self], input: Option<&str>) -> Vec<Self> {
        let own = all.iter().filter(|setting| setting.input == input);
        own.map(|setting| Self { input: None, value: setting.value.clone() }).collect()
    }
}

impl<T: FromStr<Err = Error>> FromStr for OfInput<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').and_then(|(name, value)| {
            let input = INPUTS.into_iter().find(|input| *input == name)?;
            Some((input, value))
        });
        match named {
            Some((input, value)) => Ok(Self { input: Some(input), value: parsed(value)? }),
            None => Ok(Self { input: None, value: parsed(text)? }),
        }
    }
}

/// The one value of a setting of a command with one input, beside which there may be rates.
fn of_all<T: Clone>(flag: &str, all: &[OfInput<T>]) -> custval::Result<Option<T>> {
    let all: Vec<&OfInput<T>> = all.iter().filter(|setting| setting.input != Some(RATES)).collect();
    if let Some(input) = all.iter().find_map(|setting| setting.input) {
        return Err(Error::usage(format!("`--{flag}` names the input `{input}`, which only `allocate` has"))
            .hint(format!("leave `{input}=` out")));
    }
    match all[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.value.clone())),
        _ => Err(Error::usage(format!("`--{flag}` is said twice")).hint("say it once, or once for each input")),
    }
}

/// How tables of customers are read: whose a row is, and what becomes of rows that cannot be used.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input")]
pub struct TableOptions {
    #[command(flatten)]
    pub format: FormatOptions,
    /// Whether upper and lower case make two customers, in every file of the run: `keep` them apart, or `fold` them into one in
    /// lower case
    #[arg(long, value_name = "keep|fold", default_value_t, value_parser = parsed::<IdCase>)]
    id_case: IdCase,
    /// Take spaces around ids off, in every file of the run
    #[arg(long)]
    id_trim: bool,
    /// Set rows of logs and tables that cannot be used aside, byte for byte with reasons, into a folder; rows of a ledger never are
    #[arg(long, value_name = "DIR")]
    rejects: Option<PathBuf>,
    /// Refuse the files of a log, or a table, after all if more rows of it than this are set aside, as in `100` or `1%`
    #[arg(long, value_name = "N|N%", requires = "rejects", value_parser = parsed::<RejectLimit>)]
    max_rejects: Option<RejectLimit>,
}

impl TableOptions {
    /// Checks the options and opens the folder for rejects; gives the settings of reading.
    ///
    /// # Errors
    /// Columns that do not exist, a bound that is none, a folder that is not empty.
    pub fn open(&self, output: &OutputOptions, session: &Session) -> anyhow::Result<ScanParams> {
        let bad_rows = match self.rejects.as_deref() {
            Some(path) => {
                let same = |output: &str| Path::new(output).components().eq(path.components());
                if output.path().is_some_and(same) {
                    return Err(Error::usage("`--rejects` and `--output` name the same folder")
                        .at(Location::file(path.display().to_string()))
                        .hint("give the rows that are set aside a folder of their own")
                        .into());
                }
                session.reject_into(NewFolder::create(path, output.overwrite)?);
                BadRows::SetAside { at_most: self.max_rejects }
            }
            None => BadRows::Refuse,
        };
        let policies = Policies { id_case: self.id_case, id_trim: self.id_trim, ..Policies::default() };
        Ok(ScanParams { policies, bad_rows, ..self.format.params()? })
    }
}

/// How logs and tables are read.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input")]
pub struct InputOptions {
    #[command(flatten)]
    pub table: TableOptions,
    /// Rows of a log without a customer: refuse them, or set them aside and say their rows and money
    #[arg(long, default_value = "refuse", value_name = "refuse|aside", value_parser = parsed::<NoCustomer>)]
    pub no_customer: NoCustomer,
}

impl InputOptions {
    /// As [`FormatOptions::of_input`].
    pub fn of_input(&self, input: Option<&str>) -> Self {
        let table = TableOptions { format: self.table.format.of_input(input), ..self.table.clone() };
        Self { table, ..self.clone() }
    }

    /// As [`TableOptions::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(&self, output: &OutputOptions, session: &Session) -> anyhow::Result<ScanParams> {
        Ok(ScanParams { no_customer: self.no_customer, ..self.table.open(output, session)? })
    }
}

/// Which stretch of time is looked at, and in which unit.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Observation")]
pub struct WindowOptions {
    /// The unit of recency and age: `day`, `week` (the default) or `month`
    #[arg(long, value_name = "UNIT", value_parser = parsed::<TimeUnit>)]
    pub time_unit: Option<TimeUnit>,
    /// The unit where none is asked for: that of a model that was fitted before.
    #[arg(skip)]
    pub unit_of_model: Option<TimeUnit>,
    /// The last day of observation; the default is the last date in the files
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    pub as_of: Option<Day>,
    /// Describe customers as of this day; what follows is held out, and stands in the holdout columns of `summary`
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    pub calibration_end: Option<Day>,
}

impl WindowOptions {
    /// The unit of times that do not say theirs: the one asked for, else that of the model.
    pub fn unit(&self) -> Option<TimeUnit> {
        self.time_unit.or(self.unit_of_model)
    }
}

/// An amount of memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        const UNITS: [(&str, u64); 8] = [
            ("kib", 1 << 10),
            ("mib", 1 << 20),
            ("gib", 1 << 30),
            ("tib", 1 << 40),
            ("kb", 1_000),
            ("mb", 1_000_000),
            ("gb", 1_000_000_000),
            ("tb", 1_000_000_000_000),
        ];
        let lower = text.to_ascii_lowercase();
        let sized = UNITS.iter().find_map(|(unit, bytes)| {
            let number: f64 = lower.strip_suffix(unit)?.trim_end().parse().ok()?;
            Some(number * *bytes as f64)
        });
        match sized {
            Some(bytes) if (1.0..=1e18).contains(&bytes) => Ok(Self(bytes as u64)),
            _ => Err(Error::usage(format!("`{text}` is no amount of memory"))
                .hint("write a number and one of the units KiB, MiB, GiB, TiB, kB, MB, GB and TB, as in `2GiB`")),
        }
    }
}

/// Parses a value of the library, with its hint in the message.
///
/// # Errors
/// What the value's own parser says.
pub fn parsed<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| with_hint(&error, error.hint_text()))
}

/// Parses a whole number of 0 or more.
///
/// # Errors
/// What is expected instead.
pub fn whole_number<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "it is too large".to_owned(),
        _ => "say a whole number of 0 or more".to_owned(),
    })
}

/// Parses a whole number that is neither too small nor too large.
///
/// # Errors
/// What is expected instead.
pub fn whole_number_in<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("say a number from {} to {}", range.start(), range.end())),
    }
}

/// That a flag names nothing twice.
///
/// # Errors
/// Where it does.
pub fn refuse_twice<T: PartialEq + Display>(flag: &str, names: &[T]) -> custval::Result<()> {
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        Some((_, name)) => {
            Err(Error::usage(format!("`--{flag}` names `{name}` twice")).hint("leave one of the two out"))
        }
        None => Ok(()),
    }
}

/// Parses a length of a day or more.
///
/// # Errors
/// Where it is none, or shorter.
pub fn whole_days(text: &str) -> Result<Length, String> {
    let length: Length = parsed(text)?;
    if length.days().round() < 1.0 {
        return Err(format!("`{text}` is less than a day\nhint: days are counted whole here: say `1d` or more"));
    }
    Ok(length)
}

fn with_hint(error: &dyn Display, hint: Option<&str>) -> String {
    match hint {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}
