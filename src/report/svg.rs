//! A figure as SVG: one file without fonts or scripts, the same bytes for the same figure.

use svg::Document;
use svg::node::element::{Circle, Group, Line as Segment, Polygon, Polyline, Rectangle, Text, Title};

use super::figure::{Anchor, Axis, Bar, Figure, Guide, Label, Line, Side, Stroke};
use super::scale::{tick_text, ticks};
use crate::wording::shortened;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 600.0;
const TOP: f64 = 108.0;
const BOTTOM: f64 = HEIGHT - 64.0;
const LEFT: f64 = 92.0;

const FONTS: &str = "system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif";
const INK: &str = "#1a1a1a";
const MUTED: &str = "#555555";
const GRID: &str = "#e4e4e4";

/// Colours with a pattern of dashes each; how they were chosen stands with the module.
const SERIES: [(&str, &str); 8] = [
    ("#0072b2", "none"),
    ("#d55e00", "9 5"),
    ("#009e73", "2 4"),
    ("#000000", "12 4 2 4"),
    ("#9000f0", "16 5"),
    ("#603000", "5 3"),
    ("#484860", "12 4 2 4 2 4"),
    ("#f00048", "1 3"),
];

fn pen(stroke: Stroke) -> (&'static str, &'static str) {
    match stroke {
        Stroke::Gain => SERIES[0],
        Stroke::Loss => SERIES[1],
        Stroke::Series(series) => SERIES[series % SERIES.len()],
    }
}

/// Two decimals are finer than any screen.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An empty sheet with a title and what matters below it.
pub(super) fn document(width: f64, height: f64, title: &str, subtitle: &str) -> Document {
    let title = plain(title);
    Document::new()
        .set("xmlns", "http://www.w3.org/2000/svg")
        .set("width", width)
        .set("height", height)
        .set("viewBox", (0, 0, width, height))
        .set("role", "img")
        .set("font-family", FONTS)
        .set("font-size", 14)
        .set("fill", INK)
        .add(Title::new(title.clone()))
        .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "white"))
        .add(text(&title, 24.0, 36.0, Anchor::Start).set("font-size", 21).set("font-weight", "bold"))
        .add(text(&plain(subtitle), 24.0, 60.0, Anchor::Start).set("fill", MUTED))
}

struct Paper<'a> {
    figure: &'a Figure,
    right: f64,
}

impl Figure {
    /// The chart as an SVG document of 960 by 600, or higher where the names of its lines do not fit beside each other.
    ///
    /// # Example
    /// ```
    /// use custval::hook::{Curve, Values};
    /// use custval::report::{Caption, hook_curve};
    ///
    /// let curve = Curve::new(&["A", "B"], Values::Numbers(&[30.0, -10.0]))?;
    /// assert!(hook_curve(&curve, &Caption::default()).svg().starts_with("<svg"));
    /// # Ok::<(), custval::Error>(())
    /// ```
    pub fn svg(&self) -> String {
        let paper = Paper { figure: self, right: WIDTH - if self.right.is_some() { 84.0 } else { 36.0 } };
        let lowest = paper.legend_places().iter().map(|(.., (_, y))| *y).fold(0.0, f64::max);
        let mut document = document(WIDTH, HEIGHT.max(lowest + LEGEND_LINE), &self.title, &self.subtitle);
        for area in &self.areas {
            let (colour, _) = pen(area.stroke);
            let shape = Polygon::new().set("points", paper.path(&area.corners)).set("fill", colour);
            document = document.add(shape.set("fill-opacity", "0.15"));
        }
        document = document.add(paper.axes());
        for bar in &self.bars {
            document = document.add(paper.bar(bar));
        }
        for guide in &self.guides {
            document = document.add(paper.guide(guide));
        }
        for line in &self.lines {
            let (colour, dashes) = pen(line.stroke);
            document = document.add(
                Polyline::new()
                    .set("points", paper.path(&line.points))
                    .set("fill", "none")
                    .set("stroke", colour)
                    .set("stroke-dasharray", dashes)
                    .set("stroke-linejoin", "round")
                    .set("stroke-width", 3),
            );
        }
        for &(x, y) in &self.marks {
            document = document.add(
                Circle::new()
                    .set("cx", coordinate(paper.x(x)))
                    .set("cy", coordinate(paper.y(y)))
                    .set("r", 6)
                    .set("fill", INK)
                    .set("stroke", "white")
                    .set("stroke-width", 2),
            );
        }
        for label in &self.labels {
            document = document.add(paper.label(label));
        }
        format!("{}\n", document.add(paper.legend()))
    }
}

