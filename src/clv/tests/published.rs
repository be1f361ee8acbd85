//! Figures of the cited papers, and of their maxima recomputed to more digits.

use super::{cdnow, near};
use crate::clv::{History, Model, Parameters, SpendParameters, fit, fit_spend};

/// Printed parameters stop short of the maximum in some papers; those here are of the maximum itself.
const PARAMETERS: f64 = 1e-5;
const STANDARD_ERRORS: f64 = 1e-3;
/// Figures given to nine digits or more.
const NINE_DIGITS: f64 = 1e-9;

fn customer_one() -> History {
    History::new(2.0, 213.0 / 7.0, 272.0 / 7.0).unwrap()
}

fn assert_fit(model: Model, parameters: [f64; 4], log_likelihood: f64, tolerance: f64, errors: [f64; 4]) {
    let fit = fit(model, &cdnow().histories()).unwrap();
    assert!(fit.converged && fit.identified && fit.warnings.is_empty(), "{fit:?}");
    assert_eq!((fit.customers, fit.distinct), (2357, 1016));
    assert!((fit.log_likelihood - log_likelihood).abs() < tolerance, "{}", fit.log_likelihood);
    for i in 0..4 {
        let (value, error) = (fit.parameters.values()[i], fit.standard_errors.unwrap()[i]);
        // The figures are printed to six decimals.
        assert!((value - parameters[i]).abs() < PARAMETERS * parameters[i] + 5e-7, "{value} {}", parameters[i]);
        assert!(near(error, errors[i], STANDARD_ERRORS), "{error} {}", errors[i]);
    }
}

// Fader, Hardie & Lee (2005), table 2: .243, 4.414, .793, 2.426; -9582.4. More digits: the maximum itself.
#[test]
fn bg_nbd_of_the_cdnow_sample_is_the_published_one() {
    assert_fit(
        Model::BgNbd,
        [0.242594, 4.413602, 0.792922, 2.425907],
        -9582.429,
        5e-4,
        [0.012557, 0.378224, 0.185734, 0.705414],
    );
}

// Fader & Hardie (2005), "A note on implementing the Pareto/NBD model in MATLAB": .5533, 10.578, .6061, 11.669; -9595.0.
#[test]
fn pareto_nbd_of_the_cdnow_sample_is_the_published_one() {
    assert_fit(
        Model::ParetoNbd,
        [0.553277, 10.577683, 0.606240, 11.668735],
        -9594.976179,
        5e-7,
        [0.047628, 0.842723, 0.187282, 6.21115],
    );
}

// Fader & Hardie (2013), "The gamma-gamma model of monetary value": 6.25, 3.74, 15.44 for the 946 repeat buyers.
#[test]
fn spend_of_the_cdnow_sample_is_the_published_one() {
    let sample = cdnow();
    let fit = fit_spend(&sample.frequency, &sample.monetary_value).unwrap().unwrap();
    assert_eq!((fit.customers, fit.left_out), (946, 0));
    assert!((fit.log_likelihood - -4055.9177).abs() < 5e-5);
    for (value, expected) in fit.parameters.values().into_iter().zip([6.25, 3.74, 15.44]) {
        assert!((value - expected).abs() < 5e-3, "{value}");
    }
    for (error, expected) in fit.standard_errors.unwrap().into_iter().zip([1.18997, 0.29014, 4.15953]) {
        assert!(near(error, expected, STANDARD_ERRORS), "{error}");
    }
    assert!((fit.correlation.unwrap() - 0.113888).abs() < 5e-7);
    assert!(fit.converged && fit.identified && fit.warnings.is_empty());
}

#[test]
fn first_customer_at_the_maximum_of_pareto_nbd() {
    let model = fit(Model::ParetoNbd, &cdnow().histories()).unwrap().parameters;
    let customer = customer_one();
    assert!(near(model.p_alive(&customer), 0.869134264, NINE_DIGITS));
    assert!(near(model.expected_transactions(&customer, 39.0), 1.455201702, NINE_DIGITS));
    assert!(near(model.dert(&customer, 1.15_f64.ln() / 52.0).unwrap(), 6.500351834, NINE_DIGITS));
    assert!(near(model.dert(&customer, 1.15_f64.ln() * 7.0 / 365.25).unwrap(), 6.513887, 1e-7));
}

