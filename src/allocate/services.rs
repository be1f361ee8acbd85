//! Where a pool's cost ends up: services that serve each other, solved exactly.
//!
//! # Definition
//! ```text
//! reciprocal: x = b + M x, so x = (I - M)^-1 b     b: own cost; M[i][s]: share of s that i consumes
//!             a sink (an activity, a remainder) receives sum_s P[sink][s] x_s
//! direct:     a service's shares to other services are left out, the rest scaled up to one
//! step-down:  services in turn; those already closed receive nothing more
//! ```
//! The graph of pools, services and activities is cut into groups that serve each other, and the groups
//! are solved in the order the graph demands, each by elimination on rationals: nothing is rounded here.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::{Error, Result};

/// How services that serve other services are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServicesMethod {
    /// Simultaneous equations: every service to every other is honoured.
    #[default]
    Reciprocal,
    /// One service after the other; those closed before receive nothing more.
    StepDown,
    /// Services to other services are left out.
    Direct,
}

impl ServicesMethod {
    /// Every method, the default first.
    pub const ALL: [Self; 3] = [Self::Reciprocal, Self::StepDown, Self::Direct];

    /// The name used in models and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reciprocal => "reciprocal",
            Self::StepDown => "step-down",
            Self::Direct => "direct",
        }
    }
}

/// Something that passes its cost on: a pool or a service.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub name: String,
    pub is_service: bool,
    /// Own cost, in minor units.
    pub own: i128,
    /// The shares passed to other nodes, by position; none twice.
    pub to_nodes: BTreeMap<usize, BigRational>,
    /// The shares passed to sinks, by position.
    pub to_sinks: BTreeMap<usize, BigRational>,
}

/// The share of each node's own cost that ends in each sink; after the sinks, at `sinks + n`, how often it passes
/// through node `n`, whose whole cost follows from it.
pub(crate) type Transfers = Vec<BTreeMap<usize, BigRational>>;

/// Solves the graph by the method given.
pub(crate) fn transfers(nodes: &[Node], sinks: usize, method: ServicesMethod, order: &[usize]) -> Result<Transfers> {
    match method {
        ServicesMethod::Reciprocal => solve(nodes, sinks),
        ServicesMethod::StepDown => {
            let order = if order.is_empty() { step_down_order(nodes) } else { order.to_vec() };
            solve(&without_links(nodes, |from, to| rank(&order, to) < rank(&order, from), method)?, sinks)
        }
        ServicesMethod::Direct => solve(&without_links(nodes, |_, _| true, method)?, sinks),
    }
}

fn rank(order: &[usize], node: usize) -> usize {
    order.iter().position(|&service| service == node).unwrap_or(order.len())
}

/// Services by how many other services they serve, then by own cost, most first; ties by name.
pub(crate) fn step_down_order(nodes: &[Node]) -> Vec<usize> {
    let serves = |service: usize| {
        nodes[service].to_nodes.keys().filter(|&&to| to != service && service_behind(nodes, to).is_some()).count()
    };
    let own = |service: usize| -> i128 {
        // What the service draws from its pools is its cost too.
        nodes[service].own
            + nodes
                .iter()
                .filter(|node| !node.is_service && node.to_nodes.contains_key(&service))
                .map(|n| n.own)
                .sum::<i128>()
    };
    let mut order: Vec<usize> = (0..nodes.len()).filter(|&node| nodes[node].is_service).collect();
    order.sort_by(|&one, &other| {
        (serves(other).cmp(&serves(one))).then(own(other).cmp(&own(one))).then(nodes[one].name.cmp(&nodes[other].name))
    });
    order
}

/// The service that receives what is handed to a node: itself, or the one service that alone draws on the pool.
fn service_behind(nodes: &[Node], node: usize) -> Option<usize> {
    if nodes[node].is_service {
        return Some(node);
    }
    let mut takers = nodes[node].to_nodes.keys();
    match (takers.next(), takers.next(), nodes[node].to_sinks.is_empty()) {
        (Some(&taker), None, true) => Some(taker),
        _ => None,
    }
}

