use proptest::prelude::*;

use super::*;
use crate::progress::Silent;
use crate::scan::{Policies as RowPolicies, Refunds};
use crate::summary::summarize;
use crate::time::TimeUnit;

/// A row: customer, day of 2024 and cents.
type Row = (u8, u16, i32);

fn text(rows: &[Row]) -> String {
    let start = Day::parse(b"2024-01-01").unwrap().0;
    let mut text = String::from("customer_id,date,amount\n");
    for (customer, day, cents) in rows {
        let sign = if *cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        let day = Day(start + i32::from(*day));
        text += &format!("c{customer},{day},{sign}{}.{:02}\n", cents / 100, cents % 100);
    }
    text
}

fn inputs(logs: &[String]) -> Inputs {
    let named = logs.iter().enumerate().map(|(number, log)| (format!("{number}.csv"), log.clone().into_bytes()));
    Inputs::from_bytes(named).unwrap()
}

/// The state with some logs added to it, written to the file it is in.
fn add(path: &Path, logs: &[String], scan: &ScanParams, params: &SummaryParams) -> Result<Scanned<CustomerSummary>> {
    let inputs = if logs.is_empty() { Inputs::none() } else { inputs(logs) };
    let added = State::open(path)?.add(&inputs, scan, params, &Silent, Vec::new())?;
    std::fs::write(path, &added.out).unwrap();
    Ok(added.scanned)
}

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn logs_added_one_after_the_other_give_what_all_together_give(
        logs in prop::collection::vec(prop::collection::vec((0..6_u8, 0..60_u16, -300..900_i32), 1..40), 1..5),
        as_of in prop::option::of(20..70_u16),
        calibrated in any::<bool>(),
        separate in any::<bool>(),
    ) {
        let mut params = SummaryParams::new(TimeUnit::Day).separate_refunds(separate);
        let start = day("2024-01-01").0;
        if let Some(as_of) = as_of {
            params = params.as_of(Day(start + i32::from(as_of))).unwrap();
        }
        if calibrated {
            params = params.calibration_end(Day(start + 12)).unwrap();
        }
        let refunds = if separate { Refunds::Separate } else { Refunds::Net };
        let scan = ScanParams { policies: RowPolicies { refunds, ..RowPolicies::default() }, ..ScanParams::default() };
        // Equal logs are the same file, which is refused for a reason of its own.
        let mut logs: Vec<String> = logs.iter().map(|rows| text(rows)).collect();
        logs.sort();
        logs.dedup();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.parquet");
        for upto in 1..=logs.len() {
            let together = summarize(&inputs(&logs[..upto]), &scan, &params, &Silent);
            let added = add(&path, &logs[upto - 1..upto], &scan, &params);
            match (together, added) {
                (Ok(together), Ok(added)) => {
                    prop_assert_eq!(&added.output, &together.output);
                    let receipt = added.receipt;
                    prop_assert_eq!(receipt.rows, receipt.rows_used + receipt.rows_merged + receipt.rows_set_aside());
                    if upto == 1 {
                        let expected = together.receipt;
                        prop_assert_eq!(receipt.rows_merged, expected.rows_merged);
                        prop_assert_eq!(receipt.set_aside, expected.set_aside);
                        prop_assert_eq!(receipt.amount_used, expected.amount_used);
                    }
                }
                (Err(together), Err(added)) => {
                    prop_assert_eq!(together.to_string(), added.to_string());
                    // What was refused was not kept.
                    return Ok(());
                }
                (together, added) => prop_assert!(false, "{:?} and {:?}", together.is_ok(), added.is_ok()),
            }
        }
        let again = add(&path, &[], &scan, &params).unwrap();
        let before = SummaryParams::new(TimeUnit::Day).as_of(Day(start - 1)).unwrap();
        for logs in [vec![], vec![text(&[])]] {
            let early = add(&path, &logs, &scan, &before).unwrap_err().to_string();
            prop_assert_eq!(early, "every date of the log is after 2023-12-31, the end of observation");
        }
        prop_assert_eq!(again.output, summarize(&inputs(&logs), &scan, &params, &Silent).unwrap().output);
    }
}

fn scratch() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.parquet");
    (folder, path)
}

#[test]
fn the_order_in_which_logs_are_added_leaves_the_same_table() {
    let logs = [text(&[(1, 3, 100), (2, 5, -50)]), text(&[(2, 1, 900), (0, 9, 1)]), text(&[(1, 3, -30)])];
    let params = SummaryParams::new(TimeUnit::Week);
    let tables = [[0, 1, 2], [2, 1, 0], [1, 0, 2]].map(|order| {
        let (_folder, path) = scratch();
        for log in order {
            add(&path, &logs[log..=log], &ScanParams::default(), &params).unwrap();
        }
        let mut reader = Reader::new(File::open(&path).unwrap()).unwrap();
        let mut table = Vec::new();
        while let Some(group) = reader.next().unwrap() {
            table.extend((0..group.len()).map(|customer| {
                let (id, days) = group.get(customer);
                (id.to_vec(), days.to_vec())
            }));
        }
        table
    });
    assert_eq!(tables[0], tables[1]);
    assert_eq!(tables[0], tables[2]);
    let ids: Vec<&[u8]> = tables[0].iter().map(|(id, _)| &id[..]).collect();
    assert_eq!(ids, [b"c0", b"c1", b"c2"]);
    // A purchase and a refund of one day stay apart.
    assert_eq!((tables[0][1].1[0].purchases, tables[0][1].1[0].refunds), (Some(100), Some(-30)));
}

