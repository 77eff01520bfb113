//! `cargo xtask docker`: the image and the `docker-compose.yml` of a project, on a real engine.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::mock;
use crate::steps::{must, root, say, shown, target};

const BASE: &str = "python:3.12-slim";
const TOKEN: &str = "let-me-steer";
const API: &str = "/__mockloop/api";
const DOCUMENTS: &str = "/__mockloop/api/storage/collections/kept/documents";

/// The user that the image runs as.
const USER: &str = "10001";

/// How long a server in a container may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Check the image and the docker-compose.yml of a project on a real engine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Why nothing can be checked here, if so.
pub(crate) fn missing() -> Option<&'static str> {
    if !succeeds(Command::new("docker").args(["version", "--format", "{{.Server.Version}}"])) {
        return Some("no Docker engine can be reached");
    }
    if compose().is_none() {
        return Some("there is neither `docker compose` nor `docker-compose`");
    }
    let has_base = succeeds(Command::new("docker").args(["image", "inspect", BASE]))
        || succeeds(Command::new("docker").args(["pull", "--quiet", BASE]));
    (!has_base).then_some("python:3.12-slim is not there and can't be pulled")
}

/// Checks it, or says why not.
pub(crate) fn run(_: &Args) -> anyhow::Result<bool> {
    match missing() {
        Some(reason) => say(&format!("skipped: {reason}")),
        None => check()?,
    }
    Ok(true)
}

/// Builds the image of the example, and starts it by compose and by `mockloop start --container`.
pub(crate) fn check() -> anyhow::Result<()> {
    let mockloop = mock::build(true)?;
    let folder = target().join("docker");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let project = folder.join("project");
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let spec = root().join("examples/specs/petstore.yaml");
    mock::generate(&mockloop, &spec, &project, &["--port", &port.to_string(), "--name", "xtask-docker"])?;
    // Some engines give a build no network of its own; compose then finds all layers there.
    must(Command::new("docker").args(["build", "--network", "host", "--tag", "xtask_docker"]).arg(&project))?;
    by_compose(&project, port)?;
    by_mockloop(&mockloop, &folder, &project, port)
}

