//! Which mocks run on this machine, which ports are free, and which projects could be run.
//!
//! ```no_run
//! use mockloop_runtime::discover::{PortState, Search, discover};
//!
//! # async fn run() {
//! let found = discover(Search { folders: vec!["generated_mocks".into()], ..Search::default() }).await;
//! for port in &found.ports {
//!     if let PortState::Mock(mock) = &port.state {
//!         println!("{}: {:?}", mock.url, mock.project);
//!     }
//! }
//! # }
//! ```

pub(crate) mod probe;
mod projects;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

pub use self::probe::answers_as_mock;
use self::probe::{Probe, probe};
pub use self::projects::{Database, Features, ProjectInfo};
use crate::control::identity::Life;
use crate::control::registry::Registry;
use crate::process::reachable;

/// The ports that are looked at where none are given, besides those of projects and servers that are known.
pub const PORTS: [u16; 10] = [8000, 8001, 8002, 8003, 8004, 8005, 3000, 3001, 5000, 5001];

/// The most ports that are looked at together.
const TOGETHER: usize = 128;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Search {
    /// The ports to look at, on this machine; where there are none, [`PORTS`] and those of known projects and
    /// servers.
    pub ports: Vec<u16>,
    /// Folders to look for generated projects in and below: four levels, 200 projects at the most.
    pub folders: Vec<PathBuf>,
    /// Where background servers are kept track of, as in [`ControlOptions`](crate::control::ControlOptions).
    pub state_dir: Option<PathBuf>,
    /// How long a port may take to tell what it is. 128 ports are looked at together.
    pub patience: Duration,
}

impl Default for Search {
    fn default() -> Self {
        let patience = Duration::from_millis(700);
        Self { ports: Vec::new(), folders: Vec::new(), state_dir: None, patience }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Discovery {
    /// Every port that was looked at, sorted.
    pub ports: Vec<Port>,
    /// Every generated project in and below the folders, and those of background servers, sorted by path.
    pub projects: Vec<ProjectInfo>,
    /// Whether the folders hold more than was looked at, so that projects may be missing.
    pub is_cut: bool,
}

/// A port of this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Port {
    /// Its number.
    pub port: u16,
    /// Who has it; in JSON, `state` and the fields of the state stand beside `port`.
    #[serde(flatten)]
    pub state: PortState,
}

/// Who has a port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PortState {
    /// Nobody: a connection is refused.
    Free,
    /// Something that is no mock. It was sent one GET at the most.
    Taken {
        /// What little is known of it.
        speaks: Speaks,
    },
    /// A mock.
    Mock(Box<FoundMock>),
}

/// What a foreign server was heard to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Speaks {
    /// HTTP.
    Http,
    /// Something else.
    Other,
    /// Nothing, for as long as was waited.
    Nothing,
}

/// A mock that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoundMock {
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// `healthy`, or `degraded` where it answers, but something else fails, such as its log.
    pub status: String,
    /// How long its health page took, in milliseconds.
    pub response_ms: f64,
    /// Whether it says who it is only to who has its token: then there is no `identity`.
    pub needs_token: bool,
    /// Who it is.
    pub identity: Option<Identity>,
    /// The folder of the project that it runs, where that is known.
    pub project: Option<PathBuf>,
    /// What it is called in [`control`](crate::control), where it was started in the background.
    pub server: Option<String>,
}

/// Who a mock is, as its health page tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// Title of the mocked API.
    pub title: String,
    /// Version of the mocked API.
    pub version: String,
    /// The description that it was generated from.
    pub source: Source,
    /// How many operations it has.
    pub operations: u64,
    /// Version of its admin API.
    pub admin_api: String,
    /// For how many seconds it has run.
    pub uptime_seconds: f64,
    /// Its process; inside of its container, where it has one.
    pub pid: u32,
    /// Its log, an SQLite file; inside of its container, where it has one.
    pub database: PathBuf,
}

/// The description that a mock or a project was generated from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// File name or URL.
    pub name: String,
    /// Its format with the version, such as `openapi-3.0.3`.
    pub format: String,
    /// SHA-256 over all its documents, in hexadecimal.
    pub sha256: String,
}

/// A background server, as far as it is needed here.
#[derive(Debug)]
struct Known {
    id: String,
    address: SocketAddr,
    project: PathBuf,
}

/// Looks at ports and folders, all at once. Needs a tokio runtime with I/O and time.
///
/// Whoever listens is sent one GET of its health page at the most, of which 64 KiB are read at the most: who hangs,
/// drips or answers garbage costs no more than the search's patience.
pub async fn discover(search: Search) -> Discovery {
    let (folders, state_dir) = (search.folders, search.state_dir);
    let files = tokio::task::spawn_blocking(move || {
        let known = known(state_dir.as_deref());
        let (mut projects, is_cut) = projects::find(&folders);
        for server in &known {
            if !projects.iter().any(|project| project.path == server.project) {
                projects.extend(ProjectInfo::read(&server.project));
            }
        }
        projects.sort_by(|a, b| a.path.cmp(&b.path));
        (known, projects, is_cut)
    });
    let (known, mut projects, is_cut) = files.await.unwrap_or_default();
    let mut asked: Vec<u16> = search.ports;
    if asked.is_empty() {
        asked.extend(PORTS);
        asked.extend(projects.iter().map(|project| project.port));
        asked.extend(known.iter().map(|server| server.address.port()));
    }
    asked.retain(|port| *port != 0);
    let mut ports = look(asked, &known, search.patience).await;
    for port in &mut ports {
        if let PortState::Mock(mock) = &mut port.state {
            recognise(port.port, mock, &known, &mut projects);
        }
    }
    Discovery { ports, projects, is_cut }
}

