//! One uvicorn process that serves a project.

#[cfg(feature = "control")]
mod background;

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[cfg(feature = "control")]
pub use background::Background;

/// Answers as soon as the server does.
const HEALTH: &str = "/__mockloop/health";

/// The variable that the MCP server's token is in: whoever has it steers more than one mock.
pub(crate) const FOREIGN_TOKEN: &str = "MOCKLOOP_MCP_TOKEN";

/// How long a server may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the last lines of a server that has ended may take to arrive.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What the Python runs.
const LAUNCH: &str = include_str!("process/launch.py");

/// How the launched program begins the line that says where it listens.
const LISTENS: &str = "mockloop listens on port ";

/// Why a server can't be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// Another program listens there.
    #[error("port {} on {} is taken", .0.port(), .0.ip())]
    Taken(SocketAddr),
    /// It can't be listened there.
    #[error("can't listen on {} port {}", address.ip(), address.port())]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Its program can't be run.
    #[error("can't start {}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Finds a place to listen: with port 0 a port that is free now.
///
/// # Errors
///
/// Where the place is taken, or can't be listened on.
pub fn free_address(host: IpAddr, port: u16) -> Result<SocketAddr, ProcessError> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address).and_then(|listener| listener.local_addr()).map_err(|source| {
        match source.kind() {
            std::io::ErrorKind::AddrInUse => ProcessError::Taken(address),
            _ => ProcessError::Listen { address, source },
        }
    })
}

/// Where to find a server that listens on an address: one on all addresses is on this machine's own.
///
/// ```
/// # use mockloop_runtime::process::reachable;
/// assert_eq!(reachable("0.0.0.0:80".parse()?).to_string(), "127.0.0.1:80");
/// # Ok::<_, std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// What is to be served, and how.
#[derive(Debug)]
pub struct Launch {
    command: Command,
    program: PathBuf,
    address: SocketAddr,
}

/// A line that a server wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// To its standard output.
    Printed(String),
    /// To its standard error.
    Complained(String),
}

impl Launch {
    /// The project in a folder, run with a Python that has what it needs. With port 0 the server takes
    /// any free one.
    #[must_use]
    pub fn new(python: &Path, project: &Path, address: SocketAddr) -> Self {
        let mut command = Command::new(python);
        command
            .args(["-c", LAUNCH, &address.ip().to_string(), &address.port().to_string()])
            .current_dir(project)
            .env("PYTHONUNBUFFERED", "1")
            .env_remove(FOREIGN_TOKEN)
            .stdin(Stdio::piped());
        // A group of its own: Ctrl-C reaches us alone, and we end the server with all its children.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self { command, program: python.to_owned(), address }
    }

    /// With a variable in the server's environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With a folder that goes when the server does.
    #[must_use]
    pub fn scratch(mut self, folder: impl Into<OsString>) -> Self {
        self.command.arg(folder.into());
        self
    }

    /// Starts serving. `hear` gets each line that the server writes, from threads of its own.
    ///
    /// # Errors
    ///
    /// Where the Python can't be run.
    pub fn start(mut self, hear: impl Fn(Line) + Clone + Send + 'static) -> Result<Server, ProcessError> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn()?;
        let port = Arc::new(OnceLock::new());
        let heard = hear.clone();
        let listening = Arc::clone(&port);
        let printed = move |line: String| match listens(&line) {
            Some(port) if listening.set(port).is_ok() => {}
            _ => heard(Line::Printed(line)),
        };
        let complained = move |line| hear(Line::Complained(line));
        let readers = [forward(child.stdout.take(), printed), forward(child.stderr.take(), complained)];
        Ok(Server { child, ip: self.address.ip(), port, readers })
    }

    fn spawn(&mut self) -> Result<Child, ProcessError> {
        let start = |source| ProcessError::Start { program: self.program.clone(), source };
        self.command.spawn().map_err(start)
    }
}

