//! Where every setting comes from: flags, then `CUSTVAL_*`, then the file named by `--config`, then the
//! preset, then defaults. No file is read unasked.
//!
//! A setting of a file or a preset is handed to the parser as the flag of the same name, unless somebody
//! before it in this order has said it: so there is one parser, one check and one message for all. Of columns
//! each is said by itself: what one says of the amount leaves what others say of the date. And the exclusions of
//! a preset stand beside all others, since they are part of what its export means.
//!
//! What the environment or the top of a file says is said to every command. A value that one of them cannot take and another
//! can, under an option of the same name, is meant for that other one.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};
use custval::columns::{list, nearest_hint};
use custval::wording::either;
use custval::{Error, Location, Result};
use serde::Serialize;

use crate::cli::Cli;
use crate::commands;
use crate::options::{OF_AN_INPUT, RATES};
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
    let mut flags = Flags::beside(options, given);
    if let Some(path) = given.get_one::<String>("config") {
        let mut found = flags_of_file(&command, options, given, path)?;
        let said = standards_said(given, &flags);
        found.retain(|flag| flag.standard().is_none_or(|standard| !said.iter().any(|own| own == standard)));
        flags.0.extend(found);
    }
    if let Some((preset, preset_name)) = preset_of(options, given, &flags)? {
        let found = flags_of_preset(&preset, &preset_name, options, given, &flags)?;
        flags.0.extend(found);
    }
    if flags.0.is_empty() {
        refuse_shared(options, given)?;
        refuse_unread_rates(options, given, given)?;
        let settings = settings(options, given, given, &flags);
        return Ok((Cli::from_arg_matches(&matches)?, settings));
    }
    let filled: Vec<OsString> =
        // Before the user's own words, where a `--` cannot turn a flag into a file name.
        arguments[..2].iter().cloned().chain(flags.0.iter().map(|flag| (&flag.flag).into())).chain(arguments[2..].iter().cloned()).collect();
    let filled = command.clone().try_get_matches_from(filled).map_err(|error| blamed(error, &flags))?;
    let all = filled.subcommand_matches(name).expect("the same subcommand as before");
    refuse_shared(options, all)?;
    refuse_unread_rates(options, given, all)?;
    let settings = settings(options, given, all, &flags);
    Ok((Cli::from_arg_matches(&filled)?, settings))
}

