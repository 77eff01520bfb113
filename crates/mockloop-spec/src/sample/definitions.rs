//! The table of definitions, and how references lead into it.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// The definitions of a description, each with the cycle of references that it is part of.
#[derive(Debug)]
pub(super) struct Definitions<'a> {
    by_name: HashMap<&'a str, Definition<'a>>,
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition<'a> {
    /// Its name in the table.
    pub(super) name: &'a str,
    /// The schema.
    pub(super) schema: &'a Value,
    /// Definitions that refer to each other, in whatever many steps, are of the same cycle.
    pub(super) cycle: usize,
}

impl<'a> Definitions<'a> {
    pub(super) fn new(schemas: &'a Map<String, Value>) -> Self {
        let mut by_name: HashMap<_, _> = schemas
            .iter()
            .map(|(name, schema)| (name.as_str(), Definition { name, schema, cycle: 0 }))
            .collect();
        for (cycle, members) in cycles(schemas).into_iter().enumerate() {
            for name in members {
                if let Some(definition) = by_name.get_mut(name) {
                    definition.cycle = cycle;
                }
            }
        }
        Self { by_name }
    }

    /// What `reference` leads to, where it leads anywhere.
    pub(super) fn resolve(&self, reference: &str) -> Option<Definition<'a>> {
        let (name, rest) = split(reference)?;
        let definition = *self.by_name.get(name.as_ref())?;
        if rest.is_empty() {
            return Some(definition);
        }
        let pointer = percent_decode_str(rest).decode_utf8().ok()?;
        let schema = definition.schema.pointer(&pointer)?;
        Some(Definition { schema, ..definition })
    }

    /// What the `$ref` of `schema` leads to.
    pub(super) fn target(&self, schema: &Value) -> Option<Definition<'a>> {
        self.resolve(schema.get("$ref")?.as_str()?)
    }
}

/// What the `$ref` of `schema` leads to in `schemas`, with its name.
pub(super) fn lookup<'s>(schemas: &'s Map<String, Value>, schema: &Value) -> Option<(&'s str, &'s Value)> {
    let (name, rest) = split(schema.get("$ref")?.as_str()?)?;
    let (name, schema) = schemas.get_key_value(name.as_ref())?;
    let rest = percent_decode_str(rest).decode_utf8().ok()?;
    Some((name, schema.pointer(&rest)?))
}

/// The name in `#/schemas/NAME/rest`, unescaped, and `/rest`, as it is.
fn split(reference: &str) -> Option<(Cow<'_, str>, &str)> {
    let path = reference.strip_prefix("#/schemas/")?;
    let (name, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    let mut name = percent_decode_str(name).decode_utf8().ok()?;
    if name.contains('~') {
        name = Cow::Owned(name.replace("~1", "/").replace("~0", "~"));
    }
    Some((name, rest))
}

/// The strongly connected components of the graph of references (Tarjan's algorithm, without
/// recursion: chains of references may be long).
fn cycles(schemas: &Map<String, Value>) -> Vec<Vec<&str>> {
    let index: HashMap<&str, usize> =
        schemas.keys().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let edges: Vec<Vec<usize>> = schemas.values().map(|schema| references(schema, &index)).collect();
    let names: Vec<&str> = schemas.keys().map(String::as_str).collect();

    let mut search =
        Search { order: vec![None; edges.len()], low: vec![0; edges.len()], ..Search::default() };
    for start in 0..edges.len() {
        search.visit(start, &edges);
    }
    let name = |node: usize| names.get(node).copied();
    search.found.into_iter().map(|members| members.into_iter().filter_map(name).collect()).collect()
}

#[derive(Default)]
struct Search {
    /// When each node was first seen; `usize::MAX` once its component is known.
    order: Vec<Option<usize>>,
    low: Vec<usize>,
    open: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn visit(&mut self, start: usize, edges: &[Vec<usize>]) {
        if self.order[start].is_some() {
            return;
        }
        self.enter(start);
        let mut path = vec![(start, 0)];
        while let Some((node, edge)) = path.last_mut() {
            let node = *node;
            if let Some(&target) = edges[node].get(*edge) {
                *edge += 1;
                match self.order[target] {
                    None => {
                        self.enter(target);
                        path.push((target, 0));
                    }
                    Some(order) if order != usize::MAX => self.low[node] = self.low[node].min(order),
                    Some(_) => {}
                }
            } else {
                path.pop();
                if let Some(&(parent, _)) = path.last() {
                    self.low[parent] = self.low[parent].min(self.low[node]);
                }
                if self.order[node] == Some(self.low[node]) {
                    self.close(node);
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.order[node] = Some(self.next);
        self.low[node] = self.next;
        self.next += 1;
        self.open.push(node);
    }

    fn close(&mut self, root: usize) {
        let start = self.open.iter().rposition(|&node| node == root).unwrap_or(0);
        let members = self.open.split_off(start);
        for &member in &members {
            self.order[member] = Some(usize::MAX);
        }
        self.found.push(members);
    }
}

/// The definitions that `schema` refers to anywhere inside. What only looks like a reference, in an
/// example say, makes a cycle larger than it is and does no harm.
fn references(schema: &Value, index: &HashMap<&str, usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for (key, member) in members {
                    match member {
                        Value::String(reference) if key == "$ref" => {
                            found.extend(split(reference).and_then(|(name, _)| index.get(name.as_ref())));
                        }
                        // A mapping names the schemas that may stand in for this one.
                        Value::Object(targets) if key == "mapping" => {
                            let targets = targets.values().filter_map(Value::as_str).filter_map(split);
                            found.extend(targets.filter_map(|(name, _)| index.get(name.as_ref())));
                        }
                        Value::Array(_) if matches!(key.as_str(), "examples" | "enum") => {}
                        Value::Array(_) | Value::Object(_) => open.push(member),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    found
}
