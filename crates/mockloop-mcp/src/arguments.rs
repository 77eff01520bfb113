//! Arguments of tools, held to the schemas that the tools are listed with.

use std::collections::HashMap;

use jsonschema::{ValidationError, Validator};
use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

use crate::failure::Failure;
use crate::reply::line;

/// The most faults that are told at once.
const TOLD: usize = 8;

/// The longest fault that is told, in characters.
const LONGEST: usize = 500;

/// Below this every whole number with a fraction is exact.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Checks of all tools: clients may send what a schema does not allow.
pub(crate) struct Arguments {
    tools: HashMap<String, (Value, Validator)>,
}

impl Arguments {
    pub(crate) fn new(tools: &[Tool]) -> Self {
        let validator = |tool: &Tool| {
            let schema = Value::Object(tool.input_schema.as_ref().clone());
            let validator = jsonschema::validator_for(&schema).ok()?;
            Some((tool.name.to_string(), (schema, validator)))
        };
        Self { tools: tools.iter().filter_map(validator).collect() }
    }

    /// Writes arguments as the tool reads them: without nulls, which some clients send for whatever a model left out,
    /// and integers without a fraction, as `5.0` is one for a schema but not for a type.
    pub(crate) fn normalize(&self, tool: &str, arguments: &mut JsonObject) {
        arguments.retain(|_, value| !value.is_null());
        let Some((schema, _)) = self.tools.get(tool) else { return };
        for (name, value) in arguments {
            integers(value, &schema["properties"][name.as_str()], schema);
        }
    }

    /// Whether arguments are what a tool takes; else each fault with its place.
    pub(crate) fn check(&self, tool: &str, arguments: Option<&JsonObject>) -> Result<(), Failure> {
        let Some((_, validator)) = self.tools.get(tool) else { return Ok(()) };
        let value = Value::Object(arguments.cloned().unwrap_or_default());
        let faults: Vec<String> =
            validator.iter_errors(&value).take(TOLD).map(|error| fault(&error)).collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the arguments of {tool} are not what it takes:\n  {}",
            faults.join("\n  ")
        ))
        .next("call it again with these corrected"))
    }
}

/// Writes integers without a fraction where the schema says that there are integers, and nowhere else: what stands in
/// a body is as it is.
fn integers(value: &mut Value, schema: &Value, root: &Value) {
    if let Some(place) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'))
        && let Some(schema) = root.pointer(place)
    {
        integers(value, schema, root);
    }
    for schema in ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        integers(value, schema, root);
    }
    match value {
        Value::Number(number) => {
            let names = |kind: &str| match &schema["type"] {
                Value::Array(kinds) => kinds.iter().any(|each| each == kind),
                one => one == kind,
            };
            if names("integer") && !names("number") && !number.is_i64() && !number.is_u64() {
                // Larger ones are not exact; the schema refuses them or the tool does.
                let text =
                    number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < MOST_EXACT);
                if let Some(whole) = text.and_then(|number| format!("{number:.0}").parse::<i64>().ok()) {
                    *value = whole.into();
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| integers(item, &schema["items"], root)),
        Value::Object(members) => {
            for (name, member) in members {
                integers(member, &schema["properties"][name.as_str()], root);
            }
        }
        _ => {}
    }
}

/// A fault in one line, with its place; the value that is wrong is not repeated where it is large.
fn fault(error: &ValidationError<'_>) -> String {
    let what = Some(error.to_string()).filter(|what| what.len() <= LONGEST);
    let what = what.unwrap_or_else(|| error.masked().to_string());
    match error.instance_path().to_string() {
        place if place.is_empty() => line(&what, LONGEST),
        place => line(&format!("{}: {what}", place.trim_start_matches('/')), LONGEST),
    }
}

impl std::fmt::Debug for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arguments").field("tools", &self.tools.keys()).finish()
    }
}
