//! A connection to a log, checked and only for reading.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use super::error::{Failure, StoreError};
use super::shared::VERSION;

/// "MOCK", as the engine marks its databases.
const APPLICATION_ID: i64 = 0x4D4F_434B;

/// How long to wait for those who lock the database.
const BUSY: Duration = Duration::from_secs(5);

/// Steps of `SQLite` after which the time is looked at.
const STEPS: i32 = 100_000;

const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Values by the names that they have in a query.
pub(super) type Values = BTreeMap<String, Value>;

/// A log that can be read.
#[derive(Debug)]
pub(super) struct Opened(Connection);

/// Opens a log; what is asked of it is stopped after a time.
pub(super) fn open(path: &Path, longest: Duration) -> Result<Opened, StoreError> {
    let Ok(file) = std::fs::metadata(path) else {
        return Err(StoreError::Missing { path: path.to_owned() });
    };
    // To open a pipe would wait until somebody writes into it.
    if !file.is_file() {
        let why = if file.is_dir() { "it is a folder" } else { "it is no regular file" };
        return Err(StoreError::Foreign { path: path.to_owned(), why: why.to_owned() });
    }
    let failed = |failure: Failure| failure.at(path, longest.as_secs_f64());
    let mut opened = usable(path).map_err(failed)?;
    let end = Instant::now().checked_add(longest);
    let is_over = move || end.is_some_and(|end| Instant::now() > end);
    opened.0.progress_handler(STEPS, Some(is_over)).map_err(|error| failed(error.into()))?;
    check(&opened, path).map_err(failed)??;
    Ok(opened)
}

fn usable(path: &Path) -> Result<Opened, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Opened(Connection::open_with_flags(path, flags)?);
    opened.0.busy_timeout(BUSY)?;
    match opened.number("SELECT count(*) FROM sqlite_master") {
        Ok(_) => Ok(opened),
        // In a folder that can't be written to, SQLite can't make the file that readers share. Without a journal
        // there is nothing in it to know: nobody writes.
        Err(Failure::Sqlite(error)) if is_shut(&error) && !has_journal(path) => {
            let uri =
                format!("file:{}?immutable=1", percent_encode(path.as_os_str().as_encoded_bytes(), PATH));
            Ok(Opened(Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?))
        }
        Err(failure) => Err(failure),
    }
}

fn is_shut(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn has_journal(path: &Path) -> bool {
    let mut journal = OsString::from(path);
    journal.push("-wal");
    std::fs::metadata(PathBuf::from(journal)).is_ok_and(|file| file.len() > 0)
}

/// Whether it is a log, and of this version.
fn check(opened: &Opened, path: &Path) -> Result<Result<(), StoreError>, Failure> {
    let foreign = |why: &str| StoreError::Foreign { path: path.to_owned(), why: why.to_owned() };
    if opened.number("SELECT count(*) FROM sqlite_master")? == 0 {
        return Ok(Err(foreign("it is empty")));
    }
    if opened.number("PRAGMA application_id")? != APPLICATION_ID {
        return Ok(Err(foreign("it belongs to another program")));
    }
    let (found, known) = (opened.number("SELECT max(version) FROM schema_version")?, *VERSION);
    Ok(if found == known { Ok(()) } else { Err(StoreError::Version { path: path.to_owned(), found, known }) })
}

impl Opened {
    /// Teaches the connection a condition over paths.
    pub(super) fn prepare(&self, pattern: Option<&regex::Regex>) -> Result<(), Failure> {
        use rusqlite::functions::FunctionFlags;

        let Some(pattern) = pattern.cloned() else { return Ok(()) };
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        self.0.create_scalar_function("path_matches", 1, flags, move |call| {
            let path = call.get_raw(0).as_bytes_or_null()?.unwrap_or_default();
            Ok(pattern.is_match(&String::from_utf8_lossy(path)))
        })?;
        Ok(())
    }

    /// Everything that is asked until it is done sees the same rows.
    pub(super) fn together<T>(&self, ask: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let transaction = self.0.unchecked_transaction()?;
        let found = ask()?;
        transaction.commit()?;
        Ok(found)
    }

    /// Runs what gives no rows.
    pub(super) fn run(&self, sql: &str, values: &Values) -> Result<(), Failure> {
        self.each(sql, values, |_| Ok(()))
    }

    /// Makes something of every row; values that a query does not name are not used.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: &Values,
        mut make: impl FnMut(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(make(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Looks at every row.
    pub(super) fn each(
        &self,
        sql: &str,
        values: &Values,
        mut look: impl FnMut(&Row<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut statement = self.0.prepare(sql)?;
        for place in 1..=statement.parameter_count() {
            let name = statement.parameter_name(place).map(|name| name.trim_start_matches(':').to_owned());
            let value = name.and_then(|name| values.get(&name)).unwrap_or(&Value::Null);
            statement.raw_bind_parameter(place, value)?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            look(row)?;
        }
        Ok(())
    }

    /// Makes something of the first row, if there is one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        values: &Values,
        make: impl FnMut(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.all(sql, values, make)?.into_iter().next())
    }

    /// The number that a query without values finds; 0 where it finds none.
    pub(super) fn number(&self, sql: &str) -> Result<i64, Failure> {
        let found = self.first(sql, &Values::new(), |row| Ok(row.get::<_, Option<i64>>(0)?))?;
        Ok(found.flatten().unwrap_or(0))
    }
}

/// A text of a row, whatever the column holds; none where it holds nothing.
pub(super) fn text(row: &Row<'_>, column: usize) -> Result<Option<String>, Failure> {
    use rusqlite::types::ValueRef;

    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}
