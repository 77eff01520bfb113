//! What endpoints write is what the mock reads, or nothing is sent.
#![cfg(all(feature = "client", feature = "project"))]

mod echo;

use echo::{Done, Given, accepts, members, survives};
use mockloop_runtime::{Endpoint as _, Multipart};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

mockloop_runtime::mockloop! {
    /// Every style in every place.
    mod styles = "tests/specs/styles.yaml";
}

/// An endpoint with one of its parameters set.
macro_rules! with {
    ($endpoint:expr, $given:expr, { $($kind:ident => $field:ident),* }) => {{
        let mut endpoint = $endpoint;
        match $given {
            $(Given::$kind(value) => endpoint.$field = value.into(),)*
            #[allow(unreachable_patterns, reason = "some endpoints have them all")]
            other => panic!("there is no parameter for {other:?}"),
        }
        endpoint
    }};
    ($endpoint:expr, $given:expr) => {
        with!($endpoint, $given, {
            String => string, Integer => integer, Number => number, Boolean => boolean, List => list, Object => object
        })
    };
}

macro_rules! path {
    ($endpoint:ident) => {
        |given| with!(styles::$endpoint::new("s", 1, 1.5, true, vec!["l", "m"], json!({"k": "v"})), given)
    };
}

/// A list that a reader could not tell from another: one empty text, or one text with a comma.
fn is_unclear(list: &[String]) -> bool {
    matches!(list, [text] if text.is_empty() || text.contains(','))
}

fn all_dots(text: &str, up_to: usize) -> bool {
    text.len() <= up_to && text.chars().all(|c| c == '.')
}

#[test]
fn simple_paths() -> Done {
    let cannot = |given: &Given| match given {
        Given::String(text) => all_dots(text, 2),
        Given::List(list) => list.is_empty() || is_unclear(list) || list.len() == 1 && all_dots(&list[0], 2),
        Given::Object(object) => members(object).is_empty(),
        _ => false,
    };
    survives("path", echo::given(0), cannot, path!(SimplePath))?;
    survives("path", echo::given(0), cannot, path!(SimpleExplodedPath))
}

#[test]
fn label_paths() -> Done {
    let cannot = |given: &Given| match given {
        Given::String(text) => all_dots(text, 1),
        Given::List(list) => list.is_empty() || is_unclear(list) || list.len() == 1 && all_dots(&list[0], 1),
        Given::Object(object) => members(object).is_empty(),
        _ => false,
    };
    survives("path", echo::given(0), cannot, path!(LabelPath))?;
    let up_a_folder = |given: &Given| matches!(given, Given::List(list) if list.join(".") == "." );
    survives("path", echo::given(0), |given| cannot(given) || up_a_folder(given), path!(LabelExplodedPath))
}

#[test]
fn matrix_paths() -> Done {
    let is_empty = |given: &Given| match given {
        Given::List(list) => list.is_empty(),
        Given::Object(object) => members(object).is_empty(),
        _ => false,
    };
    let unclear = |given: &Given| matches!(given, Given::List(list) if is_unclear(list));
    survives("path", echo::given(0), |given| is_empty(given) || unclear(given), path!(MatrixPath))?;
    survives("path", echo::given(0), is_empty, path!(MatrixExplodedPath))
}

// What is empty is not there in a query, as RFC 6570, section 2.3, has it: hence one member at least.

#[test]
fn form_queries() -> Done {
    let unclear = |given: &Given| matches!(given, Given::List(list) if is_unclear(list));
    survives("query", echo::given(1), unclear, |given| with!(styles::FormQuery::new(), given))?;
    survives("query", echo::given(1), |_| false, |given| with!(styles::FormExplodedQuery::new(), given))
}

fn has(given: &Given, delimiter: char) -> bool {
    match given {
        Given::List(list) => list.iter().any(|text| text.contains(delimiter)) || list == &[""],
        Given::Object(object) => {
            members(object).iter().any(|(name, text)| name.contains(delimiter) || text.contains(delimiter))
        }
        _ => false,
    }
}

#[test]
fn space_delimited_queries() -> Done {
    let endpoint =
        |given| with!(styles::SpaceDelimitedQuery::new(), given, { List => list, Object => object });
    survives("query", echo::composed(1), |given| has(given, ' '), endpoint)
}

#[test]
fn pipe_delimited_queries() -> Done {
    let endpoint =
        |given| with!(styles::PipeDelimitedQuery::new(), given, { List => list, Object => object });
    survives("query", echo::composed(1), |given| has(given, '|'), endpoint)
}

#[test]
fn deep_objects() -> Done {
    let cannot = |given: &Given| match given {
        Given::Object(object) => {
            members(object).iter().any(|(name, _)| name.is_empty() || name.contains(['[', ']']))
        }
        _ => false,
    };
    let endpoint = |given| with!(styles::DeepObjectQuery::new(), given, { Object => object });
    survives("query", echo::object(1), cannot, endpoint)
}

/// Whether a text can't be the whole of a header, or a member in one.
fn cannot_be_in_header(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_control() && c != '\t') || text.trim_matches([' ', '\t']) != text
}

