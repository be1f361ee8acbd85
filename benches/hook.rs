//! The Hook curve of many customers: ranking, figures and bands.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use custval::hook::{Bands, Curve, Values};
use custval::money::Currency;

const CUSTOMERS: usize = 1_000_000;

/// Whole cents between -200 and 800, in no order, with many ties.
fn profits() -> Vec<i64> {
    (0..CUSTOMERS as u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as i64 % 100_000 - 20_000).collect()
}

fn bench(criterion: &mut Criterion) {
    let customers: Vec<String> = (0..CUSTOMERS).map(|i| format!("{i:08}")).collect();
    let profits = profits();
    let values = Values::Money(&profits, &Currency::UNNAMED);
    let mut group = criterion.benchmark_group("hook, a million customers");
    group.sample_size(10);
    group.bench_function("curve", |bencher| {
        bencher.iter(|| Curve::new(black_box(&customers), values).expect("whole cents"));
    });
    let curve = Curve::new(&customers, values).expect("whole cents");
    group.bench_function("statistics and bands", |bencher| {
        bencher.iter(|| (black_box(&curve).statistics(), curve.bands(Bands::default())));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
