//! `inspect_api`: what an API description says, without running it.

use mockloop_spec::model::{Api, Content, Location, MediaType, Operation, SecurityKind};
use mockloop_spec::{Diagnostic, Severity};
use rmcp::handler::server::tool::schema_for_output;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::budget;
use crate::failure::Failure;
use crate::projects;
use crate::reply::{Reply, data, line, name};
use crate::sample;
use crate::server::Mockloop;

/// The most diagnostics that a result holds.
const TOLD: usize = 50;

/// The most operations that a failure names.
const NAMED: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InspectArguments {
    /// The API: the name or the path of a generated project, or a description's path or http(s) URL.
    #[schemars(length(min = 1, max = 4096), example = &"petstore_mock")]
    api: String,
    /// The one operation to show whole: its id, or its method and path such as `GET /pets/{petId}`.
    #[schemars(length(min = 1, max = 2000))]
    operation: Option<String>,
    /// How many operations to list.
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 500))]
    limit: usize,
    /// How many of the first operations to leave out.
    #[serde(default)]
    offset: usize,
}

fn limit() -> usize {
    100
}

/// An API, or one operation of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Inspected {
    /// The API's title.
    title: String,
    /// The API's version.
    version: String,
    /// The format, such as `openapi-3.1.0`.
    format: String,
    /// Whether the description has no errors; always true for a generated project.
    valid: bool,
    /// What is wrong, with place and hint; with one operation, what is wrong where it stands.
    diagnostics: Vec<Value>,
    /// The API's security schemes by name.
    security_schemes: Vec<Value>,
    /// How many operations the API has.
    operations_total: usize,
    /// The operations that were asked for: id, method, path, summary, whether credentials are needed.
    operations: Vec<Value>,
    /// The one operation that was asked for, whole: parameters, bodies, responses, and a request that it accepts.
    operation: Option<Value>,
    /// The `offset` of the next page, where there is one.
    next_offset: Option<usize>,
}

#[tool_router(router = inspect_router, vis = "pub(crate)")]
impl Mockloop {
    /// Shows what an API description says.
    #[tool(
        name = "inspect_api",
        description = "Validate an API description and list its operations, or show one operation whole: parameters, \
            bodies, responses with samples, and a request that it accepts. Use it to learn an API before you call it or \
            write a scenario, and to check a description. Nothing is written and nothing runs.\n\
            Examples: {\"api\": \"specs/petstore.yaml\"}; {\"api\": \"petstore_mock\", \"operation\": \"getPetById\"}",
        annotations(
            title = "Look at an API",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        ),
        output_schema = schema_for_output::<Inspected>()
    )]
    async fn inspect_api(
        &self,
        Parameters(arguments): Parameters<InspectArguments>,
        context: RequestContext<RoleServer>,
    ) -> Result<Reply<Inspected>, Failure> {
        let (api, diagnostics) = self.api_named(&arguments.api, &context).await?;
        let operation = arguments.operation.as_deref().map(|wanted| find(&api, wanted)).transpose()?;
        Ok(reply(&arguments, &api, &diagnostics, operation))
    }
}

impl Mockloop {
    /// The API of a project, or of a description.
    pub(crate) async fn api_named(
        &self,
        name: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<(Api, Vec<Diagnostic>), Failure> {
        if projects::checked_name(name).is_ok() || projects::is_project(name) {
            match projects::named(&self.output_root(context).await?, name) {
                Ok(dir) => return Ok((projects::api(&dir)?, Vec::new())),
                Err(failure) if projects::is_project(name) && !self.is_description(name, context).await? => {
                    return Err(failure);
                }
                Err(_) => {}
            }
        }
        let reading = self.read(name, context).await?;
        let api = reading.api.ok_or_else(|| Failure::new(format!("{name} is no description")))?;
        Ok((api, reading.diagnostics))
    }
}

/// The operation that is called so: by its id, or its method and path.
pub(crate) fn find<'a>(api: &'a Api, wanted: &str) -> Result<&'a Operation, Failure> {
    let by_id = api.operations.iter().find(|operation| operation.id == wanted);
    let named = |operation: &&Operation| format!("{} {}", operation.method, operation.path);
    let found = by_id.or_else(|| {
        let (method, path) = wanted.split_once(' ')?;
        let wanted = format!("{} {}", method.to_uppercase(), path.trim());
        api.operations.iter().find(|operation| named(operation) == wanted)
    });
    found.ok_or_else(|| {
        let ids: Vec<&str> = api.operations.iter().map(|operation| operation.id.as_str()).collect();
        let part = wanted.to_lowercase();
        let holding = ids.iter().copied().filter(|name| name.to_lowercase().contains(&part)).take(5);
        let near: Vec<String> = mockloop_spec::nearest(wanted, ids.iter().copied())
            .into_iter()
            .chain(holding)
            .map(name)
            .collect();
        let next = match near.as_slice() {
            [] => {
                let some: Vec<String> = ids.iter().copied().take(NAMED).map(name).collect();
                let more = if ids.len() > NAMED { " and more: inspect_api lists the operations" } else { "" };
                format!("there are: {}{more}", some.join(", "))
            }
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::new(format!("there is no operation {}", line(wanted, 200))).next(next)
    })
}

