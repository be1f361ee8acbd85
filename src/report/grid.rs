//! The portfolio grid as a picture: revenue upwards, cost to the right.

use svg::Document;
use svg::node::element::Rectangle;

use super::figure::Anchor;
use super::hook::Caption;
use super::scale::percent_text;
use super::svg::{document, plain, text, width};
use super::terminal::Screen;
use crate::money::Currency;
use crate::portfolio::{Cut, PortfolioBox, PortfolioGrid};
use crate::wording::counted;

/// A grid with the words on it, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct GridChart {
    title: String,
    subtitle: String,
    /// Names of the rows, highest revenue first, and of the columns, lowest cost first, each with its bounds.
    rows: Vec<(String, String)>,
    columns: Vec<(String, String)>,
    /// Row by row.
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq)]
struct Cell {
    /// Customers, profit, revenue, cost and lifetime value, as far as there is anything to say.
    lines: Vec<String>,
    /// Whether the box makes a loss.
    loss: bool,
    /// How its profit compares with the largest of all boxes, from 0 to 1.
    weight: f64,
}

/// The grid as a chart: customers, revenue, cost and profit of every box.
pub fn grid_chart(grid: &PortfolioGrid, currency: &Currency, caption: &Caption) -> GridChart {
    let columns = grid.cost_cuts.len() + 1;
    let largest = grid.boxes.iter().map(|one| one.profit.unsigned_abs()).max().unwrap_or(0);
    let profit: i128 = grid.boxes.iter().map(|one| one.profit).sum();
    let customers: u64 = grid.boxes.iter().map(|one| one.customers).sum();
    let cut = |cut: &Cut| match cut {
        Cut::Amount { .. } => caption.amount(cut.value(currency)),
        Cut::Share(share) => format!("{} of revenue", percent_text(share * 100.0)),
    };
    let named = |what: &str, names: Vec<&str>, cuts: &[Cut], (at_least, up_to): (&str, &str)| {
        let bounds = |level: usize| match (level.checked_sub(1).and_then(|below| cuts.get(below)), cuts.get(level)) {
            (Some(low), Some(high)) => format!("{} – {}", cut(low), cut(high)),
            (Some(low), None) => format!("{at_least} {}", cut(low)),
            (None, Some(high)) => format!("{up_to} {}", cut(high)),
            (None, None) => String::new(),
        };
        std::iter::zip(0.., names).map(|(level, name)| (format!("{name} {what}"), bounds(level))).collect::<Vec<_>>()
    };
    let row_names = grid.boxes.iter().step_by(columns).map(|one| one.revenue_level.as_str()).rev().collect();
    let mut rows = named("revenue", row_names, &grid.revenue_cuts, ("from", "below"));
    rows.reverse();
    let column_names = grid.boxes[..columns].iter().map(|one| one.cost_level.as_str()).collect();
    GridChart {
        title: caption.title.clone(),
        subtitle: format!("{} · profit {}", counted(customers, "customer"), caption.amount(currency.to_f64(profit))),
        rows,
        columns: named("cost to serve", column_names, &grid.cost_cuts, ("above", "up to")),
        cells: grid.boxes.iter().map(|one| cell(one, largest, currency, caption)).collect(),
    }
}

fn cell(one: &PortfolioBox, largest: u128, currency: &Currency, caption: &Caption) -> Cell {
    let amount = |what: &str, minor: i128| format!("{what} {}", caption.amount(currency.to_f64(minor)));
    let mut lines = vec![match one.customers {
        0 => "nobody".into(),
        customers => format!("{} ({})", counted(customers, "customer"), percent_text(one.customer_share * 100.0)),
    }];
    if one.customers > 0 {
        lines.push(amount("profit", one.profit));
        lines.push(amount("revenue", one.revenue));
        lines.push(amount("cost to serve", one.cost));
        lines.extend(one.lifetime_value.map(|value| format!("lifetime value {}", caption.amount(value))));
    }
    Cell {
        lines,
        loss: one.profit < 0,
        weight: if largest == 0 { 0.0 } else { one.profit.unsigned_abs() as f64 / largest as f64 },
    }
}

const LEFT: f64 = 24.0;
const TOP: f64 = 118.0;
const WIDTH: f64 = 912.0;
const ROW_LABEL: f64 = 26.0;
const CELL: f64 = 136.0;

