//! Which customer had what on which day, of millions of rows, in a few bytes each.
//!
//! One large dictionary of customers is slow because every row misses the cache. Here rows are first
//! dealt to partitions by the hash of their id and wait there; a partition whose rows have become
//! many takes them in at once, while its own small dictionary is in the cache. What it keeps is a log
//! of (customer, day, amount), each as its difference from the one before in as few bytes as that
//! takes; a log that has grown large is sorted and its rows of one customer and day are added up, so
//! that memory follows customer-days and not rows.

use crate::scan::Texts;

/// How many partitions there are: enough that the dictionary of one fits the cache at a million
/// customers, few enough that the waiting rows of all do.
const PARTITION_BITS: u32 = 8;
/// How many partitions there are.
pub(super) const PARTITIONS: usize = 1 << PARTITION_BITS;

/// When a partition works: what changes speed and memory and never the result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many bytes of rows wait in a partition: several rows for each customer there, so that the
    /// dictionary is fetched into the cache once for many of them.
    pub waiting: usize,
    /// How many bytes of log a partition has before it is compacted for the first time.
    pub compact_from: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // All threads together let 128 MiB of rows wait.
        let share = (128 << 20) / (PARTITIONS * rayon::current_num_threads());
        Self { waiting: share.clamp(16 << 10, 256 << 10), compact_from: 1 << 20 }
    }
}

/// The customer-days of the rows that one thread has seen.
#[derive(Debug)]
pub(super) struct CustomerDays {
    limits: Limits,
    /// The rows that wait for each partition: a list of its own, because every row comes here and
    /// must find the end of one in the nearest cache.
    waiting: Vec<Vec<u8>>,
    partitions: Vec<Partition>,
}

/// The customer-days of customers whose ids fall into one partition.
#[derive(Debug, Default)]
pub(super) struct Partition {
    customers: Dictionary,
    /// Per customer: entries in the log, and rows that compaction has added to others.
    entries: Vec<u32>,
    added: Vec<u64>,
    log: Log,
    /// How many bytes of log are compacted again.
    compact_at: usize,
}

/// What one customer had on one day, or a part of it: entries of one day add.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// The day, shifted left once; the lowest bit says whether a row had an amount of zero or more.
    key: i32,
    amount: i64,
}

impl Entry {
    fn new(day: i32, purchase: bool, amount: i64) -> Self {
        Self { key: day << 1 | i32::from(purchase), amount }
    }

    pub fn day(self) -> i32 {
        self.key >> 1
    }

    pub fn purchase(self) -> bool {
        self.key & 1 == 1
    }

    pub fn amount(self) -> i64 {
        self.amount
    }
}

impl CustomerDays {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: vec![Vec::new(); PARTITIONS],
            partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(),
        }
    }

    /// Takes one row in.
    #[inline]
    pub fn add(&mut self, id: &[u8], day: i32, amount: i64) {
        let number = (hash(id) >> (64 - PARTITION_BITS)) as usize;
        let waiting = &mut self.waiting[number];
        let mut head = [0_u8; HEAD];
        head[..8].copy_from_slice(&amount.to_le_bytes());
        head[8..12].copy_from_slice(&day.to_le_bytes());
        head[12..].copy_from_slice(&(id.len() as u32).to_le_bytes());
        waiting.extend_from_slice(&head);
        waiting.extend_from_slice(id);
        if waiting.len() >= self.limits.waiting {
            let partition = &mut self.partitions[number];
            partition.take_in(waiting);
            waiting.clear();
            if partition.log.bytes >= partition.compact_at.max(self.limits.compact_from) {
                partition.compact();
            }
        }
    }

    /// Gives a partition away, with the rows that wait for it.
    pub fn take(&mut self, partition: usize) -> (Partition, Vec<u8>) {
        (std::mem::take(&mut self.partitions[partition]), std::mem::take(&mut self.waiting[partition]))
    }
}

/// Bytes of a waiting row before its id: amount, day, length of the id. The hash is cheaper to find
/// again than to carry.
const HEAD: usize = 16;

