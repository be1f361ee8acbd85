//! Rows that wait on disk: one unnamed temporary file, gone when the process is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Error, Result};

/// The temporary file of one scan, made when the first rows go there.
#[derive(Debug)]
pub(super) struct Spill {
    folder: PathBuf,
    state: Mutex<State>,
}

impl Default for Spill {
    fn default() -> Self {
        Self { folder: std::env::temp_dir(), state: Mutex::default() }
    }
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    end: u64,
    /// Why the file cannot be written; the scan ends with it.
    failed: Option<io::Error>,
    bytes: Vec<u8>,
}

/// Where some rows are in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    start: u64,
    words: usize,
}

impl Spill {
    /// A thread that panicked ends the scan, and nobody looks at what it left.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts words into the file; none where that fails, now or before, which [`check`](Self::check) tells.
    pub fn write(&self, words: &[u64]) -> Option<Block> {
        let state = &mut *self.lock();
        if state.failed.is_some() {
            return None;
        }
        state.bytes.clear();
        state.bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        let start = state.end;
        let written = match &mut state.file {
            Some(file) => file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(&state.bytes)),
            none => tempfile::tempfile_in(&self.folder).and_then(|file| none.insert(file).write_all(&state.bytes)),
        };
        match written {
            Ok(()) => {
                state.end += state.bytes.len() as u64;
                Some(Block { start, words: words.len() })
            }
            Err(error) => {
                state.failed = Some(error);
                None
            }
        }
    }

    /// Gets the words of a block back; none where that fails, which [`check`](Self::check) tells.
    pub fn read(&self, block: Block) -> Vec<u64> {
        let state = &mut *self.lock();
        let mut bytes = vec![0; block.words * size_of::<u64>()];
        let read = match &mut state.file {
            Some(file) => file.seek(SeekFrom::Start(block.start)).and_then(|_| file.read_exact(&mut bytes)),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        if let Err(error) = read {
            state.failed = Some(error);
            return Vec::new();
        }
        bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect()
    }

    /// Whether all that was written and read was.
    ///
    /// # Errors
    /// `Io` where it was not.
    pub fn check(&self) -> Result<()> {
        let Some(error) = self.lock().failed.take() else { return Ok(()) };
        Err(Error::io("cannot hold the rows that wait for memory", self.folder.display().to_string(), error).hint(
            "free space there, name another folder for temporary files in the variable TMPDIR, or allow more with `--memory`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were() {
        let spill = Spill::default();
        let blocks = [vec![1, u64::MAX], vec![7; 1000], vec![]].map(|words| (spill.write(&words).unwrap(), words));
        for (block, words) in blocks.iter().rev() {
            assert_eq!(spill.read(*block), *words);
        }
        spill.check().unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_that_says_which_variable_names_another() {
        let spill = Spill { folder: "/nowhere/at/all".into(), ..Spill::default() };
        assert!(spill.write(&[1]).is_none());
        assert!(spill.write(&[2]).is_none());
        let error = spill.check().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        assert!(error.to_string().starts_with("/nowhere/at/all: cannot hold the rows that wait for memory"), "{error}");
        assert!(error.hint_text().unwrap().contains("TMPDIR"));
    }
}