#[test]
fn bg_nbd_at_the_maximum_expects_the_published_holdout() {
    let sample = cdnow();
    let model = fit(Model::BgNbd, &sample.histories()).unwrap().parameters;
    assert!((model.p_alive(&customer_one()) - 0.726620).abs() < 5e-7);
    let expected: f64 = (0..sample.age.len())
        .map(|i| History::new(sample.frequency[i], sample.recency[i], sample.age[i]).unwrap())
        .map(|history| model.expected_transactions(&history, 39.0))
        .sum();
    assert!((expected - 1653.4087).abs() < 5e-5, "{expected}");
}

// The parameters as Fader, Hardie & Lee print them, and the values that follow from them.
#[test]
fn bg_nbd_at_the_printed_parameters() {
    let model = Parameters::new(Model::BgNbd, [0.243, 4.414, 0.793, 2.426]).unwrap();
    assert!(near(model.expectation(1.0), 0.0532678912, NINE_DIGITS));
    let new = History::new(0.0, 0.0, 0.0).unwrap();
    assert!(near(model.p_no_purchase(&new, 39.0), 0.573786352, NINE_DIGITS));
    let customer = History::new(2.0, 30.43, 38.86).unwrap();
    assert!((model.expected_transactions(&customer, 39.0) - 1.22602817).abs() < 5e-9);
}

// Fader, Hardie & Lee (2005), "RFM and CLV": DERT of (7, 35, 77.86) at a continuous rate of .0027 a week.
#[test]
fn dert_at_the_printed_parameters() {
    let model = Parameters::new(Model::ParetoNbd, [0.5629966, 12.5590370, 0.4081095, 10.5148048]).unwrap();
    let customer = History::new(7.0, 35.0, 77.86).unwrap();
    assert!(near(model.dert(&customer, 0.0027).unwrap(), 1.864183328, NINE_DIGITS));
}

#[test]
fn hard_cases_have_their_true_values() {
    let customer = History::new(2.0, 30.43, 38.86).unwrap();
    let expected = |model, values, history: &History, time| {
        Parameters::new(model, values).unwrap().expected_transactions(history, time)
    };
    // A ₂F₁ with a + b < 1.
    let new = History::new(0.0, 0.0, 1.0).unwrap();
    let value = expected(Model::BgNbd, [0.11, 2.24, 0.31, 0.50], &new, 30.0);
    assert!(near(value, 0.564588615533, 1e-12), "{value}");
    // The closed form divides by a - 1.
    let value = expected(Model::BgNbd, [0.243, 4.414, 1.0, 2.426], &customer, 39.0);
    assert!(near(value, 1.10213678604, 1e-11), "{value}");
    // … and by s - 1.
    let value = expected(Model::ParetoNbd, [0.5534, 10.5802, 1.0, 11.6562], &customer, 39.0);
    assert!(near(value, 1.18603157146, 1e-11), "{value}");
    // The argument of the ₂F₁ is zero.
    let model = Parameters::new(Model::ParetoNbd, [0.55, 10.0, 0.6, 10.0]).unwrap();
    assert!(near(model.p_alive(&customer), 0.865497156814, 1e-12));
    assert!(near(model.log_likelihood_of(&customer), -9.61737908085, 1e-12));
    // Powers beyond the largest number.
    let model = Parameters::new(Model::ParetoNbd, [10.465, 0.00798565181, 3.0516, 2.82]).unwrap();
    let value = model.log_likelihood_of(&History::new(400.0, 5.0, 6.0).unwrap());
    assert!(near(value, 1323.18893097, 1e-11), "{value}");
}

#[test]
fn spend_without_a_repeat_purchase_is_the_mean_over_customers() {
    let model = SpendParameters::new([6.25, 3.74, 15.44]).unwrap();
    assert!(near(model.expected_spend(0.0, 0.0).unwrap(), 6.25 * 15.44 / 2.74, 1e-15));
    assert!(near(model.expected_spend(2.0, 22.345).unwrap(), 6.25 * (15.44 + 2.0 * 22.345) / (12.5 + 2.74), 1e-15));
    let endless = SpendParameters::new([6.25, 0.9, 15.44]).unwrap();
    assert_eq!(endless.expected_spend(0.0, 0.0), None);
    assert!(endless.expected_spend(1.0, 20.0).is_some());
}
