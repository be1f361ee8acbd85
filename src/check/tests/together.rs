use super::*;

fn all(texts: &[(&str, &str)]) -> Option<Together> {
    all_with(texts, &ScanParams::default())
}

fn all_with(texts: &[(&str, &str)], params: &ScanParams) -> Option<Together> {
    let inputs = Inputs::from_bytes(texts.iter().map(|(name, text)| (*name, text.as_bytes()))).unwrap();
    check_all(&inputs, Vec::new(), params, &Asker, &Silent).unwrap().1
}

fn shared(together: &Together) -> Vec<(String, &str, &str, u64, bool)> {
    let mut all = Vec::new();
    for Shared { files, finding } in &together.problems {
        all.push((files.join(" "), &*finding.problem, &*finding.value, finding.count, finding.refused));
    }
    all
}

const JANUARY: &str = "customer_id,date,amount\na,2024-01-03,12.50\na,2024-01-14,8\nb,2024-01-31,20\n";

#[test]
fn one_file_is_nothing_together() {
    assert!(all(&[("a.csv", JANUARY)]).is_none());
}

#[test]
fn files_that_follow_each_other_are_counted_together_and_nothing_is_wrong() {
    let february = "customer_id,date,amount\nb,2024-02-01,12.50\nc,2024-02-14,8\n";
    let together = all(&[("a.csv", JANUARY), ("b.csv", february)]).unwrap();
    assert_eq!(shared(&together), []);
    assert_eq!((together.rows, together.customers.unwrap().to_string().as_str()), (5, "3"));
    assert_eq!(together.days.map(|(first, last)| format!("{first} {last}")), Some("2024-01-03 2024-02-14".into()));
}

#[test]
fn rows_of_a_later_file_that_an_earlier_one_has_are_counted_whatever_the_order_of_columns() {
    let again = "date,amount,customer_id\n2024-01-30,1,z\n2024-01-31,20,b\n2024-01-31,20,b\n2024-01-03,12.50,a\n2024-01-03,12.5,a\n";
    let together = all(&[("a.csv", JANUARY), ("b.csv", again)]).unwrap();
    assert_eq!(
        shared(&together),
        [
            ("a.csv b.csv".into(), "rows in both files", "line 3 is line 4 of a.csv", 3, false),
            ("a.csv b.csv".into(), "days in several files", "2024-01-03 to 2024-01-31", 2, false),
        ]
    );
    assert!(together.problems[0].finding.hint.contains("`--unique COLUMN`"));
}

#[test]
fn a_row_of_three_files_counts_for_the_first_of_them() {
    let other = "customer_id,date,amount\nx,2024-01-31,1\n";
    let both = "customer_id,date,amount\nx,2024-01-31,1\nb,2024-01-31,20\n";
    let together = all(&[("a.csv", JANUARY), ("b.csv", other), ("c.csv", both)]).unwrap();
    let rows: Vec<_> =
        shared(&together).into_iter().filter(|(_, problem, ..)| *problem == "rows in both files").collect();
    assert_eq!(
        rows,
        [
            ("a.csv c.csv".into(), "rows in both files", "line 3 is line 4 of a.csv", 1, false),
            ("b.csv c.csv".into(), "rows in both files", "line 2 is line 2 of b.csv", 1, false),
        ]
    );
}

#[test]
fn a_file_without_a_needed_column_is_refused_with_the_column_it_may_have_instead() {
    let other = "customer_id,date,Betrag\nb,2024-02-01,12.50\nc,2024-02-14,8.20\n";
    let together = all(&[("a.csv", JANUARY), ("b.csv", other)]).unwrap();
    assert_eq!(shared(&together), [("b.csv".into(), "column missing", "perhaps `Betrag`", 1, true)]);
    let hint = &together.problems[0].finding.hint;
    assert!(hint.contains("`--column 'amount=Betrag|'`"), "{hint}");
    // What the hint says is what helps.
    let mut params = ScanParams::default();
    params.columns.add("amount=Betrag|").unwrap();
    assert_eq!(shared(&all_with(&[("a.csv", JANUARY), ("b.csv", other)], &params).unwrap()), []);
}

#[test]
fn other_columns_that_some_files_lack_are_named_and_not_refused() {
    let wide = "customer_id,date,amount,shop,note\nb,2024-02-01,12.50,x,y\n";
    let together = all(&[("a.csv", JANUARY), ("b.csv", wide)]).unwrap();
    assert_eq!(shared(&together), [("a.csv".into(), "columns that other files have", "note, shop", 2, false)]);
}