impl Paper<'_> {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.figure.x.place(value) * (self.right - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        height(&self.figure.y, value)
    }

    fn path(&self, points: &[(f64, f64)]) -> String {
        let points: Vec<String> =
            points.iter().map(|&(x, y)| format!("{},{}", coordinate(self.x(x)), coordinate(self.y(y)))).collect();
        points.join(" ")
    }

    fn axes(&self) -> Group {
        let Figure { x, y, right, .. } = self.figure;
        let mut group = Group::new();
        let (values, step) = ticks(y.low, y.high, 6);
        for value in values {
            let at = self.y(value);
            group = group.add(segment((LEFT, at), (self.right, at)).set("stroke", GRID));
            group = group.add(text(&axis_text(y, value, step), LEFT - 10.0, at + 5.0, Anchor::End));
        }
        group = group.add(text(&plain(&y.label), 24.0, TOP - 16.0, Anchor::Start).set("fill", MUTED));
        if let Some(axis) = right {
            let (values, step) = ticks(axis.low, axis.high, 6);
            for value in values {
                let at = height(axis, value);
                group = group.add(segment((self.right, at), (self.right + 5.0, at)).set("stroke", MUTED));
                group = group.add(text(&axis_text(axis, value, step), self.right + 10.0, at + 5.0, Anchor::Start));
            }
            group = group.add(segment((self.right, TOP), (self.right, BOTTOM)).set("stroke", MUTED));
            group = group.add(text(&plain(&axis.label), WIDTH - 20.0, TOP - 16.0, Anchor::End).set("fill", MUTED));
        }
        let (values, step) = ticks(x.low, x.high, 10);
        for value in values {
            let at = self.x(value);
            group = group.add(segment((at, BOTTOM), (at, BOTTOM + 5.0)).set("stroke", MUTED));
            group = group.add(text(&axis_text(x, value, step), at, BOTTOM + 22.0, Anchor::Middle));
        }
        let middle = (LEFT + self.right) / 2.0;
        group = group.add(text(&plain(&x.label), middle, HEIGHT - 18.0, Anchor::Middle).set("fill", MUTED));
        // The line of zero is the axis where there are values on both sides of it.
        let zero = self.y(0.0_f64.clamp(y.low, y.high));
        group = group.add(segment((LEFT, TOP), (LEFT, BOTTOM)).set("stroke", MUTED));
        group.add(segment((LEFT, zero), (self.right, zero)).set("stroke", INK))
    }

    fn bar(&self, bar: &Bar) -> Rectangle {
        let (colour, dashes) = pen(bar.stroke);
        let (left, right) = (self.x(bar.x.0), self.x(bar.x.1));
        let (top, bottom) = (self.y(bar.y.1), self.y(bar.y.0));
        Rectangle::new()
            .set("x", coordinate(left))
            .set("y", coordinate(top))
            .set("width", coordinate(right - left))
            .set("height", coordinate(bottom - top))
            .set("fill", colour)
            // Filled and solid, or light and dashed: told apart without colour.
            .set("fill-opacity", if dashes == "none" { "0.85" } else { "0.35" })
            .set("stroke", colour)
            .set("stroke-dasharray", dashes)
            .set("stroke-width", "1.5")
    }

    fn guide(&self, guide: &Guide) -> Segment {
        let from = (self.x(guide.from.0), self.y(guide.from.1));
        let to = (self.x(guide.to.0), self.y(guide.to.1));
        segment(from, to).set("stroke", MUTED).set("stroke-dasharray", "3 4").set("stroke-width", "1.25")
    }

    /// A label on a white halo, which is an element of its own: not every program knows an order of painting.
    fn label(&self, label: &Label) -> Group {
        let (x, y) = (self.x(label.at.0), self.y(label.at.1));
        let half = width(&label.text) / 2.0;
        // A label in the middle that would leave the paper is pushed back.
        let x = match label.anchor {
            Anchor::Middle => x.min(self.right - half - 8.0).max(LEFT + half + 8.0),
            Anchor::Start => x + 8.0,
            Anchor::End => x - 8.0,
        };
        let y = match label.side {
            Side::Above => y - 10.0,
            Side::Below => y + 20.0,
        };
        let written = || text(&plain(&label.text), x, y, label.anchor);
        let halo = written()
            .set("fill", "white")
            .set("stroke", "white")
            .set("stroke-width", 4)
            .set("stroke-linejoin", "round")
            .set("aria-hidden", "true");
        Group::new().add(halo).add(written())
    }

    /// Where each name of the legend stands: on the line of the axis labels, from the right, where all fit there; else on lines of
    /// its own below the axis.
    fn legend_places(&self) -> Vec<(&Line, String, (f64, f64))> {
        let names: Vec<(&Line, String)> =
            self.figure.legend().map(|line| (line, shortened(&plain(&line.name), NAME))).collect();
        let all: f64 = names.iter().map(|(_, name)| SAMPLE + width(name)).sum();
        let end = self.right - if self.figure.right.is_some() { 40.0 } else { 0.0 };
        let above = end - all > 24.0 + width(&self.figure.y.label);
        let (mut x, mut y) = if above { (end - all, TOP - 16.0) } else { (LEFT, HEIGHT + 8.0) };
        names
            .into_iter()
            .map(|(line, name)| {
                let wide = SAMPLE + width(&name);
                if !above && x > LEFT && x + wide > self.right {
                    (x, y) = (LEFT, y + LEGEND_LINE);
                }
                let at = (x + SAMPLE, y);
                x += wide;
                (line, name, at)
            })
            .collect()
    }

    fn legend(&self) -> Group {
        self.legend_places().into_iter().fold(Group::new(), |group, (line, name, (x, y))| {
            let (colour, dashes) = pen(line.stroke);
            let sample = segment((x - 44.0, y - 5.0), (x - 8.0, y - 5.0))
                .set("stroke", colour)
                .set("stroke-dasharray", dashes)
                .set("stroke-width", 3);
            group.add(text(&name, x, y, Anchor::Start)).add(sample)
        })
    }
}

