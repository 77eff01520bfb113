//! Values as they are on the wire.

use serde_json::{Map, Value};

use crate::model::Content;

/// Renders a value as a body of `content_type`, which has no wildcard.
#[must_use]
pub fn render(
    value: &Value,
    _content_type: &str,
    _schema: Option<&Value>,
    _schemas: &Map<String, Value>,
) -> Content {
    Content::Text(value.to_string())
}

/// The media type that is sent where `media_type` is described: wildcards are made concrete,
/// parameters kept.
#[must_use]
pub fn concrete_media_type(media_type: &str, _schema: Option<&Value>) -> String {
    media_type.replace("*/*", "application/json")
}

/// The value of a header or path parameter in style `simple`: one line of printable ASCII.
#[must_use]
pub fn header_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
