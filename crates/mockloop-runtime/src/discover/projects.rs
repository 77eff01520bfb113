//! Generated projects, found by their manifests.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Source;

/// What a generated project is known by.
const MANIFEST: &str = "mockloop.json";

/// The format of manifests that this version knows.
const FORMAT: u32 = 1;

/// The largest file that is read of a project.
const LARGEST: u64 = 128 * 1024 * 1024;

/// How deep below a given folder projects are looked for.
const DEPTH: usize = 4;

/// The most folders that are looked into.
const FOLDERS: usize = 5_000;

/// The most projects that are found.
const PROJECTS: usize = 200;

/// Folders that hold many others, and never a project.
const SKIPPED: [&str; 5] = ["node_modules", "target", "venv", "__pycache__", "site-packages"];

/// A generated project on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectInfo {
    /// Its name, such as `petstore_mock`.
    pub name: String,
    /// Its folder, absolute.
    pub path: PathBuf,
    /// Title of the mocked API.
    pub title: String,
    /// Version of the mocked API.
    pub version: String,
    /// The description that it was generated from.
    pub source: Source,
    /// The port that its own commands listen on.
    pub port: u16,
    /// What it was generated with.
    pub features: Features,
    /// Its log; none where nothing was logged yet.
    pub database: Option<Database>,
    /// Addresses of the mocks that run it; filled in by [`discover`](super::discover) alone.
    pub running: Vec<String>,
}

/// What a project was generated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[non_exhaustive]
pub struct Features {
    /// Whether the description's security schemes are enforced.
    pub auth: bool,
    /// Whether webhooks can be registered.
    pub webhooks: bool,
    /// Whether there is document storage.
    pub storage: bool,
    /// Whether there is an admin UI.
    pub admin_ui: bool,
}

/// The log of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Database {
    /// The SQLite file.
    pub path: PathBuf,
    /// Its size in bytes, without what is still in the write-ahead log.
    pub bytes: u64,
}

/// The part of a manifest that is needed here.
#[derive(Debug, Deserialize)]
struct Manifest {
    mockloop: u32,
    source: Source,
    options: Options,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "the manifest has them so")]
struct Options {
    name: Option<String>,
    port: u16,
    auth: bool,
    webhooks: bool,
    admin_ui: bool,
    storage: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: None, port: 8000, auth: true, webhooks: true, admin_ui: true, storage: true }
    }
}

/// The part of `api.json` that is needed here.
#[derive(Debug, Deserialize)]
struct Api {
    title: String,
    version: String,
}

impl ProjectInfo {
    /// Reads what a folder says of itself; none where it holds no generated project of this version.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        // A path that is no text can't be told to anybody.
        let path = fs::canonicalize(folder).ok().filter(|path| path.to_str().is_some())?;
        let manifest: Manifest = json(&path.join(MANIFEST))?;
        if manifest.mockloop != FORMAT {
            return None;
        }
        let api: Api = json(&path.join("api.json"))?;
        let Manifest { source, options, .. } = manifest;
        let folder = || path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Some(Self {
            name: options.name.unwrap_or_else(folder),
            title: api.title,
            version: api.version,
            source,
            port: options.port,
            features: Features {
                auth: options.auth,
                webhooks: options.webhooks,
                storage: options.storage,
                admin_ui: options.admin_ui,
            },
            database: database(&path),
            path,
            running: Vec::new(),
        })
    }
}

/// A regular file as JSON. What is a link, a pipe, or too large to be ours is not read.
fn json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let known = fs::symlink_metadata(path).ok()?;
    if !known.is_file() || known.len() > LARGEST {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn database(project: &Path) -> Option<Database> {
    let path = project.join("db/request_logs.db");
    let bytes = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
    Some(Database { path, bytes })
}

/// The projects in and below folders, sorted by path, and whether there may be more than were looked at.
pub(super) fn find(folders: &[PathBuf]) -> (Vec<ProjectInfo>, bool) {
    let mut waiting: VecDeque<(PathBuf, usize)> =
        folders.iter().filter_map(|folder| Some((fs::canonicalize(folder).ok()?, 0))).collect();
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    while let Some((folder, depth)) = waiting.pop_front() {
        if seen.len() == FOLDERS || found.len() == PROJECTS {
            return (sorted(found), true);
        }
        if !seen.insert(folder.clone()) {
            continue;
        }
        if let Some(project) = ProjectInfo::read(&folder) {
            found.push(project);
        } else if depth < DEPTH {
            waiting.extend(below(&folder).map(|below| (below, depth + 1)));
        }
    }
    (sorted(found), false)
}

fn sorted(mut found: Vec<ProjectInfo>) -> Vec<ProjectInfo> {
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The folders in a folder. Links are not followed: they may lead in circles, or anywhere.
fn below(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(FOLDERS);
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let wanted = |name: &str| !name.starts_with('.') && !SKIPPED.contains(&name);
    folders.filter(move |entry| entry.file_name().to_str().is_some_and(wanted)).map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn project(folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let source = r#"{"name": "a.yaml", "format": "openapi-3.1.0", "sha256": "00"}"#;
        let manifest =
            format!(r#"{{"mockloop": 1, "version": "0", "source": {source}, "options": {{"port": 1234}}}}"#);
        fs::write(folder.join("mockloop.json"), manifest)?;
        fs::write(
            folder.join("api.json"),
            r#"{"mockloop": 1, "title": "A", "version": "2", "operations": []}"#,
        )
    }

    #[test]
    fn projects_are_found_once_and_not_too_deep() -> std::io::Result<()> {
        let root = TempDir::new()?;
        for folder in ["a", "b/c", "1/2/3/4/5", "node_modules/d", ".hidden", "a/inner"] {
            project(&root.path().join(folder))?;
        }
        fs::create_dir_all(root.path().join("a/db"))?;
        fs::write(root.path().join("a/db/request_logs.db"), "12345")?;
        let (found, cut) = find(&[root.path().to_owned(), root.path().join("b")]);
        let names: Vec<&str> = found.iter().map(|project| project.name.as_str()).collect();
        assert_eq!((names, cut), (vec!["a", "c"], false));
        let a = found.first();
        assert_eq!(a.map(|a| (a.port, a.title.as_str(), a.version.as_str())), Some((1234, "A", "2")));
        assert_eq!(a.and_then(|a| a.database.as_ref()).map(|database| database.bytes), Some(5));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() -> std::io::Result<()> {
        let (root, elsewhere) = (TempDir::new()?, TempDir::new()?);
        project(&elsewhere.path().join("other"))?;
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("elsewhere"))?;
        std::os::unix::fs::symlink(root.path(), root.path().join("circle"))?;
        std::os::unix::fs::symlink(
            elsewhere.path().join("other/mockloop.json"),
            root.path().join("mockloop.json"),
        )?;
        assert_eq!(find(&[root.path().to_owned()]), (vec![], false));
        Ok(())
    }

    #[test]
    fn a_broken_manifest_is_no_project() -> std::io::Result<()> {
        let root = TempDir::new()?;
        for text in ["", "{", "[]", "{\"mockloop\": 99}", "{\"mockloop\": 1}"] {
            project(root.path())?;
            fs::write(root.path().join("mockloop.json"), text)?;
            assert_eq!(ProjectInfo::read(root.path()), None, "{text}");
        }
        Ok(())
    }
}
