//! The truth is found again in the files, and the files are the same whoever writes them.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::clv::{Histories, Model, Parameters, fit, fit_spend};
use crate::progress::Silent;
use crate::scan::{BadRows, Inputs, ScanParams};
use crate::summary::{SummaryParams, summarize};
use crate::time::{Day, TimeUnit};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn two_years(customers: u32) -> GenerateParams {
    GenerateParams::new(customers, day("2024-01-01"), day("2025-12-31"))
}

fn log(params: &GenerateParams) -> (String, Truth) {
    let mut text = Vec::new();
    let truth = write_log(params, &mut text, None, &Silent).unwrap();
    (String::from_utf8(text).unwrap(), truth)
}

/// A file in memory that is still there when its writer is not.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn business(params: &GenerateParams) -> (BTreeMap<&'static str, String>, Truth) {
    let mut files: BTreeMap<&'static str, Memory> = BTreeMap::new();
    let truth = write_business(params, |name| Ok(files.entry(name).or_default().clone()), &Silent).unwrap();
    let text = |file: Memory| String::from_utf8(file.0.lock().unwrap().clone()).unwrap();
    (files.into_iter().map(|(name, file)| (name, text(file))).collect(), truth)
}

/// Within so many standard errors, in logarithms, in which estimates are nearer to normal.
fn near(name: &str, estimate: f64, error: f64, truth: f64) {
    let distance = (estimate / truth).ln() * estimate / error;
    assert!(distance.abs() < 3.0, "{name}: {estimate} for {truth}, {distance:.2} standard errors of {error}");
}

#[test]
fn a_fit_to_the_log_recovers_the_parameters_within_their_standard_errors() {
    for model in Model::ALL {
        // So many that two purchases taken for one would show.
        let mut params = two_years(60_000);
        params.purchases = GenerateParams::default_purchases(model);
        params.refunds = 0.0;
        let (text, truth) = log(&params);
        let inputs = Inputs::from_bytes([("log.csv", text.into_bytes())]).unwrap();
        let window = SummaryParams::new(TimeUnit::Week).as_of(params.to).unwrap();
        let read = summarize(&inputs, &ScanParams::default(), &window, &Silent).unwrap();
        assert_eq!(read.receipt.rows, truth.transactions.rows);
        // On the last day of a life, or of all, a purchase has no other day to go to.
        assert!(read.receipt.rows_merged * 5000 < read.receipt.rows, "{} of the same day", read.receipt.rows_merged);
        let customers = read.output;
        assert_eq!(customers.ids.len(), 60_000);
        let frequency: Vec<f64> = customers.frequency.iter().map(|days| *days as f64).collect();
        let fitted = fit(model, &Histories::new(&frequency, &customers.recency, &customers.age).unwrap()).unwrap();
        assert!(fitted.converged && fitted.identified);
        let errors = fitted.standard_errors.unwrap();
        for (place, name) in model.parameter_names().into_iter().enumerate() {
            near(name, fitted.parameters.values()[place], errors[place], params.purchases.values()[place]);
        }
        let spend = fit_spend(&frequency, &customers.monetary_value.unwrap()).unwrap().unwrap();
        let errors = spend.standard_errors.unwrap();
        for (place, name) in ["p", "q", "gamma"].into_iter().enumerate() {
            near(name, spend.parameters.values()[place], errors[place], params.spend.values()[place]);
        }
    }
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for order in RowOrder::ALL {
        let damage = "bad-date=1%,duplicate=1%,quote=1%".parse().unwrap();
        // Several blocks of customers.
        let params = GenerateParams { order, damage, ..two_years(20_000) };
        let one = pool(1).install(|| business(&params));
        for threads in [2, 5] {
            assert!(one == pool(threads).install(|| business(&params)), "{order} with {threads} threads");
            assert!(log(&params) == pool(threads).install(|| log(&params)), "{order} with {threads} threads");
        }
    }
}

#[test]
fn the_order_of_rows_changes_nothing_but_the_order() {
    let sorted = |order| {
        let text = log(&GenerateParams { order, ..two_years(10_000) }).0;
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        let as_written = rows.clone();
        rows.sort_unstable();
        (rows, as_written)
    };
    let (rows, by_date) = sorted(RowOrder::Date);
    let dates: Vec<&str> = by_date.iter().skip(1).map(|row| row.split(',').nth(1).unwrap()).collect();
    assert!(dates.is_sorted());
    for order in [RowOrder::Shuffled, RowOrder::Customer] {
        let (others, as_written) = sorted(order);
        assert!(rows == others, "{order}");
        assert!(by_date != as_written, "{order}");
    }
    let params = two_years(10_000);
    assert!(log(&params).0 != log(&GenerateParams { seed: 2, ..params }).0, "another seed, another business");
}

