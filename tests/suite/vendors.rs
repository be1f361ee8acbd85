//! What the programs of vendors write that no standard has: each is read for what it means, or told by its cause.

use super::tool::{file, run, stdout, text};

/// What `custval summary` says of a file: its exit code, its answer, and its messages without the folder.
fn summary(content: impl AsRef<[u8]>, more: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", content);
    let select = ["--select", "customer_id,first_date,transactions,amount", "--format", "csv"];
    let ran = run(&[&["summary", text(&log)], &select[..], more].concat());
    (ran.code, ran.stdout, ran.stderr.replace(&format!("{}/", text(folder.path())), ""))
}

/// The answer of a run that goes through.
fn answer(content: impl AsRef<[u8]>, more: &[&str]) -> String {
    let (code, answer, said) = summary(content, more);
    assert_eq!(code, 0, "{said}");
    answer
}

/// The error of a run that is refused.
fn refusal(content: impl AsRef<[u8]>, more: &[&str], code: i32) -> String {
    let (ended, answer, said) = summary(content, more);
    assert_eq!((ended, answer.as_str()), (code, ""), "{said}");
    said
}

#[test]
fn texts_that_are_protected_from_spreadsheets_are_what_stands_in_the_quotes() {
    let log = "customer_id,date,amount\n\"=\"\"00123\"\"\",2024-03-03,10.00\n00123,2024-03-04,20.00\n\
               =\"00123\",=\"2024-03-05\",=\"1.50\"\n=1+1,2024-03-05,1\n=\"\",2024-03-05,1\n";
    let expected = "customer_id,first_date,transactions,amount\n00123,2024-03-03,3,31.50\n=1+1,2024-03-05,1,1.00\n";
    assert_eq!(answer(log, &["--no-customer", "aside"]), expected);
    let folder = tempfile::tempdir().unwrap();
    let profits = file(&folder, "profits.csv", "customer_id,profit\n=\"007\",=\"5.00\"\n\"=\"\"008\"\"\",-1\n");
    assert!(stdout(&["hook", text(&profits), "--table", "points", "--format", "csv"]).contains("007,"));
    // Where `\"` is no quote there is nothing to take off.
    let plain = "customer_id,date,amount\n=\"7\",2024-03-03,10.00\n";
    assert!(answer(plain, &["--quote", "none"]).contains("\"=\"\"7\"\"\",2024-03-03"));
}

#[test]
fn names_of_columns_may_be_padded() {
    let expected = "customer_id,first_date,transactions,amount\nA,2024-03-03,1,1.50\n";
    for (header, more) in [
        ("|customer_id |date      |amount |", &[][..]),
        ("|customer_id |date      |amount |", &["--column", "customer_id=customer_id"]),
        (
            "|Kunde       |Datum     |Betrag |",
            &["--column", "customer_id=Kunde", "--column", "date= Datum", "--column", "amount=Betrag"],
        ),
    ] {
        for title in ["", "Report 2024\n\n"] {
            assert_eq!(answer(format!("{title}{header}\n|A|03.03.2024|1,50|\n"), more), expected, "{title}{header}");
        }
    }
    let left_out = "customer_id , date, state \nA,2024-03-03,x\nB,2024-03-03,y\n".replace("state", "amount , state");
    let left_out = left_out.replace("-03,", "-03,5,");
    assert!(!answer(left_out, &["--exclude", "state=x"]).contains("\nA,"));
    // Where space alone tells two apart, it is part of the name.
    let two = "Kunde,date,Betrag,Betrag \nAnn,2024-01-01,12,99\n";
    for (amount, sum) in [("amount=Betrag", "12.00"), ("amount=Betrag ", "99.00")] {
        assert!(answer(two, &["--column", "customer_id=Kunde", "--column", amount]).ends_with(&format!(",{sum}\n")));
    }
}

