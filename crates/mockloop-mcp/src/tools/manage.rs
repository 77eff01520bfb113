//! `manage_mock_data`: what a mock answers, changed while it runs.

use mockloop_runtime::admin::models::{ChangedScenario, ForSession, NewScenario, OverrideResponse, Scenario};
use mockloop_runtime::admin::{
    ActivateScenario, AdminError, ClearOverride, ClearOverrides, CreateScenario, DeactivateScenario,
    DeleteScenario, GetActiveScenario, GetHealth, GetScenario, ListScenarios, MockClient, Raw, SetOverride,
    UpdateScenario,
};
use mockloop_spec::model::Api;
use reqwest::StatusCode;
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Status;
use super::response::{operation_id, response};
use crate::budget;
use crate::failure::Failure;
use crate::reply::{Reply, data, line, name};
use crate::scenario;
use crate::server::Mockloop;

/// The most scenarios that a failure names.
const NAMED: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManageArguments {
    /// The mock's URL, its port, or its name as `start_mock_server` gave it.
    #[schemars(length(min = 1, max = 2000), example = &"http://127.0.0.1:8000")]
    server_url: String,
    /// What to do.
    operation: Action,
    /// For `update_response` and `clear_response`: the operation's id, its method and path such as `GET /pets/{petId}`, or its path where
    /// the path has one operation.
    #[schemars(length(min = 1, max = 2000), example = &"/pets/{petId}")]
    endpoint_path: Option<String>,
    /// For `update_response`: the body to answer with. For more than a body, an object of `status_code` and any of
    /// `headers`, `body`, `text` with its `content_type`, `example` (the name of one that the description has) and
    /// `delay_ms`.
    response_data: Option<Value>,
    /// The scenario's name. For `switch_scenario` without one, no scenario is active.
    #[schemars(length(min = 1, max = 100), example = &"payments are down")]
    scenario_name: Option<String>,
    /// For `create_scenario`: rules by operation, `{"operations": {"getPet": [{"respond": {"status": 503}}]}}`; an
    /// operation may be `*` or `GET /pets/*`. A rule has any of `when` (query, headers, path, cookies, body),
    /// `respond` (status, headers, body, example), `delay`, `fault` (close, reset, stall, truncate, garble, drip),
    /// `probability`, `times`, `sequence`, `rate_limit`. For `switch_scenario`: `{"session_id": ".."}` makes it active
    /// for requests with that `X-Session-ID` alone.
    scenario_config: Option<Map<String, Value>>,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Set what one operation answers.
    UpdateResponse,
    /// Forget what `update_response` set, for one operation or, without `endpoint_path`, for all.
    ClearResponse,
    /// Make a scenario, or change the one of that name.
    CreateScenario,
    /// Make a scenario active in place of the one that is.
    SwitchScenario,
    /// List the scenarios, with those that come with the mock.
    ListScenarios,
    /// One scenario with its rules.
    GetScenario,
    /// Delete a scenario.
    DeleteScenario,
    /// Forget all set responses, and make no scenario active.
    Reset,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Managed {
    status: Status,
    operation: Action,
    /// What there is now: the response, the scenario, or the scenarios.
    result: Value,
    /// The mock's URL.
    server_url: String,
    /// What was done, in words.
    message: String,
}

#[tool_router(router = manage_router, vis = "pub(crate)")]
impl Mockloop {
    /// Changes what a mock answers.
    #[tool(
        name = "manage_mock_data",
        description = "Change what a running mock answers, at once and without a restart: set the response of one operation \
            (update_response, undone by clear_response), or make and switch scenarios that answer by rules, with delays, faults, sequences and rate \
            limits (create_scenario, switch_scenario, list_scenarios, get_scenario, delete_scenario); `reset` undoes it all. \
            Every mock comes with scenarios such as server-errors, slow-network, flaky and rate-limited: list_scenarios shows \
            them.\n\
            Examples: {\"server_url\": \"8000\", \"operation\": \"update_response\", \"endpoint_path\": \"getPetById\", \
            \"response_data\": {\"status_code\": 404}}; {\"server_url\": \"8000\", \"operation\": \"switch_scenario\", \
            \"scenario_name\": \"flaky\"}",
        annotations(
            title = "Change what a mock answers",
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Managed>()
    )]
    async fn manage_mock_data(
        &self,
        Parameters(arguments): Parameters<ManageArguments>,
    ) -> Result<Reply<Managed>, Failure> {
        let mock = self.mock(&arguments.server_url).await?;
        let done = match arguments.operation {
            Action::UpdateResponse => {
                let api = self.api_of(&mock).await?;
                arguments.update(&mock, &api).await
            }
            Action::CreateScenario => arguments.create(&mock).await,
            Action::SwitchScenario => arguments.switch(&mock).await,
            Action::ClearResponse => {
                // Without an operation all are meant.
                let api =
                    if arguments.endpoint_path.is_some() { Some(self.api_of(&mock).await?) } else { None };
                arguments.clear(&mock, api.as_deref()).await
            }
            Action::ListScenarios => list(&mock).await,
            Action::GetScenario => arguments.get(&mock).await,
            Action::DeleteScenario => arguments.delete(&mock).await,
            Action::Reset => reset(&mock).await,
        };
        let (mut result, message) = match done {
            Ok(done) => done,
            Err(Undone::Call(error)) => {
                let next = arguments.next(&error, &mock).await;
                let failure = self.explain(*error).await;
                return Err(if let Some(next) = next { failure.next(next) } else { failure });
            }
            Err(Undone::Failure(failure)) => return Err(failure),
        };
        let was_cut = budget::fit(&mut result, budget::RESULT - 1000);
        let mut short = result.clone();
        budget::fit(&mut short, 3000);
        let mut text = format!("{message}\n{}", data("mock", &short.to_string()));
        if was_cut {
            text += "\nLong parts were shortened: get_scenario shows one scenario.";
        }
        let managed = Managed {
            status: Status::Success,
            operation: arguments.operation,
            result,
            server_url: mock.url().to_owned(),
            message,
        };
        Ok(Reply::new(managed, text))
    }
}

