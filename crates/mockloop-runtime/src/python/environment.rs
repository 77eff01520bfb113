//! Python environments with what a project needs, made once and kept in the user's cache.
//!
//! An environment is made in its final place, under a lock; a marker that is written last says that
//! it is whole. One without the marker is made anew.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::interpreter::{self, Interpreter};
use super::{Progress, PythonError, Setup};
use crate::cache;

/// A project's list of what it needs.
pub const REQUIREMENTS: &str = "requirements_mock.txt";

/// Says that an environment is whole.
const COMPLETE: &str = "mockloop-complete";

/// What makes environments where there is no uv.
const VENV: &str = "Python";

/// How long to wait between two looks at an installer.
const PAUSE: Duration = Duration::from_millis(20);

/// The most lines of an installer's complaint that are shown.
const COMPLAINT_LINES: usize = 12;

pub(super) fn prepare(setup: &Setup<'_>, project: &Path) -> Result<PathBuf, PythonError> {
    if let Some(program) = setup.python {
        interpreter::check(program, setup.naming)?;
        return Ok(program.to_owned());
    }
    let requirements = project.join(REQUIREMENTS);
    let wanted = fs::read(&requirements).map_err(io("read", &requirements))?;
    let base = interpreter::find(setup.naming)?;
    let environment = cache::folder("python")?.join(name(&wanted, &base));
    let python = program(&environment);
    if !is_complete(&environment) {
        let _lock = cache::lock(&environment, || (setup.tell)(Progress::Waiting))?;
        if !is_complete(&environment) {
            make(setup, &environment, &base, &requirements)?;
        }
    }
    Ok(python)
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

fn make(
    setup: &Setup<'_>,
    environment: &Path,
    base: &Interpreter,
    requirements: &Path,
) -> Result<(), PythonError> {
    (setup.tell)(Progress::Making { version: &base.version });
    if environment.exists() {
        fs::remove_dir_all(environment).map_err(io("clear", environment))?;
    }
    let python = program(environment);
    let (maker, mut create, installer, mut install) = if interpreter::has_uv() {
        let create = command("uv", &["venv", "--quiet", "--no-project", "--python"], Some(&base.executable));
        ("uv", create, "uv", command("uv", &["pip", "install", "--quiet", "--python"], Some(&python)))
    } else {
        let install = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
        (VENV, command(&base.executable, &["-m", "venv"], None), "pip", command(&python, &install, None))
    };
    run(setup, create.arg(environment))
        .map_err(|complaint| PythonError::Environment { tool: maker, complaint })?;
    (setup.tell)(Progress::Installing { tool: installer });
    run(setup, install.arg("-r").arg(requirements)).map_err(|complaint| PythonError::Packages {
        tool: installer,
        complaint,
        naming: setup.naming,
    })?;
    let complete = environment.join(COMPLETE);
    fs::write(&complete, "").map_err(io("write", &complete))
}

fn command(program: impl AsRef<OsStr>, arguments: &[&str], last: Option<&PathBuf>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).args(last);
    command
}

/// What may be missing where a program can't make an environment.
pub(super) fn needed(tool: &str) -> &'static str {
    if tool == VENV {
        "\n  Python's venv module is needed (Debian and Ubuntu: apt install python3-venv), or uv"
    } else {
        ""
    }
}

/// Runs a program for as long as somebody waits for it, and gives the essence of what it complained of where it failed.
fn run(setup: &Setup<'_>, command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_owned();
    let failed = |error: std::io::Error| format!("  {}: {error}", program.display());
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let complaints = child.stderr.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = complaints.map(|mut complaints| complaints.read_to_end(&mut text));
        text
    });
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if !(setup.is_wanted)() {
            let _ = child.kill();
            let _ = child.wait();
            return Err("  nobody waits for it any more".to_owned());
        }
        thread::sleep(PAUSE);
    };
    if status.success() {
        return Ok(());
    }
    Err(essence(&String::from_utf8_lossy(&reader.join().unwrap_or_default())))
}

/// The lines that say what is wrong: pip's errors where there are any, else the last lines.
fn essence(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let errors: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with("ERROR:")).collect();
    let shown = if errors.is_empty() { lines } else { errors };
    let start = shown.len().saturating_sub(COMPLAINT_LINES);
    shown.iter().skip(start).map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> PythonError {
    let path = path.to_owned();
    move |source| PythonError::Io { action, path, source }
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

    #[cfg(unix)]
    #[test]
    fn installer_that_nobody_waits_for_is_ended() {
        let begun = std::time::Instant::now();
        let setup = Setup::default().is_wanted(&|| false);
        assert!(run(&setup, Command::new("sleep").arg("60")).is_err());
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert_eq!(run(&Setup::default(), &mut Command::new("true")), Ok(()));
        let complaint = run(&Setup::default(), Command::new("sh").args(["-c", "echo no room >&2; exit 1"]));
        assert_eq!(complaint, Err("  no room".to_owned()));
    }

    #[test]
    fn complaints_are_cut_to_what_matters() {
        let pip = "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution\n";
        assert_eq!(essence(pip), "  ERROR: Could not find a version\n  ERROR: No matching distribution");
        assert_eq!(essence(&"a line\n".repeat(40)).lines().count(), COMPLAINT_LINES);
    }
}
