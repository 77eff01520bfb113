//! Starting a server, so that either it runs and is known, or nothing of it is left.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::identity::{self, Identity, Life};
use super::registry::{Record, Registry};
use super::select::Among;
use super::{ControlError, Controller, Mode, RunningServer, ServerState, StartOptions, output, select};
use crate::discover::ProjectInfo;
use crate::discover::probe::{Probe, probe};
use crate::process::{self, Background, Launch, reachable};
use crate::python::Setup;

/// The variable that the admin token is in.
pub(super) const TOKEN: &str = "MOCKLOOP_ADMIN_TOKEN";

/// How long a server that starts may take to answer one question.
const ANSWER: Duration = Duration::from_secs(1);

/// How long to wait between two looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(25);

/// The lines of a server's output that an error tells.
const TOLD: usize = 20;

/// How long a server may take to end before it is killed, where it is started again.
const GRACE: Duration = Duration::from_secs(5);

/// How often another port is tried, where someone takes a free one first.
const TRIES: u32 = 3;

/// A process that is to be started.
struct Plan {
    project: ProjectInfo,
    name: String,
    address: SocketAddr,
    variables: Vec<(String, String)>,
    /// The Python that was asked for.
    asked: Option<PathBuf>,
    /// The Python that runs it.
    python: PathBuf,
    patience: Duration,
}

impl Controller {
    /// Starts a server in the background; it answers when this returns.
    ///
    /// The first start prepares a Python environment and keeps it for the next ones, which may take a minute.
    /// Dropping the future ends what has been started. Nothing of the caller's standard streams is passed on.
    ///
    /// # Errors
    ///
    /// Where the port is taken, the folder is no project, there is no Python, or the server does not answer in time;
    /// the message says what the server said. Then none is left.
    pub async fn start(&self, options: StartOptions) -> Result<RunningServer, ControlError> {
        let project = ProjectInfo::read(&options.project);
        let project = project.ok_or_else(|| ControlError::NotProject(options.project.clone()))?;
        let name = match &options.name {
            Some(name) if select::is_name(name) => name.clone(),
            Some(name) => return Err(ControlError::Name(name.clone())),
            None => select::name_of(&project.name),
        };
        if options.mode == Mode::Container {
            return self.engines.start(&self.registry, &project, name, options).await;
        }
        let mut variables = options.env;
        variables.extend(options.token.map(|token| (TOKEN.to_owned(), token)));
        let address = SocketAddr::new(options.host, options.port.unwrap_or(0));
        if options.port.is_some() {
            // Before a Python is prepared for nothing.
            self.free(address).await?;
        }
        let python = prepare(options.python.clone(), project.path.clone()).await?;
        let (asked, patience) = (options.python, options.patience);
        let plan = Plan { project, name, address, variables, asked, python, patience };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.launch(&plan).await {
                Err(ControlError::Ended { output, .. })
                    if plan.address.port() == 0 && tries < TRIES && is_taken(&output) => {}
                started => return started,
            }
        }
    }

    /// Ends a server, and starts it again as it was, on the same port. One that has ended by itself is only started.
    ///
    /// Dropping the future leaves the server as it is for as long as it was not stopped. After that the restart goes
    /// on, in a task of the same runtime.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop) and [`start`](Self::start). Where the values of its variables are known no longer,
    /// which happens on systems other than Linux and to secrets of a server that has ended, it stays as it is.
    pub async fn restart(&self, selector: &str) -> Result<RunningServer, ControlError> {
        let record = self.pick(selector, Among::Known).await?;
        self.registry.reach(&record)?;
        let server = &record.server;
        let project = ProjectInfo::read(&server.project);
        let project = project.ok_or_else(|| ControlError::NotProject(server.project.clone()))?;
        if server.mode == Mode::Container {
            return self.engines.restart(server).await;
        }
        let plan = Plan {
            python: prepare(record.python.clone(), project.path.clone()).await?,
            project,
            name: server.name.clone(),
            address: SocketAddr::new(server.host, server.port),
            variables: remembered(&record)?,
            asked: record.python.clone(),
            patience: StartOptions::new("").patience,
        };
        let (controller, id) = (self.clone(), server.id.clone());
        let has_ended = record.life() == Life::Ended;
        let again = tokio::spawn(async move {
            if !has_ended {
                controller.stop(&id, GRACE).await?;
            }
            controller.launch(&plan).await
        });
        again.await.map_err(|_| ControlError::Abandoned)?
    }

    /// Whether an address can be listened on; else who is in the way.
    async fn free(&self, address: SocketAddr) -> Result<SocketAddr, ControlError> {
        let (running, _) = self.sweep().await?;
        free(running, address)
    }

    async fn launch(&self, plan: &Plan) -> Result<RunningServer, ControlError> {
        // Who is swept away now is not in the way below.
        self.sweep().await?;
        let starting = {
            let _lock = self.registry.lock().await?;
            Starting::begin(&self.registry, plan)?
        };
        starting.healthy(plan.patience).await
    }
}

