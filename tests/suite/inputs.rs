//! What is refused, with the whole message: what is wrong, where, and what to do about it.

use super::tool::{Ran, command, file, run, run_with, stdout, text};

/// Runs with one file `log.csv` of the content given and expects the code and the whole of standard error.
fn refused(content: &[u8], arguments: &[&str], code: i32, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", content);
    let arguments: Vec<&str> = arguments.iter().map(|word| if *word == "LOG" { text(&log) } else { *word }).collect();
    let ran = run(&arguments);
    let said = ran.stderr.replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(said, expected, "{arguments:?}");
    assert_eq!(ran.code, code, "{arguments:?}");
    assert_eq!(ran.stdout, "", "{arguments:?}");
}

const GOOD: &[u8] = b"id,date,amount\na,2024-01-01,5\na,2024-02-01,5\nb,2024-01-05,5\n";

#[test]
fn files_that_are_no_table_are_refused() {
    refused(
        b"",
        &["summary", "no-such.csv"],
        2,
        "error: no-such.csv: cannot be opened: No such file or directory (os error 2)\n\
         hint: check the spelling and the folder you are in\n",
    );
    refused(b"", &["summary", "data"], 2, "error: data: is a folder\nhint: name the files in it: `data/*.csv`\n");
    refused(
        b"",
        &["summary", "LOG"],
        3,
        "error: log.csv: is empty\nhint: export it again: not even a header is there\n",
    );
    refused(
        b"id;date;amount\na;3/4/2024;1.000\n",
        &["summary", "LOG"],
        3,
        "error: values could be two things, and no other value of their column tells which\n  \
         log.csv:2: column `amount`: `1.000` could be 1 or 1000\n  \
         log.csv:2: column `date`: `3/4/2024` could be 2024-04-03 or 2024-03-04\n\
         hint: say `--decimal point` or `--decimal comma`, and `--date-format dmy` or `--date-format mdy`\n",
    );
    refused(
        b"",
        &["summary", "no-such-*.csv"],
        2,
        "error: no file matches `no-such-*.csv`\nhint: check the pattern and the folder you are in\n",
    );
}

#[test]
fn columns_that_are_missing_doubled_or_misspelt_are_refused_before_the_first_row() {
    refused(
        b"id,dat,amount\na,2024-01-01,3\n",
        &["summary", "LOG"],
        3,
        "error: log.csv: no column is named `date` (the day of the transaction)\n\
         hint: say which one it is with `--column date=NAME`; the nearest is `dat`\n",
    );
    refused(
        b"id,date,amount,Date\na,2024-01-01,3,x\n",
        &["summary", "LOG"],
        3,
        "error: log.csv:1: two columns are named `date`\nhint: rename one of them in the file\n",
    );
    refused(
        GOOD,
        &["summary", "LOG", "--column", "amout=Price"],
        2,
        "error: `amout` is not a standard column\nhint: the nearest are `amount` and `account`\n",
    );
    refused(
        GOOD,
        &["summary", "LOG", "--column", "amount=Amuont"],
        2,
        "error: log.csv: no column is named `Amuont`\nhint: the nearest is `amount`\n",
    );
    refused(
        GOOD,
        &["hook", "LOG"],
        3,
        "error: log.csv: there is neither a column `profit` nor one `residual_clv`\n\
         hint: say which column holds the value with `--value COLUMN`\n",
    );
}

#[test]
fn bad_rows_are_listed_by_file_and_line_and_counted_by_reason() {
    refused(
        b"id,date,amount\na,2024-01-01,3.25\na,2024-01-02,abc\na,2024-02-30,4.50\n,2024-02-01,4\na,2024-01-01,\"3,5\"\n\
          a,2024-01-01,10.005\na,2024-01-01\n1.2E+11,2024-01-01,1\n",
        &["summary", "LOG"],
        3,
        "error: 7 of 8 rows cannot be used (wrong number of fields 1, no customer 1, id in exponent form 1, \
         no such day 1, not an amount 2, amount too precise 1)\n  \
         log.csv:3: column `amount`: `abc` is not an amount, or not one with the decimal mark of its column\n  \
         log.csv:4: column `date`: `2024-02-30` is a day that the calendar does not have\n  \
         log.csv:5: column `id`: the customer is missing\n  \
         log.csv:6: column `amount`: `3,5` is not an amount, or not one with the decimal mark of its column\n  \
         log.csv:7: column `amount`: `10.005` has more decimals than the currency\n  \
         log.csv:8: the record has 2 fields where the header has 3\n  \
         log.csv:9: column `id`: `1.2E+11` is an id that became a number, in a spreadsheet or a column of floating-point numbers: its digits are lost\n\
         hint: mend them, or set them aside and go on with `--rejects DIR`\n",
    );
}

