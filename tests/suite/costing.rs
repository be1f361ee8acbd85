//! Runs of `allocate`: what is stored of them, several columns, what-ifs together, inputs written differently.

use std::path::Path;

use crate::tool::{file, run, stdout, text};

const YEAR: [&str; 5] = ["data/costing/costing.toml", "--from", "2025-01-01", "--to", "2025-12-31"];

fn year(more: &[&str]) -> String {
    stdout(&[&["allocate", "--quiet"], &YEAR[..], more].concat())
}

#[test]
fn the_stored_runs_are_what_the_tool_writes_today() {
    let folder = tempfile::tempdir().unwrap();
    let faster = ["--set", "activities.manual order.hours=0.4"];
    for (name, more) in [("costing_run", &[][..]), ("costing_run_faster", &faster[..])] {
        let output = folder.path().join(name);
        let target = format!("{}/", text(&output));
        year(&[more, &["--output", &target]].concat());
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        let mut tables = 0;
        for entry in std::fs::read_dir(&stored).unwrap() {
            let table = entry.unwrap().file_name();
            let [stored, fresh] =
                [&stored, &output].map(|folder| std::fs::read_to_string(folder.join(&table)).unwrap());
            assert_eq!(fresh, stored, "{name}/{}", table.display());
            tables += 1;
        }
        assert_eq!(tables, 5);
    }
}

#[test]
fn several_columns_and_periods_are_shown_together() {
    let by = year(&["--by", "segment,channel,period", "--period", "quarter"]);
    assert!(by.starts_with("segment,channel,revenue,"), "{by}");
    assert_eq!(by.lines().count(), 1 + 4 * 6);
    let whole: f64 = by.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap()).sum();
    assert!((whole - 120_000.0).abs() < 1e-6, "{whole}");
    let detail = year(&["--by", "segment", "--by", "channel", "--table", "detail"]);
    assert!(detail.starts_with("segment,channel,activity,"), "{detail}");
}

#[test]
fn a_customer_of_a_run_by_several_columns_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let target = format!("{}/", text(&folder.path().join("run")));
    year(&["--by", "segment,customer_id", "--output", &target]);
    let why = |key: &str| run(&["why", key, &target, "--format", "csv"]);
    let leaves = stdout(&["why", "E", "tests/fixtures/costing_run", "--format", "csv"]);
    assert_eq!(why("retail,E").stdout, leaves);
    let refused = why("retail");
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("hint: its keys are those of the columns `segment`, `customer_id`, with commas between them"),
        "{}",
        refused.stderr
    );
}

