//! Requests of the log, a line each.

use std::fmt::Write as _;

use mockloop_runtime::Map;
use mockloop_runtime::admin::models::{LogEntry, LogEntryQueryParamsValue};
use serde_json::Value;

use crate::report::{FAINT, STRONG, request};
use crate::terminal::{printable, styled};

/// Columns of the number and the time.
const BEFORE: usize = 6 + 2 + 23 + 2;

pub(super) fn heading() -> String {
    let heading = format!(
        "{:>6}  {:<23}  {:<7} {:<target$} {} {:>12}  OPERATION",
        "ID",
        "TIME (UTC)",
        "METHOD",
        "PATH",
        "STATUS",
        "DURATION",
        target = request::TARGET - 3,
    );
    format!("{}\n", styled(STRONG, heading))
}

/// The line of a request, and one for each thing that is wrong with it.
pub(super) fn line(entry: &LogEntry) -> String {
    let notes = [&entry.operation_id, &entry.decided_by, &entry.test_scenario].into_iter().flatten();
    let mut notes: Vec<&str> = notes.map(String::as_str).collect();
    let session = entry.session_id.as_ref().map(|session| format!("session {session}"));
    notes.extend(session.as_deref());
    let id = entry.id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let mut text = format!("{id:>6}  {}  ", styled(FAINT, format!("{:<23}", time(entry))));
    text.push_str(&request::line(&request::Request {
        method: entry.method.as_deref().unwrap_or("-"),
        target: &target(entry),
        status: entry.status_code,
        duration_ms: entry.process_time_ms.unwrap_or(0.0),
        notes,
    }));
    for violation in entry.validation_errors.iter().flatten() {
        text.push_str(&request::violation(&violation_of(violation), BEFORE));
    }
    text
}

/// When it came, to the millisecond.
pub(super) fn time(entry: &LogEntry) -> String {
    let text = entry.timestamp.as_deref().unwrap_or_default();
    let text = text.get(..23).unwrap_or(text).replace('T', " ");
    printable(text.trim_end_matches('Z')).into_owned()
}

/// Path and query.
pub(super) fn target(entry: &LogEntry) -> String {
    let mut target = entry.path.clone().unwrap_or_default();
    let mut separator = '?';
    for (name, values) in entry.query_params.iter().flatten() {
        let values = match values {
            LogEntryQueryParamsValue::String(value) => std::slice::from_ref(value),
            LogEntryQueryParamsValue::Array(values) => values,
        };
        for value in values {
            let _ = write!(target, "{separator}{name}={value}");
            separator = '&';
        }
    }
    target
}

fn violation_of(violation: &Map<String, Value>) -> request::Violation<'_> {
    let text = |name: &str| violation.get(name).and_then(Value::as_str);
    request::Violation {
        part: text("in").unwrap_or_default(),
        name: text("name").or_else(|| text("pointer")).unwrap_or_default(),
        message: text("message").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::terminal::{document, json_line};

    #[test]
    fn nothing_of_a_request_moves_the_cursor() -> serde_json::Result<()> {
        let hostile = "\u{1b}[2J\r\n\u{9b}31m\u{202e}x";
        let entry: LogEntry = serde_json::from_value(json!({
            "id": 1, "timestamp": hostile, "method": hostile, "path": hostile,
            "query_params": {hostile: [hostile, "b"]}, "operation_id": hostile, "decided_by": hostile,
            "session_id": hostile, "status_code": null, "process_time_ms": 1.0,
            "validation_errors": [{"in": hostile, "name": hostile, "message": hostile}],
        }))?;
        let is_harmful = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        let plain = anstream::adapter::strip_str(&line(&entry)).to_string();
        // What was stripped is our own colours: two lines, and all of the text is there.
        assert_eq!(plain.lines().count(), 2, "{plain}");
        assert!(
            !plain.contains(is_harmful) && plain.contains(r"\u{1b}[2J\u{d}\u{a}\u{9b}31m\u{202e}x"),
            "{plain}"
        );
        let json = json_line(&entry)? + &document(&entry)?;
        assert!(!json.contains(is_harmful), "{json}");
        let read: LogEntry = serde_json::from_str(&json_line(&entry)?)?;
        assert_eq!(read, entry);
        Ok(())
    }
}
