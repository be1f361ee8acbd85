//! Where every setting comes from: flags, then `CUSTVAL_*`, then the file named by `--config`, then the
//! preset, then defaults. No file is read unasked.
//!
//! A setting of a file or a preset is handed to the parser as the flag of the same name, unless somebody
//! before it in this order has said it: so there is one parser, one check and one message for all. Only the
//! columns of a preset stand beside those that are said, each for a standard column of its own.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};
use custval::columns::list;
use custval::{Error, Location, Result};
use serde::Serialize;

use crate::cli::Cli;
use crate::commands;
use crate::places::refuse_shared;
use crate::presets::Preset;

/// Who said a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// An environment variable.
    Environment(String),
    /// The file named by `--config`.
    File(String),
    /// The preset of this name.
    Preset(String),
    /// Nobody: the default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Preset(name) => write!(f, "preset {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One setting of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    /// The option's long name.
    pub name: String,
    /// Its values as written; none where it is not set.
    pub values: Vec<String>,
    /// Who said it.
    pub origin: Origin,
    /// The words of a command line that say it again to another command, where that would not hear of it from the environment, the
    /// file or the preset.
    #[serde(skip)]
    pub again: Vec<String>,
}

/// Options that say where to find or put things rather than what to compute.
const NO_SETTINGS: [&str; 2] = ["config", "show-settings"];

/// Parses the arguments, filled up from the environment and the configuration file.
///
/// # Errors
/// A usage error, or clap's own (which also carries help and version).
pub fn resolve(arguments: Vec<OsString>) -> anyhow::Result<(Cli, Vec<Setting>)> {
    let command = command();
    let matches = command.clone().try_get_matches_from(&arguments).map_err(|error| {
        let of_environment = Flags::of_environment(&command, &arguments);
        blamed(error, &of_environment)
    })?;
    let (name, given) = matches.subcommand().expect("clap requires a subcommand");
    let options = command.find_subcommand(name).expect("clap matched this subcommand");
    let mut flags = Flags::default();
    if let Some(path) = given.get_one::<String>("config") {
        let found = flags_of_file(&command, options, given, path)?;
        flags.0.extend(found);
    }
    let in_file = || flags.0.iter().find_map(|flag| flag.flag.strip_prefix("--preset=").map(str::to_owned));
    // Not every command reads files.
    let said = given.try_get_one::<String>("preset").ok().flatten().cloned();
    if let Some(name) = said.or_else(in_file) {
        let found = flags_of_preset(options, given, &flags, &name)?;
        flags.0.extend(found.into_iter().map(|(key, flag)| Flag {
            name: key,
            flag,
            origin: Origin::Preset(name.clone()),
            is_own: false,
        }));
    }
    if flags.0.is_empty() {
        refuse_shared(options, given)?;
        let settings = settings(options, given, given, &flags);
        return Ok((Cli::from_arg_matches(&matches)?, settings));
    }
    let filled: Vec<OsString> =
        // Before the user's own words, where a `--` cannot turn a flag into a file name.
        arguments[..2].iter().cloned().chain(flags.0.iter().map(|flag| (&flag.flag).into())).chain(arguments[2..].iter().cloned()).collect();
    let filled = command.clone().try_get_matches_from(filled).map_err(|error| blamed(error, &flags))?;
    let all = filled.subcommand_matches(name).expect("the same subcommand as before");
    refuse_shared(options, all)?;
    let settings = settings(options, given, all, &flags);
    Ok((Cli::from_arg_matches(&filled)?, settings))
}

/// A fault of a value that a file, a preset or the environment has, by its place there and not by the flag that nobody wrote.
fn blamed(error: clap::Error, flags: &Flags) -> anyhow::Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(list(&texts.iter().map(String::as_str).collect::<Vec<_>>())),
        _ => None,
    };
    let arg = context(ContextKind::InvalidArg).unwrap_or_default();
    let name = arg.trim_start_matches("--").split([' ', '=']).next().unwrap_or_default();
    let Some(Flag { origin, .. }) = flags.0.iter().find(|flag| flag.name == name) else { return error.into() };
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let said = std::error::Error::source(&error).map(ToString::to_string);
    let said = said.unwrap_or_else(|| match context(ContextKind::ValidValue) {
        Some(values) => format!("`{value}` is no value of it\nhint: its values are {values}"),
        None if value.is_empty() => "it takes one value, and has several".to_owned(),
        None => format!("`{value}` cannot be used"),
    });
    let said = if said.contains(&value) { said } else { format!("`{value}`: {said}") };
    let (message, hint) = said.split_once("\nhint: ").unwrap_or((&said, ""));
    let error = match origin {
        Origin::File(place) | Origin::Preset(place) => {
            Error::usage(format!("setting `{name}`: {message}")).at(Location::file(place))
        }
        Origin::Environment(variable) => Error::usage(format!("environment variable `{variable}`: {message}")),
        Origin::Flag | Origin::Default => return error.into(),
    };
    if hint.is_empty() { error.into() } else { error.hint(hint).into() }
}

