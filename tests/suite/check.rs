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
            vec![("not an amount", Some(2)), ("value missing", Some(4))],
            vec!["hook"],
        ),
        ("customer_id,profit\na,1.000\nb,2.000\n", vec![("one of two numbers", Some(2))], vec![]),
        ("customer_id,residual_clv\na,1.234567\nb,2.5\n", vec![], vec!["hook"]),
        (
            "customer_id,start,end\na,2024-01-05,2024-01-01\nb,2024-01-01,\nc,2024-02-01,2024-03-01\n",
            vec![("end before start", Some(2))],
            vec!["churn", "survival", "cohort"],
        ),
        (",start,end\n", vec![("no row", None)], vec![]),
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

#[test]
fn space_of_any_kind_is_nothing_to_check_as_it_is_to_the_commands() {
    let folder = folder();
    let rows = "\u{A0},2024-04-01,1\n\u{2003} ,2024-04-02,1\nb,\u{A0}2024-04-03\u{2003},5\n";
    file(&folder, "l.csv", format!("{LOG}{rows}"));
    let (_, found, lines) = checked(folder.path(), &["l.csv"]);
    assert_eq!(found, [("no customer".to_owned(), Some(6), 2, true)]);
    assert_eq!(lines[0], "custval summary l.csv --no-customer aside");
    all_go_through(folder.path(), &lines);
    let summary = typed(folder.path(), &format!("{} --select last_date --top 1 --sort -last_date", lines[0]), &[]);
    assert!(summary.stdout.ends_with("\n2024-04-03\n"), "{}", summary.stdout);
}

