//! Chunks to batches on every thread of the current pool.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::Inputs;
use super::batch::Batch;
use super::chunks::{Chunk, Chunks};
use super::head::{Head, Layout};
use super::params::NoCustomer;
use super::problems::SHOWN;
use super::reason::Reason;
use super::receipt::Counts;
use super::records::{End, Looks, count_lines, record_end};
use super::rejects::BadRow;
use super::row::{Bad, Outcome, RowReader};
use crate::Result;
use crate::dialect::Evidence;
use crate::exchange::Exchange;
use crate::money::Currency;
use crate::progress::Progress;

/// How many rows a batch has at most: enough to pay for the call, few enough to stay in the cache.
const BATCH_ROWS: usize = 256;

/// Rows by file and line, with the reason and the column for which they cannot be used.
pub(super) type Refused = BTreeMap<(usize, u64), (&'static str, Option<usize>)>;

/// Everything that is settled before the first row.
pub(super) struct Plan<'a> {
    pub inputs: &'a Inputs,
    pub heads: &'a [Head],
    pub layouts: &'a [Layout],
    pub currency: &'a Currency,
    pub exchange: Option<&'a Exchange>,
    pub no_customer: NoCustomer,
    /// Rows that the use of the others has refused.
    pub refused: &'a Refused,
    /// Whether every bad row is remembered, or only enough of them to show.
    pub keep_bad: bool,
    pub tuning: Tuning,
}

/// What changes the speed and never the result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    /// How many bytes are read at a time.
    pub chunk: usize,
    /// Whether plain records are read fast.
    pub fast: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { chunk: super::chunks::CHUNK, fast: true }
    }
}

/// What all threads found.
pub(super) struct Driven<S> {
    pub sinks: Vec<S>,
    pub counts: Counts,
    /// By file and place.
    pub bad: Vec<BadRow>,
    /// What the values of each file tell about how it is written.
    pub evidence: Vec<Evidence>,
}

/// Reads all files; each thread has a sink of its own, which takes batches and the number of the
/// chunk they are from.
pub(super) fn drive<S: Send>(
    plan: &Plan<'_>,
    progress: &dyn Progress,
    new: impl Fn() -> S + Sync,
    take: impl Fn(&mut S, &Batch, u64) + Sync,
) -> Result<Driven<S>> {
    let chunks = Mutex::new(Chunks::new(plan.inputs, plan.heads, progress, plan.tuning.chunk));
    progress.begin("reading", plan.inputs.text_bytes());
    let workers: Result<Vec<_>> = (0..rayon::current_num_threads())
        .into_par_iter()
        .with_max_len(1)
        .map(|_| {
            let mut worker = Worker { plan, counts: Counts::new(plan.heads.len()), bad: Vec::new() };
            let mut sink = new();
            let told = worker.run(&chunks, |batch, number| take(&mut sink, batch, number))?;
            Ok((sink, worker.counts, worker.bad, told))
        })
        .collect();
    progress.end();
    let files = plan.heads.len();
    let evidence = vec![Evidence::default(); files];
    let mut left_out = evidence.clone();
    let mut driven = Driven { sinks: Vec::new(), counts: Counts::new(files), bad: Vec::new(), evidence };
    for (sink, counts, bad, told) in workers? {
        driven.sinks.push(sink);
        driven.counts.merge(&counts);
        driven.bad.extend(bad);
        for (file, (judged, others)) in told.iter().enumerate() {
            driven.evidence[file].merge(judged);
            left_out[file].merge(others);
        }
    }
    driven.evidence.iter_mut().zip(&left_out).for_each(|(evidence, left_out)| evidence.complete(left_out));
    driven.bad.sort_unstable_by_key(|row| (row.file, row.line));
    Ok(driven)
}

struct Worker<'a> {
    plan: &'a Plan<'a>,
    counts: Counts,
    bad: Vec<BadRow>,
}

