//! Tables: every field kept, amounts of them, and rows that their use refuses.

use super::*;

#[test]
fn a_table_keeps_every_field_in_order() {
    let text = "customer_id,profit,note\nb,1.5,\"x,\ny\"\na,-2,\n";
    for chunk in [1, 20, 4 << 20] {
        let source = Source::from_bytes("p.csv", text.as_bytes()).unwrap();
        let tuning = Tuning { chunk, fast: true };
        let table = table::read_table_tuned(&source, &ScanParams::default(), &Silent, tuning).unwrap();
        assert_eq!(table.column(0).iter().collect::<Vec<_>>(), [b"b", b"a"]);
        assert_eq!(table.column(2).iter().collect::<Vec<_>>(), [b"x,\ny".as_slice(), b""]);
        assert_eq!(table.lines(), [2, 4]);
        let mut problems = Problems::new();
        let at = table.header().require(PROFIT, &ColumnMap::default()).unwrap();
        assert_eq!(table.required(at, value::number, &mut problems), [1.5, -2.0]);
        assert_eq!(table.optional(2, |_, text| Ok(text.len()), &mut problems), [Some(4), None]);
        assert!(problems.is_empty());
    }
}

#[test]
fn values_that_cannot_be_used_are_all_reported() {
    let rows: String = (0..30).map(|row| format!("{row},{}\n", if row % 2 == 0 { "inf" } else { "1e400" })).collect();
    let source = Source::from_bytes("p.csv", format!("customer_id,profit\n{rows}").as_bytes()).unwrap();
    let table = read_table(&source, &ScanParams::default(), &Silent).unwrap();
    let mut problems = Problems::new();
    table.required(1, value::number, &mut problems);
    let refused = problems.check("30 values cannot be used", "mend them").unwrap_err().to_string();
    assert_eq!(refused.lines().count(), 11);
    assert!(refused.starts_with("30 values cannot be used (not a number 30)\n  p.csv:2: column `profit`: `inf` is"));
}

#[test]
fn records_of_other_fields_are_refused() {
    let source = Source::from_bytes("p.csv", *b"customer_id,profit\na\nb,1\nc,1,2\n").unwrap();
    let refused = read_table(&source, &ScanParams::default(), &Silent).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "2 of 3 rows cannot be used (wrong number of fields 2)
  p.csv:2: the record has 1 field where the header has 2
  p.csv:4: the record has 3 fields where the header has 2"
    );
}

#[test]
fn of_a_table_only_what_is_wanted_is_kept_and_an_amount_that_is_none_is_still_said() {
    let read = |profit: &str| {
        let text = format!("customer_id,note,profit\na,x,1.50\nb,,{profit}\n");
        let source = Source::from_bytes("profits.csv", text.into_bytes()).unwrap();
        use crate::scan::Keep;
        let keep = [Keep::Texts, Keep::Nothing, Keep::Amounts];
        let wanted = |_: &Header| Ok(keep.to_vec());
        let silent = &crate::progress::Silent;
        read_columns_for(&source, &ScanParams::default(), silent, wanted, |_| Ok(())).unwrap().0
    };
    let amounts = |table: &TextTable| {
        let mut problems = Problems::new();
        let amounts = table.amounts((2, None), &crate::money::Currency::UNNAMED, &mut problems);
        problems.check("1 value cannot be used", "mend it").map(|()| amounts)
    };
    let table = read("-0.25");
    assert_eq!((table.column(0).get(1), amounts(&table).unwrap()), (&b"b"[..], vec![150, -25]));
    let refused = amounts(&read("many")).unwrap_err().to_string();
    assert!(refused.contains("profits.csv:3: column `profit`: `many` is not an amount"), "{refused}");
}

/// The amounts of a table in what stands for a standard column.
fn amounts_of(text: &str, column: crate::columns::Column, columns: &ColumnMap) -> Result<Vec<i64>> {
    let source = Source::from_bytes("work.csv", text.as_bytes().to_vec()).unwrap();
    let table = read_table(&source, &ScanParams::default(), &Silent).unwrap();
    let place = table.header().require_amount(column, columns).unwrap();
    let mut problems = Problems::new();
    let amounts = table.amounts(place, &crate::money::Currency::UNNAMED, &mut problems);
    problems.check("values cannot be used", "mend them").map(|()| amounts)
}

#[test]
fn an_amount_of_a_table_may_be_the_product_of_two_columns_as_in_a_log() {
    let text = "customer_id,hours,rate\na,6,2.55\nb,-12,0.0005\nc,1.5,1.25\nd,3,0.005\n";
    let mut columns = ColumnMap::default();
    columns.add("amount=hours*rate").unwrap();
    let read = |text: &str| amounts_of(text, AMOUNT, &columns);
    assert_eq!(read(text).unwrap(), [1530, -1, 188, 2], "6 x 2.55, -12 x 0.0005, 1.5 x 1.25, 3 x 0.005");
    // Each column is written in its own way, and what is wrong is said of the factor.
    let commas = "customer_id;hours;rate\na;1,5;$2.50\nb;2,25;4.10\n";
    assert_eq!(read(commas).unwrap(), [375, 922]);
    let refused =
        read("customer_id,hours,rate\na,x,1\nb,,2\nc,3,9000000000000000\nd,90000000000,900000000\n").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "values cannot be used (amount too large 2, not an amount 1, value missing 1)
  work.csv:2: column `hours`: `x` is not an amount
  work.csv:3: column `hours`: the value is missing
  work.csv:4: column `rate`: `9000000000000000` is an amount too large to be money
  work.csv:5: column `hours`: `90000000000` is an amount too large to be money"
    );
}

