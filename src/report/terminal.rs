//! A figure as text: braille dots for lines, plain characters for everything else.

use std::ops::Range;

use super::figure::{Anchor, Axis, Bar, Figure, Guide, Label, Line, Side, Stroke};
use super::scale::{tick_text, ticks};
use super::svg::plain;
use crate::wording::{shortened, width, wrapped};

/// A terminal to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Its columns; fewer than 48 are taken as 48.
    pub width: usize,
    /// The rows to fill; fewer than 14 are taken as 14.
    pub height: usize,
    /// Whether colours may be used; the chart says the same without them.
    pub colour: bool,
}

impl Default for Screen {
    /// 80 columns, 24 rows, no colour.
    fn default() -> Self {
        Self { width: 80, height: 24, colour: false }
    }
}

/// The colour of a cell, as the terminal's own palette has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink(&'static str);

const PLAIN: Ink = Ink("");
const MUTED: Ink = Ink("2");
const BOLD: Ink = Ink("1");

/// Colours of the series and which dots of a line are drawn, over and over: those of an `o`.
const SERIES: [(Ink, &[u8]); 8] = [
    (Ink("36"), b"o"),
    (Ink("33"), b"oooo   "),
    (Ink("32"), b"o  "),
    (Ink("35"), b"ooooo  o  "),
    (Ink("34"), b"o    "),
    (Ink("31"), b"oooooooo    "),
    (Ink("96"), b"oo    "),
    (Ink("93"), b"o o o     "),
];

/// Whether the dot of this number along a line is drawn.
fn is_drawn(pattern: &[u8], number: usize) -> bool {
    pattern[number % pattern.len()] == b'o'
}

fn pen(stroke: Stroke) -> (Ink, &'static [u8]) {
    match stroke {
        Stroke::Gain => SERIES[0],
        Stroke::Loss => SERIES[1],
        Stroke::Series(series) => SERIES[series % SERIES.len()],
    }
}

/// The dots of a braille character, by column and row of the character.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

struct Canvas {
    /// A letter and the marks above it; nothing where the letter before takes two cells.
    cells: Vec<Vec<(String, Ink)>>,
    dots: Vec<Vec<(u8, Ink)>>,
    /// Rows and columns that labels take.
    labels: Vec<(usize, Range<usize>)>,
    /// The column of the left axis and the one behind the plot.
    left: usize,
    right: usize,
    /// The row of the top of the plot and the one of the axis below it.
    top: usize,
    bottom: usize,
}

impl Figure {
    /// The chart as lines of text for a terminal.
    ///
    /// # Shape
    /// At most `height` rows (more where the names of its lines would leave too few for them) of at most `width` columns,
    /// without blanks at their ends, each ended by a newline. Without colour there is no escape sequence in it.
    pub fn text(&self, screen: Screen) -> String {
        let columns = screen.width.max(48);
        let legend = self.legend_places(columns);
        let top = 3 + legend.last().map_or(0, |(.., (row, _))| row - 1);
        let height = screen.height.max(14).max(top + 10);
        let bottom = height - 3;
        let about = ((bottom - top) / 3).max(2);
        let left_ticks = axis_ticks(&self.y, about);
        let right_ticks = self.right.as_ref().map(|axis| axis_ticks(axis, about)).unwrap_or_default();
        let widest = |ticks: &[(f64, String)]| ticks.iter().map(|(_, text)| width(text)).max().unwrap_or(0);
        let mut canvas = Canvas {
            cells: vec![vec![(" ".to_owned(), PLAIN); columns]; height],
            dots: vec![vec![(0, PLAIN); columns]; height],
            labels: Vec::new(),
            left: widest(&left_ticks) + 1,
            right: columns - if right_ticks.is_empty() { 2 } else { widest(&right_ticks) + 2 },
            top,
            bottom,
        };
        canvas.write(0, 0, &self.title, BOLD);
        canvas.write(1, 0, &self.subtitle, MUTED);
        for (line, name, at) in &legend {
            canvas.legend(line, name, *at);
        }
        canvas.write(top - 1, 0, &self.y.label, MUTED);
        if let Some(axis) = &self.right {
            canvas.write(top - 1, columns.saturating_sub(width(&axis.label)), &axis.label, MUTED);
        }
        canvas.axes(self, &left_ticks, &right_ticks);
        for guide in &self.guides {
            canvas.guide(self, guide);
        }
        for bar in &self.bars {
            canvas.bar(self, bar);
        }
        for line in &self.lines {
            canvas.line(self, line);
        }
        canvas.lay_dots();
        for label in &self.labels {
            canvas.label(self, label);
        }
        for &(x, y) in &self.marks {
            let (row, column) = (canvas.row(&self.y, y), canvas.column(&self.x, x));
            canvas.set(row, column, '●', BOLD);
        }
        canvas.print(screen.colour)
    }

