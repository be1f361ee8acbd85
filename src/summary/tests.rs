use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::partitions::Limits;
use super::summarize::summarize_tuned;
use super::*;
use crate::ErrorKind;
use crate::columns::ColumnMap;
use crate::progress::Silent;
use crate::scan::{Inputs, ScanParams, Scanned, Source, Tuning, read_table};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn summarized(log: &str, params: SummaryParams) -> crate::Result<Scanned<CustomerSummary>> {
    let inputs = Inputs::from_bytes([("log.csv", log.as_bytes())]).unwrap();
    summarize(&inputs, &ScanParams::default(), &params, &Silent)
}

fn sample(params: SummaryParams) -> Scanned<CustomerSummary> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow_sample.csv");
    summarize(&Inputs::open([path]).unwrap(), &ScanParams::default(), &params, &Silent).unwrap()
}

fn calibrated() -> Scanned<CustomerSummary> {
    sample(SummaryParams::new(TimeUnit::Day).calibration_end(day("1997-09-30")).unwrap())
}

/// The figures of the 1/10 sample of the CDNOW cohort: Fader, Hardie & Lee (2005), "Counting your
/// customers the easy way", for 2,357 customers and 946 repeat buyers; Fader, Hardie & Lee (2005),
/// "RFM and CLV", for the spend of the 946; sums recomputed from the data file.
#[test]
fn published_cdnow_sample_is_met_to_the_digit() {
    let Scanned { output: summary, receipt, .. } = calibrated();
    assert_eq!(summary.len(), 2357);
    assert_eq!(receipt.rows, 6919);
    assert_eq!(receipt.amount, Some(24_409_194));
    assert_eq!(receipt.rows_used, 6696);
    assert_eq!(receipt.rows_merged, 223);
    assert_eq!(receipt.rows_set_aside(), 0);
    let repeats: u64 = summary.frequency.iter().sum();
    assert_eq!(repeats, 2457);
    assert_eq!(repeats + 2357, 4814);
    assert_eq!(summary.frequency.iter().filter(|frequency| **frequency == 0).count(), 1411);
    assert_eq!(summary.amount.as_ref().unwrap().iter().sum::<i128>(), 17_311_555);
    let holdout = summary.holdout.as_ref().unwrap();
    assert_eq!(holdout.transactions.iter().sum::<u64>(), 1882);
    assert_eq!(holdout.amount.iter().sum::<i128>(), 7_097_639);
    assert_eq!(holdout.end, Some(day("1998-06-30")));
    assert_eq!(summary.observation_end, Some(day("1997-09-30")));

    // Customer 1 of the sample.
    assert_eq!(summary.ids.get(0), b"00004");
    assert_eq!((summary.frequency[0], summary.recency[0], summary.age[0]), (2, 213.0, 272.0));
    let values = summary.monetary_value.as_ref().unwrap();
    assert!((values[0].unwrap() - 22.345).abs() < 1e-12);

    let mut spend: Vec<f64> = values.iter().flatten().copied().collect();
    spend.sort_by(f64::total_cmp);
    assert_eq!(spend.len(), 946);
    let mean = spend.iter().sum::<f64>() / 946.0;
    let deviation = (spend.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 945.0).sqrt();
    assert!((mean - 35.077848).abs() < 5e-7, "{mean}");
    assert!((deviation - 30.283506).abs() < 5e-7, "{deviation}");
    assert!(((spend[472] + spend[473]) / 2.0 - 27.4975).abs() < 1e-9);
    assert!((spend[945] - 299.63381).abs() < 5e-6);
}

