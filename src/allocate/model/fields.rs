//! Reading the fields of one entry, and collecting what is wrong with all of them.

use std::collections::BTreeSet;

use num_rational::BigRational;
use num_traits::Signed;

use super::Places;
use super::entry::{Entry, Table, Value};
use crate::allocate::exact::{decimal, percentage};
use crate::columns::{list, names_hint};
use crate::{Error, Location, Problem};

/// What is wrong with a model, so that it is mended once.
#[derive(Default)]
pub(crate) struct Problems {
    found: Vec<(Problem, Option<String>)>,
}

impl Problems {
    pub(crate) fn add(&mut self, at: &Location, message: impl Into<String>) {
        self.found.push((Problem { location: at.clone(), message: message.into() }, None));
    }

    pub(crate) fn add_with_hint(&mut self, at: &Location, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push((Problem { location: at.clone(), message: message.into() }, Some(hint.into())));
    }

    /// A problem with a name, and a hint at the nearest of those that there are.
    pub(crate) fn add_nearest<'n>(
        &mut self,
        at: &Location,
        message: impl Into<String>,
        name: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        self.found.push((Problem { location: at.clone(), message: message.into() }, names_hint(name, names)));
    }

    /// Nothing, or one error for all problems in the order of their lines.
    pub(crate) fn finish(mut self) -> crate::Result<()> {
        self.found.sort_by(|(one, _), (other, _)| {
            (&one.location.file, one.location.line).cmp(&(&other.location.file, other.location.line))
        });
        match self.found.len() {
            0 => Ok(()),
            1 => {
                let (problem, hint) = self.found.remove(0);
                let error = Error::usage(problem.message).at(problem.location);
                Err(match hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                })
            }
            number => {
                let hint = self.found.iter().find_map(|(_, hint)| hint.clone());
                let problems = self.found.into_iter().map(|(problem, _)| problem).collect();
                let error = Error::usage(format!("the costing model has {number} problems")).problems(problems);
                Err(match hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                })
            }
        }
    }
}

/// One entry of the model, whose fields are taken one by one.
pub(crate) struct Fields<'e> {
    /// The path of the entry, for messages: `activities.call`.
    pub path: String,
    pub at: &'e Location,
    table: &'e Table,
    known: BTreeSet<&'static str>,
}

impl<'e> Fields<'e> {
    pub(crate) fn new(path: String, at: &'e Location, table: &'e Table) -> Self {
        Self { path, at, table, known: BTreeSet::new() }
    }

