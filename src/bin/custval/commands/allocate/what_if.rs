//! What-ifs of a run, said in a sentence each: with the resources kept, and with what is freed given up.

use std::collections::BTreeSet;

use custval::allocate::{Comparison, Model, Run, what_if};
use custval::columns::CUSTOMER_ID;
use custval::money::Currency;
use custval::scan::{Problems, ScanParams, ValueProblem, value};
use custval::wording;
use custval::{Error, Location};

use super::Args;
use crate::load;
use crate::session::Session;

/// The customers to be dropped, by their positions in a run.
///
/// # Errors
/// A customer that the run does not have, a file that cannot be read.
pub fn dropped(args: &Args, run: &Run, params: &ScanParams, session: &Session) -> anyhow::Result<BTreeSet<usize>> {
    const UNKNOWN: ValueProblem = ValueProblem { reason: "unknown customer", message: "is no customer of the run" };
    let mut dropped = BTreeSet::new();
    if args.drop.is_empty() && args.drop_file.is_none() {
        return Ok(dropped);
    }
    let [dimension] = &run.gathered.dimensions[..] else {
        return Err(Error::usage("who is dropped is named by one column, and the run is by several")
            .hint("leave `--by` out, or give it one column")
            .into());
    };
    let usage = &run.gathered.usage;
    for name in &args.drop {
        let place = usage.find(params.policies.customer(name).as_bytes()).ok_or_else(|| {
            let error = Error::usage(format!("the run has no customer `{name}` to drop"));
            match with_commas(&args.drop, |whole| usage.find(params.policies.customer(whole).as_bytes()).is_some()) {
                Some(whole) => error.hint(format!(
                    "`{whole}` is one, but a comma ends a name here: write it into a file with a column `customer_id`, and \
                     say `--drop-file FILE`"
                )),
                None => error.hint(format!("its keys are those of the column `{dimension}`")),
            }
        })?;
        dropped.insert(place);
    }
    if let Some(file) = &args.drop_file {
        let table = load::table(file, params, session)?;
        let column = table.header().require(CUSTOMER_ID, &params.columns)?;
        let mut problems = Problems::new();
        table.refuse_no_customer(column, &mut problems);
        for (row, id) in table.column(column).iter().enumerate().filter(|(_, id)| value::customer(id).is_ok()) {
            match usage.find(id) {
                Some(place) => drop(dropped.insert(place)),
                None => table.refuse(row, column, UNKNOWN, &mut problems),
            }
        }
        if table.is_empty() {
            return Err(Error::data("the file names no customer to drop")
                .at(Location::file(table.header().file()))
                .hint("write a customer on each line below the header, or leave `--drop-file` out")
                .into());
        }
        problems.check_all(
            "row",
            table.header().file(),
            format!("the keys of the run are those of the column `{dimension}`"),
        )?;
    }
    Ok(dropped)
}

/// Some of the names given, one after the other with commas between them, where that is a customer.
fn with_commas(names: &[String], is_customer: impl Fn(&str) -> bool) -> Option<String> {
    let ends = |start: usize| (start + 2..=names.len().min(start + 4)).map(move |end| names[start..end].join(","));
    (0..names.len()).flat_map(ends).find(|whole| is_customer(whole))
}

/// Refuses a what-if in another currency than the base: their amounts cannot stand beside each other.
///
/// # Errors
/// Two currencies that are named, or whose amounts have different decimals.
pub fn in_one_currency(base: &Model, model: &Model) -> custval::Result<()> {
    let [one, other] = [base, model].map(|model| model.currency.clone().unwrap_or_default());
    let named_apart = one.code().is_some() && other.code().is_some() && one != other;
    if named_apart || one.decimals() != other.decimals() {
        let written = |currency: &Currency| match currency.code() {
            Some(code) => format!("`{code}`"),
            None => "a currency of two decimals".to_owned(),
        };
        return Err(Error::usage(format!("the what-if is in {}, the model in {}", written(&other), written(&one)))
            .at(Location::file(&model.file))
            .hint("write a model of its own, and allocate each for itself"));
    }
    Ok(())
}

/// What the run makes of the company, beside the base, without the customers dropped.
pub fn beside(model: &Model, base: &Run, run: &Run, dropped: &BTreeSet<usize>, session: &Session) -> Vec<Comparison> {
    let found = what_if(base, run, dropped);
    let company = company(&found.lines);
    let show = |amount: i128| wording::grouped_text(&model.currency.clone().unwrap_or_default().format(amount));
    let (before, stay, given_up) = (show(company.base), show(company.resources_stay), show(company.given_up));
    let freed = show(found.freed);
    let verb = if company.base == company.resources_stay { "stays" } else { "becomes" };
    let profit = format!("company profit {before} {verb} {stay}");
    let said = match (dropped.len(), found.freed) {
        (_, 0) => format!("{profit}; nothing is freed that could be given up"),
        (0, _) => {
            format!("{profit} as long as the resources stay, and becomes {given_up} if what is freed is given up")
        }
        _ => {
            let what = if std::ptr::eq(base, run) { "that served them are" } else { "that all this frees are" };
            format!("{profit} if the resources stay, and {given_up} only if the {freed} {what} really given up")
        }
    };
    let looks_like = format!(
        "dropping {} of {} looks like {}{}; ",
        wording::grouped(dropped.len() as u64),
        wording::counted(run.gathered.usage.ids.len() as u64, "customer"),
        if found.looks_like > 0 { "+" } else { "" },
        show(found.looks_like),
    );
    session.messages.note(&format!("what if: {}{said}", if dropped.is_empty() { "" } else { &looks_like }));
    found.lines
}

fn company(lines: &[Comparison]) -> &Comparison {
    lines.iter().find(|line| line.line == "company profit").expect("every comparison ends with the company's profit")
}
