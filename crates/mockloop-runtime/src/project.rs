//! A project that a program carries with it.

mod disk;
mod packed;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::cache;
use crate::mock::{Mock, MockBuilder, StartError};

/// The mock server of a description, as a FastAPI project inside of this program.
///
/// The macro `mockloop!` makes one. It can be started, or written out to be read and changed:
///
/// ```no_run
/// # use mockloop_runtime::Project;
/// # fn example(project: &Project) -> Result<(), Box<dyn std::error::Error>> {
/// let mock = project.start_blocking()?;
/// println!("{} answers", mock.url());
///
/// project.write_to("generated_mocks/petstore")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Project {
    name: &'static str,
    packed: &'static [u8],
}

/// A file of a project: its path, `/` as separator, and its contents.
pub type ProjectFile = (String, Cow<'static, [u8]>);

/// What writing a project did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Files that are new, sorted.
    pub created: Vec<String>,
    /// Files that were there already, sorted.
    pub unchanged: Vec<String>,
}

/// Why a project can't be unpacked or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// What is inside of the program is no packed project.
    #[error("the packed project can't be read")]
    Packed(#[source] Box<dyn Error + Send + Sync>),
    /// A file would end up outside of the project's folder.
    #[error("{} is outside of the project", .0.display())]
    Outside(PathBuf),
    /// Files are there already, with other contents; nothing is written.
    #[error(
        "{} holds other contents in: {}\n  `mockloop generate SPEC -o DIR` keeps what you have changed and updates \
         the rest; or write into another folder",
        dir.display(), files.join(", ")
    )]
    Changed {
        /// The folder.
        dir: PathBuf,
        /// The files that differ, sorted.
        files: Vec<String>,
    },
    /// A file or folder can't be read or written.
    #[error("can't write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Contents by path.
type Files = BTreeMap<String, Cow<'static, [u8]>>;

