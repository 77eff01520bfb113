//! Descriptions that a model names, and what they may have read.

use std::path::{Path, PathBuf};

use mockloop_spec::{Http, LocalFiles, Reading, Source, read_bounded};
use rmcp::service::{RequestContext, RoleServer};

use crate::failure::Failure;
use crate::reply::line;
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
        let located = self.located(spec, context).await?;
        let spec = located.as_ref().map_or(spec, String::as_str);
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

    /// The description that a relative path names in one of the client's roots, where there is none of that path in the
    /// current folder; nothing where the path is to be taken as it is.
    async fn located(
        &self,
        spec: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Option<String>, Failure> {
        let Source::File(path) = Source::parse(spec) else { return Ok(None) };
        if path.is_absolute() || path.exists() {
            return Ok(None);
        }
        let roots = client_roots(context).await?;
        if let Some(found) = roots.iter().find_map(|root| below(root, &path)) {
            return Ok(Some(found.display().to_string()));
        }
        let here = std::env::current_dir().ok();
        let places: Vec<String> =
            here.iter().chain(&roots).map(|place| place.display().to_string()).collect();
        let message =
            format!("{} can't be used: there is no such file in {}", line(spec, 500), places.join(", "));
        Err(Failure::new(message).next("give its absolute path, or its path from one of these folders"))
    }

    /// Whether a relative path names a description here or in one of the client's roots.
    pub(crate) async fn is_description(
        &self,
        spec: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<bool, Failure> {
        // Names of projects have no ending, and are not to be asked about.
        let path = Path::new(spec);
        if path.extension().is_none() || path.is_dir() {
            return Ok(false);
        }
        Ok(path.is_file() || client_roots(context).await?.iter().any(|root| below(root, path).is_some()))
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
        let here = std::env::current_dir().ok().filter(|here| !is_everything(here));
        self.shared.options.output_root.clone().into_iter().chain(here).collect()
    }
}

/// Whether a folder has all of a person's files in it. Clients start servers there without anybody's choice.
fn is_everything(folder: &Path) -> bool {
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    let folder = folder.canonicalize();
    folder.is_ok_and(|folder| folder.parent().is_none() || home.is_some_and(|home| home.starts_with(folder)))
}

/// The file of a relative path in a folder, where it is one that stays there: `..` and links may lead out.
fn below(root: &Path, path: &Path) -> Option<PathBuf> {
    let file = root.join(path).canonicalize().ok()?;
    (file.is_file() && file.starts_with(root.canonicalize().ok()?)).then_some(file)
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
