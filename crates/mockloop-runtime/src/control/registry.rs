//! What is known of background servers: one file for each, in a folder of the user's.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::error::{ControlError, io};
use super::identity::{Identity, Life};
use super::{Mode, RunningServer};

/// How long others may keep the registry.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait between two tries to get it.
const PAUSE: Duration = Duration::from_millis(10);

/// How long what a server wrote is kept after it has ended.
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The largest file that is read.
const LARGEST: u64 = 1024 * 1024;

/// What is kept of a server. No value of a variable that may be secret is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) server: RunningServer,
    /// The process; none for a container.
    pub(crate) process: Option<Identity>,
    /// The Python that runs it; none for a container.
    pub(crate) python: Option<PathBuf>,
    /// The names of the variables that it was started with.
    pub(crate) variables: Vec<String>,
    /// The values of those that hold settings and no secret: a process that crashed tells them no longer.
    #[serde(default)]
    pub(crate) settings: Vec<(String, String)>,
}

impl Record {
    /// Where its database is.
    pub(crate) fn database(&self) -> PathBuf {
        let given = self.settings.iter().find(|(name, _)| name == "MOCKLOOP_DATABASE");
        self.server.project.join(given.map_or("db/request_logs.db", |(_, path)| path))
    }

    /// Whether it runs; unknown where that takes an engine, or another PID namespace, to find out.
    pub(crate) fn life(&self) -> Life {
        match self.server.mode {
            Mode::Process => self.process.as_ref().map_or(Life::Ended, Identity::life),
            Mode::Container => Life::Unknown,
        }
    }
}

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    folder: PathBuf,
}

impl Registry {
    /// The registry in a folder, or where the user's environment says. Nothing is made yet.
    pub(crate) fn at(folder: Option<&Path>) -> Result<Self, ControlError> {
        let folder = folder.map(Path::to_owned).or_else(state_dir).ok_or(ControlError::Nowhere)?;
        Ok(Self { folder: std::path::absolute(&folder).unwrap_or(folder) })
    }

    /// Makes the folders, for nobody else to read.
    pub(crate) fn prepare(&self) -> Result<(), ControlError> {
        for folder in [&self.folder, &self.servers(), &self.outputs()] {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder).map_err(io("make", folder))?;
        }
        Ok(())
    }

    /// Keeps others, in this process or another, from changing anything for as long as the result lives.
    pub(crate) async fn lock(&self) -> Result<File, ControlError> {
        self.prepare()?;
        let path = self.folder.join("lock");
        let file = private(&path).map_err(io("open", &path))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(ControlError::Busy(path)),
                Err(TryLockError::Error(source)) => return Err(io("lock", &path)(source)),
            }
        }
    }

    /// All that is kept, sorted by id. A file that can't be read, such as one of another version, is passed over.
    pub(crate) fn records(&self) -> Vec<Record> {
        let entries = fs::read_dir(self.servers()).into_iter().flatten().flatten();
        let mut records: Vec<Record> = entries.filter_map(|entry| read(&entry.path())).collect();
        records.sort_by(|a, b| a.server.id.cmp(&b.server.id));
        records
    }

    /// Writes a record whole, or not at all.
    pub(crate) fn write(&self, record: &Record) -> Result<(), ControlError> {
        let path = self.record(&record.server.id);
        let write = || {
            // Files of this kind are for nobody else to read.
            let mut file = tempfile::Builder::new().prefix(".").suffix(".new").tempfile_in(self.servers())?;
            file.write_all(&serde_json::to_vec_pretty(record).map_err(std::io::Error::from)?)?;
            file.persist(&path).map_err(|error| error.error)
        };
        write().map(drop).map_err(io("write", &path))
    }

    /// An error where a server is in another PID namespace: nothing can be done to its process from here.
    pub(crate) fn reach(&self, record: &Record) -> Result<(), ControlError> {
        let id = &record.server.id;
        match record.server.mode {
            Mode::Process if record.life() == Life::Unknown => {
                Err(ControlError::OutOfReach { id: id.clone(), record: self.record(id) })
            }
            _ => Ok(()),
        }
    }

    /// Forgets a server, unless another has taken its place.
    pub(crate) fn remove(&self, record: &Record) {
        let path = self.record(&record.server.id);
        if read(&path).is_some_and(|kept| kept.process == record.process) {
            let _ = fs::remove_file(path);
        }
    }

    /// An empty file for what a server writes, for nobody else to read.
    pub(crate) fn new_output(&self, id: &str) -> Result<File, ControlError> {
        let path = self.output(id);
        // A new file: whoever still writes into the old one does not write into this.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("clear", &path)(error)),
            _ => private(&path).map_err(io("write", &path)),
        }
    }

    /// Removes what servers wrote that are known no longer, once it is old.
    pub(crate) fn forget_outputs(&self) {
        let known: Vec<PathBuf> =
            self.records().iter().map(|record| self.output(&record.server.id)).collect();
        let is_old = |path: &PathBuf| {
            let written = fs::metadata(path).and_then(|file| file.modified());
            written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > KEEP))
        };
        let outputs = fs::read_dir(self.outputs()).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in outputs.filter(|path| !known.contains(path) && is_old(path)) {
            // What can't be removed stays for the next time.
            let _ = fs::remove_file(path);
        }
    }

    /// The file of what a server writes.
    pub(crate) fn output(&self, id: &str) -> PathBuf {
        self.outputs().join(format!("{id}.log"))
    }

    fn record(&self, id: &str) -> PathBuf {
        self.servers().join(format!("{id}.json"))
    }

    fn servers(&self) -> PathBuf {
        self.folder.join("servers")
    }

    fn outputs(&self) -> PathBuf {
        self.folder.join("output")
    }
}

