//! Asks a person, through the client, before what they changed is overwritten.

use std::path::Path;

use mockloop_codegen::{FileTree, Outcome, WriteOptions};
use rmcp::elicit_safe;
use rmcp::service::{ElicitationMode, RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most files that a question names.
const NAMED: usize = 10;

/// What the person decides.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Answer {
    /// Overwrite the files that you changed. Otherwise they stay as they are.
    overwrite: bool,
}

elicit_safe!(Answer);

/// Whether files that a person changed are to be overwritten: only where that person says so.
pub(super) async fn wanted(tree: &FileTree, dir: &Path, context: &RequestContext<RoleServer>) -> bool {
    let Ok(planned) = tree.write(dir, WriteOptions::default().check(true)) else { return false };
    let kept: Vec<&str> = planned.with(Outcome::Kept).collect();
    if kept.is_empty() || !context.peer.supported_elicitation_modes().contains(&ElicitationMode::Form) {
        return false;
    }
    let more = kept.len().saturating_sub(NAMED);
    let mut named = kept.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        named = format!("{named} and {more} more");
    }
    let question = format!("In {} you have changed: {named}. Overwrite these?", dir.display());
    let answer = context.peer.elicit::<Answer>(question).await;
    matches!(answer, Ok(Some(Answer { overwrite: true })))
}
