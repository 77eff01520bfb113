//! Commands in a row, each shown as it would be typed, and a summary of how they went.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// Where build products go.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Prints a line on standard error, in order with what the commands print.
#[expect(clippy::print_stderr, reason = "this is how a task talks to the person at the terminal")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Runs a command that has to succeed.
pub(crate) fn must(command: &mut Command) -> anyhow::Result<()> {
    say(&format!("$ {}", shown(command)));
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("can't run {}", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// A command as it would be typed.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy);
    let root = format!("{}/", root().display());
    words.map(|word| word.replace(&root, "")).collect::<Vec<_>>().join(" ")
}

/// What ran so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(&'static str, Outcome, Duration)>,
}

enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

impl Steps {
    /// Runs one; those that follow run even if it fails.
    pub(crate) fn run(&mut self, name: &'static str, command: &mut Command) {
        self.task(name, || must(command).map(|()| true));
    }

    /// Runs one that is more than a command.
    pub(crate) fn task(&mut self, name: &'static str, task: impl FnOnce() -> anyhow::Result<bool>) {
        say(&format!("\n== {name}"));
        let started = Instant::now();
        let outcome = match task() {
            Ok(true) => Outcome::Passed,
            Ok(false) => Outcome::Failed,
            Err(error) => {
                say(&format!("error: {error:#}"));
                Outcome::Failed
            }
        };
        self.done.push((name, outcome, started.elapsed()));
    }

    /// Leaves one out, and says why.
    pub(crate) fn skip(&mut self, name: &'static str, reason: &'static str) {
        self.done.push((name, Outcome::Skipped(reason), Duration::ZERO));
    }

    /// Prints how all of them went; whether none failed.
    pub(crate) fn finish(self) -> bool {
        let mut summary = String::from("\n== Summary\n");
        for (name, outcome, took) in &self.done {
            let _ = match outcome {
                Outcome::Passed => writeln!(summary, "  ok      {name} ({} s)", took.as_secs()),
                Outcome::Failed => writeln!(summary, "  FAILED  {name} ({} s)", took.as_secs()),
                Outcome::Skipped(reason) => writeln!(summary, "  skipped {name}: {reason}"),
            };
        }
        say(summary.trim_end());
        !self.done.iter().any(|(_, outcome, _)| matches!(outcome, Outcome::Failed))
    }
}
