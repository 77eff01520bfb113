//! Projects below the output root.

use std::fs;
use std::path::{Path, PathBuf};

use mockloop_spec::model::Api;

use crate::failure::Failure;

/// The most projects that are listed.
const MOST: usize = 500;

/// The largest `api.json` that is read, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The name of a project's folder: one that stays within its parent, on every system.
pub(crate) fn checked_name(name: &str) -> Result<&str, Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain);
    if is_name && name.len() <= 100 && !name.ends_with('.') {
        return Ok(name);
    }
    Err(Failure::new(format!("{name:?} can't be the name of a project"))
        .next("give up to 100 letters, digits, `-`, `_` and `.`, the first a letter or digit"))
}

/// The folder of a project, which is where it says: a link may lead out of the root. The root itself may be a link
/// where a person chose it, see [`Mockloop::output_root`](crate::server::Mockloop::output_root).
pub(crate) fn folder(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let dir = root.join(checked_name(name)?);
    match fs::symlink_metadata(&dir) {
        Ok(found) if found.is_symlink() => Err(Failure::new(format!("{} is a link", dir.display()))
            .next("choose another `output_dir_name`: only real folders are written to")),
        _ => Ok(dir),
    }
}

/// The names of all projects below a folder, sorted.
pub(crate) fn names(root: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| entry.path().join("mockloop.json").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .take(MOST)
        .collect();
    names.sort();
    names
}

/// What a project says of its API.
pub(crate) fn api(dir: &Path) -> Result<Api, Failure> {
    let file = dir.join("api.json");
    let broken = |error: String| {
        Failure::new(format!("{} can't be read: {error}", file.display()))
            .next("generate the project anew with generate_mock_api")
    };
    let found = fs::metadata(&file).map_err(|error| broken(error.to_string()))?;
    if found.len() > LARGEST {
        return Err(broken("it is too large".to_owned()));
    }
    let bytes = fs::read(&file).map_err(|error| broken(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))
}

/// The folder of a project that is there, by its name or by its path. Projects are programs, so that only those below
/// the root are taken.
pub(crate) fn named(root: &Path, source: &str) -> Result<PathBuf, Failure> {
    let path = Path::new(source);
    if checked_name(source).is_ok() || !path.join("mockloop.json").is_file() {
        return existing(root, source);
    }
    let real = |path: &Path| path.canonicalize().ok();
    let name = real(path).filter(|dir| dir.parent() == real(root).as_deref());
    match name.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()) {
        Some(name) => existing(root, name),
        None => Err(Failure::new(format!("{source} is a project, and not in {}", root.display())).next(
            "only projects of that folder are run here; the person who runs this server chooses it with `--output-root DIR`",
        )),
    }
}

/// Whether what is meant can only be a project.
pub(crate) fn is_project(source: &str) -> bool {
    let path = Path::new(source);
    (checked_name(source).is_ok() && !path.exists()) || path.join("mockloop.json").is_file()
}

/// The folder of a project that is there, by its name.
pub(crate) fn existing(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let dir = folder(root, name)?;
    if dir.join("mockloop.json").is_file() {
        return Ok(dir);
    }
    let known = names(root);
    let near = mockloop_spec::nearest(name, known.iter().map(String::as_str));
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None if known.is_empty() => "there are none yet: make one with generate_mock_api".to_owned(),
        None => format!("there are: {}", known.join(", ")),
    };
    Err(Failure::new(format!("there is no project {name} in {}", root.display())).next(hint))
}
