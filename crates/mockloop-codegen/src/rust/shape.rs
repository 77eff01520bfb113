//! What kind of Rust type a schema asks for.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::types::{Types, json_types};

/// How many parts of parts are looked into.
const DEPTH: usize = 16;

/// What kind of type a schema asks for.
pub(super) enum Shape {
    /// It allows anything.
    Any,
    /// It can't be told, with the reason.
    Unknown(&'static str),
    /// A JSON type without parts.
    Scalar(&'static str),
    /// Another schema, or null.
    Nullable(Value),
    List(Value),
    Map(Value),
    /// Nothing but another schema.
    One(Value),
    /// A few texts.
    Strings(Vec<String>),
    Object(Fields),
    Union {
        branches: Vec<Value>,
        tag: Option<Tag>,
    },
}

/// The members of an object.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) properties: IndexMap<String, Value>,
    pub(super) required: Vec<String>,
    /// The schema of members without a name, where they are to be kept.
    pub(super) others: Option<Value>,
}

/// The property that tells the branches of a union apart.
pub(super) struct Tag {
    pub(super) property: String,
    /// Its values with the definitions that they stand for.
    pub(super) mapping: Vec<(String, String)>,
}

/// What a schema, no reference itself, asks for.
pub(super) fn shape(types: &Types<'_>, schema: &Value) -> Shape {
    let Some(members) = schema.as_object() else { return Shape::Any };
    let mut json_types = json_types(Some(schema));
    if json_types.len() > 1 && json_types.contains(&"null") {
        let mut present = members.clone();
        let rest: Vec<_> = json_types.into_iter().filter(|name| *name != "null").collect();
        present.insert("type".to_owned(), if let [one] = rest.as_slice() { json!(one) } else { json!(rest) });
        if let Some(values) = present.get_mut("enum").and_then(Value::as_array_mut) {
            values.retain(|value| !value.is_null());
        }
        return Shape::Nullable(present.into());
    }
    if let Some(strings) = strings(schema) {
        return strings;
    }
    if let Some(shape) = choice(schema) {
        return shape;
    }
    let has_members = members.contains_key("properties") || members.contains_key("allOf");
    if json_types.is_empty() && members.contains_key("properties") {
        json_types = vec!["object"];
    }
    match json_types.as_slice() {
        ["object"] if !has_members => others(schema).map_or(Shape::Map(Value::Bool(true)), Shape::Map),
        ["object"] | [] if has_members => object(types, schema),
        ["array"] if members.contains_key("prefixItems") => Shape::List(Value::Bool(true)),
        ["array"] => Shape::List(members.get("items").cloned().unwrap_or(Value::Bool(true))),
        [] if members.contains_key("additionalProperties") => others(schema).map_or(Shape::Any, Shape::Map),
        [] | ["null"] => Shape::Any,
        [one] => Shape::Scalar(one),
        several => {
            let branch = |name: &&'static str| {
                let mut branch = members.clone();
                branch.insert("type".to_owned(), json!(name));
                Value::Object(branch)
            };
            Shape::Union { branches: several.iter().map(branch).collect(), tag: None }
        }
    }
}

/// Whether the values of a schema are kept as the JSON that they are, by whatever name.
pub(super) fn is_value(types: &Types<'_>, schema: &Value) -> bool {
    is_kept(types, schema, DEPTH)
}

fn is_kept(types: &Types<'_>, schema: &Value, depth: usize) -> bool {
    match shape(types, types.deref(schema)) {
        Shape::Any | Shape::Unknown(_) => true,
        Shape::Nullable(inner) | Shape::One(inner) if depth > 0 => is_kept(types, &inner, depth - 1),
        _ => false,
    }
}

/// Whether a schema is that of a number, by whatever name.
pub(super) fn is_number(types: &Types<'_>, schema: &Value) -> bool {
    matches!(shape(types, types.deref(schema)), Shape::Scalar("number"))
}

/// An enum of texts, where a schema is one.
fn strings(schema: &Value) -> Option<Shape> {
    let values = match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => vec![value.clone()],
        (None, Some(Value::Array(values))) => values.clone(),
        _ => return None,
    };
    let texts: Vec<String> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    match values.len() - texts.len() {
        _ if texts.is_empty() => None,
        0 => Some(Shape::Strings(texts)),
        1 if values.contains(&Value::Null) => {
            Some(Shape::Nullable(json!({ "type": "string", "enum": texts })))
        }
        _ => Some(Shape::Unknown("its values are of several types")),
    }
}

