//! Which kinds of bytes a text has, found in one pass: what it cannot be for lack of them need not be asked.

pub(super) const DIGIT: u8 = 1;
pub(super) const UPPER: u8 = 2;
/// A space, a tab, the end of a line.
pub(super) const BLANK: u8 = 4;
pub(super) const AT: u8 = 8;
/// Beyond ASCII.
pub(super) const BEYOND: u8 = 16;
const OTHER: u8 = 32;

const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b' ' | 9..=13 => BLANK,
            b'@' => AT,
            128.. => BEYOND,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};

/// The kinds of bytes that a text has.
#[inline]
pub(super) fn kinds(text: &[u8]) -> u8 {
    text.iter().fold(0, |kinds, byte| kinds | KINDS[usize::from(*byte)])
}

/// A number as most are written: up to eight digits, up to two of them behind a point, and a minus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plain {
    pub negative: bool,
    /// Its digits as a whole number.
    pub digits: u32,
    /// How many of them are decimals.
    pub decimals: u8,
}

impl Plain {
    #[inline]
    pub fn of(text: &[u8]) -> Option<Self> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (decimals, point) = match rest {
            [.., b'.', _, _] => (2, rest.len() - 3),
            [.., b'.', _] => (1, rest.len() - 2),
            _ => (0, rest.len()),
        };
        if point == 0 || point + usize::from(decimals) > 8 {
            return None;
        }
        let mut digits = 0;
        let mut plain = true;
        let parts = rest[..point].iter().chain(&rest[rest.len() - usize::from(decimals)..]);
        for byte in parts {
            let digit = byte.wrapping_sub(b'0');
            plain &= digit < 10;
            digits = digits * 10 + u32::from(digit & 15);
        }
        plain.then_some(Self { negative, digits, decimals })
    }

    fn scale(self) -> u32 {
        [1, 10, 100][usize::from(self.decimals)]
    }

    /// The nearest number; digits and scale are exact, so their quotient is rounded once.
    pub fn number(self) -> f64 {
        let size = f64::from(self.digits) / f64::from(self.scale());
        if self.negative { -size } else { size }
    }

    /// Its size in whole units, a half rounded up.
    pub fn rounded(self) -> u32 {
        (self.digits + self.scale() / 2) / self.scale()
    }

    pub fn is_whole(self) -> bool {
        self.digits.is_multiple_of(self.scale())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Decimal, Marks};
    use crate::money::Currency;

    #[test]
    fn kinds_of_bytes_are_those_of_the_standard_library() {
        for byte in 0..=255_u8 {
            let expected = if byte.is_ascii_digit() {
                DIGIT
            } else if byte.is_ascii_uppercase() {
                UPPER
            } else if byte.is_ascii() && char::from(byte).is_whitespace() {
                BLANK
            } else if byte == b'@' {
                AT
            } else if byte.is_ascii() {
                OTHER
            } else {
                BEYOND
            };
            assert_eq!(kinds(&[byte]), expected, "{byte}");
        }
        assert_eq!(kinds(b"a1 B"), OTHER | DIGIT | BLANK | UPPER);
    }

    #[test]
    fn a_plain_number_is_the_one_that_every_number_is_read_as() {
        let texts = ["0", "-0", "7", "12.5", "12.50", "-3.07", "99999999", "123456.78", "0.01", "-0.5", "2.0", "007"];
        for text in texts {
            let plain = Plain::of(text.as_bytes()).expect(text);
            let number = Decimal::Point.number(text.as_bytes()).unwrap();
            assert_eq!(plain.number().to_bits(), number.to_bits(), "{text}");
            assert_eq!(plain.is_whole(), number.fract() == 0.0, "{text}");
            assert_eq!(f64::from(plain.rounded()), number.abs().round(), "{text}");
            assert!(Decimal::Point.amount(text.as_bytes(), &Currency::default()).is_ok(), "{text}");
            let marks = if plain.decimals > 0 { Marks::Point } else { Marks::Silent };
            assert_eq!(Marks::of(text.as_bytes()), Some(marks), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            ".5",
            "-.5",
            "5.",
            "1.000",
            "1,5",
            "+1",
            "1e5",
            "123456789",
            "1234567.89",
            "1 0",
            "1-",
            "1.-",
        ] {
            assert_eq!(Plain::of(text.as_bytes()), None, "{text}");
        }
    }
}
