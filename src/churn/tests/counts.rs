//! Who is there, joins and leaves in each period.

use super::*;

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
