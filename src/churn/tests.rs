use super::*;
use crate::calendar::Grain;
use crate::exchange::Exchange;
use crate::money::Currency;
use crate::time::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn contract(customer: u32, start: &str, end: &str, amount: i64) -> Contract {
    Contract::new(customer, day(start), (!end.is_empty()).then(|| day(end)), amount)
}

fn contracts(rows: Vec<Contract>) -> Contracts {
    let customers = rows.iter().map(|row| row.customer + 1).max().unwrap_or(0);
    Contracts::new(rows, Vec::new(), customers).unwrap()
}

fn window(grain: Grain, from: &str, as_of: &str) -> Window {
    Window::new(grain, day(from), day(as_of)).unwrap()
}

/// All rates of all customers under the default policy.
fn all_rates(contracts: &Contracts, policy: &Policy, window: &Window, exchange: &Exchange) -> Rates {
    let params = RateParams { definitions: Definition::ALL.to_vec(), grouping: Grouping::default(), seed: 1 };
    let relationships = Relationships::new(contracts, policy, window.as_of());
    rates(&relationships, policy, window, &params, exchange, &[])
}

fn rate_of(rates: &Rates, period: usize, definition: Definition) -> Rate {
    rates.rows.iter().find(|row| row.periods.0 == period && row.definition == definition).unwrap().rate
}

/// Digits to which the figures are printed in their source.
const PRINTED: f64 = 5e-11;

#[track_caller]
fn close(found: Option<f64>, expected: f64, tolerance: f64) {
    assert!((found.unwrap() - expected).abs() < tolerance, "{found:?} for {expected}");
}

/// 1,000 at the start, 50 of them lost, 80 joined.
fn a_thousand_customers() -> Contracts {
    let base = (0..1_000).map(|i| contract(i, "2023-05-17", if i < 50 { "2024-01-10" } else { "" }, 1_000));
    contracts(base.chain((1_000..1_080).map(|i| contract(i, "2024-01-20", "", 1_000))).collect())
}

#[test]
fn a_thousand_customers_have_the_published_rate_by_every_definition() {
    let rates = all_rates(
        &a_thousand_customers(),
        &Policy::default(),
        &window(Grain::Month, "2024-01-01", "2024-01-31"),
        &Exchange::none(),
    );
    let rate = |definition| rate_of(&rates, 0, definition);
    let opening = rate(Definition::OpeningBase);
    assert_eq!((opening.numerator, opening.denominator, opening.rate), (50.0, 1_000.0, Some(0.05)));
    close(opening.interval.map(|interval| interval.0), 0.038_130_262_4, PRINTED);
    close(rate(Definition::Exposed).rate, 0.046_296_296_3, PRINTED);
    close(rate(Definition::LossToGain).rate, 0.625, PRINTED);
    close(rate(Definition::LossToGain).interval.map(|interval| interval.1), 0.889_88, 5e-6);
    close(rate(Definition::Average).rate, 0.049_261_083_7, PRINTED);
    close(rate(Definition::Average).interval.map(|interval| interval.0), 0.036_562_53, 5e-9);
    assert_eq!(rate(Definition::Annual).reason, Some(Reason::Incomplete));
    let row = rates.rows[0];
    assert_eq!((row.opening, row.joined, row.churned, row.closing, row.complete), (1_000, 80, 50, 1_030, true));
}

#[test]
fn yearly_hazards_average_over_customer_periods_as_published() {
    // A hundred times the published 1,000, so that nearly whole customers leave: 40 %, 20 %, 12 %, 8 %, 6 %.
    let mut left = Vec::new();
    let mut there = 100_000_u32;
    for (year, hazard) in [(2020, 0.40), (2021, 0.20), (2022, 0.12), (2023, 0.08), (2024, 0.06)] {
        let lost = (f64::from(there) * hazard).round() as u32;
        left.extend((0..lost).map(|_| format!("{year}-07-01")));
        there -= lost;
    }
    assert_eq!(there, 36_529);
    left.extend((0..there).map(|_| String::new()));
    let rows = left.iter().zip(0..).map(|(end, customer)| contract(customer, "2020-01-01", end, 100)).collect();
    let rates = all_rates(
        &contracts(rows),
        &Policy::default(),
        &window(Grain::Year, "2020-01-01", "2024-12-31"),
        &Exchange::none(),
    );
    let lifetime = rate_of(&rates, 0, Definition::Lifetime);
    assert_eq!((lifetime.numerator, lifetime.denominator), (63_471.0, 289_101.0));
    // 634.70848 / 2891.008 of unrounded customers.
    close(lifetime.rate, 0.219_545_736, 1e-6);
    assert_eq!(rate_of(&rates, 0, Definition::OpeningBase).rate, Some(0.4));
    assert_eq!(rate_of(&rates, 0, Definition::Annual).rate, Some(0.4));
    assert_eq!(rate_of(&rates, 4, Definition::Annual).numerator, 2_332.0);
}

