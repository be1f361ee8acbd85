//! Tables of contracts as people export them: what is said of them, and what they cannot mean.

use super::tool::{Ran, command, file, run, run_with, stdout, text};

const CONTRACTS: &str = "tests/cmd/subscriptions.csv";

fn column(table: &str, name: &str) -> Vec<String> {
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let place = header.iter().position(|own| *own == name).unwrap_or_else(|| panic!("{name} in {header:?}"));
    lines.map(|line| line[place].to_owned()).collect()
}

#[test]
fn a_segment_column_steps_aside_for_a_column_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "contracts.csv",
        "customer_id,start,end,amount,period,tenure,note,reason,time\n\
         a,2024-01-01,2024-03-10,10,x,y,z,price,t\nb,2024-01-01,,20,x,y,z,,t\n",
    );
    let by = "--by=period,tenure,note,reason,customer_id";
    for table in ["churn", "revenue", "changes", "lost"] {
        let found = stdout(&["churn", text(&contracts), by, "--table", table, "--quiet"]);
        let header = found.lines().next().unwrap();
        assert!(header.contains("segment_"), "{header}");
        assert!(header.split(',').filter(|name| *name == "period").count() == 1, "{header}");
    }
    let lost = stdout(&["churn", text(&contracts), by, "--table", "lost", "--quiet"]);
    assert_eq!(column(&lost, "segment_period"), ["x"]);
    assert_eq!(column(&lost, "segment_reason"), ["price"]);
    // One name in all tables of a run, whichever of them has such a column.
    let header = |arguments: &[&str]| stdout(arguments).lines().next().unwrap().to_owned();
    for table in ["churn", "revenue", "changes", "lost"] {
        let found = header(&["churn", text(&contracts), "--by", "reason,period", "--table", table, "--quiet"]);
        assert!(found.contains("segment_reason,segment_period"), "{found}");
    }
    for table in ["survival", "summary", "hazards", "log-rank"] {
        let found = header(&["survival", text(&contracts), "--by", "time,note,period", "--table", table, "--quiet"]);
        assert!(found.starts_with("segment_time,segment_note,period,"), "{found}");
    }
    let customers = file(&folder, "customers.csv", "customer_id,p_alive,note\n00001,x,y\n");
    let by = ["--customers", text(&customers), "--by", "p_alive,note", "--margin", "30%", "--quiet"];
    let values = stdout(&[&["clv", "data/cdnow.csv"], &by[..]].concat());
    assert!(values.starts_with("as_of,customer_id,segment_p_alive,segment_note,model,"), "{}", &values[..200]);
    for command in
        [&["churn", text(&contracts), "--by", "note,note"][..], &["survival", CONTRACTS, "--by", "plan,plan"]]
    {
        let ran = run(command);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("twice\nhint: leave one of the two out"), "{}", ran.stderr);
    }
}

