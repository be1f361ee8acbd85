//! The figures that the literature and a calculation by hand give, and what must hold for any data.

use std::cmp::Ordering;

use proptest::prelude::*;

use crate::ErrorKind;
use crate::hook::*;
use crate::money::Currency;

const EURO: Currency = Currency::UNNAMED;

/// For figures that are one or two roundings away from exact.
const ROUNDING: f64 = 1e-12;

fn ids(customers: usize) -> Vec<String> {
    (0..customers).map(|customer| format!("c{customer:06}")).collect()
}

/// A curve of whole units of money.
fn curve(profits: &[i64]) -> Curve {
    let minor: Vec<i64> = profits.iter().map(|profit| profit * 100).collect();
    Curve::new(&ids(profits.len()), Values::Money(&minor, &EURO)).unwrap()
}

fn numbers(values: &[f64]) -> Curve {
    Curve::new(&ids(values.len()), Values::Numbers(values)).unwrap()
}

fn statistic(curve: &Curve, name: &str) -> Option<f64> {
    let all = curve.statistics();
    let named: Vec<_> = all.iter().filter(|one| one.statistic == name).collect();
    assert_eq!(named.len(), 1, "{name}");
    named[0].value
}

fn near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.expect("a value");
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// The small costing model: customers A to E (Kaplan-style activity costs, worked out by hand).
const SMALL_MODEL: [i64; 5] = [23_720, 9_708, 7_862, -3_312, -3_625];
/// Ten profits with a customer at break-even and four loss makers, worked out by hand.
const TEN: [i64; 10] = [500, 300, 200, 100, 50, 0, -20, -80, -150, -400];

#[test]
fn small_model_peaks_at_three_of_five_customers() {
    let curve = curve(&SMALL_MODEL);
    let percents: Vec<f64> = curve.points().map(|point| point.cumulative_profit_pct.unwrap()).collect();
    // Six decimals, as printed.
    for (found, expected) in std::iter::zip(percents, [69.047827, 97.307368, 120.193287, 110.552208, 100.0]) {
        assert!((found - expected).abs() < 5e-7, "{found} is not {expected}");
    }
    assert_eq!(statistic(&curve, "peak_profit"), Some(41_290.0));
    assert_eq!(statistic(&curve, "peak_customer_share"), Some(0.6));
    assert_eq!(statistic(&curve, "total_profit"), Some(34_353.0));
    assert_eq!(statistic(&curve, "profit_at_risk"), Some(6_937.0));
    assert_eq!(statistic(&curve, "loss_makers"), Some(2.0));
    assert!(curve.warning().is_none());
}

#[test]
fn ten_profits_have_every_figure_worked_out_by_hand() {
    let curve = curve(&TEN);
    for (name, expected) in [
        ("customers", 10.0),
        ("total_profit", 500.0),
        ("peak_profit", 1_150.0),
        ("peak_pct", 230.0),
        ("peak_customers", 5.0),
        ("peak_customer_share", 0.5),
        ("profit_at_risk", 650.0),
        ("loss_makers", 4.0),
        ("loss_maker_share", 0.4),
        ("loss_maker_profit", -650.0),
        ("break_even_customers", 1.0),
        // 500 + 300 + 200 = 1,000 is the first to reach 920.
        ("customers_for_80_pct_of_peak", 3.0),
        ("customer_share_for_80_pct_of_peak", 0.3),
        // A tenth and a half of the best customer.
        ("top_1_pct_profit", 50.0),
        ("top_5_pct_profit", 250.0),
        ("top_10_pct_share", 1.0),
        ("top_20_pct_share", 1.6),
        ("bottom_10_pct_share", -0.8),
        ("bottom_20_pct_profit", -550.0),
        ("bottom_20_pct_share", -1.1),
    ] {
        near(statistic(&curve, name), expected, ROUNDING);
    }
    // 13,060 / 18,000 and 13,060 / 16,200.
    near(statistic(&curve, "gini"), 0.725_555_555_556, 5e-13);
    near(statistic(&curve, "gini_max1"), 0.806_172_839_506, 5e-13);
}

