//! What a chart says, and that it says it the same way every time.

use super::scale::{amount_text, percent_text, short_amount_text, tick_text, ticks};
use super::*;
use crate::hook::*;
use crate::money::Currency;
use crate::portfolio::{CostCuts, CustomerFigures, GridParams, RevenueCuts, grid};
use crate::survival::{Observation, Tally, life_table};

fn curve(values: &[f64]) -> Curve {
    let ids: Vec<String> = (0..values.len()).map(|customer| format!("{customer:08}")).collect();
    Curve::new(&ids, Values::Numbers(values)).unwrap()
}

const TEN: [f64; 10] = [500.0, 300.0, 200.0, 100.0, 50.0, 0.0, -20.0, -80.0, -150.0, -400.0];

fn euro() -> Caption {
    Caption { currency: Some("EUR".into()), ..Caption::default() }
}

#[test]
fn the_curve_of_ten_profits_can_be_read_in_a_terminal() {
    let text = hook_curve(&curve(&TEN), &euro()).text(Screen { width: 80, height: 22, colour: false });
    let expected = "
Hook curve
10 customers · total 500 EUR · at risk 650 EUR (130.0 %)
cumulative profit (EUR)                                           % of the total
      │         peak 1,150 EUR = 230.0 % at 5 customers (50.0 %)         │
      │                               ⢀⣀●⣀⣀⣀⣀⣀⣀⣀⡀                        │
      │                       ⣀⡠⠔⠒⠒⠉⠉⠉⠁       ┊   ⠉⠉ ⠈⠒⠂ ⢄⣀              │
1,000 ┤                   ⡠⠔⠊⠉                ┊             ⠐⠤⡀          ├ 200 %
      │                ⣀⠔⠉                    ┊                 ⠒⠤       │
      │             ⢀⠤⠊                       ┊                    ⢄     │
      │           ⢀⠔⠁                         ┊                    ⠈⠂    │
      │          ⡠⠊                           ┊                      ⠰⡀  │
      │        ⡠⠊                             ┊                       ⠁  │
  500 ┤╌╌╌╌╌╌⢀⠔⠁╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┊╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌⠈⢆├ 100 %
      │     ⢠⠃                                ┊   total 500 EUR = 100 %  │
      │    ⢠⠃                                 ┊                          │
      │   ⢠⠃                                  ┊                          │
      │  ⡰⠁                                   ┊                          │
      │ ⡰⠁                                    ┊                          │
    0 ┤⡰⠁                               4 loss makers (40.0 %), -650 EUR ├ 0 %
      └┴────────────┴────────────┴────────────┴────────────┴────────────┴┘
      0 %         20 %         40 %         60 %         80 %         100 %
                       cumulative share of customers (%)
";
    assert_eq!(format!("\n{text}"), expected);
}

#[test]
fn a_file_and_a_terminal_show_the_same_figures() {
    let figure = hook_curve(&curve(&TEN), &euro());
    let (svg, text) = (figure.svg(), figure.text(Screen::default()));
    for said in [
        "10 customers · total 500 EUR · at risk 650 EUR (130.0 %)",
        "cumulative profit (EUR)",
        "% of the total",
        "cumulative share of customers (%)",
        "peak 1,150 EUR = 230.0 % at 5 customers (50.0 %)",
        "4 loss makers (40.0 %), -650 EUR",
        "total 500 EUR = 100 %",
    ] {
        assert!(svg.contains(said), "{said}");
        assert!(text.contains(said), "{said}");
    }
    assert_eq!(svg, hook_curve(&curve(&TEN), &euro()).svg());
}

