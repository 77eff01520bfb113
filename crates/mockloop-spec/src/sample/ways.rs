//! The order in which values and ways to build them are tried.

use serde_json::Value;

/// How many ways are tried for one schema.
const WAYS: usize = 40;

/// How many values a value is made of.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `values`, started at the one for `variant`.
pub(super) fn rotated<'v>(values: &[&'v Value], variant: usize) -> impl Iterator<Item = &'v Value> {
    let start = variant.checked_rem(values.len()).unwrap_or(0);
    let (before, after) = values.split_at(start);
    after.iter().chain(before).copied().collect::<Vec<_>>().into_iter()
}

/// The ways through `choices`: the preferred one, those that differ from it in one choice, then all.
pub(super) fn ways(choices: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let preferred = vec![0; choices.len()];
    let singles = choices.iter().enumerate().flat_map({
        let preferred = preferred.clone();
        move |(index, options)| {
            let preferred = preferred.clone();
            (1..*options).map(move |option| {
                let mut picks = preferred.clone();
                if let Some(pick) = picks.get_mut(index) {
                    *pick = option;
                }
                picks
            })
        }
    });
    let mut counter = preferred.clone();
    let all = std::iter::from_fn(move || {
        for (pick, options) in counter.iter_mut().zip(choices) {
            *pick += 1;
            if *pick < *options {
                return Some(counter.clone());
            }
            *pick = 0;
        }
        None
    });
    let several = choices.iter().filter(|options| **options > 1).count() > 1;
    let all = all.filter(|picks| picks.iter().filter(|pick| **pick > 0).count() > 1).take(if several {
        WAYS
    } else {
        0
    });
    std::iter::once(preferred).chain(singles.take(WAYS)).chain(all)
}
