//! Customers who are alike in everything a Cox regression looks at, folded into one row with a count.

use rayon::prelude::*;

use super::{Design, Observation};

/// Groups of one sort that a thread takes at a time.
const GROUPS: usize = 64;

/// The distinct rows of a fit, ordered by tenure; at a tenure those who left come first, then the covariates and the entry
/// decide. The order of the customers changes nothing.
pub(super) struct Patterns {
    /// One customer of each row.
    pub customers: Vec<u32>,
    /// How many customers the row stands for.
    pub counts: Vec<u32>,
}

impl Patterns {
    pub fn new(observations: &[Observation], design: &Design) -> Self {
        type Key<'a> = Box<dyn Fn(u32) -> u64 + Sync + 'a>;
        let mut keys: Vec<Key<'_>> = vec![
            Box::new(|row| ordered(observations[row as usize].time)),
            Box::new(|row| u64::from(!observations[row as usize].event)),
        ];
        for column in &design.columns {
            keys.push(Box::new(|row| ordered(column[row as usize])));
        }
        if observations.iter().any(|observation| observation.entry > 0.0) {
            keys.push(Box::new(|row| ordered(observations[row as usize].entry)));
        }
        let mut customers: Vec<u32> =
            (0..u32::try_from(observations.len()).expect("fewer than four billion customers")).collect();
        let mut counts = Vec::new();
        sort_and_fold(&mut customers, &keys, &mut counts);
        let mut end = 0;
        let firsts = counts.iter().map(|count| {
            end += *count as usize;
            customers[end - 1]
        });
        Self { customers: firsts.collect(), counts }
    }
}

/// Sorts rows by one key after the other, and adds how many rows there are of each combination. A key is looked up once a row,
/// and only where the keys before it leave a tie.
fn sort_and_fold<Key: Fn(u32) -> u64 + Sync>(rows: &mut [u32], keys: &[Key], counts: &mut Vec<u32>) {
    let (Some((key, later)), true) = (keys.split_first(), rows.len() > 1) else {
        counts.push(rows.len() as u32);
        return;
    };
    let mut keyed: Vec<(u64, u32)> = rows.par_iter().with_min_len(1 << 12).map(|&row| (key(row), row)).collect();
    keyed.par_sort_unstable_by_key(|(key, _)| *key);
    let mut rest = rows;
    let mut groups: Vec<&mut [u32]> = Vec::new();
    for group in keyed.chunk_by(|one, other| one.0 == other.0) {
        let (own, others) = rest.split_at_mut(group.len());
        own.iter_mut().zip(group).for_each(|(row, (_, sorted))| *row = *sorted);
        groups.push(own);
        rest = others;
    }
    drop(keyed);
    let parts: Vec<Vec<u32>> = groups
        .par_chunks_mut(GROUPS)
        .map(|groups| {
            let mut counts = Vec::new();
            groups.iter_mut().for_each(|group| sort_and_fold(group, later, &mut counts));
            counts
        })
        .collect();
    parts.iter().for_each(|part| counts.extend(part));
}

/// Bits that are ordered like the numbers; both zeros are one.
fn ordered(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_alike_become_one_row_in_any_order() {
        let seen =
            [(2.0, true), (1.0, false), (2.0, true), (2.0, false), (1.0, true)].map(|(t, e)| Observation::new(t, e));
        let mut design = Design::new(5);
        design.number("x", vec![-0.0, 1.0, 0.0, 0.0, -3.0]).unwrap();
        let patterns = Patterns::new(&seen, &design);
        assert_eq!(patterns.counts, [1, 1, 2, 1]);
        let rows: Vec<_> =
            patterns.customers.iter().map(|&row| (seen[row as usize].time, design.columns[0][row as usize])).collect();
        assert_eq!(rows, [(1.0, -3.0), (1.0, 1.0), (2.0, 0.0), (2.0, 0.0)]);
    }

    #[test]
    fn bits_are_ordered_like_numbers() {
        let numbers = [f64::MIN, -2.5, -1e-300, 0.0, 1e-300, 1.0, f64::MAX];
        assert!(numbers.windows(2).all(|two| ordered(two[0]) < ordered(two[1])));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }
}
