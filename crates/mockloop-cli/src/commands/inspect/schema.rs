//! A JSON Schema in a few words.

use serde_json::Value;

/// How deep descriptions go: `array of array of …`.
const DEPTH: usize = 4;

/// Such as `integer (int64), 1 to 100`, `array of Pet`, `"a" | "b"`.
pub(crate) fn brief(schema: Option<&Value>) -> String {
    schema.map_or_else(|| "anything".to_owned(), |schema| words(schema, DEPTH))
}

fn words(schema: &Value, depth: usize) -> String {
    if depth == 0 {
        return "…".to_owned();
    }
    if let Some(reference) = text(schema, "$ref") {
        return reference.rsplit('/').next().unwrap_or(reference).replace("~1", "/").replace("~0", "~");
    }
    for (key, joint) in [("allOf", " & "), ("oneOf", " | "), ("anyOf", " | ")] {
        if let Some(parts) = schema.get(key).and_then(Value::as_array).filter(|parts| !parts.is_empty()) {
            return parts.iter().map(|part| words(part, depth - 1)).collect::<Vec<_>>().join(joint);
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let mut shown: Vec<String> = values.iter().take(8).map(Value::to_string).collect();
        if values.len() > shown.len() {
            shown.push("…".to_owned());
        }
        return shown.join(" | ");
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    let kinds = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let named = kinds.iter().map(|kind| match (*kind, schema.get("items")) {
        ("array", Some(items)) => format!("array of {}", words(items, depth - 1)),
        (kind, _) => kind.to_owned(),
    });
    let mut words =
        if kinds.is_empty() { "anything".to_owned() } else { named.collect::<Vec<_>>().join(" | ") };
    if let Some(format) = text(schema, "format") {
        words = format!("{words} ({format})");
    }
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(low), Some(high)) => format!("{words}, {low} to {high}"),
        (Some(low), None) => format!("{words}, at least {low}"),
        (None, Some(high)) => format!("{words}, at most {high}"),
        (None, None) => words,
    }
}

fn text<'a>(schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_in_a_few_words() {
        let cases = [
            (json!({"type": "integer", "format": "int64", "minimum": 1}), "integer (int64), at least 1"),
            (json!({"type": "array", "items": {"$ref": "#/schemas/Pet"}}), "array of Pet"),
            (json!({"type": ["string", "null"]}), "string | null"),
            (json!({"enum": ["a", 1]}), "\"a\" | 1"),
            (json!({"oneOf": [{"$ref": "#/schemas/a~1b"}, {"type": "string"}]}), "a/b | string"),
            (json!(true), "anything"),
        ];
        for (schema, words) in cases {
            assert_eq!(brief(Some(&schema)), words);
        }
    }
}
