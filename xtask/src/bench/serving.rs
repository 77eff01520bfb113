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
    let body = get(Server::start(python, small, "main:app", "/pets/7", "")?.port, "/pets/7")?;
    let (mut rates, mut ratios) = (<[Vec<f64>; 4]>::default(), <[Vec<f64>; 3]>::default());
    for _ in 0..rounds {
        let servers = [
            (Server::start(python, small, "main:app", "/pets/7", "")?, "/pets/7"),
            (Server::start(python, apps, "bare_fastapi:app", "/pets/7", &body)?, "/pets/7"),
            (Server::start(python, apps, "raw_asgi:app", "/pets/7", &body)?, "/pets/7"),
            (Server::start(python, large, "main:app", "/area19/pets999/7", "")?, "/area19/pets999/7"),
        ];
        let mut round = [0.0; 4];
        for ((server, path), rate) in servers.iter().zip(&mut round) {
            *rate = load(server.port, path, seconds)?;
        }
        let [mock, bare, raw, last] = round;
        for (rates, rate) in rates.iter_mut().zip(round) {
            rates.push(rate);
        }
        for (ratios, ratio) in ratios.iter_mut().zip([mock / bare, mock / raw, last / mock]) {
            ratios.push(ratio);
        }
    }
    let [mock, bare, raw, last] = rates.map(median);
    let [to_bare, to_raw, last_to_mock] = ratios.map(median);
    Ok(json!({
        "mock_rps": mock, "bare_rps": bare, "raw_rps": raw, "last_rps": last,
        "to_bare": to_bare, "to_raw": to_raw, "last_to_mock": last_to_mock,
    }))
}

/// The one in the middle.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Requests per second that `wrk` gets answered, all with a success.
pub(super) fn load(port: u16, path: &str, seconds: u32) -> anyhow::Result<f64> {
    load_as(port, path, "Accept: */*", seconds)
}

/// The same with a header.
pub(super) fn load_as(port: u16, path: &str, header: &str, seconds: u32) -> anyhow::Result<f64> {
    let text = wrk(port, path, header, seconds)?;
    let line = text.lines().find(|line| line.starts_with("Requests/sec:")).context("wrk printed no rate")?;
    line.split_whitespace().nth(1).unwrap_or_default().parse().context("wrk printed no number")
}

/// Milliseconds that 99 of 100 requests do not exceed, under the same load.
pub(super) fn latency(port: u16, path: &str, seconds: u32) -> anyhow::Result<f64> {
    let text = wrk(port, path, "Accept: */*", seconds)?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("99%")).context("wrk printed no p99")?;
    let line = line.trim();
    let number = |unit| line.strip_suffix(unit).and_then(|text| text.parse::<f64>().ok());
    let milliseconds = number("us").map(|value| value / 1000.0);
    milliseconds
        .or_else(|| number("ms"))
        .or_else(|| number("s").map(|value| value * 1000.0))
        .with_context(|| format!("wrk printed the p99 `{line}`"))
}

fn wrk(port: u16, path: &str, header: &str, seconds: u32) -> anyhow::Result<String> {
    let url = format!("http://127.0.0.1:{port}{path}");
    let output = Command::new("wrk")
        .args(["-t1", "-c16", "--latency", "-H", header, &format!("-d{seconds}s"), &url])
        .output()
        .context("can't run wrk: install it (`apt-get install wrk`)")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("{url} was not answered with successes alone:\n{text}");
    }
    Ok(text)
}
