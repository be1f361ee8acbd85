//! Rows dealt to partitions by the hash of their customer, where millions of customers are told apart in the cache.
//!
//! One large dictionary of customers is slow because every row misses the cache. Here each thread deals its rows to
//! partitions, and they wait; when many wait for one, its own small dictionary is brought into the cache once for all
//! of them. The partitions are shared by the threads, so that memory does not grow with threads and nothing has to be
//! merged in the end.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::dictionary::Dictionary;
use super::spill::{Block, Spill};
use super::words::{hash, partial_word, uuid};
use crate::Result;
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
    /// The same where the log is in date order so far, and days that it has left behind need not be kept.
    pub fold_from: Option<usize>,
    /// How many bytes partitions may keep; rows beyond it wait on disk until the end.
    pub memory: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::within(None)
    }
}

impl Limits {
    /// Limits for so many bytes of memory, waiting rows included.
    pub fn within(memory: Option<u64>) -> Self {
        let memory = memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        // All threads together let 64 MiB of rows wait.
        let waiting = memory.map_or(64 << 20, |bytes| (bytes / 8).min(64 << 20));
        let share = waiting / size_of::<u64>() / (PARTITIONS * rayon::current_num_threads());
        Self {
            waiting: share.clamp(64, 16 << 10),
            compact_from: 1 << 20,
            fold_from: Some(128 << 10),
            // Lists that grow take up to half as much again for a moment.
            memory: memory.map(|bytes| bytes.saturating_sub(waiting) / 3 * 2),
        }
    }

    /// The same for a log that turned out not to be in date order.
    pub fn without_folding(self) -> Self {
        Self { fold_from: None, ..self }
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

    /// The same, where in a log in date order all rows before a day have been taken in.
    fn fold(&mut self, _from: usize, _before: i32) {}

    /// How many bytes it takes.
    fn bytes(&self) -> usize;
}

/// The partitions as one thread sees them: all of them, and the rows of this thread that wait.
#[derive(Debug)]
pub(super) struct Partitions<K> {
    limits: Limits,
    shared: Arc<Shared<K>>,
    /// Which of the threads this one is; the largest number for what they are shared from.
    thread: usize,
    /// The day of the row before; all rows of this thread have come in order so far.
    last_day: i32,
    ordered: bool,
    waiting: Vec<Vec<u64>>,
    /// What waited when other threads had ended.
    left: Vec<Vec<Vec<u64>>>,
}

#[derive(Debug)]
struct Shared<K> {
    partitions: Vec<Mutex<Partition<K>>>,
    threads: AtomicUsize,
    ordered: AtomicBool,
    /// How many bytes all partitions take.
    bytes: AtomicUsize,
    spill: Spill,
}

#[derive(Debug, Default)]
struct Partition<K> {
    customers: Dictionary,
    kept: K,
    /// The day that each thread has come to: in a log in date order it brings none before it.
    come_to: Vec<i32>,
    /// How many bytes it took when last asked.
    bytes: usize,
    /// Rows that wait on disk.
    spilled: Vec<Block>,
}

impl<K: Keep> Partitions<K> {
    pub fn new(limits: Limits, keep: impl Fn() -> K) -> Self {
        let partition = || Mutex::new(Partition { kept: keep(), ..Partition::default() });
        Self::of(
            limits,
            Arc::new(Shared {
                partitions: (0..PARTITIONS).map(|_| partition()).collect(),
                threads: AtomicUsize::new(0),
                ordered: AtomicBool::new(limits.fold_from.is_some()),
                bytes: AtomicUsize::new(0),
                spill: Spill::default(),
            }),
        )
    }

    fn of(limits: Limits, shared: Arc<Shared<K>>) -> Self {
        Self {
            limits,
            shared,
            thread: usize::MAX,
            last_day: i32::MIN,
            ordered: true,
            waiting: vec![Vec::new(); PARTITIONS],
            left: Vec::new(),
        }
    }