/// The graph without the links from service to service that `left_out` names, what remains scaled up to one.
fn without_links(nodes: &[Node], left_out: impl Fn(usize, usize) -> bool, method: ServicesMethod) -> Result<Vec<Node>> {
    let mut result = nodes.to_vec();
    for (index, node) in result.iter_mut().enumerate().filter(|(_, node)| node.is_service) {
        let all: BigRational = node.to_nodes.values().chain(node.to_sinks.values()).sum();
        node.to_nodes.retain(|&to, _| {
            service_behind(nodes, to).is_none_or(|service| service != index && !left_out(index, service))
        });
        let kept: BigRational = node.to_nodes.values().chain(node.to_sinks.values()).sum();
        if kept.is_zero() {
            return Err(Error::usage(format!(
                "the service `{}` serves nobody that the {} method leaves to it",
                node.name,
                method.name()
            ))
            .hint("use `services = \"reciprocal\"`, which honours services to other services"));
        }
        let scale = all / kept;
        for share in node.to_nodes.values_mut().chain(node.to_sinks.values_mut()) {
            *share *= &scale;
        }
    }
    Ok(result)
}

/// `T = (I - M)^-1 R`, group by group.
fn solve(nodes: &[Node], sinks: usize) -> Result<Transfers> {
    let mut transfers: Transfers = vec![BTreeMap::new(); nodes.len()];
    for group in groups(nodes) {
        let within = |to: &usize| group.binary_search(to).ok();
        let circular = group.len() > 1 || nodes[group[0]].to_nodes.contains_key(&group[0]);
        // The right-hand sides: what each member hands to sinks, directly or through groups already solved.
        let mut right: Vec<BTreeMap<usize, BigRational>> = Vec::with_capacity(group.len());
        for &member in &group {
            let node = &nodes[member];
            let mut row = node.to_sinks.clone();
            row.insert(sinks + member, BigRational::one());
            for (to, share) in node.to_nodes.iter().filter(|(to, _)| within(to).is_none()) {
                for (sink, part) in &transfers[*to] {
                    *row.entry(*sink).or_insert_with(BigRational::zero) += share * part;
                }
            }
            right.push(row);
        }
        if !circular {
            transfers[group[0]] = right.swap_remove(0);
            continue;
        }
        let leaves = |member: &usize| {
            !nodes[*member].to_sinks.is_empty() || nodes[*member].to_nodes.keys().any(|to| within(to).is_none())
        };
        if !group.iter().any(leaves) {
            return Err(closed_loop(nodes, &group));
        }
        let mut matrix: Vec<Vec<BigRational>> = group
            .iter()
            .enumerate()
            .map(|(row, &member)| {
                (0..group.len())
                    .map(|column| {
                        let identity = if row == column { BigRational::one() } else { BigRational::zero() };
                        identity - nodes[member].to_nodes.get(&group[column]).cloned().unwrap_or_else(BigRational::zero)
                    })
                    .collect()
            })
            .collect();
        eliminate(&mut matrix, &mut right);
        for (&member, row) in group.iter().zip(right) {
            transfers[member] = row;
        }
    }
    Ok(transfers)
}

/// Gauss-Jordan elimination; the matrix is `I - M` of a group that passes something outside itself.
fn eliminate(matrix: &mut [Vec<BigRational>], right: &mut [BTreeMap<usize, BigRational>]) {
    let size = matrix.len();
    for pivot in 0..size {
        let row = (pivot..size)
            .find(|&row| !matrix[row][pivot].is_zero())
            .expect("a connected group that passes cost outside itself is not singular");
        matrix.swap(pivot, row);
        right.swap(pivot, row);
        let inverse = matrix[pivot][pivot].recip();
        matrix[pivot].iter_mut().for_each(|value| *value *= &inverse);
        right[pivot].values_mut().for_each(|value| *value *= &inverse);
        let (pivot_row, pivot_right) = (matrix[pivot].clone(), right[pivot].clone());
        for row in (0..size).filter(|&row| row != pivot) {
            let factor = matrix[row][pivot].clone();
            if factor.is_zero() {
                continue;
            }
            for (value, above) in matrix[row].iter_mut().zip(&pivot_row) {
                *value -= &factor * above;
            }
            for (sink, above) in &pivot_right {
                *right[row].entry(*sink).or_insert_with(BigRational::zero) -= &factor * above;
            }
        }
    }
}

