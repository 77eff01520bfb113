//! Single keywords: what their arguments mean, and how values read in messages.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::Value;

use super::numeric::{Numeric, same};

/// Whether `instance` is of a type that the argument of `type` names.
pub(super) fn has_type(argument: &Value, instance: &Value) -> bool {
    match argument {
        Value::String(name) => is_type(name, instance),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| is_type(name, instance)),
        _ => true,
    }
}

fn is_type(name: &str, instance: &Value) -> bool {
    match name {
        "string" => instance.is_string(),
        "number" => instance.is_number(),
        "integer" => Numeric::of(instance).is_some_and(Numeric::is_integer),
        "boolean" => instance.is_boolean(),
        "array" => instance.is_array(),
        "object" => instance.is_object(),
        "null" => instance.is_null(),
        _ => false,
    }
}

/// The argument of a keyword such as `minItems`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked, and `as` saturates")]
pub(super) fn limit(argument: &Value) -> Option<usize> {
    let number = argument.as_number()?;
    match number.as_u64() {
        Some(limit) => Some(usize::try_from(limit).unwrap_or(usize::MAX)),
        None => number.as_f64().filter(|limit| *limit >= 0.0).map(|limit| limit as usize),
    }
}

pub(super) fn compares(instance: &Value, argument: &Value, holds: fn(Ordering) -> bool) -> bool {
    match (Numeric::of(instance), Numeric::of(argument)) {
        (Some(instance), Some(argument)) => holds(instance.compare(argument)),
        _ => true,
    }
}

/// The first two items that are equal.
pub(super) fn twins(items: &[Value]) -> Option<(usize, usize)> {
    let pairs = items.iter().enumerate();
    pairs.clone().find_map(|(two, item)| {
        let one = items.iter().take(two).position(|earlier| same(earlier, item))?;
        Some((one, two))
    })
}

/// A value as it stands in a message: JSON, cut where it is long.
pub(crate) fn show(value: &Value) -> String {
    const LONGEST: usize = 60;
    let mut text = String::new();
    let _ = match value {
        Value::Array(items) if items.len() > 20 => write!(text, "an array of {} items", items.len()),
        Value::Object(members) if members.len() > 20 => {
            write!(text, "an object of {} properties", members.len())
        }
        _ => write!(text, "{value}"),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

pub(super) fn types(argument: &Value) -> String {
    match argument {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => argument.as_str().unwrap_or_default().to_owned(),
    }
}