/// The choice that a schema is, where it is nothing else.
fn choice(schema: &Value) -> Option<Shape> {
    let branches = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)?.as_array())?;
    if schema.get("properties").is_some() || schema.get("allOf").is_some() {
        return None;
    }
    // Branches that only forbid things are no choice of types.
    let says_type = |branch: &&Value| {
        ["$ref", "type", "properties", "allOf", "oneOf", "anyOf", "enum", "const"]
            .iter()
            .any(|key| branch.get(*key).is_some())
    };
    if !branches.iter().all(|branch| says_type(&branch)) {
        return None;
    }
    let is_null = |branch: &&Value| json_types(Some(branch)) == ["null"];
    let present: Vec<Value> = branches.iter().filter(|branch| !is_null(branch)).cloned().collect();
    let rest = match present.as_slice() {
        [] => return Some(Shape::Any),
        [one] if present.len() < branches.len() => return Some(Shape::Nullable(one.clone())),
        [one] => return Some(Shape::One(one.clone())),
        _ => Shape::Union { branches: present.clone(), tag: tag(schema) },
    };
    if present.len() == branches.len() {
        return Some(rest);
    }
    let mut without = schema.as_object().cloned().unwrap_or_default();
    without.retain(|key, _| key != "oneOf" && key != "anyOf");
    without.insert("oneOf".to_owned(), present.into());
    Some(Shape::Nullable(without.into()))
}

fn tag(schema: &Value) -> Option<Tag> {
    let discriminator = schema.get("discriminator")?;
    let property = discriminator.get("propertyName")?.as_str()?.to_owned();
    let mapping = discriminator.get("mapping")?.as_object()?.iter();
    let mapping = mapping
        .filter_map(|(value, target)| {
            Some((value.clone(), target.as_str()?.strip_prefix("#/schemas/")?.to_owned()))
        })
        .collect();
    Some(Tag { property, mapping })
}

/// A schema with properties, its own and those of its parts.
fn object(types: &Types<'_>, schema: &Value) -> Shape {
    if let (Some([one]), None) =
        (schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice), schema.get("properties"))
        && schema.get("oneOf").or(schema.get("anyOf")).is_none()
    {
        return Shape::One(one.clone());
    }
    if let Some(part) = scalar_part(types, schema) {
        return Shape::One(part);
    }
    let mut fields = Fields::default();
    match gather(types, schema, &mut fields, 0) {
        Ok(()) if fields.properties.is_empty() => Shape::Map(fields.others.unwrap_or(Value::Bool(true))),
        Ok(()) => Shape::Object(fields),
        Err(reason) => Shape::Unknown(reason),
    }
}

/// The part that says what a schema is, where that is no object: the others only add conditions.
fn scalar_part(types: &Types<'_>, schema: &Value) -> Option<Value> {
    if schema.get("properties").is_some() {
        return None;
    }
    let parts = schema.get("allOf")?.as_array()?;
    let of = |part: &Value| json_types(Some(types.deref(part)));
    let mut known = parts.iter().filter(|part| !of(part).is_empty());
    let first = known.next()?;
    let is_same = |part: &Value| of(part).iter().all(|name| of(first).contains(name));
    (!of(first).contains(&"object") && known.all(is_same)).then(|| first.clone())
}

fn gather(types: &Types<'_>, schema: &Value, fields: &mut Fields, depth: usize) -> Result<(), &'static str> {
    if depth > DEPTH {
        return Err("its parts lead to each other");
    }
    let schema = types.deref(schema);
    let allowed = json_types(Some(schema));
    if !allowed.is_empty() && !allowed.contains(&"object") {
        return Err("its parts are no objects");
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        gather(types, part, fields, depth + 1)?;
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        // The last part that describes a member says the most about it.
        fields.properties.insert(name.clone(), property.clone());
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    fields.required.extend(required.filter_map(Value::as_str).map(str::to_owned));
    let is_choice = ["oneOf", "anyOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten();
    if let Some(others) = others(schema) {
        fields.others = Some(others);
    } else if is_choice.into_iter().any(|part| part.get("$ref").is_some() || part.get("properties").is_some())
    {
        // Members that only some branches have are kept as they are.
        fields.others = Some(Value::Bool(true));
    }
    Ok(())
}

/// The schema of members without a name, where the schema speaks of them.
fn others(schema: &Value) -> Option<Value> {
    schema.get("additionalProperties").filter(|value| **value != Value::Bool(false)).cloned()
}