#[test]
fn times_and_rates_without_their_unit_are_refused() {
    for (flag, value, said) in [
        ("--horizon", "39", "hint: write a number with its unit: `1y`, `12mo`, `39w` or `365d`"),
        ("--discount", "15", "hint: write a percentage with its period: `15%/year`, `1%/month` or `0.2%/week`"),
        ("--discount", "15%", "hint: write a percentage with its period: `15%/year`, `1%/month` or `0.2%/week`"),
        ("--margin", "0.3", "hint: write it with its sign, as in `25%`"),
        ("--as-of", "31.03.2024", "`31.03.2024` is not a date written `YYYY-MM-DD` or `YYYYMMDD`"),
        ("--time-unit", "year", "hint: say `day`, `week` or `month`"),
    ] {
        let ran = run(&["clv", "data/cdnow_sample.csv", flag, value]);
        assert_eq!(ran.code, 2, "{flag} {value}");
        assert!(ran.stderr.contains(said), "{flag} {value}: {}", ran.stderr);
    }
}

#[test]
fn an_observation_that_holds_no_row_or_no_holdout_is_refused() {
    refused(
        GOOD,
        &["summary", "LOG", "--as-of", "2023-01-01"],
        2,
        "error: every date of the log is after 2023-01-01, the end of observation\n\
         hint: give `--as-of` a later day, or leave it out to observe to the last date\n",
    );
    refused(
        GOOD,
        &["summary", "LOG", "--calibration-end", "2024-06-01", "--as-of", "2024-05-01"],
        2,
        "error: the calibration ends on 2024-06-01, the observation on 2024-05-01: nothing is held out\n\
         hint: give `--calibration-end` a day before `--as-of`\n",
    );
}

