//! Churn as frames: rates, revenue, changes, segments, departures.

use polars::prelude::{Column, DataFrame};

use super::{
    AtRisk, Definition, Difference, FalseChurn, Group, InactivityRule, Loss, Policy, PolicyRate, RateChange, RateRow,
    Rates, SegmentComparison, Standing, Waterfall, Window,
};
use crate::Result;
use crate::money::Currency;
use crate::scan::Texts;
use crate::tables::build::{self, counts, dates, flags, frame, frame_by, money, numbers, text, texts};
use crate::time::Day;

/// What the places in the results stand for.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The periods.
    pub window: &'a Window,
    /// The segment columns, under the names that [`segment_names`] finds.
    pub by: &'a [String],
    /// The values of the segment columns, segment by segment.
    pub segments: &'a [Vec<String>],
    /// The bands of tenure.
    pub bands: &'a [String],
    /// The currency of the report.
    pub currency: &'a Currency,
    /// Whether contracts have amounts; without them there is no revenue.
    pub has_amounts: bool,
}

impl Names<'_> {
    fn periods(&self, (first, last): (usize, usize)) -> String {
        let name = |place| self.window.period(place).to_string();
        if first == last { name(first) } else { format!("{}..{}", name(first), name(last)) }
    }

    /// A figure that follows from amounts, where there are any.
    fn of_amounts<T>(&self, value: T) -> Option<T> {
        self.has_amounts.then_some(value)
    }

    /// The segment columns, of the segments of rows.
    fn segments(&self, rows: impl Iterator<Item = Option<u32>> + Clone) -> Vec<Column> {
        let column = |(column, name): (usize, &String)| {
            text(name, rows.clone().map(|segment| segment.map(|segment| &self.segments[segment as usize][column])))
        };
        self.by.iter().enumerate().map(column).collect()
    }

    fn tenures(&self, rows: impl Iterator<Item = Group>) -> Column {
        let band = |group: Group| group.tenure.map_or("all", |band| &self.bands[band as usize]);
        text("tenure", rows.map(|group| Some(band(group))))
    }
}

/// The names of the segment columns in every table: `x` is `segment_x` where one of these has a column `x`.
///
/// # Errors
/// As [`revenue`].
pub fn segment_names(by: &[String], rates: &Rates, names: &Names<'_>) -> Result<Vec<String>> {
    let names = &Names { by: &[], ..*names };
    let tables = [
        self::rates(&[], names),
        revenue(rates, &[], names)?,
        changes(&[], names),
        lost(&[], &Texts::default(), &[], &CustomerWorth::default(), names)?,
    ];
    Ok(build::segment_names(by, &tables))
}

/// The same in the tables of a log of purchases.
pub fn segment_names_of_log(by: &[String], names: &Names<'_>) -> Vec<String> {
    let names = &Names { by: &[], ..*names };
    let silent = silent(&Texts::default(), &[], &[], 0, None, names);
    build::segment_names(by, &[rates(&[], names), inactivity(&[], names), silent])
}

