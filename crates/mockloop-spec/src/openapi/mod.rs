//! Swagger 2.0 and OpenAPI 3.x, part by part. Where the formats differ, the part says so.

mod body;
mod examples;
mod fields;
mod operation;
mod parameters;
mod paths;
mod responses;
mod security;
mod servers;

pub(crate) use paths::derived_id;

use crate::model::{Api, FORMAT, SourceInfo, Tag};
use crate::node::Node;
use crate::reader::{Dialect, Reader, text_of};
use crate::suggest;

/// The API of a description, its schemas named but not lowered yet. None where the document is no
/// description at all.
pub(crate) fn lower<'d>(reader: &Reader<'d>, root: &Node<'_, 'd>) -> Option<Api> {
    let format = format(reader, root)?;
    reader.known_fields(
        root,
        match reader.dialect {
            Dialect::Swagger2 => fields::ROOT_2,
            _ => fields::ROOT_3,
        },
    );
    reader.name_schemas(root);
    let info = root.get("info");
    if info.is_none() {
        let hint = Some("add `info: { title: …, version: … }`".to_owned());
        reader.report.error(root, "missing-info", "the description has no `info`".to_owned(), hint);
    }
    let text = |key: &str| info.as_ref().and_then(|info| info.get(key)).map(|node| text_of(node.value));
    let servers = servers::servers(reader, root);
    let mut api = Api {
        mockloop: FORMAT,
        title: text("title").unwrap_or_else(|| "Untitled API".to_owned()),
        version: text("version").unwrap_or_else(|| "0".to_owned()),
        description: text("description"),
        source: SourceInfo { format, ..SourceInfo::default() },
        base_paths: servers::base_paths(&servers),
        servers,
        tags: tags(reader, root),
        security_schemes: security::schemes(reader, root),
        ..Api::default()
    };
    paths::paths(reader, root, &mut api);
    for operation in &api.operations {
        for name in &operation.tags {
            if !api.tags.iter().any(|tag| tag.name == *name) {
                api.tags.push(Tag { name: name.clone(), description: None });
            }
        }
    }
    Some(api)
}

/// `openapi-3.0.3` or `swagger-2.0`; reports what is neither.
fn format(reader: &Reader<'_>, root: &Node<'_, '_>) -> Option<String> {
    let report = &reader.report;
    if let Some(version) = root.get("openapi") {
        let text = text_of(version.value);
        if !text.starts_with("3.") && text != "3" {
            let hint = Some("3.0.x and 3.1.x are read, and Swagger 2.0 as `swagger: \"2.0\"`".to_owned());
            report.error(&version, "unsupported-version", format!("OpenAPI `{text}` is not supported"), hint);
            return None;
        }
        return Some(format!("openapi-{text}"));
    }
    if let Some(version) = root.get("swagger") {
        let text = text_of(version.value);
        if text != "2.0" && text != "2" {
            let hint = Some("convert it to Swagger 2.0 or OpenAPI 3".to_owned());
            report.error(&version, "unsupported-version", format!("Swagger `{text}` is not supported"), hint);
            return None;
        }
        return Some("swagger-2.0".to_owned());
    }
    let hint = if root.get("swaggerVersion").is_some() {
        "Swagger 1.x is not supported; convert it to OpenAPI 3".to_owned()
    } else if let Some(near) =
        root.entries().find_map(|(key, _)| suggest::nearest(key, ["openapi", "swagger"]))
    {
        format!("did you mean `{near}`?")
    } else {
        "a description begins with `openapi: 3.1.0` or `swagger: \"2.0\"`".to_owned()
    };
    let message = match root.kind() {
        "an object" => {
            "this is no OpenAPI or Swagger description: it has neither `openapi` nor `swagger`".to_owned()
        }
        kind => format!("this is no OpenAPI or Swagger description: it is {kind}"),
    };
    report.error(root, "not-a-description", message, Some(hint));
    None
}

fn tags<'d>(reader: &Reader<'d>, root: &Node<'_, 'd>) -> Vec<Tag> {
    let Some(list) = root.get("tags") else { return Vec::new() };
    let mut tags: Vec<Tag> = Vec::new();
    for node in list.items() {
        let Some(name) = reader.text(&node, "name") else {
            reader.report.warning(&node, "missing-field", "this tag has no `name`".to_owned(), None);
            continue;
        };
        if tags.iter().any(|tag| tag.name == name) {
            reader.report.warning(
                &node,
                "duplicate-tag",
                format!("the tag `{name}` is declared twice"),
                None,
            );
        } else {
            tags.push(Tag { name, description: reader.text(&node, "description") });
        }
    }
    tags
}
