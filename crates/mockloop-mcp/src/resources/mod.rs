//! Resources: projects, running mocks and scenario packs, by address.

mod address;
mod complete;
mod pack_rules;
mod packs;
mod watch;

use std::path::Path;

use mockloop_runtime::admin::models::SearchLogsFieldsItem;
use mockloop_runtime::admin::{AnalyzeLogs, GetActiveScenario, ListScenarios, MockClient, SearchLogs};
use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value, json};

pub(crate) use self::address::Address;
use self::address::View;
pub(crate) use self::watch::{Watches, accepted, listen};
use crate::budget;
use crate::failure::Failure;
use crate::projects;
use crate::reply::line;
use crate::server::Mockloop;
use crate::tools::{find, whole};

const JSON: &str = "application/json";

/// Requests that a resource shows.
const REQUESTS: i64 = 50;

/// Characters of a resource.
const LARGEST: usize = 400_000;

impl Mockloop {
    /// Everything that can be read right now. The projects of a client that would have to be asked where they are
    /// (see [`Asking`](crate::roots::Asking)) are in `mockloop://projects` alone.
    pub(crate) async fn resources(
        &self,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<Resource>, ErrorData> {
        let mut found = vec![
            Resource::new("mockloop://projects", "projects")
                .with_title("Generated projects")
                .with_description("The mock servers that were generated, with their operations")
                .with_mime_type(JSON),
        ];
        if let Ok(root) = self.output_root(context).await {
            for name in projects::names(&root) {
                let address = Address::OpenApi(name.clone());
                found.push(
                    Resource::new(address.to_string(), format!("{name} OpenAPI"))
                        .with_description("The description that the mock serves")
                        .with_mime_type(JSON),
                );
            }
        }
        for (url, title) in self.running().await {
            let Some(port) = url.rsplit(':').next().and_then(|port| port.parse().ok()) else { continue };
            for view in View::ALL {
                let name = format!("{} {}", line(&title, 60), view.name());
                found.push(
                    Resource::new(Address::Server(port, view).to_string(), name)
                        .with_description(view.description())
                        .with_mime_type(JSON),
                );
            }
        }
        found.extend(packs::all().map(|pack| {
            Resource::new(format!("scenario-pack://{}/{}", pack.category, pack.name), pack.name)
                .with_description(pack.description)
                .with_mime_type(JSON)
        }));
        Ok(found)
    }

    /// A resource, as JSON.
    pub(crate) async fn resource(
        &self,
        uri: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<ReadResourceResult, ErrorData> {
        let address = Address::parse(uri).ok_or_else(|| not_found(uri, "there is no such address"))?;
        let found = self.content(&address, context).await;
        let text = found.map_err(|failure| not_found(uri, &failure.text()))?;
        Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(JSON)]))
    }

    async fn content(
        &self,
        address: &Address,
        context: &RequestContext<RoleServer>,
    ) -> Result<String, Failure> {
        let root = || self.output_root(context);
        let value = match address {
            Address::Projects => list(&root().await?),
            Address::OpenApi(name) => {
                let file = projects::existing(&root().await?, name)?.join("openapi.json");
                let text = std::fs::read_to_string(&file)
                    .map_err(|error| Failure::new(format!("{} can't be read: {error}", file.display())))?;
                if text.len() > LARGEST {
                    return Err(Failure::new(format!("the description has {} characters", text.len())).next(
                        format!("read {}, or use inspect_api, which lists its operations", file.display()),
                    ));
                }
                return Ok(text);
            }
            Address::Operation(name, id) => {
                let api = projects::api(&projects::existing(&root().await?, name)?)?;
                whole(&api, find(&api, id)?)
            }
            Address::Server(port, view) => {
                let mock = self.mock(&port.to_string()).await?;
                self.view(&mock, *view).await?
            }
            Address::Pack { category, name, project } => {
                packs::read(&root().await?, category, name, project.as_deref())?
            }
        };
        let mut value = value;
        budget::fit(&mut value, LARGEST);
        Ok(serde_json::to_string_pretty(&value).unwrap_or_default())
    }

    async fn view(&self, mock: &MockClient, view: View) -> Result<Value, Failure> {
        let read = async {
            Ok(match view {
                View::Logs => {
                    let newest = SearchLogs {
                        limit: Some(REQUESTS),
                        fields: Some(vec![SearchLogsFieldsItem::All]),
                        ..SearchLogs::new()
                    };
                    json!(mock.call(&newest).await?)
                }
                View::Analysis => json!(mock.call(&AnalyzeLogs::new()).await?),
                View::Scenarios => {
                    let all = ListScenarios { limit: Some(1000), ..ListScenarios::new() };
                    let scenarios = mock.call(&all).await?;
                    let active = mock.call(&GetActiveScenario::new()).await?;
                    json!({"active": active.active, "scenarios": scenarios.scenarios})
                }
            })
        };
        match read.await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.explain(error).await),
        }
    }
}

/// The addresses that have a place for names.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, description: &str| {
        ResourceTemplate::new(uri, name).with_description(description).with_mime_type(JSON)
    };
    vec![
        template(
            "mockloop://projects/{name}/openapi",
            "project description",
            "The description that a project serves",
        ),
        template(
            "mockloop://projects/{name}/operations/{id}",
            "operation",
            "One operation whole: parameters, bodies, responses and a sample request",
        ),
        template("mockloop://servers/{port}/logs", "log of a mock", View::Logs.description()),
        template("mockloop://servers/{port}/analysis", "analysis of a mock", View::Analysis.description()),
        template("mockloop://servers/{port}/scenarios", "scenarios of a mock", View::Scenarios.description()),
        template(
            "scenario-pack://{category}/{pack}?project={project}",
            "scenario pack",
            "Scenarios made from a project's own description, ready for create_scenario",
        ),
    ]
}

fn list(root: &Path) -> Value {
    let project = |name: &String| {
        let dir = root.join(name);
        match projects::api(&dir) {
            Ok(api) => json!({"name": name, "path": dir, "title": api.title, "version": api.version,
                "operations": api.operations.len(), "openapi": Address::OpenApi(name.clone()).to_string()}),
            Err(failure) => json!({"name": name, "path": dir, "error": failure.text()}),
        }
    };
    json!({"root": root, "projects": projects::names(root).iter().map(project).collect::<Vec<_>>()})
}

fn not_found(uri: &str, why: &str) -> ErrorData {
    ErrorData::resource_not_found(
        format!("{}: {why}", line(uri, 500)),
        Some(json!({ "uri": line(uri, 500) })),
    )
}
