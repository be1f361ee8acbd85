//! The portfolio grid as a picture: revenue upwards, cost to the right.

use svg::Document;
use svg::node::element::Rectangle;

use super::figure::Anchor;
use super::hook::Caption;
use super::scale::{joined, percent_text};
use super::svg::{document, plain, text, width};
use super::terminal::Screen;
use crate::money::Currency;
use crate::portfolio::{Cut, PortfolioBox, PortfolioGrid};
use crate::wording::{self, counted};

/// A grid with the words on it, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct GridChart {
    title: String,
    subtitle: String,
    /// Each amount in full.
    full: Words,
    /// The same with short amounts, for a narrow screen.
    short: Words,
    /// How each box looks, row by row.
    looks: Vec<Look>,
}

/// What stands on a grid.
#[derive(Debug, Clone, PartialEq)]
struct Words {
    /// Names of the rows, highest revenue first, and of the columns, lowest cost first, each with its bounds.
    rows: Vec<(String, String)>,
    columns: Vec<(String, String)>,
    /// Of each box, row by row, its customers, profit, revenue, cost and lifetime value, as far as there is anything to say.
    cells: Vec<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    /// Whether the box makes a loss.
    loss: bool,
    /// How its profit compares with the largest of all boxes, from 0 to 1.
    weight: f64,
}

/// The grid as a chart: customers, revenue, cost and profit of every box.
pub fn grid_chart(grid: &PortfolioGrid, currency: &Currency, caption: &Caption) -> GridChart {
    let largest = grid.boxes.iter().map(|one| one.profit.unsigned_abs()).max().unwrap_or(0);
    let profit: i128 = grid.boxes.iter().map(|one| one.profit).sum();
    let customers: u64 = grid.boxes.iter().map(|one| one.customers).sum();
    let look = |one: &PortfolioBox| Look {
        loss: one.profit < 0,
        weight: if largest == 0 { 0.0 } else { one.profit.unsigned_abs() as f64 / largest as f64 },
    };
    GridChart {
        title: caption.title.clone(),
        subtitle: format!("{} · profit {}", counted(customers, "customer"), caption.amount(currency.to_f64(profit))),
        full: Words::new(grid, currency, |value| caption.amount(value)),
        short: Words::new(grid, currency, |value| caption.short_amount(value)),
        looks: grid.boxes.iter().map(look).collect(),
    }
}

impl Words {
    /// The words of a grid, each amount as `write` writes it.
    fn new(grid: &PortfolioGrid, currency: &Currency, write: impl Fn(f64) -> String) -> Self {
        let columns = grid.cost_cuts.len() + 1;
        let cut = |cut: &Cut| match cut {
            Cut::Amount { .. } => write(cut.value(currency)),
            Cut::Share(_) | Cut::ShareQuantile(_) => {
                format!("{} of revenue", percent_text(cut.value(currency) * 100.0))
            }
        };
        let named = |what: &str, names: Vec<&str>, cuts: &[Cut], (at_least, up_to): (&str, &str)| {
            let bounds = |level: usize| match (level.checked_sub(1).and_then(|below| cuts.get(below)), cuts.get(level))
            {
                (Some(low), Some(high)) => format!("{} – {}", cut(low), cut(high)),
                (Some(low), None) => format!("{at_least} {}", cut(low)),
                (None, Some(high)) => format!("{up_to} {}", cut(high)),
                (None, None) => String::new(),
            };
            let name = |name: &str| match name.parse::<usize>() {
                Ok(level) => format!("{what} level {level}"),
                Err(_) => format!("{name} {what}"),
            };
            std::iter::zip(0.., names).map(|(level, own)| (name(own), bounds(level))).collect::<Vec<_>>()
        };
        let row_names = grid.boxes.iter().step_by(columns).map(|one| one.revenue_level.as_str()).rev().collect();
        let mut rows = named("revenue", row_names, &grid.revenue_cuts, ("from", "below"));
        rows.reverse();
        let column_names = grid.boxes[..columns].iter().map(|one| one.cost_level.as_str()).collect();
        let cell = |one: &PortfolioBox| {
            let amount = |what: &str, minor: i128| format!("{what} {}", write(currency.to_f64(minor)));
            if one.customers == 0 {
                return vec!["nobody".into()];
            }
            let share = percent_text(one.customer_share * 100.0);
            let mut lines = vec![
                format!("{} ({share})", counted(one.customers, "customer")),
                amount("profit", one.profit),
                amount("revenue", one.revenue),
                amount("cost to serve", one.cost),
            ];
            lines.extend(one.lifetime_value.map(|value| format!("lifetime value {}", write(value))));
            lines
        };
        Self {
            rows,
            columns: named("cost to serve", column_names, &grid.cost_cuts, ("above", "up to")),
            cells: grid.boxes.iter().map(cell).collect(),
        }
    }

    /// How wide a column of the grid is, its words and a blank on either side of them.
    fn column_width(&self) -> usize {
        let names = self.columns.iter().flat_map(|(name, bounds)| [name, bounds]);
        self.cells.iter().flatten().chain(names).map(|line| wording::width(line)).max().unwrap_or(0) + 2
    }

