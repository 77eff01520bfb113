//! What models give that is nearly right, and what they get for it.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Done, Place, call, done, failure, petstore, started, text};

#[tokio::test]
async fn a_condition_with_a_member_that_is_none_is_refused_by_its_name() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    for condition in [
        json!({"body": {"json_path": {"$.name": "Rex"}, "equalss": "zzz"}}),
        json!({"body": {"json_path": {"$.name": {"equalss": "zzz"}}}}),
        json!({"query": {"limit": {"equalss": 5}}}),
        json!({"headers": {"accept": {"matches": ".*", "equalss": 5}}}),
    ] {
        let mut arguments = condition.clone();
        arguments["server_url"] = json!(url);
        arguments["at_least"] = json!(0);
        let told = failure(&client, "verify_requests", arguments).await?;
        assert!(told.contains("equalss"), "{condition}: {told}");
    }
    let right = json!({"server_url": url, "query": {"limit": {"present": false}, "a": {"equals": 5}}, "at_least": 0,
        "headers": {"accept": "x"}, "body": {"equals": {"any": [1]}, "schema": {"type": "object"}}});
    done(&client, "verify_requests", right).await?;
    Ok(())
}

#[tokio::test]
async fn a_list_of_a_large_api_comes_in_pages_that_a_model_can_read() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let operation = |n: usize| {
        let id = format!("operation{n}");
        let get = json!({"operationId": id, "summary": "s".repeat(190), "responses": {"200": {"description": "ok"}}});
        (format!("/a/{n}"), json!({ "get": get }))
    };
    let paths: serde_json::Map<String, Value> = (0..900).map(operation).collect();
    let spec = place.path().join("large.json");
    let description = json!({"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": paths});
    fs::write(&spec, description.to_string())?;
    let (mut seen, mut offset) = (Vec::new(), Some(0));
    while let Some(from) = offset {
        let result = call(&client, "inspect_api", json!({"api": spec, "limit": 500, "offset": from})).await?;
        let told = text(&result);
        let page = result.structured_content.unwrap_or_default();
        assert!(page.to_string().len() < 70_000, "{}", page.to_string().len());
        seen.extend(page["operations"].as_array().ok_or("no list")?.iter().map(|each| each["id"].clone()));
        offset = page["next_offset"].as_u64();
        assert!(offset.is_none_or(|next| next > from && told.contains(&format!("offset {next}"))), "{told}");
    }
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 900);
    Ok(())
}

#[tokio::test]
async fn a_whole_number_with_a_fraction_is_an_integer() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let found = done(&client, "discover_mock_servers", json!({"ports": [9.0, 11.0]})).await?;
    assert_eq!(found["total_running"], 0, "{found}");
    let listed =
        done(&client, "inspect_api", json!({"api": petstore(), "limit": 2.0, "offset": 1e0})).await?;
    assert_eq!(listed["operations"].as_array().map(Vec::len), Some(2), "{listed}");
    let told = failure(&client, "inspect_api", json!({"api": petstore(), "limit": 2.5})).await?;
    assert!(told.contains("limit"), "{told}");
    // A body stays as it is.
    let url = started(&client).await?;
    let sent = json!({"server_url": url, "operation": "addPet", "exact_body": true, "body": {"name": "a", "n": 5.0}});
    let sent = done(&client, "call_mock", sent).await?;
    assert!(sent["request"]["body"].as_str().is_some_and(|body| body.contains("5.0")), "{sent}");
    Ok(())
}