/// Refuses a flag of the command line about exchange rates where none are read.
fn refuse_unread_rates(options: &Command, given: &ArgMatches, all: &ArgMatches) -> custval::Result<()> {
    let id = |name: &str| Some(options.get_arguments().find(|arg| arg.get_long() == Some(name))?.get_id().as_str());
    let rates = id(EXCHANGE_RATES);
    if rates.is_some_and(|rates| !values_of(all, rates).is_empty()) {
        return Ok(());
    }
    let own = format!("{RATES}=");
    let names_them = |name: &&str| {
        id(name).is_some_and(|id| {
            given.value_source(id) == Some(ValueSource::CommandLine)
                && values_of(given, id).iter().any(|value| value.starts_with(&own))
        })
    };
    match OF_AN_INPUT.into_iter().find(names_them) {
        None => Ok(()),
        Some(name) => {
            let hint = match rates {
                Some(_) => format!("name the rates with `--exchange-rates FILE`, or leave `{own}` out"),
                None => format!("leave `{own}` out: this command reads no rates"),
            };
            Err(Error::usage(format!("`--{name}` is about exchange rates, and there are none")).hint(hint))
        }
    }
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
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let own = || flags.0.iter().filter(|flag| flag.name == name);
    let Some(Flag { origin, .. }) = own().find(|flag| flag.value() == Some(&value)).or(own().next()) else {
        return error.into();
    };
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
    /// What the environment says of settings of which others may say more: the parser takes it only where nobody does.
    fn beside(options: &Command, given: &ArgMatches) -> Self {
        let has = |name: &str| options.get_arguments().any(|arg| arg.get_long() == Some(name));
        let by_flag = |name: &str| given.value_source(name) == Some(ValueSource::CommandLine);
        let mut flags = Self::default();
        for name in [COLUMN, EXCLUDE].into_iter().filter(|name| has(name)) {
            let variable = variable(name);
            let Ok(value) = std::env::var(&variable) else { continue };
            let flag = format!("--{name}={value}");
            let flag = Flag { name: name.to_owned(), flag, origin: Origin::Environment(variable), is_own: false };
            let said = standards_said(given, &flags);
            let is_said = match flag.standard() {
                Some(standard) => said.iter().any(|own| own == standard),
                None => by_flag(name),
            };
            if !is_said {
                flags.0.push(flag);
            }
        }
        flags
    }

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

impl Flag {
    /// Its value, where it has one.
    fn value(&self) -> Option<&str> {
        self.flag.split_once('=').map(|(_, value)| value)
    }

    /// The standard column that it says which one it is of.
    fn standard(&self) -> Option<&str> {
        self.value().filter(|_| self.name == COLUMN).and_then(standard_of)
    }
}

/// The option of which each value is about a column of its own.
const COLUMN: &str = "column";
/// The option to which a preset adds.
const EXCLUDE: &str = "exclude";
/// The option that names a table of rates.
const EXCHANGE_RATES: &str = "exchange-rates";

/// The standard column of `standard=Name in the file`.
fn standard_of(column: &str) -> Option<&str> {
    column.split_once('=').map(|(standard, _)| standard)
}

/// The standard columns of which flags say which ones they are, on the command line and found so far.
fn standards_said(given: &ArgMatches, flags: &Flags) -> Vec<String> {
    let by_flag = matches!(given.try_contains_id(COLUMN), Ok(true))
        && given.value_source(COLUMN) == Some(ValueSource::CommandLine);
    let own = if by_flag { values_of(given, COLUMN) } else { Vec::new() };
    let own = own.iter().filter_map(|column| standard_of(column));
    own.chain(flags.0.iter().filter_map(Flag::standard)).map(str::to_owned).collect()
}

/// The preset that is asked for, with its name, where it is for this subcommand. One that the environment or the top of a file
/// names for every command waits for those that it is for.
fn preset_of(options: &Command, given: &ArgMatches, flags: &Flags) -> Result<Option<(Preset, String)>> {
    let in_file = flags.0.iter().find(|flag| flag.name == PRESET);
    // Not every command reads files.
    let said = given.try_get_one::<String>(PRESET).ok().flatten().map(String::as_str);
    let Some(name) = said.or_else(|| in_file?.value()) else { return Ok(None) };
    let in_file = in_file.filter(|_| said.is_none());
    let at = |error: Error| match in_file.map(|flag| &flag.origin) {
        Some(Origin::File(path)) if error.location().is_none() => error.at(Location::file(path)),
        _ => error,
    };
    let preset = Preset::open(name).map_err(at)?;
    let command = options.get_name();
    let is_of_command = match in_file {
        Some(flag) => flag.is_own,
        None => given.value_source(PRESET) == Some(ValueSource::CommandLine),
    };
    if is_of_command {
        preset.check_is_for(command, name).map_err(at)?;
    }
    Ok(preset.is_for(command).then(|| (preset, name.to_owned())))
}

/// The option that names a preset.
const PRESET: &str = "preset";

/// What the preset says for this subcommand and nobody else does, and its exclusions.
fn flags_of_preset(
    preset: &Preset,
    name: &str,
    options: &Command,
    given: &ArgMatches,
    flags: &Flags,
) -> Result<Vec<Flag>> {
    let own = |key: &str, flag: String| Flag {
        name: key.to_owned(),
        flag,
        origin: Origin::Preset(name.to_owned()),
        is_own: false,
    };
    let said = standards_said(given, flags);
    let is_mapped = |standard: &str| said.iter().any(|own| own == standard);
    let mut found = Vec::new();
    for (standard, column) in preset.columns() {
        // Amounts of another column may be in another currency than those the preset means.
        let is_of_amount = standard == "currency" && is_mapped("amount");
        if !is_mapped(standard) && !is_of_amount {
            found.push(own(COLUMN, format!("--{COLUMN}={column}")));
        }
    }
    for (key, value) in &preset.settings {
        let Some(arg) = options.get_arguments().find(|arg| arg.get_long() == Some(key)) else { continue };
        let is_free = !is_said(given, arg) && flags.0.iter().all(|flag| flag.name != *key);
        if is_free || key == EXCLUDE {
            // Settings that were pinned with the preset have its exclusions already.
            let is_new = |flag: &Flag| flags.0.iter().all(|other| other.flag != flag.flag);
            found.extend(flags_of_value(name, arg, value)?.into_iter().map(|flag| own(key, flag)).filter(is_new));
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
    let command = Cli::command().mut_subcommands(|subcommand| {
        let tables = commands::tables(subcommand.get_name());
        subcommand.mut_args(|arg| match arg.get_id() == "table" {
            true => arg.value_parser(PossibleValuesParser::new(&tables)),
            false => arg,
        })
    });
    let all = command.clone();
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|arg| {
            let Some(variable) = arg.get_long().map(variable) else { return arg };
            let waits = std::env::var(&variable).is_ok_and(|value| is_of_others(&all, &arg, &value));
            if waits { arg } else { arg.env(variable).hide_env(true) }
        })
    })
}

