//! What hook, portfolio and profile refuse, with the whole message.

use super::tool::{file, run, run_with, text};

const PROFITS: &str = "data/costing/profits.csv";

fn refused(arguments: &[&str], code: i32) -> String {
    let ran = run(arguments);
    assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
    assert_eq!(ran.stdout, "", "{arguments:?}");
    ran.stderr.lines().filter(|line| !line.starts_with("read ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn ranges_with_their_ends_exchanged_name_the_customer() {
    let folder = tempfile::tempdir().unwrap();
    let profits = file(&folder, "p.csv", "customer_id,profit,low,high\na,5,1,9\nb,5,7,3\n");
    assert_eq!(
        refused(&["hook", text(&profits), "--low", "low", "--high", "high"], 3).replace(text(&profits), "p.csv"),
        "error: 1 value of p.csv cannot be used (low end above high end 1)\n  \
         p.csv:3: column `low`: `7` is a low end above the high end of its range\n\
         hint: mend them in the file, or leave the customer out there; or set these rows aside and go on \
         with `--rejects DIR`"
    );
}

#[test]
fn draws_without_doubt_are_refused() {
    assert_eq!(
        refused(&["hook", PROFITS, "--draws", "100"], 2),
        "error: nothing is said to be in doubt, so there is nothing to draw\n\
         hint: say what is doubtful with `--std-error COLUMN`, `--low` and `--high`, or `--rate-error`"
    );
    assert!(
        refused(&["hook", PROFITS, "--rate-error", "relationship_cost=often"], 2)
            .contains("`relationship_cost=often` does not say by how much a rate may be off")
    );
    assert!(refused(&["hook", PROFITS, "--rate-error", "calls=10%"], 2).contains("no column is named `calls`"));
    assert!(
        refused(&["hook", PROFITS, "--rate-error", "unit_cost=10%", "--draws", "1"], 2)
            .contains("`1` draws cannot be made")
    );
}

#[test]
fn another_currency_cannot_be_compared() {
    let folder = tempfile::tempdir().unwrap();
    let now = file(&folder, "now.csv", "customer_id,profit,currency\na,5,EUR\n");
    let then = file(&folder, "then.csv", "customer_id,profit,currency\na,5,USD\n");
    let message = refused(&["hook", text(&now), "--against", text(&then)], 3);
    assert_eq!(
        message.replace(text(&then), "then.csv"),
        "error: then.csv: column `currency`: is in `USD`, and the later table is in `EUR`\n\
         hint: convert one of the tables: amounts of two currencies cannot be compared"
    );
}

#[test]
fn other_customers_are_compared_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let then = file(&folder, "then.csv", "customer_id,profit\nx,5\n");
    let ran = run(&["hook", PROFITS, "--against", text(&then)]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("warning: no customer stands in both periods: are these the same customers?"));
    assert!(ran.stdout.contains("left,1,-5.00\n"));
    assert!(ran.stdout.contains("change,6,34348.00\n"));
}

#[test]
fn values_finer_than_money_have_no_change_and_no_cost_behaviour() {
    let folder = tempfile::tempdir().unwrap();
    let values = file(&folder, "v.csv", "customer_id,residual_clv,unit_cost\na,5.123456,1\n");
    assert!(
        refused(&["hook", text(&values), "--against", text(&values)], 2).contains("holds numbers finer than money")
    );
    assert!(refused(&["hook", text(&values), "--capacity", "unit_cost"], 2).contains("finer than money"));
}

#[test]
fn cost_behaviour_wants_to_know_which_cost_stays() {
    assert_eq!(
        refused(&["hook", PROFITS, "--draw", "behaviour"], 2),
        "error: nothing says which cost stays when a customer goes\n\
         hint: name the cost columns with `--capacity COLUMNS`"
    );
    assert!(
        refused(&["hook", PROFITS, "--capacity", "cost_to_serve", "--common", "much"], 2)
            .contains("`--common much`: is not an amount")
    );
}

#[test]
fn a_segment_column_that_is_not_there_gets_the_nearest_names() {
    let message = refused(&["hook", PROFITS, "--by", "segmnt", "--customers", "data/costing/customers.csv"], 2);
    assert!(message.contains("no column is named `segmnt`"), "{message}");
    assert!(message.contains("the nearest is `segment`"), "{message}");
}

#[test]
fn revenue_without_cost_and_cost_without_revenue_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let half = file(&folder, "half.csv", "customer_id,revenue,cost_to_serve,profit\na,5,,4\nb,,1,-1\n");
    assert_eq!(
        refused(&["portfolio", text(&half)], 3).replace(text(&half), "half.csv"),
        "error: 2 values of half.csv cannot be used (value missing 2)\n  \
         half.csv:2: column `cost_to_serve`: the value is missing\n  \
         half.csv:3: column `revenue`: the value is missing\n\
         hint: mend them in the file, or leave the customer out there; or set these rows aside and go on \
         with `--rejects DIR`"
    );
    let none = file(&folder, "none.csv", "customer_id,revenue,profit\na,5,4\n");
    assert!(refused(&["portfolio", text(&none)], 3).contains("no column is named `cost_to_serve`"));
}