    /// The field, written with `_` or `-`.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'e Entry> {
        self.known.insert(key);
        self.table.get(key).or_else(|| self.table.get(&key.replace('_', "-")))
    }

    /// Where the entry stands, and each of its keys.
    pub(crate) fn places(&self) -> Places {
        let keys = self.table.iter().map(|(key, entry)| (key.replace('-', "_"), entry.at.clone()));
        Places { header: self.at.clone(), keys: keys.collect() }
    }

    /// Where a key stands; where the entry begins, if it does not have that key.
    pub(crate) fn place(&self, key: &str) -> &'e Location {
        let entry = self.table.get(key).or_else(|| self.table.get(&key.replace('_', "-")));
        entry.map_or(self.at, |entry| &entry.at)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key) || self.table.contains_key(&key.replace('_', "-"))
    }

    pub(crate) fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<(&'e str, &'e Location)> {
        let entry = self.get(key)?;
        match &entry.value {
            Value::Text(text) => Some((text, &entry.at)),
            other => {
                problems.add(&entry.at, format!("`{}.{key}` is {}; write text in quotes", self.path, other.kind()));
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str, problems: &mut Problems) -> bool {
        match self.get(key) {
            None => false,
            Some(Entry { value: Value::Flag(flag), .. }) => *flag,
            Some(entry) => {
                problems.add(
                    &entry.at,
                    format!("`{}.{key}` is {}; write `true` or `false`", self.path, entry.value.kind()),
                );
                false
            }
        }
    }

    /// A list of texts; numbers count as text, and a single one as a list of one.
    pub(crate) fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Vec<(&'e str, &'e Location)> {
        let Some(entry) = self.get(key) else { return Vec::new() };
        let items = match &entry.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(entry),
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) | Value::Number(text) => texts.push((text.as_str(), &item.at)),
                other => problems.add(&item.at, format!("`{}.{key}` holds {}; list texts", self.path, other.kind())),
            }
        }
        texts
    }

    /// An amount or rate that is zero or more.
    pub(crate) fn number(&mut self, key: &'static str, problems: &mut Problems) -> Option<(BigRational, &'e Location)> {
        let entry = self.get(key)?;
        let value = match &entry.value {
            Value::Number(text) | Value::Text(text) => decimal(text),
            _ => None,
        };
        match value {
            Some(value) if value.is_negative() => {
                problems.add(&entry.at, format!("`{}.{key}` is negative", self.path));
                None
            }
            Some(value) => Some((value, &entry.at)),
            None => {
                problems.add(&entry.at, format!("`{}.{key}` is no plain number", self.path));
                None
            }
        }
    }

    /// A share from 0 % to 100 %.
    pub(crate) fn share(&mut self, key: &'static str, problems: &mut Problems) -> Option<BigRational> {
        let entry = self.get(key)?;
        share(entry, &format!("{}.{key}", self.path), problems)
    }

    /// One of several names.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let (text, at) = self.text(key, problems)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            problems.add_with_hint(
                at,
                format!("`{}.{key}`: there is no `{text}`", self.path),
                format!("it is one of {}", list(&names)),
            );
        }
        found
    }

    /// A table inside the entry.
    pub(crate) fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<(&'e Table, &'e Location)> {
        let entry = self.get(key)?;
        match &entry.value {
            Value::Table(table) => Some((table, &entry.at)),
            other => {
                problems
                    .add(&entry.at, format!("`{}.{key}` is {}; write `name = value` pairs", self.path, other.kind()));
                None
            }
        }
    }

    /// The named tables inside the entry: `[pools.NAME]`.
    pub(crate) fn named(&mut self, key: &'static str, problems: &mut Problems) -> Vec<(&'e str, Fields<'e>)> {
        let Some((table, _)) = self.table(key, problems) else { return Vec::new() };
        let mut named = Vec::new();
        for (name, entry) in table {
            match &entry.value {
                Value::Table(below) => {
                    named.push((name.as_str(), Fields::new(format!("{key}.{name}"), &entry.at, below)));
                }
                other => problems.add_with_hint(
                    &entry.at,
                    format!("`{key}.{name}` is {}", other.kind()),
                    format!("begin it as `[{key}.NAME]`"),
                ),
            }
        }
        named
    }

    /// Names every field that was not asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, entry) in self.table {
            if !self.known.contains(key.replace('-', "_").as_str()) {
                let place =
                    if self.path.is_empty() { "a costing model".to_owned() } else { format!("`{}`", self.path) };
                let message = format!("{place} has no entry `{key}`");
                problems.add_nearest(&entry.at, message, key, self.known.iter().copied());
            }
        }
    }
}

/// A share written as a percentage.
pub(crate) fn share(entry: &Entry, path: &str, problems: &mut Problems) -> Option<BigRational> {
    let one = BigRational::from_integer(1.into());
    let (text, share) = match &entry.value {
        Value::Text(text) => (text.as_str(), percentage(text)),
        Value::Number(text) => (text.as_str(), None),
        other => (other.kind(), None),
    };
    match share {
        Some(share) if share.is_negative() || share > one => {
            problems.add(&entry.at, format!("`{path}` is `{text}`; a share lies between 0% and 100%"));
            None
        }
        Some(share) => Some(share),
        None => {
            problems.add(&entry.at, format!("`{path}` is `{text}`; write a percentage with its sign, as in `\"25%\"`"));
            None
        }
    }
}
