//! Values as OpenAPI writes them into a request (OpenAPI 3.1.1, section 4.8.12 and appendix C).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::descriptor::{ParameterDescriptor, Style};

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Everything but what may stand in a segment of a path.
const SEGMENT: &AsciiSet = &RESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// How a parameter is written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// Its name, as it is on the wire.
    pub name: &'a str,
    /// How its value is written; of no meaning for content.
    pub style: Style,
    /// Whether the members of arrays and objects are written apart.
    pub explode: bool,
    /// The media type whose text the value is, for a `content` parameter.
    pub media_type: Option<&'a str>,
}

impl From<&ParameterDescriptor> for Written<'static> {
    fn from(parameter: &ParameterDescriptor) -> Self {
        let ParameterDescriptor { name, style, explode, media_type, .. } = *parameter;
        Self { name, style, explode, media_type }
    }
}

/// Percent-encodes a text so that it can stand anywhere in a URL.
#[must_use]
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Percent-encodes fixed text of a path; what may stand there does (RFC 3986, section 3.3).
#[must_use]
pub fn in_segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A value in a path.
#[must_use]
pub fn in_path(parameter: &Written<'_>, value: &Value) -> String {
    if let Some(text) = as_content(parameter, value) {
        return escaped(&text);
    }
    // Dots part the members of a label.
    let text_of: fn(&str) -> String = match parameter.style {
        Style::Label => |text| escaped(text).replace('.', "%2E"),
        _ => escaped,
    };
    let name = escaped(parameter.name);
    let (prefix, separator) = match (parameter.style, parameter.explode) {
        (Style::Label, true) => (".", "."),
        (Style::Label, false) => (".", ","),
        (Style::Matrix, true) => (";", ";"),
        (Style::Matrix, false) => (";", ","),
        _ => ("", ","),
    };
    let is_matrix = parameter.style == Style::Matrix;
    let named = |text: String| if text.is_empty() { name.clone() } else { format!("{name}={text}") };
    let text = match value {
        Value::Array(items) if is_matrix && parameter.explode => {
            let items = items.iter().map(|item| named(text_of(&plain(item))));
            return format!("{prefix}{}", items.collect::<Vec<_>>().join(separator));
        }
        Value::Array(items) => join(items.iter().map(|item| text_of(&plain(item))), separator),
        Value::Object(members) if is_matrix && parameter.explode => {
            return format!("{prefix}{}", pairs(members, text_of, "=", separator));
        }
        Value::Object(members) => {
            pairs(members, text_of, if parameter.explode { "=" } else { "," }, separator)
        }
        other => text_of(&plain(other)),
    };
    if is_matrix { format!("{prefix}{}", named(text)) } else { format!("{prefix}{text}") }
}

/// Names and values of a query, both percent-encoded; none for an empty array.
#[must_use]
pub fn in_query(parameter: &Written<'_>, value: &Value) -> Vec<(String, String)> {
    let name = escaped(parameter.name);
    if let Some(text) = as_content(parameter, value) {
        return vec![(name, escaped(&text))];
    }
    let each = |items: &[Value]| items.iter().map(|item| (name.clone(), escaped(&plain(item)))).collect();
    let separator = match parameter.style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        Style::TabDelimited => "%09",
        _ => ",",
    };
    match (value, parameter.style, parameter.explode) {
        (Value::Object(members), Style::DeepObject, _) => {
            let mut found = Vec::new();
            for (key, member) in members {
                deep(format!("{name}%5B{}%5D", escaped(key)), member, &mut found);
            }
            found
        }
        (Value::Array(items), _, true) => each(items),
        (Value::Array(items), _, false) if !items.is_empty() => {
            vec![(name, join(items.iter().map(|item| escaped(&plain(item))), separator))]
        }
        (Value::Array(_), ..) => Vec::new(),
        (Value::Object(members), _, true) => {
            members.iter().map(|(key, member)| (escaped(key), escaped(&plain(member)))).collect()
        }
        (Value::Object(members), _, false) => vec![(name, pairs(members, escaped, separator, separator))],
        (other, ..) => vec![(name, escaped(&plain(other)))],
    }
}

/// A value in a header: nothing is encoded, because nothing would decode it.
#[must_use]
pub fn in_header(parameter: &Written<'_>, value: &Value) -> String {
    as_content(parameter, value).unwrap_or_else(|| listed(value, parameter.explode, str::to_owned))
}

/// A value in a cookie, percent-encoded. Members are parted by commas: a cookie has one value.
#[must_use]
pub fn in_cookie(parameter: &Written<'_>, value: &Value) -> String {
    as_content(parameter, value)
        .map_or_else(|| listed(value, parameter.explode, escaped), |text| escaped(&text))
}

