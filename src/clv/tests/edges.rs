//! Parameters an optimiser passes through, customers at the edge, and data that determine nothing.

use super::cdnow;
use crate::ErrorKind;
use crate::clv::bg_nbd::BgNbd;
use crate::clv::family::Family;
use crate::clv::likelihood::LogLikelihood;
use crate::clv::pareto_nbd::ParetoNbd;
use crate::clv::{Histories, History, Model, Parameters, Warning, fit, fit_spend};
use crate::numerics::maximise::Objective;
use crate::numerics::number::Jet;

const EXTREMES: [f64; 5] = [1e-6, 1e-3, 1.0, 1e3, 1e6];

fn edge_customers() -> [History; 7] {
    // New today, never again, until the last day, one purchase long ago, very many, and a life without end.
    [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 5e3),
        (3.0, 20.0, 20.0),
        (1.0, 0.1, 5e3),
        (400.0, 5.0, 6.0),
        (5e4, 90.0, 90.0),
        (2.0, 1e-3, 1e8),
    ]
    .map(|(frequency, recency, age)| History::new(frequency, recency, age).unwrap())
}

fn every_parameter(mut check: impl FnMut([f64; 4])) {
    for r in EXTREMES {
        for alpha in EXTREMES {
            for third in EXTREMES {
                for fourth in EXTREMES {
                    check([r, alpha, third, fourth]);
                }
            }
        }
    }
}

#[test]
fn no_parameter_and_no_customer_gives_nan_or_infinity() {
    for model in Model::ALL {
        every_parameter(|values| {
            let parameters = Parameters::new(model, values).unwrap();
            for history in edge_customers() {
                let context = format!("{model} {values:?} {history:?}");
                assert!(parameters.log_likelihood_of(&history).is_finite(), "{context}");
                for probability in [parameters.p_alive(&history), parameters.p_no_purchase(&history, 52.0)] {
                    assert!((0.0..=1.0).contains(&probability), "{context}: {probability}");
                }
            }
        });
    }
}

#[test]
fn what_is_expected_is_finite_positive_and_no_more_over_the_horizon_than_for_ever() {
    for model in Model::ALL {
        let mut count = 0;
        every_parameter(|values| {
            count += 1;
            // A sample of the grid: each one integrates.
            if count % 7 != 0 {
                return;
            }
            let parameters = Parameters::new(model, values).unwrap();
            for history in edge_customers() {
                let context = format!("{model} {values:?} {history:?}");
                let future = parameters.future(&history, 52.0, 0.0027);
                let (dert, det) = (future.dert.unwrap(), future.det.unwrap());
                for value in [future.expected, future.dert_horizon, future.det_horizon, dert, det] {
                    assert!(value.is_finite() && value > 0.0, "{context}: {future:?}");
                }
                let slack = 1.0 + 1e-9;
                assert!(
                    future.dert_horizon <= dert * slack && future.det_horizon <= det * slack,
                    "{context}: {future:?}"
                );
                assert!(future.dert_horizon <= future.expected * slack, "{context}: {future:?}");
                assert!(det <= slack / 0.0027 && future.det_horizon <= 52.0 * slack, "{context}: {future:?}");
            }
        });
    }
}

fn derivatives_are_finite<F: Family>() {
    let histories = edge_customers();
    let column = |value: fn(&History) -> f64| histories.iter().map(value).collect::<Vec<_>>();
    let histories = Histories::new(&column(|h| h.frequency), &column(|h| h.recency), &column(|h| h.age)).unwrap();
    let objective = LogLikelihood::<F>::new(&histories);
    every_parameter(|values| {
        let found = objective.value(&Jet::variables(values.map(f64::ln)));
        let mut all = found.gradient.iter().chain(found.hessian.as_flattened()).chain([&found.value]);
        assert!(all.all(|value| value.is_finite()), "{values:?}: {found:?}");
    });
}

#[test]
fn derivatives_are_finite_wherever_an_optimiser_goes() {
    derivatives_are_finite::<ParetoNbd>();
    derivatives_are_finite::<BgNbd>();
}

/// Five-point differences of step 1e-3 have an error of about 1e-10 of the fourth derivative and of rounding.
const DIFFERENCES: f64 = 1e-6;

