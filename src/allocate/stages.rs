//! The stages of a model: who passes cost to whom, from pools through services to activities.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::exact::as_percentage;
use super::model::{Activity, Level, Method, Model, Problems, Target, brought};
use super::services::Node;
use crate::{Location, Result};

/// Where cost comes to rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sink {
    /// An activity with a cost of its own.
    Activity(String),
    /// The activities that share a pool's time; their cost follows from the time they take.
    SharedTime(String),
    /// A share that a pool or service deliberately gives to nobody.
    Remainder { of: String, is_service: bool },
    /// A pool on which nobody draws.
    Idle(String),
}

/// The graph of a model.
#[derive(Debug, Clone)]
pub(crate) struct Stages {
    /// Pools in order of their names, then services; without their own cost.
    pub nodes: Vec<Node>,
    pub sinks: Vec<Sink>,
    /// The activities that share a pool's time, by pool.
    pub shared_time: BTreeMap<String, Vec<String>>,
    /// The services in the order of the step-down method, if the model gives one.
    pub order: Vec<usize>,
}

/// Who draws on a pool.
enum Taker<'m> {
    Service(&'m str),
    Activity(&'m str, &'m Activity),
}

/// Below the line, or borne by another cost object: such an activity reaches no customer.
pub(crate) fn reaches_customers(activity: &Activity) -> bool {
    activity.level != Level::Enterprise && activity.cost_object.is_none()
}

/// The graph of a model.
pub(crate) fn stages(model: &Model) -> Result<Stages> {
    let mut problems = Problems::default();
    let mut build = Build { model, sinks: Vec::new(), shared_time: BTreeMap::new(), problems: &mut problems };
    let pools: Vec<&String> = model.pools.keys().collect();
    let services: Vec<&String> = model.services.keys().collect();
    let service_node =
        |name: &str| pools.len() + services.iter().position(|s| *s == name).expect("a service by its name");
    let pool_node = |name: &str| pools.iter().position(|pool| *pool == name).expect("a pool by its name");
    let mut nodes = Vec::new();
    for name in &pools {
        nodes.push(build.pool(name, service_node));
    }
    for name in &services {
        let service = &model.services[*name];
        let mut node = empty(name, true);
        for (target, share) in &service.serves {
            match target {
                Target::Pool(pool) => add(&mut node.to_nodes, pool_node(pool), share),
                Target::Service(other) => add(&mut node.to_nodes, service_node(other), share),
                Target::Activity(activity) => {
                    let sink = build.sink(Sink::Activity(activity.clone()));
                    add(&mut node.to_sinks, sink, share);
                }
            }
        }
        if !service.unassigned.is_zero() {
            let sink = build.sink(Sink::Remainder { of: (*name).clone(), is_service: true });
            add(&mut node.to_sinks, sink, &service.unassigned);
        }
        nodes.push(node);
    }
    build.everybody_has_cost();
    let Build { sinks, shared_time, .. } = build;
    problems.finish()?;
    let order = model.step_down_order.iter().map(|name| service_node(name)).collect();
    Ok(Stages { nodes, sinks, shared_time, order })
}

fn empty(name: &str, is_service: bool) -> Node {
    Node { name: name.to_owned(), is_service, own: 0, to_nodes: BTreeMap::new(), to_sinks: BTreeMap::new() }
}

fn add(shares: &mut BTreeMap<usize, BigRational>, to: usize, share: &BigRational) {
    if !share.is_zero() {
        *shares.entry(to).or_insert_with(BigRational::zero) += share;
    }
}

struct Build<'m, 'p> {
    model: &'m Model,
    sinks: Vec<Sink>,
    shared_time: BTreeMap<String, Vec<String>>,
    problems: &'p mut Problems,
}

impl Build<'_, '_> {
    fn sink(&mut self, sink: Sink) -> usize {
        self.sinks.iter().position(|known| *known == sink).unwrap_or_else(|| {
            self.sinks.push(sink);
            self.sinks.len() - 1
        })
    }

