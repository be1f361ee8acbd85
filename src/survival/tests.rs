use std::path::PathBuf;

use super::*;
use crate::ErrorKind;

/// The worked example of the definitions: ten customers, ties, censoring at a departure's tenure.
fn ten_customers() -> Vec<Observation> {
    let times = [1, 2, 2, 3, 3, 4, 5, 6, 6, 6];
    let left = [1, 1, 0, 1, 1, 0, 1, 1, 0, 0];
    times.iter().zip(left).map(|(&time, left)| Observation::new(f64::from(time), left == 1)).collect()
}

fn tally(observations: &[Observation]) -> Tally {
    Tally::new(observations).unwrap()
}

/// Ten printed digits.
const PRINTED: f64 = 5e-11;

#[test]
fn the_worked_example_has_its_published_survival_errors_hazard_median_and_mean() {
    let table = life_table(&tally(&ten_customers()));
    let expected = [
        (1.0, 0.9, 0.094_868_329_8),
        (2.0, 0.8, 0.126_491_106_4),
        (3.0, 0.571_428_571_4, 0.163_774_715_5),
        (5.0, 0.428_571_428_6, 0.174_337_563_4),
        (6.0, 0.285_714_285_7, 0.164_662_389_8),
    ];
    let rows: Vec<&LifeRow> = table.rows.iter().filter(|row| row.events > 0).collect();
    for (row, (time, survival, std_error)) in rows.iter().zip(expected) {
        assert_eq!(row.time, time);
        assert!((row.survival - survival).abs() < PRINTED, "{row:?}");
        assert!((row.std_error.unwrap() - std_error).abs() < PRINTED, "{row:?}");
    }
    assert!((rows[2].low.unwrap() - 0.217_192_702_4).abs() < PRINTED);
    assert!((rows[2].high.unwrap() - 0.814_572_137_9).abs() < PRINTED);
    assert!((rows[4].cumulative_hazard - 1.080_158_730_2).abs() < PRINTED);
    assert_eq!(table.median().median, Some(5.0));
    assert!((table.restricted_mean(6.0).unwrap().mean - 4.271_428_571_4).abs() < PRINTED);
}

#[test]
fn everyone_still_active_is_a_flat_curve_without_median_or_interval() {
    let table = life_table(&tally(&[Observation::new(3.0, false), Observation::new(5.0, false)]));
    assert!(table.rows.iter().all(|row| row.survival == 1.0 && row.low.is_none() && row.std_error == Some(0.0)));
    assert_eq!(table.median(), Median::default());
    assert_eq!(table.restricted_mean(5.0).unwrap().mean, 5.0);
    assert_eq!(table.restricted_mean(6.0), None);
}

#[test]
fn one_customer_who_left_empties_the_curve_and_has_no_error() {
    let table = life_table(&tally(&[Observation::new(4.0, true)]));
    assert_eq!((table.rows[0].survival, table.rows[0].std_error, table.rows[0].low), (0.0, None, None));
    assert_eq!(table.median().median, Some(4.0));
    assert_eq!(table.restricted_mean(10.0).map(|mean| (mean.mean, mean.std_error)), Some((4.0, Some(0.0))));
    assert_eq!(life_table(&Tally::default()).rows, []);
}

#[test]
fn a_median_of_exactly_a_half_is_found_despite_rounding() {
    // 9/10 * 8/9 * 7/8 * 6/7 * 5/6 is a half; in binary it is not.
    let seen: Vec<Observation> = (1..=10).map(|t| Observation::new(f64::from(t), t <= 5)).collect();
    assert_eq!(life_table(&tally(&seen)).median().median, Some(5.0));
}

#[test]
fn a_curve_emptied_by_late_entry_says_so() {
    let late = |entry, time| Observation { entry, time, event: true };
    let table = life_table(&tally(&[late(0.0, 1.0), late(2.0, 3.0), late(2.0, 4.0)]));
    assert_eq!(table.emptied_early, Some(1.0));
    assert!(table.rows.iter().all(|row| row.survival == 0.0));
}

