//! Who is lost: by segment, tenure and reason, and by silence.

use super::*;
use crate::segments::Segments;

#[test]
fn a_segment_with_nobody_at_risk_has_an_empty_rate() {
    let mut rows = vec![contract(0, "2023-01-01", "2024-01-10", 100), contract(1, "2024-01-20", "", 100)];
    rows[1].segment = 1;
    let window = window(Grain::Month, "2024-01-01", "2024-01-31");
    let params = RateParams {
        definitions: vec![Definition::OpeningBase],
        grouping: Grouping { segments: Some(2), tenure_bands: Some(vec![90, 365]) },
        seed: 1,
    };
    let policy = Policy::default();
    let relationships = Relationships::new(&contracts(rows), &policy, window.as_of());
    let found = rates(&relationships, &policy, &window, &params, &Exchange::none(), &[]);
    let cell = |segment, tenure| {
        let group = Group { segment: Some(segment), tenure: Some(tenure) };
        found.rows.iter().find(|row| row.group == group).unwrap()
    };
    assert_eq!(cell(0, 2).rate.rate, Some(1.0));
    assert_eq!((cell(1, 0).joined, cell(1, 0).rate.rate), (1, None));
    assert_eq!(cell(1, 0).rate.reason, Some(Reason::NobodyAtRisk));
}

#[test]
fn tenure_hides_and_reveals_who_is_better_as_published() {
    let one = [AtRisk { base: 900, lost: 180 }, AtRisk { base: 100, lost: 10 }];
    let other = [AtRisk { base: 100, lost: 25 }, AtRisk { base: 900, lost: 99 }];
    let found = compare_segments(&one, &other);
    close(found.crude_odds_ratio, 0.603_460_7, 5e-8);
    close(found.stratum_odds_ratios[0], 1.333_333_3, 5e-8);
    close(found.stratum_odds_ratios[1], 1.112_359_6, 5e-8);
    close(found.mantel_haenszel.map(|(ratio, _)| ratio), 1.251_046_0, 5e-8);
    // statsmodels 0.15, StratifiedTable.oddsratio_pooled_confint.
    let (low, high) = found.mantel_haenszel.unwrap().1.unwrap();
    close(Some(low), 0.8397578068484365, 1e-9);
    close(Some(high), 1.8637708922335818, 1e-9);
    assert_eq!((found.crude[0], found.crude[1]), (Some(0.19), Some(0.124)));
    close(found.standardised[0], 0.15, PRINTED);
    close(found.standardised[1], 0.18, PRINTED);
    assert!(found.signs_disagree);
}

#[test]
fn segments_without_common_strata_are_not_compared_within_them() {
    let one = [AtRisk { base: 10, lost: 1 }, AtRisk::default()];
    let other = [AtRisk::default(), AtRisk { base: 10, lost: 2 }];
    let found = compare_segments(&one, &other);
    assert_eq!((found.standardised, found.mantel_haenszel, found.signs_disagree), ([None, None], None, false));
    assert_eq!(compare_segments(&[], &[]).crude, [None, None]);
}

#[test]
fn a_change_of_rate_is_tested_as_other_programs_do() {
    // scipy 1.17: chi2_contingency(correction=False) and fisher_exact; statsmodels 0.15: confint_proportions_2indep(method="newcomb").
    let change = rate_change(AtRisk { base: 1_000, lost: 50 }, AtRisk { base: 1_030, lost: 80 }).unwrap();
    assert_eq!(change.test, Test::ChiSquared);
    close(Some(change.p_value), 0.010902487426727515, 1e-10);
    close(Some(change.interval.0), 0.006358397495530341, 1e-10);
    close(Some(change.interval.1), 0.04919758469904585, 1e-10);
    let few = rate_change(AtRisk { base: 40, lost: 1 }, AtRisk { base: 38, lost: 6 }).unwrap();
    assert_eq!(few.test, Test::Fisher);
    close(Some(few.p_value), 0.05363221253632213, 1e-10);
    let none = rate_change(AtRisk { base: 40, lost: 0 }, AtRisk { base: 38, lost: 0 }).unwrap();
    assert_eq!((none.difference, none.p_value), (0.0, 1.0));
    assert_eq!(rate_change(AtRisk::default(), AtRisk { base: 3, lost: 1 }), None);
}

