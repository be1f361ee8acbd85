//! What presets take of an export and what they leave out, and how they go together with what else is said.

use super::tool::{command, file, run, stdout, text};

/// What a preset says of itself, before its columns.
const ABOUT: &str = "reads = \"x\"\nsource = \"y\"\nverified = \"z\"\n";

#[test]
fn a_column_that_a_preset_names_is_no_other_one() {
    let folder = tempfile::tempdir().unwrap();
    // `id` is another name of the customer.
    let charges = file(
        &folder,
        "charges.csv",
        "id,Created,Amount,Currency,Customer ID,Status\nch_1,2024-01-02 10:00:00,10.00,usd,c1,Paid\n\
         ch_2,2024-02-03 10:00:00,20.00,usd,c1,Paid\nch_3,2024-03-03 10:00:00,20.00,usd,c2,Paid\n",
    );
    let preset = ["--preset", "stripe-charges"];
    for command in ["cohort", "churn"] {
        let ran = run(&[&[command, text(&charges)], &preset[..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("read 3 rows (50.00)") && !ran.stderr.contains("contract"), "{}", ran.stderr);
    }
    let settings = stdout(&[&["check", text(&charges), "--table", "settings"], &preset[..]].concat());
    assert!(
        settings.contains(
            r#"column = ["customer_id=Customer ID", "date=Created", "amount=Amount", "currency=Currency", "order_id=id", "status=Status"]"#
        ),
        "{settings}"
    );
    let advised = stdout(&[&["check", text(&charges), "--table", "commands"], &preset[..]].concat());
    assert!(advised.contains("custval summary") && !advised.contains("survival"), "{advised}");
}

#[test]
fn a_preset_takes_no_column_that_it_does_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, content: &str, command: &str, preset: &str| {
        let exported = file(&folder, name, content);
        let ran = run(&[command, text(&exported), "--preset", preset]);
        (ran.code, ran.stderr)
    };
    let (code, said) = read(
        "charges.csv",
        "id,Created (UTC),Amount,Currency\nch_1,2024-01-02 10:00:00,10.00,usd\n",
        "summary",
        "stripe-charges",
    );
    assert_eq!(code, 3, "{said}");
    let missing = "no column is named `Customer ID`, `Customer Email` or `customer_id` (the customer, as text)";
    assert!(said.contains(missing), "{said}");
    let (code, said) = read(
        "invoices.csv",
        "id,Customer,Date (UTC),Total\nin_1,c1,2024-01-31 22:00,100.00\n",
        "summary",
        "stripe-invoices",
    );
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("no column is named `Amount Paid` or `amount` (money paid"), "{said}");
    // The standard name is what every file may have.
    let (code, said) =
        read("own.csv", "Customer_ID,Date (UTC),Amount\nc1,2024-01-31 22:00,100.00\n", "summary", "stripe-invoices");
    assert_eq!(code, 0, "{said}");
    let (code, said) = read(
        "api.csv",
        "id,customer[id],status,mrr,started_at\ns1,c1,active,1000,1704448800\ns2,c1,active,500,1704448800\n",
        "churn",
        "chargebee-subscriptions",
    );
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("read 2 contracts of 1 customer"), "{said}");
}

