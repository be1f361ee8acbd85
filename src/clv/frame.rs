//! Lifetime values and fitted models as frames.

use polars::prelude::{Column, DataFrame};

use super::{Fit, LifetimeModel, ScoreParams, Scores, SpendFit};
use crate::summary::CustomerSummary;
use crate::tables::build::{constant, counts, dates, frame, frame_by, numbers, segment_names, text, texts};

/// Lifetime value by customer, in the order of the summary.
///
/// # Shape
/// `as_of` (the day to whose end customers were observed), `customer_id`, the columns of `by` (`x` is `segment_x` where one of
/// these has its name), `model`,
/// `frequency`, `recency` and `age` (in the model's unit), `monetary_value`, `p_alive`, `p_no_purchase` (in the
/// horizon), `expected_transactions` (repeat purchase days in the horizon, undiscounted), `expected_spend` (mean
/// of one future purchase), `margin` (a fraction), `horizon` (a length with its unit), `horizon_value`
/// (discounted profit in the horizon), `dert` (discounted expected purchases over the whole remaining life),
/// `residual_clv` (discounted profit of the same), `historic_profit`, `clv` (historic profit and residual
/// value), `note` (why a cell is empty). Money is in units of the currency.
pub fn values(
    summary: &CustomerSummary,
    by: &[Column],
    model: &LifetimeModel,
    params: &ScoreParams,
    scores: &Scores,
) -> DataFrame {
    let height = summary.len();
    let all = |name: &str, values: &[f64]| numbers(name, values.iter().copied().map(Some));
    let known = |name: &str, values: &[Option<f64>]| numbers(name, values.iter().copied());
    let no_means = vec![None; height];
    let whose = vec![
        dates("as_of", std::iter::repeat_n(summary.observation_end, height)),
        texts("customer_id", summary.ids.clone()),
    ];
    let columns = vec![
        constant("model", Some(model.parameters.model().name()), height),
        counts("frequency", summary.frequency.iter().copied().map(Some)),
        all("recency", &summary.recency),
        all("age", &summary.age),
        known("monetary_value", summary.monetary_value.as_ref().unwrap_or(&no_means)),
        all("p_alive", &scores.p_alive),
        all("p_no_purchase", &scores.p_no_purchase),
        all("expected_transactions", &scores.expected_transactions),
        known("expected_spend", &scores.expected_spend),
        known("margin", &scores.margin),
        constant("horizon", Some(&params.horizon.to_string()), height),
        known("horizon_value", &scores.horizon_value),
        known("dert", &scores.dert),
        known("residual_clv", &scores.residual_clv),
        known("historic_profit", &scores.historic_profit),
        known("clv", &scores.clv),
        text("note", scores.note.iter().map(Option::as_deref)),
    ];
    let names: Vec<String> = by.iter().map(|column| column.name().to_string()).collect();
    let names = segment_names(&names, &[frame(whose.clone()), frame(columns.clone())]);
    let named = std::iter::zip(by, names).map(|(column, name)| column.clone().with_name(name.into())).collect();
    frame_by(whose, named, columns)
}

/// The parameters of a fitted model of purchases and, where there is one, of spend.
///
/// # Shape
/// One row a parameter: `part` (`purchases` or `spend`), `model`, `parameter`, `estimate`, `std_error` (empty
/// where the data do not determine it).
pub fn parameters(fit: &Fit, spend: Option<&SpendFit>) -> DataFrame {
    let model = fit.parameters.model();
    let mut rows: Vec<(&str, &str, &str, f64, Option<f64>)> = Vec::new();
    for (place, name) in model.parameter_names().into_iter().enumerate() {
        let error = fit.standard_errors.map(|errors| errors[place]);
        rows.push(("purchases", model.name(), name, fit.parameters.values()[place], error));
    }
    if let Some(spend) = spend {
        for (place, name) in super::SPEND_PARAMETERS.into_iter().enumerate() {
            let error = spend.standard_errors.map(|errors| errors[place]);
            rows.push(("spend", super::SPEND_MODEL, name, spend.parameters.values()[place], error));
        }
    }
    frame(vec![
        text("part", rows.iter().map(|row| Some(row.0))),
        text("model", rows.iter().map(|row| Some(row.1))),
        text("parameter", rows.iter().map(|row| Some(row.2))),
        numbers("estimate", rows.iter().map(|row| Some(row.3))),
        numbers("std_error", rows.iter().map(|row| row.4)),
    ])
}

/// How well the models fit and what they were fitted to.
///
/// # Shape
/// One row a figure: `part`, `statistic`, `value` (empty where it is undefined).
pub fn statistics(fit: &Fit, spend: Option<&SpendFit>) -> DataFrame {
    let flag = |yes: bool| Some(f64::from(u8::from(yes)));
    let mut rows = vec![
        ("purchases", "log_likelihood", Some(fit.log_likelihood)),
        ("purchases", "customers", Some(fit.customers as f64)),
        ("purchases", "distinct_histories", Some(fit.distinct as f64)),
        ("purchases", "converged", flag(fit.converged)),
        ("purchases", "identified", flag(fit.identified)),
        ("purchases", "gradient_norm", Some(fit.gradient_norm)),
    ];
    if let Some(spend) = spend {
        rows.extend([
            ("spend", "log_likelihood", Some(spend.log_likelihood)),
            ("spend", "customers", Some(spend.customers as f64)),
            ("spend", "left_out", Some(spend.left_out as f64)),
            ("spend", "converged", flag(spend.converged)),
            ("spend", "identified", flag(spend.identified)),
            ("spend", "gradient_norm", Some(spend.gradient_norm)),
            ("spend", "correlation_with_frequency", spend.correlation),
        ]);
    }
    frame(vec![
        text("part", rows.iter().map(|row| Some(row.0))),
        text("statistic", rows.iter().map(|row| Some(row.1))),
        numbers("value", rows.iter().map(|row| row.2)),
    ])
}