impl Partition {
    /// Takes waiting rows in.
    fn take_in(&mut self, waiting: &[u8]) {
        if waiting.len() >= self.customers.bytes() / 2 {
            self.customers.fetch();
        }
        let mut rest = waiting;
        while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
            let amount = i64::from_le_bytes(part(head, 0));
            let day = i32::from_le_bytes(part(head, 8));
            let length = u32::from_le_bytes(part(head, 12)) as usize;
            let (id, after) = after.split_at(length);
            rest = after;
            let customer = self.customers.number(hash(id), id);
            if customer == self.entries.len() {
                self.entries.push(0);
            }
            self.entries[customer] += 1;
            self.log.push(customer, Entry::new(day, amount >= 0, amount));
        }
    }

    /// Sorts the log and adds up the rows of one customer and day.
    fn compact(&mut self) {
        let (mut sorted, starts) = gather(self.customers.len(), &self.entries, [(&self.log, None)].into_iter());
        let mut log = Log::default();
        self.added.resize(self.customers.len(), 0);
        for customer in 0..self.customers.len() {
            let days = &mut sorted[starts[customer]..starts[customer + 1]];
            days.sort_unstable_by_key(|entry| entry.key);
            let before = self.entries[customer];
            self.entries[customer] = 0;
            let mut push = |entry| {
                self.entries[customer] += 1;
                log.push(customer, entry);
            };
            let mut open: Option<Entry> = None;
            for entry in days.iter().copied() {
                open = match open {
                    // A sum too large for an entry stays in two: entries of one day add.
                    Some(day) if day.day() == entry.day() => match day.amount.checked_add(entry.amount) {
                        Some(amount) => Some(Entry { key: day.key | entry.key, amount }),
                        None => {
                            push(day);
                            Some(entry)
                        }
                    },
                    Some(day) => {
                        push(day);
                        Some(entry)
                    }
                    None => Some(entry),
                };
            }
            open.into_iter().for_each(push);
            self.added[customer] += u64::from(before - self.entries[customer]);
        }
        self.compact_at = 2 * log.bytes;
        self.log = log;
    }
}

/// All customer-days of one partition, from every thread.
#[derive(Debug)]
pub(super) struct Gathered {
    pub ids: Texts,
    entries: Vec<Entry>,
    starts: Vec<usize>,
    added: Vec<u64>,
}

impl Gathered {
    /// Brings the same partition of all threads together.
    pub fn new(parts: impl Iterator<Item = (Partition, Vec<u8>)>) -> Self {
        let mut parts: Vec<Partition> = parts
            .map(|(mut part, waiting)| {
                part.take_in(&waiting);
                part
            })
            .collect();
        let mut all = parts.pop().unwrap_or_default();
        all.added.resize(all.customers.len(), 0);
        let numbers: Vec<Vec<u32>> = parts
            .iter()
            .map(|part| {
                (0..part.customers.len())
                    .map(|customer| {
                        let id = part.customers.ids.get(customer);
                        let number = all.customers.number(hash(id), id);
                        if number == all.entries.len() {
                            all.entries.push(0);
                            all.added.push(0);
                        }
                        all.entries[number] += part.entries[customer];
                        all.added[number] += part.added.get(customer).copied().unwrap_or(0);
                        number as u32
                    })
                    .collect()
            })
            .collect();
        let logs = parts.iter().zip(&numbers).map(|(part, numbers)| (&part.log, Some(&numbers[..])));
        let (entries, starts) =
            gather(all.customers.len(), &all.entries, logs.chain(std::iter::once((&all.log, None))));
        Self { ids: all.customers.ids, entries, starts, added: all.added }
    }

    /// Each customer's days in order, and how many rows were added to others before.
    pub fn customers(&mut self) -> impl Iterator<Item = (&[Entry], u64)> {
        let Self { entries, starts, added, .. } = self;
        let mut rest = &mut entries[..];
        starts.windows(2).zip(&*added).map(move |(bounds, added)| {
            let (days, after) = std::mem::take(&mut rest).split_at_mut(bounds[1] - bounds[0]);
            rest = after;
            if !days.is_sorted_by_key(|entry| entry.key) {
                days.sort_unstable_by_key(|entry| entry.key);
            }
            (&*days, *added)
        })
    }
}

/// The entries of logs, customer by customer, and where each customer's begin; the last start is the
/// end. Numbers, where given, say which customer of all one of the log is.
fn gather<'a>(
    customers: usize,
    counts: &[u32],
    logs: impl Iterator<Item = (&'a Log, Option<&'a [u32]>)>,
) -> (Vec<Entry>, Vec<usize>) {
    let mut starts = Vec::with_capacity(customers + 1);
    let mut total = 0;
    for count in counts {
        starts.push(total);
        total += *count as usize;
    }
    starts.push(total);
    let mut entries = vec![Entry::default(); total];
    let mut next = starts.clone();
    for (log, numbers) in logs {
        log.each(|customer, entry| {
            let customer = numbers.map_or(customer, |numbers| numbers[customer] as usize);
            entries[next[customer]] = entry;
            next[customer] += 1;
        });
    }
    (entries, starts)
}

/// Entries of many customers, each written as its difference from the one before.
#[derive(Debug, Default)]
struct Log {
    full: Vec<Vec<u8>>,
    open: Vec<u8>,
    bytes: usize,
    last: (i64, i32),
}

