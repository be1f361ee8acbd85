//! What a chart shows, told apart from how it is drawn.

/// What an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Percent.
    Percent,
    /// Units of a currency.
    Money,
}

/// An axis: its name with its unit, and its range.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it shows, with its unit.
    pub label: String,
    /// The value at its beginning.
    pub low: f64,
    /// The value at its end.
    pub high: f64,
    /// What it counts.
    pub unit: Scale,
}

impl Axis {
    /// Where a value lies between the ends: 0 at the low one, 1 at the high one.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// How a line looks, in colour and without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// What is gained: solid and strong.
    Gain,
    /// What is lost: dashed and strong.
    Loss,
    /// One of several series, told apart by colour and dashes; from 0.
    Series(usize),
}

/// A line through points in the units of the axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// How it looks.
    pub stroke: Stroke,
    /// What it is, for the legend; empty where a label says so.
    pub name: String,
}

/// A thin broken line that points something out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guide {
    /// Where it begins.
    pub from: (f64, f64),
    /// Where it ends.
    pub to: (f64, f64),
}

/// A filled box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Its left and right side.
    pub x: (f64, f64),
    /// Its lower and upper side.
    pub y: (f64, f64),
    /// How it looks.
    pub stroke: Stroke,
}

/// A shaded shape, drawn lightly behind everything else. A terminal leaves it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its corners.
    pub corners: Vec<(f64, f64)>,
    /// What it belongs to.
    pub stroke: Stroke,
}

/// On which side of its point a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Above the point.
    Above,
    /// Below the point.
    Below,
}

/// Which part of a label stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// A text at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The point.
    pub at: (f64, f64),
    /// The text.
    pub text: String,
    /// Which part of the text stands at the point.
    pub anchor: Anchor,
    /// On which side of the point it stands.
    pub side: Side,
}

/// A chart: what it shows, in the units of its axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What the chart is of.
    pub title: String,
    /// The figures that matter, in words.
    pub subtitle: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis on the left.
    pub y: Axis,
    /// The same heights in another unit, on the right.
    pub right: Option<Axis>,
    /// Shaded shapes, drawn first.
    pub areas: Vec<Area>,
    /// Boxes, drawn next.
    pub bars: Vec<Bar>,
    /// Broken lines.
    pub guides: Vec<Guide>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Points that stand out.
    pub marks: Vec<(f64, f64)>,
    /// Texts, drawn last.
    pub labels: Vec<Label>,
}

impl Figure {
    /// A chart with its axes and nothing in it yet.
    pub fn new(title: impl Into<String>, subtitle: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            title: title.into(),
            subtitle: subtitle.into(),
            x,
            y,
            right: None,
            areas: Vec::new(),
            bars: Vec::new(),
            guides: Vec::new(),
            lines: Vec::new(),
            marks: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// The same chart with its vertical axes reaching at least from one value to another.
    #[must_use]
    pub(super) fn reaching(mut self, low: f64, high: f64) -> Self {
        if let Some(right) = &mut self.right {
            let scale = (right.high - right.low) / (self.y.high - self.y.low);
            let zero = right.low - self.y.low * scale;
            (right.low, right.high) = (zero + self.y.low.min(low) * scale, zero + self.y.high.max(high) * scale);
        }
        (self.y.low, self.y.high) = (self.y.low.min(low), self.y.high.max(high));
        self
    }

    /// The lines that the legend names.
    pub(super) fn legend(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.name.is_empty())
    }
}
