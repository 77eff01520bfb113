//! The two views of a schema: what a request may leave out because it is `readOnly`, and a response
//! because it is `writeOnly` (OpenAPI 3.0.4, section 4.7.24.1).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{reference, target_name};
use crate::model::{Api, Operation};

/// Makes the table hold response views, and adds a `NAME.request` beside each schema whose request
/// view differs; the schemas of requests refer to those.
pub(crate) fn split_views(api: &mut Api) {
    let differing = differing(&api.schemas);
    let requests = request_names(&api.schemas, &differing);
    let mut added = Vec::new();
    for (name, schema) in &api.schemas {
        if let Some(request) = requests.get(name) {
            let mut copy = schema.clone();
            View { hidden: "readOnly", table: &api.schemas, requests: &requests }.apply(&mut copy);
            added.push((request.clone(), copy));
        }
    }
    let none = HashMap::new();
    let hidden: Vec<(String, Value)> = differing
        .iter()
        .filter_map(|name| {
            let mut schema = api.schemas.get(name)?.clone();
            View { hidden: "writeOnly", table: &api.schemas, requests: &none }.apply(&mut schema);
            Some((name.clone(), schema))
        })
        .collect();
    let to_request = View { hidden: "readOnly", table: &api.schemas, requests: &requests };
    let to_response = View { hidden: "writeOnly", table: &api.schemas, requests: &none };
    for operation in api.operations.iter_mut().chain(&mut api.webhooks) {
        operation_views(operation, &to_request, &to_response);
    }
    for (name, schema) in hidden.into_iter().chain(added) {
        api.schemas.insert(name, schema);
    }
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
fn differing(table: &Map<String, Value>) -> HashSet<String> {
    table.iter().filter(|(_, schema)| requires_hidden(schema, table)).map(|(name, _)| name.clone()).collect()
}

fn requires_hidden(schema: &Value, table: &Map<String, Value>) -> bool {
    match schema {
        Value::Object(members) => {
            let spared = |name: &Value| {
                name.as_str().is_some_and(|name| {
                    is_hidden(members, name, "readOnly", table)
                        || is_hidden(members, name, "writeOnly", table)
                })
            };
            members.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(spared))
                || members.values().any(|value| requires_hidden(value, table))
        }
        Value::Array(items) => items.iter().any(|item| requires_hidden(item, table)),
        _ => false,
    }
}

/// Whether the property `name` is marked, at itself or at the schema that it refers to.
fn is_hidden(schema: &Map<String, Value>, name: &str, mark: &str, table: &Map<String, Value>) -> bool {
    let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) else {
        return false;
    };
    let marked = |schema: &Value| schema.get(mark) == Some(&Value::Bool(true));
    let target = || table.get(target_name(property.get("$ref")?.as_str()?)?);
    marked(property) || target().is_some_and(marked)
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
    /// The mark of what this direction is spared.
    hidden: &'a str,
    table: &'a Map<String, Value>,
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
            let hidden = |name: &Value| {
                name.as_str().is_some_and(|name| is_hidden(members, name, self.hidden, self.table))
            };
            let kept: Vec<Value> = names.iter().filter(|name| !hidden(name)).cloned().collect();
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
    }
}
