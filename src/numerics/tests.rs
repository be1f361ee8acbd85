//! Special functions against values at 50 digits; derivatives against differences; folds against threads.

use super::expectation::{BetaMeans, GammaMeans, gauss_legendre};
use super::fold::ordered_sum;
use super::gamma::{ln_gamma, ln_gamma_ratio};
use super::hypergeometric::LnOneFOne;
use super::lifetime::{Until, discounted_time, power_time};
use super::maximise::{Objective, maximise};
use super::number::{Jet, Number};

/// Largest relative error that is taken as rounding.
const ROUNDING: f64 = 2e-13;

fn relative_error(value: f64, expected: f64) -> f64 {
    (value - expected).abs() / expected.abs().max(1e-3)
}

/// The rows of one function in the reference table.
///
/// The table was made with mpmath at 50 digits from log-uniform arguments: `hyp2f1(1, b, b + d, 1 - rest)`,
/// `loggamma(a + d) - loggamma(a)`, `loggamma(a)` and `tau exp(k) expint(s, k)` with k = delta tau.
fn reference(function: &str) -> Vec<[f64; 4]> {
    let table = include_str!("../../tests/fixtures/special_functions.csv");
    let number = |field: &str| if field.is_empty() { 0.0 } else { field.parse().unwrap() };
    table
        .lines()
        .filter_map(|line| line.strip_prefix(function)?.strip_prefix(','))
        .map(|line| {
            let fields: Vec<f64> = line.split(',').map(number).collect();
            fields.try_into().unwrap()
        })
        .collect()
}

#[test]
fn hypergeometric_function_agrees_with_fifty_digits_up_to_the_edge_of_its_circle() {
    let rows = reference("ln_one_f_one");
    assert_eq!(rows.len(), 150);
    for [b, d, rest, expected] in rows {
        let value = LnOneFOne::new(b, d).at(rest);
        assert!(relative_error(value, expected) < ROUNDING, "b {b} d {d} rest {rest}: {value} {expected}");
    }
}

#[test]
fn gamma_functions_agree_with_fifty_digits() {
    for [a, _, _, expected] in reference("ln_gamma") {
        // Relative to at least 1: the logarithm vanishes at 1 and 2.
        assert!((ln_gamma(a) - expected).abs() < ROUNDING * expected.abs().max(1.0), "{a}");
    }
    for [a, d, _, expected] in reference("ln_gamma_ratio") {
        assert!(relative_error(ln_gamma_ratio(a, d), expected) < ROUNDING, "{a} {d}");
    }
    assert_eq!(ln_gamma_ratio(0.3, 0.0), 0.0);
}

#[test]
fn discounted_time_is_the_generalized_exponential_integral() {
    let rows = reference("discounted_time");
    assert_eq!(rows.len(), 120);
    for [s, tau, delta, expected] in rows {
        let value = discounted_time(s, tau, delta, Until::Forever).unwrap();
        assert!(relative_error(value, expected) < ROUNDING, "s {s} tau {tau} delta {delta}: {value} {expected}");
    }
}

#[test]
fn discounted_time_to_a_far_horizon_is_that_for_ever_and_to_none_undiscounted_is_closed() {
    for s in [0.3, 1.0, 1.0 + 1e-13, 2.5] {
        let forever = discounted_time(s, 7.0, 0.01, Until::Forever).unwrap();
        let far = discounted_time(s, 7.0, 0.01, Until::Horizon(1e5)).unwrap();
        assert!(relative_error(far, forever) < ROUNDING, "{s}");
        let nearly = discounted_time(s, 7.0, 1e-14, Until::Horizon(30.0)).unwrap();
        assert!(relative_error(nearly, power_time(s, 7.0, 30.0)) < ROUNDING, "{s}");
    }
    assert_eq!(discounted_time(1.0, 7.0, 0.0, Until::Forever), None);
    assert_eq!(discounted_time(3.0, 7.0, 0.0, Until::Forever), Some(3.5));
}

#[test]
fn gauss_legendre_is_exact_for_polynomials() {
    for power in [0, 1, 7, 31] {
        let sum: f64 = gauss_legendre().iter().map(|(x, weight)| weight * x.powi(power)).sum();
        assert!(relative_error(sum, 1.0 / f64::from(power + 1)) < ROUNDING, "{power}");
    }
}

#[test]
fn means_over_gamma_and_beta_are_those_of_their_moments() {
    for shape in [1e-6, 0.24, 1.0, 37.0, 1e5] {
        let mut means = GammaMeans::new(shape, |x| [x, x * x]);
        for rate in [2.0, 2.1, 3.0, 4.0, 0.001] {
            let [mean, square] = means.mean(rate);
            assert!(relative_error(mean / (shape / rate), 1.0) < ROUNDING, "{shape} {rate}");
            assert!(relative_error(square / (shape * (shape + 1.0) / (rate * rate)), 1.0) < ROUNDING, "{shape} {rate}");
            assert_eq!(GammaMeans::new(shape, |x| [x, x * x]).mean(rate), [mean, square]);
        }
    }
    for (a, b) in [(1e-6, 2.0), (0.3, 0.5), (1.0, 1.0), (0.8, 402.0), (3e4, 2e4), (50.0, 1e-5)] {
        let [mean, square] = BetaMeans::new(a, b).mean(|p| [p, p * p]);
        assert!(relative_error(mean / (a / (a + b)), 1.0) < ROUNDING, "{a} {b}");
        assert!(relative_error(square / (a / (a + b) * (a + 1.0) / (a + b + 1.0)), 1.0) < ROUNDING, "{a} {b}");
    }
}

