//! Properties of objects.

use std::collections::HashSet;

use super::flat::Flat;
use super::{Direction, Effect, Finding};

/// A property of both versions, to be compared, or of one.
#[derive(Debug)]
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    /// Whether it is in both.
    pub(super) kept: bool,
    pub(super) finding: Option<Finding>,
}

/// The properties of two objects, those of the old one first.
pub(super) fn properties<'a>(
    direction: Direction,
    (old, old_names): (&Flat<'a>, &[&'a str]),
    (new, new_names): (&Flat<'a>, &[&'a str]),
) -> Vec<Property<'a>> {
    let (needed, needs) = (old.required(), new.required());
    let known: HashSet<&str> = old_names.iter().copied().collect();
    let kept: HashSet<&str> = new_names.iter().copied().collect();
    let old_ones = old_names.iter().map(|&name| {
        let finding = match (needed.contains(name), needs.contains(name)) {
            _ if !kept.contains(name) => Some(removed(direction, name)),
            (false, true) => {
                let message = "it must always be there now";
                Some(Finding::new(Effect::Narrower, "property-became-required", message))
            }
            (true, false) => {
                let message = "it need no longer be there";
                Some(Finding::new(Effect::Wider, "property-became-optional", message))
            }
            _ => None,
        };
        Property { name, kept: kept.contains(name), finding }
    });
    let new_ones = new_names.iter().filter(|name| !known.contains(*name)).map(|&name| {
        let finding = added(direction, name, needs.contains(name), old.is_closed());
        Property { name, kept: false, finding: Some(finding) }
    });
    old_ones.chain(new_ones).collect()
}

/// Somebody reads or writes it, whether or not its absence is allowed.
fn removed(direction: Direction, name: &str) -> Finding {
    let message = match direction {
        Direction::Sent => format!("the property `{name}` is gone: what clients send in it is lost"),
        Direction::Received => format!("the property `{name}` is gone: clients that read it find nothing"),
    };
    Finding::new(Effect::Breaking, "property-removed", message)
}

/// New properties are the way in which APIs grow, except where it was said that there are no others.
fn added(direction: Direction, name: &str, required: bool, closed: bool) -> Finding {
    let effect = if closed { Effect::Wider } else { Effect::Harmless };
    if required && direction == Direction::Sent {
        let message = format!("the new property `{name}` must be sent");
        return Finding::new(Effect::Narrower, "required-property-added", message);
    }
    let rest = if closed { ", where there were to be no other properties" } else { "" };
    Finding::new(effect, "property-added", format!("the property `{name}` is new{rest}"))
}
