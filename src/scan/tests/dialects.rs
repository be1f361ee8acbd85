//! The ways in which the same log is written.

use super::*;
use crate::dialect::{DateFormat, Decimal};

/// Id, day and minor units of each row.
fn rows(text: &[u8], params: &ScanParams) -> Result<Vec<(String, i32, i64)>> {
    let scanned = scan(&inputs(&[("log.csv", text)]), &Wanted::transactions(), params, &Silent, Keep::default)?;
    let row = |row: &Row| (String::from_utf8(row.2.clone()).unwrap(), row.3.unwrap(), row.4.unwrap());
    Ok(scanned.output.iter().map(row).collect())
}

const PLAIN: &str = "customer_id,date,amount\nMüller,2024-03-31,1355.90\n007,2024-04-03,-12.00\nx,2024-04-05,1000\n";

fn plain() -> Vec<(String, i32, i64)> {
    rows(PLAIN.as_bytes(), &ScanParams::default()).unwrap()
}

#[test]
fn the_same_log_in_any_dialect_gives_the_same_rows() {
    let german = "Kunde;date;amount\nMüller;31.03.2024;1.355,90 €\n007;03.04.2024;-12,00\nx;05.04.2024;1.000\n"
        .replace("Kunde", "customer");
    let latin: Vec<u8> = german.replace('€', "").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let windows: Vec<u8> = german
        .replace('ü', "u")
        .bytes()
        .filter(|byte| *byte != 0xE2 && *byte != 0x82)
        .map(|byte| if byte == 0xAC { 0x80 } else { byte })
        .collect();
    let american =
        "customer_id\tdate\tamount\nMüller\t3/31/24 11:59 PM\t$1,355.90\n007\t4/3/24\t($12.00)\nx\t4/5/24\t\"1,000\"\n";
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let big: Vec<u8> = "\u{FEFF}".encode_utf16().chain(german.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let serial = "customer_id,date,amount\nMüller,45382,1355.9\n007,45385.5,-12\nx,45387,1000.00\n";
    let epoch = "sep=|\ncustomer_id|date|amount\nMüller|1711843200|1355.9\n007|1712102400|-12\nx|1712275200|1000.00\n";
    let millis = "customer_id,date,amount\n'Müller',1711843200000,\"1 355,9\"\n007,1712102400000,\"12,00-\"\nx,1712275200000,1000\n";
    let single = ScanParams { quote: "single".parse().unwrap(), ..ScanParams::default() };
    let default = ScanParams::default();
    for (name, text, params) in [
        ("german", german.clone().into_bytes(), &default),
        ("latin", latin, &default),
        ("windows", windows, &default),
        ("american", american.as_bytes().to_vec(), &default),
        ("utf-16", utf16(PLAIN), &default),
        ("utf-16, marked, big end", big, &default),
        ("serial", serial.as_bytes().to_vec(), &default),
        ("epoch", epoch.as_bytes().to_vec(), &default),
        ("returns", PLAIN.replace('\n', "\r").into_bytes(), &default),
        ("crlf", PLAIN.replace('\n', "\r\n").into_bytes(), &default),
        ("milliseconds", millis.replace('"', "'").into_bytes(), &single),
    ] {
        let mut read = rows(&text, params).unwrap();
        read[0].0 = read[0].0.replace("Muller", "Müller");
        assert_eq!(read, plain(), "{name}");
    }
}

#[test]
fn compressed_files_are_read_like_others() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&PLAIN.as_bytes()[..40]).unwrap();
    let mut several = gzip.finish().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&PLAIN.as_bytes()[40..]).unwrap();
    several.extend(gzip.finish().unwrap());
    assert_eq!(rows(&several, &ScanParams::default()).unwrap(), plain());
    let zstd = zstd::encode_all(PLAIN.as_bytes(), 1).unwrap();
    assert_eq!(rows(&zstd, &ScanParams::default()).unwrap(), plain());
    let cut = &zstd[..zstd.len() - 5];
    let refused = Source::from_bytes("log.csv.zst", cut).unwrap_err().to_string();
    assert!(refused.starts_with("log.csv.zst: cannot be read: "), "{refused}");
}