#[test]
fn customers_at_risk_at_no_tenure_are_refused() {
    for (entry, time) in [(2.0, 2.0), (3.0, 2.0), (0.0, -1.0), (0.0, f64::NAN), (f64::INFINITY, 1.0)] {
        let refused = Tally::new(&[Observation { entry, time, event: true }]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Domain);
        assert_eq!(
            refused.message(),
            format!("observation 0 runs from tenure `{entry}` to `{time}`, so it is never at risk")
        );
    }
}

#[test]
fn days_counted_and_observations_sorted_give_the_same_tally() {
    let customers = [(0_u32, 30_u32, true), (0, 0, true), (10, 30, false), (5, 7, true), (8, 8, true)];
    let (counted, never_at_risk) = Tally::of_days(customers.into_iter(), 7.0);
    let observations: Vec<Observation> = customers[..4]
        .iter()
        .map(|&(entry, days, event)| Observation { entry: f64::from(entry) / 7.0, time: f64::from(days) / 7.0, event })
        .collect();
    assert_eq!((counted, never_at_risk), (tally(&observations), 1));
}

#[test]
fn hazards_put_a_renewal_into_the_band_it_ends_and_add_up_to_all_departures() {
    // Three leave at renewal after 12, one at 5; four are seen to 24.
    let mut seen = vec![Observation::new(12.0, true); 3];
    seen.push(Observation::new(5.0, true));
    seen.extend(vec![Observation::new(24.0, false); 4]);
    let rows = hazards(&tally(&seen), 6.0).unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row.at_risk, row.events, row.exposure)).collect();
    assert_eq!(found, [(8, 1, 47.0), (7, 3, 42.0), (4, 0, 24.0), (4, 0, 24.0)]);
    assert_eq!(rows[1].hazard, Some(3.0 / 42.0));
    assert!((rows[1].leaving.unwrap() - 3.0 / 7.0).abs() < 1e-15);
    assert_eq!(rows[2].low, Some(0.0));
    assert!(hazards(&tally(&seen), 0.0).is_err() && hazards(&tally(&seen), 1e-9).is_err());
    let refused = hazards(&tally(&[Observation::new(2e6, true)]), 1.0).unwrap_err();
    assert_eq!(refused.hint_text(), Some("give `--band` a positive width of at least 2"));
}

#[test]
fn bands_are_wide_enough_to_be_read_where_nobody_says_how_wide() {
    let width = |longest: f64| default_band(&[tally(&[Observation::new(longest, true)]), tally(&[])]);
    assert_eq!([0.0, 52.0, 1e4, 10_001.0, 990_000.0, 7e9].map(width), [1.0, 1.0, 1.0, 2.0, 100.0, 1e6]);
    assert_eq!(default_band(&[]), 1.0);
    assert!(width(f64::MAX).is_finite());
}

#[test]
fn hazards_of_late_entrants_count_only_what_was_observed() {
    let late = Observation { entry: 7.0, time: 11.0, event: true };
    let rows = hazards(&tally(&[late, Observation::new(3.0, true)]), 6.0).unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row.events, row.exposure)).collect();
    assert_eq!(found, [(1, 3.0), (1, 4.0)]);
}

#[test]
fn groups_without_anyone_at_risk_are_left_out_of_the_log_rank_test() {
    let (one, two) = (ten_customers(), vec![Observation::new(4.0, true), Observation::new(9.0, false)]);
    let alone = log_rank(&[tally(&one), tally(&two)]);
    let with_empty = log_rank(&[tally(&one), Tally::default(), tally(&two)]);
    assert_eq!((alone.chi_squared, alone.degrees), (with_empty.chi_squared, with_empty.degrees));
    assert!(!with_empty.groups[1].compared);
    assert_eq!(log_rank(&[tally(&one)]).chi_squared, None);
    assert_eq!(log_rank(&[]).p_value, None);
}