    /// The names of the legend, cut to the width, each with the row and column of its sample; a row takes as many as fit.
    fn legend_places(&self, columns: usize) -> Vec<(&Line, String, (usize, usize))> {
        let (mut row, mut column) = (2, 0);
        self.legend()
            .map(|line| {
                let name = shortened(&line.name, columns - SAMPLE - 1);
                let wide = SAMPLE + 1 + width(&name);
                if column > 0 && column + wide > columns {
                    (row, column) = (row + 1, 0);
                }
                let at = (row, column);
                column += wide + 2;
                (line, name, at)
            })
            .collect()
    }
}

/// Columns of the sample of a line in the legend.
const SAMPLE: usize = 6;

fn axis_ticks(axis: &Axis, about: usize) -> Vec<(f64, String)> {
    let (values, step) = ticks(axis.low, axis.high, about);
    let largest = axis.low.abs().max(axis.high.abs());
    values.into_iter().map(|value| (value, tick_text(value, step, largest, axis.unit))).collect()
}

impl Canvas {
    /// The place of a value among so many dots, the ends included.
    fn dot(place: f64, dots: usize) -> usize {
        ((place * (dots - 1) as f64).round().max(0.0) as usize).min(dots - 1)
    }

    fn row(&self, axis: &Axis, value: f64) -> usize {
        self.bottom - 1 - Self::dot(axis.place(value), (self.bottom - self.top) * 4) / 4
    }

    fn column(&self, axis: &Axis, value: f64) -> usize {
        self.left + 1 + Self::dot(axis.place(value), (self.right - self.left - 1) * 2) / 2
    }

    fn set(&mut self, row: usize, column: usize, letter: char, ink: Ink) {
        self.cells[row][column] = (letter.to_string(), ink);
    }

    /// Writes a text, cut to the width, letter by letter.
    fn write(&mut self, row: usize, column: usize, text: &str, ink: Ink) {
        let cells = &mut self.cells[row];
        let mut next = column;
        for letter in shortened(&plain(text), cells.len().saturating_sub(column)).chars() {
            match width(letter.encode_utf8(&mut [0; 4])) {
                // A mark belongs to the letter before it.
                0 if next > column => cells[next - 1].0.push(letter),
                0 => {}
                wide => {
                    let Some([cell, rest @ ..]) = cells.get_mut(next..next + wide) else { break };
                    *cell = (letter.to_string(), ink);
                    rest.fill((String::new(), ink));
                    next += wide;
                }
            }
        }
    }

    fn legend(&mut self, line: &Line, name: &str, (row, column): (usize, usize)) {
        let (ink, pattern) = pen(line.stroke);
        for sample in 0..SAMPLE {
            let dots = (0..2).filter(|half| is_drawn(pattern, sample * 2 + half));
            let bits = dots.fold(0, |bits, half| bits | DOTS[half][2]);
            self.write(row, column + sample, braille(bits).encode_utf8(&mut [0; 4]), ink);
        }
        self.write(row, column + SAMPLE + 1, name, PLAIN);
    }

