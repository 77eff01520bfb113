//! Values as they are on the wire.

use serde_json::{Map, Value};

use super::file::file;
use super::form::{multipart, urlencoded};
use super::media::{Kind, kind};
use super::xml::xml;
use crate::model::{Content, Encoding};

/// Renders a value as a body of `content_type`, which has no wildcard. The schema says how XML is
/// written; `schemas` is where its references lead; `encoding` says how parts of a multipart body are.
#[must_use]
pub fn render(
    value: &Value,
    content_type: &str,
    schema: Option<&Value>,
    schemas: &Map<String, Value>,
    encoding: &[Encoding],
) -> Content {
    Content::Text(match kind(content_type) {
        Kind::Json => value.to_string(),
        Kind::JsonLines => items(value).iter().fold(String::new(), |text, item| format!("{text}{item}\n")),
        Kind::JsonSequence => {
            items(value).iter().fold(String::new(), |text, item| format!("{text}\u{1e}{item}\n"))
        }
        Kind::Xml => xml(value, schema, schemas),
        Kind::EventStream => items(value).iter().map(event).collect(),
        Kind::Csv => csv(value),
        Kind::Form => urlencoded(value),
        Kind::Multipart => multipart(value, content_type, schema, schemas, encoding),
        Kind::File => return file(value, content_type, schema, schemas),
        Kind::Text => plain(value),
    })
}

/// Text as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The items of an array, or the one value that there is.
pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => std::slice::from_ref(value),
    }
}

/// One server-sent event. An object of the fields of an event is taken apart, and text that is one
/// already stays as it is.
fn event(value: &Value) -> String {
    const FIELDS: [&str; 4] = ["event", "id", "retry", "data"];
    let field = |name: &str, text: &str| {
        let lines = text.lines().flat_map(|line| [name, ": ", line, "\n"]);
        lines.collect::<String>()
    };
    match value {
        Value::String(text) if FIELDS.iter().any(|name| text.starts_with(&format!("{name}:"))) => {
            format!("{}\n\n", text.trim_end())
        }
        Value::Object(fields)
            if fields.contains_key("data") && fields.keys().all(|name| FIELDS.contains(&name.as_str())) =>
        {
            let lines = FIELDS.iter().filter_map(|name| Some(field(name, &plain(fields.get(*name)?))));
            format!("{}\n", lines.collect::<String>())
        }
        _ => format!("{}\n", field("data", &plain(value))),
    }
}

/// An array of objects is a header and rows, one of arrays is rows.
fn csv(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    let rows = items(value);
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut lines = Vec::new();
    if !columns.is_empty() {
        lines.push(columns.iter().map(|name| cell(name)).collect::<Vec<_>>());
    }
    for row in rows {
        lines.push(match row {
            Value::Object(members) => columns
                .iter()
                .map(|name| members.get(*name).map_or_else(String::new, |value| cell(&scalar(value))))
                .collect(),
            Value::Array(cells) => cells.iter().map(|value| cell(&scalar(value))).collect(),
            _ => vec![cell(&scalar(row))],
        });
    }
    lines.into_iter().flat_map(|line| [line.join(","), "\r\n".to_owned()]).collect()
}

/// A field of RFC 4180, quoted where it must be.
fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A value without quotes, `null` as nothing.
pub(super) fn scalar(value: &Value) -> String {
    if value.is_null() { String::new() } else { plain(value) }
}

/// The value of a header or path parameter in style `simple`: one line of printable ASCII.
#[must_use]
pub fn header_text(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => items.iter().map(scalar).collect::<Vec<_>>().join(","),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| format!("{name},{}", scalar(member)))
            .collect::<Vec<_>>()
            .join(","),
        _ => scalar(value),
    };
    let mut line = String::new();
    for char in text.chars() {
        match char {
            ' '..='~' => line.push(char),
            _ if char.is_control() => line.push(' '),
            _ => line.extend(percent_encoding::utf8_percent_encode(
                char.encode_utf8(&mut [0; 4]),
                percent_encoding::NON_ALPHANUMERIC,
            )),
        }
    }
    line.trim().to_owned()
}
