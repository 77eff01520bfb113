//! `cargo xtask test`: everything that can fail, with what it needs set up before.

use crate::browser;
use crate::docker;
use crate::mcp;
use crate::python::Python;
use crate::schemathesis;
use crate::steps::{Steps, cargo, root};

const CONTAINERS: &str = "Docker: the image and the compose file of a project";

/// Runs all tests; whether all passed.
pub(crate) fn run() -> anyhow::Result<bool> {
    let python = Python::prepare()?;
    let mut steps = Steps::default();
    steps.run(
        "Rust: unit, end-to-end and documentation tests",
        cargo().args(["test", "--workspace", "--no-fail-fast"]),
    );
    let engine = root().join("templates");
    steps.run("Python: the engine", python.command("python", &engine).args(["-m", "pytest", "-n", "2"]));
    steps.task("Browser: the admin UI", || browser::run(&python));
    steps.task("schemathesis: the example under requests that a tester makes up", schemathesis::brief);
    steps.task("MCP: clients that others made", || mcp::run(&mcp::Args::default()));
    match docker::missing() {
        Some(reason) => steps.skip(CONTAINERS, reason),
        None => steps.task(CONTAINERS, || docker::check().map(|()| true)),
    }
    Ok(steps.finish())
}
