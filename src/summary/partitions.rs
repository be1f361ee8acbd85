//! Rows dealt to partitions by the hash of their customer, where millions of customers are told apart in the cache.
//!
//! One large dictionary of customers is slow because every row misses the cache. Here each thread deals its rows to
//! partitions, and they wait; when many wait for one, its own small dictionary is brought into the cache once for all
//! of them. The partitions are shared by the threads, so that memory does not grow with threads and nothing has to be
//! merged in the end.

use std::hint::black_box;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::scan::Texts;

/// How many partitions there are: enough that the dictionary of one fits the cache at a million
/// customers, few enough that the ends of the waiting rows of all do.
const PARTITION_BITS: u32 = 8;
const PARTITIONS: usize = 1 << PARTITION_BITS;

/// When a partition works: what changes speed and memory and never the result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many words of rows of one thread wait for a partition: several rows for each customer there, so that the
    /// dictionary is fetched into the cache once for many of them.
    pub waiting: usize,
    /// How many bytes of days a partition keeps before they are compacted for the first time.
    pub compact_from: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // All threads together let 96 MiB of rows wait.
        let share = (96 << 17) / (PARTITIONS * rayon::current_num_threads());
        Self { waiting: share.clamp(2 << 10, 32 << 10), compact_from: 1 << 20 }
    }
}

/// What a partition keeps of the rows of its customers.
pub(super) trait Keep: Default + Send {
    /// Takes one row in. Customers are numbered in the order of their first rows: one beyond the last is new.
    fn add(&mut self, customer: usize, day: i32, amount: i64);

    /// Reads what the next rows will change, from front to back; the sum has no meaning.
    fn fetch(&self) -> u64;

    /// Makes what has been kept smaller where it has more than so many bytes and that is worth while.
    fn compact(&mut self, from: usize);
}

/// The partitions as one thread sees them: all of them, and the rows of this thread that wait.
#[derive(Debug)]
pub(super) struct Partitions<K> {
    limits: Limits,
    shared: Arc<Vec<Mutex<Partition<K>>>>,
    waiting: Vec<Vec<u64>>,
    /// What waited when other threads had ended.
    left: Vec<Vec<Vec<u64>>>,
}

#[derive(Debug, Default)]
struct Partition<K> {
    customers: Dictionary,
    kept: K,
}

impl<K: Keep> Partitions<K> {
    pub fn new(limits: Limits, keep: impl Fn() -> K) -> Self {
        let partition = || Mutex::new(Partition { customers: Dictionary::default(), kept: keep() });
        Self {
            limits,
            shared: Arc::new((0..PARTITIONS).map(|_| partition()).collect()),
            waiting: vec![Vec::new(); PARTITIONS],
            left: Vec::new(),
        }
    }

    /// The same partitions for another thread.
    pub fn share(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { limits: self.limits, shared, waiting: vec![Vec::new(); PARTITIONS], left: Vec::new() }
    }

