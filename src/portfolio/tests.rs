//! The grid and the levers of the small costing model, worked out by hand, and their edges.

use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::money::Currency;
use crate::rates::Share;

/// The small costing model in cents, customers A to E.
const REVENUE: [i64; 5] = [5_000_000, 3_000_000, 2_000_000, 1_500_000, 500_000];
const COST: [i64; 5] = [228_000, 529_200, 163_800, 1_081_200, 562_500];
const PROFIT: [i64; 5] = [2_372_000, 970_800, 786_200, -331_200, -362_500];
const MODEL: CustomerFigures<'_> =
    CustomerFigures { revenue: &REVENUE, cost: &COST, profit: &PROFIT, lifetime_value: None };

fn sums(grid: &PortfolioGrid) -> Vec<(String, u64, i128)> {
    grid.boxes
        .iter()
        .filter(|one| one.customers > 0)
        .map(|one| (format!("{}/{}", one.revenue_level, one.cost_level), one.customers, one.profit))
        .collect()
}

#[test]
fn small_model_has_its_cuts_and_boxes() {
    let grid = grid(MODEL, &GridParams::default()).unwrap();
    let values = |cuts: &[Cut]| cuts.iter().map(|cut| cut.value(&Currency::UNNAMED)).collect::<Vec<_>>();
    assert_eq!(values(&grid.revenue_cuts), [20_000.0]);
    assert_eq!(values(&grid.cost_cuts), [3_284.0, 5_514.0]);
    assert_eq!(
        sums(&grid),
        [("high/low".into(), 2, 3_158_200), ("high/medium".into(), 1, 970_800), ("low/high".into(), 2, -693_700)]
    );
    assert_eq!(grid.boxes.iter().map(|one| one.profit).sum::<i128>(), 3_435_300);
    assert_eq!(grid.boxes.len(), 6);
    assert_eq!(grid.box_of, [0, 1, 0, 5, 5]);
    assert_eq!((grid.boxes[5].revenue, grid.boxes[5].cost), (2_000_000, 1_643_700));
    assert_eq!(grid.boxes[2].profit_margin, None);
}

#[test]
fn a_customer_on_a_cut_of_revenue_is_high_and_on_one_of_cost_low() {
    let params = GridParams::new(RevenueCuts::At(vec![100, 200]), CostCuts::At(vec![10, 20])).unwrap();
    let figures = CustomerFigures {
        revenue: &[99, 100, 199, 200, 201],
        cost: &[10, 11, 20, 21, 9],
        profit: &[1; 5],
        lifetime_value: None,
    };
    let grid = grid(figures, &params).unwrap();
    let levels: Vec<_> = grid
        .box_of
        .iter()
        .map(|&number| &grid.boxes[number as usize])
        .map(|one| (one.revenue_level.as_str(), one.cost_level.as_str()))
        .collect();
    assert_eq!(levels, [("low", "low"), ("medium", "medium"), ("medium", "medium"), ("high", "high"), ("high", "low")]);
}

#[test]
fn a_cut_between_two_minor_units_is_exact() {
    // The median of 1 and 2 cents is 1.5: 2 is at or above it, 1 is not.
    let figures = CustomerFigures { revenue: &[1, 2], cost: &[1, 2], profit: &[0, 0], lifetime_value: None };
    let params = GridParams::new(RevenueCuts::Quantiles(2), CostCuts::Quantiles(2)).unwrap();
    assert_eq!(grid(figures, &params).unwrap().box_of, [2, 1]);
}

#[test]
fn cost_relative_to_revenue_knows_customers_without_any() {
    let figures = CustomerFigures {
        revenue: &[100, 100, 0, 0, -5],
        cost: &[10, 30, 1, 0, 7],
        profit: &[90, 70, -1, 0, -12],
        lifetime_value: None,
    };
    let params = GridParams::new(RevenueCuts::Quantiles(1), CostCuts::RelativeQuantiles(2)).unwrap();
    let found = grid(figures, &params).unwrap();
    assert_eq!(found.cost_cuts, [Cut::ShareQuantile(0.2)]);
    assert_eq!(found.box_of, [0, 1, 1, 0, 1]);
    assert_eq!(found.boxes[0].revenue_level, "all");
    let at = GridParams::new(RevenueCuts::Quantiles(1), CostCuts::RelativeAt(vec![Share::percent(10)])).unwrap();
    assert_eq!(grid(figures, &at).unwrap().box_of, [0, 1, 1, 0, 1]);
    let nobody = CustomerFigures { revenue: &[0], cost: &[1], profit: &[-1], lifetime_value: None };
    assert_eq!(
        grid(nobody, &params).unwrap_err().to_string(),
        "no customer has revenue: cost relative to it is not defined"
    );
}

