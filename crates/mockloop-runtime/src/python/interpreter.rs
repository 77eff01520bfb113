//! Finds a Python that can run a mock server.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::PythonError;

/// The oldest version that will do.
pub(super) const OLDEST: Version = Version(3, 10);

/// The newest minor version to look for by name.
const NEWEST: u32 = 15;

const PROBE: &str = "import sys; print(*sys.version_info[:3], sep='.'); print(sys.executable)";

/// A version, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A Python that was asked who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// The program itself, behind any launcher.
    pub(super) executable: PathBuf,
    /// Such as `3.12.1`.
    pub(super) version: String,
}

/// Refuses a Python that a person named, where it will not do.
pub(super) fn check(program: &Path, naming: &'static str) -> Result<(), PythonError> {
    let found = probe(program.as_os_str()).ok_or_else(|| PythonError::NotPython(program.to_owned()))?;
    if found.will_do() {
        return Ok(());
    }
    Err(PythonError::TooOld { program: program.to_owned(), version: found.version, naming })
}

/// The first Python on the path that will do.
pub(super) fn find(naming: &'static str) -> Result<Interpreter, PythonError> {
    let mut too_old = None;
    for name in candidates() {
        match probe(&name) {
            Some(found) if found.will_do() => return Ok(found),
            Some(found) => too_old = too_old.or(Some(found)),
            None => {}
        }
    }
    uv_python().ok_or(match too_old {
        Some(Interpreter { executable: program, version }) => {
            PythonError::TooOld { program, version, naming }
        }
        None => PythonError::Missing { naming },
    })
}

/// What to do where there is no Python that will do.
pub(super) fn way_out(naming: &str) -> String {
    format!(
        "install Python {OLDEST} or newer (https://www.python.org, your system's packages, or `uv python install`), \
         or name one with {naming}"
    )
}

/// Whether `uv` is there and works.
pub(super) fn has_uv() -> bool {
    Command::new("uv")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn candidates() -> impl Iterator<Item = OsString> {
    let versioned = (OLDEST.1..=NEWEST).rev().map(|minor| format!("python3.{minor}"));
    ["python3", "python"].map(str::to_owned).into_iter().chain(versioned).map(OsString::from)
}

/// One that only uv knows of.
fn uv_python() -> Option<Interpreter> {
    let wanted = format!(">={OLDEST}");
    let path = lines_of(Command::new("uv").args(["python", "find", "--no-project", wanted.as_str()]))?
        .into_iter()
        .next()?;
    probe(OsStr::new(&path)).filter(Interpreter::will_do)
}

fn probe(program: &OsStr) -> Option<Interpreter> {
    let [version, executable] = lines_of(Command::new(program).args(["-c", PROBE]))?.try_into().ok()?;
    Some(Interpreter { executable: PathBuf::from(executable), version })
}

/// What a program prints, if it is there and succeeds.
fn lines_of(command: &mut Command) -> Option<Vec<String>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let lines = String::from_utf8(output.stdout).ok()?.lines().map(str::to_owned).collect();
    output.status.success().then_some(lines)
}

impl Interpreter {
    fn will_do(&self) -> bool {
        let mut numbers = self.version.split('.').map_while(|number| number.parse().ok());
        numbers.next().zip(numbers.next()).is_some_and(|(major, minor)| Version(major, minor) >= OLDEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_will_not_do() {
        let will_do =
            |version: &str| Interpreter { executable: PathBuf::new(), version: version.to_owned() }.will_do();
        assert!(will_do("3.10.0") && will_do("3.14.2") && will_do("4.0.0"));
        assert!(!will_do("3.9.18") && !will_do("2.7.18") && !will_do(""));
    }
}
