//! That no file of a run is two things: two of its outputs, or an output and what it reads; and that no folder is replaced with
//! what it reads, or writes, inside.
//!
//! Asked of everything that the command line, the environment, a file of settings and a preset name, before any work.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use custval::{Error, Location, Result};

use crate::output::whole::{behind_links, parent};

/// The options that name a file to write. A state is read as well.
const WRITTEN: [&str; 5] = ["output", "receipt", "state", "truth", "chart"];
/// The options that name a folder to write, of which the first may name a file.
const FOLDERS: [&str; 2] = ["output", "rejects"];
/// What options that name a file call their value.
const FILES: [&str; 5] = ["FILE", "FILE.json", "PATH", "RUN", "DIR"];

/// Refuses a file to write that another option or argument names as well, and a folder in which another one is.
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
    let is_folder = |arg: &Arg| arg.get_long().is_some_and(|long| FOLDERS.contains(&long));
    for (arg, path) in named.iter().filter(|(arg, path)| is_folder(arg) && Path::new(path).is_dir()) {
        let Ok(folder) = Path::new(path).canonicalize() else { continue };
        let others = named.iter().filter(|(other, _)| !is_folder(other));
        if let Some((_, inside)) = others.into_iter().find(|(_, value)| is_inside(&folder, value)) {
            return Err(Error::usage(format!(
                "`{inside}` is in the folder that is to be replaced by `--{}`",
                arg.get_long().unwrap_or_default()
            ))
            .at(Location::file(path))
            .hint("name another folder, or another place for the file"));
        }
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
            if !is_written(other) && place.is_file() && is_among(&place, value) {
                let what = if other.get_long().is_some() { name(other) } else { format!("as `{value}`") };
                return Err(Error::usage(format!("{} would replace a file that is read, {what}", name(arg)))
                    .at(Location::file(path))
                    .hint("write to another file"));
            }
        }
    }
    Ok(())
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

/// Whether a file is what a path or a pattern names.
fn is_among(place: &Path, value: &str) -> bool {
    if Path::new(value).exists() {
        return self::place(value).as_deref() == Some(place);
    }
    let found = glob::glob(value).into_iter().flatten().flatten();
    found.filter_map(|path| self::place(path.to_str()?)).any(|found| found == place)
}
