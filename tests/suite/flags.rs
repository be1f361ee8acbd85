//! A flag that a run would pass over in silence is refused, and says why.

use super::tool::{Ran, command, file, run, text};

const CONTRACTS: &str = "tests/cmd/subscriptions.csv";
const LOG: &str = "data/cdnow_sample.csv";
const DURATIONS: [&str; 5] = ["data/rossi.csv", "--column", "time=week", "--column", "event=arrest"];

#[test]
fn what_is_about_contracts_is_refused_for_a_log() {
    for flag in [["--gap", "7d"], ["--export-date", "none"]] {
        for command in ["cohort", "churn"] {
            refused(&[command, LOG, flag[0], flag[1]], flag[0], "belongs to contracts, and this is a log of purchases");
        }
    }
    refused(&["cohort", LOG, "--policy", "stripe"], "--policy", "belongs to contracts");
    refused(&["churn", LOG, "--between", "contract-end,stripe"], "--between", "belongs to contracts");
}

#[test]
fn what_is_about_purchases_is_refused_for_contracts() {
    for flag in [["--inactive-after", "90d"], ["--horizon", "1y"], ["--no-customer", "aside"]] {
        refused(&["churn", CONTRACTS, flag[0], flag[1]], flag[0], "belongs to logs of purchases");
    }
    refused(&["cohort", CONTRACTS, "--no-customer", "aside"], "--no-customer", "belongs to logs of purchases");
}

#[test]
fn what_is_about_contracts_is_refused_for_durations() {
    for flag in [["--gap", "7d"], ["--as-of", "2024-01-01"], ["--policy", "stripe"], ["--time-unit", "day"]] {
        let arguments = [&["survival"], &DURATIONS[..], &flag].concat();
        refused(&arguments, flag[0], "belongs to contracts, and this is a table of durations");
    }
    // The columns of groups are those of either.
    assert_eq!(run(&[&["survival"], &DURATIONS[..], &["--by", "fin"]].concat()).code, 0);
}

#[test]
fn a_comparison_of_policies_and_a_report_have_flags_of_their_own() {
    for flag in [["--by", "plan"], ["--tenure", "3mo"], ["--definition", "profit"], ["--values", "tests/cmd/worth.csv"]]
    {
        refused(&["churn", "compare", CONTRACTS, flag[0], flag[1]], flag[0], "has no part in a comparison of policies");
    }
    for flag in [["--at", "2024-01-01"], ["--between", "contract-end,stripe"]] {
        refused(&["churn", CONTRACTS, flag[0], flag[1]], flag[0], "is for a comparison of policies");
    }
}