impl GridChart {
    /// The chart as an SVG document.
    pub fn svg(&self) -> String {
        let columns = self.columns.len() as f64;
        let height = TOP + self.rows.len() as f64 * (CELL + ROW_LABEL) + 24.0;
        // Cells stay wide enough for their words, however many there are.
        let words = self.cells.iter().flat_map(|cell| &cell.lines).map(|line| width(line) + 36.0).fold(200.0, f64::max);
        let cell = (WIDTH / columns).max(words);
        let mut drawing: Document = document(LEFT * 2.0 + cell * columns, height, &self.title, &self.subtitle);
        for (column, name) in self.columns.iter().enumerate() {
            let middle = LEFT + (column as f64 + 0.5) * cell;
            for (line, up) in [(&name.0, 32.0), (&name.1, 14.0)] {
                drawing = drawing.add(text(&plain(line), middle, TOP - up, Anchor::Middle).set("fill", "#555555"));
            }
        }
        for (row, name) in self.rows.iter().enumerate() {
            let top = TOP + row as f64 * (CELL + ROW_LABEL);
            drawing =
                drawing.add(text(&plain(&row_name(name)), LEFT, top + 17.0, Anchor::Start).set("fill", "#555555"));
            for column in 0..self.columns.len() {
                let one = &self.cells[row * self.columns.len() + column];
                let left = LEFT + column as f64 * cell;
                let top = top + ROW_LABEL;
                let (colour, dashes) = match (one.lines.len(), one.loss) {
                    (1, _) => ("#999999", "1 3"),
                    // A loss is dashed, so that it shows without colour.
                    (_, true) => ("#d55e00", "7 4"),
                    (_, false) => ("#0072b2", "none"),
                };
                drawing = drawing.add(
                    Rectangle::new()
                        .set("x", left + 2.0)
                        .set("y", top)
                        .set("width", cell - 4.0)
                        .set("height", CELL - 6.0)
                        .set("rx", 4)
                        .set("fill", colour)
                        .set("fill-opacity", format!("{:.2}", 0.04 + 0.26 * one.weight))
                        .set("stroke", colour)
                        .set("stroke-dasharray", dashes)
                        .set("stroke-width", 2),
                );
                for (number, line) in one.lines.iter().enumerate() {
                    let at = top + 26.0 + number as f64 * 23.0;
                    let words = text(&plain(line), left + 18.0, at, Anchor::Start);
                    drawing = drawing.add(if number == 1 { words.set("font-weight", "bold") } else { words });
                }
            }
        }
        format!("{drawing}\n")
    }

    /// The chart as lines of text for a terminal.
    ///
    /// # Shape
    /// As wide as its words, whatever the screen; colours as the screen allows.
    pub fn text(&self, screen: Screen) -> String {
        let words = self.cells.iter().flat_map(|cell| &cell.lines);
        let names = self.columns.iter().flat_map(|(name, bounds)| [name, bounds]);
        let width = words.chain(names).map(|line| line.chars().count()).max().unwrap_or(0) + 2;
        let lines = self.cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        let bar = |left: &str, between: &str, right: &str| {
            let cells: Vec<String> = self.columns.iter().map(|_| "─".repeat(width)).collect();
            format!("{left}{}{right}\n", cells.join(between))
        };
        let mut out = format!("{}\n{}\n\n", plain(&self.title), plain(&self.subtitle));
        let padded = |text: &str| format!(" {text}{}", " ".repeat(width - 1 - text.chars().count()));
        for name in [0, 1] {
            let names = self.columns.iter().map(|column| padded(&plain([&column.0, &column.1][name])));
            out.push_str(format!(" {}", names.collect::<Vec<_>>().join(" ")).trim_end());
            out.push('\n');
        }
        for (row, name) in self.rows.iter().enumerate() {
            out.push_str(&format!("{}\n{}", plain(&row_name(name)), bar("┌", "┬", "┐")));
            for line in 0..lines {
                out.push('│');
                for column in 0..self.columns.len() {
                    let cell = &self.cells[row * self.columns.len() + column];
                    let text = padded(cell.lines.get(line).map_or("", String::as_str));
                    match (screen.colour && line == 1, cell.loss) {
                        (true, true) => out.push_str(&format!("\x1b[33m{text}\x1b[0m")),
                        (true, false) => out.push_str(&format!("\x1b[36m{text}\x1b[0m")),
                        (false, _) => out.push_str(&text),
                    }
                    out.push('│');
                }
                out.push('\n');
            }
            out.push_str(&bar("└", "┴", "┘"));
        }
        out
    }
}

fn row_name((name, bounds): &(String, String)) -> String {
    if bounds.is_empty() { name.clone() } else { format!("{name} ({bounds})") }
}
