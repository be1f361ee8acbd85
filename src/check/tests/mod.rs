use super::*;
use crate::churn::{SubscriptionParams, Subscriptions};
use crate::progress::Silent;

mod together;

fn checked(text: &str) -> Report {
    checked_with(text, &ScanParams::default())
}

fn checked_with(text: &str, params: &ScanParams) -> Report {
    check(&Source::from_bytes("log.csv", text.as_bytes()).unwrap(), params, &Asker, &Silent).unwrap()
}

/// Commands that were told nothing, of which `churn` reads contracts.
struct Asker;

impl Commands for Asker {
    fn files(&self) -> Vec<String> {
        vec!["a.csv".into(), "b.csv".into()]
    }

    fn fitting_preset(&self, _: &Header) -> Option<String> {
        None
    }

    fn takes(&self, _: &str) -> bool {
        true
    }

    fn said(&self, _: &str, _: Option<Purpose>) -> Vec<String> {
        Vec::new()
    }

    fn read(&self, _: &str, purpose: Purpose, table: &Source, bad_rows: BadRows) -> Result<Rejects> {
        let params = ScanParams { bad_rows, ..ScanParams::default() };
        let read = scan::read_table_for(table, &params, &Silent, |table| match purpose {
            Purpose::Contracts => Subscriptions::from_table(table, &SubscriptionParams::default()).map(drop),
            _ => Ok(()),
        });
        read.map(|(table, ())| table.rejects().clone())
    }
}

fn problems(report: &Report) -> Vec<(&str, Option<u64>, u64, bool)> {
    report.problems.iter().map(|one| (one.problem.as_str(), one.line, one.count, one.refused)).collect()
}

#[test]
fn a_plain_log_is_described_and_nothing_is_wrong_with_it() {
    let report = checked("customer_id,date,amount,note\na,2024-01-03,12.50,x\na,2024-02-14,8,y z\nb,2024-01-09,20,\n");
    let kinds: Vec<Kind> = report.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [Kind::Id, Kind::Date, Kind::Amount, Kind::Text]);
    assert_eq!(report.columns[0].distinct.to_string(), "2");
    assert_eq!(report.columns[1].range, Some(("2024-01-03".into(), "2024-02-14".into())));
    assert_eq!(report.columns[2].range, Some(("8".into(), "20".into())));
    assert_eq!(report.columns[3].missing, 1);
    assert_eq!(problems(&report), []);
    assert_eq!(report.commands[0].line, "custval summary log.csv");
}

#[test]
fn what_commands_refuse_is_refused_with_its_line_and_count() {
    let report = checked(
        "customer_id;date;amount\na;03.01.2024;12,50\n;04.01.2024;1\nb;31.02.2024;8\nb;x;9\nc;05.01.2024;1.000,005\n1.2E+11;05.01.2024;2\nd;06.01.2024\n",
    );
    assert!(report.is_refused());
    assert_eq!(
        problems(&report),
        [
            ("no customer", Some(3), 1, true),
            ("no such day", Some(4), 1, true),
            ("not a date", Some(5), 1, true),
            ("amount too precise", Some(6), 1, true),
            ("id in exponent form", Some(7), 1, true),
            ("wrong number of fields", Some(8), 1, true),
        ]
    );
    assert_eq!(report.commands[0].line, "custval summary log.csv --no-customer aside --rejects rejects-summary");
    assert!(report.settings.contains(&("decimal", "\"comma\"".into())));
    assert!(report.settings.contains(&("date-format", "\"dmy\"".into())));
}

#[test]
fn what_could_be_two_things_is_refused_with_the_flag_that_settles_it() {
    let report = checked("customer_id,date,amount\na,3/4/2024,\"1.000\"\n");
    let hints: Vec<&str> = report.problems.iter().map(|one| one.hint.as_str()).collect();
    assert_eq!(hints[0], "say `--decimal point` or `--decimal comma`");
    assert_eq!(hints[1], "say `--date-format dmy` or `--date-format mdy`");
}

