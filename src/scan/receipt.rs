//! What became of every row and every cent.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::params::ScanParams;
use super::reason::Reason;
use super::row::Converted;
use super::sieve::{Count, Sifted};
use crate::money::Currency;
use crate::time::{Day, span};
use crate::wording::header_text;

/// What became of every row of a scan.
///
/// # Definition
/// ```text
/// rows   = rows_used   + rows_merged + rows_same_key + rows set aside, by reason
/// amount = amount_used +               amount_same_key + amounts set aside, by reason
/// ```
/// A merged row is one that was added to another of the same customer and day; its amount is part of
/// the amount used. A row of the same key repeats another, and so does its amount. `amount` sums every row whose amount could be read; `amounts_unread` counts the
/// others, all of which are set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Shown")]
pub struct Receipt {
    /// Rows in all files, without headers and empty lines.
    pub rows: u64,
    /// Rows that entered the result as rows of their own.
    pub rows_used: u64,
    /// Rows that were added to another of the same customer and day.
    pub rows_merged: u64,
    /// Rows that repeat another of the same key.
    pub rows_same_key: u64,
    /// Rows that did not enter the result, by reason, in a fixed order.
    pub set_aside: Vec<SetAside>,
    /// Sum of all amounts that could be read, in minor units; `None` where none were asked for.
    pub amount: Option<i128>,
    /// Sum of the amounts that entered the result, in minor units.
    pub amount_used: Option<i128>,
    /// Sum of the amounts of rows that repeat another of the same key, in minor units.
    pub amount_same_key: Option<i128>,
    /// Rows whose amount could not be read.
    pub amounts_unread: u64,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What stands beside amounts, or in a column for it, as their currency.
    pub written_currencies: Vec<String>,
    /// The currencies that were converted into it, by their codes; empty where none was to be.
    pub currencies: Vec<InCurrency>,
    /// Ids that were written in several ways, where they were trimmed or folded.
    pub merged_ids: Option<MergedIds>,
    /// The first and the last day of the rows that could be read and no policy left out, before any was set aside by date.
    pub first_date: Option<Day>,
    /// See `first_date`.
    pub last_date: Option<Day>,
    /// The rows of each file, in the order given.
    pub files: Vec<FileRows>,
}

/// Rows that did not enter the result for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The reason, in a few words.
    pub reason: String,
    /// How many rows.
    pub rows: u64,
    /// The sum of their amounts, as far as they could be read, in minor units.
    pub amount: Option<i128>,
    /// How many of the amounts could not be read.
    pub amounts_unread: u64,
}

/// Amounts in one currency, of all rows whose amount could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCurrency {
    /// The currency.
    pub currency: Currency,
    /// How many rows.
    pub rows: u64,
    /// Their sum, in minor units of the currency.
    pub original: i128,
    /// Their sum in minor units of the receipt's currency, each row converted on its own.
    pub amount: i128,
}

/// Ids that stand for one customer in several ways of writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MergedIds {
    /// Ways of writing.
    pub spellings: u64,
    /// Customers.
    pub customers: u64,
}

/// What trimming and folding did to the ids of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FoldedIds {
    /// Rows whose id is another than the one that is written.
    pub rows: u64,
    /// Ids that were written in several ways.
    #[serde(flatten)]
    pub merged: MergedIds,
}

/// The rows of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRows {
    /// The file, and how it was read.
    #[serde(flatten)]
    pub read_as: ReadAs,
    /// Its rows.
    pub rows: u64,
}

/// How a file was read: as it was said, or as its values are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadAs {
    /// The file, as the user named it.
    pub file: String,
    /// `csv`, which is any text with delimiters, or `parquet`; `unread` of what is neither.
    pub format: &'static str,
    /// `gzip` or `zstd`, of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<&'static str>,
    /// `utf-8`, `windows-1252` or `utf-16`, of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
    /// What stands between the fields of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// The decimal mark of amounts, where they were read: `point` or `comma`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<&'static str>,
    /// The form of dates, where they were read, as `--date-format` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// The calendar to which instants belong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The line of the header, where titles stand above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_line: Option<u64>,
}

impl Receipt {
    /// Rows that did not enter the result.
    pub fn rows_set_aside(&self) -> u64 {
        self.set_aside.iter().map(|entry| entry.rows).sum()
    }
}

