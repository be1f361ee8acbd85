//! Sums over many rows on any number of threads, with the same bits.

use rayon::prelude::*;

/// Rows in a block. A constant, so that the blocks do not depend on the number of threads.
pub const BLOCK: usize = 256;

/// The sum of `term(row)` over `0..rows`: blocks are added up in parallel, and their sums in order.
pub fn ordered_sum<D, F>(rows: usize, zero: D, term: F) -> D
where
    D: Copy + Send + std::ops::AddAssign,
    F: Fn(usize) -> D + Sync,
    D: Sync,
{
    let blocks: Vec<D> = (0..rows.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut sum = zero;
            for row in block * BLOCK..rows.min((block + 1) * BLOCK) {
                sum += term(row);
            }
            sum
        })
        .collect();
    let mut sum = zero;
    for block in blocks {
        sum += block;
    }
    sum
}

/// `term(row)` for every row, computed in parallel and in order.
pub fn ordered_map<T: Send, F: Fn(usize) -> T + Sync + Send>(rows: usize, term: F) -> Vec<T> {
    (0..rows).into_par_iter().with_min_len(16).map(term).collect()
}
