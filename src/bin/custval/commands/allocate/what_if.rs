//! What-ifs of a run, said in a sentence each: with the resources kept, and with what is freed given up.

use std::collections::BTreeSet;

use custval::Error;
use custval::allocate::{Comparison, Model, Run, what_if};
use custval::columns::CUSTOMER_ID;
use custval::scan::{Problems, ScanParams, ValueProblem, value};
use custval::wording;

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
            Error::usage(format!("the run has no customer `{name}` to drop"))
                .hint(format!("its keys are those of the column `{dimension}`"))
        })?;
        dropped.insert(place);
    }
    if let Some(file) = &args.drop_file {
        let (_, table) = load::table(file, params, session)?;
        let column = table.header().require(CUSTOMER_ID, &params.columns)?;
        let mut problems = Problems::new();
        table.refuse_no_customer(column, &mut problems);
        for (row, id) in table.column(column).iter().enumerate().filter(|(_, id)| value::customer(id).is_ok()) {
            match usage.find(id) {
                Some(place) => drop(dropped.insert(place)),
                None => table.refuse(row, column, UNKNOWN, &mut problems),
            }
        }
        problems.check_all(
            "row",
            table.header().file(),
            format!("the keys of the run are those of the column `{dimension}`"),
        )?;
    }
    Ok(dropped)
}

/// What the run makes of the company, beside the base, without the customers dropped.
pub fn beside(model: &Model, base: &Run, run: &Run, dropped: &BTreeSet<usize>, session: &Session) -> Vec<Comparison> {
    let usage = &base.gathered.usage;
    let found = what_if((&base.allocation, &base.profits), (&run.allocation, &run.profits), usage, dropped);
    let company = company(&found.lines);
    let show = |amount: i128| wording::grouped_text(&model.currency.clone().unwrap_or_default().format(amount));
    let (before, stay, given_up) = (show(company.base), show(company.resources_stay), show(company.given_up));
    if dropped.is_empty() {
        let verb = if company.base == company.resources_stay { "stays" } else { "becomes" };
        session.messages.note(&format!(
            "what if: company profit {before} {verb} {stay} as long as the resources stay, and becomes {given_up} if what is \
             freed is given up"
        ));
        return found.lines;
    }
    let freed = show(found.freed);
    let what = if std::ptr::eq(base, run) { String::new() } else { " and what the other model frees".into() };
    session.messages.note(&format!(
        "what if: dropping {} of {} customers looks like {}{}; company profit {before} becomes {stay} if the resources stay, \
         and {given_up} only if the {freed} that served them{what} are really given up",
        wording::grouped(dropped.len() as u64),
        wording::grouped(usage.ids.len() as u64),
        if found.looks_like > 0 { "+" } else { "" },
        show(found.looks_like),
    ));
    found.lines
}

fn company(lines: &[Comparison]) -> &Comparison {
    lines.iter().find(|line| line.line == "company profit").expect("every comparison ends with the company's profit")
}
