//! The small model of the costing guide, published cases, and identities that hold for any ledger.

use num_rational::BigRational;

use super::exact::plain;
use super::*;
use crate::scan::Texts;

/// A model, its ledger and its quantities: `(driver as the model writes it, [quantity by customer])` in whole units.
struct Case {
    model: Model,
    ledger: Ledger,
    measures: Measures,
    usage: Usage,
}

impl Case {
    fn new(model: &str, ledger: &[(&str, i64)], customers: &[&str]) -> Self {
        let model = ModelText::parse(model, "model.toml").unwrap().check().unwrap();
        let mut booked = Ledger::default();
        for (account, units) in ledger {
            booked.post(account, "", i128::from(*units) * 100);
        }
        let measures = Measures::of(&model, 2);
        let usage = Usage {
            ids: customers.iter().collect::<Texts>(),
            facts: Facts::none(customers.len()),
            quantities: Quantities::new(customers.len(), measures.len()),
            ..Usage::default()
        };
        Self { model, ledger: booked, measures, usage }
    }

    /// Adds whole units of a driver to customers, under every measure that reads it; equations must be constants.
    fn used(mut self, driver: &str, quantities: &[i64]) -> Self {
        for (position, measure) in self.measures.iter().enumerate() {
            if measure.driver.to_string() != driver {
                continue;
            }
            let time = measure.equation_of.as_ref().and_then(|name| self.model.activities[name].time.as_ref());
            let each = time.map_or_else(|| BigRational::from_integer(1.into()), |time| time.equation.value(&[]));
            let scale = BigRational::from_integer(num_bigint::BigInt::from(10).pow(measure.decimals));
            for (object, quantity) in quantities.iter().enumerate() {
                let scaled = &each * &scale * BigRational::from_integer((*quantity).into());
                let scaled = num_traits::ToPrimitive::to_i128(&scaled.to_integer()).unwrap();
                self.usage.quantities.add(Some(object), position, scaled);
            }
        }
        self
    }

    fn revenue(mut self, units: &[i64]) -> Self {
        self.usage.facts.revenue = units.iter().map(|units| units * 100).collect();
        self
    }

    fn whole_run(&self) -> Run {
        let gathered = Gathered { usage: self.usage.clone(), ..Gathered::default() };
        Run::new(&self.model, &self.ledger, &self.measures, gathered).unwrap()
    }

    fn run(&self) -> (Allocation, Profits, Reconciliation) {
        let allocation = allocate_costs(&self.model, &self.ledger, &self.measures, &self.usage).unwrap();
        let profits = customer_profits(&allocation, &self.usage);
        let reconciliation = reconcile(&allocation, &self.usage, &profits);
        assert!(reconciliation.holds(), "{reconciliation:?}");
        (allocation, profits, reconciliation)
    }
}