/// What the first rows propose is contradicted by the last ones, so everything is read twice, and must count once.
#[test]
fn a_log_that_is_read_again_counts_once() {
    let plain = "a,2024-01-01,10\na,2024-01-02,20\nb,2024-01-02,5\n".repeat(3000);
    let log = format!("customer_id,date,amount\n{plain}b,2024-01-03,\"1.000,50\"\n");
    let summary = summarized(&log, SummaryParams::new(TimeUnit::Day)).unwrap();
    assert_eq!(summary.receipt.amount_used, Some(3000 * 3500 + 100_050));
    assert_eq!(summary.output.amount, Some(vec![3000 * 3000, 3000 * 500 + 100_050]));
    let inputs = Inputs::from_bytes([("log.csv", log.as_bytes())]).unwrap();
    let purchases = purchase_log(&inputs, &ScanParams::default(), None, &[], &Silent).unwrap().output;
    let amounts: Vec<Vec<i64>> =
        purchases.customers().map(|days| days.iter().map(|booking| booking.amount).collect()).collect();
    assert_eq!(amounts, [vec![3000 * 1000, 3000 * 2000], vec![3000 * 500, 100_050]]);
}

#[test]
fn separate_refunds_leave_amounts_to_purchases_and_are_positive_money() {
    let log = "customer_id,date,amount
a,2024-01-01,10
a,2024-01-05,20
a,2024-01-05,-4
a,2024-01-09,-1.50
b,2024-01-02,7
b,2024-01-08,-7
c,2024-01-03,-2
";
    let apart = SummaryParams::new(TimeUnit::Day).separate_refunds(true);
    let scanned = summarized(log, apart).unwrap();
    let summary = &scanned.output;
    assert_eq!(summary.amount, Some(vec![3000, 700]));
    assert_eq!(summary.refunds, Some(vec![550, 700]));
    assert_eq!(summary.monetary_value, Some(vec![Some(20.0), None]));
    assert_eq!(summary.last_date, Some(vec![day("2024-01-05"), day("2024-01-02")]));
    assert_eq!(summary.observation_end, Some(day("2024-01-09")));
    assert_eq!((scanned.receipt.set_aside[0].rows, scanned.receipt.set_aside[0].amount), (1, Some(-200)));
    assert_eq!(scanned.receipt.amount_used, Some(3700 - 1250));
    let net = summarized(log, SummaryParams::new(TimeUnit::Day)).unwrap().output;
    assert_eq!((net.amount, net.refunds), (Some(vec![2450, 0]), None));
    let held = summarized(log, apart.calibration_end(day("2024-01-06")).unwrap()).unwrap().output;
    assert_eq!(held.refunds, Some(vec![400, 0]));
    assert_eq!(held.holdout.unwrap().refunds, Some(vec![150, 700]));
}

#[test]
fn days_of_amount_zero_are_purchases() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow.csv");
    let params = SummaryParams::new(TimeUnit::Week);
    let inputs = Inputs::open([path]).unwrap();
    let summary = summarize(&inputs, &ScanParams::default(), &params, &Silent).unwrap().output;
    assert_eq!(summary.len(), 23_570);
    // The one repeat buyer of the whole cohort whose repeat purchases cost nothing.
    let values = summary.monetary_value.as_ref().unwrap();
    let free: Vec<_> = (0..summary.len()).filter(|customer| values[*customer] == Some(0.0)).collect();
    assert_eq!(free.len(), 1);
    assert_eq!(summary.ids.get(free[0]), b"10244");
}

#[test]
fn units_divide_days_without_rounding() {
    let log = "id,date,amount\na,2024-01-01,1\na,2024-01-11,2\nb,2024-01-31,3\n";
    for (unit, days) in [(TimeUnit::Day, 1.0), (TimeUnit::Week, 7.0), (TimeUnit::Month, 30.4375)] {
        let summary = summarized(log, SummaryParams::new(unit)).unwrap().output;
        assert_eq!(summary.recency, [10.0 / days, 0.0]);
        assert_eq!(summary.age, [30.0 / days, 0.0]);
    }
}

