//! What hook and portfolio say of tables of profits and of values.

use std::process::Stdio;

use tempfile::TempDir;

use super::tool::{Ran, command, file};

fn ran(folder: &TempDir, arguments: &[&str]) -> Ran {
    command(arguments).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap().into()
}

fn answered(folder: &TempDir, arguments: &[&str]) -> (String, String) {
    let ran = ran(folder, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    (ran.stdout, ran.stderr)
}

#[test]
fn a_customer_exactly_on_a_percentage_is_below_the_cut_and_bears_the_rise() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "f.csv", "customer_id,revenue,cost_to_serve,profit\na,1000.00,7.00,5.00\nb,1000.00,999.00,1.00\n");
    let cut = ["portfolio", "f.csv", "--relative-cost", "--cost-cuts", "0.7%", "--table", "customers"];
    let (found, _) = answered(&folder, &[&cut[..], &["--select", "customer_id,cost_level"]].concat());
    assert_eq!(found, "customer_id,cost_level\na,low\nb,high\n");
    file(&folder, "g.csv", "customer_id,revenue,cost_to_serve,profit\na,1000.00,70.00,-7.00\nb,1000.00,70.00,10.00\n");
    let rise = ["portfolio", "g.csv", "--max-price-rise", "0.7%", "--table", "customers"];
    let columns = "customer_id,lever,gain,break_even_price_rise_pct";
    let (found, _) = answered(&folder, &[&rise[..], &["--select", columns]].concat());
    assert_eq!(found, format!("{columns}\na,raise_price,7.00,0.7\nb,keep,0.00,0.0\n"));
}

#[test]
fn customers_whose_lifetime_value_is_not_known_are_counted_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let values = "customer_id,residual_clv,note,segment\na,12.5,,x\nb,,why,x\nc,-2.25,,y\n";
    file(&folder, "v.csv", values);
    let (found, said) = answered(&folder, &["hook", "v.csv", "--table", "points", "--by", "segment"]);
    assert_eq!(
        found,
        "segment,customer_id,customers,customer_share,profit,cumulative_profit,cumulative_profit_pct\n\
         x,a,1,1.0,12.5,12.5,100.0\ny,c,1,1.0,-2.25,-2.25,\n"
    );
    assert!(
        said.starts_with(
            "read 3 customers of v.csv\n\
             warning: 1 of 3 customers of v.csv has no `residual_clv` (`note` says why): what follows is of the others\n"
        ),
        "{said}"
    );
    // What is no number is refused, and a profit that is missing is a mistake.
    file(&folder, "w.csv", values.replace("12.5", "twelve"));
    let refused = ran(&folder, &["hook", "w.csv"]);
    assert!(refused.stderr.contains("w.csv:2: column `residual_clv`: `twelve` is not an amount"), "{}", refused.stderr);
    file(&folder, "w.csv", values.replace("residual_clv", "profit"));
    let refused = ran(&folder, &["hook", "w.csv"]);
    assert!(refused.stderr.contains("w.csv:3: column `profit`: the value is missing"), "{}", refused.stderr);
    file(&folder, "w.csv", "customer_id,residual_clv\na,\n");
    assert_eq!(
        ran(&folder, &["hook", "w.csv"]).stderr,
        "error: w.csv: column `residual_clv`: is not known of any customer\n\
         hint: `custval clv` says in its column `note` why it leaves a value empty\n"
    );
}

#[test]
fn a_box_has_the_lifetime_value_of_those_of_whom_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let profits =
        "customer_id,revenue,cost_to_serve,profit\na,100.00,5.00,50.00\nb,10.00,9.00,-3.00\nc,50.00,3.00,1.00\n";
    file(&folder, "q.csv", profits);
    file(&folder, "qv.csv", "customer_id,residual_clv\na,12.5\nb,\n");
    let (found, said) =
        answered(&folder, &["portfolio", "q.csv", "--values", "qv.csv", "--select", "customers,lifetime_value"]);
    assert_eq!(found, "customers,lifetime_value\n1,\n1,12.5\n0,0.0\n0,0.0\n0,0.0\n1,\n");
    assert!(said.contains("joined qv.csv: 1 of 3 customers are not in it; rows of others in it: 0\n"), "{said}");
    let warning = "warning: 1 of 2 customers of qv.csv has no `residual_clv`: `lifetime_value` is that of the others\n";
    assert!(said.contains(warning), "{said}");
    // The same of a column of the table.
    file(&folder, "q.csv", "customer_id,revenue,cost_to_serve,profit,residual_clv\na,100,5,50,\nb,10,9,-3,7\n");
    let (found, said) = answered(&folder, &["portfolio", "q.csv", "--select", "customers,lifetime_value"]);
    assert_eq!(found, "customers,lifetime_value\n1,\n0,0.0\n0,0.0\n0,0.0\n0,0.0\n1,7.0\n");
    assert!(said.contains("1 of 2 customers of q.csv has no `residual_clv`"), "{said}");
}