#[test]
fn a_customer_on_a_given_share_is_below_it_and_may_bear_that_rise() {
    // 0.7 % is no number of binary digits: 7 of 1,000 stands on it all the same.
    let shares: Vec<Share> = ["0.7%", "99.8%"].map(|text| text.parse().unwrap()).into();
    let figures =
        CustomerFigures { revenue: &[1_000; 4], cost: &[7, 8, 998, 999], profit: &[5; 4], lifetime_value: None };
    let params = GridParams::new(RevenueCuts::Quantiles(1), CostCuts::RelativeAt(shares.clone())).unwrap();
    assert_eq!(grid(figures, &params).unwrap().box_of, [0, 1, 1, 2]);
    let figures = LeverFigures { revenue: &[1_000; 2], profit: &[-7, -8], drivers: &[], capacity: &[7, 8] };
    let found = levers(figures, LeverParams::new(shares[0], Share::percent(0)).unwrap()).unwrap();
    assert_eq!((found[0].lever, found[0].gain, found[0].break_even_price_rise_pct), (Lever::RaisePrice, 7, Some(0.7)));
    assert_eq!((found[1].lever, found[1].gain), (Lever::Keep, 0));
}

#[test]
fn a_saving_of_half_a_minor_unit_is_rounded_once() {
    let figures = LeverFigures {
        revenue: &[37_900, 75_800, 75_800],
        profit: &[0; 3],
        drivers: &[("calls", &[9_707, 9_707, 1])],
        capacity: &[0; 3],
    };
    // The second customer is the median; half of its 97.07 is 48.535, and 48.54 is what the first one takes as usual.
    assert_eq!(levers(figures, LeverParams::default()).unwrap()[0].saving, 4_853);
}

#[test]
fn one_customer_and_ties_everywhere_are_a_grid() {
    let one = CustomerFigures { revenue: &[5], cost: &[3], profit: &[2], lifetime_value: Some(&[Some(9.5)]) };
    let found = grid(one, &GridParams::default()).unwrap();
    assert_eq!((found.box_of.as_slice(), found.boxes[0].lifetime_value), (&[0][..], Some(9.5)));
    assert_eq!(found.boxes[1].lifetime_value, Some(0.0));
    let of = |values: &[Option<f64>]| {
        let figures = CustomerFigures { lifetime_value: Some(values), ..MODEL };
        let boxes = grid(figures, &GridParams::default()).unwrap().boxes;
        [0, 1, 2, 5].map(|number: usize| boxes[number].lifetime_value)
    };
    // Of two customers of the first box one is known; of those of the second and the last none is; the third has nobody.
    assert_eq!(of(&[Some(2.5), None, None, None, None]), [Some(2.5), None, Some(0.0), None]);
    let same = CustomerFigures { revenue: &[5; 9], cost: &[3; 9], profit: &[2; 9], lifetime_value: None };
    assert!(grid(same, &GridParams::default()).unwrap().box_of.iter().all(|&number| number == 0));
}

#[test]
fn grids_of_any_size_name_their_levels() {
    let params = GridParams::new(RevenueCuts::Quantiles(4), CostCuts::Quantiles(5)).unwrap();
    let found = grid(MODEL, &params).unwrap();
    assert_eq!(found.boxes.len(), 20);
    assert_eq!((found.boxes[0].revenue_level.as_str(), found.boxes[4].cost_level.as_str()), ("4", "5"));
    assert_eq!(found.boxes.iter().map(|one| one.customers).sum::<u64>(), 5);
}

#[test]
fn what_is_no_grid_is_refused() {
    for (revenue, cost) in [
        (RevenueCuts::Quantiles(0), CostCuts::Quantiles(3)),
        (RevenueCuts::Quantiles(21), CostCuts::Quantiles(3)),
        (RevenueCuts::At(vec![2, 2]), CostCuts::Quantiles(3)),
        (RevenueCuts::Quantiles(2), CostCuts::At(vec![3, 1])),
        (RevenueCuts::Quantiles(2), CostCuts::RelativeAt(vec![Share::percent(3), Share::percent(1)])),
    ] {
        assert_eq!(GridParams::new(revenue, cost).unwrap_err().kind(), ErrorKind::Usage);
    }
    let nobody = CustomerFigures { revenue: &[], cost: &[], profit: &[], lifetime_value: None };
    assert_eq!(grid(nobody, &GridParams::default()).unwrap_err().kind(), ErrorKind::Data);
    let uneven = CustomerFigures { cost: &[1], ..MODEL };
    assert_eq!(grid(uneven, &GridParams::default()).unwrap_err().kind(), ErrorKind::LengthMismatch);
    let infinite = CustomerFigures { lifetime_value: Some(&[Some(f64::INFINITY); 5]), ..MODEL };
    assert_eq!(grid(infinite, &GridParams::default()).unwrap_err().kind(), ErrorKind::Data);
}

