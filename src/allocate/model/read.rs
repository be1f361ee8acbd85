//! From the tree of a text to a checked [`Model`].

use std::collections::BTreeMap;
use std::str::FromStr;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::entry::{Entry, Table, Value};
use super::fields::{Fields, Problems, share};
use super::{
    Activity, Capacity, CapacityPeriod, Draw, Driver, Input, Level, Method, Model, Pool, RateBasis, RevenueAccounts,
    Service, Target, Time, WorkUnit, brought,
};
use crate::allocate::accounts::{Pattern, Selection};
use crate::allocate::equation::TimeEquation;
use crate::allocate::exact::{as_percentage, decimal};
use crate::allocate::services::ServicesMethod;
use crate::columns::list;
use crate::dialect::Pinned;
use crate::{Location, Result};

/// The files a model may name.
const INPUTS: [&str; 5] = ["ledger", "activities", "transactions", "customers", "drivers"];

pub(super) fn model(table: &Table, file: &str) -> Result<Model> {
    let problems = &mut Problems::default();
    let whole = Location::file(file);
    let mut root = Fields::new(String::new(), &whole, table);
    let empty = Table::new();
    let (head, head_at) = root.table("model", problems).unwrap_or((&empty, &whole));
    let mut head = Fields::new("model".into(), head_at, head);
    let step_down_order = head.texts("step_down_order", problems);
    let mut model = Model {
        file: file.to_owned(),
        name: head.text("name", problems).map(|(name, _)| name.to_owned()),
        currency: currency(&mut head, problems),
        services_method: head
            .choice("services", &ServicesMethod::ALL.map(|method| (method.name(), method)), problems)
            .unwrap_or_default(),
        step_down_order: step_down_order.iter().map(|(name, _)| (*name).to_owned()).collect(),
        rates: head
            .choice("rates", &[("actual", RateBasis::Actual), ("budget", RateBasis::Budget)], problems)
            .unwrap_or_default(),
        keep: head.texts("keep", problems).into_iter().map(|(name, at)| (name.to_owned(), at.clone())).collect(),
        inputs: inputs(&mut root, problems),
        revenue: None,
        pools: BTreeMap::new(),
        services: BTreeMap::new(),
        activities: BTreeMap::new(),
    };
    head.finish(problems);
    model.revenue = revenue(&mut root, problems);
    for (name, fields) in root.named("pools", problems) {
        model.pools.insert(name.into(), pool(fields, problems));
    }
    for (name, fields) in root.named("activities", problems) {
        let activity = activity(name, fields, problems);
        model.activities.insert(name.into(), activity);
    }
    let services = root.named("services", problems);
    let service_names: Vec<&str> = services.iter().map(|(name, _)| *name).collect();
    for (name, fields) in services {
        let service = service(name, fields, &model, &service_names, problems);
        model.services.insert(name.into(), service);
    }
    root.finish(problems);
    if model.pools.is_empty() {
        problems.add_with_hint(
            &whole,
            "the model has no pool, so no cost could reach anybody",
            "begin one with `[pools.NAME]`",
        );
    }
    for (name, at) in step_down_order.into_iter().filter(|(name, _)| !model.services.contains_key(*name)) {
        let message = format!("`model.step_down_order`: there is no service `{name}`");
        problems.add_nearest(at, message, name, model.services.keys().map(String::as_str));
    }
    draws_name_pools(&model, problems);
    selections_stay_apart(&model, problems);
    std::mem::take(problems).finish()?;
    Ok(model)
}

fn currency(head: &mut Fields<'_>, problems: &mut Problems) -> Option<crate::money::Currency> {
    let (code, at) = head.text("currency", problems)?;
    code.parse().map_err(|error: crate::Error| problems.add(at, format!("`model.currency`: {}", error.message()))).ok()
}

