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
