//! Ids of one customer in several ways of writing, counted where ids are trimmed or folded.

use std::hash::Hasher;

use hashbrown::HashSet;

use super::receipt::MergedIds;
use super::unique::digest;

/// Every way in which ids are written, by the customers that they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Spellings(HashSet<Spelling>);

/// An id as it is counted and as it is written, by 128 and 64 bits of hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Spelling {
    customer: [u64; 2],
    written: u64,
}

impl Spellings {
    pub fn see(&mut self, written: &[u8], customer: &[u8]) {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(written);
        self.0.insert(Spelling { customer: digest(customer), written: hasher.finish() });
    }

    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many ids as they are written became how many customers, of those that are written in several ways.
    pub fn merged(&self) -> MergedIds {
        let mut all: Vec<Spelling> = self.0.iter().copied().collect();
        all.sort_unstable();
        let several = all.chunk_by(|one, other| one.customer == other.customer).filter(|same| same.len() > 1);
        several.fold(MergedIds::default(), |sum, same| MergedIds {
            spellings: sum.spellings + same.len() as u64,
            customers: sum.customers + 1,
        })
    }
}
