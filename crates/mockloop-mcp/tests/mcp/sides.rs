//! What a client has to say: whether edits are overwritten, and what it wants to hear.
#![expect(deprecated, reason = "clients say in this way alone where files may go")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::ClientHandler;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResponse, ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationCapability, FormElicitationCapability, Implementation, ListRootsResult, LoggingLevel,
    LoggingMessageNotificationParam, ProgressNotificationParam, Root, SetLevelRequestParams,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Client, Done, Place, call, connect, connect_newest, done, petstore, request};

/// A client with a root, an answer to questions, and an ear for progress.
#[derive(Clone, Default)]
pub(crate) struct Person {
    pub(crate) root: Option<String>,
    pub(crate) overwrite: Option<bool>,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    pub(crate) progress: Arc<Mutex<Vec<f64>>>,
    pub(crate) news: Arc<Notify>,
}

impl Person {
    fn hear(&self, text: String) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        self.news.notify_one();
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until something that begins so was heard.
    async fn hears(&self, beginning: &str) -> Done {
        let heard = async {
            while !self.heard().iter().any(|heard| heard.starts_with(beginning)) {
                self.news.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), heard)
            .await
            .map_err(|_| format!("{beginning} is not in {:?}", self.heard()).into())
    }
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        if self.root.is_some() {
            capabilities.roots = Some(rmcp::model::RootsCapabilities::default());
        }
        if self.overwrite.is_some() {
            let mut elicitation = ElicitationCapability::default();
            elicitation.form = Some(FormElicitationCapability::default());
            capabilities.elicitation = Some(elicitation);
        }
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn list_roots(&self, _context: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        self.hear("roots".to_owned());
        Ok(ListRootsResult::new(self.root.iter().map(|root| Root::new(root.clone())).collect()))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        if let ElicitRequestParams::FormElicitationParams { message, .. } = request {
            self.hear(message);
        }
        let overwrite = self.overwrite.unwrap_or_default();
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "overwrite": overwrite })))
    }

    async fn on_logging_message(
        &self,
        message: LoggingMessageNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.hear(format!("{:?}: {}", message.level, message.data.as_str().unwrap_or_default()));
    }

    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).push(progress.progress);
        self.hear(progress.message.unwrap_or_default());
    }
}

