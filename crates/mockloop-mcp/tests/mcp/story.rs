//! The whole way of an assistant, and what each tool gives where all is well.

use serde_json::json;

use crate::support::{Done, Place, call, done, petstore, text};

#[tokio::test]
async fn an_assistant_generates_runs_calls_reads_and_steers_a_mock() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;

    let made = done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert_eq!((&made["project"], &made["operations"]), (&json!("corner_petstore_mock"), &json!(10)));
    assert!(place.root().join("corner_petstore_mock/main.py").is_file());

    let seen =
        done(&client, "inspect_api", json!({"api": "corner_petstore_mock", "operation": "addPet"})).await?;
    assert_eq!(seen["operation"]["sample_request"]["target"], "/pets");

    let started = done(&client, "start_mock_server", json!({"source": "corner_petstore_mock"})).await?;
    let url = started["url"].clone();
    let again = done(&client, "start_mock_server", json!({"source": "corner_petstore_mock"})).await?;
    assert_eq!((&again["url"], &again["was_running"]), (&url, &json!(true)));

    let found = done(&client, "discover_mock_servers", json!({})).await?;
    assert_eq!(found["discovered_servers"][0]["title"], "Corner Petstore", "{found}");
    assert_eq!(found["generated_mocks"][0]["name"], "corner_petstore_mock", "{found}");

    let add = json!({"server_url": url, "operation": "addPet", "body": {"name": "Tom"}, "headers": {"X-Session-ID": "one"}});
    let added = done(&client, "call_mock", add).await?;
    assert_eq!((&added["status"], &added["decided_by"]), (&json!(201), &json!("sample")), "{added}");
    let get = json!({"server_url": url, "operation": "GET /pets/{petId}", "parameters": {"petId": 7}, "headers": {"X-Session-ID": "two"}});
    let pet = done(&client, "call_mock", get.clone()).await?;
    assert_eq!((&pet["status"], &pet["request"]["target"]), (&json!(200), &json!("/pets/7")));

    let logs = done(&client, "query_mock_logs", json!({ "server_url": url })).await?;
    assert_eq!((&logs["total_count"], &logs["logs"][1]["operation_id"]), (&json!(2), &json!("addPet")));
    assert_eq!(logs["analysis"]["endpoints"]["coverage"]["called"], 2);

    let expected = json!({"server_url": url, "operation_id": "addPet", "body": {"json_path": {"$.name": "Tom"}}, "exactly": 1});
    assert_eq!(done(&client, "verify_requests", expected).await?["verified"], true);
    let unexpected =
        json!({"server_url": url, "operation_id": "addPet", "body": {"json_path": {"$.name": "Rex"}}});
    let verdict = done(&client, "verify_requests", unexpected).await?;
    assert_eq!(verdict["verified"], false);
    assert!(verdict["near_misses"][0].to_string().contains("Tom"), "{verdict}");

    let parts =
        json!({"server_url": url, "baseline": {"session_id": "one"}, "candidate": {"session_id": "two"}});
    let compared = done(&client, "compare_traffic", parts).await?;
    assert_eq!(compared["comparison"]["candidate"]["total_requests"], 1, "{compared}");

    let manage = |operation: &str, more: serde_json::Value| {
        let mut arguments = json!({"server_url": url, "operation": operation});
        for (name, value) in more.as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        arguments
    };
    let set = json!({"endpoint_path": "getPetById", "response_data": {"status_code": 404}});
    done(&client, "manage_mock_data", manage("update_response", set)).await?;
    let gone = done(&client, "call_mock", get.clone()).await?;
    assert_eq!((&gone["status"], &gone["decided_by"]), (&json!(404), &json!("override")));

    let rules = json!({"operations": {"getPetById": [{"respond": {"status": 304}}]}});
    let create = json!({"scenario_name": "cached", "scenario_config": rules});
    done(&client, "manage_mock_data", manage("create_scenario", create.clone())).await?;
    done(&client, "manage_mock_data", manage("create_scenario", create)).await?;
    done(&client, "manage_mock_data", manage("reset", json!({}))).await?;
    done(&client, "manage_mock_data", manage("switch_scenario", json!({"scenario_name": "cached"}))).await?;
    let cached = done(&client, "call_mock", get.clone()).await?;
    assert_eq!((&cached["status"], &cached["decided_by"]), (&json!(304), &json!("scenario")));
    let listed = done(&client, "manage_mock_data", manage("list_scenarios", json!({}))).await?;
    assert_eq!(listed["result"]["current_scenario"], "cached");
    let shown =
        done(&client, "manage_mock_data", manage("get_scenario", json!({"scenario_name": "cached"}))).await?;
    assert_eq!(shown["result"]["operations"]["getPetById"][0]["respond"]["status"], 304);
    done(&client, "manage_mock_data", manage("switch_scenario", json!({}))).await?;
    done(&client, "manage_mock_data", manage("delete_scenario", json!({"scenario_name": "cached"}))).await?;
    assert_eq!(done(&client, "call_mock", get).await?["status"], 200);

    let stopped = done(&client, "stop_mock_server", json!({ "server": url })).await?;
    assert_eq!(stopped["server"], started["server"]);
    let found = done(&client, "discover_mock_servers", json!({})).await?;
    assert_eq!(found["total_running"], 0, "{found}");
    Ok(())
}

