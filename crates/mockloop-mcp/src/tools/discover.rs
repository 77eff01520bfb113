//! `discover_mock_servers`: which mocks run, and which projects there are.

use mockloop_runtime::discover::{Discovery, FoundMock, PortState, ProjectInfo, Search, Speaks, discover};
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Status;
use crate::budget;
use crate::failure::Failure;
use crate::reply::{Reply, data, line};
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscoverArguments {
    /// The ports to look at; without them 8000-8005, 3000-3001, 5000-5001 and those of known projects.
    #[schemars(length(min = 1, max = 1000), inner(range(min = 1)))]
    ports: Option<Vec<u16>>,
    /// Whether each mock is told with its health: uptime, operations, database.
    #[serde(default = "yes")]
    check_health: bool,
    /// Whether generated projects are listed too.
    #[serde(default = "yes")]
    include_generated: bool,
}

fn yes() -> bool {
    true
}

/// What runs, and what could.
#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the original")]
pub(crate) struct Discovered {
    status: Status,
    /// Mocks that run: url, port, title, project, how long they run, whether they need a token.
    discovered_servers: Vec<Value>,
    /// Projects: name, path, title, version, port, parts, database, and where they run.
    generated_mocks: Vec<Value>,
    /// How many mocks run.
    total_running: usize,
    /// How many projects there are.
    total_generated: usize,
    /// Ports that were looked at and are free.
    free_ports: Vec<u16>,
    /// Ports that something else has.
    taken_ports: Vec<Value>,
    /// What was found, in words.
    message: String,
}

#[tool_router(router = discover_router, vis = "pub(crate)")]
impl Mockloop {
    /// Finds mocks and projects.
    #[tool(
        name = "discover_mock_servers",
        description = "Find the mock servers that run on this machine, and the projects that were generated. Use it when you \
            don't know a mock's URL, or whether one runs. Returns each mock with its URL, API and project, the projects that \
            start_mock_server can run, and which ports are free.\n\
            Examples: {}; {\"ports\": [8010, 8011]}",
        annotations(
            title = "Find mock servers",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Discovered>()
    )]
    async fn discover_mock_servers(
        &self,
        Parameters(arguments): Parameters<DiscoverArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Reply<Discovered>, Failure> {
        let mut search = self.search();
        search.ports = arguments.ports.clone().unwrap_or_default();
        if arguments.include_generated {
            search.folders.push(self.output_root(&context).await?);
        }
        let found = discover(search).await;
        Ok(reply(&arguments, &found))
    }
}

impl Mockloop {
    /// A search of this server's mocks.
    pub(crate) fn search(&self) -> Search {
        Search { state_dir: self.shared.options.state_dir.clone(), ..Search::default() }
    }
}

fn reply(arguments: &DiscoverArguments, found: &Discovery) -> Reply<Discovered> {
    let mut servers = Vec::new();
    let (mut free_ports, mut taken_ports, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for port in &found.ports {
        match &port.state {
            PortState::Free => free_ports.push(port.port),
            PortState::Taken { speaks } => {
                let speaks = match speaks {
                    Speaks::Http => "another HTTP server",
                    Speaks::Nothing => "something that says nothing",
                    _ => "something that is no HTTP server",
                };
                taken_ports.push(json!({"port": port.port, "by": speaks}));
            }
            PortState::Mock(mock) => {
                lines.push(told(mock));
                servers.push(server(port.port, mock, arguments.check_health));
            }
            _ => {}
        }
    }
    let projects: Vec<Value> =
        if arguments.include_generated { found.projects.iter().map(project).collect() } else { Vec::new() };
    let generated = if arguments.include_generated {
        format!("; {} projects were generated", projects.len())
    } else {
        String::new()
    };
    let message = format!("{} mocks run{generated}.", servers.len());
    let mut discovered = Discovered {
        status: Status::Success,
        total_running: servers.len(),
        total_generated: projects.len(),
        discovered_servers: servers,
        generated_mocks: projects,
        free_ports,
        taken_ports,
        message: message.clone(),
    };
    shorten(&mut discovered.generated_mocks);
    let mut text = message;
    let names: Vec<&str> =
        discovered.generated_mocks.iter().filter_map(|each| each["name"].as_str()).take(50).collect();
    if !names.is_empty() {
        lines.push(format!("projects: {}", names.join(", ")));
    }
    if !lines.is_empty() {
        text = format!("{text}\n{}", data("discovery", &lines.join("\n")));
    }
    if discovered.total_running == 0 {
        text += "\nNext: start one with start_mock_server.";
    }
    Reply::new(discovered, text)
}

fn shorten(list: &mut Vec<Value>) {
    let mut value = Value::Array(std::mem::take(list));
    budget::fit(&mut value, budget::RESULT / 2);
    if let Value::Array(shortened) = value {
        *list = shortened;
    }
}

fn server(port: u16, mock: &FoundMock, with_health: bool) -> Value {
    let mut server = json!({"url": mock.url, "port": port, "status": mock.status, "is_mockloop_server": true,
        "response_time_ms": mock.response_ms, "needs_token": mock.needs_token, "project": mock.project,
        "server": mock.server});
    if let Some(identity) = &mock.identity {
        server["title"] = json!(line(&identity.title, 200));
        server["version"] = json!(line(&identity.version, 100));
        if with_health {
            server["server_info"] = json!({"operations": identity.operations, "uptime_seconds": identity.uptime_seconds,
                "pid": identity.pid, "database": identity.database, "admin_api": identity.admin_api});
        }
    }
    server
}

fn told(mock: &FoundMock) -> String {
    let title = mock.identity.as_ref().map_or("a mock that needs a token", |identity| &identity.title);
    format!("{} {}", mock.url, line(title, 100))
}

fn project(project: &ProjectInfo) -> Value {
    json!({"name": project.name, "path": project.path, "api_title": line(&project.title, 200),
        "api_version": line(&project.version, 100), "default_port": project.port, "has_auth": project.features.auth,
        "has_webhooks": project.features.webhooks, "has_storage": project.features.storage,
        "has_admin_ui": project.features.admin_ui, "has_database": project.database.is_some(),
        "database_size": project.database.as_ref().map(|database| database.bytes), "running": project.running})
}
