//! The same input gives the same bytes.

use super::tool::{file, run, stdout, text};

/// The rows in another order: every seventh first, then the next.
fn shuffled(log: &str) -> String {
    let mut lines = log.lines();
    let header = lines.next().unwrap();
    let rows: Vec<&str> = lines.collect();
    let order = (0..7).flat_map(|start| rows.iter().skip(start).step_by(7));
    std::iter::once(&header).chain(order).map(|line| format!("{line}\n")).collect()
}

#[test]
fn neither_threads_nor_the_order_of_rows_change_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let ordered = std::fs::read_to_string("data/cdnow_sample.csv").unwrap();
    let shuffled = file(&folder, "shuffled.csv", shuffled(&ordered));
    for command in [
        &["summary", "--calibration-end", "1997-09-30"][..],
        &["fit", "--format", "json"],
        &["clv", "--margin", "30%", "--calibration-end", "1997-09-30"],
        &["clv", "--model", "bg-nbd", "--margin", "30%"],
        &["churn", "--by", "region", "--customers", "tests/cmd/customers.csv", "--table", "inactivity"],
        &["cohort", "--by", "region", "--customers", "tests/cmd/customers.csv", "--measure", "revenue"],
    ] {
        let one = stdout(&[command, &["data/cdnow_sample.csv", "--threads", "1"]].concat());
        for threads in ["2", "8"] {
            let many = stdout(&[command, &["data/cdnow_sample.csv", "--threads", threads]].concat());
            assert!(one == many, "{command:?} with {threads} threads");
        }
        let other = stdout(&[command, &[text(&shuffled), "--threads", "2"]].concat());
        assert!(one == other, "{command:?} with shuffled rows");
    }
}

#[test]
fn the_curve_is_the_same_for_any_threads_and_order_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    let values: String = stdout(&["clv", "data/cdnow_sample.csv", "--margin", "30%"]);
    let (values, shuffled) = (file(&folder, "clv.csv", &values), file(&folder, "shuffled.csv", shuffled(&values)));
    for table in ["bands", "points", "statistics", "lorenz"] {
        let one = stdout(&["hook", text(&values), "--table", table, "--threads", "1"]);
        assert!(one == stdout(&["hook", text(&shuffled), "--table", table, "--threads", "8"]), "{table}");
    }
}

#[test]
fn several_files_are_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = std::fs::read_to_string("data/cdnow_sample.csv").unwrap();
    let (header, rows) = log.split_once('\n').unwrap();
    let middle = rows[..rows.len() / 2].rfind('\n').unwrap() + 1;
    file(&folder, "part-1.csv", format!("{header}\n{}", &rows[..middle]));
    file(&folder, "part-2.csv", format!("{header}\n{}", &rows[middle..]));
    let pattern = folder.path().join("part-*.csv");
    assert_eq!(stdout(&["summary", text(&pattern)]), stdout(&["summary", "data/cdnow_sample.csv"]));
}

#[test]
fn a_model_of_a_file_scores_as_a_direct_run_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    for model in ["pareto-nbd", "bg-nbd"] {
        let fitted = folder.path().join(format!("{model}.json"));
        let ran = run(&["fit", "data/cdnow_sample.csv", "--model", model, "--output", text(&fitted)]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let summary = file(&folder, "summary.csv", stdout(&["summary", "data/cdnow_sample.csv"]));
        let direct = stdout(&["clv", "data/cdnow_sample.csv", "--model", model, "--margin", "30%"]);
        let scored = stdout(&["clv", text(&summary), "--model-file", text(&fitted), "--margin", "30%"]);
        assert!(direct == scored, "{model}");
    }
}