#[test]
fn what_clv_writes_hook_takes() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "t.csv", "customer_id,date,amount\nann,2024-01-01,5.00\nben,2024-01-02,6.00\ncy,2024-02-02,7.00\n");
    answered(&folder, &["clv", "t.csv", "--margin", "30%", "-q", "--output", "v.csv"]);
    let taken = ran(&folder, &["hook", "v.csv"]);
    assert!(taken.stderr.contains("column `residual_clv`: is not known of any customer"), "{}", taken.stderr);
}

#[test]
fn a_change_in_anything_but_profit_has_no_lines_of_cost() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "w0.csv", "customer_id,net_revenue,cost_to_serve,profit\na,100.00,20.00,50.00\nb,50.00,10.00,5.00\n");
    file(&folder, "w1.csv", "customer_id,net_revenue,cost_to_serve,profit\na,130.00,27.00,60.00\nb,60.00,10.00,5.00\n");
    let of = |value: &str| answered(&folder, &["hook", "w1.csv", "--against", "w0.csv", "--value", value]).0;
    let (joined, stayed) = ("line,customers,amount\njoined,0,0.00\nleft,0,0.00\n", "change,2,");
    assert_eq!(of("net_revenue"), format!("{joined}revenue,2,40.00\n{stayed}40.00\n"));
    assert_eq!(of("cost_to_serve"), format!("{joined}stayed,2,7.00\n{stayed}7.00\n"));
    assert_eq!(
        of("profit"),
        format!("{joined}revenue,2,40.00\ncost_to_serve,2,-7.00\nother,2,-23.00\n{stayed}10.00\n")
    );
    let quantity = ["--against", "w0.csv", "--value", "cost_to_serve", "--quantity", "net_revenue"];
    let refused = ran(&folder, &[&["hook", "w1.csv"][..], &quantity].concat());
    assert!(
        refused
            .stderr
            .contains("a quantity says nothing of `cost_to_serve`, which is no revenue\nhint: leave `--quantity` out"),
        "{}",
        refused.stderr
    );
    let rate = ["hook", "w1.csv", "--value", "net_revenue", "--rate-error", "cost_to_serve=10%"];
    let refused = ran(&folder, &rate).stderr;
    assert!(refused.contains("the rate of a cost says nothing of `net_revenue`, which is no profit\n"), "{refused}");
}

#[test]
fn values_that_are_no_profit_are_called_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "w.csv", "customer_id,revenue,cost_to_serve,profit,customers,net_profit\na,9,5,4,1,2\nb,8,7,1,3,1\n");
    let header = |arguments: &[&str]| {
        let (found, _) = answered(&folder, &[&["hook", "w.csv"][..], arguments].concat());
        found.lines().next().unwrap().to_owned()
    };
    for (value, measure) in [
        ("profit", "profit"),
        ("net_profit", "profit"),
        ("revenue", "revenue"),
        ("cost_to_serve", "cost_to_serve"),
        ("customers", "value_customers"),
    ] {
        let columns = format!("band,customers,customer_share,{measure},cumulative_{measure},cumulative_{measure}_pct");
        assert_eq!(header(&["--value", value]), columns);
        let doubt = ["--value", value, "--std-error", "customers", "--draws", "2", "--table", "doubt_band"];
        assert_eq!(header(&doubt), format!("customer_share,cumulative_{measure},low,median,high"));
        let moves = ["--value", value, "--against", "w.csv", "--table", "peak_moves"];
        assert_eq!(header(&moves), format!("customer_id,{measure}_before,{measure}_after,peak_change"));
    }
    let figures = ["hook", "w.csv", "--value", "cost_to_serve", "--table", "statistics"];
    assert!(answered(&folder, &figures).0.contains("\ntotal_cost_to_serve,12.0,money\npeak_cost_to_serve,"));
    let chart = ["hook", "w.csv", "--value", "cost_to_serve", "--format", "table"];
    let (drawn, _) = answered(&folder, &chart);
    assert!(
        drawn.starts_with("Concentration of cost_to_serve\n2 customers · total 12 · nobody is below zero\n"),
        "{drawn}"
    );
}

