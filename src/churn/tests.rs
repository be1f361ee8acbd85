mod counts;
mod files;
mod losses;
mod policies;
mod revenue;

use super::*;
use crate::calendar::Grain;
use crate::exchange::Exchange;
use crate::money::Currency;
use crate::time::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn contract(customer: u32, start: &str, end: &str, amount: i64) -> Contract {
    Contract::new(customer, day(start), (!end.is_empty()).then(|| day(end)), amount)
}

fn contracts(rows: Vec<Contract>) -> Contracts {
    let customers = rows.iter().map(|row| row.customer + 1).max().unwrap_or(0);
    Contracts::new(rows, Vec::new(), customers).unwrap()
}

fn window(grain: Grain, from: &str, as_of: &str) -> Window {
    Window::new(grain, day(from), day(as_of)).unwrap()
}

/// All rates of all customers under the default policy.
fn all_rates(contracts: &Contracts, policy: &Policy, window: &Window, exchange: &Exchange) -> Rates {
    let params = RateParams { definitions: Definition::ALL.to_vec(), grouping: Grouping::default(), seed: 1 };
    let relationships = Relationships::new(contracts, policy, window.as_of());
    rates(&relationships, policy, window, &params, exchange, &[])
}

fn rate_of(rates: &Rates, period: usize, definition: Definition) -> Rate {
    rates.rows.iter().find(|row| row.periods.0 == period && row.definition == definition).unwrap().rate
}

/// Digits to which the figures are printed in their source.
const PRINTED: f64 = 5e-11;

#[track_caller]
fn close(found: Option<f64>, expected: f64, tolerance: f64) {
    assert!((found.unwrap() - expected).abs() < tolerance, "{found:?} for {expected}");
}
