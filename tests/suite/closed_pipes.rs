//! A reader that goes away, and a signal, end the run without a mess.

use std::io::Read;
use std::process::Stdio;

use super::tool::{command, file, run_with, text};

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child =
        command(&["summary", "data/cdnow.csv"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&ended.stderr).contains("error"));
}

#[test]
fn a_chart_appears_even_where_the_reader_of_the_table_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("hook.svg");
    let arguments = ["hook", "data/costing/profits.csv", "--table", "points", "--chart", text(&chart)];
    let mut child = command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(std::fs::read_to_string(&chart).unwrap().starts_with("<svg"));
}

#[test]
fn help_into_a_closed_pipe_is_no_failure() {
    let mut child = command(&["summary", "--help"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Standard input is held open, so that the run waits with its output begun.
#[cfg(unix)]
#[test]
fn a_signal_removes_what_is_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("summary.csv");
    let mut child = command(&["summary", "-", "--output", text(&output)])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Held to the end: waiting for a child closes the standard input that it still has.
    let held = child.stdin.take();
    let entries = || std::fs::read_dir(folder.path()).unwrap().count();
    while entries() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before its output was begun");
        std::thread::yield_now();
    }
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(entries(), 0);
    drop(held);
}

#[test]
fn tables_pass_through_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "id,date,amount\na,2024-01-01,1\na,2024-02-01,2\nb,2024-01-15,3\n");
    let summary = super::tool::stdout(&["summary", text(&log)]);
    assert_eq!(summary.lines().count(), 3);
    let curve = run_with(&summary, &["hook", "-", "--value", "amount", "--bands", "2"]);
    assert_eq!(curve.code, 0, "{}", curve.stderr);
    assert_eq!(curve.stdout.lines().count(), 3);
}

#[test]
fn rejects_appear_though_nobody_reads_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..20_000).map(|row| format!("c{row},2024-01-01,1\n")).collect();
    let log = file(&folder, "log.csv", format!("id,date,amount\n{rows}x,2024-13-01,1\n"));
    let rejects = folder.path().join("rejects");
    let mut child = command(&["summary", text(&log), "--rejects", text(&rejects)])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(std::fs::read_to_string(rejects.join("log.csv")).unwrap().ends_with("\nx,2024-13-01,1\n"));
}