#[test]
fn what_nothing_decides_is_no_setting_and_no_way_of_writing() {
    let report = checked("customer_id,date,amount\na,05/09/2024,\"1.000\"\nb,02/04/2024,\"2.000\"\n");
    let names: Vec<&str> = report.settings.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["delimiter", "encoding", "column"]);
    let undecided: Vec<(&str, &str)> = report.undecided.iter().map(|(name, why)| (*name, why.as_str())).collect();
    assert_eq!(
        undecided,
        [
            ("decimal", "`1.000` on line 2 could be two numbers: \"point\" or \"comma\""),
            ("date-format", "`05/09/2024` on line 2 could be two days: \"dmy\" or \"mdy\""),
        ]
    );
    assert_eq!(report.columns[1].written.as_deref(), Some("dates `dmy` or `mdy`"));
    assert_eq!(
        (report.columns[2].written.as_deref(), &report.columns[2].range),
        (Some("decimal point or comma"), &None)
    );
    assert!(report.commands.is_empty());
    // What could be anything and is the same either way is left open, and no question.
    let whole = checked("customer_id,date,amount\na,2024-01-03,12\n");
    assert!(!whole.settings.iter().any(|(name, _)| *name == "decimal") && whole.undecided.is_empty());
}

#[test]
fn the_smallest_and_the_largest_have_every_digit() {
    let report = checked(
        "customer_id,date,amount\na,2024-01-01,498394936312870.12\na,2024-01-02,498394936312870.13\na,2024-01-03,-498394936312870.130\na,2024-01-04,-498394936312870.12\nb,2024-01-05,12.50\n",
    );
    assert_eq!(report.columns[2].range, Some(("-498394936312870.13".into(), "498394936312870.13".into())));
}

#[test]
fn a_table_is_refused_for_what_its_command_would_refuse() {
    let report = checked("customer_id,start,end\na,2024-01-05,2024-01-01\n,2024-01-02,\nb,2024-01-03,\nc,x,\n");
    assert_eq!(
        problems(&report),
        [
            ("end before start", Some(2), 1, true),
            ("customer missing", Some(3), 1, true),
            ("not a date", Some(5), 1, true),
        ]
    );
    assert_eq!(report.commands[0].line, "custval churn log.csv --rejects rejects-churn");
    let none = checked("customer_id,start\na,x\n");
    assert_eq!((problems(&none), none.commands.len()), (vec![("not a date", Some(2), 1, true)], 0));
    let empty = checked("customer_id,start\n");
    assert_eq!((problems(&empty), empty.commands.len()), (vec![("has a header and no row", None, 0, true)], 0));
}

#[test]
fn outliers_are_far_from_all_others_and_few_of_them() {
    let of = |rows: u32, wrong: u32| {
        let mut text = "customer_id,date,amount\n".to_owned();
        for row in 0..rows {
            let amount = 20 + row * 7 % 31;
            text += &format!("c{row},2024-01-01,{}\n", if row < wrong { amount * 1_000 } else { amount });
        }
        let report = checked(&text);
        report.problems.iter().find(|one| one.problem == "outliers").map(|one| one.count)
    };
    assert_eq!([of(200, 3), of(99, 1), of(200, 0), of(40, 10)], [Some(3), Some(1), None, None]);
    let alike = format!("customer_id,date,amount\n{}b,2024-02-01,9990\n", "a,2024-01-01,9.99\n".repeat(30));
    let found = checked(&alike).problems.into_iter().find(|one| one.problem == "outliers").unwrap();
    assert_eq!((found.count, found.hint.as_str()), (1, "more than a hundred times the median from the median (9.99)"));
}

#[test]
fn suspicious_values_are_shown_and_not_refused() {
    let report = checked(
        "customer_id,start,end,email\n Ann,2024-01-01,9999-12-31,test@x.org\nann,2024-01-01,2024-06-01,a@x.org\nbob,2024-01-02,NULL,b@x.org\nbob,2024-01-02,NULL,b@x.org\n",
    );
    assert!(!report.is_refused(), "{:?}", report.problems);
    let names: Vec<&str> = report.problems.iter().map(|one| one.problem.as_str()).collect();
    for expected in [
        "spaces around ids",
        "ids that differ by case or spaces",
        "placeholder for a date",
        "a word for nothing",
        "looks like test accounts",
        "identical rows",
    ] {
        assert!(names.contains(&expected), "{expected} in {names:?}");
    }
    assert_eq!(report.commands[0].command, "churn");
}

