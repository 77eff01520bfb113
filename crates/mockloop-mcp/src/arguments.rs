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

/// Checks of all tools: clients may send what a schema does not allow.
pub(crate) struct Arguments {
    validators: HashMap<String, Validator>,
}

impl Arguments {
    pub(crate) fn new(tools: &[Tool]) -> Self {
        let validator = |tool: &Tool| {
            let schema = Value::Object(tool.input_schema.as_ref().clone());
            Some((tool.name.to_string(), jsonschema::validator_for(&schema).ok()?))
        };
        Self { validators: tools.iter().filter_map(validator).collect() }
    }

    /// Whether arguments are what a tool takes; else each fault with its place.
    pub(crate) fn check(&self, tool: &str, arguments: Option<&JsonObject>) -> Result<(), Failure> {
        let Some(validator) = self.validators.get(tool) else { return Ok(()) };
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
        f.debug_struct("Arguments").field("tools", &self.validators.keys()).finish()
    }
}
