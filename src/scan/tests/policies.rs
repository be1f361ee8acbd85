use super::*;
use crate::exchange::Exchange;
use crate::money::Currency;

const ORDERS: &str = "order,customer_id,date,amount,status
1,Ann,2024-01-01,10.00,paid
2,ann ,2024-01-02,20.00,paid
3,bob,2024-01-03,30.00,canceled by shop
4,bob,2024-01-03,-5.00,refunded
5,eve@test.org,2024-01-04,1.00,paid
6,Bob,2024-01-04,0.00,paid
7,,2024-01-05,2.00,paid
";

fn decided(policies: Policies) -> ScanParams {
    ScanParams { policies, no_customer: NoCustomer::Aside, ..ScanParams::default() }
}

fn excluding(exclude: &[&str]) -> Policies {
    Policies { exclude: exclude.iter().map(|text| text.parse().unwrap()).collect(), ..Policies::default() }
}

fn aside(receipt: &Receipt) -> Vec<(&str, u64, i128)> {
    receipt.set_aside.iter().map(|entry| (entry.reason.as_str(), entry.rows, entry.amount.unwrap())).collect()
}

#[test]
fn excluded_rows_are_counted_under_the_first_exclusion_that_matches() {
    let policies = excluding(&["status=canceled*", "customer_id=*@test.*", "status=*", "amount=0.00"]);
    let scanned = read(ORDERS, &decided(policies)).unwrap();
    assert_eq!(
        aside(&scanned.receipt),
        [
            ("excluded by `status=canceled*`", 1, 3000),
            ("excluded by `customer_id=*@test.*`", 1, 100),
            ("excluded by `status=*`", 5, 2700),
        ]
    );
    assert!(scanned.output.is_empty() && scanned.rejects.is_empty());
    assert_eq!(scanned.receipt.first_date, None);
    // A value is compared as it is written; `date` is the standard name of a column that is called otherwise.
    let text = "Kunde;Datum;amount\na;31.12.2023;1,50\nb;01.02.2024;2,50\n";
    let mut params = decided(excluding(&["date=*.2023", "amount=?,5?"]));
    params.columns.add("customer_id=Kunde").unwrap();
    params.columns.add("date=Datum").unwrap();
    let scanned = read(text, &params).unwrap();
    assert_eq!(aside(&scanned.receipt), [("excluded by `date=*.2023`", 1, 150), ("excluded by `amount=?,5?`", 1, 250)]);
}

#[test]
fn rows_that_are_left_out_need_not_be_usable_and_amounts_that_cannot_be_read_are_counted() {
    let text = "customer_id,date,amount,status
a,2024-01-01,10.00,paid
,2024-01-02,1.00,canceled
b,2024-02-30,2.00,canceled
c,,void,canceled
,,,canceled
1E+11,2024-01-02,0.005,\"can\"\"celed\"
d,2024-01-03,4.00
e,2024-01-03,void,paid
";
    let params = ScanParams { bad_rows: BadRows::SetAside { at_most: None }, ..decided(excluding(&["status=can*"])) };
    let scanned = read(text, &params).unwrap();
    let receipt = &scanned.receipt;
    // A record with another number of fields does not tell which of them is the status.
    assert_eq!(
        aside(receipt),
        [("wrong number of fields", 1, 0), ("not an amount", 1, 0), ("excluded by `status=can*`", 5, 300)]
    );
    assert_eq!(receipt.set_aside.iter().map(|entry| entry.amounts_unread).collect::<Vec<_>>(), [1, 1, 3]);
    assert_eq!((receipt.rows, receipt.rows_used, receipt.amounts_unread), (8, 1, 5));
    assert_eq!((receipt.amount, receipt.amount_used), (Some(1300), Some(1000)));
    assert_eq!(scanned.rejects.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [8, 9]);
    assert_eq!(receipt.first_date, receipt.last_date);
    let json = serde_json::to_value(receipt).unwrap();
    assert_eq!(json["set_aside"][2]["amounts_unread"], 3);
}

#[test]
fn an_empty_customer_can_be_left_out_by_its_column() {
    let policies = excluding(&["customer_id="]);
    let receipt = read(ORDERS, &ScanParams { policies, ..ScanParams::default() }).unwrap().receipt;
    assert_eq!(aside(&receipt), [("excluded by `customer_id=`", 1, 200)]);
}