/// A walk along the group's own links until a member comes round again.
fn closed_loop(nodes: &[Node], group: &[usize]) -> Error {
    let mut walk = vec![group[0]];
    let start = loop {
        let last = walk[walk.len() - 1];
        let next = *nodes[last].to_nodes.keys().next().expect("every member of a closed loop passes its cost on");
        if let Some(start) = walk.iter().position(|&node| node == next) {
            break start;
        }
        walk.push(next);
    };
    let mut names: Vec<&str> = walk[start..].iter().map(|&node| nodes[node].name.as_str()).collect();
    names.push(names[0]);
    Error::usage(format!("the services pass their cost round in a circle and out to nobody: {}", names.join(" -> ")))
        .hint("let one of them serve an activity or a pool outside the circle")
}

/// Groups of nodes that reach each other, each after all groups that it passes cost to (Tarjan).
fn groups(nodes: &[Node]) -> Vec<Vec<usize>> {
    struct Walk<'n> {
        nodes: &'n [Node],
        index: Vec<Option<usize>>,
        low: Vec<usize>,
        on_stack: Vec<bool>,
        stack: Vec<usize>,
        next: usize,
        found: Vec<Vec<usize>>,
    }
    impl Walk<'_> {
        fn visit(&mut self, node: usize) {
            let mine = self.next;
            self.next += 1;
            self.index[node] = Some(mine);
            self.low[node] = mine;
            self.stack.push(node);
            self.on_stack[node] = true;
            let nodes = self.nodes;
            for &to in nodes[node].to_nodes.keys() {
                match self.index[to] {
                    None => {
                        self.visit(to);
                        self.low[node] = self.low[node].min(self.low[to]);
                    }
                    Some(seen) if self.on_stack[to] => self.low[node] = self.low[node].min(seen),
                    Some(_) => {}
                }
            }
            if self.low[node] == mine {
                let start = self.stack.iter().rposition(|&other| other == node).expect("the node is on the stack");
                let mut group = self.stack.split_off(start);
                group.iter().for_each(|&member| self.on_stack[member] = false);
                group.sort_unstable();
                self.found.push(group);
            }
        }
    }
    let size = nodes.len();
    let mut walk = Walk {
        nodes,
        index: vec![None; size],
        low: vec![0; size],
        on_stack: vec![false; size],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for node in 0..size {
        if walk.index[node].is_none() {
            walk.visit(node);
        }
    }
    walk.found
}

