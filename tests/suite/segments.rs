//! Cohorts and silences by segment: they add up to those of all, and their columns are those of the churn of contracts.

use std::collections::BTreeMap;

use super::tool::{file, run, stdout, text};

const LOG: &str = "data/cdnow_sample.csv";
const CONTRACTS: &str = "tests/cmd/subscriptions.csv";

/// The rows of a table as CSV, each by the names of its columns.
fn rows(table: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| header.iter().copied().zip(line.split(',')).collect()).collect()
}

/// Customers of the log with a region and a channel each, and some whom the table does not know.
fn customers(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let log = std::fs::read_to_string(LOG).unwrap();
    let mut ids: Vec<&str> = log.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    ids.dedup();
    let known = ids.iter().enumerate().filter(|(place, _)| place % 10 != 9);
    let row = |(place, id): (usize, &&str)| format!("{id},r{},{}\n", place % 3, ["web", "phone"][place / 7 % 2]);
    file(folder, "customers.csv", format!("customer_id,region,channel\n{}", known.map(row).collect::<String>()))
}

/// The sums over segments of a column, by cohort and age; of money in cents.
fn sums(table: &str, column: &str) -> BTreeMap<(String, u32), i64> {
    let mut sums = BTreeMap::new();
    for row in rows(table) {
        let value = row[column].parse::<f64>().unwrap_or(0.0) * 100.0;
        assert!((value - value.round()).abs() < 1e-4, "no cent is cut: {value}");
        let place = (row["cohort"].to_owned(), row["periods_since_joining"].parse().unwrap());
        *sums.entry(place).or_insert(0) += value.round() as i64;
    }
    sums
}

#[test]
fn segments_add_up_to_all_customers() {
    let folder = tempfile::tempdir().unwrap();
    let customers = customers(&folder);
    let margins = file(
        &folder,
        "margins.csv",
        std::fs::read_to_string(&customers).unwrap().replace("region", "margin").replace(",r", ",0."),
    );
    let margins = ["--measure", "profit", "--margins", text(&margins)];
    let log = std::fs::read_to_string(LOG).unwrap();
    let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let sales = log.lines().map(fields).map(|own| format!("{},{},{}\n", own[0], own[1], own[3]));
    let refunds = ["00004,1997-01-05,-3.00\n", "00018,1997-06-01,-2.50\n"].map(str::to_owned);
    let with_refunds: String = sales.chain(refunds).collect();
    let log = file(&folder, "log.csv", with_refunds);
    let runs: [&[&str]; 11] = [
        &[],
        &["--retention", "unbounded"],
        &["--retention", "rolling:2", "--period", "week"],
        &["--retention", "survival"],
        &["--measure", "orders", "--cumulative"],
        &["--measure", "revenue", "--period", "week"],
        &["--measure", "revenue", "--refunds", "separate"],
        &["--measure", "revenue", "--refunds", "drop", "--cumulative", "--period", "quarter"],
        &["--measure", "revenue", "--period", "year"],
        &margins,
        &[&margins[..], &["--refunds", "separate", "--cumulative"]].concat(),
    ];
    for more in runs {
        let all = [&["cohort", text(&log), "--quiet"], more].concat();
        let by = ["--by", "channel,region", "--customers", text(&customers)];
        let (all, by) = (stdout(&all), stdout(&[&all[..], &by].concat()));
        assert!(by.starts_with("channel,region,cohort,periods_since_joining,customers,"), "{by}");
        let refunds = by.lines().next().unwrap().contains("refunds").then_some("refunds");
        for column in ["customers", "eligible", "value"].into_iter().chain(refunds) {
            assert_eq!(sums(&by, column), sums(&all, column), "{column} of {more:?}");
        }
        let segments: Vec<_> = rows(&by).iter().map(|row| format!("{}/{}", row["channel"], row["region"])).collect();
        let mut named = segments.clone();
        named.dedup();
        assert_eq!(named, ["/", "phone/r0", "phone/r1", "phone/r2", "web/r0", "web/r1", "web/r2"]);
    }
}