/// Rates, one row a period, group and definition.
///
/// # Shape
/// `period` (of [`Definition::Lifetime`] the first and the last: `2024-01..2024-12`), the segment columns, `tenure`
/// (band, or `all`), `definition`, `opening`, `joined`, `churned`, `closing` (customers), `numerator`, `denominator`
/// (customers, or units of the currency), `churn_rate`, `low`, `high` (fractions; 95 %), `interval` (its method),
/// `complete`, `note` (why a rate is empty).
pub fn rates(rows: &[RateRow], names: &Names<'_>) -> DataFrame {
    let amount = |row: &RateRow, value: f64| {
        Some(if row.definition.of_customers() { value } else { value / names.currency.minor_units() as f64 })
    };
    let period = text("period", rows.iter().map(|row| Some(names.periods(row.periods))));
    let columns = vec![
        names.tenures(rows.iter().map(|row| row.group)),
        text("definition", rows.iter().map(|row| Some(row.definition.name()))),
        counts("opening", rows.iter().map(|row| Some(row.opening))),
        counts("joined", rows.iter().map(|row| Some(row.joined))),
        counts("churned", rows.iter().map(|row| Some(row.churned))),
        counts("closing", rows.iter().map(|row| Some(row.closing))),
        numbers("numerator", rows.iter().map(|row| amount(row, row.rate.numerator))),
        numbers("denominator", rows.iter().map(|row| amount(row, row.rate.denominator))),
        numbers("churn_rate", rows.iter().map(|row| row.rate.rate)),
        numbers("low", rows.iter().map(|row| row.rate.interval.map(|interval| interval.0))),
        numbers("high", rows.iter().map(|row| row.rate.interval.map(|interval| interval.1))),
        text("interval", rows.iter().map(|row| row.rate.interval.map(|_| row.definition.interval().name()))),
        flags("complete", rows.iter().map(|row| Some(row.complete))),
        text("note", rows.iter().map(|row| row.rate.reason.map(super::Reason::text))),
    ];
    frame_by(vec![period], names.segments(rows.iter().map(|row| row.group.segment)), columns)
}

/// Recurring revenue from opening to closing, one row a period and group.
///
/// # Shape
/// `period`, the segment columns, `tenure`, then in money `opening`, `new`, `expansion`, `reactivation`, `contraction`,
/// `churn`, `currency_effect`, `closing` (opening + new + expansion + reactivation - contraction - churn +
/// currency_effect), then `gross_retention`, `net_retention`, `quick_ratio` (empty where undefined or incomplete),
/// `complete`.
///
/// # Errors
/// Where a sum has more than 38 digits.
pub fn revenue(rates: &Rates, groups: &[Group], names: &Names<'_>) -> Result<DataFrame> {
    let Some(table) = &rates.revenue else { return Ok(frame(Vec::new())) };
    let places =
        || (0..names.window.timeline().len()).flat_map(|period| (0..groups.len()).map(move |group| (period, group)));
    let rows: Vec<(usize, Group, Waterfall)> =
        places().map(|(period, group)| (period, groups[group], table.waterfall(group, period))).collect();
    let amounts = |name: &str, of: fn(&Waterfall) -> i128| {
        money(name, rows.iter().map(|(.., waterfall)| Some(of(waterfall))), names.currency)
    };
    let ratios = |name: &str, of: fn(&Waterfall) -> Option<f64>| {
        let complete = |row: &(usize, Group, Waterfall)| names.window.complete(row.0).then(|| of(&row.2)).flatten();
        numbers(name, rows.iter().map(complete))
    };
    let period = text("period", rows.iter().map(|row| Some(names.periods((row.0, row.0)))));
    let columns = vec![
        names.tenures(rows.iter().map(|row| row.1)),
        amounts("opening", |waterfall| waterfall.opening)?,
        amounts("new", |waterfall| waterfall.new)?,
        amounts("expansion", |waterfall| waterfall.expansion)?,
        amounts("reactivation", |waterfall| waterfall.reactivation)?,
        amounts("contraction", |waterfall| waterfall.contraction)?,
        amounts("churn", |waterfall| waterfall.churn)?,
        amounts("currency_effect", |waterfall| waterfall.currency)?,
        amounts("closing", Waterfall::closing)?,
        ratios("gross_retention", Waterfall::gross_retention),
        ratios("net_retention", Waterfall::net_retention),
        ratios("quick_ratio", Waterfall::quick_ratio),
        flags("complete", rows.iter().map(|row| Some(names.window.complete(row.0)))),
    ];
    Ok(frame_by(vec![period], names.segments(rows.iter().map(|row| row.1.segment)), columns))
}

