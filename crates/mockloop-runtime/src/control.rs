//! Mocks in the background: they outlive the program that starts them, and every program of the same user finds
//! them.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use mockloop_runtime::control::{ControlOptions, Controller, StartOptions};
//!
//! # async fn run() -> Result<(), mockloop_runtime::control::ControlError> {
//! let controller = Controller::new(ControlOptions::default())?;
//! let server = controller.start(StartOptions::new("generated_mocks/petstore_mock")).await?;
//! println!("{} answers at {}", server.id, server.url);
//!
//! // Later, or from another program:
//! controller.stop("petstore_mock", Duration::from_secs(5)).await?;
//! # Ok(()) }
//! ```
//!
//! What runs is kept in `$MOCKLOOP_STATE_DIR`, else `$XDG_STATE_HOME/mockloop`, else `~/.local/state/mockloop` (or
//! where the system keeps such things): a file for each server, and a file with what it has written, both for nobody
//! else to read. One that crashes stays known until it is started again or stopped. Of the values of variables only
//! those of the mock's own settings are kept, without which it could not be started again as it was; none that may be
//! secret, such as the admin token.
//!
//! Everything here needs a tokio runtime with I/O and time.

mod container;
mod error;
pub(crate) mod identity;
mod output;
pub(crate) mod registry;
mod select;
mod start;
mod stop;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use self::container::Engines;
pub use self::error::ControlError;
use self::identity::Life;
pub use self::registry::state_dir;
use self::registry::{Record, Registry};
use self::select::Among;
use crate::discover::probe::{Probe, probe};
use crate::process::reachable;

/// How long a server may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a [`Controller`] works.
#[derive(Clone, Debug, Default)]
pub struct ControlOptions {
    /// The folder to keep track of servers in; where the user's environment says unless told.
    pub state_dir: Option<PathBuf>,
    /// The programs that can drive containers, each with the arguments that all of its commands begin with, such as
    /// `podman compose`; the first that works does it. Where there are none, `docker compose` and `docker-compose`.
    pub engines: Vec<Vec<String>>,
}

/// Starts, finds and stops background servers.
///
/// Any number of controllers, in any number of programs, may work on one folder at once.
#[derive(Clone, Debug)]
pub struct Controller {
    registry: Registry,
    engines: Engines,
}

/// What to start, and how.
///
/// ```
/// use mockloop_runtime::control::StartOptions;
///
/// let options = StartOptions { port: Some(8010), ..StartOptions::new("petstore_mock") };
/// ```
#[derive(Clone)]
pub struct StartOptions {
    /// The folder of a generated project.
    pub project: PathBuf,
    /// What to call the server; like the project unless told.
    pub name: Option<String>,
    /// The port to listen on; any free one unless told. That of a container is in its `docker-compose.yml`.
    pub port: Option<u16>,
    /// The address to listen on; this machine alone unless told.
    pub host: IpAddr,
    /// Variables of the server's environment, beside the caller's own; the project's `.env.example` tells which
    /// there are. Those of a container are for `docker-compose.yml` to use.
    pub env: Vec<(String, String)>,
    /// The token that the admin API is to ask for.
    pub token: Option<String>,
    /// As what it runs.
    pub mode: Mode,
    /// How long the server may take to answer for the first time, 60 seconds unless told. Preparing a Python
    /// environment and building an image do not count.
    pub patience: Duration,
    /// A Python that has the project's packages already, in place of the environment that is made; what
    /// `MOCKLOOP_PYTHON` names unless told.
    pub python: Option<PathBuf>,
}

impl StartOptions {
    /// A project on a free port of this machine, as a process.
    #[must_use]
    pub fn new(project: impl Into<PathBuf>) -> Self {
        Self {
            project: project.into(),
            name: None,
            port: None,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            env: Vec::new(),
            token: None,
            mode: Mode::Process,
            patience: Duration::from_secs(60),
            python: std::env::var_os("MOCKLOOP_PYTHON")
                .filter(|python| !python.is_empty())
                .map(PathBuf::from),
        }
    }
}

impl fmt::Debug for StartOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No value of a variable: it may be secret.
        let Self { project, name, port, host, env, mode, .. } = self;
        let env: Vec<&str> = env.iter().map(|(name, _)| name.as_str()).collect();
        let mut shown = f.debug_struct("StartOptions");
        shown.field("project", project).field("name", name).field("port", port).field("host", host);
        shown.field("env", &env).field("mode", mode).finish_non_exhaustive()
    }
}

/// As what a server runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// A process of this machine.
    #[default]
    Process,
    /// A container that `docker compose` runs.
    Container,
}

/// A background server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunningServer {
    /// What it is called, and nothing else is: name and port, such as `petstore_mock-8000`.
    pub id: String,
    /// Its name: the project's, unless another was given.
    pub name: String,
    /// Title of the mocked API.
    pub title: String,
    /// Version of the mocked API.
    pub version: String,
    /// The project's folder, absolute.
    pub project: PathBuf,
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// The address that it listens on.
    pub host: IpAddr,
    /// The port that it listens on.
    pub port: u16,
    /// Its process; none for a container.
    pub pid: Option<u32>,
    /// When it was started, in seconds since 1970 (Unix time).
    pub started_at: u64,
    /// As what it runs.
    pub mode: Mode,
    /// How it is.
    pub state: ServerState,
}