#[test]
fn rows_that_are_left_out_say_how_values_are_written_only_where_no_other_does() {
    let read_as = |rows: &str| {
        let text = format!("customer_id,date,amount,status\n{rows}");
        let receipt = read(&text, &decided(excluding(&["status=x"]))).map(|scanned| scanned.receipt);
        receipt.map(|receipt| (receipt.files[0].read_as.clone(), receipt.amount_used, receipt.amount))
    };
    let outvoted = "a,1/2/2024,\"1.234\",paid\na,31/1/2024,\"0,5\",paid\na,1/31/2024,7.5,x\na,2/28/2024,8.5,x\n";
    let (read, used, all) = read_as(outvoted).unwrap();
    assert_eq!((read.decimal, read.date_format.as_deref()), (Some("comma"), Some("dmy")));
    assert_eq!((used, all), (Some(123_450), Some(123_450)));
    let alone = "a,1/2/2024,\"1.234\",paid\na,1/31/2024,\"7,5\",x\n";
    let (read, used, all) = read_as(alone).unwrap();
    assert_eq!((read.decimal, read.date_format.as_deref()), (Some("comma"), Some("mdy")));
    assert_eq!((used, all), (Some(123_400), Some(124_150)));
    // What is left out raises no question.
    assert_eq!(read_as("a,2024-01-01,7,paid\na,1/2/2024,\"1.234\",x\n").unwrap().1, Some(700));
}

#[test]
fn a_currency_can_be_left_out_and_its_amounts_are_in_no_sum() {
    let text = "customer_id,date,amount,currency\na,2024-01-01,10,EUR\nb,2024-01-01,20,USD\nc,2024-01-01,€30,eur\n";
    assert!(read(text, &decided(Policies::default())).unwrap_err().to_string().contains("several currencies"));
    let receipt = read(text, &decided(excluding(&["currency=USD"]))).unwrap().receipt;
    assert_eq!((receipt.currency.code(), receipt.amount, receipt.amounts_unread), (Some("EUR"), Some(4000), 1));
    assert_eq!(aside(&receipt), [("excluded by `currency=USD`", 1, 0)]);
    let receipt = read(text, &decided(excluding(&["currency=USD", "customer_id=c"]))).unwrap().receipt;
    assert_eq!(aside(&receipt), [("excluded by `currency=USD`", 1, 0), ("excluded by `customer_id=c`", 1, 3000)]);
}

#[test]
fn an_exclusion_needs_its_column_in_every_file() {
    let refused = read(ORDERS, &decided(excluding(&["stauts=x"]))).unwrap_err();
    assert_eq!(refused.to_string(), "log.csv: no column is named `stauts`, and rows are excluded by `stauts=x`");
    let hint = "the nearest is `status`; where files may lack the column, exclude by `stauts?=x`";
    assert_eq!(refused.hint_text(), Some(hint));
}

#[test]
fn folded_and_trimmed_ids_are_one_customer_and_their_spellings_are_counted() {
    let names = |policies: Policies| {
        let scanned = read(ORDERS, &decided(policies)).unwrap();
        let names: Vec<String> = ids(&scanned.output).into_iter().map(str::to_owned).collect();
        (names, scanned.receipt.merged_ids.map(|merged| (merged.spellings, merged.customers)))
    };
    let (as_written, none) = names(Policies::default());
    assert_eq!((as_written.join("|").as_str(), none), ("Ann|ann |bob|bob|eve@test.org|Bob", None));
    let (folded, merged) = names(Policies { id_case: IdCase::Fold, ..Policies::default() });
    assert_eq!((folded.join("|").as_str(), merged), ("ann|ann |bob|bob|eve@test.org|bob", Some((2, 1))));
    let (both, merged) = names(Policies { id_case: IdCase::Fold, id_trim: true, ..Policies::default() });
    assert_eq!((both.join("|").as_str(), merged), ("ann|ann|bob|bob|eve@test.org|bob", Some((4, 2))));
}

