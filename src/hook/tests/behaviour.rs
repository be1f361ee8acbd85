//! What dropping customers is worth when cost stays, and when it goes.

use crate::ErrorKind;
use crate::hook::*;
use crate::money::Currency;

const EURO: Currency = Currency::UNNAMED;
const CUSTOMERS: [&str; 5] = ["A", "B", "C", "D", "E"];
/// The small costing model in cents: profit at full cost, capacity used; 13,353 unused and 11,000 enterprise.
const PROFIT: [i64; 5] = [2_372_000, 970_800, 786_200, -331_200, -362_500];
const CAPACITY: [i64; 5] = [228_000, 529_200, 163_800, 1_081_200, 562_500];
const COMMON: i64 = 1_335_300 + 1_100_000;

fn points(given_up: f64) -> Vec<BehaviourPoint> {
    let behaviour = CostBehaviour { capacity: &CAPACITY, common: COMMON, given_up };
    cost_behaviour(&CUSTOMERS, &PROFIT, behaviour, &EURO).unwrap()
}

#[test]
fn half_of_the_freed_capacity_given_up_is_half_way() {
    // Dropping D and E frees 16,437: from 500 to 16,937.
    let (half, full) = (points(0.5), points(1.0));
    assert_eq!(half[3].given_up, 500.0 + 16_437.0 / 2.0);
    assert_eq!(points(0.0)[3].given_up, 500.0);
    assert!(std::iter::zip(&half, &full).all(|(half, full)| half.full == full.full));
}

#[test]
fn with_nobody_kept_only_the_cost_that_stays_is_left() {
    let nobody = points(1.0)[0];
    assert_eq!((nobody.place, nobody.customers, nobody.full), (None, 0, 0.0));
    // 25,647 of used capacity, 13,353 unused, 11,000 enterprise.
    assert_eq!(nobody.avoidable, -50_000.0);
    assert_eq!(nobody.given_up, -24_353.0);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let behaviour = CostBehaviour { capacity: &[1], common: 0, given_up: 1.0 };
    let refused = cost_behaviour(&CUSTOMERS, &PROFIT, behaviour, &EURO).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LengthMismatch);
    for given_up in [-0.1, 1.1, f64::NAN] {
        let behaviour = CostBehaviour { capacity: &CAPACITY, common: 0, given_up };
        assert_eq!(cost_behaviour(&CUSTOMERS, &PROFIT, behaviour, &EURO).unwrap_err().kind(), ErrorKind::Domain);
    }
}
