//! Files and folders that appear whole or not at all: written beside their place, synced, renamed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use custval::{Error, ErrorKind, Location};
use tempfile::{NamedTempFile, TempDir};

use crate::temporary;

/// A file on its way: opened before the work begins, in place only after [`commit`](Self::commit).
#[derive(Debug)]
pub enum NewFile {
    /// Written beside its place, which is where the links of its name lead.
    Beside { temporary: NamedTempFile, path: PathBuf, place: PathBuf, claim: Option<Claim>, ahead: SyncAhead },
    /// A device or a pipe, which cannot be replaced.
    InPlace { file: File, path: PathBuf },
}

impl NewFile {
    /// Opens a file beside the place it will take, replacing what is there when it is whole.
    ///
    /// # Errors
    /// Where the place is a folder or standard output, or nothing can be written beside it.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Err(Error::usage("`-` is standard output, where results go without `--output`, and no file")
                .hint("leave the option out, or name a file (`./-` is one)")
                .into());
        }
        if let Ok(there) = fs::metadata(path) {
            if there.is_dir() {
                return Err(Error::usage("a folder is there where a file is to be written")
                    .at(Location::file(path.display().to_string()))
                    .hint("end the path in `/` to write every table into the folder")
                    .into());
            }
            // What is called a device may lead to a file, as standard output does, but is none.
            if !there.is_file() || path.starts_with("/dev") {
                let file = File::options().append(true).open(path).map_err(|error| cannot_write(path, error))?;
                return Ok(Self::InPlace { file, path: path.to_owned() });
            }
            // A rename asks only whether the folder may be written to.
            if there.permissions().readonly() {
                return Err(Error::new(ErrorKind::Io, "is write-protected, and would be replaced")
                    .at(Location::file(path.display().to_string()))
                    .hint("take the protection off, as with `chmod u+w`, or name another file")
                    .into());
            }
        }
        let place = behind_links(path);
        let temporary = builder().tempfile_in(parent(&place)).map_err(|error| cannot_write_beside(path, &error))?;
        temporary::guard(temporary.path());
        // Who may read the file that is replaced may read this one, and nobody else; some file systems know no such thing.
        #[cfg(unix)]
        if let Ok(there) = fs::metadata(&place) {
            let _ = temporary.as_file().set_permissions(there.permissions());
        }
        Ok(Self::Beside { temporary, path: path.to_owned(), place, claim: None, ahead: SyncAhead::default() })
    }

    /// The same for a place that this run has claimed, which it gives up when the file is there.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_claimed(path: &Path, claimed: Claim) -> anyhow::Result<Self> {
        let mut new = Self::create(path)?;
        if let Self::Beside { claim, .. } = &mut new {
            *claim = Some(claimed);
        }
        Ok(new)
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

    /// An error of writing with the name of the file that was asked for; any other as it is.
    pub fn named(&self, error: impl Into<anyhow::Error>) -> anyhow::Error {
        let (Self::Beside { path, .. } | Self::InPlace { path, .. }) = self;
        error.into().downcast::<io::Error>().map_or_else(|other| other, |error| cannot_write(path, error).into())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Where writing, syncing or renaming fails; the place is then as it was.
    pub fn commit(self) -> anyhow::Result<()> {
        match self {
            Self::InPlace { mut file, path } => file.flush().map_err(|error| cannot_write(&path, error))?,
            Self::Beside { temporary, path, place, claim, mut ahead } => {
                ahead
                    .wait()
                    .and_then(|()| temporary.as_file().sync_all())
                    .map_err(|error| cannot_write(&path, error))?;
                let beside = temporary.path().to_owned();
                let is_new = claim.as_ref().is_some_and(|claim| claim.0.is_none());
                // While it is open it is not taken away: that takes as long as writing it, and is not waited for.
                #[cfg(unix)]
                let before = File::open(&place);
                let renamed = if is_new { temporary.persist_noclobber(&place) } else { temporary.persist(&place) };
                temporary::release(&beside);
                renamed.map_err(|failed| match failed.error.kind() {
                    io::ErrorKind::AlreadyExists if is_new => changed_meanwhile(&path),
                    _ => cannot_write(&path, failed.error),
                })?;
                #[cfg(unix)]
                rayon::spawn(move || drop(before));
            }
        }
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside { temporary, ahead, .. } => {
                // The file itself, whose errors do not name it: nobody has asked for its name.
                let written = temporary.as_file_mut().write(bytes)?;
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

/// A place that one run at a time reads and then replaces: the file that is there, locked for as long as this is held; none
/// where nothing was there, so that nothing may be replaced.
#[derive(Debug)]
pub struct Claim(Option<File>);

impl Claim {
    /// Claims a file, or the place where none is; `wait` is told where another run has it.
    ///
    /// # Errors
    /// Where the file cannot be opened or locked.
    pub fn of(path: &Path, wait: impl Fn()) -> anyhow::Result<Self> {
        let refused = |error| Error::io("cannot be opened", path.display().to_string(), error);
        loop {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self(None)),
                Err(error) => return Err(refused(error).into()),
            };
            let locked = match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    wait();
                    file.lock()
                }
                Err(TryLockError::Error(error)) => Err(error),
                Ok(()) => Ok(()),
            };
            match locked {
                // Who waited has locked a file that is gone: another is in its place.
                Ok(()) if !is_at(&file, path) => {}
                Ok(()) => return Ok(Self(Some(file))),
                // Some file systems know no locks; whether the file has changed is looked at in the end.
                Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Self(Some(file))),
                Err(error) => return Err(refused(error).into()),
            }
        }
    }
}

