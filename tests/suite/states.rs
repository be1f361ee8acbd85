//! Summaries of a log that grows, file by file.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::tool::{command, file, run, stdout, text};

#[test]
fn a_log_added_month_by_month_is_the_log_read_at_once() {
    let log = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow.csv")).unwrap();
    let (header, rows) = log.split_once('\n').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cdnow.state.parquet");
    let mut months: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    for row in rows.lines() {
        let month = &row[6..13];
        // What is late by a month or more turns up with the next one that is read: here, in reversed order of months.
        months.entry(month).or_insert_with(|| format!("{header}\n")).push_str(&format!("{row}\n"));
    }
    assert_eq!(months.len(), 18);
    let mut last = String::new();
    for (month, log) in months.iter().rev() {
        let path = file(&folder, &format!("{month}.csv"), log);
        last = stdout(&["summary", "--state", text(&state), text(&path), "--format", "csv", "--quiet"]);
    }
    let settings: [&[&str]; 3] = [
        &[],
        &["--calibration-end", "1997-09-30", "--time-unit", "day"],
        &["--as-of", "1998-01-15", "--refunds", "net"],
    ];
    for (number, settings) in settings.into_iter().enumerate() {
        let at_once = stdout(&[&["summary", "data/cdnow.csv", "--format", "csv", "--quiet"], settings].concat());
        let kept = stdout(&[&["summary", "--state", text(&state), "--format", "csv", "--quiet"], settings].concat());
        assert!(kept == at_once, "{settings:?}");
        if number == 0 {
            assert!(last == at_once, "the last month added gives all");
        }
    }
}

#[test]
fn a_state_changes_only_with_a_run_that_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let good = file(&folder, "good.csv", "customer_id,date,amount\nann,2024-01-01,10\n");
    let bad = file(&folder, "bad.csv", "customer_id,date,amount\nann,2024-01-32,10\nbob,2024-01-02,1\n");
    let add = |log: &std::path::Path, more: &[&str]| {
        run(&[&["summary", "--state", text(&state), text(log), "--format", "csv"], more].concat())
    };
    assert_eq!(run(&["summary", "--state", text(&state)]).code, 2);
    let added = add(&good, &[]);
    assert_eq!(added.code, 0, "{}", added.stderr);
    assert!(
        added.stderr.contains("has 1 customer-day of 1 customer from 1 file, 2024-01-01 to 2024-01-01"),
        "{}",
        added.stderr
    );
    let before = std::fs::read(&state).unwrap();
    let again = add(&good, &[]);
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("its rows would count double"), "{}", again.stderr);
    assert_eq!(add(&bad, &[]).code, 3);
    assert_eq!(add(&bad, &["--sort", "nothing"]).code, 3);
    let unsorted = file(&folder, "more.csv", "customer_id,date,amount\nbob,2024-01-02,1\n");
    assert_eq!(add(&unsorted, &["--sort", "nothing"]).code, 2);
    assert_eq!(add(&unsorted, &["--refunds", "drop"]).code, 2);
    assert_eq!(std::fs::read(&state).unwrap(), before, "runs that fail add nothing");
    // Rows set aside can be mended and added.
    let rejects = folder.path().join("rejects");
    assert_eq!(add(&bad, &["--rejects", text(&rejects)]).code, 0);
    let mended = std::fs::read_to_string(rejects.join("bad.csv")).unwrap().replace("32", "31");
    let mended = file(&folder, "mended.csv", mended);
    let all = add(&mended, &["--select", "customer_id,transactions,amount"]);
    assert_eq!(all.stdout, "customer_id,transactions,amount\nann,2,20.00\nbob,1,1.00\n");
}

/// Adds every log to a state by a run of its own, all at the same time; how many of them have.
fn added_at_once(state: &Path, logs: &[PathBuf]) -> usize {
    let start = |log: &PathBuf| {
        let mut run = command(&["summary", "--state", text(state), text(log)]);
        run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let runs: Vec<_> = logs.iter().map(start).collect();
    runs.into_iter().map(|mut run| run.wait().unwrap().success()).filter(|added| *added).count()
}

#[test]
fn runs_at_the_same_time_add_to_a_state_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let log = |name: usize| {
        file(&folder, &format!("{name}.csv"), format!("customer_id,date,amount\nann{name},2024-01-01,{name}\n"))
    };
    let first = log(0);
    stdout(&["summary", "--state", text(&state), text(&first)]);
    let logs: Vec<_> = (1..9).map(log).collect();
    assert_eq!(added_at_once(&state, &logs), logs.len());
    let all = run(&["summary", "--state", text(&state), "--select", "customer_id"]);
    assert_eq!(all.stdout.lines().count(), 10, "{}", all.stdout);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 10, "nothing is left beside it");
}

#[test]
fn no_state_is_lost_that_two_runs_begin_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let logs: Vec<_> = (0..6)
        .map(|log| file(&folder, &format!("{log}.csv"), format!("customer_id,date,amount\nann{log},2024-01-01,1\n")))
        .collect();
    let added = added_at_once(&state, &logs);
    let all = run(&["summary", "--state", text(&state), "--select", "customer_id"]);
    assert_eq!(all.stdout.lines().count(), 1 + added, "{}", all.stdout);
}

