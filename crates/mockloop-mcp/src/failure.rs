//! Why a tool could not do what it was asked, in words that a model can act on.

use mockloop_runtime::admin::AdminError;
use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};

use crate::budget::beginning;
use crate::reply::data;

/// The most characters of what others say.
const LONGEST: usize = 3000;

/// A tool's failure: what is wrong, and what to do next.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    message: String,
    /// What others said of it: from where, and what.
    told: Option<(&'static str, String)>,
    next: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), told: None, next: None }
    }

    /// What a description or a server says of it, which is marked as data.
    pub(crate) fn told(mut self, source: &'static str, text: impl Into<String>) -> Self {
        self.told = Some((source, text.into()));
        self
    }

    /// What to do about it.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.message.clone();
        if let Some((source, told)) = &self.told {
            text = format!("{text}\n{}", data(source, &beginning(told, LONGEST)));
        }
        if let Some(next) = &self.next {
            text = format!("{text}\nNext: {next}");
        }
        text
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        // The innermost cause says what happened.
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            cause = Some(inner);
        }
        match (&error, cause) {
            (AdminError::Unreachable { .. }, Some(cause)) => Self::new(format!("{error}\n  {cause}")),
            (AdminError::Refused { asked, status, .. }, _) => {
                Self::new(format!("{asked}: the mock refused it ({})", status.as_u16()))
                    .told("mock", error.to_string())
            }
            (AdminError::Foreign { url, .. }, _) => {
                Self::new(format!("{url} does not answer like a mock of this version"))
                    .told("server", error.to_string())
            }
            _ => Self::new(error.to_string()),
        }
    }
}

impl IntoCallToolResult for Failure {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::error(vec![ContentBlock::text(self.text())]).into())
    }
}
