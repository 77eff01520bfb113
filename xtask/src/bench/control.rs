//! The control plane: search and analysis of a large log, serving beside them, and steered serving.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::server::{Server, get, post};
use super::serving::{latency, load, median};
use crate::python::Python;
use crate::steps::must;

/// Requests in the log.
pub(super) const ROWS: u32 = 1_000_000;
/// Where the admin API is.
pub(super) const API: &str = "/__mockloop/api";
const LOG: &str = "request_logs.db";
const TRIES: usize = 5;

/// One filter for each index of the log.
const INDEXED: [&str; 10] = [
    "",
    "status=200",
    "status=4xx",
    "operation_id=getPetById",
    "path=/pets/77",
    "session_id=session-300",
    "correlation_id=c-123456",
    "scenario=flaky",
    "has_validation_error=true",
    "time_from=2026-01-01T00:00:00Z",
];
const SCANNING: [&str; 4] = ["q=nowhere", "q=pet%2077", "path_regex=/1\\d%2B7$", "path_regex=nowhere"];

/// The columns that an analysis reads.
const SCAN: &str = "SELECT timestamp, method, path, operation_id, status_code, process_time_ms, client_host, \
                    user_agent, session_id, test_scenario, request_size, response_size, is_admin, \
                    validation_errors FROM request_logs";

/// Fills a log, and measures what reads it.
pub(super) fn measure(
    python: &Python,
    apps: &Path,
    project: &Path,
    seconds: u32,
    rounds: usize,
) -> anyhow::Result<Value> {
    let folder = fill(python, apps, project)?;
    let server = Server::start(python, project, "main:app", "/pets/7", "")?;
    let slowest = |filters: &[&str]| -> anyhow::Result<f64> {
        let times: anyhow::Result<Vec<f64>> = filters.iter().map(|filter| page(&server, filter)).collect();
        Ok(times?.into_iter().fold(0.0, f64::max))
    };
    let indexed_ms = slowest(&INDEXED)?;
    let scanning_ms = slowest(&SCANNING)?;

    let scan = best(|| {
        let mut scan = Command::new("sqlite3");
        must(scan.arg(folder.join(LOG)).arg(SCAN).stdout(Stdio::null())).context("install sqlite3")
    })?;
    let analysis = best(|| get(server.port, &format!("{API}/logs/analyze")).map(drop))?;

    let (mut alone, mut analysed, mut exported) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        alone.push(latency(server.port, "/pets/7", seconds)?);
        analysed.push(beside(&server, &format!("{API}/logs/analyze"), seconds)?);
        exported.push(beside(&server, &format!("{API}/logs/export"), seconds)?);
    }
    let [alone, analysed, exported] = [alone, analysed, exported].map(median);
    drop(server);
    fs::remove_dir_all(&folder)?;

    let (plain, steered) = steered(python, project, seconds, rounds)?;
    Ok(json!({
        "rows": ROWS, "indexed_ms": indexed_ms, "scanning_ms": scanning_ms,
        "scan_seconds": scan, "analysis_seconds": analysis, "analysis_to_scan": analysis / scan,
        "p99_ms": alone, "p99_analysis_ms": analysed, "p99_export_ms": exported,
        "p99_analysis_ratio": analysed / alone, "p99_export_ratio": exported / alone,
        "plain_rps": plain, "steered_rps": steered, "steered_to_plain": steered / plain,
    }))
}

/// Gives a project a large log; where it is.
pub(super) fn fill(python: &Python, apps: &Path, project: &Path) -> anyhow::Result<PathBuf> {
    let folder = project.join("db");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let (script, file) = (apps.join("fill_log.py"), folder.join(LOG));
    must(python.command("python", project).arg(script).arg(project).arg(file).arg(ROWS.to_string()))?;
    Ok(folder)
}

/// Milliseconds of a search page, over HTTP.
fn page(server: &Server, filter: &str) -> anyhow::Result<f64> {
    let path = format!("{API}/logs/search?{filter}");
    Ok(best(|| get(server.port, &path).map(drop))? * 1000.0)
}

/// Seconds, the best of some tries.
fn best(mut run: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut best = f64::MAX;
    for _ in 0..TRIES {
        let begun = Instant::now();
        run()?;
        best = best.min(begun.elapsed().as_secs_f64());
    }
    Ok(best)
}

/// The p99 of a load while a call is made again and again.
fn beside(server: &Server, path: &str, seconds: u32) -> anyhow::Result<f64> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                server.read_while(path, || !done.load(Ordering::Relaxed))?;
            }
            anyhow::Ok(())
        });
        let p99 = latency(server.port, "/pets/7", seconds);
        done.store(true, Ordering::Relaxed);
        match caller.join() {
            Ok(calls) => calls.and(p99),
            Err(_) => bail!("the caller of {path} panicked"),
        }
    })
}

/// Requests per second of a plain server, and of one with a scenario that answers them.
fn steered(python: &Python, project: &Path, seconds: u32, rounds: usize) -> anyhow::Result<(f64, f64)> {
    let server = Server::start(python, project, "main:app", "/pets/7", "")?;
    let scenarios = format!("{API}/mock-data/scenarios");
    let rules = json!([
        {"when": {"query": {"nobody": "asks"}}, "respond": {"status": 404}},
        {"respond": {"status": 200, "body": {"id": 7, "name": "Rex", "status": "available"}}},
    ]);
    let created = json!({"name": "bench", "operations": {"getPetById": rules}});
    post(server.port, &scenarios, &created.to_string())?;
    let (mut plain, mut steered) = (Vec::new(), Vec::new());
    let scenario = |what: &str| post(server.port, &format!("{scenarios}/bench/{what}"), "{}");
    for round in 0..rounds {
        // In turns, since the log grows and whoever comes later has more of it.
        let turn = round % 2 == 0;
        for is_steered in [!turn, turn] {
            if is_steered {
                scenario("activate")?;
                steered.push(load(server.port, "/pets/7", seconds)?);
                scenario("deactivate")?;
            } else {
                plain.push(load(server.port, "/pets/7", seconds)?);
            }
        }
    }
    Ok((median(plain), median(steered)))
}
