//! Outputs appear whole or not at all.

use std::fs;
use std::path::Path;

use super::tool::{file, run, stdout, text};

const GOOD: &str = "id,date,amount\na,2024-01-01,1\na,2024-02-01,2.50\nb,2024-01-15,3\n";
const BAD: &str = "id,date,amount\na,2024-01-01,1\na,2024-02-30,2.50\n";

#[test]
fn a_refused_run_leaves_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (log, output) = (file(&folder, "bad.csv", BAD), file(&folder, "out.csv", "yesterday\n"));
    let ran = run(&["summary", text(&log), "--output", text(&output)]);
    assert_eq!(ran.code, 3);
    assert_eq!(fs::read_to_string(&output).unwrap(), "yesterday\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");
}

#[test]
fn a_file_takes_its_format_from_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", GOOD);
    for (name, begins) in [
        ("out.csv", "customer_id,first_date,"),
        ("out.tsv", "customer_id\tfirst_date\t"),
        ("out.json", "[\n{\"customer_id\":\"a\","),
        ("out.jsonl", "{\"customer_id\":\"a\","),
        ("out.txt", " customer_id"),
    ] {
        let output = folder.path().join(name);
        let ran = run(&["summary", text(&log), "--output", text(&output)]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{name}: {}", ran.stderr);
        let content = fs::read_to_string(&output).unwrap();
        assert!(content.starts_with(begins), "{name}: {content}");
    }
    let ran = run(&["summary", text(&log), "--output", text(&folder.path().join("out.docx"))]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("the name does not tell the format"), "{}", ran.stderr);
}