/// Whether each complete period differs from the one before it, by the share of the opening base lost.
///
/// # Shape
/// `period`, `previous`, the segment columns, `tenure`, `previous_rate`, `churn_rate`, `difference`, `low`, `high` (95 %),
/// `p_value`, `test`, `beyond_chance` (a probability below 0.05).
pub fn changes(rows: &[(usize, Group, AtRisk, AtRisk, RateChange)], names: &Names<'_>) -> DataFrame {
    let rate = |base: &AtRisk| Some(base.lost as f64 / base.base as f64);
    let periods = vec![
        text("period", rows.iter().map(|row| Some(names.periods((row.0, row.0))))),
        text("previous", rows.iter().map(|row| Some(names.periods((row.0 - 1, row.0 - 1))))),
    ];
    let columns = vec![
        names.tenures(rows.iter().map(|row| row.1)),
        numbers("previous_rate", rows.iter().map(|row| rate(&row.2))),
        numbers("churn_rate", rows.iter().map(|row| rate(&row.3))),
        numbers("difference", rows.iter().map(|row| Some(row.4.difference))),
        numbers("low", rows.iter().map(|row| Some(row.4.interval.0))),
        numbers("high", rows.iter().map(|row| Some(row.4.interval.1))),
        numbers("p_value", rows.iter().map(|row| Some(row.4.p_value))),
        text("test", rows.iter().map(|row| Some(row.4.test.name()))),
        flags("beyond_chance", rows.iter().map(|row| Some(row.4.p_value < 0.05))),
    ];
    frame_by(periods, names.segments(rows.iter().map(|row| row.1.segment)), columns)
}

/// Segments compared two by two, crude and at the same tenure, over all complete periods.
///
/// # Shape
/// `segment`, `other` (their values, joined by `/`), `crude_rate`, `other_crude_rate`, `standardised_rate`,
/// `other_standardised_rate`, `crude_odds_ratio`, `odds_ratio` (Mantel-Haenszel: the other over the one), `low`, `high`,
/// `signs_disagree`.
pub fn segments(rows: &[(u32, u32, SegmentComparison)], names: &Names<'_>) -> DataFrame {
    let name = |segment: u32| Some(names.segments[segment as usize].join("/"));
    let side =
        |column: &str, of: fn(&SegmentComparison) -> Option<f64>| numbers(column, rows.iter().map(|row| of(&row.2)));
    frame(vec![
        text("segment", rows.iter().map(|row| name(row.0))),
        text("other", rows.iter().map(|row| name(row.1))),
        side("crude_rate", |found| found.crude[0]),
        side("other_crude_rate", |found| found.crude[1]),
        side("standardised_rate", |found| found.standardised[0]),
        side("other_standardised_rate", |found| found.standardised[1]),
        side("crude_odds_ratio", |found| found.crude_odds_ratio),
        side("odds_ratio", |found| found.mantel_haenszel.map(|(ratio, _)| ratio)),
        side("low", |found| found.mantel_haenszel.and_then(|(_, interval)| interval).map(|interval| interval.0)),
        side("high", |found| found.mantel_haenszel.and_then(|(_, interval)| interval).map(|interval| interval.1)),
        flags("signs_disagree", rows.iter().map(|row| Some(row.2.signs_disagree))),
    ])
}

/// What is known of the value of each customer, past and future, in the order of customers.
#[derive(Debug, Clone, Default)]
pub struct CustomerWorth {
    /// Profit so far.
    pub historic_profit: Option<Vec<Option<f64>>>,
    /// Discounted future profit.
    pub residual_clv: Option<Vec<Option<f64>>>,
}

impl CustomerWorth {
    fn of(values: &Option<Vec<Option<f64>>>, customer: u32) -> Option<f64> {
        values.as_ref().and_then(|values| values[customer as usize])
    }
}