fn two_columns() -> (Vec<Observation>, Vec<f64>, Vec<f64>) {
    let seen = (0..60_u32).map(|i| Observation::new(f64::from(1 + (i * 37) % 23), i % 3 != 0)).collect();
    let one = (0..60_u32).map(|i| f64::from((i * 7) % 11)).collect();
    let two = (0..60_u32).map(|i| f64::from(u8::from(i % 4 == 1))).collect();
    (seen, one, two)
}

#[test]
fn order_of_rows_and_shifts_of_scale_change_no_estimate() {
    let (seen, one, two) = two_columns();
    let fit = |order: &[usize], shift: f64, scale: f64| {
        let observations: Vec<Observation> = order.iter().map(|&i| seen[i]).collect();
        let mut design = Design::new(60);
        design.number("one", order.iter().map(|&i| shift + scale * one[i]).collect()).unwrap();
        design.number("two", order.iter().map(|&i| two[i]).collect()).unwrap();
        fit_cox(&observations, &design, TimeTransform::Identity).unwrap()
    };
    let forward: Vec<usize> = (0..60).collect();
    let backward: Vec<usize> = (0..60).rev().collect();
    assert_eq!(fit(&forward, 0.0, 1.0), fit(&backward, 0.0, 1.0));
    let (plain, scaled) = (fit(&forward, 0.0, 1.0), fit(&forward, 1e6, 1e4));
    assert!((plain.coefficients[0].coefficient - 1e4 * scaled.coefficients[0].coefficient).abs() < 1e-9);
    assert!((plain.log_likelihood - scaled.log_likelihood).abs() < 1e-9);
}

/// The likelihood of four customers written out: `-3 ln ...` by hand, maximised by bisection of its derivative.
#[test]
fn efron_ties_solve_the_equation_written_out_by_hand() {
    let seen = [(1.0, true), (1.0, true), (2.0, true), (3.0, false)].map(|(t, e)| Observation::new(t, e));
    let x = [1.0, 0.0, 0.0, 1.0];
    let mut design = Design::new(4);
    design.number("x", x.to_vec()).unwrap();
    let fit = fit_cox(&seen, &design, TimeTransform::Identity).unwrap();
    // At 1: risk {1,0,0,1}, deaths {1,0}; at 2: risk {0,1}, death {0}. With w = e^b:
    let log_likelihood = |b: f64| b - (2.0 * b.exp() + 2.0).ln() - (1.5 * b.exp() + 1.5).ln() - (b.exp() + 1.0).ln();
    let derivative = |b: f64| (log_likelihood(b + 1e-5) - log_likelihood(b - 1e-5)) / 2e-5;
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if derivative(middle) > 0.0 { low = middle } else { high = middle }
    }
    assert!((fit.coefficients[0].coefficient - low).abs() < 1e-7, "{} {low}", fit.coefficients[0].coefficient);
    assert!((fit.log_likelihood - log_likelihood(low)).abs() < 1e-12);
}

#[track_caller]
fn refused(observations: &[Observation], design: &Design) -> String {
    let error = fit_cox(observations, design, TimeTransform::default()).unwrap_err();
    format!("{}\nhint: {}", error, error.hint_text().unwrap())
}

#[test]
fn what_cannot_be_estimated_is_refused_by_name() {
    let (seen, one, two) = two_columns();
    let mut design = Design::new(60);
    design.number("one", one.clone()).unwrap().number("two", two).unwrap();
    let nobody: Vec<Observation> = seen.iter().map(|o| Observation { event: false, ..*o }).collect();
    assert_eq!(
        refused(&nobody, &design),
        "nobody left, so there is nothing to compare\n\
         hint: a Cox regression needs customers who left; extend the period or leave the regression out"
    );
    design.number("twice", one.iter().map(|x| 2.0 * x + 1.0).collect()).unwrap();
    assert_eq!(refused(&seen, &design), "covariate `twice` follows from the covariates before it\nhint: leave it out");
    let mut constant = Design::new(60);
    constant.number("same", vec![3.0; 60]).unwrap();
    assert_eq!(refused(&seen, &constant), "covariate `same` is the same for every customer\nhint: leave it out");
    assert!(Design::new(60).number("nan", vec![f64::NAN; 60]).is_err());
    assert!(Design::new(60).number("short", vec![1.0; 59]).is_err());
}

