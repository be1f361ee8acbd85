//! The exit codes that cron jobs and pipelines hold on to.

use std::process::ExitCode;

use custval::ErrorKind;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A check said no.
    CheckFailed = 1,
    /// It could not run: usage, a missing file, writing failed.
    CouldNotRun = 2,
    /// The data were refused.
    DataRefused = 3,
    /// Interrupted by a signal.
    Interrupted = 130,
}

impl Exit {
    /// The code for an error, whoever raised it. A reader that has gone away is no failure.
    pub fn for_error(error: &anyhow::Error) -> Self {
        if is_broken_pipe(error) {
            return Self::Done;
        }
        match error.chain().find_map(|cause| cause.downcast_ref::<custval::Error>()).map(custval::Error::kind) {
            Some(ErrorKind::Data) => Self::DataRefused,
            Some(ErrorKind::NotIdentified) => Self::CheckFailed,
            _ => Self::CouldNotRun,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Whether the error is that nobody reads our output any more.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
            || cause.downcast_ref::<custval::Error>().is_some_and(custval::Error::is_broken_pipe)
    })
}
