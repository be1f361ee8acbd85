//! Every quantity against mpmath, at parameters drawn on a logarithmic scale.
//!
//! The tables were made from the published formulas, not from those of the code. Pareto/NBD: Fader & Hardie's likelihood
//! with its two ₂F₁ (at 120 digits, as their difference cancels), generalized exponential integrals for the discounted
//! figures. BG/NBD: the likelihood as printed, the closed form of the expectation in ₂F₁, and the discounted figures as
//! integrals over the time to come, at 25 digits, of ₂F₁(r+x+1, a; a+b+x; -u/(α+T)) and of the same with r+x.

use super::near;
use crate::clv::{History, Model, Parameters};

/// Largest relative error of any quantity that is taken as rounding.
const ROUNDING: f64 = 2e-12;

fn check(model: Model, table: &str, rows: usize) {
    let mut seen = 0;
    let mut worst: f64 = 0.0;
    for line in table.lines().filter(|line| !line.starts_with(['#', 'r'])) {
        let values: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        let parameters = Parameters::new(model, [values[0], values[1], values[2], values[3]]).unwrap();
        let history = History::new(values[4], values[5], values[6]).unwrap();
        let (horizon, delta) = (values[7], values[8]);
        let p_alive = parameters.p_alive(&history);
        let future = parameters.future(&history, horizon, delta);
        let found = [
            ("log_likelihood", parameters.log_likelihood_of(&history)),
            ("p_alive", p_alive),
            ("p_no_purchase", parameters.p_no_purchase(&history, horizon)),
            ("expected", p_alive * future.expected),
            ("dert_horizon", p_alive * future.dert_horizon),
            ("dert", p_alive * future.dert.unwrap()),
            ("det_horizon", p_alive * future.det_horizon),
            ("det", p_alive * future.det.unwrap()),
        ];
        // A probability is exact to what the log-likelihoods behind it leave of it.
        let exactness = ROUNDING * (1.0 + 1e-2 * values[9].abs());
        for ((name, value), expected) in found.into_iter().zip(&values[9..]) {
            worst = worst.max(((value - expected) / expected).abs());
            assert!(near(value, *expected, exactness), "{name}: {value} for {expected} at {line}");
        }
        seen += 1;
    }
    println!("{model}: {seen} points, worst relative error {worst:e}");
    assert_eq!(seen, rows);
}

#[test]
fn pareto_nbd_agrees_with_high_precision_at_random_parameters() {
    check(Model::ParetoNbd, include_str!("../../../tests/fixtures/pareto_nbd.csv"), 150);
}

#[test]
fn bg_nbd_agrees_with_high_precision_at_random_parameters() {
    check(Model::BgNbd, include_str!("../../../tests/fixtures/bg_nbd.csv"), 60);
}
