//! Damage as real exports have it: stated shares of rows, each of one kind, all counted.

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde::Serialize;

use super::text::scrambled;
use crate::rates::Share;
use crate::{Error, Result};

/// A kind of damage to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// The 30th of February.
    BadDate,
    /// No date.
    NoDate,
    /// A letter behind the amount.
    BadAmount,
    /// No amount.
    NoAmount,
    /// No customer.
    NoCustomer,
    /// An id that a spreadsheet turned into `1.23E+11`.
    BadId,
    /// The last field is missing, with its separator.
    ShortRow,
    /// The row stands there twice. Readers keep both, as identical rows may be two purchases.
    Duplicate,
    /// Every field in quotes. Nothing is wrong with such a row.
    Quote,
}

impl Damage {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::BadDate,
        Self::NoDate,
        Self::BadAmount,
        Self::NoAmount,
        Self::NoCustomer,
        Self::BadId,
        Self::ShortRow,
        Self::Duplicate,
        Self::Quote,
    ];

    /// The name used on the command line and in `truth.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadDate => "bad-date",
            Self::NoDate => "no-date",
            Self::BadAmount => "bad-amount",
            Self::NoAmount => "no-amount",
            Self::NoCustomer => "no-customer",
            Self::BadId => "bad-id",
            Self::ShortRow => "short-row",
            Self::Duplicate => "duplicate",
            Self::Quote => "quote",
        }
    }

    /// Why a reader sets the row aside, as receipts name it; `None` where it need not.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::BadDate => Some("no such day"),
            Self::NoDate => Some("date missing"),
            Self::BadAmount => Some("not an amount"),
            Self::NoAmount => Some("amount missing"),
            Self::NoCustomer => Some("no customer"),
            Self::BadId => Some("id in exponent form"),
            Self::ShortRow => Some("wrong number of fields"),
            Self::Duplicate | Self::Quote => None,
        }
    }

    /// Whether the amount can still be read.
    fn leaves_the_amount(self) -> bool {
        !matches!(self, Self::BadAmount | Self::NoAmount | Self::ShortRow)
    }
}

/// The share of rows with each kind of damage.
///
/// # Example
/// ```
/// use custval::generate::{Damage, DamageShares};
/// let shares: DamageShares = "bad-date=0.1%,duplicate=2%".parse()?;
/// assert_eq!(shares.get(Damage::Duplicate), 0.02);
/// assert!("bad-date=60%,duplicate=60%".parse::<DamageShares>().is_err());
/// # Ok::<(), custval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DamageShares([f64; Damage::ALL.len()]);

impl DamageShares {
    /// The share of one kind, as a fraction.
    pub fn get(&self, kind: Damage) -> f64 {
        self.0[kind as usize]
    }

    /// Whether all rows are as they should be.
    pub fn is_none(&self) -> bool {
        self.0.iter().all(|share| *share == 0.0)
    }

    /// The damage of the next row, if any: one draw a row.
    #[inline]
    pub(super) fn draw(&self, random: &mut ChaCha8Rng) -> Option<Damage> {
        let mut place = unit(random.next_u64());
        for kind in Damage::ALL {
            let share = self.get(kind);
            if place < share {
                return Some(kind);
            }
            place -= share;
        }
        None
    }
}

/// A number in `[0, 1)` of 53 of the bits.
#[inline]
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

impl FromStr for DamageShares {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut shares = Self::default();
        let mut said = Vec::new();
        for entry in text.split(',').filter(|entry| !entry.is_empty()) {
            let (name, share) = entry.split_once('=').ok_or_else(|| {
                Error::usage(format!("`{entry}` names no share"))
                    .hint("write kind, `=` and a percentage, as in `bad-date=0.1%`")
            })?;
            let kind = Damage::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
                let names = Damage::ALL.map(Damage::name);
                Error::usage(format!("`{name}` is no kind of damage"))
                    .hint(format!("the kinds are {}", crate::columns::list(&names)))
            })?;
            if said.contains(&name) {
                return Err(Error::usage(format!("`{name}` is given twice")).hint("give each kind of damage once"));
            }
            said.push(name);
            let share: f64 = share.parse::<Share>()?.fraction();
            if !(0.0..=1.0).contains(&share) {
                return Err(Error::usage(format!("`{entry}` is no share of all rows")).hint("write 0% to 100%"));
            }
            shares.0[kind as usize] = share;
        }
        if shares.0.iter().sum::<f64>() > 1.0 + 1e-12 {
            return Err(
                Error::usage("the shares of damage sum to more than 100%").hint("a row has one kind of damage at most")
            );
        }
        Ok(shares)
    }
}