#[test]
fn ways_of_writing_differ_only_where_values_tell() {
    let comma = "customer_id;date;amount\nb;01.02.2024;12,50\nb;14.02.2024;12,50\n";
    let whole = "customer_id,date,amount\nb,2024-02-15,12\n";
    let together = all(&[("a.csv", JANUARY), ("b.csv", comma), ("c.csv", whole)]).unwrap();
    assert_eq!(
        shared(&together),
        [
            ("a.csv b.csv c.csv".into(), "written in different ways", "delimiter: `,`, `;`", 2, false),
            ("a.csv b.csv".into(), "written in different ways", "decimal: `comma`, `point`", 2, false),
            ("a.csv b.csv c.csv".into(), "written in different ways", "date-format: `dmy`, `iso`", 2, false),
        ]
    );
}

#[test]
fn currencies_that_differ_between_files_are_refused_and_a_sign_of_the_same_is_not() {
    let [euro, sign, dollar] = ["EUR", "€", "USD"].map(|currency| {
        format!("customer_id,date,amount\nb,2024-02-01,{currency} 12.50\nb,2024-02-14,{currency} 3.10\n")
    });
    let of = |other: &str| {
        let together = all(&[("a.csv", &euro), ("b.csv", other)]).unwrap();
        together.problems.into_iter().filter(|one| one.finding.refused).map(|one| one.finding.value).collect::<Vec<_>>()
    };
    assert_eq!(of(&dollar), ["EUR, USD"]);
    assert!(of(&sign).is_empty());
}

#[test]
fn a_stretch_without_rows_between_files_is_shown_where_it_is_longer_than_those_inside() {
    let later = |day: &str| format!("customer_id,date,amount\nb,2024-{day},12.50\n");
    let of = |day: &str| all(&[("b.csv", &later(day)), ("a.csv", JANUARY)]).unwrap();
    assert_eq!(shared(&of("02-17")), []);
    assert_eq!(
        shared(&of("02-18")),
        [("a.csv b.csv".into(), "days in no file", "2024-02-01 to 2024-02-17", 17, false)]
    );
}

#[test]
fn days_in_several_files_are_those_that_have_rows() {
    let log = |days: &[&str]| {
        let rows = days.iter().map(|day| format!("c{day},2024-{day},{}\n", days.len()));
        format!("customer_id,date,amount\n{}", rows.collect::<String>())
    };
    let together = all(&[("1.csv", &log(&["01-20", "02-01"])), ("2.csv", &log(&["01-20", "02-01", "02-03"]))]).unwrap();
    assert_eq!(
        shared(&together),
        [("1.csv 2.csv".into(), "days in several files", "2024-01-20 to 2024-02-01", 2, false)]
    );
    // A day that the other has not is none of both, though it lies between two that it has.
    let apart = all(&[("1.csv", &log(&["01-20", "02-01"])), ("2.csv", &log(&["01-25"]))]).unwrap();
    assert_eq!(shared(&apart), []);
}

#[test]
fn files_of_one_log_have_lines_of_their_own_together() {
    let february = "customer_id,date,amount\nb,2024-02-01,12.50\nc,2024-02-14,x\n";
    let inputs = Inputs::from_bytes([("a.csv", JANUARY.as_bytes()), ("b.csv", february.as_bytes())]).unwrap();
    let (reports, together) = check_all(&inputs, Vec::new(), &ScanParams::default(), &Asker, &Silent).unwrap();
    assert!(reports.iter().all(|report| report.commands.is_empty()));
    let lines: Vec<String> = together.unwrap().commands.into_iter().map(|command| command.line).collect();
    assert_eq!(
        lines,
        ["summary", "fit", "clv", "profile"].map(|name| format!("custval {name} a.csv b.csv --rejects rejects-{name}"))
    );
}

#[test]
fn files_for_different_commands_are_not_taken_together() {
    let ledger = "account,debit,credit\n4000,1,0\n";
    assert!(all(&[("a.csv", JANUARY), ("ledger.csv", ledger)]).is_none());
    assert!(all(&[("a.csv", "colour\nred\n"), ("b.csv", "size\n3\n")]).is_none());
    assert!(all(&[("a.csv", "colour\nred\n"), ("b.csv", "size,colour\n3,red\n")]).is_some());
}

#[test]
fn samples_of_long_files_give_the_same_answer_for_any_number_of_threads() {
    let log = |rows: std::ops::Range<u64>| {
        let mut text = "customer_id,date,amount\n".to_owned();
        rows.for_each(|row| text += &format!("c{},{},{row}\n", row % 977, Day(19_000 + (row / 4_000) as i32)));
        text
    };
    let [one, other] = [log(0..700_000), log(650_000..1_300_000)];
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all(&[("a.csv", &one), ("b.csv", &other)])).unwrap()
    };
    let together = of(1);
    assert_eq!(format!("{together:?}"), format!("{:?}", of(5)));
    // 50,000 rows are in both of 1,300,000 different ones, and 1,048,576 of these were looked at: some 40,330.
    let rows = &together.problems[0].finding;
    assert_eq!(rows.problem, "rows in both files");
    assert!(rows.hint.starts_with("of 1048576 that were looked at; "), "{}", rows.hint);
    assert!((39_800..40_900).contains(&rows.count), "{}", rows.count);
}
