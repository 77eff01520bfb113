//! Parameters of operations.

use crate::model::{Location, Parameter, Style};
use crate::node::Node;
use crate::reader::{Dialect, Reader, text_of};
use crate::suggest;

use super::{examples, fields};

/// A parameter as it stands: Swagger 2.0 has two kinds that are part of the body.
pub(super) enum Declared<'n, 'd> {
    Parameter(Box<Parameter>),
    Body(Node<'n, 'd>),
    Form(Node<'n, 'd>),
}

/// Names and places of the parameters that were declared, to find those declared twice.
type Key = (String, String);

/// The parameters of a path item and its operation; the operation's own come in place of the
/// path item's with the same name and location.
pub(super) fn declared<'n, 'd>(
    reader: &Reader<'d>,
    item: &'n Node<'_, 'd>,
    operation: &'n Node<'_, 'd>,
    visit: &mut dyn FnMut(Declared<'_, 'd>),
) {
    let own = keys(reader, operation);
    for (holder, shadowed) in [(item, Some(&own)), (operation, None)] {
        let mut seen: Vec<Key> = Vec::new();
        let Some(list) = holder.get("parameters") else { continue };
        if !list.value.is_array() && !list.value.is_null() {
            let message = format!("`parameters` is a list, and this is {}", list.kind());
            reader.report.error(&list, "invalid-field", message, None);
        }
        for written in list.items() {
            let Some(node) = reader.resolve(written) else { continue };
            let Some(key) = key(reader, &node) else { continue };
            if shadowed.is_some_and(|own| own.contains(&key)) {
                continue;
            }
            if seen.contains(&key) {
                let message = format!("the {} parameter `{}` is declared twice", key.0, key.1);
                reader.report.error(
                    &written,
                    "duplicate-parameter",
                    message,
                    Some("remove one of the two".to_owned()),
                );
                continue;
            }
            match key.0.as_str() {
                "body" => visit(Declared::Body(node)),
                "formData" => visit(Declared::Form(node)),
                _ => {
                    if let Some(parameter) = one(reader, &node, &key) {
                        visit(Declared::Parameter(Box::new(parameter)));
                    }
                }
            }
            seen.push(key);
        }
    }
}

fn keys<'d>(reader: &Reader<'d>, operation: &Node<'_, 'd>) -> Vec<Key> {
    let text = |node: &Node<'_, 'd>, key: &str| {
        node.value.get(key).and_then(|value| value.as_str()).map(str::to_owned)
    };
    let list = operation.get("parameters");
    let nodes = list.iter().flat_map(Node::items).filter_map(|node| reader.resolve(node));
    nodes.filter_map(|node| Some((text(&node, "in")?, text(&node, "name")?))).collect()
}

