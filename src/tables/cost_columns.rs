//! Columns of a table that the user names as cost.

use crate::columns::{
    ALL, AmountPlace, COST_TO_SERVE, Column, ColumnMap, Header, NET_REVENUE, PROFIT, RELATIONSHIP_COST, RESIDUAL_CLV,
    REVENUE, SELLING_COST, TRANSACTION_COST, UNIT_COST,
};
use crate::{Error, Location, Result};

/// Columns that hold no cost, whatever they are called in the file.
const NO_COST: [Column; 4] = [REVENUE, NET_REVENUE, PROFIT, RESIDUAL_CLV];
/// Columns of a run of `allocate` that are no standard ones, and no cost.
const NO_COST_OF_A_RUN: [&str; 3] = ["profit_margin", "full_cost_profit", "cost_to_serve_ratio"];
/// What cost to serve is the sum of.
const LEVELS: [Column; 4] = [UNIT_COST, TRANSACTION_COST, RELATIONSHIP_COST, SELLING_COST];

/// Refuses columns named as costs that are none, and a column named twice; `flag` is the option that names them.
///
/// Names that the table does not have are left to whoever reads them.
///
/// # Errors
/// `Usage` with the names as the user wrote them.
pub fn check_costs<'n>(
    header: &Header,
    columns: &ColumnMap,
    names: impl IntoIterator<Item = &'n str>,
    flag: &str,
) -> Result<()> {
    let refused = |message: String| Error::usage(message).at(Location::file(header.file()));
    let mut seen: Vec<(AmountPlace, &str)> = Vec::new();
    for name in names {
        let Some(place) = place_of(header, columns, name)? else { continue };
        let is = |column: &Column| standard(header, columns, *column) == Some(place);
        if let Some(column) = NO_COST.iter().find(|column| is(column)) {
            return Err(refused(format!("`{flag}` names `{name}`, which is no cost but {}", words(*column)))
                .hint(format!("name columns of costs, as in `{flag} {}`", example(flag))));
        }
        if NO_COST_OF_A_RUN.contains(&name) {
            return Err(refused(format!("`{flag}` names `{name}`, which is no cost"))
                .hint(format!("name columns of costs, as in `{flag} {}`", example(flag))));
        }
        if let Some((_, other)) = seen.iter().find(|(known, _)| *known == place) {
            let also = if *other == name { String::new() } else { format!(", as `{other}` and as `{name}`") };
            return Err(refused(format!("`{flag}` names the column `{name}` twice{also}"))
                .hint("name each column once: it would count twice"));
        }
        seen.push((place, name));
    }
    Ok(())
}

/// Refuses cost to serve beside one of the levels that it is the sum of.
///
/// # Errors
/// `Usage` with both names as the user wrote them.
pub fn check_parts<'n>(
    header: &Header,
    columns: &ColumnMap,
    names: impl IntoIterator<Item = &'n str>,
    flag: &str,
) -> Result<()> {
    let mut places = Vec::new();
    for name in names {
        places.extend(place_of(header, columns, name)?.map(|place| (place, name)));
    }
    let named = |column: Column| {
        let at = standard(header, columns, column)?;
        places.iter().find(|(place, _)| *place == at).map(|(_, name)| *name)
    };
    match (named(COST_TO_SERVE), LEVELS.into_iter().find_map(named)) {
        (Some(total), Some(part)) => {
            Err(Error::usage(format!("`{flag}` names `{total}` and `{part}`, which is a part of it"))
                .at(Location::file(header.file()))
                .hint("name the total or its parts: the part would count twice"))
        }
        _ => Ok(()),
    }
}

/// What is found under a name: the column of that name, or the two that it names, else the standard column.
fn place_of(header: &Header, columns: &ColumnMap, name: &str) -> Result<Option<AmountPlace>> {
    if let Some(place) = header.named_amount(name)? {
        return Ok(Some(place));
    }
    Ok(ALL.iter().find(|column| column.name == name).and_then(|column| standard(header, columns, *column)))
}

/// Where a standard column stands; of two that answer to its name, neither is it for sure.
fn standard(header: &Header, columns: &ColumnMap, column: Column) -> Option<AmountPlace> {
    header.find_amount(column, columns).ok().flatten()
}

fn words(column: Column) -> &'static str {
    match column.name {
        "profit" => "profit",
        "residual_clv" => "lifetime value",
        _ => "revenue",
    }
}

fn example(flag: &str) -> &'static str {
    if flag == "--rate-error" { "relationship_cost=10%" } else { "unit_cost,relationship_cost" }
}
