//! Files as text, read and allocated as a run does.

use super::*;
use crate::allocate::*;
use crate::dialect::Decimal;
use crate::progress::Silent;
use crate::scan::{BadRows, IdCase};
use crate::{Error, Result};

/// The texts of a run's files.
#[derive(Default, Clone)]
struct Texts {
    model: String,
    ledger: String,
    activities: Option<String>,
    transactions: Option<String>,
    customers: Option<String>,
    drivers: Option<String>,
    period: Period,
    by: &'static [&'static str],
    decimal: Option<Decimal>,
    ledger_columns: Option<&'static str>,
    /// Whether rows that cannot be used are set aside.
    aside: bool,
    id_case: IdCase,
}

struct Outcome {
    allocation: Allocation,
    gathered: Gathered,
    profits: Profits,
    reconciliation: Reconciliation,
    exceptions: Vec<Exception>,
}

fn file(name: &str, text: &str) -> File {
    File {
        inputs: Inputs::from_bytes([(name.to_owned(), text.as_bytes().to_vec())]).unwrap(),
        params: ScanParams::default(),
    }
}

impl Texts {
    fn run(&self) -> Result<Outcome> {
        let model = ModelText::parse(&self.model, "model.toml")?.check()?;
        let mut ledger = file("ledger.csv", &self.ledger);
        self.ledger_columns.iter().for_each(|column| ledger.params.columns.add(column).unwrap());
        let booked = read_ledger(&ledger, &model, self.period, &Silent)?;
        booked.all.has_what_is_named(&model)?;
        let optional = |name: &str, text: &Option<String>| {
            let mut file = file(name, text.as_ref()?);
            if self.aside {
                file.params.bad_rows = BadRows::SetAside { at_most: None };
            }
            file.params.policies.id_case = self.id_case;
            Some(file)
        };
        let mut activities = optional("activities.csv", &self.activities);
        if let Some(file) = &mut activities {
            file.params.pinned.decimal = self.decimal;
            file.params.input = Some("activities");
        }
        let transactions = optional("transactions.csv", &self.transactions);
        let drivers = optional("drivers.csv", &self.drivers);
        let customers = optional("customers.csv", &self.customers)
            .map(|file| Customers::read(&file, &model, &Silent))
            .transpose()?;
        let files = Files {
            activities: activities.as_ref(),
            transactions: transactions.as_ref(),
            customers: customers.as_ref(),
            drivers: drivers.as_ref(),
        };
        let measures = Measures::of(&model, 2);
        let by: Vec<String> = self.by.iter().map(|&by| by.to_owned()).collect();
        let gathered = gather(files, &model, &measures, self.period, &by, &Silent)?;
        let run = Run::new(&model, &booked.ledger, &measures, gathered)?;
        let exceptions = exceptions(&model, &run);
        let Run { gathered, allocation, profits, reconciliation } = run;
        assert!(reconciliation.cost_difference == 0, "{reconciliation:?}");
        Ok(Outcome { allocation, gathered, profits, reconciliation, exceptions })
    }

    fn refused(&self) -> Error {
        match self.run() {
            Ok(_) => panic!("the run should have been refused"),
            Err(error) => error,
        }
    }
}