/// What a name of the legend needs before it, for the sample of its line; and how far its lines are apart.
const SAMPLE: f64 = 64.0;
const LEGEND_LINE: f64 = 24.0;

/// The most letters of a name, which leave room for others.
const NAME: usize = 60;

fn height(axis: &Axis, value: f64) -> f64 {
    BOTTOM - axis.place(value) * (BOTTOM - TOP)
}

fn axis_text(axis: &Axis, value: f64, step: f64) -> String {
    tick_text(value, step, axis.low.abs().max(axis.high.abs()), axis.unit)
}

fn segment(from: (f64, f64), to: (f64, f64)) -> Segment {
    Segment::new()
        .set("x1", coordinate(from.0))
        .set("y1", coordinate(from.1))
        .set("x2", coordinate(to.0))
        .set("y2", coordinate(to.1))
}

pub(super) fn text(content: &str, x: f64, y: f64, anchor: Anchor) -> Text {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    Text::new(content).set("x", coordinate(x)).set("y", coordinate(y)).set("text-anchor", anchor)
}

/// About how wide a text is, without a font at hand.
pub(super) fn width(text: &str) -> f64 {
    // Letters of the far east are as wide as high.
    text.chars().map(|letter| if letter >= '\u{1100}' { 14.0 } else { 7.7 }).sum()
}

/// Text without the control characters that XML cannot hold.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
