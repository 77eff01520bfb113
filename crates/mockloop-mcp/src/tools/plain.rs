//! Schemas of tools, in words that every client knows.

use std::sync::Arc;

use rmcp::model::Tool;
use serde_json::{Value, json};

/// Formats of Rust's numbers, which validators of clients don't know and complain of.
const RUST_FORMATS: [&str; 5] = ["uint", "uint16", "uint32", "uint64", "int64"];

/// Leaves out of a tool's schemas what only Rust has, and writes the schema `true` as the object `{}`, which clients
/// that map schemas to types of theirs can read.
pub(super) fn plain(tool: &mut Tool) {
    for schema in std::iter::once(&mut tool.input_schema).chain(&mut tool.output_schema) {
        Arc::make_mut(schema).values_mut().for_each(simplify);
    }
}

fn simplify(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                name != "format" || !value.as_str().is_some_and(|format| RUST_FORMATS.contains(&format))
            });
            if members.get("items") == Some(&Value::Bool(true)) {
                members.insert("items".to_owned(), json!({}));
            }
            members.values_mut().for_each(simplify);
        }
        Value::Array(elements) => elements.iter_mut().for_each(simplify),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_called_format_stays() {
        let mut schema = json!({"properties": {
            "format": {"type": "integer", "format": "uint16"},
            "at": {"type": "string", "format": "date-time"},
            "all": {"type": "array", "items": true},
        }});
        simplify(&mut schema);
        let expected = json!({"properties": {
            "format": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "all": {"type": "array", "items": {}},
        }});
        assert_eq!(schema, expected);
    }
}
