//! Where files may go.
//!
//! Clients up to 2025-11-25 are asked for their roots while a request waits. Later ones are asked in place of a result,
//! and make the request again with the answer; nothing of it is remembered.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, InputRequest, InputRequests, InputRequiredResult, InputResponses};
use rmcp::service::{RequestContext, RoleServer};
use serde::Deserialize as _;
use url::Url;

use crate::failure::Failure;
use crate::reply::is_asked_by_result;
use crate::server::Mockloop;

/// The folder for projects in a root.
const FOLDER: &str = "generated_mocks";

/// How long a client may take to say its roots.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the question is called among those of a request.
const KEY: &str = "roots";

impl Mockloop {
    /// The folder that projects are written below: the one that the person chose, else one in the client's first
    /// root, else one in the current folder.
    ///
    /// It fails where the client has to be asked first, see [`Asking`].
    pub(crate) async fn output_root(&self, context: &RequestContext<RoleServer>) -> Result<PathBuf, Failure> {
        if let Some(root) = &self.shared.options.output_root {
            return Ok(root.clone());
        }
        if let Some(root) = first_root(context).await? {
            return within(&root);
        }
        let here = std::env::current_dir().map_err(|error| {
            Failure::new(format!("the current folder can't be found: {error}"))
                .next("the person who runs this server can choose a folder with `--output-root DIR`")
        })?;
        within(&here)
    }
}

/// The question for a client's roots, in a request that may be answered with one. It goes with the request's context,
/// and is put where something needs the roots.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    answer: Option<serde_json::Value>,
    is_needed: Arc<AtomicBool>,
}

impl Asking {
    /// Sees whether the client has answered already.
    pub(crate) fn new(responses: Option<&InputResponses>, context: &mut RequestContext<RoleServer>) -> Self {
        let answer = responses.and_then(|responses| responses.get(KEY)).cloned();
        let asking = Self { answer, is_needed: Arc::default() };
        context.extensions.insert(asking.clone());
        asking
    }

    /// The question in place of a result, where that could not be had without the answer.
    pub(crate) fn put<T: From<InputRequiredResult>>(
        &self,
        result: Result<T, ErrorData>,
    ) -> Result<T, ErrorData> {
        let is_open = self.is_needed.load(Ordering::Relaxed) && self.answer.is_none();
        if is_open { Ok(InputRequiredResult::new(Some(question()), None).into()) } else { result }
    }

    /// The same for a tool, which may have a question of its own. A client sends the answers to the last questions
    /// alone, so that for its roots is put with each.
    pub(crate) fn put_with(
        &self,
        result: Result<CallToolResponse, ErrorData>,
    ) -> Result<CallToolResponse, ErrorData> {
        let mut result = self.put(result);
        if let Ok(CallToolResponse::InputRequired(asked)) = &mut result
            && self.is_needed.load(Ordering::Relaxed)
        {
            asked.input_requests.get_or_insert_default().extend(question());
        }
        result
    }
}

/// The folder for projects in a folder that a person trusts with files. What is in it may come from others, such as a
/// repository with a link in it, which must not lead out.
fn within(parent: &Path) -> Result<PathBuf, Failure> {
    let dir = parent.join(FOLDER);
    if !fs::symlink_metadata(&dir).is_ok_and(|found| found.is_symlink()) {
        return Ok(dir);
    }
    match (parent.canonicalize(), dir.canonicalize()) {
        (Ok(parent), Ok(real)) if real.starts_with(&parent) => Ok(real),
        _ => {
            let message = format!("{} is a link that leads out of {}", dir.display(), parent.display());
            Err(Failure::new(message).next(
                "remove the link, or let the person who runs this server choose the folder with `--output-root DIR`",
            ))
        }
    }
}

/// The first folder that the client offers, and that is there: none is made.
async fn first_root(context: &RequestContext<RoleServer>) -> Result<Option<PathBuf>, Failure> {
    let folders = client_roots(context).await?;
    match (folders.iter().find(|folder| folder.is_dir()), folders.first()) {
        (None, Some(missing)) => {
            let message = format!("the client's root {} is no folder", missing.display());
            Err(Failure::new(message).next("make it, or open another folder in the client"))
        }
        (found, _) => Ok(found.cloned()),
    }
}

/// The folders that the client offers.
#[expect(deprecated, reason = "clients say their roots in this way alone (SEP-2577)")]
pub(crate) async fn client_roots(context: &RequestContext<RoleServer>) -> Result<Vec<PathBuf>, Failure> {
    if context.client_capabilities().is_none_or(|capabilities| capabilities.roots.is_none()) {
        return Ok(Vec::new());
    }
    let roots = if is_asked_by_result(context) {
        let asking = context.extensions.get::<Asking>();
        if let Some(asking) = asking {
            asking.is_needed.store(true, Ordering::Relaxed);
        }
        let answer = asking.and_then(|asking| asking.answer.as_ref());
        let answer = answer.ok_or_else(|| Failure::new("the client was not asked for its roots"))?;
        rmcp::model::ListRootsResult::deserialize(answer).ok()
    } else {
        tokio::time::timeout(PATIENCE, context.peer.list_roots()).await.ok().and_then(Result::ok)
    };
    let roots = roots.map(|listed| listed.roots).unwrap_or_default();
    Ok(roots.iter().filter_map(|root| Url::parse(&root.uri).ok()?.to_file_path().ok()).collect())
}

#[expect(deprecated, reason = "clients say their roots in this way alone (SEP-2577)")]
fn question() -> InputRequests {
    let list = rmcp::model::ListRootsRequest::default();
    InputRequests::from([(KEY.to_owned(), InputRequest::ListRoots(list))])
}
