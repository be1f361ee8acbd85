//! Files and folders that appear whole or not at all: written beside their place, synced, renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use anyhow::Context;
use custval::{Error, ErrorKind, Location};
use tempfile::{NamedTempFile, TempDir};

use crate::temporary;

/// A file on its way: opened before the work begins, in place only after [`commit`](Self::commit).
#[derive(Debug)]
pub enum NewFile {
    /// Written beside its place.
    Beside { temporary: NamedTempFile, path: PathBuf, ahead: SyncAhead },
    /// A device or a pipe, which cannot be replaced.
    InPlace { file: File, path: PathBuf },
}

impl NewFile {
    /// Opens a file beside the place it will take, replacing what is there when it is whole.
    ///
    /// # Errors
    /// Where the place is a folder, or nothing can be written beside it.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if let Ok(there) = fs::metadata(path) {
            if there.is_dir() {
                return Err(Error::usage("a folder is there where a file is to be written")
                    .at(Location::file(path.display().to_string()))
                    .hint("end the path in `/` to write every table into the folder")
                    .into());
            }
            if !there.is_file() {
                let file = File::options().write(true).open(path).map_err(|error| cannot_write(path, error))?;
                return Ok(Self::InPlace { file, path: path.to_owned() });
            }
        }
        let temporary = builder().tempfile_in(parent(path)).map_err(|error| cannot_begin(path, &error))?;
        temporary::guard(temporary.path());
        Ok(Self::Beside { temporary, path: path.to_owned(), ahead: SyncAhead::default() })
    }

    /// Opens a file for a chart, which is SVG.
    ///
    /// # Errors
    /// As [`create`](Self::create), and where the name says that it is another kind of picture.
    pub fn chart(path: &Path) -> anyhow::Result<Self> {
        match path.extension() {
            Some(end) if !end.eq_ignore_ascii_case("svg") => {
                Err(Error::usage(format!("a chart is SVG, and the name ends in `.{}`", end.to_string_lossy()))
                    .at(Location::file(path.display().to_string()))
                    .hint(format!("name it `--chart {}`", path.with_extension("svg").display()))
                    .into())
            }
            _ => Self::create(path),
        }
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Where writing, syncing or renaming fails; the place is then as it was.
    pub fn commit(self) -> anyhow::Result<()> {
        match self {
            Self::InPlace { mut file, path } => file.flush().map_err(|error| cannot_write(&path, error))?,
            Self::Beside { temporary, path, mut ahead } => {
                ahead
                    .wait()
                    .and_then(|()| temporary.as_file().sync_all())
                    .map_err(|error| cannot_write(&path, error))?;
                let beside = temporary.path().to_owned();
                let renamed = temporary.persist(&path);
                temporary::release(&beside);
                renamed.map_err(|failed| cannot_write(&path, failed.error))?;
            }
        }
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside { temporary, ahead, .. } => {
                let written = temporary.write(bytes)?;
                ahead.wrote(written, temporary.as_file())?;
                Ok(written)
            }
            Self::InPlace { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside { temporary, .. } => temporary.flush(),
            Self::InPlace { file, .. } => file.flush(),
        }
    }
}

/// Has the disk begin with what is written of a long file while the rest is made, so that the sync in the end is short.
#[derive(Debug, Default)]
pub struct SyncAhead {
    /// Bytes written since it was last asked to.
    bytes: usize,
    syncing: Option<JoinHandle<io::Result<()>>>,
}

/// How many bytes are worth a sync of their own.
const AHEAD: usize = 16 << 20;

impl SyncAhead {
    fn wrote(&mut self, bytes: usize, file: &File) -> io::Result<()> {
        self.bytes += bytes;
        if self.bytes < AHEAD || self.syncing.as_ref().is_some_and(|syncing| !syncing.is_finished()) {
            return Ok(());
        }
        self.wait()?;
        self.bytes = 0;
        let file = file.try_clone()?;
        self.syncing = Some(thread::spawn(move || file.sync_data()));
        Ok(())
    }

