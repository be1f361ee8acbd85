//! What must not be left behind when a signal ends the run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::exit::Exit;

/// Files and folders that are being written beside their destination.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Marks a path as unfinished: a signal removes it.
pub fn guard(path: &Path) {
    unfinished().insert(path.to_owned());
}

/// The path is in place, or gone.
pub fn release(path: &Path) {
    unfinished().remove(path);
}

/// On SIGINT and SIGTERM: removes what is unfinished and ends with 130.
///
/// # Errors
/// Where the system refuses a handler.
#[expect(clippy::exit, reason = "a signal ends the run from another thread")]
pub fn remove_on_signals() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        let paths = unfinished();
        for path in paths.iter() {
            // Nothing more can be done about what cannot be removed.
            let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        }
        std::process::exit(Exit::Interrupted as i32);
    })
}