impl Project {
    /// For generated code: a project with a name, and its own files as `mockloop_codegen::pack` packs them.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, packed: &'static [u8]) -> Self {
        Self { name, packed }
    }

    /// Its name, such as `petstore_mock`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Every file, sorted by path.
    ///
    /// # Errors
    ///
    /// Where what is inside of the program is no packed project.
    ///
    /// ```
    /// # use mockloop_runtime::Project;
    /// assert!(Project::new("broken", b"no project").files().is_err());
    /// ```
    pub fn files(&self) -> Result<Vec<ProjectFile>, ProjectError> {
        Ok(self.unpack()?.into_iter().collect())
    }

    /// Writes the project into a folder, to be read, changed and kept: `mockloop run DIR` runs it.
    ///
    /// Each file is written whole or not at all; those that are the same already are left alone.
    ///
    /// # Errors
    ///
    /// Where a file is there with other contents: then nothing is written, and the error names all of
    /// them. Where a file can't be written, or would end up outside of the folder.
    pub fn write_to(&self, dir: impl AsRef<Path>) -> Result<Written, ProjectError> {
        let (dir, files) = (dir.as_ref(), self.unpack()?);
        let plan = disk::plan(dir, &files)?;
        if !plan.changed.is_empty() {
            return Err(ProjectError::Changed { dir: dir.to_owned(), files: plan.changed });
        }
        disk::write(dir, &files, &plan.missing)?;
        Ok(Written { created: plan.missing, unchanged: plan.same })
    }

    /// Starts the mock on a free port of this machine; it answers when this returns.
    ///
    /// The first start prepares a Python environment and keeps it for the next ones, which may take a minute. Nothing
    /// of this blocks the runtime, whichever it is. Any number of mocks may run at once, also of one project.
    ///
    /// # Errors
    ///
    /// Where there is no Python, or the server does not start; the message says what to do, and what the
    /// server said.
    pub async fn start(&self) -> Result<Mock, StartError> {
        self.configure().start().await
    }

    /// Like [`start`](Self::start), for code that is not async.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(&self) -> Result<Mock, StartError> {
        self.configure().start_blocking()
    }

    /// A start with choices.
    pub fn configure(&self) -> MockBuilder {
        MockBuilder::new(*self)
    }

    /// The folder in the user's cache that holds the project, written there where it is not. It is named by
    /// its contents: programs that carry the same project share it.
    pub(crate) fn cached(&self) -> Result<PathBuf, StartError> {
        self.kept_in(&cache::folder("projects")?)
    }

    fn kept_in(&self, cache: &Path) -> Result<PathBuf, StartError> {
        let files = self.unpack()?;
        let dir = cache.join(self.folder_name());
        let _lock = cache::lock(&dir, || {})?;
        // Whoever cleans a cache may take away single files.
        let plan = disk::plan(&dir, &files)?;
        let differing: Vec<String> = [plan.missing, plan.changed].concat();
        disk::write(&dir, &files, &differing)?;
        if !differing.is_empty() {
            cache::forget_unused(&dir);
        }
        Ok(dir)
    }

    /// The manifest among what is packed has a hash of each file, so this hash stands for all of them.
    fn folder_name(&self) -> String {
        use std::fmt::Write as _;

        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        let name: String = self.name.chars().map(plain).take(40).collect();
        Sha256::digest(self.packed).iter().take(8).fold(name + "-", |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        })
    }

    /// The files of this project, and of those that every project may have the ones that it lists.
    fn unpack(&self) -> Result<Files, ProjectError> {
        let generated = packed::unpack(self.packed)?;
        let listed = packed::listed(&generated);
        let mut files: Files = mockloop_templates::PROJECT
            .iter()
            .filter(|(path, _)| listed.contains(*path))
            .map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes)))
            .collect();
        for (path, text) in generated {
            files.insert(path, Cow::Owned(text.into_bytes()));
        }
        Ok(files)
    }
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use tempfile::TempDir;

    use super::*;

    fn project(name: &'static str, main: &str) -> Project {
        let manifest = r#"{\"files\": {\"requirements_mock.txt\": \"\"}}"#;
        let json = format!(r#"{{"main.py": "{main}", "mockloop.json": "{manifest}"}}"#);
        Project::new(name, miniz_oxide::deflate::compress_to_vec(json.as_bytes(), 6).leak())
    }

    #[test]
    fn a_project_is_kept_whole_and_by_its_contents() -> Result<(), Box<dyn Error>> {
        let cache = TempDir::new()?;
        let dir = project("a b/../ü", "1").kept_in(cache.path())?;
        assert_eq!(dir.parent(), Some(cache.path()));
        assert!(
            dir.file_name().is_some_and(|name| name.to_string_lossy().starts_with("a-b------")),
            "{dir:?}"
        );
        fs::write(dir.join("main.py"), "other")?;
        fs::remove_file(dir.join("requirements_mock.txt"))?;
        assert_eq!(project("a b/../ü", "1").kept_in(cache.path())?, dir);
        assert_eq!(fs::read_to_string(dir.join("main.py"))?, "1");
        assert!(dir.join("requirements_mock.txt").exists());
        assert!(!dir.join("mockloop_server").exists(), "a part that the manifest does not list");
        assert_ne!(project("a b/../ü", "2").kept_in(cache.path())?, dir);
        Ok(())
    }

    #[test]
    fn what_is_not_used_for_long_is_forgotten() -> Result<(), Box<dyn Error>> {
        let cache = TempDir::new()?;
        let keep = |main| project("mock", main).kept_in(cache.path());
        let (old, young) = (keep("old")?, keep("young")?);
        let lock = cache.path().join(format!("{}.lock", old.file_name().ok_or("no name")?.display()));
        let long_ago = SystemTime::now() - Duration::from_secs(40 * 24 * 60 * 60);
        File::open(&lock)?.set_modified(long_ago)?;
        keep("new")?;
        assert!(!old.exists() && !lock.exists() && young.exists());
        Ok(())
    }
}
