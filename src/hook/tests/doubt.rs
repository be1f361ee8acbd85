//! Draws against what analysis says of them.

use crate::ErrorKind;
use crate::hook::*;

fn ids(customers: usize) -> Vec<String> {
    (0..customers).map(|customer| format!("{customer:06}")).collect()
}

fn figure<'a>(doubt: &'a Doubt, name: &str) -> &'a DoubtStatistic {
    doubt.statistics.iter().find(|one| one.statistic == name).unwrap()
}

/// Normal profits of mean 50 and sd 50 sqrt(2): customers with a profit above zero are Phi(1 / sqrt 2) of
/// all, and E[max(X, 0)] / E[X] = Phi(1 / sqrt 2) + sqrt 2 phi(1 / sqrt 2).
const PEAK_SHARE: f64 = 0.760_249_94;
const PEAK_PCT: f64 = 119.964_123;

#[test]
fn normal_profits_peak_where_analysis_puts_them() {
    let customers = 10_000;
    let values = vec![50.0; customers];
    let errors = vec![50.0 * 2.0_f64.sqrt(); customers];
    let params = DoubtParams::new(200, 7, 0.9).unwrap();
    let doubt = doubt(&ids(customers), &values, OwnDoubt::StandardErrors(&errors), &[], params).unwrap();
    // Four standard errors of the mean of 2 million draws: sqrt(p (1 - p) / 2e6) = 0.0003, and
    // about 0.06 percentage points of the peak.
    let share = figure(&doubt, "peak_customer_share");
    assert!((share.mean.unwrap() - PEAK_SHARE).abs() < 0.001_2, "{share:?}");
    let percent = figure(&doubt, "peak_pct");
    assert!((percent.mean.unwrap() - PEAK_PCT).abs() < 0.24, "{percent:?}");
    assert!(percent.low.unwrap() < PEAK_PCT && PEAK_PCT < percent.high.unwrap());
    // Without doubt nobody makes a loss.
    assert_eq!((share.estimate, percent.estimate), (Some(1.0), Some(100.0)));
    // The chance of a loss is 1 - 0.76; the mean over customers is as exact as the share above.
    let mean = doubt.loss_probability.iter().sum::<f64>() / customers as f64;
    assert!((mean - (1.0 - PEAK_SHARE)).abs() < 0.001_2);
}

#[test]
fn ranges_are_triangles() {
    // Value 2 between -2 and 4: P(below 0) = 2^2 / (6 x 4) = 1/6.
    let params = DoubtParams::new(40_000, 3, 0.9).unwrap();
    let one = doubt(&["a"], &[2.0], OwnDoubt::Ranges { low: &[-2.0], high: &[4.0] }, &[], params).unwrap();
    // Four times sqrt(1/6 x 5/6 / 40,000).
    assert!((one.loss_probability[0] - 1.0 / 6.0).abs() < 0.0075);
    let total = figure(&one, "total_profit");
    // The mean of a triangle is the third of its corners; its sd is 1.25, four standard errors 0.025.
    assert!((total.mean.unwrap() - 4.0 / 3.0).abs() < 0.026);
    // 5 % lie below -2 + sqrt(.05 x 24) and above 4 - sqrt(.05 x 12).
    assert!((total.low.unwrap() - (-2.0 + 1.2_f64.sqrt())).abs() < 0.03);
    assert!((total.high.unwrap() - (4.0 - 0.6_f64.sqrt())).abs() < 0.03);
}

#[test]
fn a_shared_rate_moves_all_its_customers_together() {
    let cost = [100.0, 300.0, 0.0];
    let shared = SharedDoubt { name: "call minutes", cost: &cost, factor: FactorDoubt::StandardError(0.1) };
    let params = DoubtParams::new(4_000, 11, 0.9).unwrap();
    let found = doubt(&["a", "b", "c"], &[5.0, 15.0, 1.0], OwnDoubt::None, &[shared], params).unwrap();
    // Both turn to a loss when the rate is half a standard error too low, and never one alone.
    assert_eq!(found.loss_probability[0], found.loss_probability[1]);
    assert_eq!(found.loss_probability[2], 0.0);
    // P(z > 0.5) = 0.308537539; four standard errors.
    assert!((found.loss_probability[0] - 0.308_537_539).abs() < 0.03);
    let total = figure(&found, "total_profit");
    // Normal around 21 with sd 40; 5 % quantile 21 - 1.645 x 40.
    assert!((total.low.unwrap() - (21.0 - 65.794)).abs() < 5.5, "{total:?}");
}

