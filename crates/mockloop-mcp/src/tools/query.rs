//! `query_mock_logs`: what a mock was asked, and numbers about it.

use mockloop_runtime::admin::models::{Analysis, LogEntry, SearchLogsFieldsItem};
use mockloop_runtime::admin::{AnalyzeLogs, SearchLogs};
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Status;
use crate::budget;
use crate::failure::Failure;
use crate::reply::{Reply, data, line};
use crate::server::Mockloop;

/// Characters of a body in a list of requests.
const BODY: usize = 1000;

/// Requests that the text names.
const NAMED: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryArguments {
    /// The mock's URL, its port, or its name as `start_mock_server` gave it.
    #[schemars(length(min = 1, max = 2000), example = &"http://127.0.0.1:8000")]
    server_url: String,
    /// How many requests to give, the newest first.
    #[serde(default = "limit")]
    #[schemars(range(min = 0, max = 1000))]
    limit: i64,
    /// How many of the newest to leave out.
    #[serde(default)]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    offset: i64,
    /// Only requests with this method, or one of several such as `GET,POST`.
    #[schemars(length(min = 1, max = 50), example = &"GET")]
    method: Option<String>,
    /// Only requests whose path has a match of this regular expression.
    #[schemars(length(min = 1, max = 1000), example = &"^/pets/")]
    path_pattern: Option<String>,
    /// Only requests at this time or later (RFC 3339).
    #[schemars(example = &"2026-11-28T12:00:00Z")]
    time_from: Option<String>,
    /// Only requests before this time (RFC 3339).
    time_to: Option<String>,
    /// Calls of the mock's admin API too.
    #[serde(default)]
    include_admin: bool,
    /// Numbers about all requests that meet the filters: statuses, endpoints, latency, errors, sessions, coverage.
    #[serde(default = "yes")]
    analyze: bool,
}

fn limit() -> i64 {
    100
}

fn yes() -> bool {
    true
}

/// Requests, and numbers about them.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Queried {
    status: Status,
    /// The requests, the newest first, with headers and bodies; long bodies are shortened.
    logs: Vec<Value>,
    /// How many requests meet the filters.
    total_count: i64,
    /// Whether `total_count` is exact: counting stops at 100,000.
    total_is_exact: bool,
    /// Numbers about all of these, and `insights`: what is remarkable about them, each with evidence and one
    /// recommended action. Null where they were not asked for.
    analysis: Option<Value>,
    /// What was left out, and how to get it.
    message: String,
    /// The `offset` of the next requests, where there are more.
    next_offset: Option<i64>,
}

#[tool_router(router = query_router, vis = "pub(crate)")]
impl Mockloop {
    /// Shows what a mock was asked.
    #[tool(
        name = "query_mock_logs",
        description = "Read what a running mock was asked and answered, newest first, with headers, bodies, latency, \
            what decided each answer and what was invalid; with `analyze`, numbers and insights about all of it. Use it \
            to see what a client really sent, to find failures, or to measure. For a yes-or-no question use \
            verify_requests; for two runs beside each other compare_traffic.\n\
            Examples: {\"server_url\": \"8000\", \"limit\": 10}; {\"server_url\": \"8000\", \"method\": \"POST\", \
            \"path_pattern\": \"^/pets\", \"analyze\": false}",
        annotations(
            title = "Read a mock's log",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        ),
        output_schema = schema_for_output::<Queried>()
    )]
    async fn query_mock_logs(
        &self,
        Parameters(arguments): Parameters<QueryArguments>,
    ) -> Result<Reply<Queried>, Failure> {
        let mock = self.mock(&arguments.server_url).await?;
        let (search, analyze) = (arguments.search(), arguments.analysis());
        let found = async { mock.call(&search).await };
        let numbers =
            async { if arguments.analyze { mock.call(&analyze).await.map(Some) } else { Ok(None) } };
        let (page, analysis) = match tokio::try_join!(found, numbers) {
            Ok(found) => found,
            Err(error) => {
                let is_pattern = error.to_string().contains("path_regex");
                let failure = self.explain(error).await.renamed("path_regex", "path_pattern");
                let next = "give a regular expression, in which `\\(` is a parenthesis";
                return Err(if is_pattern { failure.next(next) } else { failure });
            }
        };
        let queried = Queried {
            status: Status::Success,
            next_offset: None,
            message: String::new(),
            analysis: analysis.as_ref().and_then(|analysis| serde_json::to_value(analysis).ok()),
            total_count: page.total_count,
            total_is_exact: page.total_is_exact,
            logs: page.logs.iter().map(entry).collect(),
        };
        Ok(reply(queried, arguments.offset, &page.logs, analysis.as_ref()))
    }
}

impl QueryArguments {
    fn methods(&self) -> Option<Vec<String>> {
        let methods = self.method.as_deref()?.split(',').map(str::trim).filter(|method| !method.is_empty());
        Some(methods.map(str::to_owned).collect())
    }

