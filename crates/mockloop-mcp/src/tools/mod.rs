//! The tools. Each file has one, with its arguments and its result.

mod call;
mod compare;
mod discover;
mod generate;
mod inspect;
mod manage;
mod overwrite;
mod plain;
mod query;
mod start;
mod stop;
mod verify;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::model::ProgressNotificationParam;
use rmcp::service::{RequestContext, RoleServer};

pub(crate) use self::generate::unreadable;
pub(crate) use self::inspect::{find, place, whole};
use crate::server::Mockloop;

/// All of them.
pub(crate) fn router() -> ToolRouter<Mockloop> {
    let mut all = Mockloop::generate_router()
        + Mockloop::inspect_router()
        + Mockloop::start_router()
        + Mockloop::stop_router()
        + Mockloop::discover_router()
        + Mockloop::call_router()
        + Mockloop::query_router()
        + Mockloop::verify_router()
        + Mockloop::compare_router()
        + Mockloop::manage_router();
    all.map.values_mut().for_each(|route| plain::plain(&mut route.attr));
    all
}

/// Tells a client that asked for it how far a call is.
pub(crate) struct Progress {
    context: RequestContext<RoleServer>,
    total: u32,
    done: u32,
}

impl Progress {
    pub(crate) fn new(context: &RequestContext<RoleServer>, total: u32) -> Self {
        Self { context: context.clone(), total, done: 0 }
    }

    /// Says what is done next.
    pub(crate) async fn step(&mut self, message: impl Into<String>) {
        let Some(token) = self.context.meta.get_progress_token() else { return };
        let param = ProgressNotificationParam::new(token, f64::from(self.done))
            .with_total(f64::from(self.total))
            .with_message(message);
        self.done += 1;
        // A client that does not listen any more is told nothing.
        let _ = self.context.peer.notify_progress(param).await;
    }
}

/// What the original's results begin with.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It was done.
    Success,
}
