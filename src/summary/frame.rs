//! The customer summary as a frame.

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::{CustomerSummary, Holdout};
use crate::Result;
use crate::tables::build::{
    Build, constant, constant_date, frame_of, full_counts, full_dates, full_money, full_numbers, numbers, texts,
};

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
/// Most columns are the summary's own memory.
///
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn summary(summary: CustomerSummary) -> Result<DataFrame> {
    let height = summary.len();
    let CustomerSummary { ids, frequency, recency, age, currency, .. } = summary;
    let currency = &currency;
    let transactions: Vec<u64> = frequency.par_iter().map(|frequency| frequency + 1).collect();
    let mut columns: Vec<Build<'_>> = Vec::new();
    columns.push(Box::new(move || Ok(texts("customer_id", ids))));
    if let Some(first) = summary.first_date {
        columns.push(Box::new(|| Ok(full_dates("first_date", first))));
    }
    if let Some(last) = summary.last_date {
        columns.push(Box::new(|| Ok(full_dates("last_date", last))));
    }
    columns.push(Box::new(|| Ok(full_counts("transactions", transactions))));
    columns.push(Box::new(|| Ok(full_counts("frequency", frequency))));
    columns.push(Box::new(|| Ok(full_numbers("recency", recency))));
    columns.push(Box::new(|| Ok(full_numbers("age", age))));
    if let Some(means) = summary.monetary_value {
        columns.push(Box::new(move || Ok(numbers("monetary_value", means.iter().copied()))));
    }
    if let Some(amounts) = summary.amount {
        columns.push(Box::new(|| full_money("amount", amounts, currency)));
    }
    if let Some(refunds) = summary.refunds {
        columns.push(Box::new(|| full_money("refunds", refunds, currency)));
    }
    columns.push(Box::new(|| Ok(constant("time_unit", Some(summary.time_unit.name()), height))));
    columns.push(Box::new(|| Ok(constant_date("observation_end", summary.observation_end, height))));
    if let Some(Holdout { transactions, amount, refunds, .. }) = summary.holdout {
        columns.push(Box::new(|| Ok(full_counts("holdout_transactions", transactions))));
        columns.push(Box::new(|| full_money("holdout_amount", amount, currency)));
        if let Some(refunds) = refunds {
            columns.push(Box::new(|| full_money("holdout_refunds", refunds, currency)));
        }
    }
    frame_of(columns)
}
