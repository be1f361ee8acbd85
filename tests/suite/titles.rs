//! Exports that begin with a title: whatever stands above the header, the result has the same bytes.

use std::io::Write;

use super::tool::{file, run, run_with, stdout, text};

const TITLES: [(&str, &str); 6] = [
    ("lines", "Sales report 1997\nCreated on 01.02.2025\n\n"),
    ("padded", "Sales report,,,\nCreated on,01.02.2025,,\n,,,\n"),
    ("quoted", "\"Report \"\"x\"\", 1997, all shops\"\n"),
    ("unclosed", "\"Sales report\n"),
    ("told", "Sales report\nsep=,\n"),
    ("pairs", "Account ID,12345\nPeriod,1997\n"),
];

fn log() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow.csv")).unwrap()
}

#[test]
fn a_log_below_a_title_gives_the_same_bytes() {
    let log = log();
    let expected = stdout(&["summary", "data/cdnow.csv", "--format", "csv", "--quiet"]);
    let folder = tempfile::tempdir().unwrap();
    for (name, title) in TITLES {
        let lines = title.lines().count();
        let path = file(&folder, &format!("{name}.csv"), format!("{title}{log}"));
        let ran = run(&["summary", text(&path), "--format", "csv"]);
        assert!(ran.stdout == expected, "{name}: {}", ran.stderr);
        let above =
            if lines == 1 { "line above it is no row".into() } else { format!("{lines} lines above it are no rows") };
        let said = format!("header in line {} of {}; the {above}\n", lines + 1, text(&path));
        assert!(ran.stderr.contains(&said), "{name}: {}", ran.stderr);
        assert_eq!(ran.stderr.matches("header in line").count(), 1);
    }
    let titled = format!("{}{log}", TITLES[0].1);
    assert!(run_with(&titled, &["summary", "-", "--format", "csv"]).stdout == expected);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(titled.as_bytes()).unwrap();
    let utf16: Vec<u8> = titled.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let returns = titled.replace('\n', "\r");
    for (name, content) in
        [("t.csv.gz", packed.finish().unwrap()), ("utf16.csv", utf16), ("returns.csv", returns.into_bytes())]
    {
        let path = file(&folder, name, content);
        assert!(stdout(&["summary", text(&path), "--format", "csv"]) == expected, "{name}");
    }
}

#[test]
fn of_several_files_each_has_its_own_title_or_none() {
    let log = log();
    let (header, rows) = log.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &str, title: &str, rows: &[&str]| {
        file(&folder, name, format!("{title}{header}\n{}\n", rows.join("\n"))).to_str().unwrap().to_owned()
    };
    let third = rows.len() / 3;
    let parts = [
        part("one.csv", TITLES[0].1, &rows[..third]),
        part("two.csv", "", &rows[third..2 * third]),
        part("three.csv", TITLES[1].1, &rows[2 * third..]),
    ];
    let [one, two, three] = parts.each_ref().map(String::as_str);
    let expected = stdout(&["summary", "data/cdnow.csv", "--format", "csv", "--quiet"]);
    let output = folder.path().join("all.csv");
    let receipt = folder.path().join("receipt.json");
    stdout(&["summary", one, two, three, "--output", text(&output), "--receipt", text(&receipt)]);
    assert!(std::fs::read_to_string(&output).unwrap() == expected);
    let receipt: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&receipt).unwrap()).unwrap();
    let figures = &receipt["figures"];
    let lines: Vec<_> = (0..3).map(|file| figures["files"][file]["header_line"].as_u64()).collect();
    assert_eq!(lines, [Some(4), None, Some(4)]);
    assert_eq!(figures["rows"], rows.len());
    let state = folder.path().join("state.parquet");
    for part in [one, two] {
        stdout(&["summary", "--state", text(&state), part, "--quiet"]);
    }
    assert!(stdout(&["summary", "--state", text(&state), three, "--format", "csv", "--quiet"]) == expected);
}

#[test]
fn tables_below_titles_are_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = "customer_id,start,end,amount\na,2024-01-03,,10\nb,2024-01-05,2024-03-05,12\n";
    let plain = file(&folder, "plain.csv", contracts);
    let titled = file(&folder, "titled.csv", format!("Contracts\n\n{contracts}"));
    let churn = |path, more: &[&str]| run(&[&["churn", path, "--as-of", "2024-12-31"], more].concat());
    let receipt = folder.path().join("receipt.json");
    let below = churn(text(&titled), &["--receipt", text(&receipt)]);
    assert_eq!(below.stdout, churn(text(&plain), &[]).stdout);
    let said = format!("header in line 3 of {}; the 2 lines above it are no rows\n", text(&titled));
    assert!(below.stderr.contains(&said), "{}", below.stderr);
    let receipt: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&receipt).unwrap()).unwrap();
    assert_eq!(receipt["headers_below_titles"], serde_json::json!([{ "file": text(&titled), "header_line": 3 }]));
    let costing = ["allocate", "data/costing/costing.toml", "--from", "2025-01-01", "--to", "2025-12-31"];
    let titled = ["ledger", "activities", "transactions", "customers"].map(|kind| {
        let path = format!("{}/data/costing/{kind}.csv", env!("CARGO_MANIFEST_DIR"));
        let content = format!("Export of {kind};2025\n\n{}", std::fs::read_to_string(path).unwrap());
        [format!("--{kind}"), text(&file(&folder, &format!("{kind}.csv"), content)).to_owned()]
    });
    let titled: Vec<&str> = titled.iter().flatten().map(String::as_str).collect();
    let below = run(&[&costing[..], &titled].concat());
    assert_eq!(below.stdout, stdout(&costing), "{}", below.stderr);
    assert_eq!(below.stderr.matches("header in line 3 of").count(), 4, "{}", below.stderr);
}

#[test]
fn check_finds_a_header_whose_names_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (1..30).map(|day| format!("{};{day:02}.01.2024;{day},50\n", 1000 + day % 7)).collect();
    let log = format!("Kunde;Buchungstag;Betrag\n{rows}");
    let plain = file(&folder, "plain.csv", &log);
    let titled = file(&folder, "titled.csv", format!("Umsatzbericht 2024;;\nErstellt am 01.02.2025;;\n;;\n{log}"));
    let check = |path: &str, format: &str| run(&["check", path, "--format", format]);
    let columns = |path: &std::path::Path| check(text(path), "csv").stdout.replace(text(path), "FILE");
    assert_eq!(columns(&titled), columns(&plain));
    let json = |path: &std::path::Path| -> serde_json::Value {
        serde_json::from_str(&check(text(path), "json").stdout.replace(text(path), "FILE")).unwrap()
    };
    let (mut below, expected) = (json(&titled), json(&plain));
    let read_as = below[0]["read_as"].as_object_mut().unwrap();
    assert_eq!(read_as.remove("header_line"), Some(4.into()));
    assert_eq!(below, expected);
    let said = check(text(&titled), "csv").stderr;
    assert!(said.contains("; the 3 lines above it are no rows\n"), "{said}");
}