#[test]
fn durations_without_a_row_are_refused() {
    let ran = run_with("time,event\n", &["survival", "-"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("has a header and no row\nhint: export it again"), "{}", ran.stderr);
}

#[test]
fn missing_covariates_are_told_together_and_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "customer_id,time,event,x\na,1,1,2\nb,2,0,\nc,3,1,1\nd,4,1,\ne,5,1,4\nf,6,0,2\ng,7,1,3\n";
    let durations = file(&folder, "d.csv", rows);
    let ran = run(&["survival", text(&durations), "--cox", "x"]);
    assert_eq!(ran.code, 3);
    let said = ran.stderr.replace(text(&durations), "d.csv");
    let expected = "error: 2 values of d.csv cannot be used (covariate missing 2)\n  \
                    d.csv:3: column `x`: the covariate is missing\n  d.csv:5: column `x`: the covariate is missing\n\
                    hint: mend them in the file; or set these rows aside and go on with `--rejects DIR`\n";
    assert_eq!(said, expected);
    let rejects = folder.path().join("rejects");
    let aside = ["--rejects", text(&rejects), "--table", "cox"];
    let ran = run(&[&["survival", text(&durations), "--cox", "x"], &aside[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("set aside 2 of 7 rows"), "{}", ran.stderr);
    // Of contracts they are told together as well.
    let contracts = file(&folder, "c.csv", "customer_id,start,end,x\na,2024-01-01,2024-02-01,\nb,2024-01-05,,\n");
    let ran = run(&["survival", text(&contracts), "--cox", "x"]);
    assert!(ran.stderr.contains("2 values of ") && ran.stderr.contains("(covariate missing 2)"), "{}", ran.stderr);
}

#[test]
fn an_empty_entry_is_from_the_start_and_said() {
    let table = "time,event,entry\n4,1,\n5,0,2\n6,1,\n";
    let ran = run_with(table, &["survival", "-"]);
    assert!(ran.stderr.contains("2 rows without an entry: observed from tenure 0 on\n"), "{}", ran.stderr);
    assert_eq!(ran.stdout, run_with(&table.replace(",\n", ",0\n"), &["survival", "-"]).stdout);
}

#[test]
fn a_duration_that_cannot_be_names_the_column_at_fault() {
    let said = |rows: &str| run_with(&format!("time,event,entry\n{rows}"), &["survival", "-"]).stderr;
    assert!(said("5,1,-1\n6,0,\n").contains("-:2: column `entry`: `-1` is negative\n"));
    assert!(said("-5,1,0\n").contains("-:2: column `time`: `-5` is negative\n"));
    assert!(said("5,1,7\n").contains("-:2: column `time`: `5` is not after the entry\n"));
}

#[test]
fn hazards_are_made_for_who_asks_for_them_in_bands_that_can_be_read() {
    let rows: String = (0..50).map(|row| format!("{},{},g{}\n", 2_900_000 + 2_000 * row, row % 2, row % 5)).collect();
    let table = format!("time,event,group\n{rows}");
    let survival = ["survival", "-", "--by", "group"];
    let ran = run_with(&table, &survival);
    assert_eq!((ran.code, ran.stderr.contains("band")), (0, false), "{}", ran.stderr);
    let hazards = [&survival[..], &["--table", "hazards"]].concat();
    let ran = run_with(&table, &hazards);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("bands of tenure are 500 wide; `--band N` says another width\n"), "{}", ran.stderr);
    let refused = run_with(&table, &[&hazards[..], &["--band", "1"]].concat()).stderr;
    assert!(refused.contains("a band of tenure cannot be `1` wide\nhint: give `--band` a positive width"), "{refused}");
}

#[test]
fn refunds_of_a_log_are_booked_in_their_own_month() {
    let revenue = |flags: &[&str]| {
        let cohort = ["cohort", "tests/cmd/refunded.csv", "--measure", "revenue", "--table", "wide", "--quiet"];
        stdout(&[&cohort, flags].concat())
    };
    let net = "cohort,customers,0,1,2,3\n2024-01,2,90.0,-40.0,-15.0,25.0\n2024-02,1,1500.0,-2900.0,0.0,\n";
    assert_eq!(revenue(&[]), net);
    let gross = "cohort,customers,0,1,2,3\n2024-01,2,90.0,0.0,0.0,25.0\n2024-02,1,1500.0,0.0,0.0,\n";
    assert_eq!(
        (revenue(&["--refunds", "drop"]).as_str(), revenue(&["--refunds", "separate"]).as_str()),
        (gross, gross)
    );
    // A month that is over stays as it is.
    let closed = revenue(&["--as-of", "2024-02-29"]);
    assert_eq!(closed, "cohort,customers,0,1\n2024-01,2,90.0,-40.0\n2024-02,1,1500.0,\n");
    let profit = ["--measure", "profit", "--margins", "tests/cmd/margins.csv"];
    let orders = ["cohort", "tests/cmd/refunded.csv", "--measure", "orders", "--table", "wide", "--quiet"];
    assert_eq!(stdout(&orders), "cohort,customers,0,1,2,3\n2024-01,2,1.0,0.0,0.0,0.5\n2024-02,1,1.0,0.0,0.0,\n");
    let apart = run(&[&["cohort", "tests/cmd/refunded.csv", "--refunds", "separate"][..], &profit].concat());
    assert_ne!(apart.code, 0, "margins of nobody in the log");
}

#[test]
fn periods_end_before_the_calendar_does() {
    let folder = tempfile::tempdir().unwrap();
    let far = file(&folder, "far.csv", "customer_id,start,end,amount\na,9999-12-30,,5\nb,2023-01-01,,5\n");
    for command in ["churn", "cohort"] {
        let ran = run(&[command, text(&far), "--period", "year"]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("at the end of the calendar\nhint: say the last day observed with `--as-of`"));
        assert_eq!(run(&[command, text(&far), "--from", "2022-12-31", "--as-of", "2024-12-31"]).code, 0);
    }
    assert_eq!(run(&["churn", "data/cdnow_sample.csv", "--as-of", "9999-12-31"]).code, 3);
}

#[test]
fn amounts_too_large_to_be_added_up_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = "customer_id,start,end,amount\nb,2022-01-01,,50000000000000000\nb,2022-01-05,,50000000000000000\n";
    let large = file(&folder, "large.csv", large);
    for command in
        [&["churn", text(&large)][..], &["cohort", text(&large), "--measure", "revenue", "--from=2021-12-31"]]
    {
        let ran = run(command);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("come to more than can be added up exactly"), "{}", ran.stderr);
    }
    // Who is there needs no amount.
    assert_eq!(run(&["survival", text(&large)]).code, 0);
}

