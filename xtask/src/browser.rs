//! The tests of the admin UI in a real browser.

use std::env;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::python::Python;
use crate::steps::{must, root, say};

const VARIABLE: &str = "MOCKLOOP_CHROMIUM";
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Runs them; the pictures that they take are in `target/ui`.
pub(crate) fn run(python: &Python) -> anyhow::Result<bool> {
    prepare()?;
    let engine = root().join("templates");
    must(python.command("python", &engine).args(["-m", "pytest", "tests/browser"]))?;
    Ok(true)
}

/// Finds a browser, or installs Debian's.
fn prepare() -> anyhow::Result<()> {
    if env::var_os(VARIABLE).is_some() || PROGRAMS.into_iter().any(answers) {
        return Ok(());
    }
    if !answers("apt-get") || !is_root() {
        bail!(
            "there is no Chromium: install it (Debian: apt-get install chromium), or name it in {VARIABLE}"
        );
    }
    say("Installing Debian's Chromium");
    must(Command::new("apt-get").args(["update", "--quiet"]))?;
    must(Command::new("apt-get").args(["install", "--yes", "--no-install-recommends", PROGRAMS[0]]))
}

/// Whether a program is there.
fn answers(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
