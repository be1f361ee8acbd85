//! What holds for any ledger, shares, signs and sizes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::scan::Texts;

/// A random model: its text, its ledger, and quantities by customer and activity.
#[derive(Debug, Clone)]
struct Random {
    model: String,
    ledger: Vec<(String, i64)>,
    quantities: Vec<Vec<i64>>,
}

#[derive(Debug, Clone)]
struct RandomActivity {
    method: u8,
    capacity: Option<u32>,
    level: usize,
}

fn random_activity() -> impl Strategy<Value = RandomActivity> {
    (0_u8..6, prop::option::of(1_u32..5_000), 0_usize..6).prop_map(|(method, capacity, level)| RandomActivity {
        method,
        capacity,
        level,
    })
}

/// Percentages that sum to 100 with what is left open.
fn shares(cuts: &[u8]) -> Vec<u32> {
    let mut left = 100;
    let mut shares = Vec::new();
    for cut in cuts {
        let share = u32::from(*cut) % (left + 1);
        shares.push(share);
        left -= share;
    }
    shares
}

fn random() -> impl Strategy<Value = Random> {
    (1_usize..5, 1_usize..4, 1_usize..7).prop_flat_map(|(pools, services, customers)| {
        (
            prop::collection::vec(prop::collection::vec(any::<i64>().prop_map(|amount| amount >> 16), 1..4), pools),
            prop::collection::vec(prop::collection::vec(any::<u8>(), pools + services), services),
            prop::collection::vec(random_activity(), pools * 2),
            prop::collection::vec(any::<u8>(), pools),
            prop::collection::vec(prop::collection::vec(0_i64..100_000, pools * 2), customers),
        )
            .prop_map(move |(ledger, services, activities, splits, quantities)| {
                let mut text = String::new();
                let mut booked = vec![("unknown".to_owned(), 12_345)];
                for (pool, amounts) in ledger.iter().enumerate() {
                    let timed = activities[2 * pool].method == 0;
                    text += &format!("[pools.p{pool}]\naccounts = [\"{pool}*\"]\n");
                    if let (true, Some(capacity)) = (timed, activities[2 * pool].capacity) {
                        text += &format!("practical_capacity = \"{capacity}.5 hours\"\n");
                    }
                    for (number, amount) in amounts.iter().enumerate() {
                        booked.push((format!("{pool}{number}"), *amount));
                    }
                }
                for (service, cuts) in services.iter().enumerate() {
                    text += &format!("[pools.s{service}]\naccounts = [\"s{service}\"]\n[services.S{service}]\npool = \"s{service}\"\n");
                    booked.push((format!("s{service}"), i64::from(cuts[0]) * 1_001 - 100_000));
                    let shares = shares(cuts);
                    let mut serves = Vec::new();
                    for (target, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0) {
                        // No service keeps everything in a circle: the first pool always has something.
                        let name = if target < ledger.len() { format!("p{target}") } else { format!("S{}", target - ledger.len()) };
                        serves.push(format!("\"pools.{name}\" = \"{share}%\"").replace("pools.S", "services.S"));
                    }
                    let open = 100 - shares.iter().sum::<u32>();
                    if serves.is_empty() {
                        serves.push("\"pools.p0\" = \"100%\"".into());
                        text += &format!("serves = {{ {} }}\n", serves.join(", "));
                    } else {
                        text += &format!("serves = {{ {} }}\nunassigned = \"{open}%\"\n", serves.join(", "));
                    }
                }
                for (number, activity) in activities.iter().enumerate() {
                    let pool = number / 2;
                    let timed = activities[2 * pool].method == 0;
                    let level = Level::ALL[activity.level].name();
                    let below = activity.level == 5;
                    let share = u32::from(splits[pool]) % 101;
                    let share = if number % 2 == 0 { share } else { 100 - share };
                    text += &format!("[activities.a{number}]\npool = \"p{pool}\"\n");
                    if timed {
                        let level = if below { "unit" } else { level };
                        text += &format!("level = \"{level}\"\nminutes = {}.{}\n", number + 1, number);
                        continue;
                    }
                    text += &format!("level = \"{level}\"\nshare = \"{share}%\"\n");
                    if below {
                        continue;
                    }
                    match activity.method {
                        1 => text += "method = \"even\"\n",
                        2 => text += "method = \"weight\"\ndriver = \"transactions.weight\"\n",
                        3 => text += &format!("method = \"standard\"\nrate = 0.{}7\n", number),
                        4 => text += "method = \"direct\"\ndriver = \"transactions.cost\"\n",
                        _ => text += "method = \"transaction\"\n",
                    }
                    if let (Some(capacity), 3 | 5) = (activity.capacity, activity.method) {
                        text += &format!("practical_capacity = {capacity}\n");
                    }
                }
                Random { model: text, ledger: booked, quantities }
            })
    })
}

