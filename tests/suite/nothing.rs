//! What says nothing is one thing wherever it is written, and files that hold nothing of use are said to.

use super::tool::{Ran, file, run, run_with, stdout, text};

/// What databases and spreadsheets write for nothing.
const NOTHING: [&str; 6] = ["", " ", "NULL", "n/a", "NaN", "\\N"];

/// Durations whose values in the fourth column are these.
fn durations(last: [&str; 8]) -> String {
    let rows = last.iter().enumerate().map(|(row, last)| {
        let event = usize::from(row % 3 != 2);
        format!("c{row},{},{event},{last}\n", 3 + row * 7 % 5)
    });
    format!("customer_id,time,event,age\n{}", rows.collect::<String>())
}

#[test]
fn a_covariate_that_says_nothing_is_missing_however_it_is_written() {
    for nothing in NOTHING.into_iter().chain(["NA", "-"]) {
        let table = durations(["31", "25", nothing, "47", "28", "33.5", "40", "29"]);
        let ran = run_with(&table, &["survival", "-", "--cox", "age", "--table", "cox", "--quiet"]);
        assert_eq!(ran.code, 3, "{nothing}: {}{}", ran.stdout, ran.stderr);
        let said = if nothing.trim().is_empty() { String::new() } else { format!("`{nothing}`: ") };
        let place = format!("-:4: column `age`: {said}the covariate is missing");
        assert!(ran.stderr.contains(&place), "{nothing}: {}", ran.stderr);
    }
    // Without such a value it is a number; a word among texts is one too, and `NA` is Namibia as well.
    let cox = |table: &str| run_with(table, &["survival", "-", "--cox", "age", "--table", "cox", "--quiet"]);
    let numbers = cox(&durations(["31", "25", "33", "47", "28", "33.5", "40", "29"]));
    assert!(numbers.stdout.lines().nth(1).unwrap().starts_with("age,"), "{}", numbers.stdout);
    assert!(
        cox(&durations(["ZA", "ZA", "NULL", "ZA", "DE", "DE", "ZA", "DE"])).stderr.contains("covariate is missing")
    );
    let countries = cox(&durations(["ZA", "NA", "NA", "ZA", "NA", "ZA", "ZA", "NA"]));
    assert!(countries.stdout.contains("\nage=ZA,"), "{}{}", countries.stdout, countries.stderr);
}

#[test]
fn an_event_or_a_duration_that_says_nothing_is_missing() {
    for nothing in NOTHING {
        for row in [format!("b,2,{nothing}"), format!("b,{nothing},1")] {
            let ran = run_with(&format!("customer_id,time,event\na,1,1\n{row}\n"), &["survival", "-"]);
            assert_eq!(ran.code, 3, "{row}: {}", ran.stderr);
            assert!(ran.stderr.contains("the value is missing"), "{row}: {}", ran.stderr);
        }
        let late = format!("customer_id,time,event,entry\na,1,1,0\nb,3,0,{nothing}\n");
        assert_eq!(run_with(&late, &["survival", "-"]).code, 0, "{nothing}");
    }
}

#[test]
fn a_factor_of_more_levels_than_can_be_told_apart_is_refused_before_anything_is_computed() {
    let row = |row: usize| format!("c{row},{},{},k{row}\n", 1 + row % 50, row % 2);
    let table = |rows: usize| format!("customer_id,time,event,code\n{}", (0..rows).map(row).collect::<String>());
    let ran = run_with(&table(5_000), &["survival", "-", "--cox", "code", "--table", "cox", "--quiet"]);
    assert_eq!(ran.code, 3);
    assert_eq!(
        ran.stderr,
        "error: -: covariate `code` has 5,000 levels, and a factor has 100 at most\nhint: leave it out, or join its levels\n"
    );
    // Of numbers it is said what makes a factor of them.
    let numbers = table(200).replace(",k", ",").replace(",42\n", ",4 2 k\n");
    let ran = run_with(&numbers, &["survival", "-", "--cox", "code", "--table", "cox", "--quiet"]);
    assert!(ran.stderr.contains("`4 2 k` on line 44 is no number"), "{}", ran.stderr);
}