    fn axes(&mut self, figure: &Figure, left: &[(f64, String)], right: &[(f64, String)]) {
        for row in self.top..self.bottom {
            self.set(row, self.left, '│', MUTED);
            if figure.right.is_some() {
                self.set(row, self.right, '│', MUTED);
            }
        }
        for column in self.left..self.right {
            self.set(self.bottom, column, '─', MUTED);
        }
        self.set(self.bottom, self.left, '└', MUTED);
        if figure.right.is_some() {
            self.set(self.bottom, self.right, '┘', MUTED);
        }
        for (value, text) in left {
            let row = self.row(&figure.y, *value);
            self.write(row, self.left - 1 - width(text), text, PLAIN);
            self.set(row, self.left, '┤', MUTED);
        }
        if let Some(axis) = &figure.right {
            for (value, text) in right {
                let row = self.row(axis, *value);
                self.write(row, self.right + 2, text, PLAIN);
                self.set(row, self.right, '├', MUTED);
            }
        }
        let (columns, mut free) = (self.cells[0].len(), 0);
        for (value, text) in axis_ticks(&figure.x, (self.right - self.left) / 8) {
            let column = self.column(&figure.x, value);
            self.set(self.bottom, column, '┴', MUTED);
            let start = column.saturating_sub(width(&text) / 2).min(columns - width(&text));
            if start >= free {
                self.write(self.bottom + 1, start, &text, PLAIN);
                free = start + width(&text) + 1;
            }
        }
        let label = &figure.x.label;
        let middle = (self.left + self.right) / 2;
        self.write(self.bottom + 2, middle.saturating_sub(width(label) / 2), label, MUTED);
    }

    fn guide(&mut self, figure: &Figure, guide: &Guide) {
        let (from, to) = (self.column(&figure.x, guide.from.0), self.column(&figure.x, guide.to.0));
        let (low, high) = (self.row(&figure.y, guide.from.1), self.row(&figure.y, guide.to.1));
        if from == to {
            for row in low.min(high)..=low.max(high) {
                self.set(row, from, '┊', MUTED);
            }
        } else if low == high {
            for column in from..=to {
                self.set(low, column, '╌', MUTED);
            }
        } else {
            self.dotted(figure, &[guide.from, guide.to], MUTED, b"o   ");
        }
    }

    fn bar(&mut self, figure: &Figure, bar: &Bar) {
        let (ink, pattern) = pen(bar.stroke);
        let full = if pattern.len() == 1 { '█' } else { '▒' };
        let (from, to) = (self.column(&figure.x, bar.x.0), self.column(&figure.x, bar.x.1));
        let (low, high) = (self.row(&figure.y, bar.y.0), self.row(&figure.y, bar.y.1));
        // A gap between neighbours, unless there is no room for one.
        let to = if to > from + 1 { to - 1 } else { to };
        for row in high..=low {
            for column in from..=to {
                self.set(row, column, full, ink);
            }
        }
    }

    fn line(&mut self, figure: &Figure, line: &Line) {
        let (ink, pattern) = pen(line.stroke);
        self.dotted(figure, &line.points, ink, pattern);
    }

    /// Sets the dots from point to point, one in each column and row of dots that the line crosses.
    fn dotted(&mut self, figure: &Figure, points: &[(f64, f64)], ink: Ink, pattern: &[u8]) {
        let (columns, rows) = ((self.right - self.left - 1) * 2, (self.bottom - self.top) * 4);
        let place = |&(x, y): &(f64, f64)| {
            (Self::dot(figure.x.place(x), columns) as i64, Self::dot(figure.y.place(y), rows) as i64)
        };
        let mut path: Vec<(i64, i64)> = Vec::new();
        for two in points.windows(2) {
            let ((x, y), (to_x, to_y)) = (place(&two[0]), place(&two[1]));
            let steps = (to_x - x).abs().max((to_y - y).abs()).max(1);
            for step in 0..=steps {
                // Rounded half up in whole numbers, the same everywhere.
                let between = |from: i64, to: i64| from + (2 * (to - from) * step + steps).div_euclid(2 * steps);
                let at = (between(x, to_x), between(y, to_y));
                if path.last() != Some(&at) {
                    path.push(at);
                }
            }
        }
        for (number, (x, y)) in path.into_iter().enumerate() {
            if is_drawn(pattern, number) {
                let (column, row) = (self.left + 1 + x as usize / 2, self.bottom - 1 - y as usize / 4);
                let cell = &mut self.dots[row][column];
                *cell = (cell.0 | DOTS[x as usize % 2][3 - y as usize % 4], ink);
            }
        }
    }

