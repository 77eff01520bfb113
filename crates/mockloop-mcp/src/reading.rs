//! Descriptions that a model names, and what they may have read.

use std::path::{Path, PathBuf};

use mockloop_spec::{Http, LocalFiles, Reading, Source, read_bounded};
use rmcp::service::{RequestContext, RoleServer};

use crate::failure::Failure;
use crate::roots::client_roots;
use crate::server::Mockloop;
use crate::tools::unreadable;

impl Mockloop {
    /// Reads the description that a model names. Once nobody waits for it any more, nothing is fetched any more.
    ///
    /// Who wrote it is unknown, so that files it refers to have to be where the person works.
    pub(crate) async fn read(
        &self,
        spec: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Reading, Failure> {
        let mut reading = self.read_below(spec, &self.known_folders()).await?;
        // The client is not asked for its roots unless it matters.
        if !reading.outside.is_empty() {
            let mut folders = self.known_folders();
            folders.extend(client_roots(context).await?);
            reading = self.read_below(spec, &folders).await?;
        }
        if reading.api.is_none() {
            return Err(unreadable(spec, &reading));
        }
        Ok(reading)
    }

    async fn read_below(&self, spec: &str, folders: &[PathBuf]) -> Result<Reading, Failure> {
        let source = Source::parse(spec);
        let local = match &source {
            Source::File(path) => bound(path, folders),
            _ => LocalFiles::Nothing,
        };
        let http = if self.shared.options.allow_private_urls { Http::default() } else { Http::public_only() };
        // What is wanted goes with this call when that is given up.
        let (http, _wanted) = http.while_wanted();
        let read = move || read_bounded(&source, Some(&http), &local);
        let reading = tokio::task::spawn_blocking(read).await;
        reading.map_err(|_| Failure::new(format!("{spec} could not be read")))
    }

    /// The folders that a person chose for this server.
    fn known_folders(&self) -> Vec<PathBuf> {
        self.shared.options.output_root.clone().into_iter().chain(std::env::current_dir()).collect()
    }
}

/// What a description may refer to: what is below its own folder, or below the widest of these that it is in.
fn bound(spec: &Path, folders: &[PathBuf]) -> LocalFiles {
    let own = std::path::absolute(spec).ok().and_then(|spec| spec.parent()?.canonicalize().ok());
    // It can't be read either.
    let Some(own) = own else { return LocalFiles::Nothing };
    let around = folders
        .iter()
        .filter_map(|folder| folder.canonicalize().ok())
        // Some clients start servers at the top of the file system, which is nobody's choice.
        .filter(|folder| folder.parent().is_some() && own.starts_with(folder));
    let folder = around.min_by_key(|folder| folder.components().count()).unwrap_or(own);
    let way_out = "put the file below it, or start mockloop-mcp in a folder that has both".to_owned();
    LocalFiles::Below { folder, way_out }
}