#[test]
fn ids_of_tables_are_folded_like_those_of_logs_and_counted() {
    let read = |policies: Policies| {
        let text = *b"segment,customer_id\nA,Ann\nB,ann \nC,bob\nD,\xC3\x9CBER\n";
        let source = Source::from_bytes("customers.csv", text).unwrap();
        read_table(&source, &ScanParams { policies, ..ScanParams::default() }, &Silent).unwrap()
    };
    let names = |table: &TextTable| (0..table.len()).map(|row| table.column(1).show(row)).collect::<Vec<_>>().join("|");
    let as_written = read(excluding(&["segment=A", "segment=E"]));
    assert_eq!((names(&as_written).as_str(), as_written.folded_ids()), ("ann |bob|ÜBER", None));
    let left_out = as_written.left_out().iter().map(|(exclusion, rows)| (exclusion.to_string(), *rows));
    assert_eq!(left_out.collect::<Vec<_>>(), [("segment=A".into(), 1), ("segment=E".into(), 0)]);
    let folded = read(Policies { id_case: IdCase::Fold, id_trim: true, ..Policies::default() });
    assert_eq!(names(&folded), "ann|ann|bob|über");
    let merged = MergedIds { spellings: 2, customers: 1 };
    assert_eq!(folded.folded_ids(), Some(FoldedIds { rows: 3, merged }));
    assert_eq!(folded.column(0).get(0), b"A");
    let trimmed = read(Policies { id_trim: true, ..Policies::default() });
    assert_eq!(names(&trimmed), "Ann|ann|bob|ÜBER");
    assert_eq!(trimmed.folded_ids(), Some(FoldedIds { rows: 1, merged: MergedIds::default() }));
    let policies = Policies { id_case: IdCase::Fold, id_trim: true, ..Policies::default() };
    assert_eq!((policies.customer(" ÜBER"), Policies::default().customer(" ÜBER")), ("über".into(), " ÜBER".into()));
}

#[test]
fn an_id_of_spaces_is_none() {
    for space in [" ", "\u{A0}", "\u{3000} "] {
        let text = format!("customer_id,date,amount\n{space},2024-01-01,1\n");
        let scanned = read(&text, &decided(Policies::default())).unwrap();
        assert_eq!(aside(&scanned.receipt), [("no customer", 1, 100)]);
    }
}

#[test]
fn refunds_and_zero_amounts_are_dropped_when_asked() {
    let policies =
        Policies { refunds: Refunds::Drop, zero_amounts: ZeroAmounts::Drop, ..excluding(&["order=7", "order=1"]) };
    let receipt = read(ORDERS, &decided(policies)).unwrap().receipt;
    assert_eq!(
        aside(&receipt),
        [
            ("excluded by `order=7`", 1, 200),
            ("excluded by `order=1`", 1, 1000),
            ("refunds dropped", 1, -500),
            ("amounts of zero dropped", 1, 0),
        ]
    );
    assert_eq!((receipt.amount, receipt.amount_used), (Some(5800), Some(5100)));
}

mod unique {
    use super::*;

    fn by(columns: &[&str]) -> ScanParams {
        decided(Policies { unique: columns.iter().map(|name| (*name).to_owned()).collect(), ..Policies::default() })
    }

    const TWICE: &str = "order_id,line,customer_id,date,amount
1,1,a,2024-01-01,10
1,2,a,2024-01-01,5
2,1,b,2024-01-02,7
2,1,b,2024-01-02,7.00
,,c,2024-01-03,1
,,c,2024-01-03,1
2,1,b,20240102,7
";

    #[test]
    fn identical_rows_are_kept_unless_a_key_is_declared() {
        assert_eq!(read(TWICE, &ScanParams::default()).unwrap().receipt.rows_used, 7);
        let receipt = read(TWICE, &by(&["order_id", "line"])).unwrap().receipt;
        assert_eq!((receipt.rows, receipt.rows_used, receipt.rows_same_key), (7, 5, 2));
        assert_eq!(
            (receipt.amount, receipt.amount_used, receipt.amount_same_key),
            (Some(3800), Some(2400), Some(1400))
        );
        let json = serde_json::to_value(&receipt).unwrap();
        assert_eq!((&json["rows_same_key"], &json["amount_same_key"]), (&2.into(), &"14.00".into()));
    }

