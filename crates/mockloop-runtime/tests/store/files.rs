//! Files that are a log, and those that are none.

use std::fs;
use std::path::Path;
use std::time::Duration;

use mockloop_runtime::admin::{AnalyzeLogs, SearchLogs};
use mockloop_runtime::store::{LogStore, Operation, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Result, root};

/// A log without requests, as the engine makes it, in its own way of keeping a journal.
fn log(folder: &Path) -> Result<Connection> {
    let database = Connection::open(folder.join("log.db"))?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x4D4F434B")?;
    database.execute_batch(
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT, description TEXT)",
    )?;
    let migrations = root().join("templates/project/mockloop_server/migrations");
    let mut files: Vec<_> = fs::read_dir(migrations)?.collect::<std::io::Result<_>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for (number, file) in (1..).zip(files) {
        database.execute_batch(&fs::read_to_string(file.path())?)?;
        database.execute("INSERT INTO schema_version VALUES (?, '', '')", [number])?;
    }
    database.execute_batch(
        "INSERT INTO request_logs (timestamp, method, path, operation_id, status_code, process_time_ms, request_headers,
            request_size, response_headers, response_size, correlation_id)
        VALUES ('2026-01-01T00:00:00.000000Z', 'GET', '/a', 'getA', 200, 1.5, '{}', 0, '{}', 2, 'c')",
    )?;
    Ok(database)
}

fn total(store: &LogStore) -> Result<i64> {
    Ok(store.search(&SearchLogs::new())?.total_count)
}

#[test]
fn log_of_a_mock_that_is_gone_is_read() -> Result {
    let folder = TempDir::new()?;
    drop(log(folder.path())?);
    assert!(!folder.path().join("log.db-wal").exists());
    let store = LogStore::open(folder.path().join("log.db"))?;
    assert_eq!(total(&store)?, 1);
    let store = store.with_operations([Operation::new("getA", "GET", "/a").with_tags(["t"])]);
    let tagged = AnalyzeLogs { tag: Some("t".to_owned()), ..AnalyzeLogs::new() };
    assert_eq!(store.analyze(&tagged)?.endpoints.coverage.called, 1);
    Ok(())
}

#[test]
fn log_where_nothing_can_be_written_is_read() -> Result {
    let folder = TempDir::new()?;
    drop(log(folder.path())?);
    // As on read-only media: what readers share can't be made. (A test may run as root, whom no mode stops.)
    fs::create_dir(folder.path().join("log.db-shm"))?;
    assert_eq!(total(&LogStore::open(folder.path().join("log.db"))?)?, 1);
    Ok(())
}

#[test]
fn log_is_read_while_somebody_writes() -> Result {
    let folder = TempDir::new()?;
    let database = log(folder.path())?;
    let store = LogStore::open(folder.path().join("log.db"))?;
    database.execute_batch("BEGIN IMMEDIATE; INSERT INTO request_logs SELECT 2, timestamp, type, method, path, NULL, NULL, 200, 1, NULL, NULL, NULL, NULL, '{}', NULL, NULL, 0, '{}', NULL, NULL, 0, NULL, NULL, 'd', NULL, 0 FROM request_logs")?;
    assert_eq!(total(&store)?, 1);
    database.execute_batch("COMMIT")?;
    assert_eq!(total(&store)?, 2);
    Ok(())
}