#[test]
fn derivatives_are_those_of_another_library() {
    use num_dual::DualNum as _;

    macro_rules! formula {
        ($x:expr, $y:expr) => {
            ($x * $y - $x / $y + 0.5).exp() - ($x + $y * 2.0).ln() * ($x - 0.1).ln_1p() + (-$y - 3.0).recip()
        };
    }
    let (x, y): (f64, f64) = (0.7, 1.9);
    let [ours_x, ours_y] = Jet::variables([x, y]);
    let Jet { value, gradient: [by_x, by_y], hessian: [[by_xx, by_xy], [by_yx, by_yy]] } = formula!(ours_x, ours_y);
    let (_, _, _, mixed) = num_dual::second_partial_derivative(|(x, y)| formula!(x, y), (x, y));
    let (_, slope_x, curvature_x) = num_dual::second_derivative(|x| formula!(x, num_dual::Dual2_64::from(y)), x);
    let (_, slope_y, curvature_y) = num_dual::second_derivative(|y| formula!(num_dual::Dual2_64::from(x), y), y);
    let ours = [value, by_x, by_y, by_xx, by_xy, by_yx, by_yy];
    let theirs = [formula!(x, y), slope_x, slope_y, curvature_x, mixed, mixed, curvature_y];
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        assert!(relative_error(ours, theirs) < ROUNDING, "{ours} {theirs}");
    }
}

#[test]
fn what_was_asked_before_changes_no_bit_of_the_hypergeometric_function() {
    let mut asked = LnOneFOne::new(3.2, 1.6);
    for rest in [0.9, 0.1, 0.74, 0.99, 0.02, 1e-5, 0.76, 1.0] {
        assert_eq!(asked.at(rest).to_bits(), LnOneFOne::new(3.2, 1.6).at(rest).to_bits(), "{rest}");
    }
}

struct Rosenbrock;

impl Objective<2> for Rosenbrock {
    fn value<D: Number>(&self, &[x, y]: &[D; 2]) -> D {
        let (a, b) = (-x + 1.0, y - x * x);
        -(a * a) - b * b * 100.0
    }
}

#[test]
fn ascent_follows_a_curved_ridge_to_its_top() {
    let maximum = maximise(&Rosenbrock, &[[-1.2, 1.0]], &[(-5.0, 5.0); 2]);
    assert!(maximum.gradient_vanishes() && maximum.is_definite());
    assert!((maximum.at[0] - 1.0).abs() < 1e-9 && (maximum.at[1] - 1.0).abs() < 1e-9, "{:?}", maximum.at);
}

#[test]
fn a_function_that_rises_without_end_is_stopped_and_called_so() {
    struct Slope;
    impl Objective<2> for Slope {
        fn value<D: Number>(&self, &[x, y]: &[D; 2]) -> D {
            x - y * y
        }
    }
    let maximum = maximise(&Slope, &[[0.0, 1.0]], &[(-3.0, 3.0); 2]);
    assert_eq!((maximum.at[0], maximum.at_bound), (3.0, [true, false]));
    assert!(!maximum.is_definite());
}

#[test]
fn derivatives_of_the_hypergeometric_function_are_those_of_differences() {
    // Near z = 1 as well, where the integral takes over.
    for at in [[0.7, 1.2, 0.4], [30.0, 1.5, 0.02], [2.0, 0.8, 1e-5]] {
        let f = |[b, d, rest]: [f64; 3]| LnOneFOne::new(b, d).at(rest);
        let [b, d, rest] = Jet::variables(at);
        let Jet { gradient: slope, hessian: curvature, .. } = LnOneFOne::new(b, d).at(rest);
        for i in 0..3 {
            let h = 1e-4 * at[i];
            let moved = |steps: f64| {
                let mut moved = at;
                moved[i] += steps * h;
                f(moved)
            };
            let first = (8.0 * (moved(1.0) - moved(-1.0)) - (moved(2.0) - moved(-2.0))) / (12.0 * h);
            let second = (moved(1.0) - 2.0 * f(at) + moved(-1.0)) / (h * h);
            assert!((slope[i] - first).abs() < 1e-7 * first.abs().max(1e-3), "{at:?} {i}: {} {first}", slope[i]);
            let scale = second.abs().max(1e-2 / (at[i] * at[i]));
            assert!((curvature[i][i] - second).abs() < 1e-4 * scale, "{at:?} {i}: {} {second}", curvature[i][i]);
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit_of_a_sum() {
    let sum = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| ordered_sum(10_001, 0.0, |i| 1.0 / (1.0 + i as f64)))
    };
    assert_eq!(sum(1).to_bits(), sum(2).to_bits());
    assert_eq!(sum(1).to_bits(), sum(8).to_bits());
}