/// Opening 10,000, new 1,500, expansion 800, reactivation 200, contraction 300, churn 700, closing 11,500.
fn a_published_waterfall() -> Contracts {
    contracts(vec![
        contract(0, "2023-01-01", "", 570_000),
        contract(1, "2023-01-01", "2024-01-15", 70_000),
        contract(2, "2023-01-01", "2024-01-16", 200_000),
        contract(2, "2024-01-16", "", 280_000),
        contract(3, "2023-01-01", "2024-01-20", 160_000),
        contract(3, "2024-01-20", "", 130_000),
        contract(4, "2023-01-01", "2023-06-01", 20_000),
        contract(4, "2024-01-09", "", 20_000),
        contract(5, "2024-01-02", "", 150_000),
    ])
}

#[test]
fn the_published_waterfall_ties_opening_to_closing() {
    let rates = all_rates(
        &a_published_waterfall(),
        &Policy::default(),
        &window(Grain::Month, "2023-12-01", "2024-01-31"),
        &Exchange::none(),
    );
    let waterfall = rates.revenue.as_ref().unwrap().waterfall(0, 1);
    let expected = Waterfall {
        opening: 1_000_000,
        new: 150_000,
        expansion: 80_000,
        reactivation: 20_000,
        contraction: 30_000,
        churn: 70_000,
        currency: 0,
    };
    assert_eq!((waterfall, waterfall.closing()), (expected, 1_150_000));
    assert_eq!(waterfall.gross_retention(), Some(0.9));
    close(waterfall.net_retention(), 0.98, PRINTED);
    assert_eq!(waterfall.quick_ratio(), Some(2.5));
    let rate = |definition| rate_of(&rates, 1, definition).rate;
    assert_eq!(rate(Definition::RevenueGross), Some(0.10));
    assert_eq!(rate(Definition::RevenueChurn), Some(0.07));
    assert_eq!(rate(Definition::RevenueNet), Some(0.02));
    assert_eq!(rate(Definition::RevenueNetReactivation), Some(0.0));
}

#[test]
fn five_accounts_have_their_published_retention() {
    let rows = vec![
        contract(0, "2023-01-01", "2024-01-05", 100),
        contract(0, "2024-01-05", "", 130),
        contract(1, "2023-01-01", "2024-01-05", 200),
        contract(1, "2024-01-05", "", 150),
        contract(2, "2023-01-01", "2024-01-05", 50),
        contract(3, "2023-01-01", "", 150),
        contract(4, "2024-01-05", "", 90),
    ];
    let rates = all_rates(
        &contracts(rows),
        &Policy::default(),
        &window(Grain::Month, "2024-01-01", "2024-01-31"),
        &Exchange::none(),
    );
    let waterfall = rates.revenue.as_ref().unwrap().waterfall(0, 0);
    close(waterfall.gross_retention(), 0.80, PRINTED);
    close(waterfall.net_retention(), 0.86, PRINTED);
    assert_eq!(rate_of(&rates, 0, Definition::OpeningBase).rate, Some(0.25));
}

#[test]
fn a_falling_currency_is_no_contraction() {
    let euro: Currency = "EUR".parse().unwrap();
    let dollar: Currency = "USD".parse().unwrap();
    let rates = [(euro.clone(), day("2023-12-01"), "1.10".into()), (euro.clone(), day("2024-02-01"), "1.05".into())];
    let exchange = Exchange::new(std::slice::from_ref(&euro), &dollar, &rates).unwrap();
    let flat = contracts(vec![contract(0, "2023-01-01", "", 10_000)]);
    let found = all_rates(&flat, &Policy::default(), &window(Grain::Month, "2024-01-01", "2024-02-29"), &exchange);
    let waterfall = found.revenue.unwrap().waterfall(0, 0);
    assert_eq!(
        (waterfall.opening, waterfall.currency, waterfall.contraction, waterfall.closing()),
        (11_000, -500, 0, 10_500)
    );
    let refused = Exchange::new(&[euro.clone(), dollar.clone()], &dollar, &[]).unwrap_err();
    assert_eq!(refused.message(), "amounts are in `EUR`, for which there is no exchange rate into `USD`");
    for text in ["", "-1", "1,1", "0", "1.0000000001", "abc"] {
        assert!(
            Exchange::new(std::slice::from_ref(&euro), &dollar, &[(euro.clone(), day("2024-01-01"), text.into())])
                .is_err()
        );
    }
}