#[test]
fn what_is_no_log_is_said_to_be_none() -> Result {
    let folder = TempDir::new()?;
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty.db"), "")?;
    fs::write(path("text.db"), "no database\n".repeat(1000))?;
    Connection::open(path("other.db"))?.execute_batch("CREATE TABLE t (a)")?;
    assert!(matches!(LogStore::open(path("none.db")), Err(StoreError::Missing { .. })));
    for name in ["empty.db", "text.db", "other.db", "."] {
        let opened = LogStore::open(path(name));
        assert!(matches!(opened, Err(StoreError::Foreign { .. })), "{name}: {opened:?}");
    }
    assert!(matches!(LogStore::open_project(folder.path()), Err(StoreError::Project { .. })));
    assert_eq!(fs::read_dir(folder.path())?.count(), 3, "nothing is left beside them");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() -> Result {
    let folder = TempDir::new()?;
    let pipe = folder.path().join("pipe.db");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
    let opened = LogStore::open(&pipe);
    assert!(matches!(opened, Err(StoreError::Foreign { .. })), "{opened:?}");
    Ok(())
}

#[test]
fn log_of_another_version_says_what_to_do() -> Result {
    for (change, advice) in [
        ("INSERT INTO schema_version VALUES (99, '', '')", "use a newer mockloop"),
        ("DELETE FROM schema_version WHERE version > 1", "start the mock once"),
    ] {
        let folder = TempDir::new()?;
        log(folder.path())?.execute_batch(change)?;
        let refused = LogStore::open(folder.path().join("log.db")).err().ok_or("it was opened")?;
        assert!(
            matches!(refused, StoreError::Version { .. }) && refused.to_string().contains(advice),
            "{refused}"
        );
    }
    Ok(())
}

#[test]
fn filters_that_cannot_be_used_are_refused() -> Result {
    let folder = TempDir::new()?;
    drop(log(folder.path())?);
    let store = LogStore::open(folder.path().join("log.db"))?;
    let search = SearchLogs::new;
    let text = |value: &str| Some(value.to_owned());
    let bad = [
        ("status", SearchLogs { status: Some(vec!["4xx) OR (1".to_owned()]), ..search() }),
        ("status", SearchLogs { status: Some(vec!["999".to_owned()]), ..search() }),
        ("status", SearchLogs { status: Some(vec!["ßx".to_owned()]), ..search() }),
        ("path_regex", SearchLogs { path_regex: text("(?=a)"), ..search() }),
        ("path_regex", SearchLogs { path_regex: text("(a{1000}){1000}"), ..search() }),
        ("path_regex", SearchLogs { path_regex: text(&"a".repeat(1001)), ..search() }),
        ("time_from", SearchLogs { time_from: text("yesterday"), ..search() }),
        ("time_to", SearchLogs { time_to: text("0001-01-01T00:00:00+23:00"), ..search() }),
        ("limit", SearchLogs { limit: Some(-1), ..search() }),
        ("offset", SearchLogs { offset: Some(i64::MAX), ..search() }),
        ("min_duration_ms", SearchLogs { min_duration_ms: Some(f64::NAN), ..search() }),
    ];
    for (wanted, asked) in bad {
        let refused = store.search(&asked);
        assert!(
            matches!(&refused, Err(StoreError::Filter { name, .. }) if *name == wanted),
            "{wanted}: {refused:?}"
        );
    }
    Ok(())
}

#[test]
fn rows_that_no_mock_writes_are_an_error_and_no_panic() -> Result {
    let changes = [
        "UPDATE request_logs SET timestamp = 'soon'",
        "UPDATE request_logs SET status_code = 'fine', query_params = '{'",
        "UPDATE request_logs SET validation_errors = '[1', query_params = '['",
        "UPDATE request_logs SET process_time_ms = 9e999, query_params = 7",
        "INSERT INTO settings VALUES ('insight_thresholds', '{\"error_rate\": []}'); UPDATE request_logs SET query_params = '1'",
    ];
    for change in changes {
        let folder = TempDir::new()?;
        log(folder.path())?.execute_batch(change)?;
        let store = LogStore::open(folder.path().join("log.db"))?;
        let failed = (store.analyze(&AnalyzeLogs::new()).err(), store.search(&SearchLogs::new()).err());
        assert!(failed.0.is_some() || failed.1.is_some(), "{change}");
    }
    Ok(())
}

#[test]
fn what_takes_too_long_is_stopped() -> Result {
    let folder = TempDir::new()?;
    let database = log(folder.path())?;
    database.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
        INSERT INTO request_logs SELECT i, timestamp, type, method, '/' || i, NULL, NULL, 200, i, NULL, NULL, NULL, NULL,
            '{}', NULL, NULL, 0, '{}', hex(zeroblob(200)), NULL, 0, NULL, NULL, 'd', NULL, 0 FROM request_logs, n",
    )?;
    let store = LogStore::open(folder.path().join("log.db"))?.with_time_limit(Duration::ZERO);
    let found = store.search(&SearchLogs { q: Some("nowhere".to_owned()), ..SearchLogs::new() });
    assert!(matches!(found, Err(StoreError::Slow { .. })), "{found:?}");
    Ok(())
}
