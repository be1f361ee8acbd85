//! `custval fit` and `custval clv` on tables, stored models and profits: what is read, said and refused.

use std::fs;

use super::tool::{file, run, run_with, stdout, text};

/// Purchases whose means have three decimals, as an amount with groups would.
const THREE_DECIMALS: &str =
    "customer_id,date,amount\na,2024-01-01,5.00\na,2024-02-01,22.34\na,2024-03-01,22.35\nb,2024-01-05,3.00\n";

/// A fitted model, with the flags given.
fn model(folder: &tempfile::TempDir, flags: &[&str]) -> std::path::PathBuf {
    let model = folder.path().join("model.json");
    let fit = ["fit", "data/cdnow_sample.csv", "--calibration-end", "1997-09-30", "--output", text(&model)];
    stdout(&[&fit, flags].concat());
    model
}

#[test]
fn a_mean_of_three_decimals_is_read_as_the_other_numbers_of_its_table_are() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder, &[]);
    let summary = run_with(THREE_DECIMALS, &["summary", "-"]).stdout;
    assert!(summary.contains(",22.345,"), "{summary}");
    let score = ["clv", "-", "--model-file", text(&model), "--margin", "30%"];
    let (of_log, of_table) = (run_with(THREE_DECIMALS, &score), run_with(&summary, &score));
    assert_eq!(of_table.code, 0, "{}", of_table.stderr);
    assert_eq!(of_table.stdout, of_log.stdout);
    assert_eq!(run_with(&summary, &["fit", "-"]).code, 0);

    let alone = "customer_id,frequency,recency,age,monetary_value\na,1,3,38,22.345\n";
    let score = [&score[..], &["--time-unit", "week", "--select", "monetary_value"]].concat();
    let refused = run_with(alone, &score);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            3,
            "error: 1 value of - cannot be used (one of two numbers 1)\n  \
             -:2: column `monetary_value`: `22.345` could be two numbers, and the table does not tell which: say \
             `--decimal point` or `--decimal comma`\n\
             hint: mend them in the file; or set these rows aside and go on with `--rejects DIR`\n"
        )
    );
    for (recency, age, monetary_value) in
        [("3.5", "38", Some("22.345")), ("3,5", "38", Some("22345.0")), ("3,5", "38.5", None)]
    {
        let table = format!("customer_id;frequency;recency;age;monetary_value\na;1;{recency};{age};22.345\n");
        let ran = run_with(&table, &score);
        assert_eq!(ran.stdout.lines().nth(1), monetary_value, "{recency} {age}: {}", ran.stderr);
    }
}

#[test]
fn profits_of_days_after_the_end_of_observation_are_refused_and_a_gap_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let profits = folder.path().join("run");
    let place = format!("{}/", text(&profits));
    let costing = ["allocate", "data/costing/costing.toml", "--from", "2025-01-01", "--quiet", "--overwrite"];
    let allocate = |to: &str| stdout(&[&costing[..], &["--to", to, "--output", &place]].concat());
    let clv = |end: &[&str]| {
        let value = ["clv", "data/costing/transactions.csv", "--quiet", "--profits", &place];
        run(&[&value, end].concat())
    };
    allocate("2025-12-31");
    for end in [&["--as-of", "2025-06-30"][..], &["--calibration-end", "2025-06-30"]] {
        let refused = clv(end);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
        assert_eq!(
            refused.stderr.replace(&place, ""),
            "error: customers.csv: the profits are those until 2025-12-31, and values are discounted to 2025-06-30: what was \
             earned in between would count twice\n\
             hint: let both end on one day: `--as-of 2025-12-31` for the purchases, or `custval allocate --to 2025-06-30` for \
             the profits\n"
        );
    }
    assert_eq!(clv(&["--as-of", "2025-12-31"]).code, 0);
    assert_eq!(clv(&[]).code, 0, "the last purchase is of the day before the accounts end");
    allocate("2025-06-30");
    assert!(!clv(&["--as-of", "2025-06-30"]).stderr.contains("the profits are those"));
    assert!(
        !clv(&["--as-of", "2025-07-31"]).stderr.contains("the profits are those"),
        "accounts are closed by the month"
    );
    let said = "customers.csv: the profits are those until 2025-06-30, 32 days before 2025-08-01: what was earned in between is \
                neither in `historic_profit` nor in `residual_clv`\n";
    assert!(clv(&["--as-of", "2025-08-01"]).stderr.contains(said));
}

