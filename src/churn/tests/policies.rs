//! What a policy makes of gaps, renewals, marks and contested contracts.

use super::*;

#[test]
fn gaps_shorter_than_the_policy_says_are_one_relationship() {
    let rows = vec![contract(0, "2023-01-01", "2024-01-28", 100), contract(0, "2024-02-03", "", 100)];
    let contracts = contracts(rows);
    let window = window(Grain::Month, "2023-12-01", "2024-02-29");
    for (gap_days, lost, reactivated) in [(0, 1, 1), (6, 1, 1), (7, 0, 0)] {
        let policy = Policy { gap_days, ..Policy::default() };
        let found = all_rates(&contracts, &policy, &window, &Exchange::none());
        assert_eq!(
            (found.counts.get(0, 1).lost, found.counts.get(0, 2).reactivated),
            (lost, reactivated),
            "{gap_days}"
        );
        let churn = found.revenue.unwrap().waterfall(0, 1).churn;
        assert_eq!(churn, i128::from(lost) * 100);
    }
}

#[test]
fn who_renews_on_the_day_after_the_last_one_observed_has_not_left() {
    let rows = vec![
        contract(0, "2024-01-01", "2024-02-01", 100),
        contract(0, "2024-02-01", "2024-03-01", 120),
        contract(1, "2024-01-10", "", 50),
        contract(2, "2023-12-01", "2024-02-01", 70),
        contract(2, "2024-02-04", "", 70),
        contract(3, "2024-03-01", "", 10),
    ];
    let contracts = contracts(rows);
    let window = window(Grain::Month, "2023-12-31", "2024-01-31");
    for (gap_days, lost, not_started, unsettled) in [(0, 1, 2, 0), (7, 0, 2, 0), (2, 1, 2, 1)] {
        let policy = Policy { gap_days, ..Policy::default() };
        let found = all_rates(&contracts, &policy, &window, &Exchange::none());
        let counts = found.counts.get(0, 1);
        assert_eq!((counts.lost, counts.closing()), (lost, 3 - lost), "{gap_days}");
        // What is carried into February of the 100 that became 120, the 50 and, where it has not ended, the 70.
        let revenue = found.revenue.unwrap().waterfall(0, 1);
        assert_eq!(revenue.closing(), 150 + 70 * i128::from(1 - lost), "{gap_days}");
        let relationships = Relationships::new(&contracts, &policy, day("2024-01-31"));
        assert_eq!((relationships.not_started, relationships.unsettled), (not_started, unsettled), "{gap_days}");
        let left = relationships.durations(day("2023-12-31"), day("2024-01-31")).filter(|own| own.left).count();
        assert_eq!(left as u64, lost);
    }
}