/// Fields of an `application/x-www-form-urlencoded` body; arrays repeat their name.
#[must_use]
pub fn form(members: &Map<String, Value>) -> String {
    let mut fields = Vec::new();
    for (name, value) in members {
        match value {
            Value::Null => {}
            Value::Array(items) => fields.extend(items.iter().map(|item| (name, plain(item)))),
            other => fields.push((name, plain(other))),
        }
    }
    join(fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))), "&")
}

fn deep(name: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                deep(format!("{name}%5B{}%5D", escaped(key)), member, found);
            }
        }
        Value::Array(items) => {
            found.extend(items.iter().map(|item| (name.clone(), escaped(&plain(item)))));
        }
        other => found.push((name, escaped(&plain(other)))),
    }
}

fn listed(value: &Value, explode: bool, text: fn(&str) -> String) -> String {
    match value {
        Value::Array(items) => join(items.iter().map(|item| text(&plain(item))), ","),
        Value::Object(members) => pairs(members, text, if explode { "=" } else { "," }, ","),
        other => text(&plain(other)),
    }
}

fn pairs(members: &Map<String, Value>, text: fn(&str) -> String, equals: &str, separator: &str) -> String {
    join(
        members.iter().map(|(key, member)| format!("{}{equals}{}", text(key), text(&plain(member)))),
        separator,
    )
}

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

/// The text of a `content` parameter.
fn as_content(parameter: &Written<'_>, value: &Value) -> Option<String> {
    let media_type = parameter.media_type?;
    Some(if media_type.contains("json") { value.to_string() } else { plain(value) })
}

/// A text as it is, anything else as JSON.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameter(style: Style, explode: bool) -> Written<'static> {
        Written { name: "color", style, explode, media_type: None }
    }

    /// The table of OpenAPI 3.1.1, section 4.8.12.4.
    #[test]
    fn paths_as_in_the_specification() {
        let values = [json!("blue"), json!(["blue", "black"]), json!({"R": 100, "G": 200})];
        let rows = [
            (Style::Simple, false, ["blue", "blue,black", "R,100,G,200"]),
            (Style::Simple, true, ["blue", "blue,black", "R=100,G=200"]),
            (Style::Label, false, [".blue", ".blue,black", ".R,100,G,200"]),
            (Style::Label, true, [".blue", ".blue.black", ".R=100.G=200"]),
            (Style::Matrix, false, [";color=blue", ";color=blue,black", ";color=R,100,G,200"]),
            (Style::Matrix, true, [";color=blue", ";color=blue;color=black", ";R=100;G=200"]),
        ];
        for (style, explode, expected) in rows {
            let parameter = parameter(style, explode);
            assert_eq!(
                values.each_ref().map(|value| in_path(&parameter, value)),
                expected,
                "{style:?} {explode}"
            );
        }
        assert_eq!(in_path(&parameter(Style::Matrix, false), &json!("")), ";color");
    }

    #[test]
    fn queries_as_in_the_specification() {
        let rows = [
            (Style::Form, true, json!(["blue", "black"]), "color=blue&color=black"),
            (Style::Form, false, json!(["blue", "black"]), "color=blue,black"),
            (Style::Form, true, json!({"R": 100, "G": 200}), "R=100&G=200"),
            (Style::Form, false, json!({"R": 100, "G": 200}), "color=R,100,G,200"),
            (Style::SpaceDelimited, false, json!(["blue", "black"]), "color=blue%20black"),
            (Style::PipeDelimited, false, json!(["blue", "black"]), "color=blue%7Cblack"),
            (Style::SpaceDelimited, false, json!({"R": 100, "G": 200}), "color=R%20100%20G%20200"),
            (
                Style::DeepObject,
                true,
                json!({"R": 100, "G": {"a": [1, 2]}}),
                "color%5BR%5D=100&color%5BG%5D%5Ba%5D=1&color%5BG%5D%5Ba%5D=2",
            ),
            (Style::Form, true, json!("a&b=c/ü"), "color=a%26b%3Dc%2F%C3%BC"),
            (Style::Form, true, json!([]), ""),
        ];
        for (style, explode, value, expected) in rows {
            let pairs = in_query(&parameter(style, explode), &value);
            let query = join(pairs.iter().map(|(name, value)| format!("{name}={value}")), "&");
            assert_eq!(query, expected);
        }
    }

    #[test]
    fn content_parameters_are_json() {
        let parameter = Written { media_type: Some("application/json"), ..parameter(Style::Form, true) };
        assert_eq!(in_query(&parameter, &json!("a")), [("color".to_owned(), "%22a%22".to_owned())]);
    }
}
