use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::columns::{AMOUNT, CUSTOMER_ID, ColumnMap, DATE, PROFIT, REVENUE};
use crate::dialect::{Encoding, Pinned};
use crate::progress::Silent;

mod damage;
mod policies;
mod tables;
mod titles;

/// Keeps every row as it came, ordered when finished.
#[derive(Debug, Default)]
struct Keep(Vec<Row>);

/// File, line, id, day, amount, texts.
type Row = (usize, u64, Vec<u8>, Option<i32>, Option<i64>, Vec<Vec<u8>>);

impl Reduce for Keep {
    type Output = Vec<Row>;

    fn absorb(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            self.0.push((
                batch.file(),
                batch.lines()[row],
                batch.ids().get(row).to_vec(),
                batch.days().get(row).map(|day| day.0),
                batch.amounts().get(row).copied(),
                batch.texts.iter().map(|column| column.get(row).to_vec()).collect(),
            ));
        }
    }

    fn merge(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    fn finish(mut self, _: &mut Account) -> Result<Vec<Row>> {
        self.0.sort();
        Ok(self.0)
    }
}

fn aside() -> ScanParams {
    ScanParams { bad_rows: BadRows::SetAside { at_most: None }, ..ScanParams::default() }
}

fn inputs(texts: &[(&str, &[u8])]) -> Inputs {
    Inputs::from_bytes(texts.iter().map(|(name, text)| (*name, *text))).unwrap()
}

fn read(text: &str, params: &ScanParams) -> Result<Scanned<Vec<Row>>> {
    scan(&inputs(&[("log.csv", text.as_bytes())]), &Wanted::transactions(), params, &Silent, Keep::default)
}

fn ids(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| std::str::from_utf8(&row.2).unwrap()).collect()
}

/// A folder of its own for a test, removed at the end.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

mod rows {
    use super::*;

    #[test]
    fn quotes_line_ends_and_both_forms_of_dates_are_read() {
        let text = "\u{FEFF}customer_id,date,amount\r\n1,2020-01-01,5\r\n\"2\",20200102,-1.5\n\n\"a\"\"b\nc\",\"2020-01-03\",\"1\"\r\n5\" pipe,2020-01-04,0.10";
        let scanned = read(text, &ScanParams::default()).unwrap();
        let rows: Vec<(u64, &str, i64)> =
            scanned.output.iter().map(|row| (row.1, std::str::from_utf8(&row.2).unwrap(), row.4.unwrap())).collect();
        assert_eq!(rows, [(2, "1", 500), (3, "2", -150), (5, "a\"b\nc", 100), (7, "5\" pipe", 10)]);
        assert_eq!(scanned.receipt.rows, 4);
        assert_eq!(scanned.receipt.amount, Some(460));
        assert_eq!(scanned.receipt.first_date.unwrap().to_string(), "2020-01-01");
        assert_eq!(scanned.receipt.last_date.unwrap().to_string(), "2020-01-04");
    }

    #[test]
    fn an_amount_may_be_the_product_of_two_columns() {
        let mut columns = ColumnMap::default();
        columns.add("amount=Quantity*UnitPrice").unwrap();
        let params = ScanParams { columns, ..aside() };
        for (text, decimal) in [
            (
                "customer_id;date;Quantity;UnitPrice\na;2020-01-01;6;2.55\nb;2020-01-01;-12;0.0005\nc;2020-01-02;1.5;1.25\nd;2020-01-02;1;x\ne;2020-01-02;;2\n",
                "point",
            ),
            (
                "customer_id;date;Quantity;UnitPrice\na;2020-01-01;6;2,55\nb;2020-01-01;-12;0,0005\nc;2020-01-02;1,5;1,25\nd;2020-01-02;1;x\ne;2020-01-02;;2\n",
                "comma",
            ),
        ] {
            for fast in [true, false] {
                let inputs = inputs(&[("items.csv", text.as_bytes())]);
                let tuning = Tuning { chunk: 1 << 16, fast };
                let scanned =
                    scan_tuned(&inputs, &Wanted::transactions(), &params, &Silent, || Keep::default, tuning).unwrap();
                let amounts: Vec<i64> = scanned.output.iter().map(|row| row.4.unwrap()).collect();
                assert_eq!(amounts, [1530, -1, 188], "6.00 x 2.55, -12 x 0.0005, 1.5 x 1.25");
                assert_eq!(scanned.receipt.amount, Some(1717));
                assert_eq!(scanned.receipt.amounts_unread, 2);
                assert_eq!(scanned.receipt.files[0].read_as.decimal, Some(decimal));
                let columns: Vec<_> = scanned.rejects.rows.iter().map(|row| row.column).collect();
                assert_eq!(columns, [Some(3), Some(2)], "the factor that cannot be read is named");
            }
        }
        let doubled = read("customer_id,date,Quantity,UnitPrice,Quantity*UnitPrice\na,2020-01-01,6,2.55,7\n", &params);
        assert_eq!(doubled.unwrap().output[0].4, Some(700), "a column of that very name is one column");
    }

