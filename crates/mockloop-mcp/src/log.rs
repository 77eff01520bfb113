//! What the server tells of its work: lines on standard error, and the same as MCP log messages to clients that take
//! them.

#![expect(deprecated, reason = "log messages are what clients of earlier revisions show (SEP-2577)")]

use std::io::Write as _;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};

use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ProtocolVersion};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::json;

use crate::audit::without_secrets;
use crate::reply::line;
use crate::server::Mockloop;

/// Characters of a line.
const LONGEST: usize = 500;

/// Lines that wait for whoever reads standard error; further ones are lost, so that nobody has to read it.
const WAITING: usize = 100;

/// How much a line matters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weight {
    /// Something was done.
    Info,
    /// Something was not done.
    Warning,
}

/// What a client wants to hear.
#[derive(Debug)]
pub(crate) struct Log {
    least: Mutex<LoggingLevel>,
}

impl Default for Log {
    fn default() -> Self {
        Self { least: Mutex::new(LoggingLevel::Info) }
    }
}

impl Log {
    /// From now on only what matters as much as this, or more.
    pub(crate) fn set(&self, least: LoggingLevel) {
        *self.least.lock().unwrap_or_else(PoisonError::into_inner) = least;
    }

    /// The least that is told during a request: a request of 2026-07-28 says it itself, or wants nothing.
    fn least(&self, context: &RequestContext<RoleServer>) -> Option<LoggingLevel> {
        let newest = ProtocolVersion::V_2026_07_28;
        if context.protocol_version().is_some_and(|version| version.as_str() >= newest.as_str()) {
            return context.meta.log_level();
        }
        Some(*self.least.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Mockloop {
    /// Tells of something that was done, or not, during a request. What stands in it may come from others.
    pub(crate) async fn say(&self, weight: Weight, text: &str, context: &RequestContext<RoleServer>) {
        let text = line(&without_secrets(text), LONGEST);
        let (level, word) = match weight {
            Weight::Info => (LoggingLevel::Info, "info"),
            Weight::Warning => (LoggingLevel::Warning, "warning"),
        };
        let _ = lines().try_send(format!("{word}: {text}\n"));
        if self.log.least(context).is_some_and(|least| level as u8 >= least as u8) {
            let message = LoggingMessageNotificationParam::new(level, json!(text)).with_logger("mockloop");
            // A client that does not listen any more is told nothing.
            let _ = context.peer.notify_logging_message(message).await;
        }
    }
}

/// The way to standard error. A thread of its own writes there: where nobody reads it, the server does not wait.
fn lines() -> &'static SyncSender<String> {
    static LINES: OnceLock<SyncSender<String>> = OnceLock::new();
    LINES.get_or_init(|| {
        let (sender, receiver) = sync_channel::<String>(WAITING);
        std::thread::spawn(move || {
            for line in receiver {
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
        });
        sender
    })
}