#[test]
fn money_and_numbers_draw_the_same_curve() {
    let money = curve(&TEN);
    let numbers = numbers(&TEN.map(|profit| profit as f64));
    assert_eq!(money.points().collect::<Vec<_>>(), numbers.points().collect::<Vec<_>>());
    assert_eq!(money.statistics(), numbers.statistics());
    let bands = Bands::new(7).unwrap();
    for (one, other) in std::iter::zip(money.bands(bands), numbers.bands(bands)) {
        assert!((one.profit - other.profit).abs() < ROUNDING * 500.0);
    }
}

#[test]
fn seven_customers_in_five_bands_are_split_fractionally() {
    let bands = curve(&[70, 60, 50, 40, 30, 20, 10]).bands(Bands::new(5).unwrap());
    // 1.4 customers each: 70 + .4 60; .6 60 + .8 50; .2 50 + 40 + .2 30; .8 30 + .6 20; .4 20 + 10.
    let profits: Vec<f64> = bands.iter().map(|band| band.profit).collect();
    assert_eq!(profits, [94.0, 76.0, 56.0, 36.0, 18.0]);
    assert!(bands.iter().all(|band| band.customers == 1.4));
    assert_eq!(bands[4].cumulative_profit, 280.0);
    assert_eq!(bands[4].cumulative_profit_pct, Some(100.0));
    assert_eq!(bands[1].customer_share, 0.4);
}

#[test]
fn more_bands_than_customers_share_them_out() {
    let bands = curve(&[30, -10]).bands(Bands::new(8).unwrap());
    let profits: Vec<f64> = bands.iter().map(|band| band.profit).collect();
    assert_eq!(profits, [7.5, 7.5, 7.5, 7.5, -2.5, -2.5, -2.5, -2.5]);
    assert_eq!(bands[7].cumulative_profit, 20.0);
    assert!(bands.iter().all(|band| band.customers == 0.25));
}

#[test]
fn all_losses_peak_at_zero_with_nobody() {
    let curve = curve(&[-5, -3, -2]);
    assert_eq!((curve.peak(), curve.peak_customers()), (0.0, 0));
    assert_eq!(curve.profit_at_risk(), 10.0);
    assert_eq!(curve.customers_for_peak_share(80), 0);
    assert_eq!(statistic(&curve, "peak_pct"), None);
    assert_eq!(statistic(&curve, "top_20_pct_share"), None);
    near(statistic(&curve, "top_20_pct_profit"), -1.2, ROUNDING);
    assert!(curve.points().all(|point| point.cumulative_profit_pct.is_none()));
    assert!(curve.lorenz(10).iter().all(|point| point.cumulative_share.is_none()));
    assert_eq!(
        curve.warning().unwrap(),
        "the total is -10: shares and percentages of it would mean nothing and are left empty"
    );
}

#[test]
fn a_total_of_zero_leaves_percentages_empty_and_money_printed() {
    let curve = curve(&[5, -5]);
    assert_eq!((curve.total(), curve.peak()), (0.0, 5.0));
    assert_eq!(statistic(&curve, "peak_pct"), None);
    assert!(curve.warning().is_some());
    assert_eq!(statistic(&curve, "gini"), Some(0.5));
}

#[test]
fn a_profit_of_zero_is_no_loss_even_with_a_minus_sign() {
    let curve = numbers(&[0.0, -0.0, 3.0, -0.0]);
    assert_eq!((curve.loss_makers(), curve.break_even_customers(), curve.peak_customers()), (0, 3, 1));
    assert_eq!(curve.profit_at_risk().to_bits(), 0.0_f64.to_bits());
    // All of them tie, so their ids decide.
    assert_eq!(curve.points().map(|point| point.place).collect::<Vec<_>>(), [2, 0, 1, 3]);
}

#[test]
fn one_customer_is_a_curve() {
    let curve = curve(&[7]);
    assert_eq!((curve.peak(), curve.peak_customers(), curve.loss_makers()), (7.0, 1, 0));
    assert_eq!(statistic(&curve, "top_1_pct_profit"), Some(0.07));
    assert_eq!(curve.gini(), Gini { gini: Some(0.0), gini_max1: None });
    assert_eq!(curve.bands(Bands::default()).len(), 10);
}

#[test]
fn nothing_but_zeros_has_no_gini() {
    assert_eq!(curve(&[0, 0]).gini(), Gini { gini: None, gini_max1: None });
}

#[test]
fn one_customer_with_everything_has_a_gini_of_one_over_n_less_one() {
    let gini = curve(&[0, 0, 0, 12]).gini();
    assert_eq!(gini, Gini { gini: Some(0.75), gini_max1: Some(1.0) });
}

