//! Rows in an order without holding their text: events of blocks of customers, sorted within each block, gathered part by part.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rayon::prelude::*;

use super::params::RowOrder;
use super::text::scrambled;
use crate::Result;

/// Customers whose events are made together.
pub(super) const CUSTOMERS_OF_A_BLOCK: u32 = 8192;
/// Parts of a shuffled log: each fits a processor's cache up to a hundred million rows.
const SHUFFLED_PARTS: usize = 1024;

/// Something that happens on a day.
pub(super) trait Event: Copy + Default + Send + Sync {
    /// The day, counted from the first of the business.
    fn day(&self) -> u16;
}

/// Events of some customers, sorted by the part of the log they belong to.
#[derive(Debug, Clone, Default)]
pub(super) struct Block<T> {
    events: Vec<T>,
    /// Where the events of each part begin, and where the last ones end.
    starts: Vec<u32>,
}

/// Which part of a log an event belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sorter {
    pub order: RowOrder,
    pub days: u16,
    pub seed: u64,
}

impl Sorter {
    /// How many parts a log has; rows by customer are one part a block.
    fn parts(&self) -> usize {
        match self.order {
            RowOrder::Date => self.days.into(),
            RowOrder::Shuffled => SHUFFLED_PARTS,
            RowOrder::Customer => 1,
        }
    }

    /// Sorts the events of a block by counting.
    pub fn sort<T: Event>(&self, block: u32, events: Vec<T>) -> Block<T> {
        let length = u32::try_from(events.len()).expect("a block has fewer than four thousand million events");
        if self.order == RowOrder::Customer {
            return Block { events, starts: vec![0, length] };
        }
        let salt = scrambled(self.seed ^ (u64::from(block) << 32));
        let part = |place: usize, event: &T| match self.order {
            RowOrder::Shuffled => (scrambled(salt ^ place as u64) >> 32) as usize % SHUFFLED_PARTS,
            _ => event.day().into(),
        };
        let mut starts = vec![0_u32; self.parts() + 1];
        for (place, event) in events.iter().enumerate() {
            starts[part(place, event) + 1] += 1;
        }
        for part in 1..starts.len() {
            starts[part] += starts[part - 1];
        }
        let mut next = starts.clone();
        let mut sorted = vec![T::default(); events.len()];
        for (place, event) in events.iter().enumerate() {
            let at = &mut next[part(place, event)];
            sorted[*at as usize] = *event;
            *at += 1;
        }
        Block { events: sorted, starts }
    }
}

/// All events of a log, in the order of its rows part by part.
#[derive(Debug)]
pub(super) struct Sequence<T> {
    sorter: Sorter,
    blocks: Vec<Block<T>>,
}

impl<T: Event> Sequence<T> {
    /// Without events yet.
    pub fn new(sorter: Sorter) -> Self {
        Self { sorter, blocks: Vec::new() }
    }

    /// Adds the next block.
    pub fn push(&mut self, block: Block<T>) {
        self.blocks.push(block);
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        match self.sorter.order {
            RowOrder::Customer => self.blocks.len(),
            _ => self.sorter.parts(),
        }
    }

    /// The events of one part, in the order of rows.
    pub fn part(&self, part: usize, mut random: ChaCha8Rng) -> Vec<T> {
        if self.sorter.order == RowOrder::Customer {
            return self.blocks[part].events.clone();
        }
        let mut events = Vec::new();
        for block in &self.blocks {
            events.extend_from_slice(&block.events[block.starts[part] as usize..block.starts[part + 1] as usize]);
        }
        // Fisher and Yates: each place gets one of those that are left.
        for left in (1..events.len()).rev() {
            let chosen = (u64::from(random.next_u32()) * (left as u64 + 1)) >> 32;
            events.swap(left, chosen as usize);
        }
        events
    }
}

/// Computes parts side by side and hands them on one after the other, the next ones being computed meanwhile.
pub(super) fn in_order<T: Send>(
    parts: usize,
    compute: impl Fn(usize) -> T + Sync,
    mut hand_on: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let wave = 4 * rayon::current_num_threads();
    let computed = |from: usize| -> Vec<T> { (from..parts.min(from + wave)).into_par_iter().map(&compute).collect() };
    let mut ready = computed(0);
    let mut from = ready.len();
    while !ready.is_empty() {
        let (next, handed) = rayon::join(|| computed(from), || ready.into_iter().try_for_each(&mut hand_on));
        handed?;
        from += next.len();
        ready = next;
    }
    Ok(())
}