fn by_compose(project: &Path, port: u16) -> anyhow::Result<()> {
    let up = Up { project: project.to_owned() };
    let refused = up.compose(&["config"]).env_remove("MOCKLOOP_ADMIN_TOKEN").output()?;
    ensure!(!refused.status.success(), "compose starts without a token");
    must(&mut up.compose(&["up", "--detach"]))?;
    until_healthy(port)?;

    let (status, health) = ask(port, "GET", "/health", None, "")?;
    ensure!(status == 200 && !health.contains("title"), "/health tells strangers more: {health}");
    let (status, health) = ask(port, "GET", "/health", Some(TOKEN), "")?;
    ensure!(status == 200 && health.contains("\"healthy\""), "/health with the token: {status} {health}");
    ensure!(health.contains("/data/request_logs.db"), "the log is elsewhere: {health}");
    let (status, _) = ask(port, "GET", &format!("{API}/logs/search"), None, "")?;
    ensure!(status == 401, "the log is open to strangers: {status}");

    ensure!(up.inside("id -u")?.trim() == USER, "it runs as another user");
    let writes =
        "touch /app/x || touch /usr/x || touch /etc/x || echo read-only; touch /data/x && touch /tmp/x";
    ensure!(up.inside(writes)?.contains("read-only"), "the root file system can be written");

    let (status, said) =
        ask(port, "POST", &format!("{API}/storage/collections"), Some(TOKEN), r#"{"name": "kept"}"#)?;
    ensure!(status == 201, "a collection: {status} {said}");
    let (status, said) = ask(port, "POST", DOCUMENTS, Some(TOKEN), r#"{"id": "1", "name": "Rex"}"#)?;
    ensure!(status == 201, "a document: {status} {said}");
    let (_, before) = ask(port, "GET", &format!("{API}/logs/search?include_admin=true"), Some(TOKEN), "")?;
    ensure!(before.contains("/storage/collections"), "nothing is logged: {before}");

    must(&mut up.compose(&["down"]))?;
    must(&mut up.compose(&["up", "--detach"]))?;
    until_healthy(port)?;
    let (status, kept) = ask(port, "GET", &format!("{DOCUMENTS}/1"), Some(TOKEN), "")?;
    ensure!(status == 200 && kept.contains("Rex"), "the document is lost: {status} {kept}");
    let (_, after) = ask(port, "GET", &format!("{API}/logs/search?include_admin=true"), Some(TOKEN), "")?;
    ensure!(after.contains("\"POST\""), "the log is lost: {after}");
    say("by compose: serves with a token, as nobody else, on a read-only root, and keeps its data");
    Ok(())
}

fn by_mockloop(mockloop: &Path, folder: &Path, project: &Path, port: u16) -> anyhow::Result<()> {
    let command = |arguments: &[&str]| {
        let mut command = Command::new(mockloop);
        command.args(arguments).env("MOCKLOOP_STATE_DIR", folder.join("state")).env("XTASK_TOKEN", TOKEN);
        command
    };
    let _end = OnDrop(command(&["stop", "boxed"]));
    let start = ["start", &project.to_string_lossy(), "--container", "--name", "boxed"];
    let variables = ["--token-env", "XTASK_TOKEN", "--env", "MOCKLOOP_VALIDATION=off"];
    must(&mut command(&[&start[..], &variables].concat()))?;
    let (status, health) = ask(port, "GET", "/health", Some(TOKEN), "")?;
    ensure!(status == 200 && health.contains("\"healthy\""), "/health with the token: {status} {health}");
    let (status, answer) = ask(port, "POST", "/pets", None, "[]")?;
    ensure!(status != 422 && status != 400, "MOCKLOOP_VALIDATION=off does not reach it: {status} {answer}");
    let listed = said(&mut command(&["ps"]))?;
    ensure!(listed.contains("boxed") && listed.contains("container"), "ps does not list it: {listed}");
    let output = said(&mut command(&["ps", "--output", "boxed"]))?;
    ensure!(output.contains("Uvicorn running"), "ps --output does not show it: {output}");
    must(&mut command(&["restart", "boxed"]))?;
    let (status, _) = ask(port, "GET", "/health", Some(TOKEN), "")?;
    ensure!(status == 200, "it does not take its token after `mockloop restart`: {status}");
    let (status, answer) = ask(port, "POST", "/pets", None, "[]")?;
    ensure!(
        status != 422 && status != 400,
        "its variables are lost after `mockloop restart`: {status} {answer}"
    );
    must(&mut command(&["stop", "boxed"]))?;
    ensure!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens after `mockloop stop`");
    say("by mockloop start --container: starts, is listed, starts again as it was, and ends");
    Ok(())
}

/// The services of a project; they end, with their data, when this is dropped.
struct Up {
    project: PathBuf,
}

impl Up {
    fn compose(&self, arguments: &[&str]) -> Command {
        let words = compose().unwrap_or(&["docker", "compose"]);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["--project-name", "mockloop-xtask", "--file"]);
        command.arg(self.project.join("docker-compose.yml")).args(arguments);
        command.env("MOCKLOOP_ADMIN_TOKEN", TOKEN).stdin(Stdio::null());
        command
    }

    /// What a command in the container prints.
    fn inside(&self, script: &str) -> anyhow::Result<String> {
        said(&mut self.compose(&["exec", "-T", "mock", "sh", "-c", script]))
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        succeeds(&mut self.compose(&["down", "--volumes"]));
    }
}

/// A command that is run at the end, whatever comes before.
struct OnDrop(Command);

impl Drop for OnDrop {
    fn drop(&mut self) {
        succeeds(&mut self.0);
    }
}

/// What runs compose here.
fn compose() -> Option<&'static [&'static str]> {
    let ways: [&'static [&'static str]; 2] = [&["docker", "compose"], &["docker-compose"]];
    ways.into_iter().find(|words| succeeds(Command::new(words[0]).args(&words[1..]).arg("version")))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`{}` failed ({})", shown(command), output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn until_healthy(port: u16) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask(port, "GET", "/health", None, "") {
            Ok((200, _)) => return Ok(()),
            _ if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(100)),
            Ok((status, answer)) => bail!("no answer but {status}: {answer}"),
            Err(error) => return Err(error.context("the container does not answer")),
        }
    }
}

/// The status and the body of an answer.
fn ask(
    port: u16,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> anyhow::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let token = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{token}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
    Ok((status, body.to_owned()))
}