#[test]
fn the_log_alone_has_the_transactions_of_the_business() {
    let params = two_years(3_000);
    let (text, truth) = log(&params);
    let (files, of_business) = business(&params);
    let columns = |text: &str, columns: [usize; 3]| {
        let row = |row: &str| columns.map(|column| row.split(',').nth(column).unwrap().to_owned());
        let mut rows: Vec<[String; 3]> = text.lines().map(row).collect();
        rows.sort_unstable();
        rows
    };
    assert!(columns(&text, [0, 1, 2]) == columns(&files["transactions.csv"], [2, 1, 6]));
    assert_eq!(truth.transactions, of_business.transactions);
    assert_eq!(truth.customers_alive, of_business.customers_alive);
}

#[test]
fn damage_is_counted_as_the_receipt_counts_it() {
    let shares =
        "bad-date=1%,no-date=1%,bad-amount=1%,no-amount=1%,no-customer=1%,bad-id=1%,short-row=1%,duplicate=1%,quote=1%";
    let params = GenerateParams { damage: shares.parse().unwrap(), ..two_years(5_000) };
    let (text, truth) = log(&params);
    let inputs = Inputs::from_bytes([("log.csv", text.into_bytes())]).unwrap();
    let scan = ScanParams { bad_rows: BadRows::SetAside { at_most: None }, ..ScanParams::default() };
    let read = summarize(&inputs, &scan, &SummaryParams::new(TimeUnit::Week), &Silent).unwrap();
    let log = &truth.transactions;
    assert_eq!(read.receipt.rows, log.rows_written);
    assert_eq!(read.receipt.currency.format(read.receipt.amount.unwrap()), log.amount_readable);
    let rows_of = |kind: Damage| log.damage.iter().find(|entry| entry.kind == kind).unwrap().rows;
    for kind in Damage::ALL {
        assert!(rows_of(kind) > 0, "{kind:?}");
        let Some(reason) = kind.reason() else { continue };
        let aside = read.receipt.set_aside.iter().find(|entry| entry.reason == reason).unwrap();
        assert_eq!(aside.rows, rows_of(kind), "{reason}");
    }
    assert_eq!(log.rows_written, log.rows + rows_of(Damage::Duplicate));
    let bad: u64 = Damage::ALL.into_iter().filter(|kind| kind.reason().is_some()).map(rows_of).sum();
    assert_eq!(log.rows_readable, log.rows_written - bad);
}

#[test]
fn memberships_cover_every_repeat_purchase_and_end_with_the_lifetime() {
    let params = two_years(2_000);
    let (files, truth) = business(&params);
    let mut spans: BTreeMap<&str, (Day, Option<Day>)> = BTreeMap::new();
    for row in files["subscriptions.csv"].lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let end = (!fields[4].is_empty()).then(|| day(fields[4]));
        let span = spans.entry(fields[1]).or_insert((day(fields[3]), None));
        // A renewal begins where the one before ended.
        assert!(span.1.is_none_or(|before| before == day(fields[3])), "{row}");
        span.1 = end;
    }
    let members = spans.values().filter(|(_, end)| end.is_none()).count() as u64;
    assert_eq!(members, truth.business.unwrap().members);
    for row in files["transactions.csv"].lines().skip(1).filter(|row| !row.contains(",-")) {
        let fields: Vec<&str> = row.split(',').collect();
        if fields[6].starts_with('-') {
            continue;
        }
        let (start, end) = spans[fields[2]];
        let on = day(fields[1]);
        assert!(on.0 >= start.0 - 1 && end.is_none_or(|end| on < end), "{row}: {start} {end:?}");
    }
    for row in files["truth_customers.csv"].lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let Some((start, Some(end))) = spans.get(fields[0]) else { continue };
        assert_eq!(f64::from(end.0 - start.0), fields[4].parse::<f64>().unwrap().ceil().max(1.0), "{row}");
    }
}

