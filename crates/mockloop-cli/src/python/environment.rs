//! Python environments with what a project needs, made once and kept in the user's cache.
//!
//! An environment is made in its final place, under a lock; a marker that is written last says that
//! it is whole. One without the marker is made anew.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, anyhow, bail};
use sha2::{Digest as _, Sha256};

use super::interpreter::{self, Interpreter};
use crate::terminal::Busy;

/// A project's list of what it needs.
pub(crate) const REQUIREMENTS: &str = "requirements_mock.txt";

/// Says that an environment is whole.
const COMPLETE: &str = "mockloop-complete";

/// The most lines of an installer's complaint that are shown.
const COMPLAINT_LINES: usize = 12;

/// The Python to run a project with: in an environment of its own, or, where the person names
/// one, that Python with the packages that it has.
pub(crate) fn for_project(dir: &Path, asked: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(program) = asked {
        interpreter::exactly(program)?;
        return Ok(program.to_owned());
    }
    let requirements = dir.join(REQUIREMENTS);
    let wanted = fs::read(&requirements).with_context(|| format!("can't read {}", requirements.display()))?;
    let base = interpreter::find()?;
    let environment = cache()?.join(name(&wanted, &base));
    let python = program(&environment);
    if !is_complete(&environment) {
        let _lock = lock(&environment)?;
        if !is_complete(&environment) {
            make(&environment, &base, &requirements)?;
        }
    }
    Ok(python)
}

/// The folder of all environments.
fn cache() -> anyhow::Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let windows = || if cfg!(windows) { variable("LOCALAPPDATA") } else { None };
    let home = || std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".cache"));
    let cache = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(windows).or_else(home);
    Ok(cache.context("no folder for the cache: set XDG_CACHE_HOME")?.join("mockloop").join("python"))
}

/// The same requirements under the same Python share an environment.
fn name(requirements: &[u8], base: &Interpreter) -> String {
    let hash = Sha256::new().chain_update(requirements).chain_update(&base.version).finalize();
    hash.iter().take(8).fold(format!("{}-", base.version), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

fn program(environment: &Path) -> PathBuf {
    if cfg!(windows) { environment.join(r"Scripts\python.exe") } else { environment.join("bin/python") }
}

/// Whether an environment is whole, and its Python still where it was.
fn is_complete(environment: &Path) -> bool {
    environment.join(COMPLETE).exists() && program(environment).exists()
}

/// Keeps others from making the same environment, for as long as the result lives.
fn lock(environment: &Path) -> anyhow::Result<File> {
    let path = environment.with_extension("lock");
    let lock = || {
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        let file = File::create(&path)?;
        if file.try_lock().is_err() {
            anstream::eprintln!("Another mockloop prepares the Python environment; waiting for it");
            file.lock()?;
        }
        Ok::<_, std::io::Error>(file)
    };
    lock().with_context(|| format!("can't lock {}", path.display()))
}

fn make(environment: &Path, base: &Interpreter, requirements: &Path) -> anyhow::Result<()> {
    let busy = Busy::start();
    if busy.is_hidden() {
        anstream::eprintln!("Preparing a Python {} environment; this is done once", base.version);
    }
    if environment.exists() {
        fs::remove_dir_all(environment).with_context(|| format!("can't clear {}", environment.display()))?;
    }
    let python = program(environment);
    if interpreter::has_uv() {
        busy.tell("Making a Python environment, once");
        let mut make = Command::new("uv");
        make.args(["venv", "--quiet", "--no-project", "--python"]).arg(&base.executable).arg(environment);
        finished(run(&mut make), "uv can't make a Python environment")?;
        busy.tell("Installing Python packages with uv, once");
        let mut install = Command::new("uv");
        install.args(["pip", "install", "--quiet", "--python"]).arg(&python).arg("-r").arg(requirements);
        finished(run(&mut install), "uv can't install what the mock server needs")
            .map_err(|error| offline(&error))?;
    } else {
        busy.tell("Making a Python environment, once");
        let mut make = Command::new(&base.executable);
        make.args(["-m", "venv"]).arg(environment);
        finished(run(&mut make), "Python can't make an environment").map_err(|error| {
            error.context(
                "Python's venv module is needed (Debian and Ubuntu: apt install python3-venv), or uv",
            )
        })?;
        busy.tell("Installing Python packages with pip, once");
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r"]);
        finished(run(install.arg(requirements)), "pip can't install what the mock server needs")
            .map_err(|error| offline(&error))?;
    }
    fs::write(environment.join(COMPLETE), "").context("can't finish the Python environment")
}

fn run(command: &mut Command) -> std::io::Result<Output> {
    command.stdin(Stdio::null()).output()
}

/// An error with the essence of what the program complained of.
fn finished(output: std::io::Result<Output>, failure: &'static str) -> anyhow::Result<()> {
    let output = output.context(failure)?;
    if output.status.success() {
        return Ok(());
    }
    bail!("{failure}\n{}", essence(&String::from_utf8_lossy(&output.stderr)))
}

/// The lines that say what is wrong: pip's errors where there are any, else the last lines.
fn essence(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let errors: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with("ERROR:")).collect();
    let shown = if errors.is_empty() { lines } else { errors };
    let start = shown.len().saturating_sub(COMPLAINT_LINES);
    shown.iter().skip(start).map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// The way out where the packages can't be had.
fn offline(error: &anyhow::Error) -> anyhow::Error {
    anyhow!(
        "{error:#}\n  The first run needs a Python package index. Without one, install {REQUIREMENTS} into a Python \
         of yours and name it with --python PATH"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_shared_by_what_they_hold() {
        let python = |version: &str| Interpreter { executable: PathBuf::new(), version: version.to_owned() };
        let first = name(b"fastapi==1\n", &python("3.12.1"));
        assert!(first.starts_with("3.12.1-") && first.len() == 23, "{first}");
        assert_eq!(first, name(b"fastapi==1\n", &python("3.12.1")));
        assert_ne!(first, name(b"fastapi==2\n", &python("3.12.1")));
        assert_ne!(first, name(b"fastapi==1\n", &python("3.12.2")));
    }

    #[test]
    fn complaints_are_cut_to_what_matters() {
        let pip = "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution\n";
        assert_eq!(essence(pip), "  ERROR: Could not find a version\n  ERROR: No matching distribution");
        assert_eq!(essence(&"a line\n".repeat(40)).lines().count(), COMPLAINT_LINES);
    }
}
