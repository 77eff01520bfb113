//! Clients that say where files may go: while a request waits, or in place of its result.

use rmcp::model::{
    CallToolResponse, GetPromptRequestParams, InputRequest, PromptMessage, ReadResourceRequestParams,
    ReadResourceResponse, ResourceContents,
};
use serde_json::{Value, json};

use crate::sides::Person;
use crate::support::{Client, Done, Place, connect, connect_newest, done, failure, petstore, request};

type Failed = Box<dyn std::error::Error>;

fn address(place: &Place) -> Result<String, Failed> {
    Ok(url::Url::from_directory_path(place.path()).map_err(|()| "no address")?.to_string())
}

/// A person whose client offers the place as its root.
fn person(place: &Place) -> Result<Person, Failed> {
    Ok(Person { root: Some(address(place)?), ..Person::default() })
}

/// A client of a server for which nobody chose a folder.
async fn client(place: &Place, person: &Person, is_newest: bool) -> Result<Client<Person>, Failed> {
    let mut options = place.options();
    options.output_root = None;
    let server = mockloop_mcp::Mockloop::new(options)?;
    if is_newest {
        connect_newest(server, person.clone()).await
    } else {
        connect(server, person.clone()).await
    }
}

fn times_asked(person: &Person) -> usize {
    person.heard().iter().filter(|heard| *heard == "roots").count()
}