#[test]
fn a_date_after_the_end_of_observation_and_a_refund_alone_are_set_aside_and_counted() {
    let ran = run_with(
        "id,date,amount\na,2024-01-01,5\na,2024-03-01,7\nb,2024-01-05,-2\nc,2024-01-06,0\n",
        &["summary", "-", "--as-of", "2024-01-31"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "customer_id,first_date,last_date,transactions,frequency,recency,age,monetary_value,amount,time_unit,observation_end\n\
         a,2024-01-01,2024-01-01,1,0,0.0,4.285714285714286,,5.00,week,2024-01-31\n\
         c,2024-01-06,2024-01-06,1,0,0.0,3.5714285714285716,,0.00,week,2024-01-31\n"
    );
    assert_eq!(
        ran.stderr,
        "read 4 rows (10.00) of -\n\
         used 2 rows (5.00), set aside 2 rows (5.00)\n  \
         after the end of observation: 1 row (7.00)\n  \
         customer without a purchase: 1 row (-2.00)\n"
    );
}

#[test]
fn one_customer_and_nobody_who_bought_again_are_valued_with_a_warning_and_refused_when_strict() {
    for log in ["id,date,amount\na,2024-01-01,5\n", "id,date,amount\na,2024-01-01,5\nb,2024-01-09,5\nc,2024-02-01,5\n"]
    {
        for model in ["pareto-nbd", "bg-nbd"] {
            let ran = run_with(log, &["clv", "-", "--margin", "30%", "--model", model]);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            assert!(ran.stderr.contains(&format!("warning: {model}: nobody has bought again")), "{}", ran.stderr);
            assert!(!ran.stdout.to_lowercase().contains("nan") && !ran.stdout.contains("inf"), "{}", ran.stdout);
            let ran = run_with(log, &["fit", "-", "--strict", "--model", model]);
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
            assert!(ran.stderr.contains(&format!("error: the data do not determine {model}")), "{}", ran.stderr);
        }
    }
    let ran = run_with("id,date,amount\n", &["clv", "-"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
}

#[test]
fn a_table_with_a_customer_twice_or_a_value_that_is_none_is_refused_with_every_line() {
    refused(
        b"customer_id,profit\na,1\nb,x\na,2\n,3\n",
        &["hook", "LOG"],
        3,
        "error: 2 rows of log.csv cannot be used (customer missing 1, customer twice 1)\n  \
         log.csv:4: column `customer_id`: `a` stands in this table already, further up\n  \
         log.csv:5: column `customer_id`: the customer is missing\n\
         hint: a table has one row a customer: remove or add up the others; or set these rows aside and go on \
         with `--rejects DIR`\n",
    );
    refused(
        b"customer_id,profit\na,1\nb,x\nc,\nd,inf\n",
        &["hook", "LOG"],
        3,
        "error: 3 values of log.csv cannot be used (not an amount 2, value missing 1)\n  \
         log.csv:3: column `profit`: `x` is not an amount\n  \
         log.csv:4: column `profit`: the value is missing\n  \
         log.csv:5: column `profit`: `inf` is not an amount\n\
         hint: mend them in the file, or leave the customer out there; or set these rows aside and go on \
         with `--rejects DIR`\n",
    );
}

#[test]
fn a_model_of_another_unit_or_currency_and_one_edited_by_hand_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.json");
    let log = "data/cdnow_sample.csv";
    assert_eq!(run(&["fit", log, "--output", text(&model), "--currency", "USD"]).code, 0);
    let score = |arguments: &[&str], model: &std::path::Path| {
        let ran = run(&[&["clv", log, "--margin", "30%", "--quiet", "--model-file", text(model)], arguments].concat());
        assert_eq!(ran.stdout, "");
        (ran.code, ran.stderr.replace(&format!("{}/", folder.path().display()), ""))
    };
    assert_eq!(
        score(&["--time-unit", "day", "--currency", "USD"], &model),
        (
            2,
            "error: model.json: the model is in unit `week`, the customers are in `day`\n\
             hint: make the summary with `--time-unit week`, or fit a model in the other unit\n"
                .into()
        )
    );
    assert_eq!(
        score(&["--currency", "EUR"], &model),
        (
            2,
            "error: model.json: the model is in currency `USD`, the customers are in `EUR`\n\
             hint: say the currency of the log with `--currency CODE`, or fit a model in it\n"
                .into()
        )
    );
    let written = std::fs::read_to_string(&model).unwrap();
    for (from, to) in [
        ("\"alpha\"", "\"alhpa\""),
        ("\"format_version\": 2", "\"format_version\": 9"),
        ("\"r\": 0.", "\"r\": -0."),
        ("\"pareto-nbd\"", "\"bg-nbd\""),
        ("\"converged\": true", "\"converged\": \"yes\""),
        ("{\n", "{\n  \"extra\": 1,\n"),
        ("}\n", ""),
    ] {
        let edited = file(&folder, "edited.json", written.replacen(from, to, 1).trim_end_matches('}'));
        let (code, said) = score(&["--currency", "USD"], &edited);
        assert!(code == 2 || code == 3, "{from} to {to}: {code} {said}");
        assert!(said.starts_with("error: edited.json"), "{from} to {to}: {said}");
    }
}

#[test]
fn a_setting_of_the_file_is_checked_like_a_flag_and_an_unknown_one_gets_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(&folder, "custval.toml", "time-unit = \"day\"\n[clv]\nhorizn = \"1y\"\n");
    let ran = run(&["summary", "data/cdnow_sample.csv", "--config", text(&config)]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr.replace(&format!("{}/", folder.path().display()), ""),
        "error: custval.toml: `horizn` is not a setting of `clv`\nhint: the nearest is `horizon`\n"
    );
    let config = file(&folder, "custval.toml", "time-unit = \"day\"\n[clv]\nmargin = \"30%\"\n");
    let shown = run(&["clv", "x", "--config", text(&config), "--show-settings", "--horizon", "2y"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for (name, value, origin) in [
        ("time-unit", "day", format!("file {}", text(&config))),
        ("margin", "30%", format!("file {}", text(&config))),
        ("horizon", "2y", "flag".into()),
        ("discount", "15%/year", "default".into()),
    ] {
        let line = shown.stdout.lines().find(|line| line.starts_with(&format!("{name} = {value}"))).unwrap();
        assert!(line.ends_with(&format!("# {origin}")), "{line}");
    }
}

#[test]
fn a_setting_of_the_environment_is_blamed_by_its_variable_and_a_slip_is_said() {
    let with = |name: &str, value: &str, more: &[&str]| -> Ran {
        let arguments = [&["summary", "data/cdnow_sample.csv", "--select", "customer_id"], more].concat();
        command(&arguments).env(name, value).output().unwrap().into()
    };
    let refused = with("CUSTVAL_TOP", "many", &[]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.starts_with("error: environment variable `CUSTVAL_TOP`: `many`: "), "{}", refused.stderr);
    let refused = with("CUSTVAL_FORMAT", "xml", &[]);
    assert!(
        refused.stderr.starts_with("error: environment variable `CUSTVAL_FORMAT`: `xml` is no value of it\nhint: "),
        "{}",
        refused.stderr
    );
    // The flag wins, and a wrong one is blamed itself.
    assert_eq!(with("CUSTVAL_TOP", "many", &["--top", "1"]).code, 0);
    let refused = with("CUSTVAL_FORMAT", "xml", &["--top", "few"]);
    assert!(refused.stderr.starts_with("error: invalid value 'few' for '--top <N>'"), "{}", refused.stderr);
    let slipped = with("CUSTVAL_TOPP", "1", &["--top", "1"]);
    assert_eq!((slipped.code, slipped.stdout.as_str()), (0, "customer_id\n00004\n"));
    let said = "warning: the environment's `CUSTVAL_TOPP` is no setting\nhint: `CUSTVAL_TOP` is one\n";
    assert!(slipped.stderr.contains(said), "{}", slipped.stderr);
    assert!(!with("CUSTVAL_HOME_OF_OURS", "1", &[]).stderr.contains("warning"));
}

#[test]
fn a_word_for_nothing_is_a_customer_like_any_other_and_check_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "id,date,amount\nNULL,2024-01-01,5\nNULL,2024-01-02,6\nb,2024-01-03,7\n");
    assert_eq!(stdout(&["summary", text(&log), "--select", "customer_id"]), "customer_id\nNULL\nb\n");
    let found = run(&["check", text(&log), "--table", "problems", "--format", "csv"]);
    assert_eq!(found.code, 0, "{}", found.stdout);
    assert!(found.stdout.contains(",2,id,a word for nothing,NULL,2,false,"), "{}", found.stdout);
    assert_eq!(stdout(&["summary", text(&log), "--exclude", "id=NULL", "--select", "customer_id"]), "customer_id\nb\n");
}

#[test]
fn a_currency_that_cannot_be_read_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let log =
        file(&folder, "dinars.csv", "customer_id,date,amount,currency\na,2024-01-01,5.125,KWD\nb,2024-01-01,6.5,KWD\n");
    let refused = run(&["summary", text(&log)]);
    assert!(refused.stderr.contains("as in `--currency KWD`"), "{}", refused.stderr);
    let rates = file(&folder, "rates.csv", "currency,date,rate\nUSD,2024-01-01,0.9\n");
    let log = file(&folder, "no_rate.csv", "customer_id,date,amount,currency\na,2024-01-01,5,KWD\n");
    let refused = run(&["summary", text(&log), "--currency", "EUR", "--exchange-rates", text(&rates)]);
    assert!(refused.stderr.contains("`KWD` has no exchange rate"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: add the rates that are missing"), "{}", refused.stderr);
}

#[test]
fn empty_names_of_columns_are_refused_as_such() {
    for (flag, said) in [("--exclude=", "the exclusion is empty"), ("--unique=", "the name of the column is empty")] {
        let refused = run(&["summary", "data/cdnow.csv", flag]);
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}

#[test]
fn check_and_summary_agree_on_what_is_one_currency() {
    let folder = tempfile::tempdir().unwrap();
    for (rows, more, code) in [
        (["5,Euro", "5,GBP"], &[][..], 3),
        (["5,Euro", "5,Euro"], &[], 0),
        (["5,usd", "5,USD"], &[], 0),
        (["5,kr", "5,SEK"], &[], 0),
        (["5,kr", "5,USD"], &[], 3),
        (["$5,EUR", "$5,EUR"], &[], 3),
        (["$5,CAD", "5,CAD"], &[], 0),
        (["€5,", "5 EUR,"], &[], 0),
        (["€5,", "$5,"], &[], 3),
        (["$5,", "$5,"], &["--currency", "USD"], 0),
        (["$5,", "$5,"], &["--currency", "EUR"], 3),
        (["5,USD", "5,USD"], &["--currency", "EUR"], 3),
    ] {
        let [one, other] = rows;
        let text_of = format!("customer_id,date,amount,currency\na,2024-01-01,{one}\nb,2024-01-02,{other}\n");
        let log = file(&folder, "log.csv", text_of);
        let summary = run(&[&["summary", text(&log)], more].concat());
        assert_eq!(summary.code, code, "{rows:?} {more:?}: {}", summary.stderr);
        let checked = run(&[&["check", text(&log)], more].concat());
        assert_eq!(checked.code, i32::from(code != 0), "{rows:?} {more:?}: {}", checked.stderr);
    }
}

#[test]
fn rates_are_read_as_they_are_written_and_told_by_their_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let log =
        file(&folder, "log.csv", "customer_id,date,amount,currency\na,2024-01-05,10.00,USD\na,2024-04-06,10.00,EUR\n");
    let amount = |rates: &str, more: &[&str]| {
        let rates = file(&folder, "rates.csv", rates);
        let base = ["summary", text(&log), "--currency", "EUR", "--select", "amount", "--exchange-rates", text(&rates)];
        let ran = run(&[&base[..], more].concat());
        (ran.code, ran.stdout.lines().nth(1).unwrap_or_default().to_owned(), ran.stderr)
    };
    let unclear = "currency,date,rate\nUSD,01/04/2024,0.9\nUSD,05/04/2024,0.8\n";
    let (code, _, said) = amount(unclear, &["--date-format", "mdy"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("say `--date-format rates=dmy` or `--date-format rates=mdy`"), "{said}");
    for (rates, more, expected) in [
        (unclear, &["--date-format", "rates=mdy"][..], "19.00"),
        (unclear, &["--date-format", "rates=dmy"], "19.00"),
        ("currency,date,rate\nUSD,01/01/2024,0.9\nUSD,05/01/2024,0.8\n", &["--date-format", "rates=dmy"], "18.00"),
        // What is said of the log is not said of the rates.
        ("currency,date,rate\nUSD,2024-01-01,0.9\n", &["--decimal", "point", "--date-format", "%Y-%m-%d"], "19.00"),
        ("currency;date;rate\nUSD;31.12.2023;0,9\n", &[], "19.00"),
        ("currency;date;rate\nUSD;31.12.2023;1,125\n", &["--decimal", "rates=comma"], "21.25"),
        ("devise,date,fx\nUSD,2024-01-01,0.9\n", &["--column", "currency=devise|", "--column", "rate=fx"], "19.00"),
        ("currency,asof,rate\nUSD,2024-01-01,0.9\n", &["--column", "date=asof|"], "19.00"),
        ("currency,rate\nUSD,9e-01\n", &[], "19.00"),
        ("currency,date,rate\nUSD,2024-01-01,0.9\nUSD,2024-01-02,N/A\n", &[], "19.00"),
    ] {
        let (code, amount, said) = amount(rates, more);
        assert_eq!((code, amount.as_str()), (0, expected), "{rates}{more:?}: {said}");
        assert_eq!(said.contains("1 row of "), rates.contains("N/A"), "{said}");
    }
    for (rates, said) in [
        ("currency,asof,rate\nUSD,2024-01-01,0.9\n", "column `asof` holds dates, and no column is named `date`"),
        ("currency,rate\nEuro,0.9\n", "`Euro` is not the three-letter code of a currency"),
        ("currency,date,rate\nUSD,2024-01-01,1.084\n", "say `--decimal rates=point` or `--decimal rates=comma`"),
        ("currency,rate\nUSD,0.9\nUSD,0.8\n", "or add a column `date`"),
    ] {
        let (code, _, refused) = amount(rates, &[]);
        assert_eq!(code, 3, "{refused}");
        assert!(refused.contains(said), "{refused}");
    }
    for (command, flag) in [("summary", ["--decimal", "rates=comma"]), ("check", ["--date-format", "rates=dmy"])] {
        let unread = run(&[&[command, text(&log)], &flag[..]].concat());
        assert_eq!(unread.code, 2);
        let said = format!("`{}` is about exchange rates, and there are none", flag[0]);
        assert!(unread.stderr.contains(&said), "{}", unread.stderr);
    }
}
