//! Whatever a document holds, reading it ends, without a panic and with the model or a reason, and so
//! does comparing it with another.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::Path;

use mockloop_spec::model::Api;
use mockloop_spec::{Source, diff, read};
use proptest::prelude::*;
use serde_json::{Value, json};

fn inputs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn holds(text: String) -> Option<Api> {
    let reading = read(&Source::text("mutated.yaml", text), None);
    assert!(reading.api.is_some() || !reading.diagnostics.is_empty());
    for diagnostic in &reading.diagnostics {
        assert!(!diagnostic.message.is_empty() && diagnostic.location.line > 0, "{diagnostic:?}");
    }
    if let Some(api) = &reading.api {
        serde_json::from_str::<Value>(&reading.openapi).unwrap();
        assert_eq!(diff(api, api), []);
    }
    reading.api
}

/// Comparing ends either way, and finds nothing in the one way that it does not find in the other.
fn compares(old: &Api, new: &Api) {
    assert_eq!(diff(old, new).is_empty(), diff(new, old).is_empty());
}

/// A cut of a text: from, to, and what comes in its place.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, String)>> {
    let junk = prop_oneof![
        "[ -~\n\t]{0,8}",
        Just("&a *a\n".to_owned()),
        Just("<<: *x\n".to_owned()),
        Just("$ref: '#/paths'\n".to_owned()),
        Just("{{{{[[[[".to_owned()),
        Just("\u{0}\u{202e}\u{feff}".to_owned()),
        Just("1e999".to_owned()),
        Just("\"\"\"{% x %}".to_owned()),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, junk), 1..6)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|float| json!(float)),
        "[a-z#/$~%{}]{0,6}".prop_map(Value::from),
        Just(json!({"$ref": "#"})),
        Just(json!({"$ref": "#/components/schemas/Tree"})),
        Just(json!({"$ref": "#/components/schemas/Tree/properties/leaf"})),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("type|allOf|oneOf|properties|items|required|enum|x", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Places in a tree, as pointers.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                places(value, &format!("{here}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn text_that_was_damaged(file in any::<prop::sample::Index>(), edits in edits()) {
        let mut text: Vec<char> = file.get(&inputs()).chars().collect();
        for (place, length, junk) in edits {
            let start = place.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, junk.chars());
        }
        holds(text.into_iter().collect());
    }

    #[test]
    fn parts_that_were_replaced(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        let good = ["paths.yaml", "swagger.yaml", "references.yaml", "security.yaml", "views.yaml"];
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs").join(file.get(&good));
        let base = read(&Source::File(path), None);
        let mut value: Value = serde_json::from_str(&base.openapi).unwrap();
        let mut versions = vec![base.api.unwrap()];
        for (place, new) in changes {
            let mut found = Vec::new();
            places(&value, "", &mut found);
            let pointer: &String = place.get(&found);
            *value.pointer_mut(pointer).unwrap() = new;
            versions.extend(holds(value.to_string()));
        }
        for pair in versions.windows(2) {
            compares(&pair[0], &pair[1]);
        }
    }

    #[test]
    fn text_that_is_anything(text in "\\PC{0,200}") {
        holds(text);
    }
}

#[test]
fn cycles_of_every_kind_end() {
    let mut versions = Vec::new();
    for schema in [
        json!({"$ref": "#/components/schemas/A"}),
        json!({"allOf": [{"$ref": "#/components/schemas/A"}]}),
        json!({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}),
        json!({"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/A"}}),
        json!({"not": {"$ref": "#/components/schemas/A"}}),
        json!({"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/A"}]}),
    ] {
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": {
            "responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/A"}}}}}}}}, "components": {"schemas": {"A": schema}}});
        versions.extend(holds(document.to_string()));
    }
    for old in &versions {
        for new in &versions {
            compares(old, new);
        }
    }
}
