//! Puts files into a folder: each whole or not at all, and none outside of it.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::{Files, ProjectError};

/// How the files in a folder compare, each list sorted.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// They are not there.
    pub(super) missing: Vec<String>,
    /// They have the very contents.
    pub(super) same: Vec<String>,
    /// They have other contents, or are no files.
    pub(super) changed: Vec<String>,
}

pub(super) fn plan(dir: &Path, files: &Files) -> Result<Plan, ProjectError> {
    let mut plan = Plan::default();
    for (path, bytes) in files {
        let place = place(dir, path)?;
        let list = match fs::symlink_metadata(&place) {
            Ok(found) if !found.is_file() || found.len() != bytes.len() as u64 => &mut plan.changed,
            Ok(_) if fs::read(&place).map_err(io(&place))? != bytes.as_ref() => &mut plan.changed,
            Ok(_) => &mut plan.same,
            Err(error) if error.kind() == ErrorKind::NotFound => &mut plan.missing,
            Err(error) => return Err(io(&place)(error)),
        };
        list.push(path.clone());
    }
    Ok(plan)
}

/// Writes those of the files that are named.
pub(super) fn write(dir: &Path, files: &Files, paths: &[String]) -> Result<(), ProjectError> {
    for (path, bytes) in paths.iter().filter_map(|path| files.get_key_value(path)) {
        let place = place(dir, path)?;
        replace(&place, bytes).map_err(io(&place))?;
    }
    Ok(())
}

/// Where a file goes. No folder on the way may be a link that leads out of the project.
fn place(dir: &Path, path: &str) -> Result<PathBuf, ProjectError> {
    let place = dir.join(path);
    for folder in place.ancestors().skip(1).take_while(|folder| *folder != dir) {
        if folder.is_symlink() {
            let inside = |target: PathBuf| dir.canonicalize().is_ok_and(|dir| target.starts_with(dir));
            if !folder.canonicalize().is_ok_and(inside) {
                return Err(ProjectError::Outside(place));
            }
        }
    }
    Ok(place)
}

fn replace(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mockloop-unfinished-");
    // Otherwise temporary files are for their owner alone; the umask takes away what it should.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(place)?;
    Ok(())
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ProjectError {
    let path = path.to_owned();
    move |source| ProjectError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use tempfile::TempDir;

    use super::*;

    fn files(paths: &[&str]) -> Files {
        paths.iter().map(|path| ((*path).to_owned(), Cow::Borrowed(b"text".as_slice()))).collect()
    }

    #[test]
    fn files_are_told_apart() -> Result<(), Box<dyn std::error::Error>> {
        let dir = TempDir::new()?;
        fs::write(dir.path().join("same"), "text")?;
        fs::write(dir.path().join("other"), "texx")?;
        fs::create_dir(dir.path().join("folder"))?;
        let wanted = files(&["a/new", "folder", "other", "same"]);
        let plan = plan(dir.path(), &wanted)?;
        assert_eq!((plan.missing, plan.same), (vec!["a/new".to_owned()], vec!["same".to_owned()]));
        assert_eq!(plan.changed, ["folder", "other"]);

        write(dir.path(), &wanted, &["a/new".to_owned()])?;
        assert_eq!(fs::read_to_string(dir.path().join("a/new"))?, "text");
        assert_eq!(fs::read_to_string(dir.path().join("other"))?, "texx");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_not_followed() -> Result<(), Box<dyn std::error::Error>> {
        let (dir, outside) = (TempDir::new()?, TempDir::new()?);
        std::os::unix::fs::symlink(outside.path(), dir.path().join("routes"))?;
        let error = plan(dir.path(), &files(&["routes/pets.py"])).map(|_| ());
        assert!(matches!(error, Err(ProjectError::Outside(_))), "{error:?}");
        Ok(())
    }
}
