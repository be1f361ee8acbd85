//! Models of buying and spending: fitted to a summary, with everything said that a reader of the
//! figures should know.

use std::path::PathBuf;

use custval::Error;
use custval::clv::{Fit, Histories, Model, SPEND_MODEL, SpendFit, fit, fit_spend};
use custval::scan::ScanParams;
use custval::summary::CustomerSummary;
use custval::tables::{Attached, Customers};
use custval::time::Day;
use custval::wording::{counted, grouped, verb};

use crate::load;
use crate::options::parsed;
use crate::session::Session;

/// Which model is fitted, and to whom.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Model")]
pub struct ModelOptions {
    /// The model of purchases: `pareto-nbd` or `bg-nbd`; under bg-nbd a one-time buyer is always alive
    #[arg(long, default_value = "pareto-nbd", value_name = "MODEL", value_parser = parsed::<Model>)]
    pub model: Model,
    /// Customers first seen before this day may have bought earlier than the log begins: fit without them
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    pub acquired_from: Option<Day>,
    /// What is known of each customer, a row each: `first_date`, the first purchase ever, and the columns that `clv` is asked for
    #[arg(long, value_name = "FILE")]
    pub customers: Option<PathBuf>,
    /// Fail with exit code 1 where the data do not identify a model
    #[arg(long)]
    pub strict: bool,
}

/// The models of a summary.
pub struct Fitted {
    /// Purchases.
    pub purchases: Fit,
    /// Spend, where somebody bought again for more than nothing.
    pub spend: Option<SpendFit>,
}

/// What of the customers file is wanted beside the first purchases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Columns to carry along.
    pub by: &'a [String],
    /// The column of margins.
    pub margin: Option<&'a str>,
    /// The file of the model, where none is fitted, so that first purchases decide nothing.
    pub model_file: Option<&'a str>,
}

/// The customers file, joined to the summary; what did not match is said.
///
/// # Errors
/// What cannot be read, columns that the file does not have, and first purchases that the log contradicts.
pub fn attach_customers(
    options: &ModelOptions,
    wanted: &Wanted<'_>,
    summary: &CustomerSummary,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Option<Attached>> {
    let Some(path) = &options.customers else {
        if let Some(column) = wanted.by.first() {
            return Err(Error::usage(format!("`--by {column}` names a column of the customers file"))
                .hint("name that file with `--customers FILE`")
                .into());
        }
        return Ok(None);
    };
    let first_seen = summary.first_date.as_deref();
    let (table, customers) = load::table_for(path, params, session, |table| {
        let customers = Customers::from_table(table, &params.columns)?;
        if let (Some(first_seen), None) = (first_seen, wanted.model_file) {
            customers.check_first_dates(table, &params.columns, &summary.ids, first_seen)?;
        }
        match wanted.margin {
            Some(column) => customers.with_margins(table, column),
            None => Ok(customers),
        }
    })?;
    let attached = customers.attach(&summary.ids, wanted.by)?;
    session.messages.note(&format!(
        "joined {}: {}, {} of its customers {} no purchase",
        path.display(),
        load::not_in_it(attached.unknown),
        grouped(attached.unused as u64),
        verb(attached.unused as u64, "has", "have"),
    ));
    let unused = match (wanted.model_file, first_seen) {
        (Some(model), _) => Some(format!("the model is that of {model}")),
        (None, None) => Some("the table of customers does not say when they were first seen".to_owned()),
        (None, Some(_)) => None,
    };
    if let (Some(_), Some(why)) = (&attached.first_dates, unused) {
        session.messages.note(&format!("`first_date` of {} is not used: {why}", table.header().file()));
    }
    Ok(Some(attached))
}

/// Fits the models to the customers whose first purchase of the log is their first ever.
///
/// # Errors
/// Where nobody is left to fit to, and with `--strict` where the data do not identify a model.
pub fn fit_models(
    options: &ModelOptions,
    summary: &CustomerSummary,
    customers: Option<&Attached>,
    session: &Session,
) -> anyhow::Result<Fitted> {
    if let (Some(from), None) = (options.acquired_from, &summary.first_date) {
        return Err(Error::usage(format!(
            "`--acquired-from {from}` is about first purchases, and the table has no `first_date`"
        ))
        .hint("leave it out, or give the log, or a table with `first_date`, as `custval summary` writes it")
        .into());
    }
    let first_ever = customers.and_then(|customers| customers.first_dates.as_deref());
    let kept: Vec<usize> =
        (0..summary.len()).filter(|customer| !bought_before(*customer, options, summary, first_ever)).collect();
    let left_out = summary.len() - kept.len();
    if left_out > 0 && kept.is_empty() {
        return Err(Error::data("every customer bought before the log begins, so there is nobody to fit to")
            .hint("fit to a log that begins with its customers, or score with a model of one: `--model-file FILE`")
            .into());
    }
    if left_out > 0 {
        session.messages.note(&format!(
            "fitted without {} who may have bought before the log begins",
            counted(left_out as u64, "customer")
        ));
    } else if options.acquired_from.is_none() && first_ever.is_none() && summary.first_purchases_pile_up() {
        session.messages.warning(
            "first purchases pile up at the start of the log: many of these customers may have bought before it begins, and \
             are taken for new ones\nhint: say from when on a first purchase is a first one with `--acquired-from \
             DATE`, or give `first_date` in `--customers FILE`",
        );
    }
    let pick = |values: &[f64]| -> Vec<f64> { kept.iter().map(|customer| values[*customer]).collect() };
    let frequency: Vec<f64> = kept.iter().map(|customer| summary.frequency[*customer] as f64).collect();
    let histories = Histories::new(&frequency, &pick(&summary.recency), &pick(&summary.age))?;
    let means: Vec<Option<f64>> =
        kept.iter().map(|customer| summary.monetary_value.as_ref().and_then(|means| means[*customer])).collect();
    let (purchases, spend) = rayon::join(|| fit(options.model, &histories), || fit_spend(&frequency, &means));
    let (purchases, spend) = (purchases?, spend?);
    if options.strict {
        purchases.require_identified()?;
        if let Some(spend) = &spend {
            spend.require_identified()?;
        }
    }
    for warning in &purchases.warnings {
        session.messages.warning(&format!("{}: {warning}", purchases.parameters.model()));
    }
    for warning in spend.iter().flat_map(|spend| &spend.warnings) {
        session.messages.warning(&format!("{SPEND_MODEL}: {warning}"));
    }
    Ok(Fitted { purchases, spend })
}

fn bought_before(
    customer: usize,
    options: &ModelOptions,
    summary: &CustomerSummary,
    first_ever: Option<&[Option<Day>]>,
) -> bool {
    let Some(first_seen) = summary.first_date.as_ref().map(|first| first[customer]) else { return false };
    options.acquired_from.is_some_and(|from| first_seen < from)
        || first_ever.is_some_and(|dates| dates[customer].is_some_and(|first| first < first_seen))
}
