//! Rows that cannot be used are set aside byte for byte; mended and fed back they complete the run.

use std::fs;

use super::tool::{file, run, stdout, text};

const DAMAGED: &str = "id,date,amount,note\r\na,2024-01-01,1.00,\"first, \"\"quoted\"\"\"\r\na,2024-13-01,2.50,month\r\n\
                       b,2024-01-15,3x,amount\r\n,2024-01-16,4,nobody\r\nb,2024-01-17,5,good\r\n";

#[test]
fn rejects_hold_the_records_and_the_reasons_and_complete_the_run_when_mended() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", DAMAGED);
    let rejects = folder.path().join("rejects");
    let ran = run(&["summary", text(&log), "--rejects", text(&rejects)]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("read 5 rows (12.50) of"), "{}", ran.stderr);
    let records = fs::read_to_string(rejects.join("log.csv")).unwrap();
    assert_eq!(
        records,
        "id,date,amount,note\r\na,2024-13-01,2.50,month\r\nb,2024-01-15,3x,amount\r\n,2024-01-16,4,nobody\r\n"
    );
    let reasons = fs::read_to_string(rejects.join("reasons.csv")).unwrap();
    assert!(reasons.starts_with("file,line,byte_offset,column,value,reason\n"), "{reasons}");
    assert_eq!(reasons.lines().count(), 4);

    let mended = records.replace("2024-13-01", "2024-12-01").replace("3x", "3").replace("\n,", "\nc,");
    let mended = file(&folder, "mended.csv", mended);
    let good = file(&folder, "good.csv", "id,date,amount,note\na,2024-01-01,1.00,\nb,2024-01-17,5,\n");
    let whole = file(
        &folder,
        "whole.csv",
        DAMAGED.replace("2024-13-01", "2024-12-01").replace("3x", "3").replace("\n,", "\nc,"),
    );
    assert_eq!(stdout(&["summary", text(&good), text(&mended)]), stdout(&["summary", text(&whole)]));
}

#[test]
fn too_many_rejects_refuse_the_files_after_all_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", DAMAGED);
    let rejects = folder.path().join("rejects");
    for bound in ["2", "50%"] {
        let ran = run(&["summary", text(&log), "--rejects", text(&rejects), "--max-rejects", bound]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(!rejects.exists());
    }
    let ran = run(&["summary", text(&log), "--rejects", text(&rejects), "--max-rejects", "3"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn rows_without_a_customer_are_set_aside_only_when_asked_with_their_money() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "id,date,amount\na,2024-01-01,1\n,2024-01-02,40\n,2024-01-03,2\n");
    assert_eq!(run(&["summary", text(&log)]).code, 3);
    let ran = run(&["summary", text(&log), "--no-customer", "aside"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("2 rows (42.00)"), "{}", ran.stderr);
}

#[test]
fn rejects_of_a_log_are_written_whichever_command_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", DAMAGED);
    for (number, command) in ["cohort", "churn", "fit", "profile"].into_iter().enumerate() {
        let rejects = folder.path().join(number.to_string());
        let mut args = vec![command, text(&log), "--rejects", text(&rejects)];
        if command == "churn" {
            args.extend(["--inactive-after", "10d"]);
        }
        run(&args);
        let reasons = fs::read_to_string(rejects.join("reasons.csv")).unwrap_or_else(|_| panic!("{command}"));
        assert_eq!(reasons.lines().count(), 4, "{command}");
    }
}

#[test]
fn rows_of_tables_are_set_aside_beside_those_of_the_log_and_complete_the_run_when_mended() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "id,date,amount\na,2024-01-01,1\nb,2024-01-15,3x\nc,2024-01-17,5\n");
    let customers = "customer_id,referred_by\na,\nb,a\nb,c\nc,a,more\n";
    let known = file(&folder, "known.csv", customers);
    let rejects = folder.path().join("rejects");
    let refused = run(&["profile", text(&log), "--customers", text(&known)]);
    assert_eq!(refused.code, 3);
    let ran = run(&["profile", text(&log), "--customers", text(&known), "--rejects", text(&rejects)]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said = "known.csv (customer twice 1, wrong number of fields 1)";
    assert!(ran.stderr.contains("set aside 2 of 4 rows of ") && ran.stderr.contains(said), "{}", ran.stderr);
    let read = |name: &str| fs::read_to_string(rejects.join(name)).unwrap();
    assert_eq!(read("log.csv"), "id,date,amount\nb,2024-01-15,3x\n");
    assert_eq!(read("known.csv"), "customer_id,referred_by\nb,c\nc,a,more\n");
    assert_eq!(read("reasons.csv").lines().count(), 4);
    let mended = file(&folder, "mended.csv", "customer_id,referred_by\na,\nb,a\nc,a\n");
    let whole = file(&folder, "whole.csv", "id,date,amount\na,2024-01-01,1\nb,2024-01-15,3\nc,2024-01-17,5\n");
    let rows = file(&folder, "rows.csv", read("log.csv").replace("3x", "3"));
    let good = file(&folder, "good.csv", "id,date,amount\na,2024-01-01,1\nc,2024-01-17,5\n");
    assert_eq!(
        stdout(&["profile", text(&good), text(&rows), "--customers", text(&mended)]),
        stdout(&["profile", text(&whole), "--customers", text(&mended)])
    );
}

