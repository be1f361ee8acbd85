//! How many different things there are, in bounded memory.
//!
//! Millions of hashes are looked up, and the table of them is larger than any cache. So it is as small and plain as it can be:
//! what is looked up is a hash already and is not hashed again, and what a batch of rows will ask for is fetched
//! beforehand, many at a time, instead of being waited for one by one.

use crate::scan::word_of_few;

/// A hash that is the same on every machine, so that what is kept is too.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut state = words.iter().fold(bytes.len() as u64, |state, word| mix(state ^ u64::from_le_bytes(*word)));
    if !rest.is_empty() {
        state = mix(state ^ word_of_few(rest));
    }
    mix(state)
}

/// The two halves of a product, folded.
#[inline]
pub(super) fn mix(word: u64) -> u64 {
    let product = u128::from(word ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of no thing: a free place.
const FREE: u64 = 0;
/// How many places there are at first.
const FEW: usize = 16;

/// Something about each of the different things whose hashes are the smallest: all of them up to a limit, and
/// beyond it a sample that does not depend on the order in which they come.
#[derive(Debug, Clone)]
pub(super) struct Sketch<V> {
    limit: usize,
    /// Hashes beyond this one are not kept.
    bound: u64,
    /// Each thing at the place that the last bits of its hash name, or at the next free one; half of them or more are free.
    places: Vec<(u64, V)>,
    kept: usize,
}

impl<V: Default + Clone> Sketch<V> {
    pub fn new(limit: usize) -> Self {
        Self { limit, bound: u64::MAX, places: vec![(FREE, V::default()); FEW], kept: 0 }
    }

    /// Has the places of these hashes fetched from memory, all at once.
    pub fn fetch(&self, hashes: &[u64]) {
        let mask = self.places.len() - 1;
        let all = hashes.iter().fold(0, |all, hash| all ^ self.places[*hash as usize & mask].0);
        // Nothing depends on it, and it must be read all the same.
        std::hint::black_box(all);
    }

    /// What is kept about a thing; none where it is beyond the sample.
    #[inline]
    pub fn get(&mut self, hash: u64) -> Option<&mut V> {
        self.find(hash).map(|(value, _)| value)
    }

    /// What is kept about a thing, and whether anything has been before; none where it is beyond the sample.
    #[inline]
    pub fn find(&mut self, hash: u64) -> Option<(&mut V, bool)> {
        let hash = hash.max(FREE + 1);
        if hash > self.bound {
            return None;
        }
        let at = self.place(hash);
        if self.places[at].0 == hash {
            return Some((&mut self.places[at].1, true));
        }
        self.add(hash, at).map(|value| (value, false))
    }

    /// Where a thing is, or would be.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        while self.places[at].0 != hash && self.places[at].0 != FREE {
            at = (at + 1) & mask;
        }
        at
    }

    fn add(&mut self, hash: u64, mut at: usize) -> Option<&mut V> {
        if self.kept >= 2 * self.limit {
            // Room for as many again has made this rare.
            self.thin();
            if hash > self.bound {
                return None;
            }
            at = self.place(hash);
        } else if 2 * (self.kept + 1) > self.places.len() {
            self.resize((4 * self.places.len()).min((4 * self.limit).next_power_of_two()));
            at = self.place(hash);
        }
        self.kept += 1;
        self.places[at].0 = hash;
        Some(&mut self.places[at].1)
    }

    fn resize(&mut self, places: usize) {
        let old = std::mem::replace(&mut self.places, vec![(FREE, V::default()); places]);
        // In the order of their places they fall into the new ones nearly in order.
        for (hash, value) in old.into_iter().filter(|(hash, _)| *hash != FREE) {
            let at = self.place(hash);
            self.places[at] = (hash, value);
        }
    }

    /// Takes out what is beyond the bound, in place: fresh memory costs more than the work.
    fn cut(&mut self) {
        let mask = self.places.len() - 1;
        // Behind a free place nothing has been pushed on by what is before it, so from there on each thing finds its new place at or
        // before its old one.
        let free = self.places.iter().position(|(hash, _)| *hash == FREE).expect("half of the places are free");
        for step in 1..=mask {
            let place = &mut self.places[(free + step) & mask];
            if place.0 == FREE {
                continue;
            }
            let (hash, value) = std::mem::take(place);
            if hash > self.bound {
                self.kept -= 1;
            } else {
                let at = self.place(hash);
                self.places[at] = (hash, value);
            }
        }
    }

    fn thin(&mut self) {
        if self.kept > self.limit {
            let mut hashes: Vec<u64> = self.hashes().collect();
            let (_, bound, _) = hashes.select_nth_unstable(self.limit - 1);
            self.bound = *bound;
            self.cut();
        }
    }

    pub fn merge(&mut self, other: Self, join: impl Fn(&mut V, V)) {
        if other.bound < self.bound {
            self.bound = other.bound;
            self.cut();
        }
        if other.places.len() > self.places.len() {
            self.resize(other.places.len());
        }
        for (hash, value) in other.places.into_iter().filter(|(hash, _)| *hash != FREE) {
            if let Some(own) = self.get(hash) {
                join(own, value);
            }
        }
    }

    /// How many different things there are, and whether there are more than that.
    pub fn count(&mut self) -> (u64, bool) {
        self.thin();
        (self.kept as u64, self.bound < u64::MAX)
    }

    /// The hashes kept, in no order.
    fn hashes(&self) -> impl Iterator<Item = u64> {
        self.places.iter().map(|(hash, _)| *hash).filter(|hash| *hash != FREE)
    }

    /// The bound of the hashes that are kept, and these and what is kept about them, in no order.
    pub fn kept(&mut self) -> (u64, impl Iterator<Item = (u64, &V)>) {
        self.thin();
        let kept = self.places.iter().filter(|(hash, _)| *hash != FREE).map(|(hash, value)| (*hash, value));
        (self.bound, kept)
    }

    /// What is kept, in no order.
    pub fn values(&mut self) -> impl Iterator<Item = &V> {
        self.thin();
        self.places.iter().filter(|(hash, _)| *hash != FREE).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_hash_is_that_of_words_of_eight_bytes() {
        let bytes: Vec<u8> = (0..64_u8).map(|byte| byte.wrapping_mul(37).wrapping_add(11)).collect();
        for length in 0..bytes.len() {
            let text = &bytes[..length];
            let mut state = length as u64;
            for chunk in text.chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                state = mix(state ^ u64::from_le_bytes(word));
            }
            assert_eq!(hash(text), mix(state), "{length} bytes");
        }
    }

    #[test]
    fn a_sketch_keeps_the_smallest_hashes_however_they_come_and_are_dealt() {
        let hashes: Vec<u64> = (0..5_000).map(|thing| mix(thing % 1_700)).collect();
        let mut times = BTreeMap::new();
        hashes.iter().for_each(|hash| *times.entry(*hash).or_insert(0_u64) += 1);
        let expected: BTreeMap<u64, u64> = times.into_iter().take(256).collect();
        for parts in [1, 2, 7] {
            let mut sketches = vec![Sketch::<u64>::new(256); parts];
            for (turn, hash) in hashes.iter().rev().enumerate() {
                if let Some(count) = sketches[turn % parts].get(*hash) {
                    *count += 1;
                }
            }
            let mut all = sketches.remove(0);
            sketches.into_iter().for_each(|other| all.merge(other, |own, other| *own += other));
            assert_eq!(all.count(), (256, true));
            assert_eq!(all.hashes().collect::<BTreeSet<_>>(), expected.keys().copied().collect());
            assert_eq!(all.values().sum::<u64>(), expected.values().sum::<u64>());
        }
    }

    #[test]
    fn up_to_the_limit_all_are_kept_and_told_from_new_ones() {
        let mut sketch = Sketch::<()>::new(1_000);
        for round in [false, true] {
            for thing in 0..1_000 {
                let hash = if thing == 0 { 0 } else { mix(thing) };
                assert_eq!(sketch.find(hash).map(|(_, known)| known), Some(round), "{thing}");
            }
        }
        assert_eq!(sketch.count(), (1_000, false));
    }
}
