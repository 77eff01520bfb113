//! What changes something by a name.

use mockloop_runtime::admin::models::{DuplicateScenarioBody, ForSession};
use mockloop_runtime::admin::{
    ActivateScenario, DeactivateScenario, DeleteScenario, DuplicateScenario, GetActiveScenario, MockClient,
};

use super::shown;
use crate::exit::Exit;
use crate::terminal::write;

pub(super) async fn delete(mock: &MockClient, name: &str) -> anyhow::Result<Exit> {
    mock.call(&DeleteScenario::new(name)).await?;
    write(&format!("{} is forgotten\n", shown::quoted(name)))?;
    Ok(Exit::Clean)
}

/// In a session, or for everybody.
pub(super) async fn activate(mock: &MockClient, name: &str, session: Option<&str>) -> anyhow::Result<Exit> {
    let body = Some(of_session(session));
    let active = mock.call(&ActivateScenario { body, ..ActivateScenario::new(name) }).await?;
    let place = shown::wherever(active.session_id.as_deref());
    write(&format!("{} is active {place}\n", shown::quoted(&active.scenario.name)))?;
    Ok(Exit::Clean)
}

pub(super) async fn deactivate(
    mock: &MockClient,
    name: Option<&str>,
    session: Option<&str>,
) -> anyhow::Result<Exit> {
    let name = match name {
        Some(name) => Some(name.to_owned()),
        None => active_in(mock, session).await?,
    };
    let place = shown::wherever(session);
    let Some(name) = name else {
        write(&format!("nothing is active {place}\n"))?;
        return Ok(Exit::Clean);
    };
    let body = Some(of_session(session));
    let done = mock.call(&DeactivateScenario { body, ..DeactivateScenario::new(name) }).await?;
    write(&format!("{} is no longer active {place}\n", shown::quoted(&done.deactivated)))?;
    Ok(Exit::Clean)
}

pub(super) async fn duplicate(mock: &MockClient, name: &str, new_name: &str) -> anyhow::Result<Exit> {
    let duplicate = DuplicateScenario::new(name, DuplicateScenarioBody::new(new_name));
    write(&format!("{} is stored\n", shown::quoted(&mock.call(&duplicate).await?.name)))?;
    Ok(Exit::Clean)
}

/// What is active in a session itself, or for everybody.
async fn active_in(mock: &MockClient, session: Option<&str>) -> anyhow::Result<Option<String>> {
    let active = mock.call(&GetActiveScenario { session_id: session.map(str::to_owned) }).await?.active;
    let active = active.filter(|active| active.session_id.as_deref() == session);
    Ok(active.map(|active| active.scenario.name))
}

fn of_session(session: Option<&str>) -> ForSession {
    ForSession { session_id: session.map(|id| Some(id.to_owned())) }
}
