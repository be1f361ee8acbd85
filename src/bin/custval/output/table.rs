//! A table for people: rounded, aligned, no wider than the terminal.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use custval::wording::{shortened, width};
use polars::prelude::DataFrame;

use super::cells::Cells;

/// A frame as text, and what of it is not shown.
pub struct Shown {
    /// The table, with a line end.
    pub text: String,
    /// Rows that are left out.
    pub rows_left_out: usize,
    /// Columns that do not fit the width.
    pub columns_left_out: Vec<String>,
    /// Those of them that say the same in every row, and what they say.
    pub same: Vec<(String, String)>,
}

/// What commands are asked for: columns that stay while there are others to leave out.
const ANSWERS: [&str; 17] = [
    "churn_rate",
    "rate",
    "net_retention",
    "survival",
    "median",
    "hazard",
    "hazard_ratio",
    "p_value",
    "monetary_value",
    "amount",
    "estimate",
    "value",
    "profit",
    "cumulative_profit",
    "residual_clv",
    "clv",
    "what_to_do",
];

/// Space that a column takes beside its text.
const PADDING: usize = 2;

/// Letters of a text that stay while there are columns to leave out: a UUID is of no use in parts.
const WHOLE: usize = 36;

/// Letters that stay of a longer text where otherwise no figure would be left beside it.
const BEGINNING: usize = 16;

/// A column as it is shown.
struct Shaped {
    name: String,
    texts: Vec<String>,
    is_number: bool,
    /// What every row says, where all say the same, so that the column tells no two rows apart.
    same: Option<String>,
    /// The width of its widest text or name.
    most: usize,
    /// The least width that it is shown with: all of a figure, of texts as much as tells them apart.
    least: usize,
}

impl Shaped {
    fn new(cells: &Cells<'_>, rows: usize, same: Option<String>) -> Self {
        let texts: Vec<String> = (0..rows).map(|row| printable(cells.rounded(row))).collect();
        let most = texts.iter().map(|text| width(text)).chain([width(cells.name)]).max().unwrap_or(0);
        let least = match cells.is_number() || most <= WHOLE {
            true => most,
            false => most.min(unlike(&texts).max(WHOLE).max(width(cells.name))),
        };
        Self { name: cells.name.to_owned(), texts, is_number: cells.is_number(), same, most, least }
    }

    fn is_answer(&self) -> bool {
        ANSWERS.contains(&self.name.as_str())
    }

    /// Lets a text longer than a UUID be cut to so many letters.
    fn yield_to(&mut self, letters: usize) {
        if !self.is_number && self.most > WHOLE {
            self.least = self.least.min(letters.max(width(&self.name)));
        }
    }

    fn cut(&mut self, most: usize) {
        self.name = shortened(&self.name, most);
        self.texts.iter_mut().for_each(|text| *text = shortened(text, most));
    }
}

/// The least width at which texts that differ still do, with room for what says that they are cut.
fn unlike(texts: &[String]) -> usize {
    let mut texts: Vec<&String> = texts.iter().collect();
    texts.sort_unstable();
    texts.dedup();
    let told = |one: &str, other: &str| {
        let shared = std::iter::zip(one.chars(), other.chars()).take_while(|(a, b)| a == b).count();
        let begin = |text: &str| width(&text.chars().take(shared + 1).collect::<String>());
        begin(one).max(begin(other)) + 1
    };
    texts.windows(2).map(|two| told(two[0], two[1])).max().unwrap_or(0)
}

