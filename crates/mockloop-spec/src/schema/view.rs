//! The two views of a schema: what a request may leave out because it is `readOnly`, and a response
//! because it is `writeOnly` (OpenAPI 3.0.4, section 4.7.24.1).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{reference, target_name};
use crate::model::{Api, Operation};

/// Makes the table hold response views, and adds a `NAME.request` beside each schema whose request
/// view differs; the schemas of requests refer to those.
pub(crate) fn split_views(api: &mut Api) {
    let marked = Marked::of(&api.schemas);
    let differing = differing(&api.schemas, &marked);
    let requests = request_names(&api.schemas, &differing);
    let to_request = View { spared: &marked.read_only, requests: &requests };
    let none = HashMap::new();
    let to_response = View { spared: &marked.write_only, requests: &none };
    let mut added = Vec::with_capacity(requests.len());
    for (name, request) in &requests {
        if let Some(mut schema) = api.schemas.get(name).cloned() {
            to_request.apply(&mut schema);
            added.push((request.clone(), schema));
        }
    }
    added.sort_by(|(a, _), (b, _)| a.cmp(b));
    for name in &differing {
        if let Some(schema) = api.schemas.get_mut(name) {
            to_response.apply(schema);
        }
    }
    for operation in api.operations.iter_mut().chain(&mut api.webhooks) {
        operation_views(operation, &to_request, &to_response);
    }
    api.schemas.extend(added);
}

/// A mark, `readOnly` or `writeOnly`, and the named schemas that have it.
struct Spared {
    mark: &'static str,
    names: HashSet<String>,
}

impl Spared {
    fn of(mark: &'static str, table: &Map<String, Value>) -> Self {
        let marked = table.iter().filter(|(_, schema)| has(schema, mark));
        Self { mark, names: marked.map(|(name, _)| name.clone()).collect() }
    }

    /// Whether the property `name` is marked, at itself or at the schema that it refers to.
    fn contains(&self, schema: &Map<String, Value>, name: &Value) -> bool {
        let property = name.as_str().and_then(|name| schema.get("properties")?.get(name));
        let Some(property) = property else { return false };
        let target = || target_name(property.get("$ref")?.as_str()?);
        has(property, self.mark) || target().is_some_and(|target| self.names.contains(target))
    }
}

fn has(schema: &Value, mark: &str) -> bool {
    schema.get(mark) == Some(&Value::Bool(true))
}

/// What each direction is spared.
struct Marked {
    read_only: Spared,
    write_only: Spared,
}

impl Marked {
    fn of(table: &Map<String, Value>) -> Self {
        Self { read_only: Spared::of("readOnly", table), write_only: Spared::of("writeOnly", table) }
    }
}

/// The name that the description knows a schema by, of which this may be a view.
pub(crate) fn described_name(name: &str) -> &str {
    name.trim_end_matches('_').strip_suffix(".request").unwrap_or(name)
}

fn operation_views(operation: &mut Operation, to_request: &View<'_>, to_response: &View<'_>) {
    for schema in operation.parameters.iter_mut().filter_map(|parameter| parameter.schema.as_mut()) {
        to_request.apply(schema);
    }
    let bodies = operation.request_body.iter_mut().flat_map(|body| &mut body.content);
    for schema in bodies.filter_map(|media| media.schema.as_mut()) {
        to_request.apply(schema);
    }
    for schema in operation
        .responses
        .iter_mut()
        .flat_map(|response| &mut response.content)
        .filter_map(|media| media.schema.as_mut())
    {
        to_response.apply(schema);
    }
    for operation in operation.callbacks.iter_mut().flat_map(|callback| &mut callback.operations) {
        operation_views(operation, to_request, to_response);
    }
}

/// Names of the schemas that require a property of which one side is spared.
fn differing(table: &Map<String, Value>, marked: &Marked) -> HashSet<String> {
    table.iter().filter(|(_, schema)| requires_spared(schema, marked)).map(|(name, _)| name.clone()).collect()
}

