//! Variations of the Hook curve: with its doubt, as cost behaves, and by segment.

use super::figure::{Area, Axis, Figure, Line, Scale, Stroke};
use super::hook::{Caption, hook_curve, vertical};
use super::scale::short;
use crate::hook::{BehaviourPoint, Curve, Doubt, DoubtParams, Segment};
use crate::wording::counted;

/// The Hook curve with the band of its doubt round it.
pub fn hook_curve_with_doubt(curve: &Curve, doubt: &Doubt, params: DoubtParams, caption: &Caption) -> Figure {
    let lowest = doubt.band.iter().map(|at| at.low).fold(0.0, f64::min);
    let highest = doubt.band.iter().map(|at| at.high).fold(0.0, f64::max);
    let mut figure = hook_curve(curve, caption).reaching(lowest, highest * 1.04);
    let edge = |of: fn(&crate::hook::DoubtBand) -> f64| -> Vec<(f64, f64)> {
        doubt.band.iter().map(|at| (at.customer_share * 100.0, of(at))).collect()
    };
    let (low, high) = (edge(|at| at.low), edge(|at| at.high));
    let corners = low.iter().copied().chain(high.iter().rev().copied()).collect();
    figure.areas.insert(0, Area { corners, stroke: Stroke::Series(2) });
    let name = format!("{} % of the draws", short(params.level() * 100.0));
    figure.lines.insert(0, Line { points: low, stroke: Stroke::Series(2), name });
    figure.lines.insert(1, Line { points: high, stroke: Stroke::Series(2), name: String::new() });
    figure
}

/// At most so many points of a curve are drawn.
const POINTS: usize = 500;

/// Profit at full cost, and of the company with the first customers kept: with nothing and with freed
/// capacity given up.
pub fn cost_behaviour_chart(points: &[BehaviourPoint], caption: &Caption) -> Figure {
    let step = points.len().div_ceil(POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let drawn: Vec<&BehaviourPoint> = points
        .iter()
        .enumerate()
        .filter(|(rank, _)| rank % step == 0 || *rank == last)
        .map(|(_, point)| point)
        .collect();
    let line = |series: usize, name: &str, of: fn(&BehaviourPoint) -> f64| Line {
        points: drawn.iter().map(|point| (point.customer_share * 100.0, of(point))).collect(),
        stroke: Stroke::Series(series),
        name: name.into(),
    };
    let lines = [
        line(0, "full cost", |point| point.full),
        line(1, "nothing given up", |point| point.avoidable),
        line(2, "capacity given up", |point| point.given_up),
    ];
    let best = points.iter().fold(f64::NEG_INFINITY, |best, point| best.max(point.given_up));
    let now = points.last().map_or(0.0, |point| point.avoidable);
    let subtitle = format!(
        "the company makes {}, at best {} if freed capacity is given up",
        caption.amount(now),
        caption.amount(best.max(now))
    );
    let mut figure = with_lines(caption, &subtitle, "customers kept, most profitable first (%)", lines.into());
    figure.y.label = caption.axis(&caption.value);
    figure
}

/// The most segments that one chart tells apart.
const SEGMENTS: usize = 5;

/// The curves of the segments with the highest peaks.
pub fn segment_curves(segments: &[Segment], caption: &Caption) -> Figure {
    let mut shown: Vec<&Segment> = segments.iter().collect();
    // A stable sort of segments in byte order: ties stay in it.
    shown.sort_by(|one, other| other.curve.peak().total_cmp(&one.curve.peak()));
    shown.truncate(SEGMENTS);
    let lines = std::iter::zip(0.., &shown).map(|(series, segment)| {
        let customers = segment.curve.customers() as f64;
        let points = segment.curve.outline(200).into_iter();
        Line {
            points: points.map(|(rank, y)| (rank as f64 / customers * 100.0, y)).collect(),
            stroke: Stroke::Series(series),
            name: if segment.name.is_empty() { "(none)".into() } else { segment.name.clone() },
        }
    });
    let subtitle = match segments.len() - shown.len() {
        0 => counted(segments.len() as u64, "segment"),
        more => format!("the {SEGMENTS} segments with the highest peaks; {more} more are not drawn"),
    };
    with_lines(caption, &subtitle, "cumulative share of the segment's customers (%)", lines.collect())
}

fn with_lines(caption: &Caption, subtitle: &str, x: &str, lines: Vec<Line>) -> Figure {
    let values = || lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let x = Axis { label: x.into(), low: 0.0, high: 100.0, unit: Scale::Percent };
    let y = vertical(&caption.axis(&format!("cumulative {}", caption.value)), low, high);
    let mut figure = Figure::new(&caption.title, subtitle, x, y);
    figure.lines = lines;
    figure
}