#[test]
fn rows_of_empty_fields_are_blank_lines() {
    let expected = "customer_id,first_date,transactions,amount\nc1,2024-03-03,1,10.00\n";
    let (code, answer, said) = summary("customer_id;date;amount\nc1;3.3.2024;10\n;;\n;;;;\n ; ;\r\n;;", &[]);
    assert_eq!((code, answer.as_str()), (0, expected), "{said}");
    assert!(said.starts_with("read 1 row (10.00)"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let table = file(&folder, "p.csv", "customer_id;profit;x\na;5;\nb;6;\n;;\n;;\n");
    assert!(stdout(&["hook", text(&table), "--table", "points", "--format", "csv"]).contains("b,"));
}

#[test]
fn a_log_of_which_no_row_is_left_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects");
    let log = "customer_id,date,amount\nc1,soon,10.00\nc2,later,20.00\n";
    let refused = refusal(log, &["--rejects", text(&rejects)], 3);
    let message = "error: log.csv: no row is left: 2 rows cannot be used\n\
                   hint: leave `--rejects DIR` out to see what is wrong with them\n";
    assert!(refused.ends_with(message), "{refused}");
    assert!(!rejects.exists());
    let state = folder.path().join("log.state.parquet");
    refusal(log, &["--rejects", text(&rejects), "--state", text(&state)], 3);
    assert!(!state.exists());
}

#[test]
fn dates_of_programs_are_read_or_told_by_the_flag_that_reads_them() {
    for date in [
        "2024-03-03 10:02:11 +0000 UTC",
        "20240303T100211",
        "20240303T100211Z",
        "\"Mar 3, 2024 10:02:11 PM PST\"",
        "2024-03-03 10:02:11 PDT",
    ] {
        let read = answer(format!("customer_id,date,amount\nc1,{date},10.00\n"), &[]);
        assert!(read.contains("\nc1,2024-03-03,1,10.00\n"), "{date}: {read}");
    }
    let log = "customer_id,date,amount\nc1,2024-03-03 10:02 CET,10.00\nc1,2024-03-04 10:02 CET,10.00\n";
    let refused = refusal(log, &[], 3);
    assert!(refused.contains("hint: say how the dates are written with `--date-format`, as in"), "{refused}");
    assert!(answer(log, &["--date-format", "%Y-%m-%d %H:%M CET"]).contains("c1,2024-03-03,2,20.00"));
    let refused = refusal(log, &["--date-format", "%Y-%m-%d %H:%M %Z"], 2);
    assert!(refused.contains("such a name stands for several"), "{refused}");
    // One of many is a bad row.
    let refused = refusal("customer_id,date,amount\nc1,2024-03-03,1\nc1,2024-03-03,1\nc1,soon,1\n", &[], 3);
    assert!(refused.ends_with("hint: mend them, or set them aside and go on with `--rejects DIR`\n"), "{refused}");
    let folder = tempfile::tempdir().unwrap();
    let table = file(&folder, "c.csv", "customer_id,start,end\na,2024-03-03 10:02 CET,\n");
    let ran = run(&["churn", text(&table)]);
    assert!(
        ran.stderr.contains("no other value of its column is one: say how they are written with `--date-format`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn texts_in_an_encoding_that_is_not_read_are_refused_as_such() {
    // Names in Shift-JIS.
    let log = b"customer_id,date,amount\n\x93\x63\x92\x86,2024-03-03,1\n\x97\xe9\x81\x40,2024-03-04,2\n\x93\x63,2024-03-05,1\n\x92\x86,2024-03-06,1\n";
    assert_eq!(
        refusal(log, &[], 3),
        "error: texts are in an encoding that is not read\n  \
         log.csv:3: column `customer_id`: `\u{fffd}\u{fffd}@` is not UTF-8, and has a byte that Windows-1252 does not have\n\
         hint: convert the file to UTF-8, as with `iconv -f SHIFT_JIS -t UTF-8`; where it is Windows-1252 and damaged, say \
         `--encoding windows-1252`\n"
    );
    let refused = refusal(log, &["--encoding", "windows-1252"], 3);
    assert!(refused.contains("1 of 4 rows cannot be used"), "{refused}");
    // One alone is a damaged row.
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects");
    let damaged = b"customer_id,date,amount\nAnn,2024-01-01,12\nBob\x81,2024-01-02,14\n";
    assert!(answer(damaged, &["--rejects", text(&rejects)]).ends_with("\nAnn,2024-01-01,1,12.00\n"));
    // What is refused is shown as it is read.
    let refused = refusal(b"customer_id,date,amount\nM\xfcller,2024-03-03,1\nA,2024-03-04,1.5\xdf\n", &[], 3);
    assert!(refused.contains("`1.5\u{df}` is not an amount"), "{refused}");
}

#[test]
fn currencies_are_read_as_people_write_them() {
    let rupees = "customer_id,date,amount\na,2024-03-03,\"\u{20b9}1,23,456.78\"\na,2024-03-04,Rs. 20.00\n";
    let refused = refusal(rupees, &[], 3);
    assert!(refused.contains("hint: say `--currency INR` where all of them are that one; else keep one"), "{refused}");
    assert!(answer(rupees, &["--currency", "inr"]).contains(",2,123476.78"));
    assert!(answer("customer_id,date,amount\na,2024-03-03,100\n", &["--currency", "jpy"]).contains(",1,100\n"));
    let lira = "customer_id;date;amount\na;3.3.2024;1.234,50 TL\na;4.3.2024; TL -   \n";
    assert!(answer(lira, &["--currency", "TRY"]).contains(",2,1234.50"));
    let euro = "customer_id,date,amount\na,2024-03-03,Euro 10.00\na,2024-03-04,\u{20ac}5.00\n";
    assert!(answer(euro, &["--currency", "EUR"]).contains(",2,15.00"));
    let refused = refusal("customer_id,date,amount\na,2024-03-03,\u{2013}\n", &[], 3);
    assert!(refused.contains("the amount is missing"), "{refused}");
}

#[test]
fn settings_that_do_not_fit_a_file_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let preset = "reads = \"sales\"\nsource = \"ours\"\nverified = \"today\"\n[columns]\ncustomer_id = [\"Kunde\"]\n\
                  date = [\"Tag\"]\namount = [\"Betrag\"]\n[settings]\nexclude = [\"Art=training\"]\n";
    let preset = file(&folder, "till.toml", preset);
    let log = "Kunde,Tag,Betrag\na,2024-03-03,5\n";
    let refused = refusal(log, &["--preset", text(&preset)], 2);
    assert!(
        refused.ends_with(
            "error: log.csv: no column is named `Art`, and rows are excluded by `Art=training`\n\
             hint: there are only `Kunde`, `Tag` and `Betrag`; where files may lack the column, exclude by `Art?=training`\n"
        ),
        "{refused}"
    );
    let twice = std::fs::read_to_string(&preset).unwrap().replace("\"Betrag\"", "\"Tag\"").replace("Art=", "Art?=");
    let twice = file(&folder, "twice.toml", twice);
    assert!(
        refusal(log, &["--preset", text(&twice)], 2).ends_with(
            "error: log.csv: column `Tag` is asked for twice, as `date` and as `amount`\n\
             hint: each is a column of its own: name another one for one of them with `--column`, or in the preset that names both\n"
        )
    );
}

#[test]
fn a_charge_that_is_pending_is_no_payment_yet() {
    let folder = tempfile::tempdir().unwrap();
    let charges = "id,Created date (UTC),Amount,Currency,Customer ID,Status\nch_1,2024-01-02 10:00,10.00,usd,c1,Paid\n\
                   ch_2,2024-01-03 10:00,11.00,usd,c1,Pending\n";
    let charges = file(&folder, "charges.csv", charges);
    let ran = run(&["summary", "--preset", "stripe-charges", text(&charges)]);
    assert!(ran.stderr.contains("excluded by `Status=Pending`: 1 row (11.00)"), "{}", ran.stderr);
}