fn shared(name: &str) -> String {
    std::fs::read_to_string(format!("{}/data/costing/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn five_customers() -> Texts {
    Texts {
        model: EXAMPLE.into(),
        ledger: shared("ledger.csv"),
        activities: Some(shared("activities.csv")),
        transactions: Some(shared("transactions.csv")),
        customers: Some(shared("customers.csv")),
        period: Period { from: Some("2025-01-01".parse().unwrap()), to: Some("2025-12-31".parse().unwrap()) },
        ..Texts::default()
    }
}

fn whole(amounts: impl IntoIterator<Item = i128>) -> Vec<i128> {
    amounts.into_iter().map(|amount| amount / 100).collect()
}

impl Outcome {
    fn line(&self, line: &str) -> i128 {
        let found = self.reconciliation.lines.iter().find(|one| one.line == line);
        found.unwrap_or_else(|| panic!("no `{line}` in {:#?}", self.reconciliation.lines)).amount
    }
}

#[test]
fn the_example_model_on_the_example_files_gives_the_stated_profits() {
    let outcome = five_customers().run().unwrap();
    let usage = &outcome.gathered.usage;
    let each = |figure: &dyn Fn(usize) -> i128| whole((0..5).map(figure));
    assert_eq!(each(&|c| outcome.profits.cost_to_serve(c)), [2_280, 5_292, 1_638, 10_812, 5_625]);
    assert_eq!(each(&|c| outcome.profits.profit(usage, c)), [23_720, 9_708, 7_862, -3_312, -3_625]);
    assert_eq!(usage.facts.purchase_days, [185, 153, 106, 258, 136]);
    assert_eq!(usage.facts.active_days, [365; 5]);
    assert_eq!(whole([unused_capacity(&outcome.allocation)]), [13_353]);
    assert_eq!(outcome.gathered.kept[0].1.show(0), "wholesale");
    assert!(outcome.gathered.no_activity.is_empty() && outcome.gathered.no_customer.is_empty());
}

#[test]
fn neither_the_order_of_rows_nor_threads_move_a_minor_unit() {
    let reversed = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        lines.join("\n") + "\n"
    };
    let mut texts = five_customers();
    // Thirds of minutes leave cents to be tied.
    texts.model = EXAMPLE.replace("minutes = 1 ", "minutes = 1.333 ").replace("hours = 0.1", "hours = 0.07");
    let amounts = |outcome: Outcome| -> Vec<Vec<i64>> {
        outcome.allocation.activities.into_iter().map(|activity| activity.amounts).collect()
    };
    let expected = amounts(texts.run().unwrap());
    texts.ledger = reversed(&texts.ledger);
    for log in [&mut texts.activities, &mut texts.transactions, &mut texts.customers] {
        *log = log.as_ref().map(|text| reversed(text));
    }
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(amounts(pool.install(|| texts.run()).unwrap()), expected);
    }
}

#[test]
fn customers_sum_to_their_segments_and_rows_to_their_channels() {
    let mut texts = five_customers();
    texts.by = &["segment"];
    let outcome = texts.run().unwrap();
    let usage = &outcome.gathered.usage;
    let keys: Vec<String> = (0..3).map(|at| usage.ids.show(at).into_owned()).collect();
    assert_eq!(keys, ["institution", "retail", "wholesale"]);
    let profits = whole((0..3).map(|at| outcome.profits.profit(usage, at)));
    assert_eq!(profits, [9_708 + 7_862, -3_312 - 3_625, 23_720]);
    texts.by = &["channel"];
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.gathered.usage.ids.show(0), "electronic");
    // The activity log has no channel, so its cost belongs to no object of this dimension.
    assert_eq!(outcome.line("cost: unassigned, activity call: its log lacks a column asked for"), 1_462_500);
    let lacking = outcome.exceptions.iter().find(|one| one.kind == "log without a column").unwrap();
    let served = 1_462_500 + 675_000 + 384_000 + 43_200;
    assert_eq!((lacking.name.as_str(), lacking.rows, lacking.amount), ("activities", Some(2_750), Some(served)));
    assert!(outcome.gathered.no_customer.is_empty());
}

#[test]
fn several_dimensions_are_told_apart_together() {
    let mut texts = five_customers();
    let customers = texts.run().unwrap();
    texts.by = &["segment", "customer_id"];
    let outcome = texts.run().unwrap();
    let ids = &outcome.gathered.usage.ids;
    let keys: Vec<String> = (ids.iter())
        .map(|key| parts_of_key(key, 2).map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join("/"))
        .collect();
    assert_eq!(keys, ["institution/B", "institution/C", "retail/D", "retail/E", "wholesale/A"]);
    let profit = |outcome: &Outcome, at: usize| outcome.profits.profit(&outcome.gathered.usage, at);
    assert_eq!([0, 1, 2, 3, 4].map(|at| profit(&outcome, at)), [1, 2, 3, 4, 0].map(|at| profit(&customers, at)));
    // One column of the customers' file and one of the rows: revenue of a segment is that of its channels.
    texts.by = &["segment", "channel"];
    let outcome = texts.run().unwrap();
    let usage = &outcome.gathered.usage;
    let mut revenue = std::collections::BTreeMap::new();
    for (at, key) in usage.ids.iter().enumerate() {
        *revenue.entry(parts_of_key(key, 2).next().unwrap().to_owned()).or_insert(0) += usage.facts.revenue[at];
    }
    assert_eq!(usage.ids.len(), 6);
    assert_eq!(revenue.into_values().collect::<Vec<_>>(), [5_000_000, 2_000_000, 5_000_000]);
    texts.by = &["segment", "segment"];
    assert_eq!(texts.refused().to_string(), "costs are asked for by `segment` twice");
}

