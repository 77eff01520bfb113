//! One request of the log, whole.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use mockloop_runtime::Map;
use mockloop_runtime::admin::models::LogEntry;
use mockloop_runtime::admin::{GetRequest, GetRequestAsCurl, GetRequestAsHar, MockClient, Raw};
use serde::Serialize;
use serde_json::Value;

use super::shown;
use crate::exit::Exit;
use crate::report::{FAINT, STRONG, request};
use crate::terminal::{document, printable, styled, write};

/// In which form a request is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// All that the log has of it
    Json,
    /// A command for a shell that sends it again
    Curl,
    /// An HTTP archive
    Har,
}

pub(super) async fn run(mock: &MockClient, id: i64, form: Form) -> anyhow::Result<Exit> {
    match form {
        Form::Text => {
            write(&text(&mock.call(&GetRequest { pretty: Some(true), ..GetRequest::new(id) }).await?))?;
        }
        Form::Json => write(&document(&mock.call(&Raw::of(GetRequest::new(id))).await?)?)?,
        Form::Har => write(&document(&mock.call(&Raw::of(GetRequestAsHar::new(id))).await?)?)?,
        Form::Curl => {
            let command = mock.call(&GetRequestAsCurl::new(id)).await?;
            // A shell has to get each byte as it is; a terminal must not.
            if std::io::stdout().is_terminal() {
                write(&lines(&command))?;
            } else {
                std::io::stdout().lock().write_all(command.as_bytes())?;
            }
        }
    }
    Ok(Exit::Clean)
}

fn text(entry: &LogEntry) -> String {
    let mut text = shown::line(entry);
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(text, "  {}  {}", styled(FAINT, format!("{name:<11}")), printable(value));
        }
    };
    let client = entry.client_host.as_ref().map(|host| match entry.client_port {
        Some(port) => format!("{host} port {port}"),
        None => host.clone(),
    });
    fact("client", client.as_deref());
    fact("user agent", entry.user_agent.as_deref());
    fact("correlation", entry.correlation_id.as_deref());
    let method = entry.method.as_deref().unwrap_or("-");
    let asked = format!("> {} {}", printable(method), printable(&shown::target(entry)));
    let _ = writeln!(text, "\n{}", styled(STRONG, asked));
    let body = entry.request_body_pretty.as_ref().or(entry.request_body.as_ref());
    message(&mut text, '>', entry.request_headers.as_ref(), body, &entry.request_body_note);
    let status = entry.status_code.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let style = entry.status_code.map_or(STRONG, request::status_style);
    let _ = writeln!(text, "\n{}", styled(style, format!("< {status}")));
    let body = entry.response_body_pretty.as_ref().or(entry.response_body.as_ref());
    message(&mut text, '<', entry.response_headers.as_ref(), body, &entry.response_body_note);
    text
}

/// Headers and body, a mark in front of each line.
fn message(
    text: &mut String,
    mark: char,
    headers: Option<&Map<String, Value>>,
    body: Option<&String>,
    note: &impl Serialize,
) {
    for (name, value) in headers.into_iter().flatten() {
        for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = writeln!(
                text,
                "{mark} {} {}",
                styled(FAINT, format!("{}:", printable(name))),
                printable(&value)
            );
        }
    }
    let Some(body) = body.filter(|body| !body.is_empty()) else { return };
    let _ = writeln!(text, "{mark}");
    for line in body.lines() {
        let _ = writeln!(text, "{mark} {}", printable(line));
    }
    if let Ok(Value::String(note)) = serde_json::to_value(note) {
        let _ = writeln!(text, "{mark} {}", styled(FAINT, format!("({note})")));
    }
}

/// A text whose line feeds are all that may be obeyed.
fn lines(text: &str) -> String {
    text.lines().flat_map(|line| [printable(line), "\n".into()]).collect()
}