#[test]
fn recurring_revenue_is_a_month_of_quantity_and_interval() {
    let folder = tempfile::tempdir().unwrap();
    let exported = file(
        &folder,
        "subscriptions.csv",
        "Customer ID,Quantity,Interval,Created (UTC),Start (UTC),Ended At (UTC),Status,Amount,Currency\n\
         c1,1,month,2024-01-01 00:00,2024-01-01 00:00,,active,10.00,usd\n\
         c2,2,year,2024-01-01 00:00,2024-02-20 00:00,,active,120.00,usd\n\
         c3,3,week,2024-01-01 00:00,2024-01-01 00:00,2024-02-20 00:00,canceled,10.00,usd\n",
    );
    let arguments = ["churn", text(&exported), "--preset", "stripe-subscriptions", "--table", "revenue"];
    // 10 a month, 2 x 120 / 12, and 3 x 10 x 365.25 / 12 / 7; all from the day that they were created.
    assert!(stdout(&arguments).contains("\n2024-01,all,160.45,0.00,"), "{}", stdout(&arguments));
    let unclear =
        file(&folder, "unclear.csv", "Customer ID,Interval,Created (UTC),Amount\nc1,biweekly,2024-01-01 00:00,10.00\n");
    let ran = run(&["churn", text(&unclear), "--preset", "stripe-subscriptions"]);
    assert_eq!(ran.code, 3);
    let said = "unclear.csv:2: column `Interval`: `biweekly` is not a number of months from 1 to 1200, nor a time such as `year` or `3 months`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn exclusions_of_a_preset_stay_whatever_else_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let charges = file(
        &folder,
        "charges.csv",
        "id,Created (UTC),Amount,Customer ID,Status,Mode\nch_1,2024-01-02,10.00,c1,Paid,Live\n\
         ch_2,2024-01-03,11.00,c1,Failed,Live\nch_3,2024-01-04,12.00,c1,Paid,Test\nch_4,2024-01-05,13.00,c1,Paid,Demo\n",
    );
    let config = file(&folder, "custval.toml", "exclude = [\"Mode=Test\"]\n");
    let preset = ["summary", text(&charges), "--preset", "stripe-charges", "--select", "amount"];
    let amount = |more: &[&str], variable: Option<&str>| {
        let mut command = command(&[&preset[..], more].concat());
        command.envs(variable.map(|value| ("CUSTVAL_EXCLUDE", value)));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(amount(&[], None), "amount\n35.00\n");
    assert_eq!(amount(&["--exclude", "Mode=Test"], None), "amount\n23.00\n");
    assert_eq!(amount(&[], Some("Mode=Test")), "amount\n23.00\n");
    assert_eq!(amount(&["--config", text(&config)], None), "amount\n23.00\n");
    // Between those three the first one said holds, as of other settings.
    assert_eq!(amount(&["--config", text(&config), "--exclude", "Mode=Demo"], Some("Mode=Live")), "amount\n22.00\n");
    assert_eq!(amount(&["--config", text(&config)], Some("Mode=Demo")), "amount\n22.00\n");
}

