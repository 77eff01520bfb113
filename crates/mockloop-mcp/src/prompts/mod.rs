//! Prompts: messages that carry the facts of an API and name the tools to use next.

mod debug;
mod errors;
mod facts;
mod load;
mod scenario;
mod security;
mod testing;

use rmcp::handler::server::router::prompt::PromptRouter;
use rmcp::model::{PromptMessage, Role};

use crate::server::Mockloop;

/// All of them.
pub(crate) fn router() -> PromptRouter<Mockloop> {
    Mockloop::testing_router()
        + Mockloop::scenario_router()
        + Mockloop::load_router()
        + Mockloop::errors_router()
        + Mockloop::security_router()
        + Mockloop::debug_router()
}

/// One message of the person, in parts.
fn asking(parts: &[String]) -> Vec<PromptMessage> {
    vec![PromptMessage::new_text(Role::User, parts.join("\n\n"))]
}

/// How a scenario is written, for prompts that ask for one.
const SCENARIO: &str = "\
Write each scenario for manage_mock_data (operation create_scenario), as scenario_config:
{\"description\": \"..\", \"operations\": {\"OPERATION_ID\": [{\"when\": {\"query\": {\"NAME\": \"VALUE\"}}, \
\"respond\": {\"status\": 503, \"body\": {}}, \"delay\": 250, \"probability\": 0.5}]}}
A rule may have `sequence` (steps, one per request), `times`, `rate_limit` ({\"requests\", \"window_ms\"}) and `fault` \
({\"kind\": \"close\" | \"reset\" | \"stall\" | \"truncate\" | \"garble\" | \"drip\"}). Use statuses that the operation \
documents. After creating one, make it active with switch_scenario and try it with call_mock.";
