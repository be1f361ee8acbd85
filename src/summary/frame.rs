//! The customer summary as a frame.

use polars::prelude::DataFrame;

use super::CustomerSummary;
use crate::Result;
use crate::tables::build::{Build, constant, constant_date, counts, dates, frame_of, money, numbers, texts};

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
    let currency = &summary.currency;
    let mut columns: Vec<Build<'_>> = Vec::new();
    columns.push(Box::new(|| Ok(texts("customer_id", &summary.ids))));
    if let Some(first) = &summary.first_date {
        columns.push(Box::new(|| Ok(dates("first_date", first.iter().map(|day| Some(*day))))));
    }
    if let Some(last) = &summary.last_date {
        columns.push(Box::new(|| Ok(dates("last_date", last.iter().map(|day| Some(*day))))));
    }
    let frequency = &summary.frequency;
    columns.push(Box::new(|| Ok(counts("transactions", frequency.iter().map(|frequency| Some(frequency + 1))))));
    columns.push(Box::new(|| Ok(counts("frequency", frequency.iter().map(|frequency| Some(*frequency))))));
    columns.push(Box::new(|| Ok(numbers("recency", summary.recency.iter().map(|recency| Some(*recency))))));
    columns.push(Box::new(|| Ok(numbers("age", summary.age.iter().map(|age| Some(*age))))));
    if let Some(means) = &summary.monetary_value {
        columns.push(Box::new(|| Ok(numbers("monetary_value", means.iter().copied()))));
    }
    if let Some(amounts) = &summary.amount {
        columns.push(Box::new(|| money("amount", amounts.iter().map(|amount| Some(*amount)), currency)));
    }
    if let Some(refunds) = &summary.refunds {
        columns.push(Box::new(|| money("refunds", refunds.iter().map(|refunds| Some(*refunds)), currency)));
    }
    columns.push(Box::new(|| Ok(constant("time_unit", Some(summary.time_unit.name()), height))));
    let end = summary.observation_end;
    columns.push(Box::new(move || Ok(constant_date("observation_end", end, height))));
    if let Some(holdout) = &summary.holdout {
        let days = &holdout.transactions;
        columns.push(Box::new(|| Ok(counts("holdout_transactions", days.iter().map(|days| Some(*days))))));
        let amounts = &holdout.amount;
        columns.push(Box::new(|| money("holdout_amount", amounts.iter().map(|amount| Some(*amount)), currency)));
        if let Some(refunds) = &holdout.refunds {
            columns.push(Box::new(|| money("holdout_refunds", refunds.iter().map(|refunds| Some(*refunds)), currency)));
        }
    }
    frame_of(&columns)
}