/// Whether a value is none of an option, and is one of the option of the same name of another command.
fn is_of_others(command: &Command, arg: &Arg, value: &str) -> bool {
    let others = command.get_subcommands().flat_map(Command::get_arguments);
    let mut others = others.filter(|other| other.get_long() == arg.get_long());
    !takes(arg, value) && others.any(|other| takes(other, value))
}

/// Whether a value is one of an option.
fn takes(arg: &Arg, value: &str) -> bool {
    let alone = Arg::new("value").long("value").num_args(1).value_parser(arg.get_value_parser().clone());
    let alone = match arg.get_value_delimiter() {
        Some(delimiter) => alone.action(ArgAction::Append).value_delimiter(delimiter),
        None => alone,
    };
    let line = ["custval".to_owned(), format!("--value={value}")];
    arg.get_action().takes_values() && Command::new("custval").arg(alone).try_get_matches_from(line).is_ok()
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

/// What the file says for this subcommand and neither a flag nor the environment does, and all that it says of columns. Keys at the
/// top hold for every command that has such an option, keys of a table named after a command for that command alone.
fn flags_of_file(command: &Command, options: &Command, given: &ArgMatches, path: &str) -> Result<Vec<Flag>> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::io("cannot read the settings", path, error))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Error::usage(format!("the settings are not TOML\n{error}")).at(Location::file(path))
    })?;
    let mut flags: Vec<Flag> = Vec::new();
    let mut take = |options: &Command, key: &str, value: &toml::Value, is_own: bool| -> Result<()> {
        let Some(arg) = options.get_arguments().find(|arg| arg.get_long() == Some(key)) else { return Ok(()) };
        let waits = !is_own && value_texts(value).iter().any(|value| is_of_others(command, arg, value));
        if (!is_said(given, arg) || key == COLUMN) && !waits {
            let (name, origin) = (key.to_owned(), Origin::File(path.to_owned()));
            let said = flags_of_value(path, arg, value)?.into_iter();
            let said: Vec<Flag> =
                said.map(|flag| Flag { name: name.clone(), flag, origin: origin.clone(), is_own }).collect();
            // What a command's own table says wins over the top of the file.
            flags.retain(|flag| match flag.standard() {
                Some(standard) => said.iter().all(|own| own.standard() != Some(standard)),
                None => flag.name != key,
            });
            flags.extend(said);
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
                return Err(unknown_of_command(path, key, subcommand, command));
            }
            if subcommand.get_name() == options.get_name() {
                take(options, key, value, true)?;
            }
        }
    }
    Ok(flags)
}

/// The texts of a value of a file.
fn value_texts(value: &toml::Value) -> Vec<String> {
    match value {
        toml::Value::Array(values) => values.iter().flat_map(value_texts).collect(),
        toml::Value::String(text) => vec![text.clone()],
        value => vec![value.to_string()],
    }
}

