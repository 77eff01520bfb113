//! A server in a folder of its own, and clients of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mockloop_mcp::{Mockloop, Options};
use mockloop_runtime::control::{ControlOptions, Controller};
use rmcp::model::{CallToolRequestParams, CallToolResult, JsonObject, ProtocolVersion};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt as _, RoleClient, RunningService, Service, ServiceExt as _,
};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;

/// A server's folder; mocks that run when it goes are ended.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self { folder: TempDir::new()? })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path().join("mocks")
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        options.output_root = Some(self.root());
        options.state_dir = Some(self.path().join("state"));
        options.audit = Some(self.path().join("audit.jsonl"));
        options
    }

    pub(crate) fn server(&self) -> Result<Mockloop, mockloop_mcp::SetupError> {
        Mockloop::new(self.options())
    }

    pub(crate) async fn client(&self) -> Result<Client, Box<dyn std::error::Error>> {
        connect(self.server()?, ()).await
    }

    fn controller(&self) -> Option<Controller> {
        let state_dir = Some(self.path().join("state"));
        Controller::new(ControlOptions { state_dir, ..ControlOptions::default() }).ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(controller) = self.controller() else { return };
        // A test's own runtime can't wait here, so another thread does.
        let end = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                for server in controller.list().await.unwrap_or_default() {
                    let _ = controller.stop(&server.id, Duration::from_secs(2)).await;
                }
            });
        });
        let _ = end.join();
    }
}

pub(crate) type Client<H = ()> = RunningService<RoleClient, H>;

/// A client of a server, with a handler of its own for what the server asks.
pub(crate) async fn connect<H: Service<RoleClient>>(
    server: Mockloop,
    handler: H,
) -> Result<Client<H>, Box<dyn std::error::Error>> {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move {
        if let Ok(running) = server.serve(theirs).await {
            let _ = running.waiting().await;
        }
    });
    Ok(handler.serve(ours).await?)
}

/// A client of the newest revision, which has no sessions and is not asked while a call waits.
pub(crate) async fn connect_newest<H: Service<RoleClient>>(
    server: Mockloop,
    handler: H,
) -> Result<Client<H>, Box<dyn std::error::Error>> {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move {
        if let Ok(running) = server.serve(theirs).await {
            let _ = running.waiting().await;
        }
    });
    let newest = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    Ok(handler.serve_with_lifecycle(ours, newest).await?)
}

/// Calls a tool.
pub(crate) async fn call<H: Service<RoleClient>>(
    client: &Client<H>,
    tool: &str,
    arguments: Value,
) -> Result<CallToolResult, rmcp::ServiceError> {
    client.call_tool(request(tool, arguments)).await
}

pub(crate) fn request(tool: &str, arguments: Value) -> CallToolRequestParams {
    let arguments = match arguments {
        Value::Object(members) => members,
        _ => JsonObject::new(),
    };
    CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)
}

/// Calls a tool that has to succeed, and gives its structured content.
pub(crate) async fn done<H: Service<RoleClient>>(
    client: &Client<H>,
    tool: &str,
    arguments: Value,
) -> Result<Value, Box<dyn std::error::Error>> {
    let result = call(client, tool, arguments).await?;
    if result.is_error == Some(true) {
        return Err(format!("{tool} failed: {}", text(&result)).into());
    }
    Ok(result.structured_content.unwrap_or_default())
}

/// Calls a tool that has to fail as a tool does, and says why.
pub(crate) async fn failure<H: Service<RoleClient>>(
    client: &Client<H>,
    tool: &str,
    arguments: Value,
) -> Result<String, Box<dyn std::error::Error>> {
    let result = call(client, tool, arguments.clone()).await?;
    let text = text(&result);
    if result.is_error != Some(true) {
        return Err(format!("{tool} {arguments} did not fail: {text}").into());
    }
    Ok(text)
}

/// The text of a result.
pub(crate) fn text(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|content| content.as_text()).map(|text| text.text.as_str()).collect()
}

/// The description of the examples.
pub(crate) fn petstore() -> String {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
    spec.display().to_string()
}

/// Starts the petstore's mock, and gives its URL.
pub(crate) async fn started<H: Service<RoleClient>>(
    client: &Client<H>,
) -> Result<String, Box<dyn std::error::Error>> {
    let started = done(client, "start_mock_server", json!({ "source": petstore() })).await?;
    Ok(started["url"].as_str().ok_or("no url")?.to_owned())
}
