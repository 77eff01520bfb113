//! Scenarios in which things go wrong.

use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::PromptMessage;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::facts::chosen;
use super::{SCENARIO, asking};
use crate::reply::line;
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ErrorArguments {
    /// The operations: ids, paths, or methods and paths, parted by commas.
    api_endpoints: String,
    /// The API: a project's name, or a description's path or URL.
    openapi_spec: Option<String>,
    /// Which errors, such as `timeouts, 5xx, malformed bodies`.
    error_types: Option<String>,
    /// How bad: `low`, `medium` or `high`.
    severity_level: Option<String>,
}

#[expect(missing_docs, reason = "the macro adds functions to the type")]
#[prompt_router(router = "errors_router", vis = "pub(crate)")]
impl Mockloop {
    /// Scenarios in which things go wrong.
    #[prompt(
        name = "generate_error_scenarios",
        description = "Write scenarios in which operations fail: documented errors, timeouts, broken connections, bad bodies."
    )]
    async fn generate_error_scenarios(
        &self,
        Parameters(arguments): Parameters<ErrorArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let severity = line(arguments.severity_level.as_deref().unwrap_or("medium"), 50);
        let errors = arguments
            .error_types
            .as_deref()
            .unwrap_or("documented errors, 5xx, timeouts, broken connections");
        let mut parts = vec![format!(
            "Write error scenarios of severity {severity} for a mock: {}. Low: a few answers fail and a retry helps. \
             Medium: an operation fails for a while. High: much of the API is down, or answers are wrong without saying so.",
            line(errors, 500)
        )];
        match &arguments.openapi_spec {
            Some(spec) => {
                let api = self.prompted_api(spec, &context).await?;
                parts.push(chosen(&api, &arguments.api_endpoints)?);
            }
            None => parts
                .push(format!("They are about these operations: {}.", line(&arguments.api_endpoints, 1000))),
        }
        parts.push(
            "For each scenario say what a right client does, and how the log shows that it did.".to_owned(),
        );
        parts.push(SCENARIO.to_owned());
        Ok(asking(&parts))
    }
}
