//! Which rows that can be used are not counted, and under which customer the others are: what a business decides.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::choice::choices;
use crate::columns::{self, ColumnMap, Header};
use crate::{Error, Result};

/// Which rows count, and as whose.
///
/// Tables of customers know no policy but those on ids, which fold and trim the ids of every file of a run alike.
///
/// # Definition
/// In this order, row by row: rows that an exclusion matches are set aside, before it is asked whether they can be used at all; of
/// the rows that can be used, refunds and zero amounts are dropped if so decided; ids are trimmed, then folded; of rows with
/// the same key, equal ones are merged and unequal ones refused. Policies on amounts apply where amounts are read. Whatever
/// they do is counted in the [`Receipt`](super::Receipt); rows that they leave out are no rejects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// Rows that are left out by what stands in a column; the first that matches counts the row.
    pub exclude: Vec<Exclusion>,
    /// Whether upper and lower case make two customers.
    pub id_case: IdCase,
    /// Whether spaces around an id are taken off.
    pub id_trim: bool,
    /// What becomes of negative amounts.
    pub refunds: Refunds,
    /// What becomes of amounts of zero.
    pub zero_amounts: ZeroAmounts,
    /// Columns that tell one row from every other; with none, identical rows are rows of their own.
    pub unique: Vec<String>,
}

impl Policies {
    /// Whether every row that an exclusion leaves and that can be used is taken as it is.
    pub(super) fn takes_all_that_is_read(&self) -> bool {
        let drops = self.refunds == Refunds::Drop || self.zero_amounts == ZeroAmounts::Drop;
        !drops && !self.changes_ids() && self.unique.is_empty()
    }

    /// Whether ids are changed.
    pub fn changes_ids(&self) -> bool {
        self.id_trim || self.id_case == IdCase::Fold
    }

    /// The customer that an id stands for.
    pub fn customer<'a>(&self, written: &'a str) -> Cow<'a, str> {
        if !self.changes_ids() {
            return Cow::Borrowed(written);
        }
        let mut id = Vec::new();
        self.push_customer(written.as_bytes(), &mut id);
        Cow::Owned(String::from_utf8(id).expect("a folded text is text"))
    }

    /// Appends the customer that an id stands for.
    pub(super) fn push_customer(&self, written: &[u8], id: &mut Vec<u8>) {
        if !self.changes_ids() {
            id.extend_from_slice(written);
            return;
        }
        let shown = String::from_utf8_lossy(written);
        let trimmed = if self.id_trim { shown.trim() } else { &shown };
        match self.id_case {
            IdCase::Keep => id.extend_from_slice(trimmed.as_bytes()),
            IdCase::Fold if trimmed.is_ascii() => id.extend(trimmed.bytes().map(|byte| byte.to_ascii_lowercase())),
            IdCase::Fold => {
                let mut buffer = [0; 4];
                for folded in trimmed.chars().flat_map(char::to_lowercase) {
                    id.extend_from_slice(folded.encode_utf8(&mut buffer).as_bytes());
                }
            }
        }
    }
}

/// Rows to leave out, as in `status=canceled*`: those in which a column matches a pattern.
///
/// A row that is left out need not be usable: it may lack a customer, a date or an amount. Only a record with another number of
/// fields than the header is no row of which this could be asked. Nor does it say how values are written, unless no row does
/// that is used.
///
/// # Definition
/// The column is one of the file by its exact name, or else a standard one. `*` stands for any text, `?` for one character;
/// everything else stands for itself, in its case, and the pattern for the whole field as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The column.
    pub column: String,
    /// What its field must match.
    pub pattern: String,
    /// Whether files may lack the column, and then lose no row: written `Status?=Failed`, as presets have it.
    pub if_there: bool,
}