    /// Takes one row in.
    #[inline]
    pub fn add(&mut self, id: &[u8], day: i32, amount: i64) {
        let head = [amount as u64, u64::from(day as u32) << 32 | id.len() as u64];
        let (whole, rest) = id.as_chunks::<8>();
        let last = partial_word(rest);
        let mut state = begin_hash(id.len());
        for word in whole {
            state = mix(state, u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            state = mix(state, last);
        }
        let number = (end_hash(state) >> (64 - PARTITION_BITS)) as usize;
        let waiting = &mut self.waiting[number];
        match (whole, rest) {
            ([word], []) => waiting.extend_from_slice(&[head[0], head[1], u64::from_le_bytes(*word)]),
            _ => {
                waiting.extend_from_slice(&head);
                waiting.extend(whole.iter().map(|word| u64::from_le_bytes(*word)));
                if !rest.is_empty() {
                    waiting.push(last);
                }
            }
        }
        if waiting.len() >= self.limits.waiting {
            self.hand_over(number);
        }
    }

    #[cold]
    fn hand_over(&mut self, number: usize) {
        let mut partition = lock(&self.shared[number]);
        partition.take_in(&self.waiting[number]);
        partition.kept.compact(self.limits.compact_from);
        self.waiting[number].clear();
    }

    /// Takes over the waiting rows of another thread that shares the partitions.
    pub fn merge(&mut self, other: Self) {
        debug_assert!(Arc::ptr_eq(&self.shared, &other.shared), "threads of one scan share their partitions");
        self.left.push(other.waiting);
        self.left.extend(other.left);
    }

    /// What comes of each partition's customers and what was kept of them, partition by partition.
    pub fn finish<T: Send>(self, each: impl Fn(Texts, K) -> T + Sync) -> Vec<T> {
        let Self { shared, waiting, mut left, .. } = self;
        left.push(waiting);
        // Rows and partitions are taken when their turn comes, so that memory is freed as the work goes on.
        let turns: Vec<Vec<Vec<u64>>> = (0..PARTITIONS)
            .map(|number| left.iter_mut().map(|rows| std::mem::take(&mut rows[number])).collect())
            .collect();
        turns
            .into_par_iter()
            .zip(shared.par_iter())
            .with_max_len(1)
            .map(|(turn, partition)| {
                let mut partition = std::mem::take(&mut *lock(partition));
                for waiting in turn {
                    partition.take_in(&waiting);
                }
                each(partition.customers.into_texts(), partition.kept)
            })
            .collect()
    }
}

/// A thread that panicked ends the scan, and nobody looks at what it left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Keep> Partition<K> {
    /// Takes waiting rows in, each the amount, then day and length of the id, then the words of the id.
    fn take_in(&mut self, waiting: &[u64]) {
        if waiting.len() > self.customers.slots.len() {
            black_box(self.customers.fetch() ^ self.kept.fetch());
        }
        let Self { customers, kept } = self;
        let mut rest = waiting;
        while let [amount, head, after @ ..] = rest {
            let length = *head as u32;
            let (id, after) = after.split_at((length as usize).div_ceil(8));
            rest = after;
            let state = id.iter().fold(begin_hash(length as usize), |state, word| mix(state, *word));
            let customer = customers.number(end_hash(state), length, id);
            kept.add(customer, (head >> 32) as i32, *amount as i64);
        }
    }
}

/// Numbers ids from 0 in the order in which they are first seen.
#[derive(Debug, Default)]
struct Dictionary {
    /// The ids in words of eight bytes, the last of each filled up with zeros.
    words: Vec<u64>,
    ids: Vec<Id>,
    /// Open addressing: 32 bits of the hash, then the number plus one; zero is free.
    slots: Vec<u64>,
}

/// Where the words of an id begin, and how many bytes it has.
#[derive(Debug, Clone, Copy)]
struct Id {
    start: u32,
    length: u32,
}

impl Id {
    #[inline]
    fn words(self, words: &[u64]) -> &[u64] {
        let start = self.start as usize;
        &words[start..start + (self.length as usize).div_ceil(8)]
    }
}

impl Dictionary {
    fn fetch(&self) -> u64 {
        let slots = self.slots.iter().step_by(8).fold(0, |all, slot| all ^ slot);
        let ids = self.ids.iter().step_by(8).fold(0, |all, id| all ^ id.start);
        self.words.iter().step_by(8).fold(slots ^ u64::from(ids), |all, word| all ^ word)
    }