fn known(state_dir: Option<&Path>) -> Vec<Known> {
    let records = Registry::at(state_dir).map(|registry| registry.records()).unwrap_or_default();
    let alive = records.into_iter().filter(|record| record.life() != Life::Ended);
    let known = |record: crate::control::registry::Record| {
        let server = record.server;
        let address = reachable(SocketAddr::new(server.host, server.port));
        Known { id: server.id, address, project: server.project }
    };
    alive.map(known).collect()
}

/// Looks at ports, many together, and sorts what was found.
async fn look(asked: Vec<u16>, known: &[Known], patience: Duration) -> Vec<Port> {
    let mut waiting: BTreeMap<u16, Vec<IpAddr>> =
        asked.into_iter().map(|port| (port, own(port, known))).collect();
    let (mut looking, mut found) = (JoinSet::new(), Vec::new());
    loop {
        while looking.len() < TOGETHER
            && let Some((port, addresses)) = waiting.pop_first()
        {
            looking.spawn(state(port, addresses, patience));
        }
        match looking.join_next().await {
            Some(port) => found.extend(port),
            None => break,
        }
    }
    found.sort_by_key(|port| port.port);
    found
}

/// The addresses of this machine that a server on a port may have: its loopback ones, and where one is known to be.
fn own(port: u16, known: &[Known]) -> Vec<IpAddr> {
    let mut own = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    own.extend(known.iter().filter(|server| server.address.port() == port).map(|server| server.address.ip()));
    own.push(IpAddr::V6(Ipv6Addr::LOCALHOST));
    own
}

/// Who listens on a port, on the first of some addresses where anybody does.
async fn state(port: u16, addresses: Vec<IpAddr>, patience: Duration) -> Port {
    for address in addresses.into_iter().map(|ip| SocketAddr::new(ip, port)) {
        let state = match probe(address, patience).await {
            Probe::Free => continue,
            Probe::Taken(speaks) => PortState::Taken { speaks },
            Probe::Mock { status, identity, took } => PortState::Mock(Box::new(FoundMock {
                url: format!("http://{address}"),
                status,
                response_ms: (took.as_secs_f64() * 1e6).round() / 1e3,
                needs_token: identity.is_none(),
                identity: identity.map(|identity| *identity),
                project: None,
                server: None,
            })),
        };
        return Port { port, state };
    }
    Port { port, state: PortState::Free }
}

/// Finds out which server and which project a mock is.
fn recognise(port: u16, mock: &mut FoundMock, known: &[Known], projects: &mut [ProjectInfo]) {
    let server = known.iter().find(|server| server.address.port() == port);
    mock.server = server.map(|server| server.id.clone());
    let started = server.map(|server| server.project.clone());
    mock.project =
        started.or_else(|| owner(mock.identity.as_ref()?, projects).map(|project| project.path.clone()));
    let project = projects.iter_mut().find(|project| Some(&project.path) == mock.project.as_ref());
    if let Some(project) = project {
        project.running.push(mock.url.clone());
    }
}

/// The project of a mock: among those of the same description, the one that holds its log, or the only one.
fn owner<'a>(mock: &Identity, projects: &'a [ProjectInfo]) -> Option<&'a ProjectInfo> {
    let is_same = |project: &&ProjectInfo| {
        (&project.source.sha256, &project.title, &project.version)
            == (&mock.source.sha256, &mock.title, &mock.version)
    };
    let same: Vec<&ProjectInfo> = projects.iter().filter(is_same).collect();
    let database = std::fs::canonicalize(&mock.database).unwrap_or_else(|_| mock.database.clone());
    let holds_log = same.iter().find(|project| database.starts_with(&project.path));
    match (holds_log, same.as_slice()) {
        (Some(project), _) | (None, [project]) => Some(project),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(path: &str, sha256: &str) -> ProjectInfo {
        let source = Source { name: String::new(), format: String::new(), sha256: sha256.to_owned() };
        ProjectInfo {
            name: path.to_owned(),
            path: path.into(),
            title: "Pets".to_owned(),
            version: "1".to_owned(),
            source,
            port: 8000,
            features: Features { auth: true, webhooks: true, storage: true, admin_ui: true },
            database: None,
            running: Vec::new(),
        }
    }

    fn mock(sha256: &str, database: &str) -> Identity {
        let project = project("", sha256);
        Identity {
            title: project.title,
            version: project.version,
            source: project.source,
            operations: 1,
            admin_api: "1.0.0".to_owned(),
            uptime_seconds: 1.0,
            pid: 1,
            database: database.into(),
        }
    }

    #[test]
    fn a_mock_belongs_to_the_project_with_its_log() {
        let projects = [project("/no/a", "1"), project("/no/b", "1"), project("/no/c", "2")];
        let owner = |sha256, database| owner(&mock(sha256, database), &projects).map(|p| p.name.as_str());
        assert_eq!(owner("1", "/no/b/db/request_logs.db"), Some("/no/b"));
        assert_eq!(owner("1", "/else/where.db"), None);
        assert_eq!(owner("2", "/else/where.db"), Some("/no/c"));
        assert_eq!(owner("3", "/no/a/db/request_logs.db"), None);
    }

    #[test]
    fn the_json_of_a_port_is_flat() -> serde_json::Result<()> {
        let ports = [
            Port { port: 1, state: PortState::Free },
            Port { port: 2, state: PortState::Taken { speaks: Speaks::Nothing } },
        ];
        let text = serde_json::to_string(&ports)?;
        assert_eq!(text, r#"[{"port":1,"state":"free"},{"port":2,"state":"taken","speaks":"nothing"}]"#);
        assert_eq!(serde_json::from_str::<Vec<Port>>(&text)?, ports);
        Ok(())
    }
}