#[test]
fn rows_of_many_segments_stand_one_below_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let profits = "customer_id,profit,revenue,segment\na,3,5,y\nb,-1,2,x\nc,2,2,x\nd,4,8,\n";
    file(&folder, "p.csv", profits);
    let table = |name: &str, more: &[&str]| {
        let arguments = ["hook", "p.csv", "--by", "segment", "--table", name];
        answered(&folder, &[&arguments[..], more].concat()).0
    };
    assert_eq!(
        table("points", &["--select", "segment,customer_id,cumulative_profit"]),
        "segment,customer_id,cumulative_profit\n,d,4.0\nx,c,2.0\nx,b,1.0\ny,a,3.0\n"
    );
    let figures = table("statistics", &[]);
    assert_eq!(figures.lines().count(), 1 + 3 * (27 + 8));
    assert!(figures.contains("\nx,gini_max1,1.0,index\nx,revenue_total,4.0,money\n"), "{figures}");
    assert!(figures.contains("\nx,revenue_gini_max1,0.0,index\ny,customers,1.0,customers\n"), "{figures}");
    let lorenz = table("lorenz", &[]);
    assert_eq!(lorenz.lines().count(), 1 + 3 * 2 * 101);
    assert!(lorenz.contains("\nx,profit,1.0,1.0,1.0\nx,revenue,0.0,0.0,0.0\n"), "{lorenz}");
    assert!(lorenz.contains("\nx,revenue,1.0,4.0,1.0\ny,profit,0.0,0.0,0.0\n"), "{lorenz}");
}

#[test]
fn a_missing_customer_and_a_run_by_period_are_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "p.csv", "customer_id,profit\n,5\na,1\n");
    let refused = ran(&folder, &["hook", "p.csv"]).stderr;
    assert!(
        refused.contains("hint: a row is about one customer: name it there, or leave the row out; or set"),
        "{refused}"
    );
    let row = |by: &str, day: &str| format!("a,{by}5.00,1.00,4.00,2024-{day}-01\n");
    let run = |by: &str, keys: [&str; 2]| {
        format!(
            "customer_id,{by}revenue,cost_to_serve,profit,period_start\n{}{}",
            row(keys[0], "01"),
            row(keys[1], "02")
        )
    };
    for (by, keys, said) in [("", ["", ""], "period"), ("channel,", ["web,", "shop,"], "`channel`")] {
        file(&folder, "customers.csv", run(by, keys));
        for arguments in [&["hook", "customers.csv"][..], &["portfolio", "customers.csv", "--rejects", "r"]] {
            let refused = ran(&folder, arguments);
            assert_eq!(
                (refused.code, refused.stderr),
                (
                    3,
                    format!(
                        "error: customers.csv: is a run by {said}: in 1 row a customer stands there again\n\
                         hint: a table has one row a customer: make a run of one period with `custval allocate MODEL`, without \
                         `--by`\n"
                    )
                )
            );
        }
    }
    std::fs::create_dir(folder.path().join("json")).unwrap();
    assert_eq!(
        ran(&folder, &["hook", "json"]).stderr,
        "error: json: is a folder without a table `customers`\n\
         hint: name a file, or a run: the folder that `custval allocate MODEL --output RUN/` writes, as CSV, TSV or Parquet\n"
    );
}

#[test]
fn charts_are_called_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "p.csv", "customer_id,profit,cost_to_serve\na,5,1\nb,-1,2\n");
    for (draw, title) in [
        ("curve", "Hook curve"),
        ("bands", "Bands of decreasing profit"),
        ("lorenz", "Lorenz curves"),
        ("behaviour", "What dropping customers is worth"),
    ] {
        let chart = ["hook", "p.csv", "--draw", draw, "--capacity", "cost_to_serve", "--format", "table"];
        assert!(answered(&folder, &chart).0.starts_with(&format!("{title}\n")), "{draw}");
    }
}