#[test]
fn a_factor_that_separates_perfectly_is_named_with_its_hazard_ratio() {
    let (seen, one, _) = two_columns();
    let levels: Vec<u32> = seen.iter().map(|observation| u32::from(observation.event)).collect();
    let mut design = Design::new(60);
    design.number("one", one).unwrap();
    design.factor("plan", &levels, &["basic".into(), "gold".into()]).unwrap();
    assert_eq!(
        refused(&seen, &design),
        "covariate `plan=gold` separates perfectly who left sooner from who stayed: its hazard ratio is infinite\n\
         hint: leave `plan=gold` out, or join its level with another, and compare the groups by their survival curves"
    );
    let levels: Vec<u32> = seen.iter().map(|observation| u32::from(!observation.event)).collect();
    let mut design = Design::new(60);
    design.factor("plan", &levels, &["basic".into(), "gold".into()]).unwrap();
    assert!(refused(&seen, &design).contains("its hazard ratio is zero"));
}

#[test]
fn a_hazard_ratio_by_tenure_needs_more_than_one_tenure() {
    let seen: Vec<Observation> = (0..20).map(|i| Observation::new(1.0, i % 2 == 0)).collect();
    let mut design = Design::new(20);
    design.number("x", (0..20).map(|i| f64::from(i % 7)).collect()).unwrap();
    let fit = fit_cox(&seen, &design, TimeTransform::default()).unwrap();
    assert_eq!(fit.proportionality.chi_squared, None);
}

// Against lifelines, on its own data sets and on a telecom operator's customers.

/// Agreement with figures that another program computes to about twelve digits.
const OTHER_PROGRAM: f64 = 1e-9;
/// Agreement with coefficients that another program iterates to a step of 1e-7 or less.
const OTHER_FIT: f64 = 1e-7;

struct Reference(Vec<[String; 4]>);

impl Reference {
    /// The rows of `tests/reference/survival.csv` of one data set: analysis, name, figure, value.
    fn of(data_set: &str) -> Self {
        let mut reader = csv::Reader::from_reader(&include_bytes!("../../tests/reference/survival.csv")[..]);
        let rows = reader.deserialize::<[String; 5]>().map(Result::unwrap);
        Self(rows.filter(|row| row[0] == data_set).map(|[_, a, b, c, d]| [a, b, c, d]).collect())
    }

    fn get(&self, analysis: &str, name: &str, figure: &str) -> f64 {
        let found = self.0.iter().find(|row| row[..3] == [analysis, name, figure]);
        found.unwrap_or_else(|| panic!("{analysis} {name} {figure}"))[3].parse().unwrap()
    }

    fn names(&self, analysis: &str) -> Vec<String> {
        let mut names: Vec<String> = self.0.iter().filter(|row| row[0] == analysis).map(|row| row[1].clone()).collect();
        names.dedup();
        names
    }

