//! Reading: a plain log, a quoted one, and a table, from memory.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use custval::Result;
use custval::progress::Silent;
use custval::scan::{Account, Batch, Inputs, Reduce, ScanParams, Source, Wanted, read_table, scan};

const ROWS: u64 = 1_000_000;

/// Adds the amounts up, so that the reading is all that takes time.
#[derive(Default)]
struct Total(i128);

impl Reduce for Total {
    type Output = i128;

    fn absorb(&mut self, batch: &Batch) {
        self.0 += batch.amounts().iter().map(|amount| i128::from(*amount)).sum::<i128>();
    }

    fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }

    fn finish(self, _: &mut Account) -> Result<i128> {
        Ok(self.0)
    }
}

/// A log of a year; `quote` stands around every field.
fn log(quote: &str) -> String {
    let mut text = String::from("customer_id,date,amount\n");
    for row in 0..ROWS {
        let random = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let (month, day) = (1 + row * 12 / ROWS, 1 + random % 28);
        let customer = random % 100_000;
        writeln!(
            text,
            "{quote}{customer:08}{quote},{quote}2024-{month:02}-{day:02}{quote},{quote}{}.{:02}{quote}",
            random % 200,
            random % 97
        )
        .expect("a string takes any text");
    }
    text
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scan, a million rows");
    group.sample_size(10);
    for (name, quote) in [("plain", ""), ("quoted", "\"")] {
        let text = log(quote);
        group.throughput(Throughput::Bytes(text.len() as u64));
        let inputs = Inputs::from_bytes([("log.csv", text.into_bytes())]).expect("a text");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                scan(black_box(&inputs), &Wanted::transactions(), &ScanParams::default(), &Silent, Total::default)
                    .expect("good rows")
                    .output
            });
        });
    }
    let source = Source::from_bytes("log.csv", log("").into_bytes()).expect("a text");
    group.bench_function("as a table of text", |bencher| {
        bencher.iter(|| read_table(black_box(&source), &ScanParams::default(), &Silent).expect("good rows").len());
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
