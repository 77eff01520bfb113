//! The log of a mock, read from its database, whether the mock runs or not.
//!
//! ```no_run
//! use mockloop_runtime::admin::AnalyzeLogs;
//! use mockloop_runtime::store::LogStore;
//!
//! # fn run() -> Result<(), mockloop_runtime::store::StoreError> {
//! let log = LogStore::open_project("generated_mocks/petstore_mock")?;
//! let numbers = log.analyze(&AnalyzeLogs { status: Some(vec!["5xx".to_owned()]), ..AnalyzeLogs::new() })?;
//! println!("{} requests failed, p95 {:?} ms", numbers.total_requests, numbers.performance.p95_ms);
//! # Ok(()) }
//! ```
//!
//! Questions and answers are those of the [admin API](crate::admin), and so are the numbers: the queries, and all that
//! is fixed about the arithmetic, are the files that the engine of mocks reads too.

mod buckets;
mod callers;
mod compare;
mod connection;
mod error;
mod filter;
mod given;
mod insights;
mod parts;
mod project;
mod report;
mod search;
mod shared;
mod source;
mod spread;
mod tally;
mod time;
mod traffic;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::StoreError;
pub use project::Operation;

use self::connection::Opened;
use self::error::Failure;
use self::filter::Filter;
use self::given::Given;
use crate::admin::models::{
    Analysis, AnalysisParts, AnalyzeLogPartsPartsItem, CompareLogsBody, Comparison, GetInsightsOk, LogEntry,
    LogPage,
};
use crate::admin::{AnalyzeLogParts, AnalyzeLogs, GetInsights, SearchLogs};

/// How long a question may take, unless told otherwise.
const LONGEST: Duration = Duration::from_secs(60);

/// The log of one mock, to be read.
///
/// It never writes, and a mock may write meanwhile: each question is answered from the log as it was when it was
/// asked. Every question opens the database anew, so that a store can be kept for long, and be asked by several
/// threads. Calls block; where that matters, make them on a thread for it. `SQLite` may leave its files `-wal` and
/// `-shm` beside the database, as readers and writers share them; they are empty where nobody has it open.
#[derive(Clone, Debug)]
pub struct LogStore {
    path: PathBuf,
    operations: Vec<Operation>,
    longest: Duration,
}

impl LogStore {
    /// The log in a database file, without knowledge of the description: there are no numbers by operation, and the
    /// filter `tag` finds nothing, unless [`with_operations`](Self::with_operations) tells the operations.
    ///
    /// # Errors
    /// Where there is no such file, where it is no log, or one of another version.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self { path: path.into(), operations: Vec::new(), longest: LONGEST };
        store.read(|_| Ok(()))?;
        Ok(store)
    }

    /// The log of a project: where its `.env` says, else at `db/request_logs.db`; with its operations.
    ///
    /// # Errors
    /// As [`LogStore::open`], and where the folder is no project.
    pub fn open_project(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let operations = project::operations(folder.as_ref())?;
        Ok(Self::open(project::database(folder.as_ref()))?.with_operations(operations))
    }

    /// Tells the operations of the description, in its order.
    #[must_use]
    pub fn with_operations(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.operations = operations.into_iter().collect();
        self
    }

    /// How long a question may take; a minute, unless told otherwise.
    #[must_use]
    pub fn with_time_limit(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// The database's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The operations that are known.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// A page of the requests that meet the filters, as `GET /api/logs/search` has it.
    ///
    /// # Errors
    /// Where a filter has a value that can't be used, it takes too long, or the file can't be read.
    pub fn search(&self, asked: &SearchLogs) -> Result<LogPage, StoreError> {
        let filter = Filter::new(&Given::from(asked), &self.operations)?;
        let view = search::View::new(asked)?;
        self.read(|opened| search::page(opened, &filter, &view))
    }

    /// One request, whole.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn request(&self, id: i64) -> Result<Option<LogEntry>, StoreError> {
        self.read(|opened| search::one(opened, id))
    }

    /// Numbers about all requests that meet the filters, as `GET /api/logs/analyze` has them.
    ///
    /// # Errors
    /// As [`LogStore::search`].
    pub fn analyze(&self, asked: &AnalyzeLogs) -> Result<Analysis, StoreError> {
        self.analysis(&Given::from(asked))
    }

    /// Some of these numbers, as `GET /api/logs/analyze/parts` has them; but for insights, only what they need is read.
    ///
    /// # Errors
    /// As [`LogStore::search`].
    pub fn analyze_parts(&self, asked: &AnalyzeLogParts) -> Result<AnalysisParts, StoreError> {
        let given = Given::from(asked);
        match asked.parts.as_deref() {
            Some(wanted) if !wanted.contains(&AnalyzeLogPartsPartsItem::Insights) => {
                let filter = Filter::new(&given, &self.operations)?;
                let found = parts::parts(self, &filter, wanted)?;
                Ok(AnalysisParts { filters_applied: given.shown(), ..found })
            }
            wanted => Ok(parts::of_whole(self.analysis(&given)?, wanted)),
        }
    }

    /// What is remarkable about the log, as `GET /api/logs/insights` has it: by the thresholds that were set for the
    /// mock, else by their defaults.
    ///
    /// # Errors
    /// As [`LogStore::search`].
    pub fn insights(&self, asked: &GetInsights) -> Result<GetInsightsOk, StoreError> {
        let analysis = self.analysis(&Given::from(asked))?;
        let thresholds = self.read(insights::thresholds)?;
        Ok(GetInsightsOk { insights: analysis.insights, total_requests: analysis.total_requests, thresholds })
    }

    /// Two parts of the log beside each other, as `POST /api/logs/compare` has them.
    ///
    /// # Errors
    /// As [`LogStore::search`].
    pub fn compare(&self, asked: &CompareLogsBody) -> Result<Comparison, StoreError> {
        let [baseline, candidate] =
            [&asked.baseline, &asked.candidate].map(|part| self.analysis(&Given::from(part)));
        Ok(compare::compare(&baseline?, &candidate?))
    }

    fn analysis(&self, given: &Given) -> Result<Analysis, StoreError> {
        let filter = Filter::new(given, &self.operations)?;
        let mut analysis = report::analysis(self, &filter, given.group_by.as_deref())?;
        let thresholds = self.read(insights::thresholds)?;
        analysis.filters_applied = given.shown();
        analysis.insights = insights::insights(&analysis, &given.asked(), &thresholds);
        Ok(analysis)
    }

    /// What a question finds in the database.
    fn read<T>(&self, ask: impl FnOnce(&Opened) -> Result<T, Failure>) -> Result<T, StoreError> {
        let opened = connection::open(&self.path, self.longest)?;
        ask(&opened).map_err(|failure| failure.at(&self.path, self.longest.as_secs_f64()))
    }
}
