//! A mock server that runs for as long as a value lives.

use std::collections::VecDeque;
use std::env;
use std::ffi::{OsStr, OsString};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::cache::CacheError;
use crate::process::{self, Launch, Line, ProcessError, Server};
use crate::project::{Project, ProjectError};
use crate::python::{PythonError, Setup};

/// How long a server may take to answer for the first time, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait between two looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(20);

/// The most lines of what a server says that are kept.
const KEPT: usize = 100;

/// Names the Python of a person who has one with all packages.
const PYTHON: &str = "MOCKLOOP_PYTHON";

/// A mock server that runs.
///
/// Dropping it ends the server with all its processes and removes its log, also when a test panics. However
/// this program ends, the server ends with it.
#[derive(Debug)]
pub struct Mock {
    // The server goes before its folder.
    server: Server,
    said: Said,
    url: String,
    port: u16,
    scratch: TempDir,
}

impl Mock {
    /// Where it answers, without a slash at the end: `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The last lines that the server wrote to its standard error, 100 at most.
    #[must_use]
    pub fn output(&self) -> String {
        self.said.text()
    }

    /// Ends the server in order: what it answers now is answered, and what it was asked is logged. Returns
    /// when it has ended, after a few seconds at the most.
    pub fn stop(self) {
        let Self { server, scratch, .. } = self;
        server.stop(|| false);
        drop(scratch);
    }
}

/// Why a mock does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The project can't be unpacked or written.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The project can't be kept.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// There is no Python for it.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// There is no place for its log.
    #[error("can't make a temporary folder")]
    Scratch(#[source] std::io::Error),
    /// The server can't be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The server ended.
    #[error("the server could not start ({status}){}", indented(output))]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote to its standard error.
        output: String,
    },
    /// The server did not answer in time.
    #[error("the server did not answer within {} s{}", timeout.as_secs_f32(), indented(output))]
    Timeout {
        /// How long it had.
        timeout: Duration,
        /// The last lines that it wrote to its standard error.
        output: String,
    },
    /// Nobody waits for it any more.
    #[error("the start was given up")]
    Abandoned,
}

fn indented(output: &str) -> String {
    output.lines().flat_map(|line| ["\n  ", line]).collect()
}

/// Starts a mock with choices.
///
/// ```no_run
/// # use mockloop_runtime::Project;
/// # fn example(project: &Project) -> Result<(), mockloop_runtime::StartError> {
/// let mock = project.configure().port(8000).env("MOCKLOOP_AUTH", "off").start_blocking()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is started before `start` or `start_blocking`"]
pub struct MockBuilder {
    project: Project,
    port: u16,
    variables: Vec<(OsString, OsString)>,
    python: Option<PathBuf>,
    timeout: Duration,
}

impl MockBuilder {
    pub(crate) fn new(project: Project) -> Self {
        let python = env::var_os(PYTHON).filter(|python| !python.is_empty()).map(PathBuf::from);
        Self { project, port: 0, variables: Vec::new(), python, timeout: PATIENCE }
    }

    /// The port to listen on; any free one unless told.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// A variable in the server's environment; the project's `.env.example` tells which there are.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// A Python that has the project's packages already, in place of the environment that is made. The
    /// environment variable `MOCKLOOP_PYTHON` does the same.
    pub fn python(self, program: impl Into<PathBuf>) -> Self {
        Self { python: Some(program.into()), ..self }
    }

    /// How long the server may take to answer for the first time, 60 seconds unless told. The time that
    /// preparing a Python environment takes does not count.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Starts the mock; it answers when this returns. Dropping the future ends what has been started.
    ///
    /// # Errors
    ///
    /// As [`Project::start`].
    pub async fn start(self) -> Result<Mock, StartError> {
        let (sender, receiver) = oneshot::channel();
        // A thread of its own asks for no runtime of any kind.
        thread::spawn(move || {
            let started = self.run(|| sender.is_closed());
            // Where nobody waits any more, the mock ends here.
            drop(sender.send(started));
        });
        receiver.await.unwrap_or(Err(StartError::Abandoned))
    }

    /// Like [`start`](Self::start), for code that is not async.
    ///
    /// # Errors
    ///
    /// As [`Project::start`].
    pub fn start_blocking(self) -> Result<Mock, StartError> {
        self.run(|| false)
    }

    fn run(&self, abandoned: impl Fn() -> bool) -> Result<Mock, StartError> {
        let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        if self.port != 0 {
            process::free_address(asked.ip(), asked.port())?;
        }
        let folder = self.project.cached()?;
        let python = Setup::default().python(self.python.as_deref()).prepare(&folder)?;
        let scratch = tempfile::Builder::new().prefix("mockloop-").tempdir().map_err(StartError::Scratch)?;
        let launch = Launch::new(&python, &folder, asked)
            .scratch(scratch.path())
            .env("MOCKLOOP_DATABASE", scratch.path().join("request_logs.db"));
        let launch = self.variables.iter().fold(launch, |launch, (name, value)| launch.env(name, value));
        let said = Said::default();
        let mut server = launch.start(said.listener())?;
        let deadline = Instant::now() + self.timeout;
        while !server.is_healthy() {
            if let Some(status) = server.ended() {
                server.end();
                return Err(StartError::Ended { status, output: said.text() });
            }
            if abandoned() {
                return Err(StartError::Abandoned);
            }
            if Instant::now() > deadline {
                server.end();
                return Err(StartError::Timeout { timeout: self.timeout, output: said.text() });
            }
            thread::sleep(PAUSE);
        }
        let port = server.address().map_or(self.port, |address| address.port());
        Ok(Mock { server, said, url: format!("http://127.0.0.1:{port}"), port, scratch })
    }
}

/// The last lines that a server wrote to its standard error.
#[derive(Clone, Debug, Default)]
struct Said(Arc<Mutex<VecDeque<String>>>);

impl Said {
    fn listener(&self) -> impl Fn(Line) + Clone + Send + 'static {
        let said = self.clone();
        move |line| {
            if let Line::Complained(line) = line {
                let mut lines = said.0.lock().unwrap_or_else(PoisonError::into_inner);
                if lines.len() == KEPT {
                    lines.pop_front();
                }
                lines.push_back(line);
            }
        }
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let said = Said::default();
        let hear = said.listener();
        (0..250).for_each(|n| hear(Line::Complained(n.to_string())));
        hear(Line::Printed("else".to_owned()));
        let text = said.text();
        assert!(text.starts_with("150\n151\n") && text.ends_with("\n249"), "{text}");
        assert_eq!(text.lines().count(), KEPT);
    }
}
