//! `custval churn`: who left, by which definition, out of whom, and what it cost.

mod worth;

use std::path::{Path, PathBuf};

use custval::calendar::Grain;
use custval::churn::frame::{self, Names, Silences};
use custval::churn::{
    AtRisk, CountTable, Counts, Definition, Difference, Grouping, InactivityRule, Policy, PurchaseDays, RateParams,
    Reactivation, Relationships, SamePeriod, SegmentComparison, Window, compare_policies, compare_segments,
    differing_customers, false_churn, losses, rate_change, rates,
};
use custval::clv::{Histories, History, Model, fit};
use custval::columns::{Header, list};
use custval::exchange::Exchange;
use custval::rates::Share;
use custval::scan::{Inputs, ScanParams};
use custval::segments::Segments;
use custval::summary::{Booking, purchase_log};
use custval::time::{Day, Length};
use custval::wording;
use custval::{Error, Location, scan};
use serde_json::{Value, json};

use crate::contracts::{self, ContractOptions, ExchangeOptions, Loaded, PolicyOptions, SegmentOptions};
use crate::exit::Exit;
use crate::load;
use crate::options::{InputOptions, RunOptions, parsed, refuse_twice, whole_days, whole_number};
use crate::output::{Answer, InJson, NamedTable, OutputOptions};
use crate::policies::RowPolicyOptions;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval churn subscriptions.csv --by plan --definition opening-base,revenue-gross
      customers and recurring revenue lost each month, plan by plan, with intervals
  custval churn compare subscriptions.csv --between contract-end,stripe --table differences
      the customers that make the difference between two dashboards, one by one
  custval churn data/cdnow.csv --period quarter --table inactivity
      a log instead of contracts: after how many days of silence a customer counts as gone, and how many return
  custval churn orders.csv --by channel --customers customers.csv --table inactivity
      the same for each channel that customers came by";

/// Churn by every definition, revenue from opening to closing, who left and what it cost
///
/// A row of the file is a contract: `customer_id`, `start`, `end` (the first day after it, empty while it goes on) and
/// `amount` a month; `requested`, `payment_failed`, `refunded`, `reason`, `status`, `currency` and `billing_months` (how long
/// the amount pays for: `12`, `year`, `3 months`) are used where they are there. A log of purchases (`customer_id`, `date`,
/// `amount`) is taken too: there a customer is gone after a silence. With the word `compare` before the file, every policy is
/// put beside the others.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A table of subscriptions, or a log of purchases; before it `compare` to put all policies side by side
    #[arg(required = true, value_name = "[compare] SUBSCRIPTIONS", num_args = 1..)]
    files: Vec<String>,
    /// Periods of the calendar: `week` (ISO), `month`, `quarter` or `year`
    #[arg(long, value_name = "PERIOD", default_value = "month", value_parser = parsed::<Grain>)]
    period: Grain,
    /// Definitions of churn, or `all` that the data allow: of customers `opening-base`, `opening-all`, `exposed`, `average`,
    /// `loss-to-gain`, `annual` and `lifetime`; of recurring revenue `revenue-gross`, `revenue-churn`, `revenue-net` and
    /// `revenue-net-reactivation`; of money earned `profit`
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        default_value = "opening-base,revenue-gross,revenue-net,profit"
    )]
    definition: Vec<String>,
    /// Rates by band of tenure, which begin at these lengths: `3mo,6mo,1y`
    #[arg(long, value_name = "LENGTH,...", value_delimiter = ',', value_parser = whole_days)]
    tenure: Vec<Length>,
    /// Profit by customer, with `period_start` and `period_end` of the accounts; may be given for each period of accounts
    #[arg(long, value_name = "FILE")]
    profits: Vec<PathBuf>,
    /// What customers are worth, with `residual_clv` and `historic_profit`, as `custval clv` writes it
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// Two policies to compare customer by customer, of those that the table `policies` names
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',', num_args = 1)]
    between: Vec<String>,
    /// A day of the period in which policies are compared; the default is the last complete period
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    at: Option<Day>,
    /// Of a log: days without a purchase after which a customer is gone, as in `180d`
    #[arg(long, value_name = "LENGTH", value_parser = whole_days)]
    inactive_after: Option<Length>,
    /// Of a log: choose those days so that this share of the gaps between purchases are no longer
    #[arg(long, value_name = "N%", default_value = "95%", value_parser = parsed::<Share>)]
    inactivity_quantile: Share,
    /// Of a log: how far the chance of no further purchase looks
    #[arg(long, value_name = "LENGTH", default_value = "1y", value_parser = parsed::<Length>)]
    horizon: Length,
    /// The seed of the bootstrap intervals
    #[arg(long, value_name = "N", default_value = "1", value_parser = whole_number::<u64>)]
    seed: u64,
    #[command(flatten)]
    segments: SegmentOptions,
    #[command(flatten)]
    contracts: ContractOptions,
    #[command(flatten)]
    exchange: ExchangeOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    /// Who joins and leaves in one period is `counted` or `ignored`
    #[arg(long, value_name = "counted|ignored", help_heading = "Policy", value_parser = parsed::<SamePeriod>)]
    same_period: Option<SamePeriod>,
    /// Who returns `joins` like a new customer, or stands `apart` where losses are set against those who join
    #[arg(long, value_name = "joins|apart", help_heading = "Policy", value_parser = parsed::<Reactivation>)]
    reactivation: Option<Reactivation>,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    rows: RowPolicyOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 9] =
    ["churn", "revenue", "changes", "segments", "lost", "reasons", "rules", "inactivity", "silent"];
