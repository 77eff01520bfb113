//! Servers in containers, by the `docker-compose.yml` of their projects.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::registry::{Record, Registry};
use super::{ControlError, Mode, RunningServer, ServerState, StartOptions, start};
use crate::discover::ProjectInfo;
use crate::discover::probe::{Probe, probe};

/// The programs that do it unless told, in the order in which they are tried.
const USUAL: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];

/// The service of the project's `docker-compose.yml`.
const SERVICE: &str = "mock";

/// How long an engine may take to say what runs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait between two looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(100);

/// The lines of a complaint that are told.
const TOLD: usize = 12;

/// One project, and what runs it.
#[derive(Clone, Debug)]
struct Compose {
    /// The program and all arguments that every command has.
    command: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Compose {
    fn with(self, variables: Vec<(String, String)>) -> Self {
        Self { variables, ..self }
    }

    /// For commands that start nothing: the file asks for a token all the same.
    fn without_token(self) -> Self {
        let is_set = std::env::var_os(start::TOKEN).is_some();
        let variables =
            if is_set { Vec::new() } else { vec![(start::TOKEN.to_owned(), "unused".to_owned())] };
        self.with(variables)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (program, given) =
            self.command.split_first().map_or(("docker", &[][..]), |(p, g)| (p.as_str(), g));
        let mut command = Command::new(program);
        command.args(given).args(arguments).envs(self.variables.iter().cloned());
        command.env_remove(crate::process::FOREIGN_TOKEN);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What a command prints.
    async fn run(&self, arguments: &[&str]) -> Result<String, ControlError> {
        let mut command = tokio::process::Command::from(self.command(arguments));
        let output = command.kill_on_drop(true).output().await;
        let complaint = match output {
            Ok(output) if output.status.success() => {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        let lines: Vec<&str> = complaint.lines().filter(|line| !line.trim().is_empty()).collect();
        let told =
            lines.iter().skip(lines.len().saturating_sub(TOLD)).map(|line| (*line).to_owned()).collect();
        let command = self.command.iter().map(String::as_str).chain(arguments.iter().copied());
        Err(ControlError::Compose { command: command.collect::<Vec<_>>().join(" "), complaint: told })
    }
}

/// What the engine calls a project: the same for the same folder, and fit for it.
fn name(project: &Path) -> String {
    use std::fmt::Write as _;

    let hash = Sha256::digest(project.as_os_str().as_encoded_bytes());
    hash.iter().take(6).fold("mockloop-".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// The programs that can drive containers, each with the arguments that all of its commands begin with.
#[derive(Clone, Debug)]
pub(super) struct Engines(Vec<Vec<String>>);

impl Engines {
    /// Those that are named, in the order in which they are tried; the usual ones where none is.
    pub(super) fn new(named: Vec<Vec<String>>) -> Self {
        let usual = || USUAL.iter().map(|engine| engine.iter().map(|&part| part.to_owned()).collect());
        Self(if named.is_empty() { usual().collect() } else { named })
    }

    /// Finds the one that works, for a project.
    async fn compose(&self, project: &Path) -> Result<Compose, ControlError> {
        for engine in &self.0 {
            let mut command = engine.clone();
            let asked = Compose { command: command.clone(), variables: Vec::new() };
            if matches!(tokio::time::timeout(PATIENCE, asked.run(&["version"])).await, Ok(Ok(_))) {
                let file = project.join("docker-compose.yml");
                command.extend(["--project-name".to_owned(), name(project), "--file".to_owned()]);
                command.push(file.display().to_string());
                return Ok(Compose { command, variables: Vec::new() });
            }
        }
        Err(ControlError::NoEngine)
    }

    /// Builds the image where need be, and starts the container; it answers when this returns.
    pub(super) async fn start(
        &self,
        registry: &Registry,
        project: &ProjectInfo,
        name: String,
        options: StartOptions,
    ) -> Result<RunningServer, ControlError> {
        if options.port.is_some_and(|port| port != project.port) {
            return Err(ControlError::ContainerPort(project.path.join("docker-compose.yml")));
        }
        let running = registry
            .records()
            .into_iter()
            .find(|record| record.server.mode == Mode::Container && record.server.project == project.path);
        if let Some(record) = running
            && !self.is_stopped(&record.server).await
        {
            return Err(ControlError::AlreadyRunning(Box::new(record.server)));
        }
        let mut variables = options.env;
        variables.extend(options.token.map(|token| (start::TOKEN.to_owned(), token)));
        let compose = self.compose(&project.path).await?.with(variables);
        let up = Up { compose: Some(compose.clone()) };
        compose.run(&["up", "--detach", "--build"]).await?;
        let published = compose.run(&["port", SERVICE, &project.port.to_string()]).await?;
        let published =
            published.trim().parse().unwrap_or_else(|_| SocketAddr::new(options.host, project.port));
        let mut server = start::server(project, &name, published, Mode::Container);
        server.state = healthy(published, options.patience).await?;
        let record = Record {
            server: server.clone(),
            process: None,
            python: None,
            variables: Vec::new(),
            settings: Vec::new(),
        };
        let _lock = registry.lock().await?;
        registry.write(&record)?;
        up.stay();
        Ok(server)
    }

    /// Starts the container again.
    pub(super) async fn restart(&self, server: &RunningServer) -> Result<RunningServer, ControlError> {
        let compose = self.compose(&server.project).await?.without_token();
        compose.run(&["restart"]).await?;
        let state = healthy((server.host, server.port).into(), StartOptions::new("").patience).await?;
        Ok(RunningServer { state, started_at: start::now(), ..server.clone() })
    }

    /// Ends the container. What it has logged stays.
    pub(super) async fn stop(&self, server: &RunningServer) -> Result<(), ControlError> {
        self.compose(&server.project).await?.without_token().run(&["down"]).await.map(drop)
    }

    /// Whether the container runs no longer. An engine that does not tell does not say so.
    pub(super) async fn is_stopped(&self, server: &RunningServer) -> bool {
        let asked =
            async { self.compose(&server.project).await?.without_token().run(&["ps", "--quiet"]).await };
        matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(running)) if running.trim().is_empty())
    }

    /// The last lines that the container has written.
    pub(super) async fn output(
        &self,
        server: &RunningServer,
        lines: usize,
    ) -> Result<Vec<String>, ControlError> {
        let compose = self.compose(&server.project).await?.without_token();
        let text =
            compose.run(&["logs", "--no-color", "--no-log-prefix", "--tail", &lines.to_string()]).await?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

async fn healthy(address: SocketAddr, patience: Duration) -> Result<ServerState, ControlError> {
    let address = crate::process::reachable(address);
    let deadline = Instant::now() + patience;
    loop {
        match probe(address, Duration::from_secs(1)).await {
            Probe::Mock { status, .. } if status == "healthy" => return Ok(ServerState::Healthy),
            Probe::Mock { .. } => return Ok(ServerState::Degraded),
            _ if Instant::now() > deadline => {
                return Err(ControlError::Timeout { patience, output: Vec::new() });
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// A container that does not answer yet; dropping it ends it.
struct Up {
    compose: Option<Compose>,
}

impl Up {
    fn stay(mut self) {
        self.compose = None;
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if let Some(compose) = self.compose.take() {
            let mut down = compose.without_token().command(&["down"]);
            down.stdout(Stdio::null()).stderr(Stdio::null());
            // In a group of its own it goes on where this program ends, by Ctrl-C or otherwise.
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut down, 0);
            if let Ok(mut down) = down.spawn() {
                // Ending takes seconds, for which nobody waits here.
                std::thread::spawn(move || down.wait());
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_is_given_up_is_ended_by_a_process_of_its_own()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::TempDir::new()?;
        let (told, part) = (folder.path().join("told"), folder.path().join("part"));
        // Tells the process and its group, and all that it was asked for.
        let script = "echo $$ $(ps -o pgid= -p $$) \"$*\" > \"$0\" && mv \"$0\" \"$1\"";
        let command = ["sh", "-c", script, &part.to_string_lossy(), &told.to_string_lossy()];
        let command = command.map(str::to_owned).to_vec();
        drop(Up { compose: Some(Compose { command, variables: Vec::new() }) });
        let deadline = Instant::now() + Duration::from_secs(30);
        while !told.exists() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let told = std::fs::read_to_string(told)?;
        let words: Vec<&str> = told.split_whitespace().collect();
        assert!(words.first() == words.get(1) && words.last() == Some(&"down"), "{told}");
        Ok(())
    }
}