#[test]
fn midnight_is_a_loss_of_the_period_that_ends_and_a_gain_of_the_one_that_begins() {
    let rows = vec![
        contract(0, "2023-12-15", "2024-02-01", 100),
        contract(1, "2024-02-01", "", 100),
        contract(2, "2023-12-15", "2024-02-01", 100),
        contract(2, "2024-02-01", "", 150),
    ];
    let window = window(Grain::Month, "2023-12-01", "2024-02-29");
    let found = all_rates(&contracts(rows), &Policy::default(), &window, &Exchange::none());
    let january = found.counts.get(0, 1);
    let february = found.counts.get(0, 2);
    assert_eq!((january.opening, january.joined, january.lost, january.closing()), (2, 0, 1, 1));
    assert_eq!((february.opening, february.joined, february.closing()), (1, 1, 2));
    let revenue = found.revenue.unwrap();
    assert_eq!((revenue.waterfall(0, 1).churn, revenue.waterfall(0, 1).expansion), (100, 0));
    assert_eq!((revenue.waterfall(0, 2).expansion, revenue.waterfall(0, 2).new), (50, 100));
}

#[test]
fn who_starts_with_the_first_day_of_the_data_was_there_already() {
    let rows = vec![contract(0, "2024-01-01", "", 100), contract(1, "2024-01-02", "", 100)];
    let found = all_rates(
        &contracts(rows),
        &Policy::default(),
        &window(Grain::Month, "2024-01-01", "2024-01-31"),
        &Exchange::none(),
    );
    let counts = found.counts.get(0, 0);
    assert_eq!((counts.opening, counts.joined), (1, 1));
    assert_eq!((found.revenue.unwrap().waterfall(0, 0).opening), 100);
}