    #[test]
    fn an_amount_may_be_the_difference_of_two_columns_of_which_one_is_empty() {
        let mut columns = ColumnMap::default();
        columns.add("amount=Haben-Soll").unwrap();
        let params = ScanParams { columns, ..aside() };
        let text = "id;date;Soll;Haben\na;2020-01-01;;12.50\nb;2020-01-01;3.25;\nc;2020-01-02;1;1.5\nd;2020-01-02;;\ne;2020-01-02;NULL;x\nf;2020-01-02;y;2\ng;2020-01-02;0.001;2\nh;2020-01-02;NULL;7\ni;2020-01-02;\"\";\"8\"\nj;2020-01-02;;0.00\r\nk;2020-01-02;5;\r\n";
        let commas = text.replace('.', ",");
        let swapped = text.replace("Soll;Haben", "Haben;Soll");
        for (text, decimal, sign) in [(text, "point", 1), (&commas, "comma", 1), (&swapped, "point", -1)] {
            for fast in [true, false] {
                let inputs = inputs(&[("bank.csv", text.as_bytes())]);
                let tuning = Tuning { chunk: 1 << 16, fast };
                let scanned =
                    scan_tuned(&inputs, &Wanted::transactions(), &params, &Silent, || Keep::default, tuning).unwrap();
                let amounts: Vec<i64> = scanned.output.iter().map(|row| sign * row.4.unwrap()).collect();
                assert_eq!(amounts, [1250, -325, 50, 700, 800, 0, -500]);
                assert_eq!(scanned.receipt.amount, Some(sign as i128 * 1975));
                assert_eq!((scanned.receipt.rows, scanned.receipt.amounts_unread), (11, 4));
                assert_eq!(scanned.receipt.files[0].read_as.decimal, Some(decimal));
                let bad: Vec<_> = scanned.rejects.rows.iter().map(|row| (row.line, row.reason, row.column)).collect();
                let amount = |line, problem, column| (line, Reason::Amount(problem), Some(column));
                let first = if sign > 0 { 3 } else { 2 };
                let expected = [
                    amount(5, AmountProblem::Empty, first),
                    amount(6, AmountProblem::Form, 3),
                    amount(7, AmountProblem::Form, 2),
                    amount(8, AmountProblem::TooPrecise, 2),
                ];
                assert_eq!(bad, expected, "the column that is at fault is named");
            }
        }
        let one = read("id;date;Soll;Haben;Haben-Soll\na;2020-01-01;6;2.55;7\n", &params);
        assert_eq!(one.unwrap().output[0].4, Some(700), "a column of that very name is one column");
        let mixed = read("id;date;Soll;Haben\na;2020-01-01;$6;\nb;2020-01-01;;7 EUR\n", &params).unwrap_err();
        assert!(mixed.to_string().starts_with("amounts are in several currencies"), "{mixed}");
        let unclear = read("id;date;Soll;Haben\na;2020-01-01;6.000;\nb;2020-01-01;;7\n", &params).unwrap_err();
        assert!(unclear.to_string().contains("`6.000` could be 6 or 6000"), "{unclear}");
        // The value of one column tells how the other is written.
        let told = read("id;date;Soll;Haben\na;2020-01-01;6.000;\nb;2020-01-01;;7,5\n", &params).unwrap();
        assert_eq!(told.receipt.amount, Some(750 - 600_000));
    }