#[test]
fn an_unpaid_contract_that_never_counts_ends_by_request_and_refund() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "contracts.csv",
        "customer_id,start,end,amount,refunded,payment_failed,requested\na,2024-01-10,2024-03-15,10,2024-02-25,2024-02-20,\n\
         b,2024-01-10,2024-03-15,10,,2024-02-20,2024-03-01\nc,2024-01-10,2024-03-15,10,,2024-02-20,\nd,2024-01-10,,10,,,\n",
    );
    let lost = |policy: &[&str]| {
        let window = ["--from", "2024-01-01", "--as-of", "2024-04-30", "--table", "lost", "--quiet"];
        let lost = stdout(&[&["churn", text(&contracts)], &window[..], policy].concat());
        column(&lost, "customer_id").into_iter().zip(column(&lost, "left")).collect::<Vec<_>>()
    };
    let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(id, day)| ((*id).into(), (*day).into())).collect::<Vec<_>>();
    assert_eq!(lost(&["--policy", "voluntary"]), own(&[("b", "2024-03-15")]));
    assert_eq!(lost(&["--policy", "voluntary", "--cancellation", "request"]), own(&[("b", "2024-03-01")]));
    let never = ["--failed-payment", "never", "--refunds", "leave"];
    assert_eq!(lost(&never), own(&[("a", "2024-02-25"), ("b", "2024-03-15")]));
}

#[test]
fn a_reason_belongs_to_the_departure_that_it_was_given_with() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "contracts.csv",
        "customer_id,start,end,amount,reason\na,2023-06-01,2024-01-15,10,price\na,2024-03-01,2024-05-10,10,\n\
         b,2023-06-01,,10,\nc,2023-06-01,2024-05-20,10,moved\nc,2023-08-01,2024-05-20,5,\nd,2023-06-01,2024-02-01,10,upgrade\n\
         d,2024-02-01,2024-05-21,20,\n",
    );
    let lost = stdout(&["churn", text(&contracts), "--as-of", "2024-06-30", "--table", "lost", "--quiet"]);
    assert_eq!(column(&lost, "customer_id"), ["a", "a", "c", "d"]);
    assert_eq!(column(&lost, "reason"), ["price", "", "moved", ""]);
}

#[test]
fn a_contract_of_one_day_has_its_amount_though_the_customer_returns() {
    let folder = tempfile::tempdir().unwrap();
    let day =
        "customer_id,start,end,amount\nc,2024-01-01,2024-01-01,20\nc,2024-02-05,2024-02-24,10\nd,2023-12-01,,20\n";
    let contracts = file(&folder, "day.csv", day);
    let window = ["--from", "2024-01-01", "--as-of", "2024-03-31", "--period", "quarter", "--definition=revenue-gross"];
    let found = stdout(&[&["churn", text(&contracts)], &window[..], &["--quiet"]].concat());
    assert_eq!(
        (column(&found, "numerator"), column(&found, "denominator")),
        (vec!["20.0".into()], vec!["40.0".into()])
    );
}

