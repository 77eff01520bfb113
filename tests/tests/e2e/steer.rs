//! The admin API of a mock that the command runs.

use mockloop_tests::{Mock, petstore};
use serde_json::{Value, json};

type Done = anyhow::Result<()>;

const API: &str = "/admin/api";

fn post(mock: &Mock, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = mock.request("POST", &format!("{API}{path}"))?.header("Content-Type", "application/json");
    let response = request.body(body.to_string()).send()?.error_for_status()?;
    Ok(serde_json::from_str(&response.text()?)?)
}

#[test]
fn steered_mock_is_watched_by_command_and_api_alike() -> Done {
    let mut mock = Mock::start(&petstore())?;
    let scenario = json!({"name": "gone", "operations": {"getPetById": [{"respond": {"status": 404}}]}});
    post(&mock, "/mock-data/scenarios", &scenario)?;
    post(&mock, "/mock-data/scenarios/gone/activate", &json!({"session_id": "mine"}))?;
    let mine = mock.request("GET", "/pets/7")?.header("X-Session-ID", "mine").send()?;
    assert_eq!((mine.status().as_u16(), mock.get("/pets/7")?.status().as_u16()), (404, 200));
    let asked = json!({"request": {"operation_id": "getPetById", "status": "404"}, "times": {"exactly": 1}});
    assert_eq!(post(&mock, "/logs/verify", &asked)?["verified"], true);
    mock.wait_for(|mock| mock.output().contains("getPetById · scenario").then_some(()))?;
    Ok(())
}
