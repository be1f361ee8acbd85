//! How the exports that people have are read: settings under a name, as data.
//!
//! A preset is a TOML file: what it reads, where its column names are from, whether a real file was read with it, for each
//! standard column the names it has had over the years (the first that is there counts, and else the column of the standard name),
//! and settings of reading. They become flags where nobody said otherwise, so that a preset can do nothing that a command line
//! cannot. Only its exclusions stay whatever else is said: what they leave out the export does not mean.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{MAIN_SEPARATOR, Path};

use clap::CommandFactory;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use custval::columns::{ColumnMap, Header, list, nearest_hint};
use custval::{Error, Location, Result};
use serde::Deserialize;

use crate::cli::Cli;

/// The presets that come with custval, by name.
const BUILT_IN: [(&str, &str); 9] = [
    ("chargebee-subscriptions", include_str!("../../../presets/chargebee-subscriptions.toml")),
    ("dbt-subscriptions", include_str!("../../../presets/dbt-subscriptions.toml")),
    ("fightchurn-subscription", include_str!("../../../presets/fightchurn-subscription.toml")),
    ("ibm-telco", include_str!("../../../presets/ibm-telco.toml")),
    ("shopify-orders", include_str!("../../../presets/shopify-orders.toml")),
    ("stripe-charges", include_str!("../../../presets/stripe-charges.toml")),
    ("stripe-invoices", include_str!("../../../presets/stripe-invoices.toml")),
    ("stripe-subscriptions", include_str!("../../../presets/stripe-subscriptions.toml")),
    ("uci-online-retail", include_str!("../../../presets/uci-online-retail.toml")),
];

/// The settings that a preset may have, beside its columns.
const SETTINGS: [&str; 15] = [
    "currency",
    "date-format",
    "decimal",
    "delimiter",
    "encoding",
    "exclude",
    "id-case",
    "id-trim",
    "no-customer",
    "no-header",
    "quote",
    "refunds",
    "tz",
    "unique",
    "zero-amounts",
];

/// The word that lists all presets.
const HELP: &str = "help";

/// What stands in the file of a preset.
const FORM: &str = "a preset has the texts `reads`, `source` and `verified`, and may have a `note`, a list of `commands`, `[columns]` with a list of \
                    names for each standard column, and `[settings]`";

/// How one kind of export is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What it reads.
    reads: String,
    /// Where the names of its columns are from.
    source: String,
    /// The real file that was read with it, or that there was none.
    verified: String,
    /// What to know about the figures.
    note: Option<String>,
    /// The commands it is for.
    #[serde(default)]
    commands: Vec<String>,
    /// For each standard column the names it has had; the first that is there counts.
    #[serde(default)]
    columns: BTreeMap<String, Vec<String>>,
    /// Settings by the names of their flags.
    #[serde(default)]
    pub settings: toml::Table,
}