#[test]
fn refunds_are_netted_and_a_day_of_refunds_alone_is_no_purchase() {
    let log = "id,date,amount
a,2024-01-01,10.00
a,2024-01-02,-1.00
a,2024-01-03,5.00
a,2024-01-03,-2.00
a,2024-01-04,-4.00
b,2024-01-01,-7.00
b,2024-01-02,8.00
c,2024-01-03,-9.00
d,2024-01-05,0
";
    let Scanned { output: summary, receipt, .. } = summarized(log, SummaryParams::new(TimeUnit::Day)).unwrap();
    assert_eq!(summary.ids.iter().collect::<Vec<_>>(), [b"a", b"b", b"d"]);
    assert_eq!(summary.frequency, [1, 0, 0]);
    assert_eq!(summary.first_date.unwrap()[1], day("2024-01-02"));
    assert_eq!(summary.last_date.unwrap()[0], day("2024-01-03"));
    assert_eq!(summary.amount.unwrap(), [800, 100, 0]);
    // Refunds after the first day may outweigh the purchases: -1 + 5 - 2 - 4.
    assert_eq!(summary.monetary_value.unwrap(), [Some(-2.0), None, None]);
    assert_eq!(receipt.rows_merged, 1);
    assert_eq!(receipt.set_aside[0].reason, "customer without a purchase");
    assert_eq!((receipt.set_aside[0].rows, receipt.set_aside[0].amount), (1, Some(-900)));
    assert_eq!((receipt.amount, receipt.amount_used), (Some(0), Some(900)));
}

#[test]
fn rows_after_the_end_and_customers_of_the_holdout_are_counted() {
    let log = "id,date,amount
a,2024-01-01,1
a,2024-01-10,2
b,2024-01-05,4
c,2024-01-11,8
";
    let params = SummaryParams::new(TimeUnit::Day).as_of(day("2024-01-10")).unwrap();
    let params = params.calibration_end(day("2024-01-04")).unwrap();
    let Scanned { output: summary, receipt, .. } = summarized(log, params).unwrap();
    assert_eq!(summary.ids.iter().collect::<Vec<_>>(), [b"a"]);
    assert_eq!((summary.frequency[0], summary.age[0]), (0, 3.0));
    let holdout = summary.holdout.unwrap();
    assert_eq!((holdout.transactions[0], holdout.amount[0]), (1, 200));
    let aside: Vec<_> =
        receipt.set_aside.iter().map(|entry| (entry.reason.as_str(), entry.rows, entry.amount)).collect();
    assert_eq!(
        aside,
        [
            ("after the end of observation", 1, Some(800)),
            ("customer first buys after the calibration end", 1, Some(400))
        ]
    );
    assert_eq!(receipt.rows, receipt.rows_used + receipt.rows_merged + receipt.rows_set_aside());
}

#[test]
fn windows_that_hold_nothing_are_refused_with_what_to_do() {
    let log = "id,date,amount\na,2024-01-10,1\na,2024-01-20,1\n";
    let unit = SummaryParams::new(TimeUnit::Day);
    let early = summarized(log, unit.as_of(day("2024-01-09")).unwrap()).unwrap_err();
    assert_eq!(early.to_string(), "every date of the log is after 2024-01-09, the end of observation");
    let before = summarized(log, unit.calibration_end(day("2024-01-09")).unwrap()).unwrap_err();
    assert_eq!(before.to_string(), "the calibration ends on 2024-01-09, before 2024-01-10, the first date of the log");
    let nothing = summarized(log, unit.calibration_end(day("2024-01-20")).unwrap()).unwrap_err();
    assert_eq!(
        nothing.to_string(),
        "the calibration ends on 2024-01-20, the observation on 2024-01-20: nothing is held out"
    );
    assert!(
        [early, before, nothing].iter().all(|error| error.kind() == ErrorKind::Usage && error.hint_text().is_some())
    );
    assert!(unit.as_of(day("2024-01-20")).unwrap().calibration_end(day("2024-01-20")).is_err());
}