fn inputs(root: &mut Fields<'_>, problems: &mut Problems) -> BTreeMap<String, Input> {
    let Some((table, at)) = root.table("inputs", problems) else { return BTreeMap::new() };
    let mut all = Fields::new("inputs".into(), at, table);
    let mut found = BTreeMap::new();
    for kind in INPUTS {
        let Some((table, at)) = all.table(kind, problems) else { continue };
        let mut fields = Fields::new(format!("inputs.{kind}"), at, table);
        let text = |found: Option<(&str, &Location)>| found.map(|(text, _)| text.to_owned());
        let mut input = Input {
            path: text(fields.text("path", problems)),
            delimiter: fields.text("delimiter", problems).map(|(text, at)| (text.to_owned(), at.clone())),
            written: Pinned {
                decimal: parsed(&mut fields, "decimal", problems),
                dates: parsed(&mut fields, "date-format", problems),
                zone: parsed(&mut fields, "tz", problems),
                encoding: parsed(&mut fields, "encoding", problems),
            },
            ..Input::default()
        };
        if kind == "ledger" {
            input.rows_without_account = fields
                .choice("rows_without_account", &[("refuse", "refuse"), ("aside", "aside")], problems)
                .map(str::to_owned);
        }
        if let Some((columns, _)) = fields.table("columns", problems) {
            for (standard, entry) in columns {
                match &entry.value {
                    Value::Text(name) => {
                        input.columns.insert(standard.clone(), (name.clone(), entry.at.clone()));
                    }
                    other => problems.add(
                        &entry.at,
                        format!("`inputs.{kind}.columns.{standard}` is {}; write the name in the file", other.kind()),
                    ),
                }
            }
        }
        fields.finish(problems);
        found.insert(kind.to_owned(), input);
    }
    all.finish(problems);
    found
}

/// A text that the settings of the command line of the same name would take.
fn parsed<T: FromStr<Err = crate::Error>>(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<T> {
    let path = fields.path.clone();
    let (text, at) = fields.text(key, problems)?;
    text.parse()
        .map_err(|error: crate::Error| {
            let hint = error.hint_text().unwrap_or_default().to_owned();
            problems.add_with_hint(at, format!("`{path}.{key}`: {}", error.message()), hint);
        })
        .ok()
}

fn patterns(fields: &mut Fields<'_>, key: &'static str, problems: &mut Problems) -> Vec<Pattern> {
    let path = fields.path.clone();
    let mut parsed = Vec::new();
    for (text, at) in fields.texts(key, problems) {
        match Pattern::parse(text) {
            Ok(pattern) => parsed.push(pattern),
            Err(message) => problems.add(at, format!("`{path}.{key}`: {message}")),
        }
    }
    parsed
}

fn revenue(root: &mut Fields<'_>, problems: &mut Problems) -> Option<RevenueAccounts> {
    let (table, at) = root.table("revenue", problems)?;
    let mut fields = Fields::new("revenue".into(), at, table);
    let revenue = RevenueAccounts {
        accounts: patterns(&mut fields, "accounts", problems),
        discounts: patterns(&mut fields, "discounts", problems),
        refunds: patterns(&mut fields, "refunds", problems),
        positive: fields.flag("positive", problems),
        at: fields.places(),
    };
    if revenue.accounts.is_empty() {
        problems.add(at, "`revenue` names no `accounts`");
    }
    fields.finish(problems);
    Some(revenue)
}

fn pool(mut fields: Fields<'_>, problems: &mut Problems) -> Pool {
    let (capacity, unit) = capacity(&mut fields, problems);
    let pool = Pool {
        selection: Selection {
            accounts: patterns(&mut fields, "accounts", problems),
            cost_centres: patterns(&mut fields, "cost_centres", problems),
        },
        capacity,
        budget: fields.number("budget", problems).map(|(budget, _)| budget),
        unassigned: fields.share("unassigned", problems).unwrap_or_else(BigRational::zero),
        at: fields.places(),
    };
    if let Some(Capacity { unit: None, .. }) = pool.capacity {
        problems.add_with_hint(
            fields.place("practical_capacity"),
            no_time(&fields.path, unit),
            "write it as `\"1000 hours\"` or `\"24000 minutes/month\"`; a capacity in counts belongs to an activity",
        );
    }
    fields.finish(problems);
    pool
}

/// A capacity that has to be in time and is not.
fn no_time(path: &str, unit: &str) -> String {
    match unit {
        "" => format!("`{path}.practical_capacity` has no unit of time"),
        unit => format!("`{path}.practical_capacity`: `{unit}` is neither minutes nor hours"),
    }
}

/// `600`, `"1000 hours"`, `"24000 minutes/month"`, `"600 stops/quarter"`; beside it the unit as it is written.
fn capacity<'e>(fields: &mut Fields<'e>, problems: &mut Problems) -> (Option<Capacity>, &'e str) {
    let Some(entry) = fields.get("practical_capacity") else { return (None, "") };
    let path = format!("{}.practical_capacity", fields.path);
    match capacity_of(entry, &path, problems) {
        Some((capacity, unit)) => (Some(capacity), unit),
        None => (None, ""),
    }
}

