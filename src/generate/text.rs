//! Bytes of a file: numbers, amounts, days, ids. Every row of a log passes here, so nothing is formatted twice.

use serde::Serialize;

use crate::choice::choices;
use crate::time::Day;

/// How customers are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdForm {
    /// Eight digits in no order.
    #[default]
    Digits,
    /// 36 bytes, shaped like a UUID of version 4.
    Uuid,
}

choices! {
    IdForm, "is no form of ids" { Digits = "digits", Uuid = "uuid" }
}

impl IdForm {
    /// How many customers eight digits without a leading zero tell apart.
    const DIGITS: u64 = 90_000_000;

    /// How many customers it tells apart.
    pub(super) fn most(self) -> u64 {
        match self {
            Self::Digits => Self::DIGITS,
            Self::Uuid => u32::MAX.into(),
        }
    }

    /// How long an id is.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Digits => 8,
            Self::Uuid => 36,
        }
    }

    /// Writes the id of a customer.
    #[inline]
    pub(super) fn push(self, out: &mut Vec<u8>, customer: u32) {
        match self {
            Self::Digits => {
                // A full cycle: the factor has no divisor in common with the number of ids, so none repeats.
                let number = u64::from(customer) * 38_196_601 % Self::DIGITS + 10_000_000;
                push_number(out, number);
            }
            Self::Uuid => {
                let number = u64::from(customer);
                let bits = [scrambled(number), scrambled(number | 1 << 40)];
                let mut text = [b'-'; 36];
                let places = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
                for (nibble, place) in places.enumerate() {
                    let value = (bits[nibble / 16] >> (60 - 4 * (nibble % 16)) & 15) as usize;
                    let value = match nibble {
                        12 => 4,
                        16 => 8 + value % 4,
                        _ => value,
                    };
                    text[place] = b"0123456789abcdef"[value];
                }
                out.extend_from_slice(&text);
            }
        }
    }
}

/// Well-mixed 64 bits of a number (the finaliser of splitmix64), different for different numbers.
pub(super) fn scrambled(number: u64) -> u64 {
    let bits = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Writes a whole number.
#[inline]
pub(super) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes an amount of hundredths with two decimals.
#[inline]
pub(super) fn push_cents(out: &mut Vec<u8>, cents: i64) {
    if cents < 0 {
        out.push(b'-');
    }
    let cents = cents.unsigned_abs();
    push_number(out, cents / 100);
    let part = (cents % 100) as u8;
    out.extend_from_slice(&[b'.', b'0' + part / 10, b'0' + part % 10]);
}

/// The days of the business as text, and the calendar month that each falls into.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    texts: Vec<[u8; 10]>,
    months: Vec<u16>,
    /// The last day of each calendar month, or of the business, counted from its first.
    pub month_ends: Vec<u16>,
}

impl Calendar {
    /// From the first day to the last.
    pub fn new(from: Day, to: Day) -> Self {
        let mut calendar = Self { texts: Vec::new(), months: Vec::new(), month_ends: Vec::new() };
        let mut date = from.date();
        for number in from.0..=to.0 {
            let (year, month, day) =
                (date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs());
            let mut text = *b"0000-00-00";
            for (place, value) in [(0, year / 1000), (1, year / 100), (2, year / 10), (3, year)] {
                text[place] = b'0' + (value % 10) as u8;
            }
            for (place, value) in [(5, month), (8, day)] {
                text[place] = b'0' + value / 10;
                text[place + 1] = b'0' + value % 10;
            }
            calendar.add(text, day == 1 || number == from.0);
            date = Day(number + 1).date();
        }
        calendar
    }

    fn add(&mut self, text: [u8; 10], begins_month: bool) {
        let day = self.texts.len() as u16;
        self.texts.push(text);
        if begins_month {
            self.month_ends.push(day);
        }
        let month = self.month_ends.len() - 1;
        self.month_ends[month] = day;
        self.months.push(month as u16);
    }

    /// A day counted from the first, as `YYYY-MM-DD`.
    #[inline]
    pub fn text(&self, day: u16) -> &[u8; 10] {
        &self.texts[usize::from(day)]
    }

    /// The calendar month of a day, counted from that of the first.
    #[inline]
    pub fn month(&self, day: u16) -> usize {
        self.months[usize::from(day)].into()
    }

    /// How many calendar months the days fall into.
    pub fn months(&self) -> usize {
        self.month_ends.len()
    }
}
