//! Everything that is said about one value: `$ref` followed, and `allOf` taken apart.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::side::{Side, is_annotation};
use crate::sample::numeric::same;

/// A set of JSON types, a bit for each.
pub(super) type Types = u8;

/// The names of types and their bits; an integer is a number.
const TYPES: [(&str, Types); 7] = [
    ("array", 1),
    ("boolean", 2),
    ("number", 4 | 8),
    ("integer", 4),
    ("null", NULL),
    ("object", 32),
    ("string", 64),
];

/// The bit of `null`.
pub(super) const NULL: Types = 16;

/// Any type.
pub(super) const ANY: Types = 127;

/// The bits of values that are written in several ways.
pub(super) const COMPOUND: Types = 1 | 32;

/// Schemas that all hold for one value.
#[derive(Debug, Default)]
pub(super) struct Flat<'a> {
    /// Those that say something, without what they refer to.
    pub(super) members: Vec<&'a Map<String, Value>>,
    /// Whether one of them is `false`.
    pub(super) impossible: bool,
    /// The value where none is given.
    pub(super) default: Option<&'a Value>,
    /// Whether the value may also be `null`.
    pub(super) or_null: bool,
}

impl<'a> Side<'a> {
    /// Takes schemas that hold together apart, in their order.
    pub(super) fn flatten(&self, schemas: &[&'a Value]) -> Flat<'a> {
        let mut flat = Flat::default();
        let mut known = HashSet::new();
        let mut open: Vec<&'a Value> = schemas.iter().rev().copied().collect();
        while let Some(schema) = open.pop() {
            let Value::Object(members) = schema else {
                flat.impossible |= *schema == Value::Bool(false);
                continue;
            };
            if !known.insert(std::ptr::from_ref(members)) {
                continue;
            }
            flat.default = flat.default.or(members.get("default"));
            if members.keys().any(|keyword| asserts(keyword) && keyword != "$ref" && keyword != "allOf") {
                flat.members.push(members);
            }
            let parts = members.get("allOf").and_then(Value::as_array);
            open.extend(parts.into_iter().flatten().rev());
            open.extend(self.target(members));
        }
        flat
    }

    /// Whether a schema, or the one that it refers to, has a mark such as `readOnly`.
    pub(super) fn is_marked(&self, schema: &Value, mark: &str) -> bool {
        let has = |schema: &Value| schema.get(mark) == Some(&Value::Bool(true));
        has(schema) || schema.as_object().and_then(|members| self.target(members)).is_some_and(has)
    }
}

/// Whether a keyword can forbid a value.
fn asserts(keyword: &str) -> bool {
    !is_annotation(keyword) && !matches!(keyword, "default" | "readOnly" | "writeOnly" | "discriminator")
}

impl<'a> Flat<'a> {
    /// What the members say by a keyword.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.members.iter().filter_map(move |members| members.get(keyword))
    }

    /// The types that are allowed; those of the listed values where values are listed.
    pub(super) fn types(&self) -> Types {
        let named = |argument: &Value| match argument {
            Value::Array(names) => names.iter().map(type_named).fold(0, |all, one| all | one),
            name => type_named(name),
        };
        let types = self.all("type").map(named).fold(ANY, |all, one| all & one);
        let listed =
            self.values().map(|values| values.into_iter().map(type_of).fold(0, |all, one| all | one));
        types & listed.unwrap_or(ANY) | if self.or_null { NULL } else { 0 }
    }

    /// The values of `const` and `enum`; none where any is allowed.
    pub(super) fn values(&self) -> Option<Vec<&'a Value>> {
        let mut lists = self.members.iter().flat_map(|members| {
            let list = members.get("enum").and_then(Value::as_array).map(|list| list.iter().collect());
            [members.get("const").map(|value| vec![value]), list]
        });
        let mut values: Vec<&Value> = lists.by_ref().flatten().next()?;
        for list in lists.flatten() {
            values.retain(|value| list.iter().any(|other| same(value, other)));
        }
        Some(values)
    }

    /// The names of properties that must be there.
    pub(super) fn required(&self) -> HashSet<&'a str> {
        self.all("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
    }

    /// The names of properties that are described or required, in order.
    pub(super) fn property_names(&self) -> Vec<&'a str> {
        let described = self.all("properties").filter_map(Value::as_object).flat_map(Map::keys);
        let required = self.all("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str);
        let mut known = HashSet::new();
        described.map(String::as_str).chain(required).filter(|name| known.insert(*name)).collect()
    }

    /// What is said about a property.
    pub(super) fn property(&self, name: &str) -> Vec<&'a Value> {
        self.all("properties").filter_map(|properties| properties.get(name)).collect()
    }

    /// Whether there are no other properties than those that are described.
    pub(super) fn is_closed(&self) -> bool {
        let mut others = self.all("additionalProperties").chain(self.all("unevaluatedProperties"));
        others.any(|other| *other == Value::Bool(false))
    }

    /// What is said about the item at an index.
    pub(super) fn item(&self, index: usize) -> Vec<&'a Value> {
        let own = |members: &&'a Map<String, Value>| {
            members.get("prefixItems").and_then(|items| items.get(index)).or_else(|| members.get("items"))
        };
        self.members.iter().filter_map(own).collect()
    }

    /// How many items have a schema of their own.
    pub(super) fn prefix(&self) -> usize {
        self.all("prefixItems").filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0)
    }

    /// The lists of alternatives, from each of which one must hold.
    pub(super) fn choices(&self) -> Vec<&'a [Value]> {
        let both = |members: &&'a Map<String, Value>| [members.get("oneOf"), members.get("anyOf")];
        let lists = self.members.iter().flat_map(both).flatten();
        lists.filter_map(Value::as_array).map(Vec::as_slice).collect()
    }

    /// The alternatives, where nothing else is said.
    pub(super) fn only_choice(&self) -> Option<&'a [Value]> {
        let (&[members], &[choice]) = (self.members.as_slice(), self.choices().as_slice()) else {
            return None;
        };
        let said =
            members.keys().filter(|keyword| asserts(keyword) && *keyword != "$ref" && *keyword != "allOf");
        (said.count() == 1).then_some(choice)
    }
}

fn type_named(name: &Value) -> Types {
    TYPES.iter().find(|(known, _)| name == known).map_or(ANY, |(_, bits)| *bits)
}

fn type_of(value: &Value) -> Types {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => 2,
        Value::Number(_) => 4 | 8,
        Value::String(_) => 64,
        Value::Array(_) => 1,
        Value::Object(_) => 32,
    }
}

/// `string or null`
pub(super) fn names(types: Types) -> String {
    if types == ANY {
        return "of any type".to_owned();
    }
    let mut left = types;
    let mut names = Vec::new();
    for (name, bits) in TYPES {
        if left & bits == bits {
            names.push(name);
            left &= !bits;
        }
    }
    if names.is_empty() { "impossible".to_owned() } else { format!("`{}`", names.join(" or ")) }
}