    #[test]
    fn rows_of_one_key_that_differ_are_refused_with_both_lines() {
        let refused = read(TWICE, &by(&["order_id"])).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Data);
        assert_eq!(
            refused.to_string(),
            "1 key stands for rows that differ in customer, day or amount (`--unique order_id`)
  log.csv:3: `1` is another row than on line 2"
        );
        let other = "order_id,line,customer_id,date,amount\n2,1,z,2024-01-02,7\n";
        let files = inputs(&[("1.csv", other.as_bytes()), ("2.csv", TWICE.as_bytes())]);
        let params = by(&["order_id", "line"]);
        let refused = scan(&files, &Wanted::transactions(), &params, &Silent, Keep::default).unwrap_err();
        assert!(refused.to_string().ends_with("\n  2.csv:4: `2,1` is another row than on 1.csv:2"), "{refused}");
    }

    #[test]
    fn the_order_of_rows_and_threads_change_no_word() {
        let mut rows: Vec<String> = (0..3000).map(|row| format!("{},a,2024-01-01,{}\n", row % 700, row % 3)).collect();
        let all = |rows: &[String]| format!("order_id,customer_id,date,amount\n{}", rows.concat());
        let told = |rows: &[String], threads: usize, chunk: usize| {
            let inputs = inputs(&[("a.csv", all(rows).as_bytes())]);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let tuning = Tuning { chunk, fast: true };
            let start = || Keep::default;
            let refused = pool.install(|| {
                scan_tuned(&inputs, &Wanted::transactions(), &by(&["order_id"]), &Silent, start, tuning).unwrap_err()
            });
            refused.to_string()
        };
        let one = told(&rows, 1, 1 << 20);
        assert!(one.starts_with("700 keys stand for rows that differ"), "{one}");
        assert_eq!(one, told(&rows, 8, 100));
        rows.reverse();
        assert!(told(&rows, 8, 100).starts_with("700 keys stand for rows that differ"));
    }
}

mod currencies {
    use super::*;

    const MIXED: &str = "customer_id,date,amount,currency
a,2024-01-15,10.00,EUR
a,2024-02-15,10.00,usd
b,2024-02-15,US$ 0.30,USD
b,2024-02-15,1000,JPY
";

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn rates() -> Exchange {
        let rates = [("USD", "2024-01-01", "0.9"), ("USD", "2024-02-01", "0.95"), ("JPY", "2024-01-01", "0.0061234")];
        let rates = rates.map(|(code, day, rate)| (currency(code), day.parse().unwrap(), rate.to_owned()));
        Exchange::of_all(&currency("EUR"), &rates).unwrap()
    }

    fn converting() -> ScanParams {
        ScanParams { currency: currency("EUR"), exchange: Some(rates()), ..ScanParams::default() }
    }

    #[test]
    fn several_currencies_are_refused_without_rates() {
        let refused = read(MIXED, &ScanParams::default()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "amounts are in several currencies
  log.csv:2: column `currency`: the amount is in `EUR`
  log.csv:3: column `currency`: the amount is in `USD`
  log.csv:4: column `amount`: `US$ 0.30` is in `US$`
  log.csv:5: column `currency`: the amount is in `JPY`"
        );
        assert!(refused.hint_text().unwrap().contains("`--exchange-rates FILE`"));
    }

    #[test]
    fn each_row_is_converted_at_the_rate_of_its_day() {
        let scanned = read(MIXED, &converting()).unwrap();
        let amounts: Vec<i64> = scanned.output.iter().map(|row| row.4.unwrap()).collect();
        // 10, 10 * 0.95, 0.30 * 0.95 = 0.285, 1000 * 0.0061234 = 6.1234.
        assert_eq!(amounts, [1000, 950, 28, 612]);
        let receipt = &scanned.receipt;
        let currencies: Vec<_> = receipt
            .currencies
            .iter()
            .map(|entry| (entry.currency.to_string(), entry.rows, entry.original, entry.amount))
            .collect();
        let expected = [("EUR", 1, 1000, 1000), ("JPY", 1, 1000, 612), ("USD", 2, 1030, 978)];
        assert_eq!(
            currencies,
            expected.map(|(code, rows, original, amount)| (code.to_owned(), rows, original, amount))
        );
        assert_eq!(receipt.amount, Some(2590));
        let json = serde_json::to_value(receipt).unwrap();
        assert_eq!(json["currencies"][1]["original"], "1000");
        assert_eq!(json["currencies"][1]["amount"], "6.12");
    }

    #[test]
    fn a_product_is_made_in_its_own_currency_and_then_converted() {
        let text = "customer_id,date,quantity,price,currency
a,2024-01-15,3,0.335,EUR
a,2024-02-15,7,1.005,USD
b,2024-02-15,2.5,333,JPY
b,2024-02-15,-2,US$ 0.15,USD
";
        let mut params = converting();
        params.columns.add("amount=quantity*price").unwrap();
        let amounts: Vec<i64> = read(text, &params).unwrap().output.iter().map(|row| row.4.unwrap()).collect();
        // 1.005 to 1.00 EUR; 7.035 to 7.04 USD, at 0.95 6.688; 832.5 to 832 JPY, at 0.0061234 5.0947; -0.30 USD, -0.285.
        assert_eq!(amounts, [100, 669, 509, -28]);
    }