impl Random {
    fn run(&self, names: &[String]) -> Option<(Allocation, Usage, Profits)> {
        let model = ModelText::parse(&self.model, "m.toml")
            .unwrap()
            .check()
            .unwrap_or_else(|error| panic!("{error}\n{}", self.model));
        let mut ledger = Ledger::default();
        for (account, amount) in &self.ledger {
            ledger.post(account, "", i128::from(*amount));
        }
        let measures = Measures::of(&model, 2);
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|&one, &other| names[one].as_bytes().cmp(names[other].as_bytes()));
        let mut quantities = Quantities::new(names.len(), measures.len());
        for (place, &customer) in order.iter().enumerate() {
            for (measure, _) in measures.iter().enumerate() {
                let quantity = self.quantities[customer][measure % self.quantities[customer].len()];
                quantities.add(Some(place), measure, i128::from(quantity) * 1_000_003);
            }
        }
        // Customers that no file has use something, too.
        for (measure, _) in measures.iter().enumerate() {
            quantities.add(None, measure, i128::from(self.quantities[0][0]) * 500_000);
        }
        let usage = Usage {
            ids: order.iter().map(|&customer| &names[customer]).collect::<Texts>(),
            facts: Facts::none(names.len()),
            quantities,
            ..Usage::default()
        };
        // A random graph may close a circle of services, which is refused.
        let allocation = allocate_costs(&model, &ledger, &measures, &usage).ok()?;
        let profits = customer_profits(&allocation, &usage);
        Some((allocation, usage, profits))
    }

    fn names(&self, prefix: &str) -> Vec<String> {
        (0..self.quantities.len()).map(|customer| format!("{prefix}{customer}")).collect()
    }
}

fn charges(allocation: &Allocation, usage: &Usage, customer: usize) -> Vec<Charge> {
    allocation.charges(usage, customer)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_ledger_is_reconciled_to_the_minor_unit(random in random()) {
        if let Some((allocation, usage, profits)) = random.run(&random.names("c")) {
            let reconciliation = reconcile(&allocation, &usage, &profits);
            prop_assert!(reconciliation.holds(), "{:#?}\n{}", reconciliation, random.model);
            prop_assert_eq!(allocation.ledger, random.ledger.iter().map(|(_, amount)| i128::from(*amount)).sum::<i128>());
        }
    }

    #[test]
    fn the_why_of_every_customer_sums_to_its_cost_exactly(random in random()) {
        if let Some((allocation, usage, profits)) = random.run(&random.names("c")) {
            for customer in 0..usage.ids.len() {
                let charges = charges(&allocation, &usage, customer);
                let tree = why("c", &charges, &allocation.sources, |_| String::new());
                let cost = profits.direct_cost[customer] + profits.cost_to_serve(customer);
                prop_assert_eq!((tree.amount, tree.leaves()), (cost, cost));
            }
        }
    }

    #[test]
    fn the_change_between_two_runs_is_the_sum_of_its_parts(one in random(), other in random()) {
        let (Some((before, old, _)), Some((after, new, _))) = (one.run(&one.names("c")), other.run(&other.names("c"))) else {
            return Ok(());
        };
        for change in changes(&charges(&before, &old, 0), &charges(&after, &new, 0)) {
            prop_assert_eq!(change.quantity + change.mix + change.rate + change.capacity, change.after - change.before);
        }
    }

    #[test]
    fn renaming_customers_moves_at_most_the_tied_minor_units(random in random()) {
        let names = random.names("c");
        let renamed: Vec<String> = names.iter().rev().map(|name| format!("x{name}")).collect();
        let (Some((one, usage, _)), Some((other, renamed_usage, _))) = (random.run(&names), random.run(&renamed)) else {
            return Ok(());
        };
        for (activity, again) in one.activities.iter().zip(&other.activities) {
            prop_assert_eq!(activity.cost, again.cost);
            if activity.amounts.is_empty() {
                continue;
            }
            let amounts: BTreeMap<&str, i64> = names.iter().zip(&renamed).map(|(name, new)| {
                let place = usage.find(name.as_bytes()).unwrap();
                let new_place = renamed_usage.find(new.as_bytes()).unwrap();
                (name.as_str(), activity.amounts[place] - again.amounts[new_place])
            }).collect();
            prop_assert!(amounts.values().all(|moved| moved.abs() <= 1), "{:?}", amounts);
        }
    }
}
