//! Reading the ledger: accounts with an amount, or a debit and a credit column.

use std::collections::BTreeSet;

use crate::allocate::ledger::Ledger;
use crate::allocate::model::Model;
use crate::columns::{self, ACCOUNT, AmountPlace, COST_CENTRE, CREDIT, CURRENCY, Column, DATE, DEBIT, Second};
use crate::dialect::currency_beside;
use crate::money::Currency;
use crate::progress::Progress;
use crate::scan::{BadRows, Problems, ScanParams, TextTable, ValueProblem, read_table, value};
use crate::time::Day;
use crate::{Error, Location, Result};

use super::keys::Period;
use super::{Aside, File, FileReceipt};

/// The ledger of a period, and all of it.
#[derive(Debug, Clone, Default)]
pub struct Booked {
    /// Postings of the period.
    pub ledger: Ledger,
    /// All postings, whatever their date.
    pub all: Ledger,
    /// What became of every row.
    pub receipt: FileReceipt,
    /// The days of all postings, where the ledger has dates.
    pub days: BTreeSet<Day>,
}

impl Booked {
    /// Refuses a period in which nothing was posted; of several periods, the whole is to be asked for.
    ///
    /// # Errors
    /// `ErrorKind::Data` with the first and the last day of the ledger.
    pub fn falls_in(&self, period: Period, file: &File) -> Result<()> {
        let (Some(first), Some(last)) = (self.days.first(), self.days.last()) else { return Ok(()) };
        if self.days.iter().any(|day| period.contains(*day)) {
            return Ok(());
        }
        let asked = match (period.from, period.to) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("up to {to}"),
            (None, None) => return Ok(()),
        };
        Err(Error::data(format!("the ledger has no row {asked}: its dates go from {first} to {last}"))
            .at(Location::file(file.name()))
            .hint("say another period with `--from` and `--to`"))
    }
}

/// What becomes of rows that are titles or subtotals.
const NO_ACCOUNT: ValueProblem = ValueProblem { reason: "no account", message: "a row without an account" };
const SUBTOTAL: ValueProblem =
    ValueProblem { reason: "subtotal", message: "is no account but names a total, which would be counted twice" };
const NO_AMOUNT: ValueProblem = ValueProblem { reason: "amount missing", message: "the amount is missing" };
const BOTH: ValueProblem =
    ValueProblem { reason: "neither debit nor credit", message: "a row with neither a debit nor a credit" };
const NO_DATE: ValueProblem = ValueProblem { reason: "date missing", message: "the date is missing" };

/// What was posted: of a ledger it is no money that somebody paid.
const AMOUNT: Column =
    Column { meaning: "the amount of the posting, costs positive, in units of the currency", ..columns::AMOUNT };

/// Reads the ledger.
///
/// # Edge cases
/// A debit is a cost, a credit reduces it. Rows without an account (titles, subtotals) and rows whose account reads like a
/// total are refused, or set aside and counted where the model says `rows_without_account = "aside"`. Rows outside the
/// period are set aside and counted. A row without an account is no posting, whatever its other fields hold.
/// # Errors
/// `ErrorKind::Data` with the first ten rows that cannot be used, or for a ledger in two currencies; `ErrorKind::Usage` where
/// pools pick cost centres and no file has such a column.
pub fn read_ledger(file: &File, model: &Model, period: Period, progress: &dyn Progress) -> Result<Booked> {
    let mut booked = Booked::default();
    let currency = model.currency.clone().unwrap_or_default();
    let aside = model.inputs.get("ledger").and_then(|input| input.rows_without_account.as_deref()) == Some("aside");
    let mut problems = Problems::new();
    let mut codes: Vec<(String, Location)> = Vec::new();
    let mut cost_centres = false;
    for source in file.inputs.sources() {
        // Costs that are left out of a ledger would be missing from every figure.
        let params = ScanParams { bad_rows: BadRows::Refuse, ..file.params.clone() };
        let table = read_table(source, &params, progress)?;
        let columns = Columns::of(&table, file)?;
        cost_centres |= columns.cost_centre.is_some();
        let amounts = table.amount_columns(columns.amount);
        let dates = columns.date.map(|date| (date, table.written(date)));
        for row in 0..table.len() {
            let text = |column: usize| String::from_utf8_lossy(table.column(column).get(row)).trim().to_owned();
            let account = text(columns.account);
            let amount = amounts.amount(row, &currency);
            let readable = amount.unwrap_or(0);
            booked.receipt.rows += 1;
            booked.receipt.amount += i128::from(readable);
            let what = if account.is_empty() {
                Some(NO_ACCOUNT)
            } else if names_a_total(&account) {
                Some(SUBTOTAL)
            } else {
                None
            };
            if let Some(problem) = what {
                if aside {
                    booked.receipt.set_aside(problem.reason, readable);
                } else {
                    table.refuse(row, columns.account, problem, &mut problems);
                }
                continue;
            }
            let day = match &dates {
                None => Ok(None),
                Some((date, written)) => match value::day(written, table.column(*date).get(row)) {
                    Ok(day) => Ok(Some(day)),
                    Err(ValueProblem::MISSING | ValueProblem::PLACEHOLDER) => Err((*date, NO_DATE)),
                    Err(problem) => Err((*date, problem)),
                },
            };
            let amount = amount.map_err(|(column, problem)| match problem {
                ValueProblem::MISSING => (column, columns.nothing_posted),
                problem => (column, problem),
            });
            for (column, problem) in [day.err(), amount.err()].into_iter().flatten() {
                table.refuse(row, column, problem, &mut problems);
            }
            let beside =
                columns.of_amount().map(|column| (column, currency_beside(table.column(column).get(row)).to_owned()));
            let named = columns.currency.map(|column| (column, text(column)));
            for (column, code) in beside.chain(named) {
                if !code.is_empty() && codes.iter().all(|(known, _)| *known != code) {
                    codes.push((code, table.location(row, column)));
                }
            }
            let (Ok(amount), Ok(day)) = (amount, day) else { continue };
            let centre = columns.cost_centre.map(text).unwrap_or_default();
            booked.all.post(&account, &centre, amount.into());
            booked.days.extend(day);
            if day.is_some_and(|day| !period.contains(day)) {
                booked.receipt.set_aside("outside the period", amount);
                continue;
            }
            booked.receipt.used += 1;
            booked.ledger.post(&account, &centre, amount.into());
        }
    }
    one_currency(&codes, model)?;
    problems.check_all(
        "value",
        "the ledger",
        "mend them in the file, since `--rejects` sets no row of the ledger aside: its costs must add up; title and subtotal rows are left \
         out with `rows_without_account = \"aside\"` under `[inputs.ledger]`",
    )?;
    if !cost_centres && model.pools.values().any(|pool| !pool.selection.cost_centres.is_empty()) {
        return Err(Error::usage("the ledger has no column `cost_centre`, by which pools pick their postings")
            .at(Location::file(file.name()))
            .hint(
                "name it with `columns = { cost_centre = \"NAME\" }` under `[inputs.ledger]`, or let the pools pick by `accounts`",
            ));
    }
    if booked.receipt.rows == 0 {
        return Err(Error::data("the ledger has no rows").at(Location::file(file.name())));
    }
    Ok(booked)
}