impl fmt::Display for DamageShares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for kind in Damage::ALL.into_iter().filter(|kind| self.get(*kind) > 0.0) {
            write!(f, "{separator}{}={}%", kind.name(), self.get(kind) * 100.0)?;
            separator = ",";
        }
        Ok(())
    }
}

/// What a field of a row is, as far as damage cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Customer,
    Date,
    Amount,
    Other,
}

/// Rows and amounts by kind of damage, and of all rows as they were written.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    pub rows: u64,
    /// Of all rows whose amount can be read, duplicates twice, in hundredths.
    pub amount_readable: i128,
    pub rows_readable: u64,
    by_kind: [(u64, i128); Damage::ALL.len()],
}

impl Written {
    #[inline]
    fn count(&mut self, damage: Option<Damage>, cents: i64) {
        let (rows, cents) = (if damage == Some(Damage::Duplicate) { 2 } else { 1 }, i128::from(cents));
        self.rows += rows;
        if let Some(kind) = damage {
            self.by_kind[kind as usize].0 += 1;
            self.by_kind[kind as usize].1 += cents;
        }
        if damage.is_none_or(Damage::leaves_the_amount) {
            self.amount_readable += cents * i128::from(rows);
        }
        if damage.is_none_or(|kind| kind.reason().is_none()) {
            self.rows_readable += rows;
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.amount_readable += other.amount_readable;
        self.rows_readable += other.rows_readable;
        for (all, more) in self.by_kind.iter_mut().zip(other.by_kind) {
            all.0 += more.0;
            all.1 += more.1;
        }
    }

    /// Each kind, with its rows and their amounts as they would have been.
    pub fn kinds(&self) -> impl Iterator<Item = (Damage, u64, i128)> {
        Damage::ALL.into_iter().map(|kind| {
            let (rows, amount) = self.by_kind[kind as usize];
            (kind, rows, amount)
        })
    }
}

/// Writes rows of one layout, damaged as drawn.
pub(super) struct RowWriter<'a> {
    pub layout: &'a [Role],
    pub shares: &'a DamageShares,
    pub random: ChaCha8Rng,
    pub out: Vec<u8>,
    pub written: Written,
    clean: bool,
}

impl<'a> RowWriter<'a> {
    pub fn new(layout: &'a [Role], shares: &'a DamageShares, random: ChaCha8Rng, bytes: usize) -> Self {
        let clean = shares.is_none();
        Self { layout, shares, random, out: Vec::with_capacity(bytes), written: Written::default(), clean }
    }

    /// Writes one row: `field` writes the field of a number, `cents` is the row's amount.
    #[inline]
    pub fn row(&mut self, cents: i64, field: impl Fn(usize, &mut Vec<u8>)) {
        let damage = if self.clean { None } else { self.shares.draw(&mut self.random) };
        self.written.count(damage, cents);
        match damage {
            None => self.plain(&field),
            Some(Damage::Duplicate) => {
                self.plain(&field);
                self.plain(&field);
            }
            Some(damage) => self.damaged(damage, &field),
        }
    }

    #[inline]
    fn plain(&mut self, field: impl Fn(usize, &mut Vec<u8>)) {
        let out = &mut self.out;
        for number in 0..self.layout.len() {
            if number > 0 {
                out.push(b',');
            }
            field(number, out);
        }
        out.push(b'\n');
    }

    #[cold]
    fn damaged(&mut self, damage: Damage, field: impl Fn(usize, &mut Vec<u8>)) {
        let out = &mut self.out;
        for (number, role) in self.layout.iter().enumerate() {
            if damage == Damage::ShortRow && number + 1 == self.layout.len() {
                break;
            }
            if number > 0 {
                out.push(b',');
            }
            let start = out.len();
            match (damage, role) {
                (Damage::NoDate, Role::Date)
                | (Damage::NoAmount, Role::Amount)
                | (Damage::NoCustomer, Role::Customer) => {}
                (Damage::BadDate, Role::Date) => {
                    field(number, out);
                    out.truncate(start + 5);
                    out.extend_from_slice(b"02-30");
                }
                (Damage::BadAmount, Role::Amount) => {
                    field(number, out);
                    out.push(b'x');
                }
                (Damage::BadId, Role::Customer) => {
                    field(number, out);
                    let digits = scrambled(out[start..].iter().fold(0, |sum, byte| sum * 31 + u64::from(*byte)));
                    out.truncate(start);
                    out.extend_from_slice(&[b'1' + (digits % 9) as u8, b'.', b'0' + (digits / 9 % 10) as u8]);
                    out.extend_from_slice(b"E+11");
                }
                (Damage::Quote, _) => {
                    out.push(b'"');
                    field(number, out);
                    out.push(b'"');
                }
                _ => field(number, out),
            }
        }
        out.push(b'\n');
    }
}
