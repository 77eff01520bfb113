//! A scenario made fit for load.

use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::PromptMessage;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SCENARIO, asking};
use crate::reply::{data, line};
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct LoadArguments {
    /// The scenario to begin with: its configuration, or its name on a running mock.
    base_scenario: String,
    /// The load to reach, such as requests per second or users.
    target_load: String,
    /// What has to be kept, such as `p95 below 300 ms`.
    performance_requirements: Option<String>,
}

#[expect(missing_docs, reason = "the macro adds functions to the type")]
#[prompt_router(router = "load_router", vis = "pub(crate)")]
impl Mockloop {
    /// A scenario made fit for load.
    #[prompt(
        name = "optimize_scenario_for_load",
        description = "Change a scenario so that a client is tested under load: latency with a tail, rate limits, rare faults."
    )]
    async fn optimize_scenario_for_load(
        &self,
        Parameters(arguments): Parameters<LoadArguments>,
        _context: RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let mut parts = vec![
            format!("Change this scenario for a load of {}.", line(&arguments.target_load, 200)),
            data("scenario", &arguments.base_scenario),
        ];
        if let Some(requirements) = &arguments.performance_requirements {
            parts.push(format!("It has to keep: {}.", line(requirements, 1000)));
        }
        parts.push(
            "Give answers a latency as networks have it ({\"delay\": {\"log_normal\": {\"median\": 80, \"sigma\": \
             0.5}}}), refuse what is over the load ({\"rate_limit\": {\"requests\": N, \"window_ms\": 1000}}), and let a \
             small share fail (`probability`). Say what each rule shows of a client."
                .to_owned(),
        );
        parts.push(SCENARIO.to_owned());
        parts.push(
            "Next: run the client against the mock, then query_mock_logs with analyze for p95, p99 and errors, and \
             compare_traffic for the runs before and after."
                .to_owned(),
        );
        Ok(asking(&parts))
    }
}
