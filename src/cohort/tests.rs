use super::*;
use crate::calendar::{Grain, Timeline};
use crate::churn::{Contract, Contracts, Policy, Relationships, Window};
use crate::exchange::Exchange;
use crate::time::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn timeline() -> Timeline {
    Timeline::new(Grain::Month, day("2024-01-01"), day("2024-04-15")).unwrap()
}

fn active(place: usize, revenue: i64) -> Activity {
    Activity { place, present: true, orders: 1, revenue, profit: revenue / 2, refunds: 0 }
}

/// Four customers of January (one comes every month, one skips February, one never returns, one returns in April)
/// and one of February.
fn five_customers(retention: Retention) -> Cohorts {
    let mut cohorts = Cohorts::new(4, retention);
    cohorts.add(0, 0, &[active(0, 100), active(1, 100), active(2, 100), active(3, 100)]);
    cohorts.add(0, 0, &[active(0, 100), active(2, 300)]);
    cohorts.add(0, 0, &[active(0, 100)]);
    cohorts.add(0, 0, &[active(0, 100), active(3, 40)]);
    cohorts.add(0, 1, &[active(1, 70)]);
    cohorts
}

fn cells(retention: Retention, measure: Measure, cumulative: bool) -> Vec<Cell> {
    five_customers(retention).cells(&timeline(), day("2024-01-01"), day("2024-04-15"), measure, cumulative)
}

fn values(cells: &[Cell]) -> Vec<Option<f64>> {
    cells.iter().map(|cell| cell.value).collect()
}

#[test]
fn each_kind_of_retention_counts_whom_it_says() {
    let january = |retention| values(&cells(retention, Measure::Customers, false)[..4]);
    let some = |values: [f64; 4]| values.map(Some).to_vec();
    assert_eq!(january(Retention::Bounded), some([4.0, 1.0, 2.0, 2.0]));
    assert_eq!(january(Retention::Unbounded), some([4.0, 3.0, 3.0, 2.0]));
    assert_eq!(january(Retention::Rolling(2)), some([4.0, 4.0, 2.0, 3.0]));
    assert_eq!(january(Retention::Rolling(1)), january(Retention::Bounded));
    assert_eq!(january(Retention::Survival), some([4.0, 1.0, 1.0, 1.0]));
}

#[test]
fn cells_are_complete_in_progress_or_empty_and_never_zero_for_the_future() {
    let cells = cells(Retention::Bounded, Measure::Customers, false);
    let status: Vec<_> = cells.iter().map(|cell| cell.status.name()).collect();
    assert_eq!(status[..4], ["complete", "complete", "complete", "in progress"]);
    assert_eq!(status[4..], ["complete", "complete", "in progress", "unobservable"]);
    let last = cells[7];
    assert_eq!((last.value, last.rate, last.eligible, last.customers), (None, None, 0, 1));
    assert_eq!(values(&cells[4..7]), [Some(1.0), Some(0.0), Some(0.0)]);
    assert_eq!(cells[1].rate, Some(0.25));
    // Wilson's interval of 1 in 4.
    assert!((cells[1].low.unwrap() - 0.045_586_9).abs() < 5e-7 && (cells[1].high.unwrap() - 0.699_357_7).abs() < 5e-7);
}

#[test]
fn an_unbounded_cell_of_the_last_period_is_never_complete() {
    let cells = five_customers(Retention::Unbounded).cells(
        &timeline(),
        day("2024-01-01"),
        day("2024-04-30"),
        Measure::Customers,
        false,
    );
    assert_eq!((cells[2].status, cells[3].status), (Status::Complete, Status::InProgress));
}

#[test]
fn a_joining_period_observed_in_part_leaves_its_cohort_in_progress() {
    let cells = five_customers(Retention::Bounded).cells(
        &timeline(),
        day("2024-01-10"),
        day("2024-04-30"),
        Measure::Customers,
        false,
    );
    assert!(cells[..4].iter().all(|cell| cell.status == Status::InProgress));
    assert_eq!(cells[4].status, Status::Complete);
}

#[test]
fn money_adds_up_by_age_and_cumulatively() {
    let plain = cells(Retention::Bounded, Measure::Revenue, false);
    assert_eq!(values(&plain[..4]), [Some(400.0), Some(100.0), Some(400.0), Some(140.0)]);
    assert_eq!((plain[2].rate, plain[2].low), (Some(100.0), None));
    let total = cells(Retention::Bounded, Measure::Revenue, true);
    assert_eq!(
        values(&total),
        [400.0, 500.0, 900.0, 1_040.0, 70.0, 70.0, 70.0].map(Some).into_iter().chain([None]).collect::<Vec<_>>()
    );
    assert_eq!(cells(Retention::Bounded, Measure::Orders, true)[3].value, Some(9.0));
    assert_eq!(cells(Retention::Bounded, Measure::Profit, true)[3].value, Some(520.0));
}

