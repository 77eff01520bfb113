//! Which definitions hold themselves, other than through a list or a map.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

/// The circle that each definition is on.
#[derive(Debug, Default)]
pub(super) struct Cycles<'a> {
    circle: HashMap<&'a str, usize>,
}

impl<'a> Cycles<'a> {
    /// Finds the strongly connected components of what holds what (Kosaraju's algorithm, with stacks
    /// of its own, since definitions may lead to each other in long chains).
    pub(super) fn of(definitions: &'a Map<String, Value>) -> Self {
        let mut forward: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut backward: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, schema) in definitions {
            let mut held = Vec::new();
            holds(schema, &mut held);
            for target in &held {
                backward.entry(target).or_default().push(name);
            }
            forward.insert(name, held);
        }
        let mut order = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for name in definitions.keys() {
            walk(name, &forward, &mut |name| seen.insert(name), &mut order);
        }
        let mut circle: HashMap<&str, usize> = HashMap::new();
        for (number, name) in order.into_iter().rev().enumerate() {
            walk(
                name,
                &backward,
                &mut |name| {
                    let is_new = !circle.contains_key(name);
                    circle.entry(name).or_insert(number);
                    is_new
                },
                &mut Vec::new(),
            );
        }
        Self { circle }
    }

    /// Whether a definition that holds another would so hold itself.
    pub(super) fn meet(&self, holder: &str, held: &str) -> bool {
        match (self.circle.get(holder), self.circle.get(held)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }
}

/// Visits what can be reached, and tells the order in which the visits end.
fn walk<'a>(
    start: &'a str,
    edges: &HashMap<&'a str, Vec<&'a str>>,
    enter: &mut impl FnMut(&'a str) -> bool,
    ended: &mut Vec<&'a str>,
) {
    if !enter(start) {
        return;
    }
    let next = |name: &str| edges.get(name).map_or([].iter(), |targets| targets.iter());
    let mut stack = vec![(start, next(start))];
    while let Some((name, targets)) = stack.last_mut() {
        match targets.next() {
            Some(target) if enter(target) => stack.push((target, next(target))),
            Some(_) => {}
            None => {
                ended.push(name);
                stack.pop();
            }
        }
    }
}

/// The definitions that a schema holds directly.
fn holds<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    let Some(schema) = schema.as_object() else { return };
    for (key, value) in schema {
        match (key.as_str(), value) {
            ("$ref", Value::String(target)) => found.extend(target.strip_prefix("#/schemas/")),
            ("properties", Value::Object(members)) => {
                members.values().for_each(|member| holds(member, found));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                for part in parts {
                    holds(part, found);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_direct_circles_count() {
        let to = |name: &str| json!({ "$ref": format!("#/schemas/{name}") });
        let definitions = json!({
            "A": { "properties": { "b": to("B") } },
            "B": { "oneOf": [to("C"), { "type": "null" }] },
            "C": { "allOf": [to("A")] },
            "D": { "properties": { "a": to("A") } },
            "E": { "properties": { "e": { "items": to("E") } } },
            "F": { "properties": { "f": to("F") } },
        });
        let definitions = definitions.as_object().cloned().unwrap_or_default();
        let cycles = Cycles::of(&definitions);
        assert!(cycles.meet("A", "B") && cycles.meet("C", "A"));
        assert!(!cycles.meet("D", "A") && !cycles.meet("A", "D"));
        // Alone on its circle: whether it holds itself is asked where it does.
        assert!(cycles.meet("F", "F"));
    }
}