#[test]
fn contracts_that_cannot_be_used_are_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "contracts.csv",
        "customer_id,start,end,seats,price\na,2024-01-01,2024-03-01,3,0.335\nb,2024-02-01,2024-01-01,1,1\n\
         c,2024-01-01,,two,5\nd,2024-01-01,,2,10\n",
    );
    let amount = ["--column", "amount=seats*price"];
    for (number, command) in ["churn", "cohort", "survival"].into_iter().enumerate() {
        let rejects = folder.path().join(number.to_string());
        let mut args = vec![command, text(&contracts), "--from", "2023-12-01", "--rejects", text(&rejects)];
        args.extend(amount);
        let ran = run(&args);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("(end before start 1, not an amount 1)"), "{command}: {}", ran.stderr);
        let records = fs::read_to_string(rejects.join("contracts.csv")).unwrap();
        assert_eq!(records, "customer_id,start,end,seats,price\nb,2024-02-01,2024-01-01,1,1\nc,2024-01-01,,two,5\n");
    }
}

#[test]
fn folded_ids_of_a_log_meet_the_customers_and_profits_of_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let log =
        file(&folder, "log.csv", "customer_id,date,amount\nAnn,2024-01-01,1\n ann,2024-02-01,2\nBOB,2024-01-17,5\n");
    let known = file(&folder, "known.csv", "customer_id,referred_by\nANN,\nbob, Ann\n");
    let ran = run(&["profile", text(&log), "--customers", text(&known), "--id-case", "fold", "--id-trim"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("trimmed or folded 1 of 2 ids of "), "{}", ran.stderr);
    assert!(ran.stderr.contains(": 0 customers are not in it, 0 of it have no purchase"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("name somebody without a purchase"), "{}", ran.stderr);
    let twice = file(&folder, "twice.csv", "customer_id,referred_by\nANN,\nann,bob\n");
    let refused = run(&["profile", text(&log), "--customers", text(&twice), "--id-case", "fold"]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("`ann` stands in this table already") && refused.stderr.contains("folded ids"));
}

#[test]
fn rows_that_costs_cannot_be_driven_by_are_set_aside_and_those_of_the_ledger_are_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["costing.toml", "ledger.csv", "transactions.csv", "activities.csv", "customers.csv"] {
        fs::copy(format!("data/costing/{name}"), folder.path().join(name)).unwrap();
    }
    let (model, rejects) = (folder.path().join("costing.toml"), folder.path().join("rejects"));
    let args = ["allocate", text(&model), "--from", "2025-01-01", "--to", "2025-12-31"];
    let good = stdout(&args);
    let append = |name: &str, rows: &str| {
        let path = folder.path().join(name);
        fs::write(&path, fs::read_to_string(&path).unwrap() + rows).unwrap();
    };
    append("activities.csv", "2025-03-01,A,call,many\n2025-03-01,B,manual order,-2\n");
    append("customers.csv", "B,Birch again,x,2020-01-01\nZ,New,y,soon\n");
    assert_eq!(run(&args).code, 3);
    let aside = [&args[..], &["--rejects", text(&rejects)]].concat();
    assert_eq!(stdout(&aside), good);
    let read = |name: &str| fs::read_to_string(rejects.join(name)).unwrap();
    assert!(read("activities/activities.csv").ends_with("\n2025-03-01,A,call,many\n2025-03-01,B,manual order,-2\n"));
    assert!(read("customers/customers.csv").ends_with("\nB,Birch again,x,2020-01-01\nZ,New,y,soon\n"));
    append("ledger.csv", "2025-01-31,5000,goods,Goods,abc\n");
    let refused = run(&[&aside[..], &["--overwrite"]].concat());
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("`--rejects` sets no row of the ledger aside"), "{}", refused.stderr);
}

