//! The Hook curve as a figure.

use super::figure::{Anchor, Area, Axis, Figure, Guide, Label, Line, Scale, Side, Stroke};
use super::scale::{amount_text, percent_text, short_amount_text};
use crate::hook::Curve;
use crate::wording::counted;

/// What the words of a chart need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// What the chart is of.
    pub title: String,
    /// What the values are: `profit`, `lifetime value`, `revenue`.
    pub value: String,
    /// Whether they are profits, so that one below zero is a loss.
    pub is_profit: bool,
    /// The code of the currency, where one is known.
    pub currency: Option<String>,
}

impl Default for Caption {
    /// A Hook curve of profit in no named currency.
    fn default() -> Self {
        Self { title: "Hook curve".into(), value: "profit".into(), is_profit: true, currency: None }
    }
}

impl Caption {
    /// An amount with its currency.
    pub(super) fn amount(&self, value: f64) -> String {
        match &self.currency {
            Some(code) => format!("{} {code}", amount_text(value)),
            None => amount_text(value),
        }
    }

    /// The same with no more digits than matter.
    pub(super) fn short_amount(&self, value: f64) -> String {
        match &self.currency {
            Some(code) => format!("{} {code}", short_amount_text(value)),
            None => short_amount_text(value),
        }
    }

    /// What an axis of amounts shows.
    pub(super) fn axis(&self, what: &str) -> String {
        match &self.currency {
            Some(code) => format!("{what} ({code})"),
            None => what.into(),
        }
    }
}

/// How finely a curve is drawn: steps across and up; what is finer no eye tells.
const STEPS: u32 = 400;

/// The Hook curve as a figure: the peak, the total, and where the loss makers begin, with their figures.
///
/// # Shape
/// However many customers there are, about a thousand points are drawn, with the peak, the first loss
/// maker and the total among them.
pub fn hook_curve(curve: &Curve, caption: &Caption) -> Figure {
    let customers = curve.customers();
    let across = |rank: u64| rank as f64 / customers as f64 * 100.0;
    let (peak, total) = (curve.peak(), curve.total());
    let with_percent = |amount: f64| match curve.percent(amount) {
        Some(percent) => format!("{} = {}", caption.amount(amount), percent_text(percent)),
        None => caption.amount(amount),
    };
    let below_zero = match curve.percent(curve.profit_at_risk()) {
        Some(percent) => format!("{} ({})", caption.amount(curve.profit_at_risk()), percent_text(percent)),
        None => caption.amount(curve.profit_at_risk()),
    };
    let at_risk = match (curve.loss_makers(), caption.is_profit) {
        (0, true) => "nobody makes a loss".into(),
        (0, false) => "nobody is below zero".into(),
        (_, true) => format!("at risk {below_zero}"),
        (_, false) => format!("{below_zero} taken back below zero"),
    };
    let losers = match caption.is_profit {
        true => counted(curve.loss_makers(), "loss maker"),
        false => format!("{} below zero", counted(curve.loss_makers(), "customer")),
    };
    let subtitle = format!("{} · total {} · {at_risk}", counted(customers, "customer"), caption.amount(total));

    let x = Axis { label: "cumulative share of customers (%)".into(), low: 0.0, high: 100.0, unit: Scale::Percent };
    let y = vertical(&caption.axis(&format!("cumulative {}", caption.value)), total.min(0.0), peak.max(total));
    let mut figure = Figure::new(&caption.title, subtitle, x, y);
    figure.right = (total > 0.0).then(|| Axis {
        label: "% of the total".into(),
        low: figure.y.low / total * 100.0,
        high: figure.y.high / total * 100.0,
        unit: Scale::Percent,
    });

    let first_loss = customers - curve.loss_makers();
    let outline: Vec<(f64, f64)> = curve.outline(STEPS).into_iter().map(|(rank, y)| (across(rank), y)).collect();
    let losses_from = outline.iter().position(|&(x, _)| x >= across(first_loss)).unwrap_or(outline.len() - 1);
    let (gains, losses) = (outline[..=losses_from].to_vec(), outline[losses_from..].to_vec());
    figure.guides.push(Guide { from: (0.0, total), to: (100.0, total) });
    let peak_at = (across(curve.peak_customers()), peak);
    if curve.loss_makers() > 0 {
        let mut shade = losses.clone();
        shade.push((100.0, peak));
        figure.areas.push(Area { corners: shade, stroke: Stroke::Loss });
        let from = across(first_loss);
        figure.guides.push(Guide { from: (from, figure.y.low), to: (from, peak) });
        figure.lines.push(Line { points: losses, stroke: Stroke::Loss, name: String::new() });
        // Where the total lies just above the axis, its own label needs the room there.
        let low = figure.y.low;
        let crowded = total >= 0.0 && figure.y.place(total) < 0.1;
        figure.labels.push(Label {
            at: (from, if crowded { low + 0.1 * (figure.y.high - low) } else { low }),
            text: format!(
                "{losers} ({}), {}",
                percent_text(across(curve.loss_makers())),
                caption.amount(curve.loss_maker_profit())
            ),
            anchor: if from <= 62.0 { Anchor::Start } else { Anchor::End },
            side: Side::Above,
        });
    }
    if first_loss > 0 {
        figure.lines.push(Line { points: gains, stroke: Stroke::Gain, name: String::new() });
    }
    figure.marks.push(peak_at);
    if peak > 0.0 || total < 0.0 {
        figure.labels.push(Label {
            at: peak_at,
            text: format!(
                "peak {} at {} ({})",
                with_percent(peak),
                counted(curve.peak_customers(), "customer"),
                percent_text(peak_at.0)
            ),
            anchor: Anchor::Middle,
            side: Side::Above,
        });
    }
    // Without a loss maker the peak is the total, and one label says both.
    if peak != total || peak == 0.0 {
        let line = if total > 0.0 { " = 100 %" } else { "" };
        figure.labels.push(total_label(&figure, curve, &format!("total {}{line}", caption.amount(total))));
    }
    figure
}

/// The vertical axis, with room for a label above the highest value and below a negative one.
pub(super) fn vertical(label: &str, low: f64, high: f64) -> Axis {
    let range = high - low;
    Axis {
        label: label.into(),
        low: if low < 0.0 { low - 0.12 * range } else { low },
        // Nothing but zeros is shown in units.
        high: if range > 0.0 { high + 0.12 * range } else { low + 1.0 },
        unit: Scale::Money,
    }
}

/// The label of the line of the total, where the curve leaves room for it.
fn total_label(figure: &Figure, curve: &Curve, text: &str) -> Label {
    let total = curve.total();
    let (at, anchor, side) = if curve.loss_makers() == 0 {
        // The curve only reaches the line at its end: the left is free, unless the line is the axis.
        let at = if total > 0.0 { total } else { 0.1 * figure.y.high };
        ((0.0, at), Anchor::Start, Side::Above)
    } else if figure.y.place(total) > 0.2 {
        ((100.0, total), Anchor::End, Side::Below)
    } else {
        ((50.0, total), Anchor::Middle, Side::Above)
    };
    Label { at, text: text.into(), anchor, side }
}