/// What each sink receives, and after the sinks the whole cost of each node, exactly, in minor units.
pub(crate) fn received(nodes: &[Node], transfers: &Transfers, sinks: usize) -> Vec<BigRational> {
    let mut amounts = vec![BigRational::zero(); sinks + nodes.len()];
    for (node, row) in nodes.iter().zip(transfers) {
        for (sink, share) in row {
            amounts[*sink] += share * BigRational::from_integer(BigInt::from(node.own));
        }
    }
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::exact::plain;

    /// Services with own cost and shares in percent: first to the services in their order, then to the sinks.
    fn services(rows: &[(&str, i128, &[u32], &[u32])]) -> Vec<Node> {
        let shares = |percents: &[u32]| {
            let share = |(to, &percent): (usize, &u32)| (to, BigRational::new(percent.into(), 100.into()));
            percents.iter().enumerate().filter(|(_, percent)| **percent > 0).map(share).collect()
        };
        rows.iter()
            .map(|(name, own, nodes, sinks)| Node {
                name: (*name).into(),
                is_service: true,
                own: own * 100,
                to_nodes: shares(nodes),
                to_sinks: shares(sinks),
            })
            .collect()
    }

    fn amounts(nodes: &[Node], sinks: usize, method: ServicesMethod) -> Vec<String> {
        let solved = transfers(nodes, sinks, method, &[]).unwrap();
        let hundred = BigRational::from_integer(100.into());
        received(nodes, &solved, sinks).iter().map(|amount| plain(&(amount / &hundred))).collect()
    }

    #[test]
    fn two_reciprocal_services_have_the_stated_costs_by_all_three_methods() {
        let nodes = services(&[("S1", 100_000, &[0, 20], &[30, 50]), ("S2", 50_000, &[10, 0], &[60, 30])]);
        let solved = transfers(&nodes, 2, ServicesMethod::Reciprocal, &[]).unwrap();
        let amounts_exact = received(&nodes, &solved, 2);
        let cents = |numerator: i64, denominator: i64| BigRational::new((numerator * 100).into(), denominator.into());
        assert_eq!(amounts_exact, [cents(75_000, 1), cents(75_000, 1), cents(750_000, 7), cents(500_000, 7)]);
        assert_eq!(amounts(&nodes, 2, ServicesMethod::Direct)[..2], ["70833.333333", "79166.666667"]);
        assert_eq!(amounts(&nodes, 2, ServicesMethod::StepDown)[..2], ["76666.666667", "73333.333333"]);
    }

    /// Three services and two producing departments, "Example of Methods of Allocating Service Costs",
    /// expertsmind.com 30131914: the direct and the step-wise totals of P1 and P2 as printed there.
    #[test]
    fn published_three_services_are_closed_directly_and_step_by_step() {
        let nodes = services(&[
            ("S1", 92_400, &[0, 10, 20], &[40, 30]),
            ("S2", 184_800, &[10, 0, 20], &[50, 20]),
            ("S3", 138_600, &[30, 0, 0], &[10, 60]),
        ]);
        let with_own = |found: &[String]| {
            [found[0].parse::<f64>().unwrap() + 400_000.0, found[1].parse::<f64>().unwrap() + 500_000.0]
        };
        assert_eq!(with_own(&amounts(&nodes, 2, ServicesMethod::Direct)), [604_600.0, 711_200.0]);
        let order = [0, 1, 2];
        let solved = transfers(&nodes, 2, ServicesMethod::StepDown, &order).unwrap();
        let stepped: Vec<String> =
            received(&nodes, &solved, 2).iter().map(|a| plain(&(a / BigRational::from_integer(100.into())))).collect();
        assert_eq!(with_own(&stepped), [573_360.0, 742_440.0]);
    }

    /// "Simultaneous equation method", catargettestprep.com: x = 36,000 / 0.91 and y = 29,000 / 0.91, and
    /// their apportionment in whole units as printed there.
    #[test]
    fn published_simultaneous_equations_are_solved_to_the_unit() {
        let nodes = services(&[("S1", 30_000, &[0, 30], &[40, 30]), ("S2", 20_000, &[30, 0], &[30, 40])]);
        let solved = transfers(&nodes, 2, ServicesMethod::Reciprocal, &[]).unwrap();
        let whole = received(&nodes, &solved, 2);
        let units =
            |value: &BigRational| (value / BigRational::from_integer(100.into())).round().to_integer().to_string();
        assert_eq!([units(&whole[2]), units(&whole[3])], ["39560", "31868"]);
        let part =
            |service: usize, tenths: i64| units(&(&whole[2 + service] * BigRational::new(tenths.into(), 10.into())));
        assert_eq!([part(0, 4), part(0, 3), part(1, 3), part(1, 4)], ["15824", "11868", "9560", "12747"]);
        assert_eq!([units(&whole[0]), units(&whole[1])], ["25385", "24615"]);
    }

    #[test]
    fn a_service_may_use_its_own_output() {
        let nodes = services(&[("S", 90, &[10], &[90])]);
        assert_eq!(amounts(&nodes, 1, ServicesMethod::Reciprocal), ["90", "100"]);
    }

    #[test]
    fn a_closed_loop_of_services_is_refused_by_its_cycle() {
        let nodes =
            services(&[("hr", 10, &[0, 0, 50], &[50]), ("it", 10, &[0, 0, 100], &[]), ("rent", 10, &[0, 100, 0], &[])]);
        let refused = transfers(&nodes, 1, ServicesMethod::Reciprocal, &[]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the services pass their cost round in a circle and out to nobody: it -> rent -> it"
        );
        assert_eq!(refused.hint_text(), Some("let one of them serve an activity or a pool outside the circle"));
    }

    #[test]
    fn a_service_that_serves_only_services_cannot_be_closed_directly() {
        let nodes = services(&[("hr", 10, &[0, 100], &[]), ("it", 10, &[0, 0], &[100])]);
        let refused = transfers(&nodes, 1, ServicesMethod::Direct, &[]).unwrap_err();
        assert_eq!(refused.to_string(), "the service `hr` serves nobody that the direct method leaves to it");
        assert_eq!(amounts(&nodes, 1, ServicesMethod::Reciprocal)[0], "20");
        assert_eq!(amounts(&nodes, 1, ServicesMethod::StepDown)[0], "20");
    }
}