#[test]
fn profits_that_begin_late_or_end_on_several_days_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder, &[]);
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let header = "customer_id,net_revenue,direct_cost,unit_cost,transaction_cost,relationship_cost,selling_cost,active_days,purchase_days,period_start,period_end";
    let value = |periods: [&str; 2]| {
        let [a, b] = periods.map(|period| format!("27,1,1,1,1,1,30,1,{period}\n"));
        let profits = file(&folder, "profits.csv", format!("{header}\na,{a}b,{b}"));
        let ran = run(&["clv", text(&log), "--model-file", text(&model), "--quiet", "--profits", text(&profits)]);
        (ran.code, ran.stderr.replace(&format!("{}/", folder.path().display()), ""))
    };
    let late = value(["2024-02-02,2024-03-01"; 2]);
    let said = "warning: profits.csv: the profits are those from 2024-02-02 on, 32 days after the first purchase of all, of \
                2024-01-01: what was earned in between is not in `historic_profit`\n";
    assert_eq!((late.0, late.1.contains(said)), (0, true), "{}", late.1);
    assert!(!value(["2024-02-01,2024-03-01"; 2]).1.contains("the profits are those"), "a month");
    let (code, said) = value(["2024-01-01,2024-03-01", "2024-01-01,2024-02-29"]);
    assert_eq!(code, 3);
    assert!(said.contains("profits.csv:3: column `period_end`: `2024-02-29` is not the end of the period"), "{said}");
}

#[test]
fn a_segment_whose_own_rows_give_no_margin_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder, &[]);
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let header = "customer_id,net_revenue,direct_cost,unit_cost,transaction_cost,relationship_cost,selling_cost,active_days,purchase_days";
    let profits = file(&folder, "profits.csv", format!("{header}\na,27,1,1,1,1,1,30,1\n"));
    let customers = file(&folder, "customers.csv", "customer_id,segment\na,shop\nb,fair\n");
    let value = ["clv", text(&log), "--model-file", text(&model), "--profits", text(&profits)];
    let ran = run(&[&value[..], &["--customers", text(&customers), "--by", "segment"]].concat());
    let said = "no margin follows from the rows of segment `fair`: 1 customer takes that of all\n";
    assert!(ran.code == 0 && ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!run(&value).stderr.contains("no margin follows"));
}

#[test]
fn a_column_without_a_value_is_not_sorted_by_in_silence() {
    let sort = |column: &str| {
        let ran = run_with(THREE_DECIMALS, &["clv", "-", "--margin", "30%", "--quiet", "--sort", column]);
        (ran.code, ran.stderr)
    };
    let warning = "warning: `clv` is empty in every row, so that there is nothing to sort by\n";
    let (code, said) = sort("-clv");
    assert_eq!((code, said.contains(warning)), (0, true), "{said}");
    assert!(!sort("-residual_clv").1.contains("to sort by"));
}

#[test]
fn a_model_that_is_not_there_is_told_where_it_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let said = |path: &str| {
        let ran = run(&["clv", "data/cdnow_sample.csv", "--margin", "30%", "--model-file", path]);
        assert_eq!(ran.code, 2);
        ran.stderr.replace(text(folder.path()), "FOLDER")
    };
    assert_eq!(
        said(text(folder.path())),
        "error: FOLDER/model.json: cannot be read: No such file or directory (os error 2)\n\
         hint: name a folder that `custval fit --output FOLDER/` wrote, or the file of the model\n"
    );
    let missing = folder.path().join("modle.json");
    assert!(said(text(&missing)).ends_with("hint: check the spelling and the folder you are in\n"));
}

#[test]
fn customers_without_a_column_of_who_brought_them_are_told_how_to_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let customers = file(&folder, "customers.csv", "customer_id,recommended_by\na,b\n");
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let profile = ["profile", text(&log), "--customers", text(&customers)];
    let ran = run(&profile);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no column is named `referred_by`\nhint: say which column names who brought the customer with `--referred-by COLUMN`"), "{}", ran.stderr);
    assert_eq!(run(&[&profile[..], &["--referred-by", "recommended_by"]].concat()).code, 0);
}