    /// Waits for the sync on its way. The system tells an error of the disk once: it must not be lost here.
    fn wait(&mut self) -> io::Result<()> {
        let syncing = self.syncing.take().map(JoinHandle::join);
        syncing.map_or(Ok(()), |result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

/// A folder on its way.
#[derive(Debug)]
pub struct NewFolder {
    temporary: TempDir,
    path: PathBuf,
    overwrite: bool,
}

impl NewFolder {
    /// Opens a folder beside the place it will take.
    ///
    /// # Errors
    /// Where the place is a file, or a folder with content and `overwrite` is not said, or a file is in it that the run reads.
    pub fn create(path: &Path, overwrite: bool) -> anyhow::Result<Self> {
        let location = || Location::file(path.display().to_string());
        if path.is_file() {
            return Err(Error::usage("a file is there where a folder is to be written").at(location()).into());
        }
        let has_content = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        if has_content && !overwrite {
            return Err(Error::usage("the folder is not empty")
                .at(location())
                .hint("name another one, or say `--overwrite` to replace all that is in it")
                .into());
        }
        if let Some(read) = named_inside(path).filter(|_| has_content) {
            return Err(Error::usage(format!("`{read}` is in the folder that is to be replaced"))
                .at(location())
                .hint("name another folder, or move the file")
                .into());
        }
        let mut builder = builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let temporary = builder.tempdir_in(parent(path)).map_err(|error| cannot_begin(path, &error))?;
        temporary::guard(temporary.path());
        Ok(Self { temporary, path: path.to_owned(), overwrite })
    }

    /// Where the files of the folder are written until it is whole.
    pub fn inside(&self) -> &Path {
        self.temporary.path()
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// Where syncing or renaming fails; the place is then as it was.
    pub fn commit(self) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.inside()).context("reading the new folder")? {
            let entry = entry.context("reading the new folder")?.path();
            File::open(&entry).and_then(|file| file.sync_all()).map_err(|error| cannot_write(&entry, error))?;
        }
        let Self { temporary, path, overwrite } = self;
        let old = match path.exists() {
            // A rename replaces a file, but no folder: what is there steps aside first.
            true if overwrite => {
                let aside = builder().tempdir_in(parent(&path)).map_err(|error| cannot_write(&path, error))?;
                fs::rename(&path, aside.path().join("old")).map_err(|error| cannot_write(&path, error))?;
                Some(aside)
            }
            true => {
                fs::remove_dir(&path).map_err(|error| cannot_write(&path, error))?;
                None
            }
            false => None,
        };
        let beside = temporary.keep();
        let renamed = fs::rename(&beside, &path);
        temporary::release(&beside);
        if let Err(error) = renamed {
            if let Some(aside) = &old {
                let _ = fs::rename(aside.path().join("old"), &path);
            }
            let _ = fs::remove_dir_all(&beside);
            return Err(cannot_write(&path, error).into());
        }
        Ok(())
    }
}

/// What the command line names, flag or file or pattern, of what is inside a folder.
fn named_inside(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let is_inside = |named: &str| {
        let place = Path::new(named);
        let found = if named.contains('*') { parent(place).canonicalize() } else { place.canonicalize() };
        found.is_ok_and(|found| found.starts_with(&folder) && (found != folder || named.contains('*')))
    };
    let named = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).map(|word| {
        match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => value.to_owned(),
            _ => word,
        }
    });
    named.into_iter().find(|named| is_inside(named))
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".custval-");
    // What anybody may read is left to the umask, as for any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Nothing can be made beside a place. The error itself names a temporary file, of which nobody knows.
fn cannot_begin(path: &Path, error: &io::Error) -> Error {
    let folder = parent(path);
    if !folder.exists() {
        return Error::new(ErrorKind::Io, "cannot be written: its folder does not exist")
            .at(Location::file(path.display().to_string()))
            .hint(format!("make the folder first: `mkdir -p {}`", folder.display()));
    }
    cannot_write(path, error.kind().into())
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    Error::io("cannot be written", path.display().to_string(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_whole_in_the_end_and_not_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        let mut file = NewFile::create(&path).unwrap();
        let piece: Vec<u8> = (0..1 << 20).map(|byte| (byte % 251) as u8).collect();
        for _ in 0..40 {
            file.write_all(&piece).unwrap();
        }
        assert!(!path.exists());
        file.commit().unwrap();
        assert!(fs::read(&path).unwrap() == piece.repeat(40));
    }
}