#[test]
fn no_rate_falls_below_zero() {
    let params = DoubtParams::new(2_000, 1, 0.999).unwrap();
    let shared = SharedDoubt { name: "cost", cost: &[100.0], factor: FactorDoubt::StandardError(1.0) };
    let found = doubt(&["a"], &[0.0], OwnDoubt::None, &[shared], params).unwrap();
    let total = figure(&found, "total_profit");
    assert!(total.high.unwrap() <= 100.0 && total.high.unwrap() > 99.0, "{total:?}");
    // The mean of a normal around 1 with a standard deviation of 1, above zero: 1 + phi(1) / Phi(1) = 1.2876.
    assert!((total.mean.unwrap() + 28.76).abs() < 5.0, "{total:?}");
}

#[test]
fn without_doubt_the_draws_are_the_curve() {
    let values = [500.0, 300.0, -20.0, -80.0];
    let found = doubt(&ids(4), &values, OwnDoubt::None, &[], DoubtParams::default()).unwrap();
    for one in &found.statistics {
        assert_eq!((one.low, one.median, one.high), (one.estimate, one.estimate, one.estimate));
    }
    assert!(found.band.iter().all(|at| at.low == at.cumulative_profit && at.high == at.cumulative_profit));
    assert_eq!(found.loss_probability, [0.0, 0.0, 1.0, 1.0]);
    assert_eq!((found.band.len(), found.band[100].cumulative_profit), (101, 700.0));
    let fixed = doubt(&ids(4), &values, OwnDoubt::Ranges { low: &values, high: &values }, &[], DoubtParams::default());
    assert_eq!(fixed.unwrap(), found);
}

#[test]
fn percentages_are_empty_where_a_draw_has_no_total_to_divide_by() {
    let params = DoubtParams::new(200, 1, 0.9).unwrap();
    let found = doubt(&ids(2), &[1.0, 1.0], OwnDoubt::StandardErrors(&[5.0, 5.0]), &[], params).unwrap();
    let percent = figure(&found, "peak_pct");
    assert_eq!((percent.estimate, percent.mean, percent.median), (Some(100.0), None, None));
    assert!(figure(&found, "peak_profit").mean.is_some());
}

#[test]
fn neither_threads_nor_the_order_of_input_change_a_digit() {
    let customers = ids(300);
    let values: Vec<f64> = (0..300).map(|i| f64::from(i * 37 % 300) - 100.0).collect();
    let errors: Vec<f64> = (0..300).map(|i| f64::from(i % 7)).collect();
    let params = DoubtParams::new(64, 5, 0.8).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| doubt(&customers, &values, OwnDoubt::StandardErrors(&errors), &[], params).unwrap())
    };
    let alone = on(1);
    assert_eq!(alone, on(2));
    assert_eq!(alone, on(8));
    let back = |slice: &[f64]| slice.iter().rev().copied().collect::<Vec<f64>>();
    let backwards: Vec<&String> = customers.iter().rev().collect();
    let mut turned = doubt(&backwards, &back(&values), OwnDoubt::StandardErrors(&back(&errors)), &[], params).unwrap();
    turned.loss_probability.reverse();
    assert_eq!(alone, turned);
    let other =
        doubt(&customers, &values, OwnDoubt::StandardErrors(&errors), &[], DoubtParams::new(64, 6, 0.8).unwrap());
    assert_ne!(alone, other.unwrap());
}

#[test]
fn doubts_that_contradict_themselves_are_refused() {
    let params = DoubtParams::default();
    let refused = |own| doubt(&["x", "y"], &[1.0, 2.0], own, &[], params).unwrap_err().to_string();
    assert_eq!(
        refused(OwnDoubt::Ranges { low: &[0.0, 3.0], high: &[2.0, 1.0] }),
        "customer `y` has a range from `3` to `1`: its low end is above its high end"
    );
    assert_eq!(
        refused(OwnDoubt::Ranges { low: &[0.0, 3.0], high: &[2.0, 4.0] }),
        "customer `y` has the value `2`, which is not within its range from `3` to `4`"
    );
    assert_eq!(
        refused(OwnDoubt::StandardErrors(&[-1.0, 1.0])),
        "customer `x` has the standard error `-1`, which is not zero or more"
    );
    assert!(refused(OwnDoubt::StandardErrors(&[f64::NAN, 1.0])).contains("`NaN`"));
    assert!(refused(OwnDoubt::StandardErrors(&[1.0])).contains("has 1 values where 2 are expected"));
    let shared = |factor| SharedDoubt { name: "stops", cost: &[1.0, 1.0], factor };
    for factor in [FactorDoubt::Range(1.2, 0.8), FactorDoubt::Range(1.1, 1.2), FactorDoubt::StandardError(f64::NAN)] {
        let refused = doubt(&["x", "y"], &[1.0, 2.0], OwnDoubt::None, &[shared(factor)], params).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Usage);
    }
    for (draws, level) in [(1, 0.9), (100_001, 0.9), (100, 0.0), (100, 1.0), (100, f64::NAN)] {
        assert_eq!(DoubtParams::new(draws, 1, level).unwrap_err().kind(), ErrorKind::Usage);
    }
}
