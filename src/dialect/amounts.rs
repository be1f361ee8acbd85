//! Amounts and numbers as people and programs write them.

use std::fmt;
use std::str::FromStr;

use super::trimmed;
use crate::money::{AmountProblem, Currency};
use crate::{Error, Result};

/// What stands before the decimals of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Decimal {
    /// `1234.5`, `1,234.50`.
    #[default]
    Point,
    /// `1234,5`, `1.234,50`.
    Comma,
}

/// What the marks of one number tell about its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Nothing: it means the same with either decimal mark.
    Silent,
    /// Only a decimal point makes a number of it.
    Point,
    /// Only a decimal comma makes a number of it.
    Comma,
    /// It is one number with a decimal point and another with a decimal comma: `1.000`.
    Either,
}

/// A number without what stands around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    negative: bool,
    /// Digits and marks.
    digits: &'a str,
    /// The currency as it is written, empty where it is not.
    pub currency: &'a str,
}

impl Decimal {
    /// The byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Point => b'.',
            Self::Comma => b',',
        }
    }

    /// The name used on the command line and in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    /// The minor units that an amount names.
    ///
    /// # Definition
    /// Digits with this decimal mark, and before it groups of three (or the Indian `1,23,456`) set
    /// apart by the other mark, an apostrophe or a space. A dash in the place of decimals is none of them (`5,-` is
    /// five), and beside a currency alone it is zero, `$ -`. Negative is a sign before or behind, of any kind of minus, brackets around, or `CR` behind; a currency may stand
    /// before or behind, of brackets as well.
    ///
    /// # Errors
    /// An [`AmountProblem`] where the text is no such amount, or finer than the currency's minor unit.
    pub fn amount(self, text: &[u8], currency: &Currency) -> Result<i64, AmountProblem> {
        if self == Self::Point {
            match currency.parse(text) {
                Err(AmountProblem::Form) => {}
                result => return result,
            }
        }
        if is_missing(trimmed(text)) {
            return Err(AmountProblem::Empty);
        }
        let written = written(text).ok_or(AmountProblem::Form)?;
        let plain = self.plain(written).ok_or(AmountProblem::Form)?;
        currency.parse(plain.as_bytes())
    }

    /// The finite number that a text names, written as an amount is, or with an exponent.
    pub fn number(self, text: &[u8]) -> Option<f64> {
        let finite = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        if self == Self::Point
            && let Some(number) = std::str::from_utf8(text).ok().and_then(finite)
        {
            return Some(number);
        }
        written(text).and_then(|written| self.plain(written)).and_then(|plain| finite(&plain)).or_else(|| {
            // An exponent has no groups: only the decimal mark is another.
            let text = std::str::from_utf8(text).ok()?;
            (self == Self::Comma && !text.contains('.'))
                .then(|| text.replacen(',', ".", 1))
                .and_then(|text| finite(&text))
        })
    }

    /// Every digit of a number, with a decimal point and no zero that says nothing; none where it is not written out.
    pub(crate) fn digits(self, text: &[u8]) -> Option<String> {
        let plain = self.plain(written(text)?)?;
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let whole = if whole.is_empty() { "0" } else { whole };
        Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
    }

    /// A number of no currency with a decimal point and without groups, if it has this decimal mark.
    pub(crate) fn ungrouped(self, text: &[u8]) -> Option<String> {
        self.plain(written(text).filter(|written| written.currency.is_empty())?)
    }

    /// Digits with a decimal point and a minus before them, if they have this decimal mark.
    fn plain(self, written: Written<'_>) -> Option<String> {
        let mark = char::from(self.byte());
        let (whole, part) = match written.digits.split_once(mark) {
            Some((whole, part)) => (whole, Some(part)),
            None => (written.digits, None),
        };
        if !part.unwrap_or("").bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if whole.is_empty() && part.unwrap_or("").is_empty() {
            return None;
        }
        let mut plain = String::with_capacity(written.digits.len() + 1);
        if written.negative {
            plain.push('-');
        }
        if whole.bytes().all(|byte| byte.is_ascii_digit()) {
            plain.push_str(whole);
        } else {
            push_groups(whole, mark, &mut plain)?;
        }
        if let Some(part) = part {
            plain.push('.');
            plain.push_str(part);
        }
        Some(plain)
    }
}

/// Appends the digits of groups: three each, or two each but the last, all set apart by one mark.
fn push_groups(whole: &str, decimal: char, plain: &mut String) -> Option<()> {
    let mark = whole.chars().find(|c| !c.is_ascii_digit())?;
    let same = |c: char| match mark {
        '.' | ',' => mark != decimal && c == mark,
        '\'' | '’' => matches!(c, '\'' | '’'),
        mark if mark.is_whitespace() => c.is_whitespace(),
        _ => false,
    };
    if !same(mark) {
        return None;
    }
    let groups: Vec<&str> = whole.split(same).collect();
    let (first, others) = groups.split_first()?;
    let (last, middle) = others.split_last()?;
    let digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let thousands = (1..=3).contains(&first.len()) && middle.iter().all(|group| group.len() == 3);
    let lakhs = (1..=2).contains(&first.len()) && middle.iter().all(|group| group.len() == 2) && mark == ',';
    if !digits || last.len() != 3 || !(thousands || lakhs) || first.starts_with('0') {
        return None;
    }
    groups.iter().for_each(|group| plain.push_str(group));
    Some(())
}