#[tokio::test]
async fn headers_of_the_connection_are_not_sent_as_given() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    for (name, value) in [
        ("Content-Length", "5000"),
        ("transfer-encoding", "chunked"),
        ("Host", "other"),
        ("Connection", "close"),
    ] {
        let arguments = json!({"server_url": url, "operation": "addPet", "headers": { name: value }});
        let told = failure(&client, "call_mock", arguments).await?;
        assert!(told.contains(name) && told.contains("Next:"), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn the_text_of_a_call_says_why_it_was_refused() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let asked = json!({"server_url": url, "operation": "getPetById", "parameters": {"petId": "seven"}});
    let result = call(&client, "call_mock", asked).await?;
    let told = text(&result);
    assert!(
        told.contains("does not allow") && told.contains("petId"),
        "{told}\n{:?}",
        result.structured_content
    );
    Ok(())
}

#[tokio::test]
async fn a_mock_is_found_by_the_name_that_it_was_given() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let begun = done(&client, "start_mock_server", json!({"source": petstore()})).await?;
    let found = done(&client, "query_mock_logs", json!({"server_url": begun["server"]})).await?;
    assert_eq!(found["total_count"], 0, "{found}");
    for other in ["no-such-mock", "-5", "99999", "not a url"] {
        let told = failure(&client, "query_mock_logs", json!({"server_url": other})).await?;
        assert!(told.contains("no address, port or name of a mock"), "{told}");
        assert!(
            told.contains(begun["url"].as_str().unwrap_or("?")) && !told.contains("--mock-host"),
            "{told}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_project_starts_by_its_path_where_it_is_below_the_root() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let made = done(&client, "generate_mock_api", json!({"spec_url_or_path": petstore()})).await?;
    let begun = done(&client, "start_mock_server", json!({"source": made["path"]})).await?;
    assert_eq!(begun["project"], made["path"]);
    let outside = place.path().join("outside");
    fs::create_dir_all(&outside)?;
    fs::write(outside.join("mockloop.json"), "{}")?;
    let told = failure(&client, "start_mock_server", json!({"source": outside})).await?;
    assert!(told.contains("--output-root"), "{told}");
    Ok(())
}

#[tokio::test]
async fn an_active_scenario_is_deleted_as_the_failure_says() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let manage = |operation: &str, name: Option<&str>| {
        json!({"server_url": url, "operation": operation, "scenario_name": name,
            "scenario_config": (operation == "create_scenario").then(|| json!({"operations": {"*": [{"respond": {"status": 503}}]}}))})
    };
    done(&client, "manage_mock_data", manage("create_scenario", Some("mine"))).await?;
    done(&client, "manage_mock_data", manage("switch_scenario", Some("mine"))).await?;
    let told = failure(&client, "manage_mock_data", manage("delete_scenario", Some("mine"))).await?;
    assert!(told.contains("switch_scenario without `scenario_name`"), "{told}");
    done(&client, "manage_mock_data", manage("switch_scenario", None)).await?;
    done(&client, "manage_mock_data", manage("delete_scenario", Some("mine"))).await?;
    Ok(())
}

#[tokio::test]
async fn several_methods_are_asked_for_at_once() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    for operation in ["addPet", "getPetById", "removePet"] {
        done(&client, "call_mock", json!({"server_url": url, "operation": operation})).await?;
    }
    let found = done(&client, "query_mock_logs", json!({"server_url": url, "method": "GET, POST"})).await?;
    assert_eq!(found["total_count"], 2, "{found}");
    Ok(())
}

#[tokio::test]
async fn overrides_that_go_before_a_scenario_are_named_with_the_way_to_clear_them() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let manage = |operation: &str, more: Value| {
        let mut arguments = json!({"server_url": url, "operation": operation});
        if let (Some(all), Value::Object(more)) = (arguments.as_object_mut(), more) {
            all.extend(more);
        }
        arguments
    };
    let switch = || manage("switch_scenario", json!({"scenario_name": "server-errors"}));
    let plain = done(&client, "manage_mock_data", switch()).await?;
    assert!(!plain["message"].to_string().contains("clear_response"), "{plain}");
    let set = json!({"endpoint_path": "getPetById", "response_data": {"status_code": 200}});
    done(&client, "manage_mock_data", manage("update_response", set)).await?;
    let told = done(&client, "manage_mock_data", switch()).await?;
    let message = told["message"].to_string();
    assert!(message.contains("getPetById") && message.contains("clear_response"), "{message}");
    for was_set in [true, false] {
        let one = manage("clear_response", json!({"endpoint_path": "getPetById"}));
        let cleared = done(&client, "manage_mock_data", one).await?;
        assert_eq!(cleared["result"]["was_set"], was_set, "{cleared}");
    }
    let again = done(&client, "manage_mock_data", switch()).await?;
    assert!(!again["message"].to_string().contains("clear_response"), "{again}");
    Ok(())
}

#[tokio::test]
async fn descriptions_of_one_file_name_and_a_title_that_says_nothing_give_projects_of_their_own() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    for folder in ["orders", "users"] {
        let spec = place.path().join(folder).join("openapi.json");
        std::fs::create_dir_all(place.path().join(folder))?;
        let description = json!({"openapi": "3.1.0", "info": {"title": "FastAPI", "version": "1"}, "paths": {
            format!("/{folder}"): {"get": {"responses": {"200": {"description": "ok"}}}}}});
        std::fs::write(&spec, description.to_string())?;
        let made = done(&client, "generate_mock_api", json!({ "spec_url_or_path": spec })).await?;
        assert_eq!(made["project"], format!("{folder}_mock"), "{made}");
    }
    Ok(())
}