    #[track_caller]
    fn check(&self, analysis: &str, name: &str, figure: &str, found: f64, tolerance: f64) {
        let expected = self.get(analysis, name, figure);
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1e-3),
            "{analysis} {name} {figure}: {found} for {expected}"
        );
    }

    fn check_curve(&self, tally: &Tally) {
        let table = life_table(tally);
        for name in self.names("curve") {
            let time: f64 = name.parse().unwrap();
            let row = table.rows.iter().find(|row| row.time == time).unwrap();
            self.check("curve", &name, "survival", row.survival, OTHER_PROGRAM);
            self.check("curve", &name, "at_risk", row.at_risk as f64, OTHER_PROGRAM);
            self.check("curve", &name, "cumulative_hazard", row.cumulative_hazard, OTHER_PROGRAM);
            if let (Some(low), Some(high)) = (row.low, row.high) {
                self.check("curve", &name, "low", low, OTHER_PROGRAM);
                self.check("curve", &name, "high", high, OTHER_PROGRAM);
            }
        }
        if self.get("median", "all", "median").is_finite() {
            self.check("median", "all", "median", table.median().median.unwrap(), OTHER_PROGRAM);
        } else {
            assert_eq!(table.median().median, None);
        }
        for name in self.names("restricted") {
            let mean = table.restricted_mean(name.parse().unwrap()).unwrap().mean;
            self.check("restricted", &name, "mean", mean, OTHER_PROGRAM);
        }
    }

    fn check_cox(&self, observations: &[Observation], design: &Design) {
        for transform in [TimeTransform::KaplanMeier, TimeTransform::Identity] {
            let fit = fit_cox(observations, design, transform).unwrap();
            for found in &fit.coefficients {
                let value = |figure, value| self.check("cox", &found.name, figure, value, OTHER_FIT);
                value("coefficient", found.coefficient);
                value("std_error", found.std_error);
                value("hazard_ratio", found.hazard_ratio);
                value("low", found.low);
                value("high", found.high);
                if self.get("cox", &found.name, "p_value") > 1e-200 {
                    self.check("cox", &found.name, "p_value", found.p_value, 1e-5);
                }
                let analysis = if transform == TimeTransform::Identity { "identity" } else { "km" };
                if !self.names(analysis).is_empty() {
                    let statistic = found.proportionality.chi_squared.unwrap();
                    self.check(analysis, &found.name, "chi_squared", statistic, 1e-6);
                }
            }
            self.check("cox", "all", "log_likelihood", fit.log_likelihood, OTHER_PROGRAM);
            self.check("cox", "all", "chi_squared", fit.chi_squared, OTHER_FIT);
        }
    }

    fn check_groups(&self, groups: &[Vec<Observation>]) {
        let test = log_rank(&groups.iter().map(|group| tally(group)).collect::<Vec<_>>());
        self.check("log_rank", "all", "chi_squared", test.chi_squared.unwrap(), OTHER_PROGRAM);
        self.check("log_rank", "all", "p_value", test.p_value.unwrap(), OTHER_FIT);
    }
}

/// A table of text, read from `data/` or from the folder of data that cannot be copied here.
struct Data(csv::StringRecord, Vec<csv::StringRecord>);

impl Data {
    fn read(path: PathBuf, delimiter: u8) -> Self {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(path).unwrap();
        let header = reader.headers().unwrap().clone();
        Self(header, reader.records().map(Result::unwrap).collect())
    }

    /// The file in the folder `CUSTVAL_TEST_DATA`; says that it skips where there is none.
    fn elsewhere(name: &str, delimiter: u8) -> Option<Self> {
        let path = std::env::var_os("CUSTVAL_TEST_DATA").map(|folder| PathBuf::from(folder).join(name));
        let found = path.filter(|path| path.exists());
        if found.is_none() {
            println!("skipped: {name} is not in the folder named by CUSTVAL_TEST_DATA");
        }
        found.map(|path| Self::read(path, delimiter))
    }

    fn text(&self, column: &str) -> Vec<String> {
        let place = self.0.iter().position(|name| name == column).unwrap();
        self.1.iter().map(|record| record[place].to_owned()).collect()
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        self.text(column).iter().map(|text| text.parse().unwrap()).collect()
    }

    fn factor(&self, design: &mut Design, column: &str) {
        // The reference writes `;` for the comma of a level, since its own columns end at commas.
        let values: Vec<String> = self.text(column).iter().map(|value| value.replace(',', ";")).collect();
        let mut names = values.clone();
        names.sort();
        names.dedup();
        let levels: Vec<u32> =
            values.iter().map(|value| names.binary_search(value).unwrap().try_into().unwrap()).collect();
        design.factor(column, &levels, &names).unwrap();
    }

