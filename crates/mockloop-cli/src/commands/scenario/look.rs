//! What tells of scenarios and changes nothing.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use mockloop_runtime::admin::{
    ExportScenario, GetActiveScenario, GetScenario, GetSteeringHistory, ListScenarios, MockClient, Raw,
};

use super::{Format, shown};
use crate::exit::Exit;
use crate::terminal::{document, write};
use crate::whole;

pub(super) async fn list(mock: &MockClient, format: Format) -> anyhow::Result<Exit> {
    let list = ListScenarios { limit: Some(1000), ..ListScenarios::new() };
    write(&match format {
        Format::Json => document(&mock.call(&Raw::of(list)).await?)?,
        Format::Table => shown::list(&mock.call(&list).await?),
    })?;
    Ok(Exit::Clean)
}

pub(super) async fn show(mock: &MockClient, name: &str, format: Format) -> anyhow::Result<Exit> {
    let found = mock.call(&Raw::of(GetScenario::new(name))).await?;
    write(&match format {
        Format::Json => document(&found)?,
        Format::Table => shown::whole(&found)?,
    })?;
    Ok(Exit::Clean)
}

pub(super) async fn active(mock: &MockClient, session: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    let found = mock.call(&Raw::of(GetActiveScenario { session_id: session.map(str::to_owned) })).await?;
    write(&match format {
        Format::Json => document(&found)?,
        Format::Table => shown::active(&found)?,
    })?;
    Ok(Exit::Clean)
}

pub(super) async fn export(mock: &MockClient, name: &str, output: Option<&Path>) -> anyhow::Result<Exit> {
    let text = document(&mock.call(&Raw::of(ExportScenario::new(name))).await?)?;
    let Some(file) = output else {
        write(&text)?;
        return Ok(Exit::Clean);
    };
    let failed = || format!("can't write {}", file.display());
    let mut written = whole::create(file).with_context(failed)?;
    written.write_all(text.as_bytes()).with_context(failed)?;
    written.persist(file).with_context(failed)?;
    Ok(Exit::Clean)
}

pub(super) async fn history(mock: &MockClient, limit: i64, format: Format) -> anyhow::Result<Exit> {
    let history = GetSteeringHistory { limit: Some(limit), ..GetSteeringHistory::new() };
    write(&match format {
        Format::Json => document(&mock.call(&Raw::of(history)).await?)?,
        Format::Table => shown::history(&mock.call(&history).await?),
    })?;
    Ok(Exit::Clean)
}