impl Preset {
    /// The preset of this name, or in this file.
    ///
    /// # Errors
    /// Where there is none, or it is not one.
    pub fn open(name: &str) -> Result<Self> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(own, _)| *own == name) {
            return Self::of_vendor(name, text);
        }
        if name == HELP {
            return Err(
                Error::usage("`help` lists the presets, and is none").hint("say `--preset help` on the command line")
            );
        }
        // No name has a dot or a folder.
        if !name.contains(['.', '/', MAIN_SEPARATOR]) && !Path::new(name).exists() {
            let names = BUILT_IN.iter().map(|(name, _)| *name);
            let near = nearest_hint(name, names).map(|near| format!("{near}; ")).unwrap_or_default();
            return Err(Error::usage(format!("there is no preset `{name}`"))
                .hint(format!("{near}`--preset help` lists all, and `--preset FILE.toml` reads one of yours")));
        }
        let text = std::fs::read_to_string(name).map_err(|error| Error::io("cannot read the preset", name, error))?;
        let preset = Self::read(name, &text)?;
        preset.check_commands().map_err(|error| error.at(Location::file(name)))?;
        Ok(preset)
    }

    /// Whether it is for a command; `check` looks at everything, and who does not say means all.
    pub fn is_for(&self, command: &str) -> bool {
        self.commands.is_empty() || command == "check" || self.commands.iter().any(|own| own == command)
    }

    /// That it is for a command.
    ///
    /// # Errors
    /// Where it is not.
    pub fn check_is_for(&self, command: &str, name: &str) -> Result<()> {
        if self.is_for(command) {
            return Ok(());
        }
        let own: Vec<&str> = self.commands.iter().map(String::as_str).collect();
        Err(Error::usage(format!("the preset `{name}` is for {}, and not for `{command}`", list(&own))).hint(
            "leave it out and name the columns with `--column`; a preset of your own says in `commands` what it is for",
        ))
    }

    /// That the commands it is for are some.
    fn check_commands(&self) -> Result<()> {
        let cli = Cli::command();
        let names: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
        let Some(unknown) = self.commands.iter().find(|command| !names.contains(&command.as_str())) else {
            return Ok(());
        };
        Err(Error::usage(format!("`commands`: there is no command `{unknown}`"))
            .hint_nearest(unknown, names.into_iter()))
    }

    /// A preset that comes with custval. A vendor's columns come and go: what an export does not have excludes nothing.
    fn of_vendor(name: &str, text: &str) -> Result<Self> {
        let mut preset = Self::read(name, text)?;
        if let Some(toml::Value::Array(excluded)) = preset.settings.get_mut("exclude") {
            for exclusion in excluded {
                *exclusion = exclusion.as_str().map(|text| text.replacen('=', "?=", 1)).unwrap_or_default().into();
            }
        }
        Ok(preset)
    }

    fn read(name: &str, text: &str) -> Result<Self> {
        let at = || Location::file(name);
        let preset: Self = toml::from_str(text)
            .map_err(|error| Error::usage(format!("the preset cannot be used\n{error}")).at(at()).hint(FORM))?;
        if let Some(key) = preset.settings.keys().find(|key| !SETTINGS.contains(&key.as_str())) {
            return Err(Error::usage(format!("`{key}` is no setting of a preset"))
                .at(at())
                .hint_nearest(key, SETTINGS.into_iter()));
        }
        if let Some((standard, _)) =
            preset.columns.iter().find(|(_, names)| names.is_empty() || names.iter().any(String::is_empty))
        {
            return Err(Error::usage(format!("`columns`: `{standard}` has no name, or an empty one"))
                .at(at())
                .hint("list the names that it has had, or leave the column out"));
        }
        let mut map = ColumnMap::default();
        preset.columns().try_for_each(|(_, column)| map.add(&column)).map_err(|error| error.at(at()))?;
        Ok(preset)
    }

    /// Each standard column, and the value of `--column` for it.
    pub fn columns(&self) -> impl Iterator<Item = (&str, String)> {
        // Where none of the names is there, the standard one may be.
        self.columns.iter().map(|(standard, names)| (standard.as_str(), format!("{standard}={}|", names.join("|"))))
    }

    /// Whether a header has one of the names of every column that tells the export from others: the first four.
    fn fits(&self, header: &Header) -> bool {
        let has = |name: &String| name.split('*').all(|name| header.names().iter().any(|own| own == name));
        let essential = ["customer_id", "date", "amount", "start", "time", "event"];
        let mut asked = self.columns.iter().filter(|(standard, _)| essential.contains(&standard.as_str()));
        asked.all(|(_, names)| names.iter().any(has))
    }

    /// How many of its columns a header has.
    fn matches(&self, header: &Header) -> usize {
        let has = |name: &String| name.split('*').all(|name| header.names().iter().any(|own| own == name));
        self.columns.values().filter(|names| names.iter().any(has)).count()
    }
}

/// The name of the preset that was made for files with such a header, if there is one.
pub fn fitting(header: &Header) -> Option<&'static str> {
    let fitting = BUILT_IN.iter().filter_map(|(name, text)| Some((*name, Preset::of_vendor(name, text).ok()?)));
    let (name, _) =
        fitting.filter(|(_, preset)| preset.fits(header)).max_by_key(|(_, preset)| preset.matches(header))?;
    Some(name)
}

/// The presets that come with custval, and what each reads.
fn help() -> String {
    let mut text = "Presets, for `--preset NAME`; one of your own is `--preset FILE.toml`\n".to_owned();
    for (name, preset) in BUILT_IN.iter().filter_map(|(name, text)| Some((name, Preset::read(name, text).ok()?))) {
        let commands = preset.commands.join(", ");
        let _ = write!(text, "\n{name}\n    {}\n    for: {commands}\n    read: {}\n", preset.reads, preset.verified);
        let _ = writeln!(text, "    source: {}", preset.source);
        if let Some(note) = &preset.note {
            let _ = writeln!(text, "    note: {note}");
        }
    }
    text
}

/// Takes the name of a preset; at `help` it lists them, whatever else the command line lacks.
#[derive(Debug, Clone)]
pub struct PresetName;

impl TypedValueParser for PresetName {
    type Value = String;

    fn parse_ref(&self, _: &clap::Command, _: Option<&clap::Arg>, value: &OsStr) -> Result<String, clap::Error> {
        match value.to_str() {
            Some(HELP) => Err(clap::Error::raw(ErrorKind::DisplayHelp, help())),
            Some(name) => Ok(name.to_owned()),
            None => Err(clap::Error::raw(ErrorKind::InvalidUtf8, "the name of a preset is text\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_says_what_it_reads_and_whether_that_was_tried() {
        for (name, text) in BUILT_IN {
            let preset = Preset::of_vendor(name, text).unwrap();
            preset.check_commands().unwrap();
            assert!(preset.columns.len() > 2, "{name}");
            assert!(
                preset.verified.starts_with("on the real file") || preset.verified.ends_with("unverified"),
                "{name}"
            );
            assert!(help().contains(&preset.reads), "{name}");
        }
    }

    #[test]
    fn a_header_tells_its_preset() {
        let of = |names: &str| fitting(&Header::new("x.csv", names.split(',').map(str::to_owned).collect()));
        assert_eq!(of("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID"), Some("uci-online-retail"));
        assert_eq!(of("id,Created (UTC),Amount,Currency,Customer ID"), Some("stripe-charges"));
        assert_eq!(of("customerID,tenure,MonthlyCharges,Churn"), Some("ibm-telco"));
        assert_eq!(of("customer_id,date,amount"), None);
    }
}
