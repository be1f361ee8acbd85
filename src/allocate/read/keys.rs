//! The objects of cost: customers, or the values of another column, found by their key.

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::hash::BuildHasher;

use crate::Result;
use crate::scan::{Account, Batch, Reduce, Texts};
use crate::time::Day;

/// Keys in byte order, and where each stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub ids: Texts,
    table: HashTable<(Tag, u32)>,
    hasher: DefaultHashBuilder,
}

/// What tells keys apart without looking at them: up to eight bytes are their own tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag {
    bits: u64,
    length: u32,
}

/// Keys of up to so many bytes are told apart by their tags alone.
const SHORT: usize = 8;

impl Keys {
    /// All keys given, once each, in byte order.
    pub(super) fn sorted<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Self {
        let mut all: Vec<&[u8]> = keys.collect();
        rayon::slice::ParallelSliceMut::par_sort_unstable(all.as_mut_slice());
        all.dedup();
        let ids: Texts = all.into_iter().collect();
        let mut keys = Self {
            table: HashTable::with_capacity(ids.len()),
            hasher: DefaultHashBuilder::default(),
            ids: Texts::default(),
        };
        for (place, id) in ids.iter().enumerate() {
            let place = u32::try_from(place).expect("there are fewer than four thousand million keys");
            let tag = keys.tag(id);
            let hash = keys.hasher.hash_one(tag.bits);
            keys.table.insert_unique(hash, (tag, place), |(other, _)| keys.hasher.hash_one(other.bits));
        }
        keys.ids = ids;
        keys
    }

    #[inline]
    fn tag(&self, key: &[u8]) -> Tag {
        let mut short = [0; SHORT];
        let bits = match short.get_mut(..key.len()) {
            Some(start) => {
                start.copy_from_slice(key);
                u64::from_le_bytes(short)
            }
            None => self.hasher.hash_one(key),
        };
        // Longer keys than four thousand million bytes are told apart by themselves.
        Tag { bits, length: u32::try_from(key.len()).unwrap_or(u32::MAX) }
    }

    /// Where a key stands.
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        let tag = self.tag(key);
        let same =
            |(other, place): &(Tag, u32)| *other == tag && (key.len() <= SHORT || self.ids.get(*place as usize) == key);
        self.table.find(self.hasher.hash_one(tag.bits), same).map(|(_, place)| *place)
    }
}

/// Collects the keys of a log, and its first and last day.
#[derive(Default)]
pub(super) struct Collect {
    /// The column, where the key is not the id.
    pub column: Option<usize>,
    seen: HashMap<Box<[u8]>, ()>,
}

impl Collect {
    pub(super) fn of(column: Option<usize>) -> Self {
        Self { column, seen: HashMap::new() }
    }
}

impl Reduce for Collect {
    type Output = Texts;

    fn absorb(&mut self, batch: &Batch) {
        let texts = self.column.map_or(batch.ids(), |column| batch.text(column));
        for key in texts.iter() {
            if !self.seen.contains_key(key) {
                self.seen.insert(key.into(), ());
            }
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