#[test]
fn refunds_come_after_their_order_and_never_exceed_it() {
    let (files, truth) = business(&GenerateParams { refunds: 0.3, ..two_years(2_000) });
    let mut paid: BTreeMap<&str, (Day, f64)> = BTreeMap::new();
    let mut refunds = 0;
    for row in files["transactions.csv"].lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let (on, amount) = (day(fields[1]), fields[6].parse::<f64>().unwrap());
        if amount < 0.0 {
            let (bought, price) = paid[fields[0]];
            assert!(on > bought && -amount <= price, "{row}");
            refunds += 1;
        } else {
            assert!(paid.insert(fields[0], (on, amount)).is_none(), "{row}");
        }
    }
    assert_eq!(refunds, truth.transactions.refunds);
    // Some would come after the last day.
    let share = refunds as f64 / truth.transactions.purchases as f64;
    assert!((0.27..0.31).contains(&share), "{share}");
}

#[test]
fn rows_asked_for_are_the_rows_there_are_but_for_chance() {
    for model in Model::ALL {
        let mut params = two_years(20_000);
        params.purchases = GenerateParams::default_purchases(model);
        let params = params.with_rows(200_000).unwrap();
        let rows = log(&params).1.transactions.rows as f64;
        assert!((rows / 200_000.0 - 1.0).abs() < 0.03, "{model}: {rows}");
    }
    let params = two_years(1);
    let customers = params.customers_for_rows(50_000);
    let rows = log(&GenerateParams { customers, ..params }).1.transactions.rows as f64;
    assert!((rows / 50_000.0 - 1.0).abs() < 0.05, "{rows}");
}

#[test]
fn ids_of_customers_never_repeat() {
    for ids in IdForm::ALL {
        let mut seen: Vec<Vec<u8>> = (0..100_000)
            .map(|customer| {
                let mut id = Vec::new();
                ids.push(&mut id, customer);
                id
            })
            .collect();
        assert!(seen.iter().all(|id| id.len() == ids.bytes()));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100_000, "{ids}");
    }
}

#[test]
fn settings_that_make_no_business_are_refused_with_what_to_do() {
    let refused = |params: GenerateParams| params.check().unwrap_err().to_string();
    let good = two_years(10);
    assert_eq!(
        refused(GenerateParams { customers: 0, ..good.clone() }),
        "a business without customers has nothing to write"
    );
    assert_eq!(
        refused(GenerateParams { customers: 100_000_000, ..good.clone() }),
        "eight digits are too few for 100000000 customers"
    );
    assert_eq!(
        refused(GenerateParams { to: day("2023-01-01"), ..good.clone() }),
        "there is no business from 2024-01-01 to 2023-01-01"
    );
    assert_eq!(
        refused(GenerateParams { join_until: day("2026-01-01"), ..good.clone() }),
        "customers cannot join until 2026-01-01"
    );
    let purchases = Parameters::new(Model::ParetoNbd, [1.0, 1e-6, 1.0, 50.0]).unwrap();
    assert_eq!(
        refused(GenerateParams { purchases, ..good.clone() }),
        "customers would buy more than 100,000 times each"
    );
    let purchases = Parameters::new(Model::ParetoNbd, [1e300, 8.0, 0.9, 30.0]).unwrap();
    assert!(refused(GenerateParams { purchases, ..good.clone() }).len() < 80);
    for rows in [10, 11] {
        let expected = good.clone().with_rows(rows).unwrap().expected_rows();
        assert!((expected - rows as f64).abs() < 0.5, "{expected}");
    }
    assert_eq!(
        good.with_rows(9).unwrap_err().to_string(),
        "`9` rows are too few for 10 customers: with one purchase each and its refunds they make 10 or more"
    );
    assert_eq!("late=1%".parse::<DamageShares>().unwrap_err().to_string(), "`late` is no kind of damage");
    assert_eq!(
        named_values("r=1,q=2", ["r", "alpha"], [0.0; 2]).unwrap_err().to_string(),
        "`q` is no parameter of the model"
    );
}

#[test]
fn one_customer_on_one_day_is_a_business() {
    let params = GenerateParams::new(1, day("2024-02-29"), day("2024-02-29"));
    let (files, truth) = business(&params);
    assert_eq!(truth.transactions.purchases, 1);
    assert_eq!(files.len(), FILES.len());
    assert_eq!(files["subscriptions.csv"].lines().count(), 1, "membership begins on the day after");
}