/// What is said elsewhere than in the command line, as flags.
#[derive(Default)]
struct Flags(Vec<Flag>);

impl Flags {
    /// What the environment says and no flag of the command line does.
    fn of_environment(command: &Command, arguments: &[OsString]) -> Self {
        let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
        let options = words.iter().skip(1).find_map(|word| command.find_subcommand(word));
        let is_flag = |arg: &Arg, word: &str| {
            let long = word.strip_prefix("--").and_then(|word| word.split('=').next());
            let short = word.strip_prefix('-').and_then(|word| word.chars().next());
            (long.is_some() && long == arg.get_long()) || (short.is_some() && short == arg.get_short())
        };
        let args = options.into_iter().flat_map(Command::get_arguments);
        let said = args.filter_map(|arg| {
            let (name, variable) = (arg.get_long()?.to_owned(), variable(arg.get_long()?));
            let value = std::env::var(&variable).ok()?;
            let flag = format!("--{name}={value}");
            let is_said = words.iter().any(|word| is_flag(arg, word));
            (!is_said).then_some(Flag { name, flag, origin: Origin::Environment(variable), is_own: false })
        });
        Self(said.collect())
    }
}

struct Flag {
    name: String,
    flag: String,
    origin: Origin,
    /// Whether a file says it for this command alone.
    is_own: bool,
}

/// What the preset says for this subcommand and nobody else does.
fn flags_of_preset(options: &Command, given: &ArgMatches, flags: &Flags, name: &str) -> Result<Vec<(String, String)>> {
    let preset = Preset::open(name)?;
    let of_file = flags.0.iter().filter_map(|flag| flag.flag.strip_prefix("--column="));
    let of_user = given.try_get_many::<String>("column").ok().flatten().into_iter().flatten().map(String::as_str);
    let mapped: Vec<&str> = of_user.chain(of_file).filter_map(|column| Some(column.split_once('=')?.0)).collect();
    let mut found = Vec::new();
    for (standard, column) in preset.columns() {
        // Amounts of another column may be in another currency than those the preset means.
        let is_of_amount = standard == "currency" && mapped.contains(&"amount");
        if !mapped.contains(&standard) && !is_of_amount {
            found.push(("column".to_owned(), format!("--column={column}")));
        }
    }
    for (key, value) in &preset.settings {
        let Some(arg) = options.get_arguments().find(|arg| arg.get_long() == Some(key)) else { continue };
        if !is_said(given, arg) && flags.0.iter().all(|flag| flag.name != *key) {
            found.extend(flags_of_value(name, arg, value)?.into_iter().map(|flag| (key.clone(), flag)));
        }
    }
    Ok(found)
}

/// Whether a flag or the environment has an option.
fn is_said(given: &ArgMatches, arg: &Arg) -> bool {
    matches!(given.value_source(arg.get_id().as_str()), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// The command line, with an environment variable for every option and the names of each command's tables.
pub fn command() -> Command {
    Cli::command().mut_subcommands(|subcommand| {
        let tables = commands::tables(subcommand.get_name());
        subcommand.mut_args(|arg| {
            let Some(variable) = arg.get_long().map(variable) else { return arg };
            let arg = arg.env(variable).hide_env(true);
            if arg.get_id() == "table" { arg.value_parser(PossibleValuesParser::new(&tables)) } else { arg }
        })
    })
}

/// Variables of the environment that are nearly a setting of some command and none of any, each with the one it is near to.
pub fn mistyped_variables() -> Vec<(String, String)> {
    /// Letters that are wrong, missing or too many in what is taken for a slip.
    const SLIPS: usize = 2;
    let command = command();
    let options = command.get_subcommands().flat_map(Command::get_arguments);
    let known: BTreeSet<String> = options.filter_map(|arg| arg.get_long().map(variable)).collect();
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    set.filter(|name| name.starts_with("CUSTVAL_") && !known.contains(name))
        .filter_map(|name| {
            let distances = known.iter().map(|known| (strsim::damerau_levenshtein(&name, known), known));
            let (slips, near) = distances.min()?;
            (slips <= SLIPS).then(|| (name, near.clone()))
        })
        .collect()
}

fn variable(long: &str) -> String {
    format!("CUSTVAL_{}", long.to_uppercase().replace('-', "_"))
}

/// What the file says for this subcommand and neither a flag nor the environment does. Keys at the top hold for every command that has such an option,
/// keys of a table named after a command for that command alone.
fn flags_of_file(command: &Command, options: &Command, given: &ArgMatches, path: &str) -> Result<Vec<Flag>> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::io("cannot read the settings", path, error))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Error::usage(format!("the settings are not TOML\n{error}")).at(Location::file(path))
    })?;
    let mut flags: Vec<Flag> = Vec::new();
    let mut take = |options: &Command, key: &str, value: &toml::Value, is_own: bool| -> Result<()> {
        let Some(arg) = options.get_arguments().find(|arg| arg.get_long() == Some(key)) else { return Ok(()) };
        if !is_said(given, arg) {
            // What a command's own table says wins over the top of the file.
            flags.retain(|flag| flag.name != key);
            let (name, origin) = (key.to_owned(), Origin::File(path.to_owned()));
            let said = flags_of_value(path, arg, value)?.into_iter();
            flags.extend(said.map(|flag| Flag { name: name.clone(), flag, origin: origin.clone(), is_own }));
        }
        Ok(())
    };
    let known = |options: &Command, key: &str| options.get_arguments().any(|arg| arg.get_long() == Some(key));
    for (key, value) in &table {
        if value.is_table() {
            continue;
        }
        if NO_SETTINGS.contains(&key.as_str()) || !command.get_subcommands().any(|subcommand| known(subcommand, key)) {
            let names = command.get_subcommands().flat_map(Command::get_arguments).filter_map(|arg| arg.get_long());
            return Err(unknown(path, key, names));
        }
        take(options, key, value, false)?;
    }
    for (section, value) in &table {
        let Some(entries) = value.as_table() else { continue };
        let Some(subcommand) = command.find_subcommand(section) else {
            return Err(unknown(path, section, command.get_subcommands().map(Command::get_name)));
        };
        for (key, value) in entries {
            if NO_SETTINGS.contains(&key.as_str()) || !known(subcommand, key) {
                let names = subcommand.get_arguments().filter_map(|arg| arg.get_long());
                return Err(unknown(path, key, names));
            }
            if subcommand.get_name() == options.get_name() {
                take(options, key, value, true)?;
            }
        }
    }
    Ok(flags)
}

