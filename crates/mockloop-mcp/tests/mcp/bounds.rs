//! Descriptions of unknown origin, and the files of the machine that they refer to.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::sides::Person;
use crate::support::{Client, Done, Place, connect, connect_newest, done};

type Failed = Box<dyn std::error::Error>;

/// A folder with a description in it that refers to a file, and a secret beside the folder.
fn description(place: &Place, name: &str, reference: &str) -> Result<PathBuf, Failed> {
    let folder = place.path().join("specs");
    fs::create_dir_all(&folder)?;
    fs::write(place.path().join("secret.json"), r#"{"Key": {"type": "string", "const": "TOPSECRET"}}"#)?;
    fs::write(folder.join("beside.json"), r#"{"Key": {"type": "string", "const": "BESIDE"}}"#)?;
    let media = if reference.ends_with("#/Key") {
        json!({ "schema": { "$ref": reference } })
    } else {
        json!({"schema": {"type": "string"}, "examples": {"a": { "externalValue": reference }}})
    };
    let description = json!({"openapi": "3.1.0", "info": {"title": name, "version": "1"}, "paths": {"/a": {"get": {
        "operationId": "get", "responses": {"200": {"description": "ok", "content": {"application/json": media}}}}}}});
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, description.to_string())?;
    Ok(file)
}

/// All that a model is told of a description, with the project that is made of it.
async fn told<H: rmcp::service::Service<rmcp::service::RoleClient>>(
    client: &Client<H>,
    place: &Place,
    spec: &Path,
    name: &str,
) -> Result<String, Failed> {
    let inspected = done(client, "inspect_api", json!({"api": spec, "operation": "get"})).await?;
    let made = json!({"spec_url_or_path": spec, "output_dir_name": name, "webhooks_enabled": false, "admin_ui_enabled": false});
    let made = done(client, "generate_mock_api", made).await?;
    let project = Path::new(made["path"].as_str().ok_or("no path")?);
    assert!(project.starts_with(place.path()));
    Ok(format!("{inspected}\n{made}\n{}", fs::read_to_string(project.join("api.json"))?))
}

#[tokio::test]
async fn a_description_has_no_file_read_outside_of_its_folder() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let secret = place.path().join("secret.json");
    let references = [
        ("above", "../secret.json#/Key".to_owned()),
        ("absolute", format!("{}#/Key", secret.display())),
        ("address", format!("file://{}#/Key", secret.display())),
        ("encoded", "..%2fsecret.json#/Key".to_owned()),
        ("linked", "link.json#/Key".to_owned()),
        ("value", secret.display().to_string()),
        ("missing", "../nothing.json#/Key".to_owned()),
    ];
    #[cfg(unix)]
    {
        fs::create_dir_all(place.path().join("specs"))?;
        std::os::unix::fs::symlink(&secret, place.path().join("specs/link.json"))?;
    }
    for (name, reference) in references {
        let spec = description(&place, name, &reference)?;
        let told = told(&client, &place, &spec, name).await?;
        assert!(!told.contains("TOPSECRET"), "{name}: {told}");
        assert!(told.contains("is outside of") && told.contains("start mockloop-mcp in"), "{name}: {told}");
    }
    let spec = description(&place, "own", "beside.json#/Key")?;
    let told = told(&client, &place, &spec, "own").await?;
    assert!(told.contains("BESIDE") && !told.contains("is outside of"), "{told}");
    Ok(())
}

#[tokio::test]
async fn the_folder_that_a_person_works_in_is_no_outside() -> Done {
    for is_newest in [false, true] {
        let place = Place::new()?;
        let root = url::Url::from_directory_path(place.path()).map_err(|()| "no address")?.to_string();
        let person = Person { root: Some(root), ..Person::default() };
        let client = if is_newest {
            connect_newest(place.server()?, person).await?
        } else {
            connect(place.server()?, person).await?
        };
        let spec = description(&place, "above", "../secret.json#/Key")?;
        let inspected: Value = done(&client, "inspect_api", json!({"api": spec, "operation": "get"})).await?;
        assert!(inspected.to_string().contains("TOPSECRET"), "newest {is_newest}: {inspected}");
        assert_eq!(inspected["diagnostics"], json!([]), "newest {is_newest}");
    }
    Ok(())
}
