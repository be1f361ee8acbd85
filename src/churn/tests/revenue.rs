//! Amounts and profits of those who are there, join and leave.

use super::*;

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
    for text in ["", "-1", "1,1", "0", "1.0000000000000000001", "abc"] {
        assert!(
            Exchange::new(std::slice::from_ref(&euro), &dollar, &[(euro.clone(), day("2024-01-01"), text.into())])
                .is_err()
        );
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