#[tokio::test]
async fn files_go_into_the_clients_root_where_nobody_chose_another() -> Done {
    for is_newest in [false, true] {
        let place = Place::new()?;
        let client = client(&place, &person(&place)?, is_newest).await?;
        done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
        let project = place.path().join("generated_mocks/corner_petstore_mock");
        assert!(project.join("main.py").is_file(), "newest: {is_newest}");
        // Who looks for a project by its name, looks there too.
        let inspected = done(&client, "inspect_api", json!({"api": "corner_petstore_mock"})).await?;
        assert_eq!(inspected["title"], "Corner Petstore", "newest: {is_newest}");
        let started = done(&client, "start_mock_server", json!({"source": "corner_petstore_mock"})).await?;
        assert_eq!(started["project"], json!(project), "newest: {is_newest}");
        let found = done(&client, "discover_mock_servers", json!({})).await?;
        assert!(found["generated_mocks"].to_string().contains("corner_petstore_mock"), "{found}");
        done(&client, "stop_mock_server", json!({ "server": started["server"] })).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_a_person_chose_is_not_asked_for() -> Done {
    let place = Place::new()?;
    let person = person(&place)?;
    let client = connect_newest(place.server()?, person.clone()).await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(place.root().join("corner_petstore_mock/main.py").is_file());
    assert_eq!(times_asked(&person), 0);
    Ok(())
}

#[tokio::test]
async fn the_answer_about_changed_files_comes_with_that_about_roots() -> Done {
    for overwrite in [true, false] {
        let place = Place::new()?;
        let person = Person { overwrite: Some(overwrite), ..person(&place)? };
        let client = client(&place, &person, true).await?;
        done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
        let file = place.path().join("generated_mocks/corner_petstore_mock/main.py");
        std::fs::write(&file, "# mine\n")?;
        let again = done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
        assert_eq!(again["files_kept"] == json!([]), overwrite, "{again}");
        assert_eq!(std::fs::read_to_string(&file)? == "# mine\n", !overwrite);
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_about_files_in_one_root_counts_for_no_other() -> Done {
    let (place, other) = (Place::new()?, Place::new()?);
    let person = Person { overwrite: Some(true), ..person(&place)? };
    let client = client(&place, &person, true).await?;
    let mut call = request("generate_mock_api", json!({ "spec_url_or_path": petstore() }));
    let roots = |place: &Place| -> Result<Value, Failed> { Ok(json!({"roots": [{"uri": address(place)?}]})) };
    for place in [&place, &other] {
        call.input_responses = Some([("roots".to_owned(), roots(place)?)].into());
        assert!(matches!(client.call_tool_once(call.clone()).await?, CallToolResponse::Complete(_)));
        std::fs::write(place.path().join("generated_mocks/corner_petstore_mock/main.py"), "# mine\n")?;
    }
    call.input_responses = Some([("roots".to_owned(), roots(&place)?)].into());
    let CallToolResponse::InputRequired(asked) = client.call_tool_once(call.clone()).await? else {
        return Err("nobody was asked".into());
    };
    let questions = asked.input_requests.unwrap_or_default();
    assert_eq!(questions.keys().collect::<Vec<_>>(), ["overwrite", "roots"]);
    let yes = json!({"action": "accept", "content": {"overwrite": true}});
    call.request_state = asked.request_state;
    call.input_responses = Some([("roots".to_owned(), roots(&other)?), ("overwrite".to_owned(), yes)].into());
    let again = client.call_tool_once(call).await?;
    assert!(matches!(again, CallToolResponse::InputRequired(_)), "{again:?}");
    let file = other.path().join("generated_mocks/corner_petstore_mock/main.py");
    assert_eq!(std::fs::read_to_string(file)?, "# mine\n");
    Ok(())
}

#[tokio::test]
async fn each_call_asks_and_nothing_is_written_before_the_answer() -> Done {
    let place = Place::new()?;
    let client = client(&place, &person(&place)?, true).await?;
    // That another call had an answer, says nothing.
    done(&client, "discover_mock_servers", json!({})).await?;
    for tool in [
        request("generate_mock_api", json!({ "spec_url_or_path": petstore() })),
        request("start_mock_server", json!({ "source": petstore() })),
        request("inspect_api", json!({"api": "corner_petstore_mock"})),
        request("discover_mock_servers", json!({})),
    ] {
        let name = tool.name.clone();
        let CallToolResponse::InputRequired(asked) = client.call_tool_once(tool).await? else {
            return Err(format!("{name} asked nothing").into());
        };
        let questions = asked.input_requests.unwrap_or_default();
        assert!(matches!(questions.get("roots"), Some(InputRequest::ListRoots(_))), "{name}: {questions:?}");
        assert!(!place.path().join("generated_mocks").exists(), "{name}");
    }
    // A description is read without.
    let inspect = request("inspect_api", json!({ "api": petstore() }));
    assert!(matches!(client.call_tool_once(inspect).await?, CallToolResponse::Complete(_)));
    Ok(())
}

#[tokio::test]
async fn what_is_no_root_is_as_none() -> Done {
    let place = Place::new()?;
    for root in ["https://example.com/", "no address", "file://elsewhere/x"] {
        let person = Person { root: Some(root.to_owned()), ..Person::default() };
        let client = client(&place, &person, true).await?;
        let text = failure(&client, "inspect_api", json!({"api": "no_such_project"})).await?;
        let here = std::env::current_dir()?.join("generated_mocks");
        assert!(text.contains(&here.display().to_string()), "{root}: {text}");
    }
    // Neither is an answer that is none.
    let client = client(&place, &person(&place)?, true).await?;
    let mut call = request("inspect_api", json!({"api": "no_such_project"}));
    call.input_responses = Some([("roots".to_owned(), json!(7))].into());
    let answer = client.call_tool_once(call).await?;
    assert!(matches!(answer, CallToolResponse::Complete(_)), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn resources_and_prompts_look_into_the_clients_root() -> Done {
    for is_newest in [false, true] {
        let place = Place::new()?;
        let client = client(&place, &person(&place)?, is_newest).await?;
        done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
        for address in ["mockloop://projects", "mockloop://projects/corner_petstore_mock/openapi"] {
            let read = client.read_resource(ReadResourceRequestParams::new(address)).await?;
            let Some(ResourceContents::TextResourceContents { text, .. }) = read.contents.first() else {
                return Err("no text".into());
            };
            assert!(text.contains("Corner Petstore"), "newest: {is_newest}: {text}");
        }
        let arguments = json!({"openapi_spec": "corner_petstore_mock"}).as_object().cloned();
        let mut prompt = GetPromptRequestParams::new("analyze_openapi_for_testing");
        prompt.arguments = arguments;
        let told: Vec<PromptMessage> = client.get_prompt(prompt).await?.messages;
        assert!(format!("{told:?}").contains("listPets"), "newest: {is_newest}: {told:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_needs_no_root_is_read_without_a_question() -> Done {
    let place = Place::new()?;
    let client = client(&place, &person(&place)?, true).await?;
    let logs = ReadResourceRequestParams::new("mockloop://servers/9/logs");
    let read = client.read_resource_once(logs).await;
    assert!(!matches!(read, Ok(ReadResourceResponse::InputRequired(_))), "{read:?}");
    Ok(())
}

#[tokio::test]
async fn a_relative_path_is_looked_for_in_the_clients_root_and_not_outside_of_it() -> Done {
    for is_newest in [false, true] {
        let place = Place::new()?;
        let root = place.path().join("repository");
        std::fs::create_dir_all(root.join("specs"))?;
        for file in ["repository/shop.yaml", "repository/specs/shop.yaml", "outside.yaml"] {
            std::fs::copy(petstore(), place.path().join(file))?;
        }
        let uri = url::Url::from_directory_path(&root).map_err(|()| "no address")?.to_string();
        let person = Person { root: Some(uri), ..Person::default() };
        let client = client(&place, &person, is_newest).await?;
        for spec in ["shop.yaml", "specs/shop.yaml"] {
            let inspected = done(&client, "inspect_api", json!({ "api": spec })).await?;
            assert_eq!(inspected["title"], "Corner Petstore", "newest: {is_newest}");
        }
        done(&client, "generate_mock_api", json!({"spec_url_or_path": "specs/shop.yaml"})).await?;
        let here = std::env::current_dir()?.display().to_string();
        for spec in ["specs/none.yaml", "../outside.yaml"] {
            let text = failure(&client, "generate_mock_api", json!({ "spec_url_or_path": spec })).await?;
            let root = root.display().to_string();
            assert!(text.contains("no such file") && text.contains(&root) && text.contains(&here), "{text}");
        }
    }
    Ok(())
}