#[tokio::test]
async fn a_scenario_for_one_session_leaves_the_others_alone() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = crate::support::started(&client).await?;
    let switch = json!({"server_url": url, "operation": "switch_scenario", "scenario_name": "server-errors",
        "scenario_config": {"session_id": "mine"}});
    done(&client, "manage_mock_data", switch).await?;
    let get = |session: &str| json!({"server_url": url, "operation": "getPetById", "headers": {"X-Session-ID": session}});
    assert_eq!(done(&client, "call_mock", get("mine")).await?["status"], 500);
    assert_eq!(done(&client, "call_mock", get("other")).await?["status"], 200);
    Ok(())
}

#[tokio::test]
async fn packs_are_accepted_by_the_mock_that_they_are_made_for() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = crate::support::started(&client).await?;
    let packs = client.list_all_resources().await?;
    let packs = packs.iter().filter(|resource| resource.uri.starts_with("scenario-pack://"));
    let mut count = 0;
    for pack in packs {
        let read =
            client.read_resource(rmcp::model::ReadResourceRequestParams::new(pack.uri.clone())).await?;
        let read = serde_json::to_value(read)?;
        let pack: serde_json::Value =
            serde_json::from_str(read["contents"][0]["text"].as_str().unwrap_or_default())?;
        for scenario in pack["scenarios"].as_array().into_iter().flatten() {
            let mut create = scenario.clone();
            create["server_url"] = json!(url);
            create["operation"] = json!("create_scenario");
            done(&client, "manage_mock_data", create).await?;
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
    Ok(())
}

#[tokio::test]
async fn a_result_fits_a_model_however_large_the_log_is() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = crate::support::started(&client).await?;
    let body = json!({"name": "x".repeat(40_000)});
    for _ in 0..30 {
        let add = json!({"server_url": url, "operation": "addPet", "body": body, "exact_body": true});
        call(&client, "call_mock", add).await?;
    }
    let result = call(&client, "query_mock_logs", json!({ "server_url": url })).await?;
    let size = serde_json::to_string(&result.structured_content)?.len() + text(&result).len();
    assert!(size < 25_000 * 3, "{size}");
    Ok(())
}

#[tokio::test]
async fn fifty_calls_at_once_are_all_answered() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = crate::support::started(&client).await?;
    let get =
        |id: i32| json!({"server_url": url, "operation": "getPetById", "parameters": {"petId": id + 1}});
    let calls = (0..50).map(|id| call(&client, "call_mock", get(id)));
    for result in futures::future::join_all(calls).await {
        assert_eq!(result?.structured_content.unwrap_or_default()["status"], 200);
    }
    let logs = done(&client, "query_mock_logs", json!({"server_url": url, "limit": 0})).await?;
    assert_eq!(logs["total_count"], 50);
    Ok(())
}

#[tokio::test]
async fn null_is_an_argument_that_was_left_out() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let arguments = json!({"spec_url_or_path": petstore(), "output_dir_name": null, "auth_enabled": null});
    assert_eq!(done(&client, "generate_mock_api", arguments).await?["project"], "corner_petstore_mock");
    Ok(())
}

#[tokio::test]
async fn a_request_with_thousands_of_parameters_hides_no_other() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = crate::support::started(&client).await?;
    done(&client, "call_mock", json!({"server_url": url, "operation": "getPetById"})).await?;
    let many: Vec<String> = (0..5000).map(|n| format!("k{n:05}=1")).collect();
    let client_of_mock = mockloop_runtime::admin::MockClient::new(&url)?;
    client_of_mock.http().get(format!("{url}/pets?{}", many.join("&"))).send().await?;
    let all = done(&client, "query_mock_logs", json!({ "server_url": url })).await?;
    assert_eq!(all["logs"].as_array().map(Vec::len), Some(2), "{}", all["message"]);
    let none = done(&client, "query_mock_logs", json!({"server_url": url, "limit": 0})).await?;
    assert_eq!(none["next_offset"], json!(null));
    Ok(())
}

#[tokio::test]
async fn three_starts_of_one_project_at_once_give_one_server() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    done(&client, "generate_mock_api", json!({"spec_url_or_path": petstore(), "auth_enabled": false}))
        .await?;
    let start = || call(&client, "start_mock_server", json!({"source": petstore()}));
    let (one, two, three) = tokio::join!(start(), start(), start());
    let mut urls = Vec::new();
    for result in [one?, two?, three?] {
        urls.push(result.structured_content.unwrap_or_default()["url"].to_string());
    }
    urls.dedup();
    assert_eq!(urls.len(), 1, "{urls:?}");
    let manifest = std::fs::read_to_string(place.root().join("corner_petstore_mock/mockloop.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest)?;
    assert_eq!(manifest["options"]["auth"], false, "{manifest}");
    Ok(())
}
