//! What the end-to-end tests share: the real command, and a real server behind it.

mod background;
pub mod http;
mod mock;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
pub use background::Background;
pub use mock::Mock;

/// How long the tests of one program may take, on a machine that is busy otherwise too.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a condition holds; an error that says what did not happen where it never does.
pub fn wait_until(what: &str, condition: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !condition()? {
        anyhow::ensure!(Instant::now() < deadline, "it never happened that {what}");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// A description in `tests/specs`.
#[must_use]
pub fn spec(name: &str) -> PathBuf {
    root().join("tests/specs").join(name)
}

/// The example that the README runs.
#[must_use]
pub fn petstore() -> PathBuf {
    root().join("examples/specs/petstore.yaml")
}

/// The `mockloop` command, built with the tests' profile, as a person's shell would start it. Python
/// environments are made by the command itself and kept in the target folder.
#[must_use]
pub fn mockloop() -> Command {
    let mut command = Command::new(built());
    command.stdin(Stdio::null()).env("XDG_CACHE_HOME", cache());
    for variable in [
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
        "MOCKLOOP_PYTHON",
        "MOCKLOOP_STATE_DIR",
        "MOCKLOOP_ADMIN_TOKEN",
    ] {
        command.env_remove(variable);
    }
    command
}

/// The folder of the target folder that programs of this profile are in.
fn products() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    test.ancestors().nth(2).unwrap_or(&test).to_owned()
}

fn cache() -> PathBuf {
    products().parent().map(Path::to_owned).unwrap_or_default().join("cache")
}

/// Ends a test program that hangs: what waits for something that never comes has failed.
#[expect(clippy::print_stderr, reason = "nobody else is there to say it")]
fn watch() {
    thread::sleep(LONGEST);
    eprintln!("the tests did not end within {} s", LONGEST.as_secs());
    std::process::abort();
}

/// Builds the command once per test program: cargo does it for the tests of its own package only.
///
/// With the features of all packages, so that what the tests are built with serves for it too.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        thread::spawn(watch);
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.current_dir(root()).args(["build", "--quiet", "--workspace", "--bin", "mockloop"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        if let Some(target) = products().parent() {
            build.arg("--target-dir").arg(target);
        }
        let status = build.status();
        assert!(status.is_ok_and(|status| status.success()), "the command can't be built");
        products().join(format!("mockloop{}", std::env::consts::EXE_SUFFIX))
    })
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status; none where a signal ended it.
    pub status: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs `mockloop` with arguments in the repository's root.
pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> anyhow::Result<Ran> {
    let output = mockloop().current_dir(root()).args(arguments).output();
    Ok(output.context("can't run mockloop")?.into())
}

/// Runs `mockloop` with arguments and a standard input.
pub fn run_with_input<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
) -> anyhow::Result<Ran> {
    use std::io::Write as _;

    let mut command = mockloop();
    command.current_dir(root()).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no standard input")?.write_all(input)?;
    Ok(child.wait_with_output()?.into())
}
