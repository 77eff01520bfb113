//! How long it takes from a description to its project, and how much memory, beside bare parsing.
//!
//! Prints one JSON object of ratios; `cargo xtask bench` puts them into `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "the result goes to standard output")]

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use mockloop_codegen::{Options, WriteOptions, project};
use mockloop_spec::{Source, read};
use serde_json::{Value, json};

fn main() {
    // Children measure their own peak of memory; cargo passes `--bench` to this process alone.
    if let Ok(path) = std::env::var("MOCKLOOP_BENCH_GENERATE") {
        let reading = read(&Source::File(path.into()), None);
        let tree = project(&reading, &Options::default()).expect("BUG: the description is readable");
        println!("{} {}", tree.iter().count(), peak_kib());
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let json_text = serde_json::to_string_pretty(&description(1000, 10_000_000)).expect("BUG: it is JSON");
    let json_path = folder.path().join("bench.json");
    std::fs::write(&json_path, &json_text).expect("a writable folder");
    let mut yaml_text = String::new();
    write_yaml(&description(400, 4_000_000), 0, &mut yaml_text);
    let yaml_path = folder.path().join("bench.yaml");
    std::fs::write(&yaml_path, &yaml_text).expect("a writable folder");

    let generate = |path: &std::path::Path| {
        let reading = read(&Source::File(path.to_owned()), None);
        let tree = project(&reading, &Options::default());
        assert!(tree.is_some_and(|tree| tree.get("api.json").is_some()));
    };
    let (parse_json, json) =
        best(|| drop(serde_json::from_str::<Value>(&json_text)), || generate(&json_path));
    let (parse_yaml, yaml) =
        best(|| drop(yaml_serde::from_str::<Value>(&yaml_text)), || generate(&yaml_path));
    let reading = read(&Source::File(json_path.clone()), None);
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics.first());
    let tree = project(&reading, &Options::default()).expect("BUG: the description is readable");
    let write = Instant::now();
    tree.write(&folder.path().join("out"), WriteOptions::default()).expect("a writable folder");
    let write = write.elapsed();
    let own = std::env::current_exe().expect("a path of its own");
    let child = Command::new(own).env("MOCKLOOP_BENCH_GENERATE", &json_path).output().expect("a child");
    let peak: u64 =
        String::from_utf8_lossy(&child.stdout).split_whitespace().nth(1).unwrap_or("0").parse().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "sizes far below the limit of a float")]
    let result = json!({
        "json_bytes": json_text.len(), "json_parse_ms": ms(parse_json), "json_generate_ms": ms(json),
        "json_ratio": ratio(json, parse_json), "write_ms": ms(write),
        "memory_ratio": (peak as f64 * 1024.0 / json_text.len() as f64 * 100.0).round() / 100.0,
        "yaml_bytes": yaml_text.len(), "yaml_parse_ms": ms(parse_yaml), "yaml_generate_ms": ms(yaml),
        "yaml_ratio": ratio(yaml, parse_yaml),
    });
    println!("{result}");
}

/// The best times of two, which take turns, so that a slow moment of the machine strikes both.
fn best(one: impl Fn(), other: impl Fn()) -> (Duration, Duration) {
    let run = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let rounds: Vec<_> = (0..15).map(|_| (run(&one), run(&other))).collect();
    let best = |times: &mut dyn Iterator<Item = Duration>| times.min().unwrap_or_default();
    (best(&mut rounds.iter().map(|round| round.0)), best(&mut rounds.iter().map(|round| round.1)))
}

fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

fn ratio(a: Duration, b: Duration) -> f64 {
    (a.as_secs_f64() / b.as_secs_f64() * 100.0).round() / 100.0
}

/// The most memory that this process ever held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A description with as many operations, of about as many bytes in pretty JSON.
fn description(operations: usize, bytes: usize) -> Value {
    let sentence =
        "Returns the resource as it is at the moment of the call, with everything that belongs to it. ";
    let mut schemas = json!({});
    for n in 0..operations / 2 {
        let mut properties = json!({
            "id": {"type": "integer", "format": "int64", "minimum": 1, "readOnly": true},
            "name": {"type": "string", "minLength": 1, "maxLength": 80, "description": sentence},
            "kind": {"type": "string", "enum": ["small", "medium", "large"]},
            "created_at": {"type": "string", "format": "date-time"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        });
        // Things refer to others in chains of five, and every tenth to itself.
        if n % 5 != 4 {
            properties["next"] = json!({"$ref": format!("#/components/schemas/Thing{}", n + 1)});
        }
        if n % 10 == 0 {
            properties["parent"] = json!({"$ref": format!("#/components/schemas/Thing{n}")});
        }
        for p in 0..10 {
            let kind = ["string", "integer", "boolean", "number"][p % 4];
            properties[format!("field_{p}")] = json!({"type": kind, "description": sentence});
        }
        schemas[format!("Thing{n}")] =
            json!({"type": "object", "required": ["id", "name"], "properties": properties});
    }
    let mut paths = json!({});
    for n in 0..operations {
        let thing = json!({"$ref": format!("#/components/schemas/Thing{}", n % (operations / 2))});
        paths[format!("/area{}/things{n}/{{id}}", n % 40)] = json!({"get": {
        "operationId": format!("getThing{n}"), "tags": [format!("area{}", n % 40)], "summary": format!("Thing {n}"),
        "description": sentence.repeat(3),
        "parameters": [
            {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}},
            {"name": "fields", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
            {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 1}},
        ],
        "responses": {
            "200": {"description": sentence, "content": {"application/json": {
                "schema": {"type": "object", "required": ["items"], "properties": {
                    "items": {"type": "array", "items": thing}, "total": {"type": "integer"}}},
                "examples": {"one": {"value": {"total": 1, "items": [{"id": n + 1, "name": "First", "kind": "small",
                    "created_at": "2024-03-14T09:26:53Z", "tags": ["a", "b"]}]}}}}}},
            "404": {"description": sentence, "content": {"application/json": {"schema": thing}}},
        }}});
    }
    let mut document = json!({"openapi": "3.0.3", "info": {"title": "Bench", "version": "1"}, "paths": paths,
        "components": {"schemas": schemas}});
    // Prose is what real descriptions are made of; it fills the rest.
    let size = serde_json::to_string_pretty(&document).map_or(0, |text| text.len());
    let prose = sentence.repeat(bytes.saturating_sub(size) / operations / sentence.len());
    for item in document["paths"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        item["get"]["description"] = prose.as_str().into();
    }
    document
}

/// Block style, as people have it.
fn write_yaml(value: &Value, depth: usize, out: &mut String) {
    let margin = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let _ = write!(out, "{margin}{}:", json!(key));
                nested(value, depth, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "{margin}-");
                nested(item, depth, out);
            }
        }
        scalar => {
            let _ = writeln!(out, "{margin}{scalar}");
        }
    }
}

fn nested(value: &Value, depth: usize, out: &mut String) {
    let is_block = match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        out.push('\n');
        write_yaml(value, depth + 1, out);
    } else {
        let _ = writeln!(out, " {value}");
    }
}
