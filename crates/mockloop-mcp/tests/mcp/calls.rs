//! Requests that `call_mock` makes up, and what of the answers it tells.

use std::error::Error;
use std::fs;

use serde_json::{Value, json};

use crate::support::{Client, Done, Place, call, done, failure, started, text};

/// Starts a mock of a description of these paths and security schemes.
async fn serving(
    place: &Place,
    client: &Client,
    paths: &Value,
    schemes: &Value,
) -> Result<Value, Box<dyn Error>> {
    let spec = place.path().join("made.json");
    let info = json!({"title": "made", "version": "1"});
    let description =
        json!({"openapi": "3.1.0", "info": info, "paths": paths, "components": {"securitySchemes": schemes}});
    fs::write(&spec, description.to_string())?;
    done(client, "start_mock_server", json!({"source": spec})).await
}

fn get(id: &str, more: &Value) -> Value {
    let mut operation = json!({"operationId": id, "responses": {"200": {"description": "ok"}}});
    for (name, value) in more.as_object().into_iter().flatten() {
        operation[name] = value.clone();
    }
    json!({ "get": operation })
}

#[tokio::test]
async fn two_schemes_that_want_the_same_header_are_satisfied_by_one() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let paths = json!({"/a": get("a", &json!({"security": [{"one": [], "two": []}]}))});
    let bearer = json!({"type": "http", "scheme": "bearer"});
    let mock = serving(&place, &client, &paths, &json!({"one": bearer, "two": bearer})).await?;
    let called = done(&client, "call_mock", json!({"server_url": mock["url"], "operation": "a"})).await?;
    assert_eq!(called["status"], 200, "{called}");
    Ok(())
}

#[tokio::test]
async fn a_value_that_would_lead_to_another_operation_is_refused() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    for value in ["", ".", ".."] {
        let asked = json!({"server_url": url, "operation": "getPetById", "parameters": {"petId": value}});
        let told = failure(&client, "call_mock", asked).await?;
        assert!(told.contains("petId") && told.contains("Next:"), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_shortened_says_so() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let pets: Vec<Value> = (0..20_000).map(|id| json!({ "id": id })).collect();
    let set = json!({"server_url": url, "operation": "update_response", "endpoint_path": "listPets", "response_data": pets});
    done(&client, "manage_mock_data", set).await?;
    let result = call(&client, "call_mock", json!({"server_url": url, "operation": "listPets"})).await?;
    assert!(text(&result).contains("The body was shortened"), "{}", text(&result));
    assert_eq!(result.structured_content.unwrap_or_default()["body_was_cut"], true);
    Ok(())
}

#[tokio::test]
async fn a_mock_of_a_description_that_has_changed_is_not_taken_for_current() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let mut paths = json!({"/a": get("a", &Value::Null)});
    let before = serving(&place, &client, &paths, &json!({})).await?;
    paths["/b"] = get("b", &Value::Null);
    let told = match serving(&place, &client, &paths, &json!({})).await {
        Ok(started) => return Err(format!("it started: {started}").into()),
        Err(error) => error.to_string(),
    };
    assert!(told.contains("stop_mock_server") && told.contains("still serves"), "{told}");
    done(&client, "stop_mock_server", json!({"server": before["server"]})).await?;
    let mock = serving(&place, &client, &paths, &json!({})).await?;
    let called = done(&client, "call_mock", json!({"server_url": mock["url"], "operation": "b"})).await?;
    assert_eq!(called["status"], 200, "{called}");
    Ok(())
}

#[tokio::test]
async fn a_set_response_has_the_media_type_that_its_headers_name() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let page = json!({"status_code": 200, "headers": {"Content-Type": "text/html"}, "body": "<b>hi</b>"});
    let set = json!({"server_url": url, "operation": "update_response", "endpoint_path": "getPetById", "response_data": page});
    done(&client, "manage_mock_data", set).await?;
    let answer = reqwest::get(format!("{url}/pets/7")).await?;
    assert_eq!(answer.headers()["content-type"], "text/html");
    assert_eq!(answer.text().await?, "<b>hi</b>");
    Ok(())
}

#[tokio::test]
async fn a_rule_that_is_refused_is_named_with_the_form_it_should_have() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let config = json!({"operations": {"getPetById": [{"fault": "close"}]}});
    let made = json!({"server_url": url, "operation": "create_scenario", "scenario_name": "cut", "scenario_config": config});
    let told = failure(&client, "manage_mock_data", made).await?;
    assert!(told.contains("/operations/getPetById/0/fault"), "{told}");
    assert!(told.contains(r#"{"kind": "close"}"#), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_scenario_that_comes_with_the_mock_is_not_to_be_deleted() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let deleted =
        json!({"server_url": url, "operation": "delete_scenario", "scenario_name": "server-errors"});
    let told = failure(&client, "manage_mock_data", deleted).await?;
    assert!(told.contains("it comes with the mock") && !told.contains("Then delete it"), "{told}");
    Ok(())
}

#[tokio::test]
async fn an_operation_is_verified_by_its_method_and_path_too() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    done(&client, "call_mock", json!({"server_url": url, "operation": "GET /pets/{petId}"})).await?;
    let asked = json!({"server_url": url, "operation_id": "GET /pets/{petId}", "exactly": 1});
    assert_eq!(done(&client, "verify_requests", asked).await?["verified"], true);
    Ok(())
}

#[tokio::test]
async fn a_project_that_is_made_of_another_description_says_of_which_it_was() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let mut told = String::new();
    for name in ["first.json", "second.json"] {
        let spec = place.path().join(name);
        let paths = json!({"/a": get("a", &Value::Null)});
        let info = json!({"title": "made", "version": "1"});
        fs::write(&spec, json!({"openapi": "3.1.0", "info": info, "paths": paths}).to_string())?;
        told = text(&call(&client, "generate_mock_api", json!({"spec_url_or_path": spec})).await?);
    }
    assert!(told.contains("made of first.json until now"), "{told}");
    Ok(())
}

#[tokio::test]
async fn of_one_operation_only_what_is_wrong_with_it_is_told() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let spec = place.path().join("made.json");
    let wrong =
        |name: &str| json!({"parameters": [{"name": name, "in": "query", "schema": {"type": "text"}}]});
    let paths = json!({"/a": get("a", &wrong("of_a")), "/b": get("b", &wrong("of_b"))});
    let info = json!({"title": "made", "version": "1"});
    fs::write(&spec, json!({"openapi": "3.0.3", "info": info, "paths": paths}).to_string())?;
    let all = done(&client, "inspect_api", json!({"api": spec})).await?;
    assert!(all["diagnostics"].to_string().contains("/~1b/"), "{all}");
    let one = done(&client, "inspect_api", json!({"api": spec, "operation": "a"})).await?;
    let told = one["diagnostics"].to_string();
    assert!(told.contains("/~1a/") && !told.contains("/~1b/"), "{told}");
    Ok(())
}
