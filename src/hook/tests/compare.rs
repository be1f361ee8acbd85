//! Two periods: every line of the change is worked out by hand, and they always add up.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::ErrorKind;
use crate::hook::*;
use crate::money::Currency;

const EURO: Currency = Currency::UNNAMED;

fn bare<'a>(customers: &'a [&'a str], profit: &'a [i64]) -> Period<'a, &'a str> {
    Period { customers, profit, revenue: None, costs: Some(&[]), quantity: None }
}

fn compared(before: Period<'_, &str>, after: Period<'_, &str>) -> Comparison {
    compare(before, after, Bands::new(2).unwrap(), &EURO).unwrap()
}

fn lines(comparison: &Comparison) -> Vec<(&str, u64, i128)> {
    comparison.change.iter().map(|line| (line.line.as_str(), line.customers, line.amount)).collect()
}

#[test]
fn without_revenue_there_is_one_line_for_those_who_stayed() {
    let found = compared(bare(&["a", "b", "c"], &[10, 20, -5]), bare(&["c", "d", "a"], &[7, 3, 4]));
    assert_eq!(lines(&found), [("joined", 1, 3), ("left", 1, -20), ("stayed", 2, 6)]);
    assert_eq!((found.stayed, found.joined, found.left), (2, 1, 1));
    assert!(found.warning().is_none());
}

#[test]
fn costs_of_one_period_alone_are_other() {
    let before = Period {
        revenue: Some(&[100]),
        costs: Some(&[("unit_cost", &[30]), ("selling_cost", &[20])]),
        ..bare(&["a"], &[50])
    };
    let after = Period {
        revenue: Some(&[130]),
        costs: Some(&[("unit_cost", &[35]), ("relationship_cost", &[10])]),
        ..bare(&["a"], &[60])
    };
    // 130 - 35 - 10 = 85, of which 25 went elsewhere; 20 of selling cost no longer stand there.
    assert_eq!(
        lines(&compared(before, after)),
        [("joined", 0, 0), ("left", 0, 0), ("revenue", 1, 30), ("unit_cost", 1, -5), ("other", 1, -15)]
    );
}

#[test]
fn a_change_in_revenue_has_no_cost_and_nothing_else() {
    let of = |customers: &'static [&'static str], revenue: &'static [i64], quantity: &'static [f64]| Period {
        revenue: Some(revenue),
        costs: None,
        quantity: Some(quantity),
        ..bare(customers, revenue)
    };
    let found = compared(of(&["a", "b"], &[100, 50], &[10.0, 5.0]), of(&["a", "b"], &[130, 60], &[13.0, 5.0]));
    assert_eq!(lines(&found), [("joined", 0, 0), ("left", 0, 0), ("volume", 2, 30), ("price", 2, 10)]);
}

#[test]
fn where_a_quantity_is_zero_revenue_stays_whole() {
    let before = Period { revenue: Some(&[100, 40]), quantity: Some(&[10.0, 0.0]), ..bare(&["a", "b"], &[100, 40]) };
    let after = Period { revenue: Some(&[150, 90]), quantity: Some(&[10.0, 3.0]), ..bare(&["a", "b"], &[150, 90]) };
    assert_eq!(
        lines(&compared(before, after)),
        [("joined", 0, 0), ("left", 0, 0), ("volume", 1, 0), ("price", 1, 50), ("revenue", 1, 50), ("other", 2, 0)]
    );
}

#[test]
fn customers_move_between_halves() {
    let before = bare(&["a", "b", "c", "d"], &[40, 30, 20, 10]);
    let after = bare(&["a", "b", "c", "e"], &[5, 30, 20, 90]);
    let moves: Vec<_> = compared(before, after)
        .migration
        .iter()
        .map(|one| (one.from, one.to, one.customers, one.profit_before, one.profit_after))
        .collect();
    assert_eq!(
        moves,
        [
            (Some(1), Some(1), 1, 30, 30),
            (Some(1), Some(2), 1, 40, 5),
            (Some(2), Some(2), 1, 20, 20),
            (Some(2), None, 1, 10, 0),
            (None, Some(1), 1, 0, 90),
        ]
    );
}

#[test]
fn who_moved_the_peak_comes_by_size_and_then_by_id() {
    let before = bare(&["z", "a", "m", "k"], &[100, 50, -10, 7]);
    let after = bare(&["a", "m", "z", "n", "k"], &[70, 30, 80, -400, 7]);
    let found = compared(before, after);
    let moves: Vec<_> = found.peak_moves.iter().map(|one| (one.profit_before, one.peak_change)).collect();
    // m from a loss to 30; then a and z by 20 each; n's loss and k move nothing.
    assert_eq!(moves, [(-10, 30), (50, 20), (100, -20)]);
    let sum: i64 = found.peak_moves.iter().map(|one| one.peak_change).sum();
    assert_eq!((sum, found.before.peak(), found.after.peak()), (30, 1.57, 1.87));
}

