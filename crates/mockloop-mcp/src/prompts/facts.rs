//! An API in a page of text.

use std::fmt::Write as _;

use mockloop_spec::model::{Api, Operation};
use rmcp::ErrorData;
use rmcp::service::{RequestContext, RoleServer};

use crate::reply::{data, line};
use crate::server::Mockloop;

/// The most operations that are named.
const MOST: usize = 150;

impl Mockloop {
    /// The API that a prompt is about: a project, or a description.
    pub(super) async fn prompted_api(
        &self,
        name: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Api, ErrorData> {
        let found = self.api_named(name, context).await;
        found.map(|(api, _)| api).map_err(|failure| ErrorData::invalid_params(failure.text(), None))
    }
}

/// What there is to know of an API before it is tested.
pub(super) fn told(api: &Api) -> String {
    let mut text = format!(
        "{} {}: {} operations\n",
        line(&api.title, 200),
        line(&api.version, 50),
        api.operations.len()
    );
    for scheme in &api.security_schemes {
        let _ = writeln!(text, "security scheme {}", line(&scheme.name, 100));
    }
    for operation in api.operations.iter().take(MOST) {
        let _ = writeln!(text, "{}", one(operation));
    }
    if api.operations.len() > MOST {
        let _ = writeln!(text, "and {} more: inspect_api lists them", api.operations.len() - MOST);
    }
    data("description", &text)
}

/// The operations whose id, path or method and path is named; all where none is, or `*`.
pub(super) fn chosen(api: &Api, names: &str) -> Result<String, ErrorData> {
    let wanted: Vec<&str> = names.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty()).collect();
    if wanted.iter().all(|name| *name == "*") {
        return Ok(told(api));
    }
    let is_named = |operation: &Operation, name: &str| {
        let whole = format!("{} {}", operation.method, operation.path);
        name == "*" || name == operation.id || name == operation.path || name.eq_ignore_ascii_case(&whole)
    };
    let is_there = |name: &str| api.operations.iter().any(|operation| is_named(operation, name));
    let missing: Vec<String> =
        wanted.iter().filter(|name| !is_there(name)).take(MOST).map(|name| line(name, 200)).collect();
    if !missing.is_empty() {
        let message = format!("no operations of the API: {}. There are:\n{}", missing.join(", "), told(api));
        return Err(ErrorData::invalid_params(message, None));
    }
    let is_wanted = |operation: &&Operation| wanted.iter().any(|name| is_named(operation, name));
    let chosen: Vec<String> = api.operations.iter().filter(is_wanted).take(MOST).map(one).collect();
    Ok(data("description", &chosen.join("\n")))
}

/// `getPet GET /pets/{id} parameters: id! limit; body: application/json; responses: 200 404; secured`
fn one(operation: &Operation) -> String {
    let mut text = format!("{} {} {}", operation.id, operation.method, operation.path);
    let parameters: Vec<String> = operation
        .parameters
        .iter()
        .map(|each| format!("{}{}", each.name, if each.required { "!" } else { "" }))
        .collect();
    if !parameters.is_empty() {
        let _ = write!(text, "; parameters (! required): {}", parameters.join(" "));
    }
    if let Some(body) = &operation.request_body {
        let types: Vec<&str> = body.content.iter().map(|media| media.media_type.as_str()).collect();
        let _ = write!(text, "; body: {}", types.join(" "));
    }
    let statuses: Vec<&str> = operation.responses.iter().map(|each| each.status.as_str()).collect();
    let _ = write!(text, "; responses: {}", statuses.join(" "));
    if operation.security.iter().any(|each| !each.is_empty()) {
        text += "; secured";
    }
    line(&text, 500)
}