#[test]
fn contracts_are_left_out_by_a_column_also_as_a_preset_says() {
    let folder = tempfile::tempdir().unwrap();
    let exported = file(
        &folder,
        "stripe.csv",
        "id,Customer ID,Status,Start (UTC),Ended At (UTC),Canceled At (UTC),Amount,Currency\n\
         s1,c1,active,2024-01-01 10:00,,,20.00,USD\ns2,c2,canceled,2024-01-01 10:00,2024-04-01 10:00,2024-03-01 10:00,30.00,USD\n\
         s3,c3,trialing,2024-01-01 10:00,,,30.00,USD\n",
    );
    for command in ["churn", "survival", "cohort"] {
        let preset = ["--preset", "stripe-subscriptions", "--as-of", "2024-06-30", "--from", "2023-12-31"];
        let ran = run(&[&[command, text(&exported)], &preset[..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("left out 1 row of "), "{}", ran.stderr);
        assert!(ran.stderr.contains("excluded by `Status=trialing`"), "{}", ran.stderr);
        assert!(ran.stderr.contains("read 2 contracts of 2 customers"), "{}", ran.stderr);
    }
    // Exclusions are not about the tables beside the contracts.
    let rates = file(&folder, "rates.csv", "currency,date,rate\nUSD,2024-01-01,0.9\n");
    let beside = ["--exclude", "Status=trialing", "--exchange-rates", text(&rates), "--currency", "EUR", "--quiet"];
    let preset = ["--preset", "stripe-subscriptions", "--as-of", "2024-06-30", "--definition", "revenue-gross"];
    let converted = stdout(&[&["churn", text(&exported)], &preset[..], &beside].concat());
    assert_eq!(column(&converted, "denominator")[0], "45.0");
    let ran = run(&["survival", CONTRACTS, "--exclude", "nothing=x"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no column is named `nothing`"), "{}", ran.stderr);
}

#[test]
fn a_request_after_every_start_and_end_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "contracts.csv",
        "customer_id,start,end,requested,amount\na,2024-01-01,,2024-04-20,10\nb,2024-01-01,2024-03-15,2024-03-15,10\nc,2024-01-01,,,10\n",
    );
    let lost = |more: &[&str]| {
        let lost = stdout(&[&["churn", text(&contracts), "--table", "lost", "--quiet"], more].concat());
        column(&lost, "left")
    };
    assert_eq!(lost(&["--policy", "on-request"]), ["2024-03-15", "2024-04-20"]);
    assert_eq!(lost(&[]), ["2024-03-15"]);
}

#[test]
fn money_is_converted_only_where_money_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let two = "customer_id,start,end,amount,currency\na,2024-01-01,,10,EUR\nb,2024-01-01,,10,USD\n";
    let two = file(&folder, "two.csv", two);
    for command in
        [&["survival", text(&two)][..], &["churn", "compare", text(&two)], &["cohort", text(&two), "--from=2023-12-31"]]
    {
        assert_eq!(run(command).code, 0, "{}", run(command).stderr);
    }
    for command in [&["churn", text(&two)][..], &["cohort", text(&two), "--from=2023-12-31", "--measure=revenue"]] {
        let ran = run(command);
        assert_eq!(ran.code, 3);
        assert!(ran.stderr.contains("two.csv: amounts are in several currencies: `EUR` and `USD`\n"), "{}", ran.stderr);
    }
    // Rates alone do not say into which one: it is nobody's but the user's to choose.
    let rates = file(&folder, "rates.csv", "currency,date,rate\nUSD,2020-01-01,0.9\n");
    let revenue = ["churn", text(&two), "--table=revenue", "--exchange-rates", text(&rates)];
    let ran = run(&revenue);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("hint: convert them into one with `--currency CODE`"), "{}", ran.stderr);
    assert_eq!(run(&[&revenue[..], &["--currency=EUR"]].concat()).code, 0);
}

#[test]
fn contracts_that_count_in_nothing_are_said() {
    for command in ["churn", "survival", "cohort"] {
        let ran = run(&[command, CONTRACTS, "--as-of", "2023-12-31"]);
        assert!(ran.stderr.contains("left out 5 contracts that start after the last day observed"), "{}", ran.stderr);
    }
}

#[test]
fn contracts_durations_and_logs_are_read_from_standard_input_as_from_files() {
    for (file, more) in [
        (CONTRACTS, &["churn"][..]),
        (CONTRACTS, &["churn", "compare"]),
        (CONTRACTS, &["survival"]),
        (CONTRACTS, &["cohort"]),
        ("data/cdnow_sample.csv", &["churn"]),
        ("data/cdnow_sample.csv", &["cohort"]),
        ("data/rossi.csv", &["survival", "--column=time=week", "--column=event=arrest"]),
    ] {
        let piped = run_with(&std::fs::read_to_string(file).unwrap(), &[more, &["-"]].concat());
        assert_eq!(piped.code, 0, "{more:?}: {}", piped.stderr);
        assert_eq!(piped.stdout, stdout(&[more, &[file]].concat()), "{more:?}");
    }
}

