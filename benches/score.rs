//! Scoring the CDNOW sample with each model: 2,357 customers with 464 distinct pairs of frequency and age.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use custval::clv::{Customers, LifetimeModel, Margin, Model, Parameters, ScoreParams, SpendParameters, score};
use custval::time::{Length, TimeUnit};

mod sample;

fn scores(criterion: &mut Criterion) {
    let sample = sample::cdnow();
    let customers = Customers {
        frequency: &sample.frequency,
        recency: &sample.recency,
        age: &sample.age,
        monetary_value: &sample.monetary_value,
        historic_profit: None,
    };
    let params = ScoreParams {
        horizon: Length::one_year(),
        discount: "15%/year".parse().expect("a rate with its period"),
        margin: Margin::Rate(0.3),
    };
    for (model, values) in [
        (Model::ParetoNbd, [0.553277, 10.577683, 0.606240, 11.668735]),
        (Model::BgNbd, [0.242594, 4.413602, 0.792922, 2.425907]),
    ] {
        let fitted = LifetimeModel {
            parameters: Parameters::new(model, values).expect("positive parameters"),
            spend: Some(SpendParameters::new([6.25, 3.74, 15.44]).expect("positive parameters")),
            time_unit: TimeUnit::Week,
        };
        criterion.bench_function(&format!("score {model}"), |bencher| {
            bencher.iter(|| score(black_box(&fitted), &customers, &params).expect("the histories are possible"));
        });
    }
}

criterion_group!(benches, scores);
criterion_main!(benches);