fn derivatives_are_those_of_differences<F: Family>(values: [f64; 4]) {
    let histories = cdnow().histories();
    let objective = LogLikelihood::<F>::new(&histories);
    let look = |at| objective.value(&Jet::variables(at));
    let at = values.map(f64::ln);
    let found = look(at);
    for i in 0..4 {
        let moved = |steps: f64| {
            let mut moved = at;
            moved[i] += steps * 1e-3;
            look(moved)
        };
        let [back2, back, on, on2] = [-2.0, -1.0, 1.0, 2.0].map(moved);
        let first = (8.0 * (on.value - back.value) - (on2.value - back2.value)) / 12e-3;
        let exact = found.gradient[i];
        assert!((exact - first).abs() < DIFFERENCES * (1.0 + first.abs()), "{i}: {exact} {first}");
        for j in 0..4 {
            let slope = |near: Jet<4>, far: Jet<4>| 8.0 * near.gradient[j] - far.gradient[j];
            let second = (slope(on, on2) - slope(back, back2)) / 12e-3;
            let exact = found.hessian[i][j];
            assert!((exact - second).abs() < DIFFERENCES * (1.0 + second.abs()), "{i} {j}: {exact} {second}");
        }
    }
}

#[test]
fn gradient_and_hessian_are_those_of_differences() {
    // Either side of alpha = beta, and on it.
    derivatives_are_those_of_differences::<ParetoNbd>([0.7, 9.0, 0.5, 15.0]);
    derivatives_are_those_of_differences::<ParetoNbd>([0.7, 15.0, 0.5, 9.0]);
    derivatives_are_those_of_differences::<ParetoNbd>([0.55, 10.0, 0.6, 10.0]);
    derivatives_are_those_of_differences::<BgNbd>([0.3, 5.0, 0.9, 2.0]);
}

#[test]
fn customer_without_repeat_purchase_is_alive_under_bg_nbd_alone() {
    let history = History::new(0.0, 0.0, 38.86).unwrap();
    let bg_nbd = Parameters::new(Model::BgNbd, [0.243, 4.414, 0.793, 2.426]).unwrap();
    assert_eq!(bg_nbd.p_alive(&history), 1.0);
    let pareto = Parameters::new(Model::ParetoNbd, [0.553, 10.58, 0.606, 11.67]).unwrap();
    assert!(pareto.p_alive(&history) < 0.5);
}

#[test]
fn without_a_discount_the_whole_life_is_finite_only_where_dropping_out_is_soon_enough() {
    let history = History::new(2.0, 30.0, 39.0).unwrap();
    let dert = |model, values| Parameters::new(model, values).unwrap().dert(&history, 0.0);
    assert_eq!(dert(Model::ParetoNbd, [0.5, 10.0, 1.0, 12.0]), None);
    assert_eq!(dert(Model::BgNbd, [0.5, 10.0, 1.0, 12.0]), None);
    for (model, values) in [(Model::ParetoNbd, [0.5, 10.0, 2.5, 12.0]), (Model::BgNbd, [0.5, 10.0, 2.5, 4.0])] {
        let parameters = Parameters::new(model, values).unwrap();
        let (whole, nearly) = (parameters.future(&history, 1.0, 0.0), parameters.future(&history, 1.0, 1e-9));
        for (whole, nearly) in [(whole.dert, nearly.dert), (whole.det, nearly.det)] {
            let (whole, nearly) = (whole.unwrap(), nearly.unwrap());
            assert!((whole - nearly).abs() < 1e-5 * whole, "{model} {whole} {nearly}");
        }
    }
    // The mean gap between purchases is infinite for r + x ≤ 1, so active time is, though purchases are not.
    let new = History::new(0.0, 0.0, 39.0).unwrap();
    let future = Parameters::new(Model::BgNbd, [0.5, 10.0, 2.5, 4.0]).unwrap().future(&new, 1.0, 0.0);
    assert!(future.dert.is_some() && future.det.is_none());
}

#[test]
fn data_that_determine_nothing_give_a_fit_that_says_so() {
    let cases: [([&[f64]; 3], Warning); 4] = [
        ([&[2.0], &[20.0], &[39.0]], Warning::SingleCustomer),
        ([&[0.0, 0.0, 0.0], &[0.0, 0.0, 0.0], &[39.0, 20.0, 7.0]], Warning::NoRepeatPurchases),
        ([&[3.0, 3.0], &[20.0, 20.0], &[39.0, 39.0]], Warning::AllAlike),
        ([&[0.0, 0.0], &[0.0, 0.0], &[0.0, 0.0]], Warning::NoTimeObserved),
    ];
    for model in Model::ALL {
        for ([frequency, recency, age], warning) in &cases {
            let fit = fit(model, &Histories::new(frequency, recency, age).unwrap()).unwrap();
            assert!(fit.warnings.contains(warning), "{model} {warning:?}: {fit:?}");
            assert!(!(fit.converged && fit.identified), "{model} {warning:?}: {fit:?}");
            assert!(fit.log_likelihood.is_finite() && fit.gradient_norm.is_finite(), "{fit:?}");
            assert_eq!(fit.require_identified().unwrap_err().kind(), ErrorKind::NotIdentified);
        }
    }
}

