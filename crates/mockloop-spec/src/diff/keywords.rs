//! Keywords that say which values are allowed, of single schemas.

use std::cmp::Ordering;

use serde_json::Value;

use super::flat::{ANY, Flat, NULL, names};
use super::side::Side;
use super::{Effect, Finding};
use crate::sample::keywords::show;
use crate::sample::numeric::{Numeric, same};

/// Schemas that allow nothing; true where one does, so that there is nothing else to compare.
pub(super) fn impossible(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) -> bool {
    match (old.impossible, new.impossible) {
        (false, false) => return false,
        (true, true) => {}
        (false, true) => {
            found.push(Finding::new(Effect::Narrower, "schema-closed", "nothing is allowed here now"));
        }
        (true, false) => {
            found.push(Finding::new(Effect::Wider, "schema-opened", "something is allowed here now"));
        }
    }
    true
}

/// Types, and values that are listed; true where the two have no type in common, so that there is
/// nothing else to compare.
pub(super) fn disjoint(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) -> bool {
    let (before, after) = (old.types(), new.types());
    let (listed, lists) = (old.values(), new.values());
    // Values that are listed on both sides tell more than their types; `null` is no value of a list.
    let (one, two) =
        if listed.is_some() && lists.is_some() { (before & NULL, after & NULL) } else { (before, after) };
    if (before, after) == (ANY, ANY) && old.or_null != new.or_null {
        found.push(null(new.or_null));
    } else if one != two {
        let (effect, code) = if two & !one == 0 {
            (Effect::Narrower, "type-narrowed")
        } else if one & !two == 0 {
            (Effect::Wider, "type-widened")
        } else {
            (Effect::Breaking, "type-changed")
        };
        found.push(if one ^ two == NULL {
            null(two & NULL != 0)
        } else {
            Finding::new(effect, code, format!("it was {} and is {}", names(before), names(after)))
        });
    }
    if before & after & !NULL == 0 && before != after {
        return true;
    }
    match (listed, lists) {
        (Some(old), Some(new)) => listed_values(&old, &new, found),
        (Some(old), None) => {
            let message = format!("it need no longer be {}", list(&old, "or"));
            found.push(Finding::new(Effect::Wider, "enum-removed", message));
        }
        (None, Some(new)) => {
            let message = format!("it must be {} now", list(&new, "or"));
            found.push(Finding::new(Effect::Narrower, "enum-added", message));
        }
        (None, None) => {}
    }
    false
}

/// What is said where `null` is allowed now, or no longer.
pub(super) fn null(allowed: bool) -> Finding {
    if allowed {
        Finding::new(Effect::Wider, "type-widened", "it may also be `null` now")
    } else {
        Finding::new(Effect::Narrower, "type-narrowed", "it may no longer be `null`")
    }
}

fn listed_values(old: &[&Value], new: &[&Value], found: &mut Vec<Finding>) {
    let without = |some: &[&Value], others: &[&Value]| -> Vec<_> {
        let is_left = |value: &&Value| !value.is_null() && !others.iter().any(|other| same(value, other));
        some.iter().copied().filter(is_left).map(std::clone::Clone::clone).collect()
    };
    let (gone, added): (Vec<Value>, Vec<Value>) = (without(old, new), without(new, old));
    if !gone.is_empty() {
        let message = format!("{} {} no longer allowed", list(&gone, "and"), is_or_are(gone.len()));
        found.push(Finding::new(Effect::Narrower, "enum-value-removed", message));
    }
    if !added.is_empty() {
        let message = format!("{} {} allowed now", list(&added, "and"), is_or_are(added.len()));
        found.push(Finding::new(Effect::Wider, "enum-value-added", message));
    }
}

fn is_or_are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// Values in a sentence, not too many.
fn list(values: &[impl std::borrow::Borrow<Value>], last: &str) -> String {
    const SHOWN: usize = 10;
    let mut shown: Vec<String> =
        values.iter().take(SHOWN).map(|value| format!("`{}`", show(value.borrow()))).collect();
    if values.len() > SHOWN {
        shown.push(format!("{} more", values.len() - SHOWN));
    }
    match shown.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => shown.concat(),
    }
}

/// A bound: its name, its keyword, the keyword that leaves the bound itself out, and whether it is
/// an upper one.
type Bound = (&'static str, Option<&'static str>, bool);

