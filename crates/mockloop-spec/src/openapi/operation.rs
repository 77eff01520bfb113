//! One operation.

use serde_json::json;

use crate::model::{Callback, Location, Operation, Parameter, SecurityRequirement, SecurityScheme, Style};
use crate::node::Node;
use crate::path::{self, Template};
use crate::reader::Reader;
use crate::report::Place;

use super::parameters::Declared;
use super::{body, fields, parameters, responses, security, servers};

/// What operations share.
pub(super) struct Shared<'s, 'n, 'd> {
    pub(super) root: &'s Node<'n, 'd>,
    pub(super) schemes: &'s [SecurityScheme],
    pub(super) security: &'s [SecurityRequirement],
}

/// The operation at `node`, under `method` of a path item. Its `id` is the one that the description
/// gives, or empty.
pub(super) fn lower<'d>(
    reader: &Reader<'d>,
    shared: &Shared<'_, '_, 'd>,
    path: &str,
    method: &str,
    item: &Node<'_, 'd>,
    node: &Node<'_, 'd>,
) -> Operation {
    reader.known_fields(node, fields::OPERATION);
    let template = path::parse(path);
    let mut operation = Operation {
        id: reader.text(node, "operationId").unwrap_or_default(),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        segments: template.segments.clone(),
        fixed_query: template.fixed_query.clone(),
        base_paths: own_base_paths(reader, item, node),
        tags: reader.texts(node, "tags").unwrap_or_default(),
        summary: reader.text(node, "summary").or_else(|| reader.text(item, "summary")),
        description: reader.text(node, "description"),
        deprecated: reader.flag(node, "deprecated").unwrap_or(false),
        security: security::requirements(reader, node, shared.schemes)
            .unwrap_or_else(|| shared.security.to_vec()),
        place: format!("{}#{}", node.document.relative, node.pointer()),
        ..Operation::default()
    };
    parameters_and_body(reader, shared, item, node, &mut operation);
    path_parameters(reader, node, &template, &mut operation);
    let produces = body::media_types(reader, "produces", node, shared.root);
    operation.responses = responses::responses(reader, node, &produces);
    operation.answer = responses::answer(&operation.responses);
    operation.callbacks = callbacks(reader, shared, node);
    operation
}

fn own_base_paths<'d>(reader: &Reader<'d>, item: &Node<'_, 'd>, node: &Node<'_, 'd>) -> Option<Vec<String>> {
    if body::is_swagger(reader) {
        return None;
    }
    let holder = [node, item].into_iter().find(|holder| holder.get("servers").is_some())?;
    Some(servers::base_paths(&servers::servers(reader, holder)))
}

fn parameters_and_body<'d>(
    reader: &Reader<'d>,
    shared: &Shared<'_, '_, 'd>,
    item: &Node<'_, 'd>,
    node: &Node<'_, 'd>,
    operation: &mut Operation,
) {
    let consumes = body::media_types(reader, "consumes", node, shared.root);
    let mut form: Option<body::Form> = None;
    parameters::declared(reader, item, node, &mut |declared| match declared {
        Declared::Parameter(parameter) => operation.parameters.push(*parameter),
        Declared::Body(place) => {
            if operation.request_body.is_some() {
                let message = "this operation has two body parameters".to_owned();
                reader.report.error(
                    &place,
                    "duplicate-parameter",
                    message,
                    Some("remove one of the two".to_owned()),
                );
            } else {
                operation.request_body = Some(body::from_body_parameter(reader, &place, &consumes));
            }
        }
        Declared::Form(place) => {
            form.get_or_insert_with(|| body::Form::new(Place::from(&place))).add(reader, &place);
        }
    });
    if let Some(form) = form {
        if operation.request_body.is_some() {
            let message = "this operation has body and formData parameters".to_owned();
            let hint = Some("a body is either the one or the other; the body parameter counts".to_owned());
            reader.report.error(node, "body-and-form", message, hint);
        } else {
            operation.request_body = Some(form.finish(&consumes));
        }
    }
    if !body::is_swagger(reader) {
        operation.request_body = body::request_body(reader, node);
    }
}