    /// How wide a grid of these words is in a terminal.
    fn grid_width(&self) -> usize {
        (self.column_width() + 1) * self.columns.len() + 1
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
        let Words { rows, columns, cells } = &self.full;
        let height = TOP + rows.len() as f64 * (CELL + ROW_LABEL) + 24.0;
        // Cells stay wide enough for their words and those above them, however many there are.
        let names = columns.iter().flat_map(|(name, bounds)| [name, bounds]);
        let words = cells.iter().flatten().chain(names).map(|line| width(line) + 36.0).fold(200.0, f64::max);
        let cell = (WIDTH / columns.len() as f64).max(words);
        let mut drawing: Document =
            document(LEFT * 2.0 + cell * columns.len() as f64, height, &self.title, &self.subtitle);
        for (column, name) in columns.iter().enumerate() {
            let middle = LEFT + (column as f64 + 0.5) * cell;
            for (line, up) in [(&name.0, 32.0), (&name.1, 14.0)] {
                drawing = drawing.add(text(&plain(line), middle, TOP - up, Anchor::Middle).set("fill", "#555555"));
            }
        }
        for (row, name) in rows.iter().enumerate() {
            let top = TOP + row as f64 * (CELL + ROW_LABEL);
            drawing =
                drawing.add(text(&plain(&with_bounds(name)), LEFT, top + 17.0, Anchor::Start).set("fill", "#555555"));
            for column in 0..columns.len() {
                let (lines, look) = self.at(&self.full, row, column);
                let left = LEFT + column as f64 * cell;
                let top = top + ROW_LABEL;
                let (colour, dashes) = match (lines.len(), look.loss) {
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
                        .set("fill-opacity", format!("{:.2}", 0.04 + 0.26 * look.weight))
                        .set("stroke", colour)
                        .set("stroke-dasharray", dashes)
                        .set("stroke-width", 2),
                );
                for (number, line) in lines.iter().enumerate() {
                    let at = top + 26.0 + number as f64 * 23.0;
                    let words = text(&plain(line), left + 18.0, at, Anchor::Start);
                    drawing = drawing.add(if number == 1 { words.set("font-weight", "bold") } else { words });
                }
            }
        }
        format!("{drawing}\n")
    }

    /// The words of a box and how it looks.
    fn at<'a>(&self, words: &'a Words, row: usize, column: usize) -> (&'a [String], Look) {
        let place = row * words.columns.len() + column;
        (&words.cells[place], self.looks[place])
    }

    /// The chart as lines of text for a terminal.
    ///
    /// # Shape
    /// A grid as wide as its words; where the screen is narrower, one of short amounts (`1.2M`); and where it is narrower than that,
    /// the boxes one below the other. Colours as the screen allows.
    pub fn text(&self, screen: Screen) -> String {
        let head = format!("{}\n{}\n\n", plain(&self.title), plain(&self.subtitle));
        let fitting = [&self.full, &self.short].into_iter().find(|words| words.grid_width() <= screen.width);
        head + &match fitting {
            Some(words) => self.grid(words, screen.colour),
            None => self.list(screen),
        }
    }

    fn grid(&self, words: &Words, colour: bool) -> String {
        let width = words.column_width();
        let lines = words.cells.iter().map(Vec::len).max().unwrap_or(0);
        let bar = |left: &str, between: &str, right: &str| {
            let cells: Vec<String> = words.columns.iter().map(|_| "─".repeat(width)).collect();
            format!("{left}{}{right}\n", cells.join(between))
        };
        let mut out = String::new();
        let padded = |text: &str| format!(" {}", wording::padded(text, width - 1));
        for name in [0, 1] {
            let names = words.columns.iter().map(|column| padded(&plain([&column.0, &column.1][name])));
            out.push_str(format!(" {}", names.collect::<Vec<_>>().join(" ")).trim_end());
            out.push('\n');
        }
        for (row, name) in words.rows.iter().enumerate() {
            out.push_str(&format!("{}\n{}", plain(&with_bounds(name)), bar("┌", "┬", "┐")));
            for line in 0..lines {
                out.push('│');
                for column in 0..words.columns.len() {
                    let (lines, look) = self.at(words, row, column);
                    let text = padded(lines.get(line).map_or("", String::as_str));
                    out.push_str(&look.coloured(&text, colour && line == 1));
                    out.push('│');
                }
                out.push('\n');
            }
            out.push_str(&bar("└", "┴", "┘"));
        }
        out
    }

    /// The boxes that hold somebody, each under its names.
    fn list(&self, screen: Screen) -> String {
        let words = &self.full;
        let mut out = String::new();
        for (row, revenue) in words.rows.iter().enumerate() {
            for (column, cost) in words.columns.iter().enumerate() {
                let (lines, look) = self.at(words, row, column);
                if lines.len() == 1 {
                    continue;
                }
                for name in joined(&[with_bounds(revenue), with_bounds(cost)], screen.width) {
                    out.push_str(&format!("{}\n", plain(&name)));
                }
                for (number, line) in lines.iter().enumerate() {
                    out.push_str(&format!("  {}\n", look.coloured(line, screen.colour && number == 1)));
                }
            }
        }
        out
    }
}

impl Look {
    /// A text in the colour of gains or losses, if colours may be used.
    fn coloured(self, text: &str, colour: bool) -> String {
        match (colour, self.loss) {
            (true, true) => format!("\x1b[33m{text}\x1b[0m"),
            (true, false) => format!("\x1b[36m{text}\x1b[0m"),
            (false, _) => text.to_owned(),
        }
    }
}

fn with_bounds((name, bounds): &(String, String)) -> String {
    if bounds.is_empty() { name.clone() } else { format!("{name} ({bounds})") }
}
