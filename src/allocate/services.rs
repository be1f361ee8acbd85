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
//! are solved in the order the graph demands, each by elimination on integers: nothing is rounded here.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use rayon::prelude::*;

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

/// The share of each node's own cost that ends in each sink.
pub(crate) type Transfers = Vec<BTreeMap<usize, BigRational>>;

/// Where all cost ends, exactly, in minor units.
#[derive(Debug, Clone)]
pub(crate) struct Solved {
    pub transfers: Transfers,
    /// What each sink receives.
    pub received: Vec<BigRational>,
    /// The cost of each node with what others passed to it.
    pub whole: Vec<BigRational>,
}

/// Solves the graph by the method given.
pub(crate) fn close(nodes: &[Node], sinks: usize, method: ServicesMethod, order: &[usize]) -> Result<Solved> {
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

/// `T = (I - M)^-1 R` and `x = (I - M)^-1 b`, group by group.
fn solve(nodes: &[Node], sinks: usize) -> Result<Solved> {
    let groups = groups(nodes);
    let circular = |group: &[usize]| group.len() > 1 || nodes[group[0]].to_nodes.contains_key(&group[0]);
    let outside = |member: usize, group: &[usize]| {
        let links = nodes[member].to_nodes.iter();
        links
            .filter(|(to, _)| group.binary_search(to).is_err())
            .map(|(to, share)| (*to, share.clone()))
            .collect::<Vec<_>>()
    };
    let mut transfers: Transfers = vec![BTreeMap::new(); nodes.len()];
    for group in &groups {
        // What each member hands to sinks, directly or through groups already solved.
        let mut right: Vec<BTreeMap<usize, BigRational>> = Vec::with_capacity(group.len());
        for &member in group {
            let mut row = nodes[member].to_sinks.clone();
            for (to, share) in outside(member, group) {
                for (sink, part) in &transfers[to] {
                    *row.entry(*sink).or_insert_with(BigRational::zero) += &share * part;
                }
            }
            right.push(row);
        }
        if circular(group) {
            if !group.iter().any(|&member| !nodes[member].to_sinks.is_empty() || !outside(member, group).is_empty()) {
                return Err(closed_loop(nodes, group));
            }
            right = shares_of_sinks(&equations(nodes, group), &right);
        }
        for (&member, row) in group.iter().zip(right) {
            transfers[member] = row;
        }
    }
    // A group passes its cost on to those before it, so its own is whole when all behind it are solved.
    let mut whole: Vec<BigRational> = nodes.iter().map(|node| BigRational::from_integer(node.own.into())).collect();
    let mut received = vec![BigRational::zero(); sinks];
    for group in groups.iter().rev() {
        if circular(group) {
            let own: Vec<BigRational> = group.iter().map(|&member| whole[member].clone()).collect();
            for (&member, cost) in group.iter().zip(whole_costs(&equations(nodes, group), &own)) {
                whole[member] = cost;
            }
        }
        for &member in group {
            for (to, share) in outside(member, group) {
                let passed = &whole[member] * share;
                whole[to] += passed;
            }
            for (&sink, share) in &nodes[member].to_sinks {
                received[sink] += &whole[member] * share;
            }
        }
    }
    Ok(Solved { transfers, received, whole })
}

/// `I - M` of a group, row by row.
fn equations(nodes: &[Node], group: &[usize]) -> Vec<Vec<BigRational>> {
    let share = |from: usize, to: usize| nodes[from].to_nodes.get(&to).cloned().unwrap_or_else(BigRational::zero);
    let one_less = |from: usize, to: usize| {
        let identity = if from == to { BigRational::one() } else { BigRational::zero() };
        identity - share(from, to)
    };
    group.iter().map(|&from| group.iter().map(|&to| one_less(from, to)).collect()).collect()
}

/// The share of each member that ends in each sink, given what each hands out of the group.
fn shares_of_sinks(matrix: &[Vec<BigRational>], right: &[BTreeMap<usize, BigRational>]) -> Transfers {
    let sinks: BTreeSet<usize> = right.iter().flat_map(BTreeMap::keys).copied().collect();
    let mut rows: Vec<Vec<BigInt>> = (matrix.iter().zip(right))
        .map(|(shares, right)| {
            let scale = denominator(shares.iter().chain(right.values()));
            let of_sinks =
                sinks.iter().map(|sink| right.get(sink).map_or_else(BigInt::zero, |share| scaled(share, &scale)));
            shares.iter().map(|share| scaled(share, &scale)).chain(of_sinks).collect()
        })
        .collect();
    let determinant = eliminate(&mut rows);
    let share = |part: BigInt| BigRational::new(part, determinant.clone());
    let of_member = |row: Vec<BigInt>| {
        let parts = sinks.iter().zip(row.into_iter().skip(matrix.len())).filter(|(_, part)| !part.is_zero());
        parts.map(|(sink, part)| (*sink, share(part))).collect()
    };
    rows.into_par_iter().map(of_member).collect()
}

/// The whole cost of each member, given its cost without what the others pass to it.
fn whole_costs(matrix: &[Vec<BigRational>], own: &[BigRational]) -> Vec<BigRational> {
    // The equations turned round: a column has the shares of one member, and so one small denominator.
    let scales: Vec<BigInt> = matrix.iter().map(|shares| denominator(shares.iter())).collect();
    let of_all = denominator(own.iter());
    let mut rows: Vec<Vec<BigInt>> = (0..matrix.len())
        .map(|to| {
            let shares = matrix.iter().zip(&scales).map(|(shares, scale)| scaled(&shares[to], scale));
            shares.chain([scaled(&own[to], &of_all)]).collect()
        })
        .collect();
    let determinant = eliminate(&mut rows) * of_all;
    let whole = |(row, scale): (Vec<BigInt>, BigInt)| BigRational::new(&row[matrix.len()] * scale, determinant.clone());
    rows.into_par_iter().zip(scales).map(whole).collect()
}

/// A rational times a multiple of its denominator.
fn scaled(value: &BigRational, scale: &BigInt) -> BigInt {
    value.numer() * (scale / value.denom())
}

/// The least common denominator.
fn denominator<'v>(values: impl Iterator<Item = &'v BigRational>) -> BigInt {
    // Of two numbers it is the one times what is left of the other beside it.
    values.fold(BigInt::one(), |all, value| &all * BigRational::new(all.clone(), value.denom().clone()).denom())
}