#[test]
fn a_folder_gets_every_table_and_the_receipt_and_is_not_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let output = format!("{}/", folder.path().join("run").display());
    let arguments = ["hook", "data/costing/profits.csv", "--output", &output];
    assert_eq!(run(&arguments).code, 0);
    let mut names: Vec<String> =
        fs::read_dir(&output).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["bands.csv", "lorenz.csv", "points.csv", "receipt.json", "statistics.csv"]);

    let refused = run(&arguments);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("the folder is not empty"), "{}", refused.stderr);
    fs::write(folder.path().join("run/old.csv"), "old").unwrap();
    assert_eq!(run(&[&arguments[..], &["--overwrite"]].concat()).code, 0);
    assert!(!folder.path().join("run/old.csv").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_receipt_holds_settings_digests_and_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let (log, receipt) = (file(&folder, "log.csv", GOOD), folder.path().join("receipt.json"));
    let ran = run(&["summary", text(&log), "--receipt", text(&receipt), "--time-unit", "day"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let receipt: serde_json::Value = serde_json::from_str(&fs::read_to_string(&receipt).unwrap()).unwrap();
    assert_eq!(receipt["figures"]["rows"], 3);
    assert_eq!(receipt["figures"]["amount"], "6.50");
    let digest = blake3::hash(GOOD.as_bytes()).to_hex().to_string();
    assert_eq!(receipt["inputs"][0]["blake3"], digest.as_str());
    let settings = receipt["settings"].as_array().unwrap();
    let unit = settings.iter().find(|setting| setting["name"] == "time-unit").unwrap();
    assert_eq!((&unit["values"][0], &unit["origin"]), (&"day".into(), &"flag".into()));
}

#[test]
fn a_receipt_lists_every_file_that_was_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", GOOD);
    let margins = file(&folder, "margins.csv", "customer_id,margin,segment\na,0.5,x\nb,0.25,y\n");
    let receipt = folder.path().join("receipt.json");
    let read = |arguments: &[&str]| -> Vec<(String, String)> {
        let ran = run(&[arguments, &["--receipt", text(&receipt)]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let receipt: serde_json::Value = serde_json::from_str(&fs::read_to_string(&receipt).unwrap()).unwrap();
        let inputs = receipt["inputs"].as_array().unwrap().iter();
        inputs.map(|input| ["file", "blake3"].map(|name| input[name].as_str().unwrap().to_owned()).into()).collect()
    };
    let listed =
        |path: &std::path::Path| (text(path).to_owned(), blake3::hash(&fs::read(path).unwrap()).to_hex().to_string());
    let cohort = ["cohort", text(&log), "--by", "segment", "--customers", text(&margins), "--measure", "profit"];
    let cohort = [&cohort[..], &["--margins", text(&margins)]].concat();
    assert_eq!(read(&cohort), [listed(&log), listed(&margins)]);

    let model = folder.path().join("model.json");
    assert_eq!(run(&["fit", "data/cdnow_sample.csv", "--output", text(&model)]).code, 0);
    let clv = read(&["clv", "data/cdnow_sample.csv", "--margin", "30%", "--model-file", text(&model)]);
    assert!(clv.contains(&listed(&model)) && clv.len() == 2, "{clv:?}");
    let state = folder.path().join("state.parquet");
    assert_eq!(read(&["summary", text(&log), "--state", text(&state)]), [listed(&log)]);
    assert_eq!(read(&["summary", "--state", text(&state)]), [listed(&state)]);

    let run_folder = folder.path().join("run");
    let whole_year = ["--from", "2025-01-01", "--to", "2025-12-31"];
    let model = ["allocate", "data/costing/costing.toml", "--output", &format!("{}/", text(&run_folder))];
    let allocated = run(&[&model[..], &whole_year].concat());
    assert_eq!(allocated.code, 0, "{}", allocated.stderr);
    let customer = fs::read_to_string(run_folder.join("customers.csv")).unwrap();
    let customer = customer.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let why = read(&["why", &customer, text(&run_folder)]);
    assert!(why.iter().any(|(name, _)| name.ends_with("sources.csv")), "{why:?}");
    assert!(why.iter().all(|(name, _)| name.starts_with(text(&run_folder))), "{why:?}");
}

#[test]
fn an_output_that_cannot_be_written_is_said_before_the_files_are_read() {
    let ran = run(&["summary", "no-such-log.csv", "--output", "no-such-folder/out.csv"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .starts_with("error: no-such-folder/out.csv: cannot be written: there is no folder `no-such-folder`\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn no_file_is_two_things_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let (log, place) = (file(&folder, "log.csv", GOOD), folder.path().join("place.csv"));
    let rates = file(&folder, "rates.csv", "currency,date,rate\nUSD,2024-01-01,0.9\n");
    let settings = file(&folder, "settings.toml", "[summary]\ntime-unit = \"day\"\n");
    let pattern = format!("{}/l*.csv", folder.path().display());
    let (log, place, rates, settings) = (text(&log), text(&place), text(&rates), text(&settings));
    let (roundabout, state) = (format!("{}/../place.csv", folder.path().join("sub").display()), "--state");
    fs::create_dir(folder.path().join("sub")).unwrap();
    for (arguments, said) in [
        (&["summary", log, state, place, "--receipt", place][..], "`--receipt` name the same file"),
        (&["summary", log, state, place, "-o", place], "name the same file"),
        (&["summary", log, "-o", place, "--receipt", place], "`--output` and `--receipt` name the same file"),
        (&["summary", log, "-o", place, "--receipt", &roundabout], "name the same file"),
        (&["generate", "--only", "transactions", "-o", place, "--truth", place], "name the same file"),
        (&["summary", log, "-o", log], "`--output` would replace a file that is read"),
        (&["summary", &pattern, "-o", log], "`--output` would replace a file that is read"),
        (&["summary", log, "--receipt", log], "`--receipt` would replace a file that is read"),
        (&["summary", log, state, log], "`--state` would replace a file that is read"),
        (
            &["summary", log, "--exchange-rates", rates, "--currency", "EUR", "--receipt", rates],
            "`--receipt` would replace a file that is read, `--exchange-rates`",
        ),
        (&["summary", log, "--config", settings, "--receipt", settings], "replace a file that is read, `--config`"),
    ] {
        let before = fs::read_to_string(log).unwrap();
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert_eq!(fs::read_to_string(log).unwrap(), before);
    }
    for arguments in [
        &["summary", log, "-o", place][..],
        &["summary", log, "-o", place],
        &["summary", log, "-o", "/dev/null", "--receipt", "/dev/null", "--format", "csv"],
        &["summary", log, "-o", "/dev/stdout", "--format", "csv"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn the_files_that_a_costing_model_names_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = folder.path().join("in");
    fs::create_dir(&inputs).unwrap();
    for name in ["ledger.csv", "transactions.csv", "activities.csv", "customers.csv"] {
        fs::copy(format!("data/costing/{name}"), inputs.join(name)).unwrap();
    }
    let model = fs::read_to_string("data/costing/costing.toml").unwrap().replace("path = \"", "path = \"in/");
    let model = file(&folder, "costing.toml", model);
    let ledger = inputs.join("ledger.csv");
    let before = fs::read(&ledger).unwrap();
    let (within, ledger) = (format!("{}/", text(&inputs)), text(&ledger));
    let year = ["allocate", text(&model), "--from", "2025-01-01", "--to", "2025-12-31", "--overwrite"];
    for (place, said) in [
        (["--output", &within], "in the folder that is to be replaced by `--output`"),
        (["--rejects", &within], "in the folder that is to be replaced by `--rejects`"),
        (["--output", ledger], "`--output` would replace a file that is read"),
        (["--receipt", ledger], "`--receipt` would replace a file that is read"),
    ] {
        let ran = run(&[&year[..], &place].concat());
        assert_eq!(ran.code, 2, "{place:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{place:?}: {}", ran.stderr);
        assert_eq!(fs::read(ledger).unwrap(), before);
        assert_eq!(fs::read_dir(&inputs).unwrap().count(), 4);
    }
    let elsewhere = format!("{}/", folder.path().join("run").display());
    assert_eq!(run(&[&year[..], &["--output", &elsewhere]].concat()).code, 0);
}

#[test]
fn what_arranges_a_table_is_refused_where_none_or_several_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let output = format!("{}/", folder.path().join("run").display());
    let log = "data/cdnow_sample.csv";
    for arranged in [["--top", "1"], ["--sort", "estimate"], ["--select", "estimate"]] {
        let ran = run(&[&["fit", log][..], &arranged].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        let said = format!("`{}` is about a table, and the answer is one JSON document", arranged[0]);
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        let ran = run(&[&["fit", log, "--output", &output][..], &arranged].concat());
        assert_eq!(ran.code, 2);
        let said = format!("`{}` is about one table, and a folder holds several", arranged[0]);
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        assert!(!Path::new(&output).exists());
    }
    let one = stdout(&["fit", log, "--format", "csv", "--top", "1", "--select", "part, parameter"]);
    assert_eq!(one, "part,parameter\npurchases,r\n");
    let named = ["fit", log, "--output", &output, "--table", "parameters", "--top", "1"];
    assert_eq!(run(&named).code, 0);
    let rows = |name: &str| fs::read_to_string(Path::new(&output).join(name)).unwrap().lines().count();
    assert_eq!(rows("parameters.csv"), 2);
    assert!(rows("statistics.csv") > 2);
    let model = format!("{output}model.json");
    assert_eq!(run(&["clv", log, "--margin", "30%", "--model-file", &model, "--top", "1"]).code, 0);
}

#[test]
fn a_chart_that_cannot_be_written_leaves_the_tables_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("run");
    let target = format!("{}/", text(&output));
    let profits = "data/costing/profits.csv";
    assert_eq!(run(&["hook", profits, "--output", &target]).code, 0);
    let before = std::fs::read(output.join("bands.csv")).unwrap();
    let inside = output.join("c.svg");
    let ran = run(&["hook", profits, "--bands", "3", "--output", &target, "--overwrite", "--chart", text(&inside)]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("is in the folder that is to be replaced by `--output`"), "{}", ran.stderr);
    if cfg!(unix) {
        let full = ["hook", profits, "--bands", "3", "--output", &target, "--overwrite", "--receipt", "/dev/full"];
        assert_eq!(run(&full).code, 2);
    }
    assert_eq!(std::fs::read(output.join("bands.csv")).unwrap(), before);
}

#[test]
fn a_setting_without_its_value_takes_no_other_word_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", "id,date,amount\na,2024-01-01,1\n");
    let settings = file(&folder, "custval.toml", "output = true\n");
    let ran = run(&["summary", text(&log), "--config", text(&settings)]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`output` is `true`, and it takes a value"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "id,date,amount\na,2024-01-01,1\n");
}

#[test]
fn a_dash_is_no_file_to_write() {
    let log = "data/cdnow_sample.csv";
    for arguments in [&["summary", log, "-o", "-", "--format", "csv"][..], &["summary", log, "--receipt", "-"]] {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.starts_with("error: `-` is standard output"), "{}", ran.stderr);
    }
    assert!(!Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/-")).exists());
}
