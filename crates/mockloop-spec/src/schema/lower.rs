//! One schema, keyword by keyword.

use serde_json::{Map, Number, Value, json};

use super::keywords::{self, Kind};
use super::{component_folder, reference};
use crate::node::Node;
use crate::reader::{Dialect, Reader};
use crate::suggest;

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// What a parameter or header of Swagger 2.0 has beside its schema.
const BESIDE: [&str; 8] = [
    "name",
    "in",
    "required",
    "description",
    "collectionFormat",
    "allowEmptyValue",
    "x-example",
    "x-examples",
];

impl<'d> Reader<'d> {
    /// The schema at `node` as JSON Schema 2020-12. What can't be understood is reported and left out.
    pub(crate) fn schema(&self, node: &Node<'_, 'd>) -> Value {
        self.lower_schema(node, &[])
    }

    /// The schema that a parameter, header or item of Swagger 2.0 is in itself.
    pub(crate) fn inline_schema(&self, node: &Node<'_, 'd>) -> Value {
        self.lower_schema(node, &BESIDE)
    }

    fn lower_schema(&self, node: &Node<'_, 'd>, skip: &[&str]) -> Value {
        let Some(members) = node.value.as_object() else {
            if node.value.is_boolean() {
                return node.value.clone();
            }
            let message = format!("a schema is an object, and this is {}", node.kind());
            self.report.error(node, "invalid-schema", message, None);
            return json!({});
        };
        let mut out = Map::new();
        if let Some(target) = node.get("$ref") {
            self.reference(node, &target, &mut out);
            if self.dialect != Dialect::OpenApi31 {
                return if is_nullable(members) { or_null(out) } else { Value::Object(out) };
            }
        }
        for (keyword, value) in node.members() {
            if skip.contains(&keyword) {
                continue;
            }
            match keywords::kind(keyword) {
                Some(Kind::Schema) => {
                    out.insert(keyword.to_owned(), self.schema(&value));
                }
                Some(Kind::Schemas) => self.schemas(keyword, &value, &mut out),
                Some(Kind::SchemaMap) => self.schema_map(keyword, &value, &mut out),
                Some(Kind::Data) => {
                    out.insert(keyword.to_owned(), value.value.clone());
                }
                Some(Kind::Number) => self.number(keyword, &value, &mut out),
                Some(Kind::Count) => self.count(keyword, &value, &mut out),
                Some(Kind::Flag) => {
                    self.checked(keyword, &value, "true or false", Value::is_boolean, &mut out);
                }
                Some(Kind::Text) => self.checked(keyword, &value, "a text", Value::is_string, &mut out),
                Some(Kind::Special) => self.special(keyword, &value, members, &mut out),
                Some(Kind::Dropped) => {}
                None => self.unknown(keyword, &value),
            }
        }
        Self::finish(members, out)
    }

    fn reference(&self, node: &Node<'_, 'd>, target: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let Some(text) = target.value.as_str() else {
            let message = format!("`$ref` is {} and not a text", target.kind());
            self.report.error(target, "invalid-ref", message, None);
            return;
        };
        if let Some(found) = self.follow(node, text) {
            out.insert("$ref".to_owned(), reference(&self.schema_name(found)).into());
        }
    }

    fn schemas(&self, keyword: &str, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let schemas: Vec<Value> = node.items().map(|item| self.schema(&item)).collect();
        if schemas.is_empty() {
            let message = format!("`{keyword}` is a list of schemas, and this is {}", empty_or(node));
            self.report.warning(node, "invalid-keyword", message, None);
        } else {
            out.insert(keyword.to_owned(), schemas.into());
        }
    }

    fn schema_map(&self, keyword: &str, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        if node.value.is_object() {
            let schemas: Map<_, _> =
                node.members().map(|(name, schema)| (name.to_owned(), self.schema(&schema))).collect();
            out.insert(keyword.to_owned(), schemas.into());
        } else if !node.value.is_null() {
            let message = format!("`{keyword}` has schemas by name, and this is {}", node.kind());
            self.report.error(node, "invalid-keyword", message, None);
        }
    }

    fn number(&self, keyword: &str, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        if let Some(number) = self.as_number(keyword, node) {
            out.insert(keyword.to_owned(), Value::Number(number));
        }
    }