#[test]
fn a_summary_in_another_unit_than_is_said_is_refused() {
    let table = "customer_id,first_date,frequency,recency,age,observation_end\na,2024-01-01,3,60,100,2024-04-10\n";
    let ran = run_with(table, &["clv", "-", "--time-unit", "week", "--margin", "30%"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("-:2: column `age`: `100` is not the time from `first_date` to `observation_end`")
            && ran.stderr.contains("hint: its times are in units of a day: say `--time-unit day`"),
        "{}",
        ran.stderr
    );
    assert_eq!(run_with(table, &["clv", "-", "--time-unit", "day", "--margin", "30%"]).code, 0);
}

#[test]
fn a_stored_model_that_its_data_do_not_determine_is_said_where_it_scores() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.json");
    let fitted =
        run_with("customer_id,date,amount\na,2024-01-01,5\na,2024-03-01,7\n", &["fit", "-", "-o", text(&model)]);
    assert!(fitted.stderr.contains("warning: pareto-nbd: one customer says nothing"), "{}", fitted.stderr);
    assert!(fitted.stderr.contains("warning: gamma-gamma: one customer says nothing"), "{}", fitted.stderr);
    let said = |file: &str| {
        let ran = run_with(THREE_DECIMALS, &["clv", "-", "--model-file", file, "--margin", "30%", "--quiet"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stderr.replace(&format!("{}/", folder.path().display()), "")
    };
    let of_file = said(text(&model));
    for part in ["pareto-nbd", "gamma-gamma"] {
        let doubt = "the data that it was fitted to do not determine its parameters\n";
        assert!(of_file.contains(&format!("warning: model.json: {part}: {doubt}")), "{of_file}");
    }
    assert_eq!(said(text(folder.path())), of_file, "the folder that holds it");
}

#[test]
fn a_stored_model_comes_from_standard_input_too_and_its_unit_is_blamed_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let weeks = fs::read_to_string(model(&folder, &[])).unwrap();
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let ran = run_with(&weeks, &["clv", text(&log), "--model-file", "-", "--margin", "30%"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 3), "{}", ran.stderr);

    let days = model(&folder, &["--time-unit", "day"]);
    let table = file(&folder, "summary.csv", stdout(&["summary", text(&log)]));
    let score = ["clv", text(&table), "--model-file", text(&days), "--margin", "30%", "--quiet"];
    assert_eq!(
        run(&score).stderr.replace(&format!("{}/", folder.path().display()), ""),
        "error: model.json: the model is in unit `day`, the customers are in `week`\n\
         hint: make the summary with `--time-unit day`, or fit a model in the other unit\n"
    );
    let asked = run(&[&score[..], &["--time-unit", "day"]].concat());
    assert!(asked.stderr.contains("its times are in units of a week, but a day is asked for"), "{}", asked.stderr);
}

#[test]
fn margins_and_rows_of_a_summary_that_cannot_be_used_are_set_aside_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder, &[]);
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let margins = file(&folder, "margins.csv", "customer_id,margin\nb,0.25\na,abc\nc,1.5\n");
    let value = ["clv", text(&log), "--model-file", text(&model), "--quiet", "--select", "customer_id,margin"];
    let value = [&value[..], &["--customers", text(&margins), "--margin-column", "margin"]].concat();
    assert_eq!(
        run(&value).stderr.replace(&format!("{}/", folder.path().display()), ""),
        "error: 2 margins of margins.csv cannot be used (margin above 1 1, not a number 1)\n  \
         margins.csv:3: column `margin`: `abc` is not a number\n  \
         margins.csv:4: column `margin`: `1.5` is more profit than revenue\n\
         hint: column `margin` holds fractions of one, at most 1: `0.3` for 30 %; or set these rows aside and go on with \
         `--rejects DIR`\n"
    );
    let rejects = folder.path().join("margins");
    assert_eq!(stdout(&[&value[..], &["--rejects", text(&rejects)]].concat()), "customer_id,margin\na,\nb,0.25\n");
    assert_eq!(fs::read_to_string(rejects.join("margins.csv")).unwrap(), "customer_id,margin\na,abc\nc,1.5\n");

    let table = "customer_id,frequency,recency,age\nc,1,2.5,9\nb,2,0,9\na,0,0,9\n";
    let table = file(&folder, "summary.csv", table);
    let value =
        ["clv", text(&table), "--model-file", text(&model), "--margin", "30%", "--quiet", "--select", "customer_id"];
    let refused = run(&value);
    assert!(refused.stderr.contains("summary.csv:3: column `recency`: `0` must be above 0 where `frequency` is"));
    let rejects = folder.path().join("rows");
    assert_eq!(stdout(&[&value[..], &["--rejects", text(&rejects)]].concat()), "customer_id\na\nc\n");
    assert_eq!(
        fs::read_to_string(rejects.join("summary.csv")).unwrap(),
        "customer_id,frequency,recency,age\nb,2,0,9\n"
    );
}