const BOUNDS: [Bound; 8] = [
    ("minimum", Some("exclusiveMinimum"), false),
    ("maximum", Some("exclusiveMaximum"), true),
    ("minLength", None, false),
    ("maxLength", None, true),
    ("minItems", None, false),
    ("maxItems", None, true),
    ("minProperties", None, false),
    ("maxProperties", None, true),
];

/// The tightest value of a bound, and whether it is itself left out.
type Tightest<'a> = Option<(&'a Value, Numeric, bool)>;

/// Minimum, maximum, and everything that counts.
pub(super) fn bounds(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    for bound @ (name, _, upper) in BOUNDS {
        let (before, after) = (tightest(old, bound), tightest(new, bound));
        let order = match (before, after) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some((_, before, without)), Some((_, after, without_now))) => {
                let order = before.compare(after);
                let order = if upper { order.reverse() } else { order };
                order.then(without.cmp(&without_now))
            }
        };
        let message = match (before, after) {
            (Some(before), Some(after)) => format!("`{name}` was {} and is {}", said(before), said(after)),
            (_, Some(after)) => format!("there is a `{name}` of {} now", said(after)),
            (Some(before), _) => format!("the `{name}` of {} is gone", said(before)),
            (None, None) => continue,
        };
        match order {
            Ordering::Less => found.push(Finding::new(Effect::Narrower, "bound-tightened", message)),
            Ordering::Greater => found.push(Finding::new(Effect::Wider, "bound-loosened", message)),
            Ordering::Equal => {}
        }
    }
}

fn tightest<'a>(flat: &Flat<'a>, (keyword, exclusive, upper): Bound) -> Tightest<'a> {
    let inclusive = flat.all(keyword).map(|value| (value, false));
    let exclusive = exclusive.into_iter().flat_map(|keyword| flat.all(keyword)).map(|value| (value, true));
    let bounds = inclusive.chain(exclusive).filter_map(|(value, without)| {
        let number = Numeric::of(value)?;
        // Nothing has fewer than no characters, items or properties.
        let says_nothing = keyword.len() > 7 && !upper && number.compare(Numeric::Integer(0)).is_le();
        (!says_nothing).then_some((value, number, without))
    });
    bounds.max_by(|(_, one, one_out), (_, two, two_out)| {
        let order = one.compare(*two);
        let order = if upper { order.reverse() } else { order };
        order.then(one_out.cmp(two_out))
    })
}

fn said((value, _, without): (&Value, Numeric, bool)) -> String {
    if without { format!("{} (exclusive)", show(value)) } else { show(value) }
}

/// Formats of which the second allows all that the first does.
const WIDER_FORMATS: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];

/// `format`, `pattern`, `multipleOf` and `uniqueItems`.
pub(super) fn constraints(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    const FORMAT: [&str; 3] = ["format-added", "format-removed", "format-changed"];
    const PATTERN: [&str; 3] = ["pattern-added", "pattern-removed", "pattern-changed"];
    const MULTIPLE: [&str; 3] = ["multiple-of-added", "multiple-of-removed", "multiple-of-changed"];
    single(old, new, ("format", FORMAT), found, |before, after| {
        let known = |one: &Value, two: &Value| {
            WIDER_FORMATS.iter().any(|(narrow, wide)| *one == **narrow && *two == **wide)
        };
        match (known(before, after), known(after, before)) {
            (true, _) => Effect::Wider,
            (_, true) => Effect::Narrower,
            _ => Effect::Breaking,
        }
    });
    single(old, new, ("pattern", PATTERN), found, |_, _| Effect::Breaking);
    single(old, new, ("multipleOf", MULTIPLE), found, |before, after| {
        match (is_multiple(after, before), is_multiple(before, after)) {
            (true, _) => Effect::Narrower,
            (_, true) => Effect::Wider,
            _ => Effect::Breaking,
        }
    });
    let unique = |flat: &Flat<'_>| flat.all("uniqueItems").any(|value| *value == Value::Bool(true));
    match (unique(old), unique(new)) {
        (false, true) => {
            let message = "no two items may be equal now";
            found.push(Finding::new(Effect::Narrower, "unique-items-added", message));
        }
        (true, false) => {
            let message = "items may be equal now";
            found.push(Finding::new(Effect::Wider, "unique-items-removed", message));
        }
        _ => {}
    }
}