#[test]
fn lorenz_curve_of_losses_dips_below_zero_and_ends_at_one() {
    let lorenz = curve(&TEN).lorenz(10);
    let shares: Vec<f64> = lorenz.iter().map(|point| point.cumulative_share.unwrap()).collect();
    assert_eq!(shares, [0.0, -0.8, -1.1, -1.26, -1.3, -1.3, -1.2, -1.0, -0.6, 0.0, 1.0]);
    assert_eq!(lorenz[3].customer_share, 0.3);
}

#[test]
fn ties_go_by_customer_id_in_byte_order() {
    let customers = ["b", "B", "a", "10", "9", "é"];
    let curve = Curve::new(&customers, Values::Money(&[1; 6], &EURO)).unwrap();
    let order: Vec<&str> = curve.points().map(|point| customers[point.place]).collect();
    assert_eq!(order, ["10", "9", "B", "a", "b", "é"]);
}

#[test]
fn what_is_no_amount_is_refused_by_customer() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e201] {
        let refused = Curve::new(&["x", "y"], Values::Numbers(&[1.0, value])).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Data);
        assert_eq!(refused.to_string(), format!("customer `y` has the value `{value}`, which is no amount"));
    }
    let refused = Curve::new(&["x"], Values::Numbers(&[1.0, 2.0])).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LengthMismatch);
    let refused = Curve::new::<&str>(&[], Values::Numbers(&[])).unwrap_err();
    assert_eq!(refused.to_string(), "there is no customer to draw a curve of");
    for bands in [0, Bands::MOST + 1] {
        assert_eq!(Bands::new(bands).unwrap_err().kind(), ErrorKind::Usage);
    }
}

#[test]
fn the_largest_amounts_give_figures_and_no_infinity() {
    let extremes = Curve::new(&ids(4), Values::Money(&[i64::MAX, i64::MIN, i64::MAX, i64::MIN + 1], &EURO)).unwrap();
    assert!(extremes.statistics().iter().all(|one| one.value.is_none_or(f64::is_finite)));
    let numbers = numbers(&[1e200, -1e200, 1e-300, 5e-324]);
    assert!(numbers.statistics().iter().all(|one| one.value.is_none_or(f64::is_finite)));
    // The tiny profits survive between the large ones.
    assert_eq!(numbers.total(), 1e-300);
}

/// Gini by the definition: all pairs, over the absolute values.
fn gini_of_all_pairs(values: &[i64]) -> (f64, f64) {
    let distances: f64 = values.iter().flat_map(|one| values.iter().map(move |other| (one - other).abs() as f64)).sum();
    let absolute: f64 = values.iter().map(|value| value.abs() as f64).sum();
    let customers = values.len() as f64;
    (distances / (2.0 * customers * absolute), distances / (2.0 * (customers - 1.0) * absolute))
}

