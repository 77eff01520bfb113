//! One line per request, from what the server prints about it.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Deserialize;

use crate::commands::inspect::method_style;
use crate::report::{FAINT, WARNING};
use crate::terminal::{columns, printable, styled};

/// Columns for method and path together, beyond which a line is as long as it is.
const CALL: usize = 44;

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
    let request: Request<'_> = serde_json::from_str(line.strip_prefix('{').map(|_| line)?).ok()?;
    let mut target = printable(&request.path).into_owned();
    if let Some(query) = request.query.as_deref().filter(|query| !query.is_empty()) {
        let _ = write!(target, "?{}", printable(query));
    }
    let pad = CALL.saturating_sub(columns(&target));
    let method = styled(method_style(&request.method), format!("{:<7}", printable(&request.method)));
    let status = styled(status_style(request.status), request.status);
    let notes = [&request.operation_id, &request.decided_by].into_iter().flatten();
    let notes: Vec<Cow<'_, str>> = notes.map(|note| printable(note)).collect();
    let duration = format!("{:>9.1} ms", request.duration_ms);
    let mut shown = format!("{method} {target}{:pad$} {status} {duration}", "");
    if !notes.is_empty() {
        let _ = write!(shown, "  {}", styled(FAINT, notes.join(" · ")));
    }
    shown.push('\n');
    for Violation { r#in, name, message } in &request.violations {
        let place = format!("{} {}", printable(r#in), printable(name));
        let _ = writeln!(shown, "        {} {}", styled(WARNING, place.trim_end()), printable(message));
    }
    Some(shown)
}

fn status_style(status: u16) -> Style {
    match status {
        ..300 => AnsiColor::Green.on_default(),
        300..400 => AnsiColor::Cyan.on_default(),
        400..500 => AnsiColor::Yellow.on_default(),
        500.. => AnsiColor::Red.on_default().bold(),
    }
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