pub const COMPARED: [&str; 3] = ["policies", "differences", "rules"];

/// Tenure at which bands begin where segments are compared and nobody says otherwise.
const COMPARED_BANDS: [&str; 4] = ["3mo", "6mo", "1y", "2y"];

/// Runs the command.
///
/// # Errors
/// What cannot be read, used or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let (compare, file) = match args.files.as_slice() {
        [word, file] if word == "compare" => (true, PathBuf::from(file)),
        [word] if word == "compare" && !Path::new(word).exists() => {
            return Err(Error::usage("no contracts are named in which policies could be compared")
                .hint("name their file behind the word: `custval churn compare SUBSCRIPTIONS`")
                .into());
        }
        [file] => (false, PathBuf::from(file)),
        _ => {
            return Err(Error::usage("churn is computed of one file")
                .hint("put all contracts into one file; a log of several files is read with a pattern in quotes")
                .into());
        }
    };
    let destination = args.output.clone().open(if compare { &COMPARED } else { &TABLES }, InJson::Rows)?;
    let params = args.input.open(&args.output, session)?;
    let named = args.input.table.format.currency.as_ref();
    let inputs = session.open([file.to_string_lossy()])?;
    let headers = scan::headers(&inputs, &params)?;
    headers.iter().try_for_each(|header| contracts::refuse_durations(header, &params, "churn"))?;
    if let Some(header) = headers.first().filter(|header| !contracts::is_subscriptions(header, &params)) {
        if compare {
            return Err(Error::usage("policies are compared on contracts, and this is a log of purchases")
                .at(Location::file(header.file()))
                .hint("leave the word `compare` out")
                .into());
        }
        let params =
            args.exchange.params_of_log(&args.rows, &args.policy, &args.input.table.format, &params, session)?;
        let (answer, figures) = silence(&args, &inputs, &headers, &params, session)?;
        let receipt = session.receipt(&args.output, figures)?;
        destination.write(answer, &receipt, session)?;
        return Ok(Exit::Done);
    }
    let name = file.to_string_lossy();
    let of_logs = ["inactive-after", "inactivity-quantile", "horizon", "no-customer", "unique", "zero-amounts"];
    args.policy.refuse_for_contracts(&of_logs, &name, session)?;
    match compare {
        true => session.refuse_flags(
            &["definition", "tenure", "by", "customers", "profits", "values", "seed"],
            &name,
            "has no part in a comparison of policies",
            "leave it out, or leave the word `compare` out",
        )?,
        false => session.refuse_flags(
            &["between", "at"],
            &name,
            "is for a comparison of policies",
            "put the word `compare` before the file, or leave it out",
        )?,
    }
    let params = args.rows.params_of_contracts(params);
    let loaded = args.contracts.load(&inputs, &args.segments, &params, named, session)?;
    let window = Window::new(args.period, loaded.from, loaded.as_of)?;
    let answer =
        if compare { compared(&args, &loaded, &window)? } else { counted(&args, &loaded, &window, &params, session)? };
    let receipt = session.receipt(&args.output, loaded.figures)?;
    destination.write(answer, &receipt, session)?;
    Ok(Exit::Done)
}