/// Takes off what stands around a number: space, signs, brackets, `CR` and `DR`, a currency.
pub(super) fn written(text: &[u8]) -> Option<Written<'_>> {
    let mut rest = std::str::from_utf8(text).ok()?.trim();
    if let Some(currency) = beside_dash(rest) {
        return Some(Written { negative: false, digits: "0", currency });
    }
    let mut signs = 0;
    let mut negative = false;
    let mut currency = "";
    if let Some(before) = rest.strip_suffix("CR").or_else(|| rest.strip_suffix("Cr")) {
        (rest, negative, signs) = (before.trim_end(), true, signs + 1);
    } else if let Some(before) = rest.strip_suffix("DR").or_else(|| rest.strip_suffix("Dr")) {
        (rest, signs) = (before.trim_end(), signs + 1);
    }
    // Signs, brackets and a currency in any order, on either side.
    loop {
        if let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (rest, negative, signs) = (inside.trim(), true, signs + 1);
        }
        let first = rest.chars().next()?;
        let last = rest.chars().next_back()?;
        if first.is_ascii_digit() && last.is_ascii_digit() {
            break;
        }
        let from = |c: char| c.is_ascii_digit() || c.is_whitespace() || is_sign(c) || matches!(c, '(' | ')');
        let (token, others) = if !starts_number(rest) && first != '(' {
            let end = rest.find(from).unwrap_or(rest.len());
            let end = if is_sign(first) { first.len_utf8() } else { end };
            (&rest[..end], rest[end..].trim_start())
        } else if let Some(flat) = without_dash(rest) {
            rest = flat;
            continue;
        } else if !last.is_ascii_digit() && !matches!(last, '.' | ',' | ')') {
            let start = if is_sign(last) {
                rest.len() - last.len_utf8()
            } else {
                rest.char_indices().rev().find(|(_, c)| from(*c)).map_or(0, |(at, c)| at + c.len_utf8())
            };
            (&rest[start..], rest[..start].trim_end())
        } else {
            break;
        };
        match token.chars().next() {
            Some(sign) if is_sign(sign) => {
                signs += 1;
                negative = negative || sign != '+';
            }
            _ if currency.is_empty() && is_currency(token) => currency = token,
            _ => return None,
        }
        rest = others;
    }
    (signs <= 1 && rest.bytes().any(|byte| byte.is_ascii_digit())).then_some(Written {
        negative,
        digits: rest,
        currency,
    })
}

/// The currency that is written beside an amount; empty where there is none.
pub fn currency_beside(amount: &[u8]) -> &str {
    written(amount).map_or("", |written| written.currency)
}

/// What stands before a dash in the place of decimals that are none: of `5,-` or `5.–` the number with its mark.
fn without_dash(text: &str) -> Option<&str> {
    let before = text.trim_end_matches(['-', '\u{2212}', '\u{2012}', '\u{2013}', '\u{2014}']);
    (before.len() < text.len() && before.ends_with(['.', ','])).then_some(before)
}

/// The currency beside a dash alone, which is how accounts write zero: `$ -`.
fn beside_dash(text: &str) -> Option<&str> {
    const DASHES: [char; 5] = ['-', '\u{2212}', '\u{2012}', '\u{2013}', '\u{2014}'];
    let beside = text.strip_suffix(DASHES).or_else(|| text.strip_prefix(DASHES))?.trim();
    is_currency(beside).then_some(beside)
}

/// Whether a number begins here: a digit, or a decimal mark before one.
fn starts_number(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9', ..] | [b'.' | b',', b'0'..=b'9', ..])
}

fn is_sign(c: char) -> bool {
    // A hyphen, the sign itself, and the dashes that stand for it.
    matches!(c, '-' | '+' | '\u{2212}' | '\u{2012}' | '\u{2013}')
}

fn is_currency(token: &str) -> bool {
    (token.len() == 3 && token.bytes().all(|byte| byte.is_ascii_uppercase())) || Currency::is_mark(token)
}

/// What databases and spreadsheets write where there is nothing, in upper or lower case.
pub(crate) fn is_missing(trimmed: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [b"null", b"nan", b"nat", b"na", b"n/a", b"#n/a", b"none"];
    const DASHES: [&str; 3] = ["-", "\u{2013}", "\u{2014}"];
    let is_dash = || DASHES.iter().any(|dash| trimmed == dash.as_bytes());
    matches!(trimmed, b"" | b"\\N") || is_dash() || WORDS.iter().any(|word| trimmed.eq_ignore_ascii_case(word))
}

/// What a field of a column of currencies says; none where it is empty or a word for nothing.
pub(crate) fn named_currency(field: &[u8]) -> Option<&str> {
    let named = std::str::from_utf8(field).unwrap_or("\u{FFFD}").trim();
    (!is_missing(named.as_bytes())).then_some(named)
}

impl Marks {
    /// What the marks of a text tell; `None` where it is no number at all.
    pub fn of(text: &[u8]) -> Option<Self> {
        // Most numbers: digits, and decimals that are no group of three.
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match digits.get(whole..) {
            Some([]) if whole > 0 => return Some(Self::Silent),
            Some([mark @ (b'.' | b','), part @ ..])
                if whole > 0 && !matches!(part.len(), 0 | 3) && part.iter().all(u8::is_ascii_digit) =>
            {
                return Some(if *mark == b'.' { Self::Point } else { Self::Comma });
            }
            _ => {}
        }
        let written = written(text)?;
        if !written.digits.contains(['.', ',']) {
            return Decimal::Point.plain(written).map(|_| Self::Silent);
        }
        let point = Decimal::Point.plain(written).is_some();
        let comma = Decimal::Comma.plain(written).is_some();
        match (point, comma) {
            (true, true) => Some(Self::Either),
            (true, false) => Some(Self::Point),
            (false, true) => Some(Self::Comma),
            (false, false) => None,
        }
    }
}

impl FromStr for Decimal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "point" | "." => Ok(Self::Point),
            "comma" | "," => Ok(Self::Comma),
            _ => Err(Error::usage(format!("`{text}` is no decimal mark")).hint("say `point` or `comma`")),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