impl Worker<'_> {
    /// Takes chunks until there are none left, and returns what the values of each file tell: of rows that are judged, and of
    /// rows that are left out.
    fn run(
        &mut self,
        chunks: &Mutex<Chunks<'_>>,
        mut take: impl FnMut(&Batch, u64),
    ) -> Result<Vec<(Evidence, Evidence)>> {
        let plan = self.plan;
        let mut chunk = Chunk::default();
        let mut batch = plan.layouts.first().map(Batch::for_layout).unwrap_or_default();
        let mut readers: Vec<RowReader<'_>> =
            plan.layouts.iter().map(|layout| RowReader::new(layout, plan.currency, plan.exchange)).collect();
        // A thread that panicked leaves a reader whose state is still whole between two calls.
        while chunks.lock().unwrap_or_else(PoisonError::into_inner).next(&mut chunk)? {
            batch.file = chunk.file;
            batch.decimal = plan.layouts[chunk.file].dialect.decimal;
            let rows = &mut readers[chunk.file];
            match chunk.group {
                None => {
                    self.read(&chunk, rows, &mut batch, &mut take);
                }
                Some(group) => self.read_group(group, &mut chunk, rows, &mut batch, &mut take)?,
            }
        }
        for (file, rows) in readers.iter().enumerate() {
            self.counts.add_converted(&rows.converted);
            self.counts.add_excluded(&rows.excluded);
            self.counts.rows_by_file[file] += rows.excluded.iter().map(|tally| tally.rows).sum::<u64>();
        }
        Ok(readers.into_iter().map(RowReader::told).collect())
    }

    /// Reads a row group, whose rows become text a few at a time.
    fn read_group(
        &mut self,
        group: usize,
        chunk: &mut Chunk,
        rows: &mut RowReader<'_>,
        batch: &mut Batch,
        take: &mut impl FnMut(&Batch, u64),
    ) -> Result<()> {
        let source = &self.plan.inputs.sources()[chunk.file];
        let Some(parquet) = source.parquet() else { return Ok(()) };
        let wanted = |column| self.plan.layouts[chunk.file].wants(column);
        let mut records = parquet.rows(group, 0, wanted).map_err(|problem| source.damaged(problem))?;
        loop {
            chunk.text.clear();
            let more = records.next(&mut chunk.text).map_err(|problem| source.damaged(problem))?;
            if !more {
                return Ok(());
            }
            chunk.length = chunk.text.len();
            chunk.looks = Looks::of(&chunk.text, self.plan.layouts[chunk.file].syntax);
            chunk.line = self.read(chunk, rows, batch, take);
        }
    }

    /// Reads the records of a chunk and returns the line after them.
    fn read(
        &mut self,
        chunk: &Chunk,
        rows: &mut RowReader<'_>,
        batch: &mut Batch,
        take: &mut impl FnMut(&Batch, u64),
    ) -> u64 {
        let text = chunk.records();
        let syntax = self.plan.layouts[chunk.file].syntax;
        let looks = chunk.looks;
        let mut at = 0;
        let mut line = chunk.line;
        let refused = self.plan.refused;
        // Where a row is to be set aside, the careful reading says where it stands.
        let has_refused = !refused.is_empty() && {
            let lines = if chunk.group.is_some() { u64::MAX - line } else { looks.lines };
            refused.range((chunk.file, line)..=(chunk.file, line + lines)).next().is_some()
        };
        let fast = self.plan.tuning.fast && !has_refused && !looks.zeros;
        while at < text.len() {
            if fast {
                (at, line) = rows.fast_run(text, at, looks, line, batch, BATCH_ROWS);
            }
            // What stopped it is the end, a full batch, or a record that is not plain.
            if at < text.len() && batch.len() < BATCH_ROWS {
                let (end, outcome) = match record_end(text, at, syntax, true) {
                    End::At(end) => (end, rows.careful(&text[at..end], line, batch)),
                    End::Unclosed(end) => {
                        (end, Outcome::Bad(Bad { reason: Reason::UnclosedQuote, column: None, amount: None }))
                    }
                    // Chunks end with a line feed, so this is out of reach; it must still end.
                    End::Beyond => (text.len(), rows.careful(&text[at..], line, batch)),
                };
                let outcome = match refused.get(&(chunk.file, line)).filter(|_| outcome == Outcome::Used) {
                    Some((reason, column)) => {
                        let amount = batch.amounts.last().copied();
                        batch.pop();
                        Outcome::Bad(Bad { reason: Reason::Refused(reason), column: *column, amount })
                    }
                    None => outcome,
                };
                if let Outcome::Bad(bad) = outcome {
                    let ours = usize::from(chunk.completed && end == text.len());
                    self.set_aside(chunk, at, end - at - ours, line, bad);
                }
                // A row of a row group is one, whatever its texts hold.
                line += if chunk.group.is_some() { 1 } else { count_lines(&text[at..end]) };
                at = end;
            }
            if batch.len() >= BATCH_ROWS {
                self.hand_over(chunk.number, batch, take);
            }
        }
        self.hand_over(chunk.number, batch, take);
        line
    }

    fn hand_over(&mut self, number: u64, batch: &mut Batch, take: &mut impl FnMut(&Batch, u64)) {
        if batch.is_empty() {
            return;
        }
        self.counts.rows_by_file[batch.file] += batch.len() as u64;
        self.counts.good_amount += sum(&batch.amounts);
        self.counts.see_days(batch.days_span());
        take(batch, number);
        batch.clear();
    }

    fn set_aside(&mut self, chunk: &Chunk, at: usize, length: usize, line: u64, bad: Bad) {
        self.counts.rows_by_file[chunk.file] += 1;
        self.counts.add_bad(bad.reason, bad.amount);
        let counted_only = bad.reason == Reason::NoCustomer && self.plan.no_customer == NoCustomer::Aside;
        if !counted_only && (self.plan.keep_bad || self.bad.len() < SHOWN) {
            self.bad.push(BadRow {
                file: chunk.file,
                line,
                offset: chunk.offset + at as u64,
                length: length as u64,
                reason: bad.reason,
                column: bad.column,
            });
        }
    }
}

/// The sum of a few amounts, in two halves that cannot overflow: 64 bits are added several at a time.
fn sum(amounts: &[i64]) -> i128 {
    let low: u64 = amounts.iter().map(|amount| u64::from(*amount as u32)).sum();
    let high: i64 = amounts.iter().map(|amount| amount >> 32).sum();
    (i128::from(high) << 32) + i128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_every_size_add_up() {
        let amounts = [0, 1, -1, i64::MAX, i64::MIN, 1 << 32, -(1 << 32), i64::MIN, i64::MIN, 12_345_678_901];
        for length in 0..=amounts.len() {
            let expected: i128 = amounts[..length].iter().map(|amount| i128::from(*amount)).sum();
            assert_eq!(sum(&amounts[..length]), expected);
        }
    }
}