#[test]
fn cuts_that_do_not_ascend_and_boxes_that_are_not_there_are_refused() {
    assert!(refused(&["portfolio", PROFITS, "--cost-cuts", "5000,100"], 2).contains("do not ascend"));
    assert!(refused(&["portfolio", PROFITS, "--revenue-levels", "0"], 2).contains("`0` levels cannot be cut"));
    assert_eq!(
        refused(&["portfolio", PROFITS, "--box", "low/hihg"], 2),
        "error: the grid has no box `low/hihg`\nhint: the nearest are `low/high`, `low/low` and `low/medium`"
    );
}

#[test]
fn a_referral_column_that_is_not_there_gets_the_nearest_names() {
    let message =
        refused(&["profile", "data/costing/transactions.csv", "--customers", "data/costing/customers.csv"], 2);
    assert!(message.contains("no column is named `referred_by`"), "{message}");
}

#[test]
fn two_currencies_of_one_table_are_refused_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    for table in [
        "customer_id,revenue,cost_to_serve,profit\na,5 EUR,1 USD,4\n",
        "customer_id,revenue,cost_to_serve,profit,currency\na,€5,€1,€4,USD\n",
    ] {
        let table = file(&folder, "t.csv", table);
        let message = refused(&["portfolio", text(&table)], 3);
        assert!(message.contains("currency"), "{message}");
    }
    let one = file(&folder, "one.csv", "customer_id,revenue,cost_to_serve,profit,currency\na,5 EUR,€1,4,EUR\n");
    assert_eq!(run(&["portfolio", text(&one)]).code, 0);
}

#[test]
fn a_cost_is_named_once_and_is_a_cost() {
    let hint = "hint: name each column once: it would count twice";
    for (command, flag, names) in [
        ("hook", "--capacity", "unit_cost,unit_cost"),
        ("portfolio", "--capacity", "unit_cost,unit_cost"),
        ("portfolio", "--drivers", "unit_cost,unit_cost"),
    ] {
        assert_eq!(
            refused(&[command, PROFITS, flag, names], 2),
            format!("error: {PROFITS}: `{flag}` names the column `unit_cost` twice\n{hint}")
        );
    }
    let rates = ["--rate-error", "unit_cost=10%", "--rate-error", "unit_cost=50%"];
    assert!(refused(&[&["hook", PROFITS], &rates[..]].concat(), 2).contains("names the column `unit_cost` twice"));
    for (command, flag, names) in [
        ("hook", "--capacity", "cost_to_serve,relationship_cost"),
        ("portfolio", "--capacity", "relationship_cost,cost_to_serve"),
    ] {
        assert_eq!(
            refused(&[command, PROFITS, flag, names], 2),
            format!(
                "error: {PROFITS}: `{flag}` names `cost_to_serve` and `relationship_cost`, which is a part of it\n\
                 hint: name the total or its parts: the part would count twice"
            )
        );
    }
    for (command, flag, name, what) in [
        ("hook", "--capacity", "profit", " but profit"),
        ("hook", "--capacity", "revenue", " but revenue"),
        ("portfolio", "--capacity", "net_revenue", " but revenue"),
        ("portfolio", "--drivers", "profit", " but profit"),
        ("portfolio", "--drivers", "profit_margin", ""),
    ] {
        assert_eq!(
            refused(&[command, PROFITS, flag, name], 2),
            format!(
                "error: {PROFITS}: `{flag}` names `{name}`, which is no cost{what}\n\
                 hint: name columns of costs, as in `{flag} unit_cost,relationship_cost`"
            )
        );
    }
    assert!(
        refused(&["hook", PROFITS, "--rate-error", "revenue=10%"], 2)
            .contains("`--rate-error` names `revenue`, which is no cost but revenue")
    );
    // By what it stands for, not by what it is called.
    let folder = tempfile::tempdir().unwrap();
    let table = file(&folder, "p.csv", "customer_id,profit,turnover,unit_cost\na,5,9,4\nb,-1,3,4\n");
    let named = ["--column", "revenue=turnover", "--capacity", "turnover"];
    assert!(
        refused(&[&["hook", text(&table)], &named[..]].concat(), 2)
            .contains("names `turnover`, which is no cost but revenue")
    );
}