/// How a background server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServerState {
    /// It was started, and did not answer yet.
    Starting,
    /// It answers.
    Healthy,
    /// It answers, but something else fails, such as its log; its health page tells what.
    Degraded,
    /// It runs, and does not answer as a mock does.
    Silent,
    /// It ended, and nobody stopped it.
    Ended,
    /// It was stopped.
    Stopped,
}

/// All background servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Servers {
    /// Those that run, sorted by id.
    pub running: Vec<RunningServer>,
    /// Those that nobody stopped and that run no longer, sorted by id. A process stays known until it is started
    /// again or stopped; a container is told once. What they have written can be read.
    pub ended: Vec<RunningServer>,
}

impl Controller {
    /// A controller; nothing is done yet.
    ///
    /// # Errors
    ///
    /// Where the environment names no folder to keep track of servers in.
    pub fn new(options: ControlOptions) -> Result<Self, ControlError> {
        let registry = Registry::at(options.state_dir.as_deref())?;
        Ok(Self { registry, engines: Engines::new(options.engines) })
    }

    /// The servers that run, sorted by id.
    ///
    /// # Errors
    ///
    /// Where the registry can't be used.
    pub async fn list(&self) -> Result<Vec<RunningServer>, ControlError> {
        Ok(self.servers().await?.running)
    }

    /// The servers that run, and those that have ended without being stopped.
    ///
    /// # Errors
    ///
    /// Where the registry can't be used.
    pub async fn servers(&self) -> Result<Servers, ControlError> {
        let (running, mut stopped) = self.sweep().await?;
        let mut looking = JoinSet::new();
        for record in running {
            looking.spawn(async move { seen(record.server).await });
        }
        let mut running = looking.join_all().await;
        running.sort_by(|a, b| a.id.cmp(&b.id));
        stopped.sort_by(|a, b| a.server.id.cmp(&b.server.id));
        let ended = |record: Record| RunningServer { state: ServerState::Ended, ..record.server };
        let ended = stopped.into_iter().map(ended).collect();
        Ok(Servers { running, ended })
    }

    /// The server of an id, a name, a port, an address such as `http://127.0.0.1:8000`, or a project's folder.
    ///
    /// # Errors
    ///
    /// Where none, or more than one, is meant; where the registry can't be used.
    pub async fn find(&self, selector: &str) -> Result<RunningServer, ControlError> {
        Ok(seen(self.pick(selector, Among::Running).await?.server).await)
    }

    /// Other servers that run with the same database as one: they share its log, scenarios and storage.
    ///
    /// That is the project's own, unless `MOCKLOOP_DATABASE` was given.
    ///
    /// # Errors
    ///
    /// Where the registry can't be used.
    pub async fn sharing(&self, server: &RunningServer) -> Result<Vec<RunningServer>, ControlError> {
        let (running, _) = self.sweep().await?;
        let own = running.iter().find(|record| record.server.id == server.id).map(Record::database);
        let is_shared = |record: &&Record| {
            record.server.id != server.id
                && record.server.mode == server.mode
                && Some(record.database()) == own
        };
        Ok(running.iter().filter(is_shared).map(|record| record.server.clone()).collect())
    }

    /// The last lines that a server has written since it was started; at the most `lines`, and 256 KiB. A server
    /// that has ended is found by its id.
    ///
    /// # Errors
    ///
    /// Where no such server is known, or the registry can't be used.
    pub async fn output(&self, selector: &str, lines: usize) -> Result<Vec<String>, ControlError> {
        let id = match self.pick(selector, Among::Known).await {
            Ok(Record { server, .. }) if server.mode == Mode::Container => {
                return self.engines.output(&server, lines).await;
            }
            Ok(record) => record.server.id,
            Err(ControlError::Unknown { .. })
                if select::is_name(selector) && self.registry.output(selector).is_file() =>
            {
                selector.to_owned()
            }
            Err(error) => return Err(error),
        };
        let path = self.registry.output(&id);
        output::last_lines(&path, lines).map_err(error::io("read", &path))
    }

    /// The servers that run, and those that have ended. Containers that have are forgotten.
    async fn sweep(&self) -> Result<(Vec<Record>, Vec<Record>), ControlError> {
        // An engine takes its time to tell, in which others need not wait.
        let mut stopped = Vec::new();
        for record in self.registry.records() {
            if record.server.mode == Mode::Container && self.engines.is_stopped(&record.server).await {
                stopped.push(record.server.id);
            }
        }
        let _lock = self.registry.lock().await?;
        let (running, ended): (Vec<Record>, Vec<Record>) =
            self.registry.records().into_iter().partition(|record| match record.life() {
                Life::Running => true,
                Life::Ended => false,
                Life::Unknown => !stopped.contains(&record.server.id),
            });
        for record in ended.iter().filter(|record| record.server.mode == Mode::Container) {
            self.registry.remove(record);
        }
        Ok((running, ended))
    }
}

/// A server as it is now.
async fn seen(mut server: RunningServer) -> RunningServer {
    let address = reachable((server.host, server.port).into());
    server.state = match probe(address, PATIENCE).await {
        Probe::Mock { status, .. } if status == "healthy" => ServerState::Healthy,
        Probe::Mock { .. } => ServerState::Degraded,
        _ if server.state == ServerState::Starting => ServerState::Starting,
        _ => ServerState::Silent,
    };
    server
}