fn capacity_of<'e>(entry: &'e Entry, path: &str, problems: &mut Problems) -> Option<(Capacity, &'e str)> {
    let (Value::Text(text) | Value::Number(text)) = &entry.value else {
        problems.add(&entry.at, format!("`{path}` is {}", entry.value.kind()));
        return None;
    };
    let (text, per) = match text.split_once('/') {
        None => (text.as_str(), None),
        Some((before, period)) => match period.trim() {
            "month" => (before, Some(CapacityPeriod::Month)),
            "quarter" => (before, Some(CapacityPeriod::Quarter)),
            "year" => (before, Some(CapacityPeriod::Year)),
            other => {
                problems.add_with_hint(
                    &entry.at,
                    format!("`{path}`: a capacity cannot be per `{other}`"),
                    "say `/month`, `/quarter` or `/year`",
                );
                return None;
            }
        },
    };
    let (number, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let Some(amount) = decimal(number) else {
        problems.add(&entry.at, format!("`{path}`: `{number}` is no plain number"));
        return None;
    };
    if !amount.is_positive() {
        problems.add(&entry.at, format!("`{path}` is `{number}`; a capacity is more than zero"));
        return None;
    }
    let written = unit.trim();
    let unit = match written {
        "min" | "minute" | "minutes" => Some(WorkUnit::Minutes),
        "h" | "hour" | "hours" => Some(WorkUnit::Hours),
        _ => None,
    };
    Some((Capacity { amount, unit, per }, written))
}

/// `pool = "x"` with an optional `share`, or `pools = { x = "70%", y = "100%" }`.
fn draws(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Draw> {
    let one = fields.text("pool", problems);
    let share_of_one = fields.share("share", problems);
    let several = fields.table("pools", problems);
    match (one, several) {
        (Some((_, at)), Some(_)) => {
            problems.add(at, format!("`{}` has both `pool` and `pools`", fields.path));
            Vec::new()
        }
        (Some((pool, at)), None) => vec![Draw { pool: pool.to_owned(), share: share_of_one, at: at.clone() }],
        (None, Some((table, _))) => table
            .iter()
            .filter_map(|(pool, entry)| {
                let share = share(entry, &format!("{}.pools.{pool}", fields.path), problems)?;
                Some(Draw { pool: pool.clone(), share: Some(share), at: entry.at.clone() })
            })
            .collect(),
        (None, None) => Vec::new(),
    }
}

fn service(name: &str, mut fields: Fields<'_>, model: &Model, services: &[&str], problems: &mut Problems) -> Service {
    let unassigned = fields.share("unassigned", problems).unwrap_or_else(BigRational::zero);
    let draws = draws(&mut fields, problems);
    let mut serves = BTreeMap::new();
    if let Some((table, at)) = fields.table("serves", problems) {
        let percent = |entry: &Entry| matches!(&entry.value, Value::Text(text) if text.trim_end().ends_with('%'));
        let percentages = table.values().filter(|entry| percent(entry)).count();
        if percentages != 0 && percentages != table.len() {
            problems.add_with_hint(
                at,
                format!("`services.{name}.serves` mixes percentages and quantities"),
                "give every share with `%`, or every one as a quantity",
            );
        } else {
            let mut all_read = true;
            for (target, entry) in table {
                let path = format!("services.{name}.serves.{target}");
                let part = if percentages > 0 { share(entry, &path, problems) } else { weight(entry, &path, problems) };
                let (Some(target), Some(part)) = (target_of(target, entry, model, services, problems), part) else {
                    all_read = false;
                    continue;
                };
                if !part.is_zero() && serves.insert(target, part).is_some() {
                    problems.add(&entry.at, format!("`{path}` names somebody twice"));
                }
            }
            // What could not be read was told of; that the others do not sum to all follows from it.
            if all_read {
                scale_to_one(name, percentages > 0, at, &unassigned, &mut serves, problems);
            }
        }
    } else {
        problems.add_with_hint(
            fields.at,
            format!("the service `{name}` serves nobody"),
            "write whom it serves: `serves = { \"order desk\" = \"60%\", delivery = \"40%\" }`",
        );
    }
    let at = fields.places();
    fields.finish(problems);
    Service { draws, serves, unassigned, at }
}

fn weight(entry: &Entry, path: &str, problems: &mut Problems) -> Option<BigRational> {
    let (Value::Number(text) | Value::Text(text)) = &entry.value else {
        problems.add(&entry.at, format!("`{path}` is {}", entry.value.kind()));
        return None;
    };
    let value = decimal(text).filter(|value| !value.is_negative());
    if value.is_none() {
        problems.add(
            &entry.at,
            format!("`{path}` is `{text}`; write a percentage as in `\"25%\"` or a quantity of zero or more"),
        );
    }
    value
}

/// Percentages must reach one with what is left unassigned; quantities are scaled to it.
fn scale_to_one(
    name: &str,
    percentages: bool,
    at: &Location,
    unassigned: &BigRational,
    serves: &mut BTreeMap<Target, BigRational>,
    problems: &mut Problems,
) {
    let sum: BigRational = serves.values().sum();
    let wanted = BigRational::one() - unassigned;
    if percentages && sum != wanted {
        let and =
            if unassigned.is_zero() { String::new() } else { format!(" and {} unassigned", as_percentage(unassigned)) };
        let message = format!("the shares of the service `{name}` sum to {}{and}, not to 100%", as_percentage(&sum));
        if sum < wanted {
            let rest = as_percentage(&(BigRational::one() - sum));
            problems.add_with_hint(
                at,
                message,
                format!("if the rest is meant to reach nobody, say `unassigned = \"{rest}\"`"),
            );
        } else {
            problems.add(at, message);
        }
    } else if sum.is_zero() && !wanted.is_zero() {
        problems.add(at, format!("the service `{name}` serves nobody"));
    } else if !percentages && !sum.is_zero() {
        let scale = wanted / sum;
        serves.values_mut().for_each(|share| *share *= &scale);
    }
}

/// A target by its bare name, or as `pools.NAME`, `services.NAME`, `activities.NAME` where the name alone is not enough.
fn target_of(text: &str, entry: &Entry, model: &Model, services: &[&str], problems: &mut Problems) -> Option<Target> {
    let pool = |name: &str| model.pools.contains_key(name).then(|| Target::Pool(name.into()));
    let activity = |name: &str| model.activities.contains_key(name).then(|| Target::Activity(name.into()));
    let service = |name: &str| services.contains(&name).then(|| Target::Service(name.into()));
    let qualified = match text.split_once('.') {
        Some(("pools", name)) => pool(name),
        Some(("services", name)) => service(name),
        Some(("activities", name)) => activity(name),
        _ => None,
    };
    let mut found: Vec<Target> = match qualified {
        Some(target) => vec![target],
        None => [pool(text), service(text), activity(text)].into_iter().flatten().collect(),
    };
    match found.len() {
        1 => found.pop(),
        0 if text == "unassigned" => {
            problems.add_with_hint(
                &entry.at,
                "`unassigned` is no one that is served",
                "what reaches nobody is an entry of its own: `unassigned = \"20%\"`",
            );
            None
        }
        0 => {
            let names =
                model.pools.keys().chain(model.activities.keys()).map(String::as_str).chain(services.iter().copied());
            problems.add_nearest(&entry.at, format!("there is no pool, service or activity `{text}`"), text, names);
            None
        }
        _ => {
            problems.add_with_hint(
                &entry.at,
                format!("`{text}` names more than one of a pool, a service and an activity"),
                format!("say which: `\"pools.{text}\"`, `\"services.{text}\"` or `\"activities.{text}\"`"),
            );
            None
        }
    }
}

fn activity(name: &str, mut fields: Fields<'_>, problems: &mut Problems) -> Activity {
    let level = fields.choice("level", &Level::ALL.map(|level| (level.name(), level)), problems);
    let time = time(&mut fields, problems);
    let standard_rate = fields.number("rate", problems).map(|(rate, _)| rate);
    let percentages = percentages(name, &mut fields, problems);
    let stated = fields.choice("method", &Method::ALL.map(|method| (method.name(), method)), problems);
    let cost_object = fields.text("cost_object", problems).map(|(object, _)| object.to_owned());
    if cost_object.is_none() && fields.get("level").is_none() {
        problems.add_with_hint(
            fields.at,
            format!("the activity `{name}` has no level"),
            format!("say `level = \"transaction\"`; the levels are {}", list(&Level::ALL.map(Level::name))),
        );
    }
    let known_level = level;
    // A level that is missing or cannot be read was told of: the rest is read as if the activity reached customers.
    let level = level.unwrap_or(if cost_object.is_some() { Level::Enterprise } else { Level::Transaction });
    // What is there and cannot be used was told of already: it is not missing as well.
    let has_time = fields.get("minutes").or(fields.get("hours")).is_some();
    let has_rate = fields.get("rate").is_some();
    let has_percentages = fields.get("percentages").is_some();
    let implied = if has_time {
        Method::Duration
    } else if has_rate {
        Method::Standard
    } else if has_percentages {
        Method::Percentage
    } else if level == Level::Direct {
        Method::Direct
    } else {
        Method::Transaction
    };
    let method = stated.unwrap_or(implied);
    let needs = |given: bool, wanted: Method, keys: &[&str], fields: &Fields<'_>, problems: &mut Problems| {
        let key = keys.iter().find(|key| fields.has(key)).unwrap_or(&keys[0]);
        if method == wanted && !given {
            problems.add(
                fields.place("method"),
                format!("the activity `{name}` is of method `{}` and has no `{key}`", wanted.name()),
            );
        } else if method != wanted && given {
            problems.add(
                fields.place(key),
                format!("the activity `{name}` has `{key}`, which its method `{}` does not use", method.name()),
            );
        }
    };
    needs(has_time, Method::Duration, &["minutes", "hours"], &fields, problems);
    needs(has_rate, Method::Standard, &["rate"], &fields, problems);
    needs(has_percentages, Method::Percentage, &["percentages"], &fields, problems);
    let below_the_line = level == Level::Enterprise || cost_object.is_some();
    let driver = driver(name, method, below_the_line, &mut fields, problems);
    let (capacity, unit) = capacity(&mut fields, problems);
    let capacity_at = fields.place("practical_capacity");
    match (&capacity, method) {
        (Some(Capacity { unit: None, .. }), Method::Duration) => problems.add_with_hint(
            capacity_at,
            no_time(&fields.path, unit),
            "write it as `\"1000 hours\"` or `\"24000 minutes/month\"`",
        ),
        (Some(Capacity { unit: Some(unit), .. }), Method::Transaction | Method::Standard) => problems.add(
            capacity_at,
            format!("`{}.practical_capacity` is in {}, but the activity counts its driver", fields.path, unit.name()),
        ),
        (Some(_), Method::Direct | Method::Even | Method::Percentage | Method::Weight | Method::Intensity) => problems
            .add(
                capacity_at,
                format!(
                    "the activity `{name}` has a `practical_capacity`, which its method `{}` does not use",
                    method.name()
                ),
            ),
        _ => {}
    }
    let activity = Activity {
        draws: draws(&mut fields, problems),
        level,
        method,
        driver,
        time,
        capacity,
        standard_rate,
        budget: fields.number("budget", problems).map(|(budget, _)| budget),
        percentages,
        acquisition: fields.flag("acquisition", problems),
        cost_object,
        at: fields.places(),
    };
    if activity.acquisition && known_level.is_some_and(|level| level != Level::Selling) {
        problems.add(
            fields.place("acquisition"),
            format!("the activity `{name}` is acquisition, whose level is `selling`"),
        );
    }
    fields.finish(problems);
    activity
}

fn time(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Time> {
    let minutes = fields.get("minutes").map(|entry| (entry, WorkUnit::Minutes));
    let hours = fields.get("hours").map(|entry| (entry, WorkUnit::Hours));
    if let (Some((entry, _)), Some(_)) = (minutes, hours) {
        problems.add(&entry.at, format!("`{}` has both `minutes` and `hours`", fields.path));
    }
    let (entry, unit) = minutes.or(hours)?;
    let (Value::Number(text) | Value::Text(text)) = &entry.value else {
        problems.add(&entry.at, format!("`{}.{}` is {}", fields.path, unit.name(), entry.value.kind()));
        return None;
    };
    match TimeEquation::parse(text) {
        Ok(equation) => {
            if let Err(problem) = equation.compile() {
                problems.add(&entry.at, format!("`{}.{}`: a number {problem}", fields.path, unit.name()));
            }
            Some(Time { equation, unit, at: entry.at.clone() })
        }
        Err(error) => {
            problems.add(&entry.at, format!("`{}.{}`: {}", fields.path, unit.name(), error.message()));
            None
        }
    }
}

fn percentages(name: &str, fields: &mut Fields<'_>, problems: &mut Problems) -> BTreeMap<String, BigRational> {
    let unassigned = fields.share("unassigned", problems).unwrap_or_else(BigRational::zero);
    let Some((table, at)) = fields.table("percentages", problems) else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for (customer, entry) in table {
        if let Some(share) = share(entry, &format!("activities.{name}.percentages.{customer}"), problems) {
            found.insert(customer.clone(), share);
        }
    }
    let sum: BigRational = found.values().sum();
    if found.len() == table.len() && sum != BigRational::one() - &unassigned {
        let message = format!("the percentages of the activity `{name}` sum to {}, not to 100%", as_percentage(&sum));
        if sum < BigRational::one() {
            let rest = as_percentage(&(BigRational::one() - sum));
            problems.add_with_hint(
                at,
                message,
                format!("if the rest is meant to reach nobody, say `unassigned = \"{rest}\"`"),
            );
        } else {
            problems.add(at, message);
        }
    }
    found
}

fn driver(
    name: &str,
    method: Method,
    below_the_line: bool,
    fields: &mut Fields<'_>,
    problems: &mut Problems,
) -> Driver {
    let stated = fields.text("driver", problems);
    let column = fields.text("quantity", problems).map(|(column, _)| column.to_owned());
    let unneeded = |what: &str| format!("the activity `{name}` has a `driver`, which {what}");
    if below_the_line || matches!(method, Method::Even | Method::Percentage) {
        return match stated {
            None if below_the_line => Driver::None,
            None if method == Method::Even => Driver::Customers("one".into()),
            None => Driver::Percentages(name.to_owned()),
            Some((_, at)) => {
                let what = if below_the_line { "reaches no customer" } else { "its method does not use" };
                problems.add(at, unneeded(what));
                Driver::None
            }
        };
    }
    let Some((text, at)) = stated else {
        if method == Method::Direct || method == Method::Weight {
            problems.add_with_hint(
                fields.place("method"),
                format!("the activity `{name}` of method `{}` has no `driver`", method.name()),
                "name where its amounts by customer stand: `driver = \"transactions.cost_of_goods\"`",
            );
        }
        return Driver::Log { activity: name.to_owned(), column };
    };
    let (source, what) = text.split_once('.').unwrap_or((text, ""));
    let driver = match source {
        "activities" => Some(Driver::Log { activity: what.to_owned(), column: column.clone() }),
        "transactions" => Some(Driver::Transactions(what.to_owned())),
        "customers" => Some(Driver::Customers(what.to_owned())),
        "drivers" => Some(Driver::File(what.to_owned())),
        _ => None,
    };
    if column.is_some() && !matches!(driver, Some(Driver::Log { .. })) {
        problems.add(
            at,
            format!("`activities.{name}.quantity` names a column of the activity log, but the driver is `{text}`"),
        );
    }
    match driver {
        Some(driver) if !what.is_empty() => driver,
        _ => {
            problems.add_with_hint(
                at,
                format!("`activities.{name}.driver`: there is no `{text}`"),
                "write where it stands and what it is: `activities.NAME` (rows of the activity log), `transactions.orders`, `lines`, `units`, \
                 `revenue` or a column, `customers.one`, `active_months`, `new` or a column, `drivers.NAME` (the driver file)",
            );
            Driver::None
        }
    }
}

fn draws_name_pools(model: &Model, problems: &mut Problems) {
    let services = model.services.iter().map(|(name, service)| ("services", name, &service.draws));
    let activities = model.activities.iter().map(|(name, activity)| ("activities", name, &activity.draws));
    for (kind, name, draws) in services.chain(activities) {
        for draw in draws {
            if !model.pools.contains_key(&draw.pool) {
                let message = format!("`{kind}.{name}` draws on the pool `{}`, which there is not", draw.pool);
                problems.add_nearest(&draw.at, message, &draw.pool, model.pools.keys().map(String::as_str));
            }
        }
    }
}

fn selections_stay_apart(model: &Model, problems: &mut Problems) {
    // The keys that pick postings are told by their places.
    let picked = |pool: &Pool| {
        let keys = [("accounts", &pool.selection.accounts), ("cost_centres", &pool.selection.cost_centres)];
        keys.iter().filter(|(_, named)| !named.is_empty()).map(|(key, _)| pool.at.of(key).clone()).collect()
    };
    let mut selections: Vec<(String, Selection, Vec<Location>)> = model
        .pools
        .iter()
        .map(|(name, pool)| (format!("pools.{name}"), pool.selection.clone(), picked(pool)))
        .collect();
    if let Some(revenue) = &model.revenue {
        for (key, accounts) in
            [("accounts", &revenue.accounts), ("discounts", &revenue.discounts), ("refunds", &revenue.refunds)]
        {
            if !accounts.is_empty() {
                let selection = Selection { accounts: accounts.clone(), cost_centres: Vec::new() };
                selections.push((format!("revenue.{key}"), selection, vec![revenue.at.of(key).clone()]));
            }
        }
    }
    for (index, (name, selection, places)) in selections.iter().enumerate() {
        for (other_name, other, other_places) in &selections[index + 1..] {
            if let Some(common) = selection.overlap(other) {
                let all = places.iter().chain(other_places);
                let last = all.clone().max_by_key(|at| at.line).expect("what overlaps was picked by a key");
                problems.add_with_hint(
                    brought(model, all).unwrap_or(last),
                    format!("`{name}` and `{other_name}` overlap: {common}"),
                    "every posting belongs to one pool: narrow one of them, or tell them apart by `cost_centres`",
                );
            }
        }
    }
}
