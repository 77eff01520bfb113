//! Fields of objects: their names, and reading them with a report of what does not fit.

use serde_json::Value;

use crate::node::Node;
use crate::reader::{Reader, text_of};
use crate::suggest;

pub(super) const ROOT_2: &[&str] = &[
    "swagger",
    "info",
    "host",
    "basePath",
    "schemes",
    "consumes",
    "produces",
    "paths",
    "definitions",
    "parameters",
    "responses",
    "securityDefinitions",
    "security",
    "tags",
    "externalDocs",
];
pub(super) const ROOT_3: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "paths",
    "components",
    "security",
    "tags",
    "externalDocs",
    "webhooks",
    "jsonSchemaDialect",
    "$self",
];
pub(super) const PATH_ITEM: &[&str] = &[
    "$ref",
    "summary",
    "description",
    "servers",
    "parameters",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "query",
    "additionalOperations",
];
pub(super) const OPERATION: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
    "consumes",
    "produces",
    "schemes",
];
pub(super) const PARAMETER_3: &[&str] = &[
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "allowEmptyValue",
    "style",
    "explode",
    "allowReserved",
    "schema",
    "example",
    "examples",
    "content",
];
pub(super) const REQUEST_BODY: &[&str] = &["description", "content", "required"];
pub(super) const RESPONSE: &[&str] =
    &["description", "headers", "content", "links", "schema", "examples", "summary"];
pub(super) const MEDIA_TYPE: &[&str] =
    &["schema", "example", "examples", "encoding", "itemSchema", "itemEncoding", "prefixEncoding"];

impl<'d> Reader<'d> {
    /// Reports fields that are probably misspelt.
    pub(super) fn known_fields(&self, node: &Node<'_, 'd>, known: &[&str]) {
        for (key, field) in node.entries() {
            if known.contains(&key) {
                continue;
            }
            let hint =
                suggest::nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            self.report.warning(
                &field,
                "unknown-field",
                format!("the format knows no field `{key}` here"),
                hint,
            );
        }
    }

    /// A text; a number or boolean counts as the text that it is written as.
    pub(super) fn text(&self, node: &Node<'_, 'd>, key: &str) -> Option<String> {
        let field = node.get(key)?;
        match field.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(text_of(field.value)),
            _ => {
                let message = format!("`{key}` is a text, and this is {}", field.kind());
                self.report.warning(&field, "invalid-field", message, None);
                None
            }
        }
    }

    /// True or false; `"true"` counts, with a warning.
    pub(super) fn flag(&self, node: &Node<'_, 'd>, key: &str) -> Option<bool> {
        let field = node.get(key)?;
        match field.value {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            other => {
                let message = format!("`{key}` is true or false, and this is {}", field.kind());
                let meant = other.as_str().and_then(|text| text.parse().ok());
                let hint = meant.map(|flag: bool| format!("write `{key}: {flag}`"));
                self.report.warning(&field, "invalid-field", message, hint);
                meant
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, node: &Node<'_, 'd>, key: &str) -> Option<Vec<String>> {
        let field = node.get(key)?;
        if !field.value.is_array() {
            let message = format!("`{key}` is a list of texts, and this is {}", field.kind());
            self.report.warning(&field, "invalid-field", message, None);
            return field.value.as_str().map(|text| vec![text.to_owned()]);
        }
        Some(field.items().filter(|item| !item.value.is_null()).map(|item| text_of(item.value)).collect())
    }

    /// An object; anything else is reported. People refer to whole maps by `$ref` too.
    pub(super) fn object<'s>(&self, node: &'s Node<'_, 'd>, key: &'s str) -> Option<Node<'s, 'd>>
    where
        'd: 's,
    {
        let field = node.get(key)?;
        match field.value {
            Value::Object(members) if matches!(members.get("$ref"), Some(Value::String(_))) => {
                self.resolve(field)
            }
            Value::Object(_) => Some(field),
            Value::Null => None,
            _ => {
                let message = format!("`{key}` is an object, and this is {}", field.kind());
                self.report.error(&field, "invalid-field", message, None);
                None
            }
        }
    }
}
