//! The customer service and sales profile as a picture: three levels upon each other, as wide as they have customers.

use svg::node::element::Rectangle;

use super::figure::Anchor;
use super::hook::Caption;
use super::scale::{joined, percent_text};
use super::svg::{document, plain, text};
use super::terminal::Screen;
use crate::money::Currency;
use crate::profile::{LevelRow, Profile};
use crate::wording::{self, counted};

/// The levels with the words on them, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileChart {
    title: String,
    subtitle: String,
    /// The highest level first.
    levels: Vec<LevelBar>,
}

#[derive(Debug, Clone, PartialEq)]
struct LevelBar {
    name: &'static str,
    /// Customers, purchases, amount and those it brought, as far as there is anything to say.
    words: Vec<String>,
    /// Its customers as a share of those of the widest level.
    width: f64,
}

/// The profile as a chart: advocates on top, whoever bought once at the bottom, and the shape that they make.
///
/// # Shape
/// Where nobody knows who brought whom, the level of advocates says so instead of a count.
pub fn profile_chart(profile: &Profile, amounts_known: bool, currency: &Currency, caption: &Caption) -> ProfileChart {
    let most = profile.levels.iter().map(|row| row.customers).max().unwrap_or(0).max(1);
    let words = |row: &LevelRow| {
        let mut parts = vec![counted(row.customers, "customer")];
        if let Some(share) = row.customer_share {
            parts[0] += &format!(" ({})", percent_text(share * 100.0));
        }
        parts.push(counted(row.purchases, "purchase"));
        if amounts_known {
            parts.push(format!("spent {}", caption.amount(currency.to_f64(row.amount))));
        }
        if profile.referrals_known && row.brought > 0 {
            parts.push(format!("brought {}", counted(row.brought, "customer")));
        }
        parts
    };
    let levels = profile.levels.iter().rev().map(|row| LevelBar {
        name: row.level.name(),
        words: match row.level == crate::profile::Level::Advocate && !profile.referrals_known {
            true => vec!["nothing says who brought whom".into()],
            false => words(row),
        },
        width: row.customers as f64 / most as f64,
    });
    let customers: u64 = profile.levels.iter().map(|row| row.customers).sum();
    ProfileChart {
        title: caption.title.clone(),
        subtitle: format!("{} · shape: {}", counted(customers, "customer"), profile.shape.name()),
        levels: levels.collect(),
    }
}

const WIDTH: f64 = 960.0;
const TOP: f64 = 96.0;
const LEVEL: f64 = 96.0;
const BAR: f64 = 52.0;
/// The widest level.
const WIDEST: f64 = 720.0;
const MIDDLE: f64 = 564.0;

impl ProfileChart {
    /// The chart as an SVG document.
    pub fn svg(&self) -> String {
        let height = TOP + self.levels.len() as f64 * LEVEL + 16.0;
        let mut drawing = document(WIDTH, height, &self.title, &self.subtitle);
        for (number, level) in self.levels.iter().enumerate() {
            let top = TOP + number as f64 * LEVEL;
            // A level with somebody on it never vanishes.
            let width = if level.width > 0.0 { (level.width * WIDEST).max(2.0) } else { 0.0 };
            drawing = drawing
                .add(text(level.name, 24.0, top + 24.0 + BAR / 2.0 + 5.0, Anchor::Start).set("font-weight", "bold"))
                .add(text(&plain(&level.words.join(" · ")), MIDDLE, top + 16.0, Anchor::Middle).set("fill", "#555555"))
                .add(
                    Rectangle::new()
                        .set("x", format!("{:.2}", MIDDLE - width / 2.0))
                        .set("y", top + 24.0)
                        .set("width", format!("{width:.2}"))
                        .set("height", BAR)
                        .set("fill", "#0072b2"),
                );
        }
        format!("{drawing}\n")
    }

    /// The chart as lines of text for a terminal, as wide as the screen.
    pub fn text(&self, screen: Screen) -> String {
        let names = self.levels.iter().map(|level| wording::width(level.name)).max().unwrap_or(0);
        let room = screen.width.saturating_sub(names + 2).max(20);
        let centred = |text: &str, length: usize| format!("{}{text}", " ".repeat(room.saturating_sub(length) / 2));
        let mut out = format!("{}\n{}\n", plain(&self.title), plain(&self.subtitle));
        for level in &self.levels {
            let length = if level.width > 0.0 { ((level.width * room as f64).round() as usize).max(1) } else { 0 };
            let bar = centred(&"█".repeat(length), length);
            let bar = if screen.colour { format!("\x1b[36m{bar}\x1b[0m") } else { bar };
            out.push('\n');
            for words in joined(&level.words, room) {
                out.push_str(&format!("{:names$}  {}\n", "", centred(&words, wording::width(&words))));
            }
            out.push_str(format!("{}  {bar}", wording::padded(level.name, names)).trim_end());
            out.push('\n');
        }
        out
    }
}
