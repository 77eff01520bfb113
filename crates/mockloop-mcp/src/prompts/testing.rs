//! What to test of an API.

use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::PromptMessage;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::asking;
use super::facts::told;
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct TestingArguments {
    /// The API: a project's name, or a description's path or URL.
    openapi_spec: String,
    /// What the tests are for: `comprehensive`, `functional`, `performance` or `security`.
    testing_focus: Option<String>,
    /// Whether risks are to be assessed: `true` or `false`.
    risk_assessment: Option<String>,
}

#[expect(missing_docs, reason = "the macro adds functions to the type")]
#[prompt_router(router = "testing_router", vis = "pub(crate)")]
impl Mockloop {
    /// What to test of an API.
    #[prompt(
        name = "analyze_openapi_for_testing",
        description = "Plan tests of an API from its description: scenarios by priority, operations involved, risks."
    )]
    async fn analyze_openapi_for_testing(
        &self,
        Parameters(arguments): Parameters<TestingArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let api = self.prompted_api(&arguments.openapi_spec, &context).await?;
        let focus = arguments.testing_focus.as_deref().unwrap_or("comprehensive");
        let mut parts = vec![
            format!("Plan {focus} tests of the API below."),
            told(&api),
            "List the scenarios that are worth a test, the most important first. For each: what it shows, the operations \
             in order, the requests (valid and invalid), and what a right client does. Cover what the description \
             documents: required and optional parameters, every documented status, security, and states that follow each \
             other."
                .to_owned(),
        ];
        if arguments.risk_assessment.as_deref() != Some("false") {
            parts.push(
                "Then name the risks: operations that change or delete, unclear or missing error responses, \
                 unsecured operations, schemas without bounds; how grave each is, and a test that would show it."
                    .to_owned(),
            );
        }
        parts.push(
            "Next: inspect_api shows an operation whole; generate_mock_api and start_mock_server give a mock to run the \
             tests against; call_mock sends each request; verify_requests checks what a client sent."
                .to_owned(),
        );
        Ok(asking(&parts))
    }
}
