//! `verify_requests`: whether requests came as expected.

use mockloop_runtime::admin::VerifyRequests;
use mockloop_runtime::admin::models::Verification;
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::inspect::find;
use crate::budget;
use crate::failure::Failure;
use crate::reply::{Reply, data};
use crate::server::Mockloop;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyArguments {
    /// The mock's URL, its port, or its name as `start_mock_server` gave it.
    #[schemars(length(min = 1, max = 2000), example = &"http://127.0.0.1:8000")]
    server_url: String,
    /// The operation: its id, or its method and path such as `GET /pets/{petId}`.
    operation_id: Option<String>,
    /// The method.
    method: Option<String>,
    /// The path, or a glob where it holds `*`.
    #[schemars(example = &"/pets/*")]
    path: Option<String>,
    /// The answer's status, class or range: `404`, `5xx`, `400-499`.
    #[schemars(regex(pattern = "^[1-5]([0-9]{2}(-[1-5][0-9]{2})?|[xX]{2})$"))]
    status: Option<String>,
    /// Only requests with this `X-Session-ID`.
    session_id: Option<String>,
    /// Only requests at this time or later (RFC 3339).
    time_from: Option<String>,
    /// Only requests before this time (RFC 3339).
    time_to: Option<String>,
    /// Query parameters by name: a value, or `{"equals": ..}`, `{"matches": "REGEX"}`, `{"present": false}`.
    query: Option<Map<String, Value>>,
    /// Headers by name, as `query`.
    headers: Option<Map<String, Value>>,
    /// The body: any of `equals`, `contains`, `matches`, `json_path` (values by `JSONPath`) and `schema`.
    #[schemars(example = json!({"json_path": {"$.name": "Rex"}}))]
    body: Option<Map<String, Value>>,
    /// There have to be exactly so many.
    #[schemars(range(min = 0))]
    exactly: Option<u64>,
    /// There have to be so many or more; 1 where nothing is said.
    #[schemars(range(min = 0))]
    at_least: Option<u64>,
    /// There have to be so many or fewer.
    #[schemars(range(min = 0))]
    at_most: Option<u64>,
}

/// The verdict.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    /// Whether there were as many as expected.
    verified: bool,
    /// How many there were.
    count: i64,
    /// The verdict in words.
    message: String,
    /// The ids of the newest that match.
    request_ids: Vec<i64>,
    /// Requests that came nearest, and what they lacked.
    near_misses: Vec<Value>,
}

#[tool_router(router = verify_router, vis = "pub(crate)")]
impl Mockloop {
    /// Says whether requests came as expected.
    #[tool(
        name = "verify_requests",
        description = "Check that a mock was called as expected: so many requests of an operation, path, status, with such \
            a query, headers or body. Use it to assert what a client did. Returns yes or no, the count, and for a no the \
            requests that came nearest with what they lacked.\n\
            Example: {\"server_url\": \"8000\", \"operation_id\": \"addPet\", \"body\": {\"json_path\": {\"$.name\": \
            \"Rex\"}}, \"exactly\": 1}",
        annotations(
            title = "Verify requests",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Verdict>()
    )]
    async fn verify_requests(
        &self,
        Parameters(mut arguments): Parameters<VerifyArguments>,
    ) -> Result<Reply<Verdict>, Failure> {
        arguments.check()?;
        let mock = self.mock(&arguments.server_url).await?;
        if let Some(named) = arguments.operation_id.as_deref().filter(|named| named.contains('/')) {
            let api = self.api_of(&mock).await?;
            arguments.operation_id = Some(find(&api, named)?.id.clone());
        }
        let body: Verification = serde_json::from_value(arguments.document())
            .map_err(|error| Failure::new(format!("the expectation can't be used: {error}")))?;
        let verdict = match mock.call(&VerifyRequests::new(body)).await {
            Ok(verdict) => verdict,
            Err(error) => return Err(self.explain(error).await),
        };
        let mut misses = serde_json::to_value(&verdict.near_misses).unwrap_or_default();
        budget::fit(&mut misses, budget::RESULT / 2);
        let Value::Array(near_misses) = misses else {
            return Err(Failure::new("the verdict can't be written"));
        };
        let word = if verdict.verified { "Yes" } else { "No" };
        let mut text = format!("{word}. {}", verdict.message);
        if !near_misses.is_empty() {
            let told = budget::beginning(&Value::Array(near_misses.clone()).to_string(), 4000);
            text = format!("{text}\nNearest:\n{}", data("log", &told));
        }
        let told = Verdict {
            verified: verdict.verified,
            count: verdict.count,
            message: verdict.message,
            request_ids: verdict.request_ids.unwrap_or_default(),
            near_misses,
        };
        Ok(Reply::new(told, text))
    }
}

impl VerifyArguments {
    /// Refuses members of conditions that are none: they would count for nothing. The schema can't tell them, as some
    /// clients make types of schemas that they get wrong where objects are closed.
    fn check(&self) -> Result<(), Failure> {
        let paths = self.body.as_ref().and_then(|body| body.get("json_path")).and_then(Value::as_object);
        for (place, conditions) in
            [("query", self.query.as_ref()), ("headers", self.headers.as_ref()), ("json_path", paths)]
        {
            for (name, condition) in conditions.into_iter().flatten() {
                let members = condition.as_object();
                known(&format!("{place} `{name}`"), members, &["equals", "matches", "present"])?;
            }
        }
        known("body", self.body.as_ref(), &["equals", "contains", "matches", "json_path", "schema"])
    }

    /// As the admin API takes it.
    fn document(&self) -> Value {
        let request = json!({
            "operation_id": self.operation_id, "method": self.method, "path": self.path, "status": self.status,
            "session_id": self.session_id, "time_from": self.time_from, "time_to": self.time_to,
            "query": self.query, "headers": self.headers, "body": self.body,
        });
        let times = json!({"exactly": self.exactly, "at_least": self.at_least, "at_most": self.at_most});
        let (request, times) = (given(request), given(times));
        let mut document = json!({ "request": request });
        if times.as_object().is_some_and(|times| !times.is_empty()) {
            document["times"] = times;
        }
        document
    }
}

fn known(place: &str, members: Option<&Map<String, Value>>, names: &[&str]) -> Result<(), Failure> {
    match members.into_iter().flat_map(Map::keys).find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(Failure::new(format!("the condition on {place} has no member `{name}`"))
            .next(format!("use any of {}", names.join(", ")))),
        None => Ok(()),
    }
}

/// The members that are there.
pub(super) fn given(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}
