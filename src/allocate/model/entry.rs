//! The text of a costing model as a tree that remembers where each entry was written.
//!
//! Overlays and `--set` change the tree, not the text, so that a message names the file and line, or the
//! setting, that an entry really came from. Numbers keep their digits: `0.1` is a tenth.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

use crate::{Error, Location, Result};

/// An entry of a model, with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub value: Value,
    pub at: Location,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    /// As written, in decimal digits.
    Number(String),
    Flag(bool),
    List(Vec<Entry>),
    Table(Table),
}

pub(crate) type Table = BTreeMap<String, Entry>;

impl Value {
    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// The tree of a text.
pub(crate) fn parse(text: &str, file: &str) -> Result<Table> {
    let lines = Lines::new(text, file);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or_else(|| Location::file(file), |span| lines.at(span.start));
        Error::usage(error.message().to_owned())
            .at(at)
            .hint("the costing guide shows the shape of a model; `custval allocate --example` writes one")
    })?;
    lines.table(table.get_ref())
}

struct Lines<'t> {
    file: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &str, file: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, starts }
    }

    fn at(&self, byte: usize) -> Location {
        Location::line(self.file, self.starts.partition_point(|&start| start <= byte) as u64)
    }

    fn table(&self, table: &DeTable<'_>) -> Result<Table> {
        table
            .iter()
            .map(|(key, value)| {
                // The key's own place: a table's value begins only after its header.
                let at = self.at(key.span().start);
                Ok((key.get_ref().to_string(), Entry { value: self.value(value.get_ref(), &at)?, at }))
            })
            .collect()
    }

    fn value(&self, value: &DeValue<'_>, at: &Location) -> Result<Value> {
        Ok(match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => Value::Number(number.as_str().replace('_', "")),
            DeValue::Integer(number) => {
                return Err(Error::usage(format!("`{number}` is not written in decimal digits")).at(at.clone()));
            }
            DeValue::Float(number) => Value::Number(number.as_str().replace('_', "")),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Array(items) => {
                let items = items.iter().map(|item| {
                    let at = self.at(item.span().start);
                    Ok(Entry { value: self.value(item.get_ref(), &at)?, at })
                });
                Value::List(items.collect::<Result<_>>()?)
            }
            DeValue::Table(table) => Value::Table(self.table(table)?),
        })
    }
}

/// Lays one tree over another: tables are merged, everything else is replaced.
pub(crate) fn overlay(base: &mut Table, over: Table) {
    lay(base, over, &mut Vec::new());
}

fn lay(base: &mut Table, over: Table, path: &mut Vec<String>) {
    for key in over.keys() {
        displace(base, path, key);
    }
    for (key, entry) in over {
        match (base.get_mut(&key), entry) {
            (Some(Entry { value: Value::Table(below), .. }), Entry { value: Value::Table(above), .. }) => {
                path.push(key);
                lay(below, above, path);
                path.pop();
            }
            (_, entry) => {
                base.insert(key, entry);
            }
        }
    }
}

/// Removes what a key takes the place of: the same key written with the other of `_` and `-`, and in an activity or a service the
/// keys that cannot stand beside it.
fn displace(table: &mut Table, path: &[String], key: &str) {
    let is_named = |kinds: &[&str]| matches!(path, [kind, _] if kinds.contains(&kind.as_str()));
    let written = |key: &str| key.replace('-', "_");
    // Elsewhere keys are names.
    if is_named(&["pools", "services", "activities", "inputs"])
        || matches!(path, [one] if one == "model" || one == "revenue")
    {
        table.retain(|known, _| known == key || written(known) != written(key));
    }
    if is_named(&["services", "activities"]) {
        let others: &[&str] = match key {
            "minutes" => &["hours"],
            "hours" => &["minutes"],
            "pool" => &["pools"],
            "pools" => &["pool", "share"],
            _ => &[],
        };
        table.retain(|known, _| !others.contains(&known.as_str()));
    }
}