fn flags_of_value(path: &str, arg: &Arg, value: &toml::Value) -> Result<Vec<String>> {
    let key = arg.get_long().unwrap_or_default();
    let takes_values = arg.get_action().takes_values();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    Ok(match value {
        // A flag alone would take the next word for its value.
        toml::Value::Boolean(_) if takes_values => {
            return Err(Error::usage(format!("`{key}` is `{value}`, and it takes a value"))
                .at(Location::file(path))
                .hint(format!("write the value, `{key} = \"…\"`: {help}")));
        }
        _ if !takes_values && !value.is_bool() => {
            return Err(Error::usage(format!("`{key}` is `{value}`, and it is on or off"))
                .at(Location::file(path))
                .hint(format!("write `{key} = true`, or `{key} = false`")));
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

/// That a command has no such setting; another may have it.
fn unknown_of_command(path: &str, key: &str, own: &Command, all: &Command) -> Error {
    let settings = |command: &Command| -> Vec<String> {
        let names = command.get_arguments().filter_map(|arg| arg.get_long());
        names.filter(|name| !NO_SETTINGS.contains(name)).map(str::to_owned).collect()
    };
    let near_own = nearest_hint(key, settings(own).iter().map(String::as_str));
    let of_others: Vec<(&str, Vec<String>)> =
        all.get_subcommands().map(|command| (command.get_name(), settings(command))).collect();
    let have = of_others.iter().filter(|(_, names)| names.iter().any(|name| name == key));
    let have: Vec<&str> = have.map(|(command, _)| *command).collect();
    let error = Error::usage(format!("`{key}` is not a setting of `{}`", own.get_name())).at(Location::file(path));
    match (have.is_empty(), near_own) {
        (false, _) => error.hint(format!("{} has it: say it in a table of that name", either(&have))),
        (true, Some(near)) => error.hint(near),
        (true, None) => {
            let mut names: Vec<&str> =
                of_others.iter().flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
            names.sort_unstable();
            names.dedup();
            match nearest_hint(key, names.into_iter()) {
                Some(near) => error.hint(format!("of other commands {near}")),
                None => error,
            }
        }
    }
}

fn unknown<'a>(path: &str, key: &str, names: impl Iterator<Item = &'a str>) -> Error {
    let mut names: Vec<&str> = names.filter(|name| !NO_SETTINGS.contains(name)).collect();
    names.sort_unstable();
    names.dedup();
    Error::usage(format!("`{key}` is not a setting")).at(Location::file(path)).hint_nearest(key, names.into_iter())
}

/// Every option of the subcommand with its values and who said them, in the order of the help: `given` by the user, `all`
/// with what files and presets say. An option of which several say something is there once for each of them.
fn settings(options: &Command, given: &ArgMatches, all: &ArgMatches, flags: &Flags) -> Vec<Setting> {
    let mut settings = Vec::new();
    for arg in options.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        if NO_SETTINGS.contains(&long) {
            continue;
        }
        let id = arg.get_id().as_str();
        let found = flags.0.iter().filter(|flag| flag.name == long);
        let mut origins: Vec<Origin> = match given.value_source(id) {
            Some(ValueSource::CommandLine) => vec![Origin::Flag],
            Some(ValueSource::EnvVariable) => vec![Origin::Environment(variable(long))],
            _ => Vec::new(),
        };
        origins.extend(found.clone().map(|flag| flag.origin.clone()));
        origins.dedup();
        if origins.is_empty() {
            origins.push(Origin::Default);
        }
        let alone = origins.len() == 1;
        for origin in origins {
            let own = found.clone().filter(|flag| flag.origin == origin);
            let values = match origin {
                _ if alone => values_of(all, id),
                Origin::Flag => values_of(given, id),
                _ => own.clone().filter_map(Flag::value).map(str::to_owned).collect(),
            };
            let again = match origin {
                Origin::Flag if arg.get_action().takes_values() => {
                    values.iter().flat_map(|value| words(long, value)).collect()
                }
                Origin::Flag => vec![format!("--{long}")],
                _ => own.filter(|flag| flag.is_own).map(|flag| flag.flag.clone()).collect(),
            };
            settings.push(Setting { name: long.to_owned(), values, origin, again });
        }
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
