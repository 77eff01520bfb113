//! The folder where things are kept that are made once and used again.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long something is kept that is not used.
const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why the cache can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// There is no place for it.
    #[error("no folder for the cache: set XDG_CACHE_HOME")]
    Nowhere,
    /// Something in it can't be kept from others for a while.
    #[error("can't lock {}", path.display())]
    Lock {
        /// The file that is locked.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The user's cache folder for one kind of things.
pub(crate) fn folder(kind: &str) -> Result<PathBuf, CacheError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let windows = || if cfg!(windows) { variable("LOCALAPPDATA") } else { None };
    let home = || std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".cache"));
    let cache = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(windows).or_else(home);
    Ok(cache.ok_or(CacheError::Nowhere)?.join("mockloop").join(kind))
}

/// Keeps others, in this process or another, from making the same folder, for as long as the result
/// lives. `waiting` is called where someone else makes it now. The lock's file tells when it was used last.
pub(crate) fn lock(folder: &Path, waiting: impl FnOnce()) -> Result<File, CacheError> {
    let path = lock_path(folder);
    let lock = || {
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        let file = File::create(&path)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            waiting();
            file.lock()?;
        }
        file.set_modified(SystemTime::now())?;
        Ok(file)
    };
    lock().map_err(|source| CacheError::Lock { path: path.clone(), source })
}

/// The file that is locked for a folder. The folder's whole name stays, dots and all.
fn lock_path(folder: &Path) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// Removes folders beside one that were not used for long, so that the cache does not grow with every change.
/// What can't be removed stays for the next time.
pub(crate) fn forget_unused(folder: &Path) {
    let beside = folder.parent().and_then(|kind| fs::read_dir(kind).ok());
    for path in beside.into_iter().flatten().flatten().map(|entry| entry.path()) {
        let unused = path.extension().is_some_and(|kind| kind == "lock")
            && path.metadata().and_then(|lock| lock.modified()).is_ok_and(is_long_ago);
        if unused
            && let Ok(lock) = File::open(&path)
            && lock.try_lock().is_ok()
        {
            // Who waits for the lock meanwhile makes the folder anew.
            let _ = fs::remove_dir_all(path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
}

fn is_long_ago(time: SystemTime) -> bool {
    time.elapsed().is_ok_and(|age| age > KEEP)
}
