//! Why a tool could not do what it was asked, in words that a model can act on.

use std::time::Duration;

use mockloop_runtime::SendError;
use mockloop_runtime::admin::AdminError;
use reqwest::StatusCode;
use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};

use crate::budget::beginning;
use crate::reply::data;

/// What to do about a mock whose admin API asks for a token.
pub(crate) const TOKEN: &str = "the person who runs this MCP server can give it the mock's token with `--admin-token` \
    or in MOCKLOOP_ADMIN_TOKEN: it is what MOCKLOOP_ADMIN_TOKEN was where the mock was started";

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

    /// In the words of the tool, where what was called has others for its arguments.
    pub(crate) fn renamed(mut self, theirs: &str, ours: &str) -> Self {
        if let Some((_, told)) = &mut self.told {
            *told = told.replace(theirs, ours);
        }
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

/// What became of a request that has no answer.
pub(crate) fn unreached(error: &reqwest::Error, limit: Duration) -> String {
    if error.is_connect() {
        "can't be reached".to_owned()
    } else if error.is_timeout() {
        format!("did not answer within {} s", limit.as_secs_f64())
    } else {
        "broke the connection off".to_owned()
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
            (AdminError::Unreachable { asked, url, limit, source, .. }, cause) => {
                let cause = cause.map(|cause| format!("\n  {cause}")).unwrap_or_default();
                Self::new(format!("{asked}: {url} {}{cause}", unreached(source, *limit)))
            }
            (AdminError::Refused { asked, status, problem }, _) if *status == StatusCode::UNAUTHORIZED => {
                Self::new(format!("{asked}: the mock asks for its token (401)"))
                    .told("mock", problem.detail.clone())
                    .next(TOKEN)
            }
            (AdminError::Refused { asked, status, .. }, _) => {
                Self::new(format!("{asked}: the mock refused it ({})", status.as_u16()))
                    .told("mock", error.to_string())
            }
            (AdminError::Send(SendError::TooLarge { endpoint, limit }), _) => {
                Self::new(format!("{endpoint}: the answer is larger than the {limit} bytes that are read"))
                    .next("ask for less: narrow the filters, or lower `limit`")
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