/// The segments that the first column of a table names, each once.
fn segments(table: &str) -> Vec<&str> {
    let mut named: Vec<&str> = table.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    named.sort_unstable();
    named.dedup();
    named
}

#[test]
fn values_that_say_nothing_are_one_segment() {
    let folder = tempfile::tempdir().unwrap();
    let values = NOTHING.into_iter().chain(["pro", "NA", "Nordic"]).enumerate();
    let table = |header: &str, row: &dyn Fn(usize, &str) -> String| {
        format!("{header}\n{}", values.clone().map(|(place, plan)| row(place, plan)).collect::<String>())
    };
    let expected = ["", "NA", "Nordic", "pro"];
    let contracts = table("customer_id,plan,start,end", &|place, plan| {
        format!("c{place},{plan},2024-0{}-05,{}\n", 1 + place % 3, if place % 2 == 0 { "2024-06-10" } else { "" })
    });
    let contracts = file(&folder, "contracts.csv", contracts);
    let log = table("customer_id,plan,date,amount", &|place, plan| {
        format!("c{place},{plan},2024-01-05,10\nc{place},{plan},2024-03-0{},10\n", 1 + place % 9)
    });
    let log = file(&folder, "log.csv", log);
    let profits =
        file(&folder, "profits.csv", table("customer_id,plan,profit", &|place, plan| format!("c{place},{plan},5\n")));
    let plans = file(&folder, "plans.csv", table("customer_id,plan", &|place, plan| format!("c{place},{plan}\n")));
    let bare = table("customer_id,start", &|place, _| format!("c{place},2024-01-05\n"));
    let bare = file(&folder, "bare.csv", bare);
    let durations = table("customer_id,plan,time,event", &|place, plan| format!("c{place},{plan},{},1\n", 1 + place));
    let durations = file(&folder, "durations.csv", durations);
    let runs: [&[&str]; 8] = [
        &["cohort", text(&contracts), "--from", "2024-01-01"],
        &["survival", text(&contracts), "--table", "summary"],
        &["survival", text(&durations), "--table", "summary"],
        &["survival", text(&bare), "--customers", text(&plans), "--table", "summary", "--as-of", "2024-09-01"],
        &["hook", text(&profits), "--bands", "1"],
        &["hook", text(&profits), "--bands", "1", "--customers", text(&plans)],
        &["cohort", text(&log)],
        &["churn", text(&log), "--table", "inactivity", "--inactive-after", "20d"],
    ];
    for arguments in runs {
        let table = stdout(&[arguments, &["--by", "plan", "--quiet"]].concat());
        assert_eq!(segments(&table), expected, "{arguments:?}: {table}");
    }
    let churn = stdout(&["churn", text(&contracts), "--by", "plan", "--quiet", "--select", "plan,period"]);
    assert_eq!(segments(&churn), expected, "{churn}");
    // A later purchase that says nothing in another way says nothing else.
    let ran = run(&["cohort", text(&log), "--by", "plan"]);
    assert!(!ran.stderr.contains("another"), "{}", ran.stderr);
}

fn refused(ran: &Ran, code: i32, text: &str) {
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(text), "{}", ran.stderr);
}

#[test]
fn a_log_of_a_header_alone_has_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "customer_id,date,amount\n");
    for command in ["clv", "fit", "profile", "churn", "cohort"] {
        let ran = run(&[command, text(&log)]);
        refused(&ran, 3, "there is a header and no row\nhint: export it again: there is nobody to speak of");
        assert!(!ran.stderr.contains("refund"), "{}", ran.stderr);
    }
    // Rows that are none of a customer's purchase are another matter.
    let refunds = file(&folder, "refunds.csv", "customer_id,date,amount\na,2024-01-05,-5\n");
    refused(&run(&["clv", text(&refunds)]), 3, "nobody bought anything");
    refused(&run(&["check", text(&refunds), "--format", "csv"]), 1, "1 problem would stop a run");
    refused(&run(&["check", text(&log), "--format", "csv"]), 1, "1 problem would stop a run");
}

