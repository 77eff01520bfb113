//! Why a tool could not do what it was asked, in words that a model can act on.

use mockloop_runtime::admin::AdminError;
use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};

/// A tool's failure: what is wrong, and what to do next.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    message: String,
    next: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None }
    }

    /// What to do about it.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    pub(crate) fn text(&self) -> String {
        match &self.next {
            Some(next) => format!("{}\nNext: {next}", self.message),
            None => self.message.clone(),
        }
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let mut message = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        // The innermost cause says what happened.
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            cause = Some(inner);
        }
        if let (AdminError::Unreachable { .. }, Some(cause)) = (&error, cause) {
            message = format!("{message}\n  {cause}");
        }
        Self::new(message)
    }
}

impl IntoCallToolResult for Failure {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::error(vec![ContentBlock::text(self.text())]).into())
    }
}
