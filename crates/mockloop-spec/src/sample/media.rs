//! What a media type's name says about its bodies.

use serde_json::Value;

/// Separates the parts of a multipart body.
pub(super) const BOUNDARY: &str = "mockloop-part-boundary";

/// How bodies of a media type are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    /// One JSON text per line.
    JsonLines,
    /// JSON texts, each after a record separator (RFC 7464).
    JsonSequence,
    Xml,
    EventStream,
    Csv,
    Form,
    Multipart,
    /// Text with a meaning that a sample can't have, or bytes.
    File,
    Text,
}

/// A media type in lower case, without its parameters.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How bodies of `media_type` are written.
pub(super) fn kind(media_type: &str) -> Kind {
    let essence = essence(media_type);
    match essence.as_str() {
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "application/jsonlines"
        | "application/json-lines"
        | "application/stream+json"
        | "text/jsonl" => Kind::JsonLines,
        "application/json-seq" => Kind::JsonSequence,
        "application/xml" | "text/xml" => Kind::Xml,
        "text/event-stream" => Kind::EventStream,
        "text/csv" | "application/csv" => Kind::Csv,
        "application/x-www-form-urlencoded" => Kind::Form,
        "image/svg+xml"
        | "application/xhtml+xml"
        | "application/pdf"
        | "application/zip"
        | "application/gzip"
        | "application/x-gzip"
        | "application/x-zip-compressed" => Kind::File,
        "application/octet-stream" => Kind::Text,
        _ if essence.ends_with("json") => Kind::Json,
        _ if essence.ends_with("+xml") => Kind::Xml,
        // JSON is YAML.
        _ if essence.ends_with("yaml") => Kind::Json,
        _ if essence.ends_with("+zip") => Kind::File,
        _ => match essence.split('/').next() {
            Some("multipart") => Kind::Multipart,
            Some("image" | "audio" | "video" | "font") => Kind::File,
            _ => Kind::Text,
        },
    }
}

/// The media type that is sent where `media_type` is described: wildcards are made concrete,
/// parameters kept. A `multipart` type is given the boundary that [`render`](fn@super::render) writes.
#[must_use]
pub fn concrete_media_type(media_type: &str, schema: Option<&Value>) -> String {
    let (named, parameters) = media_type.split_at(media_type.find(';').unwrap_or(media_type.len()));
    let named = named.split(',').next().unwrap_or_default().trim();
    let concrete = match named.to_ascii_lowercase().as_str() {
        "*/*" | "*" | "" | "application/*" => match schema {
            Some(schema) if is_binary(schema) => "application/octet-stream",
            Some(schema) if is_text(schema) && !named.starts_with("app") => "text/plain",
            _ => "application/json",
        },
        "text/*" | "text" | "plain" => "text/plain",
        "image/*" => "image/png",
        "audio/*" => "audio/wav",
        "video/*" => "video/mp4",
        "font/*" => "font/woff2",
        "multipart/*" => "multipart/form-data",
        "application/*+json" | "json" => "application/json",
        "application/*+xml" | "xml" => "application/xml",
        _ if is_media_type(named) => named,
        _ => "application/octet-stream",
    };
    let kept = parameters.chars().all(|char| char == ' ' || char.is_ascii_graphic());
    let mut concrete = format!("{concrete}{}", if kept { parameters.trim_end() } else { "" });
    if kind(&concrete) == Kind::Multipart && parameter(&concrete, "boundary").is_none() {
        concrete.push_str("; boundary=");
        concrete.push_str(BOUNDARY);
    }
    concrete
}

/// The value of a media type's parameter.
pub(super) fn parameter<'m>(media_type: &'m str, name: &str) -> Option<&'m str> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then_some(value)
    })
}

/// Whether `name` can be sent as a media type.
fn is_media_type(name: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty()
            && part.chars().all(|char| char.is_ascii_alphanumeric() || "!#$&-^_.+'~|`%".contains(char))
    };
    name.split_once('/').is_some_and(|(one, two)| is_token(one) && is_token(two))
}

fn is_text(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| *kind == "string")
}

fn is_binary(schema: &Value) -> bool {
    is_text(schema) && schema.get("format").is_some_and(|format| *format == "binary")
}
