//! Finds a Python that can run a mock server.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The oldest minor version of Python 3 that will do.
const OLDEST: u32 = 10;

/// The newest one to look for by name.
const NEWEST: u32 = 15;

const PROBE: &str = "import sys; print(*sys.version_info[:3], sep='.'); print(sys.executable)";

/// A Python that was asked who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The program itself, behind any launcher.
    pub(crate) executable: PathBuf,
    /// Such as `3.12.1`.
    pub(crate) version: String,
}

/// The Python that the person asked for, if it will do.
pub(crate) fn exactly(program: &Path) -> anyhow::Result<Interpreter> {
    let found = probe(program.as_os_str());
    let found = found.with_context(|| format!("{} is no Python that can be run", program.display()))?;
    if !found.will_do() {
        bail!("{} is Python {}; the mock server needs 3.{OLDEST} or newer", program.display(), found.version);
    }
    Ok(found)
}

/// The first Python on the path that will do.
pub(crate) fn find() -> anyhow::Result<Interpreter> {
    let mut too_old = None;
    for name in candidates() {
        match probe(&name) {
            Some(found) if found.will_do() => return Ok(found),
            Some(found) => too_old = too_old.or(Some(found)),
            None => {}
        }
    }
    if let Some(found) = uv_python() {
        return Ok(found);
    }
    let way_out = format!(
        "install Python 3.{OLDEST} or newer (https://www.python.org, your system's packages, or `uv python install`), \
         or name one with --python PATH"
    );
    match too_old {
        Some(Interpreter { version, executable }) => bail!(
            "the mock server needs Python 3.{OLDEST} or newer, and {} is {version}\n  {way_out}",
            executable.display()
        ),
        None => bail!("the mock server needs Python, and none was found\n  {way_out}"),
    }
}

/// Whether `uv` is there and works.
pub(crate) fn has_uv() -> bool {
    Command::new("uv")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn candidates() -> impl Iterator<Item = OsString> {
    let versioned = (OLDEST..=NEWEST).rev().map(|minor| format!("python3.{minor}"));
    ["python3", "python"].map(str::to_owned).into_iter().chain(versioned).map(OsString::from)
}

/// One that only uv knows of.
fn uv_python() -> Option<Interpreter> {
    let wanted = format!(">=3.{OLDEST}");
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
        let mut numbers = self.version.split('.').map_while(|number| number.parse::<u32>().ok());
        (numbers.next(), numbers.next()) >= (Some(3), Some(OLDEST))
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
