//! The figures of the literature, from the command line. Most published figures are tested beside the
//! functions that compute them; here the whole way from the log is.

use super::tool::{run, stdout};
use serde_json::Value;

/// Printed literature stops short of the maximum; parameters agree to this, relative.
const PARAMETER: f64 = 1e-5;
/// Standard errors agree to this, relative.
const STANDARD_ERROR: f64 = 1e-3;

fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().unwrap();
    assert!((found / expected - 1.0).abs() < tolerance, "{found} is not {expected}");
}

fn fitted(model: &str) -> Value {
    let arguments = ["fit", "data/cdnow_sample.csv", "--calibration-end", "1997-09-30", "--model", model];
    serde_json::from_str(&stdout(&arguments)).unwrap()
}

/// Fader, Hardie & Lee (2005), table 2; standard errors recomputed at the maximum.
#[test]
fn bg_nbd_on_cdnow_is_the_published_fit() {
    let fit = fitted("bg-nbd");
    for (name, value, error) in
        [("r", 0.242594, 0.012557), ("alpha", 4.413602, 0.378224), ("a", 0.792922, 0.185734), ("b", 2.425907, 0.705414)]
    {
        close(&fit["parameters"][name], value, PARAMETER);
        close(&fit["standard_errors"][name], error, STANDARD_ERROR);
    }
    close(&fit["log_likelihood"], -9582.429, 1e-7);
}

/// Fader & Hardie (2005), "A note on deriving the Pareto/NBD model", at the maximum.
#[test]
fn pareto_nbd_on_cdnow_is_the_published_fit() {
    let fit = fitted("pareto-nbd");
    for (name, value, error) in [
        ("r", 0.553277, 0.047628),
        ("alpha", 10.577683, 0.842723),
        ("s", 0.606240, 0.187282),
        ("beta", 11.668735, 6.21115),
    ] {
        close(&fit["parameters"][name], value, PARAMETER);
        close(&fit["standard_errors"][name], error, STANDARD_ERROR);
    }
    close(&fit["log_likelihood"], -9_594.976_179, 1e-9);
    let spend = &fit["spend"];
    // Fader & Hardie (2013), the 946 repeat buyers; printed to two decimals.
    for (name, value, error) in [("p", 6.25, 1.18997), ("q", 3.74, 0.29014), ("gamma", 15.44, 4.15953)] {
        close(&spend["parameters"][name], value, 2e-3);
        close(&spend["standard_errors"][name], error, STANDARD_ERROR);
    }
    close(&spend["log_likelihood"], -4055.9177, 1e-7);
}

/// Customer 1 of the sample, whose master id is 00004, at the maximum of either model.
#[test]
fn customer_1_is_worth_what_the_literature_says() {
    let score = |model: &str| -> Value {
        let table: Value = serde_json::from_str(&stdout(&[
            "clv",
            "data/cdnow_sample.csv",
            "--calibration-end",
            "1997-09-30",
            "--model",
            model,
            "--horizon",
            "39w",
            "--margin",
            "30%",
            "--top",
            "1",
            "--format",
            "json",
        ]))
        .unwrap();
        table["customers"][0].clone()
    };
    let pareto = score("pareto-nbd");
    assert_eq!(pareto["customer_id"], "00004");
    close(&pareto["p_alive"], 0.869134264, 1e-7);
    close(&pareto["expected_transactions"], 1.455201702, 1e-7);
    // 15 % a year of 365.25 days: ln(1.15) x 7 / 365.25 a week.
    close(&pareto["dert"], 6.513887, 1e-6);
    close(&score("bg-nbd")["p_alive"], 0.726620, 1e-6);
}

/// Counts and sums of the CDNOW sample, recomputed independently.
#[test]
fn the_receipt_of_the_cdnow_sample_accounts_for_every_row_and_cent() {
    let ran = run(&["summary", "data/cdnow_sample.csv", "--calibration-end", "1997-09-30"]);
    assert!(ran.stderr.contains("read 6,919 rows (244,091.94)"), "{}", ran.stderr);
    let rows: Vec<Vec<&str>> = ran.stdout.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    assert_eq!(rows.len(), 2357);
    assert_eq!(rows.iter().map(|row| row[3].parse::<u64>().unwrap()).sum::<u64>(), 4814);
    assert_eq!(rows.iter().map(|row| row[4].parse::<u64>().unwrap()).sum::<u64>(), 2457);
    assert_eq!(rows.iter().map(|row| cents(row[8])).sum::<i64>(), 17_311_555);
    assert_eq!(rows.iter().map(|row| row[11].parse::<u64>().unwrap()).sum::<u64>(), 1882);
    assert_eq!(rows.iter().map(|row| cents(row[12])).sum::<i64>(), 7_097_639);
}
