//! Bodies of forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::definitions::lookup;
use super::media::{BOUNDARY, parameter};
use super::render::{items, plain, scalar};
use crate::model::Encoding;

/// What is not written as it is in a form (WHATWG URL, section 5.2).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// `application/x-www-form-urlencoded`: arrays as repeated names, objects as JSON.
pub(super) fn urlencoded(value: &Value) -> String {
    let Value::Object(members) = value else { return plain(value) };
    let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string().replace("%20", "+");
    let mut pairs = Vec::new();
    for (name, member) in members {
        for item in items(member) {
            pairs.push(format!("{}={}", escaped(name), escaped(&scalar(item))));
        }
    }
    pairs.join("&")
}

/// `multipart/form-data` and its kin: a part for each property, several for an array.
pub(super) fn multipart(
    value: &Value,
    content_type: &str,
    schema: Option<&Value>,
    schemas: &Map<String, Value>,
    encoding: &[Encoding],
) -> String {
    let boundary = parameter(content_type, "boundary").unwrap_or(BOUNDARY);
    let mut body = String::new();
    let mut part = |headers: &str, content: &str| {
        body.extend(["--", boundary, "\r\n", headers, "\r\n\r\n", content, "\r\n"]);
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let quoted = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
                let disposition = format!("Content-Disposition: form-data; name=\"{quoted}\"");
                let file = schema.and_then(|schema| file_type(schema, name, schemas));
                let given = encoding.iter().find(|encoding| encoding.property == *name);
                // Of several types, the first; a range says nothing that could be written.
                let given = given
                    .and_then(|encoding| encoding.content_type.as_deref()?.split(',').next())
                    .map(str::trim)
                    .filter(|given| !given.contains('*'));
                for item in items(member) {
                    let inferred = match item {
                        Value::Object(_) | Value::Array(_) => Some("application/json"),
                        _ => file.as_deref(),
                    };
                    let mut more = String::new();
                    if file.is_some() {
                        more.push_str("; filename=\"file\"");
                    }
                    if let Some(kind) = given.or(inferred) {
                        more.extend(["\r\nContent-Type: ", kind]);
                    }
                    part(&format!("{disposition}{more}"), &scalar(item));
                }
            }
        }
        _ => items(value).iter().for_each(|item| part("Content-Type: text/plain", &plain(item))),
    }
    body.extend(["--", boundary, "--\r\n"]);
    body
}

/// The media type of the property `name`, or of the items of it, where they are files.
fn file_type(schema: &Value, name: &str, schemas: &Map<String, Value>) -> Option<String> {
    let followed = |schema| lookup(schemas, schema).map_or(schema, |(_, target)| target);
    let says = |schema: &Value| {
        if let Some(Value::String(kind)) = schema.get("contentMediaType") {
            return Some(kind.clone());
        }
        let is_binary = schema.get("format").is_some_and(|format| *format == "binary");
        is_binary.then(|| "application/octet-stream".to_owned())
    };
    let schema = followed(schema);
    let property = schema.get("properties").and_then(|listed| listed.get(name)).map(followed);
    property.and_then(|property| says(property).or_else(|| says(followed(property.get("items")?))))
}