fn read(path: &Path) -> Option<Record> {
    if path.extension()? != "json" || fs::symlink_metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    let record: Record = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    // A file that was copied means no server of its own.
    (path.file_stem()? == record.server.id.as_str()).then_some(record)
}

/// Opens a file to append to, made for nobody else to read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The folder that servers are kept track of in unless told: `$MOCKLOOP_STATE_DIR`, else `mockloop` in
/// `$XDG_STATE_HOME` or where the system keeps such things.
///
/// None where the environment names none. It may not be there yet; whoever makes it makes it for nobody else to read.
#[must_use]
pub fn state_dir() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    let own = || {
        if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Application Support"))
        } else {
            home().map(|home| home.join(".local/state"))
        }
    };
    let shared = || variable("XDG_STATE_HOME").filter(|path| path.is_absolute()).or_else(own);
    variable("MOCKLOOP_STATE_DIR").or_else(|| shared().map(|state| state.join("mockloop")))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::ServerState;
    use super::*;

    fn record(id: &str) -> Record {
        let server = RunningServer {
            id: id.to_owned(),
            name: id.to_owned(),
            title: String::new(),
            version: String::new(),
            project: PathBuf::new(),
            url: String::new(),
            host: Ipv4Addr::LOCALHOST.into(),
            port: 8000,
            pid: None,
            started_at: 0,
            mode: Mode::Process,
            state: ServerState::Starting,
        };
        Record { server, process: None, python: None, variables: Vec::new(), settings: Vec::new() }
    }

    fn ids(registry: &Registry) -> Vec<String> {
        registry.records().into_iter().map(|record| record.server.id).collect()
    }

    #[test]
    fn damaged_and_foreign_files_are_passed_over() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::TempDir::new()?;
        let registry = Registry::at(Some(folder.path()))?;
        assert_eq!(ids(&registry), Vec::<String>::new());
        registry.prepare()?;
        registry.write(&record("a"))?;
        let whole = fs::read_to_string(registry.record("a"))?;
        let cut = whole.get(..whole.len() / 2).unwrap_or_default();
        for (name, text) in [("cut", cut), ("empty", ""), ("copy", &whole), ("list", "[]")] {
            fs::write(registry.record(name), text)?;
        }
        fs::create_dir(registry.record("folder"))?;
        assert_eq!(ids(&registry), ["a"]);
        registry.remove(&record("a"));
        assert_eq!(ids(&registry), Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn one_at_a_time_changes_the_registry() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::TempDir::new()?;
        let registry = Registry::at(Some(folder.path()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let lock = registry.lock().await?;
            let brief = Duration::from_millis(50);
            assert!(tokio::time::timeout(brief, registry.lock()).await.is_err());
            drop(lock);
            registry.lock().await?;
            Ok(())
        })
    }
}
