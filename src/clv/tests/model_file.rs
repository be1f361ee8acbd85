//! The model file: what it holds survives, and what was changed by hand is refused with its place.

use super::cdnow;
use crate::clv::{Model, ModelFile, fit, fit_spend};
use crate::money::Currency;
use crate::time::{Day, TimeUnit};
use crate::{Error, ErrorKind};

fn written() -> ModelFile {
    let sample = cdnow();
    let fit = fit(Model::ParetoNbd, &sample.histories()).unwrap();
    let spend = fit_spend(&sample.frequency, &sample.monetary_value).unwrap();
    let day = |text: &str| text.parse::<Day>().unwrap();
    let currency: Currency = "USD".parse().unwrap();
    let mut file = ModelFile::new(&fit, spend.as_ref(), TimeUnit::Week, currency, day("1997-01-01"), day("1997-09-30"));
    // The last digits of a fit are those of the machine.
    file.parameters.0[2].1 = 0.606239989127839;
    file
}

fn refused(text: &str) -> Error {
    let error = ModelFile::parse(text, "model.json").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.hint_text().is_some());
    error
}

#[test]
fn every_number_survives_the_file_to_the_last_bit() {
    let file = written();
    let read = ModelFile::parse(&file.to_json(), "model.json").unwrap();
    assert_eq!(read, file);
    assert_eq!(read.lifetime_model().unwrap(), file.lifetime_model().unwrap());
    assert_eq!(read.to_json(), file.to_json());
}

#[test]
fn keys_stand_in_the_order_of_the_design_and_of_the_paper() {
    let text = written().to_json();
    let keys = [
        "format_version",
        "custval_version",
        "model",
        "time_unit",
        "currency",
        "observation_start",
        "observation_end",
        "customers",
        "parameters",
        "r",
        "alpha",
        "s",
        "beta",
        "standard_errors",
        "covariance",
        "log_likelihood",
        "converged",
        "identified",
        "gradient_norm",
        "spend",
        "model",
        "parameters",
        "p",
        "q",
        "gamma",
        "standard_errors",
        "log_likelihood",
        "converged",
        "identified",
    ];
    let mut rest = text.as_str();
    for key in keys {
        let at = rest.find(&format!("\"{key}\": ")).unwrap_or_else(|| panic!("{key} in {rest}"));
        rest = &rest[at + key.len()..];
    }
}

#[test]
fn model_of_unidentified_data_has_nulls_and_can_be_read() {
    let histories = crate::clv::Histories::new(&[0.0, 0.0], &[0.0, 0.0], &[5.0, 6.0]).unwrap();
    let fit = fit(Model::BgNbd, &histories).unwrap();
    let file = ModelFile::new(&fit, None, TimeUnit::Week, Currency::UNNAMED, Day(0), Day(42));
    let text = file.to_json();
    for null in ["\"currency\": null", "\"standard_errors\": null", "\"covariance\": null", "\"spend\": null"] {
        assert!(text.contains(null), "{null} in {text}");
    }
    assert_eq!(ModelFile::parse(&text, "model.json").unwrap(), file);
    let doubt = "bg-nbd: the data that it was fitted to do not determine its parameters";
    assert_eq!(file.doubts(), [doubt]);
    // A file of version 1 calls such a fit not converged, and has no other flag.
    let before = text.replacen("\"format_version\": 2", "\"format_version\": 1", 1);
    let before = before.replacen("\"converged\": true", "\"converged\": false", 1);
    let before = before.replacen("  \"identified\": false,\n", "", 1);
    assert_eq!(ModelFile::parse(&before, "model.json").unwrap().doubts(), [doubt]);
}

#[test]
fn a_file_says_of_both_parts_whether_they_can_be_trusted_and_one_of_version_1_is_read() {
    let file = written();
    assert!(file.doubts().is_empty());
    let text = file.to_json();
    let (head, spend) = text.split_once("\"spend\"").unwrap();
    let changed = |flag: &str| {
        let wrong = |part: &str| part.replacen(&format!("\"{flag}\": true"), &format!("\"{flag}\": false"), 1);
        let text = format!("{}\"spend\"{}", wrong(head), wrong(spend));
        ModelFile::parse(&text, "model.json").unwrap().doubts()
    };
    assert_eq!(changed("converged"), ["pareto-nbd: the fit did not converge", "gamma-gamma: the fit did not converge"]);
    assert_eq!(changed("identified").len(), 2);

    let without = text.replace(",\n    \"converged\": true,\n    \"identified\": true", "");
    assert_eq!(refused(&without).to_string(), "model.json: `spend.converged` is missing");
    let before = without.replacen("\"format_version\": 2", "\"format_version\": 1", 1).replacen(
        "  \"identified\": true,\n",
        "",
        1,
    );
    let read = ModelFile::parse(&before, "model.json").unwrap();
    assert_eq!((read.lifetime_model().unwrap(), read.doubts()), (file.lifetime_model().unwrap(), vec![]));
    assert_eq!(read.to_json(), before);
    let before = before.replacen("\"converged\": true", "\"converged\": false", 1);
    assert_eq!(ModelFile::parse(&before, "model.json").unwrap().doubts(), ["pareto-nbd: the fit did not converge"]);
}

