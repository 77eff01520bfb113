//! `start_mock_server`: a mock that runs in the background.

use std::path::{Path, PathBuf};

use mockloop_codegen::{Manifest, Outcome, WriteOptions, default_name, project};
use mockloop_runtime::admin::GetHealth;
use mockloop_runtime::control::{ControlError, RunningServer, StartOptions};
use mockloop_runtime::python::{self, Setup};
use mockloop_spec::model::Api;
use rmcp::handler::server::tool::{InputResponses, RequestState, schema_for_output};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::InputRequiredResult;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use tokio::sync::{mpsc, oneshot};

use super::Status;
use super::overwrite::{Again, Wish, wish};
use crate::failure::Failure;
use crate::log::Weight;
use crate::progress::Progress;
use crate::projects;
use crate::reply::{Reply, Round, data, line};
use crate::server::Mockloop;

/// The lines of a server's output that a failure tells.
const LAST: usize = 5;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartArguments {
    /// What to run: the name or the path of a generated project, or a description's path or http(s) URL, of which a project is
    /// made first.
    #[schemars(length(min = 1, max = 4096), example = &"petstore_mock")]
    source: String,
    /// The port; a free one where it is absent.
    #[schemars(range(min = 1))]
    port: Option<u16>,
    /// What is done with requests that the description does not allow.
    #[serde(default)]
    validation: Validation,
    /// Whether credentials are asked for.
    #[serde(default)]
    auth: Auth,
}

/// What is done with requests that the description does not allow.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Validation {
    /// They are refused.
    #[default]
    Enforce,
    /// They are answered, and the log says what is wrong.
    Warn,
    /// Nothing is checked.
    Off,
}

/// Whether credentials are asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Auth {
    /// As the description says.
    #[default]
    Enforce,
    /// Never.
    Off,
}

/// A mock that runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Started {
    status: Status,
    /// Where it answers.
    url: String,
    /// The port.
    port: u16,
    /// What `stop_mock_server` takes.
    server: String,
    /// Its process.
    pid: Option<u32>,
    /// The project's folder.
    project: String,
    /// The API's title.
    title: String,
    /// How many operations it has.
    operations: usize,
    /// Whether it was running already.
    was_running: bool,
    /// Files that stay as a person has changed them, where the project was brought up to date.
    files_kept: Vec<String>,
    /// What to do first.
    first_steps: Vec<String>,
}

#[tool_router(router = start_router, vis = "pub(crate)")]
impl Mockloop {
    /// Runs a mock in the background.
    #[tool(
        name = "start_mock_server",
        description = "Run a mock server in the background and wait until it answers. Give a project that generate_mock_api \
            made, or a description directly. Returns its URL and what to do first. The first start on a machine prepares a \
            Python environment, which may take a minute. It runs until stop_mock_server ends it.\n\
            Examples: {\"source\": \"petstore_mock\"}; {\"source\": \"specs/petstore.yaml\", \"port\": 8010}",
        annotations(
            title = "Start a mock server",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        ),
        output_schema = schema_for_output::<Started>()
    )]
    async fn start_mock_server(
        &self,
        Parameters(arguments): Parameters<StartArguments>,
        RequestState(state): RequestState,
        InputResponses(responses): InputResponses,
        context: RequestContext<RoleServer>,
    ) -> Result<Round<Started>, Failure> {
        let progress = Progress::of(&context, 6);
        progress.step("Looking for the project").await;
        let again = Again { state, responses };
        let (dir, kept) = match self.project_to_run(&arguments.source, &again, &context).await? {
            ToRun::Project(dir, kept) => (dir, kept),
            ToRun::Ask(question) => return Ok(Round::Ask(question)),
        };
        let api = projects::api(&dir)?;
        // One after the other: two calls at once for one project are to give one server.
        let _turn = self.shared.starting.lock().await;
        if let Some(server) = self.runs_already(&dir, arguments.port).await? {
            self.still_current(&server, &dir).await?;
            return Ok(Round::Done(reply(&server, &api, true, kept, &arguments)));
        }
        let options = arguments.options(&dir, self.shared.options.admin_token.clone());
        prepare_python(&options, &progress).await?;
        progress.step("Starting the server").await;
        let server = self.started(options).await?;
        progress.step("The mock answers").await;
        self.resources_changed(&context).await;
        let told = format!("{} was started at {} from {}", server.id, server.url, dir.display());
        self.say(Weight::Info, &told, &context).await;
        let beside = self.shared.controller.sharing(&server).await.unwrap_or_default();
        Ok(Round::Done(reply(&server, &api, false, kept, &arguments).add(shared(&beside))))
    }
}

