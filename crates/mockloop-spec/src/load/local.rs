//! Which files of this machine a description may refer to.

use std::path::{Component, Path, PathBuf};

use super::FetchError;

/// Which files of this machine a description may refer to. The description itself is read wherever it is.
///
/// Without a bound a description of unknown origin can have any file of the machine read, whose content then stands in
/// what is made of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum LocalFiles {
    /// Any.
    #[default]
    Any,
    /// Those below a folder, with links followed.
    Below {
        /// The folder.
        folder: PathBuf,
        /// What to do about a file elsewhere, for the diagnostic that tells of it.
        way_out: String,
    },
    /// None.
    Nothing,
}

impl LocalFiles {
    /// Where a file is, if it may be read.
    pub(crate) fn admit(&self, path: &Path) -> Result<PathBuf, FetchError> {
        match self {
            Self::Any => Ok(path.to_owned()),
            Self::Nothing => Err(FetchError::NoFiles),
            Self::Below { folder, way_out } => {
                let file = real(path);
                file.filter(|file| real(folder).is_some_and(|folder| file.starts_with(folder)))
                    .ok_or_else(|| FetchError::Outside { folder: folder.clone(), way_out: way_out.clone() })
            }
        }
    }
}

/// A path with its links resolved, as far as it exists: whether a file elsewhere exists is not told.
fn real(path: &Path) -> Option<PathBuf> {
    // Addresses have none, but for one in percent encoding that is part of a name.
    if path.components().any(|part| part == Component::ParentDir) {
        return path.canonicalize().ok();
    }
    let there = path.ancestors().find_map(|part| Some((part.canonicalize().ok()?, part)));
    let (there, part) = there?;
    let rest = path.strip_prefix(part).ok()?;
    Some(if rest.as_os_str().is_empty() { there } else { there.join(rest) })
}
