//! Rows that cannot be used, and those that are set aside.

use super::*;

const BAD: &str = "customer_id,date,amount
a,2020-01-01,1.00
,2020-01-01,2
b,2020-02-30,4
c,31. M.. 2020,8
d,,16
e,2020-01-01,
f,2020-01-01,1.005
g,2020-01-01,1e9
h,2020-01-01,99999999999999999999
i,2020-01-01
1.2E+11,2020-01-01,32
k,2020-01-01,64,
l,\"2020-01-01,128
";

#[test]
fn every_bad_row_is_counted_and_the_first_ten_are_shown() {
    let refused = read(BAD, &ScanParams::default()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert_eq!(
        refused.to_string(),
        "12 of 13 rows cannot be used (wrong number of fields 2, quote not closed 1, no customer 1, id in exponent form 1, date missing 1, not a date 1, no such day 1, amount missing 1, not an amount 1, amount too precise 1, amount too large 1)
  log.csv:3: column `customer_id`: the customer is missing
  log.csv:4: column `date`: `2020-02-30` is a day that the calendar does not have
  log.csv:5: column `date`: `31. M.. 2020` is not a date, or not one in the form of its column
  log.csv:6: column `date`: the date is missing
  log.csv:7: column `amount`: the amount is missing
  log.csv:8: column `amount`: `1.005` has more decimals than the currency
  log.csv:9: column `amount`: `1e9` is not an amount, or not one with the decimal mark of its column
  log.csv:10: column `amount`: `99999999999999999999` is an amount too large to be money
  log.csv:11: the record has 2 fields where the header has 3
  log.csv:12: column `customer_id`: `1.2E+11` is an id that became a number, in a spreadsheet or a column of floating-point numbers: its digits are lost"
    );
    assert_eq!(refused.hint_text(), Some("mend them, or set them aside and go on with `--rejects DIR`"));
}

#[test]
fn a_row_that_ends_with_more_delimiters_than_the_header_is_said_to() {
    let log = "customer_id,date,amount\na,2024-01-01,1,\nb,2024-01-01,1,,\nc,2024-01-01,1,x,\n";
    let refused = read(log, &ScanParams::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "3 of 3 rows cannot be used (wrong number of fields 3)
  log.csv:2: the record has 4 fields where the header has 3: it ends with `,`
  log.csv:3: the record has 5 fields where the header has 3: it ends with `,`
  log.csv:4: the record has 5 fields where the header has 3"
    );
}

#[test]
fn amounts_of_rows_set_aside_are_counted_where_they_can_be_read() {
    let scanned = read(BAD, &aside()).unwrap();
    let receipt = &scanned.receipt;
    assert_eq!((receipt.rows, receipt.rows_used, receipt.rows_set_aside()), (13, 1, 12));
    assert_eq!((receipt.amount, receipt.amount_used), (Some(6300), Some(100)));
    // Four amounts that are none, two records of other fields and the one that is not closed.
    assert_eq!(receipt.amounts_unread, 7);
    assert_eq!(receipt.first_date, receipt.last_date);
    let json = serde_json::to_value(receipt).unwrap();
    assert_eq!(json["amount"], "63.00");
    assert_eq!(json["set_aside"][2]["reason"], "no customer");
    assert_eq!(json["set_aside"][2]["amount"], "2.00");
}

#[test]
fn rows_without_a_customer_are_left_out_when_asked() {
    let text = "customer_id,date,amount\na,2020-01-01,1\n,2020-01-01,2\n";
    let refused = read(text, &ScanParams::default()).unwrap_err();
    assert_eq!(refused.hint_text(), Some("leave rows without a customer out with `--no-customer aside`, or mend them"));
    let params = ScanParams { no_customer: NoCustomer::Aside, ..ScanParams::default() };
    let scanned = read(text, &params).unwrap();
    assert_eq!(scanned.receipt.set_aside[0].rows, 1);
    assert_eq!(scanned.receipt.set_aside[0].amount, Some(200));
    assert!(scanned.rejects.is_empty());
}

#[test]
fn more_rejects_than_allowed_are_refused() {
    let limited = |limit: &str| ScanParams {
        bad_rows: BadRows::SetAside { at_most: Some(limit.parse().unwrap()) },
        ..ScanParams::default()
    };
    assert!(read(BAD, &limited("12")).is_ok());
    assert!(read(BAD, &limited("92.4%")).is_ok());
    assert!(read(BAD, &limited("92%")).is_err());
    let refused = read(BAD, &limited("11")).unwrap_err();
    assert!(refused.to_string().starts_with("12 of 13 rows cannot be used, and at most 11 may be set aside ("));
    // A product of floats is less than 57.
    assert!("0.57%".parse::<RejectLimit>().unwrap().allows(57, 10_000));
    for text in ["", "-1", "1.5", "101%", "x%", "NaN%"] {
        assert!(text.parse::<RejectLimit>().is_err(), "{text}");
    }
}

#[test]
fn an_id_that_only_looks_like_an_exponent_is_an_id() {
    for (id, spoilt) in [
        ("1.2E+11", true),
        ("1E+5", true),
        ("12e+07", true),
        ("1,25E+11", true),
        ("E+11", false),
        ("1E5", false),
        ("1E+1234", false),
        ("A1E+11", false),
        ("1E+", false),
        ("12+34", false),
        ("1.2.3E+11", false),
    ] {
        let text = format!("customer_id;date;amount\n{id};2020-01-01;1\n");
        assert_eq!(read(&text, &ScanParams::default()).is_err(), spoilt, "{id}");
    }
}

#[test]
fn text_that_is_not_utf8_is_refused_where_it_is_asked_for() {
    let text: &[u8] = b"customer_id,date,amount,note\na,2020-01-01,1,\xE4\n\xE4,2020-01-01,1,\n";
    let pinned = Pinned { encoding: Some(Encoding::Utf8), ..Pinned::default() };
    let params = ScanParams { pinned, ..aside() };
    let scan = |wanted: Wanted| scan(&inputs(&[("a.csv", text)]), &wanted, &params, &Silent, Keep::default);
    let plain = scan(Wanted::transactions()).unwrap();
    assert_eq!(plain.receipt.set_aside[0].reason, "id not in UTF-8");
    assert_eq!(plain.receipt.rows_used, 1);
    let noted = scan(Wanted::transactions().text(TextColumn::Named("note".into()))).unwrap();
    assert_eq!(noted.receipt.rows_used, 0);
}