#[test]
fn a_file_changed_by_hand_is_refused_with_the_place() {
    let text = written().to_json();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        refused(&text.replacen(from, to, 1)).to_string()
    };
    assert_eq!(
        changed("\"format_version\": 2", "\"format_version\": 3"),
        "model.json: `format_version` is `3`, and this custval reads 1 and 2"
    );
    assert_eq!(changed("\"format_version\": 2,", ""), "model.json: not a model file: `format_version` is missing");
    assert_eq!(
        changed("\"model\": \"pareto-nbd\"", "\"model\": \"pareto\""),
        "model.json: `model` is `pareto`; `pareto-nbd` and `bg-nbd` are known"
    );
    assert_eq!(
        changed("\"model\": \"pareto-nbd\"", "\"model\": \"bg-nbd\""),
        "model.json: `parameters.s` is unknown; `r`, `alpha`, `a` and `b` are expected"
    );
    assert_eq!(
        changed("\"s\": 0.6", "\"s\": -0.6").split(", and").next(),
        Some("model.json: `parameters`: `s` of pareto-nbd is `-0.606239989127839`")
    );
    assert_eq!(changed("    \"s\": 0.606239989127839,\n", ""), "model.json: `parameters.s` is missing");
    assert_eq!(
        changed("\"r\": 0.5", "\"r\": 0.5, \"r\": 0.5"),
        "model.json:11: not a model file: `r` stands there twice"
    );
    for (value, said) in [
        ("\"2357\"", "the text `2357` stands"),
        ("-5", "the number `-5` stands"),
        ("5.5", "the number `5.5` stands"),
        ("[]", "a list stands"),
        ("null", "null stands"),
    ] {
        assert_eq!(
            changed("\"customers\": 2357", &format!("\"customers\": {value}")),
            format!("model.json:9: not a model file: {said} where a whole number of 0 or more is expected")
        );
    }
    assert_eq!(
        changed("\"r\": 0.5", "\"r\": true, \"q\": 0.5"),
        "model.json:11: not a model file: `true` stands where a number is expected"
    );
    assert!(
        changed("\"customers\": 2357", "\"clients\": 2357")
            .starts_with("model.json:9: not a model file: `clients` is unknown; `format_version`, ")
    );
    assert!(changed("\"log_likelihood\": -", "\"log_likelihood\": 1e999").starts_with("model.json:"));
    assert_eq!(
        changed("\"time_unit\": \"week\"", "\"time_unit\": \"fortnight\""),
        "model.json:5: not a model file: `fortnight` is none of `day`, `week`, `month`"
    );
    assert!(changed("1997-09-30", "1997-09-31").contains("`1997-09-31` is a day that the calendar does not have"));
    assert_eq!(
        changed("1997-09-30", "1996-09-30"),
        "model.json: `observation_start` `1997-01-01` is after `observation_end` `1996-09-30`"
    );
    assert_eq!(
        changed("\"model\": \"gamma-gamma\"", "\"model\": \"normal\""),
        "model.json: `spend.model` is `normal`; `gamma-gamma` is known"
    );
    assert!(changed("\"USD\"", "\"dollars\"").contains("`dollars` is not a currency"));
    assert!(refused("").to_string().starts_with("model.json:1: not a model file: it ends in the middle"));
    assert_eq!(refused("[]").to_string(), "model.json:1: not a model file: a list stands where an object is expected");
    assert!(refused(&text[..text.len() / 2]).to_string().contains("not a model file: it ends in the middle"));
}

#[test]
fn a_covariance_that_is_none_is_refused() {
    let file = written();
    let changed = |change: &dyn Fn(&mut Vec<Vec<f64>>)| {
        let mut file = file.clone();
        change(file.covariance.as_mut().unwrap());
        refused(&file.to_json()).to_string()
    };
    assert_eq!(changed(&|covariance| drop(covariance.pop())), "model.json: `covariance` must have 4 rows of 4 numbers");
    assert!(changed(&|covariance| covariance[0][0] = -1.0).contains("a variance below zero, `-1`"));
    assert!(changed(&|covariance| covariance[0][1] = 5.0).contains("`covariance` is not symmetric"));
}
