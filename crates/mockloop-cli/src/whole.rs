//! Files that are there whole or not at all.

use std::path::Path;

use tempfile::NamedTempFile;

/// A file in the same folder as another, whose place it takes once it is kept by `persist`.
pub(crate) fn create(file: &Path) -> std::io::Result<NamedTempFile> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mockloop-");
    // As for any other file, the umask has the last word.
    #[cfg(unix)]
    builder.permissions(<std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}