    /// The same partitions for another thread.
    pub fn share(&self) -> Self {
        // Known before its first row, so that nothing is taken to be left behind that this thread still brings.
        let thread = self.shared.threads.fetch_add(1, Ordering::Relaxed);
        Self { thread, ..Self::of(self.limits, Arc::clone(&self.shared)) }
    }

    /// Takes rows in.
    pub fn add_all<'r>(&mut self, rows: impl Iterator<Item = (&'r [u8], i32, i64)>) {
        for (id, day, amount) in rows {
            self.ordered &= day >= self.last_day;
            self.last_day = day;
            let (number, words) = match id.as_chunks::<8>() {
                ([word], []) => self.deal([u64::from_le_bytes(*word)], false, day, amount),
                ([], rest) => self.deal([partial_word(rest)], false, day, amount),
                (whole, rest) => match uuid(id) {
                    Some(id) => self.deal(id, true, day, amount),
                    None => self.deal_words(whole, rest, day, amount),
                },
            };
            if words >= self.limits.waiting {
                self.hand_over(number);
            }
        }
    }

    /// Lets a row wait; the number of the partition, and how many words wait there.
    #[inline(always)]
    fn deal<const WORDS: usize>(&mut self, id: [u64; WORDS], uuid: bool, day: i32, amount: i64) -> (usize, usize) {
        let number = partition(hash(id.into_iter()));
        let waiting = self.room(number, WORDS);
        let head = Head { day, amount, words: WORDS, uuid };
        match (head.narrow(), &id[..]) {
            (Some(head), [word]) => waiting.extend([head, *word]),
            (Some(head), [one, other]) => waiting.extend([head, *one, *other]),
            _ => {
                head.push(waiting);
                waiting.extend(id);
            }
        }
        (number, waiting.len())
    }

    /// The same for an id of any length.
    fn deal_words(&mut self, whole: &[[u8; 8]], rest: &[u8], day: i32, amount: i64) -> (usize, usize) {
        let last = (!rest.is_empty()).then(|| partial_word(rest));
        let words = || whole.iter().map(|word| u64::from_le_bytes(*word));
        let number = partition(hash(words().chain(last)));
        let length = whole.len() + usize::from(last.is_some());
        let waiting = self.room(number, length);
        Head { day, amount, words: length, uuid: false }.push(waiting);
        waiting.extend(words());
        waiting.extend(last);
        (number, waiting.len())
    }

    /// The rows that wait for a partition, with room for one more whose id has so many words.
    #[inline(always)]
    fn room(&mut self, number: usize, words: usize) -> &mut Vec<u64> {
        let waiting = &mut self.waiting[number];
        let words = MOST_BEFORE + words;
        if waiting.capacity() - waiting.len() < words {
            make_room(waiting, words, self.limits.waiting);
        }
        waiting
    }

    #[cold]
    fn hand_over(&mut self, number: usize) {
        let shared = &*self.shared;
        if !self.ordered || self.thread == usize::MAX {
            shared.ordered.store(false, Ordering::Relaxed);
        }
        let mut partition = lock(&shared.partitions[number]);
        let rows = &mut self.waiting[number];
        if self.limits.memory.is_some_and(|memory| shared.bytes.load(Ordering::Relaxed) >= memory) {
            partition.spilled.extend(shared.spill.write(rows));
        } else {
            partition.take_in(rows);
            match (self.limits.fold_from, partition.left_behind(self.thread, self.last_day, shared)) {
                (Some(from), Some(before)) => partition.kept.fold(from, before),
                _ => partition.kept.compact(self.limits.compact_from),
            }
            if self.limits.memory.is_some() {
                let bytes = partition.customers.bytes() + partition.kept.bytes();
                shared.bytes.fetch_add(bytes, Ordering::Relaxed);
                shared.bytes.fetch_sub(std::mem::replace(&mut partition.bytes, bytes), Ordering::Relaxed);
            }
        }
        rows.clear();
    }

    /// Takes over the waiting rows of another thread that shares the partitions.
    pub fn merge(&mut self, other: Self) {
        debug_assert!(Arc::ptr_eq(&self.shared, &other.shared), "threads of one scan share their partitions");
        self.left.push(other.waiting);
        self.left.extend(other.left);
    }

    /// What comes of each partition's customers and what was kept of them, partition by partition.
    ///
    /// # Errors
    /// `Io` where rows had to wait on disk and could not.
    pub fn finish<T: Send>(self, each: impl Fn(Texts, K) -> T + Sync) -> Result<Vec<T>> {
        let Self { limits, shared, waiting, mut left, .. } = self;
        left.push(waiting);
        // Rows and partitions are taken when their turn comes, so that memory is freed as the work goes on.
        let turns: Vec<Vec<Vec<u64>>> = (0..PARTITIONS)
            .map(|number| left.iter_mut().map(|rows| std::mem::take(&mut rows[number])).collect())
            .collect();
        let finished = turns
            .into_par_iter()
            .zip(shared.partitions.par_iter())
            .with_max_len(1)
            .map(|(turn, partition)| {
                let mut partition = std::mem::take(&mut *lock(partition));
                for block in std::mem::take(&mut partition.spilled) {
                    partition.take_in(&shared.spill.read(block));
                    partition.kept.compact(limits.compact_from);
                }
                for waiting in turn {
                    partition.take_in(&waiting);
                }
                each(partition.customers.into_texts(), partition.kept)
            })
            .collect();
        shared.spill.check()?;
        Ok(finished)
    }
}

