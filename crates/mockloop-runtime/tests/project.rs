//! Projects as programs carry them: written out, and started over a real server.
#![cfg(feature = "project")]

use std::error::Error;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use mockloop_codegen::{FileTree, Options, Outcome, WriteOptions};
use mockloop_runtime::process::ProcessError;
use mockloop_runtime::python::PythonError;
use mockloop_runtime::{Mock, Project, ProjectError, StartError};
use mockloop_spec::Source;
use tempfile::TempDir;

type Done = Result<(), Box<dyn Error>>;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

fn tree() -> Result<FileTree, Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
    let source = Source::text("petstore.yaml", fs::read_to_string(file)?);
    Ok(mockloop_codegen::project(&mockloop_spec::read(&source, None), &Options::default())
        .ok_or("no project")?)
}

/// The petstore, as the macro embeds it.
fn petstore() -> Result<Project, Box<dyn Error>> {
    Ok(Project::new("petstore_mock", mockloop_codegen::pack(&tree()?).leak()))
}

/// Status and body of what a mock answers.
fn get(mock: &Mock, path: &str) -> Result<(u16, String), Box<dyn Error>> {
    let mut stream = TcpStream::connect(("127.0.0.1", mock.port()))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok((head.split(' ').nth(1).ok_or("no status")?.parse()?, body.to_owned()))
}

fn is_listening(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) -> Done {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() > deadline {
            return Err(format!("it never happened that {what}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Whether there is a process with a variable in its environment.
#[cfg(target_os = "linux")]
fn is_running(variable: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut environments = processes.filter_map(|process| fs::read(process.path().join("environ")).ok());
    environments.any(|text| text.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes()))
}

#[test]
fn mocks_run_side_by_side() -> Done {
    let project = petstore()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (first, second) = runtime.block_on(async {
        let other = tokio::spawn(async move { project.start().await });
        (project.start().await, other.await)
    });
    let (first, second) = (first?, second??);
    assert_eq!(first.url(), format!("http://127.0.0.1:{}", first.port()));
    assert_ne!(first.port(), second.port());
    for mock in [&first, &second] {
        assert_eq!(get(mock, "/pets")?.0, 200, "{}", mock.output());
    }
    get(&first, "/only/the/first")?;
    let logged =
        |mock| get(mock, "/__mockloop/api/logs/search").map(|(_, log)| log.contains("/only/the/first"));
    assert!(logged(&first)? && !logged(&second)?, "each has a log of its own");

    let port = first.port();
    first.stop();
    assert!(!is_listening(port));
    assert_eq!(get(&second, "/pets")?.0, 200);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn no_end_leaves_a_process() -> Done {
    let project = petstore()?;
    let mock = project.configure().env("MOCK_OF_TEST", "dropped").start_blocking()?;
    assert!(is_running("MOCK_OF_TEST=dropped"));
    let port = mock.port();
    drop(mock);
    assert!(!is_running("MOCK_OF_TEST=dropped") && !is_listening(port));

    let failing = std::thread::spawn(move || {
        let mock = project.configure().env("MOCK_OF_TEST", "panicked").start_blocking();
        assert!(mock.is_err(), "as a test that fails");
    });
    assert!(failing.join().is_err());
    assert!(!is_running("MOCK_OF_TEST=panicked"));

    // A start that nobody waits for any more.
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let start = tokio::spawn(project.configure().env("MOCK_OF_TEST", "abandoned").start());
        tokio::task::yield_now().await;
        wait_until("the server runs", || is_running("MOCK_OF_TEST=abandoned"))?;
        start.abort();
        Done::Ok(())
    })?;
    drop(runtime);
    wait_until("the server ends", || !is_running("MOCK_OF_TEST=abandoned"))
}

#[test]
fn what_keeps_a_mock_from_starting_is_told() -> Done {
    let project = petstore()?;
    let error = project.configure().env("MOCKLOOP_VALIDATION", "sometimes").start_blocking().map(drop);
    let told =
        matches!(&error, Err(StartError::Ended { output, .. }) if output.contains("MOCKLOOP_VALIDATION"));
    assert!(told, "{error:?}");

    let holder = TcpListener::bind(("127.0.0.1", 0))?;
    let error = project.configure().port(holder.local_addr()?.port()).start_blocking().map(drop);
    assert!(matches!(error, Err(StartError::Process(ProcessError::Taken(_)))), "{error:?}");

    let error = project.configure().python("no/such/python").start_blocking().map(drop);
    assert!(matches!(error, Err(StartError::Python(PythonError::NotPython(_)))), "{error:?}");

    let error = project.configure().timeout(Duration::ZERO).start_blocking().map(drop);
    assert!(matches!(error, Err(StartError::Timeout { .. })), "{error:?}");
    Ok(())
}

#[test]
fn written_is_what_was_generated() -> Done {
    let (project, tree, dir) = (petstore()?, tree()?, TempDir::new()?);
    let dir = dir.path().join("mock");
    let written = project.write_to(&dir)?;
    assert!(written.unchanged.is_empty());
    let files = project.files()?;
    assert_eq!(written.created, files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>());
    for (path, bytes) in tree.iter() {
        assert_eq!(fs::read(dir.join(path))?, bytes, "{path}");
    }
    assert!(!tree.write(&dir, WriteOptions::default())?.changed());
    assert_eq!(project.write_to(&dir)?.created, [""; 0]);
    Ok(())
}

#[test]
fn changed_files_are_never_overwritten() -> Done {
    let (project, dir) = (petstore()?, TempDir::new()?);
    project.write_to(&dir)?;
    fs::write(dir.path().join("main.py"), "mine")?;
    fs::remove_file(dir.path().join("README.md"))?;
    let error = project.write_to(&dir);
    assert!(matches!(&error, Err(ProjectError::Changed { files, .. }) if files == &["main.py"]), "{error:?}");
    assert!(error.is_err_and(|error| error.to_string().contains("mockloop generate")));
    assert!(!dir.path().join("README.md").exists(), "nothing is written");

    // The way out that the error names.
    let written = tree()?.write(dir.path(), WriteOptions::default())?;
    assert_eq!(written.with(Outcome::Kept).collect::<Vec<_>>(), ["main.py"]);
    assert_eq!(written.with(Outcome::Created).collect::<Vec<_>>(), ["README.md"]);
    Ok(())
}

#[test]
fn what_is_no_project_is_refused() -> Done {
    let dir = TempDir::new()?;
    let inside = dir.path().join("inside");
    let absolute = dir.path().join("x").display().to_string();
    for path in ["../x", &absolute] {
        let json = serde_json::to_vec(&serde_json::json!({ (path): "hostile", "main.py": "" }))?;
        let hostile = Project::new("hostile", miniz_oxide::deflate::compress_to_vec(&json, 6).leak());
        let error = hostile.write_to(&inside);
        assert!(matches!(error, Err(ProjectError::Outside(_))), "{error:?}");
        let error = hostile.start_blocking().map(drop);
        assert!(matches!(error, Err(StartError::Project(ProjectError::Outside(_)))), "{error:?}");
    }
    let packed = mockloop_codegen::pack(&tree()?);
    let cut = Project::new("cut", packed.get(..packed.len() / 2).ok_or("too short")?.to_vec().leak());
    let error = cut.write_to(&inside);
    assert!(matches!(error, Err(ProjectError::Packed(_))), "{error:?}");
    assert_eq!(fs::read_dir(dir.path())?.count(), 0, "nothing is written");
    Ok(())
}