impl ReadAs {
    /// A file that cannot be read.
    pub(crate) fn unread(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            format: "unread",
            compression: None,
            encoding: None,
            delimiter: None,
            decimal: None,
            date_format: None,
            time_zone: None,
            header_line: None,
        }
    }

    /// Where the header stands below titles, for people; nothing where it is the first line.
    pub fn header_text(&self) -> Option<String> {
        self.header_line.map(|line| header_text(&self.file, line))
    }

    /// Whether it is plain CSV (commas or tabs, UTF-8, decimal points and ISO dates, not compressed) or typed as plainly, and not
    /// moved to a calendar.
    pub fn is_plain(&self) -> bool {
        let usual = |named: Option<&str>, plain: &str| named.is_none_or(|named| named == plain);
        self.compression.is_none()
            && usual(self.encoding, "utf-8")
            && usual(self.decimal, "point")
            && usual(self.date_format.as_deref(), "iso")
            && self.time_zone.is_none()
    }
}

impl fmt::Display for ReadAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(compression) = self.compression {
            write!(f, "{compression}, ")?;
        }
        match (self.encoding, &self.delimiter) {
            (Some(encoding), Some(delimiter)) => write!(f, "{encoding}, `{delimiter}` between fields")?,
            _ => f.write_str(self.format)?,
        }
        if let Some(decimal) = self.decimal {
            write!(f, ", decimal {decimal}")?;
        }
        if let Some(format) = &self.date_format {
            write!(f, ", dates `{format}`")?;
        }
        match &self.time_zone {
            Some(zone) => write!(f, " in {zone}"),
            None => Ok(()),
        }
    }
}

/// The receipt as it is written: amounts as exact text.
#[derive(Serialize)]
struct Shown {
    rows: u64,
    rows_used: u64,
    rows_merged: u64,
    #[serde(skip_serializing_if = "is_zero")]
    rows_same_key: u64,
    rows_set_aside: u64,
    set_aside: Vec<ShownAside>,
    amount: Option<String>,
    amount_used: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_same_key: Option<String>,
    amounts_unread: u64,
    currency: Currency,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    currencies: Vec<ShownCurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_ids: Option<MergedIds>,
    first_date: Option<Day>,
    last_date: Option<Day>,
    files: Vec<FileRows>,
}

#[derive(Serialize)]
struct ShownAside {
    reason: String,
    rows: u64,
    amount: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    amounts_unread: u64,
}

#[derive(Serialize)]
struct ShownCurrency {
    currency: Currency,
    rows: u64,
    original: String,
    amount: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(rows: &u64) -> bool {
    *rows == 0
}

impl From<Receipt> for Shown {
    fn from(receipt: Receipt) -> Self {
        let text = |amount: Option<i128>| amount.map(|amount| receipt.currency.format(amount));
        Self {
            rows: receipt.rows,
            rows_used: receipt.rows_used,
            rows_merged: receipt.rows_merged,
            rows_same_key: receipt.rows_same_key,
            rows_set_aside: receipt.rows_set_aside(),
            set_aside: receipt
                .set_aside
                .iter()
                .map(|entry| ShownAside {
                    reason: entry.reason.clone(),
                    rows: entry.rows,
                    amount: text(entry.amount),
                    amounts_unread: entry.amounts_unread,
                })
                .collect(),
            amount: text(receipt.amount),
            amount_used: text(receipt.amount_used),
            amount_same_key: text(receipt.amount_same_key.filter(|_| receipt.rows_same_key > 0)),
            amounts_unread: receipt.amounts_unread,
            currencies: receipt
                .currencies
                .iter()
                .map(|entry| ShownCurrency {
                    currency: entry.currency.clone(),
                    rows: entry.rows,
                    original: entry.currency.format(entry.original),
                    amount: receipt.currency.format(entry.amount),
                })
                .collect(),
            merged_ids: receipt.merged_ids,
            currency: receipt.currency,
            first_date: receipt.first_date,
            last_date: receipt.last_date,
            files: receipt.files,
        }
    }
}

/// What a reduction says became of the rows that it took in: all others are used.
#[derive(Debug, Clone, Default)]
pub struct Account {
    pub(super) merged: u64,
    pub(super) set_aside: Vec<(String, u64, i128)>,
}

impl Account {
    /// So many rows were added to others of the same customer and day.
    pub fn merged(&mut self, rows: u64) {
        self.merged += rows;
    }