/// Leaves out what does not fit the width, and cuts texts to it: columns that say the same in every row go first, unless it is the answer,
/// then what tells long texts apart, and more of them where otherwise no figure would stay, then the last columns, of which answers stay
/// the longest. Those left out.
fn fit(columns: &mut Vec<Shaped>, width: usize) -> Vec<Shaped> {
    let mut left_out = Vec::new();
    let least = |columns: &[Shaped]| columns.iter().map(|column| PADDING + column.least).sum::<usize>();
    while columns.len() > 1 && least(columns) > width {
        let is_idle = |column: &Shaped| column.same.as_ref().is_some_and(|same| same.is_empty() || !column.is_answer());
        let Some(idle) = columns.iter().rposition(is_idle) else { break };
        left_out.push(columns.remove(idle));
    }
    if least(columns) > width {
        columns.iter_mut().for_each(|column| column.yield_to(WHOLE));
        let figure = columns.iter().position(|column| column.is_number);
        if figure.is_some_and(|first| least(&columns[..=first]) > width) {
            columns.iter_mut().for_each(|column| column.yield_to(BEGINNING));
        }
    }
    while columns.len() > 1 && least(columns) > width {
        // The first column says whose row it is.
        let last =
            columns.iter().skip(1).rposition(|column| !column.is_answer()).map_or(columns.len() - 1, |at| at + 1);
        left_out.push(columns.remove(last));
    }
    // What the others leave of the width is for the texts, the first one first.
    let mut room = width.saturating_sub(least(columns));
    for column in columns.iter_mut() {
        let more = room.min(column.most - column.least);
        room -= more;
        column.cut((column.least + more).min(width.saturating_sub(PADDING)));
    }
    left_out
}

/// A text without what would move the cursor or colour the terminal: control characters as their pictures.
pub fn printable(text: String) -> String {
    if !text.chars().any(char::is_control) {
        return text;
    }
    let picture = |c: char| match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7F => '\u{2421}',
        _ if c.is_control() => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    text.chars().map(picture).collect()
}

