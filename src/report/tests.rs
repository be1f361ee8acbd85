//! What a chart says, and that it says it the same way every time.

use super::scale::{amount_text, counted, percent_text, tick_text, ticks};
use super::*;
use crate::hook::{Curve, Values};

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
    assert_eq!((counted(1, "customer"), counted(12_345, "customer")), ("1 customer".into(), "12,345 customers".into()));
    assert_eq!(tick_text(2.5, 2.5, 10.0, Unit::Money), "2.5");
    assert_eq!(tick_text(2e7, 1e7, 5e7, Unit::Money), "20 M");
    assert_eq!(tick_text(0.0, 1e7, 5e7, Unit::Money), "0");
}