    /// So many rows, with amounts that sum to `amount` minor units, did not enter the result.
    pub fn set_aside(&mut self, reason: &str, rows: u64, amount: i128) {
        if rows > 0 {
            self.set_aside.push((reason.into(), rows, amount));
        }
    }
}

/// Rows and amounts for one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub rows: u64,
    pub amount: i128,
    pub unread: u64,
}

impl Tally {
    /// One row more.
    pub fn add(&mut self, amount: Option<i64>) {
        self.rows += 1;
        match amount {
            Some(amount) => self.amount += i128::from(amount),
            None => self.unread += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.amount += other.amount;
        self.unread += other.unread;
    }
}

impl From<Count> for Tally {
    /// Rows whose amounts were all read.
    fn from(Count { rows, amount }: Count) -> Self {
        Self { rows, amount, unread: 0 }
    }
}

/// What one thread counted, and then all together.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub good_amount: i128,
    pub rows_by_file: Vec<u64>,
    pub bad: [Tally; Reason::ALL.len()],
    /// Rows that the use of the others refused.
    pub refused: BTreeMap<&'static str, Tally>,
    /// By exclusion, in the order given.
    pub excluded: Vec<Tally>,
    /// What was read carefully in each currency, by its place.
    pub converted: Vec<Converted>,
    pub days: Option<(Day, Day)>,
}