#[test]
fn a_state_is_no_standard_input() {
    let refused = run(&["summary", "--state", "-", "data/cdnow.csv"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("`--state` is a file of its own"), "{}", refused.stderr);
}

#[test]
fn a_state_holds_one_currency_however_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = |name: &str, header: &str, amounts: &str| {
        file(&folder, name, format!("customer_id,date,amount{header}\nann,2024-01-01,{amounts}\n"))
    };
    for (number, (header, before, today, code)) in [
        ("", "€1.00", "$2.00", 3),
        ("", "$1.00", "A$2.00", 3),
        ("", "$1.00", "EUR 2.00", 3),
        ("", "JPY 200", "$1.00", 3),
        ("", "€1.00", "EUR 2.00", 0),
        ("", "1.00", "$2.00", 0),
        ("", "$1.00", "2.00", 0),
        (",currency", "100,JPY", "1.50,EUR", 3),
        (",currency", "100,usd", "$1.50,USD", 0),
    ]
    .into_iter()
    .enumerate()
    {
        let (one, other) = (log("one.csv", header, before), log("other.csv", header, &format!("{today} ")));
        let state = folder.path().join(format!("{number}.parquet"));
        let first = run(&["summary", "--state", text(&state), text(&one)]);
        assert_eq!(first.code, 0, "{before}: {}", first.stderr);
        let second = run(&["summary", "--state", text(&state), text(&other)]);
        assert_eq!(second.code, code, "{before} and {today}: {}", second.stderr);
        assert_eq!(run(&["summary", text(&one), text(&other)]).code, code, "{before} and {today} at once");
        if code == 3 {
            let said = "amounts are in another currency than those kept, which are in";
            assert!(second.stderr.contains(said), "{}", second.stderr);
        }
    }
}

#[test]
fn days_without_a_sale_are_added_as_often_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let empty = file(&folder, "empty.csv", "customer_id,date,amount\n");
    let log = file(&folder, "log.csv", "customer_id,date,amount\nann,2024-01-01,1\n");
    let again = file(&folder, "again.csv", "customer_id,date,amount\nann,2024-01-01,1\n");
    stdout(&["summary", "--state", text(&state), text(&log), text(&empty)]);
    for _ in 0..2 {
        let kept = stdout(&["summary", "--state", text(&state), text(&empty), "--select", "customer_id,amount"]);
        assert_eq!(kept, "customer_id,amount\nann,1.00\n");
    }
    let other = folder.path().join("other.parquet");
    let twice = run(&["summary", "--state", text(&other), text(&log), text(&again)]);
    assert!(twice.stderr.contains("has the same content as"), "{}", twice.stderr);
    assert!(!other.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_added_where_the_answer_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let log = file(&folder, "log.csv", "customer_id,date,amount\nann,2024-01-01,1\n");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = command(&["summary", "--state", text(&state), text(&log)]).stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(!state.exists());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!said.contains("the state "), "{said}");
    stdout(&["summary", "--state", text(&state), text(&log)]);
}

#[cfg(unix)]
#[test]
fn to_look_at_a_state_nothing_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let log = file(&folder, "log.csv", "customer_id,date,amount\nann,2024-01-01,1\n");
    let other = file(&folder, "other.csv", "customer_id,date,amount\nann,2024-01-02,1\n");
    let first = stdout(&["summary", "--state", text(&state), text(&log)]);
    // Whoever runs this as root may write there all the same.
    let modes = |file, folder_of| {
        std::fs::set_permissions(&state, PermissionsExt::from_mode(file)).unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(folder_of)).unwrap();
    };
    modes(0o444, 0o555);
    assert_eq!(stdout(&["summary", "--state", text(&state)]), first);
    modes(0o444, 0o755);
    let refused = run(&["summary", "--state", text(&state), text(&other)]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("is write-protected, and would be replaced"), "{}", refused.stderr);
    assert_eq!(stdout(&["summary", "--state", text(&state)]), first);
}

#[test]
fn a_state_that_was_cut_off_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    stdout(&["summary", "--state", text(&state), "data/cdnow.csv", "--quiet"]);
    let cut = file(&folder, "cut.parquet", &std::fs::read(&state).unwrap()[..700]);
    let refused = run(&["summary", "--state", text(&cut)]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("is a damaged state"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: restore it from a copy"), "{}", refused.stderr);
}

#[test]
fn a_log_that_was_compressed_after_it_was_read_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.parquet");
    let log = "customer_id,date,amount\nann,2024-01-01,10\nbob,2024-01-02,1\n";
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(log.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, log.as_bytes()).unwrap();
    let plain = file(&folder, "orders.csv", log);
    assert_eq!(run(&["summary", "--state", text(&state), text(&plain)]).code, 0);
    for (name, content) in [("orders.csv.gz", gzip.finish().unwrap()), ("orders.utf16.csv", utf16)] {
        let other = file(&folder, name, content);
        let again = run(&["summary", "--state", text(&state), text(&other)]);
        assert_eq!(again.code, 3, "{name}");
        assert!(again.stderr.contains("already, read as") && again.stderr.contains("orders.csv`"), "{}", again.stderr);
    }
}
