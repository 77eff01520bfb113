//! One operation, whole.

use std::fmt::Write as _;

use mockloop_spec::model::{Api, Body, Content, Location, MediaType, Operation, SecurityKind};

use super::schema::brief;
use super::table::method;
use crate::report::{FAINT, STRONG, WARNING};
use crate::terminal::{columns, printable, styled};

/// The most lines of a sample that are shown.
const SAMPLE_LINES: usize = 40;

/// Everything that a person who calls it wants to know.
pub(crate) fn whole(api: &Api, operation: &Operation) -> String {
    let mut text = String::new();
    let call = styled(method(&operation.method), &operation.method);
    let _ = writeln!(text, "{call} {}", styled(STRONG, printable(&operation.path)));
    let _ = writeln!(text, "{}", styled(FAINT, printable(&operation.id)));
    if operation.deprecated {
        let _ = writeln!(text, "{}", styled(WARNING, "deprecated"));
    }
    let prose = [&operation.summary, &operation.description].into_iter().flatten();
    for paragraph in prose.map(|prose| prose.trim()).filter(|prose| !prose.is_empty()) {
        text.push('\n');
        indented(&mut text, paragraph, "");
    }
    parameters(&mut text, operation);
    request(&mut text, operation);
    responses(&mut text, operation);
    security(&mut text, api, operation);
    text
}

fn heading(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{}", styled(STRONG, title));
}

/// Lines with something before each; control characters are shown, not obeyed.
fn indented(text: &mut String, lines: &str, before: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "{before}{}", printable(line));
    }
}

fn parameters(text: &mut String, operation: &Operation) {
    if operation.parameters.is_empty() {
        return;
    }
    heading(text, "Parameters");
    let rows: Vec<[String; 4]> = operation
        .parameters
        .iter()
        .map(|parameter| {
            let need = if parameter.required { "required" } else { "" };
            let kind = match &parameter.media_type {
                Some(media_type) => format!("{} as {media_type}", brief(parameter.schema.as_ref())),
                None => brief(parameter.schema.as_ref()),
            };
            [
                printable(&parameter.name).into_owned(),
                place(parameter.r#in).into(),
                need.into(),
                printable(&kind).into_owned(),
            ]
        })
        .collect();
    let widest =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| columns(c)).max().unwrap_or(0);
    let widths = [widest(0), widest(1), widest(2)];
    for (row, parameter) in rows.iter().zip(&operation.parameters) {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, " {cell}{:pad$} ", "", pad = width - columns(cell));
        }
        line.extend(row.last().map(|kind| format!(" {kind}")));
        if let Some(sample) = &parameter.sample {
            let _ =
                write!(line, "  {}", styled(FAINT, format!("such as {}", printable(&sample.to_string()))));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn request(text: &mut String, operation: &Operation) {
    if let Some(body) = &operation.request_body {
        heading(text, if body.required { "Request body (required)" } else { "Request body" });
        body.content.iter().for_each(|media| content(text, media));
    }
}

fn responses(text: &mut String, operation: &Operation) {
    for (i, response) in operation.responses.iter().enumerate() {
        let answer = if i == operation.answer { " (the answer where nothing asks for another)" } else { "" };
        heading(text, &format!("Response {}{answer}", printable(&response.status)));
        if let Some(description) = &response.description {
            indented(text, description.trim(), "  ");
        }
        for header in &response.headers {
            let value = format!("{}: {}", header.name, header.value);
            let _ = writeln!(text, "  {}", styled(FAINT, printable(&value)));
        }
        response.content.iter().for_each(|media| content(text, media));
    }
}

/// A media type with its sample.
fn content(text: &mut String, media: &MediaType) {
    let kind = format!("{}: {}", media.media_type, brief(media.schema.as_ref()));
    let _ = writeln!(text, "  {}", printable(&kind));
    for body in media.bodies.iter().take(1) {
        match sample(body) {
            Some(sample) => {
                let mut lines = sample.lines();
                for line in lines.by_ref().take(SAMPLE_LINES) {
                    indented(text, line, "    ");
                }
                let more = lines.count();
                if more > 0 {
                    let _ = writeln!(text, "    {}", styled(FAINT, format!("… {more} more lines")));
                }
            }
            None => drop(writeln!(text, "    {}", styled(FAINT, "(binary)"))),
        }
    }
    let names: Vec<&str> = media.bodies.iter().filter_map(|body| body.name.as_deref()).collect();
    if names.len() > 1 {
        let _ =
            writeln!(text, "    {}", styled(FAINT, format!("examples: {}", printable(&names.join(", ")))));
    }
}

/// A body as text, JSON with its lines.
fn sample(body: &Body) -> Option<String> {
    match &body.content {
        Content::Text(text) => {
            let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
            Some(
                value
                    .and_then(|value| serde_json::to_string_pretty(&value).ok())
                    .unwrap_or_else(|| text.clone()),
            )
        }
        Content::Base64(_) => None,
    }
}

fn security(text: &mut String, api: &Api, operation: &Operation) {
    if operation.security.is_empty() {
        return;
    }
    heading(text, "Security (one of)");
    for requirement in &operation.security {
        let schemes: Vec<String> = requirement
            .iter()
            .map(|used| {
                let scheme = api.security_schemes.iter().find(|scheme| scheme.name == used.scheme);
                let how = scheme.map(|scheme| credential(&scheme.kind)).unwrap_or_default();
                let scopes = if used.scopes.is_empty() {
                    String::new()
                } else {
                    format!(" [{}]", used.scopes.join(", "))
                };
                format!("{}{scopes}{how}", used.scheme)
            })
            .collect();
        let all = if schemes.is_empty() { "no credentials".to_owned() } else { schemes.join(" and ") };
        let _ = writeln!(text, "  {}", printable(&all));
    }
}

fn credential(kind: &SecurityKind) -> String {
    match kind {
        SecurityKind::ApiKey { parameter, r#in } => format!(" (key in {} {parameter})", place(*r#in)),
        SecurityKind::Http { scheme } => format!(" (HTTP {scheme})"),
        SecurityKind::OAuth2 { .. } => " (OAuth 2 bearer token)".to_owned(),
        SecurityKind::OpenIdConnect { .. } => " (OpenID Connect bearer token)".to_owned(),
        SecurityKind::MutualTls => " (client certificate)".to_owned(),
    }
}

fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
    }
}
