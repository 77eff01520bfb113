//! `call_mock`: sends one request to a mock, and says why it answered so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mockloop_runtime::admin::models::LogPage;
use mockloop_runtime::admin::{GetHealth, MockClient, SearchLogs};
use mockloop_spec::model::Api;
use mockloop_spec::{LocalFiles, Source};
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::inspect::find;
use crate::budget;
use crate::failure::{Failure, TOKEN, unreached};
use crate::reply::{Reply, data, line};
use crate::sample::{Given, Outgoing, build};
use crate::server::Mockloop;

/// How long a mock may take, with the delays of its scenarios.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest description that a mock may serve, in bytes.
const LARGEST: usize = 128 * 1024 * 1024;

/// The most faults of a request that the text tells.
const TOLD: usize = 10;

/// The most of an answer's body that is read, in bytes.
const BODY: usize = 4 * 1024 * 1024;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallArguments {
    /// The mock's URL, its port, or its name as `start_mock_server` gave it.
    #[schemars(length(min = 1, max = 2000), example = &"http://127.0.0.1:8000")]
    server_url: String,
    /// The operation: its id, or its method and path such as `GET /pets/{petId}`.
    #[schemars(length(min = 1, max = 2000), example = &"getPetById")]
    operation: String,
    /// Values of parameters by name, wherever they stand (path, query, header, cookie). What is required and not
    /// given is made up.
    #[serde(default)]
    #[schemars(example = json!({"petId": 7}))]
    parameters: Map<String, Value>,
    /// Further headers, such as `Prefer: code=404`, `Accept` or `X-Session-ID`; not those of the connection, such as
    /// `Host` and `Content-Length`.
    #[serde(default)]
    headers: Map<String, Value>,
    /// The body: JSON, or a string for other media types. Members that an object lacks are made up.
    body: Option<Value>,
    /// Whether `body` is sent as it is, with nothing made up: to send an invalid one, say.
    #[serde(default)]
    exact_body: bool,
    /// The body's media type, where the operation takes several.
    media_type: Option<String>,
    /// Whether made-up credentials are sent where the operation asks for some.
    #[serde(default = "yes")]
    credentials: bool,
}

fn yes() -> bool {
    true
}

/// What was sent, and what came back.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Called {
    /// The request: method, target, headers, body.
    request: Value,
    /// The answer's status.
    status: u16,
    /// The answer's headers by name.
    response_headers: Value,
    /// The answer's body: JSON where it is JSON, else text. Binary bodies are told by their size.
    response_body: Value,
    /// Whether `response_body` is not all of the body: more than 4 MiB, or shortened to fit a result.
    body_was_cut: bool,
    /// Milliseconds until the answer was there.
    duration_ms: f64,
    /// What decided the answer: example, sample, validation, security, prefer, override, scenario, handler...
    decided_by: Option<String>,
    /// What the description does not allow about the request.
    validation_errors: Value,
    /// The request's id in the log; `query_mock_logs` shows it.
    log_id: Option<i64>,
}

#[tool_router(router = call_router, vis = "pub(crate)")]
impl Mockloop {
    /// Sends one request to a mock.
    #[tool(
        name = "call_mock",
        description = "Call one operation of a running mock. A valid request is made from what you give: required \
            parameters, body members and credentials that you leave out are filled with samples. Use it to try a mock, \
            a scenario or an error case. Returns the request as sent, the answer, and what decided it (example, \
            scenario, validation, ...).\n\
            Examples: {\"server_url\": \"8000\", \"operation\": \"getPetById\", \"parameters\": {\"petId\": 7}}; with \
            \"headers\": {\"Prefer\": \"code=404\"} the documented 404",
        annotations(
            title = "Call a mock",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Called>()
    )]
    async fn call_mock(
        &self,
        Parameters(arguments): Parameters<CallArguments>,
    ) -> Result<Reply<Called>, Failure> {
        let mock = self.mock(&arguments.server_url).await?;
        let api = self.api_of(&mock).await?;
        let operation = find(&api, &arguments.operation)?;
        let given = Given {
            parameters: arguments.parameters,
            headers: arguments.headers,
            body: arguments.body,
            is_exact: arguments.exact_body,
            media_type: arguments.media_type,
            credentials: arguments.credentials,
        };
        let outgoing = build(&api, operation, &given)?;
        let mut called = send(&mock, &outgoing, self.patience()).await?;
        explain(&mock, &mut called).await;
        Ok(reply(called))
    }
}

impl Mockloop {
    /// How long a mock may take for a request that is not to its admin API.
    fn patience(&self) -> Duration {
        self.shared.options.mock_timeout.unwrap_or(PATIENCE)
    }

    /// The API of a running mock, from the description that it serves.
    pub(crate) async fn api_of(&self, mock: &MockClient) -> Result<Arc<Api>, Failure> {
        let health = match mock.call(&GetHealth::new()).await {
            Ok(health) => health,
            Err(error) => return Err(self.explain(error).await),
        };
        let sha = health.source.as_ref().map(|source| source.sha256.clone()).unwrap_or_default();
        if let Some(api) = self.shared.known_api(mock.url(), &sha) {
            return Ok(api);
        }
        let text = description(mock, self.patience()).await?;
        let source = Source::text(mock.url(), text);
        // What a mock serves is one document.
        let read = move || mockloop_spec::read_bounded(&source, None, &LocalFiles::Nothing);
        let reading = tokio::task::spawn_blocking(read).await;
        let api = reading.ok().and_then(|reading| reading.api).map(Arc::new);
        let api = api.ok_or_else(|| {
            Failure::new(format!("the description that {} serves can't be read", mock.url()))
        })?;
        self.shared.learn_api(mock.url(), &sha, &api);
        Ok(api)
    }
}

