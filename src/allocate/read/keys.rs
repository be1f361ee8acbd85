//! The objects of cost: customers, or the values of another column, found by their key.

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::hash::BuildHasher;

use super::dimensions::KeyOfRow;
use crate::Result;
use crate::scan::{Account, Batch, Reduce, Texts};
use crate::time::Day;

/// Keys in byte order, and where each stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub ids: Texts,
    /// Keys that fit a machine word are found by themselves, longer ones by their hash.
    short: Slots,
    long: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// An open table of machine words: two small arrays, so that a lookup touches little memory.
#[derive(Debug, Clone, Default)]
struct Slots {
    words: Vec<u64>,
    /// One more than the place, zero where the slot is free.
    places: Vec<u32>,
}

impl Slots {
    fn with_room(keys: usize) -> Self {
        let slots = (keys * 2).next_power_of_two().max(2);
        Self { words: vec![0; slots], places: vec![0; slots] }
    }

    #[inline]
    fn find(&self, word: u64, hash: u64) -> Option<u32> {
        let mask = self.words.len().checked_sub(1)?;
        let mut slot = hash as usize & mask;
        loop {
            match self.places[slot] {
                0 => return None,
                place if self.words[slot] == word => return Some(place - 1),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn insert(&mut self, word: u64, hash: u64, place: u32) {
        let mask = self.words.len() - 1;
        let mut slot = hash as usize & mask;
        while self.places[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.words[slot] = word;
        self.places[slot] = place + 1;
    }
}

/// The machine word of a key: its bytes, and below eight of them their number, which no eighth byte of another may be.
#[inline]
fn word(key: &[u8]) -> Option<u64> {
    let mut bytes = [0; 8];
    match key.len() {
        0..8 => {
            bytes[..key.len()].copy_from_slice(key);
            bytes[7] = key.len() as u8;
        }
        8 if key[7] >= 8 => bytes.copy_from_slice(key),
        _ => return None,
    }
    Some(u64::from_le_bytes(bytes))
}

impl Keys {
    /// All keys given, once each, in byte order.
    pub(super) fn sorted<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Self {
        let mut all: Vec<&[u8]> = keys.collect();
        rayon::slice::ParallelSliceMut::par_sort_unstable(all.as_mut_slice());
        all.dedup();
        let ids: Texts = all.into_iter().collect();
        let hasher = DefaultHashBuilder::default();
        let mut short = Slots::with_room(ids.iter().filter(|id| word(id).is_some()).count());
        let mut long = HashTable::new();
        for (place, id) in ids.iter().enumerate() {
            let place = u32::try_from(place).expect("there are fewer than four thousand million keys");
            match word(id) {
                Some(word) => short.insert(word, hasher.hash_one(word), place),
                None => {
                    long.insert_unique(hasher.hash_one(id), place, |other| hasher.hash_one(ids.get(*other as usize)));
                }
            }
        }
        Self { ids, short, long, hasher }
    }

    /// Where a key stands.
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        match word(key) {
            Some(word) => self.short.find(word, self.hasher.hash_one(word)),
            None => self.long.find(self.hasher.hash_one(key), |place| self.ids.get(*place as usize) == key).copied(),
        }
    }
}

/// Collects the keys of a log, and its first and last day.
#[derive(Default)]
pub(super) struct Collect<'k> {
    /// What the key is, where it is not the id.
    pub key: Option<&'k KeyOfRow<'k>>,
    seen: HashMap<Box<[u8]>, ()>,
    buffer: Vec<u8>,
}

impl<'k> Collect<'k> {
    pub(super) fn of(key: Option<&'k KeyOfRow<'k>>) -> Self {
        Self { key, ..Self::default() }
    }
}

impl Reduce for Collect<'_> {
    type Output = Texts;

    fn absorb(&mut self, batch: &Batch) {
        let Self { key, seen, buffer } = self;
        let mut see = |key: &[u8]| {
            if !seen.contains_key(key) {
                seen.insert(key.into(), ());
            }
        };
        match key {
            None => batch.ids().iter().for_each(see),
            Some(key) => (0..batch.len()).for_each(|row| {
                if let Some(key) = key.of(batch, row, buffer) {
                    see(key);
                }
            }),
        }
    }

    fn merge(&mut self, other: Self) {
        self.seen.extend(other.seen);
    }

    fn finish(self, _account: &mut Account) -> Result<Texts> {
        // The order of this collection is lost in sorting.
        Ok(self.seen.keys().collect())
    }
}

/// The days a run is about; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first day; without one, from the beginning.
    pub from: Option<Day>,
    /// The last day; without one, to the end.
    pub to: Option<Day>,
}

impl Period {
    /// Whether a day belongs to it.
    #[inline]
    pub fn contains(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// How many whole calendar months it has, where it is whole months.
    pub fn months(&self) -> Option<u32> {
        let (from, to) = (self.from?.date(), self.to?.date());
        let whole = from.day() == 1 && to.day() == to.last_of_month().day() && to > from;
        let months =
            (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month()) + 1;
        if whole { u32::try_from(months).ok() } else { None }
    }

    /// How many days it has, where both ends are known.
    pub fn days(&self) -> Option<u32> {
        u32::try_from(self.to?.0 - self.from?.0 + 1).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_are_found_and_no_others() {
        let texts: Vec<String> = (0..2_000)
            .map(|n: usize| "0123456789abcdef\u{1}\u{7}".repeat(2)[n % 17..n % 17 + n % 19].to_owned() + &n.to_string())
            .collect();
        let odd: [&[u8]; 6] = [b"", b"a", b"a\0", b"\0\0\0\0\0\0\0\x01", b"abcdefg\x07", b"abcdefg"];
        let keys = Keys::sorted(texts.iter().map(String::as_bytes).chain(odd).chain(odd));
        for (place, id) in keys.ids.iter().enumerate() {
            assert_eq!(keys.find(id), Some(place as u32));
        }
        for absent in [&b"b"[..], b"a\0\0", b"abcdefg\x01", b"abcdefgh", b"0123456789abcdefghij"] {
            assert_eq!(keys.find(absent), None);
        }
        assert_eq!(Keys::sorted(std::iter::empty()).find(b"a"), None);
        assert_eq!(Keys::default().find(b"a"), None);
    }
}
