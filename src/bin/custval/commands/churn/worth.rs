//! What customers brought and are worth, from tables beside the contracts.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use custval::churn::ProfitPeriod;
use custval::churn::frame::CustomerWorth;
use custval::columns::{CUSTOMER_ID, Column, PERIOD_END, PERIOD_START, PROFIT, RESIDUAL_CLV};
use custval::money::Currency;
use custval::scan::{Problems, ScanParams, TextTable, Texts, ValueProblem, value};
use custval::tables::unique_customers;
use custval::time::Day;
use custval::wording::{self, grouped};
use custval::{Error, Location};

use crate::contracts;
use crate::load;
use crate::session::Session;

/// The first and the last day of accounts; the earliest day there is where a table does not say.
type Accounts = (Day, Day);

/// What one table of profits says.
struct Profits {
    /// Of customers with a contract: who, in which accounts, and how much in minor units.
    known: Vec<(usize, Accounts, i64)>,
    /// Rows of others.
    unknown: u64,
    /// Whether it says when its accounts end.
    dated: bool,
}

/// The accounts of every file of profits, by their period.
///
/// # Errors
/// What cannot be read or used.
pub fn profit_periods(
    files: &[PathBuf],
    ids: &Texts,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Vec<ProfitPeriod>> {
    let mut periods: Vec<ProfitPeriod> = Vec::new();
    for file in files {
        let (table, read) = load::table_for(file, params, session, |table| profits_of(table, ids, &periods, params))?;
        let file = table.header().file();
        if !read.dated {
            session.messages.warning(&format!(
                "{file} does not say which period its profits are of (`period_start`, `period_end`): taken as closed before the \
                 first period"
            ));
        }
        let mut seen = vec![false; ids.len()];
        for (customer, (from, to), profit) in read.known {
            seen[customer] = true;
            let place = place_of(&periods, (from, to)).unwrap_or_else(|| {
                periods.push(ProfitPeriod { from, to, profits: vec![None; ids.len()] });
                periods.len() - 1
            });
            periods[place].profits[customer] = Some(profit);
        }
        let missing = seen.iter().filter(|seen| !**seen).count();
        load::refuse_strangers(file, ids.len(), ids.len() - missing)?;
        if read.unknown + missing as u64 > 0 {
            session.messages.note(&format!(
                "joined {file}: {} of {} are not in it, and their profit counts as zero; rows of others in it: {}",
                grouped(missing as u64),
                wording::counted(ids.len() as u64, "customer"),
                grouped(read.unknown)
            ));
        }
    }
    Ok(periods)
}

fn place_of(periods: &[ProfitPeriod], accounts: Accounts) -> Option<usize> {
    periods.iter().position(|period| (period.from, period.to) == accounts)
}

/// Reads a table of profits; `before` are the accounts of the tables before it.
fn profits_of(
    table: &TextTable,
    ids: &Texts,
    before: &[ProfitPeriod],
    params: &ScanParams,
) -> custval::Result<Profits> {
    const TWICE: ValueProblem =
        ValueProblem { reason: "customer twice", message: "has profits of the same period already, further up" };
    let header = table.header();
    let mut problems = Problems::new();
    let profits = table.amounts(header.require_amount(PROFIT, &params.columns)?, &params.currency, &mut problems);
    let mut days = |column: Column| -> custval::Result<Option<Vec<Option<Day>>>> {
        Ok(header.find(column, &params.columns)?.map(|place| table.optional(place, value::day, &mut problems)))
    };
    let (from, to) = (days(PERIOD_START)?, days(PERIOD_END)?);
    problems.check_all("value", header.file(), "mend them in the file")?;
    let day = |days: &Option<Vec<Option<Day>>>, row: usize| days.as_ref().and_then(|days| days[row]);
    let customer_at = header.require(CUSTOMER_ID, &params.columns)?;
    let customers = table.column(customer_at);
    let (mut known, mut unknown) = (Vec::new(), 0);
    let mut told = HashSet::new();
    let mut problems = Problems::new();
    for (row, profit) in profits.into_iter().enumerate() {
        let Some(customer) = contracts::find(ids, customers.get(row)) else {
            unknown += 1;
            continue;
        };
        let [from, to] = [&from, &to].map(|days| day(days, row).unwrap_or(Day(i32::MIN)));
        let told_before = place_of(before, (from, to)).is_some_and(|place| before[place].profits[customer].is_some());
        if told_before || !told.insert((customer, from, to)) {
            table.refuse(row, customer_at, TWICE, &mut problems);
        }
        known.push((customer, (from, to), profit));
    }
    problems.check_all("row", header.file(), "leave one row of each customer and period")?;
    let all: i128 = known.iter().map(|(.., profit)| i128::from(profit.unsigned_abs())).sum();
    if all > i128::from(i64::MAX) {
        return Err(Error::data("the profits come to more than can be added up exactly")
            .at(Location::file(header.file()))
            .hint("check that none has its marks for thousands taken for others"));
    }
    Ok(Profits { known, unknown, dated: to.is_some() })
}

/// What each customer brought in all accounts given, as an amount of money.
pub fn profit_so_far(periods: &[ProfitPeriod], customers: usize, currency: &Currency) -> Vec<Option<f64>> {
    let unit = currency.minor_units() as f64;
    let of = |customer: usize| {
        let known = periods.iter().filter_map(|period| period.profits[customer]).reduce(i64::saturating_add);
        known.map(|profit| profit as f64 / unit)
    };
    (0..customers).map(of).collect()
}

/// What is known of the value of customers.
///
/// # Errors
/// What cannot be read or used.
pub fn customer_worth(
    file: Option<&Path>,
    ids: &Texts,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<CustomerWorth> {
    const HISTORIC_PROFIT: &str = "historic_profit";
    let Some(file) = file else { return Ok(CustomerWorth::default()) };
    let (table, (historic, residual)) = load::table_for(file, params, session, |table| {
        let header = table.header();
        let mut problems = Problems::new();
        let residual = header.find(RESIDUAL_CLV, &params.columns)?;
        let historic = header.names().iter().position(|name| name == HISTORIC_PROFIT);
        if residual.is_none() && historic.is_none() {
            return Err(Error::data("there is neither a column `residual_clv` nor one `historic_profit`")
                .at(Location::file(header.file()))
                .hint("give a table that `custval clv` made"));
        }
        let mut column = |place: usize| table.optional(place, value::number, &mut problems);
        let values = (historic.map(&mut column), residual.map(&mut column));
        problems.check_all("value", header.file(), "mend them in the file")?;
        unique_customers(table, &params.columns)?;
        Ok(values)
    })?;
    let rows = load::rows_of(ids, &table, params, session)?;
    let joined = |values: Vec<Option<f64>>| rows.iter().map(|row| row.and_then(|row| values[row])).collect();
    Ok(CustomerWorth { historic_profit: historic.map(joined), residual_clv: residual.map(joined) })
}
