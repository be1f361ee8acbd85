//! Runs of `allocate`: what is stored of them, several columns, what-ifs together, inputs written differently.

use std::path::Path;

use crate::tool::{file, run, stdout, text};

const YEAR: [&str; 5] = ["data/costing/costing.toml", "--from", "2025-01-01", "--to", "2025-12-31"];

fn year(more: &[&str]) -> String {
    stdout(&[&["allocate", "--quiet"], &YEAR[..], more].concat())
}

#[test]
fn the_stored_runs_are_what_the_tool_writes_today() {
    let folder = tempfile::tempdir().unwrap();
    let faster = ["--set", "activities.manual order.hours=0.4"];
    for (name, more) in [("costing_run", &[][..]), ("costing_run_faster", &faster[..])] {
        let output = folder.path().join(name);
        let target = format!("{}/", text(&output));
        year(&[more, &["--output", &target]].concat());
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        let mut tables = 0;
        for entry in std::fs::read_dir(&stored).unwrap() {
            let table = entry.unwrap().file_name();
            let [stored, fresh] =
                [&stored, &output].map(|folder| std::fs::read_to_string(folder.join(&table)).unwrap());
            assert_eq!(fresh, stored, "{name}/{}", table.display());
            tables += 1;
        }
        assert_eq!(tables, 5);
    }
}

#[test]
fn several_columns_and_periods_are_shown_together() {
    let by = year(&["--by", "segment,channel,period", "--period", "quarter"]);
    assert!(by.starts_with("segment,channel,revenue,"), "{by}");
    assert_eq!(by.lines().count(), 1 + 4 * 6);
    let whole: f64 = by.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap()).sum();
    assert!((whole - 120_000.0).abs() < 1e-6, "{whole}");
    let detail = year(&["--by", "segment", "--by", "channel", "--table", "detail"]);
    assert!(detail.starts_with("segment,channel,activity,"), "{detail}");
}

#[test]
fn a_customer_of_a_run_by_several_columns_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let target = format!("{}/", text(&folder.path().join("run")));
    year(&["--by", "segment,customer_id", "--output", &target]);
    let why = |key: &str| run(&["why", key, &target, "--format", "csv"]);
    let leaves = stdout(&["why", "E", "tests/fixtures/costing_run", "--format", "csv"]);
    assert_eq!(why("retail,E").stdout, leaves);
    let refused = why("retail");
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("hint: its keys are those of the columns `segment`, `customer_id`, with commas between them"),
        "{}",
        refused.stderr
    );
}

#[test]
fn another_model_and_customers_dropped_stand_beside_the_base() {
    let both = ["--set", "activities.manual order.hours=0.4", "--drop", "D,E"];
    // Manual orders take 0.1 hours less at 12.00: of 640 orders, of which 450 are of D and E.
    let freed_by_model = 768.0;
    let served_by_it = 16_437.0 - 540.0;
    let lines = year(&both);
    let line = |name: &str| -> Vec<f64> {
        let line = lines.lines().find(|line| line.starts_with(name)).unwrap();
        line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect()
    };
    assert_eq!(line("unused capacity"), [13_353.0, 13_353.0 + freed_by_model + served_by_it, 13_353.0]);
    assert_eq!(line("company profit"), [10_000.0, 500.0, 500.0 + freed_by_model + served_by_it]);
    let changes = year(&[&both[..], &["--table", "changes"]].concat());
    assert!(changes.contains("\nB,5292.00,5148.00,9708.00,9852.00,144.00\n"), "{changes}");
    assert!(changes.contains("\nD,10812.00,0.00,-3312.00,0.00,3312.00\n"), "{changes}");
    let ran = run(&[&["allocate"], &YEAR[..], &both[..]].concat());
    let said = "what if: dropping 2 of 5 customers looks like +6,397.00; company profit 10,000.00 becomes 500.00 if the \
                resources stay, and 17,165.00 only if the 15,897.00 that served them and what the other model frees are \
                really given up";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn each_input_may_be_written_in_its_own_way() {
    let folder = tempfile::tempdir().unwrap();
    let original = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/costing").join(name)).unwrap()
    };
    let ledger: String = original("ledger.csv").replace('.', "\u{1}").replace(',', "|").replace('\u{1}', ",");
    let ledger = file(&folder, "ledger.csv", ledger);
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(original("ledger.csv").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf16 = file(&folder, "utf16.csv", utf16);
    let expected = year(&[]);
    let options = ["--delimiter", "ledger=|", "--decimal", "ledger=comma", "--encoding", "ledger=windows-1252"];
    let zones = ["--tz", "activities=Europe/Berlin", "--encoding", "utf-8"];
    assert_eq!(year(&[&["--ledger", text(&ledger)], &options[..], &zones[..]].concat()), expected);
    assert_eq!(year(&["--ledger", text(&utf16)]), expected);
    let refused = run(&["summary", "data/cdnow.csv", "--delimiter", "ledger=;"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("`--delimiter` names the input `ledger`, which only `allocate` has"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_file_of_customers_to_drop_names_those_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = file(&folder, "drop.csv", "customer_id\nE\nnobody\n\" \"\n");
    let ran = run(&[&["allocate"], &YEAR[..], &["--drop-file", text(&wrong)]].concat());
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let refused = ran.stderr.replace(text(&wrong), "drop.csv");
    assert!(
        refused.ends_with(
            "error: 2 rows of drop.csv cannot be used (customer missing 1, unknown customer 1)\n  \
             drop.csv:3: column `customer_id`: `nobody` is no customer of the run\n  \
             drop.csv:4: column `customer_id`: ` ` the customer is missing\n\
             hint: the keys of the run are those of the column `customer_id`\n"
        ),
        "{refused}"
    );
}