#[test]
fn check_says_no_to_what_no_command_takes() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, content: &str| run(&["check", text(&file(&folder, name, content)), "--table", "problems"]);
    let colours = check("colours.csv", "colour,shape\nred,round\nblue,round\n");
    // It may be one of those that a costing model names.
    assert_eq!(colours.code, 0, "{}", colours.stderr);
    assert!(colours.stderr.ends_with("\nfor no command by itself: see `--table problems`\n"), "{}", colours.stderr);
    let words = check("words.csv", "some\nwords\nalone\n");
    refused(&words, 1, "1 problem would stop a run: see `--table problems`");
    assert!(words.stdout.contains("for no command by itself,,2,true"), "{}", words.stdout);
    let rows = check("rows.csv", "00004,1997-01-01,29.33\n00004,1997-01-18,29.73\n");
    refused(&rows, 1, "1 problem would stop a run");
    // A table of customers stands beside others, and unknown names may stand for known ones.
    assert_eq!(check("customers.csv", "customer_id,region\na,north\nb,south\n").code, 0);
    let named =
        check("named.csv", "Kunde,Tag,Betrag\n00123,2024-01-05,5.50\n00123,2024-02-05,7.50\n00124,2024-01-09,1.20\n");
    assert_eq!(named.code, 0, "{}", named.stdout);
}

#[test]
fn what_is_no_table_is_refused_by_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = [
        ("statement.csv", "%PDF-1.4\n%\u{E2}\n1 0 obj\n<< /Type /Catalog >>\n", "is a PDF"),
        (
            "page.csv",
            "\n<!DOCTYPE html>\n<html><body><table><tr><td>1</td></tr></table></body></html>\n",
            "is a web page or XML",
        ),
        ("sheet.xls", "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\n<table>\n", "is a web page or XML"),
        ("book.csv", "PK\u{3}\u{4}xx", "save the sheet of a workbook as CSV in UTF-8, and unpack an archive"),
    ];
    for (name, content, what) in kinds {
        let path = file(&folder, name, content);
        for command in ["clv", "check", "hook"] {
            refused(&run(&[command, text(&path)]), 3, what);
        }
    }
    // Names of columns may stand in angle brackets.
    let log = run_with(
        "<CUSTOMER>,<DATE>,<AMOUNT>\na,2024-01-05,5\n",
        &[
            "summary",
            "-",
            "--column",
            "customer_id=<CUSTOMER>",
            "--column",
            "date=<DATE>",
            "--column",
            "amount=<AMOUNT>",
        ],
    );
    assert_eq!(log.code, 0, "{}", log.stderr);
}

#[test]
fn runs_of_spaces_are_no_delimiter_and_it_is_said_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let rows = " 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n";
    let bare = file(&folder, "master.txt", rows);
    let named = file(&folder, "named.txt", format!("customer_id date cds amount\n{rows}"));
    let hint = "put commas in their place: `awk '{$1=$1}1' OFS=, FILE > NEW.csv`";
    for path in [&bare, &named] {
        for more in [&[][..], &["--no-header"], &["--delimiter", " "]] {
            for command in ["clv", "check"] {
                refused(&run(&[&[command, text(path)], more].concat()), 3, hint);
            }
        }
    }
    // One space between fields is a delimiter like any other.
    let single = file(&folder, "single.txt", "customer_id date amount\n00001 1997-01-01 11.77\n");
    assert_eq!(run(&["summary", text(&single), "--delimiter", " "]).code, 0);
}

