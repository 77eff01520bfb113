//! Servers to be measured: one uvicorn worker each, nothing in between.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::python::Python;
use crate::steps::must;

/// Generates a project anew, without auth, so that what is measured is the answer.
pub(super) fn project(mockloop: &Path, spec: &Path, out: &Path) -> anyhow::Result<PathBuf> {
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    must(
        Command::new(mockloop)
            .arg("generate")
            .arg(spec)
            .arg("-o")
            .arg(out)
            .arg("--no-auth")
            .stdout(Stdio::null()),
    )?;
    Ok(out.to_owned())
}

/// A running server; it ends when this is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
    /// From the start of the process to its first answer.
    pub(super) ready: Duration,
}

impl Server {
    /// Starts `app` of the module in `folder`, and waits until `path` answers.
    pub(super) fn start(
        python: &Python,
        folder: &Path,
        app: &str,
        path: &str,
        body: &str,
    ) -> anyhow::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let started = Instant::now();
        let mut command = python.command("python", folder);
        command.args(["-m", "uvicorn", app, "--no-access-log", "--log-level", "warning", "--port"]);
        command.arg(port.to_string()).env("BENCH_BODY", body).stdin(Stdio::null()).stdout(Stdio::null());
        let mut server =
            Self { child: command.spawn().context("can't run uvicorn")?, port, ready: Duration::ZERO };
        while get(port, path).is_err() {
            if server.child.try_wait()?.is_some() || started.elapsed() > Duration::from_secs(30) {
                bail!("the server in {} does not start", folder.display());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        server.ready = started.elapsed();
        Ok(server)
    }

    /// Reads an answer to its end, or as long as it is wanted.
    pub(super) fn read_while(&self, path: &str, wanted: impl Fn() -> bool) -> anyhow::Result<()> {
        let mut stream = ask(self.port, &format!("GET {path}"), "")?;
        let mut piece = vec![0; 1 << 16];
        while wanted() && stream.read(&mut piece)? > 0 {}
        Ok(())
    }

    /// Time of the processor that was spent so far, in ticks.
    pub(super) fn ticks(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name of the program, in brackets, may hold blanks.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let spent = fields.skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>();
        spent.context("no time of the processor")
    }

    /// Resident memory, in MiB.
    fn memory(&self) -> anyhow::Result<f64> {
        resident(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process, in MiB.
pub(super) fn resident(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no memory figure")?;
    let kib: f64 = line.split_whitespace().nth(1).unwrap_or("0").parse()?;
    Ok(kib / 1024.0)
}

/// The body of an answer with a success.
pub(super) fn get(port: u16, path: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    ask(port, &format!("GET {path}"), "")?.read_to_string(&mut text)?;
    answered(&text, path)
}

/// The same for a call with a body in JSON.
pub(super) fn post(port: u16, path: &str, body: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    ask(port, &format!("POST {path}"), body)?.read_to_string(&mut text)?;
    answered(&text, path)
}

fn ask(port: u16, line: &str, body: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")?;
    write!(stream, "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")?;
    Ok(stream)
}

fn answered(text: &str, path: &str) -> anyhow::Result<String> {
    let (head, body) = text.split_once("\r\n\r\n").context("no answer")?;
    if !head.starts_with("HTTP/1.1 2") {
        bail!("{path}: {} {body}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}

/// Time to the first answer and memory, of a server of 1,000 operations and of a bare app; the best of
/// several starts, the first of which fills Python's caches.
pub(super) fn start(python: &Python, apps: &Path, large: &Path) -> anyhow::Result<Value> {
    let best = |folder: &Path, app: &str, path: &str| -> anyhow::Result<(f64, f64)> {
        let mut best = (f64::MAX, 0.0);
        for _ in 0..4 {
            let server = Server::start(python, folder, app, path, "{}")?;
            best = (server.ready.as_secs_f64().min(best.0), server.memory()?);
        }
        Ok(best)
    };
    let bare = best(apps, "bare_fastapi:app", "/pets/1")?;
    let ours = best(large, "main:app", "/area0/pets0/1")?;
    Ok(json!({
        "bare_seconds": bare.0, "seconds": ours.0, "seconds_above": ours.0 - bare.0,
        "bare_mib": bare.1, "mib": ours.1, "mib_above": ours.1 - bare.1,
    }))
}
