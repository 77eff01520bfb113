//! Which operations of two versions are the same.

use std::collections::HashMap;

use super::{At, Comparison, Direction};
use crate::model::{Api, Operation, Part};
use crate::openapi::derived_id;

/// What an operation is called by on the wire. Names of parameters are not.
type Key<'a> = (&'a str, String, Vec<&'a (String, String)>);

fn key(operation: &Operation) -> Key<'_> {
    let mut path = String::new();
    for segment in &operation.segments {
        path.push('/');
        for part in segment {
            match part {
                Part::Text(text) => path.push_str(text),
                Part::Param(_) => path.push_str("{}"),
            }
        }
    }
    let mut query: Vec<_> = operation.fixed_query.iter().collect();
    query.sort();
    (&operation.method, path, query)
}

/// The operation of the new version that each of the old one is, and what is new.
struct Matched<'a> {
    pairs: Vec<(&'a Operation, Option<&'a Operation>)>,
    added: Vec<&'a Operation>,
}

fn matched<'a>(old: &'a Api, new: &'a Api) -> Matched<'a> {
    let mut by_key: HashMap<Key<'a>, Vec<usize>> = HashMap::new();
    for (index, operation) in new.operations.iter().enumerate() {
        by_key.entry(key(operation)).or_default().push(index);
    }
    let mut left: Vec<Option<&Operation>> = new.operations.iter().map(Some).collect();
    let mut take = |index: usize| left.get_mut(index).and_then(Option::take);
    let mut pairs: Vec<_> = old
        .operations
        .iter()
        .map(|operation| {
            // Operations that only a fragment tells apart have the same key.
            let found =
                by_key.get_mut(&key(operation)).filter(|indexes| !indexes.is_empty()).map(|indexes| {
                    let has_id = |index: &usize| {
                        new.operations.get(*index).is_some_and(|other| other.id == operation.id)
                    };
                    indexes.remove(indexes.iter().position(has_id).unwrap_or(0))
                });
            (operation, found.and_then(&mut take))
        })
        .collect();
    let by_id: HashMap<&str, usize> =
        new.operations.iter().enumerate().map(|(index, operation)| (operation.id.as_str(), index)).collect();
    for (operation, found) in pairs.iter_mut().filter(|(_, found)| found.is_none()) {
        *found = by_id.get(operation.id.as_str()).copied().and_then(&mut take);
    }
    Matched { pairs, added: left.into_iter().flatten().collect() }
}

/// Whether the description gives an operation its id. One that is made from the path changes with
/// the names of its parameters, and with the operations beside it.
fn has_own_id(operation: &Operation) -> bool {
    let is_number = |rest: &str| rest.strip_prefix('_').is_some_and(|rest| rest.parse::<u32>().is_ok());
    let rest = operation.id.strip_prefix(&derived_id(operation));
    !rest.is_some_and(|rest| rest.is_empty() || is_number(rest))
}

fn at(operation: &Operation) -> At<'_> {
    At::new(Some(&operation.id), format!("{} {}", operation.method, operation.path))
}

impl<'a> Comparison<'a> {
    pub(super) fn operations(&mut self) {
        let Matched { pairs, added } = matched(self.old, self.new);
        for (old, new) in pairs {
            match new {
                Some(new) => self.operation(&at(old), old, new),
                None => self.breaking(&at(old), "operation-removed", "the operation is gone".to_owned()),
            }
        }
        for operation in added {
            self.compatible(&at(operation), "operation-added", "the operation is new".to_owned());
        }
    }

    fn operation(&mut self, at: &At<'_>, old: &'a Operation, new: &'a Operation) {
        let is_moved = key(old) != key(new);
        if is_moved {
            let message = format!(
                "`{}` is at `{} {}` now: clients that call it here find nothing",
                old.id, new.method, new.path
            );
            self.breaking(at, "operation-moved", message);
        }
        if old.id != new.id && (has_own_id(old) || has_own_id(new)) {
            let message = format!("the id was `{}` and is `{}`", old.id, new.id);
            self.compatible(at, "operation-id-changed", message);
        }
        self.deprecation(at, old, new);
        self.own_base_paths(at, old, new);
        self.parameters(at, Direction::Sent, (old, new), !is_moved);
        self.bodies(at, Direction::Sent, old, new);
        self.security(at, &old.security, &new.security);
        let callbacks = |operation: &'a Operation| -> Vec<_> {
            let callbacks = operation.callbacks.iter();
            let each =
                callbacks.flat_map(|callback| callback.operations.iter().map(move |one| (callback, one)));
            each.map(|(callback, one)| (format!("callback {} {}", callback.name, one.path), one)).collect()
        };
        self.outgoing(at, "callback", &callbacks(old), &callbacks(new));
    }

    pub(super) fn webhooks(&mut self) {
        let named = |one: &'a Operation| (format!("webhook {}", one.path), one);
        let webhooks = |api: &'a Api| -> Vec<_> { api.webhooks.iter().map(named).collect() };
        self.outgoing(&At::new(None, ""), "webhook", &webhooks(self.old), &webhooks(self.new));
    }

    /// Compares requests that the API sends: clients receive what they say and send the answers.
    fn outgoing(
        &mut self,
        at: &At<'_>,
        kind: &str,
        old: &[(String, &'a Operation)],
        new: &[(String, &'a Operation)],
    ) {
        let (removed, added) = match kind {
            "webhook" => ("webhook-removed", "webhook-added"),
            _ => ("callback-removed", "callback-added"),
        };
        let place = |name: &str, operation: &'a Operation| {
            let id = at.operation.or(Some(&operation.id));
            At::new(id, format!("{} {name} {}", at.place, operation.method).trim_start())
        };
        let find = |name: &str, method: &str, among: &[(String, &'a Operation)]| {
            let fits = |(other, one): &&(String, &'a Operation)| other == name && one.method == method;
            among.iter().find(fits).map(|(_, operation)| *operation)
        };
        for (name, before) in old {
            let here = place(name, before);
            match find(name, &before.method, new) {
                Some(after) => {
                    self.deprecation(&here, before, after);
                    self.parameters(&here, Direction::Received, (before, after), false);
                    self.bodies(&here, Direction::Received, before, after);
                }
                None => self.breaking(&here, removed, format!("the {kind} is gone")),
            }
        }
        for (name, after) in new {
            if find(name, &after.method, old).is_none() {
                self.compatible(&place(name, after), added, format!("the {kind} is new"));
            }
        }
    }

    fn deprecation(&mut self, at: &At<'_>, old: &Operation, new: &Operation) {
        match (old.deprecated, new.deprecated) {
            (false, true) => {
                self.compatible(at, "operation-deprecated", "the operation is deprecated now".to_owned());
            }
            (true, false) => {
                let message = "the operation is no longer deprecated".to_owned();
                self.compatible(at, "operation-undeprecated", message);
            }
            _ => {}
        }
    }

    fn bodies(&mut self, at: &At<'_>, request: Direction, old: &'a Operation, new: &'a Operation) {
        self.request_body(at, request, old.request_body.as_ref(), new.request_body.as_ref());
        self.responses(at, request.opposite(), &old.responses, &new.responses);
    }
}