impl Args {
    /// The policy named, with the rules that were said one by one.
    fn policy(&self) -> Policy {
        let mut policy = self.policy.policy();
        let named = policy.clone();
        policy.same_period = self.same_period.unwrap_or(policy.same_period);
        policy.reactivation = self.reactivation.unwrap_or(policy.reactivation);
        if policy != named { policy.changed() } else { policy }
    }

    /// The definitions asked for, as far as the data allow them; one asked for by name that they do not allow is an error.
    fn definitions(&self, contracts: Option<&Loaded>) -> anyhow::Result<Vec<Definition>> {
        let all = self.definition.iter().any(|name| name == "all");
        let mut definitions = Vec::new();
        for name in self.definition.iter().filter(|name| *name != "all") {
            definitions.push(name.parse::<Definition>()?);
        }
        refuse_twice("definition", &definitions)?;
        let default = session_default(&definitions);
        if all {
            definitions = Definition::ALL.to_vec();
        }
        let possible = |definition: &Definition| match definition {
            Definition::Profit => !self.profits.is_empty(),
            definition => definition.of_customers() || contracts.is_some_and(|loaded| loaded.subscriptions.has_amounts),
        };
        if !all
            && !default
            && let Some(refused) = definitions.iter().find(|definition| !possible(definition))
        {
            let (what, hint) = match refused {
                _ if contracts.is_none() => ("contracts", "give a table of contracts with `start` and `end`"),
                Definition::Profit => ("profits", "give a table of profits with `--profits FILE`"),
                _ => ("amounts", "say which column holds the amount a month with `--column amount=NAME`"),
            };
            return Err(Error::usage(format!("`{refused}` needs {what}, and there are none")).hint(hint).into());
        }
        definitions.retain(possible);
        Ok(definitions)
    }

    /// Whether a table of [`TABLES`] is written.
    fn wants(&self, table: &str) -> bool {
        self.output.wants(table, TABLES[0])
    }

    fn bands(&self) -> Option<(Vec<u32>, Vec<String>)> {
        (!self.tenure.is_empty()).then(|| bands(&self.tenure))
    }
}

/// Whether the definitions are those that nobody asked for.
fn session_default(definitions: &[Definition]) -> bool {
    definitions == [Definition::OpeningBase, Definition::RevenueGross, Definition::RevenueNet, Definition::Profit]
}

/// Days at which bands of tenure begin, and the names of the bands.
fn bands(lengths: &[Length]) -> (Vec<u32>, Vec<String>) {
    let mut edges: Vec<(u32, String)> =
        lengths.iter().map(|length| (length.days().round() as u32, length.to_string())).collect();
    edges.sort_unstable();
    edges.dedup_by_key(|edge| edge.0);
    let mut names = vec![format!("<{}", edges[0].1)];
    names.extend(edges.windows(2).map(|two| format!("{}-{}", two[0].1, two[1].1)));
    names.push(format!(">={}", edges[edges.len() - 1].1));
    (edges.into_iter().map(|(days, _)| days).collect(), names)
}

