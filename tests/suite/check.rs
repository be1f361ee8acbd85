//! What `check` says of a file is what the commands do with it, and every line that it advises goes through.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::tool::{CUSTVAL, Ran, file, run, stdout, text};

/// A run in the folder of the files.
fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = crate::tool::command(arguments);
    command.current_dir(folder).envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap().into()
}

/// A line that was advised, as a shell runs it.
fn typed(folder: &Path, line: &str, environment: &[(&str, &str)]) -> Ran {
    let line = line.replacen("custval", CUSTVAL, 1);
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder).env("NO_COLOR", "1").envs(environment.iter().copied());
    command.stdin(Stdio::null()).output().unwrap().into()
}

/// A problem: what it is, its line, its count, whether it is refused.
type Found = (String, Option<u64>, u64, bool);

/// The code of a check of files, what it has as problems, and the lines that it advises.
fn checked(folder: &Path, arguments: &[&str]) -> (i32, Vec<Found>, Vec<String>) {
    let ran = run_in(folder, &[&["check", "--format", "json", "-q"], arguments].concat(), &[]);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr));
    let of = |name: &str| -> Vec<Value> {
        found.as_array().unwrap().iter().flat_map(|one| one[name].as_array().unwrap().clone()).collect()
    };
    let problem = |one: &Value| {
        let refused = one["refused"].as_bool().unwrap();
        (one["problem"].as_str().unwrap().to_owned(), one["line"].as_u64(), one["count"].as_u64().unwrap(), refused)
    };
    let lines = of("commands").iter().map(|one| one["line"].as_str().unwrap().to_owned()).collect();
    (ran.code, of("problems").iter().map(problem).collect(), lines)
}

fn refused(found: &[Found]) -> Vec<(&str, Option<u64>)> {
    found.iter().filter(|one| one.3).map(|(problem, line, ..)| (problem.as_str(), *line)).collect()
}

/// Runs every line one after the other; each must go through.
fn all_go_through(folder: &Path, lines: &[String]) {
    for line in lines {
        let ran = typed(folder, line, &[]);
        assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    }
}

/// The commands of lines.
fn names(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split(' ').nth(1)).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

const LOG: &str = "customer_id,date,amount\na,2024-01-03,12.50\na,2024-02-14,8\nb,2024-01-09,20\nb,2024-03-01,3\n";

#[test]
fn settings_leave_out_what_nothing_decides() {
    let folder = folder();
    for (rows, key) in
        [("a,2024-01-01,1.000\nb,2024-01-02,2.000\n", "decimal"), ("a,05/09/2024,1\nb,02/04/2024,2\n", "date-format")]
    {
        file(&folder, "f.csv", format!("customer_id,date,amount\n{rows}"));
        let settings = run_in(folder.path(), &["check", "f.csv", "--table", "settings", "-q"], &[]);
        assert_eq!(settings.code, 1);
        assert!(settings.stdout.contains(&format!("# {key} is not decided: `")), "{}", settings.stdout);
        assert!(!settings.stdout.contains(&format!("{key} =")), "{}", settings.stdout);
        file(&folder, "t.toml", settings.stdout);
        assert_eq!(run_in(folder.path(), &["summary", "f.csv", "--config", "t.toml"], &[]).code, 3);
        assert_eq!(checked(folder.path(), &["f.csv"]).2, [""; 0]);
    }
}

