//! How much of a result a model gets at once.

use serde_json::Value;

/// Characters of JSON for a token, at the least.
const PER_TOKEN: usize = 3;

/// How many members an object keeps for each item that a list keeps: what they mean is in their names.
const MEMBERS: usize = 8;

/// The most characters of one result's structured content: less than 25,000 tokens, with room for the text.
pub(crate) const RESULT: usize = 22_000 * PER_TOKEN;

/// Shortens long lists and texts, evenly and no more than needed, until a value has so many characters of JSON;
/// whether anything was left out.
///
/// A list or an object keeps its first members, a text its beginning, which then ends in `…`.
pub(crate) fn fit(value: &mut Value, characters: usize) -> bool {
    let mut was_cut = false;
    for (items, length) in
        [(200, 8000), (100, 4000), (50, 2000), (20, 1000), (10, 500), (5, 200), (3, 100), (1, 40)]
    {
        if size(value) <= characters {
            break;
        }
        was_cut |= cut(value, items, length);
    }
    was_cut
}

/// As many of the first items as there is room for, each shortened where it would use up the room of all others.
///
/// The first is always among them, so that whoever asks for what follows gets further.
pub(crate) fn first(items: impl IntoIterator<Item = Value>, room: usize) -> Vec<Value> {
    let (mut given, mut used) = (Vec::new(), 0);
    for mut item in items {
        fit(&mut item, RESULT / 8);
        used += size(&item) + 1;
        if used > room && !given.is_empty() {
            break;
        }
        given.push(item);
    }
    given
}

/// Characters of a value as JSON.
pub(crate) fn size(value: &Value) -> usize {
    serde_json::to_string(value).map_or(0, |text| text.len())
}

/// The beginning of a text, with a mark where more follows.
pub(crate) fn beginning(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn cut(value: &mut Value, items: usize, length: usize) -> bool {
    match value {
        Value::Array(list) => {
            let was_long = list.len() > items;
            list.truncate(items);
            list.iter_mut().map(|item| cut(item, items, length)).fold(was_long, |any, was_cut| any | was_cut)
        }
        Value::Object(members) => {
            let kept = items * MEMBERS;
            let was_long = members.len() > kept;
            if was_long {
                *members = std::mem::take(members).into_iter().take(kept).collect();
            }
            members
                .values_mut()
                .map(|member| cut(member, items, length))
                .fold(was_long, |any, was_cut| any | was_cut)
        }
        Value::String(text) if text.len() > length => {
            let short = beginning(text, length);
            let was_cut = short != *text;
            *text = short;
            was_cut
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_stays_whole() {
        let mut value = json!({"a": [1, 2, 3], "b": "text"});
        assert!(!fit(&mut value, 1000));
        assert_eq!(value, json!({"a": [1, 2, 3], "b": "text"}));
    }

    #[test]
    fn what_does_not_fit_is_shortened_at_any_depth() {
        let mut value = json!({"a": vec!["ä".repeat(500); 300], "b": {"c": "d".repeat(100_000)}});
        assert!(fit(&mut value, 10_000));
        assert!(size(&value) <= 10_000, "{}", size(&value));
        assert!(value["a"][0].as_str().is_some_and(|text| text.ends_with('…')), "{value}");
        let members: serde_json::Map<String, Value> =
            (0..5000).map(|n| (format!("k{n}"), json!(n))).collect();
        let mut value = json!({ "query_params": members });
        assert!(fit(&mut value, 1000));
        assert!(size(&value) <= 1000, "{}", size(&value));
    }
}
