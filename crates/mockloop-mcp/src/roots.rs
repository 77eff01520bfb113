//! Where files may go.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rmcp::service::{RequestContext, RoleServer};
use url::Url;

use crate::failure::Failure;
use crate::server::Mockloop;

/// The folder for projects in a root.
const FOLDER: &str = "generated_mocks";

/// How long a client may take to say its roots.
const PATIENCE: Duration = Duration::from_secs(5);

impl Mockloop {
    /// The folder that projects are written below: the one that the person chose, else one in the client's first
    /// root, else one in the current folder.
    pub(crate) async fn output_root(&self, context: &RequestContext<RoleServer>) -> Result<PathBuf, Failure> {
        if let Some(root) = &self.shared.options.output_root {
            return Ok(root.clone());
        }
        if let Some(root) = first_root(context).await {
            return within(&root);
        }
        let here = std::env::current_dir().map_err(|error| {
            Failure::new(format!("the current folder can't be found: {error}"))
                .next("the person who runs this server can choose a folder with `--output-root DIR`")
        })?;
        within(&here)
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

/// The first folder that the client offers. Clients of 2026-07-28 can't be asked, and roots are no more in it.
#[expect(deprecated, reason = "clients of earlier revisions say their roots in this way alone (SEP-2577)")]
async fn first_root(context: &RequestContext<RoleServer>) -> Option<PathBuf> {
    context.client_capabilities()?.roots?;
    let roots = tokio::time::timeout(PATIENCE, context.peer.list_roots()).await.ok()?.ok()?;
    roots.roots.iter().find_map(|root| Url::parse(&root.uri).ok()?.to_file_path().ok())
}
