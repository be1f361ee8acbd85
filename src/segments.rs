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

/// Combinations of texts, numbered from 0 in the order in which they are first seen.
#[derive(Debug, Default)]
pub(crate) struct Combinations {
    numbers: hashbrown::HashMap<Vec<u8>, u32>,
    /// The texts of each, column by column.
    texts: Vec<Texts>,
    key: Vec<u8>,
}

impl Combinations {
    /// None yet, of so many texts.
    pub fn of(columns: usize) -> Self {
        Self { texts: vec![Texts::default(); columns], ..Self::default() }
    }

    /// How many texts make one.
    pub fn columns(&self) -> usize {
        self.texts.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a combination, which is added where it is new.
    pub fn number<'t>(&mut self, texts: impl Iterator<Item = &'t [u8]> + Clone) -> u32 {
        self.key.clear();
        for text in texts.clone() {
            self.key.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.key.extend_from_slice(text);
        }
        if let Some(number) = self.numbers.get(&self.key) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(self.key.clone(), number);
        self.texts.iter_mut().zip(texts).for_each(|(all, text)| all.push(text));
        number
    }

    /// The texts of one.
    pub fn texts(&self, number: usize) -> impl Iterator<Item = &[u8]> + Clone {
        (0..self.columns()).map(move |column| self.text(number, column))
    }

    /// The text of one in a column.
    pub fn text(&self, number: usize, column: usize) -> &[u8] {
        self.texts[column].get(number)
    }
}

/// Each row's combination of texts, as they are read, as a place in the list of combinations, which is in byte order.
pub(crate) fn interned(columns: &[&Texts], read: impl Fn(&[u8]) -> &[u8]) -> (Vec<u32>, Vec<Vec<String>>) {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut all = Combinations::of(columns.len());
    let mut codes: Vec<u32> =
        (0..rows).map(|row| all.number(columns.iter().map(|column| read(column.get(row))))).collect();
    let show = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let names: Vec<Vec<String>> = (0..all.len()).map(|number| all.texts(number).map(show).collect()).collect();
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
