//! Why a client fails.

use mockloop_runtime::admin::{MockClient, SearchLogs};
use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::PromptMessage;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::asking;
use crate::budget;
use crate::reply::{data, line};
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct DebugArguments {
    /// The mock that the client calls: its URL, or its port.
    server_url: String,
    /// The `X-Session-ID` of the client's requests.
    session_id: Option<String>,
    /// What is seen to go wrong.
    symptom: Option<String>,
}

#[expect(missing_docs, reason = "the macro adds functions to the type")]
#[prompt_router(router = "debug_router", vis = "pub(crate)")]
impl Mockloop {
    /// Why a client fails.
    #[prompt(
        name = "debug_failing_client",
        description = "Find out from a mock's log why a client fails: invalid requests, wrong paths, missing credentials, faults."
    )]
    async fn debug_failing_client(
        &self,
        Parameters(arguments): Parameters<DebugArguments>,
        _context: RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let mock = self
            .mock(&arguments.server_url)
            .await
            .map_err(|failure| ErrorData::invalid_params(failure.text(), None))?;
        let mut parts = vec![format!("A client of the mock at {} fails. Find out why.", mock.url())];
        if let Some(symptom) = &arguments.symptom {
            parts.push(format!("What is seen: {}", line(symptom, 1000)));
        }
        if let Some(session) = &arguments.session_id {
            parts.push(format!("Its requests carry the session {}.", line(session, 200)));
        }
        parts.push(self.failures(&mock, arguments.session_id.as_deref()).await);
        parts.push(
            "1. query_mock_logs with `analyze` shows the rest: undocumented paths, validation failures by parameter, errors.\n\
             2. `decided_by` says what made an answer: validation and security are the client's fault; scenario, override \
             and handler are the mock's; routing is a wrong path or method.\n\
             3. inspect_api with the operation shows what it takes; call_mock sends a request that is right, to compare.\n\
             4. manage_mock_data with list_scenarios shows whether a scenario is active.\n\
             Then say which request is wrong, in what way, and what to change in the client."
                .to_owned(),
        );
        Ok(asking(&parts))
    }
}

/// Failed requests that a prompt shows.
const SHOWN: i64 = 20;

impl Mockloop {
    /// The newest requests that failed, marked as data.
    async fn failures(&self, mock: &MockClient, session: Option<&str>) -> String {
        let search = SearchLogs {
            status: Some(vec!["4xx".to_owned(), "5xx".to_owned()]),
            session_id: session.map(str::to_owned),
            limit: Some(SHOWN),
            ..SearchLogs::new()
        };
        let page = match mock.call(&search).await {
            Ok(page) => page,
            Err(error) => {
                return format!("Its log can't be read: {}", self.explain(error).await.text());
            }
        };
        let mut logs = serde_json::to_value(&page.logs).unwrap_or_default();
        budget::fit(&mut logs, 20_000);
        format!("{} requests failed. The newest:\n{}", page.total_count, data("log", &logs.to_string()))
    }
}
