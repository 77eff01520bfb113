//! `stop_mock_server`: ends a mock that runs in the background.

use std::time::Duration;

use mockloop_runtime::control::ServerState;
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;
use crate::failure::Failure;
use crate::log::Weight;
use crate::mocks::address;
use crate::reply::Reply;
use crate::server::Mockloop;

/// How long a server has to end in order.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopArguments {
    /// The mock: its name, port or URL.
    #[schemars(length(min = 1, max = 2000), example = &"petstore_mock-8000")]
    server: String,
}

/// A mock that was ended.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stopped {
    status: Status,
    /// What it was called.
    server: String,
    /// Where it answered.
    url: String,
    /// The project's folder, which stays, with its log.
    project: String,
}

#[tool_router(router = stop_router, vis = "pub(crate)")]
impl Mockloop {
    /// Ends a mock.
    #[tool(
        name = "stop_mock_server",
        description = "End a mock server that runs in the background: what it answers now is answered, and what it was asked \
            is logged. Its project and log stay. Only servers that were started by start_mock_server or `mockloop start` \
            are ended.\n\
            Example: {\"server\": \"8000\"}",
        annotations(
            title = "Stop a mock server",
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = false,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Stopped>()
    )]
    async fn stop_mock_server(
        &self,
        Parameters(arguments): Parameters<StopArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Reply<Stopped>, Failure> {
        let stopped = match self.shared.controller.stop(&arguments.server, GRACE).await {
            Ok(stopped) => stopped,
            Err(error) => return Err(self.not_stopped(&arguments.server, &error.to_string()).await),
        };
        self.resources_changed(&context).await;
        let how = if stopped.state == ServerState::Ended {
            "had ended by itself and is forgotten"
        } else {
            "was stopped"
        };
        let stopped = Stopped {
            status: Status::Success,
            server: stopped.id,
            url: stopped.url,
            project: stopped.project.display().to_string(),
        };
        self.say(Weight::Info, &format!("{} at {} {how}", stopped.server, stopped.url), &context).await;
        let text = format!("{} {how}; its project and log are in {}.", stopped.server, stopped.project);
        Ok(Reply::new(stopped, text))
    }
}

impl Mockloop {
    /// Says whether something else has the address, and what can be stopped.
    async fn not_stopped(&self, server: &str, why: &str) -> Failure {
        let failure = Failure::new(why);
        let running = self.shared.controller.list().await.unwrap_or_default();
        let ids: Vec<&str> = running.iter().map(|server| server.id.as_str()).collect();
        if !ids.is_empty() {
            return failure.next(format!("give one of: {}", ids.join(", ")));
        }
        let wanted = address(server, &[]).map(|url| url.as_str().trim_end_matches('/').to_owned());
        let found = self.running().await;
        if found.iter().any(|(url, _)| Some(url) == wanted.as_ref()) {
            return failure.next("this mock was started by other means: end it where it was started");
        }
        failure.next("nothing has to be stopped; discover_mock_servers shows what runs")
    }
}
