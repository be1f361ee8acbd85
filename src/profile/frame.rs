//! The profile as frames.

use polars::prelude::DataFrame;

use super::Profile;
use crate::Result;
use crate::money::Currency;
use crate::tables::build::{constant, counts, frame, money, numbers, text};

/// The three levels and their shape.
///
/// # Shape
/// One row a level, `initial` first: `level`, `customers`, `customer_share` (0 to 1; empty where nobody
/// stands on any), `purchases`, `amount` (exact; empty where `amounts_known` is not set), `brought`
/// (customers they brought; empty where referrals are not known), `shape` (the same in every row).
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn levels(profile: &Profile, amounts_known: bool, currency: &Currency) -> Result<DataFrame> {
    let rows = &profile.levels;
    Ok(frame(vec![
        text("level", rows.iter().map(|row| Some(row.level.name()))),
        counts("customers", rows.iter().map(|row| Some(row.customers))),
        numbers("customer_share", rows.iter().map(|row| row.customer_share)),
        counts("purchases", rows.iter().map(|row| Some(row.purchases))),
        money("amount", rows.iter().map(|row| amounts_known.then_some(row.amount)), currency)?,
        counts("brought", rows.iter().map(|row| profile.referrals_known.then_some(row.brought))),
        constant("shape", Some(profile.shape.name()), rows.len()),
    ]))
}

/// The level of every customer.
///
/// # Shape
/// One row a customer, in the order the profile was made in: `customer_id`, `level` (empty on none),
/// `purchases`, `brought` (empty where referrals are not known).
pub fn customers<T: AsRef<str>>(profile: &Profile, id: impl Fn(usize) -> T, purchases: &[u64]) -> DataFrame {
    frame(vec![
        text("customer_id", (0..purchases.len()).map(|place| Some(id(place)))),
        text("level", profile.level_of.iter().map(|level| level.map(super::Level::name))),
        counts("purchases", purchases.iter().map(|&purchases| Some(purchases))),
        counts("brought", profile.brought.iter().map(|&brought| profile.referrals_known.then_some(brought))),
    ])
}
