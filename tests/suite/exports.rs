//! Files as businesses export them: presets, amounts that are products, and what `check` finds about them.

use std::path::PathBuf;

use super::tool::{file, run, stdout, text};

/// A file in the folder `CUSTVAL_TEST_DATA`; says that it skips where there is none.
#[expect(clippy::print_stdout, reason = "a test that skips says so")]
fn elsewhere(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("CUSTVAL_TEST_DATA").map(|folder| PathBuf::from(folder).join(name));
    let found = path.filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not in the folder named by CUSTVAL_TEST_DATA");
    }
    found
}

#[test]
fn every_line_item_and_penny_of_the_online_retail_data_is_accounted_for() {
    let Some(path) = elsewhere("online_retail.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let receipt = folder.path().join("receipt.json");
    let arguments = ["summary", text(&path), "--preset", "uci-online-retail", "--receipt", text(&receipt)];
    let customers = stdout(&arguments).lines().count() - 1;
    let receipt: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(receipt).unwrap()).unwrap();
    // Sums of Quantity x UnitPrice in decimal arithmetic, each rounded half to even, by Python's csv and decimal modules.
    let figures = &receipt["figures"];
    assert_eq!(figures["rows"], 541_909);
    assert_eq!(figures["amount"], "9747747.93");
    let aside = |place: usize| {
        let entry = &figures["set_aside"][place];
        (entry["reason"].as_str().unwrap(), entry["rows"].as_u64().unwrap(), entry["amount"].as_str().unwrap())
    };
    assert_eq!(aside(0), ("no customer", 135_080, "1447682.12"));
    // 4,372 customers have 8,300,065.81; 33 of them have refunds alone, of what they bought before the data begin.
    assert_eq!(aside(1), ("customer without a purchase", 88, "-10411.24"));
    assert_eq!(figures["amount_used"], "8310477.05");
    assert_eq!(customers, 4_372 - 33);
    let found = run(&["check", text(&path), "--preset", "uci-online-retail", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let problems = found[0]["problems"].as_array().unwrap();
    let count = |name: &str| problems.iter().find(|one| one["problem"] == name).unwrap()["count"].clone();
    assert_eq!((count("identical rows"), count("no customer")), (5_268.into(), 135_080.into()));
    assert_eq!(found[0]["columns"][6]["distinct"], 4_372);
}

#[test]
fn the_telco_customers_are_read_by_their_preset() {
    let Some(path) = elsewhere("telco_churn.csv") else { return };
    let curve = stdout(&["survival", text(&path), "--preset", "ibm-telco", "--table", "summary"]);
    assert!(curve.lines().nth(1).unwrap().starts_with("7043,1869,"), "{curve}");
}

#[test]
fn settings_that_check_finds_give_the_same_run_when_fed_back() {
    let folder = tempfile::tempdir().unwrap();
    let log = "Kunde;Datum;Menge;Preis\nä1;31.03.2024;2;1.355,90\nä1;05.04.2024;1;7,5\nb;01.04.2024;3;0,335\n";
    // In Windows-1252.
    let bytes: Vec<u8> = log.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let log = file(&folder, "log.csv", bytes);
    let columns = ["--column", "customer_id=Kunde", "--column", "date=Datum", "--column", "amount=Menge*Preis"];
    let first = stdout(&[&["summary", text(&log)], &columns[..]].concat());
    let settings = run(&[&["check", text(&log), "--table", "settings"], &columns[..]].concat());
    assert_eq!(settings.code, 0, "{}", settings.stderr);
    assert_eq!(
        settings.stdout,
        "delimiter = \";\"\nencoding = \"windows-1252\"\ndecimal = \"comma\"\ndate-format = \"dmy\"\n\
         column = [\"customer_id=Kunde\", \"date=Datum\", \"amount=Menge*Preis\"]\n"
    );
    let config = file(&folder, "custval.toml", settings.stdout);
    assert_eq!(stdout(&["summary", text(&log), "--config", text(&config)]), first);
}

#[test]
fn a_preset_gives_way_to_flags_and_to_the_settings_file_column_by_column() {
    let folder = tempfile::tempdir().unwrap();
    let log =
        file(&folder, "items.csv", "InvoiceNo,Quantity,InvoiceDate,UnitPrice,CustomerID,Who\n1,2,2024-01-01,1.5,a,x\n");
    let run = |more: &[&str]| stdout(&[&["summary", text(&log), "--preset", "uci-online-retail"], more].concat());
    assert!(run(&[]).contains("\na,2024-01-01,2024-01-01,1,0,"));
    assert!(run(&["--column", "customer_id=Who"]).contains("\nx,2024-01-01,"));
    let config = file(&folder, "custval.toml", "preset = \"uci-online-retail\"\ncolumn = [\"customer_id=Who\"]\n");
    let of_file = stdout(&["summary", text(&log), "--config", text(&config)]);
    assert!(of_file.contains("\nx,2024-01-01,"), "{of_file}");
    let shown = run(&["--show-settings"]);
    assert!(
        shown.lines().any(|line| line.starts_with("currency = GBP") && line.ends_with("# preset uci-online-retail"))
    );
}

#[test]
fn presets_of_ones_own_are_checked_like_settings() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "who,when,sum\na,2024-01-01,5\n");
    let preset =
        |text: &str| file(&folder, "mine.toml", format!("reads = \"x\"\nsource = \"y\"\nverified = \"z\"\n{text}"));
    let own = preset("[columns]\ncustomer_id = [\"kunde\", \"who\"]\ndate = [\"when\"]\namount = [\"sum\"]\n");
    assert!(stdout(&["summary", text(&log), "--preset", text(&own)]).contains("\na,2024-01-01,"));
    let wrong = run(&["summary", text(&log), "--preset", text(&preset("[settings]\ndelimeter = \";\"\n"))]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("`delimeter` is no setting of a preset"), "{}", wrong.stderr);
    let none = run(&["summary", text(&log), "--preset", "strip-charges"]);
    assert!(none.stderr.contains("the nearest are `stripe-charges` and `stripe-invoices`"), "{}", none.stderr);
    let listed = stdout(&["check", "--preset", "help"]);
    assert!(listed.contains("\nuci-online-retail\n") && listed.contains("from documentation, unverified"));
}