fn reply(
    arguments: &InspectArguments,
    api: &Api,
    diagnostics: &[Diagnostic],
    operation: Option<&Operation>,
) -> Reply<Inspected> {
    let is_page = operation.is_none();
    let page: Vec<&Operation> = if is_page {
        api.operations.iter().skip(arguments.offset).take(arguments.limit).collect()
    } else {
        Vec::new()
    };
    let concerned =
        diagnostics.iter().filter(|each| operation.is_none_or(|operation| is_in(each, operation)));
    let diagnostics_shown = budget::first(concerned.take(TOLD).map(diagnostic), budget::RESULT / 4);
    let schemes = api.security_schemes.iter().map(|scheme| security(&scheme.name, &scheme.kind));
    let security_schemes = budget::first(schemes, budget::RESULT / 8);
    // The other half of the last quarter is for what is about the list.
    let operations = budget::first(page.iter().map(|operation| brief(operation)), budget::RESULT / 2);
    let shown = operations.len();
    let end = arguments.offset + shown;
    let errors = diagnostics.iter().filter(|each| each.severity == Severity::Error).count();
    let mut inspected = Inspected {
        title: line(&api.title, 200),
        version: line(&api.version, 100),
        format: api.source.format.clone(),
        valid: errors == 0,
        diagnostics: diagnostics_shown,
        security_schemes,
        operations_total: api.operations.len(),
        operations,
        operation: operation.map(|operation| whole(api, operation)),
        next_offset: (is_page && end < api.operations.len()).then_some(end),
    };
    let was_cut = inspected.operation.as_mut().is_some_and(|each| budget::fit(each, budget::RESULT / 2));
    let state = match (errors, diagnostics.len()) {
        (0, 0) => "the description is valid.".to_owned(),
        (errors, all) => format!("{errors} errors and {} warnings in the description.", all - errors),
    };
    let told = match operation {
        Some(operation) => sample::told(operation),
        None => page
            .iter()
            .take(shown.min(50))
            .map(|each| format!("{} {} {}", each.id, each.method, each.path))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    let mut text = format!("{} operations; {state}\n{}", api.operations.len(), data("description", &told));
    if let Some(next) = inspected.next_offset {
        let cut = if shown < page.len() { " are all that one result holds" } else { "" };
        text = format!("{text}\n{shown} operations are given{cut}. More: call again with offset {next}.");
    }
    if was_cut {
        text += "\nLong parts of the operation were shortened.";
    }
    Reply::new(inspected, text)
}

/// Whether a diagnostic is about the place where an operation stands.
fn is_in(diagnostic: &Diagnostic, operation: &Operation) -> bool {
    let path = operation.path.replace('~', "~0").replace('/', "~1");
    diagnostic.location.pointer.contains(&format!("/paths/{path}/"))
}

fn diagnostic(each: &Diagnostic) -> Value {
    let mut value = serde_json::to_value(each).unwrap_or_default();
    budget::fit(&mut value, 1000);
    value
}

fn security(name: &str, kind: &SecurityKind) -> Value {
    let kind = match kind {
        SecurityKind::ApiKey { r#in, parameter } => json!({"type": "apiKey", "in": r#in, "name": parameter}),
        SecurityKind::Http { scheme } => json!({"type": "http", "scheme": scheme}),
        SecurityKind::OAuth2 { .. } => json!({"type": "oauth2", "sent_as": "bearer token"}),
        SecurityKind::OpenIdConnect { .. } => json!({"type": "openIdConnect", "sent_as": "bearer token"}),
        SecurityKind::MutualTls => json!({"type": "mutualTLS"}),
    };
    json!({"scheme": name, "how": kind})
}

/// One line of a list.
fn brief(operation: &Operation) -> Value {
    let mut brief = json!({"id": operation.id, "method": operation.method, "path": operation.path});
    if let Some(summary) = &operation.summary {
        brief["summary"] = json!(line(summary, 200));
    }
    if operation.security.iter().any(|requirement| !requirement.is_empty()) {
        brief["needs_credentials"] = json!(operation.security.iter().all(|each| !each.is_empty()));
    }
    if operation.deprecated {
        brief["deprecated"] = json!(true);
    }
    brief
}

/// All of an operation that a client has to know.
pub(crate) fn whole(api: &Api, operation: &Operation) -> Value {
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|each| {
            json!({"name": each.name, "in": each.r#in, "required": each.required, "schema": each.schema,
                "sample": each.sample, "description": each.description})
        })
        .collect();
    let bodies = operation.request_body.as_ref().map(|body| {
        json!({"required": body.required, "content": body.content.iter().map(media).collect::<Vec<_>>()})
    });
    let responses: Vec<Value> = operation
        .responses
        .iter()
        .map(|response| {
            json!({"status": response.status, "description": response.description,
                "headers": response.headers.iter().map(|header| header.name.as_str()).collect::<Vec<_>>(),
                "content": response.content.iter().map(media).collect::<Vec<_>>()})
        })
        .collect();
    let security: Vec<Vec<&str>> = operation
        .security
        .iter()
        .map(|requirement| requirement.iter().map(|each| each.scheme.as_str()).collect())
        .collect();
    json!({
        "id": operation.id, "method": operation.method, "path": operation.path, "tags": operation.tags,
        "summary": operation.summary, "description": operation.description, "deprecated": operation.deprecated,
        "parameters": parameters, "request_body": bodies, "responses": responses,
        "security_any_of": security, "sample_request": sample::request(api, operation),
    })
}

fn media(media: &MediaType) -> Value {
    let samples: Vec<Value> = media
        .bodies
        .iter()
        .map(|body| {
            let value = match &body.content {
                Content::Text(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
                Content::Base64(text) => json!({ "base64": text }),
            };
            json!({"name": body.name, "from": body.from, "value": value})
        })
        .collect();
    json!({"media_type": media.media_type, "schema": media.schema, "samples": samples})
}

/// Where a parameter stands, as a word.
pub(crate) fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
    }
}
