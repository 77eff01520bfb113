//! Files in memory, and what becomes of them on disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::disk;
use crate::manifest::{Header, Manifest};

/// A project's files by their path inside it, `/` as separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTree {
    pub(crate) header: Header,
    pub(crate) files: BTreeMap<String, Cow<'static, [u8]>>,
}

/// How to write.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct WriteOptions {
    /// Overwrite files that a person has changed, and write into a folder that holds other things.
    pub force: bool,
    /// Write nothing, only tell.
    pub check: bool,
}

impl WriteOptions {
    /// With `force` as given.
    #[must_use]
    pub fn force(self, force: bool) -> Self {
        Self { force, ..self }
    }

    /// With `check` as given.
    #[must_use]
    pub fn check(self, check: bool) -> Self {
        Self { check, ..self }
    }
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
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
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
    /// A file or folder can't be read or written.
    #[error("can't write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds something, but no project of ours.
    #[error("{} is not empty and holds no mockloop.json", .0.display())]
    NotOurs(PathBuf),
    /// The folder holds the project of another API: one of another title, made of another file.
    #[error("{} holds the project of another API, {title:?} from {file}", dir.display())]
    OtherApi {
        /// The folder.
        dir: PathBuf,
        /// The title of that API.
        title: String,
        /// The file name of its description.
        file: String,
    },
    /// The project's manifest is no use.
    #[error("{} can't be used: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file would end up outside of the project's folder.
    #[error("{} is outside of the project", .0.display())]
    Outside(PathBuf),
}

impl WriteError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Io { path: path.into(), source }
    }
}

impl FileTree {
    /// A project without files yet.
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self { header, files: BTreeMap::new() }
    }

    /// Adds a file; one that is there already gives way.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// What the project is made by, and from.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The contents of one file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// The files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_ref()))
    }

    /// Writes the files to `dir`, with a manifest of them: only what differs, each whole or not at
    /// all, and nothing that a person has changed. Cut short at any moment, the next call goes on.
    ///
    /// Files in `dir` that the manifest does not name (a database, `.env`) are none of its business.
    pub fn write(&self, dir: &Path, options: WriteOptions) -> Result<Written, WriteError> {
        disk::write(self, dir, options)
    }
}

/// Whether a path of a tree stays inside the project, and clear of the manifest.
pub(crate) fn is_inside(path: &str) -> bool {
    let plain = |part: &str| {
        let mut components = Path::new(part).components();
        matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
    };
    path != Manifest::NAME && !path.contains(['\\', '\0']) && path.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_the_project_are_inside() {
        for path in ["main.py", "routes/pets.py", "a/.hidden", "a b/ü.py", "..."] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\\b", "a\0", "mockloop.json"]
        {
            assert!(!is_inside(path), "{path}");
        }
    }
}