/// The size of the blocks of a log, which grows by one at a time instead of doubling.
const BLOCK: usize = 16 << 10;
/// The most bytes an entry can take: five, five and ten.
const LONGEST_ENTRY: usize = 20;

impl Log {
    #[inline]
    fn push(&mut self, customer: usize, entry: Entry) {
        if self.open.capacity() - self.open.len() < LONGEST_ENTRY {
            let open = Vec::with_capacity(BLOCK);
            let full = std::mem::replace(&mut self.open, open);
            if !full.is_empty() {
                self.full.push(full);
            }
        }
        let before = self.open.len();
        let customer = customer as i64;
        write_number(&mut self.open, zigzag(customer - self.last.0));
        let days = zigzag((entry.day() - self.last.1).into());
        write_number(&mut self.open, days << 1 | u64::from(entry.purchase()));
        write_number(&mut self.open, zigzag(entry.amount));
        self.last = (customer, entry.day());
        self.bytes += self.open.len() - before;
    }

    /// Every entry, in the order added.
    #[inline]
    fn each(&self, mut take: impl FnMut(usize, Entry)) {
        let (mut customer, mut day) = (0_i64, 0_i32);
        for block in self.full.iter().chain(std::iter::once(&self.open)) {
            let mut at = 0;
            while at < block.len() {
                customer += unzigzag(read_number(block, &mut at));
                let days = read_number(block, &mut at);
                day += unzigzag(days >> 1) as i32;
                let amount = unzigzag(read_number(block, &mut at));
                take(customer as usize, Entry::new(day, days & 1 == 1, amount));
            }
        }
    }
}

/// Small numbers of either sign as small numbers.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
#[inline]
fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
fn read_number(bytes: &[u8], at: &mut usize) -> u64 {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let byte = bytes[*at];
        *at += 1;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

/// Numbers ids from 0 in the order in which they are first seen.
#[derive(Debug, Default)]
struct Dictionary {
    ids: Texts,
    /// Open addressing: 32 bits of the hash, then the number plus one; zero is free.
    slots: Vec<u64>,
}

impl Dictionary {
    fn len(&self) -> usize {
        self.ids.len()
    }

    /// About how many bytes of memory it has.
    fn bytes(&self) -> usize {
        self.slots.len() * 8 + self.ids.byte_len() + self.ids.len() * 8
    }

    /// Brings everything into the cache in order, where the memory streams; row by row each would wait
    /// for it several times.
    fn fetch(&self) {
        let slots = self.slots.iter().step_by(8).fold(0, |all, slot| all ^ slot);
        let ids = (0..self.ids.len()).step_by(8).fold(0, |all, number| all ^ self.ids.get(number).len());
        let bytes = self.ids.all_bytes().iter().step_by(64).fold(0, |all, byte| all ^ byte);
        std::hint::black_box((slots, ids, bytes));
    }

    /// The number of an id, which is added where it is new.
    #[inline]
    fn number(&mut self, hash: u64, id: &[u8]) -> usize {
        if self.ids.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == 0 {
                self.ids.push(id);
                self.slots[slot] = tag | self.ids.len() as u64;
                return self.ids.len() - 1;
            }
            let number = (found as u32 - 1) as usize;
            if found & !u64::from(u32::MAX) == tag && same(self.ids.get(number), id) {
                return number;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let slots = (self.slots.len() * 2).max(1 << 10);
        self.slots = vec![0; slots];
        for (number, id) in self.ids.iter().enumerate() {
            let hash = hash(id);
            let mut slot = hash as usize & (slots - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.slots[slot] = tag(hash) | (number as u64 + 1);
        }
    }
}

/// Whether two ids are the same; short ones are compared in place, which a call costs more than.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (words, rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    words.iter().zip(others).all(|(word, other)| u64::from_le_bytes(*word) == u64::from_le_bytes(*other))
        && rest.iter().zip(other_rest).all(|(byte, other)| byte == other)
}

/// Bits of the hash that neither the partition nor, in a table of ordinary size, the slot uses.
fn tag(hash: u64) -> u64 {
    (hash << PARTITION_BITS) & !u64::from(u32::MAX)
}

/// A hash of few instructions: it decides where a customer is kept, never what comes out.
#[inline]
fn hash(id: &[u8]) -> u64 {
    const KEY: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(KEY);
        product as u64 ^ (product >> 64) as u64
    };
    let mut state = (id.len() as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let mut words = id.chunks_exact(8);
    for word in &mut words {
        state = mix(state, u64::from_le_bytes(part(word, 0)));
    }
    let rest = words.remainder();
    let mut word = 0;
    for byte in rest {
        word = word << 8 | u64::from(*byte);
    }
    mix(mix(state, word), KEY.rotate_left(32))
}

#[inline]
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice has the length of the array")
}
