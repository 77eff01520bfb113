//! The Python environment of the checks: `target/py`, with what `requirements-dev.txt` pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::steps::{must, root, say, target};

/// What the environment holds; when these files change it is brought up to date.
const REQUIREMENTS: [&str; 2] = ["requirements-dev.txt", "templates/project/requirements_mock.txt"];

/// An environment that is ready.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// Makes the environment, or brings it up to date.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let python = Self { folder: target().join("py") };
        let wanted = wanted()?;
        let marker = python.folder.join("requirements.installed");
        if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
            return Ok(python);
        }
        let [requirements, _] = REQUIREMENTS.map(|file| root().join(file));
        say(&format!("Installing the pinned Python packages of {} into target/py", REQUIREMENTS[0]));
        if has_uv() {
            if !python.program("python").exists() {
                must(
                    Command::new("uv")
                        .args(["venv", "--quiet", "--no-project", "--clear"])
                        .arg(&python.folder),
                )?;
            }
            let mut install = Command::new("uv");
            install.args(["pip", "install", "--quiet", "--python"]).arg(python.program("python"));
            must(install.arg("-r").arg(requirements))?;
        } else {
            if !python.program("python").exists() {
                must(Command::new("python3").args(["-m", "venv"]).arg(&python.folder))?;
            }
            let mut install = Command::new(python.program("python"));
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
            must(install.arg(requirements))?;
        }
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

fn wanted() -> anyhow::Result<String> {
    let read =
        |file: &str| fs::read_to_string(root().join(file)).with_context(|| format!("can't read {file}"));
    REQUIREMENTS.into_iter().map(read).collect()
}

fn has_uv() -> bool {
    let mut command = Command::new("uv");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
