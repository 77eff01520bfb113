//! A mock server that runs for as long as it is needed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use crate::python::Python;
use crate::steps::{cargo, must, target};

/// Builds the command; gives its path.
pub(crate) fn build(dev: bool) -> anyhow::Result<PathBuf> {
    let profile = if dev { "debug" } else { "release" };
    let mut build = cargo();
    build.args(["build", "--quiet", "--bin", "mockloop"]);
    // With the features of all packages, an unoptimised build takes what the tests have built.
    build.args(if dev { &["--workspace"][..] } else { &["--release", "-p", "mockloop-cli"] });
    must(&mut build)?;
    Ok(target().join(profile).join(format!("mockloop{}", std::env::consts::EXE_SUFFIX)))
}

/// Generates the project of a description.
pub(crate) fn generate(mockloop: &Path, spec: &Path, project: &Path, more: &[&str]) -> anyhow::Result<()> {
    quietly(Command::new(mockloop).arg("generate").arg(spec).arg("-o").arg(project).args(more))
}

/// Runs a command that has to succeed, and is of no interest else.
pub(crate) fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let (said, complained) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{} failed: {} {}", command.get_program().display(), said.trim(), complained.trim());
    }
    Ok(())
}

/// A running server; it ends when this is dropped.
pub(crate) struct Mock {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
}

impl Mock {
    /// Starts a project on a free port, with one more variable in its environment.
    pub(crate) fn start(
        mockloop: &Path,
        python: &Python,
        project: &Path,
        env: Option<(&str, &str)>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(mockloop);
        command.envs(env);
        command.arg("run").arg(project).args(["--port", "0", "--python"]).arg(python.program("python"));
        let log = std::fs::File::create(project.with_extension("log"))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().context("can't run mockloop")?;
        let stdout = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let url = lines.by_ref().find_map(|line| Some(line.trim().strip_prefix("mock")?.trim().to_owned()));
        let mut mock = Self { child, url: String::new() };
        let Some(url) = url else {
            let status = mock.child.wait()?;
            let said = std::fs::read_to_string(project.with_extension("log")).unwrap_or_default();
            bail!("the server did not start ({status}): {}", said.trim());
        };
        mock.url = url;
        // Request lines have to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(mock)
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // The server ends with the command.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
