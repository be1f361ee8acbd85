//! Bands of decreasing profitability as bars, and Lorenz curves.

use super::figure::{Anchor, Axis, Bar, Figure, Guide, Label, Line, Scale, Side, Stroke};
use super::hook::{Caption, vertical};
use super::scale::{amount_text, percent_text, short};
use crate::hook::{Bands, Curve};
use crate::wording::counted;

/// The most bars that still have room for a number each.
const LABELLED: usize = 12;

/// The bands of a curve as bars: what each band of customers brings or takes.
pub fn band_chart(curve: &Curve, bands: Bands, caption: &Caption) -> Figure {
    let all = curve.bands(bands);
    let (low, high) =
        all.iter().fold((0.0_f64, 0.0_f64), |(low, high), band| (low.min(band.profit), high.max(band.profit)));
    let subtitle = format!(
        "{} in {} of {} % each · total {}",
        counted(curve.customers(), "customer"),
        counted(all.len() as u64, "band"),
        short(100.0 / all.len() as f64),
        caption.amount(curve.total())
    );
    let x = Axis { label: "customers, most profitable first (%)".into(), low: 0.0, high: 100.0, unit: Scale::Percent };
    let y = vertical(&caption.axis(&format!("{} of the band", caption.value)), low, high);
    let mut figure = Figure::new(&caption.title, subtitle, x, y);
    let width = 100.0 / all.len() as f64;
    for (number, band) in all.iter().enumerate() {
        let (left, right) = (number as f64 * width, (number + 1) as f64 * width);
        let gap = if all.len() <= 100 { width * 0.08 } else { 0.0 };
        let (stroke, side) = if band.profit < 0.0 { (Stroke::Loss, Side::Below) } else { (Stroke::Gain, Side::Above) };
        figure.bars.push(Bar { x: (left + gap, right - gap), y: (band.profit.min(0.0), band.profit.max(0.0)), stroke });
        if all.len() <= LABELLED {
            let text = match curve.percent(band.profit) {
                Some(percent) => percent_text(percent),
                None => amount_text(band.profit),
            };
            figure.labels.push(Label { at: ((left + right) / 2.0, band.profit), text, anchor: Anchor::Middle, side });
        }
    }
    figure
}

/// Lorenz curves beside the line on which all customers are equal.
///
/// # Shape
/// One line for every curve with a total above zero, each with its normalised Gini index in the legend.
pub fn lorenz_chart(curves: &[(&str, &Curve)], caption: &Caption) -> Figure {
    let drawn: Vec<_> = curves.iter().filter(|(_, curve)| curve.total() > 0.0).collect();
    let lines: Vec<Line> = std::iter::zip(0.., &drawn)
        .map(|(series, (name, curve))| Line {
            points: curve
                .lorenz(200)
                .into_iter()
                .filter_map(|point| Some((point.customer_share * 100.0, point.cumulative_share? * 100.0)))
                .collect(),
            stroke: Stroke::Series(series),
            name: match curve.gini().gini {
                Some(gini) => format!("{name} (Gini {gini:.3})"),
                None => (*name).into(),
            },
        })
        .collect();
    let lowest = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.0, f64::min);
    let customers = curves.first().map_or(0, |(_, curve)| curve.customers());
    let mut subtitle = counted(customers, "customer");
    let missing = curves.len() - drawn.len();
    if missing > 0 {
        subtitle += &format!(" · {} without a total above zero not drawn", counted(missing as u64, "curve"));
    }
    // Beside large losses there is no room for a label between 0 and 100 %.
    let labelled = lowest > -500.0;
    if !labelled {
        subtitle += " · dotted: all customers equal";
    }
    let x = Axis {
        label: "cumulative share of customers, least first (%)".into(),
        low: 0.0,
        high: 100.0,
        unit: Scale::Percent,
    };
    let y =
        Axis { label: "cumulative share of the total".into(), low: lowest * 1.06, high: 100.0, unit: Scale::Percent };
    let mut figure = Figure::new(&caption.title, subtitle, x, y);
    figure.guides.push(Guide { from: (0.0, 0.0), to: (100.0, 100.0) });
    figure.labels.extend(labelled.then(|| Label {
        at: (38.0, 40.0),
        text: "all customers equal".into(),
        anchor: Anchor::End,
        side: Side::Above,
    }));
    figure.lines = lines;
    figure
}