/// Every departure; revenue is empty where contracts have no amounts.
///
/// # Shape
/// `period`, `customer_id`, the segment columns, `left` (the first day without the customer), `tenure_days`,
/// `monthly_revenue`, `historic_revenue`, `historic_profit`, `residual_clv` (empty where unknown), `reason`.
///
/// # Errors
/// Where a sum has more than 38 digits.
pub fn lost(
    losses: &[Loss],
    ids: &Texts,
    reasons: &[String],
    worth: &CustomerWorth,
    names: &Names<'_>,
) -> Result<DataFrame> {
    let unit = names.currency.minor_units() as f64;
    let whose = vec![
        text("period", losses.iter().map(|loss| Some(names.periods((loss.period, loss.period))))),
        text("customer_id", losses.iter().map(|loss| Some(ids.show(loss.customer as usize)))),
    ];
    let columns = vec![
        dates("left", losses.iter().map(|loss| Some(loss.left))),
        counts("tenure_days", losses.iter().map(|loss| Some(loss.tenure_days.into()))),
        money(
            "monthly_revenue",
            losses.iter().map(|loss| names.of_amounts(loss.monthly_revenue.into())),
            names.currency,
        )?,
        numbers("historic_revenue", losses.iter().map(|loss| names.of_amounts(loss.historic_revenue / unit))),
        numbers("historic_profit", losses.iter().map(|loss| CustomerWorth::of(&worth.historic_profit, loss.customer))),
        numbers("residual_clv", losses.iter().map(|loss| CustomerWorth::of(&worth.residual_clv, loss.customer))),
        text("reason", losses.iter().map(|loss| loss.reason.map(|reason| &reasons[reason as usize]))),
    ];
    Ok(frame_by(whose, names.segments(losses.iter().map(|loss| Some(loss.segment))), columns))
}

/// Departures by the reason given.
///
/// # Shape
/// `period`, `reason` (empty where none was given), `customers`, `customer_share` of the period's departures, `monthly_revenue`,
/// `historic_revenue`, `historic_profit`, `residual_clv` (sums of what is known; empty where nothing is).
///
/// # Errors
/// Where a sum has more than 38 digits.
pub fn reasons(losses: &[Loss], reasons: &[String], worth: &CustomerWorth, names: &Names<'_>) -> Result<DataFrame> {
    let mut order: Vec<&Loss> = losses.iter().collect();
    order.sort_by_key(|loss| (loss.period, loss.reason));
    let rows: Vec<&[&Loss]> = order.chunk_by(|a, b| (a.period, a.reason) == (b.period, b.reason)).collect();
    let of_period = |period: usize| losses.iter().filter(|loss| loss.period == period).count() as f64;
    let totals: Vec<f64> = (0..names.window.timeline().len()).map(of_period).collect();
    let unit = names.currency.minor_units() as f64;
    let sum = |values: &Option<Vec<Option<f64>>>, row: &[&Loss]| {
        let known: Vec<f64> = row.iter().filter_map(|loss| CustomerWorth::of(values, loss.customer)).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>())
    };
    let monthly = |row: &&[&Loss]| names.of_amounts(row.iter().map(|loss| i128::from(loss.monthly_revenue)).sum());
    Ok(frame(vec![
        text("period", rows.iter().map(|row| Some(names.periods((row[0].period, row[0].period))))),
        text("reason", rows.iter().map(|row| row[0].reason.map(|reason| &reasons[reason as usize]))),
        counts("customers", rows.iter().map(|row| Some(row.len() as u64))),
        numbers("customer_share", rows.iter().map(|row| Some(row.len() as f64 / totals[row[0].period]))),
        money("monthly_revenue", rows.iter().map(monthly), names.currency)?,
        numbers(
            "historic_revenue",
            rows.iter().map(|row| names.of_amounts(row.iter().map(|loss| loss.historic_revenue).sum::<f64>() / unit)),
        ),
        numbers("historic_profit", rows.iter().map(|row| sum(&worth.historic_profit, row))),
        numbers("residual_clv", rows.iter().map(|row| sum(&worth.residual_clv, row))),
    ]))
}

