//! One uvicorn process that serves a project.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::serve::Event;

/// Answers as soon as the server does.
const HEALTH: &str = "/__mockloop/health";

/// How long a server may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs uvicorn, and ends it when standard input does: however `mockloop` ends, no server is left.
const LAUNCH: &str = "\
import os, signal, sys, threading

def end_with_parent():
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_parent, daemon=True).start()
import uvicorn

uvicorn.main(sys.argv[1:])
";

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

/// Finds a place to listen, or says who is in the way.
pub(crate) fn free_address(host: IpAddr, port: u16) -> anyhow::Result<SocketAddr> {
    match TcpListener::bind((host, port)).and_then(|listener| listener.local_addr()) {
        Ok(address) => Ok(address),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("port {port} on {host} is taken\n  --port N takes another, --port 0 any free one")
        }
        Err(error) => Err(error).with_context(|| format!("can't listen on {host} port {port}")),
    }
}

impl Server {
    /// Starts serving; what the server says comes as events.
    pub(crate) fn start(
        python: &Path,
        project: &Path,
        address: SocketAddr,
        events: &Sender<Event>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(python);
        command
            .args(["-c", LAUNCH, "main:app", "--no-access-log", "--log-level", "warning"])
            .args(["--host", &address.ip().to_string(), "--port", &address.port().to_string()])
            .args(["--timeout-graceful-shutdown", "2"])
            .current_dir(project)
            .env("MOCKLOOP_REQUEST_LINES", "1")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own: Ctrl-C reaches us alone, and we end the server with all its children.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().with_context(|| format!("can't start {}", python.display()))?;
        forward(child.stdout.take(), events, Event::Printed);
        forward(child.stderr.take(), events, Event::Complained);
        Ok(Self { child, address })
    }

    /// Whether it answers by now.
    pub(crate) fn is_healthy(&self) -> bool {
        is_healthy(self.address).unwrap_or(false)
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it: asks first, and insists after a while, or when `hurry` says so.
    pub(crate) fn stop(mut self, hurry: impl Fn() -> bool) {
        signal(&self.child, Urgency::Please);
        let deadline = Instant::now() + GRACE;
        while self.ended().is_none() && Instant::now() < deadline && !hurry() {
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The group may live on in a child of the server.
        signal(&self.child, Urgency::Now);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone, Copy)]
enum Urgency {
    Please,
    Now,
}

#[cfg(unix)]
fn signal(child: &Child, urgency: Urgency) {
    use rustix::process::{Pid, Signal, kill_process_group};

    let signal = match urgency {
        Urgency::Please => Signal::TERM,
        Urgency::Now => Signal::KILL,
    };
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal(_: &Child, _: Urgency) {
    // Without process groups there is only the kill that follows.
}

/// Sends every line as an event, from a thread of its own.
fn forward(stream: Option<impl Read + Send + 'static>, events: &Sender<Event>, event: fn(String) -> Event) {
    let (Some(stream), events) = (stream, events.clone()) else { return };
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if events.send(event(line)).is_err() {
                break;
            }
        }
    });
}

/// Asks for the health page, and looks at no more than the status.
fn is_healthy(address: SocketAddr) -> std::io::Result<bool> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&reachable(address), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {HEALTH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(&status == b"HTTP/1.1 200")
}

/// Where to find a server that listens on an address: one on all addresses is on this machine's own.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_the_way_out() -> std::io::Result<()> {
        let taken = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let holder = TcpListener::bind(taken)?;
        let error = free_address(taken.ip(), taken.port()).map_err(|error| error.to_string());
        drop(holder);
        let expected = format!(
            "port {} on 127.0.0.1 is taken\n  --port N takes another, --port 0 any free one",
            taken.port()
        );
        assert_eq!(error, Err(expected));
        Ok(())
    }

    #[test]
    fn a_server_on_all_addresses_is_reached_on_this_machine() {
        let reached = |address: &str| address.parse().map(|address| reachable(address).to_string());
        assert_eq!(reached("0.0.0.0:80"), Ok("127.0.0.1:80".to_owned()));
        assert_eq!(reached("[::]:80"), Ok("[::1]:80".to_owned()));
        assert_eq!(reached("192.0.2.1:80"), Ok("192.0.2.1:80".to_owned()));
    }
}