    #[test]
    fn a_zero_byte_behind_what_is_looked_at_first_makes_a_bad_row() {
        let good = "a,2020-01-01,1\n".repeat(6000);
        let text = format!("customer_id,date,amount\n{good}b\0,2020-01-01,1\n{good}");
        for fast in [true, false] {
            let inputs = inputs(&[("log.csv", text.as_bytes())]);
            let tuning = Tuning { chunk: 1 << 12, fast };
            let wanted = Wanted::transactions();
            let scanned = scan_tuned(&inputs, &wanted, &aside(), &Silent, || Keep::default, tuning).unwrap();
            let bad: Vec<_> = scanned.rejects.rows.iter().map(|row| (row.line, row.reason)).collect();
            assert_eq!(bad, [(6002, Reason::ZeroByte)]);
            assert_eq!(scanned.output.len(), 12_000);
        }
    }

    #[test]
    fn what_is_no_record_behind_plain_ones_is_no_record_wherever_the_columns_stand() {
        for header in ["customer_id,date,amount,x,y", "x,y,customer_id,date,amount", "x,customer_id,date,y,amount"] {
            for tail in ["", "\n", "\n\n", "\r\n", "Total 40", "Total 40\n", "x", ",\n\n", "a,b,c\n\n"] {
                for rows in 0..40 {
                    let row = |number: i32| {
                        let values = [("customer_id", "a"), ("date", "2024-01-02"), ("amount", "5.00")];
                        let field =
                            |name: &str| values.iter().find(|value| value.0 == name).map_or("-", |value| value.1);
                        let fields: Vec<&str> = header.split(',').map(field).collect();
                        // Some fields are for the careful reading, which changes how many are tried at once.
                        fields.join(",").replace("5.00", if number % 7 == 3 { "5 EUR" } else { "5.00" }) + "\n"
                    };
                    let text: String = (0..rows).map(row).collect();
                    let text = format!("{header}\n{text}{tail}");
                    let scanned = read(&text, &aside()).unwrap();
                    // Delimiters alone are a blank line.
                    let bad = usize::from(!tail.trim_matches([',', '\r', '\n']).is_empty());
                    assert_eq!((scanned.output.len(), scanned.rejects.len()), (rows as usize, bad), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn carriage_returns_end_lines_where_they_end_the_first() {
        let records = "customer_id,date,amount,note\ra,2024-01-02,5,ok\rb,2024-01-03,6,";
        for (tail, lines) in [
            ("fine\rc,2024-01-04,7,ok\r", 3),
            ("\"two\nlines\"\rc,2024-01-04,7,ok\r", 3),
            ("fine\r\n", 2),
            ("fine\rc,2024-01-04,7,ok\nd,2024-01-05,8,ok\n", 4),
        ] {
            assert_eq!(read(&format!("{records}{tail}"), &aside()).unwrap().output.len(), lines, "{tail:?}");
        }
        let feeds = "\"no\rte\",customer_id,date,amount\nx,a,2024-01-02,5\n";
        assert_eq!(read(feeds, &aside()).unwrap().output.len(), 1);
        let both = "customer_id,date,amount\r\r\na,2024-01-02,5\r\r\nb,2024-01-02,5\r\r\n";
        assert_eq!(read(both, &aside()).map(|scanned| scanned.output.len() + scanned.rejects.len()).ok(), Some(2));
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_the_columns_resolve() {
        for delimiter in [',', '\t', ';', '|'] {
            let text =
                "customer id,date,the; \tamount|x,amount\n1,2020-01-01,x,5\n".replace(',', &delimiter.to_string());
            let text = if delimiter == ',' { text } else { text.replacen("the; \tamount|x", "note", 1) };
            assert_eq!(read(&text, &ScanParams::default()).unwrap().output.len(), 1, "{delimiter:?}");
        }
        let pinned = ScanParams { delimiter: Some(";".parse().unwrap()), ..ScanParams::default() };
        let refused = read("customer_id,date,amount\n", &pinned).unwrap_err();
        assert_eq!(refused.to_string(), "log.csv: no column is named `customer_id` (the customer, as text)");
    }

    #[test]
    fn files_with_their_columns_in_another_order_are_one_table() {
        let first: &[u8] = b"customer_id,date,amount,channel\na,2020-01-01,1,web\n";
        let second: &[u8] = b"amount;note;id;day\n2;x;b;20200102\n";
        let wanted = Wanted::transactions().text(TextColumn::Optional(REVENUE));
        let scanned =
            scan(&inputs(&[("1.csv", first), ("2.csv", second)]), &wanted, &aside(), &Silent, Keep::default).unwrap();
        assert_eq!(ids(&scanned.output), ["a", "b"]);
        assert_eq!(scanned.output[1].5, [b""]);
        let files: Vec<_> = scanned.receipt.files.iter().map(|file| (file.read_as.file.as_str(), file.rows)).collect();
        assert_eq!(files, [("1.csv", 1), ("2.csv", 1)]);
    }

    #[test]
    fn text_columns_come_in_the_order_asked_for() {
        let wanted = Wanted::id(CUSTOMER_ID)
            .text(TextColumn::Named("channel".into()))
            .date(DATE)
            .text(TextColumn::Named("activity".into()));
        let text: &[u8] = "activity,when,date,customer_id,channel\ncall,x,2020-01-01,ä,phone\n".as_bytes();
        let scanned = scan(&inputs(&[("a.csv", text)]), &wanted, &aside(), &Silent, Keep::default).unwrap();
        assert_eq!(scanned.output[0].5, [b"phone".to_vec(), b"call".to_vec()]);
        assert_eq!(scanned.receipt.amount, None);
        let missing = wanted.text(TextColumn::Named("chanel".into()));
        let refused = scan(&inputs(&[("a.csv", text)]), &missing, &aside(), &Silent, Keep::default).unwrap_err();
        assert_eq!(refused.to_string(), "a.csv: no column is named `chanel`");
        assert_eq!(refused.hint_text(), Some("the nearest is `channel`"));
    }

    #[test]
    fn a_record_longer_than_a_chunk_is_ordinary() {
        let long = "x".repeat(3000);
        let text =
            format!("customer_id,date,amount\n{long},2020-01-01,1\n\"{long}\n{long}\",2020-01-01,1\nz,2020-01-01,1");
        let scanned = scan_tuned(
            &inputs(&[("a.csv", text.as_bytes())]),
            &Wanted::transactions(),
            &ScanParams::default(),
            &Silent,
            || Keep::default,
            Tuning { chunk: 16, fast: true },
        )
        .unwrap();
        let lengths: Vec<_> = scanned.output.iter().map(|row| (row.1, row.2.len())).collect();
        assert_eq!(lengths, [(2, 3000), (3, 6001), (5, 1)]);
    }
}

mod refused {
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
        assert_eq!(
            refused.hint_text(),
            Some("leave rows without a customer out with `--no-customer aside`, or mend them")
        );
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
}

mod dialects {
    use super::*;
    use crate::dialect::{DateFormat, Decimal};

    /// Id, day and minor units of each row.
    fn rows(text: &[u8], params: &ScanParams) -> Result<Vec<(String, i32, i64)>> {
        let scanned = scan(&inputs(&[("log.csv", text)]), &Wanted::transactions(), params, &Silent, Keep::default)?;
        let row = |row: &Row| (String::from_utf8(row.2.clone()).unwrap(), row.3.unwrap(), row.4.unwrap());
        Ok(scanned.output.iter().map(row).collect())
    }

    const PLAIN: &str =
        "customer_id,date,amount\nMüller,2024-03-31,1355.90\n007,2024-04-03,-12.00\nx,2024-04-05,1000\n";

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
        let american = "customer_id\tdate\tamount\nMüller\t3/31/24 11:59 PM\t$1,355.90\n007\t4/3/24\t($12.00)\nx\t4/5/24\t\"1,000\"\n";
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let big: Vec<u8> = "\u{FEFF}".encode_utf16().chain(german.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let serial = "customer_id,date,amount\nMüller,45382,1355.9\n007,45385.5,-12\nx,45387,1000.00\n";
        let epoch =
            "sep=|\ncustomer_id|date|amount\nMüller|1711843200|1355.9\n007|1712102400|-12\nx|1712275200|1000.00\n";
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
        let text =
            "customer_id,date,amount\na,2024-01-01,€5.00\nb,2024-01-01,5\nc,2024-01-01,$5.00\nd,2024-01-01,$6.00\n";
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
}

mod rejects {
    use super::*;

    #[test]
    fn rejects_are_the_bytes_of_the_input_with_their_reasons() {
        let folder = folder();
        let text: &[u8] = b"\xEF\xBB\xBFcustomer_id,date,amount\r\na,2020-01-01,1\r\n,\"2020-01-01\",2\r\nb,x\"y,3";
        let other: &[u8] = b"id\tdate\tamount\nc\t2020-01-01\t1,5,\n";
        let inputs = inputs(&[("in/log.csv", text), ("log.csv", other)]);
        let scanned = scan(&inputs, &Wanted::transactions(), &aside(), &Silent, Keep::default).unwrap();
        assert_eq!(scanned.rejects.len(), 3);
        scanned.rejects.write(&folder.path().join("rejects")).unwrap();
        let read = |name: &str| std::fs::read(folder.path().join("rejects").join(name)).unwrap();
        assert_eq!(read("log.csv"), b"\xEF\xBB\xBFcustomer_id,date,amount\r\n,\"2020-01-01\",2\r\nb,x\"y,3\n");
        assert_eq!(read("log-2.csv"), b"id\tdate\tamount\nc\t2020-01-01\t1,5,\n");
        assert_eq!(
            String::from_utf8(read("reasons.csv")).unwrap(),
            "file,line,byte_offset,column,value,reason
in/log.csv,3,44,customer_id,,no customer
in/log.csv,4,61,date,\"x\"\"y\",not a date
log.csv,2,15,amount,\"1,5,\",not an amount
"
        );
        let again = scanned.rejects.write(&folder.path().join("rejects")).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Io);
    }

    #[test]
    fn rejects_mended_and_fed_back_complete_the_run() {
        let folder = folder();
        let good = "customer_id,date,amount\na,2020-01-01,1\nb,2020-01-02,2\nc,2020-01-03,3";
        let bad = good.replace("2020-01-02", "2020-13-02").replace(",3", ",3x");
        let first = read(&bad, &aside()).unwrap();
        first.rejects.write(folder.path()).unwrap();
        let path = folder.path().join("log.csv");
        let mended = std::fs::read_to_string(&path).unwrap().replace("-13-", "-01-").replace("3x", "3");
        let second = read(&mended, &ScanParams::default()).unwrap();
        let whole = read(good, &ScanParams::default()).unwrap();
        assert_eq!(
            first.receipt.amount_used.unwrap() + second.receipt.amount_used.unwrap(),
            whole.receipt.amount.unwrap()
        );
        let mut all = [ids(&first.output), ids(&second.output)].concat();
        all.sort_unstable();
        assert_eq!(all, ids(&whole.output));
    }
}

mod sources {
    use super::*;

    fn opened(names: &[&str]) -> std::result::Result<Vec<String>, String> {
        Inputs::open(names).map(|inputs| inputs.names().map(str::to_owned).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn paths_and_globs_are_opened_before_any_work() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["b.csv", "a.csv", "[x].csv"] {
            std::fs::write(path(name), "customer_id,date,amount\n").unwrap();
        }
        std::fs::write(path("empty.txt"), "").unwrap();
        assert_eq!(opened(&[&path("?.csv")]).unwrap(), [path("a.csv"), path("b.csv")]);
        assert_eq!(opened(&[&path("[x].csv")]).unwrap(), [path("[x].csv")]);
        assert_eq!(opened(&[&path("*.tsv")]).unwrap_err(), format!("no file matches `{}`", path("*.tsv")));
        assert!(opened(&[&path("c.csv")]).unwrap_err().starts_with(&format!("{}: cannot be opened: ", path("c.csv"))));
        assert_eq!(opened(&[&path("")]).unwrap_err(), format!("{}: is a folder", path("")));
        assert_eq!(opened(&[&path("empty.txt")]).unwrap_err(), format!("{}: is empty", path("empty.txt")));
        assert_eq!(
            opened(&[&path("a.csv"), &path("?.csv")]).unwrap_err(),
            format!("`{}` is given twice", path("a.csv"))
        );
        assert_eq!(opened(&[]).unwrap_err(), "no file is given");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let refused = |bytes: &[u8]| Source::from_bytes("f", bytes).unwrap_err().to_string();
        assert_eq!(refused(b""), "f: is empty");
        assert_eq!(refused(b"\xEF\xBB\xBF"), "f: is empty");
        assert_eq!(refused(b"id,date\na\0b"), "f: holds zero bytes, so it is no text");
        assert!(refused(b"\x1F\x8B\x08\0").starts_with("f: cannot be read: "));
        assert!(refused(b"\x28\xB5\x2F\xFD").starts_with("f: cannot be read: "));
        assert_eq!(refused(b"PK\x03\x04xx"), "f: is a workbook or a zip archive");
        assert_eq!(refused(b"BZh91AY&SY"), "f: is compressed with bzip2");
        assert_eq!(refused(b"%PDF-1.7\n"), "f: is a PDF");
        assert_eq!(refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"), "f: is a workbook");
        for page in ["<!doctype HTML>", "\n <html lang=\"en\">", "<?xml version=\"1.0\"?>", "<table border=1>"] {
            assert_eq!(refused(page.as_bytes()), "f: is a web page or XML");
        }
        assert_eq!(refused(b"\xFD7zXZ\0"), "f: is compressed with xz");
    }

    #[test]
    fn headers_are_refused_before_the_first_row() {
        let refused = |text: &str| read(text, &ScanParams::default()).unwrap_err().to_string();
        assert_eq!(refused("\n\n"), "log.csv: has no header");
        assert_eq!(refused("id,date,date,amount\n"), "log.csv:1: two columns are named `date`");
        assert_eq!(refused("id,\"date,amount\nx\n"), "log.csv:1: a quote in the header is opened and never closed");
        let mut map = ColumnMap::default();
        map.add("amount=date").unwrap();
        let params = ScanParams { columns: map, ..ScanParams::default() };
        let twice = read("id,date,amount\n", &params).unwrap_err();
        assert_eq!(twice.to_string(), "log.csv: column `date` is asked for twice, as `date` and as `amount`");
    }

    #[test]
    fn a_header_without_rows_has_no_rows() {
        for text in ["customer_id,date,amount", "customer_id,date,amount\n", "customer_id,date,amount\r\n\r\n"] {
            let scanned = read(text, &ScanParams::default()).unwrap();
            assert_eq!((scanned.receipt.rows, scanned.receipt.amount), (0, Some(0)), "{text:?}");
        }
        let names = headers(&inputs(&[("a", b"x;customer_id\n")]), &ScanParams::default()).unwrap();
        assert_eq!(names[0].names(), ["x", "customer_id"]);
    }
}

#[test]
fn progress_counts_every_byte_once() {
    #[derive(Default)]
    struct Bytes(std::sync::Mutex<(Option<u64>, u64)>);
    impl Progress for Bytes {
        fn begin(&self, _: &str, total: Option<u64>) {
            self.0.lock().unwrap().0 = total;
        }
        fn advance(&self, amount: u64) {
            self.0.lock().unwrap().1 += amount;
        }
        fn end(&self) {}
    }
    let text: &[u8] = b"\xEF\xBB\xBFcustomer_id,date,amount\na,2020-01-01,1\n\nb,2020-01-01,1";
    for chunk in [1, 7, 1 << 20] {
        let bytes = Bytes::default();
        let tuning = Tuning { chunk, fast: true };
        let inputs = inputs(&[("1", text), ("2", text)]);
        scan_tuned(&inputs, &Wanted::transactions(), &aside(), &bytes, || Keep::default, tuning).unwrap();
        let (total, counted) = *bytes.0.lock().unwrap();
        assert_eq!((total, counted), (Some(2 * text.len() as u64), 2 * text.len() as u64));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn well_formed_files_are_read_as_the_csv_crate_reads_them(
        rows in prop::collection::vec(("[a-c\",\r\n ä;]{0,5}[a-c\";ä]", 1_i64..100_000, "[\",\r\n x]{0,5}"), 0..30),
        quoting in any::<bool>(),
        chunk in 1_usize..100,
    ) {
        let style = if quoting { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(["note", "amount", "date", "customer_id"]).unwrap();
        for (id, cents, note) in &rows {
            let amount = crate::money::Currency::UNNAMED.format((*cents).into());
            writer.write_record([note.as_str(), &amount, "2020-01-01", id.as_str()]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let wanted = Wanted::transactions().text(TextColumn::Named("note".into()));
        let inputs = inputs(&[("a.csv", &text)]);
        let tuning = Tuning { chunk, fast: true };
        let scanned = scan_tuned(&inputs, &wanted, &ScanParams::default(), &Silent, || Keep::default, tuning).unwrap();
        let read: Vec<_> = scanned.output.iter().map(|row| (row.2.clone(), row.4.unwrap(), row.5[0].clone())).collect();
        let expected: Vec<_> =
            rows.iter().map(|(id, cents, note)| (id.as_bytes().to_vec(), *cents, note.as_bytes().to_vec())).collect();
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn plain_records_are_read_alike_fast_and_carefully_whatever_their_lengths_and_line_ends() {
    let amounts =
        ["0.05", "1.50", "12345.67", "99999.99", "123456.78", "12345678.90", "12", "1.5", "-3.25", "1:00", "1.5x"];
    let ids = ["a", "abc+4", "+a", "1E+5", "12345678", "0123456789abcdef", "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"];
    let dates = [
        "2020-02-29",
        "2021-02-29",
        "2020-1-05",
        "20200105",
        "2020-01-05 10:30",
        "2020/01/05",
        "2020-01-0x",
        "2020-01-/5",
    ];
    let lines: Vec<[String; 3]> = amounts
        .iter()
        .flat_map(|amount| dates.map(|date| (date, *amount)))
        .zip(ids.iter().cycle())
        .map(|((date, amount), id)| [id.to_string(), date.to_owned(), amount.to_owned()])
        .collect();
    for (header, order) in [("customer_id,date,amount", [0, 1, 2]), ("amount,customer_id,date", [2, 0, 1])] {
        for ends in [["\n", "\n"], ["\r\n", "\r\n"], ["\n", "\r\n"], ["\r\n", "\n"], ["\r\n", "\r\r\n"]] {
            let rows = lines.iter().zip(ends.iter().cycle());
            let rows = rows.map(|(line, end)| order.map(|column| line[column].as_str()).join(",") + end);
            let text = format!("{header}\n{}", rows.collect::<String>());
            let read = |fast| {
                let inputs = inputs(&[("a.csv", text.as_bytes())]);
                let tuning = Tuning { chunk: 1 << 16, fast };
                scan_tuned(&inputs, &Wanted::transactions(), &aside(), &Silent, || Keep::default, tuning).unwrap()
            };
            let (fast, careful) = (read(true), read(false));
            assert!(fast.output.len() > 20, "{} rows of {header} and {ends:?}", fast.output.len());
            assert_eq!(fast.output, careful.output, "{header} and {ends:?}");
            assert_eq!(fast.receipt, careful.receipt, "{header} and {ends:?}");
        }
    }
}

#[test]
fn a_file_that_is_changed_while_it_is_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    let log = "customer_id,date,amount\nann,2024-01-01,1\n";
    let changes: [fn(&std::path::Path); 3] = [
        |path| std::fs::write(path, "customer_id,date,amount\nbob,2024-01-01,1\nbob,2024-01-02,1\n").unwrap(),
        |path| {
            // Of the same size and time.
            let before = std::fs::metadata(path).unwrap().modified().unwrap();
            let other = path.with_extension("other");
            std::fs::write(&other, "customer_id,date,amount\nbob,2024-01-01,1\n").unwrap();
            std::fs::File::open(&other).unwrap().set_modified(before).unwrap();
            std::fs::rename(other, path).unwrap();
        },
        |path| std::fs::File::options().append(true).open(path).unwrap().set_len(30).unwrap(),
    ];
    for change in changes {
        std::fs::write(&path, log).unwrap();
        let inputs = Inputs::open([path.to_str().unwrap()]).unwrap();
        assert_eq!(inputs.sources()[0].digest().unwrap(), blake3::hash(log.as_bytes()).to_hex().to_string());
        change(&path);
        for error in [
            inputs.sources()[0].digest().unwrap_err(),
            scan(&inputs, &Wanted::transactions(), &ScanParams::default(), &Silent, Keep::default).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().ends_with("log.csv: was changed while it was read"), "{error}");
        }
    }
}
