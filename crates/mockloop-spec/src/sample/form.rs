//! Bodies of forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::definitions::lookup;
use super::media::{BOUNDARY, parameter};
use super::render::{items, plain, scalar};

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
                let is_file = schema.is_some_and(|schema| is_binary(schema, name, schemas));
                for item in items(member) {
                    let more = match item {
                        Value::Object(_) | Value::Array(_) => "\r\nContent-Type: application/json",
                        _ if is_file => "; filename=\"file\"\r\nContent-Type: application/octet-stream",
                        _ => "",
                    };
                    part(&format!("{disposition}{more}"), &scalar(item));
                }
            }
        }
        _ => items(value).iter().for_each(|item| part("Content-Type: text/plain", &plain(item))),
    }
    body.extend(["--", boundary, "--\r\n"]);
    body
}

/// Whether the property `name`, or the items of it, are files.
fn is_binary(schema: &Value, name: &str, schemas: &Map<String, Value>) -> bool {
    let followed = |schema| lookup(schemas, schema).map_or(schema, |(_, target)| target);
    let says = |schema: &Value| {
        schema.get("format").is_some_and(|format| *format == "binary")
            || schema.get("contentMediaType").is_some()
    };
    let schema = followed(schema);
    let property = schema.get("properties").and_then(|listed| listed.get(name)).map(followed);
    property.is_some_and(|property| says(property) || property.get("items").map(followed).is_some_and(says))
}