#[test]
fn a_table_of_which_no_row_is_left_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(&folder, "contracts.csv", "customer_id,amount,start\nA,x,2024-01-01\nB,5,soon\n");
    let rejects = folder.path().join("rejects");
    let ran = run(&["churn", text(&contracts), "--rejects", text(&rejects)]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("has no row left: 2 rows cannot be used"), "{}", ran.stderr);
    assert!(ran.stderr.contains("leave `--rejects DIR` out to see"), "{}", ran.stderr);
    let empty = file(&folder, "empty.csv", "customer_id,amount,start\n");
    assert!(run(&["churn", text(&empty)]).stderr.contains("has a header and no row"));
}

/// The words of a question with the table that is asked.
fn ask<'a>(question: &[&'a str], table: &'a std::path::Path) -> Vec<&'a str> {
    [&question[..1], &[text(table)], &question[1..]].concat()
}

#[test]
fn rows_of_profits_are_set_aside_for_whatever_is_asked_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let header = "customer_id,revenue,cost_to_serve,profit,wages,doubt\n";
    let good = "A,100,20,50,5,1\nB,80,70,-10,30,2\nD,60,10,20,4,1\nE,5,1,1,x,1\nF,5,1,1,1,?\n";
    let profits = file(&folder, "profits.csv", format!("{header}C,5,1,abc,1,1\n{good}"));
    let clean = file(&folder, "clean.csv", format!("{header}{good}"));
    let earlier = file(&folder, "earlier.csv", format!("{header}A,90,20,40,5,1\nG,1,1,one,1,1\n"));
    let questions: [(&[&str], &[&str]); 6] = [
        (&["hook"], &["C"]),
        (&["hook", "--capacity", "wages"], &["C", "E"]),
        (&["hook", "--std-error", "doubt", "--capacity", "wages"], &["C", "E", "F"]),
        (&["hook", "--against", text(&earlier)], &["C", "G"]),
        (&["portfolio", "--capacity", "wages", "--table", "customers"], &["C", "E"]),
        (&["hook", "--low", "cost_to_serve", "--high", "revenue", "--select", "customers"], &["C", "B"]),
    ];
    for (number, (question, aside)) in questions.into_iter().enumerate() {
        let rejects = folder.path().join(number.to_string());
        let command = ask(question, &profits);
        assert_eq!(run(&command).code, 3, "{question:?}");
        let ran = run(&[&command[..], &["--rejects", text(&rejects)]].concat());
        assert_eq!(ran.code, 0, "{question:?}: {}", ran.stderr);
        let records: String = ["profits.csv", "earlier.csv"]
            .iter()
            .filter_map(|name| fs::read_to_string(rejects.join(name)).ok())
            .flat_map(|text| text.lines().skip(1).map(|line| line[..1].to_owned()).collect::<Vec<_>>())
            .collect();
        assert_eq!(records, aside.concat(), "{question:?}");
        // Those who are left make the same table as without the others.
        if question.len() == 1 {
            let more = folder.path().join("more");
            let left = [&command[..], &["--table", "statistics", "--rejects", text(&more)]].concat();
            assert_eq!(stdout(&left), stdout(&[&ask(question, &clean)[..], &["--table", "statistics"]].concat()));
        }
    }
}

