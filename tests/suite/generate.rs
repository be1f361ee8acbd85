//! What is known of a synthetic business is found in its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::tool::{run, stdout, text};

/// A table by the first column: the rest by name.
fn table(csv: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut lines = csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|row| (row[0].clone(), header.iter().cloned().zip(row).skip(1).collect())).collect()
}

fn generate(folder: &Path, arguments: &[&str]) -> (String, serde_json::Value) {
    let place = format!("{}/", text(folder));
    let ran = run(&[&["generate", "--output", &place][..], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let truth = fs::read_to_string(folder.join("truth.json")).unwrap();
    (place, serde_json::from_str(&truth).unwrap())
}

#[test]
fn allocate_finds_the_true_cost_of_every_customer_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    // Whole months, and days that are not: capacities a month, and of the whole run; and hardly a business, with idle pools.
    for (customers, from, to) in
        [("800", "2024-01-01", "2025-12-31"), ("800", "2024-01-10", "2025-03-20"), ("1", "2024-02-01", "2024-02-29")]
    {
        let shop = folder.path().join(from);
        let (place, truth) = generate(&shop, &["--customers", customers, "--from", from, "--to", to]);
        let model = format!("{place}costing.toml");
        let costs = ["allocate", &model, "--from", from, "--to", to, "--format", "csv"];
        let found = table(&stdout(&costs));
        let expected = table(&fs::read_to_string(shop.join("truth_customers.csv")).unwrap());
        assert_eq!(found.len().to_string(), customers);
        assert_eq!(expected.len(), found.len());
        for (customer, truth) in &expected {
            for column in [
                "revenue",
                "refunds",
                "direct_cost",
                "unit_cost",
                "transaction_cost",
                "relationship_cost",
                "selling_cost",
                "cost_to_serve",
            ] {
                assert_eq!(found[customer][column], truth[column], "{customer}: {column}");
            }
        }
        let lines = stdout(&[&costs[..], &["--table", "reconciliation"]].concat());
        for line in truth["business"]["reconciliation"].as_array().unwrap() {
            let (name, amount) = (line[0].as_str().unwrap(), line[1].as_str().unwrap());
            let row = if name.contains(',') { format!("\"{name}\",{amount}\n") } else { format!("{name},{amount}\n") };
            assert!(lines.contains(&row), "{row}\n{lines}");
        }
    }
}

#[test]
fn rejects_set_aside_what_the_truth_says_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let shares =
        "bad-date=2%,no-date=1%,bad-amount=1%,no-amount=1%,no-customer=3%,bad-id=1%,short-row=1%,duplicate=2%,quote=5%";
    let (place, truth) = generate(&folder.path().join("shop"), &["--customers", "2000", "--damage", shares]);
    let (log, receipt) = (format!("{place}transactions.csv"), folder.path().join("receipt.json"));
    let rejects = folder.path().join("rejects");
    let ran = run(&["summary", &log, "--rejects", text(&rejects), "--receipt", text(&receipt)]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let receipt: serde_json::Value = serde_json::from_str(&fs::read_to_string(receipt).unwrap()).unwrap();
    let (figures, log) = (&receipt["figures"], &truth["transactions"]);
    assert_eq!(figures["rows"], log["rows_written"]);
    assert_eq!(figures["amount"], log["amount_readable"]);
    let mut bad = 0;
    for kind in log["damage"].as_array().unwrap().iter().filter(|kind| !kind["reason"].is_null()) {
        let aside = figures["set_aside"].as_array().unwrap();
        let entry = aside.iter().find(|entry| entry["reason"] == kind["reason"]).unwrap();
        assert_eq!(entry["rows"], kind["rows"], "{kind}");
        bad += kind["rows"].as_u64().unwrap();
    }
    let reasons = fs::read_to_string(rejects.join("reasons.csv")).unwrap();
    assert_eq!(reasons.lines().count() as u64, bad + 1);
}

#[test]
fn memberships_end_as_the_dropout_rate_says() {
    let folder = tempfile::tempdir().unwrap();
    let (place, truth) = generate(&folder.path().join("shop"), &["--customers", "20000"]);
    let parameter = |at: usize| truth["parameters"][at][1].as_f64().unwrap();
    let (shape, scale) = (parameter(2), parameter(3));
    let contracts = format!("{place}subscriptions.csv");
    let life = stdout(&["survival", &contracts, "--as-of", "2025-12-31", "--time-unit", "week", "--format", "csv"]);
    let mut days = 0;
    for row in life.lines().skip(1) {
        let fields: Vec<f64> = row.split(',').map(|field| field.parse().unwrap()).collect();
        let (weeks, survival, error) = (fields[0], fields[4], fields[5]);
        let expected = (scale / (scale + weeks)).powf(shape);
        // Deviations of neighbouring days go together: the largest of two years is about three standard errors.
        assert!((survival - expected).abs() < 4.0 * error, "{weeks}: {survival} for {expected}");
        days += 1;
    }
    assert!(days > 600, "{days}");
}

#[test]
fn a_folder_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    let place = format!("{}/", text(&shop));
    let refused = run(&["generate", "--customers", "0", "--output", &place]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(!shop.exists());
    generate(&shop, &["--customers", "10"]);
    assert_eq!(run(&["generate", "--customers", "10", "--output", &place]).code, 2, "it is not empty");
    assert_eq!(run(&["generate", "--customers", "10", "--output", &place, "--overwrite"]).code, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn settings_that_contradict_themselves_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let parquet = folder.path().join("log.parquet");
    for (more, said) in [
        (&["--parameters", "r=1,r=2"][..], "`r` is given twice"),
        (&["--damage", "quote=1%,quote=2%"], "`quote` is given twice"),
        (&["--rows", "0"], "`--rows 0` asks for a log without rows"),
        (&["--customers", "100", "--rows", "100"], "with one purchase each and its refunds they make 102 or more"),
        (&["-o", text(&parquet)], "a log is written as CSV, and the name ends in `.parquet`"),
    ] {
        let ran = run(&[&["generate", "--only", "transactions"], more].concat());
        assert_eq!(ran.code, 2, "{more:?}");
        assert!(ran.stderr.contains(said), "{more:?}: {}", ran.stderr);
    }
}

#[test]
fn what_follows_no_parameters_is_said_and_a_day_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.csv");
    let truth = folder.path().join("truth.json");
    let made = ["generate", "--only", "transactions", "--customers", "20", "-o", text(&log), "--truth", text(&truth)];
    let ran = run(&[&made[..], &["--spend", "gamma=1e9"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("would have been more than 10,000,000"), "{}", ran.stderr);
    let known: serde_json::Value = serde_json::from_str(&fs::read_to_string(&truth).unwrap()).unwrap();
    let cut = fs::read_to_string(&log).unwrap().lines().filter(|line| line.ends_with(",10000000.00")).count();
    assert!(cut > 0);
    assert_eq!(known["transactions"]["purchases_cut"], cut);
    let ran = run(&made);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let ran = run(&["generate", "--only", "transactions", "--from", "9998-01-01", "--to", "9999-12-31"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`9999-12-31` stands for no day"), "{}", ran.stderr);
}
