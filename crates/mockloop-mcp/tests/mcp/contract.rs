//! What the server says that it offers; a change of it is to be seen.

use crate::support::{Done, Place};

#[tokio::test]
async fn tools_prompts_and_templates_are_those_that_are_recorded() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    insta::assert_json_snapshot!("tools", client.list_all_tools().await?);
    insta::assert_json_snapshot!("prompts", client.list_all_prompts().await?);
    insta::assert_json_snapshot!("resource_templates", client.list_all_resource_templates().await?);
    Ok(())
}

#[tokio::test]
async fn every_tool_says_when_to_use_it_what_comes_back_and_how_it_acts() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    for tool in client.list_all_tools().await? {
        let description = tool.description.as_deref().unwrap_or_default();
        assert!(description.contains("Example") && description.len() < 1200, "{}", tool.name);
        assert!(tool.output_schema.is_some(), "{}", tool.name);
        let annotations = tool.annotations.as_ref().ok_or("no annotations")?;
        assert!(
            annotations.read_only_hint.is_some() && annotations.destructive_hint.is_some(),
            "{}",
            tool.name
        );
        let properties = tool.input_schema.get("properties").and_then(|value| value.as_object());
        for (name, schema) in properties.into_iter().flatten() {
            let text = schema.to_string();
            assert!(text.contains("description"), "{} {name}", tool.name);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_four_core_tools_take_what_the_original_documents() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let tools = client.list_all_tools().await?;
    let expected = [
        (
            "generate_mock_api",
            vec![
                "spec_url_or_path",
                "output_dir_name",
                "auth_enabled",
                "webhooks_enabled",
                "admin_ui_enabled",
                "storage_enabled",
                "business_port",
                "admin_port",
            ],
        ),
        (
            "query_mock_logs",
            vec![
                "server_url",
                "limit",
                "offset",
                "method",
                "path_pattern",
                "time_from",
                "time_to",
                "include_admin",
                "analyze",
            ],
        ),
        ("discover_mock_servers", vec!["ports", "check_health", "include_generated"]),
        (
            "manage_mock_data",
            vec![
                "server_url",
                "operation",
                "endpoint_path",
                "response_data",
                "scenario_name",
                "scenario_config",
            ],
        ),
    ];
    for (name, parameters) in expected {
        let tool = tools.iter().find(|tool| tool.name == name).ok_or(name)?;
        let properties =
            tool.input_schema.get("properties").and_then(|value| value.as_object()).ok_or(name)?;
        let mut found: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut parameters = parameters;
        found.sort_unstable();
        parameters.sort_unstable();
        assert_eq!(found, parameters, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn prompts_are_messages_with_the_facts_of_the_api() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let spec = crate::support::petstore();
    let prompts = [
        ("analyze_openapi_for_testing", serde_json::json!({ "openapi_spec": spec }), "getPetById"),
        (
            "generate_scenario_config",
            serde_json::json!({"scenario_type": "error_simulation", "endpoints": "getPetById", "openapi_spec": spec}),
            "responses: 200 304",
        ),
        (
            "optimize_scenario_for_load",
            serde_json::json!({"base_scenario": "flaky", "target_load": "100 rps"}),
            "rate_limit",
        ),
        (
            "generate_error_scenarios",
            serde_json::json!({"api_endpoints": "addPet", "openapi_spec": spec}),
            "create_scenario",
        ),
        ("generate_security_test_scenarios", serde_json::json!({ "api_spec": spec }), "secured"),
        ("debug_failing_client", serde_json::json!({"server_url": "9"}), "query_mock_logs"),
    ];
    for (name, arguments, fact) in prompts {
        let mut request = rmcp::model::GetPromptRequestParams::new(name);
        request.arguments = arguments.as_object().cloned();
        let prompt = serde_json::to_value(client.get_prompt(request).await?)?;
        let text = prompt["messages"][0]["content"]["text"].as_str().unwrap_or_default();
        assert!(text.contains(fact), "{name}: {text}");
    }
    let missing = rmcp::model::GetPromptRequestParams::new("analyze_openapi_for_testing");
    assert!(client.get_prompt(missing).await.is_err());
    Ok(())
}
