//! Checked settings of a scan.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::head::HeadParams;
use super::policies::Policies;
use crate::choice::choices;
use crate::columns::ColumnMap;
use crate::dialect::Pinned;
use crate::exchange::Exchange;
use crate::money::Currency;
use crate::rates::Share;
use crate::{Error, Result};

/// How files are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanParams {
    /// Which columns of the files stand for which standard columns.
    pub columns: ColumnMap,
    /// What stands between fields; found from each file's header where not given.
    pub delimiter: Option<Delimiter>,
    /// What stands around fields that hold a delimiter.
    pub quote: Quote,
    /// Whether files have no line with the names of their columns; they are then named `1`, `2`, and so on.
    pub no_header: bool,
    /// How values are written, as far as it was said.
    pub pinned: Pinned,
    /// Which of several inputs of a command this is, as the hints of messages name it.
    pub input: Option<&'static str>,
    /// The currency of amounts, which decides their decimals.
    pub currency: Currency,
    /// What becomes of rows without a customer.
    pub no_customer: NoCustomer,
    /// What becomes of rows that cannot be used.
    pub bad_rows: BadRows,
    /// What becomes of rows that can be used.
    pub policies: Policies,
    /// How the amounts are written that those of this run are added to: the same one currency must be meant.
    pub written_before: Vec<String>,
    /// Rates into the currency of amounts; without them all amounts must be in one currency.
    pub exchange: Option<Exchange>,
    /// How many bytes may be kept of a log while it is read; what is beyond waits in a temporary file. It changes speed and
    /// never the result, which itself is not counted.
    pub memory: Option<u64>,
}

/// The byte that stands between fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiter(pub(super) u8);

impl Delimiter {
    /// A comma.
    pub const COMMA: Self = Self(b',');
    /// A tab.
    pub const TAB: Self = Self(b'\t');

    /// The byte.
    pub fn byte(self) -> u8 {
        self.0
    }
}

impl FromStr for Delimiter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "tab" | "\\t" => Ok(Self::TAB),
            "comma" => Ok(Self::COMMA),
            "semicolon" => Ok(Self(b';')),
            "pipe" => Ok(Self(b'|')),
            _ => match text.as_bytes() {
                [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n.-+_\0".contains(byte) => {
                    Ok(Self(*byte))
                }
                _ => Err(Error::usage(format!("`{text}` cannot stand between fields"))
                    .hint("say `,`, `;`, `|`, `tab` or another single sign")),
            },
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\t' => f.write_str("tab"),
            byte => write!(f, "{}", char::from(byte)),
        }
    }
}

/// The byte that stands around fields that hold a delimiter; two inside are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote(pub(super) Option<u8>);

impl Default for Quote {
    fn default() -> Self {
        Self(Some(b'"'))
    }
}

impl FromStr for Quote {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "double" | "\"" => Ok(Self(Some(b'"'))),
            "single" | "'" => Ok(Self(Some(b'\''))),
            "none" => Ok(Self(None)),
            _ => Err(Error::usage(format!("`{text}` is no quote")).hint("say `double`, `single` or `none`")),
        }
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(b'\'') => "single",
            Some(_) => "double",
            None => "none",
        })
    }
}

impl ScanParams {
    /// How the heads of files are read.
    pub(super) fn head(&self) -> HeadParams {
        HeadParams { delimiter: self.delimiter.map(Delimiter::byte), quote: self.quote.0, header: !self.no_header }
    }
}

/// What becomes of rows without a customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoCustomer {
    /// They cannot be used, like rows without a date.
    #[default]
    Refuse,
    /// They are left out; the receipt counts them and their money.
    Aside,
}

choices! {
    NoCustomer, "is no policy for rows without a customer" { Refuse = "refuse", Aside = "aside" }
}

/// What becomes of rows that cannot be used.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum BadRows {
    /// The files are read to the end, and then refused.
    #[default]
    Refuse,
    /// They are set aside, to be written by [`Rejects::write`](super::Rejects::write).
    SetAside {
        /// How many there may be; any number where not given.
        at_most: Option<RejectLimit>,
    },
}

/// How many rows may be set aside: `100`, or `0.5%` of all rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RejectLimit {
    /// A number of rows.
    Rows(u64),
    /// A percentage of all rows.
    Share(Share),
}

impl RejectLimit {
    /// Whether so many rejected rows of so many are within the limit.
    pub fn allows(self, rejected: u64, rows: u64) -> bool {
        match self {
            Self::Rows(limit) => rejected <= limit,
            Self::Share(share) => share.ordering_of(rejected as i64, rows as i64) != Ordering::Greater,
        }
    }
}

impl FromStr for RejectLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let shares = Share::percent(0)..=Share::percent(100);
        let limit = match text.strip_suffix('%') {
            Some(_) => text.parse().ok().filter(|share| shares.contains(share)).map(Self::Share),
            None => text.parse().ok().map(Self::Rows),
        };
        limit.ok_or_else(|| {
            Error::usage(format!("`{text}` is no limit"))
                .hint("write a number of rows, as in `100`, or a share of all, as in `0.5%`")
        })
    }
}

impl fmt::Display for RejectLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Share(share) => write!(f, "{share}"),
        }
    }
}