/// What stands before the words of the id of a waiting row: one word for nearly every row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Head {
    day: i32,
    amount: i64,
    words: usize,
    uuid: bool,
}

impl Head {
    /// The amount in 32 bits, 16 of the day, then how many words follow and whether they are a UUID; none where something is
    /// too large for that.
    #[inline]
    fn narrow(self) -> Option<u64> {
        let since = self.day.wrapping_sub(NARROW_FROM) as u32;
        let fits = i64::from(self.amount as i32) == self.amount && since < NARROW_DAYS && self.words < 1 << 15;
        fits.then_some(
            u64::from(self.amount as u32)
                | u64::from(since) << 32
                | (self.words as u64) << 48
                | u64::from(self.uuid) << 63,
        )
    }

    #[inline]
    fn push(self, rows: &mut Vec<u64>) {
        match self.narrow() {
            Some(head) => rows.push(head),
            None => rows.extend_from_slice(&self.wide()),
        }
    }

    /// How a row begins that says zero for the words that follow: with words and day, then the amount.
    fn wide(self) -> [u64; 3] {
        [0, u64::from(self.uuid) << 63 | (self.words as u64) << 32 | u64::from(self.day as u32), self.amount as u64]
    }

    /// Reads either, and what follows it.
    #[inline]
    fn read(rows: &[u64]) -> Option<(Self, &[u64])> {
        let [first, rest @ ..] = rows else { return None };
        let words_from = |word: u64, bit: u32| ((word & (u64::MAX >> 1)) >> bit) as usize;
        let (words, uuid) = (words_from(*first, 48), first >> 63 == 1);
        if words > 0 {
            let day = (first >> 32 & u64::from(NARROW_DAYS - 1)) as i32 + NARROW_FROM;
            return Some((Self { day, amount: (*first as u32 as i32).into(), words, uuid }, rest));
        }
        let [second, amount, rest @ ..] = rest else { return None };
        let (words, uuid) = (words_from(*second, 32), second >> 63 == 1);
        let head = Self { day: *second as u32 as i32, amount: *amount as i64, words, uuid };
        Some((head, rest))
    }
}

/// The first day that is said in few bits, 1920-01-01, and how many are: 179 years.
pub(super) const NARROW_FROM: i32 = -18_262;
pub(super) const NARROW_DAYS: u32 = 1 << 16;

/// How many words stand before those of an id at most.
const MOST_BEFORE: usize = 3;

/// Room for a few rows, as short logs need, and then for all that may wait: a list that grows again and again is copied.
#[cold]
fn make_room(waiting: &mut Vec<u64>, words: usize, most: usize) {
    let before = if waiting.is_empty() { 64 } else { most };
    waiting.reserve_exact(before + words - waiting.len());
}

