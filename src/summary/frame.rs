//! The customer summary as a frame.

use polars::prelude::DataFrame;

use super::CustomerSummary;
use crate::Result;
use crate::tables::build::{constant, counts, dates, frame, money, numbers, text};

/// One row a customer, ordered by the customer's id in byte order.
///
/// # Shape
/// `customer_id` (text), `first_date`, `last_date` (dates of purchases), `transactions` (purchase days),
/// `frequency` (repeat purchase days), `recency` and `age` (in `time_unit`), `monetary_value` (units of the
/// currency, empty without a repeat purchase), `amount` (exact money), `time_unit`, `observation_end`;
/// with a calibration end also `holdout_transactions` and `holdout_amount`, and everything before
/// describes the time up to the calibration end. Where refunds are kept apart, `refunds` follows `amount` (what was paid back,
/// positive money) and `holdout_refunds` the holdout's.
///
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn summary(summary: &CustomerSummary) -> Result<DataFrame> {
    let height = summary.ids.len();
    let mut columns = vec![text("customer_id", (0..height).map(|row| Some(summary.ids.show(row))))];
    if let Some(first) = &summary.first_date {
        columns.push(dates("first_date", first.iter().map(|day| Some(*day))));
    }
    if let Some(last) = &summary.last_date {
        columns.push(dates("last_date", last.iter().map(|day| Some(*day))));
    }
    columns.push(counts("transactions", summary.frequency.iter().map(|frequency| Some(frequency + 1))));
    columns.push(counts("frequency", summary.frequency.iter().map(|frequency| Some(*frequency))));
    columns.push(numbers("recency", summary.recency.iter().map(|recency| Some(*recency))));
    columns.push(numbers("age", summary.age.iter().map(|age| Some(*age))));
    if let Some(means) = &summary.monetary_value {
        columns.push(numbers("monetary_value", means.iter().copied()));
    }
    if let Some(amounts) = &summary.amount {
        columns.push(money("amount", amounts.iter().map(|amount| Some(*amount)), &summary.currency)?);
    }
    if let Some(refunds) = &summary.refunds {
        columns.push(money("refunds", refunds.iter().map(|refunds| Some(*refunds)), &summary.currency)?);
    }
    columns.push(constant("time_unit", Some(summary.time_unit.name()), height));
    let end = summary.observation_end;
    columns.push(dates("observation_end", std::iter::repeat_n(end, height)));
    if let Some(holdout) = &summary.holdout {
        columns.push(counts("holdout_transactions", holdout.transactions.iter().map(|days| Some(*days))));
        columns.push(money("holdout_amount", holdout.amount.iter().map(|amount| Some(*amount)), &summary.currency)?);
        if let Some(refunds) = &holdout.refunds {
            columns.push(money("holdout_refunds", refunds.iter().map(|refunds| Some(*refunds)), &summary.currency)?);
        }
    }
    Ok(frame(columns))
}