#[test]
fn percentages_and_cuts_are_shown_as_they_were_written() {
    let rate = refused(&["hook", PROFITS, "--rate-error", "relationship_cost=30%..10%"], 2);
    assert!(rate.contains("the rate of `relationship_cost` cannot be off by `30% to 10%`"), "{rate}");
    let rate = refused(&["hook", PROFITS, "--rate-error", "relationship_cost=-10%"], 2);
    assert!(rate.contains("the rate of `relationship_cost` cannot be off by `-10%`"), "{rate}");
    assert_eq!(
        refused(&["hook", PROFITS, "--rate-error", "unit_cost=10%", "--level", "100%"], 2),
        "error: an interval cannot hold `100%` of the draws\n\
         hint: give a share between 0% and 100%, as in `--level 90%`"
    );
    let given_up = "error: `150%` of the freed capacity cannot be given up\n\
                    hint: give a share between 0% and 100%, as in `--given-up 50%`";
    assert_eq!(refused(&["hook", PROFITS, "--capacity", "unit_cost", "--given-up", "150%"], 2), given_up);
    assert_eq!(refused(&["portfolio", PROFITS, "--given-up", "150%"], 2), given_up);
    assert_eq!(
        refused(&["portfolio", PROFITS, "--max-price-rise=-5%"], 2),
        "error: `-5%` is no rise in price of zero or more\n\
         hint: give a percentage of zero or more, as in `--max-price-rise 10%`"
    );
    assert_eq!(
        refused(&["portfolio", PROFITS, "--revenue-cuts", "5000,1,5000"], 2),
        "error: the cuts `5000,1,5000` do not ascend\nhint: say `--revenue-cuts 1,5000`"
    );
    assert_eq!(
        refused(&["portfolio", PROFITS, "--relative-cost", "--cost-cuts", "50%,10%"], 2),
        "error: the cuts `50%,10%` do not ascend\nhint: say `--cost-cuts 10%,50%`"
    );
}

#[test]
fn standard_input_is_one_table_and_a_chart_is_svg_in_a_folder_that_is_there() {
    let costing = ["allocate", "data/costing/costing.toml", "--ledger", "-", "--activities", "-"];
    for arguments in [&["hook", "-", "--against", "-"][..], &["portfolio", "-", "--values", "-"], &costing] {
        assert_eq!(
            refused(arguments, 2),
            "error: standard input can be only one of the files\nhint: name a file for the others"
        );
    }
    for command in ["hook", "portfolio"] {
        assert_eq!(
            refused(&[command, PROFITS, "--chart", "no-such/x.png"], 2),
            "error: no-such/x.png: a chart is SVG, and the name ends in `.png`\nhint: name it `--chart no-such/x.svg`"
        );
        assert_eq!(
            refused(&[command, PROFITS, "--chart", "no-such/x.svg"], 2),
            "error: no-such/x.svg: cannot be written: there is no folder `no-such`\n\
             hint: make the folder first, `mkdir -p no-such`, or check the spelling"
        );
    }
}

#[test]
fn a_segment_column_has_one_name_in_every_table() {
    for (name, shown) in [("band", "segment_band"), ("value", "segment_value"), ("kind", "kind")] {
        let table = format!("customer_id,profit,{name}\na,5,x\nb,3,y\n");
        for of in ["bands", "points", "statistics", "lorenz"] {
            let ran = run_with(&table, &["hook", "-", "--by", name, "--table", of]);
            assert!(ran.stdout.starts_with(&format!("{shown},")), "{of}: {}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn segments_without_a_total_are_named() {
    let table = "customer_id,profit,seg\na,5,good\nb,-3,bad\nc,-2,bad\nd,0,none\ne,0,\n";
    let ran = run_with(table, &["hook", "-", "--by", "seg"]);
    assert_eq!(
        ran.stderr.lines().filter(|line| line.starts_with("warning")).collect::<Vec<_>>(),
        [
            "warning: the total of 3 segments is zero or less (no segment 0, `bad` -5, `none` 0): shares and percentages of it \
             would mean nothing and are left empty"
        ]
    );
    assert!(ran.stdout.contains("good,1,0.1,0.1,0.5,0.5,10.0\n"), "{}", ran.stdout);
    assert!(run_with(table, &["hook", "-"]).stderr.contains("warning: the total is 0: "));
}

#[test]
fn a_chart_without_segments_says_so() {
    let said = "the chart is of all customers: segments have one with `--draw curve`\n";
    let by = ["hook", PROFITS, "--by", "customer_id", "--format", "table"];
    for draw in ["bands", "lorenz"] {
        assert!(run(&[&by[..], &["--draw", draw]].concat()).stderr.contains(said), "{draw}");
    }
    assert!(!run(&by).stderr.contains(said));
}

#[test]
fn who_brought_only_people_without_a_purchase_is_no_advocate_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "customer_id,date,amount\nann,2025-01-02,5\nben,2025-01-03,5\n");
    let known = file(&folder, "known.csv", "customer_id,referred_by\nann,\nben,zoe\nzoe,ann\nkim,\n");
    let ran = run(&["profile", text(&log), "--customers", text(&known)]);
    assert!(ran.stdout.contains("initial,2,1.0,2,10.00,0,") && ran.stdout.contains("advocate,0,"), "{}", ran.stdout);
    let warnings: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("warning")).collect();
    let file = text(&known);
    assert_eq!(
        warnings,
        [
            &format!(
                "warning: 1 customer of {file} names who brought them and has bought nothing: who brought nobody else is no \
                 advocate"
            ),
            "warning: 1 customer names somebody without a purchase as the one who brought them: these brought nobody",
        ]
    );
}
