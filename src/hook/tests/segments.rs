//! Curves by segment, and the concentration of revenue and cost.

use proptest::prelude::*;

use crate::ErrorKind;
use crate::hook::*;
use crate::money::Currency;

const EURO: Currency = Currency::UNNAMED;

fn named(statistics: &[Statistic], name: &str) -> Option<f64> {
    statistics.iter().find(|one| one.statistic == name).unwrap_or_else(|| panic!("{name}")).value
}

#[test]
fn every_segment_has_a_curve_of_its_own_in_byte_order() {
    let customers = ["a", "b", "c", "d", "e"];
    let segments =
        by_segment(&customers, Values::Money(&[500, -200, 300, 100, -100], &EURO), &["shop", "web", "web", "", "shop"])
            .unwrap();
    let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
    assert_eq!(names, ["", "shop", "web"]);
    let shop = &segments[1];
    assert_eq!((shop.curve.total(), shop.curve.peak(), shop.curve.loss_makers()), (4.0, 5.0, 1));
    let ranked: Vec<&str> = shop.curve.places().map(|place| customers[shop.places[place]]).collect();
    assert_eq!(ranked, ["a", "e"]);
    assert_eq!(segments[2].curve.peak_customers(), 1);
}

#[test]
fn one_segment_per_customer_is_asked_for() {
    let refused = by_segment(&["a", "b"], Values::Numbers(&[1.0, 2.0]), &["x"]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LengthMismatch);
    let refused = by_segment(&["a", "b"], Values::Numbers(&[1.0]), &["x", "y"]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LengthMismatch);
}

#[test]
fn a_rule_of_eighty_twenty_is_found_where_it_holds() {
    // Two of ten customers have 80 %: 40 + 40, and eight have 2.5 each.
    let mut revenue = vec![4_000; 2];
    revenue.extend([250; 8]);
    let ids: Vec<String> = (0..10).map(|customer| customer.to_string()).collect();
    let concentration = Curve::new(&ids, Values::Money(&revenue, &EURO)).unwrap().concentration("revenue");
    assert_eq!(named(&concentration, "revenue_total"), Some(100.0));
    assert_eq!(named(&concentration, "revenue_top_20_pct_share"), Some(0.8));
    assert_eq!(named(&concentration, "revenue_customer_share_for_80_pct"), Some(0.2));
    assert_eq!(named(&concentration, "revenue_customer_share_for_90_pct"), Some(0.6));
    assert!((named(&concentration, "revenue_balance_share").unwrap() - 0.2).abs() < 1e-15);
}

#[test]
fn equal_customers_balance_at_one_half() {
    let ids = ["a", "b", "c"];
    let balance = Curve::new(&ids, Values::Money(&[7; 3], &EURO)).unwrap().balance_share().unwrap();
    assert!((balance - 0.5).abs() < 1e-15);
    let alone = Curve::new(&["a"], Values::Money(&[7], &EURO)).unwrap().balance_share().unwrap();
    assert!((alone - 0.5).abs() < 1e-15);
}

#[test]
fn concentration_of_nothing_is_empty() {
    let nothing = Curve::new(&["a", "b"], Values::Money(&[0, 0], &EURO)).unwrap().concentration("cost");
    assert!(nothing.iter().all(|one| one.value.is_none() || one.statistic == "cost_total"));
}

proptest! {
    #[test]
    fn segments_add_up_to_all_customers(
        customers in prop::collection::vec((-1000_i64..1000, 0_usize..4), 1..50),
    ) {
        let ids: Vec<String> = (0..customers.len()).map(|customer| format!("{customer:03}")).collect();
        let profits: Vec<i64> = customers.iter().map(|one| one.0).collect();
        let names: Vec<&str> = customers.iter().map(|one| ["a", "b", "c", ""][one.1]).collect();
        let values = Values::Money(&profits, &EURO);
        let (all, segments) = (Curve::new(&ids, values).unwrap(), by_segment(&ids, values, &names).unwrap());
        let cents = |amount: f64| (amount * 100.0).round() as i64;
        prop_assert_eq!(segments.iter().map(|one| cents(one.curve.total())).sum::<i64>(), cents(all.total()));
        prop_assert_eq!(segments.iter().map(|one| cents(one.curve.peak())).sum::<i64>(), cents(all.peak()));
        prop_assert_eq!(segments.iter().map(|one| one.curve.customers()).sum::<u64>(), all.customers());
    }

    #[test]
    fn the_balance_lies_on_the_curve(revenue in prop::collection::vec(0_i64..1000, 1..50)) {
        prop_assume!(revenue.iter().sum::<i64>() > 0);
        let ids: Vec<String> = (0..revenue.len()).map(|customer| format!("{customer:03}")).collect();
        let curve = Curve::new(&ids, Values::Money(&revenue, &EURO)).unwrap();
        let balance = curve.balance_share().unwrap();
        // The curve at the balance, straight between customers.
        let at = balance * revenue.len() as f64;
        let mut sorted = revenue.clone();
        sorted.sort_unstable_by(|one, other| other.cmp(one));
        let whole = at.floor() as usize;
        let before: i64 = sorted[..whole].iter().sum();
        let part = sorted.get(whole).map_or(0.0, |&value| value as f64 * (at - whole as f64));
        let share = (before as f64 + part) / revenue.iter().sum::<i64>() as f64;
        prop_assert!((share + balance - 1.0).abs() < 1e-12);
    }
}