/// Why it was not done.
enum Undone {
    Call(Box<AdminError>),
    Failure(Failure),
}

impl From<AdminError> for Undone {
    fn from(error: AdminError) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

type Done = Result<(Value, String), Undone>;

impl ManageArguments {
    async fn update(&self, mock: &MockClient, api: &Api) -> Done {
        let endpoint = self.endpoint_path.as_deref().ok_or_else(|| self.lacks("endpoint_path"))?;
        let data = self.response_data.as_ref().ok_or_else(|| self.lacks("response_data"))?;
        let id = operation_id(api, endpoint)?;
        let set = Raw::of(SetOverride::new(id.clone(), OverrideResponse::new())).body(response(data));
        let set = mock.call(&set).await?;
        let warned = set["findings"].as_array().is_some_and(|findings| !findings.is_empty());
        let told = if warned { "; the findings say where it is not as described" } else { "" };
        Ok((set, format!("{} answers so from the next request on{told}.", name(&id))))
    }

    async fn create(&self, mock: &MockClient) -> Done {
        let name = self.name()?;
        let config = self.scenario_config.as_ref().ok_or_else(|| self.lacks("scenario_config"))?;
        let document = scenario::document(name, config)?;
        let is_there = matches!(mock.call(&GetScenario::new(name)).await, Ok(found) if !found.built_in);
        // The document goes as it was written: types would read `10` and `10.0` as one.
        let scenario = if is_there {
            let changed = ChangedScenario::new([]);
            mock.call(&Raw::of(UpdateScenario::new(name, changed)).body(document)).await?
        } else {
            let new = NewScenario::new(name, []);
            mock.call(&Raw::of(CreateScenario::new(new)).body(document)).await?
        };
        let done = if is_there { "changed" } else { "made" };
        Ok((scenario, format!("The scenario was {done}; switch_scenario makes it active.")))
    }

    async fn switch(&self, mock: &MockClient) -> Done {
        let session = self.session();
        let before = mock.call(&GetActiveScenario { session_id: session.clone() }).await?.active;
        let before_name = before.as_ref().map(|active| active.scenario.name.clone());
        let whose = match &session {
            Some(session) => format!("requests of session {}", line(session, 100)),
            None => "all requests".to_owned(),
        };
        let Some(name) = self.scenario_name.as_deref() else {
            let Some(before) = before else {
                return Ok((json!({"active": null}), format!("No scenario was active for {whose}.")));
            };
            let call = DeactivateScenario { name: before.scenario.name, body: for_session(session) };
            mock.call(&call).await?;
            return Ok((
                json!({"active": null, "before_scenario": before_name}),
                format!("No scenario is active for {whose}."),
            ));
        };
        let call = ActivateScenario { name: name.to_owned(), body: for_session(session) };
        let active = mock.call(&call).await?;
        let overridden = overridden(active.overridden.as_deref().unwrap_or_default());
        let result = json!({"active": json(&active), "before_scenario": before_name});
        Ok((result, format!("The scenario decides for {whose} from the next one on{overridden}.")))
    }

    /// Forgets what `update_response` set, for one operation or for all.
    async fn clear(&self, mock: &MockClient, api: Option<&Api>) -> Done {
        let Some((api, endpoint)) = api.zip(self.endpoint_path.as_deref()) else {
            checked(mock).await?;
            let cleared = mock.call(&ClearOverrides::new()).await?;
            return Ok((json(&cleared), "No operation has a set response any more.".to_owned()));
        };
        let id = operation_id(api, endpoint)?;
        let was_set = match mock.call(&ClearOverride::new(id.clone())).await {
            Ok(()) => true,
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => false,
            Err(error) => return Err(error.into()),
        };
        let told = if was_set { "has no set response any more" } else { "had no set response" };
        Ok((json!({"operation_id": id, "was_set": was_set}), format!("{} {told}.", name(&id))))
    }

    async fn get(&self, mock: &MockClient) -> Done {
        let scenario = mock.call(&Raw::of(GetScenario::new(self.name()?))).await?;
        Ok((scenario, "The scenario with its rules.".to_owned()))
    }

