//! That no file of a run is two things: two of its outputs, or an output and what it reads; that no folder is replaced with
//! what it reads, or writes, inside; and that standard input is read once.
//!
//! Asked of everything that the command line, the environment, a file of settings and a preset name, before any work.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use custval::{Error, Location, Result};

use crate::output::whole::{behind_links, parent};
use crate::settings::Setting;

/// The options that name a file to write. A state is read as well.
const WRITTEN: [&str; 5] = ["output", "receipt", "state", "truth", "chart"];
/// The options that name a folder to write, of which the first may name a file.
const FOLDERS: [&str; 2] = ["output", "rejects"];
/// What options that name a file call their value.
const FILES: [&str; 5] = ["FILE", "FILE.json", "PATH", "RUN", "DIR"];

/// A file or folder that a run is told of.
struct Named {
    /// The option or argument that names it, or what else does.
    by: String,
    path: String,
    /// The option by its name, where one does.
    option: Option<String>,
}

impl Named {
    fn is_written(&self) -> bool {
        self.option.as_deref().is_some_and(|option| WRITTEN.contains(&option))
    }

    fn is_folder(&self) -> bool {
        self.option.as_deref().is_some_and(|option| FOLDERS.contains(&option))
    }

    /// What it is called in a message.
    fn called(&self) -> String {
        match &self.option {
            Some(option) => format!("`--{option}`"),
            None => format!("as `{}`", self.path),
        }
    }
}

/// Refuses a file to write that another option or argument names as well, a folder in which another one is, and standard input
/// for two files.
///
/// # Errors
/// Where there is one.
pub fn refuse_shared(options: &Command, matches: &ArgMatches) -> Result<()> {
    let of_arg = |arg: &Arg| {
        let values = matches.try_get_raw(arg.get_id().as_str()).ok().flatten();
        let (by, option) = (arg.get_id().to_string(), arg.get_long().map(str::to_owned));
        let named = |value: &OsStr| Named {
            by: by.clone(),
            path: value.to_string_lossy().into_owned(),
            option: option.clone(),
        };
        values.into_iter().flatten().map(named).collect::<Vec<_>>()
    };
    let named: Vec<Named> = options.get_arguments().filter(|arg| names_files(arg)).flat_map(of_arg).collect();
    if named.iter().filter(|named| named.path == "-").count() > 1 {
        return Err(Error::usage("standard input can be only one of the files").hint("name a file for the others"));
    }
    refuse_collisions(&named)
}

/// The same for files that no option names, because another file does: none of them is to be replaced by what the settings say.
///
/// # Errors
/// Where one is.
pub fn refuse_replacing(settings: &[Setting], read: &[&str]) -> Result<()> {
    let named = |by: &str, path: &str, option| Named { by: by.to_owned(), path: path.to_owned(), option };
    let of_setting = |setting: &'_ Setting| {
        let Setting { name, values, .. } = setting;
        values.iter().map(|path| named(name, path, Some(name.clone()))).collect::<Vec<_>>()
    };
    let written = settings.iter().flat_map(of_setting).filter(|named| named.is_written() || named.is_folder());
    let read = read.iter().map(|path| named(path, path, None));
    refuse_collisions(&written.chain(read).collect::<Vec<_>>())
}

fn refuse_collisions(named: &[Named]) -> Result<()> {
    for folder in named.iter().filter(|named| named.is_folder() && Path::new(&named.path).is_dir()) {
        refuse_inside(folder, named.iter().filter(|other| !other.is_folder()))?;
    }
    for (number, written) in named.iter().enumerate().filter(|(_, named)| named.is_written()) {
        let Some(place) = place(&written.path) else { continue };
        // Of two that are written, each pair once.
        let others = named.iter().enumerate().filter(|(other, named)| *other > number || !named.is_written());
        for (_, other) in others.filter(|(_, other)| other.by != written.by) {
            if other.is_written() && self::place(&other.path).as_ref() == Some(&place) {
                let message = format!("{} and {} name the same file", written.called(), other.called());
                return Err(Error::usage(message)
                    .at(Location::file(&written.path))
                    .hint("give each a file of its own"));
            }
            if !other.is_written() && is_among(&place, &other.path) {
                let message = format!("{} would replace a file that is read, {}", written.called(), other.called());
                return Err(Error::usage(message).at(Location::file(&written.path)).hint("write to another file"));
            }
        }
    }
    Ok(())
}

/// Refuses a folder that an option replaces, where something named is in it.
fn refuse_inside<'f>(folder: &Named, mut named: impl Iterator<Item = &'f Named>) -> Result<()> {
    let Ok(place) = Path::new(&folder.path).canonicalize() else { return Ok(()) };
    let Some(inside) = named.find(|named| is_inside(&place, &named.path)) else { return Ok(()) };
    let message = format!("`{}` is in the folder that is to be replaced by {}", inside.path, folder.called());
    Err(Error::usage(message)
        .at(Location::file(&folder.path))
        .hint("name another folder, or another place for the file"))
}

/// Whether the values of an option or argument are files.
fn names_files(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    arg.is_positional() || names.iter().any(|name| name.split('|').any(|name| FILES.contains(&name)))
}

/// The place that a name leads to, whichever way it is written; none where it is no file that can be replaced.
fn place(path: &str) -> Option<PathBuf> {
    let named = Path::new(path);
    let is_file = std::fs::metadata(named).map_or(true, |there| there.is_file());
    if path == "-" || path.ends_with('/') || named.starts_with("/dev") || !is_file {
        return None;
    }
    let place = behind_links(named);
    Some(parent(&place).canonicalize().ok()?.join(place.file_name()?))
}

/// Whether what a path or a pattern names is a folder or in it, or would be.
fn is_inside(folder: &Path, value: &str) -> bool {
    let named = Path::new(value);
    let place = if named.exists() { named.canonicalize() } else { parent(named).canonicalize() };
    // A word without a folder is hardly a file that is to be.
    (named.exists() || value.contains('/')) && place.is_ok_and(|place| place.starts_with(folder))
}

/// Whether a file that is there is what a path or a pattern names.
fn is_among(place: &Path, value: &str) -> bool {
    if !place.is_file() {
        return false;
    }
    if Path::new(value).exists() {
        return self::place(value).as_deref() == Some(place);
    }
    let found = glob::glob(value).into_iter().flatten().flatten();
    found.filter_map(|path| self::place(path.to_str()?)).any(|found| found == place)
}
