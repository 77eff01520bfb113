//! The Python that runs a mock server: which one, and with which packages.

mod environment;
mod interpreter;

use std::fmt;
use std::path::{Path, PathBuf};

pub use self::environment::REQUIREMENTS;
use crate::cache::CacheError;

/// How to get a Python for a project.
///
/// ```no_run
/// # use std::path::Path;
/// # use mockloop_runtime::python::Setup;
/// let python = Setup::default().tell(&|progress| eprintln!("{progress}")).prepare(Path::new("petstore_mock"))?;
/// # Ok::<_, mockloop_runtime::python::PythonError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    python: Option<&'a Path>,
    naming: &'static str,
    tell: &'a dyn Fn(Progress<'_>),
    is_wanted: &'a dyn Fn() -> bool,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            python: None,
            naming: "the environment variable MOCKLOOP_PYTHON",
            tell: &|_| {},
            is_wanted: &|| true,
        }
    }
}

impl<'a> Setup<'a> {
    /// This Python and the packages that it has, in place of an environment that is made.
    #[must_use]
    pub fn python(self, program: Option<&'a Path>) -> Self {
        Self { python: program, ..self }
    }

    /// By what a person can name a Python of theirs, for errors: `--python PATH`.
    #[must_use]
    pub fn naming(self, naming: &'static str) -> Self {
        Self { naming, ..self }
    }

    /// What is told of that which takes its time.
    #[must_use]
    pub fn tell(self, tell: &'a dyn Fn(Progress<'_>)) -> Self {
        Self { tell, ..self }
    }

    /// Whether somebody still waits for it; where nobody does, what installs is ended.
    #[must_use]
    pub fn is_wanted(self, is_wanted: &'a dyn Fn() -> bool) -> Self {
        Self { is_wanted, ..self }
    }

    /// The Python to run the project in a folder with.
    ///
    /// Unless one was named, it is in an environment with what the project's [`REQUIREMENTS`] say, which
    /// is made once and kept in the user's cache: by `uv` where it is there, else by `venv` and `pip`.
    /// Processes that need the same one at once wait for each other.
    ///
    /// # Errors
    ///
    /// Where there is no Python that will do, or the packages can't be had; the message says what to do.
    pub fn prepare(&self, project: &Path) -> Result<PathBuf, PythonError> {
        environment::prepare(self, project)
    }
}

impl fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("python", &self.python).finish_non_exhaustive()
    }
}

/// What takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Someone else prepares the same environment.
    Waiting,
    /// An environment is made.
    Making {
        /// The version of its Python.
        version: &'a str,
    },
    /// Packages are installed into it.
    Installing {
        /// The program that does it.
        tool: &'a str,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => f.write_str("Another mockloop prepares the Python environment; waiting for it"),
            Self::Making { version } => write!(f, "Making a Python {version} environment, once"),
            Self::Installing { tool } => write!(f, "Installing Python packages with {tool}, once"),
        }
    }
}

/// Why there is no Python for a project.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PythonError {
    /// None was found.
    #[error("the mock server needs Python, and none was found\n  {}", interpreter::way_out(naming))]
    Missing {
        /// By what a person can name one.
        naming: &'static str,
    },
    /// What was found or named is too old.
    #[error(
        "the mock server needs Python {} or newer, and {} is {version}\n  {}",
        interpreter::OLDEST, program.display(), interpreter::way_out(naming)
    )]
    TooOld {
        /// The Python.
        program: PathBuf,
        /// Its version.
        version: String,
        /// By what a person can name another.
        naming: &'static str,
    },
    /// What was named is none.
    #[error("{} is no Python that can be run", .0.display())]
    NotPython(PathBuf),
    /// No environment can be made.
    #[error("{tool} can't make a Python environment\n{complaint}{}", environment::needed(tool))]
    Environment {
        /// The program that should make it.
        tool: &'static str,
        /// What it said.
        complaint: String,
    },
    /// The packages can't be installed.
    #[error(
        "{tool} can't install what the mock server needs\n{complaint}\n  The first run needs a Python package \
         index. Without one, install {REQUIREMENTS} into a Python of yours and name it with {naming}"
    )]
    Packages {
        /// The program that should install them.
        tool: &'static str,
        /// What it said.
        complaint: String,
        /// By what a person can name a Python that has them.
        naming: &'static str,
    },
    /// A file or folder can't be used.
    #[error("can't {action} {}", path.display())]
    Io {
        /// What should be done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Environments can't be kept.
    #[error(transparent)]
    Cache(#[from] CacheError),
}