#[test]
fn headers() -> Done {
    let cannot_be_member = |text: &str| cannot_be_in_header(text) || text.contains(',');
    let cannot = |given: &Given| match given {
        Given::String(text) => cannot_be_in_header(text),
        Given::List(list) => list.iter().any(|text| cannot_be_member(text)) || list == &[""],
        Given::Object(object) => {
            members(object).iter().any(|(name, text)| cannot_be_member(name) || cannot_be_member(text))
        }
        _ => false,
    };
    survives("header", echo::given(0), cannot, |given| with!(styles::SimpleHeader::new(), given))?;
    let has_equals = |given: &Given| matches!(given, Given::Object(object) if members(object).iter().any(|(name, _)| name.contains('=')));
    let exploded = |given| with!(styles::SimpleExplodedHeader::new(), given);
    survives("header", echo::given(0), |given| cannot(given) || has_equals(given), exploded)
}

#[test]
fn cookies() -> Done {
    let cannot = |given: &Given| matches!(given, Given::List(list) if is_unclear(list));
    survives("cookie", echo::given(0), cannot, |given| with!(styles::FormCookie::new(), given))?;
    survives("cookie", echo::given(0), cannot, |given| with!(styles::FormExplodedCookie::new(), given))
}

#[test]
fn json_parameters() -> Done {
    let is =
        |place: &'static str| move |value: &Value, heard: &Value| heard[place] == json!({ "json": value });
    accepts(echo::json(), styles::PathContent::new, is("path"))?;
    accepts(echo::json(), styles::QueryContent::new, is("query"))?;
    accepts(echo::json(), styles::CookieContent::new, is("cookie"))?;
    // JSON may leave this control character as it is, and a header may not have it.
    let writable = echo::json().prop_filter("DEL", |value| !value.to_string().contains('\u{7f}'));
    accepts(writable, styles::HeaderContent::new, is("header"))
}

#[test]
fn values_that_share_a_segment() -> Done {
    let both = (
        echo::text().prop_filter("empty", |x| !x.is_empty()),
        echo::text().prop_filter("empty", |y| !y.is_empty()),
    );
    accepts(
        both,
        |(x, y)| styles::Parted::new(x, y),
        |(x, y), heard| heard["operation"] == "parted" && heard["path"] == json!({ "x": x, "y": y }),
    )
}

#[test]
fn a_value_before_a_verb() -> Done {
    let id = || {
        prop_oneof![echo::text(), Just("7:activate".to_owned())]
            .prop_filter("leads elsewhere", |id| !all_dots(id, 2))
    };
    accepts(id(), styles::Activate::new, |id, heard| {
        heard["operation"] == "activate" && heard["path"] == json!({ "id": id })
    })?;
    accepts(id(), styles::User::new, |id, heard| {
        heard["operation"] == "user" && heard["path"] == json!({ "id": id })
    })
}

#[test]
fn an_empty_value_shares_no_segment() {
    assert!(styles::Parted::new("", "y").request().is_err());
    assert!(styles::Parted::new("x", "").request().is_err());
    assert!(styles::Activate::new("").request().is_err());
}

#[test]
fn a_query_that_the_path_fixes() -> Done {
    let endpoint = |text: String| styles::Fixed::new().string(text);
    accepts(echo::text(), endpoint, |text, heard| heard["query"] == json!({ "string": text }))
}

#[test]
fn json_bodies() -> Done {
    // No body at all is null where none is required; here one is.
    accepts(echo::json(), styles::JsonBody::new, |value, heard| heard["body"] == *value)
}

#[test]
fn forms() -> Done {
    // In the name of a field that is not described, brackets mean members. An array without items is not there,
    // and one text that is an array in JSON means that array.
    let name = echo::text().prop_filter("brackets", |name| !name.contains('['));
    let list = vec(echo::text().prop_filter("JSON", |text| !text.starts_with('[')), 1..4);
    let form = (
        echo::text(),
        any::<i64>(),
        echo::number(),
        any::<bool>(),
        list,
        btree_map(name, echo::text(), 0..3),
    );
    let form = form.prop_map(|(string, integer, number, boolean, list, more)| {
        let mut form = json!(more);
        let described = json!({
            "string": string, "integer": integer, "number": number, "boolean": boolean, "list[]": list,
            "object": more,
        });
        for (name, value) in described.as_object().into_iter().flatten() {
            form[name] = value.clone();
        }
        form
    });
    accepts(form, styles::FormBody::new, |form, heard| heard["body"] == *form)
}

#[test]
fn parts() -> Done {
    // Browsers write quotes and line breaks in names as `%22`, which reads as itself; what a backslash means is
    // told differently by every standard. Brackets mean members.
    let name = || echo::text().prop_filter("quotes", |name| !name.contains(['"', '\r', '\n', '\\', '[']));
    let part = (name(), name(), echo::text(), vec(any::<u8>(), 0..40));
    accepts(
        part,
        |(field, file, text, bytes)| {
            let body = Multipart::new().text(&format!("t{field}"), text);
            styles::MultipartBody::new(body.file(&format!("f{field}"), &file, "application/x-any", bytes))
        },
        |(field, file, text, bytes), heard| {
            heard["body"][format!("t{field}")] == *text
                && heard["files"] == json!({ format!("f{field}"): [[file, "application/x-any", bytes]] })
        },
    )
}

#[test]
fn no_parts() -> Done {
    let endpoint = |()| styles::MultipartBody::new(Multipart::new());
    accepts(Just(()), endpoint, |(), heard| heard["body"] == json!({}) && heard["files"] == json!({}))
}

#[test]
fn text_bodies() -> Done {
    accepts(echo::text(), styles::TextBody::new, |text, heard| heard["body"] == *text)
}

#[test]
fn bytes() -> Done {
    accepts(vec(any::<u8>(), 0..60), styles::BytesBody::new, |bytes, heard| heard["body"] == json!(bytes))
}
