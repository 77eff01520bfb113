//! Sample values, shape by shape.

use mockloop_spec::sample::{Direction, Sample, Sampler};
use serde_json::{Map, Value, json};

/// Every case of `sample/shapes.json`: the sample is valid as the `jsonschema` crate sees it, or
/// has the problem that the case names; and it is, has or lacks what the case says.
#[test]
fn shapes() {
    let cases: Map<String, Value> = serde_json::from_str(include_str!("sample/shapes.json")).unwrap();
    let failures: Vec<String> =
        cases.iter().filter_map(|(name, case)| Some(format!("{name}: {}", failure(case)?))).collect();
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Violations name the place and say what is wrong, and whether only a format is.
#[test]
fn violations() {
    let schema = json!({
        "type": "object",
        "required": ["id"],
        "properties": {
            "a/b": { "type": "integer", "maximum": 5 },
            "list": { "items": { "type": "string", "format": "date" } },
            "either": { "oneOf": [{ "type": "null" }, { "format": "email" }] },
        },
    });
    let schemas = Map::new();
    let mut sampler = Sampler::new(&schemas);
    let mut told = |instance: Value| match sampler.check(&schema, &instance) {
        Ok(()) => Vec::new(),
        Err(violations) => violations
            .into_iter()
            .map(|violation| format!("{} {} {}", violation.pointer, violation.message, violation.format_only))
            .collect(),
    };
    assert!(told(json!({ "id": 1, "a/b": 5.0, "list": ["2026-01-15"] })).is_empty());
    assert_eq!(told(json!({ "a/b": 6 })), [" `id` is required false", "/a~1b 6 is greater than 5 false"]);
    assert_eq!(told(json!({ "id": 1, "a/b": "x" })), ["/a~1b \"x\" is not of type integer false"]);
    assert_eq!(told(json!({ "id": 1, "list": ["soon"] })), ["/list/0 \"soon\" is not of format `date` true"]);
    assert_eq!(told(json!({ "id": 1, "either": "x" })), ["/either \"x\" fits no schema of `oneOf` true"]);
}

/// What is wrong with the sample of a case.
fn failure(case: &Value) -> Option<String> {
    let schema = &case["schema"];
    let schemas = case["schemas"].as_object().cloned().unwrap_or_default();
    let direction = if case["direction"] == "request" { Direction::Request } else { Direction::Response };
    let mut sampler = Sampler::new(&schemas);
    let Sample { value, problem } = sampler.sample(schema, direction, case["name"].as_str());

    if let Some(expected) = case["problem"].as_str() {
        return match problem {
            Some(problem) if problem.message.contains(expected) => None,
            Some(problem) => Some(format!("another problem: {}", problem.message)),
            None => Some(format!("no problem, but {value}")),
        };
    }
    if let Some(problem) = problem {
        return Some(format!("{value} at {:?}: {}", problem.pointer, problem.message));
    }
    if case["unchecked"] != true {
        let library = library(schema, &schemas);
        if let Err(error) = library.validate(&value) {
            return Some(format!("{value} is not valid: {error}"));
        }
        if let Err(violations) = sampler.check(schema, &value) {
            return Some(format!("{value} is said not to be valid: {}", violations[0].message));
        }
    }
    let names = |key: &str| case[key].as_array().cloned().unwrap_or_default();
    let has = |name: &Value| name.as_str().is_some_and(|name| value.get(name).is_some());
    let expected = case.get("is").is_none_or(|expected| *expected == value)
        && names("has").iter().all(has)
        && !names("lacks").iter().any(has);
    (!expected).then(|| format!("{value}"))
}

fn library(schema: &Value, schemas: &Map<String, Value>) -> jsonschema::Validator {
    let schema = json!({ "allOf": [schema], "schemas": schemas });
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema of the cases")
}
