//! `oneOf` and `anyOf`.

use serde_json::Value;

use super::flat::{ANY, Flat, NULL};
use super::keywords::{incomparable, null};
use super::schema::{Pair, Step};
use super::side::Side;
use super::{Effect, Finding};
use crate::schema::{described_name, target_name};

type Sides<'s, 'a> = (&'s Side<'a>, &'s Side<'a>);

/// One alternative: schemas that hold together.
type Alternative<'a> = Vec<&'a Value>;

/// Compares schemas that are nothing but a choice. One that is none counts as a choice of one, so
/// that a value that becomes nullable, or gets an alternative, is seen as that. Gives false where
/// this is not the way to compare them.
pub(super) fn only<'a>(
    sides: Sides<'_, 'a>,
    pair: &Pair<'a>,
    (old, new): (&Flat<'a>, &Flat<'a>),
    step: &mut Step<'a>,
) -> bool {
    let is_single = |flat: &Flat<'_>| !flat.members.is_empty() && flat.choices().is_empty();
    let (before, after) = match (old.only_choice(), new.only_choice()) {
        (Some(before), Some(after)) => (apart(before), apart(after)),
        (Some(before), None) if is_single(new) => (apart(before), vec![pair.new.clone()]),
        (None, Some(after)) if is_single(old) => (vec![pair.old.clone()], apart(after)),
        _ => return false,
    };
    let (before, old_null) = without_null(sides.0, before, old.or_null);
    let (after, new_null) = without_null(sides.1, after, new.or_null);
    if let ([before], [after]) = (before.as_slice(), after.as_slice()) {
        step.inner.push(Pair {
            old: before.clone(),
            new: after.clone(),
            or_null: (old_null, new_null),
            pointer: pair.pointer.clone(),
        });
        return true;
    }
    let allowed = |side: &Side<'a>, alternatives: &[Alternative<'a>]| {
        let mut types = alternatives.iter().map(|schemas| side.flatten(schemas).types());
        types.any(|types| types != ANY && types & NULL != 0)
    };
    let allows = new_null || allowed(sides.1, &after);
    if (old_null || allowed(sides.0, &before)) != allows {
        step.found.push(null(allows));
    }
    choose(sides, pair, before, after, step);
    true
}

/// Compares choices that stand beside other keywords.
pub(super) fn beside<'a>(
    sides: Sides<'_, 'a>,
    pair: &Pair<'a>,
    (old, new): (&Flat<'a>, &Flat<'a>),
    step: &mut Step<'a>,
) {
    let (mut before, mut after) = (old.choices(), new.choices());
    let (left, right) = sides;
    set_aside(&mut before, &mut after, |one| Some(left.print_all(one)), |two| Some(right.print_all(two)));
    if before.len() == after.len() {
        for (before, after) in before.into_iter().zip(after) {
            choose(sides, pair, apart(before), apart(after), step);
        }
    } else if before.is_empty() {
        let message = "it must be one of several alternatives now";
        step.found.push(Finding::new(Effect::Narrower, "condition-added", message));
    } else if after.is_empty() {
        let message = "it need no longer be one of several alternatives";
        step.found.push(Finding::new(Effect::Wider, "condition-removed", message));
    } else {
        step.found.push(incomparable("oneOf"));
    }
}

fn apart(choice: &[Value]) -> Vec<Alternative<'_>> {
    choice.iter().map(|schema| vec![schema]).collect()
}

/// The alternatives other than `null`, and whether that is one.
fn without_null<'a>(
    side: &Side<'a>,
    mut alternatives: Vec<Alternative<'a>>,
    or_null: bool,
) -> (Vec<Alternative<'a>>, bool) {
    let number = alternatives.len();
    alternatives.retain(|schemas| side.flatten(schemas).types() != NULL);
    let has_null = alternatives.len() < number;
    (alternatives, or_null || has_null)
}

/// Compares alternatives: equal ones are set aside, then those of the same name are compared, then
/// the rest in order where there are as many on both sides.
fn choose<'a>(
    (left, right): Sides<'_, 'a>,
    pair: &Pair<'a>,
    old: Vec<Alternative<'a>>,
    new: Vec<Alternative<'a>>,
    step: &mut Step<'a>,
) {
    let label = |(index, schemas): (usize, Alternative<'a>)| {
        let label = name(&schemas).map_or_else(|| (index + 1).to_string(), str::to_owned);
        (label, schemas)
    };
    let mut old: Vec<_> = old.into_iter().enumerate().map(label).collect();
    let mut new: Vec<_> = new.into_iter().enumerate().map(label).collect();
    let print = |side: &Side<'a>, schemas: &[&Value]| {
        Some(schemas.iter().map(|schema| side.print(schema)).fold(0, u64::wrapping_add))
    };
    set_aside(&mut old, &mut new, |(_, one)| print(left, one), |(_, two)| print(right, two));
    let mut together = set_aside(&mut old, &mut new, |(_, one)| name(one), |(_, two)| name(two));
    if old.len() == new.len() {
        together.extend(old.drain(..).zip(new.drain(..)));
    }
    for ((label, before), (_, after)) in together {
        let pointer = format!("{}/<{label}>", pair.pointer);
        step.inner.push(Pair { old: before, new: after, or_null: (false, false), pointer });
    }
    if !old.is_empty() && !new.is_empty() {
        step.found.push(incomparable("oneOf"));
        return;
    }
    for (label, _) in old {
        let message = format!("the alternative `{label}` is gone");
        step.found.push(Finding::new(Effect::Narrower, "alternative-removed", message));
    }
    for (label, _) in new {
        let message = format!("there is a new alternative `{label}`");
        step.found.push(Finding::new(Effect::Wider, "alternative-added", message));
    }
}

/// What the description calls an alternative.
fn name<'a>(schemas: &[&'a Value]) -> Option<&'a str> {
    let &[schema] = schemas else { return None };
    target_name(schema.get("$ref")?.as_str()?).map(described_name)
}

/// Takes out of both lists what has the same key.
fn set_aside<T, K: PartialEq>(
    old: &mut Vec<T>,
    new: &mut Vec<T>,
    old_key: impl Fn(&T) -> Option<K>,
    new_key: impl Fn(&T) -> Option<K>,
) -> Vec<(T, T)> {
    let mut keys: Vec<Option<K>> = new.iter().map(new_key).collect();
    let mut together = Vec::new();
    let mut left = Vec::with_capacity(old.len());
    for one in old.drain(..) {
        let key = old_key(&one);
        match keys.iter().position(|other| key.is_some() && *other == key) {
            Some(index) => {
                keys.remove(index);
                together.push((one, new.remove(index)));
            }
            None => left.push(one),
        }
    }
    *old = left;
    together
}