fn flags_of_value(path: &str, arg: &Arg, value: &toml::Value) -> Result<Vec<String>> {
    let key = arg.get_long().unwrap_or_default();
    Ok(match value {
        // A flag alone would take the next word for its value.
        toml::Value::Boolean(true) if arg.get_action().takes_values() => {
            return Err(Error::usage(format!("`{key}` is `true`, and it takes a value"))
                .at(Location::file(path))
                .hint(format!("write the value: `{key} = \"…\"`")));
        }
        toml::Value::Boolean(true) => vec![format!("--{key}")],
        toml::Value::Boolean(false) => Vec::new(),
        toml::Value::String(text) => vec![format!("--{key}={text}")],
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Datetime(_) => vec![format!("--{key}={value}")],
        toml::Value::Array(values) => {
            let flags: Result<Vec<Vec<String>>> = values.iter().map(|value| flags_of_value(path, arg, value)).collect();
            flags?.concat()
        }
        toml::Value::Table(_) => {
            return Err(Error::usage(format!("`{key}` is a table where a value is expected")).at(Location::file(path)));
        }
    })
}

fn unknown<'a>(path: &str, key: &str, names: impl Iterator<Item = &'a str>) -> Error {
    let mut names: Vec<&str> = names.filter(|name| !NO_SETTINGS.contains(name)).collect();
    names.sort_unstable();
    names.dedup();
    Error::usage(format!("`{key}` is not a setting")).at(Location::file(path)).hint_nearest(key, names.into_iter())
}

/// Every option of the subcommand with its values and who said them, in the order of the help: `given` by the user, `all`
/// with what files and presets say.
fn settings(options: &Command, given: &ArgMatches, all: &ArgMatches, flags: &Flags) -> Vec<Setting> {
    let mut settings = Vec::new();
    for arg in options.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        if NO_SETTINGS.contains(&long) {
            continue;
        }
        let id = arg.get_id().as_str();
        let origin = match given.value_source(id) {
            Some(ValueSource::CommandLine) => Origin::Flag,
            Some(ValueSource::EnvVariable) => Origin::Environment(variable(long)),
            _ => match flags.0.iter().find(|flag| flag.name == long) {
                Some(flag) => flag.origin.clone(),
                None => Origin::Default,
            },
        };
        let again = match origin {
            Origin::Flag if arg.get_action().takes_values() => {
                values_of(given, id).iter().flat_map(|value| words(long, value)).collect()
            }
            Origin::Flag => vec![format!("--{long}")],
            _ => flags.0.iter().filter(|flag| flag.is_own && flag.name == long).map(|flag| flag.flag.clone()).collect(),
        };
        settings.push(Setting { name: long.to_owned(), values: values_of(all, id), origin, again });
    }
    settings
}

fn values_of(matches: &ArgMatches, id: &str) -> Vec<String> {
    let values = matches.get_raw(id).into_iter().flatten();
    values.map(|value| value.to_string_lossy().into_owned()).collect()
}

/// An option and its value as they are typed.
fn words(long: &str, value: &str) -> Vec<String> {
    match value.starts_with('-') {
        true => vec![format!("--{long}={value}")],
        false => vec![format!("--{long}"), value.to_owned()],
    }
}

/// Whether a command has an option about how files are read.
pub fn is_about_input(command: &Command, long: &str) -> bool {
    let own = command.get_arguments().find(|arg| arg.get_long() == Some(long));
    own.is_some_and(|arg| arg.get_help_heading().is_some_and(|heading| ["Input", "Policies"].contains(&heading)))
}