#[test]
fn a_line_repeats_what_was_said_about_reading_the_file() {
    let folder = folder();
    file(&folder, "f.csv", "customer_id,date,amount,s\na,2024-03-30T23:30:00Z,100,x\na,2024-03-31T21:30:00Z,200,y\n");
    let said = ["--tz", "Europe/Berlin", "--currency", "JPY", "--exclude", "s=z*"];
    let expected = run_in(folder.path(), &[&["summary", "f.csv", "-q"], &said[..]].concat(), &[]).stdout;
    let (_, _, lines) = checked(folder.path(), &[&["f.csv"], &said[..]].concat());
    assert_eq!(lines[0], "custval summary f.csv --tz Europe/Berlin --currency JPY --exclude 's=z*'");
    assert_eq!(typed(folder.path(), &lines[0], &[]).stdout, expected);

    // Of a file of settings the file is repeated, and what it says for `check` alone.
    file(&folder, "t.toml", "tz = \"Europe/Berlin\"\n[check]\ncurrency = \"JPY\"\n");
    let (_, _, lines) = checked(folder.path(), &["f.csv", "--config", "t.toml"]);
    assert_eq!(lines[0], "custval summary f.csv --config t.toml --currency=JPY");
    assert_eq!(typed(folder.path(), &lines[0], &[]).stdout, expected);

    // What the environment says the next run hears too.
    let environment = [("CUSTVAL_TZ", "Europe/Berlin"), ("CUSTVAL_CURRENCY", "JPY")];
    let ran = run_in(folder.path(), &["check", "f.csv", "-q", "--table", "commands"], &environment);
    let line = "custval summary f.csv";
    assert!(ran.stdout.contains(&format!(",{line},")), "{}", ran.stdout);
    assert_eq!(typed(folder.path(), line, &environment).stdout, expected);

    file(&folder, "nh.csv", "'a','2024-01-01',1\n,2024-01-02,2\n'b','2024-02-02',2\n");
    let said = ["--no-header", "--quote", "single", "--no-customer", "aside"];
    let columns = ["--column", "customer_id=1", "--column", "date=2", "--column", "amount=3"];
    let (code, _, lines) = checked(folder.path(), &[&["nh.csv"], &said[..], &columns[..]].concat());
    assert_eq!(code, 0);
    all_go_through(folder.path(), &lines);
    // So does the line on the way there.
    let (_, _, lines) = checked(folder.path(), &[&["nh.csv", "--exclude", "1=x"], &said[..]].concat());
    assert_eq!(
        lines,
        [
            "custval check nh.csv --quote single --no-header --no-customer aside --exclude 1=x --column customer_id=1 --column date=2 \
          --column amount=3"
        ]
    );
}

#[test]
fn the_refused_rows_of_a_log_go_into_a_folder_of_each_command() {
    let folder = folder();
    file(&folder, "l.csv", format!("{LOG},2024-01-01,1\na,9999-12-31,1\nb,2024-01-01,\nc,,5\n"));
    let (code, found, lines) = checked(folder.path(), &["l.csv"]);
    assert_eq!(code, 1);
    assert_eq!(
        refused(&found),
        [
            ("no customer", Some(6)),
            ("placeholder for a date", Some(7)),
            ("amount missing", Some(8)),
            ("date missing", Some(9))
        ]
    );
    assert_eq!(names(&lines), ["summary", "fit", "clv", "cohort", "churn", "profile"]);
    assert!(lines[1].ends_with(" --no-customer aside --rejects rejects-fit"), "{}", lines[1]);
    all_go_through(folder.path(), &lines);
}

#[test]
fn what_a_table_is_refused_for_its_command_says_and_the_line_sets_aside() {
    let folder = folder();
    for (table, expected, commands) in [
        ("customer_id,profit\na,1\na,2\nb,3\n", vec![("customer twice", Some(3))], vec!["hook"]),
        (
            "customer_id,profit\na,abc\nb,3\nc,\n",
            vec![("not a number", Some(2)), ("value missing", Some(4))],
            vec!["hook"],
        ),
        ("customer_id,profit\na,1.000\nb,2.000\n", vec![("one of two numbers", Some(2))], vec![]),
        ("customer_id,residual_clv\na,1.234567\nb,2.5\n", vec![], vec!["hook"]),
        (
            "customer_id,start,end\na,2024-01-05,2024-01-01\nb,2024-01-01,\nc,2024-02-01,2024-03-01\n",
            vec![("end before start", Some(2))],
            vec!["churn", "survival", "cohort"],
        ),
        (",start,end\n", vec![], vec![]),
        ("customer_id,start,end\n", vec![("has a header and no row", None)], vec![]),
        ("customer_id,profit\n", vec![("has a header and no row", None)], vec![]),
        (
            "customer_id,start\n,2024-01-01\na,2024-01-02\nb,2024-02-02\n",
            vec![("customer missing", Some(2))],
            vec!["churn", "survival", "cohort"],
        ),
        ("customer_id,time,event\na,3,1\nb,soon,0\nc,1.5,1\n", vec![("not a number", Some(3))], vec!["survival"]),
        (
            "customer_id,frequency,recency,age,time_unit\na,-1,2,3,week\nb,1,2,3,week\n",
            vec![("not a whole number", Some(2))],
            vec!["clv", "profile"],
        ),
        (
            "customer_id,frequency,recency,age\na,1,2,3\n",
            vec![("it does not say in which unit its times are", None)],
            vec![],
        ),
    ] {
        let folder = tempfile::tempdir_in(&folder).unwrap();
        file(&folder, "t.csv", table);
        let (code, found, lines) = checked(folder.path(), &["t.csv"]);
        assert_eq!((refused(&found), names(&lines)), (expected.clone(), commands), "{table}");
        assert_eq!(code, i32::from(!expected.is_empty()), "{table}");
        all_go_through(folder.path(), &lines);
    }
    file(&folder, "clv.csv", run(&["clv", "data/cdnow_sample.csv", "--margin", "30%", "-q"]).stdout);
    let (code, found, lines) = checked(folder.path(), &["clv.csv"]);
    assert_eq!((code, refused(&found), lines.clone()), (0, vec![], vec!["custval hook clv.csv".to_owned()]));
    all_go_through(folder.path(), &lines);
}