fn requires_spared(schema: &Value, marked: &Marked) -> bool {
    match schema {
        Value::Object(members) => {
            let spared = |name: &Value| {
                marked.read_only.contains(members, name) || marked.write_only.contains(members, name)
            };
            members.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(spared))
                || members.values().any(|value| requires_spared(value, marked))
        }
        Value::Array(items) => items.iter().any(|item| requires_spared(item, marked)),
        _ => false,
    }
}

/// The schemas with a request view of their own: those that differ, and all that lead to one.
fn request_names(table: &Map<String, Value>, differing: &HashSet<String>) -> HashMap<String, String> {
    if differing.is_empty() {
        return HashMap::new();
    }
    let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, schema) in table {
        collect_targets(schema, &mut |target| users.entry(target).or_default().push(name));
    }
    let mut names = HashMap::new();
    let mut waiting: Vec<&str> = differing.iter().map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if names.contains_key(name) {
            continue;
        }
        let mut request = format!("{name}.request");
        while table.contains_key(&request) {
            request.push('_');
        }
        names.insert(name.to_owned(), request);
        waiting.extend(users.get(name).into_iter().flatten());
    }
    names
}

fn collect_targets<'a>(schema: &'a Value, found: &mut impl FnMut(&'a str)) {
    match schema {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Value::as_str).and_then(target_name) {
                found(target);
            }
            for value in members.values() {
                collect_targets(value, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_targets(item, found);
            }
        }
        _ => {}
    }
}

/// One direction.
struct View<'a> {
    spared: &'a Spared,
    /// Other names for the targets of references.
    requests: &'a HashMap<String, String>,
}

impl View<'_> {
    fn apply(&self, schema: &mut Value) {
        match schema {
            Value::Object(members) => self.apply_to_object(members),
            Value::Array(items) => {
                for item in items {
                    self.apply(item);
                }
            }
            _ => {}
        }
    }

    fn apply_to_object(&self, members: &mut Map<String, Value>) {
        if let Some(Value::Array(names)) = members.get("required") {
            let kept: Vec<Value> =
                names.iter().filter(|name| !self.spared.contains(members, name)).cloned().collect();
            if kept.is_empty() {
                members.shift_remove("required");
            } else {
                members.insert("required".to_owned(), kept.into());
            }
        }
        for (key, value) in members.iter_mut() {
            match (key.as_str(), &value) {
                ("$ref", Value::String(text)) => {
                    if let Some(request) = target_name(text).and_then(|name| self.requests.get(name)) {
                        *value = reference(request).into();
                    }
                }
                // Data, in which nothing is a schema.
                ("enum" | "const" | "default" | "examples" | "required" | "xml", _) => {}
                ("mapping", Value::Object(_)) => self.rename_mapping(value),
                ("properties" | "patternProperties" | "dependentSchemas", Value::Object(_)) => {
                    for schema in value.as_object_mut().into_iter().flat_map(Map::values_mut) {
                        self.apply(schema);
                    }
                }
                _ => self.apply(value),
            }
        }
    }

    fn rename_mapping(&self, mapping: &mut Value) {
        for target in mapping.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let request = target.as_str().and_then(target_name).and_then(|name| self.requests.get(name));
            if let Some(request) = request {
                *target = reference(request).into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_need_not_have_what_is_read_only_nor_a_response_what_is_write_only() {
        let schema = json!({"type": "object", "required": ["id", "secret", "name"], "properties": {
            "id": {"readOnly": true}, "secret": {"writeOnly": true}, "name": {}}});
        let mut api = Api::default();
        api.schemas.insert("User".into(), schema);
        api.schemas.insert("Users".into(), json!({"type": "array", "items": {"$ref": "#/schemas/User"}}));
        api.schemas.insert("Other".into(), json!({"type": "string"}));
        split_views(&mut api);
        assert_eq!(api.schemas["User"]["required"], json!(["id", "name"]));
        assert_eq!(api.schemas["User.request"]["required"], json!(["secret", "name"]));
        assert_eq!(api.schemas["Users.request"]["items"]["$ref"], "#/schemas/User.request");
        assert_eq!(api.schemas["Users"]["items"]["$ref"], "#/schemas/User");
        assert!(!api.schemas.contains_key("Other.request"));
        assert_eq!(["User.request", "User", "a_"].map(described_name), ["User", "User", "a_"]);
    }
}
