//! Which parts of a value the schemas beside `unevaluatedProperties` and `unevaluatedItems` have
//! looked at.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::check::Check;

/// Parts that a schema has looked at.
#[derive(Debug, Default)]
pub(super) struct Evaluated<'s> {
    pub(super) properties: HashSet<&'s str>,
    pub(super) items: HashSet<usize>,
}

/// The parts of `instance` that `keywords`, other than `unevaluated…` itself, look at.
pub(super) fn evaluated<'s, 'a: 's>(
    check: &mut Check<'_, 'a>,
    keywords: &'s Map<String, Value>,
    instance: &'s Value,
) -> Evaluated<'s> {
    let mut found = Evaluated::default();
    let mut seen: Vec<*const Map<String, Value>> = Vec::new();
    let mut open = vec![keywords];
    while let Some(next) = open.pop() {
        if seen.iter().any(|done| std::ptr::eq(*done, next)) {
            continue;
        }
        parts(check, next, instance, seen.is_empty(), &mut found);
        seen.push(next);
        open.extend(in_place(check, next, instance).into_iter().filter_map(Value::as_object));
    }
    found
}

/// Adds the parts that `keywords` themselves look at. At the root, `unevaluated…` is what asks.
fn parts<'s>(
    check: &mut Check,
    keywords: &'s Map<String, Value>,
    instance: &'s Value,
    root: bool,
    found: &mut Evaluated<'s>,
) {
    match instance {
        Value::Object(members) => {
            let all = keywords.contains_key("additionalProperties")
                || (!root && keywords.contains_key("unevaluatedProperties"));
            let names = members.keys().filter(|name| all || !check.is_additional(keywords, name));
            found.properties.extend(names.map(String::as_str));
        }
        Value::Array(items) => {
            let all = keywords.contains_key("items") || (!root && keywords.contains_key("unevaluatedItems"));
            let prefix = keywords.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
            found.items.extend(0..if all { items.len() } else { prefix });
            if let Some(schema) = keywords.get("contains") {
                let fitting = (0..).zip(items).filter(|(_, item)| check.quietly(schema, item));
                found.items.extend(fitting.map(|(index, _)| index));
            }
        }
        _ => {}
    }
}

/// The schemas inside `keywords` that are for the same instance and allow it.
fn in_place<'s, 'a: 's>(
    check: &mut Check<'_, 'a>,
    keywords: &'s Map<String, Value>,
    instance: &Value,
) -> Vec<&'s Value> {
    let list = |keyword: &str| keywords.get(keyword).and_then(Value::as_array).into_iter().flatten();
    let mut schemas: Vec<&Value> = list("allOf").collect();
    if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
        schemas.extend(check.checker.definitions.resolve(reference).map(|target| target.schema));
    }
    schemas.extend(list("anyOf").chain(list("oneOf")).filter(|schema| check.quietly(schema, instance)));
    if let Some(condition) = keywords.get("if") {
        let holds = check.quietly(condition, instance);
        schemas.extend(keywords.get(if holds { "then" } else { "else" }));
        schemas.extend(holds.then_some(condition));
    }
    if let (Some(Value::Object(dependent)), Value::Object(members)) =
        (keywords.get("dependentSchemas"), instance)
    {
        schemas.extend(
            dependent.iter().filter(|(name, _)| members.contains_key(*name)).map(|(_, schema)| schema),
        );
    }
    schemas
}
