//! Shows how the Python of a project is prepared.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use mockloop_runtime::python::{Progress, PythonError, Setup};

use crate::terminal::Busy;

/// The Python to run a project with: in an environment of its own, or, where the person names
/// one, that Python with the packages that it has.
pub(crate) fn prepare(project: &Path, asked: Option<&Path>) -> Result<PathBuf, PythonError> {
    let shown = OnceCell::new();
    let tell = |progress: Progress<'_>| {
        if let Progress::Waiting = progress {
            anstream::eprintln!("{progress}");
            return;
        }
        let busy = shown.get_or_init(Busy::start);
        busy.tell(progress.to_string());
        if let (Progress::Making { version }, true) = (progress, busy.is_hidden()) {
            anstream::eprintln!("Preparing a Python {version} environment; this is done once");
        }
    };
    Setup::default().python(asked).naming("--python PATH").tell(&tell).prepare(project)
}
