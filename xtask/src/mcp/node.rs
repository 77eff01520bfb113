//! Node and packages of npm, at the versions that lock files name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::steps::{must, root, say, target};

/// The program npm, whose name is another on Windows.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// A Node that is new enough for the clients, with them.
pub(crate) struct Node {
    modules: PathBuf,
}

impl Node {
    /// Installs what `xtask/mcp/package.json` names into the target folder.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let folder = target().join("mcp/node");
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(root().join("xtask/mcp").join(file), folder.join(file))?;
        }
        install(&folder)?;
        Ok(Self { modules: folder.join("node_modules") })
    }

    /// The program.
    pub(crate) fn program(&self) -> PathBuf {
        self.modules.join("node/bin").join(format!("node{}", std::env::consts::EXE_SUFFIX))
    }

    /// A script of a package, to be run.
    pub(crate) fn script(&self, path: &str) -> Command {
        let mut command = Command::new(self.program());
        command.arg(self.modules.join(path));
        command
    }
}

/// Installs the packages of a folder, or nothing where they are there.
pub(crate) fn install(folder: &Path) -> anyhow::Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).with_context(|| format!("can't read {}", lock.display()))?;
    let marker = folder.join("node_modules/.installed");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say(&format!("Installing pinned npm packages into {}", folder.display()));
    // Not `npm ci`: it refuses a lock that lacks an optional package which the registry does not have.
    let install = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
    must(Command::new(NPM).args(install).current_dir(folder))?;
    fs::write(marker, wanted)?;
    Ok(())
}

/// Whether there is npm at all.
pub(crate) fn has_npm() -> bool {
    let mut command = Command::new(NPM);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
