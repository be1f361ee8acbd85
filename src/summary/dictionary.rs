//! Ids as numbers: the dictionary of one partition.
//!
//! An id is handled as words of eight bytes, the last one filled up with a byte that UTF-8 never has. So its words say where it
//! ends, and an id of up to eight bytes, as most are, is one number.

use crate::scan::Texts;

/// What fills the last word of an id up.
const FILL: u8 = 0xFF;

/// The last word of an id of `8 * n + bytes.len()` bytes, by loads that overlap instead of a loop.
#[inline]
pub(super) fn partial_word(bytes: &[u8]) -> u64 {
    let low = match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            let shift = 8 * (bytes.len() as u32 - 4);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift
        }
        (_, _, [a, b, c]) => u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16,
        (_, _, [a, b]) => u64::from(*a) | u64::from(*b) << 8,
        (_, _, [a]) => u64::from(*a),
        _ => 0,
    };
    low | u64::MAX << (8 * bytes.len())
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

/// Numbers ids from 0 in the order in which they are first seen.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// The word of each id that has only one; else where its words begin, and in the upper half how many there are.
    keys: Vec<u64>,
    /// The words of longer ids.
    words: Vec<u64>,
    /// Open addressing: seven bits of the hash, whether the id is a longer one, then the number plus one; zero is free.
    slots: Vec<u32>,
}

const NUMBER_BITS: u32 = 24;
const NUMBER: u32 = (1 << NUMBER_BITS) - 1;
const LONGER: u32 = 1 << NUMBER_BITS;

/// The number of an id in a slot that is taken.
#[inline]
fn number_in(slot: u32) -> usize {
    ((slot & NUMBER) - 1) as usize
}

/// Where the words of a longer id are.
#[inline]
fn longer(words: &[u64], key: u64) -> &[u64] {
    let start = key as u32 as usize;
    &words[start..start + (key >> 32) as usize]
}

impl Dictionary {
    /// Reads all of it from front to back, which brings it into the cache; the sum has no meaning.
    pub fn fetch(&self) -> u64 {
        let every_line = |words: &[u64]| words.iter().step_by(8).fold(0, |all, word| all ^ word);
        let slots = self.slots.iter().step_by(16).fold(0, |all, slot| all ^ slot);
        u64::from(slots) ^ every_line(&self.keys) ^ every_line(&self.words)
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        (self.keys.len() + self.words.len()) * size_of::<u64>() + self.slots.len() * size_of::<u32>()
    }

    /// The number of an id, which is added where it is new.
    #[inline]
    pub fn number(&mut self, id: &[u64]) -> usize {
        match *id {
            [word] => {
                let hash = hash_of_word(word);
                let found = self.find(hash, 0, |dictionary, number| dictionary.keys[number] == word);
                found.unwrap_or_else(|slot| self.push(slot, hash, 0, word))
            }
            _ => {
                let hash = hash(id.iter().copied());
                let same = |dictionary: &Self, number: usize| longer(&dictionary.words, dictionary.keys[number]) == id;
                let found = self.find(hash, LONGER, same);
                found.unwrap_or_else(|slot| self.push_longer(slot, hash, id))
            }
        }
    }

    /// The number of an id, or the slot for it.
    #[inline]
    fn find(&mut self, hash: u64, kind: u32, same: impl Fn(&Self, usize) -> bool) -> Result<usize, usize> {
        // At most half of the slots are taken, so that the first one looked at is nearly always the right one.
        if self.keys.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let tag = tag(hash) | kind;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == 0 {
                return Err(slot);
            }
            if found & !NUMBER == tag && same(self, number_in(found)) {
                return Ok(number_in(found));
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn push(&mut self, slot: usize, hash: u64, kind: u32, key: u64) -> usize {
        let number = self.keys.len();
        assert!(number < NUMBER as usize, "a partition has at most 16 million customers, and all have 4 billion");
        self.slots[slot] = tag(hash) | kind | (number as u32 + 1);
        self.keys.push(key);
        number
    }

    #[cold]
    fn push_longer(&mut self, slot: usize, hash: u64, id: &[u64]) -> usize {
        let start = u32::try_from(self.words.len()).expect("the ids of one partition fit 32 GiB");
        self.words.extend_from_slice(id);
        self.push(slot, hash, LONGER, (id.len() as u64) << 32 | u64::from(start))
    }

    #[cold]
    fn grow(&mut self) {
        let slots = (self.slots.len() * 2).max(1 << 8);
        let mask = slots - 1;
        let old = std::mem::replace(&mut self.slots, vec![0; slots]);
        for found in old.into_iter().filter(|found| *found != 0) {
            let key = self.keys[number_in(found)];
            let hash = match found & LONGER {
                0 => hash_of_word(key),
                _ => hash(longer(&self.words, key).iter().copied()),
            };
            let mut slot = hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = found;
        }
    }

    /// The ids in the order of their numbers.
    pub fn into_texts(self) -> Texts {
        let Self { keys, words, slots } = self;
        let mut longer_than_a_word = vec![false; keys.len()];
        for found in slots.into_iter().filter(|found| found & LONGER != 0) {
            longer_than_a_word[number_in(found)] = true;
        }
        let mut texts = Texts::with_capacity(keys.len(), (keys.len() + words.len()) * size_of::<u64>());
        let mut bytes = Vec::new();
        for (key, is_longer) in keys.iter().zip(longer_than_a_word) {
            let words = if is_longer { longer(&words, *key) } else { std::slice::from_ref(key) };
            bytes.clear();
            words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
            let fill = bytes.iter().rev().take_while(|byte| **byte == FILL).count();
            texts.push(&bytes[..bytes.len() - fill]);
        }
        texts
    }
}

/// Bits of the hash that neither the partition nor, in a table of ordinary size, the slot uses.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 24) as u32 & !(NUMBER | LONGER)
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
}