#[test]
fn refunds_are_those_of_the_file_and_a_word_of_the_other_kind_says_so() {
    for command in ["cohort", "churn"] {
        for refunds in ["ignored", "leave", "void"] {
            let why = "says what refunds are to contracts, and this is a log of purchases\nhint: say `net`, ";
            refused(&[command, LOG, "--refunds", refunds], "--refunds", why);
            assert_eq!(run(&[command, CONTRACTS, "--refunds", refunds]).code, 0);
        }
        for refunds in ["net", "separate", "drop"] {
            let why =
                "says what refunds are to a log of purchases, and this is a table of contracts\nhint: say `ignored`, ";
            refused(&[command, CONTRACTS, "--refunds", refunds], "--refunds", why);
            assert_eq!(run(&[command, LOG, "--refunds", refunds]).code, 0);
        }
        let ran = run(&[command, LOG, "--refunds", "often"]);
        let hint = "hint: of contracts say `ignored`, `leave` or `void`, of a log `net`, `separate` or `drop`";
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
    refused(&["survival", CONTRACTS, "--refunds", "net"], "--refunds", "says what refunds are to a log of purchases");
}

#[test]
fn a_shared_setting_that_only_another_command_can_take_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let runs: [&[&str]; 6] = [
        &["summary", LOG],
        &["cohort", LOG],
        &["churn", LOG],
        &["churn", CONTRACTS],
        &["survival", CONTRACTS],
        &["generate", "--customers", "5", "--only", "transactions"],
    ];
    for refunds in ["separate", "void", "5%"] {
        let settings = file(&folder, "custval.toml", format!("refunds = \"{refunds}\"\n"));
        for arguments in runs {
            let of_file = run(&[arguments, &["--config", text(&settings)]].concat());
            assert_eq!(of_file.code, 0, "{refunds} {arguments:?}: {}", of_file.stderr);
            let of_environment: Ran = command(arguments).env("CUSTVAL_REFUNDS", refunds).output().unwrap().into();
            assert_eq!(of_environment.code, 0, "{refunds} {arguments:?}: {}", of_environment.stderr);
            assert_eq!(of_environment.stdout, of_file.stdout);
        }
    }
    // What no command can take, or what is said to this one, is wrong as ever.
    let settings = file(&folder, "custval.toml", "refunds = \"often\"\n");
    for arguments in runs {
        assert_eq!(run(&[arguments, &["--config", text(&settings)]].concat()).code, 2);
    }
    let settings = file(&folder, "custval.toml", "[summary]\nrefunds = \"void\"\n");
    let ran = run(&["summary", LOG, "--config", text(&settings)]);
    assert!(ran.code == 2 && ran.stderr.contains("setting `refunds`: `void` is no policy"), "{}", ran.stderr);
    // One that this command can take counts.
    let settings = file(&folder, "custval.toml", "refunds = \"separate\"\n");
    let shown = run(&["summary", LOG, "--config", text(&settings), "--show-settings"]).stdout;
    assert!(shown.lines().any(|line| line.starts_with("refunds = separate ") && line.ends_with("custval.toml")));
}

#[test]
fn an_unknown_flag_is_not_taken_for_a_value() {
    let ran = run(&["fit", LOG, "--by", "segment"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: unexpected argument '--by' found"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("as a value"), "{}", ran.stderr);
    let near = run(&["fit", LOG, "--modle", "bg-nbd"]).stderr;
    assert!(near.contains("a similar argument exists: '--model'"), "{near}");
}

#[test]
fn what_a_file_of_settings_says_waits_for_a_run_that_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let settings = file(&folder, "custval.toml", "[churn]\ngap = \"7d\"\nbetween = \"contract-end,stripe\"\n");
    for arguments in [["churn", LOG], ["churn", CONTRACTS]] {
        let ran = run(&[&arguments[..], &["--config", text(&settings)]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

#[test]
fn what_cannot_act_on_what_a_cell_holds_is_refused() {
    refused(&["cohort", LOG, "--cumulative"], "--cumulative", "adds up what customers are not");
    let money = ["cohort", LOG, "--measure", "revenue", "--retention", "unbounded"];
    refused(&money, "--retention", "is about customers, not money");
    let both = ["churn", LOG, "--inactive-after", "30d", "--inactivity-quantile", "90%"];
    refused(&both, "--inactivity-quantile", "chooses days of silence, and `--inactive-after 30d` says them");
    refused(&["survival", CONTRACTS, "--proportionality", "log"], "--proportionality", "is about a Cox regression");
    let ran = run(&["cohort", CONTRACTS, "--measure", "orders"]);
    assert!(ran.stderr.contains("orders by cohort need a log of purchases"), "{}", ran.stderr);
}

#[test]
fn days_are_whole_and_a_margin_is_part_of_revenue() {
    for flags in [["--inactive-after", "0.4d"], ["--tenure", "0.2d,1d"], ["--gap", "0.4d"]] {
        let ran = run(&["churn", LOG, flags[0], flags[1]]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("is less than a day"), "{}", ran.stderr);
    }
    assert_eq!(run(&["churn", CONTRACTS, "--gap", "0d"]).code, 0);
    let ran = run(&["clv", LOG, "--margin", "130%"]);
    assert!(ran.stderr.contains("`130%` is more profit than revenue"), "{}", ran.stderr);
    assert_eq!(run(&["clv", LOG, "--margin", "-30%"]).code, 0);
}

fn refused(arguments: &[&str], flag: &str, why: &str) {
    let ran = run(arguments);
    assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    assert!(ran.stderr.contains(&format!("`{flag}` {why}")), "{arguments:?}: {}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}