/// The headline rate of every policy.
///
/// # Shape
/// `period`, `policy`, `definition`, `opening`, `joined`, `churned`, `closing`, `numerator`, `denominator`, `churn_rate`,
/// `low`, `high`, `interval`, `complete`.
pub fn policies(policies: &[Policy], found: &[Vec<PolicyRate>], window: &Window) -> DataFrame {
    let rows: Vec<(usize, &Policy, PolicyRate)> = (0..window.timeline().len())
        .flat_map(|period| policies.iter().zip(found).map(move |(policy, rates)| (period, policy, rates[period])))
        .collect();
    let shown = |row: &(usize, &Policy, PolicyRate), value: Option<f64>| value.filter(|_| window.complete(row.0));
    let count = |name: &str, of: fn(&PolicyRate) -> u64| counts(name, rows.iter().map(|row| Some(of(&row.2))));
    let definition = |policy: &Policy| {
        if policy.definition.of_customers() { policy.definition } else { Definition::OpeningBase }
    };
    frame(vec![
        text("period", rows.iter().map(|row| Some(window.period(row.0).to_string()))),
        text("policy", rows.iter().map(|row| Some(&row.1.name))),
        text("definition", rows.iter().map(|row| Some(definition(row.1).name()))),
        count("opening", |rate| rate.counts.opening),
        count("joined", |rate| rate.counts.joined),
        count("churned", |rate| rate.counts.churned()),
        count("closing", |rate| rate.counts.closing()),
        numbers("numerator", rows.iter().map(|row| Some(row.2.rate.numerator))),
        numbers("denominator", rows.iter().map(|row| Some(row.2.rate.denominator))),
        numbers("churn_rate", rows.iter().map(|row| shown(row, row.2.rate.rate))),
        numbers("low", rows.iter().map(|row| shown(row, row.2.rate.interval.map(|interval| interval.0)))),
        numbers("high", rows.iter().map(|row| shown(row, row.2.rate.interval.map(|interval| interval.1)))),
        text("interval", rows.iter().map(|row| row.2.rate.interval.map(|_| definition(row.1).interval().name()))),
        flags("complete", rows.iter().map(|row| Some(window.complete(row.0)))),
    ])
}

/// Two policies and the customers that they see differently in one period.
pub type PolicyDifferences<'a> = (&'a Policy, &'a Policy, Vec<Difference>);

/// The customers that make the difference between policies, one by one.
///
/// # Shape
/// `period`, `policy`, `other`, `customer_id`, `standing`, `other_standing` (`not counted`, `stays`, `lost`, or `lost, not
/// in the base`), `because` (the rules that make the difference by themselves).
pub fn differences(rows: &[PolicyDifferences<'_>], ids: &Texts, period: &str) -> DataFrame {
    let flat: Vec<(&Policy, &Policy, &Difference)> = rows
        .iter()
        .flat_map(|(one, other, customers)| customers.iter().map(move |customer| (*one, *other, customer)))
        .collect();
    frame(vec![
        text("period", flat.iter().map(|_| Some(period))),
        text("policy", flat.iter().map(|row| Some(&row.0.name))),
        text("other", flat.iter().map(|row| Some(&row.1.name))),
        text("customer_id", flat.iter().map(|row| Some(ids.show(row.2.customer as usize)))),
        text("standing", flat.iter().map(|row| Some(standing(row.2.first)))),
        text("other_standing", flat.iter().map(|row| Some(standing(row.2.second)))),
        text("because", flat.iter().map(|row| Some(because(row.2)))),
    ])
}

fn because(difference: &Difference) -> String {
    if difference.because.is_empty() { "several rules together".into() } else { difference.because.join(", ") }
}

fn standing(standing: Standing) -> &'static str {
    match (standing.counted, standing.lost) {
        (true, true) => "lost",
        (true, false) => "stays",
        (false, true) => "lost, not in the base",
        (false, false) => "not counted",
    }
}