#[test]
fn folded_ids_are_the_customers_of_contracts_and_costs() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = "customer_id,start,end\nAnn,2024-01-01,2024-03-01\nann,2024-03-01,\nBob,2024-01-01,2024-06-01\n";
    let contracts = file(&folder, "contracts.csv", contracts);
    let customers = |more: &[&str]| {
        let command = ["survival", text(&contracts), "--table", "summary", "--select", "customers"];
        stdout(&[&command[..], more].concat())
    };
    assert_eq!((customers(&[]), customers(&["--id-case", "fold"])), ("customers\n3\n".into(), "customers\n2\n".into()));

    for name in ["costing.toml", "ledger.csv", "transactions.csv", "activities.csv", "customers.csv"] {
        fs::copy(format!("data/costing/{name}"), folder.path().join(name)).unwrap();
    }
    let model = folder.path().join("costing.toml");
    let args = ["allocate", text(&model), "--from", "2025-01-01", "--to", "2025-12-31"];
    let fold = ["--id-case", "fold", "--id-trim"];
    let good = stdout(&[&args[..], &fold].concat());
    // The same rows, of customers whom every file spells in a way of its own.
    let respell = |name: &str, spell: &dyn Fn(&str) -> String| {
        let path = folder.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        let customer = text.lines().next().unwrap().split(',').position(|column| column == "customer_id").unwrap();
        let row = |line: &str| {
            let fields = line.split(',').enumerate();
            let fields = fields.map(|(at, field)| if at == customer { spell(field) } else { field.to_owned() });
            fields.collect::<Vec<_>>().join(",") + "\n"
        };
        let rows: String = text.lines().skip(1).map(row).collect();
        fs::write(&path, format!("{}\n{rows}", text.lines().next().unwrap())).unwrap();
    };
    respell("activities.csv", &|id| format!(" {id}"));
    respell("transactions.csv", &|id| id.to_lowercase());
    assert_ne!(stdout(&args), good);
    let ran = run(&[&args[..], &fold].concat());
    assert_eq!((ran.code, ran.stdout), (0, good));
    assert!(ran.stderr.contains("trimmed or folded 5 of 5 ids of "), "{}", ran.stderr);
    let without = |who: &str| stdout(&[&args[..], &fold, &["--drop", who, "--table", "comparison"]].concat());
    assert_eq!(without("D "), without("d"));
}

#[test]
fn tables_know_no_customer_twice_none_without_a_name_and_one_currency() {
    let folder = tempfile::tempdir().unwrap();
    let rows =
        "customer_id,revenue,cost_to_serve,profit\na,100,10,90\n\" \",50,10,40\n1.2E+11,10,1,5\na,1,1,1\nb,5,1,4\n";
    let table = file(&folder, "table.csv", rows);
    for command in ["hook", "portfolio"] {
        let rejects = folder.path().join(command);
        let ran = run(&[command, text(&table), "--rejects", text(&rejects)]);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        let said = "(customer missing 1, customer twice 1, id in exponent form 1)";
        assert!(ran.stderr.contains(said) && ran.stderr.contains("read 2 customers of "), "{command}: {}", ran.stderr);
    }
    let euros = ["5 EUR", "€7"].map(|amount| format!("{amount},10,1"));
    let of = |rows: &[&str]| format!("customer_id,profit,revenue,cost_to_serve\na,{}\n", rows.join("\nb,"));
    let same = file(&folder, "same.csv", of(&[&euros[0], &euros[1]]));
    let mixed = file(&folder, "mixed.csv", of(&[&euros[0], "3 USD,10,1"]));
    let named = "customer_id,profit,revenue,cost_to_serve,currency\na,5,10,1,EUR\nb,3,10,1,USD\n";
    let named = file(&folder, "named.csv", named);
    for command in ["hook", "portfolio"] {
        assert_eq!(run(&[command, text(&same)]).code, 0);
        assert_eq!(run(&[command, text(&same), "--currency", "EUR"]).code, 0);
        for (table, more) in [(&same, Some("GBP")), (&mixed, None), (&mixed, Some("EUR")), (&named, None)] {
            let mut command = vec![command, text(table)];
            command.extend(more.iter().flat_map(|code| ["--currency", *code]));
            let ran = run(&command);
            assert_eq!(ran.code, 3, "{command:?}");
            assert!(ran.stderr.contains("currency"), "{}", ran.stderr);
        }
    }
}

#[test]
fn rejects_appear_with_the_answer_or_not_at_all_and_in_a_folder_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(&folder, "t.csv", "customer_id,profit\na,1\nb,x\nc,2\n");
    let rejects = folder.path().join("rejects");
    assert_eq!(run(&["hook", text(&table), "--rejects", text(&rejects), "--sort", "nix"]).code, 2);
    assert!(!rejects.exists());
    let output = format!("{}/", text(&rejects));
    let ran = run(&["hook", text(&table), "--rejects", text(&rejects), "--output", &output]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`--rejects` and `--output` name the same folder"), "{}", ran.stderr);
    assert!(!rejects.exists());
    assert_eq!(run(&["hook", text(&table), "--rejects", text(&rejects)]).code, 0);
    assert!(rejects.join("t.csv").exists());
}

