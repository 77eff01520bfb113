//! Why a background server can't be started, found or stopped.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use super::RunningServer;
use crate::process::ProcessError;
use crate::python::PythonError;

/// Why a background server can't be started, found or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// There is no place for the registry.
    #[error("no folder to keep track of servers in: set MOCKLOOP_STATE_DIR")]
    Nowhere,
    /// A file or folder can't be used.
    #[error("can't {action} {}", path.display())]
    Io {
        /// What should be done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Someone else keeps the registry for too long.
    #[error("another program holds {} for more than 10 s: end it, and try again", .0.display())]
    Busy(PathBuf),
    /// Processes can't be told apart on this system.
    #[error(
        "servers can't be kept in the background on this system: run them with `mockloop run`, or in a container"
    )]
    Unsupported(#[source] std::io::Error),
    /// The folder is no project.
    #[error(
        "{} holds no generated project that this version can run\n  `mockloop generate SPEC -o DIR` writes one",
        .0.display()
    )]
    NotProject(PathBuf),
    /// A name that can't be that of a file.
    #[error(
        "{0:?} is no name for a server: up to 100 letters, digits, `-`, `_` and `.`, the first a letter or digit"
    )]
    Name(String),
    /// A background server has the port.
    #[error(
        "{} runs at {} already{}\n  stop it first, or choose another port", .0.id, .0.url, pid(.0)
    )]
    AlreadyRunning(Box<RunningServer>),
    /// There is no Python for it.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// The port is taken by another program, or the server can't be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The server ended before it answered.
    #[error("the server could not start ({status}){}", indented(output))]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        output: Vec<String>,
    },
    /// The server did not answer in time; it was ended.
    #[error("the server did not answer within {} s{}", patience.as_secs_f32(), indented(output))]
    Timeout {
        /// How long it had.
        patience: Duration,
        /// The last lines that it wrote.
        output: Vec<String>,
    },
    /// No server of this kind runs.
    #[error("no server {selector:?} runs in the background{}", others(running))]
    Unknown {
        /// What was asked for.
        selector: String,
        /// The ids of those that run.
        running: Vec<String>,
    },
    /// Several servers are meant.
    #[error("{selector:?} is the name of several servers: choose one of {}", ids.join(", "))]
    Ambiguous {
        /// What was asked for.
        selector: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// The server goes on, whatever is done.
    #[error("{id} does not end, not even killed (pid {pid})")]
    Unstoppable {
        /// Its id.
        id: String,
        /// Its process.
        pid: u32,
    },
    /// The server runs, or ran, where this program does not see its process.
    #[error(
        "the process of {id} can't be seen from here: it was started in another PID namespace, such as a container's\n  \
         stop it there; once it has ended, remove {}", record.display()
    )]
    OutOfReach {
        /// Its id.
        id: String,
        /// The file that says that it runs.
        record: PathBuf,
    },
    /// The server could not be started again as it was: the values of variables are not kept.
    #[error(
        "{id} was started with variables whose values are known no longer: {}\n  set them in the environment, and try \
         again", variables.join(", ")
    )]
    Forgotten {
        /// Its id.
        id: String,
        /// Their names.
        variables: Vec<String>,
    },
    /// There is nothing that runs containers.
    #[error(
        "containers need `docker compose` or `docker-compose`, and neither can be run\n  install one, or start the mock as \
         a process"
    )]
    NoEngine,
    /// The port of a container was chosen.
    #[error("the port of a container is in {}: change it there", .0.display())]
    ContainerPort(PathBuf),
    /// The engine refused.
    #[error("`{command}` failed{}", indented(complaint))]
    Compose {
        /// What was run.
        command: String,
        /// The last lines of its complaint.
        complaint: Vec<String>,
    },
    /// Whoever worked on it ended.
    #[error("the start was given up")]
    Abandoned,
}

pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ControlError {
    let path = path.to_owned();
    move |source| ControlError::Io { action, path, source }
}

fn indented(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  ", line]).collect()
}

fn pid(server: &RunningServer) -> String {
    server.pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}

fn others(running: &[String]) -> String {
    if running.is_empty() { "; none does".to_owned() } else { format!("; these do: {}", running.join(", ")) }
}