/// What a call finds to run.
enum ToRun {
    /// A project, and its files that stay as a person has changed them.
    Project(PathBuf, Vec<String>),
    /// A person has to say first what becomes of those.
    Ask(Box<InputRequiredResult>),
}

/// Makes the Python environment, where there is none yet, and tells what takes its time. It ends with the call.
async fn prepare_python(options: &StartOptions, progress: &Progress) -> Result<(), Failure> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (done, prepared) = oneshot::channel();
    let (project, python) = (options.project.clone(), options.python.clone());
    std::thread::spawn(move || {
        let is_wanted = || !tell.is_closed();
        let tell = |progress: python::Progress<'_>| drop(tell.send(progress.to_string()));
        let setup = Setup::default().python(python.as_deref()).tell(&tell).is_wanted(&is_wanted);
        drop(done.send(setup.prepare(&project)));
    });
    while let Some(step) = told.recv().await {
        progress.step(step).await;
    }
    let prepared = prepared.await.map_err(|_| Failure::new("the Python environment could not be made"))?;
    prepared.map(drop).map_err(|error| Failure::new(error.to_string()))
}

impl StartArguments {
    fn options(&self, dir: &Path, token: Option<String>) -> StartOptions {
        let validation = match self.validation {
            Validation::Enforce => "enforce",
            Validation::Warn => "warn",
            Validation::Off => "off",
        };
        let mut env = vec![("MOCKLOOP_VALIDATION".to_owned(), validation.to_owned())];
        if matches!(self.auth, Auth::Off) {
            env.push(("MOCKLOOP_AUTH".to_owned(), "off".to_owned()));
        }
        StartOptions { port: self.port, env, token, ..StartOptions::new(dir) }
    }
}

impl Mockloop {
    /// The folder of a project that is there, or of one that is made of a description.
    async fn project_to_run(
        &self,
        source: &str,
        again: &Again,
        context: &RequestContext<RoleServer>,
    ) -> Result<ToRun, Failure> {
        let root = self.output_root(context).await?;
        let named = projects::named(&root, source);
        if named.is_ok() || (projects::is_project(source) && !self.is_description(source, context).await?) {
            return named.map(|dir| ToRun::Project(dir, Vec::new()));
        }
        let reading = self.read(source, context).await?;
        let dir = projects::folder(&root, &default_name(&reading))?;
        // A project that is there already stays as it was chosen to be.
        let options = Manifest::read(&dir).ok().flatten().map(|manifest| manifest.header.options);
        let tree = project(&reading, &options.unwrap_or_default())
            .ok_or_else(|| Failure::new(format!("no project can be made of {source}")))?;
        let overwrite = match wish(&tree, &dir, again, context).await {
            Wish::Known(overwrite) => overwrite,
            Wish::Ask(question) => return Ok(ToRun::Ask(question)),
        };
        let written = tree.write(&dir, WriteOptions::default().force(overwrite)).map_err(|error| {
            Failure::new(error.to_string())
                .next("make the project with generate_mock_api and another `output_dir_name`")
        })?;
        let kept = written.with(Outcome::Kept).map(str::to_owned).collect();
        Ok(ToRun::Project(dir, kept))
    }

    /// The server of a project that runs, on the port that is asked for.
    async fn runs_already(&self, dir: &Path, port: Option<u16>) -> Result<Option<RunningServer>, Failure> {
        let running = self.shared.controller.list().await.map_err(|error| Failure::new(error.to_string()))?;
        let real = |dir: &Path| dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let dir = real(dir);
        let is_it = |server: &RunningServer| {
            real(&server.project) == dir && port.is_none_or(|port| server.port == port)
        };
        Ok(running.into_iter().find(is_it))
    }

    /// Refuses a server that was started before its project was made of another description.
    async fn still_current(&self, running: &RunningServer, dir: &Path) -> Result<(), Failure> {
        let mock = self.mock(&running.url).await?;
        let Ok(health) = mock.call(&GetHealth::new()).await else { return Ok(()) };
        let made_of = Manifest::read(dir).ok().flatten().map(|manifest| manifest.header.source.sha256);
        let serves = health.source.map(|source| source.sha256);
        if made_of.is_none() || serves.is_none() || made_of == serves {
            return Ok(());
        }
        let message =
            format!("the mock at {} still serves the description that it was started with", running.url);
        Err(Failure::new(message).next(format!(
            "stop_mock_server with {{\"server\": \"{}\"}}, then start_mock_server again: it serves the new one",
            running.id
        )))
    }