#[test]
fn a_folder_that_holds_what_the_run_reads_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "id,date,amount\na,2024-01-01,1\nb,2024-01-0x,2\n");
    let rejects = folder.path().join("rejects");
    assert_eq!(run(&["summary", text(&log), "--rejects", text(&rejects)]).code, 0);
    let aside = rejects.join("log.csv");
    let before = fs::read(&aside).unwrap();
    let pattern = format!("{}/*.csv", text(&rejects));
    let output = format!("{}/", text(&rejects));
    for arguments in [
        ["summary", text(&aside), "--rejects", text(&rejects), "--overwrite"],
        ["summary", &pattern, "--rejects", text(&rejects), "--overwrite"],
        ["summary", text(&aside), "--output", &output, "--overwrite"],
    ] {
        let ran = run(&arguments);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("is in the folder that is to be replaced"), "{}", ran.stderr);
        assert_eq!(fs::read(&aside).unwrap(), before);
    }
    assert_eq!(run(&["summary", text(&log), "--rejects", text(&rejects), "--overwrite"]).code, 0);
}

#[test]
fn profits_told_twice_are_set_aside_where_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "contracts.csv",
        "customer_id,start,end,amount\na,2024-01-01,2024-03-01,10\nb,2024-01-01,,20\nc,2024-02-01,,5\n",
    );
    let once = "customer_id,period_start,period_end,profit\na,2024-01-01,2024-01-31,1\nb,2024-01-01,2024-01-31,2\n";
    let good = file(&folder, "good.csv", once);
    let twice = file(&folder, "twice.csv", format!("{once}a,2024-01-01,2024-01-31,7\nc,2024-02-01,2024-02-29,3\n"));
    let third = file(&folder, "third.csv", "customer_id,period_start,period_end,profit\nc,2024-02-01,2024-02-29,3\n");
    let churn = ["churn", text(&contracts), "--definition", "profit", "--profits"];
    let refused = run(&[&churn[..], &[text(&twice)]].concat());
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("error: 1 row of "), "{}", refused.stderr);
    assert!(refused.stderr.contains("twice.csv:4: column `customer_id`: `a` has profits of the same period already"));
    let rejects = folder.path().join("rejects");
    let ran = run(&[&churn[..], &[text(&twice), "--rejects", text(&rejects)]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(fs::read_to_string(rejects.join("twice.csv")).unwrap().ends_with("\na,2024-01-01,2024-01-31,7\n"));
    // What another table has said already is told twice as well.
    let both = [&churn[..], &[text(&good), "--profits", text(&third)]].concat();
    assert_eq!(ran.stdout, stdout(&both));
    let again = run(&[&both[..], &["--profits", text(&good)]].concat());
    assert!(again.stderr.contains("error: 2 rows of "), "{}", again.stderr);
}

#[test]
fn the_receipt_says_of_every_table_which_of_its_rows_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = "customer_id,start,end,plan,test\na,2024-01-01,,x,\nb,2024-13-01,,x,\nc,2024-01-05,2024-03-01,x,\nd,2024-02-01,,y,yes\n\
                     e,someday,,x,\n,2024-02-01,,x,\n";
    let contracts = file(&folder, "contracts.csv", contracts);
    let customers = file(&folder, "customers.csv", "customer_id,region\na,north\na,south\nc,south\n");
    let (rejects, receipt) = (folder.path().join("rejects"), folder.path().join("receipt.json"));
    let aside = ["--exclude", "test=yes", "--rejects", text(&rejects), "--receipt", text(&receipt)];
    let by = ["--by", "region", "--customers", text(&customers), "--as-of", "2024-06-30"];
    stdout(&[&["churn", text(&contracts)][..], &by, &aside].concat());
    let receipt: serde_json::Value = serde_json::from_str(&fs::read_to_string(&receipt).unwrap()).unwrap();
    let table = |file: &std::path::Path, used: u64, aside: &[(&str, u64)]| {
        let reasons: Vec<_> =
            aside.iter().map(|(reason, rows)| serde_json::json!({ "reason": reason, "rows": rows })).collect();
        let all: u64 = aside.iter().map(|(_, rows)| rows).sum();
        let (file, rows) = (text(file), used + all);
        serde_json::json!({ "file": file, "rows": rows, "rows_used": used, "rows_set_aside": all, "set_aside": reasons })
    };
    let of_contracts = [("customer missing", 1), ("excluded by `test=yes`", 1), ("no such day", 1), ("not a date", 1)];
    let expected = [table(&contracts, 2, &of_contracts), table(&customers, 2, &[("customer twice", 1)])];
    assert_eq!(receipt["tables"], serde_json::json!(expected));
}
