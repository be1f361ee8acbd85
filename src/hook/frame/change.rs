//! Two periods as frames.

use polars::prelude::DataFrame;

use super::of_measure;
use crate::Result;
use crate::hook::{ChangeLine, Comparison, Migration};
use crate::money::Currency;
use crate::tables::build::{counts, frame, money, text};

/// The change in profit, line by line.
///
/// # Shape
/// One row a line: `line` (`joined`, `left`, `volume`, `price`, `revenue`, cost levels by name, `other`,
/// `stayed`), `customers`, `amount` (what it adds to profit, or to what else is compared; exact), and last the row `change`, to which
/// the others add up.
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn change(comparison: &Comparison, currency: &Currency) -> Result<DataFrame> {
    let total = ChangeLine {
        line: "change".into(),
        customers: comparison.stayed + comparison.joined + comparison.left,
        amount: comparison.change.iter().map(|line| line.amount).sum(),
    };
    let lines: Vec<&ChangeLine> = comparison.change.iter().chain(std::iter::once(&total)).collect();
    Ok(frame(vec![
        text("line", lines.iter().map(|line| Some(&line.line))),
        counts("customers", lines.iter().map(|line| Some(line.customers))),
        money("amount", lines.iter().map(|line| Some(line.amount)), currency)?,
    ]))
}

/// Moves between the bands of two periods.
///
/// # Shape
/// One row a pair of bands: `from_band` (empty for those who joined), `to_band` (empty for those who
/// left), `customers`, `profit_before`, `profit_after` (exact). `measure` stands in place of `profit` where the values are something
/// else.
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn migration(comparison: &Comparison, measure: &str, currency: &Currency) -> Result<DataFrame> {
    let moves: &[Migration] = &comparison.migration;
    Ok(frame(vec![
        counts("from_band", moves.iter().map(|one| one.from.map(Into::into))),
        counts("to_band", moves.iter().map(|one| one.to.map(Into::into))),
        counts("customers", moves.iter().map(|one| Some(one.customers))),
        money(&of_measure("profit_before", measure), moves.iter().map(|one| Some(one.profit_before)), currency)?,
        money(&of_measure("profit_after", measure), moves.iter().map(|one| Some(one.profit_after)), currency)?,
    ]))
}

/// Who moved the peak, by how much.
///
/// # Shape
/// One row a customer who moved it, the largest move first: `customer_id`, `profit_before`,
/// `profit_after` (empty in a period without the customer), `peak_change` (exact). `before` and `after`
/// name the customer at a place of either period; `measure` as in [`migration`].
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn peak_moves<T: AsRef<str>>(
    comparison: &Comparison,
    before: impl Fn(usize) -> T,
    after: impl Fn(usize) -> T,
    measure: &str,
    currency: &Currency,
) -> Result<DataFrame> {
    let moves = &comparison.peak_moves;
    let name = |place: (Option<usize>, Option<usize>)| place.1.map(&after).or_else(|| place.0.map(&before));
    let known = |place: Option<usize>, profit: i64| place.map(|_| i128::from(profit));
    Ok(frame(vec![
        text("customer_id", moves.iter().map(|one| name((one.before, one.after)))),
        money(
            &of_measure("profit_before", measure),
            moves.iter().map(|one| known(one.before, one.profit_before)),
            currency,
        )?,
        money(
            &of_measure("profit_after", measure),
            moves.iter().map(|one| known(one.after, one.profit_after)),
            currency,
        )?,
        money("peak_change", moves.iter().map(|one| Some(one.peak_change.into())), currency)?,
    ]))
}