/// A place to listen. One that a background server has, or is about to have, is told by that server.
fn free(running: Vec<Record>, address: SocketAddr) -> Result<SocketAddr, ControlError> {
    let in_the_way = running.into_iter().map(|record| record.server).find(|server| {
        let is_all = server.host.is_unspecified() || address.ip().is_unspecified();
        server.port == address.port() && (is_all || server.host == address.ip())
    });
    match in_the_way {
        Some(server) => Err(ControlError::AlreadyRunning(Box::new(server))),
        None => Ok(process::free_address(address.ip(), address.port())?),
    }
}

/// Whether a server ended because somebody else had its port.
fn is_taken(output: &[String]) -> bool {
    output.iter().any(|line| line.starts_with("can't listen on"))
}

/// Prepares a Python on a thread of its own, which a runtime need not wait for, and which ends what it installs where
/// nobody waits for that any more.
async fn prepare(asked: Option<PathBuf>, project: PathBuf) -> Result<PathBuf, ControlError> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let is_wanted = || !sender.is_closed();
        let prepared = Setup::default().python(asked.as_deref()).is_wanted(&is_wanted).prepare(&project);
        drop(sender.send(prepared));
    });
    Ok(receiver.await.map_err(|_| ControlError::Abandoned)??)
}

/// The variables that a server was started with: as its process has them, else as they are kept or the caller has them.
fn remembered(record: &Record) -> Result<Vec<(String, String)>, ControlError> {
    // The number of a process that has ended may be another's.
    let mut known = match (record.life(), record.server.pid) {
        (Life::Running, Some(pid)) => identity::environment(pid, &record.variables),
        _ => record.settings.clone(),
    };
    let mut missing = record.variables.clone();
    missing.retain(|name| !known.iter().any(|(known, _)| known == name));
    known.extend(missing.iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?))));
    missing.retain(|name| !known.iter().any(|(known, _)| known == name));
    if missing.is_empty() {
        return Ok(known);
    }
    Err(ControlError::Forgotten { id: record.server.id.clone(), variables: missing })
}

/// The names of the variables that make a server what it is.
fn names(variables: &[(String, String)]) -> Vec<String> {
    let given = variables.iter().map(|(name, _)| name.clone());
    let own = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let others = ["MOCKLOOP_STATE_DIR", "MOCKLOOP_PYTHON", process::FOREIGN_TOKEN];
    let ours = own.filter(|name| name.starts_with("MOCKLOOP_") && !others.contains(&name.as_str()));
    let mut names: Vec<String> = given.chain(ours).collect();
    names.sort();
    names.dedup();
    names
}