struct Columns {
    account: usize,
    cost_centre: Option<usize>,
    /// One column, or what two make: a debit and a credit are the one less the other.
    amount: AmountPlace,
    /// What is wrong with a row that has no amount.
    nothing_posted: ValueProblem,
    date: Option<usize>,
    currency: Option<usize>,
}

impl Columns {
    fn of(table: &TextTable, file: &File) -> Result<Self> {
        let (header, map) = (table.header(), &file.params.columns);
        let debit_and_credit = (header.find(DEBIT, map)?, header.find(CREDIT, map)?);
        let (amount, nothing_posted) = match (header.find_amount(AMOUNT, map)?, debit_and_credit) {
            (Some(_), (Some(_), Some(_))) if map.get(AMOUNT).is_none() => {
                return Err(Error::data("the ledger has an amount, a debit and a credit column")
                    .at(Location::file(header.file()))
                    .hint("say which counts: name the amount with `columns = { amount = \"NAME\" }` under `[inputs.ledger]`, or remove it from the file"));
            }
            (None, (Some(debit), Some(credit))) => ((debit, Some(Second::Subtrahend(credit))), BOTH),
            (None, _) => (header.require_amount(AMOUNT, map)?, NO_AMOUNT),
            (Some(amount), _) => (amount, NO_AMOUNT),
        };
        Ok(Self {
            account: header.require(ACCOUNT, map)?,
            cost_centre: header.find(COST_CENTRE, map)?,
            amount,
            nothing_posted,
            date: header.find(DATE, map)?,
            currency: header.find(CURRENCY, map)?,
        })
    }

    /// The columns that make the amount.
    fn of_amount(&self) -> impl Iterator<Item = usize> {
        let (one, second) = self.amount;
        std::iter::once(one).chain(second.map(Second::column))
    }
}

/// Whether the text in the account column reads like a total: no account number, and a word for a sum.
fn names_a_total(account: &str) -> bool {
    let lower = account.to_lowercase();
    let words = ["total", "subtotal", "sub-total", "grand total", "sum", "saldo", "summe", "suma", "balance"];
    !account.bytes().any(|byte| byte.is_ascii_digit())
        && words.iter().any(|word| lower == *word || lower.starts_with(&format!("{word} ")))
        || lower.starts_with("total ")
        || lower.starts_with("subtotal ")
}

fn one_currency(codes: &[(String, Location)], model: &Model) -> Result<()> {
    let first = codes.first().map_or("", |(code, _)| code);
    if let Some((other, at)) = codes.iter().find(|(code, _)| !Currency::are_alike(first, code)) {
        let one = first;
        return Err(Error::data(format!("the ledger is in two currencies, `{one}` and `{other}`"))
            .at(at.clone())
            .hint("convert it into one currency first: amounts of different currencies cannot be added"));
    }
    let named = model.currency.as_ref().and_then(Currency::code);
    match (codes.first(), named) {
        (Some((found, at)), Some(named)) if !Currency::is_written(named, found) => {
            Err(Error::data(format!("the ledger is in `{found}`, the model in `{named}`"))
                .at(at.clone())
                .hint("mend `model.currency`, or convert the ledger"))
        }
        _ => Ok(()),
    }
}

impl FileReceipt {
    fn set_aside(&mut self, reason: &str, amount: i64) {
        let entry = self.aside.entry(reason.to_owned()).or_insert(Aside { rows: 0, amount: 0 });
        entry.rows += 1;
        entry.amount += i128::from(amount);
    }
}