#[test]
fn rows_that_allocate_refuses_are_refused_and_its_line_sets_them_aside() {
    let folder = folder();
    let data =
        |name: &str| std::fs::read_to_string(format!("{}/data/costing/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for name in ["costing.toml", "ledger.csv", "transactions.csv", "customers.csv"] {
        file(&folder, name, data(name));
    }
    let bad = "2025-02-30,A,call,1\n2025-03-01,A,call,abc\n2025-03-01,A,call,\n2025-03-01,A,call,-2\n,A,call,2\n";
    let odd = "2025-03-01,A,call,yes\n2025-03-01,,call,2\n";
    file(&folder, "activities.csv", format!("{}{bad}{odd}", data("activities.csv")));
    let (code, found, lines) = checked(folder.path(), &["activities.csv"]);
    assert_eq!(code, 1);
    let line =
        "custval allocate COSTING.toml --activities activities.csv --no-customer aside --rejects rejects-allocate";
    assert_eq!(lines, [line]);
    let line = line.replace("COSTING", "costing");
    all_go_through(folder.path(), &[format!("{line} --from 2025-01-01 --to 2025-12-31")]);
    let reasons = std::fs::read_to_string(folder.path().join("rejects-allocate/activities/reasons.csv")).unwrap();
    let mut aside: Vec<&str> = reasons.lines().skip(1).filter_map(|row| row.rsplit(',').next()).collect();
    let mut refused: Vec<&str> = refused(&found).into_iter().map(|(problem, _)| problem).collect();
    assert_eq!(
        refused.iter().position(|problem| *problem == "no customer").map(|at| refused.remove(at)),
        Some("no customer")
    );
    aside.sort_unstable();
    refused.sort_unstable();
    assert_eq!(refused, aside);

    file(&folder, "drivers.csv", "customer_id,driver,quantity\nA,stops,5\nB,stops,x\n");
    let (code, found, lines) = checked(folder.path(), &["drivers.csv"]);
    assert_eq!((code, refused_kinds(&found)), (1, vec!["not a quantity"]));
    assert_eq!(lines, ["custval allocate COSTING.toml --drivers drivers.csv --rejects rejects-allocate"]);
}

/// What is refused.
fn refused_kinds(found: &[Found]) -> Vec<&str> {
    refused(found).into_iter().map(|(problem, _)| problem).collect()
}

#[test]
fn a_log_in_which_nobody_bought_is_for_no_command_and_all_refuse_it_alike() {
    let folder = folder();
    file(&folder, "refunds.csv", "customer_id,date,amount\na,2024-01-03,-5\nb,2024-02-14,-5\na,2024-03-03,-5\n");
    file(&folder, "none.csv", "customer_id,date,amount\na,2024-01-03,5\nb,2024-02-14,5\n");
    run_in(
        folder.path(),
        &["fit", &format!("{}/data/cdnow_sample.csv", env!("CARGO_MANIFEST_DIR")), "-q", "--output", "m.json"],
        &[],
    );
    for (name, said, problem) in [
        ("refunds.csv", &[][..], "no purchase"),
        ("none.csv", &["--exclude", "customer_id=*"][..], "every row is left out"),
    ] {
        let (code, found, lines) = checked(folder.path(), &[&[name], said].concat());
        assert_eq!((code, lines), (1, vec![]), "{name}");
        assert!(found.iter().any(|(own, ..)| own == problem), "{found:?}");
        for command in
            [&["fit"][..], &["clv"], &["clv", "--model-file", "m.json"], &["cohort"], &["churn"], &["profile"]]
        {
            let ran = run_in(folder.path(), &[command, &[name, "-q"], said].concat(), &[]);
            let expected =
                format!("error: {name}: nobody bought anything in the time observed, so there are no customers\n");
            assert!(ran.code == 3 && ran.stderr.contains(&expected), "{command:?}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{command:?}");
        }
    }
    // A month of refunds alone is one of a log all the same.
    file(&folder, "l.csv", LOG);
    let (_, _, lines) = checked(folder.path(), &["l.csv", "refunds.csv"]);
    assert_eq!(lines[0], "custval summary l.csv refunds.csv");
    all_go_through(folder.path(), &lines);
    // Rows that are left out are none that is left.
    file(&folder, "mixed.csv", format!("{LOG}x,2024-05-05,oops\n"));
    assert_eq!(checked(folder.path(), &["mixed.csv", "--exclude", "customer_id=?"]).2, [""; 0]);
    assert_eq!(
        checked(folder.path(), &["mixed.csv", "--exclude", "customer_id=a", "--exclude", "customer_id=b"]).2,
        [""; 0]
    );
}

#[test]
fn who_buys_once_and_brings_it_back_has_not_bought_twice() {
    let folder = folder();
    file(&folder, "l.csv", "customer_id,date,amount\na,2024-01-03,5\na,2024-02-14,-5\nb,2024-03-03,5\n");
    let (_, _, lines) = checked(folder.path(), &["l.csv"]);
    assert_eq!(names(&lines), ["summary", "fit", "clv", "cohort", "profile"]);
    all_go_through(folder.path(), &lines);
    assert_eq!(run_in(folder.path(), &["churn", "l.csv"], &[]).code, 3);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_of_its_own_and_the_others_are_looked_at() {
    let folder = folder();
    file(&folder, "l.csv", LOG);
    file(&folder, "empty.csv", "");
    file(&folder, "blank.csv", "\n\n");
    file(&folder, "orders.json", "[\n  {\"customer_id\": \"a\", \"amount\": 5}\n]\n");
    let ran =
        run_in(folder.path(), &["check", "empty.csv", "l.csv", "blank.csv", "orders.json", "--format", "json"], &[]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("empty.csv: is empty\n1 problem would stop a run"), "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let files: Vec<(&str, &str, Option<&str>)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let format = one["read_as"]["format"].as_str().unwrap();
            (one["file"].as_str().unwrap(), format, one["problems"][0]["problem"].as_str())
        })
        .collect();
    assert_eq!(
        files,
        [
            ("empty.csv", "unread", Some("is empty")),
            ("l.csv", "csv", None),
            ("blank.csv", "unread", Some("has no header")),
            ("orders.json", "unread", Some("is JSON")),
        ]
    );
    assert_eq!(found[1]["commands"][0]["line"], "custval summary l.csv");
    // Together with such a file no command reads the others.
    file(&folder, "m.csv", "customer_id,date,amount\nc,2024-03-03,5\nc,2024-04-03,5\n");
    let (_, _, lines) = checked(folder.path(), &["l.csv", "m.csv", "empty.csv"]);
    assert!(lines.iter().all(|line| !line.contains("l.csv m.csv")), "{lines:?}");
    assert!(lines.contains(&"custval summary m.csv".to_owned()), "{lines:?}");
    // One alone is refused as every command refuses it.
    for name in ["empty.csv", "blank.csv", "orders.json"] {
        let [alone, summary] = ["check", "summary"].map(|command| run_in(folder.path(), &[command, name], &[]));
        assert_eq!((alone.code, &alone.stderr), (3, &summary.stderr), "{name}");
    }
    let settings = run_in(folder.path(), &["check", "l.csv", "empty.csv", "--table", "settings", "-q"], &[]);
    assert!(settings.stdout.contains("date-format = \"iso\""), "{}{}", settings.stdout, settings.stderr);
}

#[test]
fn the_columns_of_contracts_and_of_logs_are_proposed_by_what_they_hold() {
    let folder = folder();
    let numbers = "MSISDN,activation_date,deactivation_date,tariff,arpu,churn_reason\n\
        +4917012345,2023-01-05,9999-12-31,S,9.99,\n+4917012346,2023-02-05,2023-08-31,M,19.99,price\n\
        +4917012347,2023-02-11,9999-12-31,S,9.49,\n+4917012348,2023-03-01,9999-12-31,S,9.99,\n";
    for (table, proposed, commands) in [
        (
            "Account,Plan,MRR,Started,Cancelled,Reason\nAcme,Pro,$99.00,1/15/2023,N/A,\n\
             Bolt,Pro,$99.00,2/20/2023,8/31/2023,price\nCore,Basic,$49.00,2/21/2023,N/A,\n",
            vec!["--column customer_id=Account --column end=Cancelled --column amount=MRR"],
            vec!["churn", "survival", "cohort"],
        ),
        (
            numbers,
            vec!["--column customer_id=MSISDN --column start=activation_date --column end=deactivation_date"],
            vec!["churn", "survival", "cohort"],
        ),
        (
            "Customer Name,Plan,Monthly Price,Start Date,End Date\nAda L,Pro,20.00,2023-01-10,\n\
             Bob M,Basic,10.00,2023-02-01,2023-07-01\nCy N,Pro,20.00,2023-03-05,\n",
            vec!["--column 'customer_id=Customer Name' --column 'amount=Monthly Price'"],
            vec!["churn", "survival", "cohort"],
        ),
        (
            "Buyer,Bought,Paid,Shop\nann@x,2024-01-03,12.50,a\nbob@x,2024-01-05,8.00,a\nann@x,2024-02-03,9.50,a\n",
            vec!["--column customer_id=Buyer --column date=Bought --column amount=Paid"],
            vec!["summary", "fit", "clv", "cohort", "churn", "profile"],
        ),
        // Two days in every row could be either.
        (
            "Member,Since,Seen,Paid\nann@x,2024-01-03,2024-02-01,12.50\nbob@x,2024-01-05,2024-02-03,8.00\n",
            vec![
                "--column customer_id=Member --column date=Since --column amount=Paid",
                "--column customer_id=Member --column start=Since --column end=Seen",
            ],
            vec!["summary", "fit", "clv", "cohort", "profile"],
        ),
        ("Plan,Color\nPro,red\nBasic,blue\n", vec![], vec![]),
    ] {
        let folder = tempfile::tempdir_in(&folder).unwrap();
        file(&folder, "t.csv", table);
        let (_, _, lines) = checked(folder.path(), &["t.csv"]);
        let expected: Vec<String> = proposed.iter().map(|flags| format!("custval check t.csv {flags}")).collect();
        assert_eq!(lines, expected, "{table}");
        let Some(line) = lines.first() else { continue };
        let next = typed(folder.path(), &format!("{line} --table commands --select line --format csv -q"), &[]);
        assert_eq!(next.code, 0, "{line}: {}", next.stderr);
        let lines: Vec<String> = next.stdout.lines().skip(1).map(|line| line.trim_matches('"').to_owned()).collect();
        assert_eq!(names(&lines), commands, "{}", next.stdout);
        all_go_through(folder.path(), &lines);
    }
}

#[test]
fn columns_are_proposed_by_the_words_that_exports_use_and_not_by_values_that_are_the_same() {
    let folder = folder();
    let rows = |row: &dyn Fn(usize) -> String| (0..60).map(row).collect::<String>();
    let payments = rows(&|row| {
        let (day, who, gross) = (row % 28 + 1, row % 17, 5 + row % 9);
        format!(
            "03/{day:02}/2024,10:{row:02}:11,PST,Name {who},Payment,EUR,{gross}.50,-0.30,{gross}.20,w{who}@x.com,shop@x.com,T{row:04},{row}9.10\n"
        )
    });
    let invoices = rows(&|row| {
        let (month, day, who) = (row / 20 + 1, row % 20 + 1, row % 7);
        format!("Contact {who},INV-{row:04},2024-{month:02}-{day:02},0.00,{}.40\n", 10 + row)
    });
    let bank = rows(&|row| {
        let (month, day, who) = (row / 20 + 1, row % 20 + 1, row % 7);
        format!("{day:02}.{month:02}.2024;Kunde {who};Rechnung {row};{},50;1{row:03},00\n", 20 + row)
    });
    let ledger = rows(&|row| format!("{};31.{:02}.2024;{},25\n", 5000 + row % 6, 1 + 2 * (row % 4), 10 + row));
    for (table, proposed) in [
        (
            format!(
                "Date,Time,TimeZone,Name,Type,Currency,Gross,Fee,Net,From Email Address,To Email Address,Transaction ID,Balance\n{payments}"
            ),
            vec!["--column customer_id=Name --column amount=Gross"],
        ),
        (
            format!("*ContactName,*InvoiceNumber,*InvoiceDate,TaxTotal,Gross\n{invoices}"),
            vec!["--column 'customer_id=*ContactName' --column 'date=*InvoiceDate' --column amount=Gross"],
        ),
        (
            format!("Buchungstag;Zahlungspflichtiger;Verwendungszweck;Betrag;Saldo\n{bank}"),
            vec!["--column customer_id=Zahlungspflichtiger --column date=Buchungstag --column amount=Betrag"],
        ),
        (
            format!("Konto;Datum;Betrag\n{ledger}"),
            vec!["--column amount=Betrag", "--column customer_id=Konto --column date=Datum --column amount=Betrag"],
        ),
    ] {
        file(&folder, "t.csv", &table);
        let expected: Vec<String> = proposed.iter().map(|flags| format!("custval check t.csv {flags}")).collect();
        let found = checked(folder.path(), &["t.csv"]).2;
        assert_eq!(found, expected, "{}", table.lines().next().unwrap());
    }
}

#[test]
fn a_table_of_exchange_rates_is_refused_for_nothing_and_its_place_is_said() {
    let ran = run_in(Path::new("."), &["check", "tests/cmd/rates.csv", "--table", "problems", "-q"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("give it beside amounts in several currencies with `--exchange-rates FILE`"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
}

#[test]
fn a_title_above_what_is_no_header_is_told_as_the_commands_tell_it() {
    let folder = folder();
    let hint = "no line below it is a header";
    for title in ["Account statement\nFrom 2024-01-01 to 2024-12-31\n\n", "Account statement,,\n"] {
        let rows = "Customer,Date,Amount\na,2024-01-03,5\nb,2024-01-04,6\n";
        file(&folder, "t.csv", format!("{title}{rows}"));
        all_go_through(folder.path(), &checked(folder.path(), &["t.csv"]).2);
        file(&folder, "t.csv", format!("{title}{}", rows.replace(',', "~")));
        assert!(run_in(folder.path(), &["summary", "t.csv"], &[]).stderr.contains(hint));
        let ran = run_in(folder.path(), &["check", "t.csv", "--table", "problems", "-q"], &[]);
        assert!(ran.stdout.contains(hint), "{}", ran.stdout);
        assert_eq!(checked(folder.path(), &["t.csv"]).2, [""; 0]);
    }
}

#[test]
fn a_log_with_a_debit_and_a_credit_is_advised_to_take_their_difference() {
    let folder = folder();
    let rows = |empty: &str| {
        let row = |day: u32| {
            let (debit, credit) =
                if day.is_multiple_of(5) { (format!("{day},25"), "") } else { ("".into(), "1.050,50") };
            format!("{};{day:02}.01.2024;{debit};{credit}\n", 1000 + day % 7)
        };
        format!("Kundennr;Datum;Soll;Haben\n{}{empty}", (1..29).map(row).collect::<String>())
    };
    file(&folder, "t.csv", rows(""));
    let (code, _, lines) = checked(folder.path(), &["t.csv"]);
    let expected = "custval check t.csv --column customer_id=Kundennr --column date=Datum --column amount=Haben-Soll";
    assert_eq!((code, &lines[..]), (0, &[expected.to_owned()][..]));
    let said = &expected.split(' ').skip(2).collect::<Vec<_>>()[..];
    let (code, problems, lines) = checked(folder.path(), said);
    assert_eq!((code, refused(&problems)), (0, vec![]), "one of both is empty in every row");
    assert!(names(&lines).starts_with(&["summary", "fit", "clv"]), "{lines:?}");
    all_go_through(folder.path(), &lines);
    let settings = run_in(folder.path(), &[&["check"], said, &["--table", "settings"]].concat(), &[]).stdout;
    assert!(settings.contains("\"amount=Haben-Soll\""), "{settings}");
    file(&folder, "custval.toml", settings);
    let by_file = run_in(folder.path(), &["summary", "t.csv", "--config", "custval.toml", "-q"], &[]);
    let by_flags = run_in(folder.path(), &[&["summary"], said, &["-q"]].concat(), &[]);
    assert_eq!((by_file.code, &by_file.stdout), (0, &by_flags.stdout), "{}", by_file.stderr);
    let environment = [("CUSTVAL_COLUMN", "amount=Haben-Soll")];
    let others = [said[0], "--column", "customer_id=Kundennr", "--column", "date=Datum", "-q"];
    let by_both = run_in(folder.path(), &[&["summary"], &others[..]].concat(), &environment);
    assert_eq!(by_both.stdout, by_flags.stdout, "{}", by_both.stderr);
    // Some programs write debits with a minus, which would make money of them.
    file(&folder, "minus.csv", rows("").replace(";5,25;", ";-5,25;"));
    let (code, problems, _) = checked(folder.path(), &[&["minus.csv"], &said[1..]].concat());
    assert_eq!(code, 0);
    assert!(problems.contains(&("below zero, and taken off".to_owned(), Some(6), 1, false)), "{problems:?}");
    // Where both are empty the amount is missing, for the check as for the commands.
    file(&folder, "t.csv", rows("1001;30.01.2024;;\n1001;31.01.2024;NULL;\n"));
    let (code, problems, lines) = checked(folder.path(), said);
    assert_eq!((code, refused(&problems)), (1, vec![("amount missing", Some(30))]));
    assert!(problems.iter().any(|found| found.2 == 2 && found.3));
    all_go_through(folder.path(), &lines);
    let ran = run_in(folder.path(), &[&["summary"], said].concat(), &[]);
    assert!(ran.stderr.contains("t.csv:30: column `Haben`: the amount is missing"), "{}", ran.stderr);
}

#[test]
fn the_currency_that_all_marks_stand_for_is_proposed() {
    let folder = folder();
    file(&folder, "both.csv", "customer_id,date,amount\na,2024-03-03,\u{20b9}5\nb,2024-03-04,Rs. 20.00\n");
    file(&folder, "one.csv", "customer_id,date,amount\na,2024-03-03,\u{20b9}5\nb,2024-03-04,\u{20b9}20.00\n");
    file(&folder, "other.csv", "customer_id,date,amount\na,2024-03-05,Rs. 5\nb,2024-03-06,Rs. 20.00\n");
    for files in [&["both.csv"][..], &["one.csv", "other.csv"]] {
        let check = |flags: &[&str]| {
            run_in(folder.path(), &[&["check", "--table", "problems", "-q"], files, flags].concat(), &[])
        };
        let ran = check(&[]);
        let hint = "say `--currency INR` where all of them are that one; else keep one currency a run";
        assert!(ran.stdout.contains(hint), "{}", ran.stdout);
        let ran = check(&["--currency", "INR"]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (0, 1), "{}", ran.stdout);
    }
}

#[test]
fn problems_say_how_many_rows_they_concern_and_the_value_they_are_about() {
    let folder = folder();
    for (table, problem, value, count) in [
        (
            "customer_id,date,amount,currency\na,2024-01-01,5,EUR\nb,2024-01-02,5,USD\nb,2024-01-03,6,USD\n",
            "several currencies",
            "EUR, USD",
            2,
        ),
        (
            "customer_id,date,amount\na,2024-01-01,5 EUR\nb,2024-01-02,5 USD\nb,2024-01-03,6 USD\n",
            "several currencies",
            "EUR, USD",
            2,
        ),
        ("customer_id,start,end\na,3/4/2024,\nb,5/6/2024,\n", "one of two days", "3/4/2024", 2),
        (
            "customer_id,start,amount,billing_months\na,2024-01-05,10,0\nb,2024-01-06,10,0\n",
            "not a number of months",
            "0",
            2,
        ),
        ("customer_id,revenue,cost_to_serve,profit\na,5,3,abc\nb,5,3,2\nc,6,3,3\nd,9,4,5\n", "not an amount", "abc", 1),
    ] {
        file(&folder, "t.csv", table);
        let ran = run_in(folder.path(), &["check", "t.csv", "--format", "json", "-q"], &[]);
        let found: Value = serde_json::from_str(&ran.stdout).unwrap();
        let own = &found[0]["problems"][0];
        assert_eq!(
            (&own["problem"], &own["value"], &own["count"]),
            (&problem.into(), &value.into(), &count.into()),
            "{own}"
        );
    }
    // Both commands for profits call it the same.
    for command in ["hook", "portfolio"] {
        let ran = run_in(folder.path(), &[command, "t.csv", "--rejects", &format!("r-{command}"), "-q"], &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let reasons = std::fs::read_to_string(folder.path().join(format!("r-{command}/reasons.csv"))).unwrap();
        assert!(reasons.ends_with(",profit,abc,not an amount\n"), "{reasons}");
    }
}

#[test]
fn contracts_of_one_start_have_cohorts_unless_a_period_begins_with_it() {
    let folder = folder();
    for (day, commands) in [("05", vec!["churn", "survival", "cohort"]), ("01", vec!["churn", "survival"])] {
        file(&folder, "c.csv", format!("customer_id,start,end\na,2024-01-{day},\nb,2024-01-{day},2024-03-04\n"));
        let (_, found, lines) = checked(folder.path(), &["c.csv"]);
        assert_eq!(names(&lines), commands);
        assert_eq!(found.iter().any(|(problem, ..)| problem == "not for `cohort`"), day == "01");
        all_go_through(folder.path(), &lines);
    }
    file(&folder, "p.csv", "customer_id,start,end\na,2024-01-05,9999-12-31\nb,2024-01-06,2024-03-04\n");
    let ran = run_in(folder.path(), &["survival", "p.csv"], &[]);
    assert!(
        ran.stderr.contains("1 end is a placeholder such as `9999-12-31` or `NULL`: that contract goes on"),
        "{}",
        ran.stderr
    );
}