#[test]
fn advice_is_what_can_be_followed() {
    let folder = folder();
    let hints = |name: &str| {
        run_in(folder.path(), &["check", name, "-q", "--table", "problems", "--select", "what_to_do"], &[]).stdout
    };
    file(&folder, "c.csv", "customer_id,start\na,2024-01-01\na,2024-01-01\n,2024-02-01\n");
    let said = hints("c.csv");
    assert!(!said.contains("--unique") && !said.contains("--no-customer"), "{said}");

    file(&folder, "twice.csv", "customer_id,date,amount,amount\na,2024-01-01,1,2\n");
    assert_eq!(checked(folder.path(), &["twice.csv"]).2, [""; 0]);
    assert!(hints("twice.csv").contains("rename one of them in the file"));

    let ran = run_in(folder.path(), &["generate", "--customers", "50", "--output", "shop/", "-q"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let of = |name: &str| checked(folder.path(), &[name]).2;
    assert_eq!(of("shop/activities.csv"), ["custval allocate COSTING.toml --activities shop/activities.csv"]);
    assert_eq!(of("shop/ledger.csv"), ["custval allocate COSTING.toml --ledger shop/ledger.csv"]);
    assert_eq!(of("shop/customers.csv"), [""; 0]);
    assert!(hints("shop/customers.csv").contains("`--customers FILE`"));
    let lines = of("shop/transactions.csv");
    assert_eq!(names(&lines), ["summary", "fit", "clv", "cohort", "churn", "profile"]);
    all_go_through(folder.path(), &lines);
    all_go_through(folder.path(), &of("shop/subscriptions.csv"));

    file(&folder, "one.csv", "customer_id,date,amount\na,2024-01-01,1\nb,2024\n");
    let (_, found, _) = checked(folder.path(), &["one.csv"]);
    assert!(!found.iter().any(|(problem, ..)| problem == "the same value in every row"), "{found:?}");

    file(&folder, "rows.csv", "a,2024-01-01,1.5\nb,2024-01-02,2.5\n");
    let (_, found, lines) = checked(folder.path(), &["rows.csv"]);
    assert_eq!((found[0].0.as_str(), lines.len()), ("perhaps there is no header", 0));
}

#[test]
fn several_files_of_one_log_are_one_line() {
    let folder = folder();
    file(&folder, "x1.csv", LOG);
    file(&folder, "x2.csv", "customer_id;date;amount\nc;01.04.2024;1,50\nc;15.04.2024;oops\n");
    let (_, _, lines) = checked(folder.path(), &["x1.csv", "x2.csv"]);
    assert_eq!(names(&lines), ["summary", "fit", "clv", "profile"]);
    assert_eq!(lines[0], "custval summary x1.csv x2.csv --rejects rejects-summary");
    all_go_through(folder.path(), &lines);
    let (_, _, lines) = checked(folder.path(), &["x*.csv"]);
    assert_eq!(lines[3], "custval cohort 'x*.csv' --rejects rejects-cohort");
    assert_eq!(names(&lines), ["summary", "fit", "clv", "cohort", "churn", "profile"]);
    std::fs::read_dir(folder.path())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .for_each(|entry| std::fs::remove_dir_all(entry.path()).unwrap());
    all_go_through(folder.path(), &lines);
}

#[test]
fn the_document_of_a_check_is_not_arranged_and_a_table_that_is_named_is_its_rows() {
    let folder = folder();
    file(&folder, "l.csv", LOG);
    let refused = run_in(folder.path(), &["check", "l.csv", "--format", "json", "--top", "1"], &[]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("name the table with `--table`"), "{}", refused.stderr);
    let arguments =
        ["check", "l.csv", "--format", "json", "--table", "columns", "--top", "1", "--select", "column", "-q"];
    let rows: Value = serde_json::from_str(&run_in(folder.path(), &arguments, &[]).stdout).unwrap();
    assert_eq!(rows, serde_json::json!([{ "column": "customer_id" }]));
    let arguments = ["fit", "data/cdnow_sample.csv", "--table", "parameters", "--format", "json", "--top", "1", "-q"];
    let rows: Value = serde_json::from_str(&run(&arguments).stdout).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["parameter"]), (1, &"r".into()));
}