#[test]
fn durations_that_name_a_customer_twice_are_counted_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(&folder, "durations.csv", "customer_id,time,event\na,1,1\nb,2,0\na,3,0\nb,4,1\n");
    let ran = run(&["survival", text(&table), "--table", "summary", "--select", "customers"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "customers\n4\n"), "{}", ran.stderr);
    let said = "warning: 2 rows name a customer of an earlier row, such as `a` on line 4: each row counts on its own";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn policies_changed_by_a_rule_can_be_compared_by_name() {
    let compare = |between: &str| {
        run(&["churn", "compare", CONTRACTS, "--gap", "40d", "--table", "differences", "--between", between])
    };
    let changed = compare("contract-end,contract-end-changed");
    assert_eq!(changed.code, 0, "{}", changed.stderr);
    let unknown = compare("contract-end,strype");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("`strype` is not among the policies compared"), "{}", unknown.stderr);
}

#[test]
fn who_renews_on_the_first_day_after_the_observation_is_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(
        &folder,
        "monthly.csv",
        "customer_id,start,end\na,2024-01-01,2024-02-01\na,2024-02-01,2024-03-01\nb,2024-01-10,\nc,2023-12-01,2024-02-01\n",
    );
    for as_of in ["2024-01-31", "2024-02-15"] {
        let cut = ["--from", "2023-12-31", "--as-of", as_of];
        let churn = ["churn", text(&contracts), "--definition", "opening-base", "--select", "period,opening,churned"];
        let counted = stdout(&[&churn[..], &cut].concat());
        assert!(counted.contains("\n2024-01,1,1\n"), "{as_of}: {counted}");
        let survival = ["survival", text(&contracts), "--table", "summary", "--select", "customers,events"];
        assert_eq!(stdout(&[&survival[..], &cut].concat()), "customers,events\n3,1\n", "{as_of}");
    }
    let cohort = |from: &str| {
        let ran = run(&["cohort", text(&contracts), "--from", from, "--as-of", "2024-02-29"]);
        (ran.stdout, ran.stderr)
    };
    let (table, said) = cohort("2024-01-05");
    assert!(said.contains("2 customers there when observation began, on 2024-01-05"), "{said}");
    assert!(table.contains("\n2024-01,0,1,"), "{table}");
    assert!(!table.contains("\n2023-12"), "{table}");
    let ran = run(&["survival", text(&contracts), "--gap", "7d", "--as-of", "2024-02-03"]);
    assert!(ran.stderr.contains("1 customer leaves less than 7 days before the last day observed"), "{}", ran.stderr);
}

#[test]
fn a_day_of_long_ago_is_told_instead_of_taking_all_memory() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = file(&folder, "old.csv", "customer_id,start,end\na,0001-01-01,\nb,2024-01-01,2024-02-01\n");
    for command in ["cohort", "churn"] {
        let refused = run(&[command, text(&contracts)]);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains("from 0001-01-01 to 2024-01-31 there are 24,277 months"), "{}", refused.stderr);
        let later = run(&[command, text(&contracts), "--from", "2023-12-31"]);
        assert_eq!(later.code, 0, "{}", later.stderr);
    }
    let refused = run(&["churn", text(&contracts), "--threads", "1000000"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("say a number from 1 to 256"), "{}", refused.stderr);
}

#[test]
fn what_looks_like_the_day_of_an_export_is_said_by_the_day_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "customer_id,start,end\na,2024-01-05,2024-03-31\nb,2024-01-05,2024-03-31\nc,2024-01-05,2024-03-31\n\
                d,2024-01-05,2024-02-10\ne,2024-01-05,\n";
    let contracts = file(&folder, "exported.csv", rows);
    for more in [&[][..], &["--end-is-last-day"]] {
        let ran =
            run(&[&["churn", text(&contracts), "--definition", "opening-base", "--select", "period,churned"], more]
                .concat());
        assert_eq!(ran.stdout, "period,churned\n2024-01,0\n2024-02,1\n2024-03,0\n", "{more:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("3 of 5 contracts end on 2024-03-31, the last end of all"), "{}", ran.stderr);
    }
    let later = run(&["churn", text(&contracts), "--as-of", "2024-04-30"]);
    assert!(later.stderr.contains("taken as departures, since `--as-of` is later"), "{}", later.stderr);
}