#[test]
fn one_month_has_a_twelfth_of_the_capacity_and_only_its_rows() {
    let mut texts = five_customers();
    let year = texts.run().unwrap();
    assert_eq!(whole([unused_capacity(&year.allocation)]), [13_353]);
    texts.period = Period { from: Some("2025-02-01".parse().unwrap()), to: Some("2025-02-28".parse().unwrap()) };
    let month = texts.run().unwrap();
    let pool = month.allocation.shared_pools.iter().find(|pool| pool.name == "call centre").unwrap();
    assert_eq!(pool.capacity.to_string(), "2000");
    assert!(month.gathered.receipts["activities"].rows_set_aside() > 0);
    texts.period.to = Some("2025-02-20".parse().unwrap());
    assert_eq!(
        texts.refused().to_string(),
        "model.toml:52: `pools.call centre.practical_capacity` is per calendar period, but the run is not over whole months"
    );
}

fn small(activity: &str) -> Texts {
    Texts {
        model: format!(
            "[pools.desk]\naccounts = [\"6100\"]\n\n[activities.order]\npool = \"desk\"\nlevel = \"transaction\"\n{activity}"
        ),
        ledger: "account,amount\n6100,100.00\n".into(),
        activities: Some("customer_id,activity,lines,rush,fee\nb,order,4,yes,10.50\na,order,1,no,20\n".into()),
        ..Texts::default()
    }
}

#[test]
fn a_time_equation_takes_counts_and_flags_from_the_columns_of_the_log() {
    let outcome = small("minutes = \"5 + 3*lines + 10*rush\"").run().unwrap();
    let order = &outcome.allocation.activities[0];
    // a: 5 + 3 = 8; b: 5 + 12 + 10 = 27; 100.00 over 35 minutes.
    assert_eq!(order.quantity.to_string(), "35");
    assert_eq!(order.driver_quantity.to_string(), "2");
    assert_eq!(order.amounts, [2286, 7714]);
}

#[test]
fn the_charge_of_the_event_itself_is_charged_and_the_rest_is_variance() {
    let outcome = small("method = \"intensity\"\nquantity = \"fee\"").run().unwrap();
    assert_eq!(outcome.allocation.activities[0].amounts, [2000, 1050]);
    assert_eq!(outcome.line("cost: rate variance, order"), 6950);
}

#[test]
fn a_standard_rate_shows_what_it_absorbs_too_little_or_too_much() {
    let under = small("rate = 12.5").run().unwrap();
    assert_eq!(under.allocation.activities[0].amounts, [1250, 1250]);
    assert_eq!(under.line("cost: rate variance, order"), 7500);
    let over = small("rate = 60\npractical_capacity = 3").run().unwrap();
    assert_eq!(over.allocation.activities[0].amounts, [6000, 6000]);
    assert_eq!(over.line("cost: unused capacity, order"), 6000);
    assert_eq!(over.line("cost: rate variance, order"), -8000);
}

#[test]
fn a_budget_charges_planned_rates_and_shows_the_variance() {
    let mut texts = small("budget = 80\npractical_capacity = 4");
    let actual = texts.run().unwrap();
    assert_eq!(actual.allocation.activities[0].amounts, [2500, 2500]);
    texts.model.insert_str(0, "[model]\nrates = \"budget\"\n\n");
    let budget = texts.run().unwrap();
    assert_eq!(budget.allocation.activities[0].amounts, [2000, 2000]);
    assert_eq!(budget.line("cost: unused capacity, order"), 4000);
    assert_eq!(budget.line("cost: rate variance, order"), 2000);
}

#[test]
fn use_beyond_capacity_is_over_driven() {
    let outcome = small("practical_capacity = 1").run().unwrap();
    assert_eq!(outcome.allocation.activities[0].amounts, [10_000, 10_000]);
    assert_eq!(outcome.line("cost: over-driven, order"), -10_000);
}

#[test]
fn even_percentage_and_weight_reach_the_customers_they_name() {
    let even = small("method = \"even\"").run().unwrap();
    assert_eq!(even.allocation.activities[0].amounts, [5000, 5000]);
    let percentage = small("percentages = { a = \"60%\", b = \"30%\" }\nunassigned = \"10%\"").run().unwrap();
    assert_eq!(percentage.allocation.activities[0].amounts, [6000, 3000]);
    assert_eq!(
        percentage.line("cost: unassigned, activity order: percentages left open, or of customers that no file has"),
        1000
    );
    let mut weight = small("method = \"weight\"\ndriver = \"customers.seats\"");
    weight.customers = Some("customer_id,seats\na,3\nb,1\n".into());
    assert_eq!(weight.run().unwrap().allocation.activities[0].amounts, [7500, 2500]);
    let mut file = small("driver = \"drivers.pallets\"");
    file.drivers = Some("customer_id,driver,quantity\na,pallets,1.5\nb,pallets,0.5\na,boxes,9\n".into());
    assert_eq!(file.run().unwrap().allocation.activities[0].amounts, [7500, 2500]);
}

