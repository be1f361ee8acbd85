//! A table for people: rounded, aligned, no wider than the terminal.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
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
}

/// Space that a column takes beside its text.
const PADDING: usize = 2;

/// A column as it is shown.
struct Shaped {
    name: String,
    texts: Vec<String>,
    alignment: CellAlignment,
}

impl Shaped {
    fn width(&self) -> usize {
        let texts = self.texts.iter().map(|text| text.chars().count());
        PADDING + texts.chain([self.name.chars().count()]).max().unwrap_or(0)
    }

    /// Whether every row says the same, so that the column tells no two rows apart.
    fn is_constant(&self) -> bool {
        self.texts.len() > 1 && self.texts.iter().all(|text| *text == self.texts[0])
    }
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

/// The first rows of a frame, and as many columns as fit the width, if one is given: those that say the
/// same in every row are left out first, then the last ones.
///
/// # Errors
/// Where a column is of a type that no command makes.
pub fn show(frame: &DataFrame, rows: Option<usize>, width: Option<usize>) -> anyhow::Result<Shown> {
    let height = frame.height().min(rows.unwrap_or(usize::MAX));
    let mut columns = Vec::new();
    for column in frame.columns() {
        let cells = Cells::of(column)?;
        columns.push(Shaped {
            name: cells.name.to_owned(),
            texts: (0..height).map(|row| printable(cells.rounded(row))).collect(),
            alignment: if cells.is_number() { CellAlignment::Right } else { CellAlignment::Left },
        });
    }
    let mut columns_left_out = Vec::new();
    if let Some(width) = width {
        let mut used: usize = columns.iter().map(Shaped::width).sum();
        while used > width && columns.len() > 1 {
            let constant = columns.iter().rposition(Shaped::is_constant);
            let column = columns.remove(constant.unwrap_or(columns.len() - 1));
            used -= column.width();
            columns_left_out.push(column.name);
        }
    }
    let order = |name: &String| frame.get_column_index(name);
    columns_left_out.sort_by_key(order);

    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(columns.iter().map(|column| &column.name));
    for row in 0..height {
        table.add_row(columns.iter().map(|column| &column.texts[row]));
    }
    for (shown, column) in table.column_iter_mut().zip(&columns) {
        shown.set_cell_alignment(column.alignment);
    }
    let mut text = String::new();
    for line in table.lines() {
        // Cells are padded to the right; what nobody sees need not be there.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    Ok(Shown { text, rows_left_out: frame.height() - height, columns_left_out })
}
