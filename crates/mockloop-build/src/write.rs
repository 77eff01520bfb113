//! Files, each written whole, and only when it differs.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::Path;

use crate::Error;

/// Keeps other builds out of a folder until it is dropped.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    let mut hasher = DefaultHasher::new();
    dir.hash(&mut hasher);
    let path = std::env::temp_dir().join(format!("mockloop-build-{:016x}.lock", hasher.finish()));
    let open = || {
        let file = File::create(&path)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|source| Error::Io { path: path.clone(), source })
}

/// Writes a text, unless the file holds it already.
pub(crate) fn if_changed(path: &Path, text: &str) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    };
    write().map(|_| ()).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// The line that includes the code of one description.
pub(crate) fn include(name: &str) -> String {
    format!("include!(concat!(env!(\"OUT_DIR\"), \"/{name}.rs\"));\n")
}
