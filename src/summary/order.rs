//! All customers in the order of their ids.

use rayon::prelude::*;

use super::summarize::Part;
use crate::scan::first_bytes;

/// How many customers are sorted at a time: as many as the first cache holds.
const RANGE: usize = 1 << 11;
/// How many ranges of ids there are at most: enough of each partition falls into one.
const RANGES: usize = 1 << 9;
/// How many customers of each partition say where the ranges begin.
const SAMPLE: usize = 1 << 5;

/// Where a customer stands: the partition and the number there, each in half of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

impl Place {
    fn new(part: usize, customer: usize) -> Self {
        Self((part as u64) << 32 | customer as u64)
    }

    pub fn part(self) -> usize {
        (self.0 >> 32) as usize
    }

    pub fn customer(self) -> usize {
        self.0 as u32 as usize
    }
}

/// A customer on the way to its place: the beginning of the id decides most comparisons.
type Candidate = (u64, Place);

/// All customers with a purchase, by the bytes of their ids.
///
/// Ids are dealt to ranges that follow each other and are about equally full, as a sample of them says, and each range
/// is sorted on its own.
pub(super) fn order(parts: &[Part]) -> Vec<Place> {
    // Ids often begin alike, and then the difference is in what follows.
    let shared = shared_prefix(parts);
    let starts = starts(parts, shared);
    let dealt: Vec<Dealt> =
        parts.par_iter().enumerate().map(|(number, part)| deal(part, number, shared, &starts)).collect();
    let ranges: Vec<Vec<Place>> = (0..=starts.len())
        .into_par_iter()
        .map(|range| {
            let mut candidates: Vec<Candidate> = dealt.iter().flat_map(|dealt| dealt.range(range)).copied().collect();
            sort(&mut candidates, parts);
            candidates.into_iter().map(|(_, place)| place).collect()
        })
        .collect();
    ranges.concat()
}

/// The customers of one partition, range by range.
struct Dealt {
    candidates: Vec<Candidate>,
    /// Where each range begins, and the end.
    bounds: Vec<usize>,
}

impl Dealt {
    fn range(&self, range: usize) -> &[Candidate] {
        &self.candidates[self.bounds[range]..self.bounds[range + 1]]
    }
}

fn deal(part: &Part, number: usize, shared: usize, starts: &[u64]) -> Dealt {
    let mut bounds = vec![0; starts.len() + 2];
    let mut found = Vec::with_capacity(part.customers.len());
    for (customer, (id, described)) in part.ids.iter().zip(&part.customers).enumerate() {
        if described.transactions == 0 {
            continue;
        }
        let prefix = first_bytes(&id[shared..]);
        let range = starts.partition_point(|start| *start <= prefix);
        bounds[range + 1] += 1;
        found.push((range, (prefix, Place::new(number, customer))));
    }
    for range in 1..bounds.len() {
        bounds[range] += bounds[range - 1];
    }
    let mut next = bounds.clone();
    let mut candidates = vec![(0, Place(0)); found.len()];
    for (range, candidate) in found {
        candidates[next[range]] = candidate;
        next[range] += 1;
    }
    Dealt { candidates, bounds }
}

/// The prefixes at which all ranges but the first begin.
fn starts(parts: &[Part], shared: usize) -> Vec<u64> {
    let customers: usize = parts.iter().map(|part| part.customers.len()).sum();
    let ranges = (customers / RANGE).clamp(1, RANGES);
    let sample = |part: &Part| {
        let step = part.ids.len().div_ceil(SAMPLE).max(1);
        let ids = (0..part.ids.len()).step_by(step).map(|customer| first_bytes(&part.ids.get(customer)[shared..]));
        ids.collect::<Vec<_>>()
    };
    let mut sample: Vec<u64> = parts.iter().flat_map(sample).collect();
    sample.sort_unstable();
    let mut starts: Vec<u64> =
        (1..ranges).filter_map(|range| sample.get(range * sample.len() / ranges).copied()).collect();
    starts.dedup();
    starts
}

