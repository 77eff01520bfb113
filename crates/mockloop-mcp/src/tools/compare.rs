//! `compare_traffic`: two parts of a mock's log beside each other.

use mockloop_runtime::admin::CompareLogs;
use mockloop_runtime::admin::models::CompareLogsBody;
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::inspect::find;
use super::verify::given;
use crate::budget;
use crate::failure::Failure;
use crate::reply::{Reply, data};
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareArguments {
    /// The mock's URL, its port, or its name as `start_mock_server` gave it.
    #[schemars(length(min = 1, max = 2000), example = &"http://127.0.0.1:8000")]
    server_url: String,
    /// The part that is compared with.
    baseline: Part,
    /// The part that is looked at.
    candidate: Part,
}

/// A part of the log: requests that meet all of these.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Methods.
    method: Option<Vec<String>>,
    /// Statuses, classes or ranges: `404`, `5xx`, `400-499`.
    status: Option<Vec<String>>,
    /// The path, or a glob where it holds `*`.
    path: Option<String>,
    /// The operation's id, or its method and path such as `GET /pets/{petId}`.
    operation_id: Option<String>,
    /// A tag of the operation.
    tag: Option<String>,
    /// The `X-Session-ID` of the requests.
    session_id: Option<String>,
    /// The scenario that acted.
    scenario: Option<String>,
    /// The client's address.
    client: Option<String>,
    /// At this time or later (RFC 3339, or a date; UTC where there is no offset).
    time_from: Option<String>,
    /// Before this time (RFC 3339).
    time_to: Option<String>,
}

/// Both parts, and how they differ.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Compared {
    /// Both parts' numbers, the differences, and the endpoints that differ.
    comparison: Value,
    /// Whether long lists were shortened.
    was_shortened: bool,
}

#[tool_router(router = compare_router, vis = "pub(crate)")]
impl Mockloop {
    /// Compares two parts of a mock's log.
    #[tool(
        name = "compare_traffic",
        description = "Compare two parts of a mock's traffic: two sessions, two scenarios or two time ranges. Use it to see \
            what changed between two test runs: counts, error rate, latency, endpoints that appeared, vanished or got \
            slower.\n\
            Example: {\"server_url\": \"8000\", \"baseline\": {\"session_id\": \"run-1\"}, \"candidate\": {\"session_id\": \
            \"run-2\"}}",
        annotations(
            title = "Compare traffic",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Compared>()
    )]
    async fn compare_traffic(
        &self,
        Parameters(mut arguments): Parameters<CompareArguments>,
    ) -> Result<Reply<Compared>, Failure> {
        let mock = self.mock(&arguments.server_url).await?;
        // No request is of an operation that is not there: both parts would be empty, and as good as equal.
        let operations =
            [&mut arguments.baseline, &mut arguments.candidate].map(|part| &mut part.operation_id);
        for operation in operations.into_iter().flatten() {
            let api = self.api_of(&mock).await?;
            operation.clone_from(&find(&api, operation)?.id);
        }
        let part = |part: &Part| given(serde_json::to_value(part).unwrap_or_default());
        let body = json!({"baseline": part(&arguments.baseline), "candidate": part(&arguments.candidate)});
        let body: CompareLogsBody = serde_json::from_value(body)
            .map_err(|error| Failure::new(format!("these parts can't be compared: {error}")))?;
        let comparison = match mock.call(&CompareLogs::new(body)).await {
            Ok(comparison) => comparison,
            Err(error) => return Err(self.explain(error).await),
        };
        let mut comparison = serde_json::to_value(&comparison).unwrap_or_default();
        let was_shortened = budget::fit(&mut comparison, budget::RESULT - 1000);
        let mut short = comparison.clone();
        budget::fit(&mut short, 4000);
        let text = format!("Baseline and candidate:\n{}", data("log", &short.to_string()));
        Ok(Reply::new(Compared { comparison, was_shortened }, text))
    }
}
