//! Churn and survival of many customers: contracts to relationships, counts, life tables, Cox regressions.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use custval::calendar::Grain;
use custval::churn::{Contract, Contracts, CountTable, Grouping, Policy, Relationships, Window};
use custval::survival::{Design, Observation, Tally, TimeTransform, fit_cox, life_table};
use custval::time::Day;

const CUSTOMERS: u32 = 300_000;
const FIRST: Day = Day(18_262);
const LAST: Day = Day(FIRST.0 + 1_826);

/// Well-mixed bits of a number (the finaliser of splitmix64).
fn scrambled(number: u64) -> u64 {
    let bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits ^ (bits >> 31)
}

/// Two contracts a customer with a gap between them; of two in three the second goes on.
fn contracts() -> Contracts {
    let rows = (0..CUSTOMERS).flat_map(|customer| {
        let random = scrambled(customer.into());
        let start = Day(FIRST.0 + (random % 700) as i32);
        let end = Day(start.0 + 30 + (random >> 20) as i32 % 300);
        let again = Day(end.0 + (random >> 40) as i32 % 60);
        let last = (random % 3 == 0).then(|| Day(again.0 + 200));
        [Contract::new(customer, start, Some(end), 1_990), Contract::new(customer, again, last, 2_990)]
    });
    Contracts::new(rows.collect(), Vec::new(), CUSTOMERS).expect("every end is after its start")
}

/// Durations with two covariates, in whole months or with a fraction of its own each.
fn durations(tied: bool) -> (Vec<Observation>, Design) {
    let share = |number: u64| (scrambled(number) >> 11) as f64 / (1_u64 << 53) as f64;
    let rows = u64::from(CUSTOMERS);
    let time = |row: u64| 1.0 - share(row).ln() * 20.0;
    let seen = (0..rows).map(|row| Observation::new(if tied { time(row).ceil() } else { time(row) }, row % 3 > 0));
    let mut design = Design::new(rows as usize);
    design.number("price", (0..rows).map(|row| share(row + rows)).collect()).expect("finite numbers");
    design.number("annual", (0..rows).map(|row| (row % 2) as f64).collect()).expect("finite numbers");
    (seen.collect(), design)
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("300,000 customers");
    group.sample_size(10);
    let (contracts, policy) = (contracts(), Policy::default());
    group.bench_function("relationships of contracts", |bencher| {
        bencher.iter(|| Relationships::new(black_box(&contracts), &policy, LAST));
    });
    let relationships = Relationships::new(&contracts, &policy, LAST);
    let window = Window::new(Grain::Month, FIRST, LAST).expect("five years");
    group.bench_function("counts by month", |bencher| {
        bencher.iter(|| CountTable::new(black_box(&relationships), &policy, &window, &Grouping::default()));
    });
    for (name, tied) in [("distinct", false), ("tied", true)] {
        let (seen, design) = durations(tied);
        group.bench_function(format!("life table, {name} tenures"), |bencher| {
            bencher.iter(|| life_table(&Tally::new(black_box(&seen)).expect("everybody is at risk")));
        });
        group.bench_function(format!("Cox regression, {name} tenures"), |bencher| {
            bencher.iter(|| fit_cox(black_box(&seen), &design, TimeTransform::KaplanMeier).expect("identified"));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