/// Whether an open file is still the one in its place.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |one: fs::Metadata, other: fs::Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    file.metadata().is_ok_and(|open| fs::metadata(path).is_ok_and(|there| same(open, there)))
}

/// A file that is open cannot be replaced elsewhere.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// That a claimed place was replaced all the same.
pub fn changed_meanwhile(path: &Path) -> Error {
    Error::data("was changed by another run meanwhile")
        .at(Location::file(path.display().to_string()))
        .hint("run this again: nothing has been added")
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
    /// Where the place is a file, or a folder with content and `overwrite` is not said.
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
        let mut builder = builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let temporary = builder.tempdir_in(parent(path)).map_err(|error| cannot_write_beside(path, &error))?;
        temporary::guard(temporary.path());
        Ok(Self { temporary, path: path.to_owned(), overwrite })
    }

    /// Where the files of the folder are written until it is whole.
    pub fn inside(&self) -> &Path {
        self.temporary.path()
    }

    /// Opens a file in it, whose errors name the place that it will have.
    ///
    /// # Errors
    /// As [`NewFile::create`].
    pub fn file(&self, name: impl AsRef<Path>) -> anyhow::Result<NewFile> {
        let mut new = NewFile::create(&self.inside().join(&name))?;
        if let NewFile::Beside { path, .. } = &mut new {
            *path = self.path.join(name);
        }
        Ok(new)
    }

    /// An error of writing inside with the place that it will have.
    pub fn named(&self, error: Error) -> Error {
        let inside = |location: &Location| {
            let place = Path::new(&location.file).strip_prefix(self.inside()).ok()?;
            Some(Location::file(self.path.join(place).display().to_string()))
        };
        match error.location().and_then(inside) {
            Some(place) => error.at(place),
            None => error,
        }
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// Where syncing or renaming fails; the place is then as it was.
    pub fn commit(self) -> anyhow::Result<()> {
        sync(self.inside()).map_err(|error| cannot_write(&self.path, error))?;
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

/// Has the disk take in all that is in a folder.
fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync(&path)?;
        }
        File::open(&path)?.sync_all()?;
    }
    Ok(())
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".custval-");
    // What anybody may read is left to the umask, as for any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// The place that the links of a name lead to, whether or not a file is there.
pub fn behind_links(path: &Path) -> PathBuf {
    // As many as the system follows.
    let mut place = path.to_owned();
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&place) else { break };
        place = parent(&place).join(target);
    }
    place
}

/// The folder of a file.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// That nothing can be made beside a place; the name of what should have been made tells nobody anything.
fn cannot_write_beside(path: &Path, error: &io::Error) -> Error {
    let place = behind_links(path);
    let folder = parent(&place);
    if error.kind() == io::ErrorKind::NotFound && !folder.exists() {
        return Error::new(ErrorKind::Io, format!("cannot be written: there is no folder `{}`", folder.display()))
            .at(Location::file(path.display().to_string()))
            .hint(format!("make the folder first, `mkdir -p {}`, or check the spelling", folder.display()));
    }
    cannot_write(path, error.kind().into())
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    Error::io("cannot be written", path.display().to_string(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_written_where_a_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let [link, other] = ["link", "other"].map(|name| folder.path().join(name));
        fs::create_dir(folder.path().join("inner")).unwrap();
        std::os::unix::fs::symlink("other", &link).unwrap();
        std::os::unix::fs::symlink("inner/real", &other).unwrap();
        for content in ["first", "second"] {
            let mut file = NewFile::create(&link).unwrap();
            file.write_all(content.as_bytes()).unwrap();
            file.commit().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(folder.path().join("inner/real")).unwrap(), content);
        }
    }

    #[test]
    fn what_is_write_protected_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        fs::write(&path, "kept").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let refused = NewFile::create(&path).unwrap_err().to_string();
        assert!(refused.ends_with("is write-protected, and would be replaced"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_was_empty_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let claim = || Claim::of(&path, || {}).unwrap();
        let [first, second] = [claim(), claim()].map(|claim| NewFile::create_claimed(&path, claim).unwrap());
        first.commit().unwrap();
        let refused = second.commit().unwrap_err().to_string();
        assert!(refused.ends_with("was changed by another run meanwhile"), "{refused}");
        NewFile::create_claimed(&path, claim()).unwrap().commit().unwrap();
    }

    #[test]
    fn who_waits_for_a_file_claims_the_one_that_took_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        fs::write(&path, "first").unwrap();
        let mut new = NewFile::create_claimed(&path, Claim::of(&path, || {}).unwrap()).unwrap();
        let (waiting, waits) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                let claim = Claim::of(&path, || waiting.send(()).unwrap()).unwrap();
                let read = fs::read_to_string(&path).unwrap();
                drop(claim);
                read
            });
            waits.recv().unwrap();
            new.write_all(b"second").unwrap();
            new.commit().unwrap();
            assert_eq!(second.join().unwrap(), "second");
        });
    }

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
