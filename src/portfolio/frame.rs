//! The grid and the levers as frames.

use polars::prelude::DataFrame;

use super::{CustomerFigures, CustomerLevers, PortfolioGrid};
use crate::Result;
use crate::money::Currency;
use crate::tables::build::{counts, frame, money, numbers, text};

/// The boxes of the grid.
///
/// # Shape
/// One row a box, empty ones too, revenue from the highest level and within it cost from the lowest:
/// `revenue_level`, `cost_level`, `customers`, `customer_share` (0 to 1), `revenue`, `cost_to_serve`,
/// `profit` (exact), `profit_margin` (over revenue; empty where that is zero or less),
/// `lifetime_value` (of the customers of whom it is known; empty where it is of none of them).
/// # Errors
/// `Data` where a sum has more than 38 digits.
pub fn boxes(grid: &PortfolioGrid, currency: &Currency) -> Result<DataFrame> {
    let boxes = &grid.boxes;
    Ok(frame(vec![
        text("revenue_level", boxes.iter().map(|one| Some(&one.revenue_level))),
        text("cost_level", boxes.iter().map(|one| Some(&one.cost_level))),
        counts("customers", boxes.iter().map(|one| Some(one.customers))),
        numbers("customer_share", boxes.iter().map(|one| Some(one.customer_share))),
        money("revenue", boxes.iter().map(|one| Some(one.revenue)), currency)?,
        money("cost_to_serve", boxes.iter().map(|one| Some(one.cost)), currency)?,
        money("profit", boxes.iter().map(|one| Some(one.profit)), currency)?,
        numbers("profit_margin", boxes.iter().map(|one| one.profit_margin)),
        numbers("lifetime_value", boxes.iter().map(|one| one.lifetime_value)),
    ]))
}

/// Where the levels end.
///
/// # Shape
/// One row a cut: `side` (`revenue` or `cost`), `cut` (from 1), `value` (units of the currency, or a share
/// of revenue for relative cost).
pub fn cuts(grid: &PortfolioGrid, currency: &Currency) -> DataFrame {
    let sides = [("revenue", &grid.revenue_cuts), ("cost", &grid.cost_cuts)];
    let rows: Vec<_> = sides
        .iter()
        .flat_map(|(side, cuts)| {
            cuts.iter().zip(1_u64..).map(move |(cut, number)| (*side, number, cut.value(currency)))
        })
        .collect();
    frame(vec![
        text("side", rows.iter().map(|row| Some(row.0))),
        counts("cut", rows.iter().map(|row| Some(row.1))),
        numbers("value", rows.iter().map(|row| Some(row.2))),
    ])
}

/// The customers with their box and what pays most for each.
///
/// # Shape
/// One row a customer of `places`, in that order: `customer_id`, `revenue_level`, `cost_level`, `revenue`,
/// `cost_to_serve`, `profit`, `lever` (`keep`, `cut_cost`, `raise_price`, `let_go`), `gain` (what it adds to
/// profit), `driver` (the largest cost driver; empty where there is none), `driver_cost`, `saving`,
/// `break_even_fee`, `break_even_price_rise_pct` (empty without revenue), `let_go`; money is exact.
/// # Errors
/// `Data` where an amount has more than 38 digits.
pub fn customers<T: AsRef<str>>(
    places: &[usize],
    id: impl Fn(usize) -> T,
    grid: &PortfolioGrid,
    figures: CustomerFigures<'_>,
    levers: &[CustomerLevers],
    drivers: &[&str],
    currency: &Currency,
) -> Result<DataFrame> {
    let boxed = |place: usize| &grid.boxes[grid.box_of[place] as usize];
    let rows = || places.iter().copied();
    let amounts =
        |name: &str, of: &dyn Fn(usize) -> i64| money(name, rows().map(|place| Some(of(place).into())), currency);
    Ok(frame(vec![
        text("customer_id", rows().map(|place| Some(id(place)))),
        text("revenue_level", rows().map(|place| Some(&boxed(place).revenue_level))),
        text("cost_level", rows().map(|place| Some(&boxed(place).cost_level))),
        amounts("revenue", &|place| figures.revenue[place])?,
        amounts("cost_to_serve", &|place| figures.cost[place])?,
        amounts("profit", &|place| figures.profit[place])?,
        text("lever", rows().map(|place| Some(levers[place].lever.name()))),
        amounts("gain", &|place| levers[place].gain)?,
        text("driver", rows().map(|place| levers[place].driver.map(|number| drivers[number]))),
        amounts("driver_cost", &|place| levers[place].driver_cost)?,
        amounts("saving", &|place| levers[place].saving)?,
        amounts("break_even_fee", &|place| levers[place].break_even_fee)?,
        numbers("break_even_price_rise_pct", rows().map(|place| levers[place].break_even_price_rise_pct)),
        amounts("let_go", &|place| levers[place].let_go)?,
    ]))
}
