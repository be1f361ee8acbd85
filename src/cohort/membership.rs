//! Cohorts of customers under contract.

use rayon::prelude::*;

use super::{Activity, Cohorts, Retention};
use crate::churn::{Relationships, Window};
use crate::exchange::Exchange;

/// The cohorts of customers by the period in which their first relationship began.
///
/// # Edge cases
/// Who was there before the first day observed, or on it where a period begins with it, joined at a time that was not
/// observed: they belong to no cohort, and are counted in the second value. Who had left by then was never seen.
pub fn cohorts_of_relationships(
    relationships: &Relationships,
    window: &Window,
    exchange: &Exchange,
    retention: Retention,
) -> (Cohorts, u64) {
    let empty = || (Cohorts::new(window.timeline().len(), retention), 0_u64);
    relationships
        .customer_shares()
        .into_par_iter()
        .map(|share| {
            let (mut cohorts, mut before) = empty();
            let mut activity: Vec<Activity> = Vec::new();
            relationships.for_each_customer(share, window, exchange, |presence| {
                let Some(joined) = presence.joined else {
                    before += 1;
                    return;
                };
                activity.clear();
                for (place, revenue) in presence.periods {
                    activity.push(Activity { place: *place, present: true, revenue: *revenue, ..Activity::default() });
                }
                cohorts.add(presence.segment, joined, &activity);
            });
            (cohorts, before)
        })
        // Whole numbers, so the order of adding changes nothing.
        .reduce(empty, |one, other| (one.0.merged(other.0), one.1 + other.1))
}
