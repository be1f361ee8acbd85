//! That no file of a run is two things: two of its outputs, or an output and what it reads; that no folder is replaced with
//! what it reads, or writes, inside; and that standard input is read once.
//!
//! Asked of everything that the command line, the environment, a file of settings and a preset name, before any work.

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

/// Refuses a file to write that another option or argument names as well, a folder in which another one is, and standard input
/// for two files.
///
/// # Errors
/// Where there is one.
pub fn refuse_shared(options: &Command, matches: &ArgMatches) -> Result<()> {
    let named: Vec<(&Arg, String)> = options
        .get_arguments()
        .filter(|arg| names_files(arg))
        .filter_map(|arg| Some((arg, matches.try_get_raw(arg.get_id().as_str()).ok()??)))
        .flat_map(|(arg, values)| values.map(move |value| (arg, value.to_string_lossy().into_owned())))
        .collect();
    if named.iter().filter(|(_, path)| path == "-").count() > 1 {
        return Err(Error::usage("standard input can be only one of the files").hint("name a file for the others"));
    }
    let is_folder = |arg: &Arg| arg.get_long().is_some_and(|long| FOLDERS.contains(&long));
    for (arg, path) in named.iter().filter(|(arg, path)| is_folder(arg) && Path::new(path).is_dir()) {
        let others = named.iter().filter(|(other, _)| !is_folder(other)).map(|(_, value)| value.as_str());
        refuse_inside(arg.get_long().unwrap_or_default(), path, others)?;
    }
    let is_written = |arg: &Arg| arg.get_long().is_some_and(|long| WRITTEN.contains(&long));
    for (number, (arg, path)) in named.iter().enumerate().filter(|(_, (arg, _))| is_written(arg)) {
        let Some(place) = place(path) else { continue };
        let others = named.iter().enumerate().filter(|(other, (arg, _))| *other > number || !is_written(arg));
        for (_, (other, value)) in others.filter(|(_, (other, _))| other.get_id() != arg.get_id()) {
            let name = |arg: &Arg| arg.get_long().map_or_else(|| format!("`{value}`"), |long| format!("`--{long}`"));
            if is_written(other) && self::place(value).as_ref() == Some(&place) {
                return Err(Error::usage(format!("{} and {} name the same file", name(arg), name(other)))
                    .at(Location::file(path))
                    .hint("give each a file of its own"));
            }
            if !is_written(other) && is_among(&place, value) {
                let what = if other.get_long().is_some() { name(other) } else { format!("as `{value}`") };
                return Err(replaces(&name(arg), path, &what));
            }
        }
    }
    Ok(())
}

/// The same for files that no option names, because another file does: none of them is to be replaced by what the settings say.
///
/// # Errors
/// Where one is.
pub fn refuse_replacing(settings: &[Setting], read: &[&str]) -> Result<()> {
    for Setting { name, values, .. } in settings {
        for path in values {
            if FOLDERS.contains(&name.as_str()) && Path::new(path).is_dir() {
                refuse_inside(name, path, read.iter().copied())?;
            }
            let place = place(path).filter(|_| WRITTEN.contains(&name.as_str()));
            let Some(place) = place else { continue };
            if let Some(read) = read.iter().find(|read| is_among(&place, read)) {
                return Err(replaces(&format!("`--{name}`"), path, &format!("as `{read}`")));
            }
        }
    }
    Ok(())
}

/// Refuses a folder that an option replaces, where something named is in it.
fn refuse_inside<'f>(option: &str, folder: &str, mut named: impl Iterator<Item = &'f str>) -> Result<()> {
    let Ok(place) = Path::new(folder).canonicalize() else { return Ok(()) };
    match named.find(|named| is_inside(&place, named)) {
        Some(inside) => {
            Err(Error::usage(format!("`{inside}` is in the folder that is to be replaced by `--{option}`"))
                .at(Location::file(folder))
                .hint("name another folder, or another place for the file"))
        }
        None => Ok(()),
    }
}

/// That an option would replace a file that is read.
fn replaces(option: &str, path: &str, read: &str) -> Error {
    Error::usage(format!("{option} would replace a file that is read, {read}"))
        .at(Location::file(path))
        .hint("write to another file")
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