#[test]
fn a_contract_of_no_day_is_one_of_one_day_and_of_one_amount() {
    let mut rows = vec![
        contract(0, "2024-01-01", "2024-02-01", 10),
        contract(0, "2024-02-01", "2024-03-01", 10),
        contract(1, "2024-02-01", "2024-03-01", 10),
    ];
    let details = vec![Details { payment_failed: Some(day("2024-02-01")), ..Details::default() }];
    rows[1].details = Some(0);
    rows[2].details = Some(0);
    let contracts = Contracts::new(rows, details, 2).unwrap();
    let policy = Policy { failed_payment: FailedPayment::After(0), ..Policy::default() };
    let window = window(Grain::Month, "2023-12-31", "2024-03-31");
    let relationships = Relationships::new(&contracts, &policy, window.as_of());
    let found = losses(&contracts, &relationships, &policy, &window, &Exchange::none());
    let left: Vec<_> = found.iter().map(|loss| (loss.customer, loss.left, loss.monthly_revenue)).collect();
    assert_eq!(left, [(0, day("2024-02-02"), 10), (1, day("2024-02-02"), 10)]);
    // Who came and went in one month is nobody where the policy says so.
    let ignored = Policy { same_period: SamePeriod::Ignored, ..policy };
    let found = losses(&contracts, &relationships, &ignored, &window, &Exchange::none());
    assert_eq!(found.iter().map(|loss| loss.customer).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_complete_period_is_the_same_whenever_the_observation_ends() {
    let mut state = 11_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let first = day("2023-11-20").0;
    for round in 0..60 {
        let mut rows = Vec::new();
        for customer in 0..12 {
            let mut start = first + random(60) as i32;
            for _ in 0..random(6) {
                // Half of them end with a month, when the next one begins.
                let end = start + 1 + random(70) as i32;
                let months = window(Grain::Month, "2023-11-01", "2024-12-31");
                let place = months.timeline().place(Day(end));
                let end = if random(2) == 0 { months.timeline().start(place + 1) } else { Day(end) };
                let amount = 10 + random(5) as i64;
                rows.push(Contract::new(customer, Day(start), (random(9) > 0).then_some(end), amount));
                start = end.0 + [0, 0, 0, 1, 3, 9][random(6) as usize];
            }
        }
        let contracts = contracts(rows);
        for gap_days in [0, 2, 7] {
            let policy = Policy { gap_days, ..Policy::default() };
            let of = |as_of: &str| {
                all_rates(&contracts, &policy, &window(Grain::Month, "2023-12-01", as_of), &Exchange::none())
            };
            let whole = of("2024-12-31");
            for (place, as_of) in ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"].into_iter().enumerate() {
                let cut = of(as_of);
                let known = |rates: &Rates| {
                    let counts = Counts { lost_in_a_year: 0, ..rates.counts.get(0, place) };
                    (counts, rates.revenue.as_ref().unwrap().waterfall(0, place))
                };
                assert_eq!(known(&cut), known(&whole), "round {round}, gap {gap_days}, {as_of}");
            }
        }
    }
}

#[test]
fn ends_that_are_all_the_export_date_are_a_mark_and_no_mass_departure() {
    let mut rows: Vec<Contract> = (0..9).map(|i| contract(i, "2023-01-01", "2024-03-31", 100)).collect();
    rows.push(contract(9, "2023-01-01", "2023-08-01", 100));
    let marked = contracts(rows);
    assert_eq!(marked.doubts().export_date, Some(day("2024-03-31")));
    assert_eq!(marked.doubts().at_export_date, 9);
    let open = marked.open_at(day("2024-03-31"));
    assert_eq!(open.rows().iter().filter(|row| row.end.is_none()).count(), 9);
    let few = contracts(vec![contract(0, "2023-01-01", "2024-03-31", 100)]);
    assert_eq!(few.doubts().export_date, None);
}

/// One small data set on which every named policy gives a different answer.
fn a_contested_month() -> Contracts {
    let details = |requested: &str, failed: &str, refunded: &str| {
        let day = |text: &str| (!text.is_empty()).then(|| day(text));
        Details { requested: day(requested), payment_failed: day(failed), refunded: day(refunded), reason: None }
    };
    let mut rows = Vec::new();
    let mut all_details = Vec::new();
    let mut add = |customers: std::ops::Range<u32>, start: &str, end: &str, amount, own: Option<Details>, paused| {
        for customer in customers {
            let place = own.map(|own| {
                all_details.push(own);
                all_details.len() as u32 - 1
            });
            rows.push(Contract { details: place, paused, ..contract(customer, start, end, amount) });
        }
    };
    add(0..60, "2023-01-01", "", 1_000, None, false);
    // Asked to cancel in January, ends in February.
    add(60..64, "2023-01-01", "2024-02-20", 1_000, Some(details("2024-01-10", "", "")), false);
    // Asked in December, ends in January.
    add(64..70, "2023-01-01", "2024-01-15", 1_000, Some(details("2023-12-15", "", "")), false);
    // Failed to pay on 20 December, ends in January; failed in January, ends in February.
    add(70..73, "2023-01-01", "2024-01-31", 1_000, Some(details("", "2023-12-20", "")), false);
    add(73..74, "2023-01-01", "2024-02-25", 1_000, Some(details("", "2024-01-10", "")), false);
    // Free of charge, and gone.
    add(74..84, "2023-01-01", "2024-01-12", 0, None, false);
    // Joined and left in January.
    add(84..86, "2024-01-05", "2024-01-25", 1_000, None, false);
    // Paused from mid January.
    add(86..91, "2023-01-01", "2024-01-14", 1_000, None, false);
    add(86..91, "2024-01-14", "", 1_000, None, true);
    // Paid back in January, runs on; paid back and gone in January.
    add(91..93, "2023-01-01", "", 1_000, Some(details("", "", "2024-01-08")), false);
    add(93..94, "2023-01-01", "2024-01-22", 1_000, Some(details("", "", "2024-01-22")), false);
    let customers = rows.iter().map(|row| row.customer + 1).max().unwrap();
    Contracts::new(rows, all_details, customers).unwrap()
}

#[test]
fn every_named_policy_gives_a_different_answer_on_a_contested_month() {
    let contracts = a_contested_month();
    let window = window(Grain::Month, "2023-12-01", "2024-01-31");
    let policies = Policy::named();
    let compared = compare_policies(&contracts, &policies, &window);
    let found: Vec<(&str, f64, f64)> = policies
        .iter()
        .zip(&compared)
        .map(|(policy, periods)| (policy.name.as_str(), periods[1].rate.numerator, periods[1].rate.denominator))
        .collect();
    assert_eq!(
        found,
        [
            ("contract-end", 20.0, 92.0),
            ("on-request", 16.0, 83.0),
            ("voluntary", 17.0, 92.0),
            ("stripe", 17.0, 84.0),
            ("recurly", 12.0, 82.0),
            ("baremetrics", 10.0, 76.0),
            ("profitwell", 10.0, 82.0),
            ("chartmogul-scheduled", 12.0, 76.0),
            ("strict", 14.0, 79.0),
        ]
    );
    let mut rates: Vec<f64> = compared.iter().map(|periods| periods[1].rate.rate.unwrap()).collect();
    rates.sort_unstable_by(f64::total_cmp);
    assert!(rates.windows(2).all(|two| two[0] < two[1]), "{rates:?}");
}

#[test]
fn the_customers_that_make_the_difference_add_up_to_it_and_name_the_rule() {
    let contracts = a_contested_month();
    let window = window(Grain::Month, "2023-12-01", "2024-01-31");
    let policies = Policy::named();
    let compared = compare_policies(&contracts, &policies, &window);
    for (first, first_rates) in policies.iter().zip(&compared) {
        for (second, second_rates) in policies.iter().zip(&compared) {
            let differences = differing_customers(&contracts, first, second, &window, 1);
            let change = |of: fn(Standing) -> bool| -> f64 {
                differences.iter().map(|d| f64::from(u8::from(of(d.second))) - f64::from(u8::from(of(d.first)))).sum()
            };
            let (from, to) = (first_rates[1].rate, second_rates[1].rate);
            assert_eq!(change(|standing| standing.counted), to.denominator - from.denominator, "{first} {second}");
            assert_eq!(change(|standing| standing.lost), to.numerator - from.numerator, "{first} {second}");
        }
    }
    let default: Policy = "contract-end".parse().unwrap();
    let request: Policy = "on-request".parse().unwrap();
    let differences = differing_customers(&contracts, &default, &request, &window, 1);
    assert_eq!(
        differences[0],
        Difference {
            customer: 60,
            first: Standing { counted: true, lost: false },
            second: Standing { counted: true, lost: true },
            because: vec!["cancellation"],
        }
    );
    assert_eq!("churnly".parse::<Policy>().unwrap_err().to_string(), "`churnly` is not a policy");
}
