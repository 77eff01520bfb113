//! Asks a person, through the client, before what they changed is overwritten.
//!
//! Clients up to 2025-11-25 are asked while the call waits. Later ones are given the question in place of a result,
//! and make the call again with the answer.

use std::fmt::Write as _;
use std::path::Path;

use mockloop_codegen::{FileTree, Outcome, WriteOptions};
use rmcp::elicit_safe;
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema, InputRequest,
    InputRequests, InputRequiredResult, InputResponses,
};
use rmcp::service::{ElicitationMode, RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::reply::is_asked_by_result;

/// The most files that a question names.
const NAMED: usize = 10;

/// What the question is called among those of a call.
const KEY: &str = "overwrite";

/// What the person decides.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Answer {
    /// Overwrite the files that you changed. Otherwise they stay as they are.
    overwrite: bool,
}

elicit_safe!(Answer);

/// What a client sends when it makes a call again.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) state: Option<String>,
    pub(super) responses: Option<InputResponses>,
}

/// Whether files that a person changed are to be overwritten.
pub(super) enum Wish {
    /// Known: yes only where that person said so.
    Known(bool),
    /// The person has to be asked first.
    Ask(Box<InputRequiredResult>),
}

/// Finds out whether files that a person changed are to be overwritten.
pub(super) async fn wish(
    tree: &FileTree,
    dir: &Path,
    again: &Again,
    context: &RequestContext<RoleServer>,
) -> Wish {
    let Ok(planned) = tree.write(dir, WriteOptions::default().check(true)) else {
        return Wish::Known(false);
    };
    let kept: Vec<&str> = planned.with(Outcome::Kept).collect();
    if kept.is_empty() {
        return Wish::Known(false);
    }
    if !is_asked_by_result(context) {
        return Wish::Known(asked(question(dir, &kept), context).await);
    }
    let state = digest(dir, &kept);
    // An answer counts for the very files that the question was about. Whoever makes the state up could make the
    // answer up as well, so there is nothing in it to be protected.
    if again.state.as_ref() == Some(&state) {
        return Wish::Known(again.responses.as_ref().is_some_and(agrees));
    }
    match takes_forms(context).then(|| form(question(dir, &kept))).flatten() {
        Some(form) => {
            let requests = InputRequests::from([(KEY.to_owned(), form)]);
            Wish::Ask(Box::new(InputRequiredResult::new(Some(requests), Some(state))))
        }
        None => Wish::Known(false),
    }
}

async fn asked(question: String, context: &RequestContext<RoleServer>) -> bool {
    if !context.peer.supported_elicitation_modes().contains(&ElicitationMode::Form) {
        return false;
    }
    let answer = context.peer.elicit::<Answer>(question).await;
    matches!(answer, Ok(Some(Answer { overwrite: true })))
}

fn question(dir: &Path, kept: &[&str]) -> String {
    let more = kept.len().saturating_sub(NAMED);
    let mut named = kept.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        named = format!("{named} and {more} more");
    }
    format!("In {} you have changed: {named}. Overwrite these?", dir.display())
}

/// What tells one question from another.
fn digest(dir: &Path, kept: &[&str]) -> String {
    let mut digest = Sha256::new();
    digest.update(dir.as_os_str().as_encoded_bytes());
    for file in kept {
        digest.update(b"\0");
        digest.update(file);
    }
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether the client of this call shows forms to a person; one that names no mode does.
fn takes_forms(context: &RequestContext<RoleServer>) -> bool {
    let elicitation = context.client_capabilities().and_then(|capabilities| capabilities.elicitation);
    elicitation.is_some_and(|modes| modes.form.is_some() || modes.url.is_none())
}

fn form(question: String) -> Option<InputRequest> {
    Some(InputRequest::Elicitation(ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: question,
        requested_schema: ElicitationSchema::from_type::<Answer>().ok()?,
    })))
}

fn agrees(responses: &InputResponses) -> bool {
    let result = responses.get(KEY).and_then(|answer| ElicitResult::deserialize(answer).ok());
    let accepted = result.filter(|result| result.action == ElicitationAction::Accept);
    let answer = accepted.and_then(|result| Answer::deserialize(result.content?).ok());
    answer.is_some_and(|answer| answer.overwrite)
}
