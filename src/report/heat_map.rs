//! A cohort table as a heat map: one row a cohort, one column an age, darker where more is left, and in a second colour
//! where it is lost. Segments have a panel each, under each other, of the same columns and colours.

use std::fmt::Write;

use svg::Document;
use svg::node::element::{Rectangle, Text, Title};

use super::scale::joined;
use crate::wording;

/// One cell of a heat map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatCell {
    /// How dark it is, from 0 to 1, and below zero down to -1 for a loss; `None` where there is nothing to show.
    pub shade: Option<f64>,
    /// What stands in it.
    pub text: String,
    /// Whether the figure is not final: it is marked with a star and a broken border.
    pub in_progress: bool,
}

/// A grid of cells with names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatMap {
    /// What it is of.
    pub title: String,
    /// More words.
    pub subtitle: String,
    /// What the rows are, and what the columns are.
    pub axes: (String, String),
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The grids, from top to bottom.
    pub panels: Vec<HeatPanel>,
}

/// One of the grids of a heat map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatPanel {
    /// What it is of, where there may be others.
    pub title: Option<String>,
    /// Each row: its name, a note beside it, and its cells.
    pub rows: Vec<(String, String, Vec<HeatCell>)>,
}

/// The least width of a cell, and its height.
const CELL: (f64, f64) = (58.0, 28.0);
/// How wide a digit is at most.
const DIGIT: f64 = 8.0;
const LEFT: f64 = 170.0;
/// Where the first panel begins.
const TOP: f64 = 68.0;
/// The height of the names of the columns, and of the title of a panel above them.
const HEAD: f64 = 48.0;
const PANEL_TITLE: f64 = 34.0;
/// Space under each panel.
const FOOT: f64 = 28.0;
const FONTS: &str = "system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif";
/// From nearly white to a dark blue whose lightness alone tells the value.
const LIGHT: [f64; 3] = [239.0, 245.0, 250.0];
const DARK: [f64; 3] = [0.0, 72.0, 130.0];
/// The same for losses, from nearly white to a dark orange.
const LIGHT_LOSS: [f64; 3] = [253.0, 243.0, 236.0];
const DARK_LOSS: [f64; 3] = [158.0, 66.0, 0.0];
/// Below this luminance white is easier to read on a ground than nearly black is.
const DARK_GROUND: f64 = 0.2;

impl HeatMap {
    /// The heat map as an SVG document.
    pub fn svg(&self) -> String {
        let longest = self.cells().map(|cell| wording::width(&shown(cell))).max();
        let cell_width = CELL.0.max(longest.unwrap_or(0) as f64 * DIGIT + 14.0);
        let width = LEFT + self.columns.len() as f64 * cell_width + 36.0;
        let width = width.max(18.0 + 7.2 * wording::width(&self.subtitle).max(wording::width(&self.title)) as f64);
        let width = self
            .panels
            .iter()
            .filter_map(|panel| panel.title.as_ref())
            .fold(width, |width, title| width.max(36.0 + 11.0 * wording::width(title) as f64));
        let height = TOP + self.panels.iter().map(HeatPanel::height).sum::<f64>();
        let mut document = Document::new()
            .set("xmlns", "http://www.w3.org/2000/svg")
            .set("width", width)
            .set("height", height)
            .set("viewBox", (0, 0, width, height))
            .set("role", "img")
            .set("font-family", FONTS)
            .set("font-size", 13)
            .set("fill", "#1a1a1a")
            .add(Title::new(self.title.clone()))
            .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "white"))
            .add(text(&self.title, 18.0, 34.0, "start").set("font-size", 21).set("font-weight", "bold"))
            .add(text(&self.subtitle, 18.0, 58.0, "start").set("fill", "#555555"));
        let mut top = TOP;
        for panel in &self.panels {
            document = self.panel(document, panel, top, cell_width);
            top += panel.height();
        }
        format!("{document}\n")
    }

    /// Adds a panel that begins at a height.
    fn panel(&self, mut document: Document, panel: &HeatPanel, top: f64, cell_width: f64) -> Document {
        if let Some(title) = &panel.title {
            let title = text(title, 18.0, top + 24.0, "start");
            document = document.add(title.set("font-size", 16).set("font-weight", "bold"));
        }
        let top = top + panel.head();
        document = document
            .add(text(&self.axes.0, 18.0, top - 12.0, "start").set("fill", "#555555"))
            .add(text(&self.axes.1, LEFT, top - 32.0, "start").set("fill", "#555555"));
        for (column, name) in self.columns.iter().enumerate() {
            let x = LEFT + (column as f64 + 0.5) * cell_width;
            document = document.add(text(name, x, top - 12.0, "middle").set("fill", "#555555"));
        }
        for (row, (name, note, cells)) in panel.rows.iter().enumerate() {
            let y = top + row as f64 * CELL.1;
            let middle = y + CELL.1 / 2.0 + 4.5;
            document = document
                .add(text(name, 18.0, middle, "start"))
                .add(text(note, LEFT - 12.0, middle, "end").set("fill", "#555555"));
            for (column, cell) in cells.iter().enumerate() {
                let Some(shade) = cell.shade else { continue };
                let x = LEFT + column as f64 * cell_width;
                let mut ground = Rectangle::new()
                    .set("x", x + 1.0)
                    .set("y", y + 1.0)
                    .set("width", cell_width - 2.0)
                    .set("height", CELL.1 - 2.0)
                    .set("fill", hex(ground_of(shade)));
                if cell.in_progress {
                    ground = ground.set("stroke", "#1a1a1a").set("stroke-dasharray", "4 3");
                }
                let ink = if luminance(ground_of(shade)) < DARK_GROUND { "white" } else { "#1a1a1a" };
                document = document
                    .add(ground)
                    .add(text(&shown(cell), x + cell_width / 2.0, middle, "middle").set("fill", ink));
            }
        }
        document
    }

    /// The heat map for a terminal: a block before each figure, fuller where more is left, and a coloured ground where colours
    /// are wanted. Columns that do not fit are left out, and said so.
    pub fn text(&self, width: usize, colours: bool) -> String {
        let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let rows = || self.panels.iter().flat_map(|panel| &panel.rows);
        let names = longest(&mut rows().map(|row| wording::width(&row.0)).chain([wording::width(&self.axes.0)]));
        let notes = longest(&mut rows().map(|row| wording::width(&row.1)));
        let cells = self.cells().map(|cell| wording::width(&shown(cell)) + 1);
        let cell = longest(&mut cells.chain(self.columns.iter().map(|name| wording::width(name)))) + 1;
        let left = names + notes + 2;
        let shown_columns = (width.saturating_sub(left) / cell).clamp(1, self.columns.len().max(1));
        let parts: Vec<String> = self.subtitle.split(" · ").map(str::to_owned).collect();
        let subtitle = joined(&parts, width).join("\n");
        let mut out = format!("{}\n{subtitle}\n", self.title);
        for panel in &self.panels {
            out.push('\n');
            if let Some(title) = &panel.title {
                let _ = writeln!(out, "{}", wording::shortened(title, width));
            }
            let _ = write!(out, "{} {:notes$} ", wording::padded(&self.axes.0, names), "");
            for name in self.columns.iter().take(shown_columns) {
                out.push_str(&wording::padded_left(name, cell));
            }
            out.push('\n');
            for (name, note, row) in &panel.rows {
                let _ = write!(out, "{} {} ", wording::padded(name, names), wording::padded_left(note, notes));
                row.iter().take(shown_columns).for_each(|place| write_cell(&mut out, place, cell, colours));
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
            }
        }
        if shown_columns < self.columns.len() {
            let more = (self.columns.len() - shown_columns) as u64;
            let _ = writeln!(
                out,
                "{} more {} not fit",
                wording::grouped(more),
                wording::verb(more, "column does", "columns do")
            );
        }
        out
    }

    fn cells(&self) -> impl Iterator<Item = &HeatCell> {
        self.panels.iter().flat_map(|panel| &panel.rows).flat_map(|row| &row.2)
    }
}