#[test]
fn percentages_reach_the_segments_of_who_is_named_and_names_are_folded_as_in_the_files() {
    let mut texts = small("percentages = { A = \"60%\", b = \"30%\", nobody = \"10%\" }");
    texts.customers = Some("customer_id,segment\na,retail\nb,retail\nc,trade\n".into());
    let open = "cost: unassigned, activity order: percentages left open, or of customers that no file has";
    let outcome = texts.run().unwrap();
    assert_eq!((&outcome.allocation.activities[0].amounts[..], outcome.line(open)), (&[0, 3000, 0][..], 7000));
    texts.id_case = IdCase::Fold;
    let outcome = texts.run().unwrap();
    assert_eq!((&outcome.allocation.activities[0].amounts[..], outcome.line(open)), (&[6000, 3000, 0][..], 1000));
    texts.by = &["segment"];
    let outcome = texts.run().unwrap();
    assert_eq!((&outcome.allocation.activities[0].amounts[..], outcome.line(open)), (&[9000, 0][..], 1000));
}

#[test]
fn money_of_a_customer_has_the_decimals_of_the_currency_wherever_it_stands() {
    let mut texts = small("method = \"direct\"\ndriver = \"customers.rebate\"");
    texts.model = texts.model.replace("\"transaction\"", "\"direct\"");
    texts.customers = Some("customer_id,rebate\na,1.999\nb,2.50\n".into());
    let refused = texts.refused().to_string();
    assert!(
        refused.contains("customers.csv:2: column `rebate`: `1.999` has more decimals than the currency"),
        "{refused}"
    );
    texts.customers = Some("customer_id,rebate\na,1.99\nb,-2.00\n".into());
    assert_eq!(texts.run().unwrap().allocation.activities[0].amounts, [199, -200]);
}

#[test]
fn a_time_too_large_for_a_count_of_customers_is_refused() {
    let mut texts = small("driver = \"customers.seats\"\nminutes = 99999999999999999999999999");
    texts.customers = Some("customer_id,seats\na,3\nb,9000000000000\n".into());
    assert_eq!(texts.refused().to_string(), "model.toml:8: the time of `order` is too large");
}

#[test]
fn a_rate_over_next_to_no_capacity_is_refused() {
    let refused = small("practical_capacity = 0.00000000000000000000000000000000000001").refused();
    assert_eq!(refused.to_string(), "an amount of the activity `order` is too large to be money");
}

#[test]
fn transactions_drive_by_orders_lines_units_and_revenue() {
    let transactions = "order_id,date,customer_id,amount,quantity\n1,2025-01-01,a,10,1\n1,2025-01-01,a,10,2\n2,2025-01-02,b,20,1\n3,2025-01-03,b,-5,-1\n";
    for (driver, amounts) in [
        ("orders", [5000, 5000]),
        ("lines", [6667, 3333]),
        ("units", [7500, 2500]),
        ("revenue", [5000, 5000]),
        ("quantity", [10_000, 0]),
    ] {
        let mut texts = small(&format!("driver = \"transactions.{driver}\""));
        texts.activities = None;
        texts.transactions = Some(transactions.into());
        let outcome = texts.run().unwrap();
        assert_eq!(outcome.allocation.activities[0].amounts, amounts, "{driver}");
        assert_eq!(outcome.gathered.usage.facts.revenue, [2000, 2000]);
        assert_eq!(outcome.gathered.usage.facts.units, [3_000_000, 1_000_000], "{driver}");
        assert_eq!(outcome.gathered.usage.facts.refunds, [0, 500]);
        assert_eq!(outcome.gathered.usage.facts.purchase_days, [1, 1]);
    }
}