/// The port, where a line tells it.
fn listens(line: &str) -> Option<u16> {
    line.strip_prefix(LISTENS)?.parse().ok()
}

/// Whether a line is the launched program's own, and not the server's.
#[cfg(feature = "control")]
pub(crate) fn is_own(line: &str) -> bool {
    listens(line).is_some()
}

/// Passes every line on, from a thread of its own.
fn forward(
    stream: Option<impl Read + Send + 'static>,
    hear: impl Fn(String) + Send + 'static,
) -> Option<JoinHandle<()>> {
    let stream = stream?;
    Some(thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            hear(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
        }
    }))
}

/// A server that runs; dropping it ends it, with all processes that it has started.
#[derive(Debug)]
pub struct Server {
    child: Child,
    ip: IpAddr,
    port: Arc<OnceLock<u16>>,
    readers: [Option<JoinHandle<()>>; 2],
}

impl Server {
    /// Where it listens; none where it does not yet.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.ip, *self.port.get()?))
    }

    /// Whether it answers by now.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.address().is_some_and(|address| is_healthy(address).unwrap_or(false))
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it: asks first, and insists after a while, or when `hurry` says so.
    pub fn stop(mut self, hurry: impl Fn() -> bool) {
        // The launched program ends with its standard input, on every system.
        drop(self.child.stdin.take());
        let deadline = Instant::now() + GRACE;
        while self.ended().is_none() && Instant::now() < deadline && !hurry() {
            thread::sleep(PAUSE);
        }
    }

    /// Ends it at once, and waits until its last lines have arrived.
    pub(crate) fn end(mut self) {
        kill(&mut self.child);
        let deadline = Instant::now() + LAST_LINES;
        let arrive = |reader: &Option<JoinHandle<()>>| reader.as_ref().is_none_or(JoinHandle::is_finished);
        while !self.readers.iter().all(arrive) && Instant::now() < deadline {
            thread::sleep(PAUSE);
        }
    }
}

/// Ends a server at once, with all processes that it has started.
fn kill(child: &mut Child) {
    // The group may live on in a child of the server.
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

impl Drop for Server {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

/// Asks for the health page, and looks at no more than the status.
fn is_healthy(address: SocketAddr) -> std::io::Result<bool> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let mut stream = TcpStream::connect_timeout(&reachable(address), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {HEALTH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(&status == b"HTTP/1.1 200")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told() -> std::io::Result<()> {
        let holder = TcpListener::bind(("127.0.0.1", 0))?;
        let taken = holder.local_addr()?;
        let error = free_address(taken.ip(), taken.port()).map_err(|error| error.to_string());
        assert_eq!(error, Err(format!("port {} on 127.0.0.1 is taken", taken.port())));
        Ok(())
    }

    #[test]
    fn the_token_of_the_mcp_server_is_not_passed_on() {
        let launch = Launch::new(Path::new("python"), Path::new("."), SocketAddr::from(([127, 0, 0, 1], 0)));
        let is_removed = |(name, value): (&OsStr, Option<&OsStr>)| name == FOREIGN_TOKEN && value.is_none();
        assert!(launch.command.get_envs().any(is_removed));
    }

    #[test]
    fn a_server_on_all_addresses_is_reached_on_this_machine() {
        let reached = |address: &str| address.parse().map(|address| reachable(address).to_string());
        assert_eq!(reached("0.0.0.0:80"), Ok("127.0.0.1:80".to_owned()));
        assert_eq!(reached("[::]:80"), Ok("[::1]:80".to_owned()));
        assert_eq!(reached("192.0.2.1:80"), Ok("192.0.2.1:80".to_owned()));
    }

    #[test]
    fn only_the_launched_program_says_where_it_listens() {
        assert_eq!(listens("mockloop listens on port 4711"), Some(4711));
        assert_eq!(listens("mockloop listens on port x"), None);
        assert_eq!(listens("listening"), None);
    }
}
