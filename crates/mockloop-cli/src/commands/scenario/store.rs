//! What takes a document. The mock looks at all of it first, so that what is wrong is told at its line; and
//! it is sent as it is written.

use anyhow::bail;
use mockloop_runtime::admin::models::{
    ChangedScenario, ImportScenarioOnConflict, NewScenario, Rules, ScenarioDocument,
};
use mockloop_runtime::admin::{CreateScenario, ImportScenario, MockClient, Raw, UpdateScenario};
use serde_json::Value;

use super::document::Document;
use super::{Conflict, change, shown};
use crate::exit::Exit;
use crate::terminal::{printable, write};

pub(super) async fn validate(mock: &MockClient, file: &str) -> anyhow::Result<Exit> {
    let document = Document::read(file)?;
    if !document.is_valid(mock, None).await? {
        return Ok(Exit::Problems);
    }
    write(&format!("{}: a mock takes it\n", printable(&document.name)))?;
    Ok(Exit::Clean)
}

/// Stores it, and makes it active where that is asked for: in a session, or for everybody.
pub(super) async fn create(
    mock: &MockClient,
    file: &str,
    activate: bool,
    session: Option<&str>,
) -> anyhow::Result<Exit> {
    let document = Document::read(file)?;
    if !document.is_valid(mock, None).await? {
        return Ok(Exit::Problems);
    }
    let create = CreateScenario::new(NewScenario::new("", Rules::new()));
    let stored = match mock.call(&Raw::of(create).body(document.value().clone())).await {
        Err(error) if error.status().is_some_and(|status| status.as_u16() == 409) => {
            bail!("{error}\n  `mockloop scenario update NAME {file}` replaces it");
        }
        stored => stored?,
    };
    let name = name_of(&stored);
    write(&format!("{} is stored\n", shown::quoted(name)))?;
    if activate {
        return change::activate(mock, name, session).await;
    }
    write(&format!("  `mockloop scenario activate {}` puts it in force\n", shown::argument(name)))?;
    Ok(Exit::Clean)
}

pub(super) async fn update(mock: &MockClient, name: &str, file: &str) -> anyhow::Result<Exit> {
    let document = Document::read(file)?;
    if !document.is_valid(mock, Some(name)).await? {
        return Ok(Exit::Problems);
    }
    let update = UpdateScenario::new(name, ChangedScenario::new(Rules::new()));
    let stored = mock.call(&Raw::of(update).body(document.value().clone())).await?;
    write(&format!("{} is replaced\n", shown::quoted(name_of(&stored))))?;
    Ok(Exit::Clean)
}

pub(super) async fn import(mock: &MockClient, file: &str, on_conflict: Conflict) -> anyhow::Result<Exit> {
    let document = Document::read(file)?;
    if !document.is_valid(mock, None).await? {
        return Ok(Exit::Problems);
    }
    let on_conflict = Some(match on_conflict {
        Conflict::Error => ImportScenarioOnConflict::Error,
        Conflict::Replace => ImportScenarioOnConflict::Replace,
        Conflict::Rename => ImportScenarioOnConflict::Rename,
    });
    let import = ImportScenario::new(ScenarioDocument::new("", Rules::new()));
    let import = Raw::of(ImportScenario { on_conflict, ..import }).body(document.value().clone());
    let stored = mock.call(&import).await?;
    write(&format!("{} is stored\n", shown::quoted(name_of(&stored))))?;
    Ok(Exit::Clean)
}

fn name_of(stored: &Value) -> &str {
    stored.get("name").and_then(Value::as_str).unwrap_or_default()
}