impl HeatPanel {
    /// The height of all above the rows.
    fn head(&self) -> f64 {
        HEAD + if self.title.is_some() { PANEL_TITLE } else { 0.0 }
    }

    fn height(&self) -> f64 {
        self.head() + self.rows.len() as f64 * CELL.1 + FOOT
    }
}

/// Writes a cell for a terminal, so many letters wide.
fn write_cell(out: &mut String, cell: &HeatCell, width: usize, colours: bool) {
    let Some(shade) = cell.shade else {
        let _ = write!(out, "{:width$}", "");
        return;
    };
    let text = format!("{}{:>width$}", block(shade), shown(cell), width = width - 2);
    if colours {
        // The 6 x 6 x 6 cube of 256 colours: blues, and oranges for losses, from light to dark.
        let hues = if shade < 0.0 { [230, 223, 216, 209, 166, 130, 94] } else { [195, 153, 111, 75, 32, 25, 18] };
        let ground = hues[(shade.abs() * 6.0).round() as usize % 7];
        let rgb = [36, 6, 1].map(|place| (ground - 16) / place % 6).map(|step| [0, 95, 135, 175, 215, 255][step]);
        let ink = if luminance(rgb) < DARK_GROUND { 15 } else { 16 };
        let _ = write!(out, " \x1b[48;5;{ground}m\x1b[38;5;{ink}m{text}\x1b[0m");
    } else {
        let _ = write!(out, " {text}");
    }
}

fn shown(cell: &HeatCell) -> String {
    if cell.in_progress { format!("{}*", cell.text) } else { cell.text.clone() }
}

fn block(shade: f64) -> char {
    [' ', '░', '▒', '▓', '█'][((shade.abs() * 4.0).ceil() as usize).min(4)]
}

/// The colour of a ground: red, green and blue.
fn ground_of(shade: f64) -> [u8; 3] {
    let (light, dark) = if shade < 0.0 { (LIGHT_LOSS, DARK_LOSS) } else { (LIGHT, DARK) };
    std::array::from_fn(|place| (light[place] + (dark[place] - light[place]) * shade.abs().min(1.0)).round() as u8)
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// How light a colour is to the eye, from 0 to 1: the relative luminance of WCAG 2.
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        part @ ..=0.04045 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    };
    let [red, green, blue] = colour.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn text(content: &str, x: f64, y: f64, anchor: &str) -> Text {
    // What XML cannot hold is left out; markup is escaped by the writer.
    let plain: String = content.chars().filter(|c| !c.is_control()).collect();
    Text::new(plain).set("x", x).set("y", y).set("text-anchor", anchor)
}
