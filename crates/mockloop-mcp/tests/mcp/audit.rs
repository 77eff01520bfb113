//! What is recorded of calls.

use mockloop_mcp::audit::read;
use serde_json::json;

use crate::support::{Done, Place, call};

#[tokio::test]
async fn every_call_is_recorded_without_its_secrets() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    call(&client, "inspect_api", json!({"api": "https://me:hidden@127.0.0.1:9/a?key=hidden"})).await?;
    let headers = json!({"server_url": "9", "operation": "a", "headers": {"Authorization": "Bearer hidden"}});
    call(&client, "call_mock", headers).await?;
    let body = json!({"server_url": "9", "operation": "a", "parameters": {"api_key": "hidden", "X-Key": "hidden"},
        "body": "user=me&password=hidden&note=Bearer hidden"});
    call(&client, "call_mock", body).await?;
    call(&client, "discover_mock_servers", json!({})).await?;
    let _ = call(&client, "no_such_tool", json!({})).await;
    let file = place.path().join("audit.jsonl");
    let entries = read(&file)?;
    let outcomes: Vec<_> =
        entries.iter().map(|entry| (entry.tool.as_str(), entry.outcome.as_str())).collect();
    let expected = [
        ("inspect_api", "failed"),
        ("call_mock", "failed"),
        ("call_mock", "failed"),
        ("discover_mock_servers", "ok"),
        ("no_such_tool", "refused"),
    ];
    assert_eq!(outcomes, expected);
    assert!(!std::fs::read_to_string(&file)?.contains("hidden"));
    assert!(entries.iter().all(|entry| entry.client.is_some() && entry.duration_ms >= 0.0));
    Ok(())
}