#[test]
fn periods_at_the_edge_of_the_data_are_incomplete_and_never_a_loss() {
    let rows = vec![contract(0, "2023-12-10", "2024-02-05", 100), contract(1, "2023-12-12", "", 100)];
    let contracts = contracts(rows);
    assert_eq!((contracts.first_start(), contracts.last_day()), (Some(day("2023-12-10")), Some(day("2024-02-04"))));
    let found =
        all_rates(&contracts, &Policy::default(), &window(Grain::Month, "2023-12-10", "2024-02-04"), &Exchange::none());
    let complete: Vec<bool> =
        found.rows.iter().filter(|row| row.definition == Definition::OpeningBase).map(|row| row.complete).collect();
    assert_eq!(complete, [false, true, false]);
    let last = rate_of(&found, 2, Definition::OpeningBase);
    assert_eq!((last.rate, last.interval, last.reason), (None, None, Some(Reason::Incomplete)));
    assert_eq!((last.numerator, last.denominator), (1.0, 2.0));
}

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
fn revenue_of_an_unfinished_period_closes_with_the_last_day_observed() {
    // A gap of seven days that is a departure, bridged within the quarter, and a shorter one over the last day.
    let gaps = vec![
        contract(0, "2023-09-01", "2023-10-02", 35),
        contract(0, "2023-10-09", "2023-12-16", 20),
        contract(0, "2023-12-19", "", 10),
    ];
    let policy = Policy { gap_days: 7, ..Policy::default() };
    for grain in [Grain::Week, Grain::Month, Grain::Quarter] {
        let window = window(grain, "2023-09-01", "2023-12-17");
        let found = all_rates(&contracts(gaps.clone()), &policy, &window, &Exchange::none());
        let last = window.timeline().len() - 1;
        assert_eq!(found.revenue.unwrap().waterfall(0, last).closing(), 20, "{grain}");
    }
    // What begins on the day after is not there yet, whether it is more or the same goes on.
    let later = vec![
        contract(0, "2024-01-01", "", 35),
        contract(0, "2024-02-11", "", 20),
        contract(1, "2024-01-01", "2024-02-11", 10),
        contract(1, "2024-02-11", "", 15),
    ];
    let window = window(Grain::Month, "2023-12-31", "2024-02-10");
    let found = all_rates(&contracts(later), &Policy::default(), &window, &Exchange::none());
    let revenue = found.revenue.unwrap().waterfall(0, 2);
    assert_eq!((revenue.opening, revenue.expansion, revenue.contraction, revenue.closing()), (45, 0, 0, 45));
    assert_eq!(found.counts.get(0, 2), Counts { opening: 2, ..Counts::default() });
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
fn who_leaves_and_returns_within_a_period_has_not_left_in_it() {
    let rows = vec![contract(0, "2023-01-01", "2024-01-10", 100), contract(0, "2024-01-20", "", 80)];
    let contracts = contracts(rows);
    let by_month =
        all_rates(&contracts, &Policy::default(), &window(Grain::Month, "2024-01-01", "2024-01-31"), &Exchange::none());
    assert_eq!(by_month.counts.get(0, 0), Counts { opening: 1, ..Counts::default() });
    assert_eq!(by_month.revenue.unwrap().waterfall(0, 0).contraction, 20);
    let by_week =
        all_rates(&contracts, &Policy::default(), &window(Grain::Week, "2024-01-01", "2024-01-28"), &Exchange::none());
    assert_eq!((by_week.counts.get(0, 1).lost, by_week.counts.get(0, 2).reactivated), (1, 1));
}

#[test]
fn overlapping_contracts_are_one_customer_whose_amounts_add() {
    let rows = vec![
        contract(0, "2023-01-01", "2024-01-20", 100),
        contract(0, "2023-06-01", "", 40),
        contract(1, "2023-01-01", "", 10),
    ];
    let contracts = contracts(rows);
    assert_eq!(contracts.doubts().overlapping_customers, 1);
    let found =
        all_rates(&contracts, &Policy::default(), &window(Grain::Month, "2024-01-01", "2024-01-31"), &Exchange::none());
    assert_eq!(found.counts.get(0, 0).opening, 2);
    let waterfall = found.revenue.unwrap().waterfall(0, 0);
    assert_eq!((waterfall.opening, waterfall.contraction, waterfall.churn), (150, 100, 0));
}

#[test]
fn a_contract_that_ends_on_its_first_day_joined_and_left() {
    let rows = vec![contract(0, "2024-01-10", "2024-01-10", 100), contract(1, "2023-01-01", "", 100)];
    let found = all_rates(
        &contracts(rows),
        &Policy::default(),
        &window(Grain::Month, "2024-01-01", "2024-01-31"),
        &Exchange::none(),
    );
    let counts = found.counts.get(0, 0);
    assert_eq!((counts.joined, counts.joined_and_left, counts.closing()), (1, 1, 1));
    assert_eq!(rate_of(&found, 0, Definition::Exposed).rate, Some(0.5));
    assert!(Contracts::new(vec![contract(0, "2024-01-10", "2024-01-09", 1)], Vec::new(), 1).is_err());
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

#[test]
fn everyone_active_nobody_left_and_no_customer_at_all_have_their_figures() {
    let nobody_left = contracts(vec![contract(0, "2023-01-01", "", 100)]);
    let window = window(Grain::Month, "2024-01-01", "2024-01-31");
    let found = all_rates(&nobody_left, &Policy::default(), &window, &Exchange::none());
    let rate = rate_of(&found, 0, Definition::OpeningBase);
    assert_eq!((rate.rate, rate.interval.map(|interval| interval.0)), (Some(0.0), Some(0.0)));
    let gain = rate_of(&found, 0, Definition::LossToGain);
    assert_eq!((gain.rate, gain.reason), (None, Some(Reason::NobodyAtRisk)));
    assert_eq!(rate_of(&found, 0, Definition::RevenueGross).interval, None, "one customer has no spread");
    assert_eq!(rate_of(&found, 0, Definition::Profit).reason, Some(Reason::NoAccounts));
    let empty = all_rates(&Contracts::default(), &Policy::default(), &window, &Exchange::none());
    assert!(empty.rows.iter().all(|row| row.rate.rate.is_none() && row.opening == 0));
}

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
fn profit_weighs_the_lost_by_the_last_accounts_before_the_opening() {
    let rows = (0..4).map(|i| contract(i, "2022-01-01", if i == 0 { "2024-02-10" } else { "" }, 100)).collect();
    let contracts = contracts(rows);
    let window = window(Grain::Month, "2024-01-01", "2024-02-29");
    let accounts = |from: &str, to: &str, first| ProfitPeriod {
        from: day(from),
        to: day(to),
        profits: vec![Some(first), Some(300), Some(-100), None],
    };
    let profits = [accounts("2023-01-01", "2023-12-31", -50), accounts("2024-01-01", "2024-01-31", 200)];
    let policy = Policy::default();
    let params = RateParams { definitions: vec![Definition::Profit], grouping: Grouping::default(), seed: 1 };
    let relationships = Relationships::new(&contracts, &policy, window.as_of());
    let found = rates(&relationships, &policy, &window, &params, &Exchange::none(), &profits);
    let february = rate_of(&found, 1, Definition::Profit);
    assert_eq!((february.numerator, february.denominator, february.rate), (200.0, 400.0, Some(0.5)));
    assert_eq!(found.revenue.as_ref().unwrap().profit(0, 1).unknown, 1);
    assert_eq!(rate_of(&found, 0, Definition::Profit).denominator, 150.0);
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

/// A few customers whose contracts start and end at random, always the same.
fn random_contracts(customers: u32, seed: u64) -> Contracts {
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let first = day("2023-01-01").0;
    let mut rows = Vec::new();
    for customer in 0..customers {
        for _ in 0..=draw(4) {
            let start = first + draw(420) as i32;
            let end = (draw(3) > 0).then(|| Day(start + draw(120) as i32));
            let amount = 100 * draw(5) as i64;
            rows.push(Contract { segment: draw(2) as u32, ..Contract::new(customer, Day(start), end, amount) });
        }
    }
    Contracts::new(rows, Vec::new(), customers).unwrap()
}

#[test]
fn counts_are_those_of_a_calendar_walked_day_by_day() {
    for (seed, grain) in [(1, Grain::Month), (2, Grain::Week), (3, Grain::Quarter), (4, Grain::Year)] {
        let contracts = random_contracts(300, seed);
        let window = window(grain, "2023-03-01", "2024-02-15");
        let policy = Policy { gap_days: 5, ..Policy::default() };
        let relationships = Relationships::new(&contracts, &policy, window.as_of());
        let table = CountTable::new(&relationships, &policy, &window, &Grouping::default());
        for period in 0..window.timeline().len() {
            let (start, end) = (window.timeline().start(period), window.timeline().start(period + 1));
            let (mut opening, mut closing) = (0, 0);
            for own in relationships.by_customer() {
                // Carried over a day: there on the day before and on the day; a spell is `[start, leave]` in days.
                let carried = |day: Day| {
                    own.iter().any(|spell| spell.start < day && spell.leave.is_none_or(|leave| leave >= day))
                };
                opening += u64::from(carried(start));
                closing += u64::from(carried(end));
            }
            let counts = table.get(0, period);
            assert_eq!((counts.opening, counts.closing()), (opening, closing), "{grain} {period}");
        }
    }
}

#[test]
fn groups_add_up_to_everybody_and_revenue_ties_in_each_of_them() {
    let contracts = random_contracts(400, 9);
    let window = window(Grain::Month, "2023-03-01", "2024-02-29");
    let policy = Policy::default();
    let relationships = Relationships::new(&contracts, &policy, window.as_of());
    let grouping = Grouping { segments: Some(2), tenure_bands: Some(vec![60, 180]) };
    let whole = CountTable::new(&relationships, &policy, &window, &Grouping::default());
    let parts = CountTable::new(&relationships, &policy, &window, &grouping);
    let revenue = |grouping: &Grouping| RevenueTable::new(&relationships, &window, grouping, &Exchange::none(), &[], 1);
    let (all, grouped) = (revenue(&Grouping::default()), revenue(&grouping));
    for period in 0..window.timeline().len() {
        let sum = |of: fn(Counts) -> u64| (0..6).map(|group| of(parts.get(group, period))).sum::<u64>();
        let counts = whole.get(0, period);
        assert_eq!(sum(|counts| counts.opening), counts.opening);
        assert_eq!(sum(|counts| counts.joined), counts.joined);
        assert_eq!(sum(|counts| counts.lost), counts.lost);
        assert_eq!(sum(|counts| counts.joined_and_left), counts.joined_and_left);
        assert_eq!(sum(|counts| counts.lost_in_a_year), counts.lost_in_a_year);
        let money = |of: fn(Waterfall) -> i128| (0..6).map(|group| of(grouped.waterfall(group, period))).sum::<i128>();
        let waterfall = all.waterfall(0, period);
        assert_eq!(money(|waterfall| waterfall.churn), waterfall.churn);
        assert_eq!(money(|waterfall| waterfall.expansion), waterfall.expansion);
        assert_eq!(money(|waterfall| waterfall.closing()), waterfall.closing());
        if period + 1 < window.timeline().len() {
            assert_eq!(waterfall.closing(), all.waterfall(0, period + 1).opening, "{period}");
            assert_eq!(counts.closing(), whole.get(0, period + 1).opening);
        }
    }
}

#[test]
fn order_of_rows_and_number_of_threads_change_nothing() {
    let sorted = random_contracts(500, 5);
    let mut rows = sorted.rows().to_vec();
    rows.reverse();
    let reversed = Contracts::new(rows, Vec::new(), 500).unwrap();
    let window = window(Grain::Month, "2023-03-01", "2024-02-29");
    let on = |contracts: &Contracts, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all_rates(contracts, &Policy::default(), &window, &Exchange::none()))
    };
    let found = on(&sorted, 1);
    assert_eq!(found, on(&reversed, 1));
    assert_eq!(found, on(&sorted, 4));
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
    let spells = Relationships::of_purchases(&purchases, rule, as_of);
    let window = Window::new(Grain::Month, day("2024-01-01"), as_of).unwrap().settling(rule.days);
    let table = CountTable::new(&spells, &Policy::default(), &window, &Grouping::default());
    assert_eq!(table.get(0, 1).lost, 1, "last purchase on 31 January, gone on 20 February");
    assert_eq!((0..5).map(|period| window.complete(period)).collect::<Vec<_>>(), [true, true, true, false, false]);
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

mod files {
    use super::*;
    use crate::columns::ColumnMap;
    use crate::progress::Silent;
    use crate::scan::{ScanParams, Source, read_table};

    fn read(text: &str, params: &SubscriptionParams) -> crate::Result<Subscriptions> {
        let source = Source::from_bytes("subs.csv", text.as_bytes().to_vec())?;
        Subscriptions::from_table(&read_table(&source, &ScanParams::default(), &Silent)?, params)
    }

    fn refused(text: &str) -> String {
        let error = read(text, &SubscriptionParams::default()).unwrap_err();
        format!("{error}\nhint: {}", error.hint_text().unwrap())
    }

    #[test]
    fn contracts_are_read_with_their_customers_segments_and_reasons_in_byte_order() {
        let text = "id,start_date,end_date,amount,plan,region,reason,canceled_at,billing_months,status\n\
                    b,2024-01-10,2024-03-01,120,pro,north,price,2024-02-20,12,active\n\
                    a,2024-01-01,,10.5,basic,south,,,,Paused\n\
                    b,2024-03-05,,7,basic,north,,,,\n";
        let by = vec!["plan".into(), "region".into()];
        let found = read(text, &SubscriptionParams { by, ..SubscriptionParams::default() }).unwrap();
        assert_eq!(found.ids.iter().collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(found.segments, [["basic", "north"], ["basic", "south"], ["pro", "north"]]);
        let rows = found.contracts.rows();
        assert_eq!((rows[0].customer, rows[0].amount, rows[0].paused, rows[0].segment), (0, 1_050, true, 1));
        assert_eq!((rows[1].amount, rows[1].end), (1_000, Some(day("2024-03-01"))));
        let details = found.contracts.details(&rows[1]);
        assert_eq!(details.requested, Some(day("2024-02-20")));
        assert_eq!(found.reasons[details.reason.unwrap() as usize], "price");
        assert_eq!(found.contracts.details(&rows[0]).reason, None);
        assert!(found.has_amounts);
    }

    #[test]
    fn a_last_day_is_moved_to_the_first_day_after_it() {
        let params = SubscriptionParams { end_is_last_day: true, ..SubscriptionParams::default() };
        let found = read("customer_id,start,end\na,2024-01-01,2024-01-31\n", &params).unwrap();
        assert_eq!(found.contracts.rows()[0].end, Some(day("2024-02-01")));
        assert!(!found.has_amounts);
    }

    #[test]
    fn every_currency_has_its_own_decimals() {
        let text = "customer_id,start,amount,currency\na,2024-01-01,1200,JPY\nb,2024-01-01,12.34,EUR\n";
        let found = read(text, &SubscriptionParams::default()).unwrap();
        let codes: Vec<_> = found.currencies.iter().map(|currency| currency.code().unwrap()).collect();
        assert_eq!((codes, found.currency.code()), (vec!["EUR", "JPY"], Some("EUR")));
        assert_eq!(found.contracts.rows().iter().map(|row| row.amount).collect::<Vec<_>>(), [1_200, 1_234]);
    }

    #[test]
    fn missing_starts_and_ends_before_them_are_named_line_by_line() {
        assert_eq!(
            refused("customer_id,start,end,amount\na,2024-02-01,2024-01-31,1\nb,2024-01-01,2023-12-31,1\n"),
            "2 values of subs.csv cannot be used (end before start 2)\n\
             \x20 subs.csv:2: column `end`: `2024-01-31` is before the start of the contract\n\
             \x20 subs.csv:3: column `end`: `2023-12-31` is before the start of the contract\n\
             hint: mend them in the file; a contract without an end goes on, one without a start cannot be placed"
        );
        assert_eq!(
            refused("customer_id,start,end,amount\na,,2024-01-31,x\n"),
            "2 values of subs.csv cannot be used (not an amount 1, value missing 1)\n\
             \x20 subs.csv:2: column `start`: the value is missing\n\
             \x20 subs.csv:2: column `amount`: `x` is not an amount\n\
             hint: mend them in the file; a contract without an end goes on, one without a start cannot be placed"
        );
        assert_eq!(
            refused("customer_id,start,amount,currency\na,2024-01-01,1,euro\n"),
            "1 value of subs.csv cannot be used (not a currency 1)\n\
             \x20 subs.csv:2: column `currency`: `euro` is not the three-letter code of a currency\n\
             hint: mend them in the file; a contract without an end goes on, one without a start cannot be placed"
        );
        assert_eq!(
            refused("customer_id,start\n"),
            "subs.csv: has a header and no row\nhint: export it again: there is nobody to speak of"
        );
        let params = SubscriptionParams { by: vec!["plna".into()], ..SubscriptionParams::default() };
        let error = read("customer_id,start,plan\na,2024-01-01,x\n", &params).unwrap_err();
        assert_eq!(error.to_string(), "subs.csv: no column is named `plna`");
        assert_eq!(error.hint_text(), Some("the nearest are `plan`, `start` and `customer_id`"));
    }

    #[test]
    fn codes_of_currencies_are_read_in_either_case() {
        let text = "customer_id,start,amount,currency\na,2024-01-01,1,usd\nb,2024-01-01,2,EUR\nc,2024-01-01,3,USD\n";
        let found = read(text, &SubscriptionParams::default()).unwrap();
        let codes: Vec<_> = found.currencies.iter().map(|currency| currency.code().unwrap()).collect();
        assert_eq!(codes, ["EUR", "USD"]);
        let of: Vec<usize> = found.contracts.rows().iter().map(|row| row.currency.into()).collect();
        assert_eq!(of, [1, 0, 1]);
    }

    #[test]
    fn ids_that_differ_late_or_only_in_length_stay_apart() {
        let ids =
            ["customer-0000000000000000002", "customer-0000000000000000001", "customer-", "customer-0", "customer-"];
        let text: String = ids.iter().map(|id| format!("{id},2024-01-01\n")).collect();
        let found = read(&format!("customer_id,start\n{text}"), &SubscriptionParams::default()).unwrap();
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(found.ids.iter().map(|id| std::str::from_utf8(id).unwrap()).collect::<Vec<_>>(), sorted);
        assert_eq!(found.contracts.rows()[0].customer, found.contracts.rows()[1].customer);
    }

    #[test]
    fn a_column_can_be_named() {
        let mut columns = ColumnMap::default();
        columns.add("start=from").unwrap();
        let params = SubscriptionParams { columns, ..SubscriptionParams::default() };
        assert_eq!(read("customer_id,from\na,2024-01-01\n", &params).unwrap().ids.len(), 1);
    }
}
