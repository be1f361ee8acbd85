//! From models to tables: values, reasons for what is empty, and economics.

use super::{cdnow, near};
use crate::ErrorKind;
use crate::clv::{
    Customers, Economics, LifetimeModel, Margin, Model, ModelFile, Parameters, ProfitRow, ScoreParams, Scores,
    SpendParameters, fit, fit_spend, pool_economics, score,
};
use crate::money::Currency;
use crate::time::{Day, TimeUnit};

const ROUNDING: f64 = 1e-12;

fn model(model: Model) -> LifetimeModel {
    let values = match model {
        Model::ParetoNbd => [0.553277, 10.577683, 0.606240, 11.668735],
        Model::BgNbd => [0.242594, 4.413602, 0.792922, 2.425907],
    };
    LifetimeModel {
        parameters: Parameters::new(model, values).unwrap(),
        spend: Some(SpendParameters::new([6.25, 3.74, 15.44]).unwrap()),
        time_unit: TimeUnit::Week,
    }
}

fn params(margin: Margin) -> ScoreParams {
    ScoreParams { horizon: "39w".parse().unwrap(), discount: "15%/year".parse().unwrap(), margin }
}

/// A repeat buyer, one without, and one whose repeat purchases were refunded.
fn three<'a>(historic_profit: Option<&'a [Option<f64>]>) -> Customers<'a> {
    Customers {
        frequency: &[2.0, 0.0, 1.0],
        recency: &[213.0 / 7.0, 0.0, 10.0],
        age: &[272.0 / 7.0, 30.0, 30.0],
        monetary_value: &[Some(22.345), None, Some(-4.0)],
        historic_profit,
    }
}

#[test]
fn value_is_margin_times_spend_times_discounted_purchases() {
    for name in Model::ALL {
        let model = model(name);
        let scores = score(&model, &three(None), &params(Margin::Rate(0.3))).unwrap();
        let spend = scores.expected_spend[0].unwrap();
        assert!(near(scores.residual_clv[0].unwrap(), 0.3 * spend * scores.dert[0].unwrap(), ROUNDING));
        let undiscounted = 0.3 * spend * scores.expected_transactions[0];
        let horizon_value = scores.horizon_value[0].unwrap();
        assert!(horizon_value < undiscounted && horizon_value > undiscounted * 1.15_f64.powf(-0.75));
        assert!(horizon_value < scores.residual_clv[0].unwrap());
        assert_eq!((scores.historic_profit[0], scores.clv[0]), (None, None));
        assert_eq!(scores.note[0], None);
        assert_eq!(scores.note[2].as_deref(), Some("monetary_value is below zero and counts as zero"));
    }
    let scores = score(&model(Model::BgNbd), &three(None), &params(Margin::Rate(0.3))).unwrap();
    assert_eq!(scores.p_alive[1], 1.0);
    assert!(scores.note[1].as_ref().unwrap().starts_with("bg-nbd takes a customer without a repeat purchase as alive"));
}

#[test]
fn a_horizon_without_end_is_the_whole_life_and_without_discount_the_plain_expectation() {
    for name in Model::ALL {
        let far = ScoreParams { horizon: "4000y".parse().unwrap(), ..params(Margin::Rate(1.0)) };
        let scores = score(&model(name), &three(None), &far).unwrap();
        for i in 0..3 {
            assert!(near(scores.horizon_value[i].unwrap(), scores.residual_clv[i].unwrap(), 1e-9), "{name} {i}");
        }
        let free = ScoreParams { discount: "0%/year".parse().unwrap(), ..params(Margin::Rate(1.0)) };
        let scores = score(&model(name), &three(None), &free).unwrap();
        for i in 0..3 {
            let plain = scores.expected_spend[i].unwrap() * scores.expected_transactions[i];
            assert!(near(scores.horizon_value[i].unwrap(), plain, ROUNDING), "{name} {i}");
            assert_eq!((scores.dert[i], scores.residual_clv[i]), (None, None));
            assert!(scores.note[i].as_ref().unwrap().contains("dert is empty: without a discount it is infinite"));
        }
    }
}