#[test]
fn other_customers_are_warned_of_and_still_add_up() {
    let found = compared(bare(&["a"], &[10]), bare(&["b"], &[4]));
    assert_eq!(lines(&found), [("joined", 1, 4), ("left", 1, -10), ("stayed", 0, 0)]);
    assert_eq!(found.warning(), Some("no customer stands in both periods: are these the same customers?"));
}

#[test]
fn what_is_no_period_is_refused() {
    let fine = bare(&["a"], &[1]);
    let refused = |period| compare(fine, period, Bands::default(), &EURO).unwrap_err();
    assert_eq!(refused(bare(&["x", "x"], &[1, 2])).to_string(), "customer `x` stands twice in one period");
    assert_eq!(refused(bare(&[], &[])).kind(), ErrorKind::Data);
    assert_eq!(refused(bare(&["x"], &[])).kind(), ErrorKind::LengthMismatch);
    assert_eq!(refused(Period { revenue: Some(&[]), ..fine }).kind(), ErrorKind::LengthMismatch);
    assert_eq!(refused(Period { costs: Some(&[("unit_cost", &[])]), ..fine }).kind(), ErrorKind::LengthMismatch);
    for quantity in [f64::NAN, f64::INFINITY, -1.0] {
        let quantities = [quantity];
        let period = Period { quantity: Some(&quantities), ..bare(&["a"], &[1]) };
        assert_eq!(compare(period, period, Bands::default(), &EURO).unwrap_err().kind(), ErrorKind::Data);
    }
}

/// A customer of a random period: id, profit, revenue, two costs, quantity.
type Row = (u8, i64, i64, i64, i64, f64);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    // Any amount at all, the largest included, and quantities from nothing to very much.
    let amount = || prop_oneof![any::<i64>(), -10_000_i64..10_000];
    let quantity = prop_oneof![Just(0.0), Just(1e-300), 0.0..1000.0, Just(1e15)];
    prop::collection::vec((0_u8..20, amount(), amount(), amount(), amount(), quantity), 1..15).prop_map(|rows| {
        let once: BTreeMap<u8, Row> = rows.into_iter().map(|row| (row.0, row)).collect();
        once.into_values().rev().collect()
    })
}

proptest! {
    #[test]
    fn the_lines_add_up_to_the_change_exactly(before in rows(), after in rows(), bands in 1_u32..30) {
        let ids = |rows: &[Row]| rows.iter().map(|row| row.0.to_string()).collect::<Vec<_>>();
        let column = |rows: &[Row], of: fn(&Row) -> i64| rows.iter().map(of).collect::<Vec<_>>();
        let quantity = |rows: &[Row]| rows.iter().map(|row| row.5).collect::<Vec<_>>();
        let (ids0, ids1) = (ids(&before), ids(&after));
        let (profit0, profit1) = (column(&before, |row| row.1), column(&after, |row| row.1));
        let (revenue0, revenue1) = (column(&before, |row| row.2), column(&after, |row| row.2));
        let (unit0, unit1) = (column(&before, |row| row.3), column(&after, |row| row.3));
        let (selling0, selling1) = (column(&before, |row| row.4), column(&after, |row| row.4));
        let (quantity0, quantity1) = (quantity(&before), quantity(&after));
        let found = compare(
            Period {
                customers: &ids0,
                profit: &profit0,
                revenue: Some(&revenue0),
                costs: Some(&[("unit_cost", &unit0[..]), ("selling_cost", &selling0[..])]),
                quantity: Some(&quantity0),
            },
            Period {
                customers: &ids1,
                profit: &profit1,
                revenue: Some(&revenue1),
                costs: Some(&[("selling_cost", &selling1[..]), ("unit_cost", &unit1[..])]),
                quantity: Some(&quantity1),
            },
            Bands::new(bands).unwrap(),
            &EURO,
        ).unwrap();
        let sum = |profit: &[i64]| profit.iter().map(|&one| i128::from(one)).sum::<i128>();
        let change: i128 = found.change.iter().map(|line| line.amount).sum();
        prop_assert_eq!(change, sum(&profit1) - sum(&profit0));
        let migrated = |of: fn(&Migration) -> i128| found.migration.iter().map(of).sum::<i128>();
        prop_assert_eq!(migrated(|one| one.profit_before), sum(&profit0));
        prop_assert_eq!(migrated(|one| one.profit_after), sum(&profit1));
        let customers: u64 = found.migration.iter().map(|one| one.customers).sum();
        prop_assert_eq!(customers, found.stayed + found.joined + found.left);
        prop_assert_eq!((found.stayed + found.left) as usize, ids0.len());
        prop_assert_eq!((found.stayed + found.joined) as usize, ids1.len());
        let gained = |profit: &[i64]| profit.iter().map(|&one| i128::from(one.max(0))).sum::<i128>();
        let moved: i128 = found.peak_moves.iter().map(|one| i128::from(one.peak_change)).sum();
        prop_assert_eq!(moved, gained(&profit1) - gained(&profit0));
    }
}