impl Exclusion {
    /// Whether a field, in UTF-8, matches.
    pub fn matches(&self, field: &[u8]) -> bool {
        let pattern = self.pattern.as_bytes();
        let (mut at, mut in_field) = (0, 0);
        // Where to go on when what follows the last star does not match here.
        let mut star: Option<(usize, usize)> = None;
        while in_field < field.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, in_field));
                    at += 1;
                }
                Some(b'?') => {
                    at += 1;
                    in_field += character(field[in_field]);
                }
                Some(byte) if *byte == field[in_field] => {
                    at += 1;
                    in_field += 1;
                }
                _ => match star {
                    Some((star_at, from)) => {
                        let from = from + character(field[from]);
                        star = Some((star_at, from));
                        (at, in_field) = (star_at + 1, from);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

/// How many bytes the character has that begins with this one.
fn character(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

impl Exclusion {
    /// Whether a file has the column, or what the standard one of its name stands for; also where it has several of them, or
    /// the user named one that is not there, which is refused where the file is read.
    pub fn is_of(&self, header: &Header, map: &ColumnMap) -> bool {
        let standard = columns::ALL.iter().find(|column| column.name == self.column);
        header.names().iter().any(|name| name == self.column.trim())
            || standard.is_some_and(|column| !matches!(header.find(*column, map), Ok(None)))
    }

    /// The exclusion as it is said, with what it says of files that lack the column.
    pub fn as_written(&self) -> String {
        let mark = if self.if_there { "?" } else { "" };
        format!("{}{mark}={}", self.column, self.pattern)
    }
}

impl FromStr for Exclusion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            Some((column, pattern)) if !column.is_empty() => {
                let if_there = column.len() > 1 && column.ends_with('?');
                let column = if if_there { &column[..column.len() - 1] } else { column };
                Ok(Self { column: column.into(), pattern: pattern.into(), if_there })
            }
            _ if text.is_empty() => Err(Error::usage("the exclusion is empty")
                .hint("write the column, `=`, and what to leave out, or leave the flag away")),
            _ => Err(Error::usage(format!("`{text}` names no column"))
                .hint("write the column, `=`, and what to leave out: `--exclude 'status=canceled*'`")),
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.column, self.pattern)
    }
}

/// Whether upper and lower case make two customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IdCase {
    /// `Ann` and `ann` are two.
    #[default]
    Keep,
    /// They are one, named in lower case.
    Fold,
}

choices! {
    IdCase, "is no policy for the case of ids" { Keep = "keep", Fold = "fold" }
}

/// What becomes of negative amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refunds {
    /// They are netted from what the customer pays.
    #[default]
    Net,
    /// They are summed on their own.
    Separate,
    /// They are left out.
    Drop,
}

choices! {
    Refunds, "is no policy for refunds" { Net = "net", Separate = "separate", Drop = "drop" }
}

/// What becomes of amounts of zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ZeroAmounts {
    /// They are purchases.
    #[default]
    Keep,
    /// They are left out.
    Drop,
}

choices! {
    ZeroAmounts, "is no policy for amounts of zero" { Keep = "keep", Drop = "drop" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, field, matches) in [
            ("canceled", "canceled", true),
            ("canceled", "Canceled", false),
            ("canceled", "canceled ", false),
            ("cancel*", "cancelled", true),
            ("*@test.*", "ann@test.org", true),
            ("*@test.*", "ann@tests.org", false),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xaxbxc", false),
            ("?", "ü", true),
            ("*?x", "äüx", true),
            ("*?x", "x", false),
            ("??", "ü", false),
            ("", "", true),
            ("*", "", true),
            ("", "x", false),
            ("**", "x", true),
            ("a=b", "a=b", true),
        ] {
            let exclusion = Exclusion { column: "status".into(), pattern: pattern.into(), if_there: false };
            assert_eq!(exclusion.matches(field.as_bytes()), matches, "{pattern} {field}");
        }
        assert_eq!("a=b=c".parse::<Exclusion>().unwrap().pattern, "b=c");
        assert!("status".parse::<Exclusion>().is_err());
        assert_eq!("cent".parse::<Refunds>().unwrap_err().hint_text(), Some("say `net`, `separate` or `drop`"));
    }

    #[test]
    fn netting_and_setting_refunds_apart_take_every_row() {
        for (refunds, none) in [(Refunds::Net, true), (Refunds::Separate, true), (Refunds::Drop, false)] {
            assert_eq!(Policies { refunds, ..Policies::default() }.takes_all_that_is_read(), none);
        }
        assert!(!Policies { id_trim: true, ..Policies::default() }.takes_all_that_is_read());
    }
}
