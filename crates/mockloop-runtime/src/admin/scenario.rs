//! Scenarios, put together in Rust.

mod check;
mod rule;
mod select;
mod when;

pub use when::Is;

use super::contract::models::ImportScenarioOnConflict;
use super::contract::models::{Active, Finding, ForSession, NewScenario, Rule, Rules, ScenarioDocument};
use super::contract::{ActivateScenario, ImportScenario};
use super::{AdminError, MockClient};
use crate::descriptor::ApiDescriptor;

/// Rules that decide what a mock answers, under a name.
///
/// ```
/// use mockloop_runtime::admin::{Delay, Fault, Is, Rule, Scenario, Step, When};
/// use serde_json::json;
///
/// let scenario = Scenario::new("payments are down")
///     .description("one request in ten is lost, sold pets can't be had")
///     .on("getPet", Rule::fault(Fault::reset()).probability(0.1))
///     .on(
///         "getPet",
///         Rule::respond(503)
///             .body(json!({"title": "Down", "status": 503, "detail": "Try again later"}))
///             .header("Retry-After", "10")
///             .delay_ms(250)
///             .when(When::query("status", "sold").and(When::header("X-Trace", Is::present())))
///             .times(3),
///     )
///     .on("POST /pets", Rule::sequence([Step::respond(201), Step::respond(409)]))
///     .on("GET /pets/*", Rule::new().delayed(Delay::log_normal(80, 0.4)));
/// # assert_eq!(scenario.document().operations.len(), 3);
/// ```
///
/// The first rule of an operation that fits a request acts; rules of an operation are tried in the order in
/// which they are added. What can't be written down here can be in the types themselves: [`Rule`], and all
/// others of [`models`](super::models), are plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario(NewScenario);

impl Scenario {
    /// A scenario without rules.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(NewScenario::new(name, Rules::new()))
    }

    /// What it is for, in words.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.0.description = Some(description.into());
        self
    }

    /// Adds a rule for operations: an operation's id, its method and path (`GET /pets/{petId}`), a pattern of
    /// these (`* /pets/*`), or `*` for all.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>, rule: Rule) -> Self {
        self.0.operations.entry(operation.into()).or_default().push(rule);
        self
    }

    /// The document that the admin API takes.
    #[must_use]
    pub fn document(&self) -> &NewScenario {
        &self.0
    }

    /// What is wrong with it, as far as an API's descriptor tells: errors with which a mock would refuse it,
    /// and warnings, each with its JSON pointer into the document.
    ///
    /// Regular expressions, `JSONPath`s, names of examples and schemas of bodies are left to the mock:
    /// `ValidateScenario` asks it.
    #[must_use]
    pub fn check(&self, api: &ApiDescriptor) -> Vec<Finding> {
        check::findings(&self.0, api)
    }
}

impl From<Scenario> for NewScenario {
    fn from(scenario: Scenario) -> Self {
        scenario.0
    }
}

impl From<Scenario> for ScenarioDocument {
    fn from(Scenario(scenario): Scenario) -> Self {
        let document = Self::new(scenario.name, scenario.operations);
        Self { description: scenario.description, ..document }
    }
}

impl MockClient {
    /// Stores a scenario, in place of one that has its name, and makes it active: for one session, or for
    /// everybody.
    ///
    /// # Errors
    /// As [`MockClient::call`].
    pub async fn activate(&self, scenario: &Scenario, session: Option<&str>) -> Result<Active, AdminError> {
        let document = ScenarioDocument::from(scenario.clone());
        let on_conflict = Some(ImportScenarioOnConflict::Replace);
        self.call(&ImportScenario { on_conflict, ..ImportScenario::new(document) }).await?;
        let session = ForSession { session_id: session.map(|id| Some(id.to_owned())) };
        let name = scenario.0.name.as_str();
        self.call(&ActivateScenario { body: Some(session), ..ActivateScenario::new(name) }).await
    }
}