#[test]
fn without_colour_there_is_no_escape_and_with_it_nothing_else_changes() {
    let figure = hook_curve(&curve(&TEN), &euro());
    let plain = figure.text(Screen::default());
    let coloured = figure.text(Screen { colour: true, ..Screen::default() });
    assert!(!plain.contains('\x1b'));
    let mut stripped = String::new();
    for (number, part) in coloured.split("\x1b[").enumerate() {
        stripped.push_str(if number == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(stripped, plain);
}

#[test]
fn percentages_of_nothing_are_not_drawn() {
    for values in [&[-1.0, -2.0][..], &[5.0, -5.0], &[0.0, 0.0]] {
        let figure = hook_curve(&curve(values), &Caption::default());
        assert!(figure.right.is_none());
        assert!(!figure.svg().contains("% of the total"));
        assert!(figure.text(Screen { width: 1, height: 1, colour: true }).contains("total"));
    }
}

#[test]
fn a_million_customers_make_a_small_file_with_the_peak_in_it() {
    let values: Vec<f64> = (0..1_000_000).map(|i| f64::from(i) / 1000.0 - 250.0).collect();
    let curve = curve(&values);
    let figure = hook_curve(&curve, &Caption::default());
    assert!(figure.svg().len() < 60_000);
    let peak = (curve.peak_customers() as f64 / 10_000.0, curve.peak());
    assert!(figure.lines.iter().any(|line| line.points.contains(&peak)));
    let outline = curve.outline(400);
    assert!(outline.len() < 4_000);
    assert_eq!((outline[0], outline[outline.len() - 1]), ((0, 0.0), (1_000_000, curve.total())));
}

#[test]
fn a_label_and_its_halo_are_two_elements() {
    let svg = hook_curve(&curve(&TEN), &euro()).svg();
    assert!(!svg.contains("paint-order"));
    for said in ["peak 1,150 EUR = 230.0 % at 5 customers (50.0 %)", "total 500 EUR = 100 %"] {
        let written: Vec<usize> = svg.match_indices(said).map(|(at, _)| at).collect();
        let element = |at: usize| &svg[svg[..at].rfind("<text").unwrap()..at];
        assert_eq!(written.len(), 2, "{said}");
        assert!(element(written[0]).contains("stroke=\"white\"") && !element(written[1]).contains("white"));
    }
}

#[test]
fn a_curve_of_zeros_lies_on_the_axis_below_its_label() {
    let figure = hook_curve(&curve(&[0.0; 3]), &Caption::default());
    assert_eq!((figure.y.low, figure.y.high), (0.0, 1.0));
    let text = figure.text(Screen::default());
    let total = text.lines().skip(2).position(|line| line.contains("total 0")).unwrap();
    let curve = text.lines().skip(2).position(|line| line.contains("⣀⣀")).unwrap();
    assert!(total < curve, "{text}");
}

#[test]
fn a_label_wider_than_the_plot_keeps_within_it() {
    let figure = hook_curve(&curve(&[4e14 + 0.25, 1e14, -1e14 - 0.5]), &euro());
    for text in on_screens(|screen| figure.text(screen)) {
        let plot: Vec<&str> = text.lines().skip(3).take_while(|line| !line.contains('└')).collect();
        assert!(plot.iter().all(|line| line.chars().filter(|letter| "│┤├".contains(*letter)).count() == 2), "{text}");
        let words = ["peak", "500,000,000,000,000", "customers", "(66.7"];
        assert!(words.iter().all(|word| plot.iter().any(|line| line.contains(word))), "{text}");
    }
}

#[test]
fn a_title_can_hold_anything() {
    let caption = Caption { title: "<b> & \"c\" \u{1b}[31m".into(), ..Caption::default() };
    let figure = hook_curve(&curve(&TEN), &caption);
    assert!(figure.svg().contains("&lt;b&gt; &amp; \"c\" [31m"));
    assert!(!figure.svg().contains('\x1b'));
    assert!(!figure.text(Screen::default()).contains('\x1b'));
}

#[test]
fn a_text_that_does_not_fit_says_so() {
    let caption = Caption { title: "x".repeat(100), ..Caption::default() };
    let text = hook_curve(&curve(&TEN), &caption).text(Screen::default());
    assert_eq!(text.lines().next().unwrap(), format!("{}…", "x".repeat(79)));
}

#[test]
fn ticks_are_round_and_zero_is_zero() {
    assert_eq!(ticks(0.0, 46_000.0, 6).0, [0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0]);
    assert_eq!(ticks(-0.3, 0.35, 6).0, [-0.2, 0.0, 0.2]);
    assert_eq!(ticks(0.0, 100.0, 10).0.len(), 11);
}

#[test]
fn numbers_read_like_numbers() {
    assert_eq!(amount_text(-1_234_567.5), "-1,234,567.50");
    assert_eq!(amount_text(41_290.0), "41,290");
    assert_eq!(amount_text(-0.001), "0.00");
    assert_eq!(amount_text(999.999), "1,000.00");
    assert_eq!(percent_text(120.193_287), "120.2 %");
    assert_eq!(tick_text(2.5, 2.5, 10.0, Scale::Money), "2.5");
    assert_eq!(tick_text(2e7, 1e7, 5e7, Scale::Money), "20 M");
    assert_eq!(tick_text(0.0, 1e7, 5e7, Scale::Money), "0");
    assert_eq!(tick_text(1.25e13, 2.5e12, 2e13, Scale::Money), "1.25e13");
    assert_eq!(tick_text(1e10, 2e9, 1.1e10, Scale::Percent), "1e10 %");
    assert_eq!(tick_text(0.0, 2e9, 1.1e10, Scale::Percent), "0 %");
    let short = [1_234_567.0, -12_345.6, 123_456_789_012_345.0, 3_284.4, 0.05].map(short_amount_text);
    assert_eq!(short, ["1.2M", "-12.3k", "123,456.8bn", "3,284", "0.05"]);
}

#[test]
fn bands_are_bars_with_their_share_of_the_total() {
    let figure = band_chart(&curve(&TEN), Bands::new(5).unwrap(), &euro());
    assert_eq!(figure.subtitle, "10 customers in 5 bands of 20 % each · total 500 EUR");
    let labels: Vec<&str> = figure.labels.iter().map(|label| label.text.as_str()).collect();
    assert_eq!(labels, ["160.0 %", "60.0 %", "10.0 %", "-20.0 %", "-110.0 %"]);
    assert_eq!(figure.bars[3].y, (-100.0, 0.0));
    // Without a total the bars carry money, and many bars carry nothing.
    let loss = band_chart(&curve(&[-1.0, -3.0]), Bands::new(2).unwrap(), &euro());
    assert_eq!(loss.labels[1].text, "-3");
    assert!(band_chart(&curve(&TEN), Bands::new(1000).unwrap(), &euro()).labels.is_empty());
    for figure in [figure, loss] {
        assert!(figure.svg().contains("<rect"));
        assert!(figure.text(Screen::default()).contains('▒'));
    }
}

#[test]
fn lorenz_curves_carry_their_gini_and_leave_out_what_has_no_total() {
    let (profit, nothing) = (curve(&TEN), curve(&[-1.0; 10]));
    let figure = lorenz_chart(&[("profit", &profit), ("other", &nothing)], &Caption::default());
    assert_eq!(figure.lines.len(), 1);
    assert_eq!(figure.lines[0].name, "profit (Gini 0.726)");
    assert_eq!(figure.subtitle, "10 customers · 1 curve without a total above zero not drawn");
    assert_eq!(figure.lines[0].points[200], (100.0, 100.0));
    assert!(figure.y.low < -130.0);
    assert_eq!(figure.labels[0].text, "all customers equal");
    // Where losses leave no room for a label, the line is told apart above.
    let losses = lorenz_chart(&[("profit", &curve(&[100.0, -99.0]))], &Caption::default());
    assert!(losses.labels.is_empty());
    assert_eq!(losses.subtitle, "2 customers · dotted: all customers equal");
}

#[test]
fn doubt_stands_round_the_curve() {
    let ids: Vec<String> = (0..10).map(|customer| format!("{customer:08}")).collect();
    let params = DoubtParams::new(50, 1, 0.975).unwrap();
    let doubt = doubt(&ids, &TEN, OwnDoubt::StandardErrors(&[200.0; 10]), &[], params).unwrap();
    let figure = hook_curve_with_doubt(&curve(&TEN), &doubt, params, &euro());
    assert!(figure.text(Screen::default()).contains("97.5 % of the draws"));
    let highest = doubt.band.iter().map(|at| at.high).fold(0.0, f64::max);
    assert!(figure.y.high >= highest);
    // Both axes still show the same heights.
    let right = figure.right.as_ref().unwrap();
    assert!((right.high - figure.y.high / 5.0).abs() < 1e-9);
    assert!((right.low - figure.y.low / 5.0).abs() < 1e-9);
}

#[test]
fn three_curves_say_what_dropping_customers_is_worth() {
    let behaviour =
        CostBehaviour { capacity: &[228_000, 529_200, 163_800, 1_081_200, 562_500], common: 2_435_300, given_up: 1.0 };
    let profit = [2_372_000, 970_800, 786_200, -331_200, -362_500];
    let points = cost_behaviour(&["A", "B", "C", "D", "E"], &profit, behaviour, &Currency::UNNAMED).unwrap();
    let figure = cost_behaviour_chart(&points, &euro());
    assert_eq!(figure.subtitle, "the company makes 10,000 EUR, at best 16,937 EUR if freed capacity is given up");
    assert!(figure.text(Screen::default()).contains("nothing given up"));
}

#[test]
fn segments_beyond_the_palette_are_said_to_be_missing() {
    let ids: Vec<String> = (0..12).map(|customer| format!("{customer:02}")).collect();
    let names: Vec<String> = (0..12).map(|customer| format!("s{}", customer % 6)).collect();
    let values: Vec<f64> = (0..12).map(f64::from).collect();
    let segments = by_segment(&ids, Values::Numbers(&values), &names).unwrap();
    let figure = segment_curves(&segments, &Caption::default());
    assert_eq!(figure.subtitle, "the 5 segments with the highest peaks; 1 more are not drawn");
    assert_eq!((figure.lines.len(), figure.lines[0].name.as_str()), (5, "s5"));
}

/// Lines of a chart on screens of several widths, none of them too long.
fn on_screens(chart: impl Fn(Screen) -> String) -> Vec<String> {
    let screens = [48, 60, 80, 100, 120].map(|width| Screen { width, ..Screen::default() });
    let on_screen = |screen: Screen| {
        let text = chart(screen);
        assert!(text.lines().all(|line| line.chars().count() <= screen.width), "{}\n{text}", screen.width);
        text
    };
    screens.into_iter().map(on_screen).collect()
}

#[test]
fn the_legend_of_a_terminal_loses_no_name() {
    let names: Vec<String> = (1..=5).map(|name| format!("segment number {name}")).collect();
    let long = "a segment that somebody has given a name of more letters than any of the screens is wide, whatever they say of it";
    let segments = |names: &[&str]| {
        let ids: Vec<String> = (0..names.len()).map(|customer| customer.to_string()).collect();
        by_segment(&ids, Values::Numbers(&vec![1.0; names.len()]), names).unwrap()
    };
    let short: Vec<&str> = names.iter().map(String::as_str).collect();
    let with_long = [&short[..4], &[long]].concat();
    for text in on_screens(|screen| segment_curves(&segments(&short), &Caption::default()).text(screen)) {
        assert!(short.iter().all(|name| text.contains(name)), "{text}");
    }
    for text in on_screens(|screen| segment_curves(&segments(&with_long), &Caption::default()).text(screen)) {
        assert!(short[..4].iter().all(|name| text.contains(name)) && text.contains("a segment that some"), "{text}");
    }
}

#[test]
fn eight_lines_differ_without_colour() {
    let mut figure = hook_curve(&curve(&TEN), &Caption::default());
    let line = |series: usize| Line {
        points: vec![(0.0, 0.0), (100.0, 0.0)],
        stroke: Stroke::Series(series),
        name: format!("line {series}"),
    };
    figure.lines = (0..8).map(line).collect();
    let text = figure.text(Screen { width: 60, ..Screen::default() });
    let samples: std::collections::BTreeSet<&str> = (0..8)
        .map(|series| {
            let (before, _) = text.split_once(&format!(" line {series}")).unwrap();
            let start = before.char_indices().rev().nth(5).unwrap().0;
            &before[start..]
        })
        .collect();
    assert_eq!(samples.len(), 8, "{text}");
}

#[test]
fn labels_stand_apart_or_are_left_out() {
    let values: Vec<f64> = (0..10).map(|rank| 1000.0 - 220.0 * f64::from(rank)).collect();
    let figure = band_chart(&curve(&values), Bands::new(10).unwrap(), &Caption::default());
    let all: Vec<&str> = figure.labels.iter().map(|label| label.text.as_str()).collect();
    for text in on_screens(|screen| figure.text(screen)) {
        let plot = text.lines().skip(3).filter(|line| !line.contains('└')).take(18);
        for line in plot {
            let words = line.split(['┤', '│']).nth(1).unwrap_or_default().replace(['█', '▒'], " ");
            for label in words.split('%').map(str::trim).filter(|label| !label.is_empty()) {
                assert!(all.contains(&format!("{label} %").as_str()), "{label}\n{text}");
            }
        }
    }
}

#[test]
fn a_grid_fits_the_screen_as_long_as_it_can() {
    let millions = |values: [i64; 5]| values.map(|value| value * 1_000_000_000);
    let (revenue, cost) =
        (millions([50_000, 30_000, 20_000, 15_000, 5_000]), millions([2_280, 5_292, 1_638, 10_812, 5_625]));
    let profit: Vec<i64> = std::iter::zip(revenue, cost).map(|(revenue, cost)| revenue - cost).collect();
    let figures = CustomerFigures { revenue: &revenue, cost: &cost, profit: &profit, lifetime_value: None };
    let cuts = |levels| GridParams::new(RevenueCuts::Quantiles(levels), CostCuts::Quantiles(levels)).unwrap();
    let chart = |levels| grid_chart(&grid(figures, &cuts(levels)).unwrap(), &Currency::UNNAMED, &Caption::default());
    let two = on_screens(|screen| chart(2).text(screen));
    assert!(two[1].contains("│ profit 907.9bn") && two[1].contains("┌"), "{}", two[1]);
    assert!(two[2].contains("│ profit 907,900,000,000"), "{}", two[2]);
    let list = chart(5).text(Screen { width: 60, ..Screen::default() });
    assert!(list.lines().all(|line| line.chars().count() <= 60), "{list}");
    assert!(list.contains("revenue level 5 (from ") && list.contains("cost to serve level 2 ("), "{list}");
    assert!(list.contains("\n  1 customer (20.0 %)\n  profit 477,200,000,000\n"), "{list}");
    assert!(!list.contains("nobody") && !list.contains("┌"));
}

#[test]
fn the_grid_can_be_read_in_a_terminal_and_in_a_file() {
    let figures = CustomerFigures {
        revenue: &[5_000_000, 3_000_000, 2_000_000, 1_500_000, 500_000],
        cost: &[228_000, 529_200, 163_800, 1_081_200, 562_500],
        profit: &[2_372_000, 970_800, 786_200, -331_200, -362_500],
        lifetime_value: None,
    };
    let found = grid(figures, &GridParams::default()).unwrap();
    let caption = Caption { title: "Revenue against cost to serve".into(), ..euro() };
    let chart = grid_chart(&found, &Currency::UNNAMED, &caption);
    let expected = "\
Revenue against cost to serve
5 customers · profit 34,353 EUR

  low cost to serve          medium cost to serve       high cost to serve
  up to 3,284 EUR            3,284 EUR – 5,514 EUR      above 5,514 EUR
high revenue (from 20,000 EUR)
┌──────────────────────────┬──────────────────────────┬──────────────────────────┐
│ 2 customers (40.0 %)     │ 1 customer (20.0 %)      │ nobody                   │
│ profit 31,582 EUR        │ profit 9,708 EUR         │                          │
│ revenue 70,000 EUR       │ revenue 30,000 EUR       │                          │
│ cost to serve 3,918 EUR  │ cost to serve 5,292 EUR  │                          │
└──────────────────────────┴──────────────────────────┴──────────────────────────┘
low revenue (below 20,000 EUR)
┌──────────────────────────┬──────────────────────────┬──────────────────────────┐
│ nobody                   │ nobody                   │ 2 customers (40.0 %)     │
│                          │                          │ profit -6,937 EUR        │
│                          │                          │ revenue 20,000 EUR       │
│                          │                          │ cost to serve 16,437 EUR │
└──────────────────────────┴──────────────────────────┴──────────────────────────┘
";
    assert_eq!(chart.text(Screen { width: 100, ..Screen::default() }), expected);
    let svg = chart.svg();
    for said in ["profit -6,937 EUR", "3,284 EUR – 5,514 EUR", "low revenue (below 20,000 EUR)", "1 customer (20.0 %)"]
    {
        assert!(svg.contains(said), "{said}");
    }
    assert!(chart.text(Screen { colour: true, ..Screen::default() }).contains("\x1b[33m"));
}

#[test]
fn a_profile_is_as_wide_as_its_levels_have_customers() {
    let customers: Vec<String> = (0..5).map(|number| format!("c{number}")).collect();
    let referred: Vec<String> = ["", "c0", "c0", "", ""].map(str::to_owned).to_vec();
    let purchases = [1, 1, 1, 3, 2];
    let found = crate::profile::profile(crate::profile::Buyers {
        customers: &customers,
        purchases: &purchases,
        amount: &[1_000; 5],
        referred_by: Some(&referred),
    })
    .unwrap();
    let caption = Caption { title: "Profile".into(), ..euro() };
    let chart = profile_chart(&found, true, &Currency::UNNAMED, &caption);
    let expected = "
Profile
5 customers · shape: pyramid

          1 customer (20.0 %) · 1 purchase · spent 10 EUR · brought 2 customers
advocate                   ███████████████████████████████████

                    2 customers (40.0 %) · 5 purchases · spent 20 EUR
repeat    ██████████████████████████████████████████████████████████████████████

                    2 customers (40.0 %) · 2 purchases · spent 20 EUR
initial   ██████████████████████████████████████████████████████████████████████
";
    assert_eq!(format!("\n{}", chart.text(Screen { width: 80, ..Screen::default() })), expected);
    on_screens(|screen| chart.text(screen));
    let svg = chart.svg();
    assert!(svg.contains("2 customers (40.0 %) · 5 purchases · spent 20 EUR") && svg.contains("width=\"360.00\""));
    assert!(svg.contains("shape: pyramid"));
}

#[test]
fn tenure_has_the_unit_that_is_known() {
    let observations: Vec<Observation> = (1..=4).map(|time| Observation::new(f64::from(time), true)).collect();
    let table = life_table(&Tally::new(&observations).unwrap());
    let curves = |unit| survival_curves(&[(String::new(), &table)], unit);
    assert_eq!(curves(None).x.label, "tenure");
    assert!(curves(None).subtitle.ends_with("median 2.0"), "{}", curves(None).subtitle);
    assert_eq!(curves(Some("week")).x.label, "tenure (weeks)");
    assert!(curves(Some("weeks")).subtitle.ends_with("median 2.0 weeks"));
}

#[test]
fn a_heat_map_of_several_panels_has_one_title_each_and_one_width_of_cells() {
    let cell = |text: &str| HeatCell { shade: Some(0.5), text: text.into(), in_progress: false };
    let panel = |title: &str, text: &str| HeatPanel {
        title: Some(title.into()),
        rows: vec![("2024-01".into(), "7".into(), vec![cell(text); 2])],
    };
    let map = HeatMap {
        title: "cohorts".into(),
        axes: ("cohort".into(), "months".into()),
        columns: vec!["0".into(), "1".into()],
        panels: vec![panel("north", "9"), panel("south & east", "1,000")],
        ..HeatMap::default()
    };
    let expected = "cohorts\n\n\nnorth\ncohort          0      1\n2024-01 7  ▒    9 ▒    9\n\n\
                    south & east\ncohort          0      1\n2024-01 7  ▒1,000 ▒1,000\n";
    assert_eq!(map.text(80, false), expected);
    let svg = map.svg();
    assert!(svg.contains("south &amp; east") && svg.contains("height=\"344\""), "{svg}");
}

#[test]
fn a_heat_map_paints_losses_in_a_colour_of_their_own() {
    let cell = |shade: f64| HeatCell { shade: Some(shade), text: number_text(shade * 4321.0, 0), in_progress: false };
    let row = ("2024-01".into(), "7".into(), [1.0, 0.2, 0.0, -0.2, -1.0].map(cell).to_vec());
    let map = HeatMap {
        columns: (0..5).map(|age| age.to_string()).collect(),
        panels: vec![HeatPanel { title: None, rows: vec![row] }],
        ..HeatMap::default()
    };
    let svg = map.svg();
    let grounds: Vec<&str> = svg.split("fill=\"#").skip(1).map(|rest| &rest[..6]).collect();
    for ground in ["004882", "bfd2e2", "eff5fa", "ead0bd", "9e4200"] {
        assert!(grounds.contains(&ground), "{ground}: {grounds:?}");
    }
    assert!(svg.contains(">-4,321<") || svg.contains("-4,321"), "{svg}");
    assert_eq!(map.text(80, false).lines().last(), Some("2024-01 7  █ 4,321 ░   864       0 ░  -864 █-4,321"));
    let coloured = map.text(80, true);
    assert!(
        coloured.contains("\x1b[48;5;94m\x1b[38;5;15m█-4,321") && coloured.contains("\x1b[48;5;223m"),
        "{coloured}"
    );
    assert_eq!(
        [-0.0, -0.04, 1234.56, -1e6].map(|value| number_text(value, 1)),
        ["0.0", "0.0", "1,234.6", "-1,000,000.0"]
    );
}