/// Gauss-Jordan elimination without fractions: what stands right of the square becomes the solution times the determinant, which
/// is returned. Every division is exact, so numbers grow with their row and no faster (Bareiss 1968, "Sylvester's Identity and
/// Multistep Integer-Preserving Gaussian Elimination", Mathematics of Computation 22, 565-578).
fn eliminate(rows: &mut [Vec<BigInt>]) -> BigInt {
    let mut before = BigInt::one();
    for pivot in 0..rows.len() {
        let row = (pivot..rows.len())
            .find(|&row| !rows[row][pivot].is_zero())
            .expect("a connected group that passes cost outside itself is not singular");
        rows.swap(pivot, row);
        let above = std::mem::take(&mut rows[pivot]);
        let one = &above[pivot];
        rows.par_iter_mut().filter(|row| !row.is_empty()).for_each(|row| {
            let factor = std::mem::take(&mut row[pivot]);
            for (value, above) in row.iter_mut().zip(&above).skip(pivot + 1) {
                *value = (one * &*value - &factor * above) / &before;
            }
        });
        before.clone_from(&above[pivot]);
        rows[pivot] = above;
    }
    before
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        in_units(&close(nodes, sinks, method, &[]).unwrap())
    }

    /// What the sinks receive, then the whole cost of each service.
    fn all(solved: &Solved) -> Vec<BigRational> {
        solved.received.iter().chain(&solved.whole).cloned().collect()
    }

    fn in_units(solved: &Solved) -> Vec<String> {
        let hundred = BigRational::from_integer(100.into());
        all(solved).iter().map(|amount| plain(&(amount / &hundred))).collect()
    }

    #[test]
    fn two_reciprocal_services_have_the_stated_costs_by_all_three_methods() {
        let nodes = services(&[("S1", 100_000, &[0, 20], &[30, 50]), ("S2", 50_000, &[10, 0], &[60, 30])]);
        let solved = close(&nodes, 2, ServicesMethod::Reciprocal, &[]).unwrap();
        let amounts_exact = all(&solved);
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
        let solved = close(&nodes, 2, ServicesMethod::StepDown, &order).unwrap();
        assert_eq!(with_own(&in_units(&solved)), [573_360.0, 742_440.0]);
    }

    /// "Simultaneous equation method", catargettestprep.com: x = 36,000 / 0.91 and y = 29,000 / 0.91, and
    /// their apportionment in whole units as printed there.
    #[test]
    fn published_simultaneous_equations_are_solved_to_the_unit() {
        let nodes = services(&[("S1", 30_000, &[0, 30], &[40, 30]), ("S2", 20_000, &[30, 0], &[30, 40])]);
        let solved = close(&nodes, 2, ServicesMethod::Reciprocal, &[]).unwrap();
        let whole = all(&solved);
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

    proptest! {
        #[test]
        fn every_whole_cost_is_the_own_and_what_the_others_pass_on(
            size in 1_usize..7, quantities in prop::collection::vec(0_i64..50, 7 * 9), own in prop::collection::vec(-1_000_i128..1_000, 7),
        ) {
            // Quantities to every service, to itself as well, and to two activities; each serves the first one.
            let node = |service: usize| {
                let row = &quantities[service * 9..][..size + 2];
                let of_sink = |sink: usize| row[size + sink] + i64::from(sink == 0);
                let sum = row.iter().sum::<i64>() + 1;
                let share = |part: i64| BigRational::new(part.into(), sum.into());
                Node {
                    name: format!("S{service}"),
                    is_service: true,
                    own: own[service],
                    to_nodes: (0..size).filter(|&to| row[to] > 0).map(|to| (to, share(row[to]))).collect(),
                    to_sinks: (0..2).filter(|&sink| of_sink(sink) > 0).map(|sink| (sink, share(of_sink(sink)))).collect(),
                }
            };
            let nodes: Vec<Node> = (0..size).map(node).collect();
            let solved = close(&nodes, 2, ServicesMethod::Reciprocal, &[]).unwrap();
            let zero = BigRational::zero;
            let whole_number = |own: i128| BigRational::from_integer(own.into());
            for (to, cost) in solved.whole.iter().enumerate() {
                let passed = nodes.iter().zip(&solved.whole).filter_map(|(from, whole)| Some(from.to_nodes.get(&to)? * whole));
                prop_assert_eq!(&(whole_number(nodes[to].own) + passed.sum::<BigRational>()), cost);
            }
            for (node, row) in nodes.iter().zip(&solved.transfers) {
                prop_assert_eq!(row.values().sum::<BigRational>(), BigRational::one());
                for sink in 0..2 {
                    let through = node.to_nodes.iter().filter_map(|(to, share)| Some(share * solved.transfers[*to].get(&sink)?));
                    let direct = node.to_sinks.get(&sink).cloned().unwrap_or_else(zero);
                    prop_assert_eq!(direct + through.sum::<BigRational>(), row.get(&sink).cloned().unwrap_or_else(zero));
                }
            }
            for sink in 0..2 {
                let parts = nodes.iter().zip(&solved.transfers).filter_map(|(node, row)| Some(row.get(&sink)? * whole_number(node.own)));
                prop_assert_eq!(&parts.sum::<BigRational>(), &solved.received[sink]);
            }
        }
    }

    #[test]
    fn sixty_services_that_all_serve_each_other_are_solved() {
        let size = 60;
        let node = |service: usize| {
            let quantity = |to: usize| ((service * 7 + to * 13) % 97 + 1) as i64 * 1_009;
            let sum: i64 = (0..=size).map(quantity).sum();
            let share = |to: usize| BigRational::new(quantity(to).into(), sum.into());
            Node {
                name: format!("S{service}"),
                is_service: true,
                own: 100_000 + service as i128,
                to_nodes: (0..size).map(|to| (to, share(to))).collect(),
                to_sinks: [(0, share(size))].into(),
            }
        };
        let nodes: Vec<Node> = (0..size).map(node).collect();
        let solved = close(&nodes, 1, ServicesMethod::Reciprocal, &[]).unwrap();
        let own: i128 = nodes.iter().map(|node| node.own).sum();
        assert_eq!(solved.received, [BigRational::from_integer(own.into())]);
    }

    #[test]
    fn a_closed_loop_of_services_is_refused_by_its_cycle() {
        let nodes =
            services(&[("hr", 10, &[0, 0, 50], &[50]), ("it", 10, &[0, 0, 100], &[]), ("rent", 10, &[0, 100, 0], &[])]);
        let refused = close(&nodes, 1, ServicesMethod::Reciprocal, &[]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the services pass their cost round in a circle and out to nobody: it -> rent -> it"
        );
        assert_eq!(refused.hint_text(), Some("let one of them serve an activity or a pool outside the circle"));
    }

    #[test]
    fn a_service_that_serves_only_services_cannot_be_closed_directly() {
        let nodes = services(&[("hr", 10, &[0, 100], &[]), ("it", 10, &[0, 0], &[100])]);
        let refused = close(&nodes, 1, ServicesMethod::Direct, &[]).unwrap_err();
        assert_eq!(refused.to_string(), "the service `hr` serves nobody that the direct method leaves to it");
        assert_eq!(amounts(&nodes, 1, ServicesMethod::Reciprocal)[0], "20");
        assert_eq!(amounts(&nodes, 1, ServicesMethod::StepDown)[0], "20");
    }
}