#[test]
fn a_table_of_revenue_needs_a_rate_of_revenue() {
    let refused = run(&["churn", CONTRACTS, "--definition", "opening-base", "--table", "revenue"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("this run has no table `revenue`\nhint: no rate of revenue is asked for"));
}

#[test]
fn contracts_without_amounts_have_no_revenue_to_lose() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "customer_id,start,end,plan\na,2023-01-01,2023-03-10,\nb,2023-01-01,,x\nc,2023-01-05,2023-05-01,\n";
    let contracts = file(&folder, "bare.csv", rows);
    let select = ["--select", "customer_id,monthly_revenue,historic_revenue"];
    let lost =
        stdout(&[&["churn", text(&contracts), "--as-of", "2023-04-30", "--table", "lost"][..], &select].concat());
    assert_eq!(lost, "customer_id,monthly_revenue,historic_revenue\na,,\nc,,\n");
    let select = ["--select", "customers,monthly_revenue,historic_revenue"];
    let churn = ["churn", text(&contracts), "--as-of", "2023-03-31", "--table", "reasons"];
    assert_eq!(stdout(&[&churn[..], &select].concat()), "customers,monthly_revenue,historic_revenue\n1,,\n");
    // A group without a name has one in the legend.
    let chart = folder.path().join("survival.svg");
    stdout(&["survival", text(&contracts), "--by", "plan", "--chart", text(&chart)]);
    assert!(std::fs::read_to_string(&chart).unwrap().contains("(none)"));
}

#[test]
fn as_many_groups_as_customers_have_curves_and_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut durations = String::from("customer_id,time,event,city\n");
    (0..1_001).for_each(|row| durations += &format!("c{row},{},{},{row}\n", row % 7 + 1, row % 2));
    let durations = file(&folder, "durations.csv", &durations);
    let summary = stdout(&["survival", text(&durations), "--by", "city", "--table", "summary", "--quiet"]);
    assert_eq!(summary.lines().count(), 1_002);
    let refused = run(&["survival", text(&durations), "--by", "city", "--table", "log-rank"]);
    assert!(refused.stderr.contains("up to a thousand groups, and there are more"), "{}", refused.stderr);
}

#[test]
fn contracts_without_an_end_are_warned_of_and_words_for_nothing_are_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let requests = "customer_id,start,cancelled_at,amount,billing_months\n\
                    a,2024-01-01,2024-03-05,5.00,NULL\nb,2024-01-06,,6.00,1\nc,2024-02-01,,6.00,n/a\n";
    let contracts = file(&folder, "requests.csv", requests);
    let ran = run(&["churn", text(&contracts), "--as-of", "2024-06-30"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("says when a contract ends, so nobody leaves"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--policy on-request`"), "{}", ran.stderr);
    let log = "customer_id,date,amount,currency\na,2024-01-01,5.00,NULL\nb,2024-01-06,5.00,EUR\n";
    let log = file(&folder, "log.csv", log);
    assert_eq!(stdout(&["summary", text(&log), "--quiet"]).lines().count(), 3);
    // What the environment says of logs waits for one.
    let table = file(&folder, "table.csv", "customer_id,frequency,recency,age\na,1,2,3\nb,0,0,3\n");
    let profile = ["profile", text(&table), "--time-unit", "week"];
    let waits: Ran = command(&profile).env("CUSTVAL_EXCLUDE", "status=x").output().unwrap().into();
    assert_eq!(waits.code, 0, "{}", waits.stderr);
    let said = run(&[&profile[..], &["--exclude", "status=x"]].concat());
    assert!(said.stderr.contains("`--exclude` decides about rows of a log"), "{}", said.stderr);
}

#[test]
fn a_table_of_which_exclusions_leave_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = "customer_id,start,end,amount,status\na,2024-01-01,,5.00,x\nb,2024-01-01,2024-02-10,6.00,y\n";
    let contracts = file(&folder, "contracts.csv", contracts);
    for command in ["churn", "survival", "cohort"] {
        let ran = run(&[command, text(&contracts), "--exclude", "status=*"]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("has no row left: 2 rows excluded"), "{}", ran.stderr);
    }
}
