//! How many different things there are, in bounded memory.

use hashbrown::HashMap;

/// A hash that is the same on every machine, so that what is kept is too.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        state = mix(state ^ u64::from_le_bytes(word));
    }
    mix(state)
}

/// The two halves of a product, folded.
pub(super) fn mix(word: u64) -> u64 {
    let product = u128::from(word ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Something about each of the different things whose hashes are the smallest: all of them up to a limit, and
/// beyond it a sample that does not depend on the order in which they come.
#[derive(Debug, Clone)]
pub(super) struct Sketch<V> {
    limit: usize,
    /// Hashes beyond this one are not kept.
    bound: u64,
    kept: HashMap<u64, V>,
}

impl<V: Default> Sketch<V> {
    pub fn new(limit: usize) -> Self {
        Self { limit, bound: u64::MAX, kept: HashMap::new() }
    }

    /// What is kept about a thing; none where it is beyond the sample.
    pub fn get(&mut self, hash: u64) -> Option<&mut V> {
        if hash > self.bound {
            return None;
        }
        // Room for as many again, so that thinning is rare.
        if self.kept.len() >= 2 * self.limit && !self.kept.contains_key(&hash) {
            self.thin();
            if hash > self.bound {
                return None;
            }
        }
        Some(self.kept.entry(hash).or_default())
    }

    fn thin(&mut self) {
        if self.kept.len() > self.limit {
            let mut hashes: Vec<u64> = self.kept.keys().copied().collect();
            let (_, bound, _) = hashes.select_nth_unstable(self.limit - 1);
            self.bound = *bound;
            let bound = self.bound;
            self.kept.retain(|hash, _| *hash <= bound);
        }
    }

    pub fn merge(&mut self, other: Self, join: impl Fn(&mut V, V)) {
        self.bound = self.bound.min(other.bound);
        let mut others: Vec<(u64, V)> = other.kept.into_iter().collect();
        others.sort_unstable_by_key(|(hash, _)| *hash);
        for (hash, value) in others {
            if let Some(own) = self.get(hash) {
                join(own, value);
            }
        }
        let bound = self.bound;
        self.kept.retain(|hash, _| *hash <= bound);
    }

    /// How many different things there are, and whether there are more than that.
    pub fn count(&mut self) -> (u64, bool) {
        self.thin();
        (self.kept.len() as u64, self.bound < u64::MAX)
    }

    /// What is kept, by hash.
    pub fn into_values(mut self) -> Vec<V> {
        self.thin();
        let mut kept: Vec<(u64, V)> = self.kept.into_iter().collect();
        kept.sort_unstable_by_key(|(hash, _)| *hash);
        kept.into_iter().map(|(_, value)| value).collect()
    }
}
