//! The filters that calls of the admin API have in common.

use serde::Serialize;

use crate::admin::models::Filter as PartOfLog;
use crate::admin::{AnalyzeLogParts, AnalyzeLogs, GetInsights, SearchLogs};
use crate::generated::{Map, Value};

/// What is asked for, by the names of the admin API and in the order in which a mock tells it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Given {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) include_admin: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) q: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path_regex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scenario: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_validation_error: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undocumented: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_by: Option<String>,
}

/// The members that a call has under the same name.
macro_rules! given {
    ($asked:ident: $($name:ident)*) => {
        Self { $($name: $asked.$name.clone(),)* ..Self::default() }
    };
}

impl From<&SearchLogs> for Given {
    fn from(asked: &SearchLogs) -> Self {
        Self {
            include_admin: Some(asked.include_admin.unwrap_or(false)),
            ..given!(asked: q method status path path_regex operation_id tag session_id correlation_id scenario
                client min_duration_ms max_duration_ms time_from time_to has_validation_error undocumented user_agent)
        }
    }
}

impl From<&AnalyzeLogs> for Given {
    fn from(asked: &AnalyzeLogs) -> Self {
        Self {
            include_admin: Some(asked.include_admin.unwrap_or(false)),
            group_by: asked.group_by.as_ref().map(word),
            ..given!(asked: q method status path path_regex operation_id tag session_id scenario client
                min_duration_ms max_duration_ms time_from time_to has_validation_error undocumented user_agent)
        }
    }
}

impl From<&AnalyzeLogParts> for Given {
    fn from(asked: &AnalyzeLogParts) -> Self {
        Self {
            include_admin: Some(asked.include_admin.unwrap_or(false)),
            ..given!(asked: q method status path path_regex operation_id tag session_id scenario client
                min_duration_ms max_duration_ms time_from time_to has_validation_error undocumented user_agent)
        }
    }
}

impl From<&GetInsights> for Given {
    fn from(asked: &GetInsights) -> Self {
        given!(asked: operation_id tag session_id scenario client time_from time_to)
    }
}

impl From<&PartOfLog> for Given {
    fn from(asked: &PartOfLog) -> Self {
        given!(asked: method status path operation_id tag session_id scenario client time_from time_to)
    }
}

impl Given {
    /// All of it, with its defaults.
    pub(super) fn shown(&self) -> Map<String, Value> {
        let Ok(Value::Object(members)) = serde_json::to_value(self) else { return Map::new() };
        members.into_iter().collect()
    }

    /// The filters alone, as a link repeats them.
    pub(super) fn asked(&self) -> Map<String, Value> {
        let mut members = self.shown();
        members.retain(|name, value| name != "group_by" && *value != Value::Bool(false));
        members
    }
}

/// The word that stands for an enum's member.
pub(super) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