#[test]
fn departures_carry_their_tenure_amount_history_and_reason() {
    let details = vec![Details { reason: Some(2), ..Details::default() }];
    let mut rows = vec![contract(0, "2023-01-01", "2023-12-31", 3_000), contract(0, "2023-12-31", "2024-01-11", 6_000)];
    rows[1].details = Some(0);
    let contracts = Contracts::new(rows, details, 1).unwrap();
    let window = window(Grain::Month, "2024-01-01", "2024-01-31");
    let relationships = Relationships::new(&contracts, &Policy::default(), window.as_of());
    let found = losses(&contracts, &relationships, &Policy::default(), &window, &Exchange::none());
    let [loss] = found[..] else { panic!("{found:?}") };
    assert_eq!((loss.period, loss.left, loss.tenure_days), (0, day("2024-01-11"), 375));
    assert_eq!((loss.monthly_revenue, loss.reason), (6_000, Some(2)));
    let months = |days: f64| days / (365.25 / 12.0);
    close(Some(loss.historic_revenue), 3_000.0 * months(364.0) + 6_000.0 * months(11.0), 1e-9);
}

#[test]
fn silence_is_judged_by_the_gaps_that_are_usual() {
    let days = |texts: &[&str]| texts.iter().map(|text| day(text)).collect::<Vec<_>>();
    let purchases = PurchaseDays::new([
        days(&["2024-01-01", "2024-01-11", "2024-01-31", "2024-01-31"]),
        days(&["2024-01-01", "2024-04-10"]),
        days(&["2024-03-01"]),
    ]);
    assert_eq!(purchases.gaps(), [10, 20, 100]);
    let rule = InactivityRule::of_quantile(&purchases, 0.6).unwrap();
    assert_eq!((rule.days, rule.gaps), (20, 3));
    close(rule.share_within, 2.0 / 3.0, PRINTED);
    let as_of = day("2024-05-01");
    let found = false_churn(&purchases, rule, as_of);
    // Silent from 02-20 on, from 01-21 to 04-10, from 04-30 on, and from 03-21 on; one came back, after 80 days.
    assert_eq!((found.silenced, found.returned), (4, 1));
    // At 80 days nobody else is still watched.
    assert_eq!(found.share(), Some((1.0, 80.0)));
    let spells = Relationships::of_purchases(&purchases, &[0; 3], rule, as_of);
    let window = Window::new(Grain::Month, day("2024-01-01"), as_of).unwrap().settling(rule.days);
    let table = CountTable::new(&spells, &Policy::default(), &window, &Grouping::default());
    assert_eq!(table.get(0, 1).lost, 1, "last purchase on 31 January, gone on 20 February");
    assert_eq!((0..5).map(|period| window.complete(period)).collect::<Vec<_>>(), [true, true, true, false, false]);
    // By segment they are the same figures, of those who are in it.
    let segments = Segments { of: vec![1, 0, 1], names: vec![vec!["x".into()], vec!["y".into()]] };
    let parts = purchases.by_segment(&segments);
    assert_eq!(parts.iter().map(PurchaseDays::gaps).collect::<Vec<_>>(), [vec![100], vec![10, 20]]);
    let silences: Vec<_> = parts.iter().map(|part| false_churn(part, rule, as_of)).collect();
    assert_eq!(silences.iter().map(|own| (own.silenced, own.returned)).collect::<Vec<_>>(), [(2, 1), (2, 0)]);
    let spells = Relationships::of_purchases(&purchases, &segments.of, rule, as_of);
    let grouping = Grouping { segments: Some(2), tenure_bands: None };
    let table = CountTable::new(&spells, &Policy::default(), &window, &grouping);
    assert_eq!((table.get(0, 1).lost, table.get(1, 1).lost), (0, 1));
    assert!(InactivityRule::of_quantile(&PurchaseDays::new([days(&["2024-01-01"])]), 0.9).is_err());
    assert!(InactivityRule::of_quantile(&purchases, 0.0).is_err());
}

#[test]
fn durations_enter_late_where_the_data_do_and_are_censored_where_they_end() {
    let rows = vec![
        contract(0, "2023-01-01", "2024-01-11", 1),
        contract(1, "2024-01-05", "", 1),
        contract(2, "2022-01-01", "2023-06-01", 1),
        contract(3, "2024-02-10", "", 1),
    ];
    let relationships = Relationships::new(&contracts(rows), &Policy::default(), day("2024-01-31"));
    assert_eq!(relationships.not_started, 1);
    let found: Vec<_> = relationships
        .durations(day("2024-01-01"), day("2024-01-31"))
        .map(|duration| (duration.customer, duration.entry, duration.days, duration.left))
        .collect();
    assert_eq!(found, [(0, 365, 375, true), (1, 0, 27, false)]);
}