fn five_customers() -> Case {
    let model = "
        [pools.goods]
        accounts = [\"5000\"]
        [pools.\"order desk\"]
        accounts = [\"6100\"]
        practical_capacity = \"1000 hours\"
        [pools.\"call centre\"]
        accounts = [\"6200\"]
        practical_capacity = \"24000 minutes\"
        [pools.delivery]
        accounts = [\"6300\"]
        [pools.\"head office\"]
        accounts = [\"6900\"]
        [activities.goods]
        pool = \"goods\"
        level = \"direct\"
        driver = \"transactions.cost\"
        [activities.\"manual order\"]
        pool = \"order desk\"
        level = \"transaction\"
        hours = 0.5
        [activities.\"electronic order\"]
        pool = \"order desk\"
        level = \"transaction\"
        minutes = 6
        [activities.call]
        pool = \"call centre\"
        level = \"relationship\"
        minutes = 1
        [activities.delivery]
        pool = \"delivery\"
        level = \"transaction\"
        practical_capacity = 600
        [activities.\"head office\"]
        pool = \"head office\"
        level = \"enterprise\"
    ";
    let ledger = [("5000", 60_000), ("6100", 12_000), ("6200", 18_000), ("6300", 9_000), ("6900", 11_000)];
    Case::new(model, &ledger, &["A", "B", "C", "D", "E"])
        .revenue(&[50_000, 30_000, 20_000, 15_000, 5_000])
        .used("transactions.cost", &[24_000, 15_000, 10_500, 7_500, 3_000])
        .used("activities.manual order", &[40, 120, 30, 300, 150])
        .used("activities.electronic order", &[200, 60, 90, 10, 0])
        .used("activities.call", &[1_200, 3_600, 900, 9_000, 4_800])
        .used("activities.delivery", &[60, 120, 45, 150, 75])
}

fn amount(reconciliation: &Reconciliation, line: &str) -> i128 {
    reconciliation.lines.iter().find(|one| one.line == line).unwrap_or_else(|| panic!("no line `{line}`")).amount
}

#[test]
fn five_customers_have_the_stated_costs_profits_and_reconciliation() {
    let case = five_customers();
    let (allocation, profits, reconciliation) = case.run();
    let each = |figure: &dyn Fn(usize) -> i128| -> Vec<i128> { (0..5).map(|c| figure(c) / 100).collect() };
    assert_eq!(each(&|c| profits.cost_to_serve(c)), [2_280, 5_292, 1_638, 10_812, 5_625]);
    assert_eq!(each(&|c| profits.profit(&case.usage, c)), [23_720, 9_708, 7_862, -3_312, -3_625]);
    assert_eq!(amount(&reconciliation, "cost: unused capacity, order desk"), 772_800);
    assert_eq!(amount(&reconciliation, "cost: unused capacity, call centre"), 337_500);
    assert_eq!(amount(&reconciliation, "cost: unused capacity, delivery"), 225_000);
    assert_eq!(amount(&reconciliation, "cost: enterprise, head office"), 1_100_000);
    assert_eq!(amount(&reconciliation, "profit: customers"), 3_435_300);
    assert_eq!(amount(&reconciliation, "profit: company"), 1_000_000);
    assert_eq!(unused_capacity(&allocation), 1_335_300);
    assert_eq!(plain(&allocation.shared_pools.iter().find(|pool| pool.name == "order desk").unwrap().rate), "1200");
}

#[test]
fn dropping_two_loss_makers_lowers_profit_unless_their_resources_are_given_up() {
    let case = five_customers();
    let run = case.whole_run();
    let dropped = what_if(&run, &run, &[3, 4].into());
    let profit = dropped.lines.iter().find(|line| line.line == "company profit").unwrap();
    assert_eq!((profit.base, profit.resources_stay, profit.given_up), (1_000_000, 50_000, 1_693_700));
    assert_eq!((dropped.looks_like, dropped.freed), (693_700, 1_643_700));
}

/// Kaplan & Anderson (2004), "Time-Driven Activity-Based Costing", Harvard Business Review 82 (11), 131-138: a customer
/// service department of $560,000 a quarter that supplies 700,000 minutes.
#[test]
fn published_customer_service_department_is_charged_by_time() {
    let model = "
        [pools.department]
        accounts = [\"6000\"]
        practical_capacity = \"700000 minutes\"
        [activities.order]
        pool = \"department\"
        level = \"transaction\"
        minutes = 8
        [activities.inquiry]
        pool = \"department\"
        level = \"relationship\"
        minutes = 44
        [activities.\"credit check\"]
        pool = \"department\"
        level = \"relationship\"
        minutes = 50
    ";
    let (allocation, _, reconciliation) = Case::new(model, &[("6000", 560_000)], &["all customers"])
        .used("activities.order", &[49_000])
        .used("activities.inquiry", &[1_400])
        .used("activities.credit check", &[2_500])
        .run();
    let pool = &allocation.shared_pools[0];
    assert_eq!((plain(&pool.rate), plain(&pool.used)), ("80".into(), "578600".into()));
    let costs: Vec<(&str, i128)> = allocation.activities.iter().map(|a| (a.name.as_str(), a.cost / 100)).collect();
    assert_eq!(costs, [("credit check", 100_000), ("inquiry", 49_280), ("order", 313_600)]);
    assert_eq!(amount(&reconciliation, "cost: unused capacity, department"), 9_712_000);
}

/// The same department by surveyed shares of 70, 10 and 20 %, as the article sets it against: $8 an order, $40 an
/// inquiry, $44.80 a credit check.
#[test]
fn published_customer_service_department_is_charged_by_surveyed_shares() {
    let model = "
        [pools.department]
        accounts = [\"6000\"]
        [activities.order]
        pool = \"department\"
        share = \"70%\"
        level = \"transaction\"
        [activities.inquiry]
        pool = \"department\"
        share = \"10%\"
        level = \"relationship\"
        [activities.\"credit check\"]
        pool = \"department\"
        share = \"20%\"
        level = \"relationship\"
    ";
    let (allocation, _, _) = Case::new(model, &[("6000", 560_000)], &["all customers"])
        .used("activities.order", &[49_000])
        .used("activities.inquiry", &[1_400])
        .used("activities.credit check", &[2_500])
        .run();
    let rates: Vec<String> = allocation.activities.iter().map(|a| plain(a.rate.as_ref().unwrap())).collect();
    assert_eq!(rates, ["4480", "4000", "800"]);
}
