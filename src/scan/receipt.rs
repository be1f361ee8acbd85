//! What became of every row and every cent.

use std::fmt;

use serde::Serialize;

use super::reason::Reason;
use crate::money::Currency;
use crate::time::Day;

/// What became of every row of a scan.
///
/// # Definition
/// ```text
/// rows   = rows_used + rows_merged + rows set aside, by reason
/// amount = amount_used             + amounts set aside, by reason
/// ```
/// A merged row is one that was added to another of the same customer and day; its amount is part of
/// the amount used. `amount` sums every row whose amount could be read; `amounts_unread` counts the
/// others, all of which are set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Shown")]
pub struct Receipt {
    /// Rows in all files, without headers and empty lines.
    pub rows: u64,
    /// Rows that entered the result as rows of their own.
    pub rows_used: u64,
    /// Rows that were added to another.
    pub rows_merged: u64,
    /// Rows that did not enter the result, by reason, in a fixed order.
    pub set_aside: Vec<SetAside>,
    /// Sum of all amounts that could be read, in minor units; `None` where none were asked for.
    pub amount: Option<i128>,
    /// Sum of the amounts that entered the result, in minor units.
    pub amount_used: Option<i128>,
    /// Rows whose amount could not be read.
    pub amounts_unread: u64,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The first and the last day of the rows that could be read, before any was set aside by date.
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
    /// `gzip` or `zstd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<&'static str>,
    /// `utf-8`, `windows-1252` or `utf-16`.
    pub encoding: &'static str,
    /// What stands between fields.
    pub delimiter: String,
    /// The decimal mark of amounts, where they were read: `point` or `comma`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<&'static str>,
    /// The form of dates, where they were read, as `--date-format` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// The calendar to which instants belong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Receipt {
    /// Rows that did not enter the result.
    pub fn rows_set_aside(&self) -> u64 {
        self.set_aside.iter().map(|entry| entry.rows).sum()
    }
}

impl ReadAs {
    /// Whether it is plain CSV: commas or tabs, UTF-8, decimal points and ISO dates, neither compressed nor moved to a calendar.
    pub fn is_plain(&self) -> bool {
        let usual = |named: Option<&str>, plain: &str| named.is_none_or(|named| named == plain);
        self.compression.is_none()
            && self.encoding == "utf-8"
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
        write!(f, "{}, `{}` between fields", self.encoding, self.delimiter)?;
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
    rows_set_aside: u64,
    set_aside: Vec<ShownAside>,
    amount: Option<String>,
    amount_used: Option<String>,
    amounts_unread: u64,
    currency: Currency,
    first_date: Option<Day>,
    last_date: Option<Day>,
    files: Vec<FileRows>,
}

#[derive(Serialize)]
struct ShownAside {
    reason: String,
    rows: u64,
    amount: Option<String>,
}

impl From<Receipt> for Shown {
    fn from(receipt: Receipt) -> Self {
        let text = |amount: Option<i128>| amount.map(|amount| receipt.currency.format(amount));
        Self {
            rows: receipt.rows,
            rows_used: receipt.rows_used,
            rows_merged: receipt.rows_merged,
            rows_set_aside: receipt.rows_set_aside(),
            set_aside: receipt
                .set_aside
                .iter()
                .map(|entry| ShownAside { reason: entry.reason.clone(), rows: entry.rows, amount: text(entry.amount) })
                .collect(),
            amount: text(receipt.amount),
            amount_used: text(receipt.amount_used),
            amounts_unread: receipt.amounts_unread,
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

/// What one thread counted, and then all together.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub good_amount: i128,
    pub rows_by_file: Vec<u64>,
    pub bad: [Tally; Reason::ALL.len()],
    pub days: Option<(Day, Day)>,
}

impl Counts {
    pub fn new(files: usize) -> Self {
        Self { good_amount: 0, rows_by_file: vec![0; files], bad: Default::default(), days: None }
    }

    pub fn merge(&mut self, other: &Self) {
        self.good_amount += other.good_amount;
        for (rows, more) in self.rows_by_file.iter_mut().zip(&other.rows_by_file) {
            *rows += more;
        }
        for (tally, more) in self.bad.iter_mut().zip(&other.bad) {
            tally.rows += more.rows;
            tally.amount += more.amount;
            tally.unread += more.unread;
        }
        self.see_days(other.days);
    }

    pub fn see_days(&mut self, days: Option<(Day, Day)>) {
        self.days = match (self.days, days) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (one, other) => one.or(other),
        };
    }

    pub fn rows(&self) -> u64 {
        self.rows_by_file.iter().sum()
    }

    /// The receipt, when the reduction has said what it did.
    pub fn receipt(&self, account: Account, files: Vec<ReadAs>, amounts: bool, currency: Currency) -> Receipt {
        let some = |amount: i128| amounts.then_some(amount);
        let bad_rows: u64 = self.bad.iter().map(|tally| tally.rows).sum();
        let bad_amount: i128 = self.bad.iter().map(|tally| tally.amount).sum();
        let mut set_aside: Vec<SetAside> = Reason::ALL
            .iter()
            .zip(&self.bad)
            .filter(|(_, tally)| tally.rows > 0)
            .map(|(reason, tally)| SetAside {
                reason: reason.name().into(),
                rows: tally.rows,
                amount: some(tally.amount),
            })
            .collect();
        let mut dropped = (0, 0);
        for (reason, rows, amount) in account.set_aside {
            dropped.0 += rows;
            dropped.1 += amount;
            set_aside.push(SetAside { reason, rows, amount: some(amount) });
        }
        Receipt {
            rows: self.rows(),
            rows_used: self.rows() - bad_rows - account.merged - dropped.0,
            rows_merged: account.merged,
            set_aside,
            amount: some(self.good_amount + bad_amount),
            amount_used: some(self.good_amount - dropped.1),
            amounts_unread: if amounts { self.bad.iter().map(|tally| tally.unread).sum() } else { 0 },
            currency,
            first_date: self.days.map(|(first, _)| first),
            last_date: self.days.map(|(_, last)| last),
            files: files
                .into_iter()
                .zip(&self.rows_by_file)
                .map(|(read_as, rows)| FileRows { read_as, rows: *rows })
                .collect(),
        }
    }
}