/// The petstore's project with a file that a person changed.
async fn changed(client: &Client<Person>, place: &Place) -> Result<PathBuf, Box<dyn std::error::Error>> {
    done(client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    let file = place.root().join("corner_petstore_mock/main.py");
    std::fs::write(&file, "# mine\n")?;
    Ok(file)
}

#[tokio::test]
async fn what_a_person_changed_is_overwritten_only_where_that_person_says_so() -> Done {
    for is_newest in [false, true] {
        for (overwrite, expected_kept) in [(Some(true), 0), (Some(false), 1), (None, 1)] {
            let place = Place::new()?;
            let person = Person { overwrite, ..Person::default() };
            let server = place.server()?;
            let client = if is_newest {
                connect_newest(server, person.clone()).await?
            } else {
                connect(server, person.clone()).await?
            };
            let file = changed(&client, &place).await?;
            let again = done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
            let case = format!("newest: {is_newest}, {overwrite:?}: {again}");
            assert_eq!(again["files_kept"].as_array().map(Vec::len), Some(expected_kept), "{case}");
            assert_eq!(std::fs::read_to_string(&file)? == "# mine\n", expected_kept == 1, "{case}");
            let questions = person.heard().iter().filter(|heard| heard.contains("Overwrite these?")).count();
            assert_eq!(questions, usize::from(overwrite.is_some()), "{case}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn starting_a_description_asks_for_what_a_person_changed_and_names_it() -> Done {
    for is_newest in [false, true] {
        let place = Place::new()?;
        let person = Person { overwrite: Some(false), ..Person::default() };
        let server = place.server()?;
        let client = if is_newest {
            connect_newest(server, person.clone()).await?
        } else {
            connect(server, person.clone()).await?
        };
        done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
        std::fs::write(place.root().join("corner_petstore_mock/README.md"), "mine\n")?;
        let started = done(&client, "start_mock_server", json!({ "source": petstore() })).await?;
        assert_eq!(started["files_kept"], json!(["README.md"]), "newest: {is_newest}");
        assert!(person.heard().iter().any(|heard| heard.contains("Overwrite these?")), "newest: {is_newest}");
        done(&client, "stop_mock_server", json!({ "server": started["server"] })).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_counts_for_the_question_that_it_was_given_to_and_no_other() -> Done {
    let place = Place::new()?;
    let client =
        connect_newest(place.server()?, Person { overwrite: Some(true), ..Person::default() }).await?;
    let file = changed(&client, &place).await?;
    let mut call = request("generate_mock_api", json!({ "spec_url_or_path": petstore() }));
    let CallToolResponse::InputRequired(asked) = client.call_tool_once(call.clone()).await? else {
        return Err("nobody was asked".into());
    };
    // One more file is changed before the answer comes; or the state is made up.
    let other = place.root().join("corner_petstore_mock/README.md");
    std::fs::write(&other, "mine\n")?;
    let yes = json!({"action": "accept", "content": {"overwrite": true}});
    call.input_responses = Some([("overwrite".to_owned(), yes)].into());
    for state in [asked.request_state, Some("yes".to_owned()), None] {
        call.request_state = state;
        let again = client.call_tool_once(call.clone()).await?;
        assert!(matches!(again, CallToolResponse::InputRequired(_)), "{again:?}");
        assert_eq!(std::fs::read_to_string(&file)?, "# mine\n");
    }
    // An answer that is none is a no.
    let CallToolResponse::InputRequired(asked) = client.call_tool_once(call.clone()).await? else {
        return Err("nobody was asked".into());
    };
    call.request_state = asked.request_state;
    for answer in
        [json!({"action": "decline"}), json!({"action": "accept", "content": {"overwrite": "x"}}), json!(7)]
    {
        call.input_responses = Some([("overwrite".to_owned(), answer)].into());
        assert!(matches!(client.call_tool_once(call.clone()).await?, CallToolResponse::Complete(_)));
        assert_eq!(std::fs::read_to_string(&file)?, "# mine\n");
    }
    Ok(())
}

#[tokio::test]
async fn clients_are_told_what_is_done_as_far_as_they_want_it() -> Done {
    let place = Place::new()?;
    let person = Person::default();
    let client = connect(place.server()?, person.clone()).await?;
    changed(&client, &place).await?;
    person.hears("Info: corner_petstore_mock was written").await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    person.hears("Warning: corner_petstore_mock keeps what a person changed: main.py").await?;
    call(&client, "inspect_api", json!({"api": "https://me:hidden@127.0.0.1:9/"})).await?;
    person.hears("Warning: inspect_api failed").await?;
    assert!(!person.heard().iter().any(|heard| heard.contains("hidden")), "{:?}", person.heard());

    client.set_level(SetLevelRequestParams::new(LoggingLevel::Warning)).await?;
    let before = person.heard().len();
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    let _ = call(&client, "no_such_tool", json!({})).await;
    person.hears("Warning: no_such_tool refused").await?;
    let heard = person.heard().split_off(before);
    assert!(!heard.iter().any(|heard| heard.starts_with("Info: ")), "{heard:?}");

    // Who is of the newest revision, and does not ask for any, gets none.
    let person = Person::default();
    let client = connect_newest(place.server()?, person.clone()).await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(!person.heard().iter().any(|heard| heard.contains("was written")), "{:?}", person.heard());
    Ok(())
}

#[tokio::test]
async fn long_work_says_how_far_it_is() -> Done {
    let place = Place::new()?;
    let person = Person::default();
    let client = connect(place.server()?, person.clone()).await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(person.heard().iter().any(|message| message.starts_with("Reading")), "{:?}", person.heard());
    Ok(())
}

#[tokio::test]
async fn whatever_takes_long_says_that_it_goes_on() -> Done {
    let place = Place::new()?;
    let mut options = place.options();
    options.mock_timeout = Some(Duration::from_secs(4));
    let person = Person::default();
    let client = connect(mockloop_mcp::Mockloop::new(options)?, person.clone()).await?;
    // Connections are taken by the system, and nobody reads from them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = silent.local_addr()?.port().to_string();
    let result = call(&client, "query_mock_logs", json!({ "server_url": port })).await?;
    assert_eq!(result.is_error, Some(true));
    person.hears("query_mock_logs (1 s)").await?;
    let values = person.progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(values.len() > 1 && values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
    Ok(())
}
