//! What the clients talk to, and how they are run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::python::Python;
use crate::steps::{cargo, must, say, shown, target};

/// How long a client has.
const LIMIT: Duration = Duration::from_secs(180);

/// The MCP server, the mocks' Python, and a folder for what the clients leave.
pub(crate) struct Peers {
    /// The program `mockloop-mcp`.
    pub(crate) server: PathBuf,
    /// Where files of these runs are.
    pub(crate) folder: PathBuf,
    mockloop: PathBuf,
    python: PathBuf,
}

impl Peers {
    /// Builds what is needed.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let python = Python::prepare()?.program("python");
        // With the features of the whole workspace, as the tests build them: nothing is built twice.
        must(cargo().args([
            "build",
            "--quiet",
            "--workspace",
            "--bin",
            "mockloop-mcp",
            "--bin",
            "mockloop",
        ]))?;
        let program =
            |name: &str| target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let folder = target().join("mcp");
        fs::create_dir_all(&folder)?;
        Ok(Self { server: program("mockloop-mcp"), mockloop: program("mockloop"), folder, python })
    }

    /// Runs a client that has to succeed in time and to leave no mock behind; gives what it printed.
    ///
    /// Its output goes to files named `log`, and to the terminal only where it failed.
    pub(crate) fn run(&self, log: &str, command: &mut Command) -> anyhow::Result<String> {
        let done = self.leaves(log, command);
        let left = self.stop_all()?;
        let printed = done?;
        ensure!(left == 0, "{log} left {left} mocks running");
        Ok(printed)
    }

    /// As [`run`](Self::run), but mocks may run on.
    pub(crate) fn leaves(&self, log: &str, command: &mut Command) -> anyhow::Result<String> {
        say(&format!("$ {}", shown(command)));
        let (out, err) = (self.folder.join(format!("{log}.out")), self.folder.join(format!("{log}.err")));
        self.settle(command).stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?);
        let mut child = command.spawn().with_context(|| format!("can't run {}", shown(command)))?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if begun.elapsed() > LIMIT {
                child.kill()?;
                child.wait()?;
                break None;
            }
            sleep(Duration::from_millis(20));
        };
        let read =
            |file: &Path| fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()));
        let (printed, complained) = (read(&out)?, read(&err)?);
        match status {
            Some(status) if status.success() => Ok(printed),
            Some(status) => bail!("{log} failed ({status})\n{printed}\n{complained}"),
            None => bail!("{log} did not end within {} s\n{printed}\n{complained}", LIMIT.as_secs()),
        }
    }

    /// Gives a command the mocks' Python, and a record of running mocks that is ours alone.
    pub(crate) fn settle<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("MOCKLOOP_STATE_DIR", self.folder.join("state"))
            .env("MOCKLOOP_PYTHON", &self.python)
            .env("MCP_CATALOG_PATH", self.folder.join("inspector.json"))
            .env("NO_COLOR", "1")
    }

    /// Ends all mocks of these runs; how many there were.
    pub(crate) fn stop_all(&self) -> anyhow::Result<usize> {
        let listed = self.settle(Command::new(&self.mockloop).args(["ps", "--format", "json"])).output()?;
        let listed: Value = serde_json::from_slice(&listed.stdout)
            .with_context(|| String::from_utf8_lossy(&listed.stderr).into_owned())?;
        let running = listed["running"].as_array().context("no list of running mocks")?;
        for server in running {
            let id = server["id"].as_str().context("a mock without an id")?;
            must(self.settle(Command::new(&self.mockloop).args(["stop", id])))?;
        }
        Ok(running.len())
    }
}