/// The values of the mock's own settings, without any that may be secret.
fn settings(variables: &[(String, String)], names: &[String]) -> Vec<(String, String)> {
    let is_open = |name: &&String| {
        name.starts_with("MOCKLOOP_")
            && !["TOKEN", "SECRET", "KEY", "PASS"].iter().any(|part| name.contains(part))
    };
    let value = |name: &String| {
        let given = variables.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.clone());
        given.or_else(|| std::env::var(name).ok())
    };
    names.iter().filter(is_open).filter_map(|name| Some((name.clone(), value(name)?))).collect()
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// What is known of a server that starts now.
pub(super) fn server(project: &ProjectInfo, name: &str, address: SocketAddr, mode: Mode) -> RunningServer {
    RunningServer {
        id: format!("{name}-{}", address.port()),
        name: name.to_owned(),
        title: project.title.clone(),
        version: project.version.clone(),
        project: project.path.clone(),
        url: format!("http://{}", reachable(address)),
        host: address.ip(),
        port: address.port(),
        pid: None,
        started_at: now(),
        mode,
        state: ServerState::Starting,
    }
}

/// A process that does not answer yet. Dropping it ends it, and it is forgotten; should this program be killed, it
/// ends by itself.
struct Starting<'a> {
    registry: &'a Registry,
    record: Record,
    /// One of the same id that has ended: it stays known unless this one takes its place.
    earlier: Option<Record>,
    process: Option<Background>,
}

impl<'a> Starting<'a> {
    /// Starts a process and makes it known. The registry has to be locked.
    fn begin(registry: &'a Registry, plan: &Plan) -> Result<Self, ControlError> {
        let mut running = registry.records();
        running.retain(|record| record.life() != Life::Ended);
        let address = free(running, plan.address)?;
        let mut server = server(&plan.project, &plan.name, address, Mode::Process);
        let earlier = registry.records().into_iter().find(|record| record.server.id == server.id);
        if let Some(other) = earlier.as_ref().filter(|record| record.life() != Life::Ended) {
            return Err(ControlError::AlreadyRunning(Box::new(other.server.clone())));
        }
        registry.forget_outputs();
        let output = registry.new_output(&server.id)?;
        let launch = Launch::new(&plan.python, &plan.project.path, address);
        let launch = plan.variables.iter().fold(launch, |launch, (name, value)| launch.env(name, value));
        let process = launch.start_into(output)?;
        let pid = process.pid();
        server.pid = Some(pid);
        let names = names(&plan.variables);
        let record = Record {
            server,
            // One that has ended already is found out about below.
            process: Identity::of(pid).map_err(ControlError::Unsupported)?,
            python: plan.asked.clone(),
            settings: settings(&plan.variables, &names),
            variables: names,
        };
        let starting = Self { registry, record, earlier, process: Some(process) };
        registry.write(&starting.record)?;
        Ok(starting)
    }

    /// Waits until the server answers, and lets it go on by itself.
    async fn healthy(mut self, patience: Duration) -> Result<RunningServer, ControlError> {
        let address = reachable((self.record.server.host, self.record.server.port).into());
        let deadline = Instant::now() + patience;
        let status = loop {
            // Looked at first: who answers while this one runs is this one, as it listens before all else.
            if let Some(status) = self.process.as_mut().and_then(Background::ended) {
                return Err(ControlError::Ended { status, output: self.output() });
            }
            if let Probe::Mock { status, .. } = probe(address, ANSWER).await {
                break status;
            }
            if Instant::now() > deadline {
                return Err(ControlError::Timeout { patience, output: self.output() });
            }
            tokio::time::sleep(PAUSE).await;
        };
        let is_well = status == "healthy";
        self.record.server.state = if is_well { ServerState::Healthy } else { ServerState::Degraded };
        let _lock = self.registry.lock().await?;
        self.registry.write(&self.record)?;
        if let Some(process) = self.process.take() {
            // It is known by now. Where it has ended this moment, the next one to look will see that.
            let _ = process.stay();
        }
        Ok(self.record.server.clone())
    }

    fn output(&self) -> Vec<String> {
        let lines = output::last_lines(&self.registry.output(&self.record.server.id), TOLD + 1);
        let mut lines = lines.unwrap_or_default();
        lines.retain(|line| !process::is_own(line));
        lines.drain(..lines.len().saturating_sub(TOLD));
        lines
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // For as long as it runs, nobody else can have its place.
            self.registry.remove(&self.record);
            if let Some(earlier) = &self.earlier {
                let _ = self.registry.write(earlier);
            }
            drop(process);
        }
    }
}