    #[test]
    fn a_difference_is_made_in_its_own_currency_and_then_converted() {
        let text = "customer_id,date,out,in,currency
a,2024-01-15,,3.50,EUR
a,2024-02-15,7.04,,USD
b,2024-02-15,US$ 1,$2,USD
";
        let mut params = converting();
        params.columns.add("amount=in-out").unwrap();
        let amounts: Vec<i64> = read(text, &params).unwrap().output.iter().map(|row| row.4.unwrap()).collect();
        // At 0.95: -6.688 and 0.95.
        assert_eq!(amounts, [350, -669, 95]);
        let two = text.replace("US$ 1", "€1");
        let refused = read(&two, &params).unwrap_err().to_string();
        assert!(refused.contains("log.csv:4: column `out`: "), "{refused}");
    }

    #[test]
    fn a_currency_that_has_no_rate_or_is_missing_or_two_is_a_row_that_cannot_be_used() {
        let text = "customer_id,date,amount,currency
a,2024-01-15,1,CHF
a,2024-01-15,2,
a,2024-01-15,£3,EUR
a,2024-01-15,€4,
a,2024-01-15,5,KWD
a,2024-02-30,6,USD
";
        let refused = read(text, &converting()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "5 of 6 rows cannot be used (no such day 1, currency missing 1, no exchange rate 2, two currencies 1)
  log.csv:2: column `currency`: `CHF` has no exchange rate, or is a sign of several that have one
  log.csv:3: column `currency`: the currency is missing
  log.csv:4: column `amount`: `£3` is marked in another currency than its row names
  log.csv:6: column `currency`: `KWD` has no exchange rate, or is a sign of several that have one
  log.csv:7: column `date`: `2024-02-30` is a day that the calendar does not have"
        );
    }

    #[test]
    fn one_currency_that_nobody_named_is_adopted_and_one_that_contradicts_is_refused() {
        let text = "customer_id,date,amount,ccy\na,2024-01-01,1,eur\nb,2024-01-01,2 €,EUR\nc,2024-01-01,3,\n";
        let receipt = read(text, &ScanParams::default()).unwrap().receipt;
        assert_eq!((receipt.currency.code(), receipt.amount), (Some("EUR"), Some(600)));
        let said = ScanParams { currency: currency("USD"), ..ScanParams::default() };
        let refused = read("customer_id,date,amount,currency\na,2024-01-01,1,EUR\n", &said).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "amounts are in another currency than `--currency` says
  log.csv:2: column `currency`: the amount is in `EUR`"
        );
        let yen = read("customer_id,date,amount,currency\na,2024-01-01,100,JPY\n", &ScanParams::default()).unwrap();
        assert_eq!(yen.receipt.currency.code(), None);
        let signs = ScanParams { currency: currency("USD"), ..ScanParams::default() };
        assert!(read("customer_id,date,amount\na,2024-01-01,$1\nb,2024-01-01,US$ 2\n", &signs).is_ok());
    }
}

#[test]
fn a_currency_in_another_encoding_than_its_file_is_the_same_wherever_its_row_goes() {
    // One row makes the file Windows-1252, and another has the mark of its currency in UTF-8 and a day that is none.
    let text = b"id,date,amount,currency\na,2020-01-01,1.50,EUR\nb\xFF,2020-01-02,4,EUR\nb\xFF,2020-01-02,4,EUR\na,2020-01-32,1.50,\xE2\x82\xAC\n";
    let amounts = |exclude: &[&str]| {
        let exclude = exclude.iter().map(|text| text.parse().unwrap()).collect();
        let params = ScanParams { policies: Policies { exclude, ..Policies::default() }, ..super::aside() };
        let scanned =
            scan(&inputs(&[("log.csv", text)]), &Wanted::transactions(), &params, &Silent, Keep::default).unwrap();
        (scanned.receipt.amount, scanned.receipt.amounts_unread)
    };
    assert_eq!(amounts(&[]), (Some(1_100), 0));
    assert_eq!(amounts(&["date=2020-01-32"]), amounts(&[]));
}
