//! Levels and shapes worked out by hand.

use proptest::prelude::*;

use super::*;
use crate::ErrorKind;

fn buyers<'a>(
    customers: &'a [&'a str],
    purchases: &'a [u64],
    amount: &'a [i64],
    referred_by: Option<&'a [&'a str]>,
) -> Buyers<'a, &'a str> {
    Buyers { customers, purchases, amount, referred_by }
}

#[test]
fn who_brought_others_is_an_advocate_however_often_it_bought() {
    let customers = ["a", "b", "c", "d", "e", "f"];
    let referred_by = ["", "a", "a", "b", "e", "zoe"];
    let found = profile(buyers(&customers, &[1, 4, 1, 2, 0, 1], &[10, 40, 5, 20, 0, 7], Some(&referred_by))).unwrap();
    // a brought b and c; b brought d; e has not bought; f names nobody known.
    use Level::{Advocate, Initial, Repeat};
    assert_eq!(found.level_of, [Some(Advocate), Some(Advocate), Some(Initial), Some(Repeat), None, Some(Initial)]);
    assert_eq!(found.brought, [2, 1, 0, 0, 0, 0]);
    assert_eq!((found.unknown_referrers, found.named_themselves, found.without_purchase), (1, 0, 1));
    let rows = found.levels.map(|row| (row.customers, row.purchases, row.amount, row.brought));
    assert_eq!(rows, [(2, 2, 12, 0), (1, 2, 20, 0), (2, 5, 50, 3)]);
    assert_eq!(found.levels[1].customer_share, Some(0.2));
    assert_eq!(found.shape, Shape::Hourglass);
}

#[test]
fn who_has_not_bought_neither_brings_nor_was_brought() {
    // b was brought by c, who has not bought; d, who has not either, by a; e names itself.
    let referred_by = ["", "c", "", "a", "e"];
    let customers = ["a", "b", "c", "d", "e"];
    let found = profile(buyers(&customers, &[1, 1, 0, 0, 2], &[1, 1, 0, 0, 2], Some(&referred_by))).unwrap();
    use Level::{Initial, Repeat};
    assert_eq!(found.level_of, [Some(Initial), Some(Initial), None, None, Some(Repeat)]);
    assert_eq!(found.brought, [0; 5]);
    assert_eq!((found.unknown_referrers, found.named_themselves, found.without_purchase), (1, 1, 2));
}

#[test]
fn without_referrals_nobody_is_an_advocate() {
    let found = profile(buyers(&["a", "b", "c"], &[1, 1, 3], &[1, 1, 3], None)).unwrap();
    assert_eq!(found.levels.map(|row| row.customers), [2, 1, 0]);
    assert_eq!((found.shape, found.referrals_known), (Shape::Pyramid, false));
}

#[test]
fn every_pattern_has_one_shape() {
    for (counts, shape) in [
        ([5, 3, 1], "pyramid"),
        ([5, 5, 1], "pyramid"),
        ([5, 1, 1], "pyramid"),
        ([1, 3, 5], "inverted pyramid"),
        ([1, 1, 5], "inverted pyramid"),
        ([1, 5, 5], "inverted pyramid"),
        ([5, 1, 5], "hourglass"),
        ([5, 1, 2], "hourglass"),
        ([1, 5, 1], "diamond"),
        ([2, 2, 2], "column"),
        ([0, 0, 0], "column"),
    ] {
        assert_eq!(Shape::of(counts).name(), shape, "{counts:?}");
    }
}

#[test]
fn customers_without_purchases_make_an_empty_profile() {
    let found = profile(buyers(&["a"], &[0], &[0], None)).unwrap();
    assert_eq!((found.without_purchase, found.levels[0].customer_share), (1, None));
}

#[test]
fn what_is_no_table_of_customers_is_refused() {
    let refused = profile(buyers(&["a", "a"], &[1, 1], &[1, 1], None)).unwrap_err();
    assert_eq!(refused.to_string(), "customer `a` stands there twice");
    assert_eq!(profile(buyers(&[], &[], &[], None)).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(profile(buyers(&["a"], &[], &[1], None)).unwrap_err().kind(), ErrorKind::LengthMismatch);
    assert_eq!(profile(buyers(&["a"], &[1], &[1], Some(&[]))).unwrap_err().kind(), ErrorKind::LengthMismatch);
}

proptest! {
    #[test]
    fn everybody_is_counted_once(customers in prop::collection::vec((0_u64..4, 0_usize..40), 1..40)) {
        let ids: Vec<String> = (0..customers.len()).map(|customer| customer.to_string()).collect();
        let purchases: Vec<u64> = customers.iter().map(|one| one.0).collect();
        let amount: Vec<i64> = purchases.iter().map(|&purchases| purchases as i64 * 7).collect();
        let referred_by: Vec<String> = customers.iter().map(|one| one.1.to_string()).collect();
        let buyers = Buyers {
            customers: &ids,
            purchases: &purchases,
            amount: &amount,
            referred_by: Some(&referred_by),
        };
        let found = profile(buyers).unwrap();
        let on_levels: u64 = found.levels.iter().map(|row| row.customers).sum();
        prop_assert_eq!(on_levels + found.without_purchase, ids.len() as u64);
        let brought: u64 = found.levels.iter().map(|row| row.brought).sum();
        prop_assert_eq!(brought + found.unknown_referrers + found.named_themselves, on_levels);
        prop_assert_eq!(found.levels.iter().map(|row| row.purchases).sum::<u64>(), purchases.iter().sum::<u64>());
    }
}