#[test]
fn a_file_counts_once_whatever_it_is_called() {
    let (_folder, path) = scratch();
    let log = text(&[(1, 3, 100)]);
    let params = SummaryParams::new(TimeUnit::Week);
    let twice = add(&path, &[log.clone(), log.clone()], &ScanParams::default(), &params).unwrap_err();
    assert_eq!(twice.to_string(), "1.csv: has the same content as `0.csv`");
    add(&path, std::slice::from_ref(&log), &ScanParams::default(), &params).unwrap();
    let again = Inputs::from_bytes([("copy.csv", log.into_bytes())]).unwrap();
    let state = State::open(&path).unwrap();
    let refused = state.add(&again, &ScanParams::default(), &params, &Silent, Vec::new()).unwrap_err().to_string();
    assert!(refused.starts_with("copy.csv: is in the state `"), "{refused}");
    assert!(refused.ends_with("read as `0.csv`"), "{refused}");
}

#[test]
fn other_policies_are_refused_each_by_its_name() {
    let (_folder, path) = scratch();
    let params = SummaryParams::new(TimeUnit::Week);
    let euros = ScanParams { currency: "EUR".parse().unwrap(), ..ScanParams::default() };
    add(&path, &[text(&[(1, 3, 100)])], &euros, &params).unwrap();
    let other = ScanParams {
        currency: "USD".parse().unwrap(),
        policies: RowPolicies { id_trim: true, refunds: Refunds::Drop, ..RowPolicies::default() },
        ..ScanParams::default()
    };
    let refused = add(&path, &[text(&[(2, 3, 100)])], &other, &params).unwrap_err().to_string();
    for said in [
        "`--currency` was `EUR` and is `USD` now",
        "`--id-trim` was none and is `true` now",
        "`--refunds` was `net` and is `drop` now",
    ] {
        assert!(refused.contains(said), "{refused}");
    }
    assert!(!refused.contains("--id-case"), "{refused}");
    // Not to say the currency again is to keep it.
    let kept = add(&path, &[text(&[(2, 3, 100)])], &ScanParams::default(), &params).unwrap();
    assert_eq!(kept.output.currency.code(), Some("EUR"));
}

#[test]
fn what_would_need_rows_that_are_gone_is_refused() {
    let (_folder, path) = scratch();
    let params = SummaryParams::new(TimeUnit::Week);
    let scan = ScanParams {
        policies: RowPolicies { unique: vec!["order_id".into()], ..RowPolicies::default() },
        ..ScanParams::default()
    };
    let refused = add(&path, &[text(&[(1, 3, 100)])], &scan, &params).unwrap_err().to_string();
    assert!(refused.starts_with("`--unique` cannot be kept in a state"), "{refused}");
}

#[test]
fn what_is_no_state_is_refused_and_left_alone() {
    let (_folder, path) = scratch();
    std::fs::write(&path, "customer_id,date,amount\n").unwrap();
    assert!(State::open(&path).is_err_and(|error| error.to_string().contains("is no state")));
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/parquet/arrow.parquet");
    assert!(State::open(Path::new(other)).is_err_and(|error| error.to_string().contains("another Parquet file")));
}

#[test]
fn a_day_that_is_too_much_money_is_refused() {
    let (_folder, path) = scratch();
    let params = SummaryParams::new(TimeUnit::Week);
    let log = |id: &str| format!("customer_id,date,amount\n{id},2024-01-01,92233720368547758.07\n");
    add(&path, &[log("ann")], &ScanParams::default(), &params).unwrap();
    let more = log("ann") + "bob,2024-01-01,1\n";
    let refused = add(&path, &[more], &ScanParams::default(), &params).unwrap_err().to_string();
    assert_eq!(refused, "customer `ann` has a sum on one day that is too large to be money");
}

#[test]
fn a_damaged_state_is_an_error_and_never_a_panic() {
    let (_folder, path) = scratch();
    let params = SummaryParams::new(TimeUnit::Week);
    add(&path, &[text(&[(1, 3, 100), (1, 4, -20), (2, 5, 300)])], &ScanParams::default(), &params).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(5) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        std::fs::write(&path, damaged).unwrap();
        // Some bytes are of no account or another value: it may be read, but it must come back.
        drop(State::open(&path).and_then(|state| {
            state.add(&Inputs::none(), &ScanParams::default(), &params, &Silent, Vec::new()).map(|_| ())
        }));
    }
}

#[test]
fn a_state_that_has_changed_is_refused_or_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let rows: Vec<Row> = (0..300).map(|row| ((row % 7) as u8, (row % 50) as u16, row * 37 - 900)).collect();
    let (scan, params) = (ScanParams::default(), SummaryParams::new(TimeUnit::Day).separate_refunds(true));
    add(&path, &[text(&rows)], &scan, &params).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        State::open(&path)?.add(&Inputs::none(), &scan, &params, &Silent, Vec::new()).map(|added| added.scanned.output)
    };
    let expected = read(&whole).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        match read(&bytes) {
            Ok(found) => assert_eq!(found, expected, "byte {place}"),
            Err(error) => assert!(error.to_string().contains("is a damaged state"), "byte {place}: {error}"),
        }
    }
    for length in 4..whole.len() {
        assert!(read(&whole[..length]).unwrap_err().hint_text().unwrap().starts_with("restore it from a copy"));
    }
}
