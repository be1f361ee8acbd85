//! Files written by other programs (see `tests/fixtures/parquet`), held to what was put into them.

use super::*;
use crate::progress::Silent;
use crate::scan::{BadRows, Inputs, ScanParams, Source, read_table};
use crate::summary::{SummaryParams, summarize};
use crate::time::TimeUnit;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/parquet/{name}.parquet", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn open(name: &str) -> Parquet {
    Parquet::open(Pieces::of_memory(bytes(name).into())).unwrap()
}

fn text(parquet: &Parquet, wanted: impl Fn(&str) -> bool) -> String {
    let names: Vec<&str> = parquet.names().collect();
    let mut text = parquet.header();
    for group in 0..parquet.groups() {
        let mut rows = parquet.rows(group, 0, |column| wanted(names[column])).unwrap();
        while rows.next(&mut text).unwrap() {}
    }
    String::from_utf8(text).unwrap()
}

const ARROW: &str = "\
customer_id,date,amount,instant,local,single,double,small,unsigned,flag,time,big,place.city,place.no,word
ann,2024-01-01,10,2024-01-01T23:30:00Z,2024-01-01T23:30:00,1.5,0.1,1,1,true,01:02:03,1.50,Bern,1,a
\"bob, jr\",2024-01-08,-5.12,2024-01-08T00:00:00Z,2024-01-08,-0.25,1.1250,-2,18446744073709551615,false,23:59:59.500000,-12345678901234567890123456789.25,,2,b
\"c\"\"d\",2024-02-01,7.5,2024-02-01T00:00:00.000001Z,2024-02-01,1.1250,-2,127,0,,00:00:00,0.00,,,a
ann,2024-01-15,1234.25,,,,,,,true,,,Rom,,b
zoë,2024-03-03,0,2024-03-03T01:00:00Z,2024-03-03T01:00:00,,inf,0,5,false,12:00:00,1.00,x,5,a
\"line
break\",1999-12-31,999999999.99,1999-12-31T23:59:59.999000Z,1999-12-31,1000000000000000000000,123456789.123456,-128,6,true,01:00:00,2.00,y,6,
";

#[test]
fn every_type_becomes_the_text_of_its_value() {
    assert_eq!(text(&open("arrow"), |_| true), ARROW);
}

#[test]
fn encodings_pages_and_compression_change_nothing() {
    assert_eq!(text(&open("arrow-new"), |_| true), ARROW);
}

#[test]
fn instants_of_96_bits_are_those_of_old_files() {
    let text = text(&open("arrow-old"), |name| name == "customer_id" || name == "instant");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "ann,,,2024-01-01T23:30:00,,,,,,,,,");
    assert_eq!(lines[3], "\"c\"\"d\",,,2024-02-01T00:00:00.000001000,,,,,,,,,");
    assert_eq!(lines[4], "ann,,,,,,,,,,,,");
}

#[test]
fn identifiers_of_sixteen_bytes_are_written_in_hexadecimal_digits() {
    let expected = "\
customer_id,date,amount
00112233-4455-6677-8899-aabbccddeeff,2024-01-01T10:00:00,12.34
ffffffff-4455-6677-8899-aabbccddeeff,2024-01-02,-0.05
00112233-4455-6677-8899-aabbccddeeff,2024-02-29T23:59:59,1234567.00
";
    assert_eq!(text(&open("duckdb"), |_| true), expected);
}

#[test]
fn one_row_can_be_had_alone() {
    let parquet = open("arrow");
    let record = |row| String::from_utf8(parquet.record(row).unwrap()).unwrap();
    assert!(record(0).starts_with("ann,2024-01-01,"));
    assert!(record(3).starts_with("ann,2024-01-15,1234.25,"));
    assert!(record(5).starts_with("\"line\nbreak\",1999-12-31,"));
    assert!(parquet.record(6).is_err());
}

#[test]
fn the_summary_is_that_of_the_same_rows_as_csv() {
    let params = ScanParams { currency: "KWD".parse().unwrap(), ..ScanParams::default() };
    let summary = |inputs: &Inputs, params: &ScanParams| {
        let scanned = summarize(inputs, params, &SummaryParams::new(TimeUnit::Day), &Silent).unwrap();
        (scanned.output, scanned.receipt.rows, scanned.receipt.amount, scanned.receipt.last_date)
    };
    let csv = Inputs::from_bytes([("log.csv", ARROW.as_bytes())]).unwrap();
    let expected = summary(&csv, &params);
    assert_eq!(expected.1, 6);
    for name in ["arrow", "arrow-new", "arrow-old"] {
        let inputs = Inputs::from_bytes([(name, bytes(name))]).unwrap();
        assert_eq!(summary(&inputs, &params), expected, "{name}");
    }
    // What is said of texts does not change what numbers and dates are.
    let mut said = params;
    said.pinned.decimal = Some(crate::dialect::Decimal::Comma);
    said.pinned.dates = Some(crate::dialect::DateFormat::DayFirst);
    said.delimiter = Some(crate::scan::Delimiter::TAB);
    said.no_header = true;
    assert_eq!(summary(&Inputs::from_bytes([("log.parquet", bytes("arrow"))]).unwrap(), &said), expected);
}

#[test]
fn a_row_that_cannot_be_used_is_named_by_its_number_and_set_aside_as_csv() {
    let inputs = Inputs::from_bytes([("log.parquet", bytes("arrow"))]).unwrap();
    let mut params = ScanParams::default();
    // In euros the third decimal of nothing is lost, but the column of single-precision numbers has some.
    params.columns.add("amount=single").unwrap();
    let refused = summarize(&inputs, &params, &SummaryParams::new(TimeUnit::Day), &Silent).unwrap_err().to_string();
    assert!(refused.contains("log.parquet:4: column `single`: `1.1250`"), "{refused}");
    params.bad_rows = BadRows::SetAside { at_most: None };
    let scanned = summarize(&inputs, &params, &SummaryParams::new(TimeUnit::Day), &Silent).unwrap();
    assert_eq!((scanned.receipt.rows, scanned.receipt.rows_used, scanned.rejects.len()), (6, 1, 4));
    let folder = tempfile::tempdir().unwrap();
    scanned.rejects.write(folder.path()).unwrap();
    let rejected = std::fs::read_to_string(folder.path().join("log.csv")).unwrap();
    let rows = ARROW.split_once("\nann,2024-01-01").unwrap().0;
    assert!(rejected.starts_with(rows), "{rejected}");
    assert!(rejected.ends_with("y,6,\n"), "{rejected}");
    let reasons = std::fs::read_to_string(folder.path().join("reasons.csv")).unwrap();
    assert!(reasons.contains("log.parquet,4,,single,1.1250,"), "{reasons}");
}

#[test]
fn a_file_that_was_cut_off_or_is_none_is_refused() {
    let whole = bytes("arrow");
    for length in [4, 100, whole.len() - 1] {
        let refused = Inputs::from_bytes([("cut.parquet", &whole[..length])]).unwrap_err().to_string();
        assert!(refused.contains("cut.parquet: cannot be read as the Parquet file"), "{refused}");
    }
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let whole = bytes("arrow-new");
    let scan = |bytes: Vec<u8>| {
        let source = Source::from_bytes("log.parquet", bytes)?;
        read_table(&source, &ScanParams::default(), &Silent)
    };
    for place in (0..whole.len()).step_by(13) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        // Some bytes are of no account or another value: it may be read, but it must come back.
        drop(scan(damaged));
    }
}

#[test]
fn a_file_without_rows_has_a_header() {
    assert_eq!(text(&open("no-rows"), |_| true).lines().count(), 1);
}
