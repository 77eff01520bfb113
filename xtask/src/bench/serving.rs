//! Requests per second, beside a bare FastAPI app and a raw ASGI app that send the same.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::server::{Server, get};
use crate::python::Python;

/// Loads the servers in turns; the medians of all rounds count.
pub(super) fn measure(
    python: &Python,
    apps: &Path,
    small: &Path,
    large: &Path,
    seconds: u32,
    rounds: usize,
) -> anyhow::Result<Value> {
    let mock = Server::start(python, small, "main:app", "/pets/7", "")?;
    let body = get(mock.port, "/pets/7")?;
    let servers = [
        ("mock", mock, "/pets/7"),
        ("bare", Server::start(python, apps, "bare_fastapi:app", "/pets/7", &body)?, "/pets/7"),
        ("raw", Server::start(python, apps, "raw_asgi:app", "/pets/7", &body)?, "/pets/7"),
        ("last", Server::start(python, large, "main:app", "/area19/pets999/7", "")?, "/area19/pets999/7"),
    ];
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); servers.len()];
    for _ in 0..rounds {
        for ((_, server, path), rates) in servers.iter().zip(&mut rates) {
            rates.push(load(server.port, path, seconds)?);
        }
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    };
    let rates: Vec<f64> = rates.iter_mut().map(median).collect();
    let [mock, bare, raw, last] = rates.as_slice() else { bail!("a server is missing") };
    Ok(json!({
        "mock_rps": mock, "bare_rps": bare, "raw_rps": raw, "last_rps": last,
        "to_bare": mock / bare, "to_raw": mock / raw, "last_to_mock": last / mock,
    }))
}

/// Requests per second that `wrk` gets answered, all with a success.
fn load(port: u16, path: &str, seconds: u32) -> anyhow::Result<f64> {
    let url = format!("http://127.0.0.1:{port}{path}");
    let output = Command::new("wrk")
        .args(["-t1", "-c16", &format!("-d{seconds}s"), &url])
        .output()
        .context("can't run wrk: install it (`apt-get install wrk`)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("{url} was not answered with successes alone:\n{text}");
    }
    let line = text.lines().find(|line| line.starts_with("Requests/sec:")).context("wrk printed no rate")?;
    line.split_whitespace().nth(1).unwrap_or_default().parse().context("wrk printed no number")
}