#[test]
fn columns_are_said_one_by_one_and_shown_by_who_says_them() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "who,paid,day,a,b,c,currency\nx,y,2024-01-02,1,2,3,eur\n");
    let preset = file(
        &folder,
        "own.toml",
        format!("{ABOUT}[columns]\ncustomer_id = [\"paid\"]\ndate = [\"day\"]\namount = [\"c\"]\norder_id = [\"c\"]\n"),
    );
    let config = file(
        &folder,
        "custval.toml",
        format!(
            "preset = {:?}\ncolumn = [\"customer_id=paid\", \"amount=b\", \"tax=c\"]\n[summary]\ncolumn = [\"customer_id=who\"]\n",
            text(&preset)
        ),
    );
    let run = |more: &[&str]| {
        let mut command = command(&[&["summary", text(&log), "--config", text(&config)], more].concat());
        command.env("CUSTVAL_COLUMN", "amount=a");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let select = ["--select", "customer_id,amount"];
    assert_eq!(run(&select), "customer_id,amount\nx,1.00\n");
    assert_eq!(run(&[&select[..], &["--column", "amount=c"]].concat()), "customer_id,amount\nx,3.00\n");
    let shown = run(&["--column", "order_id=a", "--show-settings"]);
    let shown: Vec<String> = shown
        .lines()
        .filter(|line| line.starts_with("column"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let (config, preset) = (text(&config), text(&preset));
    assert_eq!(
        shown,
        [
            "column = order_id=a # flag".to_owned(),
            "column = amount=a # environment CUSTVAL_COLUMN".to_owned(),
            format!("column = tax=c, customer_id=who # file {config}"),
            format!("column = date=day| # preset {preset}"),
        ]
    );
}

#[test]
fn what_was_never_paid_is_no_purchase() {
    let folder = tempfile::tempdir().unwrap();
    let amount = |name: &str, preset: &str, more: &[&str], content: &str| {
        let exported = file(&folder, name, content);
        stdout(
            &[&["summary", text(&exported), "--preset", preset, "--select", "customer_id,first_date,amount"], more]
                .concat(),
        )
    };
    let charges = "id,Created (UTC),Amount,Customer ID,Status,Captured\nch_1,2024-01-02,10.00,c1,Paid,true\n\
         ch_2,2024-01-03,11.00,c1,requires_payment_method,true\nch_3,2024-01-04,12.00,c1,canceled,false\n\
         ch_4,2024-01-05,13.00,c1,Requires Capture,False\nch_5,2024-01-05,14.00,c1,Paid,FALSE\n";
    assert_eq!(
        amount("charges.csv", "stripe-charges", &[], charges),
        "customer_id,first_date,amount\nc1,2024-01-02,10.00\n"
    );
    let invoices = "id,Customer,Date (UTC),Amount Due,Amount Paid,Status,Paid At (UTC)\n\
         in_1,c1,2024-01-31 22:00,100.00,100.00,paid,2024-02-02 10:00\nin_2,c2,2024-02-28 22:00,50.00,20.00,open,\n\
         in_3,c2,2024-02-28 22:00,50.00,0.00,draft,\nin_4,c2,2024-02-28 22:00,50.00,50.00,voided,2024-02-29 22:00\n\
         in_5,c3,2024-02-28 22:00,0.00,0.00,paid,2024-02-28 22:00\n";
    assert_eq!(
        amount("invoices.csv", "stripe-invoices", &[], invoices),
        "customer_id,first_date,amount\nc1,2024-02-02,100.00\n"
    );
    // A part is paid on no day that the export knows but that of the invoice.
    assert_eq!(
        amount("invoices.csv", "stripe-invoices", &["--column", "date=Date (UTC)"], invoices),
        "customer_id,first_date,amount\nc1,2024-01-31,100.00\nc2,2024-02-28,20.00\n"
    );
    let orders = "Name,Email,Financial Status,Total,Created at,Cancelled at\n\
         #1,a,paid,10.00,2024-01-02 23:30:00 -0500,\n#1,a,,,2024-01-02 23:30:00 -0500,\n\
         #2,b,pending,20.00,2024-01-02 23:30:00 -0500,2024-01-05 23:30:00 -0500\n#3,b,expired,20.00,2024-01-02 23:30:00 -0500,\n\
         #4,b,authorized,20.00,2024-01-02 23:30:00 -0500,\n#5,b,Refunded,20.00,2024-01-02 23:30:00 -0500,\n\
         #6,c,partially_paid,30.00,2024-01-02 23:30:00 -0500,\n";
    assert_eq!(
        amount("orders.csv", "shopify-orders", &[], orders),
        "customer_id,first_date,amount\na,2024-01-02,10.00\nc,2024-01-02,30.00\n"
    );
}

#[test]
fn spellings_of_other_years_and_places_are_read_alike() {
    let folder = tempfile::tempdir().unwrap();
    for (name, columns, future, trial) in [
        ("ui.csv", "Customer Id,Status,MRR,Started At,Cancelled At", "Future", "In Trial"),
        (
            "catalogue.csv",
            "customers.id,subscriptions.status,subscriptions.mrr,subscriptions.started_at,subscriptions.cancelled_at",
            "future",
            "in_trial",
        ),
    ] {
        let rows = format!(
            "{columns}\nc1,active,10,2024-01-05,\nc2,{future},10,2024-06-05,\nc3,{trial},10,2024-01-05,\nc4,cancelled,10,2024-01-05,2024-02-07\n"
        );
        let ran = run(&["survival", text(&file(&folder, name, rows)), "--preset", "chargebee-subscriptions"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("read 2 contracts of 2 customers"), "{}", ran.stderr);
    }
    for columns in [
        "CustomerID,Tenure Months,Churn Label,Monthly Charges",
        "Customer ID,Tenure in Months,Churn Value,Monthly Charge",
    ] {
        let (left, stays) = if columns.contains("Label") { ("Yes", "No") } else { ("1", "0") };
        let telco = file(&folder, "telco.csv", format!("{columns}\na,2,{left},53.85\nb,10,{stays},70.7\n"));
        let summary = stdout(&["survival", text(&telco), "--preset", "ibm-telco", "--table", "summary"]);
        assert!(summary.lines().nth(1).unwrap().starts_with("2,1,2.0,"), "{summary}");
        let advised = stdout(&["check", text(&telco), "--table", "commands"]);
        assert!(advised.contains("--preset ibm-telco"), "{advised}");
    }
}

#[test]
fn a_preset_is_for_the_commands_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "customer_id,date,amount,Card\na,2024-01-01,5,x\na,2024-02-01,5,x\n");
    let about = ABOUT.to_owned() + "commands = [\"fit\", \"cohort\"]\n";
    let preset = file(&folder, "own.toml", about + "[columns]\ncustomer_id = [\"Card\"]\n");
    let refused = run(&["summary", text(&log), "--preset", text(&preset)]);
    assert_eq!(refused.code, 2);
    let said = "own.toml` is for `fit` and `cohort`, and not for `summary`";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    // What is said for every command waits for those that it is for.
    let config = file(&folder, "custval.toml", format!("preset = {:?}\n", text(&preset)));
    let by_config = stdout(&["summary", text(&log), "--config", text(&config)]);
    assert!(by_config.contains("\na,2024-01-01,"), "{by_config}");
    let config = file(&folder, "own_table.toml", format!("[summary]\npreset = {:?}\n", text(&preset)));
    assert_eq!(run(&["summary", text(&log), "--config", text(&config)]).code, 2);
    let advised =
        stdout(&["check", text(&log), "--preset", text(&preset), "--table", "commands", "--select", "command"]);
    assert_eq!(advised, "command\nfit\ncohort\n");
}

#[test]
fn presets_that_are_none_are_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "customer_id,date,amount\na,2024-01-01,5\n");
    for (columns, said) in [
        (
            "[columns]\ncustomer_id = []\n",
            "`columns`: `customer_id` has no name, or an empty one\nhint: list the names",
        ),
        ("[columns]\ndate = [\"\"]\n", "`columns`: `date` has no name, or an empty one"),
        ("[columns]\ndate = \"day\"\n", "hint: a preset has the texts `reads`, `source` and `verified`"),
        (
            "[settings]\nid-trim = \"yes\"\n",
            "`id-trim` is `\"yes\"`, and it is on or off\nhint: write `id-trim = true`",
        ),
        (
            "[settings]\nquote = true\n",
            "`quote` is `true`, and it takes a value\nhint: write the value, `quote = \"…\"`: ",
        ),
        ("[settings]\nno-customer = false\n", "`no-customer` is `false`, and it takes a value"),
    ] {
        let preset = file(&folder, "own.toml", format!("{ABOUT}{columns}"));
        let ran = run(&["summary", text(&log), "--preset", text(&preset)]);
        assert_eq!(ran.code, 2, "{columns}");
        assert!(ran.stderr.contains("own.toml: ") && ran.stderr.contains(said), "{}", ran.stderr);
    }
    // A file is one by any name.
    for name in ["own.txt", "OWN.TOML", "own"] {
        let preset = file(&folder, name, ABOUT);
        assert_eq!(run(&["summary", text(&log), "--preset", text(&preset)]).code, 0, "{name}");
    }
    let config = file(&folder, "custval.toml", "preset = \"help\"\n");
    let ran = run(&["summary", text(&log), "--config", text(&config)]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("custval.toml: `help` lists the presets, and is none\nhint: say"), "{}", ran.stderr);
}