#[test]
fn economics_without_costs_are_a_margin_and_costs_are_taken_off() {
    for name in Model::ALL {
        let model = model(name);
        let economics = |k: f64, f: f64| {
            let each = Economics { contribution: 0.3, cost_per_purchase: k, cost_per_year: f };
            score(&model, &three(None), &params(Margin::Economics(vec![each; 3]))).unwrap()
        };
        let plain = score(&model, &three(None), &params(Margin::Rate(0.3))).unwrap();
        assert_eq!(economics(0.0, 0.0).margin, plain.margin);
        for i in 0..3 {
            let free = economics(0.0, 0.0);
            assert!(near(free.residual_clv[i].unwrap(), plain.residual_clv[i].unwrap(), ROUNDING));
            assert!(near(free.horizon_value[i].unwrap(), plain.horizon_value[i].unwrap(), ROUNDING));
            let costs = economics(2.0, 0.0).residual_clv[i].unwrap();
            assert!(near(costs, plain.residual_clv[i].unwrap() - 2.0 * plain.dert[i].unwrap(), 1e-9));
            // Active time in the horizon is at most the horizon: 39 weeks of 52.18 a year, if alive.
            let yearly = plain.horizon_value[i].unwrap() - economics(0.0, 12.0).horizon_value[i].unwrap();
            assert!(yearly > 0.0 && yearly < 12.0 * 39.0 * 7.0 / 365.25 * plain.p_alive[i], "{name} {i} {yearly}");
        }
        // A loss-making customer's value is negative.
        assert!(economics(50.0, 12.0).residual_clv[0].unwrap() < 0.0);
    }
}

#[test]
fn an_empty_cell_has_its_reason() {
    let mut endless = model(Model::ParetoNbd);
    endless.spend = Some(SpendParameters::new([6.25, 0.9, 15.44]).unwrap());
    let margins = Margin::PerCustomer(vec![Some(0.3), Some(0.3), None]);
    let profits = [Some(10.0), Some(5.0), None];
    let scores = score(&endless, &three(Some(&profits)), &params(margins)).unwrap();
    assert!(near(scores.clv[0].unwrap(), 10.0 + scores.residual_clv[0].unwrap(), ROUNDING));
    assert_eq!((scores.expected_spend[1], scores.horizon_value[1], scores.clv[1]), (None, None, None));
    assert_eq!(scores.note[1].as_deref(), Some("expected_spend is empty: its mean is infinite, as q is at most 1"));
    let note = scores.note[2].as_deref().unwrap();
    assert!(note.contains("the margin is missing") && note.contains("clv is empty: no profit row"), "{note}");
    let unfitted = LifetimeModel { spend: None, ..endless };
    let scores = score(&unfitted, &three(None), &params(Margin::Rate(0.3))).unwrap();
    assert!(scores.note.iter().all(|note| note.as_ref().is_some_and(|note| note.contains("no repeat purchase with"))));
}

#[test]
fn columns_of_other_lengths_and_numbers_that_are_none_are_refused() {
    let model = model(Model::ParetoNbd);
    let refused = |customers: &Customers<'_>, margin| score(&model, customers, &params(margin)).unwrap_err().kind();
    assert_eq!(refused(&three(None), Margin::PerCustomer(vec![None])), ErrorKind::LengthMismatch);
    assert_eq!(refused(&three(None), Margin::Rate(f64::NAN)), ErrorKind::Domain);
    assert_eq!(refused(&three(Some(&[None])), Margin::Rate(0.3)), ErrorKind::LengthMismatch);
    let endless = Customers { monetary_value: &[Some(f64::INFINITY), None, None], ..three(None) };
    assert_eq!(refused(&endless, Margin::Rate(0.3)), ErrorKind::Domain);
}

