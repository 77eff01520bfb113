//! Background servers of one test, as `mockloop start` starts them.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, mockloop};

/// A folder that commands run in, with what they keep of background servers; dropping it ends those, whatever became
/// of the test.
pub struct Background {
    folder: TempDir,
}

impl Background {
    /// A place where nothing runs yet.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TempDir::new()? })
    }

    /// The folder that commands run in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command, to be run here.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = mockloop();
        command.current_dir(self.folder()).env("MOCKLOOP_STATE_DIR", self.folder().join("state"));
        command
    }

    /// Runs the command with arguments.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> anyhow::Result<Ran> {
        Ok(self.command().args(arguments).output()?.into())
    }

    /// The JSON that the command prints.
    pub fn json<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> anyhow::Result<Value> {
        let ran = self.run(arguments)?;
        anyhow::ensure!(ran.status == Some(0), "{}", ran.stderr);
        Ok(serde_json::from_str(&ran.stdout)?)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.run(["stop", "--all", "--grace", "0"]);
    }
}
