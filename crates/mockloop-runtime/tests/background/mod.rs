//! What the tests of background mocks share: a project on the disk, and a controller that leaves nothing running.

use std::error::Error;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mockloop_codegen::{Options, WriteOptions};
use mockloop_runtime::control::{ControlOptions, Controller, StartOptions};
use mockloop_spec::Source;
use tempfile::TempDir;

pub(crate) type Done = Result<(), Box<dyn Error>>;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test, with a controller of its own.
#[allow(dead_code, reason = "each test program uses some of it")]
pub(crate) fn with_controller<F: Future<Output = Done>>(test: impl FnOnce(World) -> F) -> Done {
    with_engines(|_| Vec::new(), test)
}

/// The same, with the programs that drive containers, which may be in the folder of the test.
pub(crate) fn with_engines<F: Future<Output = Done>>(
    engines: impl FnOnce(&Path) -> Vec<Vec<String>>,
    test: impl FnOnce(World) -> F,
) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = TempDir::new()?;
    let root = fs::canonicalize(folder.path())?;
    let controller =
        Controller::new(ControlOptions { state_dir: Some(root.join("state")), engines: engines(&root) })?;
    let _swept = Swept(controller.clone());
    runtime.block_on(test(World { controller, root }))
}

/// What a test has.
pub(crate) struct World {
    pub(crate) controller: Controller,
    /// A folder that goes with the test.
    pub(crate) root: PathBuf,
}

#[allow(dead_code, reason = "each test program uses some of it")]
impl World {
    /// The project of the petstore, in a folder of a name.
    pub(crate) fn project(&self, name: &str) -> Result<PathBuf, Box<dyn Error>> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
        let source = Source::text("petstore.yaml", fs::read_to_string(file)?);
        let mut options = Options::default();
        options.name = Some(name.to_owned());
        let tree = mockloop_codegen::project(&mockloop_spec::read(&source, None), &options);
        let folder = self.root.join(name);
        tree.ok_or("no project")?.write(&folder, WriteOptions::default())?;
        Ok(folder)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }
}

/// A start that may take as long as anything.
pub(crate) fn options(project: &Path) -> StartOptions {
    StartOptions { patience: PATIENCE, ..StartOptions::new(project) }
}

/// Waits until something is so.
#[allow(dead_code, reason = "each test program uses some of it")]
pub(crate) async fn wait_until(what: &str, condition: impl Fn() -> bool) -> Done {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() > deadline {
            return Err(format!("it never happened that {what}").into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Ends all that a test has started, however the test ends.
struct Swept(Controller);

impl Drop for Swept {
    fn drop(&mut self) {
        let controller = self.0.clone();
        let sweep = move || -> Done {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                for server in controller.list().await? {
                    let _ = controller.stop(&server.id, Duration::ZERO).await;
                }
                Ok(())
            })
        };
        // The test's own runtime may be in use on this thread.
        let _ = std::thread::spawn(move || drop(sweep())).join();
    }
}