fn key<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Option<Key> {
    if !node.value.is_object() {
        let message = format!("a parameter is an object, and this is {}", node.kind());
        reader.report.error(node, "invalid-field", message, None);
        return None;
    }
    let field = |key: &str| {
        let text = reader.text(node, key);
        if text.is_none() {
            reader.report.error(node, "missing-field", format!("this parameter has no `{key}`"), None);
        }
        text
    };
    let (name, place) = (field("name")?, field("in")?);
    let known: &[&str] = match reader.dialect {
        Dialect::Swagger2 => &["path", "query", "header", "body", "formData"],
        _ => &["path", "query", "header", "cookie"],
    };
    if !known.contains(&place.as_str()) {
        let near =
            suggest::nearest(&place, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let hint = match (place.as_str(), reader.dialect) {
            ("body" | "formData", Dialect::OpenApi30 | Dialect::OpenApi31) => {
                Some("OpenAPI 3 describes the body in `requestBody`".to_owned())
            }
            _ => near.or_else(|| Some(format!("a parameter is in {}", known.join(", ")))),
        };
        let message = format!("a parameter can't be in `{place}`");
        reader.report.error(node, "invalid-parameter-location", message, hint);
        return None;
    }
    Some((place, name))
}

fn one<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>, (place, name): &Key) -> Option<Parameter> {
    let location = match place.as_str() {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        _ => Location::Cookie,
    };
    // Ignored, as the format says: other fields describe them (OpenAPI 3.1.1, section 4.8.12.2).
    let ignored = ["accept", "content-type", "authorization"];
    if location == Location::Header && ignored.contains(&name.to_lowercase().as_str()) {
        return None;
    }
    let required = reader.flag(node, "required").unwrap_or(false);
    if location == Location::Path && !required {
        let message = format!("the path parameter `{name}` is not `required`");
        let hint = Some("a path parameter always is: add `required: true`".to_owned());
        reader.report.warning(node, "optional-path-parameter", message, hint);
    }
    let (style, explode) = match reader.dialect {
        Dialect::Swagger2 => collection_format(reader, node, location),
        _ => style(reader, node, location),
    };
    let mut parameter = Parameter {
        name: name.clone(),
        r#in: location,
        required: required || location == Location::Path,
        description: reader.text(node, "description"),
        deprecated: reader.flag(node, "deprecated").unwrap_or(false),
        style,
        explode,
        allow_empty_value: reader.flag(node, "allowEmptyValue").unwrap_or(false),
        media_type: None,
        schema: None,
        sample: None,
        examples: examples::examples(reader, node),
    };
    if reader.dialect == Dialect::Swagger2 {
        parameter.schema = Some(reader.inline_schema(node));
        return Some(parameter);
    }
    reader.known_fields(node, [fields::PARAMETER_3, &["$ref"]].concat().as_slice());
    if let Some(schema) = node.get("schema") {
        parameter.schema = Some(reader.schema(&schema));
    } else if let Some(content) = reader.object(node, "content") {
        if let Some((media_type, media)) = content.entries().next() {
            parameter.media_type = Some(media_type.to_owned());
            parameter.schema = media.get("schema").map(|schema| reader.schema(&schema));
            let more = examples::examples(reader, &media);
            parameter.examples.list.extend(more.list);
        }
    } else {
        let message = format!("the parameter `{name}` has neither `schema` nor `content`");
        let hint = Some("add `schema: { type: string }`, or what it is".to_owned());
        reader.report.warning(node, "missing-schema", message, hint);
    }
    Some(parameter)
}

/// `style` and `explode` with their defaults (OpenAPI 3.1.1, section 4.8.12.2.1).
fn style<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>, location: Location) -> (Style, bool) {
    // The first is the default.
    let (place, known): (&str, &[&str]) = match location {
        Location::Path => ("path", &["simple", "label", "matrix"]),
        Location::Query => ("query", &["form", "spaceDelimited", "pipeDelimited", "deepObject"]),
        Location::Header => ("header", &["simple"]),
        Location::Cookie => ("cookie", &["form", "cookie"]),
    };
    let default = if known.contains(&"form") { Style::Form } else { Style::Simple };
    let style = node.get("style").map_or(default, |written| {
        let text = text_of(written.value);
        parse_style(&text).filter(|_| known.contains(&text.as_str())).unwrap_or_else(|| {
            let hint =
                suggest::nearest(&text, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let hint = hint.or_else(|| Some(format!("the styles are {}", known.join(", "))));
            let message = format!("a {place} parameter can't have the style `{text}`");
            reader.report.error(&written, "invalid-style", message, hint);
            default
        })
    });
    let explode = reader.flag(node, "explode").unwrap_or(matches!(style, Style::Form | Style::DeepObject));
    (style, explode)
}

pub(super) fn parse_style(text: &str) -> Option<Style> {
    Some(match text {
        "simple" => Style::Simple,
        "label" => Style::Label,
        "matrix" => Style::Matrix,
        "form" | "cookie" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        _ => return None,
    })
}

/// Swagger 2.0's `collectionFormat`, of the parameter or, as people write it, of its items.
pub(super) fn collection_format<'d>(
    reader: &Reader<'d>,
    node: &Node<'_, 'd>,
    location: Location,
) -> (Style, bool) {
    let inline = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    match reader.text(node, "collectionFormat").as_deref() {
        None | Some("csv") => (inline, false),
        Some("multi") => (inline, true),
        Some("ssv") => (Style::SpaceDelimited, false),
        Some("tsv") => (Style::TabDelimited, false),
        Some("pipes") => (Style::PipeDelimited, false),
        Some(other) => {
            let known = ["csv", "ssv", "tsv", "pipes", "multi"];
            let hint = suggest::nearest(other, known).map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no collectionFormat `{other}`");
            reader.report.warning(node, "unknown-style", message, hint);
            (inline, false)
        }
    }
}