/// The rules of every policy.
///
/// # Shape
/// `policy`, `definition`, `cancellation`, `failed_payment`, `pauses`, `refunds`, `free`, `same_period`, `reactivation`,
/// `gap_days`, `meaning`.
pub fn rules(policies: &[Policy]) -> DataFrame {
    let rule = |name: &str, of: fn(&Policy) -> String| text(name, policies.iter().map(|policy| Some(of(policy))));
    frame(vec![
        rule("policy", |policy| policy.name.clone()),
        rule("definition", |policy| policy.definition.to_string()),
        rule("cancellation", |policy| policy.cancellation.to_string()),
        rule("failed_payment", |policy| policy.failed_payment.to_string()),
        rule("pauses", |policy| policy.pauses.to_string()),
        rule("refunds", |policy| policy.refunds.to_string()),
        rule("free", |policy| policy.free.to_string()),
        rule("same_period", |policy| policy.same_period.to_string()),
        rule("reactivation", |policy| policy.reactivation.to_string()),
        counts("gap_days", policies.iter().map(|policy| Some(policy.gap_days.into()))),
        rule("meaning", |policy| policy.meaning.to_owned()),
    ])
}

/// How the customers of a segment of a log fell silent and came back.
#[derive(Debug, Clone)]
pub struct Silences {
    /// The segment.
    pub segment: u32,
    /// The days of silence that count as gone, among the gaps of the segment.
    pub rule: InactivityRule,
    /// Who came back.
    pub returned: FalseChurn,
    /// The mean chance of no purchase in the horizon, where a model says it.
    pub mean_chance: Option<f64>,
}

/// After how long a silence the customers of a log count as gone, and how many come back.
///
/// # Shape
/// The segment columns, `figure`, `value`, `unit` (`days`, `gaps`, `silences` or `share`), figure by figure, segment after segment.
pub fn inactivity(segments: &[Silences], names: &Names<'_>) -> DataFrame {
    let figures = |own: &Silences| {
        let Silences { rule, returned, mean_chance, .. } = own;
        [
            ("days_without_purchase", Some(f64::from(rule.days)), "days"),
            ("gaps_between_purchases", Some(rule.gaps as f64), "gaps"),
            ("gaps_no_longer", rule.share_within, "share"),
            ("fell_silent", Some(returned.silenced as f64), "silences"),
            ("returned_so_far", Some(returned.returned as f64), "silences"),
            ("returned_within_90_days", returned.share_by(90.0), "share"),
            ("returned_within_1_year", returned.share_by(365.25), "share"),
            ("returned_in_the_end", returned.share().map(|(share, _)| share), "share"),
            ("longest_watched_after", returned.share().map(|(_, days)| days), "days"),
            ("mean_chance_of_no_purchase", *mean_chance, "share"),
        ]
    };
    let rows: Vec<_> = segments
        .iter()
        .flat_map(|own| figures(own).map(|(figure, value, unit)| (own.segment, figure, value, unit)))
        .collect();
    let columns = vec![
        text("figure", rows.iter().map(|row| Some(row.1))),
        numbers("value", rows.iter().map(|row| row.2)),
        text("unit", rows.iter().map(|row| Some(row.3))),
    ];
    frame_by(Vec::new(), names.segments(rows.iter().map(|row| Some(row.0))), columns)
}

/// Customers of a log who fell silent or did not.
///
/// # Shape
/// `customer_id`, the segment columns, `last_date`, `inactivity_days`, `churned`, `p_no_purchase` (in the horizon; empty without a fitted
/// model).
pub fn silent(
    ids: &Texts,
    segment_of: &[u32],
    last: &[Day],
    days: u32,
    p_no_purchase: Option<&[f64]>,
    names: &Names<'_>,
) -> DataFrame {
    let as_of = names.window.as_of();
    let inactivity = |day: &Day| u64::from((as_of.0 - day.0).unsigned_abs());
    let columns = vec![
        dates("last_date", last.iter().map(|day| Some(*day))),
        counts("inactivity_days", last.iter().map(|day| Some(inactivity(day)))),
        flags("churned", last.iter().map(|day| Some(inactivity(day) >= u64::from(days)))),
        numbers("p_no_purchase", (0..ids.len()).map(|customer| p_no_purchase.map(|values| values[customer]))),
    ];
    let ids = vec![texts("customer_id", ids.clone())];
    frame_by(ids, names.segments(segment_of.iter().map(|segment| Some(*segment))), columns)
}
