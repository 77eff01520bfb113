//! Where numbers come from: a running mock, or a database.

use std::path::Path;

use anyhow::bail;
use mockloop_runtime::admin::AnalyzeLogs;
use mockloop_runtime::admin::models::Analysis;
use mockloop_runtime::store::LogStore;

use crate::target;
use crate::terminal::printable;

/// The numbers of what is at a target, and how it is called.
pub(super) fn analysis(
    target: &str,
    asked: &AnalyzeLogs,
    token: Option<&str>,
) -> anyhow::Result<(String, Analysis)> {
    let path = Path::new(target);
    let is_number = target.bytes().all(|byte| byte.is_ascii_digit());
    if path.exists() && !is_number {
        return Ok((target.to_owned(), store(path)?.analyze(asked)?));
    }
    if !target::is_address(target) && target::named(target).is_none() {
        bail!(
            "`{}` is no mock's address, port or name, and no such project or database exists",
            printable(target)
        );
    }
    let client = target::client(target, token)?;
    target::run(async { Ok((client.url().to_owned(), client.call(asked).await?)) })
}

/// A project's log; or that in a file, with the operations of the project that it belongs to.
fn store(path: &Path) -> anyhow::Result<LogStore> {
    if path.is_dir() {
        return Ok(LogStore::open_project(path)?);
    }
    let file = path.canonicalize()?;
    let project = file.ancestors().skip(1).find(|folder| folder.join("api.json").is_file());
    let of_project = project.and_then(|folder| LogStore::open_project(folder).ok());
    let of_project = of_project.filter(|store| store.path().canonicalize().is_ok_and(|known| known == file));
    Ok(match of_project {
        Some(store) => store,
        None => LogStore::open(path)?,
    })
}
