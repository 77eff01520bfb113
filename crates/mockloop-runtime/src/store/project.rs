//! What a generated project says of its log.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::StoreError;

/// Where a project keeps its log, unless it says otherwise.
const DATABASE: &str = "db/request_logs.db";

/// An operation of a description, as far as numbers by operation need it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Operation {
    /// Its id, unique in the description.
    pub id: String,
    /// Its method, in capitals.
    pub method: String,
    /// Its path template.
    pub path: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Operation {
    /// An operation without tags.
    #[must_use]
    pub fn new(id: impl Into<String>, method: impl Into<String>, path: impl Into<String>) -> Self {
        Self { id: id.into(), method: method.into(), path: path.into(), tags: Vec::new() }
    }

    /// The same with tags.
    #[must_use]
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }
}

/// The operations of a project's `api.json`.
pub(super) fn operations(folder: &Path) -> Result<Vec<Operation>, StoreError> {
    #[derive(Deserialize)]
    struct Api {
        operations: Vec<Operation>,
    }

    let path = folder.join("api.json");
    let refused = |why: String| StoreError::Project { path: path.clone(), why };
    let text = fs::read(&path).map_err(|error| refused(error.to_string()))?;
    let api: Api = serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))?;
    Ok(api.operations)
}

/// The path of a project's log: as `MOCKLOOP_DATABASE` in its `.env` says, else the usual one.
pub(super) fn database(folder: &Path) -> PathBuf {
    let text = fs::read(folder.join(".env")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let named =
        lines.filter_map(|line| line.split_once('=')).filter(|(name, _)| name.trim() == "MOCKLOOP_DATABASE");
    let value = named.map(|(_, value)| value.trim().trim_matches(['\'', '"']).trim()).next_back();
    folder.join(value.filter(|value| !value.is_empty()).unwrap_or(DATABASE))
}