    async fn started(&self, options: StartOptions) -> Result<RunningServer, Failure> {
        let port = options.port;
        self.shared.controller.start(options).await.map_err(|error| {
            let failure = match &error {
                ControlError::Ended { status, output } => {
                    Failure::new(format!("the server could not start ({status})"))
                        .told("server", last(output))
                }
                ControlError::Timeout { patience, output } => {
                    Failure::new(format!("the server did not answer within {} s", patience.as_secs()))
                        .told("server", last(output))
                }
                _ => Failure::new(error.to_string()),
            };
            match (&error, port) {
                (ControlError::AlreadyRunning(server), _) => {
                    failure.next(format!("use the one at {}, or choose another port", server.url))
                }
                (ControlError::Process(_), Some(_)) => {
                    failure.next("leave `port` out: a free one is chosen then")
                }
                (ControlError::Ended { .. } | ControlError::Timeout { .. }, _) => {
                    failure.next("the lines above say what the server could not do")
                }
                _ => failure,
            }
        })
    }
}

/// What to know of other servers with the same database.
fn shared(beside: &[RunningServer]) -> String {
    if beside.is_empty() {
        return String::new();
    }
    let urls: Vec<&str> = beside.iter().map(|server| server.url.as_str()).collect();
    format!(
        "\nIt shares the project's database, so also its log, scenarios and storage, with the mock at {}. For one with a \
         database of its own, make a project with generate_mock_api and another `output_dir_name`.",
        urls.join(", ")
    )
}

/// The last lines of a server's output that say something: not those of a stack.
fn last(output: &[String]) -> String {
    let says = |line: &&String| !line.starts_with(char::is_whitespace) && !line.starts_with("Traceback");
    let mut lines: Vec<String> =
        output.iter().filter(says).map(|text| line(text, 500)).filter(|line| !line.is_empty()).collect();
    lines.drain(..lines.len().saturating_sub(LAST));
    lines.join("\n")
}

fn reply(
    server: &RunningServer,
    api: &Api,
    was_running: bool,
    files_kept: Vec<String>,
    asked: &StartArguments,
) -> Reply<Started> {
    let example = api.operations.first().map(|operation| line(&operation.id, 100));
    let mut first_steps = Vec::new();
    if let Some(id) = &example {
        first_steps
            .push(format!("call_mock with {{\"server_url\": \"{}\", \"operation\": \"{id}\"}}", server.url));
    }
    first_steps.push(format!("query_mock_logs with {{\"server_url\": \"{}\"}}", server.url));
    first_steps.push(format!("{}/docs shows the API to a person", server.url));
    if server.project.join("templates/admin.html").is_file() {
        first_steps.push(format!("{}/admin shows a person what happens, and lets them steer it", server.url));
    }
    let started = Started {
        status: Status::Success,
        url: server.url.clone(),
        port: server.port,
        server: server.id.clone(),
        pid: server.pid,
        project: server.project.display().to_string(),
        title: line(&api.title, 200),
        operations: api.operations.len(),
        was_running,
        files_kept,
        first_steps,
    };
    let how = if was_running { "runs already" } else { "runs" };
    let is_usual = matches!((asked.validation, asked.auth), (Validation::Enforce, Auth::Enforce));
    let note = if was_running && !is_usual {
        "\nIt was started before, and `validation` and `auth` are as they were then: stop it first to change them."
    } else {
        ""
    };
    let kept = match started.files_kept.as_slice() {
        [] => String::new(),
        files => format!("\nKept as a person changed them: {}.", files.join(", ")),
    };
    let text = format!(
        "The mock {how} at {} with {} operations, as {}.{note}{kept}\nFirst steps:\n{}",
        started.url,
        started.operations,
        started.server,
        data("description", &started.first_steps.join("\n"))
    );
    Reply::new(started, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_no_part_of_what_a_server_says() {
        let output =
            ["Traceback (most recent call last):", "  File \"main.py\"", "", "Bad: the kettle is cold"];
        assert_eq!(last(&output.map(str::to_owned)), "Bad: the kettle is cold");
        let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(last(&many), "15\n16\n17\n18\n19");
    }
}
