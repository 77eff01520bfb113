//! The schemas of one version, each with a number that tells whether it equals another.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use serde_json::{Map, Value};

use crate::sample::numeric::Numeric;
use crate::schema::target_name;

/// How often the numbers of definitions are refined at most. Definitions that first differ behind a
/// longer chain of references, all alike, would count as equal.
const ROUNDS: usize = 32;

/// The definitions of one version.
pub(super) struct Side<'a> {
    schemas: &'a Map<String, Value>,
    prints: HashMap<&'a str, u64>,
}

/// Both versions, with numbers that can be compared across them: equal for definitions that say the
/// same, whatever they are called and whatever cycles they are part of.
///
/// In each round the number of a definition is made from its keywords and from the numbers that its
/// references had before, until no round tells more definitions apart.
pub(super) fn sides<'a>(old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> (Side<'a>, Side<'a>) {
    let mut old = Side { schemas: old, prints: HashMap::new() };
    let mut new = Side { schemas: new, prints: HashMap::new() };
    let mut told_apart = 0;
    for _ in 0..ROUNDS {
        old.refine();
        new.refine();
        let distinct: HashSet<u64> = old.prints.values().chain(new.prints.values()).copied().collect();
        if distinct.len() == told_apart {
            break;
        }
        told_apart = distinct.len();
    }
    (old, new)
}

impl<'a> Side<'a> {
    fn refine(&mut self) {
        let refined = self.schemas.iter().map(|(name, schema)| (name.as_str(), self.print(schema)));
        self.prints = refined.collect();
    }

    /// The definition that the `$ref` of a schema leads to.
    pub(super) fn target(&self, schema: &Map<String, Value>) -> Option<&'a Value> {
        self.schemas.get(target_name(schema.get("$ref")?.as_str()?)?)
    }

    /// The number of a schema.
    pub(super) fn print(&self, schema: &Value) -> u64 {
        match schema {
            Value::Object(members) => unordered(
                members
                    .iter()
                    .filter(|(keyword, _)| !is_annotation(keyword))
                    .map(|(keyword, value)| digest((keyword, self.print_of(keyword, value)))),
            ),
            Value::Bool(true) => 0,
            other => data(other),
        }
    }

    /// The number of a list of schemas in which order means nothing.
    pub(super) fn print_all(&self, schemas: &[Value]) -> u64 {
        unordered(schemas.iter().map(|schema| digest(self.print(schema))))
    }

    /// The number of a keyword's value.
    pub(super) fn print_of(&self, keyword: &str, value: &Value) -> u64 {
        match (keyword, value) {
            ("$ref", Value::String(text)) => {
                let known = target_name(text).filter(|name| self.schemas.contains_key(*name));
                known.map_or_else(|| digest(text), |name| self.prints.get(name).copied().unwrap_or(0))
            }
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(schemas)) => {
                unordered(schemas.iter().map(|(name, schema)| digest((name, self.print(schema)))))
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => self.print_all(schemas),
            ("prefixItems", Value::Array(schemas)) => {
                digest(schemas.iter().map(|schema| self.print(schema)).collect::<Vec<_>>())
            }
            ("enum" | "required" | "type", Value::Array(values)) => {
                unordered(values.iter().map(|value| digest(data(value))))
            }
            ("enum" | "required" | "type", one) => digest(data(one)),
            ("const" | "default", value) => data(value),
            ("discriminator", Value::Object(members)) => {
                let targets = members.get("mapping").and_then(Value::as_object).into_iter().flatten();
                let targets = targets.map(|(key, target)| digest((key, self.print_of("$ref", target))));
                digest((members.get("propertyName").map(data), unordered(targets)))
            }
            (_, Value::Object(_) | Value::Bool(_)) => self.print(value),
            (_, value) => data(value),
        }
    }
}

/// Whether a keyword is for people only.
pub(super) fn is_annotation(keyword: &str) -> bool {
    matches!(keyword, "title" | "description" | "examples" | "deprecated" | "xml" | "$comment")
        || keyword.starts_with("x-")
}

/// A number for a value: `1` is `1.0`, order of members is nothing.
fn data(value: &Value) -> u64 {
    match value {
        Value::Number(number) => match Numeric::of_number(number) {
            Some(Numeric::Integer(integer)) => digest(integer),
            Some(Numeric::Float(float)) => digest(float.to_bits()),
            None => digest(number.to_string()),
        },
        Value::Array(items) => digest(items.iter().map(data).collect::<Vec<_>>()),
        Value::Object(members) => {
            digest(unordered(members.iter().map(|(key, value)| digest((key, data(value))))))
        }
        Value::String(text) => digest(text),
        Value::Bool(flag) => digest(flag),
        Value::Null => digest("null of JSON"),
    }
}

fn unordered(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::wrapping_add)
}

fn digest(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