    async fn delete(&self, mock: &MockClient) -> Done {
        let name = self.name()?;
        checked(mock).await?;
        mock.call(&DeleteScenario::new(name)).await?;
        Ok((json!({ "deleted": name }), "The scenario was deleted.".to_owned()))
    }

    /// What to do about a scenario that the mock refused.
    async fn next(&self, error: &AdminError, mock: &MockClient) -> Option<String> {
        self.scenario_name.as_ref()?;
        let status = error.status()?;
        if status == StatusCode::NOT_FOUND {
            let page = mock.call(&ListScenarios { limit: Some(1000), ..ListScenarios::new() }).await.ok()?;
            let names: Vec<String> =
                page.scenarios.iter().take(NAMED).map(|each| line(&each.name, 100)).collect();
            return Some(format!("there are:\n{}", data("mock", &names.join("\n"))));
        }
        let is_built_in = || async {
            let found = mock.call(&GetScenario::new(self.scenario_name.as_deref().unwrap_or_default())).await;
            found.is_ok_and(|scenario| scenario.built_in)
        };
        let next = match (self.operation, status) {
            (Action::CreateScenario, StatusCode::BAD_REQUEST) => scenario::FORM,
            (Action::CreateScenario, StatusCode::CONFLICT) => "give it another `scenario_name`",
            (Action::DeleteScenario, StatusCode::CONFLICT) if is_built_in().await => {
                "leave it: it comes with the mock; `reset` or switch_scenario without `scenario_name` makes it inactive"
            }
            (Action::DeleteScenario, StatusCode::CONFLICT) => {
                "switch_scenario without `scenario_name` makes none active, with `scenario_config` {\"session_id\": \
                 \"..\"} for that session; `reset` does it for all. Then delete it"
            }
            _ => return None,
        };
        Some(next.to_owned())
    }

    fn name(&self) -> Result<&str, Failure> {
        self.scenario_name.as_deref().ok_or_else(|| self.lacks("scenario_name"))
    }

    fn session(&self) -> Option<String> {
        self.scenario_config.as_ref()?.get("session_id")?.as_str().map(str::to_owned)
    }

    fn lacks(&self, argument: &str) -> Failure {
        let operation = json(&self.operation);
        Failure::new(format!("{} needs `{argument}`", operation.as_str().unwrap_or_default()))
            .next(format!("call it again with `{argument}`"))
    }
}

async fn list(mock: &MockClient) -> Done {
    let page = mock.call(&ListScenarios { limit: Some(1000), ..ListScenarios::new() }).await?;
    let active = mock.call(&GetActiveScenario::new()).await?.active;
    let current = active.map(|active| active.scenario.name);
    let brief = |scenario: &Scenario| {
        json!({"name": scenario.name, "description": line(&scenario.description, 300),
            "built_in": scenario.built_in, "is_active": scenario.is_active, "sessions": scenario.sessions})
    };
    let scenarios: Vec<Value> = page.scenarios.iter().map(brief).collect();
    let in_sessions = page.scenarios.iter().filter(|scenario| !scenario.sessions.is_empty()).count();
    let whose = match in_sessions {
        0 => String::new(),
        1 => ", and 1 for sessions of its own".to_owned(),
        several => format!(", and {several} for sessions of their own"),
    };
    let message = match &current {
        Some(name) => format!("{} scenarios; {} is active{whose}.", page.total_count, line(name, 100)),
        None => format!("{} scenarios; none is active for all requests{whose}.", page.total_count),
    };
    Ok((json!({"scenarios": scenarios, "current_scenario": current}), message))
}

/// Whether a mock is there: nothing else is asked to delete anything.
async fn checked(mock: &MockClient) -> Result<(), AdminError> {
    mock.call(&GetHealth::new()).await.map(drop)
}

async fn reset(mock: &MockClient) -> Done {
    checked(mock).await?;
    let cleared = mock.call(&ClearOverrides::new()).await?;
    let page = mock.call(&ListScenarios { limit: Some(1000), ..ListScenarios::new() }).await?;
    let mut deactivated = Vec::new();
    for scenario in page.scenarios {
        let sessions = scenario.sessions.iter().map(|session| Some(session.clone()));
        let whose = scenario.is_active.then_some(None).into_iter().chain(sessions);
        for session in whose {
            mock.call(&DeactivateScenario { name: scenario.name.clone(), body: for_session(session) })
                .await?;
            deactivated.push(scenario.name.clone());
        }
    }
    let result = json!({"overrides": json(&cleared), "deactivated": deactivated});
    Ok((result, "The mock answers as its description says. Scenarios are kept.".to_owned()))
}

/// What to know of operations whose set responses are used in place of a scenario's rules.
fn overridden(ids: &[String]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let named: Vec<String> = ids.iter().take(NAMED).map(|id| name(id)).collect();
    format!(
        ", except where a response was set by update_response, which goes first: {}. clear_response with `endpoint_path` \
         forgets one of these, and without it all",
        named.join(", ")
    )
}

fn for_session(session: Option<String>) -> Option<ForSession> {
    session.map(|session| ForSession { session_id: Some(Some(session)) })
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
