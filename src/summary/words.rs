//! Ids as words of eight bytes, which are stored, compared and hashed faster than text.
//!
//! The last word of an id is filled up with a byte that UTF-8 never has. So the words say where the id ends, and an id of up to
//! eight bytes, as most are, is one number. An id that is written like a UUID is the sixteen bytes that it says.

use wide::u8x16;

use crate::scan::word_of_few;

/// What fills the last word of an id up.
const FILL: u8 = 0xFF;

/// The last word of an id of `8 * n + bytes.len()` bytes.
#[inline]
pub(super) fn partial_word(bytes: &[u8]) -> u64 {
    word_of_few(bytes) | u64::MAX << (8 * bytes.len())
}

/// Appends the text of an id's words.
pub(super) fn push_text(words: &[u64], text: &mut Vec<u8>) {
    words.iter().for_each(|word| text.extend_from_slice(&word.to_le_bytes()));
    let fill = text.iter().rev().take_while(|byte| **byte == FILL).count();
    text.truncate(text.len() - fill);
}

const KEY: u64 = 0x9E37_79B9_7F4A_7C15;

/// A hash of few instructions: it decides where a customer is kept, never what comes out.
#[inline]
pub(super) fn hash(words: impl Iterator<Item = u64>) -> u64 {
    mix(words.fold(KEY, mix), KEY.rotate_left(32))
}

/// The same of an id of one word.
#[inline]
pub(super) fn hash_of_word(word: u64) -> u64 {
    hash(std::iter::once(word))
}

#[inline]
fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * u128::from(KEY);
    product as u64 ^ (product >> 64) as u64
}

/// A UUID as two words, of which each holds sixteen of its digits.
pub(super) type Uuid = [u64; 2];

/// Where the digits of a UUID are, in four groups of eight; the hyphens are between them.
const DIGITS: [[usize; 2]; 4] = [[0, 4], [9, 14], [19, 24], [28, 32]];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

const ONES: u64 = 0x0101_0101_0101_0101;
/// How far `a` is beyond the digit that would come after `9`.
const LETTERS: u64 = 0x27;

/// The words of an id of the form `f81d4fae-7dec-41d0-a765-00a0c91e6bf6`; none where it has another, or capital letters.
#[inline]
pub(super) fn uuid(id: &[u8]) -> Option<Uuid> {
    let id = <&[u8; 36]>::try_from(id).ok()?;
    // Written out, since a loop over places costs several times as much.
    let [a, b, c, d] = DIGITS;
    let (one, are_digits) = word(digits(id, a), digits(id, b));
    let (other, others_are) = word(digits(id, c), digits(id, d));
    let hyphen = |number: usize| id[HYPHENS[number]] ^ b'-';
    let others = hyphen(0) | hyphen(1) | hyphen(2) | hyphen(3);
    (are_digits && others_are && others == 0).then_some([one, other])
}

/// Eight digits of a UUID, of which four and four stand together.
#[inline(always)]
fn digits(id: &[u8; 36], [low, high]: [usize; 2]) -> u64 {
    let four = |at: usize| u64::from(u32::from_le_bytes([id[at], id[at + 1], id[at + 2], id[at + 3]]));
    four(low) | four(high) << 32
}

/// The values of sixteen hexadecimal digits, those of the second eight in the upper half of each byte; and whether there is
/// nothing else among them.
#[inline(always)]
fn word(low: u64, high: u64) -> (u64, bool) {
    let mut digits = [0; 16];
    digits[..8].copy_from_slice(&low.to_le_bytes());
    digits[8..].copy_from_slice(&high.to_le_bytes());
    let digits = u8x16::new(digits);
    let (decimal, letter) = (digits - u8x16::splat(b'0'), digits - u8x16::splat(b'a'));
    let is_decimal = decimal.min(u8x16::splat(9)).simd_eq(decimal);
    let is_letter = letter.min(u8x16::splat(5)).simd_eq(letter);
    let values = (decimal & is_decimal) | ((letter + u8x16::splat(10)) & is_letter);
    let half = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let values = values.to_array();
    (half(&values[..8]) | half(&values[8..]) << 4, (is_decimal | is_letter).all())
}

/// One in each byte that says ten to fifteen.
#[inline(always)]
fn at_least_ten(values: u64) -> u64 {
    (values + ONES * 6) >> 4 & ONES
}

/// Appends the text of a UUID.
pub(super) fn push_uuid(words: &Uuid, text: &mut Vec<u8>) {
    let mut id = [b'-'; 36];
    let [one, other] = words.map(|word| [word & (ONES * 0x0F), word >> 4 & (ONES * 0x0F)]);
    for ([low, high], values) in DIGITS.iter().zip(one.into_iter().chain(other)) {
        let digits = (values + ONES * 0x30 + at_least_ten(values) * LETTERS).to_le_bytes();
        id[*low..low + 4].copy_from_slice(&digits[..4]);
        id[*high..high + 4].copy_from_slice(&digits[4..]);
    }
    text.extend_from_slice(&id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_a_word_of_the_same_bytes_and_what_fills_it_up() {
        let bytes = [0x81, 2, 3, 4, 5, 6, 0xF7];
        for length in 0..=7 {
            let mut padded = [FILL; 8];
            padded[..length].copy_from_slice(&bytes[..length]);
            assert_eq!(partial_word(&bytes[..length]), u64::from_le_bytes(padded));
        }
    }

    #[test]
    fn the_words_of_a_uuid_say_its_digits_and_come_back_as_its_text() {
        let ids = [
            "f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ];
        for id in ids {
            let mut text = Vec::new();
            push_uuid(&uuid(id.as_bytes()).unwrap(), &mut text);
            assert_eq!(String::from_utf8(text).unwrap(), id);
        }
    }

    #[test]
    fn every_byte_of_a_uuid_tells_it_from_others_and_from_other_texts() {
        let id = *b"f81d4fae-7dec-41d0-a765-00a0c91e6bf6";
        let words = uuid(&id).unwrap();
        for at in 0..id.len() {
            for byte in (0..=0xFF).filter(|byte| *byte != id[at]) {
                let mut other = id;
                other[at] = byte;
                let is_digit = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                assert_eq!(uuid(&other).is_some(), is_digit && !HYPHENS.contains(&at), "{byte:#x} at {at}");
                assert_ne!(uuid(&other), Some(words));
            }
        }
        assert_eq!(uuid(&id[..35]), None);
        assert_eq!(uuid(b"f81d4fae-7dec-41d0-a765-00a0c91e6bf60"), None);
    }
}