#[test]
fn acquisition_is_charged_to_who_is_new_in_the_period() {
    let mut texts = small("driver = \"customers.new\"\nacquisition = true");
    texts.model = texts.model.replace("\"transaction\"", "\"selling\"");
    texts.customers = Some("customer_id,first_date,end_date\na,2024-05-01,\nb,2025-03-10,2025-04-30\n".into());
    texts.period = Period { from: Some("2025-01-01".parse().unwrap()), to: Some("2025-12-31".parse().unwrap()) };
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.profits.acquisition_cost, [0, 10_000]);
    assert_eq!(outcome.gathered.usage.facts.active_days, [365, 52]);
    texts.model = texts.model.replace("customers.new", "customers.active_months").replace("acquisition = true", "");
    assert_eq!(texts.run().unwrap().allocation.activities[0].quantity.to_string(), "14");
    texts.customers = Some("customer_id\na\n".into());
    texts.model = texts.model.replace("customers.active_months", "customers.new");
    assert_eq!(
        texts.refused().to_string(),
        "model.toml:7: the activity `order` is driven by new customers, but no file says since when"
    );
}

#[test]
fn numbers_of_a_log_have_the_decimal_mark_of_their_file() {
    let quantity = |decimal| {
        let model = ModelText::parse(
            "[pools.p]\naccounts = [\"6100\"]\n[activities.call]\npool = \"p\"\nlevel = \"transaction\"\n",
            "model.toml",
        )
        .and_then(|text| text.check())
        .unwrap();
        let mut log = file("activities.csv", "customer_id;activity;quantity\na;call;\"1,5\"\na;call;2\n");
        log.params.pinned.decimal = decimal;
        let files = Files { activities: Some(&log), ..Files::default() };
        let measures = Measures::of(&model, 2);
        gather(files, &model, &measures, Period::default(), &[], &Silent)
            .map(|gathered| gathered.usage.quantities.get(0, 0))
    };
    assert_eq!(quantity(Some(Decimal::Comma)).unwrap(), 3_500_000);
    assert_eq!(quantity(None).unwrap(), 3_500_000, "`1,5` can only have a decimal comma");
    let refused = quantity(Some(Decimal::Point)).unwrap_err().to_string();
    assert!(refused.contains("`1,5` is not a number written with digits and a decimal point"), "{refused}");
}

#[test]
fn a_quantity_that_could_be_two_numbers_is_settled_by_others_or_refused() {
    let quantity = |rows: &str, decimal| {
        let mut texts = small("");
        texts.activities = Some(format!("customer_id;activity;quantity\n{rows}"));
        texts.decimal = decimal;
        texts.run().map(|outcome| outcome.gathered.usage.quantities.get(0, 0))
    };
    assert_eq!(quantity("a;order;1.250\na;order;0,5\n", None).unwrap(), 1_250_500_000);
    assert_eq!(quantity("a;order;1.250\na;order;0.5\n", None).unwrap(), 1_750_000);
    assert_eq!(quantity("a;order;1.250\n", Some(Decimal::Comma)).unwrap(), 1_250_000_000);
    let refused = quantity("a;order;7\na;order;1.250\n", None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "values could be two things, and no other value of their column tells which\n  \
         activities.csv:3: column `quantity`: `1.250` could be 1.25 or 1250"
    );
    assert_eq!(refused.hint_text(), Some("say `--decimal activities=point` or `--decimal activities=comma`"));
}

#[test]
fn rows_read_twice_are_counted_once() {
    // The first rows have no decimals, and a late one has a comma: everything is read anew.
    let mut texts = small("driver = \"activities.order\"");
    let rows = "a;order;2\n".repeat(50_000);
    texts.activities = Some(format!("customer_id;activity;quantity\n{rows}b;order;0,5\n"));
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.allocation.activities[0].quantity.to_string(), "200001/2");
    let rows = "a;2025-01-01;2\n".repeat(50_000);
    texts = small("driver = \"transactions.lines\"");
    texts.activities = None;
    texts.transactions = Some(format!("customer_id;date;amount\n{rows}b;2025-01-02;0,5\n"));
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.allocation.activities[0].quantity.to_string(), "50001");
    assert_eq!(outcome.gathered.usage.facts.revenue, [10_000_000, 50]);
    assert_eq!(outcome.gathered.usage.facts.purchase_days, [1, 1]);
}

