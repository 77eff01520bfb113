//! The MCP server over standard input and output: its start, its size, and what it adds to an analysis.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::control;
use super::server::{Server, get, resident};
use crate::python::Python;
use crate::steps::{cargo, must, say, target};

const STARTS: usize = 20;
const CALLS: usize = 8;

/// The Python original, with the newest of what it needs that it still runs with.
const ORIGINAL: [&str; 3] = ["mockloop-mcp==2.2.9", "mcp==1.9.4", "pydantic==2.11.7"];

/// Measures the release build, and the original beside it where that can be installed.
pub(super) fn measure(python: &Python, apps: &Path, project: &Path, folder: &Path) -> anyhow::Result<Value> {
    let mut build = cargo();
    must(build.args(["build", "--quiet", "--release", "-p", "mockloop-mcp"]))?;
    let program = target().join("release").join(format!("mockloop-mcp{}", std::env::consts::EXE_SUFFIX));
    let command = || {
        let mut command = Command::new(&program);
        command.env("MOCKLOOP_STATE_DIR", folder.join("state")).current_dir(folder);
        command
    };
    let ours = start(command)?;
    let megabytes = stripped(&program, &folder.join("mockloop-mcp"))?;
    let original = original(folder).unwrap_or_else(|error| {
        say(&format!("The original can't be measured here: {error:#}"));
        Value::Null
    });
    let (analysis_ms, query_ms) = query(python, apps, project, command())?;
    Ok(json!({
        "start_ms": ours.0, "mib": ours.1, "megabytes": megabytes, "original": original,
        "rows": control::ROWS, "analysis_ms": analysis_ms, "query_ms": query_ms,
        "query_above_ms": query_ms - analysis_ms,
    }))
}

/// Milliseconds from the start of a process to its answer to `initialize`, the best of some, and its MiB then.
fn start(command: impl Fn() -> Command) -> anyhow::Result<(f64, f64)> {
    let mut best = (f64::MAX, 0.0);
    for _ in 0..STARTS {
        let session = Session::start(command())?;
        best = (best.0.min(milliseconds(session.ready)), resident(session.child.id())?);
    }
    Ok(best)
}

/// Size of a program without symbols, in MB.
fn stripped(program: &Path, copy: &Path) -> anyhow::Result<f64> {
    must(Command::new("strip").arg("-o").arg(copy).arg(program)).context("install binutils")?;
    let bytes = u32::try_from(fs::metadata(copy)?.len()).context("the program is enormous")?;
    Ok(f64::from(bytes) / 1e6)
}

fn original(folder: &Path) -> anyhow::Result<Value> {
    let python = Python::with("py-original", &ORIGINAL)?;
    let (start_ms, mib) = start(|| {
        let mut command = python.command("mockloop-mcp", folder);
        // The first start compiles, as an installation does; those that count find it done.
        command.arg("--stdio").env_remove("PYTHONDONTWRITEBYTECODE");
        command
    })?;
    Ok(json!({"start_ms": start_ms, "mib": mib}))
}

/// Milliseconds of an analysis of a large log over HTTP, and of the tool that shows it; taken in turns.
fn query(python: &Python, apps: &Path, project: &Path, command: Command) -> anyhow::Result<(f64, f64)> {
    let log = control::fill(python, apps, project)?;
    let server = Server::start(python, project, "main:app", "/pets/7", "")?;
    let mut session = Session::start(command)?;
    let arguments = json!({"server_url": server.port.to_string()});
    let (mut analysis, mut query) = (f64::MAX, f64::MAX);
    for _ in 0..CALLS {
        let begun = Instant::now();
        get(server.port, &format!("{}/logs/analyze", control::API))?;
        analysis = analysis.min(milliseconds(begun.elapsed()));
        let begun = Instant::now();
        let answer =
            session.ask("tools/call", &json!({"name": "query_mock_logs", "arguments": arguments}))?;
        query = query.min(milliseconds(begun.elapsed()));
        if !answer.pointer("/result/structuredContent/analysis").is_some_and(Value::is_object) {
            bail!("query_mock_logs gave no analysis: {answer}");
        }
    }
    drop(server);
    fs::remove_dir_all(log)?;
    Ok((analysis, query))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A running server that has answered `initialize`; it ends when this is dropped.
struct Session {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    ready: Duration,
}

impl Session {
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let begun = Instant::now();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("can't run the server")?;
        let stdin = child.stdin.take().context("no input")?;
        let stdout = BufReader::new(child.stdout.take().context("no output")?);
        let mut session = Self { child, stdin, stdout, ready: Duration::ZERO };
        let client = json!({"protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"}});
        session.ask("initialize", &client)?;
        session.ready = begun.elapsed();
        writeln!(session.stdin, "{}", json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        Ok(session)
    }

    /// Sends a request, and waits for its answer.
    fn ask(&mut self, method: &str, params: &Value) -> anyhow::Result<Value> {
        writeln!(self.stdin, "{}", json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))?;
        let mut line = String::new();
        while self.stdout.read_line(&mut line)? > 0 {
            let message: Value = serde_json::from_str(&line)?;
            if message.get("id").is_some() {
                return Ok(message);
            }
            line.clear();
        }
        bail!("the server ended before it answered {method}")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
