//! Ids as numbers: the dictionary of one partition.

use super::words::{Uuid, hash, hash_of_word, push_text, push_uuid};
use crate::scan::Texts;

/// Numbers ids from 0 in the order in which they are first seen.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// The word of each id that has only one, and the first of a UUID; else where its words begin, and in the upper half how many
    /// there are.
    keys: Vec<u64>,
    /// The other word of each UUID, and zero of what came before; no longer than there are such.
    others: Vec<u64>,
    /// The words of longer ids.
    words: Vec<u64>,
    /// Open addressing: six bits of the hash, what kind of id it is, then the number.
    slots: Vec<u32>,
}

const NUMBER_BITS: u32 = 24;
const NUMBER: u32 = (1 << NUMBER_BITS) - 1;
/// The kinds of ids: of one word, which is not said, of more, and UUIDs.
const LONGER: u32 = 1 << NUMBER_BITS;
const UUID: u32 = 2 << NUMBER_BITS;
const KIND: u32 = 3 << NUMBER_BITS;
/// A slot that is free, of a kind that there is not. Nothing but zeros would be memory that is there only when it is written to,
/// and slots are looked at before: then each piece of it would be fetched twice.
const FREE: u32 = u32::MAX;

/// The number of an id in a slot that is taken.
#[inline]
fn number_in(slot: u32) -> usize {
    (slot & NUMBER) as usize
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
        u64::from(slots) ^ every_line(&self.keys) ^ every_line(&self.others) ^ every_line(&self.words)
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        (self.keys.len() + self.others.len() + self.words.len()) * size_of::<u64>()
            + self.slots.len() * size_of::<u32>()
    }

    /// The number of an id, or of a UUID, which is added where it is new.
    #[inline(always)]
    pub fn number(&mut self, id: &[u64], uuid: bool) -> usize {
        match *id {
            [one, other] if uuid => {
                let hash = hash([one, other].into_iter());
                let same = |dictionary: &Self, number: usize| dictionary.uuid(number) == [one, other];
                let found = self.find(hash, UUID, same);
                found.unwrap_or_else(|slot| self.push_uuid(slot, hash, [one, other]))
            }
            [word] => {
                let hash = hash_of_word(word);
                let found = self.find(hash, 0, |dictionary, number| dictionary.keys[number] == word);
                found.unwrap_or_else(|slot| self.push(slot, hash, 0, word))
            }
            _ => {
                let hash = hash(id.iter().copied());
                let same = |dictionary: &Self, number: usize| {
                    let found = longer(&dictionary.words, dictionary.keys[number]);
                    // Of a few words, which a call would take longer for.
                    found.len() == id.len() && found.iter().zip(id).all(|(one, other)| one == other)
                };
                let found = self.find(hash, LONGER, same);
                found.unwrap_or_else(|slot| self.push_longer(slot, hash, id))
            }
        }
    }

    /// The number of an id, or the slot for it.
    #[inline(always)]
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
            if found == FREE {
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
        self.slots[slot] = tag(hash) | kind | number as u32;
        self.keys.push(key);
        number
    }

    #[cold]
    fn push_uuid(&mut self, slot: usize, hash: u64, [one, other]: Uuid) -> usize {
        let number = self.push(slot, hash, UUID, one);
        self.others.resize(number, 0);
        self.others.push(other);
        number
    }

    /// The words of a UUID.
    #[inline]
    fn uuid(&self, number: usize) -> Uuid {
        [self.keys[number], self.others[number]]
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
        let old = std::mem::replace(&mut self.slots, vec![FREE; slots]);
        for found in old.into_iter().filter(|found| *found != FREE) {
            let number = number_in(found);
            let key = self.keys[number];
            let hash = match found & KIND {
                0 => hash_of_word(key),
                UUID => hash(self.uuid(number).into_iter()),
                _ => hash(longer(&self.words, key).iter().copied()),
            };
            let mut slot = hash as usize & mask;
            while self.slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = found;
        }
    }

    /// The ids in the order of their numbers.
    pub fn into_texts(self) -> Texts {
        let mut kinds = vec![0; self.keys.len()];
        for found in self.slots.iter().filter(|found| **found != FREE) {
            kinds[number_in(*found)] = found & KIND;
        }
        let words = self.keys.len() + self.others.len() + self.words.len();
        let mut texts = Texts::with_capacity(self.keys.len(), words * size_of::<u64>());
        let mut text = Vec::new();
        for (number, (key, kind)) in self.keys.iter().zip(kinds).enumerate() {
            text.clear();
            match kind {
                0 => push_text(std::slice::from_ref(key), &mut text),
                UUID => push_uuid(&self.uuid(number), &mut text),
                _ => push_text(longer(&self.words, *key), &mut text),
            }
            texts.push(&text);
        }
        texts
    }
}

/// Bits of the hash that neither the partition nor, in a table of ordinary size, the slot uses.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 24) as u32 & !(NUMBER | KIND)
}
