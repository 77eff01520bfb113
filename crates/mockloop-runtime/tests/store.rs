//! The log as the store reads it, beside what the mock itself tells of the same rows.

#[path = "store/files.rs"]
mod files;
#[path = "store/rows.rs"]
mod rows;
#[path = "store/served.rs"]
mod served;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mockloop_codegen::{FileTree, Options};
use mockloop_runtime::admin::models::{Analysis, CompareLogsBody, LogPage};
use mockloop_runtime::admin::{
    AnalyzeLogParts, AnalyzeLogs, CompareLogs, GetInsights, GetRequest, MockClient, SearchLogs,
};
use mockloop_runtime::store::LogStore;
use mockloop_runtime::{Mock, Project};
use mockloop_spec::Source;
use rusqlite::Connection;
use serde::Serialize;
use tempfile::TempDir;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mock whose log is in a folder of the test's, and the store that reads it.
struct Both {
    mock: Mock,
    client: MockClient,
    store: LogStore,
    /// Requests that are in the log, or will soon be.
    sent: i64,
    _folder: TempDir,
}

impl Both {
    /// Starts a mock of the petstore; its project is at hand for the store, as its database is.
    async fn start() -> Result<Self> {
        let folder = TempDir::new()?;
        let tree = tree()?;
        let database = folder.path().join("kept/log.db");
        fs::create_dir(folder.path().join("kept"))?;
        fs::write(folder.path().join("api.json"), tree.get("api.json").ok_or("no api.json")?)?;
        fs::write(folder.path().join(".env"), "# where\nMOCKLOOP_DATABASE = 'kept/log.db'\n")?;
        let project = Project::new("petstore_mock", mockloop_codegen::pack(&tree).leak());
        let settings =
            [("MOCKLOOP_DATABASE", database.to_str().ok_or("a path")?), ("MOCKLOOP_LOG_MAX_AGE_DAYS", "0")];
        let configured =
            settings.iter().fold(project.configure(), |mock, (name, value)| mock.env(name, value));
        let mock = configured.start().await?;
        let client = MockClient::new(mock.url())?;
        let known = client.call(&AnalyzeLogs { include_admin: Some(true), ..AnalyzeLogs::new() }).await?;
        let store = LogStore::open_project(folder.path())?;
        assert_eq!(store.path(), database);
        Ok(Self { mock, client, store, sent: known.total_requests + 1, _folder: folder })
    }

    fn database(&self) -> Result<Connection> {
        let database = Connection::open(self.store.path())?;
        database.busy_timeout(PATIENCE)?;
        Ok(database)
    }

    /// Waits until all requests are in the log: the mock writes them behind its answers.
    fn settle(&self) -> Result {
        let database = self.database()?;
        let query = "SELECT count(*) FROM request_logs";
        wait_until("the requests are logged", || {
            database.query_row(query, [], |row| row.get(0)).is_ok_and(|count: i64| count == self.sent)
        })
    }

    /// All that the store tells is what the mock tells.
    async fn agree(&mut self, searches: &[SearchLogs], parts: &[AnalyzeLogs]) -> Result {
        for asked in searches {
            self.settle()?;
            let found = self.store.search(asked)?;
            let told = self.client.call(asked).await?;
            self.sent += 1;
            same(&timeless(told), &timeless(found), asked);
        }
        for asked in parts {
            self.settle()?;
            let found = self.store.analyze(asked)?;
            let told = self.client.call(asked).await?;
            self.sent += 1;
            same(&ageless(told), &ageless(found), asked);
        }
        Ok(())
    }

    async fn agree_on_parts(&mut self, asked: &AnalyzeLogParts) -> Result {
        self.settle()?;
        let mut found = self.store.analyze_parts(asked)?;
        let mut told = self.client.call(asked).await?;
        self.sent += 1;
        for parts in [&mut found, &mut told] {
            parts.analysis_timestamp.clear();
        }
        same(&told, &found, asked);
        Ok(())
    }

    async fn agree_on_insights(&mut self, asked: &GetInsights) -> Result {
        self.settle()?;
        let found = self.store.insights(asked)?;
        let told = self.client.call(asked).await?;
        self.sent += 1;
        same(&told, &found, asked);
        Ok(())
    }

    async fn agree_on_comparison(&mut self, asked: CompareLogsBody) -> Result {
        let found = self.store.compare(&asked)?;
        let told = self.client.call(&CompareLogs::new(asked.clone())).await?;
        self.sent += 1;
        same(&told, &found, &asked);
        Ok(())
    }

    async fn agree_on_request(&mut self, id: i64) -> Result {
        let found = self.store.request(id)?;
        let told = self.client.call(&GetRequest::new(id)).await?;
        self.sent += 1;
        same(&Some(told), &found, &id);
        Ok(())
    }
}

/// Field by field, and in the same order.
fn same<T: Serialize>(told: &T, found: &T, asked: &impl std::fmt::Debug) {
    let [told, found] = [told, found].map(|each| serde_json::to_string_pretty(each).unwrap_or_default());
    let differing: Vec<_> =
        told.lines().zip(found.lines()).filter(|(told, found)| told != found).take(5).collect();
    assert!(told == found, "{asked:?}\n(mock, store): {differing:#?}");
}

/// Without how long it took.
fn timeless(mut page: LogPage) -> LogPage {
    page.search_time_ms = None;
    page
}

/// Without when it was made.
fn ageless(mut analysis: Analysis) -> Analysis {
    analysis.analysis_timestamp.clear();
    analysis
}

fn tree() -> Result<FileTree> {
    let source =
        Source::text("petstore.yaml", fs::read_to_string(root().join("examples/specs/petstore.yaml"))?);
    Ok(mockloop_codegen::project(&mockloop_spec::read(&source, None), &Options::default())
        .ok_or("no project")?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn wait_until(what: &str, condition: impl Fn() -> bool) -> Result {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() > deadline {
            return Err(format!("it never happened that {what}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
