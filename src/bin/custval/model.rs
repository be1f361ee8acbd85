//! Models of buying and spending: fitted to a summary, with everything said that a reader of the
//! figures should know.

use std::path::PathBuf;

use custval::clv::{Fit, Histories, Model, SpendFit, fit, fit_spend};
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
    /// What is known of each customer: segments for --by; `first_date`, the first purchase ever
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

/// The customers file, joined to the summary; what did not match is said.
///
/// # Errors
/// What cannot be read, and columns that the file does not have.
pub fn attach_customers(
    options: &ModelOptions,
    by: &[String],
    summary: &CustomerSummary,
    params: &custval::scan::ScanParams,
    session: &Session,
) -> anyhow::Result<Option<Attached>> {
    let Some(path) = &options.customers else {
        if let Some(column) = by.first() {
            return Err(custval::Error::usage(format!("`--by {column}` names a column of the customers file"))
                .hint("name that file with `--customers FILE`")
                .into());
        }
        return Ok(None);
    };
    let (_, _, customers) =
        load::table_for(path, params, session, |table| Customers::from_table(table, &params.columns))?;
    let attached = customers.attach(&summary.ids, by)?;
    session.messages.note(&format!(
        "joined {}: {}, {} of its customers {} no purchase",
        path.display(),
        load::not_in_it(attached.unknown),
        grouped(attached.unused as u64),
        verb(attached.unused as u64, "has", "have"),
    ));
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
    let first_ever = customers.and_then(|customers| customers.first_dates.as_deref());
    let kept: Vec<usize> =
        (0..summary.len()).filter(|customer| !bought_before(*customer, options, summary, first_ever)).collect();
    let left_out = summary.len() - kept.len();
    if left_out > 0 && kept.is_empty() {
        return Err(custval::Error::data("every customer bought before the log begins, so there is nobody to fit to")
            .hint("fit to a log that begins with its customers, or score with a model of one: `--model-file FILE`")
            .into());
    }
    if left_out > 0 {
        session.messages.note(&format!(
            "fitted without {} who may have bought before the log begins",
            counted(left_out as u64, "customer")
        ));
    } else if options.acquired_from.is_none() && first_ever.is_none() && piles_up(summary) {
        session.messages.warning(
            "first purchases pile up at the start of the log: many of these customers bought before it begins, and \
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
    for warning in purchases.warnings.iter().chain(spend.iter().flat_map(|spend| &spend.warnings)) {
        session.messages.warning(&warning.to_string());
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

/// Whether more than twice as many customers are first seen in the first thirty days of the log as in
/// the thirty that follow: those who were customers all along are first seen when they next buy.
fn piles_up(summary: &CustomerSummary) -> bool {
    let (Some(month), Some(two)) = (summary.share_first_seen_within(30), summary.share_first_seen_within(60)) else {
        return false;
    };
    let long_enough =
        summary.observation_end.zip(summary.observation_start).is_some_and(|(end, start)| end.0 - start.0 >= 90);
    long_enough && month > 2.0 * (two - month) && two < 1.0
}