#[test]
fn regular_and_equal_payments_look_contractual() {
    let months = |day: u32| (1..=8).map(move |month| format!("2024-{month:02}-{day:02}"));
    let mut regular = "customer_id,date,amount\n".to_owned();
    let mut irregular = regular.clone();
    for customer in 0..30_u32 {
        for (turn, day) in months(1 + customer % 28).enumerate() {
            regular += &format!("c{customer},{day},9.99\n");
            let amount = 1 + (customer * 7 + turn as u32 * 13) % 50;
            if !(customer + turn as u32 * turn as u32).is_multiple_of(3) {
                irregular += &format!("c{customer},{day},{amount}\n");
            }
        }
    }
    assert!(checked(&regular).commands[0].because.starts_with("looks contractual: 30 of 30"));
    assert!(checked(&irregular).commands[0].because.starts_with("does not look contractual"));
}

#[test]
fn a_gap_in_the_calendar_and_an_outlier_are_shown() {
    let mut text = "customer_id,date,amount\n".to_owned();
    for day in (0..120).filter(|day| !(60..75).contains(day)) {
        text += &format!("c{},{},{}\n", day % 9, Day(19_000 + day), if day == 33 { 5_000 } else { 10 + day % 7 });
    }
    let report = checked(&text);
    let of = |name: &str| report.problems.iter().find(|one| one.problem == name).map(|one| (one.line, one.count));
    assert_eq!(of("days without rows"), Some((None, 15)));
    assert_eq!(of("outliers"), Some((Some(35), 1)));
    assert_eq!(of("much of the sum"), Some((Some(35), 1)));
}

#[test]
fn threads_and_chunks_change_nothing() {
    let mut text = "customer_id,date,amount,order\n".to_owned();
    for row in 0..200_000_u64 {
        let scattered = sketch::mix(row);
        text += &format!(
            "c{},{},{}.{:02},o{row}\n",
            scattered % 90_000,
            Day(19_000 + (row / 400) as i32),
            row % 97,
            row % 100
        );
    }
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| checked(&text));
    let two = rayon::ThreadPoolBuilder::new().num_threads(7).build().unwrap().install(|| checked(&text));
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
    assert!(one.columns[0].distinct.to_string().starts_with('8'), "{}", one.columns[0].distinct);
    assert_eq!(one.columns[3].distinct.to_string(), "more than 65536");
}

#[test]
fn a_doubled_column_and_several_currencies_are_refused_and_the_rest_is_looked_at() {
    let report = checked("customer_id,date,amount,amount,currency\na,2024-01-01,1,1,EUR\nb,2024-01-02,x,2,usd\n");
    assert_eq!(
        problems(&report),
        [("two columns of one meaning", Some(1), 2, true), ("several currencies", Some(3), 1, true)]
    );
    assert!(report.commands.is_empty());
}

#[test]
fn values_read_the_short_way_are_the_ones_read_the_long_way() {
    // A trailing space or a plus means the same number and is not of the plain form.
    let plain = "customer_id,date,amount,qty\na,2024-01-01,12.5,3\nb,2024-01-02,-7,1.5\nc,2024-01-03,0.25,0\nd,2024-01-04,99999999,-0\n";
    let long = "customer_id,date,amount,qty\na,2024-01-01,+12.5,+3\nb,2024-01-02,-7 ,1.5 \nc,2024-01-03,+0.25,+0\nd,2024-01-04,99999999 ,-0 \n";
    let [plain, long] = [plain, long].map(checked);
    for (one, other) in plain.columns.iter().zip(&long.columns).skip(2) {
        assert_eq!((&one.range, one.kind, one.missing), (&other.range, other.kind, other.missing), "{}", one.name);
    }
    let yen = ScanParams { currency: "JPY".parse().unwrap(), ..ScanParams::default() };
    let report = checked_with("customer_id,date,amount\na,2024-01-01,12.5\nb,2024-01-02,12\n", &yen);
    assert_eq!(problems(&report), [("amount too precise", Some(2), 1, true)]);
}

#[test]
fn a_spelling_that_comes_again_is_still_told_from_another_one() {
    let mut text = "customer_id,date,amount\n".to_owned();
    for row in 0..3_000 {
        text += &format!("C{},{},{row}\n", row % 700, Day(19_000 + row / 100));
    }
    text += "c5,2024-01-01,1\nC5 ,2024-01-01,1\nc699,2024-01-01,2\nc5,2024-01-02,1\n";
    let report = checked(&text);
    assert_eq!(report.columns[0].distinct.to_string(), "703");
    let spellings = report.problems.iter().find(|one| one.problem == "ids that differ by case or spaces").unwrap();
    assert_eq!(spellings.count, 2);
    assert!(matches!(spellings.line, Some(3_002..=3_004)), "{spellings:?}");
}
