//! Keywords whose meaning is left to the `jsonschema` crate, one small validator per argument.

use std::collections::HashMap;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// Validators of `format`, `pattern` and `multipleOf`, made when they are first needed.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    formats: HashMap<String, Option<Validator>>,
    patterns: HashMap<String, Option<Validator>>,
    multiples: HashMap<String, Option<Validator>>,
}

impl Leaves {
    /// Whether `text` is of `format`. Formats that are not known allow everything.
    pub(super) fn has_format(&mut self, format: &str, text: &Value) -> bool {
        allows(&mut self.formats, "format", format, |format| json!(format), text)
    }

    /// Whether `pattern`, an ECMA 262 regular expression, matches somewhere in `text`. One that is
    /// not a regular expression allows everything.
    pub(super) fn matches(&mut self, pattern: &str, text: &Value) -> bool {
        allows(&mut self.patterns, "pattern", pattern, |pattern| json!(pattern), text)
    }

    /// Whether `number` is a multiple of `step`.
    pub(super) fn is_multiple(&mut self, step: &Value, number: &Value) -> bool {
        allows(&mut self.multiples, "multipleOf", &step.to_string(), |_| step.clone(), number)
    }

    /// Whether `pattern` is a regular expression that can be matched.
    pub(super) fn is_pattern(&mut self, pattern: &str) -> bool {
        self.matches(pattern, &Value::Null);
        self.patterns.get(pattern).is_some_and(Option::is_some)
    }
}

fn allows(
    made: &mut HashMap<String, Option<Validator>>,
    keyword: &str,
    key: &str,
    argument: impl Fn(&str) -> Value,
    instance: &Value,
) -> bool {
    if !made.contains_key(key) {
        made.insert(key.to_owned(), compile(keyword, &argument(key)));
    }
    made.get(key).and_then(Option::as_ref).is_none_or(|validator| validator.is_valid(instance))
}

fn compile(keyword: &str, argument: &Value) -> Option<Validator> {
    let schema = json!({ keyword: argument });
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(&schema).ok()
}
