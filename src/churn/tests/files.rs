//! What files of contracts may hold.

use super::*;
use crate::columns::ColumnMap;
use crate::progress::Silent;
use crate::scan::{ScanParams, Source, read_table};

fn read(text: &str, params: &SubscriptionParams) -> crate::Result<Subscriptions> {
    let source = Source::from_bytes("subs.csv", text.as_bytes().to_vec())?;
    Subscriptions::from_table(&read_table(&source, &ScanParams::default(), &Silent)?, params)
}

fn refused(text: &str) -> String {
    let error = read(text, &SubscriptionParams::default()).unwrap_err();
    format!("{error}\nhint: {}", error.hint_text().unwrap())
}

#[test]
fn contracts_are_read_with_their_customers_segments_and_reasons_in_byte_order() {
    let text = "id,start_date,end_date,amount,plan,region,reason,canceled_at,billing_months,status\n\
                b,2024-01-10,2024-03-01,120,pro,north,price,2024-02-20,12,active\n\
                a,2024-01-01,,10.5,basic,south,,,,Paused\n\
                b,2024-03-05,,7,basic,north,,,,\n";
    let by = vec!["plan".into(), "region".into()];
    let found = read(text, &SubscriptionParams { by, ..SubscriptionParams::default() }).unwrap();
    assert_eq!(found.ids.iter().collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(found.segments, [["basic", "north"], ["basic", "south"], ["pro", "north"]]);
    let rows = found.contracts.rows();
    assert_eq!((rows[0].customer, rows[0].amount, rows[0].paused, rows[0].segment), (0, 1_050, true, 1));
    assert_eq!((rows[1].amount, rows[1].end), (1_000, Some(day("2024-03-01"))));
    let details = found.contracts.details(&rows[1]);
    assert_eq!(details.requested, Some(day("2024-02-20")));
    assert_eq!(found.reasons[details.reason.unwrap() as usize], "price");
    assert_eq!(found.contracts.details(&rows[0]).reason, None);
    assert!(found.has_amounts);
}

#[test]
fn an_amount_pays_for_a_time_in_numbers_or_words() {
    let amounts = |times: &[&str]| -> Vec<i64> {
        let rows = times.iter().zip(10..).map(|(time, id)| format!("{id},2024-01-01,120,{time}\n"));
        let text = "customer_id,start,amount,billing_months\n".to_owned() + &rows.collect::<String>();
        let found = read(&text, &SubscriptionParams::default()).unwrap();
        found.contracts.rows().iter().map(|row| row.amount).collect()
    };
    assert_eq!(amounts(&["", "1", "month", "Monthly", "every month", "NULL", "\u{A0}month"]), [12_000; 7]);
    assert_eq!(amounts(&["12", "year", "annual", "Yearly", "12 months", "4 quarters"]), [1_000; 6]);
    assert_eq!(amounts(&["3", "quarter", "per quarter", "3-month", "every 3 months"]), [4_000; 5]);
    assert_eq!(amounts(&["6", "semi-annual", "half-yearly"]), [2_000; 3]);
    // 365.25 / 12 days a month: 120 x 30.4375 / 7, / 14, and / 1.
    assert_eq!(amounts(&["week", "2 weeks", "day"]), [52_179, 26_089, 365_250]);
    for unknown in [
        "bimonthly",
        "-3 months",
        "1-3 months",
        "1 2 months",
        "everyperyear",
        "0",
        "0 months",
        "1201",
        "1.5",
        "9999999999999999999 years",
        "101 years",
        "lifetime",
    ] {
        let said = refused(&format!("customer_id,start,amount,billing_months\na,2024-01-01,120,{unknown}\n"));
        let expected =
            format!("`{unknown}` is not a number of months from 1 to 1200, nor a time such as `year` or `3 months`");
        assert!(said.contains(&expected), "{said}");
    }
    let large = refused("customer_id,start,amount,billing_months\na,2024-01-01,90000000000000000,day\n");
    assert!(large.contains("column `amount`: `90000000000000000` is an amount too large to be money"), "{large}");
}

#[test]
fn a_last_day_is_moved_to_the_first_day_after_it() {
    let params = SubscriptionParams { end_is_last_day: true, ..SubscriptionParams::default() };
    let found = read("customer_id,start,end\na,2024-01-01,2024-01-31\n", &params).unwrap();
    assert_eq!(found.contracts.rows()[0].end, Some(day("2024-02-01")));
    assert!(!found.has_amounts);
}

#[test]
fn every_currency_has_its_own_decimals() {
    let text = "customer_id,start,amount,currency\na,2024-01-01,1200,JPY\nb,2024-01-01,12.34,EUR\n";
    let found = read(text, &SubscriptionParams::default()).unwrap();
    let codes: Vec<_> = found.currencies.iter().map(|currency| currency.code().unwrap()).collect();
    assert_eq!((codes, found.currency.code()), (vec!["EUR", "JPY"], None), "nobody said which");
    assert_eq!(found.contracts.rows().iter().map(|row| row.amount).collect::<Vec<_>>(), [1_200, 1_234]);
}

#[test]
fn missing_starts_and_ends_before_them_are_named_line_by_line() {
    assert_eq!(
        refused("customer_id,start,end,amount\na,2024-02-01,2024-01-31,1\nb,2024-01-01,2023-12-31,1\n"),
        "2 values of subs.csv cannot be used (end before start 2)\n\
         \x20 subs.csv:2: column `end`: `2024-01-31` is before the start of the contract\n\
         \x20 subs.csv:3: column `end`: `2023-12-31` is before the start of the contract\n\
         hint: mend them in the file; a contract without an end goes on, one without a start cannot be placed"
    );
    assert_eq!(
        refused("customer_id,start,end,amount\na,,2024-01-31,x\n"),
        "2 values of subs.csv cannot be used (not an amount 1, value missing 1)\n\
         \x20 subs.csv:2: column `start`: the value is missing\n\
         \x20 subs.csv:2: column `amount`: `x` is not an amount\n\
         hint: mend them in the file; a contract without an end goes on, one without a start cannot be placed"
    );
    assert_eq!(
        refused("customer_id,start,amount,currency\na,2024-01-01,1,euro\n"),
        "1 value of subs.csv cannot be used (not a currency 1)\n\
         \x20 subs.csv:2: column `currency`: `euro` is not the three-letter code of a currency\n\
         hint: mend them in the file; a contract without an end goes on, one without a start cannot be placed"
    );
    assert_eq!(
        refused("customer_id,start\n"),
        "subs.csv: has a header and no row\nhint: export it again: there is nobody to speak of"
    );
    let params = SubscriptionParams { by: vec!["plna".into()], ..SubscriptionParams::default() };
    let error = read("customer_id,start,plan\na,2024-01-01,x\n", &params).unwrap_err();
    assert_eq!(error.to_string(), "subs.csv: no column is named `plna`");
    assert_eq!(error.hint_text(), Some("the nearest is `plan`"));
}

#[test]
fn codes_of_currencies_are_read_in_either_case() {
    let text = "customer_id,start,amount,currency\na,2024-01-01,1,usd\nb,2024-01-01,2,EUR\nc,2024-01-01,3,USD\n";
    let found = read(text, &SubscriptionParams::default()).unwrap();
    let codes: Vec<_> = found.currencies.iter().map(|currency| currency.code().unwrap()).collect();
    assert_eq!(codes, ["EUR", "USD"]);
    let of: Vec<usize> = found.contracts.rows().iter().map(|row| row.currency.into()).collect();
    assert_eq!(of, [1, 0, 1]);
}

#[test]
fn ids_that_differ_late_or_only_in_length_stay_apart() {
    let ids = ["customer-0000000000000000002", "customer-0000000000000000001", "customer-", "customer-0", "customer-"];
    let text: String = ids.iter().map(|id| format!("{id},2024-01-01\n")).collect();
    let found = read(&format!("customer_id,start\n{text}"), &SubscriptionParams::default()).unwrap();
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(found.ids.iter().map(|id| std::str::from_utf8(id).unwrap()).collect::<Vec<_>>(), sorted);
    assert_eq!(found.contracts.rows()[0].customer, found.contracts.rows()[1].customer);
}

#[test]
fn a_column_can_be_named() {
    let mut columns = ColumnMap::default();
    columns.add("start=from").unwrap();
    let params = SubscriptionParams { columns, ..SubscriptionParams::default() };
    assert_eq!(read("customer_id,from\na,2024-01-01\n", &params).unwrap().ids.len(), 1);
}
