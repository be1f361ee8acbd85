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

/// The first rows of a frame, and as many columns as fit the width, if one is given.
///
/// # Errors
/// Where a column is of a type that no command makes.
pub fn show(frame: &DataFrame, rows: Option<usize>, width: Option<usize>) -> anyhow::Result<Shown> {
    let height = frame.height().min(rows.unwrap_or(usize::MAX));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = Vec::new();
    let mut columns: Vec<Vec<String>> = Vec::new();
    let mut aligned = Vec::new();
    let mut left_out = Vec::new();
    let mut used = 0;
    for column in frame.columns() {
        let cells = Cells::of(column)?;
        let texts: Vec<String> = (0..height).map(|row| cells.rounded(row)).collect();
        let widest =
            texts.iter().map(|text| text.chars().count()).chain([cells.name.chars().count()]).max().unwrap_or(0);
        used += widest + PADDING;
        if !columns.is_empty() && width.is_some_and(|width| used > width) {
            left_out.push(cells.name.to_owned());
            continue;
        }
        header.push(cells.name.to_owned());
        aligned.push(if cells.is_number() { CellAlignment::Right } else { CellAlignment::Left });
        columns.push(texts);
    }
    table.set_header(header);
    for row in 0..height {
        table.add_row(columns.iter().map(|texts| &texts[row]));
    }
    for (column, alignment) in table.column_iter_mut().zip(aligned) {
        column.set_cell_alignment(alignment);
    }
    let mut text = String::new();
    for line in table.lines() {
        // Cells are padded to the right; what nobody sees need not be there.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    Ok(Shown { text, rows_left_out: frame.height() - height, columns_left_out: left_out })
}