#[test]
fn a_header_without_rows_is_a_summary_without_customers() {
    let Scanned { output, receipt, .. } = summarized("id,date,amount\n", SummaryParams::new(TimeUnit::Week)).unwrap();
    assert!(output.is_empty());
    assert_eq!((receipt.rows, receipt.amount), (0, Some(0)));
    assert_eq!(output.observation_end, None);
}

#[test]
fn sums_beyond_the_range_of_one_amount_are_exact() {
    let row = "a,2024-01-01,90000000000000000.00\n";
    let log = format!("id,date,amount\n{}", row.repeat(50));
    let summary = summarized(&log, SummaryParams::new(TimeUnit::Day)).unwrap().output;
    assert_eq!(summary.amount.unwrap(), [50 * 9_000_000_000_000_000_000]);
}

#[test]
fn a_purchase_log_is_exact_or_refused() {
    let most = "92233720368547758.07";
    let read = |rows: &str| {
        let log = format!("customer_id,date,amount\n{rows}");
        let inputs = Inputs::from_bytes([("log.csv", log.into_bytes())]).unwrap();
        purchase_log(&inputs, &ScanParams::default(), None, &[], &Silent)
    };
    let log = read(&format!("a,2024-01-01,{most}\na,2024-01-02,-{most}\n")).unwrap().output;
    let amounts: Vec<i64> = log.customers().flatten().map(|booking| booking.amount).collect();
    assert_eq!(amounts, [i64::MAX, -i64::MAX]);
    let refused = read(&format!("a,2024-01-01,{most}\na,2024-01-01,0.01\n")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert!(refused.to_string().contains("customer `a` has a sum on 2024-01-01 that is too large to be money"));
}

#[test]
fn a_purchase_log_books_refunds_on_their_own_days() {
    let log = "customer_id,date,amount
a,2024-01-10,100
a,2024-03-05,-30
a,2024-04-10,50
a,2024-04-10,-5
a,2024-04-10,7
b,2024-01-02,-3
b,2024-01-05,-4
b,2024-02-01,20
b,2024-02-01,-1
c,2024-01-03,-2
";
    let inputs = Inputs::from_bytes([("log.csv", log.as_bytes())]).unwrap();
    let scanned = purchase_log(&inputs, &ScanParams::default(), None, &[], &Silent).unwrap();
    let booking = |on: &str, amount| Booking { day: day(on), amount, is_purchase: amount >= 0 };
    let found: Vec<&[Booking]> = scanned.output.customers().collect();
    let a = [("2024-01-10", 10_000), ("2024-03-05", -3_000), ("2024-04-10", -500), ("2024-04-10", 5_700)];
    assert_eq!(found[0], a.map(|(on, amount)| booking(on, amount)));
    // Those before the first purchase on its day, and nothing is lost.
    assert_eq!(found[1], [("2024-02-01", -800), ("2024-02-01", 2_000)].map(|(on, amount)| booking(on, amount)));
    assert_eq!(found.len(), 2);
    let sum: i64 = found.iter().copied().flatten().map(|booking| booking.amount).sum();
    assert_eq!(scanned.receipt.amount_used, Some(sum.into()));
    assert_eq!(scanned.output.first_day(), Some(day("2024-01-10")));
}

#[test]
fn first_purchases_that_pile_up_at_the_start_are_told_from_chance() {
    // So many customers first seen in the first thirty days, in the thirty that follow, and later.
    let pile_up = |month: usize, next: usize, later: usize| {
        let mut text = String::from("customer_id,first_date,frequency,recency,age,time_unit,observation_end\n");
        let days = std::iter::repeat_n("2024-01-01", month);
        let days = days.chain(std::iter::repeat_n("2024-02-10", next)).chain(std::iter::repeat_n("2024-05-01", later));
        for (customer, first) in days.enumerate() {
            let age = f64::from(day("2024-12-31").0 - day(first).0) / 7.0;
            text += &format!("{customer},{first},0,0,{age},week,2024-12-31\n");
        }
        from_text(&text, Some(TimeUnit::Week)).unwrap().first_purchases_pile_up()
    };
    // After the first customer seven of seven fall into the first month: once in 128. Six of six: once in 64.
    assert!(pile_up(8, 0, 20) && !pile_up(7, 0, 20));
    // 13 of 15 and 12 of 14 of a fair coin: 0.0037 and 0.0065; 12 of 15: 0.018.
    assert!(pile_up(14, 2, 50) && pile_up(13, 2, 50) && !pile_up(13, 3, 50));
    assert!(pile_up(3000, 1400, 9000) && !pile_up(2800, 1400, 9000));
    assert!(!pile_up(100, 10, 0), "a cohort of two months");
    assert!(!pile_up(0, 0, 0) && !pile_up(1, 0, 1));
    assert!(!calibrated().output.first_purchases_pile_up(), "acquired over the first twelve weeks, evenly");
}

#[test]
fn a_table_whose_times_contradict_its_dates_is_refused_with_the_unit_that_they_are_in() {
    let header = "customer_id,first_date,last_date,frequency,recency,age,observation_end";
    let refused = |rows: &str, unit| {
        let error = from_text(&format!("{header}\n{rows}"), Some(unit)).unwrap_err();
        (error.to_string(), error.hint_text().unwrap_or_default().to_owned())
    };
    let days = "a,2024-01-01,2024-03-01,3,60,100,2024-04-10\nb,2024-03-01,2024-03-01,0,0,40,2024-04-10\n";
    assert!(from_text(&format!("{header}\n{days}"), Some(TimeUnit::Day)).is_ok());
    let (said, hint) = refused(days, TimeUnit::Week);
    assert!(
        said.contains(":2: column `age`: `100` is not the time from `first_date` to `observation_end` in this unit"),
        "{said}"
    );
    assert!(said.contains(":2: column `recency`: `60` is not the time from `first_date` to `last_date`"), "{said}");
    assert!(said.contains(":3: column `age`: `40` is not"), "{said}");
    assert_eq!(hint, "its times are in units of a day: say `--time-unit day`");
    let told = format!("{header},time_unit\n{}", days.replace("04-10\n", "04-10,week\n"));
    let hint = from_text(&told, None).unwrap_err().hint_text().unwrap().to_owned();
    assert_eq!(hint, "its times are in units of a day: let its column `time_unit` say so");
    // Whole weeks, rounded either way, and one row that fits no unit.
    for weeks in ["8,14", "9,15"] {
        let rows = format!("a,2024-01-01,2024-03-01,3,{weeks},2024-04-10\n");
        assert!(from_text(&format!("{header}\n{rows}"), Some(TimeUnit::Week)).is_ok(), "{weeks}");
    }
    let (_, hint) = refused("a,2024-01-01,2024-03-01,3,60,300,2024-04-10\n", TimeUnit::Day);
    assert_eq!(hint, "mend them in the file");
    let (said, _) = refused("a,2024-05-01,2024-05-03,1,2,3,2024-04-10\n", TimeUnit::Day);
    assert!(said.contains(":2: column `first_date`: `2024-05-01` is after `observation_end`"), "{said}");
    assert!(said.contains(":2: column `last_date`: `2024-05-03` is after `observation_end`"), "{said}");
    let often = |times: &str, unit| from_text(&format!("customer_id,frequency,recency,age\na,{times}\n"), Some(unit));
    let said = often("6,5,9", TimeUnit::Day).unwrap_err().to_string();
    assert!(said.contains(":2: column `frequency`: `6` is more than `recency` has days"), "{said}");
    assert!(often("5,5,9", TimeUnit::Day).is_ok() && often("13,1,9", TimeUnit::Week).is_ok());
    assert!(often("14,1,9", TimeUnit::Week).is_err());
}

/// A summary as CSV without rounding, as the command line writes it.
fn written(summary: &CustomerSummary) -> String {
    let mut text = String::from(
        "customer_id,first_date,last_date,transactions,frequency,recency,age,monetary_value,amount,time_unit,observation_end,holdout_transactions,holdout_amount\n",
    );
    for row in 0..summary.len() {
        let value = summary.monetary_value.as_ref().unwrap()[row].map_or_else(String::new, |value| value.to_string());
        let holdout = summary.holdout.as_ref().unwrap();
        text += &format!(
            "{},{},{},{},{},{},{},{value},{},{},{},{},{}\n",
            summary.ids.show(row),
            summary.first_date.as_ref().unwrap()[row],
            summary.last_date.as_ref().unwrap()[row],
            summary.transactions(row),
            summary.frequency[row],
            summary.recency[row],
            summary.age[row],
            summary.currency.format(summary.amount.as_ref().unwrap()[row]),
            summary.time_unit,
            summary.observation_end.unwrap(),
            holdout.transactions[row],
            summary.currency.format(holdout.amount[row]),
        );
    }
    text
}

fn from_text(text: &str, unit: Option<TimeUnit>) -> crate::Result<CustomerSummary> {
    let source = Source::from_bytes("summary.csv", text.as_bytes())?;
    let table = read_table(&source, &ScanParams::default(), &Silent)?;
    CustomerSummary::from_table(&table, &ColumnMap::default(), &Currency::default(), unit)
}

#[test]
fn a_summary_written_and_read_back_has_the_same_bits() {
    for unit in TimeUnit::ALL {
        let params = SummaryParams::new(unit).calibration_end(day("1997-09-30")).unwrap();
        let mut summary = sample(params).output;
        let read = from_text(&written(&summary), None).unwrap();
        // The table does not carry the end of the holdout.
        summary.holdout.as_mut().unwrap().end = None;
        assert_eq!(read, summary);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read.recency), bits(&summary.recency));
    }
}

