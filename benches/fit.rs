//! Fitting each model to the CDNOW sample: 2,357 customers, 1,016 distinct histories, 946 spenders.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use custval::clv::{Histories, Model, fit, fit_spend};

mod sample;

fn fits(criterion: &mut Criterion) {
    let sample = sample::cdnow();
    let histories =
        Histories::new(&sample.frequency, &sample.recency, &sample.age).expect("the histories are possible");
    for model in Model::ALL {
        criterion.bench_function(&format!("fit {model}"), |bencher| {
            bencher.iter(|| fit(model, black_box(&histories)).expect("there are customers"));
        });
    }
    criterion.bench_function("fit gamma-gamma", |bencher| {
        bencher.iter(|| fit_spend(black_box(&sample.frequency), &sample.monetary_value).expect("equal lengths"));
    });
    criterion.bench_function("fold histories", |bencher| {
        bencher.iter(|| Histories::new(black_box(&sample.frequency), &sample.recency, &sample.age));
    });
}

criterion_group!(benches, fits);
criterion_main!(benches);
