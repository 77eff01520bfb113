//! Links in place of the folder for projects.
#![cfg(unix)]
#![expect(deprecated, reason = "roots are what clients of earlier revisions have")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rmcp::ClientHandler;
use rmcp::model::{ClientCapabilities, ClientConfig, ErrorData, Implementation, ListRootsResult, Root};
use rmcp::service::{RequestContext, RoleClient};
use serde_json::json;

use crate::support::{Client, Done, Place, connect, done, failure, petstore};

/// A client that offers a root.
struct Rooted(String);

impl ClientHandler for Rooted {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        capabilities.roots = Some(rmcp::model::RootsCapabilities::default());
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn list_roots(&self, _context: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        Ok(ListRootsResult::new(vec![Root::new(self.0.clone())]))
    }
}

/// A client whose root has `generated_mocks` as a link, and where the link leads.
async fn linked(place: &Place, to: &Path) -> Result<Client<Rooted>, Box<dyn std::error::Error>> {
    let root: PathBuf = place.path().join("repository");
    std::fs::create_dir_all(&root)?;
    symlink(to, root.join("generated_mocks"))?;
    let mut options = place.options();
    options.output_root = None;
    let root = url::Url::from_directory_path(root).map_err(|()| "no address")?;
    connect(mockloop_mcp::Mockloop::new(options)?, Rooted(root.to_string())).await
}

#[tokio::test]
async fn a_root_that_is_not_there_is_not_made() -> Done {
    let place = Place::new()?;
    let missing = place.path().join("missing");
    let mut options = place.options();
    options.output_root = None;
    let root = url::Url::from_directory_path(&missing).map_err(|()| "no address")?;
    let client = connect(mockloop_mcp::Mockloop::new(options)?, Rooted(root.to_string())).await?;
    let text = failure(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(text.contains("is no folder"), "{text}");
    assert!(!missing.exists());
    Ok(())
}

#[tokio::test]
async fn a_link_in_place_of_the_folder_for_projects_must_not_lead_out_of_the_clients_root() -> Done {
    for is_there in [true, false] {
        let place = Place::new()?;
        let outside = place.path().join("outside");
        if is_there {
            std::fs::create_dir_all(&outside)?;
        }
        let client = linked(&place, &outside).await?;
        for tool in ["generate_mock_api", "start_mock_server"] {
            let name = if tool == "start_mock_server" { "source" } else { "spec_url_or_path" };
            let text = failure(&client, tool, json!({ name: petstore() })).await?;
            assert!(text.contains("leads out of") && text.contains("--output-root"), "{text}");
        }
        assert_eq!(outside.exists(), is_there);
        assert!(!is_there || std::fs::read_dir(outside)?.next().is_none());
    }
    Ok(())
}

#[tokio::test]
async fn a_link_that_stays_in_the_clients_root_is_followed() -> Done {
    let place = Place::new()?;
    std::fs::create_dir_all(place.path().join("repository/mocks"))?;
    let client = linked(&place, Path::new("mocks")).await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(place.path().join("repository/mocks/corner_petstore_mock/main.py").is_file());
    Ok(())
}

#[tokio::test]
async fn a_folder_that_a_person_chose_may_be_a_link() -> Done {
    let place = Place::new()?;
    let elsewhere = place.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere)?;
    symlink(&elsewhere, place.root())?;
    let client = place.client().await?;
    done(&client, "generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    assert!(elsewhere.join("corner_petstore_mock/main.py").is_file());
    Ok(())
}