#[test]
fn a_table_of_other_tools_is_read_in_any_order() {
    let text = "age,frequency,recency,monetary_value,customer_id\n3.5,0.0,0,0,b\n4,2.0,3,1.5,a\n";
    let summary = from_text(text, Some(TimeUnit::Week)).unwrap();
    assert_eq!(summary.ids.iter().collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(summary.frequency, [2, 0]);
    assert_eq!(summary.monetary_value.unwrap(), [Some(1.5), None]);
    assert_eq!(summary.amount, None);
}

#[test]
fn what_cannot_be_a_summary_is_refused_row_by_row() {
    let text = "customer_id,frequency,recency,age\na,1.5,1,2\nb,-1,1,2\nc,x,1,2\nd,1,inf,2\ne,1,-1,2\n,1,1,2\na,1,1,\n";
    let refused = from_text(text, Some(TimeUnit::Day)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "8 values of summary.csv cannot be used (customer missing 1, customer twice 1, negative 1, not a number 2, not a whole number 2, value missing 1)
  summary.csv:2: column `frequency`: `1.5` is not a whole number of zero or more
  summary.csv:3: column `frequency`: `-1` is not a whole number of zero or more
  summary.csv:4: column `frequency`: `x` is not a number
  summary.csv:5: column `recency`: `inf` is not a number
  summary.csv:6: column `recency`: `-1` is negative
  summary.csv:7: column `customer_id`: the customer is missing
  summary.csv:8: column `customer_id`: `a` stands in the table twice
  summary.csv:8: column `age`: the value is missing"
    );
    let text = "customer_id,frequency,recency,age,monetary_value\na,1,3,2,5\nb,0,1,2,\nc,0,0,2,7\nd,2,0,2,7\n";
    let refused = from_text(text, Some(TimeUnit::Day)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert!(refused.to_string().contains("summary.csv:2: column `recency`: `3` is longer than `age`"), "{refused}");
    assert!(refused.to_string().contains("summary.csv:3: column `recency`: `1` must be 0 where `frequency` is 0"));
    assert!(refused.to_string().contains("summary.csv:4: column `monetary_value`: `7` must be empty or 0"));
    assert!(refused.to_string().contains("summary.csv:5: column `recency`: `0` must be above 0 where `frequency` is"));
}

#[test]
fn the_unit_of_a_table_is_its_own() {
    let text = "customer_id,frequency,recency,age,time_unit\na,1,1,2,week\nb,1,1,2,week\n";
    for otherwise in [None, Some(TimeUnit::Day)] {
        assert_eq!(from_text(text, otherwise).unwrap().time_unit, TimeUnit::Week);
    }
    let untold = "customer_id,frequency,recency,age\na,1,1,2\n";
    assert_eq!(from_text(untold, None).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(from_text(untold, Some(TimeUnit::Day)).unwrap().time_unit, TimeUnit::Day);
    let mixed = "customer_id,frequency,recency,age,time_unit\na,1,1,2,week\nb,1,1,2,day\n";
    assert!(from_text(mixed, None).unwrap_err().to_string().contains("summary.csv:3: column `time_unit`"));
}

/// One row: customer, day of January 2024, cents.
type Row = (u8, i32, i64);

/// Frequency, recency, age, amount, sum after the first day, holdout days, holdout amount.
type Figures = (u64, i32, i32, i128, i128, u64, i128);

/// What the definition says, said slowly.
fn naive(rows: &[Row], cut: i32, end: i32) -> BTreeMap<u8, Figures> {
    let mut summary = BTreeMap::new();
    for customer in rows.iter().map(|row| row.0).collect::<BTreeSet<_>>() {
        let own: Vec<&Row> = rows.iter().filter(|row| row.0 == customer && row.1 <= end).collect();
        let purchases: BTreeSet<i32> = own.iter().filter(|row| row.2 >= 0).map(|row| row.1).collect();
        let early: Vec<i32> = purchases.iter().copied().filter(|day| *day <= cut).collect();
        let (Some(first), Some(last)) = (early.first().copied(), early.last().copied()) else { continue };
        let sum = |from: i32, to: i32| -> i128 {
            own.iter().filter(|row| from < row.1 && row.1 <= to).map(|row| i128::from(row.2)).sum()
        };
        let held = purchases.iter().filter(|day| **day > cut).count() as u64;
        let figures = (
            early.len() as u64 - 1,
            last - first,
            cut - first,
            sum(i32::MIN, cut),
            sum(first, cut),
            held,
            sum(cut, end),
        );
        summary.insert(customer, figures);
    }
    summary
}

fn log_of(rows: &[Row]) -> String {
    let mut log = String::from("customer_id,date,amount\n");
    for (customer, day, cents) in rows {
        log += &format!("{customer:03},2024-01-{day:02},{}\n", Currency::UNNAMED.format((*cents).into()));
    }
    log
}

/// In which order rows stand in a log.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    None,
    ByDate,
    /// The first row stands last, when its day has long been counted and forgotten.
    ByDateButOne,
}

fn tuned(log: &str, params: &SummaryParams, threads: usize, chunk: usize, limits: Limits) -> Scanned<CustomerSummary> {
    let inputs = Inputs::from_bytes([("log.csv", log.as_bytes())]).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let tuning = Tuning { chunk, fast: true };
    pool.install(|| summarize_tuned(&inputs, &ScanParams::default(), params, &Silent, limits, tuning)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_log_in_any_order_on_any_threads_is_what_the_definition_says(
        mut rows in prop::collection::vec((0_u8..12, 1_i32..29, -500_i64..2000), 1..120),
        order in prop::sample::select(vec![Order::None, Order::ByDate, Order::ByDateButOne]),
        memory in prop::option::of(0_usize..3000),
        cut in 1_i32..28,
        chunk in 1_usize..400,
        threads in prop::sample::select(vec![1_usize, 2, 8]),
        shuffle in any::<u64>(),
    ) {
        let january = |number: i32| day(&format!("2024-01-{number:02}"));
        prop_assume!(rows.iter().any(|row| row.1 <= cut));
        let params = SummaryParams::new(TimeUnit::Day).as_of(january(28)).unwrap().calibration_end(january(cut));
        prop_assume!(params.is_ok());
        let params = params.unwrap();
        if order != Order::None {
            rows.sort_by_key(|row| row.1);
        }
        if order == Order::ByDateButOne {
            rows.rotate_left(1);
        }
        // Limits so small that rows are taken in, compacted, counted and forgotten, and put on disk all the time.
        let small = Limits { waiting: 4, compact_from: 8, fold_from: Some(4), memory };
        let scanned = tuned(&log_of(&rows), &params, threads, chunk, small);
        let summary = &scanned.output;
        let expected = naive(&rows, cut, 28);
        prop_assert_eq!(summary.len(), expected.len());
        for (customer, (id, figures)) in expected.iter().enumerate() {
            let (frequency, recency, age, amount, repeat, held, held_amount) = *figures;
            let id = format!("{id:03}");
            prop_assert_eq!(summary.ids.get(customer), id.as_bytes());
            prop_assert_eq!(summary.frequency[customer], frequency);
            prop_assert_eq!(summary.recency[customer], f64::from(recency));
            prop_assert_eq!(summary.age[customer], f64::from(age));
            prop_assert_eq!(summary.amount.as_ref().unwrap()[customer], amount);
            let mean = (frequency > 0).then(|| repeat as f64 / 100.0 / frequency as f64);
            prop_assert_eq!(summary.monetary_value.as_ref().unwrap()[customer], mean);
            let holdout = summary.holdout.as_ref().unwrap();
            prop_assert_eq!((holdout.transactions[customer], holdout.amount[customer]), (held, held_amount));
        }
        let receipt = &scanned.receipt;
        prop_assert_eq!(receipt.rows, rows.len() as u64);
        prop_assert_eq!(receipt.rows, receipt.rows_used + receipt.rows_merged + receipt.rows_set_aside());
        let aside: i128 = receipt.set_aside.iter().map(|entry| entry.amount.unwrap()).sum();
        prop_assert_eq!(receipt.amount.unwrap(), receipt.amount_used.unwrap() + aside);
        let kept: BTreeSet<(u8, i32)> =
            rows.iter().filter(|row| expected.contains_key(&row.0)).map(|row| (row.0, row.1)).collect();
        prop_assert_eq!(receipt.rows_used, kept.len() as u64);

        // Refunds kept apart: everything else is as if there were none.
        let purchases: Vec<Row> = rows.iter().copied().filter(|row| row.2 >= 0).collect();
        let apart = tuned(&log_of(&rows), &params.separate_refunds(true), threads, chunk, small).output;
        if purchases.iter().any(|row| row.1 <= cut) {
            let without = tuned(&log_of(&purchases), &params, threads, chunk, small).output;
            prop_assert_eq!(&apart.ids, &without.ids);
            prop_assert_eq!(&apart.frequency, &without.frequency);
            prop_assert_eq!(&apart.recency, &without.recency);
            prop_assert_eq!(&apart.amount, &without.amount);
            prop_assert_eq!(&apart.monetary_value, &without.monetary_value);
        }
        for (customer, refunds) in apart.refunds.iter().flatten().enumerate() {
            let purchased = apart.amount.as_ref().unwrap()[customer];
            prop_assert_eq!(purchased - refunds, summary.amount.as_ref().unwrap()[customer]);
        }

        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| shuffle.wrapping_mul(row.1 as u64 + 7).rotate_left(u32::from(row.0)) ^ row.2 as u64);
        let other = tuned(&log_of(&shuffled), &params, 3 - threads.min(2), 4096, Limits::default());
        prop_assert_eq!(&other.output, summary);
        prop_assert_eq!(&other.receipt, receipt);
    }
}
