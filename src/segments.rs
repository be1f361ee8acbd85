//! Which customers or contracts are looked at together: those of which columns say the same.

use crate::dialect::{is_missing, trimmed};
use crate::scan::Texts;

/// The segment of each customer, or of whatever else has a row each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    /// The segment of each row, as a place in the names.
    pub of: Vec<u32>,
    /// The values of the columns for each segment, in byte order.
    pub names: Vec<Vec<String>>,
}

impl Segments {
    /// One segment without values, which all rows are in.
    pub fn one(rows: usize) -> Self {
        Self { of: vec![0; rows], names: vec![Vec::new()] }
    }

    /// One segment for each combination of values that a row has; empty is whatever [says nothing](said).
    pub fn of_columns(columns: &[&Texts]) -> Self {
        let (of, names) = interned(columns, said);
        Self { of, names }
    }
}

/// What a field says of whom it is about: nothing where it holds what databases and spreadsheets write for nothing. Two of their words are
/// kept, for they are names as well: `NA` is Namibia, and `none` may be an answer.
pub fn said(field: &[u8]) -> &[u8] {
    // Nearly every field begins like no word for nothing.
    if field.first().is_some_and(|first| first.is_ascii_alphanumeric() && !matches!(first, b'N' | b'n')) {
        return field;
    }
    let text = trimmed(field);
    let is_name = text == b"NA" || text.eq_ignore_ascii_case(b"none");
    if is_missing(text) && !is_name { b"" } else { field }
}

/// Each row's combination of texts, as they are read, as a place in the list of combinations, which is in byte order.
pub(crate) fn interned(columns: &[&Texts], read: impl Fn(&[u8]) -> &[u8]) -> (Vec<u32>, Vec<Vec<String>>) {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut known: hashbrown::HashMap<Vec<u8>, u32> = hashbrown::HashMap::new();
    let mut first_rows = Vec::new();
    let mut key = Vec::new();
    let mut codes: Vec<u32> = (0..rows)
        .map(|row| {
            key.clear();
            for column in columns {
                let text = read(column.get(row));
                key.extend_from_slice(&(text.len() as u32).to_le_bytes());
                key.extend_from_slice(text);
            }
            match known.get(&key) {
                Some(code) => *code,
                None => {
                    first_rows.push(row);
                    known.insert(key.clone(), first_rows.len() as u32 - 1);
                    first_rows.len() as u32 - 1
                }
            }
        })
        .collect();
    let show = |column: &Texts, row| String::from_utf8_lossy(read(column.get(row))).into_owned();
    let names: Vec<Vec<String>> =
        first_rows.iter().map(|&row| columns.iter().map(|column| show(column, row)).collect()).collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|&one, &other| names[one].cmp(&names[other]));
    let mut place = vec![0; names.len()];
    order.iter().zip(0_u32..).for_each(|(&code, rank)| place[code] = rank);
    codes.iter_mut().for_each(|code| *code = place[*code as usize]);
    let mut sorted = names.clone();
    sorted.sort_unstable();
    (codes, sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_one_segment_and_names_like_it_are_others() {
        let plans: Texts =
            ["pro", "", "NULL", " ", "n/a", "\\N", "NA", "none", "Nordic", "\u{A0}"].into_iter().collect();
        let found = Segments::of_columns(&[&plans]);
        assert_eq!(found.names.concat(), ["", "NA", "Nordic", "none", "pro"]);
        assert_eq!(found.of, [4, 0, 0, 0, 0, 0, 1, 3, 2, 0]);
    }
}
