//! What `manage_mock_data` sets as the response of one operation.

use mockloop_spec::model::Api;
use serde_json::{Map, Value, json};

use super::inspect::find;
use crate::failure::Failure;
use crate::reply::name;

/// The members of `response_data` that say more than the body.
const PARTS: [&str; 7] = ["status_code", "headers", "body", "text", "content_type", "example", "delay_ms"];

/// The operation of an id, of a method and path, or of a path that has but one.
pub(super) fn operation_id(api: &Api, endpoint: &str) -> Result<String, Failure> {
    if endpoint.starts_with('/') {
        let there: Vec<_> = api.operations.iter().filter(|operation| operation.path == endpoint).collect();
        match there.as_slice() {
            [] => {}
            [one] => return Ok(one.id.clone()),
            several => {
                let named: Vec<String> =
                    several.iter().map(|each| name(&format!("{} {}", each.method, each.path))).collect();
                return Err(Failure::new(format!("{endpoint} has several operations"))
                    .next(format!("give one of: {}", named.join(", "))));
            }
        }
    }
    find(api, endpoint).map(|operation| operation.id.clone())
}

/// An override's response: the parts where these are given, else all of it as the body.
pub(super) fn response(data: &Value) -> Value {
    let members = match data.as_object() {
        Some(members)
            if members.get("status_code").is_some_and(Value::is_u64)
                && members.keys().all(|name| PARTS.contains(&name.as_str())) =>
        {
            members
        }
        _ => return json!({ "body": data }),
    };
    let named = |name: &str| match name {
        "status_code" => "status".to_owned(),
        "delay_ms" => "delay".to_owned(),
        other => other.to_owned(),
    };
    let mut response: Map<_, _> = members.iter().map(|(name, value)| (named(name), value.clone())).collect();
    typed(&mut response);
    response.into()
}

/// Says the media type where the admin API takes it, and gives a text that is no JSON as a text.
fn typed(response: &mut Map<String, Value>) {
    if let Some(Value::Object(headers)) = response.get_mut("headers") {
        let name = headers.keys().find(|name| name.eq_ignore_ascii_case("content-type")).cloned();
        let given = name.and_then(|name| headers.remove(&name));
        if let Some(given) = given {
            response.entry("content_type").or_insert(given);
        }
    }
    let is_text = response.get("content_type").and_then(Value::as_str).is_some_and(|it| !it.contains("json"));
    if is_text
        && response.get("body").is_some_and(Value::is_string)
        && let Some(body) = response.remove("body")
    {
        response.insert("text".to_owned(), body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_the_body_unless_it_has_a_status_code() {
        assert_eq!(response(&json!({"name": "Rex"})), json!({"body": {"name": "Rex"}}));
        assert_eq!(response(&json!({"status": 5})), json!({"body": {"status": 5}}));
        assert_eq!(
            response(&json!({"status_code": 503, "delay_ms": 10, "body": [1]})),
            json!({"status": 503, "delay": 10, "body": [1]})
        );
        assert_eq!(
            response(&json!({"status_code": 200, "headers": {"Content-Type": "text/html"}, "body": "<b>"})),
            json!({"status": 200, "headers": {}, "content_type": "text/html", "text": "<b>"})
        );
        assert_eq!(
            response(&json!({"status_code": 1, "name": "x"})),
            json!({"body": {"status_code": 1, "name": "x"}})
        );
    }
}
