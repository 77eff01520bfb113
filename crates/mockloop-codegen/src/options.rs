//! What a person can choose about a generated project.

use serde::{Deserialize, Serialize};

/// Options of a generated project; kept in its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Options {
    /// The project's name; from the API's title where none is given.
    pub name: Option<String>,
    /// The port that the project's own commands listen on.
    pub port: u16,
    /// Whether the description's security schemes are enforced.
    pub auth: bool,
    /// Whether webhooks can be registered.
    pub webhooks: bool,
    /// Whether there is an admin UI.
    pub admin_ui: bool,
    /// Whether there is document storage.
    pub storage: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: None, port: 8000, auth: true, webhooks: true, admin_ui: true, storage: true }
    }
}