/// The ordinary Gini by its usual rank formula.
fn ordinary_gini(values: &[i64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    let total: i64 = values.iter().sum();
    let weighted: i64 = values.iter().zip(1..).map(|(value, rank)| value * rank).sum();
    let customers = values.len() as f64;
    2.0 * weighted as f64 / (customers * total as f64) - (customers + 1.0) / customers
}

proptest! {
    #[test]
    fn the_curve_and_its_bands_end_at_the_total(
        profits in prop::collection::vec(-1_000_000_i64..1_000_000, 1..60),
        bands in 1_u32..90,
    ) {
        let curve = Curve::new(&ids(profits.len()), Values::Money(&profits, &EURO)).unwrap();
        let total = EURO.to_f64(profits.iter().map(|&profit| i128::from(profit)).sum());
        prop_assert_eq!(curve.total(), total);
        prop_assert_eq!(curve.points().last().unwrap().cumulative_profit, total);
        let bands = curve.bands(Bands::new(bands).unwrap());
        prop_assert_eq!(bands.last().unwrap().cumulative_profit, total);
        let sum: f64 = bands.iter().map(|band| band.profit).sum();
        let scale: f64 = profits.iter().map(|&profit| profit.abs() as f64).sum();
        prop_assert!((sum - total).abs() <= 1e-14 * scale);
        let highest = curve.points().map(|point| point.cumulative_profit).fold(0.0, f64::max);
        prop_assert_eq!(curve.peak(), highest);
        let first = curve.points().find(|point| point.cumulative_profit == highest).map_or(0, |point| point.customers);
        prop_assert_eq!(curve.peak_customers(), if highest == 0.0 { 0 } else { first });
        prop_assert_eq!(curve.profit_at_risk(), EURO.to_f64(-profits.iter().filter(|&&p| p < 0).map(|&p| i128::from(p)).sum::<i128>()));
    }

    #[test]
    fn numbers_end_at_the_total_bit_for_bit(values in prop::collection::vec(-1e6_f64..1e6, 1..60)) {
        let curve = numbers(&values);
        prop_assert_eq!(curve.points().last().unwrap().cumulative_profit, curve.total());
        let peak = curve.points().map(|point| point.cumulative_profit).fold(0.0, f64::max);
        prop_assert_eq!(curve.peak(), peak);
    }

    #[test]
    fn the_order_of_input_is_irrelevant(
        profits in prop::collection::vec(-5_i64..5, 1..40),
        seed in any::<u64>(),
    ) {
        let customers = ids(profits.len());
        let mut places: Vec<usize> = (0..profits.len()).collect();
        places.sort_by_key(|&place| (place as u64 + 1).wrapping_mul(seed | 1).rotate_left(23));
        let shuffled: Vec<&str> = places.iter().map(|&place| customers[place].as_str()).collect();
        let moved: Vec<f64> = places.iter().map(|&place| profits[place] as f64 / 3.0).collect();
        let plain: Vec<f64> = profits.iter().map(|&profit| profit as f64 / 3.0).collect();
        let one = Curve::new(&customers, Values::Numbers(&plain)).unwrap();
        let other = Curve::new(&shuffled, Values::Numbers(&moved)).unwrap();
        prop_assert_eq!(one.statistics(), other.statistics());
        prop_assert_eq!(one.bands(Bands::default()), other.bands(Bands::default()));
        let names = |curve: &Curve, ids: &[&str]| curve.points().map(|point| ids[point.place].to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(names(&one, &customers.iter().map(String::as_str).collect::<Vec<_>>()), names(&other, &shuffled));
    }

    #[test]
    fn a_positive_factor_leaves_percentages_and_gini(
        profits in prop::collection::vec(-1000_i64..1000, 2..40),
        factor in 2_i64..1000,
    ) {
        let one = Curve::new(&ids(profits.len()), Values::Money(&profits, &EURO)).unwrap();
        let scaled: Vec<i64> = profits.iter().map(|profit| profit * factor).collect();
        let other = Curve::new(&ids(profits.len()), Values::Money(&scaled, &EURO)).unwrap();
        for (one, other) in std::iter::zip(one.statistics(), other.statistics()) {
            if one.unit != Unit::Money {
                match (one.value, other.value) {
                    (Some(one), Some(other)) => prop_assert!((one - other).abs() <= 1e-12 * one.abs().max(1.0)),
                    (one, other) => prop_assert_eq!(one, other),
                }
            }
        }
    }

    #[test]
    fn gini_is_the_mean_difference_of_all_pairs(values in prop::collection::vec(-1000_i64..1000, 2..40)) {
        prop_assume!(values.iter().any(|&value| value != 0));
        let gini = curve(&values).gini();
        let (over_n, over_n_less_one) = gini_of_all_pairs(&values);
        prop_assert!((gini.gini.unwrap() - over_n).abs() < 1e-12);
        prop_assert!((gini.gini_max1.unwrap() - over_n_less_one).abs() < 1e-12);
        prop_assert!(gini.gini_max1.unwrap() <= 1.0 + 1e-12);
    }

    #[test]
    fn gini_without_losses_is_the_ordinary_one(values in prop::collection::vec(0_i64..1000, 2..40)) {
        prop_assume!(values.iter().sum::<i64>().cmp(&0) == Ordering::Greater);
        prop_assert!((curve(&values).gini().gini.unwrap() - ordinary_gini(&values)).abs() < 1e-12);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let customers = ids(20_000);
    let values: Vec<f64> =
        (0..20_000_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) % 997) / 7.0 - 40.0).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let curve = Curve::new(&customers, Values::Numbers(&values)).unwrap();
            (curve.points().collect::<Vec<_>>(), curve.statistics(), curve.bands(Bands::new(7).unwrap()))
        })
    };
    let alone = on(1);
    assert_eq!(alone, on(2));
    assert_eq!(alone, on(8));
}
