//! Resources: listed, read, completed and watched.
#![expect(deprecated, reason = "clients of earlier revisions subscribe by address")]

use std::sync::Arc;
use std::time::Duration;

use rmcp::ClientHandler;
use rmcp::model::{
    ArgumentInfo, CompleteRequestParams, CompletionContext, ReadResourceRequestParams, Reference,
    ResourceUpdatedNotificationParam, SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RoleClient};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{Client, Done, Place, call, connect, done, petstore, started};

async fn read<H: rmcp::service::Service<RoleClient>>(
    client: &Client<H>,
    uri: &str,
) -> Result<Value, Box<dyn std::error::Error>> {
    let read = client.read_resource(ReadResourceRequestParams::new(uri)).await?;
    let read = serde_json::to_value(read)?;
    Ok(serde_json::from_str(read["contents"][0]["text"].as_str().ok_or("no text")?)?)
}

#[tokio::test]
async fn what_is_listed_can_be_read() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    done(&client, "call_mock", json!({"server_url": url, "operation": "listPets"})).await?;
    let resources = client.list_all_resources().await?;
    for resource in &resources {
        assert!(read(&client, &resource.uri).await?.is_object(), "{}", resource.uri);
    }
    let port = url.rsplit(':').next().unwrap_or_default();
    let logs = read(&client, &format!("mockloop://servers/{port}/logs")).await?;
    assert_eq!(logs["logs"][0]["path"], "/pets");
    let analysis = read(&client, &format!("mockloop://servers/{port}/analysis")).await?;
    assert_eq!(analysis["total_requests"], 1);
    let operation = read(&client, "mockloop://projects/corner_petstore_mock/operations/addPet").await?;
    assert_eq!(operation["method"], "POST");
    let projects = read(&client, "mockloop://projects").await?;
    assert_eq!(projects["projects"][0]["operations"], 10);
    let pack =
        read(&client, "scenario-pack://security-testing/auth-bypass?project=corner_petstore_mock").await?;
    assert_eq!(pack["metadata"]["project"], "corner_petstore_mock");
    for wrong in [
        "mockloop://projects/none/openapi",
        "mockloop://servers/9/logs",
        "scenario-pack://a/b",
        "file:///etc/passwd",
        "mockloop://projects/..%2F..%2Fetc/openapi",
    ] {
        assert!(client.read_resource(ReadResourceRequestParams::new(wrong)).await.is_err(), "{wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn names_in_templates_are_completed() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    let operations = Reference::for_resource("mockloop://projects/{name}/operations/{id}");
    let ask = |reference: Reference, name: &str, value: &str| {
        CompleteRequestParams::new(reference, ArgumentInfo::new(name, value))
    };
    let names = client.complete(ask(operations.clone(), "name", "corner")).await?;
    assert_eq!(names.completion.values, ["corner_petstore_mock"]);
    let known = [("name".to_owned(), "corner_petstore_mock".to_owned())].into_iter().collect();
    let ids = ask(operations, "id", "photo").with_context(CompletionContext::with_arguments(known));
    assert_eq!(client.complete(ids).await?.completion.values, ["setPhoto", "getPhoto"]);
    let spec = ask(Reference::for_prompt("analyze_openapi_for_testing"), "openapi_spec", "");
    assert_eq!(client.complete(spec).await?.completion.values, ["corner_petstore_mock"]);
    let packs = ask(
        Reference::for_resource("scenario-pack://{category}/{pack}?project={project}"),
        "category",
        "sec",
    );
    assert_eq!(client.complete(packs).await?.completion.values, ["security-testing"]);
    Ok(())
}

/// Hears of changes.
#[derive(Clone)]
struct Listener(Arc<mpsc::UnboundedSender<String>>);

impl ClientHandler for Listener {
    async fn on_resource_updated(
        &self,
        params: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let _ = self.0.send(params.uri);
    }

    async fn on_resource_list_changed(&self, _context: NotificationContext<RoleClient>) {
        let _ = self.0.send("list".to_owned());
    }
}

#[tokio::test]
async fn a_client_is_told_of_requests_scenarios_and_new_mocks() -> Done {
    let place = Place::new()?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let client = connect(place.server()?, Listener(Arc::new(tell))).await?;
    let url = started(&client).await?;
    let patience = Duration::from_secs(20);
    assert_eq!(tokio::time::timeout(patience, told.recv()).await?.as_deref(), Some("list"));
    let port = url.rsplit(':').next().unwrap_or_default();
    for (view, tool, arguments) in [
        ("logs", "call_mock", json!({"server_url": url, "operation": "listPets"})),
        (
            "scenarios",
            "manage_mock_data",
            json!({"server_url": url, "operation": "switch_scenario", "scenario_name": "flaky"}),
        ),
    ] {
        let uri = format!("mockloop://servers/{port}/{view}");
        client.subscribe(SubscribeRequestParams::new(uri.clone())).await?;
        // Until it is listened to, changes go by.
        let heard = async {
            loop {
                call(&client, tool, arguments.clone()).await.ok();
                if let Ok(heard) = tokio::time::timeout(Duration::from_secs(1), told.recv()).await {
                    return heard;
                }
            }
        };
        assert_eq!(tokio::time::timeout(patience, heard).await?, Some(uri.clone()));
        client.unsubscribe(UnsubscribeRequestParams::new(uri)).await?;
    }
    let wrong = client.subscribe(SubscribeRequestParams::new("mockloop://projects")).await;
    assert!(wrong.is_err());
    Ok(())
}
