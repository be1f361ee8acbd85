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
