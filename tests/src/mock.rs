//! A mock server, as `mockloop run` runs it.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;

use crate::mockloop;

/// How long anything may take; generous, as the first start makes the Python environment.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long what a command has written may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(20);

/// A running `mockloop run`; dropping it ends it, whatever became of the test.
pub struct Mock {
    child: Child,
    folder: TempDir,
    /// Where it answers.
    pub url: String,
    output: Said,
    complaints: Said,
}

/// Lines that arrive in the background.
type Said = Arc<Mutex<Vec<String>>>;

impl Mock {
    /// Generates the mock of a description and runs it on a free port.
    pub fn start(spec: &Path) -> anyhow::Result<Self> {
        Self::start_with(spec, &[])
    }

    /// The same with more arguments.
    pub fn start_with(spec: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let project = folder.path().join("project");
        let mut command = mockloop();
        command.arg("run").arg(spec).arg("-o").arg(project).args(["--port", "0"]).args(arguments);
        Self::spawn(command, folder)
    }

    /// Runs a project that is in the folder `project` of a folder.
    pub fn start_project(folder: TempDir) -> anyhow::Result<Self> {
        let mut command = mockloop();
        command.arg("run").arg(folder.path().join("project")).args(["--port", "0"]);
        Self::spawn(command, folder)
    }

    fn spawn(mut command: std::process::Command, folder: TempDir) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let output = listen(child.stdout.take());
        let complaints = listen(child.stderr.take());
        let mut mock = Self { child, folder, url: String::new(), output, complaints };
        let url = mock.wait_for(|mock| {
            mock.output().lines().find_map(|line| Some(line.trim().strip_prefix("mock ")?.trim().to_owned()))
        });
        mock.url = url.context("the mock did not start")?;
        Ok(mock)
    }

    /// The project's folder.
    #[must_use]
    pub fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// What the command has printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// What it has written to standard error so far.
    #[must_use]
    pub fn complaints(&self) -> String {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// Whether it writes a text to standard error, which may be read after the command has ended.
    #[must_use]
    pub fn complains(&self, text: &str) -> bool {
        let deadline = Instant::now() + LAST_WORDS;
        while !self.complaints().contains(text) {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// A request to the mock, to be sent.
    pub fn request(&self, method: &str, path: &str) -> anyhow::Result<RequestBuilder> {
        // Together with the other crates, reqwest has TLS, and asks for this even where there is none.
        // An error says that a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(Duration::from_secs(20)).no_proxy().build()?;
        Ok(client.request(Method::from_bytes(method.as_bytes())?, format!("{}{path}", self.url)))
    }

    /// What the mock answers to a plain GET.
    pub fn get(&self, path: &str) -> anyhow::Result<Response> {
        Ok(self.request("GET", path)?.send()?)
    }

    /// The newest rows of the log.
    pub fn log(&self, limit: usize) -> anyhow::Result<Vec<Value>> {
        let found = self.get(&format!("/admin/api/logs/search?limit={limit}"))?.text()?;
        let found: Value = serde_json::from_str(&found)?;
        Ok(found.get("logs").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// Waits until a question has an answer; an error where the command ends before.
    pub fn wait_for<T>(&mut self, question: impl Fn(&Self) -> Option<T>) -> anyhow::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ended = self.child.try_wait()?;
            if let Some(answer) = question(self) {
                return Ok(answer);
            }
            if let Some(status) = ended {
                bail!("mockloop ended ({status}): {}", self.complaints());
            }
            if Instant::now() > deadline {
                bail!("nothing happened: {}", self.complaints());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends the command a signal, and gives how it ended.
    #[cfg(unix)]
    pub fn end(&mut self, signal: rustix::process::Signal) -> anyhow::Result<ExitStatus> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal)?;
        Ok(self.child.wait()?)
    }

    /// Waits for the command to end by itself.
    pub fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// The processes that the command has started.
    #[cfg(target_os = "linux")]
    pub fn children(&self) -> anyhow::Result<Vec<i32>> {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        Ok(children.split_whitespace().filter_map(|id| id.parse().ok()).collect())
    }

    /// Whether something still listens where the mock did.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        let address = self.url.trim_start_matches("http://");
        std::net::TcpStream::connect(address).is_ok()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // The server ends with the command, however that ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Collects the lines of a stream in the background.
fn listen(stream: Option<impl Read + Send + 'static>) -> Said {
    let said = Said::default();
    let heard = Arc::clone(&said);
    thread::spawn(move || {
        let lines =
            stream.into_iter().flat_map(|stream| BufReader::new(stream).lines().map_while(Result::ok));
        for line in lines {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
    said
}