#[test]
fn a_file_for_another_command_is_said_to_be_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let durations =
        file(&folder, "durations.csv", "customerID,tenure,Churn,MonthlyCharges\na,1,No,5.5\nb,7,Yes,7.5\nc,9,Yes,8\n");
    for command in ["churn", "cohort"] {
        let hint = format!("for `custval {command}` say which column holds the first day with `--column start=NAME`");
        refused(&run(&[command, text(&durations)]), 3, "is a table of durations");
        refused(&run(&[command, text(&durations)]), 3, &hint);
    }
    // What a preset is for may go without it.
    let commands = stdout(&["check", text(&durations), "--table", "commands", "--quiet"]);
    assert!(commands.contains("--preset ibm-telco") && commands.contains("custval survival"), "{commands}");
    assert_eq!(run(&["survival", text(&durations)]).code, 0);
    refused(&run(&["survival", "data/cdnow_sample.csv"]), 3, "is a log of purchases");
    let other = file(&folder, "other.csv", "customer_id,recency,T,cohort\n1,1,8,highend\n2,1,8,highend\n");
    refused(&run(&["survival", text(&other)]), 3, "durations stand in columns `time` and `event`");
}

#[test]
fn slips_are_told_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |name: &str, content: &str| file(&folder, name, content);
    let margin = settings("margin.toml", "[churn]\nmargin = \"30%\"\n");
    let churn = |path: &std::path::Path| run(&["churn", "tests/cmd/subscriptions.csv", "--config", text(path)]);
    refused(&churn(&margin), 2, "`margin` is not a setting of `churn`\nhint: `clv` has it");
    refused(&churn(&settings("magin.toml", "[churn]\nmagin = \"30%\"\n")), 2, "hint: ");
    refused(&churn(&settings("polcy.toml", "[churn]\npolcy = \"strict\"\n")), 2, "the nearest is `policy`");
    refused(&run(&["churn", "compare"]), 2, "hint: name their file behind the word");
    refused(&run(&["why", "tests/fixtures/costing_run", "E"]), 2, "hint: the customer comes first, then the run");
    refused(&run(&["hook", "tests/cmd/profits.csv", "--by", "segement"]), 2, "name that with `--customers FILE`");
    let values = folder.path().join("clv.csv");
    stdout(&["clv", "data/cdnow_sample.csv", "--margin", "30%", "--output", text(&values)]);
    refused(&run(&["clv", text(&values), "--margin", "30%"]), 3, "has lifetime values already");
}

#[test]
fn pictures_show_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let losses = file(&folder, "losses.csv", "customer_id,profit\na,-5\nb,3\n");
    let chart = folder.path().join("lorenz.svg");
    let ran = run(&["hook", text(&losses), "--draw", "lorenz", "--chart", text(&chart)]);
    refused(&ran, 3, "no total is above zero, so that there is no Lorenz curve to draw");
    assert!(!chart.exists());
    let stars = |as_of: &str| {
        let chart = folder.path().join("cohorts.svg");
        stdout(&["cohort", "tests/cmd/subscriptions.csv", "--as-of", as_of, "--chart", text(&chart), "--quiet"]);
        std::fs::read_to_string(chart).unwrap()
    };
    for as_of in ["2023-12-31", "2023-12-20"] {
        let drawn = stars(as_of);
        let cells = drawn.matches('*').count() - usize::from(drawn.contains("* in progress"));
        assert_eq!(cells > 0, drawn.contains("* in progress"), "{as_of}");
    }
}

#[test]
fn people_are_shown_whole() {
    let bands = stdout(&["hook", "data/costing/profits.csv", "--bands", "1", "--format", "table", "--quiet"]);
    let customers = bands.lines().nth(bands.lines().count() - 1).unwrap().split_whitespace().nth(1).unwrap();
    assert!(customers.parse::<u64>().is_ok(), "{bands}");
}
