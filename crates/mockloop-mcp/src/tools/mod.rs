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
mod response;
mod start;
mod stop;
mod verify;

use rmcp::handler::server::router::tool::ToolRouter;

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

/// What the original's results begin with.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It was done.
    Success,
}
