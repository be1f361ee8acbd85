//! Records and the values of their fields.

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
                    let field = |name: &str| values.iter().find(|value| value.0 == name).map_or("-", |value| value.1);
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
        let text = "customer id,date,the; \tamount|x,amount\n1,2020-01-01,x,5\n".replace(',', &delimiter.to_string());
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
    let text = format!("customer_id,date,amount\n{long},2020-01-01,1\n\"{long}\n{long}\",2020-01-01,1\nz,2020-01-01,1");
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