#[test]
fn money_back_counts_in_its_own_period_and_is_no_presence() {
    let back = Activity { place: 2, revenue: -30, profit: -15, refunds: 7, ..Activity::default() };
    for retention in [Retention::Bounded, Retention::Unbounded, Retention::Rolling(2), Retention::Survival] {
        let table = |activity: &[Activity], measure| {
            let mut cohorts = Cohorts::new(4, retention);
            cohorts.add(0, 0, activity);
            cohorts.cells(&timeline(), day("2024-01-01"), day("2024-04-30"), measure, false)
        };
        let (with, without) = ([active(0, 100), back, active(3, 50)], [active(0, 100), active(3, 50)]);
        assert_eq!(values(&table(&with, Measure::Customers)), values(&table(&without, Measure::Customers)));
        assert_eq!(values(&table(&with, Measure::Orders)), values(&table(&without, Measure::Orders)));
        let revenue = table(&with, Measure::Revenue);
        assert_eq!(values(&revenue), [100.0, 0.0, -30.0, 50.0].map(Some));
        assert_eq!(revenue[2].refunds, Some(7.0));
    }
}

#[test]
fn segments_stand_apart_and_have_the_ages_of_the_first_cohort_of_any() {
    let mut cohorts = Cohorts::new(4, Retention::Bounded);
    cohorts.add(1, 0, &[active(0, 100), active(2, 50)]);
    cohorts.add(0, 2, &[active(2, 7), active(3, 3)]);
    let mut more = Cohorts::new(4, Retention::Bounded);
    more.add(1, 0, &[active(0, 10)]);
    more.add(1, 2, &[active(2, 1)]);
    let cells = cohorts.merged(more).cells(&timeline(), day("2024-01-01"), day("2024-04-15"), Measure::Revenue, false);
    let rows: Vec<_> = cells.chunk_by(Cell::shares_row).collect();
    let named: Vec<_> = rows.iter().map(|row| (row[0].segment, row[0].cohort.to_string(), row[0].customers)).collect();
    assert_eq!(named, [(0, "2024-03".into(), 1), (1, "2024-01".into(), 2), (1, "2024-03".into(), 1)]);
    assert_eq!(values(rows[0]), [Some(7.0), Some(3.0), None, None]);
    assert_eq!(values(rows[1]), [110.0, 0.0, 50.0, 0.0].map(Some));
    assert_eq!(values(rows[2]), [Some(1.0), Some(0.0), None, None]);
}

#[test]
fn one_cohort_alone_has_its_row_and_no_customers_have_none() {
    let mut alone = Cohorts::new(2, Retention::Bounded);
    alone.add(0, 1, &[active(1, 5)]);
    let timeline = Timeline::new(Grain::Month, day("2024-01-01"), day("2024-02-29")).unwrap();
    let cells = alone.cells(&timeline, day("2024-01-01"), day("2024-02-29"), Measure::Customers, false);
    assert_eq!((cells.len(), cells[0].cohort.to_string(), cells[0].value), (1, "2024-02".into(), Some(1.0)));
    assert_eq!(
        Cohorts::new(2, Retention::Bounded).cells(
            &timeline,
            day("2024-01-01"),
            day("2024-02-29"),
            Measure::Customers,
            false
        ),
        []
    );
}

#[test]
fn contracts_are_active_in_every_period_they_touch() {
    let rows = vec![
        Contract::new(0, day("2023-06-01"), None, 100),
        Contract::new(1, day("2024-01-10"), Some(day("2024-03-01")), 100),
        Contract::new(1, day("2024-04-02"), None, 80),
        Contract::new(2, day("2024-01-20"), None, 100),
        Contract::new(2, day("2024-03-05"), None, 50),
    ];
    let contracts = Contracts::new(rows, Vec::new(), 3).unwrap();
    let window = Window::new(Grain::Month, day("2024-01-01"), day("2024-04-30")).unwrap();
    let relationships = Relationships::new(&contracts, &Policy::default(), window.as_of());
    let table = |retention, measure| {
        let (cohorts, before) = cohorts_of_relationships(&relationships, &window, &Exchange::none(), retention);
        assert_eq!(before, 1);
        values(&cohorts.cells(window.timeline(), window.from(), window.as_of(), measure, false))
    };
    assert_eq!(table(Retention::Bounded, Measure::Customers), [2.0, 2.0, 1.0, 2.0].map(Some));
    assert_eq!(table(Retention::Survival, Measure::Customers), [2.0, 2.0, 1.0, 1.0].map(Some));
    assert_eq!(table(Retention::Bounded, Measure::Revenue), [200.0, 200.0, 150.0, 230.0].map(Some));
}

#[test]
fn kinds_of_retention_are_read_as_they_are_written() {
    for text in ["bounded", "unbounded", "rolling:3", "survival"] {
        assert_eq!(text.parse::<Retention>().unwrap().to_string(), text);
    }
    for text in ["", "rolling", "rolling:0", "rolling:-1", "bound"] {
        assert!(text.parse::<Retention>().is_err(), "{text}");
    }
}

#[test]
fn cohorts_far_apart_take_the_memory_of_those_there_are() {
    let timeline = Timeline::new(Grain::Week, day("1900-01-01"), day("2024-12-31")).unwrap();
    let last = timeline.len() - 1;
    let mut cohorts = Cohorts::new(timeline.len(), Retention::Bounded);
    cohorts.add(0, 0, &[active(0, 1), active(last, 2)]);
    cohorts.add(0, last, &[active(last, 5)]);
    let cohorts = cohorts.clone().merged(cohorts);
    let cells = cohorts.cells(&timeline, day("1900-01-01"), day("2024-12-31"), Measure::Revenue, false);
    assert_eq!(cells.len(), 2 * timeline.len());
    assert_eq!((cells[last].value, cells[last].customers), (Some(4.0), 2));
    assert_eq!((cells[last + 1].value, cells[last + 2].value), (Some(10.0), None));
}
