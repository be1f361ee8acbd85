//! What-ifs of a run, said in a sentence each: with the resources kept, and with what is freed given up.

use std::collections::BTreeSet;

use custval::Error;
use custval::allocate::{Comparison, Model, Run, compare_models, drop_customers};
use custval::columns::CUSTOMER_ID;
use custval::scan::ScanParams;
use custval::wording;

use super::Args;
use crate::load;
use crate::session::Session;

/// Another model beside the base.
pub fn models(model: &Model, base: &Run, other: &Run, session: &Session) -> Vec<Comparison> {
    let lines =
        compare_models((&base.allocation, &base.profits), (&other.allocation, &other.profits), &base.gathered.usage);
    let company = company(&lines);
    let show = |amount: i128| money(model, amount);
    session.messages.note(&format!(
        "what if: company profit {} stays {} as long as the resources stay, and becomes {} if what is freed is given up",
        show(company.base),
        show(company.resources_stay),
        show(company.given_up),
    ));
    lines
}

/// The company without some customers.
///
/// # Errors
/// A customer that the run does not have.
pub fn dropped(
    args: &Args,
    model: &Model,
    run: &Run,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Vec<Comparison>> {
    let mut names = args.drop.clone();
    if let Some(file) = &args.drop_file {
        let (_, table) = load::table(file, params, session)?;
        let column = table.header().require(CUSTOMER_ID, &params.columns)?;
        names.extend(table.column(column).iter().map(|id| String::from_utf8_lossy(id).into_owned()));
    }
    let usage = &run.gathered.usage;
    let mut dropped = BTreeSet::new();
    for name in &names {
        let place = usage.find(name.as_bytes()).ok_or_else(|| {
            Error::usage(format!("the run has no customer `{name}` to drop"))
                .hint(format!("its keys are those of the column `{}`", run.gathered.dimension))
        })?;
        dropped.insert(place);
    }
    let found = drop_customers(&run.allocation, usage, &run.profits, &dropped);
    let company = company(&found.lines);
    let show = |amount: i128| money(model, amount);
    session.messages.note(&format!(
        "what if: dropping {} of {} customers looks like {}{}; company profit {} becomes {} if the resources stay, and {} only \
         if the {} that served them are really given up",
        wording::grouped(dropped.len() as u64),
        wording::grouped(usage.ids.len() as u64),
        if found.looks_like > 0 { "+" } else { "" },
        show(found.looks_like),
        show(company.base),
        show(company.resources_stay),
        show(company.given_up),
        show(found.freed),
    ));
    Ok(found.lines)
}

fn company(lines: &[Comparison]) -> &Comparison {
    lines.iter().find(|line| line.line == "company profit").expect("every comparison ends with the company's profit")
}

fn money(model: &Model, amount: i128) -> String {
    wording::grouped_text(&model.currency.clone().unwrap_or_default().format(amount))
}