#[test]
fn what_belongs_to_nobody_is_listed_with_its_amount() {
    let mut texts = small("practical_capacity = 4");
    texts.ledger = "account,amount\n6100,100.00\n6990,7.00\n6200,3.00\n".into();
    texts.model += "\n[pools.idle]\naccounts = [\"6200\"]\n";
    texts.customers = Some("customer_id\na\n".into());
    texts.activities = Some(
        "customer_id,activity,charge\nb,order,1\nc,order,1\na,order,1\na,dance,2.50\nb,dance,1.25\na,fly,\n".into(),
    );
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.line("cost: unassigned, account 6990: in no pool"), 700);
    assert_eq!(outcome.line("cost: unassigned, pool idle: no activity draws on it"), 300);
    assert_eq!(outcome.line("cost: unassigned, activity order: customers that no file has"), 5000);
    assert_eq!(outcome.line("cost: unused capacity, order"), 2500);
    let found: Vec<_> =
        outcome.exceptions.iter().map(|one| (one.kind, one.name.as_str(), one.rows, one.amount)).collect();
    assert_eq!(
        found,
        [
            ("unassigned", "account 6990: in no pool", None, Some(700)),
            ("unassigned", "pool idle: no activity draws on it", None, Some(300)),
            ("unassigned", "activity order: customers that no file has", None, Some(5000)),
            ("event without an activity", "dance", Some(2), Some(375)),
            ("event without an activity", "fly", Some(1), Some(0)),
            ("customer that no file has", "b", Some(1), Some(2500)),
            ("customer that no file has", "c", Some(1), Some(2500)),
        ]
    );
    texts.activities = Some("customer_id,activity\na,dance\n".into());
    texts.model = texts.model.replace("practical_capacity = 4", "");
    assert_eq!(texts.run().unwrap().line("cost: unassigned, activity order: no driver quantity"), 10_000);
}

#[test]
fn revenue_of_the_ledger_is_tied_to_the_transactions() {
    let mut texts = small("driver = \"transactions.lines\"");
    texts.activities = None;
    texts.model += "\n[revenue]\naccounts = [\"4000\"]\nrefunds = [\"4900\"]\n";
    texts.ledger += "4000,-30.00\n4900,5.00\n";
    texts.transactions = Some("customer_id,date,amount\na,2025-01-01,30\nb,2025-01-01,-5\n".into());
    let outcome = texts.run().unwrap();
    assert_eq!((outcome.line("revenue: ledger, net"), outcome.reconciliation.revenue_difference), (2500, 0));
    assert!(outcome.reconciliation.holds());
    texts.ledger = texts.ledger.replace("-30.00", "-31.00");
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.reconciliation.revenue_difference, 100);
    assert!(!outcome.reconciliation.holds());
}

#[test]
fn discounts_and_tax_are_taken_off_revenue() {
    let mut texts = small("driver = \"transactions.lines\"");
    texts.activities = None;
    texts.transactions = Some("customer_id,date,amount,discount,tax\na,2025-01-01,121,10,21\n".into());
    let usage = texts.run().unwrap().gathered.usage;
    assert_eq!((usage.facts.revenue[0], usage.facts.discounts[0], usage.facts.net_revenue(0)), (10_000, 1000, 9_000));
}

#[test]
fn a_ledger_of_debits_and_credits_is_netted_and_its_odd_rows_are_refused_or_set_aside() {
    let mut texts = small("");
    texts.ledger = "account,debit,credit\n6100,120.00,\n6100,,20.00\n".into();
    assert_eq!(texts.run().unwrap().allocation.ledger, 10_000);
    texts.ledger =
        "account,text,amount\n,Costs of the year,\n6100,Wages,100.00\n,Total,100.00\nTotal 6,,100.00\n".into();
    assert_eq!(
        texts.refused().to_string(),
        "3 values of the ledger cannot be used (no account 2, subtotal 1)\n  \
         ledger.csv:2: column `account`: a row without an account\n  \
         ledger.csv:4: column `account`: a row without an account\n  \
         ledger.csv:5: column `account`: `Total 6` is no account but names a total, which would be counted twice"
    );
    texts.model += "\n[inputs.ledger]\nrows_without_account = \"aside\"\n";
    assert_eq!(texts.run().unwrap().allocation.ledger, 10_000);
    // What stands in its other fields is not looked at: a total may stand in the column of the dates.
    texts.ledger = "date,account,amount\n2025-01-31,6100,100.00\nTotal,,100.00\nCosts,,in EUR\n".into();
    assert_eq!(texts.run().unwrap().allocation.ledger, 10_000);
}

