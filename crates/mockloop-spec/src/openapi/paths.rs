//! Paths and webhooks: every operation of the description, each with an id of its own.

use std::collections::{HashMap, HashSet};

use crate::model::{Api, Operation, Part};
use crate::node::Node;
use crate::reader::{Dialect, Reader};
use crate::report::Place;

use super::operation::{self, Shared};
use super::{fields, security};

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

pub(super) fn is_method(key: &str) -> bool {
    METHODS.contains(&key)
}

/// Fills `operations` and `webhooks`.
pub(super) fn paths<'d>(reader: &Reader<'d>, root: &Node<'_, 'd>, api: &mut Api) {
    let schemes = api.security_schemes.clone();
    let security = security::requirements(reader, root, &schemes).unwrap_or_default();
    let shared = Shared { root, schemes: &schemes, security: &security };
    let mut operations = Vec::new();
    let mut places = Vec::new();
    match reader.object(root, "paths") {
        Some(paths) => {
            for (path, item) in paths.entries() {
                each_operation(reader, path, item, &mut |method, item, node| {
                    operations.push(operation::lower(reader, &shared, path, method, item, node));
                    places.push(Place::from(node));
                });
            }
        }
        None if root.get("webhooks").is_none() && root.get("components").is_none() => {
            let hint = Some("add `paths:` with at least one path".to_owned());
            reader.report.error(root, "missing-paths", "the description has no `paths`".to_owned(), hint);
        }
        None => {}
    }
    let webhooks = root.get(if reader.dialect == Dialect::OpenApi31 { "webhooks" } else { "x-webhooks" });
    for (name, item) in webhooks.iter().flat_map(Node::entries) {
        each_operation(reader, name, item, &mut |method, item, node| {
            api.webhooks.push(operation::webhook(reader, &shared, name, method, item, node));
        });
    }
    unique_ids(reader, &places, &mut operations);
    resolve_links(&mut operations);
    api.operations = operations;
}

/// Visits the operations of a path item; one that is a reference may have operations of its own too.
fn each_operation<'d>(
    reader: &Reader<'d>,
    path: &str,
    written: Node<'_, 'd>,
    visit: &mut dyn FnMut(&str, &Node<'_, 'd>, &Node<'_, 'd>),
) {
    if !written.value.is_object() {
        if !written.value.is_null() {
            let message =
                format!("the path `{path}` has operations by method, and this is {}", written.kind());
            reader.report.error(&written, "invalid-field", message, None);
        }
        return;
    }
    let target = if written.get("$ref").is_some() { reader.resolve(written) } else { None };
    let in_target = |key: &str| target.as_ref().is_some_and(|target| target.get(key).is_some());
    for (item, is_target) in target.iter().map(|item| (item, true)).chain([(&written, false)]) {
        for (key, node) in item.entries() {
            if !is_method(key) || (!is_target && in_target(key)) {
                continue;
            }
            if node.value.is_object() {
                visit(key, item, &node);
            } else {
                let message = format!("an operation is an object, and this is {}", node.kind());
                reader.report.error(&node, "invalid-field", message, None);
            }
        }
        if let Some(more) = item.get("additionalOperations") {
            for (method, node) in more.entries().filter(|(_, node)| node.value.is_object()) {
                visit(method, item, &node);
            }
        }
        let is_known = |key: &str| fields::PATH_ITEM.contains(&key);
        if item.entries().next().is_some() && !item.entries().any(|(key, _)| is_known(key)) {
            let message = format!("what stands for the path `{path}` is no path item");
            let hint = Some("a path item has operations by method, such as `get`".to_owned());
            let place = if is_target { Place::from(&written).below("$ref") } else { Place::from(item) };
            reader.report.error(place, "not-a-path-item", message, hint);
        } else {
            reader.known_fields(item, fields::PATH_ITEM);
        }
    }
}

/// Gives every operation an id: its own where that is unique, else one with a number, else one made
/// from method and path.
fn unique_ids(reader: &Reader<'_>, places: &[Place], operations: &mut [Operation]) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut clashes = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        if !operation.id.is_empty() && !taken.insert(operation.id.clone()) {
            clashes.push(index);
        }
    }
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for (index, operation) in operations.iter_mut().enumerate() {
        let clash = clashes.binary_search(&index).is_ok();
        if !clash && !operation.id.is_empty() {
            continue;
        }
        let wanted = if clash { operation.id.clone() } else { derived_id(operation) };
        let mut id = wanted.clone();
        while !taken.insert(id.clone()) {
            let number = numbers.entry(wanted.clone()).or_insert(1);
            *number += 1;
            id = format!("{wanted}_{number}");
        }
        if clash {
            let message =
                format!("the operationId `{wanted}` is used more than once; here it counts as `{id}`");
            let place = places.get(index).cloned().unwrap_or_default();
            let hint = Some("give each operation an id of its own".to_owned());
            reader.report.warning(place, "duplicate-operation-id", message, hint);
        }
        operation.id = id;
    }
}

/// `GET /pets/{petId}` is `get_pets_petId`.
pub(crate) fn derived_id(operation: &Operation) -> String {
    let mut id = operation.method.to_lowercase();
    for part in operation.segments.iter().flatten() {
        let (Part::Text(text) | Part::Param(text)) = part;
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        for word in words {
            id.push('_');
            id.push_str(word);
        }
    }
    if id.len() == operation.method.len() { id + "_root" } else { id }
}

/// Turns what links say of their targets into ids.
fn resolve_links(operations: &mut [Operation]) {
    let ids: HashMap<String, String> = operations
        .iter()
        .filter_map(|operation| {
            let (_, pointer) = operation.place.rsplit_once('#')?;
            Some((format!("#{pointer}"), operation.id.clone()))
        })
        .collect();
    let known: HashSet<String> = operations.iter().map(|operation| operation.id.clone()).collect();
    let links =
        operations.iter_mut().flat_map(|operation| &mut operation.responses).flat_map(|r| &mut r.links);
    for link in links {
        link.operation = link.operation.take().and_then(|target| match ids.get(&target) {
            Some(id) => Some(id.clone()),
            None => known.contains(&target).then_some(target),
        });
    }
}
