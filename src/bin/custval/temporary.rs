//! What must not be left behind when a signal ends the run.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::exit::Exit;

/// Files and folders that are being written beside their destination.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Held while several files take their places, which a signal waits for: none of them is there without the others.
static COMMITTING: Mutex<()> = Mutex::new(());

/// Whether a signal is about to end the run.
static ENDING: AtomicBool = AtomicBool::new(false);

/// How often and how long apart a signal tries to remove a folder into which something is still being written.
const TRIES: usize = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// Keeps signals waiting for as long as it is held.
pub fn uninterrupted() -> MutexGuard<'static, ()> {
    COMMITTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves the end of the run to a signal, where one is about to end it: what failed since then failed for want of what it has
/// removed.
pub fn leave_to_signal() {
    while ENDING.load(Ordering::SeqCst) {
        std::thread::park();
    }
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
        let _whole = uninterrupted();
        ENDING.store(true, Ordering::SeqCst);
        // Whoever begins another file waits here for the end.
        let paths = unfinished();
        for path in paths.iter() {
            for _ in 0..TRIES {
                // Nothing more can be done about what cannot be removed.
                let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
                match removed {
                    Err(error) if error.kind() != ErrorKind::NotFound => std::thread::sleep(PAUSE),
                    _ => break,
                }
            }
        }
        std::process::exit(Exit::Interrupted as i32);
    })
}