/// Sets one entry by its path: `activities.service call.minutes=4`.
///
/// The path is split at dots; a name that has a dot itself is quoted: `pools."acc. 62".budget=1000`. What stands
/// after the first `=` outside quotes is read as TOML, and as plain text where it is none.
pub(crate) fn set(base: &mut Table, assignment: &str) -> Result<()> {
    let (path, value) = split_assignment(assignment)?;
    let at = Location::file(format!("--set {assignment}"));
    let (last, parents) = path.split_last().expect("a path has at least one name");
    let mut table = base;
    let mut walked = String::new();
    for name in parents {
        let names: Vec<String> = table.keys().cloned().collect();
        let inside = if walked.is_empty() { "the model".to_owned() } else { format!("`{walked}`") };
        match table.get_mut(name) {
            Some(Entry { value: Value::Table(below), .. }) => table = below,
            Some(_) => return Err(Error::usage(format!("`{name}` in {inside} is not a table")).at(at)),
            None => {
                return Err(Error::usage(format!("{inside} has no entry `{name}`"))
                    .at(at)
                    .hint_nearest(name, names.iter().map(String::as_str)));
            }
        }
        if !walked.is_empty() {
            walked.push('.');
        }
        walked.push_str(name);
    }
    let parsed = parse(&format!("value = {value}"), "").ok().and_then(|mut table| table.remove("value"));
    let mut entry = parsed.unwrap_or_else(|| Entry { value: Value::Text(value.to_owned()), at: at.clone() });
    relocate(&mut entry, &at);
    displace(table, parents, last);
    table.insert(last.clone(), entry);
    Ok(())
}

fn relocate(entry: &mut Entry, at: &Location) {
    entry.at = at.clone();
    match &mut entry.value {
        Value::List(items) => items.iter_mut().for_each(|item| relocate(item, at)),
        Value::Table(table) => table.values_mut().for_each(|entry| relocate(entry, at)),
        _ => {}
    }
}

fn split_assignment(assignment: &str) -> Result<(Vec<String>, &str)> {
    let refused = || {
        Error::usage(format!("`--set {assignment}` does not set anything"))
            .hint("write the path of an entry, `=`, and its value: `--set 'activities.service call.minutes=4'`")
    };
    let mut path = vec![String::new()];
    let mut quoted = false;
    for (at, character) in assignment.char_indices() {
        let name = path.last_mut().expect("a path has at least one name");
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => path.push(String::new()),
            '=' if !quoted => {
                let path: Vec<String> = path.iter().map(|name| name.trim().to_owned()).collect();
                let value = assignment[at + 1..].trim();
                return if path.iter().any(String::is_empty) || value.is_empty() {
                    Err(refused())
                } else {
                    Ok((path, value))
                };
            }
            _ => name.push(character),
        }
    }
    Err(refused())
}

/// The tree as TOML text, every table under its own header.
pub(crate) fn render(table: &Table) -> String {
    let mut text = String::new();
    render_table(table, &mut Vec::new(), &mut text);
    text
}

