//! One line per request, from what the server prints about it.

use std::borrow::Cow;

use serde::Deserialize;

use crate::report::request;

/// Columns in front of what is wrong with a request.
const INDENT: usize = 8;

/// A request, as the server tells it.
#[derive(Debug, Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow, default)]
    query: Option<Cow<'a, str>>,
    status: u16,
    duration_ms: f64,
    #[serde(borrow, default)]
    operation_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    decided_by: Option<Cow<'a, str>>,
    #[serde(default)]
    violations: Vec<Violation>,
}

/// What is wrong with a request.
#[derive(Debug, Deserialize)]
struct Violation {
    r#in: String,
    #[serde(alias = "pointer", default)]
    name: String,
    message: String,
}

/// The line of a request, and one for each violation; none where the text is no request.
pub(crate) fn shown(line: &str) -> Option<String> {
    let asked: Request<'_> = serde_json::from_str(line.strip_prefix('{').map(|_| line)?).ok()?;
    let target = match asked.query.as_deref() {
        Some(query) if !query.is_empty() => Cow::Owned(format!("{}?{query}", asked.path)),
        _ => asked.path,
    };
    let notes = [&asked.operation_id, &asked.decided_by].into_iter().flatten();
    let mut shown = request::line(&request::Request {
        method: &asked.method,
        target: &target,
        status: Some(asked.status.into()),
        duration_ms: asked.duration_ms,
        notes: notes.map(AsRef::as_ref).collect(),
    });
    for Violation { r#in, name, message } in &asked.violations {
        shown.push_str(&request::violation(&request::Violation { part: r#in, name, message }, INDENT));
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_line_and_its_violations_more() {
        let line = r#"{"time": "2026-11-22T10:00:00Z", "method": "GET", "path": "/pets", "query": "limit=x",
            "status": 422, "duration_ms": 1.25, "operation_id": "listPets", "decided_by": "validation",
            "violations": [{"in": "query", "name": "limit", "message": "\"x\" is not an integer"},
                           {"in": "body", "pointer": "/a", "message": "m"}]}"#;
        let shown = shown(line).map(|shown| anstream::adapter::strip_str(&shown).to_string());
        let call = format!("GET     /pets?limit=x{:31} 422       1.2 ms  listPets · validation\n", "");
        let violations = "        query limit \"x\" is not an integer\n        body /a m\n";
        assert_eq!(shown, Some(call + violations));
    }

    #[test]
    fn other_text_is_no_request() {
        for line in ["", "INFO: started", "{\"a\": 1}", "{", "[1]"] {
            assert_eq!(shown(line), None, "{line}");
        }
    }
}
