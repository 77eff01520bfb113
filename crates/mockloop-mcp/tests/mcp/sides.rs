//! What a client has to say: where files go, whether edits are overwritten, and what it wants to hear.
#![expect(deprecated, reason = "roots are what clients of earlier revisions have")]

use std::sync::{Arc, Mutex, PoisonError};

use rmcp::ClientHandler;
use rmcp::ErrorData;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationCapability, FormElicitationCapability, Implementation, ListRootsResult,
    ProgressNotificationParam, Root,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde_json::json;

use crate::support::{Done, Place, connect, done, petstore};

/// A client with a root, an answer to questions, and an ear for progress.
#[derive(Clone, Default)]
struct Person {
    root: Option<String>,
    overwrite: Option<bool>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Person {
    fn hear(&self, text: String) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.hear(progress.message.unwrap_or_default());
    }
}

#[tokio::test]
async fn files_go_into_the_clients_root_where_nobody_chose_another() -> Done {
    let place = Place::new()?;
    let mut options = place.options();
    options.output_root = None;
    let root = url::Url::from_directory_path(place.path()).map_err(|()| "no address")?;
    let person = Person { root: Some(root.to_string()), ..Person::default() };
    let client = connect(mockloop_mcp::Mockloop::new(options)?, person).await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(place.path().join("generated_mocks/corner_petstore_mock/main.py").is_file());
    Ok(())
}

#[tokio::test]
async fn what_a_person_changed_is_overwritten_only_where_that_person_says_so() -> Done {
    for (overwrite, expected_kept) in [(Some(true), 0), (Some(false), 1), (None, 1)] {
        let place = Place::new()?;
        let person = Person { overwrite, ..Person::default() };
        let client = connect(place.server()?, person.clone()).await?;
        let generate = json!({ "spec_url_or_path": petstore() });
        done(&client, "generate_mock_api", generate.clone()).await?;
        let file = place.root().join("corner_petstore_mock/main.py");
        std::fs::write(&file, "# mine\n")?;
        let again = done(&client, "generate_mock_api", generate).await?;
        assert_eq!(
            again["files_kept"].as_array().map(Vec::len),
            Some(expected_kept),
            "{overwrite:?} {again}"
        );
        assert_eq!(std::fs::read_to_string(&file)? == "# mine\n", expected_kept == 1);
        let questions = person.heard().iter().filter(|heard| heard.contains("main.py")).count();
        assert_eq!(questions, usize::from(overwrite.is_some()));
    }
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