#[test]
fn silences_of_segments_add_up_to_those_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let customers = customers(&folder);
    let by = ["--by", "channel,region", "--customers", text(&customers)];
    let both = |more: &[&str]| {
        let all = [&["churn", LOG, "--quiet", "--period", "quarter"], more].concat();
        (stdout(&all), stdout(&[&all[..], &by].concat()))
    };
    let (all, by_segment) = both(&["--definition", "opening-base", "--tenure", "6mo"]);
    assert!(by_segment.starts_with("period,channel,region,tenure,definition,opening,"), "{by_segment}");
    let counts = |table: &str| {
        let mut sums = BTreeMap::new();
        for row in rows(table) {
            let names = ["opening", "joined", "churned", "closing", "numerator", "denominator"];
            let sum: &mut [f64; 6] = sums.entry((row["period"].to_owned(), row["tenure"].to_owned())).or_default();
            sum.iter_mut().zip(names).for_each(|(sum, name)| *sum += row[name].parse::<f64>().unwrap());
        }
        sums
    };
    assert_eq!(counts(&by_segment), counts(&all));
    // One number of days for all, chosen from all gaps; counts add up, and the mean chance is that of all.
    let (all, by_segment) = both(&["--table", "inactivity"]);
    assert!(by_segment.starts_with("channel,region,figure,value,unit\n,,days_without_purchase,"), "{by_segment}");
    let (all, by_segment) = (rows(&all), rows(&by_segment));
    assert_eq!(by_segment.len(), 7 * all.len());
    for own in &all {
        let values: Vec<f64> = by_segment
            .iter()
            .filter(|row| row["figure"] == own["figure"])
            .filter_map(|row| row["value"].parse().ok())
            .collect();
        match own["unit"] {
            "gaps" | "silences" => assert_eq!(values.iter().sum::<f64>(), own["value"].parse::<f64>().unwrap()),
            _ if own["figure"] == "days_without_purchase" => {
                assert!(values.iter().all(|days| *days == own["value"].parse::<f64>().unwrap()));
            }
            _ => {}
        }
    }
    let (all, by_segment) = both(&["--table", "silent"]);
    assert!(by_segment.starts_with("customer_id,channel,region,last_date,inactivity_days,"), "{by_segment}");
    let silent = |table: &str| -> Vec<String> {
        let names = ["customer_id", "last_date", "inactivity_days", "churned", "p_no_purchase"];
        rows(table).iter().map(|row| names.map(|name| row[name]).join(",")).collect()
    };
    assert_eq!(silent(&by_segment), silent(&all));
    let compared = stdout(&[&["churn", LOG, "--quiet", "--table", "segments"], &by[..]].concat());
    assert_eq!(rows(&compared).len(), 7 * 6 / 2);
    let ran = run(&["churn", LOG, "--quiet", "--table", "segments"]);
    assert!(ran.stderr.contains("from two to fifty; name their columns with `--by`"), "{}", ran.stderr);
    // One name in all tables.
    let clashing = file(&folder, "clashing.csv", "customer_id,figure,period,last_date\n00004,x,y,z\n");
    let by = ["--by", "figure,period,last_date", "--customers", text(&clashing), "--quiet", "--table"];
    for table in ["churn", "inactivity", "silent"] {
        let found = stdout(&[&["churn", LOG], &by[..], &[table]].concat());
        assert!(found.lines().next().unwrap().contains("segment_figure,segment_period,segment_last_date,"), "{found}");
    }
}

#[test]
fn who_changes_its_plan_stays_with_those_who_joined_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = "customer_id,start,end,amount,plan\n\
                     a,2024-01-10,2024-03-01,10.00,basic\na,2024-03-01,,30.00,pro\n\
                     b,2024-01-20,,30.00,pro\nc,2024-02-03,2024-03-10,10.00,basic\n\
                     d,2024-02-05,2024-02-25,10.00,basic\nd,2024-02-05,,12.00,pro\n";
    let contracts = file(&folder, "contracts.csv", contracts);
    let log = [text(&contracts), "--by", "plan", "--as-of", "2024-04-30", "--quiet"];
    let wide = stdout(&[&["cohort"], &log[..], &["--measure", "revenue", "--table", "wide"]].concat());
    assert_eq!(
        wide,
        "plan,cohort,customers,0,1,2,3\nbasic,2024-01,1,10.0,10.0,30.0,30.0\nbasic,2024-02,1,10.0,10.0,0.0,\n\
         pro,2024-01,1,30.0,30.0,30.0,30.0\npro,2024-02,1,12.0,12.0,12.0,\n"
    );
    // Those who joined are the same in every command.
    let churn = stdout(&[&["churn"], &log[..], &["--definition", "opening-base"]].concat());
    let joined: Vec<_> = rows(&churn)
        .iter()
        .filter(|row| row["joined"] != "0")
        .map(|row| format!("{} {} {}", row["plan"], row["period"], row["joined"]))
        .collect();
    assert_eq!(joined, ["basic 2024-01 1", "pro 2024-01 1", "basic 2024-02 1", "pro 2024-02 1"]);
    let survival = stdout(&[&["survival"], &log[..], &["--table", "summary"]].concat());
    assert_eq!(rows(&survival).iter().map(|row| row["customers"]).collect::<Vec<_>>(), ["2", "2"]);
    // Columns of a table of customers are of the customer whatever the contract.
    let customers = file(&folder, "customers.csv", "customer_id,plan\na,x\nb,x\nd,y\ne,y\n");
    let with = ["--customers", text(&customers), "--table", "wide"];
    let ran = run(&["cohort", text(&contracts), "--by", "plan", "--customers", text(&customers), "--table", "wide"]);
    assert!(ran.stderr.contains("1 of 4 customers are not in it, 1 customer of it has no contract"), "{}", ran.stderr);
    let wide = stdout(&[&["cohort"], &log[..], &with].concat());
    assert!(wide.contains("\nx,2024-01,2,1.0,1.0,1.0,1.0\n") && wide.contains("\n,2024-02,1,"), "{wide}");
}