    fn lay_dots(&mut self) {
        for (cells, dots) in std::iter::zip(&mut self.cells, &self.dots) {
            for (cell, &(bits, ink)) in std::iter::zip(cells, dots) {
                if bits != 0 {
                    *cell = (braille(bits).to_string(), ink);
                }
            }
        }
    }

    /// Writes a label where no other stands: on its row or, away from its point, one of the next; nowhere where all are taken. One that is
    /// wider than the plot takes several rows, or is cut.
    fn label(&mut self, figure: &Figure, label: &Label) {
        const NEXT: usize = 3;
        let at = self.row(&figure.y, label.at.1);
        let rows: Vec<usize> = match label.side {
            Side::Above if figure.y.place(label.at.1) <= 0.0 => (self.top..=at).rev().take(NEXT).collect(),
            Side::Above => (self.top..at.max(self.top + 1)).rev().take(NEXT).collect(),
            Side::Below => ((at + 1).min(self.bottom - 1)..self.bottom).take(NEXT).collect(),
        };
        let room = self.right - self.left - 2;
        let lines = wrapped(&label.text, room);
        let cut = vec![shortened(&label.text, room)];
        let forms = if lines.len() > 1 { vec![lines, cut] } else { vec![cut] };
        for lines in forms {
            let placed = rows.iter().find_map(|row| self.place(figure, label, &lines, *row));
            if let Some(places) = placed {
                for ((row, columns), line) in std::iter::zip(places, &lines) {
                    self.write(row, columns.start, line, PLAIN);
                    self.labels.push((row, columns));
                }
                return;
            }
        }
    }

    /// Where the lines of a label stand of which the one next to its point is on this row; `None` where others stand or the plot ends.
    fn place(
        &self,
        figure: &Figure,
        label: &Label,
        lines: &[String],
        row: usize,
    ) -> Option<Vec<(usize, Range<usize>)>> {
        let first = match label.side {
            Side::Above => (row + 1).checked_sub(lines.len())?,
            Side::Below => row,
        };
        let at = self.column(&figure.x, label.at.0);
        let place = |(row, line): (usize, &String)| {
            let letters = width(line);
            let column = match label.anchor {
                Anchor::Start => at + 2,
                Anchor::Middle => at.saturating_sub(letters / 2),
                Anchor::End => at.saturating_sub(letters + 1),
            };
            let column = column.min(self.right.saturating_sub(letters + 1)).max(self.left + 1);
            let mut others = self.labels.iter().filter(|(other, _)| *other == row);
            let is_free = others.all(|(_, taken)| column > taken.end || column + letters < taken.start);
            (is_free && (self.top..self.bottom).contains(&row)).then_some((row, column..column + letters))
        };
        std::iter::zip(first.., lines).map(place).collect()
    }

    fn print(&self, colour: bool) -> String {
        let mut out = String::new();
        for row in &self.cells {
            let end = row.iter().rposition(|(letter, _)| letter != " ").map_or(0, |last| last + 1);
            let mut current = PLAIN;
            for (letter, ink) in &row[..end] {
                if colour && letter != " " && *ink != current {
                    out.push_str("\x1b[0");
                    if *ink != PLAIN {
                        out.push(';');
                        out.push_str(ink.0);
                    }
                    out.push('m');
                    current = *ink;
                }
                out.push_str(letter);
            }
            if current != PLAIN {
                out.push_str("\x1b[0m");
            }
            out.push('\n');
        }
        out
    }
}

fn braille(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).expect("every byte is a braille pattern")
}