#[test]
fn spend_that_determines_nothing_gives_none_or_a_fit_that_says_so() {
    assert_eq!(fit_spend(&[0.0, 1.0, 2.0], &[None, Some(0.0), Some(-3.0)]).unwrap(), None);
    for spends in [vec![Some(20.0)], vec![Some(20.0); 5]] {
        let frequency: Vec<f64> = (1..=spends.len()).map(|x| x as f64).collect();
        let fit = fit_spend(&frequency, &spends).unwrap().unwrap();
        assert!(!(fit.converged && fit.identified), "{fit:?}");
        assert!(fit.parameters.values().iter().all(|value| value.is_finite()), "{fit:?}");
        assert!(fit.log_likelihood.is_finite(), "{fit:?}");
    }
}

#[test]
fn impossible_histories_are_refused_with_their_row() {
    for (x, recency, age, message) in [
        (1.5, 3.0, 9.0, "customer 2 of the table: `frequency` is `1.5`, where a count of repeat purchases is expected"),
        (
            f64::NAN,
            3.0,
            9.0,
            "customer 2 of the table: `frequency` is `NaN`, where a count of repeat purchases is expected",
        ),
        (1.0, 3.0, f64::INFINITY, "customer 2 of the table: `age` is `inf`, where a time of zero or more is expected"),
        (1.0, -3.0, 9.0, "customer 2 of the table: `recency` is `-3`, where a time of zero or more is expected"),
        (1.0, 10.0, 9.0, "customer 2 of the table: `recency` `10` is longer than `age` `9`"),
        (0.0, 3.0, 9.0, "customer 2 of the table: `frequency` `0` with `recency` `3`: a customer has both or neither"),
    ] {
        let refused = Histories::new(&[0.0, x], &[0.0, recency], &[4.0, age]).unwrap_err();
        assert_eq!((refused.kind(), refused.to_string().as_str()), (ErrorKind::Data, message));
    }
    let refused = Histories::new(&[0.0], &[0.0, 1.0], &[4.0]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LengthMismatch);
    assert_eq!(fit(Model::BgNbd, &Histories::new(&[], &[], &[]).unwrap()).unwrap_err().kind(), ErrorKind::Data);
}

#[test]
fn threads_and_the_order_of_customers_change_no_bit_of_a_fit() {
    let sample = cdnow();
    let count = sample.age.len();
    let fit_with = |threads, order: &dyn Fn(usize) -> usize| {
        let pick = |column: &[f64]| (0..count).map(|i| column[order(i)]).collect::<Vec<_>>();
        let values: Vec<_> = (0..count).map(|i| sample.monetary_value[order(i)]).collect();
        let (x, recency, age) = (pick(&sample.frequency), pick(&sample.recency), pick(&sample.age));
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let histories = Histories::new(&x, &recency, &age).unwrap();
            (Model::ALL.map(|model| fit(model, &histories).unwrap()), fit_spend(&x, &values).unwrap())
        })
    };
    let one = fit_with(1, &|i| i);
    assert_eq!(one, fit_with(2, &|i| i));
    // 2357 is prime, so this runs through all customers.
    assert_eq!(one, fit_with(8, &|i| (i * 1000) % 2357));
}

#[test]
fn a_fit_that_ends_at_a_bound_is_said_to_end_there_and_not_to_go_on() {
    let alike = |value: f64| vec![value; 50];
    let histories = Histories::new(&alike(1.0), &alike(30.0), &alike(100.0)).unwrap();
    let fit = fit(Model::ParetoNbd, &histories).unwrap();
    assert!(fit.converged && !fit.identified);
    assert!(fit.warnings.iter().any(|warning| matches!(warning, Warning::ParameterAtBound { .. })));
    assert!(!fit.warnings.iter().any(|warning| matches!(warning, Warning::NotConverged { .. })), "{:?}", fit.warnings);
}
