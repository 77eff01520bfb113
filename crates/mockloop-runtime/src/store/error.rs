//! Why a log can't be read.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a log can't be read, or not be asked this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such file.
    #[error("{} does not exist\n  a mock makes its log when it starts for the first time", path.display())]
    Missing {
        /// The database's path.
        path: PathBuf,
    },
    /// The file is no log of a mock.
    #[error("{} is no log of a mock: {why}", path.display())]
    Foreign {
        /// The database's path.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// The log was written by another version.
    #[error(
        "{} has version {found}, and this is for version {known}\n  {}",
        path.display(),
        if found < known { "start the mock once: it brings its log up to date" } else { "use a newer mockloop" }
    )]
    Version {
        /// The database's path.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The version that can be read.
        known: i64,
    },
    /// The folder is no project.
    #[error("{} can't be read as a project: {why}", path.display())]
    Project {
        /// The file in question.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A filter has a value that can't be used.
    #[error("{name}: {why}")]
    Filter {
        /// The filter, as the admin API calls it.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It took too long.
    #[error("it took longer than {seconds} s\n  narrow the filter")]
    Slow {
        /// How long it was allowed to take.
        seconds: f64,
    },
    /// The log holds what no mock writes.
    #[error("{} holds {what}", path.display())]
    Damaged {
        /// The database's path.
        path: PathBuf,
        /// What it holds.
        what: String,
    },
    /// `SQLite` fails.
    #[error("{} can't be read", path.display())]
    Database {
        /// The database's path.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// What goes wrong where the path is not at hand.
#[derive(Debug)]
pub(super) enum Failure {
    /// `SQLite` fails.
    Sqlite(rusqlite::Error),
    /// The log holds what no mock writes.
    Damaged(String),
}

impl Failure {
    /// The same, for those who ask.
    pub(super) fn at(self, path: &Path, seconds: f64) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Damaged(what) => StoreError::Damaged { path, what },
            Self::Sqlite(source) => match source.sqlite_error_code() {
                Some(ErrorCode::OperationInterrupted) => StoreError::Slow { seconds },
                Some(ErrorCode::NotADatabase) => {
                    StoreError::Foreign { path, why: "it is no SQLite database".to_owned() }
                }
                _ => StoreError::Database { path, source },
            },
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}