/// Sorts by the beginnings of ids, then those that begin alike by all of the id.
fn sort(candidates: &mut [Candidate], parts: &[Part]) {
    if candidates.len() > 8 * RANGE {
        candidates.par_sort_unstable_by_key(|(prefix, _)| *prefix);
    } else {
        candidates.sort_unstable_by_key(|(prefix, _)| *prefix);
    }
    let id = |(_, place): &Candidate| parts[place.part()].ids.get(place.customer());
    for alike in candidates.chunk_by_mut(|(one, _), (next, _)| one == next).filter(|alike| alike.len() > 1) {
        alike.par_sort_unstable_by(|one, other| id(one).cmp(id(other)));
    }
}

/// How many bytes all ids begin with alike.
fn shared_prefix(parts: &[Part]) -> usize {
    let Some(example) = parts.iter().find_map(|part| part.ids.iter().next()) else { return 0 };
    let shared = |id: &[u8]| id.iter().zip(example).take_while(|(one, other)| one == other).count();
    parts.par_iter().map(|part| part.ids.iter().map(shared).min().unwrap_or(example.len())).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Texts;
    use crate::summary::partitions::Keep;
    use crate::summary::running::Running;

    /// Partitions of these ids, each of which bought once.
    fn parts(ids: &[Vec<u8>], partitions: usize) -> Vec<Part> {
        let part = |number: usize| {
            let ids: Texts = ids.iter().skip(number).step_by(partitions).collect();
            let mut running = Running::new(None, false);
            (0..ids.len()).for_each(|customer| running.add(customer, 0, 1));
            Part::new(ids, running)
        };
        (0..partitions).map(part).collect()
    }

    fn ordered(parts: &[Part]) -> Vec<Vec<u8>> {
        order(parts).into_iter().map(|place| parts[place.part()].ids.get(place.customer()).to_vec()).collect()
    }

    #[test]
    fn ids_of_every_kind_come_in_the_order_of_their_bytes() {
        let number = |index: u64| index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let kinds: [fn(u64) -> String; 5] = [
            |number| format!("{:08}", number % 100_000_000),
            |number| format!("customer-{number}"),
            |number| format!("{number:x}"),
            // Nearly all of them begin alike for longer than what is compared first.
            |number| format!("{}0000000000000000-{number}", if number % 1_000 == 0 { "b" } else { "a" }),
            |number| "x".repeat((number % 9_000) as usize),
        ];
        for kind in kinds {
            let mut ids: Vec<Vec<u8>> = (0..20_000).map(|index| kind(number(index)).into_bytes()).collect();
            ids.sort();
            ids.dedup();
            let expected = ids.clone();
            ids.reverse();
            for partitions in [1, 7, 64] {
                assert_eq!(ordered(&parts(&ids, partitions)), expected);
            }
        }
    }

    #[test]
    fn customers_without_a_purchase_have_no_place() {
        let ids: Texts = ["b", "a", "c"].into_iter().collect();
        let mut running = Running::new(None, false);
        [(0, 1), (1, -1), (2, 1)].into_iter().for_each(|(customer, amount)| running.add(customer, 0, amount));
        assert_eq!(ordered(&[Part::new(ids, running)]), [b"b", b"c"]);
        assert!(order(&[]).is_empty());
    }

    #[test]
    fn ranges_are_about_equally_full() {
        let ids: Vec<Vec<u8>> = (0..40_000).map(|number| format!("{number:08}").into_bytes()).collect();
        let parts = parts(&ids, 16);
        let shared = shared_prefix(&parts);
        let starts = starts(&parts, shared);
        let mut sizes = vec![0; starts.len() + 1];
        for id in &ids {
            sizes[starts.partition_point(|start| *start <= first_bytes(&id[shared..]))] += 1;
        }
        assert_eq!(sizes.len(), 40_000 / RANGE);
        assert!(sizes.iter().all(|size| (RANGE / 2..2 * RANGE).contains(size)), "{sizes:?}");
    }
}