#[test]
fn what_could_be_two_things_is_refused_with_the_flag_that_decides() {
    let text = "customer_id;date;amount\na;2024-01-01;12\nb;3/4/2024;1.000\nc;5/6/2024;2.500\n";
    let refused = rows(text.as_bytes(), &ScanParams::default()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert_eq!(
        refused.to_string(),
        "values could be two things, and no other value of their column tells which
  log.csv:3: column `amount`: `1.000` could be 1 or 1000
  log.csv:3: column `date`: `3/4/2024` could be 2024-04-03 or 2024-03-04"
    );
    assert_eq!(
        refused.hint_text(),
        Some("say `--decimal point` or `--decimal comma`, and `--date-format dmy` or `--date-format mdy`")
    );
    let said = |decimal, dates| {
        let pinned = Pinned { decimal: Some(decimal), dates: Some(dates), ..Pinned::default() };
        let rows = rows(text.as_bytes(), &ScanParams { pinned, ..ScanParams::default() }).unwrap();
        (Day(rows[1].1).to_string(), rows[1].2)
    };
    use crate::time::Day;
    assert_eq!(said(Decimal::Point, DateFormat::DayFirst), ("2024-04-03".into(), 100));
    assert_eq!(said(Decimal::Comma, DateFormat::MonthFirst), ("2024-03-04".into(), 100_000));
}

#[test]
fn a_value_that_tells_anywhere_in_any_file_decides_for_the_column() {
    let unclear = "customer_id;date;amount\na;3/4/2024;1.000\n";
    // Beyond the rows that are looked at first.
    let mut long = String::from("customer_id;date;amount\n");
    (0..9000).for_each(|row| long.push_str(&format!("{row};3/4/2024;1.000\n")));
    long.push_str("z;31/12/2024;0,5\n");
    let files = inputs(&[("a.csv", unclear.as_bytes()), ("b.csv", long.as_bytes())]);
    let scanned = scan(&files, &Wanted::transactions(), &ScanParams::default(), &Silent, Keep::default).unwrap();
    assert_eq!(scanned.receipt.rows_used, 9002);
    assert_eq!(scanned.receipt.amount, Some(9001 * 100_000 + 50));
    assert_eq!(scanned.output[0].3, Some(crate::time::Day::parse(b"2024-04-03").unwrap().0));
    let read_as = &scanned.receipt.files[0].read_as;
    assert_eq!((read_as.decimal, read_as.date_format.as_deref()), (Some("comma"), Some("dmy")));
}

#[test]
fn amounts_of_several_currencies_are_refused_where_they_begin() {
    let text = "customer_id,date,amount\na,2024-01-01,€5.00\nb,2024-01-01,5\nc,2024-01-01,$5.00\nd,2024-01-01,$6.00\n";
    let refused = rows(text.as_bytes(), &ScanParams::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "amounts are in several currencies
  log.csv:2: column `amount`: `€5.00` is in `€`
  log.csv:4: column `amount`: `$5.00` is in `$`"
    );
    for names in [["Euro", "GBP"], ["EURO", "USD"], ["US Dollar", "EUR"], ["kr", "USD"], ["Euro", "Pound"]] {
        let [one, other] = names;
        let text = format!("customer_id,date,amount,currency\na,2024-01-01,5,{one}\nb,2024-01-02,5,{other}\n");
        let refused = rows(text.as_bytes(), &ScanParams::default()).unwrap_err().to_string();
        assert!(refused.starts_with("amounts are in several currencies"), "{names:?}: {refused}");
    }
    for names in [["Euro", "Euro"], ["SEK", "kr"], ["eur", "€"]] {
        let [one, other] = names;
        let text = format!("customer_id,date,amount,currency\na,2024-01-01,5,{one}\nb,2024-01-02,5,{other}\n");
        assert!(rows(text.as_bytes(), &ScanParams::default()).is_ok(), "{names:?}");
    }
    let dollars = ScanParams { currency: "USD".parse().unwrap(), ..ScanParams::default() };
    let euros = "customer_id,date,amount\na,2024-01-01,5.00 EUR\n";
    let refused = rows(euros.as_bytes(), &dollars).unwrap_err().to_string();
    assert!(refused.starts_with("amounts are in another currency than `--currency` says"), "{refused}");
}

#[test]
fn a_first_line_of_one_name_without_a_header_below_is_told() {
    for text in ["Sales report 2024\n\nKunde~Datum~Betrag\na~2024-01-02~5\n", "Sales;;\nKunde\na\n"] {
        let refused = rows(text.as_bytes(), &ScanParams::default()).unwrap_err();
        let hint = refused.hint_text().unwrap_or_default();
        assert!(hint.starts_with("the first line names one column, and no line below it is a header"), "{hint}");
    }
}

#[test]
fn a_file_without_a_header_has_columns_by_number() {
    let text = b"a,2024-01-01,5\nb,2024-01-02,6\n";
    let refused = rows(text, &ScanParams::default()).unwrap_err();
    assert_eq!(
        refused.hint_text(),
        Some(
            "the first line looks like a row: say `--no-header`, and `--column customer_id=1` for the first column; where it is a title, take it out"
        )
    );
    let mut columns = ColumnMap::default();
    ["customer_id=1", "date=2", "amount=3"].iter().for_each(|text| columns.add(text).unwrap());
    let params = ScanParams { columns, no_header: true, ..ScanParams::default() };
    assert_eq!(rows(text, &params).unwrap().len(), 2);
}