#[test]
fn what_one_column_of_a_table_decides_is_not_pinned_for_another() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rows, left_out) in [
        ("profits.csv", "customer_id,profit,amount\na,1.000,\"1,50\"\nb,2.000,\"2,50\"\n", "decimal"),
        ("bare.csv", "customer_id,profit\na,1.000\nb,2.000\n", "decimal"),
        ("ends.csv", "customer_id,start,end,amount\na,31/3/2024,6/7/2024,10\nb,5/3/2024,8/7/2024,1\n", "date-format"),
        ("iso.csv", "customer_id,start,end\na,2024-03-31,6/7/2024\nb,2024-03-05,8/7/2024\n", "date-format"),
        ("same.csv", "customer_id,date,amount\na,3/3/2024,5\nb,4/4/2024,5.5\n", "date-format"),
        ("both.csv", "customer_id,start,end\na,3/3/2024,4/4/2024\nb,5/5/2024,6/7/2024\n", "date-format"),
    ] {
        let table = file(&folder, name, rows);
        let settings = run(&["check", text(&table), "--table", "settings", "--quiet"]).stdout;
        assert!(settings.contains(&format!("\n# {left_out} is not decided: ")), "{name}: {settings}");
        assert!(!settings.contains(&format!("\n{left_out} = ")), "{name}: {settings}");
    }
    let same = folder.path().join("same.csv");
    let columns = stdout(&["check", text(&same), "--table", "columns", "--select", "column,written"]);
    assert!(columns.contains("\ndate,dates `dmy` or `mdy`\n"), "{columns}");
    assert_eq!(run(&["summary", text(&same)]).code, 0);
}

#[test]
fn one_file_settles_how_another_of_the_same_log_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = |name: &str, date: &str, amount: &str| {
        file(&folder, name, format!("customer_id,date,amount\na,{date},{amount}\n"))
    };
    for (one, other) in [
        (log("either.csv", "3/4/2024", "5"), log("day.csv", "31/3/2024", "5")),
        (log("thousand.csv", "2024-03-01", "1.000"), log("comma.csv", "2024-03-02", "\"1,5\"")),
    ] {
        let (one, other) = (text(&one), text(&other));
        assert_eq!(run(&["check", one]).code, 1);
        for files in [[one, other], [other, one]] {
            let together = run(&[&["check", "--table", "commands", "--format", "csv"][..], &files].concat());
            assert_eq!(together.code, 0, "{}", together.stdout);
            let line = format!("custval summary {} {}", files[0], files[1]);
            assert!(together.stdout.contains(&line), "{line}: {}", together.stdout);
            assert_eq!(run(&["summary", files[0], files[1]]).code, 0);
        }
    }
    let undecided = [log("one.csv", "3/4/2024", "5"), log("other.csv", "4/5/2024", "5")];
    assert_eq!(run(&["check", text(&undecided[0]), text(&undecided[1])]).code, 1, "nothing tells");
}
