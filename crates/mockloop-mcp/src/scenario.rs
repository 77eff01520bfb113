//! Scenario configurations as models write them, made into what the admin API takes.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::reply::line;

/// How rules are written, for whoever got one wrong.
pub(crate) const FORM: &str = r#"write {"operations": {"OPERATION_ID": [{"respond": {"status": 503, "body": {}}, "delay": 250, "when": {"query": {"a": "b"}}, "probability": 0.5, "times": 3}]}}; further parts of a rule are "fault": {"kind": "close"}, "rate_limit": {"requests": 5, "window_ms": 60000} and, in place of `respond`, "sequence": [{"respond": {"status": 503}}, {"delay": 100}]"#;

/// The members of a configuration beside paths: what it does, what the original's are described by, and what
/// `get_scenario` tells.
const KNOWN: [&str; 16] = [
    "operations",
    "endpoints",
    "responses",
    "description",
    "name",
    "scenario_name",
    "scenario_type",
    "test_parameters",
    "validation_rules",
    "mockloop_scenario",
    "id",
    "built_in",
    "is_active",
    "sessions",
    "created_at",
    "updated_at",
];

/// The members of an entry of `endpoints`.
const ENTRY: [&str; 3] = ["path", "method", "response_config"];

/// The document of a scenario, of any of the forms that a configuration may have:
///
/// - `{"operations": {"getPet": [{"respond": {"status": 503}}]}}`, the admin API's own;
/// - `{"endpoints": [{"path", "method", "response_config": {"status_code", "response_time_ms", "response_data",
///   "headers"}}]}`, as scenario packs and prompts of the original have it;
/// - `{"/pets/{petId}": BODY}` or `{"responses": {..}}`, bodies by path for any method, as its servers have it.
pub(crate) fn document(name: &str, config: &Map<String, Value>) -> Result<Value, Failure> {
    let description = config.get("description").and_then(Value::as_str).unwrap_or_default();
    only(config, "it", &KNOWN)?;
    let operations = if let Some(operations) = config.get("operations") {
        operations.clone()
    } else if let Some(Value::Array(endpoints)) = config.get("endpoints") {
        of_endpoints(endpoints)?
    } else {
        let bodies = config.get("responses").and_then(Value::as_object).unwrap_or(config);
        of_bodies(bodies)?
    };
    Ok(json!({"name": name, "description": description, "operations": operations}))
}

fn of_endpoints(endpoints: &[Value]) -> Result<Value, Failure> {
    if endpoints.is_empty() {
        return Err(not_understood("`endpoints` is empty"));
    }
    let mut operations = Map::new();
    for endpoint in endpoints {
        let Some(path) = endpoint.get("path").and_then(Value::as_str) else {
            return Err(not_understood("an entry of `endpoints` lacks its `path`"));
        };
        only(endpoint.as_object().unwrap_or(&Map::new()), "an entry of `endpoints`", &ENTRY)?;
        let method = endpoint.get("method").and_then(Value::as_str).unwrap_or("*").to_uppercase();
        let Some(config) = endpoint.get("response_config") else {
            return Err(not_understood("an entry of `endpoints` lacks its `response_config`"));
        };
        let rule = rule(config)?;
        let rules = operations.entry(format!("{method} {path}")).or_insert_with(|| json!([]));
        if let Some(rules) = rules.as_array_mut() {
            rules.push(rule);
        }
    }
    Ok(Value::Object(operations))
}

/// A rule of the original's `response_config`.
fn rule(config: &Value) -> Result<Value, Failure> {
    let Some(config) = config.as_object() else {
        return Err(not_understood("`response_config` is no object"));
    };
    let mut respond = Map::new();
    let mut rule = Map::new();
    for (name, value) in config {
        match name.as_str() {
            "status_code" => _ = respond.insert("status".to_owned(), value.clone()),
            "response_data" => _ = respond.insert("body".to_owned(), value.clone()),
            "headers" => _ = respond.insert("headers".to_owned(), value.clone()),
            "response_time_ms" => _ = rule.insert("delay".to_owned(), value.clone()),
            "error_rate" => _ = rule.insert("probability".to_owned(), value.clone()),
            other => return Err(not_understood(&format!("`response_config` has no {}", line(other, 100)))),
        }
    }
    if !respond.is_empty() {
        rule.insert("respond".to_owned(), Value::Object(respond));
    }
    Ok(Value::Object(rule))
}

fn of_bodies(bodies: &Map<String, Value>) -> Result<Value, Failure> {
    let paths = bodies.iter().filter(|(name, _)| name.starts_with('/'));
    let operations: Map<String, Value> =
        paths.map(|(path, body)| (format!("* {path}"), json!([{ "respond": { "body": body } }]))).collect();
    if operations.is_empty() {
        return Err(not_understood("it has neither `operations` nor `endpoints` nor paths"));
    }
    Ok(Value::Object(operations))
}

/// Whether an object has no other members: what is not understood would silently do nothing.
fn only(members: &Map<String, Value>, what: &str, known: &[&str]) -> Result<(), Failure> {
    match members.keys().find(|name| !name.starts_with('/') && !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(other) => Err(not_understood(&format!("{what} can't have `{}`", line(other, 100)))),
    }
}

fn not_understood(why: &str) -> Failure {
    Failure::new(format!("the scenario_config can't be understood: {why}")).next(FORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(config: &Value) -> Option<Value> {
        let document = document("name", config.as_object()?).ok()?;
        document.get("operations").cloned()
    }

    #[test]
    fn the_forms_of_the_original_are_understood() {
        let endpoints = json!({"endpoints": [{"path": "/pets", "method": "get", "response_config":
            {"status_code": 503, "response_time_ms": 250, "response_data": {"error": "down"}}}]});
        let rule = json!({"respond": {"status": 503, "body": {"error": "down"}}, "delay": 250});
        assert_eq!(operations(&endpoints), Some(json!({"GET /pets": [rule]})));
        let bodies = json!({"/pets/{id}": {"id": 1}});
        assert_eq!(operations(&bodies), Some(json!({"* /pets/{id}": [{"respond": {"body": {"id": 1}}}]})));
        assert_eq!(operations(&json!({ "responses": bodies })), operations(&bodies));
    }

    #[test]
    fn what_is_no_scenario_is_told() {
        for config in [
            json!({}),
            json!({"users": 3}),
            json!({"endpoints": [{}]}),
            json!({"endpoints": []}),
            json!({"endpoints": [{"path": "/a", "status_code": 503}]}),
            json!({"operations": {}, "rules": []}),
            json!({"endpoints": [{"path": "/a", "response_config": {"sleep": 1}}]}),
        ] {
            assert_eq!(operations(&config), None, "{config}");
        }
    }
}