#[test]
fn first_dates_that_the_log_contradicts_are_refused_and_idle_ones_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder, &[]);
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let dates = "customer_id,segment,first_date\na,x,2024-01-01\nb,y,2024-01-06\nz,y,2030-01-01\n";
    let customers = file(&folder, "customers.csv", dates);
    let place = format!("{}/", folder.path().display());
    let refused = run(&["fit", text(&log), "--customers", text(&customers), "--quiet"]);
    assert_eq!(
        (refused.code, refused.stderr.replace(&place, "")),
        (
            3,
            "error: 1 value of customers.csv cannot be used (first_date after a purchase 1)\n  \
             customers.csv:3: column `first_date`: `2024-01-06` is after the customer's first purchase in the log\n\
             hint: mend them or leave them empty; a column that holds another day than that of the first purchase needs \
             another name; or set these rows aside and go on with `--rejects DIR`\n"
                .into()
        )
    );
    let score = ["clv", text(&log), "--model-file", text(&model), "--margin", "30%", "--customers", text(&customers)];
    let ran = run(&[&score[..], &["--by", "segment"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said = "`first_date` of customers.csv is not used: the model is that of model.json\n";
    assert!(ran.stderr.replace(&place, "").contains(said), "{}", ran.stderr);
    assert_eq!(
        run(&score).stderr.replace(&place, ""),
        "error: model.json: `--customers` is of no use to a model that is fitted already\n\
         hint: say `--by COLUMN` or `--margin-column COLUMN`, or leave it out\n"
    );

    let table = "customer_id,frequency,recency,age,monetary_value\na,1,3,9,5\nb,2,4.5,9,6\nc,0,0,8,\n";
    let table = file(&folder, "summary.csv", table);
    let value = ["clv", text(&table), "--time-unit", "week", "--margin", "30%"];
    let ran = run(&[&value[..], &["--customers", text(&customers)]].concat());
    let said =
        "`first_date` of customers.csv is not used: the table of customers does not say when they were first seen\n";
    assert!(ran.stderr.replace(&place, "").contains(said), "{}", ran.stderr);
    let refused = run(&[&value[..], &["--acquired-from", "2024-01-02", "--quiet"]].concat());
    assert!(
        refused.stderr.contains("is about first purchases, and the table has no `first_date`"),
        "{}",
        refused.stderr
    );
    let refused = run(&["fit", text(&table), "--time-unit", "week", "--quiet"]).stderr;
    assert!(refused.starts_with("error: ") && refused.contains("a model says what time it was fitted to"), "{refused}");
}

#[test]
fn profits_that_no_margin_follows_from_are_refused_with_what_is_missing_and_a_margin_above_all_revenue_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder, &[]);
    let log = file(&folder, "log.csv", THREE_DECIMALS);
    let header = "customer_id,net_revenue,direct_cost,unit_cost,transaction_cost,relationship_cost,selling_cost,active_days,purchase_days\n";
    let value = |row: &str| {
        let profits = file(&folder, "profits.csv", format!("{header}{row}\n"));
        let ran = run(&["clv", text(&log), "--model-file", text(&model), "--profits", text(&profits)]);
        (ran.code, ran.stderr.replace(&format!("{}/", folder.path().display()), ""))
    };
    let (code, said) = value("a,0,0,0,0,0,0,30,0");
    assert_eq!(code, 3);
    assert!(
        said.contains(
            "error: profits.csv: all customers together have no net revenue and no purchase days above zero\n"
        ),
        "{said}"
    );
    assert!(value("z,9,0,0,0,0,0,30,1").1.contains("error: profits.csv: none of the 2 customers is in it\n"));
    let (code, said) = value("a,100.00,-50.00,0,0,0,0,30,3");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("joined profits.csv: 1 customer is not in it and takes the margin of all, 0 of"), "{said}");
    let warned = "warning: profits.csv: direct and unit costs are below zero in all, so that the margin is 1.500, more profit than revenue\n";
    assert!(said.contains(warned), "{said}");
    assert!(!value("a,100.00,50.00,0,0,0,0,30,3").1.contains("warning"));
}

#[test]
fn a_column_selected_twice_and_figures_below_zero_are_refused_as_what_they_are() {
    let twice = run(&["summary", "data/cdnow_sample.csv", "--select", "customer_id, customer_id"]);
    assert_eq!(
        (twice.code, twice.stderr.as_str()),
        (2, "error: `--select` names `customer_id` twice\nhint: leave one of the two out\n")
    );
    let below = |flag: &str, value: &str| run(&["clv", "data/cdnow_sample.csv", flag, value]).stderr;
    assert!(below("--horizon", "-1y").starts_with("error: invalid value '-1y' for '--horizon <LENGTH>'"));
    assert!(below("--top", "-1").starts_with("error: invalid value '-1' for '--top <N>'"));
}