#[test]
fn an_amount_of_a_table_may_be_the_difference_of_two_columns_as_in_a_log() {
    let mut columns = ColumnMap::default();
    columns.add("profit=revenue-cost").unwrap();
    let read = |text: &str| amounts_of(text, PROFIT, &columns);
    assert_eq!(read("customer_id,revenue,cost\na,6,2.55\nb,,0.05\nc,1.5,\nd,N/A,0\n").unwrap(), [345, -5, 150, 0]);
    let refused = read("customer_id,revenue,cost\na,x,1\nb,,\nc,,y\n").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "values cannot be used (not an amount 2, value missing 1)
  work.csv:2: column `revenue`: `x` is not an amount
  work.csv:3: column `revenue`: the value is missing
  work.csv:4: column `cost`: `y` is not an amount"
    );
}

#[test]
fn a_factor_of_the_amount_can_be_asked_for_beside_it() {
    let text = "customer_id,date,quantity,price\na,2024-01-01,3,0.335\nb,2024-01-02,2,1\n";
    let mut params = ScanParams::default();
    params.columns.add("amount=quantity*price").unwrap();
    let wanted = Wanted::transactions().text_of(TextColumn::Named("quantity".into()), Holds::Quantities);
    let scanned = scan(&inputs(&[("items.csv", text.as_bytes())]), &wanted, &params, &Silent, Keep::default).unwrap();
    let rows: Vec<_> = scanned.output.iter().map(|row| (row.4.unwrap(), row.5[0].as_slice())).collect();
    assert_eq!(rows, [(100, &b"3"[..]), (200, b"2")]);
}

#[test]
fn rows_that_a_table_is_refused_for_are_set_aside_byte_for_byte_until_it_can_be_used() {
    let text = "customer_id,note,first_date\r\na,\"one\ntwo\",2024-01-01\r\nb,x,soon\r\na,y,2024-02-01\r\nc,z\r\nd,,2024-03-01";
    let used = |table: &TextTable| {
        let mut problems = Problems::new();
        let days = table.required(2, |written, text| value::day(written, text).map(|day| day.0), &mut problems);
        problems.check("values cannot be used", "mend them")?;
        // What is only looked at when all dates are known.
        let mut twice = Problems::new();
        let known = ValueProblem { reason: "customer twice", message: "is known" };
        for row in 1..table.len() {
            if (0..row).any(|earlier| table.column(0).get(earlier) == table.column(0).get(row)) {
                table.refuse(row, 0, known, &mut twice);
            }
        }
        twice.check("rows cannot be used", "mend them").map(|()| days.len())
    };
    let source = || Source::from_bytes("customers.csv", text.as_bytes().to_vec()).unwrap();
    let refused = read_table_for(&source(), &ScanParams::default(), &Silent, used).unwrap_err();
    assert!(refused.to_string().starts_with("1 of 5 rows cannot be used (wrong number of fields 1)"), "{refused}");
    let hint = refused.or_set_aside();
    assert_eq!(hint.hint_text(), Some("mend them in the file; or set these rows aside and go on with `--rejects DIR`"));
    let (table, days) = read_table_for(&source(), &aside(), &Silent, used).unwrap();
    assert_eq!((table.len(), days, table.lines()), (2, 2, &[2, 7][..]));
    let rejects = table.rejects();
    let places: Vec<_> = rejects
        .rows
        .iter()
        .map(|row| (row.line, row.column, row.reason, &text[row.offset as usize..][..row.length as usize]))
        .collect();
    assert_eq!(
        places,
        [
            (4, Some(2), Reason::Refused("not a date"), "b,x,soon\r\n"),
            (5, Some(0), Reason::Refused("customer twice"), "a,y,2024-02-01\r\n"),
            (6, None, Reason::FieldCount, "c,z\r\n"),
        ]
    );
    let bounded = |limit: &str| {
        let bad_rows = BadRows::SetAside { at_most: Some(limit.parse().unwrap()) };
        read_table_for(&source(), &ScanParams { bad_rows, ..ScanParams::default() }, &Silent, used)
    };
    assert!(bounded("3").is_ok());
    assert_eq!(
        bounded("2").unwrap_err().to_string(),
        "3 of 5 rows of customers.csv cannot be used, and at most 2 may be set aside (wrong number of fields 1, not a date 1, customer twice 1)
  customers.csv:4: column `first_date`: `soon`: not a date
  customers.csv:5: column `customer_id`: `a`: customer twice
  customers.csv:6: the record has 2 fields where the header has 3"
    );
}

