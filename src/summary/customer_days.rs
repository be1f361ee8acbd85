//! Which customer had what on which day, of millions of rows, in a few bytes each.
//!
//! What is kept is a log of (customer, day, amount), each as its difference from the one before in as few bytes as that
//! takes; a log that has grown large is sorted and its purchases of one customer and day are added up, and so are its
//! refunds, so that memory follows customer-days and not rows.

use super::partitions::Keep;

/// The customer-days of the customers of one partition.
#[derive(Debug, Default)]
pub(super) struct CustomerDays {
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

impl Keep for CustomerDays {
    #[inline]
    fn add(&mut self, customer: usize, day: i32, amount: i64) {
        if customer == self.entries.len() {
            self.entries.push(0);
            self.added.push(0);
        }
        self.entries[customer] += 1;
        self.log.push(customer, Entry::new(day, amount >= 0, amount));
    }

    fn fetch(&self) -> u64 {
        self.entries.iter().step_by(16).fold(0, |all, entries| all ^ u64::from(*entries))
    }

    fn bytes(&self) -> usize {
        self.entries.len() * (size_of::<u32>() + size_of::<u64>()) + self.log.bytes
    }

    fn compact(&mut self, from: usize) {
        if self.log.bytes >= self.compact_at.max(from) {
            self.add_up();
        }
    }
}

impl CustomerDays {
    /// Every customer's days, in the order of the customers' numbers.
    pub fn gather(self) -> Gathered {
        let (entries, starts) = gather(&self.entries, &self.log);
        Gathered { entries, starts, added: self.added }
    }

    /// Sorts the log and adds up the purchases of one customer and day, and the refunds.
    fn add_up(&mut self) {
        let (mut sorted, starts) = gather(&self.entries, &self.log);
        let mut log = Log::default();
        for customer in 0..self.entries.len() {
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
                    Some(day) if day.key == entry.key => match day.amount.checked_add(entry.amount) {
                        Some(amount) => Some(Entry { amount, ..day }),
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

/// All customer-days of one partition.
#[derive(Debug)]
pub(super) struct Gathered {
    entries: Vec<Entry>,
    starts: Vec<usize>,
    added: Vec<u64>,
}

impl Gathered {
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

/// The entries of a log, customer by customer, and where each customer's begin; the last start is the end.
fn gather(counts: &[u32], log: &Log) -> (Vec<Entry>, Vec<usize>) {
    let mut starts = Vec::with_capacity(counts.len() + 1);
    let mut total = 0;
    for count in counts {
        starts.push(total);
        total += *count as usize;
    }
    starts.push(total);
    let mut entries = vec![Entry::default(); total];
    let mut next = starts.clone();
    log.each(|customer, entry| {
        entries[next[customer]] = entry;
        next[customer] += 1;
    });
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
