//! Examples of media types, parameters and headers.

use serde_json::Value;

use crate::model::{Example, ExampleValue, Examples};
use crate::node::Node;
use crate::reader::Reader;
use crate::report::Place;

/// `example` and `examples` of a 3.x object, `x-example` of a 2.0 one.
pub(super) fn examples<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Examples {
    let mut list = Vec::new();
    for key in ["example", "x-example"] {
        if let Some(example) = node.get(key) {
            list.push(data(None, &example));
        }
    }
    match node.get("examples") {
        Some(named) if named.value.is_object() => {
            for (name, example) in named.members() {
                if let Some(example) = reader.resolve(example) {
                    list.extend(one(reader, name, &example));
                }
            }
        }
        // A list belongs into the schema; people write it here too.
        Some(bare) => list.extend(bare.items().map(|example| data(None, &example))),
        None => {}
    }
    Examples { place: Place::from(node), list }
}

fn data(name: Option<String>, node: &Node<'_, '_>) -> Example {
    Example { name, value: ExampleValue::Data(node.value.clone()), place: Place::from(node) }
}

fn one<'d>(reader: &Reader<'d>, name: &str, node: &Node<'_, 'd>) -> Option<Example> {
    for key in ["value", "dataValue"] {
        if let Some(value) = node.get(key) {
            return Some(data(Some(name.to_owned()), &value));
        }
    }
    let text = if let Some(text) = node.get("serializedValue") {
        text.value.as_str()?.to_owned()
    } else if let Some(address) = node.get("externalValue") {
        external(reader, &address)?
    } else {
        let hint = "put the example under `value`".to_owned();
        let message = format!("the example `{name}` has no `value`");
        reader.report.warning(node, "missing-field", message, Some(hint));
        // People often leave the wrapper out.
        let is_wrapper = node.entries().all(|(key, _)| matches!(key, "summary" | "description"));
        return (!is_wrapper).then(|| data(Some(name.to_owned()), node));
    };
    // A body in JSON counts as data, so that it is checked like any other.
    let value = serde_json::from_str::<Value>(&text).map_or(ExampleValue::Text(text), ExampleValue::Data);
    Some(Example { name: Some(name.to_owned()), value, place: Place::from(node) })
}

/// The text that `externalValue` names.
fn external<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Option<String> {
    let address = node.value.as_str()?;
    match reader.documents.text(address, node.document) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("the example `{address}` {error}");
            reader.report.warning(node, "unreadable-example", message, None);
            None
        }
    }
}

/// Examples by media type, as a response of Swagger 2.0 has them.
pub(super) fn by_media_type(node: &Node<'_, '_>, media_type: &str) -> Vec<Example> {
    let examples = node.get("examples");
    let example = examples.as_ref().and_then(|examples| examples.get(media_type));
    example.iter().map(|example| data(None, example)).collect()
}