/// The partition of a hash.
#[inline]
fn partition(hash: u64) -> usize {
    (hash >> (64 - PARTITION_BITS)) as usize
}

/// A thread that panicked ends the scan, and nobody looks at what it left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Keep> Partition<K> {
    /// Takes waiting rows in.
    fn take_in(&mut self, waiting: &[u64]) {
        // Where there are rows for an eighth of the customers or more, all of them come faster one after the other.
        if 16 * waiting.len() > self.customers.slots() {
            black_box(self.customers.fetch() ^ self.kept.fetch());
        }
        let Self { customers, kept, .. } = self;
        let mut rest = waiting;
        while let Some((head, after)) = Head::read(rest) {
            let (id, after) = after.split_at(head.words);
            rest = after;
            kept.add(customers.number(id, head.uuid), head.day, head.amount);
        }
    }

    /// The day before which, in a log in date order, no thread brings a row any more.
    fn left_behind(&mut self, thread: usize, day: i32, shared: &Shared<K>) -> Option<i32> {
        if !shared.ordered.load(Ordering::Relaxed) {
            return None;
        }
        if self.come_to.len() <= thread {
            self.come_to.resize(thread + 1, i32::MIN);
        }
        self.come_to[thread] = day;
        let all = self.come_to.len() >= shared.threads.load(Ordering::Relaxed);
        self.come_to.iter().min().copied().filter(|_| all)
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

        fn bytes(&self) -> usize {
            self.0.len() * 16
        }
    }

    #[test]
    fn ids_of_every_length_are_told_apart_and_come_back_whole() {
        let uuids = [
            "f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
            "f81d4fae-7dec-41d0-a765-00a0c91e6bf7",
            "F81D4FAE-7DEC-41D0-A765-00A0C91E6BF6",
        ];
        let ids: Vec<Vec<u8>> = (1..70_usize)
            .flat_map(|length| [1, 2].map(|last| [vec![7; length - 1], vec![last]].concat()))
            .chain(uuids.map(|id| id.as_bytes().to_vec()))
            .collect();
        for memory in [None, Some(2000), Some(0)] {
            let limits = Limits { waiting: 8, compact_from: 1, fold_from: None, memory };
            let mut one = Partitions::new(limits, Sums::default);
            let mut other = one.share();
            for round in 0..100 {
                for (number, id) in ids.iter().enumerate() {
                    let partitions = if (round + number) % 2 == 0 { &mut one } else { &mut other };
                    partitions.add_all(std::iter::once((&id[..], 0, number as i64)));
                }
            }
            one.merge(other);
            let mut found: Vec<(Vec<u8>, (u64, i64))> = one
                .finish(|ids, sums| ids.iter().map(<[u8]>::to_vec).zip(sums.0).collect::<Vec<_>>())
                .unwrap()
                .into_iter()
                .flatten()
                .collect();
            found.sort();
            let mut expected: Vec<_> =
                ids.iter().enumerate().map(|(number, id)| (id.clone(), (100, 100 * number as i64))).collect();
            expected.sort();
            assert_eq!(found, expected, "with {memory:?} bytes of memory");
        }
    }

    #[test]
    fn rows_too_large_to_be_said_in_one_word_come_back_like_others() {
        let heads = [
            (0, 0, 1, false),
            (NARROW_FROM, i64::from(i32::MIN), 5, false),
            (NARROW_FROM, 1, 2, true),
            (NARROW_FROM - 1, 0, 1, false),
            (NARROW_FROM + NARROW_DAYS as i32, 7, 2, true),
            (3, i64::from(i32::MAX) + 1, 1, false),
            (4, -1, (1 << 15) - 1, false),
            (-719_162, i64::MIN, 1 << 20, false),
        ];
        let mut rows = Vec::new();
        let heads = heads.map(|(day, amount, words, uuid)| Head { day, amount, words, uuid });
        heads.iter().for_each(|head| head.push(&mut rows));
        let mut rest = &rows[..];
        for head in heads {
            let (read, after) = Head::read(rest).unwrap();
            assert_eq!(read, head);
            rest = after;
        }
        assert!(rest.is_empty());
    }
}