/// The first rows of a frame, and as many columns as fit the width, if one is given; texts are cut to it, with `…` at their end. The
/// frame is some of the rows of a whole one, by which it is judged which columns say the same in every row.
///
/// # Errors
/// Where a column is of a type that no command makes.
pub fn show(frame: &DataFrame, rows: Option<usize>, width: Option<usize>, whole: &DataFrame) -> anyhow::Result<Shown> {
    let height = frame.height().min(rows.unwrap_or(usize::MAX));
    let mut columns = Vec::new();
    for column in frame.columns() {
        let cells = Cells::of(column)?;
        let same = match width.is_some().then(|| whole.column(cells.name)) {
            Some(Ok(all)) => {
                let all = Cells::of(all)?;
                all.are_same(whole.height()).then(|| printable(all.rounded(0)))
            }
            _ => None,
        };
        columns.push(Shaped::new(&cells, height, same));
    }
    let mut left_out = width.map(|width| fit(&mut columns, width)).unwrap_or_default();
    left_out.sort_by_key(|column| frame.get_column_index(&column.name));
    let (mut columns_left_out, mut same) = (Vec::new(), Vec::new());
    for column in left_out {
        match column.same {
            Some(all) => same.push((column.name, all)),
            None => columns_left_out.push(column.name),
        }
    }

    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(columns.iter().map(|column| &column.name));
    for row in 0..height {
        table.add_row(columns.iter().map(|column| &column.texts[row]));
    }
    for (shown, column) in table.column_iter_mut().zip(&columns) {
        shown.set_cell_alignment(if column.is_number { CellAlignment::Right } else { CellAlignment::Left });
    }
    let mut text = String::new();
    for line in table.lines() {
        // Cells are padded to the right; what nobody sees need not be there.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    Ok(Shown { text, rows_left_out: frame.height() - height, columns_left_out, same })
}

#[cfg(test)]
mod tests {
    use custval::tables::build::{counts, frame, numbers, text};

    use super::*;

    fn shown(frame: &DataFrame, rows: usize, width: usize) -> (String, Vec<String>) {
        let shown = show(frame, Some(rows), Some(width), frame).unwrap();
        assert!(shown.text.lines().all(|line| line.chars().count() <= width), "{}", shown.text);
        (shown.text, shown.columns_left_out)
    }

    #[test]
    fn what_says_whose_row_it_is_stays_where_only_the_rows_shown_are_of_one() {
        let table = frame(vec![
            text("cohort", ["w1", "w1", "w2"].into_iter().map(Some)),
            counts("customers", [200, 200, 300].into_iter().map(Some)),
            counts("age", [0, 1, 0].into_iter().map(Some)),
            text("measure", ["retention"; 3].into_iter().map(Some)),
            numbers("spend", [1.0, 0.5, 1.0].into_iter().map(Some)),
            numbers("rate", [1.0, 0.25, 1.0].into_iter().map(Some)),
        ]);
        let (found, left_out) = shown(&table, 2, 38);
        assert!(found.starts_with(" cohort  customers  age    rate\n w1            200    0  1.0000\n"), "{found}");
        assert_eq!(left_out, ["spend"]);
    }

    #[test]
    fn the_answer_stays_and_what_all_rows_say_is_said_once() {
        let table = frame(vec![
            text("as_of", ["2024-12-31"; 2].into_iter().map(Some)),
            text("customer_id", ["a", "b"].into_iter().map(Some)),
            counts("frequency", [3, 0].into_iter().map(Some)),
            numbers("p_alive", [0.5, 1.0].into_iter().map(Some)),
            numbers("residual_clv", [12.5, 2.5].into_iter().map(Some)),
            numbers("clv", [None; 2].into_iter()),
            text("note", [Some("no repeat purchase"), None].into_iter()),
        ]);
        // Of one row nothing tells which columns are alike: the table that it is of does.
        let first = table.head(Some(1));
        let Shown { text, columns_left_out, same, .. } = show(&first, None, Some(40), &table).unwrap();
        assert_eq!(text, " customer_id  frequency  residual_clv\n a                    3       12.5000\n");
        assert_eq!(columns_left_out, ["p_alive", "note"]);
        assert_eq!(same, [("as_of".into(), "2024-12-31".into()), ("clv".into(), String::new())]);
        let Shown { text, .. } = show(&first, None, Some(30), &table).unwrap();
        assert!(text.starts_with(" customer_id  residual_clv\n"), "{text}");
    }

    #[test]
    fn long_ids_that_differ_at_their_end_leave_room_for_figures() {
        let ids: Vec<String> = (1..=2).map(|number| format!("{}{number}", "x".repeat(70))).collect();
        let table = |names: &[&str]| {
            let texts = names.iter().map(|name| text(name, ids.iter().map(Some)));
            let figures = ["customers", "customer_share", "points", "cumulative_points"];
            let figures = figures.iter().map(|name| numbers(name, [1.5, 2.5].into_iter().map(Some)));
            frame(texts.chain(figures).collect())
        };
        let (found, left_out) = shown(&table(&["customer_id"]), 2, 80);
        assert!(found.contains(&format!(" {}…     1.5000          1.5000  1.5000\n", "x".repeat(42))), "{found}");
        assert_eq!(left_out, ["cumulative_points"]);
        // Of two such texts there is less: beside all that tells a UUID no figure would stand.
        let (found, left_out) = shown(&table(&["segment", "customer_id"]), 2, 80);
        assert!(found.ends_with("x…     2.5000          2.5000  2.5000\n"), "{found}");
        assert_eq!(left_out, ["cumulative_points"]);
    }

    #[test]
    fn a_long_text_is_cut_before_figures_go() {
        let long = "a segment of which somebody wrote down all that there is to say about it";
        let table = frame(vec![
            text("segment", [long, "b"].into_iter().map(Some)),
            counts("band", [1, 2].into_iter().map(Some)),
            numbers("customers", [50.0, 40.0].into_iter().map(Some)),
            numbers("points", [1.5, 2.5].into_iter().map(Some)),
        ]);
        let (found, left_out) = shown(&table, 2, 60);
        assert!(found.contains(" a segment of which somebody wrote down a…     1         50"), "{found}");
        assert_eq!(left_out, ["points"]);
        let (found, left_out) = shown(&table, 2, 80);
        assert!(found.contains("…     1         50  1.5000\n"), "{found}");
        assert!(left_out.is_empty());
        let (found, left_out) = shown(&table, 2, 20);
        assert!(found.starts_with(" segment\n a segment of whic…\n"), "{found}");
        assert_eq!(left_out, ["band", "customers", "points"]);
        assert!(show(&table, None, None, &table).unwrap().text.contains(long));
        let numbered: Vec<String> = (1..=2).map(|number| format!("{} {number} and so on", &long[..40])).collect();
        let table = frame(vec![
            text("segment", numbered.iter().map(Some)),
            counts("band", [1, 2].into_iter().map(Some)),
            numbers("customers", [50.0, 40.0].into_iter().map(Some)),
        ]);
        let (found, _) = shown(&table, 2, 51);
        assert!(found.contains(" 1…     1\n") && found.contains(" 2…     2\n"), "{found}");
    }
}