#[test]
fn scoring_from_a_file_is_bit_for_bit_scoring_with_the_fit_on_any_number_of_threads() {
    let sample = cdnow();
    let customers = Customers {
        frequency: &sample.frequency,
        recency: &sample.recency,
        age: &sample.age,
        monetary_value: &sample.monetary_value,
        historic_profit: None,
    };
    let spend = fit_spend(&sample.frequency, &sample.monetary_value).unwrap().unwrap();
    for name in Model::ALL {
        let fit = fit(name, &sample.histories()).unwrap();
        let direct =
            LifetimeModel { parameters: fit.parameters, spend: Some(spend.parameters), time_unit: TimeUnit::Week };
        let file = ModelFile::new(&fit, Some(&spend), TimeUnit::Week, Currency::UNNAMED, Day(9862), Day(10134));
        let read = ModelFile::parse(&file.to_json(), "model.json").unwrap().lifetime_model().unwrap();
        let run = |model: &LifetimeModel, threads| -> Scores {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| score(model, &customers, &params(Margin::Rate(0.3))).unwrap())
        };
        let scores = run(&direct, 1);
        assert_eq!(scores, run(&read, 2));
        assert_eq!(scores, run(&read, 8));
        // A customer's score does not depend on who else is scored.
        let alone = Customers {
            frequency: &sample.frequency[..1],
            recency: &sample.recency[..1],
            age: &sample.age[..1],
            monetary_value: &sample.monetary_value[..1],
            historic_profit: None,
        };
        let alone = score(&read, &alone, &params(Margin::Rate(0.3))).unwrap();
        assert_eq!((alone.dert[0], alone.residual_clv[0]), (scores.dert[0], scores.residual_clv[0]));
    }
}

fn profit_row(net_revenue: i64, direct: i64, unit: i64, transaction: i64, yearly: i64) -> Option<ProfitRow> {
    Some(ProfitRow {
        net_revenue,
        direct_cost: direct,
        unit_cost: unit,
        transaction_cost: transaction,
        relationship_cost: yearly,
        selling_cost: yearly,
        active_days: 365,
        purchase_days: 4,
    })
}

#[test]
fn economics_are_ratios_of_sums_by_segment_and_others_take_them() {
    let rows = [
        profit_row(10_000, 4_000, 1_000, 400, 100),
        profit_row(30_000, 20_000, 1_000, 0, 500),
        None,
        profit_row(5_000, 6_000, 0, 800, 0),
        None,
    ];
    let segments = ["high", "high", "high", "low", "new"];
    let pooled = pool_economics(&rows, Some(&segments), &Currency::UNNAMED).unwrap();
    assert_eq!(pooled.without_profits, 2);
    let names: Vec<_> =
        pooled.segments.iter().map(|s| (s.segment.as_str(), s.customers, s.with_profits, s.overall)).collect();
    assert_eq!(names, [("high", 3, 2, false), ("low", 1, 1, false), ("new", 1, 0, true)]);
    let high = pooled.by_customer[2];
    assert_eq!(pooled.by_customer[0], high);
    assert!(near(high.contribution, 14_000.0 / 40_000.0, ROUNDING));
    assert!(near(high.cost_per_purchase, 4.0 / 8.0, ROUNDING));
    assert!(near(high.cost_per_year, 12.0 / 730.0 * 365.25, ROUNDING));
    // Sold below cost.
    assert!(near(pooled.by_customer[3].contribution, -0.2, ROUNDING));
    let all = pool_economics(&rows, None, &Currency::UNNAMED).unwrap();
    assert_eq!(pooled.by_customer[4], all.by_customer[0]);
    assert_eq!(all.segments.len(), 1);
}

#[test]
fn profits_without_any_sale_give_no_economics() {
    let refused = pool_economics(&[profit_row(0, 0, 0, 0, 100), None], None, &Currency::UNNAMED).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert!(refused.hint_text().is_some());
    let refused = pool_economics(&[None], Some(&[]), &Currency::UNNAMED).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LengthMismatch);
}