#[test]
fn a_row_of_the_ledger_has_one_problem_a_field() {
    let mut texts = small("");
    texts.ledger = "date,account,amount\nx,6100,\n,6100,5.00\n2025-01-31,6100,5.00\n".into();
    assert_eq!(
        texts.refused().to_string(),
        "3 values of the ledger cannot be used (amount missing 1, date missing 1, not a date 1)\n  \
         ledger.csv:2: column `date`: `x` is not a date, or not one in the form of its column\n  \
         ledger.csv:2: column `amount`: the amount is missing\n  \
         ledger.csv:3: column `date`: the date is missing"
    );
    texts.ledger = "account,text\n6100,Rent\n".into();
    assert_eq!(
        texts.refused().to_string(),
        "ledger.csv: no column is named `amount` (the amount of the posting, costs positive, in units of the currency)"
    );
}

#[test]
fn a_ledger_in_two_currencies_is_refused() {
    let mut texts = small("");
    texts.ledger = "account,amount,currency\n6100,100.00,EUR\n6100,50.00,USD\n".into();
    assert_eq!(
        texts.refused().to_string(),
        "ledger.csv:3: column `currency`: the ledger is in two currencies, `EUR` and `USD`"
    );
    texts.ledger = "account,amount,debit,credit\n6100,1,1,\n".into();
    assert_eq!(texts.refused().to_string(), "ledger.csv: the ledger has an amount, a debit and a credit column");
}

#[test]
fn accounts_that_the_ledger_does_not_have_are_refused_with_the_nearest() {
    let mut texts = small("");
    texts.ledger = "account,amount\n6110,100.00\n".into();
    let refused = texts.refused();
    assert_eq!(refused.to_string(), "model.toml:2: `pools.desk`: the ledger has no account `6100`");
    assert_eq!(refused.hint_text(), Some("the nearest is `6110`"));
}

#[test]
fn an_unknown_variable_is_pointed_at_in_the_model() {
    let refused = small("minutes = \"5 + 3*lnes\"").refused();
    assert_eq!(
        refused.to_string(),
        "model.toml:7: time equation: `lnes` is not a column of `activities.csv`\n    5 + 3*lnes\n          ^"
    );
}

#[test]
fn quantities_that_cannot_be_used_are_refused_by_their_row() {
    let mut texts = small("minutes = \"5 + 3*lines\"");
    texts.activities = Some("customer_id,activity,lines\na,order,x\nb,order,-1\nc,order,\nd,order,1\n".into());
    assert_eq!(
        texts.refused().to_string(),
        "3 rows cannot be used (negative quantity 1, not a quantity 1, quantity missing 1)\n  \
         activities.csv:2: column `lines`: `x` is not a number written with digits and a decimal point\n  \
         activities.csv:3: column `lines`: `-1` is negative\n  \
         activities.csv:4: column `lines`: the quantity is missing"
    );
}

#[test]
fn rows_with_quantities_that_cannot_be_used_are_set_aside_and_add_nothing_to_any_measure() {
    let rows = "a,order,5\nb,order,1\n".repeat(3_000);
    let mut texts = small("minutes = \"5 + 3*lines\"");
    texts.activities = Some(format!("customer_id,activity,lines\n{rows}"));
    let good = texts.run().unwrap();
    texts.activities =
        Some(format!("customer_id,activity,lines\na,order,x\nb,order,-1\n{rows}c,unasked,x\nb,order,\n"));
    assert_eq!(
        texts.refused().hint_text(),
        Some("mend them in the file, or set them aside and go on with `--rejects DIR`")
    );
    texts.aside = true;
    let outcome = texts.run().unwrap();
    // `c` did nothing that an activity counts.
    let amounts = [&good.allocation.activities[0].amounts[..], &[0]].concat();
    assert_eq!(outcome.allocation.activities[0].amounts, amounts);
    assert_eq!(outcome.gathered.usage.ids.iter().collect::<Vec<_>>(), [&b"a"[..], b"b", b"c"]);
    let receipt = &outcome.gathered.receipts["activities"];
    let aside: Vec<_> = receipt.set_aside.iter().map(|entry| (entry.reason.as_str(), entry.rows)).collect();
    let expected =
        [("negative quantity", 1), ("not a quantity", 1), ("quantity missing", 1), ("events without an activity", 1)];
    assert_eq!(aside, expected);
    assert_eq!((receipt.rows, receipt.rows_used), (6_004, 6_000));
    let folder = tempfile::tempdir().unwrap();
    let rejects = &outcome.gathered.rejects["activities"];
    rejects.write(&folder.path().join("rejects")).unwrap();
    let written = |name: &str| std::fs::read_to_string(folder.path().join("rejects").join(name)).unwrap();
    assert_eq!(written("activities.csv"), "customer_id,activity,lines\na,order,x\nb,order,-1\nb,order,\n");
    assert_eq!(
        written("reasons.csv"),
        "file,line,byte_offset,column,value,reason\nactivities.csv,2,27,lines,x,not a quantity\n\
         activities.csv,3,37,lines,-1,negative quantity\nactivities.csv,6005,60060,lines,,quantity missing\n"
    );
}