    /// The number of an id, which is added where it is new.
    #[inline]
    fn number(&mut self, hash: u64, length: u32, id: &[u64]) -> usize {
        // At most half of the slots are taken, so that the first one looked at is nearly always the right one.
        if self.ids.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == 0 {
                self.slots[slot] = tag | (self.ids.len() as u64 + 1);
                return self.push(length, id);
            }
            let number = (found as u32).wrapping_sub(1) as usize;
            if found & !u64::from(u32::MAX) == tag {
                let other = self.ids[number];
                if other.length == length && same(other.words(&self.words), id) {
                    return number;
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn push(&mut self, length: u32, id: &[u64]) -> usize {
        let start = u32::try_from(self.words.len()).expect("the ids of one partition fit 32 GiB");
        self.words.extend_from_slice(id);
        self.ids.push(Id { start, length });
        self.ids.len() - 1
    }

    #[cold]
    fn grow(&mut self) {
        let slots = (self.slots.len() * 2).max(1 << 8);
        let mask = slots - 1;
        self.slots = vec![0; slots];
        for (number, id) in self.ids.iter().enumerate() {
            let words = id.words(&self.words);
            let hash = end_hash(words.iter().fold(begin_hash(id.length as usize), |state, word| mix(state, *word)));
            let mut slot = hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = tag(hash) | (number as u64 + 1);
        }
    }

    fn into_texts(self) -> Texts {
        let mut texts = Texts::with_capacity(self.ids.len(), self.ids.iter().map(|id| id.length as usize).sum());
        let mut bytes = Vec::new();
        for id in &self.ids {
            bytes.clear();
            id.words(&self.words).iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
            texts.push(&bytes[..id.length as usize]);
        }
        texts
    }
}

/// Whether two ids of one length are the same; they are compared in place, because a call costs more.
#[inline]
fn same(one: &[u64], other: &[u64]) -> bool {
    one.iter().zip(other).fold(0, |differences, (one, other)| differences | (one ^ other)) == 0
}

/// Bits of the hash that neither the partition nor, in a table of ordinary size, the slot uses.
fn tag(hash: u64) -> u64 {
    (hash << PARTITION_BITS) & !u64::from(u32::MAX)
}

const KEY: u64 = 0x9E37_79B9_7F4A_7C15;

/// A hash of few instructions: it decides where a customer is kept, never what comes out.
#[inline]
fn begin_hash(length: usize) -> u64 {
    (length as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

#[inline]
fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * u128::from(KEY);
    product as u64 ^ (product >> 64) as u64
}

#[inline]
fn end_hash(state: u64) -> u64 {
    mix(state, KEY.rotate_left(32))
}

/// Up to seven bytes as a word filled up with zeros, by loads that overlap instead of a loop.
#[inline]
fn partial_word(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            let shift = 8 * (bytes.len() as u32 - 4);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift
        }
        (_, _, [a, b, c]) => u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16,
        (_, _, [a, b]) => u64::from(*a) | u64::from(*b) << 8,
        (_, _, [a]) => u64::from(*a),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts and adds up.
    #[derive(Default)]
    struct Sums(Vec<(u64, i64)>);

    impl Keep for Sums {
        fn add(&mut self, customer: usize, _: i32, amount: i64) {
            if customer == self.0.len() {
                self.0.push((0, 0));
            }
            self.0[customer].0 += 1;
            self.0[customer].1 += amount;
        }

        fn fetch(&self) -> u64 {
            0
        }

        fn compact(&mut self, _: usize) {}
    }

    #[test]
    fn ids_of_every_length_are_told_apart_and_come_back_whole() {
        let ids: Vec<Vec<u8>> =
            (1..70_usize).flat_map(|length| [1, 2].map(|last| [vec![7; length - 1], vec![last]].concat())).collect();
        let mut one = Partitions::new(Limits { waiting: 8, compact_from: 1 }, Sums::default);
        let mut other = one.share();
        for round in 0..100 {
            for (number, id) in ids.iter().enumerate() {
                let partitions = if (round + number) % 2 == 0 { &mut one } else { &mut other };
                partitions.add(id, 0, number as i64);
            }
        }
        one.merge(other);
        let mut found: Vec<(Vec<u8>, (u64, i64))> = one
            .finish(|ids, sums| ids.iter().map(<[u8]>::to_vec).zip(sums.0).collect::<Vec<_>>())
            .into_iter()
            .flatten()
            .collect();
        found.sort();
        let mut expected: Vec<_> =
            ids.iter().enumerate().map(|(number, id)| (id.clone(), (100, 100 * number as i64))).collect();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn bytes_are_a_word_of_the_same_bytes() {
        let bytes = [0x81, 2, 3, 4, 5, 6, 0xF7];
        for length in 0..=7 {
            let mut padded = [0; 8];
            padded[..length].copy_from_slice(&bytes[..length]);
            assert_eq!(partial_word(&bytes[..length]), u64::from_le_bytes(padded));
        }
    }
}