    fn pool(&mut self, name: &str, service_node: impl Fn(&str) -> usize) -> Node {
        let model = self.model;
        let pool = &model.pools[name];
        let mut node = empty(name, false);
        let mut left = BigRational::one() - &pool.unassigned;
        if !pool.unassigned.is_zero() {
            let sink = self.sink(Sink::Remainder { of: name.to_owned(), is_service: false });
            add(&mut node.to_sinks, sink, &pool.unassigned);
        }
        let mut open: Vec<Taker<'_>> = Vec::new();
        let mut takers = 0;
        let mut drawn: Vec<&Location> = vec![pool.at.of("unassigned")];
        let drawing =
            (model.services.iter())
                .map(|(name, service)| (Taker::Service(name), &service.draws, service.at.of("share")))
                .chain(model.activities.iter().map(|(name, activity)| {
                    (Taker::Activity(name, activity), &activity.draws, activity.at.of("share"))
                }));
        for (taker, draws, share_at) in drawing {
            for draw in draws.iter().filter(|draw| draw.pool == name) {
                takers += 1;
                drawn.extend([share_at, &draw.at]);
                match (&draw.share, &taker) {
                    (Some(share), Taker::Service(service)) => add(&mut node.to_nodes, service_node(service), share),
                    (Some(share), Taker::Activity(activity, _)) => {
                        let sink = self.sink(Sink::Activity((*activity).to_owned()));
                        add(&mut node.to_sinks, sink, share);
                    }
                    (None, Taker::Service(service)) => open.push(Taker::Service(service)),
                    (None, Taker::Activity(name, activity)) => open.push(Taker::Activity(name, activity)),
                }
                left -= draw.share.clone().unwrap_or_else(BigRational::zero);
            }
        }
        if left < BigRational::zero() {
            let sum = as_percentage(&(BigRational::one() - &pool.unassigned - &left));
            self.problems.add(
                brought(model, drawn).unwrap_or(pool.at.header()),
                format!("the shares drawn from the pool `{name}` sum to {sum}, beyond 100%"),
            );
            return node;
        }
        let sharing = open.iter().all(|taker| {
            matches!(taker, Taker::Activity(_, activity) if activity.method == Method::Duration && reaches_customers(activity))
        });
        match open.as_slice() {
            [] if takers == 0 => {
                let sink = self.sink(Sink::Idle(name.to_owned()));
                add(&mut node.to_sinks, sink, &left);
            }
            [] => {
                if !left.is_zero() {
                    let sum = as_percentage(&(BigRational::one() - &pool.unassigned - &left));
                    self.problems.add_with_hint(
                        brought(model, drawn).unwrap_or(pool.at.header()),
                        format!("the shares drawn from the pool `{name}` sum to {sum}, not to 100%"),
                        format!(
                            "if the rest is meant to reach nobody, say `unassigned = \"{}\"`",
                            as_percentage(&left)
                        ),
                    );
                }
            }
            [Taker::Service(service)] => add(&mut node.to_nodes, service_node(service), &left),
            [Taker::Activity(activity, _)] if pool.capacity.is_none() || !sharing => {
                let sink = self.sink(Sink::Activity((*activity).to_owned()));
                add(&mut node.to_sinks, sink, &left);
            }
            several if sharing => {
                let sink = self.sink(Sink::SharedTime(name.to_owned()));
                add(&mut node.to_sinks, sink, &left);
                let mut members = Vec::new();
                for taker in several {
                    if let Taker::Activity(member, activity) = taker {
                        if activity.capacity.is_some() {
                            self.problems.add_with_hint(
                                activity.at.of("practical_capacity"),
                                format!("the activity `{member}` has a `practical_capacity`, but shares the time of the pool `{name}`"),
                                format!("state the capacity once, at `[pools.{name}]`"),
                            );
                        }
                        if activity.budget.is_some() {
                            self.problems.add_with_hint(
                                activity.at.of("budget"),
                                format!(
                                    "the activity `{member}` has a `budget`, but shares the cost of the pool `{name}`"
                                ),
                                format!("state the budget once, at `[pools.{name}]`"),
                            );
                        }
                        members.push((*member).to_owned());
                    }
                }
                self.shared_time.insert(name.to_owned(), members);
            }
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|taker| match taker {
                        Taker::Service(name) | Taker::Activity(name, _) => format!("`{name}`"),
                    })
                    .collect();
                self.problems.add_with_hint(
                    brought(model, drawn).unwrap_or(pool.at.header()),
                    format!("{} draw on the pool `{name}` without a `share`", names.join(" and ")),
                    "give each its `share = \"60%\"`; only activities with `minutes` or `hours` share a pool by the time they take",
                );
            }
        }
        if !self.shared_time.contains_key(name) {
            let unused = |key: &str| format!("the pool `{name}` has a `{key}`, but no activities share its time");
            if pool.capacity.is_some() {
                self.problems.add(pool.at.of("practical_capacity"), unused("practical_capacity"));
            }
            if pool.budget.is_some() {
                self.problems.add_with_hint(
                    pool.at.of("budget"),
                    unused("budget"),
                    "give the `budget` to the activity",
                );
            }
        }
        node
    }

    /// An activity or a service that nothing flows into is an oversight.
    fn everybody_has_cost(&mut self) {
        let served = |target: &Target| self.model.services.values().any(|service| service.serves.contains_key(target));
        let mut oversights: Vec<(&Location, String)> = Vec::new();
        for (name, activity) in &self.model.activities {
            let is_served = served(&Target::Activity(name.clone()));
            if activity.draws.is_empty() && !is_served {
                oversights.push((activity.at.header(), format!("the activity `{name}` draws on no pool")));
            }
            if is_served && self.shared_time.values().any(|members| members.contains(name)) {
                let message = format!(
                    "a service serves the activity `{name}`, which shares the time of a pool: let it serve the pool"
                );
                oversights.push((activity.at.header(), message));
            }
        }
        for (name, service) in &self.model.services {
            if service.draws.is_empty() && !served(&Target::Service(name.clone())) {
                oversights.push((service.at.header(), format!("the service `{name}` draws on no pool")));
            }
        }
        for (at, message) in oversights {
            self.problems.add(at, message);
        }
    }
}
