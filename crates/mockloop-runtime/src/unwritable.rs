//! Values that a style has no way to say, or that would be read as others.

use serde_json::Value;

use crate::descriptor::{Location, ParameterDescriptor, Style};
use crate::encode::plain;

/// Why a value can't be written where a parameter is.
pub(crate) fn reason(parameter: &ParameterDescriptor, value: &Value) -> Option<&'static str> {
    let is_path = parameter.location == Location::Path;
    if value.is_null() {
        return (is_path || parameter.required).then_some("it is null, and required");
    }
    if parameter.media_type.is_some() {
        return None;
    }
    match value {
        Value::Array(items) if items.is_empty() => is_path.then_some("the list is empty"),
        Value::Array(items) => in_list(parameter, &items.iter().map(plain).collect::<Vec<_>>()),
        Value::Object(members) if members.is_empty() => is_path.then_some("the object is empty"),
        Value::Object(_) if parameter.style == Style::DeepObject => in_brackets(value),
        Value::Object(members) => {
            let has_equals = |name: &String| parameter.explode && name.contains('=');
            if parameter.location == Location::Header && members.keys().any(has_equals) {
                return Some("the name of a member has an equals sign, and nothing in a header is encoded");
            }
            let texts = members.iter().flat_map(|(name, member)| [name.clone(), plain(member)]);
            delimited(parameter, &texts.collect::<Vec<_>>())
        }
        _ => None,
    }
}

fn in_list(parameter: &ParameterDescriptor, texts: &[String]) -> Option<&'static str> {
    let is_apart = match parameter.location {
        Location::Query => parameter.explode,
        Location::Path => parameter.explode && parameter.style == Style::Matrix,
        Location::Header | Location::Cookie => false,
    };
    match texts {
        _ if is_apart => None,
        [text] if text.is_empty() => Some("a list of one empty text reads as an empty list"),
        // A reader that decodes first, as many do, has nothing to tell it by.
        [text] if text.contains(',') && separator(parameter).is_none() => {
            Some("a list of one text with a comma reads as a list of two")
        }
        _ => delimited(parameter, texts),
    }
}

/// What parts the members, where encoding does not tell it from the same character inside of one.
fn separator(parameter: &ParameterDescriptor) -> Option<char> {
    match parameter.style {
        _ if parameter.location == Location::Header => Some(','),
        Style::SpaceDelimited => Some(' '),
        Style::PipeDelimited => Some('|'),
        Style::TabDelimited => Some('\t'),
        _ => None,
    }
}

fn delimited(parameter: &ParameterDescriptor, texts: &[String]) -> Option<&'static str> {
    let separator = separator(parameter)?;
    if texts.iter().any(|text| text.contains(separator)) {
        return Some("a member has the character that parts the members");
    }
    let is_trimmed = |text: &String| text.trim_matches([' ', '\t']) == text;
    let is_lost = parameter.location == Location::Header && !texts.iter().all(is_trimmed);
    is_lost.then_some("a member begins or ends with a space, which is lost in a header")
}

fn in_brackets(value: &Value) -> Option<&'static str> {
    let members = value.as_object()?;
    if members.keys().any(|name| name.is_empty() || name.contains(['[', ']'])) {
        return Some("the name of a member is empty or has brackets, which mean members themselves");
    }
    members.values().find_map(in_brackets)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_is_left_out_only_where_it_may_be() {
        let parameter = |location, required| ParameterDescriptor {
            name: "id",
            location,
            required,
            types: &[],
            style: Style::Form,
            explode: true,
            media_type: None,
        };
        let null = json!(f64::NAN);
        assert_eq!(reason(&parameter(Location::Query, false), &null), None);
        assert!(reason(&parameter(Location::Query, true), &null).is_some());
        assert!(reason(&parameter(Location::Path, false), &null).is_some());
    }
}
