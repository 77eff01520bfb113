//! What the scenarios of packs do to an operation.
#![expect(
    clippy::unnecessary_wraps,
    reason = "all of these are of one type, and some leave operations alone"
)]

use std::ops::BitOr;

use mockloop_spec::model::{Content, Operation, Response};
use serde_json::{Value, json};

/// A text that a careless client would run in a shell or a database.
const INJECTION: &str = "'; DROP TABLE users; -- $(reboot) `id`";

/// A text that a careless client would show as markup.
const SCRIPT: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>";

/// The first documented status of a class, such as `4`.
fn documented(operation: &Operation, class: char) -> Option<u16> {
    let is_in =
        |response: &&Response| response.status.starts_with(class) && (100..600).contains(&response.code);
    operation.responses.iter().find(is_in).map(|response| response.code)
}

fn has(operation: &Operation, status: u16) -> bool {
    operation.responses.iter().any(|response| response.status == status.to_string())
}

fn is_secured(operation: &Operation) -> bool {
    operation.security.iter().any(|requirement| !requirement.is_empty())
}

fn changes(operation: &Operation) -> bool {
    matches!(operation.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE")
}

pub(super) fn client_error(operation: &Operation) -> Option<Value> {
    let status = documented(operation, '4').unwrap_or(400);
    Some(json!([{"respond": {"status": status}}]))
}

pub(super) fn server_error(operation: &Operation) -> Option<Value> {
    let status = documented(operation, '5').unwrap_or(503);
    Some(json!([{"respond": {"status": status}}]))
}

pub(super) fn server_error_then_well(operation: &Operation) -> Option<Value> {
    let status = documented(operation, '5').unwrap_or(503);
    let failing = json!({"respond": {"status": status}});
    Some(json!([{"sequence": [failing, failing, {}], "then": "stay"}]))
}

pub(super) fn stalls() -> Value {
    json!([{"probability": 0.3, "fault": {"kind": "stall", "stall_ms": 10_000}}])
}

pub(super) fn broken() -> Value {
    json!([{"probability": 0.1, "fault": {"kind": "reset"}}, {"probability": 0.1, "fault": {"kind": "truncate"}}])
}

pub(super) fn rate_limit() -> Value {
    json!([{"rate_limit": {"requests": 10, "window_ms": 1000}}])
}

pub(super) fn usual_latency(operation: &Operation) -> Option<Value> {
    let median = if changes(operation) { 150 } else { 60 };
    Some(json!([{"delay": {"log_normal": {"median": median, "sigma": 0.5}}}]))
}

pub(super) fn stress() -> Value {
    json!([
        {"rate_limit": {"requests": 50, "window_ms": 1000}},
        {"probability": 0.2, "respond": {"status": 503}},
        {"delay": {"log_normal": {"median": 800, "sigma": 0.7}}},
    ])
}

pub(super) fn spike() -> Value {
    let steps: Vec<Value> =
        (0..30).map(|at| if at < 20 { json!({"delay": 20}) } else { json!({"delay": 2000}) }).collect();
    json!([{"sequence": steps, "then": "loop"}])
}

pub(super) fn endurance() -> Value {
    json!([{"probability": 0.002, "respond": {"status": 500}}, {"probability": 0.002, "fault": {"kind": "close"}}])
}

pub(super) fn expired_once(operation: &Operation) -> Option<Value> {
    let rule = json!([{"sequence": [{"respond": {"status": 401}}, {}], "then": "stay"}]);
    is_secured(operation).then_some(rule)
}

pub(super) fn forbidden(operation: &Operation) -> Option<Value> {
    is_secured(operation).then(|| json!([{"respond": {"status": 403}}]))
}

pub(super) fn injection(operation: &Operation) -> Option<Value> {
    with_texts(operation, INJECTION)
}

pub(super) fn script(operation: &Operation) -> Option<Value> {
    with_texts(operation, SCRIPT)
}

pub(super) fn csrf(operation: &Operation) -> Option<Value> {
    let rule =
        json!([{"when": {"headers": {"X-CSRF-Token": {"present": false}}}, "respond": {"status": 403}}]);
    changes(operation).then_some(rule)
}

pub(super) fn empty_lists(operation: &Operation) -> Option<Value> {
    let mut sample = json_sample(operation)?;
    empty(&mut sample).then(|| json!([{"respond": {"body": sample}}]))
}

pub(super) fn invalid_once(operation: &Operation) -> Option<Value> {
    operation.request_body.as_ref()?;
    let status = if has(operation, 422) { 422 } else { 400 };
    Some(json!([{"sequence": [{"respond": {"status": status}}, {}], "then": "stay"}]))
}

pub(super) fn workflow(operation: &Operation) -> Option<Value> {
    let is_item = operation.path.ends_with('}');
    let missing = json!({"respond": {"status": 404}});
    match (operation.method.as_str(), is_item) {
        ("GET", true) => Some(json!([{"sequence": [missing, {}], "then": "stay"}])),
        ("DELETE", true) => Some(json!([{"sequence": [{}, missing], "then": "stay"}])),
        _ => None,
    }
}

/// The body that the operation usually answers with, where it is JSON.
fn json_sample(operation: &Operation) -> Option<Value> {
    let response = operation.responses.get(operation.answer)?;
    let media = response.content.iter().find(|media| media.media_type.contains("json"))?;
    match &media.bodies.first()?.content {
        Content::Text(text) => serde_json::from_str(text).ok(),
        Content::Base64(_) => None,
    }
}

/// The usual answer with another text in place of each.
fn with_texts(operation: &Operation, text: &str) -> Option<Value> {
    let mut sample = json_sample(operation)?;
    replace(&mut sample, text).then(|| json!([{"respond": {"body": sample}}]))
}

/// Replaces every text; whether there was one.
fn replace(value: &mut Value, text: &str) -> bool {
    match value {
        Value::String(found) => {
            text.clone_into(found);
            true
        }
        Value::Array(items) => items.iter_mut().map(|item| replace(item, text)).fold(false, BitOr::bitor),
        Value::Object(members) => {
            members.values_mut().map(|member| replace(member, text)).fold(false, BitOr::bitor)
        }
        _ => false,
    }
}

/// Empties every list; whether there was one that was not.
fn empty(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => {
            let had_some = !items.is_empty();
            items.clear();
            had_some
        }
        Value::Object(members) => members.values_mut().map(empty).fold(false, BitOr::bitor),
        _ => false,
    }
}