#[test]
fn a_log_has_its_segments_from_a_table_of_customers_that_is_read_first() {
    let folder = tempfile::tempdir().unwrap();
    let customers = customers(&folder);
    let refused = |arguments: &[&str], message: &str| {
        for command in ["cohort", "churn"] {
            let ran = run(&[&[command, LOG], arguments].concat());
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
            assert_eq!(ran.stderr.replace(text(&customers), "customers.csv"), message);
        }
    };
    refused(
        &["--by", "cd"],
        "error: data/cdnow_sample.csv: no column is named `cd`\n\
         hint: the nearest is `cds`; where a table of customers has it, name that with `--customers FILE`\n",
    );
    refused(
        &["--by", "chanel", "--customers", text(&customers)],
        "error: customers.csv: no column is named `chanel`\nhint: the nearest is `channel`\n",
    );
    refused(
        &["--customers", text(&customers)],
        "error: customers.csv: nothing is asked of the table of customers\n\
         hint: name the columns of it that make segments with `--by`, or leave `--customers` out\n",
    );
    refused(
        &["--by", "region,region", "--customers", text(&customers)],
        "error: `--by` names `region` twice\nhint: leave one of the two out\n",
    );
}

#[test]
fn a_customer_of_a_log_is_in_the_segment_of_its_first_purchase() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read_to_string(LOG).unwrap();
    let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    // Every third customer changes its shop from row to row, of which some are refunds and some of one day.
    let shop = |place: usize, id: &str| {
        let number: usize = id.parse().unwrap();
        ["web", "phone", "", "store"][if number.is_multiple_of(3) { place % 4 } else { number % 4 }]
    };
    let amount =
        |place: usize, amount: &str| if place.is_multiple_of(11) { format!("-{amount}") } else { amount.to_owned() };
    let mut rows: Vec<[String; 4]> = whole
        .lines()
        .skip(1)
        .map(fields)
        .enumerate()
        .map(|(place, own)| [own[0].clone(), own[1].clone(), amount(place, &own[3]), shop(place, &own[0]).to_owned()])
        .collect();
    rows.sort_by_key(|row| (row[2].len(), row[2].clone()));
    let mut firsts: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut others = std::collections::BTreeSet::new();
    let is_purchase = |row: &&[String; 4]| row[2].parse::<f64>().unwrap() >= 0.0 && row[1].as_str() < "1998-03-01";
    for [id, date, _, shop] in rows.iter().filter(is_purchase) {
        let first = firsts.entry(id).or_insert((date, shop));
        if (date.as_str(), shop.is_empty(), shop.as_str()) < (first.0, first.1.is_empty(), first.1) {
            *first = (date, shop);
        }
    }
    let differs = |row: &&[String; 4]| firsts[row[0].as_str()].1 != row[3];
    others.extend(rows.iter().filter(is_purchase).filter(differs).map(|row| &row[0]));
    let row = |row: &[String; 4]| format!("{}\n", row.join(","));
    let (one, other) = rows.split_at(rows.len() / 3);
    for (name, rows) in [("log-1.csv", one), ("log-2.csv", other)] {
        let rows: String = rows.iter().map(row).collect();
        file(&folder, name, format!("customer_id,date,amount,shop\n{rows}"));
    }
    let known: String = firsts.iter().map(|(id, (_, shop))| format!("{id},{shop}\n")).collect();
    let known = file(&folder, "customers.csv", format!("customer_id,shop\n{known}"));
    let logs = format!("{}/log-*.csv", folder.path().display());
    for command in
        [&["cohort"][..], &["cohort", "--measure", "revenue"], &["churn"], &["churn", "--table", "inactivity"]]
    {
        let arguments = [command, &[&logs, "--by", "shop", "--as-of", "1998-02-28"]].concat();
        let own = run(&[&arguments[..], &["--threads", "2"]].concat());
        assert!(own.stdout == stdout(&[&arguments[..], &["--customers", text(&known)]].concat()), "{command:?}");
        let said = format!(
            "{} of {} customers have purchases with another `shop` than the first, whose segment counts\n",
            others.len(),
            custval::wording::grouped(firsts.len() as u64)
        );
        assert!(own.stderr.contains(&said), "{said}{}", own.stderr);
    }
}