impl Counts {
    pub fn new(files: usize) -> Self {
        Self {
            good_amount: 0,
            rows_by_file: vec![0; files],
            bad: Default::default(),
            refused: BTreeMap::new(),
            excluded: Vec::new(),
            converted: Vec::new(),
            days: None,
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.good_amount += other.good_amount;
        for (rows, more) in self.rows_by_file.iter_mut().zip(&other.rows_by_file) {
            *rows += more;
        }
        for (tally, more) in self.bad.iter_mut().zip(&other.bad) {
            tally.merge(more);
        }
        for (reason, more) in &other.refused {
            self.refused.entry(reason).or_default().merge(more);
        }
        self.add_excluded(&other.excluded);
        self.add_converted(&other.converted);
        self.see_days(other.days);
    }

    pub fn add_bad(&mut self, reason: Reason, amount: Option<i64>) {
        let tally = match reason.index() {
            Some(place) => &mut self.bad[place],
            None => self.refused.entry(reason.name()).or_default(),
        };
        tally.add(amount);
    }

    /// Rows that cannot be used, by reason; none without any.
    pub fn bad_rows(&self) -> impl Iterator<Item = (&'static str, Tally)> {
        // What only the use of a row shows may be what reading others has shown.
        let always = Reason::ALL.iter().map(|reason| reason.name()).zip(self.bad).map(|(name, mut tally)| {
            self.refused.get(name).into_iter().for_each(|more| tally.merge(more));
            (name, tally)
        });
        let named = |name: &str| Reason::ALL.iter().any(|reason| reason.name() == name);
        let by_use = self.refused.iter().filter(move |(name, _)| !named(name)).map(|(name, tally)| (*name, *tally));
        always.chain(by_use).filter(|(_, tally)| tally.rows > 0)
    }

    pub fn add_excluded(&mut self, other: &[Tally]) {
        self.excluded.resize(self.excluded.len().max(other.len()), Tally::default());
        self.excluded.iter_mut().zip(other).for_each(|(tally, more)| tally.merge(more));
    }

    pub fn add_converted(&mut self, other: &[Converted]) {
        self.converted.resize(self.converted.len().max(other.len()), Converted::default());
        for (one, more) in self.converted.iter_mut().zip(other) {
            one.rows += more.rows;
            one.original += more.original;
            one.amount += more.amount;
        }
    }

    pub fn see_days(&mut self, days: Option<(Day, Day)>) {
        self.days = span(self.days, days);
    }

    pub fn rows(&self) -> u64 {
        self.rows_by_file.iter().sum()
    }

    /// The receipt, when all others have said what they did.
    pub fn receipt(&self, told: Told, params: &ScanParams) -> Receipt {
        let Told { account, sifted, files, amounts, currency, written_currencies } = told;
        let some = |amount: i128| amounts.then_some(amount);
        let policies = &params.policies;
        let mut unusable = Tally::default();
        let bad = self.bad_rows().map(|(_, tally)| tally);
        bad.chain(self.excluded.iter().copied()).for_each(|tally| unusable.merge(&tally));
        let unread = unusable.unread;
        let refused = self.bad_rows().map(|(reason, tally)| (reason.to_owned(), tally));
        let excluded = policies.exclude.iter().zip(&self.excluded);
        let decided = excluded.map(|(exclusion, tally)| (format!("excluded by `{exclusion}`"), *tally)).chain([
            ("refunds dropped".to_owned(), sifted.refunds.into()),
            ("amounts of zero dropped".to_owned(), sifted.zero_amounts.into()),
        ]);
        let reduced = account.set_aside.iter().map(|(reason, rows, amount)| {
            let count = Count { rows: *rows, amount: *amount };
            (reason.clone(), count.into())
        });
        let set_aside: Vec<SetAside> = refused
            .chain(decided)
            .chain(reduced)
            .filter(|(_, tally)| tally.rows > 0)
            .map(|(reason, tally)| SetAside {
                reason,
                rows: tally.rows,
                amount: some(tally.amount),
                amounts_unread: if amounts { tally.unread } else { 0 },
            })
            .collect();
        let aside = Count {
            rows: set_aside.iter().map(|entry| entry.rows).sum(),
            amount: set_aside.iter().filter_map(|entry| entry.amount).sum(),
        };
        let amount = self.good_amount + unusable.amount;
        let days = if policies.takes_all_that_is_read() { self.days } else { sifted.days };
        Receipt {
            rows: self.rows(),
            rows_used: self.rows() - account.merged - sifted.same_key.rows - aside.rows,
            rows_merged: account.merged,
            rows_same_key: sifted.same_key.rows,
            set_aside,
            amount: some(amount),
            amount_used: some(amount - sifted.same_key.amount - aside.amount),
            amount_same_key: some(sifted.same_key.amount),
            amounts_unread: if amounts { unread } else { 0 },
            currencies: if amounts { self.currencies(params, amount, unread) } else { Vec::new() },
            currency,
            written_currencies,
            merged_ids: policies.changes_ids().then(|| sifted.spellings.merged()),
            first_date: days.map(|(first, _)| first),
            last_date: days.map(|(_, last)| last),
            files: files
                .into_iter()
                .zip(&self.rows_by_file)
                .map(|(read_as, rows)| FileRows { read_as, rows: *rows })
                .collect(),
        }
    }

    /// The currencies that occur, where rates were given.
    fn currencies(&self, params: &ScanParams, amount: i128, unread: u64) -> Vec<InCurrency> {
        let Some(exchange) = &params.exchange else { return Vec::new() };
        let foreign = |currency: &Currency| *currency != params.currency;
        let mut all: Vec<InCurrency> = exchange
            .currencies()
            .iter()
            .zip(&self.converted)
            .map(|(currency, Converted { rows, original, amount })| InCurrency {
                currency: currency.clone(),
                rows: *rows,
                original: *original,
                amount: *amount,
            })
            .collect();
        // Plain rows are all in the currency of the report: they are what is left.
        let others = all.iter().filter(|entry| foreign(&entry.currency));
        let (rows, converted) = others.fold((0, 0), |(rows, sum), entry| (rows + entry.rows, sum + entry.amount));
        for own in all.iter_mut().filter(|entry| !foreign(&entry.currency)) {
            own.rows = self.rows() - unread - rows;
            own.amount = amount - converted;
            own.original = own.amount;
        }
        all.retain(|entry| entry.rows > 0);
        all
    }
}

/// What was found out about rows beside their counts.
#[derive(Debug)]
pub(super) struct Told {
    pub account: Account,
    pub sifted: Sifted,
    pub files: Vec<ReadAs>,
    /// Whether amounts were read.
    pub amounts: bool,
    pub currency: Currency,
    pub written_currencies: Vec<String>,
}