/// Rates and all that goes with them.
fn counted(
    args: &Args,
    loaded: &Loaded,
    window: &Window,
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<Answer> {
    let subscriptions = &loaded.subscriptions;
    let policy = args.policy();
    let relationships = contracts::relationships(loaded, &policy, session);
    let exchange = args.exchange.exchange(loaded, &args.input.table.format, session)?;
    let (edges, band_names) = args.bands().unzip();
    let band_names = band_names.unwrap_or_default();
    let segments = (!args.segments.by.is_empty()).then_some(subscriptions.segments.len() as u32);
    let grouping = Grouping { segments, tenure_bands: edges };
    let profits = worth::profit_periods(&args.profits, &subscriptions.ids, params, session)?;
    let rate_params =
        RateParams { definitions: args.definitions(Some(loaded))?, grouping: grouping.clone(), seed: args.seed };
    let found = rates(&relationships, &policy, window, &rate_params, &exchange, &profits);
    if window.complete_places().is_empty() {
        session.messages.warning(&format!(
            "no {} was observed from its first day to its last between {} and {}, so there is no rate",
            args.period, loaded.from, loaded.as_of
        ));
    }
    let groups: Vec<_> = grouping.groups().collect();
    let names = Names {
        window,
        by: &[],
        segments: &subscriptions.segments,
        bands: &band_names,
        currency: &subscriptions.currency,
        has_amounts: subscriptions.has_amounts,
    };
    let by = frame::segment_names(&args.segments.by, &found, &names)?;
    let names = Names { by: &by, ..names };
    let mut changes = Vec::new();
    for period in window.complete_places().skip(1) {
        for (place, group) in groups.iter().enumerate() {
            let at = |period| at_risk(found.counts.get(place, period));
            if let Some(change) = rate_change(at(period - 1), at(period)) {
                changes.push((period, *group, at(period - 1), at(period), change));
            }
        }
    }
    let compared = segment_comparisons(args, &relationships, &policy, window, segments)?;
    warn_of_signs(&compared, &subscriptions.segments, session);
    let mut worth = worth::customer_worth(args.values.as_deref(), &subscriptions.ids, params, session)?;
    if worth.historic_profit.is_none() && !profits.is_empty() {
        worth.historic_profit = Some(worth::profit_so_far(&profits, subscriptions.ids.len(), &subscriptions.currency));
    }
    // Millions of departures are laid out only for who wants to see them.
    let lost = if args.wants("lost") || args.wants("reasons") {
        losses(&subscriptions.contracts, &relationships, &policy, window, &exchange)
    } else {
        Vec::new()
    };
    let tables = vec![
        NamedTable { name: "churn", frame: frame::rates(&found.rows, &names) },
        NamedTable { name: REVENUE, frame: frame::revenue(&found, &groups, &names)? },
        NamedTable { name: "changes", frame: frame::changes(&changes, &names) },
        NamedTable { name: SEGMENTS, frame: frame::segments(&compared, &names) },
        NamedTable {
            name: "lost",
            frame: frame::lost(&lost, &subscriptions.ids, &subscriptions.reasons, &worth, &names)?,
        },
        NamedTable { name: "reasons", frame: frame::reasons(&lost, &subscriptions.reasons, &worth, &names)? },
        NamedTable { name: "rules", frame: frame::rules(std::slice::from_ref(&policy)) },
    ];
    let mut without = vec![("inactivity", NO_LOG), ("silent", NO_LOG)];
    if compared.is_empty() {
        without.push((SEGMENTS, NO_SEGMENTS));
    }
    if !subscriptions.has_amounts {
        without.push((REVENUE, "no column holds amounts; say which one with `--column amount=NAME`"));
    } else if found.revenue.is_none() {
        without.push((REVENUE, "no rate of revenue is asked for; add one to `--definition`, such as `revenue-gross`"));
    }
    Ok(answered(tables, without))
}

const SEGMENTS: &str = "segments";
const REVENUE: &str = "revenue";
const NO_LOG: &str = "it speaks of purchases, and the file holds contracts";
const NO_CONTRACTS: &str = "it speaks of contracts, and the file is a log of purchases";
const NO_SEGMENTS: &str = "it compares segments, from two to fifty; name their columns with `--by`";

/// The answer without the tables that the run cannot fill.
fn answered(mut tables: Vec<NamedTable>, without: Vec<(&'static str, &'static str)>) -> Answer {
    tables.retain(|table| without.iter().all(|(name, _)| *name != table.name));
    Answer { tables, without, ..Answer::default() }
}

fn at_risk(counts: Counts) -> AtRisk {
    AtRisk { base: counts.opening, lost: counts.lost }
}

/// Warns of segments whose rates differ the other way round at the same tenure.
fn warn_of_signs(compared: &[(u32, u32, SegmentComparison)], segments: &[Vec<String>], session: &Session) {
    for (one, other, _) in compared.iter().filter(|(.., comparison)| comparison.signs_disagree) {
        let name = |segment: u32| segments[segment as usize].join("/");
        session.messages.warning(&format!(
            "`{}` against `{}`: the crude rates and those at the same tenure differ in sign; believe those at the same tenure \
             (`--table segments`)",
            name(*other),
            name(*one)
        ));
    }
}

/// Every pair of segments, crude and at the same tenure, of all complete periods.
fn segment_comparisons(
    args: &Args,
    relationships: &Relationships,
    policy: &Policy,
    window: &Window,
    segments: Option<u32>,
) -> anyhow::Result<Vec<(u32, u32, SegmentComparison)>> {
    const MOST_SEGMENTS: u32 = 50;
    let Some(segments) = segments.filter(|segments| (2..=MOST_SEGMENTS).contains(segments)) else {
        return Ok(Vec::new());
    };
    let edges = match args.bands() {
        Some((edges, _)) => edges,
        None => bands(&COMPARED_BANDS.map(|text| text.parse()).into_iter().collect::<custval::Result<Vec<_>>>()?).0,
    };
    let strata = edges.len() + 1;
    let grouping = Grouping { segments: Some(segments), tenure_bands: Some(edges) };
    let counts = CountTable::new(relationships, policy, window, &grouping);
    let cells = |segment: u32| -> Vec<AtRisk> {
        (0..strata)
            .map(|band| {
                window.complete_places().fold(AtRisk::default(), |sum, period| {
                    let counts = counts.get(segment as usize * strata + band, period);
                    AtRisk { base: sum.base + counts.opening, lost: sum.lost + counts.lost }
                })
            })
            .collect()
    };
    let by_segment: Vec<Vec<AtRisk>> = (0..segments).map(cells).collect();
    let pairs = (0..segments).flat_map(|one| (one + 1..segments).map(move |other| (one, other)));
    Ok(pairs
        .map(|(one, other)| (one, other, compare_segments(&by_segment[one as usize], &by_segment[other as usize])))
        .collect())
}

/// All policies, and the customers in which they differ.
fn compared(args: &Args, loaded: &Loaded, window: &Window) -> anyhow::Result<Answer> {
    let contracts = &loaded.subscriptions.contracts;
    let mut policies = Policy::named();
    let own = args.policy();
    if !policies.contains(&own) {
        policies.push(own);
    }
    let found = compare_policies(contracts, &policies, window);
    let complete = window.complete_places();
    let place = match args.at {
        Some(day) if day < loaded.from || day > loaded.as_of => {
            return Err(Error::usage(format!("`{day}` lies outside the days observed"))
                .hint(format!("give `--at` a day from {} to {}", loaded.from, loaded.as_of))
                .into());
        }
        Some(day) => window.timeline().place(day),
        None => complete.end.max(1) - 1,
    };
    let pairs: Vec<(&Policy, &Policy)> = match args.between.as_slice() {
        [] => policies[1..].iter().map(|other| (&policies[0], other)).collect(),
        [one, other] if one != other => {
            let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
            let named = |name: &String| {
                policies.iter().find(|policy| policy.name == *name).ok_or_else(|| {
                    Error::usage(format!("`{name}` is not among the policies compared"))
                        .hint(format!("they are {}", list(&names)))
                })
            };
            vec![(named(one)?, named(other)?)]
        }
        _ => {
            return Err(Error::usage("customers are compared between two policies")
                .hint("name two of them: `--between contract-end,stripe`")
                .into());
        }
    };
    let rows: Vec<(&Policy, &Policy, Vec<Difference>)> = pairs
        .into_iter()
        .map(|(one, other)| (one, other, differing_customers(contracts, one, other, window, place)))
        .collect();
    let period = window.period(place).to_string();
    let differences = frame::differences(&rows, &loaded.subscriptions.ids, &period);
    Ok(Answer {
        tables: vec![
            NamedTable { name: "policies", frame: frame::policies(&policies, &found, window) },
            NamedTable { name: "differences", frame: differences },
            NamedTable { name: "rules", frame: frame::rules(&policies) },
        ],
        ..Answer::default()
    })
}

/// The days on which a customer bought.
fn purchase_days(bookings: &[Booking]) -> Vec<Day> {
    bookings.iter().filter(|booking| booking.is_purchase).map(|booking| booking.day).collect()
}

/// A log without contracts: silence, and who returns from it.
fn silence(
    args: &Args,
    inputs: &Inputs,
    headers: &[Header],
    params: &ScanParams,
    session: &Session,
) -> anyhow::Result<(Answer, Value)> {
    args.policy.refuse_for_log(&["profits", "values", "between", "at"], inputs.sources()[0].name(), session)?;
    let known = args.segments.read_for_log(headers, params, session)?;
    if let Some(days) = &args.inactive_after {
        let why = format!("chooses days of silence, and `--inactive-after {days}` says them");
        session.refuse_flags(&["inactivity-quantile"], inputs.sources()[0].name(), &why, "leave one of the two out")?;
    }
    let scanned = purchase_log(inputs, params, args.contracts.as_of, args.segments.of_log(), &session.bar)?;
    session.messages.note(&load::receipt_text(&scanned.receipt));
    session.put_aside("", &scanned.rejects);
    let log = &scanned.output;
    let purchases = PurchaseDays::new(log.customers().map(purchase_days));
    let (Some((first, _)), Some(as_of)) = (purchases.span(), log.as_of) else {
        return Err(load::nobody_bought(&args.files, scanned.receipt.rows).into());
    };
    let segments = contracts::segments_of_log(known, log, &args.segments.by, session)?;
    let rule = match &args.inactive_after {
        Some(length) => InactivityRule::of_days(&purchases, length.days().round() as u32),
        None => InactivityRule::of_quantile(&purchases, args.inactivity_quantile.fraction())?,
    };
    let from = args.contracts.from.unwrap_or(first);
    let window = Window::new(args.period, from, as_of)?.settling(rule.days);
    let relationships = Relationships::of_purchases(&purchases, &segments.of, rule, as_of);
    let policy = args.policy();
    let (edges, band_names) = args.bands().unzip();
    let band_names = band_names.unwrap_or_default();
    let by_segment = (!args.segments.by.is_empty()).then_some(segments.names.len() as u32);
    let grouping = Grouping { segments: by_segment, tenure_bands: edges };
    let rate_params = RateParams { definitions: args.definitions(None)?, grouping: grouping.clone(), seed: args.seed };
    let found = rates(&relationships, &policy, &window, &rate_params, &Exchange::none(), &[]);
    let names = Names {
        window: &window,
        by: &[],
        segments: &segments.names,
        bands: &band_names,
        currency: &params.currency,
        has_amounts: false,
    };
    let by = frame::segment_names_of_log(&args.segments.by, &names);
    let names = Names { by: &by, ..names };
    let compared = segment_comparisons(args, &relationships, &policy, &window, by_segment)?;
    warn_of_signs(&compared, &segments.names, session);
    let returned = false_churn(&purchases, rule, as_of);

    let last: Vec<Day> = purchases.iter().map(|days| days[days.len() - 1]).collect();
    let histories: Vec<History> = purchases
        .iter()
        .map(|days| History {
            frequency: (days.len() - 1) as f64,
            recency: f64::from(days[days.len() - 1].0 - days[0].0) / 7.0,
            age: f64::from(as_of.0 - days[0].0) / 7.0,
        })
        .collect();
    let modelled = args.wants("silent") || args.wants("inactivity");
    let chances = if modelled { chances(&histories, args.horizon.days() / 7.0, session) } else { None };
    // The days of silence are those of all customers in every segment, so that figures can be compared and counts add up.
    let mut silences = Vec::new();
    if args.wants("inactivity") {
        let means = chances.as_ref().map(|chances| means(chances, &segments));
        for (segment, own) in (0_u32..).zip(purchases.by_segment(&segments)) {
            silences.push(Silences {
                segment,
                rule: InactivityRule::of_days(&own, rule.days),
                returned: false_churn(&own, rule, as_of),
                mean_chance: means.as_ref().map(|means| means[segment as usize]),
            });
        }
    }
    let how = match args.inactive_after {
        Some(_) => "as asked for".to_owned(),
        None => format!("the smallest number that {} of the gaps do not exceed", args.inactivity_quantile),
    };
    session.messages.note(&format!(
        "gone after {} days without a purchase: {how} ({}, {:.1}% of which are no longer)",
        rule.days,
        wording::counted(rule.gaps, "gap"),
        rule.share_within.unwrap_or(0.0) * 100.0
    ));
    if let Some((share, days)) = returned.share() {
        session.messages.note(&format!(
            "false churn: {:.1}% of those who fell silent come back within {days} more days",
            share * 100.0
        ));
    }
    let tables = vec![
        NamedTable { name: "churn", frame: frame::rates(&found.rows, &names) },
        NamedTable { name: SEGMENTS, frame: frame::segments(&compared, &names) },
        NamedTable { name: "inactivity", frame: frame::inactivity(&silences, &names) },
        NamedTable {
            name: "silent",
            frame: frame::silent(&log.ids, &segments.of, &last, rule.days, chances.as_deref(), &names),
        },
        NamedTable { name: "rules", frame: frame::rules(std::slice::from_ref(&policy)) },
    ];
    let figures = json!({
        "log": serde_json::to_value(&scanned.receipt)?,
        "inactive_after_days": rule.days,
        "gaps": rule.gaps,
        "share_of_gaps_no_longer": rule.share_within,
    });
    let mut without = [REVENUE, "changes", "lost", "reasons"].map(|name| (name, NO_CONTRACTS)).to_vec();
    if compared.is_empty() {
        without.push((SEGMENTS, NO_SEGMENTS));
    }
    Ok((answered(tables, without), figures))
}

/// The mean of each segment.
fn means(values: &[f64], segments: &Segments) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_u32); segments.names.len()];
    for (value, segment) in values.iter().zip(&segments.of) {
        let (sum, count) = &mut sums[*segment as usize];
        (*sum, *count) = (*sum + value, *count + 1);
    }
    sums.into_iter().map(|(sum, count)| sum / f64::from(count)).collect()
}

/// Each customer's chance of no purchase within the horizon, from a Pareto/NBD model of the same log; `None`, and said, where the log
/// does not give one.
fn chances(histories: &[History], horizon: f64, session: &Session) -> Option<Vec<f64>> {
    let column = |of: fn(&History) -> f64| histories.iter().map(of).collect::<Vec<f64>>();
    let fitted = Histories::new(
        &column(|history| history.frequency),
        &column(|history| history.recency),
        &column(|history| history.age),
    )
    .and_then(|folded| fit(Model::ParetoNbd, &folded))
    .and_then(|fit| fit.require_identified().map(|()| fit));
    match fitted {
        Ok(fit) => Some(histories.iter().map(|history| fit.parameters.p_no_purchase(history, horizon)).collect()),
        Err(error) => {
            session.messages.warning(&format!("no chance of a further purchase is given: {error}"));
            None
        }
    }
}
