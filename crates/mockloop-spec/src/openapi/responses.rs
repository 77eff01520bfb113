//! Responses, and which of them is the answer where nothing asks for another.

use crate::model::{Header, Link, MediaType, Response};
use crate::node::Node;
use crate::reader::{Reader, text_of};
use crate::report::Place;

use super::{body, examples, fields};

/// The responses of an operation; at least one.
pub(super) fn responses<'d>(
    reader: &Reader<'d>,
    operation: &Node<'_, 'd>,
    produces: &[String],
) -> Vec<Response> {
    let mut responses: Vec<Response> = Vec::new();
    let list = reader.object(operation, "responses");
    for (key, written) in list.iter().flat_map(Node::entries) {
        let status = key.to_ascii_uppercase();
        let Some(code) = code(&status) else {
            let hint = "a response is named by a status, such as `200`, a range, such as `4XX`, or `default`";
            let message = format!("`{key}` is no status of a response");
            reader.report.error(&written, "invalid-status", message, Some(hint.to_owned()));
            continue;
        };
        let status = if status == "DEFAULT" { "default".to_owned() } else { status };
        let mut response = Response { status, code, ..Response::default() };
        if let Some(node) = reader.resolve(written) {
            fill(reader, &node, produces, &mut response);
        }
        responses.push(response);
    }
    if responses.is_empty() {
        let hint = Some("add `responses: { \"200\": { description: … } }`".to_owned());
        reader.report.warning(
            operation,
            "missing-responses",
            "this operation has no `responses`".to_owned(),
            hint,
        );
        let status = "200".to_owned();
        responses.push(Response { status, code: 200, ..Response::default() });
    }
    // What `default` stands for depends on what is beside it.
    let has_success = responses.iter().any(|response| response.status.starts_with('2'));
    if let Some(default) = responses.iter_mut().find(|response| response.status == "default") {
        default.code = if has_success { 500 } else { 200 };
    }
    responses
}

/// The status to send: the number itself, or the first of a range. None for what is no status.
fn code(status: &str) -> Option<u16> {
    match status.as_bytes() {
        b"DEFAULT" => Some(200),
        [digit @ b'1'..=b'5', b'X', b'X'] => Some(u16::from(digit - b'0') * 100),
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => status.parse().ok(),
        _ => None,
    }
}

/// Index of the answer: the lowest success, else `default`, else a redirect, else the first.
pub(super) fn answer(responses: &[Response]) -> usize {
    let rank = |response: &Response| match (response.status.as_str(), response.code) {
        ("default", _) => 1000,
        (_, code @ 200..=299) => code,
        (_, code @ 300..=399) => 1000 + code,
        (_, code @ 101..=199) => 2000 + code,
        (_, 100) => 9000,
        (_, code) => 3000 + code,
    };
    // `min_by_key` takes the first of equals.
    responses.iter().enumerate().min_by_key(|(_, response)| rank(response)).map_or(0, |(index, _)| index)
}

fn fill<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>, produces: &[String], response: &mut Response) {
    reader.known_fields(node, fields::RESPONSE);
    response.description = reader.text(node, "description");
    if node.get("description").is_none() && node.get("summary").is_none() {
        let hint = Some("say what it means: `description: …`".to_owned());
        let message = "this response has no `description`".to_owned();
        reader.report.warning(node, "missing-description", message, hint);
    }
    response.headers = headers(reader, node);
    if body::is_swagger(reader) {
        response.content = swagger_content(reader, node, produces);
        if response.content.is_empty() {
            response.empty_type = produces.iter().find(|name| !name.contains('*')).cloned();
        }
    } else {
        response.content = body::content(reader, node);
        response.links = links(reader, node);
    }
}

/// A body in each of `produces`, where there is a schema or an example.
fn swagger_content<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>, produces: &[String]) -> Vec<MediaType> {
    let schema = node.get("schema").map(|schema| reader.schema(&schema));
    let with_examples = node.get("examples");
    let mut names: Vec<String> = if schema.is_some() { produces.to_vec() } else { Vec::new() };
    for (name, _) in with_examples.iter().flat_map(Node::entries) {
        if !names.iter().any(|known| known == name) && name.contains('/') && schema.is_none() {
            names.push(name.to_owned());
        }
    }
    names
        .into_iter()
        .map(|media_type| {
            let list = examples::by_media_type(node, &media_type);
            let examples = crate::model::Examples { place: Place::from(node), list };
            MediaType { media_type, schema: schema.clone(), examples, ..MediaType::default() }
        })
        .collect()
}

fn headers<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for (name, written) in reader.object(node, "headers").iter().flat_map(Node::members) {
        // `Content-Type` is ignored, as the format says (OpenAPI 3.1.1, section 4.8.17).
        if name.eq_ignore_ascii_case("content-type") {
            continue;
        }
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte))
        {
            let message = format!("`{name}` can't be the name of a header");
            reader.report.error(&written, "invalid-header", message, None);
            continue;
        }
        let Some(header) = reader.resolve(written) else { continue };
        let schema = if body::is_swagger(reader) {
            Some(reader.inline_schema(&header))
        } else {
            let content = header.get("content");
            let media =
                content.as_ref().and_then(|content| content.entries().next()).map(|(_, media)| media.value);
            let inner =
                media.and_then(|media| media.get("schema")).map(|schema| header.child("content", schema));
            header.get("schema").or(inner).map(|schema| reader.schema(&schema))
        };
        headers.push(Header {
            name: name.to_owned(),
            required: reader.flag(&header, "required").unwrap_or(false),
            schema,
            value: String::new(),
            examples: examples::examples(reader, &header),
        });
    }
    headers
}

fn links<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Vec<Link> {
    let links = reader.object(node, "links");
    let resolved =
        links.iter().flat_map(Node::entries).filter_map(|(name, link)| Some((name, reader.resolve(link)?)));
    resolved
        .map(|(name, link)| Link {
            name: name.to_owned(),
            operation: reader
                .text(&link, "operationId")
                .or_else(|| link.get("operationRef").map(|r| text_of(r.value))),
            parameters: link.value.get("parameters").and_then(|p| p.as_object()).cloned().unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_lowest_success() {
        for (statuses, expected) in [
            (&["404", "201", "200"][..], "200"),
            (&["default", "404"], "default"),
            (&["2XX", "default"], "2XX"),
            (&["302", "404"], "302"),
            (&["500", "404"], "404"),
            (&["101"], "101"),
        ] {
            let list: Vec<Response> = statuses
                .iter()
                .map(|status| Response {
                    status: (*status).to_owned(),
                    code: code(&status.to_ascii_uppercase()).unwrap(),
                    ..Response::default()
                })
                .collect();
            assert_eq!(list[answer(&list)].status, expected, "{statuses:?}");
        }
    }
}