    fn search(&self) -> SearchLogs {
        SearchLogs {
            method: self.methods(),
            path_regex: self.path_pattern.clone(),
            time_from: self.time_from.clone(),
            time_to: self.time_to.clone(),
            include_admin: Some(self.include_admin),
            fields: Some(vec![SearchLogsFieldsItem::All]),
            limit: Some(self.limit),
            offset: Some(self.offset),
            ..SearchLogs::new()
        }
    }

    fn analysis(&self) -> AnalyzeLogs {
        AnalyzeLogs {
            method: self.methods(),
            path_regex: self.path_pattern.clone(),
            time_from: self.time_from.clone(),
            time_to: self.time_to.clone(),
            include_admin: Some(self.include_admin),
            ..AnalyzeLogs::new()
        }
    }
}

/// A request as it is listed: without what is empty, its bodies shortened.
fn entry(entry: &LogEntry) -> Value {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
        for name in ["request_body", "response_body"] {
            if let Some(Value::String(body)) = members.get_mut(name) {
                *body = budget::beginning(body, BODY);
            }
        }
    }
    value
}

fn reply(
    mut queried: Queried,
    offset: i64,
    logs: &[LogEntry],
    analysis: Option<&Analysis>,
) -> Reply<Queried> {
    let mut notes = Vec::new();
    if let Some(analysis) = &mut queried.analysis
        && budget::fit(analysis, budget::RESULT / 3)
    {
        notes.push("long lists of the analysis were shortened: narrow the filters for the rest".to_owned());
    }
    let room = budget::RESULT.saturating_sub(queried.analysis.as_ref().map_or(0, budget::size));
    let shown = fitting(&mut queried.logs, room);
    let end = offset + i64::try_from(shown).unwrap_or_default();
    if end < queried.total_count && shown > 0 {
        queried.next_offset = Some(end);
        notes.push(format!("{} more requests: call again with offset {end}", queried.total_count - end));
    }
    queried.message = notes.join("; ");

    let more = if queried.total_is_exact { "" } else { " or more" };
    let mut text = format!("{}{more} requests meet the filters; {shown} are given.", queried.total_count);
    if let Some(analysis) = analysis {
        text = format!("{text}\n{}", summary(analysis));
    }
    let listed: Vec<String> = logs.iter().take(shown.min(NAMED)).map(listed).collect();
    if !listed.is_empty() {
        text = format!("{text}\n{}", data("log", &listed.join("\n")));
    }
    if !queried.message.is_empty() {
        text = format!("{text}\nNote: {}.", queried.message);
    }
    Reply::new(queried, text)
}

/// Keeps as many entries as there is room for, with shorter bodies before fewer entries; how many stay.
fn fitting(logs: &mut Vec<Value>, room: usize) -> usize {
    let mut whole = Value::Array(std::mem::take(logs));
    for length in [500, 200, 80] {
        if budget::size(&whole) <= room {
            break;
        }
        for entry in whole.as_array_mut().into_iter().flatten() {
            for name in ["request_body", "response_body"] {
                if let Some(Value::String(body)) = entry.get_mut(name) {
                    *body = budget::beginning(body, length);
                }
            }
        }
    }
    if let Value::Array(entries) = whole {
        *logs = budget::first(entries, room);
    }
    logs.len()
}

/// The most important numbers in a few lines.
fn summary(analysis: &Analysis) -> String {
    let performance = &analysis.performance;
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    let numbers = format!(
        "Of {} requests {} failed ({} %). Latency: average {} ms, p95 {} ms, p99 {} ms. {} of {} operations were called.",
        analysis.total_requests,
        analysis.errors.total_errors,
        analysis.errors.error_rate.map_or("-".to_owned(), |rate| format!("{:.1}", rate * 100.0)),
        number(performance.average_ms),
        number(performance.p95_ms),
        number(performance.p99_ms),
        analysis.endpoints.coverage.called,
        analysis.endpoints.coverage.operations,
    );
    let insights = analysis
        .insights
        .iter()
        .map(|insight| line(&format!("{}: {} {}", insight.rule, insight.title, insight.recommendation), 400));
    let insights: Vec<String> = insights.collect();
    if insights.is_empty() {
        numbers
    } else {
        format!("{numbers}\n{}", data("analysis", &insights.join("\n")))
    }
}

/// `#7 GET /pets/7 200 1.2 ms sample`
fn listed(entry: &LogEntry) -> String {
    let text = format!(
        "#{} {} {} {} {:.1} ms {}",
        entry.id.unwrap_or_default(),
        entry.method.as_deref().unwrap_or_default(),
        entry.path.as_deref().unwrap_or_default(),
        entry.status_code.map_or("aborted".to_owned(), |status| status.to_string()),
        entry.process_time_ms.unwrap_or_default(),
        entry.decided_by.as_deref().unwrap_or_default(),
    );
    line(&text, 300)
}