fn render_table<'t>(table: &'t Table, path: &mut Vec<&'t str>, text: &mut String) {
    let is_table = |entry: &Entry| matches!(entry.value, Value::Table(_));
    if !path.is_empty() && (table.is_empty() || table.values().any(|entry| !is_table(entry))) {
        let names: Vec<String> = path.iter().map(|name| key(name)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}[{}]", if text.is_empty() { "" } else { "\n" }, names.join("."));
    }
    for (name, entry) in table.iter().filter(|(_, entry)| !is_table(entry)) {
        let _ = writeln!(text, "{} = {}", key(name), inline(&entry.value));
    }
    for (name, entry) in table {
        if let Value::Table(below) = &entry.value {
            path.push(name);
            render_table(below, path, text);
            path.pop();
        }
    }
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { name.to_owned() } else { quote(name) }
}

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn inline(value: &Value) -> String {
    match value {
        Value::Text(text) => quote(text),
        Value::Number(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let entries: Vec<String> =
                table.iter().map(|(name, entry)| format!("{} = {}", key(name), inline(&entry.value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "[pools.\"order desk\"]\naccounts = [\"6100\"]\nbudget = 0.10\n\n[activities.call]\nminutes = 4\n";

    #[test]
    fn an_overlay_replaces_entries_and_keeps_the_others() {
        let mut base = parse(TEXT, "model.toml").unwrap();
        overlay(&mut base, parse("[activities.call]\nminutes = 5\nlevel = \"unit\"\n", "over.toml").unwrap());
        assert_eq!(
            render(&base),
            "[activities.call]\nlevel = \"unit\"\nminutes = 5\n\n[pools.\"order desk\"]\naccounts = [\"6100\"]\nbudget = 0.10\n"
        );
    }

    #[test]
    fn what_is_set_by_path_is_found_under_its_quoted_or_spaced_name() {
        let mut base = parse(TEXT, "model.toml").unwrap();
        set(&mut base, "pools.order desk.budget=12.5").unwrap();
        set(&mut base, "pools.\"order desk\".accounts=[\"61*\", \"a.b\"]").unwrap();
        set(&mut base, "activities.call.minutes=5 + 3*lines").unwrap();
        assert_eq!(
            render(&base),
            "[activities.call]\nminutes = \"5 + 3*lines\"\n\n[pools.\"order desk\"]\naccounts = [\"61*\", \"a.b\"]\nbudget = 12.5\n"
        );
        assert_eq!(parse(&render(&base), "x").map(|table| render(&table)).unwrap(), render(&base));
    }

    #[test]
    fn of_keys_that_exclude_each_other_the_later_stays() {
        let mut base =
            parse("[activities.call]\nminutes = 4\npool = \"desk\"\nshare = \"50%\"\n", "model.toml").unwrap();
        set(&mut base, "activities.call.hours=0.1").unwrap();
        set(&mut base, "activities.call.practical-capacity=\"9 hours\"").unwrap();
        let over = "[activities.call]\npools = { desk = \"10%\" }\npractical_capacity = \"8 hours\"\n";
        overlay(&mut base, parse(over, "over.toml").unwrap());
        assert_eq!(
            render(&base),
            "[activities.call]\nhours = 0.1\npractical_capacity = \"8 hours\"\n\n[activities.call.pools]\ndesk = \"10%\"\n"
        );
        // Two of them in one text still contradict each other, and names are no keys.
        overlay(&mut base, parse("[activities.call]\nminutes = 4\nhours = 1\n[activities.hours]\n", "o.toml").unwrap());
        set(&mut base, "activities.minutes={ hours = 1 }").unwrap();
        assert_eq!(
            base.get("activities").map(|entry| match &entry.value {
                Value::Table(table) => table.keys().cloned().collect::<Vec<_>>(),
                _ => Vec::new(),
            }),
            Some(vec!["call".to_owned(), "hours".into(), "minutes".into()])
        );
        assert!(render(&base).contains("hours = 1\nminutes = 4\n"));
    }

    #[test]
    fn a_path_that_leads_nowhere_gets_the_nearest_name() {
        let mut base = parse(TEXT, "model.toml").unwrap();
        let refused = set(&mut base, "activities.cal.minutes=4").unwrap_err();
        assert_eq!(refused.to_string(), "--set activities.cal.minutes=4: `activities` has no entry `cal`");
        assert_eq!(refused.hint_text(), Some("the nearest is `call`"));
        assert_eq!(set(&mut base, "minutes").unwrap_err().to_string(), "`--set minutes` does not set anything");
        let deep = set(&mut base, "activities.call.minutes.x=1").unwrap_err();
        assert_eq!(
            deep.to_string(),
            "--set activities.call.minutes.x=1: `minutes` in `activities.call` is not a table"
        );
    }

    #[test]
    fn text_that_is_no_toml_is_refused_by_its_line() {
        let refused = parse("[pools]\nx = = 1\n", "model.toml").unwrap_err();
        assert!(refused.to_string().starts_with("model.toml:2: "), "{refused}");
        let doubled = parse("[pools.x]\na = 1\n[pools.x]\n", "model.toml").unwrap_err();
        assert!(doubled.to_string().starts_with("model.toml:3: duplicate key"), "{doubled}");
    }
}