    fn design(&self, numbers: &[&str], factors: &[&str]) -> Design {
        let mut design = Design::new(self.1.len());
        for column in numbers {
            design.number(*column, self.numbers(column)).unwrap();
        }
        for column in factors {
            self.factor(&mut design, column);
        }
        design
    }

    fn groups(&self, column: &str, observations: &[Observation]) -> Vec<Vec<Observation>> {
        let values = self.text(column);
        let mut names = values.clone();
        names.sort();
        names.dedup();
        let of_group = |name: &String| {
            values.iter().zip(observations).filter(|(value, _)| *value == name).map(|(_, seen)| *seen).collect()
        };
        names.iter().map(of_group).collect()
    }
}

fn observed(times: &[f64], left: &[f64]) -> Vec<Observation> {
    times.iter().zip(left).map(|(&time, &left)| Observation::new(time, left == 1.0)).collect()
}

#[test]
fn rossi_agrees_with_lifelines() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/rossi.csv");
    let (data, reference) = (Data::read(path, b','), Reference::of("rossi"));
    let seen = observed(&data.numbers("week"), &data.numbers("arrest"));
    reference.check_curve(&tally(&seen));
    reference.check_groups(&data.groups("fin", &seen));
    reference.check_cox(&seen, &data.design(&["fin", "age", "race", "wexp", "mar", "paro", "prio"], &[]));
}

#[test]
fn telecom_customers_agree_with_lifelines() {
    let Some(data) = Data::elsewhere("telco_churn.csv", b',') else { return };
    let reference = Reference::of("telco");
    let left: Vec<f64> = data.text("Churn").iter().map(|churn| f64::from(u8::from(churn == "Yes"))).collect();
    let seen = observed(&data.numbers("tenure"), &left);
    reference.check_curve(&tally(&seen));
    reference.check_groups(&data.groups("Contract", &seen));
    let factors = ["Contract", "InternetService", "PaymentMethod"];
    reference.check_cox(&seen, &data.design(&["SeniorCitizen", "MonthlyCharges"], &factors));
}

#[test]
fn fruit_flies_agree_with_lifelines() {
    let Some(data) = Data::elsewhere("waltons_dataset.csv", b',') else { return };
    let reference = Reference::of("waltons");
    let seen = observed(&data.numbers("T"), &data.numbers("E"));
    reference.check_curve(&tally(&seen));
    reference.check_groups(&data.groups("group", &seen));
}

#[test]
fn late_entrants_agree_with_lifelines() {
    let Some(data) = Data::elsewhere("multicenter_aids_cohort.tsv", b'\t') else { return };
    let reference = Reference::of("aids");
    let mut seen = observed(&data.numbers("T"), &data.numbers("D"));
    seen.iter_mut().zip(data.numbers("W")).for_each(|(seen, entry)| seen.entry = entry);
    reference.check_curve(&tally(&seen));
    reference.check_cox(&seen, &data.design(&["AIDSY"], &[]));
}

#[test]
fn numbers_and_factors_agree_with_lifelines() {
    let Some(data) = Data::elsewhere("gbsg2.csv", b',') else { return };
    let reference = Reference::of("gbsg2");
    let seen = observed(&data.numbers("time"), &data.numbers("cens"));
    reference.check_groups(&data.groups("tgrade", &seen));
    let numbers = ["age", "tsize", "pnodes", "progrec", "estrec"];
    reference.check_cox(&seen, &data.design(&numbers, &["horTh", "menostat", "tgrade"]));
}

#[test]
fn a_small_trial_agrees_with_lifelines() {
    let Some(data) = Data::elsewhere("larynx.csv", b',') else { return };
    let reference = Reference::of("larynx");
    let seen = observed(&data.numbers("time"), &data.numbers("death"));
    reference.check_curve(&tally(&seen));
    reference.check_cox(&seen, &data.design(&["age", "Stage_II", "Stage_III", "Stage_IV"], &[]));
}
