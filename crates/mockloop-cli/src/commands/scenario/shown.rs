//! Scenarios as people read them.

use std::borrow::Cow;
use std::fmt::Write as _;

use mockloop_runtime::admin::models::{HistoryPage, ScenarioPage};
use serde_json::Value;

use crate::report::table;
use crate::report::{FAINT, STRONG};
use crate::terminal::{document as json, printable, styled};

pub(super) fn list(page: &ScenarioPage) -> String {
    let rows: Vec<[String; 4]> = page
        .scenarios
        .iter()
        .map(|scenario| {
            let mut active: Vec<String> = Vec::new();
            if scenario.is_active {
                active.push("everybody".to_owned());
            }
            active.extend(scenario.sessions.iter().map(|session| format!("session {session}")));
            let origin = if scenario.built_in { "built in" } else { "stored" };
            [scenario.name.clone(), active.join(", "), origin.to_owned(), first_line(&scenario.description)]
        })
        .collect();
    table::plain(["NAME", "ACTIVE FOR", "ORIGIN", "DESCRIPTION"], &rows)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What it is and where it is active, then its rules as JSON.
pub(super) fn whole(scenario: &Value) -> serde_json::Result<String> {
    let member = |name| scenario.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut text = format!("{}\n", styled(STRONG, printable(member("name"))));
    for line in member("description").lines() {
        let _ = writeln!(text, "{}", printable(line));
    }
    let is_set = |name| scenario.get(name) == Some(&Value::Bool(true));
    let mut facts: Vec<String> = Vec::new();
    facts.extend(is_set("built_in").then(|| "comes with the mock".to_owned()));
    facts.extend(is_set("is_active").then(|| "active for everybody".to_owned()));
    let sessions = scenario.get("sessions").and_then(Value::as_array).into_iter().flatten();
    facts
        .extend(sessions.filter_map(Value::as_str).map(|session| format!("active in the session {session}")));
    if !facts.is_empty() {
        let _ = writeln!(text, "{}", styled(FAINT, printable(&facts.join(" · "))));
    }
    let _ = write!(text, "\n{}", json(scenario.get("operations").unwrap_or(&Value::Null))?);
    Ok(text)
}

/// What is active, or that nothing is.
pub(super) fn active(found: &Value) -> serde_json::Result<String> {
    let Some(active) = found.get("active").filter(|active| !active.is_null()) else {
        return Ok("nothing is active\n".to_owned());
    };
    let since = active.get("activated_at").and_then(Value::as_str).unwrap_or_default();
    let session = active.get("session_id").and_then(Value::as_str);
    let told = format!("active {} since {}", wherever(session), time(since));
    Ok(format!("{}\n{}", styled(FAINT, told), whole(active.get("scenario").unwrap_or(&Value::Null))?))
}

pub(super) fn history(page: &HistoryPage) -> String {
    let rows: Vec<[String; 4]> = page
        .history
        .iter()
        .map(|change| {
            let about = change.scenario.as_ref().or(change.operation_id.as_ref());
            let about = about.cloned().unwrap_or_default();
            let about = match &change.session_id {
                Some(session) => format!("{about} (session {session})"),
                None => about,
            };
            let action = serde_json::to_value(change.action).unwrap_or_default();
            let action = action.as_str().unwrap_or_default().to_owned();
            [time(&change.timestamp), action, about, change.actor.clone()]
        })
        .collect();
    table::plain(["TIME (UTC)", "WHAT", "OF", "BY"], &rows)
}

/// A time to the second.
pub(crate) fn time(text: &str) -> String {
    printable(&text.get(..19).unwrap_or(text).replace('T', " ")).into_owned()
}

/// Where something is active.
pub(super) fn wherever(session: Option<&str>) -> String {
    match session {
        Some(session) => format!("in the session {}", printable(session)),
        None => "for everybody".to_owned(),
    }
}

/// A name within a sentence.
pub(super) fn quoted(name: &str) -> String {
    styled(STRONG, printable(name))
}

/// A name as a shell takes it.
pub(super) fn argument(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if name.chars().all(is_plain) && !name.starts_with('-') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("'{}'", printable(name).replace('\'', "'\\''")))
}
