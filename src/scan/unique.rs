//! Rows that say that they are the same one: found by the hash of their key, whichever thread reads them.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use super::Inputs;
use super::problems::SHOWN;
use crate::{Error, Location, Problem, Result};

/// How many parts the keys are in, so that threads seldom wait for each other.
const PARTS: usize = 64;

/// The keys of all rows of a scan.
///
/// # Definition
/// Of each key the table has 128 bits of its BLAKE3 digest, a 64-bit hash of what the row says and the row's place: 32 bytes.
/// Two keys of a billion are taken for one with a probability below 2^-68, two rows that differ for equal ones below 2^-63.
#[derive(Debug)]
pub(super) struct Unique {
    parts: Vec<Mutex<Part>>,
}

#[derive(Debug, Default)]
struct Part {
    first: HashMap<[u64; 2], Row>,
    unequal: BTreeMap<[u64; 2], Unequal>,
}

/// What a row says, and the first place where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    content: u64,
    place: u64,
}

/// Rows of one key that differ from its row in the table.
#[derive(Debug)]
struct Unequal {
    key: String,
    /// The first two that differ from each other as well, by place.
    rows: Vec<Row>,
}

/// How many bits of a place are for the line.
const LINE_BITS: u32 = 44;

impl Unique {
    pub fn new() -> Self {
        Self { parts: (0..PARTS).map(|_| Mutex::default()).collect() }
    }

    /// Forgets everything, before the files are read once more.
    pub fn clear(&self) {
        self.parts.iter().for_each(|part| *lock(part) = Part::default());
    }

    /// Whether the row is the first of its key to come, so that it stands for all that are equal to it.
    ///
    /// `key` and `content` are lists of texts, each preceded by its length.
    pub fn is_new(&self, key: &[u8], content: &[u8], file: usize, line: u64) -> bool {
        let digest = digest(key);
        // Keys of fixed seeds, so that every run agrees.
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(content);
        let row = Row { content: hasher.finish(), place: (file as u64) << LINE_BITS | line };
        let Part { first, unequal } = &mut *lock(&self.parts[digest[0] as usize % PARTS]);
        let Some(known) = first.get_mut(&digest) else {
            first.insert(digest, row);
            return true;
        };
        if known.content == row.content {
            known.place = known.place.min(row.place);
        } else {
            let unequal = unequal.entry(digest).or_insert_with(|| Unequal { key: shown(key), rows: Vec::new() });
            match unequal.rows.iter_mut().find(|other| other.content == row.content) {
                Some(other) => other.place = other.place.min(row.place),
                None => unequal.rows.push(row),
            }
            unequal.rows.sort_unstable_by_key(|row| row.place);
            unequal.rows.truncate(2);
        }
        false
    }

    /// Refuses keys that stand for rows of which one says this and another that, `of` what is read of them.
    ///
    /// # Errors
    /// `Data`, with the first ten.
    pub fn check(&self, columns: &[String], of: &str, inputs: &Inputs) -> Result<()> {
        let mut found: Vec<(Row, Row, String)> = Vec::new();
        for part in &self.parts {
            let Part { first, unequal } = &*lock(part);
            for (digest, unequal) in unequal {
                let mut rows = unequal.rows.clone();
                rows.extend(first.get(digest));
                rows.sort_unstable_by_key(|row| row.place);
                found.push((rows[0], rows[1], unequal.key.clone()));
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        found.sort_unstable_by_key(|(_, second, _)| second.place);
        let name = |row: Row| inputs.sources()[(row.place >> LINE_BITS) as usize].name();
        let line = |row: Row| row.place & ((1 << LINE_BITS) - 1);
        let problem = |(first, second, key): &(Row, Row, String)| {
            let other = match name(*first) {
                same if same == name(*second) => format!("line {}", line(*first)),
                other => format!("{other}:{}", line(*first)),
            };
            Problem {
                location: Location::line(name(*second), line(*second)),
                message: format!("`{key}` is another row than on {other}"),
            }
        };
        let keys = if found.len() == 1 { "1 key stands".into() } else { format!("{} keys stand", found.len()) };
        Err(Error::data(format!("{keys} for rows that differ in {of} (`--unique {}`)", columns.join(",")))
            .problems(found.iter().take(SHOWN).map(problem).collect())
            .hint("mend them, or name more columns, so that together they tell one row from every other"))
    }
}

/// 128 bits of the BLAKE3 digest.
pub(super) fn digest(bytes: &[u8]) -> [u64; 2] {
    let digest = blake3::hash(bytes);
    let words = digest.as_bytes().as_chunks::<8>().0;
    [words[0], words[1]].map(u64::from_le_bytes)
}

/// Appends a text to a list of texts.
pub(super) fn push_text(list: &mut Vec<u8>, text: &[u8]) {
    list.extend_from_slice(&(text.len() as u64).to_le_bytes());
    list.extend_from_slice(text);
}

/// A list of texts for people.
fn shown(mut list: &[u8]) -> String {
    let mut texts = Vec::new();
    while let Some((length, rest)) = list.split_first_chunk::<8>() {
        let (text, rest) = rest.split_at(u64::from_le_bytes(*length) as usize);
        texts.push(super::rejects::shortened(text));
        list = rest;
    }
    texts.join(",")
}

/// A thread that panicked ends the scan, and nobody looks at what it left.
fn lock(part: &Mutex<Part>) -> std::sync::MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}
