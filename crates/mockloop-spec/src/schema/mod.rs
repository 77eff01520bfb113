//! Schemas of every format as JSON Schema 2020-12, in one table.

mod keywords;
mod lower;
mod view;

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value, json};

pub(crate) use view::{described_name, split_views};

use crate::node::Node;
use crate::pointer;
use crate::reader::{Dialect, Reader};

/// Where the formats keep their named schemas.
pub(crate) fn component_folder(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Swagger2 => "/definitions",
        _ => "/components/schemas",
    }
}

/// Named schemas. A schema gets its name when something first refers to it and is lowered later, so
/// that cycles need no care.
#[derive(Debug, Default)]
pub(crate) struct Table<'d> {
    /// Names by document and pointer.
    names: HashMap<(usize, String), String>,
    taken: HashSet<String>,
    waiting: VecDeque<(String, Node<'d, 'd>)>,
    done: Map<String, Value>,
    /// Whether a regular expression is one, by its text.
    patterns: HashMap<String, bool>,
}

impl<'d> Reader<'d> {
    /// Gives names to all schemas that the description itself names, in its order.
    pub(crate) fn name_schemas(&self, root: &Node<'_, 'd>) {
        let folder = component_folder(self.dialect);
        let mut value = root.value;
        for token in pointer::tokens(folder) {
            let Some(next) = value.get(token.as_ref()) else { return };
            value = next;
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            let mut place = folder.to_owned();
            pointer::push(&mut place, name);
            self.schema_name(Node::new(root.document, self.documents.keep(place), value));
        }
    }

    /// The name of the schema at `target`, which is given one where it has none.
    pub(crate) fn schema_name(&self, target: Node<'d, 'd>) -> String {
        let mut table = self.schemas.borrow_mut();
        let key = (target.document.index, target.pointer());
        if let Some(name) = table.names.get(&key) {
            return name.clone();
        }
        let wanted = proposed_name(&target, &key.1);
        let mut name = wanted.clone();
        let mut number = 2;
        while !table.taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        table.names.insert(key, name.clone());
        table.waiting.push_back((name.clone(), target));
        name
    }

    /// Lowers what was named and not lowered yet, and gives the table.
    pub(crate) fn finish_schemas(&self) -> Map<String, Value> {
        loop {
            let next = self.schemas.borrow_mut().waiting.pop_front();
            let Some((name, node)) = next else { break };
            let schema = self.schema(&node);
            self.schemas.borrow_mut().done.insert(name, schema);
        }
        let mut done = std::mem::take(&mut self.schemas.borrow_mut().done);
        break_empty_cycles(&mut done);
        done
    }
}

/// A name of letters, digits, dots, dashes and underscores, so that references need no escapes.
fn proposed_name(target: &Node<'_, '_>, place: &str) -> String {
    let tokens: Vec<_> = pointer::tokens(place).collect();
    let text = match tokens.as_slice() {
        [] => {
            let file = target.document.name.rsplit(['/', '\\']).next().unwrap_or_default();
            file.split('.').next().unwrap_or_default().to_owned()
        }
        [folder, rest @ ..] if ["definitions", "$defs", "schemas"].contains(&folder.as_ref()) => {
            rest.join(".")
        }
        [components, schemas, rest @ ..] if components == "components" && schemas == "schemas" => {
            rest.join(".")
        }
        all => all.iter().rev().take(3).rev().cloned().collect::<Vec<_>>().join("."),
    };
    let name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    if name.is_empty() { "Schema".to_owned() } else { name }
}

/// `A: {$ref: B}, B: {$ref: A}` says nothing; such a schema allows anything.
fn break_empty_cycles(table: &mut Map<String, Value>) {
    let next = |table: &Map<String, Value>, name: &str| {
        let schema = table.get(name)?.as_object()?;
        target_name(schema.get("$ref")?.as_str()?).map(str::to_owned)
    };
    let mut settled: HashSet<String> = HashSet::new();
    let names: Vec<String> = table.keys().cloned().collect();
    for name in names {
        let mut trail = HashSet::new();
        let mut here = name;
        while !settled.contains(&here) && trail.insert(here.clone()) {
            match next(table, &here) {
                Some(target) if trail.contains(&target) => {
                    table.insert(here.clone(), json!({}));
                }
                Some(target) => here = target,
                None => break,
            }
        }
        settled.extend(trail);
    }
}

/// The reference to a named schema.
pub(crate) fn reference(name: &str) -> String {
    format!("#/schemas/{name}")
}

/// The name in a reference to a named schema.
pub(crate) fn target_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/schemas/")
}