    /// A number; one in quotes is read with a warning.
    fn as_number(&self, keyword: &str, node: &Node<'_, 'd>) -> Option<Number> {
        let read = match node.value {
            Value::Number(number) => return Some(number.clone()),
            Value::String(text) => serde_json::from_str::<Number>(text).ok(),
            _ => None,
        };
        let message = format!("`{keyword}` is a number, and this is {}", node.kind());
        let hint = read.as_ref().map(|number| format!("write `{keyword}: {number}`"));
        self.report.warning(node, "invalid-keyword", message, hint);
        read
    }

    fn count(&self, keyword: &str, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let Some(number) = self.as_number(keyword, node) else { return };
        let whole = number.as_u64().or_else(|| {
            let float = number.as_f64().filter(|float| *float >= 0.0 && float.fract() == 0.0)?;
            format!("{float:.0}").parse().ok()
        });
        if let Some(count) = whole {
            out.insert(keyword.to_owned(), count.into());
        } else {
            let message = format!("`{keyword}` counts, and can't be {number}");
            self.report.warning(node, "invalid-keyword", message, None);
        }
    }

    fn checked(
        &self,
        keyword: &str,
        node: &Node<'_, 'd>,
        wanted: &str,
        fits: fn(&Value) -> bool,
        out: &mut Map<String, Value>,
    ) {
        if fits(node.value) {
            out.insert(keyword.to_owned(), node.value.clone());
        } else if !node.value.is_null() {
            let message = format!("`{keyword}` is {wanted}, and this is {}", node.kind());
            self.report.warning(node, "invalid-keyword", message, None);
        }
    }

    fn special(
        &self,
        keyword: &str,
        node: &Node<'_, 'd>,
        siblings: &Map<String, Value>,
        out: &mut Map<String, Value>,
    ) {
        match keyword {
            "type" => self.types(node, out),
            "required" => self.required(node, out),
            "items" => self.items(node, out),
            "enum" => self.enumeration(node, out),
            "example" => {
                let examples = out.entry("examples").or_insert_with(|| json!([]));
                if let Some(examples) = examples.as_array_mut() {
                    examples.push(node.value.clone());
                }
            }
            "examples" if node.value.is_array() => {
                let examples = out.entry("examples").or_insert_with(|| json!([]));
                if let (Some(examples), Some(more)) = (examples.as_array_mut(), node.value.as_array()) {
                    examples.extend(more.iter().cloned());
                }
            }
            "pattern" => self.pattern(node, out),
            "patternProperties" => self.pattern_properties(node, out),
            "exclusiveMinimum" => self.exclusive(keyword, "minimum", node, siblings, out),
            "exclusiveMaximum" => self.exclusive(keyword, "maximum", node, siblings, out),
            "multipleOf" => {
                if let Some(number) = self.as_number(keyword, node) {
                    if number.as_f64().is_some_and(|float| float > 0.0) {
                        out.insert(keyword.to_owned(), Value::Number(number));
                    } else {
                        let message = format!("`multipleOf` is greater than 0, and can't be {number}");
                        self.report.warning(node, "invalid-keyword", message, None);
                    }
                }
            }
            "additionalItems" if siblings.get("items").is_some_and(Value::is_array) => {
                out.insert("items".to_owned(), self.schema(node));
            }
            "dependentRequired" => Self::dependent_required(node, out),
            "dependencies" => self.dependencies(node, out),
            "discriminator" => self.discriminator(node, siblings, out),
            "$dynamicRef" => self.reference(node, node, out),
            _ => {}
        }
    }

    fn types(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let mut types: Vec<&str> = Vec::new();
        let given: Vec<&Value> = match node.value {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        };
        for name in given {
            let name = match name {
                // People forget the quotes of `type: [string, "null"]`.
                Value::Null => "null",
                Value::String(name) => name.as_str(),
                _ => "",
            };
            match name {
                "file" if self.dialect == Dialect::Swagger2 => {
                    out.insert("format".to_owned(), "binary".into());
                    types.push("string");
                }
                "any" => return,
                _ if TYPES.contains(&name) => {
                    if !types.contains(&name) {
                        types.push(name);
                    }
                }
                _ => {
                    let hint = suggest::nearest(name, TYPES).map(|known| format!("did you mean `{known}`?"));
                    let hint = hint.or_else(|| Some(format!("the types are {}", TYPES.join(", "))));
                    self.report.error(node, "unknown-type", format!("there is no type `{name}`"), hint);
                    return;
                }
            }
        }
        match types.as_slice() {
            [] => {}
            [one] => {
                out.insert("type".to_owned(), (*one).into());
            }
            many => {
                out.insert("type".to_owned(), json!(many));
            }
        }
    }