#[test]
fn a_column_of_a_log_that_has_a_meaning_of_its_own_keeps_it_as_a_segment() {
    let folder = tempfile::tempdir().unwrap();
    let log = "customer_id,date,amount,currency\nann,2024-01-05,10.00,EUR\nbob,2024-01-06,10.00,USD\nbob,2024-01-07,30.00,USD\n";
    let log = file(&folder, "log.csv", log);
    let by = |column: &str, more: &[&str]| {
        let arguments = ["cohort", text(&log), "--by", column, "--measure", "revenue", "--table", "wide"];
        run(&[&arguments[..], more].concat())
    };
    let refused = by("currency", &[]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("several currencies"), "{}", refused.stderr);
    let rates = file(&folder, "rates.csv", "currency,date,rate\nUSD,2024-01-01,0.5\n");
    let converted = ["--currency", "EUR", "--exchange-rates", text(&rates)];
    for (column, rows) in [
        ("currency", "EUR,2024-01,1,10.0\nUSD,2024-01,1,20.0\n"),
        ("customer_id", "ann,2024-01,1,10.0\nbob,2024-01,1,20.0\n"),
        ("date", "2024-01-05,2024-01,1,10.0\n2024-01-06,2024-01,1,20.0\n"),
    ] {
        let wide = by(column, &converted);
        assert_eq!(wide.stdout, format!("{column},cohort,customers,0\n{rows}"), "{}", wide.stderr);
    }
}

#[test]
fn segment_columns_of_cohorts_step_aside_in_both_tables() {
    let folder = tempfile::tempdir().unwrap();
    let customers = file(&folder, "customers.csv", "customer_id,cohort,status,1,region\n00004,x,y,z,north\n");
    for (table, header) in [
        ("cohort", "segment_cohort,segment_status,segment_1,region,cohort,periods_since_joining,"),
        ("wide", "segment_cohort,segment_status,segment_1,region,cohort,customers,0,1,"),
    ] {
        let by = ["--by", "cohort,status,1,region", "--customers", text(&customers), "--table", table];
        let found = stdout(&[&["cohort", LOG, "--quiet"], &by[..]].concat());
        assert!(found.starts_with(header), "{found}");
        assert!(found.contains("\nx,y,z,north,1997-01,"), "{found}");
    }
    let by = ["--by", "cohort", "--customers", text(&customers), "--format", "json"];
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&[&["cohort", LOG, "--quiet"], &by[..]].concat())).unwrap();
    assert_eq!((&json[0]["segment_cohort"], &json[0]["cohort"]), (&"".into(), &"1997-01".into()));
}

#[test]
fn a_chart_has_a_panel_for_each_segment_in_one_scale() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("cohorts.svg");
    let revenue = ["cohort", CONTRACTS, "--by", "plan", "--measure", "revenue", "--period", "quarter"];
    let shown = stdout(&[&revenue[..], &["--chart", text(&chart), "--format", "table", "--quiet"]].concat());
    assert!(
        shown.contains("\n\nbasic\ncohort, customers          0      1      2\n2023-Q3           10  ▒20.0*"),
        "{shown}"
    );
    assert!(
        shown.contains("\n\npro\ncohort, customers          0      1      2\n2023-Q3            7  █50.0*"),
        "{shown}"
    );
    let svg = std::fs::read_to_string(&chart).unwrap();
    assert!(
        svg.contains("basic") && svg.contains("pro") && svg.matches("quarters since joining").count() == 2,
        "{svg}"
    );
    // More than can be looked at are no chart, and no drawing.
    let ids: Vec<&str> = std::fs::read_to_string(LOG).unwrap().leak().lines().skip(1).map(|line| &line[..5]).collect();
    let rows: String =
        ids.chunk_by(|one, other| one == other).map(|id| format!("{},{}\n", id[0], &id[0][3..])).collect();
    let customers = file(&folder, "customers.csv", format!("customer_id,last\n{rows}"));
    let by = ["cohort", LOG, "--by", "last", "--customers", text(&customers)];
    let other = folder.path().join("other.svg");
    let ran = run(&[&by[..], &["--chart", text(&other)]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let expected = "error: the chart would have a heat map for each of 100 segments\nhint: up to 12 can be looked at: choose \
                    columns of `--by` that make fewer, or leave `--chart` out\n";
    assert!(ran.stderr.ends_with(expected) && !other.exists(), "{}", ran.stderr);
    let ran = run(&[&by[..], &["--format", "table"]].concat());
    assert!(ran.stderr.contains("no heat maps of 100 segments: up to 12 are drawn\n"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with(" last  cohort"), "{}", ran.stdout);
}
