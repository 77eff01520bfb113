//! Scenarios that show how a client treats security.

use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::PromptMessage;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::facts::told;
use super::{SCENARIO, asking};
use crate::reply::line;
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SecurityArguments {
    /// The API: a project's name, or a description's path or URL.
    api_spec: String,
    /// What to look at, such as `authentication, injection`.
    security_focus: Option<String>,
    /// Rules to keep, such as `OWASP API Security Top 10`.
    compliance_requirements: Option<String>,
}

#[expect(missing_docs, reason = "the macro adds functions to the type")]
#[prompt_router(router = "security_router", vis = "pub(crate)")]
impl Mockloop {
    /// Scenarios that show how a client treats security.
    #[prompt(
        name = "generate_security_test_scenarios",
        description = "Plan security tests of an API and of its clients: credentials, scopes, invalid input, leaks."
    )]
    async fn generate_security_test_scenarios(
        &self,
        Parameters(arguments): Parameters<SecurityArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let api = self.prompted_api(&arguments.api_spec, &context).await?;
        let focus = arguments
            .security_focus
            .as_deref()
            .unwrap_or("authentication, authorization, invalid input, leaks");
        let mut parts = vec![
            format!("Plan security tests for the API below: {}.", line(focus, 500)),
            told(&api),
            "For each operation that is secured: no credentials, malformed ones, expired ones (401), ones that are not \
             allowed (403). For each that takes input: values beyond the schema, other types, text that could be markup, \
             SQL or a path. Name operations that are not secured and change something."
                .to_owned(),
        ];
        if let Some(rules) = &arguments.compliance_requirements {
            parts.push(format!("Say for each test which rule it serves: {}.", line(rules, 500)));
        }
        parts.push(SCENARIO.to_owned());
        parts.push(
            "Send the requests with call_mock (`credentials`: false leaves them out, `exact_body`: true sends a body as it \
             is); query_mock_logs shows what was refused and why. A mock shows how clients behave; that a real server is \
             safe it can't show."
                .to_owned(),
        );
        Ok(asking(&parts))
    }
}