    fn required(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let Some(list) = node.value.as_array() else {
            let message = format!("`required` lists names of properties, and this is {}", node.kind());
            let hint =
                node.value.is_boolean().then(|| "move the name into `required` of the object".to_owned());
            self.report.warning(node, "invalid-keyword", message, hint);
            return;
        };
        let mut names: Vec<&Value> = Vec::new();
        for name in list {
            if !name.is_string() {
                let message =
                    format!("a name of a property is a text, and this is {}", crate::node::kind(name));
                self.report.warning(node, "invalid-keyword", message, None);
            } else if !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            out.insert("required".to_owned(), json!(names));
        }
    }

    fn items(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        if node.value.is_array() {
            self.schemas("prefixItems", node, out);
        } else {
            // In Swagger 2.0 the items of a parameter may have a collectionFormat of their own.
            out.insert("items".to_owned(), self.lower_schema(node, &["collectionFormat"]));
        }
    }

    fn enumeration(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        match node.value {
            Value::Array(values) if !values.is_empty() => {
                out.insert("enum".to_owned(), node.value.clone());
            }
            _ => {
                let message = format!("`enum` is a list of values, and this is {}", empty_or(node));
                self.report.warning(node, "invalid-keyword", message, None);
            }
        }
    }

    fn pattern(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        if let Some(pattern) = node.value.as_str()
            && self.is_pattern(node, pattern)
        {
            out.insert("pattern".to_owned(), pattern.into());
        }
    }

    fn pattern_properties(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let valid = node.members().filter(|(pattern, schema)| self.is_pattern(schema, pattern));
        let schemas: Map<_, _> =
            valid.map(|(pattern, schema)| (pattern.to_owned(), self.schema(&schema))).collect();
        out.insert("patternProperties".to_owned(), schemas.into());
    }

    /// Whether the validators understand a regular expression; one that they don't is left out.
    fn is_pattern(&self, node: &Node<'_, 'd>, pattern: &str) -> bool {
        let known = self.schemas.borrow().patterns.get(pattern).copied();
        let valid = known.unwrap_or_else(|| {
            let valid = jsonschema::draft202012::new(&json!({ "pattern": pattern })).is_ok();
            self.schemas.borrow_mut().patterns.insert(pattern.to_owned(), valid);
            valid
        });
        if !valid {
            let message = format!("`{pattern}` is no regular expression of ECMA 262");
            let hint = "it is not enforced; write it in the dialect of JavaScript".to_owned();
            self.report.warning(node, "invalid-pattern", message, Some(hint));
        }
        valid
    }

    /// A boolean one (draft 4) turns its base into an exclusive bound.
    fn exclusive(
        &self,
        keyword: &str,
        base: &str,
        node: &Node<'_, 'd>,
        siblings: &Map<String, Value>,
        out: &mut Map<String, Value>,
    ) {
        match node.value {
            Value::Bool(true) => {
                if let Some(Value::Number(bound)) = siblings.get(base) {
                    out.insert(keyword.to_owned(), Value::Number(bound.clone()));
                }
            }
            Value::Bool(false) => {}
            _ => self.number(keyword, node, out),
        }
    }

    fn dependent_required(node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        let texts = |list: &Value| list.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        let lists: Map<_, _> = node
            .members()
            .filter(|(_, list)| texts(list.value))
            .map(|(name, list)| (name.to_owned(), list.value.clone()))
            .collect();
        if !lists.is_empty() {
            out.insert("dependentRequired".to_owned(), lists.into());
        }
    }