#[test]
fn amounts_of_sales_whose_units_cannot_be_read_are_set_aside_with_their_rows() {
    let mut texts = small("driver = \"transactions.lines\"");
    texts.activities = None;
    texts.transactions = Some("customer_id,date,amount,quantity\na,2025-01-01,10,1\na,2025-01-02,4.50,x\n".into());
    texts.aside = true;
    let outcome = texts.run().unwrap();
    assert_eq!(outcome.gathered.usage.facts.revenue, [1_000]);
    assert_eq!(outcome.allocation.activities[0].quantity.to_string(), "1");
    let receipt = &outcome.gathered.receipts["transactions"];
    assert_eq!((receipt.amount, receipt.amount_used), (Some(1_450), Some(1_000)));
    assert_eq!((receipt.set_aside[0].reason.as_str(), receipt.set_aside[0].amount), ("not a quantity", Some(450)));
}

#[test]
fn customers_that_cannot_be_used_are_set_aside_and_rows_of_a_ledger_never() {
    let mut texts = small("");
    let customers = "customer_id,first_date,segment\na,2024-01-01,x\nb,soon,y\na,2024-02-01,z\n,2024-01-01,z\nd\n";
    texts.customers = Some(customers.into());
    assert!(texts.refused().to_string().contains("1 of 5 rows cannot be used (wrong number of fields 1)"));
    texts.aside = true;
    let outcome = texts.run().unwrap();
    let rejects = &outcome.gathered.rejects["customers"];
    let expected =
        [("customer twice", 1), ("customer missing", 1), ("not a date", 1), ("wrong number of fields", 1)].into_iter();
    assert_eq!(rejects.by_reason(), expected.collect());
    let folder = tempfile::tempdir().unwrap();
    rejects.write(&folder.path().join("rejects")).unwrap();
    let written = std::fs::read_to_string(folder.path().join("rejects/customers.csv")).unwrap();
    assert_eq!(written, "customer_id,first_date,segment\nb,soon,y\na,2024-02-01,z\n,2024-01-01,z\nd\n");
    texts.ledger = "account,amount\n6100,100\n6100,x\n".into();
    let refused = texts.refused();
    assert!(refused.to_string().contains("ledger.csv:3: column `amount`: `x` is not an amount"), "{refused}");
    assert!(refused.hint_text().unwrap().contains("`--rejects` sets no row of the ledger aside"), "{refused}");
}

#[test]
fn costs_of_a_ledger_may_be_the_product_of_two_columns() {
    let mut texts = small("");
    texts.ledger = "account,hours,rate\n6100,3,33.335\n6100,-1,0.005\n6100,,2\n".into();
    texts.ledger_columns = Some("amount=hours*rate");
    let refused = texts.refused();
    assert!(refused.to_string().ends_with("ledger.csv:4: column `hours`: the amount is missing"), "{refused}");
    texts.ledger = texts.ledger.replace("6100,,2\n", "");
    // 100.005 goes to the even cent below, -0.005 to none.
    assert_eq!(texts.run().unwrap().allocation.ledger, 10_000);
}

#[test]
fn a_driver_whose_file_is_missing_is_refused() {
    let mut texts = small("");
    texts.activities = None;
    texts.customers = Some("customer_id\na\n".into());
    assert_eq!(
        texts.refused().to_string(),
        "model.toml:4: the activity `order` is driven by `activities.order`, but there is no such file"
    );
}

#[test]
fn a_ledger_in_two_currencies_is_refused_however_they_are_written() {
    let mut texts = small("");
    texts.ledger = "account,amount\n6100,100 EUR\n6100,5 USD\n".into();
    let refused = texts.refused().to_string();
    assert_eq!(refused, "ledger.csv:3: column `amount`: the ledger is in two currencies, `EUR` and `USD`");
    texts.ledger = "account,debit,credit,currency\n6100,100 €,,EUR\n6100,,5,EUR\n".into();
    assert_eq!(texts.run().unwrap().allocation.ledger, 9_500);
    texts.ledger = "account,amount\n6100,1.100\n".into();
    let refused = texts.refused().to_string();
    assert!(refused.contains("one of two numbers 1)") && refused.contains("could be two numbers"), "{refused}");
}