#[test]
fn an_exclusion_of_a_preset_needs_no_column_and_one_of_the_user_does() {
    let folder = tempfile::tempdir().unwrap();
    let charges = file(
        &folder,
        "charges.csv",
        b"id,Created (UTC),Amount,Currency,Customer ID,Status\nch_1,2024-01-02 10:00:00,10.00,usd,cus_1,Paid\n\
          ch_2,2024-01-03 10:00:00,11.00,usd,cus_1,Failed\n",
    );
    let ran = run(&["summary", "--preset", "stripe-charges", text(&charges)]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("excluded by `Status=Failed`: 1 row (11.00)"), "{}", ran.stderr);
    let idle =
        "nothing is left out by `Captured=false`, `Captured=False` and `Captured=FALSE`: there is no such column";
    assert!(ran.stderr.contains(idle), "{}", ran.stderr);
    let ran = run(&["summary", "--preset", "stripe-charges", "--exclude", "Captured=false", text(&charges)]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let doubled = file(
        &folder,
        "doubled.csv",
        b"id,Created (UTC),Amount,Currency,Customer ID,Status,Status\nch_1,2024-01-02 10:00:00,10.00,usd,cus_1,Paid,Failed\n",
    );
    let ran = run(&["summary", "--preset", "stripe-charges", text(&doubled)]);
    assert!(ran.stderr.contains("two columns are named `Status`"), "{}", ran.stderr);
}

#[test]
fn check_leaves_out_what_a_preset_leaves_out_and_hands_it_on() {
    let folder = tempfile::tempdir().unwrap();
    let charges = file(
        &folder,
        "charges.csv",
        b"id,Created (UTC),Amount,Currency,Customer ID,Status\nch_1,2024-01-02 10:00:00,10.00,usd,cus_1,Paid\n\
          ch_2,never,11.00,usd,cus_1,Failed\n",
    );
    let ran = run(&["check", "--preset", "stripe-charges", text(&charges)]);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("\nleft out 1 row, excluded by `Status=Failed`\n"), "{}", ran.stderr);
    let found = stdout(&["check", "--preset", "stripe-charges", "--format", "json", text(&charges)]);
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found[0]["left_out"][0], serde_json::json!({ "exclusion": "Status=Failed", "rows": 1 }));
    assert_eq!(
        run(&["check", "--column", "date=Created (UTC)", "--column", "customer_id=Customer ID", text(&charges)]).code,
        1
    );
    let settings = stdout(&["check", "--preset", "stripe-charges", text(&charges), "--table", "settings"]);
    assert!(settings.contains(r#"exclude = ["Status?=Failed", "Status?=failed", "#), "{settings}");
    assert!(settings.contains(r#"no-customer = "aside""#), "{settings}");
    let config = file(&folder, "custval.toml", settings);
    let by_config = stdout(&["summary", text(&charges), "--config", text(&config)]);
    assert_eq!(by_config, stdout(&["summary", text(&charges), "--preset", "stripe-charges"]));
}

#[test]
fn who_names_another_amount_keeps_no_currency_of_the_preset() {
    let folder = tempfile::tempdir().unwrap();
    let charges = file(
        &folder,
        "charges.csv",
        b"id,Created (UTC),Amount,Currency,Converted Amount,Converted Currency,Customer ID\n\
          ch_1,2024-01-02 10:00:00,10.00,usd,9.00,eur,cus_1\n",
    );
    let currency = |more: &[&str]| {
        let receipt = folder.path().join("receipt.json");
        let arguments = ["summary", "--preset", "stripe-charges", text(&charges), "--receipt", text(&receipt)];
        stdout(&[&arguments, more].concat());
        let receipt: serde_json::Value = serde_json::from_slice(&std::fs::read(receipt).unwrap()).unwrap();
        receipt["figures"]["currency"].clone()
    };
    assert_eq!(currency(&[]), "EUR");
    assert_eq!(currency(&["--column", "amount=Amount"]), "USD");
}

#[test]
fn faults_of_a_preset_of_ones_own_name_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", b"customer_id,date,amount\na,2024-01-01,5\n");
    for (preset, said) in [
        ("commands = [\"sumary\"]\n", "own.toml: `commands`: there is no command `sumary`"),
        ("[settings]\ndecimal = \"dot\"\n", "own.toml: setting `decimal`: `dot` is no decimal mark\nhint: "),
        ("[settings]\nexclude = [\"Status=Failed\"]\n", "no column is named `Status`"),
        ("[columns]\nprice = [\"amount\"]\n", "own.toml: "),
    ] {
        let preset = preset.replace("commands", "reads = \"x\"\ncommands");
        let described = if preset.starts_with("reads") {
            format!("source = \"x\"\nverified = \"unverified\"\n{preset}")
        } else {
            format!("reads = \"x\"\nsource = \"x\"\nverified = \"unverified\"\n{preset}")
        };
        let own = file(&folder, "own.toml", described);
        let ran = run(&["summary", text(&log), "--preset", text(&own)]);
        assert_eq!(ran.code, 2, "{preset}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{preset}: {}", ran.stderr);
    }
}
