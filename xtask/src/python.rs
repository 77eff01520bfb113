//! Python environments of the tasks, in the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::steps::{must, root, say, target};

/// What the checks need; where these files change, the environment is brought up to date.
const REQUIREMENTS: [&str; 2] = ["requirements-dev.txt", "templates/project/requirements_mock.txt"];

/// An environment that is ready.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// The environment of the checks.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let read =
            |file: &str| fs::read_to_string(root().join(file)).with_context(|| format!("can't read {file}"));
        let wanted: String = REQUIREMENTS.into_iter().map(read).collect::<anyhow::Result<_>>()?;
        Self::install("py", &wanted, &["-r", REQUIREMENTS[0]])
    }

    /// An environment for some packages, such as a tool whose requirements fit no others.
    pub(crate) fn with(folder: &str, packages: &[&str]) -> anyhow::Result<Self> {
        Self::install(folder, &packages.join(" "), packages)
    }

    /// An environment for what a file of requirements names.
    pub(crate) fn of_file(folder: &str, file: &Path) -> anyhow::Result<Self> {
        let wanted = fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
        Self::install(folder, &wanted, &["-r", &file.to_string_lossy()])
    }

    /// Makes an environment in the target folder, or brings it up to `wanted`.
    fn install(folder: &str, wanted: &str, packages: &[&str]) -> anyhow::Result<Self> {
        let python = Self { folder: target().join(folder) };
        let marker = python.folder.join("installed");
        if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
            return Ok(python);
        }
        say(&format!("Installing pinned Python packages into {}", python.folder.display()));
        let interpreter = python.program("python");
        let (mut make, mut install) = if has_uv() {
            let (mut make, mut install) = (Command::new("uv"), Command::new("uv"));
            make.args(["venv", "--quiet", "--no-project", "--clear"]);
            install.args(["pip", "install", "--quiet", "--python"]).arg(&interpreter);
            (make, install)
        } else {
            let (mut make, mut install) = (Command::new("python3"), Command::new(&interpreter));
            make.args(["-m", "venv", "--clear"]);
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            (make, install)
        };
        must(make.arg(&python.folder))?;
        must(install.args(packages).current_dir(root()))?;
        fs::write(marker, wanted)?;
        Ok(python)
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        if cfg!(windows) {
            self.folder.join("Scripts").join(name).with_extension("exe")
        } else {
            self.folder.join("bin").join(name)
        }
    }

    /// A command of the environment, to be run in a folder.
    pub(crate) fn command(&self, name: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.program(name));
        command.current_dir(folder);
        command
    }
}

fn has_uv() -> bool {
    let mut command = Command::new("uv");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