/// A keyword with a single argument; `codes` are for one that is added, removed and changed.
fn single(
    old: &Flat<'_>,
    new: &Flat<'_>,
    (keyword, [added, removed, changed]): (&str, [&'static str; 3]),
    found: &mut Vec<Finding>,
    effect: impl Fn(&Value, &Value) -> Effect,
) {
    let without = |some: &Flat<'_>, others: &Flat<'_>| -> Vec<Value> {
        let is_left = |value: &&Value| !others.all(keyword).any(|other| same(value, other));
        some.all(keyword).filter(is_left).cloned().collect()
    };
    let (gone, come) = (without(old, new), without(new, old));
    match (gone.as_slice(), come.as_slice()) {
        ([], []) => {}
        ([], come) => {
            let message = format!("`{keyword}` must be {} now", list(come, "and"));
            found.push(Finding::new(Effect::Narrower, added, message));
        }
        (gone, []) => {
            let message = format!("`{keyword}` need no longer be {}", list(gone, "and"));
            found.push(Finding::new(Effect::Wider, removed, message));
        }
        (gone, come) => {
            let effect = match (gone, come) {
                ([gone], [come]) => effect(gone, come),
                _ => Effect::Breaking,
            };
            let message = format!("`{keyword}` was {} and is {}", list(gone, "and"), list(come, "and"));
            found.push(Finding::new(effect, changed, message));
        }
    }
}

fn is_multiple(number: &Value, of: &Value) -> bool {
    match (Numeric::of(number), Numeric::of(of)) {
        (Some(Numeric::Integer(number)), Some(Numeric::Integer(of))) => number.checked_rem(of) == Some(0),
        (Some(number), Some(of)) => {
            let ratio = number.as_f64() / of.as_f64();
            ratio >= 1.0 && (ratio - ratio.round()).abs() < 1e-9 * ratio
        }
        _ => false,
    }
}

/// Keywords of which only equality is known.
const OPAQUE: [&str; 15] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "patternProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedItems",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
];

/// Everything that is only equal or not.
pub(super) fn opaque(
    (left, old): (&Side<'_>, &Flat<'_>),
    (right, new): (&Side<'_>, &Flat<'_>),
    found: &mut Vec<Finding>,
) {
    for keyword in OPAQUE {
        let prints = |side: &Side<'_>, flat: &Flat<'_>| {
            let mut prints: Vec<u64> = flat.all(keyword).map(|value| side.print_of(keyword, value)).collect();
            prints.sort_unstable();
            prints.dedup();
            prints
        };
        let (before, after) = (prints(left, old), prints(right, new));
        if before == after {
            continue;
        }
        found.push(if before.is_empty() {
            Finding::new(Effect::Narrower, "condition-added", format!("there is a condition `{keyword}` now"))
        } else if after.is_empty() {
            Finding::new(Effect::Wider, "condition-removed", format!("the condition `{keyword}` is gone"))
        } else {
            incomparable(keyword)
        });
    }
}

/// What is said of parts that differ in a way that is not understood.
pub(super) fn incomparable(keyword: &str) -> Finding {
    let message = format!("`{keyword}` is different and cannot be compared, so it counts as breaking");
    Finding::new(Effect::Breaking, "not-comparable", message)
}

/// The property that tells alternatives apart, and its values.
pub(super) fn discriminator(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    let (Some(before), Some(after)) = (old.all("discriminator").next(), new.all("discriminator").next())
    else {
        return;
    };
    let property = |discriminator: &Value| discriminator.get("propertyName").cloned().unwrap_or_default();
    let keys = |discriminator: &Value| -> Vec<Value> {
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        mapping.into_iter().flat_map(|mapping| mapping.keys()).map(|key| key.as_str().into()).collect()
    };
    let (one, two) = (property(before), property(after));
    if one != two {
        let message = format!("the alternatives were told apart by {one} and are by {two}");
        found.push(Finding::new(Effect::Breaking, "discriminator-changed", message));
    }
    for (some, others, effect, code, verb) in [
        (before, after, Effect::Narrower, "discriminator-value-removed", "is gone"),
        (after, before, Effect::Wider, "discriminator-value-added", "is new"),
    ] {
        let others = keys(others);
        for key in keys(some).iter().filter(|key| !others.contains(key)) {
            let message = format!("the value {key} of the discriminator {verb}");
            found.push(Finding::new(effect, code, message));
        }
    }
}