/// Brings the parameters of the template and the declared ones together.
fn path_parameters(reader: &Reader<'_>, node: &Node<'_, '_>, template: &Template, operation: &mut Operation) {
    if let Some(problem) = template.problem {
        reader.report.warning(node, "odd-path", format!("`{}`: {problem}", operation.path), None);
    }
    let names: Vec<&str> = template.parameters().collect();
    operation.parameters.retain(|parameter| {
        let in_path = parameter.r#in == Location::Path;
        if in_path && !names.contains(&parameter.name.as_str()) {
            let near = crate::suggest::nearest(&parameter.name, names.iter().copied());
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let hint = hint.or_else(|| {
                Some(format!("add `{{{}}}` to the path, or remove the parameter", parameter.name))
            });
            let message = format!("the path `{}` has no `{{{}}}`", operation.path, parameter.name);
            let place = parameter.examples.place.clone();
            reader.report.error(place, "unknown-path-parameter", message, hint);
            return false;
        }
        true
    });
    for name in names {
        let declared = |parameter: &Parameter| parameter.r#in == Location::Path && parameter.name == name;
        if !operation.parameters.iter().any(declared) {
            let message = format!("the path has `{{{name}}}`, and no parameter of that name is declared");
            let hint =
                format!("add `- {{ name: {name}, in: path, required: true, schema: {{ type: string }} }}`");
            reader.report.error(node, "missing-path-parameter", message, Some(hint));
            operation.parameters.push(Parameter {
                name: name.to_owned(),
                r#in: Location::Path,
                required: true,
                description: None,
                deprecated: false,
                style: Style::Simple,
                explode: false,
                allow_empty_value: false,
                media_type: None,
                schema: Some(json!({ "type": "string" })),
                sample: None,
                examples: crate::model::Examples { place: Place::from(node), list: Vec::new() },
            });
        }
    }
}

fn callbacks<'d>(reader: &Reader<'d>, shared: &Shared<'_, '_, 'd>, node: &Node<'_, 'd>) -> Vec<Callback> {
    let mut callbacks = Vec::new();
    let list = node.get("callbacks");
    for (name, written) in list.iter().flat_map(Node::entries) {
        let Some(callback) = reader.resolve(written) else { continue };
        for (expression, written) in callback.entries() {
            let Some(item) = reader.resolve(written) else { continue };
            let operations = item
                .entries()
                .filter(|(method, operation)| super::paths::is_method(method) && operation.value.is_object())
                .map(|(method, operation)| webhook(reader, shared, expression, method, &item, &operation))
                .collect();
            callbacks.push(Callback { name: name.to_owned(), expression: expression.to_owned(), operations });
        }
    }
    callbacks
}

/// A request that the API sends: its path is an expression or a name, and has no parameters.
pub(super) fn webhook<'d>(
    reader: &Reader<'d>,
    shared: &Shared<'_, '_, 'd>,
    name: &str,
    method: &str,
    item: &Node<'_, 'd>,
    node: &Node<'_, 'd>,
) -> Operation {
    let mut operation = Operation {
        id: reader.text(node, "operationId").unwrap_or_else(|| name.to_owned()),
        method: method.to_ascii_uppercase(),
        path: name.to_owned(),
        summary: reader.text(node, "summary"),
        description: reader.text(node, "description"),
        tags: reader.texts(node, "tags").unwrap_or_default(),
        deprecated: reader.flag(node, "deprecated").unwrap_or(false),
        place: format!("{}#{}", node.document.relative, node.pointer()),
        ..Operation::default()
    };
    parameters_and_body(reader, shared, item, node, &mut operation);
    if node.get("responses").is_some() {
        operation.responses = responses::responses(reader, node, &[]);
        operation.answer = responses::answer(&operation.responses);
    }
    operation
}