async fn description(mock: &MockClient, patience: Duration) -> Result<String, Failure> {
    let address = format!("{}/__mockloop/openapi.json", mock.url());
    let (status, body) = get(mock.http().get(&address), LARGEST, patience).await?;
    match (status, String::from_utf8(body)) {
        (200, Ok(text)) => Ok(text),
        (401, _) => Err(Failure::new(format!("{address} answered 401")).next(TOKEN)),
        (status, _) => Err(Failure::new(format!("{address} answered {status} and no description"))
            .next("discover_mock_servers shows whether a mock runs there")),
    }
}

async fn get(
    request: reqwest::RequestBuilder,
    most: usize,
    patience: Duration,
) -> Result<(u16, Vec<u8>), Failure> {
    let gone = |error: reqwest::Error| {
        Failure::new(format!("the mock {}: {error}", unreached(&error, patience)))
            .next("discover_mock_servers shows whether it still runs; start_mock_server starts it anew")
    };
    let mut response = request.timeout(patience).send().await.map_err(gone)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(gone)? {
        if body.len() + chunk.len() > most {
            return Err(Failure::new(format!("the mock sent more than {most} bytes"))
                .next("discover_mock_servers shows which mocks run; this may be none"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

async fn send(mock: &MockClient, outgoing: &Outgoing, patience: Duration) -> Result<Called, Failure> {
    let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
        .map_err(|_| Failure::new(format!("{} is no method", outgoing.method)))?;
    let mut request =
        mock.http().request(method, format!("{}{}", mock.url(), outgoing.target)).timeout(patience);
    for (name, value) in &outgoing.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &outgoing.body {
        request = request.body(body.clone());
    }
    let begun = Instant::now();
    let broken = |error: &reqwest::Error| {
        if error.is_builder() {
            return Failure::new("the request can't be made: a header or the address has what none can have")
                .next("look for line ends and the like in `headers` and `parameters`");
        }
        Failure::new(format!("{} {}: the mock {}: {error}", outgoing.method, outgoing.target, unreached(error, patience)))
            .next(
                "a scenario or a set response may have a fault or a delay for it: manage_mock_data with list_scenarios \
                 shows which is active, and with reset ends it; discover_mock_servers shows whether the mock still runs",
            )
    };
    let mut response = request.send().await.map_err(|error| broken(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while body.len() < BODY {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(broken(&error)),
        }
    }
    let duration_ms = (begun.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    let shown: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    Ok(Called {
        request: outgoing.shown(),
        status,
        response_headers: Value::Object(shown),
        response_body: shown_body(&body),
        body_was_cut: body.len() >= BODY,
        duration_ms,
        decided_by: None,
        validation_errors: Value::Null,
        log_id: None,
    })
}

fn shown_body(body: &[u8]) -> Value {
    match std::str::from_utf8(body) {
        Ok("") => Value::Null,
        Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        Err(_) => json!(format!("{} bytes that are no text", body.len())),
    }
}

/// Finds the request in the mock's log, which knows what decided its answer.
async fn explain(mock: &MockClient, called: &mut Called) {
    let correlation = called.response_headers.get("x-correlation-id").and_then(Value::as_str);
    let Some(correlation_id) = correlation.map(str::to_owned) else { return };
    let search = SearchLogs {
        correlation_id: Some(correlation_id),
        limit: Some(1),
        include_admin: Some(true),
        ..SearchLogs::new()
    };
    let Ok(LogPage { logs, .. }) = mock.call(&search).await else { return };
    let Some(entry) = logs.into_iter().next() else { return };
    called.log_id = entry.id;
    called.validation_errors = serde_json::to_value(&entry.validation_errors).unwrap_or_default();
    called.decided_by = entry.decided_by;
}

/// What the description does not allow about a request, for reading.
fn reasons(errors: &Value) -> String {
    let told: Vec<String> = errors.as_array().into_iter().flatten().take(TOLD).map(reason).collect();
    if told.is_empty() {
        return String::new();
    }
    format!("\nThe description does not allow:\n{}", data("mock", &told.join("\n")))
}

/// `query limit: has to be at most 100`
fn reason(error: &Value) -> String {
    let part = |name: &str| error[name].as_str().filter(|text| !text.is_empty());
    let place: Vec<&str> = part("in").into_iter().chain(part("name").or_else(|| part("pointer"))).collect();
    match part("message") {
        Some(message) => line(&format!("{}: {message}", place.join(" ")), 300),
        None => line(&error.to_string(), 300),
    }
}

fn reply(mut called: Called) -> Reply<Called> {
    called.body_was_cut |= budget::fit(&mut called.response_body, budget::RESULT / 2);
    budget::fit(&mut called.request, budget::RESULT / 4);
    let decided = called.decided_by.as_deref().map(|by| format!(", decided by {by}")).unwrap_or_default();
    let body = match &called.response_body {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let cut = if called.body_was_cut { "\nThe body was shortened." } else { "" };
    let text = format!(
        "{} {} answered {} in {} ms{decided}.{}\n{}{cut}",
        called.request["method"].as_str().unwrap_or_default(),
        called.request["target"].as_str().unwrap_or_default(),
        called.status,
        called.duration_ms,
        reasons(&called.validation_errors),
        data("mock", &budget::beginning(&body, 2000))
    );
    Reply::new(called, text)
}