#[test]
fn rows_that_a_reduction_refuses_are_set_aside_whatever_the_chunks_and_threads() {
    /// Refuses every customer of a line that is a multiple of seven.
    #[derive(Default)]
    struct Picky(Vec<(u64, i64)>, Problems);
    impl Reduce for Picky {
        type Output = Vec<(u64, i64)>;

        fn absorb(&mut self, batch: &Batch) {
            for (row, line) in batch.lines().iter().enumerate() {
                match line % 7 {
                    0 => self.1.add(
                        (0, *line, 0),
                        "unlucky",
                        crate::Location::line("log.csv", *line).column("amount"),
                        "x",
                    ),
                    _ => self.0.push((*line, batch.amounts()[row])),
                }
            }
        }

        fn merge(&mut self, other: Self) {
            self.0.extend(other.0);
            self.1.merge(other.1);
        }

        fn finish(mut self, _: &mut Account) -> Result<Self::Output> {
            self.1.check("rows cannot be used", "mend them")?;
            self.0.sort_unstable();
            Ok(self.0)
        }
    }
    let rows: String = (0..500).map(|row| format!("c{},2024-01-01,{row}.25\n", row % 9)).collect();
    let text = format!("customer_id,date,amount\n{rows}x,,1\n");
    let read = |chunk, fast, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (files, tuning) = (inputs(&[("log.csv", text.as_bytes())]), Tuning { chunk, fast });
        pool.install(|| scan_tuned(&files, &Wanted::transactions(), &aside(), &Silent, || Picky::default, tuning))
            .unwrap()
    };
    let one = read(1 << 20, true, 1);
    assert_eq!(one.output.len(), 500 - 71);
    assert_eq!((one.receipt.rows, one.receipt.rows_used, one.rejects.len()), (501, 429, 72));
    let used: i128 = one.output.iter().map(|(_, amount)| i128::from(*amount)).sum();
    assert_eq!(one.receipt.amount_used, Some(used));
    let all: i128 = (0..500).map(|row| row * 100 + 25).sum::<i128>() + 100;
    assert_eq!((one.receipt.amount, one.receipt.set_aside.len()), (Some(all), 2));
    assert!(one.rejects.rows.iter().all(|row| row.line % 7 == 0 || row.reason != Reason::Refused("unlucky")));
    for (chunk, fast, threads) in [(64, true, 8), (200, false, 2)] {
        let other = read(chunk, fast, threads);
        assert_eq!(
            (&other.output, &other.receipt, &other.rejects.rows),
            (&one.output, &one.receipt, &one.rejects.rows)
        );
    }
    let refused = scan(
        &inputs(&[("log.csv", b"customer_id,date,amount\na,2024-01-01,1\n")]),
        &Wanted::transactions(),
        &ScanParams::default(),
        &Silent,
        Picky::default,
    );
    assert!(refused.is_ok());
}

#[test]
fn a_column_that_could_be_read_in_two_ways_is_written_as_the_other_numbers_of_its_table() {
    let read = |text: &str, decimal| {
        let mut params = ScanParams::default();
        params.pinned.decimal = decimal;
        let source = Source::from_bytes("t.csv", text.as_bytes().to_vec()).unwrap();
        let table = read_table(&source, &params, &Silent).unwrap();
        let mut problems = Problems::new();
        let profits: Vec<f64> = table.required(1, value::number, &mut problems);
        problems.check("1 value cannot be used", "mend it").map(|()| profits[0])
    };
    let header = "customer_id;profit;revenue;version";
    assert_eq!(read(&format!("{header}\na;1.250;3.5;7,5\n"), None).unwrap(), 1.25);
    assert_eq!(read(&format!("{header}\na;1.250;3,5;7.5\n"), None).unwrap(), 1250.0);
    assert_eq!(read(&format!("{header}\na;1.250;3,5;\n"), Some(crate::dialect::Decimal::Point)).unwrap(), 1.25);
    // Its own values come first, whatever the others say.
    assert_eq!(read(&format!("{header}\na;1.250;3,5;\nb;2.5;4;\n"), None).unwrap(), 1.25);
    // A column of no standard number proves nothing, and neither do two that differ.
    assert!(read(&format!("{header}\na;1.250;35;7.5\n"), None).is_err());
    assert!(read("customer_id;profit;revenue;unit_cost\na;1.250;3.5;7,5\n", None).is_err());
}

#[test]
fn amounts_that_could_be_read_in_two_ways_are_settled_by_amounts_that_were_kept_as_such() {
    use crate::scan::Keep;
    let source = Source::from_bytes("t.csv", *b"customer_id,profit,revenue\na,1.250,3.50\n").unwrap();
    let keep = |_: &Header| Ok(vec![Keep::Texts, Keep::Amounts, Keep::Amounts]);
    let kwd: crate::money::Currency = "KWD".parse().unwrap();
    let params = ScanParams { currency: kwd.clone(), ..ScanParams::default() };
    let (table, _) = read_columns_for(&source, &params, &Silent, keep, |_| Ok(())).unwrap();
    let mut problems = Problems::new();
    assert_eq!(table.amounts((1, None), &kwd, &mut problems), [1250]);
    assert!(problems.is_empty());
}
