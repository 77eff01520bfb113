//! A scenario for given operations.

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
pub(crate) struct ScenarioArguments {
    /// What the scenario is for: `load_testing`, `error_simulation`, `security_testing` or `functional_testing`.
    scenario_type: String,
    /// The operations: ids, paths, or methods and paths, parted by commas.
    endpoints: String,
    /// The API: a project's name, or a description's path or URL.
    openapi_spec: Option<String>,
    /// Numbers to keep to, such as users, seconds and error rate.
    test_parameters: Option<String>,
    /// The scenario's name.
    scenario_name: Option<String>,
}

#[expect(missing_docs, reason = "the macro adds functions to the type")]
#[prompt_router(router = "scenario_router", vis = "pub(crate)")]
impl Mockloop {
    /// A scenario for given operations.
    #[prompt(
        name = "generate_scenario_config",
        description = "Write a scenario for given operations of an API: responses, delays, faults, sequences."
    )]
    async fn generate_scenario_config(
        &self,
        Parameters(arguments): Parameters<ScenarioArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let kind = line(&arguments.scenario_type, 100);
        let mut parts = vec![format!("Write a scenario of the kind {kind} for a mock.")];
        match &arguments.openapi_spec {
            Some(spec) => {
                let api = self.prompted_api(spec, &context).await?;
                parts.push(chosen(&api, &arguments.endpoints)?);
            }
            None => {
                parts.push(format!("It is about these operations: {}.", line(&arguments.endpoints, 1000)));
            }
        }
        if let Some(name) = &arguments.scenario_name {
            parts.push(format!("Call it {}.", line(name, 100)));
        }
        if let Some(numbers) = &arguments.test_parameters {
            parts.push(format!("Keep to: {}.", line(numbers, 1000)));
        }
        parts.push(SCENARIO.to_owned());
        Ok(asking(&parts))
    }
}
