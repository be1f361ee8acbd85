//! From rows to one row a customer, for short and long ids, ordered by date and not.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use custval::progress::Silent;
use custval::scan::{Inputs, ScanParams};
use custval::summary::{SummaryParams, summarize};
use custval::time::{Day, TimeUnit};

const ROWS: u64 = 2_000_000;
const CUSTOMERS: u64 = 100_000;
/// 2024-01-01.
const FIRST_DAY: i32 = 19_723;
const DAYS: u64 = 548;

fn log(id_bytes: usize, ordered: bool) -> String {
    let mut text = String::from("customer_id,date,amount\n");
    for row in 0..ROWS {
        let random = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24;
        let customer = random % CUSTOMERS;
        let day = if ordered { row * DAYS / ROWS } else { (random >> 17) % DAYS };
        let date = Day(FIRST_DAY + day as i32);
        writeln!(text, "{customer:0id_bytes$},{date},{}.{:02}", random % 200, random % 97)
            .expect("a string takes any text");
    }
    text
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("summary, two million rows, a hundred thousand customers");
    group.sample_size(10);
    for (name, id_bytes, ordered) in [
        ("ids of 8 bytes, ordered", 8, true),
        ("ids of 8 bytes, shuffled", 8, false),
        ("ids of 36 bytes, shuffled", 36, false),
    ] {
        let text = log(id_bytes, ordered);
        group.throughput(Throughput::Bytes(text.len() as u64));
        let inputs = Inputs::from_bytes([("log.csv", text.into_bytes())]).expect("a text");
        let params = SummaryParams::new(TimeUnit::Week);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                summarize(black_box(&inputs), &ScanParams::default(), &params, &Silent).expect("good rows").output.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
