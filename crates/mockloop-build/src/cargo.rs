//! What cargo tells a build script, and what it is told in return.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use mockloop_spec::SourceFile;

use crate::Error;

/// The build that this is a part of.
pub(crate) struct Cargo {
    pub(crate) manifest_dir: PathBuf,
    pub(crate) out_dir: PathBuf,
    /// What was told, where it is not printed.
    recorded: Option<RefCell<Vec<String>>>,
}

impl Cargo {
    pub(crate) fn of_build_script() -> Result<Self, Error> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from).ok_or(Error::NoCargo(name));
        Ok(Self {
            manifest_dir: variable("CARGO_MANIFEST_DIR")?,
            out_dir: variable("OUT_DIR")?,
            recorded: None,
        })
    }

    #[cfg(test)]
    pub(crate) fn recording(manifest_dir: PathBuf, out_dir: PathBuf) -> Self {
        Self { manifest_dir, out_dir, recorded: Some(RefCell::default()) }
    }

    #[cfg(test)]
    pub(crate) fn told(&self) -> Vec<String> {
        self.recorded.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Lets the script run again when a file changes, one that is missing by now included.
    pub(crate) fn tell_files(&self, spec: &Path, files: &[SourceFile]) {
        let mut paths: Vec<&Path> = files.iter().filter_map(|file| file.path.as_deref()).collect();
        if paths.is_empty() {
            paths.push(spec);
        }
        for path in paths {
            self.say(&format!("cargo::rerun-if-changed={}", path.display()));
        }
    }

    /// Shows a problem of a description; a message of several lines as several messages.
    pub(crate) fn tell(&self, is_error: bool, message: &str) {
        let kind = if is_error { "error" } else { "warning" };
        // The first line says it all; more errors would only look like more problems.
        for (at, line) in message.lines().enumerate() {
            self.say(&format!("cargo::{}={line}", if at == 0 { kind } else { "warning" }));
        }
    }

    #[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
    fn say(&self, line: &str) {
        match &self.recorded {
            Some(recorded) => recorded.borrow_mut().push(line.to_owned()),
            None => println!("{line}"),
        }
    }
}