    /// Draft 7's `dependencies` is what `dependentRequired` and `dependentSchemas` are today.
    fn dependencies(&self, node: &Node<'_, 'd>, out: &mut Map<String, Value>) {
        Self::dependent_required(node, out);
        let schemas: Map<_, _> = node
            .members()
            .filter(|(_, schema)| !schema.value.is_array())
            .map(|(name, schema)| (name.to_owned(), self.schema(&schema)))
            .collect();
        if !schemas.is_empty() {
            out.insert("dependentSchemas".to_owned(), schemas.into());
        }
    }

    /// `{propertyName, mapping}` with references of the table; the branches that `mapping` leaves
    /// out are mapped by their names (OpenAPI 3.1.1, section 4.8.25).
    fn discriminator(
        &self,
        node: &Node<'_, 'd>,
        siblings: &Map<String, Value>,
        out: &mut Map<String, Value>,
    ) {
        let property = match node.value {
            Value::String(name) => Some(name.as_str()),
            other => other.get("propertyName").and_then(Value::as_str),
        };
        let Some(property) = property else {
            let hint = "name the property that tells the schemas apart: `propertyName: kind`".to_owned();
            let message = "this discriminator has no `propertyName`".to_owned();
            self.report.error(node, "invalid-discriminator", message, Some(hint));
            return;
        };
        let mut mapping = Map::new();
        if let Some(given) = node.get("mapping") {
            for (value, target) in given.members() {
                let Some(text) = target.value.as_str() else { continue };
                let is_name = !text.contains(['/', '#', '.']);
                let full = format!("#{}/{text}", component_folder(self.dialect));
                if let Some(found) = self.follow(&target, if is_name { &full } else { text }) {
                    mapping.insert(value.to_owned(), reference(&self.schema_name(found)).into());
                }
            }
        }
        for branch in ["oneOf", "anyOf"].iter().filter_map(|key| siblings.get(*key)?.as_array()).flatten() {
            let Some(text) = branch.get("$ref").and_then(Value::as_str) else { continue };
            // A branch that leads nowhere is reported as a branch.
            if let Some(found) = self.lookup(node.document, text) {
                let target = Value::String(reference(&self.schema_name(found)));
                let name = text.rsplit(['/', '#']).next().unwrap_or_default();
                if !name.is_empty() && !mapping.values().any(|known| *known == target) {
                    mapping.insert(name.to_owned(), target);
                }
            }
        }
        let mut lowered = json!({ "propertyName": property });
        if !mapping.is_empty() {
            lowered["mapping"] = mapping.into();
        }
        out.insert("discriminator".to_owned(), lowered);
    }

    fn unknown(&self, keyword: &str, node: &Node<'_, 'd>) {
        if keyword.starts_with("x-") {
            return;
        }
        if let Some(meant) = keywords::meant(keyword) {
            let message = format!("`{keyword}` is no keyword of a schema");
            self.report.warning(node, "unknown-keyword", message, Some(format!("did you mean `{meant}`?")));
        }
    }

    /// What depends on several keywords at once.
    fn finish(members: &Map<String, Value>, mut out: Map<String, Value>) -> Value {
        for (exclusive, base) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if members.get(exclusive) == Some(&Value::Bool(true)) {
                out.shift_remove(base);
            }
        }
        if out.get("examples").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            out.shift_remove("examples");
        }
        if !is_nullable(members) {
            return Value::Object(out);
        }
        if let Some(Value::Array(values)) = out.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        let is_union = ["allOf", "oneOf", "anyOf", "$ref"].iter().any(|key| out.contains_key(*key));
        match out.get_mut("type") {
            Some(kind @ Value::String(_)) => *kind = json!([kind.clone(), "null"]),
            Some(Value::Array(types)) if !types.contains(&json!("null")) => types.push(json!("null")),
            None if is_union => return or_null(out),
            _ => {}
        }
        Value::Object(out)
    }
}

fn is_nullable(members: &Map<String, Value>) -> bool {
    ["nullable", "x-nullable"].iter().any(|key| members.get(*key) == Some(&Value::Bool(true)))
}

fn or_null(schema: Map<String, Value>) -> Value {
    json!({ "anyOf": [Value::Object(schema), { "type": "null" }] })
}

fn empty_or(node: &Node<'_, '_>) -> &'static str {
    if node.value.as_array().is_some_and(Vec::is_empty) { "empty" } else { node.kind() }
}