/// Cost of the small model by activity in cents: 12 an hour of orders (half an hour by hand, a tenth
/// electronic), 0.75 a minute of calls, 15 a stop.
const ORDERS: [i64; 5] = [48_000, 79_200, 28_800, 181_200, 90_000];
const CALLS: [i64; 5] = [90_000, 270_000, 67_500, 675_000, 360_000];
const STOPS: [i64; 5] = [90_000, 180_000, 67_500, 225_000, 112_500];

fn model_levers(params: LeverParams) -> Vec<CustomerLevers> {
    let figures = LeverFigures {
        revenue: &REVENUE,
        profit: &PROFIT,
        drivers: &[("orders", &ORDERS), ("calls", &CALLS), ("stops", &STOPS)],
        // All cost to serve is capacity; only the goods are avoidable.
        capacity: &COST,
    };
    levers(figures, params).unwrap()
}

#[test]
fn calls_cost_the_loss_makers_of_the_small_model_most() {
    let found = model_levers(LeverParams::default());
    let (d, e) = (found[3], found[4]);
    // Calls take 9 % of B's revenue, the median: D's 6,750 come down to 1,350, E's 3,600 to 450.
    assert_eq!((d.lever, d.gain, d.driver), (Lever::CutCost, 540_000, Some(1)));
    assert_eq!((e.lever, e.gain, e.driver_cost), (Lever::CutCost, 315_000, 360_000));
    assert_eq!((d.break_even_fee, d.break_even_price_rise_pct), (331_200, Some(22.08)));
    // Without D the goods are saved and the revenue is lost: 7,500 less.
    assert_eq!(d.let_go, -750_000);
    // A takes fewer calls than usual, and no other lever pays.
    assert_eq!((found[0].lever, found[0].gain, found[0].break_even_fee), (Lever::Keep, 0, 0));
}

#[test]
fn letting_go_pays_once_capacity_is_given_up() {
    // A price rise of three quarters brings E to break even; giving up its capacity is worth as much.
    let found = model_levers(LeverParams::new(Share::percent(75), Share::percent(100)).unwrap());
    assert_eq!((found[4].let_go, found[4].break_even_price_rise_pct), (362_500, Some(72.5)));
    // At a tie the lever that changes less.
    assert_eq!((found[4].lever, found[4].gain), (Lever::RaisePrice, 362_500));
    let found = model_levers(LeverParams::new(Share::percent(10), Share::percent(100)).unwrap());
    assert_eq!((found[4].lever, found[4].gain), (Lever::LetGo, 362_500));
}

#[test]
fn customers_without_revenue_or_cost_have_levers_too() {
    let figures = LeverFigures {
        revenue: &[0, 100, 0],
        profit: &[-30, 100, i64::MIN],
        drivers: &[("calls", &[30, 0, 5])],
        capacity: &[30, 0, i64::MAX],
    };
    let found = levers(figures, LeverParams::default()).unwrap();
    assert_eq!((found[0].lever, found[0].gain, found[0].break_even_price_rise_pct), (Lever::CutCost, 30, None));
    assert_eq!((found[1].lever, found[1].driver, found[1].driver_cost), (Lever::Keep, None, 0));
    let uneven = LeverFigures { capacity: &[1], ..figures };
    assert_eq!(levers(uneven, LeverParams::default()).unwrap_err().kind(), ErrorKind::LengthMismatch);
    for (rise, given_up) in [(-10, 0), (10, 110), (10, -10)] {
        let (rise, given_up) = (Share::percent(rise), Share::percent(given_up));
        assert_eq!(LeverParams::new(rise, given_up).unwrap_err().kind(), ErrorKind::Usage);
    }
}

proptest! {
    #[test]
    fn every_customer_and_cent_stands_in_one_box(
        customers in prop::collection::vec((any::<i64>(), any::<i64>(), any::<i64>()), 1..40),
        rows in 1_u32..6,
        columns in 1_u32..6,
    ) {
        let column = |of: fn(&(i64, i64, i64)) -> i64| customers.iter().map(of).collect::<Vec<_>>();
        let (revenue, cost, profit) = (column(|one| one.0), column(|one| one.1), column(|one| one.2));
        let figures = CustomerFigures { revenue: &revenue, cost: &cost, profit: &profit, lifetime_value: None };
        let params = GridParams::new(RevenueCuts::Quantiles(rows), CostCuts::Quantiles(columns)).unwrap();
        let found = grid(figures, &params).unwrap();
        let sum = |values: &[i64]| values.iter().map(|&value| i128::from(value)).sum::<i128>();
        prop_assert_eq!(found.boxes.iter().map(|one| one.revenue).sum::<i128>(), sum(&revenue));
        prop_assert_eq!(found.boxes.iter().map(|one| one.cost).sum::<i128>(), sum(&cost));
        prop_assert_eq!(found.boxes.iter().map(|one| one.profit).sum::<i128>(), sum(&profit));
        prop_assert_eq!(found.boxes.iter().map(|one| one.customers).sum::<u64>(), revenue.len() as u64);
    }
}