#[test]
fn another_model_and_customers_dropped_stand_beside_the_base() {
    let both = ["--set", "activities.manual order.hours=0.4", "--drop", "D,E"];
    // Manual orders take 0.1 hours less at 12.00: of 640 orders, of which 450 are of D and E.
    let freed_by_model = 768.0;
    let served_by_it = 16_437.0 - 540.0;
    let lines = year(&both);
    let line = |name: &str| -> Vec<f64> {
        let line = lines.lines().find(|line| line.starts_with(name)).unwrap();
        line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect()
    };
    assert_eq!(line("unused capacity"), [13_353.0, 13_353.0 + freed_by_model + served_by_it, 13_353.0]);
    assert_eq!(line("company profit"), [10_000.0, 500.0, 500.0 + freed_by_model + served_by_it]);
    let changes = year(&[&both[..], &["--table", "changes"]].concat());
    assert!(changes.contains("\nB,5292.00,5148.00,9708.00,9852.00,144.00\n"), "{changes}");
    assert!(changes.contains("\nD,10812.00,0.00,-3312.00,0.00,3312.00\n"), "{changes}");
    let ran = run(&[&["allocate"], &YEAR[..], &both[..]].concat());
    let said = "what if: dropping 2 of 5 customers looks like +6,397.00; company profit 10,000.00 becomes 500.00 if the \
                resources stay, and 17,165.00 only if the 16,665.00 that all this frees are really given up";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn each_input_may_be_written_in_its_own_way() {
    let folder = tempfile::tempdir().unwrap();
    let original = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/costing").join(name)).unwrap()
    };
    let ledger: String = original("ledger.csv").replace('.', "\u{1}").replace(',', "|").replace('\u{1}', ",");
    let ledger = file(&folder, "ledger.csv", ledger);
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(original("ledger.csv").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf16 = file(&folder, "utf16.csv", utf16);
    let expected = year(&[]);
    let options = ["--delimiter", "ledger=|", "--decimal", "ledger=comma", "--encoding", "ledger=windows-1252"];
    let zones = ["--tz", "activities=Europe/Berlin", "--encoding", "utf-8"];
    assert_eq!(year(&[&["--ledger", text(&ledger)], &options[..], &zones[..]].concat()), expected);
    assert_eq!(year(&["--ledger", text(&utf16)]), expected);
    let refused = run(&["summary", "data/cdnow.csv", "--delimiter", "ledger=;"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("`--delimiter` names the input `ledger`, which only `allocate` has"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_file_of_customers_to_drop_names_those_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = file(&folder, "drop.csv", "customer_id\nE\nnobody\n\" \"\n");
    let ran = run(&[&["allocate"], &YEAR[..], &["--drop-file", text(&wrong)]].concat());
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let refused = ran.stderr.replace(text(&wrong), "drop.csv");
    assert!(
        refused.ends_with(
            "error: 2 rows of drop.csv cannot be used (customer missing 1, unknown customer 1)\n  \
             drop.csv:3: column `customer_id`: `nobody` is no customer of the run\n  \
             drop.csv:4: column `customer_id`: the customer is missing\n\
             hint: the keys of the run are those of the column `customer_id`\n"
        ),
        "{refused}"
    );
}

/// A model of two cost centres, of which the second has no cost in February.
const CALLS: &str = "[inputs.ledger]\npath = \"ledger.csv\"\n[inputs.activities]\npath = \"log.csv\"\n\
    [pools.phone]\ncost_centres = [\"phone\"]\n[pools.car]\ncost_centres = [\"car\"]\n\
    [activities.call]\npool = \"phone\"\nlevel = \"unit\"\n[activities.visit]\npool = \"car\"\nlevel = \"unit\"\n";
const CALLS_LEDGER: &str = "date,account,cost_centre,amount\n2025-01-05,1,phone,100.00\n2025-01-05,1,car,50.00\n\
    2025-02-05,1,phone,100.00\n";
const CALLS_LOG: &str = "date,customer_id,activity\n2025-01-05,A,call\n2025-01-05,A,visit\n2025-02-05,A,call\n";

/// A folder of its own for a small model with its files.
fn small(model: &str, ledger: &str, log: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "model.toml", model);
    file(&folder, "ledger.csv", ledger);
    file(&folder, "log.csv", log);
    folder
}

/// What is refused of a small model, without the folder in its paths.
fn refused_of(folder: &tempfile::TempDir, code: i32, more: &[&str]) -> String {
    let model = folder.path().join("model.toml");
    let ran = run(&[&["allocate", text(&model), "--quiet"], more].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}", ran.stderr);
    ran.stderr.replace(&format!("{}/", text(folder.path())), "")
}

const TWO_MONTHS: [&str; 6] = ["--from", "2025-01-01", "--to", "2025-02-28", "--by", "period"];

#[test]
fn an_activity_without_a_charge_in_one_period_has_a_column_of_zeros_there() {
    let folder = small(CALLS, CALLS_LEDGER, CALLS_LOG);
    let model = folder.path().join("model.toml");
    let wide = stdout(&[&["allocate", text(&model), "--quiet", "--table", "wide"], &TWO_MONTHS[..]].concat());
    assert_eq!(wide, "customer_id,call,visit,period_start\nA,100.00,50.00,2025-01-01\nA,100.00,0.00,2025-02-01\n");
}

#[test]
fn what_has_no_date_is_not_counted_in_every_period() {
    let undated =
        |text: &str| text.lines().map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect::<String>();
    let folder = small(CALLS, &undated(CALLS_LEDGER), &undated(CALLS_LOG));
    assert_eq!(
        refused_of(&folder, 2, &TWO_MONTHS),
        "error: the ledger and the activity log have no dates, so that every period would count all of them\n  \
         ledger.csv: the ledger has no column `date`\n  \
         log.csv: the activity log has no column `date`\n\
         hint: name the column with `columns = { date = \"NAME\" }` under `[inputs.ledger]` and `[inputs.activities]`, or \
         leave `--by period` out\n"
    );
    let model = folder.path().join("model.toml");
    assert_eq!(run(&["allocate", text(&model), "--quiet"]).code, 0);
    let by_file = CALLS.replace("[activities.visit]", "[activities.visit]\ndriver = \"drivers.visit\"");
    let standard = format!("{by_file}rate = 5\n");
    let folder = small(&standard, CALLS_LEDGER, CALLS_LOG);
    let drivers = file(&folder, "drivers.csv", "customer_id,driver,quantity\nA,visit,2\n");
    let with_drivers = [&TWO_MONTHS[..], &["--drivers", text(&drivers)]].concat();
    assert_eq!(
        refused_of(&folder, 2, &with_drivers),
        "error: model.toml:13: `activities.visit` would charge `drivers.visit`, which has no date, whole in every period\n\
         hint: give the driver file a column `date`, or leave `--by period` out\n"
    );
    // Where it only shares the cost of each period out, the same quantity in each is no mistake.
    file(&folder, "model.toml", by_file);
    let model = folder.path().join("model.toml");
    assert_eq!(run(&[&["allocate", text(&model), "--quiet"], &with_drivers[..]].concat()).code, 0);
}

#[test]
fn a_period_without_a_row_of_the_ledger_is_refused() {
    let folder = small(CALLS, CALLS_LEDGER, CALLS_LOG);
    assert_eq!(
        refused_of(&folder, 3, &["--from", "2026-01-01", "--to", "2026-12-31"]),
        "error: ledger.csv: the ledger has no row from 2026-01-01 to 2026-12-31: its dates go from 2025-01-05 to 2025-02-05\n\
         hint: say another period with `--from` and `--to`\n"
    );
    // One empty period among several is no mistake.
    let model = folder.path().join("model.toml");
    let three = ["--from", "2025-01-01", "--to", "2025-03-31", "--by", "period"];
    assert_eq!(run(&[&["allocate", text(&model), "--quiet"], &three[..]].concat()).code, 0);
}

#[test]
fn a_ledger_without_cost_centres_is_refused_once() {
    let ledger = CALLS_LEDGER.replace(",cost_centre", "").replace(",phone", "").replace(",car", "");
    assert_eq!(
        refused_of(&small(CALLS, &ledger, CALLS_LOG), 2, &[]),
        "error: ledger.csv: the ledger has no column `cost_centre`, by which pools pick their postings\n\
         hint: name it with `columns = { cost_centre = \"NAME\" }` under `[inputs.ledger]`, or let the pools pick by \
         `accounts`\n"
    );
}

#[test]
fn a_length_of_periods_needs_periods_and_periods_are_asked_for_once() {
    let folder = small(CALLS, CALLS_LEDGER, CALLS_LOG);
    assert_eq!(
        refused_of(&folder, 2, &["--period", "quarter"]),
        "error: `--period` needs `--by period`\nhint: say `--by period`, or leave `--period` out\n"
    );
    assert_eq!(refused_of(&folder, 2, &["--by", "period,period"]), "error: costs are asked for by `period` twice\n");
}

#[test]
fn a_customer_of_the_run_to_whom_nothing_is_charged_has_a_tree_of_nothing() {
    let folder = small(CALLS, CALLS_LEDGER, CALLS_LOG);
    let model = folder.path().join("model.toml");
    let customers = file(&folder, "customers.csv", "customer_id\nA\nB\nAnna\n");
    let target = format!("{}/", text(&folder.path().join("run")));
    let by_month = ["--from", "2025-01-01", "--to", "2025-02-28", "--by", "period", "--output", &target];
    stdout(&[&["allocate", text(&model), "--quiet", "--customers", text(&customers)], &by_month[..]].concat());
    let why = |customer: &str, more: &[&str]| {
        let ran = run(&[&["why", customer, &target, "--format", "csv"], more].concat());
        (ran.code, ran.stdout, ran.stderr.replace(&target, "run/"))
    };
    let january = ["--period-start", "2025-01-01"];
    assert_eq!(why("B", &january), (0, "level,activity,pool,account,amount\n,,,,0.00\n".into(), String::new()));
    assert_eq!(
        why("An", &january).2,
        "error: run/customers.csv: the run has no customer `An`\nhint: the nearest are `A` and `Anna`\n"
    );
    assert_eq!(
        why("A", &["--period-start", "2025-03-01"]).2,
        "error: run/detail.csv: the run has no period that begins on `2025-03-01`\n\
         hint: its periods begin on `2025-01-01` and `2025-02-01`\n"
    );
    assert_eq!(
        why("A", &[]).2,
        "error: run/detail.csv: the run has several periods\n\
         hint: say which with `--period-start 2025-01-01`: its periods begin on `2025-01-01` and `2025-02-01`\n"
    );
}

#[test]
fn counts_of_one_are_said_as_one() {
    let log = format!("{CALLS_LOG}2025-01-06,A,\n");
    let folder = small(CALLS, CALLS_LEDGER, &log);
    let model = folder.path().join("model.toml");
    let ran = run(&["allocate", text(&model), "--from", "2025-02-01", "--to", "2025-12-31"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("ledger: read 3 rows (250.00), used 1\n  set aside, outside the period: 2 rows (150.00)\n")
    );
    let ran = run(&["allocate", text(&model)]);
    assert!(ran.stderr.contains("\n  set aside, events without an activity: 1 row\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("warning: rows of the activity log have no activity in the model: none named (1 row)\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn columns_that_the_model_names_are_missed_at_the_entry_that_names_them() {
    let customers = "customer_id,offices\nA,2\n";
    let with = |model: &str, named: &str| {
        let folder = small(model, CALLS_LEDGER, CALLS_LOG);
        let customers = file(&folder, "customers.csv", customers);
        assert!(refused_of(&folder, 2, &["--customers", text(&customers)]).contains(named), "{model}");
        refused_of(&folder, 2, &["--customers", text(&customers)])
    };
    let visit = |entry: &str| CALLS.replace("[activities.visit]", &format!("[activities.visit]\n{entry}"));
    assert_eq!(
        with(&visit("driver = \"customers.office\""), "office"),
        "error: model.toml:13: `activities.visit.driver` asks for a column `office`, which customers.csv does not have\n\
         hint: the nearest is `offices`\n"
    );
    assert_eq!(
        with(&visit("quantity = \"length\""), "length"),
        "error: model.toml:13: `activities.visit.quantity` asks for a column `length`, which log.csv does not have\n\
         hint: there are only `date`, `customer_id` and `activity`\n"
    );
    assert_eq!(
        with(&visit("minutes = \"2*customer_id\""), "minutes"),
        "error: model.toml:13: `activities.visit.minutes` names `customer_id`, which holds the customer\n\
         hint: name another column\n"
    );
    assert_eq!(
        with(&format!("[model]\nkeep = [\"office\"]\n{CALLS}"), "keep"),
        "error: model.toml:2: `model.keep` names `office`, which the customers' file does not have\n\
         hint: the nearest is `offices`\n"
    );
    assert_eq!(
        with(&CALLS.replace("path = \"ledger.csv\"", "path = \"ledger.csv\"\ncolumns = { amout = \"sum\" }"), "amout"),
        "error: model.toml:3: `inputs.ledger.columns.amout`: `amout` is not a standard column\n\
         hint: the nearest are `amount` and `account`\n"
    );
    assert_eq!(
        with(&CALLS.replace("path = \"ledger.csv\"", "path = \"ledger.csv\"\ncolumns = { amount = \"sum\" }"), "sum"),
        "error: model.toml:3: `inputs.ledger.columns.amount`: no column is named `sum` in ledger.csv\n\
         hint: there are only `date`, `account`, `cost_centre` and `amount`\n"
    );
    assert_eq!(with(&visit("rate = -5"), "rate"), "error: model.toml:13: `activities.visit.rate` is negative\n");
    assert_eq!(
        with(&visit("method = \"standard\"\nrate = -5"), "rate"),
        "error: model.toml:14: `activities.visit.rate` is negative\n"
    );
}

#[test]
fn who_is_dropped_is_somebody_and_a_comma_in_an_id_is_told() {
    let log = CALLS_LOG.replace("A,visit", "\"Smith, J\",visit");
    let folder = small(CALLS, CALLS_LEDGER, &log);
    let nobody = file(&folder, "nobody.csv", "customer_id\n");
    assert_eq!(
        refused_of(&folder, 3, &["--drop-file", text(&nobody)]),
        "error: nobody.csv: the file names no customer to drop\n\
         hint: write a customer on each line below the header, or leave `--drop-file` out\n"
    );
    assert_eq!(
        refused_of(&folder, 2, &["--drop", "A,Smith, J"]),
        "error: the run has no customer `Smith` to drop\n\
         hint: `Smith, J` is one, but a comma ends a name here: write it into a file with a column `customer_id`, and say \
         `--drop-file FILE`\n"
    );
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused_as_such() {
    let ran = run(&["allocate", "data/costing/costing.toml", "--from", "2025-02-01", "--to", "2025-01-31"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: the period ends on 2025-01-31, before it begins on 2025-02-01\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_rate_of_shared_time_is_exact_and_so_is_its_change() {
    let folder = tempfile::tempdir().unwrap();
    let model = "[model]\nname = \"t\"\n[inputs.ledger]\npath = \"ledger.csv\"\n[inputs.activities]\npath = \"activities.csv\"\n\
                 [pools.desk]\naccounts = [\"1\"]\npractical_capacity = \"10000 minutes/month\"\n\
                 [activities.call]\npool = \"desk\"\nlevel = \"relationship\"\nminutes = 1\n";
    file(&folder, "ledger.csv", "date,account,amount\n2024-01-05,1,60.00\n2024-02-05,1,60.00\n");
    let log = "date,customer_id,activity,quantity\n2024-01-05,a,call,1\n2024-02-05,a,call,5000\n";
    file(&folder, "activities.csv", log);
    let model = file(&folder, "model.toml", model);
    let month = |name: &str, from: &str, to: &str| {
        let output = format!("{}/", folder.path().join(name).display());
        let ran = run(&["allocate", text(&model), "--from", from, "--to", to, "--output", &output, "--quiet"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        output
    };
    let before = month("january", "2024-01-01", "2024-01-31");
    let after = month("february", "2024-02-01", "2024-02-29");
    let rates = std::fs::read_to_string(format!("{before}activities.csv")).unwrap();
    assert!(rates.contains(",0.006,"), "{rates}");
    let changed = ["why", "a", &after, "--against", &before, "--format", "csv", "--table", "changes", "--quiet"];
    let columns = ["--select", "before,after,quantity,mix,rate,capacity"];
    let found = stdout(&[&changed[..], &columns].concat());
    assert_eq!(found, "before,after,quantity,mix,rate,capacity\n0.01,30.00,29.99,0.00,0.00,0.00\n");
}

#[test]
fn what_is_said_of_columns_holds_for_the_files_that_have_them() {
    let model = format!("{CALLS}[inputs.transactions]\npath = \"sales.csv\"\n");
    let ledger = "Kto;date;cost_centre;Betrag\n1;31.01.2025;phone;10,00\n1;31.01.2025;car;10,00\n";
    let folder = small(&model, ledger, CALLS_LOG);
    let path = folder.path().join("model.toml");
    let run_by = |columns: &[&str]| run(&[&["allocate", text(&path), "--quiet"], columns].concat());
    let columns = ["--column", "account=Kto", "--column", "amount=Betrag"];
    for (amount, more) in
        [("amount", &columns[..]), ("Umsatz", &["--column=account=Kto", "--column=amount=Betrag|Umsatz"])]
    {
        file(&folder, "sales.csv", format!("date,customer_id,{amount}\n2025-01-31,A,30.00\n"));
        let ran = run_by(more);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("\nA,30.00,"), "{}", ran.stdout);
    }
    // The line that `check` advises is such a line.
    let checked =
        run(&[&["check", text(&folder.path().join("ledger.csv"))], &columns[..], &["--table=commands"]].concat());
    assert!(checked.stdout.contains("--column account=Kto --column amount=Betrag"), "{}", checked.stdout);
    // A name that no file has is missed where the column is needed.
    let ran = run_by(&["--column", "account=Kto", "--column", "amount=Betrg"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("ledger.csv: no column is named `Betrg`\nhint: the nearest is `Betrag`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_what_if_that_reads_other_files_stands_beside_the_base_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let original =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/costing/activities.csv")).unwrap();
    let fewer: Vec<&str> = original.lines().filter(|line| !line.contains(",call,")).collect();
    let log = file(&folder, "fewer.csv", fewer.join("\n") + "\n2025-03-01,F,manual order,1\n");
    let customers =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/costing/customers.csv")).unwrap();
    let commas = customers.lines().next().unwrap().matches(',').count();
    let customers = file(&folder, "more.csv", format!("{customers}F{}\n", ",".repeat(commas)));
    let log = format!("inputs.activities.path=\"{}\"", text(&log));
    let customers = format!("inputs.customers.path=\"{}\"", text(&customers));
    let other = ["--set", &log, "--set", &customers];
    let lines = year(&other);
    assert!(lines.contains("\nunused capacity,13353.00,27972.00,13347.00\n"), "{lines}");
    assert!(lines.contains("\ncompany profit,10000.00,10000.00,24625.00\n"), "{lines}");
    let changes = year(&[&other[..], &["--table", "changes"]].concat());
    assert!(changes.contains("\nA,2280.00,1380.00,23720.00,24620.00,900.00\n"), "{changes}");
    assert!(changes.ends_with("\nF,0.00,6.00,0.00,-6.00,-6.00\n"), "{changes}");
    let refused = run(&[&["allocate"], &YEAR[..], &["--set", "model.currency=JPY"]].concat());
    assert!(
        refused.stderr.starts_with(
            "error: data/costing/costing.toml: the what-if is in `JPY`, the model in a currency of two decimals"
        ),
        "{}",
        refused.stderr
    );
}

#[test]
fn nothing_is_given_up_where_nothing_is_freed() {
    for (set, unused, given_up) in [
        ("activities.manual order.hours=0.6", "13353.00,12585.00,12585.00", "10000.00,10000.00,10000.00"),
        ("activities.manual order.hours=5", "13353.00,-21207.00,-21207.00", "10000.00,10000.00,10000.00"),
        (
            "pools.order desk.practical_capacity=\"500 hours/year\"",
            "13353.00,9081.00,9081.00",
            "10000.00,10000.00,10000.00",
        ),
        // The desk frees 768 and the call centre needs 1,462.50 more: one does not pay for the other.
        ("activities.manual order.hours=0.4", "13353.00,12658.50,11890.50", "10000.00,10000.00,10768.00"),
    ] {
        let more: &[&str] = if given_up.ends_with("768.00") { &["--set", "activities.call.minutes=1.1"] } else { &[] };
        let lines = year(&[&["--set", set], more].concat());
        assert!(lines.contains(&format!("\nunused capacity,{unused}\n")), "{set}\n{lines}");
        assert!(lines.contains(&format!("\ncompany profit,{given_up}\n")), "{set}\n{lines}");
    }
    let said = run(&[&["allocate"], &YEAR[..], &["--set", "activities.manual order.hours=0.6"]].concat()).stderr;
    let sentence = "what if: company profit 10,000.00 stays 10,000.00; nothing is freed that could be given up\n";
    assert!(said.contains(sentence), "{said}");
}

#[test]
fn half_an_hour_in_minutes_is_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let targets = ["hours", "minutes"].map(|name| format!("{}/", text(&folder.path().join(name))));
    year(&["--output", &targets[0]]);
    year(&["--set", "activities.manual order.minutes=30", "--output", &targets[1]]);
    let changes = stdout(&["why", "D", &targets[1], "--against", &targets[0], "--format", "csv"]);
    for line in changes.lines().skip(1) {
        assert!(line.ends_with(",0.00,0.00,0.00,0.00,0.00"), "{changes}");
    }
    assert_eq!(changes.lines().count(), 6);
}

#[test]
fn a_key_that_could_be_two_is_refused_until_it_is_quoted() {
    let model = "[pools.desk]\naccounts = [\"6100\"]\n[activities.order]\npool = \"desk\"\nlevel = \"unit\"\n";
    let log = "customer_id,activity,channel\n\"a,b\",order,c\na,order,\"b,c\"\na,order,c\na,order,\"b,c\"\n";
    let folder = small(model, "account,amount\n6100,100\n", log);
    let target = format!("{}/", text(&folder.path().join("run")));
    let input = |name: &str| text(&folder.path().join(name)).to_owned();
    let (model, ledger, log) = (input("model.toml"), input("ledger.csv"), input("log.csv"));
    let by = ["--by", "customer_id,channel", "--output", &target];
    stdout(&[&["allocate", "--quiet", &model, "--ledger", &ledger, "--activities", &log], &by[..]].concat());
    let refused = run(&["why", "a,b,c", &target]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.ends_with(
            "`a,b,c` could be 2 customers of the run\nhint: write what has a comma in quotes: one of `a,\"b,c\"` and `\"a,b\",c`\n"
        ),
        "{}",
        refused.stderr
    );
    for (key, amount) in [("\"a,b\",c", "25.00"), ("a,\"b,c\"", "50.00"), ("a,c", "25.00")] {
        assert_eq!(
            stdout(&["why", key, &target, "--format", "csv"]).lines().nth(1).unwrap(),
            format!("unit,order,desk,6100,{amount}")
        );
    }
}

#[test]
fn a_run_says_its_currency_itself() {
    let model = "[pools.desk]\naccounts = [\"6100\"]\n[activities.order]\npool = \"desk\"\nlevel = \"unit\"\n";
    let folder = small(model, "account,amount\n6100,101\n6101,1\n", "customer_id,activity\na,order\nb,order\n");
    let input = |name: &str| text(&folder.path().join(name)).to_owned();
    let (model, ledger, log) = (input("model.toml"), input("ledger.csv"), input("log.csv"));
    let targets = ["yen", "euro"].map(|name| format!("{}/", text(&folder.path().join(name))));
    for (target, currency) in targets.iter().zip(["JPY", "EUR"]) {
        let files = ["--ledger", &ledger, "--activities", &log, "--currency", currency, "--output", target];
        stdout(&[&["allocate", "--quiet", &model], &files[..]].concat());
    }
    assert_eq!(stdout(&["why", "a", &targets[0], "--format", "csv"]).lines().nth(1), Some("unit,order,desk,6100,51"));
    for more in [["--currency", "EUR"], ["--against", &targets[1]]] {
        let refused = run(&[&["why", "a", &targets[0]], &more[..]].concat());
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains("in `JPY`") && refused.stderr.contains("in `EUR`"), "{}", refused.stderr);
    }
}

#[test]
fn what_a_standard_rate_charges_beyond_the_ledger_is_no_multiple_of_its_accounts() {
    let model = "[pools.desk]\naccounts = [\"6100\", \"6200\"]\n[activities.order]\npool = \"desk\"\nlevel = \"unit\"\nrate = 300\n";
    let leaves = |ledger: &str| {
        let folder = small(model, ledger, "customer_id,activity\na,order\n");
        let target = format!("{}/", text(&folder.path().join("run")));
        let input = |name: &str| text(&folder.path().join(name)).to_owned();
        let files = ["--ledger", &input("ledger.csv"), "--activities", &input("log.csv"), "--output", &target];
        stdout(&[&["allocate", "--quiet", &input("model.toml")], &files[..]].concat());
        stdout(&["why", "a", &target, "--format", "csv"]).lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        leaves("account,amount\n6100,100000\n6200,-99999\n"),
        ["unit,order,desk,6100,100000.00", "unit,order,desk,6200,-99999.00", "unit,order,rate variance,,299.00"]
    );
    assert_eq!(leaves("account,amount\n6100,100000\n6200,-100000\n"), ["unit,order,rate variance,,300.00"]);
    assert_eq!(
        leaves("account,amount\n6100,800\n6200,-200\n"),
        ["unit,order,desk,6100,400.00", "unit,order,desk,6200,-100.00"]
    );
}
